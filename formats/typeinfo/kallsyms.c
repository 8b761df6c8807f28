// SPDX-License-Identifier: LGPL-2.1-or-later
/* The symbol table that a kernel keeps of itself: names of tokens, addresses in four encodings. */
#include "formats/typeinfo/kallsyms.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/typeinfo/big.h"
#include "formats/typeinfo/name_filter.h"
#include "formats/typeinfo/symbols.h"
#include "include/bytes.h"
#include "include/error.h"
#include "include/typeinfo.h"

enum {
	TOKENS = 256,
	COUNT_MAX = 16 << 20,	    /* symbols; kernels have some 200000 */
	NAMES_SIZE_USUAL = 4 << 20, /* enough for most */
	NAMES_SIZE_MAX = 64 << 20,  /* bytes of packed names; kernels have some 3 million */
	TOKEN_LENGTH_MAX = 1024,    /* bytes; no symbol's name is longer (KSYM_NAME_LEN is 512) */
	PIECE = 4096,		    /* bytes: part of one page on every machine */
};

/* A letter of nm and the name, unpacked; what is longer is cut. */
struct unpacked {
	char text[2 * TOKEN_LENGTH_MAX];
	size_t len;
};

struct token {
	const char *text;
	uint16_t len;
};

/* How a symbol's number becomes its run-time address. */
enum encoding {
	ENCODING_ABSOLUTE,	  /* 64-bit addresses */
	ENCODING_RELATIVE,	  /* unsigned, to a base */
	ENCODING_ABSOLUTE_PERCPU, /* not negative: absolute; else backwards from base - 1 */
	ENCODING_PLACE,		  /* signed, to where the number lies itself */
};

struct kallsyms {
	uint32_t count;
	bool big_endian;
	uint64_t kernel_offset;
	struct token tokens[TOKENS];
	char *token_texts;
	unsigned char *names; /* as the kernel has them: each a length, then tokens */
	size_t names_size;
	enum encoding encoding;
	uint64_t base;		/* of ENCODING_RELATIVE, _ABSOLUTE_PERCPU */
	uint64_t numbers_at;	/* run-time address of the numbers */
	unsigned char *numbers; /* 8 bytes each in ENCODING_ABSOLUTE, else 4 */
};

/* What reading and messages need. */
struct reader {
	const char *dump;
	struct kernel_view *view;
	struct kallsyms *kallsyms;
};

void kallsyms_free(struct kallsyms *kallsyms)
{
	if (!kallsyms)
		return;
	free(kallsyms->token_texts);
	free(kallsyms->names);
	free(kallsyms->numbers);
	free(kallsyms);
}

__attribute__((format(printf, 2, 3))) static struct error *damaged(const struct reader *reader,
								   const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list args;

	va_start(args, fmt);
	int len = vasprintf(&what, fmt, args);
	va_end(args);
	if (len < 0) {
		what = NULL;
		return error_nomem();
	}
	return error_new(ERROR_CORRUPT, "dump '%s': the kernel's symbol table is damaged: %s",
			 reader->dump, what);
}

static struct error *absent(const struct reader *reader, const char *symbol, uint64_t addr)
{
	return error_new(ERROR_NOT_FOUND,
			 "dump '%s': the kernel's symbol table is not in the dump (%s, 0x%" PRIx64
			 ")",
			 reader->dump, symbol, addr);
}

static bool find_table(const struct reader *reader, const char *symbol, uint64_t *ret)
{
	return reader->view->fact(reader->view, "SYMBOL", symbol, ret);
}

static struct error *require_table(const struct reader *reader, const char *symbol, uint64_t *ret)
{
	if (find_table(reader, symbol, ret))
		return NULL;
	return error_new(ERROR_NOT_FOUND,
			 "dump '%s': VMCOREINFO does not say where the kernel's symbol table is "
			 "(SYMBOL(%s)): kernels do since v6.0",
			 reader->dump, symbol);
}

