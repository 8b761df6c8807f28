// SPDX-License-Identifier: LGPL-2.1-or-later
/* The memory of a full dump that a distilled one carries: its states, not its bytes. */
#include "formats/dump/distilled.h"

#include <stdlib.h>

#include "formats/dump/file_bytes.h"
#include "include/array.h"
#include "include/bisect.h"
#include "include/bytes.h"
#include "include/error.h"

enum { WORD_VERSION, WORD_FLAGS, WORD_MISSING_BYTES, WORD_COUNT, HEAD_WORDS };
enum { EXTENT_START, EXTENT_END, EXTENT_STATE, EXTENT_WORDS };
enum { FORMAT_VERSION = 1, WORD_BYTES = 8 };
enum { HEAD_BYTES = HEAD_WORDS * WORD_BYTES, EXTENT_BYTES = EXTENT_WORDS * WORD_BYTES };
enum { FLAG_OMITS_ZERO_PAGES = 1, FLAG_TRUNCATED = 2 };

/* Their order is that of the file. */
static const enum memory_state states_by_number[] = {
	MEMORY_PRESENT, MEMORY_EXCLUDED, MEMORY_ABSENT, MEMORY_TRUNCATED, MEMORY_DAMAGED,
};
enum { STATE_COUNT = COUNT_OF(states_by_number) };

static uint64_t word_get(const uint8_t *bytes, size_t index)
{
	return load_u64(bytes + index * WORD_BYTES, false);
}

static void word_set(uint8_t *bytes, size_t index, uint64_t value)
{
	store64(bytes + index * WORD_BYTES, value, false);
}

static uint64_t number_of_state(enum memory_state state)
{
	uint64_t number = 0;

	while (states_by_number[number] != state)
		number++;
	return number;
}

static void encode_extent(uint8_t *bytes, const struct memory_extent *extent)
{
	word_set(bytes, EXTENT_START, extent->start);
	word_set(bytes, EXTENT_END, extent->end);
	word_set(bytes, EXTENT_STATE, number_of_state(extent->state));
}

struct error *distilled_encode(const struct distilled *distilled, uint8_t **ret, size_t *len_ret)
{
	enum { EXTENTS_MAX = (DISTILLED_NOTE_MAX_BYTES - HEAD_BYTES) / EXTENT_BYTES };

	if (distilled->extent_count > EXTENTS_MAX)
		return error_new(ERROR_UNSUPPORTED,
				 "too many extents (%zu) for a small dump, which can hold %d",
				 distilled->extent_count, (int)EXTENTS_MAX);

	size_t len = HEAD_BYTES + distilled->extent_count * EXTENT_BYTES;
	uint8_t *bytes = malloc(len);
	if (!bytes)
		return error_nomem();

	word_set(bytes, WORD_VERSION, FORMAT_VERSION);
	word_set(bytes, WORD_FLAGS,
		 (distilled->omits_zero_pages ? FLAG_OMITS_ZERO_PAGES : 0) |
			 (distilled->truncated ? FLAG_TRUNCATED : 0));
	word_set(bytes, WORD_MISSING_BYTES, distilled->missing_bytes);
	word_set(bytes, WORD_COUNT, distilled->extent_count);
	for (size_t i = 0; i < distilled->extent_count; i++)
		encode_extent(bytes + HEAD_BYTES + i * EXTENT_BYTES, &distilled->extents[i]);

	*ret = bytes;
	*len_ret = len;
	return NULL;
}

/* False if the words are no extent that can follow one that ends at @floor. */
static bool decode_extent(const uint8_t *bytes, paddr_t floor, unsigned page_shift,
			  struct memory_extent *ret)
{
	const uint64_t offset_mask = (UINT64_C(1) << page_shift) - 1;
	uint64_t start = word_get(bytes, EXTENT_START), end = word_get(bytes, EXTENT_END);
	uint64_t state = word_get(bytes, EXTENT_STATE);

	if (start < floor || end <= start || ((start | end) & offset_mask) || state >= STATE_COUNT)
		return false;
	*ret = (struct memory_extent){ start, end, states_by_number[state] };
	return true;
}

