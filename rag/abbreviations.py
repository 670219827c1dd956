"""Words that are also written short, as days, months and units are, and days within others: "Mon–Fri", "Mo, Mi"."""

from __future__ import annotations

import re

# Each begins as the first form does, save its last letter, as `rag.text.beginnings` needs. "May" may be a verb, and
# "Mar" has the stem of "Mars".
FORMS = {
    forms[0]: forms
    for forms in (
        one.split()
        for one in (
            "mon monday|tue tues tuesday|wed wednesday|thu thur thurs thursday|fri friday|sat saturday|sun sunday"
            "|jan january januar|feb february februar|apr april|jun june juni|jul july|aug august|sep sept september"
            "|oct october|okt oktober|nov november|dec december|dez dezember|hr hour|min minute|wk week|yr year"
            "|mm millimetre millimeter|cm centimetre centimeter|km kilometre kilometer|kg kilo kilogram kilogramme"
            "|mg milligram|ml millilitre milliliter"
        ).split("|")
    )
}

# In full or short, English or German; two letters count as a day only beside others, a time, or alone in a cell.
_WEEK = [
    (rf"(?i:{english})", german.format(part="(?:s|(?:vor|nach)mittags?|abends?|morgens?)?"))
    for english, german in (
        (r"mon(?:days?)?", r"Mo(?:ntag{part})?"),
        (r"tue(?:s|sdays?)?", r"Di(?:enstag{part})?"),
        (r"wed(?:nesdays?)?", r"Mi(?:ttwoch{part})?"),
        (r"thu(?:r|rs|rsdays?)?", r"Do(?:nnerstag{part})?"),
        (r"fri(?:days?)?", r"Fr(?:eitag{part})?"),
        (r"sat(?:urdays?)?", r"Sa(?:mstag{part})?"),
        (r"sun(?:days?)?", r"So(?:nntag{part})?"),
    )
]
_NAMES = [re.compile(rf"\b(?:{english}|{german})\b") for english, german in _WEEK]
_EITHER = [rf"\b(?:{english}|{german})\b\.?" for english, german in _WEEK]
_ANY = rf"(?:{'|'.join(_EITHER)})"
_TO, _AND = r"\s?(?:-|–|—|to|till|until|through|bis)\s?", r"\s?(?:[,/&+]|and|or|und|oder)\s?"


def days_meant(question: str) -> list[tuple[str, re.Pattern[str]]]:
    """Return the days of the week in a question, as written, each with what holds it: ``Mon–Fri``, ``Mo, Mi``."""
    named = [(match.group(), day) for day, name in enumerate(_NAMES) for match in name.finditer(question)]
    return [(written, re.compile(_holding(day))) for written, day in named if len(written) > 2]


def _holding(day: int) -> str:
    ranges = []
    for first in range(7):
        ends = [last for last in range(7) if last != first and (day - first) % 7 <= (last - first) % 7]
        ranges.append(f"{_EITHER[first]}{_TO}(?:{'|'.join(_EITHER[last] for last in ends)})")
    one = _EITHER[day]
    return "|".join(
        [*ranges, f"{_ANY}{_AND}{one}", f"{one}{_AND}{_ANY}", rf"(?:^|: ){one}(?=;|$)", rf"{one}:? ?(?=\d)"]
    )
