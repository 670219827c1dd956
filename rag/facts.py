"""What of a sentence can be compared word for word: its numbers, times and dates, their units, whether it negates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.sentences import sentence_spans
from rag.text import SMALL_NUMBERS, content_words, fold

_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9, "tn": 1e12, "trillion": 1e12}
_SCALE = rf"(?:\s?(?:{'|'.join(_SCALES)})\b)?"
# A digit may follow a sign of a script without spaces, but no letter and no other digit: "H200" is a name.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z_.\u00c0-\u024f])((?:(?<=[\s(])|^)[-−](?=\d))?"
    rf"(\d{{1,3}}(?:[, ’']\d{{3}})+(?!\d)(?:\.\d+)?|\d+,\d{{1,2}}(?![\d,])|\d+(?:\.\d+)*)({_SCALE})",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_TIME = re.compile(
    r"(?<![\d:.])(?:(\d{1,2}):([0-5]\d)(?![\d:])(?:\s?([ap])\.?m\b)?|(\d{1,2})\s?([ap])\.?m\b)", re.IGNORECASE
)
_MONTHS = "january february march april may june july august september october november december".split()
_LETTERS = re.compile(r"[^\W\d_]+")
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(SMALL_NUMBERS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_WORDS |= {word: value for value, word in enumerate("zwei drei vier funf sechs sieben acht neun zehn".split(), 2)}
_GERMAN_TENS = "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig".split()
_WORDS |= {"zwolf": 12} | {word: 10 * n for n, word in enumerate(_GERMAN_TENS, 2)}
# "one" there is no number.
_NO_ONE_BEFORE = frozenset("no any every each this that the which some only another".split())
_NO_ONE_AFTER = frozenset("of another or can may must should who that which is has".split())
_UNITS = {
    word: (kind, names.split()[0])
    for kind, line in (
        ("money", "dollar dollars usd $ | euro euros eur € | pound pounds gbp £ | yen ¥ | yuan rmb | franc francs chf"),
        ("time", "second seconds | minute minutes | hour hours | day days | week weeks | month months | year years"),
        ("length", "mm | cm | m metre metres meter meters | km kilometres kilometers | inch inches | foot feet"),
        ("size", "kb | mb | gb | tb"),
        ("weight", "g gram grams | kg kilogram kilograms | tonne tonnes ton tons | lb lbs"),
    )
    for names in line.split("|")
    for word in names.split()
}
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nor|neither|without|cannot|\w+n['’]t|nicht|kein\w*|niemals|ohne|weder|pas|aucun\w*|jamais"
    r"|sans|nunca|ning[uú]n\w*|jam[aá]s)\b|[不没沒无無未]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, time or month at ``text[start:end]``, in one spelling, and all that it can be read as."""

    start: int
    end: int
    shown: str
    readings: frozenset[str]


def negates(text: str) -> bool:
    """Whether a word of the text negates, in English, German, French, Spanish or Chinese."""
    return _NEGATION.search(text) is not None


def missing(text: str, cited: str) -> set[str]:
    """Return the numbers of a text that the cited words do not have, however they may be written there."""
    there = frozenset[str]().union(*(figure.readings for figure in figures(cited, cited=True)))
    return {figure.shown for figure in figures(text) if not figure.readings & there}


def figures(text: str, *, cited: bool = False) -> list[Figure]:
    """Return the figures of a text in order. ``cited`` words may be read more freely than what is said of them.

    Each is shown in one spelling: ``1,436`` and ``1436``, ``$1.2 bn`` and ``1,200 million`` agree. ISO dates count as
    day, month name and year; number words up to ninety-nine as digits; percent signs are dropped.
    ``1.250`` may be 1250. A clock may leave open whether it is morning: said of ``9:30 pm``, ``9:30`` is right.
    """
    text = _spell_dates(text)
    found, rest = [], list(text)
    for match in _TIME.finditer(text):
        found.append(_read_time(match, cited))
        rest[match.start() : match.end()] = " " * (match.end() - match.start())
    plain = "".join(rest)
    found += map(_read_match, _NUMBER.finditer(plain))
    return sorted([*found, *_read_words(plain)], key=lambda figure: figure.start)


def _spell_dates(text: str) -> str:
    return _ISO_DATE.sub(lambda m: f"{int(m[3])} {_month(int(m[2]))} {m[1]}", text)


def _read_match(match: re.Match[str]) -> Figure:
    """Return the figure of a number. The m of "25 m long" may be metres or millions, that of "25m euros" may not."""
    sign, digits, scale = match.groups()
    shown, *more = _read_number(sign, digits, scale)
    figure = Figure(match.start(), match.end(), shown, frozenset([shown, *more]))
    if scale.strip() != "m" or _unit(match.string, figure):
        return figure
    plain, *other = _read_number(sign, digits, "")
    return Figure(match.start(), match.end(2), plain, figure.readings.union([plain, *other]))


