// SPDX-License-Identifier: LGPL-2.1-or-later
/* A kernel's memory with tables of symbols, made for tests: the encoder to our decoder. */
#ifndef VMEMSCOPE_TYPEINFO_KERNEL_TESTING_H
#define VMEMSCOPE_TYPEINFO_KERNEL_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/dump/file_bytes.h"
#include "include/array.h"
#include "include/typeinfo.h"

#define KERNEL_LINKED UINT64_C(0xffffffff81000000)
#define KERNEL_OFFSET UINT64_C(0x0ca00000)

enum { KERNEL_SIZE = 1 << 16, KERNEL_FACTS = 8, KERNEL_TOKENS = 256 };

enum kernel_encoding { KERNEL_ABSOLUTE, KERNEL_RELATIVE, KERNEL_PERCPU, KERNEL_PLACE };

/* Address as linked; below KERNEL_LINKED it is absolute. */
struct kernel_symbol {
	char type;
	const char *name;
	uint64_t address;
};

/* Memory from KERNEL_LINKED + KERNEL_OFFSET on. */
struct kernel {
	struct kernel_view view;
	unsigned char *bytes; /* exactly @size of them are the kernel's */
	size_t size;
	struct {
		const char *symbol;
		uint64_t value;
	} facts[KERNEL_FACTS];
	size_t fact_count;
};

static inline struct error *kernel_read(struct kernel_view *view, uint64_t addr, void *buf,
					size_t len, bool *present_ret)
{
	const struct kernel *kernel = (struct kernel *)view;
	uint64_t at = addr - KERNEL_LINKED - KERNEL_OFFSET;

	*present_ret = at <= kernel->size && len <= kernel->size - at;
	if (*present_ret)
		memcpy(buf, kernel->bytes + at, len);
	return NULL;
}

static inline bool kernel_fact(struct kernel_view *view, const char *kind, const char *name,
			       uint64_t *ret)
{
	const struct kernel *kernel = (struct kernel *)view;

	for (size_t i = 0; strcmp(kind, "SYMBOL") == 0 && i < kernel->fact_count; i++)
		if (strcmp(kernel->facts[i].symbol, name) == 0) {
			*ret = kernel->facts[i].value;
			return true;
		}
	return false;
}

/* Room for @size bytes; the run-time address of them. */
static inline uint64_t kernel_add(struct kernel *kernel, size_t size, unsigned char **ret)
{
	kernel->size = (kernel->size + 7) & ~(size_t)7;
	assert_true(kernel->size + size <= KERNEL_SIZE);
	*ret = kernel->bytes + kernel->size;
	uint64_t address = KERNEL_LINKED + KERNEL_OFFSET + kernel->size;
	kernel->size += size;
	return address;
}

static inline uint64_t kernel_add_table(struct kernel *kernel, const char *symbol, size_t size,
					unsigned char **ret)
{
	uint64_t address = kernel_add(kernel, size, ret);

	assert_true(kernel->fact_count < KERNEL_FACTS);
	kernel->facts[kernel->fact_count].symbol = symbol;
	kernel->facts[kernel->fact_count++].value = address;
	return address;
}

/* Each byte is itself, but for some that no name has: those are longer. */
static inline const char *kernel_token(unsigned index, char *single)
{
	static const char *const longer[] = { "D__", "vmemmap", "_page", "T", "start", "tstart_" };
	enum { LONGER_FROM = 128 };

	if (index >= LONGER_FROM && index < LONGER_FROM + COUNT_OF(longer))
		return longer[index - LONGER_FROM];
	single[0] = index > ' ' && index < 0x7f ? (char)index : '\0';
	single[1] = '\0';
	return single;
}

static inline void kernel_add_tokens(struct kernel *kernel)
{
	unsigned char *index, *table;
	size_t at = 0;

	kernel_add_table(kernel, "kallsyms_token_table", 1024, &table);
	kernel_add_table(kernel, "kallsyms_token_index", 2 * KERNEL_TOKENS, &index);
	for (unsigned i = 0; i < KERNEL_TOKENS; i++) {
		char single[2];
		const char *token = kernel_token(i, single);

		store16(index + 2 * i, at, kernel->view.big_endian);
		memcpy(table + at, token, strlen(token) + 1);
		at += strlen(token) + 1;
	}
}

