// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writes a kdump-compressed file of chosen pages, version 6. In the file: header,
 * sub-header with the notes, the two bitmaps (alike here), a descriptor for each
 * page, pages. Linux has no description of it; makedumpfile's diskdump_mod.h has.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "formats/dump/file_bytes.h"
#include "formats/dump/image_notes.h"
#include "formats/dump/image_put.h"
#include "formats/dump/dump_machine.h"
#include "formats/dump/new_file.h"
#include "include/dump.h"
#include "include/error.h"

/* Offsets in the header; see also kdump_header.c, which reads them. */
enum {
	HEADER_VERSION = 8,
	HEADER_UTSNAME = 12,
	UTS_BYTES = 65,
	HEADER_STATUS = 424,
	HEADER_BLOCK_SIZE = 428,
	HEADER_SUB_HEADER_BLOCKS = 432,
	HEADER_BITMAP_BLOCKS = 436,
	HEADER_MAX_MAPNR = 440,
	HEADER_TOTAL_RAM_BLOCKS = 444,
	HEADER_WRITTEN_BLOCKS = 452,
	HEADER_NR_CPUS = 460,

	SUB_PHYS_BASE = 0,
	SUB_DUMP_LEVEL = 8,
	SUB_OFFSET_VMCOREINFO = 32,
	SUB_SIZE_VMCOREINFO = 40,
	SUB_OFFSET_NOTE = 48,
	SUB_SIZE_NOTE = 56,
	SUB_END_PFN = 88,
	SUB_MAX_MAPNR = 96,
	SUB_BYTES = 104,

	DESCRIPTOR_BYTES = 24,
	DESCRIPTOR_SIZE = 8,
	DESCRIPTOR_FLAGS = 12,
};

enum { VERSION = 6, COMPRESSED_ZSTD = 0x20, LEVEL_ALL = 31, ZSTD_LEVEL = 19 };

struct layout {
	const struct dump_image *image;
	uint64_t block;
	uint64_t max_pfn;		    /* one past the last page */
	uint64_t sub_blocks, bitmap_blocks; /* of one bitmap */
	uint64_t vmcoreinfo_offset, notes_offset;
	size_t vmcoreinfo_len, notes_len;
	uint64_t descriptors_offset, pages_offset;
};

static uint64_t blocks_for(uint64_t bytes, uint64_t block)
{
	return (bytes + block - 1) / block;
}

static struct layout layout_of(const struct dump_image *image, size_t notes_len)
{
	struct layout layout = {
		.image = image,
		.block = UINT64_C(1) << image->memory->page_shift,
		.max_pfn = image->page_count ? image->pages[image->page_count - 1] + 1 : 0,
		.vmcoreinfo_len = strlen(image->vmcoreinfo),
		.notes_len = notes_len,
	};

	layout.vmcoreinfo_offset = layout.block + SUB_BYTES;
	layout.notes_offset = layout.vmcoreinfo_offset + (layout.vmcoreinfo_len + 7) / 8 * 8;
	layout.sub_blocks =
		blocks_for(layout.notes_offset + notes_len - layout.block, layout.block);
	layout.bitmap_blocks = blocks_for(blocks_for(layout.max_pfn, CHAR_BIT), layout.block);
	layout.descriptors_offset =
		(1 + layout.sub_blocks + 2 * layout.bitmap_blocks) * layout.block;
	layout.pages_offset = layout.descriptors_offset + image->page_count * DESCRIPTOR_BYTES;
	return layout;
}

/* --- headers ------------------------------------------------------------------ */

/* The value of a line of VMCOREINFO, up to its end. */
static size_t fact(const char *vmcoreinfo, const char *key, const char **ret)
{
	size_t len = strlen(key);

	for (const char *line = vmcoreinfo; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == '=') {
			*ret = line + len + 1;
			return strcspn(*ret, "\n");
		}
	}
	return 0;
}

static void put_uts(uint8_t *header, unsigned field, const char *text, size_t len)
{
	if (len >= UTS_BYTES)
		len = UTS_BYTES - 1;
	memcpy(header + HEADER_UTSNAME + field * UTS_BYTES, text, len);
}

