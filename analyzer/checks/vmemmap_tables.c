// SPDX-License-Identifier: LGPL-2.1-or-later
/* Entries above the lowest level say of many vmemmap pages what each should say for itself. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"

#include <stdio.h>

/* How many of @pages have vmemmap pages of @upper, and the first of these. */
static uint64_t pages_below(const struct target *target, const struct huge_pages *pages,
			    const struct upper_entry *upper, struct huge_page *first_ret)
{
	const struct kernel *kernel = &target->kernel;
	pfn_t begin = vmemmap_first_pfn(kernel, upper->first), count = 0;
	pfn_t end = vmemmap_first_pfn(kernel, upper->end);
	struct huge_cursor cursor = huge_pages_from(pages, begin);
	const struct huge_page *page;
	uint32_t alike;

	/* A larger page may begin before. */
	if (huge_pages_find(pages, begin, first_ret) && first_ret->pfn < begin)
		count++;
	while ((page = huge_pages_next_alike(pages, &cursor, end, &alike))) {
		if (count == 0)
			*first_ret = *page;
		count += alike;
		huge_pages_skip(pages, &cursor, alike - 1);
	}
	return count;
}

static struct error *report_forbidding(const struct survey *survey, struct check_run *run,
				       const struct upper_entry *upper)
{
	const struct kernel *kernel = &survey->target->kernel;
	struct finding_entry entry = { .upper = *upper, .leaves_pages = true };
	pfn_t first = vmemmap_first_pfn(kernel, upper->first);
	char words[ENTRY_WORDS_MAX], label[HUGE_LABEL_MAX], huge[HUGE_LABEL_MAX + 80] = "";
	struct huge_page example, other;
	uint64_t pages = pages_below(survey->target, &survey->inventory->pages, upper, &example);
	uint64_t devices = pages_below(survey->target, &survey->devices->pages, upper, &other);

	entry.huge_pages = pages + devices;
	if (entry.huge_pages)
		snprintf(huge, sizeof(huge),
			 ", among them those of %lu huge page%s, such as the %s", entry.huge_pages,
			 entry.huge_pages == 1 ? "" : "s",
			 huge_label(survey, pages ? &example : &other, label));
	finding_about(run, &entry);
	return finding_add(
		run, SEVERITY_ERROR, first, upper->first, upper->end - upper->first,
		"%s forbid%s writing: %lu vmemmap page%s, with the struct pages from pfn "
		"0x%lx to 0x%lx, %s read-only whatever the entries below say%s",
		entry_words(survey->target, upper, words), upper->entries == 1 ? "s" : "",
		upper->pages, upper->pages == 1 ? "" : "s", first,
		vmemmap_first_pfn(kernel, upper->end) - 1, upper->pages == 1 ? "is" : "are", huge);
}

static struct error *run_vmemmap_tables(const struct survey *survey, struct check_run *run)
{
	const struct vmemmap_map *map = survey->map;
	struct error *err = NULL;

	run->unit = "vmemmap pages";
	run->checked = map->pages - map->pages_unreadable;
	run->not_checked = map->pages_unreadable;
	if (run->not_checked)
		err = check_reason(run, "page tables cannot be read");
	for (size_t i = 0; !err && i < map->forbidding.count; i++)
		err = report_forbidding(survey, run, &map->forbidding.list[i]);
	return err;
}

const struct check check_vmemmap_tables = {
	.id = "vmemmap-tables",
	.title = "no page-table entry above the lowest level write-protects the vmemmap",
	.rationale =
		"What may not be written is said by the lowest-level entries, one vmemmap page each. "
		"A larger entry, of a table or of a leaf, that forbids writing does so for all that is "
		"below: the next reference that is taken there is an oops. It is one finding, with "
		"how much is below; what the entries below say is looked at by the other checks.",
	.basis =
		"Linux kernel mm/sparse-vmemmap.c, vmemmap_pmd_populate(), vmemmap_pud_populate(); "
		"mm/hugetlb_vmemmap.c, vmemmap_split_pmd()",
	.severity = SEVERITY_ERROR,
	.run = run_vmemmap_tables,
};