def _read_number(sign: str | None, digits: str, scale: str) -> Iterator[str]:
    """Yield all that a number can be read as, the likeliest first."""
    plain = re.sub("[, ’']", "", digits.replace(",", ".") if re.fullmatch(r"\d+,\d{1,2}", digits) else digits)
    grouped = re.fullmatch(r"\d{1,3}(?:\.\d{3})+", plain)
    factor = _SCALES.get(scale.strip().lower(), 1) * (-1 if sign else 1)
    if plain.count(".") < 2:
        yield f"{float(plain) * factor:.12g}"
    if grouped:
        yield f"{float(plain.replace('.', '')) * factor:.12g}"
    elif plain.count(".") > 1:  # of a version, a section, an address
        yield plain


def _read_time(match: re.Match[str], cited: bool) -> Figure:
    hour, minute, half = int(match[1] or match[4]), match[2] or "00", (match[3] or match[5] or "").lower()
    shown = f"{hour}:{minute}"
    sure = [f"t{hour % 12 + 12 * (half == 'p')}:{minute}"] if half else [f"t{shown}"] if hour > 12 else []
    readings = set(sure or [shown])
    if cited:
        halves = [f"t{hour}:{minute}", f"t{hour % 12 + 12}:{minute}"]
        readings |= {f"{hour % 12 or 12}:{minute}", shown} if sure else {*halves}
        readings |= {str(hour)} if minute == "00" else set()
    return Figure(match.start(), match.end(), shown, frozenset(readings))


def _read_words(text: str) -> Iterator[Figure]:
    """Yield the numbers that are written out, and the months."""
    tokens = [(match.start(), match.end(), fold(match.group())) for match in _LETTERS.finditer(text)]
    words = ["", *(word for _, _, word in tokens), "", ""]
    taken = False
    for place, (start, end, word) in enumerate(tokens, 1):
        before, after = words[place - 1], words[place + 1]
        if taken:
            taken = False
        elif word in _MONTHS and word != "may":
            yield Figure(start, end, word, frozenset([word]))
        elif word in _WORDS and not (word == "one" and (before in _NO_ONE_BEFORE or after in _NO_ONE_AFTER)):
            value = _WORDS[word]
            if taken := value >= 20 and 0 < _WORDS.get(after, 0) < 10:
                value, end = value + _WORDS[after], tokens[place][1]
            yield Figure(start, end, str(value), frozenset([str(value)]))


def said_of_something_else(text: str, quotes: Sequence[str]) -> list[str]:
    """Return the numbers that the quoted sentences give for something else, or in another unit, than ``text`` does.

    A quoted sentence gives a number for the same thing if it has the word before or after it, or half of the words of
    ``text`` that are quoted at all; and if no quoted sentence with another number has more of the words around it.
    """
    text = _spell_dates(text)
    quoted = [_spell_dates(quote[start:end]) for quote in quotes for start, end in sentence_spans(quote)]
    held = [(sentence, set(content_words(sentence)), figures(sentence, cited=True)) for sentence in quoted]
    stated = [figure for figure in figures(text) if figure.shown[-1].isdigit()]
    bounds = [0, *(figure.end for figure in stated)], [*(figure.start for figure in stated), len(text)]
    between = [_stems(text[start:end]) for start, end in zip(*bounds, strict=True)]
    all_words = [known for _, known, _ in held]
    anywhere = set[str]().union(*all_words)
    telling = {stem for stem in anywhere if not all(stem in known for known in all_words)}
    common = {stem for part in between for stem in part} & anywhere
    strange = []
    for figure, before, after in zip(stated, between, between[1:], strict=False):
        beside = {*before[-1:], *after[:1]}
        around = {*before, *after[:1]} if telling & set(between[0]) else {*before[-1:], *after}
        having = [one for one in held if _has(figure, one[2])]
        rivals = [known for _, known, theirs in held if theirs and not _has(figure, theirs)]
        if having and beside and not any(_fits(figure, text, one, beside, around, common, rivals) for one in having):
            strange.append(figure.shown)
    return strange


def _has(figure: Figure, others: Sequence[Figure]) -> bool:
    return any(figure.readings & other.readings for other in others)


def _fits(
    figure: Figure,
    text: str,
    quoted: tuple[str, set[str], list[Figure]],
    beside: set[str],
    around: set[str],
    common: set[str],
    rivals: Sequence[set[str]],
) -> bool:
    sentence, known, theirs = quoted
    near = known & beside
    if not near and 2 * len(known & common) < len(common):
        return False
    unit = _unit(text, figure)
    others = [_unit(sentence, other) for other in theirs if figure.readings & other.readings]
    if unit and others and all(other and other[0] == unit[0] and other != unit for other in others):
        return False
    return not any(not near - rival and len(around & rival) > len(around & known) for rival in rivals)


def _stems(text: str) -> list[str]:
    return [stem for stem in content_words(text) if not stem[0].isdigit()]


def _unit(text: str, figure: Figure) -> tuple[str, str] | None:
    """Return kind and name of the unit that stands before or after a figure."""
    sign = text[figure.start - 1 : figure.start]
    after = re.match(r"[\s-]?([$€£¥]|[^\W\d_]+)", text[figure.end :])
    return _UNITS.get(sign) or (_UNITS.get(fold(after[1])) if after else None)


def _month(month: int) -> str:
    return _MONTHS[month - 1] if 1 <= month <= 12 else str(month)
