"""Public sets are read from tiny ones of the same form, their faults told by file and line; runs over them resume."""

from __future__ import annotations

import csv
import fcntl
import gzip
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval.cli import app
from eval.datasets import Dataset
from eval.find import find_datasets, read_datasets
from eval.gold import GoldError
from eval.output import read_results
from eval.page import format_result, write_results
from eval.sets import run_gold, run_sets, sample
from rag import Chatbot, IndexMismatchError, Settings, load_settings
from tests.sample_files import lines as text_lines
from tests.sample_files import pdf_drawn

STORAGE = "The Orion array holds 96 disks. Disks are replaced within 4 hours."
FOOD = "The canteen serves soup on Mondays and bread on Fridays."


def lines(path: Path, *records: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records))


def read(path: Path) -> list[Dataset]:
    return [dataset for reader in find_datasets(path).values() for dataset in reader()]


def beir(folder: Path) -> Path:
    lines(folder / "corpus.jsonl", {"_id": "d1", "title": "Storage", "text": STORAGE}, {"_id": "d2", "text": FOOD})
    lines(folder / "queries.jsonl", {"_id": "q1", "text": "disks of the Orion array"}, {"_id": "q2", "text": "soup"})
    lines(folder / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore", "q1\td1\t2", "q1\td2\t0", "q2\td2\t1")
    return folder


def squad(path: Path) -> Path:
    def article(title: str, context: str, *asked: dict[str, Any]) -> dict[str, Any]:
        return {"title": title, "paragraphs": [{"context": context, "qas": list(asked)}]}

    answer = {"text": "96 disks", "answer_start": STORAGE.index("96 disks")}
    told = {"id": "1", "question": "How many disks does the Orion array hold?", "answers": [answer, answer]}
    soup = {
        "id": "3",
        "question": "When is there soup?",
        "answers": [{"text": "Mondays", "answer_start": FOOD.index("Mondays")}],
    }
    never = {"id": "2", "question": "Who built it?", "answers": [], "is_impossible": True}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"data": [article("Orion_(array)", STORAGE, told, never), article("Food", FOOD, soup)]}))
    return path


def chunking(folder: Path, start: int = 4) -> Path:
    lines(folder / "corpora" / "storage.md", STORAGE.rstrip("\n"))
    quote = {"content": STORAGE[4:31], "start_index": start, "end_index": 31}
    with (folder / "questions_df.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "references", "corpus_id"])
        writer.writerow(["How many\ndisks?", json.dumps([quote]), "storage"])
    return folder


def passages(folder: Path) -> Path:
    lines(folder / "passages.jsonl", {"id": 7, "title": "Storage", "text": STORAGE}, {"id": 8, "text": FOOD})
    lines(folder / "questions.jsonl", {"question": "how many disks", "answers": ["96", "ninety-six"], "passage": 7})
    return folder


def cited_pages(folder: Path) -> Path:
    (folder / "pdfs").mkdir(parents=True)
    (folder / "pdfs" / "orion.pdf").write_bytes(pdf_drawn(text_lines(STORAGE), text_lines(FOOD)))
    truth = "On Mondays. [orion.pdf#page=2] [orion.pdf#page=1] [orion.pdf#page=2]"
    lines(folder / "ground_truth_2.jsonl", {"question": "When is there soup?", "truth": truth})
    lines(folder / "unanswerable.jsonl", {"question": "Who built it?", "truth": "Generated."})
    return folder


def gold_set(folder: Path) -> Path:
    (folder / "firm").mkdir(parents=True)
    (folder / "firm" / "storage.txt").write_text(STORAGE)
    evidence = [{"document": "storage.txt", "quote": "The Orion array holds 96 disks."}]
    base: dict[str, Any] = {"kind": "single", "history": [], "answer": "96", "evidence": evidence}
    other = {"kind": "unanswerable", "history": [], "answer": "", "evidence": []}
    lines(
        folder / "firm.jsonl",
        {"id": "a", "question": "How many disks does the Orion array hold?"} | base,
        {"id": "b", "question": "Who composed the opera?"} | other,
    )
    return folder / "firm.jsonl"


def test_each_format_is_known_by_what_it_holds(tmp_path: Path) -> None:
    beir(tmp_path / "b-beir"), chunking(tmp_path / "c-chunks"), cited_pages(tmp_path / "d-pages")
    gold_set(tmp_path / "e-gold"), passages(tmp_path / "f-passages"), squad(tmp_path / "g-squad" / "squad-tiny.json")
    lines(tmp_path / "h-other" / "list.json", ["no", "data set"])
    found = read(tmp_path)
    assert [(dataset.name, dataset.unit, len(dataset.gold)) for dataset in found] == [
        ("b-beir", "document", 2),
        ("c-chunks", "passage", 1),
        ("d-pages", "page", 2),
        ("firm", "passage", 2),
        ("f-passages", "document", 1),
        ("squad-tiny", "document", 3),
        ("squad-tiny-absent", "document", 2),
    ]
    with pytest.raises(GoldError, match="holds no data set of a known format"):
        find_datasets(tmp_path / "h-other")


def test_what_a_reader_returns(tmp_path: Path) -> None:
    (judged,) = read(beir(tmp_path / "beir"))
    assert [(e.document, e.grade) for e in judged.gold[0].evidence] == [("d1", 2)], "grade 0 is no evidence"
    (chunks,) = read(chunking(tmp_path / "chunks"))
    assert chunks.gold[0].evidence[0].start == 4 and chunks.gold[0].question == "How many\ndisks?"
    (pages,) = read(cited_pages(tmp_path / "pages"))
    assert [(e.document, e.page) for e in pages.gold[0].evidence] == [("orion.pdf", 2), ("orion.pdf", 1)]
    assert pages.gold[0].answers == ("On Mondays.",) and not pages.gold[1].answerable
    truth = "So [a.pdf#page=1, b, c.pdf#page=2] it is [a.pdf; orion.PDF#page=3] [Smith, 2020.pdf#page=4] [1]."
    folder = tmp_path / "pages"
    for name in ("a.pdf", "b, c.pdf", "orion.PDF", "Smith, 2020.pdf"):
        (folder / "pdfs" / name).touch()
    lines(folder / "ground_truth_2.jsonl", {"question": "Why?", "truth": truth})
    (told,) = read(folder)
    assert [(e.document, e.page) for e in told.gold[0].evidence] == [
        ("a.pdf", 1), ("b, c.pdf", 2), ("orion.PDF", 3), ("Smith, 2020.pdf", 4)
    ]  # fmt: skip
    assert told.gold[0].answers == ("So it is [1].",)
    assert told.notes == (f"1 citation without a page, left out; the first: {folder}/ground_truth_2.jsonl:1: [a.pdf].",)
    (asked,) = read(passages(tmp_path / "nq"))
    assert asked.gold[0].answers == ("96", "ninety-six") and asked.gold[0].evidence[0].document == "7 Storage"


def test_squad_is_read_whole_and_with_every_second_article_absent(tmp_path: Path) -> None:
    whole, absent = read(squad(tmp_path / "squad-tiny.json"))
    assert [item.kind for item in whole.gold] == ["single", "unanswerable", "single"]
    assert whole.gold[0].answers == ("96 disks",) and whole.documents[0].title == "Orion (array)"
    assert [(item.id, item.kind) for item in absent.gold] == [("1", "single"), ("3", "unanswerable")]
    assert [document.text for document in absent.documents] == [STORAGE]


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("corpus.jsonl", "{", "corpus.jsonl:3: not JSON"),
        ("corpus.jsonl", {"_id": "d1", "text": "x"}, "corpus.jsonl:3: the id 'd1' stands twice"),
        ("queries.jsonl", {"_id": "q3"}, "queries.jsonl:3: field 'text' is missing"),
        ("qrels/test.tsv", "q1 d1", "test.tsv:5: not query, document and grade"),
        ("qrels/test.tsv", "q1\td1\t1.5", "test.tsv:5: not query, document and grade"),
        ("qrels/test.tsv", "q1\td1\t²", "test.tsv:5: not query, document and grade"),
        ("corpus.jsonl", "{}", "corpus.jsonl:3: field '_id' is missing"),
        ("corpus.jsonl", "null", "corpus.jsonl:3: not a JSON object"),
        ("corpus.jsonl", {"_id": "d3", "title": [], "text": "x"}, "corpus.jsonl:3: field 'title' is not a string"),
        ("queries.jsonl", {"_id": "q1", "text": "x"}, "queries.jsonl:3: the id 'q1' stands twice"),
    ],
)
def test_faults_of_a_beir_folder_are_named_by_line(tmp_path: Path, file: str, line: object, fault: str) -> None:
    path = beir(tmp_path / "set") / file
    path.write_text(path.read_text() + (line if isinstance(line, str) else json.dumps(line)) + "\n")
    with pytest.raises(GoldError, match=r"has [12] fault") as error:
        read(tmp_path)
    assert fault in str(error.value)


