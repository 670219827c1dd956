"""What a click, a question or a file does: each handler takes what Gradio sends and returns what its outputs show."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from rag import DocumentInfo, IngestReport, RagError
from ui.clicks import find_kept, is_meant, read_click, wanted
from ui.conversations import Talk, folder_name
from ui.cookie import COOKIE
from ui.desk import Desk
from ui.frame import render_chats, render_scope, render_settings, render_status, render_welcome
from ui.library import render_changes, render_documents, render_report, render_uploads
from ui.options import Options, read_options
from ui.prose import escape, number
from ui.records import collections
from ui.render import render_exchange, render_past
from ui.source import EMPTY, Place, render_source

SKIP = gr.skip()


class Window:
    """The handlers of one window. ``talk`` is the conversation, ``options`` what is asked and how."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.opening: dict[str, object] = {}  # the source that each session waits for
        self.uploads: Counter[str] = Counter()  # of each session, waiting or under way
        self.reports: dict[str, str] = {}  # of a session's uploads that ended while others waited

    async def begin(self, event: gr.EventData, visitor: gr.Request) -> tuple[Any, ...]:
        """Show a page that was just opened: talk, live, chats, and what ``refresh`` shows.

        The page sends what it remembers: the conversation that was open and the settings.
        """
        sent = read_click(event)
        try:
            talk = await self.desk.run(self.desk.shelf.load, _folder(visitor), str(sent.get("talk", "")))
        except RagError:  # a new tab, or the conversation was deleted in another
            talk = Talk.new()
        options, _ = await self._read(sent, Options())
        *index, past = await self.refresh(talk, options, "")
        live = ""
        if talk.exchanges:
            past, live = await self._draw(talk)
        return talk, live, await self.list_chats(talk, "", visitor), *index, past

    async def refresh(self, talk: Talk, options: Options, words: str) -> tuple[Any, ...]:
        """Show what is in the index now: status, documents, options, scope, settings, past (the welcome, if empty)."""
        status = await self.desk.run(self.desk.bot.status)
        options, known = await self._read({}, options)
        return (
            render_status(status, options),
            await self.list_documents(options, words),
            options,
            render_scope(options, known),
            render_settings(status, self.desk.bot.settings, collections(known), options),
            SKIP if talk.exchanges else (await self._draw(talk))[0],
        )

    async def ask(
        self, question: str, talk: Talk, options: Options, words: str, event: gr.EventData, visitor: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Answer what was typed, an example, or a question again or edited: past, live, talk, box, chats, source."""
        sent = read_click(event)
        turn, question, standalone = wanted(sent, question, talk)
        if not question.strip():
            yield (SKIP,) * 6
            return
        session = str(visitor.session_hash)
        cut_short = self.desk.overtake(session)  # Gradio may not have heard of it yet
        before = (cut_short or talk.settled) if turn is None else talk.settled[:turn]
        past, box = render_past(before), SKIP if sent else ""
        async with aclosing(self.desk.ask(session, question, before, options, standalone)) as exchanges:
            async for exchange in exchanges:
                if cut_short:  # which has no last word of its own to be saved with
                    talk, cut_short = await self._save(talk.holding(*before), visitor), ()
                talk, chats, source = talk.holding(*before, exchange), SKIP, SKIP
                if not exchange.live:
                    talk = await self._save(talk, visitor)
                    chats = await self.list_chats(talk, words, visitor)
                    source = SKIP if exchange.answer.citations else EMPTY
                yield past, _last(talk), talk, box, chats, source
                past = box = SKIP
        if talk.exchanges[-1].live:  # overtaken by another question: what is shown is that one's now
            yield (SKIP,) * 6

    async def stop(self, visitor: gr.Request) -> None:
        """End the answer that is being made; it settles itself."""
        await self.desk.stop(str(visitor.session_hash))

    async def clear(self, words: str, visitor: gr.Request) -> tuple[Any, ...]:
        """Begin anew: past, live, talk, chats, source."""
        await self.stop(visitor)
        talk = Talk.new()
        return *await self._draw(talk), talk, await self.list_chats(talk, words, visitor), EMPTY

    async def undo(self, talk: Talk, words: str, visitor: gr.Request) -> tuple[Any, ...]:
        """Take the last question and its answer back, into the box: past, live, talk, chats, source, box."""
        await self.stop(visitor)
        if not talk.settled:
            return (SKIP,) * 6
        *left, last = talk.settled
        if left:
            talk = await self._save(talk.holding(*left), visitor)
        else:
            await self._discard(talk.id, visitor)
            talk = Talk.new()
        chats = await self.list_chats(talk, words, visitor)
        return *await self._draw(talk), talk, chats, EMPTY, last.answer.question

    async def open(self, talk: Talk, event: gr.EventData, visitor: gr.Request) -> Any:
        """Show a source, unless another was asked for meanwhile: source."""
        session, mine = str(visitor.session_hash), object()
        self.opening[session] = mine
        place = Place.read(read_click(event))
        if place.turn is not None and place.turn < len(talk.exchanges):
            place = replace(place, wrong=place.number in talk.exchanges[place.turn].wrong)
        place = replace(place, kept=find_kept(talk, place.document_id, place.start, place.end))
        shown = await self.desk.run(render_source, self.desk.bot, place)
        if self.opening.get(session) is not mine:
            return SKIP
        del self.opening[session]
        return shown

    async def judge(self, talk: Talk, event: gr.EventData, visitor: gr.Request) -> Talk:
        """Keep what a person thinks of an answer, or of one of its sources: talk."""
        sent = read_click(event)
        turn, cited = number(sent.get("turn")), number(sent.get("number"))
        if turn is None or turn >= len(talk.settled):
            return talk
        before, exchange, after = talk.settled[:turn], talk.settled[turn], talk.settled[turn + 1 :]
        if cited is None:
            thumb = str(sent.get("thumb", ""))
            exchange = replace(exchange, thumb=thumb if thumb in ("good", "bad") and thumb != exchange.thumb else "")
        elif not any(is_meant(citation, cited, sent) for citation in exchange.answer.citations):
            return talk  # the source that is shown is of another answer
        else:
            wrong = {*exchange.wrong} ^ {cited}
            exchange = replace(exchange, wrong=tuple(sorted(wrong)))
        with _warning():
            await self.desk.run(self.desk.feedback.append, exchange, before)
        return await self._save(talk.holding(*before, exchange, *after), visitor)

    async def set(self, options: Options, words: str, event: gr.EventData) -> tuple[Any, ...]:
        """Remember what is asked and how: options, status, scope, documents."""
        sent = read_click(event)
        order = number(sent.get("order")) or 0
        if order < options.order:  # a later change overtook it
            return (SKIP,) * 4
        options, known = await self._read(sent, replace(options, order=order))
        status = await self.desk.run(self.desk.bot.status)
        ticked = set(sent) <= {"ticks", "order"}  # then the boxes of the list are as they should be
        return (
            options,
            render_status(status, options),
            render_scope(options, known),
            SKIP if ticked else await self.list_documents(options, words),
        )

    async def upload(self, files: list[str] | None, visitor: gr.Request) -> AsyncIterator[tuple[Any, Any]]:
        """Take in uploaded files, after those before: report, upload box, which takes the next ones meanwhile."""
        yield SKIP, None
        session = str(visitor.session_hash)
        self.uploads[session] += 1
        try:
            async for step in self.desk.upload([Path(file) for file in files or []]):
                shown = render_report(step) if isinstance(step, IngestReport) else render_uploads(step)
                yield shown + self.reports.get(session, ""), SKIP
            self.reports[session] = shown + self.reports.get(session, "")
        finally:
            self.uploads[session] -= 1
            if not self.uploads[session]:
                del self.uploads[session]
                self.reports.pop(session, None)

    async def remove(self, event: gr.EventData) -> None:
        """Remove one document, or a file that failed from the list."""
        sent = read_click(event)
        with _warning():
            if "name" in sent:
                await self.desk.dismiss(str(sent["name"]), str(sent.get("folder", "")))
            else:
                for file in await self.desk.remove(str(sent.get("document", ""))):
                    folder, name = escape(file.parent.name), escape(file.name)
                    gr.Info(f"{name} stays in the folder {folder}, and comes back when that is read again.")

    async def recall(self, talk: Talk, words: str, event: gr.EventData, visitor: gr.Request) -> tuple[Any, ...]:
        """Open an earlier conversation: past, live, talk, chats, source."""
        await self.stop(visitor)
        with _warning():
            talk = await self.desk.run(self.desk.shelf.load, _folder(visitor), str(read_click(event).get("talk", "")))
        return *await self._draw(talk), talk, await self.list_chats(talk, words, visitor), EMPTY

    async def rename(self, talk: Talk, words: str, event: gr.EventData, visitor: gr.Request) -> tuple[Talk, str]:
        """Give a conversation another title: talk, chats."""
        key, title = str(read_click(event).get("talk", "")), str(read_click(event).get("title", ""))
        with _warning():
            renamed = await self.desk.run(self.desk.shelf.rename, _folder(visitor), key, title)
            talk = replace(talk, title=renamed.title) if renamed.id == talk.id else talk
        return talk, await self.list_chats(talk, words, visitor)

    async def discard(self, talk: Talk, words: str, event: gr.EventData, visitor: gr.Request) -> tuple[Any, ...]:
        """Delete a conversation: past, live, talk, chats, source."""
        key = str(read_click(event).get("talk", ""))
        if key == talk.id:
            await self.stop(visitor)  # an answer in the making would be saved once more
        await self._discard(key, visitor)
        if key == talk.id:
            return await self.clear(words, visitor)
        return SKIP, SKIP, talk, await self.list_chats(talk, words, visitor), SKIP

    async def seek_chats(self, talk: Talk, event: gr.EventData, visitor: gr.Request) -> tuple[str, str]:
        """Show the conversations that hold the words: words, chats."""
        words = str(read_click(event).get("words", ""))
        return words, await self.list_chats(talk, words, visitor)

    async def seek_documents(self, options: Options, event: gr.EventData) -> tuple[str, str]:
        """Show the documents whose names hold the words: words, documents."""
        words = str(read_click(event).get("words", ""))
        return words, await self.list_documents(options, words)

    async def list_chats(self, talk: Talk, words: str, visitor: gr.Request) -> str:
        """Return the list of conversations."""
        folder = _folder(visitor)
        talks = await self.desk.run(self.desk.shelf.list, folder, words)
        return render_chats(talks, talk.id, words, saved=bool(folder))

    async def list_documents(self, options: Options, words: str) -> str:
        """Return the list of documents, below what changed last in watched folders."""
        unread = await self.desk.run(self.desk.bot.unread)
        known = await self.desk.run(self.desk.bot.documents)
        listed = render_documents(known, unread, options.ticks, options.collection, words)
        return render_changes(self.desk.watcher.changes) + listed

    async def _read(self, sent: Mapping[str, Any], options: Options) -> tuple[Options, list[DocumentInfo]]:
        """Return the options with what was sent, and the documents that there are."""
        known = await self.desk.run(self.desk.bot.documents)
        return read_options(sent, options, known, self.desk.bot.settings.passages), known

    async def _draw(self, talk: Talk) -> tuple[str, str]:
        """Return a conversation as past and live; an empty one is a welcome."""
        if not talk.exchanges:
            status = await self.desk.run(self.desk.bot.status)
            return render_welcome(status, await self.desk.run(self.desk.examples)), ""
        return render_past(talk.exchanges[:-1]), _last(talk)

    async def _save(self, talk: Talk, visitor: gr.Request) -> Talk:
        with _warning():  # the answer is worth more than its record
            saved = await self.desk.run(self.desk.shelf.save, _folder(visitor), talk)
            if saved.id != talk.id:
                gr.Info("Another window went on with this chat. This one is kept beside it.")
            return saved
        return talk

    async def _discard(self, key: str, visitor: gr.Request) -> None:
        with _warning():
            if folder := _folder(visitor):  # else nothing was kept
                await self.desk.run(self.desk.shelf.delete, folder, key)


def _last(talk: Talk) -> str:
    return render_exchange(talk.exchanges[-1], len(talk.exchanges) - 1, last=True, talk=talk.id)


def _folder(visitor: gr.Request) -> str:
    """Return the folder name of the browser that a request comes from."""
    return folder_name(str(dict(visitor.cookies).get(COOKIE, "")))


@contextmanager
def _warning() -> Iterator[None]:
    """Show what goes wrong, and go on."""
    try:
        yield
    except RagError as error:
        gr.Warning(escape(str(error)))
