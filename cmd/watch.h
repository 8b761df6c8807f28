// SPDX-License-Identifier: LGPL-2.1-or-later
/* The running machine, analysed again and again. */
#ifndef VMEMSCOPE_WATCH_H
#define VMEMSCOPE_WATCH_H

#include "cmd/command.h"

enum { WATCH_SECONDS_MAX = 86400 };

/*
 * Writes a line to standard output now, and whenever pools or savings are others than in
 * the line before; looks every @seconds, until a signal. Returns an exit status.
 */
int watch_run(struct input_options *input, const struct output_options *output, unsigned seconds);

#endif
