// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every valid struct page has memory behind it. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/paging/pgwalk.h"
#include "include/plural.h"

#include <inttypes.h>
#include <stdio.h>

/* What may be wrong with an entry above the lowest level, of which each is one finding. */
enum fault { FAULT_NONE, FAULT_IMPOSSIBLE, FAULT_BEYOND, FAULT_COUNT };

/* So many stretches of one table that map nothing are no single entries that went wrong. */
enum { STRETCHES_OVERWRITTEN = 4 };

/* Vmemmap pages [first, end) of one lowest-level table, of which @pages are not mapped. */
struct stretches {
	uint64_t first, end, pages;
	unsigned count;
};

struct scan {
	const struct survey *survey;
	struct check_run *run;
	struct pgwalk walk;
	struct stretches unmapped;
	struct upper_entries found[FAULT_COUNT];
	enum fault last; /* of the vmemmap pages before, if nothing that is right is between */
	bool goes_on;
};

/* --- entries of larger tables --------------------------------------------------------- */

static bool in_one_table(const struct paging *paging, const struct table_entry *a,
			 const struct table_entry *b)
{
	uint64_t bytes = UINT64_C(8) << paging->level[a->level].bits;

	return a->level == b->level && a->address / bytes == b->address / bytes;
}

/* Vmemmap pages [index, end) are not mapped, because of @entry. */
static struct error *note_entry(struct scan *scan, enum fault fault,
				const struct table_entry *entry, uint64_t index, uint64_t end)
{
	struct upper_entries *found = &scan->found[fault];
	bool goes_on = scan->goes_on && scan->last == fault && found->count;
	const struct upper_entry seen = {
		.entry = *entry,
		.entries = 1,
		.first = index,
		.end = end,
		.pages = end - index,
	};

	scan->last = fault;
	scan->goes_on = true;
	if (!goes_on || !in_one_table(&scan->survey->target->paging,
				      &found->list[found->count - 1].entry, entry))
		return upper_entries_add(found, &seen);
	upper_entries_extend(found, &seen);
	return NULL;
}

/* Of all sections it is known whether they are there. */
static bool memory_is_known(const struct kernel *kernel)
{
	return !kernel->sections_unreadable && !kernel->sections_inferred;
}

/* The vmemmap page after those that the current table of @level serves, at most @end. */
static uint64_t table_end(const struct scan *scan, unsigned level, uint64_t end)
{
	const struct pgwalk *walk = &scan->walk;
	const struct kernel *kernel = &scan->survey->target->kernel;
	uint64_t pages =
		(walk->served[level].start - kernel->vmemmap + walk->served[level].bytes) >>
		kernel->page_shift;

	return walk->served[level].bytes && pages < end ? pages : end;
}

/* One table: what the dump lacks is not checked, what no dump can hold is an error. */
static struct error *look_at_table(struct scan *scan, uint64_t index, uint64_t end,
				   uint64_t *next_ret)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	vaddr_t va = vmemmap_address(kernel, index);
	struct mapping mapping;
	struct error *err = pgwalk_at(&scan->walk, va, &mapping);

	if (err)
		return err;
	paddr_t table = scan->walk.table[mapping.level].addr;
	uint64_t next = table_end(scan, mapping.level, end);

	*next_ret = next > index ? next : index + 1;
	if (mapping.state != MAPPING_UNREADABLE || !memory_is_known(kernel) ||
	    mapping.level + 1 >= scan->survey->target->paging.levels ||
	    kernel_pfn_valid(kernel, table >> kernel->page_shift)) {
		scan->run->not_checked += *next_ret - index;
		scan->goes_on = false;
		return NULL;
	}
	scan->run->checked += *next_ret - index;
	struct table_entry entry = pgwalk_entry(&scan->walk, mapping.level + 1, va);
	return note_entry(scan, FAULT_BEYOND, &entry, index, *next_ret);
}

/* One entry of a larger table that maps nothing. */
static struct error *look_at_entry(struct scan *scan, uint64_t index, uint64_t end,
				   uint64_t *next_ret)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	vaddr_t va = vmemmap_address(kernel, index);
	struct mapping mapping;
	struct error *err = pgwalk_at(&scan->walk, va, &mapping);

	if (err)
		return err;
	uint64_t next = (mapping.va.end - kernel->vmemmap) >> kernel->page_shift;
	struct table_entry entry = pgwalk_entry(&scan->walk, mapping.level, va);

	*next_ret = next > index && next < end ? next : end;
	return note_entry(scan, mapping.state == MAPPING_NONE ? FAULT_NONE : FAULT_IMPOSSIBLE,
			  &entry, index, *next_ret);
}

/* --- entries of the lowest level ------------------------------------------------------- */

/* The vmemmap page after those that share the lowest-level table of @index, at most @end. */
static uint64_t same_table_end(const struct scan *scan, uint64_t index, uint64_t end)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	const struct paging *paging = &scan->survey->target->paging;
	unsigned shift = paging->level[0].shift + paging->level[0].bits;
	vaddr_t next = ((vmemmap_address(kernel, index) >> shift) + 1) << shift;
	uint64_t stop = (next - kernel->vmemmap) >> kernel->page_shift;

	return stop > index && stop < end ? stop : end;
}

