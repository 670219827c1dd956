"""Well-known retrieval pipelines on the same questions, with the same embedding model, beside ours.

    python -m eval.peers --data DATA            # needs the extra [peers]

Each peer runs with its default chunks and with the chunks its own documentation recommends for a model of this window.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.datasets import Dataset, find_datasets
from eval.gold import locate
from eval.metrics import character_measures, interval, randomisation_p, rank_measures
from rag import Chatbot, Document, Hit, Passage, load_settings

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
Search = Callable[[str, int], list[Hit]]
_WINDOW_TOKENS = 256  # what all-MiniLM-L6-v2 sees of a chunk
_DEEP = 30  # hits asked for, so that ten different documents are among them


@dataclass(frozen=True, slots=True)
class Peer:
    """A pipeline in one setting: ``build`` indexes the documents and returns its search."""

    name: str
    build: Callable[[Sequence[Document], Embed], Search]


def _hit(document: Document, text: str, rank: int, start: int | None) -> Hit:
    """Return a peer's chunk as a hit; a chunk whose place is not told is looked up in its document."""
    if start is None or document.text[start : start + len(text)] != text:
        start = max(0, document.text.find(text))
    passage = Passage(f"{document.id}:{start}", document.id, document.name, "", 0, start, start + len(text), text)
    return Hit(passage, rank, -float(rank))


def _llama_nodes(documents: Sequence[Document], tokens: int | None) -> list[Any]:
    from llama_index.core import Document as LlamaDocument
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(chunk_size=tokens, chunk_overlap=20) if tokens else SentenceSplitter()
    return splitter.get_nodes_from_documents(
        [LlamaDocument(text=d.text, doc_id=d.id, metadata={"title": d.title}) for d in documents]
    )


def _llama_embedding(embed: Embed) -> Any:
    from llama_index.core.embeddings import BaseEmbedding

    class Given(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return [float(x) for x in embed([text])[0]]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [[float(x) for x in row] for row in embed(texts)]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    return Given()


def llama_index(tokens: int | None, fusion: bool) -> Callable[[Sequence[Document], Embed], Search]:
    """LlamaIndex: VectorStoreIndex, or with ``fusion`` its QueryFusionRetriever over that and BM25."""

    def build(documents: Sequence[Document], embed: Embed) -> Search:
        from llama_index.core import VectorStoreIndex

        nodes = _llama_nodes(documents, tokens)
        index = VectorStoreIndex(nodes, embed_model=_llama_embedding(embed))
        known = {document.id: document for document in documents}

        def search(question: str, k: int) -> list[Hit]:
            retriever: Any = index.as_retriever(similarity_top_k=k)
            if fusion:
                retriever = _fused(retriever, nodes, k)
            found = retriever.retrieve(question)
            return [
                _hit(known[n.node.ref_doc_id], n.node.text, rank, n.node.start_char_idx)
                for rank, n in enumerate(found, 1)
            ]

        return search

    return build


_bm25: dict[int, Any] = {}


def _fused(dense: Any, nodes: list[Any], k: int) -> Any:
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
    from llama_index.retrievers.bm25 import BM25Retriever

    if id(nodes) not in _bm25:
        _bm25.clear()
        _bm25[id(nodes)] = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(k, len(nodes)))
    return QueryFusionRetriever(
        [dense, _bm25[id(nodes)]],
        llm=MockLLM(),
        similarity_top_k=k,
        num_queries=1,
        mode=FUSION_MODES.RECIPROCAL_RANK,
        use_async=False,
    )


def _recursive(documents: Sequence[Document], characters: int) -> Iterator[tuple[Document, str, int]]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=characters, chunk_overlap=0, add_start_index=True)
    for document in documents:
        for chunk in splitter.create_documents([document.text]):
            yield document, chunk.page_content, chunk.metadata["start_index"]


def chroma(characters: int) -> Callable[[Sequence[Document], Embed], Search]:
    """Chroma with the recursive character splitter."""

    def build(documents: Sequence[Document], embed: Embed) -> Search:
        import chromadb

        client = chromadb.EphemeralClient()
        collection = client.get_or_create_collection(f"peer-{characters}", metadata={"hnsw:space": "cosine"})
        chunks = list(_recursive(documents, characters))
        for start in range(0, len(chunks), 2_000):
            part = chunks[start : start + 2_000]
            ids = [str(start + i) for i in range(len(part))]
            collection.upsert(ids, embeddings=embed([text for _, text, _ in part]))

        def search(question: str, k: int) -> list[Hit]:
            vector = embed([question])
            found = collection.query(query_embeddings=vector, n_results=min(k, len(chunks)))["ids"][0]
            picked = [chunks[int(key)] for key in found]
            return [_hit(document, text, rank, place) for rank, (document, text, place) in enumerate(picked, 1)]

        return search

    return build


