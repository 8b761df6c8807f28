// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sections, nodes and zones out of memory. Linux kernel include/linux/mmzone.h,
 * mm/sparse.c; page.flags bits: include/linux/page-flags-layout.h.
 */
#include "analyzer/kernel/kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/kernel/sections.h"
#include "analyzer/arch/arch.h"
#include "include/array.h"
#include "include/bisect.h"
#include "include/bytes.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/paging/kmem.h"
#include "analyzer/kernel/layout.h"
#include "include/vector.h"

enum {
	SECTION_SIZE_BITS_MAX = 30, /* known: 24 (ppc64) to 30 */
	SUBSECTION_SHIFT = 21,	    /* include/linux/mmzone.h: 2 MiB everywhere */
	NODES_MAX = 1 << 16,
	ZONES_MAX = 8,
};

/* Beyond any physical address; no sum with one wraps. */
#define ZONE_SPAN_UNTOLD (UINT64_MAX / 2)

_Static_assert(SUBSECTIONS_MAX == 1 << (SECTION_SIZE_BITS_MAX - SUBSECTION_SHIFT),
	       "a section's bitmap holds all its sub-sections");

static unsigned log2_ceil(uint64_t value)
{
	unsigned bits = 0;

	while (bits < 63 && (UINT64_C(1) << bits) < value)
		bits++;
	return bits;
}

/* --- constants ------------------------------------------------------------ */

/* Types may come from a file that anybody wrote: no member may lie outside. */
static struct error *members_check(const struct layout *layout, uint64_t struct_page_size)
{
	static const struct {
		enum layout_id id;
		uint64_t size;
	} members[] = {
		{ LAYOUT_PAGE_FLAGS, 8 },	  { LAYOUT_PAGE_PRIVATE, 8 },
		{ LAYOUT_PAGE_MAPCOUNT, 4 },	  { LAYOUT_PAGE_REFCOUNT, 4 },
		{ LAYOUT_PAGE_TYPE, 4 },	  { LAYOUT_PAGE_MAPPING, 8 },
		{ LAYOUT_PAGE_COMPOUND_HEAD, 8 }, { LAYOUT_PAGE_COMPOUND_INFO, 8 },
	};
	char name[96];

	for (unsigned i = 0; i < COUNT_OF(members); i++)
		if (layout_has(layout, members[i].id) &&
		    (layout_get(layout, members[i].id) > struct_page_size ||
		     layout_get(layout, members[i].id) + members[i].size > struct_page_size))
			return error_new(ERROR_CORRUPT,
					 "%s is %" PRIu64 ", outside a struct page of %" PRIu64
					 " bytes",
					 layout_name(members[i].id, name, sizeof(name)),
					 layout_get(layout, members[i].id), struct_page_size);
	return NULL;
}

/* Linux kernel include/linux/mmzone.h, MAX_FOLIO_ORDER: 16 GiB with gigantic pages. */
enum { MAX_FOLIO_SHIFT = 34, MAX_PAGE_ORDERS = 11 };

/* An array of shared tails has a place for each order; else the architecture tells. */
static unsigned max_folio_order(const struct kernel *kernel, const struct layout *layout,
				const struct arch_info *arch)
{
	uint64_t length;

	if (layout_has(layout, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH)) {
		length = layout_get(layout, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH);
		if (length && length <= VMEMMAP_TAILS_MAX)
			return kernel->tails_min_order + (unsigned)length - 1;
	}
	if (arch->has_gigantic_pages)
		return MAX_FOLIO_SHIFT - kernel->page_shift;
	length = layout_has(layout, LAYOUT_ZONE_FREE_AREA_LENGTH)
			 ? layout_get(layout, LAYOUT_ZONE_FREE_AREA_LENGTH)
			 : MAX_PAGE_ORDERS;
	return length && length <= VMEMMAP_TAILS_MAX ? (unsigned)length - 1 : MAX_PAGE_ORDERS - 1;
}

