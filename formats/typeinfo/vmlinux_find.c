// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where debug packages put the vmlinux of a kernel, and which of those files is the one. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "formats/typeinfo/debug_package.h"
#include "include/array.h"
#include "include/error.h"
#include "include/typeinfo.h"

enum {
	RELEASE_MAX = 64,
	BUILD_ID_MIN = 4,
	BUILD_ID_MAX = 128, /* hex digits */
	NOTE_MAX = 512,
};

struct kernel {
	const char *release, *build_id, *machine; /* NULL if not known */
};

/* What was there but not taken, for the message. */
struct passed_over {
	char text[NOTE_MAX];
};

enum place_key { BY_RELEASE, BY_BUILD_ID };

/* %s is the release, or the build id as "xx/rest". */
static const struct place {
	enum place_key key;
	const char *before, *after;
} places[] = {
	{ BY_RELEASE, "/usr/lib/debug/boot/vmlinux-", "" },
	{ BY_RELEASE, "/usr/lib/debug/lib/modules/", "/vmlinux" },
	{ BY_RELEASE, "/usr/lib/debug/usr/lib/modules/", "/vmlinux" },
	{ BY_BUILD_ID, "/usr/lib/debug/.build-id/", ".debug" },
	{ BY_RELEASE, "/usr/lib/debug/boot/vmlinux-", ".debug" },
	{ BY_RELEASE, "/usr/lib/debug/lib/modules/", "/vmlinux.debug" },
	{ BY_RELEASE, "/usr/lib/debug/usr/lib/modules/", "/vmlinux.debug" },
	{ BY_RELEASE, "/usr/lib/modules/", "/vmlinux" },
	{ BY_RELEASE, "/usr/lib/modules/", "/vmlinux.debug" },
	{ BY_RELEASE, "/usr/lib/modules/", "/build/vmlinux" },
	{ BY_RELEASE, "/lib/modules/", "/vmlinux" },
	{ BY_RELEASE, "/lib/modules/", "/build/vmlinux" },
	{ BY_RELEASE, "/boot/vmlinux-", "" },
};

/* A word that is safe in a path: the dump says it, and the dump may lie. */
static bool release_is_sane(const char *release)
{
	size_t len = strnlen(release, RELEASE_MAX + 1);

	if (len == 0 || len > RELEASE_MAX || release[0] == '.' || strstr(release, ".."))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)release[i]) && !strchr("._+-~:@", release[i]))
			return false;
	return true;
}

static bool build_id_is_sane(const char *build_id)
{
	size_t len = strnlen(build_id, BUILD_ID_MAX + 1);

	return len >= BUILD_ID_MIN && len <= BUILD_ID_MAX &&
	       strspn(build_id, "0123456789abcdefABCDEF") == len;
}

static struct error *check_kernel(const struct kernel *kernel)
{
	if (kernel->release && !release_is_sane(kernel->release))
		return error_new(ERROR_CORRUPT,
				 "cannot look for the vmlinux: the dump's kernel release is not "
				 "a release; give the file with --vmlinux or --profile");
	if (kernel->build_id && !build_id_is_sane(kernel->build_id))
		return error_new(ERROR_CORRUPT,
				 "cannot look for the vmlinux: the dump's build id is not a "
				 "build id; give the file with --vmlinux or --profile");
	return NULL;
}

/* The path of @place; NULL without memory or, with *is_known false, without its key. */
static char *place_path(const char *root, const struct place *place, const struct kernel *kernel,
			bool *is_known)
{
	const char *id = kernel->build_id, *release = kernel->release;
	char *path = NULL;
	int len;

	*is_known = place->key == BY_BUILD_ID ? id != NULL : release != NULL;
	if (!*is_known)
		return NULL;
	if (place->key == BY_BUILD_ID)
		len = asprintf(&path, "%s%s%.2s/%s%s", root, place->before, id, id + 2,
			       place->after);
	else
		len = asprintf(&path, "%s%s%s%s", root, place->before, release, place->after);
	return len < 0 ? NULL : path;
}

/* NULL if @ti is of the kernel; else what differs. */
static const char *difference(const struct kernel *kernel, const struct typeinfo *ti)
{
	if (kernel->machine && ti->machine && strcmp(kernel->machine, ti->machine) != 0)
		return "of another machine";
	if (kernel->build_id && !ti->build_id)
		return "without build id";
	if (kernel->build_id)
		return strcasecmp(kernel->build_id, ti->build_id) == 0 ? NULL
								       : "of another build id";
	if (kernel->release && ti->release && strcmp(kernel->release, ti->release) != 0)
		return "of another release";
	return NULL;
}

static void pass_over(struct passed_over *passed, const char *path, const char *why)
{
	size_t used = strlen(passed->text);

	snprintf(passed->text + used, sizeof(passed->text) - used, "%s%s is %s",
		 used ? ", " : "; passed over: ", path, why);
}

/* True if the file at @path is the one; else, if there is a file, why not is in @passed. */
static bool try_path(const char *path, const struct kernel *kernel, struct passed_over *passed)
{
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_vmlinux(path, &ti);

	if (err) {
		if (error_code(err) != ERROR_NOT_FOUND)
			pass_over(passed, path, "without debug information or not readable");
		error_destroy(err);
		return false;
	}
	const char *why = difference(kernel, ti);
	if (why)
		pass_over(passed, path, why);
	typeinfo_close(ti);
	return !why;
}

static struct error *not_found(const struct kernel *kernel, const struct passed_over *passed)
{
	char hint[DEBUG_PACKAGE_HINT_MAX];

	return error_new(ERROR_NOT_FOUND,
			 "no vmlinux with debug information for kernel %s (build id %s): install "
			 "%s, or give it with --vmlinux or --profile%s",
			 kernel->release ?: "of unknown release", kernel->build_id ?: "unknown",
			 debug_package_hint(kernel->release, hint), passed->text);
}

struct error *vmlinux_find(const char *root, const char *release, const char *build_id,
			   const char *machine, char **path_ret)
{
	const struct kernel kernel = { release, build_id, machine };
	struct passed_over passed = { "" };

	struct error *err = check_kernel(&kernel);
	if (err)
		return err;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		bool is_known;
		_cleanup_free_ char *path = place_path(root, &places[i], &kernel, &is_known);

		if (is_known && !path)
			return error_nomem();
		if (path && try_path(path, &kernel, &passed)) {
			*path_ret = take_ptr(path);
			return NULL;
		}
	}
	return not_found(&kernel, &passed);
}
