// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds the descriptor of a page: its number is the count of the bitmap's bits before it. */
#include "formats/dump/kdump_pages.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "include/bytes.h"
#include "include/error.h"

/* Frames of one huge page may lie anywhere: several chunks are kept. */
enum { CHUNK_BYTES = 4 << 10, CHUNK_PAGES = CHUNK_BYTES * 8 };

/* A descriptor: where the bytes of one page are in the file. */
enum {
	DESCRIPTOR_OFFSET = 0,
	DESCRIPTOR_SIZE = 8,
	DESCRIPTOR_FLAGS = 12, /* how it is compressed; 0: not at all */
	DESCRIPTOR_BYTES = 24
};
enum { DESCRIPTORS_AT_ONCE = 2730 };

struct descriptors {
	uint8_t bytes[DESCRIPTORS_AT_ONCE * DESCRIPTOR_BYTES];
	size_t count;
};

/* --- the bitmaps --- */

static struct error *load_chunk(struct kdump_pages *pages, struct kdump_bitmap *bitmap,
				uint64_t index)
{
	uint64_t at = index * CHUNK_BYTES;
	size_t len = CHUNK_BYTES;

	size_t slot = (size_t)(index % KDUMP_CHUNKS);

	bitmap->chunk = bitmap->chunks + slot * CHUNK_BYTES;
	if (bitmap->numbers[slot] == index + 1)
		return NULL;
	if (len > pages->bitmap_len - at)
		len = (size_t)(pages->bitmap_len - at);
	bitmap->numbers[slot] = 0;
	memset(bitmap->chunk, 0, CHUNK_BYTES);

	struct error *err = dump_file_read_exact(pages->file, bitmap->offset + at, bitmap->chunk,
						 len, "page bitmap");
	if (err)
		return err;
	bitmap->numbers[slot] = index + 1;
	return NULL;
}

static bool has_bit(const struct kdump_bitmap *bitmap, uint64_t bit)
{
	return bitmap->chunk[bit / 8] >> bit % 8 & 1;
}

/* Set bits among [from, to) of the loaded chunk. */
static uint64_t count_bits(const struct kdump_bitmap *bitmap, uint64_t from, uint64_t to)
{
	uint64_t count = 0;

	for (; from < to && from % 8; from++)
		count += has_bit(bitmap, from);
	for (; from + 64 <= to; from += 64) {
		uint64_t word;

		memcpy(&word, bitmap->chunk + from / 8, sizeof(word));
		count += (uint64_t)__builtin_popcountll(word);
	}
	for (; from + 8 <= to; from += 8)
		count += (uint64_t)__builtin_popcount(bitmap->chunk[from / 8]);
	for (; from < to; from++)
		count += has_bit(bitmap, from);
	return count;
}

/* The first bit of [from, to) in the loaded chunk that is not like bit @from; @to if none. */
static uint64_t run_end(const struct kdump_bitmap *bitmap, uint64_t from, uint64_t to)
{
	const bool set = has_bit(bitmap, from);
	const uint64_t same = set ? UINT64_MAX : 0;

	while (from < to && has_bit(bitmap, from) == set) {
		uint64_t word;

		memcpy(&word, bitmap->chunk + from / 64 * 8, sizeof(word));
		from += !(from % 64) && word == same ? 64 : 1;
	}
	return from < to ? from : to;
}

/* The part of chunk @index, in bits of it, that is in [start_pfn, end_pfn). */
static void clip_chunk(const struct kdump_pages *pages, uint64_t index, uint64_t end_pfn,
		       uint64_t *from_ret, uint64_t *to_ret)
{
	uint64_t base = index * CHUNK_PAGES;
	uint64_t from = pages->start_pfn > base ? pages->start_pfn - base : 0;
	uint64_t to = end_pfn > base ? end_pfn - base : 0;

	*to_ret = to < CHUNK_PAGES ? to : CHUNK_PAGES;
	*from_ret = from < *to_ret ? from : *to_ret;
}

static bool bitmap_init(struct kdump_bitmap *bitmap)
{
	memset(bitmap->numbers, 0, sizeof(bitmap->numbers));
	bitmap->chunks = malloc(KDUMP_CHUNKS * CHUNK_BYTES);
	return bitmap->chunks;
}

