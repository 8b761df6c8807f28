// SPDX-License-Identifier: LGPL-2.1-or-later
/* Looks for the kernel's VMCOREINFO in memory, and chooses one of several. */
#include "formats/dump/vmcoreinfo_search.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/dump_machine.h"
#include "formats/whole_file.h"
#include "include/bytes.h"
#include "include/dump.h"
#include "include/error.h"

enum {
	STEP = 4096, /* the smallest page */
	OWNER_LEN = sizeof("VMCOREINFO"),
	HEAD_LEN = sizeof(Elf64_Nhdr) + 12, /* with the owner, padded */
	TEXT_MAX = 1 << 16,
	FILE_MAX = 1 << 30, /* larger ones are not searched */
	FOUND_MAX = 16,	    /* that differ */
	RELEASE_SHOWN = 64,
};

struct found {
	paddr_t addr;
	struct vmcoreinfo info;
	unsigned witnesses;
};

struct search {
	struct memory *memory;
	struct page_buffer buffer;
	struct found found[FOUND_MAX];
	size_t count;
};

static void search_deinit(struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		free(search->found[i].info.text);
	page_buffer_deinit(&search->buffer);
}

/* --- one note --- */

/* Bytes of text behind the head of a note of either byte order; 0 if it is no such head. */
static size_t text_len(const unsigned char *head, bool *big_endian_ret)
{
	bool big = load_u32(head + offsetof(Elf64_Nhdr, n_namesz), true) == OWNER_LEN;
	uint32_t len = load_u32(head + offsetof(Elf64_Nhdr, n_descsz), big);

	*big_endian_ret = big;
	if (load_u32(head + offsetof(Elf64_Nhdr, n_namesz), big) != OWNER_LEN ||
	    load_u32(head + offsetof(Elf64_Nhdr, n_type), big) != 0 ||
	    memcmp(head + sizeof(Elf64_Nhdr), "VMCOREINFO", OWNER_LEN) != 0)
		return 0;
	return len <= TEXT_MAX ? len : 0;
}

static bool is_vmcoreinfo(const char *text)
{
	return strncmp(text, "OSRELEASE=", strlen("OSRELEASE=")) == 0 && vmcoreinfo_is_usable(text);
}

/* Reads what may lie in several pages; false in *ret if some of it is not there. */
static struct error *read_text(struct memory *memory, paddr_t addr, char *to, size_t len, bool *ret)
{
	const size_t page_size = (size_t)1 << memory->page_shift;
	enum memory_state state = MEMORY_PRESENT;
	struct error *err = NULL;

	for (size_t piece; !err && len && state == MEMORY_PRESENT;
	     addr += piece, to += piece, len -= piece) {
		piece = page_size - (size_t)(addr & (page_size - 1));
		piece = piece < len ? piece : len;
		err = memory_read(memory, addr, piece, to, &state);
	}
	*ret = !err && state == MEMORY_PRESENT;
	return err;
}

/* The note at @addr, whose @head is that of one; ret->text stays NULL if it is none. */
static struct error *read_note(struct memory *memory, paddr_t addr, const unsigned char *head,
			       struct vmcoreinfo *ret)
{
	bool big, is_there;
	size_t len = text_len(head, &big);

	if (!len)
		return NULL;
	_cleanup_free_ char *text = calloc(1, len + 1);
	if (!text)
		return error_nomem();
	struct error *err = read_text(memory, addr + HEAD_LEN, text, len, &is_there);
	if (err || !is_there || !is_vmcoreinfo(text))
		return err;
	*ret = (struct vmcoreinfo){ take_ptr(text), big, true };
	return NULL;
}

/* --- all of memory --- */

static struct error *look_at(struct search *search, paddr_t addr)
{
	struct vmcoreinfo info = { 0 };
	const unsigned char *head;
	enum memory_state state;
	struct error *err =
		memory_look(search->memory, &search->buffer, addr, HEAD_LEN, &head, &state);

	if (!err && state == MEMORY_PRESENT)
		err = read_note(search->memory, addr, head, &info);
	if (err || !info.text)
		return err;
	for (size_t i = 0; i < search->count; i++) {
		if (strcmp(search->found[i].info.text, info.text) == 0) {
			free(info.text);
			return NULL;
		}
	}
	if (search->count == FOUND_MAX)
		free(info.text);
	else
		search->found[search->count++] = (struct found){ addr, info, 0 };
	return NULL;
}

static struct error *search_memory(struct search *search)
{
	const paddr_t end = UINT64_MAX >> search->memory->page_shift << search->memory->page_shift;
	struct memory_extent extent;
	struct error *err = NULL;

	for (paddr_t addr = 0; !err && addr < end; addr = extent.end) {
		err = search->memory->ops->extent(search->memory, addr, &extent);
		if (err || extent.state != MEMORY_PRESENT)
			continue;
		for (; !err && addr < extent.end; addr += STEP)
			err = look_at(search, addr);
	}
	return err;
}

/* --- one of several --- */

static struct error *refuse_several(const struct dump *dump, const struct search *search)
{
	_cleanup_free_ char *list = NULL;
	size_t len;
	FILE *stream = open_memstream(&list, &len);

