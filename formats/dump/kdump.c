// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * kdump-compressed dumps. A page that cannot be had from the file, whatever is wrong with
 * its descriptor or its bytes, is damaged: no reason to give up the others.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/damaged_pages.h"
#include "formats/dump/distilled_memory.h"
#include "formats/dump/elfnotes.h"
#include "formats/dump/format.h"
#include "formats/dump/kdump_header.h"
#include "formats/dump/kdump_pages.h"
#include "formats/dump/kdump_unpack.h"
#include "formats/dump/dump_machine.h"
#include "formats/dump/mapping.h"
#include "formats/dump/vmcoreinfo_search.h"
#include "include/error.h"
#include "include/machines.h"

/* One file of the split set; the only one of a dump that is none. */
struct part {
	struct dump_file file;
	struct kdump_header header;
	struct kdump_pages pages;
	bool truncated;
	struct mapping_file *mapping; /* NULL: its bytes are read */
	struct kdump_bytes mapped;
};

/* Pages that were unpacked for a piece of them: more pieces are asked for next. */
enum { KEPT_PAGES = 64 };

struct kept_page {
	uint64_t pfn_plus_1; /* 0: none */
	enum memory_state state;
};

struct kdump_memory {
	struct memory memory;
	struct part *parts; /* ascending by start_pfn */
	size_t part_count;
	uint64_t max_pfn;
	struct damaged_pages *damaged;
	bool is_fork; /* the parts' files and @damaged are another's */

	/* What follows changes with each read. */
	struct memory_extent last; /* that was looked up; empty at first */
	unsigned asked, stored;	   /* pages looked for as they are, and those that were so */
	struct kdump_unpacker unpacker;
	uint8_t *packed; /* room for a page, of a file that is not mapped */
	uint8_t *pages;	 /* room for KEPT_PAGES; NULL until there is need */
	struct kept_page kept[KEPT_PAGES];
};

