// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * kdump-compressed dumps, read through libkdumpfile: by physical address only,
 * since its own translation needs more than a dump may have.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/distilled_memory.h"
#include "formats/dump/elfnotes.h"
#include "formats/dump/format.h"
#include "formats/dump/kdump_header.h"
#include "formats/dump/kdump_library.h"
#include "formats/dump/kdump_pages.h"
#include "formats/dump/machine.h"
#include "formats/dump/mapping.h"
#include "formats/dump/zstd_reuse.h"
#include "include/error.h"

/* One file of the split set; the only one of a dump that is none. */
struct part {
	struct dump_file file;
	struct kdump_header header;
	struct kdump_pages pages;
	bool truncated;
	struct mapping_file *mapping; /* for pages that are not compressed; or NULL */
	size_t mapped;		      /* bytes */
};

struct kdump_memory {
	struct memory memory;
	const struct kdump_library *library; /* once there is a context */
	kdump_ctx_t *ctx;

	struct part *parts; /* ascending by start_pfn */
	size_t part_count;
	uint64_t max_pfn;

	struct memory_extent last; /* that was looked up; empty at first */
	unsigned asked, stored;	   /* pages looked for as they are, and those that were so */

	uint16_t machine; /* what the library was told, for those who fork */
	bool is_fork;	  /* the parts' files are another's */
};

static bool kdump_probe(const uint8_t *head, size_t len)
{
	return len >= 8 && (!memcmp(head, "KDUMP   ", 8) || !memcmp(head, "DISKDUMP", 8));
}

/* --- failures of the library --- */

static enum error_code code_of(kdump_status status)
{
	switch (status) {
	case KDUMP_ERR_SYSTEM:
	case KDUMP_ERR_BUSY:
		return ERROR_OS;
	case KDUMP_ERR_NOTIMPL:
		return ERROR_UNSUPPORTED;
	case KDUMP_OK:
	case KDUMP_ERR_NODATA:
	case KDUMP_ERR_CORRUPT:
	case KDUMP_ERR_INVALID:
	case KDUMP_ERR_NOKEY:
	case KDUMP_ERR_EOF:
	case KDUMP_ERR_ADDRXLAT:
		break;
	}
	return ERROR_CORRUPT;
}

/* Its messages can have several lines: the first is the one to show. */
static struct error *failure(const struct kdump_memory *self, kdump_status status)
{
	const char *message = self->library->kdump_get_err(self->ctx);

	if (!message)
		message = self->library->kdump_strerror(status);
	return error_new(code_of(status), "'%s': %.*s", self->parts[0].file.path,
			 (int)strcspn(message, "\n"), message);
}

/* --- parts --- */

static int compare_parts(const void *a, const void *b)
{
	const struct kdump_header *x = &((const struct part *)a)->header;
	const struct kdump_header *y = &((const struct part *)b)->header;

	/* makedumpfile may leave a part empty: it goes before the one that begins there. */
	if (x->start_pfn == y->start_pfn)
		return (x->end_pfn > y->end_pfn) - (x->end_pfn < y->end_pfn);
	return x->start_pfn < y->start_pfn ? -1 : 1;
}

static struct error *check_same_dump(const struct part *a, const struct part *b)
{
	if (a->header.big_endian == b->header.big_endian &&
	    a->header.page_shift == b->header.page_shift &&
	    a->header.max_pfn == b->header.max_pfn &&
	    !memcmp(a->header.identity, b->header.identity, sizeof(a->header.identity)))
		return NULL;
	return error_new(ERROR_MISMATCH, "'%s' and '%s' are not of the same dump", a->file.path,
			 b->file.path);
}

static struct error *refuse_incomplete(const struct kdump_memory *self, uint64_t from, uint64_t to)
{
	if (self->part_count == 1)
		return error_new(
			ERROR_UNSUPPORTED,
			"'%s' is one file of a split set (page frames 0x%llx to 0x%llx are "
			"in others): give all files of the set",
			self->parts[0].file.path, (unsigned long long)from,
			(unsigned long long)to - 1);
	return error_new(ERROR_UNSUPPORTED,
			 "the split set of '%s' is not complete: page frames 0x%llx to 0x%llx are "
			 "in none of the %zu files given",
			 self->parts[0].file.path, (unsigned long long)from,
			 (unsigned long long)to - 1, self->part_count);
}

