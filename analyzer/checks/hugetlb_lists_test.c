// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists of the pools: in order, broken, and of pages that are on their way. */
#include "testdata/machine/expect.h"

static const struct machine_kernel kernels[] = {
	{ .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true },
	{ .scheme = MACHINE_B, .mark = MARK_DTOR },
	{ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE },
};

static const uint64_t POISON = UINT64_C(0xdead000000000000);

enum { NEXT = 0, PREV = 8, OPTIMISED = 0x10200, USED = 0x18000, FREE = 0x10000, NEW = 0x20000 };

/* In an hstate: where the list of pages in use begins, and after it those of the nodes. */
enum { LISTS_AT = 0x100 };

static vaddr_t links_of(pfn_t pfn)
{
	return MACHINE_VMEMMAP + 64 * pfn + MACHINE_PAGE_LRU;
}

static void link_set(struct machine *machine, pfn_t pfn, unsigned which, vaddr_t to)
{
	machine_write_page(machine, pfn, MACHINE_PAGE_LRU + which, to, 8);
}

/* A list that begins at @head, of @count pages. */
static void ring(struct machine *machine, vaddr_t head, size_t count, const pfn_t *pfns)
{
	for (size_t i = 0; i < count; i++) {
		link_set(machine, pfns[i], NEXT, i + 1 < count ? links_of(pfns[i + 1]) : head);
		link_set(machine, pfns[i], PREV, i ? links_of(pfns[i - 1]) : head);
	}
}

/* The lists of machine_populate()'s pages, in hstates @pool_2m and @pool_1g. */
static void lists_make(struct machine *machine, vaddr_t pool_2m, vaddr_t pool_1g)
{
	ring(machine, pool_2m, 3, (const pfn_t[]){ 0x10200, USED, 0x48000 });
	ring(machine, pool_2m + 16, 1, (const pfn_t[]){ FREE });
	ring(machine, pool_2m + 32, 1, (const pfn_t[]){ 0x48200 });
	ring(machine, pool_1g + 32, 1, (const pfn_t[]){ 0x80000 });
}

/* --- what may be odd ---------------------------------------------------------------- */

static void nothing(struct machine *machine, vaddr_t pool)
{
	(void)machine;
	(void)pool;
}

/* A list head that is in memory, and in no pool. */
static vaddr_t list_elsewhere(struct machine *machine, pfn_t first, pfn_t last)
{
	paddr_t list = machine_symbol_add(machine, "next"),
		prev = machine_symbol_add(machine, "prev");

	assert_int_equal(prev, list + 8);
	image_write(machine_image(machine), list, links_of(first), 8);
	image_write(machine_image(machine), prev, links_of(last), 8);
	return machine_hstates_address(machine) + list - machine_hstate(machine, 0);
}

/* isolate_hugetlb(): on a list of whoever moves it. */
static void isolated(struct machine *machine, vaddr_t pool)
{
	ring(machine, pool, 2, (const pfn_t[]){ 0x10200, 0x48000 });
	ring(machine, list_elsewhere(machine, USED, USED), 1, (const pfn_t[]){ USED });
}

static void taken_off(struct machine *machine, pfn_t pfn)
{
	link_set(machine, pfn, NEXT, POISON + 0x100);
	link_set(machine, pfn, PREV, POISON + 0x122);
}

/* Off its list, and no longer counted. */
static void given_back(struct machine *machine, vaddr_t pool)
{
	(void)pool;
	machine_huge_page(machine, NEW, 9, HUGE_UNCOUNTED);
	taken_off(machine, NEW);
}

/* Up to 6.6 with HPG_freed. */
static void free_given_back(struct machine *machine, vaddr_t pool)
{
	(void)pool;
	machine_huge_page(machine, NEW, 9, HUGE_UNCOUNTED | HUGE_FREE);
	taken_off(machine, NEW);
}

enum { GIVEN_BACK = 3 };