	if (!stream)
		return error_nomem();
	for (size_t i = 0; i < search->count; i++) {
		const char *release = search->found[i].info.text + strlen("OSRELEASE=");
		size_t shown = strcspn(release, "\n");

		fprintf(stream, "%s%.*s at 0x%llx", i ? ", " : "",
			(int)(shown < RELEASE_SHOWN ? shown : RELEASE_SHOWN), release,
			(unsigned long long)search->found[i].addr);
	}
	if (fclose(stream))
		return error_nomem();
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' has no VMCOREINFO note, and several in its memory that differ (%s): "
			 "which is of the kernel that ran is not known; choose one with "
			 "--vmcoreinfo=ADDRESS",
			 dump->path, list);
}

/* The one that more witnesses speak for than for any other. */
static struct error *choose(const struct dump *dump, struct search *search,
			    uint16_t (*machine_of)(const void *context, const char *text),
			    const void *context, struct vmcoreinfo *ret)
{
	struct found *best = NULL;
	bool is_tie = false;

	for (size_t i = 0; i < search->count; i++) {
		struct found *found = &search->found[i];

		if (search->count > 1 && dump->options.judge)
			found->witnesses = dump->options.judge(
				search->memory, machine_of(context, found->info.text),
				found->info.big_endian, found->info.text);
		if (!best || found->witnesses > best->witnesses)
			best = found, is_tie = false;
		else
			is_tie |= found->witnesses == best->witnesses;
	}
	if (is_tie)
		return refuse_several(dump, search);
	if (best) {
		*ret = best->info;
		best->info.text = NULL;
	}
	return NULL;
}

struct error *vmcoreinfo_search(const struct dump *dump, struct memory *memory,
				uint16_t (*machine_of)(const void *context, const char *text),
				const void *context, struct vmcoreinfo *ret)
{
	_cleanup_(search_deinit) struct search search = { .memory = memory };
	struct error *err = search_memory(&search);

	*ret = (struct vmcoreinfo){ 0 };
	return err ? err : choose(dump, &search, machine_of, context, ret);
}

/* --- one that leads nowhere --- */

static bool is_believed(const struct dump *dump, bool big_endian,
			uint16_t (*machine_of)(const void *context, const char *text),
			const void *context, const char *text)
{
	return dump->options.judge(dump->memory, machine_of(context, text), big_endian, text) > 0;
}

struct error *vmcoreinfo_doubt(const struct dump *dump, bool big_endian,
			       uint16_t (*machine_of)(const void *context, const char *text),
			       const void *context, struct vmcoreinfo *info)
{
	struct vmcoreinfo other = { 0 };

	if (!dump->options.judge || is_believed(dump, big_endian, machine_of, context, info->text))
		return NULL;
	struct error *err = vmcoreinfo_search(dump, dump->memory, machine_of, context, &other);
	/* Of several that nothing speaks for the file's own is as good as any. */
	if (err)
		return error_catch(&err, ERROR_UNSUPPORTED) ? NULL : err;
	if (!other.text || !is_believed(dump, other.big_endian, machine_of, context, other.text)) {
		free(other.text);
		return NULL;
	}
	free(info->text);
	*info = other;
	return NULL;
}

/* --- the one that the user names --- */

static struct error *named_at(paddr_t addr, struct memory *memory, struct vmcoreinfo *ret)
{
	unsigned char head[HEAD_LEN];
	bool is_there;
	struct error *err = read_text(memory, addr, (char *)head, sizeof(head), &is_there);

	if (!err && is_there)
		err = read_note(memory, addr, head, ret);
	if (err || ret->text)
		return err;
	return error_new(
		ERROR_NOT_FOUND,
		"--vmcoreinfo: at the physical address 0x%llx of the dump is no VMCOREINFO "
		"note",
		(unsigned long long)addr);
}

static struct error *named_file(const char *path, struct vmcoreinfo *ret)
{
	_cleanup_(whole_file_close) struct whole_file file;
	struct error *err = whole_file_open(path, "VMCOREINFO", FILE_MAX, &file);

	if (err)
		return error_context(err, "--vmcoreinfo");
	_cleanup_free_ char *text = strndup(file.data, file.size < TEXT_MAX ? file.size : TEXT_MAX);
	if (!text)
		return error_nomem();
	if (!is_vmcoreinfo(text))
		err = error_new(ERROR_UNSUPPORTED,
				"--vmcoreinfo: '%s' is no VMCOREINFO: that is text which begins "
				"with OSRELEASE= and has the PAGESIZE",
				path);
	if (!err)
		*ret = (struct vmcoreinfo){ .text = take_ptr(text) };
	return err;
}

struct error *vmcoreinfo_named(const char *named, struct memory *memory, struct vmcoreinfo *ret)
{
	char *end;

	*ret = (struct vmcoreinfo){ 0 };
	errno = 0;
	uint64_t addr = strtoull(named, &end, 0);
	if (*named >= '0' && *named <= '9' && !errno && !*end)
		return named_at(addr, memory, ret);
	return named_file(named, ret);
}