static void build_header(const struct layout *layout, uint8_t *to)
{
	const struct dump_image *image = layout->image;
	const char *machine = machine_name(image->elf_machine), *release = "";
	size_t release_len = fact(image->vmcoreinfo, "OSRELEASE", &release);
	bool big = image->big_endian;

	memcpy(to, "KDUMP   ", 8);
	store32(to + HEADER_VERSION, VERSION, big);
	put_uts(to, 0, "Linux", 5);
	put_uts(to, 2, release, release_len);
	put_uts(to, 4, machine, strlen(machine));
	store32(to + HEADER_STATUS, COMPRESSED_ZSTD, big);
	store32(to + HEADER_BLOCK_SIZE, (uint32_t)layout->block, big);
	store32(to + HEADER_SUB_HEADER_BLOCKS, (uint32_t)layout->sub_blocks, big);
	store32(to + HEADER_BITMAP_BLOCKS, (uint32_t)(2 * layout->bitmap_blocks), big);
	store32(to + HEADER_MAX_MAPNR,
		layout->max_pfn > UINT32_MAX ? UINT32_MAX : (uint32_t)layout->max_pfn, big);
	store32(to + HEADER_TOTAL_RAM_BLOCKS, (uint32_t)image->page_count, big);
	store32(to + HEADER_WRITTEN_BLOCKS, (uint32_t)image->page_count, big);
	store32(to + HEADER_NR_CPUS, 1, big);
}

static void build_sub_header(const struct layout *layout, uint8_t *to)
{
	const struct dump_image *image = layout->image;
	const char *phys_base = "0";
	bool big = image->big_endian;

	fact(image->vmcoreinfo, "NUMBER(phys_base)", &phys_base);
	store64(to + SUB_PHYS_BASE, (uint64_t)strtoll(phys_base, NULL, 10), big);
	store32(to + SUB_DUMP_LEVEL, LEVEL_ALL, big);
	store64(to + SUB_OFFSET_VMCOREINFO, layout->vmcoreinfo_offset, big);
	store64(to + SUB_SIZE_VMCOREINFO, layout->vmcoreinfo_len, big);
	store64(to + SUB_OFFSET_NOTE, layout->notes_offset, big);
	store64(to + SUB_SIZE_NOTE, layout->notes_len, big);
	store64(to + SUB_END_PFN, layout->max_pfn, big);
	store64(to + SUB_MAX_MAPNR, layout->max_pfn, big);
}

static struct error *put_headers(struct new_file *file, const struct layout *layout,
				 const uint8_t *notes)
{
	size_t len = (1 + layout->sub_blocks) * layout->block;
	_cleanup_free_ uint8_t *headers = calloc(1, len);

	if (!headers)
		return error_nomem();
	build_header(layout, headers);
	build_sub_header(layout, headers + layout->block);
	memcpy(headers + layout->vmcoreinfo_offset, layout->image->vmcoreinfo,
	       layout->vmcoreinfo_len);
	memcpy(headers + layout->notes_offset, notes, layout->notes_len);
	return new_file_put(file, headers, len);
}

/* --- bitmaps ------------------------------------------------------------------- */

/* One block of it; *next is the first page that is not in an earlier one. */
static bool build_block(const struct layout *layout, uint64_t number, size_t *next, uint8_t *to)
{
	const struct dump_image *image = layout->image;
	uint64_t pages = layout->block * CHAR_BIT, first = number * pages;
	bool any = false;

	memset(to, 0, layout->block);
	for (; *next < image->page_count && image->pages[*next] - first < pages; ++*next) {
		uint64_t bit = image->pages[*next] - first;

		to[bit / CHAR_BIT] |= (uint8_t)(1U << bit % CHAR_BIT);
		any = true;
	}
	return any;
}

/* Blocks of zeroes are left out: they cost nothing on disk, however large the machine. */
static struct error *put_bitmaps(struct new_file *file, const struct layout *layout)
{
	_cleanup_free_ uint8_t *block = malloc(layout->block);
	struct error *err = NULL;

