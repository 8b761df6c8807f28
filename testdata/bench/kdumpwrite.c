// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writes the pages of an ELF dump as a kdump-compressed one, as makedumpfile would:
 * in order of address, each packed by itself, pages of zeroes only once. makedumpfile
 * itself wants a whole kernel, which an invented machine does not have.
 *
 *     bench-kdumpwrite raw|zlib|lzo|zstd DUMP.elf FILE
 */
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include "include/array.h"

enum { PAGE = 4096, UTS_BYTES = 65, PACKED_ROOM = 2 * PAGE, ZSTD_LEVEL = 2, DESCRIPTORS = 4096 };

static const uint64_t IMAGE_MAP = UINT64_C(0xffffffff80000000);

/* As in makedumpfile's diskdump_mod.h. */
enum { FLAG_ZLIB = 1, FLAG_LZO = 2, FLAG_ZSTD = 0x20 };

struct header {
	char signature[8];
	uint32_t version;
	char utsname[6][UTS_BYTES];
	char pad[6];
	uint64_t timestamp[2];
	uint32_t status, block_size, sub_header_blocks, bitmap_blocks, max_mapnr;
	uint32_t ram_blocks, device_blocks, written_blocks, current_cpu, cpus;
};

struct sub_header {
	uint64_t phys_base;
	uint32_t dump_level, split;
	uint64_t start_pfn_old, end_pfn_old;
	uint64_t vmcoreinfo_offset, vmcoreinfo_bytes, note_offset, note_bytes;
	uint64_t eraseinfo_offset, eraseinfo_bytes, start_pfn, end_pfn, max_mapnr;
};

struct descriptor {
	uint64_t offset;
	uint32_t size, flags;
	uint64_t page_flags;
};

_Static_assert(sizeof(struct header) == 464 && sizeof(struct sub_header) == 104 &&
		       sizeof(struct descriptor) == 24,
	       "as in the file");

struct elf {
	const uint8_t *bytes;
	size_t size;
	Elf64_Phdr *loads; /* ascending */
	size_t load_count;
	Elf64_Phdr notes;
	uint64_t page_count, max_pfn;
};

struct output {
	FILE *pages, *descriptors; /* of the same file */
	uint64_t offset;	   /* of the next page */
	struct descriptor zero;
	uint32_t flag;
	ZSTD_CCtx *zstd;
	uint8_t lzo[LZO1X_1_MEM_COMPRESS];
	uint8_t packed[PACKED_ROOM];
};

/* --- the ELF dump ------------------------------------------------------------- */

static int compare_loads(const void *a, const void *b)
{
	const Elf64_Phdr *x = a, *y = b;

	return (x->p_paddr > y->p_paddr) - (x->p_paddr < y->p_paddr);
}

static size_t phdr_count(const uint8_t *bytes)
{
	const Elf64_Ehdr *ehdr = (const void *)bytes;

	if (ehdr->e_phnum != PN_XNUM)
		return ehdr->e_phnum;
	return ((const Elf64_Shdr *)(const void *)(bytes + ehdr->e_shoff))->sh_info;
}

static void elf_take(struct elf *elf, const Elf64_Phdr *phdr)
{
	if (phdr->p_offset > elf->size || phdr->p_filesz > elf->size - phdr->p_offset)
		errx(1, "the ELF dump is cut off");
	if (phdr->p_type == PT_NOTE)
		elf->notes = *phdr;
	if (phdr->p_type != PT_LOAD || !phdr->p_filesz)
		return;
	/* The kernel's own mapping is there a second time. */
	if (phdr->p_vaddr >= IMAGE_MAP)
		return;
	elf->loads[elf->load_count++] = *phdr;
	elf->page_count += phdr->p_filesz / PAGE;
	uint64_t end = (phdr->p_paddr + phdr->p_filesz) / PAGE;
	elf->max_pfn = end > elf->max_pfn ? end : elf->max_pfn;
}

