"""The peers' bench: chunks stand where they were cut, pages become documents, results are kept and set side by side."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.datasets import Dataset
from eval.gold import Evidence, Gold
from eval.peers import Outcome, as_documents, format_outcomes, main, measure, peer_search, run_dataset
from eval.pipelines import PEERS, Chunk, Peer, Rank, Vectors, chroma, llama_sentences, llama_vectors, place
from eval.places import locate
from rag import Document, HashEmbedder, Page

ROOT = Path(__file__).parent.parent
TEXTS = {"a": "Disks hold data. Soup is warm. Disks hold data.", "b": "Soup is served on Mondays. Bread is baked."}
DOCUMENTS = [Document(key, f"{key}.txt", "", "txt", text) for key, text in TEXTS.items()]
GOLD = (
    Gold("1", "single", "Which disks hold data?", (), (), (Evidence("a.txt"),)),
    Gold("2", "single", "When is soup served?", (), (), (Evidence("b.txt"),)),
    Gold("3", "unanswerable", "Who sang?", (), (), ()),
)


def sentences(documents: Sequence[Document], vectors: Vectors) -> list[Chunk]:
    return [chunk for d in documents for chunk in place(d, [f"{s.strip(' .')}." for s in d.text.split(". ")])]


def by_vector(chunks: Sequence[Chunk], vectors: Vectors) -> Rank:
    rows = vectors.embed([chunk.text for chunk in chunks])
    return lambda question, k: [int(n) for n in (-(rows @ vectors.embed([question])[0])).argsort()[:k]]


def test_a_repeated_chunk_stands_where_it_was_cut() -> None:
    chunks = sentences(DOCUMENTS, Vectors(HashEmbedder()))
    assert [chunk.start for chunk in chunks] == [0, 17, 31, 0, 27]
    assert all(c.document.text[c.start : c.start + len(c.text)] == c.text for c in chunks)
    (lost,) = place(DOCUMENTS[0], ["not there"], [5])
    assert lost.start == 5


def test_a_text_is_embedded_once() -> None:
    seen: list[str] = []

    class Counting(HashEmbedder):
        def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
            seen.extend(texts)
            return super().embed(texts, query=query)

    vectors = Vectors(Counting())
    assert vectors.embed(["x", "y", "x"]).shape == (3, 64)
    assert (vectors.embed(["y"]) == vectors.embed(["x", "y"])[1]).all() and seen == ["x", "y"]


@pytest.mark.parametrize("build", [by_vector, chroma, llama_vectors])
def test_pipelines_over_the_same_vectors_find_the_same(build: object) -> None:
    peer = Peer("one", "chromadb", sentences, build)  # type: ignore[arg-type]
    dataset = Dataset("set", GOLD, tuple(DOCUMENTS))
    search = peer_search(peer, DOCUMENTS, Vectors(HashEmbedder(256)))
    (first, *_) = search("When is soup served on Mondays?", 3)
    assert (first.passage.text, first.passage.source) == ("Soup is served on Mondays.", "b.txt")
    assert measure(search, dataset, GOLD[:2], DOCUMENTS)["hit@1"] == [1.0, 1.0]


def test_the_splitter_of_a_peer_gives_exact_chunks() -> None:
    document = Document("d", "d.txt", "", "txt", " ".join(f"Sentence {n} of disks." for n in range(200)))
    chunks = llama_sentences(64)([document], Vectors(HashEmbedder()))
    assert len(chunks) > 5 and all(document.text.startswith(chunk.text, chunk.start) for chunk in chunks)


def test_pages_become_documents_for_those_that_read_page_by_page() -> None:
    text = "Soup on Mondays.\fDisks in Lisbon."
    book = Document("d", "d.pdf", "", "pdf", text, pages=(Page(1, "1", 0, 16), Page(2, "2", 17, 33)))
    gold = (Gold("1", "single", "Where?", (), (), (Evidence("d.pdf", page=2),)),)
    apart, pages = as_documents(Dataset("set", gold, unit="page"), [book])
    assert [page.text for page in pages] == ["Soup on Mondays.", "Disks in Lisbon."] and apart.unit == "document"
    assert [span.document_id for span in locate(apart.gold, pages)["1"]] == [pages[1].id]


def test_results_are_kept_and_stand_side_by_side(tmp_path: Path) -> None:
    built = []

    def watched(chunks: Sequence[Chunk], vectors: Vectors) -> Rank:
        built.append(len(chunks))
        return by_vector(chunks, vectors)

    dataset = Dataset("set", GOLD, tuple(DOCUMENTS))
    peers = [Peer("sentences", "numpy", sentences, watched)]
    outcomes = list(run_dataset(dataset, tmp_path, 0, peers))
    assert [o.name for o in outcomes] == ["this project", "its meaning alone", "its words alone", "sentences"]
    assert list(run_dataset(dataset, tmp_path, 0, peers)) == outcomes and built == [5]
    list(run_dataset(dataset, tmp_path, 1, peers))
    assert built == [5, 5], "another sample is another run"
    table = format_outcomes(dataset, outcomes)
    assert table.startswith("### set, 2 questions\n") and "| sentences | 1.000 (1.000 to 1.000) |" in table
    assert table.splitlines()[4].startswith("| this project |") and table.splitlines()[4].endswith("|  |")


def test_a_faulty_set_keeps_no_other_from_being_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, passage in (("good", 0), ("bad", 7)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "passages.jsonl").write_text(
            '{"id": 0, "title": "Soup", "text": "Soup is served on Mondays."}'
        )
        asked = f'{{"question": "When is soup served?", "answers": ["Mondays"], "passage": {passage}}}'
        (tmp_path / name / "questions.jsonl").write_text(asked)
    columns = {name: [1.0] for name in ("hit@1", "recall@5", "mrr@10", "ndcg@10")}
    monkeypatch.setattr("eval.peers.run_dataset", lambda *_: iter([Outcome("this project", columns)]))
    monkeypatch.setattr("sys.argv", ["peers", "--data", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"/bad/questions\.jsonl:1: unknown passage"):
        main()
    assert "### good, 1 questions" in capsys.readouterr().out


def test_every_peer_runs_by_default_and_in_a_better_setting() -> None:
    firsts = [peer.name.split(",")[0] for peer in PEERS]
    assert len({peer.name for peer in PEERS}) == len(PEERS)
    for first in set(firsts):
        assert firsts.count(first) >= 2 and any("default" in peer.name for peer in PEERS if peer.name.startswith(first))


def test_what_is_pinned_for_the_peers_is_theirs_and_changes_nothing_of_ours() -> None:
    def names(path: str) -> set[str]:
        found = re.findall(r"^([\w.-]+)==\S+$", (ROOT / path).read_text(), re.MULTILINE)
        return {name.lower().replace("_", "-") for name in found}

    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["peers"]
    pinned = names("eval/peers.lock")
    assert {re.split("[><=]", wanted)[0] for wanted in extra} <= pinned
    assert not pinned & names("requirements.lock")
    assert {peer.package for peer in PEERS} <= pinned | names("requirements.lock")
