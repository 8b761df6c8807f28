// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a dev_pagemap says agrees with pgmap_array, resources, struct pages and page tables. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "include/array.h"
#include "include/plural.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	PGMAP_ALTMAP_VALID = 1,
	PGMAP_FLAGS = 0xf, /* kernels know one, and may learn others */
	TEXT_MAX = 160,
	TYPES_MAX = 16,
	SLOT_WORDS_MAX = 256,
};

struct member {
	const struct survey *survey;
	struct check_run *run;
	const struct device *device;
	char label[HUGE_LABEL_MAX];
};

#define contradicted(member, fmt, ...)                                                             \
	finding_add_plain((member)->run, SEVERITY_ERROR, "the dev_pagemap of %s says " fmt,        \
			  (member)->label, ##__VA_ARGS__)

/* --- one member each ------------------------------------------------------------ */

static uint64_t byte_of(const struct target *target, pfn_t pfn)
{
	return pfn << target->kernel.page_shift;
}

static struct error *check_nr_range(const struct member *member)
{
	const struct device *device = member->device;

	if (device->range_index || device->claims.nr_range == device->range_count ||
	    device->being_added)
		return NULL;
	return contradicted(member, "nr_range %" PRIu64 ", but pgmap_array has %u range%s of it",
			    device->claims.nr_range, device->range_count,
			    plural(device->range_count));
}

static struct error *check_range(const struct member *member)
{
	const struct device *device = member->device;
	const struct bytes_claimed *said = &device->claims.range;
	uint64_t first = byte_of(member->survey->target, device->start);
	uint64_t last = byte_of(member->survey->target, device->end) - 1;
	bool by_array = device->array_pages == device->end - device->start;

	/* Another device may have a part of what it says. */
	if (said->first == first && said->last == last)
		return NULL;
	return contradicted(
		member,
		"range 0x%" PRIx64 " to 0x%" PRIx64 ", but %s say 0x%" PRIx64 " to 0x%" PRIx64,
		said->first, said->last, by_array ? "pgmap_array and struct pages" : "struct pages",
		first, last);
}

/* "the struct pages, the page tables and dev_dax.align" */
static const char *witnesses(unsigned mask, char buf[TEXT_MAX])
{
	static const char *const names[] = { "the struct pages", "the page tables", "dev_dax.align",
					     "its type" };
	unsigned left = (unsigned)__builtin_popcount(mask);
	int used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < COUNT_OF(names); i++)
		if (mask >> i & 1) {
			const char *before = !used ? "" : left == 1 ? " and " : ", ";

			used += snprintf(buf + used, (size_t)(TEXT_MAX - used), "%s%s", before,
					 names[i]);
			left--;
		}
	return buf;
}

/*
 * Nothing else shows it, as where a memmap lies in the device: one of the two is wrong. Linux
 * kernel drivers/dax/device.c, dev_dax_probe(), makes the shift of the alignment.
 */
static struct error *check_align(const struct member *member)
{
	const struct device *device = member->device;
	uint64_t pages = device->align_bytes >> member->survey->target->kernel.page_shift;

	if (device->range_index || device->order_witnesses || device->kind != DEVICE_DAX ||
	    !pages || device->claims.shift >= 64 || pages == UINT64_C(1) << device->claims.shift ||
	    !layout_has(&member->survey->target->layout, LAYOUT_DEV_PAGEMAP_SHIFT))
		return NULL;
	return finding_add_plain(member->run, SEVERITY_WARNING,
				 "the dev_pagemap of %s says vmemmap_shift %" PRIu64
				 ", but dev_dax.align "
				 "is 0x%" PRIx64 "; nothing else shows which of them is wrong",
				 member->label, device->claims.shift, device->align_bytes);
}

static struct error *check_shift(const struct member *member)
{
	const struct device *device = member->device;
	unsigned mask = device->order_witnesses;
	char who[TEXT_MAX];

