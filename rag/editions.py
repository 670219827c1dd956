"""Which edition of a document is meant: "the 2022 handbook" is the file called so, where others bear other years."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.datatypes import Hit, Passage

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_VERSION = re.compile(r"(?<![^\W_])v(?:er(?:sion)?)?[ ._-]?(\d+(?:\.\d+)*)", re.IGNORECASE)


def editions(text: str) -> set[str]:
    """Return the years and version numbers of a text: of "handbook-v4.1-2025.pdf" "4.1" and "2025"."""
    return {*_YEAR.findall(text), *_VERSION.findall(text)}


def editions_of(passage: Passage) -> set[str]:
    """Return those that the name and the title of a passage's document bear."""
    return editions(f"{passage.source} {passage.title}")


def meant(question: str, hits: Sequence[Hit]) -> set[str]:
    """Return the ids of the documents whose edition a question names; none where it tells none from another."""
    asked = editions(question)
    bears = {hit.passage.document_id: not asked.isdisjoint(editions_of(hit.passage)) for hit in hits if asked}
    return {key for key, named in bears.items() if named} if not all(bears.values()) else set()


def meant_first(question: str, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits with those of the edition that a question names before the others."""
    those = meant(question, hits)
    ordered = sorted(hits, key=lambda hit: hit.passage.document_id not in those) if those else hits
    return [replace(hit, rank=rank) for rank, hit in enumerate(ordered, 1)]
