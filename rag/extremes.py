"""The row of a table with the highest or lowest number of a column, or with the first or last time or date."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.amounts import SUM_ROW
from rag.cells import bound, is_number, moments, numbers
from rag.datatypes import TOTAL, Document, Hit
from rag.extract import Pick
from rag.lists import MOST_LINES, fields_of, is_row
from rag.tables import LIMIT, OF_PRICE, Row, column, first_row, names_any, pick_of, table_at
from rag.text import asked_stems, asked_words, caseless, content_words, stems_of

_MOST = (
    "highest|largest|biggest|greatest|maximum|most|longest|widest|deepest|tallest|heaviest|dearest|priciest|höchste[nrms]?|größte[nrms]?"
    "|meisten?|längste[nrms]?|teuerste[nrms]?|schwerste[nrms]?"
    "|l(?:e|a|es) plus (?:ch(?:er|ère)|élevée?|haute?|grande?|long|longue|lourde?|profonde?)s?|coûtent? le plus"
    "|m[aá]s (?:car[oa]|elevad[oa]|alt[oa]|grande|larg[oa]|pesad[oa]|profund[oa])s?|cuestan? m[aá]s"
    "|(?:el|la) mayor(?! de)"
)
_LEAST = (
    "lowest|smallest|least|fewest|minimum|shortest|narrowest|lightest|cheapest|niedrigste[nrms]?|kleinste[nrms]?|wenigsten"
    "|kürzeste[nrms]?|billigste[nrms]?|günstigste[nrms]?|leichteste[nrms]?|geringste[nrms]?|preiswerteste[nrms]?"
    "|l(?:e|a|es) plus (?:bas|basse|petite?|courte?|léger|légère|étroite?|économique)s?"
    "|l(?:e|a|es) moins (?:ch(?:er|ère)|élevée?|haute?|grande?|long|longue|lourde?)s?|coûtent? le moins(?: cher)?"
    "|m[aá]s (?:barat[oa]|baj[oa]|pequeñ[oa]|cort[oa]|liger[oa]|económic[oa])s?|menos (?:car[oa]|pesad[oa])s?"
    "|cuestan? menos|(?:el|la) menor(?! de)"
)
_LATEST = "latest|last|späteste[nrms]?|letzte[nrms]?|derni(?:er|ère)s?|últim[oa]s?"
_EARLIEST = "earliest|first|früheste[nrms]?|erste[nrms]?|premi(?:er|ère)s?|primer[oa]?s?"
_ASKS = caseless(rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST}))\b")
_ASKS_WHEN = caseless(
    rf"\b(?:(?P<most>{_LATEST})|(?P<least>{_EARLIEST}))\b"
    r"(?! (?:aid|floor|class|names?|pages?|years?|months?|weeks?|night|time|row|line|resort|one|étage|classe|fois"
    r"|jours?|mois|années?|piso|planta|vez|d[ií]as?|mes|año)\b)"
)
_OTHERWISE = caseless(
    r"\b(?:at (?:most|least)|most (?:recent|likely|of|popular|affordable|economical)"
    r"|least (?:one|expensive|popular)|mostly|second|third|next|not|two|three|rank\w*|zweit\w*|dritt\w*|nicht"
    r"|(?:plus|moins|más|menos) (?:(?:de|d['’])|[\w-]+ (?:que|qu['’]))|deuxième|troisième|segund[oa]|tercer[oa]?)\b"
)
_OF_WHAT_IS = caseless(r"\b(?:of|for|in|on|von|de) (?:the |our |my )?$")  # "the price of the longest"
_PLAIN_SUM = caseless(
    rf"{TOTAL}(?:\W+(?:incl|excl|including|excluding|before|after|with|without|plus|net|gross|due|payable|amount"
    r"|inkl|exkl|zzgl|brutto|netto|mit|ohne|ttc|ht|hors|con|sin)\b.*)?\W*"
)
_OF_TIMES = stems_of("open opening close closed leave arrive depart start begin end")
_LEAST_ROWS, _ROUNDING = 3, 0.005  # of a sum, as a share


def with_extreme(question: str, picks: Sequence[Pick], document_of: Callable[[str], Document]) -> list[Pick]:
    """Return the row with the highest or lowest number that is asked for, in the place of other rows.

    The picks stay as they are where it is not plain which column is meant, and where the best is no row, unless the
    question names the first column too: "Which boat has the lowest price?" of "Boat" and "Price".
    """
    found = [] if _OTHERWISE.search(question) else list(_ASKS.finditer(question)) or list(_ASKS_WHEN.finditer(question))
    of_rows = [pick for pick in picks if first_row(pick) is not None]
    if not found or not of_rows:
        return list(picks)
    asked = set(asked_stems(question))
    # "Wine: …" for "the cheapest wine"
    at = next((pick for pick in of_rows if not asked.isdisjoint(_labels(pick))), of_rows[0])
    document = document_of(at.hit.passage.document_id)
    table = table_at(document, first_row(at) or 0)
    if len(found) > 1 and table:  # "the lowest minimum order", where a column has the minimum
        labels = " ".join(table[0].fields).lower()
        found = [match for match in found if match.group().lower() not in labels]
    wanted = asked.difference(content_words(at.hit.passage.above))
    is_plain = len(found) == 1 and len(table) >= _LEAST_ROWS
    label, rows = _extreme(question, found[0], table, wanted) if is_plain else ("", [])
    named = label and names_any(question, next(iter(table[0].fields))) and names_any(question, label)
    if not 0 < len(rows) <= MOST_LINES or (first_row(picks[0]) is None and not named):
        return list(picks)
    best = [replace(pick_of(row, at, document), score=picks[0].score) for row in rows]
    return [*best, *(pick for pick in picks if first_row(pick) is None)]


def _labels(pick: Pick) -> list[str]:
    """Return the stems of the words that name the first two columns of a pick's first row."""
    row = next(filter(is_row, pick.text.split("\n")), "")
    return content_words(" ".join(label for label, _ in fields_of(row)[:2]))


