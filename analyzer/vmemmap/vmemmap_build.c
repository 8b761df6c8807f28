// SPDX-License-Identifier: LGPL-2.1-or-later
/* Walks the vmemmap of every valid section into rows. */
#include <inttypes.h>
#include <string.h>

#include "analyzer/parallel/parallel.h"
#include "analyzer/paging/table_set.h"
#include "analyzer/vmemmap/misled.h"
#include "analyzer/vmemmap/vmemmap_index.h"
#include "analyzer/vmemmap/vmemmap_rows.h"
#include "analyzer/kernel/target.h"
#include "include/error.h"

struct builder {
	const struct kernel *kernel;
	struct vmemmap_map *map; /* counts only, while it is being built */
	bool valid_known;
	struct row_list rows;
	struct table_set tables;
	struct upper_entries forbidding, user;
	struct walked_tables walked;
	uint64_t tables_entered;	   /* by the walk, when they were last noted */
	const struct misled_parts *misled; /* not to be walked */
};

/* --- runs ----------------------------------------------------------------- */

static const struct {
	enum backing leaf, base;
} backing_of[] = {
	[MAPPING_NONE] = { BACKING_HOLE, BACKING_HOLE },
	[MAPPING_PRESENT] = { BACKING_LEAF, BACKING_BASE },
	[MAPPING_UNREADABLE] = { BACKING_UNREADABLE, BACKING_UNREADABLE },
	[MAPPING_INVALID] = { BACKING_INVALID, BACKING_INVALID },
};

/* The part of @mapping that lies in [va, end) as a run. */
static struct vmemmap_run run_of(const struct builder *builder, const struct mapping *mapping,
				 vaddr_t va, vaddr_t end)
{
	const struct kernel *kernel = builder->kernel;
	vaddr_t stop = mapping->va.end < end && mapping->va.end > va ? mapping->va.end : end;

	return (struct vmemmap_run){
		.first = (va - kernel->vmemmap) >> kernel->page_shift,
		.count = (uint32_t)((stop - va) >> kernel->page_shift),
		.frame = (mapping->pa + (va - mapping->va.start)) >> kernel->page_shift,
		.backing = mapping->level == 0 ? backing_of[mapping->state].base
					       : backing_of[mapping->state].leaf,
		.level = mapping->level,
		.state = mapping->memory_state,
		.constant = mapping->state == MAPPING_PRESENT && mapping->equal > 1,
		.writable = mapping->entry_writable ||
			    (mapping->level > 0 && mapping->state == MAPPING_PRESENT),
		.valid_known = builder->valid_known,
	};
}

/*
 * The entry, if it is one that maps a page of the vmemmap and no more. Those for programs are
 * always looked at one by one.
 */
static uint64_t entry_of(const struct builder *builder, const struct mapping *mapping)
{
	uint64_t size = mapping->va.end - mapping->va.start;

	return mapping->level == 0 && mapping->state == MAPPING_PRESENT && !mapping->user &&
			       size == mapping->equal << builder->kernel->page_shift
		       ? mapping->raw
		       : 0;
}

static void run_count(struct vmemmap_map *map, const struct vmemmap_run *run)
{
	map->pages += run->count;
	if (run->backing == BACKING_UNREADABLE || run->backing == BACKING_INVALID)
		map->pages_unreadable += run->count;
	else if (run->backing == BACKING_HOLE && run->valid_known)
		map->pages_hole += run->count;
}

/* @pages from @va on, behind a leaf of level @leaf, cannot be written: a larger entry may say so.
 */
static struct error *note_forbidding(struct builder *builder, const struct pgwalk *walk, vaddr_t va,
				     unsigned leaf, uint64_t pages)
{
	const struct kernel *kernel = builder->kernel;
	uint64_t first = (va - kernel->vmemmap) >> kernel->page_shift;
	struct upper_entry seen = {
		.entries = 1,
		.first = first,
		.end = first + pages,
		.pages = pages,
	};

	if (!pgwalk_forbidding(walk, va, leaf, &seen.entry))
		return NULL;
	return upper_entries_add(&builder->forbidding, &seen);
}

/* @mapping, of @pages from @va on, is marked for programs. */
static struct error *note_user(struct builder *builder, const struct pgwalk *walk, vaddr_t va,
			       const struct mapping *mapping, uint64_t pages)
{
	const struct kernel *kernel = builder->kernel;
	uint64_t first = (va - kernel->vmemmap) >> kernel->page_shift;
	struct upper_entry seen = {
		.entry = pgwalk_entry(walk, mapping->level, va),
		.entries = mapping->level ? 1 : pages,
		.first = first,
		.end = first + pages,
		.pages = pages,
	};

	return upper_entries_add(&builder->user, &seen);
}

