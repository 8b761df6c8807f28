// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where documents go: stdout, or a file that appears whole or not at all. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/confine.h"
#include "include/error.h"

static struct error *write_failed(const char *path)
{
	return error_new(ERROR_OS, "cannot write '%s': %s", path, strerror(errno));
}

enum { WIDTH_ELSEWHERE = 100 }; /* of lines in files and pipes */

/* Of the lines that are written to @path, or to standard output. */
static unsigned line_width(const char *path)
{
	struct winsize size;

	if (path || !isatty(STDOUT_FILENO))
		return WIDTH_ELSEWHERE;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col
									   : WIDTH_ELSEWHERE;
}

static bool wants_color(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
	       !(term && strcmp(term, "dumb") == 0);
}

bool output_is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/* Creates PATH.XXXXXX beside PATH with the mode that a new file would have. */
static struct error *temporary_open(const char *path, char **name_ret, FILE **ret)
{
	mode_t mask = umask(0);
	_cleanup_free_ char *name = NULL;

	umask(mask);
	if (asprintf(&name, "%s.XXXXXX", path) < 0) {
		name = NULL;
		return error_nomem();
	}
	_cleanup_close_ int fd = mkstemp(name);
	if (fd < 0)
		return write_failed(path);
	if (fchmod(fd, 0666 & ~mask) < 0 || !(*ret = fdopen(fd, "w"))) {
		struct error *err = write_failed(path);

		unlink(name);
		return err;
	}
	take_fd(&fd);
	*name_ret = take_ptr(name);
	return NULL;
}

struct text_writer {
	const struct document *document; /* or */
	const char *text;
	const struct document_format *format;
	struct document_options options;
};

static struct error *writer_write(const struct text_writer *writer, FILE *out, const char *name)
{
	if (writer->document) {
		struct error *err = writer->format->write(writer->document, &writer->options, out);

		return err && error_code(err) == ERROR_OS ? error_context(err, "%s", name) : err;
	}
	if (fputs(writer->text, out) < 0 || fflush(out))
		return write_failed(name);
	return NULL;
}

static struct error *write_special(const struct text_writer *writer, const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out)
		return write_failed(path);
	struct error *err = writer_write(writer, out, path);
	if (fclose(out) && !err)
		err = write_failed(path);
	return err;
}

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static struct error *write_file(const struct text_writer *writer, const char *path)
{
	_cleanup_free_ char *name = NULL;
	FILE *out;

	if (is_directory(path)) {
		errno = EISDIR;
		return write_failed(path);
	}

	if (output_is_special(path))
		return write_special(writer, path);
	struct error *err = temporary_open(path, &name, &out);
	if (err)
		return err;
	err = writer_write(writer, out, path);
	if (fclose(out) && !err)
		err = write_failed(path);
	if (!err && rename(name, path) < 0)
		err = write_failed(path);
	if (err)
		unlink(name);
	return err;
}

static struct error *write_anywhere(const struct text_writer *writer, const char *path)
{
	return path ? write_file(writer, path) : writer_write(writer, stdout, "standard output");
}

struct error *output_report(struct document *document, const struct output_options *options)
{
	confine_set_stage(CONFINE_WRITING);
	const struct text_writer writer = {
		.document = document,
		.format = output_format(options),
		.options = {
			.color = !options->path && wants_color(),
			.width = line_width(options->path),
			.columns = options->columns,
		},
	};
	struct error *err = write_anywhere(&writer, options->path);

	document_destroy(document);
	return err;
}

struct error *output_text(const char *text, const char *path)
{
	const struct text_writer writer = { .text = text };

	return write_anywhere(&writer, path);
}

/* --- line by line ------------------------------------------------------------- */

struct error *lines_open(const char *path, struct lines *ret)
{
	*ret = (struct lines){ .path = path, .out = stdout };
	if (!path)
		return NULL;
	if (is_directory(path)) { /* told now, not when all is done */
		errno = EISDIR;
		return write_failed(path);
	}
	if (!output_is_special(path))
		return temporary_open(path, &ret->temporary, &ret->out);
	ret->out = fopen(path, "w");
	return ret->out ? NULL : write_failed(path);
}

struct error *lines_write(const struct lines *lines, const char *text, size_t size)
{
	while (size) {
		ssize_t done = write(fileno(lines->out), text, size);

		if (done < 0 && errno != EINTR)
			return write_failed(lines->path ? lines->path : "standard output");
		if (done > 0) {
			text += done;
			size -= (size_t)done;
		}
	}
	return NULL;
}

void lines_discard(struct lines *lines)
{
	if (lines->temporary)
		unlink(lines->temporary);
	if (lines->path && lines->out)
		fclose(lines->out);
	free(lines->temporary);
	*lines = (struct lines){ 0 };
}

struct error *lines_close(struct lines *lines, bool whole)
{
	struct error *err = NULL;

	if (lines->path && fclose(lines->out))
		err = write_failed(lines->path);
	if (!err && whole && lines->temporary && rename(lines->temporary, lines->path) < 0)
		err = write_failed(lines->path);
	if (err && lines->temporary)
		unlink(lines->temporary);
	free(lines->temporary);
	*lines = (struct lines){ 0 };
	return err;
}
