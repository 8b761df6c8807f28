// SPDX-License-Identifier: LGPL-2.1-or-later
/* The DWARF of an ELF image as a tree of entries, through libdwarf. */
#include "formats/typeinfo/dwarf_file.h"

#include <string.h>

#include "include/array.h"
#include "include/error.h"

/* All that questions about types need; units' ranges are read without libdwarf. */
static const char *const section_names[] = {
	".debug_info",	   ".debug_abbrev", ".debug_str",
	".debug_line_str", ".debug_addr",   ".debug_str_offsets",
};

enum {
	SECTIONS = COUNT_OF(section_names),
	SECTION_INFO = 0,
	STEPS_MIN = 1 << 20,
	BYTES_PER_STEP = 4,
};

struct dwarf_file {
	struct elf_image *image;
	struct shim_section sections[SECTIONS];
	struct shim shim;
	Dwarf_Debug dbg;
	bool is_unit, lacks_more;
	struct error *failure;
	/* Bounds all loops over entries, whatever a hostile file links in circles. */
	uint64_t steps_left;
};

static struct error *load_sections(struct dwarf_file *file)
{
	for (unsigned i = 0; i < SECTIONS; i++) {
		struct bytes bytes;
		struct error *err = elf_image_section(file->image, section_names[i], &bytes);

		if (err)
			return err;
		file->sections[i] =
			(struct shim_section){ section_names[i], bytes.data, bytes.size };
	}
	return NULL;
}

static struct dwarf_file *file_new(struct elf_image *image)
{
	struct dwarf_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->image = image;
	file->shim = (struct shim){ .sections = file->sections,
				    .count = SECTIONS,
				    .is_big_endian = image->is_big_endian };
	return file;
}

/* The sections are known. */
static struct error *file_begin(struct dwarf_file *file)
{
	Dwarf_Error failed = NULL;

	file->steps_left = STEPS_MIN + file->sections[SECTION_INFO].size / BYTES_PER_STEP;
	/* We free every entry ourselves: libdwarf's own bookkeeping doubles the time. */
	dwarf_set_de_alloc_flag(0);
	int result = shim_init(&file->shim, &file->dbg, &failed);
	if (dwarf_file_ok(file, result, &failed))
		return NULL;
	return dwarf_file_failure(file)
		       ?: error_new(ERROR_CORRUPT, "'%s': no readable DWARF", file->image->path);
}

struct error *dwarf_file_open(struct elf_image *image, struct dwarf_file **ret)
{
	_cleanup_(dwarf_file_closep) struct dwarf_file *file = file_new(image);
	if (!file)
		return error_nomem();

	struct error *err = load_sections(file);
	if (!err)
		err = file_begin(file);
	if (err)
		return err;
	*ret = take_ptr(file);
	return NULL;
}

struct error *dwarf_file_open_unit(const struct dwarf_file *whole, uint64_t start, uint64_t end,
				   struct dwarf_file **ret)
{
	struct bytes info = dwarf_file_info(whole);

	if (start >= end || end > info.size)
		return error_new(ERROR_CORRUPT, "'%s': a unit of DWARF leaves its section",
				 whole->image->path);
	_cleanup_(dwarf_file_closep) struct dwarf_file *file = file_new(whole->image);
	if (!file)
		return error_nomem();

	memcpy(file->sections, whole->sections, sizeof(file->sections));
	file->sections[SECTION_INFO].data = info.data + start;
	file->sections[SECTION_INFO].size = end - start;
	file->is_unit = true;
	struct error *err = file_begin(file);
	if (err)
		return err;
	*ret = take_ptr(file);
	return NULL;
}

void dwarf_file_close(struct dwarf_file *file)
{
	if (!file)
		return;
	if (file->dbg)
		shim_finish(file->dbg);
	error_destroy(file->failure);
	free(file);
}

struct elf_image *dwarf_file_image(const struct dwarf_file *file)
{
	return file->image;
}

struct bytes dwarf_file_info(const struct dwarf_file *file)
{
	const struct shim_section *info = &file->sections[SECTION_INFO];

	return (struct bytes){ info->data, info->size };
}

bool dwarf_file_lacks_more(const struct dwarf_file *file)
{
	return file->lacks_more;
}

static void fail(struct dwarf_file *file, const char *what)
{
	if (!file->failure)
		file->failure =
			error_new(ERROR_CORRUPT, "'%s': DWARF is broken or of an unknown kind: %s",
				  file->image->path, what);
}

