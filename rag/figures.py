"""The numbers, times and months of a text, however they are written, so that two texts can be compared by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.abbreviations import MONTHS
from rag.text import SMALL_NUMBERS, caseless, fold, stem
from rag.units import CONVERSIONS, FRENCH_YEAR, HOURS, UNITS

# By how many places each moves the decimal point.
_SCALES = {"k": 3, "thousand": 3, "m": 6, "million": 6, "bn": 9, "billion": 9, "tn": 12, "trillion": 12}
_SCALE = rf"(?:\s?(?:{'|'.join(_SCALES)})\b)?"
# A digit may follow a sign of a script without spaces, but no letter and no other digit: "H200" is a name.
_NUMBER = caseless(
    r"(?<![0-9A-Za-z_.\u00c0-\u024f])((?:(?<=[\s(])|^)[-−](?=\d))?"
    rf"(\d{{1,3}}(?:[. ’']\d{{3}})+,\d{{1,2}}(?!,?\d)|\d{{1,3}}(?:[, ’']\d{{3}})+(?!\d)(?:\.\d+)?"
    rf"|\d+,\d{{1,2}}(?![\d,])|\d+(?:\.\d+)*)({_SCALE})"
    r"(?:(?:st|nd|rd|th)\b)?"
)
_ISO_DATE = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b")
_DOTTED_DATE = re.compile(r"\b(?P<day>\d{1,2})\.(?P<month>0?[1-9]|1[0-2])\.(?P<year>\d{4})\b")
_SLASHED_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/(\d{4})|(?<=0[1-9]))(?![\d/])")
_PART_OF_HOUR = caseless(r"\b(?:(?:an? )?(?P<half>half)(?:[ -]| an )hour|(?:an? )?quarter of an hour)\b")
_MINUS = caseless(r"(?<!\d )(?<!\d)\bminus (?=\d)")  # "minus 6 degrees"
_HALF_YEAR = caseless(r"\bhalf (?:a|of the) year\b|\bein halbes Jahr\b")
_GERMAN_DAY = caseless(rf"\b(\d{{1,2}})\. (?=(?:{'|'.join(MONTHS)})\b)")  # "1. Juli"
_FRENCH_TIME = caseless(r"\b(de|et|à|dès|avant|après|vers) (\d{1,2}) ?h ?([0-5]\d)\b")
_HALF = r"([ap])\.?\s?m\b"
_HOURS = caseless(  # "7 to 9 pm", "7 bis 20 Uhr": what is said behind both
    rf"\b(\d{{1,2}})([:.][0-5]\d)?(\s?(?:-|–|to|and|until|till|bis|und)\s?)(?=(\d{{1,2}})(?:[:.][0-5]\d)?\s?(?:{_HALF}|uhr\b))"
)
_TIME = caseless(
    rf"(?<![\d:.,])(?:(\d{{1,2}})[:.]([0-5]\d)(?![\d:])\s?(?:{_HALF}|(uhr)\b)|(\d{{1,2}}):([0-5]\d)(?![\d:])"
    rf"|(\d{{1,2}})\s?(?:{_HALF}|(uhr)\b)|\b(?:(noon|mittag|midi)|(midnight|mitternacht|minuit))\b)"
)
_DOTTED_TIME = re.compile(r"(\d{1,2})\.([0-5]\d)")
_NAMED_HOURS = {"noon": "t12:00", "midnight": "t0:00"}
_LETTERS = re.compile(r"[^\W\d_]+")
_ENGLISH = {number: name for name, number in reversed(MONTHS.items())}
_MONTHS = {fold(name): _ENGLISH[number] for name, number in MONTHS.items()}
_DAY_BEFORE, _DAY_AFTER = re.compile(r"\d(?:st|nd|rd|th|\.)? (?:of |de )?$"), re.compile(r"\.? ?\d")
_MONTHS_TO = re.compile(r" ?(?:to|until|till|through|and|-|–|bis|und|à|a) ?([A-ZÀ-Ý][a-zà-ÿ]+)\b")  # "May to September"
_NEAR_MONTH = frozenset(
    "in of until since by before after during from early mid late im am bis ab vor nach en de du avant".split()
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(SMALL_NUMBERS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_WORDS |= {word: value for value, word in enumerate("zwei drei vier funf sechs sieben acht neun zehn".split(), 2)}
_GERMAN_TENS = "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig".split()
_WORDS |= {"zwolf": 12} | {word: 10 * n for n, word in enumerate(_GERMAN_TENS, 2)}
_WORDS |= {
    word: value for value, word in enumerate("deux trois quatre cinq six sept huit neuf dix onze douze".split(), 2)
}
_WORDS |= {word: value for value, word in enumerate("dos tres cuatro cinco seis siete ocho nueve diez".split(), 2)}
_MOST = 10**15  # what is more is no number that anybody wrote
_MULTIPLES = {"hundred": 100, "thousand": 1000, "million": 1000000}
# Of cited words only: "every third year" is every 3 years, but "a third" of it is no 3.
_ORDINALS = {word: n for n, word in enumerate("third fourth fifth sixth seventh eighth ninth tenth".split(), 3)}
_ORDINALS |= {"once": 1, "twice": 2, "single": 1}
# Of these "the third" is a number in a text too, though no "a third".
_COUNTED_IN_ORDER = frozenset("minute hour day night week month year floor grade form".split())
_SHARES = {"half": "50 %", "quarter": "25 %"}  # of cited words too, and not "the first quarter"
# "one" there is no number.
_NO_ONE_BEFORE = frozenset("no any every each this that the which some only another".split())
_NO_ONE_AFTER = frozenset("of another or can may must should who that which is has on at for from with by".split())
UNIT_STEMS = frozenset(map(stem, UNITS))
_UNIT_AFTER = caseless(r"[\s-]?(?:square |cubic )?([$€£¥%]|per cent|[^\W\d_]+)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, time or month at ``text[start:end]``, in one spelling, and all that it can be read as."""

    start: int
    end: int
    shown: str
    readings: frozenset[str]

    @property
    def value(self) -> float | None:
        """Its number, or None of a time, a month or a version."""
        return float(self.shown) if re.fullmatch(r"-?\d{1,15}(?:\.\d+)?", self.shown) else None


