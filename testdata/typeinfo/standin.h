// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Types in the shapes that a kernel's have: the program that stands in for a
 * vmlinux has them in its debug information, the tests have them from their
 * own compiler.
 */
#ifndef TESTDATA_STANDIN_H
#define TESTDATA_STANDIN_H

#define STANDIN_RELEASE "6.99.0-standin"

enum pageflags { PG_locked, PG_writeback, PG_head = 6, PG_negative = -3, PG_mask = 0x1000 };

enum { SECTION_HAS_MEM_MAP_BIT, SECTION_IS_EARLY_BIT, SECTION_MAP_LAST_BIT = 6 };

enum { ENUMERATOR_LARGE = 0x8000000000000001ull };

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	unsigned long f;
} memdesc_flags_t;

typedef struct {
	int counter;
} atomic_t;

typedef const volatile atomic_t guarded_t;

struct page {
	memdesc_flags_t flags;
	union {
		struct {
			union {
				struct list_head lru;
				struct {
					void *filler;
					unsigned int mlock_count;
				};
			};
			void *mapping;
			unsigned long index;
		};
		struct {
			unsigned long compound_info;
			unsigned char order, dtor;
		};
	};
	guarded_t _refcount;
	unsigned int before : 3, narrow : 7, after : 20;
	unsigned int wide : 31;
};

/* The tail pages of a folio lie behind its head. */
struct folio {
	union {
		struct {
			unsigned long flags;
			unsigned int _nr_pages;
		};
		struct page page;
	};
	union {
		struct {
			unsigned long _flags_1;
			unsigned int _entire_mapcount;
		};
		struct page __page_1;
	};
};

enum { STANDIN_NODES = 12 };

struct hstate {
	unsigned int order;
	unsigned long nr_huge_pages;
	struct list_head hugepage_freelists[STANDIN_NODES];
	unsigned int nr_huge_pages_node[STANDIN_NODES];
	char name[32];
};

struct zone;

struct pglist_data {
	struct zone *node_zones_by_order[5];
	unsigned short distances[3][7];
	enum pageflags flag;
	struct page *const *map;
};

typedef struct pglist_data pg_data_t;

struct mem_section_usage {
	unsigned long subsection_map[1];
	unsigned long pageblock_flags[];
};

union either {
	char small;
	long large;
};

/* "span" is another type in the other unit. */
struct span {
	unsigned long start, end;
};

#endif
