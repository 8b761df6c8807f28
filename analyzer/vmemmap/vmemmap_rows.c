// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rows: most of a large machine's vmemmap is stripes, which are told entry by entry only. */
#include "analyzer/vmemmap/vmemmap_rows.h"

#include <string.h>

#include "include/bytes.h"
#include "include/error.h"
#include "include/vector.h"

/* --- memory ---------------------------------------------------------------- */

static struct error *slots_reserve(struct row_list *list, size_t more)
{
	return vector_reserve(list->slots, list->slot_room, list->slot_count + more);
}

/* Those of one part are given back at its end, and the next one gets the same memory. */
struct error *row_list_prepare(struct row_list *list)
{
	enum { SLOTS_FIRST = 4096 };

	return slots_reserve(list, SLOTS_FIRST);
}

/* --- single runs ------------------------------------------------------------ */

static struct vmemmap_row *last_row(const struct row_list *list, size_t before)
{
	return list->count > before ? &list->rows[list->count - 1 - before] : NULL;
}

static struct error *row_push(struct row_list *list, const struct vmemmap_run *run)
{
	struct error *err = vector_reserve(list->rows, list->room, list->count + 1);

	if (err)
		return err;
	list->rows[list->count++] = (struct vmemmap_row){
		.first = run->first,
		.frame = run->frame,
		.count = run->count,
		.backing = (uint8_t)run->backing & 7,
		.level = (uint8_t)run->level & 7,
		.state = (uint8_t)run->state & 7,
		.constant = run->constant,
		.writable = run->writable,
		.valid_known = run->valid_known,
	};
	return NULL;
}

/* All but the frames, whether they can be written, and how many. */
static bool is_next_alike(const struct vmemmap_row *row, const struct vmemmap_run *run)
{
	return vmemmap_row_end(row) == run->first && row->backing == (uint8_t)run->backing &&
	       row->level == run->level && row->state == (uint8_t)run->state &&
	       row->valid_known == run->valid_known;
}

static bool is_single_frame(const struct vmemmap_run *run)
{
	return run->constant || run->count == 1;
}

/* True if @run goes on where @row, which is no stripe, ends. */
static bool row_extend(struct vmemmap_row *row, const struct vmemmap_run *run)
{
	if (!is_next_alike(row, run) || row->writable != run->writable ||
	    run->count > UINT32_MAX - row->count)
		return false;
	if (!vmemmap_row_mapped(row)) {
		row->count += run->count;
		return true;
	}
	if (!row->constant && !run->constant && row->frame + row->count == run->frame) {
		row->count += run->count;
		return true;
	}
	if (is_single_frame(run) && row->frame == run->frame &&
	    (row->constant || row->count == 1)) {
		row->constant = true;
		row->count += run->count;
		return true;
	}
	return false;
}

/* [a, b, c] then c again: the run of c begins one page earlier. */
static bool row_gives_last(const struct vmemmap_row *row, const struct vmemmap_run *run)
{
	return is_next_alike(row, run) && row->writable == run->writable &&
	       vmemmap_row_mapped(row) && !row->constant && row->count > 1 &&
	       is_single_frame(run) && row->frame + row->count - 1 == run->frame &&
	       run->count < UINT32_MAX;
}

static struct error *single_add(struct row_list *list, struct vmemmap_run run)
{
	struct vmemmap_row *last = last_row(list, 0);

	if (last && !last->period && row_extend(last, &run))
		return NULL;
	if (last && !last->period && row_gives_last(last, &run)) {
		last->count--;
		run.first--;
		run.count++;
		run.constant = true;
	}
	return row_push(list, &run);
}

/* --- stripes ---------------------------------------------------------------- */

static uint32_t group_count(const struct vmemmap_row *row)
{
	return row->count / row->period;
}

static pfn_t *row_slots(const struct row_list *list, const struct vmemmap_row *row)
{
	return list->slots + row->slot;
}

/*
 * The tails' frame of the last group of @row. Of a row of another list it is known, and
 * can be gone on with, where there is no other group.
 */
static bool last_tail(const struct row_list *list, const struct vmemmap_row *row, pfn_t *ret)
{
	size_t last = group_count(row) - 1;

	*ret = row->frame;
	if (last == 0 && row->tails != STRIPE_TAILS_OWN)
		return true;
	if (row->chunk != list->chunk || row->linear)
		return false;
	if (row->tails != STRIPE_TAILS_ONE)
		*ret = row_slots(list, row)[row->tails == STRIPE_TAILS_OWN ? 2 * last + 1 : last];
	return true;
}

