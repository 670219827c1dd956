"""The citation check: bind each sentence of a draft to exact words of a passage, and say whether they support it.

Both answerers go through it. A marker that points to nothing is removed; numbers, dates and names of a sentence must
occur in the cited words, because that is where drafts go wrong while sounding right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.datatypes import Citation, Hit, Passage, Sentence, Verdict
from rag.text import content_words, names, normalize, numbers, sentence_spans, squeeze, words

# [1], [1, 2], [1][3], 【1】, [^1]; the drafts of small models use them all.
_MARKER = re.compile(r"[\[【]\s*\^?\d{1,3}(?:\s*[,;]\s*\^?\d{1,3})*\s*[\]】](?!\()")
_STOP_BEFORE_MARKER = re.compile(r"([.!?。！？]+)((?:\s*[\[【]\s*\^?[\d,;\s^]+[\]】])+)")
_LINK = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+", re.IGNORECASE)
_LINE_MARK = re.compile(r"\s*(?:>\s*)*(?:([-*+•]|\d{1,3}[.)]|#{1,6})\s+)?")
_MAY_END = re.compile(r"[^\w ,]")  # nothing else ends a sentence
_EMPHASIS = re.compile(r"\*\*|__|`")
_NEGATION = re.compile(r"\b(?:not|never|no|none|nor|neither|without|cannot|\w+n['’]t)\b", re.IGNORECASE)


# Share of a sentence's content words that must occur in the cited words. Token overlap separates fabrication from
# support well (AUROC .94) and partial support badly (.60), so the band between is called partly.
SUPPORTED_SHARE = 0.6
PARTLY_SHARE = 0.35
# With these words a draft speaks of itself and of the documents.
_TALK = frozenset(
    "according answer answers based below conclusion contain describe details document documents example file files "
    "following follows found general given information key line list listed main mention mentions note overview page "
    "papers part passage passages point points question reads reason reasons report result results said say says "
    "section show shows source sources state states step steps summary table text things ways".split()
)


@dataclass(frozen=True, slots=True)
class _Draft:
    """One sentence as drafted: its words without markers, the passage numbers that it cites, what leads to it."""

    text: str
    numbers: tuple[int, ...]
    lead: str


class GrowingDraft:
    """A draft with [n] markers that grows piece by piece: each sentence is checked once. ``[n]`` is ``hits[n - 1]``.

    Citations are numbered 1, 2, ... in order of appearance, one number for each exact quote.
    """

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.text = ""
        self._hits, self._checked = hits, dict[_Draft, Sentence]()
        self._told = self._from = 0  # how many sentences; where in the text the end of the next one can stand

    def add(self, piece: str) -> tuple[Sentence, ...]:
        """Take the next piece; return all finished sentences if there is one more of them, else none."""
        self.text += piece
        if not _MAY_END.search(self.text, self._from):
            return ()
        parts = list(_read_draft(self.text))[:-1]  # the last one may still grow
        if len(parts) <= self._told:
            return ()
        self._told, self._from = len(parts), len(self.text) - len(piece)
        return number(map(self._check, parts))

    def end(self) -> tuple[Sentence, ...]:
        """Return all sentences, the last one too."""
        return number(map(self._check, _read_draft(self.text)))

    def _check(self, part: _Draft) -> Sentence:
        if part not in self._checked:
            self._checked[part] = _bind_sentence(part, self._hits)
        return self._checked[part]


def bind(draft: str, hits: Sequence[Hit]) -> tuple[Sentence, ...]:
    """Turn a whole draft into checked sentences."""
    growing = GrowingDraft(hits)
    growing.add(draft)
    return growing.end()


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
        quote=passage.text[start - passage.start : end - passage.start],
        heading=passage.heading,
        page=page,
        page_label=label,
    )


def verify(text: str, quotes: Sequence[str], context: str = "") -> tuple[Verdict, str]:
    """Say whether the quoted words support the sentence, and why not.

    ``context`` (title and headings of the source) may supply names, as a heading does for the lines under it; a number
    or date that stands only there makes the support partial.
    """
    if not quotes:
        return Verdict.UNSUPPORTED, "No source is cited."
    cited = " ".join(quotes)
    lost = numbers(text) - numbers(cited)
    if not lost and f" {_loose(text)} " in f" {_loose(cited)} ":
        return Verdict.QUOTED, "The source's own words."
    known = set(content_words(cited)) | set(content_words(context))
    strangers = [name for name in names(text, first=True) if not set(content_words(name)) <= known]
    if lost - numbers(context):
        return Verdict.UNSUPPORTED, f"Not in the cited words: {', '.join([*sorted(lost), *strangers])}."
    wanted = content_words(text)
    share = sum(word in known for word in wanted) / len(wanted) if wanted else 0.0
    if share < PARTLY_SHARE:
        return Verdict.UNSUPPORTED, "The cited words say something else."
    if lost:
        return Verdict.PARTLY, f"Only in the heading of the source: {', '.join(sorted(lost))}."
    if strangers:
        return Verdict.PARTLY, f"Not in the cited words: {', '.join(strangers)}."
    if elsewhere := _said_of_something_else(text, quotes):
        return Verdict.PARTLY, f"The cited words say this of something else: {', '.join(elsewhere)}."
    if bool(_NEGATION.search(text)) != bool(_NEGATION.search(cited)):
        return Verdict.PARTLY, "A negation stands on one side only."
    if share < SUPPORTED_SHARE:
        missing = [word for word in dict.fromkeys(words(text)) if not set(content_words(word)) <= known]
        return Verdict.PARTLY, f"Not in the cited words: {', '.join(missing[:5])}."
    return Verdict.SUPPORTED, "Its numbers, dates, names and most of its words stand in the cited words."


def _said_of_something_else(text: str, quotes: Sequence[str]) -> list[str]:
    """Return the numbers that the quoted sentences give for something else than ``text`` does.

    There none of the quoted sentences that have the number has the word before or after it, or half of the words of
    ``text`` that are quoted at all.
    """
    quoted = [quote[start:end] for quote in quotes for start, end in sentence_spans(quote)]
    held = [(numbers(sentence), set(content_words(sentence))) for sentence in quoted]
    stems = content_words(text)
    common = {stem for stem in stems if not stem[0].isdigit()} & set().union(*(known for _, known in held))
    strange = []
    for place, stem in enumerate(stems):
        beside = {other for other in stems[max(0, place - 1) : place + 2] if not other[0].isdigit()}
        having = [words for values, words in held if numbers(stem) & values]
        if having and beside and not any(words & beside or 2 * len(words & common) >= len(common) for words in having):
            strange.append(stem)
    return strange


def _loose(text: str) -> str:
    return " ".join(words(text))


def _read_draft(draft: str) -> Iterator[_Draft]:
    """Yield the draft's sentences; a marker after the full stop belongs to the sentence before it."""
    text = _STOP_BEFORE_MARKER.sub(lambda m: f"{m[2]}{m[1]}", normalize(draft)[0])
    row = item = 0  # of a table, of a list
    for line in text.split("\n"):
        in_table = line.lstrip().startswith("|")
        row = row + any(c.isalnum() for c in line) if in_table else 0
        found = _LINE_MARK.match(line)
        assert found  # as everything in it may be missing
        mark, spans = found[1] or "", sentence_spans(line, found.end())
        if mark[:1].isdigit():
            if int(mark[:-1]) in (1, item + 1):
                item = int(mark[:-1])
            elif spans:  # "3. Oktober 1990" is no item of a list
                mark, spans[0] = "", (found.start(1), spans[0][1])
        lead = _lead(mark, row, len(_cells(line)))
        for start, end in [(0, len(line))] if in_table else spans:
            raw = line[start:end]
            cited = [int(n) for marker in _MARKER.findall(raw) for n in re.findall(r"\d+", marker)]
            bare = squeeze(_EMPHASIS.sub("", _MARKER.sub("", raw)))
            bare = re.sub(r"\s+([.,;:!?。！？])", r"\1", bare)
            bare = " | ".join(_cells(bare)) if in_table else bare
            if any(c.isalnum() for c in bare):
                yield _Draft(bare, tuple(dict.fromkeys(cited)), lead)
                lead = " "


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.sub(r"^\s*\||\|\s*$", "", row).split("|")]


