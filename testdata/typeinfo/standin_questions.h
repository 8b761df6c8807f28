// SPDX-License-Identifier: LGPL-2.1-or-later
/* Questions about the stand-in program, and what the compiler of the tests says to them. */
#ifndef TESTDATA_STANDIN_QUESTIONS_H
#define TESTDATA_STANDIN_QUESTIONS_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "include/array.h"
#include "include/error.h"
#include "include/typeinfo.h"
#include "testdata/typeinfo/standin.h"

enum { ABSENT = -1000 };

/* value: what the compiler says; ABSENT: the question has no answer. */
struct expectation {
	struct type_query query;
	int64_t value;
};

#define SIZE(type, value)                                                                          \
	{                                                                                          \
		{ TYPE_SIZE, type, NULL }, value                                                   \
	}
#define OFFSET(type, member)                                                                       \
	{                                                                                          \
		{ TYPE_MEMBER_OFFSET, #type, #member }, offsetof(struct type, member)              \
	}
#define MEMBER(type, member)                                                                       \
	{                                                                                          \
		{ TYPE_MEMBER_SIZE, #type, #member }, sizeof(((struct type *)0)->member)           \
	}

// clang-format off
static const struct expectation expectations[] = {
	SIZE("page", sizeof(struct page)),
	SIZE("folio", sizeof(struct folio)),
	SIZE("hstate", sizeof(struct hstate)),
	SIZE("pg_data_t", sizeof(pg_data_t)),
	SIZE("memdesc_flags_t", sizeof(memdesc_flags_t)),
	SIZE("either", sizeof(union either)),
	SIZE("only_elsewhere", 16),
	OFFSET(page, flags),
	OFFSET(page, flags.f),
	OFFSET(page, lru),
	OFFSET(page, lru.prev),
	OFFSET(page, mlock_count),
	OFFSET(page, mapping),
	OFFSET(page, index),
	OFFSET(page, compound_info),
	OFFSET(page, dtor),
	OFFSET(page, _refcount),
	OFFSET(page, _refcount.counter),
	OFFSET(folio, page),
	OFFSET(folio, page.mapping),
	OFFSET(folio, _nr_pages),
	OFFSET(folio, _entire_mapcount),
	OFFSET(folio, __page_1.lru.next),
	OFFSET(hstate, name),
	OFFSET(mem_section_usage, pageblock_flags),
	{ { TYPE_MEMBER_OFFSET, "only_elsewhere", "inner.second" }, 8 },
	/* Bit fields: the unit of their type that holds the first bit. */
	{ { TYPE_MEMBER_OFFSET, "page", "narrow" }, offsetof(struct page, _refcount) + 4 },
	{ { TYPE_MEMBER_OFFSET, "page", "wide" }, offsetof(struct page, _refcount) + 8 },
	MEMBER(page, flags),
	MEMBER(page, _refcount),
	MEMBER(page, dtor),
	MEMBER(hstate, hugepage_freelists),
	MEMBER(hstate, name),
	MEMBER(pglist_data, node_zones_by_order),
	MEMBER(pglist_data, distances),
	MEMBER(pglist_data, flag),
	MEMBER(pglist_data, map),
	{ { TYPE_MEMBER_SIZE, "page", "wide" }, sizeof(int) },
	{ { TYPE_MEMBER_LENGTH, "hstate", "hugepage_freelists" }, STANDIN_NODES },
	{ { TYPE_MEMBER_LENGTH, "hstate", "name" }, 32 },
	{ { TYPE_MEMBER_LENGTH, "pglist_data", "node_zones_by_order" }, 5 },
	{ { TYPE_MEMBER_LENGTH, "pglist_data", "distances" }, 3 },
	{ { TYPE_MEMBER_LENGTH, "mem_section_usage", "subsection_map" }, 1 },
	{ { TYPE_ENUMERATOR, "pageflags", "PG_head" }, PG_head },
	{ { TYPE_ENUMERATOR, "pageflags", "PG_negative" }, PG_negative },
	{ { TYPE_ENUMERATOR, "pageflags", "PG_mask" }, PG_mask },
	{ { TYPE_ENUMERATOR, NULL, "PG_writeback" }, PG_writeback },
	{ { TYPE_ENUMERATOR, NULL, "SECTION_MAP_LAST_BIT" }, SECTION_MAP_LAST_BIT },
	{ { TYPE_ENUMERATOR, NULL, "ENUMERATOR_LARGE" }, (int64_t)ENUMERATOR_LARGE },
	{ { TYPE_ENUMERATOR, "elsewhere", "ELSEWHERE_VALUE" }, 77 },

	{ { TYPE_SIZE, "declared_only", NULL }, ABSENT },
	{ { TYPE_SIZE, "no_such_type", NULL }, ABSENT },
	{ { TYPE_MEMBER_OFFSET, "page", "no_such_member" }, ABSENT },
	{ { TYPE_MEMBER_OFFSET, "page", "mapping.inside_pointer" }, ABSENT },
	{ { TYPE_MEMBER_OFFSET, "page", "" }, ABSENT },
	{ { TYPE_MEMBER_OFFSET, "page", "lru." }, ABSENT },
	{ { TYPE_MEMBER_LENGTH, "page", "mapping" }, ABSENT },
	{ { TYPE_MEMBER_LENGTH, "mem_section_usage", "pageblock_flags" }, ABSENT },
	{ { TYPE_ENUMERATOR, "pageflags", "PG_no_such" }, ABSENT },
	{ { TYPE_ENUMERATOR, "no_such_enum", "PG_head" }, ABSENT },
	{ { TYPE_ENUMERATOR, NULL, "NO_SUCH_ENUMERATOR" }, ABSENT },
};
// clang-format on

enum { EXPECTATIONS = COUNT_OF(expectations) };

static inline void assert_no_error(struct error *err)
{
	if (err)
		fail_msg("%s", error_message(err));
}

static inline void ask(struct typeinfo *ti, const char *const *near, struct type_answer *answers)
{
	struct type_query queries[EXPECTATIONS];

	for (size_t i = 0; i < EXPECTATIONS; i++)
		queries[i] = expectations[i].query;
	assert_no_error(ti->ops->resolve(ti, queries, EXPECTATIONS, near, answers));
}

static inline void assert_answers(const char *where, const struct type_answer *answers)
{
	for (size_t i = 0; i < EXPECTATIONS; i++) {
		const struct type_query *query = &expectations[i].query;
		int64_t value = answers[i].found ? (int64_t)answers[i].value : ABSENT;

		if (value != expectations[i].value)
			fail_msg("%s: question %d of %s.%s: %" PRId64 ", expected %" PRId64, where,
				 query->kind, query->type ?: "", query->name ?: "", value,
				 expectations[i].value);
	}
}

#endif
