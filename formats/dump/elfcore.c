// SPDX-License-Identifier: LGPL-2.1-or-later
/* ELF vmcores, of the kernel, makedumpfile, QEMU or our own, read straight from the file. */
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/distilled.h"
#include "formats/dump/elfnotes.h"
#include "formats/dump/format.h"
#include "formats/dump/dump_machine.h"
#include "formats/dump/mapping.h"
#include "formats/dump/segments.h"
#include "formats/dump/vmcoreinfo_search.h"
#include "include/bytes.h"
#include "include/error.h"

struct elf_memory {
	struct memory memory;
	struct dump_file file;
	struct segments segments;

	bool is_distilled;
	bool is_truncated; /* this file, whatever the full dump was */
	struct distilled distilled;

	struct mapping_file *mapping; /* the file as it is; or NULL */
	bool is_fork;		      /* all of the above is another's */

	/* What follows changes with each read. */
	size_t last;   /* segment that was asked for directly; neighbours are next */
	uint8_t *page; /* the contents of the page at @page_addr */
	paddr_t page_addr;
	bool page_valid;
};

/* What is gathered before there is a memory: freed by headers_deinit(). */
struct headers {
	Elf *elf;
	GElf_Ehdr ehdr;
	size_t phdr_count;

	struct segment *segments; /* room for four of each program header */
	size_t segment_count;
	uint64_t promised_size; /* of the file */
	bool leaves_out;	/* some segment has less in the file than in memory */
	bool has_unwritten;	/* some program header is all zero */
	bool notes_cut;		/* the file ends inside the notes */
	bool big_endian;	/* the file */

	struct elf_notes notes;
};

static void headers_deinit(struct headers *headers)
{
	elf_notes_deinit(&headers->notes);
	free(headers->segments);
	elf_end(headers->elf);
}

bool elf_head_probe(const uint8_t *head, size_t len)
{
	if (len < offsetof(Elf64_Ehdr, e_machine) || memcmp(head, ELFMAG, SELFMAG) != 0 ||
	    head[EI_CLASS] != ELFCLASS64)
		return false;
	return load_uint(head + offsetof(Elf64_Ehdr, e_type), 2, head[EI_DATA] == ELFDATA2MSB) ==
	       ET_CORE;
}

static bool elf_probe(const struct dump_file *file, const uint8_t *head, size_t len)
{
	(void)file;
	return elf_head_probe(head, len);
}

/* --- headers --- */

/* What the file says that it has, which may be more than what is in it. */
static size_t promised_phdr_count(const struct headers *headers)
{
	GElf_Shdr section;

	if (headers->ehdr.e_phnum != PN_XNUM)
		return headers->ehdr.e_phnum;
	if (!gelf_getshdr(elf_getscn(headers->elf, 0), &section))
		return headers->phdr_count;
	return section.sh_info;
}

static struct error *read_ehdr(const struct dump_file *file, struct headers *headers)
{
	elf_version(EV_CURRENT);
	headers->elf = elf_begin(file->fd, ELF_C_READ, NULL);
	if (!headers->elf || elf_kind(headers->elf) != ELF_K_ELF ||
	    !gelf_getehdr(headers->elf, &headers->ehdr) ||
	    elf_getphdrnum(headers->elf, &headers->phdr_count))
		return error_new(ERROR_CORRUPT, "'%s': its ELF header is cut off or damaged",
				 file->path);

	size_t promised = promised_phdr_count(headers);
	if (headers->phdr_count < promised)
		return error_new(ERROR_CORRUPT,
				 "'%s' ends inside its program headers (%zu of %zu are there): "
				 "nothing can be read of it",
				 file->path, headers->phdr_count, promised);
	return NULL;
}

static struct error *read_notes(const struct dump_file *file, const GElf_Phdr *phdr,
				struct headers *headers)
{
	uint64_t len = phdr->p_filesz;

	if (!dump_file_holds(file, phdr->p_offset, len)) {
		/* As with everything, what is there of a truncated file counts. */
		len = phdr->p_offset < file->size ? file->size - phdr->p_offset : 0;
		headers->notes_cut = true;
	}
	if (len > DISTILLED_NOTE_MAX_BYTES)
		return error_new(ERROR_CORRUPT, "'%s': its notes are impossibly large (%llu bytes)",
				 file->path, (unsigned long long)len);

	_cleanup_free_ uint8_t *data = malloc(len + 1);
	if (!data)
		return error_nomem();

	size_t got;
	struct error *err = dump_file_read(file, phdr->p_offset, data, len, &got);
	if (err)
		return err;
	return elf_notes_scan(data, got, headers->ehdr.e_ident[EI_DATA] == ELFDATA2MSB,
			      &headers->notes);
}

