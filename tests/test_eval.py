"""Gold sets are read strictly, measures agree with hand-worked numbers and second implementations, runs resume."""

from __future__ import annotations

import errno
import fcntl
import json
import math
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.cli import one_line_ends
from eval.gold import Evidence, Gold, GoldError, Span, digest, read_gold
from eval.html_report import write_report
from eval.metrics import (
    answer_inside,
    answer_recall,
    auroc,
    character_measures,
    citation_precision,
    evidence_places,
    evidence_quoted,
    evidence_ranking,
    exact_match,
    interval,
    normalize_answer,
    page_measures,
    randomisation_p,
    rank_measures,
    share_interval,
    token_f1,
)
from eval.output import check_output, check_targets, read_results, writing
from eval.places import locate, nearest_name, unfit
from eval.report import format_changes, format_gate, format_measures, format_settings, format_turned, format_worst
from eval.run import ask, code_digest, evaluate, files_digest
from eval.summary import Change, compare, summarise
from rag import (
    Answer,
    Block,
    Chatbot,
    Citation,
    Document,
    DocumentInfo,
    FileResult,
    HashEmbedder,
    Hit,
    Passage,
    QuestionError,
    Sentence,
    Settings,
    Turn,
)
from tests.scripted_llm import ScriptedLLM

GOOD: dict[str, Any] = {
    "id": "q1",
    "kind": "single",
    "question": "How many disks?",
    "history": [],
    "answer": "96",
    "evidence": [{"document": "storage.txt", "quote": "The Orion array holds 96 disks."}],
}
NONE = {**GOOD, "id": "q2", "kind": "unanswerable", "question": "Who sang?", "answer": "", "evidence": []}


EVIDENT = {"document": "storage.txt", "quote": "96 disks"}
OTHER = GOOD | {"id": "q2", "question": "x"}


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "gold.jsonl:2: not JSON"),
        ("[]", "gold.jsonl:2: not a JSON object"),
        ({k: v for k, v in NONE.items() if k != "answer"}, "gold.jsonl:2: field 'answer' is missing"),
        (NONE | {"extra": 1}, "gold.jsonl:2: field 'extra' is unknown"),
        (NONE | {"question": 5}, "gold.jsonl:2: field 'question' is not a string"),
        (NONE | {"question": " "}, "gold.jsonl:2: field 'question' is empty"),
        (NONE | {"kind": "odd"}, "gold.jsonl:2: kind 'odd' is none of"),
        (NONE | {"answer": "yes"}, "gold.jsonl:2: unanswerable questions have no answer"),
        (NONE | {"kind": "single"}, "gold.jsonl:2: unanswerable questions have no answer"),
        (GOOD | {"id": "q2", "question": "x", "answer": ""}, "gold.jsonl:2: field 'answer' is empty, and the kind is"),
        (OTHER | {"evidence": []}, "gold.jsonl:2: field 'evidence' is empty, and the kind is not unanswerable"),
        (OTHER | {"evidence": [EVIDENT, EVIDENT]}, "gold.jsonl:2: the evidence '96 disks' stands twice"),
        (NONE | {"questoin": "x"}, "gold.jsonl:2: field 'questoin' is unknown; did you mean 'question'?"),
        (OTHER | {"evidence": [EVIDENT | {"qoute": "x"}]}, "field 'qoute' is unknown; did you mean 'quote'?"),
        (GOOD | {"question": "other"}, "gold.jsonl:2: the same id stands in line 1"),
        (GOOD | {"id": "q2"}, "gold.jsonl:2: the same question stands in line 1"),
        (NONE | {"history": [{"question": "a"}]}, "gold.jsonl:2: history 1: field 'answer' is missing"),
        (
            NONE | {"history": [{"question": "a", "answer": "b", "said": "c"}]},
            "gold.jsonl:2: history 1: field 'said' is unknown",
        ),
        (NONE | {"history": ["a"]}, "gold.jsonl:2: item 1 of 'history' is not an object"),
        (OTHER | {"evidence": [{"document": "a"}]}, "gold.jsonl:2: evidence 1: field 'quote' is missing"),
        (OTHER | {"evidence": [EVIDENT, EVIDENT | {"quote": " "}]}, "gold.jsonl:2: evidence 2: field 'quote' is empty"),
        (OTHER | {"evidence": [EVIDENT | {"page": True}]}, "evidence 1: field 'page' is not a whole number"),
        (OTHER | {"evidence": [EVIDENT | {"page": 0}]}, "evidence 1: field 'page' is less than 1"),
        (OTHER | {"answer": "  "}, "gold.jsonl:2: field 'answer' is empty"),
        (OTHER | {"kind": "follow-up"}, "gold.jsonl:2: a follow-up has a history, and this one is empty"),
        (json.dumps(OTHER)[:-1] + ', "answer": "97"}', "gold.jsonl:2: field 'answer' stands twice"),
        (
            json.dumps(OTHER | {"evidence": []})[:-3] + '[{"document": "a", "document": "b", "quote": "x"}]}',
            "gold.jsonl:2: field 'document' stands twice",
        ),
        ("[" * 100_000, "not JSON (recursion limit exceeded,"),
        (json.dumps(NONE | {"id": 5}).replace("5", "5" * 5_000), "not JSON (number out of range,"),
        (NONE | {"question": "\ud83d"}, "not JSON (unexpected end of hex escape,"),
    ],
)
def test_faults_are_named_by_line(tmp_path: Path, line: object, fault: str) -> None:
    with pytest.raises(GoldError) as error:
        read_gold(write(tmp_path / "gold.jsonl", GOOD, line))
    assert fault in str(error.value)


def test_messages_with_roles_are_one_fault(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    with pytest.raises(GoldError, match=r"has 1 fault:\n.*:1: history holds messages with a role; a turn is \{"):
        read_gold(write(tmp_path / "gold.jsonl", GOOD | {"history": said}))


@pytest.mark.parametrize("text", ["question,answer\nHow many?,96\n", json.dumps(GOOD, indent=1)])
def test_another_format_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "gold.jsonl").write_text(text)
    with pytest.raises(GoldError, match=r"^No line of .*gold\.jsonl is a JSON object\. Write one JSON object a line"):
        read_gold(tmp_path / "gold.jsonl")
    with pytest.raises(GoldError, match=r" is a folder\. Name a file\.$"):
        read_gold(tmp_path)


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"2 faults:\n.*:1: .*\n.*:3: "):
        read_gold(write(tmp_path / "gold.jsonl", "{", GOOD, "nonsense"))


