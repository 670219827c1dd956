"""From question to answer: quotes, an LLM, its failures, abstaining, follow-ups, and the retriever seam."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import (
    Answer,
    Chatbot,
    Document,
    HashEmbedder,
    Hit,
    LanguageModelError,
    QuestionError,
    Settings,
    Turn,
    Verdict,
)
from rag.refusal import HELLO
from tests.sample_files import lines, pdf_drawn
from tests.scripted_llm import ScriptedLLM

TEXTS = {
    "storage.txt": "The Orion array holds 96 disks. Disks are replaced within 4 hours. The array was installed in 2019.",
    "network.txt": "The Lyra switch has 48 ports. Ports are blue. Cables were renewed in 2021.",
    "food.txt": "The canteen serves soup on Mondays. Soup costs 3.20 euros.",
}


def make_bot(folder: Path, **options: object) -> Chatbot:
    bot = Chatbot.open(embedder=HashEmbedder(256), data_dir=folder, **options)
    bot.add(Document(f"id-{name}", name, "", "txt", text) for name, text in TEXTS.items())
    return bot


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Chatbot]:
    with make_bot(tmp_path / "data", answer_threshold=0.3) as opened:
        yield opened


def check_citations(bot: Chatbot, answer: Answer) -> None:
    for citation in answer.citations:
        assert bot.document(citation.document_id).text[citation.start : citation.end] == citation.quote


def test_quotes_are_exact_and_cited(bot: Chatbot) -> None:
    answer = bot.ask("How many disks does the Orion array hold?")
    assert answer.sentences[0].text == "The Orion array holds 96 disks."
    assert answer.sentences[0].verdict is Verdict.QUOTED
    assert answer.text.startswith("The Orion array holds 96 disks. [1]")
    assert (answer.mode, answer.stage, answer.final) == ("quotes", "done", True)
    check_citations(bot, answer)


def test_the_stream_grows_through_its_stages(bot: Chatbot) -> None:
    snapshots = list(bot.stream("How many disks does the Orion array hold?"))
    assert [s.stage for s in snapshots][:2] == ["searching", "reading"]
    assert snapshots[1].hits and not snapshots[1].sentences
    assert [s.final for s in snapshots] == [False] * (len(snapshots) - 1) + [True]
    counts = [len(s.sentences) for s in snapshots]
    assert counts == sorted(counts)


def test_a_document_that_is_taken_out_meanwhile_is_quoted_still(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Pools\n\n## 1998\n\nThe pool was closed by the mayor of the town for good.\n")
    settings = Settings(data_dir=tmp_path / "data", answer_threshold=0)
    with Chatbot.open(settings, embedder=HashEmbedder()) as bot:
        bot.ingest(tmp_path / "a.md")
        quoted = [sentence.text for sentence in bot.ask("When was the pool closed?").sentences]
        stream = bot.stream("When was the pool closed?")
        while next(stream).stage != "reading":
            pass
        bot.forget("a.md")
        assert quoted == ["1998", *(sentence.text for sentence in list(stream)[-1].sentences)]


def test_nothing_supports_an_answer(bot: Chatbot) -> None:
    answer = bot.ask("Who composed the opera about penguins?")
    assert answer.sentences == () and answer.citations == ()
    assert "do not seem to answer" in answer.abstained and answer.text == answer.abstained
    assert {"composed", "opera", "penguins"} <= set(answer.missing_words)
    assert answer.final and answer.nearest
    assert all(near.quote in bot.document(near.document_id).text for near in answer.nearest)


def test_an_empty_index_says_how_to_fill_it(hash_bot: Chatbot) -> None:
    assert "rag ingest" in hash_bot.ask("Anything?").abstained


@pytest.mark.parametrize("question", ["?", "!!! ...", "🙂", "the of and", "x"])
def test_questions_without_a_word_are_answered_kindly(bot: Chatbot, question: str) -> None:
    assert bot.ask(question).abstained


@pytest.mark.parametrize("question", ["Thanks!", "Hello", "Good evening", "Thank you very much", "Danke!"])
def test_thanks_and_greetings_are_no_questions(bot: Chatbot, question: str) -> None:
    answer = bot.ask(question, [Turn("How many disks does the Orion array hold?", "96")])
    assert answer.abstained == HELLO
    assert not bot.ask("Thanks, and who replaces the disks?").abstained.startswith("I answer")


@pytest.mark.parametrize(
    "question",
    [
        "What can you do?",
        "help",
        "Who are you?",
        "What can I ask you?",
        "Was kannst du?",
        "Hola, buenos días",
        "Au revoir",
        "Adiós",
        "Guten Morgen!",
        "Merci, bonne journée !",
    ],
)
def test_a_question_about_the_program_finds_no_passages(bot: Chatbot, question: str) -> None:
    answer = bot.ask(question)
    assert answer.abstained == HELLO and not answer.hits
    assert bot.ask(f"{question} And how many disks does the Orion array hold?").hits


@pytest.mark.parametrize("question", ["What can I do?", "Where is Nice?", "What should be done?", "Who is good?"])
def test_a_question_of_small_words_is_searched_for(bot: Chatbot, question: str) -> None:
    answer = bot.ask(question, [Turn("What happens if a disk of the Orion array fails?", "It is replaced.")])
    assert answer.abstained != HELLO


def test_an_evening_that_is_asked_about_is_no_greeting(bot: Chatbot) -> None:
    assert not bot.ask("What about in the evening?", [Turn("When is it open?", "At nine.")]).abstained.startswith("Ask")


@pytest.mark.parametrize("question", ["", "   ", "\u200b\u200b"])
def test_an_empty_question_is_refused(bot: Chatbot, question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        bot.ask(question)


def test_a_long_question_is_refused_with_the_limit(bot: Chatbot) -> None:
    with pytest.raises(QuestionError, match="8,000"):
        bot.ask("a" * 8001)


@pytest.mark.parametrize(
    "nasty", ["{context} {0} %s", "'; DROP TABLE documents;--", "<script>alert(1)</script>", "{{7*7}}"]
)
def test_questions_are_plain_text(bot: Chatbot, nasty: str) -> None:
    assert bot.ask(f"How many disks {nasty}").question == f"How many disks {nasty}"
    assert len(bot.documents()) == 3


def test_a_follow_up_is_shown_on_its_own_feet(bot: Chatbot) -> None:
    answer = bot.ask("When was it installed?", [Turn("How many disks does the Orion array hold?", "96")])
    assert answer.standalone == "When was it installed? (Orion)"
    assert answer.sentences[0].text == "The array was installed in 2019."


def test_search_within_documents(bot: Chatbot) -> None:
    hits = bot.search("disks ports soup", documents=["id-food.txt"])
    assert {hit.passage.source for hit in hits} == {"food.txt"}
    assert bot.search("disks", documents=[]) == []


def test_one_question_may_do_without_the_llm_and_rest_on_fewer_passages(tmp_path: Path) -> None:
    llm = ScriptedLLM(pieces=["The Orion array holds 96 disks [1]."])
    with make_bot(tmp_path / "data", llm=llm, answer_threshold=0.3) as bot:
        question = "How many disks does the Orion array hold?"
        quoted = bot.ask(question, quotes_only=True, passages=1)
        assert (quoted.mode, len(quoted.hits), llm.asked) == ("quotes", 1, [])
        written = bot.ask(question)
        assert written.mode == "llm" and len(written.hits) > 1


def test_hits_explain_their_rank(bot: Chatbot) -> None:
    best = bot.search("Orion disks")[0]
    assert (best.rank, best.dense_rank, best.bm25_rank) == (1, 1, 1)
    assert "meaning #1" in best.why and "words #1" in best.why
    scores = [hit.score for hit in bot.search("Orion disks")]
    assert scores == sorted(scores, reverse=True)


def test_an_llm_writes_and_is_checked(tmp_path: Path) -> None:
    model = ScriptedLLM(
        pieces=["The Orion array holds 96", " disks [1]. It weighs 7 tons [1]. Bananas are yellow", " [9]."]
    )
    with make_bot(tmp_path / "data", llm=model) as bot:
        answer = bot.ask("How many disks does the Orion array hold?")
        assert [s.verdict for s in answer.sentences] == [Verdict.QUOTED, Verdict.UNSUPPORTED, Verdict.UNSUPPORTED]
        assert "7" in answer.sentences[1].reason
        assert answer.sentences[2].citations == () and "removed" in answer.sentences[2].reason
        assert answer.mode == "llm" and answer.tokens > 0
        check_citations(bot, answer)


def test_the_llm_answers_only_from_the_passages(tmp_path: Path) -> None:
    model = ScriptedLLM(pieces=["The documents do not contain the answer."])
    with make_bot(tmp_path / "data", llm=model) as bot:
        assert bot.ask("How many disks does the Orion array hold?").abstained
        assert "96 disks" in str(model.asked)
        model.asked.clear()
        assert bot.ask("Who composed the opera about penguins?").abstained
        assert model.asked == [], "a question that nothing supports is not put to the model"


@pytest.mark.parametrize(
    "pieces",
    [
        [LanguageModelError("The language model refused the connection.", "Start it.")],
        ["The Orion array holds ", LanguageModelError("The language model broke off its reply.", "Ask again.")],
        [],
        ["[1]"],
    ],
)
def test_a_failing_llm_gives_a_line_and_the_quotes(tmp_path: Path, pieces: list[object]) -> None:
    with make_bot(tmp_path / "data", llm=ScriptedLLM(pieces=pieces), answer_threshold=0.3) as bot:
        answer = bot.ask("How many disks does the Orion array hold?")
        assert "quoted" in answer.notice and answer.mode == "quotes"
        assert answer.sentences[0].text == "The Orion array holds 96 disks."
        assert answer.final


FINISHED = "The Orion array holds 96 disks [1]. Disks are replaced within 4 hours [1]. "
CUT = LanguageModelError("The language model broke off its reply.", "Ask again.")


def test_a_fault_takes_away_no_finished_sentence(tmp_path: Path) -> None:
    model = ScriptedLLM(pieces=[FINISHED, "The array was ins", CUT])
    with make_bot(tmp_path / "data", llm=model, answer_threshold=0.3) as bot:
        *_, shown, answer = bot.stream("How many disks does the Orion array hold?")
        assert answer.final and answer.mode == "llm" and answer.sentences == shown.sentences
        assert [s.text for s in answer.sentences] == [
            "The Orion array holds 96 disks.",
            "Disks are replaced within 4 hours.",
        ]
        assert answer.notice.startswith("The answer is not complete. The language model (custom_llm) failed")
        check_citations(bot, answer)


@pytest.mark.parametrize("written", ["", "The Orion array hol", "Sure! Here you are.\nThe Orion array holds 96 dis"])
def test_without_a_finished_sentence_that_is_supported_a_fault_is_followed_by_quotes(
    tmp_path: Path, written: str
) -> None:
    with make_bot(tmp_path / "data", llm=ScriptedLLM(pieces=[written, CUT]), answer_threshold=0.3) as bot:
        answer = bot.ask("How many disks does the Orion array hold?")
        assert answer.mode == "quotes" and "not complete" not in answer.notice and answer.notice.endswith("quoted.")


def test_one_fault_is_told_once(tmp_path: Path) -> None:
    with make_bot(tmp_path / "data", llm=ScriptedLLM(pieces=[ConnectionError("gone")]), answer_threshold=0.3) as bot:
        answer = bot.ask("And when was it installed?", [Turn("How many disks does the Orion array hold?", "96")])
        assert answer.notice.count("The language model") == 1 and answer.notice.endswith("quoted.")
        unknown = bot.ask("Who composed it?", [Turn("Who conducts the opera about penguins?", "Nobody.")])
        assert unknown.abstained and unknown.notice.count("The language model") == 1


def test_what_comes_nearest_is_told_where_the_model_declines(tmp_path: Path) -> None:
    model = ScriptedLLM(pieces=["The documents do not contain the answer."])
    with make_bot(tmp_path / "data", llm=model, answer_threshold=0.3) as bot:
        answer = bot.ask("How many disks does the Orion array hold?")
        assert answer.abstained.endswith("What comes nearest is listed.")
        assert [near.quote for near in answer.nearest][:1] == ["The Orion array holds 96 disks."]
        whole = bot.ask("Summarise storage.txt")
        assert whole.abstained and not whole.nearest and "listed" not in whole.abstained


def test_a_name_is_no_language_model(tmp_path: Path) -> None:
    with pytest.raises(
        LanguageModelError, match=r"llm='qwen3' is no language model of llama-index. Name one by RAG_LLM"
    ):
        make_bot(tmp_path / "data", llm="qwen3")


def test_windows_are_read_again_only_for_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(question: str, hits: list[Hit], embedder: object, *, reorder: bool) -> list[Hit]:
        assert reorder, "no cross-encoder has ordered them"
        read.append(question)
        return hits

    monkeypatch.setattr("rag.chatbot.read_again", reading)
    question = "How many disks does the Orion array hold?"
    for pieces, times in ((["The Orion array holds 96 disks [1]."], 0), ([ConnectionError("gone")], 1)):
        with make_bot(tmp_path / f"data{times}", llm=ScriptedLLM(pieces=pieces)) as bot:
            assert bot.ask(question).sentences[0].citations
            assert len(read) == times
            assert bot.ask(question, quotes_only=True).mode == "quotes"
            assert len(read) == times + 1
            read.clear()


def test_quotes_in_place_of_a_model_are_those_without_one(tmp_path: Path) -> None:
    question, stop = "How many disks does the Orion array hold?", threading.Event()
    llm = ScriptedLLM(pieces=["The Orion array ", ConnectionError("gone")])
    with make_bot(tmp_path / "data", llm=llm, answer_threshold=0.3) as bot:
        failed, quoted = bot.ask(question), bot.ask(question, quotes_only=True)
        assert (failed.hits, failed.confidence, failed.sentences) == (quoted.hits, quoted.confidence, quoted.sentences)
        unknown = bot.ask("Who composed the disks of the opera about penguins?")
        assert unknown.abstained and "quoted" not in unknown.notice
        searches: list[str] = []
        bot.search = lambda question, *_, **__: searches.append(question) or []  # type: ignore[method-assign]
        snapshots = bot.stream(question, stop=stop)
        next(snapshots)
        stop.set()
        list(snapshots)
        assert len(searches) == 1


def test_passages_that_do_not_fit_are_told(tmp_path: Path) -> None:
    model = ScriptedLLM(pieces=["Disks [1]."])
    with make_bot(tmp_path / "data", llm=model, llm_context_tokens=600, llm_answer_tokens=32) as bot:
        bot.add(Document(f"long{i}", f"{i}.txt", "", "txt", f"Orion disks {i}. " * 60) for i in range(3))
        assert "did not fit" in bot.ask("How many disks does the Orion array hold?").notice


def test_the_llm_condenses_a_follow_up(tmp_path: Path) -> None:
    model = ScriptedLLM(pieces=["When was the Orion array installed?"])
    with make_bot(tmp_path / "data", llm=model) as bot:
        answer = bot.ask("And when was that?", [Turn("How many disks does the Orion array hold?", "96")])
        assert answer.standalone == "When was the Orion array installed?"


ASKED = Turn("How many disks does the Orion array hold?", "It holds 96.")


@pytest.mark.parametrize(
    "reply", ["When was it installed?", "when was it  installed", "Quand?", "I cannot rewrite it."]
)
def test_rules_take_over_where_the_model_only_repeats_a_follow_up(tmp_path: Path, reply: str) -> None:
    with make_bot(tmp_path / "data", llm=ScriptedLLM(pieces=[reply])) as bot:
        assert bot.ask("When was it installed?", [ASKED]).standalone == "When was it installed? (Orion)"


def test_a_new_topic_that_the_model_repeats_is_asked_as_it_was_typed(tmp_path: Path) -> None:
    with make_bot(tmp_path / "data", llm=ScriptedLLM(pieces=["What does soup cost?"])) as bot:
        assert bot.ask("What does soup cost?", [ASKED]).standalone == "What does soup cost?"


@pytest.mark.parametrize("wish", ["Please answer that in German.", "Shorter please", "Are you sure?", "Why?"])
def test_a_wish_about_the_last_answer_is_put_to_the_model_with_its_question(tmp_path: Path, wish: str) -> None:
    model = ScriptedLLM(pieces=["The Orion array holds 96 disks [1]."])
    with make_bot(tmp_path / "data", llm=model) as bot:
        answer = bot.ask(wish, [ASKED])
        assert answer.sentences and not answer.abstained and answer.standalone == ASKED.question
        assert len(model.asked) == 1, "nothing is to be rewritten"
        assert model.asked[0][-1][1].endswith(f"Question: {ASKED.question}\nThe user's own words: {wish}")
        unknown = bot.ask(wish, [Turn("Who composed the opera about penguins?", "Nobody.", refused=True)])
        assert "opera" in unknown.missing_words and "German" not in unknown.missing_words
        assert bot.ask(wish, [ASKED], quotes_only=True).standalone != ASKED.question


def test_a_question_in_another_language_than_the_documents_is_translated_for_the_search(tmp_path: Path) -> None:
    german, english = "Wie viele Platten hat der Speicher Orion?", "How many disks does the Orion array hold?"
    model = ScriptedLLM(pieces=[english])
    with make_bot(tmp_path / "data", llm=model) as bot:
        answer = bot.ask(german)
        translating, answering = model.asked
        assert "translate" in translating[0][1] and translating[1][1] == f"Into English: {german}"
        assert (answer.standalone, answer.hits[0].passage.source) == (english, "storage.txt")
        assert answering[-1][1].endswith(f"Question: {english}\nThe user's own words: {german}")
        assert bot.ask(german, quotes_only=True).standalone == german
        model.asked.clear()
        assert bot.ask(english).sentences and len(model.asked) == 1, "nothing is to be translated"


def test_an_unrelated_question_in_another_language_is_refused_as_it_was_typed(tmp_path: Path) -> None:
    with make_bot(tmp_path / "data", llm=ScriptedLLM(pieces=["Who wrote the opera about penguins?"])) as bot:
        assert bot.ask("Wer hat die Oper über die Pinguine geschrieben?").abstained
        assert len(bot.language_model.asked) == 1, "it is not put to the model"
    with make_bot(tmp_path / "down", llm=ScriptedLLM(pieces=[ConnectionError("gone")])) as bot:
        assert "broke off" in bot.ask("Wer hat die Oper über die Pinguine geschrieben?").notice


@pytest.mark.parametrize(
    "question", ["Which documents do I have?", "What files do you have?", "Welche Dateien habe ich?"]
)
def test_the_documents_are_listed_without_asking_a_model(tmp_path: Path, question: str) -> None:
    with make_bot(tmp_path / "data", llm=ScriptedLLM(pieces=["Some."])) as bot:
        answer = bot.ask(question)
        assert answer.abstained.startswith("There are 3 documents: food.txt") and not bot.language_model.asked


@pytest.fixture
def event_loop() -> Iterator[None]:
    """llama-index takes the thread's event loop and makes one that it never closes where there is none."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.usefixtures("event_loop")
