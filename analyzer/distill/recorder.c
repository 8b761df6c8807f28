// SPDX-License-Identifier: LGPL-2.1-or-later
/* A memory that remembers what it was asked. */
#include <stddef.h>
#include <string.h>

#include "analyzer/analysis/analysis.h"
#include "analyzer/distill/recorder.h"
#include "include/error.h"
#include "include/vector.h"

/* What was read of one page. */
struct page_record {
	pfn_t pfn;
	uint8_t *bytes; /* a bit each; NULL: all of it */
	bool used;
};

/* Bit maps of pages that were read in part: many at a time, and used again. */
struct bitmap_pool {
	uint8_t **blocks;
	size_t block_count, block_room;
	uint8_t *free; /* the first; each begins with a pointer to the next */
};

struct recorder {
	struct memory memory; /* first: the embedded contract */
	struct memory masked; /* the same source, of which only what was read shows */
	struct memory *source;
	struct page_record *records; /* open addressing; a power of two */
	size_t record_count, record_capacity;
	struct bitmap_pool pool;
	pfn_t *pages; /* sorted, when asked for */
	struct memory_extent *extents;
	size_t extent_count, extent_capacity;
	bool has_damaged; /* some extent is of a damaged page */
};

static struct recorder *recorder_of_masked(struct memory *memory)
{
	return (struct recorder *)((char *)memory - offsetof(struct recorder, masked));
}

static size_t page_bytes(const struct recorder *recorder)
{
	return (size_t)1 << recorder->memory.page_shift;
}

/* --- bit maps --------------------------------------------------------------- */

enum { BITMAPS_AT_ONCE = 128 };

static struct error *pool_grow(struct recorder *recorder)
{
	struct bitmap_pool *pool = &recorder->pool;
	size_t size = page_bytes(recorder) / 8;
	struct error *err = vector_reserve(pool->blocks, pool->block_room, pool->block_count + 1);

	if (err)
		return err;
	uint8_t *block = malloc(BITMAPS_AT_ONCE * size);
	if (!block)
		return error_nomem();
	pool->blocks[pool->block_count++] = block;
	for (size_t i = 0; i < BITMAPS_AT_ONCE; i++) {
		memcpy(block + i * size, &pool->free, sizeof(pool->free));
		pool->free = block + i * size;
	}
	return NULL;
}

static struct error *bitmap_take(struct recorder *recorder, uint8_t **ret)
{
	struct bitmap_pool *pool = &recorder->pool;
	struct error *err = pool->free ? NULL : pool_grow(recorder);

	if (err)
		return err;
	*ret = pool->free;
	memcpy(&pool->free, *ret, sizeof(pool->free));
	memset(*ret, 0, page_bytes(recorder) / 8);
	return NULL;
}

static void bitmap_give(struct recorder *recorder, uint8_t *bitmap)
{
	memcpy(bitmap, &recorder->pool.free, sizeof(recorder->pool.free));
	recorder->pool.free = bitmap;
}

static void bitmap_set(uint8_t *bitmap, size_t from, size_t len)
{
	size_t end = from + len;

	while (from < end && from % 8)
		bitmap[from / 8] |= (uint8_t)(1U << from % 8), from++;
	while (end > from && end % 8)
		end--, bitmap[end / 8] |= (uint8_t)(1U << end % 8);
	memset(bitmap + from / 8, 0xff, (end - from) / 8);
}

static bool bitmap_has(const uint8_t *bitmap, size_t byte)
{
	return bitmap[byte / 8] >> byte % 8 & 1;
}

/* --- pages ------------------------------------------------------------------ */

static size_t slot_of(const struct recorder *recorder, pfn_t pfn)
{
	size_t mask = recorder->record_capacity - 1;
	size_t slot = (size_t)(pfn * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;

	while (recorder->records[slot].used && recorder->records[slot].pfn != pfn)
		slot = (slot + 1) & mask;
	return slot;
}

static struct error *records_grow(struct recorder *recorder)
{
	size_t old_capacity = recorder->record_capacity;
	struct page_record *old = recorder->records;
	struct page_record *records = calloc(2 * old_capacity, sizeof(*records));

	if (!records)
		return error_nomem();
	recorder->records = records;
	recorder->record_capacity = 2 * old_capacity;
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i].used)
			records[slot_of(recorder, old[i].pfn)] = old[i];
	free(old);
	return NULL;
}

/* Bytes [from, from + len) of the page were read. */
static struct error *page_note(struct recorder *recorder, pfn_t pfn, size_t from, size_t len)
{
	struct error *err = NULL;

