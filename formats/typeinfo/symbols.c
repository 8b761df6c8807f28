// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addresses of named symbols: one pass over the symbol table for all of them. */
#include "formats/typeinfo/symbols.h"

#include <ctype.h>
#include <string.h>

#include "formats/typeinfo/elf_image.h"
#include "include/error.h"
#include "include/typeinfo.h"

void symbols_deinit(struct symbols *symbols)
{
	free(symbols->entries);
	*symbols = (struct symbols){ 0 };
}

struct error *symbols_add(struct symbols *symbols, const char *name)
{
	if (symbols->count == symbols->room) {
		size_t room = symbols->room ? 2 * symbols->room : 64;
		struct symbol *entries = reallocarray(symbols->entries, room, sizeof(*entries));

		if (!entries)
			return error_nomem();
		symbols->entries = entries;
		symbols->room = room;
	}
	symbols->entries[symbols->count++] = (struct symbol){ .name = name };
	return NULL;
}

static int symbol_compare(const void *a, const void *b)
{
	const struct symbol *left = a, *right = b;

	return strcmp(left->name, right->name);
}

void symbols_seal(struct symbols *symbols)
{
	size_t kept = 0;

	if (symbols->count == 0)
		return;
	qsort(symbols->entries, symbols->count, sizeof(*symbols->entries), symbol_compare);
	for (size_t i = 0; i < symbols->count; i++) {
		const struct symbol *last = kept ? &symbols->entries[kept - 1] : NULL;

		if (!last || symbol_compare(last, &symbols->entries[i]) != 0)
			symbols->entries[kept++] = symbols->entries[i];
	}
	symbols->count = kept;
}

static struct symbol *symbol_find(const struct symbols *symbols, const char *name)
{
	struct symbol key = { .name = name };

	if (symbols->count == 0)
		return NULL;
	return bsearch(&key, symbols->entries, symbols->count, sizeof(key), symbol_compare);
}

static enum symbol_rank symbol_rank(const GElf_Sym *sym)
{
	unsigned type = GELF_ST_TYPE(sym->st_info), bind = GELF_ST_BIND(sym->st_info);

	if (sym->st_shndx == SHN_UNDEF || type == STT_FILE || type == STT_SECTION)
		return SYMBOL_NONE;
	if (bind == STB_GLOBAL || bind == STB_WEAK)
		return SYMBOL_GLOBAL;
	return type == STT_OBJECT ? SYMBOL_LOCAL_OBJECT : SYMBOL_LOCAL;
}

void symbols_offer(struct symbols *symbols, const char *name, enum symbol_rank rank,
		   uint64_t address)
{
	struct symbol *symbol = symbol_find(symbols, name);

	if (!symbol || rank <= symbol->rank)
		return;
	symbols->final += rank == SYMBOL_GLOBAL;
	symbol->rank = rank;
	symbol->address = address;
}

enum symbol_rank symbol_rank_of_letter(char letter)
{
	if (isupper((unsigned char)letter))
		return letter == 'U' ? SYMBOL_NONE : SYMBOL_GLOBAL;
	return strchr("bdr", letter) ? SYMBOL_LOCAL_OBJECT : SYMBOL_LOCAL;
}

static Elf_Scn *symtab_find(Elf *elf, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, header) && header->sh_type == SHT_SYMTAB)
			return section;
	return NULL;
}

struct error *symbols_read(struct symbols *symbols, struct elf_image *image)
{
	GElf_Shdr header;
	Elf_Scn *section = symtab_find(image->elf, &header);

	if (!section || symbols->count == 0)
		return NULL;
	symbols_seal(symbols);
	Elf_Data *data = elf_getdata(section, NULL);
	if (!data || header.sh_entsize != sizeof(Elf64_Sym) ||
	    data->d_size / sizeof(Elf64_Sym) > INT32_MAX)
		return error_new(ERROR_CORRUPT, "'%s': the symbol table is not readable",
				 image->path);

	int count = data->d_size / sizeof(Elf64_Sym);
	for (int i = 0; i < count; i++) {
		GElf_Sym sym;
		const char *name = NULL;

		if (gelf_getsym(data, i, &sym) && sym.st_name)
			name = elf_strptr(image->elf, header.sh_link, sym.st_name);
		if (name)
			symbols_offer(symbols, name, symbol_rank(&sym), sym.st_value);
	}
	return NULL;
}

bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *ret)
{
	const struct symbol *symbol = symbol_find(symbols, name);

	if (!symbol || symbol->rank == SYMBOL_NONE)
		return false;
	*ret = symbol->address;
	return true;
}

struct error *symbols_add_wanted(struct symbols *symbols, const struct type_query *queries,
				 size_t count)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < count; i++)
		if (queries[i].kind == TYPE_SYMBOL)
			err = symbols_add(symbols, queries[i].name);
	return err;
}

void symbols_answer(const struct symbols *symbols, const struct type_query *queries, size_t count,
		    const char *source, struct type_answer *answers)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t address;

		if (queries[i].kind == TYPE_SYMBOL &&
		    symbols_find(symbols, queries[i].name, &address))
			answers[i] = (struct type_answer){ true, address, source };
	}
}