static struct error *constants_read(const struct facts *facts, const struct layout *layout,
				    const struct arch_info *arch, struct kernel *kernel)
{
	static const enum layout_id needed[] = {
		LAYOUT_PAGE_SIZE,	LAYOUT_PAGE_FLAGS,    LAYOUT_PAGE_PRIVATE,
		LAYOUT_PAGE_MAPCOUNT,	LAYOUT_PAGE_REFCOUNT, LAYOUT_SECTION_SIZE,
		LAYOUT_SECTION_MEM_MAP,
	};
	struct error *err = layout_require(layout, "the analysis", needed, COUNT_OF(needed));
	if (err)
		return err;

	uint64_t bits = arch->section_size_bits;
	facts_value(facts, "NUMBER", "SECTION_SIZE_BITS", &bits);
	kernel->struct_page_size = layout_get(layout, LAYOUT_PAGE_SIZE);
	if (kernel->struct_page_size < 32 || kernel->struct_page_size > 512)
		return error_new(ERROR_CORRUPT,
				 "struct page of %" PRIu64 " bytes is not believable",
				 kernel->struct_page_size);
	if (bits < SUBSECTION_SHIFT || bits > SECTION_SIZE_BITS_MAX || bits <= kernel->page_shift)
		return error_new(ERROR_CORRUPT, "SECTION_SIZE_BITS %" PRIu64 " is not believable",
				 bits);

	kernel->section_size_bits = (unsigned)bits;
	kernel->pages_per_section = UINT64_C(1) << (bits - kernel->page_shift);
	kernel->subsections_per_section = UINT64_C(1) << (bits - SUBSECTION_SHIFT);
	kernel->tails_min_order = log2_ceil(2 * kernel->page_size / kernel->struct_page_size);
	kernel->max_folio_order = max_folio_order(kernel, layout, arch);
	err = members_check(layout, kernel->struct_page_size);
	if (!err)
		page_format_resolve(layout, facts, kernel->big_endian, &kernel->page);
	return err;
}

/* --- vmemmap -------------------------------------------------------------- */

static uint64_t section_map_mask(const struct layout *layout, unsigned page_shift)
{
	/* Where types do not tell how many marks there are: a vmemmap begins with a page. */
	uint64_t last = layout_has(layout, LAYOUT_SECTION_MAP_LAST_BIT)
				? layout_get(layout, LAYOUT_SECTION_MAP_LAST_BIT)
				: page_shift;

	return last < 64 ? ~((UINT64_C(1) << last) - 1) : 0;
}

/*
 * section_mem_map is the address that struct page 0 would have
 * (sparse_encode_mem_map), so with a vmemmap all sections agree; the majority
 * decides, and the checks report who does not.
 */
static bool vmemmap_vote(const struct kernel *kernel, vaddr_t *ret)
{
	uint64_t candidate = 0;
	size_t votes = 0;

	for (size_t i = 0; i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];
		uint64_t base = section->map & kernel->section_map_mask;

		if (!section->has_mem_map)
			continue;
		if (votes == 0)
			candidate = base;
		votes += base == candidate ? 1 : (size_t)-1;
	}
	*ret = candidate;
	return votes > 0 && candidate;
}

/* x86-64 keeps it in a variable of the kernel image. */
static struct error *vmemmap_variable(const struct layout *layout, struct kmem *kmem,
				      struct kernel *kernel)
{
	enum memory_state state = MEMORY_ABSENT;
	struct error *err = NULL;

	if (layout_has(layout, LAYOUT_SYM_VMEMMAP_BASE))
		err = kmem_read_uint(kmem, layout_symbol(layout, LAYOUT_SYM_VMEMMAP_BASE), 8,
				     &kernel->vmemmap, &state);
	kernel->has_vmemmap = !err && state == MEMORY_PRESENT;
	kernel->vmemmap_source = "the variable vmemmap_base";
	return err;
}

/*
 * Kernel addresses are those that the sign extends, where there are fewer bits than 64;
 * s390x gives the kernel an address space of its own, from 0 on.
 */
static bool vmemmap_believable(const struct kernel *kernel, const struct paging *paging)
{
	const unsigned top = paging->levels - 1;
	unsigned bits = paging->level[top].shift + paging->level[top].bits;
	uint64_t above = bits < 64 ? kernel->vmemmap >> bits : 0;

	return kernel->has_vmemmap && kernel->vmemmap &&
	       (kernel->vmemmap >> 63 || (paging->has_low_kernel && !above)) &&
	       !(kernel->vmemmap & (kernel->page_size - 1));
}

