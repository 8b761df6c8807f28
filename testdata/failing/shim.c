// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Loaded before the C library (LD_PRELOAD): the n-th call of a kind fails, in whichever of the
 * program's processes and threads it is made.
 *
 * FAILING_COUNTS  a file that holds a struct counts, shared with the driver
 * FAILING_KIND    the name of a kind in kinds[]
 * FAILING_AT      which call fails, from 1; 0: none
 * FAILING_ERRNO   what it fails with; 0: it is cut short (of read, pread, write, pwrite)
 * FAILING_CUTS    instead the call goes on, and this file has become half as long before
 * FAILING_ON      if set, so do all calls of the kind from there on
 */
#undef _FILE_OFFSET_BITS /* open() and open64() are two functions here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum kind {
	MEMORY,
	OPEN,
	READ,
	PREAD,
	MMAP,
	WRITE,
	PWRITE,
	FORK,
	PIPE,
	THREAD,
	RENAME,
	LINK,
	TRUNCATE,
	STATUS,
	SEEK,
	CLOSE,
	TEMPORARY,
	WAIT,
	FLUSH,
	KIND_COUNT,
};

static const char *const kinds[KIND_COUNT] = {
	[MEMORY] = "memory",	   [OPEN] = "open",	[READ] = "read",     [PREAD] = "pread",
	[MMAP] = "mmap",	   [WRITE] = "write",	[PWRITE] = "pwrite", [FORK] = "fork",
	[PIPE] = "pipe",	   [THREAD] = "thread", [RENAME] = "rename", [LINK] = "link",
	[TRUNCATE] = "truncate",   [STATUS] = "status", [SEEK] = "seek",     [CLOSE] = "close",
	[TEMPORARY] = "temporary", [WAIT] = "wait",	[FLUSH] = "flush",
};

struct counts {
	atomic_ulong calls[KIND_COUNT];
	atomic_ulong failed;
};

static struct counts *counts;
static enum kind wanted = KIND_COUNT;
static unsigned long wanted_at;
static int wanted_errno;
static bool wanted_on;
static const char *wanted_cuts;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAILING_COUNTS"), *kind = getenv("FAILING_KIND");
	const char *at = getenv("FAILING_AT"), *number = getenv("FAILING_ERRNO");
	int (*real_open)(const char *, int, ...) = NULL;
	int fd;

	*(void **)&real_open = dlsym(RTLD_NEXT, "open64");
	if (!path || !real_open)
		return;
	fd = real_open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	for (unsigned i = 0; kind && i < KIND_COUNT; i++) {
		if (strcmp(kind, kinds[i]) == 0)
			wanted = i;
	}
	wanted_at = at ? strtoul(at, NULL, 10) : 0;
	wanted_errno = number ? atoi(number) : 0;
	wanted_on = getenv("FAILING_ON") != NULL;
	wanted_cuts = getenv("FAILING_CUTS");

	static void *(*real_mmap)(void *, size_t, int, int, int, off_t);
	*(void **)&real_mmap = dlsym(RTLD_NEXT, "mmap64");
	void *page = real_mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (page != MAP_FAILED)
		counts = page;
}

static void cut_file(void)
{
	struct statx status;

	if (syscall(SYS_statx, AT_FDCWD, wanted_cuts, 0, STATX_SIZE, &status) == 0)
		syscall(SYS_truncate, wanted_cuts, (off_t)(status.stx_size / 2));
}

/* Counts a call of @kind; whether it is to fail. errno is set then. */
static bool fails(enum kind kind)
{
	unsigned long at;

	if (!counts)
		return false;
	at = atomic_fetch_add(&counts->calls[kind], 1) + 1;
	if (kind != wanted || !wanted_at || at < wanted_at || (at > wanted_at && !wanted_on))
		return false;
	atomic_fetch_add(&counts->failed, 1);
	if (wanted_cuts) {
		cut_file();
		return false;
	}
	errno = wanted_errno;
	return true;
}

/* The function of this name that comes next. */
#define NEXT(type, name)                                                                           \
	static __typeof__(type) *next;                                                             \
	if (!next)                                                                                 \
	*(void **)&next = dlsym(RTLD_NEXT, name)

/* --- memory ------------------------------------------------------------------- */

#ifndef WITHOUT_MEMORY /* a sanitizer has its own */
/* What dlsym() itself asks for, while it is looked up from where memory comes. */
static char first[4096] __attribute__((aligned(16)));
static size_t first_used;
static __thread bool looking;

