// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which frame the tails of a zone share: the pointer in struct zone is one witness, what
 * the page tables of all its huge pages show another, and what the frames hold a third.
 */
#include "analyzer/pages/zone_tails.h"

#include <stdlib.h>

#include "analyzer/pages/survey.h"
#include "include/bytes.h"
#include "include/error.h"

/* Of one zone and order. */
struct ballot {
	uint64_t agreed; /* groups of tails that map what the pointer says */
	pfn_t other;	 /* what most of the others map, by their majority */
	uint64_t votes, others;
};

struct confirmer {
	const struct survey *survey;
	struct ballot *ballots; /* of each zone, VMEMMAP_TAILS_MAX */
};

/* Some tails of huge pages, all behind one frame. */
struct tails {
	pfn_t head, frame;
	unsigned slot;
	uint64_t groups;
};

static pfn_t frame_of(const struct kernel *kernel, const struct zone_tail *tail)
{
	return (tail->page - kernel->vmemmap) / kernel->struct_page_size;
}

static bool is_struct_page(const struct kernel *kernel, const struct zone_tail *tail)
{
	return tail->page >= kernel->vmemmap &&
	       (tail->page - kernel->vmemmap) % kernel->struct_page_size == 0 &&
	       kernel_pfn_valid(kernel, frame_of(kernel, tail));
}

/* --- rows ----------------------------------------------------------------------- */

/* The slot of the order of which one page has @pages vmemmap pages; false if there is none. */
static bool slot_of(const struct kernel *kernel, uint64_t pages, unsigned *ret)
{
	uint64_t structs = (pages << kernel->page_shift) / kernel->struct_page_size;
	unsigned order = structs ? (unsigned)__builtin_ctzll(structs) : 0;

	*ret = order - kernel->tails_min_order;
	return structs && (structs & (structs - 1)) == 0 && order >= kernel->tails_min_order &&
	       *ret < VMEMMAP_TAILS_MAX;
}

/* True if @row is all the tails of huge pages side by side, or of a single one. */
static bool tails_of_row(const struct kernel *kernel, const struct vmemmap_row *row,
			 struct tails *ret)
{
	bool one = !row->period && row->constant && vmemmap_row_mapped(row);
	bool many = row->period && row->tails == STRIPE_TAILS_ONE;
	uint64_t pages = one ? row->count + UINT64_C(1) : row->period;
	uint64_t first = one ? row->first - 1 : row->first;

	if ((!one && !many) || !slot_of(kernel, pages, &ret->slot) || first % pages)
		return false;
	ret->head = vmemmap_first_pfn(kernel, first);
	ret->frame = row->frame;
	ret->groups = one ? 1 : row->count / row->period;
	return true;
}

/* --- whose they are ----------------------------------------------------------------- */

static bool spans(const struct zone_info *zone, pfn_t pfn)
{
	return pfn >= zone->start_pfn && pfn - zone->start_pfn < zone->spanned_pages;
}

/* The only zone whose pointer says @tails->frame, if it spans their head; NULL: look closer. */
static const struct zone_info *zone_by_pointer(const struct kernel *kernel,
					       const struct tails *tails)
{
	const struct zone_info *found = NULL;

	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];

		if (tails->slot >= zone->tail_count || !zone->tail[tails->slot].known ||
		    !is_struct_page(kernel, &zone->tail[tails->slot]) ||
		    frame_of(kernel, &zone->tail[tails->slot]) != tails->frame)
			continue;
		if (found || !spans(zone, tails->head))
			return NULL;
		found = zone;
	}
	return found;
}

static struct error *zone_by_head(const struct survey *survey, const struct tails *tails,
				  const struct zone_info **ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	enum memory_state state;
	uint64_t flags;
	struct error *err = vmemmap_read_u64(
		kernel, survey->map, survey->target->memory, tails->head,
		layout_get(&survey->target->layout, LAYOUT_PAGE_FLAGS), &flags, &state);

	*ret = NULL;
	if (err || state != MEMORY_PRESENT)
		return err;
	const struct zone_info *zone =
		kernel_zone(kernel, page_flags_node(kernel, flags), page_flags_zone(kernel, flags));
	*ret = zone && spans(zone, tails->head) ? zone : NULL;
	return NULL;
}

static void cast(struct ballot *ballot, const struct tails *tails)
{
	ballot->others += tails->groups;
	if (ballot->votes == 0)
		ballot->other = tails->frame;
	if (ballot->other == tails->frame)
		ballot->votes += tails->groups;
	else
		ballot->votes -= tails->groups < ballot->votes ? tails->groups : ballot->votes;
}

/* What devices share is settled once they are known: scheme_observe(). */
static bool is_of_devices(const struct target *target, const struct zone_info *zone)
{
	return layout_has(&target->layout, LAYOUT_ZONE_DEVICE) &&
	       zone->index == layout_get(&target->layout, LAYOUT_ZONE_DEVICE);
}

static struct error *count_row(struct confirmer *confirmer, const struct vmemmap_row *row)
{
	const struct kernel *kernel = &confirmer->survey->target->kernel;
	const struct zone_info *zone;
	struct tails tails;
	struct error *err = NULL;

