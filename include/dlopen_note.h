// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A library that is loaded when there is need: a note in the program says so, for those who
 * make packages of it. https://uapi-group.org/specifications/specs/elf_dlopen_metadata/
 */
#ifndef VMEMSCOPE_DLOPEN_NOTE_H
#define VMEMSCOPE_DLOPEN_NOTE_H

#include <stdint.h>

/* "FDO", and what dlopen() may ask for. */
enum { DLOPEN_NOTE_TYPE = 0x407c0c0a };

/*
 * Once for each library, outside of functions. @name is the variable; @soname, @feature and
 * @description are literals without quotes in them. The library is not needed by most.
 */
#define DLOPEN_NOTE(name, soname, feature, description)                                            \
	static const struct {                                                                      \
		uint32_t owner_bytes, text_bytes, type;                                            \
		char owner[4];                                                                     \
		char text[sizeof("[{\"feature\":\"" feature "\",\"description\":\"" description    \
				 "\",\"priority\":\"suggested\",\"soname\":[\"" soname "\"]}]")];  \
	} name __attribute__((used, section(".note.dlopen"), aligned(4))) = {                      \
		sizeof("FDO"), sizeof((name).text), DLOPEN_NOTE_TYPE, "FDO",                       \
		"[{\"feature\":\"" feature "\",\"description\":\"" description                     \
		"\",\"priority\":\"suggested\",\"soname\":[\"" soname "\"]}]"                      \
	}

#endif
