// SPDX-License-Identifier: LGPL-2.1-or-later
/* Bytes of a dump's file, read so that an early end is an answer and never a signal. */
#include "formats/dump/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "formats/dump/file_map.h"
#include "include/array.h"
#include "include/error.h"

enum { PROC_MAGIC = 0x9fa0 }; /* include/uapi/linux/magic.h */
enum { WINDOW_SIZE = 256 << 10, READ_AHEAD_MAX = WINDOW_SIZE / 4, STREAK = 4 };

struct file_window {
	uint64_t start;	 /* offset behind the file's descriptor */
	size_t len;	 /* bytes that are there */
	uint64_t next;	 /* where the last read ended */
	unsigned streak; /* reads in a row that began where the one before ended */
	unsigned char bytes[WINDOW_SIZE];
};

static const struct {
	mode_t type;
	const char *refusal;
} not_a_file[] = {
	{ S_IFDIR, "is a directory; name the dump file in it" },
	{ S_IFIFO, "is a pipe; a dump from a pipe is read as standard input, with the name '-'" },
	{ S_IFSOCK, "is a socket, not a dump file" },
	{ S_IFCHR, "is a device, not a dump file" },
	{ S_IFBLK, "is a block device; copy the dump out of it into a file first" },
};

static struct error *check_type(const char *path, mode_t mode)
{
	for (size_t i = 0; i < COUNT_OF(not_a_file); i++) {
		if ((mode & S_IFMT) == not_a_file[i].type)
			return error_new(ERROR_UNSUPPORTED, "'%s' %s", path, not_a_file[i].refusal);
	}
	return NULL;
}

static bool is_in_procfs(int fd)
{
	struct statfs system;

	return fstatfs(fd, &system) == 0 && system.f_type == PROC_MAGIC;
}

/* A name for messages, too. */
static const char standard_input[] = "standard input";

static bool is_standard_input(const char *path)
{
	return strcmp(path, DUMP_STDIN_PATH) == 0;
}