/* The parts have to follow each other without a gap, from the first page to the last. */
static struct error *check_set(const struct kdump_memory *self)
{
	uint64_t expected = 0;

	for (size_t i = 0; i < self->part_count; i++) {
		const struct part *part = &self->parts[i];
		struct error *err = check_same_dump(&self->parts[0], part);

		if (err)
			return err;
		if (!part->header.is_split && self->part_count > 1)
			return error_new(ERROR_USAGE,
					 "'%s' is a whole dump, not a file of a split set",
					 part->file.path);
		if (part->header.start_pfn < expected)
			return error_new(ERROR_USAGE,
					 "'%s' and '%s' have the same pages of the split set: one "
					 "was given twice",
					 self->parts[i - 1].file.path, part->file.path);
		if (part->header.start_pfn > expected)
			return refuse_incomplete(self, expected, part->header.start_pfn);
		expected = part->header.end_pfn;
	}
	if (expected < self->max_pfn)
		return refuse_incomplete(self, expected, self->max_pfn);
	return NULL;
}

static struct error *read_parts(struct kdump_memory *self)
{
	for (size_t i = 0; i < self->part_count; i++) {
		struct error *err = kdump_header_read(&self->parts[i].file, &self->parts[i].header);

		if (err)
			return err;
	}
	qsort(self->parts, self->part_count, sizeof(self->parts[0]), compare_parts);
	self->max_pfn = self->parts[0].header.max_pfn;
	self->memory.page_shift = self->parts[0].header.page_shift;
	return check_set(self);
}

static struct error *check_part_end(struct part *part, uint64_t *missing_bytes_ret)
{
	struct error *err = kdump_pages_init(&part->pages, &part->file, &part->header);

	if (!err)
		err = kdump_pages_check_end(&part->pages, &part->truncated, missing_bytes_ret);
	if (err)
		return err;

	/* The end of a file that was put together is only where its last record was. */
	if (part->file.truncated)
		*missing_bytes_ret = 0;
	part->truncated |= part->file.truncated || part->header.is_incomplete;
	return NULL;
}

static struct error *check_ends(struct kdump_memory *self, struct dump *dump)
{
	for (size_t i = 0; i < self->part_count; i++) {
		uint64_t missing_bytes;
		struct error *err = check_part_end(&self->parts[i], &missing_bytes);

		if (err)
			return err;
		dump->missing_bytes += missing_bytes;
		dump->truncated |= self->parts[i].truncated;
	}
	return NULL;
}

/* The part that has @pfn, which is below max_pfn. */
static struct part *find_part(struct kdump_memory *self, uint64_t pfn)
{
	size_t i = 0;

	while (i + 1 < self->part_count && pfn >= self->parts[i].header.end_pfn)
		i++;
	return &self->parts[i];
}

/* --- memory --- */

static struct error *look(struct kdump_memory *self, uint64_t pfn, struct memory_extent *ret)
{
	const unsigned shift = self->memory.page_shift;
	const paddr_t last_page = UINT64_MAX >> shift << shift;

	ret->start = pfn << shift;
	if (pfn >= self->max_pfn) {
		/* The last page of all has no end that a paddr_t can hold. */
		ret->end = ret->start == last_page ? UINT64_MAX : last_page;
		ret->state = MEMORY_ABSENT;
		return NULL;
	}

	struct part *part = find_part(self, pfn);
	/* Where nothing was written the library reads zeroes, or worse, from a flattened file. */
	const bool check_end = part->truncated || part->file.map;
	uint64_t end;
	struct error *err = kdump_pages_look(&part->pages, pfn, check_end, &ret->state, &end);
	ret->end = err ? ret->start : end << shift;
	return err;
}

/* Keeps the last answer, since neighbours are asked for next. */
static struct error *kdump_memory_extent(struct memory *memory, paddr_t addr,
					 struct memory_extent *ret)
{
	struct kdump_memory *self = (struct kdump_memory *)memory;
	const uint64_t pfn = addr >> memory->page_shift;

	if (addr < self->last.start || addr >= self->last.end) {
		struct error *err = look(self, pfn, &self->last);

		if (err)
			return err;
	}
	*ret = self->last;
	ret->start = pfn << memory->page_shift;
	return NULL;
}

