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
        ([article(qas=[DISKS | {"question": " "}])], "question 1: field 'question' is empty"),
        ([article(qas=[DISKS | {"id": []}])], "question 1: field 'id' is not a string"),
        ([article(qas=[DISKS | {"answers": "96 disks"}])], "question 1: field 'answers' is not a list"),
        ([article(qas=[DISKS | {"answers": ["96 disks"]}])], "question 1: item 1 of 'answers' is not an object"),
        ([article(qas=[DISKS | {"answers": [{"answer_start": 0}]}])], "question 1: answers 1: field 'text' is missing"),
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


def asked(path: Path, *questions: dict[str, Any], **more: Any) -> tuple[list[tuple[str, ...] | None], tuple[str, ...]]:
    """Return the answers to each question, None where it is impossible, and what is told of the set."""
    path.write_text(json.dumps(more | {"data": [article(qas=list(questions))]}))
    (found,) = read(path)
    return [item.answers if item.answerable else None for item in found.gold], found.notes


@pytest.mark.parametrize("start", [None, "", "x", str(SPOT["answer_start"]), float(SPOT["answer_start"]), [], "inf"])
def test_where_an_answer_starts_may_be_written_in_any_way(tmp_path: Path, start: object) -> None:
    assert asked(tmp_path / "dev.json", DISKS | {"answers": [SPOT | {"answer_start": start}]}) == ([("96 disks",)], ())
    assert asked(tmp_path / "dev.json", DISKS | {"answers": [{"text": "96 disks"}]}) == ([("96 disks",)], ())


def test_an_answer_that_does_not_stand_in_the_paragraph_is_told_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    loose = [{"text": text, "answer_start": 9} for text in ("96  Disks", "the array", "９６ disks")]
    absent = [{"text": text, "answer_start": 9} for text in ("97 disks", "ninety")]
    found = asked(path, DISKS | {"answers": loose}, DISKS | {"id": "2", "answers": [SPOT, *absent]})
    where = f"{path}: article 1, paragraph 1, question 2, '97 disks'"
    assert found == (
        [("96  Disks", "the array", "９６ disks"), ("96 disks", "97 disks", "ninety")],
        (f"2 answers not in the paragraph; the first: {where}.",),
    )


def test_a_question_whose_answers_are_all_empty_is_impossible(tmp_path: Path) -> None:
    path, empty = tmp_path / "dev.json", {"text": "", "answer_start": None}
    forms = [[empty], [{"text": None, "answer_start": -1}] * 2, {"text": [], "answer_start": []}, {"text": [" "]}]
    questions = [DISKS | {"id": str(number), "answers": form} for number, form in enumerate(forms)]
    assert asked(path, *questions, DISKS | {"id": "9", "answers": [empty, SPOT]}) == ([None] * 4 + [("96 disks",)], ())
    told = f"2 questions without an answer; the first: {path}: article 1, paragraph 1, question 1."
    questions = [DISKS | {"answers": None}, DISKS | {"id": "2", "answers": []}]
    assert asked(path, *questions) == ([(), ()], (told,)), "nothing says that they are impossible"
    assert asked(path, *questions, version="v2.0") == ([None, None], ())


def test_answers_as_hugging_face_has_them_and_one_alone_are_read(tmp_path: Path) -> None:
    start = SPOT["answer_start"]
    for answers in ({"text": ["96 disks", "96"], "answer_start": [start, 3]}, {"text": ["96 disks", "96"]}):
        found, notes = asked(tmp_path / "dev.json", DISKS | {"answers": answers})
        assert found == [("96 disks", "96")] and bool(notes) == ("answer_start" in answers)
    assert asked(tmp_path / "dev.json", DISKS | {"answers": SPOT}) == ([("96 disks",)], ())


def test_an_id_may_have_another_name_or_is_made_of_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "dev 7, 8.json"
    bare = {name: value for name, value in DISKS.items() if name != "id"}
    path.write_text(json.dumps({"data": [article(qas=[bare | {"guid": "g"}, bare | {"qid": 5}]), article(qas=[bare])]}))
    assert [item.id for item in read(path)[0].gold] == ["g", "5", "2-1-1"]


def test_paragraphs_that_differ_in_white_space_only_are_one_document(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    spaced = "  " + STORAGE.replace(" ", "\n", 1)
    spot = SPOT | {"answer_start": spaced.index("96 disks")}
    again = {"context": spaced, "qas": [DISKS | {"id": "2", "answers": [spot]}]}
    path.write_text(json.dumps({"data": [article(), {"title": "x", "paragraphs": [again]}]}))
    (found,) = read(path)
    assert [document.text for document in found.documents] == [STORAGE] and found.notes == ()
    assert {item.evidence[0].document for item in found.gold} == {"0-0 Orion"}


def test_questions_in_another_language_than_the_paragraphs_are_told(tmp_path: Path) -> None:
    told = ("The paragraphs are in one language (de), the questions in another (en).",)
    assert asked(tmp_path / "test-context-de-question-en.json", DISKS)[1] == told
    assert asked(tmp_path / "test-context-de-question-de.json", DISKS)[1] == ()


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