/* Up to 6.6 they keep HPG_freed; on the list of whoever gives them back. */
static void free_to_be_given_back(struct machine *machine, vaddr_t pool)
{
	const pfn_t pfns[GIVEN_BACK] = { 0x28000, 0x28200, 0x28400 };

	(void)pool;
	for (size_t i = 0; i < GIVEN_BACK; i++)
		machine_huge_page(machine, pfns[i], 9, HUGE_UNCOUNTED | HUGE_FREE);
	ring(machine, list_elsewhere(machine, pfns[0], pfns[GIVEN_BACK - 1]), GIVEN_BACK, pfns);
}

/* The first one has gone, and its struct page is another's. */
static void free_half_given_back(struct machine *machine, vaddr_t pool)
{
	free_to_be_given_back(machine, pool);
	link_set(machine, 0x28000, PREV, links_of(0x30000));
	link_set(machine, 0x30000, NEXT, links_of(0x30800));
}

static void free_on_a_list_elsewhere(struct machine *machine, vaddr_t pool)
{
	(void)pool;
	ring(machine, list_elsewhere(machine, FREE, FREE), 1, (const pfn_t[]){ FREE });
}

static void used_off_its_list(struct machine *machine, vaddr_t pool)
{
	ring(machine, pool, 2, (const pfn_t[]){ 0x10200, 0x48000 });
	taken_off(machine, USED);
}

static void free_off_its_list(struct machine *machine, vaddr_t pool)
{
	(void)pool;
	taken_off(machine, FREE);
}

/* As many as are being given back are let pass, and no more. */
static void free_to_be_given_back_and_lost(struct machine *machine, vaddr_t pool)
{
	free_half_given_back(machine, pool);
	for (size_t i = 0; i < GIVEN_BACK; i++)
		taken_off(machine, 0x28000 + 0x200 * i);
	free_off_its_list(machine, pool);
}

static void free_to_itself(struct machine *machine, vaddr_t pool)
{
	(void)pool;
	ring(machine, links_of(FREE), 1, (const pfn_t[]){ FREE });
}

static void free_among_used(struct machine *machine, vaddr_t pool)
{
	ring(machine, pool, 4, (const pfn_t[]){ 0x10200, FREE, USED, 0x48000 });
}

static void next_skips_one(struct machine *machine, vaddr_t pool)
{
	(void)pool;
	link_set(machine, 0x10200, NEXT, links_of(0x48000));
}

/* One whose mark is lost. */
static void next_is_no_page(struct machine *machine, vaddr_t pool)
{
	ring(machine, pool, 4, (const pfn_t[]){ 0x10200, 0x30000, USED, 0x48000 });
}

static void locked(struct machine *machine, vaddr_t pool)
{
	image_write(machine_image(machine), machine_symbol_add(machine, "hugetlb_lock"), 1, 4);
	free_off_its_list(machine, pool);
}

static const pfn_t used_2m[] = { 0x10200, USED, 0x48000, 0x28000, 0x28200, 0x28400 };

/* More pages in use, in order. */
static void many(struct machine *machine, vaddr_t pool)
{
	for (size_t i = 3; i < COUNT_OF(used_2m); i++)
		machine_huge_page(machine, used_2m[i], 9, 0);
	ring(machine, pool, COUNT_OF(used_2m), used_2m);
}

static void all_links(struct machine *machine, vaddr_t pool, unsigned which, vaddr_t to)
{
	(void)pool;
	for (size_t i = 0; i < COUNT_OF(used_2m); i++)
		link_set(machine, used_2m[i], which, to);
}

static void all_zero(struct machine *machine, vaddr_t pool)
{
	many(machine, pool);
	all_links(machine, pool, NEXT, 0);
	all_links(machine, pool, PREV, 0);
}

static void most_zero(struct machine *machine, vaddr_t pool)
{
	all_zero(machine, pool);
	link_set(machine, used_2m[5], NEXT, pool);
	link_set(machine, used_2m[5], PREV, links_of(used_2m[4]));
}

static void all_to_themselves(struct machine *machine, vaddr_t pool)
{
	many(machine, pool);
	for (size_t i = 0; i < COUNT_OF(used_2m); i++)
		ring(machine, links_of(used_2m[i]), 1, &used_2m[i]);
}

static void all_next_garbage(struct machine *machine, vaddr_t pool)
{
	many(machine, pool);
	all_links(machine, pool, NEXT, 0x4141414141414140);
}

