// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists and catalogues: huge pages, checks, and what is known of a dump. */
#include "analyzer/reports/report_parts.h"
#include "analyzer/checks/check_table.h"

#include <inttypes.h>

#include "analyzer/pages/huge_late.h"
#include "include/dump.h"
#include "include/error.h"

/* --- list hugetlb ----------------------------------------------------------- */

static void add_zone(struct document_node *node, const struct kernel *kernel,
		     const struct huge_page *page)
{
	const struct zone_info *zone = kernel_zone(kernel, page->node, page->zone);

	if (zone)
		document_string(node, "zone", "ZONE", "%s", zone->name);
	else
		document_string(node, "zone", "ZONE", "%u", page->zone);
}

static void add_huge_page(struct document_node *list, const struct analysis *analysis,
			  const struct huge_page *page, const char *state)
{
	struct document_node *node = document_object(list, NULL, NULL);

	document_hex(node, "pfn", "PFN", page->pfn);
	document_bytes(node, "size_bytes", "SIZE",
		       (int64_t)analysis->target.kernel.page_size << page->order);
	document_count(node, "node", "NODE", page->node);
	add_zone(node, &analysis->target.kernel, page);
	if (page->assumed) {
		document_null(node, "state", "STATE");
		document_null(node, "optimized", "OPTIMISED");
	} else {
		document_string(node, "state", "STATE", "%s", state);
		document_bool(node, "optimized", "OPTIMISED", page->optimized);
	}
	document_string(node, "mapping", "MAPPING", "%s",
			share_kind_name((enum share_kind)page->mapping.kind));
	document_count(node, "frames", "FRAMES", page->mapping.frames);
	document_count(node, "vmemmap_pages", "VMEMMAP PAGES", page->mapping.pages);
	document_count(node, "saved_pages", "SAVED", huge_page_saving(page));
	if (page->assumed)
		document_null(node, "refcount", "REFS");
	else
		document_count(node, "refcount", "REFS", page->refcount);
	document_bool(node, "hwpoison", page->hwpoison ? "POISON" : NULL, page->hwpoison);
}

