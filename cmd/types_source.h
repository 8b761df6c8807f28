// SPDX-License-Identifier: LGPL-2.1-or-later
/* The chain of type sources. */
#ifndef VMEMSCOPE_TYPES_SOURCE_H
#define VMEMSCOPE_TYPES_SOURCE_H

#include "cmd/command.h"
#include "include/facts.h"

struct types_request {
	const struct dump *dump; /* of a known machine */
	const struct facts *facts;
	const struct input_options *input;
};

struct error *types_open(const struct types_request *request, struct typeinfo **ret);

#endif
