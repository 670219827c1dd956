"""Words that mean nearly the same: found once for a model, kept, and counted in part where the asked ones lack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.confidence import confidence
from rag.embed import open_embedder
from rag.related import open_related, related_stems
from rag.text import coverage
from tests.test_extract import make_hit

PLACES = {"hens": (1.0, 0.0), "chickens": (0.8, 0.6), "boat": (0.0, 1.0), "the": (1.0, 0.0), "##ens": (1.0, 0.0)}


def embed(words: Sequence[str]) -> NDArray[np.float32]:
    return np.array([PLACES[word] for word in words], np.float32)


def refuse(words: Sequence[str]) -> NDArray[np.float32]:
    raise AssertionError(words)


def test_words_that_are_near_are_found_once_which_is_told_and_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for how in (embed, refuse):
        related = open_related(tmp_path, "model", PLACES, how)
        assert related.of("hens") == {"chickens": pytest.approx(0.8, abs=1e-3)}
        assert related.of("chickens").keys() == {"hens", "boat"}
        assert related.of("the") == related.of("ship") == {}
        assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
            "Finding which words mean nearly the same"
        ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"no archive"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    open_related(tmp_path, "model", PLACES, embed)
    (note,) = tmp_path.iterdir()
    note.write_bytes(content)
    assert open_related(tmp_path, "model", PLACES, embed).of("hens")
    assert open_related(tmp_path, "model", PLACES, refuse).of("hens")


def test_without_a_place_to_keep_them_they_are_found_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert open_related(tmp_path / "file", "model", PLACES, embed).of("hens")


def near_ones(word: str) -> dict[str, float]:
    return {"hens": 0.8, "chicken": 0.9} if word == "chickens" else {}


def test_a_related_word_counts_in_part_and_names_have_none() -> None:
    related = related_stems("Which of the chickens may Hens keep?", near_ones)
    assert related["chicken"] == {"hen": pytest.approx(0.6)}
    assert "hen" not in related
    assert related_stems("Welche chickens darf ich halten?", near_ones) == {}
    assert related_stems("chickens", near_ones, least=0.7) == {"chicken": {}}
    rarity = {"chicken": 3.0, "keep": 1.0}
    assert coverage({"keep", "hen"}, rarity, related) == pytest.approx((1 + 3 * 0.6) / 4)
    assert coverage({"keep", "hen", "chicken"}, rarity, related) == 1.0
    assert coverage({"keep", "hen"}, rarity) == 0.25


def test_what_no_document_speaks_of_is_less_sure_without_a_related_word() -> None:
    hits, rarity = [make_hit("Up to six hens are allowed.", (0.5,))], {"chicken": 5.0, "allow": 1.0}
    near, far = ({"chicken": {other: 0.6}} for other in ("hen", "bird"))
    sure = [confidence("chickens allowed", hits, rarity, ["chickens"], related=related) for related in (near, far, {})]
    assert sure[0] > sure[2] > sure[1]


def test_the_default_model_knows_what_people_mean() -> None:
    embedder = open_embedder()
    near = embedder.related("chickens")  # type: ignore[attr-defined]
    assert {"hens", "poultry"} & near.keys()
    assert "chickens" not in near
    assert all(0.6 <= cosine < 1 for cosine in near.values())
