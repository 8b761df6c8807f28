// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sparse pages, and ranges that say in which state they are. */
#include "testdata/machine/image.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"

enum { PAGE_SHIFT = 12, GROWTH = 64 };

struct page {
	pfn_t pfn;
	unsigned char *bytes;
};

struct image {
	struct memory memory; /* first: the embedded contract */
	bool big_endian;
	struct page *pages; /* by pfn */
	size_t page_count;
	struct memory_extent *extents; /* the last one that holds a page decides */
	size_t extent_count;
	uint64_t reads, fail_after;
};

static size_t page_size(const struct image *image)
{
	return (size_t)1 << image->memory.page_shift;
}

static paddr_t page_mask(const struct image *image)
{
	return page_size(image) - 1;
}

static pfn_t page_of(const struct image *image, paddr_t addr)
{
	return addr >> image->memory.page_shift;
}

static void *grow(void *array, size_t count, size_t size)
{
	if (count % GROWTH)
		return array;
	array = reallocarray(array, count + GROWTH, size);
	if (!array)
		abort();
	return array;
}

/* --- states ----------------------------------------------------------------- */

static const struct memory_extent *extent_at(const struct image *image, paddr_t addr)
{
	for (size_t i = image->extent_count; i-- > 0;)
		if (addr >= image->extents[i].start && addr < image->extents[i].end)
			return &image->extents[i];
	return NULL;
}

static enum memory_state state_at(const struct image *image, paddr_t addr)
{
	const struct memory_extent *extent = extent_at(image, addr);

	return extent ? extent->state : MEMORY_ABSENT;
}

void image_set_state(struct image *image, paddr_t addr, uint64_t count, enum memory_state state)
{
	paddr_t start = addr & ~page_mask(image);

	image->extents = grow(image->extents, image->extent_count, sizeof(*image->extents));
	image->extents[image->extent_count++] = (struct memory_extent){
		.start = start,
		.end = start + (count << image->memory.page_shift),
		.state = state,
	};
}

/* --- contents --------------------------------------------------------------- */

/* Where the page of @pfn is, or would be. */
static size_t page_slot(const struct image *image, pfn_t pfn)
{
	size_t low = 0, high = image->page_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (image->pages[middle].pfn < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const unsigned char *page_bytes(const struct image *image, pfn_t pfn)
{
	size_t slot = page_slot(image, pfn);

	return slot < image->page_count && image->pages[slot].pfn == pfn ? image->pages[slot].bytes
									 : NULL;
}

static unsigned char *page_make(struct image *image, pfn_t pfn)
{
	size_t slot = page_slot(image, pfn);

	if (slot < image->page_count && image->pages[slot].pfn == pfn)
		return image->pages[slot].bytes;

	unsigned char *bytes = calloc(1, page_size(image));
	if (!bytes)
		abort();
	image->pages = grow(image->pages, image->page_count, sizeof(*image->pages));
	memmove(image->pages + slot + 1, image->pages + slot,
		(image->page_count - slot) * sizeof(*image->pages));
	image->pages[slot] = (struct page){ pfn, bytes };
	image->page_count++;
	if (!extent_at(image, pfn << image->memory.page_shift))
		image_set_state(image, pfn << image->memory.page_shift, 1, MEMORY_PRESENT);
	return bytes;
}

void image_write(struct image *image, paddr_t addr, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char *bytes = page_make(image, page_of(image, addr + i));

		bytes[(addr + i) & page_mask(image)] =
			(unsigned char)(value >> 8 * (image->big_endian ? size - 1 - i : i));
	}
}

void image_write_bytes(struct image *image, paddr_t addr, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		size_t at = (addr + done) & page_mask(image), part = page_size(image) - at;

		if (part > size - done)
			part = size - done;
		memcpy(page_make(image, page_of(image, addr + done)) + at,
		       (const unsigned char *)bytes + done, part);
		done += part;
	}
}

void image_write_page(struct image *image, pfn_t pfn, const void *bytes)
{
	memcpy(page_make(image, pfn), bytes, page_size(image));
}

void image_write_text(struct image *image, paddr_t addr, const char *text)
{
	do
		image_write(image, addr++, (unsigned char)*text, 1);
	while (*text++);
}

uint64_t image_read(const struct image *image, paddr_t addr, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++) {
		paddr_t at = addr + (image->big_endian ? i : size - 1 - i);
		const unsigned char *bytes = page_bytes(image, page_of(image, at));

		value = value << 8 | (bytes ? bytes[at & page_mask(image)] : 0);
	}
	return value;
}

/* --- as memory -------------------------------------------------------------- */

static struct error *image_memory_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				       enum memory_state *state_ret)
{
	struct image *image = (struct image *)memory;

	if ((addr & page_mask(image)) + len > page_size(image))
		abort(); /* the contract: no piece crosses a page */
	if (image->reads++ >= image->fail_after)
		return error_new(ERROR_OS, "reading the image failed, as it was told to");
	*state_ret = state_at(image, addr);
	if (*state_ret != MEMORY_PRESENT)
		return NULL;

	const unsigned char *bytes = page_bytes(image, page_of(image, addr));
	if (bytes)
		memcpy(buf, bytes + (addr & page_mask(image)), len);
	else
		memset(buf, 0, len);
	return NULL;
}

