"""The seam to llama-index: its embedding models as ours, and our search as one of its retrievers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.compiled import unit
from rag.datatypes import Hit
from rag.text import count_tokens

if TYPE_CHECKING:
    from llama_index.core.retrievers import BaseRetriever


class LlamaIndexEmbedder:
    """A llama-index embedding model as an Embedder. The model does not tell its window; ``max_tokens`` states it."""

    def __init__(self, model: Any, max_tokens: int = 512) -> None:
        self.name = str(model.model_name)
        self._model = model
        self.dimension = len(model.get_text_embedding("dimension"))
        self.fingerprint = f"{type(model).__name__}:{self.name}:{self.dimension}"
        self.max_tokens = max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return an estimate, rather too many than too few: the model's own tokenizer is not known."""
        return list(map(count_tokens, texts))

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]."""
        if query:
            vectors = [self._model.get_query_embedding(text) for text in texts]
        else:
            vectors = self._model.get_text_embedding_batch(list(texts))
        return unit(np.asarray(vectors, np.float32).reshape(len(texts), self.dimension))


def llama_index_retriever(search: Callable[[str], list[Hit]]) -> BaseRetriever:
    """Return a llama-index retriever whose nodes are the hits of ``search``."""
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

    class Retriever(BaseRetriever):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            hits = search(query_bundle.query_str)
            return [NodeWithScore(node=TextNode(**_node(hit)), score=hit.score) for hit in hits]

    return Retriever()


def _node(hit: Hit) -> dict[str, Any]:
    """Return a hit as the fields of a llama-index TextNode."""
    passage = hit.passage
    return {
        "id_": passage.id,
        "text": passage.text,
        "start_char_idx": passage.start,
        "end_char_idx": passage.end,
        "metadata": {
            "document_id": passage.document_id,
            "source": passage.source,
            "title": passage.title,
            "heading": passage.heading,
            "page": passage.page,
            "page_label": passage.page_label,
        },
    }
