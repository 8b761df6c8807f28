// SPDX-License-Identifier: LGPL-2.1-or-later
/* Walks x86-64 page tables that are written down as text. */
#include "testdata/machine/expect.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>

#include "analyzer/arch/arch.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/paging/pgwalk.h"

/* The tables' root is physical 0x1000 throughout. */
static struct paging paging_of(unsigned levels, uint64_t sme_mask)
{
	struct paging paging;
	struct facts *facts;
	char text[256];

	snprintf(text, sizeof(text),
		 "SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
		 "NUMBER(phys_base)=0\n"
		 "NUMBER(pgtable_l5_enabled)=%d\n"
		 "NUMBER(sme_mask)=%" PRIu64 "\n",
		 levels == 5, sme_mask);
	expect_no_error(facts_parse(text, &facts));
	expect_no_error(arch_by_elf_machine(EM_X86_64)->paging_init(facts, NULL, &paging));
	facts_destroy(facts);
	return paging;
}

/* The canonical address with these indices, from the top level down. */
static vaddr_t va5(unsigned a, unsigned b, unsigned c, unsigned d, unsigned e)
{
	vaddr_t va = (vaddr_t)a << 48 | (vaddr_t)b << 39 | (vaddr_t)c << 30 | (vaddr_t)d << 21 |
		     (vaddr_t)e << 12;

	return a & 256 ? va | UINT64_C(0xfe00000000000000) : va;
}

#define VA4(a, b, c, d) (UINT64_C(0xffff000000000000) | va5(0, a, b, c, d))
#define KIB		(UINT64_C(1) << 10)
#define MIB		(UINT64_C(1) << 20)
#define GIB		(UINT64_C(1) << 30)

struct vector {
	const char *name;
	const char *image;
	unsigned levels;
	uint64_t sme_mask;
	unsigned path[5]; /* indices from the top; with 4 levels the first is unused */
	struct mapping expected;
	uint64_t size; /* of the mapping; it begins at the path's address unless @offset */
	uint64_t offset;
};