/* A piece lies in one page, which comes whole or not at all: so does @buf. */
static struct error *read_piece(struct kdump_memory *self, paddr_t addr, size_t len, void *buf,
				enum memory_state *state_ret)
{
	size_t got = len;
	kdump_status status =
		self->library->kdump_read(self->ctx, KDUMP_MACHPHYSADDR, addr, buf, &got);
	struct error *err = NULL;

	/* The bitmaps said that it is there: if it is not, then the file has shrunk. */
	*state_ret = status == KDUMP_OK ? MEMORY_PRESENT : MEMORY_TRUNCATED;
	if (status != KDUMP_OK && status != KDUMP_ERR_EOF)
		err = error_context(failure(self, status), "page at 0x%llx",
				    (unsigned long long)addr);
	self->library->kdump_clear_err(self->ctx);
	return err;
}

static struct error *kdump_memory_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				       enum memory_state *state_ret)
{
	struct memory_extent extent;
	struct error *err = kdump_memory_extent(memory, addr, &extent);

	if (err)
		return err;
	*state_ret = extent.state;
	if (extent.state != MEMORY_PRESENT)
		return NULL;
	return read_piece((struct kdump_memory *)memory, addr, len, buf, state_ret);
}

enum { DIRECT_TRIES = 256 };

/* The part that has the page of @addr as it is, in a file that is as it was written. */
static struct part *find_stored(struct kdump_memory *self, paddr_t addr, uint64_t *offset_ret)
{
	const uint64_t page_size = UINT64_C(1) << self->memory.page_shift;
	const uint64_t pfn = addr >> self->memory.page_shift;

	/* Where most are compressed, looking for those that are not costs more than it gives. */
	if (pfn >= self->max_pfn || (self->asked >= DIRECT_TRIES && self->stored < self->asked / 4))
		return NULL;
	self->asked++;
	struct part *part = find_part(self, pfn);
	if (!part->mapping || part->truncated ||
	    !kdump_pages_stored(&part->pages, pfn, mapping_bytes(part->mapping), part->mapped,
				page_size, offset_ret))
		return NULL;
	self->stored++;
	return part;
}

static const unsigned char *kdump_memory_direct(struct memory *memory, paddr_t addr)
{
	const paddr_t mask = ((paddr_t)1 << memory->page_shift) - 1;
	uint64_t offset;
	const struct part *part = find_stored((struct kdump_memory *)memory, addr, &offset);

	return part ? mapping_bytes(part->mapping) + offset + (addr & mask) : NULL;
}

static void kdump_memory_destroy(struct memory *memory)
{
	struct kdump_memory *self = (struct kdump_memory *)memory;

	if (self->ctx)
		self->library->kdump_free(self->ctx);
	for (size_t i = 0; i < self->part_count; i++) {
		kdump_pages_deinit(&self->parts[i].pages);
		if (self->is_fork)
			continue;
		mapping_destroy(self->parts[i].mapping);
		dump_file_close(&self->parts[i].file);
	}
	free(self->parts);
	free(self);
}

static struct error *kdump_memory_fork(struct memory *memory, struct memory **ret);

static const struct memory_ops kdump_memory_ops = {
	.read = kdump_memory_read,
	.extent = kdump_memory_extent,
	.direct = kdump_memory_direct,
	.fork = kdump_memory_fork,
	.destroy = kdump_memory_destroy,
};

/* Takes @files. */
static struct error *kdump_memory_create(struct dump_file *files, size_t count,
					 struct kdump_memory **ret)
{
	struct kdump_memory *self = calloc(1, sizeof(*self));
	if (!self)
		return error_nomem();

	self->memory.ops = &kdump_memory_ops;
	self->parts = calloc(count, sizeof(self->parts[0]));
	if (!self->parts) {
		free(self);
		return error_nomem();
	}
	for (size_t i = 0; i < count; i++)
		self->parts[self->part_count++].file = dump_file_take(&files[i]);
	*ret = self;
	return NULL;
}

/* --- what the dump says of itself --- */

static struct error *read_vmcoreinfo_at(const struct dump_file *file, uint64_t offset, uint64_t len,
					char **ret)
{
	enum { VMCOREINFO_MAX_BYTES = 1 << 20 };

	if (len > VMCOREINFO_MAX_BYTES)
		return error_new(ERROR_CORRUPT, "'%s': its VMCOREINFO is impossibly large",
				 file->path);

	_cleanup_free_ char *text = calloc(1, len + 1);
	if (!text)
		return error_nomem();

	struct error *err = dump_file_read_exact(file, offset, text, len, "VMCOREINFO");
	if (!err)
		*ret = take_ptr(text);
	return err;
}