def test_one_fault_is_one_and_the_path_is_the_given_one(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.jsonl", GOOD, NONE | {"kind": "odd"})
    with pytest.raises(GoldError) as error:
        read_gold(path)
    assert str(error.value).startswith(f"The gold set has 1 fault:\n{path}:2: kind 'odd'")


def test_blank_lines_bom_and_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n" + json.dumps(NONE).encode())
    assert [item.id for item in read_gold(path)] == ["q1", "q2"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_where_json_lines_do(tmp_path: Path, end: str) -> None:
    path, question = tmp_path / "gold.jsonl", "How many\u2028disks\u0085?"
    path.write_bytes(
        end.join(json.dumps(i, ensure_ascii=False) for i in (GOOD | {"question": question}, NONE)).encode()
    )
    assert [item.question for item in read_gold(path)] == [question, "Who sang?"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe"])
def test_a_file_without_questions_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "gold.jsonl").write_bytes(content)
    with pytest.raises(GoldError, match=r"gold\.jsonl (holds no questions|cannot be read)"):
        read_gold(tmp_path / "gold.jsonl")
    with pytest.raises(GoldError, match=r"missing\.jsonl does not exist\."):
        read_gold(tmp_path / "missing.jsonl")


def test_evidence_is_located_loosely_but_exactly() -> None:
    text = "Before.  The “Orion”\narray—old—holds 96 disks. After."
    item = Gold("q", "single", "?", (), ("96",), (Evidence("a.txt", 'the "orion" array-old-holds 96 disks.'),))
    (span,) = locate([item], [Document("d", "a.txt", "", "txt", text)])["q"]
    assert text[span.start : span.end] == "The “Orion”\narray—old—holds 96 disks."


def test_the_row_of_a_table_is_located_without_its_labels() -> None:
    text = "Prices\n\nPart: Belt; Price: 87 £; Note: see: page 3\nPart: Knife; Price: 31 £"
    start = text.index("Part: Belt")
    document = Document("d", "a.pdf", "", "pdf", text, (Block("row", start, text.index("\n", start)),))

    def gold_of(quote: str) -> Gold:
        return Gold("q", "table", "?", (), ("87",), (Evidence("a.pdf", quote),))

    (span,) = locate([gold_of("Belt 87 £ see: page 3")], [document])["q"]
    assert text[span.start : span.end] == "Belt; Price: 87 £; Note: see: page 3"
    with pytest.raises(GoldError, match="does not stand"):
        locate([gold_of("Knife 31 £")], [document])


def test_evidence_that_is_not_there_is_named() -> None:
    item = Gold("q", "single", "?", (), ("96",), (Evidence("a.txt", "97 disks"), Evidence("b.txt", "x")))
    with pytest.raises(GoldError, match=r"(?s)q: '97 disks' does not stand in a.txt.*q: unknown document 'b.txt'"):
        locate([item], [Document("d", "a.txt", "", "txt", "96 disks")])


def test_where_a_quote_and_its_document_part_is_told() -> None:
    text = "The “Orion” array holds 96 disks, and each of them is\nreplaced within 4 hours. The end."

    def fault(quote: str) -> str:
        item = Gold("q", "single", "?", (), ("96",), (Evidence("a.txt", quote),))
        return unfit([item], [Document("d", "a.txt", "", "txt", text)])[0]

    told = fault('The "Orion" array holds 96 disks, and each of them is replaced within 5 hours.')
    assert told.startswith(
        "q: 'The \"Orion\" array holds 96 disks, and each of them is replac…' does not stand in a.txt: "
    )
    assert told.endswith(
        "it agrees up to '…ch of them is replaced within ', then the document says '4 hours. The end.'"
    )
    assert fault("4 hours. The end. More.").endswith("up to '4 hours. The end. ', then the document ends")
    assert fault("The Oryx array").endswith("'The Oryx array' does not stand in a.txt"), "too little to tell a place"


def test_the_document_that_was_meant_is_named() -> None:
    names = ("library.md", "sub/boats.csv")
    for name in ("./library.md", "Library.md", "boats.csv", "sub\\boats.csv", "/home/me/boats.csv", "libary.md"):
        assert nearest_name(name, names) in names
    assert nearest_name("museum.md", names) == ""
    items = [Gold(f"{n}", "single", "?", (), ("96",), (Evidence(f"{n}{n}.pdf", "x"),)) for n in range(2)]
    told = unfit(items, [Document("d", "sub/boats.csv", "", "txt", "96 disks")])
    assert told == ["0: unknown document '00.pdf'; known are sub/boats.csv", "1: unknown document '11.pdf'"]
    meant = replace(items[0], evidence=(Evidence("Boats.csv", "x"),))
    assert unfit([meant], [Document("d", "sub/boats.csv", "", "txt", "96 disks")]) == [
        "0: unknown document 'Boats.csv'; did you mean 'sub/boats.csv'?"
    ]


def hit(start: int, end: int, document: str = "d") -> Hit:
    return Hit(Passage(f"{document}{start}", document, "a.txt", "", 0, start, end, "x"), 1, 1.0)


def citation(start: int, end: int, document: str = "d") -> Citation:
    return Citation(1, "p", document, "a.txt", "", start, end, "x")


EVIDENCE = [Span("d", 100, 120), Span("d", 300, 310)]


def test_evidence_is_found_from_half_of_it_on() -> None:
    hits = [hit(0, 109), hit(110, 200), hit(300, 310, "other"), hit(295, 320)]
    assert evidence_places(EVIDENCE, hits) == [[], [0], [], [1]]
    assert evidence_ranking([[], [0], [], [1]]) == ["miss0", "e0", "miss2", "e1"]
    assert evidence_places(EVIDENCE, [hit(0, 400), hit(90, 130)]) == [[0, 1], []]
    assert evidence_ranking([[0, 1], []]) == ["e0", "e1", "miss1"]


def test_rank_measures_agree_with_numbers_worked_by_hand() -> None:
    measures = rank_measures(EVIDENCE, [hit(0, 50), hit(90, 130), hit(0, 60), hit(290, 320)])
    ideal = 1 + 1 / np.log2(3)
    assert measures == pytest.approx(
        {"hit@1": 0, "recall@1": 0, "recall@5": 1, "mrr@10": 0.5, "map@10": (1 / 2 + 2 / 4) / 2}
        | {"ndcg@10": (1 / np.log2(3) + 1 / np.log2(5)) / ideal},
        abs=1e-4,
    )
    assert not any(rank_measures(EVIDENCE, []).values())
    together = rank_measures(EVIDENCE, [hit(0, 50), hit(0, 400)])
    assert (together["hit@1"], together["recall@1"], together["recall@5"], together["mrr@10"]) == (0, 0, 1, 0.5)
    assert set(rank_measures(EVIDENCE, [hit(0, 400)]).values()) == {1}, "one passage holds both"
    third = [*EVIDENCE, Span("d", 500, 510)]
    late = [hit(0, 400), *[hit(0, 50)] * 3, hit(500, 510)]
    assert rank_measures(third, late)["recall@5"] == 1, "the fifth place, though two pieces stand in the first"
    assert rank_measures(EVIDENCE, [hit(0, 50)] * 99 + [hit(90, 130)], deepest=100)["recall@100"] == 0.5
    assert rank_measures(EVIDENCE, [hit(0, 50)] * 100 + [hit(90, 130)], deepest=100)["recall@100"] == 0


def test_a_document_or_page_stands_in_the_ranking_once() -> None:
    whole = [Span("b", 0, 5_000)]
    hits = [hit(0, 50, "a"), hit(60, 90, "a"), hit(10, 40, "b"), hit(50, 90, "b")]
    assert evidence_places(whole, hits, "document") == [[], [0]]
    assert rank_measures(whole, hits, "document")["mrr@10"] == 0.5
    assert evidence_places(whole, hits, "passage") == [[]] * 4


def test_graded_judgements_count_in_ndcg() -> None:
    evidence = [Span("a", 0, 9, grade=1), Span("b", 0, 9, grade=2)]
    found = rank_measures(evidence, [hit(0, 9, "a"), hit(0, 9, "b")], "document")["ndcg@10"]
    assert found == pytest.approx((1 + 2 / np.log2(3)) / (2 + 1 / np.log2(3)), abs=1e-4)


def test_character_measures_find_each_character_once_and_count_what_was_given_in_full() -> None:
    hits = [hit(90, 130), hit(110, 150), hit(100, 120, "other")]
    found = character_measures(EVIDENCE, hits)
    # 20 of the 30 characters of the evidence lie in the 40 + 40 + 20 that were given; 10 were not found.
    assert found == {"char_recall@5": 20 / 30, "char_precision@5": 20 / 100, "char_iou@5": 20 / (100 + 10)}
    assert not any(character_measures(EVIDENCE, []).values())


def test_cited_pages_are_compared_with_the_true_ones() -> None:
    true = [Evidence("a.txt", page=3), Evidence("a.txt", page=9)]
    given = [replace(citation(0, 5), page=3), replace(citation(7, 9), page=3), replace(citation(20, 25), page=4)]
    assert page_measures(true, given) == {"citations_matched": 0.5, "page_precision": 0.5, "pages_cited": 2}
    assert page_measures(true, []) == {"citations_matched": 0, "page_precision": 0, "pages_cited": 0}


def test_an_answer_stands_inside_a_quote_as_whole_words() -> None:
    quotes = ["It has 1960 disks.", "The array holds 96 disks."]
    assert answer_inside(quotes, ["96", "ninety-six"]) == {"answer_in_1": 0, "answer_in_2": 1, "answer_in_3": 1}
    assert not any(answer_inside([], ["96"]).values())
    assert exact_match("The 96 disks.", "96 disks") == 1 and exact_match("96 disk", "96 disks") == 0


def test_citation_measures() -> None:
    given = [citation(105, 118), citation(0, 10), citation(119, 125)]
    assert evidence_quoted(EVIDENCE, given) == 0.5
    assert citation_precision(EVIDENCE, given) == pytest.approx(2 / 3)
    assert evidence_quoted(EVIDENCE, []) == citation_precision(EVIDENCE, []) == 0


def test_answers_are_compared_as_squad_does() -> None:
    assert normalize_answer("The  Cat, a dog!") == "cat dog"
    assert token_f1("the cat sat", "A cat") == pytest.approx(2 * 1 / 3)
    assert token_f1("", "x") == 0 and token_f1("the", "a") == 1
    assert answer_recall("It holds 96 disks in all", "96 disks") == 1
    assert answer_recall("It holds 95", "96 disks") == 0


def test_auroc_agrees_with_counting_pairs() -> None:
    rng = np.random.default_rng(3)
    scores, truth = rng.integers(0, 5, 60), rng.random(60) < 0.4
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[truth] for b in scores[~truth]]
    assert auroc(scores, truth) == pytest.approx(np.mean(pairs))
    assert np.isnan(auroc([1, 2], [True, True]))


def test_the_interval_agrees_with_scipy_and_covers() -> None:
    from scipy.stats import binomtest, bootstrap

    sample = np.random.default_rng(1).random(80)
    reference = bootstrap((sample,), np.mean, method="percentile", rng=5).confidence_interval
    assert interval(sample) == pytest.approx((reference.low, reference.high), abs=0.01)
    assert interval([1.0, 1.0]) == (1.0, 1.0)
    assert np.isnan(interval([])).all() and np.isnan(share_interval([])).all()
    assert share_interval([1.0] * 7) == pytest.approx((binomtest(7, 7).proportion_ci().low, 1.0))
    assert share_interval([0.0]) == pytest.approx((0.0, binomtest(0, 1).proportion_ci().high))
    assert share_interval(sample) == interval(sample)
    assert share_interval([0.5]) == (0.0, 1.0), "one question says nothing of a mean"
    reach = math.sqrt(math.log(40) / 200)
    assert share_interval([0.5] * 100) == pytest.approx((0.5 - reach, 0.5 + reach))


def test_the_paired_test_agrees_with_scipy() -> None:
    from scipy.stats import permutation_test

    rng = np.random.default_rng(2)
    first = rng.random(12)
    second = first - rng.random(12) * 0.3 + 0.05
    reference = permutation_test(
        (first, second), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
    ).pvalue
    assert randomisation_p(first, second) == pytest.approx(reference, abs=0.02)
    assert randomisation_p(first, first) == 1.0


# -- runs -------------------------------------------------------------------------------------------------------------

TEXTS = {
    "storage.txt": "The Orion array holds 96 disks. Disks are replaced within 4 hours.",
    "food.txt": "The canteen serves soup on Mondays.",
}
QUESTIONS = [
    Gold(
        "a",
        "single",
        "How many disks does the Orion array hold?",
        (),
        ("96",),
        (Evidence("storage.txt", "holds 96 disks"),),
    ),
    Gold(
        "b", "figure", "When does the canteen serve soup?", (), ("Mondays",), (Evidence("food.txt", "soup on Mondays"),)
    ),
    Gold("c", "unanswerable", "Who composed the opera about penguins?", (), (), ()),
]


class Stumbling(Chatbot):
    """A chatbot that fails on some questions."""

    trip: str = ""
    stop: str = ""
    crash: str = ""

    def ask(self, question: str, *rest: Any, **named: Any) -> Any:
        if self.crash and self.crash in question:
            return 1 / 0
        if self.trip and self.trip in question:
            raise QuestionError("It stumbled.", "Try again.")
        if self.stop and self.stop in question:
            raise KeyboardInterrupt
        return super().ask(question, *rest, **named)


@pytest.fixture
def bot(tmp_path: Path) -> Any:
    with Stumbling.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data", answer_threshold=0.3) as opened:
        opened.add(Document(f"id-{name}", name, "", "txt", text) for name, text in TEXTS.items())
        yield opened


def values(result: dict[str, Any]) -> dict[str, float]:
    return {measure["name"]: measure["value"] for measure in result["measures"]}


def test_a_run_measures_and_writes(bot: Stumbling, tmp_path: Path) -> None:
    output = tmp_path / "results" / "run.json"
    result = evaluate(bot, QUESTIONS, output)
    found = values(result)
    assert (
        found["recall@1"] == found["quoted"] == found["answered"] == found["refused"] == found["abstention_auroc"] == 1
    )
    assert read_results(output) == result
    assert list(output.parent.iterdir()) == [output]
    table = format_measures(result)
    assert "\nretrieval\n" in table and "\n  evidence at rank 1 " in table and "95 % interval" in table
    assert format_worst(result).startswith("None of 3 questions went wrong")


def test_a_failing_question_counts_as_wrong_and_the_run_goes_on(bot: Stumbling, tmp_path: Path) -> None:
    bot.trip = "canteen"
    result = evaluate(bot, QUESTIONS, tmp_path / "run.json")
    assert values(result)["recall@5"] == 0.5
    assert "failed: b: It stumbled." in format_measures(result)
    assert result["warnings"][0] == "1 question failed and counts as wrong; the first: b: It stumbled. Try again."
    assert "b (figure)" in format_worst(result)


def test_a_failing_question_without_an_answer_is_no_right_refusal(bot: Stumbling, tmp_path: Path) -> None:
    bot.trip = "opera"
    result = evaluate(bot, QUESTIONS, tmp_path / "run.json")
    names = ("refused", "abstention_recall", "abstention_f1", "abstention_auroc")
    assert [values(result)[name] for name in names] == [0.0] * 4
    assert "abstention_precision" not in values(result), "nothing was refused"
    assert "c (unanswerable): failed: Who composed" in format_worst(result)


def test_a_question_that_breaks_something_is_told_and_the_run_goes_on(bot: Stumbling, tmp_path: Path) -> None:
    bot.crash = "canteen"
    result = evaluate(bot, QUESTIONS, tmp_path / "run.json")
    assert values(result)["recall@5"] == 0.5
    assert "failed: b: ZeroDivisionError: division by zero" in format_measures(result)
    with pytest.raises(GoldError, match="empty holds no questions"):
        evaluate(bot, [], tmp_path / "empty.json")


def test_an_interrupted_run_resumes_and_harms_no_older_results(bot: Stumbling, tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    older = evaluate(bot, QUESTIONS, output)
    bot.stop = "opera"
    with pytest.raises(KeyboardInterrupt, match=r"^Stopped after 2 of 3; run the same command to go on\.$"):
        evaluate(bot, QUESTIONS, output)
    assert read_results(output) == older
    bot.stop, bot.trip = "", "canteen"
    assert values(evaluate(bot, QUESTIONS, output))["recall@5"] == 1, "the row from before the stop is kept"


def test_a_torn_line_costs_no_row_but_its_own(bot: Stumbling, tmp_path: Path) -> None:
    bot.stop = "opera"
    with pytest.raises(KeyboardInterrupt):
        evaluate(bot, QUESTIONS, tmp_path / "run.json")
    with (tmp_path / "run.partial.jsonl").open("a") as file:
        file.write('{"id": "c", "ki')
    bot.stop, bot.trip = "", "canteen"
    assert values(evaluate(bot, QUESTIONS, tmp_path / "run.json"))["recall@5"] == 1, "kept, so not asked again"


def test_a_second_run_with_the_same_output_is_refused(bot: Stumbling, tmp_path: Path) -> None:
    with (tmp_path / "run.partial.jsonl").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(GoldError, match=r"Another run is writing .*run\.partial\.jsonl\. Wait for it"):
            evaluate(bot, QUESTIONS, tmp_path / "run.json")


def test_what_was_asked_is_kept_where_the_results_cannot_be_written(bot: Stumbling, tmp_path: Path) -> None:
    (tmp_path / "run.json").mkdir()
    with pytest.raises(GoldError, match=r"run\.json cannot be written: Is a directory\..* is kept"):
        evaluate(bot, QUESTIONS, tmp_path / "run.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "run.json", "run.partial.jsonl"]
    with pytest.raises(GoldError, match=r"x cannot be written: No space left on device\. Free"), writing(Path("x")):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("docs", "docs is a folder"),
        ("file/o.json", "file is not a folder"),
        ("file/deep/o.json", "file is not a folder"),
        ("docs/o.json", "docs/o.json lies in .*docs, whose files are read"),
        ("/dev/full", "/dev/full is no file"),
    ],
)
def test_where_results_cannot_lie_is_told_first(tmp_path: Path, path: str, told: str) -> None:
    (tmp_path / "docs").mkdir(), (tmp_path / "file").touch()
    with pytest.raises(GoldError, match=told):
        check_output(tmp_path / path, None if path == "docs" else tmp_path / "docs")
    for fine in ("file", "new/deep/o.json", "docs/.rag/o.json"):
        check_output(tmp_path / fine, tmp_path / "docs")
    assert not (tmp_path / "new").exists()


def test_a_sample_never_replaces_results_of_more_questions(bot: Stumbling, tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    evaluate(bot, QUESTIONS[:1], output, of=3)
    full = evaluate(bot, QUESTIONS, output)
    bot.stop = "disks"
    with pytest.raises(
        GoldError, match=r"run\.json holds 3 questions of run, more than this sample of 1\. Name another"
    ):
        evaluate(bot, QUESTIONS[:1], output, of=3)
    assert read_results(output) == full


def test_runs_that_will_not_compare_are_told_before_a_question_is_asked(bot: Stumbling, tmp_path: Path) -> None:
    full = evaluate(bot, QUESTIONS, tmp_path / "run.json")
    bot.stop = "disks"
    with pytest.raises(GoldError, match=r"older run asked 3 questions, the newer one 1 question, a sample of 3\. "):
        evaluate(bot, QUESTIONS[:1], tmp_path / "new.json", of=3, against=full)
    for other in (
        {"corpus": "other", "files": "other"},
        {"gold": "other"},
        {"gold": "other", "rows": full["rows"][:1], "of": 1},
    ):
        with pytest.raises(GoldError, match=r"\. Run it once without --gate: that renews the results"):
            evaluate(bot, QUESTIONS, tmp_path / "new.json", against=full | other)
    old = {name: value for name, value in full.items() if name != "files"} | {"corpus": "other"}
    with pytest.raises(GoldError, match=r"another version read the same ones: the older run does not tell which\. Run"):
        evaluate(bot, QUESTIONS, tmp_path / "new.json", against=old)
    bot.stop = ""
    one = evaluate(bot, QUESTIONS[:1], tmp_path / "one.json")
    bot.stop = "disks"
    with pytest.raises(GoldError, match="share fewer than two questions"):
        evaluate(bot, QUESTIONS[:1], tmp_path / "one.json", against=one)


def test_the_same_files_read_by_another_version_are_compared(bot: Stumbling, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The mill stands in Lisbon.")
    bot.ingest(tmp_path / "a.md")
    after = evaluate(bot, QUESTIONS, tmp_path / "run.json")
    before = after | {"corpus": "as another version reads them"}
    assert compare(before, evaluate(bot, QUESTIONS, tmp_path / "new.json", against=before))
    assert format_settings(before, after) == ["Another version of the program read the same files."]
    (tmp_path / "a.md").write_text("The mill stands in Porto.")
    bot.ingest(tmp_path / "a.md")
    with pytest.raises(GoldError, match=r"measured different documents\. Run it once without --gate"):
        evaluate(bot, QUESTIONS, tmp_path / "new.json", against=before)


def test_the_digest_of_files_follows_their_bytes_not_how_they_are_read(tmp_path: Path) -> None:
    def digest_of(key: str, name: str, *unread: FileResult) -> str:
        class Reading:
            def documents(self) -> list[DocumentInfo]:
                return [DocumentInfo(key, (name,), "", "md", (str(tmp_path / name),), 1, 0, 9, "")] if key else []

            def unread(self) -> tuple[FileResult, ...]:
                return unread

        return files_digest(Reading())  # type: ignore[arg-type]

    (tmp_path / "a.md").write_text(TEXTS["food.txt"])
    (tmp_path / "b.md").write_text(TEXTS["storage.txt"])
    unread = FileResult("a.md", "failed", path=str(tmp_path / "a.md"))
    assert digest_of("1-x", "a.md") == digest_of("2-y", "a.md") == digest_of("", "a.md", unread)
    assert digest_of("1-x", "a.md") != digest_of("1-x", "b.md")
    assert digest_of("1-x", "no file") != digest_of("2-y", "no file"), "of a text that was handed in the id is all"


def test_drops_are_found_and_noise_is_not() -> None:
    def run(level: float) -> dict[str, Any]:
        rng = np.random.default_rng(0)
        rows = [
            {"id": str(i), "kind": "single", "confidence": 1.0, "answered": 1.0, "quoted": float(rng.random() < level)}
            for i in range(200)
        ]
        return {"gold": "g", "rows": rows}

    changes = {change.name: change for change in compare(run(0.9), run(0.6))}
    assert changes["quoted"].is_drop and changes["quoted"].p < 0.01
    assert not changes["answered"].is_drop
    assert not any(change.is_drop for change in compare(run(0.9), run(0.9)))
    assert not any(change.is_drop for change in compare(run(0.6), run(0.9)))
    text = format_changes(list(changes.values()))
    assert re.search(r"0\.850 0\.550 -0\.300  -0\.365 to -0\.235 0\.0001 200 DROP\n", text), text
    gains = format_changes(compare(run(0.6), run(0.9)))
    assert " 200 GAIN\n" in gains and "DROP" not in gains


def test_refusing_is_compared_and_fewer_pages_are_no_loss() -> None:
    def run(turned: bool) -> dict[str, Any]:
        rows = []
        for number in range(60):
            sure = float((number % 2 == 0) != turned)
            kind = "unanswerable" if number % 2 else "single"
            row = {
                "id": str(number),
                "kind": kind,
                "confidence": sure,
                "answered": sure,
                "pages_cited": 3.5 - 2 * turned,
            }
            rows.append(row)
        return {"gold": "g", "rows": rows}

    changes = {change.name: change for change in compare(run(False), run(True))}
    assert "pages_cited" not in changes
    for name in ("abstention_precision", "abstention_recall", "abstention_f1", "abstention_auroc"):
        change = changes[name]
        assert (change.before, change.after, change.count) == (1, 0, 60) and change.is_drop and change.p < 0.01
    same = {change.name: change for change in compare(run(True), run(True))}["abstention_auroc"]
    assert (same.low, same.high, same.p) == (0, 0, 1)
    text = format_changes(list(changes.values()))
    assert max(map(len, text.splitlines())) <= 80 and "  60 DROP" in text
    assert text.splitlines()[-1] == "Unchanged: 0 measures."
    assert format_changes(compare(run(True), run(True))).startswith("No change in ")


def test_a_measure_of_one_question_is_compared_but_tells_nothing() -> None:
    row = {"confidence": 1.0, "answered": 1.0, "seconds": 2.0}
    rows = [{"id": f"{n}", "kind": kind, "quoted": 1.0} | row for n, kind in enumerate(["single", "single", "table"])]
    run = {"gold": "g", "rows": rows}
    fell = {"gold": "g", "rows": [*rows[:2], rows[2] | {"quoted": 0.0}]}
    change = {change.name: change for change in compare(run, fell)}["quoted, table"]
    assert (change.before, change.after, change.low, change.high, change.p, change.count) == (1, 0, -1, 1, 1, 1)
    assert format_changes(compare(run, run)).startswith("No change in ")
    (seconds,) = [measure for measure in summarise(rows[:1]) if measure.name == "seconds"]
    table = format_measures({"measures": [asdict(seconds)], "rows": rows[:1]})
    assert re.search(r"seconds a question  +2\.000  +1$", table), "one question has no interval"


def test_questions_without_a_gold_answer_are_not_measured_by_one() -> None:
    row = {"kind": "single", "confidence": 1.0, "answered": 1.0}
    said = row | {"id": "1", "gold": ["96"], "answer_in_1": 1.0}
    rows = [said, row | {"id": "2", "gold": []}, {**row, "id": "3", "gold": ["x"], "error": "e", "answered": 0.0}]
    found = {measure.name: measure for measure in summarise(rows)}
    assert (found["answer_in_1"].value, found["answer_in_1"].count, found["answered"].count) == (0.5, 2, 3)


def test_runs_that_cannot_be_compared_are_refused() -> None:
    row = {"id": "1", "kind": "single", "confidence": 1.0, "answered": 1.0}
    with pytest.raises(GoldError, match="different gold sets"):
        compare({"gold": "a", "rows": [row]}, {"gold": "b", "rows": [row]})
    with pytest.raises(GoldError, match="different documents"):
        compare({"gold": "a", "corpus": "1", "rows": [row]}, {"gold": "a", "corpus": "2", "rows": [row]})
    with pytest.raises(GoldError, match="fewer than two"):
        compare({"gold": "a", "rows": [row]}, {"gold": "a", "rows": [row]})


def test_refusing_is_measured_over_all_questions_and_costs_too() -> None:
    rows = [
        {
            "id": str(number),
            "kind": kind,
            "confidence": sure,
            "answered": float(sure > 0.5),
            "seconds": 2.0,
            "tokens": 7,
        }
        for number, (kind, sure) in enumerate(
            [("single", 0.9), ("single", 0.4), ("unanswerable", 0.3), ("unanswerable", 0.6), ("unanswerable", 0.1)]
        )
    ]
    found = {measure.name: measure for measure in summarise(rows)}
    assert found["abstention_precision"].value == found["abstention_recall"].value == pytest.approx(2 / 3)
    assert found["abstention_f1"].value == pytest.approx(2 / 3) and found["abstention_auroc"].value == 5 / 6
    assert found["abstention_f1"].low <= 2 / 3 <= found["abstention_f1"].high
    of = {name.removeprefix("abstention_"): measure.count for name, measure in found.items()}
    assert (of["precision"], of["recall"], of["f1"], of["auroc"]) == (3, 3, 4, 5), "refused, unanswerable, either, all"
    assert (found["seconds"].value, found["seconds"].count, found["tokens"].value) == (2.0, 5, 7.0)


def test_a_value_that_is_no_number_is_never_silent() -> None:
    row = {"id": "1", "kind": "single", "confidence": 1.0, "answered": 1.0, "quoted": float("nan")}
    with pytest.raises(GoldError, match="quoted is not a number"):
        summarise([row])


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"rows": 5, "gold": "x"}', '{"rows": [{}], "gold": "x"}'])
def test_a_file_that_holds_no_results_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(GoldError, match=r"r\.json is not a results file\. Write"):
        read_results(write(tmp_path / "r.json", content))


def test_the_digest_follows_the_questions() -> None:
    assert digest(QUESTIONS) == digest(list(QUESTIONS)) != digest(QUESTIONS[:2])
    assert digest(QUESTIONS) != digest([replace(QUESTIONS[0], itself="a.txt"), *QUESTIONS[1:]])


def test_results_depend_on_the_code_that_decides_where_evidence_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    read = {}
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.setdefault(f"{path.parent.name}/{path.name}", b""))
    code_digest()
    assert {"rag/split.py", "eval/run.py", "eval/places.py", "eval/gold.py"} <= set(read)


def test_a_drop_is_beyond_its_interval_and_beyond_chance() -> None:
    assert Change("x", 1, 0, -1, -0.1, 0.04, 50).is_drop
    assert not Change("x", 1, 0, -1, -1, 0.49, 2).is_drop
    assert not Change("x", 1, 0, -1, 0.1, 0.04, 50).is_drop


def test_what_makes_a_run_worth_less_is_said(bot: Stumbling, tmp_path: Path) -> None:
    bot.add([Document("leak", "faq.txt", "", "txt", "How many disks does the Orion array hold? Ask.")])
    warnings = " ".join(evaluate(bot, QUESTIONS, tmp_path / "run.json")["warnings"])
    assert "1 question stands in the documents word for word: a." in warnings
    assert "fewer than the 10 ranks" in warnings and "3 questions are too few" in warnings


def test_the_report_shows_every_measure_and_escapes_what_it_shows(bot: Stumbling, tmp_path: Path) -> None:
    bot.trip = "canteen"
    result = evaluate(bot, QUESTIONS, tmp_path / "run.json")
    result["rows"][1]["question"] = "<script>alert(1)</script>"
    write_report([result | {"name": "first"}, result | {"name": "second"}], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert (
        page.count(">Retrieval<") == page.count(">evidence at rank 1<") == 2
        and "<svg" in page
        and 'href="#second"' in page
    )
    assert "http" not in page


def test_text_stays_narrow_and_says_what_it_shows(bot: Stumbling, tmp_path: Path) -> None:
    bot.add([Document("n", "notes.txt", "", "txt", "The array.\n\nIt holds\nmany disks.")])
    result = evaluate(bot, [replace(QUESTIONS[0], answers=()), *QUESTIONS[1:]], tmp_path / "run.json")
    rows = [
        row | {"retrieved": ["a\nb"], "recall@5": 0.0, "id": str(n)} for n in range(60) for row in result["rows"][:1]
    ]
    worst = format_worst(result | {"rows": rows})
    assert worst.startswith("60 of 60 questions went wrong; the first 10:") and "      found: a b\n" in worst
    assert max(map(len, format_measures(result).splitlines())) <= 80
    many = result["rows"][0] | {"recall@5": 5 / 7, "evidence_count": 7, "quoted": 1.0}
    assert format_worst(result | {"rows": [many]}) == "None of 1 question went wrong."
    assert all(row["retrieved"] for row in result["rows"]), "also where there is nothing to find"
    write_report([result | {"rows": rows}], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "60 of 60 questions went wrong; the first 50<" in page
    (seconds,) = [line for line in page.split("<tr>") if "seconds a question" in line]
    assert "<svg" not in seconds
    assert "rect { fill: currentColor }" in page and "svg { max-width: 100%" in page, "dark mode, and a phone"
    assert 'width="220"' not in page and page.count("<svg viewBox") > 5


def test_a_chain_of_follow_ups_is_asked_as_the_window_does(bot: Stumbling) -> None:
    given: list[Turn] = []

    class Listening:
        language_model = None

        def ask(self, question: str, turns: list[Turn]) -> Answer:
            given.extend(turns)
            return Answer(question, question, abstained="No.")

    history = (Turn("How many disks does the Orion array hold?", "96"), Turn("When was it installed?", "In 2019."))
    ask(Listening(), Gold("q", "unanswerable", "And where?", history, (), ()), ())  # type: ignore[arg-type]
    understood: list[Turn] = []
    for turn in history:
        answer = bot.ask(turn.question, understood)
        understood.append(Turn(turn.question, turn.answer, answer.standalone))
    assert given == understood and "Orion" in given[1].standalone


def test_two_runs_name_the_settings_and_the_questions_that_differ(bot: Stumbling, tmp_path: Path) -> None:
    before = evaluate(bot, QUESTIONS, tmp_path / "before.json")
    bot.trip = "canteen"
    after = evaluate(bot, QUESTIONS, tmp_path / "after.json", keep=False)
    after["settings"] = after["settings"] | {"quotes": 1}
    assert format_settings(before, before) == [] == format_turned(before, before)
    assert format_settings(before, after) == ["quotes: 3 → 1"]
    assert format_turned(before, after) == [
        "1 question went otherwise:", "  b: right → failed: When does the canteen serve soup?",
    ]  # fmt: skip
    assert format_turned(before, after, 0)[-1] == "  and 1 more"
    defaults = Settings().model_dump(mode="json", include=set(before["settings"]))
    write_report([before | {"settings": defaults}], tmp_path / "before.html")
    write_report([after], tmp_path / "after.html")
    assert "Settings: as they come." in (tmp_path / "before.html").read_text()
    assert "quotes = 1." in (tmp_path / "after.html").read_text()


def test_a_quote_that_stands_several_times_is_told(bot: Stumbling, tmp_path: Path) -> None:
    twice = replace(QUESTIONS[0], evidence=(Evidence("storage.txt", "isks"),), line="g:1")
    warnings = evaluate(bot, [twice], tmp_path / "run.json")["warnings"]
    assert "g:1: 'isks' stands several times; its first place is taken." in warnings
    assert not any("several" in told for told in evaluate(bot, QUESTIONS, tmp_path / "other.json")["warnings"])


def test_a_gold_set_that_is_an_array_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "gold.json"
    path.write_text('\n[\n{"id": "a"},\n{"id": "b"}\n]\n')
    with pytest.raises(GoldError, match=r"gold\.json is one JSON array"):
        read_gold(path)


# -- what is written, and where ---------------------------------------------------------------------------------------


def test_nothing_that_is_read_or_that_others_wrote_is_written_over(tmp_path: Path) -> None:
    gold, page = write(tmp_path / "gold.jsonl", GOOD), tmp_path / "page.html"
    (tmp_path / "link.json").symlink_to(gold)
    draft = write(tmp_path / "o.partial.jsonl", GOOD)
    (tmp_path / "empty.json").touch()
    row = {"id": "1", "kind": "single", "answered": 1, "confidence": 1}
    ours = write(tmp_path / "ours.json", {"gold": "g", "name": "set", "rows": [row]})
    theirs = write(tmp_path / "theirs.json", {"gold": "g", "name": "other", "rows": [row]})
    write_report([], page)
    for fine in ("empty.json", "ours.json", "new/o.json"):
        check_targets({"set": tmp_path / fine}, page, [gold])
    for results, report, told in (
        (gold, None, r"gold\.jsonl is a file that this run reads\. Name another --output or --report\."),
        (tmp_path / "link.json", None, r"link\.json is a file that this run reads"),
        (tmp_path / "." / "x" / ".." / "gold.jsonl", None, "is a file that this run reads"),
        (tmp_path / "o.json", None, r"o\.partial\.jsonl is a file that this run reads"),
        (ours, gold, r"gold\.jsonl is a file that this run reads"),
        (ours, ours, r"ours\.json is a file that this run writes already"),
        (tmp_path / "new.json", tmp_path / "new.partial.jsonl", r"new\.partial\.jsonl .* writes already"),
        (theirs, None, r"theirs\.json holds the results of other, not of set\. Name another --output\."),
        (page, None, r"page\.html is there and is not a results file\. Name another --output\."),
        (tmp_path / "new.json", ours, r"ours\.json is there and is not a report\. Name another --report\."),
    ):
        with pytest.raises(GoldError, match=told):
            check_targets({"set": results}, report, [gold, draft])


def test_a_report_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    write_report([], page)
    before = page.read_text()
    (tmp_path / "report.html.tmp").symlink_to("/dev/full")
    with pytest.raises(GoldError, match=r"report\.html cannot be written: No space left on device"):
        write_report([], page)
    assert page.read_text() == before and [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_report_explains_its_bars_and_names_its_run(bot: Stumbling, tmp_path: Path) -> None:
    result = evaluate(bot, QUESTIONS, tmp_path / "run.json", source="firm/gold.jsonl")
    write_report([result], tmp_path / "report.html")
    write_report([result | {"settings": result["settings"] | {"llm": "m"}}], tmp_path / "llm.html")
    page, with_llm = ((tmp_path / name).read_text() for name in ("report.html", "llm.html"))
    assert re.search(r">firm/gold\.jsonl, asked at \d{4}-\d\d-\d\d \d\d:\d\d UTC<", page)
    assert "A bar is the value, from 0 to 1; the line on it is the 95 % interval." in page
    assert "line, answer_threshold = 0.3, no answer" in page and '<rect x="150.0" y="2" ' in page
    assert page.startswith("<!doctype html>") and "<title>Evaluation: run</title>" in page
    assert "half of answer_threshold = 0.15, no answer" in with_llm and '<rect x="90.0" y="2" ' in with_llm


def test_a_question_that_went_wrong_is_shown_with_what_it_was_read_as(bot: Stumbling, tmp_path: Path) -> None:
    words = "The array holds 96 disks in a room on the second floor, which is cooled by water from the river. " * 2
    bot.add([Document("long", "long.txt", "", "txt", f"{words}\n\nIt was built in Lisbon.")])
    evidence = (Evidence("long.txt", words.strip()), Evidence("food.txt", "The canteen serves soup on Mondays."))
    asked = Gold("f", "follow-up", "And that?", (Turn("How many disks are in the room?", "96"),), ("x",), evidence)
    result = evaluate(bot, [asked, QUESTIONS[2]], tmp_path / "run.json")
    row = result["rows"][0]
    assert row["found_at"][0] == 1 and row["quotes"][0] == words.strip()
    row |= {"found_at": [1, 0], "quoted": 0.5, "answered": 0.0, "confidence": 0.125}
    write_report([result], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "<summary dir='auto'>And that? " in page and f"<p>Read as: <bdi>{row['standalone']}</bdi></p>" in page
    assert f", found at rank 1: {words.strip()}</li>" in page and ", not found: The canteen" in page, "in full"
    assert "<p>Confidence: 0.125</p>" in page and f'<li dir="auto">✓ {row["ranked"][0]}: The array' in page
    assert page.count("✓") == 1 and f'<p>Cited:</p><ul><li dir="auto">{row["cited"][0]}</li>' in page
    write_report([result] * 4, tmp_path / "report.html")
    assert "<h1>Evaluation: 4 sets</h1>" in (tmp_path / "report.html").read_text()


# -- an LLM that fails ------------------------------------------------------------------------------------------------


def with_llm(folder: Path, *pieces: object) -> Any:
    llm = ScriptedLLM(pieces=list(pieces))
    bot = Chatbot.open(embedder=HashEmbedder(256), data_dir=folder / "llm", answer_threshold=0.3, llm=llm)
    bot.add(Document(f"id-{name}", name, "", "txt", text) for name, text in TEXTS.items())
    return bot


class Sulking(ScriptedLLM):
    """Fails on questions about soup."""

    def stream_chat(self, messages: Any, **kwargs: Any) -> Any:
        if "soup" in messages[-1].content.rpartition("Question:")[2]:
            raise ConnectionError("down")
        return super().stream_chat(messages, **kwargs)


def test_an_llm_that_is_down_is_no_run(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    with with_llm(tmp_path, ConnectionError("down")) as bot:
        with pytest.raises(
            GoldError, match=r"^2 of 2 answers were quotes because the LLM failed: .* Nothing was"
        ) as told:
            evaluate(bot, QUESTIONS, output)
        assert "Here is what the documents say" not in str(told.value)
        assert [path.name for path in tmp_path.iterdir()] == ["llm"], "no results, and no rows to go on from"
        bot.language_model = ScriptedLLM(pieces=["The Orion array holds 96 disks [1]."])
        result = evaluate(bot, QUESTIONS, output)
    assert [row["mode"] for row in result["rows"]] == ["llm"] * 3
    assert not any("LLM failed" in warning for warning in result["warnings"])


def test_answers_that_an_llm_left_to_quotes_are_told_and_asked_again(tmp_path: Path) -> None:
    with with_llm(tmp_path) as bot:
        bot.language_model = Sulking(pieces=["The Orion array holds 96 disks [1]."])
        result = evaluate(bot, QUESTIONS, tmp_path / "run.json")
        row = result["rows"][1]
        assert row["mode"] == "quotes" and "Here is what the documents say, quoted." in row["notice"]
        assert result["warnings"][0].startswith("1 of 2 answers was quotes because the LLM failed: ")
        assert read_results(tmp_path / "run.json")["warnings"] == result["warnings"]
        bot.language_model = ScriptedLLM(pieces=["The canteen serves soup on Mondays [1]."])
        again = evaluate(bot, QUESTIONS, tmp_path / "run.json", keep=True)
    assert [row["mode"] for row in again["rows"]] == ["llm"] * 3, "such a set is not finished"


# -- what is counted, and what is said --------------------------------------------------------------------------------


def test_refusing_is_measured_over_what_it_is_a_share_of() -> None:
    def measured(*asked: tuple[str, float, float]) -> dict[str, tuple[float, float, float, int]]:
        rows = [
            {"id": str(number), "kind": kind, "confidence": sure, "answered": answered}
            for number, (kind, answered, sure) in enumerate(asked)
        ]
        return {m.name.removeprefix("abstention_"): (m.value, m.low, m.high, m.count) for m in summarise(rows)}

    none, one = ("unanswerable", 0.0, 0.1), ("single", 1.0, 0.9)
    found = measured(none, one, one, one)
    assert found["precision"] == found["recall"] == pytest.approx((1.0, 0.025, 1.0, 1)), "Clopper and Pearson, of one"
    assert found["f1"] == pytest.approx((1.0, 2 * 0.025 / 1.025, 1.0, 1))
    assert found["auroc"] == pytest.approx((1.0, 0.025, 1.0, 4)), "as sure as one of the rarer kind makes it"
    wrong = measured(("unanswerable", 1.0, 0.9), ("single", 0.0, 0.1))
    assert wrong["precision"] == wrong["recall"] == pytest.approx((0.0, 0.0, 0.975, 1))
    upper = 1 - 0.025**0.5
    assert wrong["f1"] == pytest.approx((0.0, 0.0, 2 * upper / (1 + upper), 2))
    assert measured(none, ("single", 0.0, 0.2), one, one)["f1"][1] > 0, "where none is unanswerable it is no 0"
    assert "precision" not in measured(("unanswerable", 1.0, 0.9), one), "nothing was refused"


def test_what_is_not_defined_in_a_run_is_not_compared() -> None:
    def run(answered: float) -> dict[str, Any]:
        row = {"confidence": answered, "answered": 1.0}
        rows = [{"id": str(number), "kind": "single", **row} for number in range(6)]
        return {"gold": "g", "rows": [*rows, *({**rows[0], "id": f"n{n}", "kind": "unanswerable"} for n in range(6))]}

    refusing = run(0.2)
    refusing["rows"][-1]["answered"] = 0.0  # one of twelve, which is not in every draw
    names = {change.name for change in compare(run(0.2), refusing)}
    assert "abstention_recall" in names and "abstention_precision" not in names
    same = {change.name: change for change in compare(refusing, refusing)}["abstention_precision"]
    assert (same.before, same.after, same.low, same.high, same.p) == (1, 1, 0, 0, 1)


def test_the_characters_in_five_follow_from_the_rows(bot: Stumbling, tmp_path: Path) -> None:
    for row in evaluate(bot, QUESTIONS[:2], tmp_path / "run.json")["rows"]:
        places = [re.fullmatch(r"(.+):(\d+)-(\d+)", place) for place in (*row["wanted"], *row["five"])]
        named = [(str(place[1]), int(place[2]), int(place[3])) for place in places if place]
        spans, hits = [Span(*named[0])], [hit(start, end, document) for document, start, end in named[1:]]
        assert {name: row[name] for name in ("char_recall@5", "char_precision@5", "char_iou@5")} == pytest.approx(
            character_measures(spans, hits)
        )


def test_the_words_of_an_answer_are_counted_without_its_marks() -> None:
    class Speaking:
        language_model = None

        def ask(self, question: str, turns: list[Turn]) -> Answer:
            return Answer(question, question, (Sentence("It holds 96.", (citation(0, 9),), lead="\n- "),) * 2)

    row = ask(Speaking(), Gold("q", "unanswerable", "How many?", (), (), ()), ())  # type: ignore[arg-type]
    assert row["answer"].count("[1]") == 2 and row["words"] == 6


def test_a_long_question_is_cut_and_a_gate_says_what_it_comes_to(bot: Stumbling, tmp_path: Path) -> None:
    long = replace(QUESTIONS[2], question="Who composed the opera about penguins? " * 20)
    before = evaluate(bot, [*QUESTIONS[:2], long], tmp_path / "run.json")
    bot.trip = "opera"
    after = evaluate(bot, [*QUESTIONS[:2], long], tmp_path / "run.json")
    (line,) = [line for line in format_worst(after).splitlines() if "opera" in line]
    assert line.endswith("…") and len(line) < 240 and max(map(len, format_turned(before, after))) < 250
    drop = Change("x", 1, 0, -1, -0.5, 0.01, 50)
    assert format_gate([drop, replace(drop, p=0.5)]) == "Gate missed: 1 measure."
    assert format_gate([drop, drop]) == "Gate missed: 2 measures." and format_gate([]) == "Gate passed."
    told = "Gate passed; 1 measure fell by less than so few questions can tell."
    assert format_gate([replace(drop, p=0.06), replace(drop, p=0.06, before=0)]) == told


def test_where_a_run_was_stopped_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), one_line_ends():
        raise KeyboardInterrupt("Stopped after 13 of 50.")
    with pytest.raises(KeyboardInterrupt), one_line_ends():
        raise KeyboardInterrupt
    before = "Stopped before the next question; run the same command to go on.\n"
    assert capsys.readouterr().err == f"Stopped after 13 of 50.\n{before}"
