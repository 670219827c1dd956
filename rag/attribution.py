"""Whether the numbers of a sentence are said of the same thing in the words that it cites, and in the same unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.cells import YES_OR_NO
from rag.facts import clauses, labelled, sentences_of, telling_stems
from rag.figures import UNIT_STEMS, Figure, figures, readings_of, spell_out, unit_of
from rag.opposites import negates
from rag.sentences import sentence_spans
from rag.text import content_words, fold, in_words, language, small_words, stem, stems_of, words
from rag.units import kind_of_unit, unit_name

# A thing that has siblings, by what they are and its own name: "Model" and "C", "in the" and "Courtyard", "P04" alone.
_SIBLING = re.compile(
    r"\b((?:[A-Z][a-z]+ )|(?:(?:[Ii]n|[Aa]t|[Oo]n) the )|(?=[A-Z]\d))([A-Z]\b|[A-Z]\d+|[A-Z][a-z]+|\d+)\b"
)
# "Lars Tveit in Bergen".
_PAIR = re.compile(r"\b([A-Z][a-zà-ÿ]+(?: [A-Z][a-zà-ÿ]+)?) (?:in|at|for) ([A-Z][a-zà-ÿ]+)\b")
_TOKEN = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")
_END = re.compile(r"[,;.:)(\d]|\b(?:and|or|plus|und|oder|et|y)\b")  # of what is said around a figure

_Rows = Mapping[str, tuple[set[str], frozenset[str]]]  # by each row the stems of its words, what its figures can be


def said_of_something_else(text: str, quotes: Sequence[str]) -> list[str]:
    """Return the numbers that the quoted sentences give for something else, or in another unit, than ``text`` does.

    A quoted sentence gives a number for the same thing if it has the word before or after it, or half of the words of
    ``text`` that are quoted at all; and if no quoted sentence or clause with another number has more of the words
    around it. Of a row the field tells, by its label and its unit.
    """
    text = spell_out(text)
    lines = [spell_out(line) for quote in quotes for line in quote.split("\n")]
    rows = {line: (stems_of(line), readings_of(figures(line, cited=True))) for line in lines if labelled(line)}
    quoted = [line[start:end] for line in lines if line not in rows for start, end in sentence_spans(line)]
    stated = [figure for figure in figures(text) if figure.shown[-1].isdigit()]
    held = [(sentence, stems_of(sentence), figures(sentence, cited=True)) for sentence in quoted]
    bounds = [0, *(figure.end for figure in stated)], [*(figure.start for figure in stated), len(text)]
    between = [telling_stems(text[start:end]) for start, end in zip(*bounds, strict=True)]
    all_words = [known for _, known, _ in held]
    anywhere = set[str]().union(*all_words)
    telling = {one for one in anywhere if not all(one in known for known in all_words)}
    common = {one for part in between for one in part} & anywhere
    strange = []
    for figure, before, after in zip(stated, between, between[1:], strict=False):
        in_rows = [row for row, (_, readings) in rows.items() if figure.readings & readings]
        if any(
            not _in_another_field(figure, text, row) and not _of_another_row(figure, text, row, rows) for row in in_rows
        ):
            continue
        beside = {*before[-1:], *after[:1]}
        around = {*before, *after[:1]} if telling & set(between[0]) else {*before[-1:], *after}
        having = [one for one in held if _has(figure, one[2])]
        rivals = [known for _, known, theirs in held if theirs and not _has(figure, theirs)]
        fits = [one for one in having if _fits(figure, text, one, beside, around, common, rivals)]
        if (in_rows and not fits) or (having and beside and not fits):
            strange.append(figure.shown)
    return list(dict.fromkeys([*strange, *_rivalled(text, quoted)]))


def _rivalled(text: str, quoted: Sequence[str]) -> Iterator[str]:
    """Yield the numbers that stand alone in a clause, where a clause with another one of that unit is more like it.

    It is by two words of its own, or by one if each clause also has the words of the first one of its sentence: "Lights
    out 9.30, on Thursday 10.15".
    """
    theirs = []
    for one in quoted:
        parts = [(stems - UNIT_STEMS, figures(clause, cited=True), clause) for clause, stems in clauses(one)]
        theirs += [((own, own | parts[0][0]), found, clause) for own, found, clause in parts]
    told = [figure for figure in figures(text) if figure.shown[-1].isdigit()]
    if len(told) > 1 and any(_in_order(text, told, one) for one in quoted):
        return
    for mine, stems in clauses(text):
        stated = [figure for figure in figures(mine) if figure.shown[-1].isdigit()]
        if len(stated) != 1:
            continue
        kind = (unit_of(mine, stated[0]) or ("",))[0]
        having = [held for held, found, _ in theirs if _has(stated[0], found)]
        others = [
            held
            for held, found, clause in theirs
            if not _has(stated[0], found) and any((unit_of(clause, one) or ("",))[0] == kind for one in figures(clause))
        ]
        for which, margin in enumerate((2, 1) if having else ()):
            most, most_of_others = (max((len(stems & held[which]) for held in s), default=0) for s in (having, others))
            if most_of_others >= most + margin:
                yield stated[0].shown


def _in_order(text: str, told: Sequence[Figure], quoted: str) -> bool:
    """Tell whether numbers are the same one after the other, each behind words that are most like those before it."""
    there = figures(quoted, cited=True)
    pairs = zip(told, there, strict=False)
    if len(told) != len(there) or not all(one.readings & other.readings for one, other in pairs):
        return False
    mine, theirs = _before_each(text, told), _before_each(quoted, there)
    shared = [[len(own & other) for other in theirs] for own in mine]
    return all(row[place] == max(row) for place, row in enumerate(shared))


def _before_each(text: str, told: Sequence[Figure]) -> list[set[str]]:
    """Return the stems of the words before each figure, from the one before."""
    bounds = zip([0, *(figure.end for figure in told)], (figure.start for figure in told), strict=False)
    return [set(telling_stems(text[start:end])) for start, end in bounds]


def other_subject(text: str, quotes: Sequence[str]) -> str:
    """Return the sibling, "Model C" or "In the Courtyard", that all quoted sentences most like a text speak of instead.

    Also the partner of a name in a list of pairs: "Lars in Bergen, Fiona in Aberdeen". Nothing is told of German.
    """
    if language(text) == "German":  # which writes all nouns like names
        return ""
    codes = set(_SIBLING.findall(text))
    quoted, labels = sentences_of(quotes), content_words(" ".join(" ".join(code) for code in codes))
    mine = stems_of(spell_out(text)).difference(labels)
    held = [len(mine.intersection(content_words(spell_out(one)))) for one in quoted]
    most = max(held, default=0)
    likest = [one for one, count in zip(quoted, held, strict=True) if count == most > 1]
    others = [_other_siblings(one, codes) for one in likest]
    if others and all(others) and 2 * most >= len(mine):
        return "".join(min(others[0]))
    return next((pair for one in likest if (pair := _other_pair(text, one))), "")


def _other_siblings(sentence: str, codes: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return what a sentence names of the kinds of some codes, where it names none of those codes of that kind."""
    there = set(_SIBLING.findall(sentence))
    named = {kind for kind, name in codes if (kind, name) in there or f" {name}" in f" {sentence}"}
    return {code for code in there if code[0] in {kind for kind, _ in codes} - named}


