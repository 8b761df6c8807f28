// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Entries above the lowest level say of many vmemmap pages what each should say for itself;
 * and none of any level is for programs.
 */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "include/plural.h"

#include <inttypes.h>
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
			 ", among them those of %" PRIu64 " huge page%s, such as the %s",
			 entry.huge_pages, plural(entry.huge_pages),
			 huge_label(survey, pages ? &example : &other, label));
	finding_about(run, &entry);
	return finding_add(
		run, SEVERITY_ERROR, first, upper->first, upper->end - upper->first,
		"%s forbid%s writing: %" PRIu64 " vmemmap page%s, with the struct pages from pfn "
		"0x%" PRIx64 " to 0x%" PRIx64 ", %s read-only whatever the entries below say%s",
		entry_words(survey->target, upper, words), verb_s(upper->entries), upper->pages,
		plural(upper->pages), first, vmemmap_first_pfn(kernel, upper->end) - 1,
		verb_be(upper->pages), huge);
}

/* --- entries for programs ----------------------------------------------------------------- */

/* What else is wrong below is said by other checks all the same. */
static struct error *report_user(const struct survey *survey, struct check_run *run,
				 const struct upper_entry *upper)
{
	const struct kernel *kernel = &survey->target->kernel;
	pfn_t first = vmemmap_first_pfn(kernel, upper->first);
	char words[ENTRY_WORDS_MAX];

	finding_about(run, &(struct finding_entry){ .upper = *upper, .leaves_pages = true });
	return finding_add(
		run, SEVERITY_ERROR, first, upper->first, upper->end - upper->first,
		"%s map%s %" PRIu64 " vmemmap page%s, with the struct pages from pfn 0x%" PRIx64
		" to "
		"0x%" PRIx64 ", for programs, too: %s",
		entry_words(survey->target, upper, words), upper->entries == 1 ? "s" : "",
		upper->pages, upper->pages == 1 ? "" : "s", first,
		vmemmap_first_pfn(kernel, upper->end) - 1, survey->target->arch->user_mark);
}

/* --- tables that serve two parts --------------------------------------------------------- */

static struct upper_entry entry_to(const struct walked_table *table)
{
	return (struct upper_entry){
		.entry = table->entry,
		.entries = 1,
		.first = table->first,
		.end = table->end,
		.pages = table->end - table->first,
	};
}

enum { STRETCH_WORDS_MAX = 64 };

/* "pfn 0x8000 to 0xffff" */
static const char *stretch_words(const struct target *target, const struct walked_table *table,
				 char buf[STRETCH_WORDS_MAX])
{
	snprintf(buf, STRETCH_WORDS_MAX, "pfn 0x%" PRIx64 " to 0x%" PRIx64,
		 vmemmap_first_pfn(&target->kernel, table->first),
		 vmemmap_first_pfn(&target->kernel, table->end) - 1);
	return buf;
}

/* Of two that are reported together, because nothing shows which is right, the second. */
static bool is_told_with_other(const struct misled *part)
{
	return !part->told && part->other.first < part->table.first;
}

/* Two entries lead to one table, or to two that are equal. */
static struct error *report_table(const struct survey *survey, struct check_run *run,
				  const struct misled *part)
{
	const struct target *target = survey->target;
	const struct walked_table *table = &part->table, *other = &part->other;
	const struct upper_entry entry = entry_to(table), other_entry = entry_to(other);
	char words[ENTRY_WORDS_MAX], other_words[ENTRY_WORDS_MAX], copy[80] = "";
	char stretch[STRETCH_WORDS_MAX], other_stretch[STRETCH_WORDS_MAX];
	struct error *err = NULL;

	if (part->by == MISLED_BY_COPY)
		snprintf(copy, sizeof(copy), " a copy, at physical 0x%" PRIx64 ", of",
			 table->address);
	if (!part->told)
		err = findings_cover_more(run, other->first, other_entry.pages);
	if (err)
		return err;
	finding_about(run, &(struct finding_entry){ .upper = entry });
	return finding_add(run, SEVERITY_ERROR, vmemmap_first_pfn(&target->kernel, table->first),
			   table->first, entry.pages,
			   "%s leads to%s the %s table at physical 0x%" PRIx64
			   ", to which %s leads: the struct pages "
			   "%s %s are mapped for %s, too%s, and are not looked at there",
			   entry_words(target, &entry, words), copy,
			   paging_level_name(&target->paging, table->level), other->address,
			   entry_words(target, &other_entry, other_words),
			   part->told ? "of" : "from", stretch_words(target, other, other_stretch),
			   stretch_words(target, table, stretch),
			   part->told ? "" : ", or the other way round");
}

