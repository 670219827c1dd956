"""A language model's draft as growing Answers: finished, checked sentences only, which a fault does not take away."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from rag import llm
from rag.cite import GrowingDraft
from rag.datatypes import Answer, Sentence, Turn, Verdict
from rag.draft import is_whole
from rag.errors import LanguageModelError, ReplyLimitError
from rag.settings import Settings
from rag.text import count_tokens
from rag.whole import spread

_HOLDING = (Verdict.QUOTED, Verdict.SUPPORTED, Verdict.PARTLY)


def write(
    answer: Answer, turns: Sequence[Turn], model: Any, settings: Settings, stop: threading.Event | None = None
) -> Generator[Answer, None, Answer | None]:
    """Stream the model's draft from the hits of ``answer``; return the answer so far if it says that there is none.

    A draft that breaks off keeps the sentences that were finished by then, and the notice says why it is not complete.

    Raises:
        LanguageModelError: the model failed before it had finished a sentence that the passages support, or was told
            to stop.
    """
    window = _window(settings)
    kept, dropped = llm.fit(answer.standalone, turns, answer.hits, typed=answer.question, **window)
    if dropped:
        answer = noticed(answer, f"{dropped} of {len(answer.hits)} passages did not fit the LLM's context window.")
    pieces = llm.draft(
        model, answer.standalone, turns, kept, typed=answer.question, timeout=settings.llm_timeout, stop=stop, **window
    )
    draft, fault = GrowingDraft(kept, answer.standalone), None
    try:
        for piece in pieces:
            if finished := draft.add(piece):
                yield replace(answer, sentences=finished, stage="answering")
    except LanguageModelError as error:
        fault = error
    if fault and stop is not None and stop.is_set():
        raise fault
    if draft.declines():
        return answer
    yield _finished(answer, draft, fault)
    return None


def _finished(answer: Answer, draft: GrowingDraft, fault: LanguageModelError | None) -> Answer:
    """Return the answer at the end of its draft, or raise the fault where nothing is worth keeping."""
    sentences = draft.end(cut=fault is not None)
    if fault:
        if not _is_worth(sentences, draft, fault):
            raise fault
        cut = isinstance(fault, ReplyLimitError)
        answer = noticed(answer, str(fault) if cut else f"The answer is not complete. {fault}")
    if not sentences:
        raise LanguageModelError("The language model wrote no sentence.", "Ask again, or try another model.")
    return replace(answer, sentences=sentences, stage="done", tokens=count_tokens(draft.text), final=True)


def _is_worth(sentences: Sequence[Sentence], draft: GrowingDraft, fault: LanguageModelError) -> bool:
    """Tell whether something was finished that the passages support; at the limit of tokens a half sentence does."""
    if isinstance(fault, ReplyLimitError):
        return bool(sentences)
    half = len(sentences) == len(draft.end()) and not is_whole(draft.text)  # the only one
    return not half and any(sentence.verdict in _HOLDING for sentence in sentences)


def fitting_evenly(answer: Answer, turns: Sequence[Turn], settings: Settings) -> Answer:
    """Return the answer with as many of its hits as fit the model's window, evenly over all of them.

    Raises:
        LanguageModelError: not even one sentence fits.
    """
    window = _window(settings)
    hits, kept, dropped = answer.hits, list(answer.hits), len(answer.hits)
    while dropped:
        kept, dropped = llm.fit(answer.standalone, turns, spread(hits, len(kept)), typed=answer.question, **window)
    if len(kept) == len(hits):
        return answer
    line = f"{len(kept)} of {len(hits)} passages were read, evenly chosen: more do not fit the LLM's context window."
    ranked = tuple(replace(hit, rank=rank) for rank, hit in enumerate(kept, 1))
    return noticed(replace(answer, hits=ranked), line)


def _window(settings: Settings) -> dict[str, int]:
    return {"context_tokens": settings.llm_context_tokens, "answer_tokens": settings.llm_answer_tokens}


def noticed(answer: Answer, line: str) -> Answer:
    """Return the answer with one more line in its notice, unless it stands there."""
    return answer if line in answer.notice else replace(answer, notice=f"{answer.notice} {line}".strip())
