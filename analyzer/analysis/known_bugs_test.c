// SPDX-License-Identifier: LGPL-2.1-or-later
/* The catalogue is whole, and findings lead to its rows. */
#include "testdata/machine/expect.h"
#include "analyzer/checks/check_table.h"

#include <dirent.h>
#include <stdio.h>

#include "analyzer/analysis/known_bugs_match.h"

enum { SOURCES_MAX = 4 << 20 };

static void every_row_can_be_shown_or_says_why_not(void **state)
{
	(void)state;
	assert_true(known_bug_count >= 22);
	for (unsigned i = 0; i < known_bug_count; i++) {
		const struct known_bug *bug = &known_bug_table[i];

		assert_ptr_equal(known_bug_by_id(bug->id), bug); /* and no other has its id */
		assert_non_null(bug->title);
		assert_non_null(bug->fix);
		assert_non_null(bug->symptom);
		if (!bug->signatures[0] != !!bug->why_not || !bug->checks[0] != !!bug->why_not)
			fail_msg("%s: either a check shows it, or it says why none can", bug->id);
	}
	assert_null(known_bug_by_id("nonsense"));
}

static void every_check_that_is_named_exists(void **state)
{
	(void)state;
	for (unsigned i = 0; i < known_bug_count; i++)
		for (unsigned k = 0; k < SIGNATURES_MAX && known_bug_table[i].checks[k]; k++)
			if (!check_by_id(known_bug_table[i].checks[k]))
				fail_msg("%s names a check '%s'", known_bug_table[i].id,
					 known_bug_table[i].checks[k]);
}

/* The sources of all checks, as one text. */
static char *sources_read(void)
{
	static const char *const path = TEST_SOURCE_DIR "/analyzer/checks";
	char *text = calloc(1, SOURCES_MAX + 1);
	size_t length = 0;
	DIR *dir = opendir(path);

	assert_non_null(text);
	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		char name[1024];

		if (!strstr(entry->d_name, ".c") || strstr(entry->d_name, "_test.c"))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		FILE *file = fopen(name, "r");
		assert_non_null(file);
		length += fread(text + length, 1, SOURCES_MAX - length, file);
		fclose(file);
	}
	closedir(dir);
	return text;
}

static void every_signature_is_given_by_some_check(void **state)
{
	char *sources = sources_read();

	(void)state;
	for (unsigned i = 0; i < known_bug_count; i++)
		for (unsigned k = 0; k < SIGNATURES_MAX && known_bug_table[i].signatures[k]; k++) {
			char literal[80];

			snprintf(literal, sizeof(literal), "\"%s\"",
				 known_bug_table[i].signatures[k]);
			if (!strstr(sources, literal))
				fail_msg("%s: no check gives the signature %s",
					 known_bug_table[i].id, literal);
		}
	free(sources);
}

/* --- matching -------------------------------------------------------------------- */

static const struct scheme *scheme_named(enum scheme_family family, const char *id)
{
	for (unsigned i = 0; i < scheme_count; i++)
		if (scheme_table[i].family == family && strcmp(scheme_table[i].id, id) == 0)
			return &scheme_table[i];
	fail_msg("no scheme %s", id);
	return NULL;
}

/* A survey with nothing but two runs: one finding unsigned, and @count signed. */
struct made {
	struct survey survey;
	struct target target;
	struct scheme_choice scheme;
	struct check_results checks;
	struct check_run runs[2];
	struct signature_tally tally;
};

static void make(struct made *made, const char *scheme, const char *signature, size_t count)
{
	memset(made, 0, sizeof(*made));
	made->survey = (struct survey){ .target = &made->target,
					.scheme = &made->scheme,
					.checks = &made->checks };
	made->scheme.hugetlb = scheme_named(FAMILY_HUGETLB, scheme);
	made->scheme.dax = scheme_named(FAMILY_DAX, "dax-b");
	made->checks.runs = made->runs;
	made->checks.run_count = 2;
	made->runs[0].check = check_table[0];
	made->runs[0].violations = 1;
	made->runs[1].check = check_table[1];
	made->runs[1].violations = count;
	made->runs[1].tallies = signature ? &made->tally : NULL;
	made->runs[1].tally_count = signature ? 1 : 0;
	made->tally = (struct signature_tally){
		.signature = signature,
		.count = count,
		.first = { .has_pfn = true, .pfn = 0x1000 },
		.last = { .has_pfn = true, .pfn = 0x2000 },
	};
}