	if (!tails_of_row(kernel, row, &tails))
		return NULL;
	zone = zone_by_pointer(kernel, &tails);
	bool agrees = zone != NULL;
	if (!zone)
		err = zone_by_head(confirmer->survey, &tails, &zone);
	if (err || !zone || tails.slot >= zone->tail_count ||
	    is_of_devices(confirmer->survey->target, zone))
		return err;
	struct ballot *ballot =
		&confirmer
			 ->ballots[(size_t)(zone - kernel->zones) * VMEMMAP_TAILS_MAX + tails.slot];
	const struct zone_tail *tail = &zone->tail[tails.slot];

	agrees |= is_struct_page(kernel, tail) && frame_of(kernel, tail) == tails.frame;
	if (agrees)
		ballot->agreed += tails.groups;
	else
		cast(ballot, &tails);
	return NULL;
}

/* --- what the frames hold -------------------------------------------------------------- */

enum likeness { LIKE_UNKNOWN, LIKE_TAILS, LIKE_OTHERS };

static struct error *word_read(const struct target *target, pfn_t frame, uint64_t at, uint64_t *ret,
			       bool *read_ret)
{
	paddr_t addr = (frame << target->kernel.page_shift) + at;
	enum memory_state state;
	unsigned char bytes[8];
	struct error *err = memory_read(target->memory, addr, sizeof(bytes), bytes, &state);

	*read_ret = !err && state == MEMORY_PRESENT;
	*ret = *read_ret ? load_u64(bytes, target->kernel.big_endian) : 0;
	return err;
}

/* Whether the last struct page of @frame is a tail of that zone and order, with a mask. */
static struct error *look_at(const struct target *target, pfn_t frame, const struct zone_info *zone,
			     unsigned order, enum likeness *ret)
{
	const struct kernel *kernel = &target->kernel;
	const struct layout *layout = &target->layout;
	uint64_t last = kernel->page_size - kernel->struct_page_size, link, flags;
	unsigned shift = order + (unsigned)__builtin_ctzll(kernel->struct_page_size);
	bool linked = false, flagged = false;

	*ret = LIKE_UNKNOWN;
	if (!layout_has(layout, LAYOUT_PAGE_COMPOUND_INFO) || shift > 63)
		return NULL;
	struct error *err =
		word_read(target, frame, last + layout_get(layout, LAYOUT_PAGE_COMPOUND_INFO),
			  &link, &linked);
	if (!err)
		err = word_read(target, frame, last + layout_get(layout, LAYOUT_PAGE_FLAGS), &flags,
				&flagged);
	if (err || !linked || !flagged)
		return err;
	bool like = link == ((UINT64_MAX << shift) | 1) &&
		    page_flags_node(kernel, flags) == zone->node &&
		    page_flags_zone(kernel, flags) == zone->index;
	*ret = like ? LIKE_TAILS : LIKE_OTHERS;
	return NULL;
}

/* --- the verdict ------------------------------------------------------------------------ */

/* The others are more, or hold what the pointer's frame does not. */
static bool others_are_right(const struct ballot *ballot, enum likeness said, enum likeness other)
{
	if (!ballot->others || other == LIKE_OTHERS)
		return false;
	if (other == LIKE_TAILS && said == LIKE_OTHERS)
		return true;
	return ballot->votes > ballot->agreed && (ballot->votes > 1 || other == LIKE_TAILS);
}

static struct error *confirm(struct confirmer *confirmer, struct zone_info *zone, unsigned slot)
{
	const struct survey *survey = confirmer->survey;
	const struct kernel *kernel = &survey->target->kernel;
	struct zone_tail *tail = &zone->tail[slot];
	const struct ballot *ballot =
		&confirmer->ballots[(size_t)(zone - kernel->zones) * VMEMMAP_TAILS_MAX + slot];
	enum likeness said = LIKE_OTHERS, other = LIKE_UNKNOWN;
	unsigned order = kernel->tails_min_order + slot;
	struct error *err = NULL;

	tail->said = tail->page;
	tail->groups = ballot->agreed;
	if (!tail->known || ballot->agreed > ballot->others || (!tail->page && !ballot->others))
		return NULL;
	if (tail->page && is_struct_page(kernel, tail))
		err = look_at(survey->target, frame_of(kernel, tail), zone, order, &said);
	if (!err && ballot->others)
		err = look_at(survey->target, ballot->other, zone, order, &other);
	if (err)
		return err;
	if (others_are_right(ballot, said, other)) {
		tail->refuted = true;
		tail->groups = ballot->votes;
		tail->page = kernel_struct_page(kernel, ballot->other);
	} else {
		/* What a frame holds that nothing maps is for those who look at contents. */
		tail->unfit = tail->page && !is_struct_page(kernel, tail);
	}
	return NULL;
}

struct error *zone_tails_confirm(const struct survey *survey, struct kernel *kernel)
{
	const struct vmemmap_map *map = survey->map;
	struct confirmer confirmer = { .survey = survey };
	struct error *err = NULL;

	if (survey->scheme->hugetlb->target != TARGET_ZONE_TAIL || !kernel->zone_count)
		return NULL;
	confirmer.ballots =
		calloc(kernel->zone_count * VMEMMAP_TAILS_MAX, sizeof(*confirmer.ballots));
	if (!confirmer.ballots)
		return error_nomem();
	for (size_t i = 0; !err && i < map->row_count; i++)
		err = count_row(&confirmer, &map->rows[i]);
	for (size_t i = 0; !err && i < kernel->zone_count; i++)
		for (unsigned slot = 0; !err && slot < kernel->zones[i].tail_count; slot++)
			err = confirm(&confirmer, &kernel->zones[i], slot);
	free(confirmer.ballots);
	return err;
}