	if (2 * recorder->record_count >= recorder->record_capacity)
		err = records_grow(recorder);
	if (err)
		return err;
	struct page_record *record = &recorder->records[slot_of(recorder, pfn)];
	bool is_whole = len == page_bytes(recorder);

	if (record->used && !record->bytes)
		return NULL;
	if (!is_whole && !record->bytes)
		err = bitmap_take(recorder, &record->bytes);
	if (err)
		return err;
	recorder->record_count += !record->used;
	record->used = true;
	record->pfn = pfn;
	if (!is_whole) {
		bitmap_set(record->bytes, from, len);
	} else if (record->bytes) {
		bitmap_give(recorder, record->bytes);
		record->bytes = NULL;
	}
	return NULL;
}

static int pfn_compare(const void *a, const void *b)
{
	pfn_t left = *(const pfn_t *)a, right = *(const pfn_t *)b;

	return left < right ? -1 : left > right;
}

/* --- extents ---------------------------------------------------------------- */

/* Of those that begin together the longest first: it has the answer for the others. */
static int extent_compare(const void *a, const void *b)
{
	const struct memory_extent *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	if (left->end != right->end)
		return left->end > right->end ? -1 : 1;
	return left->state < right->state ? -1 : left->state > right->state;
}

/* Overlapping answers agree: extents of one memory differ in length only. */
static void extents_sort(struct recorder *recorder)
{
	struct memory_extent *extents = recorder->extents;
	size_t kept = 0;

	if (recorder->extent_count == 0)
		return;
	qsort(extents, recorder->extent_count, sizeof(*extents), extent_compare);
	for (size_t i = 0; i < recorder->extent_count; i++) {
		struct memory_extent *last = kept ? &extents[kept - 1] : NULL;

		if (last && extents[i].start <= last->end && extents[i].state == last->state) {
			if (extents[i].end > last->end)
				last->end = extents[i].end;
			continue;
		}
		if (last && extents[i].start < last->end)
			extents[i].start = last->end;
		if (extents[i].start < extents[i].end)
			extents[kept++] = extents[i];
	}
	recorder->extent_count = kept;
}

/* Full: first make room by merging, grow only if that did not help. */
static struct error *extent_note(struct recorder *recorder, const struct memory_extent *extent)
{
	struct error *err = NULL;

	if (recorder->extent_count == recorder->extent_capacity) {
		extents_sort(recorder);
		if (recorder->extent_count > recorder->extent_capacity / 2)
			err = vector_reserve(recorder->extents, recorder->extent_capacity,
					     recorder->extent_capacity + 1);
		if (err)
			return err;
	}
	recorder->extents[recorder->extent_count++] = *extent;
	return NULL;
}

/* The noted extent that says of the page at @page that it is in the dump; NULL if none does. */
static struct memory_extent *extent_of_present(struct recorder *recorder, paddr_t page)
{
	for (size_t i = 0; i < recorder->extent_count; i++) {
		struct memory_extent *extent = &recorder->extents[i];

		if (extent->state == MEMORY_PRESENT && extent->start <= page && page < extent->end)
			return extent;
	}
	return NULL;
}

/*
 * Only read() tells that a page is damaged. Extents that said otherwise before are cut in two
 * around it.
 */
static struct error *damaged_note(struct recorder *recorder, const struct memory_extent *page)
{
	struct memory_extent *extent;
	struct error *err = NULL;

	recorder->has_damaged = true;
	while (!err && (extent = extent_of_present(recorder, page->start))) {
		const struct memory_extent rest = { page->end, extent->end, MEMORY_PRESENT };

		extent->end = page->start;
		if (extent->start == extent->end)
			*extent = recorder->extents[--recorder->extent_count];
		if (rest.start < rest.end)
			err = extent_note(recorder, &rest);
	}
	return err ? err : extent_note(recorder, page);
}

/* Cuts @extent, which says PRESENT, before the first page that is known to be damaged. */
static void damaged_cut(const struct recorder *recorder, struct memory_extent *extent)
{
	for (size_t i = 0; i < recorder->extent_count; i++) {
		const struct memory_extent *other = &recorder->extents[i];

		if (other->state != MEMORY_DAMAGED || other->end <= extent->start ||
		    other->start >= extent->end)
			continue;
		if (other->start <= extent->start)
			*extent =
				(struct memory_extent){ extent->start, other->end, MEMORY_DAMAGED };
		else
			extent->end = other->start;
	}
}

static struct error *recorder_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				   enum memory_state *state_ret)
{
	struct recorder *recorder = (struct recorder *)memory;
	struct error *err =
		recorder->source->ops->read(recorder->source, addr, len, buf, state_ret);

