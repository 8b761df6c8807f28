// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analyzer/parallel/parallel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/analysis/analysis.h"
#include "include/error.h"

/* --- a memory that nobody reads ------------------------------------------------- */

static struct error *stub_fork(struct memory *memory, struct memory **ret)
{
	*ret = calloc(1, sizeof(**ret));
	assert_non_null(*ret);
	(*ret)->ops = memory->ops;
	return NULL;
}

static void stub_destroy(struct memory *memory)
{
	free(memory);
}

static const struct memory_ops stub_ops = { .fork = stub_fork, .destroy = stub_destroy };
static struct memory stub = { .ops = &stub_ops };

/* --- jobs ----------------------------------------------------------------------- */

enum { PARTS_MAX = 40 };

struct tally {
	atomic_uint done[PARTS_MAX];
	size_t fails_from; /* this part and all after it */
};

static struct error *tally_part(const struct analysis *view, void *data, size_t part)
{
	struct tally *tally = data;

	assert_non_null(view->memory);
	atomic_fetch_add(&tally->done[part], 1);
	return part < tally->fails_from ? NULL : error_new(ERROR_CORRUPT, "part %zu", part);
}

/* Runs of all sizes follow each other at once, as the stages of a report do. */
static void expect_each_part_once(const struct analysis *analysis)
{
	for (unsigned round = 0; round < 100; round++)
		for (size_t count = 0; count <= PARTS_MAX; count++) {
			struct tally tally = { .fails_from = SIZE_MAX };

			assert_null(parallel_run(analysis, count, tally_part, &tally));
			for (size_t i = 0; i < PARTS_MAX; i++)
				assert_int_equal(tally.done[i], i < count);
		}
}

static struct analysis *team_of(unsigned threads)
{
	struct analysis *analysis = calloc(1, sizeof(*analysis));

	assert_non_null(analysis);
	analysis->memory = &stub;
	analysis->threads = threads;
	assert_null(parallel_init(analysis));
	assert_int_equal(analysis->threads, threads);
	return analysis;
}

static void does_each_part_once_with_any_number_of_threads(void **state)
{
	static const unsigned threads[] = { 1, 2, 3, THREADS_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		struct analysis *analysis = team_of(threads[i]);

		expect_each_part_once(analysis);
		parallel_deinit(analysis);
		free(analysis);
	}
}

static void gives_the_failure_of_the_first_part_that_fails(void **state)
{
	struct analysis *analysis = team_of(4);

	(void)state;
	for (size_t first = 0; first < PARTS_MAX; first++) {
		struct tally tally = { .fails_from = first };
		struct error *err = parallel_run(analysis, PARTS_MAX, tally_part, &tally);
		char expected[32];

		snprintf(expected, sizeof(expected), "part %zu", first);
		assert_non_null(err);
		assert_string_equal(error_message(err), expected);
		error_destroy(err);
	}
	parallel_deinit(analysis);
	free(analysis);
}

static void ends_a_team_that_was_never_asked(void **state)
{
	struct analysis *analysis = team_of(4);

	(void)state;
	parallel_deinit(analysis);
	assert_int_equal(analysis->threads, 1);
	free(analysis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_each_part_once_with_any_number_of_threads),
		cmocka_unit_test(gives_the_failure_of_the_first_part_that_fails),
		cmocka_unit_test(ends_a_team_that_was_never_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