static struct error *count_pages(struct kdump_pages *pages)
{
	uint64_t chunk_count = (pages->bitmap_len + CHUNK_BYTES - 1) / CHUNK_BYTES;

	pages->pages_before = calloc(chunk_count + 1, sizeof(pages->pages_before[0]));
	if (!bitmap_init(&pages->machine) || !bitmap_init(&pages->in_file) || !pages->pages_before)
		return error_nomem();

	for (uint64_t i = 0; i < chunk_count; i++) {
		uint64_t from, to;
		struct error *err = load_chunk(pages, &pages->in_file, i);

		if (err)
			return err;
		pages->pages_before[i] = pages->page_count;
		clip_chunk(pages, i, pages->end_pfn, &from, &to);
		pages->page_count += count_bits(&pages->in_file, from, to);
		pages->all_count += count_bits(&pages->in_file, 0, CHUNK_PAGES);
	}
	return NULL;
}

/* The number of @pfn's descriptor, or of the first one behind it; its chunk is loaded. */
static uint64_t descriptor_number(const struct kdump_pages *pages, uint64_t pfn)
{
	uint64_t from, to, index = pfn / CHUNK_PAGES;

	clip_chunk(pages, index, pfn, &from, &to);
	return pages->pages_before[index] + count_bits(&pages->in_file, from, to);
}

struct error *kdump_pages_fork(const struct kdump_pages *pages, const struct dump_file *file,
			       struct kdump_pages *ret)
{
	*ret = *pages;
	ret->file = file;
	ret->is_fork = true;
	ret->in_file.chunks = NULL;
	if (bitmap_init(&ret->machine) && bitmap_init(&ret->in_file))
		return NULL;
	kdump_pages_deinit(ret);
	return error_nomem();
}

void kdump_pages_deinit(struct kdump_pages *pages)
{
	free(pages->machine.chunks);
	free(pages->in_file.chunks);
	if (!pages->is_fork)
		free(pages->pages_before);
	*pages = (struct kdump_pages){ 0 };
}

/* --- descriptors --- */

static struct error *read_descriptors(const struct kdump_pages *pages, uint64_t first,
				      uint64_t count, struct descriptors *ret)
{
	size_t got, len = DESCRIPTORS_AT_ONCE * DESCRIPTOR_BYTES;

	if (count < DESCRIPTORS_AT_ONCE)
		len = (size_t)count * DESCRIPTOR_BYTES;

	struct error *err =
		dump_file_read(pages->file, pages->descriptors_offset + first * DESCRIPTOR_BYTES,
			       ret->bytes, len, &got);
	ret->count = got / DESCRIPTOR_BYTES;
	return err;
}

/* Where the bytes of the page of descriptor @i begin; 0 if that was never written. */
static uint64_t data_start(const struct kdump_pages *pages, const struct descriptors *descriptors,
			   size_t i)
{
	return load_u64(descriptors->bytes + i * DESCRIPTOR_BYTES + DESCRIPTOR_OFFSET,
			pages->big_endian);
}

/* One past the last of these bytes. */
static uint64_t data_end(const struct kdump_pages *pages, const struct descriptors *descriptors,
			 size_t i)
{
	uint64_t start = data_start(pages, descriptors, i), end;
	uint32_t size = load_u32(descriptors->bytes + i * DESCRIPTOR_BYTES + DESCRIPTOR_SIZE,
				 pages->big_endian);

	return __builtin_add_overflow(start, size, &end) ? UINT64_MAX : end;
}

static bool is_there(const struct kdump_pages *pages, const struct descriptors *descriptors,
		     size_t i)
{
	uint64_t start = data_start(pages, descriptors, i);

	return start &&
	       dump_file_was_written(pages->file, start, data_end(pages, descriptors, i) - start);
}

/* What the descriptors from the last backwards say of the end of the file. */
struct end_search {
	uint64_t data_end;
	bool has_unwritten;
	bool has_data; /* a page that is not the one that all zero pages share */
};

/*
 * The end of data is where two descriptors agree that it is, one behind the other: one that
 * is damaged may say anything.
 */
