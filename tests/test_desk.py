"""Answers stream from threads, stop where they are, end in words whatever happens; uploads are kept and reported."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from rag import (
    Answer,
    Chatbot,
    DocumentInfo,
    FileResult,
    HashEmbedder,
    IngestProgress,
    IngestReport,
    NotFoundError,
    QuestionError,
    Settings,
    Status,
    StorageError,
    Turn,
)
from ui.conversations import Exchange
from ui.desk import BROKEN, MOST_ANSWERS, Desk
from ui.files import ALONE, TOGETHER
from ui.options import Options, tick
from ui.serve import BUSY

ALL = Options()


class Scripted:
    """A bot that answers ``steps`` times, and notes what it was asked and how its streams ended."""

    def __init__(self, folder: Path, steps: int = 3, error: Exception | None = None) -> None:
        self.settings = Settings(data_dir=folder)
        self.steps, self.error = steps, error
        self.asked: list[tuple[str, Sequence[Turn], object]] = []
        self.closed, self.names = threading.Event(), ["b.txt", "a.md"]
        self.failed: list[tuple[str, str]] = []

    def status(self) -> Status:
        return Status("", 2, 2, "", "", self.unread())

    def unread(self) -> tuple[FileResult, ...]:
        return tuple(FileResult(n, "failed", path=p) for n, p in self.failed)

    def stream(
        self, question: str, turns: Sequence[Turn] = (), documents: object = None, **how: object
    ) -> Iterator[Answer]:
        self.asked.append((question, turns, documents))
        self.how = {name: value for name, value in how.items() if name != "stop"}
        try:
            for step in range(self.steps):
                yield Answer(question, question, stage="answering", tokens=step)
            if self.error:
                raise self.error
            yield Answer(question, question, stage="done", final=True)
        finally:
            self.closed.set()

    def ingest(self, *paths: Path, progress: Callable[[IngestProgress], None]) -> IngestReport:
        for number, path in enumerate(paths):
            progress(IngestProgress(number, len(paths), path.name, "read"))
        return IngestReport(tuple(FileResult(p.name, "failed" if p.suffix == ".bad" else "new") for p in paths))

    def documents(self) -> list[DocumentInfo]:
        folder = self.settings.data_dir / "uploads"
        return [
            DocumentInfo(n, (n,), n, "text", (str(folder / n),), 1, 0, 9, "") for n in self.names if ".bad" not in n
        ]

    def forget(self, path: str) -> None:
        if (failed := [file for file in self.failed if path in file]) and path not in self.names:
            self.failed.remove(failed[0])
            return
        name = Path(path).name if Path(path).is_absolute() else path
        if name not in self.names:
            raise NotFoundError("There is no such document.", "")
        self.names.remove(name)


def ask(bot: Scripted, past: tuple[Exchange, ...] = (), options: Options = ALL, standalone: str = "") -> list[Exchange]:
    async def collect() -> list[Exchange]:
        return [exchange async for exchange in Desk(bot).ask("ann", "When?", past, options, standalone)]

    return asyncio.run(collect())


def test_an_answer_streams_and_settles(tmp_path: Path) -> None:
    exchanges = ask(Scripted(tmp_path))
    assert [e.answer.stage for e in exchanges] == ["searching", "answering", "answering", "answering", "done"]
    assert [e.live for e in exchanges] == [True] * 4 + [False]


def test_in_a_crowd_the_last_word_comes(tmp_path: Path) -> None:
    class Slow(Scripted):
        def stream(
            self, question: str, turns: Sequence[Turn] = (), documents: object = None, **how: object
        ) -> Iterator[Answer]:
            for snapshot in super().stream(question, turns, documents, **how):
                yield snapshot
                time.sleep(0.05)

    async def collect() -> str:
        desk = Desk(Slow(tmp_path, steps=1))
        desk.answering = 50  # others
        snapshots = desk.stream("When?", (), (), asyncio.Event())
        stages = []
        async for snapshot in snapshots:
            stages.append(snapshot.stage)
            await asyncio.sleep(0.3)  # while the rest arrives
        return stages[-1]

    assert asyncio.run(collect()) == "done"


def test_a_window_opens_where_few_threads_may_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, left = threading.Thread.start, iter(range(10))

    def some(thread: threading.Thread) -> None:
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", some)
    Desk(Scripted(tmp_path)).threads.shutdown(wait=True)


def test_finished_exchanges_are_the_history_and_the_choice_is_passed_on(tmp_path: Path) -> None:
    bot = Scripted(tmp_path)
    finished = Exchange(Answer("Who?", "Who is there?", abstained="Nobody.", final=True))
    stopped = Exchange(Answer("What?", "What?"), trouble="Stopped.")
    ask(bot, (finished, stopped), Options(ticks=(tick(bot.documents()[1]),)))
    assert bot.asked == [("When?", [Turn("Who?", "Nobody.", "Who is there?", refused=True)], ("a.md",))]
    ask(bot)
    assert bot.asked[1][2] is None


@pytest.mark.parametrize(
    "error",
    [QuestionError("The question is empty.", "Type one."), StorageError("The disk is full.", "Free some space.")],
)
def test_a_known_error_is_told_in_its_own_words(tmp_path: Path, error: Exception) -> None:
    exchanges = ask(Scripted(tmp_path, error=error))
    assert exchanges[-1].trouble == str(error)
    assert exchanges[-1].answer.tokens == 2


def test_only_what_was_asked_is_told_of_as_unread(tmp_path: Path) -> None:
    names = ["house/tea.pdf", "house/VAT.pdf", "scan VAT certificate.pdf"]
    unread = tuple(FileResult(name, "failed", "It is broken.") for name in names)

    class Refusing(Scripted):
        says: ClassVar[dict[str, str]] = {"abstained": "Nobody says."}
        asks = "What is our VAT number?"

        def unread(self) -> tuple[FileResult, ...]:
            return unread

        def stream(
            self, question: str, turns: Sequence[Turn] = (), documents: object = None, **how: object
        ) -> Iterator[Answer]:
            yield Answer(question, self.asks, final=True, **self.says)

        def documents(self) -> list[DocumentInfo]:
            return [DocumentInfo("1", ("house/c.txt",), "", "text", ("/house/c.txt",), 1, 0, 9, "")]

    bot = Refusing(tmp_path)
    ticked = Options("", (tick(bot.documents()[0]),))
    told = [ask(bot, (), options)[-1] for options in (ALL, Options("house"), ticked)]
    assert [(one.failed, one.unread) for one in told] == [(unread[1:], 1), (unread[1:2], 1), ((), 0)]
    bot.says = {}  # an answer tells only of files that may say more
    assert [(one.failed, one.unread) for one in [ask(bot)[-1]]] == [(unread[1:], 0)]
    bot.says, bot.asks = {"abstained": "There is no word."}, "?"
    assert [(one.failed, one.unread) for one in [ask(bot)[-1]]] == [((), 0)]


def test_an_unknown_error_is_logged_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert ask(Scripted(tmp_path, error=ZeroDivisionError("secret")))[-1].trouble == BROKEN
    assert "ZeroDivisionError: secret" in caplog.text


def test_leaving_closes_the_stream(tmp_path: Path) -> None:
    bot = Scripted(tmp_path, steps=10**9)

    async def leave_early() -> None:
        desk = Desk(bot)
        answers = desk.ask("ann", "When?", (), ALL)
        for _ in range(3):
            await anext(answers)
        await answers.aclose()
        assert await desk.run(bot.closed.wait, 5)
        assert not desk.asked

    asyncio.run(leave_early())


def test_a_stopped_answer_says_so_last_and_at_once(tmp_path: Path) -> None:
    bot = Scripted(tmp_path, steps=10**9)

    async def stop_early() -> list[Exchange]:
        desk = Desk(bot)
        seen = []
        async for exchange in desk.ask("ann", "When?", (), ALL):
            seen.append(exchange)
            if len(seen) == 3:
                stopping = asyncio.ensure_future(desk.stop("ann"))
        await stopping
        await desk.stop("nobody")
        assert await desk.run(bot.closed.wait, 5)
        return seen

    *before, last = asyncio.run(stop_early())
    assert last.trouble == "Stopped."
    assert not any(exchange.trouble for exchange in before)
    assert last.answer.stage == "answering"


def test_a_second_question_ends_the_first_of_the_same_visitor_only(tmp_path: Path) -> None:
    async def ask_twice() -> list[str]:
        desk = Desk(Scripted(tmp_path, steps=10**9))
        told: list[str] = []

        async def follow(session: str, question: str) -> None:
            last = [exchange async for exchange in desk.ask(session, question, (), ALL)][-1]
            told.append(f"{session} {question} {last.trouble}")

        first = [asyncio.ensure_future(follow(session, "one")) for session in ("ann", "bob")]
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(follow("ann", "two"))
        await first[0]
        assert told == ["ann one "], "the next question takes over what there is"
        await asyncio.gather(desk.stop("bob"), desk.stop("ann"), first[1], second)
        return sorted(told)

    assert asyncio.run(ask_twice()) == ["ann one ", "ann two Stopped.", "bob one Stopped."]


def test_of_quick_questions_none_is_lost_and_the_last_is_answered(tmp_path: Path) -> None:
    bot = Scripted(tmp_path, steps=10**9)

    async def ask_in_a_row() -> tuple[list[Exchange], list[str]]:
        desk = Desk(bot)
        last: dict[str, Exchange] = {}

        async def follow(question: str) -> None:
            past = desk.overtake("ann")
            async for exchange in desk.ask("ann", question, past, ALL):
                last[question] = exchange

        asking = []
        for question in ("one", "two", "three"):
            asking.append(asyncio.ensure_future(follow(question)))
            await asyncio.sleep(0)  # so that the second is still ending the first when the third comes
        await asyncio.gather(*asking[:2])
        while not desk.asked["ann"].conversation[-1].answer.tokens:
            await asyncio.sleep(0.01)
        told = [f"{exchange.answer.question} {exchange.trouble}" for exchange in desk.overtake("ann")]
        await asking[2]
        return list(last.values()), told

    last, told = asyncio.run(ask_in_a_row())
    assert told == ["one Stopped.", "two Stopped.", "three Stopped."]
    assert not any(exchange.trouble for exchange in last), "one that is overtaken has no last word"


def test_an_answer_that_ended_before_it_was_overtaken_is_kept_whole(tmp_path: Path) -> None:
    async def overtake() -> list[Exchange]:
        desk = Desk(Scripted(tmp_path))
        async for exchange in desk.ask("ann", "one", (), ALL):
            if exchange.answer.final:
                return list(desk.overtake("ann"))
        return []

    (kept,) = asyncio.run(overtake())
    assert kept.answer.final and not kept.trouble


def test_fifty_visitors_are_answered_at_once(tmp_path: Path) -> None:
    everyone = threading.Barrier(50)

    class Crowded(Scripted):
        def stream(
            self, question: str, turns: Sequence[Turn] = (), documents: object = None, **how: object
        ) -> Iterator[Answer]:
            yield Answer(question, question, stage="answering")
            everyone.wait(timeout=20)  # only if all 50 are being answered does anyone get on
            yield Answer(question, question, stage="done", final=True)

    async def crowd() -> list[Exchange]:
        desk = Desk(Crowded(tmp_path))

        async def last(session: str) -> Exchange:
            return [exchange async for exchange in desk.ask(session, "When?", (), ALL)][-1]

        return await asyncio.gather(*(last(str(number)) for number in range(50)))

    assert all(exchange.answer.final for exchange in asyncio.run(crowd()))


def test_whoever_finds_no_place_hears_so_and_places_come_free(tmp_path: Path) -> None:
    async def crowd() -> None:
        desk = Desk(Scripted(tmp_path, steps=10**9))
        desk.answering = MOST_ANSWERS - 2
        inside = [desk.ask(str(number), "When?", (), ALL) for number in range(2)]
        for answers in inside:
            await anext(answers)
            await anext(answers)
        turned_away = [exchange async for exchange in desk.ask("late", "When?", (), ALL)]
        assert turned_away[-1].trouble == f"{BUSY} Ask again in a moment."
        for answers in inside:
            await answers.aclose()
        async with asyncio.timeout(10):
            while desk.answering > MOST_ANSWERS - 2:
                await asyncio.sleep(0.01)

    asyncio.run(crowd())


def test_uploads_are_kept_reported_and_removed(tmp_path: Path) -> None:
    bot = Scripted(tmp_path / "data")
    files = [tmp_path / "incoming" / name for name in ("b.txt", "c.bad")]
    files[0].parent.mkdir()
    for file in files:
        file.write_text("words")
    kept = tmp_path / "data" / "uploads" / "b.txt"

    async def work() -> list[tuple[FileResult, ...] | IngestReport]:
        desk = Desk(bot)
        steps = [step async for step in desk.upload(files)]
        assert list(kept.parent.iterdir()) == [kept]
        assert await desk.remove("b.txt") == []
        await desk.remove("never there")
        assert bot.names == ["a.md"]
        return steps

    assert asyncio.run(work())[-1] == IngestReport((FileResult("b.txt", "new"), FileResult("c.bad", "failed")))
    assert not kept.exists()
    assert bot.names == ["a.md"]


def test_an_upload_tells_of_its_namesake_in_another_folder(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "plan.txt").write_text("The party is on 27 June.")

    async def work(bot: Chatbot) -> list[FileResult]:
        found: list[FileResult] = []
        desk = Desk(bot)
        for day in ("4 July", "5 July"):
            (tmp_path / "plan.txt").write_text(f"The party is on {day}.")
            *_, report = [step async for step in desk.upload([tmp_path / "plan.txt"])]
            assert isinstance(report, IngestReport)
            found += report.files
        return found

    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data") as bot:
        bot.ingest(docs)
        first, second = asyncio.run(work(bot))
    assert (first.status, first.reason) == ("new", "stands beside the plan.txt of docs, and both are asked")
    assert (second.status, second.reason) == ("changed", "")


def test_uploads_do_not_overlap_where_a_visitor_leaves(tmp_path: Path) -> None:
    go_on, kept = threading.Event(), tmp_path / "data" / "uploads" / "b.txt"
    read: list[str] = []

    class Slow(Scripted):
        def ingest(self, *paths: Path, progress: Callable[[IngestProgress], None]) -> IngestReport:
            read.append(kept.read_text())
            progress(IngestProgress(0, 1, "b.txt", "read"))
            assert go_on.wait(5)
            return IngestReport((FileResult("b.txt", "failed" if kept.read_text() == "bad" else "changed"),))

    def file(words: str) -> Path:
        path = tmp_path / words / "b.txt"
        path.parent.mkdir(parents=True)
        path.write_text(words)
        return path

    async def work() -> None:
        desk = Desk(Slow(tmp_path / "data"))
        kept.parent.mkdir(parents=True)
        kept.write_text("old")
        left = desk.upload([file("good")])
        await anext(left)
        await left.aclose()

        async def upload() -> IngestReport:
            report = [step async for step in desk.upload([file("bad")])][-1]
            assert isinstance(report, IngestReport)
            return report

        second, removal = asyncio.ensure_future(upload()), asyncio.ensure_future(desk.remove("a.md"))
        await asyncio.sleep(0.3)
        assert read == ["good"] and kept.read_text() == "good" and not removal.done()
        go_on.set()
        assert (await second).failures and not await removal

    asyncio.run(work())
    assert read == ["good", "bad"] and kept.read_text() == "good", "the last good one is back"
    assert not list((tmp_path / "data").glob("replaced*"))


def test_of_files_of_one_name_only_the_one_that_was_meant_is_dismissed(tmp_path: Path) -> None:
    bot = Scripted(tmp_path)
    bot.failed = [
        ("c.bad", "/house/c.bad"),
        ("c.bad", "/data/uploads/c.bad"),
        ("kitchen/d.bad", "/house/kitchen/d.bad"),
    ]

    async def work() -> None:
        desk = Desk(bot)
        await desk.dismiss("c.bad", "house")
        await desk.dismiss("kitchen/d.bad", "house")
        with pytest.raises(NotFoundError, match=r"No file called a\.md has failed"):
            await desk.dismiss("a.md", "uploads")

    asyncio.run(work())
    assert bot.failed == [("c.bad", "/data/uploads/c.bad")] and "a.md" in bot.names


def test_a_full_disk_is_reported_for_every_file(tmp_path: Path) -> None:
    class Full(Scripted):
        def ingest(self, *paths: Path, progress: Callable[[IngestProgress], None]) -> IngestReport:
            raise StorageError("The disk is full.", "Free some space.")

    file = tmp_path / "b.txt"
    file.write_text("words")

    async def work() -> list[tuple[FileResult, ...] | IngestReport]:
        return [step async for step in Desk(Full(tmp_path / "data")).upload([file])]

    reason = "The disk is full. Free some space."
    assert asyncio.run(work())[-1] == IngestReport((FileResult("b.txt", "failed", reason),))
    assert not list((tmp_path / "data" / "uploads").iterdir())


def test_removing_leaves_files_that_were_not_uploaded(tmp_path: Path) -> None:
    bot = Scripted(tmp_path / "elsewhere")
    own = tmp_path / "elsewhere" / "uploads" / "b.txt"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    bot.settings, folder = Settings(data_dir=tmp_path / "data"), bot.settings.data_dir
    bot.documents = lambda: [
        DocumentInfo("b.txt", ("b.txt",), "", "text", (str(folder / "uploads/b.txt"),), 1, 0, 9, "")
    ]
    assert asyncio.run(Desk(bot).remove("b.txt")) == [own]
    assert own.read_text() == "mine"


def test_a_question_put_on_its_own_feet_by_a_person_needs_no_history(tmp_path: Path) -> None:
    bot = Scripted(tmp_path)
    finished = Exchange(Answer("Who?", "Who is there?", abstained="Nobody.", final=True))
    last = ask(bot, (finished,), Options(quotes_only=True, passages=3), "When does the library open?")[-1]
    assert bot.asked == [("When does the library open?", [], None)]
    assert bot.how == {"quotes_only": True, "passages": 3}
    assert (last.answer.question, last.answer.standalone) == ("When?", "When does the library open?")


def test_uploads_of_a_kind_that_is_not_read_are_remembered_until_they_are_dismissed(
    tmp_path: Path, hash_bot: Chatbot
) -> None:
    names = ["photo.JPG", "old.doc", "all.zip", "odd.xyz", "good.txt"]
    for name in names:
        (tmp_path / name).write_text("words")
    advice = {
        "photo.JPG": "It is a picture; only text is read.",
        "old.doc": "Files of type .doc are not read; save it as .docx.",
        "all.zip": "It is an archive; unpack it, and add what is in it.",
    }

    async def work() -> None:
        desk = Desk(hash_bot)
        async for _ in desk.upload([tmp_path / name for name in names]):
            pass
        unread = {file.name: file.reason for file in hash_bot.unread()}
        assert set(unread) == set(names[:4]) and unread.items() >= advice.items()
        await desk.dismiss("photo.JPG", "uploads")
        assert "photo.JPG" not in [file.name for file in hash_bot.unread()]

    asyncio.run(work())


def test_an_unknown_collection_is_told(tmp_path: Path) -> None:
    assert "There is no collection" in ask(Scripted(tmp_path), (), Options("gone"))[-1].trouble


def test_every_file_of_an_upload_is_followed(tmp_path: Path) -> None:
    names = ["b.txt", "c.bad", *(f"{number}.txt" for number in range(TOGETHER))]
    files = [tmp_path / "incoming" / name for name in names]
    files[0].parent.mkdir()
    for file in files:
        file.write_text("words")
    files[2].write_text("words" * ALONE)
    told: list[list[str]] = []
    desk = Desk(Scripted(tmp_path / "data"))
    report = desk._take_in(files, lambda results: told.append([file.status for file in results]))
    assert told[0] == ["reading", *["waiting"] * (TOGETHER + 1)], "before any is read"
    assert told[2] == ["indexing", "indexing", "reading", *["waiting"] * (TOGETHER - 1)]
    assert told[TOGETHER + 1] == ["new", "failed", "reading", *["new"] * 6, "indexing"]
    assert [file.name for file in report.files] == [*names[:2], *names[3:], names[2]], "a long file comes last"


def test_documents_of_one_name_are_told_apart_in_an_answer(tmp_path: Path) -> None:
    for folder, fee in (("old", 320), ("new", 345)):
        (tmp_path / folder / "club").mkdir(parents=True)
        (tmp_path / folder / "club" / "fees.txt").write_text(f"The annual fee of an adult is {fee} euros.")
    (tmp_path / "old" / "other.txt").write_text("The annual fee of a child is 90 euros.")
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data", answer_threshold=0.1) as bot:
        bot.ingest(tmp_path / "old" / "club", tmp_path / "new" / "club")
        bot.ingest(tmp_path / "old" / "other.txt")
        desk = Desk(bot)

        def cited(question: str) -> set[str]:
            async def last() -> Exchange:
                return [exchange async for exchange in desk.ask("ann", question, (), ALL)][-1]

            return {citation.source for citation in asyncio.run(last()).answer.citations}

        assert cited("What is the annual fee of an adult?") >= {"old/club/fees.txt", "new/club/fees.txt"}
        assert cited("What is the fee of a child?") >= {"other.txt"}
        bot.forget(str(tmp_path / "new" / "club" / "fees.txt"))
        assert "fees.txt" in cited("What is the annual fee of an adult?")
