// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types and symbols from a file, held against the dump that they are to explain. */
#include "analyzer/kernel/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "include/array.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/paging/kmem.h"
#include "analyzer/kernel/layout.h"
#include "include/plain_text.h"

enum {
	SYMBOLS_MAX = 64, /* VMCOREINFO has some 20 */
	BANNER_MAX = 512,
};

struct told_symbols {
	char name[SYMBOLS_MAX][WITNESS_NAME_MAX];
	uint64_t address[SYMBOLS_MAX]; /* as linked */
	size_t count;
};

/*
 * Linux kernel kernel/vmcore_info.c. VMCOREINFO_SYMBOL_ARRAY() of a pointer tells what it
 * points to. A name that is static in one file may be another variable in a second one.
 */
static bool is_comparable(const char *name)
{
	static const char *const others[] = {
		"mem_section",	 "vmemmap",	 "vmap_area_list", "log_buf",	"log_buf_len",
		"log_first_idx", "log_next_idx", "clear_idx",	   "clear_seq", "printk_rb_static",
	};

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return true;
}

static void told_symbols_read(const struct facts *facts, struct told_symbols *ret)
{
	size_t at = 0;

	ret->count = 0;
	while (ret->count < SYMBOLS_MAX &&
	       facts_next(facts, "SYMBOL", &at, ret->name[ret->count], WITNESS_NAME_MAX,
			  &ret->address[ret->count])) {
		ret->address[ret->count] -= facts_kernel_offset(facts);
		ret->count += is_comparable(ret->name[ret->count]);
	}
}

static void compare(const struct told_symbols *told, const struct type_answer *answers,
		    struct symbols_fit *fit)
{
	for (size_t i = 0; i < told->count; i++) {
		uint64_t shift = answers[i].value - told->address[i];

		if (!answers[i].found)
			continue;
		fit->compared++;
		if (shift == 0)
			continue;
		if (fit->differing++ == 0) {
			memcpy(fit->name, told->name[i], sizeof(fit->name));
			fit->there = answers[i].value;
			fit->here = told->address[i];
			fit->shift = shift;
			fit->is_moved = true;
		}
		fit->is_moved = fit->is_moved && fit->shift == shift;
	}
	fit->is_moved = fit->is_moved && fit->differing == fit->compared && fit->compared > 1;
}

struct error *witness_symbols(struct typeinfo *ti, const struct facts *facts,
			      struct symbols_fit *ret)
{
	struct type_query queries[SYMBOLS_MAX];
	struct type_answer answers[SYMBOLS_MAX];
	struct told_symbols told;

	*ret = (struct symbols_fit){ 0 };
	told_symbols_read(facts, &told);
	for (size_t i = 0; i < told.count; i++)
		queries[i] = (struct type_query){ TYPE_SYMBOL, NULL, told.name[i] };
	struct error *err = ti->ops->resolve(ti, queries, told.count, NULL, answers);
	if (err)
		return err;
	compare(&told, answers, ret);
	if (ret->is_moved && !facts_text(facts, "KERNELOFFSET"))
		ret->differing = 0;
	return NULL;
}

static struct error *check_symbols(struct typeinfo *ti, const struct facts *facts)
{
	struct symbols_fit fit;
	struct error *err = witness_symbols(ti, facts, &fit);

	if (err || fit.differing == 0)
		return err;
	if (fit.is_moved)
		return error_new(
			ERROR_MISMATCH,
			"'%s' is of another boot of this kernel: all %u of its symbols that "
			"VMCOREINFO names lie 0x%" PRIx64 " above where they were linked, "
			"in this boot it was 0x%" PRIx64 "; give System.map",
			ti->path, fit.compared, fit.shift, facts_kernel_offset(facts));
	return error_new(ERROR_MISMATCH,
			 "'%s' is of another kernel: symbol %s is at 0x%" PRIx64
			 " there and at 0x%" PRIx64
			 " in the dump's VMCOREINFO, as linked (%u of %u "
			 "symbols differ); --allow-mismatch uses it all the same",
			 ti->path, fit.name, fit.there, fit.here, fit.differing, fit.compared);
}

/*
 * Two builds of one release differ in who built them, when, with what: from "#1 SMP" on, or
 * from the first word that differs.
 */
static const char *from_difference(const char *text, const char *other)
{
	size_t same = 0;

	while (text[same] && text[same] == other[same])
		same++;
	while (same && text[same - 1] != ' ')
		same--;
	return text + same;
}