/* The lowest-level table of vmemmap page @index; NULL if the walk saw none. */
static const struct walked_table *table_of(const struct scan *scan, uint64_t index)
{
	const struct walked_tables *tables = &scan->survey->map->tables;

	for (size_t i = 0; i < tables->count; i++)
		if (tables->list[i].level == 0 && index >= tables->list[i].first &&
		    index < tables->list[i].end)
			return &tables->list[i];
	return NULL;
}

/* All of the table, or what is in so many pieces that nothing in it can be trusted. */
static bool is_overwritten(const struct stretches *unmapped, const struct walked_table *table)
{
	return table && (unmapped->count >= STRETCHES_OVERWRITTEN ||
			 unmapped->pages == table->end - table->first);
}

static struct error *report_overwritten(struct scan *scan, const struct walked_table *table)
{
	const struct target *target = scan->survey->target;
	const struct upper_entry upper = {
		table->entry, 1, table->first, table->end, table->end - table->first,
	};
	vaddr_t va = vmemmap_address(&target->kernel, scan->unmapped.first);
	char words[ENTRY_WORDS_MAX];
	struct mapping mapping;
	struct error *err = pgwalk_at(&scan->walk, va, &mapping);

	if (err)
		return err;
	struct table_entry first = pgwalk_entry(&scan->walk, 0, va);
	finding_about(scan->run, &(struct finding_entry){ .upper = upper });
	return finding_add(scan->run, SEVERITY_ERROR,
			   vmemmap_first_pfn(&target->kernel, table->first), table->first,
			   table->end - table->first,
			   "the %s table at physical 0x%" PRIx64
			   ", to which %s leads, was overwritten: %" PRIu64 " of its "
			   "entries map nothing (the first, at physical 0x%" PRIx64
			   ", is 0x%" PRIx64 "); it is to map the "
			   "struct pages from pfn 0x%" PRIx64 " to 0x%" PRIx64,
			   paging_level_name(&target->paging, 0), table->address,
			   entry_words(target, &upper, words), scan->unmapped.pages, first.address,
			   first.raw, vmemmap_first_pfn(&target->kernel, table->first),
			   vmemmap_first_pfn(&target->kernel, table->end) - 1);
}

static struct error *report_stretch(struct scan *scan, uint64_t first, uint64_t count,
				    enum backing backing)
{
	pfn_t pfn = vmemmap_first_pfn(&scan->survey->target->kernel, first);

	return finding_add(
		scan->run, SEVERITY_ERROR, pfn, first, count,
		"the struct pages from pfn 0x%" PRIx64 " on (%" PRIu64 " vmemmap page%s) are %s",
		pfn, count, plural(count),
		backing == BACKING_HOLE ? "not mapped" : "mapped by an impossible entry");
}

/* Each stretch of @unmapped by itself. */
static struct error *report_stretches(struct scan *scan, const struct stretches *unmapped)
{
	struct error *err = NULL;
	struct vmemmap_run run;

	for (uint64_t index = unmapped->first; !err && index < unmapped->end;) {
		if (!vmemmap_run_at(scan->survey->map, index, &run))
			return NULL;
		uint64_t end = vmemmap_run_end(&run) < unmapped->end ? vmemmap_run_end(&run)
								     : unmapped->end;
		if (!vmemmap_run_mapped(&run))
			err = report_stretch(scan, index, end - index, run.backing);
		index = end;
	}
	return err;
}

static struct error *stretches_flush(struct scan *scan)
{
	const struct stretches unmapped = scan->unmapped;
	const struct walked_table *table = unmapped.count ? table_of(scan, unmapped.first) : NULL;
	struct error *err = NULL;

	if (!unmapped.count)
		return NULL;
	err = is_overwritten(&unmapped, table) ? report_overwritten(scan, table)
					       : report_stretches(scan, &unmapped);
	scan->unmapped.count = 0;
	return err;
}

/* Vmemmap pages [first, end), of one table, are not mapped. */
static struct error *stretch_add(struct scan *scan, uint64_t first, uint64_t end)
{
	struct stretches *unmapped = &scan->unmapped;
	struct error *err = NULL;

	if (unmapped->count && same_table_end(scan, unmapped->first, first + 1) <= first)
		err = stretches_flush(scan);
	if (!unmapped->count)
		*unmapped = (struct stretches){ .first = first };
	unmapped->end = end;
	unmapped->pages += end - first;
	unmapped->count++;
	return err;
}

static struct error *stretches_add(struct scan *scan, const struct vmemmap_row *row)
{
	struct error *err = NULL;

	for (uint64_t index = row->first, end = vmemmap_row_end(row), stop; !err && index < end;
	     index = stop) {
		stop = same_table_end(scan, index, end);
		err = stretch_add(scan, index, stop);
	}
	return err;
}

/* --- rows ------------------------------------------------------------------------------ */

