// SPDX-License-Identifier: LGPL-2.1-or-later
/* Releases, and whether one lies in what is known of a fault. */
#include "analyzer/vmcoreinfo/release.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELEASE_PART_MAX = 999 };

/* --- reading --------------------------------------------------------------------- */

static bool part_parse(const char **text, uint16_t *ret)
{
	unsigned value = 0;

	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text) && value <= RELEASE_PART_MAX; (*text)++)
		value = value * 10 + (unsigned)(**text - '0');
	*ret = (uint16_t)value;
	return value <= RELEASE_PART_MAX;
}

/* What Debian and Ubuntu put behind X.Y.0: "-57-amd64", "-91-generic", "-0.deb11.7-amd64". */
static bool is_abi_name(const char *text)
{
	static const char backport[] = "0.deb";
	bool is_backport;

	if (*text++ != '-')
		return false;
	is_backport = strncmp(text, backport, sizeof(backport) - 1) == 0;
	if (is_backport)
		text += sizeof(backport) - 1;
	if (!isdigit((unsigned char)*text))
		return false;
	while (isdigit((unsigned char)*text) || (is_backport && *text == '.'))
		text++;
	return *text == '-' && isalpha((unsigned char)text[1]);
}

bool release_parse(const char *text, struct release *ret)
{
	struct release release = { 0 };

	if (!text || !part_parse(&text, &release.major) || *text++ != '.' ||
	    !part_parse(&text, &release.minor))
		return false;
	if (*text == '.') {
		text++;
		if (!part_parse(&text, &release.patch))
			return false;
		release.any_patch = release.patch == 0 && is_abi_name(text);
	}
	if (*text && release.patch == 0 && !release.any_patch)
		return false;
	*ret = release;
	return true;
}

/* --- judging --------------------------------------------------------------------- */

static uint64_t rank_of(const struct release *release)
{
	return (uint64_t)release->major << 32 | (uint64_t)release->minor << 16 | release->patch;
}

static bool is_zero(const struct release *release)
{
	return rank_of(release) == 0;
}

bool release_span_is_end(const struct release_span *span)
{
	return is_zero(&span->from) && is_zero(&span->fixed);
}

static bool is_series(const struct release_span *span)
{
	return span->from.major == span->fixed.major && span->from.minor == span->fixed.minor;
}

static bool is_series_of(const struct release_span *span, const struct release *release)
{
	return is_series(span) && span->from.major == release->major &&
	       span->from.minor == release->minor;
}

/* The last of its series, as far as anybody counts. */
static uint64_t rank_of_last(const struct release *release)
{
	return release->any_patch ? rank_of(release) | UINT16_MAX : rank_of(release);
}

/* Some that @release may be is in @span; all of them are. */
static bool span_meets(const struct release_span *span, const struct release *release)
{
	return rank_of_last(release) >= rank_of(&span->from) &&
	       (is_zero(&span->fixed) || rank_of(release) < rank_of(&span->fixed));
}

static bool span_holds(const struct release_span *span, const struct release *release)
{
	return rank_of(release) >= rank_of(&span->from) &&
	       (is_zero(&span->fixed) || rank_of_last(release) < rank_of(&span->fixed));
}

const struct release_span *release_span_of(const struct release *release,
					   const struct release_span *spans, size_t max)
{
	const struct release_span *any = NULL, *own = NULL;
	bool has_own = false;

	for (size_t i = 0; release && i < max && !release_span_is_end(&spans[i]); i++) {
		bool is_own = is_series_of(&spans[i], release);

		has_own |= is_own;
		if (!span_meets(&spans[i], release))
			continue;
		any = any ? any : &spans[i];
		own = is_own && !own ? &spans[i] : own;
	}
	return has_own ? own : any;
}

enum release_verdict release_judge(const struct release *release, const struct release_span *spans,
				   size_t max)
{
	if (!release || max == 0 || release_span_is_end(&spans[0]))
		return RELEASE_UNKNOWN;
	const struct release_span *span = release_span_of(release, spans, max);
	if (!span)
		return RELEASE_OUTSIDE;
	return span_holds(span, release) ? RELEASE_INSIDE : RELEASE_UNKNOWN;
}

/* --- words ----------------------------------------------------------------------- */

static int release_text(char *buf, size_t size, const struct release *release)
{
	return release->patch ? snprintf(buf, size, "%u.%u.%u", release->major, release->minor,
					 release->patch)
			      : snprintf(buf, size, "%u.%u", release->major, release->minor);
}

static void span_text(const struct release_span *span, char *buf, size_t size)
{
	char from[32], fixed[32];

	release_text(from, sizeof(from), &span->from);
	release_text(fixed, sizeof(fixed), &span->fixed);
	if (is_zero(&span->fixed))
		snprintf(buf, size, "from %s on", from);
	else if (is_zero(&span->from))
		snprintf(buf, size, "before %s", fixed);
	else
		snprintf(buf, size, "%s to before %s", from, fixed);
}

const char *release_spans_text(const struct release_span *spans, size_t max,
			       char buf[RELEASE_SPANS_TEXT_MAX])
{
	size_t length = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < max && !release_span_is_end(&spans[i]); i++) {
		char text[80];

		span_text(&spans[i], text, sizeof(text));
		int written = snprintf(buf + length, RELEASE_SPANS_TEXT_MAX - length, "%s%s",
				       length ? "; " : "", text);
		if (written < 0 || length + (size_t)written >= RELEASE_SPANS_TEXT_MAX)
			break;
		length += (size_t)written;
	}
	return buf;
}
