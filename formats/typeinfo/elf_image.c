// SPDX-License-Identifier: LGPL-2.1-or-later
/* An ELF file mapped into memory: identity and sections, through libelf. */
#include "formats/typeinfo/elf_image.h"

#include <stdio.h>
#include <string.h>

#include "formats/typeinfo/file_kind.h"
#include "include/error.h"

enum {
	BUILD_ID_MAX = 64,	  /* bytes; SHA-1 has 20 */
	INFLATE_RATIO_MAX = 1032, /* of deflate: RFC 1951 cannot do better */
	ZDEBUG_HEADER = 12,	  /* "ZLIB" and the size as 8 bytes, big-endian */
};

/* Of the file, which may be a pipe. */
static const size_t vmlinux_size_max = (size_t)16 << 30;

/* Whatever compression: no debug section of a kernel comes near it. */
static const uint64_t inflated_max = (uint64_t)16 << 30;

static char *hex_new(const unsigned char *bytes, size_t count)
{
	char *hex = malloc(2 * count + 1);

	for (size_t i = 0; hex && i < count; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	return hex;
}

/* The build id among the notes in @data; empty if there is none. */
static struct bytes notes_build_id(Elf_Data *data)
{
	size_t at = 0, name, desc;
	GElf_Nhdr note;

	while ((at = gelf_getnote(data, at, &note, &name, &desc)) > 0) {
		const unsigned char *base = data->d_buf;

		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    memcmp(base + name, "GNU", sizeof("GNU")) == 0 && note.n_descsz > 0 &&
		    note.n_descsz <= BUILD_ID_MAX)
			return (struct bytes){ base + desc, note.n_descsz };
	}
	return (struct bytes){ 0 };
}

static struct bytes build_id_of_sections(Elf *elf)
{
	struct bytes id = { 0 };
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while (!id.size && (section = elf_nextscn(elf, section))) {
		Elf_Data *data = NULL;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE)
			data = elf_getdata(section, NULL);
		if (data && data->d_buf)
			id = notes_build_id(data);
	}
	return id;
}

static struct bytes build_id_of_segments(Elf *elf)
{
	struct bytes id = { 0 };
	size_t count = 0;
	GElf_Phdr header;

	if (elf_getphdrnum(elf, &count) < 0)
		return id;
	for (size_t i = 0; !id.size && i < count; i++) {
		Elf_Data *data = NULL;

		if (gelf_getphdr(elf, i, &header) && header.p_type == PT_NOTE)
			data = elf_getdata_rawchunk(elf, header.p_offset, header.p_filesz,
						    header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
		if (data && data->d_buf)
			id = notes_build_id(data);
	}
	return id;
}

/* Sections first: a separate debug file keeps segments whose contents it lacks. */
static struct error *build_id_read(struct elf_image *image)
{
	struct bytes id = build_id_of_sections(image->elf);

	if (!id.size)
		id = build_id_of_segments(image->elf);
	if (!id.size)
		return NULL;
	image->build_id = hex_new(id.data, id.size);
	return image->build_id ? NULL : error_nomem();
}

static struct error *elf_begin_image(struct elf_image *image)
{
	elf_version(EV_CURRENT);
	image->elf = elf_memory((char *)image->file.data, image->file.size);
	if (!image->elf || !gelf_getehdr(image->elf, &image->header))
		return error_new(ERROR_CORRUPT, "'%s' has a broken ELF header: %s", image->path,
				 elf_errmsg(-1));
	image->is_big_endian = image->header.e_ident[EI_DATA] == ELFDATA2MSB;

	size_t count = 0;
	if (elf_getshdrnum(image->elf, &count) < 0 || count == 0)
		return error_new(ERROR_CORRUPT,
				 "'%s' has no readable section headers: stripped or cut off",
				 image->path);
	return build_id_read(image);
}

/*
 * Its memory is private and writable: libelf notes decompressed sizes in the section headers,
 * which it uses in place.
 */
struct error *elf_image_of_file(const char *path, struct whole_file *file, struct elf_image **ret)
{
	_cleanup_(whole_file_close) struct whole_file whole = *file;
	_cleanup_(elf_image_closep) struct elf_image *image = calloc(1, sizeof(*image));

	*file = (struct whole_file){ 0 };
	if (!image || !(image->path = strdup(path)))
		return error_nomem();
	image->file = (struct bytes){ (const unsigned char *)whole.data, whole.size };
	image->whole = whole;
	whole = (struct whole_file){ 0 };

	struct error *err = file_kind_check(path, image->file);
	if (!err)
		err = elf_begin_image(image);
	if (err)
		return err;
	*ret = take_ptr(image);
	return NULL;
}

struct error *elf_image_read_file(const char *path, struct whole_file *ret)
{
	return whole_file_open(path, "vmlinux", vmlinux_size_max, ret);
}

struct error *elf_image_open(const char *path, struct elf_image **ret)
{
	struct whole_file file;
	struct error *err = elf_image_read_file(path, &file);

	return err ? err : elf_image_of_file(path, &file, ret);
}

void elf_image_close(struct elf_image *image)
{
	if (!image)
		return;
	elf_end(image->elf);
	whole_file_close(&image->whole);
	free(image->build_id);
	free(image->path);
	free(image);
}

uint64_t elf_image_read(const struct elf_image *image, const unsigned char *p, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value = value << 8 | p[image->is_big_endian ? i : size - 1 - i];
	return value;
}

static bool section_has_contents(const GElf_Shdr *header)
{
	return header->sh_type != SHT_NOBITS && header->sh_type != SHT_NULL && header->sh_size > 0;
}

/* The section of this name that has contents, or NULL. */
static Elf_Scn *section_find(const struct elf_image *image, const char *name, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(image->elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(image->elf, section))) {
		const char *found = NULL;

		if (gelf_getshdr(section, header))
			found = elf_strptr(image->elf, names, header->sh_name);
		if (found && strcmp(found, name) == 0 && section_has_contents(header))
			return section;
	}
	return NULL;
}