static void all_prev_one_page(struct machine *machine, vaddr_t pool)
{
	many(machine, pool);
	all_links(machine, pool, PREV, links_of(0x30000));
}

/* Two causes are two findings. */
static void all_zero_and_a_free_one_off(struct machine *machine, vaddr_t pool)
{
	all_zero(machine, pool);
	link_set(machine, FREE, NEXT, 0x4141414141414140);
}

/* --- links of others ----------------------------------------------------------------- */

static void swap(struct machine *machine, pfn_t one, pfn_t other)
{
	for (unsigned which = NEXT; which <= PREV; which += PREV) {
		uint64_t ours = machine_read_page(machine, one, MACHINE_PAGE_LRU + which, 8);
		uint64_t theirs = machine_read_page(machine, other, MACHINE_PAGE_LRU + which, 8);

		link_set(machine, one, which, theirs);
		link_set(machine, other, which, ours);
	}
}

static void used_swapped(struct machine *machine, vaddr_t pool)
{
	many(machine, pool);
	swap(machine, used_2m[1], used_2m[4]);
}

static void neighbours_swapped(struct machine *machine, vaddr_t pool)
{
	many(machine, pool);
	swap(machine, used_2m[1], used_2m[2]);
}

/* Where the list heads are not in the dump. */
static void ends_swapped(struct machine *machine, vaddr_t pool)
{
	many(machine, pool);
	swap(machine, used_2m[0], used_2m[5]);
}

/* With two pages between any of them: the one between is no witness against itself. */
static void three_go_round(struct machine *machine, vaddr_t pool)
{
	static const pfn_t more[] = { 0x10200, USED,	0x48000, 0x28000, 0x28200,
				      0x28400, 0x28600, 0x28800, 0x28a00 };

	for (size_t i = 3; i < COUNT_OF(more); i++)
		machine_huge_page(machine, more[i], 9, 0);
	ring(machine, pool, COUNT_OF(more), more);
	swap(machine, more[1], more[4]);
	swap(machine, more[4], more[7]);
}

/* One has the links of another, which has its own: as if one struct page was copied. */
static void links_of_another(struct machine *machine, vaddr_t pool)
{
	many(machine, pool);
	link_set(machine, used_2m[4], NEXT, links_of(used_2m[2]));
	link_set(machine, used_2m[4], PREV, links_of(used_2m[0]));
}

/* Each names another one that does not name it: no link fits to show who is to blame. */
static void all_ways_round(struct machine *machine, vaddr_t pool)
{
	static const unsigned next[] = { 2, 4, 1, 0, 3 };

	many(machine, pool);
	for (size_t i = 0; i < COUNT_OF(next); i++)
		link_set(machine, used_2m[i], NEXT, links_of(used_2m[next[i]]));
}

static void list_head_write(struct machine *machine, vaddr_t head, vaddr_t next, vaddr_t prev)
{
	paddr_t at = machine_hstate(machine, 0) + head - machine_hstates_address(machine);

	image_write(machine_image(machine), at, next, 8);
	image_write(machine_image(machine), at + 8, prev, 8);
}

static void list_heads(struct machine *machine, vaddr_t pool)
{
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "hstate", "hugepage_activelist", LISTS_AT);
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "hstate", "hugepage_freelists",
			 LISTS_AT + 16);
	vaddr_t first = machine_hstates_address(machine) + LISTS_AT;
	vaddr_t pool_1g = pool == first ? first + MACHINE_HSTATE_SIZE : first;

	list_head_write(machine, pool_1g + 32, links_of(0x80000), links_of(0x80000));
	list_head_write(machine, pool, links_of(0x10200), links_of(0x48000));
	list_head_write(machine, pool + 16, links_of(FREE), links_of(FREE));
	list_head_write(machine, pool + 32, links_of(0x48200), links_of(0x48200));
}

static void only_pages_swapped(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	swap(machine, FREE, 0x48200);
}

static void ends_swapped_of_known_list(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	swap(machine, 0x10200, 0x48000);
}

