// SPDX-License-Identifier: LGPL-2.1-or-later
/* The dump, the kernel and the vmemmap, as every document shows them. */
#include "analyzer/reports/report_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/array.h"
#include "include/dump.h"

const char *report_damage(const struct memory_damage *damage, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < damage->listed && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s0x%" PRIx64, i ? ", " : "",
					 damage->first[i]);
	if (damage->count > damage->listed && used < size)
		snprintf(buf + used, size - used, " and more");
	return buf;
}

static void add_damage(struct document_node *node, const struct dump *dump)
{
	const struct memory_damage damage = memory_damage(dump->memory);
	char first[DAMAGE_TEXT_MAX];

	if (!damage.count)
		return;
	document_count(node, "damaged_pages", NULL, damage.count);
	struct document_node *list = document_array(node, "damaged_pfns", NULL);
	for (unsigned i = 0; i < damage.listed; i++)
		document_hex(list, NULL, NULL, damage.first[i]);
	document_style(document_string(node, NULL, "Damaged pages", "%" PRIu64 " (pfn %s)",
				       damage.count, report_damage(&damage, first, sizeof(first))),
		       STYLE_WARNING);
}

static void add_packed(struct document_node *node, const struct dump_packed *packed)
{
	static const char *const states[] = {
		[PACKED_WHOLE] = "whole",
		[PACKED_ENDS_EARLY] = "ends-early",
		[PACKED_DAMAGED] = "damaged",
	};
	const bool is_whole = packed->state == PACKED_WHOLE;
	char text[PACKED_TEXT_BYTES], size[32];

	if (!packed->name)
		return;
	struct document_node *object = document_object(node, "packed", NULL);
	document_string(object, "format", NULL, "%s", packed->name);
	document_bytes(object, "size_bytes", NULL, (int64_t)packed->size_bytes);
	document_string(object, "state", NULL, "%s", states[packed->state]);
	if (is_whole)
		document_null(object, "state_offset_bytes", NULL);
	else
		document_bytes(object, "state_offset_bytes", NULL, (int64_t)packed->state_offset);
	document_style(document_string(node, NULL, "Packed", "%s, %s%s%s", packed->name,
				       bytes_text((int64_t)packed->size_bytes, size, sizeof(size)),
				       is_whole ? "" : "; ",
				       is_whole ? ""
						: packed_state_text(packed->state,
								    packed->state_offset, text)),
		       is_whole ? STYLE_PLAIN : STYLE_WARNING);
}

void report_add_dump(struct document_node *root, const struct report_source *source)
{
	const struct dump *dump = source->dump;
	struct document_node *node = document_object(root, "dump", "Dump");

	document_string(node, "path", "File", "%s", dump->path);
	document_string(node, "format", "Format", "%s", dump->format);
	if (dump->live)
		document_bool(node, "live", "The running machine", true);
	document_count(node, "files", dump->file_count > 1 ? "Files" : NULL, dump->file_count);
	document_bytes(node, "size_bytes", "Size", (int64_t)dump->size_bytes);
	add_packed(node, &dump->packed);
	struct document_node *truncated = document_bool(
		node, "truncated", dump->truncated ? "Truncated" : NULL, dump->truncated);
	document_style(truncated, dump->truncated ? STYLE_WARNING : STYLE_PLAIN);
	document_bytes(node, "missing_bytes", dump->missing_bytes ? "Missing" : NULL,
		       (int64_t)dump->missing_bytes);
	add_damage(node, dump);
	document_bool(node, "omits_zero_pages", NULL, dump->omits_zero_pages);
	document_bool(node, "distilled", dump->distilled ? "Distilled" : NULL, dump->distilled);
	if (dump->sample)
		document_style(document_string(node, "sample", "Sample", "%s", dump->sample),
			       STYLE_WARNING);
	document_string(node, "types_source", "Types", "%s of %s", source->typeinfo->ops->name,
			source->typeinfo->path);
}

static void add_evidence(struct document_node *node, const struct scheme_choice *choice)
{
	struct document_node *list = document_array(node, "scheme_evidence", NULL);

	for (unsigned i = 0; i < EVIDENCE_COUNT; i++) {
		struct document_node *item = document_object(list, NULL, NULL);

		document_string(item, "text", NULL, "%s", choice->evidence[i].text);
		document_bool(item, "present", NULL, choice->evidence[i].present);
	}
}

/* What chose the row, and what was counted for it; null where nobody looked. */
static void add_seen(struct document_node *node, const struct scheme_seen *seen)
{
	if (!seen->by_types) {
		document_null(node, "chosen_by", NULL);
		document_null(node, "observed", NULL);
		return;
	}
	document_string(node, "chosen_by", NULL, "%s", seen->observed ? "page-tables" : "types");

	struct document_node *observed = document_object(node, "observed", NULL);
	document_string(observed, "text", NULL, "%s", seen->text);
	document_string(observed, "by_types", NULL, "%s", seen->by_types->id);
	document_count(observed, "pages", NULL, seen->pages);
	document_count(observed, "sharing_pages", NULL, seen->sharing);
	document_count(observed, "fitting_pages", NULL, seen->fitting);
}