/* The tables on the way to @va, to which the walk has just been, if they are not those before. */
static struct error *note_tables(struct builder *builder, const struct pgwalk *walk, vaddr_t va)
{
	const struct kernel *kernel = builder->kernel;
	struct error *err = NULL;

	if (walk->tables_entered == builder->tables_entered)
		return NULL;
	builder->tables_entered = walk->tables_entered;
	for (unsigned level = walk->paging->levels - 1; !err && level-- > 0;) {
		struct walked_table table = {
			.first = (va - kernel->vmemmap) >> kernel->page_shift,
			.level = level,
		};
		struct range serves;

		if (!pgwalk_table(walk, level, va, &table.address, &serves))
			continue;
		table.end = (serves.end - kernel->vmemmap) >> kernel->page_shift;
		if (walked_tables_is_last(&builder->walked, &table))
			continue;
		table.entry = pgwalk_entry(walk, level + 1, va);
		if (level == 0 && walk->table[0].whole)
			table.print = table_print(walk->table[0].bytes,
						  UINT64_C(1) << walk->paging->level[0].bits);
		err = walked_tables_add(&builder->walked, &table);
	}
	return err;
}

/* The page tables of [va, end) are those of another part: it is as if there were none. */
static struct error *take_misled(struct builder *builder, vaddr_t va, vaddr_t end, size_t *ret)
{
	const struct kernel *kernel = builder->kernel;
	struct vmemmap_run run = {
		.first = (va - kernel->vmemmap) >> kernel->page_shift,
		.count = (uint32_t)((end - va) >> kernel->page_shift),
		.backing = BACKING_UNREADABLE,
		.state = MEMORY_ABSENT, /* nothing leads there */
		.valid_known = builder->valid_known,
	};

	*ret = run.count;
	run_count(builder->map, &run);
	return row_list_add(&builder->rows, &run, 0);
}

/* Where the part that @va is in ends, if that is misled; 0 if it is not. */
static vaddr_t misled_end(const struct builder *builder, vaddr_t va, vaddr_t end)
{
	const struct kernel *kernel = builder->kernel;
	const struct misled *part =
		misled_at(builder->misled, (va - kernel->vmemmap) >> kernel->page_shift);
	vaddr_t stop = part ? vmemmap_address(kernel, part->table.end) : 0;

	return stop > va && stop < end ? stop : part ? end : 0;
}

/* Where the lowest-level table that the walk has at @va ends, or @end. */
static vaddr_t table_end(const struct pgwalk *walk, vaddr_t va, vaddr_t end)
{
	vaddr_t stop = walk->served[0].start + walk->served[0].bytes;

	return stop > va && stop < end ? stop : end;
}

/* The lowest-level table that the walk has at @va was that of another part before. */
static struct error *is_known_table(struct builder *builder, const struct pgwalk *walk, vaddr_t va,
				    bool *ret)
{
	*ret = false;
	return va - walk->served[0].start < walk->served[0].bytes
		       ? table_set_note(&builder->tables, walk->table[0].addr, ret)
		       : NULL;
}

/*
 * From @va on, what goes on with the last row in the table that the walk has there: how
 * many pages. Most entries are never decoded one by one.
 */
static struct error *take_alike(struct builder *builder, struct pgwalk *walk, vaddr_t va,
				vaddr_t end, size_t *ret)
{
	const raw_entry_t *entries;
	size_t count;
	bool again = false;
	struct error *err = pgwalk_reach(walk, va);

	*ret = 0;
	if (!err)
		err = note_tables(builder, walk, va);
	if (!err)
		err = is_known_table(builder, walk, va, &again);
	if (err)
		return err;
	entries = pgwalk_entries(walk, va, end, &count);
	if (again)
		return take_misled(builder, va, table_end(walk, va, end), ret);
	if (err || !entries || !builder->rows.count)
		return err;
	const struct vmemmap_row *last = &builder->rows.rows[builder->rows.count - 1];
	if (vmemmap_row_end(last) !=
		    (va - builder->kernel->vmemmap) >> builder->kernel->page_shift ||
	    last->valid_known != builder->valid_known)
		return NULL;
	err = row_list_take(&builder->rows, entries, count, ret);
	builder->map->pages += *ret;
	if (!err && *ret && !walk->served[0].writable)
		err = note_forbidding(builder, walk, va, 0, *ret);
	return err;
}

