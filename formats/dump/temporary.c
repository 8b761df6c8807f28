// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files without a name, with holes where there are only zeroes. */
#include "formats/dump/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "include/dump.h"
#include "include/error.h"

enum { BLOCK_BYTES = 4096 };

/* A disk that is full to the last byte would stop others, too. */
static const uint64_t keep_free_max = UINT64_C(256) << 20;
enum { KEEP_FREE_PART = 16, CHECK_EVERY = 64 << 20 };

const char *dump_temporary_directory(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

static struct error *cannot(const char *what, const char *dir, int why)
{
	return error_new(ERROR_OS,
			 "cannot %s a temporary file in '%s': %s (TMPDIR names another directory)",
			 what, dir, strerror(why));
}

static struct error *create_named(const char *dir, int *ret)
{
	_cleanup_free_ char *name = NULL;

	if (asprintf(&name, "%s/vmemscope.XXXXXX", dir) < 0) {
		name = NULL;
		return error_nomem();
	}

	int fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return cannot("make", dir, errno);
	unlink(name);
	*ret = fd;
	return NULL;
}

static struct error *create_unlinked(const char *dir, int *ret)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return create_named(dir, ret);
	*ret = fd;
	return NULL;
}

/* Beyond it there would be a signal, and no error. */
static uint64_t file_size_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY ||
	    limit.rlim_cur > INT64_MAX)
		return INT64_MAX;
	return (uint64_t)limit.rlim_cur;
}

/* If it cannot be told, writing will. */
static uint64_t free_bytes(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) ? UINT64_MAX : (uint64_t)fs.f_bavail * fs.f_frsize;
}

struct error *temporary_create(struct temporary_file *file)
{
	*file = (struct temporary_file){
		.fd = -1,
		.dir = dump_temporary_directory(),
		.size_max = file_size_limit(),
	};
	struct error *err = create_unlinked(file->dir, &file->fd);
	if (err)
		return err;

	uint64_t kept = free_bytes(file->fd) / KEEP_FREE_PART;
	file->keep_free = kept < keep_free_max ? kept : keep_free_max;
	return NULL;
}

void temporary_deinit(struct temporary_file *file)
{
	closep(&file->fd);
	file->fd = -1;
}

uint64_t temporary_room(const struct temporary_file *file)
{
	return free_bytes(file->fd);
}

static struct error *check_room(struct temporary_file *file)
{
	if (file->written < file->next_check)
		return NULL;
	file->next_check = file->written + CHECK_EVERY;
	return free_bytes(file->fd) < file->keep_free ? cannot("write", file->dir, ENOSPC) : NULL;
}

static struct error *write_all(struct temporary_file *file, uint64_t offset, const uint8_t *data,
			       size_t len)
{
	struct error *err = check_room(file);

	while (!err && len) {
		ssize_t n = pwrite(file->fd, data, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return cannot("write", file->dir, n < 0 ? errno : ENOSPC);
		data += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
		file->written += (uint64_t)n;
	}
	return err;
}

static bool is_zero(const uint8_t *data, size_t len)
{
	return !data[0] && memcmp(data, data + 1, len - 1) == 0;
}

/* How many of the bytes at @data are in blocks that are all zero, or all not, as the first. */
static size_t run_of(const uint8_t *data, size_t len, bool *is_zero_ret)
{
	size_t run = 0;

	while (run < len) {
		size_t block = len - run < BLOCK_BYTES ? len - run : BLOCK_BYTES;
		bool zero = is_zero(data + run, block);

		if (!run)
			*is_zero_ret = zero;
		if (zero != *is_zero_ret)
			break;
		run += block;
	}
	return run;
}

/* Nothing was written behind @offset yet. */
static struct error *write_sparse(struct temporary_file *file, uint64_t offset, const uint8_t *data,
				  size_t len)
{
	struct error *err = NULL;

	while (!err && len) {
		bool zero = false;
		size_t run = run_of(data, len, &zero);

		if (!zero)
			err = write_all(file, offset, data, run);
		data += run;
		offset += run;
		len -= run;
	}
	return err;
}

struct error *temporary_write(struct temporary_file *file, uint64_t offset, const uint8_t *data,
			      size_t len)
{
	const bool is_new = offset >= file->end;

	if (offset > file->size_max || len > file->size_max - offset)
		return cannot("write", file->dir, EFBIG);
	if (offset + len > file->end)
		file->end = offset + len;
	return is_new ? write_sparse(file, offset, data, len) : write_all(file, offset, data, len);
}

struct error *temporary_finish(struct temporary_file *file, int *fd_ret)
{
	int result;

	do
		result = ftruncate(file->fd, (off_t)file->end);
	while (result && errno == EINTR);
	if (result)
		return cannot("write", file->dir, errno);
	*fd_ret = take_fd(&file->fd);
	return NULL;
}
