// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's counters of memmap pages agree with the frames behind the vmemmap. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "include/array.h"
#include "include/plural.h"

#include <inttypes.h>
#include <stdio.h>

#include "analyzer/totals/memmap_count.h"

enum {
	/* 6.9 and 6.10: up to 125 a CPU not added yet, of node_stat_item; see mm/vmstat.c. */
	NODE_COUNTER_DRIFT = 4096,
	/* Bytes of struct page_ext and all that may follow it, where the kernel does not say. */
	PAGE_EXT_MAX = 256,
};

enum which { COUNTER_BUDDY, COUNTER_BOOT, COUNTERS };

static const struct {
	const char *name, *node_name, *from;
	enum layout_id symbol, node_item;
} counters[COUNTERS] = {
	[COUNTER_BUDDY] = { "nr_memmap_pages", "NR_MEMMAP", "the page allocator",
			    LAYOUT_SYM_NR_MEMMAP, LAYOUT_NR_MEMMAP },
	[COUNTER_BOOT] = { "nr_memmap_boot_pages", "NR_MEMMAP_BOOT", "boot memory",
			   LAYOUT_SYM_NR_MEMMAP_BOOT, LAYOUT_NR_MEMMAP_BOOT },
};

/* A counter, what it should say, and by how much it may differ. */
struct comparison {
	const char *name, *from;
	int64_t counted;
	uint64_t found;
	uint64_t unseen;	  /* either way: pages that are not mapped, or reported already */
	uint64_t below, above;	  /* beyond @unseen, legally */
	const char *reason_above; /* of @above */
};

/* --- reading ------------------------------------------------------------------- */

static bool has_symbols(const struct layout *layout)
{
	return layout_has(layout, LAYOUT_SYM_NR_MEMMAP) &&
	       layout_has(layout, LAYOUT_SYM_NR_MEMMAP_BOOT);
}

static bool has_node_items(const struct layout *layout)
{
	return layout_has(layout, LAYOUT_NR_MEMMAP) && layout_has(layout, LAYOUT_NR_MEMMAP_BOOT) &&
	       layout_has(layout, LAYOUT_PGDAT_VM_STAT);
}

static struct error *node_items_read(const struct target *target, struct kmem *kmem,
				     enum layout_id item, uint64_t *ret, enum memory_state *state)
{
	const struct kernel *kernel = &target->kernel;
	const struct layout *layout = &target->layout;
	struct error *err = NULL;

	*ret = 0;
	*state = MEMORY_ABSENT;
	for (size_t i = 0; !err && i < kernel->node_count; i++) {
		uint64_t value = 0;

		err = kmem_read_uint(kmem,
				     kernel->pgdats[i] + layout_get(layout, LAYOUT_PGDAT_VM_STAT) +
					     8 * layout_get(layout, item),
				     8, &value, state);
		if (*state != MEMORY_PRESENT)
			break;
		*ret += value;
	}
	return err;
}

/* All @counters; *state_ret is why not. */
static struct error *counters_read(const struct target *target, struct kmem *kmem,
				   struct comparison *comparisons, enum memory_state *state_ret)
{
	bool symbols = has_symbols(&target->layout);
	struct error *err = NULL;

	*state_ret = MEMORY_PRESENT;
	for (unsigned i = 0; !err && *state_ret == MEMORY_PRESENT && i < COUNTERS; i++) {
		uint64_t value = 0;

		if (symbols)
			err = kmem_read_uint(kmem,
					     layout_symbol(&target->layout, counters[i].symbol), 8,
					     &value, state_ret);
		else
			err = node_items_read(target, kmem, counters[i].node_item, &value,
					      state_ret);
		comparisons[i] = (struct comparison){
			.name = symbols ? counters[i].name : counters[i].node_name,
			.from = counters[i].from,
			.counted = (int64_t)value,
			.below = symbols ? 0 : NODE_COUNTER_DRIFT,
			.above = symbols ? 0 : NODE_COUNTER_DRIFT,
			.reason_above = "what CPUs have not added yet",
		};
	}
	return err;
}

