"""The bench's own arithmetic: ratios, the table and where it is written; the stock peer's failure is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench import PAGE, _pieces, format_table, measure_start, write_table
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
        write_table(format_table(rows), page)
    text = page.read_text()
    assert text.startswith("before\n<!-- bench -->\n| what |") and text.endswith("<!-- /bench -->\nafter\n")
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
