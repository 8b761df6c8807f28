// SPDX-License-Identifier: LGPL-2.1-or-later
/* Over the memory of a file that distil wrote. */
#include "formats/dump/distilled_memory.h"

#include <stdlib.h>

#include "include/error.h"

struct distilled_memory {
	struct memory memory; /* first: the embedded contract */
	struct memory *file;
	struct distilled distilled;
	bool is_truncated;
	bool is_fork; /* @distilled is another's */
};

static struct error *distilled_memory_read(struct memory *memory, paddr_t addr, size_t len,
					   void *buf, enum memory_state *state_ret)
{
	struct distilled_memory *self = (struct distilled_memory *)memory;
	struct error *err = self->file->ops->read(self->file, addr, len, buf, state_ret);

	if (!err && *state_ret == MEMORY_ABSENT)
		*state_ret = distilled_state(&self->distilled, addr, memory->page_shift);
	return err;
}

static struct error *distilled_memory_extent(struct memory *memory, paddr_t addr,
					     struct memory_extent *ret)
{
	struct distilled_memory *self = (struct distilled_memory *)memory;
	struct memory_extent here;
	struct error *err = self->file->ops->extent(self->file, addr, &here);

	if (!err)
		*ret = distilled_answer(&self->distilled, here, self->is_truncated,
					memory->page_shift);
	return err;
}

static const unsigned char *distilled_memory_direct(struct memory *memory, paddr_t addr)
{
	struct distilled_memory *self = (struct distilled_memory *)memory;

	return self->file->ops->direct(self->file, addr);
}

static void distilled_memory_damage(const struct memory *memory, struct memory_damage *ret)
{
	const struct distilled_memory *self = (const struct distilled_memory *)memory;

	*ret = memory_damage(self->file);
	distilled_damage(&self->distilled, memory->page_shift, ret);
}

static void distilled_memory_destroy(struct memory *memory)
{
	struct distilled_memory *self = (struct distilled_memory *)memory;

	self->file->ops->destroy(self->file);
	if (!self->is_fork)
		distilled_deinit(&self->distilled);
	free(self);
}

static struct error *distilled_memory_fork(struct memory *memory, struct memory **ret)
{
	const struct distilled_memory *self = (const struct distilled_memory *)memory;
	struct distilled_memory *fork = malloc(sizeof(*fork));

	if (!fork)
		return error_nomem();
	*fork = *self;
	fork->is_fork = true;
	struct error *err = self->file->ops->fork(self->file, &fork->file);
	if (err) {
		free(fork);
		return err;
	}
	*ret = &fork->memory;
	return NULL;
}

static const struct memory_ops distilled_memory_ops = {
	.read = distilled_memory_read,
	.extent = distilled_memory_extent,
	.direct = distilled_memory_direct,
	.fork = distilled_memory_fork,
	.damage = distilled_memory_damage,
	.destroy = distilled_memory_destroy,
};

struct error *distilled_memory_create(struct memory *file, struct distilled *distilled,
				      bool is_truncated, struct memory **ret)
{
	struct distilled_memory *self = calloc(1, sizeof(*self));

	if (!self)
		return error_nomem();
	self->memory = (struct memory){ .ops = &distilled_memory_ops,
					.page_shift = file->page_shift,
					.distilled = true };
	self->file = file;
	self->distilled = *distilled;
	*distilled = (struct distilled){ 0 };
	self->is_truncated = is_truncated;
	*ret = &self->memory;
	return NULL;
}

const struct memory *distilled_memory_file(const struct memory *memory)
{
	return ((const struct distilled_memory *)memory)->file;
}
