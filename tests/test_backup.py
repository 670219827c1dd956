"""`rag backup` and `rag restore`: the same answers from another folder, all or nothing, and bad files in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import Chatbot, HashEmbedder, IndexLockedError, StorageError
from rag.backup import restore, write_backup
from tests.test_cli import TEXT, rag

ROOT = Path(__file__).parent.parent


def open_bot(folder: Path, **how: bool) -> Chatbot:
    return Chatbot.open(embedder=HashEmbedder(), data_dir=folder, **how)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder as a window leaves it: two uploads, a conversation, a judgement."""
    folder = tmp_path / "data"
    (folder / "uploads").mkdir(parents=True)
    (folder / "uploads" / "disks.txt").write_text("The Orion array holds 96 disks.")
    (folder / "uploads" / "cables.txt").write_text("Cables are blue.")
    (folder / "conversations" / "visitor").mkdir(parents=True)
    (folder / "conversations" / "visitor" / "talk.json").write_text("{}")
    (folder / "conversations" / "visitor" / "talk.draft").write_text("{")
    (folder / "feedback.jsonl").write_text('{"thumb": "up"}\n')
    with open_bot(folder) as bot:
        bot.ingest(folder / "uploads")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return what a data folder holds beside the docstore, the lock and the mark."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: data for name, data in found.items() if not name.startswith(("documents.sqlite", ".lock"))}


def test_a_backup_brings_all_of_it_into_another_folder(data: Path, tmp_path: Path) -> None:
    made = write_backup(data, tmp_path / "backup.zip")
    assert (made.documents, made.files, made.stale) == (2, 4, ())
    shutil.move(data, tmp_path / "gone")
    new = tmp_path / "elsewhere"
    again = restore(tmp_path / "backup.zip", new)
    assert (again.made, again.documents, again.files, again.size) == (made.made, 2, 4, made.size)
    assert sorted(tree(new)) == [
        "conversations/visitor/talk.json", "feedback.jsonl", "uploads/cables.txt", "uploads/disks.txt",
    ]  # fmt: skip
    with open_bot(tmp_path / "gone") as old, open_bot(new) as bot:
        assert old._store.index_source()[0] == bot._store.index_source()[0]
        assert (old._store.index_source()[2] == bot._store.index_source()[2]).all()
        (disks,) = [info for info in bot.documents() if info.name == "disks.txt"]
        assert bot.original(disks.id) == new / "uploads" / "disks.txt", "uploads are found where they lie now"
        assert bot.ingest(new / "uploads").summary == "2 unchanged"
        assert bot.search("disks")[0].passage.text == "The Orion array holds 96 disks."


