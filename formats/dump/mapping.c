// SPDX-License-Identifier: LGPL-2.1-or-later
/* Mapped files, and what to do when their bytes go away. */
#include "formats/dump/mapping.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPPINGS_MAX = 64 };

struct mapping_file {
	unsigned char *bytes;
	size_t len;
	atomic_bool lost;
};

/* What the signal handler reads: no lock is possible there. */
static _Atomic(struct mapping_file *) mappings[MAPPINGS_MAX];
static struct sigaction previous;
static long page_size;

static struct mapping_file *mapping_of(const void *addr)
{
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		struct mapping_file *mapping = atomic_load(&mappings[i]);

		if (mapping && (uintptr_t)addr >= (uintptr_t)mapping->bytes &&
		    (uintptr_t)addr - (uintptr_t)mapping->bytes < mapping->len)
			return mapping;
	}
	return NULL;
}

/* The page becomes one of zeroes, and the read goes on. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
	struct mapping_file *mapping = mapping_of(info->si_addr);
	char *page = (char *)info->si_addr - (uintptr_t)info->si_addr % (uintptr_t)page_size;

	(void)context;
	if (mapping && mmap(page, (size_t)page_size, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
		atomic_store(&mapping->lost, true);
		return;
	}
	/* Not ours: happens again on return, and then takes its way. */
	sigaction(number, &previous, NULL);
}

/* Each time: another handler may have been installed since. */
static void install(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct sigaction now, action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	pthread_mutex_lock(&lock);
	page_size = sysconf(_SC_PAGESIZE);
	sigemptyset(&action.sa_mask);
	if (!sigaction(SIGBUS, NULL, &now) && now.sa_sigaction != on_sigbus) {
		previous = now;
		sigaction(SIGBUS, &action, NULL);
	}
	pthread_mutex_unlock(&lock);
}

static bool mapping_enter(struct mapping_file *mapping)
{
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		struct mapping_file *none = NULL;

		if (atomic_compare_exchange_strong(&mappings[i], &none, mapping))
			return true;
	}
	return false;
}

struct mapping_file *mapping_create(int fd, size_t len)
{
	struct mapping_file *mapping = len ? calloc(1, sizeof(*mapping)) : NULL;

	if (!mapping)
		return NULL;
	void *bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED) {
		free(mapping);
		return NULL;
	}
	mapping->bytes = bytes;
	mapping->len = len;
	install();
	if (!mapping_enter(mapping)) {
		munmap(bytes, len);
		free(mapping);
		return NULL;
	}
	return mapping;
}

void mapping_destroy(struct mapping_file *mapping)
{
	if (!mapping)
		return;
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		struct mapping_file *self = mapping;

		atomic_compare_exchange_strong(&mappings[i], &self, NULL);
	}
	munmap(mapping->bytes, mapping->len);
	free(mapping);
}

const unsigned char *mapping_bytes(const struct mapping_file *mapping)
{
	return mapping->bytes;
}

bool mapping_lost(const struct mapping_file *mapping)
{
	return atomic_load(&mapping->lost);
}