	if (device->range_index || !device->order_known || !mask ||
	    device->claims.shift == device->order ||
	    !layout_has(&member->survey->target->layout, LAYOUT_DEV_PAGEMAP_SHIFT))
		return NULL;
	return contradicted(member, "vmemmap_shift %" PRIu64 ", but %s say%s %u (pages of %s)",
			    device->claims.shift, witnesses(mask, who),
			    __builtin_popcount(mask) == 1 && mask != ORDER_BY_PAGES &&
					    mask != ORDER_BY_TABLES
				    ? "s"
				    : "",
			    device->order, order_size(device->order, member->survey->target));
}

static struct error *check_altmap(const struct member *member)
{
	const struct device *device = member->device;
	bool said = device->claims.flags & PGMAP_ALTMAP_VALID;

	if (!device->altmap_known || device->range_count > 1)
		return NULL;
	if (!said && device->memmap == MEMMAP_DEVICE)
		return contradicted(member,
				    "in its flags (0x%" PRIx64
				    ") that there is no altmap, but the page "
				    "tables show its memmap in the device",
				    device->claims.flags);
	if (said && !device->altmap)
		return contradicted(member,
				    "in its flags (0x%" PRIx64
				    ", PGMAP_ALTMAP_VALID) that its memmap is "
				    "in the device, but the page tables show it in RAM",
				    device->claims.flags);
	return NULL;
}

static struct error *check_flags(const struct member *member)
{
	const struct device *device = member->device;

	if (device->range_index || !device->altmap_known ||
	    !(device->claims.flags & ~(uint64_t)PGMAP_FLAGS))
		return NULL;
	return contradicted(member, "flags 0x%" PRIx64 ", and no kernel has 0x%" PRIx64 " of these",
			    device->claims.flags, device->claims.flags & ~(uint64_t)PGMAP_FLAGS);
}

static struct error *check_type(const struct member *member)
{
	const struct device *device = member->device;

	if (device->range_index || !device->type_known)
		return NULL;
	if (device->type_refuted)
		return contradicted(member,
				    "type %" PRIu64
				    ", which has no compound pages, but its vmemmap_shift "
				    "and struct pages make it device DAX",
				    device->claims.type);
	if (device->claims.type == 0 || device->claims.type > TYPES_MAX)
		return contradicted(member, "type %" PRIu64 ", which is none", device->claims.type);
	return NULL;
}

/* --- devices ----------------------------------------------------------------------- */

/* What of pgmap_array is about it is in the dump. */
static bool array_was_read(const struct survey *survey, const struct device *device)
{
	return !survey->devices->array_lost || device->kind == DEVICE_SYSTEM_RAM ||
	       device->array_pages >= device->end - device->start;
}

static struct error *not_in_array(const struct survey *survey, struct check_run *run)
{
	const char *why = survey->devices->pgmaps_missing;

	run->not_checked++;
	return check_reason(run, "what pgmap_array has of a device is not known: %s",
			    why ? why : "it cannot be read");
}

/* Nothing but a lost resource can show which part of the range is its own. */
static bool resource_was_read(const struct survey *survey, const struct device *device)
{
	return !survey->devices->resources_lost || device->data_known ||
	       !device_has_compounds(device);
}

static struct error *not_in_tree(const struct survey *survey, struct check_run *run,
				 const struct member *member)
{
	run->not_checked++;
	return check_reason(run, "what part of %s is for its own metadata is not known: %s",
			    member->label, survey->devices->resources_missing);
}

static struct error *check_device(const struct survey *survey, struct check_run *run,
				  const struct device *device)
{
	static struct error *(*const checks[])(const struct member *member) = {
		check_nr_range, check_range, check_shift, check_align,
		check_altmap,	check_type,  check_flags,
	};
	struct member member = { .survey = survey, .run = run, .device = device };
	struct error *err = NULL;

	device_label(device, member.label);
	if (!array_was_read(survey, device))
		err = not_in_array(survey, run);
	else if (!resource_was_read(survey, device))
		err = not_in_tree(survey, run, &member);
	else
		run->checked++;
	for (size_t i = 0; !err && i < COUNT_OF(checks); i++)
		err = checks[i](&member);
	return err;
}

