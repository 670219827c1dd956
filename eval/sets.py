"""Runs over whole data sets: each in an index of its own, made once, and finished ones are not asked again."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from eval.datasets import Dataset
from eval.find import read_datasets, read_gold_set
from eval.gold import Gold, GoldError, refuse, telling
from eval.output import Progress, check_output, check_targets, refuse_inside, spare_fuller, writing
from eval.places import named_documents, unfit
from eval.run import code_digest, evaluate
from rag import Chatbot, IndexLockedError, IndexMismatchError, Settings

_MOST_NAMED = 5  # sets that were not run, in the sentence that closes


def run_gold(
    gold: Path,
    docs: Path,
    settings: Settings,
    output: Path | None = None,
    progress: Progress | None = None,
    limit: int | None = None,
    *,
    against: dict[str, Any] | None = None,
    report: Path | None = None,
) -> dict[str, Any]:
    """Read the folder that a gold set asks about into an index of its own, ask the questions, measure.

    In a data folder that was named, an index that holds other documents too is left as it is, and refused. ``against``
    are results that these will be compared with; ``report`` is what will be written besides.
    """
    dataset, own = read_gold_set(gold, docs), "data_dir" not in settings.model_fields_set
    target = output or _home(dataset, settings) / ("gate.json" if against else "results.json")
    _check_places(dataset, settings, target, report)
    check_targets({dataset.name: target}, report, dataset.files)
    return run_dataset(dataset, settings, target, limit, progress, own=own, against=against)


def run_sets(
    paths: Sequence[Path],
    settings: Settings,
    limit: int | None = None,
    progress: Progress | None = None,
    output: Path | None = None,
    *,
    report: Path | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> Iterator[dict[str, Any]]:
    """Run every data set at or below the paths, one after the other; those that are finished are read only.

    All are read and their evidence is looked up before the first is asked, so that a fault in the last is not told
    after hours; ``note`` is told of sets with faults, which are left out, and of what was met that is no set. Results
    lie in the folder ``output``, or beside the indexes, for they hold the data sets' text; ``report`` is what will be
    written besides.

    Raises:
        GoldError: before anything is asked, no set is sound, or something cannot be written or would be overwritten;
            after the sound sets were run, others were not.
    """
    faulty: dict[Path, GoldError] = {}
    found = read_datasets(paths, faulty, note)
    targets = {
        name: output / f"{name}.json" if output else _home(dataset, settings) / "results.json"
        for name, dataset in found.items()
    }
    refused = _refused_places(found, targets, settings, limit, report)
    places = {dataset.place for dataset in found.values()} | faulty.keys()
    for dataset in found.values() if len(places) > 1 and not refused else ():
        if dataset.folder:
            with telling(faulty, dataset.place), open_documents(dataset, settings, progress):
                pass
    if refused or faulty.keys() == places:
        told = [*faulty.values(), *refused]
        raise told[0] if len(told) == 1 else GoldError("\n".join(map(str, told)), "")
    for error in faulty.values():
        note(f"not run: {error}")
    for name, dataset in found.items():
        if dataset.place not in faulty:
            yield run_dataset(dataset, settings, targets[name], limit, progress, keep=True)
    _refuse_faulty(list(faulty), len(places))


def _refused_places(
    found: Mapping[str, Dataset],
    targets: Mapping[str, Path],
    settings: Settings,
    limit: int | None,
    report: Path | None,
) -> list[GoldError]:
    """Return why something cannot be written, or would take the place of what is there."""
    refused: dict[Path, GoldError] = {}
    with telling(refused, Path()):
        check_targets(targets, report, [file for dataset in found.values() for file in dataset.files])
    for name, dataset in found.items():
        with telling(refused, targets[name]):
            _check_places(dataset, settings, targets[name], report)
            every = len(dataset.gold)
            spare_fuller(targets[name], {"name": name, "of": every}, min(limit or every, every))
    return list(refused.values())


def _refuse_faulty(faulty: Sequence[Path], of: int) -> None:
    if faulty:
        names = ", ".join(map(str, faulty[:_MOST_NAMED])) + (", ..." if len(faulty) > _MOST_NAMED else "")
        were = "was not run, for its faults" if len(faulty) == 1 else "were not run, for their faults"
        told = f"{len(faulty)} of {of} data sets {were}: {names}."
        raise GoldError(told, "Correct what the notes tell and run the same command; the others are not asked again.")


def run_dataset(
    dataset: Dataset,
    settings: Settings,
    target: Path,
    limit: int | None = None,
    progress: Progress | None = None,
    *,
    keep: bool = False,
    own: bool = True,
    against: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Read the documents of a set into an index of its own, ask its questions (a sample of ``limit``), measure."""
    gold, of = sample(dataset.gold, limit), len(dataset.gold)
    with open_documents(dataset, settings, progress, own=own) as (bot, unread):
        return evaluate(
            bot,
            gold,
            target,
            progress,
            dataset.unit,
            against=against,
            notes=(*dataset.notes, *unread),
            name=dataset.name,
            of=of,
            keep=keep,
            source=str(dataset.place),
        )