/* Pages before @end that share and are not marked, from number @i on: the next one. */
static size_t add_late_pages(struct document_node *list, const struct analysis *analysis, size_t i,
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
static void add_huge_pages(struct document_node *list, const struct analysis *analysis)
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

struct error *report_hugetlb_list(const struct report_source *source, struct document **ret)
{
	const struct inventory *inventory = &source->analysis->inventory;
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	struct document_node *list = document_array(document_root(document), "hugetlb", "");
	if (inventory->mark_missing)
		document_text(document_root(document), STYLE_WARNING,
			      "Huge pages could not be looked for: %s.", inventory->mark_missing);
	add_huge_pages(list, source->analysis);
	if (inventory->by_tables)
		document_text(document_root(document), STYLE_WARNING,
			      "%" PRIu64
			      " of them are known from page tables alone: their heads are not "
			      "in the dump.",
			      inventory->by_tables);
	if (inventory->candidates_unreadable)
		document_text(document_root(document), STYLE_WARNING,
			      "%" PRIu64
			      " places where one could be cannot be read, the first at pfn "
			      "0x%" PRIx64 ".",
			      inventory->candidates_unreadable, inventory->unreadable_first);
	return report_finish(document, ret);
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

static void add_run(struct document_node *list, const struct kernel *kernel,
		    const struct vmemmap_map *map, const struct vmemmap_run *run)
{
	struct document_node *node = document_object(list, NULL, NULL);

	document_hex(node, "address", "ADDRESS", vmemmap_address(kernel, run->first));
	document_hex(node, "pfn", "PFN", vmemmap_first_pfn(kernel, run->first));
	document_count(node, "pages", "PAGES", run->count);
	document_string(node, "backing", "BACKING", "%s", backing_names[run->backing]);
	document_count(node, "level", "LEVEL", run->level + 1U);
	if (vmemmap_run_mapped(run)) {
		bool writable = run->writable && !upper_entries_find(&map->forbidding, run->first);

		document_hex(node, "frame", "FRAME", run->frame);
		document_string(node, "frames", "FRAMES", run->constant ? "one" : "consecutive");
		document_string(node, "permission", "PERM", writable ? "rw" : "ro");
		document_bool(node, "shared", "SHARED", run->shared);
	}
}

struct error *report_vmemmap_list(const struct report_source *source, struct document **ret)
{
	const struct vmemmap_map *map = &source->analysis->map;
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	struct document_node *list = document_array(document_root(document), "vmemmap", "");
	struct vmemmap_run run;

	for (uint64_t index = 0; vmemmap_run_from(map, index, &run);
	     index = vmemmap_run_end(&run)) {
		run = run_piece(map, run, index);
		add_run(list, &source->analysis->target.kernel, map, &run);
	}
	return report_finish(document, ret);
}

/* --- info ------------------------------------------------------------------- */

static const char *role_of(const struct scheme *scheme, unsigned evidence)
{
	uint32_t bit = UINT32_C(1) << evidence;

	return scheme->required & bit	 ? "required"
	       : scheme->forbidden & bit ? "must be absent"
					 : "";
}

static void add_evidence(struct document_node *root, const struct scheme_choice *choice)
{
	struct document_node *list = document_array(root, "evidence", "Evidence for the schemes");

	for (unsigned i = 0; i < EVIDENCE_COUNT; i++) {
		struct document_node *node = document_object(list, NULL, NULL);

		document_string(node, "text", "WHAT", "%s", choice->evidence[i].text);
		document_bool(node, "present", "FOUND", choice->evidence[i].present);
		document_string(node, "role", "HUGETLB", "%s", role_of(choice->hugetlb, i));
		document_string(node, "dax_role", "DAX", "%s", role_of(choice->dax, i));
	}
}

static void add_missing(struct document_node *root, const struct layout *layout)
{
	struct document_node *list =
		document_array(root, "not_in_types", "Not in this kernel's types");
	char name[96];

	for (unsigned id = 0; id < LAYOUT_COUNT; id++)
		if (!layout_has(layout, (enum layout_id)id))
			document_string(list, NULL, NULL, "%s",
					layout_name((enum layout_id)id, name, sizeof(name)));
}

static void add_types(struct document_node *root, const struct report_source *source)
{
	const struct typeinfo *ti = source->typeinfo;
	struct document_node *node = document_object(root, "types", "Types");

	document_string(node, "kind", "Kind", "%s", ti->ops->name);
	document_string(node, "path", "File", "%s", ti->path);
	if (ti->origin)
		document_string(node, "origin", "Made from", "%s", ti->origin);
	else
		document_null(node, "origin", "Made from");
	if (ti->build_id)
		document_string(node, "build_id", "Build id", "%s", ti->build_id);
	else
		document_null(node, "build_id", "Build id");
}

struct error *report_info(const struct report_source *source, struct document **ret)
{
	const struct analysis *analysis = source->analysis;
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	struct document_node *root = document_root(document);
	document_string(root, "schema", NULL, "vmemscope-info");
	document_count(root, "schema_version", NULL, REPORT_SCHEMA_VERSION);
	report_add_dump(root, source);
	report_add_kernel(root, source);
	if (analysis->cmdline)
		document_string(root, "cmdline", "Command line", "%s", analysis->cmdline);
	else
		document_null(root, "cmdline", NULL);
	report_add_end(root, analysis);
	err = report_add_cpus(root, source);
	if (err) {
		document_destroy(document);
		return err;
	}
	struct document_node *tables = document_object(root, "page_tables", "Page tables");
	document_count(tables, "levels", "Levels", analysis->target.paging.levels);
	document_hex(tables, "root", "Root, physical", analysis->target.paging.root);
	document_hex(tables, "kernel_offset", "KASLR offset",
		     analysis->target.layout.kernel_offset);
	document_hex(tables, "sme_mask", "SME mask", analysis->target.paging.encryption_mask);
	struct document_node *vmemmap = document_object(root, "vmemmap", "Vmemmap");
	document_hex(vmemmap, "base", "Address", analysis->target.kernel.vmemmap);
	document_string(vmemmap, "base_from", "Known from", "%s",
			analysis->target.kernel.vmemmap_source);
	document_bytes(vmemmap, "struct_page_bytes", "struct page",
		       (int64_t)analysis->target.kernel.struct_page_size);
	document_count(vmemmap, "sections", "Memory sections",
		       analysis->target.kernel.section_count);
	document_count(vmemmap, "nodes", "Nodes", analysis->target.kernel.node_count);
	add_types(root, source);
	add_evidence(root, &analysis->scheme);
	add_missing(root, &analysis->target.layout);
	return report_finish(document, ret);
}

/* --- checks ----------------------------------------------------------------- */

static void add_check(struct document_node *list, const struct check *check)
{
	struct document_node *node = document_object(list, NULL, NULL);

	document_string(node, "id", "CHECK", "%s", check->id);
	document_string(node, "severity", "SEVERITY", "%s", severity_name(check->severity));
	document_string(node, "title", "WHAT MUST HOLD", "%s", check->title);
	document_string(node, "rationale", NULL, "%s", check->rationale);
	document_string(node, "basis", NULL, "%s", check->basis);
}

static void explain_check(struct document_node *root, const struct check *check)
{
	struct document_node *node = document_object(root, "check", check->id);

	document_string(node, "id", NULL, "%s", check->id);
	document_string(node, "severity", "Severity", "%s", severity_name(check->severity));
	document_string(node, "title", "Must hold", "%s", check->title);
	document_string(node, "basis", "Source", "%s", check->basis);
	document_string(node, "rationale", NULL, "%s", check->rationale);
	document_text(node, STYLE_PLAIN, "%s", check->rationale);
}

struct error *report_checks(const char *id, struct document **ret)
{
	const struct check *check = id ? check_by_id(id) : NULL;
	struct document *document;

	if (id && !check)
		return error_new(ERROR_USAGE,
				 "there is no check '%s'; 'vmemscope checks' lists them", id);
	struct error *err = document_create(&document);
	if (err)
		return err;
	if (check) {
		explain_check(document_root(document), check);
		return report_finish(document, ret);
	}
	struct document_node *list = document_array(document_root(document), "checks", "");
	for (const struct check *const *each = check_table; *each; each++)
		add_check(list, *each);
	return report_finish(document, ret);
}
