"""Whether quoted words support a sentence: its numbers, dates, names, negations and most of its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from rag.answertype import names
from rag.attribution import other_agent, other_subject, said_of_something_else, turned_comparison
from rag.conditions import exempted, unbounded, unconditioned, widens
from rag.datatypes import Verdict
from rag.facts import computed, missing, other_rates, other_units
from rag.figures import figures, without_figures
from rag.opposites import contradicts, negates, other_reason
from rag.order import exchanged, other_order
from rag.rows import denied_by_cell
from rag.text import STOP_WORDS, caseless, content_words, fold, in_words, language, small_words, stem, stems_of, words
from rag.units import kind_of_unit, unit_name

AS_QUOTED = Verdict.QUOTED, "The source's own words."
# Share of a sentence's content words that must occur in the cited words. Token overlap separates fabrication from
# support well (AUROC .94) and partial support badly (.60), so the band between is called partly.
SUPPORTED_SHARE = 0.6
PARTLY_SHARE = 0.35
# With these words a draft speaks of itself and of the documents, or ties its sentences together.
TALK = frozenset(
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
# What answers a question by itself says nothing more, and no name begins with it.
_REPLY = caseless(r"^\W*(?:yes|no|yeah|nope|sure|correct|ja|nein|doch|oui|non|sí|si)(?:[,.:!–—-]+\s*|\W*$)")
_LABEL = re.compile(r"^\W*[^\W\d_]\w*(?: [^\W\d_]\w*){0,2}: ")
_ELISION = re.compile(r"\b[A-Za-zÀ-ÿ]{1,2}['’](?=[a-zà-ÿ])")  # "S'il"
_JOINT = caseless(r"[,;–—] |\b(?:and|but|or|und|aber|oder|et|mais|ou|y|pero)\b")
_UNDER = caseless(
    r"\b(?:if|when|while|where|because|unless|until|after|before|once|whenever|so that|as long as|wenn|weil|nachdem"
    r"|bevor|si)\b"
)
_POWER = re.compile(r"[A-Za-z]{1,3}[²³]")  # of a unit
_TITLES = frozenset("mr mrs ms miss dr prof sir herr herrn frau mme monsieur madame señor señora".split())
# Words of many shapes may begin a sentence; those that end so are seldom names.
_COMMON = re.compile(r"(?:ly|ing|ed|wards?|tion|ment|ness|ity|able|ible|ful|less|ound|ally|eln|ungs?|heit|keit)s?$")
_PEOPLE = frozenset(
    "people members employees staff workers users customers visitors guests tenants owners residents students pupils "
    "parents children adults participants applicants passengers patients drivers teachers volunteers readers".split()
)
_ORDERS = frozenset(  # what begins an instruction, or says how many
    "every always whenever nobody everyone everybody anyone anybody none use wash lower raise wait turn press check "
    "clean keep take make set put remove open close call ask wear store fit let run push pull add bring leave send "
    "pay contact choose select enter switch start stop hold place apply wipe avoid ensure report replace tighten "
    "loosen adjust rinse pour mix fill empty disconnect connect install".split()
)
# The forms of a verb that no stem joins, and everyday words that mean the same, by the first of each.
_ALIKE = (
    "forbid forbidden forbade prohibit ban banned|begin began begun start commence|buy bought purchase|pay paid"
    "|hold held|keep kept|give gave given|take took taken|lose lost|send sent|build built|sell sold|bring brought"
    "|choose chose chosen|teach taught|make made|write wrote written|speak spoke spoken|break broke broken"
    "|grow grew grown|know knew known|lend lent|spend spent|meet met|run ran|rise rose risen|fall fell fallen"
    "|drive drove driven|ride rode ridden|freeze froze frozen|steal stole stolen|throw threw thrown|wear wore worn"
    "|sleep slept|win won|stand stood|catch caught|drink drank drunk|swim swam swum|eat ate eaten"
    "|forget forgot forgotten|hide hid hidden|draw drew drawn|shrink shrank shrunk|seek sought|feed fed|lay laid"
    "|child children|bicycle bike|fridge refrigerator|phone telephone|photo photograph|allow permit"
)
_SIGNS = {"€": "euro", "$": "dollar", "£": "pound", "¥": "yen", "%": "percent"}


def verify(
    text: str, quotes: Sequence[str], context: str = "", asked: str = "", around: str = ""
) -> tuple[Verdict, str]:
    """Say whether the quoted words support the sentence, and why not.

    ``context`` (title and headings of the source) may supply names, as a heading does for the lines under it; a number
    or date that stands only there makes the support partial. Of a sentence in another language than the quoted words
    only the numbers can be compared. ``asked`` may tell a condition, what stands ``around`` the quotes who else is.
    """
    if not quotes:
        return Verdict.UNSUPPORTED, "No source is cited."
    cited = "; ".join(quotes)  # or the end of one and the beginning of the next would be one number: "12 345"
    lost = missing(text, cited)
    if not lost and f" {in_words(text)} " in f" {in_words(cited)} ":
        condition = _condition(text, cited, asked)  # the source's own words may be cut
        return (Verdict.PARTLY, condition) if condition else AS_QUOTED
    text = _REPLY.sub("", text, count=1)
    there = f"{cited} {context}"
    known = _known(there)
    strangers = _strangers(text, there, known)
    if nowhere := lost & missing(text, context):
        if result := computed(lost, text, cited):
            return Verdict.PARTLY, f"Not in the cited words, but computed from them: {next(iter(lost))} = {result}."
        return Verdict.UNSUPPORTED, f"Not in the cited words: {', '.join([*sorted(nowhere), *strangers])}."
    wanted, stated = _wanted(text, known), len(figures(text))
    share = (sum(word in known for word in wanted) + stated - len(lost)) / max(1, len(wanted) + stated)
    if share < PARTLY_SHARE:
        if (theirs := language(cited)) and (mine := language(text)) and mine != theirs:
            return Verdict.PARTLY, "In another language than the cited words: only its numbers were compared."
        return Verdict.UNSUPPORTED, "The cited words say something else."
    if lost:
        return Verdict.PARTLY, f"Only in the heading of the source: {', '.join(sorted(lost))}."
    if strangers:
        return Verdict.PARTLY, f"Not in the cited words: {', '.join(strangers)}."
    if reason := _adds(text, known, asked) or next(filter(None, _differences(text, cited, quotes, asked, around)), ""):
        return Verdict.PARTLY, reason
    lacking = ", ".join([word for word in dict.fromkeys(_said(text)) if _key(word) not in known][:5])
    if share < SUPPORTED_SHARE:
        return Verdict.PARTLY, f"Not in the cited words: {lacking}."
    told = f" Not there: {lacking}." if lacking else ""
    return Verdict.SUPPORTED, f"Its numbers, dates, names and most of its words stand in the cited words.{told}"


def _differences(text: str, cited: str, quotes: Sequence[str], asked: str, around: str) -> Iterator[str]:
    """Yield check by check what the cited words say otherwise, though they have the numbers, names and most words."""
    elsewhere = "The cited words say this of something else: {}."
    yield _told("The cited words count in other units: {}.", *other_units(text, cited))
    yield _told("The cited words do not say this for each: {}.", *other_rates(text, cited))
    yield _told("The cited row says no: {}.", denied_by_cell(text, quotes))
    yield _told(elsewhere, *said_of_something_else(text, quotes))
    yield _told(elsewhere, other_subject(text, quotes) or other_agent(text, quotes, around))
    yield _told("The cited words have {} for these.", turned_comparison(text, quotes))
    yield _told("The cited words have these in each other's place: {}.", *(exchanged(text, quotes) or ()))
    yield _told("The cited words have this earlier: “{}”.", other_order(text, quotes))
    yield contradicts(text, cited, asked)
    yield _condition(text, cited, asked)
    yield _told("The cited words say “{}”.", exempted(text, cited))
    yield _told("The cited words do not give this reason: “{}”.", other_reason(text, cited))
    yield _told("The cited words say “{}”.", unbounded(text, cited, asked) or widens(text, cited))


def _told(sentence: str, *found: str) -> str:
    return sentence.replace("{}", ", ".join(found)) if any(found) else ""


def _condition(text: str, cited: str, asked: str) -> str:
    return _told("The cited words say so under a condition: “{}”.", unconditioned(text, cited, asked))


def _adds(text: str, known: set[str], asked: str) -> str:
    """Say what a text adds in a clause of its own; what is asked may stand in a condition or tell a time."""
    added = _added(_JOINT, text, known) or _added(_UNDER, text, known | _known(asked))
    return f"Not in the cited words: {added}." if added else ""


def _added(joint: re.Pattern[str], text: str, known: set[str]) -> str:
    """Return the words of a clause of which nothing is known, though it says two things: "…, and only by a plumber"."""
    for clause in joint.split(text)[1:]:
        said = [word for word in _said(clause) if len(word) > 1 and not kind_of_unit(word)]
        if len(said) > 1 and known.isdisjoint(map(_key, said)) and not negates(clause):
            return ", ".join(said)
    return ""


def _said(text: str) -> list[str]:
    """Return the words that say something, numbers, small words and those of talk left out."""
    return [word for word in words(without_figures(text)) if word not in STOP_WORDS | TALK]


def _key(word: str) -> str:
    """Return what a word is compared by: its stem, or that of its first form or of a word that means the same."""
    key = stem(unit_name(word))
    return _alike().get(key, key)


@cache
def _alike() -> dict[str, str]:
    return {stem(form): stem(group.split()[0]) for group in _ALIKE.split("|") for form in group.split()}


def _known(text: str) -> set[str]:
    said = [_key(word) for word in words(text)]
    return {*said, *content_words(text), *(stem(name) for sign, name in _SIGNS.items() if sign in text)}


def _wanted(text: str, known: set[str]) -> list[str]:
    """Return the keys of the words that say something, numbers left out; words of talk only if they are known."""
    small = small_words(text)
    told = [(_key(word), word) for word in words(without_figures(text)) if word not in small]
    return [key for key, word in told if key in known or word not in TALK]


def _strangers(text: str, there: str, known: set[str]) -> list[str]:
    """Return the names of a sentence that its source does not have, whose words are ``known``."""
    initials = "".join(word[0].upper() for word in re.findall(r"[^\W\d_]+", there))
    text = _LABEL.sub("", without_figures(text), count=1)
    found = [name for name in names(_ELISION.sub("", text), first=True) if not stems_of(name) <= known]
    found = [name for name in found if name.lower() not in TALK | _TITLES and _key(fold(name)) not in known]
    found = [name for name in found if not (name.isupper() and name in initials)]
    if language(text) == "German":  # which writes all nouns so
        found = [name for name in found if not name.isalpha() or re.search(rf"(?:Herrn?|Frau|\b[A-Z]\w+) {name}", text)]
    return [name for name in found if not (_only_begins(name, text) or _POWER.fullmatch(name))]


def _only_begins(name: str, text: str) -> bool:
    """Tell whether a word is capitalised because it begins the sentence, as its form and what follows tell."""
    begins = re.match(rf"\W*{re.escape(name)}(?:['’]s)?(?P<after>\W*\w?)", text)
    is_common = _COMMON.search(name) is not None or name.lower() in _PEOPLE | _ORDERS
    return begins is not None and not begins["after"][-1:].isupper() and is_common