static struct error *read_at(const struct reader *reader, const char *symbol, uint64_t addr,
			     void *buf, size_t len)
{
	bool is_present = false;
	struct error *err = reader->view->read(reader->view, addr, buf, len, &is_present);

	if (err || is_present)
		return err;
	return absent(reader, symbol, addr);
}

static struct error *read_table(const struct reader *reader, const char *symbol, void *buf,
				size_t len)
{
	uint64_t addr;
	struct error *err = require_table(reader, symbol, &addr);

	return err ? err : read_at(reader, symbol, addr, buf, len);
}

static struct error *read_count(const struct reader *reader)
{
	unsigned char raw[sizeof(uint32_t)];
	struct kallsyms *kallsyms = reader->kallsyms;

	struct error *err = read_table(reader, "kallsyms_num_syms", raw, sizeof(raw));
	if (err)
		return err;
	kallsyms->count = load_u32(raw, kallsyms->big_endian);
	if (kallsyms->count == 0 || kallsyms->count > COUNT_MAX)
		return damaged(reader, "kallsyms_num_syms is %u", kallsyms->count);
	return NULL;
}

/* As much of @len bytes at @addr as there is, in pieces that end where pages may end. */
static struct error *read_some(const struct reader *reader, uint64_t addr, void *buf, size_t len,
			       size_t *got_ret)
{
	struct error *err = NULL;
	bool is_present = true;
	size_t got = 0;

	while (!err && got < len) {
		size_t piece = PIECE - (addr + got) % PIECE;
		if (piece > len - got)
			piece = len - got;
		err = reader->view->read(reader->view, addr + got, (char *)buf + got, piece,
					 &is_present);
		if (err || !is_present)
			break;
		got += piece;
	}
	*got_ret = got;
	return err;
}

static struct error *split_tokens(const struct reader *reader, const unsigned char *index,
				  size_t size)
{
	struct kallsyms *kallsyms = reader->kallsyms;

	for (unsigned i = 0; i < TOKENS; i++) {
		size_t at = load_uint(index + 2 * i, 2, kallsyms->big_endian);
		const char *text = kallsyms->token_texts + at;
		size_t len = at < size ? strnlen(text, size - at) : 0;

		if (at >= size || len == size - at || len > TOKEN_LENGTH_MAX)
			return damaged(reader,
				       "token %u at byte %zu of kallsyms_token_table has no end", i,
				       at);
		kallsyms->tokens[i] = (struct token){ text, len };
	}
	return NULL;
}

static struct error *read_tokens(const struct reader *reader)
{
	unsigned char index[2 * TOKENS];
	size_t last = 0, size;
	uint64_t addr;

	struct error *err = read_table(reader, "kallsyms_token_index", index, sizeof(index));
	if (!err)
		err = require_table(reader, "kallsyms_token_table", &addr);
	if (err)
		return err;
	for (unsigned i = 0; i < TOKENS; i++) {
		size_t at = load_uint(index + 2 * i, 2, reader->view->big_endian);
		last = at > last ? at : last;
	}
	reader->kallsyms->token_texts = malloc(last + TOKEN_LENGTH_MAX);
	if (!reader->kallsyms->token_texts)
		return error_nomem();
	err = read_some(reader, addr, reader->kallsyms->token_texts, last + TOKEN_LENGTH_MAX,
			&size);
	if (!err && size <= last)
		err = absent(reader, "kallsyms_token_table", addr);
	return err ? err : split_tokens(reader, index, size);
}

/* The tokens of the name at @names, which has @size bytes left; 0 if it is cut off. */
static size_t name_header(const unsigned char *names, size_t size, size_t *len_ret)
{
	size_t header = size > 0 && names[0] & 0x80 ? 2 : 1;

	if (size < header)
		return 0;
	*len_ret = header == 2 ? (names[0] & 0x7f) | (size_t)names[1] << 7 : names[0];
	return size - header < *len_ret ? 0 : header;
}

