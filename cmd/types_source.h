// SPDX-License-Identifier: LGPL-2.1-or-later
/* The chain of type sources. */
#ifndef VMEMSCOPE_TYPES_SOURCE_H
#define VMEMSCOPE_TYPES_SOURCE_H

#include "cmd/command.h"
#include "analyzer/kernel/target.h"

struct types_request {
	const struct dump *dump;     /* of a known machine */
	const struct target *target; /* of its memory: VMCOREINFO and page tables */
	const struct input_options *input;
};

/*
 * Reads the types and symbols that the kernel keeps of itself out of @memory, for one
 * that remembers what was read. ERROR_NOT_FOUND if the dump has none.
 */
struct error *types_read(const struct types_request *request, struct memory *memory);

/* ERROR_USAGE: options that do not go together. */
struct error *types_options_check(const struct input_options *input);

struct error *types_open(const struct types_request *request, struct typeinfo **ret);

#endif
