#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the rules that the compiler does not: who may include whom, who may
print and exit, that what is declared for a table is in it, that each file names
its licence, that no file names a path of the machine it was made on, that prose
in Markdown is wrapped.

    layering.py SOURCE-DIRECTORY [BUILD-DIRECTORY]
"""
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from rooms import LIBRARIES, may_use, room_of  # noqa: E402

C_LIBRARY = set("""
    assert byteswap ctype dirent dlfcn elf endian errno fcntl fnmatch inttypes limits math
    pthread sched setjmp signal stdalign stdarg stdatomic stdbool stddef stdint stdio
    stdlib string strings time unistd sys/auxv sys/file sys/mman sys/param sys/stat
    sys/resource sys/socket sys/statvfs sys/syscall sys/time sys/types sys/uio sys/vfs sys/wait
""".split())

# Headers of the C library that are there to print or to end the program.
C_LIBRARY_OF_CMD = set("argp err error getopt locale poll sysexits sys/ioctl sys/prctl termios".split())

PRINTS_OR_EXITS = re.compile(
    r"(?<![\w.>])(?:(?:printf|vprintf|puts|putchar|perror|psignal|exit|_exit|_Exit|quick_exit"
    r"|abort|errx?|warnx?|error_at_line)\s*\(|(?:stdout|stderr)\b)"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# A literal or a comment; the literals come first so that one with // in it stays whole.
LITERAL_OR_COMMENT = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.DOTALL
)
LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"
C_SUFFIXES = (".c", ".h", ".def")
LICENSED_SUFFIXES = C_SUFFIXES + (".sh", ".py", ".cmake", ".in", ".scd")
LICENSED_NAMES = ("dev", "run", "CMakeLists.txt", ".clang-tidy", ".clang-format")
MARKDOWN_WIDTH = 120
NOT_OURS = {".git", "build", "__pycache__"}


# What a header declares one after the other, and the file whose table is to have it.
TABLES = (
    ("analyzer/checks/check_table.h", "check", "analyzer/checks/check_table.c"),
    ("analyzer/arch/arches.h", "arch_info", "analyzer/arch/arch.c"),
    ("analyzer/oops/shapes.h", "line_table", "analyzer/oops/shapes.c"),
    ("formats/dump/format.h", "dump_format", "formats/dump/dump.c"),
    ("include/document.h", "document_format", "formats/document/formats.c"),
)
# Every table has these before it looks for others.
IN_NO_TABLE = {"line_table_everywhere"}

# Tests, and what tests have in common.
TEST_FILE = re.compile(r"(_test\.c|_testing\.h|/test_files\.h)$")


def without_literals_and_comments(text):
    """The same lines, with nothing in them but code."""
    return LITERAL_OR_COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)


def in_same_wing(room, header):
    """A test looks at what its room makes with the help of all the rooms above."""
    return header.startswith(("include/", room.split("/")[0] + "/"))


def is_of_cmd(room):
    return room is not None and room.split("/")[0] == "cmd"


def may_include(room, is_test, bracket, header):
    if bracket == '"':
        generated = room == "cmd" and "/" not in header
        if is_test:
            return header.startswith("testdata/") or in_same_wing(room, header)
        return generated or may_use(room, room_of(header))
    name = header.removesuffix(".h")
    if name in C_LIBRARY or (is_test and name == "cmocka"):
        return True
    # What tests alone compare with.
    if is_test and header.startswith("libkdumpfile/"):
        return True
    if is_of_cmd(room) and name in C_LIBRARY_OF_CMD:
        return True
    return any(
        header.startswith(library) if library.endswith("/") else header == library
        for library in LIBRARIES.get(room, [])
    )


def wrong_includes(path, text):
    room = room_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if include and not may_include(room, bool(TEST_FILE.search(path)), *include.groups()):
            yield f"{path}:{number}: {room}/ may not include {include[2]}"


def wrong_calls(path, text):
    if is_of_cmd(room_of(path)) or bool(TEST_FILE.search(path)):
        return
    for number, line in enumerate(without_literals_and_comments(text).splitlines(), 1):
        for found in PRINTS_OR_EXITS.finditer(line):
            yield f"{path}:{number}: only cmd/ prints and exits: {found[0].rstrip(' (')}"


def missing_licence(path, text):
    if path.endswith(LICENSED_SUFFIXES) or os.path.basename(path) in LICENSED_NAMES:
        if not any(LICENCE in line for line in text.splitlines()[:2]):
            yield f"{path}:1: no line '{LICENCE}'"


def machine_paths(path, text, machine_directories):
    for number, line in enumerate(text.splitlines(), 1):
        for directory in machine_directories:
            if re.search(re.escape(directory) + r"(?![\w.-])", line):
                yield f"{path}:{number}: names {directory} of this machine"


def prose_lines(text):
    """Yields number and text of each line that can be wrapped: no code, table or comment,
    and more than one word."""
    in_fence = in_comment = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = line.lstrip().startswith("```")
        in_fence ^= fence
        in_comment = in_comment or line.startswith("<!--")
        wrapped = not (fence or in_fence or in_comment or line.startswith(("|", "    ", "\t")))
        if wrapped and len(line.split()) > 1:
            yield number, line
        in_comment = in_comment and "-->" not in line


def long_prose(path, text):
    if not path.endswith(".md"):
        return
    for number, line in prose_lines(text):
        if len(line) > MARKDOWN_WIDTH:
            yield f"{path}:{number}: {len(line)} columns: wrap prose at {MARKDOWN_WIDTH}"


def violations(path, text, machine_directories):
    """All that is wrong in a file; @path is relative to the tree."""
    if path.endswith(C_SUFFIXES) and path.startswith(("analyzer/", "formats/")):
        if not room_of(path):
            yield f"{path}:1: is in no room"
    if path.endswith(C_SUFFIXES) and room_of(path):
        yield from wrong_includes(path, text)
        yield from wrong_calls(path, text)
    yield from missing_licence(path, text)
    yield from machine_paths(path, text, machine_directories)
    yield from long_prose(path, text)


def declared(text, kind):
    """The variables of struct @kind that a header declares; no arrays, no pointers."""
    code = without_literals_and_comments(text)
    for names in re.findall(rf"^extern const struct {kind}\s+([\w,\s]+);", code, re.M):
        yield from (name.strip() for name in names.split(","))


def left_out_of_tables(texts):
    """@texts: of each file of the tree."""
    for header, kind, source in TABLES:
        code = without_literals_and_comments(texts.get(source, ""))
        for name in declared(texts.get(header, ""), kind):
            if name not in IN_NO_TABLE and not re.search(rf"&{name}\b", code):
                yield f"{header}: {name} is not in the table of {source}"


def is_ours(directory, name):
    """No build, whatever it is called: people build into any directory."""
    return name not in NOT_OURS and not pathlib.Path(directory, name, "CMakeCache.txt").exists()


def text_files(root):
    """Yields the relative path and the text of each file that is text."""
    for directory, names, files in os.walk(root):
        names[:] = sorted(name for name in names if is_ours(directory, name))
        for name in sorted(files):
            path = pathlib.Path(directory, name)
            if path.is_symlink() or not path.is_file():
                continue
            content = path.read_bytes()
            if b"\0" not in content[:4096]:
                yield str(path.relative_to(root)), content.decode(errors="replace")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    directories = [os.path.realpath(argument) for argument in sys.argv[1:]]
    # A directory as common as /src may well be named for another reason.
    machine_directories = [path for path in directories if path.count("/") > 1]
    texts = dict(text_files(directories[0]))
    found = [
        violation
        for path, text in texts.items()
        for violation in violations(path, text, machine_directories)
    ]
    found += left_out_of_tables(texts)
    if found:
        print(*found, sep="\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
