// SPDX-License-Identifier: LGPL-2.1-or-later
/* Looks for the kernel's VMCOREINFO in memory. */
#include "formats/dump/vmcoreinfo_search.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/file.h"
#include "formats/dump/segments.h"
#include "include/bytes.h"
#include "include/error.h"

enum {
	STEP = 4096, /* the smallest page */
	OWNER_LEN = sizeof("VMCOREINFO"),
	HEAD_LEN = sizeof(Elf64_Nhdr) + 12, /* with the owner, padded */
	TEXT_MAX = 1 << 16,
};

struct search {
	const struct dump_file *file;
	bool big_endian; /* of what was found */
	char *found;
};

/* Bytes of text behind the head of a note of either byte order; 0 if it is no such head. */
static size_t text_len(const unsigned char head[HEAD_LEN], bool *big_endian_ret)
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
	return strncmp(text, "OSRELEASE=", strlen("OSRELEASE=")) == 0 &&
	       strstr(text, "\nPAGESIZE=");
}

/* Takes the text at @offset, unless it is there already. */
static struct error *take(struct search *search, uint64_t offset, size_t len, bool big_endian)
{
	_cleanup_free_ char *text = calloc(1, len + 1);
	size_t got;

	if (!text)
		return error_nomem();
	struct error *err = dump_file_read(search->file, offset, text, len, &got);
	if (err || got < len || !is_vmcoreinfo(text))
		return err;
	if (search->found && strcmp(search->found, text) != 0)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' has no VMCOREINFO note, and several in its memory that "
				 "differ: which is of the kernel that ran cannot be told",
				 search->file->path);
	if (!search->found) {
		search->found = take_ptr(text);
		search->big_endian = big_endian;
	}
	return NULL;
}

static struct error *search_segment(struct search *search, const struct segment *segment)
{
	paddr_t first = (segment->start + STEP - 1) / STEP * STEP;

	for (paddr_t addr = first; addr < segment->end; addr += STEP) {
		uint64_t offset = segment->offset + (addr - segment->start);
		unsigned char head[HEAD_LEN];
		size_t got, len;
		bool big;

		if (segment->end - addr < HEAD_LEN)
			break;
		struct error *err = dump_file_read(search->file, offset, head, sizeof(head), &got);
		if (err || got < sizeof(head))
			return err;
		len = text_len(head, &big);
		if (len && len <= segment->end - addr - HEAD_LEN)
			err = take(search, offset + HEAD_LEN, len, big);
		if (err)
			return err;
	}
	return NULL;
}

struct error *vmcoreinfo_search(const struct dump_file *file, const struct segment *segments,
				size_t count, bool *big_endian, char **ret)
{
	struct search search = { .file = file };
	struct error *err = NULL;

	for (size_t i = 0; !err && i < count; i++)
		if (segments[i].state == MEMORY_PRESENT)
			err = search_segment(&search, &segments[i]);
	if (err) {
		free(search.found);
		return err;
	}
	if (search.found)
		*big_endian = search.big_endian;
	*ret = search.found;
	return NULL;
}