	if (err)
		return err;
	if (*state_ret == MEMORY_PRESENT)
		return page_note(recorder, addr >> memory->page_shift,
				 addr & (page_bytes(recorder) - 1), len);

	paddr_t page = addr >> memory->page_shift << memory->page_shift;
	struct memory_extent extent = { page, page + (UINT64_C(1) << memory->page_shift),
					*state_ret };
	return *state_ret == MEMORY_DAMAGED ? damaged_note(recorder, &extent)
					    : extent_note(recorder, &extent);
}

static struct error *recorder_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	struct recorder *recorder = (struct recorder *)memory;
	struct error *err = recorder->source->ops->extent(recorder->source, addr, ret);

	if (err)
		return err;
	if (recorder->has_damaged && ret->state == MEMORY_PRESENT)
		damaged_cut(recorder, ret);
	return extent_note(recorder, ret);
}

static const struct memory_ops recorder_ops = {
	.read = recorder_read,
	.extent = recorder_extent,
};

/* --- what was read, and nothing else ------------------------------------------ */

static struct error *masked_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				 enum memory_state *state_ret)
{
	struct recorder *recorder = recorder_of_masked(memory);
	struct error *err =
		recorder->source->ops->read(recorder->source, addr, len, buf, state_ret);
	const struct page_record *record =
		&recorder->records[slot_of(recorder, addr >> memory->page_shift)];
	size_t from = addr & (page_bytes(recorder) - 1);

	if (err || *state_ret != MEMORY_PRESENT || (record->used && !record->bytes))
		return err;
	for (size_t i = 0; i < len; i++)
		if (!record->used || !bitmap_has(record->bytes, from + i))
			((char *)buf)[i] = 0;
	return NULL;
}

static struct error *masked_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	struct recorder *recorder = recorder_of_masked(memory);

	return recorder->source->ops->extent(recorder->source, addr, ret);
}

static const struct memory_ops masked_ops = {
	.read = masked_read,
	.extent = masked_extent,
};

struct memory *recorder_masked(struct recorder *recorder)
{
	return &recorder->masked;
}

/* --- all of it ---------------------------------------------------------------- */

struct error *recorder_create(struct memory *source, struct recorder **ret)
{
	enum { INITIAL = 1024 };
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		return error_nomem();
	recorder->memory = (struct memory){ .ops = &recorder_ops,
					    .page_shift = source->page_shift,
					    .distilled = source->distilled };
	recorder->masked = (struct memory){ .ops = &masked_ops,
					    .page_shift = source->page_shift,
					    .distilled = source->distilled };
	recorder->source = source;
	recorder->records = calloc(INITIAL, sizeof(*recorder->records));
	recorder->extents = calloc(INITIAL, sizeof(*recorder->extents));
	recorder->record_capacity = recorder->extent_capacity = INITIAL;
	if (!recorder->records || !recorder->extents) {
		recorder_destroy(recorder);
		return error_nomem();
	}
	*ret = recorder;
	return NULL;
}

struct memory *recorder_memory(struct recorder *recorder)
{
	return &recorder->memory;
}

struct error *recorder_pages(struct recorder *recorder, const pfn_t **ret, size_t *count_ret)
{
	size_t count = 0;

	free(recorder->pages);
	recorder->pages = calloc(recorder->record_count + 1, sizeof(*recorder->pages));
	if (!recorder->pages)
		return error_nomem();
	for (size_t i = 0; i < recorder->record_capacity; i++)
		if (recorder->records[i].used)
			recorder->pages[count++] = recorder->records[i].pfn;
	qsort(recorder->pages, count, sizeof(*recorder->pages), pfn_compare);
	*ret = recorder->pages;
	*count_ret = count;
	return NULL;
}

struct error *recorder_exclude(struct recorder *recorder, pfn_t pfn)
{
	paddr_t start = pfn << recorder->memory.page_shift;
	const struct memory_extent extent = { start, start + page_bytes(recorder),
					      MEMORY_EXCLUDED };

	return extent_note(recorder, &extent);
}

const struct memory_extent *recorder_extents(struct recorder *recorder, size_t *count_ret)
{
	extents_sort(recorder);
	*count_ret = recorder->extent_count;
	return recorder->extents;
}

void recorder_destroy(struct recorder *recorder)
{
	if (!recorder)
		return;
	for (size_t i = 0; i < recorder->pool.block_count; i++)
		free(recorder->pool.blocks[i]);
	free(recorder->pool.blocks);
	free(recorder->records);
	free(recorder->pages);
	free(recorder->extents);
	free(recorder);
}
