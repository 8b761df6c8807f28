// SPDX-License-Identifier: LGPL-2.1-or-later
/* The answers to analyzer/kernel/layout.def for one kernel, each with its provenance. */
#ifndef VMEMSCOPE_LAYOUT_H
#define VMEMSCOPE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "include/typeinfo.h"

struct error;
struct facts;

enum layout_id {
#define Q(id, kind, type, name) LAYOUT_##id,
#include "analyzer/kernel/layout.def"
#undef Q
	LAYOUT_COUNT
};

struct layout {
	struct type_answer answer[LAYOUT_COUNT];
	uint64_t kernel_offset; /* added to symbols as linked */
};

/* The questions in the order of enum layout_id, and symbols whose files know. */
extern const struct type_query layout_queries[LAYOUT_COUNT];
extern const char *const layout_near[];

/*
 * Asks @ti everything, then holds the answers against what VMCOREINFO says of
 * the same kernel: ERROR_MISMATCH names the first that differs, or says that @ti
 * knows no struct page or struct mem_section at all. What else the source does not
 * know and VMCOREINFO does is taken from there.
 */
struct error *layout_resolve(struct typeinfo *ti, const struct facts *facts, struct layout *ret);

/*
 * What is added to symbols of @ti: KERNELOFFSET; where the kernel gives none (riscv64,
 * loongarch64), how far SYMBOL(_stext) lies from that of @ti, if that knows it.
 */
struct error *layout_kernel_offset(struct typeinfo *ti, const struct facts *facts, uint64_t *ret);

/*
 * ERROR_MISMATCH if these LAYOUT_COUNT answers of @ti are not what a kernel with a vmemmap
 * gives: no struct page or struct mem_section; with HugeTLB, but no symbol of it.
 */
struct error *layout_check_types(const struct typeinfo *ti, const struct type_answer *answers);
struct error *layout_check_symbols(const struct typeinfo *ti, const struct type_answer *answers);

static inline bool layout_has(const struct layout *layout, enum layout_id id)
{
	return layout->answer[id].found;
}

/* 0 if absent: ask layout_has() first, or layout_require() once. */
static inline uint64_t layout_get(const struct layout *layout, enum layout_id id)
{
	return layout->answer[id].value;
}

/* Run-time address of a symbol. */
static inline uint64_t layout_symbol(const struct layout *layout, enum layout_id id)
{
	return layout->answer[id].value + layout->kernel_offset;
}

/* LAYOUT_COUNT: none of @count ids is absent. */
enum layout_id layout_first_lacking(const struct layout *layout, const enum layout_id *ids,
				    unsigned count);

/* ERROR_NOT_FOUND names the first absent of @count ids and who misses it. */
struct error *layout_require(const struct layout *layout, const char *who,
			     const enum layout_id *ids, unsigned count);

/* "struct page.flags", "enumerator PG_head", "symbol hstates"; into @buf. */
const char *layout_name(enum layout_id id, char *buf, unsigned size);

#endif
