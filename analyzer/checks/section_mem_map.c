// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every memory section in use is present, and names the same vmemmap. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"

#include <inttypes.h>
#include <stdio.h>

enum { WORDS_MAX = 256 };

/* Sections of which the same is wrong, with none between them that is right. */
struct group {
	const struct section *first, *last;
	uint64_t count;
	struct section_witness witness; /* of all of them */
};

/* --- words ----------------------------------------------------------------------- */

/* "section 40 (pfn 0x140000 to 0x147fff)", "8 sections from 0 to 9 (...)"; into @buf. */
static const char *group_words(const struct kernel *kernel, const struct group *group,
			       char buf[WORDS_MAX])
{
	uint64_t nr = group->first->nr, last = group->last->nr;
	pfn_t start = nr * kernel->pages_per_section;
	pfn_t end = (last + 1) * kernel->pages_per_section - 1;

	if (group->count == 1)
		snprintf(buf, WORDS_MAX, "section %" PRIu64 " (pfn 0x%" PRIx64 " to 0x%" PRIx64 ")",
			 nr, start, end);
	else
		snprintf(buf, WORDS_MAX,
			 "%" PRIu64 " sections from %" PRIu64 " to %" PRIu64 " (pfn 0x%" PRIx64
			 " to 0x%" PRIx64 ")",
			 group->count, nr, last, start, end);
	return buf;
}

static uint64_t root_of(const struct target *target, uint64_t nr)
{
	return nr / (target->kernel.page_size / layout_get(&target->layout, LAYOUT_SECTION_SIZE));
}

/* What of mem_section is wrong; into @buf. */
static const char *fault_words(const struct target *target, const struct group *group,
			       char buf[WORDS_MAX])
{
	const struct section *first = group->first;
	const char *its = group->count == 1 ? "its" : "the first one's";
	uint64_t root = root_of(target, first->nr);

	switch (first->fault) {
	case SECTION_NO_ROOT:
		snprintf(buf, WORDS_MAX,
			 "mem_section[%" PRIu64 "], the pointer to their array, is NULL", root);
		break;
	case SECTION_ROOT_ASTRAY:
		snprintf(buf, WORDS_MAX,
			 "mem_section[%" PRIu64 "], the pointer to their array, leads to no memory",
			 root);
		break;
	case SECTION_WITHOUT_MAP:
		snprintf(buf, WORDS_MAX,
			 "%s section_mem_map 0x%" PRIx64 " lacks SECTION_HAS_MEM_MAP", its,
			 first->map);
		break;
	case SECTION_GARBLED:
		snprintf(buf, WORDS_MAX,
			 "%s section_mem_map 0x%" PRIx64 " puts the vmemmap at 0x%" PRIx64
			 ", it is at 0x%" PRIx64,
			 its, first->map, first->map & target->kernel.section_map_mask,
			 target->kernel.vmemmap);
		break;
	case SECTION_HIDDEN:
		snprintf(buf, WORDS_MAX,
			 "__highest_present_section_nr is %" PRIu64 ", but mem_section has more",
			 target->kernel.section_highest);
		break;
	case SECTION_NOT_ONLINE:
		snprintf(buf, WORDS_MAX, "%s section_mem_map 0x%" PRIx64 " lacks SECTION_IS_ONLINE",
			 its, first->map);
		break;
	case SECTION_NOT_TAINTED:
		snprintf(buf, WORDS_MAX,
			 "%s section_mem_map 0x%" PRIx64 " marks memory that is online, and lacks "
			 "SECTION_TAINT_ZONE_DEVICE",
			 its, first->map);
		break;
	case SECTION_NOT_EARLY:
		snprintf(buf, WORDS_MAX, "%s section_mem_map 0x%" PRIx64 " lacks SECTION_IS_EARLY",
			 its, first->map);
		break;
	case SECTION_NOT_OF_BOOT:
		snprintf(buf, WORDS_MAX, "%s section_mem_map 0x%" PRIx64 " has SECTION_IS_EARLY",
			 its, first->map);
		break;
	case SECTION_NOT_PRESENT:
	case SECTION_SOUND:
		snprintf(buf, WORDS_MAX,
			 "%s section_mem_map 0x%" PRIx64 " lacks SECTION_MARKED_PRESENT", its,
			 first->map);
		break;
	}
	return buf;
}