def test_the_retriever_fits_a_llama_index_query_engine(bot: Chatbot) -> None:
    from llama_index.core import Settings as LlamaSettings
    from llama_index.core.query_engine import RetrieverQueryEngine

    LlamaSettings.llm = ScriptedLLM(pieces=["From the engine."])
    engine = RetrieverQueryEngine.from_args(bot.as_retriever(2), llm=LlamaSettings.llm)
    response = engine.query("How many disks does the Orion array hold?")
    assert len(response.source_nodes) == 2
    node = response.source_nodes[0].node
    assert "96 disks" in node.get_content() and node.metadata["source"] == "storage.txt"


def test_a_reader_works_beside_the_owner(bot: Chatbot, tmp_path: Path) -> None:
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data", read_only=True) as reader:
        mine, theirs = bot.search("Orion disks"), reader.search("Orion disks")
        assert [h.passage.id for h in mine] == [h.passage.id for h in theirs]
        assert [h.score for h in mine] == pytest.approx([h.score for h in theirs], abs=1e-5)
        with pytest.raises(Exception, match="may only read"):
            reader.add([])


def test_a_new_topic_is_asked_as_it_stands_where_the_old_one_finds_nothing(bot: Chatbot) -> None:
    turns = (Turn("Where does the Zanzibar ferry dock?", "", "Where does the Zanzibar ferry dock?"),)
    answer = bot.ask("What does soup cost?", turns)
    assert (answer.standalone, answer.sentences[0].text) == ("What does soup cost?", "Soup costs 3.20 euros.")
    leaning = bot.ask("What does it cost?", turns)
    assert leaning.abstained and "Zanzibar" in leaning.standalone