/* Steps over whole names; *at is where the first that is cut off begins. */
static struct error *count_names(const struct reader *reader, uint32_t *count, size_t *at)
{
	const struct kallsyms *kallsyms = reader->kallsyms;

	for (; *count < kallsyms->count; ++*count) {
		size_t len, header = name_header(kallsyms->names + *at, kallsyms->names_size - *at,
						 &len);

		if (header == 0)
			return NULL;
		const struct token *first = &kallsyms->tokens[kallsyms->names[*at + header]];
		if (len == 0 || !isgraph((unsigned char)first->text[0]))
			return damaged(reader, "name %u at byte %zu of kallsyms_names is none",
				       *count, *at);
		*at += header + len;
	}
	return NULL;
}

static struct error *grow_names(const struct reader *reader, size_t *room)
{
	struct kallsyms *kallsyms = reader->kallsyms;

	if (kallsyms->names_size + PIECE <= *room)
		return NULL;
	if (kallsyms->names_size > NAMES_SIZE_MAX)
		return damaged(reader, "kallsyms_names has no end");
	size_t larger = *room ? 2 * *room : NAMES_SIZE_USUAL;
	unsigned char *names = big_alloc(larger);
	if (!names)
		return error_nomem();
	if (kallsyms->names)
		memcpy(names, kallsyms->names, kallsyms->names_size);
	free(kallsyms->names);
	kallsyms->names = names;
	*room = larger;
	return NULL;
}

static struct error *read_more_names(const struct reader *reader, uint64_t addr, size_t *room)
{
	struct kallsyms *kallsyms = reader->kallsyms;
	uint64_t from = addr + kallsyms->names_size;
	size_t piece = PIECE - from % PIECE;

	struct error *err = grow_names(reader, room);
	if (!err)
		err = read_at(reader, "kallsyms_names", from,
			      kallsyms->names + kallsyms->names_size, piece);
	if (!err)
		kallsyms->names_size += piece;
	return err;
}

/* Nothing says how long the names are together: hence in pieces, and counted. */
static struct error *read_names(const struct reader *reader)
{
	struct kallsyms *kallsyms = reader->kallsyms;
	size_t room = 0, at = 0;
	uint32_t count = 0;
	uint64_t addr;

	struct error *err = require_table(reader, "kallsyms_names", &addr);
	while (!err && count < kallsyms->count) {
		err = read_more_names(reader, addr, &room);
		if (!err)
			err = count_names(reader, &count, &at);
	}
	kallsyms->names_size = at;
	return err;
}

static struct error *read_numbers(const struct reader *reader, const char *symbol, size_t each)
{
	struct kallsyms *kallsyms = reader->kallsyms;
	size_t size = each * kallsyms->count;

	kallsyms->numbers = big_alloc(size);
	if (!kallsyms->numbers)
		return error_nomem();
	return read_at(reader, symbol, kallsyms->numbers_at, kallsyms->numbers, size);
}

static int32_t offset_at(const struct kallsyms *kallsyms, uint32_t index)
{
	return (int32_t)load_u32(kallsyms->numbers + sizeof(uint32_t) * index,
				 kallsyms->big_endian);
}

/* The configuration is not in VMCOREINFO, but no image is so large that an offset is negative. */
static enum encoding relative_encoding(const struct kallsyms *kallsyms)
{
	for (uint32_t i = 0; i < kallsyms->count; i++)
		if (offset_at(kallsyms, i) < 0)
			return ENCODING_ABSOLUTE_PERCPU;
	return ENCODING_RELATIVE;
}

static struct error *read_offsets(const struct reader *reader)
{
	struct kallsyms *kallsyms = reader->kallsyms;
	unsigned char raw[sizeof(uint64_t)];
	uint64_t base_at;

