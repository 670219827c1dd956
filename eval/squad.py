"""SQuAD 1.1 and 2.0 and XQuAD: one document for each paragraph, each fault with its article, paragraph and question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from eval.datasets import Dataset, Notes, as_document, read_text, slug
from eval.gold import Evidence, Gold, GoldError, refuse
from eval.metrics import answer_inside
from eval.strict import Faults, Spelled, Words
from rag import Document


def _offset(value: object) -> int | None:
    """Return an offset however it is written, or None where nothing of the kind is."""
    with suppress(TypeError, ValueError, OverflowError):
        return int(float(value))  # type: ignore[arg-type]
    return None


def _listed(value: Any) -> Any:
    """Return answers one by one: none, one alone, or texts and offsets in lists of their own, as Hugging Face has them.

    Of lists without a text one empty answer is left, for in that form a question without an answer is impossible.
    """
    if value is None:
        return []
    if not isinstance(value, dict) or not isinstance(texts := value.get("text"), list):
        return [value] if isinstance(value, dict) else value
    starts = value.get("answer_start")
    pairs = zip_longest(texts, starts[: len(texts)] if isinstance(starts, list) else [])
    return [{"text": text, "answer_start": start} for text, start in pairs] or [{"text": ""}]


class _Answer(BaseModel):
    text: Spelled
    answer_start: Annotated[int | None, BeforeValidator(_offset)] = None


class _Question(BaseModel):
    id: Spelled = Field("", validation_alias=AliasChoices("id", "guid", "qid"))
    question: Words
    answers: Annotated[list[_Answer], BeforeValidator(_listed)] = []
    is_impossible: bool | None = None


class _Paragraph(BaseModel):
    context: str
    qas: list[Any] = []


class _Article(BaseModel):
    title: Spelled = ""
    paragraphs: list[Any] = []


class _File(BaseModel):
    version: Spelled = ""
    data: list[Any]


def read_squad(path: Path) -> list[Dataset]:
    """Read SQuAD 1.1 or 2.0, or XQuAD (Rajpurkar et al. 2018, Artetxe et al. 2020): one document for each paragraph.

    Paragraphs that are equal but for white space are one document, for whoever finds one has found them all.
    SQuAD 2.0, told by its version or its impossible questions, is read twice where it has several articles: whole, and
    with every second article left out of the documents, so that the questions about those have no answer there.

    Raises:
        GoldError: the file cannot be read, holds no question or has faults; all of them are listed, with their place.
    """
    faults, notes = Faults(), Notes()
    file = faults.read(read_text(path), _File, str(path)) or _File(data=[])
    documents: dict[str, tuple[int, Document]] = {}
    gold: list[tuple[int, Gold]] = []
    first: dict[str, Gold] = {}
    version_2 = file.version.lower().removeprefix("v").startswith("2")
    for at_article, where, paragraph, asked in _paragraphs(file.data, path, faults):
        number, document = documents.setdefault(" ".join(paragraph.text.split()), (at_article, paragraph))
        for place, value in enumerate(asked, 1):
            at = f"{where}, question {place}"
            question = faults.take(value, _Question, at)
            if question is not None:
                made = "-".join(re.findall("[0-9]+", at.removeprefix(f"{path}: ")))
                item = _gold(question, document.name, at, made, version_2)
                other = first.setdefault(item.id, item)
                if other is not item and other == item:  # an equal paragraph is asked the same
                    continue
                stands = f"the id {item.id!r} stands in {other.line.removeprefix(f'{path}: ')} too"
                faults.check(other is item, at, stands)
                gold.append((number, item))
                _look_at_answers(question, item, paragraph.text, notes)
    refuse(f"The data set {path}", faults.found)
    if not gold:
        raise GoldError(f"{path} holds no questions.", "Give a file of SQuAD's form that holds some.")
    name, held = slug(Path(path.name.lower().removesuffix(".gz")).stem), list(documents.values())
    told = (*_across_languages(name), *notes.told)
    whole = Dataset(name, tuple(item for _, item in gold), tuple(document for _, document in held), notes=told)
    second = version_2 or not all(item.answerable for item in whole.gold)
    return [whole, *_without_every_second(name, held, gold, told)] if second and len(file.data) > 1 else [whole]


def _across_languages(name: str) -> Iterator[str]:
    """Say so where MLQA (Lewis et al. 2020) names two languages: ``test-context-de-question-en``."""
    if (found := re.search("context-([a-z]+)-question-([a-z]+)", name)) and found[1] != found[2]:
        yield f"The paragraphs are in one language ({found[1]}), the questions in another ({found[2]})."


def _without_every_second(
    name: str, documents: list[tuple[int, Document]], gold: list[tuple[int, Gold]], notes: tuple[str, ...]
) -> Iterator[Dataset]:
    kept = tuple(document for number, document in documents if number % 2 == 0)
    asked = tuple(
        item if number % 2 == 0 else Gold(item.id, "unanswerable", item.question, (), (), (), item.line)
        for number, item in gold
        if item.answerable
    )
    if kept and asked:
        yield Dataset(f"{name}-absent", asked, kept, notes=notes)


def _paragraphs(articles: list[Any], path: Path, faults: Faults) -> Iterator[tuple[int, str, Document, list[Any]]]:
    """Yield each paragraph: the number of its article, its place, its document, and what is asked about it."""
    for number, value in enumerate(articles):
        article = faults.take(value, _Article, f"{path}: article {number + 1}")
        title = article.title.replace("_", " ") if article else ""
        for place, held in enumerate(article.paragraphs if article else []):
            where = f"{path}: article {number + 1}, paragraph {place + 1}"
            paragraph = faults.take(held, _Paragraph, where)
            if paragraph is None or not (paragraph.context.strip() or paragraph.qas):
                continue
            if faults.check(paragraph.context.strip(), where, "field 'context' is empty"):
                name = f"{number}-{place} {title}"[:120]
                yield number, where, as_document(name, title, paragraph.context), paragraph.qas


def _gold(question: _Question, document: str, where: str, made: str, version_2: bool) -> Gold:
    """Return a question with its answers that have words; where it has empty ones only, it is impossible.

    ``made`` is its id where it has none.
    """
    key = question.id if question.id.strip() else made
    answers = tuple(dict.fromkeys(answer.text for answer in question.answers if answer.text.strip()))
    without = not answers and (question.answers or (version_2 and question.is_impossible is None))
    if question.is_impossible or without:
        return Gold(key, "unanswerable", question.question, (), (), (), where)
    return Gold(key, "single", question.question, (), answers, (Evidence(document),), where)


def _look_at_answers(question: _Question, item: Gold, paragraph: str, notes: Notes) -> None:
    """Write down what is told of the answers: that there is none, or that one stands elsewhere or not at all."""
    if item.answerable and not item.answers:
        notes.add("question", "without an answer", item.line)
    for answer in (answer for answer in question.answers if answer.text in item.answers):
        text, start, place = answer.text, answer.answer_start, f"{item.line}, {answer.text[:40]!r}"
        if text not in paragraph:
            if not answer_inside([paragraph], [text])["answer_in_1"]:
                notes.add("answer", "not in the paragraph", place)
        elif start is not None and not (start >= 0 and paragraph.startswith(text, start)):
            notes.add("answer", "not where answer_start says", place)