static void add_scheme_row(struct document_node *details, const char *key,
			   const struct scheme *scheme, const struct scheme_choice *choice)
{
	static const char *const permissions[] = {
		[PERMISSION_READONLY] = "ro",
		[PERMISSION_WRITABLE] = "rw",
		[PERMISSION_EITHER] = "either",
	};
	struct document_node *node = document_object(details, key, NULL);

	document_string(node, "title", NULL, "%s", scheme->title);
	document_string(node, "seen_in_releases", NULL, "%s", scheme->releases);
	document_count(node, "pages_kept", NULL, scheme->pages_kept);
	if (scheme->target == TARGET_NONE)
		document_null(node, "tail_permission", NULL);
	else
		document_string(node, "tail_permission", NULL, "%s",
				permissions[scheme->permission]);
	add_seen(node, &choice->seen[scheme->family]);
}

static void add_scheme(struct document_node *kernel, const struct scheme_choice *choice)
{
	struct document_node *schemes = document_object(kernel, "scheme", NULL);
	struct document_node *details = document_object(kernel, "scheme_details", NULL);

	document_string(schemes, "hugetlb", NULL, "%s", choice->hugetlb->id);
	document_string(schemes, "dax", NULL, "%s", choice->dax->id);
	add_scheme_row(details, "hugetlb", choice->hugetlb, choice);
	add_scheme_row(details, "dax", choice->dax, choice);
	add_evidence(kernel, choice);
}

static void add_scheme_line(struct document_node *node, const char *label,
			    const struct scheme *scheme, const struct scheme_choice *choice)
{
	const struct scheme_seen *seen = &choice->seen[scheme->family];

	document_string(node, NULL, label, "%s: %s", scheme->id, scheme->title);
	if (!seen->by_types)
		return;
	if (seen->observed && seen->by_types != scheme)
		document_string(node, NULL, "... evidence", "%s; types and symbols name %s",
				seen->text, seen->by_types->id);
	else
		document_string(node, NULL, "... evidence", "%s", seen->text);
}

static void add_switch(struct document_node *node, const struct kernel *kernel)
{
	const char *key = "vmemmap_optimize_enabled", *label = "HVO switch";

	if (kernel->optimize_enabled < 0) {
		document_null(node, key, label);
		return;
	}
	document_bool(node, key, NULL, kernel->optimize_enabled);
	document_string(node, NULL, label, "%s%s",
			kernel->optimize_enabled ? "on (for pages allocated from now on)" : "off",
			kernel->switch_at_boot ? "; set while booting, no sysctl changes it" : "");
}

void report_add_kernel(struct document_node *root, const struct report_source *source)
{
	const struct analysis *analysis = source->analysis;
	const struct paging *paging = &analysis->target.paging;
	const char *release = facts_text(analysis->target.facts, "OSRELEASE");
	const char *build_id = facts_text(analysis->target.facts, "BUILD-ID");
	const char *machine =
		arch_machine_name(analysis->target.arch, analysis->target.kernel.big_endian);
	struct document_node *node = document_object(root, "kernel", "Kernel");

	if (release)
		document_string(node, "release", "Release", "%s", release);
	else
		document_null(node, "release", "Release");
	if (build_id)
		document_string(node, "build_id", "Build id", "%s", build_id);
	else
		document_null(node, "build_id", "Build id");
	document_string(node, "architecture", NULL, "%s", machine);
	document_string(node, NULL, "Architecture",
			"%s, %" PRIu64 " KiB pages, %u levels of page tables", machine,
			analysis->target.kernel.page_size >> 10, paging->levels);
	document_bytes(node, "page_size_bytes", NULL, (int64_t)analysis->target.kernel.page_size);
	document_count(node, "paging_levels", NULL, paging->levels);
	document_hex(node, "page_table_root", NULL, paging->root);
	document_hex(node, "kernel_offset", NULL, analysis->target.layout.kernel_offset);
	document_hex(node, "sme_mask", paging->encryption_mask ? "SME mask" : NULL,
		     paging->encryption_mask);
	if (source->typeinfo->origin)
		document_string(node, "types_from", NULL, "%s", source->typeinfo->origin);
	else
		document_null(node, "types_from", NULL);
	add_scheme_line(node, "HVO scheme", analysis->scheme.hugetlb, &analysis->scheme);
	add_scheme_line(node, "DAX scheme", analysis->scheme.dax, &analysis->scheme);
	add_switch(node, &analysis->target.kernel);
	add_scheme(node, &analysis->scheme);
}