def _extreme(question: str, asks: re.Match[str], table: Sequence[Row], wanted: set[str]) -> tuple[str, list[Row]]:
    """Return the label that is meant and the rows with the highest or lowest there, of those with most wanted words."""
    is_when = asks.re is _ASKS_WHEN
    table = [
        replace(row, fields={label: bound(cell, most=bool(asks["most"])) for label, cell in row.fields.items()})
        for row in table
    ]
    rows = [row for row in table if not SUM_ROW.match(row.text)]
    of_what_is = _OF_WHAT_IS.search(question[: asks.start()]) and not OF_PRICE.search(question)
    label = column(question, asks, rows, is_when=is_when) if rows and (is_when or not of_what_is) else ""
    if not is_when:
        rows = [row for row in table if is_number(row.fields.get(label, ""))]  # a sum may leave it out
        rows = [row for row in rows if not _is_plain_sum(row)] or rows
    values = (moments if is_when else numbers)([row.fields[label] for row in rows]) if label else []
    if not values:
        return "", []
    if SUM_ROW.match(rows[-1].text) and abs(sum(values[:-1]) - values[-1]) <= _ROUNDING * abs(values[-1]):
        rows = rows[:-1]
    wanted = wanted.difference(content_words(f"{asks.group()} {label}"), _OF_TIMES)
    held = [len(wanted.intersection(content_words(row.text))) for row in rows]
    most = max(held)
    those = [(row, value) for row, value, count in zip(rows, values, held, strict=False) if count == most]
    extreme = (max if asks["most"] else min)(value for _, value in those)
    return label, [row for row, value in those if value == extreme]


def _is_plain_sum(row: Row) -> bool:
    """Tell whether a row is a sum by its first cell alone, as "Total incl. VAT" is and "Total Care" need not be."""
    return _PLAIN_SUM.fullmatch(next(iter(row.fields.values()))) is not None


def compares(word: str, question: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a word of a question asks for the highest or is a limit, and the best hit is a table, which needs
    no such word."""
    limit = LIMIT.search(question)
    rows = [line for line in hits[0].passage.text.split("\n") if is_row(line)] if hits else []
    if _ASKS_WHEN.fullmatch(word):
        return any(moments([value]) for row in rows for _, value in fields_of(row))
    is_limit = limit is not None and word in asked_words(limit.group())
    extreme = _ASKS.search(question)
    is_extreme = _ASKS.fullmatch(word) is not None or (
        extreme is not None and (word.lower() == "expensive" or word in extreme.group().split())
    )
    return bool(rows) and (is_extreme or is_limit)
