// SPDX-License-Identifier: LGPL-2.1-or-later
/* Analyses the tiny machine, and shows the result to nobody. */
#include "testdata/machine/machine.h"

#include <elf.h>

#include "include/document.h"
#include "include/dump.h"
#include "include/error.h"

typedef struct error *document_builder(const struct document_source *source, struct report **ret);

static struct error *document_first_page(const struct document_source *source, struct report **ret)
{
	struct huge_cursor cursor = { 0 };
	const struct huge_page *page = inventory_next(&source->analysis->inventory, &cursor);

	return document_page(source, page ? page->pfn : 0, ret);
}

static struct error *documents_build(const struct document_source *source)
{
	static document_builder *const builders[] = {
		document_report,
		document_info,
		document_hugetlb_list,
		document_first_page,
	};

	for (size_t i = 0; i < sizeof(builders) / sizeof(builders[0]); i++) {
		struct report *report = NULL;
		struct error *err = builders[i](source, &report);

		report_destroy(report);
		if (err && !error_catch(&err, ERROR_USAGE))
			return err;
	}
	return NULL;
}

struct error *machine_show(struct machine *machine, const struct analysis *analysis)
{
	char path[] = "tiny";
	struct dump dump = {
		.path = path,
		.format = "elf",
		.file_count = 1,
		.elf_machine = EM_X86_64,
		.memory = image_memory(machine_image(machine)),
	};

	return documents_build(&(struct document_source){
		.version = "0",
		.dump = &dump,
		.typeinfo = machine_types(machine),
		.analysis = analysis,
	});
}

struct error *machine_analyze(struct machine *machine, enum analysis_depth depth,
			      struct analysis **ret)
{
	struct error *err = analysis_run(image_memory(machine_image(machine)), EM_X86_64, false,
					 machine_vmcoreinfo(machine), machine_types(machine),
					 &(struct analysis_options){ .depth = depth }, ret);

	if (err || depth < ANALYSIS_FULL)
		return err;
	err = machine_show(machine, *ret);
	if (err)
		analysis_destroy(*ret);
	return err;
}