/* True if @run is more of the tails of the last group of @row. */
static bool is_more_tails(const struct row_list *list, const struct vmemmap_row *row,
			  const struct vmemmap_run *run)
{
	pfn_t tail;

	return row->period && is_next_alike(row, run) && row->writable == run->writable &&
	       is_single_frame(run) && last_tail(list, row, &tail) && tail == run->frame &&
	       run->count <= UINT32_MAX - row->count;
}

/* Makes the last group of the last row, a stripe, a row of its own. */
static struct error *group_detach(struct row_list *list)
{
	struct error *err = vector_reserve(list->rows, list->room, list->count + 1);

	if (err)
		return err;
	struct vmemmap_row *row = last_row(list, 0), *own = row + 1;
	uint32_t groups = group_count(row) - 1;

	*own = *row;
	last_tail(list, row, &own->frame);
	own->first += (uint64_t)groups * row->period;
	own->count = row->period;
	own->slot += groups * stripe_slots_per_group(row);
	row->count -= row->period;
	list->count++;
	return NULL;
}

static struct error *tails_extend(struct row_list *list, const struct vmemmap_run *run)
{
	struct vmemmap_row *row = last_row(list, 0);
	struct error *err = group_count(row) > 1 ? group_detach(list) : NULL;

	if (err)
		return err;
	row = last_row(list, 0);
	row->count += run->count;
	row->period = row->count;
	list->pattern.known = false;
	return NULL;
}

/* One page, and others behind one frame after it: a group. */
static bool is_group(const struct vmemmap_row *head, const struct vmemmap_row *tails)
{
	return head && !head->period && !tails->period && head->count == 1 && tails->constant &&
	       tails->count > 1 && tails->count < UINT32_MAX && head->backing == BACKING_BASE &&
	       tails->backing == BACKING_BASE && vmemmap_row_end(head) == tails->first &&
	       head->level == tails->level && head->state == tails->state &&
	       head->valid_known == tails->valid_known;
}

/* Adds a group to @row, which it goes on with, if it can. There is room for its slots. */
static bool group_join(struct row_list *list, struct vmemmap_row *row,
		       const struct vmemmap_row *group, pfn_t head, pfn_t tail)
{
	if (row->linear || row->chunk != list->chunk || row->period != group->period ||
	    vmemmap_row_end(row) != group->first || row->level != group->level ||
	    row->state != group->state || row->valid_known != group->valid_known ||
	    row->writable != group->writable || row->head_writable != group->head_writable ||
	    row->period > UINT32_MAX - row->count)
		return false;
	/* The second group shows what the tails of the first one were. */
	if (row->tails == STRIPE_TAILS_ONE && row->frame != tail && row->count == row->period) {
		row->tails = STRIPE_TAILS_OWN;
		row_slots(list, row)[1] = row->frame;
		list->slot_count = row->slot + 2;
		row->frame = 0;
	}
	if ((row->tails == STRIPE_TAILS_ONE && row->frame != tail) ||
	    (row->tails == STRIPE_TAILS_HEAD && head != tail))
		return false;
	list->slots[list->slot_count++] = head;
	if (row->tails == STRIPE_TAILS_OWN)
		list->slots[list->slot_count++] = tail;
	row->count += row->period;
	return true;
}

/* The last two rows are a group: makes them one of the stripe before, or a stripe. */
static struct error *group_close(struct row_list *list)
{
	struct vmemmap_row *head = last_row(list, 1), *tails = last_row(list, 0);
	struct vmemmap_row *before = last_row(list, 2);
	struct error *err = slots_reserve(list, 4);

	if (err)
		return err;
	struct vmemmap_row group = *head;
	group.period = group.count = 1 + tails->count;
	group.writable = tails->writable;
	group.head_writable = head->writable;
	group.chunk = list->chunk;
	if (before && before->period &&
	    group_join(list, before, &group, head->frame, tails->frame)) {
		list->count -= 2;
		return NULL;
	}
	if (list->slot_count > UINT32_MAX - 2) /* more than rows could count: leave them be */
		return NULL;
	group.slot = (uint32_t)list->slot_count;
	list->slots[list->slot_count++] = head->frame;
	group.tails = head->frame == tails->frame ? STRIPE_TAILS_HEAD : STRIPE_TAILS_ONE;
	group.frame = tails->frame;
	*head = group;
	list->count--;
	return NULL;
}