/* The first entry of a part shows where in all of them the frame's number is. */
static struct error *row_add(struct builder *builder, const struct pgwalk *walk,
			     const struct vmemmap_run *run, uint64_t raw)
{
	struct row_list *rows = &builder->rows;

	if (raw && !rows->frame_mask && walk->paging->page_shift == builder->kernel->page_shift)
		rows->frame_mask = arch_frame_mask(walk->arch, walk->paging, raw);
	return row_list_add(rows, run, raw);
}

static struct error *take_mapping(struct builder *builder, struct pgwalk *walk, vaddr_t end)
{
	vaddr_t va = walk->next;
	struct mapping mapping;
	struct error *err;

	if (!pgwalk_next_equal(walk, &mapping, &err))
		return err;
	struct vmemmap_run run = run_of(builder, &mapping, va, end);
	run_count(builder->map, &run);
	if (mapping.state == MAPPING_PRESENT && !mapping.writable)
		err = note_forbidding(builder, walk, va, mapping.level, run.count);
	if (!err && mapping.state == MAPPING_PRESENT && mapping.user)
		err = note_user(builder, walk, va, &mapping, run.count);
	return err ? err : row_add(builder, walk, &run, entry_of(builder, &mapping));
}

static struct error *walk_range(struct builder *builder, struct pgwalk *walk, vaddr_t start,
				vaddr_t end)
{
	struct error *err = NULL;

	walk->next = start;
	walk->end = end;
	while (!err && walk->next < end) {
		vaddr_t misled = builder->misled->count ? misled_end(builder, walk->next, end) : 0;
		size_t taken;

		err = misled ? take_misled(builder, walk->next, misled, &taken)
			     : take_alike(builder, walk, walk->next, end, &taken);
		walk->next += (vaddr_t)taken << builder->kernel->page_shift;
		if (!err && !taken)
			err = take_mapping(builder, walk, end);
	}
	return err;
}

/* --- sections ------------------------------------------------------------- */

/* Vmemmap addresses of pfns [start, end), widened to whole pages. */
static struct range vmemmap_range(const struct kernel *kernel, pfn_t start, pfn_t end)
{
	uint64_t mask = kernel->page_size - 1;

	return (struct range){
		.start = kernel_struct_page(kernel, start) & ~mask,
		.end = (kernel_struct_page(kernel, end) + mask) & ~mask,
	};
}

/* Where sub-sections end that are as valid as @first is. */
static uint64_t subsections_alike(const struct kernel *kernel, const struct section *section,
				  uint64_t first)
{
	uint64_t count = kernel->subsections_per_section, end = first + 1;
	bool valid = section_subsection_valid(kernel, section, first);

	while (end < count && section_subsection_valid(kernel, section, end) == valid)
		end++;
	return end;
}

static struct error *walk_section(struct builder *builder, struct pgwalk *walk,
				  const struct section *section, vaddr_t *done)
{
	const struct kernel *kernel = builder->kernel;
	uint64_t count = kernel->subsections_per_section;
	uint64_t pages = kernel->pages_per_section / count;
	pfn_t first = section->nr * kernel->pages_per_section;

	builder->valid_known = section->subsections_known;
	for (uint64_t i = 0, end; i < count; i = end) {
		end = section->early ? count : subsections_alike(kernel, section, i);
		if (!section_subsection_valid(kernel, section, i))
			continue;
		struct range range = vmemmap_range(kernel, first + i * pages, first + end * pages);
		if (range.start < *done) /* a vmemmap page that two pieces share */
			range.start = *done;
		struct error *err = range.start < range.end
					    ? walk_range(builder, walk, range.start, range.end)
					    : NULL;
		if (err)
			return error_context(err, "vmemmap of section %" PRIu64, section->nr);
		*done = range.end;
	}
	return NULL;
}

static bool section_is_device(const struct section *section)
{
	return !section->online;
}

static struct error *walk_sections(struct builder *builder, struct pgwalk *walk, size_t first,
				   size_t end)
{
	const struct kernel *kernel = builder->kernel;
	struct vmemmap_map *map = builder->map;
	vaddr_t done = 0;

	for (size_t i = first; i < end; i++) {
		const struct section *section = &kernel->sections[i];
		uint64_t tables = walk->base_tables_read, pages = map->pages;
		struct error *err =
			section->has_mem_map ? walk_section(builder, walk, section, &done) : NULL;
		if (err)
			return err;
		if (section_is_device(section)) {
			map->device_table_pages += walk->base_tables_read - tables;
			map->device_pages += map->pages - pages;
		} else {
			map->table_pages += walk->base_tables_read - tables;
		}
	}
	return NULL;
}

