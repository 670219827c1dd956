"""Both sides of a search together: words decide where the vectors hardly tell passages apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag import Chatbot, Document, HashEmbedder, QuestionError, Settings

METALS = ["iron", "copper", "zinc", "tin", "lead", "silver", "gold", "nickel", "cobalt", "chromium", "titanium"]


class Fog(HashEmbedder):
    """Tells texts apart hardly at all, like a model that does not know their language."""

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        vectors = super().embed(texts, query=query) * 0.05
        vectors[:, 0] += 1.0
        # What is nearest is noise: the question lies beside the first document.
        vectors[:, 1] += [0.75 if query or METALS[0] in text else 0.0 for text in texts]
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def search(folder: Path, embedder: HashEmbedder, question: str, by: str = "both") -> tuple[str, float]:
    with Chatbot.open(Settings(data_dir=folder, dense_weight=0.95), embedder=embedder) as bot:
        bot.add([Document(metal, f"{metal}.txt", "", "txt", f"The price of {metal} is told here.") for metal in METALS])
        first = bot.search(question, 3, by=by)[0]
        return first.passage.document_id, first.trust


def test_words_decide_where_vectors_hardly_tell_passages_apart(tmp_path: Path) -> None:
    assert search(tmp_path, Fog(), "What is the price of cobalt?", by="meaning")[0] == METALS[0]
    with pytest.raises(QuestionError, match="There is no search by 'dense'"):
        search(tmp_path, Fog(), "What is the price of cobalt?", by="dense")
    found, trust = search(tmp_path, Fog(), "What is the price of cobalt?")
    assert found == "cobalt" and trust < 0.7


def test_vectors_that_tell_passages_apart_are_trusted(tmp_path: Path) -> None:
    found, trust = search(tmp_path, HashEmbedder(), "cobalt")
    assert found == "cobalt" and trust > 0.8


def test_vectors_of_words_that_the_model_does_not_know_are_not(tmp_path: Path) -> None:
    class Abroad(HashEmbedder):
        def known_share(self, text: str) -> float:
            return 0.3

    assert search(tmp_path, Abroad(), "cobalt")[1] < 0.3


def test_a_code_is_found_as_it_stands(tmp_path: Path) -> None:
    with Chatbot.open(Settings(data_dir=tmp_path), embedder=Fog()) as bot:
        codes = [f"{a}.{b}.{c}" for a in (1, 2, 4) for b in (1, 2, 4) for c in (1, 2, 4)]
        bot.add(
            Document(code, f"{code}.txt", "", "txt", f"Release {code} mends {METALS[len(code)]}.") for code in codes
        )
        for code in ("4.1.2", "1.4.2", "2.1.4"):
            assert bot.search(f"What does release {code} mend?", 3)[0].passage.document_id == code


@pytest.mark.parametrize("code", ["2024/117", "08/12/2025", "v1.2-beta2", "po-8841"])
def test_codes_of_every_kind_are_found_as_they_stand(tmp_path: Path, code: str) -> None:
    with Chatbot.open(Settings(data_dir=tmp_path), embedder=HashEmbedder()) as bot:
        parts = re.sub(r"[-./]", " ", code)
        texts = {"right": f"The order {code.upper()} came late.", "wrong": f"The order {parts} {parts} came late."}
        bot.add(Document(name, f"{name}.txt", "", "txt", text) for name, text in texts.items())
        assert bot.search(f"Why was {code} late?", 2)[0].passage.document_id == "right"


def test_words_within_a_code_still_count(tmp_path: Path) -> None:
    with Chatbot.open(Settings(data_dir=tmp_path), embedder=HashEmbedder()) as bot:
        bot.add(
            [Document("a", "a.txt", "", "txt", "Order 8841 came late."), Document("b", "b.txt", "", "txt", "Rain.")]
        )
        assert bot.search("What of PO-8841?", 2)[0].passage.document_id == "a"


def test_words_that_follow_one_another_are_best_found_near_to_each_other(tmp_path: Path) -> None:
    texts = {
        "apart": "The red mill by the river was sold by the town to the miller. He built a bridge there.",
        "near": "The mill by the river was sold by the town to the miller. He built a red bridge there.",
    }
    with Chatbot.open(Settings(data_dir=tmp_path), embedder=HashEmbedder()) as bot:
        bot.add(Document(name, f"{name}.txt", "", "txt", text) for name, text in texts.items())
        first, second = bot.search("red bridge", 2, again=False)
        assert first.passage.document_id == "near" and first.score - second.score > 0.1


def test_a_document_that_goes_away_during_a_search_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Chatbot.open(Settings(data_dir=tmp_path), embedder=HashEmbedder()) as bot:
        bot.add([Document("a", "a.txt", "", "txt", "Iron is told here.")])
        monkeypatch.setattr(bot._vectors, "search", lambda *_: [])
        monkeypatch.setattr(bot._store, "match", lambda *_: [("gone", 1.0)])
        assert bot.search("What of iron?") == []


def test_fewer_than_one_hit_are_not_searched_for(tmp_path: Path) -> None:
    with Chatbot.open(Settings(data_dir=tmp_path), embedder=HashEmbedder()) as bot:
        bot.add([Document(metal, f"{metal}.txt", "", "txt", f"{metal} is told here.") for metal in METALS])
        assert [len(bot.search("What of iron?", -3, by=by)) for by in ("both", "meaning", "words")] == [1, 1, 1]
