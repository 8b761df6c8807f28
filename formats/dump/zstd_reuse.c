// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ZSTD_decompress() as libkdumpfile calls it, for each page of a dump: libzstd makes and
 * frees a context each time, and asks for the processor's features while at it, which a
 * virtual machine has to be left for. This one, which the dynamic linker finds first, keeps
 * a context for each thread. Without it all is the same, and slower.
 */
#include "formats/dump/zstd_reuse.h"

#include <pthread.h>
#include <stdbool.h>
#include <zstd.h>

static pthread_key_t key;
static bool has_key;

static void context_free(void *context)
{
	ZSTD_freeDCtx(context);
}

static void key_make(void)
{
	has_key = !pthread_key_create(&key, context_free);
}

void zstd_reuse_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, key_make);
}

/* The thread's own; NULL if there is no memory for it. */
static ZSTD_DCtx *context_of_thread(void)
{
	zstd_reuse_prepare();
	if (!has_key)
		return NULL;
	ZSTD_DCtx *context = pthread_getspecific(key);
	if (context)
		return context;
	context = ZSTD_createDCtx();
	if (context && pthread_setspecific(key, context)) {
		ZSTD_freeDCtx(context);
		return NULL;
	}
	return context;
}

size_t ZSTD_decompress(void *to, size_t room, const void *from, size_t len)
{
	ZSTD_DCtx *context = context_of_thread();

	/* An error code of the library's: (size_t)-ZSTD_error_memory_allocation. */
	if (!context)
		return (size_t)-64;
	return ZSTD_decompressDCtx(context, to, room, from, len);
}
