"""The real model against its published digest and against sentence-transformers; the fake; the llama-index wrapper."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag.embed import Embedder, HashEmbedder, LlamaIndexEmbedder, find_model, open_embedder
from rag.errors import ModelError


@pytest.fixture(scope="module")
def model() -> Embedder:
    return open_embedder("all-MiniLM-L6-v2")


def test_the_default_model_knows_itself(model: Embedder) -> None:
    assert (model.dimension, model.max_tokens) == (384, 256)
    assert len(model.fingerprint) == 32
    assert model.count_tokens(["hello world", ""]) == [2, 0]
    assert model.count_tokens([]) == []


def test_vectors_are_unit_and_mean_something(model: Embedder) -> None:
    vectors = model.embed(["A cat sleeps.", "A kitten is napping.", "Interest rates rose."])
    assert vectors.shape == (3, 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]
    assert model.embed([]).shape == (0, 384)


def test_vectors_equal_a_plain_mean_of_token_states(model: Embedder) -> None:
    """Second implementation: transformers alone, mean over the tokens, unit length, as the model card describes."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = find_model("all-MiniLM-L6-v2")
    tokens = AutoTokenizer.from_pretrained(folder)("Memory bandwidth of the H200", return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(folder)(**tokens).last_hidden_state[0]
    mean = states.mean(0).numpy()
    assert np.allclose(model.embed(["Memory bandwidth of the H200"])[0], mean / np.linalg.norm(mean), atol=1e-5)


def test_many_threads_may_embed_at_once(model: Embedder) -> None:
    texts = [f"text number {i}" for i in range(16)]
    alone = model.embed(texts)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: model.embed([text], query=True)[0], texts))
    assert np.allclose(alone, together, atol=1e-5)


def test_a_missing_model_is_named_with_the_next_step() -> None:
    with pytest.raises(ModelError, match=r"no-such-org/no-such-model.*RAG_EMBEDDING_MODEL"):
        open_embedder("no-such-org/no-such-model")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_embedder(str(tmp_path)).embed(["x"])


def test_the_model_is_loaded_at_first_use_only() -> None:
    code = (
        "import sys; from rag.embed import open_embedder; e = open_embedder('all-MiniLM-L6-v2');"
        "assert e.fingerprint and 'torch' not in sys.modules; assert e.dimension == 384 and 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


def test_the_fake_brings_shared_words_near() -> None:
    fake = HashEmbedder()
    a, b, c = fake.embed(["red disks spin", "red disks stop", "blue cables hang"])
    assert a @ b > a @ c
    assert np.array_equal(fake.embed(["red disks spin"])[0], a)


def test_a_llama_index_model_can_be_passed_in() -> None:
    from llama_index.core.embeddings import MockEmbedding

    wrapped = LlamaIndexEmbedder(MockEmbedding(embed_dim=8))
    assert wrapped.dimension == 8
    assert np.allclose(np.linalg.norm(wrapped.embed(["a", "b"]), axis=1), 1)
    assert np.allclose(wrapped.embed(["a"], query=True), wrapped.embed(["a"]))
    assert wrapped.count_tokens(["one two three four"]) == [6]