static const struct vector vectors[] = {
	/* --- leaves --- */
	{
		.name = "4 KiB leaf, 256.1.2.3",
		.image = "@0x1800 0x2003  @0x2008 0x3003  @0x3010 0x4003\n"
			 "@0x4018 0x12345003",
		.levels = 4,
		.path = { 0, 256, 1, 2, 3 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x12345000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x4018,
			      .raw = 0x12345003 },
	},
	{
		.name = "2 MiB leaf, 256.0.7, asked for its last page",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3038 0x40000083",
		.levels = 4,
		.path = { 0, 256, 0, 7, 511 },
		.size = 2 * MIB,
		.offset = 511 * 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x40000000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x3038,
			      .raw = 0x40000083 },
	},
	{
		.name = "1 GiB leaf, 511.510, asked for its last page",
		.image = "@0x1ff8 0x2003  @0x2ff0 0xc0000083",
		.levels = 4,
		.path = { 0, 511, 510, 511, 511 },
		.size = GIB,
		.offset = GIB - 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0xc0000000,
			      .level = 2,
			      .writable = true,
			      .entry_addr = 0x2ff0,
			      .raw = 0xc0000083 },
	},
	{
		.name = "five levels, 4 KiB leaf, 300.0.1.2.3",
		.image = "@0x1960 0x2003  @0x2000 0x3003  @0x3008 0x4003  @0x4010 0x5003\n"
			 "@0x5018 0x7003",
		.levels = 5,
		.path = { 300, 0, 1, 2, 3 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x7000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x5018,
			      .raw = 0x7003 },
	},
	{
		.name = "five levels, 2 MiB leaf, 511.5.1.2",
		.image = "@0x1ff8 0x2003  @0x2028 0x3003  @0x3008 0x4003  @0x4010 0x200083",
		.levels = 5,
		.path = { 511, 5, 1, 2, 0 },
		.size = 2 * MIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x200000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x4010,
			      .raw = 0x200083 },
	},
	{
		.name = "five levels, 1 GiB leaf, 256.0.1",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3008 0x40000083",
		.levels = 5,
		.path = { 256, 0, 1, 0, 0 },
		.size = GIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x40000000,
			      .level = 2,
			      .writable = true,
			      .entry_addr = 0x3008,
			      .raw = 0x40000083 },
	},

	/* --- bits that are no address --- */
	{
		.name = "bit 12 of a 2 MiB leaf is PAT, 256.0.0",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x40001083",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 2 * MIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x40000000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x3000,
			      .raw = 0x40001083 },
	},
	{
		.name = "bit 12 of a 1 GiB leaf is PAT, 256.0",
		.image = "@0x1800 0x2003  @0x2000 0x40001083",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = GIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x40000000,
			      .level = 2,
			      .writable = true,
			      .entry_addr = 0x2000,
			      .raw = 0x40001083 },
	},
	{
		.name = "bits 13 to 29 of a 1 GiB leaf are reserved, 256.0",
		.image = "@0x1800 0x2003  @0x2000 0x7ffff083",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = GIB,
		.expected = { .state = MAPPING_INVALID,
			      .level = 2,
			      .entry_addr = 0x2000,
			      .raw = 0x7ffff083 },
	},
	{
		.name = "bit 7 of a PTE is PAT, 256.0.0.0",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003  @0x4000 0x5083",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x5000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x4000,
			      .raw = 0x5083 },
	},
	{
		.name = "bit 7 at level 4 is reserved, 256",
		.image = "@0x1800 0x2083  @0x2000 0x3003  @0x3000 0x4003  @0x4000 0x5003",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 512 * GIB,
		.expected = { .state = MAPPING_INVALID,
			      .level = 3,
			      .entry_addr = 0x1800,
			      .raw = 0x2083 },
	},
	{
		.name = "bit 7 at level 5 is reserved, 256",
		.image = "@0x1800 0x2083  @0x2000 0x3083  @0x3000 0x4003  @0x4000 0x5003\n"
			 "@0x5000 0x6003",
		.levels = 5,
		.path = { 256, 0, 0, 0, 0 },
		.size = 256 * 1024 * GIB,
		.expected = { .state = MAPPING_INVALID,
			      .level = 4,
			      .entry_addr = 0x1800,
			      .raw = 0x2083 },
	},
	{
		.name = "NX, protection keys and software bits, in tables and leaf, 256.0.0.0",
		.image = "@0x1800 0xfff0000000002e63  @0x2000 0xfff0000000003e63\n"
			 "@0x3000 0xfff0000000004e63  @0x4000 0xfff0000000005f63",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x5000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x4000,
			      .raw = UINT64_C(0xfff0000000005f63) },
	},
	{
		.name = "SAVED_DIRTY of a write-protected PTE, bit 58, 256.0.0.0",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003\n"
			 "@0x4000 0x8400000000005121",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x5000,
			      .level = 0,
			      .entry_addr = 0x4000,
			      .raw = UINT64_C(0x8400000000005121) },
	},
	{
		.name = "the highest physical address, 256.0.0.0",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003\n"
			 "@0x4000 0x800ffffffffff003",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = UINT64_C(0x000ffffffffff000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x4000,
			      .raw = UINT64_C(0x800ffffffffff003) },
	},
	{
		.name = "SME mask in every entry, 256.0.0.0",
		.image = "@0x1800 0x800000002003  @0x2000 0x800000003003\n"
			 "@0x3000 0x800000004003  @0x4000 0x800000005003",
		.levels = 4,
		.sme_mask = UINT64_C(0x800000000000),
		.path = { 0, 256, 0, 0, 0 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x5000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x4000,
			      .raw = UINT64_C(0x800000005003) },
	},
	{
		.name = "SME mask absent in a leaf of shared memory, 256.0.0",
		.image = "@0x1800 0x800000002003  @0x2000 0x800000003003  @0x3000 0x40000083",
		.levels = 4,
		.sme_mask = UINT64_C(0x800000000000),
		.path = { 0, 256, 0, 0, 0 },
		.size = 2 * MIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x40000000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x3000,
			      .raw = 0x40000083 },
	},
	{
		.name = "without SME bit 47 is address, 256.0.0",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x800040000083",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 2 * MIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = UINT64_C(0x800040000000),
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x3000,
			      .raw = UINT64_C(0x800040000083) },
	},

	/* --- permissions --- */
	{
		.name = "read-only leaf, 256.0.0.0",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003  @0x4000 0x5001",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x5000,
			      .entry_addr = 0x4000,
			      .raw = 0x5001 },
	},
	{
		.name = "writable leaf below a read-only table at level 2, 256.0.0.0",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4001  @0x4000 0x5003",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x5000,
			      .entry_addr = 0x4000,
			      .raw = 0x5003 },
	},
	{
		.name = "writable 2 MiB leaf below a read-only table at the top, 256.0.0",
		.image = "@0x1800 0x2001  @0x2000 0x3003  @0x3000 0x40000083",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 2 * MIB,
		.expected = { .state = MAPPING_PRESENT,
			      .pa = 0x40000000,
			      .level = 1,
			      .entry_addr = 0x3000,
			      .raw = 0x40000083 },
	},

	/* --- holes --- */
	{
		.name = "hole at level 4, 257",
		.image = "@0x1800 0x2003",
		.levels = 4,
		.path = { 0, 257, 3, 2, 1 },
		.size = 512 * GIB,
		.offset = 3 * GIB + 2 * 2 * MIB + 4 * KIB,
		.expected = { .state = MAPPING_NONE, .level = 3, .entry_addr = 0x1808 },
	},
	{
		.name = "hole at level 5, 257",
		.image = "@0x1800 0x2003",
		.levels = 5,
		.path = { 257, 1, 0, 0, 0 },
		.size = 512 * 512 * GIB,
		.offset = 512 * GIB,
		.expected = { .state = MAPPING_NONE, .level = 4, .entry_addr = 0x1808 },
	},
	{
		.name = "hole at level 3, 256.1",
		.image = "@0x1800 0x2003  @0x2000 0x3003",
		.levels = 4,
		.path = { 0, 256, 1, 511, 511 },
		.size = GIB,
		.offset = GIB - 4 * KIB,
		.expected = { .state = MAPPING_NONE, .level = 2, .entry_addr = 0x2008 },
	},
	{
		.name = "hole at level 2, 256.0.1",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003",
		.levels = 4,
		.path = { 0, 256, 0, 1, 2 },
		.size = 2 * MIB,
		.offset = 8 * KIB,
		.expected = { .state = MAPPING_NONE, .level = 1, .entry_addr = 0x3008 },
	},
	{
		.name = "hole at level 1, 256.0.0.2",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003  @0x4000 0x5003",
		.levels = 4,
		.path = { 0, 256, 0, 0, 2 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_NONE, .level = 0, .entry_addr = 0x4010 },
	},
	{
		.name = "an entry with all bits but the present one, 256.0.0.0",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003\n"
			 "@0x4000 0xfffffffffffffffe",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_NONE,
			      .level = 0,
			      .entry_addr = 0x4000,
			      .raw = UINT64_MAX - 1 },
	},

	/* --- tables that are not in the dump --- */
	{
		.name = "the root is excluded, 256",
		.image = "excluded 0x1000",
		.levels = 4,
		.path = { 0, 256, 0, 0, 0 },
		.size = 512 * GIB,
		.expected = { .state = MAPPING_UNREADABLE,
			      .level = 3,
			      .entry_addr = 0x1800,
			      .memory_state = MEMORY_EXCLUDED },
	},
	{
		.name = "the root is absent, five levels, 256",
		.image = "absent 0x1000",
		.levels = 5,
		.path = { 256, 0, 0, 0, 0 },
		.size = 512 * 512 * GIB,
		.expected = { .state = MAPPING_UNREADABLE,
			      .level = 4,
			      .entry_addr = 0x1800,
			      .memory_state = MEMORY_ABSENT },
	},
	{
		.name = "a table of level 3 is truncated, 256.1",
		.image = "@0x1800 0x2003  truncated 0x2000",
		.levels = 4,
		.path = { 0, 256, 1, 0, 1 },
		.size = GIB,
		.offset = 4 * KIB,
		.expected = { .state = MAPPING_UNREADABLE,
			      .level = 2,
			      .entry_addr = 0x2008,
			      .memory_state = MEMORY_TRUNCATED },
	},
	{
		.name = "a table of level 2 is excluded, 256.0.1",
		.image = "@0x1800 0x2003  @0x2000 0x3003  excluded 0x3000",
		.levels = 4,
		.path = { 0, 256, 0, 1, 0 },
		.size = 2 * MIB,
		.expected = { .state = MAPPING_UNREADABLE,
			      .level = 1,
			      .entry_addr = 0x3008,
			      .memory_state = MEMORY_EXCLUDED },
	},
	{
		.name = "a table of level 1 is absent, 256.0.0.1",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003",
		.levels = 4,
		.path = { 0, 256, 0, 0, 1 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_UNREADABLE,
			      .level = 0,
			      .entry_addr = 0x4008,
			      .memory_state = MEMORY_ABSENT },
	},
	{
		.name = "a table of level 1 is truncated, 256.0.0.1",
		.image = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003  truncated 0x4000",
		.levels = 4,
		.path = { 0, 256, 0, 0, 1 },
		.size = 4 * KIB,
		.expected = { .state = MAPPING_UNREADABLE,
			      .level = 0,
			      .entry_addr = 0x4008,
			      .memory_state = MEMORY_TRUNCATED },
	},
};

