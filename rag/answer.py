"""Question and hits to growing Answer snapshots: drafted by quotes or by an LLM, checked by cite, or abstained from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import groupby
from time import perf_counter
from typing import Any

from rag import around, cite, extract, followup, query, refusal, rewrite, said
from rag.confidence import confidence
from rag.datatypes import Answer, Citation, Hit, Sentence, Turn
from rag.docstore import DocStore
from rag.editions import of_the_edition
from rag.equivalents import other_forms
from rag.errors import LanguageModelError, NotFoundError
from rag.extremes import with_extreme
from rag.parts import parts_of, put_together, without_topic
from rag.phrasing import asks_what_there_is, is_small_talk, without_thanks
from rag.related import related_stems
from rag.reports import DocumentInfo
from rag.settings import Settings
from rag.tables import with_all_named
from rag.text import asked_stems, asked_words, content_words, coverage, in_words
from rag.verdict import AS_QUOTED
from rag.whole import ONLY_BEGINS, meant_as_whole, opening, spread
from rag.wishes import is_wish, wished_about
from rag.write import fitting_evenly, noticed, write

_TOPIC_SHARE = 0.5  # what the words of an earlier question count when sentences are chosen; docs/log.md has the figures
# By how much the best hit has to score better with the conversation, for a question without a noun and others; log.md
_BARE_GAIN, _GAIN = 0.05, 0.15
_CLOSE = 0.4  # of what a related word counts: where sentences are chosen, those that count less do not; docs/log.md
_LACKING = 0.4  # of how sure an answer is, where no quote holds what is plainly asked for, as an amount of money
QUOTED_INSTEAD = "Here is what the documents say, quoted."
_WHOLE_PASSAGES = 12  # passages that are looked at for quotes of a document that is asked about as a whole


@dataclass(frozen=True, slots=True)
class Answerer:
    """What answering needs besides the question: where to search, the store's word counts, the LLM if there is one.

    ``documents`` are the ids of those that are asked (None: all), ``passages`` how many are read of a document that is
    asked about as a whole (None: as many as fit an LLM's window, or 12), ``is_word`` tells words of the language from
    mistyped ones, ``related`` those that mean nearly the same as one.
    """

    search: Callable[..., list[Hit]]
    store: DocStore
    settings: Settings
    language_model: Any = None
    stop: threading.Event | None = None
    documents: Collection[str] | None = None
    passages: int | None = None
    is_word: Callable[[str], bool] | None = None
    related: Callable[[str], Mapping[str, float]] | None = None

    def stream(self, question: str, turns: Sequence[Turn] = ()) -> Iterator[Answer]:
        """Yield growing snapshots of the answer; the last has ``final=True``.

        Raises:
            QuestionError: the question is empty or longer than the limit.
        """
        began = perf_counter()
        asked = query.check_question(question)
        yield Answer(asked, asked)
        if is_small_talk(asked):
            yield self._abstain(Answer(asked, asked))
            return
        for snapshot in self._answer(asked, query.remarks(question, quoting=self.language_model is None), turns):
            yield replace(snapshot, seconds=perf_counter() - began)

    def _answer(self, asked: str, told: str, turns: Sequence[Turn]) -> Iterator[Answer]:
        """Yield the answer from what was found for the question, or from the whole documents that it is about."""
        quoting = self.language_model is None
        whole = self._read_whole(asked, asked, quoting=quoting)
        alone, notice = (asked, "") if whole else self._standalone(asked, turns)
        if whole is None and alone != asked:
            whole = self._read_whole(asked, alone, quoting=quoting)
        notice = f"{told}{notice}".strip()
        if whole is not None:
            yield from self._answer_whole(replace(whole, notice=f"{notice} {ONLY_BEGINS * quoting}".strip()), turns)
            return
        answer, rarity = self._translated(*self._read_ways(asked, alone, notice))
        yield answer
        yield from self._draft(answer, turns, rarity)

    def _read_ways(self, asked: str, alone: str, notice: str) -> tuple[Answer, dict[str, float]]:
        """Return what was found for the question on its own feet, or as it was typed where it may begin a new topic."""
        quoting, plain = self.language_model is None, without_thanks(asked)
        weighed = quoting or alone.startswith(plain)  # what rules put behind a question may not belong to it
        given = self._read(asked, alone, notice, quoting=quoting)
        if alone == asked or followup.leans(plain) or not (weighed or self._is_doubtful(given[0])):
            return given
        if (quoting and not asked_words(plain)) or (not quoting and is_wish(asked)):
            return given  # "How long?" has no word to search for
        if alone.startswith(plain) and said.is_of_something_else(plain, given[0].hits[:1]):
            return self._read(asked, plain, notice, quoting=quoting)
        typed = self._read(asked, plain, notice, quoting=quoting)
        bare = followup.is_bare(plain)
        unknown = set(asked_words(plain)) <= set(typed[0].missing_words)  # "What is a spinnaker?"
        unknown |= self._is_doubtful(typed[0]) and said.is_unspoken(plain, given[0].hits[:1], self.related)
        if quoting and ((unknown and not bare) or self._is_doubtful(given[0])):
            return typed
        if not weighed or self._is_doubtful(typed[0]):
            return max(typed, given, key=lambda read: read[0].confidence)
        if not bare and _covered(given[0], typed[1]) < _covered(typed[0], typed[1]):
            return typed
        best, best_typed = (max((hit.score for hit in read[0].hits), default=0.0) for read in (given, typed))
        if bare:
            return given if best >= best_typed + _BARE_GAIN else typed
        surer = given[0].confidence >= typed[0].confidence
        return given if surer and best >= best_typed + _GAIN else typed

    def _translated(self, answer: Answer, rarity: dict[str, float]) -> tuple[Answer, dict[str, float]]:
        """Return what an LLM's translation of the question finds where the passages are in another language.

        Where quotes would be surer than not, nothing is translated.
        """
        if self.language_model is None or answer.confidence >= self.settings.answer_threshold:
            return answer, rarity
        if not (theirs := rewrite.other_language(answer.standalone, [hit.passage.text for hit in answer.hits])):
            return answer, rarity
        try:
            seconds = self.settings.llm_timeout
            line = rewrite.translate(self.language_model, answer.standalone, theirs, timeout=seconds, stop=self.stop)
        except LanguageModelError as error:
            return noticed(answer, str(error)), rarity
        found = self._read(answer.question, line, answer.notice, quoting=False)
        return max((answer, rarity), found, key=lambda read: read[0].confidence)

    def _read(self, asked: str, alone: str, notice: str, *, quoting: bool) -> tuple[Answer, dict[str, float]]:
        """Return what was found for ``alone``, or with acronyms or months written otherwise if that is as sure."""
        reads = [self._search(asked, alone, notice, quoting=quoting)]
        texts = [hit.passage.text for hit in reads[0][0].hits]
        for other, put_in in other_forms(alone, texts, self.store.frequencies, self.is_word):
            read = self._search(asked, other, notice, quoting=quoting)
            if read[0].hits and put_in.search(read[0].hits[0].passage.titled):
                reads.append(read)
        return max(reversed(reads), key=lambda read: read[0].confidence)

    def _search(self, asked: str, alone: str, notice: str, *, quoting: bool) -> tuple[Answer, dict[str, float]]:
        """Return what was found for ``alone``, as the beginning of an answer, and the rarity of its stems.

        The best windows are read again for ``quoting`` only: a language model is given all of them.
        """
        spelled = query.respell(alone, self.store.frequencies, self.store.near, self.is_word, self.store.beginning)
        hits = of_the_edition(spelled, self.search(spelled, again=quoting))
        asked_of = query.without_ranged(spelled, hits)
        orders = [hits] if quoting else [hits, [*hits[1:2], *hits[:1], *hits[2:]]]  # either may be the better one
        rarity, missing = query.weigh(asked_of, hits, self.store.frequencies, self.store.passage_count())
        told = rarity, missing, query.share_of_words(spelled, self.is_word), related_stems(asked_of, self.related)
        sure = max(confidence(asked_of, order, *told) for order in orders)
        mode = "quotes" if quoting else "llm"
        answer = Answer(asked, alone, hits=tuple(hits), mode=mode, stage="reading", notice=notice, confidence=sure)
        return replace(answer, missing_words=tuple(missing)), rarity

    def _read_whole(self, asked: str, alone: str, *, quoting: bool) -> Answer | None:
        """Return the beginning of an answer about whole documents, with their passages, if that is asked."""
        hits: list[Hit] = []
        for info in meant_as_whole(alone, self._known):
            passages = self.store.passages(self.store.passage_ids(info.id))
            most = self.passages or (_WHOLE_PASSAGES if quoting else len(passages))
            chosen = passages[:most] if quoting else spread(passages, most)
            hits += [Hit(passage, len(hits) + place, 1.0) for place, passage in enumerate(chosen, 1)]
        if not hits:
            return None
        mode, most = ("quotes", self.passages or _WHOLE_PASSAGES) if quoting else ("llm", self.passages or len(hits))
        return Answer(asked, alone, hits=tuple(hits[:most]), mode=mode, stage="reading", confidence=1.0)

    def _known(self) -> list[DocumentInfo]:
        return [info for info in self.store.documents() if self.documents is None or info.id in self.documents]

    def _answer_whole(self, answer: Answer, turns: Sequence[Turn]) -> Iterator[Answer]:
        """Answer from the passages of whole documents: by the LLM, or with what they open with."""
        if self.language_model is None:
            yield answer
        else:
            try:
                read = fitting_evenly(answer, turns, self.settings)
                yield read
                if declined := (yield from write(read, turns, self.language_model, self.settings, self.stop)):
                    yield self._abstain(declined)
                return
            except LanguageModelError as error:
                if self.stop is not None and self.stop.is_set():
                    return
                quoted = self._read_whole(answer.question, answer.standalone, quoting=True) or answer
                answer = noticed(noticed(replace(quoted, notice=answer.notice), str(error)), QUOTED_INSTEAD)
        parts = [list(hits) for _, hits in groupby(answer.hits, key=lambda hit: hit.passage.document_id)]
        each = max(1, self.settings.quotes // len(parts))
        yield from self._say(answer, [extract.Pick(*place, 0.0) for hits in parts for place in opening(hits, each)])

    def _is_doubtful(self, answer: Answer) -> bool:
        # An LLM can also say itself that the passages do not answer, so only clear cases are kept from it.
        return answer.confidence < self.settings.answer_threshold / (2 if answer.mode == "llm" else 1)

    def _standalone(self, question: str, turns: Sequence[Turn]) -> tuple[str, str]:
        """Return the question on its own feet, by the LLM or by rules, and a notice if the LLM could not."""
        if not turns:
            return question, ""
        by_rules = followup.standalone(question, turns)
        if self.language_model is None:
            return by_rules, ""
        if about := wished_about(question, turns):
            return about, ""
        seconds = self.settings.llm_timeout
        return rewrite.restated(self.language_model, question, turns, by_rules, timeout=seconds, stop=self.stop)

    def _draft(self, answer: Answer, turns: Sequence[Turn], rarity: dict[str, float]) -> Iterator[Answer]:
        if self.language_model is None:
            yield from self._quote(answer, turns, rarity)
            return
        if self._is_doubtful(answer):
            yield self._abstain(answer, self._pick(answer, turns, rarity) if rarity else ())
            return
        try:
            if declined := (yield from write(answer, turns, self.language_model, self.settings, self.stop)):
                yield self._abstain(declined, self._pick(declined, turns, rarity) if rarity else ())
        except LanguageModelError as error:
            if self.stop is not None and self.stop.is_set():
                return  # nobody waits any more
            quoted, rarity = self._read(answer.question, answer.standalone, answer.notice, quoting=True)
            instead = "" if self._is_doubtful(quoted) else QUOTED_INSTEAD
            yield from self._quote(noticed(noticed(quoted, str(error)), instead), turns, rarity)

    def _pick(self, answer: Answer, turns: Sequence[Turn], rarity: dict[str, float]) -> list[extract.Pick]:
        """Return the sentences to quote; for a question with nothing new in it rather what follows the last answer."""
        question, typed = answer.standalone, without_thanks(answer.question)
        own, stale = asked_stems(typed), None
        if question.startswith(typed):  # the topic after it stands in headings rather than in each sentence
            rarity = {stem: weight if stem in own else weight * _TOPIC_SHARE for stem, weight in rarity.items()}
            own, stale = {}, said.repeats(typed, answer.hits, turns)
        elif not turns or followup.standalone(typed, turns) == typed:  # only written otherwise, as an acronym
            own = {}
        meant = {stem: rarity[stem] for stem in own if stem in rarity}
        near, most = related_stems(question, self.related, _CLOSE), self.settings.quotes
        pick = partial(extract.pick_sentences, question, rarity=rarity, limit=most, stale=stale, related=near)
        picks = pick(answer.hits, meant=meant)
        if picks and question != answer.question:
            return pick(said.going_on(question, picks[0].text, answer.hits, turns), meant=meant) or picks
        return picks

    def _best_of(self, part: str) -> tuple[str, float, list[extract.Pick]]:
        """Return one of several questions in one, how surely it is answered, and the best pick for it if it is."""
        read, rarity = self._read(without_topic(part), part, "", quoting=True)
        picks = [] if self._is_doubtful(read) else refusal.holding_first(part, self._pick(read, (), rarity))
        return part, read.confidence, picks[:1]

    def _quote(self, answer: Answer, turns: Sequence[Turn], rarity: dict[str, float]) -> Iterator[Answer]:
        """Yield one more quoted sentence at a time; of several questions in one, the best for each first."""
        found = self._pick(answer, turns, rarity) if rarity or not self._is_doubtful(answer) else []
        picks = refusal.holding_first(answer.standalone, found)
        parts = [self._best_of(part) for part in parts_of(answer.standalone, answer.question)]
        picks, sure, told = put_together(picks, answer.confidence, parts, self.settings.answer_threshold)
        if self._is_doubtful(answer := noticed(replace(answer, confidence=sure), told)):
            yield self._abstain(answer, picks)
            return
        with suppress(NotFoundError):  # the document was taken out meanwhile
            document = cache(self.store.document)
            picks = with_extreme(answer.standalone, with_all_named(answer.standalone, picks, document), document)
            answer = noticed(answer, around.CUT_SHORT * around.is_cut_short(picks, document))
            picks = around.with_antecedents(picks, said.told_before(turns))
            picks = around.with_headings(answer.standalone, picks, document)
        if lacks := refusal.lacking(answer.standalone, picks):
            answer = replace(answer, confidence=_LACKING * answer.confidence)
            if self._is_doubtful(answer):
                yield self._abstain(answer, picks, lacks)
                return
        yield from self._say(answer, picks) if picks else [self._abstain(answer)]

    def _say(self, answer: Answer, picks: Sequence[extract.Pick]) -> Iterator[Answer]:
        cited: dict[str, list[extract.Pick]] = {}  # the same words may stand on several pages
        for pick in picks:
            cited.setdefault(in_words(pick.text), []).append(pick)
        sentences = cite.number([Sentence(same[0].text, (*map(_cite, same),), *AS_QUOTED) for same in cited.values()])
        for count in range(1, len(sentences)):
            yield replace(answer, sentences=sentences[:count], stage="answering")
        yield replace(answer, sentences=sentences, stage="done", final=True)

    def _abstain(self, answer: Answer, picks: Sequence[extract.Pick] = (), lacks: str = "") -> Answer:
        """Return the answer that there is none, with the sentences that come nearest to one and what they lack."""
        missing, nearest = refusal.telling(answer), tuple(map(_cite, picks))
        told = replace(answer, sentences=(), missing_words=missing, nearest=nearest, stage="done", final=True)
        names = [info.name for info in self._known()] if asks_what_there_is(answer.question) else []
        return replace(told, abstained=refusal.reason(told, self.store.passage_count(), lacks, names))


def _cite(pick: extract.Pick) -> Citation:
    return cite.cite(pick.hit.passage, pick.start, pick.end)


def _covered(answer: Answer, rarity: dict[str, float]) -> float:
    """Return how much of a question, by the rarity of its stems, the best passage holds."""
    held = content_words(answer.hits[0].passage.titled) if answer.hits else ()
    return coverage(set(held), rarity)
