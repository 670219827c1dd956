"""The seam to llama-index: the search as one of its retrievers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rag.datatypes import Hit

if TYPE_CHECKING:
    from llama_index.core.retrievers import BaseRetriever


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
