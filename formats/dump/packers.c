// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of packers, and their libraries. */
#include "formats/dump/packers.h"

#include <limits.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "include/array.h"
#include "include/bytes.h"

static bool has_magic(const uint8_t *head, size_t len, const char *magic, size_t magic_len)
{
	return len >= magic_len && memcmp(head, magic, magic_len) == 0;
}

/* --- gzip: RFC 1952 --- */

enum { GZIP_ONLY = 16 };

static bool gzip_begins(const uint8_t *head, size_t len)
{
	return has_magic(head, len, "\x1f\x8b\x08", 3);
}

static void *gzip_create(void)
{
	z_stream *stream = calloc(1, sizeof(*stream));

	if (stream && inflateInit2(stream, MAX_WBITS + GZIP_ONLY) != Z_OK) {
		free(stream);
		return NULL;
	}
	return stream;
}

static bool gzip_again(void *state)
{
	return inflateReset(state) == Z_OK;
}

static void gzip_destroy(void *state)
{
	inflateEnd(state);
	free(state);
}

static enum unpacked gzip_result(int result)
{
	switch (result) {
	case Z_OK:
	case Z_BUF_ERROR: /* there was nothing to do */
		return UNPACKED_SOME;
	case Z_STREAM_END:
		return UNPACKED_MEMBER;
	case Z_MEM_ERROR:
		return UNPACKED_NOMEM;
	default:
		return UNPACKED_DAMAGED;
	}
}

static uInt at_most_int(size_t len)
{
	return len < INT_MAX ? (uInt)len : INT_MAX;
}

static enum unpacked gzip_step(void *state, struct unpack_step *step)
{
	z_stream *stream = state;

	stream->next_in = (uint8_t *)step->in;
	stream->avail_in = at_most_int(step->in_len);
	stream->next_out = step->out;
	stream->avail_out = at_most_int(step->out_len);
	int result = inflate(stream, Z_NO_FLUSH);
	step->in_len -= (size_t)(stream->next_in - step->in);
	step->in = stream->next_in;
	step->out_len -= (size_t)(stream->next_out - step->out);
	step->out = stream->next_out;
	return gzip_result(result);
}

/* --- xz: its streams one by one, since what is between them is alike for all packers --- */

static bool xz_begins(const uint8_t *head, size_t len)
{
	return has_magic(head, len,
			 "\xfd"
			 "7zXZ\0",
			 6);
}

static bool xz_again(void *state)
{
	return lzma_stream_decoder(state, UNPACK_MEMORY_MAX, 0) == LZMA_OK;
}

static void xz_destroy(void *state)
{
	lzma_end(state);
	free(state);
}

static void *xz_create(void)
{
	lzma_stream *stream = calloc(1, sizeof(*stream));

	if (stream && !xz_again(stream)) {
		xz_destroy(stream);
		return NULL;
	}
	return stream;
}

static enum unpacked xz_result(lzma_ret result)
{
	switch (result) {
	case LZMA_OK:
	case LZMA_BUF_ERROR: /* there was nothing to do */
		return UNPACKED_SOME;
	case LZMA_STREAM_END:
		return UNPACKED_MEMBER;
	case LZMA_MEM_ERROR:
		return UNPACKED_NOMEM;
	case LZMA_MEMLIMIT_ERROR:
		return UNPACKED_TOO_LARGE;
	case LZMA_OPTIONS_ERROR:
		return UNPACKED_UNKNOWN;
	default:
		return UNPACKED_DAMAGED;
	}
}

static enum unpacked xz_step(void *state, struct unpack_step *step)
{
	lzma_stream *stream = state;

	stream->next_in = step->in;
	stream->avail_in = step->in_len;
	stream->next_out = step->out;
	stream->avail_out = step->out_len;
	lzma_ret result = lzma_code(stream, LZMA_RUN);
	*step = (struct unpack_step){
		.in = stream->next_in,
		.in_len = stream->avail_in,
		.out = stream->next_out,
		.out_len = stream->avail_out,
	};
	return xz_result(result);
}

/* --- frames that hold no data, of zstd (RFC 8878, 3.1.2) and lz4 alike --- */

enum { SKIPPABLE_HEADER = 8 };

static bool skippable_begins(const uint8_t *head, size_t len)
{
	return len >= 4 && (head[0] & 0xf0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0;
}

/*
 * --- zstd and lz4: if a checksum is wrong, their libraries give nothing of what they unpacked in
 * the same step. So they get no more than they ask for, and nothing while they have more to give.
 */

struct paced {
	void *context;	 /* of the library */
	size_t wanted;	 /* bytes that it asked for */
	bool holds_back; /* had perhaps more to give than there was room for */

	/* Sets @wanted. */
	enum unpacked (*feed)(struct paced *paced, struct unpack_step *step, size_t in_len);
};

static enum unpacked paced_feed(struct paced *paced, struct unpack_step *step, size_t in_len)
{
	enum unpacked result = paced->feed(paced, step, in_len);

	paced->holds_back = !step->out_len;
	return result;
}

static enum unpacked paced_step(void *state, struct unpack_step *step)
{
	struct paced *paced = state;
	const size_t out_len = step->out_len;

	if (paced->holds_back) {
		enum unpacked result = paced_feed(paced, step, 0);

		if (result != UNPACKED_SOME || step->out_len < out_len)
			return result;
	}
	return paced_feed(paced, step, step->in_len < paced->wanted ? step->in_len : paced->wanted);
}

/* --- zstd: RFC 8878 --- */

/* Magic number and frame header descriptor. */
enum { ZSTD_FIRST_BYTES = 5 };

static bool zstd_begins(const uint8_t *head, size_t len)
{
	return has_magic(head, len, "\x28\xb5\x2f\xfd", 4) || skippable_begins(head, len);
}

static enum unpacked zstd_error(size_t result)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation:
		return UNPACKED_NOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
		return UNPACKED_TOO_LARGE;
	case ZSTD_error_dictionary_wrong:
		return UNPACKED_UNKNOWN;
	default:
		return UNPACKED_DAMAGED;
	}
}

