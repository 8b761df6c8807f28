// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists the frames of struct pages: runs of those with contents of a kind. */
#include <stdlib.h>

#include "include/array.h"
#include "include/error.h"
#include "testdata/gen/gen.h"

static void run_add(struct gen *gen, pfn_t frame, uint64_t count, enum content_id content,
		    pfn_t subject, uint32_t stride)
{
	if (count)
		gen->runs[gen->run_count++] = (struct run){
			.frame = frame,
			.count = count,
			.content = (uint8_t)content,
			.subject = subject,
			.stride = stride,
		};
}

/* --- leaves ---------------------------------------------------------------------------- */

/* Of a section that holds frames of the vmemmap: their own struct pages. */
static void system_runs(struct gen *gen, uint64_t section)
{
	const struct plan *plan = &gen->plan;
	const struct {
		pfn_t end;
		enum content_id content;
	} owners[] = {
		{ plan->leaves.end, CONTENT_BOOT },
		{ plan->device_tails.start, CONTENT_OWNED },
		{ plan->device_tails.end, CONTENT_DEVICE_OWNED },
		{ UINT64_MAX - PER_PAGE, CONTENT_OWNED },
	};
	pfn_t at = section * SECTION_PAGES, stop = at + SECTION_PAGES;
	pfn_t frame = plan_leaf_frame(plan, section);

	for (size_t i = 0; i < COUNT_OF(owners); i++) {
		pfn_t end = (owners[i].end + PER_PAGE - 1) / PER_PAGE * PER_PAGE;

		if (end > stop)
			end = stop;
		if (end <= at)
			continue;
		run_add(gen, frame, (end - at) / PER_PAGE, owners[i].content, at, PER_PAGE);
		frame += (end - at) / PER_PAGE;
		at = end;
	}
}

/* Huge pages that are not optimised: the frame of a head, and those of its tails. */
static void plain_runs(struct gen *gen, pfn_t frame, pfn_t subject)
{
	for (unsigned i = 0; i < HUGE_PER_SECTION; i++) {
		run_add(gen, frame, 1, CONTENT_PLAIN_HEAD, subject, PER_PAGE);
		run_add(gen, frame + 1, HUGE_FRAMES - 1, CONTENT_PLAIN_TAILS, subject + PER_PAGE,
			PER_PAGE);
		frame += HUGE_FRAMES;
		subject += 1 << HUGE_ORDER;
	}
}

static void section_runs(struct gen *gen, uint64_t section)
{
	const struct plan *plan = &gen->plan;
	pfn_t frame = plan_leaf_frame(plan, section), subject = section * SECTION_PAGES;
	unsigned half = SECTION_FRAMES / 2;

	switch (plan->kind[section]) {
	case SECTION_SYSTEM:
		system_runs(gen, section);
		break;
	case SECTION_ORDINARY:
		run_add(gen, frame, SECTION_FRAMES, CONTENT_FREE, subject, PER_PAGE);
		break;
	case SECTION_PLAIN:
		plain_runs(gen, frame, subject);
		break;
	case SECTION_MIXED:
		run_add(gen, frame + half, half, CONTENT_FREE, subject + half * PER_PAGE, PER_PAGE);
		break;
	default:
		break;
	}
}

/* --- frames that optimised pages keep ---------------------------------------------------- */

/* What an optimised page keeps: the frame of its head, and perhaps one of tails. */
static void kept_runs(struct gen *gen, pfn_t frame, pfn_t subject, enum content_id head,
		      enum content_id tails)
{
	run_add(gen, frame, 1, head, subject, PER_PAGE);
	if (gen->settings->kept > 1)
		run_add(gen, frame + 1, 1, tails, subject + PER_PAGE, PER_PAGE);
}

/* No two are alike: each is linked to others. */
static void huge_heads(struct gen *gen)
{
	const struct plan *plan = &gen->plan;

	for (uint64_t i = 0; i < plan->huge_count; i++)
		kept_runs(gen, plan_head_frame(gen, i), plan->huge[i],
			  plan_is_used(gen, i) ? CONTENT_HEAD_USED : CONTENT_HEAD_FREE,
			  CONTENT_KEPT_TAILS);
}

static void head_runs(struct gen *gen)
{
	const struct plan *plan = &gen->plan;

	huge_heads(gen);
	for (uint64_t i = 0; i < plan->gigantic_count; i++)
		kept_runs(gen, plan_gigantic_frame(gen, i), plan->gigantic[i],
			  CONTENT_HEAD_GIGANTIC, CONTENT_KEPT_TAILS_GIGANTIC);
	if (gen->origin.zone_tails) {
		run_add(gen, plan->zone_tails.start, 1, CONTENT_TAILS_HUGE, 0, 0);
		run_add(gen, plan->zone_tails.start + 1, 1, CONTENT_TAILS_GIGANTIC, 0, 0);
	}
	run_add(gen, plan->strays.start, area_count(&plan->strays), CONTENT_TAILS_HUGE, 0, 0);
}

static void device_runs(struct gen *gen, const struct area *area, enum content_id content)
{
	const struct plan *plan = &gen->plan;
	uint64_t each = plan->devices ? plan->device_compounds / plan->devices : 0;

	for (unsigned i = 0; i < plan->devices; i++) {
		run_add(gen, area->start + i * each, each, content, plan->device[i],
			1 << HUGE_ORDER);
		gen->runs[gen->run_count - 1].device = (uint8_t)i;
	}
}

static int run_compare(const void *a, const void *b)
{
	const struct run *left = a, *right = b;

	return left->frame < right->frame ? -1 : left->frame > right->frame;
}

struct error *runs_make(struct gen *gen)
{
	const struct plan *plan = &gen->plan;
	uint64_t most = 4 * plan->leaf_count + 2 * plan->gigantic_count + 2 * DEVICES_LIMIT + 8 +
			2 * plan->plain_count + 2 * plan->huge_count;

	gen->runs = calloc(most, sizeof(*gen->runs));
	if (!gen->runs)
		return error_nomem();
	for (uint64_t i = 0; i < plan->sections; i++)
		section_runs(gen, i);
	head_runs(gen);
	device_runs(gen, &plan->device_heads, CONTENT_DEVICE_HEAD);
	device_runs(gen, &plan->device_tails, CONTENT_DEVICE_TAIL);
	qsort(gen->runs, gen->run_count, sizeof(*gen->runs), run_compare);
	return NULL;
}
