// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How fast the pages of a kdump-compressed dump can be had, through libkdumpfile and
 * without it.
 *
 *     bench-kdumpread FILE HOW THREADS [KEY=VALUE...]
 *
 *     HOW      plain    read from the file and unpacked, no library for dumps
 *              own      libkdumpfile, each thread with a context and descriptor of its own
 *              clone    libkdumpfile, one context, a clone of it for each thread
 *     pages=F  the page frame numbers to read, 64 bits each (default: all, in order)
 *     order=O  file (default), or scatter: in no order
 *     deal=D   ranges (default): each thread has one part; or chunks of 256 pages in turn
 *     cache=N  of libkdumpfile, in pages (default: its own)
 *     mmap=P   of libkdumpfile: never (default), always
 *     runs=N   (default: 5); prints the median
 *
 * Prints microseconds for opening, microseconds for reading, pages, a sum of the bytes.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <libkdumpfile/kdumpfile.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include "include/array.h"

enum { PAGE = 4096, CHUNK = 256, THREADS_LIMIT = 64, RUNS_LIMIT = 99 };
enum { FLAG_ZLIB = 1, FLAG_LZO = 2, FLAG_ZSTD = 0x20 };

enum how { PLAIN, OWN, CLONE };

/* Where a page is in the file: one for each page that is there, in order. */
struct descriptor {
	uint64_t offset;
	uint32_t size, flags;
	uint64_t page_flags;
};

struct job {
	const char *path;
	enum how how;
	unsigned threads, runs;
	bool chunks, mapped;
	unsigned long cache;

	uint64_t *pages;
	size_t page_count;
	/* For PLAIN: of each of them. */
	struct descriptor *descriptors;
};

struct worker {
	const struct job *job;
	unsigned number;
	kdump_ctx_t *ctx;
	int fd;
	uint64_t sum;
	pthread_t thread;

	ZSTD_DCtx *zstd;
	z_stream zlib;
	uint8_t packed[2 * PAGE], page[PAGE];
};

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* --- through the library -------------------------------------------------------- */

static void must(kdump_ctx_t *ctx, kdump_status status)
{
	if (status != KDUMP_OK)
		errx(1, "libkdumpfile: %s", kdump_get_err(ctx));
}

static void set_number(kdump_ctx_t *ctx, const char *key, uint64_t number)
{
	kdump_attr_t attr = { .type = KDUMP_NUMBER, .val.number = number };

	must(ctx, kdump_set_attr(ctx, key, &attr));
}

static kdump_ctx_t *context_open(const struct job *job, int *fd_ret)
{
	kdump_ctx_t *ctx = kdump_new();

	*fd_ret = open(job->path, O_RDONLY | O_CLOEXEC);
	if (!ctx || *fd_ret < 0)
		err(1, "%s", job->path);
	set_number(ctx, KDUMP_ATTR_FILE_MMAP_POLICY,
		   job->mapped ? KDUMP_MMAP_ALWAYS : KDUMP_MMAP_NEVER);
	if (job->cache)
		set_number(ctx, "cache.size", job->cache);
	must(ctx, kdump_open_fd(ctx, *fd_ret));
	return ctx;
}

static void library_read(struct worker *worker, size_t i)
{
	size_t len = PAGE;

	must(worker->ctx, kdump_read(worker->ctx, KDUMP_MACHPHYSADDR, worker->job->pages[i] * PAGE,
				     worker->page, &len));
}

/* --- without it -------------------------------------------------------------------- */

static void read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	if (pread(fd, buf, len, (off_t)offset) != (ssize_t)len)
		err(1, "cannot read");
}

static void zlib_unpack(struct worker *worker, size_t len)
{
	worker->zlib.next_in = worker->packed;
	worker->zlib.avail_in = (uInt)len;
	worker->zlib.next_out = worker->page;
	worker->zlib.avail_out = PAGE;
	inflateReset(&worker->zlib);
	if (inflate(&worker->zlib, Z_FINISH) != Z_STREAM_END)
		errx(1, "zlib");
}

static void unpack(struct worker *worker, const struct descriptor *descriptor)
{
	lzo_uint len = PAGE;

	switch (descriptor->flags) {
	case FLAG_ZLIB:
		zlib_unpack(worker, descriptor->size);
		return;
	case FLAG_LZO:
		if (lzo1x_decompress_safe(worker->packed, descriptor->size, worker->page, &len,
					  NULL))
			errx(1, "lzo");
		return;
	case FLAG_ZSTD:
		if (ZSTD_decompressDCtx(worker->zstd, worker->page, PAGE, worker->packed,
					descriptor->size) != PAGE)
			errx(1, "zstd");
		return;
	}
	memcpy(worker->page, worker->packed, PAGE);
}

