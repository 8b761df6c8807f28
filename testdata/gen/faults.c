// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Plants faults, each in a page of its own, and says which check has to find each:
 * one line "check pfn vmemmap-page kind".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/array.h"
#include "include/error.h"
#include "testdata/gen/gen.h"

struct fault {
	const char *kind, *check;
	uint64_t (*places)(const struct gen *gen);
	/* At the @place-th place; @number is the fault's own. Gives pfn and vmemmap page. */
	void (*plant)(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
		      uint64_t *index);
};

static void edit_add(struct gen *gen, pfn_t frame, unsigned number, enum edit_kind kind,
		     uint64_t value)
{
	gen->edits[gen->edit_count++] = (struct edit){ frame, number, kind, value };
}

static uint64_t flag(const struct gen *gen, enum layout_id id)
{
	return UINT64_C(1) << layout_get(&gen->origin.layout, id);
}

/* --- places ------------------------------------------------------------------------- */

static uint64_t huge_places(const struct gen *gen)
{
	return gen->plan.huge_count;
}

static uint64_t mixed_places(const struct gen *gen)
{
	return gen->plan.mixed_count * SECTION_FRAMES / 2;
}

static uint64_t device_places(const struct gen *gen)
{
	return gen->plan.device_compounds;
}

static uint64_t huge_index(struct gen *gen, uint64_t place, pfn_t *pfn)
{
	*pfn = gen->plan.huge[place];
	return *pfn / PER_PAGE;
}

static uint64_t device_index(struct gen *gen, uint64_t place, pfn_t *pfn)
{
	*pfn = gen->plan.device[0] + (place << HUGE_ORDER);
	return *pfn / PER_PAGE;
}

/* --- huge pages ------------------------------------------------------------------------ */

static void plant_writable_tail(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
				uint64_t *index)
{
	unsigned kept = gen->settings->kept;

	*index = huge_index(gen, place, pfn) + kept + number % (HUGE_FRAMES - kept);
	*tables_entry(gen, *index) |= 2;
}

static void plant_stray_tail(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
			     uint64_t *index)
{
	*index = huge_index(gen, place, pfn) + 3;
	*tables_entry(gen, *index) = tables_pte(gen->plan.strays.start + number, false);
}

static void plant_shared_head(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
			      uint64_t *index)
{
	uint64_t other = (place + 1) % gen->plan.huge_count;

	(void)number;
	*index = huge_index(gen, place, pfn) + 4;
	*pfn = gen->plan.huge[other]; /* whose head it is */
	*tables_entry(gen, *index) = tables_pte(plan_head_frame(gen, other), false);
}

static void plant_flag_cleared(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
			       uint64_t *index)
{
	(void)number;
	*index = huge_index(gen, place, pfn);
	edit_add(gen, plan_head_frame(gen, place), 0, EDIT_PRIVATE_CLEAR,
		 flag(gen, LAYOUT_HPG_OPTIMIZED));
}

static void plant_poisoned_tail(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
				uint64_t *index)
{
	*index = huge_index(gen, place, pfn);
	edit_add(gen, plan_head_frame(gen, place), 8 + (unsigned)number % (PER_PAGE - 8),
		 EDIT_FLAGS_SET, flag(gen, LAYOUT_PG_HWPOISON));
}

/* The struct page of @frame is in a leaf of the kernel's own memory. */
static void frame_edit(struct gen *gen, pfn_t frame, enum edit_kind kind, uint64_t value)
{
	pfn_t leaf = plan_leaf_frame(&gen->plan, frame / SECTION_PAGES);

	edit_add(gen, leaf + frame % SECTION_PAGES / PER_PAGE, frame % PER_PAGE, kind, value);
}

static void plant_freed_frame(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
			      uint64_t *index)
{
	(void)number;
	*index = huge_index(gen, place, pfn);
	frame_edit(gen, plan_head_frame(gen, place), EDIT_FREE, 0);
}

/* --- other memory ------------------------------------------------------------------------ */

static void plant_orphan(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
			 uint64_t *index)
{
	unsigned half = SECTION_FRAMES / 2;

	(void)number;
	*index = gen->plan.mixed[place / half] * SECTION_FRAMES + half + place % half;
	*pfn = *index * PER_PAGE;
	*tables_entry(gen, *index) &= ~UINT64_C(2);
}

static void plant_device_stray(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
			       uint64_t *index)
{
	*index = device_index(gen, place, pfn) + 5;
	*tables_entry(gen, *index) = tables_pte(gen->plan.strays.start + number, true);
}

static void plant_device_refcount(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
				  uint64_t *index)
{
	*index = device_index(gen, place, pfn) + 1;
	frame_edit(gen, gen->plan.device_tails.start + place, EDIT_REFCOUNT, 20 + number);
}

static void plant_device_head(struct gen *gen, uint64_t place, uint64_t number, pfn_t *pfn,
			      uint64_t *index)
{
	(void)number;
	*index = device_index(gen, place, pfn);
	edit_add(gen, gen->plan.device_heads.start + place, 0, EDIT_FLAGS_CLEAR,
		 flag(gen, LAYOUT_PG_RESERVED));
}

/* --- the table ------------------------------------------------------------------------------ */

static const struct fault faults[] = {
	{ "writable-tail", "hugetlb-tail-readonly", huge_places, plant_writable_tail },
	{ "stray-tail", "hugetlb-tail-target", huge_places, plant_stray_tail },
	{ "shared-head", "hugetlb-head-private", huge_places, plant_shared_head },
	{ "flag-cleared", "hugetlb-flag-agrees", huge_places, plant_flag_cleared },
	{ "poisoned-tail", "hugetlb-contents", huge_places, plant_poisoned_tail },
	{ "freed-frame", "vmemmap-frame-owner", huge_places, plant_freed_frame },
	{ "read-only-orphan", "vmemmap-orphan-sharing", mixed_places, plant_orphan },
	{ "device-stray-tail", "dax-tail-target", device_places, plant_device_stray },
	{ "device-refcount", "dax-tail-refcount", device_places, plant_device_refcount },
	{ "device-head", "dax-contents", device_places, plant_device_head },
};
enum { FAULT_KINDS = COUNT_OF(faults) };

static int edit_compare(const void *a, const void *b)
{
	const struct edit *left = a, *right = b;

	if (left->frame != right->frame)
		return left->frame < right->frame ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

/* Places apart from each other: some faults take two neighbours. */
static struct error *fault_plant(struct gen *gen, uint64_t start, uint64_t number)
{
	const struct fault *fault = &faults[(start + number) % FAULT_KINDS];
	uint64_t places = fault->places(gen), apart = places / gen->settings->faults, index;
	pfn_t pfn;

	if (apart < 2)
		return error_new(ERROR_USAGE,
				 "there is not enough for %u faults of the kind %s: ask for fewer, "
				 "or for a larger machine",
				 gen->settings->faults, fault->kind);
	fault->plant(gen, (start + number * apart) % places, number, &pfn, &index);
	printf("%s 0x%" PRIx64 " 0x%" PRIx64 " %s\n", fault->check, pfn, index, fault->kind);
	return NULL;
}

struct error *faults_plant(struct gen *gen)
{
	uint64_t start = random_next(gen) >> 16;
	struct error *err = NULL;

	gen->edits = calloc(gen->settings->faults + 1, sizeof(*gen->edits));
	if (!gen->edits)
		return error_nomem();
	for (uint64_t i = 0; !err && i < gen->settings->faults; i++)
		err = fault_plant(gen, start, i);
	qsort(gen->edits, gen->edit_count, sizeof(*gen->edits), edit_compare);
	return err;
}
