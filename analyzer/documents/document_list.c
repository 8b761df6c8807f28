// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists and catalogues: huge pages, checks, and what is known of a dump. */
#include "analyzer/documents/document_parts.h"
#include "analyzer/checks/check_table.h"

#include <inttypes.h>

#include "analyzer/pages/huge_late.h"
#include "include/dump.h"
#include "include/error.h"

/* --- list hugetlb ----------------------------------------------------------- */

static void add_zone(struct report_node *node, const struct kernel *kernel,
		     const struct huge_page *page)
{
	const struct zone_info *zone = kernel_zone(kernel, page->node, page->zone);

	if (zone)
		report_string(node, "zone", "ZONE", "%s", zone->name);
	else
		report_string(node, "zone", "ZONE", "%u", page->zone);
}

static void add_huge_page(struct report_node *list, const struct analysis *analysis,
			  const struct huge_page *page, const char *state)
{
	struct report_node *node = report_object(list, NULL, NULL);

	report_hex(node, "pfn", "PFN", page->pfn);
	report_bytes(node, "size_bytes", "SIZE",
		     (int64_t)analysis->target.kernel.page_size << page->order);
	report_count(node, "node", "NODE", page->node);
	add_zone(node, &analysis->target.kernel, page);
	if (page->assumed) {
		report_null(node, "state", "STATE");
		report_null(node, "optimized", "OPTIMISED");
	} else {
		report_string(node, "state", "STATE", "%s", state);
		report_bool(node, "optimized", "OPTIMISED", page->optimized);
	}
	report_string(node, "mapping", "MAPPING", "%s",
		      share_kind_name((enum share_kind)page->mapping.kind));
	report_count(node, "frames", "FRAMES", page->mapping.frames);
	report_count(node, "vmemmap_pages", "VMEMMAP PAGES", page->mapping.pages);
	report_count(node, "saved_pages", "SAVED", huge_page_saving(page));
	if (page->assumed)
		report_null(node, "refcount", "REFS");
	else
		report_count(node, "refcount", "REFS", page->refcount);
	report_bool(node, "hwpoison", page->hwpoison ? "POISON" : NULL, page->hwpoison);
}

/* Pages before @end that share and are not marked, from number @i on: the next one. */
static size_t add_late_pages(struct report_node *list, const struct analysis *analysis, size_t i,
			     pfn_t end)
{
	const struct huge_lates *late_pages = &analysis->inventory.late_pages;

	for (; i < late_pages->count && late_pages->list[i].page.pfn < end; i++)
		add_huge_page(list, analysis, &late_pages->list[i].page,
			      huge_late_is_legal(&late_pages->list[i]) ? "in-transition"
								       : "not-marked");
	return i;
}

/* By pfn; those that are just being made or given back among the others. */
static void add_huge_pages(struct report_node *list, const struct analysis *analysis)
{
	const struct huge_pages *pages = &analysis->inventory.pages;
	const struct huge_page *page;
	size_t late = 0;

	for (struct huge_cursor cursor = { 0 }; (page = huge_pages_next(pages, &cursor));) {
		late = add_late_pages(list, analysis, late, page->pfn);
		add_huge_page(list, analysis, page, page->free ? "free" : "in-use");
	}
	add_late_pages(list, analysis, late, UINT64_MAX);
}

struct error *document_hugetlb_list(const struct document_source *source, struct report **ret)
{
	const struct inventory *inventory = &source->analysis->inventory;
	struct report *report;
	struct error *err = report_create(&report);

	if (err)
		return err;
	struct report_node *list = report_array(report_root(report), "hugetlb", "");
	if (inventory->mark_missing)
		report_text(report_root(report), STYLE_WARNING,
			    "Huge pages could not be looked for: %s.", inventory->mark_missing);
	add_huge_pages(list, source->analysis);
	if (inventory->by_tables)
		report_text(report_root(report), STYLE_WARNING,
			    "%" PRIu64
			    " of them are known from page tables alone: their heads are not "
			    "in the dump.",
			    inventory->by_tables);
	if (inventory->candidates_unreadable)
		report_text(report_root(report), STYLE_WARNING,
			    "%" PRIu64
			    " places where one could be cannot be read, the first at pfn "
			    "0x%" PRIx64 ".",
			    inventory->candidates_unreadable, inventory->unreadable_first);
	return document_finish(report, ret);
}

