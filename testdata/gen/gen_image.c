// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writes the dump. Frames with the same bytes are one piece of the file that many
 * segments point to, unless the file is to be dense.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/distilled.h"
#include "formats/dump/new_file.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/vector.h"
#include "testdata/gen/gen.h"

enum {
	TEMPLATE_FRAMES = 512, /* any period divides it */
	TEMPLATE_BYTES = TEMPLATE_FRAMES * PAGE_BYTES,
	IMAGE_MAP_BYTES = 1 << 30,
};

struct writer {
	const struct gen *gen;
	struct new_file file;
	uint64_t next; /* where the file goes on */
	uint8_t *buffer;
	size_t buffered; /* bytes of it; they belong right before @next */

	Elf64_Phdr *phdrs;
	size_t count, capacity;

	uint64_t template[CONTENT_COUNT][DEVICES_LIMIT]; /* offsets; 0: not written yet */
	size_t edit;					 /* the first that is still ahead */
};

static struct error *put_at(struct writer *writer, uint64_t at, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	while (len) {
		ssize_t done = pwrite(fileno(writer->file.stream), bytes, len, (off_t)at);

		if (done <= 0)
			return error_new(ERROR_OS, "cannot write '%s': %s", writer->file.path,
					 strerror(done ? errno : ENOSPC));
		bytes += done;
		at += (uint64_t)done;
		len -= (size_t)done;
	}
	return NULL;
}

static struct error *flush(struct writer *writer)
{
	size_t len = writer->buffered;

	writer->buffered = 0;
	return put_at(writer, writer->next - len, writer->buffer, len);
}

/* --- segments --------------------------------------------------------------------------- */

static struct error *phdr_push(struct writer *writer, const Elf64_Phdr *phdr)
{
	return vector_push(writer->phdrs, writer->count, writer->capacity, *phdr);
}

static struct error *load_add(struct writer *writer, pfn_t frame, uint64_t pages, uint64_t offset)
{
	Elf64_Phdr *last = &writer->phdrs[writer->count - 1]; /* at least the notes */
	const Elf64_Phdr load = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = offset,
		.p_vaddr = writer->gen->origin.page_offset + (frame << PAGE_SHIFT),
		.p_paddr = frame << PAGE_SHIFT,
		.p_filesz = pages << PAGE_SHIFT,
		.p_memsz = pages << PAGE_SHIFT,
		.p_align = PAGE_BYTES,
	};

	if (last->p_type != PT_LOAD || last->p_paddr + last->p_memsz != load.p_paddr ||
	    last->p_offset + last->p_filesz != load.p_offset)
		return phdr_push(writer, &load);
	last->p_filesz += load.p_filesz;
	last->p_memsz += load.p_memsz;
	return NULL;
}

/* --- frames ------------------------------------------------------------------------------- */

/* Makes the frame's bytes, and goes past the edits that it has. */
static void frame_make(struct writer *writer, const struct run *run, uint64_t i, uint8_t *bytes)
{
	const struct gen *gen = writer->gen;

	content_fill(gen, run, run->subject + i * run->stride, bytes);
	for (; writer->edit < gen->edit_count && gen->edits[writer->edit].frame == run->frame + i;
	     writer->edit++)
		content_edit(gen, &gen->edits[writer->edit], bytes);
}

static struct error *frame_write(struct writer *writer, const struct run *run, uint64_t i)
{
	struct error *err = writer->buffered == TEMPLATE_BYTES ? flush(writer) : NULL;

	if (err)
		return err;
	frame_make(writer, run, i, writer->buffer + writer->buffered);
	err = load_add(writer, run->frame + i, 1, writer->next);
	writer->buffered += PAGE_BYTES;
	writer->next += PAGE_BYTES;
	return err;
}

/* Its frame i is as frame i of memory: whatever the content repeats, it fits. */
static struct error *template_write(struct writer *writer, const struct run *run, uint64_t *offset)
{
	struct run whole = *run;
	struct error *err = flush(writer);

	for (unsigned i = 0; i < TEMPLATE_FRAMES; i++)
		content_fill(writer->gen, &whole, (pfn_t)i * run->stride,
			     writer->buffer + (size_t)i * PAGE_BYTES);
	*offset = writer->next;
	writer->next += TEMPLATE_BYTES;
	return err ? err : put_at(writer, *offset, writer->buffer, TEMPLATE_BYTES);
}

/* Frames [i, end) of a run that repeat. */
static struct error *frames_point(struct writer *writer, const struct run *run, uint64_t i,
				  uint64_t end)
{
	uint64_t *offset = &writer->template[run->content][run->device];
	struct error *err = *offset ? NULL : template_write(writer, run, offset);

	while (!err && i < end) {
		uint64_t at = (run->frame + i) % TEMPLATE_FRAMES, pages = TEMPLATE_FRAMES - at;

		if (pages > end - i)
			pages = end - i;
		err = load_add(writer, run->frame + i, pages, *offset + at * PAGE_BYTES);
		i += pages;
	}
	return err;
}

static struct error *run_write(struct writer *writer, const struct run *run)
{
	const struct gen *gen = writer->gen;
	bool repeats = !gen->settings->dense && content_period(gen, run->content);
	struct error *err = NULL;

