// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writes an ELF vmcore of chosen pages. In the file: ELF header, one section
 * header if it takes one to count the segments, program headers, notes, pages.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/dump/bytes.h"
#include "formats/dump/distilled.h"
#include "include/dump.h"
#include "include/error.h"

/* --- the layout of the file --- */

struct layout {
	const struct dump_image *image;
	size_t phdr_count;
	bool has_section; /* the number of segments is in section 0 */
	uint64_t notes_offset, notes_len;
	uint64_t pages_offset;
};

static size_t page_size(const struct dump_image *image)
{
	return (size_t)1 << image->memory->page_shift;
}

/* One past the last page of the run that begins with page @first. */
static size_t run_end(const struct dump_image *image, size_t first)
{
	size_t end = first + 1;

	while (end < image->page_count && image->pages[end] == image->pages[end - 1] + 1)
		end++;
	return end;
}

static size_t count_runs(const struct dump_image *image)
{
	size_t count = 0;

	for (size_t i = 0; i < image->page_count; i = run_end(image, i))
		count++;
	return count;
}

/*
 * Whether an extent gets a segment with no bytes in the file, which other tools
 * read as zero: as they did in the full dump.
 */
static bool is_gap(const struct dump_image *image, const struct memory_extent *extent)
{
	return image->omits_zero_pages && extent->state == MEMORY_EXCLUDED;
}

static size_t count_gaps(const struct dump_image *image)
{
	size_t count = 0;

	for (size_t i = 0; i < image->extent_count; i++)
		count += is_gap(image, &image->extents[i]);
	return count;
}

static struct layout layout_of(const struct dump_image *image, uint64_t notes_len)
{
	struct layout layout = { .image = image, .notes_len = notes_len };

	layout.phdr_count = 1 + count_runs(image) + count_gaps(image);
	layout.has_section = layout.phdr_count >= PN_XNUM;
	layout.notes_offset = sizeof(Elf64_Ehdr) + (layout.has_section ? sizeof(Elf64_Shdr) : 0) +
			      layout.phdr_count * sizeof(Elf64_Phdr);

	uint64_t page_mask = page_size(image) - 1;
	layout.pages_offset = (layout.notes_offset + notes_len + page_mask) & ~page_mask;
	return layout;
}

/* --- headers --- */

static void build_ehdr(const struct layout *layout, uint8_t *to)
{
	const struct dump_image *image = layout->image;
	const bool big = image->big_endian;

	memset(to, 0, sizeof(Elf64_Ehdr));
	memcpy(to, ELFMAG, SELFMAG);
	to[EI_CLASS] = ELFCLASS64;
	to[EI_DATA] = big ? ELFDATA2MSB : ELFDATA2LSB;
	to[EI_VERSION] = EV_CURRENT;

	store16(to + offsetof(Elf64_Ehdr, e_type), ET_CORE, big);
	store16(to + offsetof(Elf64_Ehdr, e_machine), image->elf_machine, big);
	store32(to + offsetof(Elf64_Ehdr, e_version), EV_CURRENT, big);
	store16(to + offsetof(Elf64_Ehdr, e_ehsize), sizeof(Elf64_Ehdr), big);
	store16(to + offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr), big);
	store16(to + offsetof(Elf64_Ehdr, e_phnum),
		layout->has_section ? PN_XNUM : (uint16_t)layout->phdr_count, big);
	store64(to + offsetof(Elf64_Ehdr, e_phoff),
		sizeof(Elf64_Ehdr) + (layout->has_section ? sizeof(Elf64_Shdr) : 0), big);
	if (layout->has_section) {
		store64(to + offsetof(Elf64_Ehdr, e_shoff), sizeof(Elf64_Ehdr), big);
		store16(to + offsetof(Elf64_Ehdr, e_shentsize), sizeof(Elf64_Shdr), big);
		store16(to + offsetof(Elf64_Ehdr, e_shnum), 1, big);
	}
}

static void build_section(const struct layout *layout, uint8_t *to)
{
	memset(to, 0, sizeof(Elf64_Shdr));
	store32(to + offsetof(Elf64_Shdr, sh_info), (uint32_t)layout->phdr_count,
		layout->image->big_endian);
}

struct phdr {
	uint32_t type, flags;
	uint64_t offset, paddr, filesz, memsz;
};

static void build_phdr(const struct phdr *phdr, bool big, uint8_t *to)
{
	memset(to, 0, sizeof(Elf64_Phdr));
	store32(to + offsetof(Elf64_Phdr, p_type), phdr->type, big);
	store32(to + offsetof(Elf64_Phdr, p_flags), phdr->flags, big);
	store64(to + offsetof(Elf64_Phdr, p_offset), phdr->offset, big);
	/* As in QEMU's dumps: who knows where the kernel maps it? */
	store64(to + offsetof(Elf64_Phdr, p_vaddr), phdr->paddr, big);
	store64(to + offsetof(Elf64_Phdr, p_paddr), phdr->paddr, big);
	store64(to + offsetof(Elf64_Phdr, p_filesz), phdr->filesz, big);
	store64(to + offsetof(Elf64_Phdr, p_memsz), phdr->memsz, big);
	/* p_align stays 0: crash takes a dump with an alignment for one of netdump. */
}