static void plain_read(struct worker *worker, size_t i)
{
	const struct descriptor *descriptor = &worker->job->descriptors[i];

	if (descriptor->size > sizeof(worker->packed))
		errx(1, "impossible page");
	if (descriptor->flags) {
		read_at(worker->fd, worker->packed, descriptor->size, descriptor->offset);
		unpack(worker, descriptor);
	} else {
		read_at(worker->fd, worker->page, PAGE, descriptor->offset);
	}
}

/* --- work -------------------------------------------------------------------------- */

static void take(struct worker *worker, size_t i)
{
	uint64_t word;

	if (worker->job->how == PLAIN)
		plain_read(worker, i);
	else
		library_read(worker, i);
	memcpy(&word, worker->page + i % (PAGE / sizeof(word)) * sizeof(word), sizeof(word));
	worker->sum += word;
}

static void *work(void *data)
{
	struct worker *worker = data;
	const struct job *job = worker->job;
	size_t share = job->chunks ? CHUNK : (job->page_count + job->threads - 1) / job->threads;

	worker->sum = 0;
	for (size_t first = worker->number * share; first < job->page_count;
	     first += share * job->threads)
		for (size_t i = first; i < first + share && i < job->page_count; i++)
			take(worker, i);
	return NULL;
}

static void work_in_threads(struct worker *workers, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			errx(1, "no thread");
	work(&workers[0]);
	for (unsigned i = 1; i < count; i++)
		pthread_join(workers[i].thread, NULL);
}

static void worker_open(struct worker *worker, const struct job *job, unsigned number,
			const struct worker *first)
{
	*worker = (struct worker){ .job = job, .number = number, .fd = -1 };
	worker->zstd = ZSTD_createDCtx();
	inflateInit(&worker->zlib);
	if (job->how == PLAIN)
		worker->fd = open(job->path, O_RDONLY | O_CLOEXEC);
	else if (job->how == OWN || (job->how == CLONE && number == 0))
		worker->ctx = context_open(job, &worker->fd);
	else if (job->how == CLONE)
		worker->ctx = kdump_clone(first->ctx, 0);
}

static void worker_close(struct worker *worker)
{
	ZSTD_freeDCtx(worker->zstd);
	inflateEnd(&worker->zlib);
	if (worker->ctx)
		kdump_free(worker->ctx);
	if (worker->fd >= 0)
		close(worker->fd);
}

struct result {
	uint64_t opening, reading, sum;
};

static struct result run(const struct job *job)
{
	struct worker *workers = calloc(job->threads, sizeof(*workers));
	struct result result = { 0 };
	uint64_t start = microseconds();

	for (unsigned i = 0; i < job->threads; i++)
		worker_open(&workers[i], job, i, &workers[0]);
	uint64_t opened = microseconds();
	work_in_threads(workers, job->threads);
	result.opening = opened - start;
	result.reading = microseconds() - opened;
	for (unsigned i = job->threads; i-- > 0;) {
		result.sum += workers[i].sum;
		worker_close(&workers[i]);
	}
	free(workers);
	return result;
}

/* --- what to read -------------------------------------------------------------------- */

/* The page map and the descriptors that follow it, by the file's two headers. */
struct map {
	uint8_t *bits;
	uint64_t max_pfn, descriptors;
};

static struct map map_read(int fd)
{
	uint32_t header[6]; /* status, block size, sub-header's blocks, bitmaps' blocks */
	struct map map = { 0 };

	read_at(fd, header, 16, 424);
	read_at(fd, &map.max_pfn, 8, PAGE + 96);
	uint64_t at = (1 + (uint64_t)header[2]) * PAGE, len = (uint64_t)header[3] / 2 * PAGE;

	map.bits = malloc(len);
	if (header[1] != PAGE || !map.bits || map.max_pfn / 8 > len)
		errx(1, "not the dump of a kernel with pages of 4 KiB");
	read_at(fd, map.bits, len, at + len);
	map.descriptors = at + 2 * len;
	return map;
}

