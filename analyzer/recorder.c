// SPDX-License-Identifier: LGPL-2.1-or-later
/* A memory that remembers what it was asked. */
#include <string.h>

#include "include/analysis.h"
#include "include/error.h"

struct recorder {
	struct memory memory; /* first: the embedded contract */
	struct memory *source;
	pfn_t *pages;
	size_t page_count, page_capacity;
	struct memory_extent *extents;
	size_t extent_count, extent_capacity;
};

static int pfn_compare(const void *a, const void *b)
{
	pfn_t left = *(const pfn_t *)a, right = *(const pfn_t *)b;

	return left < right ? -1 : left > right;
}

static int extent_compare(const void *a, const void *b)
{
	const struct memory_extent *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

static void pages_sort(struct recorder *recorder)
{
	size_t kept = 0;

	if (recorder->page_count == 0)
		return;
	qsort(recorder->pages, recorder->page_count, sizeof(pfn_t), pfn_compare);
	for (size_t i = 0; i < recorder->page_count; i++)
		if (i == 0 || recorder->pages[i] != recorder->pages[kept - 1])
			recorder->pages[kept++] = recorder->pages[i];
	recorder->page_count = kept;
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
static struct error *page_note(struct recorder *recorder, pfn_t pfn)
{
	if (recorder->page_count && recorder->pages[recorder->page_count - 1] == pfn)
		return NULL;
	if (recorder->page_count == recorder->page_capacity) {
		pages_sort(recorder);
		if (recorder->page_count > recorder->page_capacity / 2) {
			size_t capacity = 2 * recorder->page_capacity;
			pfn_t *grown = reallocarray(recorder->pages, capacity, sizeof(pfn_t));

			if (!grown)
				return error_nomem();
			recorder->pages = grown;
			recorder->page_capacity = capacity;
		}
	}
	recorder->pages[recorder->page_count++] = pfn;
	return NULL;
}

static struct error *extent_note(struct recorder *recorder, const struct memory_extent *extent)
{
	if (recorder->extent_count == recorder->extent_capacity) {
		extents_sort(recorder);
		if (recorder->extent_count > recorder->extent_capacity / 2) {
			size_t capacity = 2 * recorder->extent_capacity;
			struct memory_extent *grown =
				reallocarray(recorder->extents, capacity, sizeof(*grown));

			if (!grown)
				return error_nomem();
			recorder->extents = grown;
			recorder->extent_capacity = capacity;
		}
	}
	recorder->extents[recorder->extent_count++] = *extent;
	return NULL;
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
		return page_note(recorder, addr >> memory->page_shift);

	paddr_t page = addr >> memory->page_shift << memory->page_shift;
	struct memory_extent extent = { page, page + (UINT64_C(1) << memory->page_shift),
					*state_ret };
	return extent_note(recorder, &extent);
}

static struct error *recorder_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	struct recorder *recorder = (struct recorder *)memory;
	struct error *err = recorder->source->ops->extent(recorder->source, addr, ret);

	return err ? err : extent_note(recorder, ret);
}

static const struct memory_ops recorder_ops = {
	.read = recorder_read,
	.extent = recorder_extent,
};

struct error *recorder_create(struct memory *source, struct recorder **ret)
{
	enum { INITIAL = 1024 };
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		return error_nomem();
	recorder->memory = (struct memory){ &recorder_ops, source->page_shift };
	recorder->source = source;
	recorder->pages = calloc(INITIAL, sizeof(*recorder->pages));
	recorder->extents = calloc(INITIAL, sizeof(*recorder->extents));
	recorder->page_capacity = recorder->extent_capacity = INITIAL;
	if (!recorder->pages || !recorder->extents) {
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

const pfn_t *recorder_pages(struct recorder *recorder, size_t *count_ret)
{
	pages_sort(recorder);
	*count_ret = recorder->page_count;
	return recorder->pages;
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
	free(recorder->pages);
	free(recorder->extents);
	free(recorder);
}
