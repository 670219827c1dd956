"""What people think of answers, one JSON line each in ``feedback.jsonl``; the last line about an answer counts.

``rag eval gold-from-feedback`` reads that file.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rag import Sentence, StorageError
from ui.conversations import Exchange

FILE = "feedback.jsonl"


class Feedback:
    """The file of judgements in a data folder. It knows nothing of who judged."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._writing = threading.Lock()

    def append(self, exchange: Exchange, before: Sequence[Exchange]) -> None:
        """Write down what is thought of an exchange, with the finished ones before it as its history.

        Raises:
            StorageError: the disk does not take it.
        """
        line = json.dumps(_record(exchange, before), ensure_ascii=False) + "\n"
        try:
            with self._writing, self.path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            raise StorageError(
                f"{FILE} could not be written: {error.strerror or error}.", "Free some space, then judge again."
            ) from None


def _record(exchange: Exchange, before: Sequence[Exchange]) -> dict[str, object]:
    answer = exchange.answer
    history = [{"question": e.answer.question, "answer": e.answer.text} for e in before if e.answer.final]
    return {
        "id": hashlib.sha256(f"{answer.question}\n{history}\n{answer.text}".encode()).hexdigest()[:16],
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "question": answer.question,
        "standalone": answer.standalone,
        "history": history,
        "answer": " ".join(sentence.text for sentence in answer.sentences if not _rests_on(exchange.wrong, sentence)),
        "abstained": answer.abstained,
        "thumb": exchange.thumb,
        "citations": [
            {
                "number": citation.number,
                "document": citation.source,
                "page": citation.page,
                "quote": citation.quote,
                "wrong": citation.number in exchange.wrong,
            }
            for citation in answer.citations
        ],
    }


def _rests_on(wrong: Sequence[int], sentence: Sentence) -> bool:
    """Tell whether all that a sentence cites was called wrong."""
    return bool(sentence.citations) and all(citation.number in wrong for citation in sentence.citations)
