// SPDX-License-Identifier: LGPL-2.1-or-later
/* A kernel's symbols in every encoding come back; damaged ones do no harm. */
#include "formats/typeinfo/kallsyms.h"

#include <stdio.h>

#include "formats/typeinfo/kernel_testing.h"
#include "formats/typeinfo/symbols.h"
#include "include/array.h"
#include "include/error.h"

#define TEN	 "abcdefghij"
#define FIFTY	 TEN TEN TEN TEN TEN
#define VERYLONG FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY

static const struct kernel_symbol symbols[] = {
	{ 'A', "fixed_percpu_data", 0 },
	{ 'A', "this_cpu_off", 0x15e08 },
	{ 'T', "startup_64", KERNEL_LINKED },
	{ 't', "start_page_vmemmap", KERNEL_LINKED + 0x40 },
	{ 'T', VERYLONG, KERNEL_LINKED + 0x80 },
	{ 'd', "twice", KERNEL_LINKED + 0x100 },
	{ 't', "twice", KERNEL_LINKED + 0x108 },
	{ 'D', "twice", KERNEL_LINKED + 0x110 },
	{ 'D', "__x", KERNEL_LINKED + 0x1ffffff0 },
};

enum { SYMBOLS = COUNT_OF(symbols), FIRST_MOVED = 2 };

static void expect_success(struct error *err)
{
	if (err)
		fail_msg("%s", error_message(err));
}

static void make(struct kernel *kernel, enum kernel_encoding encoding, bool big_endian)
{
	/* Unsigned offsets cannot tell what lies before the base. */
	size_t skip = encoding == KERNEL_RELATIVE || encoding == KERNEL_PLACE ? FIRST_MOVED : 0;

	kernel_init(kernel, big_endian);
	kernel_add_symbols(kernel, encoding, symbols + skip, SYMBOLS - skip);
}

struct expected {
	const struct kernel_symbol *next, *end;
};

static void expect_next(const char *name, char type, uint64_t address, void *context)
{
	struct expected *expected = context;

	assert_true(expected->next < expected->end);
	assert_string_equal(name, expected->next->name);
	assert_int_equal(type, expected->next->type);
	assert_int_equal(address, expected->next->address);
	expected->next++;
}

static void all_symbols_come_back_in_every_encoding(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		enum kernel_encoding encoding = i / 2;
		struct kernel kernel;
		struct kallsyms *kallsyms = NULL;
		size_t skip =
			encoding == KERNEL_RELATIVE || encoding == KERNEL_PLACE ? FIRST_MOVED : 0;
		struct expected expected = { symbols + skip, symbols + SYMBOLS };

		make(&kernel, encoding, i % 2);
		expect_success(kallsyms_read("dump", &kernel.view, &kallsyms));
		kallsyms_each(kallsyms, expect_next, &expected);
		assert_ptr_equal(expected.next, expected.end);
		kallsyms_free(kallsyms);
		free(kernel.bytes);
	}
}

static uint64_t find(const struct kallsyms *kallsyms, const char *name)
{
	_cleanup_(symbols_deinit) struct symbols wanted = { 0 };
	uint64_t address = UINT64_MAX;

	expect_success(symbols_add(&wanted, name));
	kallsyms_find(kallsyms, &wanted);
	symbols_find(&wanted, name, &address);
	return address;
}

static void names_are_found_and_the_global_one_wins(void **state)
{
	struct kernel kernel;
	struct kallsyms *kallsyms = NULL;

	(void)state;
	make(&kernel, KERNEL_PERCPU, false);
	expect_success(kallsyms_read("dump", &kernel.view, &kallsyms));
	assert_int_equal(find(kallsyms, "this_cpu_off"), 0x15e08);
	assert_int_equal(find(kallsyms, "start_page_vmemmap"), KERNEL_LINKED + 0x40);
	assert_int_equal(find(kallsyms, "twice"), KERNEL_LINKED + 0x110);
	assert_int_equal(find(kallsyms, VERYLONG), KERNEL_LINKED + 0x80);
	assert_int_equal(find(kallsyms, "__x"), KERNEL_LINKED + 0x1ffffff0);
	assert_int_equal(find(kallsyms, "_"), UINT64_MAX);
	assert_int_equal(find(kallsyms, "start_page"), UINT64_MAX);
	kallsyms_free(kallsyms);
	free(kernel.bytes);
}

static void names_of_link_time_optimization_are_cut(void **state)
{
	static const struct kernel_symbol optimized = { 'b', "hstates.llvm.1234567890",
							KERNEL_LINKED + 8 };
	struct kernel kernel;
	struct kallsyms *kallsyms = NULL;

	(void)state;
	kernel_init(&kernel, false);
	kernel_add_symbols(&kernel, KERNEL_PLACE, &optimized, 1);
	expect_success(kallsyms_read("dump", &kernel.view, &kallsyms));
	assert_int_equal(find(kallsyms, "hstates"), KERNEL_LINKED + 8);
	kallsyms_free(kallsyms);
	free(kernel.bytes);
}

