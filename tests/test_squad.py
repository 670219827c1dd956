"""Faults of SQuAD's form are named by article, paragraph and question; SQuAD 2.0 is known by what it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.gold import GoldError
from tests.test_datasets import STORAGE, read

SPOT = {"text": "96 disks", "answer_start": STORAGE.index("96 disks")}
DISKS = {"id": "1", "question": "How many?", "answers": [SPOT]}


def article(**changed: Any) -> dict[str, Any]:
    return {"title": "Orion", "paragraphs": [{"context": STORAGE, "qas": [DISKS]} | changed]}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (None, "field 'data' is not a list"),
        (["x"], "article 1: not a JSON object"),
        ([{"paragraphs": ["x"]}], "article 1, paragraph 1: not a JSON object"),
        ([article(), article(qas=None)], "article 2, paragraph 1: field 'qas' is not a list"),
        ([article(context=" "), article(context="", qas=[])], "article 1, paragraph 1: field 'context' is empty"),
        ([article(context=5)], "article 1, paragraph 1: field 'context' is not a string"),
        ([article(qas=["x"])], "article 1, paragraph 1, question 1: not a JSON object"),
        ([article(qas=[DISKS | {"question": 7}])], "question 1: field 'question' is not a string"),
        ([article(qas=[DISKS | {"answers": []}])], "question 1: no answer"),
        ([article(qas=[DISKS | {"answers": [{"answer_start": 0}]}])], "question 1: answers 1: field 'text' is missing"),
        ([article(qas=[DISKS | {"answers": [SPOT, SPOT | {"text": ""}]}])], "answers 2: field 'text' is empty"),
        ([article(qas=[DISKS | {"answers": [SPOT | {"answer_start": "0"}]}])], "'answer_start' is not a whole number"),
    ],
)
def test_faults_of_squad_are_named_by_place(tmp_path: Path, data: object, fault: str) -> None:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"form": '"paragraphs"', "paragraphs": 1, "data": data}))
    with pytest.raises(GoldError, match=r"has 1 fault:\n.*dev\.json: ") as error:
        read(path)
    assert fault in str(error.value)


def test_an_answer_that_stands_elsewhere_is_told_and_counts(tmp_path: Path) -> None:
    asked = [DISKS | {"answers": [SPOT, SPOT | {"answer_start": -1}]}, DISKS | {"id": "2", "answers": [SPOT]}]
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"data": [article(qas=asked)]}))
    (found,) = read(path)
    where = f"{path}: article 1, paragraph 1, question 1, '96 disks'"
    assert found.notes == (f"1 answer not where answer_start says; the first: {where}.",)
    assert [item.answers for item in found.gold] == [("96 disks",)] * 2


def test_equal_paragraphs_are_one_document(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    again = article(qas=[DISKS | {"id": "2"}]) | {"title": "Storage"}
    path.write_text(json.dumps({"version": "2.0", "data": [article(), again, article(context="Soup.", qas=[])]}))
    whole, absent = read(path)
    path.write_text(json.dumps({"data": [article(), again, article()]}))
    assert [item.id for item in read(path)[0].gold] == ["1", "2"], "asked twice of the same words it is one question"
    assert len(whole.documents) == 2 and {item.evidence[0].document for item in whole.gold} == {"0-0 Orion"}
    assert [item.id for item in absent.gold] == ["1", "2"], "both are about an article that is there"


def test_without_an_answer_a_question_of_squad_2_is_impossible(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"version": "2.0", "data": [article(qas=[DISKS, {"id": "2", "question": "Who?"}])]}))
    assert [item.answerable for item in read(path)[0].gold] == [True, False]


def test_squad_2_is_known_by_its_version_or_its_impossible_questions(tmp_path: Path) -> None:
    def names(version: object, *articles: dict[str, Any]) -> list[str]:
        path = tmp_path / "dev-v2.0.json"
        path.write_text(json.dumps({"version": version, "data": articles}))
        return [dataset.name for dataset in read(path)]

    other = article(qas=[DISKS | {"id": 2}])
    never = article(qas=[{"id": "3", "question": "Who built it?", "answers": [], "is_impossible": True}])
    last = article(qas=[{"id": "4", "question": "Who sold it?", "is_impossible": True}])
    assert names("v2.0", article(), other) == names(None, article(), other, never) == ["dev-v2-0", "dev-v2-0-absent"]
    assert names("1.1", article(), other) == names("v2.0", article()) == names("v2.0", never, last) == ["dev-v2-0"]
