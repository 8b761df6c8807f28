// SPDX-License-Identifier: LGPL-2.1-or-later
/* Looks functions up in kallsyms, and in the symbol tables of modules. */
#include "analyzer/kernel/code_place.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/kernel/target.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"

enum { MODULES_MAX = 4096, MODULE_SYMBOLS_MAX = 1 << 18, OFFSET_MAX = 1 << 20 };

/* --- the kernel's image ------------------------------------------------------------------- */

static void place_name(struct code_place *place, const char *name, uint64_t offset)
{
	snprintf(place->symbol, sizeof(place->symbol), "%s+0x%" PRIx64, name, offset);
}

static struct error *image_search(const struct target *target, struct typeinfo *ti,
				  struct code_place *places, size_t count)
{
	uint64_t moved = facts_kernel_offset(target->facts);
	struct symbol_place *found = calloc(count + 1, sizeof(*found));

	if (!found)
		return error_nomem();
	for (size_t i = 0; i < count; i++)
		found[i].address = places[i].address - moved;
	ti->ops->symbols_at(ti, found, count);
	for (size_t i = 0; i < count; i++)
		if (found[i].found && found[i].address - found[i].start < OFFSET_MAX)
			place_name(&places[i], found[i].name, found[i].address - found[i].start);
	free(found);
	return NULL;
}

/* --- modules -------------------------------------------------------------------------------- */

enum question {
	MODULES,
	LIST,
	NAME,
	MEM,
	MEMORY_BASE,
	MEMORY_SIZE,
	CORE_LAYOUT, /* before 6.4 */
	LAYOUT_BASE,
	LAYOUT_SIZE,
	TABLE,
	SYMTAB,
	SYMBOLS,
	STRTAB,
	QUESTIONS
};

static const struct type_query queries[QUESTIONS] = {
	[MODULES] = { TYPE_SYMBOL, NULL, "modules" },
	[LIST] = { TYPE_MEMBER_OFFSET, "module", "list" },
	[NAME] = { TYPE_MEMBER_OFFSET, "module", "name" },
	[MEM] = { TYPE_MEMBER_OFFSET, "module", "mem" },
	[MEMORY_BASE] = { TYPE_MEMBER_OFFSET, "module_memory", "base" },
	[MEMORY_SIZE] = { TYPE_MEMBER_OFFSET, "module_memory", "size" },
	[CORE_LAYOUT] = { TYPE_MEMBER_OFFSET, "module", "core_layout" },
	[LAYOUT_BASE] = { TYPE_MEMBER_OFFSET, "module_layout", "base" },
	[LAYOUT_SIZE] = { TYPE_MEMBER_OFFSET, "module_layout", "size" },
	[TABLE] = { TYPE_MEMBER_OFFSET, "module", "kallsyms" },
	[SYMTAB] = { TYPE_MEMBER_OFFSET, "mod_kallsyms", "symtab" },
	[SYMBOLS] = { TYPE_MEMBER_OFFSET, "mod_kallsyms", "num_symtab" },
	[STRTAB] = { TYPE_MEMBER_OFFSET, "mod_kallsyms", "strtab" },
};

struct module_reader {
	const struct target *target;
	struct type_answer answers[QUESTIONS];
	struct error *err; /* sticks; then all is 0 */
};

static bool knows(const struct module_reader *reader, enum question question)
{
	return reader->answers[question].found;
}

static uint64_t number(struct module_reader *reader, vaddr_t addr, size_t size)
{
	enum memory_state state = MEMORY_ABSENT;
	uint64_t value = 0;

	if (!reader->err)
		reader->err = kmem_read_uint(reader->target->kmem, addr, size, &value, &state);
	return !reader->err && state == MEMORY_PRESENT ? value : 0;
}

static uint64_t member(struct module_reader *reader, vaddr_t base, enum question question,
		       size_t size)
{
	return number(reader, base + reader->answers[question].value, size);
}

/* The first part of a module is its code: MOD_TEXT. */
static bool module_has(struct module_reader *reader, vaddr_t module, vaddr_t address)
{
	bool has_mem = knows(reader, MEM);
	vaddr_t part = module + reader->answers[has_mem ? MEM : CORE_LAYOUT].value;
	vaddr_t base = member(reader, part, has_mem ? MEMORY_BASE : LAYOUT_BASE, 8);
	uint64_t size = member(reader, part, has_mem ? MEMORY_SIZE : LAYOUT_SIZE, 4);

	return address >= base && address - base < size;
}