@lru_cache(maxsize=512)  # a draft is held against the same few sentences again and again
def figures(text: str, *, cited: bool = False) -> tuple[Figure, ...]:
    """Return the figures of a text in order. ``cited`` words may be read more freely than what is said of them.

    Each is shown in one spelling: ``1,436`` and ``1436``, ``$1.2 bn`` and ``1,200 million`` agree. Dates in figures
    count as day, month name and year; number words as digits; percent signs are dropped; ``2 weeks`` may be 14 days.
    ``1.250`` may be 1250. A clock may leave open whether it is morning: said of ``9:30 pm``, ``9:30`` is right.
    """
    text = spell_out(text)
    found, rest = [], list(text)
    for match in _TIME.finditer(text):
        found.append(_read_time(match, cited))
        rest[match.start() : match.end()] = " " * (match.end() - match.start())
    plain = "".join(rest)
    numbers = [*map(_read_match, _NUMBER.finditer(plain)), *_read_words(plain, cited)]
    found += [_converted(_perhaps_time(figure, text) if cited else figure, text) for figure in numbers]
    return tuple(sorted(found, key=lambda figure: figure.start))


def readings_of(found: Sequence[Figure]) -> frozenset[str]:
    """Return all that some figures can be read as."""
    return frozenset[str]().union(*(figure.readings for figure in found))


def without_figures(text: str) -> str:
    """Return the text with its figures left out."""
    text = spell_out(text)
    found = figures(text)
    ends = [0, *(figure.end for figure in found)], [*(figure.start for figure in found), len(text)]
    return " ".join(text[start:end] for start, end in zip(*ends, strict=True))


@lru_cache(maxsize=512)
def spell_out(text: str) -> str:
    """Return a text with the months of its dates as words, half an hour as 30 minutes, half a year as 6 months,
    "minus 6" as -6 and the times of French with a colon; in a span of hours each has its half of the day."""
    text = _MINUS.sub("-", text)
    text = _HALF_YEAR.sub("6 months", text)
    text = _PART_OF_HOUR.sub(lambda part: "30 minutes" if part["half"] else "15 minutes", text)
    text = _FRENCH_TIME.sub(r"\1 \2:\3 Uhr", _GERMAN_DAY.sub(r"\1 ", text))
    for pattern in (_ISO_DATE, _DOTTED_DATE):
        text = pattern.sub(lambda m: f"{int(m['day'])} {_month(int(m['month']))} {m['year']}", text)
    return _HOURS.sub(_same_half, _SLASHED_DATE.sub(_spell_slashed, text))