def haystack(words: int) -> Callable[[Sequence[Document], Embed], Search]:
    """Haystack: BM25 and embedding retrieval over its in-memory store, joined by reciprocal rank fusion."""

    def build(documents: Sequence[Document], embed: Embed) -> Search:
        from haystack import Document as Chunk
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.preprocessors import DocumentSplitter
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        known = {document.id: document for document in documents}
        splitter = DocumentSplitter(split_by="word", split_length=words, split_overlap=0)
        made = splitter.run([Chunk(content=d.text, meta={"key": d.id}) for d in documents])["documents"]
        vectors = embed([chunk.content for chunk in made])
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        store.write_documents(
            [replace(chunk, embedding=[float(x) for x in row]) for chunk, row in zip(made, vectors, strict=True)]
        )
        lexical, dense = InMemoryBM25Retriever(store), InMemoryEmbeddingRetriever(store)

        def search(question: str, k: int) -> list[Hit]:
            sides = [
                lexical.run(query=question, top_k=k)["documents"],
                dense.run(query_embedding=[float(x) for x in embed([question])[0]], top_k=k)["documents"],
            ]
            found = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=k).run(sides)["documents"]
            return [
                _hit(known[c.meta["key"]], c.content, rank, c.meta.get("split_idx_start"))
                for rank, c in enumerate(found, 1)
            ]

        return search

    return build


def txtai(characters: int) -> Callable[[Sequence[Document], Embed], Search]:
    """txtai with ``hybrid``: dense and BM25 scores added at equal weight, over recursive chunks."""

    def build(documents: Sequence[Document], embed: Embed) -> Search:
        from txtai import Embeddings

        chunks = list(_recursive(documents, characters))
        index = Embeddings(method="external", transform=lambda texts: embed(list(texts)), hybrid=True, content=False)
        index.index((number, text, None) for number, (_, text, _) in enumerate(chunks))

        def search(question: str, k: int) -> list[Hit]:
            picked = [chunks[number] for number, _ in index.search(question, k)]
            return [_hit(document, text, rank, place) for rank, (document, text, place) in enumerate(picked, 1)]

        return search

    return build


PEERS = (
    Peer("LlamaIndex vector index, default", llama_index(None, fusion=False)),
    Peer("LlamaIndex vector index, 256 tokens", llama_index(_WINDOW_TOKENS, fusion=False)),
    Peer("LlamaIndex query fusion, 256 tokens", llama_index(_WINDOW_TOKENS, fusion=True)),
    Peer("Chroma, recursive 4000 characters", chroma(4_000)),
    Peer("Chroma, recursive 800 characters", chroma(800)),
    Peer("Haystack hybrid, default 200 words", haystack(200)),
    Peer("txtai hybrid, recursive 800 characters", txtai(800)),
)


def compare_peers(dataset: Dataset, folder: Path, limit: int | None) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """Yield for ours and for every peer the measures of each answerable question."""
    questions = [item for item in dataset.gold if item.answerable]
    if limit and limit < len(questions):
        chosen = np.random.default_rng(0).choice(len(questions), limit, replace=False)
        questions = [questions[index] for index in sorted(chosen)]
    spans = locate(questions, dataset.documents)

    def measure(search: Search) -> dict[str, list[float]]:
        columns: dict[str, list[float]] = {}
        for item in questions:
            values = rank_measures(spans[item.id], search(item.question, _DEEP), dataset.unit)
            if dataset.unit == "passage":
                values |= character_measures(spans[item.id], search(item.question, 5))
            for name, value in values.items():
                columns.setdefault(name, []).append(value)
        return columns

    with Chatbot.open(load_settings(data_dir=folder / f"eval-{dataset.name}")) as bot:
        bot.add(dataset.documents)
        cache: dict[str, NDArray[np.float32]] = {}

        def embed(texts: Sequence[str]) -> NDArray[np.float32]:
            fresh = [text for text in dict.fromkeys(texts) if text not in cache]
            if fresh:
                cache.update(zip(fresh, bot.embedder.embed(fresh), strict=True))
            return np.stack([cache[text] for text in texts])

        yield "this project", measure(lambda question, k: bot.search(question, k))
        for side in ("meaning", "words"):
            yield f"its {side} alone", measure(lambda question, k, side=side: bot.search(question, k, by=side))  # type: ignore[misc]
        for peer in PEERS:
            yield peer.name, measure(peer.build(dataset.documents, embed))


def main() -> None:
    """Print one table for each data set: mean, 95 % interval, and the p of the difference to ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a data set or a folder of such")
    parser.add_argument("--data-dir", type=Path, default=Path(".rag"), help="folder for the indexes")
    parser.add_argument("--limit", type=int, help="questions of each set")
    chosen = parser.parse_args()
    for read in find_datasets(chosen.data):
        for dataset in read():
            if not dataset.documents or dataset.name.endswith("-absent"):
                continue
            names = ["char_recall@5", "char_iou@5"] if dataset.unit == "passage" else ["hit@1", "mrr@10"]
            print(f"\n{dataset.name}\n| pipeline | {' | '.join(names)} |\n|---|{'---|' * len(names)}", flush=True)
            ours: dict[str, list[float]] = {}
            for name, columns in compare_peers(dataset, chosen.data_dir, chosen.limit):
                ours = ours or columns
                cells = [_cell(columns[measure], ours[measure]) for measure in names]
                print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _cell(values: list[float], ours: list[float]) -> str:
    low, high = interval(values)
    p = "" if values is ours else f", p {randomisation_p(values, ours):.4f}"
    return f"{np.mean(values):.3f} ({low:.3f} to {high:.3f}{p})"


if __name__ == "__main__":
    main()