static struct error *decode_extents(const char *path, const uint8_t *bytes, size_t count,
				    unsigned page_shift, struct distilled *distilled)
{
	paddr_t floor = 0;

	distilled->extents = calloc(count + 1, sizeof(distilled->extents[0]));
	if (!distilled->extents)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		const uint8_t *words = bytes + i * EXTENT_BYTES;

		if (!decode_extent(words, floor, page_shift, &distilled->extents[i]))
			return error_new(ERROR_CORRUPT,
					 "'%s': extent %zu of its vmemscope note is damaged", path,
					 i);
		floor = distilled->extents[i].end;
	}
	distilled->extent_count = count;
	return NULL;
}

struct error *distilled_decode(const char *path, const uint8_t *bytes, size_t len,
			       unsigned page_shift, struct distilled *ret)
{
	struct distilled distilled = { 0 };

	if (len < HEAD_BYTES)
		return error_new(ERROR_CORRUPT, "'%s': its vmemscope note is too short", path);
	if (word_get(bytes, WORD_VERSION) != FORMAT_VERSION)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' was written by a newer vmemscope (note version %llu); "
				 "read it with that",
				 path, (unsigned long long)word_get(bytes, WORD_VERSION));

	uint64_t count = word_get(bytes, WORD_COUNT);
	size_t extents_len = len - HEAD_BYTES;
	if (extents_len % EXTENT_BYTES || count != extents_len / EXTENT_BYTES)
		return error_new(ERROR_CORRUPT, "'%s': its vmemscope note has a wrong length",
				 path);

	uint64_t flags = word_get(bytes, WORD_FLAGS);
	distilled.omits_zero_pages = flags & FLAG_OMITS_ZERO_PAGES;
	distilled.truncated = flags & FLAG_TRUNCATED;
	distilled.missing_bytes = word_get(bytes, WORD_MISSING_BYTES);

	struct error *err =
		decode_extents(path, bytes + HEAD_BYTES, (size_t)count, page_shift, &distilled);
	if (err) {
		distilled_deinit(&distilled);
		return err;
	}
	*ret = distilled;
	return NULL;
}

void distilled_deinit(struct distilled *distilled)
{
	free(distilled->extents);
	*distilled = (struct distilled){ 0 };
}

/* Index of the first extent that ends after @addr. */
static size_t find(const struct distilled *distilled, paddr_t addr)
{
	return bisect(distilled->extent_count, i, distilled->extents[i].end <= addr);
}

struct memory_extent distilled_extent(const struct distilled *distilled, paddr_t addr,
				      unsigned page_shift)
{
	const uint64_t mask = ~((UINT64_C(1) << page_shift) - 1);
	const paddr_t start = addr & mask;
	size_t i = find(distilled, start);

	if (i == distilled->extent_count)
		return (struct memory_extent){ start,
					       start == (UINT64_MAX & mask) ? UINT64_MAX : mask,
					       MEMORY_ABSENT };

	const struct memory_extent *extent = &distilled->extents[i];
	if (extent->start > start)
		return (struct memory_extent){ start, extent->start, MEMORY_ABSENT };
	return (struct memory_extent){ start, extent->end, extent->state };
}

enum memory_state distilled_state(const struct distilled *distilled, paddr_t addr,
				  unsigned page_shift)
{
	enum memory_state state = distilled_extent(distilled, addr, page_shift).state;

	return state == MEMORY_PRESENT ? MEMORY_EXCLUDED : state;
}

void distilled_damage(const struct distilled *distilled, unsigned page_shift,
		      struct memory_damage *damage)
{
	for (size_t i = 0; i < distilled->extent_count; i++) {
		const struct memory_extent *extent = &distilled->extents[i];

		if (extent->state == MEMORY_DAMAGED)
			memory_damage_add(damage, extent->start >> page_shift,
					  (extent->end - extent->start) >> page_shift);
	}
}

struct memory_extent distilled_answer(const struct distilled *distilled, struct memory_extent here,
				      bool is_truncated, unsigned page_shift)
{
	struct memory_extent full = distilled_extent(distilled, here.start, page_shift);

	if (here.state != MEMORY_ABSENT && here.state != full.state)
		return here;
	bool whole = full.state == MEMORY_PRESENT && !is_truncated;
	if (!whole && full.end > here.end)
		full.end = here.end;
	return full;
}
