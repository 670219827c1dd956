"""Amounts that a question names, and ranges of amounts of money in the documents: "up to £500" holds £400."""

from __future__ import annotations

import re

_NUMBER = r"(\d[\d.,]*\d|\d)"
_AMOUNT = re.compile(rf"([£$€])\s?{_NUMBER}|{_NUMBER}\s?(€)")
_BOUND = re.compile(
    r"\b(?:(up to|under|below|less than|at most|maximum|bis(?: zu)?|unter|höchstens|jusqu['’]à|hasta)"
    r"|(over|above|more than|from|at least|minimum|über|ab|mindestens|plus de|más de))\s+(?:[£$€]\s?)?" + _NUMBER,
    re.IGNORECASE,
)
_QUANTITY = re.compile(r"(?<![\w.,£$€-])\d{1,3} [a-z]{3,}s\b")
_SPAN = re.compile(rf"(?:[£$€]\s?)?{_NUMBER}\s?€?\s?(?:to|bis|à|a|and|und|-|–)\s?(?:[£$€]\s?)?{_NUMBER}", re.IGNORECASE)


def amounts(question: str) -> list[str]:
    """Return the amounts of money in a question as they are written, with their sign."""
    return [match.group() for match in _AMOUNT.finditer(question)]


def quantities(question: str) -> list[str]:
    """Return the things that a question counts, as they are written: ``4 seasons``, ``30 days``."""
    return _QUANTITY.findall(question)


def in_range(amount: str, text: str) -> bool:
    """Tell whether the text, of the same currency, holds a range that the amount lies in."""
    sign = next(c for c in amount if c in "£$€")
    value = _value(amount)
    if sign not in text:
        return False
    within = any(_value(low) <= value <= _value(high) for low, high in _SPAN.findall(text))
    ends = ((most, _value(number)) for most, _, number in _BOUND.findall(text))
    return within or any(value <= end if most else value > end for most, end in ends)


def _value(written: str) -> float:
    """Return a number; a sign before the last two digits is a decimal one, all others group thousands."""
    digits = re.sub(r"[^\d.,]", "", written)
    whole, _, cents = re.sub(r"[.,](\d{1,2})$", r"|\1", digits).partition("|")
    return float(re.sub(r"[.,]", "", whole) or 0) + (float(f"0.{cents}") if cents else 0.0)
