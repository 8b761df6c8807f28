// SPDX-License-Identifier: LGPL-2.1-or-later
/* Bisection of what is sorted. */
#ifndef VMEMSCOPE_BISECT_H
#define VMEMSCOPE_BISECT_H

#include <stddef.h>

/*
 * The first number from @from up to @to for which @before is false; @to if it is true for all.
 * @before is an expression of the number @i, such as items[i].end <= wanted: true for the first
 * numbers, false for all after them. It is computed about log2(@to - @from) times.
 */
#define bisect_between(from, to, i, before)                                                        \
	({                                                                                         \
		size_t _low = (from), _high = (to);                                                \
		while (_low < _high) {                                                             \
			size_t i = _low + (_high - _low) / 2;                                      \
			if (before)                                                                \
				_low = i + 1;                                                      \
			else                                                                       \
				_high = i;                                                         \
		}                                                                                  \
		_low;                                                                              \
	})

/* The same of the numbers below @count. */
#define bisect(count, i, before) bisect_between(0, count, i, before)

#endif