static void expect_refused(struct kernel *kernel, enum error_code code, const char *words)
{
	struct kallsyms *kallsyms = NULL;
	struct error *err = kallsyms_read("the-dump", &kernel->view, &kallsyms);

	if (!err)
		fail_msg("accepted, expected: %s", words);
	if (error_code(err) != code || !strstr(error_message(err), words))
		fail_msg("'%s', expected: %s", error_message(err), words);
	assert_non_null(strstr(error_message(err), "the-dump"));
	assert_null(kallsyms);
	error_destroy(err);
}

static void what_vmcoreinfo_does_not_name_is_not_found(void **state)
{
	struct kernel kernel;

	(void)state;
	make(&kernel, KERNEL_PERCPU, false);
	for (size_t i = 0; i < kernel.fact_count; i++) {
		const char *symbol = kernel.facts[i].symbol;

		/* Without the base the offsets mean something else. */
		if (strcmp(symbol, "kallsyms_relative_base") == 0)
			continue;
		kernel.facts[i].symbol = "";
		expect_refused(&kernel, ERROR_NOT_FOUND,
			       strcmp(symbol, "kallsyms_offsets") == 0 ? "kallsyms_addresses"
								       : symbol);
		kernel.facts[i].symbol = symbol;
	}
	free(kernel.bytes);
}

static void tables_outside_the_dump_are_not_found(void **state)
{
	struct kernel kernel;

	(void)state;
	make(&kernel, KERNEL_PERCPU, false);
	for (size_t i = 0; i < kernel.fact_count; i++) {
		uint64_t value = kernel.facts[i].value;

		kernel.facts[i].value = KERNEL_LINKED;
		expect_refused(&kernel, ERROR_NOT_FOUND, kernel.facts[i].symbol);
		kernel.facts[i].value = value;
	}
	free(kernel.bytes);
}

static void damage_is_told(void **state)
{
	static const struct {
		const char *table;
		uint32_t at, value;
		const char *words;
	} cases[] = {
		{ "kallsyms_num_syms", 0, 0, "kallsyms_num_syms is 0" },
		{ "kallsyms_num_syms", 0, 0x7fffffff, "kallsyms_num_syms is 2147483647" },
		{ "kallsyms_names", 0, 0, "name 0 at byte 0" },
		{ "kallsyms_names", 0, 0x0101, "name 0 at byte 0" },
		{ "kallsyms_num_syms", 0, 5000, "name 9 at byte" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct kernel kernel;

		make(&kernel, KERNEL_PERCPU, false);
		store32(kernel_table(&kernel, cases[i].table) + cases[i].at, cases[i].value, false);
		expect_refused(&kernel, ERROR_CORRUPT, cases[i].words);
		free(kernel.bytes);
	}
}

static void tokens_without_an_end_are_told(void **state)
{
	struct kernel kernel;

	(void)state;
	make(&kernel, KERNEL_PERCPU, false);
	memset(kernel_table(&kernel, "kallsyms_token_table"), 'x', 1024);
	memset(kernel_table(&kernel, "kallsyms_token_index"), 1, 512);
	expect_refused(&kernel, ERROR_CORRUPT, "kallsyms_token_table has no end");
	free(kernel.bytes);
}

static void ignore_symbol(const char *name, char type, uint64_t address, void *context)
{
	*(uint64_t *)context += strlen(name) + (unsigned char)type + address;
}

/* Whatever happens is right but a crash or a message of two lines. */
static void try_hostile(struct kernel *kernel)
{
	struct kallsyms *kallsyms = NULL;
	struct error *err = kallsyms_read("dump", &kernel->view, &kallsyms);
	uint64_t sum = 0;

	if (err)
		assert_null(strchr(error_message(err), '\n'));
	else
		kallsyms_each(kallsyms, ignore_symbol, &sum);
	if (!err)
		find(kallsyms, "twice");
	error_destroy(err);
	kallsyms_free(kallsyms);
}

static void truncated_kernels_do_no_harm(void **state)
{
	(void)state;
	for (unsigned encoding = KERNEL_ABSOLUTE; encoding <= KERNEL_PLACE; encoding++) {
		struct kernel kernel;

		make(&kernel, encoding, false);
		while (kernel.size > 8) {
			kernel.size -= 1 + kernel.size % 5;
			try_hostile(&kernel);
		}
		free(kernel.bytes);
	}
}

static void damaged_kernels_do_no_harm(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		struct kernel kernel;

		make(&kernel, round % 4, round / 4 % 2);
		for (unsigned i = 0; i < 1 + round % 3; i++)
			kernel.bytes[kernel_random(&random) % kernel.size] = kernel_random(&random);
		try_hostile(&kernel);
		free(kernel.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_symbols_come_back_in_every_encoding),
		cmocka_unit_test(names_are_found_and_the_global_one_wins),
		cmocka_unit_test(names_of_link_time_optimization_are_cut),
		cmocka_unit_test(what_vmcoreinfo_does_not_name_is_not_found),
		cmocka_unit_test(tables_outside_the_dump_are_not_found),
		cmocka_unit_test(damage_is_told),
		cmocka_unit_test(tokens_without_an_end_are_told),
		cmocka_unit_test(truncated_kernels_do_no_harm),
		cmocka_unit_test(damaged_kernels_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