static void search_end(const struct kdump_pages *pages, const struct descriptors *descriptors,
		       uint64_t table_end, struct end_search *search)
{
	uint64_t first_end = 0, last_end = 0, agreed_end = 0;

	for (size_t i = 0; i < descriptors->count; i++) {
		uint64_t start = data_start(pages, descriptors, i);
		uint64_t end = data_end(pages, descriptors, i);

		search->has_unwritten |= !start && !end;
		if (start <= table_end)
			continue;
		if (start == last_end || start == agreed_end)
			agreed_end = end;
		first_end = first_end ? first_end : end;
		last_end = end;
	}
	if (!agreed_end)
		agreed_end = first_end;
	search->has_data |= first_end;
	if (agreed_end > search->data_end)
		search->data_end = agreed_end;
}

struct error *kdump_pages_check_end(struct kdump_pages *pages, bool *truncated_ret,
				    uint64_t *missing_bytes_ret)
{
	enum { ROUNDS_MAX = 2048 };
	struct end_search search = { 0 };

	*truncated_ret = pages->table_end > pages->file->size;
	*missing_bytes_ret = 0;
	if (*truncated_ret)
		return NULL;

	/* Data is in the order of the descriptors, but zero pages share the first. */
	uint64_t last = pages->page_count;
	for (int round = 0; last && !search.has_data && round < ROUNDS_MAX; round++) {
		struct descriptors descriptors;
		uint64_t first = last > DESCRIPTORS_AT_ONCE ? last - DESCRIPTORS_AT_ONCE : 0;
		struct error *err = read_descriptors(pages, first, last - first, &descriptors);

		if (err)
			return err;
		search_end(pages, &descriptors, pages->table_end, &search);
		last = first;
	}

	*truncated_ret = search.has_unwritten || search.data_end > pages->file->size;
	if (search.data_end > pages->file->size && !search.has_unwritten)
		*missing_bytes_ret = search.data_end - pages->file->size;
	return NULL;
}

/* --- do headers, bitmap and descriptors fit each other? --- */

/*
 * The first bytes of a page are right behind the last descriptor. Where none begin there,
 * either that page's descriptor is damaged, or there are more or fewer descriptors than
 * the bitmap has pages, or they are elsewhere.
 */
static bool begins_at(const struct kdump_pages *pages, const struct descriptors *descriptors,
		      uint64_t table_end)
{
	for (size_t i = 0; i < descriptors->count; i++) {
		if (data_start(pages, descriptors, i) == table_end)
			return true;
	}
	return false;
}

/* True if what is before @table_end are pages, too: one follows it, or several share it. */
static bool begins_before(const struct kdump_pages *pages, const struct descriptors *descriptors,
			  uint64_t table_end)
{
	uint64_t last = 0;

	for (size_t i = 0; i < descriptors->count; i++) {
		uint64_t start = data_start(pages, descriptors, i);

		if (!start || start >= table_end)
			continue;
		if (start == last ||
		    (i + 1 < descriptors->count &&
		     data_start(pages, descriptors, i + 1) == data_end(pages, descriptors, i)))
			return true;
		last = start;
	}
	return false;
}

/* True if the first descriptor alone is damaged: the others follow each other behind it. */
static bool follow_each_other(const struct kdump_pages *pages,
			      const struct descriptors *descriptors, uint64_t table_end)
{
	size_t following = 0;
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < descriptors->count; i++) {
		uint64_t start = data_start(pages, descriptors, i);

		first = start > table_end && start < first ? start : first;
		following += i && start > table_end && start == data_end(pages, descriptors, i - 1);
	}
	return first != UINT64_MAX && 2 * following + 2 >= descriptors->count &&
	       (first - pages->descriptors_offset) % DESCRIPTOR_BYTES != 0;
}

static uint64_t table_end_of(const struct kdump_pages *pages, uint64_t count)
{
	return pages->descriptors_offset + count * DESCRIPTOR_BYTES;
}

/* Whether @descriptors, which begin the table, can be those of a table of @count. */
static bool fit(const struct kdump_pages *pages, const struct descriptors *descriptors,
		uint64_t count)
{
	const uint64_t table_end = table_end_of(pages, count);

	return !begins_before(pages, descriptors, table_end) &&
	       (begins_at(pages, descriptors, table_end) ||
		follow_each_other(pages, descriptors, table_end));
}

