"""Windows grow from the best sentence, never overlap, and stay in their section and on their page."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.datatypes import Passage
from rag.text import rarities
from rag.windows import find_windows

LINES = ["Soup is served at noon.", "The array holds 96 disks.", "Spare disks wait in room 4.", "Doors close at nine."]


def passage(ordinal: int, lines: list[str], start: int = 0, heading: str = "", page: int | None = None) -> Passage:
    text = " ".join(lines)
    spans, at = [], start
    for line in lines:
        spans.append((at, at + len(line)))
        at += len(line) + 1
    place = (start, start + len(text), text, heading, page)
    return Passage(f"p{ordinal}", "d", "d.txt", "", ordinal, *place, sentences=tuple(spans))


def texts(passages: list[Passage], found: list[tuple[int, int]]) -> list[str]:
    whole = " ".join(p.text for p in sorted(passages, key=lambda p: p.start))
    return [whole[start:end] for start, end in found]


def find(passages: list[Passage], cosines: list[list[float]], k: int = 5, characters: int = 1200) -> list[str]:
    rarity = rarities("How many disks are there?", {}, 10)
    windows = find_windows(passages, [0.5] * len(passages), [0.5] * len(passages), cosines, rarity, k, characters)
    return texts(passages, [(window.start, window.end) for window in windows])


def test_a_small_window_holds_the_best_sentence_and_a_larger_one_what_is_around() -> None:
    passages = [passage(0, LINES)]
    cosines = [[0.1, 0.9, 0.6, 0.1]]
    assert find(passages, cosines, 1, 20) == [LINES[1]]
    assert find(passages, cosines, 1, 40) == [f"{LINES[1]} {LINES[2]}"]
    assert find(passages, cosines, 1) == [" ".join(LINES)]


def test_a_window_goes_on_into_the_next_passage_of_its_section_and_page_only() -> None:
    first = passage(0, LINES[:2], page=1)
    second = passage(1, LINES[2:], first.end + 1, page=1)
    cosines = [[0.1, 0.9], [0.6, 0.1]]
    assert find([first, second], cosines, 1) == [" ".join(LINES)]
    assert find([first, replace(second, page=2)], cosines, 1) == [first.text]
    assert find([first, replace(second, heading="Doors")], cosines, 1) == [first.text]
    assert find([first, replace(second, ordinal=5)], cosines, 1) == [first.text]


def test_words_of_the_question_decide_between_equal_cosines() -> None:
    assert find([passage(0, LINES[:2])], [[0.5, 0.5]], 1, 20) == [LINES[1]]


def test_nothing_comes_of_nothing() -> None:
    assert find_windows([], [], [], [], {}, 5, 1200) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.floats(-1, 1), min_size=1, max_size=8), min_size=1, max_size=6), st.integers(1, 9), st.data()
)
def test_windows_are_whole_sentences_that_never_overlap(
    cosines: list[list[float]], k: int, data: st.DataObject
) -> None:
    passages, at = [], 0
    for ordinal, row in enumerate(cosines):
        passages.append(passage(ordinal, [f"disks {i}." * (1 + i % 3) for i in range(len(row))], at))
        at = passages[-1].end + 1
    characters = data.draw(st.integers(5, 200))
    windows = find_windows(
        passages, [0.1] * len(passages), [0.1] * len(passages), cosines, {"disk": 1.0}, k, characters
    )
    assert 1 <= len(windows) <= k
    taken = [span for window in windows for span in window.sentences]
    assert len(taken) == len(set(taken)) and set(taken) <= {span for p in passages for span in p.sentences}
    assert [window.score for window in windows] == sorted((window.score for window in windows), reverse=True)
    for window in windows:
        assert len(window.sentences) == len(window.cosines)
        assert len(window.sentences) == 1 or window.end - window.start <= characters * 1.4