/* The segment of pages [first, end) of the image. */
static struct phdr page_run(const struct layout *layout, size_t first, size_t end)
{
	const struct dump_image *image = layout->image;
	const uint64_t len = (end - first) * page_size(image);

	return (struct phdr){
		.type = PT_LOAD,
		.flags = PF_R | PF_W | PF_X,
		.offset = layout->pages_offset + first * page_size(image),
		.paddr = image->pages[first] << image->memory->page_shift,
		.filesz = len,
		.memsz = len,
	};
}

static struct phdr gap(const struct layout *layout, const struct memory_extent *extent)
{
	return (struct phdr){
		.type = PT_LOAD,
		.flags = PF_R | PF_W | PF_X,
		.offset = layout->pages_offset,
		.paddr = extent->start,
		.memsz = extent->end - extent->start,
	};
}

static void build_phdrs(const struct layout *layout, uint8_t *to)
{
	const struct dump_image *image = layout->image;
	struct phdr phdr = { .type = PT_NOTE,
			     .offset = layout->notes_offset,
			     .filesz = layout->notes_len,
			     .memsz = layout->notes_len };

	build_phdr(&phdr, image->big_endian, to);
	for (size_t i = 0, end; i < image->page_count; i = end) {
		end = run_end(image, i);
		phdr = page_run(layout, i, end);
		to += sizeof(Elf64_Phdr);
		build_phdr(&phdr, image->big_endian, to);
	}
	for (size_t i = 0; i < image->extent_count; i++) {
		if (!is_gap(image, &image->extents[i]))
			continue;
		phdr = gap(layout, &image->extents[i]);
		to += sizeof(Elf64_Phdr);
		build_phdr(&phdr, image->big_endian, to);
	}
}

/* --- notes --- */

struct note {
	const char *owner;
	uint32_t type;
	const void *desc;
	size_t desc_len;
};

enum { NOTE_ALIGN = 4 };

static size_t padded(size_t len)
{
	return (len + NOTE_ALIGN - 1) / NOTE_ALIGN * NOTE_ALIGN;
}

static size_t note_len(const struct note *note)
{
	return sizeof(Elf64_Nhdr) + padded(strlen(note->owner) + 1) + padded(note->desc_len);
}

/* @to is zeroed. */
static void build_note(const struct note *note, bool big, uint8_t *to)
{
	const size_t owner_len = strlen(note->owner) + 1;

	store32(to + offsetof(Elf64_Nhdr, n_namesz), (uint32_t)owner_len, big);
	store32(to + offsetof(Elf64_Nhdr, n_descsz), (uint32_t)note->desc_len, big);
	store32(to + offsetof(Elf64_Nhdr, n_type), note->type, big);
	to += sizeof(Elf64_Nhdr);
	memcpy(to, note->owner, owner_len);
	memcpy(to + padded(owner_len), note->desc, note->desc_len);
}

static struct error *join_notes(const struct note *notes, size_t count, bool big, uint8_t **ret,
				size_t *len_ret)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += note_len(&notes[i]);
	if (len > DISTILLED_NOTE_MAX_BYTES)
		return error_new(ERROR_UNSUPPORTED, "the notes are too large for a small dump");

	uint8_t *bytes = calloc(1, len);
	if (!bytes)
		return error_nomem();
	*ret = bytes;
	*len_ret = len;
	for (size_t i = 0; i < count; i++) {
		build_note(&notes[i], big, bytes);
		bytes += note_len(&notes[i]);
	}
	return NULL;
}

static struct error *build_notes(const struct dump_image *image, uint8_t **ret, size_t *len_ret)
{
	enum { NOTES_MAX = 3 };
	const struct distilled distilled = {
		.extents = (struct memory_extent *)image->extents,
		.extent_count = image->extent_count,
		.omits_zero_pages = image->omits_zero_pages,
		.truncated = image->truncated,
		.missing_bytes = image->missing_bytes,
	};
	_cleanup_free_ uint8_t *extents = NULL;
	size_t extents_len;
	struct error *err = distilled_encode(&distilled, &extents, &extents_len);
	if (err)
		return err;

	struct note notes[NOTES_MAX] = {
		{ "VMCOREINFO", 0, image->vmcoreinfo, strlen(image->vmcoreinfo) },
		{ DISTILLED_NOTE_OWNER, DISTILLED_NOTE_EXTENTS, extents, extents_len },
	};
	size_t count = 2;
	if (image->profile)
		notes[count++] = (struct note){ DISTILLED_NOTE_OWNER, DISTILLED_NOTE_PROFILE,
						image->profile, strlen(image->profile) };
	return join_notes(notes, count, image->big_endian, ret, len_ret);
}

/* --- the new file --- */

/* A file that gets its name when it is whole, and else goes away. */
struct new_file {
	const char *path;
	char *temporary_path; /* NULL when it is not there */
	FILE *stream;
};

