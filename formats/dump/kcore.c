// SPDX-License-Identifier: LGPL-2.1-or-later
/* Physical memory of the running machine, read through the segments of /proc/kcore. */
#include "formats/dump/kcore.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/dump/elfnotes.h"
#include "formats/dump/format.h"
#include "formats/dump/dump_machine.h"
#include "formats/dump/segments.h"
#include "include/bytes.h"
#include "include/error.h"

enum {
	NOTES_MAX_BYTES = 16 << 20,
	VMCOREINFO_MAX_BYTES = 1 << 20,
};

/* --- headers --- */

struct headers {
	bool big_endian;
	uint16_t machine;
	uint64_t phdr_offset;
	size_t phdr_count;

	struct segment *segments;
	size_t segment_count;
	uint64_t bytes;	     /* of the segments together */
	bool tells_physical; /* some segment has a physical address */

	struct elf_notes notes;
};

static void headers_deinit(struct headers *headers)
{
	elf_notes_deinit(&headers->notes);
	free(headers->segments);
}

struct phdr {
	uint32_t type;
	uint64_t offset, paddr, size;
};

static struct error *read_ehdr(const struct dump_file *file, struct headers *ret)
{
	uint8_t raw[sizeof(Elf64_Ehdr)];
	struct error *err = dump_file_read_exact(file, 0, raw, sizeof(raw), "ELF header");

	if (err)
		return err;
	ret->big_endian = raw[EI_DATA] == ELFDATA2MSB;
	ret->machine = load_uint(raw + offsetof(Elf64_Ehdr, e_machine), 2, ret->big_endian);
	ret->phdr_offset = load_u64(raw + offsetof(Elf64_Ehdr, e_phoff), ret->big_endian);
	ret->phdr_count = load_uint(raw + offsetof(Elf64_Ehdr, e_phnum), 2, ret->big_endian);
	if (load_uint(raw + offsetof(Elf64_Ehdr, e_phentsize), 2, ret->big_endian) ==
	    sizeof(Elf64_Phdr))
		return NULL;
	return error_new(ERROR_CORRUPT, "'%s': its ELF header is damaged", file->path);
}

static struct error *read_phdr(const struct dump_file *file, const struct headers *headers,
			       size_t index, struct phdr *ret)
{
	const bool big = headers->big_endian;
	uint8_t raw[sizeof(Elf64_Phdr)];
	struct error *err = dump_file_read_exact(file, headers->phdr_offset + index * sizeof(raw),
						 raw, sizeof(raw), "program headers");

	if (err)
		return err;
	*ret = (struct phdr){
		.type = load_u32(raw + offsetof(Elf64_Phdr, p_type), big),
		.offset = load_u64(raw + offsetof(Elf64_Phdr, p_offset), big),
		.paddr = load_u64(raw + offsetof(Elf64_Phdr, p_paddr), big),
		.size = load_u64(raw + offsetof(Elf64_Phdr, p_filesz), big),
	};
	return NULL;
}

static struct error *read_notes(const struct dump_file *file, const struct phdr *phdr,
				struct headers *headers)
{
	size_t got;

	if (phdr->size > NOTES_MAX_BYTES)
		return error_new(ERROR_CORRUPT,
				 "'%s': its notes are impossibly large (%" PRIu64 " bytes)",
				 file->path, phdr->size);
	_cleanup_free_ uint8_t *data = malloc(phdr->size + 1);
	if (!data)
		return error_nomem();
	struct error *err = dump_file_read(file, phdr->offset, data, phdr->size, &got);
	return err ? err : elf_notes_scan(data, got, headers->big_endian, &headers->notes);
}

/*
 * The direct map, and the kernel's image. What is no physical memory in a row (vmalloc,
 * the vmemmap) has all ones for its address: commit 464920104bf7 (4.11).
 */
static void add_segment(const struct phdr *phdr, struct headers *headers)
{
	uint64_t paddr_end, offset_end;

	if (phdr->paddr == UINT64_MAX || !phdr->size ||
	    __builtin_add_overflow(phdr->paddr, phdr->size, &paddr_end) ||
	    __builtin_add_overflow(phdr->offset, phdr->size, &offset_end))
		return;
	headers->tells_physical |= phdr->paddr != 0;
	headers->segments[headers->segment_count++] =
		(struct segment){ phdr->paddr, paddr_end, phdr->offset, MEMORY_PRESENT };
}

static struct error *read_phdrs(const struct dump_file *file, struct headers *headers)
{
	headers->segments = calloc(headers->phdr_count + 1, sizeof(headers->segments[0]));
	if (!headers->segments)
		return error_nomem();

