// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The memory of the machine that this runs on: /proc/kcore. An ELF core by its
 * headers, but everything in it may change, and it is only read with pread().
 * Linux kernel fs/proc/kcore.c.
 */
#ifndef VMEMSCOPE_DUMP_KCORE_H
#define VMEMSCOPE_DUMP_KCORE_H

#include <stdbool.h>

#include "formats/dump/file.h"
#include "include/dump.h"

/*
 * Whether @file, an ELF core in procfs, is the running kernel's. The other one there,
 * /proc/vmcore, is the dump of a kernel that has died.
 */
bool kcore_probe(const struct dump_file *file);

/*
 * As dump_format.open(). Memory that the kernel keeps from readers (poisoned, offline)
 * reads as zeroes there; /proc/kpageflags shows such pages. @root is "" but for tests.
 */
struct error *kcore_open(struct dump *dump, struct dump_file *file, const char *root);

/*
 * Why @path, which names the running kernel's memory, cannot be read, in words; NULL if
 * it can as far as is known. @root is "" but for tests.
 */
struct error *kcore_refuse(const char *path, const char *root);

/* The same of what open() said: @os_error, to user @user. Never NULL. */
struct error *kcore_refuse_open(const char *path, const char *root, int os_error, unsigned user);

#endif
