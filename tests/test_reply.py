"""rag.reply against real servers: every reply ends, in time, in size, or in one line that says why."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rag.errors import LanguageModelError
from rag.llm import open_llm
from rag.reply import _drop_thoughts, stream_reply
from rag.settings import load_settings
from tests.llm_server import KEY, FaultyServer, serve_model, write_model
from tests.scripted_llm import ScriptedLLM

ASKED = [("system", "Answer."), ("user", "When does the backup run?")]
RECITED = "The backup runs every night at two [1]. Copies are kept for thirty days [2]."


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Base URL and model name of a real server."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    write_model(folder, RECITED)
    with serve_model(folder) as base_url:
        yield base_url, str(folder)


def connect(base_url: str, model: str) -> Any:
    return open_llm(load_settings(llm=model, llm_base_url=base_url, llm_api_key=KEY, llm_answer_tokens=64))


def collect(llm: Any, seconds: float = 20, tokens: int = 64) -> tuple[str, LanguageModelError | None]:
    """Return what came and the error it ended with."""
    came = ""
    try:
        for piece in stream_reply(llm, ASKED, tokens=tokens, seconds=seconds):
            came += piece
    except LanguageModelError as error:
        return came, error
    return came, None


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "reply-watch"]


def test_a_real_server_streams_its_reply_word_by_word(tiny: tuple[str, str]) -> None:
    pieces = list(stream_reply(connect(*tiny), ASKED, tokens=64, seconds=60))
    assert "".join(pieces) == RECITED
    assert len(pieces) >= len(RECITED.split())


def test_a_real_server_serves_several_replies_at_once(tiny: tuple[str, str]) -> None:
    llm = connect(*tiny)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: collect(llm, seconds=60), range(8)))
    assert replies == [(RECITED, None)] * 8


def test_a_real_server_that_reaches_the_limit_of_tokens_is_named(tiny: tuple[str, str]) -> None:
    llm = connect(*tiny)
    llm.max_tokens = 5
    came, error = collect(llm, seconds=60)
    assert RECITED.startswith(came) and len(came.split()) == 5
    assert error is not None and "reached its limit of tokens" in str(error)
    assert error.next_step == "Raise RAG_LLM_ANSWER_TOKENS."


def test_a_real_server_survives_a_reply_that_is_given_up(tiny: tuple[str, str]) -> None:
    llm = connect(*tiny)
    reply = stream_reply(llm, ASKED, tokens=64, seconds=60)
    assert next(reply)
    reply.close()
    assert collect(llm, seconds=60) == (RECITED, None)


FAULTS = [
    ("401", "", "does not accept the key. Check RAG_LLM_API_KEY."),
    ("403", "", "does not accept the key"),
    ("404", "", "does not know the model 404 or the address (Incorrect key *** second line {seconds}). Check RAG_LLM,"),
    ("429", "", "is busy or its quota is used up (Incorrect key *** second line {seconds}). Wait a moment"),
    ("500", "", "failed on its own side (Incorrect key *** second line {seconds}). Ask again"),
    ("503", "", "failed on its own side"),
    ("400", "", "declined the request: Incorrect key *** second line {seconds}."),
    ("302", "", "declined the request"),
    ("page", "", "sent text/html instead of a stream of events. Check RAG_LLM_BASE_URL"),
    ("in one piece", "", "sent one JSON text instead of a stream of events. Choose a server that streams"),
    ("cut chunked", "One [1]. Tw", "broke off its reply"),
    ("cut plain", "One [1]. Tw", "broke off its reply"),
    ("bad json", "", "sent something that is not the OpenAI protocol"),
    ("bad shape", "", "sent something that is not the OpenAI protocol"),
    ("bad list", "", "sent something that is not the OpenAI protocol"),
    ("bad bytes", "", "sent something that is not the OpenAI protocol"),
    ("empty", "", "sent an empty reply"),
    ("blank", "", "sent an empty reply"),
    ("nothing", "", "sent an empty reply"),
    ("short", "One [1].", "reached its limit of tokens"),
    ("thought", "", "before it wrote a word, as one does that thinks at length. Raise RAG_LLM_ANSWER_TOKENS"),
    ("filtered", "One [1].", "withheld its reply"),
    ("error event", "One [1].", "reported an error: out of memory."),
    ("huge", ("word " * 1000)[: 64 * 16], "sent far more than it was asked for"),
    ("huge line", "", "sent far more than it was asked for"),
]


@pytest.mark.parametrize(("script", "before", "line"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_each_fault_ends_in_one_line(faulty: FaultyServer, script: str, before: str, line: str) -> None:
    came, error = collect(connect(faulty.base_url, script))
    assert came == before
    assert error is not None and line in str(error)
    assert f"The language model at 127.0.0.1:{faulty.server_port} " in str(error)
    assert KEY not in str(error) and "password" not in str(error) and "\n" not in str(error)
    assert error.next_step
    assert error.__cause__ is None  # a traceback would show the server's words, the key among them
    assert not watchers()


def test_a_page_of_a_proxy_is_not_passed_on(faulty: FaultyServer) -> None:
    _, error = collect(connect(faulty.base_url, "proxy"))
    assert error is not None and "failed on its own side. Ask again" in str(error)


def test_a_whole_reply_needs_no_word_of_its_end(faulty: FaultyServer) -> None:
    assert collect(connect(faulty.base_url, "endless")) == ("One [1]. Two.", None)


@pytest.mark.parametrize("script", ["drip", "slow", "silent"])
def test_a_reply_that_dawdles_is_cut_at_the_limit(faulty: FaultyServer, script: str) -> None:
    """Each would go on for a minute; the client's own time-out of 60 seconds would not stop the first two."""
    faulty.gone.clear()
    came, error = collect(connect(faulty.base_url, script), seconds=1)
    assert error is not None and "did not finish within 1 seconds" in str(error)
    assert set(came.split()) <= {"word"}
    assert faulty.gone.wait(10)  # the server saw the connection close
    assert not watchers()


