// SPDX-License-Identifier: LGPL-2.1-or-later
/* Maps the kernel image, its objects, and the vmemmap as each section has it. */
#include "testdata/gen/gen.h"

static const uint64_t NO_EXECUTE = UINT64_C(1) << 63;

uint64_t tables_pte(pfn_t frame, bool writable)
{
	return frame << PAGE_SHIFT | NO_EXECUTE | (writable ? 0x163 : 0x161);
}

static uint64_t leaf(pfn_t frame)
{
	return frame << PAGE_SHIFT | NO_EXECUTE | 0x1e3;
}

uint64_t *tables_entry(struct gen *gen, uint64_t index)
{
	return core_entry(gen, gen->origin.vmemmap + (index << PAGE_SHIFT), 0);
}

static void kernel_map(struct gen *gen)
{
	for (uint64_t at = 0; at < IMAGE_BYTES; at += 2 << 20)
		*core_entry(gen, IMAGE_BASE + at, 1) = leaf(at >> PAGE_SHIFT);
	for (uint64_t at = 0; at < gen->plan.core_pages << PAGE_SHIFT; at += 1 << 30)
		*core_entry(gen, gen->origin.page_offset + at, 2) = leaf(at >> PAGE_SHIFT);
}

/* --- vmemmap ---------------------------------------------------------------------- */

/*
 * @index: the first vmemmap page of an optimised page, which keeps the frames from @head
 * on. Tails map @target, or if that is 0 the last one that is kept.
 */
static void optimized_map(struct gen *gen, uint64_t index, pfn_t head, pfn_t target, uint64_t pages)
{
	unsigned kept = gen->settings->kept;

	for (unsigned i = 0; i < kept; i++)
		*tables_entry(gen, index + i) = tables_pte(head + i, true);
	if (!target)
		target = head + kept - 1;
	for (uint64_t i = kept; i < pages; i++)
		*tables_entry(gen, index + i) = tables_pte(target, false);
}

static void huge_map(struct gen *gen)
{
	const struct plan *plan = &gen->plan;
	pfn_t target = gen->origin.zone_tails ? plan->zone_tails.start : 0;

	for (uint64_t i = 0; i < plan->huge_count; i++)
		optimized_map(gen, plan->huge[i] / PER_PAGE, plan_head_frame(gen, i), target,
			      HUGE_FRAMES);
	for (uint64_t i = 0; i < plan->gigantic_count; i++)
		optimized_map(gen, plan->gigantic[i] / PER_PAGE, plan_gigantic_frame(gen, i),
			      target ? target + 1 : 0, GIGANTIC_FRAMES);
}

/* The half of a mixed section that holds no huge page. */
static void mixed_map(struct gen *gen, uint64_t section)
{
	pfn_t frame = plan_leaf_frame(&gen->plan, section);

	for (uint64_t i = SECTION_FRAMES / 2; i < SECTION_FRAMES; i++)
		*tables_entry(gen, section * SECTION_FRAMES + i) = tables_pte(frame + i, true);
}

static void sections_map(struct gen *gen)
{
	const struct plan *plan = &gen->plan;

	for (uint64_t i = 0; i < plan->sections; i++)
		if (section_is_leaf(plan->kind[i]))
			*core_entry(gen, gen->origin.vmemmap + i * SECTION_FRAMES * PAGE_BYTES, 1) =
				leaf(plan_leaf_frame(plan, i));
		else if (plan->kind[i] == SECTION_MIXED)
			mixed_map(gen, i);
}

/* Two frames each, the second of them behind all further tails. */
static void devices_map(struct gen *gen)
{
	const struct plan *plan = &gen->plan;
	uint64_t index = plan->device[0] / PER_PAGE;

	for (uint64_t i = 0; i < plan->device_compounds; i++, index += HUGE_FRAMES) {
		*tables_entry(gen, index) = tables_pte(plan->device_heads.start + i, true);
		for (uint64_t k = 1; k < HUGE_FRAMES; k++)
			*tables_entry(gen, index + k) =
				tables_pte(plan->device_tails.start + i, true);
	}
}

void tables_make(struct gen *gen)
{
	kernel_map(gen);
	sections_map(gen);
	huge_map(gen);
	devices_map(gen);
}
