// SPDX-License-Identifier: LGPL-2.1-or-later
/* Unpacks member by member; what is between members is alike for all packers. */
#include "formats/dump/unpacker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/dump/packers.h"
#include "include/error.h"

enum { BUFFER_BYTES = 1 << 20 };

enum place {
	BEFORE_FIRST,
	IN_MEMBER,
	BETWEEN_MEMBERS,
	AT_END,
};

struct unpacker {
	int fd; /* -1: @more gives what is packed */
	bool is_stream;
	unpacker_more_fn *more;
	void *context;
	char *path;
	bool no_more;

	const struct packer *packer; /* NULL: what is read is what is given */
	void *library;		     /* of @packer; NULL: not yet needed */
	enum place place;
	enum packed_state state;

	/* Packed bytes: those from @at to @len are still to be used. */
	uint8_t first[PACKER_HEAD_BYTES]; /* of the file */
	uint64_t in_offset;		  /* of in[0] in the file */
	size_t at, len;
	uint8_t in[BUFFER_BYTES];
};

/* --- packed bytes --- */

static struct error *read_descriptor(const struct unpacker *unpacker, uint8_t *buf, size_t len,
				     size_t *got_ret)
{
	uint64_t offset = unpacker->in_offset + unpacker->len;
	ssize_t n;

	do
		n = unpacker->is_stream ? read(unpacker->fd, buf, len)
					: pread(unpacker->fd, buf, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_new(ERROR_OS, "cannot read '%s' at offset 0x%llx: %s", unpacker->path,
				 (unsigned long long)offset, strerror(errno));
	*got_ret = (size_t)n;
	return NULL;
}

static struct error *read_some(struct unpacker *unpacker)
{
	uint8_t *buf = unpacker->in + unpacker->len;
	size_t got = 0, len = sizeof(unpacker->in) - unpacker->len;
	struct error *err = unpacker->more ? unpacker->more(unpacker->context, buf, len, &got)
					   : read_descriptor(unpacker, buf, len, &got);

	unpacker->len += got;
	unpacker->no_more = !got;
	return err;
}

static void forget_used(struct unpacker *unpacker)
{
	memmove(unpacker->in, unpacker->in + unpacker->at, unpacker->len - unpacker->at);
	unpacker->in_offset += unpacker->at;
	unpacker->len -= unpacker->at;
	unpacker->at = 0;
}

static size_t in_left(const struct unpacker *unpacker)
{
	return unpacker->len - unpacker->at;
}

/* Until there are @wanted bytes, of which there is room for, or no more. */
static struct error *fill(struct unpacker *unpacker, size_t wanted)
{
	struct error *err = NULL;

	if (in_left(unpacker) < wanted)
		forget_used(unpacker);
	while (!err && in_left(unpacker) < wanted && !unpacker->no_more)
		err = read_some(unpacker);
	return err;
}

/* --- members --- */

static void end(struct unpacker *unpacker, enum packed_state state)
{
	unpacker->place = AT_END;
	unpacker->state = state;
	if (state == PACKED_ENDS_EARLY)
		unpacker->at = unpacker->len;
}

static struct error *member_begin(struct unpacker *unpacker)
{
	const struct packer *packer = unpacker->packer;

	unpacker->place = IN_MEMBER;
	if (unpacker->library)
		return packer->again(unpacker->library) ? NULL : error_nomem();
	unpacker->library = packer->create();
	return unpacker->library ? NULL : error_nomem();
}

/* Tapes and disks pad with zeroes, and xz has streams that do. */
static struct error *skip_zeroes(struct unpacker *unpacker)
{
	struct error *err;

	do {
		err = fill(unpacker, 1);
		while (in_left(unpacker) && !unpacker->in[unpacker->at])
			unpacker->at++;
	} while (!err && !in_left(unpacker) && !unpacker->no_more);
	return err;
}

/* Whether what is left could be the beginning of another member. */
static bool is_cut_magic(const struct unpacker *unpacker)
{
	return in_left(unpacker) < PACKER_HEAD_BYTES &&
	       memcmp(unpacker->in + unpacker->at, unpacker->first, in_left(unpacker)) == 0;
}

static struct error *member_find(struct unpacker *unpacker)
{
	struct error *err = skip_zeroes(unpacker);

	if (!err)
		err = fill(unpacker, PACKER_HEAD_BYTES);
	if (err)
		return err;
	if (!in_left(unpacker)) {
		end(unpacker, PACKED_WHOLE);
		return NULL;
	}
	if (unpacker->packer->begins(unpacker->in + unpacker->at, in_left(unpacker)))
		return member_begin(unpacker);
	end(unpacker, is_cut_magic(unpacker) ? PACKED_ENDS_EARLY : PACKED_DAMAGED);
	return NULL;
}

static struct error *refuse_large(const struct unpacker *unpacker)
{
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is packed with %s in a way that takes more than %d MiB of memory to "
			 "unpack; unpack it first with '%s'",
			 unpacker->path, unpacker->packer->name, UNPACK_MEMORY_MAX >> 20,
			 unpacker->packer->undo);
}

