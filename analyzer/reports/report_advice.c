// SPDX-License-Identifier: LGPL-2.1-or-later
/* What an operator could do to save more: a sentence each. */
#include "analyzer/reports/report_parts.h"
#include "include/plural.h"

#include <inttypes.h>

static uint64_t blocked_pages(const struct savings *savings, enum blocker blocker)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < savings->pool_count; i++)
		pages += savings->pools[i].blocked[blocker];
	return pages;
}

static const char *blocked_saving(const struct savings *savings, enum blocker blocker, char buf[32])
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < savings->pool_count; i++)
		bytes += savings->pools[i].blocked_bytes[blocker];
	return bytes_text((int64_t)bytes, buf, 32);
}

static void advise_switch(struct document_node *list, const struct analysis *analysis)
{
	uint64_t pages = blocked_pages(&analysis->savings, BLOCKER_OFF);
	char saved[32];

	if (pages)
		document_string(
			list, NULL, NULL,
			"Switch the optimisation on (sysctl vm.hugetlb_optimize_vmemmap=1) and "
			"allocate the %" PRIu64 " huge page%s again: saves %s.",
			pages, plural(pages),
			blocked_saving(&analysis->savings, BLOCKER_OFF, saved));
}

static void advise_boot(struct document_node *list, const struct analysis *analysis)
{
	uint64_t pages = blocked_pages(&analysis->savings, BLOCKER_OFF_AT_BOOT);
	char saved[32];

	if (pages)
		document_string(
			list, NULL, NULL,
			"Boot with hugetlb_free_vmemmap=on, as this kernel has no sysctl for "
			"it; the %" PRIu64 " huge page%s allocated then save%s %s.",
			pages, plural(pages), verb_s(pages),
			blocked_saving(&analysis->savings, BLOCKER_OFF_AT_BOOT, saved));
}

static void advise_again(struct document_node *list, const struct analysis *analysis)
{
	uint64_t pages = blocked_pages(&analysis->savings, BLOCKER_WAS_OFF);
	char saved[32];

	if (pages)
		document_string(list, NULL, NULL,
				"Free %" PRIu64
				" huge page%s allocated while the optimisation was off, or "
				"memory short, and allocate %s again: saves %s.",
				pages, plural(pages), pages == 1 ? "it" : "them",
				blocked_saving(&analysis->savings, BLOCKER_WAS_OFF, saved));
}

static void advise_realign(struct document_node *list, const struct analysis *analysis)
{
	const struct devices *devices = &analysis->devices;
	char saved[32], size[32];

	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->list[i];
		uint64_t pages = device_could_save(&analysis->survey, device, &device->whole);

		if (!device->order_known || device->order > 0 || pages == 0)
			continue;
		document_string(list, NULL, NULL,
				"Give %s an alignment of %s (daxctl, ndctl): saves %s.",
				device->name[0] ? device->name : "the device without a name",
				bytes_text((int64_t)1 << analysis->target.paging.level[1].shift,
					   size, sizeof(size)),
				bytes_text((int64_t)(pages * analysis->target.kernel.page_size),
					   saved, sizeof(saved)));
	}
}

/* Pages that nothing prevents from sharing are no operator's fault: no advice. */
void report_add_advice(struct document_node *savings, const struct analysis *analysis)
{
	/* Without the pools' pages nobody knows what would help. */
	if (analysis->quick) {
		document_null(savings, "advice", NULL);
		document_string(savings, NULL, "What could be done", "not looked at");
		return;
	}
	struct document_node *list = document_array(savings, "advice", "What could be done");

	advise_switch(list, analysis);
	advise_boot(list, analysis);
	advise_again(list, analysis);
	advise_realign(list, analysis);
}
