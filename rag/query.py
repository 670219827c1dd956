"""A question as these documents would put it: their spelling, without words that only speak of documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from operator import eq

from rag.abbreviations import days_meant
from rag.amounts import amounts, in_range
from rag.datatypes import Hit
from rag.errors import QuestionError
from rag.extremes import compares
from rag.inflection import held_form, without_typed_umlauts, written
from rag.languages import INFLECTED
from rag.text import (
    asked_stems,
    asked_words,
    content_words,
    fold,
    language,
    normalize,
    porter,
    rarities,
    squeeze,
    stem,
    stems_of,
    words,
)

Frequencies = Callable[[list[str]], Mapping[str, int]]

QUESTION_CHARACTERS = 8000
MOST_AT_ONCE = 3  # questions in one that are answered each

# They may be said of what no document says of itself, "What does section 7.2 of the document say?", or has a sign for.
_OF_DOCUMENTS = stems_of(
    "document documents file pdf page section clause chapter paragraph article passage text version say says said "
    "state states list name show describe explain mention mentioned define definition according summarise "
    "summarize summary stand stands mean means meaning acronym abbreviation latest newest current "
    "per cent percent percentage euro euros pound pounds dollar dollars"
)
# Nor need the documents have these where they have the code: "The display shows error E22".
_OF_CODES = stems_of(
    "error fault code display screen show appear message warning fehler fehlercode anzeige anzeigt angezeigt "
    "erscheint erreur affiche affichee ecran codigo pantalla aparece"
)
# Nor these where a list of numbered steps is found: "What are the steps for …?"
_OF_STEPS = stems_of("step steps procedure instructions schritte etapes pasos")
_STEP = re.compile(r"^\(?\d{1,2}[.)] ", re.MULTILINE)
_CODE_APART = re.compile(r"\b([A-Z]{1,3}) (\d{1,4})\b")  # "E 22"
_CODE = re.compile(r"\b[A-Z]{1,4}-?\d{1,5}\b")
_SPELLINGS = [
    (re.compile(spelled), other)
    for spelled, other in (("our", "or"), ("z", "s"), ("c$", "s"), ("er$", "r"), ("u$", ""), ("ll$", "l"))
]
POLITE = frozenset({"help", "question", "questions", "possible"})  # "Can you help me? …" asks for nothing yet
_ENDINGS = ("en", "n", "e", "er", "es", "s", "nen")
_WHO_DOES = r"\bwho (?:(?:does|did|will|can|may|should|must) )?"
_DOERS = ("er", "or")
_SHORTEST_HALF = 3  # letters of each half of a compound
_LINKS = ("s", "n", "en", "es")
_SHORTEST_MISTYPED = 5  # letters; shorter words have too many neighbours
_SHORTEST_INFLECTED = 7  # where no list tells words from mistyped ones: "banco" is no "barco"
_OTHER_LETTER = re.compile(r"[^\W\d_A-Za-zÀ-ɏ]")  # than Latin ones
_MOST_WORDS = 200  # of a question, to tell its language by
_LONGEST_WORD = 40  # letters; longer ones are no words


def respell(
    question: str,
    frequencies: Frequencies,
    near: Callable[[str], list[str]],
    is_word: Callable[[str], bool] | None = None,
    beginning: Callable[[str], list[str]] = lambda _: [],
) -> str:
    """Return the question with words that no document holds as they may be meant.

    They are corrected by one letter ("personel"), else given another ending where the question is in another language
    ("Ruhezeiten") or asks who does something ("who teaches it", of a "teacher"), else written in two where both halves
    occur ("gear box"). In German, French and Spanish, of which ``beginning`` finds the forms of a word, these come
    first. Given ``is_word``, which knows English words, an English question's are not mistyped but may be spelled
    otherwise ("theatre"), and halves must be such.
    """
    question = _with_codes_joined(question, frequencies)
    tongue = language(question)
    is_word = is_word if tongue in ("English", "") else None
    asked = asked_words(question)
    held = frequencies([stem for word in asked for stem in content_words(word)])
    nouns = tongue == "German"  # which are capitalised, as names are
    plain = [word for word in asked if (word.islower() or nouns) and len(word) <= _LONGEST_WORD]
    plain = [word for word in plain if not speaks_of_documents(word)]
    unknown = [word for word in plain if not any(map(held.get, content_words(word)))]
    for word in unknown:
        form = held_form(word, tongue, frequencies, beginning) if tongue in INFLECTED else ""
        form = form or _mistyped(word, near, is_word, inflects=tongue in INFLECTED)
        if not form and tongue in ("English", ""):
            form = _doer(question, word, frequencies)
        elif not form and tongue not in ("unspaced", *INFLECTED):
            form = _other_form(word.lower(), frequencies)
        if not form and (word.islower() or (nouns and not _is_titled(word, question))):
            form = _in_halves(word, frequencies, is_word, beginning if nouns else None)
        question = _put(question, word, form) if form else question
    return question


def _mistyped(
    word: str, near: Callable[[str], list[str]], is_word: Callable[[str], bool] | None, *, inflects: bool
) -> str:
    """Return what an unknown word is meant as, one letter away; where words are ``inflects``, only of a long one."""
    letters = len(word) - is_word(word) if is_word else len(stem(word))
    least = _SHORTEST_INFLECTED if inflects else _SHORTEST_MISTYPED
    meant = near(stem(word)) if letters >= least and word.isalpha() and word.islower() else []
    if is_word and is_word(word):
        spelled = _in_one_spelling(stem(word))
        meant = [other for other in meant if _in_one_spelling(other) == spelled]
    return _as_written(max(meant, key=lambda other: (_alike(other, word), len(other))), word, is_word) if meant else ""


def _with_codes_joined(question: str, frequencies: Frequencies) -> str:
    """Return the question with codes that the documents have without a space written so: "E 22" as "E22"."""
    apart = list(dict.fromkeys(_CODE_APART.findall(question)))
    held = frequencies([f"{letters}{digits}".lower() for letters, digits in apart]) if apart else {}
    for letters, digits in apart:
        if held.get(f"{letters}{digits}".lower()):
            question = _put(question, f"{letters} {digits}", f"{letters}{digits}")
    return question


def _as_written(meant: str, word: str, is_word: Callable[[str], bool] | None) -> str:
    """Return a word with the stem that is meant: the typed one, mended as its stem is; else the stem."""
    typed = porter(word)
    head = _alike(typed, meant)
    tail = _alike(typed[head:][::-1], meant[head:][::-1])
    mended = meant[: len(meant) - tail] + word[len(typed) - tail :]
    forms = [mended, meant] if porter(mended) == meant else [written(meant) or meant]
    return next(filter(is_word, forms), forms[0])


def _alike(one: str, other: str) -> int:
    """Return with how many same letters two words begin."""
    return sum(takewhile(bool, map(eq, one, other)))


def _other_form(word: str, frequencies: Frequencies) -> str:
    """Return the plural or singular of a word that occurs, where it does not, as several languages form them."""
    forms = [word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) > 3]
    forms += [word + ending for ending in _ENDINGS if len(word) > 3]
    found = frequencies([stem(form) for form in forms])
    return max(forms, key=lambda form: found.get(stem(form), 0)) if any(found.values()) else ""


def _doer(question: str, word: str, frequencies: Frequencies) -> str:
    """Return the name of who does what a question for a person says, where it occurs: of "audits" "auditor"."""
    asks = re.search(rf"{_WHO_DOES}{re.escape(word)}\b", question, re.IGNORECASE)
    doers = [stem(word) + ending for ending in _DOERS] if asks else []
    found = frequencies([stem(doer) for doer in doers])
    return next((doer for doer in doers if found.get(stem(doer))), "")


def _is_titled(word: str, question: str) -> bool:
    """Tell whether a word of a German question is a person's name: "Frau Steinbach"."""
    return re.search(rf"\b(?:Herrn?|Frau|Dr\.|Prof\.) {re.escape(word)}\b", question) is not None


