"""The stock peer of ``make bench``: LlamaIndex with Chroma and sentence-transformers, put together as their guides do.

Run it as ``python -m eval.stock ingest DOCS INDEX MODEL [TOKENS]``, which prints seconds and passages, then ``ask
QUESTION INDEX MODEL``, which prints the passages that were found. ``add COUNT INDEX`` adds vectors one by one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any


def ingest(docs: str, index: str, model: str, tokens: str = "1024") -> None:
    """Read a folder of text files into a Chroma collection, in chunks of so many tokens (their default: 1,024)."""
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter

    store, embedding = _vector_store(index), _embedding(model)
    embedding.get_text_embedding("ready")
    splitter = SentenceSplitter(chunk_size=int(tokens), chunk_overlap=int(tokens) // 5)
    began = perf_counter()
    documents = SimpleDirectoryReader(docs).load_data()
    context = StorageContext.from_defaults(vector_store=store)
    VectorStoreIndex.from_documents(
        documents, storage_context=context, embed_model=embedding, transformations=[splitter]
    )
    seconds = perf_counter() - began
    print(json.dumps({"seconds": seconds, "passages": store.client.count()}))


def ask(question: str, index: str, model: str) -> None:
    """Print the passages nearest to the question."""
    from llama_index.core import VectorStoreIndex

    opened = VectorStoreIndex.from_vector_store(_vector_store(index), embed_model=_embedding(model))
    for found in opened.as_retriever(similarity_top_k=6).retrieve(question):
        print(f"{found.score:.3f} {found.node.get_content()[:200]!r}")


def add(count: str, index: str) -> None:
    """Print the seconds that adding so many vectors to a collection takes, one call each."""
    import chromadb
    import numpy as np

    vectors = np.random.default_rng(0).standard_normal((int(count), 384), np.float32)
    collection = chromadb.PersistentClient(index).get_or_create_collection("stock")
    began = perf_counter()
    for number, vector in enumerate(vectors):
        collection.add(ids=[str(number)], embeddings=[vector])
    print(perf_counter() - began)


def _vector_store(index: str) -> Any:
    import chromadb
    from llama_index.vector_stores.chroma import ChromaVectorStore

    collection = chromadb.PersistentClient(index).get_or_create_collection("stock")
    return ChromaVectorStore(chroma_collection=collection)


def _embedding(model: str) -> Any:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model_name=model)


if __name__ == "__main__":
    steps: dict[str, Callable[..., None]] = {"ingest": ingest, "ask": ask, "add": add}
    steps[sys.argv[1]](*sys.argv[2:])
