"""BM25 over the passages by SQLite FTS5, where frequent words score passages but do not choose them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import accumulate
from typing import Any

from rag.abbreviations import FORMS
from rag.text import has_marks, in_words, porter, stem, words

# Scoring a passage costs a microsecond, so words that occur in more passages together choose none. They still score
# those that the rarer words chose: of the ten best passages .998 stay the same at 100,000 (docs/log.md).
_OCCURRENCES = 20_000
_CANDIDATES = 400
_BEGINNING, _LONGEST_ENDING = 40, 8  # of stems that begin alike: how many, and letters behind
# SQLite cuts words at the vowel signs of India and South East Asia, but not at characters for private use.
_SIGNS = {
    code: 0xE000 + code - 0x900
    for first, last in ((0x900, 0xDFF), (0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF))
    for code in range(first, last + 1)
    if unicodedata.category(chr(code))[0] == "M"
}
_WRITTEN = {kept: code for code, kept in _SIGNS.items()}


class WordSearch:
    """The full-text index of a docstore, read through ``read``, which returns the rows of a query."""

    def __init__(self, read: Callable[..., list[Any]]) -> None:
        self._read = read

    def match(
        self, question_words: Sequence[str], k: int, documents: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to k pairs of passage id and BM25 score (positive), best first, of these documents only.

        What falls apart into several words ("4.1.1") is looked for as it stands, besides its parts.
        """
        parts = [words(word) for word in question_words]
        asked = list(dict.fromkeys(word for part in parts for word in part))
        whole = list(dict.fromkeys(" ".join(part) for part in parts if len(part) > 1))
        if not asked or (documents is not None and not documents):
            return []
        rare = self._rare(asked)
        only, chosen = "", []
        if documents is not None:
            # "+" keeps SQLite from searching anew for each of these passages.
            of_these = "SELECT number FROM passages WHERE document_id IN (SELECT value FROM json_each(?))"
            only, chosen = f"AND +rowid IN ({of_these})", [json.dumps(list(documents))]
        best = f"SELECT rowid, rank FROM passage_words WHERE passage_words MATCH ? {only} ORDER BY rank, rowid LIMIT ?"
        values = [_any_of([*rare, *whole]), *chosen, k]
        if len(rare) < len(asked):
            found = best.replace("rowid, rank", "rowid", 1)
            best = (
                "SELECT rowid, bm25(passage_words) AS rank FROM passage_words WHERE passage_words MATCH ?"
                f" AND +rowid IN ({found}) ORDER BY 2, rowid LIMIT ?"
            )
            values = [_any_of([*asked, *whole]), _any_of([*rare, *whole]), *chosen, max(_CANDIDATES, 4 * k), k]
        rows = self._read(
            f"SELECT p.id, -best.rank AS score FROM ({best}) AS best JOIN passages p ON p.number = best.rowid"
            " ORDER BY score DESC, p.id",
            values,
        )
        return [(key, float(score)) for key, score in rows]

    def _rare(self, asked: Sequence[str]) -> list[str]:
        """Return the words that choose the passages: the rarest, as many as occur in ``_OCCURRENCES`` passages."""
        frequency = self.frequencies([stem(word) for word in asked])
        ordered = sorted(asked, key=lambda word: frequency[stem(word)])
        sums = list(accumulate(frequency[stem(word)] for word in ordered))
        return [word for word, so_far in zip(ordered, sums, strict=True) if so_far <= _OCCURRENCES] or ordered[:1]

    def frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each stem occurs, at most so many where it is also written short; 0 for none."""
        found: dict[str, int] = dict.fromkeys(stems, 0)
        stood = {porter(form).translate(_SIGNS): one for one in found for form in FORMS.get(one, ())}
        stood |= {one.translate(_SIGNS): one for one in found if one not in FORMS}
        for batch in batches(list(stood)):
            rows = self._read(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks(batch)})", batch)
            for term, count in rows:
                found[stood[term]] += count
        return found

    def near(self, stem: str) -> list[str]:
        """Return the stems that are one edit away, the most frequent first.

        The first two letters are the same: few people mistype those, and SQLite counts for each stem that it looks at.
        """
        stem = stem.translate(_SIGNS)
        if len(stem) < 2:
            return []
        span = (stem[:2], stem[:1] + chr(ord(stem[1]) + 1), len(stem) - 1, len(stem) + 1)
        alike = "term >= ? AND term < ? AND length(term) BETWEEN ? AND ?"
        rows = self._read(f"SELECT term FROM vocabulary WHERE {alike} ORDER BY doc DESC", span)
        return [term.translate(_WRITTEN) for (term,) in rows if one_edit(stem, term)]

    def beginning(self, prefix: str) -> list[str]:
        """Return the stems that begin so, at most `_BEGINNING`, the most frequent first."""
        prefix = prefix.translate(_SIGNS)
        begins = (
            "SELECT term FROM vocabulary WHERE term >= ? AND term < ? AND length(term) < ? ORDER BY doc DESC LIMIT ?"
        )
        longest = len(prefix) + _LONGEST_ENDING
        rows = self._read(begins, (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1), longest, _BEGINNING))
        return [term.translate(_WRITTEN) for (term,) in rows]


def one_edit(a: str, b: str) -> bool:
    """Tell whether a letter was left out, added or mistaken, or two changed places (Damerau 1964)."""
    shorter = min(len(a), len(b))
    head = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    tail = next((i for i in range(shorter - head) if a[-1 - i] != b[-1 - i]), shorter - head)
    left, right = a[head : len(a) - tail], b[head : len(b) - tail]
    return max(len(left), len(right)) == 1 or (len(left) == 2 and left == right[::-1])


def _any_of(asked: Sequence[str]) -> str:
    """Return the FTS5 query for passages that hold any of the words in any of their forms, or runs of words."""
    written = dict.fromkeys(form for word in asked for form in _forms(word))
    return " OR ".join(f'"{form}"' for form in written).translate(_SIGNS)


def _forms(word: str) -> Collection[str]:
    """Return the spellings of a word that stem differently, or the word itself."""
    return {porter(form): form for form in FORMS.get(stem(word), ())}.values() or (word,)


def searchable(text: str) -> str:
    """Return the text as FTS5 should see it: pairs of characters for scripts without spaces, words with their marks."""
    text = unicodedata.normalize("NFKC", text)
    return in_words(text).translate(_SIGNS) if has_marks(text) else text


def marks(values: Sequence[object]) -> str:
    """Return a question mark for each value, for a statement."""
    return ",".join("?" * len(values))


def batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield slices below SQLite's limit on the number of values in one statement."""
    for start in range(0, len(values), 900):
        yield values[start : start + 900]
