"""The answerer that needs no LLM: it picks the sentences that answer, a list as a whole.

The weights of the softmax are fitted, the others set by hand; docs/log.md names the data and the figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from rag.answertype import NUMBER
from rag.datatypes import Hit, Passage
from rag.fit import MEANT, NO_STATEMENT, Asked
from rag.lists import LISTS, Lines, asks_for_several, is_idle, is_row
from rag.sentences import COLONS, QUESTION_MARKS
from rag.text import caseless, coverage, held_stems, in_words, stems_of, words


class _Weights:
    """Weights of a listwise softmax over the sentences of the six best passages.

    Fitted on half of the answerable questions of SQuAD 2.0 and Natural Questions with readings (rag.reread) and
    without: the mean, as the first alone missed rows of tables. Fresh words, which no heading says, came later
    (docs/log.md).
    """

    sentence_cosine = 1.4
    passage_cosine = 3.8
    fused_score = 5.0
    own_words = 1.4
    nearby_words = 3.9
    fresh_words = 1.0
    answer_type = 1.9
    length = 0.7
    reading = 0.5


# The first sentence under a heading that holds all words of the question ("What is HBM?" under "HBM") says what the
# heading promises. Set by hand, like the next one: headings are missing in the data.
_UNDER_HEADING = 2.5

# What only says the question and the headings again, and a line of contents or references, answers nothing.
_NOTHING_NEW = 3.0

# A further sentence is quoted while its score is this near to the best one: about its log odds to answer instead.
_MARGIN = 2.2
# A further page is cited while what its passages say together is this near to the best; set on pages that people cited.
_PAGE_MARGIN = 1.0

# A row of a table is quoted beside the best one if it holds this share of the question's words there; set by hand.
_ROW_SHARE = 0.75
_CONTENTS = r"(?:table of )?contents|inhaltsverzeichnis|inhalt|sommaire|table des matières|índice"
_APPARATUS = caseless(
    rf"(?:{_CONTENTS}|references|bibliography|works cited|literaturverzeichnis|literatur|bibliographie|bibliografía)"
)
# Sections whose lines only lead to other pages, told by their name and where most lines end in a number.
_LEADING = caseless(
    rf"(?:{_CONTENTS}|(?:subject |general )?index|(?:stichwort|sach)verzeichnis|(?:sach|stichwort)?register"
    r"|índice (?:alfabético|de materias))"
)
_LEADS = 0.7
_AT_PAGE = re.compile(r"(?<![\d.,])(\d{1,4})$")
_SAME = 0.7  # of the words of two sentences that differ in their figures; set by hand


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence of a hit that may answer, or a list: its span in the document and its score.

    The score is a log odds up to a constant.
    """

    hit: Hit
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The sentence itself."""
        return self.hit.passage.slice(self.start, self.end)


def pick_sentences(
    question: str,
    hits: Sequence[Hit],
    rarity: Mapping[str, float],
    limit: int,
    meant: Mapping[str, float] = MappingProxyType({}),
    stale: Callable[[str], bool] | None = None,
    related: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
) -> list[Pick]:
    """Return sentences that answer the question best, each once, best first.

    Up to ``limit`` of them are chosen by themselves, and one that contradicts the best. Where there are pages, those on
    weak pages give way to the best sentence of each of the ``limit`` strongest pages.
    ``rarity`` maps the stems of the question to how much finding them tells (an inverse document frequency). ``meant``
    are those of them that a follow-up put in the place of others ("And for infants?"), for these matter most. ``stale``
    tells those that only repeat the last answer. ``related`` are the stems of words that mean nearly the same.
    """
    ranked = sorted(
        _score_sentences(question, hits, rarity, meant, stale or (lambda _: False), related),
        key=lambda pick: -pick.score,
    )
    chosen: list[Pick] = []
    said: set[str] = set()
    for pick in ranked:
        if len(chosen) == limit or (chosen and pick.score < chosen[0].score - _MARGIN):
            break
        whole = _whole_list(question, pick, rarity, best=not chosen)
        key = in_words(whole.text)
        lesser = bool(chosen) and _is_lesser_row(pick, chosen[0], rarity)
        if key and key not in said and not lesser and not overlaps(whole, chosen):
            said.add(key)
            chosen.append(whole)
    others = (pick for pick in ranked if chosen and not overlaps(pick, chosen))
    chosen += [pick for pick in others if _says_otherwise(question, pick, chosen[0])][:1]
    return _prefer_pages(chosen, ranked, limit)


def leads_elsewhere(passage: Passage) -> bool:
    """Tell whether a passage is of a table of contents or an index: lines in order that end in the numbers of pages."""
    if not passage.page or not _LEADING.fullmatch(passage.section):
        return False
    lines = [line.strip().casefold() for line in passage.text.split("\n") if line.strip()]
    pages = [int(end[1]) for line in lines if (end := _AT_PAGE.search(line))]
    return len(lines) > 2 and len(pages) >= _LEADS * len(lines) and (pages == sorted(pages) or lines == sorted(lines))


def overlaps(pick: Pick, others: Sequence[Pick]) -> bool:
    """Tell whether a pick has words in common with one of the others, as they stand in one document."""
    return any(_is_of_one(pick, other) and pick.start < other.end and other.start < pick.end for other in others)


def _says_otherwise(question: str, pick: Pick, best: Pick) -> bool:
    """Tell whether a sentence of another document says the same with other figures: a contradiction to be shown.

    Figures that the question gives are the same in both.
    """
    if _is_of_one(pick, best) or pick.score < best.score - 2 * _MARGIN:
        return False
    own, other = set(words(pick.text)), set(words(best.text))
    given = {word for word in words(question) if word[:1].isdigit()}
    said, figures = own & other, {word for word in own ^ other if NUMBER.search(word)}
    return given <= said and bool(figures) and len(said) >= _SAME * len((own | other) - figures)


def _is_of_one(a: Pick, b: Pick) -> bool:
    return a.hit.passage.document_id == b.hit.passage.document_id


def _whole_list(question: str, pick: Pick, rarity: Mapping[str, float], *, best: bool) -> Pick:
    """Return a pick with the list that it is an item of, where the question asks for several things.

    The ``best`` one may be any row of a table that is asked about as a whole.
    """
    spans = pick.hit.passage.sentences
    i = next((i for i, span in enumerate(spans) if span == (pick.start, pick.end)), None)
    if i is None:
        return pick
    lines = Lines(pick.hit.passage)
    if not asks_for_several(question, rows=is_row(pick.text)) and not (best and lines.is_any_row(i, question, rarity)):
        return pick
    low, high = lines.rows_alike(i, rarity) if is_row(pick.text) else lines.list_around(i)
    if not is_row(pick.text) and lines.sets_apart(i, question):
        return pick
    return replace(pick, start=spans[low][0], end=spans[high - 1][1])


def _is_lesser_row(pick: Pick, best: Pick, rarity: Mapping[str, float]) -> bool:
    """Tell whether this is the row of a table about something else: it holds much less of the question than the best.

    A sentence may say "he" of whom the one before named; a row stands for itself.
    """
    if not (is_row(pick.text) and is_row(best.text)):
        return False
    own, asked = (coverage(stems_of(row.text), rarity) for row in (pick, best))
    return own < _ROW_SHARE * asked


def _prefer_pages(chosen: list[Pick], ranked: Sequence[Pick], limit: int) -> list[Pick]:
    """Keep to the strongest pages beside the best pick, and let each speak; of contents and references those chosen."""
    if not any(map(_page, chosen)):
        return chosen
    speaking = [pick for pick in ranked if words(pick.text) and not _is_apparatus(pick.hit)]
    strength = {page: pick.hit.evidence for pick in speaking if (page := _page(pick))}
    if not strength:
        return chosen
    pages = sorted(strength, key=lambda page: -strength[page])[:limit]
    pages = [page for page in pages if strength[page] >= strength[pages[0]] - _PAGE_MARGIN]
    kept = [
        pick
        for place, pick in enumerate(chosen)
        if not place or _page(pick) is None or _page(pick) in pages or _is_apparatus(pick.hit)
    ]
    silent = set(pages) - {_page(pick) for pick in kept}
    return kept + [next(pick for pick in speaking if _page(pick) == page) for page in pages if page in silent]


def _is_apparatus(hit: Hit) -> bool:
    return _APPARATUS.fullmatch(hit.passage.section) is not None


def _page(pick: Pick) -> tuple[str, int] | None:
    passage = pick.hit.passage
    return (passage.document_id, passage.page) if passage.page else None


def _score_sentences(
    question: str,
    hits: Sequence[Hit],
    rarity: Mapping[str, float],
    meant: Mapping[str, float],
    stale: Callable[[str], bool],
    related: Mapping[str, Mapping[str, float]],
) -> list[Pick]:
    asked, wanted = Asked(question), tuple({*rarity, *meant}.union(*related.values()))
    kind = asked.kind if asked.is_open else None
    rows, several = asks_for_several(question, rows=True), asks_for_several(question)
    picks: list[Pick] = []
    for hit in hits:
        passage, lines = hit.passage, Lines(hit.passage)
        texts = lines.texts
        held = [held_stems(text, wanted) for text in texts]
        frame = stems_of(passage.above)
        heard, fresh = frame.union(rarity), dict.fromkeys(rarity.keys() - frame, 1.0)
        apparatus = _is_apparatus(hit)
        promised = _promises(passage.section, rarity, rows=rows)
        cosines = hit.sentence_scores or (hit.dense_score or 0.0,) * len(texts)
        readings = hit.readings or (0.0,) * len(texts)
        scores = []
        for i, (text, cosine, reading) in enumerate(zip(texts, cosines, readings, strict=True)):
            nearby = frame.union(*held[max(0, i - 1) : i + 2])
            scores.append(
                _Weights.sentence_cosine * cosine
                + _Weights.passage_cosine * (hit.dense_score or 0.0)
                + _Weights.fused_score * hit.score
                + _Weights.own_words * coverage(held[i], rarity, related)
                + _Weights.nearby_words * coverage(nearby, rarity, related)
                + _Weights.fresh_words * coverage(held[i], fresh, related)
                + _Weights.length * min(len(text), 400) / 400
                + _Weights.reading * reading
                + _UNDER_HEADING * (i == 0 and promised)
                + MEANT * coverage(held[i], meant)
                + _Weights.answer_type * asked.type_in(text)
                + asked.fits(text, passage.heading)
                - _NOTHING_NEW * (2 * stale(text) + ((apparatus and not is_row(text)) or is_idle(text, heard, kind)))
            )
        picks += _join_what_leads(hit, lines, scores, promised=promised, rows=several)
    return picks


def _promises(heading: str, rarity: Mapping[str, float], *, rows: bool) -> bool:
    """Tell whether a heading holds all words of a question, but those with which it asks for all ``rows``."""
    told = {stem: weight for stem, weight in rarity.items() if not (rows and stem in LISTS)}
    return bool(told) and coverage(stems_of(heading), told) > 0.99


def _join_what_leads(hit: Hit, lines: Lines, scores: list[float], *, promised: bool, rows: bool) -> Iterator[Pick]:
    """Yield a pick a sentence; one that asks or announces lends its score to what follows and is quoted with that.

    What a heading promises is a list as a whole, and a table where several ``rows`` are asked for.
    """
    for i, (start, _) in enumerate(lines.spans):
        after = lines.led_to(i)
        _, high = lines.list_around(i) if promised and i == 0 and (rows or not is_row(lines.texts[i])) else (i, i + 1)
        if after > i + 1 and not is_row(lines.texts[i + 1]):  # a row has to fit itself
            scores[i + 1] = max(scores[i + 1], scores[i])
        announces, asks = lines.texts[i].endswith(COLONS), lines.texts[i].endswith(QUESTION_MARKS)
        if after > i + 2 or (after > i and not asks):
            yield Pick(hit, start, lines.spans[after - 1][1], scores[i])
        elif after == i:
            yield Pick(hit, start, lines.spans[high - 1][1], scores[i] - NO_STATEMENT * (announces + 3 * asks))