def test_judgements_with_commas_are_one_fault(tmp_path: Path) -> None:
    path = beir(tmp_path / "set") / "qrels" / "test.tsv"
    path.write_text(path.read_text().replace("\t", ","))
    with pytest.raises(
        GoldError, match=r"has 1 fault:\n.*test\.tsv: no line is query, document and grade \(1 or 1\.0\)"
    ):
        read(tmp_path)


def test_titles_and_ids_that_are_no_words_are_read(tmp_path: Path) -> None:
    for name, title in (("none", None), ("year", 1984)):
        folder = beir(tmp_path / name)
        entries = [{"_id": 1, "title": title, "text": STORAGE}, {"_id": "d2", "text": FOOD}, {"_id": "d3", "text": ""}]
        lines(folder / "corpus.jsonl", *entries)
        lines(folder / "qrels" / "test.tsv", "q1\t1\t1", "", "q2\td2\t-1", "q2\td3\t0")
        (found,) = read(folder)
        assert [document.title for document in found.documents] == [str(title or ""), ""]
        assert [item.evidence[0].document for item in found.gold] == ["1"]
    folder = passages(tmp_path / "nq")
    lines(folder / "passages.jsonl", {"id": 7, "title": None, "text": STORAGE}, {"id": 8, "title": 5, "text": FOOD})
    asked = {"question": "how many disks", "passage": "7"}
    lines(folder / "questions.jsonl", asked | {"answers": [96, "ninety-six"]}, asked | {"answers": []})
    (found,) = read(folder)
    assert [item.answers for item in found.gold] == [("96", "ninety-six"), ()]
    file = folder / "questions.jsonl"
    assert found.notes == (
        f"1 question without an answer; the first: {file}:2.", f"1 question asked before; the first: {file}:2."
    )  # fmt: skip
    lines(file, asked | {"answers": ["97", "ninety"]}, asked | {"question": "how long", "answers": ["4 Hours"]})
    told = f"1 question whose passage holds none of the answers; the first: {file}:1."
    assert read(folder)[0].notes == (told,)


