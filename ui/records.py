"""Answers, documents and collections as JSON-friendly values, for clients that are programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from rag import Answer, Chatbot, Citation, DocumentInfo, Hit, NotFoundError, Passage, Verdict, find_documents

_WEAKEST_LAST = list(Verdict)


def collections(documents: Iterable[DocumentInfo]) -> dict[str, tuple[str, ...]]:
    """Return document ids by collection: the first folder below the one that was ingested, by name.

    A document that lies directly in that folder, or was uploaded, belongs to none; one whose content lies in several
    folders belongs to each of them.
    """
    found: dict[str, list[str]] = {}
    for document in documents:
        for folder in {name.partition("/")[0] for name in document.names if "/" in name}:
            found.setdefault(folder, []).append(document.id)
    return {name: tuple(found[name]) for name in sorted(found)}


def select_documents(bot: Chatbot, collection: str = "", names: Collection[str] = ()) -> tuple[str, ...]:
    """Return the ids of a collection's documents, of documents called by name, path or id, or of both; () means all.

    Raises:
        NotFoundError: there is no such collection or document, or there are several of that name.
    """
    if not collection and not names:
        return ()
    documents = bot.documents()
    held = collections(documents)
    if collection and collection not in held:
        there = f"There are: {', '.join(held)}." if held else "No document lies in a folder."
        raise NotFoundError(f"There is no collection {collection[:80]!r}.", there)
    ids = list(held.get(collection, ()))
    for name in names:
        called = find_documents(documents, name)
        if len(called) != 1:
            many = "There is no document" if not called else f"{len(called)} documents are called"
            raise NotFoundError(f"{many} {name[:80]!r}.", "Ask for the list of documents.")
        ids.append(called[0].id)
    return tuple(dict.fromkeys(ids))


def citation_records(answer: Answer) -> list[dict[str, Any]]:
    """Return the citations of an answer; ``verdict`` is that of the weakest sentence that cites these words."""
    records = []
    for citation in answer.citations:
        citing = [s.verdict for s in answer.sentences if any(c.number == citation.number for c in s.citations)]
        verdict = max(citing, key=_WEAKEST_LAST.index).value
        records.append({"number": citation.number, **_place(citation, quote=citation.quote), "verdict": verdict})
    return records


def _place(found: Citation | Passage, **words: str) -> dict[str, Any]:
    """Return where something stands in the documents, and its words under the name that is given."""
    return {
        "source": found.source,
        "title": found.title,
        "heading": found.heading,
        "page": found.page,
        "page_label": found.page_label,
        **words,
        "start": found.start,
        "end": found.end,
        "document_id": found.document_id,
    }


def _sentence_records(answer: Answer) -> list[dict[str, Any]]:
    """Return the sentences of an answer with the numbers they cite and what the check found."""
    return [
        {"text": s.text, "citations": [c.number for c in s.citations], "verdict": s.verdict.value, "reason": s.reason}
        for s in answer.sentences
    ]


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return what a client needs to know of a finished answer besides its text."""
    return {
        "citations": citation_records(answer),
        "sentences": _sentence_records(answer),
        "question": answer.standalone,
        "abstained": answer.abstained,
        "nearest": [_place(citation, quote=citation.quote) for citation in answer.nearest],
        "notice": answer.notice,
        "confidence": round(answer.confidence, 3),
    }


def hit_records(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Return passages that were found, best first."""
    return [
        {"rank": hit.rank, "score": round(hit.score, 4), "why": hit.why, **_place(hit.passage, text=hit.passage.text)}
        for hit in hits
    ]


def document_records(documents: Iterable[DocumentInfo]) -> list[dict[str, Any]]:
    """Return documents without their text."""
    return [
        {
            "document_id": info.id,
            "name": info.name,
            "title": info.title,
            "format": info.format,
            "collections": list(collections([info])),
            "pages": info.pages,
            "passages": info.passages,
            "characters": info.characters,
            "added": info.added,
        }
        for info in documents
    ]
