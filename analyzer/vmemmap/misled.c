// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds tables that serve two parts of the vmemmap, and whose struct pages they hold. */
#include "analyzer/vmemmap/misled.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/kernel/target.h"
#include "analyzer/vmemmap/vmemmap.h"
#include "include/bisect.h"
#include "include/bytes.h"
#include "include/error.h"
#include "include/number_set.h"
#include "include/vector.h"

enum {
	MISLED_MAX = 64,   /* more are a loop */
	CLAIMS_MAX = 8,	   /* parts of one table that are held against each other */
	SAMPLE_PAGES = 16, /* of a part */
	PRINT_STEP = 4	   /* entries of a higher table that make a number together */
};

struct finder {
	const struct target *target;
	struct pgwalk walk;
	unsigned char *page, *other_page; /* contents of a page */
	struct misled_parts *parts;
};

/* --- whose struct pages they are ------------------------------------------------------ */

/* What struct pages say of one part: are they its own? */
struct claim {
	const struct walked_table *table;
	unsigned speaks_for, speaks_against;
};

/* Their zone spans them, and devices alone are in ZONE_DEVICE. */
static bool zone_fits(const struct target *target, uint64_t flags, pfn_t pfn)
{
	const struct kernel *kernel = &target->kernel;
	const struct layout *layout = &target->layout;
	const struct section *section = kernel_section_of(kernel, pfn);
	unsigned index = page_flags_zone(kernel, flags);
	const struct zone_info *zone = kernel_zone(kernel, page_flags_node(kernel, flags), index);

	if (!section || !layout_has(layout, LAYOUT_ZONE_DEVICE))
		return true;
	if (index == layout_get(layout, LAYOUT_ZONE_DEVICE))
		return section->device || !section->online;
	if (!section->online)
		return false;
	return !zone || (pfn >= zone->start_pfn && pfn - zone->start_pfn < zone->spanned_pages);
}

/* A tail's head lies before it. Links that are masks lead to no struct page. */
static bool link_fits(const struct kernel *kernel, const unsigned char *bytes, pfn_t pfn)
{
	uint64_t link = page_link(&kernel->page, bytes), head;

	if (!(link & 1) || link < kernel->vmemmap)
		return true;
	head = (link - kernel->vmemmap) / kernel->struct_page_size;
	return head < pfn || !kernel_section_of(kernel, head);
}

/* A list head that leads to itself, as boot leaves it; or a tail of a head that is near. */
static bool names_itself(const struct target *target, const unsigned char *bytes, pfn_t pfn,
			 const struct walked_table *table)
{
	const struct kernel *kernel = &target->kernel;
	uint64_t link = page_link(&kernel->page, bytes), lru;

	if (link & 1)
		return link - 1 >= vmemmap_address(kernel, table->first) &&
		       link - 1 < vmemmap_address(kernel, table->end);
	if (!layout_has(&target->layout, LAYOUT_PAGE_LRU))
		return false;
	lru = layout_get(&target->layout, LAYOUT_PAGE_LRU);
	return load_u64(bytes + lru, kernel->big_endian) == kernel_struct_page(kernel, pfn) + lru;
}

static void hear_struct_page(const struct target *target, const unsigned char *bytes, pfn_t pfn,
			     struct claim *claim)
{
	/* Not written yet, or filled before that. */
	if (bytes_are_one(bytes, target->kernel.struct_page_size))
		return;
	claim->speaks_against += !zone_fits(target, page_flags(&target->kernel.page, bytes), pfn) ||
				 !link_fits(&target->kernel, bytes, pfn);
	claim->speaks_for += names_itself(target, bytes, pfn, claim->table);
}

/* Vmemmap page @index, as the page tables have it now. */
static struct error *hear_page(struct finder *finder, uint64_t index, struct claim *claim)
{
	const struct kernel *kernel = &finder->target->kernel;
	vaddr_t va = vmemmap_address(kernel, index);
	pfn_t pfn = vmemmap_first_pfn(kernel, index);
	enum memory_state state = MEMORY_ABSENT;
	struct mapping mapping;
	struct error *err = pgwalk_at(&finder->walk, va, &mapping);