/* --- what may differ ------------------------------------------------------------ */

/* Checks whose findings say that a vmemmap page has not the frame that it should have. */
static const struct check *const of_frames[] = {
	&check_vmemmap_mapped,	    &check_head_private,   &check_tail_target,
	&check_unoptimized_private, &check_self_hosted,	   &check_dax_frames_private,
	&check_dax_tail_target,	    &check_orphan_sharing, &check_frame_in_dump,
	&check_frame_owner,	    &check_table_owner,
};

static bool is_of_frames(const struct check *check)
{
	for (size_t i = 0; i < COUNT_OF(of_frames); i++)
		if (of_frames[i] == check)
			return true;
	return false;
}

/* Vmemmap pages with findings of these: what is behind them is not trusted. */
static uint64_t reported_pages(const struct check_run *run)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < run->earlier_count; i++)
		if (is_of_frames(run->earlier[i].check))
			pages += run->earlier[i].covered_pages;
	return pages;
}

/*
 * A batch of huge pages is optimised before the pool counts them, and gives back
 * what it saved when all are done.
 */
static uint64_t batch_pages(const struct survey *survey)
{
	const struct inventory *inventory = survey->inventory;
	uint64_t pages = 0;

	for (size_t h = 0; h < inventory->hstate_count; h++) {
		const struct hstate *hstate = &inventory->hstates[h];
		uint64_t found = 0;

		for (size_t i = 0; i < inventory->pages.run_count; i++)
			if (inventory->pages.kinds[inventory->pages.runs[i].kind].order ==
			    hstate->order)
				found += inventory->pages.runs[i].count;
		if (found > hstate->pages)
			pages += (found - hstate->pages) *
				 kernel_vmemmap_pages(&survey->target->kernel, hstate->order);
	}
	return pages;
}

/* Tables of page_ext are counted with the memmap, and come from the page allocator. */
static struct error *page_ext_add(const struct target *target, struct kmem *kmem, uint64_t sections,
				  struct comparison *comparison)
{
	const struct kernel *kernel = &target->kernel;
	enum memory_state state = MEMORY_ABSENT;
	uint64_t size = 0;
	struct error *err = NULL;

	if (sections && layout_has(&target->layout, LAYOUT_SYM_PAGE_EXT_SIZE))
		err = kmem_read_uint(kmem, layout_symbol(&target->layout, LAYOUT_SYM_PAGE_EXT_SIZE),
				     8, &size, &state);
	bool known = state == MEMORY_PRESENT && size <= PAGE_EXT_MAX;
	uint64_t bytes = kernel->pages_per_section * (known ? size : PAGE_EXT_MAX);
	uint64_t pages = sections * ((bytes + kernel->page_size - 1) >> kernel->page_shift);

	if (known) {
		comparison->found += pages;
	} else if (pages) {
		comparison->above += pages;
		comparison->reason_above = "tables of struct page_ext, whose size is not known";
	}
	return err;
}

/* --- comparing -------------------------------------------------------------------- */

static uint64_t subsection_pages(const struct target *target)
{
	const struct kernel *kernel = &target->kernel;

	return vmemmap_index_of(kernel,
				kernel->pages_per_section / kernel->subsections_per_section);
}

/* The known faults of the kernel's own counting. */
static const char *signature_of(const struct target *target, const struct memmap_count *count,
				enum which which, int64_t difference)
{
	uint64_t unit = subsection_pages(target);

	if (which != COUNTER_BUDDY)
		return NULL;
	if (difference < 0 && unit && (uint64_t)-difference % unit == 0)
		return "memmap-underflow";
	if (difference > 0 && (uint64_t)difference == count->device_saved)
		return "dax-memmap-overcount";
	return NULL;
}

enum { FOUND_MAX = 128 };

