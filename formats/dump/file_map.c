// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lays records over each other. Between two neighbouring ends of records (bounds)
 * all bytes are of the same record, so it is enough to know whose each such slot is.
 */
#include "formats/dump/file_map.h"

#include <stdlib.h>

#include "include/bisect.h"
#include "include/error.h"

struct piece {
	uint64_t target, source, len;
	uint64_t written_end; /* where the next hole begins, or the end */
};

struct file_map {
	size_t count;
	struct piece pieces[]; /* ascending by target, disjoint, none empty */
};

/* --- slots --- */

enum { NO_RECORD = UINT32_MAX };

/* Slot i is [bounds[i], bounds[i + 1]). */
struct slots {
	uint64_t *bounds; /* ascending, each once */
	size_t bound_count;
	uint32_t *owner; /* of each slot: the number of its record, or NO_RECORD */
	uint32_t *next;	 /* not beyond the next slot without owner, from each slot */
};

static void slots_deinit(struct slots *slots)
{
	free(slots->bounds);
	free(slots->owner);
	free(slots->next);
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void collect_bounds(struct slots *slots, const struct file_record *records, size_t count)
{
	size_t all = 0, kept = 0;

	for (size_t i = 0; i < count; i++) {
		slots->bounds[all++] = records[i].target;
		slots->bounds[all++] = records[i].target + records[i].len;
	}
	qsort(slots->bounds, all, sizeof(slots->bounds[0]), compare_numbers);
	for (size_t i = 0; i < all; i++) {
		if (!kept || slots->bounds[i] != slots->bounds[kept - 1])
			slots->bounds[kept++] = slots->bounds[i];
	}
	slots->bound_count = kept;
}

static struct error *slots_init(struct slots *slots, const struct file_record *records,
				size_t count)
{
	slots->bounds = calloc(2 * count + 1, sizeof(slots->bounds[0]));
	slots->owner = calloc(2 * count + 1, sizeof(slots->owner[0]));
	slots->next = calloc(2 * count + 1, sizeof(slots->next[0]));
	if (!slots->bounds || !slots->owner || !slots->next)
		return error_nomem();

	collect_bounds(slots, records, count);
	for (size_t i = 0; i < slots->bound_count; i++) {
		slots->owner[i] = NO_RECORD;
		slots->next[i] = (uint32_t)i;
	}
	return NULL;
}

static size_t find_bound(const struct slots *slots, uint64_t bound)
{
	const uint64_t *at = bsearch(&bound, slots->bounds, slots->bound_count,
				     sizeof(slots->bounds[0]), compare_numbers);

	return (size_t)(at - slots->bounds);
}

/* The first slot from @slot on without owner; the way there gets shorter. */
static size_t find_free(struct slots *slots, size_t slot)
{
	while (slots->next[slot] != slot) {
		slots->next[slot] = slots->next[slots->next[slot]];
		slot = slots->next[slot];
	}
	return slot;
}

/* The last record first, so that nothing is given away twice. */
static void assign_owners(struct slots *slots, const struct file_record *records, size_t count)
{
	for (size_t i = count; i-- > 0;) {
		const struct file_record *record = &records[i];
		size_t end = find_bound(slots, record->target + record->len);
		size_t slot = find_free(slots, find_bound(slots, record->target));

		while (slot < end) {
			slots->owner[slot] = (uint32_t)i;
			slots->next[slot] = (uint32_t)slot + 1;
			slot = find_free(slots, slot + 1);
		}
	}
}

/* --- pieces --- */

static void add_slot(struct file_map *map, const struct file_record *record, uint64_t start,
		     uint64_t end)
{
	uint64_t source = record->source + (start - record->target);

	if (map->count) {
		struct piece *last = &map->pieces[map->count - 1];

		if (last->target + last->len == start && last->source + last->len == source) {
			last->len += end - start;
			return;
		}
	}
	map->pieces[map->count++] = (struct piece){
		.target = start,
		.source = source,
		.len = end - start,
	};
}

static void find_holes(struct file_map *map)
{
	for (size_t i = map->count; i-- > 0;) {
		struct piece *piece = &map->pieces[i];

		piece->written_end = piece->target + piece->len;
		if (i + 1 < map->count && piece[1].target == piece->written_end)
			piece->written_end = piece[1].written_end;
	}
}

static struct error *collect_pieces(const struct slots *slots, const struct file_record *records,
				    struct file_map **ret)
{
	struct file_map *map = malloc(sizeof(*map) + slots->bound_count * sizeof(map->pieces[0]));
	if (!map)
		return error_nomem();

	map->count = 0;
	for (size_t i = 0; i + 1 < slots->bound_count; i++) {
		if (slots->owner[i] != NO_RECORD)
			add_slot(map, &records[slots->owner[i]], slots->bounds[i],
				 slots->bounds[i + 1]);
	}
	find_holes(map);
	*ret = map;
	return NULL;
}

struct error *file_map_create(const struct file_record *records, size_t count,
			      struct file_map **ret)
{
	_cleanup_(slots_deinit) struct slots slots = { 0 };
	struct error *err = slots_init(&slots, records, count);

	if (err)
		return err;
	assign_owners(&slots, records, count);
	return collect_pieces(&slots, records, ret);
}

void file_map_destroy(struct file_map *map)
{
	free(map);
}

/* --- look-up --- */

uint64_t file_map_end(const struct file_map *map)
{
	if (!map->count)
		return 0;

	const struct piece *last = &map->pieces[map->count - 1];
	return last->target + last->len;
}

/* The number of the first piece that ends after @target. */
static size_t find_piece(const struct file_map *map, uint64_t target)
{
	return bisect(map->count, i, map->pieces[i].target + map->pieces[i].len <= target);
}

struct file_run file_map_find(const struct file_map *map, uint64_t target)
{
	const struct piece *piece = &map->pieces[find_piece(map, target)];

	if (piece == map->pieces + map->count)
		return (struct file_run){ 0 };
	if (target < piece->target)
		return (struct file_run){ .is_hole = true, .len = piece->target - target };
	return (struct file_run){
		.source = piece->source + (target - piece->target),
		.len = piece->len - (target - piece->target),
		.written = piece->written_end - target,
	};
}
