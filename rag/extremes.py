"""Questions for the highest or the lowest of a table: the row that has it, told by the numbers of one column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.amounts import SUM_ROW, value_of
from rag.datatypes import Document, Hit
from rag.extract import Pick
from rag.lists import is_row
from rag.text import content_words

_MOST = (
    "highest|largest|biggest|greatest|maximum|most|longest|tallest|heaviest|dearest|priciest|höchste[nrms]?|größte[nrms]?"
    "|meisten|längste[nrms]?|teuerste[nrms]?|schwerste[nrms]?"
)
_LEAST = (
    "lowest|smallest|least|fewest|minimum|shortest|lightest|cheapest|niedrigste[nrms]?|kleinste[nrms]?|wenigsten"
    "|kürzeste[nrms]?|billigste[nrms]?|günstigste[nrms]?|leichteste[nrms]?"
)
_ASKS = re.compile(rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST}))\b", re.IGNORECASE)
_OF_PRICE = re.compile(r"cheap|dear|pric|expensive|\bcosts?\b|teuer|billig|günstig", re.IGNORECASE)
_PRICE = re.compile(r"price|cost|fee|fare|rent|rate|charge|tariff|preis|kosten|gebühr|[£$€]", re.IGNORECASE)
_OTHERWISE = re.compile(r"\b(?:at (?:most|least)|most (?:recent|likely|of)|least one|mostly)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[£$€]? ?\d[\d.,' ]*(?: ?(?:[£$€%]|[^\W\d_]{1,12}))?(?: (?:a|per|each) \w+)?")
_LEAST_ROWS = 3


@dataclass(frozen=True, slots=True)
class _Row:
    start: int
    end: int
    text: str
    fields: dict[str, str]


def with_extreme(question: str, picks: Sequence[Pick], document_of: Callable[[str], Document]) -> list[Pick]:
    """Return the row with the highest or lowest number that is asked for, in the place of other rows.

    The picks stay as they are where the best is no row, or where it is not plain which column is meant.
    """
    asks = None if _OTHERWISE.search(question) else _ASKS.search(question)
    if not asks or not picks or not is_row(picks[0].text.split("\n")[0]):
        return list(picks)
    document = document_of(picks[0].hit.passage.document_id)
    rows = [row for row in _table(document, picks[0].start) if not SUM_ROW.match(row.text)]
    label = _column(question, asks.group(), rows) if len(rows) >= _LEAST_ROWS else ""
    if not label:
        return list(picks)
    wanted = set(content_words(question)) - set(content_words(f"{asks.group()} {label}"))
    held = [len(wanted.intersection(content_words(row.text))) for row in rows]
    those = [row for row, count in zip(rows, held, strict=True) if count == max(held)]
    numbers = {row.start: value_of(row.fields[label]) for row in those}
    extreme = (max if asks["most"] else min)(numbers.values())
    best = [_pick(row, picks[0], document) for row in those if numbers[row.start] == extreme]
    return [*best, *(pick for pick in picks if not is_row(pick.text.split("\n")[0]))]


def compares(word: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a word asks for the highest or lowest, and the best hit is a table, which needs no such word."""
    asks = _ASKS.fullmatch(word) is not None and bool(hits)
    return asks and any(map(is_row, hits[0].passage.text.split("\n")))


def _table(document: Document, place: int) -> list[_Row]:
    """Return the rows of the table that stands at this place of a document."""
    tables: list[list[_Row]] = [[]]
    for block in document.blocks:
        if block.kind != "row" or (tables[-1] and "\n\n" in document.text[tables[-1][-1].end : block.start]):
            tables.append([])
        if block.kind == "row":
            text = document.text[block.start : block.end]
            fields = dict(field.partition(": ")[::2] for field in text.split("; "))
            tables[-1].append(_Row(block.start, block.end, text, fields))
    return next((rows for rows in tables if rows and rows[0].start <= place < rows[-1].end), [])


def _column(question: str, superlative: str, rows: Sequence[_Row]) -> str:
    """Return the label of the numbers that are compared: the one that the question names, or the only one."""
    numeric = [label for label in rows[0].fields if all(_NUMBER.fullmatch(row.fields.get(label, "")) for row in rows)]
    asked = set(content_words(question)) - set(content_words(superlative))
    named = {label: len(asked.intersection(content_words(label))) for label in numeric}
    most = max(named.values(), default=0)
    those = [label for label, count in named.items() if count == most]
    if not most and _OF_PRICE.search(question):
        those = [label for label in numeric if _PRICE.search(label)]
    return those[0] if len(those) == 1 else ""


def _pick(row: _Row, best: Pick, document: Document) -> Pick:
    page = document.page_at(row.start)
    number, shown = (page.number, page.label) if page else (None, None)
    passage = replace(best.hit.passage, start=row.start, end=row.end, text=row.text, sentences=((row.start, row.end),))
    passage = replace(passage, page=number, page_label=shown, pages=())
    return Pick(replace(best.hit, passage=passage), row.start, row.end, best.score)
