// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Dumps that are made by little else than old or rare machines: LKCD, SADUMP and s390's
 * stand-alone dump. libkdumpfile reads them, and is loaded only then; it trusts the numbers
 * of a damaged file, and can crash.
 */
#include <dlfcn.h>
#include <elf.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libkdumpfile/kdumpfile.h>

#include "formats/dump/damaged_pages.h"
#include "formats/dump/dump_machine.h"
#include "formats/dump/format.h"
#include "formats/dump/vmcoreinfo_search.h"
#include "include/array.h"
#include "include/dlopen_note.h"
#include "include/error.h"
#include "include/machines.h"

DLOPEN_NOTE(kdumpfile_note, KDUMPFILE_SONAME, "kdumpfile",
	    "Dumps in the formats LKCD, SADUMP and s390 stand-alone");

/* --- the library ---------------------------------------------------------------- */

static struct {
	void *handle;
	__typeof__(kdump_new) *new;
	__typeof__(kdump_free) *free;
	__typeof__(kdump_open_fdset) *open_fdset;
	__typeof__(kdump_read) *read;
	__typeof__(kdump_get_err) *get_err;
	__typeof__(kdump_clear_err) *clear_err;
	__typeof__(kdump_get_attr) *get_attr;
	__typeof__(kdump_vmcoreinfo_raw) *vmcoreinfo_raw;
	__typeof__(kdump_bmp_decref) *bmp_decref;
	__typeof__(kdump_bmp_get_bits) *bmp_get_bits;
	__typeof__(kdump_bmp_find_set) *bmp_find_set;
	__typeof__(kdump_bmp_find_clear) *bmp_find_clear;
} library;

static const struct {
	const char *name;
	void *place;
} functions[] = {
	{ "kdump_new", &library.new },
	{ "kdump_free", &library.free },
	{ "kdump_open_fdset", &library.open_fdset },
	{ "kdump_read", &library.read },
	{ "kdump_get_err", &library.get_err },
	{ "kdump_clear_err", &library.clear_err },
	{ "kdump_get_attr", &library.get_attr },
	{ "kdump_vmcoreinfo_raw", &library.vmcoreinfo_raw },
	{ "kdump_bmp_decref", &library.bmp_decref },
	{ "kdump_bmp_get_bits", &library.bmp_get_bits },
	{ "kdump_bmp_find_set", &library.bmp_find_set },
	{ "kdump_bmp_find_clear", &library.bmp_find_clear },
};

static void library_load(void)
{
	void *handle = dlopen(KDUMPFILE_SONAME, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; handle && i < COUNT_OF(functions); i++) {
		/* As POSIX has it: a function's address in an object's pointer. */
		void *found = dlsym(handle, functions[i].name);

		if (!found)
			return;
		*(void **)functions[i].place = found;
	}
	library.handle = handle;
}

static struct error *library_get(const char *path, const char *format)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, library_load);
	if (library.handle)
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is in the format %s, which %s reads: install libkdumpfile", path,
			 format, KDUMPFILE_SONAME);
}

/* --- pages ------------------------------------------------------------------------ */

struct old_memory {
	struct memory memory;
	kdump_ctx_t *context;
	int *fds;
	size_t fd_count;
	char *path;
	const char *advice; /* what else can be done with such a file */
	pfn_t end_pfn;
	kdump_bmp_t *machine_pages, *file_pages; /* NULL: not known without reading */
	struct damaged_pages *damaged;
};

static struct error *take_state(struct old_memory *self, kdump_status status, pfn_t pfn,
				enum memory_state *ret)
{
	static const struct {
		kdump_status status;
		enum memory_state state;
	} states[] = {
		{ KDUMP_OK, MEMORY_PRESENT },
		{ KDUMP_ERR_NODATA, MEMORY_EXCLUDED },
		{ KDUMP_ERR_EOF, MEMORY_TRUNCATED },
		{ KDUMP_ERR_CORRUPT, MEMORY_DAMAGED },
	};

