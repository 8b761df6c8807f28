// SPDX-License-Identifier: LGPL-2.1-or-later
/* Releases as uname -r has them, and the spans that they are held against. */
#include "testdata/machine/expect.h"

#include "analyzer/vmcoreinfo/release.h"

static void a_release_is_known_where_its_patch_level_is(void **state)
{
	static const struct {
		const char *text;
		bool known;
		struct release release;
	} cases[] = {
		{ "6.12.118+deb13-amd64", true, { 6, 12, 118, false } },
		{ "7.3.4", true, { 7, 3, 4, false } },
		{ "7.3", true, { 7, 3, 0, false } },
		{ "6.17.0", true, { 6, 17, 0, false } },
		{ "5.15.148-lab", true, { 5, 15, 148, false } },
		/* What a distribution counts its own way, in a stable series. */
		{ "6.1.0-57-amd64", true, { 6, 1, 0, true } },
		{ "6.1.0-57-cloud-arm64", true, { 6, 1, 0, true } },
		{ "6.1.0-0.deb11.7-amd64", true, { 6, 1, 0, true } },
		{ "5.15.0-91-generic", true, { 5, 15, 0, true } },
		/* The same, and takes what it likes. */
		{ "5.14.0-570.12.1.el9_6.x86_64", false, { 0 } },
		{ "5.14.0-70.el9", false, { 0 } },
		{ "5.10.0-136.12.0.86.oe2203sp1.x86_64", false, { 0 } },
		{ "6.1.0-57", false, { 0 } },
		{ "6.1.0-", false, { 0 } },
		{ "6.1.0-0.deb-amd64", false, { 0 } },
		{ "7.3-amd64", false, { 0 } },
		{ "5.17.0-rc5", false, { 0 } },
		/* No release at all. */
		{ NULL, false, { 0 } },
		{ "", false, { 0 } },
		{ "next", false, { 0 } },
		{ "6", false, { 0 } },
		{ "6.", false, { 0 } },
		{ "6.1.", false, { 0 } },
		{ "99999999999.1.1", false, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct release release = { 0 };

		if (release_parse(cases[i].text, &release) != cases[i].known)
			fail_msg("%s is %sa release", cases[i].text, cases[i].known ? "" : "not ");
		assert_int_equal(release.major, cases[i].release.major);
		assert_int_equal(release.minor, cases[i].release.minor);
		assert_int_equal(release.patch, cases[i].release.patch);
		assert_int_equal(release.any_patch, cases[i].release.any_patch);
	}
}

/* A stable series has an end, and a later beginning, of its own. */
static void a_series_speaks_for_itself(void **state)
{
	static const struct release_span spans[] = {
		{ { 5, 19, 0, false }, { 7, 2, 0, false } },
		{ { 6, 1, 0, false }, { 6, 1, 47, false } },
		{ { 6, 1, 100, false }, { 6, 1, 110, false } },
		{ { 0 }, { 0 } },
		{ { 1, 0, 0, false }, { 99, 0, 0, false } }, /* behind the end */
	};
	static const struct {
		struct release release;
		enum release_verdict verdict;
	} cases[] = {
		{ { 5, 18, 9, false }, RELEASE_OUTSIDE },
		{ { 5, 19, 0, false }, RELEASE_INSIDE },
		{ { 6, 0, 5, false }, RELEASE_INSIDE },
		{ { 6, 1, 46, false }, RELEASE_INSIDE },
		{ { 6, 1, 47, false }, RELEASE_OUTSIDE },
		{ { 6, 1, 105, false }, RELEASE_INSIDE },
		{ { 6, 1, 110, false }, RELEASE_OUTSIDE },
		{ { 6, 12, 3, false }, RELEASE_INSIDE },
		{ { 7, 1, 99, false }, RELEASE_INSIDE },
		{ { 7, 2, 0, false }, RELEASE_OUTSIDE },
		/* Of these the series alone is known. */
		{ { 5, 18, 0, true }, RELEASE_OUTSIDE },
		{ { 5, 19, 0, true }, RELEASE_INSIDE },
		{ { 6, 1, 0, true }, RELEASE_UNKNOWN },
		{ { 6, 12, 0, true }, RELEASE_INSIDE },
		{ { 7, 2, 0, true }, RELEASE_OUTSIDE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (release_judge(&cases[i].release, spans, COUNT_OF(spans)) != cases[i].verdict)
			fail_msg("%u.%u.%u", cases[i].release.major, cases[i].release.minor,
				 cases[i].release.patch);
	assert_int_equal(release_judge(NULL, spans, COUNT_OF(spans)), RELEASE_UNKNOWN);
	assert_int_equal(release_judge(&cases[0].release, &spans[3], 1), RELEASE_UNKNOWN);
}

/* Where a span begins or ends in a series of which no more is known. */
static void a_series_that_a_span_cuts_is_in_doubt(void **state)
{
	static const struct release_span spans[] = { { { 5, 15, 3, false }, { 6, 4, 11, false } },
						     { { 6, 12, 114, false },
						       { 6, 13, 0, false } } };
	static const struct {
		unsigned minor;
		enum release_verdict verdict;
		const struct release_span *span;
	} cases[] = { { 4, RELEASE_UNKNOWN, &spans[0] },  { 3, RELEASE_INSIDE, &spans[0] },
		      { 12, RELEASE_UNKNOWN, &spans[1] }, { 5, RELEASE_OUTSIDE, NULL },
		      { 13, RELEASE_OUTSIDE, NULL },	  { 14, RELEASE_OUTSIDE, NULL } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct release release = { 6, (uint16_t)cases[i].minor, 0, true };

		if (release_judge(&release, spans, COUNT_OF(spans)) != cases[i].verdict)
			fail_msg("6.%u.0-1-amd64", cases[i].minor);
		assert_ptr_equal(release_span_of(&release, spans, COUNT_OF(spans)), cases[i].span);
	}
}

static void spans_are_told_in_words(void **state)
{
	static const struct release_span spans[] = { { { 5, 14, 0, false }, { 6, 4, 11, false } },
						     { { 0 }, { 6, 1, 47, false } },
						     { { 7, 1, 0, false }, { 0 } } };
	char text[RELEASE_SPANS_TEXT_MAX];

	(void)state;
	assert_string_equal(release_spans_text(spans, COUNT_OF(spans), text),
			    "5.14 to before 6.4.11; before 6.1.47; from 7.1 on");
	assert_string_equal(release_spans_text(NULL, 0, text), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_release_is_known_where_its_patch_level_is),
		cmocka_unit_test(a_series_speaks_for_itself),
		cmocka_unit_test(a_series_that_a_span_cuts_is_in_doubt),
		cmocka_unit_test(spans_are_told_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
