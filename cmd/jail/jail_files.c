// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Landlock: which files may be opened. Linux kernel include/uapi/linux/landlock.h; what is
 * newer than the headers of this machine is defined here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/jail/jail_parts.h"
#include "include/array.h"
#include "include/error.h"

#define RIGHT(number) ((uint64_t)1 << (number))

static const uint64_t MAY_WRITE_FILE = RIGHT(1), MAY_READ_FILE = RIGHT(2), MAY_READ_DIR = RIGHT(3),
		      MAY_REMOVE_FILE = RIGHT(5), MAY_MAKE_REG = RIGHT(8), MAY_TRUNCATE = RIGHT(14);

/* What each version of Landlock can forbid; later ones the same and more. */
static const struct version {
	uint64_t files;	  /* rights 0 to files - 1 */
	uint64_t network; /* TCP: to bind, to connect */
	uint64_t scoped;  /* abstract sockets, signals to others */
	size_t bytes;	  /* of struct ruleset that it knows */
} versions[] = {
	{ RIGHT(13) - 1, 0, 0, 8 },  /* 5.13 */
	{ RIGHT(14) - 1, 0, 0, 8 },  /* 5.19: to other directories */
	{ RIGHT(15) - 1, 0, 0, 8 },  /* 6.2: truncation */
	{ RIGHT(15) - 1, 3, 0, 16 }, /* 6.7 */
	{ RIGHT(16) - 1, 3, 0, 16 }, /* 6.10: ioctl() of devices */
	{ RIGHT(16) - 1, 3, 3, 24 }, /* 6.12 */
};

/* struct landlock_ruleset_attr as of 6.12. */
struct ruleset {
	uint64_t files, network, scoped;
};

unsigned jail_files_version(void)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (unsigned)version : 0;
}

/* The rights that make sense for what @fd is. */
static uint64_t rights_of(int fd, enum jail_access access)
{
	struct stat status;
	bool is_directory = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
	uint64_t rights = MAY_READ_FILE;

	if (access == JAIL_WRITE)
		rights |= MAY_WRITE_FILE | MAY_TRUNCATE;
	if (is_directory)
		rights |= MAY_READ_DIR;
	if (is_directory && access == JAIL_WRITE)
		rights |= MAY_MAKE_REG | MAY_REMOVE_FILE;
	return rights;
}

/* Pipes and the like are no files in a directory: they need no rule, and can have none. */
static struct error *allow_path(int rules, const struct jail_path *path, uint64_t known)
{
	_cleanup_close_ int fd = open(path->path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	const struct landlock_path_beneath_attr beneath = {
		.allowed_access = rights_of(fd, path->access) & known,
		.parent_fd = fd,
	};
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 ||
	    errno == EBADFD)
		return NULL;
	return error_new(ERROR_OS, "cannot give the sandbox '%s': %s", path->path, strerror(errno));
}

static struct error *restrict_to(int rules, const struct jail_plan *plan, uint64_t known)
{
	for (size_t i = 0; i < plan->path_count; i++) {
		struct error *err = allow_path(rules, &plan->paths[i], known);

		if (err)
			return err;
	}
	if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		return error_new(ERROR_OS, "cannot restrict files: %s", strerror(errno));
	return NULL;
}

struct error *jail_restrict_files(const struct jail_plan *plan)
{
	unsigned number = jail_files_version();

	if (number == 0)
		return NULL;
	if (number > COUNT_OF(versions))
		number = COUNT_OF(versions);
	const struct version *version = &versions[number - 1];
	const struct ruleset attr = { version->files, version->network, version->scoped };
	_cleanup_close_ int rules =
		(int)syscall(SYS_landlock_create_ruleset, &attr, version->bytes, 0);

	if (rules < 0)
		return error_new(ERROR_OS, "cannot restrict files: %s", strerror(errno));
	return restrict_to(rules, plan, version->files);
}
