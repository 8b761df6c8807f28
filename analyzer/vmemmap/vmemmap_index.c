// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sorts the frames of the map, finds which are mapped twice, and who maps one. */
#include "analyzer/vmemmap/vmemmap_index.h"

#include <string.h>
#include <sys/mman.h>

#include "include/bisect.h"
#include "include/error.h"

/* --- memory ---------------------------------------------------------------- */

enum { HUGE_PAGE = 2 << 20 };

/* For millions of elements: with fewer page faults, where the system can do that. */
static void *large_array(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - HUGE_PAGE)
		return NULL;
	if (bytes < HUGE_PAGE)
		return malloc(bytes ? bytes : 1);
	bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	void *array = aligned_alloc(HUGE_PAGE, bytes);
	if (array)
		(void)madvise(array, bytes, MADV_HUGEPAGE);
	return array;
}

/* --- intervals --------------------------------------------------------------- */

/* More than @row can have. */
static size_t intervals_most(const struct vmemmap_row *row)
{
	size_t slots =
		row->period ? (size_t)(row->count / row->period) * stripe_slots_per_group(row) : 0;

	return 1 + (row->linear ? stripe_slots_per_group(row) : slots);
}

static void interval_add(struct vmemmap_map *map, pfn_t start, uint32_t count, size_t row,
			 size_t slot)
{
	map->intervals[map->interval_count++] = (struct frame_interval){
		.start = start,
		.count = count,
		.row = (uint32_t)row,
		.slot = (uint32_t)slot,
	};
}

/* Every @each-th slot from @slot on, as far as the frames in them follow each other. */
static uint32_t consecutive(const pfn_t *slots, size_t slot, size_t end, unsigned each)
{
	uint32_t count = 1;

	while (slot + each < end && slots[slot + each] == slots[slot] + 1) {
		slot += each;
		count++;
	}
	return count;
}

/* The frames of heads, and those of tails if each group has its own. */
static void stripe_intervals(struct vmemmap_map *map, size_t number)
{
	const struct vmemmap_row *row = &map->rows[number];
	uint32_t groups = row->count / row->period, count;
	unsigned each = stripe_slots_per_group(row);

	for (unsigned which = 0; which < each && row->linear; which++)
		interval_add(map, which ? row->frame : row->head, groups, number, which);
	if (row->linear)
		return;
	const pfn_t *slots = map->chunks[row->chunk] + row->slot;
	size_t end = (size_t)groups * each;
	for (unsigned which = 0; which < each; which++)
		for (size_t slot = which; slot < end; slot += (size_t)count * each) {
			count = consecutive(slots, slot, end, each);
			interval_add(map, slots[slot], count, number, slot);
		}
}

static struct error *intervals_collect(struct vmemmap_map *map)
{
	size_t most = 1;

	for (size_t i = 0; i < map->row_count; i++)
		most += intervals_most(&map->rows[i]);
	if (most > UINT32_MAX)
		return error_new(ERROR_UNSUPPORTED, "the vmemmap is in more than 2^32 pieces");
	map->intervals = large_array(most, sizeof(*map->intervals));
	if (!map->intervals)
		return error_nomem();
	for (size_t i = 0; i < map->row_count; i++) {
		const struct vmemmap_row *row = &map->rows[i];

		if (row->period)
			stripe_intervals(map, i);
		if (row->period && row->tails == STRIPE_TAILS_ONE)
			interval_add(map, row->frame, 1, i, SLOT_TAILS);
		if (!row->period && vmemmap_row_mapped(row))
			interval_add(map, row->frame, row->constant ? 1 : row->count, i, 0);
	}
	return NULL;
}

/* --- order ------------------------------------------------------------------- */