def test_what_a_beir_folder_lacks_is_told_and_counts_as_not_found(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    lines(folder / "corpus.jsonl", {"_id": "d1", "text": STORAGE}, {"_id": "d2", "title": "", "text": " "})
    told = ["q1\td1\t1", "q1\td2\t2", "q1\td8\t1", "q1\td9\t0", "q7\td1\t1", "q2\td1\t0", " q1 \td8\t2.0"]
    lines(folder / "qrels" / "dev.tsv", *told)
    with (folder / "queries.jsonl").open("a") as file:
        file.write('{"_id": "q3", "text": " "}\n')
    (folder / "qrels" / "test.tsv").unlink()
    (found,) = read(folder)
    assert [[(e.document, e.grade) for e in item.evidence] for item in found.gold] == [[("d1", 1), ("", 2), ("", 2)]]
    assert found.notes == (
        "There is no qrels/test.tsv: the judgements are of dev.tsv.",
        "1 query without words, not asked.",
        f"2 relevant documents missing in the corpus or without words, counted as not found; the first: {folder}/qrels/dev.tsv:2.",
        f"1 judgement of unknown queries, left out; the first: {folder}/qrels/dev.tsv:5.",
        "1 judgement of a query and document that were judged before: the last one counts.",
        "1 query without a judgement above 0, not asked.",
        "1 document without words, left out.",
    )
    (result,) = run_sets([folder], load_settings(data_dir=tmp_path / "runs"))
    assert result["warnings"][: len(found.notes)] == list(found.notes)
    (row,) = result["rows"]
    assert (row["hit@1"], row["recall@1"], row["wanted"]) == (1, 1 / 3, ["d1", "? (2)", "? (2)"])
    lines(folder / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore", "q1\td1\t0")
    with pytest.raises(GoldError, match=r"test\.tsv holds no judgement above 0 of these queries and documents\. Give"):
        read(folder)
    (folder / "qrels" / "dev.tsv").unlink()
    (folder / "qrels" / "test.tsv").unlink()
    with pytest.raises(GoldError, match=r"qrels holds no judgements\. Put"):
        read(folder)


def test_judged_documents_are_ranked_to_a_hundred(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    hits = [{"_id": f"d{number}", "text": f"Soup number {number} is hot."} for number in range(3, 160)]
    last = {
        "_id": "d2",
        "text": "In the cellar of the old mill the monks have kept " + "barrels of apples and " * 60 + "soup.",
    }
    lines(folder / "corpus.jsonl", {"_id": "d1", "title": "Storage", "text": STORAGE}, *hits[:60], last)
    runs = load_settings(data_dir=tmp_path / "runs")
    (result,) = run_sets([folder], runs)
    row = result["rows"][1]
    assert len(row["ranked"]) == 62 and row["ranked"].index("d2") >= 10, "all that there are, each once"
    assert (row["recall@5"], row["recall@100"], row["ndcg@10"]) == (0, 1, 0)
    assert (row["recall@100, words alone"], row["recall@100, meaning alone"]) == (1, 1)
    assert values(result)["recall@100"] == 1 and "evidence in the first 100" in format_result(result)
    lines(folder / "corpus.jsonl", {"_id": "d1", "title": "Storage", "text": STORAGE}, *hits, last)
    (result,) = run_sets([folder], runs)
    assert len(result["rows"][1]["ranked"]) == 100
    (asked,) = run_sets([passages(tmp_path / "nq")], runs)
    assert "recall@100" not in asked["rows"][0], "where there are answers they are what is measured"


def test_a_document_with_the_id_of_the_query_is_not_found(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    claim = {"_id": "q1", "text": "disks of the Orion array"}
    lines(folder / "corpus.jsonl", claim, {"_id": "d1", "text": STORAGE}, {"_id": "d2", "text": FOOD})
    (found,) = read(folder)
    assert [item.itself for item in found.gold] == ["q1", ""]
    assert found.notes == ("1 query with the id of a document, which does not count as found.",)
    (result,) = run_sets([folder], load_settings(data_dir=tmp_path / "runs"))
    row = result["rows"][0]
    assert (row["hit@1"], row["hit@1, words alone"], row["hit@1, meaning alone"]) == (1, 1, 1)
    assert row["ranked"] == ["d1", "d2"] and row["wanted"] == ["d1 (2)"]
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q1\tq1\t1\n")
    assert [item.itself for item in read(folder)[0].gold] == ["", ""], "it is one that is looked for"


def test_judgements_of_trec_and_packed_files_are_read(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    lines(folder / "qrels" / "test.tsv", "q1 0 d1 1", "q2 Q0 d2 1")
    for name in ("corpus.jsonl", "qrels/test.tsv"):
        path = folder / name
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    (found,) = read(folder)
    assert [item.evidence[0].document for item in found.gold] == ["d1", "d2"]
    (folder / "corpus.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(
        GoldError, match=r"corpus\.jsonl\.gz cannot be read as text in UTF-8 that gzip packed\. Unpack it"
    ):
        read(folder)


def test_a_folder_that_lacks_a_part_of_a_set_is_named(tmp_path: Path) -> None:
    passages(tmp_path / "all" / "a-good")
    for make, part in ((beir, "qrels/test.tsv"), (chunking, "corpora/storage.md"), (cited_pages, "pdfs/orion.pdf")):
        folder = make(tmp_path / "all" / "b")
        (folder / part).unlink()
        (folder / part).parent.rmdir()
        told: list[str] = []
        assert list(find_datasets(tmp_path / "all", told.append)) == [tmp_path / "all" / "a-good"]
        assert told[0].startswith(f"left out: {folder}, which holds ")
        assert all("unanswerable.jsonl" in line for line in told[1:]), "which may belong to another set"
        assert told[0].endswith(f", but no {part.partition('/')[0]}")
        with pytest.raises(GoldError, match=r"(?s)^left out: .*all/b holds no data set of a known format\."):
            find_datasets(folder)
        shutil.rmtree(folder)


def test_what_looks_like_a_set_and_is_none_is_named(tmp_path: Path) -> None:
    all_sets = tmp_path / "all"
    lines(gold_set(all_sets / "h-firm").parent / "firm" / "data.json", {"a": "document"})
    (beir(all_sets / "a-beir") / "corpus.jsonl").unlink()
    (chunking(all_sets / "b-chunks") / "questions_df.csv").unlink()
    for truths in cited_pages(all_sets / "c-pages").glob("*.jsonl"):
        truths.unlink()
    text = squad(all_sets / "d.json").read_text()
    (all_sets / "d.json").write_text(text, encoding="utf-16")
    (all_sets / "e.json").write_text(text.replace("paragraphs", "paragraph"))
    (all_sets / "f.json.gz").write_bytes(gzip.compress(text.encode())[:-60])
    lines(all_sets / "g.jsonl", {"user_input": "Why?", "reference": "So."})
    for name, head in (("i.csv", "id,question,contexts"), ("j.csv", "day,opens")):
        lines(all_sets / name, head)
    lines(all_sets / "k.jsonl", "[]")
    (all_sets / "k.jsonl").rename(all_sets / "k.jsonl.gz")
    for name in ("l.ZIP", "m.parquet"):
        (all_sets / name).touch()
    lines(all_sets / "results.json", {"name": "x", "embedding_model": "m"})
    for name in ("LICENSE", "README.md", "SOURCE.txt", ".hidden.json"):
        (all_sets / name).write_text("{}")
    told: list[str] = []
    assert [place.name for place in find_datasets(all_sets, told.append)] == ["firm.jsonl"]
    assert told == [
        f"left out: {all_sets}/{one}"
        for one in (
            "a-beir, which holds queries.jsonl and qrels, but no corpus.jsonl",
            "b-chunks, which holds corpora, but no questions_df.csv",
            "c-pages, which holds pdfs, but no ground_truth*.jsonl",
            "d.json, which is text in UTF-16: save it in UTF-8",
            'e.json, which holds no "paragraphs", as SQuAD does, but "data", "title", "paragraph", "context", "qas": put '
            "it into a form that docs/evaluation.md shows",
            "f.json.gz, which is packed: unpack it",
            'g.jsonl, which holds no "evidence", as a gold set does, but "user_input", "reference": put it into a form '
            "that docs/evaluation.md shows",
            "i.csv, which holds questions, but is no questions_df.csv beside a folder corpora: put it into a form that "
            "docs/evaluation.md shows",
            "k.jsonl.gz, which is packed: unpack it",
            "l.ZIP, which is packed: unpack it",
            "m.parquet, which is Parquet: put it into a form that docs/evaluation.md shows",
        )
    ]
    for number in range(30):
        lines(all_sets / f"i{number}.json", {})
    told.clear()
    find_datasets(all_sets, told.append)
    assert len(told) == 21 and told[-1] == "and 21 more"
    with pytest.raises(GoldError, match=r"left out: .*d\.json, which is text in UTF-16.*\n.*d\.json holds no data set"):
        find_datasets(all_sets / "d.json")
    done = CliRunner().invoke(app, ["--data", str(all_sets), "--data-dir", str(tmp_path / "data")])
    assert done.exit_code == 0 and done.stderr.count("note: left out: ") == 20


def test_what_cannot_be_read_stops_no_other_set(tmp_path: Path) -> None:
    beir(tmp_path / "set")
    (tmp_path / "a.json").symlink_to("/proc/self/mem")  # it opens, and reading its first byte is an error
    assert list(find_datasets(tmp_path, (told := list[str]()).append)) == [tmp_path / "set"]
    assert told == [f"left out: {tmp_path}/a.json, which cannot be read: Input/output error"]


def test_a_part_of_a_set_says_to_name_its_folder(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    told = r"^left out: .*/corpus\.jsonl, which is a part of a set: name its folder\n.*holds no data set"
    with pytest.raises(GoldError, match=told):
        find_datasets(folder / "corpus.jsonl")


def test_a_file_of_squads_form_is_known_late_in_any_case_and_packed(tmp_path: Path) -> None:
    text = squad(tmp_path / "tiny.json").read_text()
    article = text.index('"paragraphs"')
    for shift in (-12, -6, 0, 3_000_000):  # the mark lies across the border of what is read at a time, or far behind
        filler = "x" * (2**20 - article - 12 + shift)
        (tmp_path / "tiny.json").write_text(text[:article] + f'"x": "{filler}", ' + text[article:])
        assert [dataset.name for dataset in read(tmp_path)] == ["tiny", "tiny-absent"]
    (tmp_path / "tiny.json.gz").write_bytes(gzip.compress(text.encode()))
    assert [dataset.place for dataset in read_datasets([tmp_path], {}).values()] == [tmp_path / "tiny.json"] * 2
    (tmp_path / "tiny.json").unlink()
    (tmp_path / "DEV.JSON").write_text(text)
    assert [dataset.name for dataset in read(tmp_path)] == ["dev", "dev-absent", "tiny", "tiny-absent"]
    (tmp_path / "tiny.json.gz").write_bytes(gzip.compress(text.encode())[:-8])
    assert [dataset.name for dataset in read(tmp_path / "DEV.JSON")] == ["dev", "dev-absent"]
    with pytest.raises(GoldError, match=r"^left out: .*tiny\.json\.gz, which is packed: unpack it\n"):
        read(tmp_path / "tiny.json.gz")


def test_judgements_may_lie_elsewhere_and_be_json(tmp_path: Path) -> None:
    rows = [{"query-id": "q1", "corpus-id": "d1", "score": 2}, {"query-id": "q2", "corpus-id": "d2", "score": 1.0}]
    for number, place in enumerate(("qrels/test.jsonl", "../set-qrels/test.tsv", "qrels.tsv", "test.tsv.gz")):
        folder = beir(tmp_path / str(number) / "set")
        text = (folder / "qrels" / "test.tsv").read_text()
        shutil.rmtree(folder / "qrels")
        lines(folder / place, *rows) if place.endswith(".jsonl") else lines(folder / place, text)
        if place.endswith(".gz"):
            (folder / place).write_bytes(gzip.compress(text.encode()))
        (found,) = read(tmp_path / str(number))
        assert [item.evidence[0].document for item in found.gold] == ["d1", "d2"] and found.notes == ()
    folder = beir(tmp_path / "odd")
    lines(folder / "qrels" / "test.jsonl", {"query-id": "q1", "corpus-id": "d2", "score": 1})
    assert [item.id for item in read(folder)[0].gold] == ["q1", "q2"], "a table comes first"
    (folder / "qrels" / "test.tsv").unlink()
    lines(folder / "qrels" / "test.jsonl", rows[0] | {"score": 1.5}, {"query-id": "q1", "corpus-id": "d1"})
    with pytest.raises(GoldError, match=r"(?s)jsonl:1: field 'score' is not a whole.*:2: field 'score' is missing"):
        read(folder)


def test_texts_that_are_nothing_ids_called_id_and_heads_of_trec_are_read(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    nothing = {"id": "d3", "title": None, "text": None}
    lines(folder / "corpus.jsonl", {"id": "d1", "text": STORAGE}, {"_id": "d2", "text": FOOD}, nothing)
    lines(
        folder / "queries.jsonl", {"id": "q1", "text": "disks"}, {"id": "q2", "text": "soup"}, {"id": 3, "text": None}
    )
    head = "query-id\tQ0\tcorpus-id\tscore1"
    lines(folder / "qrels" / "test.tsv", head, "q1\tQ0\td1\t1", "q2\tQ0\td2\t1", "q2\tQ0\td3\t1")
    (found,) = read(folder)
    assert [[e.document for e in item.evidence] for item in found.gold] == [["d1"], ["d2", ""]]
    assert found.notes == (
        "1 query without words, not asked.",
        f"1 relevant document missing in the corpus or without words, counted as not found; the first: {folder}/qrels/test.tsv:4.",
        "1 document without words, left out.",
    )


def test_microsofts_questions_are_known_by_their_other_names(tmp_path: Path) -> None:
    for name in ("ground_truth.jsonl", "qa.jsonl"):
        folder = cited_pages(tmp_path / name)
        (folder / "pdfs").rename(folder / "data")
        (folder / "ground_truth_2.jsonl").unlink()
        lines(folder / name, {"question": "Soup?", "truth": "Mondays. [data/ORION.pdf#page=2] [Orion.PDF#page=1]"})
        (folder / "unanswerable.jsonl").rename(folder / "qa_dontknows.jsonl")
        (result,) = run_sets([folder], settings(tmp_path / "runs"))
        assert sorted(row["kind"] for row in result["rows"]) == ["multi", "unanswerable"]
        wanted = next(row["wanted"] for row in result["rows"] if "wanted" in row)
        assert wanted == ["orion.pdf#page=2", "orion.pdf#page=1"]
    (folder / "data" / "orion.pdf").unlink()
    with pytest.raises(GoldError, match=r'(?s)qa\.jsonl, which holds no "evidence".*holds no data set'):
        find_datasets(folder)


def test_chunking_questions_may_name_files_and_be_spelled_as_python_does(tmp_path: Path) -> None:
    folder = chunking(tmp_path / "chunks")
    references = [{"content": STORAGE[4:31], "start_index": 4, "end_index": 31}]
    with (folder / "questions_df.csv").open("w", newline="") as file:
        rows = [["How many?", repr(references), name] for name in ("storage.md", "storage")]
        csv.writer(file).writerows([["question", "references", "corpus_id"], *rows])
    (found,) = read(folder)
    assert [item.evidence[0].document for item in found.gold] == ["storage"] * 2
    assert found.gold[0].evidence[0].quote == STORAGE[4:31]


def test_halves_of_surrogates_and_numbers_that_are_none_are_read(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    text = '{"_id": "d3", "title": NaN, "text": "A \\ud83d half, a whole \\ud83d\\ude00, C:\\\\udata and C:\\\\udabc."}'
    (folder / "corpus.jsonl").write_text((folder / "corpus.jsonl").read_text() + text)
    document = read(folder)[0].documents[-1]
    assert (document.title, document.text) == ("", "A ? half, a whole 😀, C:\\udata and C:\\udabc.")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_strings_may_hold_other_line_ends(tmp_path: Path, end: str) -> None:
    folder = beir(tmp_path / "set")
    for path in folder.rglob("*.*"):
        text = path.read_text().replace("q1", "q\u20281").replace("Orion", "Orion\u0085")
        path.write_bytes(text.replace("\n", end).encode())
    (found,) = read(folder)
    assert found.gold[0].id == "q\u20281" and "Orion\u0085" in found.documents[0].text


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([["question", "references"], ["x", "y"]], "questions_df.csv:1: column 'corpus_id' is missing\nCorrect these"),
        ([["question"], ["x"]], "questions_df.csv:1: columns 'references', 'corpus_id' are missing"),
        ([["x"]], "questions_df.csv:4: field 'references' is missing"),
        ([["x", "[", "storage"]], "questions_df.csv:4: field 'references' is not JSON"),
        ([["x", "[]", "storage"]], "questions_df.csv:4: field 'references' is empty"),
        ([["x", '["y"]', "storage"]], "questions_df.csv:4: item 1 of 'references' is not an object"),
        ([["x", '[{"content": "", "start_index": 0}]', "storage"]], ":4: references 1: field 'content' is empty"),
    ],
)
def test_faults_of_chunking_questions_are_named_by_line(tmp_path: Path, rows: list[list[str]], fault: str) -> None:
    path = chunking(tmp_path / "chunks") / "questions_df.csv"
    with path.open("w" if "question" in rows[0] else "a", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(GoldError) as error:
        read(tmp_path)
    assert fault in str(error.value)


def test_a_cell_may_be_longer_than_python_reads(tmp_path: Path) -> None:
    folder, limit = chunking(tmp_path / "chunks"), csv.field_size_limit(1_000)
    text = "disk " * 400
    (folder / "corpora" / "storage.md").write_text(text)
    with (folder / "questions_df.csv").open("w", newline="") as file:
        rows = [["question", "references", "corpus_id"], ["x", json.dumps([{"content": text, "start_index": 0}])]]
        csv.writer(file).writerows([rows[0], [*rows[1], "storage"]])
    (found,) = read(folder)
    csv.field_size_limit(limit)
    assert found.gold[0].evidence[0].quote == text


def test_a_page_that_is_not_there_is_named_by_line(tmp_path: Path) -> None:
    folder = cited_pages(tmp_path / "pages")
    truths = ("On Mondays. [orion.pdf#page=9]", "z", "[b.pdf#page=1]")
    lines(folder / "ground_truth_2.jsonl", "{", *({"question": f"{t}?", "truth": t} for t in truths))
    with pytest.raises(GoldError) as error:
        list(run_sets([folder], settings(tmp_path)))
    assert [told.partition(".jsonl:")[2] for told in str(error.value).splitlines()[1:5]] == [
        "1: not JSON (EOF while parsing an object, column 1)",
        "2: page 9 does not stand in orion.pdf",
        "3: the truth cites no page as [FILE.pdf#page=N]",
        "4: unknown document 'b.pdf'; known are orion.pdf",
    ], "all at once, with those that only the documents show"


def test_faults_of_the_other_formats_are_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"questions_df.csv:2: .*does not stand at 5 to 31 of storage"):
        read(chunking(tmp_path / "chunks", start=5))
    shutil.rmtree(tmp_path / "chunks")
    (chunking(tmp_path / "chunks") / "corpora" / "storage.md").rename(tmp_path / "chunks" / "corpora" / "other.md")
    with pytest.raises(
        GoldError, match=r"df.csv:2: unknown document 'storage': there is no .*/corpora/storage.md or .txt"
    ):
        read(tmp_path / "chunks")
    asked = passages(tmp_path / "nq") / "questions.jsonl"
    lines(asked, {"question": "x", "answers": [], "passage": 9}, {"question": "x", "answers": "96", "passage": 7})
    with pytest.raises(
        GoldError, match=r"(?s)questions.jsonl:1: unknown passage '9'.*:2: field 'answers' is not a list"
    ):
        read(tmp_path / "nq")
    path = squad(tmp_path / "squad-tiny.json")
    path.write_text(path.read_text().replace('"id": "2"', '"id": "1"').replace("When is there soup?", " "))
    with pytest.raises(
        GoldError,
        match=r"(?s)tiny.json: article 1, paragraph 1, question 2: the id '1' stands in article 1, paragraph 1, question 1 too.*"
        r"tiny.json: article 2, paragraph 1, question 1: field 'question' is empty",
    ):
        read(path)


def test_a_document_that_changed_since_makes_the_gold_set_stale(tmp_path: Path) -> None:
    path = gold_set(tmp_path)
    document = tmp_path / "firm" / "storage.txt"
    listing = path.with_suffix(".sha256")
    held = f"{hashlib.sha256(document.read_bytes()).hexdigest()}  storage.txt\n"
    listing.write_text(f"{held}{'0' * 64}  gone.txt\n")
    with pytest.raises(GoldError, match=r"has 1 fault:\n.*firm.sha256:2: gone.txt is not in ") as error:
        list(run_sets([path], settings(tmp_path)))
    assert "sha256sum" not in str(error.value), "it would drop the digest of what is missing"
    listing.write_text(held)
    document.write_text(STORAGE + " New.")
    with pytest.raises(GoldError, match=r"firm.sha256:1: storage.txt has changed since .*made *\n.*sha256sum") as error:
        list(run_sets([path], settings(tmp_path)))
    (tmp_path / "firm" / "sub").mkdir()
    (tmp_path / "firm" / "sub" / "a b.txt").write_text(FOOD)
    subprocess.run(["sh", "-c", str(error.value).partition("then: ")[2].strip()], check=True)
    assert [line.partition("  ")[2] for line in listing.read_text().splitlines()] == ["storage.txt", "sub/a b.txt"]
    assert read(path)[0].faults == () == read(path)[0].notes


def test_digests_that_are_none_or_of_other_paths_are_named(tmp_path: Path) -> None:
    path = gold_set(tmp_path)
    listing, digest = path.with_suffix(".sha256"), hashlib.sha256(STORAGE.encode()).hexdigest()
    listing.write_text(f"storage.txt {digest}\n{digest} *storage.txt\n")
    assert read(path)[0].faults == (f"{listing}:1: not a digest and a name, as sha256sum prints them",)
    listing.write_text(f"{digest}  firm/storage.txt\n")
    with pytest.raises(GoldError, match=r"lists firm/storage\.txt, but its names have to be the paths below .*Make it"):
        read(path)
    (tmp_path / "firm" / "food.txt").write_text(FOOD)
    listing.write_text(f"{hashlib.sha256(FOOD.encode()).hexdigest()}  ./food.txt\n")
    assert read(path)[0].notes == (f"{listing} holds no digest of storage.txt.",)


def test_a_blank_line_among_the_digests_counts_for_nothing(tmp_path: Path) -> None:
    path = gold_set(tmp_path)
    digest = hashlib.sha256((tmp_path / "firm" / "storage.txt").read_bytes()).hexdigest()
    path.with_suffix(".sha256").write_text(f"\n{digest}  storage.txt\n\n")
    assert read(path)[0].faults == ()


def test_each_name_of_equal_files_is_known(tmp_path: Path) -> None:
    path = gold_set(tmp_path)
    (tmp_path / "firm" / "again.txt").write_text(STORAGE)
    (result,) = run_sets([path], settings(tmp_path))
    assert result["documents"] == 1 and values(result)["recall@5"] == 1
    path.write_text(path.read_text().replace('"kind": "single"', '"kind": "odd"', 1))
    with pytest.raises(GoldError, match="has 1 fault:"):
        list(run_sets([path], settings(tmp_path)))


def test_a_folder_without_the_documents_is_one_sentence(tmp_path: Path) -> None:
    path, other = gold_set(tmp_path), tmp_path / "other"
    path.with_suffix(".sha256").write_text(f"{'0' * 64}  storage.txt\n")
    for told in ("does not exist", "is empty", "holds none of the documents that .*firm.sha256 lists"):
        with pytest.raises(GoldError, match=rf"other {told}\. [^\n]*$") as error:
            run_gold(path, other, settings(tmp_path))
        assert "sha256sum" not in str(error.value)
        (other / "x.txt").write_text("x") if other.exists() else other.mkdir()


def test_a_gold_set_without_its_documents_is_named(tmp_path: Path) -> None:
    path = gold_set(tmp_path / "b-alone")
    path.rename(lonely := path.with_name("lonely.jsonl"))
    beir(tmp_path / "a-beir")
    told: list[str] = []
    assert list(find_datasets(tmp_path, told.append)) == [tmp_path / "a-beir"]
    lacks = (
        f"the gold set {lonely}, which lacks its documents: there is no folder {lonely.with_suffix('')}; name theirs: "
    )
    assert told == [f"left out: {lacks}rag eval --gold {lonely} --docs FOLDER"]
    with pytest.raises(GoldError, match=r"lonely.jsonl, which lacks its documents: .*\n.*holds no data set"):
        find_datasets(lonely)
    lines(lonely, {"what": "no gold set"})
    assert len(find_datasets(tmp_path)) == 1
    with pytest.raises(GoldError, match=r"nowhere does not exist\."):
        find_datasets(tmp_path / "nowhere")
    with pytest.raises(GoldError, match=r"cannot be read: .*\. Give a path|does not exist\."):
        find_datasets(tmp_path / ("long" * 1_000))


def test_all_faults_of_a_gold_set_are_told_in_one_run(tmp_path: Path) -> None:
    path = gold_set(tmp_path)
    first, second = map(json.loads, path.read_text().splitlines())
    evidence = [{"document": "storage.txt", "quote": "97 disks"}, {"document": "other.txt", "quote": "x"}]
    bad = first | {"kind": "odd", "question": "", "evidence": evidence}
    lines(path, first, second, bad, {})
    with pytest.raises(GoldError) as error:
        next(run_sets([tmp_path], settings(tmp_path)))
    faults = [line.removeprefix(f"{path}:3: ").rstrip() for line in str(error.value).splitlines()[1:6]]
    assert str(error.value).startswith("The gold set has 11 faults:\n"), "in the order of their lines"
    assert faults == [
        "field 'question' is empty",
        "kind 'odd' is none of single, multi, figure, table, paraphrase, follow-up, unanswerable",
        "the same id stands in line 1",
        "'97 disks' does not stand in storage.txt",
        "unknown document 'other.txt'; known are storage.txt",
    ]


def test_what_does_not_stand_in_the_documents_is_named_by_line(tmp_path: Path) -> None:
    path = gold_set(tmp_path)
    text = path.read_text()
    path.write_text("\n" + text.replace("96 disks", "97 disks"))
    with pytest.raises(
        GoldError, match=r"firm.jsonl:2: 'The Orion array holds 97 disks.' does not stand in storage.txt"
    ):
        list(run_sets([path], settings(tmp_path)))
    path.write_text(text.replace("storage.txt", "other.txt"))
    with pytest.raises(GoldError, match=r"^None of the documents that .*firm.jsonl asks about lies in .*firm\. Name"):
        list(run_sets([path], settings(tmp_path)))


# -- runs -------------------------------------------------------------------------------------------------------------


def settings(folder: Path) -> Settings:
    return load_settings(data_dir=folder / "data")


def values(result: dict[str, Any]) -> dict[str, float]:
    return {measure["name"]: measure["value"] for measure in result["measures"]}


def test_a_quote_on_another_page_than_stated_is_a_warning(tmp_path: Path) -> None:
    path = gold_set(tmp_path)
    (tmp_path / "firm" / "orion.pdf").write_bytes(pdf_drawn(text_lines(FOOD), text_lines(STORAGE)))
    path.write_text(path.read_text().replace('"storage.txt", ', '"orion.pdf", "page": 1, '))
    (result,) = run_sets([path], settings(tmp_path))
    told = f"{path}:1: 'The Orion array holds 96 disks.' stands on page 2, not on page 1."
    assert told in result["warnings"]
    path.write_text(path.read_text().replace('"page": 1', '"page": 2'))
    (result,) = run_sets([path], settings(tmp_path))
    assert not [warning for warning in result["warnings"] if "page" in warning]


def test_a_finished_set_is_not_asked_again_until_something_changes(tmp_path: Path) -> None:
    squad(tmp_path / "sets" / "squad-tiny.json")
    output = tmp_path / "results"
    first = list(run_sets([tmp_path / "sets"], settings(tmp_path), output=output))
    assert {path.name for path in output.iterdir()} == {"squad-tiny.json", "squad-tiny-absent.json"}
    found = values(first[0])
    assert found["answer_in_1"] == found["hit@1"] == 1 and first[0]["of"] == 3
    kept = output / "squad-tiny.json"
    kept.write_text(kept.read_text().replace('"answer_in_1"', '"marked"', 1))
    again = list(run_sets([tmp_path / "sets"], settings(tmp_path), output=output))
    assert again[0] == read_results(kept) != first[0] and again[1] == first[1]
    other = settings(tmp_path).model_copy(update={"passages": 3})
    assert values(next(run_sets([tmp_path / "sets"], other, output=output))) == pytest.approx(found, abs=2)
    assert '"marked"' not in kept.read_text()


def test_sound_sets_are_run_though_others_have_faults(tmp_path: Path) -> None:
    sets, told = tmp_path / "sets", list[str]()
    beir(sets / "a"), passages(sets / "b"), passages(sets / "z")
    lines(sets / "b" / "questions.jsonl", "{")
    gold = gold_set(sets / "c")
    gold.write_text(gold.read_text().replace("96 disks", "97 disks"))
    runs = run_sets([sets, tmp_path / "nowhere"], settings(tmp_path), note=told.append)
    assert next(runs)["name"] == "a"
    for line, fault in zip(
        told, ("nowhere does not exist", "questions.jsonl:1: not JSON", "c/firm.jsonl:1: 'The Orion"), strict=True
    ):
        assert line.startswith("not run: ") and fault in line, "before the first question, each once"
    assert next(runs)["name"] == "z"
    closing = rf"^3 of 5 data sets were not run, for their faults: {tmp_path}/nowhere, {sets}/b, {gold}\. Correct"
    with pytest.raises(GoldError, match=closing):
        next(runs)


def test_the_command_ends_with_the_sets_that_were_not_run(tmp_path: Path) -> None:
    beir(tmp_path / "sets" / "a"), passages(tmp_path / "sets" / "b")
    lines(tmp_path / "sets" / "b" / "questions.jsonl", "{")
    report, arguments = tmp_path / "report.html", ["--data", str(tmp_path / "sets"), "--data-dir", str(tmp_path / "d")]
    done = CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "out"), "--report", str(report)])
    assert done.exit_code == 2 and "a, 2 questions" in done.stdout and '<h2 id="a">' in report.read_text()
    first, *_, where, last = done.stderr.splitlines()
    assert first == f"note: not run: The data set {tmp_path}/sets/b has 1 fault:"
    assert where == f"note: results in {tmp_path}/out/a.json; report in {report}"
    assert last.startswith(f"error: 1 of 2 data sets was not run, for its faults: {tmp_path}/sets/b. Correct what")
    (tmp_path / "sets" / "a" / "qrels" / "test.tsv").unlink()
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2 and "not run" not in done.stderr and "holds no judgements" in done.stderr
    assert "questions.jsonl:1: not JSON" in done.stderr, "where none is sound all is one error"


def test_what_would_be_overwritten_refuses_all_sets(tmp_path: Path) -> None:
    beir(tmp_path / "sets" / "a"), passages(tmp_path / "sets" / "b")
    lines(tmp_path / "sets" / "b" / "questions.jsonl", "{")
    lines(tmp_path / "out" / "a.json", "mine")
    with pytest.raises(GoldError, match=r"(?s)jsonl:1: not JSON.*out/a\.json is there and is not a results file"):
        next(run_sets([tmp_path / "sets"], settings(tmp_path), output=tmp_path / "out"))
    assert not (tmp_path / "data").exists()


def test_an_index_of_other_code_is_made_anew(tmp_path: Path) -> None:
    path = beir(tmp_path / "set")
    list(run_sets([path], settings(tmp_path)))
    mark = tmp_path / "data" / "eval-set" / "shape.txt"
    with Chatbot.open(data_dir=mark.parent) as bot:
        before = bot.documents()
    right = mark.read_text()
    mark.write_text("another")
    list(run_sets([path], settings(tmp_path)))
    assert mark.read_text() == right
    with Chatbot.open(data_dir=mark.parent) as bot:
        assert [info.id for info in bot.documents()] == [info.id for info in before]


def test_an_index_of_other_settings_is_made_anew_if_it_is_our_own(tmp_path: Path) -> None:
    sets = [beir(tmp_path / "set"), gold_set(tmp_path / "gold")]
    before = [result["passages"] for result in run_sets(sets, settings(tmp_path))]
    lines(tmp_path / "gold" / "firm" / "long.txt", *[FOOD] * 20)
    for tokens in (32, 200):
        other = settings(tmp_path).model_copy(update={"passage_tokens": tokens})
        after = [result["passages"] for result in run_sets(sets, other)]
        assert (after[1] > before[1] + 3) == (tokens == 32)
    own = tmp_path / "mine" / "eval-set"
    with Chatbot.open(data_dir=own) as bot:
        (tmp_path / "mine.txt").write_text(FOOD)
        bot.ingest(tmp_path / "mine.txt")
    other = settings(tmp_path).model_copy(update={"passage_tokens": 32, "data_dir": own.parent})
    with pytest.raises(IndexMismatchError, match="splitter was"):
        list(run_sets(sets[:1], other))


def test_an_index_that_is_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (
        Chatbot.open(data_dir=tmp_path / "data" / "eval-set"),
        pytest.raises(GoldError, match=r"eval-set is in use by process \d+\. Another run or a window uses it: wait"),
    ):
        list(run_sets([beir(tmp_path / "set")], settings(tmp_path)))


def test_a_set_is_never_replaced_by_its_results(tmp_path: Path) -> None:
    path = squad(tmp_path / "sets" / "squad-tiny.json")
    text = path.read_text()
    with pytest.raises(GoldError, match=r"squad-tiny\.json is a file that this run reads\. Name another --output"):
        next(run_sets([path], settings(tmp_path), output=path.parent))
    gold, report = gold_set(tmp_path / "gold"), tmp_path / "gold" / "firm" / "report.html"
    with pytest.raises(GoldError, match=r"report\.html lies in .*firm, whose files are read"):
        next(run_sets([gold], settings(tmp_path), report=report))
    with pytest.raises(GoldError, match=r"firm\.jsonl is a file that this run reads"):
        next(run_sets([gold], settings(tmp_path), report=gold))
    asked = passages(tmp_path / "sets" / "nq")
    inside = settings(tmp_path).model_copy(update={"data_dir": asked / "index"})
    for places in ({"output": asked}, {"report": asked / "r.html"}, {"settings": inside}):
        with pytest.raises(GoldError, match=r"lies in .*sets/nq, a data set, which stays as it is\. Name a place outs"):
            next(run_sets([asked], **{"settings": settings(tmp_path)} | places))  # type: ignore[arg-type]
    assert path.read_text() == text and not (tmp_path / "data").exists() and len(list(asked.iterdir())) == 2
    assert next(run_sets([path], settings(tmp_path), output=tmp_path / "out"))["source"] == str(path)


def test_a_sample_is_always_the_same_one(tmp_path: Path) -> None:
    gold = list(read(squad(tmp_path / "squad-tiny.json"))[0].gold) * 20
    assert sample(gold, 7) == sample(gold, 7) and len(sample(gold, 7)) == 7
    assert sample(gold, None) == sample(gold, 0) == sample(gold, 999) == gold


def test_the_figures_stand_between_the_marks_of_their_set(tmp_path: Path) -> None:
    (result,) = run_sets([beir(tmp_path / "seeds")], settings(tmp_path))
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- seeds -->\nyesterday\n<!-- /seeds -->\nafter\n")
    for _ in range(2):
        assert write_results([result, result | {"name": "other"}], page) == ["other"]
    text = page.read_text()
    assert text.startswith("before\n<!-- seeds -->\n") and text.endswith("<!-- /seeds -->\nafter\n")
    assert "yesterday" not in text and text.count("2 questions; 2 documents") == 1
    assert (
        "| retrieval: evidence in the first 5 | 0.950 | own | 1.000 | reached by the mean; the interval reaches below |"
        in text
    )
    poor = [m | {"value": 0.9, "low": 0.8} if m["name"] == "recall@5" else m for m in result["measures"]]
    assert "| 0.900 | **missed** |" in format_result(result | {"measures": poor, "of": 9})
    near = [m | {"value": 0.96, "low": 0.9} if m["name"] == "recall@5" else m for m in result["measures"]]
    assert "the interval reaches below" in format_result(result | {"measures": near})
    assert "2 questions, a sample of 9;" in format_result(result | {"of": 9})


def test_the_command_runs_every_set_and_compares_two_runs(tmp_path: Path) -> None:
    beir(tmp_path / "sets" / "beir"), cited_pages(tmp_path / "sets" / "pages")
    arguments = ["--data", str(tmp_path / "sets"), "--data-dir", str(tmp_path / "data")]
    report = tmp_path / "report.html"
    for run in ("one", "two"):
        done = CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / run), "--report", str(report)])
        assert done.exit_code == 0, done.output
    assert "warning: beir: 2 questions are too few" in done.stderr and "warning: " not in done.stdout
    assert "warning: pages: 2 questions are too few" in done.stderr
    assert done.stderr.endswith(f"note: results in {tmp_path}/two/NAME.json; report in {report}\n")
    assert "beir, 2 questions" in done.stdout and "\ncitation\n  true pages cited " in done.stdout
    page = report.read_text()
    assert page.count("<h2") == 2 and ">mean reciprocal rank<" in page
    same = CliRunner().invoke(
        app, ["compare", str(tmp_path / "one" / "beir.json"), str(tmp_path / "two" / "beir.json")]
    )
    assert same.exit_code == 0 and same.stdout.startswith("No change in ")
    fault = CliRunner().invoke(app, ["--data", str(tmp_path / "none")])
    assert fault.exit_code == 2 and fault.stderr.count("\n") == 1


