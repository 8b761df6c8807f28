// SPDX-License-Identifier: LGPL-2.1-or-later
/* A set of numbers. */
#ifndef VMEMSCOPE_NUMBER_SET_H
#define VMEMSCOPE_NUMBER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* All zero is empty. One thread at a time. */
struct number_set {
	uint64_t *slots; /* open addressing; 0 is empty */
	size_t count, capacity;
};

/* Adds @number, which is not 0: *known_ret, whether it was there. ERROR_NOMEM. */
struct error *number_set_add(struct number_set *set, uint64_t number, bool *known_ret)
	__attribute__((warn_unused_result));
void number_set_deinit(struct number_set *set);

#endif
