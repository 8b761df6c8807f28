// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the dump holds of hot-plugged memory is of the kernel that crashed. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/overwritten/overwritten.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/checker/bytes_text.h"
#include "include/plural.h"

enum { WORDS_MAX = 256, RANGES_TOLD = 3 };

static void append(char *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void append(char *buf, const char *fmt, ...)
{
	size_t used = strlen(buf);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + used, WORDS_MAX - used, fmt, args);
	va_end(args);
}

/* "0x180000000-0x1bfffffff (1 GiB)", and others. */
static void ranges_words(const struct survey *survey, char *buf)
{
	const struct overwritten *what = survey->overwritten;
	unsigned shift = survey->target->kernel.page_shift;
	char size[BYTES_TEXT_MAX];

	for (unsigned i = 0; i < what->count && i < RANGES_TOLD; i++) {
		paddr_t start = what->ranges[i].start << shift, end = what->ranges[i].end << shift;

		append(buf, "%s0x%" PRIx64 "-0x%" PRIx64 " (%s)", i ? ", " : "", start, end - 1,
		       bytes_text((int64_t)(end - start), size, sizeof(size)));
	}
	if (what->count > RANGES_TOLD)
		append(buf, " and %u more", what->count - RANGES_TOLD);
}

static struct plugged_range sum_of(const struct overwritten *what)
{
	struct plugged_range sum = { 0 };

	for (unsigned i = 0; i < what->count; i++) {
		sum.frames += what->ranges[i].frames;
		sum.looked += what->ranges[i].looked;
		sum.alien += what->ranges[i].alien;
		sum.tables += what->ranges[i].tables;
		sum.alien_tables += what->ranges[i].alien_tables;
		sum.broken_tables += what->ranges[i].broken_tables;
		sum.usages += what->ranges[i].usages;
		sum.lost_usages += what->ranges[i].lost_usages;
	}
	return sum;
}

/* What shows it. */
static void evidence_words(const struct overwritten *what, char *buf)
{
	const struct plugged_range sum = sum_of(what);

	if (sum.alien)
		append(buf, "%" PRIu64 " of %" PRIu64 " frames with struct pages", sum.alien,
		       sum.looked);
	if (sum.alien_tables)
		append(buf, "%s%" PRIu64 " of %" PRIu64 " page tables of the vmemmap",
		       sum.alien ? ", and " : "", sum.alien_tables, sum.tables);
	if (sum.alien || sum.alien_tables)
		append(buf,
		       " hold what this kernel cannot have written: addresses that it does not "
		       "map, or struct pages of other pfns");
	else
		append(buf,
		       "entries of %" PRIu64 " of %" PRIu64
		       " page tables of the vmemmap lead to no memory, and "
		       "%" PRIu64 " of %" PRIu64 " mem_section_usage are empty",
		       sum.broken_tables, sum.tables, sum.lost_usages, sum.usages);
	if (what->vmemmap)
		append(buf, " (the vmemmap of the other one is at 0x%" PRIx64 ")", what->vmemmap);
}

static struct error *report(const struct survey *survey, struct check_run *run)
{
	char ranges[WORDS_MAX] = "", evidence[WORDS_MAX] = "", lost[64] = "";
	uint64_t frames = sum_of(survey->overwritten).frames;

	ranges_words(survey, ranges);
	evidence_words(survey->overwritten, evidence);
	if (frames)
		snprintf(lost, sizeof(lost), ", as %s %" PRIu64 " frame%s with struct pages",
			 verb_be(frames), frames, plural(frames));
	finding_sign(run, "memory-overwritten");
	return finding_add_plain(run, SEVERITY_WARNING,
				 "hot-plugged memory %s was overwritten by another kernel: %s. "
				 "What the kernel that crashed had there is lost%s",
				 ranges, evidence, lost);
}

static struct error *run_memory_overwritten(const struct survey *survey, struct check_run *run)
{
	const struct overwritten *overwritten = survey->overwritten;

	run->unit = "frames";
	run->checked = overwritten->looked;
	return overwritten->count ? report(survey, run) : NULL;
}

const struct check check_memory_overwritten = {
	.id = "memory-overwritten",
	.title = "hot-plugged memory is as the kernel that crashed left it",
	.rationale =
		"A capture kernel (kdump) may use its reserved memory alone. If its ACPI driver finds "
		"hot-plugged memory and puts it online, it allocates from what it is to save: struct "
		"pages, page tables and objects there are its own, or zero. That is no fault of the "
		"kernel that crashed, but nobody can know what it had there. Such memory is known by "
		"addresses that this kernel does not map, in several frames with struct pages or in "
		"a page table of the vmemmap; or by struct pages of other pfns. Then all of it counts as not in the dump, for every check.",
	.basis =
		"Linux kernel drivers/acpi/acpi_memhotplug.c, acpi_no_memhotplug; mm/memory_hotplug.c, "
		"online_pages()",
	.severity = SEVERITY_WARNING,
	.run = run_memory_overwritten,
};
