"""Questions to a table: the row with the highest or lowest number of a column, or all rows that have what is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import ge, gt, le, lt

from rag.amounts import AT_LEAST, AT_MOST, LESS, MORE, SUM_ROW, number_of, value_of
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
_ASKS = re.compile(rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST}))\b", re.IGNORECASE)
_OF_PRICE = re.compile(r"cheap|dear|pric|expensive|\bcosts?\b|teuer|billig|günstig", re.IGNORECASE)
_PRICE = re.compile(r"price|cost|fee|fare|rent|rate|charge|tariff|preis|kosten|gebühr|[£$€]", re.IGNORECASE)
_SIZE = re.compile(r"long|short|tall|heav|light|läng|kürz|schwer|leicht", re.IGNORECASE)
_OTHERWISE = re.compile(
    r"\b(?:at (?:most|least)|most (?:recent|likely|of|popular|affordable|economical)"
    r"|least (?:one|expensive|popular)|mostly|second|third|next|not|two|three|rank\w*|zweit\w*|dritt\w*|nicht)\b",
    re.IGNORECASE,
)
_OF_WHAT_IS = re.compile(r"\b(?:of|for|in|on|von|de) (?:the |our |my )?$", re.IGNORECASE)  # "the price of the longest"
_NUMBER = re.compile(r"[-−]?[£$€]? ?\d[\d.,' ]*(?: ?(?:[£$€%]|[^\W\d_]{1,12}))?(?: (?:a|per|each) [^\W\d_]+)?")
_FREE = re.compile(r"free(?: of charge)?|no charge|gratis|kostenlos|kostenfrei|gratuite?", re.IGNORECASE)
_YES_OR_NO = re.compile(r"(?P<yes>yes|y|ja|oui|sí|true)|(?P<no>no|n|nein|non|false|none)", re.IGNORECASE)
_THREE = re.compile(r"\d([.,])\d{3}$")
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
    rf"\b(?:(?P<less>{LESS})|(?P<most>{AT_MOST})|(?P<least>{AT_LEAST})|(?P<more>{MORE})) {_AMOUNT}", re.IGNORECASE
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
    found = [] if _OTHERWISE.search(question) else list(_ASKS.finditer(question))
    at = next((pick for pick in picks if is_row(pick.text.split("\n")[0])), None)
    if len(found) != 1 or at is None:
        return list(picks)
    asks = found[0]
    document = document_of(at.hit.passage.document_id)
    table = _table(document, at.start)
    rows = [row for row in table if not SUM_ROW.match(row.text)]
    label = _column(question, asks, rows) if rows and len(table) >= _LEAST_ROWS else ""
    if at is not picks[0] and not (label and _names(question, next(iter(rows[0].fields))) and _names(question, label)):
        return list(picks)
    rows = [row for row in table if _is_number(row.fields.get(label, ""))]  # a sum may leave it out
    rows = [row for row in rows if not _is_plain_sum(row)] or rows
    numbers = _numbers([row.fields[label] for row in rows]) if label else []
    if not numbers:
        return list(picks)
    if SUM_ROW.match(rows[-1].text) and abs(sum(numbers[:-1]) - numbers[-1]) <= _ROUNDING * numbers[-1]:
        rows = rows[:-1]
    wanted = set(content_words(question)) - set(content_words(f"{asks.group()} {label}"))
    held = [len(wanted.intersection(content_words(row.text))) for row in rows]
    most = max(held)
    those = [(row, number) for row, number, count in zip(rows, numbers, held, strict=False) if count == most]
    extreme = (max if asks["most"] else min)(number for _, number in those)
    best = [replace(_pick(row, at, document), score=picks[0].score) for row, number in those if number == extreme]
    return [*best, *(pick for pick in picks if not is_row(pick.text.split("\n")[0]))]


def _is_plain_sum(row: _Row) -> bool:
    """Tell whether a row is a sum by its first cell alone, as "Total incl. VAT" is and "Total Care" need not be."""
    return _PLAIN_SUM.fullmatch(next(iter(row.fields.values()))) is not None


def with_all_named(question: str, picks: Sequence[Pick], document_of: Callable[[str], Document]) -> list[Pick]:
    """Return the picks with all rows of the best one's table that a question asks for in its place.

    "Which boats need licence B?" has as many answers as rows have most of its words; "Which cost less than £9?" those
    with such a number in the column that is meant.
    """
    limit = _LIMIT.search(question)
    asks = limit or asks_for_several(question) or _SEVERAL.match(question)
    if not picks or not is_row(picks[0].text.split("\n")[0]) or not asks:
        return list(picks)
    best = picks[0]
    if limit and limit.group().lower() in best.text.lower():
        return list(picks)  # "over 1 m²" is a name there
    document = document_of(best.hit.passage.document_id)
    table = _table(document, best.start)
    rows = _within(question, limit, table) if limit else _with_yes(question, table) or table
    asked = _spelled(question.replace(limit.group(), " ") if limit else question)
    named = [_named(row, asked) for row in rows]
    most = max(named, key=len, default=frozenset())
    those = [row for row, places in zip(rows, named, strict=True) if len(places) == len(most)]
    alike = (most or len(rows) < len(table)) and all(places == most for places in named if len(places) == len(most))
    least = 1 if limit or len(rows) < len(table) else 2
    if not alike or not least <= len(those) < min(MOST_LINES + 1, len(table)):
        return list(picks)
    chosen = [pick.start for pick in picks if pick.hit.passage.document_id == document.id]
    chosen = [start for start in chosen if table[0].start <= start < table[-1].end]
    those.sort(key=lambda row: chosen.index(row.start) if row.start in chosen else len(chosen))
    others = [pick for pick in picks if pick.hit.passage.document_id != document.id or pick.start not in chosen]
    return [*(_pick(row, best, document) for row in those), *others]


def _with_yes(question: str, table: Sequence[_Row]) -> list[_Row]:
    """Return the rows with "yes", or "no" if it negates, in the only column of both whose label a question names."""
    asked = set(content_words(question))
    labels = [label for label in (table[0].fields if table else ()) if asked.intersection(content_words(label))]
    of_both = [label for label in labels if all(_YES_OR_NO.fullmatch(row.fields.get(label, "")) for row in table)]
    if len(of_both) != 1:
        return []
    wanted = "no" if negates(question) else "yes"
    found = (_YES_OR_NO.fullmatch(row.fields[of_both[0]]) for row in table)
    return [row for row, match in zip(table, found, strict=True) if match and match[wanted]]


def _within(question: str, limit: re.Match[str], table: Sequence[_Row]) -> list[_Row]:
    """Return the rows whose number is within a limit, "less than 9"; none where no column is plainly meant."""
    rows = [row for row in table if not SUM_ROW.match(row.text)]
    asked = {limit["sign"], *content_words(question)}
    columns = [label for label in (rows[0].fields if rows else ()) if _is_numeric(label, rows)]
    in_unit = [label for label in columns if asked & {one for row in rows for one in _units(row.fields[label])}]
    label = in_unit[0] if len(in_unit) == 1 else _column(question, limit, rows) if rows else ""
    numbers = _numbers([row.fields[label] for row in rows]) if label else []
    holds = next(compare for name, compare in _COMPARE.items() if limit[name])
    return [row for row, number in zip(rows, numbers, strict=False) if holds(number, number_of(limit["number"]))]


def _pick(row: _Row, best: Pick, document: Document) -> Pick:
    passage = best.hit.passage.moved(document, row.start, row.end)
    return Pick(replace(best.hit, passage=passage), row.start, row.end, best.score)


def _spelled(text: str) -> list[str]:
    """Return the stems of all words, small numbers in figures, times and amounts as one number."""
    text = _SEPARATED.sub("", text)
    return [str(SMALL_NUMBERS.index(word)) if word in SMALL_NUMBERS else stem(word) for word in words(text)]


def _named(row: _Row, asked: Sequence[str]) -> frozenset[int]:
    """Return the places of the question's words that a row's cells hold: of a short one, as "B", only those with its
    label or another word of the cell beside it."""
    places: set[int] = set()
    for label, value in row.fields.items():
        cell, labels = _spelled(value), set(content_words(label))
        pairs = set(pairwise(cell))
        for place, word in enumerate(asked):
            telling = len(word) > 2 and word not in STOP_WORDS
            near = labels.intersection(asked[max(0, place - 2) : place + 4])
            beside = pairs.intersection(pairwise(asked[max(0, place - 1) : place + 2]))
            if word in cell and word not in labels and (telling or near or beside):
                places.add(place)
    return frozenset(places)


def compares(word: str, question: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a word of a question asks for the highest or is a limit, and the best hit is a table, which needs
    no such word."""
    limit = _LIMIT.search(question)
    asks = _ASKS.fullmatch(word) is not None or (limit is not None and word in asked_words(limit.group()))
    return asks and bool(hits) and any(map(is_row, hits[0].passage.text.split("\n")))


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
    """Return the label of the numbers that are compared: the one that the question names, or the only one."""
    superlative, of_price = asks.group(), _OF_PRICE.search(question)
    if not of_price and asks.re is _ASKS and _OF_WHAT_IS.search(question[: asks.start()]):
        return ""
    numeric = [label for label in rows[0].fields if _is_numeric(label, rows)]
    asked = set(content_words(question)) - set(content_words(superlative))
    named = {label: len(asked.intersection(content_words(label))) for label in numeric}
    most = max(named.values(), default=0)
    others = [label for label in list(rows[0].fields)[1:] if label not in named]
    if not most and any(asked.intersection(content_words(label)) for label in others):
        return ""  # what it names has no numbers, or not in each row
    those = [label for label, count in named.items() if count == most]
    if most and len(those) > 1 and (head := _HEAD.match(question, asks.end())):  # "the highest memory bandwidth"
        behind = question[head.end() :]  # "the highest weight for its length" is neither
        those = [label for label in those if _names(label, head[1]) or _names(label, behind)] or those
    if not most and of_price:
        those = [label for label in numeric if _PRICE.search(label)]
    plain = len(those) == 1 and superlative.lower() not in those[0].lower()  # a "maximum dose" has each of them
    return those[0] if plain and not (_SIZE.search(superlative) and _PRICE.search(those[0])) else ""


