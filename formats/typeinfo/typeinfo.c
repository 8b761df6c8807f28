// SPDX-License-Identifier: LGPL-2.1-or-later
/* What all sources of types and symbols share: their end. */
#include "include/typeinfo.h"

#include <stdlib.h>

void typeinfo_close(struct typeinfo *ti)
{
	if (!ti)
		return;
	ti->ops->close(ti);
	free(ti->path);
	free(ti->build_id);
	free(ti->release);
	free(ti->machine);
	free(ti->banner);
	free(ti);
}