static bool none_was_written(const struct kdump_pages *pages, const struct descriptors *descriptors)
{
	for (size_t i = 0; i < descriptors->count; i++) {
		if (data_start(pages, descriptors, i))
			return false;
	}
	return true;
}

static struct error *refuse_misfit(const struct kdump_pages *pages)
{
	return error_new(ERROR_CORRUPT,
			 "'%s' is damaged: its kdump header, its page bitmap and its page "
			 "descriptors do not fit each other, so that no page can be found",
			 pages->file->path);
}

/*
 * The page frames behind those that the headers count have no bits, unless the headers
 * are wrong. @in_headers is how many pages the headers' range has.
 */
static struct error *choose_count(struct kdump_pages *pages, const struct kdump_header *header,
				  uint64_t in_headers)
{
	struct descriptors descriptors;
	struct error *err = read_descriptors(pages, 0, pages->page_count, &descriptors);

	if (err)
		return err;
	pages->table_end = table_end_of(pages, pages->page_count);
	if (header->is_split && fit(pages, &descriptors, pages->all_count)) {
		pages->table_end = table_end_of(pages, pages->all_count);
		return NULL;
	}
	/* Where there is no page nothing is behind the bitmaps. */
	if (!pages->page_count && !header->is_split &&
	    pages->file->size > pages->descriptors_offset)
		return refuse_misfit(pages);
	if (none_was_written(pages, &descriptors) || fit(pages, &descriptors, in_headers)) {
		pages->end_pfn = header->end_pfn;
		pages->page_count = in_headers;
		pages->table_end = table_end_of(pages, in_headers);
		return NULL;
	}
	return fit(pages, &descriptors, pages->page_count) ? NULL : refuse_misfit(pages);
}

static struct error *find_pages(struct kdump_pages *pages, const struct kdump_header *header)
{
	uint64_t in_headers;
	struct error *err = count_pages(pages);

	if (err)
		return err;
	in_headers = pages->page_count;
	if (header->end_pfn < pages->end_pfn) {
		err = load_chunk(pages, &pages->in_file, header->end_pfn / CHUNK_PAGES);
		if (err)
			return err;
		in_headers = descriptor_number(pages, header->end_pfn);
	}
	return choose_count(pages, header, in_headers);
}

struct error *kdump_pages_init(struct kdump_pages *pages, const struct dump_file *file,
			       const struct kdump_header *header)
{
	*pages = (struct kdump_pages){
		.file = file,
		.last_pfn = UINT64_MAX,
		.big_endian = header->big_endian,
		.page_shift = header->page_shift,
		.start_pfn = header->start_pfn,
		.end_pfn = header->end_pfn,
		.bitmap_len = header->bitmap_len,
		.descriptors_offset = header->descriptors_offset,
		.machine.offset = header->machine_bitmap_offset,
		.in_file.offset = header->file_bitmap_offset,
	};

	/* What a part of a split set has is said by its header alone. */
	if (!header->is_split)
		pages->end_pfn = header->bitmap_len * CHAR_BIT;

	struct error *err = find_pages(pages, header);
	if (err)
		kdump_pages_deinit(pages);
	return err;
}

/* --- pages --- */

/* Splits a run of pages that should be in the file by whether they are. */
static struct error *look_at_descriptors(const struct kdump_pages *pages, uint64_t pfn,
					 enum memory_state *state, uint64_t *end)
{
	struct descriptors descriptors;
	struct error *err =
		read_descriptors(pages, descriptor_number(pages, pfn), *end - pfn, &descriptors);
	if (err)
		return err;

	/* Where one descriptor is past the end, so are the next. */
	*state = MEMORY_TRUNCATED;
	if (!descriptors.count)
		return NULL;

	size_t count = 1;
	bool there = is_there(pages, &descriptors, 0);
	while (count < descriptors.count && is_there(pages, &descriptors, count) == there)
		count++;
	*end = pfn + count;
	if (there)
		*state = MEMORY_PRESENT;
	return NULL;
}

struct error *kdump_pages_look(struct kdump_pages *pages, uint64_t pfn, bool check_end,
			       enum memory_state *state_ret, uint64_t *end_ret)
{
	const uint64_t index = pfn / CHUNK_PAGES, bit = pfn % CHUNK_PAGES;
	uint64_t from, to;
	struct error *err = load_chunk(pages, &pages->in_file, index);

