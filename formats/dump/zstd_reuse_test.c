// SPDX-License-Identifier: LGPL-2.1-or-later
/* What unpacks as libzstd's own would, in any thread. */
#include "formats/dump/zstd_reuse.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

enum { PAGE = 4096, ROUNDS = 50 };

static void page_fill(unsigned char *page, unsigned seed)
{
	for (unsigned i = 0; i < PAGE; i++)
		page[i] = (unsigned char)(i / 7 * seed);
}

static bool unpacks(unsigned seed)
{
	unsigned char page[PAGE], packed[2 * PAGE], unpacked[PAGE];

	page_fill(page, seed);
	size_t len = ZSTD_compress(packed, sizeof(packed), page, PAGE, 3);
	return ZSTD_decompress(unpacked, PAGE, packed, len) == PAGE &&
	       memcmp(page, unpacked, PAGE) == 0 &&
	       ZSTD_isError(ZSTD_decompress(unpacked, PAGE, packed, len - 1)) &&
	       ZSTD_isError(ZSTD_decompress(unpacked, PAGE / 2, packed, len));
}

static void *unpack_some(void *seed)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		if (!unpacks(i + *(unsigned *)seed))
			return NULL;
	return seed;
}

static void pages_unpack_in_any_thread(void **state)
{
	pthread_t threads[3];
	unsigned seeds[3] = { 1, 3, 250 };
	void *done;

	(void)state;
	zstd_reuse_prepare();
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, unpack_some, &seeds[i]), 0);
	assert_non_null(unpack_some(&seeds[0]));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_non_null(done);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pages_unpack_in_any_thread) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
