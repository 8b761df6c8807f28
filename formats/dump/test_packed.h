// SPDX-License-Identifier: LGPL-2.1-or-later
/* For the tests of this room only: pages packed in every way that kdump files know. */
#ifndef VMEMSCOPE_DUMP_TEST_PACKED_H
#define VMEMSCOPE_DUMP_TEST_PACKED_H

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <zstd.h>

#include "formats/dump/test_files.h"

enum { TEST_PAGE = TEST_KDUMP_PAGE, TEST_PACKED_ROOM = 2 * TEST_PAGE };

static size_t test_pack_zlib(const uint8_t *page, uint8_t *to)
{
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
	size_t len = libdeflate_zlib_compress(compressor, page, TEST_PAGE, to, TEST_PACKED_ROOM);

	libdeflate_free_compressor(compressor);
	return len;
}

static size_t test_pack_lzo(const uint8_t *page, uint8_t *to)
{
	static uint8_t memory[LZO1X_1_MEM_COMPRESS];
	lzo_uint len = TEST_PACKED_ROOM;

	assert_int_equal(lzo1x_1_compress(page, TEST_PAGE, to, &len, memory), LZO_E_OK);
	return len;
}

/* The first 16 bytes as they are, then copies of them: 8 for each of 3 ways to say so. */
static size_t test_pack_snappy(const uint8_t *page, uint8_t *to)
{
	uint8_t *at = to;
	size_t done = 16;

	*at++ = (TEST_PAGE & 0x7f) | 0x80, *at++ = TEST_PAGE >> 7;
	*at++ = (16 - 1) << 2;
	memcpy(at, page, 16), at += 16;
	for (unsigned way = 0; done < TEST_PAGE; way++, done += 8) {
		static const uint8_t tags[] = { (8 - 4) << 2 | 1, (8 - 1) << 2 | 2,
						(8 - 1) << 2 | 3 };

		*at++ = tags[way % 3], *at++ = 16;
		memset(at, 0, 3), at += (unsigned[]){ 0, 1, 3 }[way % 3];
	}
	return (size_t)(at - to);
}

static size_t test_pack_zstd(const uint8_t *page, uint8_t *to)
{
	return ZSTD_compress(to, TEST_PACKED_ROOM, page, TEST_PAGE, 1);
}

static const struct {
	const char *name;
	uint32_t flags;
	size_t (*pack)(const uint8_t *page, uint8_t *to);
	bool has_sum; /* of the page's bytes: a damaged one is never taken for another */
} test_ways[] = {
	{ "zlib", 1, test_pack_zlib, true },
	{ "lzo", 2, test_pack_lzo, false },
	{ "snappy", 4, test_pack_snappy, false },
	{ "zstd", 0x20, test_pack_zstd, false },
};

/* A page whose bytes repeat every 16, and show where it is. */
static TEST_UNUSED void test_repeat(uint8_t *page, paddr_t addr)
{
	for (size_t i = 0; i < TEST_PAGE; i++)
		page[i] = (uint8_t)(i % 16 * 17 + addr / TEST_PAGE * 5 + 3);
}

#endif
