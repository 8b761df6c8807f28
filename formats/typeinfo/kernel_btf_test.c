// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types and symbols out of a kernel's own memory; damaged BTF does no harm. */
#include <inttypes.h>
#include <stdio.h>

#include <bpf/btf.h>

#include "formats/typeinfo/btf_blob.h"
#include "formats/typeinfo/btf_types.h"
#include "formats/typeinfo/kernel_testing.h"
#include "include/array.h"
#include "include/error.h"

enum { PAGE_LRU = 8, PG_HEAD = 6, UNKNOWN_KIND = 21 };

#define LARGE UINT64_C(0x8000000000000001)

static const struct type_query queries[] = {
	{ TYPE_SIZE, "page", NULL },
	{ TYPE_MEMBER_OFFSET, "page", "lru.prev" },
	{ TYPE_MEMBER_OFFSET, "page", "order" },
	{ TYPE_MEMBER_SIZE, "page", "tails" },
	{ TYPE_MEMBER_LENGTH, "page", "tails" },
	{ TYPE_ENUMERATOR, "pageflags", "PG_head" },
	{ TYPE_ENUMERATOR, NULL, "ENUMERATOR_LARGE" },
	{ TYPE_ENUMERATOR, NULL, "NEGATIVE" },
	{ TYPE_MEMBER_OFFSET, "page_t", "lru" },
	{ TYPE_SYMBOL, NULL, "hstates" },

	{ TYPE_SIZE, "declared_only", NULL },
	{ TYPE_SIZE, "no_such_type", NULL },
	{ TYPE_MEMBER_OFFSET, "page", "no_such_member" },
	{ TYPE_MEMBER_OFFSET, "page", "lru." },
	{ TYPE_MEMBER_LENGTH, "page", "lru" },
	{ TYPE_MEMBER_LENGTH, "page", "flexible" },
	{ TYPE_MEMBER_SIZE, "page", "flexible" },
	{ TYPE_SYMBOL, NULL, "no_such_symbol" },
};

static const uint64_t values[] = {
	128, PAGE_LRU + 8, 24, 80, 10, PG_HEAD, LARGE, UINT64_MAX - 1, PAGE_LRU, KERNEL_LINKED + 64,
};

enum {
	QUERIES = COUNT_OF(queries),
	FOUND = COUNT_OF(values),
};

static void expect_success(struct error *err)
{
	if (err)
		fail_msg("%s", error_message(err));
}

static int add_page(struct btf *btf, int number, int pointer)
{
	int list = btf__add_struct(btf, "list_head", 16);
	btf__add_field(btf, "next", pointer, 0, 0);
	btf__add_field(btf, "prev", pointer, 64, 0);
	int inner = btf__add_struct(btf, NULL, 16);
	btf__add_field(btf, "mapping", pointer, 0, 0);
	int either = btf__add_union(btf, NULL, 16);
	btf__add_field(btf, "lru", list, 0, 0);
	btf__add_field(btf, NULL, inner, 0, 0);
	int tails = btf__add_array(btf, number, pointer, 10);
	int flexible = btf__add_array(btf, number, pointer, 0);
	int page = btf__add_struct(btf, "page", 128);
	btf__add_field(btf, "flags", number, 0, 0);
	btf__add_field(btf, NULL, either, 8 * PAGE_LRU, 0);
	btf__add_field(btf, "order", number, 8 * 24 + 3, 7);
	btf__add_field(btf, "tails", tails, 8 * 48, 0);
	btf__add_field(btf, "flexible", flexible, 8 * 128, 0);
	return page;
}

/* The caller ends it with btf__free(). */
static struct btf *make_types(void)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	btf__set_pointer_size(btf, 8);
	int number = btf__add_int(btf, "unsigned int", 4, 0);
	int pointer = btf__add_ptr(btf, 0);
	btf__add_fwd(btf, "page", BTF_FWD_STRUCT);
	btf__add_fwd(btf, "declared_only", BTF_FWD_STRUCT);
	int page = add_page(btf, number, pointer);
	btf__add_typedef(btf, "page_t", btf__add_const(btf, page));
	btf__add_typedef(btf, "page", number);
	btf__add_enum(btf, "pageflags", 4);
	btf__add_enum_value(btf, "PG_locked", 0);
	btf__add_enum_value(btf, "PG_head", PG_HEAD);
	btf__add_enum(btf, NULL, 4);
	btf__add_enum_value(btf, "NEGATIVE", -2);
	btf__add_enum64(btf, NULL, 8, false);
	assert_int_equal(btf__add_enum64_value(btf, "ENUMERATOR_LARGE", LARGE), 0);
	return btf;
}

