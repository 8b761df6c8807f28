// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addresses of named symbols: one pass over the symbol table for all of them. */
#include "formats/typeinfo/symbols.h"

#include <ctype.h>
#include <string.h>

#include "formats/typeinfo/elf_image.h"
#include "formats/typeinfo/name_filter.h"
#include "include/array.h"
#include "include/error.h"
#include "include/typeinfo.h"
#include "include/vector.h"

void symbols_deinit(struct symbols *symbols)
{
	free(symbols->entries);
	*symbols = (struct symbols){ 0 };
}

struct error *symbols_add(struct symbols *symbols, const char *name)
{
	return vector_push(symbols->entries, symbols->count, symbols->room,
			   (struct symbol){ .name = name });
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

static enum symbol_rank symbol_rank(const Elf64_Sym *sym)
{
	unsigned type = ELF64_ST_TYPE(sym->st_info), bind = ELF64_ST_BIND(sym->st_info);

	if (sym->st_shndx == SHN_UNDEF || type == STT_FILE || type == STT_SECTION)
		return SYMBOL_NONE;
	if (bind == STB_GLOBAL || bind == STB_WEAK)
		return SYMBOL_GLOBAL;
	return type == STT_OBJECT ? SYMBOL_LOCAL_OBJECT : SYMBOL_LOCAL;
}

/*
 * What optimizers add to a local name that they make visible to other units: ".llvm.123"
 * (clang's ThinLTO), ".lto_priv.0" (gcc), ".__uniq.123" (-funique-internal-linkage-names).
 * A part of a function, "NAME.llvm.123.cold", is another symbol.
 */
static bool is_optimizers(const char *suffix)
{
	static const char *const starts[] = { ".llvm.", ".lto_priv.", ".__uniq." };

	while (*suffix) {
		size_t len = 0;

		for (size_t i = 0; len == 0 && i < COUNT_OF(starts); i++)
			if (strncmp(suffix, starts[i], strlen(starts[i])) == 0)
				len = strlen(starts[i]);
		size_t digits = strspn(suffix + len, "0123456789");
		if (len == 0 || digits == 0)
			return false;
		suffix += len + digits;
	}
	return true;
}

static void offer_suffixed(struct symbols *symbols, const char *name, uint64_t address)
{
	const char *suffix = strchr(name, '.');
	char plain[128];

	if (!suffix || (size_t)(suffix - name) >= sizeof(plain) || !is_optimizers(suffix))
		return;
	memcpy(plain, name, suffix - name);
	plain[suffix - name] = '\0';
	struct symbol *symbol = symbol_find(symbols, plain);
	if (!symbol)
		return;
	symbol->is_ambiguous |= symbol->has_suffixed && symbol->suffixed != address;
	symbol->has_suffixed = true;
	symbol->suffixed = address;
}

void symbols_offer(struct symbols *symbols, const char *name, enum symbol_rank rank,
		   uint64_t address)
{
	struct symbol *symbol = symbol_find(symbols, name);

	if (!symbol && rank != SYMBOL_NONE)
		offer_suffixed(symbols, name, address);
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

/* Names that libelf hands out only after a check of each. */
struct names {
	Elf *elf;
	size_t section;
	const char *text; /* unchecked */
	size_t size;
	struct name_filter filter; /* lets pass what is wanted */
};

static void names_init(struct names *names, const struct symbols *symbols, Elf *elf, size_t section)
{
	Elf_Data *data = elf_getdata(elf_getscn(elf, section), NULL);

	*names = (struct names){ .elf = elf, .section = section };
	if (data && data->d_buf) {
		names->text = data->d_buf;
		names->size = data->d_size;
	}
	for (size_t i = 0; i < symbols->count; i++)
		name_filter_add(&names->filter, symbols->entries[i].name);
}

/* NULL if it is not wanted. */
static const char *names_at(const struct names *names, size_t at)
{
	if (at < names->size && names->size - at >= NAME_FILTER_LOOKS_AT &&
	    !name_filter_passes(&names->filter, names->text + at))
		return NULL;
	return elf_strptr(names->elf, names->section, at);
}

static void offer_all(struct symbols *symbols, const Elf_Data *data, const struct names *names)
{
	size_t count = data->d_size / sizeof(Elf64_Sym);

	for (size_t i = 0; i < count && !symbols_complete(symbols); i++) {
		const char *name = NULL;
		Elf64_Sym sym;

		/* Where the file is mapped they need not be aligned. */
		memcpy(&sym, (const char *)data->d_buf + i * sizeof(sym), sizeof(sym));
		if (sym.st_name)
			name = names_at(names, sym.st_name);
		if (name)
			symbols_offer(symbols, name, symbol_rank(&sym), sym.st_value);
	}
}

struct error *symbols_read(struct symbols *symbols, struct elf_image *image)
{
	struct names names;
	GElf_Shdr header;
	Elf_Scn *section = symtab_find(image->elf, &header);

	if (!section || symbols->count == 0)
		return NULL;
	symbols_seal(symbols);
	Elf_Data *data = elf_getdata(section, NULL);
	if (!data || data->d_type != ELF_T_SYM || header.sh_entsize != sizeof(Elf64_Sym))
		return error_new(ERROR_CORRUPT, "'%s': the symbol table is not readable",
				 image->path);
	names_init(&names, symbols, image->elf, header.sh_link);
	offer_all(symbols, data, &names);
	return NULL;
}

bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *ret)
{
	const struct symbol *symbol = symbol_find(symbols, name);
	bool is_plain = symbol && symbol->rank != SYMBOL_NONE;

	if (!is_plain && (!symbol || !symbol->has_suffixed || symbol->is_ambiguous))
		return false;
	*ret = is_plain ? symbol->address : symbol->suffixed;
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