static void error_free(struct dwarf_file *file, Dwarf_Error *err)
{
	if (*err)
		dwarf_dealloc_error(file->dbg, *err);
	*err = NULL;
}

bool dwarf_file_ok(struct dwarf_file *file, int result, Dwarf_Error *err)
{
	if (result == DW_DLV_ERROR) {
		fail(file, *err ? dwarf_errmsg(*err) : "no reason given");
		error_free(file, err);
	}
	return result == DW_DLV_OK;
}

struct error *dwarf_file_failure(struct dwarf_file *file)
{
	return take_ptr(file->failure);
}

/* As dwarf_file_ok(), but a failure means only "none". */
static bool ok_or_none(struct dwarf_file *file, int result, Dwarf_Error *err)
{
	if (result == DW_DLV_ERROR)
		error_free(file, err);
	return result == DW_DLV_OK;
}

static bool step(struct dwarf_file *file)
{
	if (file->failure)
		return false;
	if (file->steps_left == 0) {
		fail(file, "its entries never end");
		return false;
	}
	file->steps_left--;
	return true;
}

Dwarf_Die die_open(struct dwarf_file *file, uint64_t offset)
{
	Dwarf_Error err = NULL;
	Dwarf_Die die = NULL;

	if (!step(file))
		return NULL;
	int result = dwarf_offdie_b(file->dbg, offset, 1, &die, &err);
	return dwarf_file_ok(file, result, &err) ? die : NULL;
}

Dwarf_Die die_child(struct dwarf_file *file, Dwarf_Die die)
{
	Dwarf_Error err = NULL;
	Dwarf_Die child = NULL;

	if (!step(file))
		return NULL;
	return dwarf_file_ok(file, dwarf_child(die, &child, &err), &err) ? child : NULL;
}

static uint64_t die_offset(struct dwarf_file *file, Dwarf_Die die)
{
	Dwarf_Error err = NULL;
	Dwarf_Off offset = 0;

	return dwarf_file_ok(file, dwarf_dieoffset(die, &offset, &err), &err) ? offset : 0;
}

Dwarf_Die die_next(struct dwarf_file *file, Dwarf_Die die)
{
	Dwarf_Error err = NULL;
	Dwarf_Die next = NULL;

	if (step(file))
		dwarf_file_ok(file, dwarf_siblingof_b(file->dbg, die, 1, &next, &err), &err);
	if (next && die_offset(file, next) <= die_offset(file, die)) {
		fail(file, "an entry is followed by one before it");
		die_close(take_ptr(next));
	}
	die_close(die);
	return next;
}

void die_close(Dwarf_Die die)
{
	if (die)
		dwarf_dealloc_die(die);
}

unsigned die_tag(struct dwarf_file *file, Dwarf_Die die)
{
	Dwarf_Error err = NULL;
	Dwarf_Half tag = 0;

	return dwarf_file_ok(file, dwarf_tag(die, &tag, &err), &err) ? tag : 0;
}

bool die_has(struct dwarf_file *file, Dwarf_Die die, unsigned attribute)
{
	Dwarf_Error err = NULL;
	Dwarf_Bool has = 0;

	return dwarf_file_ok(file, dwarf_hasattr(die, attribute, &has, &err), &err) && has;
}

static Dwarf_Attribute attribute_open(struct dwarf_file *file, Dwarf_Die die, unsigned attribute)
{
	Dwarf_Error err = NULL;
	Dwarf_Attribute found = NULL;

	return dwarf_file_ok(file, dwarf_attr(die, attribute, &found, &err), &err) ? found : NULL;
}

static void attribute_close(struct dwarf_file *file, Dwarf_Attribute attribute)
{
	dwarf_dealloc(file->dbg, attribute, DW_DLA_ATTR);
}

/* Not dwarf_diename(): in release 20210528 it loses the reason of a failure. */
const char *die_name(struct dwarf_file *file, Dwarf_Die die)
{
	Dwarf_Attribute found = attribute_open(file, die, DW_AT_name);
	Dwarf_Error err = NULL;
	char *name = NULL;

	if (!found)
		return NULL;
	bool is_text = dwarf_file_ok(file, dwarf_formstring(found, &name, &err), &err);
	attribute_close(file, found);
	return is_text ? name : NULL;
}