	if (!err && mapping.state == MAPPING_PRESENT)
		err = memory_read(finder->target->memory, mapping.pa + (va - mapping.va.start),
				  kernel->page_size, finder->page, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	uint64_t at = kernel_struct_page(kernel, pfn) - va;

	for (; at + kernel->struct_page_size <= kernel->page_size; pfn++) {
		hear_struct_page(finder->target, finder->page + at, pfn, claim);
		at += kernel->struct_page_size;
	}
	return NULL;
}

/* Of @most vmemmap pages, spread over all of them. */
static struct error *hear_claim(struct finder *finder, struct claim *claim, uint64_t most)
{
	uint64_t pages = claim->table->end - claim->table->first;
	uint64_t samples = pages < most ? pages : most;
	struct error *err = NULL;

	for (uint64_t i = 0; !err && i < samples; i++)
		err = hear_page(finder, claim->table->first + pages / samples * i, claim);
	return err;
}

/* The one claim that nothing speaks against, or of several the only one something speaks for. */
static const struct claim *claim_choose(const struct claim *claims, unsigned count)
{
	const struct claim *alone = NULL, *named = NULL;
	unsigned possible = 0, names = 0;

	for (unsigned i = 0; i < count; i++) {
		if (claims[i].speaks_against)
			continue;
		alone = &claims[i];
		possible++;
		if (claims[i].speaks_for) {
			named = &claims[i];
			names++;
		}
	}
	return possible == 1 ? alone : names == 1 ? named : NULL;
}

/* --- groups ---------------------------------------------------------------------------- */

static struct error *add_part(struct finder *finder, const struct walked_table *table,
			      const struct walked_table *other, bool told)
{
	if (finder->parts->count == MISLED_MAX)
		return error_new(ERROR_CORRUPT,
				 "the page tables of the vmemmap go round in circles: the table at "
				 "physical 0x%" PRIx64 " serves many parts of it",
				 table->address);
	return vector_push(
		finder->parts->list, finder->parts->count, finder->parts->room,
		(struct misled){
			.table = *table,
			.other = *other,
			.by = table->address == other->address ? MISLED_BY_TABLE : MISLED_BY_COPY,
			.told = told,
		});
}

/* Of @count parts with one table all but one are misled, or all, if nothing shows which. */
static struct error *judge_group(struct finder *finder, const struct walked_table *const *tables,
				 size_t count)
{
	struct claim claims[CLAIMS_MAX] = { 0 };
	size_t heard = count < CLAIMS_MAX ? count : CLAIMS_MAX;
	struct error *err = NULL;

	for (size_t i = 0; !err && i < heard; i++) {
		claims[i].table = tables[i];
		err = hear_claim(finder, &claims[i], SAMPLE_PAGES);
	}
	const struct claim *right = err ? NULL : claim_choose(claims, (unsigned)heard);

	for (size_t i = 0; !err && i < count; i++) {
		const struct walked_table *other = right ? right->table : tables[i ? 0 : 1];

		if (tables[i] != other)
			err = add_part(finder, tables[i], other, right);
	}
	return err;
}

/* Tables of devices may be equal: some kernels share frames by sections, a fault of its own. */
static bool is_of_memory(const struct target *target, const struct walked_table *table)
{
	const struct section *section = kernel_section_of(
		&target->kernel, vmemmap_first_pfn(&target->kernel, table->first));

	return section && section->online;
}

/* A print may be the same by accident: whether the tables are, too. */
static struct error *are_equal(struct finder *finder, const struct walked_table *a,
			       const struct walked_table *b, bool *ret)
{
	const struct target *target = finder->target;
	uint64_t size = UINT64_C(8) << target->paging.level[a->level].bits;
	uint64_t step = size < target->kernel.page_size ? size : target->kernel.page_size;
	enum memory_state state = MEMORY_PRESENT, other_state = MEMORY_PRESENT;
	struct error *err = NULL;

	*ret = a->address != b->address && is_of_memory(target, a) && is_of_memory(target, b);
	for (uint64_t at = 0; !err && *ret && at < size; at += step) {
		err = memory_read(target->memory, a->address + at, step, finder->page, &state);
		if (!err)
			err = memory_read(target->memory, b->address + at, step, finder->other_page,
					  &other_state);
		*ret = !err && state == MEMORY_PRESENT && other_state == MEMORY_PRESENT &&
		       memcmp(finder->page, finder->other_page, step) == 0;
	}
	if (a->address == b->address)
		*ret = true;
	return err;
}

/* --- all tables of a level ---------------------------------------------------------------- */

typedef uint64_t table_key(const struct walked_table *table);

static uint64_t key_address(const struct walked_table *table)
{
	return table->address;
}

static uint64_t key_print(const struct walked_table *table)
{
	return table->print;
}

static int by_key(const void *a, const void *b, void *data)
{
	const struct walked_table *x = *(const struct walked_table *const *)a;
	const struct walked_table *y = *(const struct walked_table *const *)b;
	table_key *key = *(table_key **)data;

	if (key(x) != key(y))
		return key(x) < key(y) ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static bool is_misled(const struct misled_parts *parts, const struct walked_table *table)
{
	for (size_t i = 0; i < parts->count; i++)
		if (table->first >= parts->list[i].table.first &&
		    table->first < parts->list[i].table.end)
			return true;
	return false;
}

/* Those of @level that serve a part of their own, as far as is known. */
static size_t tables_of(const struct finder *finder, const struct walked_tables *tables,
			unsigned level, const struct walked_table **ret)
{
	size_t count = 0;

	for (size_t i = 0; i < tables->count; i++)
		if (tables->list[i].level == level && !is_misled(finder->parts, &tables->list[i]))
			ret[count++] = &tables->list[i];
	return count;
}

/* Keeps those of the group that are equal to the first of it: how many. */
static struct error *group_equal(struct finder *finder, const struct walked_table **group,
				 size_t count, size_t *ret)
{
	struct error *err = NULL;

	*ret = 1;
	for (size_t i = 1; !err && i < count; i++) {
		bool equal;

		err = are_equal(finder, group[0], group[i], &equal);
		if (!err && equal)
			group[(*ret)++] = group[i];
	}
	return err;
}

static struct error *have_alike(const struct walked_table *const *list, size_t count,
				table_key *key, bool *ret)
{
	struct number_set keys = { 0 };
	struct error *err = NULL;

	*ret = false;
	for (size_t i = 0; !err && !*ret && i < count; i++)
		if (key(list[i]))
			err = number_set_add(&keys, key(list[i]), ret);
	number_set_deinit(&keys);
	return err;
}

/* Those of @list that have one key, if they are equal, too. Mostly there are none. */
static struct error *find_alike(struct finder *finder, const struct walked_table **list,
				size_t count, table_key *key)
{
	bool alike;
	struct error *err = have_alike(list, count, key, &alike);

	if (err || !alike)
		return err;
	qsort_r(list, count, sizeof(const struct walked_table *), by_key, &key);
	for (size_t i = 0, end, group; !err && i < count; i = end) {
		for (end = i + 1; end < count && key(list[end]) == key(list[i]); end++)
			;
		if (end - i < 2 || !key(list[i]))
			continue;
		err = group_equal(finder, list + i, end - i, &group);
		if (!err && group > 1)
			err = judge_group(finder, list + i, group);
	}
	return err;
}

/*
 * Prints of the tables of a higher level, of which there are few, and mostly one. They may
 * be nearly empty: what there is of them counts, one entry and all.
 */
static struct error *print_tables(struct finder *finder, struct walked_tables *tables,
				  unsigned level)
{
	const struct target *target = finder->target;
	uint64_t size = UINT64_C(8) << target->paging.level[level].bits;
	enum memory_state state;
	struct error *err = NULL;

	if (size > target->kernel.page_size)
		size = target->kernel.page_size;
	for (size_t i = 0; !err && i < tables->count; i++) {
		struct walked_table *table = &tables->list[i];

		if (table->level != level)
			continue;
		err = memory_read(target->memory, table->address, size, finder->page, &state);
		if (err || state != MEMORY_PRESENT)
			continue;
		for (uint64_t at = 0; at < size; at += 8 * PRINT_STEP)
			table->print =
				table->print * 31 + table_print(finder->page + at, PRINT_STEP);
	}
	return err;
}

static bool has_several(const struct walked_tables *tables, unsigned level)
{
	size_t count = 0;

	for (size_t i = 0; i < tables->count && count < 2; i++)
		count += tables->list[i].level == level;
	return count > 1;
}

static struct error *find_in_level(struct finder *finder, struct walked_tables *tables,
				   unsigned level, const struct walked_table **list)
{
	if (!has_several(tables, level))
		return NULL;
	struct error *err = level ? print_tables(finder, tables, level) : NULL;

	if (!err)
		err = find_alike(finder, list, tables_of(finder, tables, level, list), key_address);
	return err ? err
		   : find_alike(finder, list, tables_of(finder, tables, level, list), key_print);
}

static int by_first(const void *a, const void *b)
{
	const struct misled *x = a, *y = b;

	return x->table.first < y->table.first ? -1 : x->table.first > y->table.first;
}

static struct error *find_in_levels(struct finder *finder, struct walked_tables *tables)
{
	_cleanup_free_ const struct walked_table **list =
		calloc(tables->count + 1, sizeof(const struct walked_table *));
	struct error *err = list ? NULL : error_nomem();

	/* What is below a table that is there twice is there twice, too. */
	for (unsigned level = PAGING_MAX_LEVELS; !err && level-- > 0;)
		err = find_in_level(finder, tables, level, list);
	if (!err && finder->parts->count)
		qsort(finder->parts->list, finder->parts->count, sizeof(struct misled), by_first);
	return err;
}

struct error *misled_find(const struct target *target, struct walked_tables *tables,
			  struct misled_parts *ret)
{
	struct finder finder = { .target = target, .parts = ret };
	_cleanup_free_ unsigned char *pages = malloc(2 * target->kernel.page_size);
	struct error *err =
		pages ? pgwalk_init(&finder.walk, target->arch, &target->paging, target->memory)
		      : error_nomem();

	*ret = (struct misled_parts){ 0 };
	if (err)
		return err;
	finder.page = pages;
	finder.other_page = pages + target->kernel.page_size;
	err = find_in_levels(&finder, tables);
	pgwalk_deinit(&finder.walk);
	if (err)
		misled_deinit(ret);
	return err;
}

/* --- larger leaves ------------------------------------------------------------------------ */

enum {
	LEAF_FRAMES_MIN = 3,  /* fewer may be the fault of the others, if struct pages fit */
	LEAF_AGAINST_MIN = 8, /* struct pages that do not: fewer may be damaged themselves */
};

/* Where an entry of the lowest level maps @frame, too: false if none does. */
static bool find_base_user(const struct vmemmap_map *map, pfn_t frame, uint64_t *ret)
{
	struct vmemmap_run run;
	uint64_t count;

	for (size_t cursor = 0; vmemmap_users_next(map, frame, &cursor, ret, &count);)
		if (vmemmap_run_at(map, *ret, &run) && run.backing == BACKING_BASE)
			return true;
	return false;
}

/* Of the leaf behind vmemmap pages [first, end) of @row: what others map of it. */
static void leaf_look(const struct vmemmap_map *map, const struct vmemmap_row *row,
		      struct misled *part)
{
	const struct vmemmap_run run = vmemmap_row_run(row);
	uint64_t user;

	for (uint64_t i = part->table.first; i < part->table.end; i++) {
		if (!find_base_user(map, vmemmap_run_frame(&run, i), &user))
			continue;
		if (!part->frames++)
			part->other.first = user;
		part->other.end = user + 1;
	}
}

/* One leaf may map several rows. */
static bool leaf_goes_on(const struct misled_parts *parts, const struct misled *part)
{
	const struct misled *last = parts->count ? &parts->list[parts->count - 1] : NULL;

	return last && last->by == part->by &&
	       last->table.entry.address == part->table.entry.address;
}

static struct error *leaf_add(struct finder *finder, struct misled *part)
{
	vaddr_t va = vmemmap_address(&finder->target->kernel, part->table.first);
	struct mapping mapping;
	struct error *err = pgwalk_at(&finder->walk, va, &mapping);

	if (err || finder->parts->count == MISLED_MAX)
		return err;
	part->table.entry = pgwalk_entry(&finder->walk, mapping.level, va);
	if (leaf_goes_on(finder->parts, part)) {
		finder->parts->list[finder->parts->count - 1].table.end = part->table.end;
		return NULL;
	}
	return vector_push(finder->parts->list, finder->parts->count, finder->parts->room, *part);
}

/* Devices of ppc64 keep a larger leaf that was there, and tails of others may map it. */
static bool may_overlap(const struct target *target, uint64_t index)
{
	const struct section *section =
		kernel_section_of(&target->kernel, vmemmap_first_pfn(&target->kernel, index));

	return target->arch->devices_keep_leaves && (!section || !section->online);
}

/* The leaves of a row, one by one. Linux maps the vmemmap by PMDs and PTEs alone. */
static struct error *look_at_leaves(struct finder *finder, const struct vmemmap_map *map,
				    const struct vmemmap_row *row)
{
	const struct kernel *kernel = &finder->target->kernel;
	unsigned shift = finder->target->paging.level[row->level].shift - kernel->page_shift;
	uint64_t end = vmemmap_row_end(row), base = kernel->vmemmap >> kernel->page_shift;
	struct error *err = NULL;

	for (uint64_t index = row->first, stop; !err && index < end; index = stop) {
		stop = (((base + index) >> shift) + 1) << shift;
		stop -= base;
		struct misled part = {
			.table = { .first = index, .end = stop < end ? stop : end },
			.by = row->level > 1 ? MISLED_BY_SIZE : MISLED_BY_LEAF,
			.told = true,
		};
		if (row->level <= 1 && !may_overlap(finder->target, index))
			leaf_look(map, row, &part);
		struct claim claim = { .table = &part.table };

		if (part.frames && part.frames < LEAF_FRAMES_MIN)
			err = hear_claim(finder, &claim, UINT64_MAX);
		if (!err && (row->level > 1 || part.frames >= LEAF_FRAMES_MIN ||
			     claim.speaks_against >= LEAF_AGAINST_MIN))
			err = leaf_add(finder, &part);
	}
	return err;
}

struct error *misled_leaves_find(const struct target *target, const struct vmemmap_map *map,
				 struct misled_parts *parts, bool *added_ret)
{
	struct finder finder = { .target = target, .parts = parts };
	_cleanup_free_ unsigned char *page = malloc(target->kernel.page_size);
	struct error *err =
		page ? pgwalk_init(&finder.walk, target->arch, &target->paging, target->memory)
		     : error_nomem();
	size_t before = parts->count;

	finder.page = page;
	for (size_t i = 0; !err && i < map->row_count; i++)
		if (map->rows[i].backing == BACKING_LEAF &&
		    (map->rows[i].shared || map->rows[i].level > 1))
			err = look_at_leaves(&finder, map, &map->rows[i]);
	pgwalk_deinit(&finder.walk);
	*added_ret = parts->count > before;
	if (*added_ret)
		qsort(parts->list, parts->count, sizeof(struct misled), by_first);
	return err;
}

const struct misled *misled_at(const struct misled_parts *parts, uint64_t index)
{
	size_t i = bisect(parts->count, k, parts->list[k].table.end <= index);

	return i < parts->count && parts->list[i].table.first <= index ? &parts->list[i] : NULL;
}

void misled_deinit(struct misled_parts *parts)
{
	free(parts->list);
	*parts = (struct misled_parts){ 0 };
}
