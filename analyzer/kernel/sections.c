// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory sections: from mem_section, and where that is not in the dump from the
 * page tables of the vmemmap. Linux kernel include/linux/mmzone.h, mm/sparse.c.
 */
#include "analyzer/kernel/sections.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/paging/table_set.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/kernel/layout.h"
#include "analyzer/kernel/section_reader.h"
#include "include/vector.h"

/* 64 TiB; more is a loop in damaged tables. */
enum { MEMORY_MAX_SHIFT = 46 };

/* The kernel's MAX_PHYSMEM_BITS: 56 on riscv64, less elsewhere. */
enum { PHYSMEM_BITS_MAX = 56 };

/* Sections are of 16 MiB (ppc64) and more. */
size_t sections_max(const struct kernel *kernel)
{
	return (size_t)1 << (MEMORY_MAX_SHIFT - kernel->section_size_bits);
}

/* --- mem_section ----------------------------------------------------------- */

/*
 * VMCOREINFO's SYMBOL(mem_section) is the value of the pointer (SYMBOL_ARRAY);
 * the symbol of the types is the pointer's own address.
 */
static struct error *section_roots(const struct facts *facts, struct section_reader *reader)
{
	enum memory_state state;

	if (facts_value(facts, "SYMBOL", "mem_section", &reader->roots))
		return NULL;
	if (!layout_has(reader->layout, LAYOUT_SYM_MEM_SECTION))
		return error_new(ERROR_NOT_FOUND, "neither VMCOREINFO nor the symbols know "
						  "mem_section: the memory map cannot be found");
	vaddr_t pointer = layout_symbol(reader->layout, LAYOUT_SYM_MEM_SECTION);
	struct error *err = kmem_read_uint(reader->kmem, pointer, 8, &reader->roots, &state);
	if (err)
		return err;
	return state == MEMORY_PRESENT
		       ? NULL
		       : error_new(ERROR_NOT_FOUND, "mem_section at 0x%" PRIx64 " is %s", pointer,
				   memory_state_text(state));
}

/* What the machine could have at most, by the width of its physical addresses. */
static uint64_t section_roots_max(const struct facts *facts, const struct section_reader *reader)
{
	uint64_t bits = PHYSMEM_BITS_MAX;

	facts_value(facts, "NUMBER", "MAX_PHYSMEM_BITS", &bits);
	if (bits > PHYSMEM_BITS_MAX || bits < reader->kernel->section_size_bits)
		bits = PHYSMEM_BITS_MAX;
	return (UINT64_C(1) << (bits - reader->kernel->section_size_bits)) / reader->per_root + 1;
}

static struct error *highest_read(struct section_reader *reader)
{
	struct kernel *kernel = reader->kernel;
	enum memory_state state;
	uint64_t highest;
	struct error *err = kmem_read_uint(
		reader->kmem, layout_symbol(reader->layout, LAYOUT_SYM_HIGHEST_SECTION), 8,
		&highest, &state);

	if (err || state != MEMORY_PRESENT)
		return err;
	kernel->section_highest = highest;
	if (highest < reader->highest)
		reader->highest = highest;
	return NULL;
}

static struct error *section_bounds(const struct facts *facts, struct section_reader *reader)
{
	uint64_t roots = 0, size = layout_get(reader->layout, LAYOUT_SECTION_SIZE);

	if (size < 16 || size > reader->kernel->page_size)
		return error_new(ERROR_CORRUPT, "struct mem_section of %" PRIu64 " bytes", size);
	reader->per_root = reader->kernel->page_size / size;
	if (!facts_value(facts, "LENGTH", "mem_section", &roots) || roots == 0)
		return error_new(ERROR_NOT_FOUND, "VMCOREINFO has no usable LENGTH(mem_section)");
	if (roots > section_roots_max(facts, reader))
		return error_new(ERROR_CORRUPT,
				 "VMCOREINFO: LENGTH(mem_section) %" PRIu64 " is not believable",
				 roots);

	reader->root_count = roots;
	reader->highest = roots * reader->per_root - 1;
	return layout_has(reader->layout, LAYOUT_SYM_HIGHEST_SECTION) ? highest_read(reader) : NULL;
}

bool section_flag(const struct layout *layout, enum layout_id bit, unsigned otherwise, uint64_t map)
{
	uint64_t number = layout_has(layout, bit) ? layout_get(layout, bit) : otherwise;

	return number < 64 && (map >> number & 1);
}

