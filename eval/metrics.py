"""The measures: pure functions with their exact definitions; docs/evaluation.md repeats them for people."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.gold import Evidence, Span
from rag import Citation, Hit
from rag.text import UNSPACED

_ALONE = re.compile(f"([{UNSPACED}\uac00-\ud7a3])")  # a word each: scripts without spaces, and syllables of Hangul
_IN_NUMBER = re.compile(r"(?<=\d)[.,'’](?=\d)")  # "3.5" is one word, and "1,000" is 1000
RESAMPLES, _FLIPS = 2_000, 10_000


def overlap(span: Span, document_id: str, start: int, end: int) -> float:
    """Return the share of the span's characters that lie in ``[start, end)`` of that document."""
    return _shared(span, document_id, start, end) / (span.end - span.start)


def _shared(span: Span, document_id: str, start: int, end: int) -> int:
    return max(0, min(span.end, end) - max(span.start, start)) if span.document_id == document_id else 0


def evidence_places(evidence: Sequence[Span], hits: Sequence[Hit], unit: str = "passage") -> list[list[int]]:
    """Return for each place of the ranking the numbers of the evidence that is found there first.

    A passage finds a quote when it covers at least half of its characters. A page or a document, with ``unit`` of that
    name, is found by a passage half of which it holds, or that holds half of it, as a long passage does a short page.
    It stands in the ranking once, where it comes first.
    """
    found: list[list[int]] = []
    seen: set[int] = set()
    places: set[object] = set()
    for rank, hit in enumerate(hits):
        p = hit.passage
        place = {"page": (p.document_id, p.page), "document": p.document_id}.get(unit, rank)
        if place in places:
            continue
        places.add(place)
        size = p.end - p.start
        new = [
            number
            for number, span in enumerate(evidence)
            if number not in seen
            and 2 * _shared(span, p.document_id, p.start, p.end)
            >= (span.end - span.start if unit == "passage" else min(span.end - span.start, size))
            and _shared(span, p.document_id, p.start, p.end)
        ]
        seen.update(new)
        found.append(new)
    return found


def evidence_ranking(places: Sequence[Sequence[int]]) -> list[str]:
    """Return what ``evidence_places`` found as a ranking of names: ``e0``, ``e1``, ..., ``miss2`` where nothing was.

    Evidence that one passage holds stands one behind the other, for each rank has one name.
    """
    return [name for rank, new in enumerate(places) for name in [f"e{number}" for number in new] or [f"miss{rank}"]]


def rank_measures(
    evidence: Sequence[Span], hits: Sequence[Hit], unit: str = "passage", deepest: int = 10
) -> dict[str, float]:
    """Return hit@1 and recall@1 and @5 of one question, and by ir-measures RR@10, AP@10 and nDCG@10, over the evidence.

    Recall is the share of the evidence that the first places hold, where one may hold several pieces. Where the hits
    were ranked to a ``deepest`` place beyond ten, the recall there as well.
    """
    import ir_measures
    from ir_measures import AP, RR, nDCG

    places = evidence_places(evidence, hits, unit)
    ranking = evidence_ranking(places)
    wanted = {"q": {f"e{number}": span.grade for number, span in enumerate(evidence)}}
    run = {"q": {name: float(len(ranking) - rank) for rank, name in enumerate(ranking)}}
    names = {RR @ 10: "mrr@10", AP @ 10: "map@10", nDCG @ 10: "ndcg@10"}
    values = ir_measures.calc_aggregate(list(names), wanted, run) if run["q"] else {}
    found = {name: float(values.get(measure, 0.0)) for measure, name in names.items()}
    depths = (1, 5, deepest) if deepest > 10 else (1, 5)
    recall = {f"recall@{depth}": sum(map(len, places[:depth])) / len(evidence) for depth in depths}
    return {"hit@1": float(bool(places and places[0])), **recall, **found}


