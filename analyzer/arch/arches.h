// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every architecture that there is a file for. */
#ifndef VMEMSCOPE_ARCHES_H
#define VMEMSCOPE_ARCHES_H

#include "include/arch.h"

extern const struct arch_info arch_x86_64;

#endif
