# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws time over memory, both logarithmic, as SVG."""
import math

WIDTH, HEIGHT = 800, 470
LEFT, RIGHT, TOP, BOTTOM = 70, 235, 50, 60
GIB, TIB = 1 << 30, 1 << 40
INK, FAINT = "#333333", "#dddddd"
# Colours that are told apart with any kind of colour vision.
STYLES = (
    ("ELF", "#0072b2", ""),
    ("ELF, scattered", "#56b4e9", ""),
    ("sparse", "#000000", "2 3"),
    ("kdump, zlib", "#009e73", ""),
    ("kdump, lzo", "#e69f00", ""),
    ("kdump, zstd", "#cc79a7", ""),
    ("floor", "#888888", "6 3"),
    ("drgn, bulk", "#d55e00", "8 3"),
    ("drgn, loop", "#d55e00", "1 3"),
)
NAMES = {"sparse": "ELF, sparse file", "floor": "plain read of the same bytes",
         "drgn, bulk": "drgn and numpy, in bulk*", "drgn, loop": "drgn, object by object*"}


def points_of(rows, others):
    """[(bytes, seconds)] by series; rows that are of no invented machine have no place here."""
    series = {name: [] for name, _, _ in STYLES}
    for row in rows:
        if not row["memory"]:
            continue
        seconds = row["seconds"]
        if row["layout"] in series:
            series[row["layout"]].append((row["memory"], seconds[row["best"]]))
        if row["layout"] == "ELF" and "floor" in seconds:
            series["floor"].append((row["memory"], seconds["floor"]))
    for row in others:
        if row["what"] in series:
            size = TIB * row["seconds"] / row["scaled"]
            series[row["what"]] = [(size, row["seconds"]), (TIB, row["scaled"])]
    return {name: sorted(points) for name, points in series.items() if points}


class Axes:
    def __init__(self, points):
        sizes, times = zip(*points)
        self.sizes = (math.log2(min(sizes)) - 0.4, math.log2(max(sizes)) + 0.4)
        self.times = (math.floor(math.log10(min(times))), math.ceil(math.log10(max(times))))

    def x(self, size):
        low, high = self.sizes
        return LEFT + (math.log2(size) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, seconds):
        low, high = self.times
        return HEIGHT - BOTTOM - ((math.log10(seconds) - low) / (high - low)
                                  * (HEIGHT - TOP - BOTTOM))


def line(x1, y1, x2, y2, colour, more=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" {more}/>')


def text(x, y, words, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{words}</text>'


def grid(axes):
    for power in range(axes.times[0], axes.times[1] + 1):
        y = axes.y(10.0**power)
        yield line(LEFT, y, WIDTH - RIGHT, y, FAINT)
        yield text(LEFT - 8, y + 4, f"{10.0**power:g} s", 'text-anchor="end"')
    for power in range(math.ceil(axes.sizes[0]), math.floor(axes.sizes[1]) + 1, 2):
        x, size = axes.x(2.0**power), 1 << power
        yield line(x, TOP, x, HEIGHT - BOTTOM, FAINT)
        yield text(x, HEIGHT - BOTTOM + 18,
                   f"{size // TIB} TiB" if size >= TIB else f"{size // GIB} GiB",
                   'text-anchor="middle"')
    yield text(LEFT, TOP - 24, "A whole report, by the machine's memory",
               'font-size="15" font-weight="bold"')
    yield text(LEFT, HEIGHT - 12, "* measured at the left end, scaled to the right one")


def curve(axes, points, colour, dashes):
    places = [(axes.x(size), axes.y(seconds)) for size, seconds in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield (f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
           f'stroke-dasharray="{dashes}"/>')
    for x, y in places:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def legend(names, styles):
    for i, name in enumerate(names):
        y = TOP + 8 + 20 * i
        colour, dashes = styles[name]
        yield line(WIDTH - RIGHT + 12, y, WIDTH - RIGHT + 40, y, colour,
                   f'stroke-width="2" stroke-dasharray="{dashes}"')
        yield text(WIDTH - RIGHT + 46, y + 4, NAMES.get(name, name))


def write(rows, others, path):
    series = points_of(rows, others)
    styles = {name: (colour, dashes) for name, colour, dashes in STYLES}
    axes = Axes([point for points in series.values() for point in points])
    # The slowest first, as in the drawing.
    names = sorted(series, key=lambda name: -series[name][-1][1] / series[name][-1][0])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">',
        '<title>Seconds that a report takes, by the memory of the machine</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', *grid(axes)]
    for name in names:
        parts += curve(axes, series[name], *styles[name])
    parts += [*legend(names, styles), "</svg>"]
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")
