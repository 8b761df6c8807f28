// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the sharing saves, counted from the walked tables. Bytes everywhere. */
#ifndef VMEMSCOPE_SAVINGS_H
#define VMEMSCOPE_SAVINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct survey;
struct device;
struct device_tally;

/* Why a huge page that is not optimised is not. */
enum blocker {
	BLOCKER_NOT_BUILT, /* the kernel has no HVO */
	BLOCKER_UNKNOWN_SCHEME,
	BLOCKER_SIZE,	     /* struct pages whose size is no power of two */
	BLOCKER_TOO_SMALL,   /* its struct pages fill fewer than two pages */
	BLOCKER_SELF_HOSTED, /* memmap_on_memory */
	BLOCKER_FLAG_ONLY,   /* has the flag all the same */
	BLOCKER_OFF,	     /* switched off now */
	BLOCKER_OFF_AT_BOOT, /* switched off, and only a boot parameter switches it on */
	BLOCKER_WAS_OFF,     /* on now: was off, or memory short, when allocated */
	BLOCKER_UNTOLD,	     /* the switch could not be read */
	BLOCKER_COUNT
};
const char *blocker_id(enum blocker blocker);	/* stable: "off-when-allocated" */
const char *blocker_text(enum blocker blocker); /* for people */
/* Could be saved by the administrator of this machine, without another kernel. */
bool blocker_is_curable(enum blocker blocker);

/* One hstate on one node. */
struct pool {
	uint64_t size_bytes;
	unsigned node, order;
	unsigned hstate; /* UINT_MAX if no hstate is known to have this order */
	uint64_t pages, free;
	uint64_t optimized, not_optimized; /* by page tables, whatever flags say */
	uint64_t in_transition;		   /* flag and mapping differ, legally */
	uint64_t unreliable;  /* HPG_raw_hwp_unreliable: no pool counts them any more */
	uint64_t assumed;     /* only page tables tell of them: @free is not known then */
	uint64_t unknown;     /* how they are mapped is not known: counted as no saving */
	uint64_t saved_bytes; /* gross, walked */
	uint64_t could_save_bytes;
	uint64_t flagless;		       /* of @optimized: without HPG_vmemmap_optimized */
	uint64_t blocked[BLOCKER_COUNT];       /* pages that are not optimised, by reason */
	uint64_t blocked_bytes[BLOCKER_COUNT]; /* what they could save, if the reason is curable */
};

/* Bytes, as a balance. */
struct savings_balance {
	uint64_t gross_bytes;		  /* vmemmap pages without a frame of their own */
	uint64_t page_table_cost_bytes;	  /* lowest-level tables that a larger leaf would replace */
	uint64_t shared_frame_cost_bytes; /* frames that exist to be shared */
	int64_t net_bytes;
	uint64_t could_save_bytes; /* more, by the administrator, with this kernel */
	/* Not all there is could be seen: but for the costs, these are lower bounds. */
	bool at_least;
};

/* How many huge pages there are, by three witnesses. Not filled in by a quick look. */
struct huge_census {
	uint64_t counted;   /* by the hstates, as far as these could be read */
	bool counts_known;  /* they could, all of them */
	uint64_t read;	    /* found by their heads */
	uint64_t by_tables; /* the head is not in the dump, page tables tell of the page */
	uint64_t unseen;    /* that the hstates count beyond these */
	bool blind;	    /* the dump lacks struct pages, or sections, where heads could be */
};

/* Struct pages that boot left unwritten, of sections of one node that are one size now. */
struct unwritten {
	unsigned node;
	bool node_known;
	unsigned order; /* of the gigantic pages; 0 where there is none any more */
	uint64_t sections, pages, struct_pages, bytes;
};

struct savings {
	struct pool *pools; /* by size, then node; nodes without pages are left out */
	size_t pool_count, pool_room;
	struct huge_census census;
	struct unwritten *unwritten;
	size_t unwritten_count, unwritten_room;
	struct savings_balance hugetlb, dax, total;
	uint64_t dax_next_bytes;   /* that devices would save with one vmemmap page kept, not two */
	uint64_t dax_altmap_bytes; /* of device memory, that a memmap in RAM would not take */
	uint64_t shared_frames;	   /* behind the cost: of HugeTLB */
	uint64_t table_pages;
};

/* Vmemmap pages that @device could do without, with this kernel: of its data, or of all of it. */
uint64_t device_could_save(const struct survey *survey, const struct device *device,
			   const struct device_tally *tally);

/* False if the costs are known and what they are for is not: a lower bound below 0 says nothing. */
bool balance_net_known(const struct savings_balance *balance);

struct error *savings_count(const struct survey *survey, struct savings *ret);
void savings_deinit(struct savings *savings);

#endif
