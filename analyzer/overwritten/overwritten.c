// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Tells memory of another kernel by its addresses: each boot chooses anew where the vmemmap
 * and the direct map begin (CONFIG_RANDOMIZE_MEMORY), so that what one kernel calls a list of
 * struct pages the page tables of the other do not map. What a user of this kernel keeps in
 * its memory, such as a virtual machine, may look the same: so a frame counts only if its own
 * struct page says that the kernel has it, or lies in such memory, too.
 */
#include "analyzer/overwritten/overwritten.h"

#include "analyzer/pages/survey.h"
#include "analyzer/checker/frame.h"
#include "include/bytes.h"
#include "include/error.h"

enum {
	ALIEN_WORDS = 8,	   /* in a frame or table: fewer are a fault */
	ALIEN_FRAMES = 2,	   /* in a range */
	ALIEN_TABLES = 1,	   /* with as many such words */
	FRAMES_SAMPLE = 256,	   /* looked at in a range: to get an idea, */
	FRAMES_THOROUGH = 1 << 12, /* and to be sure; what is read gets into a distilled dump */
	WINDOW_SHIFT = 36,	   /* addresses of one kind lie as close as this */
};

struct judge {
	const struct survey *survey;
	uint64_t frames_max;
	struct page_buffer buffer;
	vaddr_t vmemmap_end;	/* of this kernel */
	struct overwritten all; /* ranges of hot-plugged memory, whatever they hold */
	vaddr_t other;		/* what most struct pages of another kernel say of its vmemmap */
	uint64_t votes;
};

/* The addresses in one frame. */
struct look {
	uint64_t own, alien;
	uint64_t window, votes; /* where most of @alien are, by their majority */
};

/* --- ranges ------------------------------------------------------------------- */

static bool is_plugged(const struct section *section)
{
	return section->online && !section->early && !section->device && !section->inferred;
}

static void ranges_find(struct judge *judge)
{
	const struct kernel *kernel = &judge->survey->target->kernel;
	struct overwritten *all = &judge->all;

	for (size_t i = 0; i < kernel->section_count; i++) {
		pfn_t start = kernel->sections[i].nr * kernel->pages_per_section;
		pfn_t end = start + kernel->pages_per_section;
		struct plugged_range *last = all->count ? &all->ranges[all->count - 1] : NULL;

		judge->vmemmap_end = kernel_struct_page(kernel, end);
		if (!is_plugged(&kernel->sections[i]))
			continue;
		if (last && last->end == start)
			last->end = end;
		else if (all->count < OVERWRITTEN_MAX)
			all->ranges[all->count++] =
				(struct plugged_range){ .start = start, .end = end };
	}
}

static struct plugged_range *range_of(struct overwritten *what, pfn_t pfn)
{
	for (unsigned i = 0; i < what->count; i++)
		if (pfn >= what->ranges[i].start && pfn < what->ranges[i].end)
			return &what->ranges[i];
	return NULL;
}

/* --- addresses ------------------------------------------------------------------ */

/* The address of a struct page or an object that @word is, but for flags in its lowest bits. */
static bool is_address(const struct target *target, uint64_t word)
{
	const struct paging *paging = &target->paging;
	unsigned top = paging->levels - 1;
	unsigned bits = paging->level[top].shift + paging->level[top].bits;

	return bits < 64 && word >> bits == UINT64_MAX >> bits && word < UINT64_MAX - (1 << 20);
}

static void alien_add(struct look *look, vaddr_t addr, uint64_t count)
{
	uint64_t window = addr >> WINDOW_SHIFT;

	look->alien += count;
	if (!look->votes)
		look->window = window;
	look->votes +=
		look->window == window ? count : -(look->votes < count ? look->votes : count);
}

/* Of @addr nothing is told if the page tables that would map it are not in the dump. */
static struct error *address_take(struct judge *judge, struct look *look, vaddr_t addr)
{
	struct kmem *kmem = judge->survey->target->kmem;
	enum memory_state state;
	struct mapping mapping;
	paddr_t paddr;

	if (addr >= judge->survey->target->kernel.vmemmap && addr < judge->vmemmap_end) {
		look->own++;
		return NULL;
	}
	struct error *err = kmem_translate(kmem, addr, &paddr, &state);
	if (err || state == MEMORY_PRESENT) {
		look->own += !err;
		return err;
	}
	err = pgwalk_at(&kmem->walk, addr, &mapping);
	if (!err && mapping.state == MAPPING_NONE)
		alien_add(look, addr, 1);
	return err;
}

