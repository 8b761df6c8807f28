// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shows how far an analysis is, and ends it early when a signal asks for that. */
#ifndef VMEMSCOPE_CMD_PROGRESS_H
#define VMEMSCOPE_CMD_PROGRESS_H

#include <stdbool.h>

struct analysis_progress;

/*
 * From now on SIGINT and SIGTERM cancel the analysis; a second one ends the program.
 * Once it takes longer than a second and standard error is a terminal, a line there says
 * how far it is, unless @quiet. One at a time.
 */
void progress_begin(struct analysis_progress *progress, bool quiet);

/* Takes the line away and gives the signals back. True if there was one. */
bool progress_end(void);

#endif
