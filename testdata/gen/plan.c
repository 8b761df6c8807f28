// SPDX-License-Identifier: LGPL-2.1-or-later
/* Decides what each section of memory is, and which frames are whose. */
#include <stdlib.h>
#include <string.h>

#include "include/error.h"
#include "testdata/gen/gen.h"

uint64_t random_next(struct gen *gen)
{
	uint64_t x = gen->random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

bool section_is_leaf(uint8_t kind)
{
	return kind == SECTION_ORDINARY || kind == SECTION_SYSTEM || kind == SECTION_PLAIN;
}

pfn_t plan_leaf_frame(const struct plan *plan, uint64_t section)
{
	return plan->leaves.start + (uint64_t)plan->leaf[section] * SECTION_FRAMES;
}

uint64_t plan_end_section(const struct plan *plan)
{
	return plan->devices ? plan->device[plan->devices] / SECTION_PAGES : plan->sections;
}

static pfn_t align_up(pfn_t pfn, uint64_t to)
{
	return (pfn + to - 1) / to * to;
}

/* --- kinds ------------------------------------------------------------------------ */

/* Multiples of the golden ratio spread evenly: small machines get their share of each kind. */
static enum section_kind kind_draw(const struct gen *gen, uint64_t start, uint64_t section)
{
	static const uint64_t GOLDEN_RATIO = UINT64_C(0x9e3779b97f4a7c15);
	const struct settings *settings = gen->settings;
	uint64_t fraction = (start + section * GOLDEN_RATIO) >> 32;
	unsigned draw = (unsigned)(fraction * 100 >> 32);

	if (draw < settings->optimized_percent)
		return SECTION_OPTIMIZED;
	draw -= settings->optimized_percent;
	if (draw < settings->plain_percent)
		return SECTION_PLAIN;
	draw -= settings->plain_percent;
	return draw < settings->mixed_percent ? SECTION_MIXED : SECTION_ORDINARY;
}

/* Gigantic pages first, as they are taken while booting. */
static void kinds_draw(struct gen *gen, uint64_t system)
{
	struct plan *plan = &gen->plan;
	uint64_t at = align_up(system, GIGANTIC_SECTIONS), start;

	gen->random = gen->settings->seed;
	start = random_next(gen);
	for (uint64_t i = 0; i < plan->sections; i++)
		plan->kind[i] = i < system ? SECTION_SYSTEM : (uint8_t)kind_draw(gen, start, i);
	for (plan->gigantic_count = 0; plan->gigantic_count < gen->settings->gigantic &&
				       at + GIGANTIC_SECTIONS <= plan->sections;
	     plan->gigantic_count++, at += GIGANTIC_SECTIONS)
		memset(plan->kind + at, SECTION_GIGANTIC, GIGANTIC_SECTIONS);
}

static void section_count(struct plan *plan, uint64_t section)
{
	uint8_t kind = plan->kind[section];

	if (kind == SECTION_MIXED)
		plan->mixed_count++;
	if (kind == SECTION_MIXED || section_is_leaf(kind))
		plan->leaf[section] = (uint32_t)plan->leaf_count++;
	plan->split_sections += !section_is_leaf(kind);
	plan->huge_count += kind == SECTION_OPTIMIZED ? HUGE_PER_SECTION
			    : kind == SECTION_MIXED   ? HUGE_PER_SECTION / 2
						      : 0;
	plan->plain_count += kind == SECTION_PLAIN ? HUGE_PER_SECTION : 0;
}

static void sections_count(struct plan *plan)
{
	plan->huge_count = plan->plain_count = plan->mixed_count = 0;
	plan->leaf_count = plan->split_sections = 0;
	for (uint64_t i = 0; i < plan->sections; i++)
		section_count(plan, i);
}

/* --- areas -------------------------------------------------------------------------- */

/* Tables, mem_section and small objects; what is not used costs nothing. */
static uint64_t core_pages(const struct plan *plan)
{
	uint64_t device_sections = plan_end_section(plan) - plan->device[0] / SECTION_PAGES;
	uint64_t end = plan_end_section(plan);
	uint64_t pages = plan->split_sections + device_sections; /* tables of the lowest level */

	pages += end / 512 + end / 128 + end / 64 + 4096;
	return align_up(IMAGE_BYTES / PAGE_BYTES + pages, SECTION_FRAMES);
}

static pfn_t area_set(struct area *area, pfn_t start, uint64_t count)
{
	*area = (struct area){ start, start + count };
	return area->end;
}

/* The first pfn after all that is the kernel's. */
static pfn_t areas_set(struct gen *gen)
{
	struct plan *plan = &gen->plan;
	pfn_t at = plan->core_pages = core_pages(plan);
	unsigned kept = gen->settings->kept;

	at = area_set(&plan->leaves, at, plan->leaf_count * SECTION_FRAMES);
	at = area_set(&plan->heads, at, kept * plan->huge_count);
	at = area_set(&plan->gigantic_heads, at, kept * plan->gigantic_count);
	at = area_set(&plan->zone_tails, at, 2);
	at = area_set(&plan->strays, at, gen->settings->faults);
	at = area_set(&plan->device_heads, at, plan->device_compounds);
	return area_set(&plan->device_tails, align_up(at, PER_PAGE), plan->device_compounds);
}

/* More sections of the kernel's leave fewer for huge pages, which need less: it settles. */
static struct error *kinds_settle(struct gen *gen)
{
	struct plan *plan = &gen->plan;
	uint64_t system = 1, needed = 1;

	do {
		system = needed;
		if (system + GIGANTIC_SECTIONS > plan->sections)
			return error_new(ERROR_USAGE, "the memory is too small to hold anything");
		kinds_draw(gen, system);
		sections_count(plan);
		needed = align_up(areas_set(gen), SECTION_PAGES) / SECTION_PAGES;
	} while (needed > system);
	return NULL;
}

/* --- pages ---------------------------------------------------------------------------- */

static void section_list(struct plan *plan, uint64_t section, uint64_t *huge, uint64_t *mixed)
{
	uint8_t kind = plan->kind[section];
	uint64_t count = kind == SECTION_OPTIMIZED ? HUGE_PER_SECTION : HUGE_PER_SECTION / 2;

	if (kind == SECTION_MIXED)
		plan->mixed[(*mixed)++] = section;
	if (kind != SECTION_MIXED && kind != SECTION_OPTIMIZED)
		return;
	for (uint64_t i = 0; i < count; i++)
		plan->huge[(*huge)++] = section * SECTION_PAGES + (i << HUGE_ORDER);
}

static struct error *pages_list(struct gen *gen)
{
	struct plan *plan = &gen->plan;
	uint64_t huge = 0, mixed = 0, gigantic = 0;

	plan->huge = calloc(plan->huge_count + 1, sizeof(*plan->huge));
	plan->mixed = calloc(plan->mixed_count + 1, sizeof(*plan->mixed));
	plan->gigantic = calloc(plan->gigantic_count + 1, sizeof(*plan->gigantic));
	if (!plan->huge || !plan->mixed || !plan->gigantic)
		return error_nomem();
	for (uint64_t i = 0; i < plan->sections; i++) {
		section_list(plan, i, &huge, &mixed);
		if (plan->kind[i] == SECTION_GIGANTIC && i % GIGANTIC_SECTIONS == 0)
			plan->gigantic[gigantic++] = i * SECTION_PAGES;
	}
	plan->used_count = plan->huge_count * gen->settings->in_use_percent / 100;
	return NULL;
}

/* With scatter: a stride that no prime of usual counts divides visits each frame once. */
pfn_t plan_head_frame(const struct gen *gen, uint64_t huge)
{
	static const uint64_t STRIDE = 2654435761;
	const struct plan *plan = &gen->plan;

	if (gen->settings->scatter)
		huge = huge * STRIDE % plan->huge_count;
	return plan->heads.start + huge * gen->settings->kept;
}

pfn_t plan_gigantic_frame(const struct gen *gen, uint64_t gigantic)
{
	return gen->plan.gigantic_heads.start + gigantic * gen->settings->kept;
}

bool plan_is_used(const struct gen *gen, uint64_t huge)
{
	uint64_t frames = gen->plan.used_count * gen->settings->kept;

	return plan_head_frame(gen, huge) - gen->plan.heads.start < frames;
}

/* --- all of it -------------------------------------------------------------------------- */

static void devices_place(struct gen *gen)
{
	struct plan *plan = &gen->plan;
	uint64_t pages = align_up(gen->settings->device_bytes >> PAGE_SHIFT, SECTION_PAGES);
	pfn_t at = align_up(plan->sections * SECTION_PAGES, 1 << GIGANTIC_ORDER);

	plan->devices = pages ? gen->settings->devices : 0;
	for (unsigned i = 0; i <= plan->devices; i++)
		plan->device[i] = at + i * pages;
	plan->device_compounds = plan->devices * pages >> HUGE_ORDER;
}

struct error *plan_make(struct gen *gen)
{
	struct plan *plan = &gen->plan;

	plan->sections = gen->settings->memory_bytes >> SECTION_SHIFT;
	plan->kind = calloc(plan->sections + 1, sizeof(*plan->kind));
	plan->leaf = calloc(plan->sections + 1, sizeof(*plan->leaf));
	if (!plan->kind || !plan->leaf)
		return error_nomem();
	devices_place(gen);
	struct error *err = kinds_settle(gen);
	if (!err)
		err = pages_list(gen);
	return err ? err : lists_make(gen);
}

void plan_deinit(struct plan *plan)
{
	free(plan->kind);
	free(plan->leaf);
	free(plan->huge);
	free(plan->gigantic);
	free(plan->mixed);
	lists_deinit(plan);
}
