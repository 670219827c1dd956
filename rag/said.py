"""What was said already, so that a follow-up is answered by what was not, and of which things nothing was said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.answertype import asked_type, has_type
from rag.datatypes import Hit, Turn
from rag.lists import is_row
from rag.phrasing import ASKED_FOR, KINDS, LIGHT_VERBS, REASON, THING, TIMES, WHY
from rag.related import related_stems
from rag.text import STOP_WORDS, asked_stems, asked_words, content_words, in_words, stems_of, words

_ENDINGS = re.compile(r"(?:ing|ed|es|s|en|e|n)$")  # of one word; "accountant" is another one than "account"
_APART = 40  # characters that a comma counts for
_CLOCK = re.compile(r"\d[:.]\d\d\b")


def is_of_something_else(question: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a question names a thing, as "the theatre", of which the passages have no word."""
    held = {_ENDINGS.sub("", word) for hit in hits for word in words(hit.passage.titled)}
    things = ([word for word in words(" ".join(found)) if word not in STOP_WORDS] for found in THING.findall(question))
    return any(thing and held.isdisjoint(_ENDINGS.sub("", word) for word in thing) for thing in things)


def is_unspoken(question: str, hits: Sequence[Hit], related: Callable[[str], Mapping[str, float]] | None) -> bool:
    """Tell whether the passages have no word of a question, nor one that means nearly the same."""
    said, near = {stem for hit in hits for stem in content_words(hit.passage.text)}, related_stems(question, related)
    return said.isdisjoint(content_words(question)) and all(map(said.isdisjoint, near.values()))


def repeats(question: str, hits: Sequence[Hit], turns: Sequence[Turn]) -> Callable[[str], bool]:
    """Return what tells whether a sentence was said in the last answer and has no word of the question as typed.

    Nothing is told of where no other sentence has those words: then the one that was said may mean them. The kind of
    thing that is asked for ("which city") is no such word, a date answers "when", and the row of a table may hold the
    answer under a label that is called otherwise.
    """
    left_out = LIGHT_VERBS | TIMES | set(ASKED_FOR.findall(question.lower()))
    telling = (word for word in asked_words(question) if word.lower() not in left_out and word.isalpha())
    own = {stem for word in telling for stem in content_words(word)} if turns else set()
    was_said = told_before(turns)
    others = (text for hit in hits for text in _sentences(hit) if own and not was_said(text))
    if not any(own <= stems_of(text) for text in others):
        return lambda _: False
    meant, asks_when = set(asked_stems(question)), asked_type(question) == "date"

    def only_repeats(text: str) -> bool:
        says_when = asks_when and any(kind.search(text) for kind in (*KINDS[:3], _CLOCK))
        lacks = meant.isdisjoint(content_words(text))
        return lacks and not says_when and not is_row(text) and was_said(text)

    return only_repeats


def _sentences(hit: Hit) -> list[str]:
    return [hit.passage.slice(start, end) for start, end in hit.passage.sentences]


def distance_to(asked: Sequence[str], answer: str) -> Callable[[str], int]:
    """Return what tells how far a name stands from these words in an answer, in characters; 0 if none stands there.

    "Helga Brandt (chair), Tomasz Nowak (treasurer)": a comma or the end of a sentence between them is a long way.
    """
    wanted = {stem for word in asked for stem in content_words(word)}
    spans = [
        word.span() for word in re.finditer(r"[\w’'-]+", answer) if wanted.intersection(content_words(word.group()))
    ]

    def far(name: str) -> int:
        places = [match.span() for match in re.finditer(re.escape(name), answer)]
        gaps = [answer[min(a[1], b[1]) : max(a[0], b[0])] for a in places for b in spans]
        return min((len(gap) + _APART * len(re.findall(r"[,;.!?\n]", gap)) for gap in gaps), default=0)

    return far


def told_before(turns: Sequence[Turn]) -> Callable[[str], bool]:
    """Return what tells whether the last answer says a sentence in the same words."""
    told = f" {in_words(turns[-1].answer)} " if turns else ""
    return lambda text: f" {in_words(text)} " in told


def going_on(question: str, best: str, hits: Sequence[Hit], turns: Sequence[Turn]) -> list[Hit]:
    """Return the hits with what comes after a sentence of the last answer, for a question that has nothing new in it.

    "Why?" on its feet goes on with sentences that give a reason, or says such a one again, if there are any; it and
    others otherwise only where their ``best`` sentence was said and lacks the date or the name that is asked for: else
    none is returned. Another cell of a row may answer, and the next row says nothing about the one before, so what is
    returned ends as sentences do.
    """
    before = turns[-1].standalone or turns[-1].question if turns else ""
    if not set(asked_stems(question)) <= set(asked_stems(before)):
        return []
    was_said = told_before(turns)
    behind = [(hit, _behind(_sentences(hit), was_said)) for hit in hits]
    if WHY.search(question):
        told = [(hit, {i: text for i, text in enumerate(_sentences(hit)) if was_said(text)}) for hit in hits]
        for places in (behind, told):
            reasons = [(hit, [i for i, text in kept.items() if REASON.search(text)]) for hit, kept in places]
            if any(kept for _, kept in reasons):
                return [_with_sentences(hit, kept) for hit, kept in reasons if kept]
    if not was_said(best) or is_row(best) or has_type(asked_type(question), best, set(words(question))) == 1:
        return []
    return [_with_sentences(hit, list(kept)) for hit, kept in behind if kept]


def _behind(texts: Sequence[str], was_said: Callable[[str], bool]) -> dict[int, str]:
    """Return by their places the new sentences behind the first that was said."""
    said = [was_said(text) for text in texts]
    return {i: text for i, text in enumerate(texts) if any(said[:i]) and not said[i] and text[-1:] in ".!。"}


def _with_sentences(hit: Hit, kept: Sequence[int]) -> Hit:
    return replace(
        hit,
        passage=replace(hit.passage, sentences=tuple(hit.passage.sentences[i] for i in kept)),
        sentence_scores=tuple(hit.sentence_scores[i] for i in kept if hit.sentence_scores),
        readings=tuple(hit.readings[i] for i in kept if hit.readings),
    )