def folder_of(folder: Path, name: str, text: str) -> tuple[Path, Path]:
    """Write a gold set g.jsonl and, beside it, a folder of one document that it asks about."""
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / name).write_text(text)
    quote = {"document": name, "quote": text}
    item = {"kind": "single", "question": "What holds it?", "history": [], "answer": "x", "evidence": [quote]}
    none = {"kind": "unanswerable", "question": "Who sang?", "history": [], "answer": "", "evidence": []}
    lines(folder / "g.jsonl", {"id": "a"} | item, {"id": "b"} | none)
    return folder / "g.jsonl", folder / "docs"


def test_an_index_never_keeps_documents_of_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = folder_of(tmp_path / "a", "alpha.md", STORAGE), folder_of(tmp_path / "b", "beta.md", FOOD)
    monkeypatch.chdir(tmp_path)
    assert run_gold(*first, load_settings())["documents"] == 1
    assert run_gold(*second, load_settings())["documents"] == 1, "our own is brought to the set"
    assert run_gold(*first, settings(tmp_path))["documents"] == 1
    with pytest.raises(GoldError, match=r"eval-g also holds .* not of this set: alpha\.md\. Name another --data-dir"):
        run_gold(*second, settings(tmp_path))
    assert run_gold(*first, settings(tmp_path))["documents"] == 1, "a named one is left as it was"
    (result,) = run_sets([passages(tmp_path / "g")], settings(tmp_path))
    assert result["documents"] == 2, "one that was made for a set is brought to it"