/* A frame, and the number of the interval that begins with it in the lowest bits. */
typedef uint64_t frame_key_t;

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* One pass of a radix sort; keeps the order of equals. */
static void sort_digit(const frame_key_t *from, frame_key_t *to, size_t count, unsigned shift)
{
	size_t starts[DIGITS] = { 0 }, sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[from[i] >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t here = starts[digit];

		starts[digit] = sum;
		sum += here;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

/* By frame; of equals, by interval, as @keys are. Returns where the result is. */
static frame_key_t *sort_keys(frame_key_t *keys, frame_key_t *other, size_t count,
			      unsigned number_bits, unsigned bits)
{
	for (unsigned shift = number_bits; shift < bits; shift += DIGIT_BITS) {
		frame_key_t *from = keys;

		sort_digit(from, other, count, shift);
		keys = other;
		other = from;
	}
	return keys;
}

static unsigned bits_of(uint64_t number)
{
	return number ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

static pfn_t frames_most(const struct vmemmap_map *map)
{
	pfn_t most = 0;

	for (size_t i = 0; i < map->interval_count; i++)
		if (map->intervals[i].start > most)
			most = map->intervals[i].start;
	return most;
}

/* Puts the intervals into the order of @keys. */
static struct error *intervals_arrange(struct vmemmap_map *map, const frame_key_t *keys,
				       frame_key_t number_mask)
{
	size_t count = map->interval_count;
	struct frame_interval *ordered = large_array(count, sizeof(*ordered));

	if (!ordered)
		return error_nomem();
	for (size_t i = 0; i < count; i++)
		ordered[i] = map->intervals[keys[i] & number_mask];
	free(map->intervals);
	map->intervals = ordered;
	return NULL;
}

static struct error *order_frames(struct vmemmap_map *map)
{
	size_t count = map->interval_count;
	unsigned number_bits = bits_of(count), bits = number_bits + bits_of(frames_most(map));

	/* 2^24 intervals at the end of the largest address space: 16 TiB in no order at all. */
	if (bits > 64)
		return error_new(ERROR_UNSUPPORTED, "the vmemmap is in more than %zu pieces",
				 count);
	frame_key_t *keys = large_array(2 * (count + 1), sizeof(*keys));
	if (!keys)
		return error_nomem();
	for (size_t i = 0; i < count; i++)
		keys[i] = map->intervals[i].start << number_bits | i;
	const frame_key_t *sorted = sort_keys(keys, keys + count + 1, count, number_bits, bits);
	struct error *err = intervals_arrange(map, sorted, (UINT64_C(1) << number_bits) - 1);
	free(keys);
	return err;
}

/* --- sharing ----------------------------------------------------------------- */

/* Tails are shared whatever else is. */
static void mark(struct vmemmap_map *map, const struct frame_interval *interval)
{
	if (interval->slot != SLOT_TAILS)
		map->rows[interval->row].shared = true;
}

enum { FRAME_BLOCK = 64 }; /* intervals */

/* Frames are shared if their intervals overlap others, or if a row repeats one. */
static void mark_shared(struct vmemmap_map *map)
{
	const struct frame_interval *holder = NULL;
	pfn_t reach = 0;

	for (size_t i = 0; i < map->interval_count; i++) {
		const struct frame_interval *interval = &map->intervals[i];

		if (map->rows[interval->row].constant)
			mark(map, interval);
		if (holder && interval->start < reach) {
			mark(map, interval);
			mark(map, holder);
		}
		if (frame_interval_end(interval) > reach) {
			reach = frame_interval_end(interval);
			holder = interval;
		}
		map->reach[i / FRAME_BLOCK] = reach;
	}
}

struct error *vmemmap_index_frames(struct vmemmap_map *map)
{
	struct error *err = intervals_collect(map);

	if (err)
		return err;
	map->reach = calloc(map->interval_count / FRAME_BLOCK + 1, sizeof(*map->reach));
	if (!map->reach)
		return error_nomem();
	err = order_frames(map);
	if (!err)
		mark_shared(map);
	return err;
}

/* --- questions ---------------------------------------------------------------- */

struct frame_place frame_interval_place(const struct vmemmap_map *map,
					const struct frame_interval *interval, pfn_t frame)
{
	const struct vmemmap_row *row = &map->rows[interval->row];
	pfn_t beyond = frame - interval->start;

	if (!row->period)
		return row->constant ? (struct frame_place){ row->first, row->count }
				     : (struct frame_place){ row->first + beyond, 1 };
	if (interval->slot == SLOT_TAILS)
		return (struct frame_place){ row->first + 1, row->period - 1 };

	unsigned each = stripe_slots_per_group(row);
	uint64_t slot = interval->slot + beyond * each;
	uint64_t group = row->first + slot / each * row->period;
	return slot % each ? (struct frame_place){ group + 1, row->period - 1 }
			   : (struct frame_place){ group, 1 };
}

static bool is_of_tails(const struct frame_interval *interval, const struct vmemmap_row *row)
{
	return row->period && interval->slot == SLOT_TAILS;
}

/* In how many places a frame of @interval is mapped. */
static uint64_t place_count(const struct vmemmap_map *map, const struct frame_interval *interval)
{
	const struct vmemmap_row *row = &map->rows[interval->row];

	if (is_of_tails(interval, row))
		return row->count / row->period;
	return row->period && row->tails == STRIPE_TAILS_HEAD ? 2 : 1;
}

/* The @number-th of these. */
static struct frame_place place_at(const struct vmemmap_map *map,
				   const struct frame_interval *interval, pfn_t frame,
				   uint64_t number)
{
	const struct vmemmap_row *row = &map->rows[interval->row];
	struct frame_place place = frame_interval_place(map, interval, frame);

	if (is_of_tails(interval, row))
		place.index += number * row->period;
	else if (number)
		place = (struct frame_place){ place.index + 1, row->period - 1 };
	return place;
}

/* All intervals before the one returned end at or before @frame. */
static size_t interval_from(const struct vmemmap_map *map, pfn_t frame)
{
	size_t blocks = (map->interval_count + FRAME_BLOCK - 1) / FRAME_BLOCK;

	return bisect(blocks, i, map->reach[i] <= frame) * FRAME_BLOCK;
}

static pfn_t reach_before(const struct vmemmap_map *map, size_t first)
{
	size_t block = first / FRAME_BLOCK;
	pfn_t reach = block ? map->reach[block - 1] : 0;

	for (size_t i = block * FRAME_BLOCK; i < first; i++)
		if (frame_interval_end(&map->intervals[i]) > reach)
			reach = frame_interval_end(&map->intervals[i]);
	return reach;
}

struct frame_walk vmemmap_frames(const struct vmemmap_map *map, size_t first, size_t end)
{
	return (struct frame_walk){
		.map = map,
		.next = first,
		.stop = end,
		.done = reach_before(map, first),
	};
}

bool frame_walk_next(struct frame_walk *walk)
{
	while (walk->next < walk->stop) {
		const struct frame_interval *interval = &walk->map->intervals[walk->next++];

		walk->interval = interval;
		walk->start = interval->start > walk->done ? interval->start : walk->done;
		walk->end = frame_interval_end(interval);
		if (walk->start < walk->end) {
			walk->done = walk->end;
			return true;
		}
	}
	return false;
}

/* The first interval from @i on that holds @frame; interval_count if none. */
static size_t interval_next(const struct vmemmap_map *map, size_t i, pfn_t frame)
{
	for (; i < map->interval_count && map->intervals[i].start <= frame; i++)
		if (frame_interval_end(&map->intervals[i]) > frame)
			return i;
	return map->interval_count;
}

/* The cursor: an interval, and the next place of it, and one more as 0 is the beginning. */
bool vmemmap_users_next(const struct vmemmap_map *map, pfn_t frame, size_t *cursor,
			uint64_t *index_ret, uint64_t *count_ret)
{
	size_t i = *cursor ? (*cursor - 1) >> 32 : interval_from(map, frame);
	uint64_t number = *cursor ? (*cursor - 1) & UINT32_MAX : 0;

	i = interval_next(map, i, frame);
	if (i == map->interval_count)
		return false;
	struct frame_place place = place_at(map, &map->intervals[i], frame, number);
	*index_ret = place.index;
	*count_ret = place.count;
	if (++number == place_count(map, &map->intervals[i])) {
		number = 0;
		i++;
	}
	*cursor = (i << 32 | number) + 1;
	return true;
}

static uint64_t users_in(const struct vmemmap_map *map, const struct frame_interval *interval,
			 pfn_t frame)
{
	const struct vmemmap_row *row = &map->rows[interval->row];

	if (is_of_tails(interval, row))
		return (uint64_t)(row->count / row->period) * (row->period - 1);
	return row->period && row->tails == STRIPE_TAILS_HEAD
		       ? row->period
		       : frame_interval_place(map, interval, frame).count;
}

uint64_t vmemmap_users(const struct vmemmap_map *map, pfn_t frame)
{
	uint64_t total = 0;

	for (size_t i = interval_next(map, interval_from(map, frame), frame);
	     i < map->interval_count; i = interval_next(map, i + 1, frame))
		total += users_in(map, &map->intervals[i], frame);
	return total;
}
