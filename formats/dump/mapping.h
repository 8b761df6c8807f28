// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file's bytes where this process can see them. A file that becomes shorter, or a
 * disk that fails, would end the process by SIGBUS: here the lost bytes read as zero
 * and mapping_lost() returns true.
 */
#ifndef VMEMSCOPE_DUMP_MAPPING_H
#define VMEMSCOPE_DUMP_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

struct mapping_file; /* any thread may read its bytes and ask what is lost */

/* The first @len bytes behind @fd; NULL if they cannot be mapped, for whatever reason. */
struct mapping_file *mapping_create(int fd, size_t len);
void mapping_destroy(struct mapping_file *mapping); /* NULL is allowed */

const unsigned char *mapping_bytes(const struct mapping_file *mapping);

/* True once some byte that was asked for could not be read: no answer is to be trusted. */
bool mapping_lost(const struct mapping_file *mapping);

#endif
