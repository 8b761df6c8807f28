// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addresses of named symbols: one pass over the symbol table for all of them. */
#ifndef VMEMSCOPE_TYPEINFO_SYMBOLS_H
#define VMEMSCOPE_TYPEINFO_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_image;
struct error;

struct symbol {
	const char *name; /* borrowed */
	uint64_t address; /* as linked; valid if rank > 0 */
	unsigned rank;	  /* how good a symbol was found; 0 is none */
};

/* A set of names; add all, then read, then find. */
struct symbols {
	struct symbol *entries;
	size_t count, room;
};

void symbols_deinit(struct symbols *symbols);
struct error *symbols_add(struct symbols *symbols, const char *name);

/*
 * Looks the names up in the image's symbol table. A global symbol wins over
 * local ones, among those an object over others, else the first. May be called
 * for several images of one program. No symbol table: nothing is found.
 */
struct error *symbols_read(struct symbols *symbols, struct elf_image *image);

/* False if the name was not found. */
bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *ret);

#endif