static struct error *memory_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	const struct image *image = (struct image *)memory;

	*ret = (struct memory_extent){
		.start = addr & ~page_mask(image),
		.end = UINT64_MAX & ~page_mask(image),
		.state = state_at(image, addr),
	};
	if (ret->state == MEMORY_DAMAGED)
		ret->state = MEMORY_PRESENT;
	for (size_t i = 0; i < image->extent_count; i++) {
		const struct memory_extent *other = &image->extents[i];

		if (other->state == MEMORY_DAMAGED)
			continue;
		if (other->start > addr && other->start < ret->end)
			ret->end = other->start;
		if (other->end > addr && other->end < ret->end)
			ret->end = other->end;
	}
	return NULL;
}

static const struct memory_ops memory_ops = { .read = image_memory_read, .extent = memory_extent };

struct image *image_create(void)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		abort();
	image->memory = (struct memory){ .ops = &memory_ops, .page_shift = PAGE_SHIFT };
	image->fail_after = UINT64_MAX;
	return image;
}

void image_set_pages(struct image *image, unsigned page_shift)
{
	image->memory.page_shift = page_shift;
}

void image_set_big_endian(struct image *image, bool big_endian)
{
	image->big_endian = big_endian;
}

void image_destroy(struct image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->page_count; i++)
		free(image->pages[i].bytes);
	free(image->pages);
	free(image->extents);
	free(image);
}

struct memory *image_memory(struct image *image)
{
	return &image->memory;
}

uint64_t image_reads(const struct image *image)
{
	return image->reads;
}

void image_fail_after(struct image *image, uint64_t count)
{
	image->fail_after = count > UINT64_MAX - image->reads ? UINT64_MAX : image->reads + count;
}

/* --- text ------------------------------------------------------------------- */

struct parser {
	struct image *image;
	paddr_t at;
	unsigned line;
	char *rest; /* of the line */
};

static struct error *complain(const struct parser *parser, const char *word)
{
	return error_new(ERROR_CORRUPT, "image line %u: '%s' is not understood", parser->line,
			 word ? word : "the end of the line");
}

/* The number that @text begins with; *end is what follows. */
static bool number(const char *text, char **end, uint64_t *ret)
{
	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, end, 0);
	return errno == 0;
}

static char *next_word(struct parser *parser)
{
	char *word;

	do
		word = strsep(&parser->rest, " \t");
	while (word && !*word);
	return word;
}

static const struct {
	const char *word;
	enum memory_state state;
} state_words[] = {
	{ "zero", MEMORY_PRESENT },    { "excluded", MEMORY_EXCLUDED },
	{ "absent", MEMORY_ABSENT },   { "truncated", MEMORY_TRUNCATED },
	{ "damaged", MEMORY_DAMAGED },
};

static bool find_state(const char *word, enum memory_state *ret)
{
	for (size_t i = 0; i < COUNT_OF(state_words); i++)
		if (strcmp(word, state_words[i].word) == 0) {
			*ret = state_words[i].state;
			return true;
		}
	return false;
}

static struct error *parse_state(struct parser *parser, enum memory_state state)
{
	uint64_t addr, count = 1;
	char *word = next_word(parser), *end;

	if (!number(word, &end, &addr) || *end)
		return complain(parser, word);
	word = next_word(parser);
	if (word && (!number(word, &end, &count) || *end))
		return complain(parser, word);
	image_set_state(parser->image, addr, count, state);
	return NULL;
}

static struct error *parse_value(struct parser *parser, const char *word)
{
	uint64_t value, count = 1;
	char *end;

	if (!number(word, &end, &value))
		return complain(parser, word);
	if (*end == '*' && !number(end + 1, &end, &count))
		return complain(parser, word);
	if (*end)
		return complain(parser, word);
	for (uint64_t i = 0; i < count; i++, parser->at += 8)
		image_write(parser->image, parser->at, value, 8);
	return NULL;
}

static struct error *parse_word(struct parser *parser, char *word)
{
	enum memory_state state;
	char *end;

	if (find_state(word, &state))
		return parse_state(parser, state);
	if (strcmp(word, "big-endian") == 0 || strcmp(word, "little-endian") == 0) {
		parser->image->big_endian = *word == 'b';
		return NULL;
	}
	if (*word != '@')
		return parse_value(parser, word);
	return number(word + 1, &end, &parser->at) && !*end ? NULL : complain(parser, word);
}

static struct error *parse_line(struct parser *parser, char *line)
{
	struct error *err = NULL;
	char *word;

	line[strcspn(line, "#")] = '\0';
	parser->rest = line;
	parser->line++;
	while (!err && (word = next_word(parser)))
		err = parse_word(parser, word);
	return err;
}

struct error *image_parse(const char *text, struct image **ret)
{
	struct parser parser = { .image = image_create() };
	_cleanup_free_ char *copy = strdup(text);
	struct error *err = NULL;
	char *line, *lines = copy;

	if (!copy)
		abort();
	while (!err && (line = strsep(&lines, "\n")))
		err = parse_line(&parser, line);
	if (err) {
		image_destroy(parser.image);
		return err;
	}
	*ret = parser.image;
	return NULL;
}
