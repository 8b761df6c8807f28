// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analyzer/parallel/parallel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "include/array.h"
#include "include/error.h"
#include "include/memory.h"

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

static struct error *tally_part(struct memory *memory, void *data, size_t part)
{
	struct tally *tally = data;

	assert_non_null(memory);
	atomic_fetch_add(&tally->done[part], 1);
	return part < tally->fails_from ? NULL : error_new(ERROR_CORRUPT, "part %zu", part);
}

/* Runs of all sizes follow each other at once, as the stages of a report do. */
static void expect_each_part_once(struct thread_pool *pool)
{
	for (unsigned round = 0; round < 100; round++)
		for (size_t count = 0; count <= PARTS_MAX; count++) {
			struct tally tally = { .fails_from = SIZE_MAX };

			assert_null(parallel_run(pool, count, tally_part, &tally));
			for (size_t i = 0; i < PARTS_MAX; i++)
				assert_int_equal(tally.done[i], i < count);
		}
}

static struct thread_pool *team_of(unsigned threads)
{
	struct thread_pool *pool = calloc(1, sizeof(*pool));

	assert_non_null(pool);
	assert_null(thread_pool_init(pool, &stub, threads, NULL));
	assert_int_equal(pool->count, threads);
	return pool;
}

static void does_each_part_once_with_any_number_of_threads(void **state)
{
	static const unsigned threads[] = { 1, 2, 3, THREADS_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		struct thread_pool *pool = team_of(threads[i]);

		expect_each_part_once(pool);
		thread_pool_deinit(pool);
		free(pool);
	}
}

static void gives_the_failure_of_the_first_part_that_fails(void **state)
{
	struct thread_pool *pool = team_of(4);

	(void)state;
	for (size_t first = 0; first < PARTS_MAX; first++) {
		struct tally tally = { .fails_from = first };
		struct error *err = parallel_run(pool, PARTS_MAX, tally_part, &tally);
		char expected[32];

		snprintf(expected, sizeof(expected), "part %zu", first);
		assert_non_null(err);
		assert_string_equal(error_message(err), expected);
		error_destroy(err);
	}
	thread_pool_deinit(pool);
	free(pool);
}

static void ends_a_team_that_was_never_asked(void **state)
{
	struct thread_pool *pool = team_of(4);

	(void)state;
	thread_pool_deinit(pool);
	assert_int_equal(pool->count, 1);
	free(pool);
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
