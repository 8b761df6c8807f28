// SPDX-License-Identifier: LGPL-2.1-or-later
/* How many bytes, in the unit that people would choose. */
#include "analyzer/checker/bytes_text.h"

#include <stdbool.h>
#include <stdio.h>

const char *bytes_text(int64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	unsigned unit = 0;
	double value = (double)bytes;

	while (unit < 4 && (value >= 1024 || value <= -1024)) {
		value /= 1024;
		unit++;
	}
	bool whole = value >= -9e15 && value <= 9e15 && value == (double)(int64_t)value;
	snprintf(buf, size, whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
	return buf;
}
