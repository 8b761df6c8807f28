// SPDX-License-Identifier: LGPL-2.1-or-later
/* The packages of distributions that hold a debug vmlinux: for messages. */
#include "formats/typeinfo/debug_package.h"

#include <stdio.h>

enum { RELEASE_SHOWN_MAX = 64 }; /* as long as uname can make it */

const char *debug_package_hint(const char *release, char *buf)
{
	const char *rel = release ? release : "RELEASE";

	snprintf(buf, DEBUG_PACKAGE_HINT_MAX,
		 "linux-image-%.*s-dbg (Debian), kernel-debuginfo-%.*s (Fedora, RHEL), "
		 "kernel-default-debuginfo (SUSE), linux-image-%.*s-dbgsym (Ubuntu)",
		 RELEASE_SHOWN_MAX, rel, RELEASE_SHOWN_MAX, rel, RELEASE_SHOWN_MAX, rel);
	return buf;
}