static void *first_take(size_t size)
{
	void *taken = first + first_used;

	first_used += (size + 15) & ~(size_t)15;
	return first_used <= sizeof(first) ? taken : NULL;
}

static bool is_first(const void *pointer)
{
	return (const char *)pointer >= first && (const char *)pointer < first + sizeof(first);
}

static void *look_up(const char *name)
{
	void *found;

	looking = true;
	found = dlsym(RTLD_NEXT, name);
	looking = false;
	return found;
}

EXPORT void *malloc(size_t size)
{
	static void *(*next)(size_t);

	if (looking)
		return first_take(size);
	if (!next)
		*(void **)&next = look_up("malloc");
	return fails(MEMORY) ? NULL : next(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	static void *(*next)(size_t, size_t);

	if (looking)
		return first_take(count * size);
	if (!next)
		*(void **)&next = look_up("calloc");
	return fails(MEMORY) ? NULL : next(count, size);
}

EXPORT void *realloc(void *pointer, size_t size)
{
	static void *(*next)(void *, size_t);

	if (!next)
		*(void **)&next = look_up("realloc");
	return fails(MEMORY) ? NULL : next(pointer, size);
}

EXPORT void *reallocarray(void *pointer, size_t count, size_t size)
{
	static void *(*next)(void *, size_t, size_t);

	if (!next)
		*(void **)&next = look_up("reallocarray");
	return fails(MEMORY) ? NULL : next(pointer, count, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	static void *(*next)(size_t, size_t);

	if (!next)
		*(void **)&next = look_up("aligned_alloc");
	return fails(MEMORY) ? NULL : next(alignment, size);
}

EXPORT int posix_memalign(void **ret, size_t alignment, size_t size)
{
	static int (*next)(void **, size_t, size_t);

	if (!next)
		*(void **)&next = look_up("posix_memalign");
	return fails(MEMORY) ? ENOMEM : next(ret, alignment, size);
}

EXPORT void free(void *pointer)
{
	static void (*next)(void *);

	if (is_first(pointer) || looking)
		return;
	if (!next)
		*(void **)&next = look_up("free");
	next(pointer);
}
#endif

EXPORT void *mmap64(void *where, size_t size, int protection, int flags, int fd, off_t offset)
{
	NEXT(void *(void *, size_t, int, int, int, off_t), "mmap64");
	return fails(MMAP) ? MAP_FAILED : next(where, size, protection, flags, fd, offset);
}

EXPORT void *mmap(void *where, size_t size, int protection, int flags, int fd, off_t offset)
{
	return mmap64(where, size, protection, flags, fd, offset);
}

/* --- files -------------------------------------------------------------------------- */

static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

#define OPENER(name)                                                                               \
	EXPORT int name(const char *path, int flags, ...)                                          \
	{                                                                                          \
		NEXT(int(const char *, int, ...), #name);                                          \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		mode_t mode = mode_of(flags, args);                                                \
		va_end(args);                                                                      \
		return fails(OPEN) ? -1 : next(path, flags, mode);                                 \
	}

#define OPENER_AT(name)                                                                            \
	EXPORT int name(int directory, const char *path, int flags, ...)                           \
	{                                                                                          \
		NEXT(int(int, const char *, int, ...), #name);                                     \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		mode_t mode = mode_of(flags, args);                                                \
		va_end(args);                                                                      \
		return fails(OPEN) ? -1 : next(directory, path, flags, mode);                      \
	}

#define STREAM_OPENER(name)                                                                        \
	EXPORT FILE *name(const char *path, const char *mode)                                      \
	{                                                                                          \
		NEXT(FILE *(const char *, const char *), #name);                                   \
		return fails(OPEN) ? NULL : next(path, mode);                                      \
	}

OPENER(open)
OPENER(open64)
OPENER_AT(openat)
OPENER_AT(openat64)
STREAM_OPENER(fopen)
STREAM_OPENER(fopen64)
/* Declared for struct stat64, which is the same. */
EXPORT int failing_fstat(int fd, struct stat *ret) __asm__("fstat64");
EXPORT int failing_stat(const char *path, struct stat *ret) __asm__("stat64");
EXPORT int failing_lstat(const char *path, struct stat *ret) __asm__("lstat64");

int failing_fstat(int fd, struct stat *ret)
{
	NEXT(int(int, struct stat *), "fstat64");
	return fails(STATUS) ? -1 : next(fd, ret);
}

int failing_stat(const char *path, struct stat *ret)
{
	NEXT(int(const char *, struct stat *), "stat64");
	return fails(STATUS) ? -1 : next(path, ret);
}

int failing_lstat(const char *path, struct stat *ret)
{
	NEXT(int(const char *, struct stat *), "lstat64");
	return fails(STATUS) ? -1 : next(path, ret);
}

/* A part of what was asked for, one byte at least. */
static size_t cut(size_t size)
{
	return size > 1 ? size / 2 : size;
}

EXPORT ssize_t read(int fd, void *ret, size_t size)
{
	NEXT(ssize_t(int, void *, size_t), "read");
	if (!fails(READ))
		return next(fd, ret, size);
	return wanted_errno ? -1 : next(fd, ret, cut(size));
}

EXPORT ssize_t pread64(int fd, void *ret, size_t size, off_t offset)
{
	NEXT(ssize_t(int, void *, size_t, off_t), "pread64");
	if (!fails(PREAD))
		return next(fd, ret, size, offset);
	return wanted_errno ? -1 : next(fd, ret, cut(size), offset);
}

EXPORT ssize_t write(int fd, const void *from, size_t size)
{
	NEXT(ssize_t(int, const void *, size_t), "write");
	if (!fails(WRITE))
		return next(fd, from, size);
	return wanted_errno ? -1 : next(fd, from, cut(size));
}

EXPORT ssize_t pwrite64(int fd, const void *from, size_t size, off_t offset)
{
	NEXT(ssize_t(int, const void *, size_t, off_t), "pwrite64");
	if (!fails(PWRITE))
		return next(fd, from, size, offset);
	return wanted_errno ? -1 : next(fd, from, cut(size), offset);
}

EXPORT int rename(const char *from, const char *to)
{
	NEXT(int(const char *, const char *), "rename");
	return fails(RENAME) ? -1 : next(from, to);
}

EXPORT int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	NEXT(int(int, const char *, int, const char *, unsigned), "renameat2");
	return fails(RENAME) ? -1 : next(from_dir, from, to_dir, to, flags);
}

EXPORT int link(const char *from, const char *to)
{
	NEXT(int(const char *, const char *), "link");
	return fails(LINK) ? -1 : next(from, to);
}

EXPORT int ftruncate64(int fd, off_t size)
{
	NEXT(int(int, off_t), "ftruncate64");
	return fails(TRUNCATE) ? -1 : next(fd, size);
}

EXPORT off_t lseek64(int fd, off_t offset, int whence)
{
	NEXT(off_t(int, off_t, int), "lseek64");
	return fails(SEEK) ? -1 : next(fd, offset, whence);
}

EXPORT int mkstemp64(char *name)
{
	NEXT(int(char *), "mkstemp64");
	return fails(TEMPORARY) ? -1 : next(name);
}

EXPORT int mkostemp64(char *name, int flags)
{
	NEXT(int(char *, int), "mkostemp64");
	return fails(TEMPORARY) ? -1 : next(name, flags);
}

/* What a full disk is told by, when it is told late. */
EXPORT int fclose(FILE *stream)
{
	NEXT(int(FILE *), "fclose");
	bool failed = fails(FLUSH);
	int ret = next(stream);

	if (failed)
		errno = wanted_errno;
	return failed ? EOF : ret;
}

EXPORT int fflush(FILE *stream)
{
	NEXT(int(FILE *), "fflush");
	return stream && fails(FLUSH) ? EOF : next(stream);
}

EXPORT int close(int fd)
{
	NEXT(int(int), "close");
	bool failed = fails(CLOSE);
	int ret = next(fd);

	if (failed)
		errno = wanted_errno;
	return failed ? -1 : ret;
}

/* --- processes ------------------------------------------------------------------------ */

EXPORT pid_t fork(void)
{
	NEXT(pid_t(void), "fork");
	return fails(FORK) ? -1 : next();
}

EXPORT int pipe2(int ends[2], int flags)
{
	NEXT(int(int[2], int), "pipe2");
	return fails(PIPE) ? -1 : next(ends, flags);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
	NEXT(pid_t(pid_t, int *, int), "waitpid");
	return fails(WAIT) ? -1 : next(pid, status, options);
}

EXPORT int pthread_create(pthread_t *ret, const pthread_attr_t *attributes, void *(*start)(void *),
			  void *argument)
{
	NEXT(int(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *), "pthread_create");
	return fails(THREAD) ? wanted_errno : next(ret, attributes, start, argument);
}
