// SPDX-License-Identifier: LGPL-2.1-or-later
/* The other way through the map: from frames to where they are mapped. */
#ifndef VMEMSCOPE_VMEMMAP_INDEX_H
#define VMEMSCOPE_VMEMMAP_INDEX_H

#include "analyzer/vmemmap_rows.h"

/*
 * Lists the frames of all rows in their order, and marks rows whose frames others map
 * too. @stripes and @more: those of stripes, each by row.
 */
struct error *vmemmap_index_frames(struct vmemmap_map *map, const struct interval_list *stripes,
				   const struct interval_list *more);

#endif
