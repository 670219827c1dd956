"""Cost against size as an SVG: one line a series, both axes logarithmic, drawn without any package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 190, 24, 48
# In the order of the series; the last two are the two before them, dashed.
_COLOURS = ("#1b5e9e", "#b71c1c", "#2e7d32", "#6a1b9a", "#2e7d32", "#6a1b9a")
_DASHES = ("", "", "", "", "5 4", "5 4")
_TEXT = 'font-family="system-ui, sans-serif" font-size="12"'
_FONT = f'{_TEXT} fill="#333"'


def draw(series: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str) -> str:
    """Return an SVG of named lines of points (x, y), all above zero; the names stand at the ends of the lines."""
    points = [point for line in series.values() for point in line]
    low_x, high_x = floor(log10(min(x for x, _ in points))), ceil(log10(max(x for x, _ in points)))
    low_y, high_y = floor(log10(min(y for _, y in points))), ceil(log10(max(y for _, y in points)))
    high_x, high_y = max(high_x, low_x + 1), max(high_y, low_y + 1)

    def place(x: float, y: float) -> tuple[float, float]:
        right = _LEFT + (log10(x) - low_x) / (high_x - low_x) * (_WIDTH - _LEFT - _RIGHT)
        down = _HEIGHT - _BOTTOM - (log10(y) - low_y) / (high_y - low_y) * (_HEIGHT - _TOP - _BOTTOM)
        return round(right, 1), round(down, 1)

    parts = [_line(place(10**low_x, 10**n), place(10**high_x, 10**n), f"{10.0**n:g}") for n in range(low_y, high_y + 1)]
    for n in range(low_x, high_x + 1):
        x, y = place(10**n, 10**low_y)
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle" {_FONT}>{10**n:,}</text>')
    parts += _draw_lines({name: [place(x, y) for x, y in sorted(line)] for name, line in series.items()})
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle" {_FONT}>{escape(across)}</text>')
    parts.append(f'<text x="{_LEFT - 44}" y="14" {_FONT}>{escape(up)}</text>')
    body = "\n".join(parts)
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{paper}\n{body}\n</svg>\n'


def _line(start: tuple[float, float], end: tuple[float, float], label: str) -> str:
    """Return a grid line across, with its value on the left."""
    line = f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="#ddd"/>'
    return f'{line}<text x="{start[0] - 8}" y="{start[1] + 4}" text-anchor="end" {_FONT}>{label}</text>'


def _draw_lines(lines: Mapping[str, Sequence[tuple[float, float]]]) -> list[str]:
    """Return each line and, at its end, its name; names that would overlap move down."""
    parts = []
    free = 0.0
    looks = dict(zip(lines, zip(cycle(_COLOURS), cycle(_DASHES), strict=False), strict=False))
    for name, line in sorted(lines.items(), key=lambda item: item[1][-1][1]):
        colour, dash = looks[name]
        path = " ".join(f"{x},{y}" for x, y in line)
        look = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        label = max(line[-1][1] + 4, free)
        free = label + 14
        parts.append(f'<polyline points="{path}" {look}/>')
        parts.append(f'<text x="{line[-1][0] + 8}" y="{label:.1f}" {_TEXT} fill="{colour}">{escape(name)}</text>')
    return parts