/* No table maps what @usage points to, so that there is none: the pointer was overwritten. */
static struct error *usage_ask(struct section_reader *reader, vaddr_t usage,
			       struct section *section)
{
	enum memory_state state;
	paddr_t ignored;
	struct error *err = kmem_translate(reader->kmem, usage, &ignored, &state);

	section->usage_astray = !err && state == MEMORY_ABSENT;
	return err;
}

/* Room for one more map; that of SUBSECTIONS_ALL is there from the beginning. */
static struct error *subsections_grow(struct section_reader *reader)
{
	struct kernel *kernel = reader->kernel;
	struct error *err = vector_reserve(kernel->subsections, reader->subsections_room,
					   kernel->subsections_count + 2);

	if (!err && kernel->subsections_count == 0)
		memset(&kernel->subsections[kernel->subsections_count++], 0xff,
		       sizeof(*kernel->subsections));
	return err;
}

/* The bitmap of valid 2 MiB pieces; a section without one, or of none, is taken as whole. */
static struct error *subsections_read(struct section_reader *reader, vaddr_t usage,
				      struct section *section)
{
	const struct layout *layout = reader->layout;
	uint64_t bytes = reader->kernel->subsections_per_section / 8;
	enum memory_state state = MEMORY_ABSENT;

	section->subsections = SUBSECTIONS_ALL;
	section->subsections_known = section->early;
	if (section->early || !layout_has(layout, LAYOUT_SECTION_USAGE) ||
	    !layout_has(layout, LAYOUT_USAGE_SUBSECTION_MAP))
		return NULL;
	section->usage = usage;
	section->usage_empty = !usage;
	if (!usage)
		return NULL;
	struct error *err = subsections_grow(reader);
	if (err)
		return err;
	struct subsections *map = &reader->kernel->subsections[reader->kernel->subsections_count];
	uint64_t any = 0;

	memset(map, 0, sizeof(*map));
	if (bytes < 8)
		bytes = 8;
	for (uint64_t i = 0; i < bytes / 8; i++) {
		err = kmem_read_uint(reader->kmem,
				     usage + layout_get(layout, LAYOUT_USAGE_SUBSECTION_MAP) +
					     8 * i,
				     8, &map->valid[i], &state);
		if (!err && state == MEMORY_ABSENT)
			return usage_ask(reader, usage, section);
		if (err || state != MEMORY_PRESENT)
			return err;
		any |= map->valid[i];
	}
	section->usage_empty = !any;
	if (!any)
		return NULL;
	section->subsections = (uint32_t)reader->kernel->subsections_count++;
	section->subsections_known = true;
	return NULL;
}

/* The member at @id of the mem_section at @bytes; 0 if this kernel has none. */
static uint64_t section_member(const struct section_reader *reader, const unsigned char *bytes,
			       enum layout_id id)
{
	uint64_t at = layout_get(reader->layout, id);

	if (!layout_has(reader->layout, id) ||
	    at > layout_get(reader->layout, LAYOUT_SECTION_SIZE) - 8)
		return 0;
	return load_u64(bytes + at, reader->kernel->big_endian);
}

/*
 * Of a boot section with an order, that of the gigantic page; 0 for any other. No type tells
 * how wide the member is: its lowest byte holds any order, and is first but on big endian.
 */
static uint8_t preinit_order(const struct section_reader *reader, const unsigned char *bytes,
			     const struct section *section)
{
	const struct kernel *kernel = reader->kernel;
	uint64_t order = section_member(reader, bytes, LAYOUT_SECTION_COMPOUND_ORDER) |
			 section_member(reader, bytes, LAYOUT_SECTION_ORDER);
	unsigned least = kernel->section_size_bits - kernel->page_shift;

	order &= UINT8_MAX;
	if (kernel->big_endian || !section->early || section->device || order < least ||
	    order > kernel->max_folio_order)
		return 0;
	return (uint8_t)order;
}

/* Linux kernel mm/page_ext.c, page_ext_invalid(). */
static bool has_page_ext(uint64_t pointer)
{
	return pointer && !(pointer & 1);
}

/* As many as there can be, if these are not too many to begin with. */
static size_t capacity_first(const struct section_reader *reader)
{
	enum { MANY = 1 << 14 };

	return reader->highest < MANY ? (size_t)reader->highest + 1 : MANY;
}

struct error *section_add(struct section_reader *reader, uint64_t nr, const unsigned char *bytes)
{
	const struct layout *layout = reader->layout;
	struct kernel *kernel = reader->kernel;
	uint64_t size = layout_get(layout, LAYOUT_SECTION_SIZE);
	uint64_t at = layout_get(layout, LAYOUT_SECTION_MEM_MAP);

