// SPDX-License-Identifier: LGPL-2.1-or-later
/* The frames that pages of a zone and order map are put where zones name theirs. */
#include "analyzer/observe/observe_tally.h"

static struct zone_info *zone_of(struct kernel *kernel, const struct group *group)
{
	for (size_t i = 0; i < kernel->zone_count; i++)
		if (kernel->zones[i].node == group->node && kernel->zones[i].index == group->zone)
			return &kernel->zones[i];
	return NULL;
}

/* A place for each order up to @slot; what types do not tell of is not there. */
static void zone_make_room(struct zone_info *zone, unsigned slot)
{
	for (; zone->tail_count <= slot; zone->tail_count++)
		zone->tail[zone->tail_count] = (struct zone_tail){ .known = !zone->inferred };
}

/* The frame that the pages of @group have in common; false if none is believed. */
static bool frame_of_group(const struct group *group, pfn_t *ret)
{
	bool alone = !group->common && group->private == 1;

	*ret = alone ? group->alone.frame : group->frame;
	return group->believed && (alone || group->at_frame);
}

/*
 * A frame that the zone names and somebody maps is the zone's. Otherwise what the pages
 * map is: of a kernel whose types have it so, only if that is no accident. One page that
 * maps another frame, where the one that is named holds tails as well, is wrong itself.
 */
static struct error *is_frame_taken(const struct tally *tally, const struct group *group,
				    bool by_types, bool *ret)
{
	const struct kernel *kernel = &tally->survey->target->kernel;
	bool alone = !group->common, holds_tails = false;
	uint64_t tails = alone ? group->alone.tails : 0;
	struct error *err = NULL;
	pfn_t named;

	*ret = false;
	if (kernel_shared_tail(kernel, group->node, group->zone, group->order, &named) ==
	    TAIL_KNOWN) {
		if (vmemmap_users(tally->survey->map, named))
			return NULL;
		if (alone && by_types)
			err = group_has_tails(tally, group, named, &holds_tails);
	}
	*ret = !holds_tails &&
	       (!by_types || group->at_frame >= PAGES_ENOUGH || tails >= TAILS_ENOUGH);
	return err;
}

/* What the zone names, if anything, could be read. */
static bool is_told(const struct zone_info *zone, unsigned slot)
{
	return zone && !zone->inferred && (slot >= zone->tail_count || zone->tail[slot].known);
}

static struct error *group_name(const struct tally *tally, struct kernel *kernel,
				const struct group *group, bool by_types, bool *changed_ret)
{
	struct zone_info *zone = zone_of(kernel, group);
	unsigned slot = group->order - kernel->tails_min_order;
	struct error *err = NULL;
	bool is_taken;
	pfn_t frame;

	if ((!zone && !kernel->nodes_unreadable) || group->order < kernel->tails_min_order ||
	    slot >= VMEMMAP_TAILS_MAX || !frame_of_group(group, &frame))
		return NULL;
	by_types = by_types && is_told(zone, slot);
	err = is_frame_taken(tally, group, by_types, &is_taken);
	if (!err && is_taken && !zone)
		err = kernel_zone_infer(kernel, group->node, group->zone, &zone);
	if (err || !is_taken)
		return err;
	zone_make_room(zone, slot);
	struct zone_tail *tail = &zone->tail[slot];
	*tail = (struct zone_tail){
		.page = kernel_struct_page(kernel, frame),
		.known = true,
		.said = tail->page,
		.groups = group->common ? group->at_frame : group->private,
		.refuted = by_types && tail->known,
	};
	*changed_ret = true;
	return NULL;
}

struct error *groups_name(struct tally *tally, struct kernel *kernel, bool by_types,
			  bool *changed_ret)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < tally->group_count; i++) {
		struct group *group = &tally->groups[i];
		bool alone = !group->common && group->private == 1;

		if (alone)
			err = group_believe(tally, group, group->alone.frame);
		if (!err)
			err = group_name(tally, kernel, group, by_types, changed_ret);
	}
	return err;
}