static struct error *other_banner(const struct typeinfo *ti, const char *there, const char *here)
{
	char safe[BANNER_MAX + 1];

	snprintf(safe, sizeof(safe), "%s", here);
	for (char *at = safe; *at; at++)
		if (!is_plain(*at))
			*at = '\0';
	return error_new(ERROR_MISMATCH,
			 "'%s' is of another build: its linux_banner goes \"%.80s\" where the "
			 "dump's goes \"%.80s\"; --allow-mismatch uses it all the same",
			 ti->path, from_difference(there, safe), from_difference(safe, there));
}

/* What the dump has at @address, as far as there is something to compare it with. */
static struct error *compare_banner(const struct typeinfo *ti, struct kmem *kmem, vaddr_t address)
{
	static const char start[] = "Linux version ";
	const char *there = ti->banner && strncmp(ti->banner, start, sizeof(start) - 1) == 0
				    ? ti->banner
				    : start;
	enum memory_state state;
	char here[BANNER_MAX + 1] = { 0 };
	size_t len = strnlen(there, BANNER_MAX);
	struct error *err = kmem_read(kmem, address, here, len, &state);

	if (err || state != MEMORY_PRESENT || memcmp(there, here, len) == 0)
		return err;
	if (memcmp(here, start, sizeof(start) - 1) == 0)
		return other_banner(ti, there, here);
	return error_new(ERROR_MISMATCH,
			 "'%s' is of another kernel: at its symbol linux_banner (0x%" PRIx64
			 ") the dump's memory has no \"%s\"; --allow-mismatch uses it all the same",
			 ti->path, address, start);
}

/* Linux kernel init/version-timestamp.c. */
static struct error *check_banner(struct typeinfo *ti, const struct facts *facts, struct kmem *kmem)
{
	const struct type_query query = { TYPE_SYMBOL, NULL, "linux_banner" };
	struct type_answer answer;
	uint64_t offset;
	struct error *err = ti->ops->resolve(ti, &query, 1, NULL, &answer);

	if (err || !answer.found)
		return err;
	err = layout_kernel_offset(ti, facts, &offset);
	return err ? err : compare_banner(ti, kmem, answer.value + offset);
}

static struct error *differs(const struct typeinfo *ti, enum layout_id id,
			     const struct type_answer *there, const struct type_answer *here)
{
	const bool is_symbol = layout_queries[id].kind == TYPE_SYMBOL;
	char name[96], values[2][24];

	snprintf(values[0], sizeof(values[0]), is_symbol ? "0x%" PRIx64 : "%" PRIu64, there->value);
	snprintf(values[1], sizeof(values[1]), is_symbol ? "0x%" PRIx64 : "%" PRIu64, here->value);
	return error_new(
		ERROR_MISMATCH,
		"'%s' is of another kernel: %s is %s there (%s) and %s by the %s; --allow-mismatch "
		"uses it all the same",
		ti->path, layout_name(id, name, sizeof(name)), values[0], there->source, values[1],
		here->source);
}

/* What either does not know contradicts nothing. */
static struct error *check_own(struct typeinfo *ti, const struct facts *facts, struct typeinfo *own)
{
	struct type_answer there[LAYOUT_COUNT], here[LAYOUT_COUNT];
	uint64_t offset;
	struct error *err = layout_kernel_offset(ti, facts, &offset);

	if (!err)
		err = ti->ops->resolve(ti, layout_queries, LAYOUT_COUNT, layout_near, there);
	if (!err)
		err = own->ops->resolve(own, layout_queries, LAYOUT_COUNT, layout_near, here);
	offset -= facts_kernel_offset(facts);
	for (unsigned id = 0; !err && id < LAYOUT_COUNT; id++) {
		uint64_t moved = layout_queries[id].kind == TYPE_SYMBOL ? offset : 0;

		if (there[id].found && here[id].found && there[id].value + moved != here[id].value)
			err = differs(ti, id, &there[id], &here[id]);
	}
	return err;
}

struct error *witness_check(struct typeinfo *ti, const struct facts *facts, struct kmem *kmem,
			    struct typeinfo *own)
{
	struct error *err = check_symbols(ti, facts);

	if (!err)
		err = check_banner(ti, facts, kmem);
	return err || !own ? err : check_own(ti, facts, own);
}