static const struct {
	const char *key, *label;
} backings[] = {
	[BACKING_BASE] = { "base_pages", "Mapped by base pages" },
	[BACKING_LEAF] = { "leaf_pages", "Mapped by larger leaves" },
	[BACKING_HOLE] = { "hole_pages", "Not mapped" },
	[BACKING_UNREADABLE] = { "unreadable_pages", "Page tables not in the dump" },
	[BACKING_INVALID] = { "invalid_pages", "Impossible entries" },
};

void report_add_vmemmap(struct document_node *root, const struct analysis *analysis)
{
	const struct kernel *kernel = &analysis->target.kernel;
	uint64_t pages[COUNT_OF(backings)] = { 0 };
	struct document_node *node = document_object(root, "vmemmap", "Vmemmap");

	for (size_t i = 0; i < analysis->map.row_count; i++)
		pages[analysis->map.rows[i].backing] += analysis->map.rows[i].count;

	document_hex(node, "base", "Address", kernel->vmemmap);
	document_string(node, "base_from", NULL, "%s", kernel->vmemmap_source);
	document_bytes(node, "struct_page_bytes", NULL, (int64_t)kernel->struct_page_size);
	document_count(node, "sections", "Memory sections", kernel->section_count);
	document_count(node, "pages", "Vmemmap pages", analysis->map.pages);
	for (unsigned i = 0; i < COUNT_OF(backings); i++)
		document_count(node, backings[i].key, pages[i] ? backings[i].label : NULL,
			       pages[i]);
	document_count(node, "device_pages", analysis->map.device_pages ? "Of device memory" : NULL,
		       analysis->map.device_pages);
	document_count(node, "runs", NULL, analysis->map.run_count);
	document_count(node, "table_pages", "Lowest-level tables", analysis->map.table_pages);
	document_count(node, "device_table_pages", "... of device memory",
		       analysis->map.device_table_pages);
}

struct document_node *report_add_entry(struct document_node *node, const char *key,
				       const struct analysis *analysis,
				       const struct upper_entry *upper)
{
	struct document_node *object = document_object(node, key, NULL);
	const struct table_entry *first = &upper->entry;

	document_string(object, "level", NULL, "%s",
			paging_level_name(&analysis->target.paging, first->level));
	document_hex(object, "address", NULL, first->address);
	document_hex(object, "value", NULL, first->raw);
	document_count(object, "count", NULL, upper->entries);
	document_count(object, "vmemmap_pages", NULL, upper->pages);
	return object;
}

void report_add_bytes_if(struct document_node *node, const char *key, const char *label, bool known,
			 int64_t bytes)
{
	if (known)
		document_bytes(node, key, label, bytes);
	else
		document_null(node, key, label);
}

struct error *report_finish(struct document *document, struct document **ret)
{
	struct error *err = document_finish(document);

	if (err) {
		document_destroy(document);
		return err;
	}
	*ret = document;
	return NULL;
}

const char *share_kind_name(enum share_kind kind)
{
	static const char *const names[] = {
		[MAPPED_UNSHARED] = "none",   [MAPPED_FULL] = "full",
		[MAPPED_PARTIAL] = "partial", [MAPPED_WRONG] = "wrong",
		[MAPPED_UNKNOWN] = "unknown",
	};

	return names[kind];
}

/* --- findings --------------------------------------------------------------- */

static const enum document_style severity_styles[] = {
	[SEVERITY_NOTE] = STYLE_NOTE,
	[SEVERITY_WARNING] = STYLE_WARNING,
	[SEVERITY_ERROR] = STYLE_ERROR,
};

enum document_style report_severity_style(enum severity severity)
{
	return severity_styles[severity];
}

void report_add_finding(struct document_node *list, const struct analysis *analysis,
			const struct finding *finding)
{
	struct document_node *node = document_object(list, NULL, NULL);

	document_style(document_string(node, "severity", "SEVERITY", "%s",
				       severity_name(finding->severity)),
		       severity_styles[finding->severity]);
	document_string(node, "check", "CHECK", "%s", finding->check->id);
	if (finding->has_pfn)
		document_hex(node, "pfn", "PFN", finding->pfn);
	if (finding->has_vmemmap) {
		document_hex(node, "vmemmap_address", NULL,
			     vmemmap_address(&analysis->target.kernel, finding->index));
		document_count(node, "vmemmap_pages", NULL, finding->count);
	}
	if (finding->entry.known)
		document_count(report_add_entry(node, "entry", analysis, &finding->entry.upper),
			       "huge_pages", NULL, finding->entry.huge_pages);
	if (finding->alike_count)
		document_count(node, "alike", NULL, finding->alike_count);
	document_string(node, "message", "WHAT", "%s", finding->message);
}
