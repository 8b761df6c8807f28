// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for libFuzzer where there is none: gives the target each file of a
 * corpus as it is, then cut and damaged ones, the same in every run, until the
 * time is over.
 *
 *     TARGET CORPUS-DIRECTORY [SECONDS]
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "testdata/fuzz/fuzz.h"

enum {
	SEED_SIZE_MAX = 1 << 20,
	EDITS_MAX = 8,
	ROUNDS_MAX = 2000,
	CUT_ONE_IN = 8,
};

struct seed {
	char name[256];
	uint8_t *data;
	size_t size;
};

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static _Noreturn void die(const char *path)
{
	perror(path);
	exit(1);
}

static struct seed read_seed(const char *directory, const char *name)
{
	char path[4096];
	struct seed seed = { .data = malloc(SEED_SIZE_MAX) };

	snprintf(seed.name, sizeof(seed.name), "%s", name);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "rb");
	if (!file || !seed.data)
		die(path);
	seed.size = fread(seed.data, 1, SEED_SIZE_MAX, file);
	fclose(file);
	return seed;
}

static void edit(struct seed *copy)
{
	static const uint8_t telling[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	uint8_t *byte = &copy->data[random_below(copy->size)];

	switch (random_below(3)) {
	case 0:
		*byte ^= (uint8_t)(1 << random_below(8));
		break;
	case 1:
		*byte = (uint8_t)random_below(256);
		break;
	default:
		*byte = telling[random_below(sizeof(telling))];
	}
}

/* In memory of the exact size, so that a sanitizer sees what is read beyond. */
static void try_damaged(const struct seed *seed)
{
	struct seed copy = { .size = seed->size };

	if (random_below(CUT_ONE_IN) == 0)
		copy.size = 1 + random_below(seed->size);
	copy.data = malloc(copy.size);
	if (!copy.data)
		die("malloc");
	memcpy(copy.data, seed->data, copy.size);
	for (uint64_t edits = 1 + random_below(EDITS_MAX); edits; edits--)
		edit(&copy);
	LLVMFuzzerTestOneInput(copy.data, copy.size);
	free(copy.data);
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static size_t read_seeds(const char *directory, struct seed **ret)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_file, alphasort);

	if (count <= 0)
		die(directory);
	*ret = calloc((size_t)count, sizeof(**ret));
	if (!*ret)
		die(directory);
	for (int i = 0; i < count; i++) {
		(*ret)[i] = read_seed(directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return (size_t)count;
}

/* Names of seeds that need no answer begin so: corpus.py. */
static bool may_be_refused(const struct seed *seed)
{
	return strncmp(seed->name, "refused-", 8) == 0 ||
	       strncmp(seed->name, "regression-", 11) == 0;
}

/* False if one that is good gets no answer. */
static bool try_seeds(const struct seed *seeds, size_t count)
{
	bool all_taken = true;

	for (size_t i = 0; i < count; i++) {
		unsigned before = fuzz_taken;

		LLVMFuzzerTestOneInput(seeds[i].data, seeds[i].size);
		if (fuzz_taken != before || may_be_refused(&seeds[i]))
			continue;
		fprintf(stderr, "%s is not as it should be\n", seeds[i].name);
		all_taken = false;
	}
	return all_taken;
}

int main(int argc, char **argv)
{
	struct seed *seeds;
	unsigned rounds = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: %s CORPUS-DIRECTORY [SECONDS]\n", argv[0]);
		return 64;
	}
	double end = seconds_now() + (argc > 2 ? atof(argv[2]) : 1.5);
	size_t count = read_seeds(argv[1], &seeds);

	if (!try_seeds(seeds, count))
		return 1;
	while (rounds < ROUNDS_MAX && seconds_now() < end) {
		const struct seed *seed = &seeds[rounds++ % count];

		if (seed->size)
			try_damaged(seed);
	}
	for (size_t i = 0; i < count; i++)
		free(seeds[i].data);
	free(seeds);
	printf("%zu files, %u damaged ones\n", count, rounds);
	return 0;
}
