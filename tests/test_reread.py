"""Reading the best windows again: the better one first, and the sentence that answers in its context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from rag.compiled import TokenVectors
from rag.datatypes import Hit, Passage
from rag.embed import HashEmbedder
from rag.reread import read_again
from rag.sentences import sentence_spans

AXES = ("red", "blue", "box", "holds", "it", "nine")


class Letters:
    """Each word is an axis of its own, so a cosine is 1 for the same word and 0 for another."""

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        found = []
        for text in texts:
            spans, states, at = [], [], 0
            for word in text.split(" "):
                spans.append((at, at + len(word)))
                row = np.zeros(len(AXES) + 1, np.float32)
                row[AXES.index(word.strip(".").lower()) if word.strip(".").lower() in AXES else -1] = 1
                states.append(row)
                at += len(word) + 1
            found.append(TokenVectors(np.array(states).reshape(-1, len(AXES) + 1), np.array(spans).reshape(-1, 2)))
        return found


class Silent:
    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [TokenVectors(np.zeros((0, 3), np.float32), np.zeros((0, 2), int)) for _ in texts]


def hit(text: str, rank: int, score: float = 0.5, start: int = 7, title: str = "") -> Hit:
    spans = tuple((a + start, b + start) for a, b in sentence_spans(text))
    passage = Passage(f"p{rank}", "d", "a.txt", title, rank, start, start + len(text), text, sentences=spans)
    return Hit(passage, rank, score, sentence_scores=(0.5,) * len(spans))


def test_the_window_whose_words_are_nearer_comes_first_and_the_rest_stays() -> None:
    hits = [hit("The blue bag.", 1), hit("The red box.", 2), hit("The red box holds nine.", 3)]
    again = read_again("red box", hits, Letters())
    assert [(h.passage.id, h.rank) for h in again] == [("p2", 1), ("p1", 2), ("p3", 3)]
    assert again[2].readings == ()


def test_a_score_far_ahead_outweighs_the_words() -> None:
    again = read_again("red box", [hit("The blue bag.", 1, score=9.0), hit("The red box.", 2)], Letters())
    assert [h.passage.id for h in again] == ["p1", "p2"]


def test_readings_by_hand() -> None:
    text = "Red box. Blue bag."
    (only,) = read_again("red box", [hit(text, 1, title="Bag")], Letters())
    # First sentence: both words found, cosine of the means 1. Second: neither word, means at a right angle.
    np.testing.assert_allclose(only.readings, [(7.1 + 6.1) / 2, -(7.1 + 6.1) / 2], atol=1e-5)


def test_a_long_window_is_read_around_its_best_sentence_only() -> None:
    sentences = [
        f"Sentence {n} says nothing about anything at all, whatever it may be that somebody asks." for n in range(30)
    ]
    sentences[20] = "The red box."
    window = hit(" ".join(sentences), 1)
    best = [0.1] * 30
    best[20] = 0.9
    window = Hit(window.passage, 1, 0.5, sentence_scores=tuple(best))
    (again,) = read_again("red box", [window], Letters())
    guessed = max(again.readings, key=again.readings.count)
    read = [n for n, reading in enumerate(again.readings) if reading != guessed]
    assert 20 in read and 4 < len(read) < 12 and again.readings[20] == max(again.readings)
    others = [again.readings[n] for n in read if n != 20]
    mean, cosine = (again.readings[20] + sum(others)) / len(read), (0.9 + 0.1 * len(others)) / len(read)
    assert guessed == pytest.approx(mean + 5 * (0.1 - cosine)), "as far below the mean of those read as its cosine is"


def test_the_order_of_a_cross_encoder_is_kept() -> None:
    hits = [hit("The blue bag.", 1), hit("The red box.", 2)]
    kept, swapped = (read_again("red box", hits, Letters(), reorder=reorder) for reorder in (False, True))
    assert [h.passage.id for h in kept] == [h.passage.id for h in hits] == [h.passage.id for h in reversed(swapped)]
    assert all(h.readings for h in kept)


def test_where_titles_fill_the_window_nothing_changes() -> None:
    class Short(Letters):
        def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
            asked, *read = super().embed_tokens(texts)
            return [asked, *(TokenVectors(one.states[:1], one.spans[:1]) for one in read)]

    hits = [hit("The blue bag.", 1, title="Of bags and boxes")]
    assert read_again("red box", hits, Short()) == hits


def test_without_token_states_nothing_changes() -> None:
    hits = [hit("The blue bag.", 1), hit("The red box.", 2)]
    assert read_again("red box", hits, HashEmbedder()) == hits
    assert read_again("red box", hits, Silent()) == hits
    assert read_again("red box", [], Letters()) == []


def test_the_window_under_the_heading_that_is_asked_for_comes_first() -> None:
    other, headed = hit("The red box holds it.", 1), hit("The blue bag.", 2)
    under = replace(headed, passage=replace(headed.passage, heading="Bags > Red box"))
    for second, first in ((headed, "p1"), (under, "p2")):
        assert read_again("What is the red box?", [other, second], Letters())[0].passage.id == first
