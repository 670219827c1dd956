"""Every bad file ends in its right outcome, beside a good file that is read, and in a message that tells no secrets."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from rag import Chatbot, FileResult, IngestProgress
from tests.bad_files import ROWS, SECRET, Row

ROOT = Path(__file__).parent.parent
GOOD = "The red kettle boils at noon."
# The rows of the list that are no file in a folder stand in tests of their own.
ELSEWHERE = {
    45: "test_load.py::test_a_file_that_nobody_may_read_is_refused",
    48: "test_bad_files.py::test_a_changed_file_takes_the_place_of_the_old_one",
    49: "test_load.py::test_a_file_that_grows_while_it_is_read_is_refused",
    50: "test_bad_files.py::test_a_file_that_vanishes_during_ingest_stops_nothing",
    51: "torture/test_torture_input.py::test_ten_thousand_tiny_files",
    55: "test_app.py::test_an_upload_over_the_limit_is_refused",
    57: "test_desk.py::test_a_full_disk_is_reported_for_every_file",
    58: "test_ingest.py::test_another_model_is_refused_until_the_index_is_rebuilt",
}


def make(folder: Path, row: Row) -> Path:
    """Write a row's files beside a good one, and a secret outside."""
    folder.mkdir()
    (folder.parent / "outside.txt").write_text(SECRET)
    for name, content in row.files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content(path)
    (folder / "good.txt").write_text(GOOD)
    return folder


def check_message(result: FileResult, folder: Path) -> None:
    """A message is one line, names no folder of this machine and holds no stack trace."""
    told = " ".join([result.reason, *result.warnings])
    assert "\n" not in told and str(folder) not in told and "Traceback" not in told
    assert result.status in ("new", "skipped") or Path(result.name).suffix.lower() in result.reason.lower()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.name}")
def test_each_bad_file_has_its_outcome(hash_bot: Chatbot, tmp_path: Path, row: Row) -> None:
    folder = make(tmp_path / "docs", row)
    began = time.perf_counter()
    results = {result.name: result for result in hash_bot.ingest(folder).files}
    assert time.perf_counter() - began < 60
    assert set(results) == {*row.files, "good.txt"}
    result = results[next(iter(row.files))]
    check_message(result, folder)
    assert (result.status, results["good.txt"].status) == (row.outcome, "new")
    told = " ".join([result.reason, *result.warnings])
    assert row.said in told and (bool(told) == bool(row.said))
    texts = "\n".join(hash_bot.document(info.id).text for info in hash_bot.documents())
    assert row.held in texts and GOOD in texts
    assert not [words for words in row.dropped if words in texts]
    assert hash_bot.ask("When does the red kettle boil?").text.startswith(GOOD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "docs", "outside.txt"]


def test_every_row_of_the_list_has_its_test() -> None:
    assert {row.number for row in ROWS} | set(ELSEWHERE) == set(range(1, 59))
    assert not {row.number for row in ROWS} & set(ELSEWHERE)
    for place in ELSEWHERE.values():
        name, _, test = place.partition("::")
        assert re.search(rf"^def {test}\(", (ROOT / "tests" / name).read_text(), re.MULTILINE), place


def test_a_changed_file_takes_the_place_of_the_old_one(hash_bot: Chatbot, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("The kettle is red.")
    hash_bot.ingest(path)
    path.write_text("The kettle is blue now.")
    assert [result.status for result in hash_bot.ingest(path).files] == ["changed"]
    assert [hit.passage.text for hit in hash_bot.search("kettle")] == ["The kettle is blue now."]


def test_a_file_that_vanishes_during_ingest_stops_nothing(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.txt").write_text(f"Number {number} is a good file.")

    def vanish(progress: IngestProgress) -> None:
        (folder / "198.txt").unlink(missing_ok=True)

    results = hash_bot.ingest(folder, progress=vanish).files
    assert [result.name for result in results if result.status != "new"] == ["198.txt"]
    assert results[198].status == "failed" and "198.txt" in results[198].reason
    assert len(hash_bot.documents()) == 199


def test_one_bad_file_among_a_hundred_leaves_99(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(99):
        (folder / f"{number:02}.txt").write_text(f"Number {number} is a good file.")
    (folder / "bad.docx").write_bytes(b"PK\x03\x04" + b"garbage" * 50)
    report = hash_bot.ingest(folder)
    assert report.summary == "99 new, 1 failed"
    assert len(hash_bot.documents()) == 99
