// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One row for each way that makedumpfile and QEMU pack pages. What zlib packs is unpacked
 * by libdeflate: of pages of 4 KiB it does twice as many in the same time.
 */
#include "formats/dump/kdump_unpack.h"

#include <string.h>

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <zstd.h>

#include "formats/dump/snappy.h"
#include "include/array.h"
#include "include/error.h"

/* makedumpfile's diskdump_mod.h: DUMP_DH_COMPRESSED_*. */
enum { PACKED_NOT = 0, PACKED_ZLIB = 1, PACKED_LZO = 2, PACKED_SNAPPY = 4, PACKED_ZSTD = 0x20 };

struct job {
	const uint8_t *packed;
	size_t len;
	uint8_t *page;
	size_t page_size;
};

static struct error *copy(struct kdump_unpacker *unpacker, const struct job *job, bool *ret)
{
	(void)unpacker;
	*ret = job->len == job->page_size;
	if (*ret)
		memcpy(job->page, job->packed, job->page_size);
	return NULL;
}

/* Bytes behind the end of the stream do not matter: zlib's own function takes them, too. */
static struct error *unpack_zlib(struct kdump_unpacker *unpacker, const struct job *job, bool *ret)
{
	size_t used;

	if (!unpacker->zlib)
		unpacker->zlib = libdeflate_alloc_decompressor();
	if (!unpacker->zlib)
		return error_nomem();
	*ret = libdeflate_zlib_decompress_ex(unpacker->zlib, job->packed, job->len, job->page,
					     job->page_size, &used, NULL) == LIBDEFLATE_SUCCESS;
	return NULL;
}

static struct error *unpack_lzo(struct kdump_unpacker *unpacker, const struct job *job, bool *ret)
{
	lzo_uint size = job->page_size;

	(void)unpacker;
	*ret = lzo1x_decompress_safe(job->packed, job->len, job->page, &size, NULL) == LZO_E_OK &&
	       size == job->page_size;
	return NULL;
}

static struct error *unpack_snappy(struct kdump_unpacker *unpacker, const struct job *job,
				   bool *ret)
{
	(void)unpacker;
	return snappy_unpack(job->packed, job->len, job->page, job->page_size, ret);
}

/* An error code is no number of bytes that a page can have. */
static struct error *unpack_zstd(struct kdump_unpacker *unpacker, const struct job *job, bool *ret)
{
	if (!unpacker->zstd)
		unpacker->zstd = ZSTD_createDCtx();
	if (!unpacker->zstd)
		return error_nomem();
	*ret = ZSTD_decompressDCtx(unpacker->zstd, job->page, job->page_size, job->packed,
				   job->len) == job->page_size;
	return NULL;
}

static const struct method {
	uint32_t flags;
	struct error *(*unpack)(struct kdump_unpacker *unpacker, const struct job *job, bool *ret);
} methods[] = {
	{ PACKED_NOT, copy },	      { PACKED_ZLIB, unpack_zlib },
	{ PACKED_LZO, unpack_lzo },   { PACKED_SNAPPY, unpack_snappy },
	{ PACKED_ZSTD, unpack_zstd },
};

struct error *kdump_unpack(struct kdump_unpacker *unpacker, uint32_t flags, const uint8_t *packed,
			   size_t len, uint8_t *page, size_t page_size, bool *ret)
{
	const struct job job = { packed, len, page, page_size };

	*ret = false;
	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		if (methods[i].flags == flags)
			return methods[i].unpack(unpacker, &job, ret);
	}
	return NULL;
}

void kdump_unpacker_deinit(struct kdump_unpacker *unpacker)
{
	if (unpacker->zlib)
		libdeflate_free_decompressor(unpacker->zlib);
	ZSTD_freeDCtx(unpacker->zstd);
	*unpacker = (struct kdump_unpacker){ 0 };
}