static struct error *refuse_unknown(const struct unpacker *unpacker)
{
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is packed with %s in a way that is not known here; unpack it first "
			 "with '%s'",
			 unpacker->path, unpacker->packer->name, unpacker->packer->undo);
}

/* A step that neither used nor gave a byte: what is missing does not come any more. */
static void member_stuck(struct unpacker *unpacker)
{
	end(unpacker, in_left(unpacker) ? PACKED_DAMAGED : PACKED_ENDS_EARLY);
}

static struct error *member_step(struct unpacker *unpacker, uint8_t *out, size_t len,
				 size_t *got_ret)
{
	struct error *err = fill(unpacker, 1);
	if (err)
		return err;

	const size_t left = in_left(unpacker);
	struct unpack_step step = { unpacker->in + unpacker->at, left, out, len };
	enum unpacked result = unpacker->packer->step(unpacker->library, &step);

	unpacker->at += left - step.in_len;
	*got_ret = len - step.out_len;
	switch (result) {
	case UNPACKED_SOME:
		if (left == step.in_len && !*got_ret)
			member_stuck(unpacker);
		return NULL;
	case UNPACKED_MEMBER:
		unpacker->place = BETWEEN_MEMBERS;
		return NULL;
	case UNPACKED_DAMAGED:
		end(unpacker, PACKED_DAMAGED);
		return NULL;
	case UNPACKED_TOO_LARGE:
		return refuse_large(unpacker);
	case UNPACKED_UNKNOWN:
		return refuse_unknown(unpacker);
	case UNPACKED_NOMEM:
		break;
	}
	return error_nomem();
}

/* --- what is not packed --- */

static struct error *copy_some(struct unpacker *unpacker, uint8_t *out, size_t len, size_t *got_ret)
{
	struct error *err = fill(unpacker, 1);
	size_t left = in_left(unpacker);

	if (err)
		return err;
	*got_ret = left < len ? left : len;
	memcpy(out, unpacker->in + unpacker->at, *got_ret);
	unpacker->at += *got_ret;
	if (!left)
		end(unpacker, PACKED_WHOLE);
	return NULL;
}

/* --- the whole --- */

static struct error *advance(struct unpacker *unpacker, uint8_t *out, size_t len, size_t *got_ret)
{
	*got_ret = 0;
	if (!unpacker->packer)
		return copy_some(unpacker, out, len, got_ret);
	if (unpacker->place == BEFORE_FIRST)
		return member_begin(unpacker);
	if (unpacker->place == BETWEEN_MEMBERS)
		return member_find(unpacker);
	return member_step(unpacker, out, len, got_ret);
}

struct error *unpacker_read(struct unpacker *unpacker, void *buf, size_t len, size_t *got_ret)
{
	size_t got = 0;