static bool attribute_uint(struct dwarf_file *file, Dwarf_Attribute attribute, uint64_t *ret)
{
	Dwarf_Error err = NULL;
	Dwarf_Unsigned value = 0;
	Dwarf_Signed negative = 0;

	if (ok_or_none(file, dwarf_formudata(attribute, &value, &err), &err)) {
		*ret = value;
		return true;
	}
	if (ok_or_none(file, dwarf_formsdata(attribute, &negative, &err), &err)) {
		*ret = negative;
		return true;
	}
	return false;
}

bool die_uint(struct dwarf_file *file, Dwarf_Die die, unsigned attribute, uint64_t *ret)
{
	Dwarf_Attribute found = attribute_open(file, die, attribute);

	if (!found)
		return false;
	bool is_uint = attribute_uint(file, found, ret);
	attribute_close(file, found);
	return is_uint;
}

/* The operand of a lone DW_OP_plus_uconst or DW_OP_constu. */
static bool expression_uint(const unsigned char *p, size_t size, uint64_t *ret)
{
	uint64_t value = 0;

	if (size < 2 || (p[0] != DW_OP_plus_uconst && p[0] != DW_OP_constu))
		return false;
	for (size_t i = 1, shift = 0; i < size && shift < 64; i++, shift += 7) {
		value |= (uint64_t)(p[i] & 0x7f) << shift;
		if (!(p[i] & 0x80)) {
			*ret = value;
			return i + 1 == size;
		}
	}
	return false;
}

static bool attribute_expression(struct dwarf_file *file, Dwarf_Attribute attribute, uint64_t *ret)
{
	Dwarf_Error err = NULL;
	Dwarf_Unsigned size = 0;
	Dwarf_Ptr data = NULL;
	Dwarf_Block *block = NULL;

	if (ok_or_none(file, dwarf_formexprloc(attribute, &size, &data, &err), &err))
		return expression_uint(data, size, ret);
	if (!ok_or_none(file, dwarf_formblock(attribute, &block, &err), &err))
		return false;
	bool is_uint = expression_uint(block->bl_data, block->bl_len, ret);
	dwarf_dealloc(file->dbg, block, DW_DLA_BLOCK);
	return is_uint;
}

bool die_location(struct dwarf_file *file, Dwarf_Die die, uint64_t *ret)
{
	Dwarf_Attribute found = attribute_open(file, die, DW_AT_data_member_location);

	if (!found)
		return false;
	bool is_known = attribute_uint(file, found, ret) || attribute_expression(file, found, ret);
	attribute_close(file, found);
	return is_known;
}

/* Kinds of references that cannot lead out of a unit, unless it is broken. */
static bool form_stays_in_unit(unsigned form)
{
	switch (form) {
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
	case DW_FORM_ref_udata:
		return true;
	default:
		return false;
	}
}

static bool attribute_offset(struct dwarf_file *file, Dwarf_Attribute attribute, uint64_t *ret)
{
	Dwarf_Error err = NULL;
	Dwarf_Off offset = 0;
	Dwarf_Half form = 0;

	if (!dwarf_file_ok(file, dwarf_whatform(attribute, &form, &err), &err))
		return false;
	/* No compiler of kernels refers by signature, to types kept apart: as no reference. */
	if (form == DW_FORM_ref_sig8)
		return false;
	if ((!file->is_unit || form_stays_in_unit(form)) &&
	    ok_or_none(file, dwarf_global_formref(attribute, &offset, &err), &err)) {
		*ret = offset;
		return true;
	}
	file->lacks_more = file->is_unit;
	return false;
}

bool die_address(struct dwarf_file *file, Dwarf_Die die, unsigned attribute, uint64_t *ret)
{
	Dwarf_Attribute found = attribute_open(file, die, attribute);
	Dwarf_Error err = NULL;
	Dwarf_Addr address = 0;

	if (!found)
		return false;
	bool is_address = ok_or_none(file, dwarf_formaddr(found, &address, &err), &err);
	attribute_close(file, found);
	if (is_address)
		*ret = address;
	return is_address;
}

bool die_offset_of(struct dwarf_file *file, Dwarf_Die die, unsigned attribute, uint64_t *ret)
{
	Dwarf_Attribute found = attribute_open(file, die, attribute);

	if (!found)
		return false;
	bool is_known = attribute_offset(file, found, ret);
	attribute_close(file, found);
	return is_known;
}

Dwarf_Die die_follow(struct dwarf_file *file, Dwarf_Die die, unsigned attribute)
{
	uint64_t offset;

	return die_offset_of(file, die, attribute, &offset) ? die_open(file, offset) : NULL;
}