def sample(gold: Sequence[Gold], limit: int | None) -> list[Gold]:
    """Return so many questions, always the same, in their order; all if ``limit`` is none or 0."""
    if not limit or limit >= len(gold):
        return list(gold)
    chosen = np.random.default_rng(0).choice(len(gold), limit, replace=False)
    return [gold[index] for index in sorted(chosen)]


def _home(dataset: Dataset, settings: Settings) -> Path:
    return settings.data_dir.expanduser() / f"eval-{dataset.name}"


def _check_places(dataset: Dataset, settings: Settings, target: Path, report: Path | None) -> None:
    """Refuse what would be written among the files or documents of the set, and results that cannot be written.

    Raises:
        GoldError: what is wrong.
    """
    for path in filter(None, (settings.data_dir, report)):
        if dataset.folder:
            refuse_inside(path, dataset.folder)
    for path in filter(None, (settings.data_dir, target, report)):
        if dataset.place.is_dir():
            refuse_inside(path, dataset.place, "a data set, which stays as it is")
    for path in (target, _home(dataset, settings) / "shape.txt"):
        check_output(path, dataset.folder)


@contextmanager
def open_documents(
    dataset: Dataset, settings: Settings, progress: Progress | None = None, *, own: bool = True
) -> Iterator[tuple[Chatbot, list[str]]]:
    """Open an index that holds the documents of the set and nothing else, in ``eval-NAME`` below the data folder.

    Beside it comes a sentence for each file that was not read. The index is made once, and anew when code or settings
    that shape it have changed. Other documents are taken out of it, but only if it was made here and is ``own``, not
    one that a person named.

    Raises:
        GoldError: the set has faults, also such as only the documents show; or the index holds other documents, or is
            in use.
        IndexMismatchError: it was not made here, and with another model or splitter.
    """
    settings = settings.model_copy(update={"data_dir": _home(dataset, settings)})
    mark, shape = settings.data_dir / "shape.txt", code_digest(shaping())
    made = mark.is_file()
    stale = made and mark.read_text(encoding="utf-8") != shape
    with _open(settings, progress, stale=stale, made=made) as bot:
        _take_out_others(bot, dataset, own=own and made)
        for path in [path for info in bot.documents() for path in info.paths] if stale and dataset.folder else ():
            bot.forget(path)  # and read again below
        with writing(mark):
            mark.write_text(shape, encoding="utf-8")
        files = bot.ingest(dataset.folder, progress=progress).failures if dataset.folder else ()
        unread = {file.name: f"not read: {file.told}" for file in files}
        held = {info.id for info in bot.documents()}
        bot.add([document for document in dataset.documents if document.id not in held], progress)
        documents = named_documents(bot)
        if faults := [*dataset.faults, *unfit(dataset.gold, documents)]:
            cited = {evidence.document for item in dataset.gold for evidence in item.evidence}
            why = [told for name, told in unread.items() if name in cited]
            refuse(
                f"The {'data' if dataset.place.is_dir() else 'gold'} set",
                [*why, *sorted(faults, key=_line)],
                dataset.advice,
            )
        yield bot, list(unread.values())


def shaping() -> set[str]:
    """Return what shapes an index, `rag.ingest` and all modules below it: one made before their change says nothing."""
    library, found, pending = Path(inspect.getfile(Chatbot)).parent, set[str](), {"ingest"}
    while pending:
        found |= pending
        texts = [(library / f"{module}.py").read_text(encoding="utf-8") for module in pending]
        pending = {name for text in texts for name in re.findall(r"^ *from rag\.(\w+) import ", text, re.M)} - found
    return found


def _line(fault: str) -> tuple[str, int]:
    """Return file and line of a fault, to order it by."""
    found = re.match(r"(.+?):(\d+): ", fault)
    return (found[1], int(found[2])) if found else ("", 0)


def _open(settings: Settings, progress: Progress | None, *, stale: bool, made: bool) -> Chatbot:
    """Open an index, made anew if it is stale, or if it was made here with other settings."""
    try:
        if stale:
            Chatbot.rebuild(settings, progress=progress)
        return Chatbot.open(settings)
    except IndexMismatchError:
        if stale or not made:
            raise
        return _open(settings, progress, stale=True, made=made)
    except IndexLockedError as error:
        advice = "Another run or a window uses it: wait for it, or name another --data-dir."
        raise GoldError(error.problem, advice) from None


def _take_out_others(bot: Chatbot, dataset: Dataset, *, own: bool) -> None:
    """Take all that is not the set's out of an index of our own; refuse such documents in another."""
    folder, ids = dataset.folder and dataset.folder.resolve(), {document.id for document in dataset.documents}

    def belongs(path: str, key: str) -> bool:
        return Path(path).resolve().is_relative_to(folder) if folder else key in ids

    others = [path for info in bot.documents() for path in info.paths if not belongs(path, info.id)]
    if others and not own:
        names = ", ".join(Path(path).name for path in others[:3]) + (", ..." if len(others) > 3 else "")
        where = f"The index in {bot.settings.data_dir} also holds documents that are not of this set: {names}."
        raise GoldError(where, "Name another --data-dir.")
    unread = [file.path for file in bot.unread() if not belongs(file.path, "")] if own else []
    for path in [*others, *unread]:
        bot.forget(path)
