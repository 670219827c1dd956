"""A run: every gold question is asked on the path that people use, measured, and written down so that it can resume."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from eval.gold import Evidence, Gold, GoldError, Span, digest
from eval.metrics import (
    answer_inside,
    answer_recall,
    character_measures,
    citation_precision,
    evidence_places,
    evidence_quoted,
    exact_match,
    page_measures,
    rank_measures,
    token_f1,
)
from eval.output import Progress, draft_of, keep_rows, read_results, spare_fuller, write_json
from eval.places import locate, misplaced, named_documents, repeated
from eval.summary import SIDES, beginning, counted, failures, refuse_unlike, summarise
from rag import Answer, Chatbot, Document, Hit, RagError, Turn, Verdict, followup
from rag.answer import QUOTED_INSTEAD

RANKS, DEEP_RANKS = 10, 100  # the second where nothing but the ranking of documents is judged, as in BEIR
_SHOWN = 200  # characters of a passage
_RENEW = "Run it once without --gate: that renews the results to compare with."
SUPPORTED = (Verdict.QUOTED, Verdict.SUPPORTED)


def evaluate(
    bot: Chatbot,
    gold: Sequence[Gold],
    output: Path,
    progress: Progress | None = None,
    unit: str = "passage",
    *,
    name: str = "",
    of: int = 0,
    keep: bool = False,
    against: dict[str, Any] | None = None,
    notes: Sequence[str] = (),
    source: str = "",
) -> dict[str, Any]:
    """Ask every question, write ``output`` (JSON) in one step at the end, and return what was written.

    Rows are kept beside it while the run goes on, so an interrupted run goes on where it stopped. A question that
    fails counts as wrong and keeps its error. ``unit`` is what is ranked: ``passage``, ``page`` or ``document``; ``of``
    tells of how many questions these are a sample, ``source`` where they stand. With ``keep`` finished results of the
    same code, questions, documents and settings are returned as they are. ``against`` are results that these will be
    compared with; ``notes`` tell what set or index lack, and come first among the warnings.

    Raises:
        GoldError: there is no question, the gold set does not fit the documents, or a measure came out as no number;
            ``output`` cannot be written or holds more questions; the results cannot be compared with ``against``; an
            LLM is set and wrote no answer.
    """
    if not gold:
        raise GoldError(f"{name or output.stem} holds no questions.", "Give a set that holds some.")
    documents, asked = named_documents(bot), {item.id: item for item in gold}
    head, now = _head(bot, gold), f"{datetime.now(UTC):%Y-%m-%d %H:%M UTC}"
    if keep and (finished := _finished(output, head)):
        return finished
    run = {"name": name or output.stem, "source": source, "date": now, "of": max(of, len(gold)), **head}
    refuse_unlike(against, {**run, "rows": gold}, _RENEW) if against else spare_fuller(output, run, len(gold))
    spans, draft, ranks = locate(gold, documents), draft_of(output), _ranks(gold, unit)
    kept = keep_rows(draft, head, asked, lambda item: ask(bot, item, spans[item.id], unit, ranks), progress, "ask")
    told = [*notes, *_went_wrong(kept, bot.settings.answer_threshold, draft), *_warnings(gold, documents, head)]
    run |= {"warnings": told, "measures": [asdict(measure) for measure in summarise(kept)], "rows": kept}
    write_json(output, run)
    draft.unlink(missing_ok=True)
    return run


def code_digest(modules: Collection[str] = ()) -> str:
    """Return a short hash of the code that results depend on, or of these modules of the library only."""
    library, measuring = Path(inspect.getfile(Chatbot)).parent, Path(__file__).parent
    files = sorted(path for path in library.glob("*.py") if not modules or path.stem in modules)
    files += [] if modules else [measuring / f"{name}.py" for name in ("run", "metrics", "summary", "places", "gold")]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _ranks(gold: Sequence[Gold], unit: str) -> int:
    return DEEP_RANKS if unit == "document" and not any(item.answers for item in gold) else RANKS


def ask(bot: Chatbot, item: Gold, spans: Sequence[Span], unit: str = "passage", ranks: int = RANKS) -> dict[str, Any]:
    """Ask one question and return its row; a failing question is a row of zeros with the error."""
    row: dict[str, Any] = {"id": item.id, "kind": item.kind, "question": item.question}
    if item.answerable:
        row |= {"evidence_count": len(spans), "gold": [answer for answer in item.answers if answer]}
        row["wanted"] = [_name_evidence(*pair) for pair in zip(item.evidence, spans, strict=True)]
        row |= {"quotes": [one.quote for one in item.evidence]} if unit == "passage" else {}
    try:
        answer = bot.ask(item.question, _understood(item.history))
        found = (
            _search(bot, answer.standalone, spans, unit, item.itself, ranks) if item.answerable else _found(answer.hits)
        )
    except Exception as error:  # noqa: BLE001 - one question must not end a run of hours; the report names it
        told = str(error) if isinstance(error, RagError) else f"{type(error).__name__}: {error}"
        return row | {"answered": 0.0, "confidence": 0.0, "error": told}
    row |= found | _answer_record(answer)
    if bot.language_model is not None:
        row["mode"] = answer.mode
    if item.answerable:
        row |= _answer_measures(answer, item, spans, unit)
    if answer.sentences:
        checked = [sentence.verdict for sentence in answer.sentences if sentence.verdict is not Verdict.LEADING]
        row["supported"] = float(np.mean([verdict in SUPPORTED for verdict in checked])) if checked else 0.0
        if item.answerable and unit == "passage":
            row["citation_precision"] = citation_precision(spans, answer.citations)
    return row


def _answer_record(answer: Answer) -> dict[str, Any]:
    """Return what is kept of an answer; its words are those of its sentences, without the marks of the citations."""
    return {
        "standalone": answer.standalone,
        "answer": answer.text,
        "cited": [citation.quote for citation in answer.citations],
        "confidence": answer.confidence,
        "answered": float(not answer.abstained),
        "seconds": answer.seconds,
        "tokens": answer.tokens,
        "words": sum(len(sentence.text.split()) for sentence in answer.sentences),
    } | ({"notice": answer.notice} if answer.notice else {})


def _fell_back(row: Mapping[str, Any]) -> bool:
    """Tell whether an LLM is set, but the answer was left to quotes because it failed."""
    return row.get("mode") == "quotes" and "notice" in row


def _went_wrong(rows: Sequence[Mapping[str, Any]], threshold: float, draft: Path) -> list[str]:
    """Say how many questions failed, and how many answers were quotes because the LLM failed.

    Raises:
        GoldError: all answers were; the draft is taken away, so that all are asked again.
    """
    notices = [row["notice"].removesuffix(f" {QUOTED_INSTEAD}") for row in rows if _fell_back(row)]
    if not notices:
        return failures(rows)
    wrote = sum(row.get("mode") == "llm" and row["confidence"] >= threshold / 2 for row in rows)  # below: not asked
    were = f"{counted(len(notices) + wrote, 'answer')} {'was' if len(notices) == 1 else 'were'} quotes"
    told = f"{len(notices)} of {were} because the LLM failed: {Counter(notices).most_common(1)[0][0]}"
    if not wrote:
        draft.unlink(missing_ok=True)
        raise GoldError(told, "Nothing was written; run it again when the LLM answers.")
    return [*failures(rows), told]


def _understood(history: Sequence[Turn]) -> list[Turn]:
    """Return a conversation as the window hands it over: each question also as it was understood, here by rules."""
    turns: list[Turn] = []
    for turn in history:
        turns.append(replace(turn, standalone=followup.standalone(turn.question, turns)))
    return turns


def _search(bot: Chatbot, question: str, spans: Sequence[Span], unit: str, itself: str, ranks: int) -> dict[str, Any]:
    """Measure the search and, for comparison, each of its two sides alone."""
    again = bot.language_model is None  # as for the answer
    hits = search_places(partial(bot.search, again=again), question, unit, itself, ranks)
    row = _found(hits)
    row["ranked"] = list(dict.fromkeys(_name_place(hit, unit) for hit in hits))[:ranks]
    found = evidence_places(spans, hits, unit)[:ranks]
    row["found_at"] = [next((at for at, new in enumerate(found, 1) if n in new), 0) for n in range(len(spans))]
    row |= rank_measures(spans, hits, unit, ranks)
    five = bot.search(question, 5) if unit == "passage" else []  # cut for five: not the first five of ten
    if five:
        row["five"] = [_name_place(hit, unit) for hit in five]
        row |= character_measures(spans, five)
    for side in SIDES:
        alone = search_places(partial(bot.search, by=side), question, unit, itself, ranks)
        measures = rank_measures(spans, alone, unit, ranks)
        if five:
            measures |= character_measures(spans, alone[:5])
        row |= {f"{name}, {side} alone": value for name, value in measures.items()}
    return row


def _found(hits: Sequence[Hit]) -> dict[str, Any]:
    """Return how the first five hits begin."""
    return {"retrieved": [f"{hit.passage.source}: {beginning(hit.passage.text, _SHOWN)}" for hit in hits[:5]]}


def _name_evidence(evidence: Evidence, span: Span) -> str:
    """Return what was wanted by name, as ``_name_place`` has it, and its grade above 1: ``d7 (2)``."""
    place = f":{span.start}-{span.end}" if evidence.quote else f"#page={evidence.page}" if evidence.page else ""
    return f"{evidence.document or '?'}{place}{f' ({span.grade})' if span.grade > 1 else ''}"


def search_places(
    search: Callable[[str, int], list[Hit]], question: str, unit: str, itself: str, ranks: int = RANKS
) -> list[Hit]:
    """Return ten hits, or so many of 300 that ``ranks`` documents or pages are among them; none of ``itself``."""
    found: list[Hit] = []
    for deep in (RANKS,) if unit == "passage" else (3 * RANKS, max(6 * RANKS, 2 * ranks), 30 * RANKS):
        known = {hit.passage.id for hit in found}
        more = search(question, deep)
        found += [hit for hit in more if hit.passage.id not in known and hit.passage.source != itself]
        if len(more) < deep or len({_name_place(hit, unit) for hit in found}) >= ranks:
            break
    return found


def _name_place(hit: Hit, unit: str) -> str:
    """Return what is ranked by name: ``d7``, ``a.pdf#page=2``, or ``a.md:120-480`` by its offsets."""
    passage = hit.passage
    if unit == "passage":
        return f"{passage.source}:{passage.start}-{passage.end}"
    return f"{passage.source}#page={passage.page}" if unit == "page" else passage.source


