// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libkdumpfile, loaded when a dump first needs it. With what it is linked to, libstdc++
 * among others, that takes 0.7 ms: a third of a quick report of an ELF dump.
 */
#ifndef VMEMSCOPE_DUMP_KDUMP_LIBRARY_H
#define VMEMSCOPE_DUMP_KDUMP_LIBRARY_H

#include <libkdumpfile/kdumpfile.h>

#define KDUMP_FUNCTIONS(USE)                                                                       \
	USE(kdump_clear_err)                                                                       \
	USE(kdump_free)                                                                            \
	USE(kdump_get_attr)                                                                        \
	USE(kdump_get_err)                                                                         \
	USE(kdump_new)                                                                             \
	USE(kdump_open_fdset)                                                                      \
	USE(kdump_read)                                                                            \
	USE(kdump_set_attr)                                                                        \
	USE(kdump_strerror)

struct kdump_library {
#define KDUMP_MEMBER(name) __typeof__(name) *name;
	KDUMP_FUNCTIONS(KDUMP_MEMBER)
#undef KDUMP_MEMBER
};

struct error;

/* Any thread, any number of times; *ret is good for ever. ERROR_OS if it is not there. */
struct error *kdump_library_load(const struct kdump_library **ret);

#endif
