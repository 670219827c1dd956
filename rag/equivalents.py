"""What asks for the same, as "AGM" and "annual general meeting", "March 2025" and "2025-03", "cheapest" and "price"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

from rag.abbreviations import DATED, month_number
from rag.answertype import asked_term
from rag.query import Frequencies
from rag.text import caseless, fold, stems_of

# Those of offices, clubs and households that mean one thing to most people; others a document has to define.
_KNOWN = (
    "AGM annual general meeting|EGM extraordinary general meeting|AOB any other business|VAT value added tax"
    "|PPE personal protective equipment|CEO chief executive officer|CFO chief financial officer"
    "|CTO chief technology officer|COO chief operating officer|HR human resources|PTO paid time off"
    "|TOIL time off in lieu|SSP statutory sick pay|WFH working from home|GP general practitioner"
    "|FAQ frequently asked questions|ETA estimated time of arrival|NDA non-disclosure agreement"
    "|SLA service level agreement|GDPR general data protection regulation|DPO data protection officer"
    "|KPI key performance indicator|SOP standard operating procedure|ROI return on investment|PO purchase order"
    "|MFA multi-factor authentication|2FA two-factor authentication|SSO single sign-on|VPN virtual private network"
    "|RTO recovery time objective|RPO recovery point objective|MRI magnetic resonance imaging|ICU intensive care unit"
    "|PTA parent teacher association|CV curriculum vitae|MwSt Mehrwertsteuer|AGB Allgemeine Geschäftsbedingungen"
    "|PLZ Postleitzahl|Kfz Kraftfahrzeug|TVA taxe sur la valeur ajoutée|RH ressources humaines"
    "|IVA impuesto sobre el valor añadido|RRHH recursos humanos"
)
_MEANS = caseless(r"\bwhat (?:does|do) (.{2,60}?) (?:mean|stand for)\b")
# Most tables have prices, few say which is the cheapest; "the lowest price" of electricity may stand in any sentence.
_PRICED = re.compile(
    r"(?:^|; )[^:;\n]*\b(?:price|cost|fee|fare|rent|rate|charge)s?\b[^:;\n]*: \W*\d", re.IGNORECASE | re.MULTILINE
)
_OF_PRICES = (
    (caseless(r"\b(?:cheapest|least expensive|most affordable)\b"), "lowest price"),
    (caseless(r"\b(?:most expensive|dearest|priciest|costliest)\b"), "highest price"),
)
# Labels of tables have the noun: "Weight, kg", where one asks how heavy something is.
_MEASURED = {
    "heavy": "weight",
    "high|tall": "height",
    "wide": "width",
    "deep": "depth",
    "thick": "thickness",
    "long": "length",
    "fast": "speed",
}
_OF_MEASURES = [(caseless(rf"\bhow (?:{asked}) (?:is|are|was|were)\b"), noun) for asked, noun in _MEASURED.items()]
_SMALL = frozenset("of and for the in on to with at by a de des du la le et y und für der die".split())
_DEFINED = re.compile(
    r"\((?P<after>[A-Z][A-Za-z]{1,6})\)"
    r"|\b(?P<before>[A-Z][A-Za-z]{1,6}) \((?P<words>[^()\n]{5,80})\)"
)
_WORD = re.compile(r"[^\W_]+")
_MOST_FORMS = 3  # that are tried; each is a search
_BEFORE = 120  # characters before brackets that are looked at


def other_forms(
    question: str, texts: Iterable[str], frequencies: Frequencies, is_word: Callable[[str], bool] | None = None
) -> list[tuple[str, re.Pattern[str]]]:
    """Return the question with an acronym written out, or with one in the place of what it stands for, or with a month
    in figures, "cheapest" as a matter of prices, "how heavy" as one of weight; one for a meaning as "What is …?".

    With each comes what finds the words put in. Pairs are the common ones, and those that ``texts`` define: "Tuesday
    review meeting (TRM)", "TRM (Tuesday review meeting)". Acronyms may be typed in small letters, but not those of two
    ("hr"), nor defined ones that ``is_word`` knows ("WHO"). A form of which a word is in no document is left out.
    """
    defined = {pair: None for text in texts for pair in _defined(text)}
    pairs = [(*pair, len(pair[0]) > 2) for pair in _known()]
    pairs += [(*pair, is_word is not None and not is_word(pair[0].lower())) for pair in defined]
    forms: dict[str, re.Pattern[str]] = {}
    if term := asked_term(question):  # "What does AGM stand for?" is "What is AGM?"
        forms[_MEANS.sub(r"What is \1", question, count=1)] = _short(term, any_case=True)
    for short, long, any_case in pairs:
        acronym, phrase = _short(short, any_case), _long(long)
        forms[acronym.sub(long, question)] = phrase
        forms[phrase.sub(short, question)] = acronym
    for superlative, plainly in _OF_PRICES:
        forms[superlative.sub(plainly, question)] = _PRICED
    for how, noun in _OF_MEASURES:
        form = how.sub(f"what is the {noun} of", question)
        forms[form[:1].upper() + form[1:] if form != question else question] = _labelled(noun)
    if dated := _in_figures(question):
        forms[DATED.sub(dated, question, count=1)] = re.compile(rf"(?<![\w-]){dated}(?!\d)")
    forms.pop(question, None)
    asked = stems_of(question)
    added = {form: stems_of(form) - asked for form in forms}
    held = frequencies(sorted(set().union(*added.values()))) if added else {}
    return [(form, put_in) for form, put_in in forms.items() if all(map(held.get, added[form]))][:_MOST_FORMS]


def _in_figures(question: str) -> str:
    """Return the first month or day in a question as records have them: ``2025-03``, ``2025-03-14``; else nothing."""
    if not (dated := DATED.search(question)):
        return ""
    day = dated["day"] or dated["after"]
    return f"{dated['year']}-{month_number(dated['month']):02}" + (f"-{int(day):02}" if day else "")


@cache
def _known() -> list[tuple[str, str]]:
    return [(short, long) for short, _, long in (pair.partition(" ") for pair in _KNOWN.split("|"))]


@lru_cache(maxsize=512)
def _short(acronym: str, any_case: bool) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(acronym)}s?(?!\w)", re.IGNORECASE if any_case else 0)


@lru_cache(maxsize=512)
def _long(phrase: str) -> re.Pattern[str]:
    return caseless(rf"(?<!\w){r'[ -]'.join(_WORD.findall(phrase))}s?(?!\w)")


@lru_cache(maxsize=32)
def _labelled(noun: str) -> re.Pattern[str]:
    """Return what finds a row with such a label, or with one of a property in its first cell."""
    other = r"(?![^:;\n]*\b(?:limits?|restrictions?|maxim\w*|minim\w*)\b)"
    return re.compile(rf"(?:^|; )(?:[^:;\n]*: )?{other}[^:;\n]*\b{noun}s?\b[^:;\n]*[:;]", re.IGNORECASE | re.MULTILINE)


def _defined(text: str) -> Iterator[tuple[str, str]]:
    """Yield each acronym that a text explains, with its words, of which it has the first letters.

    As Schwartz and Hearst (2003) look for them, beside brackets, but for whole words only.
    """
    for match in _DEFINED.finditer(text):
        acronym = match["after"] or match["before"]
        phrase = match["words"] or text[max(0, match.start() - _BEFORE) : match.start()]
        found = list(_WORD.finditer(phrase))
        for length in range(len(acronym), len(acronym) + 4):
            run = found[-length:]
            initials = [fold(word[0])[:1] for word in run]
            telling = [initial for word, initial in zip(run, initials, strict=True) if word[0] not in _SMALL]
            if len(run) == length and fold(acronym) in ("".join(initials), "".join(telling)):
                yield acronym, " ".join(word[0] for word in run)
                break