/* As where the frames of the heads are swapped: flags and all. */
static void used_and_free_swapped(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	swap(machine, FREE, OPTIMISED);
	for (unsigned at = MACHINE_PAGE_PRIVATE; at <= MACHINE_PAGE_REFCOUNT;
	     at += MACHINE_PAGE_REFCOUNT - MACHINE_PAGE_PRIVATE) {
		uint64_t ours = machine_read_page(machine, FREE, at, 4);

		machine_write_page(machine, FREE, at, machine_read_page(machine, OPTIMISED, at, 4),
				   4);
		machine_write_page(machine, OPTIMISED, at, ours, 4);
	}
}

static void list_head_overwritten(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	list_head_write(machine, pool, 0x4141414141414140, links_of(0x48000));
}

static void list_head_past_the_first(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	list_head_write(machine, pool, links_of(USED), links_of(0x48000));
}

static void list_head_zero(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	list_head_write(machine, pool + 16, 0, 0);
}

/* As of a dump that was distilled before list heads were looked at. */
static void list_heads_not_kept(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	for (vaddr_t at = 0; at < 48; at += 16)
		list_head_write(machine, pool + at, 0, 0);
	vaddr_t first = machine_hstates_address(machine) + LISTS_AT;
	list_head_write(machine, (pool == first ? first + MACHINE_HSTATE_SIZE : first) + 32, 0, 0);
	image_memory(machine_image(machine))->distilled = true;
}

static void list_heads_all_zero(struct machine *machine, vaddr_t pool)
{
	list_heads_not_kept(machine, pool);
	image_memory(machine_image(machine))->distilled = false;
}

static void list_head_not_kept_alone(struct machine *machine, vaddr_t pool)
{
	list_head_zero(machine, pool);
	image_memory(machine_image(machine))->distilled = true;
}

static void list_head_empty(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	list_head_write(machine, pool, pool, pool);
}

static void first_leads_elsewhere(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	link_set(machine, 0x10200, PREV, pool + 0x40);
}

static void last_leads_elsewhere(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	link_set(machine, 0x48000, NEXT, pool + 0x40);
}

static void lists_of_nodes_swapped(struct machine *machine, vaddr_t pool)
{
	list_heads(machine, pool);
	ring(machine, pool + 32, 1, (const pfn_t[]){ FREE });
	ring(machine, pool + 16, 1, (const pfn_t[]){ 0x48200 });
	list_head_write(machine, pool + 32, links_of(FREE), links_of(FREE));
	list_head_write(machine, pool + 16, links_of(0x48200), links_of(0x48200));
}

/* --- surplus pages ------------------------------------------------------------------ */

/* Pages that there are anyway become surplus: as when the pool was made smaller. */
static void surplus(struct machine *machine, vaddr_t pool)
{
	paddr_t hstate =
		machine_hstate(machine, 0) + pool - LISTS_AT - machine_hstates_address(machine);

	image_write(machine_image(machine), hstate + MACHINE_HSTATE_SURPLUS, 4, 8);
	image_write(machine_image(machine), hstate + MACHINE_HSTATE_SURPLUS_NODE, 4, 4);
}

static void surplus_and_free_off_its_list(struct machine *machine, vaddr_t pool)
{
	surplus(machine, pool);
	free_off_its_list(machine, pool);
}

static void surplus_and_next_skips_one(struct machine *machine, vaddr_t pool)
{
	surplus(machine, pool);
	next_skips_one(machine, pool);
}

static void surplus_and_used_off_its_list(struct machine *machine, vaddr_t pool)
{
	surplus(machine, pool);
	used_off_its_list(machine, pool);
}

/* Counted, on no list yet, and without a reference. */
static void made(struct machine *machine, size_t count)
{
	for (pfn_t i = 0; i < count; i++) {
		pfn_t pfn = NEW + 0x200 * i;

		machine_huge_page(machine, pfn, 9, 0);
		machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, 0, 4);
		ring(machine, links_of(pfn), 1, (const pfn_t[]){ pfn });
	}
}

static void two_made(struct machine *machine, vaddr_t pool)
{
	(void)pool;
	made(machine, 2);
}

static void three_made(struct machine *machine, vaddr_t pool)
{
	(void)pool;
	made(machine, 3);
}

static void three_made_by_tasks(struct machine *machine, vaddr_t pool)
{
	paddr_t hstate =
		machine_hstate(machine, 0) + pool - LISTS_AT - machine_hstates_address(machine);

	image_write(machine_image(machine), hstate + MACHINE_HSTATE_OVERCOMMIT, 8, 8);
	made(machine, 3);
}