def character_measures(evidence: Sequence[Span], hits: Sequence[Hit]) -> dict[str, float]:
    """Return recall, precision and IoU over characters, as Chroma's chunking evaluation has them.

    A character of the evidence is found once, however many hits hold it. What was given counts each hit in full, so
    that hits which overlap lower precision and IoU: given again, a character is of no more use (Smith and Troynikov
    2024; their ``_scores_from_dataset_and_retrievals``).
    """
    wanted = _characters((span.document_id, span.start, span.end) for span in evidence)
    found = _characters((hit.passage.document_id, hit.passage.start, hit.passage.end) for hit in hits)
    shared = sum(
        max(0, min(b, d) - max(a, c)) for key, spans in wanted.items() for a, b in spans for c, d in found.get(key, ())
    )
    asked = sum(b - a for spans in wanted.values() for a, b in spans)
    given = sum(hit.passage.end - hit.passage.start for hit in hits)
    return {
        "char_recall@5": shared / asked,
        "char_precision@5": shared / given if given else 0.0,
        "char_iou@5": shared / (asked + given - shared),
    }


def _characters(spans: Iterable[tuple[str, int, int]]) -> dict[str, list[tuple[int, int]]]:
    """Return the spans of each document, merged where they overlap."""
    merged: dict[str, list[tuple[int, int]]] = {}
    for key, start, end in sorted(spans):
        known = merged.setdefault(key, [])
        if known and start < known[-1][1]:
            known[-1] = (known[-1][0], max(end, known[-1][1]))
        else:
            known.append((start, end))
    return merged


def page_measures(evidence: Sequence[Evidence], citations: Sequence[Citation]) -> dict[str, float]:
    """Return the share of the true pages that are cited (Microsoft's citations_matched), and of the cited ones that are
    true, and how many are cited.
    """
    true = {(item.document, item.page) for item in evidence}
    cited = {(citation.source, citation.page) for citation in citations}
    return {
        "citations_matched": len(true & cited) / len(true),
        "page_precision": len(true & cited) / len(cited) if cited else 0.0,
        "pages_cited": float(len(cited)),
    }


def answer_inside(quotes: Sequence[str], answers: Sequence[str]) -> dict[str, float]:
    """Return whether a gold answer stands, as whole words in a row, in the first one, two, three quotes."""
    said = [f" {plain_words(quote)} " for quote in quotes]
    gold = [f" {words} " for words in map(plain_words, answers) if words]
    return {
        f"answer_in_{count}": float(any(answer in quote for quote in said[:count] for answer in gold))
        for count in (1, 2, 3)
    }


def plain_words(text: str) -> str:
    """Return the words of a text with single spaces between them, so that an answer can be looked for in a quote.

    The text is taken in NFKC and without case; punctuation, symbols, separators and controls of all scripts (P, S, Z
    and C of Unicode) part words, a character of a script written without spaces is one, and articles are left out.
    """
    text = _IN_NUMBER.sub("", unicodedata.normalize("NFKC", text).casefold())
    text = "".join(" " if unicodedata.category(character)[0] in "PSZC" else character for character in text)
    return " ".join(word for word in _ALONE.sub(r" \1 ", text).split() if word not in ("a", "an", "the"))


def evidence_quoted(evidence: Sequence[Span], citations: Sequence[Citation]) -> float:
    """Return the share of the evidence of which the cited words hold at least half: citation recall."""
    held = [max((overlap(span, c.document_id, c.start, c.end) for c in citations), default=0.0) for span in evidence]
    return float(np.mean([share >= 0.5 for share in held])) if held else 0.0


def citation_precision(evidence: Sequence[Span], citations: Sequence[Citation]) -> float:
    """Return the share of the citations that touch evidence."""
    touching = [any(overlap(span, c.document_id, c.start, c.end) > 0 for span in evidence) for c in citations]
    return float(np.mean(touching)) if touching else 0.0


def normalize_answer(text: str) -> str:
    """Return the text as SQuAD's official script compares it: lower case, without punctuation and articles.

    As in MLQA's (Lewis et al. 2020) punctuation is that of all scripts, P of Unicode, and each character of a script
    written without spaces is a word.
    """
    kept = (c for c in text.lower() if c not in string.punctuation and unicodedata.category(c)[0] != "P")
    return " ".join(_ALONE.sub(r" \1 ", re.sub(r"\b(a|an|the)\b", " ", "".join(kept))).split())


def exact_match(answer: str, gold: str) -> float:
    """Return 1 if both are the same after SQuAD's normalisation."""
    return float(normalize_answer(answer) == normalize_answer(gold))


def token_f1(answer: str, gold: str) -> float:
    """Return the F1 of the shared words, counted with repeats, after SQuAD's normalisation."""
    mine, theirs = normalize_answer(answer).split(), normalize_answer(gold).split()
    if not mine or not theirs:
        return float(mine == theirs)
    shared = sum((Counter(mine) & Counter(theirs)).values())
    return 2 * shared / (len(mine) + len(theirs))


