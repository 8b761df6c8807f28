// SPDX-License-Identifier: LGPL-2.1-or-later
/* Looks addresses up: the vmemmap first, then what memory they are of. */
#include "analyzer/crash/crash_place.h"

#include <string.h>
#include <strings.h>

#include "analyzer/devices/device.h"
#include "analyzer/oops/crash_event.h"
#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/error.h"

const char *crash_space_id(enum crash_space space)
{
	static const char *const ids[] = {
		[SPACE_UNKNOWN] = "unknown",
		[SPACE_NULL] = "null",
		[SPACE_USER] = "user",
		[SPACE_VMEMMAP] = "vmemmap",
		[SPACE_VMEMMAP_FRAME] = "vmemmap-frame",
		[SPACE_VMEMMAP_TABLE] = "vmemmap-table",
		[SPACE_HUGE_DATA] = "huge-page-data",
		[SPACE_MEMORY] = "memory",
		[SPACE_UNMAPPED] = "unmapped",
	};

	return ids[space];
}

/* --- a member of struct page ------------------------------------------------------- */

/* Later rows win: in a tail the link to its head lies where others have list pointers. */
static const struct {
	enum layout_id id;
	unsigned bytes;
	const char *name;
	bool only_head, only_tail;
} members[] = {
	{ LAYOUT_PAGE_LRU, 16, "lru", true, false },
	{ LAYOUT_PAGE_FLAGS, 8, "flags", false, false },
	{ LAYOUT_PAGE_MAPPING, 8, "mapping", false, false },
	{ LAYOUT_PAGE_PRIVATE, 8, "private", false, false },
	{ LAYOUT_PAGE_TYPE, 4, "page_type", false, false },
	{ LAYOUT_PAGE_MAPCOUNT, 4, "_mapcount", false, false },
	{ LAYOUT_PAGE_REFCOUNT, 4, "_refcount", false, false },
	{ LAYOUT_PAGE_COMPOUND_HEAD, 8, "compound_head", false, true },
	{ LAYOUT_PAGE_COMPOUND_INFO, 8, "compound_info", false, true },
};

static const char *member_at(const struct layout *layout, unsigned byte, bool is_tail)
{
	const char *name = NULL;

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		if (!layout_has(layout, members[i].id) || (members[i].only_tail && !is_tail) ||
		    (members[i].only_head && is_tail))
			continue;
		uint64_t at = layout_get(layout, members[i].id);
		if (byte >= at && byte < at + members[i].bytes)
			name = members[i].name;
	}
	return name;
}

/* --- what a check has found there ---------------------------------------------------- */

static bool is_about(const struct survey *survey, const struct finding *finding,
		     const struct crash_place *place)
{
	pfn_t frame;

	if (finding->severity != SEVERITY_ERROR || !finding->has_vmemmap)
		return false;
	if (place->index >= finding->index && place->index - finding->index < finding->count)
		return true;
	return finding->check->of_frames && place->has_frame &&
	       vmemmap_frame_at(survey->map, finding->index, &frame) && frame == place->frame;
}

static const struct finding *finding_at(const struct survey *survey,
					const struct crash_place *place)
{
	const struct check_results *checks = survey->checks;

	for (size_t i = 0; i < checks->run_count; i++)
		for (size_t k = 0; k < checks->runs[i].finding_count; k++)
			if (is_about(survey, &checks->runs[i].findings[k], place))
				return &checks->runs[i].findings[k];
	return NULL;
}

/* --- whose it is ----------------------------------------------------------------------- */

static void owner_find(const struct survey *survey, struct crash_place *place)
{
	place->has_huge = huge_pages_find(&survey->inventory->pages, place->pfn, &place->huge);
	if (place->has_huge)
		return;
	place->device = devices_find(survey->devices, place->pfn);
	place->has_huge =
		place->device && device_compound(survey, place->device, place->pfn, &place->huge);
}

static struct error *mapping_find(const struct survey *survey, struct crash_place *place)
{
	const struct target *target = survey->target;
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, target->arch, &target->paging, target->memory);

	if (!err)
		err = pgwalk_at(&walk, vmemmap_address(&target->kernel, place->index),
				&place->mapping);
	pgwalk_deinit(&walk);
	place->has_mapping = !err;
	return err;
}

/* As the scheme has it: who writes there is at fault. */
static void rule_find(const struct survey *survey, struct crash_place *place)
{
	if (!place->has_huge)
		return;
	const struct scheme *scheme = huge_page_scheme(survey, &place->huge);
	place->is_shared = huge_entry_verdict(survey, &place->huge, &place->huge.mapping,
					      place->index) == VERDICT_TARGET;
	place->is_readonly_by_rule = place->is_shared && survey->target->arch->has_readonly_tails &&
				     scheme->permission != PERMISSION_WRITABLE;
}

/* @place has its pfn: everything else of its struct page. */
static struct error *struct_page_find(const struct survey *survey, struct crash_place *place)
{
	const struct target *target = survey->target;