/* What comes of it. */
static const char *effect_words(const struct group *group)
{
	switch (group->first->fault) {
	case SECTION_NOT_ONLINE:
		return "pfn_to_online_page() denies memory in use";
	case SECTION_NOT_TAINTED:
		return "pfn_to_online_page() takes device memory for ordinary memory";
	case SECTION_NOT_EARLY:
		return "Removing this memory would free what boot allocated";
	case SECTION_NOT_OF_BOOT:
		return "pfn_valid() takes all of it for memory that there is";
	default:
		return group->first->has_mem_map ? "pfn_valid() denies memory in use"
						 : "No page table maps struct pages there";
	}
}

/* What is behind struct pages contradicts what a section says of its origin. */
static void origin_words(const struct group *group, char buf[WORDS_MAX])
{
	const struct section_witness *witness = &group->witness;

	if (group->first->fault == SECTION_NOT_EARLY)
		snprintf(buf, WORDS_MAX,
			 ". But %u of the %u frames looked at behind %s struct pages are reserved, "
			 "as only those from boot are",
			 witness->from_boot, witness->frames, group->count == 1 ? "its" : "their");
	else
		snprintf(buf, WORDS_MAX,
			 ". But it is of a device, and none of the %u frames looked at behind %s "
			 "struct pages is from boot",
			 witness->frames, group->count == 1 ? "its" : "their");
}

static bool is_of_origin(const struct group *group)
{
	return group->first->fault == SECTION_NOT_EARLY ||
	       group->first->fault == SECTION_NOT_OF_BOOT;
}

/* Who contradicts: nobody need to, if mem_section contradicts itself. */
static struct error *witness_words(const struct survey *survey, const struct group *group,
				   char buf[WORDS_MAX])
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct section_witness *witness = &group->witness;
	enum memory_state state;
	uint64_t flags;

	buf[0] = '\0';
	if (is_of_origin(group))
		origin_words(group, buf);
	if (is_of_origin(group) || !witness->in_use)
		return NULL;
	struct error *err = vmemmap_read_u64(kernel, survey->map, survey->target->memory,
					     witness->pfn, kernel->page.flags.at, &flags, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	const struct zone_info *zone =
		kernel_zone(kernel, page_flags_node(kernel, flags), page_flags_zone(kernel, flags));

	snprintf(
		buf, WORDS_MAX,
		". But page tables map %s struct pages, and %u of the %u looked at are in use (the "
		"first: of pfn 0x%" PRIx64 ", in zone %s of node %u, which spans it)",
		group->count == 1 ? "its" : "their", witness->in_use, witness->looked, witness->pfn,
		zone ? zone->name : "without a name", page_flags_node(kernel, flags));
	return NULL;
}

/* --- findings -------------------------------------------------------------------- */

static struct error *group_report(const struct survey *survey, struct check_run *run,
				  const struct group *group)
{
	const struct kernel *kernel = &survey->target->kernel;
	char what[WORDS_MAX], fault[WORDS_MAX], witness[WORDS_MAX];
	struct error *err = witness_words(survey, group, witness);

	if (err)
		return err;
	return finding_add_pfn(run, SEVERITY_ERROR, group->first->nr * kernel->pages_per_section,
			       "%s: %s%s. %s", group_words(kernel, group, what),
			       fault_words(survey->target, group, fault), witness,
			       effect_words(group));
}

static void group_add(struct group *group, const struct section *section)
{
	if (!group->count)
		group->first = section;
	if (!group->witness.in_use)
		group->witness.pfn = section->witness.pfn;
	group->last = section;
	group->count++;
	group->witness.looked += section->witness.looked;
	group->witness.in_use += section->witness.in_use;
	group->witness.frames += section->witness.frames;
	group->witness.from_boot += section->witness.from_boot;
}

/* The same went wrong, in one array. @section is the one after the last of @group. */
static bool goes_on(const struct target *target, const struct group *group,
		    const struct section *section)
{
	for (const struct section *between = group->last + 1; between < section; between++)
		if (!between->inferred)
			return false;
	return group->first->fault == section->fault &&
	       (section->fault == SECTION_HIDDEN ||
		root_of(target, group->first->nr) == root_of(target, section->nr));
}

