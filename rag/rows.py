"""Whether a number of a sentence stands in its own field and row of a table, and whether a cell says no."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.cells import YES_OR_NO
from rag.facts import clauses, labelled, telling_stems
from rag.figures import Figure, figures, readings_of, unit_of
from rag.opposites import negates
from rag.text import content_words, fold, in_words, small_words, stem, stems_of, words
from rag.units import kind_of_unit, unit_name

_TOKEN = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")
_END = re.compile(r"[,;.:)(\d]|\b(?:and|or|plus|und|oder|et|y)\b")  # of what is said around a figure

Rows = Mapping[str, tuple[set[str], frozenset[str]]]  # by each row the stems of its words, what its figures can be


def denied_by_cell(text: str, quotes: Sequence[str]) -> str:
    """Return the label of a row whose cell says no, "Cars: no", where a clause that has its words does not negate.

    Nothing is told where another row says otherwise.
    """
    fields = [field for quote in quotes for line in quote.split("\n") for field in labelled(line)]
    others = {label for label, value in fields if not _says_no(value)}
    denied = {label: stems_of(label) for label, value in fields if _says_no(value) and label not in others}
    for clause, stems in clauses(text):
        for label, keys in denied.items():
            if keys and keys <= stems and not negates(clause):
                return label
    return ""


def _says_no(value: str) -> bool:
    told = YES_OR_NO.fullmatch(value)
    return told is not None and told["no"] is not None


def in_another_field(figure: Figure, text: str, row: str) -> bool:
    """Tell whether a number stands in a row only under labels that the text does not name, though it names others, or
    in another unit of that kind."""
    fields = labelled(row)
    having = [field for field in fields if is_among(figure, figures(field[1], cited=True))]
    unit = unit_of(text, figure)
    of_row = {unit_name(word) for word in words(fields[0][1].replace("%", " percent "))}
    if unit and not (unit[1] in of_row and fields[0] not in having):  # "Weight, kg; Model A: 74"
        held = [words(f"{label} {value}".replace("%", " percent ")) for label, value in fields]
        units = [{unit_name(word) for word in one if kind_of_unit(word) == unit[0]} for one in held]
        theirs = [names for field, names in zip(fields, units, strict=True) if field in having]
        if theirs and any(units) and not any(unit[1] in names for names in theirs):
            converted = any(" " in one for one in figure.readings & readings_of(figures(row, cited=True)))
            return not converted and (any(theirs) or any(unit[1] in names for names in units))
    elif unit and _of_sibling({label for label, _ in having}, [label for label, _ in fields[1:]], text):
        return True
    if having and _of_other_numbers({label for label, _ in having}, {label for label, _ in fields[1:]}, text):
        return True
    first = fields[0][1]
    if fields[0] in having and f" {in_words(first)} " in f" {in_words(text)} ":
        return False  # "Hearth Fixed 24" is its name
    small = small_words(text)
    near = {stem(unit_name(word)) for word in words(_beside(figure, text)) if len(word) > 2 and word not in small}
    own = max((len(near & _keys(label)) for label, _ in having), default=0)
    others = [len(near & _keys(label)) for label, _ in fields[1:]]
    if having and not max(others, default=0) > own:
        stated = readings_of(figures(text))
        free = [one for one in fields[1:] if one in having or not stated & readings_of(figures(one[1], cited=True))]
        return not own and fields[0] not in having and _of_sibling(set(dict(having)), [*dict(free)], text)
    return bool(having)


def _of_sibling(having: set[str], labels: Sequence[str], text: str) -> bool:
    """Tell whether a text names another column of a row of one property, "Model B", and nothing of the figure's own."""
    told = {label: _letters_and_words(label) for label in labels}
    said = _letters_and_words(text)
    common = set.intersection(*told.values()) if len(told) > 1 else set()
    own = {label: words - common for label, words in told.items()}
    if any(own[label] & said for label in having if label in own):
        return False
    return any(words and words <= said for label, words in own.items() if label not in having)


def _letters_and_words(text: str) -> set[str]:
    """Return the stems of the words of a text, single letters as they are written: "A" is no "a"."""
    return {word if len(word) == 1 else stem(fold(word)) for word in _TOKEN.findall(text)}


def _of_other_numbers(having: set[str], labels: set[str], text: str) -> bool:
    """Tell whether a text says the number of a label, "Actual 2025", but not one of those that the figure is under."""
    said = set(_NUMBER.findall(text))
    mine, theirs = (set(_NUMBER.findall(" ".join(some))) for some in (having, labels - having))
    return bool(mine) and mine.isdisjoint(said) and not said.isdisjoint(theirs)


def of_another_row(figure: Figure, text: str, row: str, rows: Rows) -> bool:
    """Tell whether a row without the number has more of the words around it, labels aside, than one that has it."""
    common = set.intersection(*(held for held, _ in rows.values())) if len(rows) > 1 else set()
    near, said = (set(telling_stems(part)) - common for part in (_beside(figure, text), text))
    told = near if any(near & held for held, _ in rows.values()) else said
    rivals = {other: held for other, (held, readings) in rows.items() if not figure.readings & readings}
    if any(len(told & held) > len(told & rows[row][0]) for held in rivals.values()):
        return True
    stated = readings_of([one for one in figures(text) if one != figure])
    return not _has_numbers(row, stated) and any(_has_numbers(other, stated) for other in rivals)


def _has_numbers(row: str, stated: frozenset[str]) -> bool:
    """Tell whether the first cell of a row has numbers, "30 to 15 days", all of which are stated."""
    first = figures(labelled(row)[0][1], cited=True)
    return bool(first) and all(figure.readings & stated for figure in first)


def _keys(label: str) -> set[str]:
    return {stem(unit_name(word)) for word in words(label)}


def _beside(figure: Figure, text: str) -> str:
    """Return the words around a figure, as far as another figure, a stop or "and"; of a date those before it."""
    start, before = figure.start, 0
    for other in reversed([one for one in figures(text) if one.end <= figure.start]):
        before = other.end
        if text[before:start].strip(" ,"):
            break
        start, before = other.start, 0  # of one date
    leads, follows = _END.split(text[before:start])[-1], _END.split(text[figure.end :], maxsplit=1)[0]
    return leads if start < figure.start and content_words(leads) else f"{leads} {follows}"


def is_among(figure: Figure, others: Sequence[Figure]) -> bool:
    """Tell whether others have a number that a figure can be read as."""
    return any(figure.readings & other.readings for other in others)
