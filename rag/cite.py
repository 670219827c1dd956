"""The citation check: bind each sentence of a draft to exact words of a passage, and say whether they support it.

Both answerers go through it. A marker that points to nothing is removed; numbers, dates and names of a sentence must
occur in the cited words, because that is where drafts go wrong while sounding right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.datatypes import Citation, Hit, Passage, Sentence, Verdict
from rag.draft import MAY_END, Part, is_open, is_whole, read_draft, without_thoughts
from rag.facts import figures, missing, negates, said_of_something_else
from rag.text import STOP_WORDS, content_words, language, names, stem, words

_LINK = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+", re.IGNORECASE)
_NAMED_LINK = re.compile(r"\[([^\]\n]+)\]\(\(address removed\)\)?")

# Share of a sentence's content words that must occur in the cited words. Token overlap separates fabrication from
# support well (AUROC .94) and partial support badly (.60), so the band between is called partly.
SUPPORTED_SHARE = 0.6
PARTLY_SHARE = 0.35
# A line with one of these states something.
_STATING = frozenset(
    "yes no is are was were be been has have had do does did can could may might must shall should will would get "
    "gets".split()
)
_LEADS = "It only leads to other sentences or names a source, and was not checked."
_TITLE_WORDS = 10
_QUOTES = 4  # from one passage for one sentence
# With these words a draft speaks of itself and of the documents, or ties its sentences together.
_TALK = frozenset(
    "according answer answers based conclusion contain describe details document documents example file "
    "files following follows found general given information key line list listed main mention mentions note "
    "overview page papers part passage passages point points policy question reads reason reasons references "
    "report result results said say says section show shows source sources state stated states step steps summary "
    "table text things ways need know help helps hope ask feel free questions additionally however therefore "
    "thus moreover furthermore overall specifically currently similarly finally first second third next meanwhile "
    "instead otherwise generally typically usually notably importantly consequently hence besides "
    "likewise nevertheless nonetheless although though whereas unless since per regarding "
    "concerning depending certain various compute".split()
)


class GrowingDraft:
    """A draft with [n] markers that grows piece by piece: each sentence is checked once. ``[n]`` is ``hits[n - 1]``.

    Citations are numbered 1, 2, ... in order of appearance, one number for each exact quote.
    """

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.text = ""
        self._hits, self._checked = hits, dict[Part, Sentence]()
        self._told = list[Part]()
        self._from = 0  # where in the text the end of the next one can stand

    def add(self, piece: str) -> tuple[Sentence, ...]:
        """Take the next piece; return all finished sentences if one more is there or has got its marker, else none."""
        whole = self.text + piece
        self.text = without_thoughts(whole)
        if len(self.text) < len(whole):
            self._told, self._from = [], 0
        if not MAY_END.search(self.text, self._from) or is_open(self.text):
            return ()
        parts = list(read_draft(self.text))[:-1]  # the last one may still grow
        if len(parts) < len(self._told) or parts == self._told:
            return ()
        self._told, self._from = parts, len(self.text) - len(piece)
        return number(map(self._check, parts))

    def end(self, *, cut: bool = False) -> tuple[Sentence, ...]:
        """Return all sentences, the last one too; of a draft that was ``cut`` off only if it is whole."""
        parts = list(read_draft(self.text))
        if cut and len(parts) > 1 and not is_whole(self.text):
            del parts[-1]
        return number(map(self._check, parts))

    def _check(self, part: Part) -> Sentence:
        if part not in self._checked:
            self._checked[part] = _bind_sentence(part, self._hits)
        return self._checked[part]


def number(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Number the citations 1, 2, ... in order of appearance; the same words get the same number."""
    seen: dict[tuple[str, int, int], int] = {}
    numbered = []
    for sentence in sentences:
        keys = [(c.document_id, c.start, c.end) for c in sentence.citations]
        citations = [
            replace(c, number=seen.setdefault(key, len(seen) + 1))
            for c, key in zip(sentence.citations, keys, strict=True)
        ]
        numbered.append(replace(sentence, citations=tuple(citations)))
    return tuple(numbered)


