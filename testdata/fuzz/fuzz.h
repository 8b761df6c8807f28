// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the fuzz targets share: libFuzzer's entry point, input as a file, all questions. */
#ifndef TESTDATA_FUZZ_H
#define TESTDATA_FUZZ_H

#include <stddef.h>
#include <stdint.h>

struct dump;
struct error;
struct typeinfo;

/* Each target defines it; libFuzzer or replay.c calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A file without a name that holds @data, and a path to it that holds while *fd_ret is open;
 * the path is good until the second call after this one.
 */
const char *fuzz_file(const uint8_t *data, size_t size, int *fd_ret);

/* How many inputs were good enough to get an answer: a corpus without any tests little. */
extern unsigned fuzz_taken;

/* The ELF number of a machine that is known, by any byte. */
uint16_t fuzz_machine(uint8_t choice);

/* Reads some of the pages that a dump says it has; takes both, as the next one does. */
void fuzz_read_dump(struct error *err, struct dump *dump);

/* Asks all that the analysis asks; takes both. @ti is looked at only if @err is NULL. */
void fuzz_resolve(struct error *err, struct typeinfo *ti);

#endif
