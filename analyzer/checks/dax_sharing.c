// SPDX-License-Identifier: LGPL-2.1-or-later
/* Device pages that are not optimised have a reason. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"
#include "include/plural.h"

/* Half of a device shared is no state that a kernel leaves behind. */
static struct error *check_device(const struct target *target, struct check_run *run,
				  const struct device *device)
{
	const struct device_tally *tally = &device->whole;
	uint64_t untold = tally->blocked[DEVICE_BLOCKER_UNTOLD];
	bool mixed = tally->optimized > 0;
	char label[HUGE_LABEL_MAX];

	if (device_is_untold(device))
		return device_not_told(target, device, run);
	run->checked += tally->compound_pages - tally->unknown;
	run->not_checked += tally->unknown;
	if (!untold)
		return NULL;
	return finding_add_plain(
		run, mixed ? SEVERITY_WARNING : SEVERITY_NOTE,
		"%" PRIu64 " of %" PRIu64
		" compound pages of %s%s share%s nothing, and nothing that is known "
		"prevents it%s",
		untold, tally->compound_pages, device_label(device, label),
		tally->compound_pages > device->data.compound_pages ? " and its own metadata" : "",
		verb_s(untold), mixed ? "; the others do" : "");
}

static struct error *run_dax_sharing(const struct survey *survey, struct check_run *run)
{
	const struct devices *devices = survey->devices;
	struct error *err = NULL;

	run->unit = "compound pages";
	for (size_t i = 0; !err && i < devices->count; i++)
		err = check_device(survey->target, run, &devices->list[i]);
	if (!err)
		err = devices_not_seen(survey, run);
	if (!err && run->not_checked)
		err = check_reason(run, "page tables, or the frame to expect, cannot be read");
	return err;
}

const struct check check_dax_sharing = {
	.id = "dax-sharing",
	.title = "device pages that are not optimised have a known reason",
	.rationale =
		"Every compound page of device DAX shares its tails from v5.19 on, unless the memmap "
		"lies in the device, is left over from boot, or fills too little. One that does not, "
		"without such a reason, wastes memory; in a device whose other pages do share, it "
		"points at memory that was added in a way the kernel does not know.",
	.basis = "Linux kernel include/linux/mm.h, vmemmap_can_optimize()",
	.severity = SEVERITY_WARNING,
	.run = run_dax_sharing,
};