	if (!block)
		return error_nomem();
	for (unsigned map = 0; map < 2; map++) {
		uint64_t at =
			(1 + layout->sub_blocks + map * layout->bitmap_blocks) * layout->block;
		size_t next = 0;

		for (uint64_t i = 0; !err && i < layout->bitmap_blocks; i++) {
			if (!build_block(layout, i, &next, block))
				continue;
			err = new_file_seek(file, at + i * layout->block);
			if (!err)
				err = new_file_put(file, block, layout->block);
		}
	}
	return err;
}

/* --- pages --------------------------------------------------------------------- */

struct packer {
	ZSTD_CCtx *zstd;
	uint8_t *page, *packed;
	size_t packed_room;
	uint8_t *descriptors, *descriptor; /* of the next page */
	uint64_t offset;
};

static void packer_deinit(struct packer *packer)
{
	ZSTD_freeCCtx(packer->zstd);
	free(packer->page);
	free(packer->packed);
	free(packer->descriptors);
}

static struct error *packer_init(struct packer *packer, const struct layout *layout)
{
	packer->packed_room = ZSTD_compressBound(layout->block);
	packer->zstd = ZSTD_createCCtx();
	packer->page = malloc(layout->block);
	packer->packed = malloc(packer->packed_room);
	packer->descriptors = calloc(layout->image->page_count + 1, DESCRIPTOR_BYTES);
	packer->descriptor = packer->descriptors;
	packer->offset = layout->pages_offset;
	if (!packer->zstd || !packer->page || !packer->packed || !packer->descriptors)
		return error_nomem();
	return NULL;
}

static struct error *load_page(const struct dump_image *image, pfn_t pfn, void *buf)
{
	paddr_t addr = pfn << image->memory->page_shift;
	enum memory_state state;
	struct error *err = image->memory->ops->read(
		image->memory, addr, (size_t)1 << image->memory->page_shift, buf, &state);

	if (!err && state != MEMORY_PRESENT)
		err = error_new(ERROR_CORRUPT, "the page at 0x%llx is not in the dump",
				(unsigned long long)addr);
	return err;
}

/* As it is where packing does not make it smaller. */
static struct error *put_page(struct new_file *file, struct packer *packer,
			      const struct layout *layout)
{
	bool big = layout->image->big_endian;
	size_t len = ZSTD_compressCCtx(packer->zstd, packer->packed, packer->packed_room,
				       packer->page, layout->block, ZSTD_LEVEL);
	bool is_packed = !ZSTD_isError(len) && len < layout->block;

	if (!is_packed)
		len = layout->block;
	store64(packer->descriptor, packer->offset, big);
	store32(packer->descriptor + DESCRIPTOR_SIZE, (uint32_t)len, big);
	store32(packer->descriptor + DESCRIPTOR_FLAGS, is_packed ? COMPRESSED_ZSTD : 0, big);
	packer->descriptor += DESCRIPTOR_BYTES;
	packer->offset += len;
	return new_file_put(file, is_packed ? packer->packed : packer->page, len);
}

static struct error *put_pages(struct new_file *file, const struct layout *layout)
{
	const struct dump_image *image = layout->image;
	_cleanup_(packer_deinit) struct packer packer = { 0 };
	struct error *err = packer_init(&packer, layout);

	if (!err)
		err = new_file_seek(file, layout->pages_offset);
	for (size_t i = 0; !err && i < image->page_count; i++) {
		err = load_page(image, image->pages[i], packer.page);
		if (!err)
			err = put_page(file, &packer, layout);
	}
	if (!err)
		err = new_file_seek(file, layout->descriptors_offset);
	if (!err)
		err = new_file_put(file, packer.descriptors, image->page_count * DESCRIPTOR_BYTES);
	return err;
}

struct error *kdump_image_put(struct new_file *file, const struct dump_image *image)
{
	_cleanup_free_ uint8_t *notes = NULL;
	size_t notes_len;

	if (image->page_count > UINT32_MAX)
		return error_new(ERROR_UNSUPPORTED, "too many pages for a kdump-compressed file");
	struct error *err = image_notes_build(image, &notes, &notes_len);
	if (err)
		return err;

	struct layout layout = layout_of(image, notes_len);
	err = put_headers(file, &layout, notes);
	if (!err)
		err = put_bitmaps(file, &layout);
	return err ? err : put_pages(file, &layout);
}