static vaddr_t vector_address(const struct vector *vector)
{
	const unsigned *path = vector->path;

	return vector->levels == 5 ? va5(path[0], path[1], path[2], path[3], path[4])
				   : VA4(path[1], path[2], path[3], path[4]);
}

static void check_mapping(const struct vector *vector, const struct mapping *got)
{
	const struct mapping *expected = &vector->expected;
	vaddr_t start = vector_address(vector) - vector->offset;

	assert_int_equal(got->state, expected->state);
	assert_int_equal(got->va.start, start);
	assert_int_equal(got->va.end, start + vector->size);
	assert_int_equal(got->level, expected->level);
	assert_int_equal(got->entry_addr, expected->entry_addr);
	assert_int_equal(got->raw, expected->raw);
	assert_int_equal(got->memory_state, expected->memory_state);
	if (expected->state != MAPPING_PRESENT)
		return;
	assert_int_equal(got->pa, expected->pa);
	assert_int_equal(got->writable, expected->writable);
}

static void pgwalk_decodes_each_vector(void **state)
{
	const struct arch_info *arch = arch_by_elf_machine(EM_X86_64);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct image *image = expect_image(vectors[i].image);
		struct paging paging = paging_of(vectors[i].levels, vectors[i].sme_mask);
		struct mapping mapping;
		struct pgwalk walk;

		print_message("    %s\n", vectors[i].name);
		expect_no_error(pgwalk_init(&walk, arch, &paging, image_memory(image)));
		expect_no_error(pgwalk_at(&walk, vector_address(&vectors[i]), &mapping));
		check_mapping(&vectors[i], &mapping);
		pgwalk_deinit(&walk);
		image_destroy(image);
	}
}

