"""Which edition of a document is asked about: "the 2022 handbook" is the file called so, not that of another year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from rag.abbreviations import DATED
from rag.datatypes import Hit, Passage
from rag.text import caseless, stems_of

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NAMES = r"(?:versi[oó]n|ver|v|[eé]dition|edici[oó]n|rev|ausgabe|fassung)"
_VERSION = caseless(rf"(?<![^\W_])(?<!\d ){_NAMES}[ ._:-]{{0,2}}(\d{{1,4}}(?:\.\d{{1,4}}){{0,4}})(?!\d)")
_NAMED = caseless(rf"\b{_NAMES}s?\b")
# With what it is the latest of: "the current staff handbook".
_LATEST = caseless(
    r"\b(?:latest|newest|current|most recent|neuest\w+|aktuell\w+|derni[eè]re?|actuel\w*|vigente)((?: [\w’-]+){1,3})"
)
# Two editions are compared, or another one is meant than the one that is named.
_OTHER = caseless(
    r"\b(?:before|after|since|between|than|replac\w+|chang\w+|differ\w*|compar\w+|previous|former|unlike"
    r"|vor|nach|seit|zwischen|geändert|unterschied\w*|avant|après|depuis|entre|antes|después|desde)\b"
)


def editions_of(passage: Passage) -> set[str]:
    """Return the years and versions that a document is called by: of "rules-v4.1-2025.pdf" "4.1" and "2025"."""
    called = f"{passage.source} {passage.title}"
    return {*_YEAR.findall(called), *_VERSION.findall(called)}


def of_the_edition(question: str, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without those of other editions of a document than the one that a question names.

    Editions have the same name but for years and versions. The question must name one of them only, or the latest, and
    speak of the document, by a word of its name or title, or as a version: what happened in a year may stand anywhere.
    """
    named = {} if _OTHER.search(question) else _named(question, [hit.passage for hit in hits])
    if not named:
        return list(hits)

    def is_another(passage: Passage) -> bool:
        bears = editions_of(passage)
        return bool(bears) and named.get(_family(passage)) not in {None, *bears}

    return [hit for hit in hits if not is_another(hit.passage)]


def _named(question: str, passages: Sequence[Passage]) -> dict[str, str]:
    """Return the edition that a question names, by the names of the documents that have it."""
    asked = {*_YEAR.findall(DATED.sub(" ", question)), *_VERSION.findall(question)}  # but no year of a month or day
    latest = _LATEST.search(question)
    if not (asked or latest):
        return {}
    borne: dict[str, set[str]] = {}
    for passage in passages:
        borne.setdefault(_family(passage), set()).update(editions_of(passage))
    asked &= set().union(*borne.values())
    if len(asked) == 1:
        (edition,) = asked
        spoken = _spoken_of(question, passages)
        return {family: edition for family in spoken if edition in borne[family]}
    if asked or not latest:
        return {}
    return {family: max(borne[family], key=_age) for family in _spoken_of(latest[1], passages) if borne[family]}


def _spoken_of(words: str, passages: Sequence[Passage]) -> set[str]:
    """Return the names of those documents of which a name or title has one of these words; of all, of a "version"."""
    said, as_version = stems_of(words), _NAMED.search(words) is not None
    called = {_family(passage): stems_of(f"{_family(passage)} {passage.title}") for passage in passages}
    return {family for family, own in called.items() if as_version or not said.isdisjoint(own)}


def _age(edition: str) -> tuple[bool, list[int]]:
    """Return what orders editions: years, then the parts of versions."""
    return _YEAR.fullmatch(edition) is not None, [int(part) for part in edition.split(".")]


def _family(passage: Passage) -> str:
    """Return the name of a passage's document without years, versions and its ending."""
    return re.sub(r"[\W\d_]+", " ", _VERSION.sub(" ", PurePath(passage.source).stem)).strip().casefold()