/* So many as the pool does not count. */
static void many_given_back(struct machine *machine, vaddr_t pool)
{
	for (pfn_t i = 0; i < 8; i++) {
		pfn_t pfn = 0x28000 + 0x200 * i;

		machine_huge_page(machine, pfn, 9, HUGE_UNCOUNTED);
		taken_off(machine, pfn);
	}
	(void)pool;
}

struct scenario {
	const char *name;
	void (*arrange)(struct machine *machine, vaddr_t pool);
	enum check_status status;
	uint64_t findings;
	const char *part;
};

static const struct scenario scenarios[] = {
	{ "in order", nothing, STATUS_PASS, 0, NULL },
	{ "isolated for migration", isolated, STATUS_PASS, 0, NULL },
	{ "taken off and not counted", given_back, STATUS_PASS, 0, NULL },
	{ "free before, taken off and not counted", free_given_back, STATUS_PASS, 0, NULL },
	{ "free before, about to be given back", free_to_be_given_back, STATUS_PASS, 0, NULL },
	{ "free before, some given back", free_half_given_back, STATUS_PASS, 0, NULL },
	{ "free before, given back, and one that is counted off its list",
	  free_to_be_given_back_and_lost, STATUS_FAIL, 4, "is on no list" },
	{ "free, on a list elsewhere", free_on_a_list_elsewhere, STATUS_FAIL, 1,
	  "not to the list of its pool's free pages on its node" },
	{ "in use, off its list", used_off_its_list, STATUS_WARN, 1,
	  "2 MiB page 0x18000 is on no list: its links are those of a page that was taken off" },
	{ "free, off its list", free_off_its_list, STATUS_FAIL, 1, "2 MiB page 0x10000 is on no" },
	{ "free, linked to itself", free_to_itself, STATUS_FAIL, 1, "its links lead to itself" },
	{ "free, under the lock", locked, STATUS_PASS, 1, "it may be just being moved" },
	{ "free, among those in use", free_among_used, STATUS_FAIL, 2, "which belongs on another" },
	{ "a link past the next", next_skips_one, STATUS_FAIL, 1,
	  "2 MiB page 0x10200 names page 0x48000 (in use) as after it in its list, where page "
	  "0x18000 (in use) is named in its place" },
	{ "many in order", many, STATUS_PASS, 0, NULL },
	{ "all links 0", all_zero, STATUS_WARN, 1, "6 of 8 huge pages have the same links" },
	{ "most links 0", most_zero, STATUS_WARN, 1, "5 of 8 huge pages have the same links" },
	{ "all linked to themselves", all_to_themselves, STATUS_WARN, 1,
	  "each names itself as the page after it, and itself as the page before it" },
	{ "all next links overwritten", all_next_garbage, STATUS_FAIL, 1,
	  "each names 0x4141414141414140 as the page after it; the first is page 0x10200" },
	{ "all links to one page", all_prev_one_page, STATUS_FAIL, 1, "as the page before it" },
	{ "all links 0, and a broken one", all_zero_and_a_free_one_off, STATUS_FAIL, 2, "6 of 8" },
	{ "many given back", many_given_back, STATUS_PASS, 0, NULL },
	{ "swapped, in use", used_swapped, STATUS_FAIL, 1,
	  "page 0x18000 has the links of page 0x28200, and that one has its links" },
	{ "swapped neighbours", neighbours_swapped, STATUS_FAIL, 1, "that one has its links" },
	{ "swapped ends", ends_swapped, STATUS_FAIL, 1, "that one has its links" },
	{ "three, each with the links of the next", three_go_round, STATUS_FAIL, 3,
	  "what both lead to names that one in its place" },
	{ "links of another page", links_of_another, STATUS_FAIL, 1,
	  "page 0x28200 has the links of page 0x18000: what both lead to" },
	{ "links of which none fits", all_ways_round, STATUS_FAIL, 4, "is named in its place" },
	{ "list heads in order", list_heads, STATUS_PASS, 0, NULL },
	{ "swapped, each alone on its list", only_pages_swapped, STATUS_FAIL, 1,
	  "that one has its links" },
	{ "swapped ends, list heads known", ends_swapped_of_known_list, STATUS_FAIL, 1,
	  "that one has its links" },
	{ "swapped, in use and free", used_and_free_swapped, STATUS_FAIL, 1,
	  "page 0x10000 has the links of page 0x10200, and that one has its links" },
	{ "a list head overwritten", list_head_overwritten, STATUS_FAIL, 1,
	  "names 0x4141414141414140 as the first page, where page 0x10200 is that by its own" },
	{ "a list head past the first", list_head_past_the_first, STATUS_FAIL, 1,
	  "names page 0x18000 (in use) as the first page, where page 0x10200 is that" },
	{ "a list head of zeros", list_head_zero, STATUS_FAIL, 1,
	  "the head of the list of free pages of node 0 of hugepages-2048kB, at 0x" },
	{ "all list heads of zeros", list_heads_all_zero, STATUS_FAIL, 4,
	  "is all zero, but 1 page belongs on it" },
	{ "list heads that were not kept", list_heads_not_kept, STATUS_PASS, 0, NULL },
	{ "a list head of zeros beside others that were kept", list_head_not_kept_alone,
	  STATUS_FAIL, 1, "is all zero, but 1 page belongs on it" },
	{ "a list head as of an empty list", list_head_empty, STATUS_FAIL, 1,
	  "leads to itself, as that of an empty list, but 3 pages belong on it" },
	{ "the first page leads elsewhere", first_leads_elsewhere, STATUS_FAIL, 1,
	  "page 0x10200 is the first of its list by its own link, which leads to 0x" },
	{ "the last page leads elsewhere", last_leads_elsewhere, STATUS_FAIL, 1,
	  "page 0x48000 is the last of its list by its own link, which leads to 0x" },
	{ "lists of nodes swapped", lists_of_nodes_swapped, STATUS_FAIL, 2,
	  "which leads to the head of the list of free pages of node 1 of hugepages-2048kB, not" },
	{ "surplus pages", surplus, STATUS_PASS, 0, NULL },
	{ "surplus pages, a free one off its list", surplus_and_free_off_its_list, STATUS_FAIL, 1,
	  "2 MiB page 0x10000 is on no list" },
	{ "surplus pages, a link past the next", surplus_and_next_skips_one, STATUS_FAIL, 1,
	  "names page 0x48000 (in use) as after it" },
	{ "surplus pages, one in use off its list", surplus_and_used_off_its_list, STATUS_WARN, 1,
	  "2 MiB page 0x18000 is on no list" },
	{ "pages that were just made", two_made, STATUS_PASS, 0, NULL },
	{ "more than the pool's owner makes", three_made, STATUS_WARN, 3, "lead to itself" },
	{ "but tasks may make them", three_made_by_tasks, STATUS_PASS, 0, NULL },
	{ "a link to no huge page", next_is_no_page, STATUS_FAIL, 1, "pfn 0x30000, which has no" },
};

static void lists_are_judged(void **state)
{
	const struct scenario *scenario = *state;

	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct machine *machine = machine_create(&kernels[i]);

		machine_populate(machine);
		struct analysis *analysis = expect_analysis(machine);
		expect_status(analysis, "hugetlb-lists", STATUS_NOT_APPLICABLE, 0);
		const struct hstate *hstates = analysis->inventory.hstates;
		bool gigantic = hstates[0].order == 18;
		vaddr_t pool_2m = hstates[gigantic].address, pool_1g = hstates[!gigantic].address;
		analysis_destroy(analysis);

		lists_make(machine, pool_2m + LISTS_AT, pool_1g + LISTS_AT);
		scenario->arrange(machine, pool_2m + LISTS_AT);
		analysis = expect_analysis(machine);
		expect_status(analysis, "hugetlb-lists", scenario->status, scenario->findings);
		const struct check_run *run = expect_run(analysis, "hugetlb-lists");
		if (scenario->part && !strstr(run->findings[0].message, scenario->part))
			fail_msg("%s", run->findings[0].message);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(scenarios)];

	EXPECT_EACH(tests, 0, lists_are_judged, scenarios);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