def cite(passage: Passage, start: int, end: int, number: int = 0) -> Citation:
    """Return a citation of ``document.text[start:end]``, which must lie inside the passage, with its own page."""
    page, label = passage.page_at(start)
    return Citation(
        number=number,
        passage_id=passage.id,
        document_id=passage.document_id,
        source=passage.source,
        title=passage.title,
        start=start,
        end=end,
        quote=passage.slice(start, end),
        heading=passage.heading,
        page=page,
        page_label=label,
    )


def verify(text: str, quotes: Sequence[str], context: str = "") -> tuple[Verdict, str]:
    """Say whether the quoted words support the sentence, and why not.

    ``context`` (title and headings of the source) may supply names, as a heading does for the lines under it; a number
    or date that stands only there makes the support partial. Of a sentence in another language than the quoted words
    only the numbers can be compared.
    """
    if not quotes:
        return Verdict.UNSUPPORTED, "No source is cited."
    cited = "; ".join(quotes)  # or the end of one and the beginning of the next would be one number: "12 345"
    lost = missing(text, cited)
    if not lost and f" {_loose(text)} " in f" {_loose(cited)} ":
        return Verdict.QUOTED, "The source's own words."
    known = set(content_words(cited)) | set(content_words(context))
    strangers = [n for n in names(text, first=True) if n.lower() not in _TALK and not set(content_words(n)) <= known]
    if lost & missing(text, context):
        return Verdict.UNSUPPORTED, f"Not in the cited words: {', '.join([*sorted(lost), *strangers])}."
    wanted = [s for word in words(text) if word not in STOP_WORDS and ((s := stem(word)) in known or word not in _TALK)]
    share = sum(word in known for word in wanted) / len(wanted) if wanted else 0.0
    if share < PARTLY_SHARE:
        if (theirs := language(cited)) and (mine := language(text)) and mine != theirs:
            return Verdict.PARTLY, "In another language than the cited words: only its numbers were compared."
        return Verdict.UNSUPPORTED, "The cited words say something else."
    if lost:
        return Verdict.PARTLY, f"Only in the heading of the source: {', '.join(sorted(lost))}."
    if strangers:
        return Verdict.PARTLY, f"Not in the cited words: {', '.join(strangers)}."
    if elsewhere := said_of_something_else(text, quotes):
        return Verdict.PARTLY, f"The cited words say this of something else: {', '.join(elsewhere)}."
    if negates(text) != negates(cited):
        return Verdict.PARTLY, "A negation stands on one side only."
    if share < SUPPORTED_SHARE:
        lacking = [word for word in dict.fromkeys(words(text)) if not set(content_words(word)) <= known]
        return Verdict.PARTLY, f"Not in the cited words: {', '.join(lacking[:5])}."
    return Verdict.SUPPORTED, "Its numbers, dates, names and most of its words stand in the cited words."


def _loose(text: str) -> str:
    return " ".join(words(text))


def _bind_sentence(part: Part, hits: Sequence[Hit]) -> Sentence:
    real = [n for n in part.numbers if 1 <= n <= len(hits)]
    ghosts = [n for n in part.numbers if n not in real]
    text, dropped = _drop_foreign_links(part.text, hits)
    if not dropped and _is_frame(part, hits):
        return Sentence(text, (), Verdict.LEADING, _LEADS, part.lead)
    whole = f"{part.parent}: {text}" if part.parent else text  # "35 days" says nothing without what is kept so long
    citations = tuple(c for n in real for c in _cite_best(whole, hits[n - 1].passage)) or _find_support(whole, hits)
    if not citations and not ghosts and not dropped and _announces(part, hits):
        return Sentence(text, (), Verdict.LEADING, _LEADS, part.lead)
    context = " ".join(f"{c.title} {c.heading}" for c in citations)
    verdict, reason = verify(whole, [c.quote for c in citations], context)
    notes = [f"[{n}] pointed to no passage and was removed." for n in ghosts]
    notes += ["An address that no passage holds was removed."] if dropped else []
    return Sentence(text, citations, verdict, " ".join([reason, *notes]), part.lead)