	for (size_t i = 0; i < headers->phdr_count; i++) {
		struct phdr phdr;
		struct error *err = read_phdr(file, headers, i, &phdr);

		if (!err && phdr.type == PT_NOTE)
			err = read_notes(file, &phdr, headers);
		if (err)
			return err;
		if (phdr.type == PT_LOAD)
			add_segment(&phdr, headers);
	}
	return NULL;
}

static struct error *read_headers(const struct dump_file *file, struct headers *headers)
{
	struct error *err = read_ehdr(file, headers);

	if (!err)
		err = machine_check(file->path, headers->machine);
	if (!err)
		err = read_phdrs(file, headers);
	if (err || headers->tells_physical)
		return err;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' does not say where its memory is: kernels before 4.11 do not, and "
			 "they share no vmemmap",
			 file->path);
}

bool kcore_probe(const struct dump_file *file)
{
	_cleanup_(headers_deinit) struct headers headers = { 0 };
	struct error *err = read_ehdr(file, &headers);

	if (!err)
		err = read_phdrs(file, &headers);
	bool is_kcore = !err && headers.notes.has_task;
	error_destroy(err);
	return is_kcore;
}

/* --- memory --- */

struct kcore_memory {
	struct memory memory;
	struct dump_file file;
	int flags_fd; /* /proc/kpageflags; -1: not to be had */
	struct segments segments;
	bool is_fork; /* all of the above is another's */
};

/* Bits of /proc/kpageflags: include/uapi/linux/kernel-page-flags.h and page_ext. */
enum { KPF_HWPOISON = 19, KPF_NOPAGE = 20, KPF_OFFLINE = 23 };

/* Whether the kernel gives zeroes for the page at @addr, whatever is in it. */
static bool is_hidden(const struct kcore_memory *self, paddr_t addr)
{
	const uint64_t hidden = UINT64_C(1) << KPF_HWPOISON | UINT64_C(1) << KPF_NOPAGE |
				UINT64_C(1) << KPF_OFFLINE;
	uint64_t flags;
	off_t at = (off_t)((addr >> self->memory.page_shift) * sizeof(flags));

	return self->flags_fd >= 0 &&
	       pread(self->flags_fd, &flags, sizeof(flags), at) == (ssize_t)sizeof(flags) &&
	       (flags & hidden);
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* Bytes that go away while they are read are absent, as are those that may not be read. */
static struct error *read_bytes(const struct kcore_memory *self, uint64_t offset, void *buf,
				size_t len, enum memory_state *state_ret)
{
	size_t done = 0;

	*state_ret = MEMORY_PRESENT;
	while (done < len) {
		ssize_t got = pread(self->file.fd, (char *)buf + done, len - done,
				    (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0 || (got < 0 && errno == EFAULT)) {
			*state_ret = MEMORY_ABSENT;
			return NULL;
		}
		if (got < 0)
			return error_new(ERROR_OS, "cannot read '%s' at offset 0x%" PRIx64 ": %s",
					 self->file.path, offset + done, strerror(errno));
		done += (size_t)got;
	}
	return NULL;
}

/* The first part of [@addr, @addr + @len) that one segment has; NULL if none has @addr. */
static const struct segment *segment_at(const struct kcore_memory *self, paddr_t addr, size_t *len)
{
	size_t found = segments_find(&self->segments, addr);
	const struct segment *segment = &self->segments.entries[found];

	if (found == self->segments.count || segment->start > addr)
		return NULL;
	if (*len > segment->end - addr)
		*len = (size_t)(segment->end - addr);
	return segment;
}

static struct error *kcore_memory_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				       enum memory_state *state_ret)
{
	const struct kcore_memory *self = (const struct kcore_memory *)memory;
	struct error *err = NULL;

	*state_ret = MEMORY_PRESENT;
	for (size_t done = 0, piece; done < len; done += piece) {
		piece = len - done;
		const struct segment *segment = segment_at(self, addr + done, &piece);

		if (segment)
			err = read_bytes(self, segment->offset + (addr + done - segment->start),
					 (char *)buf + done, piece, state_ret);
		else
			*state_ret = MEMORY_ABSENT;
		if (err || *state_ret != MEMORY_PRESENT)
			return err;
	}
	if (is_zero(buf, len) && is_hidden(self, addr))
		*state_ret = MEMORY_ABSENT;
	return NULL;
}

static struct error *kcore_memory_extent(struct memory *memory, paddr_t addr,
					 struct memory_extent *ret)
{
	const struct kcore_memory *self = (const struct kcore_memory *)memory;

	*ret = segments_extent(&self->segments, addr, memory->page_shift);
	return NULL;
}

/* pread() knows no place in the file, so that threads can share it. */
static struct error *kcore_memory_fork(struct memory *memory, struct memory **ret)
{
	struct kcore_memory *fork = malloc(sizeof(*fork));

	if (!fork)
		return error_nomem();
	*fork = *(const struct kcore_memory *)memory;
	fork->is_fork = true;
	*ret = &fork->memory;
	return NULL;
}

static void kcore_memory_destroy(struct memory *memory)
{
	struct kcore_memory *self = (struct kcore_memory *)memory;

	if (!self->is_fork) {
		segments_deinit(&self->segments);
		closep(&self->flags_fd);
		dump_file_close(&self->file);
	}
	free(self);
}

static const struct memory_ops kcore_memory_ops = {
	.read = kcore_memory_read,
	.extent = kcore_memory_extent,
	.fork = kcore_memory_fork,
	.destroy = kcore_memory_destroy,
};

static int open_under(const char *root, const char *path)
{
	_cleanup_free_ char *name = NULL;

	if (asprintf(&name, "%s%s", root, path) < 0) {
		name = NULL;
		return -1;
	}
	return open(name, O_RDONLY | O_CLOEXEC);
}

/* The page size is not known yet. */
static struct error *memory_create(struct dump_file *file, struct headers *headers,
				   const char *root, struct kcore_memory **ret)
{
	struct kcore_memory *self = calloc(1, sizeof(*self));

	if (!self)
		return error_nomem();
	self->memory.ops = &kcore_memory_ops;
	self->file = dump_file_take(file);
	self->flags_fd = open_under(root, "/proc/kpageflags");
	*ret = self;
	return segments_init(headers->segments, headers->segment_count, &self->segments);
}

/* --- VMCOREINFO --- */

/* "0x15ce10000 1024": where the note lies in physical memory, and how long it may be, in hex. */
static bool vmcoreinfo_place(const char *root, paddr_t *addr_ret, size_t *len_ret)
{
	_cleanup_close_ int fd = open_under(root, "/sys/kernel/vmcoreinfo");
	char text[64], *end;
	ssize_t got = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (got <= 0)
		return false;
	text[got] = '\0';
	*addr_ret = strtoull(text, &end, 16);
	*len_ret = strtoull(end, NULL, 16);
	return *addr_ret && *len_ret && *len_ret <= VMCOREINFO_MAX_BYTES;
}

/* Before 5.0 or so the notes of /proc/kcore have none. */
static struct error *read_vmcoreinfo(const struct kcore_memory *self, const char *root,
				     struct headers *headers)
{
	enum memory_state state = MEMORY_ABSENT;
	struct error *err = NULL;
	paddr_t addr;
	size_t len;

	if (headers->notes.vmcoreinfo || !vmcoreinfo_place(root, &addr, &len))
		return NULL;
	_cleanup_free_ uint8_t *note = malloc(len);
	if (!note)
		return error_nomem();
	size_t there = len;
	const struct segment *segment = segment_at(self, addr, &there);
	if (segment && there == len)
		err = read_bytes(self, segment->offset + (addr - segment->start), note, len,
				 &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	return elf_notes_scan(note, len, headers->big_endian, &headers->notes);
}

/* --- opening --- */

static uint64_t bytes_of(const struct segments *segments)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < segments->count; i++)
		bytes += segments->entries[i].end - segments->entries[i].start;
	return bytes;
}