def _names(text: str, words: str) -> bool:
    """Return whether a text has a word of these words."""
    return not set(content_words(text)).isdisjoint(content_words(words))


def _is_numeric(label: str, rows: Sequence[_Row]) -> bool:
    return all(_is_number(row.fields.get(label, "")) for row in rows)


def _units(value: str) -> list[str]:
    """Return the words and signs beside a number, as stems."""
    return [stem(word) for word in re.findall(r"[^\W\d_]+|[£$€%]", value)]


def _is_number(value: str) -> bool:
    """Tell whether a cell is a number, or says that something costs nothing."""
    return _NUMBER.fullmatch(value) is not None or _FREE.fullmatch(value) is not None


def _numbers(values: Sequence[str]) -> list[float]:
    """Return the values as numbers; nothing where their units differ or some are dates. What is free is 0.

    A point or comma before three digits groups thousands, unless others of the column have it as the decimal sign.
    """
    signs = [-1 if value.startswith(("-", "−")) else 1 for value in values]
    written = [re.sub(r"[^\d.,]", "", value).rstrip(".,") or "0" for value in values]
    told = [value for value in values if not _FREE.fullmatch(value)]
    units = {" ".join(_units(value)) for value in told}
    if len(units) > 1 or any(re.fullmatch(r"\d+([.,])\d{1,2}\1\d+", number) for number in written):
        return []
    decimal = {found[1] for number in written if (found := re.fullmatch(r"\d+([.,])(?:\d{1,2}|\d{4,})", number))}
    decimal |= {number[1] for number in written if re.fullmatch(r"0[.,]\d+", number)}
    return [sign * _value(number, decimal) for sign, number in zip(signs, written, strict=True)]


def _value(number: str, decimal: Collection[str]) -> float:
    sign = _THREE.search(number)
    if not sign or sign[1] not in decimal or number.count(sign[1]) > 1:
        return value_of(number)
    return float(number.replace("," if sign[1] == "." else ".", "").replace(sign[1], "."))
