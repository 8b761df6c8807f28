// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The seam to types and symbols: what formats/typeinfo/ gives to the rest.
 * Sources do not know which members are wanted; they get a table of questions.
 *
 * To add a source: a file formats/typeinfo/foo.c with a struct typeinfo_ops and a
 * function here that opens it, a line in at_hand[] (cmd/types_source.c) if it serves
 * unasked, a fuzz target in testdata/fuzz/, a row in testdata/docs/support-matrix.md (of
 * which docs/support-matrix.md is made). To ask for more: a row in analyzer/kernel/layout.def.
 */
#ifndef VMEMSCOPE_TYPEINFO_H
#define VMEMSCOPE_TYPEINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/*
 * Kernel memory by virtual address, and VMCOREINFO: what a source that lies in the
 * dump itself needs. Made by the caller that can translate addresses.
 */
struct kernel_view {
	/* *present_ret is false, and @buf undefined, if any byte is not in the dump. */
	struct error *(*read)(struct kernel_view *view, uint64_t addr, void *buf, size_t len,
			      bool *present_ret);
	/* As facts_value(): "SYMBOL", "kallsyms_names". False if absent. */
	bool (*fact)(struct kernel_view *view, const char *kind, const char *name, uint64_t *ret);
	bool big_endian;
	uint64_t kernel_offset;			  /* KERNELOFFSET: run-time minus linked address */
	const char *release, *build_id, *machine; /* as in struct typeinfo; may be NULL */
};

enum type_query_kind {
	TYPE_SIZE,	    /* of struct @type, bytes */
	TYPE_MEMBER_OFFSET, /* of @type.@name, bytes; members of anonymous structs count */
	TYPE_MEMBER_SIZE,   /* of @type.@name, bytes; a whole array if it is one */
	TYPE_MEMBER_LENGTH, /* elements of the array @type.@name; not found if no array */
	TYPE_ENUMERATOR,    /* @name of enum @type, or of any enum if @type is NULL */
	TYPE_SYMBOL,	    /* address of @name as linked, before any relocation */
};

struct type_query {
	enum type_query_kind kind;
	const char *type; /* without "struct"; NULL where it has no meaning */
	const char *name; /* NULL for TYPE_SIZE; "a.b" for a member of a member */
};

struct type_answer {
	bool found;
	uint64_t value;
	/* The kind of source, for people: "DWARF", "symbol table". A profile says
	 * the source that its maker used. Borrowed from the source: lives until its close(). */
	const char *source;
};

/* A function of the kernel's image by an address in it, as linked. */
enum { SYMBOL_NAME_MAX = 128 };
struct symbol_place {
	uint64_t address;
	bool found;
	char name[SYMBOL_NAME_MAX]; /* without what compilers add; longer ones are cut */
	uint64_t start;		    /* of the function */
};

struct typeinfo;

struct typeinfo_ops {
	/* "DWARF", "profile": names the kind in reports. */
	const char *name;
	/*
	 * Answers all questions at once; what is absent stays found = false and
	 * is no failure. @near names symbols whose compilation units are likely
	 * to know the types (NULL-terminated): a source may use it to look there
	 * first.
	 */
	struct error *(*resolve)(struct typeinfo *ti, const struct type_query *queries,
				 size_t count, const char *const *near,
				 struct type_answer *answers);
	/* Looks up all places at once. NULL: the source knows no addresses. */
	void (*symbols_at)(const struct typeinfo *ti, struct symbol_place *places, size_t count);
	void (*close)(struct typeinfo *ti);
};

/* Embedded first in every source's own struct. */
struct typeinfo {
	const struct typeinfo_ops *ops;
	/* What the types were first made from, "DWARF": a profile passes it on. NULL if unknown. */
	const char *origin;
	char *path;	/* of the file; of the dump for a profile inside it */
	char *build_id; /* lower-case hex; NULL if the file has none */
	char *release;	/* kernel release (uname -r); NULL if not known */
	char *machine;	/* as in uname -m; NULL if not known */
	char *banner;	/* the text at its linux_banner, one line; NULL if not known */
};

/*
 * Types and symbols of a vmlinux or a separate debug file.
 * Errors: ERROR_NOT_FOUND no such file; ERROR_UNSUPPORTED not a vmlinux (a
 * vmcore, a compressed kernel image, no debug information) with what to do.
 */
struct error *typeinfo_open_vmlinux(const char *path, struct typeinfo **ret);

/*
 * The BTF and the symbols (kallsyms) that the running kernel keeps in its own
 * memory. @name is the dump's, for messages; @view is used until this returns.
 * ERROR_NOT_FOUND: the kernel has none, or VMCOREINFO does not lead there (before
 * v6.0), or they are not in the dump. ERROR_CORRUPT: they are damaged.
 */
struct error *typeinfo_open_kernel(const char *name, struct kernel_view *view,
				   struct typeinfo **ret);

/* Only the symbols of it; ERROR_NOT_FOUND also if there are none of variables. */
struct error *typeinfo_open_kernel_symbols(const char *name, struct kernel_view *view,
					   struct typeinfo **ret);

/*
 * The BTF of a vmlinux (section .BTF; symbols from its symbol table), or a bare
 * .BTF file as in /sys/kernel/btf/vmlinux, which has no symbols.
 */
struct error *typeinfo_open_btf(const char *path, struct typeinfo **ret);

/*
 * Only symbols, of a System.map; answers no question about types. ERROR_UNSUPPORTED: a file
 * of another kind, or without addresses (/proc/kallsyms as others than root see it);
 * ERROR_CORRUPT: it ends early.
 */
struct error *typeinfo_open_system_map(const char *path, struct typeinfo **ret);

/* What was opened so has the addresses that its kernel ran at, @kernel_offset above the linked. */
void typeinfo_system_map_moved(struct typeinfo *ti, uint64_t kernel_offset);

/*
 * The same of the running kernel, /proc/kallsyms; @kernel_offset as in struct kernel_view.
 * ERROR_UNSUPPORTED: it shows no addresses (kptr_restrict).
 */
struct error *typeinfo_open_kallsyms(const char *path, uint64_t kernel_offset,
				     struct typeinfo **ret);

/* A saved profile, JSON text; @name is where it came from, for messages. */
struct error *typeinfo_open_profile(const char *name, const char *text, struct typeinfo **ret);
struct error *typeinfo_open_profile_file(const char *path, struct typeinfo **ret);

/*
 * Answers of @first, and of @second for what that does not know. Takes both, but
 * not on failure.
 */
struct error *typeinfo_open_chain(struct typeinfo *first, struct typeinfo *second,
				  struct typeinfo **ret);

void typeinfo_close(struct typeinfo *ti); /* NULL is allowed */

/* For _cleanup_(): include/error.h. */
static inline void typeinfo_closep(struct typeinfo **ti)
{
	typeinfo_close(*ti);
}

/*
 * The answers as profile text, which typeinfo_open_profile() reads back to the
 * same answers. Only what was found is written. The caller frees *ret.
 */
struct error *typeinfo_profile_text(const struct typeinfo *ti, const struct type_query *queries,
				    const struct type_answer *answers, size_t count, char **ret);

/*
 * Looks for the vmlinux of a kernel where debug packages put it; a candidate
 * counts only if its build id agrees (release alone decides only if @build_id is
 * NULL). ERROR_NOT_FOUND carries a message that names release, build id and the
 * packages of Debian, Fedora, SUSE and Ubuntu that hold the file.
 * @root is "" but for tests. The caller frees *path_ret.
 */
struct error *vmlinux_find(const char *root, const char *release, const char *build_id,
			   const char *machine, char **path_ret);

#endif