static struct error *faulty_check(const struct survey *survey, struct check_run *run)
{
	const struct kernel *kernel = &survey->target->kernel;
	struct group group = { 0 };
	struct error *err = NULL;

	for (size_t i = 0; !err && i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];

		if (section->fault == SECTION_SOUND)
			continue;
		if (group.count && !goes_on(survey->target, &group, section)) {
			err = group_report(survey, run, &group);
			group = (struct group){ 0 };
		}
		group_add(&group, section);
	}
	return err || !group.count ? err : group_report(survey, run, &group);
}

/* A pointer that leads nowhere, where no struct page shows which sections it had. */
static struct error *roots_check(const struct survey *survey, struct check_run *run)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct section_root *root = &kernel->root_astray;

	if (!kernel->roots_astray)
		return NULL;
	for (size_t i = 0; i < kernel->section_count; i++)
		if (kernel->sections[i].fault == SECTION_ROOT_ASTRAY)
			return NULL;
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"mem_section[%" PRIu64 "] 0x%" PRIx64 ", the pointer to the array of sections "
		"%" PRIu64 " to %" PRIu64 ", leads to no memory: pfn_valid() would crash there",
		root->nr, root->pointer, root->first, root->last);
}

static struct error *highest_check(const struct survey *survey, struct check_run *run)
{
	const struct kernel *kernel = &survey->target->kernel;

	if (!kernel->section_highest_absurd || kernel->sections_faulty)
		return NULL;
	return finding_add_plain(run, SEVERITY_ERROR,
				 "__highest_present_section_nr is %" PRIu64
				 ", but mem_section has no array "
				 "for a section of that number: there never was one",
				 kernel->section_highest);
}

static struct error *sound_check(const struct kernel *kernel, struct check_run *run,
				 const struct section *section)
{
	uint64_t base = section->map & kernel->section_map_mask;

	run->checked++;
	if (base == kernel->vmemmap)
		return NULL;
	return finding_add_plain(run, SEVERITY_ERROR,
				 "section %" PRIu64 ": section_mem_map 0x%" PRIx64
				 " puts the vmemmap at 0x%" PRIx64 ", it is at 0x%" PRIx64,
				 section->nr, section->map, base, kernel->vmemmap);
}

static struct error *run_section_mem_map(const struct survey *survey, struct check_run *run)
{
	const struct kernel *kernel = &survey->target->kernel;
	struct error *err = faulty_check(survey, run);

	run->unit = "sections";
	run->checked += kernel->sections_faulty;
	run->not_checked = kernel->sections_unreadable;
	if (!err)
		err = roots_check(survey, run);
	if (!err)
		err = highest_check(survey, run);
	for (size_t i = 0; !err && i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];

		if (section->fault != SECTION_SOUND)
			continue;
		run->not_checked += section->inferred;
		if (section->has_mem_map && !section->inferred)
			err = sound_check(kernel, run, section);
	}
	if (err || !run->not_checked)
		return err;
	return check_reason(run, "some mem_section tables cannot be read");
}

const struct check check_section_mem_map = {
	.id = "section-mem-map",
	.title = "every memory section names the same vmemmap",
	.rationale =
		"With SPARSEMEM_VMEMMAP a section's section_mem_map is the address of struct page 0, "
		"plus flag bits, for every section alike. One that differs was overwritten, or the "
		"types are of another kernel; pfn_to_page() and everything after it would be wrong. A "
		"section that mem_section denies was overwritten, too, if page tables map its struct "
		"pages and these are in use: free, compound or referenced, and of a zone that spans "
		"them. pfn_valid() denies its memory. Struct pages of memory that is just being added "
		"or removed are not in use. Whether a section is from boot the frames behind its "
		"struct pages tell: only what boot allocated is reserved.",
	.basis = "Linux kernel mm/sparse.c, sparse_encode_mem_map(), section_activate(), "
		 "section_deactivate()",
	.severity = SEVERITY_ERROR,
	.run = run_section_mem_map,
};
