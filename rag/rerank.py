"""A cross-encoder reads the question and each found passage together and puts them in a new order; optional."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.datatypes import Hit
from rag.embed import find_model
from rag.errors import ModelError
from rag.split import embedding_text
from rag.torchmodel import load_model

_ADVICE = "Set RAG_RERANKER to a cross-encoder of sentence-transformers with one output, or to nothing."
RERANKED = 20  # passages that are read; each costs the model a pass over question and passage


class Reranker:
    """A cross-encoder of sentence-transformers, by name or folder; loaded at first use. Safe to call from many threads.

    Raises:
        ModelError: there is no such model; at first use also if its files are none of a cross-encoder.
    """

    def __init__(self, name: str) -> None:
        self._name, self._folder = name, find_model(name, "RAG_RERANKER")
        self._lock = threading.Lock()
        self._model: Any = None

    def load(self) -> None:
        """Load the model now, if that is still to be done."""
        with self._lock:
            self._model = self._model or _load(self._name, self._folder)

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits in the order of the cross-encoder (Nogueira and Cho, arXiv 1901.04085).

        Its scores have no common scale, so the fused scores are dealt out anew, the highest to the first: whatever
        builds on them goes on holding.
        """
        if not hits:
            return []
        self.load()
        with self._lock:
            pairs = [(question, embedding_text(hit.passage)) for hit in hits]
            relevance = self._model.predict(pairs, show_progress_bar=False)
        order = sorted(range(len(hits)), key=lambda i: -float(relevance[i]))
        scores = sorted((hit.score for hit in hits), reverse=True)
        return [
            replace(hits[i], rank=n, score=score) for n, (i, score) in enumerate(zip(order, scores, strict=True), 1)
        ]


def _load(name: str, folder: Path) -> Any:
    model = load_model("CrossEncoder", "reranker", name, folder, _ADVICE)
    if model.num_labels != 1:
        raise ModelError(f"The reranker {name!r} gives {model.num_labels} numbers for a passage, not one.", _ADVICE)
    return model