static void add_segment(struct headers *headers, paddr_t start, paddr_t end, uint64_t offset,
			enum memory_state state)
{
	if (start < end)
		headers->segments[headers->segment_count++] =
			(struct segment){ start, end, offset, state };
}

static void add_load(const struct dump_file *file, const GElf_Phdr *phdr, struct headers *headers)
{
	uint64_t in_file_end, in_memory_end, offset_end;

	/* Segments of no physical address have all ones there. */
	if (__builtin_add_overflow(phdr->p_paddr, phdr->p_filesz, &in_file_end) ||
	    __builtin_add_overflow(phdr->p_paddr, phdr->p_memsz, &in_memory_end) ||
	    __builtin_add_overflow(phdr->p_offset, phdr->p_filesz, &offset_end))
		return;

	uint64_t there = phdr->p_filesz;
	if (!dump_file_holds(file, phdr->p_offset, there))
		there = phdr->p_offset < file->size ? file->size - phdr->p_offset : 0;
	if (phdr->p_filesz && offset_end > headers->promised_size)
		headers->promised_size = offset_end;
	headers->leaves_out |= in_file_end < in_memory_end;

	paddr_t there_end = phdr->p_paddr + there;
	add_segment(headers, phdr->p_paddr, there_end, phdr->p_offset, MEMORY_PRESENT);
	add_segment(headers, there_end, in_file_end, 0, MEMORY_TRUNCATED);
	/* The offset is where its bytes would go on: see fill_qemu_gaps(). */
	add_segment(headers, in_file_end, in_memory_end, offset_end, MEMORY_EXCLUDED);
}

/* How far other segments show that the file goes on where @gap begins. */
static paddr_t gap_reach(const struct headers *headers, const struct segment *gap)
{
	paddr_t reach = gap->start;

	for (size_t i = 0; i < headers->segment_count; i++) {
		const struct segment *other = &headers->segments[i];

		if (other->state == MEMORY_PRESENT && other->start >= gap->start &&
		    other->end <= gap->end && other->end > reach &&
		    other->offset - other->start == gap->offset - gap->start)
			reach = other->end;
	}
	return reach;
}

/*
 * QEMU (paging=on) cuts p_filesz where one of the guest's memory backends ends,
 * though the next one follows in the file. Other segments for pages in the gap
 * tell: they lie at the offset that going on gives. QEMU dump/dump.c,
 * get_offset_range().
 */
static void fill_qemu_gaps(const struct dump_file *file, struct headers *headers)
{
	enum { GAPS_MAX = 64 }; /* each is compared with every segment */
	size_t count = headers->segment_count;
	unsigned gaps = 0;

	for (size_t i = 0; i < count && gaps < GAPS_MAX; i++) {
		struct segment *gap = &headers->segments[i];

		if (gap->state != MEMORY_EXCLUDED)
			continue;
		gaps++;
		paddr_t reach = gap_reach(headers, gap);
		if (reach > gap->start && dump_file_holds(file, gap->offset, reach - gap->start))
			add_segment(headers, gap->start, reach, gap->offset, MEMORY_PRESENT);
	}
}

static struct error *read_phdrs(const struct dump_file *file, struct headers *headers)
{
	enum { SEGMENTS_PER_PHDR = 4 }; /* what add_load() adds, and what is filled in */

	headers->segments =
		calloc(headers->phdr_count + 1, SEGMENTS_PER_PHDR * sizeof(headers->segments[0]));
	if (!headers->segments)
		return error_nomem();

	for (size_t i = 0; i < headers->phdr_count; i++) {
		struct error *err = NULL;
		GElf_Phdr phdr;

		if (!gelf_getphdr(headers->elf, (int)i, &phdr))
			return error_new(ERROR_CORRUPT, "'%s': cannot read program header %zu: %s",
					 file->path, i, elf_errmsg(-1));
		if (phdr.p_type == PT_NOTE)
			err = read_notes(file, &phdr, headers);
		else if (phdr.p_type == PT_LOAD)
			add_load(file, &phdr, headers);
		else if (phdr.p_type == PT_NULL)
			headers->has_unwritten = true;
		if (err)
			return err;
	}
	return NULL;
}

/* What 'xl dump-core' writes has sections, and no program header. */
static bool has_xen_section(Elf *elf)
{
	size_t names;
	Elf_Scn *section = NULL;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name = NULL;

		if (gelf_getshdr(section, &header))
			name = elf_strptr(elf, names, header.sh_name);
		if (name && (strcmp(name, ".note.Xen") == 0 || strcmp(name, ".xen_pages") == 0))
			return true;
	}
	return false;
}

