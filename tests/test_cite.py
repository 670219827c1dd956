"""The citation check: exact words, ghosts removed, changed numbers caught."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.cite import GrowingDraft, cite
from rag.datatypes import Hit, Passage, Sentence, Verdict
from rag.draft import is_open
from rag.sentences import sentence_spans
from rag.verdict import verify

FACTS = (
    "The H200 has 141 GB of HBM3e memory. It was introduced by Nvidia in November 2023. "
    "Shares of Moore Threads gained 5.7 per cent to close at 628.31 yuan on Tuesday."
)
RULES = "Refunds are paid within 14 days. They are never paid in cash. Write to help@example.org for details."


def make_hit(text: str, rank: int = 1, offset: int = 0, title: str = "", heading: str = "") -> Hit:
    spans = tuple((s + offset, e + offset) for s, e in sentence_spans(text))
    passage = Passage(
        f"p{rank}", f"d{rank}", f"{rank}.txt", title, 0, offset, offset + len(text), text, heading, sentences=spans
    )
    return Hit(passage, rank, 1.0)


HITS = [make_hit(FACTS, 1), make_hit(RULES, 2, offset=500)]


def bind(draft: str, hits: Sequence[Hit]) -> tuple[Sentence, ...]:
    growing = GrowingDraft(hits)
    growing.add(draft)
    return growing.end()


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("The H200 has 141 GB of HBM3e memory.", Verdict.QUOTED),
        ("the h200 has 141 GB of HBM3e memory", Verdict.QUOTED),
        ("The H200 comes with 141 GB of memory.", Verdict.SUPPORTED),
        ("The H200 has 80 GB of HBM3e memory.", Verdict.UNSUPPORTED),
        ("Nvidia introduced it in November 2024.", Verdict.UNSUPPORTED),
        ("Nvidia introduced it in October 2023.", Verdict.UNSUPPORTED),
        ("AMD introduced the H200 memory in November 2023.", Verdict.PARTLY),
        ("Intel introduced the H200 in November 2023.", Verdict.PARTLY),
        ("Moore Threads shares gained 5.7% and closed at 628.31 yuan.", Verdict.SUPPORTED),
        ("Moore Threads shares did not gain 5.7% to close at 628.31 yuan.", Verdict.PARTLY),
        ("Cats are mammals that like fish.", Verdict.UNSUPPORTED),
        ("The H200 comes with 141 GB of HBM3e memory, and only for paying subscribers.", Verdict.PARTLY),
        ("The H200 comes with 141 GB of HBM3e memory, and Nvidia introduced it.", Verdict.SUPPORTED),
    ],
)
def test_verdicts(sentence: str, verdict: Verdict) -> None:
    assert verify(sentence, [FACTS])[0] is verdict


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("The registration fee is 20 euros.", Verdict.QUOTED),
        ("The registration fee is 30 euros.", Verdict.PARTLY),
        ("Registration needs 30 days.", Verdict.SUPPORTED),
        ("The fee amounts to 20 euros, and registration takes 30 days.", Verdict.SUPPORTED),
    ],
)
def test_a_number_must_be_said_of_the_same_thing(sentence: str, verdict: Verdict) -> None:
    assert verify(sentence, ["The registration fee is 20 euros. Registration takes 30 days."])[0] is verdict


@pytest.mark.parametrize("added", ["i.e. two years", "but the delivery is not mentioned"])
def test_a_clause_that_only_says_it_otherwise_adds_nothing(added: str) -> None:
    said = "A gift card costs between £10 and £200 and is valid for 24 months"
    verdict, reason = verify(f"{said}, {added}.", [f"{said}."])
    assert verdict is Verdict.SUPPORTED, reason


def test_a_condition_or_a_time_that_is_nowhere_is_added() -> None:
    cited = ["The bread keeps for nine days in a tin."]
    for added in ("if it is sliced thinly", "after the crust has cooled", "where hungry mice live"):
        assert verify(f"The bread keeps for nine days in a tin {added}.", cited)[0] is Verdict.PARTLY
    text, asked = (
        "The bread keeps for nine days in a tin when guests leave.",
        "How long does it keep when guests leave?",
    )
    assert verify(text, cited, "", asked)[0] is Verdict.SUPPORTED


def test_the_power_of_a_unit_is_no_name() -> None:
    assert (
        verify("Mr Rossi does it for £38/m².", ["Mr Rossi does it for 38 pounds per square metre."])[0]
        is Verdict.SUPPORTED
    )
    assert (
        verify("Mr Rossi does it for £38/N2.", ["Mr Rossi does it for 38 pounds per square metre."])[0]
        is Verdict.PARTLY
    )


def test_empty_cells_keep_their_place_and_dates_their_day() -> None:
    head, row, day, first, second = bind(
        "| | 2024 | 2025 |\n|---|---|---|\n| Disks | 10 | 12 |\n\n3. October was fine.\n\n1. One.\n2. Two.", HITS
    )
    assert (head.text, row.text) == (" | 2024 | 2025", "Disks | 10 | 12")
    assert row.lead == "\n| --- | --- | --- |\n| "
    assert (day.text, day.lead) == ("3. October was fine.", "\n\n")
    assert (first.lead, second.lead) == ("\n1. ", "\n2. ")


@pytest.mark.parametrize("sentence", ["14", "5 7", "7 per cent"])
def test_bare_numbers_find_no_source_of_their_own(sentence: str) -> None:
    (bare,) = bind(sentence, HITS)
    assert bare.citations == ()
    assert bare.verdict is Verdict.UNSUPPORTED


def test_nothing_cited_is_not_supported() -> None:
    assert verify("Anything.", []) == (Verdict.UNSUPPORTED, "No source is cited.")


def test_numbers_at_the_edges_of_two_quotes_stay_two() -> None:
    quotes = ["It is room 12", "345 seats are there"]
    assert verify("The room has 345 seats.", quotes)[0] is Verdict.SUPPORTED
    assert verify("There are 12345 seats.", quotes)[0] is Verdict.UNSUPPORTED


def test_a_heading_may_supply_a_name_but_a_number_from_it_is_partial() -> None:
    quote = ["It has 141 GB of memory."]
    assert verify("The Orion has 141 GB of memory.", quote)[0] is Verdict.PARTLY
    assert verify("The Orion has 141 GB of memory.", quote, "Orion data sheet")[0] is Verdict.SUPPORTED
    assert verify("In 2023 it has 141 GB of memory.", quote, "Report 2023")[0] is Verdict.PARTLY


@pytest.mark.parametrize(
    "draft",
    [
        "The H200 has 141 GB [1]. Refunds take 14 days [2].",
        "The H200 has 141 GB. [1] Refunds take 14 days.[2]",
        "- **The H200** has 141 GB 【1】.\n- Refunds take 14 days [^2].",
        "The H200 has 141 GB [1]! Refunds take 14 days [ 2 ]",
    ],
)
def test_every_spelling_of_a_marker_is_bound_to_exact_words(draft: str) -> None:
    first, second = bind(draft, HITS)
    assert [c.quote for c in first.citations] == ["The H200 has 141 GB of HBM3e memory."]
    assert [c.quote for c in second.citations] == ["Refunds are paid within 14 days."]
    assert (second.citations[0].start, second.citations[0].end) == (500, 532)
    assert [first.citations[0].number, second.citations[0].number] == [1, 2]
    assert "[" not in first.text + second.text and "*" not in first.text


def test_several_markers_give_several_citations() -> None:
    (sentence,) = bind("The H200 has 141 GB and refunds are paid within 14 days [1, 2].", HITS)
    assert [c.document_id for c in sentence.citations] == ["d1", "d2"]
    assert sentence.verdict is Verdict.SUPPORTED


def test_a_marker_that_points_to_nothing_is_removed_and_told() -> None:
    (sentence,) = bind("The H200 has 141 GB of memory [1][9].", HITS)
    assert [c.document_id for c in sentence.citations] == ["d1"]
    assert "[9] pointed to no passage and was removed." in sentence.reason


def test_an_uncited_sentence_is_bound_only_if_a_passage_supports_it() -> None:
    bound, loose = bind("Refunds are paid within 14 days. Penguins live in Antarctica.", HITS)
    assert [c.document_id for c in bound.citations] == ["d2"]
    assert loose.citations == () and loose.verdict is Verdict.UNSUPPORTED


def test_a_wrong_marker_does_not_make_a_sentence_supported() -> None:
    (sentence,) = bind("The H200 has 141 GB of HBM3e memory [2].", HITS)
    assert sentence.verdict is Verdict.UNSUPPORTED


def test_the_same_words_keep_their_number() -> None:
    sentences = bind("Refunds are paid within 14 days [2]. The H200 has 141 GB [1]. Refunds: 14 days [2].", HITS)
    assert [[c.number for c in s.citations] for s in sentences] == [[1], [2], [1]]


def test_two_neighbouring_sentences_are_cited_when_both_are_needed() -> None:
    (sentence,) = bind("Nvidia introduced the H200 with 141 GB of HBM3e memory in November 2023 [1].", HITS)
    assert sentence.citations[0].quote == FACTS[: FACTS.index(" Shares")]
    assert sentence.verdict is Verdict.SUPPORTED


def test_addresses_that_no_passage_holds_are_removed() -> None:
    leak, known = bind(
        "Refunds: see https://evil.example/?q=secret [2]. Write to help@example.org for details [2].", HITS
    )
    assert "evil" not in leak.text and "removed" in leak.reason
    assert "help@example.org" in known.text


def test_a_draft_of_markers_and_blanks_has_no_sentences() -> None:
    assert bind(" [1] \n\n [2]. ", HITS) == ()
    assert bind("", HITS) == ()


def test_cite_is_an_exact_slice() -> None:
    passage = HITS[1].passage
    citation = cite(passage, 533, 560)
    assert citation.quote == RULES[33:60]
    assert citation.where == "2.txt"


DRAFT = (
    "# Facts\n\nThe H200 has 141 GB of HBM3e memory. [1] It was introduced by Nvidia in November 2023 [1]. Is it new?\n"
    "1. Refunds are paid within 14 days [2].\n2. They cost 3.5 euros, e.g. in cash [2][9]. 退款在十四天内。谢谢\n\n| a | b |\n| 1 | 2 |\n"
    "Type:\n```sh\nrefund --days 14\n\n  now\n```\n[2]\nThat is all.\n"
)


@settings(deadline=None)
@given(st.sets(st.integers(1, len(DRAFT) - 1)))
def test_a_draft_grows_to_the_same_sentences_however_it_is_cut(cuts: set[int]) -> None:
    growing, most, known = GrowingDraft(HITS), 0, 0
    ends = [*sorted(cuts), len(DRAFT)]
    for start, end in zip([0, *ends], ends, strict=False):
        told, now = growing.add(DRAFT[start:end]), bind(DRAFT[:end], HITS)[:-1]
        assert not told or told == now
        most, known = max(most, len(told)), max(known, 0 if is_open(DRAFT[:end]) else len(now))
        assert most == known
    assert growing.end() == bind(DRAFT, HITS)


def test_a_sentence_is_told_as_soon_as_another_begins() -> None:
    growing = GrowingDraft(HITS)
    told = [len(growing.add(piece)) for piece in re.split("(?<= )", "One is here. Two, Mr. Bell, is 3.5 there! Three")]
    assert told == [0, 0, 0, 1, 0, 0, 0, 0, 0, 2]


def test_a_growing_draft_checks_each_sentence_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def counting(text: str, quotes: list[str], *told: str) -> tuple[Verdict, str]:
        checked.append(text)
        return verify(text, quotes, *told)

    monkeypatch.setattr("rag.cite.verify", counting)
    growing = GrowingDraft(HITS)
    for word in "The H200 has 141 GB [1]. Refunds take 14 days [2]. Cash is never paid [2].".split(" "):
        growing.add(f"{word} ")
    growing.end()
    assert checked == ["The H200 has 141 GB.", "Refunds take 14 days.", "Cash is never paid."]


@pytest.mark.parametrize(
    ("draft", "verdict"),
    [
        ("Here is what the documents say:\n- The H200 has 141 GB of HBM3e memory [1].", Verdict.LEADING),
        ("## Summary\n\nThe H200 has 141 GB of HBM3e memory [1].", Verdict.LEADING),
        ("| Shares | Memory |\n|---|:-:|\n| Moore Threads | 141 GB [1] |", Verdict.LEADING),
        ("| Shares | Memory |\n| Moore Threads | 141 GB [1] |", Verdict.UNSUPPORTED),
        ("| H200 | 900 GB |\n|---|---|\n| Moore Threads | 141 GB [1] |", Verdict.UNSUPPORTED),
        ("No.", Verdict.UNSUPPORTED),
        ("**Answer:** Yes.", Verdict.UNSUPPORTED),
        ("**Refunds are paid in cash**\n\nThe H200 has 141 GB [1].", Verdict.UNSUPPORTED),
        ("**Pets in cash**\n\nThe H200 has 141 GB [1].", Verdict.UNSUPPORTED),
        ("## Refunds are given by the king of Spain\n\nThe H200 has 141 GB [1].", Verdict.UNSUPPORTED),
        ("[2] There is no cash.", Verdict.SUPPORTED),
        ("Refunds are not forbidden:\n- never in cash [2].", Verdict.UNSUPPORTED),
        ("Refunds of memory:\n- never in cash [2].", Verdict.UNSUPPORTED),
        ("Based on the documents, the refunds are:\n- paid within 14 days [2].", Verdict.LEADING),
        ("Refunds are paid within 14 days:\n- never in cash [2].", Verdict.QUOTED),
        ("Refunds are paid within 15 days:\n- never in cash [2].", Verdict.UNSUPPORTED),
        ("## Penguins of the Antarctic\n\nThe H200 has 141 GB of HBM3e memory [1].", Verdict.UNSUPPORTED),
        ("The president resigned for these reasons:\n- The H200 has 141 GB [1].", Verdict.UNSUPPORTED),
        ("Here is what the documents say [1]:\n- The H200 has 141 GB [1].", Verdict.UNSUPPORTED),
        ("Here is what the documents say [7]:\n- The H200 has 141 GB [1].", Verdict.UNSUPPORTED),
    ],
)
def test_what_only_leads_to_the_rest_is_not_called_unsupported(draft: str, verdict: Verdict) -> None:
    assert bind(draft, HITS)[0].verdict is verdict


PERIODS = make_hit(
    "Data: Backups of our own databases; Kept for: 35 days; Then: overwritten\n"
    "Data: Access logs of the portal; Kept for: 180 days; Then: deleted\n"
    "Data: Invoices; Kept for: 10 years; Then: deleted\n"
    "Data: Visitor lists; Kept for: 90 days; Then: shredded"
)


@pytest.mark.parametrize(
    ("draft", "verdict", "citations"),
    [
        ("Access logs of the portal are kept for 180 days [1].", Verdict.SUPPORTED, 1),
        ("Access logs of the portal are kept for 35 days [1].", Verdict.PARTLY, 1),
        ("Backups of our own databases are kept for 180 days [1].", Verdict.PARTLY, 1),
        ("Access logs of the portal are kept for 180 days and visitor lists for 90 days [1].", Verdict.SUPPORTED, 2),
        ("Backups are kept 35 days, invoices 10 years and visitor lists 90 days [1].", Verdict.SUPPORTED, 2),
        ("According to the documents, invoices are kept for 10 years [1].", Verdict.SUPPORTED, 1),
        ("Additionally, invoices are kept for 10 years [1].", Verdict.SUPPORTED, 1),
        ("Rechnungen werden 10 Jahre aufbewahrt [1].", Verdict.PARTLY, 1),
        ("Rechnungen werden 31 Jahre aufbewahrt [1].", Verdict.UNSUPPORTED, 1),
        ("发票保留10年[1]。", Verdict.PARTLY, 1),
        ("- **Access logs of the portal**\n  - Kept for: 180 days [1]", Verdict.QUOTED, 1),
        ("- **Access logs of the portal**\n  - Kept for: 35 days [1]", Verdict.PARTLY, 1),
        ("| Data | Kept for |\n|---|---|\n| Visitor lists | 35 days [1] |", Verdict.PARTLY, 2),
    ],
)
def test_a_row_speaks_for_itself_and_several_may_be_quoted(draft: str, verdict: Verdict, citations: int) -> None:
    *_, last = bind(draft, [PERIODS])
    assert (last.verdict, len(last.citations)) == (verdict, citations)


def test_thoughts_that_the_template_opened_are_no_answer() -> None:
    growing = GrowingDraft([PERIODS])
    growing.add("They ask for invoices. Let me think. So")
    growing.add("</think>Invoices are kept for 10 years [1]. And")
    assert [sentence.text for sentence in growing.end()] == ["Invoices are kept for 10 years.", "And"]


def test_a_draft_that_was_cut_off_keeps_whole_sentences_only() -> None:
    growing = GrowingDraft([PERIODS])
    growing.add("Invoices are kept for 10 years [1]. Visitor lists are ke")
    assert [sentence.text for sentence in growing.end(cut=True)] == ["Invoices are kept for 10 years."]
    growing.add("pt for 90 days [1].")
    assert len(growing.end(cut=True)) == 2


@pytest.mark.parametrize("ending", ["90 days. [1]", "90 days.[1]\n", "90 days [1]", "90 days.", "90 days\n"])
def test_a_sentence_that_is_whole_survives_a_cut(ending: str) -> None:
    growing = GrowingDraft([PERIODS])
    growing.add(f"Invoices are kept for 10 years [1].\n- Visitor lists are kept for {ending}")
    assert len(growing.end(cut=True)) == 2


def test_a_marker_that_comes_late_is_told_at_once() -> None:
    growing = GrowingDraft(HITS)
    told = [growing.add(piece) for piece in ("Refunds take 14 days.", " [", "2", "]", " Two", " three")]
    assert [[len(sentence.citations) for sentence in sentences] for sentences in told] == [[], [], [], [], [1], []]


@pytest.mark.parametrize("piece", ["!!!!", "over ", "。。", "   ", "[1] ", "\n\n", "\n \n", "\t", "["])
def test_a_reply_of_one_sign_is_taken_as_it_comes(piece: str) -> None:
    """Where each piece took time that grows with the square of all before it, this would take minutes."""
    growing = GrowingDraft(HITS)
    growing.add("Refunds take 14 days [2]. So")
    for _ in range(600):
        growing.add(piece)
    first, *rest = growing.end()
    assert (first.text, len(rest)) == ("Refunds take 14 days.", 1)


CARDS = "\n".join(
    f"Name: {name}; Maker: {maker}; Memory (GB): {memory}; Power (W): {power}"
    for name, maker, memory, power in (
        ("V100", "Nvidia", 32, 300),
        ("A100", "Nvidia", 80, 400),
        ("H20", "Nvidia", 96, 400),
    )
)


@pytest.mark.parametrize(
    ("draft", "verdicts"),
    [
        ("The A100 has 80 GB of memory [1]. It draws 400 W of power [1].", "supported supported"),
        ("The A100 has 80 GB of memory [1]. It draws 300 W of power [1].", "supported unsupported"),
        ("**A100**\n- Power: 300 W [1]\n- Memory: 80 GB [1]", "leading unsupported supported"),
    ],
)
def test_what_a_sentence_is_about_tells_its_row(draft: str, verdicts: str) -> None:
    assert [one.verdict.value for one in bind(draft, [make_hit(CARDS)])] == verdicts.split()


def test_a_question_tells_the_row_of_a_sentence_without_a_subject() -> None:
    growing = GrowingDraft([make_hit(CARDS)], "How much power does the A100 draw?")
    growing.add("It draws 400 watts [1].")
    (sentence,) = growing.end()
    assert sentence.verdict is Verdict.SUPPORTED and sentence.citations[0].quote.startswith("Name: A100")


@pytest.mark.parametrize(
    ("draft", "verdict"),
    [
        ("Yes, refunds are paid within 14 days [2].", Verdict.SUPPORTED),
        ("Important: refunds are paid within 14 days [2].", Verdict.SUPPORTED),
        ("14 days [2].", Verdict.QUOTED),
        ("The documents do not say who pays.", Verdict.LEADING),
        ("Refunds in cash are not mentioned in the policy documents [2].", Verdict.LEADING),
        ("Refunds in cash are not included in the provided documents [2].", Verdict.LEADING),
        ("Great question!", Verdict.LEADING),
        ("Bobby pays refunds within 14 days [2].", Verdict.PARTLY),
    ],
)
def test_words_that_models_open_with_are_no_names(draft: str, verdict: Verdict) -> None:
    assert bind(draft, HITS)[0].verdict is verdict


@pytest.mark.parametrize(
    ("draft", "declined"),
    [
        ("The documents do not mention the fee.", True),
        ("The documents do not mention the fee. Refunds are paid within 14 days.", False),
        ("The documents do not mention the fee. Ask the mayor of Springfield.", True),
    ],
)
def test_a_draft_declines_only_if_it_says_nothing_else(draft: str, declined: bool) -> None:
    growing = GrowingDraft(HITS)
    growing.add(draft)
    assert growing.declines() is declined


@pytest.mark.parametrize("marker", [" [1]", ""])
def test_what_is_not_in_a_kind_of_documents_is_a_claim_that_is_checked(marker: str) -> None:
    hit = make_hit("Parking is included in the contract. Keep the contract documents.")
    (sentence,) = bind(f"Parking is not included in the contract documents{marker}.", [hit])
    assert sentence.verdict is (Verdict.PARTLY if marker else Verdict.UNSUPPORTED)
    assert bool(sentence.citations) == bool(marker)


def test_a_statement_without_its_condition_is_partly_supported() -> None:
    quote = "Parcels are delivered the same day if they are ordered by 10:30."
    (without,) = bind("Parcels are delivered the same day [1].", [make_hit(quote)])
    assert (without.verdict, "if they are ordered by 10:30" in without.reason) == (Verdict.PARTLY, True)
    growing = GrowingDraft([make_hit(quote)], "When do parcels come that are ordered by 10:30?")
    growing.add("Parcels are delivered the same day [1].")
    assert growing.end()[0].verdict is Verdict.QUOTED


def test_neighbouring_lines_count_as_one_place() -> None:
    towns = "Linz Graz Wels Steyr Enns Hallein Villach".split()
    hit = make_hit("\n".join(["The bus stops in these towns:", *(f"- {town}" for town in towns)]))
    (sentence,) = bind(f"The bus stops in {', '.join(towns[:-1])} and {towns[-1]} [1].", [hit])
    assert sentence.verdict is Verdict.SUPPORTED
    assert towns[-1] in sentence.citations[-1].quote


def test_what_holds_a_number_is_quoted_before_what_adds_a_word() -> None:
    text = (
        "They go to the depot for 21 days and can be fetched from there. Parcels in the depot count as stored. "
        "For small shops the period is 9 days. Then they are sold within a week."
    )
    (kept,) = bind("Sold parcels stay in the depot for 21 days, or 9 days for small shops [1].", [make_hit(text)])
    assert "21 days" in kept.citations[0].quote


def test_what_denies_a_word_is_quoted_too() -> None:
    hit = make_hit("Canoes and kayaks are hired at the pier. Life vests are sold there. Canoes are not insured.")
    (sentence,) = bind("Canoes and kayaks of the pier are insured [1].", [hit])
    assert sentence.verdict is Verdict.PARTLY
    assert "not insured" in sentence.reason


@pytest.mark.parametrize(
    ("sentence", "cited", "verdict"),
    [
        ("Rinse the pot with cold water.", "The pot is rinsed with cold water.", Verdict.SUPPORTED),
        ("Everybody rinses the pot with cold water.", "The pot is rinsed with cold water.", Verdict.SUPPORTED),
        ("Vienna rinses the pot with cold water.", "The pot is rinsed with cold water.", Verdict.PARTLY),
        (
            "Guests pay for tents and bikes are lent.",
            "Tents have to be paid; lending of bicycles goes on.",
            Verdict.SUPPORTED,
        ),
        ("Children took the keys and hid them.", "A child takes keys to hide them there.", Verdict.SUPPORTED),
        ("Campfires are prohibited.", "Campfires are banned near the tents.", Verdict.SUPPORTED),
        ("Campfires are allowed.", "Campfires are banned near the tents.", Verdict.PARTLY),
        ("The lift carries nine persons.", "The lift carries up to nine persons.", Verdict.PARTLY),
        ("The gate is shut because of wolves.", "The gate is shut.", Verdict.PARTLY),
        ("Dim the lamps, then lock the door.", "Lock the door and dim the lamps.", Verdict.PARTLY),
        ("Engine B is cooled by sea water.", "Engine B is red. Engine D is cooled by sea water.", Verdict.PARTLY),
    ],
)
def test_instructions_limits_reasons_and_siblings(sentence: str, cited: str, verdict: Verdict) -> None:
    assert verify(sentence, [cited])[0] is verdict
