// SPDX-License-Identifier: LGPL-2.1-or-later
/* What cmocka tests of the analyzer expect, said once. */
#ifndef VMEMSCOPE_TESTDATA_EXPECT_H
#define VMEMSCOPE_TESTDATA_EXPECT_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "include/array.h"
#include "include/error.h"
#include "testdata/machine/machine.h"

/* Fails the test with the message of @err. */
static inline void expect_no_error(struct error *err)
{
	if (err)
		fail_msg("unexpected: %s", error_message(err));
}

/* It is a failure of this kind that speaks of @part (NULL: of anything). Ends it. */
static inline void expect_error(struct error *err, enum error_code code, const char *part)
{
	assert_non_null(err);
	if (error_code(err) != code || (part && !strstr(error_message(err), part)))
		fail_msg("another error than expected: %s", error_message(err));
	error_destroy(err);
}

static inline struct image *expect_image(const char *text)
{
	struct image *image = NULL;

	expect_no_error(image_parse(text, &image));
	return image;
}

static inline struct analysis *expect_analysis(struct machine *machine)
{
	struct analysis *analysis = NULL;

	expect_no_error(machine_analyze(machine, ANALYSIS_FULL, &analysis));
	return analysis;
}

static inline const struct check_run *expect_run(const struct analysis *analysis, const char *id)
{
	for (size_t i = 0; i < analysis->checks.run_count; i++)
		if (strcmp(analysis->checks.runs[i].check->id, id) == 0)
			return &analysis->checks.runs[i];
	fail_msg("no check %s has run", id);
	return NULL;
}

static inline void expect_status(const struct analysis *analysis, const char *id,
				 enum check_status status, uint64_t violations)
{
	const struct check_run *run = expect_run(analysis, id);

	if (run->status == status && run->violations == violations)
		return;
	fail_msg("%s: %s with %" PRIu64 " findings (%s), expected %s with %" PRIu64, id,
		 check_status_name(run->status), run->violations,
		 run->finding_count ? run->findings[0].message : "none", check_status_name(status),
		 violations);
}

/* The same of @count pages: what many show alike is one finding, which says how many. */
static inline void expect_pages_wrong(const struct analysis *analysis, const char *id,
				      uint64_t count)
{
	const struct check_run *run = expect_run(analysis, id);
	uint64_t found = 0;

	for (size_t i = 0; i < run->finding_count; i++)
		found += run->findings[i].alike_count ? run->findings[i].alike_count : 1;
	if (run->status != STATUS_FAIL || found != count)
		fail_msg("%s: %s of %" PRIu64 " pages, expected %" PRIu64, id,
			 check_status_name(run->status), found, count);
}

/* Every check but @id (NULL: every one) has looked, or had nothing to look at, and is silent. */
static inline void expect_others_silent(const struct analysis *analysis, const char *id)
{
	for (size_t i = 0; i < analysis->checks.run_count; i++) {
		const struct check_run *run = &analysis->checks.runs[i];

		if (id && strcmp(run->check->id, id) == 0)
			continue;
		if (run->violations)
			fail_msg("%s: %s", run->check->id, run->findings[0].message);
		if (run->status != STATUS_PASS && run->status != STATUS_NOT_APPLICABLE)
			fail_msg("%s: %s", run->check->id, check_status_name(run->status));
		if (run->not_checked)
			fail_msg("%s: %" PRIu64 " not checked", run->check->id, run->not_checked);
	}
}

/* Only check @id has something to say, with @part in its first finding. */
static inline void expect_only(const struct analysis *analysis, const char *id,
			       enum check_status status, uint64_t violations, const char *part)
{
	expect_others_silent(analysis, id);
	expect_status(analysis, id, status, violations);
	const struct check_run *run = expect_run(analysis, id);
	if (part && !strstr(run->findings[0].message, part))
		fail_msg("%s: '%s' is not about '%s'", id, run->findings[0].message, part);
}

/*
 * Appends a test for each of @count elements of @size bytes at @table, named by the
 * string pointer that each begins with; the test finds its element in *state.
 */
static inline size_t expect_each(struct CMUnitTest *tests, size_t used, CMUnitTestFunction function,
				 const void *table, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		const char *element = (const char *)table + i * size;
		union {
			const void *borrowed;
			void *state;
		} pointer = { .borrowed = element };

		tests[used++] = (struct CMUnitTest){
			.name = *(const char *const *)element,
			.test_func = function,
			.initial_state = pointer.state,
		};
	}
	return used;
}

#define EXPECT_EACH(tests, used, function, table)                                                  \
	expect_each(tests, used, function, table, COUNT_OF(table), sizeof((table)[0]))

static inline const struct huge_page *expect_page(const struct analysis *analysis, pfn_t pfn)
{
	static struct huge_page page; /* good until the next call */

	if (!huge_pages_find(&analysis->inventory.pages, pfn, &page))
		fail_msg("no huge page at 0x%" PRIx64, pfn);
	return &page;
}

/* Of @leaf, of the lowest level: the bits of its mask say which frame, whatever they all are. */
static inline void expect_frame_mask(const struct arch_info *arch, const struct paging *paging,
				     uint64_t leaf)
{
	uint64_t mask = arch_frame_mask(arch, paging, leaf);
	struct entry none = arch->entry_decode(paging, 0, leaf & ~mask);
	struct entry all = arch->entry_decode(paging, 0, leaf | mask);

	assert_int_not_equal(mask, 0);
	assert_int_equal(none.kind, ENTRY_LEAF);
	assert_int_equal(all.kind, ENTRY_LEAF);
	assert_int_equal(none.writable, all.writable);
	assert_int_equal(none.shift, all.shift);
	assert_int_equal(all.addr - none.addr, (mask >> __builtin_ctzll(mask))
						       << paging->page_shift);
}

#endif