/* --- walks over ranges ------------------------------------------------------- */

struct walker {
	struct image *image;
	struct paging paging;
	struct pgwalk walk;
};

static void walker_start(struct walker *walker, const char *text, unsigned levels)
{
	walker->image = expect_image(text);
	walker->paging = paging_of(levels, 0);
	expect_no_error(pgwalk_init(&walker->walk, arch_by_elf_machine(EM_X86_64), &walker->paging,
				    image_memory(walker->image)));
}

static void walker_end(struct walker *walker)
{
	pgwalk_deinit(&walker->walk);
	image_destroy(walker->image);
}

static const char mixed[] = "@0x1800 0x2003\n"		  /* 256 */
			    "@0x2000 0x3003 0xc0000083\n" /* 256.0 table, 256.1 leaf */
			    "@0x3000 0x4003 0x400083 0 0x9003\n"
			    "@0x4000 0x10003*510 0x11003 0x12001\n";

static void pgwalk_visits_a_range_once_in_order(void **state)
{
	static const struct {
		uint64_t pages;
		enum mapping_state state;
		paddr_t pa;
	} expected[] = {
		{ 1, MAPPING_PRESENT, 0x11000 },    /* 256.0.0.510 */
		{ 1, MAPPING_PRESENT, 0x12000 },    /* 256.0.0.511 */
		{ 512, MAPPING_PRESENT, 0x400000 }, /* 256.0.1 */
		{ 512, MAPPING_NONE, 0 },	    /* 256.0.2 */
		{ 1, MAPPING_UNREADABLE, 0 },	    /* 256.0.3.0: table 0x9000 is absent */
		{ 1, MAPPING_UNREADABLE, 0 },	    /* 256.0.3.1, where the range ends */
	};
	struct walker walker;
	struct mapping mapping;
	struct error *err;
	size_t i = 0;

	(void)state;
	walker_start(&walker, mixed, 4);
	walker.walk.next = VA4(256, 0, 0, 510);
	walker.walk.end = VA4(256, 0, 3, 2);
	for (vaddr_t va = walker.walk.next; pgwalk_next(&walker.walk, &mapping, &err); i++) {
		assert_true(i < COUNT_OF(expected));
		assert_int_equal(mapping.va.start, va);
		assert_int_equal(mapping.va.end - va, expected[i].pages * 4 * KIB);
		assert_int_equal(mapping.state, expected[i].state);
		if (mapping.state == MAPPING_PRESENT)
			assert_int_equal(mapping.pa, expected[i].pa);
		va = mapping.va.end;
	}
	expect_no_error(err);
	assert_int_equal(i, COUNT_OF(expected));
	walker_end(&walker);
}

