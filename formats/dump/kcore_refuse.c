// SPDX-License-Identifier: LGPL-2.1-or-later
/* Why the running kernel's memory cannot be read, and what to do instead. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/dump/format.h"
#include "formats/dump/kcore.h"
#include "include/array.h"
#include "include/error.h"

/* Reads the first bytes of a small file as text; empty if it cannot be read. */
static void read_text(const char *root, const char *path, char *buf, size_t size)
{
	_cleanup_free_ char *name = NULL;

	buf[0] = '\0';
	if (asprintf(&name, "%s%s", root, path) < 0) {
		name = NULL;
		return;
	}
	_cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = fd < 0 ? -1 : read(fd, buf, size - 1);
	buf[got > 0 ? got : 0] = '\0';
}

/* "none [integrity] confidentiality": the one in brackets; NULL if it is "none" or not told. */
static const char *lockdown_mode(const char *root)
{
	static const char *const modes[] = { "integrity", "confidentiality" };
	char text[128], marked[32];

	read_text(root, "/sys/kernel/security/lockdown", text, sizeof(text));
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		snprintf(marked, sizeof(marked), "[%s]", modes[i]);
		if (strstr(text, marked))
			return modes[i];
	}
	return NULL;
}

/* The first user namespace has all users. */
static bool in_user_namespace(const char *root)
{
	unsigned long numbers[3]; /* inside, outside, count */
	char text[64], *at = text, *end;

	read_text(root, "/proc/self/uid_map", text, sizeof(text));
	for (size_t i = 0; i < 3; i++, at = end) {
		numbers[i] = strtoul(at, &end, 10);
		if (end == at)
			return false;
	}
	return numbers[0] || numbers[1] || numbers[2] != UINT32_MAX;
}

/* Linux kernel fs/proc/kcore.c, open_kcore(): lockdown, then CAP_SYS_RAWIO. */
static struct error *refuse_permission(const char *path, const char *root, unsigned user)
{
	const char *lockdown = lockdown_mode(root);

	if (lockdown)
		return error_new(
			ERROR_OS,
			"'%s': the kernel is locked down (%s) and does not let its memory "
			"be read, not even by root; analyse a dump by kdump instead, or boot "
			"without lockdown (lockdown=, Secure Boot)",
			path, lockdown);
	if (in_user_namespace(root))
		return error_new(ERROR_OS,
				 "'%s': root of a user namespace (a container) may not read the "
				 "memory of the host; run this on the host itself",
				 path);
	if (user != 0)
		return error_new(ERROR_OS,
				 "'%s': only root may read the memory of the running kernel; run "
				 "this as root, as with sudo",
				 path);
	return error_new(
		ERROR_OS,
		"'%s': root may not read it here, for lack of CAP_SYS_RAWIO (a container?) "
		"or by a security module; run this on the host itself",
		path);
}

/* Its page tables hold frames of the host, which /proc/kcore does not go by. */
static bool is_xen_pv(const char *root)
{
	char text[16];

	read_text(root, "/sys/hypervisor/guest_type", text, sizeof(text));
	return strcmp(text, "PV\n") == 0;
}

static struct error *refuse_xen_guest(const char *path)
{
	return error_new(ERROR_UNSUPPORTED,
			 "'%s': this is a Xen PV guest (or dom0), whose memory is not supported",
			 path);
}

struct error *kcore_refuse_open(const char *path, const char *root, int os_error, unsigned user)
{
	if (os_error == EACCES || os_error == EPERM)
		return refuse_permission(path, root, user);
	if (os_error == ENOENT || os_error == ENOTDIR)
		return error_new(
			ERROR_NOT_FOUND,
			"there is no '%s': this kernel is built without CONFIG_PROC_KCORE, "
			"or a container hides it; analyse a dump by kdump instead, or run "
			"this on the host",
			path);
	return error_new(ERROR_OS, "cannot open '%s': %s", path, strerror(os_error));
}

struct error *kcore_refuse(const char *path, const char *root)
{
	_cleanup_free_ char *name = NULL;
	struct dump_file file;

	if (asprintf(&name, "%s%s", root, path) < 0) {
		name = NULL;
		return error_nomem();
	}
	if (is_xen_pv(root))
		return refuse_xen_guest(path);
	_cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return kcore_refuse_open(path, root, errno, geteuid());

	struct error *err = dump_file_open(name, &file);
	bool is_procfs = !err && file.in_procfs;
	if (!err)
		dump_file_close(&file);
	error_destroy(err);
	if (is_procfs)
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is not the kernel's here: something else lies over it, as container "
			 "runtimes do to hide it; run this on the host itself",
			 path);
}