def test_what_is_in_a_backup_is_packed(data: Path, tmp_path: Path) -> None:
    (data / "feedback.jsonl").write_text('{"thumb": "up"}\n' * 1000)
    write_backup(data, tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        packed = archive.getinfo("feedback.jsonl")
    assert packed.compress_size < packed.file_size / 10


def test_a_folder_that_holds_something_is_replaced_only_on_demand_and_wholly(data: Path, tmp_path: Path) -> None:
    write_backup(data, tmp_path / "backup.zip")
    before = tree(data)
    (data / "feedback.jsonl").write_text("later\n")
    (data / "uploads" / "later.txt").write_text("Lamps are green.")
    with open_bot(data) as bot:
        bot.ingest(data / "uploads")
    with pytest.raises(StorageError, match=r"^The data folder data is in use already\. Add --replace "):
        restore(tmp_path / "backup.zip", data)
    assert (data / "uploads" / "later.txt").exists()
    restore(tmp_path / "backup.zip", data, replace=True)
    before.pop("conversations/visitor/talk.draft")
    assert tree(data) == before
    with open_bot(data) as bot:
        assert [info.name for info in bot.documents()] == ["cables.txt", "disks.txt"]


def test_a_backup_is_whole_while_documents_are_read(data: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    with open_bot(data) as bot:

        def write() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                (data / "uploads" / "disks.txt").write_text(f"Round {number}. It has some words.")
                bot.ingest(data / "uploads" / "disks.txt")

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(3):
                bot.backup(tmp_path / f"{number}.zip")
                with open_bot(tmp_path / str(number)) as fresh:
                    assert fresh.documents() == []
                restore(tmp_path / f"{number}.zip", tmp_path / str(number), replace=True)
                with open_bot(tmp_path / str(number)) as copy:
                    assert [info.name for info in copy.documents()] == ["cables.txt", "disks.txt"]
                    assert len(copy.search("round words blue", 9)) == 2
        finally:
            stop.set()
            writer.join()


def test_uploads_that_are_not_as_they_were_read_are_told(data: Path, tmp_path: Path) -> None:
    (data / "uploads" / "disks.txt").unlink()
    (data / "uploads" / "cables.txt").write_text("Other words.")
    assert write_backup(data, tmp_path / "backup.zip").stale == ("cables.txt", "disks.txt")


def rewrite(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Write a backup anew with other entries."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def head(**values: object) -> Callable[[dict[str, bytes]], None]:
    def change(entries: dict[str, bytes]) -> None:
        entries["backup.json"] = json.dumps(json.loads(entries["backup.json"]) | values).encode()

    return change


def lead_out(entries: dict[str, bytes]) -> None:
    listed = json.loads(entries["backup.json"])
    listed["files"]["uploads/../../out.txt"] = listed["files"]["feedback.jsonl"]
    entries["backup.json"], entries["uploads/../../out.txt"] = json.dumps(listed).encode(), entries["feedback.jsonl"]


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda p: p.write_text("no zip"), "is not a backup, or is damaged"),
    "empty": (lambda p: p.write_bytes(b""), "is not a backup, or is damaged"),
    "cut": (lambda p: p.write_bytes(p.read_bytes()[:-500]), "is not a backup, or is damaged"),
    "missing": (lambda p: p.unlink(), "No such file"),
    "a folder": (lambda p: (p.unlink(), p.mkdir()), "Is a directory"),
    "another zip": (lambda p: rewrite(p, dict.clear), "is not a backup"),
    "newer": (lambda p: rewrite(p, head(format=2)), "was made by a newer version of this program. Upgrade"),
    "newer tables": (lambda p: rewrite(p, head(schema=99)), "was made by a newer version"),
    "older tables": (lambda p: rewrite(p, head(schema=1)), "was made by an older version"),
    "bad list": (lambda p: rewrite(p, head(files=[])), "is damaged"),
    "no docstore": (lambda p: rewrite(p, lambda e: e.pop("documents.sqlite")), "does not hold what its list says"),
    "one more": (lambda p: rewrite(p, lambda e: e.update(x=b"")), "does not hold what its list says"),
    "leads out": (lambda p: rewrite(p, lead_out), "does not hold what its list says"),
    "other words": (lambda p: rewrite(p, lambda e: e.update({"feedback.jsonl": b'{"thumb": "no"}\n'})), "is damaged: feedback.jsonl"),
    "longer": (lambda p: rewrite(p, lambda e: e.update({"feedback.jsonl": b"x" * 5000})), "is damaged: feedback.jsonl"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_backup_is_one_sentence_and_changes_nothing(data: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "backup.zip"
    write_backup(data, path)
    before = tree(data)
    damage, line = BAD[kind]
    damage(path)
    with pytest.raises(StorageError) as caught:
        restore(path, data, replace=True)
    assert str(caught.value).startswith("backup.zip ") and line in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.next_step
    assert tree(data) == before and not list(data.glob("restore*"))
    with open_bot(data) as bot:
        assert len(bot.documents()) == 2


def test_no_byte_of_a_backup_can_change_unseen(data: Path, tmp_path: Path) -> None:
    """Each flipped byte is refused, or stands where zip keeps times and names twice and nothing comes of it."""
    write_backup(data, tmp_path / "backup.zip")
    whole, expected = (tmp_path / "backup.zip").read_bytes(), None
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        flipped = bytearray(whole)
        flipped[place] ^= 0x55
        (tmp_path / "flipped.zip").write_bytes(flipped)
        target = tmp_path / f"target{place}"
        try:
            restore(tmp_path / "flipped.zip", target)
        except StorageError as error:
            assert "flipped.zip" in str(error)
            assert not (target / "documents.sqlite").exists()
            continue
        expected = expected or tree(target)
        assert tree(target) == expected and len(expected) == 4


def test_a_folder_in_use_is_not_restored_and_a_target_is_never_overwritten(data: Path, tmp_path: Path) -> None:
    write_backup(data, tmp_path / "backup.zip")
    with open_bot(data), pytest.raises(IndexLockedError, match=str(os.getpid())):
        restore(tmp_path / "backup.zip", data, replace=True)
    with pytest.raises(StorageError, match="exists already"):
        write_backup(data, tmp_path / "backup.zip")
    with pytest.raises(StorageError, match=r"no\.zip cannot be written: No such file"):
        write_backup(data, tmp_path / "nowhere" / "no.zip")
    with pytest.raises(StorageError, match="There is no index in empty yet"):
        write_backup(tmp_path / "empty", tmp_path / "other.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.zip", "data"], "nothing is left behind"


KILLED = """
import os, signal, sys
from pathlib import Path
from rag.backup import restore
calls, last = 0, int(sys.argv[3])
def count(event, arguments):
    global calls
    if event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "open"):
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True)
print(calls)
"""


def test_a_killed_restore_is_undone_or_finished_at_the_next_start(data: Path, tmp_path: Path) -> None:
    """It is killed at many of its steps on the disk, and then only opened."""
    write_backup(data, tmp_path / "backup.zip")
    old = tmp_path / "old"
    (old / "uploads").mkdir(parents=True)
    (old / "uploads" / "old.txt").write_text("Old words.")
    (old / "feedback.jsonl").write_text("old\n")
    with open_bot(old) as bot:
        bot.ingest(old / "uploads")

    def run(target: Path, last: int) -> subprocess.CompletedProcess[str]:
        shutil.copytree(old, target)
        command = [sys.executable, "-c", KILLED, str(tmp_path / "backup.zip"), str(target), str(last)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    steps = int(run(tmp_path / "whole", 0).stdout)
    assert steps > 20
    ends = set()
    for last in sorted({*range(1, steps, max(1, steps // 6)), *range(steps - 8, steps + 1, 2)}):
        target = tmp_path / str(last)
        assert run(target, last).returncode == -9
        with open_bot(target) as bot:
            names = tuple(info.name for info in bot.documents())
            assert names in (("old.txt",), ("cables.txt", "disks.txt"))
            kept = {name.split("/")[-1] for name in tree(target) if not name.startswith("restore.part")}
            assert kept == ({"old.txt", "feedback.jsonl"} if len(names) == 1 else {"cables.txt", "disks.txt", "feedback.jsonl", "talk.json"})  # fmt: skip
            assert (target / "feedback.jsonl").read_text().startswith("old") == (len(names) == 1)
            ends.add(names)
    assert len(ends) == 2, "both sides of the decision were hit"


def test_the_commands_make_and_restore_a_backup_with_the_same_answer(tmp_path: Path) -> None:
    (tmp_path / "orion.txt").write_text(TEXT)
    assert rag("ingest", "orion.txt", cwd=tmp_path).returncode == 0
    done = rag("backup", "orion.backup", cwd=tmp_path)
    assert done.returncode == 0 and ": 1 document, 0 other files, 0." in done.stdout, done.stderr
    again = rag("restore", "orion.backup", "--data-dir", "copy", "--json", cwd=tmp_path)
    assert again.returncode == 0 and json.loads(again.stdout)["documents"] == 1
    question = "How many disks does the Orion array hold?"
    assert rag("ask", question, "--data-dir", "copy", cwd=tmp_path).stdout == rag("ask", question, cwd=tmp_path).stdout
    refused = rag("restore", "orion.txt", cwd=tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert refused.stderr.startswith("error: orion.txt is not a backup, or is damaged. Take another file")
