"""What a page sends is taken for what it is: unknown ids, numbers out of range and stale choices change nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from rag import Chatbot
from ui.conversations import Talk, folder_name
from ui.desk import Desk
from ui.handlers import SKIP, Window
from ui.options import Options, tick
from ui.source import EMPTY

ANN, BOB = (SimpleNamespace(cookies={"visitor": letter * 43}, session_hash=letter) for letter in "ab")
QUESTION = "When does the kitchen open?"


@pytest.fixture
def window(tmp_path: Path, hash_bot: Chatbot) -> Iterator[Window]:
    """A window over two documents, one of them in a collection."""
    folder = tmp_path / "papers"
    (folder / "house").mkdir(parents=True)
    (folder / "house" / "kitchen.txt").write_text("The kitchen opens at seven.")
    (folder / "garden.txt").write_text("The garden opens at nine.")
    hash_bot.ingest(folder)
    desk = Desk(hash_bot)
    yield Window(desk)
    desk.threads.shutdown()


def sent(**data: object) -> Any:
    return gr.EventData(None, data or None)


async def ask(window: Window, typed: str, talk: Talk, options: Options, **data: object) -> Talk:
    steps = [step async for step in window.ask(typed, talk, options, "", sent(**data), ANN)]
    assert steps[-1][2].exchanges[-1].answer.final
    last: Talk = steps[-1][2]
    return last


def test_a_page_that_is_opened_again_shows_its_conversation_to_its_own_browser_only(window: Window) -> None:
    async def visit() -> None:
        talk = await ask(window, QUESTION, Talk(), Options())
        again, live, *_ = await window.begin(sent(talk=talk.id), ANN)
        assert again == talk and "opens at seven" in live
        stranger, live, chats, *_ = await window.begin(sent(talk=talk.id), BOB)
        assert not stranger.exchanges and stranger.id != talk.id and live == "" and "No chats yet" in chats
        nameless, _, chats, *_ = await window.begin(sent(talk=talk.id), SimpleNamespace(cookies={}, session_hash="c"))
        assert not nameless.exchanges and "keeps no cookies" in chats

    asyncio.run(visit())


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ({"mode": "quotes", "passages": "3"}, Options("house", (), True, 3)),
        ({"mode": "written", "passages": "999"}, Options("house", (), False, 50)),
        ({"passages": "-1"}, Options("house")),
        ({"passages": "6"}, Options("house")),
        ({"collection": "nowhere"}, Options()),
        ({"ticks": ["gone"]}, Options("house", ("gone",))),
        ({"ticks": None, "collection": None}, Options()),
    ],
)
def test_settings_are_taken_only_as_far_as_they_make_sense(
    window: Window, data: dict[str, object], options: Options
) -> None:
    changed, *_ = asyncio.run(window.set(Options("house"), "", sent(**data)))
    assert changed == options


def test_ticked_documents_stay_the_only_ones_that_are_asked(window: Window, tmp_path: Path) -> None:
    async def narrow() -> None:
        bot, kitchen = window.desk.bot, tmp_path / "papers" / "house" / "kitchen.txt"
        (ticked,) = (tick(info) for info in bot.documents() if info.name.startswith("house/"))
        chosen, *_ = await window.set(Options(), "", sent(collection="house", ticks=[ticked, "gone"]))
        assert chosen == Options("house", (ticked,))
        kitchen.write_text("The kitchen opens at eight.")
        bot.ingest(kitchen.parent.parent)
        talk = await ask(window, QUESTION, Talk(), chosen)
        assert [hit.passage.text for hit in talk.exchanges[0].answer.hits] == ["The kitchen opens at eight."]
        _, documents, chosen, scope, *_ = await window.refresh(Talk(), chosen, "")
        assert chosen == Options("house", (ticked,)) and "Asking 1 of 2 documents<" in scope
        assert f'data-tick="{ticked}" checked' in documents
        bot.forget("house/kitchen.txt")
        _, _, chosen, scope, *_ = await window.refresh(Talk(), chosen, "")
        assert chosen == Options("", (ticked,)) and "Asking 0 of 1 document: the ticked ones are gone" in scope
        steps = [step async for step in window.ask(QUESTION, Talk(), chosen, "", sent(), ANN)]
        (exchange,) = steps[-1][2].exchanges
        assert exchange.trouble.startswith("None of the ticked documents is there any more.")
        assert (await window.set(chosen, "", sent(collection="", ticks=[])))[0] == Options()

    asyncio.run(narrow())


def test_another_collection_unticks_the_documents(window: Window) -> None:
    changed, *_ = asyncio.run(window.set(Options("", ("gone",)), "", sent(collection="house")))
    assert changed == Options("house")


def test_turns_that_are_not_there_change_nothing(window: Window) -> None:
    async def send() -> None:
        talk = await ask(window, QUESTION, Talk(), Options())
        for data in ({"turn": "7", "thumb": "good"}, {"turn": "x"}, {}):
            assert await window.judge(talk, sent(**data), ANN) == talk
        assert (await window.judge(talk, sent(turn="0", thumb="great"), ANN)).exchanges[0].thumb == ""
        assert len((await ask(window, QUESTION, talk, Options(), turn="9", question="And the garden?")).exchanges) == 2
        assert (await window.undo(Talk(), "", ANN)) == (SKIP,) * 6
        assert [step async for step in window.ask(" ", talk, Options(), "", sent(), ANN)] == [(SKIP,) * 6]

    asyncio.run(send())


def test_a_source_of_another_conversation_is_neither_judged_nor_left_open(window: Window) -> None:
    async def judge() -> None:
        talk = await ask(window, "The kitchen opens at seven.", Talk(), Options())
        cited = talk.exchanges[0].answer.citations[0]
        shown = {"turn": "0", "number": "1", "document": cited.document_id, "start": str(cited.start)}
        assert (await window.judge(talk, sent(**shown), ANN)).exchanges[0].wrong == (1,)
        for other in ({"document": "another"}, {"start": "7777"}, {"number": "9"}):
            assert await window.judge(talk, sent(**shown | other), ANN) == talk
        assert (await window.clear("", ANN))[-1] == EMPTY == (await window.undo(talk, "", ANN))[-2]

    asyncio.run(judge())


def test_a_thumb_pressed_twice_is_taken_back(window: Window) -> None:
    async def judge() -> list[str]:
        talk = await ask(window, QUESTION, Talk(), Options())
        thumbs = []
        for thumb in ("good", "bad", "bad"):
            talk = await window.judge(talk, sent(turn="0", thumb=thumb), ANN)
            thumbs.append(talk.exchanges[0].thumb)
        return thumbs

    assert asyncio.run(judge()) == ["good", "bad", ""]


def test_questions_in_a_row_make_one_chat_even_where_the_page_has_heard_of_none(window: Window) -> None:
    async def hurry() -> int:
        talk, *_ = await window.begin(sent(), ANN)
        answering = window.ask(QUESTION, talk, Options(), "", sent(), ANN)
        await anext(answering)
        await ask(window, "When does the garden open?", talk, Options())
        assert [step async for step in answering][-1][2] is SKIP
        (kept,) = window.desk.shelf.list(folder_name("a" * 43))
        return kept.questions

    assert asyncio.run(hurry()) == 2


def test_others_can_neither_open_rename_nor_delete(window: Window) -> None:
    async def meddle() -> None:
        talk = await ask(window, QUESTION, Talk(), Options())
        mine = sent(talk=talk.id, title="Mine now")
        with pytest.warns(UserWarning, match="no such conversation"):
            assert (await window.recall(Talk(), "", mine, BOB))[2] == Talk()
            await window.rename(Talk(), "", mine, BOB)
            await window.discard(Talk(), "", mine, BOB)
        assert window.desk.shelf.load(folder_name("a" * 43), talk.id) == talk

    asyncio.run(meddle())


def test_of_sources_that_are_asked_for_in_a_row_the_last_is_shown(window: Window) -> None:
    async def click() -> list[Any]:
        ids = [info.id for info in window.desk.bot.documents()]
        return await asyncio.gather(*(window.open(Talk(), sent(document=key), ANN) for key in (*ids, *ids)))

    *before, last = asyncio.run(click())
    assert before == [SKIP] * 3 and "kitchen" in last
    assert not window.opening


def test_the_words_of_a_document_that_was_replaced_stay_with_the_answer(window: Window, tmp_path: Path) -> None:
    async def replaced() -> str:
        talk = await ask(window, QUESTION, Talk(), Options())
        answer = talk.exchanges[0].answer
        cited = (*answer.citations, *answer.nearest)[0]
        (tmp_path / "papers" / "house" / "kitchen.txt").write_text("The kitchen opens at eight.")
        window.desk.bot.ingest(tmp_path / "papers")
        click = sent(document=cited.document_id, start=cited.start, end=cited.end)
        return str(await window.open(talk, click, ANN))

    shown = asyncio.run(replaced())
    assert "has been replaced since" in shown and "opens at seven" in shown and "Open the new one" in shown


def test_a_change_that_was_overtaken_changes_nothing(window: Window) -> None:
    async def change() -> tuple[Any, ...]:
        later, *_ = await window.set(Options(), "", sent(mode="quotes", order=2))
        assert later == Options(quotes_only=True, order=2)
        return await window.set(later, "", sent(mode="written", order=1))

    assert asyncio.run(change()) == (SKIP,) * 4


def test_a_conversation_is_deleted_also_while_it_is_being_answered(window: Window) -> None:
    async def delete() -> str:
        talk = await ask(window, QUESTION, Talk(), Options())
        answering = window.ask("When does the garden open?", talk, Options(), "", sent(), ANN)
        await anext(answering)

        async def settle() -> None:
            async for _ in answering:
                pass

        going_on = asyncio.ensure_future(settle())
        await window.discard(talk, "", sent(talk=talk.id), ANN)
        await going_on
        return await window.list_chats(Talk(), "", ANN)

    assert "No chats yet" in asyncio.run(delete())


def test_the_report_of_an_upload_stays_while_the_next_one_waits(window: Window, tmp_path: Path) -> None:
    names = ("first", "second", "third")
    for name in names:
        (tmp_path / f"{name}.txt").write_text(f"The {name} file.")

    async def upload(name: str) -> str:
        return [report async for report, _ in window.upload([str(tmp_path / f"{name}.txt")], ANN)][-1]

    async def upload_all() -> list[str]:
        return [*await asyncio.gather(*map(upload, names[:2])), await upload(names[2])]

    one, two, three = asyncio.run(upload_all())
    assert "first.txt" in one and "second.txt" not in one
    assert two.index("second.txt") < two.index("first.txt")
    assert "third.txt" in three and "second.txt" not in three, "whoever comes later begins anew"
    assert not window.reports and not window.uploads
