"""How sure it is that what was found answers the question, so that the answerer can say that nothing does."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from math import exp
from types import MappingProxyType

from rag.answertype import DATE, named, names
from rag.datatypes import Hit
from rag.editions import editions_of
from rag.fit import DOTTED, part_asked
from rag.languages import INFLECTED
from rag.lists import is_row, names_cell
from rag.text import SMALL_NUMBERS, STOP_WORDS, caseless, content_words, coverage, fold, language, stems_of, words

# Logistic regression: is the answer in the documents at all? Fitted on SQuAD 2.0 questions whose article is indexed
# against those whose article is not, on Natural Questions likewise, and on the seeds; docs/log.md has figures.
# The cosine of the whole passage adds nothing beside that of its best sentence.
_BEST_SENTENCE, _PASSAGE_WORDS, _NAMES_MISSING, _NAME_UNKNOWN, _INTERCEPT = 8.1, 3.9, -1.1, -1.0, -5.6
# A number of the question that no passage holds: "in 2022", where all speak of 2023. Chosen on the same questions.
_NUMBER_MISSING = -2.0
# Words in no document, of which no passage has a related one: "salary". Chosen on the trials of docs/log.md.
_UNRELATED = -1.2
# In German, French and Spanish no related ones are known, but other forms of a word are.
_UNKNOWN_INFLECTED = -1.0
# But not of these, which documents say in many ways: that something is allowed, happens or is possible.
_SAID_OTHERWISE = stems_of(
    "erlaubt gestattet zulässig verboten möglich passiert geschieht nötig autorisé autorisés autorisée autorisées "
    "permis permise interdit possible passe permite permiten permitido permitida posible ocurre pasa sucede"
)

# "Model D", where they tell of the models A, B and C only. Set by hand.
_DESIGNATED = re.compile(
    r"\b(?P<thing>[^\W\d_]{3,}) (?P<which>[A-HJ-Z]|\d{1,2})\b(?![-'’.:,]?\w)(?! (?:of|to|and|[ap]m)\b)"
)
_COINED = re.compile(r"\b(?=\w*[^\W_]_[^\W_]|\w*[a-z][A-Z]\w*[a-z])[^\W\d]\w+")
_ITS_NUMBERS = r"(?:(?:[A-Z]|\d{1,2})(?!\w)[,/–-]* ?(?:(?:and|or|to|und|oder|bis|et|ou|y|o) )?)+"
_LETTERS = re.compile(r"\b([A-Z]) ?(?:-|–|to|bis|à|a) ?([A-Z])\b")
_MOST_DESIGNATED = 10  # of a question
_SIBLINGS_ONLY = -4.0
# A name that the passages near the best one lack, where a row answers: "the Premium plan", in a table of two others.
_ROW_OF_OTHERS = -2.0
# Who or what is asked about has several words, and the best passage lacks one: "the deputy safety officer". By hand.
_OTHER_THING = -2.0
_FEW = " ".join(SMALL_NUMBERS[:11])
_OF_WHICH = r"(?:the|an?|our|my|your|his|her|its|their)"
_ENDS = r"(?:of|for|in|at|on|to|from|with|by|per|when|if|as|and|or|who|that|which|whose)\b"
_TO_ITS_END = rf"((?:(?!{_ENDS})[\w’'-]+ ){{1,3}}?(?!{_ENDS})[\w’'-]+)(?= {_ENDS}|\W*$)"
_WHO_IS = caseless(rf"\bwho(?: is| are| was| were|['’]s) {_OF_WHICH} {_TO_ITS_END}")
_HOW_MUCH = caseless(rf"(?<!by )\bhow much (?:is|are|was|were|does|do|did|will|would) (?:{_OF_WHICH} )?{_TO_ITS_END}")
_OF_ANY_THING = stems_of(
    f"cost price total overall exact actual current usual normal new single first last going be it {_FEW}"
)
_NEAR = 0.35  # of the score of the best
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
# A model of one language finds less near in others: so much is added where fewer of the words than that are its own.
# Where none is, as in Chinese, its cosines mean nothing and this stands for their part. From XQuAD (docs/log.md).
_OWN_WORDS, _OTHER_LANGUAGE = 0.75, 1.6
_ANY_WORDS, _NO_COSINE = 0.08, 4.7
# What a passage says of "7.2" or "3.4.0", or below the heading "Clause 7", is meant, whatever else the question says.
_CODE_FOUND = 2.5
# A row that the question names, and the column of one of its cells: "the phone number of Brightclean". Set by hand.
_CELL_NAMED = 1.0


def confidence(
    question: str,
    hits: Sequence[Hit],
    rarity: Mapping[str, float],
    unknown: Collection[str] = (),
    own_words: float = 1.0,
    related: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
) -> float:
    """Return, in [0, 1], how sure it is that the passages answer the question.

    ``unknown`` are the words of the question that occur in no document; a name made of them tells most. ``own_words``
    is the share of its words that the embedding model knows as words. ``related`` are the stems of words that mean
    nearly the same as one of the question.
    """
    if not hits:
        return 0.0
    best = hits[0].passage
    held = stems_of(best.titled) | editions_of(best)
    coined = _coined(question, hits)
    asked = [name for name in names(question) if not DATE.fullmatch(name) and name not in coined] + coined
    missing = [name for name in asked if name in coined or not stems_of(name) <= held]
    nowhere, inflected = set(map(fold, unknown)), _is_of_its_language(question, hits)
    nearest = _BEST_SENTENCE * max(hit.best_cosine for hit in hits)
    if own_words < _OWN_WORDS:
        nearest = _NO_COSINE if own_words < _ANY_WORDS else nearest + _OTHER_LANGUAGE
    odds = (
        nearest
        + _PASSAGE_WORDS * coverage(held, rarity, related)
        + (_unknown(rarity, unknown) if inflected else _unrelated(hits, rarity, unknown, related))
        + _NAMES_MISSING * (len(missing) / len(asked) if asked else 0.0)
        + _NAME_UNKNOWN * any(name in coined or set(words(name)) <= nowhere for name in missing)
        + _NUMBER_MISSING * _numbers_missing(question, hits)
        + _CELL_NAMED * any(names_cell(question, line, rarity) for line in best.text.split("\n"))
        + _CODE_FOUND * (named(DOTTED.findall(question), best.text, best.above) == 1)
        + _part_found(question, hits)
        + _SIBLINGS_ONLY * _siblings_only(question, hits)
        + _OTHER_THING * _is_of_another_thing(question, held, related)
        + _ROW_OF_OTHERS * (own_words == 1.0 and _row_of_others(asked, hits))
        + _INTERCEPT
    )
    return 1 / (1 + exp(-odds))


def _coined(question: str, hits: Sequence[Hit]) -> list[str]:
    """Return the names of a question that are written as programs' are, ``max_users``, and stand in no passage so.

    Their parts may well stand there: ``max_upload``.
    """
    found = list(dict.fromkeys(_COINED.findall(question)))[:_MOST_DESIGNATED]
    told = " ".join(hit.passage.titled for hit in hits).lower() if found else ""
    return [name for name in found if name.lower() not in told]


def _siblings_only(question: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a thing with a letter or number of its own is nowhere in the passages, but others of its kind are.

    Numbers must be beyond those of the others, which may be a range.
    """
    designated = list(dict.fromkeys(_DESIGNATED.findall(question)))[:_MOST_DESIGNATED]
    told = " ".join(hit.passage.titled for hit in hits) if designated else ""
    for named_so in designated:
        thing, which = named_so[0].removesuffix("s"), named_so[1]
        if named_so[0].lower() in STOP_WORDS or DATE.search(" ".join(named_so)):
            continue
        kind = rf"\b{re.escape(thing.capitalize() if which.isdigit() else thing)}(?:s|es)?:? ({_ITS_NUMBERS})"
        others = re.findall(r"\w+", " ".join(re.findall(kind, told, 0 if which.isdigit() else re.IGNORECASE)))
        if which.isdigit():
            numbers = [int(one) for one in others if one.isdigit()]
            if numbers and int(which) > max(numbers):
                return True
        elif any(one.isupper() for one in others) and not _has_letter(which, told):
            return True
    return False