def _answer_measures(answer: Answer, item: Gold, spans: Sequence[Span], unit: str) -> dict[str, Any]:
    said = " ".join(sentence.text for sentence in answer.sentences)
    row: dict[str, Any] = {}
    if unit == "passage":
        row["quoted"] = evidence_quoted(spans, answer.citations)
    if unit == "page":
        row |= page_measures(item.evidence, answer.citations)
    answers = [answer for answer in item.answers if answer]
    if answers:
        row["answer_recall"] = max(answer_recall(said, gold) for gold in answers)
        row["answer_f1"] = max(token_f1(said, gold) for gold in answers)
    if answers and unit == "document":
        row["answer_em"] = max(exact_match(said, gold) for gold in answers)
        row |= answer_inside([sentence.text for sentence in answer.sentences], answers)
    return row


def _warnings(gold: Sequence[Gold], documents: Sequence[Document], head: dict[str, Any]) -> list[str]:
    """Say what makes a run worth less than it looks: leaked questions, fewer passages than ranks, few questions."""
    warnings, texts = [], "\0".join(document.text.casefold() for document in documents)
    if leaked := [item.id for item in gold if item.question.casefold() in texts]:
        stand = counted(len(leaked), "question stands", "questions stand")
        warnings.append(f"{stand} in the documents word for word: {', '.join(leaked[:5])}.")
    if head["passages"] < RANKS:
        there = counted(head["passages"], "passage")
        warnings.append(f"The index holds {there}, fewer than the {RANKS} ranks that are measured.")
    warnings += misplaced(gold, documents) + repeated(gold, documents)
    if len(gold) < 30:
        warnings.append(f"{counted(len(gold), 'question is', 'questions are')} too few to tell small differences.")
    return warnings