/*
 * A struct page that is on no list links itself, and so tells where the vmemmap is of the
 * kernel that wrote it: Linux kernel mm/mm_init.c, __init_single_page().
 */
static bool vmemmap_told(const struct target *target, pfn_t pfn, uint64_t link, vaddr_t *ret)
{
	const struct kernel *kernel = &target->kernel;
	uint64_t section_bytes = kernel->pages_per_section * kernel->struct_page_size;

	*ret = link - layout_get(&target->layout, LAYOUT_PAGE_LRU) - pfn * kernel->struct_page_size;
	return *ret % section_bytes == kernel->vmemmap % section_bytes && is_address(target, *ret);
}

static void vote(struct judge *judge, vaddr_t vmemmap)
{
	if (!judge->votes)
		judge->other = vmemmap;
	judge->votes += judge->other == vmemmap ? 1 : (uint64_t)-1;
}

/*
 * @link, of a struct page to itself, is that of another pfn: of a kernel whose vmemmap is where
 * ours is, as without KASLR. Not so if page tables map @frame there, too: then these are wrong.
 */
static bool is_displaced(const struct survey *survey, pfn_t frame, pfn_t pfn, uint64_t link)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t offset =
		link - layout_get(&survey->target->layout, LAYOUT_PAGE_LRU) - kernel->vmemmap;
	pfn_t other = offset / kernel->struct_page_size, mapped;

	if (link < kernel->vmemmap || offset % kernel->struct_page_size || other == pfn ||
	    !kernel_pfn_valid(kernel, other))
		return false;
	return !vmemmap_frame_at(survey->map, vmemmap_index_of(kernel, other), &mapped) ||
	       mapped != frame;
}

/* The links of the struct page of @pfn in @frame. */
static struct error *links_take(struct judge *judge, struct look *look, pfn_t frame, pfn_t pfn,
				const unsigned char bytes[16])
{
	const struct survey *survey = judge->survey;
	bool swap = survey->target->kernel.big_endian;
	const uint64_t links[] = { load_u64(bytes, swap), load_u64(bytes + 8, swap) };
	struct error *err = NULL;
	vaddr_t vmemmap;

	if (links[0] == links[1] && vmemmap_told(survey->target, pfn, links[0], &vmemmap) &&
	    vmemmap != survey->target->kernel.vmemmap) {
		alien_add(look, links[0], 2);
		vote(judge, vmemmap);
		return NULL;
	}
	if (links[0] == links[1] && is_displaced(survey, frame, pfn, links[0])) {
		alien_add(look, links[0], 2);
		return NULL;
	}
	for (unsigned i = 0; !err && i < 2; i++)
		if (is_address(survey->target, links[i]))
			err = address_take(judge, look, links[i] & ~UINT64_C(7));
	return err;
}

static bool is_alien(const struct look *look)
{
	return look->alien >= ALIEN_WORDS && look->own * ALIEN_WORDS <= look->alien &&
	       look->votes * 2 >= look->alien;
}

/* --- frames ----------------------------------------------------------------------- */

/* What @frame holds, of which the first struct page is that of @pfn. *looked_ret: it could be
 * read. */
static struct error *frame_look(struct judge *judge, pfn_t frame, pfn_t pfn, struct look *ret,
				bool *looked_ret)
{
	const struct kernel *kernel = &judge->survey->target->kernel;
	uint64_t size = kernel->struct_page_size;
	uint64_t lru = layout_get(&judge->survey->target->layout, LAYOUT_PAGE_LRU);
	struct error *err = NULL;

	*ret = (struct look){ 0 };
	*looked_ret = false;
	for (uint64_t at = pfn * size % kernel->page_size; !err && at + size <= kernel->page_size;
	     at += size) {
		const unsigned char *bytes;
		enum memory_state state;

		err = memory_look(judge->survey->target->memory, &judge->buffer,
				  (frame << kernel->page_shift) + at + lru, 16, &bytes, &state);
		if (err || state != MEMORY_PRESENT)
			return err;
		*looked_ret = true;
		err = links_take(judge, ret, frame, pfn++, bytes);
	}
	return err;
}

/*
 * Whether nobody but the kernel has @frame, as its own struct page says where that is not in
 * such memory itself.
 */
static struct error *is_kernels(struct judge *judge, pfn_t frame, bool *ret)
{
	const struct survey *survey = judge->survey;
	enum frame_use use;
	pfn_t holder;