static struct error *vmemmap_find(const struct facts *facts, const struct layout *layout,
				  struct kmem *kmem, struct kernel *kernel)
{
	struct error *err = NULL;

	kernel->section_map_mask = section_map_mask(layout, kernel->page_shift);
	if (facts_value(facts, "SYMBOL", "vmemmap", &kernel->vmemmap)) {
		kernel->vmemmap_source = "VMCOREINFO SYMBOL(vmemmap)";
		kernel->has_vmemmap = true;
	} else if (vmemmap_vote(kernel, &kernel->vmemmap)) {
		kernel->vmemmap_source = "section_mem_map of the memory sections";
		kernel->has_vmemmap = true;
	} else {
		err = vmemmap_variable(layout, kmem, kernel);
	}
	if (err)
		return err;
	if (!kernel->has_vmemmap && kernel->section_count == 0)
		return sections_missing(kernel);
	if (!vmemmap_believable(kernel, kmem->walk.paging))
		return error_new(ERROR_CORRUPT,
				 "the vmemmap's address 0x%" PRIx64
				 " is not believable: a kernel without "
				 "SPARSEMEM_VMEMMAP, or types of another kernel",
				 kernel->vmemmap);
	return NULL;
}

/* --- nodes and zones ------------------------------------------------------ */

static unsigned zone_bits(uint64_t zones)
{
	return zones < 2 ? 0 : zones <= 2 ? 1 : zones <= 4 ? 2 : 3;
}

static struct error *read_member(struct kmem *kmem, const struct layout *layout, vaddr_t base,
				 enum layout_id member, uint64_t *ret)
{
	enum memory_state state = MEMORY_ABSENT;
	struct error *err = NULL;

	*ret = 0;
	if (layout_has(layout, member))
		err = kmem_read_uint(kmem, base + layout_get(layout, member), 8, ret, &state);
	if (state != MEMORY_PRESENT)
		*ret = 0;
	return err;
}

static struct error *tails_read(struct kmem *kmem, vaddr_t array, uint64_t length,
				struct zone_info *zone)
{
	zone->tail_count = (unsigned)(length < VMEMMAP_TAILS_MAX ? length : VMEMMAP_TAILS_MAX);
	for (unsigned i = 0; i < zone->tail_count; i++) {
		enum memory_state state;
		struct error *err =
			kmem_read_uint(kmem, array + 8 * i, 8, &zone->tail[i].page, &state);

		if (err)
			return err;
		zone->tail[i].known = state == MEMORY_PRESENT;
	}
	return NULL;
}

/* An array whose length the types do not tell: a struct page is where a pointer might be. */
static struct error *is_tails_array(struct kmem *kmem, const struct kernel *kernel, vaddr_t at,
				    uint64_t length, bool *ret)
{
	uint64_t bytes = kernel->struct_page_size << (52 - kernel->page_shift);
	struct error *err = NULL;

	*ret = false;
	for (uint64_t i = 0; !err && !*ret && i < length; i++) {
		enum memory_state state;
		uint64_t word;

		err = kmem_read_uint(kmem, at + 8 * i, 8, &word, &state);
		*ret = !err && state == MEMORY_PRESENT && word >= kernel->vmemmap &&
		       word - kernel->vmemmap < bytes;
	}
	return err;
}

/* A pointer in place of the array: NULL until a first frame is needed. */
static struct error *tails_pointer_read(struct kmem *kmem, const struct kernel *kernel,
					vaddr_t pointer, struct zone_info *zone)
{
	uint64_t length = kernel->max_folio_order + 1 - kernel->tails_min_order;
	enum memory_state state;
	uint64_t array;

	if (kernel->max_folio_order < kernel->tails_min_order)
		return NULL;
	struct error *err = kmem_read_uint(kmem, pointer, 8, &array, &state);

	if (err || length > VMEMMAP_TAILS_MAX)
		return err;
	bool is_array;
	err = is_tails_array(kmem, kernel, pointer, length, &is_array);
	if (err || is_array)
		return err ? err : tails_read(kmem, pointer, length, zone);
	if (state == MEMORY_PRESENT && array)
		return tails_read(kmem, array, length, zone);
	zone->tail_count = (unsigned)length;
	for (unsigned i = 0; i < zone->tail_count; i++)
		zone->tail[i].known = state == MEMORY_PRESENT;
	return NULL;
}

