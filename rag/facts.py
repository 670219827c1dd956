"""What of a sentence can be compared with the words that it cites: its clauses, its numbers and their units."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from rag.figures import Figure, figures, readings_of, spell_out, unit_of
from rag.lists import fields_of
from rag.sentences import sentence_spans
from rag.text import SMALL_NUMBERS, caseless, content_words, fold, words
from rag.units import FRENCH_YEAR, kind_of_unit, unit_name

_CLAUSE = caseless(
    r"[;:.!?。！？]\s|,\s|[()]|\b(?P<if>if|when|where|unless|wenn|falls|quand)\b|\b(?:but|and|while|whereas|however|although|which|who|so|aber|und|mais|et|pero)\b"
)
_ABOUT = caseless(
    r"\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|circa|ca\.|(?P<over>more than|over|above)"
    r"|(?P<under>less than|under|below)|rund|etwa|ungefähr|fast|environ|presque|unos|casi) [£$€]?$"
)
_ROUNDING = 0.05  # as a share
_LEAST_COMPUTED = 4  # smaller numbers come out of too many others
_EACH, _FOR_EACH = "an?|each|every", "per|pro|je|par|por"
_PER = f"{_FOR_EACH}|{_EACH}"
# What a price may be for each of, besides units.
_EACH_OF = frozenset("night evening morning person head guest visitor visit piece item room trip page".split())
_COUNTED_UNIT = caseless(
    rf"(?:\b(?:(?:{_EACH})(?! second \w)|{_FOR_EACH}|{'|'.join(SMALL_NUMBERS)})[ -]"  # "a second visit"
    r"|/|\d[ -]?)"
    rf"(?:square |cubic )?(?!(?:{_PER})\b)([^\W\d_]{{2,}})"
)
# Behind a number: "a month", "euros per GB".
_RATE = caseless(rf"(?:\W{{0,2}}[^\W\d_]+\b)??\W{{0,2}}(?:(?:{_PER}) |/ ?)([^\W\d_]+)")
_OVER_ONE = caseless(r"\b(?:over|under|above|more than|less than|within|after|at least|at most|up to|for) an? $")
_ARTICLE = caseless(r"\ban? ([^\W\d_]+)")
_LISTED = re.compile(r"[^:;.!?\d]{1,60}: ([^\n]{1,1000})")  # behind the number of what is listed
_LIST_JOINT = re.compile(r", (?:and |or )?| and | or |; ")


def missing(text: str, cited: str) -> set[str]:
    """Return the numbers of a text that the cited words do not have, however they may be written or rounded there."""
    text = spell_out(text)
    there = figures(cited, cited=True)
    readings = readings_of(there)
    lost = [figure for figure in figures(text) if not figure.readings & readings]
    values = [value for figure in there if (value := figure.value) is not None]
    single = {unit_name(fold(word)) for word in _ARTICLE.findall(cited)}
    lost = [one for one in lost if not (_counts_itself(one, text) or _is_single(one, text, single))]
    return {one.shown for one in lost if not _is_rounded(one, text, values) and not _is_article(one, text, cited)}


def _is_rounded(figure: Figure, text: str, there: Sequence[float]) -> bool:
    """Tell whether a number is said to be about one that is there: "nearly 2,000" of 1,946."""
    about, value = _ABOUT.search(text, max(0, figure.start - 20), figure.start), figure.value
    if about is None or value is None:
        return False
    near = [one for one in there if abs(value - one) <= _ROUNDING * abs(one)]
    return any(not (about["over"] and value > one) and not (about["under"] and value < one) for one in near)


def _counts_itself(figure: Figure, text: str) -> bool:
    """Tell whether a number counts what the text itself lists behind it: "four stages: footing, framing, …"."""
    listed = _LISTED.match(text, figure.end)
    return listed is not None and figure.value == len(_LIST_JOINT.split(listed[1]))


def _is_single(figure: Figure, text: str, single: set[str]) -> bool:
    """Tell whether "1 kg" says no more than "a kilogram", one of the ``single`` units there."""
    unit = unit_of(text, figure)
    return figure.value == 1 and unit is not None and unit[0] not in ("time", "money") and unit[1] in single


def _is_article(figure: Figure, text: str, cited: str) -> bool:
    """Tell whether "one year" says no more than "a year" there."""
    noun = re.match(r"[ -](\w{2,})", text[figure.end : figure.end + 40])
    if text[figure.start : figure.end].lower() != "one" or not noun:
        return False
    return re.search(rf"\b(?:an?|per|each|every) (?:\w+ )?{re.escape(noun[1])}", cited, re.IGNORECASE) is not None


def computed(lost: set[str], text: str, cited: str) -> str:
    """Return how the one number that is ``lost`` comes out of two others, "20 × 15"; nothing where it does not."""
    own = {value for figure in figures(text) if figure.shown not in lost and (value := figure.value)}
    values = sorted(own | {value for figure in figures(cited, cited=True) if (value := figure.value)})
    found = [value for figure in figures(text) if figure.shown in lost and (value := figure.value) is not None]
    wanted = found[0] if len(lost) == 1 and found else 0.0
    is_year = wanted.is_integer() and 1900 <= wanted < 2100
    for one, other in combinations(values, 2) if wanted >= _LEAST_COMPUTED and not is_year else ():
        if not own & {one, other}:
            continue
        for sign, result in (("×", one * other), ("+", one + other), ("-", other - one), ("/", other / one)):
            if abs(result - wanted) < 0.005 * wanted:
                pair = (one, other) if sign in "×+" else (other, one)
                return f"{pair[0]:.12g} {sign} {pair[1]:.12g}"
    return ""


def other_units(text: str, cited: str) -> list[str]:
    """Return the units in which a text counts, where the cited words have others of that kind only: "a month"."""
    text, cited = (FRENCH_YEAR.sub("ans", spell_out(one)) for one in (text, cited))
    theirs = {unit_name(word) for word in words(cited)}
    theirs |= {unit[1] for figure in figures(cited) if (unit := unit_of(cited, figure))}
    kinds = {kind_of_unit(name) for name in theirs} - {"", "money"}
    readings = readings_of(figures(cited, cited=True))
    mine = []
    counted = {figure.end: figure.readings for figure in figures(text)}
    for match in _COUNTED_UNIT.finditer(text):
        word = fold(match[1])
        converted = counted.get(match.start(1) - 1, frozenset()) & readings  # two weeks are 14 days
        if _OVER_ONE.search(text, 0, match.start(1)):  # and "over a week" more than 7 of them
            converted = figures(f"1 {match[1]}")[0].readings & readings
        if kind_of_unit(word) in kinds and unit_name(word) not in theirs and not any(" " in one for one in converted):
            mine.append(match[1])
    return list(dict.fromkeys(mine))


def other_rates(text: str, cited: str) -> list[str]:
    """Return what the numbers of a text are said to be for each of, where the cited words have other units there."""
    mine, theirs = (
        [(figure.shown, unit) for figure in figures(one) for unit in _rates(one, figure.end)]
        for one in map(spell_out, (text, cited))
    )
    known = {number for number, of in theirs if kind_of_unit(of)}
    others = [of for number, of in mine if (number, of) not in theirs and number in known]
    return list(dict.fromkeys(of for of in others if kind_of_unit(of) or of in _EACH_OF))


def _rates(text: str, end: int) -> Iterator[str]:
    """Yield the units that a number which ends there is said to be for each of: "a month per GB"."""
    while per := _RATE.match(text, end):
        yield unit_name(fold(per[1]))
        end = per.end()


def telling_stems(text: str) -> list[str]:
    """Return the stems of the words of a text, numbers and small words left out."""
    return [stem for stem in content_words(text) if not stem[0].isdigit()]


def sentences_of(quotes: Sequence[str]) -> list[str]:
    """Return the sentences of quoted words, the rows of tables left out."""
    lines = [line for quote in quotes for line in quote.split("\n") if not labelled(line)]
    return [line[start:end] for line in lines for start, end in sentence_spans(line)]


def labelled(line: str) -> list[tuple[str, str]]:
    """Return the labels and values of a row, whose first field may have no label; nothing of other lines."""
    first, *others = fields_of(line)
    return [first, *others] if others and all(value for _, value in others) else []


def clause_spans(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where each clause of a text begins and ends, and whether it is a condition."""
    start, is_condition = 0, False
    for end in [*_CLAUSE.finditer(text), None]:
        yield start, end.start() if end else len(text), is_condition
        if end:
            start, is_condition = end.end(), end["if"] is not None


def clauses(text: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the clauses of a text with the stems of their words, numbers left out; no conditions."""
    for start, end, is_condition in clause_spans(text):
        stems = set(telling_stems(text[start:end]))
        if stems and not is_condition:
            yield text[start:end], stems