/* The frame's number as far as the field of frame_mask says it. */
static inline pfn_t field_of(const struct row_list *list, uint64_t entry)
{
	uint64_t mask = list->frame_mask;

	return mask ? (entry & mask) >> __builtin_ctzll(mask) : 0;
}

struct error *row_list_add(struct row_list *list, const struct vmemmap_run *run, uint64_t raw)
{
	struct row_pattern before = list->pattern, *pattern = &list->pattern;
	const struct vmemmap_row *last = last_row(list, 0);
	size_t rows = list->count;
	uint32_t pages = last ? last->count : 0;

	if (last && is_more_tails(list, last, run))
		return tails_extend(list, run);
	struct error *err = single_add(list, *run);
	*pattern = (struct row_pattern){ .known = raw != 0 };
	pattern->tail.raw = raw;
	pattern->tail.base = run->frame - field_of(list, raw);
	if (err || !is_group(last_row(list, 1), last_row(list, 0)))
		return err;
	/* The entry before is the head's only if that row was left alone. */
	pattern->known = before.known && raw != 0 && list->count == rows + 1 &&
			 last_row(list, 1)->count == pages;
	pattern->head = before.tail;
	return group_close(list);
}

struct error *row_list_append(struct row_list *list, const struct vmemmap_row *rows, size_t count)
{
	struct error *err = vector_reserve(list->rows, list->room, list->count + count);

	if (err)
		return err;
	if (count)
		memcpy(list->rows + list->count, rows, count * sizeof(*rows));
	list->count += count;
	list->pattern.known = false;
	return NULL;
}

/* --- the end --------------------------------------------------------------------- */

/* Frames follow each other in every @each-th slot: of heads, and of tails if they have slots. */
static bool is_linear(const pfn_t *slots, size_t count, unsigned each)
{
	for (size_t i = each; i < count; i++)
		if (slots[i] != slots[i - each] + 1)
			return false;
	return true;
}

/* Moves the slots of @row to @at, where there is room as they come in order. */
static void slots_move(struct row_list *list, struct vmemmap_row *row, size_t count, size_t *at)
{
	memmove(list->slots + *at, row_slots(list, row), count * sizeof(*list->slots));
	row->slot = (uint32_t)*at;
	*at += count;
}

static void row_finish(struct row_list *list, struct vmemmap_row *row, size_t *kept)
{
	unsigned each = stripe_slots_per_group(row);
	size_t count = (size_t)group_count(row) * each;
	const pfn_t *slots = row_slots(list, row);

	row->linear = is_linear(slots, count, each);
	row->head = slots[0];
	if (row->tails == STRIPE_TAILS_OWN)
		row->frame = slots[1];
	if (!row->linear)
		slots_move(list, row, count, kept);
}

void row_list_finish(struct row_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->rows[i].period && !list->rows[i].linear &&
		    list->rows[i].chunk == list->chunk)
			row_finish(list, &list->rows[i], &kept);
	pfn_t *smaller = kept ? reallocarray(list->slots, kept, sizeof(*smaller)) : NULL;
	if (!kept)
		free(list->slots);
	if (smaller || !kept)
		list->slots = smaller;
	list->slot_count = list->slot_room = kept;
	list->pattern.known = false;
}

void row_list_deinit(struct row_list *list)
{
	free(list->rows);
	free(list->slots);
	*list = (struct row_list){ 0 };
}

/* --- entries as they lie in a table -------------------------------------------- */

/* How the entries of the last row's groups look; a copy, which the processor keeps at hand. */
struct group_pattern {
	struct row_pattern row;
	uint64_t frame_mask;
	unsigned frame_shift;
	bool swap;
	enum stripe_tails tails;
};

static struct group_pattern pattern_of(const struct row_list *list, const struct vmemmap_row *row)
{
	return (struct group_pattern){
		.row = list->pattern,
		.frame_mask = list->frame_mask,
		.frame_shift = (unsigned)__builtin_ctzll(list->frame_mask),
		.swap = bytes_swapped(list->big_endian),
		.tails = (enum stripe_tails)row->tails,
	};
}

static inline uint64_t entry_at(const struct group_pattern *pattern, const raw_entry_t *entries,
				size_t i)
{
	return pattern->swap ? __builtin_bswap64(entries[i]) : entries[i];
}

