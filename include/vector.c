// SPDX-License-Identifier: LGPL-2.1-or-later
/* Growing of arrays. */
#include "include/vector.h"

#include <stdint.h>
#include <stdlib.h>

enum { ROOM_FIRST = 16 };

void *vector_larger(void *items, size_t *room, size_t wanted, size_t size)
{
	size_t more = *room > SIZE_MAX / 2 ? SIZE_MAX : 2 * *room;

	if (more < ROOM_FIRST)
		more = ROOM_FIRST;
	if (more < wanted)
		more = wanted;
	/* No object has more bytes than pointers to it can be apart. */
	if (more > PTRDIFF_MAX / size)
		return NULL;
	void *larger = reallocarray(items, more, size);
	if (larger)
		*room = more;
	return larger;
}
