// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A jail: a child in which everything that parses input is done, so that an input which takes
 * it over can do nothing with it. It knows nothing of dumps.
 *
 * In it there are no new privileges, no core file, no network, no other programs; of files
 * only those that the plan names; memory as far as the plan says. Linux kernel
 * Documentation/userspace-api/{no_new_privs,seccomp_filter,landlock}.rst. What the kernel that
 * runs this does not have is left out: jail_about() tells.
 */
#ifndef VMEMSCOPE_JAIL_H
#define VMEMSCOPE_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct error;

enum jail_access {
	JAIL_READ,  /* a file, or all files in a directory and below */
	JAIL_WRITE, /* a directory: files are made, replaced and read in it; or a file */
};

struct jail_path {
	const char *path; /* borrowed; one that is not there is passed over */
	enum jail_access access;
};

/* What may be done in the jail. All zero: nothing but to read and write open files. */
struct jail_plan {
	struct jail_path *paths; /* include/vector.h */
	size_t path_count, path_room;

	/* Of memory: all that is mapped, and what is its own of that. 0: as before. */
	uint64_t mapped_bytes, own_bytes;

	bool keeps_files;  /* files that are open stay so; else only 0, 1 and 2 */
	bool has_children; /* it starts processes; each calls jail_tighten() */
	bool reads_kernel; /* of root's rights those to read /proc/kcore and /proc/kallsyms stay */
};

struct error *jail_allow(struct jail_plan *plan, enum jail_access access, const char *path);
void jail_plan_deinit(struct jail_plan *plan);

/*
 * Goes on in a jail, in a child of this process: true there. False in this process, when the
 * child has ended: *status_ret is as waitpid() gives it. SIGINT, SIGTERM, SIGHUP and SIGQUIT
 * that somebody sends to this process meanwhile are handed on; when it is killed, so is the
 * child. Only for a process of one thread. *err_ret in either: no child could be made, or the
 * jail is not what it has to be; nothing may be read then.
 */
bool jail_enter(const struct jail_plan *plan, int *status_ret, struct error **err_ret);

/*
 * In a child of one that has_children: it has no other rights than those of @plan from now on,
 * starts no process, and ends nobody but itself.
 */
struct error *jail_tighten(const struct jail_plan *plan);

/* The rights to read the running kernel's memory are given up; what is open stays readable. */
void jail_forget_kernel(void);

/* A number that the process outside can see, for what it says when the child dies. */
void jail_set_stage(unsigned stage);
unsigned jail_stage(void); /* 0: none was set */

/* Writes a line for each part of the jail: that the kernel has it, or what is missing. */
void jail_about(FILE *out);

#endif
