"""What the window does with a bot, without any drawing: answers, source pages, uploads, each in threads of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from rag import (
    Answer,
    Chatbot,
    FileResult,
    IngestProgress,
    IngestReport,
    NotFoundError,
    RagError,
    Turn,
    content_words,
    is_small_talk,
)
from ui.conversations import STOPPED, Exchange, Shelf
from ui.examples import suggest_all
from ui.feedback import Feedback
from ui.files import batches, drop_failed, is_meant, keep_uploads, tell_apart, tell_beside
from ui.options import Chosen, Options, find_asked
from ui.prose import visible
from ui.serve import BUSY, UPLOADS
from ui.watch import Watcher

THREADS = 200  # answers, uploads and source pages in work at once; with 40, 50 people wait for each other
MOST_ANSWERS = 64  # in the making at once; whoever comes then hears so at once, rather than waiting for all of them
CROWD = 8  # from so many answers on, steps without words or overtaken are not shown: each costs the window 5 ms
BROKEN = "Something went wrong here; the terminal says what. Please ask again."
REMEMBERED = 20  # exchanges handed to the next question; the LLM's own budget is tighter

Result = TypeVar("Result")
Conversation = tuple[Exchange, ...]


class BusyError(RagError):
    """All places are taken by others' questions."""


class Asked:
    """An answer in the making: set ``stop`` to end it; ``ended`` is set when nothing more will come.

    ``conversation`` is what there is so far. One that is ``overtaken`` by the next question has no last word.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.stop, self.ended, self.overtaken = asyncio.Event(), asyncio.Event(), False
        self.conversation = conversation

    async def end(self) -> None:
        """End it and wait until it has shown its last word."""
        self.stop.set()
        with suppress(TimeoutError):  # a visitor who left in the middle never takes the last word
            async with asyncio.timeout(2):
                await self.ended.wait()


class Desk:
    """What the window does with a bot. A visitor's conversation is not held here but by Gradio."""

    def __init__(self, bot: Chatbot, watch: Sequence[Path] = ()) -> None:
        self.bot = bot
        self.watcher = Watcher(bot, watch)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="window")
        together = threading.Barrier(MOST_ANSWERS)
        with suppress(RuntimeError):  # there may be no more threads
            for _ in range(MOST_ANSWERS):  # while others compute, each takes milliseconds to begin
                self.threads.submit(together.wait, 5)
        # What changes the documents, one after another; it goes on where whoever asked for it has left.
        self.changes = ThreadPoolExecutor(1, thread_name_prefix="changes")
        self.asked: dict[str, Asked] = {}
        self.answering = 0
        self._examples: tuple[Chosen, list[str]] = (), []
        folder = bot.settings.data_dir.expanduser().absolute()
        self.uploads = folder / UPLOADS
        self.shelf, self.feedback = Shelf(folder / "conversations"), Feedback(folder)

    def close(self) -> None:
        """Let no new work begin and close the bot."""
        self.bot.close()  # gives up what is being read, which the watcher waits for
        self.watcher.stop()
        for threads in (self.threads, self.changes):
            threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call a blocking function in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, partial(function, *arguments))

    async def _change(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call a function that changes the documents when those before it are done."""
        return await asyncio.get_running_loop().run_in_executor(self.changes, partial(function, *arguments))

    async def stream(
        self, question: str, past: Conversation, chosen: Chosen, stop: asyncio.Event, **how: Any
    ) -> AsyncGenerator[Answer, None]:
        """Yield the bot's snapshots, made in a thread of their own, until ``stop`` is set; ``how`` goes to the bot.

        Raises:
            BusyError: as many answers as there are places are being made.
        """
        if self.answering >= MOST_ANSWERS:
            raise BusyError(BUSY, "Ask again in a moment.")
        ended, loop = threading.Event(), asyncio.get_running_loop()
        arrived: asyncio.Queue[Answer | None] = asyncio.Queue()
        done = [exchange.answer for exchange in past if exchange.answer.final]
        turns = [Turn(one.question, one.text, one.standalone, bool(one.abstained)) for one in done]

        def pump() -> None:
            for snapshot in self.bot.stream(question, turns[-REMEMBERED:], chosen or None, stop=ended, **how):
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
                news = arrived.empty() and snapshot.stage in ("answering", "done")
                if news or snapshot.final or self.answering < CROWD:
                    yield snapshot
            if not stop.is_set():
                await work
        finally:
            ended.set()
            stopping.cancel()

    def _leave(self, work: asyncio.Future[Any]) -> None:
        self.answering -= 1

    async def ask(
        self, session: str, question: str, past: Conversation, options: Options, standalone: str = ""
    ) -> AsyncGenerator[Exchange, None]:
        """Yield an exchange as it grows; the last is settled, whatever happened. It ends the session's one before.

        Only where another question overtakes it there is no settled one.
        ``standalone`` is the question as a person put it on its own feet; then the conversation is not needed.
        """
        before, exchange = self.asked.get(session), Exchange(Answer(question, standalone or question))
        asked = self.asked[session] = Asked((*past, exchange))  # at once: the next question has to find it
        try:
            if before:
                before.overtaken = True
                await before.end()
            yield exchange
            if asked.overtaken:
                return
            chosen = await self.run(find_asked, self.bot, options)
            wanted, history = (standalone, ()) if standalone else (question, past)
            async with aclosing(self.stream(wanted, history, chosen, asked.stop, **options.how)) as answers:
                async for answer in answers:
                    if asked.overtaken:  # the next question has kept what there was
                        break
                    answer = replace(answer, question=question) if standalone else answer
                    exchange = await self.run(self._tell, answer, options) if answer.final else Exchange(answer)
                    asked.conversation = (*past, exchange)
                    yield exchange
            if exchange.live and not asked.overtaken:
                yield Exchange(exchange.answer, trouble=STOPPED)
        except Exception as error:  # one answer's failure: told in the window, and nobody else's
            if not (known := isinstance(error, RagError)):
                logging.getLogger(__name__).exception("An answer broke off.")
            if not asked.overtaken:
                yield Exchange(exchange.answer, trouble=str(error) if known else BROKEN)
        finally:
            asked.ended.set()
            if self.asked.get(session) is asked:
                del self.asked[session]

    async def stop(self, session: str) -> None:
        """End the answer that a session is getting, if any, and wait until it has shown its last word."""
        if asked := self.asked.get(session):
            await asked.end()

    def overtake(self, session: str) -> Conversation:
        """End the answer that a session is getting without a last word; return the conversation, () if it gets none."""
        if not (asked := self.asked.get(session)):
            return ()
        asked.overtaken = True
        asked.stop.set()
        *past, last = asked.conversation
        return (*past, replace(last, trouble=STOPPED) if last.live else last)

    def leave(self, session: str) -> None:
        """End the answer of a session that nobody hears any more."""
        if session in self.asked:
            self.asked[session].stop.set()

    async def upload(self, files: Sequence[Path]) -> AsyncIterator[tuple[FileResult, ...] | IngestReport]:
        """Keep uploaded files and ingest them; yield what has become of each so far, at last the whole report."""
        seen: list[tuple[FileResult, ...]] = []
        work = asyncio.create_task(self._change(self._take_in, files, seen.append))
        shown = 0
        while not work.done():
            if len(seen) > shown:
                shown = len(seen)
                yield seen[-1]
            await asyncio.wait({work}, timeout=0.2)
        yield await work

    def _take_in(self, files: Sequence[Path], tell: Callable[[tuple[FileResult, ...]], None]) -> IngestReport:
        aside = self.uploads.with_name(f"replaced-{uuid4().hex}")
        kept = list(dict.fromkeys(keep_uploads(files, self.uploads, aside)))
        broken: list[Path] = []
        report, state = IngestReport(), {path.name: FileResult(path.name, "waiting") for path in kept}

        def step(now: IngestProgress | None) -> None:
            if now and now.name in state:
                done = f"{now.share:.0%} done" if now.share else ""
                state[now.name] = FileResult(
                    now.name, "indexing" if now.step in ("read", "embedding") else now.step, done
                )
            following = next((name for name, file in state.items() if file.status == "waiting"), None)
            if following and not any(file.status == "reading" for file in state.values()):
                state[following] = FileResult(following, "reading")
            tell(tuple(state.values()))

        step(None)  # or nothing would be seen until the first is read
        for batch in batches(kept):
            try:
                one = self.bot.ingest(*batch, progress=step)
            except RagError as error:  # the disk is full, for one
                one = IngestReport(tuple(FileResult(path.name, "failed", str(error)) for path in batch))
                broken += batch
            state |= {file.name: file for file in one.files}
            report += one
        drop_failed(report, self.uploads, aside)
        for file in (file for file in report.files if file.status == "skipped"):
            with suppress(RagError):  # it is told of in the report all the same
                self.bot.skip(self.uploads / file.name, file.reason)
        for path in broken:  # some may have been stored before the rest failed
            with suppress(RagError):
                if not path.exists():
                    self.bot.forget(str(path))
        return tell_beside(report, self.bot.documents(), self.uploads)

    def examples(self) -> list[str]:
        """Return questions to start with; they are made anew only when the documents change."""
        documents = tuple(info.id for info in self.bot.documents())
        if documents != self._examples[0]:
            self._examples = documents, suggest_all(self.bot)
        return self._examples[1]

    def _tell(self, answer: Answer, options: Options) -> Exchange:
        """Return a finished answer with the files that were not read among what was asked, as far as they matter."""
        asked, refused = set(content_words(answer.standalone)), bool(answer.abstained)
        answer = tell_apart(answer, self.bot.documents)
        exchange = Exchange(answer, within=options.within if refused else "")
        if options.ticks or not asked or is_small_talk(answer.question):
            return exchange
        within = f"{options.collection}/" if options.collection else ""
        unread = [file for file in self.bot.unread() if file.name.startswith(within)]
        named = tuple(file for file in unread if is_meant(file.name, answer.standalone, asked))
        return replace(exchange, failed=named, unread=len(unread) - len(named) if refused else 0)

    async def remove(self, document_id: str) -> list[Path]:
        """Take a document out of the index, and its uploads off the disk; return the files that stay."""

        def remove() -> list[Path]:
            documents = self.bot.documents()
            paths = [Path(path) for document in documents if document.id == document_id for path in document.paths]
            for path in paths:
                self.bot.forget(str(path))
                if path.parent.resolve() == self.uploads.resolve():
                    path.unlink(missing_ok=True)
            return [path for path in paths if path.exists()]

        return await self._change(remove)

    async def dismiss(self, name: str, folder: str) -> None:
        """Forget that a file failed; never a good one, or one in another folder, that is called the same."""

        def dismiss() -> None:
            meant = [f.path for f in self.bot.unread() if (visible(f.name), visible(f.folder)) == (name, folder)]
            if not meant:
                raise NotFoundError(f"No file called {name} has failed in {folder}.", "Reload the page.")
            self.bot.forget(meant[0])

        await self._change(dismiss)


def _end(arrived: asyncio.Queue[Answer | None], work: asyncio.Future[Any]) -> None:
    if not work.cancelled():
        work.exception()  # marks it as seen: after a stop nobody waits for it
    arrived.put_nowait(None)