def _other_pair(text: str, sentence: str) -> str:
    """Return the pair of a sentence, "Lars, Bergen", of which a text has the name, but the place of another pair."""
    pairs, told = _PAIR.findall(sentence), f" {in_words(text)} "
    said = {name for pair in pairs for name in pair if f" {in_words(name)} " in told}
    if len(pairs) < 2 or len(said) != 2 or said.isdisjoint(at for _, at in pairs):
        return ""
    return next((f"{name}, {at}" for name, at in pairs if name in said and at not in said), "")


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


def _in_another_field(figure: Figure, text: str, row: str) -> bool:
    """Tell whether a number stands in a row only under labels that the text does not name, though it names others, or
    in another unit of that kind."""
    fields = labelled(row)
    having = [field for field in fields if _has(figure, figures(field[1], cited=True))]
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
    return bool(having) and max(others, default=0) > own


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
    """Return the words of a text, single letters as they are written: "A" is no "a"."""
    return {word if len(word) == 1 else fold(word) for word in _TOKEN.findall(text)}


def _of_other_numbers(having: set[str], labels: set[str], text: str) -> bool:
    """Tell whether a text says the number of a label, "Actual 2025", but not one of those that the figure is under."""
    said = set(_NUMBER.findall(text))
    mine, theirs = (set(_NUMBER.findall(" ".join(some))) for some in (having, labels - having))
    return bool(mine) and mine.isdisjoint(said) and not said.isdisjoint(theirs)


def _of_another_row(figure: Figure, text: str, row: str, rows: _Rows) -> bool:
    """Tell whether a row without the number has more of the words around it, labels aside, than one that has it."""
    common = set.intersection(*(held for held, _ in rows.values())) if len(rows) > 1 else set()
    near, said = (set(telling_stems(part)) - common for part in (_beside(figure, text), text))
    told = near if any(near & held for held, _ in rows.values()) else said
    rivals = [held for held, readings in rows.values() if not figure.readings & readings]
    return any(len(told & held) > len(told & rows[row][0]) for held in rivals)


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


def _has(figure: Figure, others: Sequence[Figure]) -> bool:
    return any(figure.readings & other.readings for other in others)


def _fits(
    figure: Figure,
    text: str,
    quoted: tuple[str, set[str], Sequence[Figure]],
    beside: set[str],
    around: set[str],
    common: set[str],
    rivals: Sequence[set[str]],
) -> bool:
    sentence, known, theirs = quoted
    near = known & beside
    if not near and 2 * len(known & common) < len(common):
        return False
    unit = unit_of(text, figure)
    others = [unit_of(sentence, other) for other in theirs if figure.shown in other.readings]
    if unit and others and all(other and other != unit for other in others):
        return False
    return not any(not near - rival and len(around & rival) > len(around & known) for rival in rivals)
