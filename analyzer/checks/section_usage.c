// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every hot-plugged section says which of its parts are valid. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"

#include <inttypes.h>
#include <stdio.h>

/* Sections in a row of which the same is to be said. */
struct group {
	const struct section *first;
	uint64_t count;
	bool plugged; /* what they lack is in hot-plugged memory, or was */
};

/* It is whole, or not there. */
static bool is_told(const struct section *section)
{
	return section->early || !section->has_mem_map;
}

/* Whether it was added after boot is not known. */
static struct error *not_told(struct check_run *run)
{
	run->not_checked++;
	return check_reason(run, "mem_section cannot be read");
}

/* Memory that was added after boot, and is no device's. */
static struct error *is_in_plugged(const struct target *target, vaddr_t addr, bool *ret)
{
	const struct kernel *kernel = &target->kernel;
	enum memory_state state;
	paddr_t paddr;
	struct error *err = kmem_translate(target->kmem, addr, &paddr, &state);

	*ret = false;
	if (err || state != MEMORY_PRESENT)
		return err;
	const struct section *section = kernel_section_of(kernel, paddr >> kernel->page_shift);
	*ret = section && section->online && !section->early && !section->device;
	return NULL;
}

static const char *usage_words(const struct section *section)
{
	if (section->usage_astray)
		return "its usage leads to where no page table maps memory";
	return section->usage ? "its mem_section_usage has no sub-section"
			      : "it has no mem_section_usage";
}

static struct error *report(const struct target *target, struct check_run *run,
			    const struct group *group)
{
	const struct section *section = group->first;
	char others[48] = "";

	if (group->count > 1)
		snprintf(others, sizeof(others), "; so %s the %" PRIu64 " after it",
			 group->count == 2 ? "is" : "are", group->count - 1);
	if (group->plugged)
		finding_sign(run, "usage-overwritten");
	return finding_add_pfn(
		run, group->plugged ? SEVERITY_WARNING : SEVERITY_ERROR,
		section->nr * target->kernel.pages_per_section,
		"section %" PRIu64 " has struct pages, and none of them is valid: %s%s%s",
		section->nr, usage_words(section),
		group->plugged ? ", and lies in hot-plugged memory, as if a capture kernel had "
				 "overwritten it"
			       : "",
		others);
}

static bool is_next(const struct group *group, const struct section *section, bool plugged)
{
	return group->count && group->first->nr + group->count == section->nr &&
	       !group->first->usage == !section->usage &&
	       group->first->usage_astray == section->usage_astray && group->plugged == plugged;
}

static struct error *check_section(const struct target *target, struct check_run *run,
				   const struct section *section, struct group *group)
{
	struct error *err = NULL;
	bool plugged = false;

	if (!section->usage_empty && !section->usage_astray && !section->subsections_known) {
		run->not_checked++;
		return check_reason(run, "mem_section_usage cannot be read");
	}
	run->checked++;
	if (!section->usage_empty && !section->usage_astray)
		return NULL;
	if (section->usage && !section->usage_astray)
		err = is_in_plugged(target, section->usage, &plugged);
	if (err)
		return err;
	if (is_next(group, section, plugged)) {
		group->count++;
		return NULL;
	}
	if (group->count)
		err = report(target, run, group);
	*group = (struct group){ section, 1, plugged };
	return err;
}

static struct error *check_sections(const struct target *target, struct check_run *run)
{
	const struct kernel *kernel = &target->kernel;
	struct group group = { 0 };
	struct error *err = NULL;

	for (size_t i = 0; !err && i < kernel->section_count; i++)
		if (kernel->sections[i].inferred)
			err = not_told(run);
		else if (!is_told(&kernel->sections[i]))
			err = check_section(target, run, &kernel->sections[i], &group);
	return err || !group.count ? err : report(target, run, &group);
}

static struct error *run_section_usage(const struct survey *survey, struct check_run *run)
{
	const struct layout *layout = &survey->target->layout;
	bool usage = layout_has(layout, LAYOUT_SECTION_USAGE);
	bool map = layout_has(layout, LAYOUT_USAGE_SUBSECTION_MAP);

	run->unit = "sections";
	if (usage && map)
		return check_sections(survey->target, run);
	if (!usage && !map)
		return check_reason(run, "this kernel has no sub-sections");
	return types_lack(run, survey->target->kernel.section_count,
			  usage ? LAYOUT_USAGE_SUBSECTION_MAP : LAYOUT_SECTION_USAGE);
}

const struct check check_section_usage = {
	.id = "section-usage",
	.title = "a hot-plugged section has sub-sections that are valid",
	.rationale =
		"Which 2 MiB of a section that was added after boot have struct pages is a bit map in "
		"its mem_section_usage. With none of them, or without that object, pfn_valid() denies "
		"memory and devices that are in use: whatever asks first, from a page fault to the "
		"removal of the device, does nothing or warns. Removing a section clears its bits "
		"just before the section itself. Its struct pages are looked at all the same.",
	.basis = "Linux kernel include/linux/mmzone.h, pfn_section_valid(); mm/sparse.c, "
		 "section_activate(), section_deactivate()",
	.severity = SEVERITY_ERROR,
	.run = run_section_usage,
};