	if (at > size - 8)
		return error_new(ERROR_CORRUPT, "section_mem_map lies outside struct mem_section");
	uint64_t map = load_u64(bytes + at, kernel->big_endian);
	if (!section_flag(layout, LAYOUT_SECTION_PRESENT_BIT, 0, map))
		return NULL;

	if (kernel->section_count == sections_max(kernel))
		return error_new(ERROR_CORRUPT,
				 "mem_section has more than %zu sections: it is damaged",
				 sections_max(kernel));
	struct error *err = vector_reserve(kernel->sections, reader->capacity,
					   reader->capacity ? kernel->section_count + 1
							    : capacity_first(reader));
	if (err)
		return err;

	struct section *section = &kernel->sections[kernel->section_count++];
	*section = (struct section){
		.nr = nr,
		.map = map,
		.has_mem_map = section_flag(layout, LAYOUT_SECTION_HAS_MEM_MAP_BIT, 1, map),
		.online = section_flag(layout, LAYOUT_SECTION_ONLINE_BIT, 2, map),
		.early = section_flag(layout, LAYOUT_SECTION_EARLY_BIT, 3, map),
		.device = section_flag(layout, LAYOUT_SECTION_DEVICE_BIT, 4, map),
		.page_ext = has_page_ext(section_member(reader, bytes, LAYOUT_SECTION_PAGE_EXT)),
	};
	section->preinit_order = preinit_order(reader, bytes, section);
	section->preinit = section->preinit_order ||
			   (layout_has(layout, LAYOUT_SECTION_PREINIT_BIT) &&
			    section_flag(layout, LAYOUT_SECTION_PREINIT_BIT, 0, map));
	return subsections_read(reader, section_member(reader, bytes, LAYOUT_SECTION_USAGE),
				section);
}

struct error *section_usage_read(struct section_reader *reader, struct section *section)
{
	uint64_t size = layout_get(reader->layout, LAYOUT_SECTION_SIZE);
	uint64_t at = section->nr % reader->per_root * size;
	enum root_state state;
	struct error *err = section_root_load(reader, section->nr / reader->per_root, &state);

	section->usage = 0;
	section->usage_empty = section->usage_astray = section->subsections_known = false;
	if (err || state != ROOT_READ)
		return err;
	return subsections_read(
		reader, section_member(reader, reader->root + at, LAYOUT_SECTION_USAGE), section);
}

/* The array of one root; a pointer that page tables do not map leads to none. */
static struct error *section_array_read(struct section_reader *reader, vaddr_t root,
					enum root_state *ret)
{
	uint64_t size = layout_get(reader->layout, LAYOUT_SECTION_SIZE);
	enum memory_state state;
	paddr_t ignored;
	struct error *err =
		kmem_read(reader->kmem, root, reader->root, reader->per_root * size, &state);

	*ret = state == MEMORY_PRESENT ? ROOT_READ : ROOT_UNREADABLE;
	if (err || state != MEMORY_ABSENT)
		return err;
	err = kmem_translate(reader->kmem, root, &ignored, &state);
	if (!err && state == MEMORY_ABSENT)
		*ret = ROOT_ASTRAY;
	return err;
}

struct error *section_root_load(struct section_reader *reader, uint64_t root_nr,
				enum root_state *ret)
{
	enum memory_state state = MEMORY_ABSENT;
	struct error *err = NULL;

	if (root_nr == reader->loaded) {
		*ret = reader->loaded_state;
		return NULL;
	}
	*ret = ROOT_NULL;
	reader->pointer = 0;
	if (root_nr < reader->root_count)
		err = kmem_read_uint(reader->kmem, reader->roots + 8 * root_nr, 8, &reader->pointer,
				     &state);
	if (!err && root_nr < reader->root_count && state != MEMORY_PRESENT)
		*ret = ROOT_UNREADABLE;
	if (!err && state == MEMORY_PRESENT && reader->pointer)
		err = section_array_read(reader, reader->pointer, ret);
	reader->loaded = root_nr;
	reader->loaded_state = *ret;
	return err;
}