	place->space = SPACE_VMEMMAP;
	place->index = vmemmap_index_of(&target->kernel, place->pfn);
	place->is_valid = kernel_pfn_valid(&target->kernel, place->pfn);
	struct error *err = mapping_find(survey, place);
	if (!err && place->is_valid)
		owner_find(survey, place);
	if (place->is_address)
		place->field = member_at(&target->layout, place->byte,
					 place->has_huge && place->huge.pfn != place->pfn);
	if (err || !place->is_valid)
		return err;
	place->has_frame = vmemmap_frame_at(survey->map, place->index, &place->frame);
	rule_find(survey, place);
	place->finding = finding_at(survey, place);
	return NULL;
}

struct error *crash_place_of_pfn(const struct survey *survey, pfn_t pfn, struct crash_place *ret)
{
	*ret = (struct crash_place){ .has_pfn = true, .pfn = pfn };
	if (pfn > UINT64_MAX >> survey->target->kernel.page_shift)
		return NULL;
	ret->address = kernel_struct_page(&survey->target->kernel, pfn);
	return struct_page_find(survey, ret);
}

/* --- which memory it is ------------------------------------------------------------------ */

static struct error *memory_find(const struct survey *survey, paddr_t addr,
				 struct crash_place *place)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t index, count;
	size_t cursor = 0;

	place->has_pfn = true;
	place->pfn = addr >> kernel->page_shift;
	place->is_valid = kernel_pfn_valid(kernel, place->pfn);
	place->space = SPACE_MEMORY;
	if (walked_tables_in(&survey->map->tables, addr, addr + 1)) {
		place->space = SPACE_VMEMMAP_TABLE;
		return NULL;
	}
	if (vmemmap_users_next(survey->map, place->pfn, &cursor, &index, &count)) {
		place->space = SPACE_VMEMMAP_FRAME;
		place->index = index;
		place->has_frame = true;
		place->frame = place->pfn;
		place->finding = finding_at(survey, place);
		return NULL;
	}
	owner_find(survey, place);
	if (place->has_huge)
		place->space = SPACE_HUGE_DATA;
	return NULL;
}

static bool is_of_programs(const struct target *target, uint64_t address)
{
	return !target->arch->kernel_is_low && !target->paging.has_low_kernel && !(address >> 63);
}

struct error *crash_place_of_address(const struct survey *survey, uint64_t address,
				     struct crash_place *ret)
{
	const struct target *target = survey->target;
	const struct kernel *kernel = &target->kernel;
	enum memory_state state = MEMORY_ABSENT;
	paddr_t addr = 0;

	*ret = (struct crash_place){ .address = address };
	if (address < kernel->page_size) {
		ret->space = SPACE_NULL;
		return NULL;
	}
	if (is_of_programs(target, address)) {
		ret->space = SPACE_USER;
		return NULL;
	}
	if (target_has_vmemmap_at(target, address)) {
		ret->has_pfn = ret->is_address = true;
		ret->pfn = (address - kernel->vmemmap) / kernel->struct_page_size;
		ret->byte = (unsigned)((address - kernel->vmemmap) % kernel->struct_page_size);
		return struct_page_find(survey, ret);
	}
	struct error *err = kmem_translate(target->kmem, address, &addr, &state);
	if (err)
		return err;
	ret->space = SPACE_UNMAPPED;
	return state == MEMORY_PRESENT ? memory_find(survey, addr, ret) : NULL;
}

/* --- the entry that the kernel printed ----------------------------------------------------- */

static unsigned level_by_name(const struct paging *paging, const char *name, bool *found_ret)
{
	for (unsigned level = 0; level < paging->levels; level++)
		if (strcasecmp(paging_level_name(paging, level), name) == 0) {
			*found_ret = true;
			return level;
		}
	*found_ret = false;
	return 0;
}

static bool printed_at(const struct survey *survey, const struct crash_event *event, unsigned level,
		       struct entry *ret)
{
	const struct target *target = survey->target;
	bool found;

	for (unsigned i = 0; i < event->entry_count; i++)
		if (level_by_name(&target->paging, event->entries[i].level, &found) == level &&
		    found) {
			*ret = target->arch->entry_decode(&target->paging, level,
							  event->entries[i].raw);
			return true;
		}
	return false;
}

bool crash_entry_printed(const struct survey *survey, const struct crash_event *event,
			 struct entry *ret)
{
	const struct target *target = survey->target;
	bool found;

	if (!event->entry_count)
		return false;
	const struct crash_entry *last = &event->entries[event->entry_count - 1];
	unsigned level = level_by_name(&target->paging, last->level, &found);
	if (found)
		*ret = target->arch->entry_decode(&target->paging, level, last->raw);
	return found;
}

/* Marks that the processor sets are not compared. */
enum entry_compared crash_entry_compare(const struct survey *survey,
					const struct crash_event *event,
					const struct crash_place *place)
{
	const struct target *target = survey->target;
	struct entry then, now;

	if (!place->has_mapping || place->mapping.state == MAPPING_UNREADABLE ||
	    !printed_at(survey, event, place->mapping.level, &then))
		return ENTRY_NOT_PRINTED;
	now = target->arch->entry_decode(&target->paging, place->mapping.level, place->mapping.raw);
	return then.kind == now.kind && then.addr == now.addr && then.writable == now.writable
		       ? ENTRY_SAME
		       : ENTRY_CHANGED;
}
