// SPDX-License-Identifier: LGPL-2.1-or-later
/* The frames that tails of a zone share, as the page tables show them. */
#ifndef VMEMSCOPE_ANALYZER_ZONE_TAILS_H
#define VMEMSCOPE_ANALYZER_ZONE_TAILS_H

struct kernel;
struct survey;
struct error;

/*
 * Holds each pointer of zone->vmemmap_tails against what tails of that zone and order
 * map, once the vmemmap map is there. A pointer that they refute is replaced by what
 * they share (struct zone_tail), so that all that follows goes by that.
 */
struct error *zone_tails_confirm(const struct survey *survey, struct kernel *kernel);

#endif
