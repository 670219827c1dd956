"""Words that mean nearly the same to an embedding model: "hens" to "chickens", "unpaid" to "owed"."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from rag.cache import keep
from rag.text import STOP_WORDS, asked_words, content_words, language, stem

# The least cosine of two words alone; docs/log.md has the figures. After "Query expansion using word embeddings" (Kuzi,
# Shtok, Kurland, CIKM 2016), with the vectors of the model that embeds the passages.
_NEAR = 0.6
_LOG = logging.getLogger(__name__)
_MOST_WORDS = 50_000  # of a vocabulary; those of models of many languages are larger, and take minutes
_ROWS = 1000  # words that are compared with all others at a time


class RelatedWords:
    """The words of a vocabulary; those near to word i are ``near[ends[i] : ends[i + 1]]``, by number, with cosines."""

    def __init__(
        self, words: Sequence[str], near: NDArray[np.uint32], cosines: NDArray[np.float16], ends: NDArray[np.uint32]
    ) -> None:
        self._words, self._near, self._cosines, self._ends = words, near, cosines, ends
        self._places = {word: place for place, word in enumerate(words)}

    def of(self, word: str) -> dict[str, float]:
        """Return the words near to one, itself left out, and their cosines; none for a word that is not among them."""
        place = self._places.get(word)
        if place is None:
            return {}
        span = slice(self._ends[place], self._ends[place + 1])
        near = zip(self._near[span], self._cosines[span], strict=True)
        return {self._words[other]: float(cosine) for other, cosine in near}


def open_related(
    folder: Path, model: str, vocabulary: Collection[str], embed: Callable[[list[str]], NDArray[np.float32]]
) -> RelatedWords:
    """Return the related words of a model, by its fingerprint: found once, in seconds, and kept in the folder.

    ``embed`` returns unit vectors of shape [words, dimension].
    """
    note = folder / f"related-{model}-{_NEAR}.npz"
    unusable = suppress(OSError, ValueError, KeyError, EOFError, BadZipFile)
    with unusable, note.open("rb") as file, np.load(file, allow_pickle=False) as held:
        words = bytes(held["words"]).decode().split("\n")
        return RelatedWords(words, held["near"], held["cosines"], held["ends"])
    words = sorted(word for word in vocabulary if len(word) > 2 and word.isalpha() and word not in STOP_WORDS)
    words = words if len(words) <= _MOST_WORDS else []
    if words:
        _LOG.warning("Finding which words mean nearly the same, once for this embedding model: some seconds.")
    near, cosines, ends = _find_near(embed(words)) if words else ([], [], [0])
    found = np.array(near, np.uint32), np.array(cosines, np.float16), np.array(ends, np.uint32)
    made, written = io.BytesIO(), np.frombuffer("\n".join(words).encode(), np.uint8)
    np.savez(made, words=written, near=found[0], cosines=found[1], ends=found[2])
    keep(note, made.getvalue())
    return RelatedWords(words, *found)


def _find_near(vectors: NDArray[np.float32]) -> tuple[list[int], list[float], list[int]]:
    near: list[int] = []
    cosines: list[float] = []
    ends = [0]
    for start in range(0, len(vectors), _ROWS):
        block = vectors[start : start + _ROWS] @ vectors.T
        for row, found in enumerate(block):
            found[start + row] = 0.0
            places = np.nonzero(found >= _NEAR)[0]
            near += places.tolist()
            cosines += found[places].tolist()
            ends.append(len(near))
    return near, cosines, ends


def related_stems(
    question: str, related: Callable[[str], Mapping[str, float]] | None, least: float = 0.0
) -> dict[str, dict[str, float]]:
    """Return for the stems of an English question's words, names left out, those of related words and what they count.

    That is 0 at a cosine of .5 and 1 at one of 1; those that count less than ``least`` are left out.
    """
    if related is None or language(question) not in ("English", ""):
        return {}
    found: dict[str, dict[str, float]] = {}
    for word in filter(str.islower, asked_words(question)):
        counts = {other: 2 * cosine - 1 for other, cosine in sorted(related(word).items(), key=itemgetter(1))}
        near = {stem(other): count for other, count in counts.items() if count >= least}
        found |= {own: {other: count for other, count in near.items() if other != own} for own in content_words(word)}
    return found
