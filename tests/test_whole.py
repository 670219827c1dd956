"""A question about a document as a whole is answered by its opening."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rag import Chatbot, Document
from rag.datatypes import Block, Passage
from rag.reports import DocumentInfo
from rag.whole import ONLY_BEGINS, meant_as_whole, opening, spread
from tests.scripted_llm import ScriptedLLM


def info(name: str, title: str) -> DocumentInfo:
    return DocumentInfo(name, (name,), title, "txt", (), 1, 0, 10, "")


CONTRACT, OLD = (
    info("service_contract.docx", "Service Contract"),
    info("service_contract_2021_expired.docx", "Contract SC-067"),
)
PAPER, MANUAL = (
    info("paper_hedgehogs.pdf", "Night corridors of urban hedgehogs"),
    info("manual_X200.pdf", "Torvex X200"),
)
KNOWN = (CONTRACT, OLD, PAPER, MANUAL)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Summarise the service contract", [CONTRACT]),
        ("Please summarize service_contract_2021_expired.docx.", [OLD]),
        ("What is the document manual_X200.pdf about?", [MANUAL]),
        ("What is the paper on hedgehogs about?", [PAPER]),
        ("Fasse den Artikel über hedgehogs zusammen", []),
        ("Fass das Paper hedgehogs zusammen", [PAPER]),
        ("Kannst du das Paper hedgehogs zusammenfassen?", [PAPER]),
        ("Résume le manual X200", [MANUAL]),
        ("¿De qué trata el manual X200?", [MANUAL]),
        ("Worum geht es in Night corridors of urban hedgehogs?", [PAPER]),
        ("What is this document about?", []),
        ("Summarise the tariffs of the contract", []),
        ("What is the fee about which the contract speaks?", []),
        ("Who signed the service contract?", []),
    ],
)
def test_the_document_that_is_meant(question: str, meant: list[DocumentInfo]) -> None:
    assert meant_as_whole(question, lambda: KNOWN) == meant


def test_the_only_document_needs_no_name() -> None:
    assert meant_as_whole("What is this document about?", lambda: [MANUAL]) == [MANUAL]


TEXT = (
    "Rental Agreement\n\nCopy 2 of 2\n\nPurpose\n\nThe flat in Canal Street is let for living. The rent is due on the "
    "first day. Pets need consent.\n\nPenalties\n\nWho pays late pays five euros more."
)


@pytest.fixture
def bot(hash_bot: Chatbot) -> Chatbot:
    headings = [
        Block("heading", TEXT.index(words), TEXT.index(words) + len(words), 1) for words in ("Purpose", "Penalties")
    ]
    edges = [0, headings[0].start, headings[0].end, headings[1].start, headings[1].end, len(TEXT)]
    bodies = [Block("paragraph", a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    blocks = sorted([*headings, *bodies], key=lambda block: block.start)
    hash_bot.add([Document("d", "rental.md", "Rental Agreement", "md", TEXT, tuple(blocks))])
    hash_bot.add([Document("e", "other.md", "Other", "md", "Nothing of the kind is said in here.")])
    return hash_bot


def test_a_document_opens_with_its_purpose(bot: Chatbot) -> None:
    answer = bot.ask("Summarise the rental agreement")
    assert answer.notice == ONLY_BEGINS
    assert [sentence.text for sentence in answer.sentences] == [
        "The flat in Canal Street is let for living.",
        "The rent is due on the first day.",
        "Who pays late pays five euros more.",
    ]
    assert {citation.source for citation in answer.citations} == {"rental.md"} and answer.final


def test_only_the_documents_that_are_asked_count(bot: Chatbot) -> None:
    answer = bot.ask("What is this document about?", documents=["e"])
    assert [sentence.text for sentence in answer.sentences] == ["Nothing of the kind is said in here."]
    assert bot.ask("Summarise the rental agreement", documents=["e"]).abstained


def test_a_language_model_is_given_passages_of_all_of_it(bot: Chatbot) -> None:
    bot.language_model = ScriptedLLM(
        pieces=["The flat is let for living [1]. ", "Late payers pay five euros more [3]."]
    )
    answer = bot.ask("What is the document rental.md about?")
    assert [hit.passage.ordinal for hit in answer.hits] == list(range(len(answer.hits)))
    assert answer.mode == "llm" and len(answer.sentences) == 2 and answer.final


def test_a_language_model_reads_as_much_as_fits_its_window_evenly(hash_bot: Chatbot) -> None:
    text = "\n\n".join(f"Chapter {n}\n\n" + f"The mill of page {n} ground corn for the town. " * 12 for n in range(40))
    hash_bot.add([Document("m", "mill.txt", "Mill", "txt", text)])
    hash_bot.language_model = ScriptedLLM(pieces=["The mill ground corn [1]."])
    of = hash_bot.status().passages
    answer = hash_bot.ask("Summarise mill.txt")
    places = [hit.passage.ordinal for hit in answer.hits]
    assert 12 < len(places) < of and answer.sentences and [hit.rank for hit in answer.hits][-1] == len(places)
    assert answer.notice.startswith(f"{len(places)} of {of} passages were read, evenly chosen")
    assert max(b - a for a, b in pairwise(places)) <= -(-of // len(places)) and places[0] == 0
    assert len(hash_bot.ask("Summarise mill.txt", passages=5).hits) == 5
    hash_bot.settings = hash_bot.settings.model_copy(update={"llm_context_tokens": 64000})
    whole = hash_bot.ask("Summarise mill.txt")
    assert len(whole.hits) == of and not whole.notice
    hash_bot.settings = hash_bot.settings.model_copy(update={"llm_context_tokens": 700, "llm_answer_tokens": 690})
    assert hash_bot.ask("Summarise mill.txt").mode == "quotes"


def test_long_documents_are_read_in_places() -> None:
    texts = [Passage(str(n), "d", "a", "", n, 0, 1, "x") for n in range(50)]
    assert [passage.ordinal for passage in spread(texts, 5)] == [0, 10, 20, 30, 40]
    assert opening([], 3) == [] and spread([], 3) == []
