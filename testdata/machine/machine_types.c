// SPDX-License-Identifier: LGPL-2.1-or-later
/* The invented layout, and the source of types that answers with it. */
#include "testdata/machine/machine_types.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "include/array.h"
#include "testdata/machine/machine.h"

static const struct machine_type common[] = {
	{ TYPE_SIZE, "page", NULL, 64 },
	{ TYPE_MEMBER_OFFSET, "page", "flags", MACHINE_PAGE_FLAGS },
	{ TYPE_MEMBER_OFFSET, "page", "lru", MACHINE_PAGE_LRU },
	{ TYPE_MEMBER_OFFSET, "page", "mapping", MACHINE_PAGE_MAPPING },
	{ TYPE_MEMBER_OFFSET, "page", "private", MACHINE_PAGE_PRIVATE },
	{ TYPE_MEMBER_OFFSET, "page", "_mapcount", MACHINE_PAGE_MAPCOUNT },
	{ TYPE_MEMBER_OFFSET, "page", "_refcount", MACHINE_PAGE_REFCOUNT },

	{ TYPE_SIZE, "hstate", NULL, MACHINE_HSTATE_SIZE },
	{ TYPE_MEMBER_OFFSET, "hstate", "order", MACHINE_HSTATE_ORDER },
	{ TYPE_MEMBER_OFFSET, "hstate", "max_huge_pages", 32 },
	{ TYPE_MEMBER_OFFSET, "hstate", "nr_huge_pages", MACHINE_HSTATE_NR },
	{ TYPE_MEMBER_OFFSET, "hstate", "free_huge_pages", MACHINE_HSTATE_FREE },
	{ TYPE_MEMBER_OFFSET, "hstate", "resv_huge_pages", MACHINE_HSTATE_RESV },
	{ TYPE_MEMBER_OFFSET, "hstate", "surplus_huge_pages", MACHINE_HSTATE_SURPLUS },
	{ TYPE_MEMBER_OFFSET, "hstate", "nr_overcommit_huge_pages", MACHINE_HSTATE_OVERCOMMIT },
	{ TYPE_MEMBER_OFFSET, "hstate", "nr_huge_pages_node", MACHINE_HSTATE_NR_NODE },
	{ TYPE_MEMBER_LENGTH, "hstate", "nr_huge_pages_node", 4 },
	{ TYPE_MEMBER_OFFSET, "hstate", "free_huge_pages_node", MACHINE_HSTATE_FREE_NODE },
	{ TYPE_MEMBER_OFFSET, "hstate", "surplus_huge_pages_node", MACHINE_HSTATE_SURPLUS_NODE },
	{ TYPE_MEMBER_OFFSET, "hstate", "name", MACHINE_HSTATE_NAME },
	{ TYPE_MEMBER_SIZE, "hstate", "name", 32 },

	{ TYPE_SIZE, "pglist_data", NULL, 0x800 },
	{ TYPE_MEMBER_OFFSET, "pglist_data", "node_zones", MACHINE_PGDAT_ZONES },
	{ TYPE_MEMBER_LENGTH, "pglist_data", "node_zones", MACHINE_ZONES },
	{ TYPE_SIZE, "zone", NULL, MACHINE_ZONE_SIZE },
	{ TYPE_MEMBER_OFFSET, "zone", "zone_start_pfn", MACHINE_ZONE_START },
	{ TYPE_MEMBER_OFFSET, "zone", "spanned_pages", MACHINE_ZONE_SPANNED },
	{ TYPE_MEMBER_OFFSET, "zone", "name", MACHINE_ZONE_NAME },
	{ TYPE_MEMBER_LENGTH, "zone", "free_area", 11 },

	{ TYPE_SIZE, "mem_section", NULL, MACHINE_SECTION_SIZE },
	{ TYPE_MEMBER_OFFSET, "mem_section", "section_mem_map", MACHINE_SECTION_MAP },
	{ TYPE_MEMBER_OFFSET, "mem_section", "usage", MACHINE_SECTION_USAGE },
	{ TYPE_MEMBER_OFFSET, "mem_section_usage", "subsection_map", MACHINE_SUBSECTION_MAP },
	{ TYPE_MEMBER_SIZE, "mem_section_usage", "subsection_map", 8 },

	{ TYPE_ENUMERATOR, "pageflags", "PG_head", MACHINE_PG_HEAD },
	{ TYPE_ENUMERATOR, "pageflags", "PG_hwpoison", MACHINE_PG_HWPOISON },
	{ TYPE_ENUMERATOR, "pageflags", "PG_lru", MACHINE_PG_LRU },
	{ TYPE_ENUMERATOR, "pageflags", "PG_reserved", MACHINE_PG_RESERVED },
	{ TYPE_ENUMERATOR, "pageflags", "PG_vmemmap_self_hosted", MACHINE_PG_SELF_HOSTED },
	{ TYPE_ENUMERATOR, "hugetlb_page_flags", "HPG_temporary", MACHINE_HPG_TEMPORARY },
	{ TYPE_ENUMERATOR, "hugetlb_page_flags", "HPG_freed", MACHINE_HPG_FREED },
	{ TYPE_ENUMERATOR, "hugetlb_page_flags", "HPG_vmemmap_optimized", MACHINE_HPG_OPTIMIZED },
	{ TYPE_ENUMERATOR, "hugetlb_page_flags", "HPG_raw_hwp_unreliable", MACHINE_HPG_UNRELIABLE },
	{ TYPE_ENUMERATOR, "zone_type", "ZONE_DEVICE", MACHINE_ZONE_DEVICE },
	{ TYPE_ENUMERATOR, NULL, "SECTION_MARKED_PRESENT_BIT", 0 },
	{ TYPE_ENUMERATOR, NULL, "SECTION_HAS_MEM_MAP_BIT", 1 },
	{ TYPE_ENUMERATOR, NULL, "SECTION_TAINT_ZONE_DEVICE_BIT", 2 },
	{ TYPE_ENUMERATOR, NULL, "SECTION_IS_ONLINE_BIT", 3 },
	{ TYPE_ENUMERATOR, NULL, "SECTION_IS_EARLY_BIT", 4 },
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static struct machine_type *find(const struct machine_types *types, enum type_query_kind kind,
				 const char *type, const char *name)
{
	for (size_t i = 0; i < types->count; i++)
		if (types->types[i].kind == kind && same_text(types->types[i].type, type) &&
		    same_text(types->types[i].name, name))
			return &types->types[i];
	return NULL;
}

void machine_types_set(struct machine_types *types, enum type_query_kind kind, const char *type,
		       const char *name, uint64_t value)
{
	struct machine_type *found = find(types, kind, type, name);

	if (!found) {
		types->types = reallocarray(types->types, types->count + 1, sizeof(*types->types));
		if (!types->types)
			abort();
		found = &types->types[types->count++];
	}
	*found = (struct machine_type){ kind, type, name, value };
}

void machine_types_remove(struct machine_types *types, enum type_query_kind kind, const char *type,
			  const char *name)
{
	struct machine_type *found = find(types, kind, type, name);

	if (found)
		*found = types->types[--types->count];
}

static struct error *resolve(struct typeinfo *ti, const struct type_query *queries, size_t count,
			     const char *const *near, struct type_answer *answers)
{
	const struct machine_types *types = (struct machine_types *)ti;

	(void)near;
	for (size_t i = 0; i < count; i++) {
		const struct machine_type *found =
			find(types, queries[i].kind, queries[i].type, queries[i].name);

		answers[i] = (struct type_answer){
			.found = found,
			.value = found ? found->value : 0,
			.source = found ? "the tiny machine" : NULL,
		};
	}
	return NULL;
}

static const struct typeinfo_ops ops = { .name = "invented", .resolve = resolve };

void machine_types_init(struct machine_types *types)
{
	static char path[] = "machine.c", machine[] = "x86_64";

	*types = (struct machine_types){
		.typeinfo = { .ops = &ops, .origin = "DWARF", .path = path, .machine = machine },
	};
	for (size_t i = 0; i < COUNT_OF(common); i++)
		machine_types_set(types, common[i].kind, common[i].type, common[i].name,
				  common[i].value);
}

void machine_types_deinit(struct machine_types *types)
{
	free(types->types);
}
