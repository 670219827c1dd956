"""Question to hits: nearest neighbours and BM25, fused by a weighted sum of normalised scores."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Hit, Passage
from rag.docstore import DocStore
from rag.embed import Embedder
from rag.text import STOP_WORDS, words

# How much the best sentence of a passage counts beside the passage as a whole. Measured in docs/log.md.
SENTENCE_SHARE = 0.23


class VectorSearch(Protocol):
    """Nearest neighbours of a vector, in Chroma or exact."""

    def search(
        self, vector: NDArray[np.float32], k: int, documents: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to k pairs of passage id and cosine, best first, of these documents only (None: of all)."""


def retrieve(
    question: str,
    store: DocStore,
    vectors: VectorSearch,
    embedder: Embedder,
    *,
    k: int,
    candidates: int,
    dense_weight: float,
    documents: Collection[str] | None = None,
) -> list[Hit]:
    """Return the k best passages, best first.

    Each side names its ``candidates`` best. Every one of them then gets both scores: the dense one is the cosine of
    the passage, mixed with that of its best sentence; the BM25 one is divided by the best BM25 score of this question,
    and 0 where no word occurs. The sum is ``dense_weight * dense + (1 - dense_weight) * bm25``: a convex combination of
    normalised scores, found to beat reciprocal rank fusion in and out of domain (Bruch et al., arXiv 2210.11934).
    """
    vector = embedder.embed([question], query=True)[0]
    near = dict(vectors.search(vector, candidates, documents))
    matched = dict(store.match(query_words(question), candidates, documents))
    ids = list(dict.fromkeys([*near, *matched]))
    cosines = _cosines(ids, near, vector, store)
    ids = [key for key in ids if key in cosines]  # another thread may have replaced a document since
    best_match = max(matched.values(), default=0.0) or 1.0
    sentences = {key: matrix @ vector for key, matrix in store.sentence_vectors(ids).items()}
    totals = {
        key: dense_weight * _dense_score(cosines[key], sentences.get(key))
        + (1 - dense_weight) * matched.get(key, 0.0) / best_match
        for key in ids
    }
    best = store.passages(sorted(ids, key=lambda key: (-totals[key], key))[:k])
    dense_ranks, match_ranks = _ranks(near), _ranks(matched)

    def explain(rank: int, passage: Passage) -> Hit:
        key = passage.id
        scores = tuple(float(score) for score in sentences.get(key, ()))
        found = (dense_ranks.get(key), float(cosines[key]), match_ranks.get(key), matched.get(key))
        return Hit(passage, rank, float(totals[key]), *found, scores)

    return [explain(rank, passage) for rank, passage in enumerate(best, 1)]


def _ranks(found: dict[str, float]) -> dict[str, int]:
    return {key: rank for rank, key in enumerate(found, 1)}


def query_words(question: str) -> list[str]:
    """Return the words to match: without stop words, unless there is nothing else."""
    found = list(dict.fromkeys(words(question)))
    return [word for word in found if word not in STOP_WORDS] or found


def _cosines(ids: list[str], near: dict[str, float], vector: NDArray[np.float32], store: DocStore) -> dict[str, float]:
    """Complete the cosines for passages that only BM25 found, from the docstore's vectors."""
    missing = [key for key in ids if key not in near]
    if not missing:
        return near
    found, matrix = store.vectors(missing)
    return near | dict(zip(found, (matrix @ vector).tolist(), strict=True))


def _dense_score(cosine: float, sentences: NDArray[np.float32] | None) -> float:
    best = float(sentences.max()) if sentences is not None and len(sentences) else cosine
    return (1 - SENTENCE_SHARE) * cosine + SENTENCE_SHARE * best
