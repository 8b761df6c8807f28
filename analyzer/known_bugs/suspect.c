// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a kernel can have a known fault. */
#include "analyzer/known_bugs/suspect.h"

#include <string.h>

#include "analyzer/pages/survey.h"

bool word_is_listed(const char *const *list, size_t max, const char *word)
{
	for (size_t i = 0; word && i < max && list[i]; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

bool suspect_can_have(const struct suspect *suspect, const struct known_bug *bug)
{
	bool scheme = !bug->schemes[0] ||
		      word_is_listed(bug->schemes, BUG_SCHEMES_MAX, suspect->hugetlb) ||
		      word_is_listed(bug->schemes, BUG_SCHEMES_MAX, suspect->dax);
	bool arch = !bug->archs[0] || word_is_listed(bug->archs, BUG_ARCHS_MAX, suspect->arch);
	bool pages = !bug->page_shift || bug->page_shift == suspect->page_shift;

	return scheme && arch && pages &&
	       release_judge(suspect->release, bug->affected, BUG_SPANS_MAX) != RELEASE_OUTSIDE;
}

struct suspect suspect_of(const struct survey *survey, struct release *release)
{
	const char *text =
		survey->target->facts ? facts_text(survey->target->facts, "OSRELEASE") : NULL;

	return (struct suspect){
		.hugetlb = survey->scheme->hugetlb->id,
		.dax = survey->scheme->dax->id,
		.arch = survey->target->arch ? arch_name(survey->target->arch) : NULL,
		.page_shift = survey->target->kernel.page_shift,
		.release = release_parse(text, release) ? release : NULL,
	};
}

bool known_bugs_spoil_alignment(const struct survey *survey)
{
	struct release release;
	const struct suspect suspect = suspect_of(survey, &release);

	for (unsigned i = 0; i < known_bug_count; i++) {
		const struct known_bug *bug = &known_bug_table[i];

		if (bug->spoils_alignment && suspect_can_have(&suspect, bug) &&
		    release_judge(suspect.release, bug->affected, BUG_SPANS_MAX) == RELEASE_INSIDE)
			return true;
	}
	return false;
}
