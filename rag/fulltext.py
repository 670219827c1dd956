"""BM25 over the passages by SQLite FTS5; the words that occur nearly everywhere are left out where they cost much."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from rag.text import has_unspaced_script, words


class WordSearch:
    """The full-text index of a docstore, read through ``read``, which returns the rows of a query."""

    def __init__(self, read: Callable[..., list[Any]]) -> None:
        self._read = read

    def match(
        self, question_words: Sequence[str], k: int, documents: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to k pairs of passage id and BM25 score (positive), best first, of these documents only."""
        query = " OR ".join(f'"{word}"' for word in words(" ".join(question_words)))
        if not query or (documents is not None and not documents):
            return []
        only, chosen = "", []
        if documents is not None:
            # "+" keeps SQLite from asking the index once for each of these passages.
            of_these = "SELECT number FROM passages WHERE document_id IN (SELECT value FROM json_each(?))"
            only, chosen = f"AND +rowid IN ({of_these})", [json.dumps(list(documents))]
        best = f"SELECT rowid, rank FROM passage_words WHERE passage_words MATCH ? {only} ORDER BY rank, rowid LIMIT ?"
        rows = self._read(
            f"SELECT p.id, -rank AS score FROM ({best}) AS best JOIN passages p ON p.number = best.rowid"
            " ORDER BY score DESC, p.id",
            (query, *chosen, k),
        )
        return [(key, float(score)) for key, score in rows]

    def frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each stem occurs; 0 for those that occur in none."""
        found: dict[str, int] = dict.fromkeys(stems, 0)
        for batch in batches(list(found)):
            found |= dict(self._read(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks(batch)})", batch))
        return found


def searchable(text: str) -> str:
    """Return the text as FTS5 should see it: pairs of characters for scripts without spaces."""
    return " ".join(words(text)) if has_unspaced_script(text) else text


def marks(values: Sequence[object]) -> str:
    """Return a question mark for each value, for a statement."""
    return ",".join("?" * len(values))


def batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield slices below SQLite's limit on the number of values in one statement."""
    for start in range(0, len(values), 900):
        yield values[start : start + 900]
