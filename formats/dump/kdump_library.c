// SPDX-License-Identifier: LGPL-2.1-or-later
#include "formats/dump/kdump_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

#include "include/error.h"

static struct kdump_library library;
static bool is_loaded;

static void load(void)
{
	static const struct {
		const char *name;
		void *to;
	} functions[] = {
#define KDUMP_ENTRY(name) { #name, &library.name },
		KDUMP_FUNCTIONS(KDUMP_ENTRY)
#undef KDUMP_ENTRY
	};
	void *handle = dlopen(KDUMPFILE_SONAME, RTLD_NOW | RTLD_LOCAL);

	is_loaded = handle != NULL;
	for (size_t i = 0; is_loaded && i < sizeof(functions) / sizeof(functions[0]); i++) {
		/* As POSIX has it: a function's address in an object's pointer. */
		*(void **)functions[i].to = dlsym(handle, functions[i].name);
		is_loaded = *(void **)functions[i].to != NULL;
	}
}

struct error *kdump_library_load(const struct kdump_library **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (!is_loaded)
		return error_new(ERROR_OS,
				 "%s, which reads kdump-compressed dumps, cannot be "
				 "loaded: install libkdumpfile",
				 KDUMPFILE_SONAME);
	*ret = &library;
	return NULL;
}