	for (size_t i = 0; i < COUNT_OF(states); i++) {
		if (states[i].status != status)
			continue;
		library.clear_err(self->context);
		*ret = states[i].state;
		return *ret == MEMORY_DAMAGED ? damaged_pages_add(self->damaged, pfn) : NULL;
	}
	struct error *err = error_new(ERROR_OS, "cannot read '%s': %s", self->path,
				      library.get_err(self->context));
	library.clear_err(self->context);
	return err;
}

static struct error *old_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
			      enum memory_state *state_ret)
{
	struct old_memory *self = (struct old_memory *)memory;
	pfn_t pfn = addr >> memory->page_shift;
	unsigned char page[1 << 16];
	size_t got = len;

	*state_ret = MEMORY_ABSENT;
	if (pfn >= self->end_pfn)
		return NULL;
	kdump_status status = library.read(self->context, KDUMP_MACHPHYSADDR, addr, page, &got);
	struct error *err = take_state(self, status, pfn, state_ret);
	if (!err && *state_ret == MEMORY_PRESENT)
		memcpy(buf, page, len);
	return err;
}

/* *ret is the first page from @pfn on whose bit is not @set; at most @end. */
static pfn_t run_end(kdump_bmp_t *bitmap, pfn_t pfn, bool set, pfn_t end)
{
	kdump_addr_t next = pfn;
	kdump_status status = (set ? library.bmp_find_clear : library.bmp_find_set)(bitmap, &next);

	return status == KDUMP_OK && next > pfn && next < end ? next : end;
}

static bool has_page(kdump_bmp_t *bitmap, pfn_t pfn)
{
	unsigned char bits = 0;

	return library.bmp_get_bits(bitmap, pfn, pfn, &bits) == KDUMP_OK && (bits & 1);
}

static pfn_t extent_by_bitmaps(const struct old_memory *self, pfn_t pfn,
			       enum memory_state *state_ret)
{
	bool is_there = has_page(self->file_pages, pfn);
	pfn_t end = run_end(self->file_pages, pfn, is_there, self->end_pfn);

	*state_ret = is_there ? MEMORY_PRESENT : MEMORY_EXCLUDED;
	if (is_there || !self->machine_pages)
		return end;
	bool is_known = has_page(self->machine_pages, pfn);
	*state_ret = is_known ? MEMORY_EXCLUDED : MEMORY_ABSENT;
	return run_end(self->machine_pages, pfn, is_known, end);
}

static struct error *old_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	struct old_memory *self = (struct old_memory *)memory;
	const unsigned shift = memory->page_shift;
	pfn_t pfn = addr >> shift, end = pfn + 1;
	struct error *err = NULL;
	unsigned char byte;

	ret->start = pfn << shift;
	if (pfn >= self->end_pfn) {
		ret->end = UINT64_MAX >> shift << shift;
		ret->state = MEMORY_ABSENT;
		return NULL;
	}
	if (self->file_pages)
		end = extent_by_bitmaps(self, pfn, &ret->state);
	else
		err = old_read(memory, ret->start, 1, &byte, &ret->state);
	ret->end = end << shift;
	return err;
}

static void old_damage(const struct memory *memory, struct memory_damage *ret)
{
	damaged_pages_tell(((const struct old_memory *)memory)->damaged, ret);
}

static void old_destroy(struct memory *memory)
{
	struct old_memory *self = (struct old_memory *)memory;

	if (self->machine_pages)
		library.bmp_decref(self->machine_pages);
	if (self->file_pages)
		library.bmp_decref(self->file_pages);
	if (self->context)
		library.free(self->context);
	for (size_t i = 0; i < self->fd_count; i++)
		close(self->fds[i]);
	free(self->fds);
	free(self->path);
	damaged_pages_destroy(self->damaged);
	free(self);
}

static const struct memory_ops old_ops = {
	.read = old_read,
	.extent = old_extent,
	.damage = old_damage,
	.destroy = old_destroy,
};

/* --- opening ---------------------------------------------------------------------- */

