// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The seam to dump files: what formats/dump/ gives to the rest of the program.
 *
 * To add a format: CONTRIBUTING.md. A format is a struct dump_format, formats/dump/format.h.
 */
#ifndef VMEMSCOPE_DUMP_H
#define VMEMSCOPE_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/memory.h"

struct dump_format;

/* How far the unpacking of a file is. */
struct unpack_progress {
	uint64_t packed_bytes, packed_size; /* @packed_size is 0 where nobody knows */
	uint64_t unpacked_bytes;
};

/* All zero: as is usual. */
struct dump_options {
	/* Use this VMCOREINFO instead of the dump's own: a file, or the physical address of a note
	 * in the dump's memory. */
	const char *vmcoreinfo;

	/*
	 * How much of @memory agrees with @vmcoreinfo, one of several that lie in it; the
	 * more the better, 0 if it cannot be of the kernel that ran. NULL: unknown.
	 */
	unsigned (*judge)(struct memory *memory, uint16_t elf_machine, bool big_endian,
			  const char *vmcoreinfo);

	uint64_t unpacked_max; /* bytes of a packed file, unpacked; 0: DUMP_UNPACKED_MAX */
	/* Asked now and then while a file is unpacked: false ends it with ERROR_INTERRUPTED. */
	bool (*unpacking)(void *context, const struct unpack_progress *progress); /* or NULL */
	void *unpacking_context;
};

/* More than any dump that people keep packed. */
#define DUMP_UNPACKED_MAX (UINT64_C(4) << 40)

/* The dump is read from standard input. */
#define DUMP_STDIN_PATH "-"

enum packed_state {
	PACKED_WHOLE,
	PACKED_ENDS_EARLY,
	PACKED_DAMAGED, /* what comes before may be damaged as well */
};

/* How a dump's files are stored. */
struct dump_packed {
	const char *name;	 /* "zstd", ...: of the first file that is packed; NULL: none is */
	uint64_t size_bytes;	 /* of all files, as they are stored */
	enum packed_state state; /* of the first file that is not whole */
	uint64_t state_offset;	 /* in the packed file, where it ends or damage was noticed */
};

/* "ends early, at byte 17": what is said of a packed file that is not whole. */
enum { PACKED_TEXT_BYTES = 64 };
const char *packed_state_text(enum packed_state state, uint64_t offset,
			      char buf[static PACKED_TEXT_BYTES]);

/* The memory of the machine that this runs on; dump_open() takes it like any dump. */
#define DUMP_LIVE_PATH "/proc/kcore"

/* What a CPU left in the dump's notes. */
struct dump_cpu {
	const unsigned char *prstatus; /* NT_PRSTATUS, struct elf_prstatus as the machine has it */
	size_t prstatus_bytes;	       /* 0: none */
	bool big_endian;	       /* of @prstatus */
	bool has_fault_address;	       /* QEMU's own note of an x86 CPU: CR2 */
	uint64_t fault_address; /* of the last page fault of any kind; 0: or there was none */
};

enum { DUMP_CPUS_MAX = 8192 }; /* more are left out */

/* An opened dump. dump_close() frees it and everything it points to. */
struct dump {
	char *path;	     /* the first file, as the user named it */
	const char *format;  /* "elf", "kdump", "flattened elf", "flattened kdump", "kcore" */
	size_t file_count;   /* more than one for a split set */
	uint64_t size_bytes; /* of all files together, unpacked */
	struct dump_packed packed;

	uint16_t elf_machine; /* EM_X86_64, ... */
	bool big_endian;

	/* The kernel's own description, NUL-terminated; never NULL. */
	char *vmcoreinfo;

	/* The layout that a distilled dump carries, JSON text; NULL if none. */
	char *profile;
	bool distilled;
	char *sample; /* of a distilled dump that is only a sample: how it was chosen; or NULL */
	char *crash;  /* of a distilled dump: what its maker knew of the crash; NULL if nothing */

	/*
	 * The file ends before what its headers promise. @missing_bytes is how
	 * much is missing where the format shows it, else 0.
	 */
	bool truncated;
	uint64_t missing_bytes;