/* The kernel calls itself @release. */
static void make_release(struct made *made, const char *release)
{
	char text[64];

	snprintf(text, sizeof(text), "OSRELEASE=%s\n", release);
	assert_null(facts_parse(text, &made->target.facts));
}

static void findings_lead_to_the_fault_that_they_are_signed_with(void **state)
{
	struct known_bug_match matches[2];
	struct made made;

	(void)state;
	make(&made, "hugetlb-b", "writable-tail", 3);
	assert_int_equal(known_bugs_match(&made.survey, matches, 2), 1);
	assert_string_equal(matches[0].bug->id, "writable-tails");
	assert_int_equal(matches[0].findings, 3);
	assert_ptr_equal(matches[0].check, check_table[1]);
	assert_int_equal(matches[0].first.pfn, 0x1000);
}

static void findings_without_signature_lead_nowhere(void **state)
{
	struct known_bug_match match;
	struct made made;

	(void)state;
	make(&made, "hugetlb-b", NULL, 3);
	assert_int_equal(known_bugs_match(&made.survey, &match, 1), 0);
	make(&made, "hugetlb-b", "nobody knows", 1);
	assert_int_equal(known_bugs_match(&made.survey, &match, 1), 0);
}

static void faults_of_other_kernels_do_not_fit(void **state)
{
	struct known_bug_match match;
	struct made made;

	(void)state;
	make(&made, "hugetlb-b", "stale-pg-head", 1);
	assert_int_equal(known_bugs_match(&made.survey, &match, 1), 1);
	make(&made, "hugetlb-d", "stale-pg-head", 1);
	assert_int_equal(known_bugs_match(&made.survey, &match, 1), 0);
	make(&made, "hugetlb-d", "uninitialised-shared-frame", 1);
	assert_int_equal(known_bugs_match(&made.survey, &match, 1), 1);
	make(&made, "hugetlb-b", "uninitialised-shared-frame", 1);
	assert_int_equal(known_bugs_match(&made.survey, &match, 1), 1);
	assert_string_equal(match.bug->id, "shared-frame-overwritten");
}

static void one_cause_is_one_line(void **state)
{
	struct known_bug_match match;
	struct made made;

	(void)state;
	make(&made, "hugetlb-b", "orphan-sharing", 1);
	assert_int_equal(known_bugs_match(&made.survey, &match, 1), 1);
	assert_string_equal(match.bug->id, "freed-without-restore");
	assert_string_equal(match.others[0]->id, "flag-order");
	assert_null(match.others[1]);
	assert_int_equal(match.release, RELEASE_UNKNOWN);
}

static void more_than_asked_for_are_counted(void **state)
{
	struct signature_tally tallies[2] = { { .signature = "hwpoison-in-tail", .count = 1 },
					      { .signature = "head-order", .count = 1 } };
	struct known_bug_match match;
	struct made made;

	(void)state;
	make(&made, "hugetlb-b", "orphan-sharing", 1);
	made.runs[1].tallies = tallies;
	made.runs[1].tally_count = 2;
	assert_int_equal(known_bugs_match(&made.survey, &match, 1), 2);
	assert_string_equal(match.bug->id, "hwpoison-in-tail");
	assert_int_equal(known_bugs_match(&made.survey, NULL, 0), 2);
}