static void pgwalk_reads_each_table_once(void **state)
{
	struct walker walker;
	struct mapping mapping;
	struct error *err;
	unsigned count = 0;

	(void)state;
	walker_start(&walker, mixed, 4);
	walker.walk.next = VA4(256, 0, 0, 0);
	walker.walk.end = VA4(256, 0, 1, 0);
	while (pgwalk_next(&walker.walk, &mapping, &err))
		count++;
	assert_int_equal(count, 512);
	assert_int_equal(image_reads(walker.image), 4);
	assert_int_equal(walker.walk.base_tables_read, 1);
	walker_end(&walker);
}

static void pgwalk_starts_inside_a_leaf(void **state)
{
	struct walker walker;
	struct mapping mapping;
	struct error *err;

	(void)state;
	walker_start(&walker, mixed, 4);
	walker.walk.next = VA4(256, 1, 3, 4);
	walker.walk.end = VA4(256, 1, 3, 5);
	assert_true(pgwalk_next(&walker.walk, &mapping, &err));
	assert_int_equal(mapping.va.start, VA4(256, 1, 0, 0));
	assert_int_equal(mapping.pa, 0xc0000000);
	assert_false(pgwalk_next(&walker.walk, &mapping, &err));
	expect_no_error(err);
	walker_end(&walker);
}

/* Of a running machine a table that others saw can be gone. */
static void an_entry_of_a_table_that_was_not_reached_is_none(void **state)
{
	const struct arch_info *arch = arch_by_elf_machine(EM_X86_64);
	const struct paging paging = {
		.levels = 4,
		.level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 } },
	};
	struct memory memory = { .page_shift = 12 };
	struct pgwalk walk;

	(void)state;
	expect_no_error(pgwalk_init(&walk, arch, &paging, &memory));
	struct table_entry entry = pgwalk_entry(&walk, 0, 0x1000);
	assert_int_equal(entry.raw, 0);
	assert_false(entry.is_leaf);
	pgwalk_deinit(&walk);
}

static void pgwalk_of_an_empty_range_is_done(void **state)
{
	struct walker walker;
	struct mapping mapping;
	struct error *err;

	(void)state;
	walker_start(&walker, mixed, 4);
	walker.walk.next = walker.walk.end = VA4(256, 0, 0, 0);
	assert_false(pgwalk_next(&walker.walk, &mapping, &err));
	assert_null(err);
	assert_int_equal(image_reads(walker.image), 0);
	walker_end(&walker);
}