static struct error *read_notes(const struct part *part, struct elf_notes *notes)
{
	enum { NOTES_MAX_BYTES = 64 << 20 };

	if (part->header.notes_len > NOTES_MAX_BYTES)
		return error_new(ERROR_CORRUPT, "'%s': its notes are impossibly large",
				 part->file.path);

	_cleanup_free_ uint8_t *data = malloc(part->header.notes_len + 1);
	if (!data)
		return error_nomem();

	struct error *err = dump_file_read_exact(&part->file, part->header.notes_offset, data,
						 part->header.notes_len, "notes");
	if (err)
		return err;
	return elf_notes_scan(data, part->header.notes_len, part->header.big_endian, notes);
}

static struct error *find_vmcoreinfo(const struct part *part, struct elf_notes *notes, char **ret)
{
	if (notes->from_xen)
		return refuse_xen(part->file.path);
	if (part->header.vmcoreinfo_len)
		return read_vmcoreinfo_at(&part->file, part->header.vmcoreinfo_offset,
					  part->header.vmcoreinfo_len, ret);
	*ret = take_ptr(notes->vmcoreinfo);
	return *ret ? NULL : refuse_without_vmcoreinfo(part->file.path, notes->from_qemu);
}

/* QEMU leaves the machine's name empty, and writes such dumps mostly of x86-64 guests. */
static uint16_t guess_machine(const struct part *part, const char *vmcoreinfo)
{
	uint16_t machine = machine_from_vmcoreinfo(vmcoreinfo);

	if (machine != EM_NONE)
		return machine;
	if (part->header.big_endian)
		return EM_S390;
	return part->header.page_shift == 16 ? EM_PPC64 : EM_X86_64;
}

static struct error *find_machine(const struct part *part, const char *vmcoreinfo, uint16_t *ret)
{
	const char *name = part->header.uts_machine;

	*ret = *name ? machine_from_name(name) : guess_machine(part, vmcoreinfo);
	if (*ret == EM_NONE)
		return error_new(
			ERROR_UNSUPPORTED,
			"'%s' is a dump of an unknown machine ('%.64s'); known are " MACHINES_KNOWN,
			part->file.path, name);
	return NULL;
}

static struct error *check_page_size(const struct kdump_memory *self, const char *vmcoreinfo)
{
	const char *path = self->parts[0].file.path;
	unsigned shift;
	struct error *err = vmcoreinfo_page_shift(path, vmcoreinfo, &shift);

	if (!err && shift != self->memory.page_shift)
		err = error_new(ERROR_CORRUPT,
				"'%s' tells of two page sizes: %u bytes in its header, %u in its "
				"VMCOREINFO",
				path, 1U << self->memory.page_shift, 1U << shift);
	return err;
}

/* --- the library's side --- */

static kdump_status set_number(struct kdump_memory *self, const char *key, kdump_num_t number)
{
	kdump_attr_t attr = { .type = KDUMP_NUMBER, .val.number = number };

	return self->library->kdump_set_attr(self->ctx, key, &attr);
}

static kdump_status set_string(struct kdump_memory *self, const char *key, const char *string)
{
	kdump_attr_t attr = { .type = KDUMP_STRING, .val.string = string };

	return self->library->kdump_set_attr(self->ctx, key, &attr);
}

/*
 * Of decompressed pages. The library looks through all of its cache for each read, which
 * costs more than the cache gives: what is needed again is kept by those who need it.
 */
enum { CACHE_PAGES = 32 };

static struct error *open_context(struct kdump_memory *self, uint16_t machine)
{
	const char *name = machine_kdumpfile_name(machine);

	struct error *err = kdump_library_load(&self->library);

	if (err)
		return err;
	zstd_reuse_prepare();
	_cleanup_free_ int *fds = calloc(self->part_count, sizeof(*fds));
	self->ctx = self->library->kdump_new();
	if (!self->ctx || !fds)
		return error_nomem();
	for (size_t i = 0; i < self->part_count; i++)
		fds[i] = self->parts[i].file.fd;