def _is_frame(part: Part, hits: Sequence[Hit]) -> bool:
    """Whether a line states nothing: a title, the head of a table, talk of the documents, the name of a source."""
    if negates(part.text) or _STATING.intersection(words(part.text)) or (part.numbers and not part.is_listed):
        return False
    told, stated = _telling(part.text), figures(part.text)
    stems = set(map(stem, told))
    if part.is_listed:
        named = " ".join(f"{h.passage.source} {h.passage.above}" for h in hits)
        return not part.text.endswith((".", "!", "?")) and stems <= set(content_words(named))
    if part.lead == "\n\n| " and part.is_title:
        return all(len(figure.shown) == 4 for figure in stated)  # the years of its columns
    if stated or not part.is_title:
        return not told and not stated
    if part.lead.endswith("# "):
        named = " ".join(names(part.text))
        return len(told) < _TITLE_WORDS and set(content_words(named)) <= set().union(*map(_held, hits))
    return any(stems <= _held(hit) for hit in hits)


def _announces(part: Part, hits: Sequence[Hit]) -> bool:
    """Whether a line ends in a colon and brings nothing new: no number, no negation, and all words of one passage."""
    if not part.text.endswith((":", "：")) or figures(part.text) or negates(part.text):
        return False
    new = set(map(stem, _telling(part.text)))
    return any(new <= _held(hit) for hit in hits)


def _telling(text: str) -> list[str]:
    """Return the words that say something of the matter, in order."""
    return [word for word in words(text) if word not in STOP_WORDS and word not in _TALK]


def _held(hit: Hit) -> set[str]:
    return set(content_words(hit.passage.titled))


def _find_support(text: str, hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """Cite the one passage that supports an uncited sentence in full, if there is one; bare numbers have too many."""
    if sum(not word[0].isdigit() for word in _telling(text)) < 2:
        return ()
    for hit in hits:
        citations = _cite_best(text, hit.passage)
        verdict, _ = verify(text, [c.quote for c in citations], hit.passage.above)
        if verdict in (Verdict.QUOTED, Verdict.SUPPORTED):
            return citations
    return ()


def _cite_best(text: str, passage: Passage) -> tuple[Citation, ...]:
    return tuple(cite(passage, *span) for span in _best_spans(text, passage))


def _drop_foreign_links(text: str, hits: Sequence[Hit]) -> tuple[str, int]:
    """Remove addresses that occur in no passage: a draft can only have made them up, or been told to leak by them."""
    known = " ".join(hit.passage.text for hit in hits)
    removed = 0

    def check(match: re.Match[str]) -> str:
        nonlocal removed
        if match.group().rstrip(".,;:!?)") in known:
            return match.group()
        removed += 1
        return "(address removed)"

    return _NAMED_LINK.sub(r"\1 (address removed)", _LINK.sub(check, text)), removed


def _best_spans(text: str, passage: Passage) -> list[tuple[int, int]]:
    """Return the spans of the sentences of the passage that hold most of the sentence's words, neighbours as one.

    A further sentence must add at least two words or a number; ties go to neighbours, then to the shorter one.
    """
    spans = passage.spans
    stated = figures(text)
    wanted = set(content_words(text)) - {figure.shown for figure in stated}
    held = []
    for start, end in spans:
        quote = passage.slice(start, end)
        there = frozenset[str]().union(*(figure.readings for figure in figures(quote, cited=True)))
        held.append(wanted & set(content_words(quote)) | {f"#{f.shown}" for f in stated if f.readings & there})
    chosen: list[int] = []
    covered: set[str] = set()

    def worth(place: int) -> tuple[int, bool, int]:
        beside = any(abs(place - other) == 1 for other in chosen)
        return len(held[place] - covered), beside, spans[place][0] - spans[place][1]

    while len(chosen) < _QUOTES:
        best = max(set(range(len(spans))) - set(chosen), key=worth, default=None)
        gain = held[best] - covered if best is not None else set()
        if best is None or (chosen and len(gain) < 2 and not any(word[0] == "#" for word in gain)):
            break
        chosen.append(best)
        covered |= held[best]
    joined: list[tuple[int, int]] = []
    for place in sorted(chosen):
        follows = joined and place - 1 in chosen
        joined[-1:] = [(joined[-1][0], spans[place][1])] if follows else [*joined[-1:], spans[place]]
    return joined
