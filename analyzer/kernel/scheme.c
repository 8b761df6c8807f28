// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of schemes and the evidence that chooses a row. */
#include "analyzer/kernel/scheme.h"

#include "analyzer/arch/arch.h"
#include "analyzer/kernel/layout.h"
#include "include/array.h"

#define BIT(evidence) (UINT32_C(1) << EVIDENCE_##evidence)

/*
 * A: Linux kernel commit f41f2ed43ca5 ("mm: hugetlb: free the vmemmap pages
 *    associated with each HugeTLB page") (in v5.14).
 * B: Linux kernel commit e7d324850bfc ("mm: hugetlb: free the 2nd vmemmap page
 *    associated with each HugeTLB page") (in v5.18): tails show copies of the head.
 * C: B and boot-time optimisation, SECTION_IS_VMEMMAP_PREINIT (in v6.15).
 * D: mm/hugetlb_vmemmap.c of v7.2: struct page.compound_info and one shared frame
 *    for each zone and order, zone->vmemmap_tails[].
 * E: linux-mm of autumn 2026: mem_section.compound_page_order, and zone->vmemmap_tails
 *    a pointer that is NULL until needed. A page whose remap and its rollback both
 *    failed stays half remapped.
 * DAX: Linux kernel commit 4917f55b4ef9 ("mm/sparse-vmemmap: improve memory savings
 *    for compound devmaps") (in v5.19); vmemmap_shift exists since v5.17, where
 *    nothing is shared yet, and only on architectures that select
 *    ARCH_WANT_OPTIMIZE_DAX_VMEMMAP, of which no type and no symbol tells. From E2 on shared as in
 * HugeTLB, with ZONE_DEVICE's frames. No type tells read-only tails: only the page tables do.
 */
