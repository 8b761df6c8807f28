// SPDX-License-Identifier: LGPL-2.1-or-later
/* Asks for the whole layout at once and holds it against VMCOREINFO. */
#include "analyzer/kernel/layout.h"

#include <inttypes.h>
#include <stdio.h>

#include "include/array.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"

const struct type_query layout_queries[LAYOUT_COUNT] = {
#define Q(id, kind, type, name) [LAYOUT_##id] = { kind, type, name },
#include "analyzer/kernel/layout.def"
#undef Q
};

/*
 * Functions, since debug information finds those by address at once. None more than needed:
 * each leads to a unit that is read.
 */
// clang-format off
const char *const layout_near[] = {
	"hugetlb_add_hstate",		/* mm/hugetlb.c: nearly all */
	"sparse_init",			/* mm/sparse.c: struct mem_section */
	"hugetlb_vmemmap_optimize_folio",
	"workingset_update_node",	/* mm/workingset.c: struct xa_node */
	"bus_register",			/* drivers/base/bus.c: what a bus keeps to itself */
	"dax_bus_init",			/* drivers/dax/bus.c: struct dev_dax */
	NULL,
};
// clang-format on

/* What VMCOREINFO says too: a difference means types of another kernel. */
static const struct {
	enum layout_id id;
	const char *kind, *name;
} vmcoreinfo_twins[] = {
	{ LAYOUT_PAGE_SIZE, "SIZE", "page" },
	{ LAYOUT_PAGE_FLAGS, "OFFSET", "page.flags" },
	{ LAYOUT_PAGE_REFCOUNT, "OFFSET", "page._refcount" },
	{ LAYOUT_PAGE_MAPPING, "OFFSET", "page.mapping" },
	{ LAYOUT_PAGE_LRU, "OFFSET", "page.lru" },
	{ LAYOUT_PAGE_MAPCOUNT, "OFFSET", "page._mapcount" },
	{ LAYOUT_PAGE_PRIVATE, "OFFSET", "page.private" },
	{ LAYOUT_PAGE_COMPOUND_HEAD, "OFFSET", "page.compound_head" },
	{ LAYOUT_PAGE_COMPOUND_INFO, "OFFSET", "page.compound_info" },
	{ LAYOUT_PAGE_COMPOUND_DTOR, "OFFSET", "page.compound_dtor" },
	{ LAYOUT_PAGE_COMPOUND_ORDER, "OFFSET", "page.compound_order" },
	{ LAYOUT_PGDAT_SIZE, "SIZE", "pglist_data" },
	{ LAYOUT_PGDAT_NODE_ZONES, "OFFSET", "pglist_data.node_zones" },
	{ LAYOUT_PGDAT_NODE_ID, "OFFSET", "pglist_data.node_id" },
	{ LAYOUT_ZONE_SIZE, "SIZE", "zone" },
	{ LAYOUT_ZONE_SPANNED_PAGES, "OFFSET", "zone.spanned_pages" },
	{ LAYOUT_ZONE_FREE_AREA_LENGTH, "LENGTH", "zone.free_area" },
	{ LAYOUT_SECTION_SIZE, "SIZE", "mem_section" },
	{ LAYOUT_SECTION_MEM_MAP, "OFFSET", "mem_section.section_mem_map" },
	{ LAYOUT_PG_HWPOISON, "NUMBER", "PG_hwpoison" },
};

static struct error *layout_compare(const struct typeinfo *ti, const struct facts *facts,
				    struct layout *layout)
{
	char name[96];

	for (unsigned i = 0; i < COUNT_OF(vmcoreinfo_twins); i++) {
		struct type_answer *answer = &layout->answer[vmcoreinfo_twins[i].id];
		uint64_t value;

		if (!facts_value(facts, vmcoreinfo_twins[i].kind, vmcoreinfo_twins[i].name, &value))
			continue;
		if (!answer->found)
			*answer = (struct type_answer){ true, value, "VMCOREINFO" };
		if (answer->value != value)
			return error_new(ERROR_MISMATCH,
					 "'%s' is of another kernel: %s is %" PRIu64
					 " there (%s) and %" PRIu64 " "
					 "in the dump's VMCOREINFO",
					 ti->path,
					 layout_name(vmcoreinfo_twins[i].id, name, sizeof(name)),
					 answer->value, answer->source, value);
	}
	return NULL;
}

struct error *layout_check_types(const struct typeinfo *ti, const struct type_answer *answers)
{
	if (answers[LAYOUT_PAGE_SIZE].found && answers[LAYOUT_SECTION_SIZE].found)
		return NULL;
	return error_new(ERROR_MISMATCH,
			 "'%s' has no struct page or no struct mem_section: it is not of a kernel "
			 "with a vmemmap",
			 ti->path);
}