static struct error *check_notes(const struct dump_file *file, const struct headers *headers)
{
	const struct elf_notes *notes = &headers->notes;

	if (notes->from_xen || (!headers->phdr_count && has_xen_section(headers->elf)))
		return refuse_xen(file->path);
	if (headers->notes_cut)
		return error_new(ERROR_CORRUPT,
				 "'%s' ends inside its notes: nothing can be read of it",
				 file->path);
	if (notes->vmcoreinfo)
		return NULL;
	if (notes->overrun)
		return error_new(ERROR_CORRUPT,
				 "'%s': a note goes on past the end of its segment, so memory is "
				 "not where the headers say (QEMU does this to arm64 guests with "
				 "SVE: start the guest with '-cpu max,sve=off' and dump again)",
				 file->path);
	if (notes->from_program)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is the core file of a program, not a dump of a kernel",
				 file->path);
	return NULL;
}

static struct error *read_headers(const struct dump_file *file, struct headers *headers)
{
	struct error *err = read_ehdr(file, headers);

	if (!err)
		err = machine_check(file->path, headers->ehdr.e_machine);
	if (!err)
		err = read_phdrs(file, headers);
	headers->big_endian = headers->ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	if (!err)
		err = check_notes(file, headers);
	if (!err && headers->notes.from_qemu)
		fill_qemu_gaps(file, headers);
	return err;
}

/* --- memory --- */

/* Reads the bytes of @piece that are in the page at @page to their place in @buf. */
static struct error *read_piece(const struct elf_memory *self, const struct segment *piece,
				paddr_t page, uint8_t *buf, bool *complete_ret)
{
	const size_t page_size = (size_t)1 << self->memory.page_shift;
	paddr_t start = piece->start > page ? piece->start : page;
	size_t got, at = (size_t)(start - page), len = page_size - at;

	if (len > piece->end - start)
		len = (size_t)(piece->end - start);

	struct error *err = dump_file_read(&self->file, piece->offset + (start - piece->start),
					   buf + at, len, &got);
	*complete_ret = !err && got == len;
	return err;
}

/* Fills @buf with what the file has of the page at @page; a gap at the edge of RAM is zero. */
static struct error *read_page(const struct elf_memory *self, paddr_t page, uint8_t *buf,
			       bool *complete_ret)
{
	const size_t page_size = (size_t)1 << self->memory.page_shift;
	const struct segments *segments = &self->segments;

	const size_t first = segments_find(segments, page);

	*complete_ret = true;
	if (first == segments->count || segments->entries[first].start > page ||
	    segments->entries[first].end - page < page_size)
		memset(buf, 0, page_size);
	for (size_t i = first; i < segments->count && *complete_ret; i++) {
		const struct segment *piece = &segments->entries[i];

		if (piece->start > page && piece->start - page >= page_size)
			break;

		struct error *err = read_piece(self, piece, page, buf, complete_ret);
		if (err)
			return err;
	}
	return NULL;
}

/* Makes self->page the PRESENT page at @page, unless the file has shrunk. */
static struct error *load_page(struct elf_memory *self, paddr_t page)
{
	if (self->page_valid && self->page_addr == page)
		return NULL;

	self->page_valid = false;
	struct error *err = read_page(self, page, self->page, &self->page_valid);
	self->page_addr = page;
	return err;
}

/* What read() answers for a page that is in no segment of the file. */
static enum memory_state state_elsewhere(const struct elf_memory *self, paddr_t page)
{
	if (!self->is_distilled)
		return MEMORY_ABSENT;

	return distilled_state(&self->distilled, page, self->memory.page_shift);
}

static struct error *elf_memory_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				     enum memory_state *state_ret)
{
	struct elf_memory *self = (struct elf_memory *)memory;
	const size_t in_page = addr & (((size_t)1 << memory->page_shift) - 1);
	const paddr_t page = addr - in_page;
	enum memory_state state = MEMORY_PRESENT;

	if (!self->page_valid || self->page_addr != page)
		state = segments_extent(&self->segments, page, memory->page_shift).state;
	if (state == MEMORY_ABSENT)
		state = state_elsewhere(self, page);
	if (state == MEMORY_PRESENT) {
		struct error *err = load_page(self, page);

		if (err)
			return err;
		if (self->page_valid)
			memcpy(buf, self->page + in_page, len);
		else
			state = MEMORY_TRUNCATED;
	}
	*state_ret = state;
	return NULL;
}

