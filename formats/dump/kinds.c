// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files that are no dump we can read: what each kind is, and what to do about it. */
#include <elf.h>
#include <string.h>

#include "formats/dump/format.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"

static bool is_elf(const uint8_t *head, size_t len)
{
	return len >= sizeof(Elf32_Ehdr) && memcmp(head, ELFMAG, SELFMAG) == 0;
}

static bool is_elf_of_type(const uint8_t *head, size_t len, uint16_t type)
{
	return is_elf(head, len) && load_uint(head + offsetof(Elf64_Ehdr, e_type), 2,
					      head[EI_DATA] == ELFDATA2MSB) == type;
}

static bool is_program(const uint8_t *head, size_t len)
{
	return is_elf_of_type(head, len, ET_EXEC) || is_elf_of_type(head, len, ET_DYN);
}

static bool is_object(const uint8_t *head, size_t len)
{
	return is_elf_of_type(head, len, ET_REL);
}

static bool is_elf32(const uint8_t *head, size_t len)
{
	return is_elf_of_type(head, len, ET_CORE) && head[EI_CLASS] == ELFCLASS32;
}

/* The version of the boot protocol distinguishes it from other boot sectors. */
static bool is_bzimage(const uint8_t *head, size_t len)
{
	return len > 0x208 && memcmp(head + 0x202, "HdrS", 4) == 0;
}

static bool is_text(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool is_space = head[i] >= '\t' && head[i] <= '\r';

		if (!is_space && (head[i] < ' ' || head[i] == 0x7f) && head[i] != 0x1b)
			return false;
	}
	return len > 0;
}

static bool is_empty(const uint8_t *head, size_t len)
{
	(void)head;
	return len == 0;
}

static bool is_zeroes(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (head[i])
			return false;
	}
	return true;
}

