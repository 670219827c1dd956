"""Words that are written in several ways, as days, months and units are; and days within others, as in "Mon–Fri"."""

from __future__ import annotations

import re
from functools import cache

# Days and months in English, German, French and Spanish, and units, by the form that stands for all. "May" may be a
# verb, "Mar" has the stem of "Mars", "Julio" and "Domingo" are names, and "hr", "min" and "ml" mean other things too.
FORMS = {
    forms[0]: forms
    for forms in (
        one.split()
        for one in (
            "monday mon montag lundi lunes|tuesday tues tue dienstag mardi martes"
            "|wednesday wed mittwoch mercredi miercoles|thursday thurs thur thu donnerstag jeudi jueves"
            "|friday fri freitag vendredi viernes|saturday sat samstag samedi sabado|sunday sun sonntag dimanche"
            "|january jan januar janvier enero|february feb februar fevrier febrero|april apr avril abril"
            "|june jun juni juin junio|july jul juli juillet|august aug aout agosto"
            "|september sept sep septembre septiembre|october oct oktober okt octobre octubre"
            "|november nov novembre noviembre|december dec dezember dez decembre diciembre"
            "|week wk|year yr|millimetre mm millimeter|centimetre cm centimeter|kilometre km kilometer"
            "|kilogram kg kilo kilogramme|milligram mg"
        ).split("|")
    )
}
# Each name of a month as people write it, with its number.
MONTHS = {
    name: number
    for number, names in enumerate(
        "january|february février|march mar märz mars marzo|april|may mai mayo|june|july julio|august août|september"
        "|october|november|december décembre".split("|"),
        1,
    )
    for name in (*names.split(), *FORMS.get(names.split()[0], ()))
}


def month_number(name: str) -> int:
    """Return the number of a month by its name, 0 for no month: letters like "İ" only look as those of one."""
    return MONTHS.get(name.lower(), 0)


# A month of a year, with or without a day: "May 2025", "3rd of May, 2025", "May 3, 2025".
DATED = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)? (?:of |de )?)?(?P<month>{'|'.join(MONTHS)})\.?"
    rf"(?: (?P<after>\d{{1,2}})(?:st|nd|rd|th)?)?,? (?:of |de )?(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)

# In full, or short in English or German; two letters count as a day only beside others, a time, or alone in a cell.
_WEEK = [
    (rf"(?i:{english}|{german}(?:s|(?:vor|nach)mittags?|abends?|morgens?)?|{others})", short)
    for english, short, german, others in (
        (r"mon(?:days?)?", "Mo", "montag", "lundis?|lunes"),
        (r"tue(?:s|sdays?)?", "Di", "dienstag", "mardis?|martes"),
        (r"wed(?:nesdays?)?", "Mi", "mittwoch", "mercredis?|mi[ée]rcoles"),
        (r"thu(?:r|rs|rsdays?)?", "Do", "donnerstag", "jeudis?|jueves"),
        (r"fri(?:days?)?", "Fr", "freitag", "vendredis?|viernes"),
        (r"sat(?:urdays?)?", "Sa", "samstag", "samedis?|s[áa]bados?"),
        (r"sun(?:days?)?", "So", "sonntag", "dimanches?|(?-i:domingos?)"),  # Domingo is a name
    )
]
_NAMES = [rf"\b(?:{full}|{short})\b" for full, short in _WEEK]
_EITHER = [rf"{name}\.?" for name in _NAMES]
_ANY = rf"(?:{'|'.join(_EITHER)})"
_TO = r"\s?(?:-|–|—|to|till|until|through|bis|(?:au|à|al?|hasta)(?: el| le)?)\s?"
_AND = r"\s?(?:[,/&+]|and|or|und|oder|et|ou|y|o)\s?(?:(?:les?|el|los)\s)?"


def days_meant(question: str) -> list[tuple[str, re.Pattern[str], re.Pattern[str]]]:
    """Return the days of the week in a question, as written, each with what has it among others and what has it at all.

    Among others it stands in ``Mon–Fri`` or ``Mo, Mi``, and in a cell of its own.
    """
    found = [(match.group(), day) for day, name in enumerate(_NAMES) for match in re.finditer(name, question)]
    named = [(word, day) for word, day in found if len(word) > 4 or (len(word) > 2 and word[0].isupper())]  # no "sun"
    return [(word, *_holding(day)) for word, day in named]


@cache
def _holding(day: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what has a day among others, and what has it at all."""
    ranges = []
    for first in range(7):
        ends = [last for last in range(7) if last != first and (day - first) % 7 <= (last - first) % 7]
        ranges.append(f"{_EITHER[first]}{_TO}(?:{'|'.join(_EITHER[last] for last in ends)})")
    one = _EITHER[day]
    alone = (f"{_ANY}{_AND}{one}", f"{one}{_AND}{_ANY}", rf"(?:^|: ){one}(?=;|$)", rf"{one}:? ?(?=\d)")
    among = "|".join([*ranges, *alone])
    return re.compile(among), re.compile(rf"{among}|\b{_WEEK[day][0]}\b")
