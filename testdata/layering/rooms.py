# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rooms of the house, from the ground up: a room includes and calls those below it."""

FROM_THE_GROUND = [
    "include",
    "formats/dump",
    "formats/typeinfo",
    "formats/report",
    "formats",
    "analyzer/vmcoreinfo",
    "analyzer/arch",
    "analyzer/paging",
    "analyzer/kernel",
    "analyzer/parallel",
    "analyzer/vmemmap",
    "analyzer/pages",
    "analyzer/observe",
    "analyzer/devices",
    "analyzer/totals",
    "analyzer/checker",
    "analyzer/checks",
    "analyzer/known_bugs",
    "analyzer/analysis",
    "analyzer/documents",
    "analyzer/distill",
    "cmd",
]


def room_of(path):
    """The innermost room of a path, or None."""
    found = [room for room in FROM_THE_GROUND if path.startswith(room + "/")]
    return max(found, key=len, default=None)