def _month(month: int) -> str:
    return str(_ENGLISH.get(month, month)).capitalize()  # "may" would be a verb


def _spell_slashed(match: re.Match[str]) -> str:
    """Return day, month and year of ``31/03/2024`` or ``3/31/2024``; a date that may be either stays."""
    first, second, year = int(match[1]), int(match[2]), match[3] or ""
    day, month = (first, second) if first > 12 or first == second else (second, first)
    if month > 12 or (day <= 12 and day != month):
        return str(match.group())
    return f"{day} {_month(month)} {year}".rstrip()


def _same_half(match: re.Match[str]) -> str:
    first, minutes, between, last, half = match.groups()
    if half and int(first) % 12 > int(last) % 12:
        half = "a" if half in "pP" else "p"  # "10 to 2 pm"
    return f"{first}{minutes or ''} {half + 'm' if half else 'Uhr'}{between if between.strip().isalpha() else ' - '}"


def _read_match(match: re.Match[str]) -> Figure:
    """Return the figure of a number. The m of "25 m long" may be metres or millions, that of "25m euros" may not."""
    sign, digits, scale = match.groups()
    shown, *more = _read_number(sign, digits, scale)
    figure = Figure(match.start(), match.end(), shown, frozenset([shown, *more]))
    if scale.strip() != "m" or unit_of(match.string, figure):
        return figure
    plain, *other = _read_number(sign, digits, "")
    return Figure(match.start(), match.end(2), plain, figure.readings.union([plain, *other]))


def _read_number(sign: str | None, digits: str, scale: str) -> Iterator[str]:
    """Yield all that a number can be read as, the likeliest first."""
    whole, _, decimals = digits.rpartition(",")
    is_decimal = re.fullmatch(r"[\d. ’']+,\d{1,2}", digits)
    plain = f"{re.sub('[^0-9]', '', whole)}.{decimals}" if is_decimal else re.sub("[, ’']", "", digits)
    grouped = re.fullmatch(r"\d{1,3}(?:\.\d{3})+", plain)
    places, minus = _SCALES.get(scale.strip().lower(), 0), "-" if sign else ""
    if plain.count(".") < 2:
        yield minus + _moved(plain, places)
    if grouped:
        yield minus + _moved(plain.replace(".", ""), places)
    elif plain.count(".") > 1:  # of a version, a section, an address
        yield plain


def _moved(digits: str, places: int) -> str:
    """Return a number with its point moved to the right and no idle zeros, in all its digits: floats have 16."""
    whole, _, decimals = digits.partition(".")
    decimals = decimals.ljust(places, "0")
    whole, decimals = (whole + decimals[:places]).lstrip("0") or "0", decimals[places:].rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def _read_time(match: re.Match[str], cited: bool) -> Figure:
    at = match.start(), match.end()
    if match[10] or match[11]:
        name = "noon" if match[10] else "midnight"
        return Figure(*at, name, frozenset([_NAMED_HOURS[name]]))
    written, minute = match[1] or match[5] or match[7], match[2] or match[6] or "00"
    hour, half = int(written), (match[3] or match[8] or "").lower()
    shown, is_sure = f"{hour}:{minute}", hour > 12 or written[0] == "0" or bool(match[4] or match[9])
    sure = [f"t{hour % 12 + 12 * (half == 'p')}:{minute}"] if half else [f"t{hour % 24}:{minute}"] if is_sure else []
    readings = set(sure or [shown])
    if cited:
        halves = [f"t{hour}:{minute}", f"t{hour % 12 + 12}:{minute}"]
        readings |= {f"{hour % 12 or 12}:{minute}", shown} if sure else {*halves}
        readings |= {str(hour)} if minute == "00" else set()
    return Figure(*at, shown, frozenset(readings))


