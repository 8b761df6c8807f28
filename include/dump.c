// SPDX-License-Identifier: LGPL-2.1-or-later
/* How a dump is stored, in words. */
#include "include/dump.h"

#include <stdio.h>

const char *packed_state_text(enum packed_state state, uint64_t offset,
			      char buf[static PACKED_TEXT_BYTES])
{
	static const char *const texts[] = {
		[PACKED_WHOLE] = "is whole, up to byte",
		[PACKED_ENDS_EARLY] = "ends early, at byte",
		[PACKED_DAMAGED] = "is damaged at or before byte",
	};

	snprintf(buf, PACKED_TEXT_BYTES, "%s %llu", texts[state], (unsigned long long)offset);
	return buf;
}