static struct error *zone_tails_read(const struct kernel *kernel, struct kmem *kmem,
				     const struct layout *layout, vaddr_t base,
				     struct zone_info *zone)
{
	if (!layout_has(layout, LAYOUT_ZONE_VMEMMAP_TAILS))
		return NULL;
	base += layout_get(layout, LAYOUT_ZONE_VMEMMAP_TAILS);
	if (!layout_has(layout, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH))
		return tails_pointer_read(kmem, kernel, base, zone);
	return tails_read(kmem, base, layout_get(layout, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH), zone);
}

static void zone_name_by_index(struct zone_info *zone)
{
	snprintf(zone->name, sizeof(zone->name), "%u", zone->index);
}

/* Of types that lack a part of it, a zone may have any page. */
static struct error *span_read(struct kmem *kmem, const struct layout *layout, vaddr_t base,
			       struct zone_info *zone)
{
	if (!zone_spans_known(layout)) {
		zone->spanned_pages = ZONE_SPAN_UNTOLD;
		return NULL;
	}
	struct error *err =
		read_member(kmem, layout, base, LAYOUT_ZONE_START_PFN, &zone->start_pfn);

	return err ? err
		   : read_member(kmem, layout, base, LAYOUT_ZONE_SPANNED_PAGES,
				 &zone->spanned_pages);
}

static struct error *zone_read(const struct kernel *kernel, struct kmem *kmem,
			       const struct layout *layout, vaddr_t base, struct zone_info *zone)
{
	struct error *err = span_read(kmem, layout, base, zone);
	uint64_t name;

	zone_name_by_index(zone);
	if (!err)
		err = read_member(kmem, layout, base, LAYOUT_ZONE_NAME, &name);
	if (!err && name)
		err = kmem_read_text(kmem, name, zone->name, sizeof(zone->name));
	if (!zone->name[0])
		zone_name_by_index(zone);
	if (!err)
		err = zone_tails_read(kernel, kmem, layout, base, zone);
	return err;
}

/* Zones read as empty where they are not in the dump: count that once a node. */
static struct error *node_probe(struct kernel *kernel, struct kmem *kmem, vaddr_t pgdat,
				uint64_t len)
{
	uint64_t page = kernel->page_size;
	enum memory_state state = MEMORY_PRESENT;
	struct error *err = NULL;
	unsigned char byte;

	for (uint64_t at = 0; !err && state == MEMORY_PRESENT && at < len; at += page)
		err = kmem_read(kmem, pgdat + at, &byte, 1, &state);
	if (!err && state != MEMORY_PRESENT)
		kernel->nodes_unreadable++;
	return err;
}

static struct error *node_new(struct kernel *kernel, unsigned node, vaddr_t pgdat)
{
	size_t count = kernel->node_count + 1;
	struct error *err = vector_reserve(kernel->nodes, kernel->node_room, count);

	if (!err)
		err = vector_reserve(kernel->pgdats, kernel->pgdat_room, count);
	if (err)
		return err;
	kernel->nodes[kernel->node_count] = node;
	kernel->pgdats[kernel->node_count++] = pgdat;
	return NULL;
}

static struct error *node_add(struct kernel *kernel, struct kmem *kmem, const struct layout *layout,
			      unsigned node, vaddr_t pgdat)
{
	uint64_t zones = layout_get(layout, LAYOUT_PGDAT_NODE_ZONES_LENGTH);
	uint64_t size = layout_get(layout, LAYOUT_ZONE_SIZE);
	struct error *err = node_new(kernel, node, pgdat);

	if (err)
		return err;
	if (!layout_has(layout, LAYOUT_PGDAT_NODE_ZONES) || !size || !zones) {
		kernel->nodes_unreadable++;
		return NULL;
	}
	if (zones > ZONES_MAX)
		zones = ZONES_MAX;
	if (size > 1 << 16)
		return error_new(ERROR_CORRUPT,
				 "struct zone of %" PRIu64 " bytes is not believable", size);

	err = vector_reserve(kernel->zones, kernel->zone_room, kernel->zone_count + zones);
	if (err)
		return err;
	err = node_probe(kernel, kmem, pgdat + layout_get(layout, LAYOUT_PGDAT_NODE_ZONES),
			 zones * size);
	for (uint64_t i = 0; !err && i < zones; i++) {
		struct zone_info *zone = &kernel->zones[kernel->zone_count++];

		*zone = (struct zone_info){ .node = node, .index = (unsigned)i };
		err = zone_read(kernel, kmem, layout,
				pgdat + layout_get(layout, LAYOUT_PGDAT_NODE_ZONES) + i * size,
				zone);
	}
	return err;
}

