"""Well-known retrieval pipelines, each in its default setting and in the best one that its own documentation shows.

All get the same texts and the same embedding model. A pipeline is a way to split documents into chunks and a way to
rank the chunks for a question; both are the peer's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag import Document, Embedder

TOKENS = 256  # what all-MiniLM-L6-v2 sees of a chunk
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document as the peer cut it; ``start`` is its offset."""

    document: Document
    text: str
    start: int


Rank = Callable[[str, int], list[int]]


class Vectors:
    """The embedding model for all peers; a text is embedded once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embedder.embed(fresh), strict=True))
        return np.stack([self._known[text] for text in texts])

    def tokens(self, text: str) -> int:
        """Return the number of the model's tokens."""
        return self._embedder.count_tokens([text])[0]


@dataclass(frozen=True, slots=True)
class Peer:
    """A pipeline in one setting; ``package`` is what its version is told of."""

    name: str
    package: str
    split: Callable[[Sequence[Document], Vectors], list[Chunk]]
    build: Callable[[Sequence[Chunk], Vectors], Rank]


def place(document: Document, texts: Sequence[str], starts: Sequence[int | None] = ()) -> list[Chunk]:
    """Return chunks with the place where each stands, looked for behind the start of the one before it.

    What the splitter says of the place, in ``starts``, counts only where the text is not found, for some tell a wrong
    place where text repeats.
    """
    chunks = []
    cursor = 0
    for number, text in enumerate(texts):
        start = document.text.find(text, cursor)
        if start < 0:
            start = document.text.find(text)
        if start < 0:
            start = (starts[number] if number < len(starts) else None) or 0
        chunks.append(Chunk(document, text, start))
        cursor = max(cursor, start + 1)
    return chunks


def llama_sentences(tokens: int | None) -> Callable[[Sequence[Document], Vectors], list[Chunk]]:
    """LlamaIndex's SentenceSplitter, by default of 1,024 tokens with an overlap of 200."""

    def split(documents: Sequence[Document], vectors: Vectors) -> list[Chunk]:
        from llama_index.core.node_parser import SentenceSplitter

        splitter = SentenceSplitter(chunk_size=tokens, chunk_overlap=20) if tokens else SentenceSplitter()
        return [chunk for document in documents for chunk in place(document, splitter.split_text(document.text))]

    return split


def recursive(tokens: int | None) -> Callable[[Sequence[Document], Vectors], list[Chunk]]:
    """LangChain's recursive character splitter, by default of 4,000 characters, or of so many tokens."""

    def split(documents: Sequence[Document], vectors: Vectors) -> list[Chunk]:
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        marks = ["\n\n", "\n", ".", "?", "!", " ", ""]  # those of Chroma's report
        splitter = RecursiveCharacterTextSplitter()
        if tokens:
            splitter = RecursiveCharacterTextSplitter(
                separators=marks, chunk_size=tokens, chunk_overlap=0, length_function=vectors.tokens
            )
        return [chunk for document in documents for chunk in place(document, splitter.split_text(document.text))]

    return split


def haystack_words(words: int) -> Callable[[Sequence[Document], Vectors], list[Chunk]]:
    """Haystack's DocumentSplitter by words; its default are 200 without an overlap."""

    def split(documents: Sequence[Document], vectors: Vectors) -> list[Chunk]:
        from haystack import Document as Whole
        from haystack.components.preprocessors import DocumentSplitter

        splitter = DocumentSplitter(split_by="word", split_length=words, split_overlap=0)
        chunks = []
        for document in documents:
            made = splitter.run([Whole(content=document.text)])["documents"]
            chunks += place(document, [m.content for m in made], [m.meta.get("split_idx_start") for m in made])
        return chunks

    return split


def txtai_paragraphs(documents: Sequence[Document], vectors: Vectors) -> list[Chunk]:
    """txtai's Segmentation by paragraphs."""
    from txtai.pipeline import Segmentation

    segment = Segmentation(paragraphs=True, cleantext=False)
    return [chunk for document in documents for chunk in place(document, segment(document.text) or [document.text])]


def _llama_index(chunks: Sequence[Chunk], vectors: Vectors) -> tuple[Any, list[Any]]:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.schema import TextNode

    class Given(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return [float(x) for x in vectors.embed([text])[0]]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [[float(x) for x in row] for row in vectors.embed(texts)]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    nodes = [
        TextNode(id_=str(number), text=chunk.text, metadata={"title": chunk.document.title})
        for number, chunk in enumerate(chunks)
    ]
    return VectorStoreIndex(nodes, embed_model=Given(embed_batch_size=256)), nodes


def llama_vectors(chunks: Sequence[Chunk], vectors: Vectors) -> Rank:
    """LlamaIndex's VectorStoreIndex, as its retriever searches it."""
    index, _ = _llama_index(chunks, vectors)

    def rank(question: str, k: int) -> list[int]:
        return [int(found.node.node_id) for found in index.as_retriever(similarity_top_k=k).retrieve(question)]

    return rank


def llama_fusion(mode: str, weights: list[float] | None = None) -> Callable[[Sequence[Chunk], Vectors], Rank]:
    """LlamaIndex's QueryFusionRetriever over the vector index and BM25, without further queries by an LLM."""

    def build(chunks: Sequence[Chunk], vectors: Vectors) -> Rank:
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
        from llama_index.retrievers.bm25 import BM25Retriever

        index, nodes = _llama_index(chunks, vectors)
        lexical: dict[int, Any] = {}

        def rank(question: str, k: int) -> list[int]:
            if k not in lexical:
                lexical[k] = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(k, len(nodes)))
            retriever = QueryFusionRetriever(
                [index.as_retriever(similarity_top_k=k), lexical[k]],
                llm=MockLLM(), mode=FUSION_MODES(mode), retriever_weights=weights,
                similarity_top_k=k, num_queries=1, use_async=False,
            )  # fmt: skip
            return [int(found.node.node_id) for found in retriever.retrieve(question)]

        return rank

    return build