/* "the dev_pagemap of dax0.0"; into @buf. */
static const char *pgmap_words(const struct devices *devices, vaddr_t pgmap,
			       char buf[HUGE_LABEL_MAX])
{
	char label[HUGE_LABEL_MAX];

	for (size_t i = 0; i < devices->count; i++)
		if (devices->list[i].pgmap == pgmap) {
			device_label(&devices->list[i], label);
			snprintf(buf, HUGE_LABEL_MAX, "the dev_pagemap of %.40s", label);
			return buf;
		}
	return "which is no known dev_pagemap";
}

/* What a slot holds, and who says otherwise; into @buf. */
static void slot_words(const struct devices *devices, char buf[SLOT_WORDS_MAX])
{
	const struct array_fault *fault = &devices->array_fault;
	const struct device *device = devices_find(devices, fault->start);
	char label[HUGE_LABEL_MAX] = "no device";

	if (device)
		device_label(device, label);
	switch (fault->kind) {
	case ARRAY_NO_NODE:
		snprintf(buf, SLOT_WORDS_MAX,
			 "holds 0x%" PRIx64
			 ", %s: xa_head has to lead to a node, and this stands for pfn "
			 "0 alone",
			 fault->entry, pgmap_words(devices, fault->entry, label));
		break;
	case ARRAY_EMPTIED:
		snprintf(buf, SLOT_WORDS_MAX,
			 "is NULL, but slots beside it refer to it, and struct pages show %s there",
			 label);
		break;
	case ARRAY_MISLED:
		snprintf(buf, SLOT_WORDS_MAX,
			 "leads to the dev_pagemap at 0x%" PRIx64 ", but that at 0x%" PRIx64
			 " has these pfns%s: "
			 "they are of %s",
			 fault->entry, fault->owner,
			 fault->named ? ", and struct pages name it" : "", label);
		break;
	case ARRAY_GARBAGE:
	case ARRAY_SOUND:
		snprintf(buf, SLOT_WORDS_MAX,
			 "holds 0x%" PRIx64 ", which leads neither to a dev_pagemap nor to a node",
			 fault->entry);
		break;
	}
}

/* A slot whose device is gone is being cleared: its siblings come after it. */
static bool slot_is_wrong(const struct devices *devices)
{
	const struct array_fault *fault = &devices->array_fault;

	return devices->array_faults &&
	       (fault->kind != ARRAY_EMPTIED || devices_find(devices, fault->start));
}

static struct error *slot_report(const struct devices *devices, struct check_run *run)
{
	const struct array_fault *fault = &devices->array_fault;
	char words[SLOT_WORDS_MAX], others[64] = "";
	uint64_t others_wrong = devices->array_faults - 1;

	slot_words(devices, words);
	if (devices->array_faults > 1)
		snprintf(others, sizeof(others), "; %" PRIu64 " other slot%s %s wrong, too",
			 others_wrong, plural(others_wrong), verb_be(others_wrong));
	return finding_add_plain(run, SEVERITY_ERROR,
				 "pgmap_array: the slot at 0x%" PRIx64 ", for pfn 0x%" PRIx64
				 " to 0x%" PRIx64 ", %s%s",
				 fault->slot, fault->start, fault->end - 1, words, others);
}

/* Device memory that pgmap_array does not lead to: one finding, as there is one array. */
static struct error *check_array(const struct survey *survey, struct check_run *run)
{
	const struct devices *devices = survey->devices;
	const struct device *first = NULL;
	uint64_t kept = 0, lacking = 0;
	char label[HUGE_LABEL_MAX];

	if (slot_is_wrong(devices))
		return slot_report(devices, run);
	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->list[i];

		kept += device->array_pages;
		lacking += device->array_gap != 0;
		first = !first && device->array_gap ? device : first;
	}
	if (!lacking)
		return NULL;
	if (!kept)
		return finding_add_plain(run, SEVERITY_ERROR,
					 "pgmap_array is empty, but sections and struct pages show "
					 "%" PRIu64 " range%s of device memory (the first is %s)",
					 lacking, plural(lacking), device_label(first, label));
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"pgmap_array lacks (a part of) %" PRIu64 " range%s of device memory that "
		"sections and struct pages show: from pfn 0x%" PRIx64 " on, of %s",
		lacking, plural(lacking), first->array_gap, device_label(first, label));
}

