// SPDX-License-Identifier: LGPL-2.1-or-later
/* BTF as bytes: checked here, so that libbpf gets nothing that it does not know. */
#include "formats/typeinfo/btf_blob.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"

enum { POINTER_SIZE = 8 }; /* of the 64-bit kernels that we take */

/* The header's fields, and where its two sections lie in the blob. */
struct blob {
	const char *where;
	struct bytes bytes;
	bool is_big_endian;
	uint32_t header_size;
	struct bytes types, strings;
};

/* What follows the three words that each type has: bytes, and bytes for each of its vlen. */
struct kind {
	bool is_known;
	unsigned char fixed, each;
};

/* Linux kernel Documentation/bpf/btf.rst. */
// clang-format off
static const struct kind kinds[] = {
	[BTF_KIND_INT]        = { true, 4, 0 },
	[BTF_KIND_PTR]        = { true, 0, 0 },
	[BTF_KIND_ARRAY]      = { true, 12, 0 },
	[BTF_KIND_STRUCT]     = { true, 0, 12 },
	[BTF_KIND_UNION]      = { true, 0, 12 },
	[BTF_KIND_ENUM]       = { true, 0, 8 },
	[BTF_KIND_FWD]        = { true, 0, 0 },
	[BTF_KIND_TYPEDEF]    = { true, 0, 0 },
	[BTF_KIND_VOLATILE]   = { true, 0, 0 },
	[BTF_KIND_CONST]      = { true, 0, 0 },
	[BTF_KIND_RESTRICT]   = { true, 0, 0 },
	[BTF_KIND_FUNC]       = { true, 0, 0 },
	[BTF_KIND_FUNC_PROTO] = { true, 0, 8 },
	[BTF_KIND_VAR]        = { true, 4, 0 },
	[BTF_KIND_DATASEC]    = { true, 0, 12 },
	[BTF_KIND_FLOAT]      = { true, 0, 0 },
	[BTF_KIND_DECL_TAG]   = { true, 4, 0 },
	[BTF_KIND_TYPE_TAG]   = { true, 0, 0 },
	[BTF_KIND_ENUM64]     = { true, 0, 12 },
};
// clang-format on

static uint32_t blob_word(const struct blob *blob, size_t at)
{
	return load_u32(blob->bytes.data + at, blob->is_big_endian);
}

bool btf_blob_has_magic(struct bytes bytes)
{
	return bytes.size >= 2 && ((unsigned)load_uint(bytes.data, 2, false) == BTF_MAGIC ||
				   (unsigned)load_uint(bytes.data, 2, true) == BTF_MAGIC);
}

static struct error *check_start(struct blob *blob)
{
	struct bytes bytes = blob->bytes;

	if (bytes.size < sizeof(struct btf_header))
		return error_new(ERROR_CORRUPT, "BTF of %s: %zu bytes are too few for its header",
				 blob->where, bytes.size);
	if (bytes.size > BTF_BLOB_MAX)
		return error_new(ERROR_CORRUPT, "BTF of %s: %zu bytes are too many", blob->where,
				 bytes.size);
	if (!btf_blob_has_magic(bytes))
		return error_new(ERROR_CORRUPT, "BTF of %s: begins with 0x%04x, not 0x%04x",
				 blob->where, (unsigned)load_uint(bytes.data, 2, false), BTF_MAGIC);
	blob->is_big_endian = (unsigned)load_uint(bytes.data, 2, true) == BTF_MAGIC;

	unsigned version = bytes.data[offsetof(struct btf_header, version)];
	if (version != BTF_VERSION)
		return error_new(ERROR_UNSUPPORTED,
				 "BTF of %s: version %u, only %u is known: give a vmlinux",
				 blob->where, version, BTF_VERSION);
	return NULL;
}

static struct error *take_section(const struct blob *blob, const char *name, size_t at,
				  struct bytes *ret)
{
	uint64_t start = (uint64_t)blob->header_size + blob_word(blob, at);
	uint64_t size = blob_word(blob, at + sizeof(uint32_t));

	if (start + size > blob->bytes.size)
		return error_new(ERROR_CORRUPT,
				 "BTF of %s: its %s end at byte 0x%" PRIx64 ", the whole at 0x%zx",
				 blob->where, name, start + size, blob->bytes.size);
	*ret = (struct bytes){ blob->bytes.data + start, size };
	return NULL;
}

