"""A cross-encoder puts what was found in its order, and says clearly what is wrong with a model that is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag import Chatbot, Document, ModelError
from rag.embed import HashEmbedder, find_model
from rag.rerank import Reranker
from rag.split import embedding_text
from tests.test_extract import make_hit

HITS = [make_hit(text, (0.5,), rank=n, score=1 / n) for n, text in enumerate(("red", "blue", "green"), 1)]


class Longest:
    """Finds the longest text the most relevant."""

    num_labels = 1

    def predict(self, pairs: list[tuple[str, str]], **how: Any) -> np.ndarray:
        return np.array([len(text) for _, text in pairs], np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small cross-encoder with random weights."""
    return save(tmp_path_factory.mktemp("cross"), 1)


def save(folder: Path, outputs: int) -> Path:
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(3)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "initializer_range": 0.5}
    BertForSequenceClassification(BertConfig(num_labels=outputs, **sizes)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(find_model("all-MiniLM-L6-v2")).save_pretrained(folder)
    return folder


def test_hits_are_put_in_order_and_the_scores_dealt_out_anew(folder: Path) -> None:
    reranker = Reranker(str(folder))
    reranker._model = Longest()
    found = reranker.rerank("Which colour?", HITS)
    assert [(hit.passage.text, hit.rank, hit.score) for hit in found] == [
        ("green", 1, 1),
        ("blue", 2, 1 / 2),
        ("red", 3, 1 / 3),
    ]
    assert reranker.rerank("Which colour?", []) == []


def test_the_search_has_the_order_of_sentence_transformers(folder: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    rest = "Ada feeds cats. Bridges rust slowly! Coal? Dew falls; elms grow: (frost) gale [hail] ice jam & knots, lead".split()
    for number in range(12):
        (tmp_path / f"{number}.txt").write_text(
            f"The Orion array holds disks. {' '.join(rest[number : 2 * number + 1])}"
        )
    question = "How many disks does the Orion array hold?"
    with Chatbot.open(data_dir=tmp_path / "index", embedder=HashEmbedder(), reranker=str(folder)) as bot:
        bot.ingest(tmp_path)
        every, first = bot.search(question, k=12), bot.search(question, k=3)
        assert bot.ask(question).sentences
    model = CrossEncoder(str(folder))
    relevance = model.predict([(question, embedding_text(hit.passage)) for hit in every], show_progress_bar=False)
    assert len(set(relevance)) == 12 and list(relevance) == sorted(relevance, reverse=True)
    assert [hit.passage.id for hit in first] == [hit.passage.id for hit in every[:3]]
    assert [hit.score for hit in every] == sorted((hit.score for hit in every), reverse=True)


def test_warming_up_loads_it_and_leaves_a_wrong_one_to_the_first_question(folder: Path, tmp_path: Path) -> None:
    with Chatbot.open(data_dir=tmp_path, embedder=HashEmbedder(), reranker=str(folder)) as bot:
        bot.warm_up()
        assert bot._reranker is not None and bot._reranker._model is not None
    two = save(tmp_path / "two", 2)
    with Chatbot.open(data_dir=tmp_path, embedder=HashEmbedder(), reranker=str(two)) as bot:
        bot.add([Document("d", "a.txt", "", "txt", "Red is a colour.")])
        bot.warm_up()
        with pytest.raises(ModelError, match="gives 2 numbers"):
            bot.ask("Which colour?")


def test_what_is_no_cross_encoder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'no/such'.*RAG_RERANKER"):
        Reranker("no/such")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match=r"The reranker .* cannot be loaded.*RAG_RERANKER"):
        Reranker(str(tmp_path)).rerank("Which?", HITS)
    with pytest.raises(ModelError, match=r"gives 3 numbers for a passage.*RAG_RERANKER"):
        Reranker(str(save(tmp_path / "three", 3))).rerank("Which?", HITS)