def _in_halves(
    word: str,
    frequencies: Frequencies,
    is_word: Callable[[str], bool] | None,
    beginning: Callable[[str], list[str]] | None,
) -> str:
    """Return the halves of a compound that both occur, those that do so most, in two words; "" where no two do.

    Of a German one, given ``beginning``, the second may have another form, and between both an ``s``, ``n``, ``en`` or
    ``es`` may stand, or an ``e`` be left out: "Mietrecht".
    """
    least = _SHORTEST_HALF + (not word.islower())
    folded = list(dict.fromkeys((fold(word), without_typed_umlauts(word)))) if beginning else [fold(word)]
    halves = [(one[:cut], one[cut:]) for one in folded for cut in range(least, len(one) - least + 1)]
    halves = [pair for pair in halves if content_words(pair[0])]  # but not "for get" or "down grade"
    found = dict(frequencies([stem(half) for pair in halves for half in pair]))
    if beginning:
        ends = [(half, other) for half, other in halves if found.get(stem(other)) and not found.get(stem(half))]
        linked = [(half.removesuffix(link), other) for half, other in ends for link in _LINKS if half.endswith(link)]
        halves += [pair for pair in linked if len(pair[0]) >= least] + [(f"{half}e", other) for half, other in ends]
        found |= frequencies([stem(half) for half, _ in halves if stem(half) not in found])
    both = {pair: min(found.get(stem(half), 0) for half in pair) for pair in halves}
    split = [pair for pair in halves if both[pair] and (not is_word or all(is_word(half) for half in pair))]
    if not split and beginning:
        begun = [pair for pair in halves if found.get(stem(pair[0])) and len(pair[1]) >= _SHORTEST_MISTYPED]
        formed = ((half, held_form(other, "German", frequencies, beginning)) for half, other in begun)
        return next((f"{half} {form}" for half, form in formed if form), "")
    best = max(split, key=lambda pair: both[pair], default=None)
    return " ".join(best) if best else ""


