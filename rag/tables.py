"""Questions to a table: all rows that have what is named, or a number within its limits; which column is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import nan
from operator import ge, gt, le, lt

from rag.amounts import AT_LEAST, AT_MOST, LESS, MORE, SPACED, SUM_ROW, number_of
from rag.cells import YES_OR_NO, is_number, lasts, moments, numbers, units
from rag.datatypes import Document
from rag.extract import Pick
from rag.lists import MOST_LINES, asks_for_several, fields_of, is_row
from rag.opposites import negates
from rag.text import SMALL_NUMBERS, STOP_WORDS, asked_stems, caseless, content_words, stem, stems_of, words
from rag.units import kind_of_unit, unit_name

# What each asks of by itself, as its column or the unit there says it.
_PRICE = caseless(
    r"price|cost|fee|fare|rent|rate|charge|tarif|preis|kosten|gebühr|beitrag|miete|\bprix|coût|montant|cotisation|precio"
    r"|coste|importe|cuota|[£$€]"
)
OF_PRICE = caseless(
    r"cheap|dear|pric|expensive|\bcosts?\b|teuer|billig|günstig|preis|\bkoste[nt]\b|\bch(?:er|ère)s?\b|\bcoût"
    r"|(?<!grand )\bprix\b|\bcar[oa]s?\b|\bbarat|económic|\bprecio|\bcuestan?\b"
)
_OF_SIZE = tuple(
    (caseless(asks), caseless(said))
    for asks, said in (
        (
            r"long|short|läng|kürz|\bcourte?s?\b|\blarg[oa]s?\b|\bcort[oa]s?\b",
            r"length|duration|time|distanc|länge|dauer|strecke|longueur|durée|longitud|duración|\b(?:km|min(?:ute)?s?|h(?:our)?s?|(?:day|week|month|year)s?)\b",
        ),
        (r"heav|light|schwer|leicht|lourd|lég|pesad|liger", r"weight|mass\b|gewicht|poids|\bpeso|\bkg\b"),
        (r"tall", r"height|höhe"),
        (r"wide|narrow|breit", r"width|spacing|breite"),
        (r"deep|shallow|tief", r"depth|tiefe"),
        (
            r"large|small|big|größ|klein|grand|petit|pequeñ",
            r"size|area|größe|fläche|taille|surface|superficie|tamaño|\bm²|\bm2\b",
        ),
    )
)
# The last word of what is the highest, which says what it is a matter of.
_HEAD = re.compile(
    r"(?: (?!(?:and|or|but|und|oder|et|ou|y|o)\b)\w[\w-]*)*? (\w[\w-]*)"
    r"(?=\W*$| (?:of|per|in|for|on|at|with|by|to|from|among|is|are|was|were|has|have)\b)"
)
_SEVERAL = caseless(  # "Which double sculls are …", as against "Which class is …"; "Who has not paid?"
    r"\W*(?:how many|wie ?viele|welche|combien d|quel(?:le)?s|cuánt[oa]s|(?:which|what) (?:[\w-]+ ){0,2}"
    r"(?!(?:is|was|has|does)\b)[\w-]*[^\Ws]s [\w-]*[^\Ws]|who|wer|qui|quién(?:es)?)\b"
)
_AMOUNT = (
    rf"(?P<sign>[£$€]?)(?P<number>{SPACED}|\d[\d.,]*\d|\d|{'|'.join(SMALL_NUMBERS)})\b(?: ?(?P<behind>€|euros?\b))?"
)
LIMIT = caseless(rf"\b(?:(?P<less>{LESS})|(?P<most>{AT_MOST}|within)|(?P<least>{AT_LEAST})|(?P<more>{MORE})) {_AMOUNT}")
_BETWEEN = caseless(r"\b(?:between|zwischen|entre) (\S*\d\S*) (?:and|und|et|y) (?=\S*\d)")
_SEPARATED = re.compile(r"(?<=\d)[:.,](?=\d)")
_COMPARE = {"less": lt, "most": le, "least": ge, "more": gt}


@dataclass(frozen=True, slots=True)
class Row:
    start: int
    end: int
    text: str
    fields: dict[str, str]


def first_row(pick: Pick) -> int | None:
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
    question = _BETWEEN.sub(r"at least \1 and at most ", question)
    limits = list(LIMIT.finditer(question))
    asks = limits or asks_for_several(question) or _SEVERAL.match(question)
    best = picks[0] if picks and asks else None
    if best is None or (first := first_row(best)) is None:
        return list(picks)
    if any(limit.group().lower() in best.text.lower() for limit in limits):
        return list(picks)  # "over 1 m²" is a name there
    document = document_of(best.hit.passage.document_id)
    if not (table := table_at(document, first)):
        return list(picks)  # a sentence that only looks like a row
    rows = (_with_yes(question, table) or table) if not limits else table
    for limit in limits:
        within = {row.start for row in _within(question, limit, table)}
        rows = [row for row in rows if row.start in within]
    asked = _spelled(LIMIT.sub(" ", question))
    known = stems_of(" ".join(table[0].fields))  # what a column is called says nothing of a row
    heard, labels = set(asked), {label: _naming(label) for label in table[0].fields}
    named = [_named(row, asked, heard - known, labels) for row in rows]
    most = max(named, key=len, default=frozenset())
    those = [row for row, places in zip(rows, named, strict=True) if len(places) == len(most)]
    alike = (most or len(rows) < len(table)) and all(places == most for places in named if len(places) == len(most))
    least = 1 if limits or len(rows) < len(table) else 2
    if not alike or not least <= len(those) < min(MOST_LINES + 1, len(table)):
        return list(picks)
    of_it = [pick for pick in picks if pick.hit.passage.document_id == document.id]
    inside = [pick for pick in of_it if pick.start < table[-1].end and table[0].start < pick.end]
    chosen = {pick.start: place for place, pick in enumerate(inside)}
    those.sort(key=lambda row: chosen.get(row.start, len(chosen)))
    others = [pick for pick in picks if pick not in inside]
    return [*(pick_of(row, best, document) for row in those), *others]


def _with_yes(question: str, table: Sequence[Row]) -> list[Row]:
    """Return the rows with "yes", or "no" if it negates, in the only column of both whose label a question names."""
    asked = set(asked_stems(question))
    held = {label: [row for row in table if row.fields.get(label)] for label in table[0].fields}
    held = {label: rows for label, rows in held.items() if asked.intersection(content_words(label))}
    of_both = [label for label, rows in held.items() if all(YES_OR_NO.fullmatch(row.fields[label]) for row in rows)]
    if len(of_both) != 1:
        return []
    wanted = "no" if negates(question) else "yes"
    found = [(row, YES_OR_NO.fullmatch(row.fields[of_both[0]])) for row in held[of_both[0]]]
    return [row for row, match in found if match and match[wanted]]


def _within(question: str, limit: re.Match[str], table: Sequence[Row]) -> list[Row]:
    """Return the rows whose number is within a limit, "less than 9"; none where no column is plainly meant."""
    rows = [row for row in table if not SUM_ROW.match(row.text)]
    asked = {limit["sign"], "€" if limit["behind"] else "", *asked_stems(question)}
    cells = {label: [row.fields.get(label, "") for row in rows] for label in (rows[0].fields if rows else ())}
    columns = [label for label, values in cells.items() if _are_numbers(values)]
    in_unit = [label for label in columns if asked & {one for row in rows for one in units(row.fields[label])}]
    label = in_unit[0] if len(in_unit) == 1 else column(question, limit, rows) if rows else ""
    values = numbers(cells[label]) if label else []
    holds = next(compare for name, compare in _COMPARE.items() if limit[name])
    least = number_of(limit["number"])
    if label and lasts(cells[label]):  # in minutes
        unit = re.match(r"\s*([^\W\d_]+)", question[limit.end() :])
        least *= {"hour": 60, "minute": 1}.get(unit_name(unit[1].lower()) if unit else "", nan)
    return [row for row, value in zip(rows, values, strict=False) if holds(value, least)]


def pick_of(row: Row, best: Pick, document: Document) -> Pick:
    passage = best.hit.passage.moved(document, row.start, row.end)
    return Pick(replace(best.hit, passage=passage), row.start, row.end, best.score)


def _spelled(text: str) -> list[str]:
    """Return the stems of all words, small numbers in figures, times and amounts as one number."""
    text = _SEPARATED.sub("", text)
    return [str(SMALL_NUMBERS.index(word)) if word in SMALL_NUMBERS else stem(word) for word in words(text)]


def _naming(label: str) -> set[str]:
    """Return the stems of what a label calls its column, its unit left out: "Depth (cm)"."""
    return {word for word in content_words(label) if not kind_of_unit(word)} or stems_of(label)


def _named(row: Row, asked: Sequence[str], telling: set[str], labels: Mapping[str, set[str]]) -> frozenset[int]:
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


def table_at(document: Document, place: int) -> list[Row]:
    """Return the rows of the table that stands at this place of a document."""
    tables: list[list[Row]] = [[]]
    for block in document.blocks:
        if block.kind != "row" or (tables[-1] and "\n\n" in document.text[tables[-1][-1].end : block.start]):
            tables.append([])
        if block.kind == "row":
            text = document.text[block.start : block.end]
            tables[-1].append(Row(block.start, block.end, text, dict(fields_of(text))))
    return next((rows for rows in tables if rows and rows[0].start <= place < rows[-1].end), [])


def column(question: str, asks: re.Match[str], rows: Sequence[Row], *, is_when: bool = False) -> str:
    """Return the label of what is compared: the one that the question names, or the only one of its kind."""
    superlative, of_price = asks.group(), OF_PRICE.search(question)
    columns = {label: [row.fields.get(label, "") for row in rows] for label in rows[0].fields}
    compared = [label for label, cells in columns.items() if (_are_moments if is_when else _are_numbers)(cells)]
    asked = set(asked_stems(question)) - stems_of(superlative)
    named = {label: len(asked.intersection(content_words(label))) for label in compared}
    most = max(named.values(), default=0)
    if is_when:  # of "Departs" and "Arrives" the first, if neither is named; each of many is a bus or a day
        as_named = [label for label, count in named.items() if count == most]
        return as_named[0] if 0 < len(as_named) < 3 else ""
    of_size = [said for asked_of, said in _OF_SIZE if asked_of.search(superlative)]
    kinds = [_PRICE] if of_price else of_size
    of_kind = [label for label in compared if any(kind.search(_with_unit(label, rows)) for kind in kinds)]
    others = [label for label in list(rows[0].fields)[1:] if label not in named]
    if not most and len(of_kind) != 1 and any(asked.intersection(content_words(label)) for label in others):
        return ""  # what it names has no numbers, or not in each row
    those = [label for label, count in named.items() if count == most]
    if most and len(those) > 1 and (head := _HEAD.match(question, asks.end())):  # "the highest memory bandwidth"
        behind = question[head.end() :]  # "the highest weight for its length" is neither
        those = [label for label in those if names_any(label, head[1]) or names_any(label, behind)] or those
    if not most and (of_price or len(those) != 1):
        those = of_kind
    plain = len(those) == 1 and superlative.lower() not in those[0].lower()  # a "maximum dose" has each of them
    return those[0] if plain and not (of_size and _PRICE.search(those[0])) else ""


def _are_numbers(cells: Sequence[str]) -> bool:
    return all(map(is_number, cells))


def _are_moments(cells: Sequence[str]) -> bool:
    """Tell whether most cells are times or dates, "closed" and empty ones left out."""
    told = [cell for cell in cells if moments([cell])]
    return 2 * len(told) > len(cells) and bool(moments(told))


def names_any(text: str, label: str) -> bool:
    """Return whether a text has a word of a label."""
    return not stems_of(text).isdisjoint(content_words(label))


def _with_unit(label: str, rows: Sequence[Row]) -> str:
    return f"{label} {rows[0].fields[label].lstrip('0123456789.,:')}"