	struct error *err = read_numbers(reader, "kallsyms_offsets", sizeof(uint32_t));
	if (err)
		return err;
	kallsyms->encoding = ENCODING_PLACE;
	if (!find_table(reader, "kallsyms_relative_base", &base_at))
		return NULL;
	err = read_at(reader, "kallsyms_relative_base", base_at, raw, sizeof(raw));
	if (err)
		return err;
	kallsyms->base = load_u64(raw, kallsyms->big_endian);
	kallsyms->encoding = relative_encoding(kallsyms);
	return NULL;
}

static struct error *read_addresses(const struct reader *reader)
{
	struct kallsyms *kallsyms = reader->kallsyms;

	if (find_table(reader, "kallsyms_offsets", &kallsyms->numbers_at))
		return read_offsets(reader);
	kallsyms->encoding = ENCODING_ABSOLUTE;
	struct error *err = require_table(reader, "kallsyms_addresses", &kallsyms->numbers_at);
	return err ? err : read_numbers(reader, "kallsyms_addresses", sizeof(uint64_t));
}

struct error *kallsyms_read(const char *dump, struct kernel_view *view, struct kallsyms **ret)
{
	_cleanup_(kallsyms_freep) struct kallsyms *kallsyms = calloc(1, sizeof(*kallsyms));
	if (!kallsyms)
		return error_nomem();
	kallsyms->big_endian = view->big_endian;
	kallsyms->kernel_offset = view->kernel_offset;
	const struct reader reader = { dump, view, kallsyms };

	struct error *err = read_count(&reader);
	if (!err)
		err = read_tokens(&reader);
	if (!err)
		err = read_names(&reader);
	if (!err)
		err = read_addresses(&reader);
	if (err)
		return err;
	*ret = take_ptr(kallsyms);
	return NULL;
}

/* As linked. Absolute values, as those of per-CPU variables, never moved. */
static uint64_t address_at(const struct kallsyms *kallsyms, uint32_t index)
{
	uint64_t address;
	int32_t offset;

	switch (kallsyms->encoding) {
	case ENCODING_ABSOLUTE:
		address = load_u64(kallsyms->numbers + sizeof(uint64_t) * index,
				   kallsyms->big_endian);
		return address < kallsyms->kernel_offset ? address
							 : address - kallsyms->kernel_offset;
	case ENCODING_RELATIVE:
		return kallsyms->base + (uint32_t)offset_at(kallsyms, index) -
		       kallsyms->kernel_offset;
	case ENCODING_ABSOLUTE_PERCPU:
		offset = offset_at(kallsyms, index);
		if (offset >= 0)
			return offset;
		return kallsyms->base - 1 - (int64_t)offset - kallsyms->kernel_offset;
	case ENCODING_PLACE:
		return kallsyms->numbers_at + sizeof(uint32_t) * index +
		       (int64_t)offset_at(kallsyms, index) - kallsyms->kernel_offset;
	}
	return 0;
}

/* One packed name at a time. */
struct cursor_of_names {
	const struct kallsyms *kallsyms;
	uint32_t index;
	size_t at;
	const unsigned char *tokens;
	size_t count;
};

/* All names are whole: read_names() stepped over each. */
static inline bool next_name(struct cursor_of_names *cursor)
{
	const struct kallsyms *kallsyms = cursor->kallsyms;
	const unsigned char *name = kallsyms->names + cursor->at;

	if (cursor->at >= kallsyms->names_size)
		return false;
	cursor->count = *name++;
	if (cursor->count & 0x80)
		cursor->count = (cursor->count & 0x7f) | (size_t)*name++ << 7;
	cursor->tokens = name;
	cursor->at = (size_t)(name - kallsyms->names) + cursor->count;
	cursor->index++;
	return true;
}

static void unpack(const struct cursor_of_names *cursor, struct unpacked *ret)
{
	ret->len = 0;
	for (size_t i = 0; i < cursor->count; i++) {
		const struct token *token = &cursor->kallsyms->tokens[cursor->tokens[i]];

		if (token->len >= sizeof(ret->text) - ret->len)
			break;
		memcpy(ret->text + ret->len, token->text, token->len);
		ret->len += token->len;
	}
	ret->text[ret->len] = '\0';
}