static struct error *section_root_read(struct section_reader *reader, uint64_t root_nr,
				       vaddr_t root)
{
	uint64_t size = layout_get(reader->layout, LAYOUT_SECTION_SIZE);
	struct kernel *kernel = reader->kernel;
	uint64_t first = root_nr * reader->per_root;
	enum root_state state;
	struct error *err = section_array_read(reader, root, &state);

	if (err)
		return err;
	if (!kernel->section_array)
		kernel->section_array = root;
	if (state == ROOT_READ)
		kernel->section_bytes_set |=
			reader->root[0] || !bytes_are_one(reader->root, reader->per_root * size);
	if (state == ROOT_ASTRAY && kernel->roots_astray++ == 0)
		kernel->root_astray =
			(struct section_root){ root_nr, root, first, first + reader->per_root - 1 };
	if (state == ROOT_UNREADABLE)
		kernel->sections_unreadable += reader->per_root;
	for (uint64_t i = 0;
	     !err && state == ROOT_READ && i < reader->per_root && first + i <= reader->highest;
	     i++)
		err = section_add(reader, first + i, reader->root + i * size);
	return err;
}

/* The root pointers, a page at a time: a page that is left out holds zeros. */
static struct error *section_scan(struct section_reader *reader)
{
	uint64_t page = reader->kernel->page_size, count = reader->highest / reader->per_root + 1;
	_cleanup_free_ unsigned char *pointers = malloc(page);
	uint64_t first_unreadable = UINT64_MAX;

	if (!pointers)
		return error_nomem();
	for (uint64_t i = 0; i < count;) {
		vaddr_t at = reader->roots + 8 * i;
		uint64_t here = (page - (at & (page - 1))) / 8;
		enum memory_state state;

		if (here == 0)
			return error_new(ERROR_CORRUPT, "mem_section 0x%" PRIx64 " is not aligned",
					 reader->roots);
		if (here > count - i)
			here = count - i;
		struct error *err = kmem_read(reader->kmem, at, pointers, 8 * here, &state);
		if (err)
			return err;
		if (state != MEMORY_PRESENT && state != MEMORY_EXCLUDED)
			first_unreadable = i < first_unreadable ? i : first_unreadable;
		for (uint64_t k = 0; state == MEMORY_PRESENT && k < here; k++) {
			vaddr_t root = load_u64(pointers + 8 * k, reader->kernel->big_endian);

			err = root ? section_root_read(reader, i + k, root) : NULL;
			if (err)
				return err;
		}
		i += here;
	}
	if (first_unreadable != UINT64_MAX)
		reader->kernel->sections_unreadable +=
			(count - first_unreadable) * reader->per_root;
	return NULL;
}

struct error *section_reader_init(const struct facts *facts, const struct layout *layout,
				  struct kmem *kmem, struct kernel *kernel,
				  struct section_reader *ret)
{
	*ret = (struct section_reader){
		.layout = layout,
		.kmem = kmem,
		.kernel = kernel,
		.capacity = kernel->section_count,
		.subsections_room = kernel->subsections_count,
		.loaded = UINT64_MAX,
	};
	struct error *err = section_roots(facts, ret);

	if (!err)
		err = section_bounds(facts, ret);
	if (err)
		return err;
	ret->root = malloc(kernel->page_size);
	return ret->root ? NULL : error_nomem();
}

void section_reader_deinit(struct section_reader *reader)
{
	free(reader->root);
}

struct error *sections_read(const struct facts *facts, const struct layout *layout,
			    struct kmem *kmem, struct kernel *kernel)
{
	struct section_reader reader;
	struct error *err = section_reader_init(facts, layout, kmem, kernel, &reader);

	if (!err)
		err = section_scan(&reader);
	section_reader_deinit(&reader);
	return err;
}

/* --- page tables ----------------------------------------------------------- */

struct inference {
	struct kernel *kernel;
	size_t known, capacity; /* sections that mem_section told of come first */
	uint64_t section_bytes; /* of vmemmap */
	struct table_set tables;
};

int section_compare(const void *a, const void *b)
{
	const struct section *left = a, *right = b;

	return left->nr < right->nr ? -1 : left->nr > right->nr;
}

static bool section_known(const struct inference *inference, uint64_t nr)
{
	struct kernel known = *inference->kernel;

	known.section_count = inference->known;
	return kernel_section(&known, nr) != NULL;
}

/*
 * Of an inferred section only its existence is certain. It is taken as online and
 * tainted by devices, so that its struct pages are asked which they belong to.
 */
static struct error *section_infer(struct inference *inference, uint64_t nr)
{
	struct kernel *kernel = inference->kernel;
	const struct section inferred = {
		.nr = nr,
		.has_mem_map = true,
		.online = true,
		.device = true,
		.inferred = true,
	};

