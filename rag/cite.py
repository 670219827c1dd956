"""The citation check: bind each sentence of a draft to exact words of a passage, and say whether they support it.

Both answerers go through it. A marker that points to nothing is removed; numbers, dates and names of a sentence must
occur in the cited words, because that is where drafts go wrong while sounding right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.answertype import names
from rag.datatypes import Citation, Hit, Passage, Sentence, Verdict
from rag.declining import declines, is_polite, says_what_lacks
from rag.draft import MAY_END, Part, is_open, is_whole, read_draft, without_thoughts
from rag.facts import telling_stems
from rag.figures import figures, readings_of
from rag.lists import Lines, is_row
from rag.opposites import denies, negates
from rag.sentences import COLONS
from rag.text import STOP_WORDS, caseless, content_words, stem, stems_of, words
from rag.verdict import TALK, verify

_LINK = caseless(r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[\w.]+")
_NAMED_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\(\(address removed\)\)?")

# A line with one of these states something.
_STATING = frozenset(
    "yes no is are was were be been has have had do does did can could may might must shall should will would get "
    "gets".split()
)
_LEADS = "It only leads to other sentences or names a source, and was not checked."
_LACKS = "It says what the documents do not tell, and was not checked."
_TITLE_WORDS = 10
_QUOTES = 4  # from one passage for one sentence, neighbours as one
_MOST_SENTENCES = 12  # in them


class GrowingDraft:
    """A draft with [n] markers that grows piece by piece: each sentence is checked once. ``[n]`` is ``hits[n - 1]``.

    Citations are numbered 1, 2, ... in order of appearance, one number for each exact quote.
    """

    def __init__(self, hits: Sequence[Hit], question: str = "") -> None:
        self.text, self._question = "", question
        self._hits, self._checked = hits, dict[Part, Sentence]()
        self._told = list[Part]()
        self._from = 0  # where in the text the end of the next one can stand

    def add(self, piece: str) -> tuple[Sentence, ...]:
        """Take the next piece; return all finished sentences if one more is there or has got its marker, else none."""
        whole, is_blank = self.text + piece, self.text.endswith("\n") and not piece.strip()
        self.text = without_thoughts(whole)
        if len(self.text) < len(whole):
            self._told, self._from = [], 0
        if is_blank or not MAY_END.search(self.text, self._from) or is_open(self.text):
            return ()
        parts = read_draft(self.text)[:-1]  # the last one may still grow
        if len(parts) < len(self._told) or parts == self._told:
            return ()
        self._told, self._from = parts, len(self.text) - len(piece)
        return number(map(self._check, parts))

    def end(self, *, cut: bool = False) -> tuple[Sentence, ...]:
        """Return all sentences, the last one too; of a draft that was ``cut`` off only if it is whole."""
        parts = read_draft(self.text)
        if cut and len(parts) > 1 and not is_whole(self.text):
            del parts[-1]
        return number(map(self._check, parts))

    def declines(self) -> bool:
        """Tell whether the draft says that the answer is not there, and says nothing else that a passage supports."""
        return declines(self.text) and not any(
            sentence.verdict in (Verdict.QUOTED, Verdict.SUPPORTED) for sentence in self.end()
        )

    def _check(self, part: Part) -> Sentence:
        if part not in self._checked:
            self._checked[part] = _bind_sentence(part, self._hits, self._question)
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


def _bind_sentence(part: Part, hits: Sequence[Hit], question: str) -> Sentence:
    real = [n for n in part.numbers if 1 <= n <= len(hits)]
    ghosts = [n for n in part.numbers if n not in real]
    text, dropped = _drop_foreign_links(part.text, hits)
    if not dropped and _is_frame(part, hits):
        return Sentence(text, (), Verdict.LEADING, _LEADS, part.lead)
    whole = f"{part.parent}: {text}" if part.parent else text  # "35 days" says nothing without what is kept so long
    about = (part.about, question)
    citations = tuple(c for n in real for c in _cite_best(whole, hits[n - 1].passage, about))
    citations = citations or _find_support(whole, hits, about)
    if not citations and not ghosts and not dropped and _announces(part, hits):
        return Sentence(text, (), Verdict.LEADING, _LEADS, part.lead)
    context = " ".join(f"{c.title} {c.heading}" for c in citations)
    passages = " ".join(hits[n - 1].passage.text for n in real)
    verdict, reason = verify(whole, [c.quote for c in citations], context, f"{part.about} {question}", passages)
    if verdict in (Verdict.PARTLY, Verdict.UNSUPPORTED) and says_what_lacks(text) and not figures(text):
        return Sentence(text, (), Verdict.LEADING, _LACKS, part.lead)
    notes = [f"[{n}] pointed to no passage and was removed." for n in ghosts]
    notes += ["An address that no passage holds was removed."] if dropped else []
    return Sentence(text, citations, verdict, " ".join([reason, *notes]), part.lead)


def _is_frame(part: Part, hits: Sequence[Hit]) -> bool:
    """Whether a line states nothing: a title, the head of a table, talk of the documents, the name of a source."""
    if is_polite(part.text) and not part.numbers and not figures(part.text):
        return True
    if negates(part.text) or _STATING.intersection(words(part.text)) or (part.numbers and not part.is_listed):
        return False
    told, stated = _telling(part.text), figures(part.text)
    stems = set(map(stem, told))
    if part.is_listed:
        named = " ".join(f"{h.passage.source} {h.passage.above}" for h in hits)
        return not part.text.endswith((".", "!", "?")) and stems <= stems_of(named)
    if part.lead == "\n\n| " and part.is_title:
        return all(len(figure.shown) == 4 for figure in stated)  # the years of its columns
    if stated or not part.is_title:
        return not told and not stated
    if part.lead.endswith("# "):
        named = " ".join(names(part.text))
        return len(told) < _TITLE_WORDS and stems_of(named) <= set().union(*map(_held, hits))
    return any(stems <= _held(hit) for hit in hits)


def _announces(part: Part, hits: Sequence[Hit]) -> bool:
    """Whether a line ends in a colon and brings nothing new: no number, no negation, and all words of one passage."""
    if not part.text.endswith(COLONS) or figures(part.text) or negates(part.text):
        return False
    new = set(map(stem, _telling(part.text)))
    return any(new <= _held(hit) for hit in hits)


def _telling(text: str) -> list[str]:
    """Return the words that say something of the matter, in order."""
    return [word for word in words(text) if word not in STOP_WORDS and word not in TALK]


def _held(hit: Hit) -> set[str]:
    return stems_of(hit.passage.titled)


def _find_support(text: str, hits: Sequence[Hit], about: Sequence[str]) -> tuple[Citation, ...]:
    """Cite the one passage that supports an uncited sentence in full, if there is one; bare numbers have too many."""
    if sum(not word[0].isdigit() for word in _telling(text)) < 2:
        return ()
    for hit in hits:
        citations = _cite_best(text, hit.passage, about)
        verdict, _ = verify(text, [c.quote for c in citations], hit.passage.above)
        if verdict in (Verdict.QUOTED, Verdict.SUPPORTED):
            return citations
    return ()


def _cite_best(text: str, passage: Passage, about: Sequence[str]) -> tuple[Citation, ...]:
    return tuple(cite(passage, *span) for span in _best_spans(text, passage, about))


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


def _best_spans(text: str, passage: Passage, about: Sequence[str]) -> list[tuple[int, int]]:
    """Return the spans of the sentences of the passage that hold most of the sentence's words, neighbours as one.

    A further sentence must add at least two words, a name or a number, or deny a word of a sentence that denies
    nothing; ties go to rarer words, then to neighbours, then to the shorter one. Of lines and rows only those of what
    the sentence is ``about`` are looked at.
    """
    spans = passage.spans
    held = _holdings(text, passage)
    rarity = {word: 1 / sum(word in one for one in held) for one in held for word in one}
    places = _places_about(text, passage, about)
    denied = {place: set[str]() if negates(text) else denies(passage.slice(*spans[place])) for place in places}
    chosen: set[int] = set()
    covered: set[str] = set()

    def worth(place: int) -> tuple[int, float, bool, int]:
        new = held[place] - covered
        beside = not chosen.isdisjoint((place - 1, place + 1))
        return len(new), sum(rarity[word] for word in new), beside, spans[place][0] - spans[place][1]

    while len(chosen) < _MOST_SENTENCES:
        free = [place for place in places - chosen if _runs(chosen | {place}) <= _QUOTES]
        best = max((place for place in free if not chosen or _tells(held[place] - covered)), key=worth, default=None)
        if best is None:
            best = max((place for place in free if denied[place] & (held[place] - covered)), key=worth, default=None)
        if best is None:
            break
        chosen.add(best)
        covered |= held[best]
    joined: list[tuple[int, int]] = []
    for place in sorted(chosen):
        follows = joined and place - 1 in chosen
        joined[-1:] = [(joined[-1][0], spans[place][1])] if follows else [*joined[-1:], spans[place]]
    return joined


def _holdings(text: str, passage: Passage) -> list[set[str]]:
    """Return what each sentence of a passage has of a text: the stems of words, names with "@", numbers with "#"."""
    stated = figures(text)
    wanted = stems_of(text) - {figure.shown for figure in stated}
    named = {stem for name in names(text) for stem in content_words(name)}
    held = []
    for start, end in passage.spans:
        quote = passage.slice(start, end)
        there = readings_of(figures(quote, cited=True))
        said = stems_of(quote)
        read = [min(shared, key=lambda one: " " not in one) for figure in stated if (shared := figure.readings & there)]
        held.append(wanted & said | {f"@{one}" for one in named & said} | {f"#{one}" for one in read})
    return held


def _runs(places: set[int]) -> int:
    return sum(place - 1 not in places for place in places)


def _tells(gain: set[str]) -> bool:
    return len(gain) > 1 or any(word[0] in "#@" for word in gain)


def _places_about(text: str, passage: Passage, about: Sequence[str]) -> set[int]:
    """Return the places of the sentences that a text may rest on: of a list or a table only the lines of its subject.

    Where its own words are in several lines, or in none, what it is ``about`` tells: "It draws 400 W" of the A100.
    """
    lines = Lines(passage)
    rows = [place for place, line in enumerate(lines.texts) if is_row(line) or lines.is_line(place)]
    held = {place: stems_of(lines.texts[place]) for place in rows}
    common = set.intersection(*held.values()) if held else set()
    own = set(telling_stems(text)) - common
    kept = [place for place in rows if own & held[place]] or rows
    for subject in about:
        stems = stems_of(subject) - common
        most = max((len(stems & held[place]) for place in kept), default=0)
        kept = [place for place in kept if len(stems & held[place]) == most]
    return set(range(len(lines.texts))) - (set(rows) - set(kept))
