"""Question to hits: nearest neighbours and BM25, fused by a weighted sum, cut to windows around the best sentences."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Hit, Passage
from rag.docstore import DocStore
from rag.errors import QuestionError
from rag.extract import leads_elsewhere
from rag.text import STOP_WORDS, asked_stems, beginnings, content_words, fold, rarities, stem, words
from rag.windows import Window, find_windows

CANDIDATES = 60  # passages of each side; set by hand, and the measures in docs/log.md were taken with it
# How much the best sentence of a passage counts beside the passage as a whole. Measured in docs/log.md.
SENTENCE_SHARE = 0.1
# How far the best cosine stands above the mean of the candidates where the dense side is trusted fully (docs/log.md).
_SPREAD = 0.25
_LEAST_SPREAD = 0.02  # it is never trusted less than so far; set by hand
_CODE_FOUND = 0.2  # what a passage gains that has the codes of the question as they stand; set by hand
# What a window gains at most for words of the question that follow one another there and stand near in it: within so
# many words (docs/log.md).
_NEAR, _WORDS = 0.15, 4
_CODE = re.compile(r"(?<!\w)\w+(?:[-./]\w+)+")  # "4.1.1", "PO-8841", "2025-12-08"


class VectorSearch(Protocol):
    """Nearest neighbours of a vector, in Chroma or exact."""

    def search(
        self, vector: NDArray[np.float32], k: int, documents: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to k pairs of passage id and cosine, best first, of these documents only (None: of all)."""


def retrieve(
    question: str,
    vector: NDArray[np.float32],
    store: DocStore,
    vectors: VectorSearch,
    *,
    k: int,
    dense_weight: float,
    characters: int,
    documents: Collection[str] | None = None,
    known: float = 1.0,
) -> list[Hit]:
    """Return the k best windows of about ``characters`` characters, best first; ``vector`` [dimension] has unit length.

    Each side names its ``CANDIDATES`` best passages, or its k best if that is more. Every one of them then gets both
    scores: the dense one is the cosine of the passage, mixed with that of its best sentence; the BM25 one is divided
    by the best BM25 score of this question, and 0 where no word occurs. Their mean by ``dense_weight`` beats reciprocal
    rank fusion in and out of domain (Bruch et al., arXiv 2210.11934). `rag.windows` cuts what is shown; for the order
    of the windows the dense side weighs less where it hardly tells passages apart, as in a language it does not know,
    and where only the share ``known`` of the question's tokens is in the model's vocabulary.
    """
    candidates = max(CANDIDATES, k)
    near = dict(vectors.search(vector, candidates, documents))
    matched = dict(store.match(_query_words(question), candidates, documents))
    cosines = _cosines(list(dict.fromkeys([*near, *matched])), near, vector, store)
    passages = _telling(store.passages(list(cosines)))  # another thread may have replaced a document since
    vectors_of = store.sentence_vectors([passage.id for passage in passages])
    scores, coded = [_sentence_scores(p, vectors_of, cosines, vector) for p in passages], _coded(question, passages)
    trust = _trust(near, known)
    trusted = dense_weight * trust / (dense_weight * trust + 1 - dense_weight)
    fused, ranked = (_fuse(passages, scores, cosines, matched, coded, weight) for weight in (dense_weight, trusted))
    rarity = rarities(question, store.frequencies(list(asked_stems(question))), store.passage_count())
    windows = find_windows(passages, fused, ranked, scores, rarity, k, characters)
    ranks, match_ranks = _ranks(near), _ranks(matched)

    def explain(window: Window) -> Hit:
        key = passages[window.anchor].id
        where = (ranks.get(key), float(cosines[key]), match_ranks.get(key), matched.get(key))
        passage = _cut(passages[window.anchor], window, store)
        return Hit(passage, 0, window.score, *where, window.cosines, evidence=window.evidence, trust=trust)

    return _with_nearness(question, [explain(window) for window in windows], rarity)


def _telling(passages: list[Passage]) -> list[Passage]:
    """Return the passages without those of contents and indexes, if there are others."""
    return [passage for passage in passages if not leads_elsewhere(passage)] or passages


def _with_nearness(question: str, hits: Sequence[Hit], rarity: Mapping[str, float]) -> list[Hit]:
    """Return the hits with what they gain for neighbouring words, best first."""
    neighbours = pairwise(content_words(question))
    weights = {pair: rarity.get(pair[0], 0.0) + rarity.get(pair[1], 0.0) for pair in neighbours}
    scores = [hit.score + _NEAR * _nearness(weights, hit.passage) for hit in hits]
    order = sorted(range(len(hits)), key=lambda i: -scores[i])
    return [replace(hits[i], rank=rank, score=scores[i]) for rank, i in enumerate(order, 1)]


