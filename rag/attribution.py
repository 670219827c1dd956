"""Whether the numbers of a sentence are said of the same thing in the words that it cites, and in the same unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.answertype import names
from rag.facts import clause_spans, clauses, labelled, sentences_of, telling_stems
from rag.figures import UNIT_STEMS, Figure, figures, readings_of, spell_out, unit_of
from rag.opposites import negates
from rag.rows import in_another_field, is_among, of_another_row
from rag.sentences import sentence_spans
from rag.text import STOP_WORDS, caseless, content_words, fold, in_words, language, stem, stems_of, words

# A thing that has siblings, by what they are and its own name: "Model" and "C", "in the" and "Courtyard", "P04" alone.
_SIBLING = re.compile(
    r"\b((?:[A-Z][a-z]+ )|(?:(?:[Ii]n|[Aa]t|[Oo]n) the )|(?=[A-Z]\d))([A-Z]\b|[A-Z]\d+|[A-Z][a-z]+|\d+)\b"
)
# "Found by the police", not "by e-mail"; "Lars Tveit found", "found by Lars Tveit".
_BY_WHOM = re.compile(
    r"\b(?P<verb>[a-z]+) by (?P<who>(?:the |our (?:own )?|its |their |an? )[a-z]+(?: [a-z]+)?"
    r"|(?:[A-ZÀ-Ý][\w'’-]+ ?){1,3})"
)
_NAME = r"(?P<name>(?:[A-ZÀ-Ý][a-zà-ÿ'’-]+ )*[A-ZÀ-Ý][a-zà-ÿ'’-]+)"
_DOES, _DONE_BY = re.compile(rf"\b{_NAME} (?P<verb>[a-z]+)"), re.compile(rf"\b(?P<verb>[a-z]+) by {_NAME}")
# "Oaks grow more than elms did", but no limit, "more than 5".
_THAN = caseless(
    r"(?P<one>.+?)\b(?:(?P<more>more|higher|longer|larger|greater|bigger|heavier|wider)|less|fewer|lower|shorter|smaller"
    r"|lighter|cheaper)(?: (?:expensive|costly|money|time))? than (?P<other>[^,;:\d]+?)[.!]?"
)
_ARTICLES = frozenset("the a an our each every".split())
# "Lars Tveit in Bergen".
_PAIR = re.compile(r"\b([A-Z][a-zà-ÿ]+(?: [A-Z][a-zà-ÿ]+)?) (?:in|at|for) ([A-Z][a-zà-ÿ]+)\b")


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
    gaps = [text[start:end] for start, end in zip(*bounds, strict=True)]
    between = [telling_stems(gap) for gap in gaps]
    ahead = [
        _without_last_unit(gap) if place else part for place, (gap, part) in enumerate(zip(gaps, between, strict=True))
    ]
    all_words = [known for _, known, _ in held]
    anywhere = set[str]().union(*all_words)
    telling = {one for one in anywhere if not all(one in known for known in all_words)}
    common = {one for part in between for one in part} & anywhere
    strange = []
    for figure, before, after in zip(stated, ahead, between[1:], strict=False):
        in_rows = [row for row, (_, readings) in rows.items() if figure.readings & readings]
        if any(
            not in_another_field(figure, text, row) and not of_another_row(figure, text, row, rows) for row in in_rows
        ):
            continue
        beside = {*before[-1:], *after[:1]}
        around = {*before, *after[:1]} if telling & set(between[0]) else {*before[-1:], *after}
        alike = [common, _of_clause(figure, text) & anywhere or common]
        having = [one for one in held if is_among(figure, one[2])]
        rivals = [known for _, known, theirs in held if _rivals(figure, theirs)]
        fits = [one for one in having if _fits(figure, text, one, beside, around, alike, rivals)]
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
        having = [held for held, found, _ in theirs if is_among(stated[0], found)]
        others = [
            held
            for held, found, clause in theirs
            if not is_among(stated[0], found)
            and any((unit_of(clause, one) or ("",))[0] == kind for one in figures(clause))
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


def other_agent(text: str, quotes: Sequence[str], passages: str) -> str:
    """Return who does in the quoted words what a text says of another: "found by the police", "the captain".

    The other one has to be told of in the ``passages``, or the word may only be another one for the same.
    """
    quoted = sentences_of(quotes)
    by = (one.group() for sentence in quoted for one in _BY_WHOM.finditer(sentence) if _is_by_another(one, text))
    known = set(words(passages))
    return next(by, "").strip() or next(filter(None, (_in_its_place(text, one, known) for one in quoted)), "")


def _is_by_another(by: re.Match[str], text: str) -> bool:
    """Tell whether a text has somebody named do, right before its verb or behind "by", what is done "by" others."""
    who, verb = stems_of(by["who"]), stem(fold(by["verb"]))
    doers = [one["verb"] for pattern in (_DOES, _DONE_BY) for one in pattern.finditer(text)]
    return bool(who) and who.isdisjoint(content_words(text)) and any(stem(fold(does)) == verb for does in doers)


def _in_its_place(text: str, sentence: str, known: set[str]) -> str:
    """Return the subject of a sentence that has the words of a text but for that one, which is ``known`` elsewhere."""
    mine, theirs = words(text), words(sentence)
    if len(stems_of(" ".join(mine[2:]))) < 2 or mine[0] not in _ARTICLES or mine[1] not in known:
        return ""
    for place in range(len(theirs) - len(mine) + 1):
        article, other, *rest = theirs[place : place + len(mine)]
        if rest == mine[2:] and article in _ARTICLES and not STOP_WORDS & {other, mine[1]} and mine[1] not in theirs:
            return other
    return ""


def turned_comparison(text: str, quotes: Sequence[str]) -> str:
    """Return the numbers of two things, "0.6 and 1.1", of which a text says that the first is more, or less, wrongly.

    Each has to stand alone in the clause that is most like what the text compares, in the same unit.
    """
    said = _THAN.fullmatch(text.strip())
    if not said or negates(text):
        return ""
    one, other = (set(telling_stems(said[side])) for side in ("one", "other"))
    theirs = [(stems, figures(clause), clause) for quote in sentences_of(quotes) for clause, stems in clauses(quote)]
    both = set[str]().union(*(stems for stems, _, _ in theirs if other <= stems))  # "grew", said once for both
    own = one - other - both, other - one
    first = _value_of(own[0], own[1], one | other, theirs)
    second = _value_of(own[1], own[0], one | other, theirs)
    if first is None or second is None or first[1] != second[1]:
        return ""
    is_turned = first[0] < second[0] if said["more"] else first[0] > second[0]
    return f"{first[0]:.12g} and {second[0]:.12g}" if is_turned else ""


def _value_of(
    own: set[str], of_other: set[str], said: set[str], theirs: Sequence[tuple[set[str], Sequence[Figure], str]]
) -> tuple[float, tuple[str, str] | None] | None:
    """Return the number, and its unit, of the one clause with a number that has most of what is ``said`` of a thing."""
    having = [one for one in theirs if one[1] and own & one[0] and not of_other & one[0]]
    most = max((len(said & stems) for stems, _, _ in having), default=0)
    likest = [(found, clause) for stems, found, clause in having if len(said & stems) == most]
    if len(likest) != 1 or len(likest[0][0]) != 1:
        return None
    [figure], clause = likest[0]
    return None if figure.value is None else (figure.value, unit_of(clause, figure))


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


def _without_last_unit(gap: str) -> list[str]:
    """Return the stems of what stands before a figure, no unit of the one before it; "ten years 30" is of years."""
    stems = telling_stems(gap)
    return stems[1:] if stems[:1] and stems[0] in UNIT_STEMS and len(gap.split()) > 1 else stems


def _of_clause(figure: Figure, text: str) -> set[str]:
    """Return the stems of the clause that a figure stands in, or of the one before if it says nothing else."""
    last = set[str]()
    for start, end, _ in clause_spans(text):
        last = set(telling_stems(text[start:end])) - UNIT_STEMS or last
        if figure.start < end:
            break
    return last


def _named_with(figure: Figure, text: str, sentence: str) -> set[str]:
    """Return the stems of the names of a text that stand in the clause of a quoted sentence which has the figure."""
    named = {one for name in names(text) for one in content_words(name)}
    parts = [sentence[start:end] for start, end, _ in clause_spans(sentence)] if named else []
    return {one for part in parts if is_among(figure, figures(part, cited=True)) for one in named & stems_of(part)}


def _rivals(figure: Figure, others: Sequence[Figure]) -> bool:
    """Tell whether others could be meant instead of a figure; instead of a time of the day only other times."""
    is_time = all(":" in one for one in figure.readings)
    return (
        bool(others)
        and not is_among(figure, others)
        and (not is_time or any(":" in one for one in readings_of(others)))
    )


def _fits(
    figure: Figure,
    text: str,
    quoted: tuple[str, set[str], Sequence[Figure]],
    beside: set[str],
    around: set[str],
    alike: Sequence[set[str]],
    rivals: Sequence[set[str]],
) -> bool:
    sentence, known, theirs = quoted
    near = known & (beside | _named_with(figure, text, sentence))
    if not near and all(2 * len(known & some) < len(some) for some in alike):
        return False
    unit = unit_of(text, figure)
    others = [unit_of(sentence, other) for other in theirs if figure.shown in other.readings]
    if unit and others and all(other and other != unit for other in others):
        return False
    return not any(not near - rival and len(around & rival) > len(around & known) for rival in rivals)