def answer_recall(answer: str, gold: str) -> float:
    """Return the share of the gold answer's words that the answer holds, after SQuAD's normalisation."""
    mine, theirs = Counter(normalize_answer(answer).split()), Counter(normalize_answer(gold).split())
    return sum((mine & theirs).values()) / max(1, sum(theirs.values()))


def auroc(scores: ArrayLike, positive: ArrayLike) -> float:
    """Return the chance that a positive scores above a negative, ties counting half; NaN if there is only one kind."""
    from scipy.stats import rankdata

    values, truth = np.asarray(scores, float), np.asarray(positive, bool)
    many, few = int(truth.sum()), int((~truth).sum())
    if not many or not few:
        return float("nan")
    return float((rankdata(values)[truth].sum() - many * (many + 1) / 2) / (many * few))


def abstention_measures(refused: ArrayLike, unanswerable: ArrayLike) -> dict[str, float]:
    """Return precision, recall and F1 of refusing, where refusing an unanswerable question is right.

    NaN is what is not defined: precision where nothing was refused, recall where nothing is unanswerable.
    """
    given, true = np.asarray(refused, bool), np.asarray(unanswerable, bool)
    right, many, wanted = int((given & true).sum()), int(given.sum()), int(true.sum())
    return {
        "abstention_precision": right / many if many else float("nan"),
        "abstention_recall": right / wanted if wanted else float("nan"),
        "abstention_f1": 2 * right / (many + wanted) if many + wanted else float("nan"),
    }


def refusing_counts(refused: ArrayLike, unanswerable: ArrayLike) -> dict[str, int]:
    """Return of how many questions each of these is a share: the refused, the unanswerable, for F1 those of either."""
    given, true = np.asarray(refused, bool), np.asarray(unanswerable, bool)
    return {
        "abstention_precision": int(given.sum()),
        "abstention_recall": int(true.sum()),
        "abstention_f1": int((given | true).sum()),
    }


def interval(values: ArrayLike, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean (Efron and Tibshirani 1993, chapter 13)."""
    sample = np.asarray(values, float)
    if not len(sample):
        return float("nan"), float("nan")
    random, means = np.random.default_rng(seed), []
    for rows in _in_parts(RESAMPLES, len(sample)):
        means.append(sample[random.integers(0, len(sample), (rows, len(sample)))].mean(1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)


def share_interval(values: ArrayLike) -> tuple[float, float]:
    """Return the 95 % interval of a mean of shares; where all are alike, which a bootstrap cannot doubt, an exact one.

    Of all 0 or all 1 it is that of a proportion (Clopper and Pearson 1934), else Hoeffding's (1963).
    """
    sample = np.asarray(values, float)
    if not len(sample) or (sample != sample[0]).any():
        return interval(sample)
    value, reach = float(sample[0]), float(0.025 ** (1 / len(sample)))
    if value in (0, 1):
        return (reach, 1.0) if value else (0.0, 1 - reach)
    reach = float(np.sqrt(np.log(2 / 0.05) / (2 * len(sample))))
    return max(0.0, value - reach), min(1.0, value + reach)


def randomisation_p(first: ArrayLike, second: ArrayLike) -> float:
    """Return the two-sided p of a paired randomisation test: signs of the differences are flipped at random.

    The observed arrangement counts as one of them (Smucker, Allan and Carterette 2007; Phipson and Smyth 2010).
    """
    differences: NDArray[np.float64] = np.asarray(first, float) - np.asarray(second, float)
    if not differences.any():
        return 1.0
    random, extreme = np.random.default_rng(0), 0
    for rows in _in_parts(_FLIPS, len(differences)):
        signs = random.choice([-1.0, 1.0], (rows, len(differences)))
        extreme += int((np.abs((signs * differences).mean(1)) >= abs(differences.mean()) - 1e-12).sum())
    return (extreme + 1) / (_FLIPS + 1)


def _in_parts(rows: int, width: int) -> Iterator[int]:
    """Cut so many rows of random numbers into parts of about a million numbers, which leaves the numbers the same."""
    most = max(1, 1_000_000 // width)
    yield from (min(most, rows - start) for start in range(0, rows, most))
