// SPDX-License-Identifier: LGPL-2.1-or-later
/* Keeps the devices found so far in order and apart, and helps to read them. */
#include "analyzer/devices/devices.h"

#include <string.h>

#include "include/bisect.h"
#include "include/vector.h"

const struct device device_unknown = {
	.kind = DEVICE_KIND_UNKNOWN,
	.medium = MEDIUM_UNKNOWN,
	.memmap = MEMMAP_UNKNOWN,
	.range_count = 1,
	.target_node = -1,
};

/* --- reading ---------------------------------------------------------------- */

uint64_t number_read(struct member_reader *reader, vaddr_t addr, size_t size)
{
	enum memory_state state = MEMORY_ABSENT;
	uint64_t value = 0;

	if (reader->err || reader->unreadable)
		return 0;
	if (is_kernel_pointer(reader->survey->target, addr))
		reader->err =
			kmem_read_uint(reader->survey->target->kmem, addr, size, &value, &state);
	reader->unreadable = !reader->err && state != MEMORY_PRESENT;
	return reader->err || reader->unreadable ? 0 : value;
}

uint64_t member_read(struct member_reader *reader, vaddr_t base, enum layout_id member, size_t size)
{
	const struct layout *layout = &reader->survey->target->layout;

	if (!layout_has(layout, member))
		return 0;
	return number_read(reader, base + layout_get(layout, member), size);
}

bool layout_has_all(const struct layout *layout, const enum layout_id *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!layout_has(layout, ids[i]))
			return false;
	return true;
}

/* --- where devices can be ----------------------------------------------------- */

/* Online sections that no device has tainted are ordinary memory, if kernels mark them. */
static bool may_hold_devices(const struct layout *layout, const struct section *section)
{
	return section->has_mem_map && (!section->online || section->device ||
					!layout_has(layout, LAYOUT_SECTION_DEVICE_BIT));
}

struct error *device_room_read(struct device_finder *finder)
{
	const struct kernel *kernel = &finder->survey->target->kernel;
	uint64_t pages = kernel->pages_per_section;

	finder->room = calloc(kernel->section_count + 1, sizeof(*finder->room));
	if (!finder->room)
		return error_nomem();
	for (size_t i = 0; i < kernel->section_count; i++) {
		pfn_t start = kernel->sections[i].nr * pages;
		struct range *last =
			finder->room_count ? &finder->room[finder->room_count - 1] : NULL;

		if (!may_hold_devices(&finder->survey->target->layout, &kernel->sections[i]))
			continue;
		if (last && last->end == start)
			last->end += pages;
		else
			finder->room[finder->room_count++] = (struct range){ start, start + pages };
	}
	return NULL;
}

/* The first room that ends after @pfn; NULL if none does. */
static const struct range *room_from(const struct device_finder *finder, pfn_t pfn)
{
	size_t at = bisect(finder->room_count, i, finder->room[i].end <= pfn);

	return at < finder->room_count ? &finder->room[at] : NULL;
}

/* --- the devices -------------------------------------------------------------- */

/* The first device that ends after @pfn. */
static size_t device_from(const struct devices *devices, pfn_t pfn)
{
	return bisect(devices->count, i, devices->list[i].end <= pfn);
}

const struct device *devices_find(const struct devices *devices, pfn_t pfn)
{
	size_t at = device_from(devices, pfn);

	return at < devices->count && devices->list[at].start <= pfn ? &devices->list[at] : NULL;
}

/* The first piece of @wanted that is free; empty if none is. */
static struct range next_free(const struct device_finder *finder, struct range wanted, bool ram)
{
	const struct devices *devices = finder->devices;
	struct range all = { 0, pfn_limit(finder->survey->target) };

	while (wanted.start < wanted.end) {
		size_t next = device_from(devices, wanted.start);
		const struct range *room = ram ? &all : room_from(finder, wanted.start);

		if (!room || room->start >= wanted.end)
			break;
		if (next < devices->count && devices->list[next].start <= wanted.start) {
			wanted.start = devices->list[next].end;
			continue;
		}
		if (room->start > wanted.start) {
			wanted.start = room->start;
			continue;
		}
		if (next < devices->count && devices->list[next].start < wanted.end)
			wanted.end = devices->list[next].start;
		if (room->end < wanted.end)
			wanted.end = room->end;
		return wanted;
	}
	return (struct range){ 0 };
}

/* Compound pages are counted from the start: what is cut off in front is whole ones. */
static pfn_t piece_start(const struct device *device, pfn_t start)
{
	uint64_t mask = (UINT64_C(1) << (device->order_known ? device->order : 0)) - 1;

	return device->start + ((start - device->start + mask) & ~mask);
}

static struct error *piece_insert(struct device_finder *finder, const struct device *device,
				  struct range piece)
{
	struct devices *devices = finder->devices;
	struct device added = *device;

	added.start = piece_start(device, piece.start);
	added.end = piece.end;
	if (added.start >= added.end)
		return NULL;
	if (devices->count >= DEVICES_MAX) {
		devices->pgmaps_known = false;
		devices->pgmaps_missing = "there are more ranges of devices than any machine has";
		return NULL;
	}
	struct error *err = vector_reserve(devices->list, devices->room, devices->count + 1);
	if (err)
		return err;
	size_t at = device_from(devices, added.start);
	memmove(&devices->list[at + 1], &devices->list[at], (devices->count - at) * sizeof(added));
	devices->list[at] = added;
	devices->count++;
	return NULL;
}

struct error *device_add(struct device_finder *finder, const struct device *device)
{
	struct range wanted = { device->start, device->end };
	bool ram = device->kind == DEVICE_SYSTEM_RAM;
	struct error *err = NULL;

	for (struct range piece = next_free(finder, wanted, ram); !err && piece.start < piece.end;
	     piece = next_free(finder, wanted, ram)) {
		err = piece_insert(finder, device, piece);
		wanted.start = piece.end;
	}
	return err;
}
