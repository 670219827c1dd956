"""The bench's own arithmetic: ratios, table and plot; a small run of what it measures; the stock peer's failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench import PAGE, _pieces, draw_plot, format_table, measure_start
from eval.page import write_block
from eval.scale import _search_rows
from eval.synthetic import Words, ask, chroma, fill
from eval.timing import Row, run
from rag import NotFoundError


def test_the_ratio_says_how_many_times_better() -> None:
    assert Row("a", "s", 2, 8).ratio == 4
    assert Row("a", "a second", 90, 30, more_is_better=True).ratio == 3
    assert Row("a", "s", 2).ratio is None


def test_the_table_replaces_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n")
    rows = [Row("asking", "s", 0.5, 5, "stock"), Row("help", "s", 0.1)]
    for _ in range(2):
        write_block("bench", format_table(rows), page)
    text = page.read_text()
    assert text.startswith("before\n<!-- bench -->\n\n| what |") and text.endswith("<!-- /bench -->\nafter\n")
    assert "| asking | 0.5 s | 5 s (stock) | 10.0 |" in text and "| help | 0.1 s |  |  |" in text
    assert "old" not in text and text.count("| asking |") == 1
    assert "<!-- bench -->\n" in PAGE.read_text()


def test_pieces_are_of_many_lengths_and_never_run_out() -> None:
    pieces = _pieces(["a", "b", "c"], 16, 40)
    assert len(pieces) == 40 and {len(piece.split()) for piece in pieces} == set(range(8, 24))


def test_a_command_is_timed_and_its_own_memory_counted(tmp_path: Path) -> None:
    ballast = bytearray(200 * 2**20)
    seconds, megabytes, printed = run(["python3", "-c", "import time; time.sleep(0.2); print('done')"], tmp_path)
    assert printed == "done\n" and 0.2 <= seconds < 5 and megabytes < 100 < len(ballast) / 2**20
    with pytest.raises(NotFoundError, match=r"-c raise SystemExit\(3\)"):
        run(["python3", "-c", "raise SystemExit(3)"], tmp_path)
    with pytest.raises(NotFoundError, match="make bench"):
        measure_start(tmp_path, tmp_path / "none")


def test_a_small_synthetic_index_is_filled_asked_and_compared_with_chroma(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "one.txt").write_text(" ".join(f"word{i} holds {i % 7} disks." for i in range(200)))
    made = fill(tmp_path / "data", 200, texts, bases=20)
    found, theirs = ask(tmp_path / "data", 3), chroma(tmp_path / "data")
    assert 200 <= made["passages"] < 260
    for side in (found, theirs):
        assert {share: held["recall"] for share, held in side["nearest"].items()} == dict.fromkeys(
            ("1", "0.01", "0.1", "0.5"), 1.0
        )
    rows = _search_rows(200, made, found, theirs)
    assert len(rows) == 9 and all(row.ours > 0 for row in rows)
    picture = draw_plot([*rows, *_search_rows(2000, made, found, theirs)])
    assert picture.startswith("<svg") and picture.count("<polyline") == 6 and ">nearest in 10%, Chroma<" in picture
    assert draw_plot([Row("no size", "s", 1)]) == ""


def test_words_are_drawn_with_the_statistics_of_real_text() -> None:
    words = Words(["the disks and the cables and the lamps"])
    drawn = words.draw(20_000)
    assert drawn == Words(["the disks and the cables and the lamps"]).draw(20_000)
    assert drawn.count("the") > drawn.count("disks") > 100 and len(set(drawn)) > 5_000
