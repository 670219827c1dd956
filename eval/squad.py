"""SQuAD 1.1 and 2.0 and XQuAD: one document for each paragraph, each fault with its article, paragraph and question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from eval.datasets import Dataset, as_document, read_text, slug
from eval.gold import Evidence, Gold, GoldError, refuse
from eval.strict import Faults, Spelled, SpelledWords, Words
from eval.summary import counted
from rag import Document


class _Answer(BaseModel):
    text: Words
    answer_start: Annotated[int, Field(strict=True)]


class _Question(BaseModel):
    id: SpelledWords
    question: Words
    answers: list[_Answer] = []
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

    Equal paragraphs are one document, for whoever finds one has found them all.
    SQuAD 2.0, told by its version or its impossible questions, is read twice where it has several articles: whole, and
    with every second article left out of the documents, so that the questions about those have no answer there.

    Raises:
        GoldError: the file cannot be read, holds no question or has faults; all of them are listed, with their place.
    """
    faults = Faults()
    file = faults.read(read_text(path), _File, str(path)) or _File(data=[])
    documents: dict[str, tuple[int, Document]] = {}
    gold: list[tuple[int, Gold]] = []
    first: dict[str, Gold] = {}
    moved: list[str] = []
    version_2 = file.version.lower().removeprefix("v").startswith("2")
    for at_article, where, paragraph, asked in _paragraphs(file.data, path, faults):
        number, document = documents.setdefault(paragraph.text, (at_article, paragraph))
        for place, value in enumerate(asked, 1):
            at = f"{where}, question {place}"
            item = _read_question(value, document, at, faults, moved, version_2)
            if item is not None:
                other = first.setdefault(item.id, item)
                if other is not item and other == item:  # an equal paragraph is asked the same
                    continue
                stands = f"the id {item.id!r} stands in {other.line.removeprefix(f'{path}: ')} too"
                faults.check(other is item, at, stands)
                gold.append((number, item))
    refuse(f"The data set {path}", faults.found)
    if not gold:
        raise GoldError(f"{path} holds no questions.", "Give a file of SQuAD's form that holds some.")
    name, held = slug(path.stem), list(documents.values())
    told = f"{counted(len(moved), 'answer')} not where answer_start says; the first: {', '.join(moved[:1])}."
    notes = (told,) if moved else ()
    whole = Dataset(name, tuple(item for _, item in gold), tuple(document for _, document in held), notes=notes)
    second = version_2 or not all(item.answerable for item in whole.gold)
    return [whole, *_without_every_second(name, held, gold, notes)] if second and len(file.data) > 1 else [whole]


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


def _read_question(
    value: object, document: Document, where: str, faults: Faults, moved: list[str], version_2: bool
) -> Gold | None:
    """Return a question; answers that stand elsewhere in the paragraph than is said are added to ``moved``."""
    question = faults.take(value, _Question, where)
    if question is None:
        return None
    if question.is_impossible or (version_2 and question.is_impossible is None and not question.answers):
        return Gold(question.id, "unanswerable", question.question, (), (), (), where)
    faults.check(question.answers, where, "no answer")
    for answer in question.answers:
        if not (answer.answer_start >= 0 and document.text.startswith(answer.text, answer.answer_start)):
            moved.append(f"{where}, {answer.text[:40]!r}")
        faults.check(answer.text in document.text, where, f"{answer.text[:40]!r} does not stand in the paragraph")
    alternatives = tuple(dict.fromkeys(answer.text for answer in question.answers))
    return Gold(question.id, "single", question.question, (), alternatives, (Evidence(document.name),), where)