/* Keeps of all pages those in @wanted, which ascend; all if there are none. */
static void choose(struct job *job, int fd, const struct map *map, const uint64_t *wanted,
		   size_t wanted_count)
{
	size_t room = 0, next = 0, index = 0;

	for (uint64_t pfn = 0; pfn < map->max_pfn; pfn++)
		room += map->bits[pfn / 8] >> pfn % 8 & 1;
	struct descriptor *all = malloc(room * sizeof(*all));
	job->pages = malloc(room * sizeof(*job->pages));
	job->descriptors = malloc(room * sizeof(*job->descriptors));
	for (size_t i = 0; i < room; i += 1 << 20)
		read_at(fd, all + i, (room - i < 1 << 20 ? room - i : 1 << 20) * sizeof(*all),
			map->descriptors + i * sizeof(*all));
	for (uint64_t pfn = 0; pfn < map->max_pfn; pfn++) {
		if (!(map->bits[pfn / 8] >> pfn % 8 & 1))
			continue;
		while (next < wanted_count && wanted[next] < pfn)
			next++;
		if (!wanted || (next < wanted_count && wanted[next] == pfn)) {
			job->pages[job->page_count] = pfn;
			job->descriptors[job->page_count++] = all[index];
		}
		index++;
	}
	free(all);
}

static void scatter(struct job *job)
{
	uint64_t state = 88172645463325252U;

	for (size_t i = job->page_count; i > 1; i--) {
		state ^= state << 13, state ^= state >> 7, state ^= state << 17;
		size_t j = state % i;
		uint64_t page = job->pages[j];
		struct descriptor descriptor = job->descriptors[j];

		job->pages[j] = job->pages[i - 1];
		job->descriptors[j] = job->descriptors[i - 1];
		job->pages[i - 1] = page;
		job->descriptors[i - 1] = descriptor;
	}
}

static uint64_t *file_load(const char *path, size_t *count_ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		err(1, "%s", path);
	uint64_t *words = malloc((size_t)status.st_size + 8);
	read_at(fd, words, (size_t)status.st_size, 0);
	*count_ret = (size_t)status.st_size / 8;
	close(fd);
	return words;
}

static void prepare(struct job *job, const char *pages, bool is_scattered)
{
	int fd = open(job->path, O_RDONLY | O_CLOEXEC);
	size_t count = 0;
	uint64_t *wanted = pages ? file_load(pages, &count) : NULL;

	if (fd < 0)
		err(1, "%s", job->path);
	struct map map = map_read(fd);
	choose(job, fd, &map, wanted, count);
	if (is_scattered)
		scatter(job);
	free(map.bits);
	free(wanted);
	close(fd);
}

/* --- the command line ------------------------------------------------------------------- */

static enum how how_of(const char *name)
{
	static const char *const names[] = { "plain", "own", "clone" };

	for (unsigned i = 0; i < COUNT_OF(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum how)i;
	errx(64, "how is '%s'?", name);
}

static const char *option(char **argv, const char *key, const char *otherwise)
{
	size_t len = strlen(key);

	for (; *argv; argv++)
		if (strncmp(*argv, key, len) == 0 && (*argv)[len] == '=')
			return *argv + len + 1;
	return otherwise;
}

static int compare(const void *a, const void *b)
{
	const struct result *x = a, *y = b;

	return (x->reading > y->reading) - (x->reading < y->reading);
}

int main(int argc, char **argv)
{
	struct result results[RUNS_LIMIT];

	if (argc < 4)
		errx(64, "usage: bench-kdumpread FILE plain|own|clone THREADS [KEY=VALUE...]");
	char **options = argv + 4;
	struct job job = {
		.path = argv[1],
		.how = how_of(argv[2]),
		.threads = (unsigned)strtoul(argv[3], NULL, 10),
		.runs = (unsigned)strtoul(option(options, "runs", "5"), NULL, 10),
		.chunks = strcmp(option(options, "deal", "ranges"), "chunks") == 0,
		.mapped = strcmp(option(options, "mmap", "never"), "always") == 0,
		.cache = strtoul(option(options, "cache", "0"), NULL, 10),
	};
	if (job.threads - 1 >= THREADS_LIMIT || job.runs - 1 >= RUNS_LIMIT || lzo_init())
		errx(64, "impossible number of threads or runs");
	prepare(&job, option(options, "pages", NULL),
		strcmp(option(options, "order", "file"), "scatter") == 0);
	for (unsigned i = 0; i < job.runs; i++)
		results[i] = run(&job);
	qsort(results, job.runs, sizeof(results[0]), compare);
	printf("%" PRIu64 " %" PRIu64 " %zu %" PRIx64 "\n", results[job.runs / 2].opening,
	       results[job.runs / 2].reading, job.page_count, results[0].sum);
	free(job.pages);
	free(job.descriptors);
	return 0;
}
