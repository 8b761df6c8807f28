// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel's own symbol table and BTF: the input is eight numbers, little
 * endian, then a piece of kernel memory that begins at MEMORY_START. The numbers
 * are the addresses of the tables (0: VMCOREINFO names none), then KERNELOFFSET,
 * whose lowest bit says big endian.
 */
#include <string.h>

#include "formats/typeinfo/kallsyms.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"
#include "include/typeinfo.h"
#include "testdata/fuzz/fuzz.h"

#define MEMORY_START UINT64_C(0xffffffff81000000)

static const char *const tables[] = {
	"kallsyms_names",	"kallsyms_num_syms", "kallsyms_token_table",
	"kallsyms_token_index", "kallsyms_offsets",  "kallsyms_relative_base",
	"kallsyms_addresses",
};

enum {
	TABLES = COUNT_OF(tables),
	HEADER_SIZE = (TABLES + 1) * sizeof(uint64_t),
};

struct input {
	struct kernel_view view; /* first: the embedded contract */
	const uint8_t *header, *memory;
	size_t size; /* of the memory */
};

static struct error *input_read(struct kernel_view *view, uint64_t addr, void *buf, size_t len,
				bool *present_ret)
{
	const struct input *input = (struct input *)view;
	uint64_t at = addr - MEMORY_START;

	*present_ret = at <= input->size && len <= input->size - at;
	if (*present_ret)
		memcpy(buf, input->memory + at, len);
	return NULL;
}

static bool input_fact(struct kernel_view *view, const char *kind, const char *name, uint64_t *ret)
{
	const struct input *input = (struct input *)view;

	if (strcmp(kind, "SYMBOL") != 0)
		return false;
	for (unsigned i = 0; i < TABLES; i++)
		if (strcmp(tables[i], name) == 0) {
			*ret = load_u64(input->header + i * sizeof(uint64_t), false);
			return *ret != 0;
		}
	return false;
}

static void look_at(const char *name, char type, uint64_t address, void *context)
{
	uint64_t *sum = context;

	*sum += strlen(name) + (unsigned char)type + address;
}

static void list_symbols(struct kernel_view *view)
{
	struct kallsyms *kallsyms = NULL;
	struct error *err = kallsyms_read("input", view, &kallsyms);
	uint64_t sum = 0;

	if (!err)
		kallsyms_each(kallsyms, look_at, &sum);
	kallsyms_free(kallsyms);
	error_destroy(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct typeinfo *ti = NULL;

	if (size < HEADER_SIZE)
		return 0;
	uint64_t moved = load_u64(data + TABLES * sizeof(uint64_t), false);
	struct input input = {
		.view = { .read = input_read,
			  .fact = input_fact,
			  .big_endian = moved & 1,
			  .kernel_offset = moved & ~UINT64_C(1),
			  .release = "6.99.0" },
		.header = data,
		.memory = data + HEADER_SIZE,
		.size = size - HEADER_SIZE,
	};

	list_symbols(&input.view);
	struct error *err = typeinfo_open_kernel("input", &input.view, &ti);
	fuzz_resolve(err, ti);
	return 0;
}
