"""Questions to a table: the row with the highest or lowest number of a column, or all rows that have what is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import ge, gt, le, lt

from rag.amounts import AT_LEAST, AT_MOST, LESS, MORE, SUM_ROW, number_of
from rag.cells import YES_OR_NO, bound, is_number, moments, numbers, units
from rag.datatypes import TOTAL, Document, Hit
from rag.extract import Pick
from rag.facts import negates
from rag.lists import MOST_LINES, asks_for_several, fields_of, is_row
from rag.text import SMALL_NUMBERS, STOP_WORDS, asked_words, content_words, stem, words

_MOST = (
    "highest|largest|biggest|greatest|maximum|most|longest|tallest|heaviest|dearest|priciest|höchste[nrms]?|größte[nrms]?"
    "|meisten|längste[nrms]?|teuerste[nrms]?|schwerste[nrms]?"
)
_LEAST = (
    "lowest|smallest|least|fewest|minimum|shortest|lightest|cheapest|niedrigste[nrms]?|kleinste[nrms]?|wenigsten"
    "|kürzeste[nrms]?|billigste[nrms]?|günstigste[nrms]?|leichteste[nrms]?"
)
_LATEST, _EARLIEST = "latest|last|späteste[nrms]?|letzte[nrms]?", "earliest|first|früheste[nrms]?|erste[nrms]?"
_ASKS = re.compile(rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST}))\b", re.IGNORECASE)
_ASKS_WHEN = re.compile(
    rf"\b(?:(?P<most>{_LATEST})|(?P<least>{_EARLIEST}))\b"
    r"(?! (?:aid|floor|class|names?|pages?|years?|months?|weeks?|night|time|row|line|resort|one)\b)",
    re.IGNORECASE,
)
# What each asks of by itself, as its column or the unit there says it.
_PRICE = re.compile(r"price|cost|fee|fare|rent|rate|charge|tariff|preis|kosten|gebühr|[£$€]", re.IGNORECASE)
_OF_PRICE = re.compile(r"cheap|dear|pric|expensive|\bcosts?\b|teuer|billig|günstig", re.IGNORECASE)
_OF_SIZE = tuple(
    (re.compile(asks, re.IGNORECASE), re.compile(said, re.IGNORECASE))
    for asks, said in (
        (
            r"long|short|läng|kürz",
            r"length|duration|time|distance|länge|dauer|strecke|\b(?:km|min(?:ute)?s?|h(?:our)?s?|(?:day|week|month|year)s?)\b",
        ),
        (r"heav|light|schwer|leicht", r"weight|mass\b|gewicht|\bkg\b"),
        (r"tall", r"height|höhe"),
        (r"larg|small|big|größ|klein", r"size|area|größe|fläche|\bm²|\bm2\b"),
    )
)
_OTHERWISE = re.compile(
    r"\b(?:at (?:most|least)|most (?:recent|likely|of|popular|affordable|economical)"
    r"|least (?:one|expensive|popular)|mostly|second|third|next|not|two|three|rank\w*|zweit\w*|dritt\w*|nicht)\b",
    re.IGNORECASE,
)
_OF_WHAT_IS = re.compile(r"\b(?:of|for|in|on|von|de) (?:the |our |my )?$", re.IGNORECASE)  # "the price of the longest"
# The last word of what is the highest, which says what it is a matter of.
_HEAD = re.compile(
    r"(?: (?!(?:and|or|but|und|oder|et|ou|y|o)\b)\w[\w-]*)*? (\w[\w-]*)"
    r"(?=\W*$| (?:of|per|in|for|on|at|with|by|to|from|among|is|are|was|were|has|have)\b)"
)
_SEVERAL = re.compile(  # "Which double sculls are …", as against "Which class is …"
    r"\W*(?:how many|wie ?viele|welche|combien d|quel(?:le)?s|cuánt[oa]s|(?:which|what) (?:[\w-]+ ){0,2}"
    r"(?!(?:is|was|has|does)\b)[\w-]*[^\Ws]s [\w-]*[^\Ws])\b",
    re.IGNORECASE,
)
_AMOUNT = rf"(?P<sign>[£$€]?)(?P<number>\d[\d.,]*\d|\d|{'|'.join(SMALL_NUMBERS)})\b"
_LIMIT = re.compile(
    rf"\b(?:(?P<less>{LESS})|(?P<most>{AT_MOST}|within)|(?P<least>{AT_LEAST})|(?P<more>{MORE})) {_AMOUNT}",
    re.IGNORECASE,
)
_SEPARATED = re.compile(r"(?<=\d)[:.,](?=\d)")
_COMPARE = {"less": lt, "most": le, "least": ge, "more": gt}
_PLAIN_SUM = re.compile(
    rf"{TOTAL}(?:\W+(?:incl|excl|including|excluding|before|after|with|without|plus|net|gross|due|payable|amount"
    r"|inkl|exkl|zzgl|brutto|netto|mit|ohne|ttc|ht|hors|con|sin)\b.*)?\W*",
    re.IGNORECASE,
)
_LEAST_ROWS, _ROUNDING = 3, 0.005  # of a sum, as a share


@dataclass(frozen=True, slots=True)
class _Row:
    start: int
    end: int
    text: str
    fields: dict[str, str]


def with_extreme(question: str, picks: Sequence[Pick], document_of: Callable[[str], Document]) -> list[Pick]:
    """Return the row with the highest or lowest number that is asked for, in the place of other rows.

    The picks stay as they are where it is not plain which column is meant, and where the best is no row, unless the
    question names the first column too: "Which boat has the lowest price?" of "Boat" and "Price".
    """
    found = [] if _OTHERWISE.search(question) else list(_ASKS.finditer(question)) or list(_ASKS_WHEN.finditer(question))
    at = next((pick for pick in picks if _first_row(pick) is not None), None)
    if not found or at is None:
        return list(picks)
    document = document_of(at.hit.passage.document_id)
    table = _table(document, _first_row(at) or 0)
    if len(found) > 1 and table:  # "the lowest minimum order", where a column has the minimum
        labels = " ".join(table[0].fields).lower()
        found = [match for match in found if match.group().lower() not in labels]
    label, rows = _extreme(question, found[0], table) if len(found) == 1 and len(table) >= _LEAST_ROWS else ("", [])
    named = label and _names(question, next(iter(table[0].fields))) and _names(question, label)
    if not 0 < len(rows) <= MOST_LINES or (at is not picks[0] and not named):
        return list(picks)
    best = [replace(_pick(row, at, document), score=picks[0].score) for row in rows]
    return [*best, *(pick for pick in picks if _first_row(pick) is None)]


def _extreme(question: str, asks: re.Match[str], table: Sequence[_Row]) -> tuple[str, list[_Row]]:
    """Return the label that is meant and the rows with the highest or lowest there, of those that a question names."""
    read = numbers if asks.re is _ASKS else moments
    table = [
        replace(row, fields={label: bound(cell, most=bool(asks["most"])) for label, cell in row.fields.items()})
        for row in table
    ]
    rows = [row for row in table if not SUM_ROW.match(row.text)]
    label = _column(question, asks, rows) if rows else ""
    if read is numbers:
        rows = [row for row in table if is_number(row.fields.get(label, ""))]  # a sum may leave it out
        rows = [row for row in rows if not _is_plain_sum(row)] or rows
    values = read([row.fields[label] for row in rows]) if label else []
    if not values:
        return "", []
    if SUM_ROW.match(rows[-1].text) and abs(sum(values[:-1]) - values[-1]) <= _ROUNDING * values[-1]:
        rows = rows[:-1]
    wanted = set(content_words(question)) - set(content_words(f"{asks.group()} {label}"))
    held = [len(wanted.intersection(content_words(row.text))) for row in rows]
    most = max(held)
    those = [(row, value) for row, value, count in zip(rows, values, held, strict=False) if count == most]
    extreme = (max if asks["most"] else min)(value for _, value in those)
    return label, [row for row, value in those if value == extreme]


def _is_plain_sum(row: _Row) -> bool:
    """Tell whether a row is a sum by its first cell alone, as "Total incl. VAT" is and "Total Care" need not be."""
    return _PLAIN_SUM.fullmatch(next(iter(row.fields.values()))) is not None


def _first_row(pick: Pick) -> int | None:
    """Return where the first row of a pick begins that is one or several, perhaps with a line that leads to them."""
    first, _, others = pick.text.partition("\n")
    if is_row(first):
        return pick.start
    rows = others.lstrip("\n")
    return pick.end - len(rows) if rows and all(map(is_row, rows.split("\n"))) else None


def with_all_named(question: str, picks: Sequence[Pick], document_of: Callable[[str], Document]) -> list[Pick]:
    """Return the picks with all rows of the best one's table that a question asks for in its place.

    "Which boats need licence B?" has as many answers as rows have most of its words; "Which cost less than £9?" those
    with such a number in the column that is meant.
    """
    limit = _LIMIT.search(question)
    asks = limit or asks_for_several(question) or _SEVERAL.match(question)
    best = picks[0] if picks and asks else None
    if best is None or (first := _first_row(best)) is None:
        return list(picks)
    if limit and limit.group().lower() in best.text.lower():
        return list(picks)  # "over 1 m²" is a name there
    document = document_of(best.hit.passage.document_id)
    if not (table := _table(document, first)):
        return list(picks)  # a sentence that only looks like a row
    rows = _within(question, limit, table) if limit else _with_yes(question, table) or table
    asked = _spelled(question.replace(limit.group(), " ") if limit else question)
    known = set(content_words(" ".join(table[0].fields)))  # what a column is called says nothing of a row
    heard, labels = set(asked), {label: set(content_words(label)) for label in table[0].fields}
    named = [_named(row, asked, heard - known, labels) for row in rows]
    most = max(named, key=len, default=frozenset())
    those = [row for row, places in zip(rows, named, strict=True) if len(places) == len(most)]
    alike = (most or len(rows) < len(table)) and all(places == most for places in named if len(places) == len(most))
    least = 1 if limit or len(rows) < len(table) else 2
    if not alike or not least <= len(those) < min(MOST_LINES + 1, len(table)):
        return list(picks)
    of_it = [pick for pick in picks if pick.hit.passage.document_id == document.id]
    inside = [pick for pick in of_it if pick.start < table[-1].end and table[0].start < pick.end]
    chosen = {pick.start: place for place, pick in enumerate(inside)}
    those.sort(key=lambda row: chosen.get(row.start, len(chosen)))
    others = [pick for pick in picks if pick not in inside]
    return [*(_pick(row, best, document) for row in those), *others]


def _with_yes(question: str, table: Sequence[_Row]) -> list[_Row]:
    """Return the rows with "yes", or "no" if it negates, in the only column of both whose label a question names."""
    asked = set(content_words(question))
    labels = [label for label in (table[0].fields if table else ()) if asked.intersection(content_words(label))]
    of_both = [label for label in labels if all(YES_OR_NO.fullmatch(row.fields.get(label, "")) for row in table)]
    if len(of_both) != 1:
        return []
    wanted = "no" if negates(question) else "yes"
    found = (YES_OR_NO.fullmatch(row.fields[of_both[0]]) for row in table)
    return [row for row, match in zip(table, found, strict=True) if match and match[wanted]]


def _within(question: str, limit: re.Match[str], table: Sequence[_Row]) -> list[_Row]:
    """Return the rows whose number is within a limit, "less than 9"; none where no column is plainly meant."""
    rows = [row for row in table if not SUM_ROW.match(row.text)]
    asked = {limit["sign"], *content_words(question)}
    columns = [label for label in (rows[0].fields if rows else ()) if _is_numeric(label, rows)]
    in_unit = [label for label in columns if asked & {one for row in rows for one in units(row.fields[label])}]
    label = in_unit[0] if len(in_unit) == 1 else _column(question, limit, rows) if rows else ""
    values = numbers([row.fields[label] for row in rows]) if label else []
    holds = next(compare for name, compare in _COMPARE.items() if limit[name])
    return [row for row, value in zip(rows, values, strict=False) if holds(value, number_of(limit["number"]))]


def _pick(row: _Row, best: Pick, document: Document) -> Pick:
    passage = best.hit.passage.moved(document, row.start, row.end)
    return Pick(replace(best.hit, passage=passage), row.start, row.end, best.score)


def _spelled(text: str) -> list[str]:
    """Return the stems of all words, small numbers in figures, times and amounts as one number."""
    text = _SEPARATED.sub("", text)
    return [str(SMALL_NUMBERS.index(word)) if word in SMALL_NUMBERS else stem(word) for word in words(text)]


def _named(row: _Row, asked: Sequence[str], telling: set[str], labels: Mapping[str, set[str]]) -> frozenset[int]:
    """Return the places of the question's ``telling`` words that a row's cells hold: of a short one, as "B", only those
    with its label or another word of the cell beside it."""
    places: set[int] = set()
    for label, value in row.fields.items():
        cell = _spelled(value)
        pairs = set(pairwise(cell))
        for place, word in enumerate(asked) if not telling.isdisjoint(cell) else ():
            alone = len(word) > 2 and word not in STOP_WORDS
            near = labels.get(label, set()).intersection(asked[max(0, place - 2) : place + 4])
            beside = pairs.intersection(pairwise(asked[max(0, place - 1) : place + 2]))
            if word in cell and word in telling and (alone or near or beside):
                places.add(place)
    return frozenset(places)


def compares(word: str, question: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a word of a question asks for the highest or is a limit, and the best hit is a table, which needs
    no such word."""
    limit = _LIMIT.search(question)
    rows = [line for line in hits[0].passage.text.split("\n") if is_row(line)] if hits else []
    if _ASKS_WHEN.fullmatch(word):
        return any(moments([value]) for row in rows for _, value in fields_of(row))
    is_limit = limit is not None and word in asked_words(limit.group())
    return bool(rows) and (_ASKS.fullmatch(word) is not None or is_limit)


