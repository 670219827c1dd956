"""Candidate passages to windows: every sentence is scored, and the best ones grow by the sentences around them.

Fixed passages cut where the splitter happened to cut. A window is cut for the question: it starts at the sentence that
fits best and takes in the better of its two neighbours until it is as long as its rank allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Passage
from rag.text import held_stems

# Weights of a listwise softmax over the sentences of all candidates, fitted on Chroma's chunking questions: of the
# fused score of the passage, the cosine of the sentence, the question's words in the sentence, in the three sentences
# on either side, in passage and headings. The last one, the words in the title, was set by hand: none there have any.
_PLACE = np.array([9.0, 4.0, 3.8, 3.3, 2.1, 3.0])
# How a window ranks among the others: on top of the score of its passage. Same features but the first.
_RANK = np.array([0.03, 0.05, 0.0, 0.05, 0.03])
# How sharply the passages of a page add up: 0.5 takes the two best for about one and a half.
_ADDING = 0.5
_AROUND = 3  # sentences on either side whose words count; the weight above was fitted with it
_NAMES_LIST = 0.6  # of the question, by rarity, where a heading says of what the list below it is; set by hand
_SMOOTHING = 0.2  # how much each neighbour of a sentence counts in its score; set by hand


@dataclass(frozen=True, slots=True)
class Window:
    """A run of sentences of one document: ``sentences`` are their spans, ``cosines`` their cosines to the question.

    ``anchor`` is the index of the candidate passage that holds the best of them. ``evidence`` is what all candidates on
    its page say together, as a log odds up to a constant.
    """

    anchor: int
    score: float
    sentences: tuple[tuple[int, int], ...]
    cosines: tuple[float, ...]
    evidence: float = 0.0

    @property
    def start(self) -> int:
        """Where it begins in the text of the document."""
        return self.sentences[0][0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.sentences[-1][1]


@dataclass(slots=True)
class _Sentences:
    """All sentences of the candidates in reading order, as columns."""

    owner: NDArray[np.intp]  # index of the passage
    spans: list[tuple[int, int]]
    cosines: NDArray[np.float64]
    joined: NDArray[np.bool_]  # whether it directly follows the sentence before it in this list
    features: NDArray[np.float64]  # [sentences, 6]
    pages: list[tuple[str, int] | None]  # on which page of which document it stands, if that has pages


def find_windows(
    passages: Sequence[Passage],
    fused: Sequence[float],
    ranked: Sequence[float],
    cosines: Sequence[Sequence[float]],
    rarity: Mapping[str, float],
    k: int,
    characters: int,
) -> list[Window]:
    """Return the k best windows, best first, no two of which overlap.

    ``cosines[i]`` holds the cosine of each sentence of passage i to the question, ``rarity`` the inverse document
    frequency of each of its stems. Sentences are placed by the ``fused`` scores of their passages, which the weights
    above were fitted to, and windows ordered by the ``ranked`` ones. The first windows may be longer than
    ``characters``, the last ones are shorter, so that five are about as long together as five of that length. A window
    stays under one heading and on one page.
    """
    if not passages:
        return []
    found = _read(passages, fused, cosines, rarity)
    place = _smooth(found.features @ _PLACE, found.joined)
    rank = np.array(ranked)[found.owner] + found.features[:, 1:] @ _RANK
    evidence = _evidence(found)
    taken = np.zeros(len(place), bool)
    windows: list[Window] = []
    for seed in np.argsort(-place, kind="stable"):
        if len(windows) == k:
            break
        if not taken[seed]:
            size = characters * max(0.6, 1.4 - 0.2 * len(windows))
            low, high = _grow(int(seed), size, place, found, taken)
            taken[low:high] = True
            spans = tuple(found.spans[low:high])
            scores = tuple(float(cosine) for cosine in found.cosines[low:high])
            anchor = int(found.owner[seed])
            windows.append(Window(anchor, float(rank[low:high].max()), spans, scores, evidence[seed]))
    return sorted(windows, key=lambda window: -window.score)


def _evidence(found: _Sentences) -> list[float]:
    """Return for each sentence the log-sum-exp of the best sentences that the passages have on its page.

    Where there are no pages, a passage is one.
    """
    owners = found.owner.tolist()
    pages = [page or owner for page, owner in zip(found.pages, owners, strict=True)]
    best: dict[object, dict[int, float]] = {}
    for page, owner, place in zip(pages, owners, _ADDING * (found.features @ _PLACE), strict=True):
        on = best.setdefault(page, {})
        on[owner] = max(place, on.get(owner, -np.inf))
    total = {page: float(np.logaddexp.reduce(list(on.values()))) for page, on in best.items()}
    return [total[page] for page in pages]


def _grow(
    seed: int, size: float, place: NDArray[np.float64], found: _Sentences, taken: NDArray[np.bool_]
) -> tuple[int, int]:
    """Return the half-open range of sentences that a window from ``seed`` takes in."""
    low, high = seed, seed + 1

    def length(first: int, last: int) -> int:
        return found.spans[last - 1][1] - found.spans[first][0]

    def open_to(other: int, last: int) -> bool:
        """Whether the window may go over to a sentence, where ``last`` is the later one of the two."""
        return bool(found.joined[last] and not taken[other] and found.pages[other] == found.pages[seed])

    while True:
        options = []
        if low > 0 and open_to(low - 1, low) and length(low - 1, high) <= size:
            options.append((place[low - 1], -1))
        if high < len(place) and open_to(high, high) and length(low, high + 1) <= size:
            options.append((place[high], 1))
        if not options:
            return low, high
        if max(options)[1] < 0:
            low -= 1
        else:
            high += 1


def _read(
    passages: Sequence[Passage],
    fused: Sequence[float],
    cosines: Sequence[Sequence[float]],
    rarity: Mapping[str, float],
) -> _Sentences:
    order = sorted(range(len(passages)), key=lambda i: (passages[i].document_id, passages[i].start))
    owner: list[int] = []
    spans: list[tuple[int, int]] = []
    near, joined, held, frames = [], [], [], []
    pages: list[tuple[str, int] | None] = []
    next_place: tuple[str, int, str] | None = None
    stems = list(rarity)
    for i in order:
        passage = passages[i]
        follows = next_place == (passage.document_id, passage.ordinal, passage.heading)  # a window may go on into it
        texts = passage.spans
        owner += [i] * len(texts)
        spans += texts
        near += list(cosines[i])
        joined += [follows] + [True] * (len(texts) - 1)
        numbers = (passage.page_at(start)[0] if passage.page or passage.pages else None for start, _ in texts)
        pages += [(passage.document_id, page) if page else None for page in numbers]
        held += _held_in(passage, stems, rarity)
        frames += [_held(passage.above, stems)] * len(texts)
        next_place = (passage.document_id, passage.ordinal + 1, passage.heading)
    chain = np.array(joined)
    weights = np.array([rarity[one] for one in stems])
    weights = weights / weights.sum() if weights.sum() else weights
    own = np.array(held, float).reshape(len(held), len(stems))
    first = np.flatnonzero(np.diff(owner, prepend=-1))  # of each passage
    whole = np.repeat(np.maximum.reduceat(own, first), np.diff(first, append=len(own)), axis=0)
    columns = [
        np.array(fused)[owner],
        np.array(near),
        own @ weights,
        _union_around(own, chain) @ weights,
        np.maximum(whole, np.array(frames, float).reshape(own.shape)) @ weights,
        _title_shares(passages, stems)[owner],
    ]
    return _Sentences(np.array(owner), spans, np.array(near), chain, np.stack(columns, 1), pages)


def _held_in(passage: Passage, stems: Sequence[str], rarity: Mapping[str, float]) -> list[list[bool]]:
    """Return which stems each sentence of a passage holds; the first line of a list also those of the heading above it,
    where that says most of what the question does."""
    lines, held = passage.spans, _held(passage.text, stems)
    found = [_held(passage.slice(a, b), stems) if any(held) else held for a, b in lines]
    if len(lines) > 2 and passage.text.count("\n") >= len(lines) - 1:
        heading = _held(passage.section, stems)
        named = sum(rarity[stem] for stem, has in zip(stems, heading, strict=True) if has)
        if named > _NAMES_LIST * sum(rarity.values()):
            found[0] = [own or above for own, above in zip(found[0], heading, strict=True)]
    return found


def _title_shares(passages: Sequence[Passage], stems: Sequence[str]) -> NDArray[np.float64]:
    """Return for each passage how much its title and file name tell its document from those of the other candidates.

    A stem of the question weighs by how few of the candidates' titles hold it; 1 is a title with all such stems.
    """
    first = {p.document_id: p for p in reversed(passages)}
    titles = {key: f"{p.title} {re.sub(r'[_-]+', ' ', p.source.rpartition('/')[2])}" for key, p in first.items()}
    held = np.array([_held(title, stems) for title in titles.values()], float).reshape(len(titles), len(stems))
    count = held.sum(0)
    weights = np.where(count > 0, np.log((len(titles) + 1) / (count + 0.5)), 0.0)
    share = dict(zip(titles, held @ weights / (weights.sum() or 1.0), strict=True))
    return np.array([share[passage.document_id] for passage in passages])


def _held(text: str, stems: Sequence[str]) -> list[bool]:
    found = held_stems(text, tuple(stems))
    return [one in found for one in stems]


def _union_around(held: NDArray[np.float64], joined: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return for each sentence which stems stand in it or in up to three sentences on either side of it."""
    union = held.copy()
    chain = np.cumsum(~joined)
    for step in range(1, min(_AROUND + 1, len(held))):
        same = (chain[step:] == chain[:-step])[:, None]
        union[step:] = np.maximum(union[step:], held[:-step] * same)
        union[:-step] = np.maximum(union[:-step], held[step:] * same)
    return union


def _smooth(score: NDArray[np.float64], joined: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mix each score with those of its two neighbours; where there is none, the lowest score stands for it."""
    left, right = np.full_like(score, score.min()), np.full_like(score, score.min())
    left[1:][joined[1:]] = score[:-1][joined[1:]]
    right[:-1][joined[1:]] = score[1:][joined[1:]]
    smoothed: NDArray[np.float64] = (score + _SMOOTHING * (left + right)) / (1 + 2 * _SMOOTHING)
    return smoothed