static struct error *look_at_row(struct scan *scan, const struct vmemmap_row *row,
				 struct error *(*look)(struct scan *scan, uint64_t index,
						       uint64_t end, uint64_t *next_ret))
{
	uint64_t end = vmemmap_row_end(row);
	struct error *err = NULL;

	for (uint64_t index = row->first, next; !err && index < end; index = next)
		err = look(scan, index, end, &next);
	return err;
}

static struct error *check_row(struct scan *scan, const struct vmemmap_row *row)
{
	struct check_run *run = scan->run;
	bool unknown = row->backing == BACKING_HOLE && !row->valid_known;

	if (row->backing == BACKING_UNREADABLE)
		return look_at_row(scan, row, look_at_table);
	*(unknown ? &run->not_checked : &run->checked) += row->count;
	if (!unknown && !vmemmap_row_mapped(row) && row->level > 0)
		return look_at_row(scan, row, look_at_entry);
	if (unknown)
		return NULL;
	scan->goes_on = false;
	if (vmemmap_row_mapped(row))
		return NULL;
	return stretches_add(scan, row);
}

/* --- saying it ------------------------------------------------------------------------- */

static void fault_words(const struct upper_entry *upper, enum fault fault, paddr_t table,
			char buf[ENTRY_WORDS_MAX])
{
	bool one = upper->entries == 1;

	switch (fault) {
	case FAULT_NONE:
		snprintf(buf, ENTRY_WORDS_MAX, one ? "is not present" : "are not present");
		break;
	case FAULT_IMPOSSIBLE:
		snprintf(buf, ENTRY_WORDS_MAX, one ? "is impossible" : "are impossible");
		break;
	case FAULT_BEYOND:
	case FAULT_COUNT:
		snprintf(buf, ENTRY_WORDS_MAX,
			 "lead%s to a page table at physical 0x%" PRIx64
			 "%s, which is no memory of this "
			 "machine",
			 one ? "s" : "", table, one ? "" : " and others");
		break;
	}
}

static struct error *report_entry(struct scan *scan, const struct upper_entry *upper,
				  enum fault fault)
{
	const struct survey *survey = scan->survey;
	const struct kernel *kernel = &survey->target->kernel;
	pfn_t first = vmemmap_first_pfn(kernel, upper->first);
	char which[ENTRY_WORDS_MAX], words[ENTRY_WORDS_MAX];
	paddr_t table = survey->target->arch
				->entry_decode(&survey->target->paging, upper->entry.level,
					       upper->entry.raw)
				.addr;

	fault_words(upper, fault, table, words);
	finding_about(scan->run, &(struct finding_entry){ .upper = *upper });
	return finding_add(scan->run, SEVERITY_ERROR, first, upper->first,
			   upper->end - upper->first,
			   "%s %s: %" PRIu64
			   " vmemmap page%s, with the struct pages from pfn 0x%" PRIx64 " to "
			   "0x%" PRIx64 ", %s not mapped",
			   entry_words(survey->target, upper, which), words, upper->pages,
			   plural(upper->pages), first, vmemmap_first_pfn(kernel, upper->end) - 1,
			   verb_be(upper->pages));
}

static struct error *report_entries(struct scan *scan)
{
	struct error *err = NULL;

	for (enum fault fault = 0; fault < FAULT_COUNT; fault++)
		for (size_t i = 0; !err && i < scan->found[fault].count; i++)
			err = report_entry(scan, &scan->found[fault].list[i], fault);
	return err;
}

static struct error *run_vmemmap_mapped(const struct survey *survey, struct check_run *run)
{
	const struct vmemmap_map *map = survey->map;
	struct scan scan = { .survey = survey, .run = run };
	struct error *err = pgwalk_init(&scan.walk, survey->target->arch, &survey->target->paging,
					survey->target->memory);

	run->unit = "vmemmap pages";
	for (size_t i = 0; !err && i < map->row_count; i++)
		err = check_row(&scan, &map->rows[i]);
	if (!err)
		err = stretches_flush(&scan);
	if (!err)
		err = report_entries(&scan);
	pgwalk_deinit(&scan.walk);
	for (enum fault fault = 0; fault < FAULT_COUNT; fault++)
		upper_entries_deinit(&scan.found[fault]);
	if (err)
		return err;
	return run->not_checked ? check_reason(run, "their page tables, or which sub-sections are "
						    "valid, cannot be read")
				: NULL;
}

const struct check check_vmemmap_mapped = {
	.id = "vmemmap-mapped",
	.title = "every valid struct page is mapped",
	.rationale =
		"The kernel reads the struct page of any valid pfn without looking first. A hole "
		"in the vmemmap of a valid section or sub-section ends in a page fault at an "
		"address inside the vmemmap. A page table that maps nothing at all, or lacks entries in many "
		"places, was overwritten: that is one finding.",
	.basis = "Linux kernel mm/sparse-vmemmap.c; include/linux/mmzone.h, pfn_valid()",
	.severity = SEVERITY_ERROR,
	.run = run_vmemmap_mapped,
};