def test_an_index_that_was_not_made_here_is_left_alone(tmp_path: Path) -> None:
    with Chatbot.open(data_dir=tmp_path / "data" / "eval-set") as bot:
        (tmp_path / "mine.txt").write_text(FOOD)
        bot.ingest(tmp_path / "mine.txt")
    with pytest.raises(GoldError, match=r"not of this set: mine\.txt\. Name another"):
        list(run_sets([beir(tmp_path / "set")], settings(tmp_path)))
    with Chatbot.open(data_dir=tmp_path / "data" / "eval-set") as bot:
        assert [info.name for info in bot.documents()] == ["mine.txt"]


def test_sets_of_one_name_get_their_folders_in_front(tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    for name in ("数据", "Данные 2", "--"):
        beir(sets / name)
    assert [dataset.name for dataset in read(sets)] == ["set", "данные-2", "数据"], "all scripts make names"
    beir(sets / "more" / "ДАННЫЕ.2")
    for folder in ("x/a", "y/a", "b"):
        squad(sets / folder / "dev-v2.0.json")
    assert [result["name"] for result in run_sets([sets], settings(tmp_path))] == [
        "set", "b-dev-v2-0", "b-dev-v2-0-absent", "more-данные-2", "x-a-dev-v2-0", "x-a-dev-v2-0-absent",
        "y-a-dev-v2-0", "y-a-dev-v2-0-absent", "sets-данные-2", "数据",
    ]  # fmt: skip
    beir(sets / "SET")
    with pytest.raises(GoldError, match=r"^1 of 8 data sets was not run, for its faults: .*/sets/SET\. "):
        list(run_sets([sets], settings(tmp_path), note=(told := list[str]()).append))
    assert told == [f"not run: {sets}/-- and {sets}/SET would both be called set. Rename one of them."]


def test_a_link_in_a_circle_and_a_path_given_twice_find_a_set_once(tmp_path: Path) -> None:
    beir(tmp_path / "sets" / "birds")
    (tmp_path / "sets" / "loop").symlink_to(tmp_path / "sets")
    (tmp_path / "sets" / "lost").symlink_to("lost")
    assert list(find_datasets(tmp_path / "sets")) == [tmp_path / "sets" / "birds"]
    assert len(list(run_sets([tmp_path / "sets"] * 2, settings(tmp_path)))) == 1


def test_faults_of_all_sets_are_told_before_a_question_is_asked(tmp_path: Path) -> None:
    for name, quote in (("one", "97 disks"), ("two", "98 disks")):
        gold, docs = folder_of(tmp_path / "sets" / name, "alpha.md", STORAGE)
        docs.rename(docs.with_name(name))
        gold.with_name(f"{name}.jsonl").write_text(gold.read_text().replace("96 disks", quote))
        gold.unlink()
    lines(passages(tmp_path / "sets" / "three") / "questions.jsonl", "{")
    with pytest.raises(GoldError) as error:
        next(run_sets([tmp_path / "sets", tmp_path / "nowhere"], settings(tmp_path)))
    for told in ("97 disks", "98 disks", "questions.jsonl:1: not JSON", "nowhere does not exist"):
        assert told in str(error.value)


def test_files_that_could_not_be_read_are_told_with_their_reason(tmp_path: Path) -> None:
    gold, docs = folder_of(tmp_path, "alpha.md", STORAGE)
    (docs / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (docs / "mine.odd").touch()
    for _ in range(2):
        told = run_gold(gold, docs, settings(tmp_path))["warnings"]
        assert told[0].startswith("not read: broken.pdf is damaged") and told[0].count("broken.pdf") == 1
        assert told[1].startswith("not read: mine.odd: Files of type .odd are not read")
    gold.write_text(gold.read_text().replace('"alpha.md"', '"broken.pdf"'))
    with pytest.raises(GoldError, match=r"faults:\nnot read: broken.pdf is .*\n.*unknown document 'broken.pdf'; "):
        run_gold(gold, docs, settings(tmp_path))


def test_the_command_refuses_what_makes_no_sense_before_asking(tmp_path: Path) -> None:
    gold, docs = folder_of(tmp_path, "alpha.md", STORAGE)
    own = ["--gold", str(gold), "--docs", str(docs), "--output", str(tmp_path / "o.json")]
    apart = ["--data-dir", str(tmp_path / "data")]
    for arguments, told in (
        (["--data", str(tmp_path), "--gate"], "--data does not go with --gate."),
        (["--data", str(tmp_path), *own[:4], "--gate"], "--data does not go with --gold and --docs and --gate."),
        ([*own, "--data-dir", str(docs / "index")], "whose files are read as documents."),
        ([*own, *apart, "--report", str(docs / "r.html")], "whose files are read as documents."),
        ([*own, *apart, "--report", str(docs)], "whose files are read as documents."),
        ([*own, *apart, "--report", str(tmp_path)], "is a folder."),
        ([*own[:4], *apart, "--output", str(gold)], "g.jsonl is a file that this run reads."),
        ([*own[:4], *apart, "--output", str(gold.with_suffix(".sha256"))], "g.sha256 is a file that this run reads."),
        ([*own, *apart, "--report", str(gold)], "g.jsonl is a file that this run reads."),
        ([*own, *apart, "--report", str(tmp_path / "o.json")], "o.json is a file that this run writes already."),
    ):
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 2 and told in done.stderr and done.stderr.count("\n") == 1, done.output
    assert not (tmp_path / "data").exists()
    done = CliRunner().invoke(app, [*own, *apart])
    assert done.exit_code == 0 and done.stderr.endswith(f"note: results in {tmp_path}/o.json\n")
    kept = (tmp_path / "o.json").read_text()
    same = CliRunner().invoke(app, [*own, *apart, "--gate"])
    assert same.exit_code == 0 and same.stdout.endswith("\nGate passed.\n")
    refused = CliRunner().invoke(app, [*own, *apart, "--gate", "--limit", "1"])
    assert refused.exit_code == 2 and "a sample of 2. Run one of them again" in refused.stderr
    assert (tmp_path / "o.json").read_text() == kept


def test_what_was_finished_is_reported_where_a_later_set_fails(tmp_path: Path) -> None:
    beir(tmp_path / "sets" / "a"), beir(tmp_path / "sets" / "b")
    places = ["--output", str(tmp_path / "out"), "--data-dir", str(tmp_path / "data")]
    report = tmp_path / "report.html"
    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / "b.partial.jsonl").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = CliRunner().invoke(app, ["--data", str(tmp_path / "sets"), *places, "--report", str(report)])
    assert done.exit_code == 2 and "Another run is writing" in done.stderr
    assert '<h2 id="a">' in report.read_text() and (tmp_path / "out" / "a.json").is_file()


def test_that_a_sample_would_replace_more_is_told_before_any_set_is_asked(tmp_path: Path) -> None:
    beir(tmp_path / "sets" / "a"), beir(tmp_path / "sets" / "b")
    list(run_sets([tmp_path / "sets" / "b"], settings(tmp_path), output=tmp_path / "out"))
    places = ["--output", str(tmp_path / "out"), "--data-dir", str(tmp_path / "data")]
    done = CliRunner().invoke(app, ["--data", str(tmp_path / "sets"), "--limit", "1", *places])
    assert done.exit_code == 2 and "b.json holds 2 questions of b" in done.stderr
    assert not (tmp_path / "out" / "a.json").exists()


def test_a_gate_says_nothing_about_an_llm_that_is_down(tmp_path: Path) -> None:
    gold, docs = folder_of(tmp_path, "alpha.md", STORAGE)
    own = ["--gold", str(gold), "--docs", str(docs), "--output", str(tmp_path / "o.json")]
    assert CliRunner().invoke(app, [*own, "--data-dir", str(tmp_path / "data")]).exit_code == 0
    before = (tmp_path / "o.json").read_text()
    down = {"RAG_LLM": "m", "RAG_LLM_BASE_URL": "http://127.0.0.1:9/v1", "RAG_ANSWER_THRESHOLD": "0"}
    for more in ([], ["--gate"]):
        done = CliRunner().invoke(app, [*own, "--data-dir", str(tmp_path / "data"), *more], env=down)
        assert done.exit_code == 2 and "Gate" not in done.output, done.output
        assert "error: 2 of 2 answers were quotes because the LLM failed: " in done.stderr
        assert done.stderr.rstrip().endswith("Nothing was written; run it again when the LLM answers.")
    assert (tmp_path / "o.json").read_text() == before
