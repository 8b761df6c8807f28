// SPDX-License-Identifier: LGPL-2.1-or-later
/* Arrays whose length the compiler knows. */
#ifndef VMEMSCOPE_ARRAY_H
#define VMEMSCOPE_ARRAY_H

/* How many elements @array has. Of a pointer it makes no sense: -Wsizeof-pointer-div says so. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