static bool kdump_probe(const struct dump_file *file, const uint8_t *head, size_t len)
{
	(void)file;
	return len >= 8 && (memcmp(head, "KDUMP   ", 8) == 0 || memcmp(head, "DISKDUMP", 8) == 0);
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
	    memcmp(a->header.identity, b->header.identity, sizeof(a->header.identity)) == 0)
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
			return error_new(ERROR_MISMATCH,
					 "'%s' is a whole dump, not a file of a split set",
					 part->file.path);
		if (part->header.start_pfn < expected)
			return error_new(ERROR_MISMATCH,
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
		if (self->parts[i].pages.end_pfn > self->max_pfn)
			self->max_pfn = self->parts[i].pages.end_pfn;
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
	uint64_t end;
	struct error *err = kdump_pages_look(&part->pages, pfn, part->truncated, &ret->state, &end);
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

/* The @place's bytes, where they are or in self->packed. NULL if the file does not have them. */
static struct error *packed_bytes(struct kdump_memory *self, const struct part *part,
				  const struct kdump_place *place, const uint8_t **ret)
{
	size_t got;

	*ret = part->mapped.bytes ? part->mapped.bytes + place->offset : NULL;
	if (*ret)
		return NULL;
	if (!dump_file_was_written(&part->file, place->offset, place->size))
		return NULL;
	if (!self->packed)
		self->packed = malloc((size_t)1 << self->memory.page_shift);
	if (!self->packed)
		return error_nomem();
	struct error *err =
		dump_file_read(&part->file, place->offset, self->packed, place->size, &got);
	if (!err && got == place->size)
		*ret = self->packed;
	return err;
}

/* False in *ret if @place cannot be where a page is, or what is there is none. */
static struct error *unpack_place(struct kdump_memory *self, const struct part *part,
				  const struct kdump_place *place, uint8_t *page, bool *ret)
{
	const uint8_t *packed = NULL;
	struct error *err = NULL;

	*ret = false;
	if (kdump_place_is_sound(&part->pages, place))
		err = packed_bytes(self, part, place, &packed);
	if (err || !packed)
		return err;
	return kdump_unpack(&self->unpacker, place->flags, packed, place->size, page,
			    (size_t)1 << self->memory.page_shift, ret);
}

static bool is_lost(const struct part *part)
{
	return part->mapping && mapping_lost(part->mapping);
}

/* Unpacks page frame @pfn, which is in the file, to @page. */
static struct error *unpack_page(struct kdump_memory *self, uint64_t pfn, uint8_t *page,
				 enum memory_state *state_ret)
{
	struct part *part = find_part(self, pfn);
	struct kdump_place place;
	bool is_page = false;
	struct error *err = kdump_pages_place(&part->pages, pfn, &part->mapped, &place, state_ret);

	if (!err && *state_ret == MEMORY_PRESENT)
		err = unpack_place(self, part, &place, page, &is_page);
	if (err || is_page || *state_ret != MEMORY_PRESENT)
		return err;
	/* A file that becomes shorter while it is read is not damaged: dump_check() tells. */
	*state_ret = is_lost(part) ? MEMORY_TRUNCATED : MEMORY_DAMAGED;
	return *state_ret == MEMORY_DAMAGED ? damaged_pages_add(self->damaged, pfn) : NULL;
}

/* The page frame in self->pages, unpacked there if it is not. */
static struct error *keep_page(struct kdump_memory *self, uint64_t pfn, const uint8_t **ret,
			       enum memory_state *state_ret)
{
	const size_t slot = (size_t)(pfn % KEPT_PAGES), shift = self->memory.page_shift;
	struct kept_page *kept = &self->kept[slot];
	struct error *err = NULL;

	if (!self->pages)
		self->pages = malloc((size_t)KEPT_PAGES << shift);
	if (!self->pages)
		return error_nomem();
	uint8_t *page = self->pages + (slot << shift);
	if (kept->pfn_plus_1 != pfn + 1) {
		kept->pfn_plus_1 = 0;
		err = unpack_page(self, pfn, page, &kept->state);
		if (!err)
			kept->pfn_plus_1 = pfn + 1;
	}
	*ret = page;
	*state_ret = kept->state;
	return err;
}

/* A piece lies in one page, which comes whole or not at all: so does @buf. */
static struct error *read_piece(struct kdump_memory *self, paddr_t addr, size_t len, void *buf,
				enum memory_state *state_ret)
{
	const size_t page_size = (size_t)1 << self->memory.page_shift;
	const uint64_t pfn = addr >> self->memory.page_shift;
	const uint8_t *page = NULL;

	/* A whole page is read at once. */
	if (len == page_size && self->kept[pfn % KEPT_PAGES].pfn_plus_1 != pfn + 1)
		return unpack_page(self, pfn, buf, state_ret);
	struct error *err = keep_page(self, pfn, &page, state_ret);
	if (!err && *state_ret == MEMORY_PRESENT)
		memcpy(buf, page + (addr & (page_size - 1)), len);
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
	const uint64_t pfn = addr >> self->memory.page_shift;

	/* Where most are compressed, looking for those that are not costs more than it gives. */
	if (pfn >= self->max_pfn || (self->asked >= DIRECT_TRIES && self->stored < self->asked / 4))
		return NULL;
	self->asked++;
	struct part *part = find_part(self, pfn);
	if (!part->mapping || !kdump_pages_stored(&part->pages, pfn, &part->mapped, offset_ret))
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

static void kdump_memory_damage(const struct memory *memory, struct memory_damage *ret)
{
	const struct kdump_memory *self = (const struct kdump_memory *)memory;

	damaged_pages_tell(self->damaged, ret);
}

static void kdump_memory_destroy(struct memory *memory)
{
	struct kdump_memory *self = (struct kdump_memory *)memory;

	for (size_t i = 0; i < self->part_count; i++) {
		kdump_pages_deinit(&self->parts[i].pages);
		if (self->is_fork)
			continue;
		mapping_destroy(self->parts[i].mapping);
		dump_file_close(&self->parts[i].file);
	}
	if (!self->is_fork)
		damaged_pages_destroy(self->damaged);
	kdump_unpacker_deinit(&self->unpacker);
	free(self->packed);
	free(self->pages);
	free(self->parts);
	free(self);
}

static struct error *kdump_memory_fork(struct memory *memory, struct memory **ret);

static const struct memory_ops kdump_memory_ops = {
	.read = kdump_memory_read,
	.extent = kdump_memory_extent,
	.direct = kdump_memory_direct,
	.fork = kdump_memory_fork,
	.damage = kdump_memory_damage,
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

/* What the header says is the VMCOREINFO; NULL in *ret where it can be none. */
static struct error *read_vmcoreinfo(const struct part *part, char **ret)
{
	enum { VMCOREINFO_MAX_BYTES = 1 << 20 };
	const uint64_t offset = part->header.vmcoreinfo_offset, len = part->header.vmcoreinfo_len;

	*ret = NULL;
	if (!len || len > VMCOREINFO_MAX_BYTES || !dump_file_holds(&part->file, offset, len))
		return NULL;

	_cleanup_free_ char *text = calloc(1, len + 1);
	if (!text)
		return error_nomem();

	struct error *err = dump_file_read_exact(&part->file, offset, text, len, "VMCOREINFO");
	if (!err && vmcoreinfo_is_usable(text))
		*ret = take_ptr(text);
	return err;
}

static struct error *read_notes(const struct part *part, struct elf_notes *notes)
{
	enum { NOTES_MAX_BYTES = 64 << 20 };

	if (part->header.notes_len > NOTES_MAX_BYTES)
		return error_new(ERROR_CORRUPT,
				 "'%s' is damaged: its kdump header claims notes of %llu bytes",
				 part->file.path, (unsigned long long)part->header.notes_len);

	_cleanup_free_ uint8_t *data = malloc(part->header.notes_len + 1);
	if (!data)
		return error_nomem();

	struct error *err = dump_file_read_exact(&part->file, part->header.notes_offset, data,
						 part->header.notes_len, "notes");
	if (err)
		return err;
	return elf_notes_scan(data, part->header.notes_len, part->header.big_endian, notes);
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

static uint16_t machine_of(const void *context, const char *vmcoreinfo)
{
	const struct part *part = context;
	const char *name = part->header.uts_machine;

	return *name ? machine_from_name(name) : guess_machine(part, vmcoreinfo);
}

static struct error *find_machine(const struct part *part, const char *vmcoreinfo, uint16_t *ret)
{
	*ret = machine_of(part, vmcoreinfo);
	if (*ret == EM_NONE)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is a dump of an unknown machine ('%.64s'); known are %s",
				 part->file.path, part->header.uts_machine,
				 uts_machine_list().text);
	return NULL;
}

/*
 * QEMU writes none of a guest that has no vmcoreinfo device: then the kernel's own lies in
 * memory, as it does where the file's was lost.
 */
static struct error *find_vmcoreinfo(struct dump *dump, const struct part *part,
				     struct elf_notes *notes)
{
	struct vmcoreinfo info = { 0 };
	struct error *err;

	if (notes->from_xen)
		return refuse_xen(part->file.path);
	if (dump->options.vmcoreinfo)
		err = vmcoreinfo_named(dump->options.vmcoreinfo, dump->memory, &info);
	else
		err = read_vmcoreinfo(part, &info.text);
	if (!err && !info.text && notes->vmcoreinfo && vmcoreinfo_is_usable(notes->vmcoreinfo))
		info.text = take_ptr(notes->vmcoreinfo);
	if (!err && info.text && !dump->options.vmcoreinfo)
		err = vmcoreinfo_doubt(dump, part->header.big_endian, machine_of, part, &info);
	if (!err && !info.text)
		err = vmcoreinfo_search(dump, dump->memory, machine_of, part, &info);
	dump->big_endian = info.has_order ? info.big_endian : part->header.big_endian;
	dump->vmcoreinfo = info.text;
	if (err || info.text)
		return err;
	if (dump->truncated)
		return refuse_truncated_without_vmcoreinfo(part->file.path);
	return refuse_without_vmcoreinfo(part->file.path, notes->from_qemu);
}

/*
 * QEMU does not know the page size of the guest: of arm64, where it may be 4, 16 or 64 KiB, it
 * writes blocks of the largest (target/arm/arch_dump.c, cpu_get_dump_info()).
 */
static struct error *check_page_size(const struct kdump_memory *self, const char *vmcoreinfo,
				     bool from_qemu)
{
	const char *path = self->parts[0].file.path;
	unsigned shift;
	struct error *err = vmcoreinfo_page_shift(path, vmcoreinfo, &shift);

	if (!err && from_qemu && shift < self->memory.page_shift)
		return NULL;
	if (!err && shift != self->memory.page_shift)
		err = error_new(ERROR_CORRUPT,
				"'%s' has two page sizes: %u bytes in its header, %u in its "
				"VMCOREINFO",
				path, 1U << self->memory.page_shift, 1U << shift);
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

static struct error *kdump_memory_fork(struct memory *memory, struct memory **ret)
{
	const struct kdump_memory *self = (const struct kdump_memory *)memory;
	struct kdump_memory *fork = calloc(1, sizeof(*fork));

	if (!fork)
		return error_nomem();
	fork->memory = self->memory;
	fork->max_pfn = self->max_pfn;
	fork->damaged = self->damaged;
	fork->is_fork = true;
	struct error *err = fork_parts(self, fork);
	if (err) {
		kdump_memory_destroy(&fork->memory);
		return err;
	}
	*ret = &fork->memory;
	return NULL;
}

/* --- opening --- */

static void map_part(struct part *part)
{
	/* Of a flattened file the bytes are elsewhere. */
	if (part->file.map || part->file.size > SIZE_MAX / 2)
		return;
	part->mapping = mapping_create(part->file.fd, (size_t)part->file.size);
	if (part->mapping)
		part->mapped =
			(struct kdump_bytes){ mapping_bytes(part->mapping), part->file.size };
}

static struct error *describe(struct dump *dump, struct kdump_memory *self, struct elf_notes *notes)
{
	struct error *err = read_parts(self);

	if (!err)
		err = check_ends(self, dump);
	if (!err)
		err = damaged_pages_create(self->max_pfn, &self->damaged);
	for (size_t i = 0; !err && i < self->part_count; i++)
		map_part(&self->parts[i]);
	if (!err)
		err = read_notes(&self->parts[0], notes);
	if (!err)
		err = find_vmcoreinfo(dump, &self->parts[0], notes);
	if (!err)
		err = find_machine(&self->parts[0], dump->vmcoreinfo, &dump->elf_machine);
	if (!err)
		err = check_page_size(self, dump->vmcoreinfo, notes->from_qemu);
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
	dump->crash = take_ptr(notes->crash);
	return distilled_memory_create(dump->memory, &distilled, is_truncated, &dump->memory);
}

/* Nothing is to be trusted once bytes of a file were lost. */
static struct error *kdump_check(const struct dump *dump)
{
	/* A distilled dump's is below the one that answers for absent pages. */
	const struct memory *memory =
		dump->distilled ? distilled_memory_file(dump->memory) : dump->memory;

	const struct kdump_memory *self = (const struct kdump_memory *)memory;
	for (size_t i = 0; i < self->part_count; i++) {
		if (is_lost(&self->parts[i]))
			return dump_lost(dump);
	}
	return NULL;
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
	if (err)
		return err;
	elf_notes_give_cpus(&notes, dump);
	return notes.extents ? take_distilled(dump, &notes) : NULL;
}

const struct dump_format dump_format_kdump = {
	.name = "kdump",
	.flattened_name = "flattened kdump",
	.set_files = "the parts of one kdump-compressed dump",
	.takes_flattened = true,
	.probe = kdump_probe,
	.open = kdump_open,
	.check = kdump_check,
};
