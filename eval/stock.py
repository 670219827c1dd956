"""The stock peer of ``make bench``: LlamaIndex with Chroma and sentence-transformers, put together as their guides do.

Run it as ``python -m eval.stock ingest DOCS INDEX MODEL``, then ``python -m eval.stock ask QUESTION INDEX MODEL``,
which prints the passages that were found.
"""

from __future__ import annotations

import sys
from typing import Any


def ingest(docs: str, index: str, model: str) -> None:
    """Read a folder of text files into a Chroma collection."""
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex

    store = StorageContext.from_defaults(vector_store=_vector_store(index))
    documents = SimpleDirectoryReader(docs).load_data()
    VectorStoreIndex.from_documents(documents, storage_context=store, embed_model=_embedding(model))


def ask(question: str, index: str, model: str) -> None:
    """Print the passages nearest to the question."""
    from llama_index.core import VectorStoreIndex

    opened = VectorStoreIndex.from_vector_store(_vector_store(index), embed_model=_embedding(model))
    for found in opened.as_retriever(similarity_top_k=6).retrieve(question):
        print(f"{found.score:.3f} {found.node.get_content()[:200]!r}")


def _vector_store(index: str) -> Any:
    import chromadb
    from llama_index.vector_stores.chroma import ChromaVectorStore

    collection = chromadb.PersistentClient(index).get_or_create_collection("stock")
    return ChromaVectorStore(chroma_collection=collection)


def _embedding(model: str) -> Any:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model_name=model)


if __name__ == "__main__":
    {"ingest": ingest, "ask": ask}[sys.argv[1]](*sys.argv[2:])