/* --- in parts ------------------------------------------------------------- */

/* Sections [first, end), and what they come to. */
struct part {
	size_t first, end;
	struct vmemmap_map map; /* its counts */
	struct row_list rows;
	struct table_set tables;
	struct upper_entries forbidding, user;
	struct walked_tables walked;
};

struct parts {
	const struct target *target;
	const struct misled_parts *misled;
	struct part *list;
	size_t count;
};

static struct error *walk_part(struct memory *memory, void *data, size_t number)
{
	const struct parts *parts = data;
	const struct target *target = parts->target;
	struct part *part = &parts->list[number];
	struct builder builder = {
		.kernel = &target->kernel,
		.map = &part->map,
		.misled = parts->misled,
	};
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, target->arch, &target->paging, memory);

	if (err)
		return err;
	builder.rows.big_endian = target->paging.big_endian;
	builder.rows.chunk = (uint32_t)number;
	err = row_list_prepare(&builder.rows);
	if (!err)
		err = walk_sections(&builder, &walk, part->first, part->end);
	part->rows = builder.rows;
	part->tables = builder.tables;
	part->forbidding = builder.forbidding;
	part->user = builder.user;
	part->walked = builder.walked;
	row_list_finish(&part->rows);
	pgwalk_deinit(&walk);
	return err;
}

static vaddr_t section_address(const struct kernel *kernel, size_t i)
{
	return kernel_struct_page(kernel, kernel->sections[i].nr * kernel->pages_per_section);
}

/*
 * Each begins where a lowest-level table does, so that each table and each vmemmap
 * page is in one part. The same parts whatever the number of threads.
 */
static void parts_cut(const struct target *target, struct parts *parts)
{
	const struct kernel *kernel = &target->kernel;
	const struct paging *paging = &target->paging;
	uint64_t table = UINT64_C(1) << (paging->level[0].shift + paging->level[0].bits);
	struct part *last = &parts->list[0];

	*last = (struct part){ .end = kernel->section_count };
	parts->count = 1;
	for (size_t i = PART_SECTIONS; i < kernel->section_count; i++) {
		if (i - last->first < PART_SECTIONS || section_address(kernel, i) % table)
			continue;
		last->end = i;
		last = &parts->list[parts->count++];
		*last = (struct part){ .first = i, .end = kernel->section_count };
	}
}

static void part_deinit(struct part *part)
{
	table_set_deinit(&part->tables);
	row_list_deinit(&part->rows);
	upper_entries_deinit(&part->forbidding);
	upper_entries_deinit(&part->user);
	walked_tables_deinit(&part->walked);
}

static void counts_add(struct vmemmap_map *to, const struct vmemmap_map *from)
{
	to->pages += from->pages;
	to->pages_unreadable += from->pages_unreadable;
	to->pages_hole += from->pages_hole;
	to->device_pages += from->device_pages;
	to->table_pages += from->table_pages;
	to->device_table_pages += from->device_table_pages;
}

static void slots_take(struct vmemmap_map *map, struct row_list *rows)
{
	map->chunks[map->chunk_count++] = take_ptr(rows->slots);
}

/* Adds what @part found to what those before it did: only the first row may go on with one. */
static struct error *part_join(struct builder *builder, struct part *part)
{
	const struct row_list *from = &part->rows;
	struct error *err = NULL;
	bool is_run = from->count && !from->rows[0].period;

	counts_add(builder->map, &part->map);
	slots_take(builder->map, &part->rows);
	if (!err && is_run) {
		struct vmemmap_run run = vmemmap_row_run(&from->rows[0]);

		err = row_list_add(&builder->rows, &run, 0);
	}
	if (!err && from->count)
		err = row_list_append(&builder->rows, from->rows + is_run, from->count - is_run);
	for (size_t i = 0; !err && i < part->forbidding.count; i++)
		err = upper_entries_add(&builder->forbidding, &part->forbidding.list[i]);
	for (size_t i = 0; !err && i < part->user.count; i++)
		err = upper_entries_add(&builder->user, &part->user.list[i]);
	for (size_t i = 0; !err && i < part->walked.count; i++)
		err = walked_tables_add(&builder->walked, &part->walked.list[i]);
	part_deinit(part);
	return err;
}

static struct error *parts_join(struct builder *builder, struct parts *parts)
{
	struct vmemmap_map *map = builder->map;
	struct error *err = NULL;

