// SPDX-License-Identifier: LGPL-2.1-or-later
/* The two headers of diskdump and kdump-compressed files, as 64-bit kernels have them. */
#include "formats/dump/kdump_header.h"

#include <limits.h>
#include <string.h>

#include "formats/dump/machine.h"
#include "include/bytes.h"
#include "include/error.h"

/* Offsets in the header, which begins the file. */
enum {
	HEADER_VERSION = 8,
	HEADER_UTSNAME = 12,
	HEADER_UTS_MACHINE = HEADER_UTSNAME + 4 * UTS_FIELD_BYTES,
	HEADER_UTS_DOMAINNAME = HEADER_UTSNAME + 5 * UTS_FIELD_BYTES,
	HEADER_TIMESTAMP = 408,
	HEADER_STATUS = 424,
	HEADER_BLOCK_SIZE = 428,
	HEADER_SUB_HEADER_BLOCKS = 432,
	HEADER_BITMAP_BLOCKS = 436,
	HEADER_MAX_MAPNR = 440,
	HEADER_BYTES = 464,

	/* A 32-bit kernel's time stamp is shorter. */
	HEADER32_BLOCK_SIZE = 416,
};

/* Offsets in the sub-header, which begins the second block. */
enum {
	SUB_SPLIT = 12,		    /* since version 2 */
	SUB_START_PFN_OLD = 16,	    /* the same */
	SUB_END_PFN_OLD = 24,	    /* the same */
	SUB_OFFSET_VMCOREINFO = 32, /* since version 3 */
	SUB_SIZE_VMCOREINFO = 40,   /* the same */
	SUB_OFFSET_NOTE = 48,	    /* since version 4 */
	SUB_SIZE_NOTE = 56,	    /* the same */
	SUB_OFFSET_ERASEINFO = 64,  /* since version 5; libkdumpfile reads it of version 4 too */
	SUB_SIZE_ERASEINFO = 72,    /* the same */
	SUB_START_PFN = 80,	    /* since version 6 */
	SUB_END_PFN = 88,	    /* the same */
	SUB_MAX_MAPNR = 96,	    /* the same */
	SUB_BYTES = 104,
};

enum { STATUS_INCOMPLETE = 8 };

/* libkdumpfile since 0.5.2 allocates what the header says. */
enum { ERASEINFO_MAX_BYTES = 64 << 20 };

struct raw {
	uint8_t header[HEADER_BYTES];
	uint8_t sub[SUB_BYTES];
	bool big_endian;
};

static uint32_t header32(const struct raw *raw, size_t offset)
{
	return load_u32(raw->header + offset, raw->big_endian);
}

static uint64_t sub64(const struct raw *raw, size_t offset)
{
	return load_u64(raw->sub + offset, raw->big_endian);
}

/* The byte order is the one in which the page size makes sense. */
static struct error *find_byte_order(const struct dump_file *file, struct raw *raw)
{
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		raw->big_endian = big_endian;
		if (page_size_shift(header32(raw, HEADER_BLOCK_SIZE)))
			return NULL;
	}
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		if (page_size_shift(load_u32(raw->header + HEADER32_BLOCK_SIZE, big_endian)))
			return error_new(ERROR_UNSUPPORTED,
					 "'%s' is a dump of a 32-bit kernel; only dumps of 64-bit "
					 "kernels can be analysed",
					 file->path);
	}
	return error_new(ERROR_CORRUPT,
			 "'%s': the page size in its kdump header is impossible (%u bytes)",
			 file->path, load_u32(raw->header + HEADER_BLOCK_SIZE, false));
}

static struct error *read_raw(const struct dump_file *file, struct raw *raw)
{
	struct error *err =
		dump_file_read_exact(file, 0, raw->header, sizeof(raw->header), "kdump header");
	if (!err)
		err = find_byte_order(file, raw);
	if (!err)
		err = dump_file_read_exact(file, header32(raw, HEADER_BLOCK_SIZE), raw->sub,
					   sizeof(raw->sub), "kdump sub-header");
	return err;
}

static void take_uts(const struct raw *raw, struct kdump_header *header)
{
	memcpy(header->uts_machine, raw->header + HEADER_UTS_MACHINE, UTS_FIELD_BYTES);
	memcpy(header->identity, raw->header + HEADER_UTSNAME, 6 * UTS_FIELD_BYTES);
	memcpy(header->identity + 6 * UTS_FIELD_BYTES, raw->header + HEADER_TIMESTAMP, 16);
}