const struct scheme scheme_table[] = {
	{
		.family = FAMILY_HUGETLB,
		.id = "none",
		.title = "no HugeTLB vmemmap optimisation in this kernel",
		.releases = "any",
		.forbidden = BIT(HVO),
		.target = TARGET_NONE,
		.known = true,
	},
	{
		.family = FAMILY_HUGETLB,
		.id = "hugetlb-a",
		.title = "two vmemmap pages kept, the other tails map the second one's frame",
		.releases = "5.14 to 5.17",
		.required = BIT(HVO) | BIT(HSTATE_NR_FREE_VMEMMAP),
		.forbidden = BIT(FAKE_HEAD_KEY) | BIT(COMPOUND_INFO),
		.pages_kept = 2,
		.target = TARGET_TAIL_PAGE,
		.known = true,
	},
	{
		.family = FAMILY_HUGETLB,
		.id = "hugetlb-b",
		.title = "one vmemmap page kept, all tails map its frame (fake heads)",
		.releases = "5.18 to 7.0",
		.required = BIT(HVO) | BIT(COMPOUND_HEAD) | BIT(FAKE_HEAD_KEY),
		.forbidden = BIT(PREINIT) | BIT(COMPOUND_INFO),
		.pages_kept = 1,
		.target = TARGET_HEAD_PAGE,
		.fake_heads = true,
		.known = true,
	},
	{
		.family = FAMILY_HUGETLB,
		.id = "hugetlb-c",
		.title = "as hugetlb-b, and gigantic pages optimised while booting",
		.releases = "6.15 to 7.0",
		.required = BIT(HVO) | BIT(COMPOUND_HEAD) | BIT(FAKE_HEAD_KEY) | BIT(PREINIT),
		.forbidden = BIT(COMPOUND_INFO),
		.pages_kept = 1,
		.target = TARGET_HEAD_PAGE,
		.fake_heads = true,
		.known = true,
	},
	{
		.family = FAMILY_HUGETLB,
		.id = "hugetlb-d",
		.title =
			"one vmemmap page kept, all tails map the frame shared by the zone and order",
		.releases = "7.1 to 7.3",
		.required = BIT(HVO) | BIT(COMPOUND_INFO) | BIT(ZONE_TAILS),
		.forbidden = BIT(ZONE_TAILS_POINTER) | BIT(SECTION_ORDER),
		.pages_kept = 1,
		.target = TARGET_ZONE_TAIL,
		.known = true,
	},
	{
		.family = FAMILY_HUGETLB,
		.id = "hugetlb-e1",
		.title =
			"as hugetlb-d; memory sections carry the order of boot-time gigantic pages",
		.releases = "after 7.3, not released yet",
		.required = BIT(HVO) | BIT(COMPOUND_INFO) | BIT(ZONE_TAILS) | BIT(SECTION_ORDER),
		.forbidden = BIT(ZONE_TAILS_POINTER),
		.pages_kept = 1,
		.target = TARGET_ZONE_TAIL,
		.known = true,
	},
	{
		.family = FAMILY_HUGETLB,
		.id = "hugetlb-e2",
		.title =
			"as hugetlb-e1; the zone's array of shared frames is allocated when needed",
		.releases = "after 7.3, not released yet",
		.required = BIT(HVO) | BIT(COMPOUND_INFO) | BIT(ZONE_TAILS_POINTER),
		.pages_kept = 1,
		.target = TARGET_ZONE_TAIL,
		.partial_legal = true,
		.known = true,
	},
	/* The last of HugeTLB: whatever no row above fits. */
	{
		.family = FAMILY_HUGETLB,
		.id = "unknown",
		.title = "this kernel's evidence fits no scheme known here",
		.releases = "?",
		.target = TARGET_NONE,
	},

	{
		.family = FAMILY_DAX,
		.id = "none",
		.title = "no sharing of device memory's vmemmap in this kernel",
		.releases = "to 5.16",
		.forbidden = BIT(VMEMMAP_SHIFT),
		.target = TARGET_NONE,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "none",
		.title = "no sharing of device memory's vmemmap in this kernel: no compound page "
			 "shares any, though nothing prevents it",
		.releases = "5.17, 5.18",
		.required = BIT(VMEMMAP_SHIFT) | BIT(DAX_UNSHARED),
		.target = TARGET_NONE,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "none",
		.title = "no sharing of device memory's vmemmap on this architecture",
		.releases = "5.17 to 7.3",
		.required = BIT(VMEMMAP_SHIFT),
		.forbidden = BIT(DAX_ARCH) | BIT(ZONE_TAILS_POINTER) | BIT(DAX_UNSHARED),
		.target = TARGET_NONE,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "dax-b",
		.title =
			"two vmemmap pages kept, the other tails map the second one's frame, writable",
		.releases = "5.19 to 7.3",
		.required = BIT(VMEMMAP_SHIFT) | BIT(DAX_ARCH),
		.forbidden = BIT(ZONE_TAILS_POINTER) | BIT(DAX_UNSHARED),
		.pages_kept = 2,
		.target = TARGET_TAIL_PAGE,
		.permission = PERMISSION_WRITABLE,
		.counts_entries = true,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "dax-e2",
		.title =
			"one vmemmap page kept, all tails map the frame shared by ZONE_DEVICE of the "
			"node and order, writable",
		.releases = "after 7.3, not released yet",
		.required = BIT(VMEMMAP_SHIFT) | BIT(ZONE_TAILS_POINTER),
		.forbidden = BIT(DAX_READONLY) | BIT(DAX_UNSHARED),
		.pages_kept = 1,
		.target = TARGET_ZONE_TAIL,
		.permission = PERMISSION_WRITABLE,
		.counts_entries = true,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "dax-e2-ro",
		.title = "as dax-e2, the shared tails read-only",
		.releases = "proposed",
		.required = BIT(VMEMMAP_SHIFT) | BIT(ZONE_TAILS_POINTER) | BIT(DAX_READONLY),
		.forbidden = BIT(DAX_UNSHARED),
		.pages_kept = 1,
		.target = TARGET_ZONE_TAIL,
		.permission = PERMISSION_READONLY,
		.counts_entries = true,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "unknown",
		.title = "this kernel's evidence fits no scheme known here",
		.releases = "?",
		.target = TARGET_NONE,
	},
};
const unsigned scheme_count = COUNT_OF(scheme_table);

#undef BIT

static bool has(const struct layout *layout, enum layout_id id)
{
	return layout_has(layout, id);
}

/*
 * A symbol that is not found need not be missing in the kernel. The array of shared tails
 * is there for HVO alone; the pointer serves devices, too, so that pools must be there.
 */
static bool has_hvo(const struct layout *l)
{
	static const enum layout_id any[] = {
		LAYOUT_SYM_OPTIMIZE_ENABLED,
		LAYOUT_SYM_OPTIMIZE_MODE,
		LAYOUT_SYM_OPTIMIZE_KEY,
		LAYOUT_SYM_FREE_ENABLED,
		LAYOUT_SYM_FREE_KEY,
		LAYOUT_HSTATE_NR_FREE_VMEMMAP,
		LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH,
	};

	for (unsigned i = 0; i < COUNT_OF(any); i++)
		if (has(l, any[i]))
			return true;
	return has(l, LAYOUT_ZONE_VMEMMAP_TAILS) && has(l, LAYOUT_HSTATE_SIZE);
}