	map->chunks = calloc(parts->count + 1, sizeof(*map->chunks));
	if (!map->chunks)
		return error_nomem();
	builder->rows.chunk = (uint32_t)parts->count;
	for (size_t i = 0; !err && i < parts->count; i++)
		err = part_join(builder, &parts->list[i]);
	row_list_finish(&builder->rows);
	slots_take(map, &builder->rows);
	return err;
}

static struct error *walk_all(const struct target *target, struct thread_pool *threads,
			      struct builder *builder)
{
	size_t most = target->kernel.section_count / PART_SECTIONS + 1;
	struct parts parts = { .target = target,
			       .misled = builder->misled,
			       .list = calloc(most, sizeof(*parts.list)) };

	if (!parts.list)
		return error_nomem();
	parts_cut(target, &parts);
	struct error *err = parallel_run(threads, parts.count, walk_part, &parts);
	if (!err)
		err = parts_join(builder, &parts);
	for (size_t i = 0; i < parts.count; i++)
		part_deinit(&parts.list[i]);
	free(parts.list);
	return err;
}

/* --- all of it ------------------------------------------------------------- */

static void runs_count(struct vmemmap_map *map)
{
	for (size_t i = 0; i < map->row_count; i++)
		map->run_count +=
			map->rows[i].period ? 2 * (map->rows[i].count / map->rows[i].period) : 1;
}

/* Of a larger table, what is behind the last section is no vmemmap. */
static void tables_clip(struct vmemmap_map *map)
{
	uint64_t end = map->row_count ? vmemmap_row_end(&map->rows[map->row_count - 1]) : 0;

	for (size_t i = 0; i < map->tables.count; i++)
		if (map->tables.list[i].end > end)
			map->tables.list[i].end = end;
}

/* All but the parts of @misled, which are as if their page tables were not there. */
static struct error *map_walk(const struct target *target, struct thread_pool *threads,
			      const struct misled_parts *misled, struct vmemmap_map *ret)
{
	struct builder builder = { .kernel = &target->kernel, .map = ret, .misled = misled };
	struct error *err = walk_all(target, threads, &builder);

	ret->row_count = builder.rows.count;
	ret->rows = take_ptr(builder.rows.rows);
	row_list_deinit(&builder.rows);
	table_set_deinit(&builder.tables);
	ret->forbidding = builder.forbidding;
	ret->user = builder.user;
	ret->tables = builder.walked;
	tables_clip(ret);
	ret->last = calloc(1, sizeof(*ret->last));
	return err || ret->last ? err : error_nomem();
}

static struct misled_parts take_misled_parts(struct vmemmap_map *map)
{
	struct misled_parts parts = map->misled;

	map->misled = (struct misled_parts){ 0 };
	return parts;
}

/* Once more, without what has turned out to be misled. */
static struct error *map_walk_again(const struct target *target, struct thread_pool *threads,
				    struct vmemmap_map *map)
{
	struct misled_parts misled = take_misled_parts(map);

	vmemmap_map_deinit(map);
	struct error *err = map_walk(target, threads, &misled, map);

	map->misled = misled;
	return err;
}

/* Leaves are found out once it is known who else maps their frames. */
static struct error *map_index(const struct target *target, struct thread_pool *threads,
			       struct vmemmap_map *map)
{
	bool added = false;
	struct error *err = vmemmap_index_frames(map);

	if (!err)
		err = misled_leaves_find(target, map, &map->misled, &added);
	if (!err && added)
		err = map_walk_again(target, threads, map);
	return err || !added ? err : vmemmap_index_frames(map);
}

struct error *vmemmap_map_build(const struct target *target, struct thread_pool *threads,
				struct vmemmap_map *ret)
{
	static const struct misled_parts none;

	*ret = (struct vmemmap_map){ 0 };
	struct error *err = map_walk(target, threads, &none, ret);
	if (!err)
		err = misled_find(target, &ret->tables, &ret->misled);
	if (!err && ret->misled.count)
		err = map_walk_again(target, threads, ret);
	if (!err)
		err = map_index(target, threads, ret);
	if (err) {
		vmemmap_map_deinit(ret);
		return err;
	}
	runs_count(ret);
	return NULL;
}

void vmemmap_map_deinit(struct vmemmap_map *map)
{
	for (size_t i = 0; i < map->chunk_count; i++)
		free(map->chunks[i]);
	free(map->chunks);
	free(map->rows);
	upper_entries_deinit(&map->forbidding);
	upper_entries_deinit(&map->user);
	walked_tables_deinit(&map->tables);
	misled_deinit(&map->misled);
	free(map->intervals);
	free(map->reach);
	free(map->last);
	*map = (struct vmemmap_map){ 0 };
}