static struct error *elf_memory_extent(struct memory *memory, paddr_t addr,
				       struct memory_extent *ret)
{
	const struct elf_memory *self = (const struct elf_memory *)memory;
	struct memory_extent here = segments_extent(&self->segments, addr, memory->page_shift);

	*ret = self->is_distilled ? distilled_answer(&self->distilled, here, self->is_truncated,
						     memory->page_shift)
				  : here;
	return NULL;
}

/* The segment that holds @addr; NULL if none does. */
static const struct segment *segment_at(struct elf_memory *self, paddr_t addr)
{
	const struct segments *segments = &self->segments;

	for (size_t i = self->last; i < segments->count && i < self->last + 2; i++)
		if (segments->entries[i].start <= addr && addr < segments->entries[i].end) {
			self->last = i;
			return &segments->entries[i];
		}
	size_t found = segments_find(segments, addr);
	if (found == segments->count || segments->entries[found].start > addr)
		return NULL;
	self->last = found;
	return &segments->entries[found];
}

/* A page in several pieces is put together by reading. */
static const unsigned char *elf_memory_direct(struct memory *memory, paddr_t addr)
{
	struct elf_memory *self = (struct elf_memory *)memory;
	const paddr_t mask = ((paddr_t)1 << memory->page_shift) - 1, page = addr & ~mask;
	const struct segment *segment = self->mapping ? segment_at(self, addr) : NULL;

	if (!segment || segment->state != MEMORY_PRESENT || segment->start > page ||
	    segment->end - page <= mask)
		return NULL;
	return mapping_bytes(self->mapping) + segment->offset + (addr - segment->start);
}

static struct error *elf_memory_fork(struct memory *memory, struct memory **ret)
{
	const struct elf_memory *self = (const struct elf_memory *)memory;
	struct elf_memory *fork = malloc(sizeof(*fork));

	if (!fork)
		return error_nomem();
	*fork = *self;
	fork->is_fork = true;
	fork->page_valid = false;
	fork->file.window = NULL;
	fork->page = malloc((size_t)1 << memory->page_shift);
	if (!fork->page) {
		free(fork);
		return error_nomem();
	}
	*ret = &fork->memory;
	return NULL;
}

/* Pages of an ELF dump are not packed: what a distilled one remembers is all. */
static void elf_memory_damage(const struct memory *memory, struct memory_damage *ret)
{
	const struct elf_memory *self = (const struct elf_memory *)memory;

	distilled_damage(&self->distilled, memory->page_shift, ret);
}

static void elf_memory_destroy(struct memory *memory)
{
	struct elf_memory *self = (struct elf_memory *)memory;

	free(self->page);
	if (!self->is_fork) {
		mapping_destroy(self->mapping);
		distilled_deinit(&self->distilled);
		segments_deinit(&self->segments);
		dump_file_close(&self->file);
	}
	free(self);
}

static const struct memory_ops elf_memory_ops = {
	.read = elf_memory_read,
	.extent = elf_memory_extent,
	.direct = elf_memory_direct,
	.fork = elf_memory_fork,
	.damage = elf_memory_damage,
	.destroy = elf_memory_destroy,
};

/* Bytes that need no decoding; all the segments' are within the file. */
static void map_file(struct elf_memory *self)
{
	if (!self->file.map && self->file.size <= SIZE_MAX / 2)
		self->mapping = mapping_create(self->file.fd, (size_t)self->file.size);
}

/* What was read directly is not to be trusted once bytes of the file were lost. */
static struct error *elf_check(const struct dump *dump)
{
	const struct elf_memory *self = (const struct elf_memory *)dump->memory;

	return self->mapping && mapping_lost(self->mapping) ? dump_lost(dump) : NULL;
}

/* With pages of 4 KiB, until it is known how large they are. */
enum { SHIFT_UNKNOWN = 12 };

/* Takes @file, but when there is no memory for *ret. */
static struct error *elf_memory_create(struct dump_file *file, struct headers *headers,
				       struct memory **ret)
{
	struct elf_memory *self = calloc(1, sizeof(*self));
	if (!self)
		return error_nomem();

	self->memory.ops = &elf_memory_ops;
	self->memory.page_shift = SHIFT_UNKNOWN;
	self->is_truncated = file->truncated || headers->promised_size > file->size;
	self->file = dump_file_take(file);
	*ret = &self->memory;
	self->page = malloc((size_t)1 << SHIFT_UNKNOWN);
	if (!self->page)
		return error_nomem();
	map_file(self);
	return segments_init(headers->segments, headers->segment_count, &self->segments);
}