enum { START_LENGTH = 1 + NAME_FILTER_LOOKS_AT }; /* the letter comes before the name */

/* Only what the filter needs: most names end here. */
static void unpack_start(const struct cursor_of_names *cursor, char *ret)
{
	size_t len = 0;

	for (size_t i = 0; i < cursor->count && len < START_LENGTH; i++) {
		const char *text = cursor->kallsyms->tokens[cursor->tokens[i]].text;

		while (*text && len < START_LENGTH)
			ret[len++] = *text++;
	}
	ret[len] = '\0';
}

/* A compiler's link-time optimization makes local names unique so. */
static void cut_suffix(struct unpacked *name)
{
	char *suffix = strstr(name->text, ".llvm.");

	if (suffix)
		*suffix = '\0';
}

void kallsyms_each(const struct kallsyms *kallsyms, kallsyms_fn *fn, void *context)
{
	struct cursor_of_names cursor = { .kallsyms = kallsyms };
	struct unpacked name;

	while (next_name(&cursor)) {
		unpack(&cursor, &name);
		cut_suffix(&name);
		fn(name.text + 1, name.text[0], address_at(kallsyms, cursor.index - 1), context);
	}
}

static void offer(const struct cursor_of_names *cursor, struct symbols *symbols)
{
	struct unpacked name;

	unpack(cursor, &name);
	symbols_offer(symbols, name.text + 1, symbol_rank_of_letter(name.text[0]),
		      address_at(cursor->kallsyms, cursor->index - 1));
}

/* What the first two tokens of a name decide: there are fewer pairs than names. */
enum pair { PAIR_NEW, PAIR_REFUSED, PAIR_PASSES, PAIR_TELLS_NOTHING };

struct search {
	const struct symbols *symbols;
	struct name_filter filter;
	unsigned char pairs[TOKENS][TOKENS]; /* enum pair */
};

/* True if some wanted name could begin with @start, or is one and @start goes on. */
static bool could_be_wanted(const struct symbols *symbols, const char *start)
{
	size_t len = strlen(start);

	for (size_t i = 0; i < symbols->count; i++) {
		const char *name = symbols->entries[i].name;
		size_t shared = strnlen(name, len);

		if (memcmp(name, start, shared) == 0)
			return true;
	}
	return false;
}

static enum pair judge_pair(const struct search *search, const struct cursor_of_names *cursor)
{
	const struct cursor_of_names two = {
		.kallsyms = cursor->kallsyms,
		.tokens = cursor->tokens,
		.count = 2,
	};
	char start[START_LENGTH + 1];

	unpack_start(&two, start);
	if (start[0] && !could_be_wanted(search->symbols, start + 1))
		return PAIR_REFUSED;
	return strlen(start) < START_LENGTH ? PAIR_TELLS_NOTHING : PAIR_PASSES;
}

static bool passes(struct search *search, const struct cursor_of_names *cursor)
{
	char start[START_LENGTH + 1];

	if (cursor->count >= 2) {
		unsigned char *pair = &search->pairs[cursor->tokens[0]][cursor->tokens[1]];

		if (*pair == PAIR_NEW)
			*pair = judge_pair(search, cursor);
		if (*pair != PAIR_TELLS_NOTHING)
			return *pair == PAIR_PASSES;
	}
	unpack_start(cursor, start);
	return name_filter_passes(&search->filter, start + 1);
}

void kallsyms_find(const struct kallsyms *kallsyms, struct symbols *symbols)
{
	struct cursor_of_names cursor = { .kallsyms = kallsyms };
	struct search search = { .symbols = symbols };

	symbols_seal(symbols);
	for (size_t i = 0; i < symbols->count; i++)
		name_filter_add(&search.filter, symbols->entries[i].name);
	while (next_name(&cursor) && !symbols_complete(symbols))
		if (passes(&search, &cursor))
			offer(&cursor, symbols);
}