def _lead(mark: str, row: int, columns: int) -> str:
    """Return what stands in Markdown between the line before and the words of a line: its mark, in one spelling."""
    if row:
        rule = "| --- " * columns + "|\n" if row == 2 else ""
        return f"\n{rule}| " if row > 1 else "\n\n| "
    if mark.startswith("#"):
        return f"\n\n{mark} "
    if mark[:1].isdigit():
        return f"\n{mark[:-1]}. "
    return "\n- " if mark else "\n\n"


def _bind_sentence(part: _Draft, hits: Sequence[Hit]) -> Sentence:
    real = [n for n in part.numbers if 1 <= n <= len(hits)]
    ghosts = [n for n in part.numbers if n not in real]
    text, dropped = _drop_foreign_links(part.text, hits)
    passages = [hits[n - 1].passage for n in real]
    if not passages:
        passages = _find_support(text, hits)
    if not passages and not ghosts and _only_leads(part, hits):
        return Sentence(text, (), Verdict.LEADING, "It only leads to what follows and was not checked.", part.lead)
    citations = tuple(cite(passage, *_best_span(text, passage)) for passage in passages)
    context = " ".join(f"{c.title} {c.heading}" for c in citations)
    verdict, reason = verify(text, [c.quote for c in citations], context)
    notes = [f"[{n}] pointed to no passage and was removed." for n in ghosts]
    notes += ["An address that no passage holds was removed."] if dropped else []
    return Sentence(text, citations, verdict, " ".join([reason, *notes]), part.lead)