def _has_letter(letter: str, text: str) -> bool:
    """Tell whether a letter stands in a text by itself, or in a range: "A to F"."""
    spans = _LETTERS.findall(text)
    return re.search(rf"(?<!\w){letter}(?!\w)", text) is not None or any(a <= letter <= b for a, b in spans)


def _is_of_another_thing(question: str, held: Collection[str], related: Mapping[str, Mapping[str, float]]) -> bool:
    """Tell whether a question asks who somebody is, or how much for a thing, of which a word or its like is missing."""
    asks = _WHO_IS.search(question) or _HOW_MUCH.search(question)
    thing = [stem for stem in content_words(asks[1]) if stem not in _OF_ANY_THING] if asks else []
    return len(thing) > 1 and any(stem not in held and related.get(stem, {}).keys().isdisjoint(held) for stem in thing)


def _row_of_others(asked: Sequence[str], hits: Sequence[Hit]) -> bool:
    """Tell whether the best sentence is a row, and the passages of its document that are as near lack a name."""
    best = hits[0]
    scored = best.sentence_scores
    if not scored:
        return False
    start, end = best.passage.spans[max(range(len(scored)), key=scored.__getitem__)]
    if not is_row(best.passage.slice(start, end)):
        return False
    near = [
        hit for hit in hits if hit.passage.document_id == best.passage.document_id and hit.score > best.score - _NEAR
    ]
    held = {stem for hit in near for stem in content_words(hit.passage.titled)}
    return any(not stems_of(name) <= held for name in asked)


