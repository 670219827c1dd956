"""Follow-ups put on their own feet by rules, where there is no language model to do it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import phrasing, said
from rag.answertype import DATE, names
from rag.datatypes import Turn
from rag.text import STOP_WORDS, asked_words, fold, language, squeeze, words

_TOPIC_WORDS = 6
_MOST_ADDED = 5  # words of what is only added: "Students and pensioners too?"
_CODE = re.compile(r"\d+(?:[.-]\d+)+")


def leans(question: str) -> bool:
    """Tell whether a question points to something said before, by a pronoun or as "what about …"."""
    return _points_back(question) or bool(_fragment(question)[0])


def _pronoun(text: str) -> re.Match[str] | None:
    return phrasing.PRONOUNS.get(language(text), phrasing.PRONOUNS["English"]).search(text)


def _points_back(question: str) -> bool:
    """Tell whether a pronoun stands for nothing in the same question: "… the roof, and what did it cost?" names it."""
    found = None if _begins_with_its_subject(question) else _pronoun(question)
    if not found:
        return False
    if phrasing.POSSESSIVE.fullmatch(found.group()):  # "all plans with their prices" names them itself
        before = question[: found.start()]
        if names(before) or phrasing.OWNERS.search(before):
            return False
    ends = [clause.start() for clause in phrasing.CLAUSE.finditer(question, 0, found.start())]
    before = question[: ends[-1]] if ends else ""
    return not phrasing.ASKING.search(before) or sum(word not in STOP_WORDS for word in words(before)) < 2


def _begins_with_its_subject(question: str) -> bool:
    """Tell whether a question names what it is about before it asks: "And the soup, how long does it keep?"."""
    lead = phrasing.LEAD.match(question)
    return phrasing.SUBJECT.match(question, lead.end() if lead else 0) is not None


def _fragment(question: str) -> tuple[str, bool]:
    """Return what a piece of a question puts in the place of something, and whether it only adds it.

    "And the X200?" and "For the X200, please" replace, "Bikes too?" adds.
    """
    text = squeeze(question).strip(" ¿?¡!.")
    while phrasing.POLITE.search(text):
        text = phrasing.POLITE.sub("", text)
    lead = phrasing.LEAD.match(text)
    what = text[lead.end() :] if lead else text
    about = phrasing.ABOUT.match(what)
    what = re.sub(r"(?<=\w)\s+ones?$", "", what[about.end() :] if about else what)
    too = phrasing.TOO.search(what)
    what = what[: too.start()] if too else what
    adds = too is not None and len(what.split()) <= _MOST_ADDED
    told = lead or about or adds or (phrasing.CIRCUMSTANCE.match(what) and len(what.split()) <= 5)
    if not told or phrasing.ASKING.search(what) or phrasing.MODAL.search(what):
        return "", False
    return (what, adds) if phrasing.OTHER.fullmatch(what) or not _pronoun(what) else ("", False)


def is_elliptic(question: str) -> bool:
    """Tell whether a question has hardly a word of its own, or none but where, as "How many are in Perth?"."""
    asks = phrasing.ASKING.search(question) is not None
    return asks and len(asked_words(question)) <= 2 and not names(_without_places(question))


def is_bare(question: str) -> bool:
    """Tell whether a question has no noun of its own: "What may I bring?", but not "What is a halyard?"."""
    has_noun = re.search(rf"\b{phrasing.ARTICLE}\s+\w", question, re.IGNORECASE)
    return is_elliptic(question) and len(asked_words(question)) < 2 and not has_noun


def _without_places(question: str) -> str:
    """Return a question without the names that only say where or when: "in Perth", "on the X200"."""
    return re.sub(rf"\b{phrasing.PREPOSITION}\s+(?:{phrasing.ARTICLE}\s+)?{phrasing.NAMED}", "", question)


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """Return the question so that it can be understood without the conversation, by rules.

    "What about the H100?" takes over the last question with the name replaced; a question that leans on the last one
    (a pronoun, an "and", or hardly a word of its own) gets that question's topic in brackets; any other is returned
    unchanged.
    """
    question = phrasing.without_thanks(question)
    asked = [turn for turn in turns if not phrasing.is_small_talk(turn.question)]
    own = asked_words(question) and not leans(question) and not phrasing.LEAD.match(question)
    if asked and asked[-1].refused and own:  # what nothing was found about is not gone on with
        asked = [turn for turn in asked if not turn.refused]
    if not asked:
        return question
    turn = asked[-1]
    previous = turn.standalone or turn.question
    if _begins_with_its_subject(question) or phrasing.EVERYTHING.search(question):
        return question
    what, adds = _fragment(question)
    if adds:
        return _joined(*_parts(previous)[:2], what)
    if what:
        return _other(previous, turns) if phrasing.OTHER.fullmatch(what) else _put_in(previous, what)
    points, elliptic = _points_back(question), is_elliptic(question)
    if not (points or elliptic or phrasing.LEAD.match(question)):
        return question
    topic = _topic(previous, whole=not points)
    if phrasing.EVENT.search(question):  # not the thing but what was done to it
        topic += [token for token in _content(previous) if token not in topic]
    known = set(map(fold, topic))
    topic += [name for name in _persons(question, turn) if fold(name) not in known]
    left_out = {*words(question), *_replaced(question, previous)}
    fresh = [word for word in topic if left_out.isdisjoint(words(word))]
    return f"{question.rstrip()} ({' '.join(fresh)})" if fresh else question


def _replaced(question: str, previous: str) -> list[str]:
    """Return the words that a question replaces: of "in Leeds", where it says "in Perth"; of a day, month or year."""
    place = re.compile(rf"\b({phrasing.PREPOSITION})\s+(?:{phrasing.ARTICLE}\s+)?({phrasing.NAMED})")
    own = {preposition for preposition, _ in place.findall(question)}
    old = [name for preposition, name in place.findall(previous) if preposition in own and not DATE.search(name)]
    asked = question.removeprefix("May ")  # which asks
    old += [time.group() for kind in phrasing.KINDS[:4] if kind.search(asked) for time in kind.finditer(previous)]
    return words(" ".join(old))


def _parts(previous: str) -> tuple[str, str, str]:
    """Return a question, the topic it was given in brackets, and what was added to it there."""
    found = phrasing.BRACKETS.search(previous)
    if not found:
        return previous, "", ""
    body = previous[: found.start()]
    topic, _, added = found[1].rpartition(", ")
    if not topic and (_points_back(body) or len(asked_words(body)) < 2 or phrasing.LEAD.match(body)):
        return body, added, ""
    return body, topic, added


def _joined(body: str, topic: str, added: str) -> str:
    brackets = ", ".join(filter(None, (topic, added)))
    return f"{body.rstrip()} ({brackets})" if brackets else body


def _topic(previous: str, *, whole: bool) -> list[str]:
    """Return what a question is about: the topic it was given, its names and what it asks for, else its content words.

    A question with hardly a word of its own takes over the ``whole`` of it.
    """
    body, topic, added = _parts(previous)
    own = _content(body)
    if not whole:
        named = [name for name in names(body) if not DATE.search(name)] if names(_without_places(body)) else []
        codes = [token for token in own if _CODE.fullmatch(token)]
        asked = [token for token in own if named and token in phrasing.ASKED_FOR.findall(body)]
        own = [] if topic else [*asked, *named, *codes] if named else own
    return list(dict.fromkeys([*topic.split(), *own, *_content(added)]))[:_TOPIC_WORDS]


def _content(question: str) -> list[str]:
    asked = set(map(fold, asked_words(question))) - phrasing.LIGHT_VERBS
    lead = phrasing.LEAD.match(question)
    tokens = [token.strip("’'\"-&.,;:¿?¡!()") for token in question[lead.end() if lead else 0 :].split()]
    return [token for token in tokens if not asked.isdisjoint(words(token))]


def _persons(question: str, turn: Turn) -> list[str]:
    """Return the name in the last answer that "he", or "they" after a "who", may stand for."""
    if turn.refused:
        return []
    asks_who = phrasing.WHO.search(turn.question) is not None
    if not (asks_who and phrasing.PERSONS.search(question)) and not (
        phrasing.SINGLE_PERSON.search(question) and (asks_who or not names(turn.standalone or turn.question))
    ):
        return []
    plain = [
        phrase for phrase in _phrases(f"- {turn.answer}") if not DATE.search(phrase) and not re.search(r"\d", phrase)
    ]
    far = said.distance_to(asked_words(turn.question), turn.answer)
    return min(plain, key=lambda phrase: (len(phrase.split()) < 2, far(phrase)), default="").split()[:3]


def _put_in(previous: str, what: str) -> str:
    """Put ``what`` in the place of the thing of the same shape in the previous question, or behind it in brackets."""
    if exchanged := _exchange(previous, what):
        return exchanged
    body, topic, added = _parts(previous)
    if preposition := phrasing.CIRCUMSTANCE.match(what):
        body = _replace_circumstance(body, preposition.group().strip(), f"{what[0].lower()}{what[1:]}")
        return _joined(body, topic, added)
    defined = phrasing.DEFINED.match(what)
    if new := _phrases(f"- {what}"):
        old = [phrase for phrase in _phrases(previous) if _shape(phrase) == _shape(new[0])]
        before, _, after = previous.rpartition(old[-1] if old else " ")
        if old and old[-1] not in new and (defined or not phrasing.GERMAN_ARTICLE.search(before)):
            return f"{before}{' '.join(new)}{after}"
    if span := _of_the_same_kind(body, what):
        return _joined(f"{body[: span[0]]}{what}{body[span[1] :]}", topic, "")
    if not new and len(what.split()) <= (6 if defined else 4) and not phrasing.is_charged(what, body):
        patterns = phrasing.NOUN_PHRASES if defined else phrasing.BARE_PHRASES
        found = next((match for pattern in patterns if (match := pattern.search(body))), None)
        noun = words(what)[-1:]
        if found and (set(noun).isdisjoint(words(body)) or set(noun) <= set(words(found[1]))):
            return _joined(f"{body[: found.start(1)]}{what}{body[found.end(1) :]}", topic, "")
    if defined and _points_back(body):  # "Why is it dangerous? (gybe)", "And a tack?"
        topic = " ".join(names(f"- {topic}"))
    return _joined(body, topic, what)


def _of_the_same_kind(body: str, what: str) -> tuple[int, int] | None:
    """Return where a question has the noun of ``what`` with another word before it: "a full plot" for "a half plot"."""
    *told, noun = what.split()
    if not told or all(word in STOP_WORDS for word in words(" ".join(told))):
        return None
    other = rf"(?!(?:{phrasing.PREPOSITION}|{phrasing.ARTICLE})\b)[\w’'-]+\s+{re.escape(noun)}\b"
    found = re.search(
        rf"\b(?:{phrasing.ARTICLE}\s+{other}|{phrasing.PREPOSITION}\s+(?P<bare>{other}))", body, re.IGNORECASE
    )
    return found and (found.span("bare") if found["bare"] else found.span())


def _exchange(previous: str, what: str) -> str:
    """Return the previous question with the numbers, dates and codes of ``what``, if there is nothing else in it."""
    rest, changed = what, previous
    codes = [name for name in names(f"- {what}") if any(map(str.isdigit, name))]
    likes = [(kind.findall(what), (kind,)) for kind in phrasing.KINDS] + [([code], _like(code)) for code in codes]
    for new, patterns in likes:
        if len(new) > 1:  # "And for students and pensioners?"
            return ""
        for word in new:
            found = [match for pattern in patterns for match in list(pattern.finditer(changed))[-1:]]
            if not found:
                return ""
            changed = f"{changed[: found[0].start()]}{word}{changed[found[0].end() :]}"
            rest = rest.replace(word, " ")
    others = _folded(f"{previous} {rest}") - _folded(previous) - phrasing.EDITIONS
    return changed if changed != previous and not others else ""


def _folded(question: str) -> set[str]:
    return set(map(fold, asked_words(question)))


def _like(code: str) -> tuple[re.Pattern[str], ...]:
    """Return patterns of codes written like this one, the closest first: "X200" is like "X100", then like "E31"."""
    shape = "".join("A" if c.isupper() else "a" if c.islower() else "0" if c.isdigit() else c for c in code)
    closest, loose = (re.escape(form) for form in (shape, re.sub(r"(.)\1+", r"\1", shape)))
    classes = {"A": "[A-Z]", "a": "[a-z]", "0": r"\d"}
    written = (
        "".join(classes.get(c, c) for c in closest),
        "".join(f"{classes[c]}+" if c in classes else c for c in loose),
    )
    return tuple(re.compile(rf"(?<![A-Za-z0-9]){form}(?![A-Za-z0-9])") for form in written)


def _replace_circumstance(body: str, preposition: str, what: str) -> str:
    """Put a circumstance in the place of the last one with its preposition, or at the end."""
    phrase = (
        rf"\b{preposition}\s+(?!(?:how|what|which|whom)\b)(?:(?:l[aeo]s?|el|ceux|celles)\s+qu[ei]\b[^,;?]*\w|"
        rf"(?:{phrasing.ARTICLE}\s+)?(?-i:{phrasing.NAMED})|[\w’'-]+(?:\s+(?!{phrasing.PREPOSITION}\b)[\w’'-]+){{0,3}})"
    )
    if found := list(re.finditer(phrase, body, re.IGNORECASE)):
        return f"{body[: found[-1].start()]}{what}{body[found[-1].end() :]}"
    return f"{body.rstrip(' ?.!')} {what}?"


def _other(previous: str, turns: Sequence[Turn]) -> str:
    """Put in another name of the same shape that was said, or leave out the one that was asked about."""
    asked = [name for name in names(previous) if not DATE.search(name)]
    if not asked:
        return previous
    said = [
        name for turn in reversed(turns) for name in names(f"- {turn.question} {'' if turn.refused else turn.answer}")
    ]
    alike = _like(asked[-1])[0]
    if other := next((name for name in said if name not in asked and alike.fullmatch(name)), ""):
        return previous.replace(asked[-1], other)
    return re.sub(
        rf"\s*(?:\b{phrasing.PREPOSITION}\s+)?(?:\b{phrasing.ARTICLE}\s+)?{re.escape(asked[-1])}", "", previous
    )


def _phrases(text: str) -> list[str]:
    """Return the names of a text, neighbouring ones as one: ``Moore Threads``."""
    known = names(text)
    phrases: list[list[str]] = [[]]
    for token in re.findall(r"[\w’'&-]+|[.,;:!?()\n]", text):
        bare = re.sub(r"[’']s$", "", token)
        if bare in known:
            phrases[-1].append(bare)
        else:
            phrases.append([])
    return [" ".join(phrase) for phrase in phrases if phrase]


def _shape(name: str) -> tuple[bool, bool, bool]:
    return any(c.isdigit() for c in name), name.isupper(), DATE.search(name) is not None