/* By a function, or else by a magic at an offset. The first row that fits speaks. */
// clang-format off
static const struct kind {
	bool (*match)(const uint8_t *head, size_t len);
	const char *magic;
	size_t magic_len, offset;
	const char *refusal;
} kinds[] = {
#define MAGIC(bytes, at) NULL, bytes, sizeof(bytes) - 1, at
#define MATCH(function) function, NULL, 0, 0
	{ MATCH(is_empty), "is empty" },
	{ MATCH(is_program), "is a vmlinux, not a dump; give it with --vmlinux" },
	{ MATCH(is_object), "is an object file or kernel module, not a dump" },
	{ MATCH(is_elf32), "is a 32-bit ELF dump; only dumps of 64-bit kernels can be analysed" },
	{ MATCH(is_elf), "is an ELF file, but not a dump (its type is not ET_CORE)" },
	{ MATCH(is_bzimage), "is a compressed kernel image (bzImage), not a dump; a vmlinux "
	  "comes with the kernel's debug package" },
	{ MAGIC("ARM\x64", 56), "is an arm64 kernel image, not a dump; a vmlinux comes with the "
	  "kernel's debug package" },
	{ MAGIC("RSC\x05", 56), "is a riscv64 kernel image, not a dump; a vmlinux comes with the "
	  "kernel's debug package" },
	{ MAGIC("MZ", 0), "is an EFI program (perhaps a kernel image), not a dump" },
	{ MAGIC("BZh", 0), "is compressed with bzip2; decompress it first with 'bzip2 -d'" },
	{ MAGIC("\x02\x21\x4c\x18", 0), "is compressed with lz4 in its old format; decompress it "
	  "first with 'lz4 -d'" },
	{ MAGIC("\x89LZO", 0), "is compressed with lzop; decompress it first with 'lzop -d'" },
	{ MAGIC("\x1f\x9d", 0), "is compressed with compress(1); decompress it first with "
	  "'uncompress' or 'gzip -d'" },
	{ MAGIC("7z\xbc\xaf\x27\x1c", 0), "is a 7-Zip archive; unpack it first with '7z x'" },
	{ MAGIC("Rar!\x1a\x07", 0), "is a RAR archive; unpack it first" },
	{ MAGIC("LZIP", 0), "is compressed with lzip; decompress it first with 'lzip -d'" },
	{ MAGIC("LRZI", 0), "is compressed with lrzip; decompress it first with 'lrzip -d'" },
	{ MAGIC("\x5d\0\0", 0), "is compressed with lzma; decompress it first with 'xz -d'" },
	{ MAGIC("\xff\x06\0\0sNaPpY", 0), "is compressed with snappy; decompress it first" },
	{ MAGIC("!<arch>\n", 0), "is an archive of ar(1), as Debian's packages are; unpack it first" },
	{ MAGIC("\xed\xab\xee\xdb", 0), "is an RPM package, not a dump; a vmlinux comes with the "
	  "kernel's debug package" },
	{ MAGIC("070701", 0), "is a cpio archive; unpack it first" },
	{ MAGIC("PK\x03\x04", 0), "is a zip archive; unpack it first" },
	{ MAGIC("QFI\xfb", 0), "is a qcow2 disk image, not a dump; let QEMU write one with "
	  "'dump-guest-memory'" },
	{ MAGIC("QEVM", 0), "is a QEMU migration stream, not a dump; let QEMU write one with "
	  "'dump-guest-memory'" },
	{ MAGIC("LibvirtQemudPart", 0), "is a libvirt save image that was not finished, not a dump; "
	  "make one with 'virsh dump --memory-only'" },
	{ MAGIC("LibvirtQemudSave", 0), "is a libvirt save image, not a dump; make one with "
	  "'virsh dump --memory-only'" },
	{ MAGIC("\xd0\xbe\xd2\xbe", 0), "is a VMware snapshot, which is not supported; convert it "
	  "to an ELF dump with vmss2core" },
	{ MAGIC("\xd1\xba\xd1\xba", 0), "is a VMware snapshot, which is not supported; convert it "
	  "to an ELF dump with vmss2core" },
	{ MAGIC("\xd2\xbe\xd2\xbe", 0), "is a VMware snapshot, which is not supported; convert it "
	  "to an ELF dump with vmss2core" },
	{ MAGIC("\xd3\xbe\xd3\xbe", 0), "is a VMware snapshot, which is not supported; convert it "
	  "to an ELF dump with vmss2core" },
	{ MAGIC("EMiL", 0), "is a LiME memory image, which is not supported: it carries no "
	  "VMCOREINFO; dump with kdump or makedumpfile" },
	{ MAGIC("AVML", 0), "is an AVML memory image, which is not supported: it carries no "
	  "VMCOREINFO; dump with kdump or makedumpfile" },
	{ MAGIC("sadump\0\0", 0), "is a SADUMP dump (Fujitsu's stand-alone dump), which is not "
	  "supported; convert it with 'makedumpfile -d 31 SADUMP OUT'" },
	{ MAGIC("ProblemType:", 0), "is a crash report of apport; unpack it with 'apport-unpack': the "
	  "dump is its file VmCore" },
	{ MAGIC("MDMP", 0), "is a Windows minidump, not a Linux dump" },
	{ MAGIC("LPKSHHRH", 0), "is a journal of systemd, not a dump" },
	{ MAGIC("vhdxfile", 0), "is a VHDX disk image, not a dump" },
	{ MAGIC("KDMV", 0), "is a VMDK disk image, not a dump" },
	{ MAGIC("PAGEDU64", 0), "is a Windows crash dump, not a Linux one" },
	{ MAGIC("PAGEDUMP", 0), "is a Windows crash dump, not a Linux one" },
	{ MAGIC("\xed\x23\x8f\x61\x73\x01\x19\xa8", 0), "is an LKCD dump, which is not supported; "
	  "dump with kdump or makedumpfile" },
	{ MAGIC("\xa8\x19\x01\x73\x61\x8f\x23\xed", 0), "is an LKCD dump, which is not supported; "
	  "dump with kdump or makedumpfile" },
	{ MAGIC("\xa8\x19\x01\x73\x61\x8f\x23\xfd", 0), "is an s390 stand-alone dump, which is not "
	  "supported; convert it with 'zgetdump -f elf'" },
	{ MAGIC("LibxlFmt", 0), "is a saved Xen guest; Xen is not supported" },
	{ MATCH(is_text), "is text, not a dump" },
	{ MATCH(is_zeroes), "begins with zeroes only: a dump that was never written, or raw memory, "
	  "which is not supported" },
#undef MAGIC
#undef MATCH
};
// clang-format on

static bool matches(const struct kind *kind, const uint8_t *head, size_t len)
{
	if (kind->match)
		return kind->match(head, len);
	return len >= kind->offset + kind->magic_len &&
	       memcmp(head + kind->offset, kind->magic, kind->magic_len) == 0;
}

struct error *refuse_kind(const char *subject, const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (matches(&kinds[i], head, len))
			return error_new(ERROR_UNSUPPORTED, "%s %s", subject, kinds[i].refusal);
	}
	return error_new(ERROR_UNSUPPORTED,
			 "%s is in no dump format known here (ELF vmcore, kdump-compressed, "
			 "makedumpfile flattened); raw memory images are not supported",
			 subject);
}

struct error *refuse_without_vmcoreinfo(const char *path, bool made_by_qemu)
{
	if (made_by_qemu)
		return error_new(
			ERROR_UNSUPPORTED,
			"'%s' has no VMCOREINFO, neither as a note nor in its memory: start "
			"the QEMU guest with '-device vmcoreinfo' and dump again",
			path);
	return error_new(
		ERROR_UNSUPPORTED,
		"'%s' has no VMCOREINFO, neither as a note nor in its memory: dump with kdump "
		"or makedumpfile; if QEMU made it, start the guest with '-device "
		"vmcoreinfo' and dump again",
		path);
}

struct error *refuse_truncated_without_vmcoreinfo(const char *path)
{
	return error_new(ERROR_CORRUPT,
			 "'%s' is truncated, and what is left of it has no VMCOREINFO, neither as "
			 "a note nor in its memory: copy the whole file again",
			 path);
}

struct error *refuse_xen(const char *path)
{
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is a dump of a Xen host or guest; Xen dumps are not supported",
			 path);
}