static void take_sub_header(const struct raw *raw, struct kdump_header *header)
{
	header->start_pfn = 0;
	header->end_pfn = header->max_pfn = header32(raw, HEADER_MAX_MAPNR);
	if (header->version >= 6)
		header->end_pfn = header->max_pfn = sub64(raw, SUB_MAX_MAPNR);

	header->is_split = header->version >= 2 && load_u32(raw->sub + SUB_SPLIT, raw->big_endian);
	if (header->is_split) {
		bool old = header->version < 6;

		header->start_pfn = sub64(raw, old ? SUB_START_PFN_OLD : SUB_START_PFN);
		header->end_pfn = sub64(raw, old ? SUB_END_PFN_OLD : SUB_END_PFN);
	}
	if (header->version >= 3) {
		header->vmcoreinfo_offset = sub64(raw, SUB_OFFSET_VMCOREINFO);
		header->vmcoreinfo_len = sub64(raw, SUB_SIZE_VMCOREINFO);
	}
	if (header->version >= 4) {
		header->notes_offset = sub64(raw, SUB_OFFSET_NOTE);
		header->notes_len = sub64(raw, SUB_SIZE_NOTE);
	}
	if (header->version >= 4) {
		header->eraseinfo_offset = sub64(raw, SUB_OFFSET_ERASEINFO);
		header->eraseinfo_len = sub64(raw, SUB_SIZE_ERASEINFO);
	}
}

/*
 * There are two bitmaps, of the machine's pages and of the file's pages; a
 * diskdump that leaves nothing out has only one.
 */
static struct error *place_bitmap(const struct dump_file *file, const struct raw *raw,
				  struct kdump_header *header)
{
	const uint64_t block = header32(raw, HEADER_BLOCK_SIZE);
	const uint64_t offset = (1 + (uint64_t)header32(raw, HEADER_SUB_HEADER_BLOCKS)) * block;
	const uint64_t blocks = header32(raw, HEADER_BITMAP_BLOCKS);
	const uint64_t half_len = blocks / 2 * block;

	if (!dump_file_holds(file, offset, blocks * block))
		return error_new(ERROR_CORRUPT,
				 "'%s' ends inside its page bitmap: nothing can be read of it",
				 file->path);

	header->machine_bitmap_offset = header->file_bitmap_offset = offset;
	header->bitmap_len = blocks * block;
	header->descriptors_offset = offset + blocks * block;
	if (header->max_pfn <= header->bitmap_len * CHAR_BIT / 2) {
		header->file_bitmap_offset += half_len;
		header->bitmap_len = half_len;
	}
	if (header->max_pfn > header->bitmap_len * CHAR_BIT)
		return error_new(ERROR_CORRUPT,
				 "'%s': its page bitmap is too small for its %llu page frames",
				 file->path, (unsigned long long)header->max_pfn);
	return NULL;
}

static struct error *check(const struct dump_file *file, const struct kdump_header *header)
{
	if (header->version < 1 || header->version > INT_MAX)
		return error_new(ERROR_UNSUPPORTED, "'%s': kdump header version %d is not known",
				 file->path, (int)header->version);
	if (header->start_pfn > header->end_pfn || header->end_pfn > header->max_pfn)
		return error_new(ERROR_CORRUPT,
				 "'%s': it claims to be an impossible part of a split set",
				 file->path);
	if (!dump_file_holds(file, header->vmcoreinfo_offset, header->vmcoreinfo_len) ||
	    !dump_file_holds(file, header->notes_offset, header->notes_len))
		return error_new(ERROR_CORRUPT,
				 "'%s' ends inside its notes: nothing can be read of it",
				 file->path);
	if (header->eraseinfo_len > ERASEINFO_MAX_BYTES)
		return error_new(ERROR_CORRUPT, "'%s': its list of erased data is impossibly large",
				 file->path);
	return NULL;
}

struct error *kdump_header_read(const struct dump_file *file, struct kdump_header *ret)
{
	struct raw raw;
	struct error *err = read_raw(file, &raw);

	if (err)
		return err;

	*ret = (struct kdump_header){
		.big_endian = raw.big_endian,
		.version = header32(&raw, HEADER_VERSION),
		.is_incomplete = header32(&raw, HEADER_STATUS) & STATUS_INCOMPLETE,
		.page_shift = page_size_shift(header32(&raw, HEADER_BLOCK_SIZE)),
	};
	take_uts(&raw, ret);
	take_sub_header(&raw, ret);
	err = check(file, ret);
	return err ? err : place_bitmap(file, &raw, ret);
}