/* A release narrows what is listed; one that tells nothing leaves all that can be. */
static void a_release_narrows_what_is_listed(void **state)
{
	static const struct {
		const char *scheme, *signature, *release, *first, *other;
	} cases[] = {
		{ "hugetlb-b", "orphan-sharing", "6.1.46", "freed-without-restore", "flag-order" },
		{ "hugetlb-b", "orphan-sharing", "6.1.47", "flag-order", NULL },
		{ "hugetlb-b", "orphan-sharing", "6.5.3", "flag-order", NULL },
		{ "hugetlb-b", "orphan-sharing", "6.12.118+deb13-amd64", NULL, NULL },
		{ "hugetlb-b", "orphan-sharing", "6.1.0-57-amd64", "freed-without-restore",
		  "flag-order" },
		{ "hugetlb-b", "orphan-sharing", "5.14.0-570.12.1.el9_6.x86_64",
		  "freed-without-restore", "flag-order" },
		{ "hugetlb-d", "uninitialised-shared-frame", "7.1.4", "shared-frame-uninitialised",
		  NULL },
		{ "hugetlb-d", "uninitialised-shared-frame", "7.3.4", "shared-frame-overwritten",
		  NULL },
		{ "hugetlb-d", "uninitialised-shared-frame", "custom", "shared-frame-uninitialised",
		  NULL },
		{ "hugetlb-c", "protected-too-short", "6.17.13+deb13-amd64",
		  "boot-tails-unprotected", NULL },
		{ "hugetlb-c", "protected-too-short", "6.18.51", "writable-tails", NULL },
		{ "hugetlb-b", "protected-too-short", "6.14.2", "writable-tails", NULL },
		/* A name of Debian's shows the series, which is enough to leave out others. */
		{ "hugetlb-b", "leftover-head", "6.1.0-55-amd64", NULL, NULL },
		{ "hugetlb-b", "leftover-head", "6.12.0-55-amd64", "restore-copies-head", NULL },
		{ "hugetlb-b", "leftover-head", "custom", "restore-copies-head", NULL },
		{ "hugetlb-b", "restored-head-copies", "6.12.117+deb13-amd64",
		  "restore-copies-head", NULL },
		{ "hugetlb-b", "restored-head-copies", "6.12.113", "fake-head-left", NULL },
		{ "hugetlb-b", "restored-head-copies", "6.1.0-55-amd64", "fake-head-left", NULL },
		{ "hugetlb-d", "restored-head-copies", "7.3.4", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct known_bug_match match = { 0 };
		struct made made;

		make(&made, cases[i].scheme, cases[i].signature, 1);
		make_release(&made, cases[i].release);
		size_t count = known_bugs_match(&made.survey, &match, 1);
		facts_destroy(made.target.facts);
		if (count != (cases[i].first ? 1 : 0))
			fail_msg("case %zu: %zu faults", i, count);
		if (!count)
			continue;
		assert_string_equal(match.bug->id, cases[i].first);
		assert_int_equal(!!match.others[0], !!cases[i].other);
		if (cases[i].other)
			assert_string_equal(match.others[0]->id, cases[i].other);
	}
}

/* One real run from the machine to the row. */
static void a_broken_machine_looks_like_its_fault(void **state)
{
	static const struct machine_kernel kernel = { .scheme = MACHINE_B, .mark = MARK_DTOR };
	struct machine *machine = machine_create(&kernel);
	uint64_t tail = machine_index(0x10000) + 7;
	struct known_bug_match match;

	(void)state;
	machine_populate(machine);
	machine_map(machine, tail, machine_frame(machine, tail), true);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(known_bugs_match(&analysis->survey, &match, 1), 1);
	assert_string_equal(match.bug->id, "writable-tails");
	assert_string_equal(match.check->id, "hugetlb-tail-readonly");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Pages taken for bytes: 64 vmemmap pages of a page of 1 GiB are protected. */
static void protection_that_ends_early_is_told_from_other_writable_tails(void **state)
{
	static const struct machine_kernel kernel = { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE };
	static const struct {
		unsigned from;
		const char *bug;
	} cases[] = { { 64, "boot-tails-unprotected" }, { 65, "writable-tails" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_create(&kernel);
		uint64_t first = machine_index(0x80000);
		struct known_bug_match match;

		machine_populate(machine);
		for (unsigned k = cases[i].from; k < 4096; k++)
			machine_map(machine, first + k, machine_frame(machine, first + k), true);
		struct analysis *analysis = expect_analysis(machine);
		assert_int_not_equal(known_bugs_match(&analysis->survey, &match, 1), 0);
		assert_string_equal(match.bug->id, cases[i].bug);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_can_be_shown_or_says_why_not),
		cmocka_unit_test(every_check_that_is_named_exists),
		cmocka_unit_test(every_signature_is_given_by_some_check),
		cmocka_unit_test(findings_lead_to_the_fault_that_they_are_signed_with),
		cmocka_unit_test(findings_without_signature_lead_nowhere),
		cmocka_unit_test(faults_of_other_kernels_do_not_fit),
		cmocka_unit_test(one_cause_is_one_line),
		cmocka_unit_test(more_than_asked_for_are_counted),
		cmocka_unit_test(a_release_narrows_what_is_listed),
		cmocka_unit_test(a_broken_machine_looks_like_its_fault),
		cmocka_unit_test(protection_that_ends_early_is_told_from_other_writable_tails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
