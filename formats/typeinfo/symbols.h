// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addresses of named symbols: one pass over the symbol table for all of them. */
#ifndef VMEMSCOPE_TYPEINFO_SYMBOLS_H
#define VMEMSCOPE_TYPEINFO_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_image;
struct error;
struct type_answer;
struct type_query;

/* A global symbol wins over local ones, among those an object over others, else the first. */
enum symbol_rank { SYMBOL_NONE, SYMBOL_LOCAL, SYMBOL_LOCAL_OBJECT, SYMBOL_GLOBAL };

struct symbol {
	const char *name; /* borrowed */
	uint64_t address; /* as linked; valid if rank is not SYMBOL_NONE */
	enum symbol_rank rank;
	/*
	 * Where the name has the suffix of a link-time optimizer, "NAME.llvm.123":
	 * counts if there is no plain one, and no second with another address.
	 */
	uint64_t suffixed;
	bool has_suffixed, is_ambiguous;
};

/* By the letter that nm prints. */
enum symbol_rank symbol_rank_of_letter(char letter);

/* A set of names; add all, then read (or seal and offer), then find. */
struct symbols {
	struct symbol *entries;
	size_t count, room;
	size_t final; /* that no other symbol can better */
};

void symbols_deinit(struct symbols *symbols);
struct error *symbols_add(struct symbols *symbols, const char *name);

/* No more names are added: from now on symbols can be offered. */
void symbols_seal(struct symbols *symbols);

/* True once nothing that is offered could change anything. */
static inline bool symbols_complete(const struct symbols *symbols)
{
	return symbols->final == symbols->count;
}

/*
 * Takes the symbol if its name is wanted, with or without the suffix of a link-time
 * optimizer, and no better one was offered.
 */
void symbols_offer(struct symbols *symbols, const char *name, enum symbol_rank rank,
		   uint64_t address);

/*
 * Looks the names up in the image's symbol table. May be called for several
 * images of one program. No symbol table: nothing is found.
 */
struct error *symbols_read(struct symbols *symbols, struct elf_image *image);

/* False if the name was not found, or only with suffixes, of which none is the one. */
bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *ret);

/* Adds the names that the questions about symbols ask for. */
struct error *symbols_add_wanted(struct symbols *symbols, const struct type_query *queries,
				 size_t count);

/* Answers the questions about symbols that were found. */
void symbols_answer(const struct symbols *symbols, const struct type_query *queries, size_t count,
		    const char *source, struct type_answer *answers);

#endif
