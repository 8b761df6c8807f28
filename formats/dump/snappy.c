// SPDX-License-Identifier: LGPL-2.1-or-later
#include "formats/dump/snappy.h"

#include <dlfcn.h>
#include <pthread.h>
#include <snappy-c.h>

#include "include/dlopen_note.h"
#include "include/error.h"

DLOPEN_NOTE(snappy_note, SNAPPY_SONAME, "snappy", "Pages of dumps that are compressed with snappy");

static __typeof__(snappy_uncompress) *uncompress;

static void load(void)
{
	void *handle = dlopen(SNAPPY_SONAME, RTLD_NOW | RTLD_LOCAL);

	/* As POSIX has it: a function's address in an object's pointer. */
	if (handle)
		*(void **)&uncompress = dlsym(handle, "snappy_uncompress");
}

struct error *snappy_unpack(const uint8_t *from, size_t len, uint8_t *to, size_t size, bool *ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	size_t found = size;

	*ret = false;
	pthread_once(&once, load);
	if (!uncompress)
		return error_new(ERROR_OS,
				 "%s, which unpacks pages of this dump, cannot be loaded: install "
				 "libsnappy",
				 SNAPPY_SONAME);
	*ret = uncompress((const char *)from, len, (char *)to, &found) == SNAPPY_OK &&
	       found == size;
	return NULL;
}