/* --- list vmemmap ----------------------------------------------------------- */

static const char *const backing_names[] = {
	[BACKING_BASE] = "base",       [BACKING_LEAF] = "leaf",
	[BACKING_HOLE] = "hole",       [BACKING_UNREADABLE] = "unreadable",
	[BACKING_INVALID] = "invalid",
};

/* Of @run what is behind @index, and alike written to. */
static struct vmemmap_run run_piece(const struct vmemmap_map *map, struct vmemmap_run run,
				    uint64_t index)
{
	uint64_t first = run.first > index ? run.first : index;
	uint64_t end = upper_entries_end(&map->forbidding, first, vmemmap_run_end(&run));

	run.frame = vmemmap_run_frame(&run, first);
	run.first = first;
	run.count = (uint32_t)(end - first);
	return run;
}

static void add_run(struct report_node *list, const struct kernel *kernel,
		    const struct vmemmap_map *map, const struct vmemmap_run *run)
{
	struct report_node *node = report_object(list, NULL, NULL);

	report_hex(node, "address", "ADDRESS", vmemmap_address(kernel, run->first));
	report_hex(node, "pfn", "PFN", vmemmap_first_pfn(kernel, run->first));
	report_count(node, "pages", "PAGES", run->count);
	report_string(node, "backing", "BACKING", "%s", backing_names[run->backing]);
	report_count(node, "level", "LEVEL", run->level + 1U);
	if (vmemmap_run_mapped(run)) {
		bool writable = run->writable && !upper_entries_find(&map->forbidding, run->first);

		report_hex(node, "frame", "FRAME", run->frame);
		report_string(node, "frames", "FRAMES", run->constant ? "one" : "consecutive");
		report_string(node, "permission", "PERM", writable ? "rw" : "ro");
		report_bool(node, "shared", "SHARED", run->shared);
	}
}

struct error *document_vmemmap_list(const struct document_source *source, struct report **ret)
{
	const struct vmemmap_map *map = &source->analysis->map;
	struct report *report;
	struct error *err = report_create(&report);

	if (err)
		return err;
	struct report_node *list = report_array(report_root(report), "vmemmap", "");
	struct vmemmap_run run;

	for (uint64_t index = 0; vmemmap_run_from(map, index, &run);
	     index = vmemmap_run_end(&run)) {
		run = run_piece(map, run, index);
		add_run(list, &source->analysis->target.kernel, map, &run);
	}
	return document_finish(report, ret);
}

/* --- info ------------------------------------------------------------------- */

static const char *role_of(const struct scheme *scheme, unsigned evidence)
{
	uint32_t bit = UINT32_C(1) << evidence;

	return scheme->required & bit	 ? "required"
	       : scheme->forbidden & bit ? "must be absent"
					 : "";
}

static void add_evidence(struct report_node *root, const struct scheme_choice *choice)
{
	struct report_node *list = report_array(root, "evidence", "Evidence for the schemes");

	for (unsigned i = 0; i < EVIDENCE_COUNT; i++) {
		struct report_node *node = report_object(list, NULL, NULL);

		report_string(node, "text", "WHAT", "%s", choice->evidence[i].text);
		report_bool(node, "present", "FOUND", choice->evidence[i].present);
		report_string(node, "role", "HUGETLB", "%s", role_of(choice->hugetlb, i));
		report_string(node, "dax_role", "DAX", "%s", role_of(choice->dax, i));
	}
}

static void add_missing(struct report_node *root, const struct layout *layout)
{
	struct report_node *list = report_array(root, "not_in_types", "Not in this kernel's types");
	char name[96];

	for (unsigned id = 0; id < LAYOUT_COUNT; id++)
		if (!layout_has(layout, (enum layout_id)id))
			report_string(list, NULL, NULL, "%s",
				      layout_name((enum layout_id)id, name, sizeof(name)));
}