/* --- dev_pagemaps that are of no device ---------------------------------------------- */

/* Another range of the same one was reported. */
static bool is_another_range(const struct devices *devices, const struct device *device)
{
	for (const struct device *before = devices->list; before < device; before++)
		if (before->claims.refuted && before->pgmap == device->pgmap)
			return true;
	return false;
}

/* "pgmap_array, sections and struct pages" */
static const char *who_shows(const struct device *device)
{
	bool array = device->source == DEVICE_FROM_XARRAY;

	if (!device->claims.pages_seen)
		return array ? "pgmap_array and sections" : "sections";
	return array ? "pgmap_array, sections and struct pages" : "sections and struct pages";
}

/* Where all that was read is one byte, again and again: who wrote it may be known by that. */
static const char *fill_words(const struct pgmap_claims *claims, char buf[TEXT_MAX])
{
	uint64_t byte = claims->range.first & 0xff, all = byte * 0x0101010101010101;

	buf[0] = '\0';
	if (claims->range.first == all && claims->range.last == all &&
	    claims->nr_range == (uint32_t)all && claims->type == (uint32_t)all)
		snprintf(buf, TEXT_MAX, ": each byte of these is 0x%02" PRIx64, byte);
	return buf;
}

static struct error *refuted_report(const struct devices *devices, struct check_run *run,
				    const struct device *device)
{
	const struct pgmap_claims *claims = &device->claims;
	char label[HUGE_LABEL_MAX], fill[TEXT_MAX];

	run->checked++;
	if (is_another_range(devices, device))
		return NULL;
	return finding_add_plain(run, SEVERITY_ERROR,
				 "the dev_pagemap of %s, at 0x%" PRIx64
				 ", is overwritten: it says nr_range %" PRIu64 ", type %" PRIu64 " "
				 "and range 0x%" PRIx64 " to 0x%" PRIx64
				 "%s, but %s show the device at pfn 0x%" PRIx64 " to 0x%" PRIx64,
				 device_label(device, label), device->pgmap, claims->nr_range,
				 claims->type, claims->range.first, claims->range.last,
				 fill_words(claims, fill), who_shows(device), device->start,
				 device->end - 1);
}

static struct error *unread_count(const struct survey *survey, struct check_run *run)
{
	enum layout_id lacking = pgmap_lacks(&survey->target->layout);

	if (lacking != LAYOUT_COUNT)
		return types_lack(run, 1, lacking);
	run->not_checked++;
	return check_reason(run, "a device's dev_pagemap cannot be read");
}

static struct error *run_dax_pgmap(const struct survey *survey, struct check_run *run)
{
	const struct devices *devices = survey->devices;
	struct error *err = check_array(survey, run);

	run->unit = "devices";
	if (!err)
		err = devices_not_counted(survey, run);
	for (size_t i = 0; !err && i < devices->count; i++) {
		const struct device *device = &devices->list[i];

		if (device->claims.read)
			err = check_device(survey, run, device);
		else if (device->claims.refuted)
			err = refuted_report(devices, run, device);
		else if (device->kind != DEVICE_SYSTEM_RAM)
			err = unread_count(survey, run);
	}
	return err;
}

const struct check check_dax_pgmap = {
	.id = "dax-pgmap",
	.title = "what a dev_pagemap says agrees with pgmap_array, struct pages and page tables",
	.rationale =
		"A struct dev_pagemap says where device memory is, of what kind, how large its compound "
		"pages are, and whether its memmap lies in it. The kernel takes the device apart by "
		"that: with an overwritten member it frees frames that are not its own, or only a part "
		"of them. What others say of the same is the device's rule for all other checks here.",
	.basis = "Linux kernel mm/memremap.c, memremap_pages(), pageunmap_range(); "
		 "include/linux/memremap.h, struct dev_pagemap",
	.severity = SEVERITY_ERROR,
	.run = run_dax_pgmap,
};