/* Without CONFIG_NUMA there is one node, which no array points to. */
static bool single_node(const struct facts *facts, uint64_t *pgdat_ret)
{
	return facts_value(facts, "SYMBOL", "contig_page_data", pgdat_ret);
}

/*
 * MAX_NUMNODES: some architectures tell LENGTH(node_data); else any member that has a
 * place for each node. A nodemask_t is rounded up: only what is left when all else fails.
 */
static uint64_t nodes_length(const struct facts *facts, const struct layout *layout)
{
	static const enum layout_id members[] = {
		LAYOUT_HSTATE_NR_NODE_LENGTH,
		LAYOUT_KMEM_CACHE_NODE_LENGTH,
	};
	uint64_t length;

	if (facts_value(facts, "LENGTH", "node_data", &length))
		return length;
	for (unsigned i = 0; i < COUNT_OF(members); i++)
		if (layout_has(layout, members[i]))
			return layout_get(layout, members[i]);
	return facts_value(facts, "SIZE", "nodemask_t", &length) && length <= NODES_MAX ? 8 * length
											: 1;
}

static struct error *nodes_read(const struct facts *facts, const struct layout *layout,
				struct kmem *kmem, struct kernel *kernel)
{
	uint64_t length = nodes_length(facts, layout), array = 0;
	enum memory_state state;

	kernel->zones_shift = zone_bits(layout_get(layout, LAYOUT_PGDAT_NODE_ZONES_LENGTH));
	if (single_node(facts, &array))
		return node_add(kernel, kmem, layout, 0, array);
	if (length > NODES_MAX)
		return error_new(ERROR_CORRUPT, "MAX_NUMNODES %" PRIu64 " is not believable",
				 length);
	kernel->nodes_shift = log2_ceil(length);

	if (!facts_value(facts, "SYMBOL", "node_data", &array) &&
	    layout_has(layout, LAYOUT_SYM_NODE_DATA))
		array = layout_symbol(layout, LAYOUT_SYM_NODE_DATA);
	if (!array) {
		kernel->nodes_unreadable = 1;
		return NULL;
	}
	for (uint64_t node = 0; node < length; node++) {
		uint64_t pgdat = 0;
		struct error *err = kmem_read_uint(kmem, array + 8 * node, 8, &pgdat, &state);

		if (!err && state == MEMORY_PRESENT && pgdat)
			err = node_add(kernel, kmem, layout, (unsigned)node, pgdat);
		else if (!err && state != MEMORY_PRESENT && state != MEMORY_EXCLUDED)
			kernel->nodes_unreadable++;
		if (err)
			return err;
	}
	/* A machine has a node: an array without any is one that is not in the dump. */
	if (kernel->node_count == 0)
		kernel->nodes_unreadable++;
	return NULL;
}

/*
 * The switch of HVO. A bool that only the boot parameter sets (hugetlb_free_vmemmap_enabled),
 * then a static key, then an enum with a sysctl, Linux kernel commit 78f39084b41d ("mm:
 * hugetlb_vmemmap: add hugetlb_optimize_vmemmap sysctl"), then a bool again.
 */
static const struct {
	enum layout_id symbol;
	size_t size;
	bool is_key; /* struct static_key: its count */
	bool at_boot;
} switches[] = {
	{ LAYOUT_SYM_OPTIMIZE_ENABLED, 1, false, false },
	{ LAYOUT_SYM_OPTIMIZE_MODE, 4, false, false },
	{ LAYOUT_SYM_FREE_ENABLED, 1, false, true },
	{ LAYOUT_SYM_FREE_KEY, 4, true, true },
};

