// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writes an ELF vmcore of chosen pages. In the file: ELF header, one section
 * header if it takes one to count the segments, program headers, notes, pages.
 */
#include <elf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/file_bytes.h"
#include "formats/dump/image_notes.h"
#include "formats/dump/image_put.h"
#include "formats/dump/new_file.h"
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

static bool in_window(const struct dump_image *image, pfn_t pfn)
{
	paddr_t addr = pfn << image->memory->page_shift;

	return addr >= image->window_paddr && addr - image->window_paddr < image->window_bytes;
}

/* One past the last page of the run that begins with page @first. */
static size_t run_end(const struct dump_image *image, size_t first)
{
	size_t end = first + 1;

	while (end < image->page_count && image->pages[end] == image->pages[end - 1] + 1 &&
	       in_window(image, image->pages[end]) == in_window(image, image->pages[first]))
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
	uint64_t offset, vaddr, paddr, filesz, memsz;
};

static void build_phdr(const struct phdr *phdr, bool big, uint8_t *to)
{
	memset(to, 0, sizeof(Elf64_Phdr));
	store32(to + offsetof(Elf64_Phdr, p_type), phdr->type, big);
	store32(to + offsetof(Elf64_Phdr, p_flags), phdr->flags, big);
	store64(to + offsetof(Elf64_Phdr, p_offset), phdr->offset, big);
	store64(to + offsetof(Elf64_Phdr, p_vaddr), phdr->vaddr, big);
	store64(to + offsetof(Elf64_Phdr, p_paddr), phdr->paddr, big);
	store64(to + offsetof(Elf64_Phdr, p_filesz), phdr->filesz, big);
	store64(to + offsetof(Elf64_Phdr, p_memsz), phdr->memsz, big);
	/* p_align stays 0: crash takes a dump with an alignment for one of netdump. */
}

/* As in QEMU's dumps, but in the window: who knows where the kernel maps it? */
static uint64_t vaddr_of(const struct dump_image *image, paddr_t addr)
{
	if (!in_window(image, addr >> image->memory->page_shift))
		return addr;
	return image->window_vaddr + (addr - image->window_paddr);
}

/* The segment of pages [first, end) of the image. */
static struct phdr page_run(const struct layout *layout, size_t first, size_t end)
{
	const struct dump_image *image = layout->image;
	const uint64_t len = (end - first) * page_size(image);
	const paddr_t addr = image->pages[first] << image->memory->page_shift;

	return (struct phdr){
		.type = PT_LOAD,
		.flags = PF_R | PF_W | PF_X,
		.offset = layout->pages_offset + first * page_size(image),
		.vaddr = vaddr_of(image, addr),
		.paddr = addr,
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
		.vaddr = extent->start,
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
	return new_file_put(file, headers, layout->notes_offset);
}

static struct error *put_padding(struct new_file *file, const struct layout *layout)
{
	for (uint64_t at = layout->notes_offset + layout->notes_len; at < layout->pages_offset;
	     at++) {
		struct error *err = new_file_put(file, "", 1);

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
	return err ? err : new_file_put(file, buf, page_size(image));
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

struct error *elf_image_put(struct new_file *file, const struct dump_image *image)
{
	_cleanup_free_ uint8_t *notes = NULL;
	size_t notes_len;
	struct error *err = image_notes_build(image, &notes, &notes_len);
	if (err)
		return err;

	const struct layout layout = layout_of(image, notes_len);
	if (layout.phdr_count > INT_MAX)
		return error_new(ERROR_UNSUPPORTED, "too many separate pages for an ELF file");
	err = put_headers(file, &layout);
	if (!err)
		err = new_file_put(file, notes, notes_len);
	if (!err)
		err = put_padding(file, &layout);
	if (!err)
		err = put_pages(file, image);
	return err;
}