def _in_one_spelling(stemmed: str) -> str:
    """Return a stem in one spelling for British and American writers: "colour", "theatre", "organise", "catalogue"."""
    for ending, other in _SPELLINGS:
        stemmed = ending.sub(other, stemmed)
    return stemmed


def without_ranged(question: str, hits: Sequence[Hit]) -> str:
    """Return the question without the amounts of money and the days that lie in a range which a hit speaks of."""
    for amount in amounts(question):
        if any(in_range(amount, hit.passage.text) for hit in hits):
            question = _put(question, amount, " ")
    texts = [hit.passage.text for hit in hits]
    for day, among, anywhere in days_meant(question):
        named = any(anywhere.search(among.sub("", text)) for text in texts)
        if not named and any(map(among.search, texts)):
            question = _put(question, day, " ")
    return question


def share_of_words(question: str, is_word: Callable[[str], bool] | None) -> float:
    """Return the share of the question's words that ``is_word`` knows; 1 where it is English, or Latin names only.

    Words in other letters are unknown: the model has met some, and learned nothing of them.
    """
    found = words(question)[:_MOST_WORDS]
    latin = [word for word in found if not _OTHER_LETTER.search(word)]
    tongue = language(question)
    is_own = tongue == "English" or (not tongue and len(latin) == len(found))
    return 1.0 if not (is_word and found) or is_own else sum(map(is_word, latin)) / len(found)


def _put(question: str, word: str, other: str) -> str:
    """Return the question with another word in the place of a whole one."""
    return re.sub(rf"(?<![\w.,]){re.escape(word)}(?![\w]|[.,]\w)", lambda _: other, question)


def speaks_of_documents(word: str) -> bool:
    """Tell whether a word of a question may only be said of the documents."""
    return stem(word.lower()) in _OF_DOCUMENTS


def goes_without(word: str, question: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a word of a question need not occur: it speaks of the documents, or of what the best hit is."""
    codes = set(_CODE.findall(question)) if stem(fold(word)) in _OF_CODES and hits else set()
    of_code = not codes.isdisjoint(_CODE.findall(hits[0].passage.text) if codes else ())
    return of_code or _of_steps(word, hits) or speaks_of_documents(word) or compares(word, question, hits)


def _of_steps(word: str, hits: Sequence[Hit]) -> bool:
    """Tell whether a word asks for steps, and the best hit has numbered ones."""
    return stem(fold(word)) in _OF_STEPS and bool(hits) and _STEP.search(hits[0].passage.text) is not None


def weigh(
    question: str, hits: Sequence[Hit], frequencies: Frequencies, passages: int
) -> tuple[dict[str, float], list[str]]:
    """Return the rarity of the stems that tell something among so many passages, and the words that no passage holds.

    Words that need not occur are neither.
    """
    held = frequencies(list(asked_stems(question)))
    lacking = [word for word in asked_words(question) if any(not held[stem] for stem in content_words(word))]
    missing = [word for word in lacking if not goes_without(word, question, hits)]
    spared = {*lacking}.difference(missing) | {word for word in asked_words(question) if _of_steps(word, hits)}
    unheeded = {stem for word in spared for stem in content_words(word)}
    rarity = rarities(question, held, passages)
    return {stem: weight for stem, weight in rarity.items() if stem not in unheeded}, missing


def remarks(question: str, *, quoting: bool) -> str:
    """Return what to tell the person about the question as typed, or an empty string."""
    hidden = normalize(question)[1] - question.count("\ufe0f")  # which only makes emoji colourful
    told = f"Invisible characters removed from the question: {hidden}. " if hidden else ""
    several = quoting and holds_many(question)
    return told + ("These are several questions; asked one at a time, each is answered better. " if several else "")


def holds_many(question: str) -> bool:
    """Tell whether a text is of more questions than are answered at once, each with its mark."""
    *asked, _ = re.split(r"[?？]", question)
    return sum(len(words(one)) > 2 and not {*map(fold, asked_words(one))} <= POLITE for one in asked) > MOST_AT_ONCE


def check_question(question: str) -> str:
    """Return the question on one line, without invisible characters.

    Raises:
        QuestionError: nothing is left, or it is longer than 8,000 characters.
    """
    if len(question) > QUESTION_CHARACTERS:
        problem = f"The question has {len(question):,} characters; the limit is {QUESTION_CHARACTERS:,}."
        raise QuestionError(problem, "Ask something shorter.")
    asked = squeeze(normalize(question)[0])
    if not asked:
        raise QuestionError("The question is empty.", "Type a question about your documents.")
    return asked
