"""Runs over whole data sets: each in an index of its own, made once, and finished ones are not asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from eval.datasets import Dataset
from eval.find import find_datasets, read_gold_set
from eval.gold import Gold, named_documents, refuse, unfit
from eval.run import Progress, code_digest, evaluate
from rag import Chatbot, Settings

# What shapes an index; where one of these has changed, an index made before says nothing about today's code.
_SHAPING = ("split", "text", "embed", "bert", "compiled", "index", "ingest", "docstore", "fulltext", "schema")


def run_gold(
    gold: Path,
    docs: Path,
    settings: Settings,
    output: Path | None = None,
    progress: Progress | None = None,
    limit: int | None = None,
) -> dict[str, Any]:
    """Read the folder that a gold set asks about into an index of its own, ask the questions, measure."""
    return run_dataset(read_gold_set(gold, docs), settings, limit, progress, output)


def run_sets(
    paths: Sequence[Path],
    settings: Settings,
    limit: int | None = None,
    progress: Progress | None = None,
    output: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """Run every data set at or below the paths, one after the other; those that are finished are read only.

    All are read before the first is run, and those with faults come first, so that a fault in the last is not told
    after hours. Results lie in the folder ``output``, or beside the indexes, for they hold the data sets' text.
    """
    found = [dataset for path in paths for read in find_datasets(path) for dataset in read()]
    for dataset in sorted(found, key=lambda dataset: not dataset.faults):
        target = output / f"{dataset.name}.json" if output else None
        yield run_dataset(dataset, settings, limit, progress, target, keep=True)


def run_dataset(
    dataset: Dataset,
    settings: Settings,
    limit: int | None = None,
    progress: Progress | None = None,
    output: Path | None = None,
    *,
    keep: bool = False,
) -> dict[str, Any]:
    """Read the documents of a set into an index of its own, ask its questions (a sample of ``limit``), measure."""
    gold = sample(dataset.gold, limit)
    with open_documents(dataset, settings, progress) as bot:
        target = output or bot.settings.data_dir / "results.json"
        return evaluate(bot, gold, target, progress, dataset.unit, name=dataset.name, of=len(dataset.gold), keep=keep)


def sample(gold: Sequence[Gold], limit: int | None) -> list[Gold]:
    """Return so many questions, always the same, in their order; all if ``limit`` is none or 0."""
    if not limit or limit >= len(gold):
        return list(gold)
    chosen = np.random.default_rng(0).choice(len(gold), limit, replace=False)
    return [gold[index] for index in sorted(chosen)]


@contextmanager
def open_documents(dataset: Dataset, settings: Settings, progress: Progress | None = None) -> Iterator[Chatbot]:
    """Open an index that holds the documents of the set and nothing else, in ``eval-NAME`` below the data folder.

    It is made once, and anew when the code that shapes an index has changed.

    Raises:
        GoldError: the set has faults; those that only the documents show are listed with them.
    """
    settings = settings.model_copy(update={"data_dir": settings.data_dir / f"eval-{dataset.name}"})
    mark, shape = settings.data_dir / "shape.txt", code_digest(_SHAPING)
    if mark.is_file() and mark.read_text(encoding="utf-8") != shape:
        Chatbot.rebuild(settings, progress=progress)
    with Chatbot.open(settings) as bot:
        mark.write_text(shape, encoding="utf-8")
        if dataset.folder:
            bot.ingest(dataset.folder, progress=progress)
        wanted = {document.id for document in dataset.documents}
        held = {info.id for info in bot.documents()}
        for stale in held - wanted if wanted else ():
            bot.forget(stale)
        bot.add([document for document in dataset.documents if document.id not in held], progress)
        if dataset.faults:
            faults = [*dataset.faults, *unfit(dataset.gold, named_documents(bot))]
            refuse("The gold set", faults, dataset.advice)
        yield bot
