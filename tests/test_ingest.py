"""New, changed, renamed, deleted, failed: each file gets its line, and one bad file stops nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath

import numpy as np
import pytest

from rag import (
    Chatbot,
    Document,
    HashEmbedder,
    IndexMismatchError,
    IngestProgress,
    LoadError,
    NotFoundError,
    SettingsError,
    StorageError,
    load_settings,
)
from rag.ingest import _missing
from rag.load import load
from rag.nearest import NearestPassages
from rag.reports import FileRow
from rag.split import embedding_text
from rag.walk import Found, walk

ROOT = Path(__file__).parent.parent


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


def _reads_all(load: Callable[..., Document], path: Path, name: str, **limits: float) -> Document:
    """Stand in for parsers that read what those before could not."""
    return Document("2-bad", name, "", "txt", "Read now.") if name == "bad.txt" else load(path, name, **limits)


def outcome(bot: Chatbot, *paths: Path) -> dict[str, str]:
    return {file.name: file.status for file in bot.ingest(*paths).files}


def check_vectors(bot: Chatbot) -> None:
    """The memory, and Chroma where it is open, hold exactly the docstore's vectors."""
    ids, _, matrix = bot._store.index_source()
    index = bot._vectors
    assert isinstance(index, NearestPassages) and index._exact.count() == len(ids)
    assert not index.wait() or (index._chroma and index._chroma._collection.count() == len(ids))
    for key, vector in zip(ids, matrix, strict=True):
        found = dict(bot._vectors.search(vector, 3))
        assert found[key] == pytest.approx(1, abs=1e-5)