def test_a_reply_that_is_given_up_closes_the_connection(faulty: FaultyServer) -> None:
    faulty.gone.clear()
    reply = stream_reply(connect(faulty.base_url, "slow"), ASKED, tokens=64, seconds=60)
    assert next(reply).strip() == "word"
    reply.close()
    assert faulty.gone.wait(10)
    assert not watchers()


def test_a_reply_that_nobody_wants_any_more_is_cut_in_the_middle_of_a_wait(faulty: FaultyServer) -> None:
    faulty.gone.clear()
    stop = threading.Event()
    reply = stream_reply(connect(faulty.base_url, "silent"), ASKED, tokens=64, seconds=60, stop=stop)
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(LanguageModelError, match="was told to stop"):
        next(reply)
    assert faulty.gone.wait(10)
    assert not watchers()


def test_a_good_reply_asks_once_and_for_what_it_should(faulty: FaultyServer) -> None:
    faulty.requests.clear()
    assert collect(connect(faulty.base_url, "good")) == ("One [1]. Two.", None)
    (request,) = faulty.requests
    assert request["messages"] == [{"role": role, "content": text} for role, text in ASKED]
    assert (request["stream"], request["temperature"], request["max_tokens"]) == (True, 0, 64)


def test_pieces_may_be_asked_for_by_different_threads(faulty: FaultyServer) -> None:
    reply = stream_reply(connect(faulty.base_url, "good"), ASKED, tokens=64, seconds=20)
    pieces: list[str] = []
    for _ in range(4):
        thread = threading.Thread(target=lambda: pieces.extend(piece for piece in [next(reply, "")]))
        thread.start()
        thread.join()
    assert "".join(pieces) == "One [1]. Two."


def test_a_server_that_is_not_there_refuses() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _, error = collect(connect(f"http://127.0.0.1:{port}/v1", "m"))
    assert str(error) == (
        f"The language model at 127.0.0.1:{port} refused the connection. Start it or check RAG_LLM_BASE_URL."
    )


def wrapped(inner: BaseException) -> RuntimeError:
    outer = RuntimeError("wrapped")
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (wrapped(socket.gaierror(-2, "Name or service not known")), "has an address that cannot be found"),
        (wrapped(ssl.SSLCertVerificationError("self-signed")), "has a certificate that cannot be verified"),
        (wrapped(ConnectionResetError()), "broke off its reply"),
        (wrapped(TimeoutError()), "did not finish within 20 seconds"),
        (KeyError(KEY), "failed (KeyError)"),
    ],
)
def test_errors_of_other_packages_become_one_line(error: Exception, line: str) -> None:
    came, failure = collect(ScriptedLLM(pieces=["One.", error]))
    assert came == "One."
    assert failure is not None and line in str(failure) and KEY not in str(failure)
    assert str(failure).startswith("The language model (")


def test_the_limit_holds_between_the_pieces_of_any_model() -> None:
    llm = ScriptedLLM(pieces=["word "], pause=0.05, repeat=True)
    _, error = collect(llm, seconds=0.5, tokens=10_000)
    assert error is not None and "did not finish within 0.5 seconds" in str(error)


def test_a_model_that_only_completes_gets_one_prompt() -> None:
    llm = ScriptedLLM(pieces=["Yes."], is_chat_model=False)
    assert collect(llm) == ("Yes.", None)
    ((role, prompt),) = llm.asked[0]
    assert role == "prompt" and "Answer." in prompt and prompt.index("Answer.") < prompt.index("When does")


THINKING = "a < b <think>2 < 3\n</think>c</think d<Thinking></thinking>e <thin f"


@pytest.mark.parametrize("size", range(1, len(THINKING) + 1))
def test_thoughts_are_dropped_however_they_are_split(size: int) -> None:
    pieces = [THINKING[start : start + size] for start in range(0, len(THINKING), size)]
    assert "".join(_drop_thoughts(iter(pieces))) == "a < b c</think de <thin f"


def test_a_thought_that_never_ends_leaves_an_empty_reply() -> None:
    came, error = collect(ScriptedLLM(pieces=["<think>", "on and on"]))
    assert came == "" and error is not None and "sent an empty reply" in str(error)


def test_words_before_a_long_thought_arrive_at_once() -> None:
    pieces = _drop_thoughts(iter(["Yes", " <", "b>"]))
    assert next(pieces) == "Yes"
    assert next(pieces) == " "
    assert next(pieces) == "<b>"
