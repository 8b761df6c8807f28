# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times commands and what they use, for the other benchmarks here."""
import os
import statistics
import subprocess
import time

MIB = 1 << 20
QUIET = float(os.environ.get("QUIET", "300"))
patience = QUIET


class Failed(RuntimeError):
    """A command that was to be measured does not work."""


def output_of(command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                          **more)
    # 1 is what a report with findings exits with.
    if done.returncode not in (0, 1) or (done.returncode and not done.stdout):
        complaint = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise Failed(f"{os.path.basename(str(command[0]))}: {complaint[-1]}")
    return done.stdout


def spawn(command):
    silence = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
               (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    return os.posix_spawnp(str(command[0]), list(map(str, command)), os.environ,
                           file_actions=silence)


def reap(child, command):
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise Failed(f"{os.path.basename(str(command[0]))} failed")


def seconds(command):
    """Of the whole process, from outside."""
    start = time.monotonic()
    child = spawn(command)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    end = time.monotonic()
    reap(child, command)
    return end - start


def seconds_of_session(command, **more):
    """Of a tool that is told to end by its standard input; it has to work."""
    start = time.monotonic()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                          **more)
    end = time.monotonic()
    if done.returncode:
        complaint = (done.stdout + done.stderr).strip().splitlines() or ["says nothing"]
        raise Failed(f"exits with {done.returncode}: {complaint[-1]}")
    return end - start


def fields_of(child, name):
    try:
        with open(f"/proc/{child}/{name}", encoding="utf-8") as file:
            return dict(line.split(":", 1) for line in file)
    except (FileNotFoundError, ProcessLookupError):
        return {}


def memory(command):
    """The most that it had at once of its own and of mapped files, and the bytes that it
    asked the kernel to read. Looks every half millisecond, so it is no run to be timed."""
    child = spawn(command)
    peak = {"RssAnon": 0, "RssFile": 0, "VmHWM": 0}
    while not os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        fields = fields_of(child, "status")
        for name, most in peak.items():
            peak[name] = max(most, int(fields.get(name, "0 kB").split()[0]) * 1024)
        time.sleep(0.0005)
    asked = int(fields_of(child, "io")["rchar"])
    reap(child, command)
    return {"own": peak["RssAnon"], "mapped": peak["RssFile"], "peak": peak["VmHWM"],
            "asked": asked}


def sequential_read(path, count):
    """Seconds for so many bytes of a file with read(2), from its beginning; again from
    there when it ends."""
    buffer = bytearray(MIB)
    file = os.open(path, os.O_RDONLY)
    start = time.monotonic()
    while count > 0:
        got = os.readv(file, [buffer])
        count -= got
        if not got:
            os.lseek(file, 0, os.SEEK_SET)
    end = time.monotonic()
    os.close(file)
    return end - start


def busy_ticks():
    with open("/proc/stat", encoding="utf-8") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def new_patience(part):
    """At least this part of all seconds is still to be waited, if need be."""
    global patience
    patience = max(patience, QUIET * part)


def wait_for_quiet():
    """Until others use less than a twentieth of the processors, while there is patience."""
    global patience
    while patience > 0:
        busy, all_ticks = busy_ticks()
        time.sleep(0.2)
        busy_now, all_now = busy_ticks()
        if (busy_now - busy) * 20 <= all_now - all_ticks:
            return
        patience -= 0.2


SHORT = 0.02


def steady(action):
    """What takes milliseconds depends on whether the processor was asleep a moment ago:
    five times in a row, and the median."""
    first = action()
    if first >= SHORT:
        return first
    return statistics.median([first, *(action() for _ in range(4))])


def in_turn(actions, turns, each_quiet=False):
    """Actions by name, each of which returns seconds: all of them, one after the other,
    so many times. Lists of seconds by name."""
    results = {name: [] for name in actions}
    for _ in range(turns):
        wait_for_quiet()
        for name, action in actions.items():
            if each_quiet:
                wait_for_quiet()
            results[name].append(steady(action))
    return results


def ratio(results, name, base):
    """The median of the ratios of each turn: a machine whose speed drifts hurts less."""
    return statistics.median(a / b for a, b in zip(results[name], results[base]))