static bool switch_is_there(const struct layout *layout, unsigned i)
{
	return layout_has(layout, switches[i].symbol) &&
	       (!switches[i].is_key || layout_has(layout, LAYOUT_STATIC_KEY_ENABLED));
}

static struct error *switch_value_read(const struct layout *layout, struct kmem *kmem, unsigned i,
				       struct kernel *kernel)
{
	vaddr_t at = layout_symbol(layout, switches[i].symbol);
	enum memory_state state;
	uint64_t value;

	if (switches[i].is_key)
		at += layout_get(layout, LAYOUT_STATIC_KEY_ENABLED);
	struct error *err = kmem_read_uint(kmem, at, switches[i].size, &value, &state);
	if (!err && state == MEMORY_PRESENT)
		kernel->optimize_enabled = value != 0;
	return err;
}

static struct error *switch_read(const struct layout *layout, struct kmem *kmem,
				 struct kernel *kernel)
{
	kernel->optimize_enabled = -1;
	kernel->switch_at_boot = layout_has(layout, LAYOUT_HSTATE_NR_FREE_VMEMMAP);
	kernel->key_counts_switch = layout_has(layout, LAYOUT_SYM_OPTIMIZE_MODE);
	for (unsigned i = 0; i < COUNT_OF(switches); i++) {
		if (!switch_is_there(layout, i))
			continue;
		kernel->switch_at_boot = switches[i].at_boot;
		return switch_value_read(layout, kmem, i, kernel);
	}
	return NULL;
}

/* --- a table of sections that was cut short --------------------------------- */

/* Where the last page ends that a zone spans, of those that physical addresses can have. */
pfn_t kernel_zones_end(const struct kernel *kernel)
{
	pfn_t limit = UINT64_C(1) << (52 - kernel->page_shift), last = 0, end;

	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];

		if (!zone->spanned_pages ||
		    __builtin_add_overflow(zone->start_pfn, zone->spanned_pages, &end))
			continue;
		last = end <= limit && end > last ? end : last;
	}
	return last;
}

/* Sections up to there beyond the last that mem_section shows: something hid them. */
static uint64_t sections_beyond(const struct kernel *kernel)
{
	pfn_t end = kernel_zones_end(kernel), known = 0;

	if (kernel->section_count)
		known = (kernel->sections[kernel->section_count - 1].nr + 1) *
			kernel->pages_per_section;
	return end > known
		       ? (end - known + kernel->pages_per_section - 1) / kernel->pages_per_section
		       : 0;
}

/* Page tables tell of those that mem_section does not show. */
static struct error *sections_complete(const struct facts *facts, const struct layout *layout,
				       struct kmem *kmem, struct kernel *kernel)
{
	struct error *err = sections_find_lost(facts, layout, kmem, kernel);

	if (err)
		return err;
	if (!kernel->sections_unreadable)
		kernel->sections_unreadable = sections_beyond(kernel);
	return kernel->sections_unreadable || kernel->section_count == 0
		       ? sections_infer(facts, kmem, kernel)
		       : NULL;
}

/* --- all of it ------------------------------------------------------------ */

struct error *kernel_read(const struct facts *facts, const struct layout *layout, struct kmem *kmem,
			  const struct arch_info *arch, struct kernel *ret)
{
	unsigned page_shift = kmem->walk.paging->page_shift;

	*ret = (struct kernel){
		.page_shift = page_shift,
		.page_size = UINT64_C(1) << page_shift,
		.big_endian = kmem->big_endian,
	};
	struct error *err = constants_read(facts, layout, arch, ret);

	if (!err)
		err = sections_read(facts, layout, kmem, ret);
	if (!err)
		err = vmemmap_find(facts, layout, kmem, ret);
	if (!err)
		err = nodes_read(facts, layout, kmem, ret);
	if (!err)
		err = sections_complete(facts, layout, kmem, ret);
	if (!err)
		err = switch_read(layout, kmem, ret);
	if (err)
		kernel_deinit(ret);
	return err;
}

