// SPDX-License-Identifier: LGPL-2.1-or-later
/* Builds the notes of a small dump. */
#include "formats/dump/image_notes.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/file_bytes.h"
#include "formats/dump/distilled.h"
#include "include/dump.h"
#include "include/error.h"

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

struct error *image_notes_build(const struct dump_image *image, uint8_t **ret, size_t *len_ret)
{
	enum { NOTES_MAX = 5 };
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
	if (image->sample)
		notes[count++] = (struct note){ DISTILLED_NOTE_OWNER, DISTILLED_NOTE_SAMPLE,
						image->sample, strlen(image->sample) };
	if (image->crash)
		notes[count++] = (struct note){ DISTILLED_NOTE_OWNER, DISTILLED_NOTE_CRASH,
						image->crash, strlen(image->crash) };
	return join_notes(notes, count, image->big_endian, ret, len_ret);
}
