"""Tables that are typed with spaces, their columns one below the other, or with bars between them."""

from __future__ import annotations

import re
from itertools import pairwise

ITEM = re.compile(r"\s*(?:[-*•▪‣◦·+]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
RULE = re.compile(r"\s*([-=_*~])\1{2,}\s*")
_RULER = re.compile(r"\s*[-=]{2,}(?:\s+[-=]{2,})+\s*")  # "----  ------": how wide each column is
_DRAWN = {chr(code): "+" for code in range(0x2500, 0x2580)} | dict.fromkeys("─━═", "-") | dict.fromkeys("│┃║", "|")
_LINES = str.maketrans(_DRAWN)
_BARRED = re.compile(r"(?=.*[-=]{2})(?=.*[|+])[\s|+:=-]+")  # "+-----+----+" or "|-----|:---|"
_CELL = re.compile(r"\S+(?: \S+)*")
_MOST_ODD = 0.25  # of the rows may have a cell that spans several columns
_LEAST_LED = 4  # lines of a table right below or above prose, and full rows beside odd ones


def cells_of(lines: list[str]) -> list[list[str]]:
    """Return the cells of three rows or more whose columns stand apart and share an edge; nothing for other lines.

    Where dashes below the labels show how wide each column is, cells may stand close and be empty.
    """
    if found := _barred(lines) or _ruled(lines):
        return found
    rows = [line for line in lines if re.search(r"[^\s=+|-]", line)]
    if len(rows) < 3 or any(map(ITEM.match, rows)) or is_code(rows):
        return []
    spans = [[cell.span() for cell in _CELL.finditer(row)] for row in rows]
    sums = len(spans) > 3 and len(spans[-1]) < len(spans[0])  # below some of the columns
    full = spans[:-1] if sums else spans
    if len(spans[0]) < 2:
        return []
    if any(len(row) != len(spans[0]) for row in full):
        return _with_spanned(rows, spans)
    set_off = len(full) > 3 and any(map(RULE.fullmatch, lines[lines.index(rows[0]) : lines.index(rows[1])]))
    for column in zip(*full[set_off:], strict=True):  # labels may stand otherwise than what is below the rule
        if min(len({edges[side] for edges in column}) for side in (0, 1)) > 1:
            return []
    cells = [[row[start:end] for start, end in edges] for row, edges in zip(rows, full, strict=False)]
    if sums:
        reach = [(min(a for a, _ in column), max(b for _, b in column)) for column in zip(*full, strict=True)]
        under = [[rows[-1][start:end] for start, end in spans[-1] if start < b and a < end] for a, b in reach]
        if sum(map(len, under)) != len(spans[-1]) or max(map(len, under)) > 1:
            return _with_spanned(rows, spans)
        cells.append(["".join(cell) for cell in under])
    return cells


def _with_spanned(rows: list[str], spans: list[list[tuple[int, int]]]) -> list[list[str]]:
    """Return the cells of rows where few have one that spans several columns, if all begin below a label or value."""
    odd = {number for number, row in enumerate(spans) if len(row) != len(spans[0])}
    full = [row for number, row in enumerate(rows) if number not in odd]
    if 0 in odd or len(full) < _LEAST_LED or len(odd) > _MOST_ODD * len(rows) or not (cells := cells_of(full)):
        return []
    columns = zip(*(row for number, row in enumerate(spans) if number not in odd), strict=True)
    starts = [{start for start, _ in column} for column in columns]
    for number in sorted(odd):
        begun = [next((place for place, left in enumerate(starts) if start in left), -1) for start, _ in spans[number]]
        if -1 in begun or len(set(begun)) < len(begun):
            return []
        row = dict(zip(begun, (rows[number][start:end] for start, end in spans[number]), strict=True))
        cells.insert(number, [row.get(place, "") for place in range(len(starts))])
    return cells


def is_rule(line: str) -> bool:
    """Tell whether a line only parts the rows of a table with bars."""
    return _BARRED.fullmatch(line.translate(_LINES)) is not None


def _barred(lines: list[str]) -> list[list[str]]:
    """Return the cells of rows with bars between them, all with as many, and a rule below the first or bars around."""
    groups: list[list[list[str]]] = [[]]
    for line in lines:
        row = line.translate(_LINES).strip()
        if not is_rule(row):
            groups[-1].append(row.split("|"))
        elif groups[-1]:
            groups.append([])
    groups = [group for group in groups if group]
    rows = [row for group in groups for row in group]
    framed = all(len(row) > 2 and not row[0] and not row[-1].strip() for row in rows)
    if len({len(row) for row in rows}) != 1 or not (framed or (len(groups) > 1 and len(groups[0]) == 1)):
        return []
    if len(rows[0]) < (4 if framed else 2) or (len(groups) < 2 and len(rows) < 3):
        return []
    inner = slice(1, -1) if framed else slice(None)
    found: list[list[str]] = []
    for place, group in enumerate(groups):
        for at, cells in enumerate([cell.strip() for cell in row[inner]] for row in group):
            if at and _goes_on(cells, of_one=len(groups) > 2 or (place == 0 and len(groups) > 1)):
                found[-1] = [f"{above} {cell}".strip() for above, cell in zip(found[-1], cells, strict=True)]
            else:
                found.append(cells)
    return found


def _goes_on(cells: list[str], *, of_one: bool) -> bool:
    """Tell whether a line has further lines of the cells above; ``of_one``: rules may part all rows of the table."""
    filled = [cell for cell in cells if cell]
    return 0 < len(filled) < len(cells) and (
        of_one or (len(filled) == 1 and not cells[0]) or filled[0][0].islower() or filled[0][0] == "("
    )


def _ruled(lines: list[str]) -> list[list[str]]:
    """Return the cells of rows below a line of dashes for each column, if none reaches into the next one."""
    if len(lines) < 3 or not _RULER.fullmatch(lines[1]):
        return []
    starts = [column.start() for column in re.finditer(r"[-=]+", lines[1])][1:]
    rows = [line for line in lines if not _RULER.fullmatch(line)]
    if any(row[start - 1 : start].strip() for row in rows for start in starts):
        return []
    return [[row[start:end] for start, end in pairwise([0, *starts, None])] for row in rows]


def table_end(lines: list[str], start: int) -> int:
    """Return where a table of four lines or more ends that begins at a line; that line itself where none does."""
    barred = next((at for at in range(start, len(lines)) if not _has_bars(lines[at])), len(lines))
    if barred - start >= _LEAST_LED and _barred(lines[start:barred]):
        return barred
    end = next((at for at in range(start, len(lines)) if len(_CELL.findall(lines[at])) < 2), len(lines))
    return end if end - start >= _LEAST_LED and cells_of(lines[start:end]) else start


def _has_bars(line: str) -> bool:
    return "|" in line.translate(_LINES) or is_rule(line)


def titles_table(lines: list[str], at: int) -> bool:
    """Tell whether a line is no row, and a table of four lines or more stands right below it."""
    return len(_CELL.findall(lines[at])) == 1 and table_end(lines, at + 1) > at + 1


def is_code(lines: list[str]) -> bool:
    """Tell whether most lines are indented, or end as statements of programs do."""
    return (
        sum(1 for line in lines if line.startswith("    ") or line.rstrip().endswith(("{", "}", ";"))) > len(lines) / 2
    )
