"""What the window does with a bot, without any drawing: answers, source pages, uploads, each in threads of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path, PurePath
from typing import Any, TypeVar

from rag import Answer, Chatbot, FileResult, IngestProgress, IngestReport, NotFoundError, RagError, Turn
from ui.library import drop_failed, keep_uploads
from ui.render import STOPPED, Exchange
from ui.serve import BUSY
from ui.watch import Watcher

THREADS = 200  # answers, uploads and source pages in work at once; with 40, 50 people wait for each other
MOST_ANSWERS = 64  # in the making at once; whoever comes then hears so at once, rather than waiting for all of them
CROWD = 8  # from so many answers on, steps that are overtaken are not shown: each costs the window 10 ms
BROKEN = "Something went wrong here; the terminal says what. Please ask again."
REMEMBERED = 20  # exchanges handed to the next question; the LLM's own budget is tighter

Result = TypeVar("Result")
Conversation = tuple[Exchange, ...]
Chosen = tuple[str, ...]


class BusyError(RagError):
    """All places are taken by others' questions."""


class Asked:
    """An answer in the making: set ``stop`` to end it; ``ended`` is set when nothing more will come."""

    def __init__(self) -> None:
        self.stop, self.ended = asyncio.Event(), asyncio.Event()


class Desk:
    """What the window does with a bot. A visitor's conversation is not held here but by Gradio."""

    def __init__(self, bot: Chatbot, watch: Sequence[Path] = ()) -> None:
        self.bot = bot
        self.watcher = Watcher(bot, watch)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="window")
        self.one_change = asyncio.Lock()
        self.asked: dict[str, Asked] = {}
        self.answering = 0
        self.uploads = bot.settings.data_dir.expanduser().absolute() / "uploads"

    def close(self) -> None:
        """Let no new work begin and close the bot."""
        self.watcher.stop()
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.bot.close()

    async def run(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call a blocking function in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, partial(function, *arguments))

    async def stream(
        self, question: str, past: Conversation, chosen: Chosen, stop: asyncio.Event
    ) -> AsyncGenerator[Answer, None]:
        """Yield the bot's snapshots, made in a thread of their own, until ``stop`` is set.

        Raises:
            BusyError: as many answers as there are places are being made.
        """
        if self.answering >= MOST_ANSWERS:
            raise BusyError(BUSY, "Ask again in a moment.")
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[Answer | None] = asyncio.Queue()
        ended = threading.Event()
        turns = [Turn(e.answer.question, e.answer.text, e.answer.standalone) for e in past if e.answer.final]

        def pump() -> None:
            for snapshot in self.bot.stream(question, turns[-REMEMBERED:], chosen or None, stop=ended):
                if ended.is_set():
                    return
                loop.call_soon_threadsafe(arrived.put_nowait, snapshot)

        self.answering += 1
        work = loop.run_in_executor(self.threads, pump)
        work.add_done_callback(self._leave)
        stopping = asyncio.ensure_future(stop.wait())
        for end in (work, stopping):
            end.add_done_callback(partial(_end, arrived))
        try:
            while not stop.is_set() and (snapshot := await arrived.get()) is not None:
                if arrived.empty() or self.answering < CROWD:  # else a newer one is there; it holds all before it
                    yield snapshot
            if not stop.is_set():
                await work
        finally:
            ended.set()
            stopping.cancel()

    def _leave(self, work: asyncio.Future[Any]) -> None:
        self.answering -= 1

    async def ask(
        self, session: str, question: str, past: Conversation, chosen: Chosen
    ) -> AsyncGenerator[Exchange, None]:
        """Yield an exchange as it grows; the last is settled, whatever happened. It ends the session's one before."""
        await self.stop(session)
        asked = self.asked[session] = Asked()
        exchange = Exchange(Answer(question, question))
        try:
            yield exchange
            async with aclosing(self.stream(question, past, chosen, asked.stop)) as answers:
                async for answer in answers:
                    exchange = Exchange(answer)
                    yield exchange
            if exchange.live:
                yield Exchange(exchange.answer, trouble=STOPPED)
        except RagError as error:
            yield Exchange(exchange.answer, trouble=str(error))
        except Exception:  # one answer's failure: written to the terminal, told in the window, and nobody else's
            logging.getLogger(__name__).exception("An answer broke off.")
            yield Exchange(exchange.answer, trouble=BROKEN)
        finally:
            asked.ended.set()
            if self.asked.get(session) is asked:
                del self.asked[session]

    async def stop(self, session: str) -> None:
        """End the answer that a session is getting, if any, and wait until it has shown its last word."""
        if asked := self.asked.get(session):
            asked.stop.set()
            with suppress(TimeoutError):  # a visitor who left in the middle never takes the last word
                async with asyncio.timeout(2):
                    await asked.ended.wait()

    def leave(self, session: str) -> None:
        """End the answer of a session that nobody hears any more."""
        if asked := self.asked.get(session):
            asked.stop.set()

    async def upload(self, files: Sequence[Path]) -> AsyncIterator[IngestProgress | IngestReport]:
        """Keep uploaded files and ingest them; yield how far that is, five times a second at most, then its report."""
        seen: list[IngestProgress] = []
        async with self.one_change:
            work = asyncio.create_task(self.run(self._take_in, files, seen.append))
            while not work.done():
                if seen:
                    yield seen[-1]
                await asyncio.wait({work}, timeout=0.2)
            yield await work

    def _take_in(self, files: Sequence[Path], progress: Callable[[IngestProgress], None]) -> IngestReport:
        aside = self.uploads.with_name("replaced")
        kept = keep_uploads(files, self.uploads, aside)
        try:
            report = self.bot.ingest(*kept, progress=progress)
        except RagError as error:  # the disk is full, for one
            report = IngestReport(tuple(FileResult(path.name, "failed", str(error)) for path in kept))
        for path in drop_failed(report, self.uploads, aside):
            with suppress(NotFoundError):  # the report has told of it; a file that was skipped is not known at all
                self.bot.forget(str(path))
        return report

    async def remove(self, document_id: str) -> None:
        """Take a document out of the index under all its names, and away from the disk where it was uploaded."""
        async with self.one_change:
            documents = await self.run(self.bot.documents)
            for path in (Path(path) for document in documents if document.id == document_id for path in document.paths):
                await self.run(self.bot.forget, str(path))
                if path.parent.resolve() == self.uploads.resolve():
                    path.unlink(missing_ok=True)

    def examples(self) -> list[str]:
        """Return up to four questions that the documents' own headings suggest."""
        found = []
        for info in self.bot.documents()[:12]:
            document = self.bot.document(info.id)
            spans = [
                (block.start, block.end) for block in document.blocks if block.kind == "heading" and block.level > 1
            ]
            headings = [" ".join(document.text[start:end].split()) for start, end in spans if end - start < 60]
            topics = [heading for heading in headings if heading[-1:].isalnum() and len(heading.split()) < 6]
            if topics:  # one from the middle: the first ones tend to be "Contents" and "Introduction"
                name = document.title if 0 < len(document.title) < 40 else PurePath(info.name).stem.replace("_", " ")
                found.append(f"What does {name} say about {topics[len(topics) // 2]}?")
        return found[:4]


def _end(arrived: asyncio.Queue[Answer | None], work: asyncio.Future[Any]) -> None:
    if not work.cancelled():
        work.exception()  # marks it as seen: after a stop nobody waits for it
    arrived.put_nowait(None)
