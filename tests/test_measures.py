"""Every measure against a second implementation, on random rankings, spans, pages and answers."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.gold import Evidence, Span
from eval.metrics import (
    abstention_measures,
    answer_inside,
    answer_recall,
    auroc,
    character_measures,
    citation_precision,
    evidence_places,
    evidence_quoted,
    exact_match,
    interval,
    normalize_answer,
    page_measures,
    plain_words,
    randomisation_p,
    rank_measures,
    refusing_counts,
    token_f1,
)
from rag import Citation, Hit, Passage

DOCUMENTS = st.sampled_from("ab")
RANGES = st.tuples(DOCUMENTS, st.integers(0, 60), st.integers(1, 25))
SPANS = st.lists(RANGES.map(lambda r: Span(r[0], r[1], r[1] + r[2])), min_size=1, max_size=4)
PLACES = st.lists(RANGES.map(lambda r: (r[0], r[1], r[1] + r[2])), max_size=12)
LATIN = "the a cat Cat's dog, 96 disks. ninety-six 10-year “Käse” 31°C U.S. $5"
OTHER = "湖水很深， 湖水 灯台は31メートル。 น้ำลึก หอคอย 등대는 등대 पानी। पानी है، ماء، ماء «море»"
WORDS = st.lists(st.sampled_from(f"{LATIN} {OTHER}".split()), max_size=8).map(" ".join)


def hits(places: Sequence[tuple[str, int, int]]) -> list[Hit]:
    return [
        Hit(Passage(f"{d}:{start}", d, d, "", 0, start, end, "x"), rank, 1.0)
        for rank, (d, start, end) in enumerate(places, 1)
    ]


def citations(places: Sequence[tuple[str, int, int]]) -> list[Citation]:
    return [Citation(1, "p", d, d, "", start, end, "x") for d, start, end in places]


def characters(places: Sequence[tuple[str, int, int]]) -> set[tuple[str, int]]:
    return {(d, at) for d, start, end in places for at in range(start, end)}


def triple(span: Span) -> tuple[str, int, int]:
    return span.document_id, span.start, span.end


# -- ranks: the gains are laid out by counting characters, the measures summed as fractions --------------------------


def gains(evidence: Sequence[Span], places: Sequence[tuple[str, int, int]]) -> list[list[int]]:
    """Return for each place of the ranking the grades of the evidence that is found there first."""
    left, found = list(evidence), []
    for place in places:
        held = characters([place])
        here = [span for span in left if 2 * len(characters([triple(span)]) & held) >= span.end - span.start]
        found.append([span.grade for span in here])
        left = [span for span in left if not any(span is other for other in here)]
    return found


@given(SPANS, PLACES)
@settings(max_examples=150, deadline=None)
def test_rank_measures_agree_with_sums_over_gains(evidence: list[Span], places: list[tuple[str, int, int]]) -> None:
    many, found = len(evidence), gains(evidence, places)
    line = [gain for here in found for gain in here or [0]]  # found together, each takes a rank
    ranks = [rank for rank, gain in enumerate(line, 1) if gain]
    at = [place for place, here in enumerate(found, 1) for _ in here]
    precisions = [Fraction(number, rank) for number, rank in enumerate(ranks, 1) if rank <= 10]
    discounted = sum(1 / math.log2(rank + 1) for rank in ranks if rank <= 10)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(many, 10) + 1))
    assert rank_measures(evidence, hits(places), deepest=100) == pytest.approx(
        {
            "recall@100": len(at) / many,
            "hit@1": float(1 in ranks),
            "recall@1": at.count(1) / many,
            "recall@5": sum(place <= 5 for place in at) / many,
            "mrr@10": 1 / ranks[0] if ranks and ranks[0] <= 10 else 0.0,
            "map@10": float(sum(precisions, Fraction(0)) / many),
            "ndcg@10": discounted / ideal,
        },
        abs=1e-6,
    )


@given(st.lists(st.integers(0, 3), min_size=2, max_size=12).filter(any), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_graded_ndcg_agrees_with_scikit_learn(grades: list[int], random: Any) -> None:
    from sklearn.metrics import ndcg_score

    order = list(range(len(grades)))
    random.shuffle(order)
    evidence = [Span(f"d{number}", 0, 9, grade) for number, grade in enumerate(grades) if grade]
    found = rank_measures(evidence, hits([(f"d{number}", 0, 9) for number in order]), "document")["ndcg@10"]
    scores = [[float(-order.index(number)) for number in range(len(grades))]]
    assert found == pytest.approx(ndcg_score([grades], scores, k=10), abs=1e-6)


@given(PLACES)
@settings(deadline=None)
def test_a_document_counts_once_where_it_comes_first(places: list[tuple[str, int, int]]) -> None:
    evidence = [Span("a", 0, 100), Span("b", 0, 100)]
    order = list(dict.fromkeys(document for document, _, _ in places))
    wanted = [[{"a": 0, "b": 1}[document]] for document in order]
    assert evidence_places(evidence, hits(places), "document") == wanted


# -- characters, pages, citations: as sets ---------------------------------------------------------------------------


@given(SPANS, PLACES)
@settings(max_examples=200, deadline=None)
def test_character_measures_agree_with_sets_of_characters(
    evidence: list[Span], places: list[tuple[str, int, int]]
) -> None:
    wanted = characters([triple(span) for span in evidence])
    given_ = [character for place in places for character in sorted(characters([place]))]
    left = wanted.difference(given_)
    found = len(wanted) - len(left)
    assert character_measures(evidence, hits(places)) == pytest.approx(
        {
            "char_recall@5": found / len(wanted),
            "char_precision@5": found / len(given_) if given_ else 0.0,
            "char_iou@5": found / (len(given_) + len(left)),
        }
    )


PAGES = st.lists(st.tuples(DOCUMENTS, st.integers(1, 4)), max_size=6)


@given(PAGES.filter(bool), PAGES)
@settings(deadline=None)
def test_page_measures_agree_with_counting(true: list[tuple[str, int]], cited: list[tuple[str, int]]) -> None:
    given_ = [Citation(1, "p", d, d, "", 0, 5, "x", page=page) for d, page in cited]
    found = page_measures([Evidence(d, page=page) for d, page in true], given_)
    pages, shown = sorted(set(true)), sorted(set(cited))
    assert found["citations_matched"] == sum(page in shown for page in pages) / len(pages)
    assert found["page_precision"] == (sum(page in pages for page in shown) / len(shown) if shown else 0)
    assert found["pages_cited"] == len(shown)


@given(SPANS, PLACES)
@settings(max_examples=150, deadline=None)
def test_citation_measures_agree_with_sets_of_characters(
    evidence: list[Span], places: list[tuple[str, int, int]]
) -> None:
    wanted = [characters([triple(span)]) for span in evidence]
    shown = [characters([place]) for place in places]
    recall = sum(any(2 * len(words & held) >= len(words) for held in shown) for words in wanted) / len(wanted)
    precision = sum(any(words & held for words in wanted) for held in shown) / len(shown) if shown else 0.0
    assert evidence_quoted(evidence, citations(places)) == pytest.approx(recall)
    assert citation_precision(evidence, citations(places)) == pytest.approx(precision)


# -- answers: SQuAD's rules written another way ----------------------------------------------------------------------


ALONE = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "THAI", "HANGUL SYLLABLE")  # names of what is a word by itself


def split(characters: Sequence[str]) -> list[str]:
    """Return the words of what is left of a text: cut at blanks and around characters that are words, less articles."""
    words = [""]
    for character in characters:
        alone = unicodedata.name(character, "").startswith(ALONE)
        words += ["", character, ""] if alone else [""] if character.isspace() else []
        words[-1] += "" if alone or character.isspace() else character
    return [word for word in words if word not in ("", "a", "an", "the")]


def plain(text: str) -> list[str]:
    ascii_only = re.sub(r"[!-/:-@\[-`{-~]", "", text.lower())
    return split([c for c in ascii_only if unicodedata.category(c) not in ("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po")])


def row_of_words(text: str) -> list[str]:
    spelled = unicodedata.normalize("NFKC", text).casefold()
    within = [
        a.isdecimal() and c in ".,'’" and b.isdecimal()
        for a, c, b in zip(f" {spelled}", spelled, f"{spelled[1:]} ", strict=False)
    ]
    spelled = "".join(c for c, is_within in zip(spelled, within, strict=True) if not is_within)
    return split([c if unicodedata.category(c)[0] in "LMN" else " " for c in spelled])


@given(WORDS, WORDS)
@settings(max_examples=200, deadline=None)
def test_answers_agree_with_a_second_normalisation(answer: str, gold: str) -> None:
    mine, theirs = plain(answer), plain(gold)
    left, shared = list(mine), 0
    for word in theirs:
        if word in left:
            left.remove(word)
            shared += 1
    assert exact_match(answer, gold) == (mine == theirs)
    assert answer_recall(answer, gold) == pytest.approx(shared / max(1, len(theirs)))
    if mine and theirs:
        precision, recall = shared / len(mine), shared / len(theirs)
        assert token_f1(answer, gold) == pytest.approx(2 * precision * recall / (precision + recall) if shared else 0.0)
    else:
        assert token_f1(answer, gold) == (mine == theirs)


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_an_answer_inside_a_quote_is_a_run_of_its_words(quotes: list[str], answers: list[str]) -> None:
    def holds(quote: list[str], wanted: list[str]) -> bool:
        return any(quote[at : at + len(wanted)] == wanted for at in range(len(quote) - len(wanted) + 1))

    wanted = [row_of_words(answer) for answer in answers if row_of_words(answer)]
    assert answer_inside(quotes, answers) == {
        f"answer_in_{count}": any(holds(row_of_words(quote), words) for quote in quotes[:count] for words in wanted)
        for count in (1, 2, 3)
    }


@pytest.mark.parametrize(
    ("quote", "answer", "stands"),
    [
        ("这座湖深212米，水是蓝色的。", "212米", 1),
        ("这座湖深212米，水是蓝色的。", "蓝色", 1),
        ("这座湖深212米，水是蓝色的。", "红色", 0),
        ("白石灯台は1874年に建てられた。", "1874年", 1),
        ("ทะเลสาบสีเงินลึก 212 เมตรเพราะเป็นภูเขาไฟ", "ภูเขาไฟ", 1),
        ("등대의 높이는 31미터이다.", "31미터", 1),
        ("등대의 높이는 31미터이다.", "32미터", 0),
        ("झील की गहराई 212 मीटर है। पानी नीला है।", "212 मीटर है", 1),
        ("पानी नीला है।", "नीला है", 1),
        ("عمق البحيرة 212 مترا، وماؤها أزرق.", "212 مترا", 1),
        ("It was a 10-year lease.", "10", 1),
        ("It was a 10-year lease.", "10 year", 1),
        ("It was a 100-year lease.", "10", 0),
        ("It is 3.5 km to the mill.", "5 km", 0),
        ("It is 3.5 km to the mill.", "3.5 km", 1),
        ("The mill holds 1,000 sacks.", "1000 sacks", 1),
        ("Er nannte es „die Brücke“ — und ging.", "Die Brücke", 1),
        ("Le phare s'appelle «Pierre Blanche».", "pierre blanche", 1),
        ("The de\u0301pôt holds ﬁve tons.", "dépôt holds five", 1),
        ("Derinliği 212 metredir.", "212 metre", 0),  # a suffix belongs to its word
        ("It costs $5.", "$", 0),  # no word is left of it
    ],
)
def test_an_answer_is_looked_for_in_any_script(quote: str, answer: str, stands: float) -> None:
    assert answer_inside([quote], [answer])["answer_in_1"] == stands


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The 10-year “lease”", "10year lease"),
        ("湖水很深，212米。", "湖 水 很 深 212 米"),
        ("灯台は31メートル。", "灯 台 は 31 メ ー ト ル"),
        ("31미터이다.", "31 미 터 이 다"),
        ("पानी नीला है।", "पानी नीला है"),
        ("212 مترا،", "212 مترا"),
        ("$5°", "5°"),  # ASCII signs go, as with SQuAD; those of other scripts stay, as with MLQA
    ],
)
def test_words_of_all_scripts_are_counted_as_squad_and_mlqa_do(text: str, words: str) -> None:
    assert normalize_answer(text) == words


def test_shared_words_are_characters_where_none_are_written() -> None:
    # The answer has 湖 深 212 米, the gold one 212 米: 2 of 4 and 2 of 2, F1 2 * 2 / 6.
    assert token_f1("湖深212米。", "212米") == pytest.approx(2 / 3)
    assert answer_recall("湖深212米。", "213米") == 0.5
    assert exact_match("212米。", "212米") == 1
    assert plain_words("The U.S. “10-year” a") == "u s 10 year"


# -- abstention and statistics ---------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=40))
@settings(max_examples=80, deadline=None)
def test_abstention_agrees_with_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

    scores, answerable = [score for score, _ in rows], [truth for _, truth in rows]
    refused, unanswerable = [score < 2 for score in scores], [not truth for truth in answerable]
    reference = precision_recall_fscore_support(unanswerable, refused, average="binary", zero_division=np.nan)
    measured = list(abstention_measures(refused, unanswerable).values())
    assert measured == pytest.approx(list(reference[:3]), nan_ok=True)
    kinds = list(zip(refused, unanswerable, strict=True))
    assert list(refusing_counts(refused, unanswerable).values()) == [
        sum(given for given, _ in kinds), sum(true for _, true in kinds), len(kinds) - kinds.count((False, False))
    ]  # fmt: skip
    if len(set(answerable)) == 2:
        assert auroc(scores, answerable) == pytest.approx(roc_auc_score(answerable, scores))


def test_the_interval_of_shares_agrees_with_the_binomial() -> None:
    from scipy.stats import binom

    sample = [1.0] * 30 + [0.0] * 70
    low, high = interval(sample)
    assert (low, high) == pytest.approx([binom.ppf(q, 100, 0.3) / 100 for q in (0.025, 0.975)], abs=0.015)


def test_an_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    bounds = [interval(rng.exponential(1.0, 60), seed) for seed in range(200)]
    assert 0.88 <= np.mean([low <= 1.0 <= high for low, high in bounds]) <= 0.99


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=9))
@settings(max_examples=30, deadline=None)
def test_the_paired_test_agrees_with_all_flips(pairs: list[tuple[int, int]]) -> None:
    differences = [a - b for a, b in pairs]
    flips = [
        sum(d if mask >> place & 1 else -d for place, d in enumerate(differences)) for mask in range(1 << len(pairs))
    ]
    exact = sum(abs(total) >= abs(sum(differences)) for total in flips) / len(flips)
    assert randomisation_p([a for a, _ in pairs], [b for _, b in pairs]) == pytest.approx(exact, abs=0.03)