def test_only_what_changed_is_done(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.", two="Blue cables.", three="Green lamps.")
    assert outcome(hash_bot, folder) == {"one.txt": "new", "two.txt": "new", "three.txt": "new"}
    assert set(outcome(hash_bot, folder).values()) == {"unchanged"}
    write(folder, one="Red disks spin.")
    (folder / "two.txt").rename(folder / "second.txt")
    (folder / "three.txt").unlink()
    assert outcome(hash_bot, folder) == {"one.txt": "changed", "second.txt": "renamed", "three.txt": "deleted"}
    assert {info.name for info in hash_bot.documents()} == {"one.txt", "second.txt"}
    check_vectors(hash_bot)
    assert hash_bot.search("cables")[0].passage.source == "second.txt"


def test_a_folder_is_the_same_by_any_path(hash_bot: Chatbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "docs", one="Red disks.")
    (tmp_path / "link").symlink_to(folder)
    assert outcome(hash_bot, folder) == {"one.txt": "new"}
    monkeypatch.chdir(tmp_path)
    for path in ("docs", "./docs", "docs/../docs", f"../{tmp_path.name}/docs"):
        assert outcome(hash_bot, Path(path)) == {"one.txt": "unchanged"}, path
    with pytest.raises(LoadError, match="does not exist"):
        hash_bot.ingest("link/../docs/../nowhere")


def test_a_touched_file_is_not_read_again(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.")
    outcome(hash_bot, folder)
    os.utime(folder / "one.txt", (1, 1))
    assert outcome(hash_bot, folder) == {"one.txt": "unchanged"}


def test_files_are_read_again_where_an_earlier_program_read_them(
    hash_bot: Chatbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "docs", a="One.", b="Two.")
    (folder / "bad.txt").write_bytes(b"\0\0")
    for module in ("load", "index"):
        monkeypatch.setattr(f"rag.{module}.READ_BY", "1-")
    hash_bot.ingest(folder)
    assert outcome(hash_bot, folder) == {"a.txt": "unchanged", "b.txt": "unchanged", "bad.txt": "failed"}
    for module in ("load", "index"):
        monkeypatch.setattr(f"rag.{module}.READ_BY", "2-")
    monkeypatch.setattr("rag.ingest.load", partial(_reads_all, load))
    (folder / "b.txt").rename(folder / "c.txt")
    assert outcome(hash_bot, folder) == {"a.txt": "changed", "b.txt": "deleted", "c.txt": "new", "bad.txt": "new"}
    assert {info.id[:2] for info in hash_bot.documents()} == {"2-"}
    check_vectors(hash_bot)


def test_one_bad_file_stops_nothing_and_is_remembered(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", good="Red disks.", empty="")
    (folder / "binary.exe").write_bytes(b"MZ")
    (folder / ".hidden.txt").write_text("hidden")
    report = hash_bot.ingest(folder)
    assert {f.name: f.status for f in report.files} == {
        "good.txt": "new",
        "empty.txt": "failed",
        "binary.exe": "skipped",
    }
    assert report.summary == "1 new, 1 skipped, 1 failed"
    reasons = {f.name: f.reason for f in report.failures}
    assert "empty.txt" in reasons["empty.txt"] and ".pdf" in reasons["binary.exe"]
    assert [f.name for f in hash_bot.status().failures] == ["empty.txt"]
    assert hash_bot.ingest(folder).count("failed") == 1
    write(folder, empty="Now it has words.", other="")
    assert outcome(hash_bot, folder)["empty.txt"] == "new"
    (folder / "other.txt").unlink()
    assert outcome(hash_bot, folder)["other.txt"] == "deleted"
    assert hash_bot.status().failures == ()


def test_a_file_is_read_as_soon_as_nothing_stands_in_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "docs", closed="Blue cables.", bad="")
    (folder / "large.html").write_text(f"<p>Red disks.</p><!--{'x' * 2**20}-->")
    (folder / "slow.csv").write_text("name,value\n" + "lamps,12\n" * 1_000)
    parsed: list[str] = []

    def hinder(path: Path, name: str, **limits: float) -> Document:
        parsed.append(name)
        if name == "closed.txt":
            raise PermissionError(13, "Permission denied")
        return load(path, name, **limits | ({"seconds": 0.001} if name == "slow.csv" else {}))

    with monkeypatch.context() as hindered:
        hindered.setattr("rag.ingest.load", hinder)
        with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data", file_megabytes=1) as bot:
            failed = {file.name: file.reason for file in bot.ingest(folder).failures}
            assert [*failed] == ["bad.txt", "closed.txt", "large.html", "slow.csv"]
            assert "the limit is 1 MB" in failed["large.html"] and "longer than 0.001 seconds" in failed["slow.csv"]
            parsed.clear()
            assert bot.ingest(folder).count("failed") == 4
            assert sorted(parsed) == ["closed.txt", "large.html"], (
                "what is damaged stays so, and what is too slow within one limit"
            )
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data", file_seconds=90) as bot:
        assert outcome(bot, folder) == {
            "bad.txt": "failed",
            "closed.txt": "new",
            "large.html": "new",
            "slow.csv": "new",
        }


def test_a_good_file_that_turns_bad_keeps_its_last_version(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.")
    outcome(hash_bot, folder)
    (folder / "one.txt").write_bytes(b"")
    (result,) = hash_bot.ingest(folder).files
    assert result.status == "failed" and "version from before is kept" in result.reason
    assert hash_bot.search("disks")[0].passage.text == "Red disks."


def test_an_emptied_folder_does_not_wipe_the_index(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.", two="Blue cables.")
    outcome(hash_bot, folder)
    for path in folder.iterdir():
        path.unlink()
    assert outcome(hash_bot, folder) == {"one.txt": "skipped", "two.txt": "skipped"}
    assert len(hash_bot.documents()) == 2
    shutil.rmtree(folder)
    with pytest.raises(LoadError, match="does not exist"):
        hash_bot.ingest(folder)
    assert len(hash_bot.documents()) == 2


def test_an_emptied_folder_beside_a_full_one_is_kept_too(hash_bot: Chatbot, tmp_path: Path) -> None:
    full, emptied = write(tmp_path / "a", one="Red disks."), write(tmp_path / "b", two="Blue cables.")
    hash_bot.ingest(full, emptied)
    (emptied / "two.txt").unlink()
    assert outcome(hash_bot, full, emptied) == {"one.txt": "unchanged", "two.txt": "skipped"}
    assert len(hash_bot.documents()) == 2


def test_files_below_a_folder_that_cannot_be_read_are_kept(tmp_path: Path) -> None:
    inner, here = tmp_path / "docs" / "inner", write(tmp_path / "docs", here="Red disks.") / "here.txt"
    inner.mkdir()
    found = {
        str(inner): Found(inner, "inner", tmp_path / "docs", "The folder cannot be read."),
        str(here): Found(here, "here.txt", tmp_path / "docs"),
    }
    rows = [FileRow(str(tmp_path / "docs" / name), name, "", 1, 1, "", "d") for name in ("inner/a.txt", "b.txt")]
    gone, kept = _missing(rows, [tmp_path / "docs"], found)
    assert [row.name for row in gone] == ["b.txt"] and [row.name for row in kept] == ["inner/a.txt"]


def test_a_file_first_read_alone_leaves_with_its_folder(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.", two="Blue cables.")
    hash_bot.ingest(folder / "one.txt")
    hash_bot.ingest(folder)
    (folder / "one.txt").unlink()
    assert outcome(hash_bot, folder) == {"one.txt": "deleted", "two.txt": "unchanged"}


def test_links_and_odd_files_lead_nowhere(hash_bot: Chatbot, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", secret="Secret words.")
    folder = write(tmp_path / "docs", one="Red disks.")
    (folder / "leak.txt").symlink_to(outside / "secret.txt")
    (folder / "dangling.txt").symlink_to(folder / "nowhere.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (folder / "dir.txt").symlink_to(outside)
    (folder / "inside.txt").symlink_to(folder / "one.txt")
    os.mkfifo(folder / "pipe.txt")
    found = outcome(hash_bot, folder)
    skipped = {name for name, status in found.items() if status == "skipped"}
    assert skipped == {"leak.txt", "dangling.txt", "loop.txt", "dir.txt", "pipe.txt"}
    assert all("Secret" not in hit.passage.text for hit in hash_bot.search("secret words"))


def test_the_index_is_no_document_of_the_folder_that_it_lies_in(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", note="Red disks.")
    with Chatbot.open(embedder=HashEmbedder(), data_dir=docs / "index") as bot:
        write(docs / "index" / "conversations" / "ann", talk="My secret question.")
        assert outcome(bot, docs) == {"note.txt": "new"}
        write(docs / "index" / "uploads", up="Blue cables.")
        assert outcome(bot, docs / "index" / "uploads" / "up.txt") == {"up.txt": "new"}
        (tmp_path / "link").symlink_to(docs)
        assert outcome(bot, docs) == {"note.txt": "unchanged"}, "what was uploaded stays"
        assert outcome(bot, tmp_path / "link") == {"note.txt": "new"}
        assert outcome(bot, docs / "index" / "conversations") == {"ann/talk.txt": "new"}, "who names it means it"


def test_a_wide_folder_is_walked_in_linear_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(100):
        write(tmp_path / f"folder{number}", **{f"n{number}": "Red disks."})
        write(tmp_path, **{f"m{number}": "Red disks."})
    compared, is_equal = [], PurePath.__eq__
    monkeypatch.setattr(PurePath, "__eq__", lambda one, other: compared.append(1) or is_equal(one, other))
    names = [found.name for found in walk(tmp_path)]
    assert len(names) == 200 and names[0] == "m0.txt" and names[100] == "folder0/n0.txt"
    assert len(compared) < 200


def test_a_file_that_may_not_be_read_any_more_has_no_original(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", note="Red disks.")
    hash_bot.ingest(folder)
    (document,) = hash_bot.documents()
    assert hash_bot.original(document.id) == folder / "note.txt"
    (folder / "note.txt").unlink()
    (folder / "note.txt").mkdir()  # cannot be opened, whoever asks
    with pytest.raises(NotFoundError, match="changed or gone"):
        hash_bot.original(document.id)


def test_texts_that_were_added_are_no_files_to_read_again(hash_bot: Chatbot, monkeypatch: pytest.MonkeyPatch) -> None:
    hash_bot.add([Document("memo", "memo", "", "txt", "Red disks.")])
    monkeypatch.setattr("rag.chatbot.is_current", lambda _: False)
    assert hash_bot.outdated() == []


def test_a_text_takes_the_place_of_the_one_that_had_its_name(hash_bot: Chatbot) -> None:
    hash_bot.search("disks")  # from here on the vectors are held in memory
    for number in range(3):
        texts = [Document(f"id{number}{part}", "news.txt", "", "txt", f"News {number}, part {part}.") for part in "ab"]
        report = hash_bot.add([*texts, Document("memo", "memo.txt", "", "txt", "Red disks.")])
        assert report.summary == ("1 changed, 1 unchanged" if number else "2 new")
    assert {hit.passage.text for hit in hash_bot.search("news disks")} == {"News 2, part b.", "Red disks."}
    check_vectors(hash_bot)


def test_an_id_stands_for_one_text(hash_bot: Chatbot) -> None:
    hash_bot.add([Document("memo", "memo.txt", "", "txt", "Red disks.")])
    assert hash_bot.add([Document("memo", "copy.txt", "", "txt", "Red disks.")]).files[0].reason == (
        "says the same as memo.txt"
    )
    for name in ("memo.txt", "other.txt"):
        (result,) = hash_bot.add([Document("memo", name, "", "txt", "Blue cables.")]).files
        assert result.status == "failed" and "'memo'. Give it one of its own." in result.reason
    assert [hit.passage.text for hit in hash_bot.search("disks cables")] == ["Red disks."]


def test_same_name_in_two_folders_are_two_documents(hash_bot: Chatbot, tmp_path: Path) -> None:
    first = write(tmp_path / "a", note="Red disks.")
    second = write(tmp_path / "b", note="Blue cables.")
    hash_bot.ingest(first, second)
    assert [info.name for info in hash_bot.documents()] == ["note.txt", "note.txt"]
    with pytest.raises(NotFoundError, match="Several files"):
        hash_bot.forget("note.txt")
    hash_bot.forget(str(first / "note.txt"))
    assert [hit.passage.text for hit in hash_bot.search("disks cables")] == ["Blue cables."]
    with pytest.raises(NotFoundError, match="rag status"):
        hash_bot.forget("nothing.txt")


def test_a_document_is_forgotten_by_its_id_in_whatever_files_it_lies(hash_bot: Chatbot, tmp_path: Path) -> None:
    hash_bot.ingest(write(tmp_path / "docs", one="Red disks.", two="Red disks.", three="Blue cables."))
    (double,) = [info for info in hash_bot.documents() if len(info.names) == 2]
    assert hash_bot.forget(double.id).name == "one.txt, two.txt"
    assert [info.name for info in hash_bot.documents()] == ["three.txt"]
    check_vectors(hash_bot)


def test_files_leave_a_folder_also_where_one_within_it_is_named_too(hash_bot: Chatbot, tmp_path: Path) -> None:
    inner = write(tmp_path / "docs" / "inner", one="Red disks.", two="Blue cables.")
    outer = write(tmp_path / "docs", three="Green lamps.")
    hash_bot.ingest(outer, inner)
    (outer / "three.txt").unlink()
    assert outcome(hash_bot, outer, inner) == {"one.txt": "unchanged", "two.txt": "unchanged", "three.txt": "deleted"}


def test_a_single_file_does_not_delete_its_neighbours(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.", two="Blue cables.")
    hash_bot.ingest(folder)
    assert outcome(hash_bot, folder / "one.txt") == {"one.txt": "unchanged"}
    assert len(hash_bot.documents()) == 2


def test_progress_names_every_file(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.", two="Blue cables.")
    seen: list[IngestProgress] = []
    hash_bot.ingest(folder, progress=seen.append)
    assert [(p.done, p.name, p.step) for p in seen] == [
        (0, "one.txt", "read"),
        (0, "two.txt", "read"),
        (1, "one.txt", "new"),
        (2, "two.txt", "new"),
        (2, "", "done"),
    ]
    assert all(p.total == 2 for p in seen)


def test_a_long_file_tells_how_much_of_it_is_embedded(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", long="\n\n".join(f"Disk {n} is red. It is in rack {n}." for n in range(8000)))
    seen: list[IngestProgress] = []
    hash_bot.ingest(folder, progress=seen.append)
    shares = [p.share for p in seen if p.step == "embedding"]
    assert len(shares) > 2 and shares == sorted(shares) and shares[0] > 0 and shares[-1] < 1
    assert [p.step for p in seen if p.step != "embedding"] == ["read", "new", "done"]


def test_another_model_is_refused_until_the_index_is_rebuilt(tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks. Blue cables.", empty="")
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data") as bot:
        bot.ingest(folder)
    shutil.rmtree(folder)
    for change in ({"embedder": HashEmbedder(32)}, {"embedder": HashEmbedder(), "passage_tokens": 64}):
        with pytest.raises(IndexMismatchError, match="rag ingest --rebuild"):
            Chatbot.open(data_dir=tmp_path / "data", **change)
    report = Chatbot.rebuild(load_settings(data_dir=tmp_path / "data"), embedder=HashEmbedder(32))
    assert report.summary == "1 changed"
    with Chatbot.open(embedder=HashEmbedder(32), data_dir=tmp_path / "data") as bot:
        assert bot.search("disks")[0].passage.text.startswith("Red disks.")
        assert [f.name for f in bot.status().failures] == ["empty.txt"]
        check_vectors(bot)


def test_a_reader_hears_that_the_index_was_made_anew_otherwise(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data")
    with Chatbot.open(settings, embedder=HashEmbedder()) as bot:
        bot.ingest(write(tmp_path / "docs", one="Red disks. " * 80, two="Blue cables."))
    with Chatbot.open(settings, embedder=HashEmbedder(), read_only=True) as reader:
        assert reader.search("disks", by="meaning")
        for tokens, embedder in ((64, HashEmbedder()), (200, HashEmbedder(32))):
            Chatbot.rebuild(load_settings(data_dir=tmp_path / "data", passage_tokens=tokens), embedder=embedder)
            for by in ("meaning", "both"):
                with pytest.raises(IndexMismatchError, match="was made otherwise"):
                    reader.search("disks", by=by)
        Chatbot.rebuild(settings, embedder=HashEmbedder())
        assert reader.search("disks", by="meaning")


def test_single_settings_win_over_the_others_and_are_checked(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data", quotes=2)
    with Chatbot.open(settings, embedder=HashEmbedder(), passages=3) as bot:
        assert (bot.settings.passages, bot.settings.quotes, bot.settings.data_dir) == (3, 2, tmp_path / "data")
    for wrong in ({"nonsense": 1}, {"passages": 0}):
        with pytest.raises(SettingsError, match="|".join(wrong)):
            Chatbot.open(settings, embedder=HashEmbedder(), **wrong)


def test_the_index_is_made_anew_with_a_model_of_llama_index(tmp_path: Path) -> None:
    from llama_index.core import MockEmbedding

    settings, model = load_settings(data_dir=tmp_path / "data"), MockEmbedding(8)
    with Chatbot.open(settings, embedder=HashEmbedder()) as bot:
        bot.ingest(write(tmp_path / "docs", one="Red disks."))
    assert Chatbot.rebuild(settings, embedder=model).summary == "1 changed"
    with Chatbot.open(settings, embedder=model) as bot:
        assert bot.search("disks")


def test_after_the_end_nothing_is_opened_again(tmp_path: Path) -> None:
    bot = Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data")
    bot.ingest(write(tmp_path / "docs", one="Red disks."))
    assert bot.search("disks")
    bot.close()
    for use in (bot.documents, partial(bot.search, "disks"), partial(bot.add, [])):
        with pytest.raises(StorageError, match=r"^The index is closed\. Open the chatbot again\.$"):
            use()
    assert not bot._store._database._connections


CHILD = """
import sys
from pathlib import Path
from rag import Chatbot, HashEmbedder
with Chatbot.open(embedder=HashEmbedder(), data_dir=Path(sys.argv[1]), exact_passages=0) as bot:
    bot._vectors.wait()
    print("open", flush=True)
    for round in range(1000):
        for path in sorted(Path(sys.argv[2]).iterdir()):
            path.write_text(f"Round {round} of {path.stem}. It has some words.")
            bot.ingest(path)
            print(path.name, flush=True)
"""


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_ingest_loses_nothing_and_heals(tmp_path: Path, stop: signal.Signals) -> None:
    folder = write(tmp_path / "docs", **{f"n{i}": f"Number {i} is here." for i in range(6)})
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data", exact_passages=0) as bot:
        bot.ingest(*sorted(folder.iterdir()))
    for attempt in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path / "data"), str(folder)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        for _ in range(attempt):
            child.stdout.readline()
        time.sleep(0.013 * attempt)
        child.send_signal(stop)
        child.wait()
        child.stdout.close()
        with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data", exact_passages=0) as bot:
            assert len(bot.documents()) == 6, "an update must never lose the document"
            check_vectors(bot)
            ids = {hit.passage.id for hit in bot.search("round words number", k=20)}
            assert len(ids) == 6
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data", exact_passages=0) as bot:
        bot.ingest(*sorted(folder.iterdir()))
        check_vectors(bot)
        assert np.isfinite(bot._store.index_source()[2]).all()


def test_one_run_may_hold_the_same_content_twice_and_swap_it(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.", two="Red disks.", three="Blue cables.")
    assert set(outcome(hash_bot, folder).values()) == {"new"} and len(hash_bot.documents()) == 2
    (double,) = [info for info in hash_bot.documents() if len(info.names) == 2]
    passages = hash_bot._store.passages(hash_bot._store.passage_ids(double.id))
    made = hash_bot.embedder.embed([embedding_text(passage) for passage in passages])
    assert np.array_equal(hash_bot._store.vectors([p.id for p in passages])[1], made), "embedded under the stored title"
    write(folder, one="Blue cables.", two="Blue cables.", three="Red disks.")
    assert set(outcome(hash_bot, folder).values()) == {"changed"} and len(hash_bot.documents()) == 2
    check_vectors(hash_bot)
    assert [hit.passage.source for hit in hash_bot.search("disks", 1)] == ["three.txt"]


def test_a_file_that_repeats_a_document_says_so(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", one="Red disks.", two="Red disks.")
    told = {file.name: file.reason for file in hash_bot.ingest(folder).files}
    assert told == {"one.txt": "", "two.txt": "says the same as one.txt"}
    assert [file.reason for file in hash_bot.ingest(write(tmp_path / "more", one="Red disks.")).files] == [
        "says the same as one.txt"
    ]
    assert [file.reason for file in hash_bot.ingest(write(folder, one="Red  disks.\n")).files] == ["", ""]


def test_many_files_are_stored_in_batches_and_a_stop_between_them_loses_nothing(
    hash_bot: Chatbot, tmp_path: Path
) -> None:
    folder = write(tmp_path / "docs", **{f"n{i:03}": f"Number {i} is here." for i in range(299)}, n299="")

    def stop(progress: IngestProgress) -> None:
        if progress.done == 100:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        hash_bot.ingest(folder, progress=stop)
    kept = len(hash_bot.documents())
    assert 0 < kept < 200
    check_vectors(hash_bot)
    report = hash_bot.ingest(folder)
    assert (report.count("unchanged"), report.count("new"), report.count("failed")) == (kept, 299 - kept, 1)
    check_vectors(hash_bot)
