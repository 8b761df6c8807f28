// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Arrays that grow. Each is three variables or members: the items (NULL at first, freed by the
 * owner with free()), how many there are, and how many there is room for (both size_t).
 */
#ifndef VMEMSCOPE_VECTOR_H
#define VMEMSCOPE_VECTOR_H

#include <stddef.h>

#include "include/error.h"

/*
 * @items with room for @wanted of @size bytes each and for twice as many as before, so that
 * adding n items one by one copies fewer than 2n. NULL, and nothing has changed, if memory is
 * short.
 */
void *vector_larger(void *items, size_t *room, size_t wanted, size_t size);

/*
 * Makes room for @wanted items in all. Like the next one it is a struct error *, and names its
 * arguments more than once: they are variables or members without side effects.
 */
#define vector_reserve(items, room, wanted)                                                        \
	({                                                                                         \
		struct error *_reserve_err = NULL;                                                 \
		size_t _wanted = (wanted);                                                         \
		if (_wanted > (room)) {                                                            \
			void *_larger =                                                            \
				vector_larger((items), &(room), _wanted, sizeof(*(items)));        \
			if (_larger)                                                               \
				(items) = _larger;                                                 \
			else                                                                       \
				_reserve_err = error_nomem();                                      \
		}                                                                                  \
		_reserve_err;                                                                      \
	})

/* Adds an item behind the last: what follows @room, which may be a compound literal. */
#define vector_push(items, count, room, ...)                                                       \
	({                                                                                         \
		struct error *_push_err = vector_reserve(items, room, (count) + 1);                \
		if (!_push_err)                                                                    \
			(items)[(count)++] = __VA_ARGS__;                                          \
		_push_err;                                                                         \
	})

#endif