/* The token that takes most of @text. */
static inline unsigned kernel_best_token(const char *text, size_t *len_ret)
{
	unsigned best = 0;

	*len_ret = 0;
	for (unsigned i = 0; i < KERNEL_TOKENS; i++) {
		char single[2];
		const char *token = kernel_token(i, single);
		size_t len = strlen(token);

		if (len > *len_ret && strncmp(text, token, len) == 0) {
			*len_ret = len;
			best = i;
		}
	}
	assert_true(*len_ret > 0);
	return best;
}

/* Returns the bytes written: a length of one or two bytes and the tokens. */
static inline size_t kernel_pack(const struct kernel_symbol *symbol, unsigned char *ret)
{
	unsigned char tokens[2048] = { 0 };
	char text[2048];
	size_t count = 0, len;

	snprintf(text, sizeof(text), "%c%s", symbol->type, symbol->name);
	for (const char *at = text; *at; at += len)
		tokens[count++] = kernel_best_token(at, &len);
	size_t header = count > 0x7f ? 2 : 1;
	ret[0] = header == 2 ? 0x80 | (count & 0x7f) : count;
	if (header == 2)
		ret[1] = count >> 7;
	memcpy(ret + header, tokens, count);
	return header + count;
}

static inline void kernel_add_names(struct kernel *kernel, const struct kernel_symbol *symbols,
				    size_t count)
{
	unsigned char *names;
	size_t size = 0;

	kernel_add_table(kernel, "kallsyms_names", 8192, &names);
	for (size_t i = 0; i < count; i++)
		size += kernel_pack(&symbols[i], names + size);
	assert_true(size <= 8192);
}

static inline uint32_t kernel_number(enum kernel_encoding encoding, uint64_t address, uint64_t at)
{
	if (encoding == KERNEL_PERCPU)
		return address < KERNEL_LINKED ? address : KERNEL_LINKED - 1 - address;
	if (encoding == KERNEL_PLACE)
		return address + KERNEL_OFFSET - at;
	return address - KERNEL_LINKED;
}

static inline void kernel_add_numbers(struct kernel *kernel, enum kernel_encoding encoding,
				      const struct kernel_symbol *symbols, size_t count)
{
	bool is_absolute = encoding == KERNEL_ABSOLUTE;
	unsigned each = is_absolute ? 8 : 4;
	unsigned char *to;
	uint64_t at = kernel_add_table(
		kernel, is_absolute ? "kallsyms_addresses" : "kallsyms_offsets", each * count, &to);

	for (size_t i = 0; i < count; i++, to += each, at += each) {
		uint64_t address = symbols[i].address;

		if (is_absolute)
			store64(to, address < KERNEL_LINKED ? address : address + KERNEL_OFFSET,
				kernel->view.big_endian);
		else
			store32(to, kernel_number(encoding, address, at), kernel->view.big_endian);
	}
	if (encoding == KERNEL_RELATIVE || encoding == KERNEL_PERCPU) {
		kernel_add_table(kernel, "kallsyms_relative_base", 8, &to);
		store64(to, KERNEL_LINKED + KERNEL_OFFSET, kernel->view.big_endian);
	}
}

/* The caller frees kernel->bytes. */
static inline void kernel_init(struct kernel *kernel, bool big_endian)
{
	*kernel = (struct kernel){
		.view = { .read = kernel_read,
			  .fact = kernel_fact,
			  .big_endian = big_endian,
			  .kernel_offset = KERNEL_OFFSET,
			  .release = "6.99.0",
			  .build_id = "0123abcd",
			  .machine = "x86_64" },
		.bytes = calloc(1, KERNEL_SIZE),
	};
	assert_non_null(kernel->bytes);
}

static inline void kernel_add_symbols(struct kernel *kernel, enum kernel_encoding encoding,
				      const struct kernel_symbol *symbols, size_t count)
{
	unsigned char *to;

	kernel_add_table(kernel, "kallsyms_num_syms", 4, &to);
	store32(to, count, kernel->view.big_endian);
	kernel_add_tokens(kernel);
	kernel_add_names(kernel, symbols, count);
	kernel_add_numbers(kernel, encoding, symbols, count);
}

static inline unsigned char *kernel_table(const struct kernel *kernel, const char *symbol)
{
	uint64_t address = 0;

	assert_true(kernel_fact((struct kernel_view *)kernel, "SYMBOL", symbol, &address));
	return kernel->bytes + (address - KERNEL_LINKED - KERNEL_OFFSET);
}

/* A cheap sequence of numbers, the same on every run. */
static inline uint64_t kernel_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

#endif
