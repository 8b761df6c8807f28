// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope report, info, page and list: documents of one dump. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dump_command.h"
#include "include/array.h"
#include "include/error.h"
#include "analyzer/pages/page_where.h"

/* --- report ------------------------------------------------------------------ */

static struct error *build_report(const struct report_source *source,
				  const struct dump_command *command, struct document **ret)
{
	(void)command;
	return report_build(source, ret);
}

static int run_report(int argc, char **argv)
{
	struct dump_command command = { .takes_fail_on = true, .takes_expect = true };

	dump_command_parse(
		&command, argc, argv, "DUMP...",
		"Analyse a dump and report why the machine died, how huge pages share their "
		"vmemmap, which rules are broken, what is saved and what more could be."
		"\vSeveral files are read as one split set."
		"\n\nWith --expect the report is compared with a stored one, which may have findings: "
		"only differences count."
		"\n\nExit status: 0 no findings, 1 findings (with --expect: differences), 2 failed, "
		"64 usage error, 130 ended early by a signal.");
	int status = dump_command_run(&command, ANALYSIS_FULL, build_report);
	dump_command_deinit(&command);
	return status;
}

const struct command command_report = { "report", "analyse a dump: why it died, checks, savings",
					run_report };

/* --- info -------------------------------------------------------------------- */

static struct error *build_info(const struct report_source *source,
				const struct dump_command *command, struct document **ret)
{
	(void)command;
	return report_info(source, ret);
}

static int run_info(int argc, char **argv)
{
	struct dump_command command = { .wants_cmdline = true };

	dump_command_parse(
		&command, argc, argv, "DUMP...",
		"Describe a dump: format, kernel, page tables, vmemmap, sharing scheme with its "
		"evidence, types and what is missing in them.");
	command.input.quick = true;
	int status = dump_command_run(&command, ANALYSIS_SCHEME, build_info);
	dump_command_deinit(&command);
	return status;
}

const struct command command_info = { "info", "describe a dump and its kernel", run_info };

/* --- page -------------------------------------------------------------------- */

static struct error *build_page(const struct report_source *source,
				const struct dump_command *command, struct document **ret)
{
	return report_page(source, command->input.focus, ret);
}

static int run_page(int argc, char **argv)
{
	struct dump_command command = { .operand_name = "a pfn or address" };

	dump_command_parse(
		&command, argc, argv, "DUMP... PFN|ADDRESS",
		"Explain one huge page, one compound page of a device, or the vmemmap behind one "
		"struct page: each vmemmap page, its entry as read, frame, permission, what else "
		"maps the frame, and the rules for it."
		"\vPFN is any page of the huge page or compound page. ADDRESS is a virtual "
		"address inside the vmemmap, as an oops prints it, or of the same struct page in the "
		"direct map; the output says which. An address of other memory shows the struct page "
		"of its frame. Numbers are decimal or begin with 0x. One with 0x below 0x100, such "
		"as 0x34, is refused: an oops shows it when a pointer was NULL. pfn:NUMBER is always "
		"a pfn, phys:ADDRESS always a physical address. What checks find of the page is shown as well; the exit status "
		"does not depend on it.");
	struct page_where where;
	struct error *err = page_where_parse(command.operand, &where);

	command.input.focus = &where;
	int status = err ? fail(err) : dump_command_run(&command, ANALYSIS_FULL, build_page);
	dump_command_deinit(&command);
	return status;
}

const struct command command_page = { "page", "explain one huge page or vmemmap address",
				      run_page };

/* --- list -------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct error *(*build)(const struct report_source *source, struct document **ret);
} lists[] = {
	{ "hugetlb", report_hugetlb_list },
	{ "dax", report_dax_list },
	{ "vmemmap", report_vmemmap_list },
};

static struct error *build_list(const struct report_source *source,
				const struct dump_command *command, struct document **ret)
{
	for (unsigned i = 0; i < COUNT_OF(lists); i++)
		if (strcmp(command->operand, lists[i].name) == 0)
			return lists[i].build(source, ret);
	return error_new(ERROR_USAGE, "unknown list '%s': hugetlb, dax or vmemmap",
			 command->operand);
}

static int run_list(int argc, char **argv)
{
	struct dump_command command = {
		.operand_name = "what to list: hugetlb, dax or vmemmap",
		.is_list = true,
	};

	dump_command_parse(
		&command, argc, argv, "DUMP... hugetlb|dax|vmemmap",
		"List every HugeTLB page, every device, or how the vmemmap is mapped, as a table or "
		"NDJSON."
		"\vColumns of hugetlb: pfn, size_bytes, node, zone, state, optimized, mapping, frames, "
		"vmemmap_pages, saved_pages, refcount, hwpoison."
		"\n\nColumns of dax: name, kind, start, size_bytes, align_bytes, node, target_node, medium, "
		"region, found_by, pgmap, memmap, scheme, compound_pages, optimized_pages, "
		"tail_permission, saved_bytes, could_save_bytes, next_scheme_bytes."
		"\n\nColumns of vmemmap: address, pfn, pages, backing, level, frame, frames, "
		"permission, shared.");
	int status = dump_command_run(&command, ANALYSIS_INVENTORY, build_list);
	dump_command_deinit(&command);
	return status;
}

const struct command command_list = { "list", "list HugeTLB pages, devices, or the vmemmap map",
				      run_list };
