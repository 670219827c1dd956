"""The best windows read again, token by token: how well each of their sentences fits the question where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rag.compiled import TokenVectors, unit
from rag.datatypes import Hit, Passage
from rag.text import asked_stems, content_words

# Three windows, or all six, gain half a point more and take longer than all the rest of an answer (docs/log.md).
_WINDOWS = 2
# What is read of a window lies around its best sentence: about 100 tokens, one window a core.
_CHARACTERS = 450
# Fitted on half of SQuAD 2.0 and of Natural Questions: which sentence answers, together with the weights in
# `rag.extract`; and which window holds the answer, as a log odds of the fused score, the best cosine and the late
# interaction.
_LATE_INTERACTION, _IN_CONTEXT = 7.1, 6.1
_PER_COSINE = 5.0  # by how much a reading grows with the cosine, in the median of three sets
_SCORE, _BEST_SENTENCE, _LATE_WINDOW = 5.2, 4.9, 15.4
_HEADED = 3.0  # of a window whose own heading holds all words of the question, as "HBM" for "What is HBM?"; set by hand


def read_again(question: str, hits: Sequence[Hit], embedder: object, *, reorder: bool = True) -> list[Hit]:
    """Return the hits with ``readings`` on the first two, the better of them first if they may ``reorder``.

    Each token of the question finds its nearest token in what is read, and their cosines are averaged (late
    interaction, Khattab and Zaharia, arXiv 2004.12832). A sentence's tokens come from a pass over the text around it,
    so that "it" there knows what it stands for; its reading adds the cosine of their mean to that of the question's
    (late chunking, Günther et al., arXiv 2409.04701). Readings are log odds relative to their mean; of sentences that
    are not read they are guessed from those of their window. An ``embedder`` without ``embed_tokens`` (llama-index
    models tell no token states) changes nothing.
    """
    embed_tokens = getattr(embedder, "embed_tokens", None)
    if not hits or embed_tokens is None:
        return list(hits)
    parts = [_around_best(hit) for hit in hits[:_WINDOWS]]
    read_of = [hit.passage.slice(spans[0][0], spans[-1][1]) for hit, (_, spans) in zip(hits, parts, strict=False)]
    texts = [_frame(hit.passage) + text for hit, text in zip(hits, read_of, strict=False)]
    asked, *read = embed_tokens([question, *texts])
    if not all(len(tokens.states) for tokens in (asked, *read)):
        return list(hits)
    found = [_readings(hit, *part, asked, tokens) for hit, part, tokens in zip(hits, parts, read, strict=False)]
    if np.isnan(np.concatenate(found)).all():  # titles fill the model's window
        return list(hits)
    mean = float(np.nanmean(np.concatenate(found)))
    again = [
        replace(hit, readings=tuple(float(score) for score in np.nan_to_num(_guessed(hit, scores) - mean)))
        for hit, scores in zip(hits, found, strict=False)
    ]
    if not reorder:
        return [*again, *hits[_WINDOWS:]]
    wanted = set(asked_stems(question))
    strength = [
        _SCORE * hit.score
        + hit.trust * _BEST_SENTENCE * hit.best_cosine
        + hit.trust * _LATE_WINDOW * _nearest(asked, tokens.states)
        + _HEADED * (len(wanted) > 0 and wanted.issubset(content_words(hit.passage.section)))
        for hit, tokens in zip(again, read, strict=True)
    ]
    order = sorted(range(len(again)), key=lambda i: -strength[i])
    return [replace(hit, rank=rank) for rank, hit in enumerate([*(again[i] for i in order), *hits[_WINDOWS:]], 1)]


def _readings(
    hit: Hit, first: int, spans: Sequence[tuple[int, int]], asked: TokenVectors, tokens: TokenVectors
) -> NDArray[np.float64]:
    """Return the log odds of each sentence of the hit, NaN where it was not read; ``first`` is the first one read."""
    scores = np.full(len(hit.passage.spans), np.nan)
    shift = len(_frame(hit.passage)) - spans[0][0]
    for place, (start, end) in enumerate(spans, first):
        states = tokens.states[(tokens.spans[:, 0] >= start + shift) & (tokens.spans[:, 1] <= end + shift)]
        if len(states):
            means = unit(np.stack([asked.states.mean(0), states.mean(0)]))
            scores[place] = _LATE_INTERACTION * _nearest(asked, states) + _IN_CONTEXT * (means[0] @ means[1])
    return scores


def _guessed(hit: Hit, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log odds, with those that were not read as the others of the window and their cosines have it."""
    read = ~np.isnan(scores)
    if not read.any() or not hit.sentence_scores:
        return scores
    cosines = np.array(hit.sentence_scores)
    return np.where(read, scores, scores[read].mean() + _PER_COSINE * (cosines - cosines[read].mean()))


def _nearest(asked: TokenVectors, states: NDArray[np.float32]) -> float:
    return float((unit(asked.states) @ unit(states).T).max(1).mean())


def _around_best(hit: Hit) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return the sentences around the one nearest to the question, and the number of the first of them."""
    spans = hit.passage.spans
    best = int(np.argmax(hit.sentence_scores)) if hit.sentence_scores else 0
    low, high = best, best + 1
    while low > 0 or high < len(spans):
        before = spans[low][0] - spans[low - 1][0] if low > 0 else _CHARACTERS
        after = spans[high][1] - spans[high - 1][1] if high < len(spans) else _CHARACTERS
        size = spans[high - 1][1] - spans[low][0] + min(before, after)
        if size > _CHARACTERS:
            break
        low, high = (low - 1, high) if before <= after else (low, high + 1)
    return low, spans[low:high]


def _frame(passage: Passage) -> str:
    return "".join(f"{name}. " for name in (passage.title, passage.section) if name)
