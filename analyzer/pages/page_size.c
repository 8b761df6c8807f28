// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sizes of pages in words. */
#include "analyzer/pages/page_size.h"

#include "analyzer/pages/survey.h"
#include "include/array.h"

const char *order_size(unsigned order, const struct target *target)
{
	static const char *const names[] = {
		"4 KiB",   "8 KiB",   "16 KiB", "32 KiB", "64 KiB", "128 KiB", "256 KiB", "512 KiB",
		"1 MiB",   "2 MiB",   "4 MiB",	"8 MiB",  "16 MiB", "32 MiB",  "64 MiB",  "128 MiB",
		"256 MiB", "512 MiB", "1 GiB",	"2 GiB",  "4 GiB",  "8 GiB",   "16 GiB",  "32 GiB",
	};
	unsigned index = order + target->kernel.page_shift - 12;

	return index < COUNT_OF(names) ? names[index] : "huge";
}

const char *huge_size(const struct huge_page *page, const struct target *target)
{
	return order_size(page->order, target);
}
