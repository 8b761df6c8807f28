// SPDX-License-Identifier: LGPL-2.1-or-later
/* The packages of distributions that hold a debug vmlinux: for messages. */
#ifndef VMEMSCOPE_TYPEINFO_DEBUG_PACKAGE_H
#define VMEMSCOPE_TYPEINFO_DEBUG_PACKAGE_H

enum { DEBUG_PACKAGE_HINT_MAX = 512 };

/*
 * "linux-image-REL-dbg (Debian), ..." written to @buf of DEBUG_PACKAGE_HINT_MAX
 * bytes and returned. A NULL @release leaves the word RELEASE in its place.
 */
const char *debug_package_hint(const char *release, char *buf);

#endif