static struct error *fill_dump(struct dump *dump, struct dump_file *file, struct headers *headers,
			       const char *root)
{
	struct kcore_memory *self = NULL;
	struct error *err = memory_create(file, headers, root, &self);

	if (self)
		dump->memory = &self->memory;
	if (!err)
		err = read_vmcoreinfo(self, root, headers);
	if (err)
		return err;
	if (!headers->notes.vmcoreinfo)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' has no VMCOREINFO, nor has /sys/kernel/vmcoreinfo: this "
				 "kernel is built without CONFIG_VMCORE_INFO (CONFIG_CRASH_CORE)",
				 self->file.path);
	dump->live = true;
	dump->elf_machine = headers->machine;
	dump->big_endian = headers->big_endian;
	dump->size_bytes = bytes_of(&self->segments);
	dump->vmcoreinfo = take_ptr(headers->notes.vmcoreinfo);
	return vmcoreinfo_page_shift(self->file.path, dump->vmcoreinfo, &self->memory.page_shift);
}

struct error *kcore_open(struct dump *dump, struct dump_file *file, const char *root)
{
	_cleanup_(headers_deinit) struct headers headers = { 0 };
	struct error *err = read_headers(file, &headers);

	return err ? err : fill_dump(dump, file, &headers, root);
}

static bool probe_here(const struct dump_file *file, const uint8_t *head, size_t len)
{
	return file->in_procfs && elf_head_probe(head, len) && kcore_probe(file);
}

static struct error *open_here(struct dump *dump, struct dump_file *files, size_t file_count)
{
	(void)file_count;
	return kcore_open(dump, &files[0], "");
}

const struct dump_format dump_format_kcore = {
	.name = "kcore",
	.flattened_name = "kcore",
	.probe = probe_here,
	.open = open_here,
};