def _table(document: Document, place: int) -> list[_Row]:
    """Return the rows of the table that stands at this place of a document."""
    tables: list[list[_Row]] = [[]]
    for block in document.blocks:
        if block.kind != "row" or (tables[-1] and "\n\n" in document.text[tables[-1][-1].end : block.start]):
            tables.append([])
        if block.kind == "row":
            text = document.text[block.start : block.end]
            tables[-1].append(_Row(block.start, block.end, text, dict(fields_of(text))))
    return next((rows for rows in tables if rows and rows[0].start <= place < rows[-1].end), [])


def _column(question: str, asks: re.Match[str], rows: Sequence[_Row]) -> str:
    """Return the label of what is compared: the one that the question names, or the only one of its kind."""
    superlative, of_price = asks.group(), _OF_PRICE.search(question)
    if not of_price and asks.re is _ASKS and _OF_WHAT_IS.search(question[: asks.start()]):
        return ""
    is_when = asks.re is _ASKS_WHEN
    columns = {label: [row.fields.get(label, "") for row in rows] for label in rows[0].fields}
    compared = [
        label for label, cells in columns.items() if (moments(cells) if is_when else all(map(is_number, cells)))
    ]
    asked = set(content_words(question)) - set(content_words(superlative))
    named = {label: len(asked.intersection(content_words(label))) for label in compared}
    most = max(named.values(), default=0)
    if is_when:  # of "Departs" and "Arrives" the first, if neither is named
        return next((label for label, count in named.items() if count == most), "")
    others = [label for label in list(rows[0].fields)[1:] if label not in named]
    if not most and any(asked.intersection(content_words(label)) for label in others):
        return ""  # what it names has no numbers, or not in each row
    those = [label for label, count in named.items() if count == most]
    if most and len(those) > 1 and (head := _HEAD.match(question, asks.end())):  # "the highest memory bandwidth"
        behind = question[head.end() :]  # "the highest weight for its length" is neither
        those = [label for label in those if _names(label, head[1]) or _names(label, behind)] or those
    if not most and of_price:
        those = [label for label in compared if _PRICE.search(label)]
    of_size = [said for asked_of, said in _OF_SIZE if asked_of.search(superlative)]
    if not most and len(those) != 1:
        those = [label for label in those if any(said.search(_with_unit(label, rows)) for said in of_size)]
    plain = len(those) == 1 and superlative.lower() not in those[0].lower()  # a "maximum dose" has each of them
    return those[0] if plain and not (of_size and _PRICE.search(those[0])) else ""


def _names(text: str, words: str) -> bool:
    """Return whether a text has a word of these words."""
    return not set(content_words(text)).isdisjoint(content_words(words))


def _with_unit(label: str, rows: Sequence[_Row]) -> str:
    return f"{label} {rows[0].fields[label].lstrip('0123456789.,:')}"


def _is_numeric(label: str, rows: Sequence[_Row]) -> bool:
    return all(is_number(row.fields.get(label, "")) for row in rows)
