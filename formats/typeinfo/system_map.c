// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Symbols of a System.map: lines "address type name"; and of /proc/kallsyms, the same of
 * the running kernel, with the addresses that it runs at, and its modules'.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "formats/typeinfo/symbols.h"
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
	char *text; /* not terminated */
	size_t size;
	bool is_read;	 /* not mapped */
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

/* The line from *at on, which moves behind it; false at the end. */
static bool next_line(const struct system_map *map, size_t *at, const char **line, size_t *len)
{
	if (*at >= map->size)
		return false;
	*line = map->text + *at;
	const char *end = memchr(*line, '\n', map->size - *at);
	*len = end ? (size_t)(end - *line) : map->size - *at;
	*at += *len + 1;
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
	struct system_map *map = (struct system_map *)ti;

	if (map->is_read)
		free(map->text);
	else if (map->text)
		munmap(map->text, map->size);
}

static const struct typeinfo_ops system_map_ops = {
	.name = "System.map",
	.resolve = system_map_resolve,
	.close = system_map_close,
};

static void typeinfo_closep(struct typeinfo **ti)
{
	typeinfo_close(*ti);
}

static struct error *map_file(struct system_map *map, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_new(errno == ENOENT ? ERROR_NOT_FOUND : ERROR_OS,
				 "cannot open '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > FILE_SIZE_MAX)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is no System.map: not a regular file of a likely size",
				 path);
	void *text = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return error_new(ERROR_OS, "cannot map '%s': %s", path, strerror(errno));
	map->text = text;
	map->size = st.st_size;
	return NULL;
}

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

/* The last symbol of every kernel's image is _end: small files are somebody's choice. */
static struct error *check_end(const struct system_map *map)
{
	size_t at = 0, len, symbols = 0;
	const char *text;
	struct line line;

	while (next_line(map, &at, &text, &len)) {
		if (!parse_line(text, len, &line) || is_of_module(&line))
			continue;
		if (strcmp(line.name, "_end") == 0)
			return NULL;
		symbols++;
	}
	if (symbols < SYMBOLS_OF_A_KERNEL)
		return NULL;
	return error_new(ERROR_CORRUPT,
			 "'%s' is no whole System.map: it has %zu symbols, but not the last one, "
			 "_end",
			 map->base.path, symbols);
}

struct error *typeinfo_open_system_map(const char *path, struct typeinfo **ret)
{
	struct system_map *map = calloc(1, sizeof(*map));
	if (!map)
		return error_nomem();
	_cleanup_(typeinfo_closep) struct typeinfo *base = &map->base;
	base->ops = &system_map_ops;
	base->origin = map_source;
	base->path = strdup(path);
	if (!base->path)
		return error_nomem();

	struct error *err = map_file(map, path);
	if (!err)
		err = check_first_line(map);
	if (!err)
		err = check_addresses(map);
	if (!err)
		err = check_end(map);
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}

/* --- the running kernel's ------------------------------------------------------- */

/* A file of procfs cannot be mapped, and tells no size. */
static struct error *read_text(struct system_map *map, const char *path)
{
	size_t room = 1 << 20;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_new(errno == ENOENT ? ERROR_NOT_FOUND : ERROR_OS,
				 "cannot open '%s': %s", path, strerror(errno));
	map->is_read = true;
	while (map->size < FILE_SIZE_MAX) {
		if (map->size == room || !map->text) {
			char *grown = realloc(map->text, room *= 2);

			if (!grown)
				return error_nomem();
			map->text = grown;
		}
		ssize_t got = read(fd, map->text + map->size, room - map->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_new(ERROR_OS, "cannot read '%s': %s", path, strerror(errno));
		if (got == 0)
			return NULL;
		map->size += (size_t)got;
	}
	return error_new(ERROR_UNSUPPORTED, "'%s' is impossibly large", path);
}

static struct error *read_running(struct system_map *map, const char *path)
{
	struct error *err = read_text(map, path);

	if (!err)
		err = check_first_line(map);
	return err ?: check_addresses(map);
}

struct error *typeinfo_open_kallsyms(const char *path, uint64_t kernel_offset,
				     struct typeinfo **ret)
{
	struct system_map *map = calloc(1, sizeof(*map));
	if (!map)
		return error_nomem();
	_cleanup_(typeinfo_closep) struct typeinfo *base = &map->base;
	base->ops = &system_map_ops;
	base->origin = running_source;
	base->path = strdup(path);
	map->offset = kernel_offset;
	if (!base->path)
		return error_nomem();

	struct error *err = read_running(map, path);
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}
