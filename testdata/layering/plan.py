#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws the plan of the house: which room includes headers of which, and calls what.

    plan.py SOURCE-DIRECTORY [BUILD-DIRECTORY]

Calls are those that the linker resolves, from the object files of a build. Prints
the rooms from the ground up with their arrows, then each arrow that leads up and
each circle. Exit status 1 if there is one.
"""
import collections
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import rooms  # noqa: E402

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
TEST_FILE = re.compile(r"(_test\.c|_testing\.h|/test_files\.h)$")


class Plan:
    """Arrows between rooms: (from, to) -> what makes them."""

    def __init__(self):
        self.arrows = collections.defaultdict(set)

    def add(self, origin, target, reason):
        origin, target = rooms.room_of(origin), rooms.room_of(target)
        if origin and target and origin != target:
            self.arrows[origin, target].add(reason)

    def leading_up(self):
        level = {room: number for number, room in enumerate(rooms.FROM_THE_GROUND)}
        return {
            (origin, target): reasons
            for (origin, target), reasons in self.arrows.items()
            if level[target] > level[origin]
        }

    def circles(self):
        """Rooms that can be reached from themselves, in groups."""
        reached = {room: self.reach(room) for room in rooms.FROM_THE_GROUND}
        groups = {
            frozenset(other for other in reached[room] if room in reached[other])
            for room in rooms.FROM_THE_GROUND
        }
        return sorted(sorted(group) for group in groups if group)

    def reach(self, room):
        found, waiting = set(), [room]
        while waiting:
            here = waiting.pop()
            for origin, target in self.arrows:
                if origin == here and target not in found:
                    found.add(target)
                    waiting.append(target)
        return found


def add_includes(plan, source):
    for path in sorted(source.glob("**/*.[ch]")):
        name = str(path.relative_to(source))
        if rooms.room_of(name) and not TEST_FILE.search(name):
            for target in INCLUDE.findall(path.read_text(errors="replace")):
                plan.add(name, target, f"{name} includes {target}")


def symbols(objects):
    """Yields the object, the letter of nm, and the name, of all external symbols."""
    listing = subprocess.run(
        ["nm", "-A", "--extern-only", *objects], stdout=subprocess.PIPE, check=True, text=True
    )
    for line in listing.stdout.splitlines():
        words = line.partition(":")
        yield words[0], words[2].split()[-2], words[2].split()[-1]


def add_calls(plan, source, build):
    where, wanted = {}, collections.defaultdict(set)
    objects = {}
    for directory in ("analyzer", "formats", "vmemscope", "contracts"):
        for path in build.glob(f"CMakeFiles/{directory}.dir/**/*.o"):
            name = str(path.relative_to(build / f"CMakeFiles/{directory}.dir"))
            # What a build left of files that are no more does not count.
            if (source / name.removesuffix(".o")).exists():
                objects[str(path)] = name.removesuffix(".o")
    if not objects:
        sys.exit(f"{build}: there are no object files; build first")
    for path, letter, name in symbols(objects):
        if letter == "U":
            wanted[objects[path]].add(name)
        else:
            where[name] = objects[path]
    for origin, names in wanted.items():
        for name in names & where.keys():
            plan.add(origin, where[name], f"{origin} uses {name} of {where[name]}")


def draw(plan):
    for room in reversed(rooms.FROM_THE_GROUND):
        targets = [target for origin, target in plan.arrows if origin == room]
        print(f"{room}: {', '.join(sorted(targets, key=rooms.FROM_THE_GROUND.index))}")
    print(f"{len(rooms.FROM_THE_GROUND)} rooms, {len(plan.arrows)} arrows")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    plan = Plan()
    add_includes(plan, pathlib.Path(sys.argv[1]))
    if len(sys.argv) == 3:
        add_calls(plan, pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    draw(plan)
    wrong = plan.leading_up()
    for (origin, target), reasons in sorted(wrong.items()):
        print(f"UP: {origin} -> {target}: {len(reasons)}", *sorted(reasons), sep="\n    ")
    circles = plan.circles()
    for circle in circles:
        print("CIRCLE:", " ".join(circle))
    sys.exit(bool(wrong or circles))


if __name__ == "__main__":
    main()