	/* A mapped file that shrinks kills the reader. */
	kdump_status status = set_number(self, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (status == KDUMP_OK)
		status = set_number(self, "cache.size", CACHE_PAGES);
	/* With no name in the header the library would not even know the byte order of notes. */
	if (status == KDUMP_OK && name && !*self->parts[0].header.uts_machine)
		status = set_string(self, KDUMP_ATTR_ARCH_NAME, name);
	if (status == KDUMP_OK)
		status =
			self->library->kdump_open_fdset(self->ctx, (unsigned)self->part_count, fds);
	return status == KDUMP_OK ? NULL : failure(self, status);
}

/* The library tells the format and reads the header by rules of its own: they have to agree. */
static struct error *check_agreement(struct kdump_memory *self)
{
	kdump_attr_t format, page_shift;
	kdump_status status =
		self->library->kdump_get_attr(self->ctx, KDUMP_ATTR_FILE_FORMAT, &format);

	if (status == KDUMP_OK)
		status = self->library->kdump_get_attr(self->ctx, KDUMP_ATTR_PAGE_SHIFT,
						       &page_shift);
	if (status != KDUMP_OK)
		return failure(self, status);
	if (strcmp(format.val.string, "diskdump") ||
	    page_shift.val.number != self->memory.page_shift)
		return error_new(ERROR_CORRUPT, "'%s': its kdump header is ambiguous",
				 self->parts[0].file.path);
	return NULL;
}

static struct error *try_library(struct kdump_memory *self, uint16_t machine)
{
	struct error *err = open_context(self, machine);

	self->machine = machine;
	if (!err)
		err = check_agreement(self);
	if (err && self->ctx) {
		self->library->kdump_free(self->ctx);
		self->ctx = NULL;
	}
	return err;
}

/* --- forks --- */

static struct error *fork_parts(const struct kdump_memory *self, struct kdump_memory *fork)
{
	fork->parts = calloc(self->part_count, sizeof(fork->parts[0]));
	if (!fork->parts)
		return error_nomem();
	for (size_t i = 0; i < self->part_count; i++) {
		const struct part *part = &self->parts[i];
		struct part *to = &fork->parts[fork->part_count];

		*to = *part;
		to->file.window = NULL;
		struct error *err = kdump_pages_fork(&part->pages, &to->file, &to->pages);
		if (err)
			return err;
		fork->part_count++;
	}
	return NULL;
}

/* A context of its own: clones of one wait for each other at its cache. */
static struct error *kdump_memory_fork(struct memory *memory, struct memory **ret)
{
	const struct kdump_memory *self = (const struct kdump_memory *)memory;
	struct kdump_memory *fork = malloc(sizeof(*fork));

	if (!fork)
		return error_nomem();
	*fork = *self;
	fork->is_fork = true;
	fork->ctx = NULL;
	fork->last = (struct memory_extent){ 0 };
	fork->asked = fork->stored = 0;
	fork->parts = NULL;
	fork->part_count = 0;
	struct error *err = fork_parts(self, fork);
	if (!err)
		err = open_context(fork, self->machine);
	if (err) {
		kdump_memory_destroy(&fork->memory);
		return err;
	}
	*ret = &fork->memory;
	return NULL;
}

/* --- flattened files --- */

/* All of it that the library reads at once has to be there. */
static bool is_whole(const struct part *part)
{
	const struct kdump_header *header = &part->header;
	const struct {
		uint64_t offset, len;
	} ranges[] = {
		{ header->vmcoreinfo_offset, header->vmcoreinfo_len },
		{ header->notes_offset, header->notes_len },
		{ header->eraseinfo_offset, header->eraseinfo_len },
		{ header->machine_bitmap_offset, header->bitmap_len },
		{ header->file_bitmap_offset, header->bitmap_len },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (!dump_file_was_written(&part->file, ranges[i].offset, ranges[i].len))
			return false;
	}
	return !part->file.truncated;
}

/*
 * libkdumpfile up to 0.5.2 reads no flattened files. 0.5.3 and later do, but not
 * those that end early; 0.5.4 takes all files of a set for flattened when the first
 * is; and a block in a hole between records is looked up before the beginning of an
 * array.
 */
static bool may_read_flattened(const struct kdump_memory *self)
{
	for (size_t i = 0; i < self->part_count; i++) {
		if (!self->parts[i].file.map || !is_whole(&self->parts[i]))
			return false;
	}
	return true;
}

static struct error *put_together(struct kdump_memory *self)
{
	struct error *err = NULL;

