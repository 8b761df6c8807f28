// SPDX-License-Identifier: LGPL-2.1-or-later
/* Device memory, in the report and as a list. */
#include "analyzer/reports/report_parts.h"

#include <inttypes.h>

#include "include/error.h"

static void add_text(struct document_node *node, const char *key, const char *label,
		     const char *text)
{
	if (text[0])
		document_string(node, key, label, "%s", text);
	else
		document_null(node, key, label);
}

static bool may_share(const struct analysis *analysis, const struct device *device)
{
	return device_has_compounds(device) && analysis->scheme.dax->target != TARGET_NONE &&
	       !device->altmap && device->memmap != MEMMAP_DEVICE;
}

static const char *permission_of(const struct device_tally *tally)
{
	if (tally->tails_writable && tally->tails_readonly)
		return "mixed";
	return tally->tails_writable ? "rw" : tally->tails_readonly ? "ro" : "";
}

static bool is_optimized(const struct device_tally *tally)
{
	return tally->compound_pages > 0 && tally->optimized == tally->compound_pages;
}

static void add_altmap(struct document_node *node, const struct device *device)
{
	if (!device->altmap_known || !device->altmap) {
		document_null(node, "altmap", NULL);
		return;
	}
	struct document_node *altmap = document_object(node, "altmap", NULL);
	document_hex(altmap, "base_pfn", NULL, device->altmap_base);
	document_count(altmap, "reserve_pages", NULL, device->altmap_reserve);
	document_count(altmap, "free_pages", NULL, device->altmap_free);
	document_count(altmap, "align_pages", NULL, device->altmap_align);
	document_count(altmap, "alloc_pages", NULL, device->altmap_alloc);
}

static void add_blocked(struct document_node *node, const struct device_tally *tally)
{
	struct document_node *reasons = document_object(node, "not_optimized_because", NULL);

	for (unsigned i = 0; i < DEVICE_BLOCKER_COUNT; i++)
		if (tally->blocked[i])
			document_count(reasons, device_blocker_id((enum device_blocker)i), NULL,
				       tally->blocked[i]);
}

/* The dev_pagemap's range: what the device keeps for itself is in it too. */
static void add_range(struct document_node *node, const struct analysis *analysis,
		      const struct device *device)
{
	uint64_t page_size = analysis->target.kernel.page_size;
	struct document_node *range = document_object(node, "range", NULL);

	document_hex(range, "start", NULL, device->start * page_size);
	document_bytes(range, "size_bytes", NULL,
		       (int64_t)((device->end - device->start) * page_size));
	document_count(range, "compound_pages", NULL, device->whole.compound_pages);
	document_count(range, "optimized_pages", NULL, device->whole.optimized);
	document_bytes(range, "saved_bytes", NULL,
		       (int64_t)(device->whole.saved_pages * page_size));
	document_bytes(range, "could_save_bytes", NULL,
		       (int64_t)(device_could_save(&analysis->survey, device, &device->whole) *
				 page_size));
}

static void add_node(struct document_node *node, const struct device *device)
{
	if (device->node_known)
		document_count(node, "node", "NODE", device->node);
	else
		document_null(node, "node", "NODE");
	if (device->target_node >= 0)
		document_count(node, "target_node", NULL, (uint64_t)device->target_node);
	else
		document_null(node, "target_node", NULL);
}

/* @wide: with what the whole report says once, in a sum. */
static void add_tally(struct document_node *node, const struct analysis *analysis,
		      const struct device *device, bool wide)
{
	const struct device_tally *tally = &device->data;
	int64_t page_size = (int64_t)analysis->target.kernel.page_size;

	document_count(node, "compound_pages", "PAGES", tally->compound_pages);
	document_bool(node, "optimized", NULL, is_optimized(tally));
	document_count(node, "optimized_pages", "OPTIMISED", tally->optimized);
	document_count(node, "not_optimized_pages", NULL, tally->not_optimized);
	document_count(node, "wrong_pages", tally->wrong ? "WRONG" : NULL, tally->wrong);
	document_count(node, "unknown_pages", tally->unknown ? "UNKNOWN" : NULL, tally->unknown);
	add_text(node, "tail_permission", "TAILS", permission_of(tally));
	document_bytes(node, "saved_bytes", "SAVED", (int64_t)tally->saved_pages * page_size);
	document_bytes(node, "could_save_bytes", "COULD SAVE",
		       (int64_t)device_could_save(&analysis->survey, device, tally) * page_size);
	document_bytes(node, "next_scheme_bytes", wide && tally->next_pages ? "NEXT SCHEME" : NULL,
		       (int64_t)tally->next_pages * page_size);
	add_blocked(node, tally);
}

