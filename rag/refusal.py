"""Why quotes are no answer: nothing near, words that no document holds, or nothing of the kind that is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.datatypes import Answer
from rag.phrasing import is_small_talk
from rag.text import content_words

_NOTHING_INDEXED = "There are no documents yet. Add some with `rag ingest FOLDER` or drop them into the window."
# What a question asks for so plainly that quotes without any such thing do not answer it; docs/log.md has figures.
_PRICE = r"(?:costs?|prices?|fees?|fares?|rents?|salary|salaries|wages?|deposits?|rates? of pay|tariffs?)"
_LABEL_OF_PRICE = (
    rf"(?:{_PRICE}|pay|paid|rate|charge|amount|total|budget|actual|value|\w*(?:preis|betrag|miete|kosten|gebühr|summe)\w*"
    r"|prix|tarif|montant|coût|loyer)"
)
_DEMANDS = tuple(
    (what, re.compile(asks, re.IGNORECASE), re.compile(holds, re.IGNORECASE))
    for what, asks, holds in (
        (
            "amount of money",
            r"\bhow much\b.*\b(?:costs?|pay|paid|charged?|earns?|owed?|fine|deposit|rent)\b"
            r"|\bwhat (?:is|are|was|were)\b(?!.*\bfor\W*$).*"
            r"\b(?<!at )(?:the|my|our|your|his|her|their|an?) (?:(?!(?:for|of|to|in|with|that)\b)[\w’'-]+ ){0,3}"
            rf"{_PRICE}\b(?!-)"
            r"|\bwhat (?:does|do|did|will|would)\b.*\bcosts?\b|\bwhat (?:does|do)\b.*\bearn\b"
            r"|^(?:price|cost) (?:of|for)\b|\bwas kostet|\bwie ?viel kostet|\bcombien (?:coûte|faut-il payer)"
            r"|\bwie hoch (?:ist|sind) .*(?:miete|preis|gebühr|kaution|gehalt|lohn|beitrag|kosten|zuzahlung)"
            r"|\bquel(?:le)? est (?:le|la|l['’]) ?(?:prix|tarif|loyer|coût|salaire|caution|montant)\b",
            rf"[£$€¥]|\d\s?(?:p|pence|cents?|kr|rp)\b|\b(?:EUR|GBP|USD|CHF|euros?|pounds?|dollars?|yuan|francs?)\b"
            r"|(?<![–-])(?<!to )\b\d+[.,]\d\d\b(?!\s?(?:[ap]\.?m\b|uhr|h\b|to\b|bis\b|[–-]))"
            r"|\d,\d{3}\b|\d ?%|\bper ?cent\b|\bfree\b|\bno (?:charge|fee|cost|deposit)|\bnothing\b"
            rf"|\binclu(?:ded|sive)\b|\bwaived\b|\bkostenlos|\bgratis\b|\bgratuit"
            rf"|(?:^|; )[^:;]*\b{_LABEL_OF_PRICE}\b[^:;]*: ?-?\d",
        ),
        (
            "colour",
            r"\b(?:what|which) colou?rs?\b",
            r"\b(?:black|white|gr[ea]y|red|blue|green|yellow|orange|purple|pink|brown|beige|cream|silver|gold(?:en)?|violet"
            r"|turquoise|navy|teal|ivory|colou?rless|transparent|clear)(?:ish)?\b|(?:^|; )[^:;]*colou?r[^:;]*: ",
        ),
        ("phone number", r"\b(?:phone|telephone|mobile|fax) number\b", r"\d[\d ()/+-]{3,}\d|\bext(?:ension|\.)? ?\d"),
        ("e-mail address", r"\be-?mail address\b", r"\S@\S"),
        ("postcode", r"\b(?:post ?code|zip code|postal code)\b", r"\b[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}\b|\b\d{4,6}\b"),
    )
)


def lacking(question: str, quotes: Sequence[str]) -> str:
    """Return what a question plainly asks for and none of the quotes holds, as ``amount of money``, else nothing."""
    asked = (what for what, asks, holds in _DEMANDS if asks.search(question) and not any(map(holds.search, quotes)))
    return next(asked, "")


def reason(answer: Answer, passages: int, lacks: str = "") -> str:
    """Say why there is no answer, in one or two sentences: among so many passages, and what they lack."""
    if not passages:
        return _NOTHING_INDEXED
    if is_small_talk(answer.question):
        return "Ask about what stands in your documents."
    if not content_words(answer.standalone):
        return "The question has no word to search for. Please say more."
    if not answer.hits:
        return "Nothing in the documents comes near this question."
    if lacks:
        return f"The documents do not seem to answer this: what comes nearest holds no {lacks}."
    if answer.missing_words:
        listed = ", ".join(answer.missing_words[:5])
        return f"The documents do not seem to answer this. Words that occur in none of them: {listed}."
    return "The documents do not seem to answer this. What comes nearest is listed."