def test_every_citation_and_hit_names_the_page_of_its_own_words(tmp_path: Path) -> None:
    """A passage may run over several pages; what is quoted from it stands on one of them."""
    facts = [
        "The Orion array holds 96 disks.",
        "The Lyra switch has 48 ports.",
        "The Vega rack weighs 700 kilograms.",
    ]
    (tmp_path / "data sheet.pdf").write_bytes(pdf_drawn(*(lines(fact) for fact in facts)))
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data", answer_threshold=0.1) as bot:
        bot.ingest(tmp_path / "data sheet.pdf")
        assert bot.status().passages == 1
        for page, fact in enumerate(facts, 1):
            answer = bot.ask(f"{fact[:-1]}?")
            assert [c.page for c in answer.citations if c.quote == fact] == [page]
            assert f"page {page}" in answer.citations[0].where
        (hit,) = bot.search("Which rack weighs 700 kilograms?", 1)
        document = bot.document(hit.passage.document_id)
        first = document.page_at(hit.passage.start)
        assert first and hit.passage.page == first.number
    script = ScriptedLLM(pieces=["The Vega rack weighs 700 kilograms. The Lyra switch has 48 ports."])
    with Chatbot.open(embedder=HashEmbedder(256), llm=script, data_dir=tmp_path / "data") as bot:
        assert [c.page for c in bot.ask("What does the Vega rack weigh?").citations] == [3, 2]


def test_several_questions_at_once_are_told(bot: Chatbot) -> None:
    many = "How many ports has the Lyra switch? When is soup served? Who sings the song? Where is the hall?"
    assert "several questions" in bot.ask(many).notice
    assert not bot.ask("How many ports has the Lyra switch?").notice


def test_for_a_question_without_a_word_nothing_is_near(bot: Chatbot) -> None:
    assert all(bot.ask(mark).abstained and not bot.ask(mark).nearest for mark in ("?", "...", "Is it?"))
    assert bot.ask("Who plays the tuba?").nearest