def _nearness(weights: Mapping[tuple[str, str], float], passage: Passage) -> float:
    """Return the share of the neighbouring stems, by their weights, that stand near to each other in a passage.

    This is the unordered window of the sequential dependence model (Metzler and Croft 2005).
    """
    places: dict[str, list[int]] = {one: [] for pair in weights for one in pair}
    likely = beginnings(tuple(places))  # few words need stemming, which is what costs here
    for place, word in enumerate(words(passage.titled) if places else ()):
        if word.startswith(likely) and (found := stem(word)) in places:
            places[found].append(place)
    near = (
        weight
        for (one, two), weight in weights.items()
        if any(a != b and abs(a - b) <= _WORDS for a in places[one] for b in places[two])
    )
    return sum(near) / (sum(weights.values()) or 1.0)


def _trust(near: Mapping[str, float], known: float) -> float:
    """Return, in (0, 1], how far the best cosine of the candidates stands out from the others, if it means anything."""
    cosines = list(near.values()) or [0.0]
    return min(1.0, max(known * (max(cosines) - sum(cosines) / len(cosines)), _LEAST_SPREAD) / _SPREAD) ** 2


def _fuse(
    passages: Sequence[Passage],
    sentences: Sequence[Sequence[float]],
    cosines: Mapping[str, float],
    matched: Mapping[str, float],
    coded: Sequence[float],
    dense_weight: float,
) -> list[float]:
    best_match = max(matched.values(), default=0.0) or 1.0
    return [
        dense_weight * ((1 - SENTENCE_SHARE) * cosines[passage.id] + SENTENCE_SHARE * max(scores))
        + (1 - dense_weight) * matched.get(passage.id, 0.0) / best_match
        + _CODE_FOUND * share
        for passage, scores, share in zip(passages, sentences, coded, strict=True)
    ]


def _coded(question: str, passages: Sequence[Passage]) -> list[float]:
    """Return for each passage the share of the question's codes that it has as they stand."""
    codes = set(_codes_in(fold(question)))
    if not codes:
        return [0.0] * len(passages)
    held = (codes.intersection(_CODE.findall(fold(p.titled))) for p in passages)
    return [len(found) / len(codes) for found in held]


def retrieve_by(
    side: str,
    question: str,
    vector: NDArray[np.float32],
    store: DocStore,
    vectors: VectorSearch,
    *,
    k: int,
    documents: Collection[str] | None = None,
) -> list[Hit]:
    """Return the k best passages as they were split, by ``meaning`` or ``words`` alone: what the fusion is made of.

    Raises:
        QuestionError: there is no such side.
    """
    if side not in ("meaning", "words"):
        raise QuestionError(f"There is no search by {side!r}.", "Search by both, meaning or words.")
    if side == "meaning":
        found = vectors.search(vector, k, documents)
    else:
        found = store.match(_query_words(question), k, documents)
    scores = dict(found)
    passages = store.passages([key for key, _ in found])

    def explain(rank: int, passage: Passage) -> Hit:
        score = float(scores[passage.id])
        dense, words = ((rank, score), (None, None)) if side == "meaning" else ((None, None), (rank, score))
        return Hit(passage, rank, score, *dense, *words)

    return [explain(rank, passage) for rank, passage in enumerate(passages, 1)]


def _cut(anchor: Passage, window: Window, store: DocStore) -> Passage:
    """Return the window as a passage that keeps the identity of its anchor, with the page that it stands on."""
    start, end = window.start, window.end
    page, label = anchor.page_at(start)
    if anchor.start <= start and end <= anchor.end:
        text = anchor.slice(start, end)
    else:
        text = store.text(anchor.document_id, start, end)
    whole = replace(anchor, start=start, end=end, text=text, sentences=window.sentences)
    return replace(whole, page=page, page_label=label, pages=())


def _sentence_scores(
    passage: Passage,
    vectors: Mapping[str, NDArray[np.float32]],
    cosines: Mapping[str, float],
    vector: NDArray[np.float32],
) -> list[float]:
    """Return the cosine of each sentence, or that of the passage where there are no sentence vectors."""
    count = max(1, len(passage.sentences))
    matrix = vectors.get(passage.id)
    if matrix is None or len(matrix) != count:
        return [float(cosines[passage.id])] * count
    return [float(score) for score in matrix @ vector]


def _ranks(found: dict[str, float]) -> dict[str, int]:
    return {key: rank for rank, key in enumerate(found, 1)}


def _query_words(question: str) -> list[str]:
    """Return the words to match, and codes as they stand: without stop words, unless there is nothing else."""
    found = list(dict.fromkeys(words(question)))
    return [word for word in found if word not in STOP_WORDS] + _codes_in(question) or found


def _codes_in(question: str) -> list[str]:
    """Return the numbers of sections, versions and orders, and the dates in figures: "4.1.1", "PO-8841"."""
    return [code for code in _CODE.findall(question) if any(map(str.isdigit, code))]


def _cosines(ids: list[str], near: dict[str, float], vector: NDArray[np.float32], store: DocStore) -> dict[str, float]:
    """Complete the cosines for passages that only BM25 found, from the docstore's vectors; some may be gone since."""
    found, matrix = store.vectors([key for key in ids if key not in near])
    return near | dict(zip(found, (matrix @ vector).tolist(), strict=True)) if found else near
