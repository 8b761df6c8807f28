// SPDX-License-Identifier: LGPL-2.1-or-later
#include "include/array.h"
#include "include/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct item {
	uint32_t number;
	char letter;
};

struct items {
	struct item *list;
	size_t count, room;
};

static void items_deinit(struct items *items)
{
	free(items->list);
}

static void keeps_what_was_pushed_in_order(void **state)
{
	_cleanup_(items_deinit) struct items items = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		assert_null(vector_push(items.list, items.count, items.room,
					(struct item){ .number = i, .letter = 'a' }));
		assert_true(items.count == i + 1 && items.count <= items.room);
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(items.list[i].number == i && items.list[i].letter == 'a');
}

/* Else adding many would copy each of them many times. */
static void grows_seldom(void **state)
{
	_cleanup_(items_deinit) struct items items = { 0 };
	unsigned grown = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		size_t before = items.room;

		assert_null(vector_push(items.list, items.count, items.room, (struct item){ 0 }));
		grown += items.room != before;
	}
	assert_in_range(grown, 1, 17);
}

static void reserves_as_much_as_is_wanted(void **state)
{
	_cleanup_(items_deinit) struct items items = { 0 };

	(void)state;
	assert_null(vector_reserve(items.list, items.room, 0));
	assert_true(!items.list && items.room == 0);
	assert_null(vector_reserve(items.list, items.room, 777));
	assert_true(items.list && items.room >= 777);
	memset(items.list, 0, 777 * sizeof(*items.list));

	struct item *before = items.list;
	size_t room = items.room;
	assert_null(vector_reserve(items.list, items.room, 700));
	assert_true(items.list == before && items.room == room);
}

/* What is there stays usable, and the owner's to free. */
static void failure_leaves_everything_as_it_was(void **state)
{
	/* A product that wraps, to a small number; one that does not, and is no size of an object.
	 */
	static const size_t impossible[] = { SIZE_MAX / sizeof(struct item) + 2,
					     SIZE_MAX / sizeof(struct item) - 1, SIZE_MAX };
	_cleanup_(items_deinit) struct items items = { 0 };

	(void)state;
	assert_null(vector_push(items.list, items.count, items.room, (struct item){ 7, 'z' }));

	struct items before = items;
	for (size_t i = 0; i < COUNT_OF(impossible); i++) {
		struct error *err = vector_reserve(items.list, items.room, impossible[i]);

		assert_true(error_catch(&err, ERROR_NOMEM));
		assert_memory_equal(&items, &before, sizeof(items));
		assert_true(items.list[0].number == 7 && items.list[0].letter == 'z');
	}
}

/* The count is the owner's: the room of a huge one is not doubled beyond its type. */
static void room_is_not_doubled_beyond_its_type(void **state)
{
	size_t room = SIZE_MAX / 2 + 1;

	(void)state;
	assert_null(vector_larger(NULL, &room, SIZE_MAX / 2 + 2, 8));
	assert_true(room == SIZE_MAX / 2 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_was_pushed_in_order),
		cmocka_unit_test(grows_seldom),
		cmocka_unit_test(reserves_as_much_as_is_wanted),
		cmocka_unit_test(failure_leaves_everything_as_it_was),
		cmocka_unit_test(room_is_not_doubled_beyond_its_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