void kernel_deinit(struct kernel *kernel)
{
	free(kernel->sections);
	free(kernel->subsections);
	free(kernel->nodes);
	free(kernel->pgdats);
	free(kernel->zones);
	kernel->sections = NULL;
	kernel->subsections = NULL;
	kernel->nodes = NULL;
	kernel->pgdats = NULL;
	kernel->zones = NULL;
	kernel->section_count = kernel->subsections_count = kernel->node_count =
		kernel->zone_count = 0;
	kernel->node_room = kernel->pgdat_room = kernel->zone_room = 0;
}

const struct section *kernel_section(const struct kernel *kernel, uint64_t nr)
{
	const struct section *sections = kernel->sections;
	size_t count = kernel->section_count, low = 0, high = count;

	if (count == 0 || nr < sections[0].nr || nr > sections[count - 1].nr)
		return NULL;
	/* Sections without a gap between them and the last, or the first, are there at once. */
	if (sections[count - 1].nr - nr < count)
		low = count - 1 - (size_t)(sections[count - 1].nr - nr);
	if (sections[low].nr == nr)
		return &sections[low];
	if (nr - sections[0].nr < count)
		high = (size_t)(nr - sections[0].nr) + 1;
	if (sections[high - 1].nr == nr)
		return &sections[high - 1];
	low = bisect_between(low, high, i, sections[i].nr < nr);
	return low < count && sections[low].nr == nr ? &sections[low] : NULL;
}

const struct section *kernel_section_of(const struct kernel *kernel, pfn_t pfn)
{
	return kernel_section(kernel, pfn >> (kernel->section_size_bits - kernel->page_shift));
}

bool section_subsection_valid(const struct kernel *kernel, const struct section *section,
			      uint64_t index)
{
	if (!section->has_mem_map || index >= SUBSECTIONS_MAX)
		return false;
	return section->subsections == SUBSECTIONS_ALL ||
	       (kernel->subsections[section->subsections].valid[index / 64] >> (index % 64) & 1);
}

bool zone_spans_known(const struct layout *layout)
{
	return layout_has(layout, LAYOUT_ZONE_START_PFN) &&
	       layout_has(layout, LAYOUT_ZONE_SPANNED_PAGES);
}

bool zone_spans(const struct zone_info *zone, pfn_t pfn)
{
	return zone && pfn >= zone->start_pfn && pfn - zone->start_pfn < zone->spanned_pages;
}

bool kernel_pfn_valid(const struct kernel *kernel, pfn_t pfn)
{
	const struct section *section = kernel_section_of(kernel, pfn);
	uint64_t subsection = pfn >> (SUBSECTION_SHIFT - kernel->page_shift);

	return section &&
	       section_subsection_valid(kernel, section,
					subsection & (kernel->subsections_per_section - 1));
}

const struct zone_info *kernel_zone(const struct kernel *kernel, unsigned node, unsigned index)
{
	for (size_t i = 0; i < kernel->zone_count; i++)
		if (kernel->zones[i].node == node && kernel->zones[i].index == index)
			return &kernel->zones[i];
	return NULL;
}

struct error *kernel_zone_infer(struct kernel *kernel, unsigned node, unsigned index,
				struct zone_info **ret)
{
	struct zone_info zone = { .node = node, .index = index, .inferred = true };
	struct error *err;

	zone_name_by_index(&zone);
	err = vector_push(kernel->zones, kernel->zone_count, kernel->zone_room, zone);
	if (!err)
		*ret = &kernel->zones[kernel->zone_count - 1];
	return err;
}

enum tail_state kernel_shared_tail(const struct kernel *kernel, unsigned node, unsigned zone,
				   unsigned order, pfn_t *ret)
{
	const struct zone_info *info = kernel_zone(kernel, node, zone);
	unsigned slot = order - kernel->tails_min_order;

	if (!info || order < kernel->tails_min_order || slot >= info->tail_count ||
	    !info->tail[slot].known)
		return TAIL_UNREADABLE;
	if (!info->tail[slot].page || info->tail[slot].unfit)
		return TAIL_NULL;
	if (info->tail[slot].page < kernel->vmemmap)
		return TAIL_UNREADABLE;
	*ret = (info->tail[slot].page - kernel->vmemmap) / kernel->struct_page_size;
	return TAIL_KNOWN;
}