/* Copied to the kernel's memory; @grow is how much longer the symbols say that it is. */
static void make(struct kernel *kernel, int64_t grow)
{
	struct kernel_symbol symbols[] = {
		{ 'R', "__start_BTF", 0 },
		{ 'R', "__stop_BTF", 0 },
		{ 'B', "hstates", KERNEL_LINKED + 64 },
	};
	struct btf *btf = make_types();
	unsigned char *to;
	uint32_t size;
	const void *blob = btf__raw_data(btf, &size);

	kernel_init(kernel, false);
	symbols[0].address = kernel_add(kernel, size, &to) - KERNEL_OFFSET;
	symbols[1].address = symbols[0].address + size + grow;
	memcpy(to, blob, size);
	kernel_add_symbols(kernel, KERNEL_PLACE, symbols, 3);
	btf__free(btf);
}

static void dumped_kernel_answers(void **state)
{
	struct type_answer answers[QUERIES];
	struct typeinfo *ti = NULL;
	struct kernel kernel;

	(void)state;
	make(&kernel, 0);
	expect_success(typeinfo_open_kernel("the-dump", &kernel.view, &ti));
	free(kernel.bytes);
	assert_string_equal(ti->ops->name, "BTF");
	assert_string_equal(ti->origin, "BTF");
	assert_string_equal(ti->path, "the-dump");
	assert_string_equal(ti->release, "6.99.0");
	assert_string_equal(ti->build_id, "0123abcd");
	assert_string_equal(ti->machine, "x86_64");
	expect_success(ti->ops->resolve(ti, queries, QUERIES, NULL, answers));
	for (size_t i = 0; i < QUERIES; i++) {
		if (answers[i].found != (i < FOUND) || (i < FOUND && answers[i].value != values[i]))
			fail_msg("question %zu: %d, 0x%" PRIx64, i, answers[i].found,
				 answers[i].value);
		if (i < FOUND)
			assert_string_equal(answers[i].source, queries[i].kind == TYPE_SYMBOL
								       ? "kallsyms in the dump"
								       : "BTF in the dump");
	}
	expect_success(ti->ops->resolve(ti, NULL, 0, NULL, NULL));
	typeinfo_close(ti);
}

static void expect_refused(struct kernel *kernel, enum error_code code, const char *words)
{
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_kernel("the-dump", &kernel->view, &ti);

	if (!err)
		fail_msg("accepted, expected: %s", words);
	if (error_code(err) != code || !strstr(error_message(err), words))
		fail_msg("'%s', expected: %s", error_message(err), words);
	assert_non_null(strstr(error_message(err), "the-dump"));
	error_destroy(err);
}

static const struct kernel_symbol a_function = { 'T', "start_kernel", KERNEL_LINKED };
static const struct kernel_symbol a_variable = { 'D', "init_uts_ns", KERNEL_LINKED + 8 };