static void elf_open(struct elf *elf, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		err(1, "%s", path);
	elf->size = (size_t)status.st_size;
	elf->bytes = mmap(NULL, elf->size, PROT_READ, MAP_SHARED, fd, 0);
	if (elf->bytes == MAP_FAILED)
		err(1, "%s", path);
	if (elf->size < sizeof(Elf64_Ehdr) || memcmp(elf->bytes, ELFMAG, SELFMAG) != 0)
		errx(1, "%s: not an ELF dump", path);

	size_t count = phdr_count(elf->bytes);
	const Elf64_Ehdr *ehdr = (const void *)elf->bytes;
	elf->loads = calloc(count, sizeof(*elf->loads));
	for (size_t i = 0; elf->loads && i < count; i++) {
		Elf64_Phdr phdr;

		memcpy(&phdr, elf->bytes + ehdr->e_phoff + i * sizeof(phdr), sizeof(phdr));
		elf_take(elf, &phdr);
	}
	qsort(elf->loads, elf->load_count, sizeof(*elf->loads), compare_loads);
	close(fd);
}

/* The bytes of VMCOREINFO in the notes. */
static const uint8_t *find_vmcoreinfo(const struct elf *elf, size_t *len_ret)
{
	const uint8_t *at = elf->bytes + elf->notes.p_offset, *end = at + elf->notes.p_filesz;

	while (at + sizeof(Elf64_Nhdr) <= end) {
		const Elf64_Nhdr *note = (const void *)at;
		const uint8_t *name = at + sizeof(*note),
			      *text = name + (note->n_namesz + 3) / 4 * 4;

		*len_ret = note->n_descsz;
		if (strcmp((const char *)name, "VMCOREINFO") == 0)
			return text;
		at = text + (note->n_descsz + 3) / 4 * 4;
	}
	errx(1, "no VMCOREINFO");
}

/* --- the kdump ---------------------------------------------------------------- */

static void put(FILE *file, const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, file) != len)
		err(1, "cannot write");
}

static void put_at(FILE *file, uint64_t offset, const void *bytes, size_t len)
{
	if (fseeko(file, (off_t)offset, SEEK_SET))
		err(1, "cannot seek");
	put(file, bytes, len);
}

static uint64_t blocks(uint64_t bytes)
{
	return (bytes + PAGE - 1) / PAGE;
}

/* Returns where the bitmaps begin. */
static uint64_t headers_put(FILE *file, const struct elf *elf, uint32_t flag)
{
	size_t info_len;
	const uint8_t *info = find_vmcoreinfo(elf, &info_len);
	struct sub_header sub = {
		.vmcoreinfo_offset = PAGE + sizeof(sub),
		.vmcoreinfo_bytes = info_len,
		.note_offset = (PAGE + sizeof(sub) + info_len + 7) / 8 * 8,
		.note_bytes = elf->notes.p_filesz,
		.end_pfn = elf->max_pfn,
		.max_mapnr = elf->max_pfn,
	};
	struct header header = {
		.signature = "KDUMP   ",
		.version = 6,
		.utsname = { "Linux", "", "", "", "x86_64" },
		.status = flag,
		.block_size = PAGE,
		.sub_header_blocks = (uint32_t)blocks(sub.note_offset + sub.note_bytes - PAGE),
		.bitmap_blocks = (uint32_t)(2 * blocks(elf->max_pfn / 8 + 1)),
		.max_mapnr = (uint32_t)elf->max_pfn,
		.cpus = 1,
	};

	put_at(file, 0, &header, sizeof(header));
	put_at(file, PAGE, &sub, sizeof(sub));
	put_at(file, sub.vmcoreinfo_offset, info, info_len);
	put_at(file, sub.note_offset, elf->bytes + elf->notes.p_offset, elf->notes.p_filesz);
	return (1 + header.sub_header_blocks) * (uint64_t)PAGE;
}

/* Two, that are alike: pages of the machine, and pages in the file. Returns their end. */
static uint64_t bitmaps_put(FILE *file, const struct elf *elf, uint64_t offset)
{
	size_t len = blocks(elf->max_pfn / 8 + 1) * PAGE;
	uint8_t *bits = calloc(1, len);

	if (!bits)
		err(1, "bitmap");
	for (size_t i = 0; i < elf->load_count; i++) {
		uint64_t first = elf->loads[i].p_paddr / PAGE;

		for (uint64_t pfn = first; pfn < first + elf->loads[i].p_filesz / PAGE; pfn++)
			bits[pfn / 8] |= (uint8_t)(1U << pfn % 8);
	}
	put_at(file, offset, bits, len);
	put(file, bits, len);
	free(bits);
	return offset + 2 * len;
}