	/* A page in state EXCLUDED may be one that held only zero bytes. */
	bool omits_zero_pages;

	/*
	 * It is the memory of the running machine (/proc/kcore): everything may change, and
	 * what was read once may be something else a moment later.
	 */
	bool live;

	/*
	 * The CPUs that left registers, in the order of the file; the nth need not be CPU n.
	 * None of a running machine.
	 */
	struct dump_cpu *cpus;
	size_t cpu_count;
	/*
	 * The notes are QEMU's, or made in the same way, as s390x's kernel does: pr_pid is the
	 * CPU's number + 1, and nobody's pid.
	 */
	bool from_qemu;

	struct memory *memory;
	/* Of formats/dump/ alone. */
	const struct dump_format *reader;
	struct dump_options options; /* as dump_open_with() got them */
};

/*
 * Opens a dump: one file, or all files of one split set in any order. The
 * format is recognised by the files' contents. A packed file, and a flattened one that
 * cannot be read as it is, is read from an unlinked temporary file in $TMPDIR, or /tmp.
 *
 * Errors: ERROR_NOT_FOUND no such file; ERROR_UNSUPPORTED a known kind that
 * cannot be analysed (a vmlinux, a Xen dump, an unknown machine, no VMCOREINFO)
 * with what to do about it in the message; ERROR_CORRUPT; ERROR_OS.
 */
struct error *dump_open(const char *const *paths, size_t path_count, struct dump **ret);
struct error *dump_open_with(const char *const *paths, size_t path_count,
			     const struct dump_options *options, struct dump **ret);

/* Where files without a name are made: $TMPDIR, or /tmp. Borrowed. */
const char *dump_temporary_directory(void);

/*
 * Fails if the file has changed under the reader so that some of what was read may be
 * wrong: to be asked before a result is believed. ERROR_OS.
 */
struct error *dump_check(const struct dump *dump);

/*
 * Whether the first bytes of the file @path are those of a dump that dump_open() may
 * take. Errors are those of opening and reading it.
 */
struct error *dump_probe(const char *path, bool *ret);

/*
 * Whether a file may hold more bytes than it has: it is packed, or standard input. Only its first
 * bytes are compared. False where it cannot be read.
 */
bool dump_is_packed(const char *path);

void dump_close(struct dump *dump); /* NULL is allowed */

/*
 * A small dump to be written: the pages @pages of @memory, and the answers that
 * the full dump gave about other pages (@extents) so that they can be given
 * again. Everything is borrowed.
 */
struct dump_image {
	struct memory *memory;
	uint16_t elf_machine;
	bool big_endian;
	const char *vmcoreinfo;
	const char *profile; /* NULL: the file gets none */
	const char *sample;  /* how it was chosen, if it is not all that was read; else NULL */
	const char *crash;   /* NULL: nothing is known of it */

	/*
	 * Physical memory from @window_paddr on that the kernel maps at @window_vaddr: its
	 * image, which other tools read the page tables' root in. 0 bytes: not known.
	 */
	paddr_t window_paddr;
	uint64_t window_vaddr, window_bytes;

	const pfn_t *pages; /* ascending, each once, each MEMORY_PRESENT */
	size_t page_count;

	const struct memory_extent *extents; /* ascending, disjoint */
	size_t extent_count;
	bool omits_zero_pages;
	bool truncated; /* what the source said of itself; kept */
	uint64_t missing_bytes;
};

enum dump_image_format {
	DUMP_IMAGE_ELF,	  /* a vmcore that any dump tool opens */
	DUMP_IMAGE_KDUMP, /* kdump-compressed, zstd: the smallest */
};
bool dump_image_format_by_name(const char *name, enum dump_image_format *ret); /* "elf", "kdump" */

/*
 * Writes @image. The file appears whole under @path or not at all; an existing one is
 * replaced only when @replace is set (else ERROR_OS). Deterministic: the same image
 * gives the same bytes.
 */
struct error *dump_write(const char *path, bool replace, enum dump_image_format format,
			 const struct dump_image *image);

/* Takes away what dump_write() has begun: for handlers of signals that end the program. */
void dump_write_abandon(void);

#endif
