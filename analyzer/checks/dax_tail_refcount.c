// SPDX-License-Identifier: LGPL-2.1-or-later
/* The frame behind a device's shared tails counts the entries that map it. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"
#include "include/bytes.h"
#include "include/plural.h"

enum { STRUCT_PAGE_MAX = 512 };

/* _refcount of a frame's own struct page. */
static struct error *refcount_read(const struct survey *survey, pfn_t frame, int32_t *ret,
				   enum memory_state *state_ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t at = layout_get(&survey->target->layout, LAYOUT_PAGE_REFCOUNT);
	unsigned char bytes[STRUCT_PAGE_MAX];

	*state_ret = MEMORY_ABSENT;
	if (!kernel_pfn_valid(kernel, frame) || at + 4 > kernel->struct_page_size ||
	    kernel->struct_page_size > sizeof(bytes))
		return NULL;
	struct error *err = vmemmap_read(kernel, survey->map, survey->target->memory, frame, bytes,
					 at + 4, state_ret);
	if (!err && *state_ret == MEMORY_PRESENT)
		*ret = (int32_t)load_u32(bytes + at, kernel->big_endian);
	return err;
}

static struct error *not_readable(struct check_run *run, enum memory_state state)
{
	return check_reason(run, "struct pages of the shared frames are %s",
			    memory_state_text(state));
}

/* The count is that of each page's own frame. */
static enum page_judgement judge(const struct survey *survey, const struct huge_page *kind)
{
	(void)survey;
	if (kind->mapping.kind == MAPPED_UNKNOWN)
		return JUDGED_UNREADABLE;
	return kind->mapping.kind == MAPPED_FULL ? JUDGED_SUSPECT : JUDGED_NOT_APPLICABLE;
}

/* The frame is one page's own: one entry, one reference. */
static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	enum memory_state state;
	char label[HUGE_LABEL_MAX];
	int32_t count = 0;
	uint64_t first = huge_first(survey->target, page);
	uint64_t entries = vmemmap_users(survey->map, mapping->target);

	if (entries > mapping->pages + STRANGERS_MANY) {
		suspect_not_checked(run);
		return check_reason(run, "the frame is many pages': see dax-frames-private");
	}
	struct error *err = refcount_read(survey, mapping->target, &count, &state);

	if (err)
		return err;
	if (state != MEMORY_PRESENT) {
		suspect_not_checked(run);
		return not_readable(run, state);
	}
	if ((uint64_t)count == entries || huge_mapping_kept(survey, page) == KEPT_ONE_ONLY)
		return NULL;
	finding_sign(run, "dax-tail-refcount");
	return finding_add(run, SEVERITY_ERROR, page->pfn, first + 1, mapping->pages - 1,
			   "the frame 0x%" PRIx64
			   " behind the tails of the %s has %d reference%s, and %" PRIu64 " "
			   "vmemmap page%s map%s it",
			   mapping->target, huge_label(survey, page, label), count,
			   plural((uint64_t)count), entries, plural(entries), verb_s(entries));
}

/* The frame is the zone's: one reference of its own, and one for each entry. */
static struct error *check_zone_frame(const struct survey *survey, struct check_run *run,
				      const struct zone_info *zone, unsigned order)
{
	const struct kernel *kernel = &survey->target->kernel;
	enum memory_state state;
	uint64_t entries;
	int32_t count = 0;
	pfn_t frame;

	if (kernel_shared_tail(kernel, zone->node, zone->index, order, &frame) != TAIL_KNOWN)
		return NULL;
	entries = vmemmap_users(survey->map, frame);
	struct error *err = refcount_read(survey, frame, &count, &state);

	if (err)
		return err;
	if (state != MEMORY_PRESENT) {
		run->not_checked++;
		return not_readable(run, state);
	}
	run->checked++;
	if (count > 0 && (uint64_t)count == entries + 1)
		return NULL;
	finding_sign(run, "dax-tail-refcount");
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"the frame 0x%" PRIx64 ", shared by the %s pages of zone %s on node %u, has "
		"%d reference%s; %" PRIu64 " vmemmap page%s map%s it, which makes %" PRIu64,
		frame, order_size(order, survey->target), zone->name, zone->node, count,
		plural((uint64_t)count), entries, plural(entries), verb_s(entries), entries + 1);
}

static struct error *check_zone_frames(const struct survey *survey, struct check_run *run)
{
	const struct kernel *kernel = &survey->target->kernel;
	struct error *err = NULL;

	run->unit = "shared frames";
	if (!survey->devices->device_zone_known)
		return NULL;
	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];

		for (unsigned slot = 0;
		     !err && zone->index == survey->devices->device_zone && slot < zone->tail_count;
		     slot++)
			err = check_zone_frame(survey, run, zone, slot + kernel->tails_min_order);
	}
	return err;
}

static struct error *run_dax_tail_refcount(const struct survey *survey, struct check_run *run)
{
	const struct scheme *scheme = survey->scheme->dax;

	run->unit = "compound pages";
	if (scheme->known && !scheme->counts_entries)
		return check_reason(run, "%s", scheme->title);
	if (scheme->target == TARGET_ZONE_TAIL)
		return check_zone_frames(survey, run);
	return device_pages_check(survey, run, &(struct page_check){ judge, report });
}

const struct check check_dax_tail_refcount = {
	.id = "dax-tail-refcount",
	.title = "a frame behind shared tails of a device has a reference for each entry",
	.rationale =
		"Each vmemmap entry that reuses a tail frame takes a reference of the frame, and drops "
		"it when the device goes; the last one frees it. Too many, and the frame is lost when "
		"the device goes; too few, and it is freed while entries still map it. A frame of "
		"ZONE_DEVICE that all devices share has one more of its own.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, vmemmap_pte_populate(); arch/x86/mm/init_64.c, "
		 "free_pagetable()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "reads no tails",
	.run = run_dax_tail_refcount,
};