static void evidence_collect(const struct layout *l, const struct arch_info *arch,
			     struct evidence evidence[EVIDENCE_COUNT])
{
	bool tails = has(l, LAYOUT_ZONE_VMEMMAP_TAILS);
	bool array = tails && has(l, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH);
	const struct evidence all[EVIDENCE_COUNT] = {
		[EVIDENCE_HVO] = { has_hvo(l), "the kernel has HVO: its switch, a static key, or "
					       "what only HVO needs" },
		[EVIDENCE_HSTATE_NR_FREE_VMEMMAP] = { has(l, LAYOUT_HSTATE_NR_FREE_VMEMMAP),
						      "struct hstate has nr_free_vmemmap_pages" },
		[EVIDENCE_COMPOUND_HEAD] = { has(l, LAYOUT_PAGE_COMPOUND_HEAD),
					     "struct page has compound_head" },
		[EVIDENCE_COMPOUND_INFO] = { has(l, LAYOUT_PAGE_COMPOUND_INFO),
					     "struct page has compound_info" },
		[EVIDENCE_FAKE_HEAD_KEY] = { has(l, LAYOUT_SYM_OPTIMIZE_KEY) ||
						     has(l, LAYOUT_SYM_FREE_KEY),
					     "the fake-head static key exists" },
		[EVIDENCE_PREINIT] = { has(l, LAYOUT_SECTION_PREINIT_BIT),
				       "SECTION_IS_VMEMMAP_PREINIT exists" },
		[EVIDENCE_ZONE_TAILS] = { array, "struct zone has the array vmemmap_tails" },
		[EVIDENCE_ZONE_TAILS_POINTER] = { tails && !array,
						  "struct zone has the pointer vmemmap_tails" },
		[EVIDENCE_SECTION_ORDER] = { has(l, LAYOUT_SECTION_ORDER) ||
						     has(l, LAYOUT_SECTION_COMPOUND_ORDER),
					     "struct mem_section has a compound page order" },
		[EVIDENCE_VMEMMAP_SHIFT] = { has(l, LAYOUT_DEV_PAGEMAP_SHIFT),
					     "struct dev_pagemap has vmemmap_shift" },
		[EVIDENCE_DAX_ARCH] = { arch->shares_devices,
					"kernels of this architecture share the vmemmap of "
					"devices" },
		[EVIDENCE_DAX_READONLY] = { false, "shared tails of devices are read-only in the "
						   "page tables" },
		[EVIDENCE_DAX_UNSHARED] = { false, "no compound page of a device shares, though "
						   "nothing prevents it" },
	};

	for (unsigned i = 0; i < EVIDENCE_COUNT; i++)
		evidence[i] = all[i];
}

/* The first row whose evidence fits; the last of the family if none does. */
static const struct scheme *choose(enum scheme_family family, uint32_t present)
{
	const struct scheme *last = NULL;

	for (unsigned i = 0; i < scheme_count; i++) {
		const struct scheme *row = &scheme_table[i];

		if (row->family != family)
			continue;
		last = row;
		if (row->known && (present & row->required) == row->required &&
		    !(present & row->forbidden))
			return row;
	}
	return last;
}

static uint32_t evidence_bits(const struct scheme_choice *choice)
{
	uint32_t present = 0;

	for (unsigned i = 0; i < EVIDENCE_COUNT; i++)
		present |= (uint32_t)choice->evidence[i].present << i;
	return present;
}

void scheme_detect(const struct layout *layout, const struct arch_info *arch,
		   struct scheme_choice *ret)
{
	evidence_collect(layout, arch, ret->evidence);
	ret->hugetlb = choose(FAMILY_HUGETLB, evidence_bits(ret));
	ret->dax = choose(FAMILY_DAX, evidence_bits(ret));
}

void scheme_evidence_add(struct scheme_choice *choice, enum scheme_family family,
			 enum evidence_id seen)
{
	choice->evidence[seen].present = true;
	*(family == FAMILY_DAX ? &choice->dax : &choice->hugetlb) =
		choose(family, evidence_bits(choice));
}

static bool has_shape(const struct scheme *row, enum scheme_family family,
		      const struct scheme_shape *shape)
{
	return row->family == family && row->known && row->target == shape->target &&
	       row->pages_kept == shape->pages_kept &&
	       (shape->permission == PERMISSION_EITHER || row->permission == shape->permission);
}

/* What is required and absent counts as one point, what must be absent and is not as many. */
static unsigned mismatch(const struct scheme *row, uint32_t present)
{
	unsigned missing = (unsigned)__builtin_popcount(row->required & ~present);

	return missing + EVIDENCE_COUNT * (unsigned)__builtin_popcount(row->forbidden & present);
}

const struct scheme *scheme_by_shape(const struct scheme_choice *choice, enum scheme_family family,
				     const struct scheme_shape *shape)
{
	uint32_t present = evidence_bits(choice);
	const struct scheme *best = NULL;

	for (unsigned i = 0; i < scheme_count; i++) {
		const struct scheme *row = &scheme_table[i];

		if (has_shape(row, family, shape) &&
		    (!best || mismatch(row, present) < mismatch(best, present)))
			best = row;
	}
	return best;
}