	for (uint64_t i = 0, end; !err && i < run->count; i = end) {
		bool edits = writer->edit < gen->edit_count;
		pfn_t edited = edits ? gen->edits[writer->edit].frame : UINT64_MAX;
		bool plain = repeats && edited != run->frame + i;

		end = i + 1;
		if (plain)
			end = edited - run->frame < run->count ? edited - run->frame : run->count;
		err = plain ? frames_point(writer, run, i, end) : frame_write(writer, run, i);
	}
	return err;
}

/* --- the kernel's memory ---------------------------------------------------------------------- */

static bool is_zero(const uint8_t *page)
{
	return !page[0] && memcmp(page, page + 1, PAGE_BYTES - 1) == 0;
}

/* The kernel's own mapping of its image, as each real dump has it before the direct mapping. */
static struct error *image_map_add(struct writer *writer, uint64_t pages)
{
	const uint64_t limit = IMAGE_MAP_BYTES >> PAGE_SHIFT;

	pages = pages < limit ? pages : limit;
	const Elf64_Phdr load = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = writer->next,
		.p_vaddr = IMAGE_BASE,
		.p_filesz = pages << PAGE_SHIFT,
		.p_memsz = pages << PAGE_SHIFT,
		.p_align = PAGE_BYTES,
	};

	return phdr_push(writer, &load);
}

/* Zero pages are holes of the file. */
static struct error *core_write(struct writer *writer)
{
	const struct gen *gen = writer->gen;
	uint64_t pages = (gen->core_used + PAGE_BYTES - 1) >> PAGE_SHIFT, offset = writer->next;
	struct error *err = image_map_add(writer, pages);

	for (uint64_t i = 0; !err && i < pages; i++)
		if (!is_zero(gen->core + (i << PAGE_SHIFT)))
			err = put_at(writer, offset + (i << PAGE_SHIFT),
				     gen->core + (i << PAGE_SHIFT), PAGE_BYTES);
	writer->next += pages << PAGE_SHIFT;
	return err ? err : load_add(writer, 0, pages, offset);
}

/* --- headers ------------------------------------------------------------------------------------
 */

static size_t note_put(uint8_t *to, const char *owner, uint32_t type, const char *text)
{
	size_t owner_len = strlen(owner) + 1, len = strlen(text);
	const Elf64_Nhdr header = { (uint32_t)owner_len, (uint32_t)len, type };
	size_t owner_room = (owner_len + 3) / 4 * 4;

	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), owner, owner_len);
	memcpy(to + sizeof(header) + owner_room, text, len);
	return sizeof(header) + owner_room + (len + 3) / 4 * 4;
}

static struct error *notes_write(struct writer *writer)
{
	const struct origin *origin = &writer->gen->origin;
	size_t room = strlen(origin->vmcoreinfo) + strlen(origin->dump->profile) + 256, len;
	_cleanup_free_ uint8_t *bytes = calloc(1, room);
	Elf64_Phdr phdr = { .p_type = PT_NOTE, .p_offset = writer->next };

	if (!bytes)
		return error_nomem();
	len = note_put(bytes, "VMCOREINFO", 0, origin->vmcoreinfo);
	len += note_put(bytes + len, DISTILLED_NOTE_OWNER, DISTILLED_NOTE_PROFILE,
			origin->dump->profile);
	phdr.p_filesz = phdr.p_memsz = len;
	struct error *err = put_at(writer, writer->next, bytes, len);
	writer->next += (len + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	return err ? err : phdr_push(writer, &phdr);
}

/* At the end of the file, as nobody knows their number before. */
static struct error *headers_write(struct writer *writer)
{
	bool many = writer->count >= PN_XNUM;
	const Elf64_Shdr section = { .sh_info = (Elf64_Word)writer->count };
	uint64_t at = writer->next, len = writer->count * sizeof(*writer->phdrs);
	const Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = at,
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = many ? PN_XNUM : (Elf64_Half)writer->count,
		.e_shoff = many ? at + len : 0,
		.e_shentsize = sizeof(section),
		.e_shnum = many,
	};
	struct error *err = put_at(writer, 0, &header, sizeof(header));

	if (!err)
		err = put_at(writer, at, writer->phdrs, len);
	return err || !many ? err : put_at(writer, at + len, &section, sizeof(section));
}

static struct error *parts_write(struct writer *writer)
{
	const struct gen *gen = writer->gen;
	struct error *err = notes_write(writer);

	if (!err)
		err = core_write(writer);
	for (size_t i = 0; !err && i < gen->run_count; i++)
		err = run_write(writer, &gen->runs[i]);
	if (!err)
		err = flush(writer);
	return err ? err : headers_write(writer);
}

struct error *image_write(struct gen *gen)
{
	struct writer writer = { .gen = gen, .next = PAGE_BYTES };
	struct error *err = new_file_init(&writer.file, gen->settings->output, true);

	writer.buffer = malloc(TEMPLATE_BYTES);
	if (!err)
		err = writer.buffer ? parts_write(&writer) : error_nomem();
	if (!err)
		err = new_file_finish(&writer.file, true);
	new_file_deinit(&writer.file);
	free(writer.buffer);
	free(writer.phdrs);
	return err;
}
