"""The docstore and the vector index: whole transactions, exact records, damage found and repaired."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.database import Database, lock_folder
from rag.datatypes import Block, Document, Page
from rag.docstore import DocStore
from rag.embed import HashEmbedder
from rag.errors import IndexLockedError, NotFoundError, StorageError
from rag.nearest import ExactVectors, NearestPassages
from rag.reports import FileRow
from rag.split import split
from rag.text import content_words
from rag.vectorstore import VectorStore

EMBEDDER = HashEmbedder()
TEXT = "Disks are red. Cables are blue.\n\nBackups run at night."
DOCUMENT = Document(
    "d1", "guide.txt", "Guide", "txt", TEXT, (Block("paragraph", 0, 31), Block("paragraph", 33, 54)),
    (Page(1, "i", 0, 33), Page(2, None, 33, 54)), ("one warning",),
)  # fmt: skip


def put(store: DocStore, document: Document = DOCUMENT, path: str = "/a/guide.txt", name: str = "guide.txt") -> None:
    passages = split(document, EMBEDDER.count_tokens, 12)
    sentences = [EMBEDDER.embed([document.text[s:e] for s, e in p.sentences]) for p in passages]
    row = FileRow(path, name, "/a", 10, 1, "sha", document.id, warnings=document.warnings)
    store.put(row, document, passages, EMBEDDER.embed([p.text for p in passages]), sentences)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocStore]:
    opened = DocStore(tmp_path / "documents.sqlite")
    yield opened
    opened.close()


def test_what_is_put_comes_back_equal(store: DocStore) -> None:
    put(store)
    assert store.document("d1") == DOCUMENT
    expected = split(DOCUMENT, EMBEDDER.count_tokens, 12)
    assert store.passages(store.passage_ids("d1")) == expected
    ids, vectors = store.vectors([p.id for p in expected])
    assert ids == [p.id for p in expected]
    assert np.array_equal(vectors, EMBEDDER.embed([p.text for p in expected]))
    halves = store.sentence_vectors(ids)
    exact = EMBEDDER.embed([TEXT[s:e] for s, e in expected[0].sentences])
    assert np.abs(halves[ids[0]] @ exact.T - exact @ exact.T).max() < 1e-3
    (info,) = store.documents()
    assert (info.name, info.passages, info.pages, info.warnings) == ("guide.txt", len(expected), 2, ("one warning",))


def test_two_files_of_one_content_are_one_document(store: DocStore) -> None:
    put(store)
    put(store, path="/a/copy.txt", name="copy.txt")
    put(store)  # read again
    assert [info.names for info in store.documents()] == [("guide.txt", "copy.txt")], "the first name stays"
    (passage,) = store.passages(store.passage_ids(store.documents()[0].id))[:1]
    assert (
        passage.source == store.document(passage.document_id).name == store.holder(passage.document_id) == "guide.txt"
    )
    store.remove("/a/copy.txt")
    assert [info.names for info in store.documents()] == [("guide.txt",)]
    store.remove("/a/guide.txt")
    assert store.documents() == [] and store.passage_count() == 0
    assert store.match(["disks"], 5) == []


def test_documents_come_in_the_order_of_their_names_whatever_their_capitals(store: DocStore) -> None:
    for name in ("Zoo.txt", "apple.txt", "Mill.txt"):
        put(store, replace(DOCUMENT, id=name), f"/a/{name}", name)
    assert [info.name for info in store.documents()] == ["apple.txt", "Mill.txt", "Zoo.txt"]


def test_a_change_replaces_the_old_text(store: DocStore) -> None:
    put(store)
    put(store, Document("d2", "guide.txt", "Guide", "txt", "Disks are green now."))
    assert [info.id for info in store.documents()] == ["d2"]
    assert store.match(["red"], 5) == [] and len(store.match(["green"], 5)) == 1


def test_bm25_agrees_with_the_formula(store: DocStore) -> None:
    """Second implementation: Okapi BM25 with k1 = 1.2 and b = 0.75 as FTS5 documents it, over text alone."""
    texts = ["red disk red", "blue cable", "red cable night", "green lamp"]
    for i, text in enumerate(texts):
        put(store, Document(f"d{i}", f"{i}.txt", "", "txt", text), f"/a/{i}.txt", f"{i}.txt")
    lengths = [len(text.split()) for text in texts]
    idf = np.log((4 - 2 + 0.5) / (2 + 0.5))
    idf = max(idf, 1e-6)
    scores = {}
    for i in (0, 2):
        tf = texts[i].split().count("red")
        scores[f"d{i}"] = idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * lengths[i] / np.mean(lengths)))
    found = {store.passages([key])[0].document_id: score for key, score in store.match(["red"], 5)}
    assert found == pytest.approx(scores, rel=1e-3)


def test_small_and_joined_letters_are_found_by_plain_ones(store: DocStore) -> None:
    put(store, Document("d3", "air.txt", "", "txt", "CO₂ of the ﬂat roof, a m²."), "/a/air.txt", "air.txt")
    assert all(len(store.match([word], 5)) == 1 for word in ("co2", "flat", "m2"))


def test_match_is_proof_against_query_syntax_and_finds_other_scripts(store: DocStore) -> None:
    put(store, Document("d3", "zh.txt", "", "txt", "中国的首都是北京。"), "/a/zh.txt", "zh.txt")
    assert len(store.match(["首都"], 5)) == 1
    for nasty in ['"', "* OR", "NEAR(a b)", "text:", "^x", "-", "';DROP TABLE documents"]:
        assert store.match([nasty], 5) == []
    assert store.match(["首都"], 5, documents=["other"]) == [] == store.match(["首都"], 5, documents=[])
    assert store.frequencies(["首都", "nowhere"]) == {"首都": 1, "nowhere": 0}


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("पुस्तकालय सुबह नौ बजे खुलता है।", "पुस्तकालय", "पुस्तक"),
        ("நூலகம் காலை திறக்கிறது", "நூலகம்", "நூல்"),
        ("ห้องสมุดเปิดเก้าโมง", "ปิ", "ปี"),
        ("المكتبةُ تُفتح صباحًا", "المكتبة", "المكتب"),
    ],
)
def test_words_with_marks_are_found_whole(store: DocStore, text: str, inside: str, outside: str) -> None:
    put(store, Document("d4", "a.txt", "", "txt", text), "/a/a.txt", "a.txt")
    assert len(store.match([inside], 5)) == 1 and store.match([outside], 5) == []
    (stem,) = content_words(inside)
    assert store.frequencies([stem]) == {stem: 1}


def test_files_are_remembered_with_their_reasons(store: DocStore) -> None:
    row = FileRow("/a/bad.pdf", "bad.pdf", "/a", 3, 4, "", None, "failed", "bad.pdf is empty.", ("w",))
    store.record(row)
    assert store.files() == [row]


def test_an_unknown_document_is_named(store: DocStore) -> None:
    with pytest.raises(NotFoundError, match="'nope'"):
        store.document("nope")


def test_a_failing_write_leaves_nothing_behind(store: DocStore) -> None:
    passages = split(DOCUMENT, EMBEDDER.count_tokens, 12)
    with pytest.raises(ValueError, match="zip"):
        store.put(
            FileRow("/a/x", "x", "/a", 1, 1, "", "d1"),
            DOCUMENT,
            passages,
            EMBEDDER.embed([p.text for p in passages]),
            [],
        )
    assert store.documents() == [] and store.files() == []


def test_others_may_read_while_one_writes(store: DocStore, tmp_path: Path) -> None:
    put(store)
    reader = DocStore(tmp_path / "documents.sqlite", read_only=True)
    put(store, Document("d2", "b.txt", "", "txt", "Lamps are green."), "/a/b.txt", "b.txt")
    assert len(reader.match(["green"], 5)) == 1
    with pytest.raises(StorageError, match="readonly"):
        reader.remove("/a/b.txt")
    reader.close()


def test_many_threads_read_at_once(store: DocStore) -> None:
    put(store)
    failures: list[object] = []

    def read() -> None:
        for _ in range(20):
            if len(store.match(["disks"], 5)) != 1:
                failures.append("missed")

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("damage", [b"", b"garbage" * 2000])
def test_a_damaged_docstore_is_told(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "documents.sqlite"
    path.write_bytes(damage)
    if damage:
        with pytest.raises(StorageError, match=r"damaged.*backup"):
            DocStore(path)
    else:
        DocStore(path).close()  # an empty file is an empty database to SQLite


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite"
    DocStore(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StorageError, match="format 99"):
        DocStore(path)


def test_a_file_that_is_refused_is_closed(tmp_path: Path) -> None:
    closed = []

    class Watched(Database):
        def close(self) -> None:
            closed.append(len(self._connections))
            super().close()

    Database(tmp_path / "x.sqlite", "CREATE TABLE t (a);", 1).close()
    with pytest.raises(StorageError, match="format 1"):
        Watched(tmp_path / "x.sqlite", "", 2)
    assert closed == [1]


def test_backup_is_whole(store: DocStore, tmp_path: Path) -> None:
    put(store)
    store.backup(tmp_path / "copy.sqlite")
    copy = DocStore(tmp_path / "copy.sqlite")
    assert copy.document("d1") == DOCUMENT
    copy.close()


def test_a_second_process_is_refused_by_name(tmp_path: Path) -> None:
    code = f"from rag.database import lock_folder; from pathlib import Path; lock_folder(Path({str(tmp_path)!r}))"
    with lock_folder(tmp_path):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "IndexLockedError" in done.stderr and "in use by process" in done.stderr
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with lock_folder(tmp_path), pytest.raises(IndexLockedError):
        lock_folder(tmp_path)


def test_a_lock_that_a_dead_process_left_to_a_starting_one_is_waited_for(tmp_path: Path) -> None:
    """A process that is killed between fork and exec of its parser does so; nobody can tell who has the lock then."""
    holder = lock_folder(tmp_path)
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    (tmp_path / ".lock").write_text(gone.stdout)
    threading.Timer(0.3, holder.close).start()
    lock_folder(tmp_path).close()
    with lock_folder(tmp_path):
        (tmp_path / ".lock").write_text(gone.stdout)
        with pytest.raises(IndexLockedError, match=gone.stdout.strip()):
            lock_folder(tmp_path)


# -- Chroma -----------------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(7)
VECTORS = RNG.standard_normal((300, 16)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
IDS = [f"p{i:03}" for i in range(300)]
OWNERS = [f"d{i % 7}" for i in range(300)]


def truth() -> tuple[list[str], list[str], np.ndarray]:  # type: ignore[type-arg]
    return IDS, OWNERS, VECTORS


def exact(vector: np.ndarray, k: int, documents: set[str] | None = None) -> list[str]:  # type: ignore[type-arg]
    return [key for key, _ in ExactVectors(truth).search(vector, k, documents)]


def test_chroma_finds_what_exact_search_finds(tmp_path: Path) -> None:
    index = VectorStore(tmp_path / "chroma", truth, 300)
    for query in VECTORS[:20]:
        found = index.search(query, 10)
        assert [key for key, _ in found] == exact(query, 10)
        assert found[0][1] == pytest.approx(1, abs=1e-5)
    assert [key for key, _ in index.search(VECTORS[0], 5, ["d3", "d5"])] == exact(VECTORS[0], 5, {"d3", "d5"})
    assert index.search(VECTORS[0], 5, []) == []
    index.close()


def held(index: VectorStore) -> int:
    return int(index._collection.count())


def generations(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.isdigit()]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    nothing = VectorStore(tmp_path / "chroma", lambda: ([], [], np.zeros((0, 0), np.float32)), 0)
    assert nothing.search(VECTORS[0], 5) == [] and held(nothing) == 0
    nothing.upsert(IDS, OWNERS, VECTORS)
    assert held(nothing) == 300
    nothing.delete(IDS[:100])
    assert held(nothing) == 200
    nothing.close()
    with pytest.raises(StorageError, match="closed"):
        nothing.search(VECTORS[0], 5)


def test_an_end_in_the_middle_of_reading_is_no_damage(store: DocStore) -> None:
    put(store)
    rows = store._stream("SELECT id FROM passages")
    next(rows)
    store.close()
    with pytest.raises(StorageError, match=r"^The index is closed\."):
        next(rows)


def test_a_clean_close_is_trusted(tmp_path: Path) -> None:
    VectorStore(tmp_path / "chroma", truth, 300).close()
    again = VectorStore(tmp_path / "chroma", truth, 300)
    assert generations(tmp_path / "chroma") == ["1"]
    assert [key for key, _ in again.search(VECTORS[5], 10)] == exact(VECTORS[5], 10)
    again.close()


def cut_database(folder: Path) -> None:
    path = next(folder.rglob("chroma.sqlite3"))
    path.write_bytes(path.read_bytes()[:5000])


def flip_byte(folder: Path) -> None:
    path = next(folder.rglob("chroma.sqlite3"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def drop_database(folder: Path) -> None:
    next(folder.rglob("chroma.sqlite3")).unlink()


def drop_generation(folder: Path) -> None:
    shutil.rmtree(next(path for path in folder.iterdir() if path.is_dir()))


def garble_seal(folder: Path) -> None:
    (folder / "seal.json").write_text("{")


def point_elsewhere(folder: Path) -> None:
    (folder / "seal.json").write_text('{"generation": 99, "files": {}}')


def drop_seal(folder: Path) -> None:
    (folder / "seal.json").unlink()


def drop_index_files(folder: Path) -> None:
    for path in folder.rglob("*.bin"):
        path.unlink()


@pytest.mark.parametrize(
    "damage",
    [
        cut_database,
        flip_byte,
        drop_database,
        drop_generation,
        garble_seal,
        point_elsewhere,
        drop_seal,
        drop_index_files,
    ],
)
def test_damage_is_found_and_repaired(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    VectorStore(tmp_path / "chroma", truth, 300).close()
    damage(tmp_path / "chroma")
    index = VectorStore(tmp_path / "chroma", truth, 300)
    assert held(index) == 300
    for query in VECTORS[:10]:
        assert [key for key, _ in index.search(query, 10)] == exact(query, 10)
    index.close()


def test_a_docstore_that_grew_meanwhile_is_noticed(tmp_path: Path) -> None:
    VectorStore(tmp_path / "chroma", lambda: (IDS[:200], OWNERS[:200], VECTORS[:200]), 200).close()
    index = VectorStore(tmp_path / "chroma", truth, 300)
    assert generations(tmp_path / "chroma") == ["2"] and held(index) == 300
    index.close()


# -- Exact search, and Chroma beyond it -------------------------------------------------------------------------------


def found(index: ExactVectors | NearestPassages, row: int, documents: list[str] | None = None) -> list[str]:
    return [key for key, _ in index.search(VECTORS[row], 7, documents)]


def by_hand(rows: list[int], row: int) -> list[str]:
    order = sorted(rows, key=lambda other: -float(VECTORS[other] @ VECTORS[row]))
    return [IDS[other] for other in order[:7]]


def test_exact_search_is_a_sorted_product_whatever_was_written_and_deleted() -> None:
    index = ExactVectors(lambda: (IDS[:200], OWNERS[:200], VECTORS[:200]))
    index.upsert(IDS[:1], OWNERS[:1], VECTORS[:1])  # before the first search there is nothing to write to
    assert index.count() == 200 and found(index, 9) == by_hand(list(range(200)), 9)
    index.upsert(IDS[190:], OWNERS[190:], VECTORS[190:])
    index.delete([*IDS[5:20], IDS[299], "unknown"])
    left = [row for row in range(299) if not 5 <= row < 20]
    assert index.count() == len(left)
    for row in range(30):
        assert found(index, row) == by_hand(left, row)
        some = [other for other in left if OWNERS[other] in ("d1", "d4")]
        assert found(index, row, ["d1", "d4", "unknown"]) == by_hand(some, row)
    assert found(index, 0, []) == found(index, 0, ["unknown"]) == []
    few = [other for other in left if other < 7]
    index.upsert(IDS[:7], ["one"] * 7, VECTORS[:7])
    assert found(index, 0, ["one"]) == by_hand([*few, 5, 6], 0), "few of many are multiplied alone"
    index.delete(IDS[:3])
    assert found(index, 0, ["one"]) == by_hand([3, 4, 5, 6], 0), "the same documents again, with fewer passages"
    index.upsert(IDS[1:2], ["one"], VECTORS[1:2])
    assert found(index, 0, ["one"]) == by_hand([1, 3, 4, 5, 6], 0), "and with one more"


def test_another_process_sees_what_has_changed() -> None:
    held = [200]
    index = ExactVectors(lambda: (IDS[: held[0]], OWNERS[: held[0]], VECTORS[: held[0]]), lambda: held[0])
    assert index.count() == 200
    same = [row for row in range(300) if OWNERS[row] == "d1"]
    assert found(index, 9, ["d1"]) == by_hand([row for row in same if row < 200], 9)
    held[0] = 300
    assert found(index, 250)[0] == IDS[250] and found(index, 9, ["d1"]) == by_hand(same, 9)


def test_chroma_takes_over_beyond_the_limit_and_takes_part_in_every_change(tmp_path: Path) -> None:
    there = [200]

    def source() -> tuple[list[str], list[str], np.ndarray]:  # type: ignore[type-arg]
        return IDS[: there[0]], OWNERS[: there[0]], VECTORS[: there[0]]

    index = NearestPassages(tmp_path / "chroma", source, 200, exact_passages=250)
    assert not index.wait() and not (tmp_path / "chroma").exists() and found(index, 9) == by_hand(list(range(200)), 9)
    there[0] = 300
    index.upsert(IDS[200:], OWNERS[200:], VECTORS[200:])  # may come while Chroma is being built, or after
    assert index.wait()
    index.delete(IDS[:10])
    for row in range(20):
        assert found(index, row) == by_hand(list(range(10, 300)), row)
    some = [row for row in range(10, 300) if OWNERS[row] == "d3"]
    assert found(index, 12, ["d3"]) == by_hand(some, 12)
    index.close()
    again = VectorStore(tmp_path / "chroma", truth, 290)
    assert generations(tmp_path / "chroma") == ["1"] and held(again) == 290
    again.close()


def test_chroma_that_missed_a_change_is_not_trusted(tmp_path: Path) -> None:
    VectorStore(tmp_path / "chroma", truth, 300).close()
    index = NearestPassages(tmp_path / "chroma", truth, 300, exact_passages=300)
    index.delete(IDS[:1])
    index.upsert(IDS[:1], OWNERS[:1], VECTORS[1:2])
    index.close()
    again = VectorStore(tmp_path / "chroma", truth, 300)
    assert generations(tmp_path / "chroma") == ["2"]
    again.close()


def test_a_half_built_chroma_is_given_up_at_close_and_never_sealed(tmp_path: Path) -> None:
    index = NearestPassages(tmp_path / "chroma", truth, 300, exact_passages=0)
    index._stop.set()
    index.close()
    assert not (tmp_path / "chroma" / "seal.json").exists()
    again = VectorStore(tmp_path / "chroma", truth, 300)
    assert held(again) == 300
    again.close()


def test_a_chroma_that_cannot_be_used_leaves_exact_search(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "chroma").write_text("a file where the folder should be")
    index = NearestPassages(tmp_path / "chroma", truth, 300, exact_passages=0)
    assert not index.wait() and "stays exact" in caplog.text
    assert found(index, 4) == by_hand(list(range(300)), 4)
    index.close()
