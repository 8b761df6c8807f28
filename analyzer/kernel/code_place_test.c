// SPDX-License-Identifier: LGPL-2.1-or-later
/* Functions by address: of the image, of modules of both layouts, and what leads nowhere. */
#include "testdata/machine/expect.h"

#include <elf.h>

#include "analyzer/kernel/code_place.h"

enum {
	CODE = 0x5000, /* of the module, behind MODULE_CODE */
	OFFSET_LIST = 8,
	OFFSET_NAME = 24,
	OFFSET_PART = 96,
	OFFSET_TABLE = 128,
	OFFSET_BASE = 8,
	OFFSET_SIZE = 16,
	OFFSET_SYMTAB = 0,
	OFFSET_SYMBOLS = 8,
	OFFSET_STRTAB = 16,
};

static const vaddr_t MODULE_CODE = UINT64_C(0xffffffffc0000000);
static const vaddr_t IMAGE_CODE = UINT64_C(0xffffffff81001000);

/* A source that knows one module layout and one function of the image. */
struct source {
	struct typeinfo base;
	bool has_mem, has_no_modules;
	vaddr_t modules;
};

static bool answer_of(const struct source *source, const struct type_query *query, uint64_t *ret)
{
	const struct {
		const char *name;
		uint64_t value;
		bool known;
	} known[] = {
		{ "modules", source->modules, !source->has_no_modules },
		{ "list", OFFSET_LIST, true },
		{ "name", OFFSET_NAME, true },
		{ "mem", OFFSET_PART, source->has_mem },
		{ "core_layout", OFFSET_PART, !source->has_mem },
		{ "base", OFFSET_BASE, true },
		{ "size", OFFSET_SIZE, true },
		{ "kallsyms", OFFSET_TABLE, true },
		{ "symtab", OFFSET_SYMTAB, true },
		{ "num_symtab", OFFSET_SYMBOLS, true },
		{ "strtab", OFFSET_STRTAB, true },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(known[i].name, query->name) == 0) {
			*ret = known[i].value;
			return known[i].known;
		}
	return false;
}

static struct error *resolve(struct typeinfo *ti, const struct type_query *asked, size_t count,
			     const char *const *near, struct type_answer *answers)
{
	(void)near;
	for (size_t i = 0; i < count; i++)
		answers[i].found =
			answer_of((const struct source *)ti, &asked[i], &answers[i].value);
	return NULL;
}

static void symbols_at(const struct typeinfo *ti, struct symbol_place *places, size_t count)
{
	(void)ti;
	for (size_t i = 0; i < count; i++) {
		places[i].found = places[i].address >= IMAGE_CODE;
		places[i].start = IMAGE_CODE;
		strcpy(places[i].name, "image_function");
	}
}

static const struct typeinfo_ops ops = { .name = "test",
					 .resolve = resolve,
					 .symbols_at = symbols_at };

static vaddr_t direct(paddr_t addr)
{
	return MACHINE_DIRECT_MAP + addr;
}

static void put_symbol(struct image *image, paddr_t at, uint32_t name, uint64_t value)
{
	image_write(image, at + offsetof(Elf64_Sym, st_name), name, 4);
	image_write(image, at + offsetof(Elf64_Sym, st_value), value, 8);
}

/* One module with two functions; the list goes round. @count: as its table says. */
static void module_put(struct machine *machine, struct source *source, uint32_t count)
{
	struct image *image = machine_image(machine);
	paddr_t head = machine_object_new(machine), module = machine_object_new(machine),
		table = machine_object_new(machine);

	source->modules = direct(head);
	image_write(image, head, direct(module) + OFFSET_LIST, 8);
	image_write(image, module + OFFSET_LIST, direct(head), 8);
	image_write_bytes(image, module + OFFSET_NAME, "some_module", 11);
	image_write(image, module + OFFSET_PART + OFFSET_BASE, MODULE_CODE, 8);
	image_write(image, module + OFFSET_PART + OFFSET_SIZE, CODE, 4);
	image_write(image, module + OFFSET_TABLE, direct(table), 8);
	image_write(image, table + OFFSET_SYMTAB, direct(table) + 256, 8);
	image_write(image, table + OFFSET_SYMBOLS, count, 4);
	image_write(image, table + OFFSET_STRTAB, direct(table) + 512, 8);
	put_symbol(image, table + 256, 1, MODULE_CODE + 0x10);
	put_symbol(image, table + 256 + sizeof(Elf64_Sym), 7, MODULE_CODE + 0x100);
	image_write_bytes(image, table + 512, "\0first\0second", 13);
}

static void functions_are_found_by_their_addresses(void **state)
{
	static const struct {
		bool has_mem, has_no_modules;
		uint32_t count;
		const char *symbol, *module;
	} cases[] = {
		{ true, false, 2, "second+0x5", "some_module" },
		{ false, false, 2, "second+0x5", "some_module" },
		{ true, false, 1, "first+0xf5", "some_module" },
		{ true, false, 0, "", "some_module" },
		{ true, false, UINT32_MAX, "", "some_module" },
		{ true, true, 2, "", "" },
	};
	const struct machine_kernel kernel = { .scheme = MACHINE_B, .mark = MARK_DTOR };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_create(&kernel);
		struct source source = { .base.ops = &ops,
					 .has_mem = cases[i].has_mem,
					 .has_no_modules = cases[i].has_no_modules };
		struct code_place places[] = { { .address = IMAGE_CODE + 0x20 },
					       { .address = MODULE_CODE + 0x105 },
					       { .address = MODULE_CODE + CODE } };

		module_put(machine, &source, cases[i].count);
		struct analysis *analysis = expect_analysis(machine);
		uint64_t moved = facts_kernel_offset(analysis->target.facts);
		places[0].address += moved;
		source.modules -= moved;
		expect_no_error(code_places_find(&analysis->target, &source.base, places,
						 COUNT_OF(places)));
		assert_string_equal(places[0].symbol, "image_function+0x20");
		assert_string_equal(places[0].module, "");
		if (cases[i].module[0])
			assert_string_equal(places[1].symbol, cases[i].symbol);
		assert_string_equal(places[1].module, cases[i].module);
		assert_string_equal(places[2].module, "");
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_found_by_their_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
