"""Watched folders: what is new, changed or gone gets in once it is whole; trouble is told once and ends nothing."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from rag import Chatbot, FileResult, HashEmbedder, IngestProgress, IngestReport, Settings, StorageError
from tests.test_app import free_port
from tests.test_render import PAYLOADS, Page, assert_inert
from ui.app import serve_bot
from ui.library import LATEST_CHANGES, render_changes
from ui.serve import listen
from ui.watch import BROKEN, PATIENCE, RETRY, Change, Watcher, scan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    (docs / "deep").mkdir(parents=True)
    (docs / "deep/note.txt").write_text("The kitchen opens at seven.")
    return docs


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Chatbot]:
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data") as bot:
        yield bot


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def news(watcher: Watcher) -> list[str]:
    return [change.report.summary for change in watcher.changes]


def names(bot: Chatbot) -> list[str]:
    return [info.name for info in bot.documents()]


def look_twice(watcher: Watcher) -> None:
    watcher.look()
    watcher.look()


def test_new_changed_and_deleted_files_get_in_when_two_looks_see_the_same(bot: Chatbot, folder: Path) -> None:
    watcher = Watcher(bot, [folder])
    watcher.look()
    assert names(bot) == []
    watcher.look()
    assert names(bot) == ["deep/note.txt"]
    (folder / "deep/note.txt").write_text("The kitchen opens at eight o'clock.")
    (folder / "more.md").write_text("# More\n\nThe vault opens at nine.")
    look_twice(watcher)
    (folder / "more.md").unlink()
    look_twice(watcher)
    assert news(watcher) == ["1 deleted", "1 new, 1 changed", "1 new"]
    assert "eight" in bot.search("When does the kitchen open?", 1)[0].passage.text
    assert names(bot) == ["deep/note.txt"] and watcher.count == 3
    look_twice(watcher)
    assert watcher.count == 3


def test_a_file_that_still_grows_is_waited_for_but_not_for_ever(bot: Chatbot, folder: Path) -> None:
    clock = Clock()
    watcher = Watcher(bot, [folder], clock=clock)
    look_twice(watcher)
    growing = folder / "growing.txt"
    for size in range(1, 6):
        growing.write_text("The vault opens. " * size)
        watcher.look()
    assert names(bot) == ["deep/note.txt"]
    clock.now += PATIENCE
    growing.write_text("The vault opens. " * 7)
    watcher.look()
    assert names(bot) == ["deep/note.txt", "growing.txt"]
    growing.write_text("The vault opens. " * 8)
    watcher.look()
    assert news(watcher) == ["1 new", "1 new"]
    watcher.look()
    assert news(watcher)[0] == "1 changed"


def test_a_file_that_cannot_be_read_is_told_once(bot: Chatbot, folder: Path) -> None:
    watcher = Watcher(bot, [folder])
    (folder / "empty.txt").write_text("")
    look_twice(watcher)
    (folder / "other.txt").write_text("The vault opens at nine.")
    look_twice(watcher)
    assert news(watcher) == ["1 new", "1 new, 1 failed"]
    (folder / "empty.txt").write_text("Now it says something.")
    look_twice(watcher)
    assert news(watcher)[0] == "1 new"


def test_a_folder_that_goes_keeps_its_documents_and_comes_back(bot: Chatbot, folder: Path) -> None:
    clock = Clock()
    second = folder.with_name("second")
    second.mkdir()
    watcher = Watcher(bot, [folder, second], clock=clock)
    look_twice(watcher)
    away = folder.rename(folder.with_name("away"))
    for _ in range(4):
        look_twice(watcher)
        clock.now += RETRY
    (second / "new.txt").write_text("The vault opens at nine.")
    look_twice(watcher)
    assert news(watcher) == ["1 new", "1 failed", "1 new"]
    assert "does not exist" in watcher.changes[1].report.files[0].reason
    assert names(bot) == ["deep/note.txt", "new.txt"]
    (away / "back.txt").write_text("The lift is repaired.")
    away.rename(folder)
    look_twice(watcher)
    assert names(bot) == ["back.txt", "deep/note.txt", "new.txt"]


class Stubborn:
    """A bot that cannot ingest, for these reasons, one after the other."""

    def __init__(self, folder: Path, *errors: Exception) -> None:
        self.settings, self.errors, self.asked = Settings(data_dir=folder), list(errors), 0

    def ingest(self, *paths: Path, progress: Callable[[IngestProgress], None]) -> IngestReport:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return IngestReport((FileResult("a.txt", "new"),))


def test_failures_are_told_once_tried_again_later_and_end_nothing(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    full = StorageError("The disk is full.", "Free some space.")
    bot: Any = Stubborn(tmp_path, full, full, ZeroDivisionError("inside"))
    watcher = Watcher(bot, [folder], clock=clock)
    with caplog.at_level(logging.CRITICAL, "ui.watch"):
        for _ in range(4):
            for _ in range(3):
                watcher.look()
            clock.now += RETRY
    assert bot.asked == 4
    told = [change.report.files[0] for change in watcher.changes]
    assert [file.reason for file in told] == ["", BROKEN, "The disk is full. Free some space."]


def test_only_files_that_could_be_documents_are_looked_at(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git/index").write_text("x")
    (folder / "~$lock.docx").write_text("x")
    (folder / "data").mkdir()
    (folder / "data/documents.sqlite").write_text("x")
    (folder / "nowhere.txt").symlink_to(folder / "missing")
    seen = scan(folder, str(folder / "data"))
    assert sorted(Path(path).name for path in seen) == ["note.txt", "nowhere.txt"]
    one = folder / "deep/note.txt"
    assert scan(one) == {str(one): (one.stat().st_size, one.stat().st_mtime_ns)}
    assert scan(folder / "none") == {str(folder / "none"): (-1, 0)}


def test_a_folder_without_rights_is_no_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # the way here is root's alone
    (folder / "deep").chmod(0)
    user = os.geteuid()
    try:
        if user == 0:  # whom no rights stop
            os.seteuid(65534)
        assert scan(Path()) == {"./deep": (-1, 0)}
    finally:
        os.seteuid(user)
        (folder / "deep").chmod(0o700)


def wait_for(truth: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not truth():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_it_stops_in_the_middle_of_many_files(bot: Chatbot, folder: Path) -> None:
    for number in range(1000):
        (folder / f"{number}.txt").write_text(f"Room {number} opens at nine.")
    watcher = Watcher(bot, [folder], seconds=0.01)
    watcher.start()
    wait_for(lambda: len(bot.documents()) > 3)
    watcher.stop()
    assert 3 < len(bot.documents()) < 1000
    assert not watcher.changes


def test_the_window_watches_and_closes(tmp_path: Path, folder: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", port=free_port())
    bot = Chatbot.open(settings, embedder=HashEmbedder())
    served = serve_bot(bot, listen(settings), wait=False, watch=[folder])
    client = Client(served.url, verbose=False, analytics_enabled=False)
    try:
        wait_for(lambda: [info["name"] for info in client.predict(api_name="/documents")] == ["deep/note.txt"])
        (folder / "late.txt").write_text("The vault opens at nine.")
        wait_for(lambda: len(client.predict(api_name="/documents")) == 2)
    finally:
        client.close()
        served.close()
    with Chatbot.open(settings, embedder=HashEmbedder()) as again:
        assert names(again) == ["deep/note.txt", "late.txt"]


@pytest.mark.browser
def test_an_open_window_shows_what_changed(tmp_path: Path, folder: Path, page: Tab) -> None:
    settings = Settings(data_dir=tmp_path / "data", port=free_port())
    served = serve_bot(Chatbot.open(settings, embedder=HashEmbedder()), listen(settings), wait=False, watch=[folder])
    try:
        page.goto(served.url)
        expect(page.locator("#documents")).to_contain_text("deep/note.txt")
        page.get_by_placeholder("Ask your documents").fill("When does the")
        (tmp_path / "late").mkdir()
        (tmp_path / "late" / "late.txt").write_text("The vault opens at nine.")
        (tmp_path / "late" / "empty.txt").write_text("")
        (tmp_path / "late").rename(folder / "late")  # both at once, so that one look at the folder finds both
        expect(page.locator("#documents .changes")).to_contain_text("docs: 1 new, 1 failed")
        expect(page.locator("#documents .documents")).to_contain_text("late.txt")
        expect(page.locator("#status")).to_contain_text("2 documents")
        expect(page.get_by_placeholder("Ask your documents")).to_have_value("When does the")
        page.locator("#documents .changes summary").first.click()
        expect(page.locator("#documents .changes .failed").first).to_be_visible()
        page.screenshot(path=os.environ.get("SHOT", str(tmp_path / "x.png")))
    finally:
        page.close()
        served.close()


def change(name: str, minutes: int, *files: FileResult) -> Change:
    return Change(datetime(2026, 5, 4, 9, 30) + timedelta(minutes=minutes), Path(name), IngestReport(files))


def test_the_latest_changes_are_told_with_time_and_reason() -> None:
    failed = FileResult("a.pdf", "failed", "a.pdf is protected by a password.")
    html = render_changes([change("/home/ann/papers", 7, failed, FileResult("b.txt", "new"))])
    words = Page(html).words
    for part in ("04 May 09:37", "papers: 1 new, 1 failed", "a.pdf is protected by a password.", "b.txt"):
        assert part in words
    many = [change("papers", minute, failed) for minute in range(LATEST_CHANGES + 3)]
    assert render_changes(many).count("<details") == LATEST_CHANGES
    assert render_changes([]) == ""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_of_changes_are_inert(payload: str) -> None:
    assert_inert(render_changes([change(payload, 0, FileResult(payload, "failed", payload, 0, (payload,)))]))
