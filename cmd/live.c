// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope live: a report on the machine that this runs on. */
#include <string.h>

#include "cmd/dump_command.h"
#include "cmd/watch.h"
#include "include/dump.h"

static struct error *build_report(const struct report_source *source,
				  const struct dump_command *command, struct document **ret)
{
	(void)command;
	return report_build(source, ret);
}

static int run_live(int argc, char **argv)
{
	struct dump_command command = {
		.takes_fail_on = true,
		.takes_expect = true,
		.takes_watch = true,
		.dump = DUMP_LIVE_PATH,
	};

	dump_command_parse(
		&command, argc, argv, "",
		"Analyse the memory of the running machine, as 'vmemscope report " DUMP_LIVE_PATH
		"' does. Needs root. Nothing is written to the system. Runs on one thread unless "
		"--threads is given, at the lowest priority."
		"\vMemory changes during the analysis. What appears wrong is read again, and only "
		"what is wrong each time is a finding. The rest is counted as changed meanwhile."
		"\n\nExit status: 0 no findings, or --watch ended, 1 findings (with --expect: "
		"differences), 2 failed, 64 usage error, 130 ended early by a signal.");
	if (command.watch_seconds)
		dump_command_confine(&command);
	int status = command.watch_seconds
			     ? watch_run(&command.input, &command.output, command.watch_seconds)
			     : dump_command_run(&command, ANALYSIS_FULL, build_report);
	dump_command_deinit(&command);
	return status;
}

const struct command command_live = { "live", "analyse or --watch the running machine", run_live };