static void new_file_deinit(struct new_file *file)
{
	if (file->stream)
		fclose(file->stream);
	if (file->temporary_path)
		unlink(file->temporary_path);
	free(file->temporary_path);
}

static struct error *write_failure(const char *path)
{
	return error_new(ERROR_OS, "cannot write '%s': %s", path, strerror(errno));
}

/* Before the work is done; new_file_finish() is what decides. */
static struct error *check_target(const char *path, bool replace)
{
	struct stat status;

	if (stat(path, &status))
		return NULL;
	if (!S_ISREG(status.st_mode))
		return error_new(ERROR_OS, "cannot write '%s': it is no regular file", path);
	if (!replace)
		return error_new(ERROR_OS, "cannot write '%s': it exists", path);
	return NULL;
}

/* In the same directory, so that it can be renamed. */
static struct error *new_file_init(struct new_file *file, const char *path)
{
	file->path = path;
	if (asprintf(&file->temporary_path, "%s.XXXXXX", path) < 0) {
		file->temporary_path = NULL;
		return error_nomem();
	}

	int fd = mkostemp(file->temporary_path, O_CLOEXEC);
	if (fd < 0) {
		struct error *err = write_failure(path);

		free(take_ptr(file->temporary_path));
		return err;
	}
	file->stream = fdopen(fd, "w");
	if (!file->stream) {
		close(fd);
		return error_nomem();
	}
	return NULL;
}

static struct error *put(struct new_file *file, const void *data, size_t len)
{
	if (fwrite(data, 1, len, file->stream) != len)
		return write_failure(file->path);
	return NULL;
}

/* Gives the file its name, over another one only if @replace. */
static int give_name(const struct new_file *file, bool replace)
{
	if (replace)
		return rename(file->temporary_path, file->path);
	if (!renameat2(AT_FDCWD, file->temporary_path, AT_FDCWD, file->path, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without that flag. */
	if (link(file->temporary_path, file->path))
		return -1;
	return unlink(file->temporary_path);
}

static struct error *new_file_finish(struct new_file *file, bool replace)
{
	if (fclose(take_ptr(file->stream)) || give_name(file, replace))
		return write_failure(file->path);
	free(take_ptr(file->temporary_path));
	return NULL;
}

/* --- writing --- */

static struct error *put_headers(struct new_file *file, const struct layout *layout)
{
	_cleanup_free_ uint8_t *headers = calloc(1, layout->notes_offset);
	if (!headers)
		return error_nomem();

	uint8_t *to = headers;
	build_ehdr(layout, to);
	to += sizeof(Elf64_Ehdr);
	if (layout->has_section) {
		build_section(layout, to);
		to += sizeof(Elf64_Shdr);
	}
	build_phdrs(layout, to);
	return put(file, headers, layout->notes_offset);
}

static struct error *put_padding(struct new_file *file, const struct layout *layout)
{
	for (uint64_t at = layout->notes_offset + layout->notes_len; at < layout->pages_offset;
	     at++) {
		struct error *err = put(file, "", 1);

		if (err)
			return err;
	}
	return NULL;
}

static struct error *put_page(struct new_file *file, const struct dump_image *image, pfn_t pfn,
			      void *buf)
{
	const paddr_t addr = pfn << image->memory->page_shift;
	enum memory_state state;
	struct error *err =
		image->memory->ops->read(image->memory, addr, page_size(image), buf, &state);

	if (!err && state != MEMORY_PRESENT)
		err = error_new(ERROR_CORRUPT, "the page at 0x%llx is not in the dump",
				(unsigned long long)addr);
	return err ? err : put(file, buf, page_size(image));
}

static struct error *put_pages(struct new_file *file, const struct dump_image *image)
{
	_cleanup_free_ void *buf = malloc(page_size(image));
	if (!buf)
		return error_nomem();

	for (size_t i = 0; i < image->page_count; i++) {
		struct error *err = put_page(file, image, image->pages[i], buf);

		if (err)
			return err;
	}
	return NULL;
}

static struct error *put_image(struct new_file *file, const struct dump_image *image)
{
	_cleanup_free_ uint8_t *notes = NULL;
	size_t notes_len;
	struct error *err = build_notes(image, &notes, &notes_len);
	if (err)
		return err;

	const struct layout layout = layout_of(image, notes_len);
	if (layout.phdr_count > INT_MAX)
		return error_new(ERROR_UNSUPPORTED, "too many separate pages for an ELF file");
	err = put_headers(file, &layout);
	if (!err)
		err = put(file, notes, notes_len);
	if (!err)
		err = put_padding(file, &layout);
	if (!err)
		err = put_pages(file, image);
	return err;
}

struct error *dump_write_elf(const char *path, bool replace, const struct dump_image *image)
{
	_cleanup_(new_file_deinit) struct new_file file = { 0 };
	struct error *err = check_target(path, replace);

	if (!err)
		err = new_file_init(&file, path);
	if (!err)
		err = put_image(&file, image);
	return err ? err : new_file_finish(&file, replace);
}