	*ret = vmemmap_frame_at(survey->map, vmemmap_index_of(&survey->target->kernel, frame),
				&holder) &&
	       range_of(&judge->all, holder);
	if (*ret)
		return NULL;
	struct error *err = frame_use_read(survey, frame, &use);
	*ret = !err && use == FRAME_USE_KERNEL;
	return err;
}

static struct error *frame_judge_contents(struct judge *judge, struct plugged_range *range,
					  const struct frame_interval *interval, pfn_t frame)
{
	const struct survey *survey = judge->survey;
	struct frame_place place = frame_interval_place(survey->map, interval, frame);
	pfn_t pfn = vmemmap_first_pfn(&survey->target->kernel, place.index);
	bool looked, alien = false;
	struct look look;
	struct error *err = frame_look(judge, frame, pfn, &look, &looked);

	if (!err && looked && is_alien(&look))
		err = is_kernels(judge, frame, &alien);
	range->looked += looked;
	range->alien += alien;
	return err;
}

/* --- page tables -------------------------------------------------------------------- */

static bool leads_nowhere(const struct target *target, unsigned level, uint64_t raw)
{
	struct entry entry = target->arch->entry_decode(&target->paging, level, raw);

	if (entry.kind == ENTRY_NONE)
		return false;
	return entry.kind == ENTRY_INVALID ||
	       !kernel_section_of(&target->kernel, entry.addr >> target->kernel.page_shift);
}

/*
 * The table of @level at @addr if it is in such memory: no entry of one is an address, and
 * each leads to memory.
 */
static struct error *table_look(struct judge *judge, unsigned level, paddr_t addr)
{
	const struct target *target = judge->survey->target;
	const struct kernel *kernel = &target->kernel;
	bool broken = false;
	struct plugged_range *range = range_of(&judge->all, addr >> kernel->page_shift);
	struct look look = { 0 };
	const unsigned char *bytes;
	enum memory_state state;
	struct error *err;

	if (!range)
		return NULL;
	err = memory_look(target->memory, &judge->buffer, addr, kernel->page_size, &bytes, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	for (uint64_t at = 0; !err && at < kernel->page_size; at += 8) {
		uint64_t word = load_u64(bytes + at, kernel->big_endian);

		broken |= leads_nowhere(target, level,
					load_u64(bytes + at, target->paging.big_endian));
		if (word % 8 == 0 && is_address(target, word))
			err = address_take(judge, &look, word);
	}
	range->tables++;
	range->alien_tables += is_alien(&look);
	range->broken_tables += broken;
	return err;
}

/* The tables that serve @va, but those looked at last; *next_ret: what the lowest does not serve.
 */
static struct error *tables_at(struct judge *judge, struct pgwalk *walk, vaddr_t va,
			       paddr_t last[PAGING_MAX_LEVELS], vaddr_t *next_ret)
{
	struct mapping mapping;
	struct error *err = pgwalk_at(walk, va, &mapping);

	if (err)
		return err;
	for (unsigned level = mapping.level; !err && level < judge->survey->target->paging.levels;
	     level++) {
		paddr_t table = walk->table[level].addr;

		if (!walk->table[level].valid || table == last[level])
			continue;
		last[level] = table;
		err = table_look(judge, level, table);
	}
	*next_ret = walk->served[mapping.level].start + walk->served[mapping.level].bytes;
	return err;
}

/* Those of the vmemmap. */
static struct error *tables_judge(struct judge *judge)
{
	const struct survey *survey = judge->survey;
	const struct kernel *kernel = &survey->target->kernel;
	paddr_t last[PAGING_MAX_LEVELS] = { 0 };
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, survey->target->arch, &survey->target->paging,
					survey->target->memory);

	for (size_t i = 0; !err && i < kernel->section_count; i++) {
		pfn_t pfn = kernel->sections[i].nr * kernel->pages_per_section;
		vaddr_t end = kernel_struct_page(kernel, pfn + kernel->pages_per_section);

		for (vaddr_t va = kernel_struct_page(kernel, pfn), next; !err && va < end;
		     va = next) {
			next = end;
			err = tables_at(judge, &walk, va, last, &next);
			if (next <= va)
				next = end;
		}
	}
	pgwalk_deinit(&walk);
	return err;
}

/* --- objects of sections ------------------------------------------------------------ */

/* Which struct mem_section_usage are in such memory, and which of these are empty. */
static struct error *usages_judge(struct judge *judge)
{
	const struct target *target = judge->survey->target;
	const struct kernel *kernel = &target->kernel;
	struct error *err = NULL;

	for (size_t i = 0; !err && i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];
		struct plugged_range *range;
		enum memory_state state;
		paddr_t paddr;