	while (got < len && unpacker->place != AT_END) {
		size_t more;
		struct error *err = advance(unpacker, (uint8_t *)buf + got, len - got, &more);

		if (err)
			return err;
		got += more;
	}
	*got_ret = got;
	return NULL;
}

/* Where nothing has to be unpacked, and the file can be read anywhere. */
static bool can_jump(const struct unpacker *unpacker)
{
	return !unpacker->packer && !unpacker->is_stream && !unpacker->more;
}

static void jump(struct unpacker *unpacker, uint64_t len)
{
	unpacker->in_offset += unpacker->at + len;
	unpacker->at = unpacker->len = 0;
}

struct error *unpacker_skip(struct unpacker *unpacker, uint64_t len, uint64_t *skipped_ret)
{
	uint8_t unwanted[16 << 10];
	uint64_t done = 0;

	if (can_jump(unpacker) && len > in_left(unpacker)) {
		jump(unpacker, len);
		done = len;
	}
	while (done < len && unpacker->place != AT_END) {
		uint64_t left = len - done;
		size_t got = 0;
		struct error *err = unpacker_read(
			unpacker, unwanted,
			left < sizeof(unwanted) ? (size_t)left : sizeof(unwanted), &got);

		if (err)
			return err;
		done += got;
	}
	*skipped_ret = done;
	return NULL;
}

static struct error *create(const char *path, struct unpacker **ret)
{
	struct unpacker *unpacker = malloc(sizeof(*unpacker));
	if (!unpacker)
		return error_nomem();

	/* The buffer is left as it is: its pages are touched when there is something to read. */
	memset(unpacker, 0, offsetof(struct unpacker, in));
	unpacker->fd = -1;
	unpacker->path = strdup(path);
	*ret = unpacker;
	return unpacker->path ? NULL : error_nomem();
}

static struct error *recognise(struct unpacker *unpacker)
{
	struct error *err = fill(unpacker, PACKER_HEAD_BYTES);
	size_t len = unpacker->len < PACKER_HEAD_BYTES ? unpacker->len : PACKER_HEAD_BYTES;

	if (err)
		return err;
	unpacker->packer = packer_of(unpacker->in, unpacker->len);
	memcpy(unpacker->first, unpacker->in, len);
	return NULL;
}

static void unpacker_destroyp(struct unpacker **unpacker)
{
	unpacker_destroy(*unpacker);
}

struct error *unpacker_create(int fd, bool is_stream, const char *path, struct unpacker **ret)
{
	_cleanup_(unpacker_destroyp) struct unpacker *unpacker = NULL;
	struct error *err = create(path, &unpacker);
	if (err)
		return err;

	unpacker->fd = fd;
	unpacker->is_stream = is_stream;
	err = recognise(unpacker);
	if (!err)
		*ret = take_ptr(unpacker);
	return err;
}

struct error *unpacker_create_inner(unpacker_more_fn *more, void *context, const char *path,
				    struct unpacker **ret)
{
	_cleanup_(unpacker_destroyp) struct unpacker *unpacker = NULL;
	struct error *err = create(path, &unpacker);
	if (err)
		return err;

	unpacker->more = more;
	unpacker->context = context;
	err = recognise(unpacker);
	if (!err)
		*ret = take_ptr(unpacker);
	return err;
}

void unpacker_destroy(struct unpacker *unpacker)
{
	if (!unpacker)
		return;
	if (unpacker->library)
		unpacker->packer->destroy(unpacker->library);
	free(unpacker->path);
	free(unpacker);
}

const struct packer *unpacker_packer(const struct unpacker *unpacker)
{
	return unpacker->packer;
}

enum packed_state unpacker_state(const struct unpacker *unpacker)
{
	return unpacker->state;
}

uint64_t unpacker_offset(const struct unpacker *unpacker)
{
	return unpacker->in_offset + unpacker->at;
}