def chroma(chunks: Sequence[Chunk], vectors: Vectors) -> Rank:
    """A Chroma collection, as it is made by default."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    if "peer" in [collection.name for collection in client.list_collections()]:
        client.delete_collection("peer")
    collection = client.create_collection("peer", embedding_function=None)
    for first in range(0, len(chunks), _BATCH):
        part = chunks[first : first + _BATCH]
        ids = [str(first + number) for number in range(len(part))]
        collection.add(ids, embeddings=vectors.embed([chunk.text for chunk in part]))

    def rank(question: str, k: int) -> list[int]:
        found = collection.query(query_embeddings=vectors.embed([question]), n_results=min(k, len(chunks)))
        return [int(key) for key in found["ids"][0]]

    return rank


def haystack(join: str, with_title: bool) -> Callable[[Sequence[Chunk], Vectors], Rank]:
    """Haystack's hybrid pipeline: BM25 and embedding retrievers over its in-memory store, and a joiner."""

    def build(chunks: Sequence[Chunk], vectors: Vectors) -> Rank:
        from haystack import Document as Stored
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        texts = [f"{c.document.title}\n{c.text}" if with_title and c.document.title else c.text for c in chunks]
        rows = vectors.embed(texts)
        store = InMemoryDocumentStore()
        store.write_documents(
            [
                Stored(id=str(number), content=chunk.text, embedding=[float(x) for x in row])
                for number, (chunk, row) in enumerate(zip(chunks, rows, strict=True))
            ]
        )
        lexical, dense = InMemoryBM25Retriever(store), InMemoryEmbeddingRetriever(store)

        def rank(question: str, k: int) -> list[int]:
            embedding = [float(x) for x in vectors.embed([question])[0]]
            sides = [
                lexical.run(query=question, top_k=k)["documents"],
                dense.run(query_embedding=embedding, top_k=k)["documents"],
            ]
            joined = DocumentJoiner(join_mode=join, top_k=k).run(sides)["documents"]
            return [int(found.id) for found in joined]

        return rank

    return build


def txtai(chunks: Sequence[Chunk], vectors: Vectors) -> Rank:
    """txtai with ``hybrid``: its dense and BM25 scores at equal weight."""
    from txtai import Embeddings

    index = Embeddings(method="external", transform=lambda texts: vectors.embed(list(texts)), hybrid=True)
    index.index((number, chunk.text, None) for number, chunk in enumerate(chunks))

    def rank(question: str, k: int) -> list[int]:
        return [int(number) for number, _ in index.search(question, k)]

    return rank


_LLAMA, _FUSION, _HAYSTACK = "llama-index-core", "llama-index-retrievers-bm25", "haystack-ai"
PEERS = (
    Peer("LlamaIndex VectorStoreIndex, default", _LLAMA, llama_sentences(None), llama_vectors),
    Peer("LlamaIndex VectorStoreIndex, 256 tokens", _LLAMA, llama_sentences(TOKENS), llama_vectors),
    Peer("LlamaIndex QueryFusionRetriever, default", _FUSION, llama_sentences(None), llama_fusion("simple")),
    Peer("LlamaIndex QueryFusionRetriever, 256 tokens, reciprocal rank", _FUSION, llama_sentences(TOKENS),
         llama_fusion("reciprocal_rerank")),
    Peer("LlamaIndex QueryFusionRetriever, 256 tokens, scores .6 and .4", _FUSION, llama_sentences(TOKENS),
         llama_fusion("dist_based_score", [0.6, 0.4])),
    Peer("Chroma, recursive splitter, default", "chromadb", recursive(None), chroma),
    Peer("Chroma, recursive splitter, 200 tokens", "chromadb", recursive(200), chroma),
    Peer("Haystack hybrid, default", _HAYSTACK, haystack_words(200), haystack("concatenate", with_title=False)),
    Peer("Haystack hybrid, reciprocal rank, titles embedded", _HAYSTACK, haystack_words(150),
         haystack("reciprocal_rank_fusion", with_title=True)),
    Peer("txtai hybrid, default, paragraphs", "txtai", txtai_paragraphs, txtai),
    Peer("txtai hybrid, recursive splitter, 200 tokens", "txtai", recursive(200), txtai),
)  # fmt: skip