	for (size_t i = 0; i < self->part_count && !err; i++) {
		if (self->parts[i].file.map)
			err = flattened_put_together(&self->parts[i].file);
	}
	return err;
}

/*
 * Whether the library can read flattened files is asked by giving it one: it does
 * not tell its version at run time, which need not be that of the header this was
 * compiled with. What it refuses is put together, for whatever reason it does, so
 * that no weakness of its in flattened files loses a dump.
 */
static struct error *open_library(struct kdump_memory *self, uint16_t machine)
{
	if (may_read_flattened(self)) {
		struct error *err = try_library(self, machine);

		if (!err)
			return NULL;
		error_destroy(err);
	}

	struct error *err = put_together(self);
	return err ? err : try_library(self, machine);
}

static struct error *describe(struct dump *dump, struct kdump_memory *self, struct elf_notes *notes)
{
	struct error *err = read_parts(self);

	if (!err)
		err = read_notes(&self->parts[0], notes);
	if (!err)
		err = find_vmcoreinfo(&self->parts[0], notes, &dump->vmcoreinfo);
	if (!err)
		err = find_machine(&self->parts[0], dump->vmcoreinfo, &dump->elf_machine);
	if (!err)
		err = check_page_size(self, dump->vmcoreinfo);
	if (!err)
		err = check_ends(self, dump);
	dump->big_endian = self->parts[0].header.big_endian;
	return err;
}

/* A file that was distilled answers as the full dump did. */
static struct error *take_distilled(struct dump *dump, struct elf_notes *notes)
{
	_cleanup_(distilled_deinit) struct distilled distilled = { 0 };
	bool is_truncated = dump->truncated;
	struct error *err = distilled_decode(dump->path, notes->extents, notes->extents_len,
					     dump->memory->page_shift, &distilled);

	if (err)
		return err;
	dump->distilled = true;
	dump->omits_zero_pages = distilled.omits_zero_pages;
	if (!is_truncated) {
		dump->truncated = distilled.truncated;
		dump->missing_bytes = distilled.missing_bytes;
	}
	dump->profile = take_ptr(notes->profile);
	dump->sample = take_ptr(notes->sample);
	return distilled_memory_create(dump->memory, &distilled, is_truncated, &dump->memory);
}

static void map_parts(struct kdump_memory *self)
{
	for (size_t i = 0; i < self->part_count; i++) {
		struct part *part = &self->parts[i];

		if (part->file.map || part->file.size > SIZE_MAX / 2)
			continue;
		part->mapped = (size_t)part->file.size;
		part->mapping = mapping_create(part->file.fd, part->mapped);
	}
}

/* What was read directly is not to be trusted once bytes of a file were lost. */
static bool is_lost(const struct kdump_memory *self)
{
	for (size_t i = 0; i < self->part_count; i++)
		if (self->parts[i].mapping && mapping_lost(self->parts[i].mapping))
			return true;
	return false;
}

static struct error *kdump_check(const struct dump *dump)
{
	/* A distilled dump's is below the one that answers for absent pages. */
	const struct memory *memory =
		dump->distilled ? distilled_memory_file(dump->memory) : dump->memory;

	return is_lost((const struct kdump_memory *)memory) ? dump_lost(dump) : NULL;
}

static struct error *kdump_open(struct dump *dump, struct dump_file *files, size_t file_count)
{
	struct kdump_memory *self;
	struct error *err = kdump_memory_create(files, file_count, &self);

	if (err)
		return err;
	dump->memory = &self->memory;
	_cleanup_(elf_notes_deinit) struct elf_notes notes = { 0 };
	err = describe(dump, self, &notes);
	if (!err)
		err = open_library(self, dump->elf_machine);
	if (!err)
		map_parts(self);
	return err || !notes.extents ? err : take_distilled(dump, &notes);
}

const struct dump_format dump_format_kdump = {
	.name = "kdump",
	.flattened_name = "flattened kdump",
	.takes_split_set = true,
	.takes_flattened = true,
	.probe = kdump_probe,
	.open = kdump_open,
	.check = kdump_check,
};