/* Without O_NONBLOCK a pipe without a writer would hang here. */
static int open_path(const char *path)
{
	return is_standard_input(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
				       : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Nobody says where in a file standard input is but at its beginning. */
static bool is_stream(const char *path, int fd, mode_t mode)
{
	if (!is_standard_input(path))
		return false;
	return S_ISFIFO(mode) || S_ISSOCK(mode) || (S_ISREG(mode) && lseek(fd, 0, SEEK_CUR) != 0);
}

static struct error *fill_file(const char *name, const struct stat *status, int fd,
			       struct dump_file *ret)
{
	*ret = (struct dump_file){
		.path = strdup(name),
		.fd = -1,
		.size = (uint64_t)status->st_size,
		.in_procfs = is_in_procfs(fd),
	};
	ret->window = calloc(1, sizeof(*ret->window));
	if (ret->path && ret->window)
		return NULL;
	dump_file_close(ret);
	return error_nomem();
}

struct error *dump_file_open(const char *path, struct dump_file *ret)
{
	const char *name = is_standard_input(path) ? standard_input : path;
	_cleanup_close_ int fd = open_path(path);
	if (fd < 0)
		return error_new(errno == ENOENT ? ERROR_NOT_FOUND : ERROR_OS,
				 "cannot open '%s': %s", name, strerror(errno));

	struct stat status;
	if (fstat(fd, &status))
		return error_new(ERROR_OS, "cannot look at '%s': %s", name, strerror(errno));

	bool streams = is_stream(path, fd, status.st_mode);
	struct error *err = streams ? NULL : check_type(name, status.st_mode);
	if (!err)
		err = fill_file(name, &status, fd, ret);
	if (err)
		return err;
	ret->is_stream = streams;
	ret->fd = take_fd(&fd);
	return NULL;
}

void dump_file_close(struct dump_file *file)
{
	closep(&file->fd);
	file->fd = -1;
	free(file->path);
	file->path = NULL;
	file_map_destroy(file->map);
	file->map = NULL;
	free(file->window);
	file->window = NULL;
}

struct dump_file dump_file_take(struct dump_file *file)
{
	struct dump_file taken = *file;

	file->fd = -1;
	file->path = NULL;
	file->map = NULL;
	file->window = NULL;
	return taken;
}

void dump_file_set_fd(struct dump_file *file, int fd)
{
	file->fd = fd;
	if (file->window)
		file->window->len = 0;
}

/* By offsets behind @fd. */
static struct error *read_descriptor(const struct dump_file *file, uint64_t offset, void *buf,
				     size_t len, size_t *got_ret)
{
	size_t got = 0;

	while (got < len && offset + got <= INT64_MAX) {
		ssize_t n = pread(file->fd, (char *)buf + got, len - got, (off_t)(offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_new(ERROR_OS, "cannot read '%s' at offset 0x%llx: %s",
					 file->path, (unsigned long long)(offset + got),
					 strerror(errno));
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*got_ret = got;
	return NULL;
}

static bool window_holds(const struct file_window *window, uint64_t offset, size_t len)
{
	return offset >= window->start && offset - window->start <= window->len &&
	       len <= window->len - (offset - window->start);
}

/* After a few small reads in a row more of them follow. */
static struct error *read_ahead(const struct dump_file *file, uint64_t offset, void *buf,
				size_t len, size_t *got_ret)
{
	struct file_window *window = file->window;

	if (!window_holds(window, offset, len)) {
		window->start = offset;
		window->len = 0;
		struct error *err = read_descriptor(file, offset, window->bytes,
						    sizeof(window->bytes), &window->len);
		if (err)
			return err;
	}
	*got_ret = len < window->len ? len : window->len;
	memcpy(buf, window->bytes + (offset - window->start), *got_ret);
	return NULL;
}

static struct error *read_stored(const struct dump_file *file, uint64_t offset, void *buf,
				 size_t len, size_t *got_ret)
{
	struct file_window *window = file->window;

	if (!window || len > READ_AHEAD_MAX)
		return read_descriptor(file, offset, buf, len, got_ret);
	window->streak = offset == window->next ? window->streak + 1 : 0;
	struct error *err = window->streak >= STREAK || window_holds(window, offset, len)
				    ? read_ahead(file, offset, buf, len, got_ret)
				    : read_descriptor(file, offset, buf, len, got_ret);
	if (!err)
		window->next = offset + *got_ret;
	return err;
}

/* Up to the end of the run that begins at @offset. */
static struct error *read_run(const struct dump_file *file, uint64_t offset, void *buf, size_t len,
			      size_t *got_ret)
{
	struct file_run run = file_map_find(file->map, offset);

	if (len > run.len)
		len = (size_t)run.len;
	if (!run.is_hole)
		return read_stored(file, run.source, buf, len, got_ret);
	memset(buf, 0, len);
	*got_ret = len;
	return NULL;
}

static struct error *read_mapped(const struct dump_file *file, uint64_t offset, void *buf,
				 size_t len, size_t *got_ret)
{
	size_t got = 0, more = 1;

	while (got < len && more) {
		struct error *err =
			read_run(file, offset + got, (char *)buf + got, len - got, &more);

		if (err)
			return err;
		got += more;
	}
	*got_ret = got;
	return NULL;
}

struct error *dump_file_read(const struct dump_file *file, uint64_t offset, void *buf, size_t len,
			     size_t *got_ret)
{
	if (file->map)
		return read_mapped(file, offset, buf, len, got_ret);
	return read_stored(file, offset, buf, len, got_ret);
}

struct error *dump_file_read_exact(const struct dump_file *file, uint64_t offset, void *buf,
				   size_t len, const char *what)
{
	size_t got = 0;
	struct error *err = dump_file_read(file, offset, buf, len, &got);

	if (!err && got < len)
		err = error_new(ERROR_CORRUPT, "'%s' ends inside its %s: nothing can be read of it",
				file->path, what);
	return err;
}

bool dump_file_holds(const struct dump_file *file, uint64_t offset, uint64_t len)
{
	return offset <= file->size && len <= file->size - offset;
}

bool dump_file_was_written(const struct dump_file *file, uint64_t offset, uint64_t len)
{
	if (!file->map)
		return dump_file_holds(file, offset, len);
	return file_map_find(file->map, offset).written >= (len ? len : 1);
}
