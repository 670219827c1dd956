"""What the cells of a column say: numbers, prices, how long something takes, times of the day, dates, or yes and no."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.abbreviations import MONTHS, month_number
from rag.amounts import value_of
from rag.figures import spell_out
from rag.text import caseless, stem

YES_OR_NO = caseless(r"(?P<yes>yes|y|ja|oui|sí|true)|(?P<no>no|n|nein|non|false|none)")
_NUMBER = re.compile(r"[-−]?[£$€]? ?\d[\d.,' ]*(?: ?(?:[£$€%]|[^\W\d_]{1,12}))?(?: (?:a|per|each) [^\W\d_]+)?")
_FREE = caseless(r"free(?: of charge)?|no charge|gratis|kostenlos|kostenfrei|umsonst|gratuit[aeo]?s?")
_END = r"([£$€]?\d[\d.,:]*)"
_RANGE = re.compile(rf"{_END}(?:\s?[^\W\d_]{{1,12}})??\s?(?:–|—|-|to|bis|à)\s?(?=[£$€]?\d){_END}((?![-./\d]).*)")
_THREE = re.compile(r"\d([.,])\d{3}$")
_HOURS, _MINUTES = r"(?:h|hrs?|hours?|std\.?|stunden?|heures?)", r"(?:min\.?|mins|minutes?|minuten?)"
_TAKES = caseless(
    rf"(?P<h>\d{{1,6}}):(?P<m>[0-5]\d) ?{_HOURS}|(?P<heures>\d{{1,6}}) ?h ?(?P<mm>[0-5]\d)"
    rf"|(?:(?P<hours>\d{{1,6}}(?:[.,]\d{{1,6}})?) ?{_HOURS})?(?: ?(?P<minutes>\d{{1,6}}) ?{_MINUTES})?"
)
_CLOCK = caseless(
    r"(?P<hour>[01]?\d|2[0-4])(?:(?::| ?h ?|\.(?=\d\d ?[uap]))(?P<minute>[0-5]\d)(?: ?(?:uhr|(?P<half>[ap])\.?m\.?))?"
    r"| uhr)"
)
_DATE = caseless(
    r"(?:[^\W\d_]+[.,]* )?(?:(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)? (?:of |de )?)?"
    rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?(?: (?P<after>\d{{1,2}})(?:st|nd|rd|th)?)?"
    r"(?:,? (?:de )?(?P<year>\d{4}))?"
)
_SLASHED = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})")


def bound(value: str, *, most: bool) -> str:
    """Return the higher or lower end of a cell that is a range, with its unit: of "8 to 14 l" "14 l" or "8 l"."""
    found = _RANGE.fullmatch(value)
    return f"{found[2 if most else 1]}{found[3]}" if found else value


def lasts(values: Sequence[str]) -> bool:
    """Tell whether the cells of a column say how long something takes."""
    return bool(values) and all(value and _TAKES.fullmatch(value) for value in values)


def is_number(value: str) -> bool:
    """Tell whether a cell is a number, says how long something takes, or that it costs nothing."""
    return any(pattern.fullmatch(value) for pattern in (_NUMBER, _FREE, _TAKES)) and bool(value)


def units(value: str) -> list[str]:
    """Return the words and signs beside a number, as stems."""
    return [stem(word) for word in re.findall(r"[^\W\d_]+|[£$€%]", value)]


def numbers(values: Sequence[str]) -> list[float]:
    """Return the values as numbers; nothing where their units differ or some are dates. What is free is 0.

    A point or comma before three digits groups thousands, unless others of the column have it as the decimal sign.
    Hours and minutes are minutes.
    """
    if lasts(values):
        return list(map(_minutes, values))
    signs = [-1 if value.startswith(("-", "−")) else 1 for value in values]
    written = [re.sub(r"[^\d.,]", "", value).rstrip(".,") or "0" for value in values]
    told = [value for value in values if not _FREE.fullmatch(value)]
    if len({" ".join(units(value)) for value in told}) > 1:
        return []
    if any(re.fullmatch(r"\d+([.,])\d{1,2}\1\d+", number) for number in written):
        return []
    decimal = {found[1] for number in written if (found := re.fullmatch(r"\d+([.,])(?:\d{1,2}|\d{4,})", number))}
    decimal |= {number[1] for number in written if re.fullmatch(r"0[.,]\d+", number)}
    return [sign * _value(number, decimal) for sign, number in zip(signs, written, strict=True)]


def moments(values: Sequence[str]) -> list[float]:
    """Return the values as minutes of the day, or as dates that go up; nothing where they are neither."""
    if slashed := _slashed(values):
        return slashed
    for pattern, read, written in ((_CLOCK, _of_day, values), (_DATE, _of_year, [*map(spell_out, values)])):
        found = [match for value in written if (match := pattern.fullmatch(value))]
        found = [match for match in found if pattern is _CLOCK or month_number(match["month"])]
        if len(found) == len(values) and len({bool(match.groupdict().get("year")) for match in found}) == 1:
            return [*map(read, found)]
    return []


def _slashed(values: Sequence[str]) -> list[float]:
    """Return dates such as 31/03/2024 as `moments` does; nothing where no day beyond the 12th tells its place."""
    found = [tuple(map(int, match.groups())) for value in values if (match := _SLASHED.fullmatch(value))]
    if len(found) != len(values) or not found:
        return []
    firsts, seconds = ({date[place] for date in found} for place in (0, 1))
    if (max(firsts) > 12) == (max(seconds) > 12):
        return []
    day, month = (0, 1) if max(firsts) > 12 else (1, 0)
    return [10_000.0 * date[2] + 100 * date[month] + date[day] for date in found]


def _of_day(match: re.Match[str]) -> float:
    hour = int(match["hour"])
    return 60.0 * (hour % 12 + 12 * (match["half"] in "pP") if match["half"] else hour) + int(match["minute"] or 0)


def _of_year(match: re.Match[str]) -> float:
    day, month = match["day"] or match["after"] or 0, month_number(match["month"])
    return 10_000.0 * int(match["year"] or 0) + 100 * month + int(day)


def _minutes(value: str) -> float:
    found = _TAKES.fullmatch(value)
    groups = found.groupdict() if found else {}
    hours = float((groups.get("h") or groups.get("heures") or groups.get("hours") or "0").replace(",", "."))
    return 60 * hours + int(groups.get("m") or groups.get("mm") or groups.get("minutes") or 0)


def _value(number: str, decimal: Collection[str]) -> float:
    sign = _THREE.search(number)
    if not sign or sign[1] not in decimal or number.count(sign[1]) > 1:
        return value_of(number)
    return float(number.replace("," if sign[1] == "." else ".", "").replace(sign[1], "."))