/* The frame of an entry that differs from @like in nothing else. */
static inline bool frame_read(const struct group_pattern *pattern, const struct row_entry *like,
			      uint64_t entry, pfn_t *ret)
{
	if ((like->raw ^ entry) & ~pattern->frame_mask)
		return false;
	*ret = like->base + ((entry & pattern->frame_mask) >> pattern->frame_shift);
	return true;
}

static inline bool are_same(const raw_entry_t *entries, size_t count)
{
	return memcmp(entries, entries + 1, (count - 1) * sizeof(*entries)) == 0;
}

/* The frames of the group that begins at @entries; false if it is not like those before. */
static inline bool group_read(const struct group_pattern *pattern, uint32_t period,
			      const raw_entry_t *entries, pfn_t found[2])
{
	const struct row_pattern *row = &pattern->row;
	uint64_t first = entry_at(pattern, entries, 0), second = entry_at(pattern, entries, 1);

	if (first == second || !frame_read(pattern, &row->head, first, &found[0]) ||
	    !are_same(entries + 1, period - 1))
		return false;
	if (pattern->tails == STRIPE_TAILS_ONE)
		return second == row->tail.raw;
	return frame_read(pattern, &row->tail, second, &found[1]) &&
	       (pattern->tails == STRIPE_TAILS_OWN || found[0] == found[1]);
}

enum { TABLE_ENTRIES = 512 };

/* Puts the frames of groups into @slots, as long as they are alike: how many. */
static size_t groups_read(const struct group_pattern *pattern, uint32_t period,
			  const raw_entry_t *entries, size_t groups, pfn_t *slots)
{
	pfn_t found[2] = { 0 };
	size_t taken = 0;

	for (; taken < groups; taken++, entries += period) {
		/* The next table mostly lies behind this one: 4 % of a report with --quick. */
		__builtin_prefetch(entries + TABLE_ENTRIES);
		if (!group_read(pattern, period, entries, found))
			break;
		*slots++ = found[0];
		if (pattern->tails == STRIPE_TAILS_OWN)
			*slots++ = found[1];
	}
	return taken;
}

/* Whole groups only. */
static struct error *take_groups(struct row_list *list, const raw_entry_t *entries, size_t count,
				 size_t *ret)
{
	struct vmemmap_row *row = last_row(list, 0);
	size_t groups = count / row->period, room = (UINT32_MAX - row->count) / row->period;
	const struct group_pattern pattern = pattern_of(list, row);

	if (groups > room)
		groups = room;
	struct error *err = slots_reserve(list, 2 * groups);
	if (err || list->slot_count + 2 * groups > UINT32_MAX)
		return err;
	pfn_t *slots = list->slots + list->slot_count;
	size_t taken = groups_read(&pattern, row->period, entries, groups, slots);
	list->slot_count += taken * stripe_slots_per_group(row);
	row->count += (uint32_t)taken * row->period;
	*ret = taken * row->period;
	return NULL;
}

/* Frames one after the other; the last of them may be the first of equals, and is left. */
static size_t take_consecutive(struct row_list *list, const raw_entry_t *entries, size_t count)
{
	struct vmemmap_row *row = last_row(list, 0);
	const struct group_pattern pattern = pattern_of(list, row);
	const uint64_t step = UINT64_C(1) << pattern.frame_shift, before = pattern.row.tail.raw;
	uint64_t wanted = before + step;
	size_t taken = 0;

	while (taken + 1 < count && taken < UINT32_MAX - row->count &&
	       entry_at(&pattern, entries, taken) == wanted &&
	       !((wanted ^ before) & ~pattern.frame_mask) && entries[taken] != entries[taken + 1]) {
		taken++;
		wanted += step;
	}
	row->count += (uint32_t)taken;
	list->pattern.tail.raw = wanted - step;
	return taken;
}

struct error *row_list_take(struct row_list *list, const raw_entry_t *entries, size_t count,
			    size_t *ret)
{
	const struct vmemmap_row *row = last_row(list, 0);

	*ret = 0;
	if (!row || !list->pattern.known || !list->frame_mask)
		return NULL;
	if (!row->period) {
		if (!row->constant && row->backing == BACKING_BASE)
			*ret = take_consecutive(list, entries, count);
		return NULL;
	}
	return row->period <= count ? take_groups(list, entries, count, ret) : NULL;
}