		if (!section->usage || section->early || section->inferred)
			continue;
		err = kmem_translate(target->kmem, section->usage, &paddr, &state);
		if (err || state != MEMORY_PRESENT)
			continue;
		range = range_of(&judge->all, paddr >> kernel->page_shift);
		if (range) {
			range->usages++;
			range->lost_usages += section->usage_empty;
		}
	}
	return err;
}

/* --- intervals --------------------------------------------------------------------- */

/* What is done with the frames of @interval that are in @range. */
typedef struct error *(*piece_fn)(struct judge *judge, struct plugged_range *range,
				  const struct frame_interval *interval, pfn_t start, pfn_t end);

static struct error *piece_count(struct judge *judge, struct plugged_range *range,
				 const struct frame_interval *interval, pfn_t start, pfn_t end)
{
	(void)judge;
	(void)interval;
	range->frames += end - start;
	return NULL;
}

/* Every so many frames, as the whole range has too many. */
static struct error *piece_judge(struct judge *judge, struct plugged_range *range,
				 const struct frame_interval *interval, pfn_t start, pfn_t end)
{
	uint64_t step = range->frames / judge->frames_max + 1;
	struct error *err = NULL;

	for (pfn_t frame = (start + step - 1) / step * step; !err && frame < end; frame += step)
		err = frame_judge_contents(judge, range, interval, frame);
	return err;
}

/* Both are sorted by where they begin. */
static struct error *piece_of_ranges(struct judge *judge, piece_fn piece,
				     const struct frame_interval *interval, pfn_t start,
				     unsigned first)
{
	struct overwritten *all = &judge->all;
	pfn_t end = frame_interval_end(interval);
	struct error *err = NULL;

	for (unsigned i = first; !err && i < all->count && all->ranges[i].start < end; i++) {
		struct plugged_range *range = &all->ranges[i];
		pfn_t from = start > range->start ? start : range->start;
		pfn_t to = end < range->end ? end : range->end;

		if (from < to)
			err = piece(judge, range, interval, from, to);
	}
	return err;
}

/* Each frame once. Intervals and ranges are sorted by where they begin. */
static struct error *pieces_each(struct judge *judge, piece_fn piece)
{
	const struct vmemmap_map *map = judge->survey->map;
	const struct overwritten *all = &judge->all;
	struct error *err = NULL;
	unsigned first = 0;
	pfn_t done = 0;

	for (size_t i = 0; !err && i < map->interval_count; i++) {
		const struct frame_interval *interval = &map->intervals[i];
		pfn_t start = interval->start > done ? interval->start : done;

		while (first < all->count && all->ranges[first].end <= start)
			first++;
		err = piece_of_ranges(judge, piece, interval, start, first);
		if (frame_interval_end(interval) > done)
			done = frame_interval_end(interval);
	}
	return err;
}

/* --- all of it ---------------------------------------------------------------------- */

static bool is_overwritten(const struct plugged_range *range)
{
	return range->alien >= ALIEN_FRAMES || range->alien_tables >= ALIEN_TABLES ||
	       (range->lost_usages && range->broken_tables);
}

static void conclude(const struct judge *judge, struct overwritten *ret)
{
	for (unsigned i = 0; i < judge->all.count; i++) {
		const struct plugged_range *range = &judge->all.ranges[i];

		ret->looked += range->looked + range->tables;
		if (is_overwritten(range))
			ret->ranges[ret->count++] = *range;
	}
	if (ret->count && judge->votes)
		ret->vmemmap = judge->other;
}

struct error *overwritten_find(const struct survey *survey, bool thorough, struct overwritten *ret)
{
	const struct layout *layout = &survey->target->layout;
	struct judge judge = {
		.survey = survey,
		.frames_max = thorough ? FRAMES_THOROUGH : FRAMES_SAMPLE,
	};

	*ret = (struct overwritten){ 0 };
	ranges_find(&judge);
	if (!judge.all.count || survey->target->arch->kernel_is_low ||
	    !layout_has(layout, LAYOUT_PAGE_LRU) ||
	    layout_get(layout, LAYOUT_PAGE_LRU) + 16 > survey->target->kernel.struct_page_size)
		return NULL;
	struct error *err = pieces_each(&judge, piece_count);
	if (!err)
		err = pieces_each(&judge, piece_judge);
	if (!err)
		err = tables_judge(&judge);
	if (!err)
		err = usages_judge(&judge);
	if (!err)
		conclude(&judge, ret);
	page_buffer_deinit(&judge.buffer);
	return err;
}