def _perhaps_time(figure: Figure, text: str) -> Figure:
    """Return a figure that may be a time as one too: of cited words, in which "15.00" is 3 pm."""
    match = _DOTTED_TIME.fullmatch(text[figure.start : figure.end])
    if not match or int(match[1]) > 24:
        return figure
    hour, minute = int(match[1]), match[2]
    times = {f"{hour}:{minute}", f"t{hour % 24}:{minute}"} | ({f"t{hour + 12}:{minute}"} if hour < 12 else set())
    return replace(figure, readings=figure.readings | times)


def _read_words(text: str, cited: bool) -> Iterator[Figure]:
    """Yield the numbers that are written out, and the months."""
    tokens = [(match.start(), match.end(), fold(match.group())) for match in _LETTERS.finditer(text)]
    words = ["", *(word for _, _, word in tokens), "", ""]
    end_of_last = 0
    for place, (start, end, word) in enumerate(tokens, 1):
        if start < end_of_last:
            continue
        if word in _MONTHS and _is_month(text, start, end, words[place - 1]):
            yield Figure(start, end, _MONTHS[word], frozenset([_MONTHS[word]]))
        elif word in _ORDINALS and (cited or (words[place + 1] in _COUNTED_IN_ORDER and words[place - 1] != "a")):
            yield Figure(start, end, str(_ORDINALS[word]), frozenset([str(_ORDINALS[word])]))
        elif cited and word in _SHARES and (word == "half" or words[place - 1] in ("a", "one")):
            yield Figure(start, end, _SHARES[word], frozenset([_SHARES[word]]))
        elif word == "one" and not cited and (words[place - 1] in _NO_ONE_BEFORE or words[place + 1] in _NO_ONE_AFTER):
            continue
        elif word in _WORDS:
            value, end_of_last = _value_of(text, tokens[place - 1 :])
            yield Figure(start, end_of_last, str(value), frozenset([str(value)]))


def _is_month(text: str, start: int, end: int, before: str) -> bool:
    """Tell whether the name of a month is one: "may", "Mar" and "sept" are only beside a number or behind "in"."""
    written = text[start:end]
    is_capital, word = written[0].isupper(), fold(written)
    if len(word) > 4 and (is_capital or word not in ("march", "marzo")):
        return True
    if is_capital and (span := _MONTHS_TO.match(text, end)) and fold(span[1]) in _MONTHS:
        return True
    if _DAY_BEFORE.search(text, max(0, start - 8), start) or _DAY_AFTER.match(text, end):
        return is_capital or word != "may"  # "5 may be carried over"
    return is_capital and before in _NEAR_MONTH and (len(word) > 3 or word == "may")


def _value_of(text: str, tokens: list[tuple[int, int, str]]) -> tuple[int, int]:
    """Return the number that the first words make, "forty-eight thousand", and where it ends."""
    total, current, last = 0, _WORDS[tokens[0][2]], tokens[0][2]
    end = tokens[0][1]
    for start, stop, word in tokens[1:]:
        joined = text[end:start] in ("-", " ") or (last in _MULTIPLES and text[end:start].strip(" ") == "and")
        if joined and word in _MULTIPLES and total + current < _MOST:
            factor = _MULTIPLES[word]
            total, current = (total, current * factor) if factor == 100 else (total + current * factor, 0)
        elif joined and word in _WORDS and (last in _MULTIPLES or (last in _TENS and _WORDS[word] < 10)):
            current += _WORDS[word]
        elif not (word == "and" and last in _MULTIPLES and text[end:start] == " "):
            break
        else:
            continue
        end, last = stop, word
    return total + current, end


def _converted(figure: Figure, text: str) -> Figure:
    """Return a figure with what it is in the smaller unit: two weeks as 14 days."""
    unit = unit_of(text, figure)
    if not unit or unit[1] not in CONVERSIONS or figure.value is None:
        return figure
    factors = CONVERSIONS[unit[1]], *HOURS.get(unit[1], ())
    converted = {f"{figure.value * factor:.12g} {name}" for factor, name in factors}
    return replace(figure, readings=figure.readings | converted)


def unit_of(text: str, figure: Figure) -> tuple[str, str] | None:
    """Return kind and name of the unit that stands before or after a figure."""
    sign = text[figure.start - 1 : figure.start]
    after = _UNIT_AFTER.match(text, figure.end)
    if after and FRENCH_YEAR.match(text, after.start(1)):
        return UNITS["ans"]
    return UNITS.get(sign) or (UNITS.get(fold(after[1]).replace(" ", "")) if after else None)