static void add_device(struct document_node *list, const struct analysis *analysis,
		       const struct device *device, bool wide)
{
	uint64_t page_size = analysis->target.kernel.page_size;
	struct document_node *node = document_object(list, NULL, NULL);

	add_text(node, "name", "NAME", device->name);
	document_string(node, "kind", "KIND", "%s", device_kind_id(device->kind));
	document_hex(node, "start", "START", device->data_start * page_size);
	document_bool(node, "data_known", NULL, device->data_known);
	document_bytes(node, "size_bytes", "SIZE",
		       (int64_t)((device->data_end - device->data_start) * page_size));
	if (device->align_bytes)
		document_bytes(node, "align_bytes", "ALIGN", (int64_t)device->align_bytes);
	else
		document_null(node, "align_bytes", "ALIGN");
	add_node(node, device);
	document_string(node, "medium", NULL, "%s", device_medium_id(device->medium));
	add_text(node, "region", NULL, device->region);
	document_string(node, "found_by", NULL, "%s", device_source_id(device->source));
	document_bool(node, "inferred", NULL, device->source != DEVICE_FROM_PGMAP);
	if (device->pgmap)
		document_hex(node, "pgmap", NULL, device->pgmap);
	else
		document_null(node, "pgmap", NULL);
	document_string(node, "memmap", "MEMMAP", "%s", device_memmap_id(device->memmap));
	document_string(node, "scheme", NULL, "%s",
			may_share(analysis, device) ? analysis->scheme.dax->id : "none");
	add_tally(node, analysis, device, wide);
	add_altmap(node, device);
	add_range(node, analysis, device);
}

/* --- sentences -------------------------------------------------------------- */

static void add_reasons(struct document_node *dax, const struct devices *devices)
{
	for (unsigned reason = 0; reason < DEVICE_BLOCKER_COUNT; reason++) {
		uint64_t pages = 0;

		for (size_t i = 0; i < devices->count; i++)
			pages += devices->list[i].data.blocked[reason];
		if (pages)
			document_text(dax, STYLE_PLAIN, "%" PRIu64 " not optimised: %s.", pages,
				      device_blocker_text((enum device_blocker)reason));
	}
}

static void add_inferred(struct document_node *dax, const struct devices *devices)
{
	size_t count = 0;

	for (size_t i = 0; i < devices->count; i++)
		count += devices->list[i].source != DEVICE_FROM_PGMAP &&
			 devices->list[i].kind != DEVICE_SYSTEM_RAM;
	if (count)
		document_text(dax, STYLE_NOTE,
			      "%zu of %zu are inferred from what the dump holds: it lacks their "
			      "dev_pagemaps.",
			      count, devices->count);
}

void report_add_dax(struct document_node *root, const struct analysis *analysis)
{
	const struct devices *devices = &analysis->devices;
	struct document_node *node =
		document_object(root, "dax", devices->count ? "Device memory" : NULL);
	struct document_node *list =
		document_array(node, "devices", devices->count ? "Devices" : NULL);

	for (size_t i = 0; i < devices->count; i++)
		add_device(list, analysis, &devices->list[i], false);
	add_reasons(node, devices);
	add_inferred(node, devices);
	document_bool(node, "pgmaps_known", NULL, devices->pgmaps_known);
	add_text(node, "pgmaps_missing", NULL,
		 devices->pgmaps_missing ? devices->pgmaps_missing : "");
	document_bool(node, "resources_known", NULL, devices->resources_known);
	add_text(node, "resources_missing", NULL,
		 devices->resources_missing ? devices->resources_missing : "");
}

struct error *report_dax_list(const struct report_source *source, struct document **ret)
{
	const struct devices *devices = &source->analysis->devices;
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	struct document_node *list = document_array(document_root(document), "dax", "");
	for (size_t i = 0; i < devices->count; i++)
		add_device(list, source->analysis, &devices->list[i], true);
	return report_finish(document, ret);
}
