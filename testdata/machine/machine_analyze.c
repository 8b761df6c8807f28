// SPDX-License-Identifier: LGPL-2.1-or-later
/* Analyses the tiny machine, and shows the result to nobody. */
#include "include/array.h"
#include "testdata/machine/machine.h"

#include "analyzer/reports/reports.h"
#include "analyzer/pages/page_where.h"
#include "include/dump.h"
#include "include/error.h"

typedef struct error *report_builder(const struct report_source *source, struct document **ret);

static struct error *report_first_page(const struct report_source *source, struct document **ret)
{
	struct huge_cursor cursor = { 0 };
	const struct huge_page *page = huge_pages_next(&source->analysis->inventory.pages, &cursor);

	return report_page(
		source, &(struct page_where){ .kind = WHERE_PFN, .number = page ? page->pfn : 0 },
		ret);
}

static struct error *reports_build(const struct report_source *source)
{
	static report_builder *const builders[] = {
		report_build,
		report_info,
		report_hugetlb_list,
		report_first_page,
	};

	for (size_t i = 0; i < COUNT_OF(builders); i++) {
		struct document *report = NULL;
		struct error *err = builders[i](source, &report);

		document_destroy(report);
		if (err && !error_catch(&err, ERROR_USAGE))
			return err;
	}
	return NULL;
}

static struct dump dump_of(struct memory *memory, const struct analysis *analysis)
{
	static char path[] = "tiny";

	return (struct dump){
		.path = path,
		.format = "elf",
		.file_count = 1,
		.elf_machine = analysis->target.arch->elf_machine,
		.big_endian = analysis->target.kernel.big_endian,
		.memory = memory,
	};
}

static struct report_source source_of(const struct dump *dump, struct typeinfo *types,
				      const struct analysis *analysis)
{
	return (struct report_source){
		.version = "0",
		.dump = dump,
		.typeinfo = types,
		.analysis = analysis,
	};
}

static struct error *show(struct memory *memory, struct typeinfo *types,
			  const struct analysis *analysis)
{
	struct dump dump = dump_of(memory, analysis);
	const struct report_source source = source_of(&dump, types, analysis);

	return reports_build(&source);
}

struct error *machine_show(struct machine *machine, const struct analysis *analysis)
{
	return show(image_memory(machine_image(machine)), machine_types(machine), analysis);
}

struct error *machine_show_page(struct machine *machine, const struct analysis *analysis, pfn_t pfn,
				struct document **ret)
{
	struct dump dump = dump_of(image_memory(machine_image(machine)), analysis);
	const struct report_source source = source_of(&dump, machine_types(machine), analysis);

	return report_page(&source, &(struct page_where){ .kind = WHERE_PFN, .number = pfn }, ret);
}

struct error *machine_analyze_as(struct memory *memory, uint16_t elf_machine, bool big_endian,
				 const char *vmcoreinfo, struct typeinfo *types,
				 enum analysis_depth depth, struct analysis **ret)
{
	struct error *err = analysis_run(memory, elf_machine, big_endian, vmcoreinfo, types,
					 &(struct analysis_options){ .depth = depth }, ret);

	if (err || depth < ANALYSIS_FULL)
		return err;
	err = show(memory, types, *ret);
	if (err)
		analysis_destroy(*ret);
	return err;
}

struct error *machine_analyze(struct machine *machine, enum analysis_depth depth,
			      struct analysis **ret)
{
	const struct machine_kernel *kernel = machine_kernel(machine);

	return machine_analyze_as(image_memory(machine_image(machine)), kernel->elf_machine,
				  kernel->big_endian, machine_vmcoreinfo(machine),
				  machine_types(machine), depth, ret);
}
