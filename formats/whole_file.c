// SPDX-License-Identifier: LGPL-2.1-or-later
#include "formats/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "include/array.h"
#include "include/error.h"
#include "include/vector.h"

enum { ROOM_MIN = 64 << 10 };

static const struct {
	mode_t type;
	const char *what;
} not_a_file[] = {
	{ S_IFDIR, "directory" },
	{ S_IFSOCK, "socket" },
	{ S_IFCHR, "device" },
	{ S_IFBLK, "device" },
};

static struct error *check_type(const char *path, const char *kind, mode_t mode)
{
	for (size_t i = 0; i < COUNT_OF(not_a_file); i++)
		if ((mode & S_IFMT) == not_a_file[i].type)
			return error_new(ERROR_UNSUPPORTED, "'%s' is a %s, not a %s", path,
					 not_a_file[i].what, kind);
	return NULL;
}

static struct error *too_large(const char *path, const char *kind, size_t size_max)
{
	return error_new(ERROR_UNSUPPORTED, "'%s' has more than %zu KiB, which no %s has", path,
			 size_max >> 10, kind);
}

/* A pipe that has no writer ends at once. */
static struct error *check_size(const char *path, bool is_pipe, size_t size)
{
	if (size)
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
			 is_pipe ? "'%s' is empty: nothing came from the pipe" : "'%s' is empty",
			 path);
}

/* --- what has no size beforehand ------------------------------------------------- */

static struct error *read_failed(const char *path)
{
	return error_new(ERROR_OS, "cannot read '%s': %s", path, strerror(errno));
}

static struct error *read_to_end(const char *path, const char *kind, int fd, size_t size_max,
				 struct whole_file *file)
{
	size_t room = 0;

	for (;;) {
		struct error *err = vector_reserve(
			file->data, room, file->size < ROOM_MIN ? ROOM_MIN : file->size + 1);

		if (err)
			return err;
		ssize_t got = read(fd, file->data + file->size, room - file->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return read_failed(path);
		if (got == 0)
			return NULL;
		file->size += (size_t)got;
		if (file->size > size_max)
			return too_large(path, kind, size_max);
	}
}

/* --- either way -------------------------------------------------------------------- */

/* False where a file system cannot map, or the size is unknown. */
static bool map(int fd, const struct stat *status, struct whole_file *file)
{
	if (!S_ISREG(status->st_mode) || status->st_size <= 0)
		return false;
	void *data = mmap(NULL, (size_t)status->st_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_NORESERVE, fd, 0);
	if (data == MAP_FAILED)
		return false;
	*file = (struct whole_file){ data, (size_t)status->st_size, true };
	return true;
}

static struct error *load(const char *path, const char *kind, int fd, size_t size_max,
			  struct whole_file *file)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_new(ERROR_OS, "cannot look at '%s': %s", path, strerror(errno));
	struct error *err = check_type(path, kind, status.st_mode);
	if (err)
		return err;
	if (S_ISREG(status.st_mode) && status.st_size > 0 && (size_t)status.st_size > size_max)
		return too_large(path, kind, size_max);
	if (map(fd, &status, file))
		return NULL;
	err = read_to_end(path, kind, fd, size_max, file);
	return err ? err : check_size(path, S_ISFIFO(status.st_mode), file->size);
}

/* With O_NONBLOCK a pipe is opened without a writer; the reads then wait for its bytes. */
static struct error *open_file(const char *path, int *ret)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*ret < 0)
		return error_new(errno == ENOENT ? ERROR_NOT_FOUND : ERROR_OS,
				 "cannot open '%s': %s", path, strerror(errno));
	int flags = fcntl(*ret, F_GETFL);
	if (flags >= 0)
		fcntl(*ret, F_SETFL, flags & ~O_NONBLOCK);
	return NULL;
}

struct error *whole_file_open(const char *path, const char *kind, size_t size_max,
			      struct whole_file *ret)
{
	_cleanup_close_ int fd = -1;
	struct error *err = open_file(path, &fd);

	*ret = (struct whole_file){ 0 };
	if (!err)
		err = load(path, kind, fd, size_max, ret);
	if (err)
		whole_file_close(ret);
	return err;
}

void whole_file_close(struct whole_file *file)
{
	if (file->is_mapped)
		munmap(file->data, file->size);
	else
		free(file->data);
	*file = (struct whole_file){ 0 };
}

bool whole_file_is_pipe(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}
