// SPDX-License-Identifier: LGPL-2.1-or-later
/* Device memory, in the report and as a list. */
#include "analyzer/documents/document_parts.h"

#include <inttypes.h>

#include "include/error.h"

static void add_text(struct report_node *node, const char *key, const char *label, const char *text)
{
	if (text[0])
		report_string(node, key, label, "%s", text);
	else
		report_null(node, key, label);
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

static void add_altmap(struct report_node *node, const struct device *device)
{
	if (!device->altmap_known || !device->altmap) {
		report_null(node, "altmap", NULL);
		return;
	}
	struct report_node *altmap = report_object(node, "altmap", NULL);
	report_hex(altmap, "base_pfn", NULL, device->altmap_base);
	report_count(altmap, "reserve_pages", NULL, device->altmap_reserve);
	report_count(altmap, "free_pages", NULL, device->altmap_free);
	report_count(altmap, "align_pages", NULL, device->altmap_align);
	report_count(altmap, "alloc_pages", NULL, device->altmap_alloc);
}

static void add_blocked(struct report_node *node, const struct device_tally *tally)
{
	struct report_node *reasons = report_object(node, "not_optimized_because", NULL);

	for (unsigned i = 0; i < DEVICE_BLOCKER_COUNT; i++)
		if (tally->blocked[i])
			report_count(reasons, device_blocker_id((enum device_blocker)i), NULL,
				     tally->blocked[i]);
}

/* The dev_pagemap's range: what the device keeps for itself is in it too. */
static void add_range(struct report_node *node, const struct analysis *analysis,
		      const struct device *device)
{
	uint64_t page_size = analysis->target.kernel.page_size;
	struct report_node *range = report_object(node, "range", NULL);

	report_hex(range, "start", NULL, device->start * page_size);
	report_bytes(range, "size_bytes", NULL,
		     (int64_t)((device->end - device->start) * page_size));
	report_count(range, "compound_pages", NULL, device->whole.compound_pages);
	report_count(range, "optimized_pages", NULL, device->whole.optimized);
	report_bytes(range, "saved_bytes", NULL, (int64_t)(device->whole.saved_pages * page_size));
	report_bytes(range, "could_save_bytes", NULL,
		     (int64_t)(device_could_save(&analysis->survey, device, &device->whole) *
			       page_size));
}

static void add_node(struct report_node *node, const struct device *device)
{
	if (device->node_known)
		report_count(node, "node", "NODE", device->node);
	else
		report_null(node, "node", "NODE");
	if (device->target_node >= 0)
		report_count(node, "target_node", NULL, (uint64_t)device->target_node);
	else
		report_null(node, "target_node", NULL);
}

/* @wide: with what the whole report says once, in a sum. */
static void add_tally(struct report_node *node, const struct analysis *analysis,
		      const struct device *device, bool wide)
{
	const struct device_tally *tally = &device->data;
	int64_t page_size = (int64_t)analysis->target.kernel.page_size;

	report_count(node, "compound_pages", "PAGES", tally->compound_pages);
	report_bool(node, "optimized", NULL, is_optimized(tally));
	report_count(node, "optimized_pages", "OPTIMISED", tally->optimized);
	report_count(node, "not_optimized_pages", NULL, tally->not_optimized);
	report_count(node, "wrong_pages", tally->wrong ? "WRONG" : NULL, tally->wrong);
	report_count(node, "unknown_pages", tally->unknown ? "UNKNOWN" : NULL, tally->unknown);
	add_text(node, "tail_permission", "TAILS", permission_of(tally));
	report_bytes(node, "saved_bytes", "SAVED", (int64_t)tally->saved_pages * page_size);
	report_bytes(node, "could_save_bytes", "COULD SAVE",
		     (int64_t)device_could_save(&analysis->survey, device, tally) * page_size);
	report_bytes(node, "next_scheme_bytes", wide && tally->next_pages ? "NEXT SCHEME" : NULL,
		     (int64_t)tally->next_pages * page_size);
	add_blocked(node, tally);
}

static void add_device(struct report_node *list, const struct analysis *analysis,
		       const struct device *device, bool wide)
{
	uint64_t page_size = analysis->target.kernel.page_size;
	struct report_node *node = report_object(list, NULL, NULL);

	add_text(node, "name", "NAME", device->name);
	report_string(node, "kind", "KIND", "%s", device_kind_id(device->kind));
	report_hex(node, "start", "START", device->data_start * page_size);
	report_bool(node, "data_known", NULL, device->data_known);
	report_bytes(node, "size_bytes", "SIZE",
		     (int64_t)((device->data_end - device->data_start) * page_size));
	if (device->align_bytes)
		report_bytes(node, "align_bytes", "ALIGN", (int64_t)device->align_bytes);
	else
		report_null(node, "align_bytes", "ALIGN");
	add_node(node, device);
	report_string(node, "medium", NULL, "%s", device_medium_id(device->medium));
	add_text(node, "region", NULL, device->region);
	report_string(node, "found_by", NULL, "%s", device_source_id(device->source));
	report_bool(node, "inferred", NULL, device->source != DEVICE_FROM_PGMAP);
	if (device->pgmap)
		report_hex(node, "pgmap", NULL, device->pgmap);
	else
		report_null(node, "pgmap", NULL);
	report_string(node, "memmap", "MEMMAP", "%s", device_memmap_id(device->memmap));
	report_string(node, "scheme", NULL, "%s",
		      may_share(analysis, device) ? analysis->scheme.dax->id : "none");
	add_tally(node, analysis, device, wide);
	add_altmap(node, device);
	add_range(node, analysis, device);
}

/* --- sentences -------------------------------------------------------------- */

static void add_reasons(struct report_node *dax, const struct devices *devices)
{
	for (unsigned reason = 0; reason < DEVICE_BLOCKER_COUNT; reason++) {
		uint64_t pages = 0;

		for (size_t i = 0; i < devices->count; i++)
			pages += devices->list[i].data.blocked[reason];
		if (pages)
			report_text(dax, STYLE_PLAIN, "%" PRIu64 " not optimised: %s.", pages,
				    device_blocker_text((enum device_blocker)reason));
	}
}

static void add_inferred(struct report_node *dax, const struct devices *devices)
{
	size_t count = 0;

	for (size_t i = 0; i < devices->count; i++)
		count += devices->list[i].source != DEVICE_FROM_PGMAP &&
			 devices->list[i].kind != DEVICE_SYSTEM_RAM;
	if (count)
		report_text(dax, STYLE_NOTE,
			    "%zu of %zu are inferred from what the dump holds: it lacks their "
			    "dev_pagemaps.",
			    count, devices->count);
}

void document_add_dax(struct report_node *root, const struct analysis *analysis)
{
	const struct devices *devices = &analysis->devices;
	struct report_node *node =
		report_object(root, "dax", devices->count ? "Device memory" : NULL);
	struct report_node *list = report_array(node, "devices", devices->count ? "Devices" : NULL);

	for (size_t i = 0; i < devices->count; i++)
		add_device(list, analysis, &devices->list[i], false);
	add_reasons(node, devices);
	add_inferred(node, devices);
	report_bool(node, "pgmaps_known", NULL, devices->pgmaps_known);
	add_text(node, "pgmaps_missing", NULL,
		 devices->pgmaps_missing ? devices->pgmaps_missing : "");
	report_bool(node, "resources_known", NULL, devices->resources_known);
	add_text(node, "resources_missing", NULL,
		 devices->resources_missing ? devices->resources_missing : "");
}

struct error *document_dax_list(const struct document_source *source, struct report **ret)
{
	const struct devices *devices = &source->analysis->devices;
	struct report *report;
	struct error *err = report_create(&report);

	if (err)
		return err;
	struct report_node *list = report_array(report_root(report), "dax", "");
	for (size_t i = 0; i < devices->count; i++)
		add_device(list, source->analysis, &devices->list[i], true);
	return document_finish(report, ret);
}