static void add_types(struct report_node *root, const struct document_source *source)
{
	const struct typeinfo *ti = source->typeinfo;
	struct report_node *node = report_object(root, "types", "Types");

	report_string(node, "kind", "Kind", "%s", ti->ops->name);
	report_string(node, "path", "File", "%s", ti->path);
	if (ti->origin)
		report_string(node, "origin", "Made from", "%s", ti->origin);
	else
		report_null(node, "origin", "Made from");
	if (ti->build_id)
		report_string(node, "build_id", "Build id", "%s", ti->build_id);
	else
		report_null(node, "build_id", "Build id");
}

struct error *document_info(const struct document_source *source, struct report **ret)
{
	const struct analysis *analysis = source->analysis;
	struct report *report;
	struct error *err = report_create(&report);

	if (err)
		return err;
	struct report_node *root = report_root(report);
	report_string(root, "schema", NULL, "vmemscope-info");
	report_count(root, "schema_version", NULL, REPORT_SCHEMA_VERSION);
	document_add_dump(root, source);
	document_add_kernel(root, source);
	if (analysis->cmdline)
		report_string(root, "cmdline", "Command line", "%s", analysis->cmdline);
	else
		report_null(root, "cmdline", NULL);
	struct report_node *tables = report_object(root, "page_tables", "Page tables");
	report_count(tables, "levels", "Levels", analysis->target.paging.levels);
	report_hex(tables, "root", "Root, physical", analysis->target.paging.root);
	report_hex(tables, "kernel_offset", "KASLR offset", analysis->target.layout.kernel_offset);
	report_hex(tables, "sme_mask", "SME mask", analysis->target.paging.encryption_mask);
	struct report_node *vmemmap = report_object(root, "vmemmap", "Vmemmap");
	report_hex(vmemmap, "base", "Address", analysis->target.kernel.vmemmap);
	report_string(vmemmap, "base_from", "Known from", "%s",
		      analysis->target.kernel.vmemmap_source);
	report_bytes(vmemmap, "struct_page_bytes", "struct page",
		     (int64_t)analysis->target.kernel.struct_page_size);
	report_count(vmemmap, "sections", "Memory sections", analysis->target.kernel.section_count);
	report_count(vmemmap, "nodes", "Nodes", analysis->target.kernel.node_count);
	add_types(root, source);
	add_evidence(root, &analysis->scheme);
	add_missing(root, &analysis->target.layout);
	return document_finish(report, ret);
}

/* --- checks ----------------------------------------------------------------- */

static void add_check(struct report_node *list, const struct check *check)
{
	struct report_node *node = report_object(list, NULL, NULL);

	report_string(node, "id", "CHECK", "%s", check->id);
	report_string(node, "severity", "SEVERITY", "%s", severity_name(check->severity));
	report_string(node, "title", "WHAT MUST HOLD", "%s", check->title);
	report_string(node, "rationale", NULL, "%s", check->rationale);
	report_string(node, "basis", NULL, "%s", check->basis);
}

static void explain_check(struct report_node *root, const struct check *check)
{
	struct report_node *node = report_object(root, "check", check->id);

	report_string(node, "id", NULL, "%s", check->id);
	report_string(node, "severity", "Severity", "%s", severity_name(check->severity));
	report_string(node, "title", "Must hold", "%s", check->title);
	report_string(node, "basis", "Source", "%s", check->basis);
	report_string(node, "rationale", NULL, "%s", check->rationale);
	report_text(node, STYLE_PLAIN, "%s", check->rationale);
}

struct error *document_checks(const char *id, struct report **ret)
{
	const struct check *check = id ? check_by_id(id) : NULL;
	struct report *report;

	if (id && !check)
		return error_new(ERROR_USAGE,
				 "there is no check '%s'; 'vmemscope checks' lists them", id);
	struct error *err = report_create(&report);
	if (err)
		return err;
	if (check) {
		explain_check(report_root(report), check);
		return document_finish(report, ret);
	}
	struct report_node *list = report_array(report_root(report), "checks", "");
	for (const struct check *const *each = check_table; *each; each++)
		add_check(list, *each);
	return document_finish(report, ret);
}