/* "9644 frames of the memmap are from the page allocator (4608 of them in devices)" */
static const char *found_text(const struct memmap_count *count, const struct comparison *comparison,
			      enum which which, char buf[FOUND_MAX])
{
	int length = snprintf(buf, FOUND_MAX, "%" PRIu64 " frame%s of the memmap %s from %s",
			      comparison->found, plural(comparison->found),
			      verb_be(comparison->found), comparison->from);

	if (which == COUNTER_BUDDY && count->on_device)
		snprintf(buf + length, FOUND_MAX - (size_t)length,
			 " (%" PRIu64 " of them in devices)", count->on_device);
	return buf;
}

static struct error *compare(const struct target *target, struct check_run *run,
			     const struct memmap_count *count, const struct comparison *comparisons,
			     enum which which)
{
	const struct comparison *comparison = &comparisons[which];
	int64_t difference = comparison->counted - (int64_t)comparison->found;
	uint64_t amount = difference < 0 ? 0 - (uint64_t)difference : (uint64_t)difference;
	uint64_t legal = difference < 0 ? comparison->below : comparison->above;
	bool of_devices = difference > 0 && which == COUNTER_BUDDY && amount == count->device_saved;
	char found[FOUND_MAX];

	run->checked++;
	if (amount <= comparison->unseen)
		return NULL;
	found_text(count, comparison, which, found);
	if (amount <= comparison->unseen + legal)
		return finding_add_plain(
			run, SEVERITY_NOTE,
			"%s is %" PRId64 ", and %s: %" PRIu64 " %s, within what %s may make",
			comparison->name, comparison->counted, found, amount,
			difference < 0 ? "fewer" : "more", comparison->reason_above);
	finding_sign(run, signature_of(target, count, which, difference));
	return finding_add_plain(run, SEVERITY_WARNING,
				 "%s is %" PRId64 ", and %s: the counter is %" PRIu64 " too %s%s",
				 comparison->name, comparison->counted, found, amount,
				 difference < 0 ? "low" : "high",
				 of_devices ? ", as many as the pages of devices save" : "");
}

/* Boot memory that was removed takes its whole memmap off one counter, wherever it was from. */
static bool only_moved(const struct comparison *comparisons)
{
	int64_t buddy =
		comparisons[COUNTER_BUDDY].counted - (int64_t)comparisons[COUNTER_BUDDY].found;
	int64_t boot = comparisons[COUNTER_BOOT].counted - (int64_t)comparisons[COUNTER_BOOT].found;

	return buddy > 0 && buddy == -boot;
}

static struct error *compare_all(const struct target *target, struct check_run *run,
				 const struct memmap_count *count,
				 const struct comparison *comparisons)
{
	struct error *err = NULL;

	if (only_moved(comparisons)) {
		run->checked += COUNTERS;
		return finding_add_plain(run, SEVERITY_NOTE,
					 "%s is %" PRId64 " and %s %" PRId64 ", %" PRIu64
					 " and %" PRIu64 " frames were found: the sums agree, as "
					 "after boot memory was removed",
					 comparisons[0].name, comparisons[0].counted,
					 comparisons[1].name, comparisons[1].counted,
					 comparisons[0].found, comparisons[1].found);
	}
	for (unsigned i = 0; !err && i < COUNTERS; i++)
		err = compare(target, run, count, comparisons, i);
	return err;
}

static struct error *check_counters(const struct survey *survey, struct check_run *run,
				    struct kmem *kmem, const struct memmap_count *count)
{
	struct comparison comparisons[COUNTERS];
	enum memory_state state;
	struct error *err = counters_read(survey->target, kmem, comparisons, &state);

	if (err)
		return err;
	if (state != MEMORY_PRESENT) {
		run->not_checked = COUNTERS;
		return check_reason(run, "the counters are %s", memory_state_text(state));
	}
	comparisons[COUNTER_BUDDY].found = count->buddy;
	comparisons[COUNTER_BOOT].found = count->boot;
	uint64_t batch = batch_pages(survey), reported = reported_pages(run);

