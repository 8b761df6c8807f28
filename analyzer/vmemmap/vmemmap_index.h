// SPDX-License-Identifier: LGPL-2.1-or-later
/* The other way through the map: from frames to where they are mapped. */
#ifndef VMEMSCOPE_VMEMMAP_INDEX_H
#define VMEMSCOPE_VMEMMAP_INDEX_H

#include "analyzer/vmemmap/vmemmap.h"

/* Lists the frames of all rows in their order, and marks rows whose frames others map too. */
struct error *vmemmap_index_frames(struct vmemmap_map *map);

#endif
