"""Questions about a document as a whole ("Summarise the contract"): which document is meant, and how it opens."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TypeVar

from rag.datatypes import Hit
from rag.reports import DocumentInfo
from rag.text import caseless, squeeze, stems_of

_Item = TypeVar("_Item")
_ASKS = caseless(
    r"^[¿¡ ]{0,3}(?![¿¡ ])(?:please |can you |could you |kannst du |können sie |bitte |peux-tu |pouvez-vous |puedes"
    r" |por favor,? )*(?:"
    r"summari[sz]e|(?:give (?:me )?)?(?:a |an |the )?(?:short |brief )?(?:summary|overview) of"
    r"|what(?: is|'s|’s| are) (?=.*\babout\W*$)|what does (?=.*\b(?:deal with|cover)\W*$)"
    r"|fass(?:e|en sie)? (?=.*\bzusammen\W*$)|(?=.*\bzusammenfassen\W*$)|worum geht es in|wovon handelt"
    r"|worüber berichtet|résume[rz]?|de quoi (?:parle|traite)|resume|resumir|de qué (?:trata|habla))\b"
)
_ASKING = caseless(r"\b(?:about|deal with|cover|zusammen(?:fassen)?)\W*$")
_ARTICLE = caseless(
    r"^\W*(?:(?:in|de) )?(?:das|den?|die|dem|diese[mnrs]?|mein\w*|les?|la|l['’]|du|ce(?:t|tte)?|mon|ma|el|del"
    r"|los|las|est[ea]|mi)"
    r"(?:(?<=['’])|\s+)"
)
# What kind of thing a document is says little, unless its name says it too.
_KINDS = stems_of(
    "document file paper article report story book manual text page notes leaflet brochure letter email "
    "dokument datei artikel bericht buch handbuch papier livre rapport documento informe libro texto texte fichier"
)
_OPENINGS = caseless(
    r"[\d.§ ]*(?:abstract|summary|purpose|introduction|overview|scope|subject matter|about this \w+|preamble|"
    r"zusammenfassung|einleitung|überblick|zweck|gegenstand|résumé|objet|resumen|introducción|objeto)"
)
ONLY_BEGINS = "This is only how it begins; a summary needs a language model."
_MOST_MEANT = 3  # documents that a question may mean at once
_STATEMENT = re.compile(r"(?:\S+\s+){4,}\S+[.!。！][\"”’)\]]*")


def meant_as_whole(question: str, known: Callable[[], Sequence[DocumentInfo]]) -> list[DocumentInfo]:
    """Return the documents that a question asks about as a whole: those whose name or title has all of its words.

    Of several that have them, those with the fewest other words; none if many are as good. The ``known`` ones are only
    called for where the question is of that kind.
    """
    line = squeeze(question)
    asks = _ASKS.match(line)
    if not asks:
        return []
    documents = known()
    said = stems_of(_ARTICLE.sub("", _ASKING.sub("", line[asks.end() :]), count=1))
    if not said - _KINDS:
        return list(documents) if len(documents) == 1 else []
    others = {document: _other_words(document, said) for document in documents}
    fewest = min((count for count in others.values() if count is not None), default=None)
    meant = [document for document, count in others.items() if count is not None and count == fewest]
    return meant if len(meant) <= _MOST_MEANT else []


def _other_words(document: DocumentInfo, said: set[str]) -> int | None:
    """Return how many words its name or title has besides those; None if neither has them all."""
    names = [*(PurePath(name).name for name in document.names), document.title]
    held = [stems_of(re.sub(r"[\W_]+", " ", name)) for name in names]
    return min((len(words - said) for words in held if said - _KINDS <= words), default=None)


def opening(hits: Sequence[Hit], limit: int) -> list[tuple[Hit, int, int]]:
    """Return the first statements of a document with their spans, from its abstract or introduction if it has one."""
    first = next((i for i, hit in enumerate(hits) if _OPENINGS.fullmatch(hit.passage.section)), 0)
    spans = [(hit, *span) for hit in hits[first:] for span in hit.passage.sentences]
    stated = [(hit, a, b) for hit, a, b in spans if _STATEMENT.fullmatch(hit.passage.slice(a, b))]
    return (stated or spans)[:limit]


def spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """Return at most so many of some items, as the passages of a document, evenly over all of them."""
    count = min(most, len(items))
    return [items[place * len(items) // count] for place in range(count)]