static struct error *library_refuses(const struct old_memory *self)
{
	static const char prefix[] = "Cannot set file.set.0.fd: "; /* how it is told of the file */
	const char *why = library.get_err(self->context);

	if (strncmp(why, prefix, strlen(prefix)) == 0)
		why += strlen(prefix);
	return error_new(ERROR_CORRUPT, "'%s' cannot be read: %s; %s", self->path, why,
			 self->advice);
}

static struct error *number_get(const struct old_memory *self, const char *key, uint64_t *ret)
{
	kdump_attr_t attr = { .type = KDUMP_NUMBER };

	if (library.get_attr(self->context, key, &attr) != KDUMP_OK || attr.type != KDUMP_NUMBER)
		return library_refuses(self);
	*ret = attr.val.number;
	return NULL;
}

/* NULL where the format has none, or the library does not give it. */
static kdump_bmp_t *bitmap_get(const struct old_memory *self, const char *key)
{
	kdump_attr_t attr = { .type = KDUMP_BITMAP };

	if (library.get_attr(self->context, key, &attr) == KDUMP_OK && attr.type == KDUMP_BITMAP)
		return attr.val.bitmap;
	library.clear_err(self->context);
	return NULL;
}

static struct error *memory_create(struct dump_file *files, size_t count, const char *advice,
				   struct old_memory **ret)
{
	struct old_memory *self = calloc(1, sizeof(*self));

	if (!self)
		return error_nomem();
	self->memory.ops = &old_ops;
	self->advice = advice;
	*ret = self;
	self->path = strdup(files[0].path);
	self->fds = calloc(count, sizeof(self->fds[0]));
	if (!self->path || !self->fds)
		return error_nomem();
	for (; self->fd_count < count; self->fd_count++)
		self->fds[self->fd_count] = take_fd(&files[self->fd_count].fd);
	self->context = library.new();
	if (!self->context)
		return error_nomem();
	if (library.open_fdset(self->context, (unsigned)count, self->fds) == KDUMP_OK)
		return NULL;
	struct error *err = library_refuses(self);
	self->context = NULL; /* 0.5.1 can crash when it is freed now: it is lost */
	return err;
}

static struct error *read_sizes(struct old_memory *self)
{
	uint64_t page_bytes = 0;
	struct error *err = number_get(self, KDUMP_ATTR_PAGE_SIZE, &page_bytes);

	if (!err)
		err = number_get(self, "max_pfn", &self->end_pfn);
	if (err)
		return err;
	self->memory.page_shift = page_size_shift(page_bytes);
	if (!self->memory.page_shift)
		return error_new(ERROR_CORRUPT, "'%s' has pages of %" PRIu64 " bytes", self->path,
				 page_bytes);
	if (self->end_pfn > UINT64_MAX >> self->memory.page_shift)
		self->end_pfn = UINT64_MAX >> self->memory.page_shift;
	self->file_pages = bitmap_get(self, KDUMP_ATTR_FILE_PAGEMAP);
	self->machine_pages = bitmap_get(self, KDUMP_ATTR_MEMORY_PAGEMAP);
	return damaged_pages_create(self->end_pfn, &self->damaged);
}

/* Of the name that the library has for it. */
static uint16_t machine_of(const void *context, const char *vmcoreinfo)
{
	const struct old_memory *self = context;
	kdump_attr_t attr = { .type = KDUMP_STRING };
	uint16_t machine = vmcoreinfo ? machine_from_vmcoreinfo(vmcoreinfo) : EM_NONE;

	if (machine != EM_NONE)
		return machine;
	if (library.get_attr(self->context, KDUMP_ATTR_ARCH_NAME, &attr) != KDUMP_OK) {
		library.clear_err(self->context);
		return EM_NONE;
	}
	return machine_from_name(attr.val.string);
}

static bool is_big_endian(const struct old_memory *self)
{
	kdump_attr_t attr = { .type = KDUMP_NUMBER };

	if (library.get_attr(self->context, KDUMP_ATTR_BYTE_ORDER, &attr) == KDUMP_OK)
		return attr.val.number == KDUMP_BIG_ENDIAN;
	library.clear_err(self->context);
	return false;
}