static struct error *set_page_shift(struct elf_memory *self, const char *vmcoreinfo)
{
	struct error *err =
		vmcoreinfo_page_shift(self->file.path, vmcoreinfo, &self->memory.page_shift);
	if (err)
		return err;
	self->page_valid = false;
	free(self->page);
	self->page = malloc((size_t)1 << self->memory.page_shift);
	return self->page ? NULL : error_nomem();
}

/* --- VMCOREINFO --- */

static uint16_t machine_of(const void *context, const char *text)
{
	const struct headers *headers = context;

	(void)text;
	return headers->ehdr.e_machine;
}

static struct error *refuse_without(const struct elf_memory *self, const struct headers *headers)
{
	if (headers->has_unwritten || self->file.truncated)
		return error_new(ERROR_CORRUPT,
				 "'%s' was cut off while it was being written: its headers are "
				 "not complete, so nothing can be read of it",
				 self->file.path);
	if (self->is_truncated)
		return refuse_truncated_without_vmcoreinfo(self->file.path);
	return refuse_without_vmcoreinfo(self->file.path, headers->notes.from_qemu);
}

static struct error *doubt_note(const struct dump *dump, struct headers *headers,
				struct vmcoreinfo *info)
{
	info->text = take_ptr(headers->notes.vmcoreinfo);
	return vmcoreinfo_doubt(dump, headers->big_endian, machine_of, headers, info);
}

/*
 * QEMU passes on what the guest gave its firmware interface; s390x, pseries and others have
 * none. Only dumps of x86-64 say that QEMU made them.
 */
static struct error *find_vmcoreinfo(struct dump *dump, struct headers *headers)
{
	struct elf_notes *notes = &headers->notes;
	struct vmcoreinfo info = { 0 };
	struct error *err = NULL;

	if (dump->options.vmcoreinfo)
		err = vmcoreinfo_named(dump->options.vmcoreinfo, dump->memory, &info);
	else if (notes->vmcoreinfo && vmcoreinfo_is_usable(notes->vmcoreinfo))
		err = doubt_note(dump, headers, &info);
	else
		err = vmcoreinfo_search(dump, dump->memory, machine_of, headers, &info);
	/* One that cannot be used says by its contents why not. */
	if (!err && !info.text)
		info.text = take_ptr(notes->vmcoreinfo);
	if (err)
		return err;
	dump->vmcoreinfo = info.text;
	dump->big_endian = info.has_order ? info.big_endian : headers->big_endian;
	if (!info.text)
		return refuse_without((const struct elf_memory *)dump->memory, headers);
	return set_page_shift((struct elf_memory *)dump->memory, dump->vmcoreinfo);
}

/* --- opening --- */

static struct error *take_distilled(struct dump *dump, const struct headers *headers)
{
	struct elf_memory *self = (struct elf_memory *)dump->memory;

	if (!headers->notes.extents)
		return NULL;

	struct error *err = distilled_decode(self->file.path, headers->notes.extents,
					     headers->notes.extents_len, self->memory.page_shift,
					     &self->distilled);
	if (err)
		return err;

	self->is_distilled = dump->distilled = self->memory.distilled = true;
	dump->omits_zero_pages = self->distilled.omits_zero_pages;
	if (!dump->truncated) {
		dump->truncated = self->distilled.truncated;
		dump->missing_bytes = self->distilled.missing_bytes;
	}
	return NULL;
}

static struct error *fill_dump(struct dump *dump, struct dump_file *file, struct headers *headers)
{
	dump->elf_machine = headers->ehdr.e_machine;
	dump->omits_zero_pages = headers->leaves_out;
	if (headers->promised_size > file->size)
		dump->missing_bytes = headers->promised_size - file->size;
	dump->truncated = file->truncated || dump->missing_bytes;

	struct error *err = elf_memory_create(file, headers, &dump->memory);
	if (!err)
		err = find_vmcoreinfo(dump, headers);
	if (err)
		return err;
	dump->profile = take_ptr(headers->notes.profile);
	dump->sample = take_ptr(headers->notes.sample);
	dump->crash = take_ptr(headers->notes.crash);
	elf_notes_give_cpus(&headers->notes, dump);
	return take_distilled(dump, headers);
}

static struct error *elf_open(struct dump *dump, struct dump_file *files, size_t file_count)
{
	_cleanup_(headers_deinit) struct headers headers = { 0 };

	(void)file_count;
	struct error *err = read_headers(&files[0], &headers);
	return err ? err : fill_dump(dump, &files[0], &headers);
}

const struct dump_format dump_format_elf = {
	.name = "elf",
	.flattened_name = "flattened elf",
	.probe = elf_probe,
	.open = elf_open,
	.check = elf_check,
};
