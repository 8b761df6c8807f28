// SPDX-License-Identifier: LGPL-2.1-or-later
/* Builds stand-in programs where the tests run, with the compiler that builds the tests. */
#ifndef TESTDATA_STANDIN_BUILD_H
#define TESTDATA_STANDIN_BUILD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define STANDIN_BUILD_ID "0123456789abcdef0123456789abcdef01234567"

__attribute__((format(printf, 1, 2))) static inline bool run(const char *fmt, ...)
{
	char command[4096];
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	return len > 0 && (size_t)len < sizeof(command) && system(command) == 0;
}

/* A flag: more units, which refer to others, with functions refers_elsewhere, imports_elsewhere. */
#define STANDIN_REFS TEST_SOURCE_DIR "/testdata/typeinfo/standin_refs.s"

/* @directory is made; the program is @directory/@name. */
static inline bool standin_build(const char *compiler, const char *flags, const char *directory,
				 const char *name)
{
	return run("mkdir -p %s && %s -nostdlib -static -fno-pie -O0 "
		   "-fno-stack-protector -fno-asynchronous-unwind-tables "
		   "-fno-eliminate-unused-debug-types "
		   "-Wl,--build-id=0x" STANDIN_BUILD_ID " %s -o %s/%s " TEST_SOURCE_DIR
		   "/testdata/typeinfo/standin.c " TEST_SOURCE_DIR
		   "/testdata/typeinfo/standin_other.c",
		   directory, compiler, flags, directory, name);
}

#endif