static struct error *find_vmcoreinfo(struct dump *dump, struct old_memory *self)
{
	struct vmcoreinfo info = { 0 };
	struct error *err = NULL;

	if (dump->options.vmcoreinfo)
		err = vmcoreinfo_named(dump->options.vmcoreinfo, dump->memory, &info);
	else if (library.vmcoreinfo_raw(self->context, &info.text) != KDUMP_OK)
		library.clear_err(self->context);
	if (!err && !info.text)
		err = vmcoreinfo_search(dump, dump->memory, machine_of, self, &info);
	dump->big_endian = info.has_order ? info.big_endian : is_big_endian(self);
	dump->vmcoreinfo = info.text;
	if (err || info.text)
		return err;
	return refuse_without_vmcoreinfo(self->path, false);
}

static struct error *find_machine(struct dump *dump, const struct old_memory *self)
{
	dump->elf_machine = machine_of(self, dump->vmcoreinfo);
	if (dump->elf_machine == EM_NONE)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is a dump of an unknown machine; known are %s", self->path,
				 uts_machine_list().text);
	return machine_check(self->path, dump->elf_machine);
}

static struct error *open_with_advice(struct dump *dump, struct dump_file *files, size_t file_count,
				      const char *advice)
{
	struct old_memory *self = NULL;
	struct error *err = library_get(files[0].path, dump->format);

	if (!err)
		err = memory_create(files, file_count, advice, &self);
	if (self)
		dump->memory = &self->memory;
	if (!err)
		err = read_sizes(self);
	if (!err)
		err = find_vmcoreinfo(dump, self);
	return err ? err : find_machine(dump, self);
}

/* --- the formats ------------------------------------------------------------------- */

static bool begins_with(const uint8_t *head, size_t len, const char *magic, size_t magic_len)
{
	return len >= magic_len && memcmp(head, magic, magic_len) == 0;
}

static bool lkcd_probe(const struct dump_file *file, const uint8_t *head, size_t len)
{
	(void)file;
	return begins_with(head, len, "\xed\x23\x8f\x61\x73\x01\x19\xa8", 8) ||
	       begins_with(head, len, "\xa8\x19\x01\x73\x61\x8f\x23\xed", 8);
}

static bool s390_probe(const struct dump_file *file, const uint8_t *head, size_t len)
{
	(void)file;
	return begins_with(head, len, "\xa8\x19\x01\x73\x61\x8f\x23\xfd", 8);
}

static bool sadump_probe(const struct dump_file *file, const uint8_t *head, size_t len)
{
	(void)file;
	return begins_with(head, len, "sadump\0\0", 8);
}

static struct error *lkcd_open(struct dump *dump, struct dump_file *files, size_t file_count)
{
	return open_with_advice(dump, files, file_count,
				"an LKCD dump is meant to begin so; dump with "
				"kdump or makedumpfile");
}

static struct error *s390_open(struct dump *dump, struct dump_file *files, size_t file_count)
{
	return open_with_advice(dump, files, file_count,
				"an s390 stand-alone dump is meant to begin so; 'zgetdump -f elf' "
				"converts one");
}

static struct error *sadump_open(struct dump *dump, struct dump_file *files, size_t file_count)
{
	return open_with_advice(dump, files, file_count,
				"a SADUMP dump (Fujitsu's stand-alone dump) is meant to begin so; "
				"'makedumpfile -d 31 SADUMP OUT' converts one");
}

const struct dump_format dump_format_lkcd = {
	.name = "LKCD",
	.probe = lkcd_probe,
	.open = lkcd_open,
};

const struct dump_format dump_format_s390 = {
	.name = "s390 stand-alone",
	.probe = s390_probe,
	.open = s390_open,
};

const struct dump_format dump_format_sadump = {
	.name = "SADUMP",
	.set_files = "the disks of one SADUMP disk set",
	.probe = sadump_probe,
	.open = sadump_open,
};