def _part_found(question: str, hits: Sequence[Hit]) -> float:
    """Return the log odds that the section which a question asks for by its number is there, or nowhere."""
    if not (part := part_asked(question)):
        return 0.0
    if part.search(hits[0].passage.heading):
        return _CODE_FOUND
    anywhere = any(part.search(text) for hit in hits for text in (hit.passage.heading, hit.passage.text))
    return 0.0 if anywhere else _NUMBER_MISSING


def _is_of_its_language(question: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a question is German, French or Spanish, as a passage is: of others all words may be unknown."""
    tongue = language(question)
    return tongue in INFLECTED and any(language(hit.passage.text) == tongue for hit in hits)


def _unknown(rarity: Mapping[str, float], unknown: Collection[str]) -> float:
    """Return the log odds for the share of the question's words, by rarity, that no document holds in any form."""
    nowhere = {stem for word in unknown for stem in content_words(word)} & rarity.keys() - _SAID_OTHERWISE
    return _UNKNOWN_INFLECTED * sum(rarity[stem] for stem in nowhere) / sum(rarity.values()) if nowhere else 0.0


def _unrelated(
    hits: Sequence[Hit],
    rarity: Mapping[str, float],
    unknown: Collection[str],
    related: Mapping[str, Mapping[str, float]],
) -> float:
    """Return the log odds for the share of the question's words, by rarity, that no document holds, nor a passage a
    related one."""
    nowhere = {stem for word in unknown for stem in content_words(word)} & rarity.keys() & related.keys()
    if not nowhere:
        return 0.0
    held = {stem for hit in hits for stem in content_words(hit.passage.titled)}
    lost = sum(rarity[stem] for stem in nowhere if held.isdisjoint(related[stem]))
    return _UNRELATED * lost / sum(rarity.values())


def _numbers_missing(question: str, hits: Sequence[Hit]) -> float:
    """Return the share of the question's longer numbers that stand in none of the passages."""
    asked = [number for number in _numbers(question) if len(number) > 2]  # small ones may be written out
    if not asked:
        return 0.0
    held = {number for hit in hits for number in _numbers(hit.passage.titled)} | editions_of(hits[0].passage)
    return sum(number not in held for number in asked) / len(asked)


def _numbers(text: str) -> list[str]:
    return _DIGITS.findall(_THOUSANDS.sub("", text))
