// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a zone names as the frame of its tails is the one that they share. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"

#include <inttypes.h>
#include <stdio.h>

enum { SLOTS_OVERWRITTEN = 3 };

/* "no struct page", "the struct page of frame 0x1234, which is ..."; into @buf. */
enum { POINTEE_MAX = FRAME_WORDS_MAX + 60 };

static struct error *pointee(const struct survey *survey, uint64_t page, char buf[POINTEE_MAX])
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t bytes = page - kernel->vmemmap;
	pfn_t frame = bytes / kernel->struct_page_size;
	char words[FRAME_WORDS_MAX];

	if (page == 0) {
		snprintf(buf, POINTEE_MAX, "NULL");
		return NULL;
	}
	if (page < kernel->vmemmap || bytes % kernel->struct_page_size ||
	    !kernel_pfn_valid(kernel, frame)) {
		snprintf(buf, POINTEE_MAX, "0x%" PRIx64 ", which is no struct page", page);
		return NULL;
	}
	struct error *err = frame_words(survey, frame, 0, 0, words);
	if (!err)
		snprintf(buf, POINTEE_MAX, "0x%" PRIx64 ", of frame 0x%" PRIx64 ", which is %s",
			 page, frame, words);
	return err;
}

/* Somebody else owns the frame, which nothing maps and nobody could look into. */
static struct error *is_foreign(const struct survey *survey, const struct zone_tail *tail,
				bool *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	pfn_t frame = (tail->page - kernel->vmemmap) / kernel->struct_page_size;
	struct frame_verdict verdict = { 0 };
	enum frame_use use = FRAME_USE_KERNEL;
	struct error *err = NULL;

	*ret = false;
	if (!tail->known || !tail->page || tail->groups || tail->refuted || tail->unfit)
		return NULL;
	err = frame_judge(survey, frame, &verdict);
	if (!err)
		err = frame_use_read(survey, frame, &use);
	*ret = !err && verdict.told && (verdict.free || use != FRAME_USE_KERNEL);
	return err;
}

static struct error *check_slot(const struct survey *survey, struct check_run *run,
				const struct zone_info *zone, unsigned slot)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct zone_tail *tail = &zone->tail[slot];
	const char *size = order_size(kernel->tails_min_order + slot, survey->target);
	char said[POINTEE_MAX], shared[POINTEE_MAX];
	struct error *err = pointee(survey, tail->said, said);

	if (err)
		return err;
	if (!tail->refuted)
		return finding_add_plain(
			run, SEVERITY_ERROR,
			"vmemmap_tails[%u] (%s pages) of zone %s, node %u, is %s; it "
			"has to be a frame of tails",
			slot, size, zone->name, zone->node, said);
	snprintf(shared, sizeof(shared), "frame 0x%" PRIx64,
		 (tail->page - kernel->vmemmap) / kernel->struct_page_size);
	return finding_add_plain(run, SEVERITY_ERROR,
				 "vmemmap_tails[%u] (%s pages) of zone %s, node %u, is %s; the "
				 "tails of its pages share %s",
				 slot, size, zone->name, zone->node, said, shared);
}

/* Which pointers of a zone are wrong. */
struct wrong_slots {
	uint64_t slots; /* a bit each */
	unsigned count, first;
};

static struct error *slots_look(const struct survey *survey, struct check_run *run,
				const struct zone_info *zone, struct wrong_slots *ret)
{
	struct error *err = NULL;

	*ret = (struct wrong_slots){ 0 };
	for (unsigned slot = 0; !err && slot < zone->tail_count; slot++) {
		const struct zone_tail *tail = &zone->tail[slot];
		bool foreign;

		run->not_checked += !tail->known && !zone->inferred;
		run->checked += tail->known && (tail->said || tail->refuted);
		err = is_foreign(survey, tail, &foreign);
		if (err || !(tail->refuted || tail->unfit || foreign))
			continue;
		if (!ret->count++)
			ret->first = slot;
		ret->slots |= UINT64_C(1) << slot;
	}
	return err;
}

/* So many pointers of one array do not go wrong one by one. */
static struct error *document_array(const struct survey *survey, struct check_run *run,
				    const struct zone_info *zone, const struct wrong_slots *wrong)
{
	char said[POINTEE_MAX];
	struct error *err = pointee(survey, zone->tail[wrong->first].said, said);

	if (err)
		return err;
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"vmemmap_tails[] of zone %s, node %u, was overwritten: %u of %u "
		"pointers lead to no frame of tails; the first, vmemmap_tails[%u], is "
		"%s",
		zone->name, zone->node, wrong->count, zone->tail_count, wrong->first, said);
}

static struct error *check_zone(const struct survey *survey, struct check_run *run,
				const struct zone_info *zone)
{
	struct wrong_slots wrong;
	struct error *err = slots_look(survey, run, zone, &wrong);

	if (!err && wrong.count >= SLOTS_OVERWRITTEN)
		return document_array(survey, run, zone, &wrong);
	for (unsigned slot = wrong.first; !err && slot < zone->tail_count; slot++)
		if (wrong.slots >> slot & 1)
			err = check_slot(survey, run, zone, slot);
	return err;
}

static struct error *run_zone_tails(const struct survey *survey, struct check_run *run)
{
	const struct kernel *kernel = &survey->target->kernel;
	struct error *err = NULL;

	run->unit = "shared frames";
	if (survey->scheme->hugetlb->target == TARGET_ZONE_TAIL && survey->inventory->pages.count &&
	    !layout_has(&survey->target->layout, LAYOUT_ZONE_VMEMMAP_TAILS))
		return types_lack(run, 1, LAYOUT_ZONE_VMEMMAP_TAILS);
	if (layout_has(&survey->target->layout, LAYOUT_ZONE_VMEMMAP_TAILS))
		run->not_checked += kernel->nodes_unreadable;
	for (size_t i = 0; !err && i < kernel->zone_count; i++)
		err = check_zone(survey, run, &kernel->zones[i]);
	if (!err && run->not_checked)
		err = check_reason(run, "zone->vmemmap_tails cannot be read");
	return err;
}

const struct check check_zone_tails = {
	.id = "hugetlb-zone-tails",
	.title = "what a zone names as the frame of its tails is the one that they share",
	.rationale =
		"From v7.1 on the tails of all huge pages of one order in a zone map one frame, and "
		"zone->vmemmap_tails names it. The next page that is optimised maps what the pointer "
		"says, and restoring recognises shared entries by it: with a wrong pointer new pages show "
		"what is no tail, and old ones are not restored. Where page tables and what the frames "
		"hold contradict the pointer, the other checks go by them.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, vmemmap_get_tail(), vmemmap_restore_pte()",
	.severity = SEVERITY_ERROR,
	.run = run_zone_tails,
};
