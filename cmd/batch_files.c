// SPDX-License-Identifier: LGPL-2.1-or-later
/* The files that a batch is about: named, or found in directories. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/batch.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/vector.h"

/* Directories that are still to be read: a stack. */
struct directories {
	char **list;
	size_t count, room;
};

static void directories_deinit(struct directories *directories)
{
	while (directories->count)
		free(directories->list[--directories->count]);
	free(directories->list);
}

/* Takes @path, also when it fails. */
static struct error *directories_push(struct directories *directories, char *path)
{
	struct error *err =
		path ? vector_push(directories->list, directories->count, directories->room, path)
		     : error_nomem();

	if (err)
		free(path);
	return err;
}

/* Takes @path, also when it fails. */
static struct error *files_push(struct batch_files *files, char *path)
{
	struct error *err = path ? vector_push(files->list, files->count, files->room,
					       (struct batch_file){ .path = path })
				 : error_nomem();

	if (err)
		free(path);
	return err;
}

static struct error *unreadable_push(struct batch_files *files, const char *path)
{
	char message[256];

	snprintf(message, sizeof(message), "cannot read the directory: %s", strerror(errno));
	struct error *err = files_push(files, strdup(path));
	return err ? err : batch_file_fail(&files->list[files->count - 1], message);
}

/* A file that cannot be read may be a dump: working on it will say why. */
static struct error *found_push(struct batch_files *files, char *path)
{
	bool is_dump = true;
	struct error *err = dump_probe(path, &is_dump);

	if (err && error_code(err) == ERROR_NOMEM) {
		free(path);
		return err;
	}
	error_destroy(err);
	if (is_dump)
		return files_push(files, path);
	files->skipped++;
	free(path);
	return NULL;
}

/* Takes @path. Links to directories are not followed: they may lead in circles. */
static struct error *entry_add(struct batch_files *files, struct directories *directories,
			       bool recursive, char *path)
{
	struct stat status, target;

	if (!path)
		return error_nomem();
	if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && recursive)
		return directories_push(directories, path);
	if (stat(path, &target) == 0 && S_ISREG(target.st_mode))
		return found_push(files, path);
	free(path);
	return NULL;
}

static char *joined(const char *directory, const char *name)
{
	size_t len = strlen(directory);
	const char *slash = len && directory[len - 1] == '/' ? "" : "/";
	char *path;

	return asprintf(&path, "%s%s%s", directory, slash, name) < 0 ? NULL : path;
}

static struct error *directory_read(struct batch_files *files, struct directories *directories,
				    bool recursive, const char *path)
{
	DIR *dir = opendir(path);
	struct error *err = NULL;
	struct dirent *entry;

	if (!dir)
		return unreadable_push(files, path);
	while (!err && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = entry_add(files, directories, recursive, joined(path, entry->d_name));
	closedir(dir);
	return err;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct batch_file *)a)->path, ((const struct batch_file *)b)->path);
}

static struct error *tree_add(struct batch_files *files, const char *path, bool recursive)
{
	_cleanup_(directories_deinit) struct directories directories = { 0 };
	size_t first = files->count;
	struct error *err = directories_push(&directories, strdup(path));

	while (!err && directories.count) {
		_cleanup_free_ char *directory = directories.list[--directories.count];

		err = directory_read(files, &directories, recursive, directory);
	}
	if (files->count > first)
		qsort(files->list + first, files->count - first, sizeof(*files->list), by_path);
	return err;
}

struct error *batch_files_add(struct batch_files *files, const char *path, bool recursive)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return tree_add(files, path, recursive);
	return files_push(files, strdup(path));
}

void batch_files_deinit(struct batch_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->list[i].path);
		free(files->list[i].line);
	}
	free(files->list);
	*files = (struct batch_files){ 0 };
}
