// SPDX-License-Identifier: LGPL-2.1-or-later
/* A file beside the one that is wanted, renamed when it is whole. */
#include "formats/dump/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/dump.h"
#include "include/error.h"

/*
 * The name of the temporary file, for handlers of signals: written before the file is
 * there to be taken away, and emptied when it is not there any more.
 */
static char abandoned[PATH_MAX];

static void remember(const struct new_file *file)
{
	size_t len = strlen(file->temporary_path);

	if (len >= sizeof(abandoned))
		return;
	memcpy(abandoned + 1, file->temporary_path + 1, len);
	abandoned[0] = file->temporary_path[0];
}

static void forget(void)
{
	abandoned[0] = '\0';
}

void dump_write_abandon(void)
{
	if (abandoned[0])
		unlink(abandoned);
}

void new_file_deinit(struct new_file *file)
{
	if (file->stream)
		fclose(file->stream);
	if (file->temporary_path) {
		unlink(file->temporary_path);
		forget();
	}
	free(file->temporary_path);
}

static struct error *write_failure(const char *path)
{
	return error_new(ERROR_OS, "cannot write '%s': %s", path, strerror(errno));
}

/* Before the work is done; new_file_finish() is what decides. */
static struct error *check_target(const char *path, bool replace)
{
	struct stat status;

	if (stat(path, &status))
		return NULL;
	if (!S_ISREG(status.st_mode))
		return error_new(ERROR_OS, "cannot write '%s': it is no regular file", path);
	if (!replace)
		return error_new(ERROR_OS, "cannot write '%s': it exists; --overwrite replaces it",
				 path);
	return NULL;
}

/* No signal comes between the file and its name being known: it would never be removed. */
static int temporary_open(const struct new_file *file)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	int fd = mkostemp(file->temporary_path, O_CLOEXEC), why = errno;
	if (fd >= 0)
		remember(file);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = why;
	return fd;
}

/* In the same directory, so that it can be renamed. */
struct error *new_file_init(struct new_file *file, const char *path, bool replace)
{
	struct error *refusal = check_target(path, replace);

	if (refusal)
		return refusal;
	file->path = path;
	if (asprintf(&file->temporary_path, "%s.XXXXXX", path) < 0) {
		file->temporary_path = NULL;
		return error_nomem();
	}

	int fd = temporary_open(file);
	if (fd < 0) {
		struct error *err = write_failure(path);

		free(take_ptr(file->temporary_path));
		return err;
	}
	file->stream = fdopen(fd, "w");
	if (!file->stream) {
		close(fd);
		return error_nomem();
	}
	return NULL;
}

struct error *new_file_put(struct new_file *file, const void *data, size_t len)
{
	if (fwrite(data, 1, len, file->stream) != len)
		return write_failure(file->path);
	return NULL;
}

struct error *new_file_seek(struct new_file *file, uint64_t offset)
{
	if (offset > INT64_MAX || fseeko(file->stream, (off_t)offset, SEEK_SET))
		return write_failure(file->path);
	return NULL;
}

/* Gives the file its name, over another one only if @replace. */
static int give_name(const struct new_file *file, bool replace)
{
	if (replace)
		return rename(file->temporary_path, file->path);
	if (!renameat2(AT_FDCWD, file->temporary_path, AT_FDCWD, file->path, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without that flag. */
	if (link(file->temporary_path, file->path))
		return -1;
	return unlink(file->temporary_path);
}

struct error *new_file_finish(struct new_file *file, bool replace)
{
	if (fclose(take_ptr(file->stream)) || give_name(file, replace))
		return write_failure(file->path);
	forget();
	free(take_ptr(file->temporary_path));
	return NULL;
}