def _head(bot: Chatbot, gold: Sequence[Gold]) -> dict[str, Any]:
    dials = bot.settings.model_dump(mode="json", exclude={"data_dir", "host", "port", "login", "llm_api_key"})
    state = bot.status()
    return {
        "gold": digest(gold),
        "code": code_digest(),
        "corpus": hashlib.sha256(" ".join(sorted(info.id for info in bot.documents())).encode()).hexdigest()[:16],
        "files": files_digest(bot),
        "embedding_model": state.embedding_model,
        "documents": state.documents,
        "passages": state.passages,
        "settings": dials,
    }


def files_digest(bot: Chatbot) -> str:
    """Return a short hash of the files of an index, read or not: an id of a document follows how it was read, too."""
    paths = {Path(path): info.id for info in bot.documents() for path in info.paths}
    paths |= {Path(file.path): "" for file in bot.unread()}
    held = set()
    for path, key in paths.items():
        if path.is_absolute() and path.is_file() and os.access(path, os.R_OK):  # else a text that was handed in
            with path.open("rb") as file:
                key = hashlib.file_digest(file, "sha256").hexdigest()
        held.add(key)
    return hashlib.sha256(" ".join(sorted(held)).encode()).hexdigest()[:16]


def _finished(output: Path, head: dict[str, Any]) -> dict[str, Any] | None:
    """Return the results that are there if they have this head, and no LLM failed on the way."""
    try:
        result = read_results(output)
    except GoldError:
        return None
    same = {name: result.get(name) for name in head} == head
    return result if same and not any(map(_fell_back, result["rows"])) else None
