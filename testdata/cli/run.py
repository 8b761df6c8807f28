#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs one case of the command line and compares what came of it.

A case is a directory:

    cmd      a bash script; the first comment says what the case shows
    exit     the expected exit status; without the file 0
    stdout   the expected output; without the file none
    stderr   the expected messages; without the file none

The script sees VMEMSCOPE (the program), DUMPS (the unpacked golden dumps), CASE
(the case's own directory), TESTDATA (testdata/) and TMP (an empty directory of
its own, which is also the working directory). In the expected files
@VERSION@, @DUMPS@, @CASE@, @TESTDATA@ and @TMP@ stand for what changes from
machine to machine. JSON documents among the output, and in files that the script leaves
in TMP, may have no key that their schema in docs/ lacks.

A script that cannot run where it is says why on stderr and exits with 77: the
case is skipped.

With --update, or with VMEMSCOPE_UPDATE_GOLDENS=1 in the environment, the
expected files are rewritten instead: read the difference before it is committed.
"""
import argparse
import difflib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import keys  # noqa: E402

TIMEOUT_SECONDS = 100
SKIPPED = 77
DOCUMENT_MAX = 4 << 20  # bytes of a file that is searched for documents
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "COLUMNS": "100"}
KEPT = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Runs one case of the command line.")
    parser.add_argument("--program", required=True, help="the vmemscope to run")
    parser.add_argument("--version", required=True, help="the version it has")
    parser.add_argument("--dumps", required=True, help="the unpacked golden dumps")
    parser.add_argument("--update", action="store_true", help="rewrite what is expected")
    parser.add_argument("case", type=pathlib.Path)
    return parser.parse_args()


def places_of(args, scratch):
    """What the script's variables hold."""
    case = args.case.resolve()
    return {
        "VMEMSCOPE": os.path.abspath(args.program),
        "DUMPS": os.path.abspath(args.dumps),
        "TMP": scratch,
        "CASE": str(case),
        "TESTDATA": str(case.parent.parent),
    }


def run(case, places):
    """Returns the three results as bytes, or None if the case took too long."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    process = subprocess.Popen(
        ["bash", str(case.resolve() / "cmd")],
        cwd=places["TMP"],
        env={**kept, **ENVIRONMENT, "HOME": places["TMP"], "TMPDIR": places["TMP"], **places},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None
    return {"exit": b"%d\n" % process.returncode, "stdout": stdout, "stderr": stderr}


def normalise(output, places, version):
    """Puts a name where a machine's own path or the version stands."""
    names = {path: f"@{name}@" for name, path in places.items()}
    names[places["VMEMSCOPE"]] = "vmemscope"
    for path in sorted(names, key=len, reverse=True):
        output = output.replace(path.encode(), names[path].encode())
    number = re.escape(version.encode())
    return re.sub(rb"(vmemscope\W{1,20}(version\W{1,5})?)" + number + rb"(?![\w.])",
                  rb"\1@VERSION@", output)


def texts_of(results, scratch):
    """What was written that may be JSON."""
    yield results["stdout"]
    for path in sorted(pathlib.Path(scratch).rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= DOCUMENT_MAX:
            yield path.read_bytes()


def unknown_keys(results, scratch):
    """Keys of the documents written that their schema lacks."""
    for text in texts_of(results, scratch):
        if text.lstrip()[:1] == b"{" or text is results["stdout"]:
            for document in keys.documents_in(text.decode(errors="replace")):
                yield from keys.unknown_keys(document)


def expected_of(case):
    defaults = {"exit": b"0\n", "stdout": b"", "stderr": b""}
    return {
        name: (case / name).read_bytes() if (case / name).exists() else default
        for name, default in defaults.items()
    }


def update(case, results):
    """Rewrites what differs; an empty expectation has no file."""
    for name, result in results.items():
        path = case / name
        if result or name == "exit":
            if not path.exists() or path.read_bytes() != result:
                path.write_bytes(result)
        elif path.exists():
            path.unlink()


def differences(expected, results):
    """Lines of a unified diff of all three."""
    for name, result in results.items():
        yield from difflib.unified_diff(
            expected[name].decode(errors="backslashreplace").splitlines(),
            result.decode(errors="backslashreplace").splitlines(),
            f"expected {name}",
            f"actual {name}",
            lineterm="",
        )
        if expected[name] != result and expected[name].split() == result.split():
            yield f"(the {name} differs in white space)"


def main():
    args = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="vmemscope-cli-") as scratch:
        places = places_of(args, os.path.realpath(scratch))
        results = run(args.case, places)
        unknown = sorted(set(unknown_keys(results, scratch))) if results else []
    if results is None:
        sys.exit(f"{args.case.name}: not done after {TIMEOUT_SECONDS} seconds")

    if results["exit"] == b"%d\n" % SKIPPED:
        print(f"{args.case.name}: skipped:", results["stderr"].decode(errors="replace").strip())
        sys.exit(SKIPPED)
    if unknown:
        sys.exit(f"{args.case.name}: keys that the schema lacks: {', '.join(unknown)}")
    results = {name: normalise(out, places, args.version) for name, out in results.items()}
    if args.update or os.environ.get("VMEMSCOPE_UPDATE_GOLDENS") == "1":
        update(args.case, results)
        return
    expected = expected_of(args.case)
    if results != expected:
        print(*differences(expected, results), sep="\n")
        sys.exit(f"{args.case.name}: not as expected; ./dev goldens rewrites what is")


if __name__ == "__main__":
    main()
