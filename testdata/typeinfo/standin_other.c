// SPDX-License-Identifier: LGPL-2.1-or-later
/* The stand-in program's second unit: what is only here, and what is here otherwise. */

struct span {
	char other_meaning[96];
} other_span;

struct only_elsewhere {
	int first;
	struct {
		long second;
	} inner;
} only_elsewhere;

enum elsewhere { ELSEWHERE_VALUE = 77 } elsewhere;

int shared_name = 3;
static int local_twice __attribute__((used)) = 4;

int standin_other(void);
int standin_other(void)
{
	return local_twice;
}

void _start(void);
void _start(void)
{
}