	for (unsigned i = 0; i < COUNTERS; i++) {
		comparisons[i].unseen = count->unmapped + reported;
		comparisons[i].above += batch;
		if (batch)
			comparisons[i].reason_above = "huge pages that are being added to the pool";
	}
	err = page_ext_add(survey->target, kmem, count->page_ext, &comparisons[COUNTER_BUDDY]);
	return err ? err : compare_all(survey->target, run, count, comparisons);
}

/* --- the check ---------------------------------------------------------------------- */

/* Why the frames cannot be counted; NULL if they can. */
static const char *obstacle(const struct survey *survey)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct layout *layout = &survey->target->layout;

	if (!layout_has(layout, LAYOUT_PG_RESERVED) || layout_get(layout, LAYOUT_PG_RESERVED) > 63)
		return "the types lack enumerator PG_reserved";
	if (kernel->sections_unreadable || kernel->sections_inferred)
		return "some memory sections cannot be read";
	if (survey->map->pages_unreadable)
		return "page tables cannot be read";
	return NULL;
}

static struct error *not_counted(struct check_run *run, const char *reason)
{
	run->not_checked = COUNTERS;
	return check_reason(run, "%s", reason);
}

/* Of a kernel that has one of the two, or has them in the nodes, the types lack the rest. */
static struct error *counters_missing(const struct layout *layout, struct check_run *run)
{
	static const enum layout_id wanted[][3] = {
		{ LAYOUT_SYM_NR_MEMMAP, LAYOUT_SYM_NR_MEMMAP_BOOT, LAYOUT_SYM_NR_MEMMAP_BOOT },
		{ LAYOUT_NR_MEMMAP, LAYOUT_NR_MEMMAP_BOOT, LAYOUT_PGDAT_VM_STAT },
	};

	for (unsigned i = 0; i < COUNT_OF(wanted); i++)
		for (unsigned j = 0; j < COUNT_OF(wanted[i]); j++) {
			bool any = layout_has(layout, wanted[i][0]) ||
				   layout_has(layout, wanted[i][1]);

			if (!any || layout_has(layout, wanted[i][j]))
				continue;
			return types_lack(run, COUNTERS, wanted[i][j]);
		}
	return check_reason(run, "this kernel does not count its memmap");
}

static struct error *run_memmap_counters(const struct survey *survey, struct check_run *run)
{
	struct memmap_count count;

	run->unit = "counters";
	if (!has_symbols(&survey->target->layout) && !has_node_items(&survey->target->layout))
		return counters_missing(&survey->target->layout, run);
	if (obstacle(survey))
		return not_counted(run, obstacle(survey));
	struct error *err = memmap_count_read(survey, &count);
	if (err)
		return err;
	if (count.tails_unreadable)
		return not_counted(run, "shared tail frames, which are not counted, are not known");
	if (count.untold) {
		run->not_checked = COUNTERS;
		return check_reason(run, "the struct page%s of %" PRIu64 " frame%s %s %s",
				    plural(count.untold), count.untold, plural(count.untold),
				    verb_be(count.untold), memory_state_text(count.untold_state));
	}
	return check_counters(survey, run, survey->target->kmem, &count);
}

const struct check check_memmap_counters = {
	.id = "memmap-counters",
	.title = "the kernel's memmap counters agree with the frames behind the vmemmap",
	.rationale = "From v6.9 the kernel counts the pages that its memory map takes, apart "
		     "for those from boot memory and those from the page allocator. Each frame "
		     "behind the vmemmap is counted once, also one that lies in a device, and "
		     "so are tables of struct page_ext; frames that a zone's huge pages share "
		     "are not. A counter that is too low, or negative, has been charged for "
		     "what it never got; one that is too high by what device pages save was "
		     "charged for pages that were never allocated. Memory that is just being "
		     "added or removed may be counted and not mapped yet, or the reverse, one "
		     "section at a time.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, section_nr_vmemmap_pages(); "
		 "mm/hugetlb_vmemmap.c, free_vmemmap_page(); mm/page_ext.c; mm/vmstat.c",
	.severity = SEVERITY_WARNING,
	.blind_when_quick = "reads no struct pages of frames",
	.run = run_memmap_counters,
};