static enum unpacked zstd_feed(struct paced *paced, struct unpack_step *step, size_t in_len)
{
	ZSTD_inBuffer in = { step->in, in_len, 0 };
	ZSTD_outBuffer out = { step->out, step->out_len, 0 };
	size_t result = ZSTD_decompressStream(paced->context, &out, &in);

	step->in += in.pos;
	step->in_len -= in.pos;
	step->out += out.pos;
	step->out_len -= out.pos;
	if (ZSTD_isError(result))
		return zstd_error(result);
	paced->wanted = result;
	return result ? UNPACKED_SOME : UNPACKED_MEMBER;
}

static void zstd_destroy(void *state)
{
	ZSTD_freeDCtx(((struct paced *)state)->context);
	free(state);
}

static bool zstd_again(void *state)
{
	struct paced *paced = state;

	paced->wanted = ZSTD_FIRST_BYTES;
	paced->holds_back = false;
	return !ZSTD_isError(ZSTD_DCtx_reset(paced->context, ZSTD_reset_session_only));
}

static void *zstd_create(void)
{
	struct paced *paced = calloc(1, sizeof(*paced));

	if (!paced)
		return NULL;
	paced->feed = zstd_feed;
	paced->context = ZSTD_createDCtx();
	if (!paced->context || !zstd_again(paced) ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(paced->context, ZSTD_d_windowLogMax,
						UNPACK_MEMORY_LOG_MAX))) {
		zstd_destroy(paced);
		return NULL;
	}
	return paced;
}

/* --- lz4: its frames --- */

/* Magic number, flags, and the checksum of these. */
enum { LZ4_FIRST_BYTES = 7 };

static bool lz4_begins(const uint8_t *head, size_t len)
{
	return has_magic(head, len, "\x04\x22\x4d\x18", 4) || skippable_begins(head, len);
}

static enum unpacked lz4_feed(struct paced *paced, struct unpack_step *step, size_t in_len)
{
	size_t out_len = step->out_len;
	size_t result =
		LZ4F_decompress(paced->context, step->out, &out_len, step->in, &in_len, NULL);

	if (LZ4F_isError(result))
		return strcmp(LZ4F_getErrorName(result), "ERROR_allocation_failed") == 0
			       ? UNPACKED_NOMEM
			       : UNPACKED_DAMAGED;
	step->in += in_len;
	step->in_len -= in_len;
	step->out += out_len;
	step->out_len -= out_len;
	paced->wanted = result;
	return result ? UNPACKED_SOME : UNPACKED_MEMBER;
}

static bool lz4_again(void *state)
{
	struct paced *paced = state;

	paced->wanted = LZ4_FIRST_BYTES;
	paced->holds_back = false;
	LZ4F_resetDecompressionContext(paced->context);
	return true;
}

static void lz4_destroy(void *state)
{
	LZ4F_freeDecompressionContext(((struct paced *)state)->context);
	free(state);
}

static void *lz4_create(void)
{
	struct paced *paced = calloc(1, sizeof(*paced));
	LZ4F_dctx *context = NULL;

	if (!paced || LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
		free(paced);
		return NULL;
	}
	paced->feed = lz4_feed;
	paced->context = context;
	lz4_again(paced);
	return paced;
}

/* --- the table --- */

// clang-format off
static const struct packer packers[] = {
	{ "gzip", "gzip -d", gzip_begins, gzip_create, gzip_again, gzip_destroy, gzip_step },
	{ "xz", "xz -d", xz_begins, xz_create, xz_again, xz_destroy, xz_step },
	{ "zstd", "zstd -d", zstd_begins, zstd_create, zstd_again, zstd_destroy, paced_step },
	{ "lz4", "lz4 -d", lz4_begins, lz4_create, lz4_again, lz4_destroy, paced_step },
};
// clang-format on

/*
 * Behind frames that hold no data, as pzstd puts them before each other one. What is behind a
 * large one is not in @head, and most likely zstd's.
 */
static void skip_frames(const uint8_t **head, size_t *len)
{
	while (skippable_begins(*head, *len) && *len >= SKIPPABLE_HEADER) {
		uint64_t frame = SKIPPABLE_HEADER + load_uint(*head + 4, 4, false);

		if (frame >= *len)
			return;
		*head += frame;
		*len -= frame;
	}
}

const struct packer *packer_of(const uint8_t *head, size_t len)
{
	skip_frames(&head, &len);
	for (size_t i = 0; i < COUNT_OF(packers); i++) {
		if (packers[i].begins(head, len))
			return &packers[i];
	}
	return NULL;
}