def _only_leads(part: _Draft, hits: Sequence[Hit]) -> bool:
    """Whether a line without a source is a heading, the head of a table or ends in a colon, and brings nothing new.

    New is a number, or a word that no passage holds and that does not speak of documents.
    """
    if not (part.lead.endswith("# ") or part.lead == "\n\n| " or part.text.endswith((":", "："))) or numbers(part.text):
        return False
    held = [content_words(f"{hit.passage.title} {hit.passage.heading} {hit.passage.text}") for hit in hits]
    new = [word for word in words(part.text) if word not in _TALK]
    return set(content_words(" ".join(new))) <= set().union(*held)


def _find_support(text: str, hits: Sequence[Hit]) -> list[Passage]:
    """Return the one passage that supports an uncited sentence in full, if there is one; bare numbers have too many."""
    if sum(not word[0].isdigit() for word in content_words(text)) < 2:
        return []
    for hit in hits:
        start, end = _best_span(text, hit.passage)
        quote = hit.passage.text[start - hit.passage.start : end - hit.passage.start]
        verdict, _ = verify(text, [quote], f"{hit.passage.title} {hit.passage.heading}")
        if verdict in (Verdict.QUOTED, Verdict.SUPPORTED):
            return [hit.passage]
    return []


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

    return _LINK.sub(check, text), removed


def _best_span(text: str, passage: Passage) -> tuple[int, int]:
    """Return the span of one or two neighbouring sentences of the passage that hold most of the sentence's words.

    A second sentence must add at least two words or a number; ties go to the shorter span.
    """
    spans = passage.sentences or ((passage.start, passage.end),)
    wanted = set(content_words(text)) | numbers(text)
    held = []
    for start, end in spans:
        quote = passage.text[start - passage.start : end - passage.start]
        held.append(wanted & (set(content_words(quote)) | numbers(quote)))
    single = max(range(len(spans)), key=lambda i: (len(held[i]), -(spans[i][1] - spans[i][0])))
    best, count = spans[single], len(held[single])
    for i in range(len(spans) - 1):
        both = held[i] | held[i + 1]
        gain = len(both) - count
        if gain >= 2 or (gain == 1 and any(word[:1].isdigit() for word in both - held[single])):
            best, count = (spans[i][0], spans[i + 1][1]), len(both)
    return best