static void kernel_without_types_is_not_found(void **state)
{
	static const struct {
		const struct kernel_symbol *symbol;
		const char *words;
	} cases[] = {
		{ &a_variable, "without CONFIG_DEBUG_INFO_BTF or CONFIG_KALLSYMS_ALL" },
		{ &a_function, "without CONFIG_KALLSYMS_ALL" },
		{ &a_function, "--btf and System.map with --system-map" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct kernel kernel;

		kernel_init(&kernel, false);
		kernel_add_symbols(&kernel, KERNEL_PLACE, cases[i].symbol, 1);
		expect_refused(&kernel, ERROR_NOT_FOUND, cases[i].words);
		free(kernel.bytes);
	}
}

static void symbols_without_types_are_answered(void **state)
{
	static const struct type_query asked[] = {
		{ TYPE_SYMBOL, NULL, "init_uts_ns" },
		{ TYPE_SIZE, "page", NULL },
	};
	struct type_answer answers[2];
	struct typeinfo *ti = NULL;
	struct kernel kernel;

	(void)state;
	kernel_init(&kernel, false);
	kernel_add_symbols(&kernel, KERNEL_PLACE, &a_variable, 1);
	expect_success(typeinfo_open_kernel_symbols("the-dump", &kernel.view, &ti));
	expect_success(ti->ops->resolve(ti, asked, 2, NULL, answers));
	assert_true(answers[0].found);
	assert_int_equal(answers[0].value, a_variable.address);
	assert_false(answers[1].found);
	typeinfo_close(ti);
	free(kernel.bytes);
}

static void symbols_of_functions_alone_are_refused(void **state)
{
	struct typeinfo *ti = NULL;
	struct kernel kernel;

	(void)state;
	kernel_init(&kernel, false);
	kernel_add_symbols(&kernel, KERNEL_PLACE, &a_function, 1);
	struct error *err = typeinfo_open_kernel_symbols("the-dump", &kernel.view, &ti);
	assert_non_null(err);
	assert_non_null(strstr(error_message(err), "CONFIG_KALLSYMS_ALL"));
	error_destroy(err);
	free(kernel.bytes);
}

static void impossible_ranges_are_told(void **state)
{
	static const struct {
		int64_t grow;
		enum error_code code;
		const char *words;
	} cases[] = {
		{ 1 << 20, ERROR_NOT_FOUND, "is not in the dump" },
		{ BTF_BLOB_MAX, ERROR_CORRUPT, "BTF cannot be from" },
		{ -4096, ERROR_CORRUPT, "BTF cannot be from" },
		{ -1, ERROR_CORRUPT, "end at byte" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct kernel kernel;

		make(&kernel, cases[i].grow);
		expect_refused(&kernel, cases[i].code, cases[i].words);
		free(kernel.bytes);
	}
}

static void damaged_headers_are_told(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		enum error_code code;
		const char *words;
	} cases[] = {
		{ 0, 0, ERROR_CORRUPT, "begins with 0x0000" },
		{ 0, 0x0002eb9f, ERROR_UNSUPPORTED, "version 2" },
		{ 4, 8, ERROR_CORRUPT, "a header of 8 bytes" },
		{ 4, UINT32_MAX, ERROR_CORRUPT, "a header of 4294967295 bytes" },
		{ 8, UINT32_MAX, ERROR_CORRUPT, "its types end" },
		{ 12, 0x7fffffff, ERROR_CORRUPT, "its types end" },
		{ 12, 25, ERROR_CORRUPT, "type 2 is cut off" },
		{ 16, UINT32_MAX, ERROR_CORRUPT, "its names end" },
		{ 20, 0, ERROR_CORRUPT, "its names are not terminated" },
		{ 28, 0, ERROR_CORRUPT, "type 1 has no kind" },
		{ 28, UNKNOWN_KIND << 24, ERROR_UNSUPPORTED, "kind 21" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct kernel kernel;

		make(&kernel, 0);
		store32(kernel.bytes + cases[i].at, cases[i].value, false);
		expect_refused(&kernel, cases[i].code, cases[i].words);
		free(kernel.bytes);
	}
}

/* Whatever happens is right but a crash or a message of two lines. */
static void try_hostile(struct bytes bytes)
{
	struct type_answer answers[QUERIES] = { 0 };
	struct btf *btf = NULL;
	struct error *err = btf_blob_parse("it", bytes, &btf);

	if (!err)
		err = btf_types_resolve(btf, queries, QUERIES, "BTF", answers);
	if (err)
		assert_null(strchr(error_message(err), '\n'));
	error_destroy(err);
	btf__free(btf);
}

static void truncated_blobs_do_no_harm(void **state)
{
	struct btf *btf = make_types();
	uint32_t size;
	const void *blob = btf__raw_data(btf, &size);

	(void)state;
	for (uint32_t cut = 0; cut <= size; cut++) {
		unsigned char *exact = malloc(cut ?: 1);
		assert_non_null(exact);
		memcpy(exact, blob, cut);
		try_hostile((struct bytes){ exact, cut });
		free(exact);
	}
	btf__free(btf);
}

static void damaged_blobs_do_no_harm(void **state)
{
	struct btf *btf = make_types();
	uint64_t random = 1;
	uint32_t size;
	const void *blob = btf__raw_data(btf, &size);

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		unsigned char *copy = malloc(size);
		assert_non_null(copy);
		memcpy(copy, blob, size);
		for (unsigned i = 0; i < 1 + round % 4; i++) {
			size_t at = kernel_random(&random) % size;
			/* Small numbers make references to other types. */
			copy[at] = kernel_random(&random) % (round % 2 ? 256 : 16);
		}
		try_hostile((struct bytes){ copy, size });
		free(copy);
	}
	btf__free(btf);
}

static void types_that_hold_themselves_come_to_an_end(void **state)
{
	struct btf *btf = btf__new_empty();
	struct type_answer answers[QUERIES] = { 0 };

	(void)state;
	assert_non_null(btf);
	btf__add_struct(btf, "page", 8); /* type 1 */
	btf__add_field(btf, NULL, 1, 0, 0);
	btf__add_field(btf, "lru", 2, 0, 0);
	btf__add_field(btf, "tails", 4, 0, 0);
	btf__add_typedef(btf, "page_t", 3); /* type 2 */
	btf__add_const(btf, 2);
	btf__add_array(btf, 4, 4, 0x40000000); /* type 4 */
	expect_success(btf_types_resolve(btf, queries, QUERIES, "BTF", answers));
	assert_true(answers[0].found);
	assert_false(answers[1].found);
	assert_false(answers[3].found);
	btf__free(btf);
}

/* Anonymous members in anonymous members, and none of them the wanted one. */
static void deep_nesting_comes_to_an_end(void **state)
{
	enum { DEPTH = 3000 };
	struct btf *btf = btf__new_empty();
	struct type_answer answers[QUERIES] = { 0 };

	(void)state;
	assert_non_null(btf);
	for (int i = 1; i < DEPTH; i++) {
		btf__add_struct(btf, i == 1 ? "page" : NULL, 8);
		btf__add_field(btf, NULL, i + 1, 0, 0);
	}
	btf__add_int(btf, "int", 4, 0);
	expect_success(btf_types_resolve(btf, queries, QUERIES, "BTF", answers));
	assert_true(answers[0].found);
	assert_false(answers[1].found);
	btf__free(btf);
}

static void other_byte_order_and_longer_header_are_read(void **state)
{
	struct btf *btf = make_types(), *parsed = NULL;
	struct type_answer answers[QUERIES] = { 0 };
	uint32_t size;

	(void)state;
	btf__set_endianness(btf, BTF_BIG_ENDIAN);
	const unsigned char *blob = btf__raw_data(btf, &size);
	unsigned char *longer = calloc(1, size + 8);
	assert_non_null(longer);
	memcpy(longer, blob, 24);
	memcpy(longer + 24 + 8, blob + 24, size - 24);
	store32(longer + 4, 24 + 8, true);

	expect_success(btf_blob_parse("it", (struct bytes){ longer, size + 8 }, &parsed));
	expect_success(btf_types_resolve(parsed, queries, QUERIES, "BTF", answers));
	for (size_t i = 0; i < FOUND; i++)
		if (queries[i].kind != TYPE_SYMBOL)
			assert_int_equal(answers[i].value, values[i]);
	free(longer);
	btf__free(parsed);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dumped_kernel_answers),
		cmocka_unit_test(kernel_without_types_is_not_found),
		cmocka_unit_test(symbols_without_types_are_answered),
		cmocka_unit_test(symbols_of_functions_alone_are_refused),
		cmocka_unit_test(impossible_ranges_are_told),
		cmocka_unit_test(damaged_headers_are_told),
		cmocka_unit_test(truncated_blobs_do_no_harm),
		cmocka_unit_test(damaged_blobs_do_no_harm),
		cmocka_unit_test(types_that_hold_themselves_come_to_an_end),
		cmocka_unit_test(deep_nesting_comes_to_an_end),
		cmocka_unit_test(other_byte_order_and_longer_header_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