/* The symbol with the greatest value up to @address. */
static vaddr_t best_symbol(const struct module_reader *reader, const unsigned char *symbols,
			   uint64_t count, vaddr_t address, uint32_t *name_ret)
{
	bool big = reader->target->kmem->big_endian;
	vaddr_t best = 0;

	for (uint64_t i = 0; i < count; i++) {
		const unsigned char *at = symbols + i * sizeof(Elf64_Sym);
		uint64_t value = load_u64(at + offsetof(Elf64_Sym, st_value), big);
		uint32_t name = load_u32(at + offsetof(Elf64_Sym, st_name), big);

		if (!name || value > address || value <= best)
			continue;
		best = value;
		*name_ret = name;
	}
	return best;
}

static void module_symbol_find(struct module_reader *reader, vaddr_t module,
			       struct code_place *place)
{
	struct kmem *kmem = reader->target->kmem;
	vaddr_t table = member(reader, module, TABLE, 8);
	uint64_t count = table ? member(reader, table, SYMBOLS, 4) : 0;
	char name[SYMBOL_NAME_MAX];
	enum memory_state state = MEMORY_ABSENT;
	uint32_t at = 0;

	if (!count || count > MODULE_SYMBOLS_MAX)
		return;
	_cleanup_free_ unsigned char *symbols = malloc(count * sizeof(Elf64_Sym));
	if (!symbols) {
		reader->err = error_nomem();
		return;
	}
	vaddr_t from = member(reader, table, SYMTAB, 8), strings = member(reader, table, STRTAB, 8);
	if (!reader->err)
		reader->err = kmem_read(kmem, from, symbols, count * sizeof(Elf64_Sym), &state);
	if (reader->err || state != MEMORY_PRESENT)
		return;
	vaddr_t start = best_symbol(reader, symbols, count, place->address, &at);
	if (!start || place->address - start >= OFFSET_MAX)
		return;
	reader->err = kmem_read_text(kmem, strings + at, name, sizeof(name));
	if (!reader->err && *name)
		place_name(place, name, place->address - start);
}

static void module_take(struct module_reader *reader, vaddr_t module, struct code_place *places,
			size_t count)
{
	for (size_t i = 0; i < count && !reader->err; i++) {
		struct code_place *place = &places[i];

		if (place->module[0] || !module_has(reader, module, place->address))
			continue;
		place->symbol[0] = '\0';
		reader->err =
			kmem_read_text(reader->target->kmem, module + reader->answers[NAME].value,
				       place->module, sizeof(place->module));
		if (knows(reader, TABLE) && knows(reader, SYMTAB) && knows(reader, SYMBOLS) &&
		    knows(reader, STRTAB) && !reader->err)
			module_symbol_find(reader, module, place);
	}
}

static bool can_list(const struct module_reader *reader)
{
	bool has_mem =
		knows(reader, MEM) && knows(reader, MEMORY_BASE) && knows(reader, MEMORY_SIZE);
	bool has_layout = knows(reader, CORE_LAYOUT) && knows(reader, LAYOUT_BASE) &&
			  knows(reader, LAYOUT_SIZE);

	return knows(reader, MODULES) && knows(reader, LIST) && knows(reader, NAME) &&
	       (has_mem || has_layout);
}

static struct error *modules_search(const struct target *target, struct typeinfo *ti,
				    struct code_place *places, size_t count)
{
	struct module_reader reader = { .target = target };
	struct error *err = ti->ops->resolve(ti, queries, QUESTIONS, NULL, reader.answers);

	if (err || !can_list(&reader))
		return err;
	vaddr_t head = reader.answers[MODULES].value + facts_kernel_offset(target->facts);
	vaddr_t link = number(&reader, head, 8);
	for (unsigned i = 0; i < MODULES_MAX && link && link != head && !reader.err; i++) {
		module_take(&reader, link - reader.answers[LIST].value, places, count);
		link = number(&reader, link, 8);
	}
	return reader.err;
}

/* --- both
 * ----------------------------------------------------------------------------------------- */

struct error *code_places_find(const struct target *target, struct typeinfo *ti,
			       struct code_place *places, size_t count)
{
	if (!ti->ops->symbols_at || !count)
		return NULL;
	struct error *err = image_search(target, ti, places, count);

	return err ? err : modules_search(target, ti, places, count);
}
