// SPDX-License-Identifier: LGPL-2.1-or-later
/* A memmap that lies in its device lies in the part that is set aside for it. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "include/plural.h"

#include <inttypes.h>
#include <stdio.h>

struct altmap_walk {
	uint64_t inside, outside; /* vmemmap pages whose frames are the device's */
	uint64_t outside_first;	  /* vmemmap index */
	uint64_t blind;		  /* that is not known */
};

static void walk_run(const struct device *device, const struct vmemmap_run *run, uint64_t first,
		     uint64_t end, struct altmap_walk *walk)
{
	pfn_t base = device->altmap_base + device->altmap_reserve;
	pfn_t limit = base + device->altmap_free;

	/* What is not mapped at all has been reported. */
	if (!vmemmap_run_mapped(run)) {
		walk->blind += end - first;
		return;
	}
	for (uint64_t index = first; index < end; index++) {
		pfn_t frame = vmemmap_run_frame(run, index);

		if (frame < device->start || frame >= device->end)
			continue;
		if (frame >= base && frame < limit)
			walk->inside++;
		else if (walk->outside++ == 0)
			walk->outside_first = index;
	}
}

static struct altmap_walk walk_device(const struct survey *survey, const struct device *device)
{
	const struct vmemmap_map *map = survey->map;
	uint64_t first = vmemmap_index_of(&survey->target->kernel, device->start);
	uint64_t end = vmemmap_index_of(&survey->target->kernel, device->end);
	struct altmap_walk walk = { 0 };

	struct vmemmap_run run;

	for (bool more = vmemmap_run_from(map, first, &run); more && run.first < end;
	     more = vmemmap_run_next(map, &run)) {
		uint64_t from = run.first < first ? first : run.first;
		uint64_t to = vmemmap_run_end(&run) > end ? end : vmemmap_run_end(&run);

		walk_run(device, &run, from, to, &walk);
	}
	return walk;
}

/* Members that contradict each other, or the range. */
static struct error *member_report(struct check_run *run, const struct device *device,
				   enum altmap_fault fault)
{
	char label[HUGE_LABEL_MAX], words[160] = "";
	pfn_t start = device->altmap_base + device->altmap_reserve;

	if (fault == ALTMAP_BASE)
		snprintf(words, sizeof(words),
			 "base_pfn 0x%" PRIx64 ", but its range begins at pfn 0x%" PRIx64,
			 device->altmap_base, device->start);
	else if (fault == ALTMAP_RESERVE)
		snprintf(words, sizeof(words),
			 "reserve 0x%" PRIx64 ", but its range has 0x%" PRIx64 " pages",
			 device->altmap_reserve, device->end - device->start);
	else if (fault == ALTMAP_FREE)
		snprintf(words, sizeof(words),
			 "free 0x%" PRIx64 " (from pfn 0x%" PRIx64 " on), but %s at pfn 0x%" PRIx64,
			 device->altmap_free, start,
			 device->data_start > device->start ? "its data begins" : "it ends",
			 device->data_start > device->start ? device->data_start : device->end);
	else
		snprintf(words, sizeof(words),
			 "alloc 0x%" PRIx64 " and align 0x%" PRIx64
			 ", together more than free 0x%" PRIx64,
			 device->altmap_alloc, device->altmap_align, device->altmap_free);
	return finding_add_plain(run, SEVERITY_ERROR, "the vmem_altmap of %s says %s",
				 device_label(device, label), words);
}

/*
 * The last pfn of the range: Linux kernel drivers/nvdimm/pfn_devs.c, __nvdimm_setup_pfn(). A
 * distilled dump has 0 if the program that made it did not read this.
 */
static bool end_is_wrong(const struct device *device)
{
	return device->altmap_end && device->range_count == 1 &&
	       device->altmap_end != device->end - 1;
}

static struct error *end_report(struct check_run *run, const struct device *device)
{
	char label[HUGE_LABEL_MAX];

	return finding_add_plain(run, SEVERITY_ERROR,
				 "the vmem_altmap of %s says end_pfn 0x%" PRIx64
				 ", but its range ends at "
				 "pfn 0x%" PRIx64,
				 device_label(device, label), device->altmap_end, device->end - 1);
}

static struct error *check_device(const struct survey *survey, struct check_run *run,
				  const struct device *device)
{
	enum altmap_fault fault = device_altmap_fault(&survey->target->kernel, device);
	char label[HUGE_LABEL_MAX];

	if (fault || end_is_wrong(device)) {
		run->checked++;
		return fault ? member_report(run, device, fault) : end_report(run, device);
	}
	struct altmap_walk walk = walk_device(survey, device);

	if (walk.blind) {
		run->not_checked++;
		return check_reason(run, "some of its vmemmap is not mapped, or its page tables "
					 "cannot be read");
	}
	run->checked++;
	if (walk.outside) {
		finding_sign(run, "altmap-outside");
		return finding_add(
			run, SEVERITY_ERROR,
			vmemmap_first_pfn(&survey->target->kernel, walk.outside_first),
			walk.outside_first, 1,
			"%" PRIu64 " vmemmap page%s of %s %s in %s of the device outside the "
			"part set aside for the memmap (pfn 0x%" PRIx64 " to 0x%" PRIx64
			"): its users own that part",
			walk.outside, plural(walk.outside), device_label(device, label),
			verb_be(walk.outside), walk.outside == 1 ? "a frame" : "frames",
			device->altmap_base + device->altmap_reserve,
			device->altmap_base + device->altmap_reserve + device->altmap_free - 1);
	}
	/* One altmap serves all ranges of a dev_pagemap. */
	if (walk.inside == device->altmap_alloc || device->range_count > 1)
		return NULL;
	finding_sign(run, "altmap-outside");
	return finding_add_plain(run, SEVERITY_WARNING,
				 "%s counts %" PRIu64
				 " page%s of its own as taken for its memmap, and %" PRIu64 " "
				 "%s behind it",
				 device_label(device, label), device->altmap_alloc,
				 plural(device->altmap_alloc), walk.inside, verb_be(walk.inside));
}

static struct error *not_read(struct check_run *run, const struct device *device)
{
	run->not_checked++;
	return check_reason(run, "a device's dev_pagemap %s",
			    device->claims.refuted ? "is overwritten" : "cannot be read");
}

static struct error *run_dax_altmap(const struct survey *survey, struct check_run *run)
{
	enum layout_id lacking = altmap_lacks(&survey->target->layout);
	const struct devices *devices = survey->devices;
	struct error *err = NULL;

	run->unit = "devices";
	for (size_t i = 0; !err && i < devices->count; i++) {
		const struct device *device = &devices->list[i];

		bool own = device->altmap_known ? device->altmap : device->memmap == MEMMAP_DEVICE;

		if (own && lacking != LAYOUT_COUNT)
			err = types_lack(run, 1, lacking);
		else if (own && device->altmap_known)
			err = check_device(survey, run, device);
		else if (own)
			err = not_read(run, device);
	}
	if (!err)
		err = devices_not_counted(survey, run);
	return err;
}

const struct check check_dax_altmap = {
	.id = "dax-altmap",
	.title = "a memmap in the device lies where the device set memory aside for it",
	.rationale =
		"With map=dev the struct pages of a device live in the device, in a part that its "
		"users are not given. Struct pages outside it are overwritten by whoever uses the "
		"device; a count that differs from what is mapped is left by an error path that freed "
		"the wrong pages.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, altmap_alloc_block_buf(); "
		 "include/linux/memremap.h, struct vmem_altmap",
	.severity = SEVERITY_ERROR,
	.run = run_dax_altmap,
};