	if (!err)
		err = load_chunk(pages, &pages->machine, index);
	if (err)
		return err;

	clip_chunk(pages, index, pages->end_pfn, &from, &to);
	to = run_end(&pages->in_file, bit, to);
	if (has_bit(&pages->in_file, bit)) {
		*state_ret = MEMORY_PRESENT;
		*end_ret = pfn - bit + to;
		return check_end ? look_at_descriptors(pages, pfn, state_ret, end_ret) : NULL;
	}
	*state_ret = has_bit(&pages->machine, bit) ? MEMORY_EXCLUDED : MEMORY_ABSENT;
	*end_ret = pfn - bit + run_end(&pages->machine, bit, to);
	return NULL;
}

/* The same from the one asked for last, if that is a little before it. */
static uint64_t descriptor_number_near(struct kdump_pages *pages, uint64_t pfn)
{
	const uint64_t last = pages->last_pfn, base = pfn / CHUNK_PAGES * CHUNK_PAGES;

	if (last >= base && last >= pages->start_pfn && last <= pfn)
		pages->last_number += count_bits(&pages->in_file, last - base, pfn - base);
	else
		pages->last_number = descriptor_number(pages, pfn);
	pages->last_pfn = pfn;
	return pages->last_number;
}

static struct kdump_place place_of(const struct kdump_pages *pages, const uint8_t *descriptor)
{
	return (struct kdump_place){
		.offset = load_u64(descriptor + DESCRIPTOR_OFFSET, pages->big_endian),
		.size = load_u32(descriptor + DESCRIPTOR_SIZE, pages->big_endian),
		.flags = load_u32(descriptor + DESCRIPTOR_FLAGS, pages->big_endian),
	};
}

struct error *kdump_pages_place(struct kdump_pages *pages, uint64_t pfn,
				const struct kdump_bytes *mapped, struct kdump_place *ret,
				enum memory_state *state_ret)
{
	uint8_t descriptor[DESCRIPTOR_BYTES];
	size_t got = sizeof(descriptor);
	struct error *err = load_chunk(pages, &pages->in_file, pfn / CHUNK_PAGES);

	if (err)
		return err;
	uint64_t at =
		pages->descriptors_offset + descriptor_number_near(pages, pfn) * DESCRIPTOR_BYTES;
	if (mapped->size >= sizeof(descriptor) && at <= mapped->size - sizeof(descriptor))
		memcpy(descriptor, mapped->bytes + at, sizeof(descriptor));
	else
		err = dump_file_read(pages->file, at, descriptor, sizeof(descriptor), &got);
	*state_ret = got == sizeof(descriptor) ? MEMORY_PRESENT : MEMORY_TRUNCATED;
	if (!err && *state_ret == MEMORY_PRESENT)
		*ret = place_of(pages, descriptor);
	return err;
}

bool kdump_place_is_sound(const struct kdump_pages *pages, const struct kdump_place *place)
{
	return place->size <= UINT64_C(1) << pages->page_shift &&
	       place->offset >= pages->descriptors_offset + pages->page_count * DESCRIPTOR_BYTES &&
	       dump_file_holds(pages->file, place->offset, place->size);
}

bool kdump_pages_stored(struct kdump_pages *pages, uint64_t pfn, const struct kdump_bytes *mapped,
			uint64_t *offset_ret)
{
	struct kdump_place place;
	enum memory_state state;
	struct error *err = load_chunk(pages, &pages->in_file, pfn / CHUNK_PAGES);
	bool is_there = !err && has_bit(&pages->in_file, pfn % CHUNK_PAGES);

	if (is_there)
		err = kdump_pages_place(pages, pfn, mapped, &place, &state);
	/* Reading the page will fail the same way, and say so. */
	if (err) {
		error_destroy(err);
		return false;
	}
	if (!is_there || state != MEMORY_PRESENT || place.flags ||
	    place.size != UINT64_C(1) << pages->page_shift || !kdump_place_is_sound(pages, &place))
		return false;
	*offset_ret = place.offset;
	return place.size <= mapped->size && place.offset <= mapped->size - place.size;
}