/* Returns the bytes in @output->packed. */
static size_t pack(struct output *output, const uint8_t *page)
{
	uLongf zlib_len = PACKED_ROOM;
	lzo_uint lzo_len = PACKED_ROOM;

	switch (output->flag) {
	case FLAG_ZLIB:
		compress2(output->packed, &zlib_len, page, PAGE, Z_BEST_SPEED);
		return zlib_len;
	case FLAG_LZO:
		lzo1x_1_compress(page, PAGE, output->packed, &lzo_len, output->lzo);
		return lzo_len;
	case FLAG_ZSTD:
		return ZSTD_compressCCtx(output->zstd, output->packed, PACKED_ROOM, page, PAGE,
					 ZSTD_LEVEL);
	}
	return PAGE;
}

static void page_put(struct output *output, const uint8_t *page)
{
	static const uint8_t zeroes[PAGE];
	bool is_zero = memcmp(page, zeroes, PAGE) == 0;
	struct descriptor next = { .offset = output->offset, .size = PAGE };

	if (is_zero && output->zero.size) {
		put(output->descriptors, &output->zero, sizeof(output->zero));
		return;
	}
	size_t len = pack(output, page);
	if (len < PAGE) {
		next.size = (uint32_t)len;
		next.flags = output->flag;
	}
	if (is_zero)
		output->zero = next;
	put(output->descriptors, &next, sizeof(next));
	put(output->pages, next.flags ? output->packed : page, next.size);
	output->offset += next.size;
}

static void pages_put(struct output *output, const struct elf *elf)
{
	for (size_t i = 0; i < elf->load_count; i++) {
		const Elf64_Phdr *load = &elf->loads[i];

		for (uint64_t at = 0; at + PAGE <= load->p_filesz; at += PAGE)
			page_put(output, elf->bytes + load->p_offset + at);
	}
}

static FILE *open_at(const char *path, const char *mode, uint64_t offset)
{
	FILE *file = fopen(path, mode);

	if (!file || setvbuf(file, NULL, _IOFBF, 1 << 20) || fseeko(file, (off_t)offset, SEEK_SET))
		err(1, "%s", path);
	return file;
}

static void file_close(FILE *file)
{
	if (fclose(file))
		err(1, "cannot write");
}

static void kdump_write(struct output *output, const struct elf *elf, const char *path)
{
	FILE *file = open_at(path, "w", 0);
	uint64_t end = bitmaps_put(file, elf, headers_put(file, elf, output->flag));

	file_close(file);
	output->offset = end + elf->page_count * sizeof(struct descriptor);
	output->descriptors = open_at(path, "r+", end);
	output->pages = open_at(path, "r+", output->offset);
	pages_put(output, elf);
	file_close(output->descriptors);
	file_close(output->pages);
}

static uint32_t flag_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} kinds[] = {
		{ "raw", 0 },
		{ "zlib", FLAG_ZLIB },
		{ "lzo", FLAG_LZO },
		{ "zstd", FLAG_ZSTD },
	};

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(name, kinds[i].name) == 0)
			return kinds[i].flag;
	errx(64, "no compression is called '%s'", name);
}

int main(int argc, char **argv)
{
	static struct output output;
	struct elf elf = { 0 };

	if (argc != 4)
		errx(64, "usage: bench-kdumpwrite raw|zlib|lzo|zstd DUMP.elf FILE");
	output.flag = flag_of(argv[1]);
	output.zstd = ZSTD_createCCtx();
	if (lzo_init() != LZO_E_OK || !output.zstd)
		errx(1, "cannot compress");
	elf_open(&elf, argv[2]);
	kdump_write(&output, &elf, argv[3]);
	ZSTD_freeCCtx(output.zstd);
	return 0;
}