/* 2^64 is 0: the last entry's end must not start the walk again. */
static void pgwalk_ends_at_the_end_of_the_address_space(void **state)
{
	static const struct {
		const char *image;
		unsigned levels, count;
	} cases[] = {
		{ "@0x1ff8 0", 4, 1 },			       /* hole 511 */
		{ "@0x1ff8 0x2003 @0x2ff8 0xc0000083", 4, 1 }, /* leaf 511.511 */
		{ "@0x1ff8 0x2003 @0x2ff8 0x3003 @0x3ff8 0x4003 @0x4fe8 0x5003*3", 4, 2 },
		{ "@0x1ff8 0", 5, 1 },
		{ "excluded 0x1000", 5, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct walker walker;
		struct mapping mapping;
		struct error *err;
		unsigned count = 0;

		walker_start(&walker, cases[i].image, cases[i].levels);
		walker.walk.next = UINT64_C(0xffffffffffffe000);
		walker.walk.end = UINT64_MAX;
		while (pgwalk_next(&walker.walk, &mapping, &err) && count < 10)
			count++;
		expect_no_error(err);
		assert_int_equal(count, cases[i].count);
		walker_end(&walker);
	}
}

static void pgwalk_ends_when_tables_form_a_loop(void **state)
{
	struct walker walker;
	struct mapping mapping;

	(void)state;
	walker_start(&walker, "@0x1000 0x1003*512", 4);
	expect_no_error(pgwalk_at(&walker.walk, VA4(511, 511, 511, 511), &mapping));
	assert_int_equal(mapping.state, MAPPING_PRESENT);
	assert_int_equal(mapping.pa, 0x1000);
	assert_int_equal(mapping.level, 0);
	walker_end(&walker);
}

static void pgwalk_passes_read_failures_on(void **state)
{
	struct walker walker;
	struct mapping mapping;
	struct error *err;

	(void)state;
	for (uint64_t reads = 0; reads < 4; reads++) {
		walker_start(&walker, mixed, 4);
		image_fail_after(walker.image, reads);
		walker.walk.next = VA4(256, 0, 0, 0);
		walker.walk.end = VA4(256, 0, 0, 1);
		assert_false(pgwalk_next(&walker.walk, &mapping, &err));
		expect_error(err, ERROR_OS, "page table of level");

		/* What failed is read again, not taken for known. */
		image_fail_after(walker.image, UINT64_MAX);
		assert_true(pgwalk_next(&walker.walk, &mapping, &err));
		assert_int_equal(mapping.pa, 0x10000);
		walker_end(&walker);
	}
}

/* Of a table of several pages each is asked for alone. */
static void pgwalk_reads_what_is_there_of_a_large_table(void **state)
{
	const struct arch_info *arch = arch_by_elf_machine(EM_X86_64);
	struct paging paging = paging_of(4, 0);
	struct image *image = expect_image("@0x8008 0x2003  excluded 0x9000\n"
					   "@0x2000 0xc0000083");
	struct mapping mapping;
	struct pgwalk walk;

	(void)state;
	paging.root = 0x8000;
	paging.level[3].bits = 13;
	expect_no_error(pgwalk_init(&walk, arch, &paging, image_memory(image)));
	expect_no_error(pgwalk_at(&walk, UINT64_C(1) << 39, &mapping));
	assert_int_equal(mapping.state, MAPPING_PRESENT);
	assert_int_equal(mapping.pa, 0xc0000000);
	expect_no_error(pgwalk_at(&walk, UINT64_C(512) << 39, &mapping));
	assert_int_equal(mapping.state, MAPPING_UNREADABLE);
	assert_int_equal(mapping.memory_state, MEMORY_EXCLUDED);
	expect_no_error(pgwalk_at(&walk, UINT64_C(1024) << 39, &mapping));
	assert_int_equal(mapping.memory_state, MEMORY_ABSENT);
	pgwalk_deinit(&walk);
	image_destroy(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pgwalk_decodes_each_vector),
		cmocka_unit_test(pgwalk_visits_a_range_once_in_order),
		cmocka_unit_test(pgwalk_reads_each_table_once),
		cmocka_unit_test(pgwalk_starts_inside_a_leaf),
		cmocka_unit_test(pgwalk_of_an_empty_range_is_done),
		cmocka_unit_test(an_entry_of_a_table_that_was_not_reached_is_none),
		cmocka_unit_test(pgwalk_ends_at_the_end_of_the_address_space),
		cmocka_unit_test(pgwalk_ends_when_tables_form_a_loop),
		cmocka_unit_test(pgwalk_passes_read_failures_on),
		cmocka_unit_test(pgwalk_reads_what_is_there_of_a_large_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