	if (section_known(inference, nr))
		return NULL;
	struct error *err =
		vector_push(kernel->sections, kernel->section_count, inference->capacity, inferred);
	if (!err)
		kernel->sections_inferred++;
	return err;
}

/* Something is, or could be, mapped there; a lost table of a higher level says nothing. */
static bool tells_of_section(const struct mapping *mapping)
{
	return mapping->state == MAPPING_PRESENT ||
	       (mapping->state == MAPPING_UNREADABLE && mapping->level == 0);
}

static vaddr_t vmemmap_end(const struct facts *facts, const struct kernel *kernel)
{
	uint64_t bits = 46, size;

	facts_value(facts, "NUMBER", "MAX_PHYSMEM_BITS", &bits);
	if (bits <= kernel->page_shift || bits > 57 ||
	    __builtin_mul_overflow(UINT64_C(1) << (bits - kernel->page_shift),
				   kernel->struct_page_size, &size) ||
	    size > -kernel->vmemmap)
		size = -kernel->vmemmap - kernel->page_size;
	return kernel->vmemmap + size;
}

/*
 * Where struct pages can be. Other mappings may lie within what all physical addresses
 * would take: below the first struct page that there is, or where the kernel knows that
 * its machine has less.
 */
static struct range vmemmap_range(const struct facts *facts, const struct kernel *kernel)
{
	static const struct {
		const char *kind, *name;
	} others[] = {
		{ "NUMBER", "VMEMMAP_END" },
		{ "NUMBER", "VMALLOC_START" },
		{ "NUMBER", "MODULES_VADDR" },
		{ "SYMBOL", "_stext" },
	};
	struct range range = { kernel->vmemmap, vmemmap_end(facts, kernel) };
	uint64_t at;

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (facts_value(facts, others[i].kind, others[i].name, &at) &&
		    at > kernel->vmemmap && at < range.end)
			range.end = at;
	if (facts_value(facts, "NUMBER", "VMEMMAP_START", &at) && at > range.start &&
	    at < range.end)
		range.start = at & ~(kernel->page_size - 1);
	return range;
}

struct error *sections_infer(const struct facts *facts, struct kmem *kmem, struct kernel *kernel)
{
	struct inference inference = {
		.kernel = kernel,
		.known = kernel->section_count,
		.capacity = kernel->section_count,
		.section_bytes = kernel->pages_per_section * kernel->struct_page_size,
	};
	struct pgwalk *walk = &kmem->walk;
	struct mapping mapping;
	struct error *err = NULL;

	struct range range = vmemmap_range(facts, kernel);
	walk->next = range.start;
	walk->end = range.end;
	for (vaddr_t va = walk->next; pgwalk_next_equal(walk, &mapping, &err); va = walk->next) {
		uint64_t nr = (va - kernel->vmemmap) / inference.section_bytes;

		if (!tells_of_section(&mapping))
			continue;
		/* What reaches over the end is something else. */
		if ((nr + 1) * inference.section_bytes > range.end - kernel->vmemmap)
			break;
		if (mapping.level == 0)
			err = table_set_add(&inference.tables, walk->table[0].addr);
		if (!err)
			err = section_infer(&inference, nr);
		if (err || kernel->section_count == sections_max(kernel))
			break;
		vaddr_t next = kernel->vmemmap + (nr + 1) * inference.section_bytes;
		if (next <= va)
			break;
		walk->next = next;
	}
	table_set_deinit(&inference.tables);
	if (kernel->section_count)
		qsort(kernel->sections, kernel->section_count, sizeof(*kernel->sections),
		      section_compare);
	if (!err && kernel->section_count == 0)
		err = sections_missing(kernel);
	return err;
}

struct error *sections_missing(const struct kernel *kernel)
{
	if (!kernel->sections_unreadable && !kernel->section_array)
		return error_new(ERROR_NOT_FOUND,
				 "mem_section has no memory section: all pointers in it are NULL. "
				 "No kernel can be without: they were overwritten, or mem_section "
				 "is of another kernel");
	if (!kernel->sections_unreadable)
		return error_new(
			ERROR_NOT_FOUND,
			"mem_section has no memory section: the array at 0x%" PRIx64
			" that it leads to %s. No kernel can be without: it was overwritten, or is "
			"of another kernel",
			kernel->section_array,
			kernel->section_bytes_set ? "has none that is present" : "is all zero");
	return error_new(ERROR_NOT_FOUND,
			 "no memory section can be read: the dump lacks the kernel's memory map "
			 "(mem_section)%s",
			 kernel->has_vmemmap ? " and the page tables of the vmemmap" : "");
}
