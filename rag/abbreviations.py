"""Words that are written in several ways, as days, months and units are; and days within others, as in "Mon–Fri"."""

from __future__ import annotations

import re

# Days and months in English, German and French, and units. "May" may be a verb, and "Mar" has the stem of "Mars".
FORMS = {
    forms[0]: forms
    for forms in (
        one.split()
        for one in (
            "mon monday montag lundi|tue tues tuesday dienstag mardi|wed wednesday mittwoch mercredi"
            "|thu thur thurs thursday donnerstag jeudi|fri friday freitag vendredi|sat saturday samstag samedi"
            "|sun sunday sonntag dimanche|jan january januar janvier|feb february februar fevrier|apr april avril"
            "|jun june juni juin|jul july juli juillet|aug august aout|sep sept september septembre"
            "|oct october okt oktober octobre|nov november novembre|dec december dez dezember decembre"
            "|hr hour|min minute|wk week|yr year|mm millimetre millimeter|cm centimetre centimeter"
            "|km kilometre kilometer|kg kilo kilogram kilogramme|mg milligram|ml millilitre milliliter"
        ).split("|")
    )
}

# In full or short, English or German; two letters count as a day only beside others, a time, or alone in a cell.
_WEEK = [
    (rf"(?i:{english}|{german}(?:s|(?:vor|nach)mittags?|abends?|morgens?)?)", short)
    for english, short, german in (
        (r"mon(?:days?)?", "Mo", "montag"),
        (r"tue(?:s|sdays?)?", "Di", "dienstag"),
        (r"wed(?:nesdays?)?", "Mi", "mittwoch"),
        (r"thu(?:r|rs|rsdays?)?", "Do", "donnerstag"),
        (r"fri(?:days?)?", "Fr", "freitag"),
        (r"sat(?:urdays?)?", "Sa", "samstag"),
        (r"sun(?:days?)?", "So", "sonntag"),
    )
]
_NAMES = [re.compile(rf"\b(?:{full}|{short})\b") for full, short in _WEEK]
_EITHER = [rf"\b(?:{full}|{short})\b\.?" for full, short in _WEEK]
_ANY = rf"(?:{'|'.join(_EITHER)})"
_TO, _AND = r"\s?(?:-|–|—|to|till|until|through|bis)\s?", r"\s?(?:[,/&+]|and|or|und|oder)\s?"


def days_meant(question: str) -> list[tuple[str, re.Pattern[str]]]:
    """Return the days of the week in a question, as written, each with what holds it: ``Mon–Fri``, ``Mo, Mi``."""
    found = [(match.group(), day) for day, name in enumerate(_NAMES) for match in name.finditer(question)]
    named = [(word, day) for word, day in found if len(word) > 4 or (len(word) > 2 and word[0].isupper())]  # no "sun"
    return [(word, re.compile(_holding(day))) for word, day in named]


def _holding(day: int) -> str:
    ranges = []
    for first in range(7):
        ends = [last for last in range(7) if last != first and (day - first) % 7 <= (last - first) % 7]
        ranges.append(f"{_EITHER[first]}{_TO}(?:{'|'.join(_EITHER[last] for last in ends)})")
    one = _EITHER[day]
    return "|".join(
        [*ranges, f"{_ANY}{_AND}{one}", f"{one}{_AND}{_ANY}", rf"(?:^|: ){one}(?=;|$)", rf"{one}:? ?(?=\d)"]
    )
