// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of schemes and the evidence that chooses a row. */
#include "include/scheme.h"

#include "include/arch.h"
#include "include/layout.h"

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
		.target = SHARE_NOTHING,
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
		.target = SHARE_TAIL_PAGE,
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
		.target = SHARE_HEAD_PAGE,
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
		.target = SHARE_HEAD_PAGE,
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
		.target = SHARE_ZONE_TAIL,
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
		.target = SHARE_ZONE_TAIL,
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
		.target = SHARE_ZONE_TAIL,
		.partial_legal = true,
		.known = true,
	},
	/* The last of HugeTLB: whatever no row above fits. */
	{
		.family = FAMILY_HUGETLB,
		.id = "unknown",
		.title = "this kernel's evidence fits no scheme known here",
		.releases = "?",
		.target = SHARE_NOTHING,
	},

	{
		.family = FAMILY_DAX,
		.id = "none",
		.title = "no sharing of device memory's vmemmap in this kernel",
		.releases = "to 5.16",
		.forbidden = BIT(VMEMMAP_SHIFT),
		.target = SHARE_NOTHING,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "none",
		.title = "no sharing of device memory's vmemmap on this architecture",
		.releases = "5.17 to 7.3",
		.required = BIT(VMEMMAP_SHIFT),
		.forbidden = BIT(DAX_ARCH) | BIT(ZONE_TAILS_POINTER),
		.target = SHARE_NOTHING,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "dax-b",
		.title =
			"two vmemmap pages kept, the other tails map the second one's frame, writable",
		.releases = "5.19 to 7.3",
		.required = BIT(VMEMMAP_SHIFT) | BIT(DAX_ARCH),
		.forbidden = BIT(ZONE_TAILS_POINTER),
		.pages_kept = 2,
		.target = SHARE_TAIL_PAGE,
		.permission = TAILS_WRITABLE,
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
		.forbidden = BIT(DAX_READONLY),
		.pages_kept = 1,
		.target = SHARE_ZONE_TAIL,
		.permission = TAILS_WRITABLE,
		.counts_entries = true,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "dax-e2-ro",
		.title = "as dax-e2, the shared tails read-only",
		.releases = "proposed",
		.required = BIT(VMEMMAP_SHIFT) | BIT(ZONE_TAILS_POINTER) | BIT(DAX_READONLY),
		.pages_kept = 1,
		.target = SHARE_ZONE_TAIL,
		.permission = TAILS_READONLY,
		.counts_entries = true,
		.known = true,
	},
	{
		.family = FAMILY_DAX,
		.id = "unknown",
		.title = "this kernel's evidence fits no scheme known here",
		.releases = "?",
		.target = SHARE_NOTHING,
	},
};
const unsigned scheme_count = sizeof(scheme_table) / sizeof(scheme_table[0]);

#undef BIT

static bool has(const struct layout *layout, enum layout_id id)
{
	return layout_has(layout, id);
}

static void evidence_collect(const struct layout *l, const struct arch_info *arch,
			     struct evidence evidence[EVIDENCE_COUNT])
{
	bool tails = has(l, LAYOUT_ZONE_VMEMMAP_TAILS);
	bool array = tails && has(l, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH);
	const struct evidence all[EVIDENCE_COUNT] = {
		[EVIDENCE_HVO] = { has(l, LAYOUT_SYM_OPTIMIZE_ENABLED) ||
					   has(l, LAYOUT_SYM_OPTIMIZE_KEY) ||
					   has(l, LAYOUT_SYM_FREE_KEY) ||
					   has(l, LAYOUT_HSTATE_NR_FREE_VMEMMAP),
				   "the kernel has the HVO switch (vmemmap_optimize_enabled or a "
				   "static key)" },
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

static void schemes_choose(struct scheme_choice *choice)
{
	uint32_t present = 0;

	for (unsigned i = 0; i < EVIDENCE_COUNT; i++)
		present |= (uint32_t)choice->evidence[i].present << i;
	choice->hugetlb = choose(FAMILY_HUGETLB, present);
	choice->dax = choose(FAMILY_DAX, present);
}

void scheme_detect(const struct layout *layout, const struct arch_info *arch,
		   struct scheme_choice *ret)
{
	evidence_collect(layout, arch, ret->evidence);
	schemes_choose(ret);
}

void scheme_observe(struct scheme_choice *choice, enum evidence_id seen)
{
	choice->evidence[seen].present = true;
	schemes_choose(choice);
}
