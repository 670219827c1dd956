"""Amounts that a question names, and ranges in the documents that hold them: £400 lies in "up to £500"."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from rag.abbreviations import MONTHS, days_meant, month_number
from rag.datatypes import TOTAL
from rag.text import SMALL_NUMBERS, STOP_WORDS, caseless, stem, words

SPACED = r"\d{1,3}(?: \d{3})+(?:,\d+)?(?!\w)"  # "1 045,50"
_NUMBER = rf"({SPACED}|\d[\d.,]{{0,20}}\d|\d)"  # longer ones are none, and would be searched again and again
_AMOUNT = re.compile(rf"([£$€])\s?{_NUMBER}|(?<![\d.,])(?<!\d ){_NUMBER}\s?(€)")
AT_MOST, LESS = (
    r"(?:up to|at most|no more than|bis zu|höchstens|maximal|au plus|au maximum|como máximo|como mucho)",
    r"(?:under|below|(?:less|fewer|cheaper|lower|shorter|lighter|smaller|younger) than|unter"
    r"|(?:weniger|günstiger|billiger|niedriger|kürzer|leichter|kleiner|jünger) als|moins de"
    r"|inférieure?s? à|menos de|por debajo de|inferior(?:es)? a)",
)
AT_LEAST, MORE = (
    r"(?:at least|no less than|mindestens|wenigstens|au moins|au minimum|al menos|como mínimo)",
    r"(?:over|above|(?:more|higher|longer|heavier|larger|bigger|greater|older) than|über"
    r"|(?:mehr|teurer|höher|länger|schwerer|größer|älter) als|plus de|supérieure?s? à|más de|por encima de"
    r"|superior(?:es)? a)",
)
# The last of these may also be times: "from 9 to 5".
_TO, _FROM = rf"(?:{AT_MOST}|maximum|bis|jusqu['’]à|hasta)", rf"(?:{AT_LEAST}|minimum|from|ab|à partir de)"
_BOUND = caseless(rf"\b(?:({_TO})|({LESS})|({_FROM})|({MORE}))\s+(?:[£$€]\s?)?{_NUMBER}(?:\s?€)?")
_WRITTEN = rf"(?:{'|'.join(SMALL_NUMBERS)})(?![^\W\d_])"
_FEW = rf"(\d{{1,3}}|{_WRITTEN})"
_QUANTITY = re.compile(r"(?<![\w.,£$€-])(\d{1,3}) ([a-z]{3,}s)\b")
_COMPARED = caseless(
    rf"\b((?:more|less|fewer|longer|older) than|over|under|at least|at most|up to|above|below) {_FEW}\b"
)
_FROM_TO = re.compile(rf"(?<![\w.,£$€-]){_FEW}\s?(?:to|-|–|and)\s?{_FEW}(?![\w%€]|[.,-]\d)")
_NUMBERED = caseless(rf"\b([a-z]{{3,}}) {_FEW}\b(?![.,]\d)")  # "week 9", as the row "Week: 9" has it
_YEAR = re.compile(r"(?<![\w.,£$€-])(?:1[5-9]|20)\d\d(?![\w-]|[.,]\d)")
_MONTH = caseless(rf"\b(?:{'|'.join(MONTHS)})\.? (?:de )?(?:19|20)\d\d\b")
_IN_MONTH = caseless(
    rf"\b(?:in|of|for|during|since|until|by|im|en|de|ab|bis|(?:and|or|und|oder|et|y) (?-i:(?=[A-Z])))"
    rf"\s*\b({'|'.join(MONTHS)})\b(?! \d)"
)
_SUM = caseless(r"\b(?:totals?|sum|altogether|in all|overall|insgesamt|gesamt\w*|summe)\b")
SUM_ROW = caseless(
    r"^(?:[^:;]{1,40}: )?(?:[^;]*, )?"
    rf"(?:(?:(?:sub|grand |net )?total|(?:gesamt|zwischen)?summe|gesamt)\b[^;:]*|{TOTAL});"
)
_FEW_OR_MORE = rf"(\d[\d.,]*\d|\d|{_WRITTEN})"
_UNIT = r"[ -]?([^\W\d_]{1,15})\b"
_MEASURE = caseless(rf"(?<![\w.,£$€-]){_FEW_OR_MORE}{_UNIT}")
_MEASURES = caseless(rf"(?<![\w.,£$€-]){_FEW_OR_MORE}(?:{_UNIT})?\s?(?:to|bis|à|a|and|und|-|–)\s?{_FEW_OR_MORE}{_UNIT}")
_LIMIT = caseless(rf"\b(?:({_TO}|{LESS})|(?:{_FROM}|{MORE})) {_FEW_OR_MORE}{_UNIT}")
_LIMIT_AFTER = caseless(
    rf"(?<![\w.,£$€-]){_FEW_OR_MORE}{_UNIT},? (?:(?:and|or|und|oder) (?:(less|fewer|under|shorter|younger|weniger)"
    r"|(more|over|longer|older|above|mehr|länger))\b|(at most|höchstens)|(at least|mindestens))"
)
_NO_RANGE = caseless(
    r"phone|\b(?:tel|telefon\w*|fax|mobile|no|nr|(?:post ?)?codes?|refs?|reference (?:no|number|code)|dates?)\b"
    r"|\bnumber\b(?! of)"
)
_THROUGH = r"(?:to|and|through|bis|à|a|-|–)"
# Of people's ages in a cell without a unit: "Adult from 65 to 74", but no hours.
_AGES_IN_CELL = caseless(
    r"(?:^|; )(?:(?!hours|open|pages?|time|uhr)[^:;]*: )?[^:;£$€\d]*(\d{1,3})\s?(?:to|bis|-|–)\s?(\d{1,3})(?=;)"
)
_OLD = "year"
_MOST_MEASURES = 10  # of a question that are looked for
_AGES = caseless(
    r"\bage[ds]?:? (\d{1,3})(?:\s?(?:to|bis|-|–)\s?(\d{1,3})\b|( (?:and|or) (?:over|older|under|younger)\b))?"
)
_PLAIN = r"(\d{1,3}(?:[., ]\d{3})+|\d+(?:[.,]\d+)?)"
_PLAIN_ASKED = re.compile(rf"(?<![\w.,:£$€/-]){_PLAIN}(?![\w%:/€-]|[.,]\d| [^\W\d_])")
_PLAIN_RANGE = caseless(rf"(?:{_PLAIN}\s?(?:to|bis|à|a|-|–)\s?{_PLAIN}|(?:({_TO}|{LESS})|{_FROM}|{MORE}) {_PLAIN})")
_SPAN = caseless(rf"(?:[£$€]\s?)?{_NUMBER}\s?€?\s?(?:to|bis|à|a|and|und|-|–)\s?(?:[£$€]\s?)?{_NUMBER}(?:\s?€)?")


def amounts(question: str) -> list[str]:
    """Return the amounts of money in a question as they are written, with their sign."""
    return list(dict.fromkeys(match.group() for match in _AMOUNT.finditer(question)))[:_MOST_MEASURES]


def quantities(question: str) -> list[re.Pattern[str]]:
    """Return how the quantities of a question would be written where they are meant: ``30 days``, ``more than ten``.

    So are ranges (``3 to 6``), the number of a thing (``week 9``), a year as a cell of its own, a month, alone as the
    figures of a date, days of the week, and the row of a sum.
    """
    start, end = r"(?<![\w.,£$€-])", r"(?![\w-]|[.,]\d)"
    counted = [rf"{start}{number} {noun}\b" for number, noun in _first_of(_QUANTITY, question)]
    compared = [rf"\b{bound} {_either(number)}{end}" for bound, number in _first_of(_COMPARED, question)]
    ranges = [rf"{start}{_either(a)}\s?(?:to|-|–|and)\s?{_either(b)}{end}" for a, b in _first_of(_FROM_TO, question)]
    numbered = [
        rf"(?:(?:^|; ){noun}[^:;]{{0,12}}: {_either(number)}(?=;|$)|\b{noun} {_either(number)}\s?[:(–])"
        for noun, number in numbered_things(question)
    ]
    years = [rf"(?:^|; )[^:;]{{1,40}}: {year}(?=;|$)" for year in _first_of(_YEAR, question)]
    months = [rf"\b{re.escape(month)}\b" for month in _first_of(_MONTH, question)]
    months += [_dates_in(number) for name in _first_of(_IN_MONTH, question) if (number := month_number(name))]
    sums = [SUM_ROW.pattern] if _SUM.search(question) else []
    found = [caseless(pattern) for pattern in counted + compared + ranges + numbered + years + months + sums]
    return found + [anywhere for _, _, anywhere in days_meant(question)]


def _dates_in(month: int) -> str:
    """Return what finds the dates of a month that are written in figures only: ``2026-07-11``, ``11.7.2026``."""
    return rf"(?<![\d.-])(?:(?:19|20)\d\d-{month:02}(?:-\d\d)?|\d{{1,2}}\.0?{month}\.(?:(?:19|20)?\d\d)?)(?![\d-])"


def measures(question: str) -> list[tuple[float, str]]:
    """Return the numbers in a question with the stem of the word behind each, ``(15.0, "kilogram")``, or nothing."""
    found = _MEASURE.findall(_with_units(question))
    plain = [(value_of(number), "") for number in _PLAIN_ASKED.findall(question) if not _YEAR.fullmatch(number)]
    counted = [(number_of(number), stem(unit)) for number, unit in found if unit.lower() not in STOP_WORDS]
    return list(dict.fromkeys(counted + plain))[:_MOST_MEASURES]


def numbered(question: str) -> list[Callable[[str], bool]]:
    """Return what tells whether a text has a span that holds the number of a thing: "years 1 to 3" for "year 2"."""
    return [
        partial(_spans, caseless(rf"\b{noun}s?:? (\d{{1,3}})\s?{_THROUGH}\s?(\d{{1,3}})\b"), number_of(number))
        for noun, number in numbered_things(question)
    ]


def numbered_things(question: str) -> list[tuple[str, str]]:
    """Return the things of a question with a number of their own, and that: "week 9"."""
    found = [(noun, number) for noun, number in _NUMBERED.findall(question) if noun.lower() not in STOP_WORDS]
    return list(dict.fromkeys(found))[:_MOST_MEASURES]


def _first_of(pattern: re.Pattern[str], question: str) -> list[Any]:
    """Return what a pattern finds, each once, as far as few questions go."""
    return list(dict.fromkeys(pattern.findall(question)))[:_MOST_MEASURES]


def _spans(pattern: re.Pattern[str], value: float, text: str) -> bool:
    return any(float(low) <= value <= float(high) for low, high in pattern.findall(text))


def in_reach(value: float, unit: str, text: str) -> bool:
    """Tell whether the text holds a range, of the same unit, that the value lies in: "10 to 25 kg", "4 years and more".

    At the limit it may lie on either side. A number without a unit lies in a cell that is a range: "QF: 751 à 1 100",
    one with a unit where the label has that: "Days before: 28 to 15".
    """
    cells = [field.rpartition(": ")[::2] for field in text.split("; ")]
    if not unit:
        return any(_is_in_cell(value, cell) for label, cell in cells if not _NO_RANGE.search(label))
    if any(_is_in_cell(value, cell) for label, cell in cells if unit in map(stem, words(label))):
        return True
    text = _with_units(text)
    for low, _, high, of in _MEASURES.findall(text):
        if stem(of) == unit and _is_between(value, number_of(low), number_of(high)):
            return True
    if unit == _OLD and _spans(_AGES_IN_CELL, value, text):
        return True
    limits = [(bool(most), number_of(number), of) for most, number, of in _LIMIT.findall(text)]
    limits += [
        (bool(less or most), number_of(number), of) for number, of, less, _, most, _ in _LIMIT_AFTER.findall(text)
    ]
    return any(stem(of) == unit and (value <= limit if upper else value >= limit) for upper, limit, of in limits)


def _is_in_cell(value: float, cell: str) -> bool:
    if not (found := _PLAIN_RANGE.fullmatch(cell)):
        return False
    low, high, upper, limit = found.groups()
    if low:
        return _is_between(value, value_of(low), value_of(high))
    return value <= value_of(limit) if upper else value >= value_of(limit)


def _is_between(value: float, one: float, other: float) -> bool:
    """Tell whether a value lies between two, of which the higher may come first: "days before departure: 28 to 15"."""
    return min(one, other) <= value <= max(one, other)


def _with_units(text: str) -> str:
    """Return a text with the units of percentages and ages as words behind the numbers: "ages 5–9" as "5–9 years"."""
    text = _AGES.sub(lambda age: f"{age[1]}{f'–{age[2]}' if age[2] else ''} years{age[3] or ''}", text)
    return re.sub(r"\s?%", " percent", text)


def number_of(number: str) -> float:
    """Return a number that is written in figures or, if it is small, in words."""
    small = number.lower()
    return float(SMALL_NUMBERS.index(small)) if small in SMALL_NUMBERS else value_of(number)


def _either(number: str) -> str:
    """Return a number in figures and, if it is small, in words."""
    value = int(number_of(number))
    return rf"(?:{value}|{SMALL_NUMBERS[value]})" if value < len(SMALL_NUMBERS) else number


def in_range(amount: str, text: str) -> bool:
    """Tell whether the text holds a range of money that the amount lies in: "up to £500", "Price (£): 100 to 200"."""
    sign, value = next(c for c in amount if c in "£$€"), value_of(amount)
    if sign not in text:
        return False
    for said in re.split(r"; |\n", text):
        label = said[: said.find(": ") + 1]
        spans = [span.groups() for span in _SPAN.finditer(said) if sign in label + span.group()]
        bounds = [bound.groups() for bound in _BOUND.finditer(said) if sign in label + bound.group()]
        if any(value_of(low) <= value <= value_of(high) for low, high in spans) or any(
            (most and value <= value_of(end))
            or (less and value < value_of(end))
            or (least and value >= value_of(end))
            or (more and value > value_of(end))
            for most, less, least, more, end in bounds
        ):
            return True
    return False


def value_of(written: str) -> float:
    """Return a number; a sign before three digits groups thousands, save behind a sole 0; others are decimal."""
    digits = re.sub(r"[^\d.,]", "", written)
    whole, _, cents = re.sub(r"(?:(?<=^0)[.,]|[.,](?!\d{3}$))(\d+)$", r"|\1", digits).partition("|")
    return float(re.sub(r"[.,]", "", whole) or 0) + (float(f"0.{cents}") if cents else 0.0)
