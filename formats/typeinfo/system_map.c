// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Symbols of a System.map: lines "address type name"; and of /proc/kallsyms, the same of
 * the running kernel, with the addresses that it runs at, and its modules'.
 */
#include <ctype.h>
#include <string.h>

#include "formats/typeinfo/symbols.h"
#include "formats/whole_file.h"
#include "include/error.h"
#include "include/typeinfo.h"

enum {
	FILE_SIZE_MAX = 1 << 30,    /* bytes; kernels have some 10 million */
	NAME_MAX_BYTES = 1024,	    /* longer names are not asked for */
	SYMBOLS_OF_A_KERNEL = 8192, /* the smallest have more */
};

static const char map_source[] = "System.map", running_source[] = "/proc/kallsyms";

struct system_map {
	struct typeinfo base;
	struct whole_file file;
	uint64_t offset; /* of the addresses in it, minus those as linked */
};

struct line {
	uint64_t address;
	char type;
	char name[NAME_MAX_BYTES];
};

/* Digits, a space, a letter, a space, a name. False if the @len bytes are no such line. */
static bool parse_line(const char *text, size_t len, struct line *ret)
{
	size_t digits = 0;

	ret->address = 0;
	for (; digits < len && isxdigit((unsigned char)text[digits]); digits++) {
		char digit = tolower((unsigned char)text[digits]);

		ret->address = ret->address << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	if (digits == 0 || digits > 16 || len < digits + 4 || text[digits] != ' ' ||
	    !isgraph((unsigned char)text[digits + 1]) || text[digits + 2] != ' ')
		return false;
	size_t skip = digits + 3, size = len - skip;
	if (size >= sizeof(ret->name))
		size = sizeof(ret->name) - 1;
	ret->type = text[digits + 1];
	memcpy(ret->name, text + skip, size);
	ret->name[size] = '\0';
	return true;
}

/* The line from *at on, which moves behind it; false at the end. Editors leave CR LF. */
static bool next_line(const struct system_map *map, size_t *at, const char **line, size_t *len)
{
	if (*at >= map->file.size)
		return false;
	*line = map->file.data + *at;
	const char *end = memchr(*line, '\n', map->file.size - *at);
	*len = end ? (size_t)(end - *line) : map->file.size - *at;
	*at += *len + 1;
	*len -= *len && (*line)[*len - 1] == '\r';
	return true;
}

/* "name [module]" */
static bool is_of_module(const struct line *line)
{
	return strpbrk(line->name, "\t [") != NULL;
}

/* What is per CPU does not move with the kernel. */
static uint64_t as_linked(const struct system_map *map, uint64_t address)
{
	return address > map->offset ? address - map->offset : address;
}

static void find_all(const struct system_map *map, struct symbols *symbols)
{
	size_t at = 0, len;
	const char *text;
	struct line line;

	symbols_seal(symbols);
	while (next_line(map, &at, &text, &len))
		if (parse_line(text, len, &line) && !is_of_module(&line))
			symbols_offer(symbols, line.name, symbol_rank_of_letter(line.type),
				      as_linked(map, line.address));
}

static struct error *system_map_resolve(struct typeinfo *ti, const struct type_query *queries,
					size_t count, const char *const *near,
					struct type_answer *answers)
{
	_cleanup_(symbols_deinit) struct symbols symbols = { 0 };

	(void)near;
	for (size_t i = 0; i < count; i++)
		answers[i] = (struct type_answer){ 0 };
	struct error *err = symbols_add_wanted(&symbols, queries, count);
	if (err || symbols.count == 0)
		return err;
	find_all((struct system_map *)ti, &symbols);
	symbols_answer(&symbols, queries, count, ti->origin, answers);
	return NULL;
}

static void system_map_close(struct typeinfo *ti)
{
	whole_file_close(&((struct system_map *)ti)->file);
}

static const struct typeinfo_ops system_map_ops = {
	.name = "System.map",
	.resolve = system_map_resolve,
	.close = system_map_close,
};

/* Debian installs one line of text in the place of the real file. */
static struct error *check_first_line(const struct system_map *map)
{
	size_t at = 0, len;
	const char *text;
	struct line line;

	if (next_line(map, &at, &text, &len) && parse_line(text, len, &line))
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is no System.map: its first line is not \"address type name\" "
			 "(Debian has the real one in package linux-image-RELEASE-dbg)",
			 map->base.path);
}

static bool has_addresses(const struct system_map *map)
{
	size_t at = 0, len;
	const char *text;
	struct line line;

	while (next_line(map, &at, &text, &len))
		if (parse_line(text, len, &line) && line.address)
			return true;
	return false;
}

static struct error *check_addresses(const struct system_map *map)
{
	if (has_addresses(map))
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' has no addresses, all of its symbols are at zero: /proc/kallsyms "
			 "hides them from others than root (sysctl kernel.kptr_restrict)",
			 map->base.path);
}

struct tally {
	size_t symbols, variables;
	bool has_end;
};

static struct tally count_symbols(const struct system_map *map)
{
	struct tally tally = { 0 };
	size_t at = 0, len;
	const char *text;
	struct line line;

	while (next_line(map, &at, &text, &len)) {
		if (!parse_line(text, len, &line) || is_of_module(&line))
			continue;
		tally.symbols++;
		tally.variables += strchr("bBdDrR", line.type) != NULL;
		tally.has_end |= strcmp(line.name, "_end") == 0;
	}
	return tally;
}

/*
 * The last symbol of every kernel's image is _end: a small file may be an extract. Some
 * marks of a linker script count as variables everywhere.
 */
static struct error *check_end(const struct system_map *map)
{
	const struct tally tally = count_symbols(map);

	if (tally.symbols < SYMBOLS_OF_A_KERNEL)
		return NULL;
	if (tally.variables < tally.symbols / 100)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' has symbols of functions only: its kernel was built without "
				 "CONFIG_KALLSYMS_ALL; give System.map",
				 map->base.path);
	return tally.has_end
		       ? NULL
		       : error_new(ERROR_CORRUPT,
				   "'%s' is no whole System.map: it has %zu symbols, but not the "
				   "last one, _end",
				   map->base.path, tally.symbols);
}

void typeinfo_system_map_moved(struct typeinfo *ti, uint64_t kernel_offset)
{
	((struct system_map *)ti)->offset = kernel_offset;
	ti->origin = running_source;
}

static struct error *open_map(const char *path, const char *origin, struct system_map *map)
{
	map->base.ops = &system_map_ops;
	map->base.origin = origin;
	map->base.path = strdup(path);
	if (!map->base.path)
		return error_nomem();

	struct error *err = whole_file_open(path, map_source, FILE_SIZE_MAX, &map->file);
	if (!err)
		err = check_first_line(map);
	return err ? err : check_addresses(map);
}

static struct error *open_either(const char *path, const char *origin,
				 struct error *(*check)(const struct system_map *map),
				 struct typeinfo **ret)
{
	_cleanup_(typeinfo_closep) struct typeinfo *base = calloc(1, sizeof(struct system_map));
	if (!base)
		return error_nomem();

	struct error *err = open_map(path, origin, (struct system_map *)base);
	if (!err && check)
		err = check((struct system_map *)base);
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}

struct error *typeinfo_open_system_map(const char *path, struct typeinfo **ret)
{
	return open_either(path, map_source, check_end, ret);
}

struct error *typeinfo_open_kallsyms(const char *path, uint64_t kernel_offset,
				     struct typeinfo **ret)
{
	struct error *err = open_either(path, running_source, NULL, ret);

	return err ? err : (typeinfo_system_map_moved(*ret, kernel_offset), NULL);
}
