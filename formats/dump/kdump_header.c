// SPDX-License-Identifier: LGPL-2.1-or-later
/* The two headers of diskdump and kdump-compressed files, as 64-bit kernels have them. */
#include "formats/dump/kdump_header.h"

#include <elf.h>
#include <limits.h>
#include <string.h>

#include "formats/dump/dump_machine.h"
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
	SUB_START_PFN = 80,	    /* since version 6 */
	SUB_END_PFN = 88,	    /* the same */
	SUB_MAX_MAPNR = 96,	    /* the same */
	SUB_BYTES = 104,
};

enum { STATUS_INCOMPLETE = 8 };

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

/* True if the number at @offset is a page size, in the byte order that raw->big_endian becomes. */
static bool has_page_size(struct raw *raw, size_t offset)
{
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		raw->big_endian = big_endian;
		if (page_size_shift(header32(raw, offset)))
			return true;
	}
	return false;
}

static bool names_64_bit_machine(const struct raw *raw)
{
	char name[UTS_FIELD_BYTES + 1] = { 0 };

	memcpy(name, raw->header + HEADER_UTS_MACHINE, UTS_FIELD_BYTES);
	return machine_from_name(name) != EM_NONE;
}

/*
 * The byte order is the one in which the page size makes sense. A 32-bit kernel has it
 * where a 64-bit one has the microseconds of its time stamp, which may be any number:
 * the name of the machine goes first.
 */
static struct error *find_byte_order(const struct dump_file *file, struct raw *raw)
{
	const bool has_name = raw->header[HEADER_UTS_MACHINE], known = names_64_bit_machine(raw);
	const bool is_like_32 = !known && has_page_size(raw, HEADER32_BLOCK_SIZE);
	const bool is_like_64 = has_page_size(raw, HEADER_BLOCK_SIZE);

	if (is_like_64 && !(is_like_32 && has_name))
		return NULL;
	if (is_like_32)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is a dump of a 32-bit kernel; only dumps of 64-bit kernels "
				 "can be analysed",
				 file->path);
	return error_new(ERROR_CORRUPT,
			 "'%s' is damaged: the page size in its kdump header is impossible (%u "
			 "bytes)",
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

static void take_places(const struct raw *raw, struct kdump_header *header)
{
	if (header->version >= 3) {
		header->vmcoreinfo_offset = sub64(raw, SUB_OFFSET_VMCOREINFO);
		header->vmcoreinfo_len = sub64(raw, SUB_SIZE_VMCOREINFO);
	}
	if (header->version >= 4) {
		header->notes_offset = sub64(raw, SUB_OFFSET_NOTE);
		header->notes_len = sub64(raw, SUB_SIZE_NOTE);
	}
}

/*
 * How many page frames there are is said twice since version 6. Where the two differ, one is
 * damaged: what is more than @room is; of two that fit the larger is taken, since the
 * bitmap has no page beyond what is true.
 */
static uint64_t promised_pfns(const struct raw *raw, const struct kdump_header *header,
			      uint64_t room)
{
	const uint64_t narrow = header32(raw, HEADER_MAX_MAPNR);
	const uint64_t wide = header->version >= 6 ? sub64(raw, SUB_MAX_MAPNR) : narrow;
	const uint64_t more = narrow > wide ? narrow : wide, less = narrow > wide ? wide : narrow;

	return more <= room ? more : less;
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
				 "'%s' ends inside its page bitmap, or its kdump header is "
				 "damaged: nothing can be read of it",
				 file->path);

	header->machine_bitmap_offset = header->file_bitmap_offset = offset;
	header->bitmap_len = blocks * block;
	header->descriptors_offset = offset + blocks * block;
	header->max_pfn = promised_pfns(raw, header, half_len * CHAR_BIT);
	if (header->max_pfn <= half_len * CHAR_BIT) {
		header->file_bitmap_offset += half_len;
		header->bitmap_len = half_len;
		return NULL;
	}
	header->max_pfn = promised_pfns(raw, header, header->bitmap_len * CHAR_BIT);
	if (header->max_pfn <= header->bitmap_len * CHAR_BIT)
		return NULL;
	return error_new(ERROR_CORRUPT,
			 "'%s' is damaged: its kdump header claims %llu page frames, more than "
			 "the %llu that its page bitmap is for",
			 file->path, (unsigned long long)header->max_pfn,
			 (unsigned long long)half_len * CHAR_BIT);
}

static struct error *take_split(const struct dump_file *file, const struct raw *raw,
				struct kdump_header *header)
{
	const bool old = header->version < 6;

	header->start_pfn = 0;
	header->end_pfn = header->max_pfn;
	header->is_split = header->version >= 2 && load_u32(raw->sub + SUB_SPLIT, raw->big_endian);
	if (!header->is_split)
		return NULL;
	header->start_pfn = sub64(raw, old ? SUB_START_PFN_OLD : SUB_START_PFN);
	header->end_pfn = sub64(raw, old ? SUB_END_PFN_OLD : SUB_END_PFN);
	if (header->start_pfn <= header->end_pfn && header->end_pfn <= header->max_pfn)
		return NULL;
	return error_new(ERROR_CORRUPT,
			 "'%s' is damaged: its kdump header claims to be an impossible part of a "
			 "split set",
			 file->path);
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
	if (ret->version < 1 || ret->version > INT_MAX)
		return error_new(ERROR_UNSUPPORTED, "'%s': kdump header version %d is not known",
				 file->path, (int)ret->version);
	take_uts(&raw, ret);
	take_places(&raw, ret);
	err = place_bitmap(file, &raw, ret);
	return err ? err : take_split(file, &raw, ret);
}