static struct error *report_leaf(const struct survey *survey, struct check_run *run,
				 const struct misled *part)
{
	const struct target *target = survey->target;
	const struct upper_entry entry = entry_to(&part->table);
	pfn_t other = vmemmap_first_pfn(&target->kernel, part->other.first);
	char words[ENTRY_WORDS_MAX], stretch[STRETCH_WORDS_MAX], why[160];

	if (part->by == MISLED_BY_SIZE)
		snprintf(why, sizeof(why),
			 "itself, though Linux maps the vmemmap by PMDs and PTEs");
	else if (part->frames == 1)
		snprintf(why, sizeof(why),
			 "itself, over frames with other struct pages: one is behind those from "
			 "pfn 0x%" PRIx64 " on",
			 other);
	else
		snprintf(why, sizeof(why),
			 "itself, over %" PRIu64
			 " frames behind other struct pages: the first behind "
			 "those from pfn 0x%" PRIx64 " on",
			 part->frames, other);
	finding_about(run, &(struct finding_entry){ .upper = entry });
	return finding_add(run, SEVERITY_ERROR,
			   vmemmap_first_pfn(&target->kernel, part->table.first), part->table.first,
			   entry.pages,
			   "%s maps the struct pages of %s %s; what is there is not looked at",
			   entry_words(target, &entry, words),
			   stretch_words(target, &part->table, stretch), why);
}

static struct error *report_misled(const struct survey *survey, struct check_run *run,
				   const struct misled *part)
{
	return part->by == MISLED_BY_TABLE || part->by == MISLED_BY_COPY
		       ? report_table(survey, run, part)
		       : report_leaf(survey, run, part);
}

static struct error *report_all_misled(const struct survey *survey, struct check_run *run)
{
	const struct misled_parts *parts = &survey->map->misled;
	struct error *err = NULL;

	for (size_t i = 0; !err && i < parts->count; i++)
		if (!is_told_with_other(&parts->list[i]))
			err = report_misled(survey, run, &parts->list[i]);
	return err;
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
	for (size_t i = 0; !err && i < map->user.count; i++)
		if (!findings_cover(run, map->user.list[i].first))
			err = report_user(survey, run, &map->user.list[i]);
	return err ? err : report_all_misled(survey, run);
}

const struct check check_vmemmap_tables = {
	.id = "vmemmap-tables",
	.title =
		"no entry is for programs; those above the lowest level allow writing, and lead to "
		"tables of their own",
	.rationale =
		"What may not be written is said by the lowest-level entries, one vmemmap page each. "
		"A larger entry, of a table or of a leaf, that forbids writing does so for all that is "
		"below: the next reference that is taken there is an oops. It is one finding, with "
		"how much is below; what the entries below say is looked at by the other checks. "
		"An entry that leads to another's table, or to a copy, shows struct pages of other "
		"memory, and so does a leaf over frames that other entries map. Whose they are, "
		"struct pages tell; what the wrong entry shows is not looked at, nor counted. "
		"No mapping of the kernel is for programs: an entry that is, of any level, was "
		"overwritten.",
	.basis =
		"Linux kernel mm/sparse-vmemmap.c, vmemmap_pmd_populate(), vmemmap_pud_populate(); "
		"mm/hugetlb_vmemmap.c, vmemmap_split_pmd()",
	.severity = SEVERITY_ERROR,
	.run = run_vmemmap_tables,
};