static struct error *take_sections(struct blob *blob)
{
	blob->header_size = blob_word(blob, offsetof(struct btf_header, hdr_len));
	if (blob->header_size < sizeof(struct btf_header) || blob->header_size > blob->bytes.size)
		return error_new(ERROR_CORRUPT, "BTF of %s: a header of %u bytes in %zu",
				 blob->where, blob->header_size, blob->bytes.size);

	struct error *err =
		take_section(blob, "types", offsetof(struct btf_header, type_off), &blob->types);
	if (!err)
		err = take_section(blob, "names", offsetof(struct btf_header, str_off),
				   &blob->strings);
	if (err)
		return err;
	const struct bytes *strings = &blob->strings;
	if (strings->size == 0 || strings->data[0] || strings->data[strings->size - 1])
		return error_new(ERROR_CORRUPT, "BTF of %s: its names are not terminated",
				 blob->where);
	return NULL;
}

static struct error *unknown_kind(const struct blob *blob, unsigned kind, size_t id)
{
	return error_new(ERROR_UNSUPPORTED,
			 "BTF of %s: type %zu is of kind %u, newer than libbpf %u.%u knows: give a "
			 "vmlinux with DWARF",
			 blob->where, id, kind, libbpf_major_version(), libbpf_minor_version());
}

static struct error *check_types(const struct blob *blob)
{
	const unsigned char *start = blob->types.data;
	size_t at = 0, size = blob->types.size;

	for (size_t id = 1; at < size; id++) {
		if (size - at < sizeof(struct btf_type))
			return error_new(ERROR_CORRUPT, "BTF of %s: type %zu is cut off",
					 blob->where, id);
		uint32_t info =
			load_u32(start + at + offsetof(struct btf_type, info), blob->is_big_endian);
		unsigned kind = BTF_INFO_KIND(info);
		if (kind == BTF_KIND_UNKN)
			return error_new(ERROR_CORRUPT, "BTF of %s: type %zu has no kind",
					 blob->where, id);
		if (kind >= COUNT_OF(kinds))
			return unknown_kind(blob, kind, id);
		size_t rest = kinds[kind].fixed + (size_t)kinds[kind].each * BTF_INFO_VLEN(info);
		if (size - at - sizeof(struct btf_type) < rest)
			return error_new(ERROR_CORRUPT, "BTF of %s: type %zu is cut off",
					 blob->where, id);
		at += sizeof(struct btf_type) + rest;
	}
	return NULL;
}

static int say_nothing(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

static void store_header_size(unsigned char *header, bool is_big_endian)
{
	uint32_t size = sizeof(struct btf_header);

	if (bytes_swapped(is_big_endian))
		size = __builtin_bswap32(size);
	memcpy(header + offsetof(struct btf_header, hdr_len), &size, sizeof(size));
}

/* libbpf takes a longer header not in every byte order: gives it the one that it knows. */
static struct error *parse_shortened(const struct blob *blob, struct btf **ret)
{
	size_t skip = blob->header_size - sizeof(struct btf_header);
	size_t size = blob->bytes.size - skip;
	_cleanup_free_ unsigned char *copy = malloc(size);
	if (!copy)
		return error_nomem();

	memcpy(copy, blob->bytes.data, sizeof(struct btf_header));
	store_header_size(copy, blob->is_big_endian);
	memcpy(copy + sizeof(struct btf_header), blob->bytes.data + blob->header_size,
	       blob->bytes.size - blob->header_size);
	*ret = btf__new(copy, size);
	return NULL;
}

static struct error *parse(const struct blob *blob, struct btf **ret)
{
	struct error *err = NULL;

	libbpf_set_print(say_nothing);
	if (blob->header_size > sizeof(struct btf_header))
		err = parse_shortened(blob, ret);
	else
		*ret = btf__new(blob->bytes.data, blob->bytes.size);
	if (err || *ret)
		return err;
	if (errno == ENOMEM)
		return error_nomem();
	return error_new(ERROR_CORRUPT, "BTF of %s: libbpf does not take it: %s", blob->where,
			 strerror(errno));
}

struct error *btf_blob_parse(const char *where, struct bytes bytes, struct btf **ret)
{
	struct blob blob = { .where = where, .bytes = bytes };

	struct error *err = check_start(&blob);
	if (!err)
		err = take_sections(&blob);
	if (!err)
		err = check_types(&blob);
	if (!err)
		err = parse(&blob, ret);
	if (!err)
		btf__set_pointer_size(*ret, POINTER_SIZE);
	return err;
}

void btf_blob_freep(struct btf **btf)
{
	btf__free(*btf);
}