/* ".debug_x" also as ".zdebug_x": how it was spelled before SHF_COMPRESSED. */
static Elf_Scn *section_find_any(const struct elf_image *image, const char *name, GElf_Shdr *header,
				 bool *is_zdebug)
{
	Elf_Scn *section = section_find(image, name, header);
	char old[64];

	*is_zdebug = false;
	if (section || strncmp(name, ".debug", strlen(".debug")) != 0)
		return section;
	snprintf(old, sizeof(old), ".z%s", name + 1);
	*is_zdebug = true;
	return section_find(image, old, header);
}

bool elf_image_has(const struct elf_image *image, const char *name)
{
	GElf_Shdr header;
	bool is_zdebug;

	return section_find_any(image, name, &header, &is_zdebug) != NULL;
}

static struct error *check_in_file(const struct elf_image *image, const char *name,
				   const GElf_Shdr *header)
{
	uint64_t end;

	if (!__builtin_add_overflow(header->sh_offset, header->sh_size, &end) &&
	    end <= image->file.size)
		return NULL;
	return error_new(ERROR_CORRUPT,
			 "'%s' is cut off: section %s ends beyond the file of %zu bytes",
			 image->path, name, image->file.size);
}

static struct error *check_inflated(const struct elf_image *image, const char *name,
				    const GElf_Shdr *header, uint64_t inflated)
{
	uint64_t max = header->sh_size * INFLATE_RATIO_MAX;

	if (inflated <= inflated_max && inflated <= max)
		return NULL;
	return error_new(ERROR_CORRUPT, "'%s': section %s claims an impossible decompressed size",
			 image->path, name);
}

static bool is_inflated(const struct elf_image *image, const Elf_Scn *section)
{
	for (unsigned i = 0; i < image->inflated_count; i++)
		if (image->inflated[i] == section)
			return true;
	return false;
}

static struct error *inflate_failed(const struct elf_image *image, const char *name)
{
	return error_new(ERROR_UNSUPPORTED,
			 "'%s': section %s does not decompress (%s): make a copy with 'objcopy "
			 "--decompress-debug-sections'",
			 image->path, name, elf_errmsg(-1));
}

/* What a section's own header says of its decompressed size. */
static bool inflated_size(const struct elf_image *image, Elf_Scn *section, const GElf_Shdr *header,
			  bool is_zdebug, uint64_t *ret)
{
	const unsigned char *contents = image->file.data + header->sh_offset;
	GElf_Chdr compressed;

	*ret = 0;
	if (!is_zdebug) {
		if (!gelf_getchdr(section, &compressed))
			return false;
		*ret = compressed.ch_size;
		return true;
	}
	if (header->sh_size < ZDEBUG_HEADER)
		return false;
	for (unsigned i = strlen("ZLIB"); i < ZDEBUG_HEADER; i++)
		*ret = *ret << 8 | contents[i];
	return true;
}

static struct error *inflate(struct elf_image *image, const char *name, Elf_Scn *section,
			     const GElf_Shdr *header, bool is_zdebug)
{
	uint64_t size;

	if (image->inflated_count == ELF_IMAGE_INFLATED_MAX ||
	    !inflated_size(image, section, header, is_zdebug, &size))
		return inflate_failed(image, name);

	struct error *err = check_inflated(image, name, header, size);
	if (err)
		return err;
	int result = is_zdebug ? elf_compress_gnu(section, 0, 0) : elf_compress(section, 0, 0);
	if (result < 0)
		return inflate_failed(image, name);
	image->inflated[image->inflated_count++] = section;
	return NULL;
}

struct error *elf_image_section(struct elf_image *image, const char *name, struct bytes *ret)
{
	struct error *err = NULL;
	GElf_Shdr header;
	bool is_zdebug;

	*ret = (struct bytes){ 0 };
	Elf_Scn *section = section_find_any(image, name, &header, &is_zdebug);
	if (!section)
		return NULL;

	if (!is_inflated(image, section)) {
		err = check_in_file(image, name, &header);
		if (!err && (is_zdebug || header.sh_flags & SHF_COMPRESSED))
			err = inflate(image, name, section, &header, is_zdebug);
	}
	if (err)
		return err;

	Elf_Data *data = elf_getdata(section, NULL);
	if (!data || !data->d_buf || data->d_size == 0)
		return error_new(ERROR_CORRUPT, "'%s': section %s is not readable: %s", image->path,
				 name, elf_errmsg(-1));
	*ret = (struct bytes){ data->d_buf, data->d_size };
	return NULL;
}

static bool section_holds(const struct elf_image *image, const GElf_Shdr *header, uint64_t addr)
{
	uint64_t end;

	return header->sh_flags & SHF_ALLOC && section_has_contents(header) &&
	       addr >= header->sh_addr && addr - header->sh_addr < header->sh_size &&
	       !__builtin_add_overflow(header->sh_offset, header->sh_size, &end) &&
	       end <= image->file.size;
}

struct bytes elf_image_at(const struct elf_image *image, uint64_t addr, size_t size_max)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(image->elf, section))) {
		if (!gelf_getshdr(section, &header) || !section_holds(image, &header, addr))
			continue;
		uint64_t skip = addr - header.sh_addr, left = header.sh_size - skip;
		return (struct bytes){ image->file.data + header.sh_offset + skip,
				       left < size_max ? left : size_max };
	}
	return (struct bytes){ 0 };
}
