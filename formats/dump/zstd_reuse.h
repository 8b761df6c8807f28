// SPDX-License-Identifier: LGPL-2.1-or-later
/* Keeps the contexts of zstd that libkdumpfile would make for each page. */
#ifndef VMEMSCOPE_DUMP_ZSTD_REUSE_H
#define VMEMSCOPE_DUMP_ZSTD_REUSE_H

/* Any thread, any number of times; to call it is what makes the linker take the rest. */
void zstd_reuse_prepare(void);

#endif