/* Linux kernel include/linux/hugetlb.h: without CONFIG_HUGETLB_PAGE struct hstate is empty. */
struct error *layout_check_symbols(const struct typeinfo *ti, const struct type_answer *answers)
{
	static const enum layout_id needed[] = { LAYOUT_SYM_HSTATES, LAYOUT_SYM_MAX_HSTATE };

	if (!answers[LAYOUT_HSTATE_SIZE].found || !answers[LAYOUT_HSTATE_ORDER].found)
		return NULL;
	for (unsigned i = 0; i < COUNT_OF(needed); i++)
		if (!answers[needed[i]].found)
			return error_new(
				ERROR_MISMATCH,
				"'%s' has no symbol %s, which every kernel with its struct "
				"hstate has: its symbol table is missing or cut off",
				ti->path, layout_queries[needed[i]].name);
	return NULL;
}

struct error *layout_kernel_offset(struct typeinfo *ti, const struct facts *facts, uint64_t *ret)
{
	const struct type_query query = { TYPE_SYMBOL, NULL, "_stext" };
	struct type_answer answer;
	uint64_t text;

	*ret = facts_kernel_offset(facts);
	if (facts_text(facts, "KERNELOFFSET") || !facts_value(facts, "SYMBOL", "_stext", &text))
		return NULL;
	struct error *err = ti->ops->resolve(ti, &query, 1, NULL, &answer);
	if (!err && answer.found)
		*ret = text - answer.value;
	return err;
}

/*
 * What follows from other answers. Linux kernel include/linux/mmzone.h: there are as many
 * zones as MAX_NR_ZONES, and ZONE_DEVICE is the last, if the kernel has it.
 */
static void layout_derive(struct layout *layout)
{
	struct type_answer *zones = &layout->answer[LAYOUT_MAX_NR_ZONES];
	struct type_answer *length = &layout->answer[LAYOUT_PGDAT_NODE_ZONES_LENGTH];
	struct type_answer *device = &layout->answer[LAYOUT_ZONE_DEVICE];
	bool has_devices = layout_has(layout, LAYOUT_SYM_PGMAP_ARRAY) ||
			   layout_has(layout, LAYOUT_SECTION_DEVICE_BIT);

	if (!zones->found && length->found)
		*zones = *length;
	if (zones->found && !length->found)
		*length = *zones;
	if (zones->found && zones->value && !device->found && has_devices)
		*device = (struct type_answer){ true, zones->value - 1, zones->source };
}

struct error *layout_resolve(struct typeinfo *ti, const struct facts *facts, struct layout *ret)
{
	*ret = (struct layout){ 0 };
	struct error *err =
		ti->ops->resolve(ti, layout_queries, LAYOUT_COUNT, layout_near, ret->answer);

	if (!err)
		err = layout_kernel_offset(ti, facts, &ret->kernel_offset);
	if (!err)
		err = layout_check_types(ti, ret->answer);
	if (!err)
		err = layout_check_symbols(ti, ret->answer);
	if (!err)
		err = layout_compare(ti, facts, ret);
	if (!err)
		layout_derive(ret);
	return err;
}

enum layout_id layout_first_lacking(const struct layout *layout, const enum layout_id *ids,
				    unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!layout_has(layout, ids[i]))
			return ids[i];
	return LAYOUT_COUNT;
}

struct error *layout_require(const struct layout *layout, const char *who,
			     const enum layout_id *ids, unsigned count)
{
	enum layout_id lacking = layout_first_lacking(layout, ids, count);
	char name[96];

	if (lacking == LAYOUT_COUNT)
		return NULL;
	return error_new(ERROR_NOT_FOUND, "%s needs %s, which the types lack", who,
			 layout_name(lacking, name, sizeof(name)));
}

const char *layout_name(enum layout_id id, char *buf, unsigned size)
{
	const struct type_query *query = &layout_queries[id];

	switch (query->kind) {
	case TYPE_SIZE:
		snprintf(buf, size, "sizeof(struct %s)", query->type);
		break;
	case TYPE_MEMBER_OFFSET:
		snprintf(buf, size, "the offset of struct %s.%s", query->type, query->name);
		break;
	case TYPE_MEMBER_SIZE:
		snprintf(buf, size, "the size of struct %s.%s", query->type, query->name);
		break;
	case TYPE_MEMBER_LENGTH:
		snprintf(buf, size, "the length of struct %s.%s[]", query->type, query->name);
		break;
	case TYPE_ENUMERATOR:
		snprintf(buf, size, "enumerator %s", query->name);
		break;
	case TYPE_SYMBOL:
		snprintf(buf, size, "symbol %s", query->name);
		break;
	}
	return buf;
}
