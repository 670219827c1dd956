"""Choosing sentences, and knowing when none answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.amounts import in_reach, measures, quantities
from rag.answertype import answering_heading, asked_type, defining, has_type, labelled, turning_heading
from rag.around import with_antecedents, with_headings
from rag.confidence import confidence
from rag.datatypes import Block, Document, Hit, Page, Passage
from rag.extract import Pick, leads_elsewhere, pick_sentences
from rag.fit import MEANT, Asked, part_asked
from rag.lists import names_cell
from rag.sentences import sentence_spans
from rag.text import coverage, rarities, words


def make_hit(text: str, cosines: tuple[float, ...], rank: int = 1, score: float = 0.6, cosine: float = 0.5) -> Hit:
    spans = tuple(sentence_spans(text))
    passage = Passage(f"p{rank}", "d", "a.txt", "", rank, 0, len(text), text, sentences=spans)
    return Hit(passage, rank, score, 1, cosine, 1, 3.0, cosines)


def ask(question: str, *hits: Hit, limit: int = 3) -> list[str]:
    return [pick.text for pick in pick_sentences(question, hits, rarities(question, {}, 10), limit)]


@pytest.mark.parametrize(
    ("question", "kind", "holds", "lacks"),
    [
        ("Combien de voix faut-il ?", "number", "Il faut trois voix.", "Il faut la majorité."),
        ("Quel est le délai de retour ?", "number", "Sous quinze jours.", "Dès que possible."),
        ("¿Cuánta agua lleva la masa?", "number", "Lleva dos vasos.", "Lleva la de la jarra."),
        ("¿Qué edad hace falta?", "number", "Desde los doce años.", "Ser mayor."),
        ("Was kosten Leihräder?", "number", "Sie sind kostenlos.", "Sie stehen am Tor."),
        ("Um wie viel Uhr schließt das Tor?", "date", "Um 19 Uhr.", "Am Abend schließt es."),
        ("Quand ferme la serre ?", "date", "La serre ferme à 18 h.", "La serre ferme tôt."),
        ("À quelle heure part le car ?", "date", "Il part à midi.", "Il part à l'heure."),
        ("¿Desde cuándo rige la norma?", "date", "Rige desde mayo.", "Rige sin plazo."),
        ("¿Cuándo se riega?", "date", "Se riega los jueves.", "Se riega a menudo."),
        ("Wer hat den Schlüssel?", "name", "Den hat Berta.", "den hat niemand."),
        ("Qui garde la clé ?", "name", "La clé est chez Odile.", "La clé est dans la serre."),
        ("D'où vient l'eau ?", "name", "Elle vient du Lignon.", "Elle vient du puits."),
        ("¿Dónde se guarda la llave?", "name", "Se guarda en Correos.", "Se guarda en casa."),
    ],
)
def test_what_is_asked_for_is_known_in_four_languages(question: str, kind: str, holds: str, lacks: str) -> None:
    assert asked_type(question) == kind
    assert has_type(kind, holds, set(words(question))) == 1 and has_type(kind, lacks, set(words(question))) == 0


@pytest.mark.parametrize(
    "question",
    [
        "Que faire quand la serre est fermée ?",
        "¿Qué pasa cuando llueve o nieva?",
        "Quelles plantes qui grimpent sont permises ?",
        "Faut-il arroser ou tailler ?",
        "¿Qué hacer en cuanto a la llave?",
    ],
)
def test_what_joins_clauses_asks_for_nothing(question: str) -> None:
    assert asked_type(question) == ""


def test_the_number_of_a_clause_is_no_number() -> None:
    told = make_hit("8.4 We end it by an order of the court.\n8.1 You end it by four weeks of notice.", (0.5, 0.5))
    assert ask("How much notice ends it?", told)[0].startswith("8.1")
    assert Asked("How much water is it?").type_in("2.5 litres of it.") == 1


def test_once_and_mayo_are_no_number_and_no_month_of_english() -> None:
    assert not has_type("number", "Once it is dry, use media of any kind in DOS or MIL form.", set())
    assert not has_type("date", "Add mayo and a midi cup.", set()) and has_type("date", "El 3 de mayo.", set())


def test_the_sentence_of_the_asked_type_wins() -> None:
    hit = make_hit("The bridge was opened by the queen. The bridge was opened in 1937.", (0.5, 0.5))
    assert ask("When was the bridge opened?", hit)[0] == "The bridge was opened in 1937."
    assert asked_type("How many cats?") == "number"
    assert asked_type("Since what year?") == "date"
    assert asked_type("Whose idea was it?") == "name"
    assert asked_type("Why is it red?") == ""


def test_a_sentence_is_quoted_once_and_far_ones_not_at_all() -> None:
    twice = make_hit("Refunds take 14 days.", (0.8,)), make_hit("Refunds take 14 days.", (0.8,), rank=2)
    far = make_hit("The canteen serves soup.", (0.0,), rank=3, score=0.1, cosine=0.0)
    assert ask("How long do refunds take?", *twice, far) == ["Refunds take 14 days."]


def test_a_question_in_the_source_is_not_an_answer() -> None:
    hit = make_hit("How long do refunds take? Refunds take 14 days. Refunds take:", (0.9, 0.8, 0.8))
    assert ask("How long do refunds take?", hit)[0] == "Refunds take 14 days."


def test_a_code_is_not_a_longer_code() -> None:
    hit = make_hit("Item: Barque-H100-8; Price: 28.80\nItem: Barque-H100; Price: 3.65", (0.62, 0.6))
    assert ask("What is the price of a Barque-H100?", hit)[0] == "Item: Barque-H100; Price: 3.65"


@pytest.mark.parametrize(
    ("question", "rows", "first"),
    [
        ("What does the Orbis One cost?", "Model: Orbis One Max; Price: 629\nModel: Orbis One; Price: 449", "449"),
        ("How many books with a Team licence?", "Licence: Solo; Books: Team of 1\nLicence: Team; Books: 20", "20"),
        ("Who drives the mobile library?", "Branch: Mobile library; Mon: none\nBranch: Van; Driver: Mr Gill", "Gill"),
    ],
)
def test_a_row_that_is_named_comes_before_one_named_otherwise(question: str, rows: str, first: str) -> None:
    assert first in ask(question, make_hit(rows, (0.61, 0.6)))[0]


@pytest.mark.parametrize(
    ("question", "text", "gain"),
    [
        ("Into how many parts may it be divided?", "It may be taken in up to three parts.", 1.5),
        ("How many books may I borrow?", "A member has 12 large print books at most.", 1.5),
        ("How many books may I borrow?", "Two weeks are the rule for books.", 0.0),
        ("How many per cent is it?", "It is 4p per mile.", 0.0),
        ("Wie viele Beete darf ich haben?", "Erlaubt sind zwei Beete.", 1.5),
        ("Combien d'arrosoirs y a-t-il ?", "Le jardin a douze arrosoirs.", 1.5),
        ("¿Cuántas regaderas hay?", "El huerto tiene doce regaderas.", 1.5),
        ("How many does it take?", "It takes 12 of them.", 0.0),
    ],
)
def test_a_number_of_what_is_counted_counts_it(question: str, text: str, gain: float) -> None:
    assert Asked(question).fits(text, "") == gain


def test_a_row_may_be_named_without_a_label() -> None:
    asked = Asked("What does the Orbis One cost?")
    assert asked.fits("Orbis One; Price: 449; Weight: 3", "") == asked.fits("Model: Orbis One; Price: 449", "") == 1
    assert Asked("What costs 101?").fits("Model: 101; Price: 5", "") == 0, "a number may be anything's"


def test_a_sum_is_not_what_is_named() -> None:
    asked = Asked("Total spent on ink in May")
    assert asked.fits("Line: Ink; May: 20", "") == 1
    assert asked.fits("Line: Total spent; May: 50", "") == MEANT, "a sum is asked for, but not named by its words"


def test_a_letter_is_a_name_too() -> None:
    hit = make_hit("Building: B; Code: 2121\nBuilding: A; Code: 4711", (0.62, 0.6))
    assert ask("What is the code of building A?", hit)[0] == "Building: A; Code: 4711"


def test_rows_of_what_is_counted_are_no_count() -> None:
    hit = make_hit("Flat: 1A; Rent: 610\nFlat: 1B; Rent: 640\nThe house has 14 flats.", (0.6, 0.6, 0.5))
    assert ask("How many flats are there?", hit)[0] == "The house has 14 flats."
    hit = make_hit("Office: Bonn; Employees: 1,200\nEmployees are people with a contract.", (0.5, 0.6))
    assert ask("How many employees does the office in Bonn have?", hit)[0] == "Office: Bonn; Employees: 1,200"
    hit = make_hit("House: North; Flats: 14\nThe houses were built in 1937 with flats.", (0.5, 0.6))
    assert ask("How many flats does house North have?", hit)[0] == "House: North; Flats: 14"


def test_rows_about_something_else_are_not_quoted() -> None:
    rows = "Name: Ada; Role: astronomer\nName: Ida; Role: cook\nName: Ola; Role: cook"
    hit = make_hit(rows, (0.5, 0.6, 0.5))
    assert ask("What is the role of Ida?", hit) == ["Name: Ida; Role: cook"]
    assert ask("Who has the role of a cook?", hit) == ["Name: Ida; Role: cook", "Name: Ola; Role: cook"]
    prose = make_hit("Ida was the cook here. She baked the bread, too.", (0.6, 0.5))
    assert len(ask("What did Ida bake?", prose)) == 2


def test_words_that_the_title_says_already_tell_less() -> None:
    hit = make_hit("This dryer is rather quiet. This sieve is washable.", (0.5, 0.5))
    titled = replace(hit, passage=replace(hit.passage, title="Dryer: a manual"))
    assert ask("What of the dryer's sieve?", hit)[0] == "This dryer is rather quiet."
    assert ask("What of the dryer's sieve?", titled)[0] == "This sieve is washable."


def test_what_a_follow_up_puts_in_matters_most() -> None:
    hit = make_hit("Category: Full; Membership fee: £324\nCategory: Family; Membership fee: £560", (0.7, 0.4))
    question = "How much is the fee for full membership? (a family)"
    rarity = rarities(question, {}, 10)
    first, second = (pick_sentences(question, [hit], rarity, 3, meant)[0].text for meant in ({}, {"famili": 1.0}))
    assert "Full" in first and "Family" in second


def test_a_number_that_no_passage_holds_makes_doubtful() -> None:
    hit = make_hit("Building A used 1,200 kilowatt hours in 2023.", (0.3,))
    rarity = rarities("How many kilowatt hours did building A use", {}, 10)
    sure, unsure = (
        confidence(f"How many kilowatt hours did building A use in {y}?", [hit], rarity) for y in (2023, 2022)
    )
    assert sure > 2 * unsure
    assert confidence("Who used 1200 kilowatt hours?", [hit], rarity) == pytest.approx(sure)


def test_a_month_that_the_best_passage_lacks_is_no_missing_name() -> None:
    hit = make_hit("Mr Greaves came to inspect the damage.", (0.6,))
    rarity = rarities("Who came to inspect the damage", {}, 10)
    with_month = confidence("Who came to inspect the damage in October?", [hit], rarity)
    assert with_month == confidence("Who came to inspect the damage?", [hit], rarity)
    for name in ("Perth", "RX-7800", "Sunday-School"):
        assert with_month > confidence(f"Who came to inspect the damage in {name}?", [hit], rarity)


@pytest.mark.parametrize(
    ("asked", "told", "doubted"),
    [
        ("Boat D", "Boat A and Boat B are moored here.", True),
        ("Boat D", "Boat: A; Length: 9 m\nBoat: D; Length: 8 m", False),
        ("Boat D", "Boats A, B and D are moored here.", False),
        ("Boat D", "A boat is moored here.", False),
        ("Boat D", "Boats A to F are moored here.", False),
        ("Boat D", "Boat A is. Every boat (A, B, C or D) is moored here.", False),
        ("level 7", "Level 1 and Level 3 are moored here.", True),
        ("level 2", "Levels 1 to 3 are moored here.", False),
        ("May 7", "On May 1 and May 3 it is moored here.", False),
    ],
)
def test_a_sibling_of_what_is_asked_for_is_another_thing(asked: str, told: str, *, doubted: bool) -> None:
    hit = make_hit(told, (0.9,) * len(sentence_spans(told)))
    sure, plain = (
        confidence(f"How is {name} moored?", [hit], rarities("How is it moored?", {}, 10)) for name in (asked, "it")
    )
    assert (sure < plain - 0.1) is doubted


@pytest.mark.parametrize(
    ("question", "told", "doubted"),
    [
        ("Who is the deputy safety officer?", "The safety officer is Pim Aldous.", True),
        ("Who is the safety officer?", "The safety officer is Pim Aldous.", False),
        ("Who is responsible for deputy officers?", "The officer is Pim Aldous.", False),
        ("Who was the deputy who left?", "The officer who left is Pim Aldous.", False),
        ("Who were the first kings to mint coins?", "Coins of these rulers are old.", False),
        ("How much is the parking permit?", "The permit costs 9 euros.", True),
        ("How much is the parking permit?", "Parking costs 9 euros with a permit.", False),
        ("How much does it cost to park?", "The permit costs 9 euros.", False),
        ("How much is a single day ticket?", "A day ticket costs 9 euros.", False),
        ("How much are two permits?", "The permit costs 9 euros.", False),
        ("How much is the new annual fee?", "The annual fee rises to 9 euros.", False),
        ("By how much did sea levels rise?", "The levels went up by 9 metres.", False),
        ("What is the default of max_connections?", "Setting: max_upload; Connections: 3; Default: 0", True),
        ("What is the default of max_connections?", "Setting: MAX_CONNECTIONS; Default: 0", False),
        ("What is the default of maxConnections?", "Setting: maxUpload; Connections: 3; Default: 0", True),
    ],
)
def test_a_part_of_what_is_asked_about_is_not_it(question: str, told: str, *, doubted: bool) -> None:
    hit, rarity = make_hit(told, (0.9,)), rarities("Is it told of?", {}, 10)
    plain = confidence("Is it told of?", [hit], rarity)
    assert (confidence(question, [hit], rarity) < plain - 0.02) is doubted


def test_a_related_word_of_what_is_asked_about_will_do() -> None:
    hit, rarity = make_hit("The yearly fee is 9 euros.", (0.6,)), rarities("Is it told of?", {}, 10)
    related = {"annual": {"yearli": 0.8}}
    far, near = (confidence("How much is the annual fee?", [hit], rarity, related=known) for known in ({}, related))
    assert near > far + 0.1


def test_a_row_of_others_is_doubted_where_a_name_is_missing() -> None:
    row, prose = (
        make_hit("Plan: Basic; Dental care: 40 %", (0.9,)),
        make_hit("The plan pays 40 % of dental care.", (0.9,)),
    )
    rarity = rarities("How much of dental care does the plan pay?", {}, 10)
    in_row, in_prose = (confidence("How much dental care pays the Gold plan?", [hit], rarity) for hit in (row, prose))
    assert in_row < in_prose


def test_the_row_with_the_number_of_a_thing_goes_before_others_that_hold_it() -> None:
    rows = "\n".join(f"Level: {n}; Age: {n + 3}–{n + 4}; Goal: swim {n} m" for n in range(1, 6))
    assert ask("What is the goal of level 5?", make_hit(rows, (0.5,) * 5))[0].startswith("Level: 5")
    assert ask("Which level is for children aged 5?", make_hit(rows, (0.5,) * 5))[0].startswith("Level: 1")


def test_what_is_not_so_is_told_from_what_is() -> None:
    hit = make_hit("Fee: Berth, roofed; Amount: 30\nFee: Berth, not roofed; Amount: 20", (0.6, 0.6))
    assert "20" in ask("What does a berth that is not roofed cost?", hit)[0]


def test_the_unit_behind_a_label_is_no_part_of_the_name() -> None:
    hit = make_hit("Property: Weight of the box, kg; Boat A: 3\nProperty: Weight, kg; Boat A: 90", (0.62, 0.6))
    assert "90" in ask("What is the weight of Boat A?", hit)[0]


def test_a_table_under_a_heading_that_is_asked_for_is_quoted_whole() -> None:
    text = "No: 1; Name: Ada; Built: 1931\nNo: 2; Name: Bee; Built: 1940"
    hit = replace(
        make_hit(text, (0.5, 0.5)), passage=replace(make_hit(text, ()).passage, heading="Harbour > Rented boats")
    )
    assert ask("List the rented boats.", hit) == [text]
    assert len(ask("Which rented boats were built in 1940?", hit)[0].split("\n")) == 1


def test_a_table_that_bears_the_name_of_what_is_asked_for_is_quoted_whole() -> None:
    text = "Code: F1; Meaning: no flame\nCode: F2; Meaning: a fault, code kept"
    hit = replace(make_hit(text, (0.5, 0.5)), passage=replace(make_hit(text, ()).passage, heading="Fault codes"))
    assert ask("What are the fault codes?", hit) == [text]


def test_lines_that_lead_to_other_pages_are_told() -> None:
    def leads(text: str, heading: str) -> bool:
        return leads_elsewhere(replace(make_hit(text, ()).passage, heading=heading, page=2))

    entries = "1 Boats 4\n1.1 Hire 5\nAppendix"
    assert not leads(entries, "Contents") and leads(f"{entries} 9", "Guide > Contents")
    assert leads("anchor 9, 3\nberth 14\nmooring . . . 6, 14", "Guide > Index")
    assert not leads(f"{entries} 9", "Prices")
    assert not leads("Berths 154\nAnchors 127\nMoorings 133", "Index")
    assert not leads_elsewhere(replace(make_hit(f"{entries} 9", ()).passage, heading="Contents"))


def test_limit_and_empty() -> None:
    hit = make_hit("Red is one. Red is two. Red is three. Red is four.", (0.5,) * 4)
    assert len(ask("Which number is red?", hit, limit=2)) == 2
    assert ask("Anything?") == []


def test_rare_words_count_more() -> None:
    rarity = rarities("common rare", {"common": 9, "rare": 1}, 10)
    assert rarity["rare"] > rarity["common"] > 0
    assert coverage({"rare"}, rarity) > 0.5 > coverage({"common"}, rarity)
    assert coverage(set(), {}) == 0


def test_confidence_rises_with_support() -> None:
    rarity = rarities("How long do refunds take?", {}, 10)
    good = make_hit("Refunds take 14 days.", (0.8,), cosine=0.8)
    bad = make_hit("The canteen serves soup.", (0.1,), cosine=0.1)
    assert confidence("How long do refunds take?", [good], rarity) > 0.9
    assert confidence("How long do refunds take?", [bad], rarity) < 0.1
    assert confidence("How long do refunds take?", [], rarity) == 0


def test_confidence_is_measured_otherwise_where_the_model_does_not_know_the_language() -> None:
    def sure(cosine: float, own_words: float, text: str = "Die Rückgabe dauert 14 Tage.") -> float:
        question = "Wie lange dauert die Rückgabe?"
        return confidence(question, [make_hit(text, (cosine,))], rarities(question, {}, 10), (), own_words)

    assert sure(0.3, 0.4) > sure(0.3, 1.0) + 0.1
    assert sure(0.9, 0.0) == sure(0.1, 0.0) > 0.5 > sure(0.9, 0.0, "Die Suppe ist warm.")


def test_a_word_in_no_document_lowers_it_where_no_related_words_are_known() -> None:
    def sure(question: str, *unknown: str) -> float:
        return confidence(question, [make_hit("Das Beet kostet 9 €.", (0.5,))], rarities(question, {}, 10), unknown)

    assert sure("Was kostet das Beet im Sommer?", "Sommer") < sure("Was kostet das Beet im Sommer?") - 0.05
    assert sure("Ist das Beet im Sommer erlaubt?", "erlaubt") == sure("Ist das Beet im Sommer erlaubt?")
    assert sure("What does the Beet cost?", "cost") == sure("What does the Beet cost?")


def picks_of(text: str, *places: int) -> list[Pick]:
    """Return the sentences of a text at these places as picks of one passage."""
    hit = make_hit(text, ())
    return [Pick(hit, *hit.passage.sentences[place], 1.0) for place in places]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("The hall is old. It seats 90.", "The hall is old. It seats 90."),
        ("The view has no depth. This means that it may turn either way.", None),
        ("Das Dach ist alt. Deshalb wird es erneuert.", None),
        ("The hall is old. The hall seats 90.", "The hall seats 90."),
        ("The hall is old. This policy is for the hall.", "This policy is for the hall."),
        ("The hall is old.\nIt seats 90.", "It seats 90."),
        ("The hall is old. IT support is upstairs.", "IT support is upstairs."),
        ("The hall is old. Those who are late wait.", "Those who are late wait."),
        ("The hall is old. It is forbidden to smoke.", "It is forbidden to smoke."),
        ("The hall is old. Ella Brandt runs it.", "Ella Brandt runs it."),
        (f"The hall is {'very ' * 150}old. It seats 90.", "It seats 90."),
        ("Hall: old; Seats: 80\nIt: new; Seats: 90", "It: new; Seats: 90"),
    ],
)
def test_a_sentence_that_leans_on_the_one_before_is_quoted_with_it(text: str, quoted: str | None) -> None:
    assert [pick.text for pick in with_antecedents(picks_of(text, 1))] == [quoted or text]


def test_no_sentence_is_quoted_twice_for_another_that_leans_on_it() -> None:
    text = "The hall is old. It seats 90. It has a stage."
    assert [pick.text for pick in with_antecedents(picks_of(text, 1, 0))] == ["It seats 90.", "The hall is old."]
    assert [pick.text for pick in with_antecedents(picks_of(text, 2, 1))] == [
        "It has a stage.",
        "The hall is old. It seats 90.",
    ]


def test_a_page_of_contents_or_without_words_does_not_speak() -> None:
    asked, told = "Where is the terminal?", make_hit("The terminal is on the left.", (0.8,))

    def on_page(page: int, text: str, heading: str) -> Hit:
        hit = make_hit(text, (0.5,), rank=page)
        return replace(hit, passage=replace(hit.passage, page=page, heading=heading), evidence=5.0)

    first = on_page(9, told.passage.text, "Terminals")
    assert ask(asked, first, on_page(3, "4.1 Terminal 9", "Contents"), on_page(4, ".", "Rest")) == [told.passage.text]
    assert len(ask(asked, first, on_page(3, "The terminal is grey.", "Looks"))) == 2
    assert ask("Terminal 9", on_page(3, "4.1 Terminal 9", "Contents")) == ["4.1 Terminal 9"], "where there is no other"
    box = on_page(2, "Small parts such as screws and clips lie in a bag.", "Contents")  # of a box
    said = ask("Where do screws and clips lie?", box, on_page(5, "Pull the plug during a thunderstorm.", "Safety"))
    assert said[0] == box.passage.text


def test_a_heading_is_quoted_where_it_says_what_is_asked_for() -> None:
    text = "[2.1.0] – 2025-11-20\n\nAdded\n\nLogin in two steps. It is off by default."
    start = text.index("Login")
    spans = tuple((a + start, b + start) for a, b in sentence_spans(text[start:]))
    trail = "Changes > [2.1.0] – 2025-11-20 > Added"
    passage = Passage("p", "d", "log.md", "", 0, start, len(text), text[start:], trail, page=7, sentences=spans)
    pick = Pick(Hit(passage, 1, 0.6), *spans[0], 1.0)
    pages = Page(6, None, 0, start - 10), Page(7, None, start - 10, len(text))
    heads = [(text.index(head), text.index(head) + len(head)) for head in trail.split(" > ")[1:]]
    blocks = tuple(Block("heading", start, end, level) for level, (start, end) in enumerate(heads, 2))
    document = Document("d", "log.md", "", "md", text, blocks, pages=pages)

    def quoted(question: str) -> list[str]:
        return [said.text for said in with_headings(question, [pick, pick], lambda _: document)]

    told = ["[2.1.0] – 2025-11-20", "Login in two steps.", "Login in two steps."]
    assert quoted("When did login in two steps come?") == told
    assert quoted("Which version brought login in two steps?") == told
    assert quoted("How does login work?") == told[1:]
    above = with_headings("When did it come?", [pick], lambda _: document)[0]
    assert text[above.start : above.end] == above.text
    assert above.hit.passage.page_at(above.start)[0] == 6 != pick.hit.passage.page
    assert above.hit.passage.heading == "Changes"


def test_words_like_a_heading_are_none() -> None:
    text = "1998\n\nSome 1998 visitors came. They saw the pool close."
    start = text.index("They")
    passage = Passage("p", "d", "a.md", "", 0, start, len(text), text[start:], "1998", sentences=((start, len(text)),))
    pick, blocks = Pick(Hit(passage, 1, 0.6), start, len(text), 1.0), (Block("heading", 0, 4, 1),)
    document = Document("d", "a.md", "", "md", text, blocks)
    assert with_headings("When did the pool close?", [pick], lambda _: document)[0].start == 0


@pytest.mark.parametrize(
    ("question", "text", "trail", "heading"),
    [
        ("When was the pool closed?", "It was closed for good.", "What tenants may do", ""),
        ("When was the pool closed?", "It was closed, and it may open again.", "1998", "1998"),
        ("When was the pool closed?", "It was closed for good.", "May 2019", "May 2019"),
        ("Which section deals with refunds?", "Refunds take a week.", "7 Money > One-off payments", "7 Money"),
        ("Which version brought exports?", "Version 3.2 brought exports.", "Notes 2021", ""),
        (
            "Which section deals with parking?",
            "The yard is shut.",
            "Annex B – Parking > What I learned",
            "Annex B – Parking",
        ),
        ("Which chapter is about dogs?", "Dogs are kept on a lead.", "Handbook 2024", ""),
        ("What does article W-118 cost?", "It is cheap.", "3 Price list", ""),
    ],
)
def test_which_heading_answers(question: str, text: str, trail: str, heading: str) -> None:
    assert answering_heading(question, text, trail) == heading


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What is PUMPKIN SOUP?", "It is a soup for cold days."),
        ("Why was invoice 24 wrong?", "The Sunday rate was used by mistake."),
        ("What does the table of torques say?", "The torques are low."),
    ],
)
def test_what_says_nothing_new_is_no_answer(question: str, first: str) -> None:
    hit = make_hit(
        "PUMPKIN SOUP\nIt is a soup for cold days.\nSubject: Re: Invoice 24 wrong\nThe Sunday rate was used by mistake.\n"
        "Table 2: Torques\nThe torques are low.",
        (0.6,) * 6,
    )
    assert ask(question, hit)[0] == first


@pytest.mark.parametrize(
    "greeting",
    [
        "Dear Mr. and Mrs Kirkbride,",
        "Dear Sir or Madam:",
        "Sehr geehrte Frau Kirkbride,",
        "Chère Madame,",
        "Kind regards",
    ],
)
def test_a_greeting_is_no_answer(greeting: str) -> None:
    hit = make_hit(f"{greeting}\nOfficer in charge: Ms Stannard", (0.7, 0.4))
    for question in ("Who has the file of the Kirkbrides?", "Wer hat die Akte der Kirkbrides?"):
        assert ask(question, hit)[0] == "Officer in charge: Ms Stannard"
    jackets = make_hit("Hi-vis jackets must be worn in the yard at all times!\nThe yard is in the north.", (0.6, 0.5))
    assert ask("What must be worn in the yard?", jackets)[0].startswith("Hi-vis")


def test_contents_and_references_are_no_answers() -> None:
    listed, said = (
        make_hit("7 Software update 10", (0.6,)),
        make_hit("A software update takes an hour.", (0.5,), rank=2),
    )
    under = replace(listed, passage=replace(listed.passage, heading="Manual > Table of Contents"))
    assert ask("What about a software update?", under, said)[0] == "A software update takes an hour."


def test_a_contradiction_in_another_document_is_shown() -> None:
    old = make_hit("Response time is eight hours for faults.", (0.9,))
    new = make_hit("Response time is four hours for faults.", (0.3,), rank=2, score=0.2, cosine=0.3)
    new = replace(new, passage=replace(new.passage, document_id="e"))
    alike = replace(new, passage=replace(new.passage, document_id="d"))
    assert len(ask("What is the response time?", old, new)) == 2
    assert len(ask("What is the response time?", old, alike)) == 1
    assert len(ask("Is the response time eight hours?", old, new)) == 1, "the figure is given"
    near = replace(new, score=old.score, dense_score=old.dense_score, sentence_scores=old.sentence_scores)
    assert len(ask("What is the response time?", old, near)) == 2, "each of them once"


def test_what_a_question_counts_is_wanted_as_it_is_written() -> None:
    rows = "Name: Heron; Rating: 3 seasons\nName: Gannet; Rating: 4 seasons"
    assert (
        ask("Which tents are rated for 4 seasons?", make_hit(rows, (0.9, 0.3)))[0] == "Name: Gannet; Rating: 4 seasons"
    )


def test_a_question_at_the_end_of_a_letter_does_not_lead_to_its_signature() -> None:
    hit = make_hit("We like slate.\nMay we keep the slate sink?\n\nKind regards\nTobias", (0.3, 0.9, 0.1, 0.1))
    assert not any("regards" in said for said in ask("Who keeps the sink?", hit))


@pytest.mark.parametrize(
    ("question", "meant", "others"),
    [
        ("What is the topic in week 9?", "Week: 9; Topic: Peat", ["Week: 19; Topic: Clay", "Week: 9.5; Topic: Clay"]),
        ("What is done in week nine?", "Term: 1; Week no.: 9", ["Term: 9; Week no.: 1"]),
        ("Leave with more than ten years?", "Years: more than 10; Days: 31", ["Years: 6 to 10; Days: 29"]),
        ("How many gaps of 3 to 6 m?", "Width: 3–6; Gaps: 54", ["Width: 3–60; Gaps: 1", "Width: 6–10; Gaps: 38"]),
        ("How fast is Priority 3?", "Priority 3: next working day.", ["4. Priority 1: 15 minutes.", "Priority 30: no"]),
        ("What was the mean in 2024?", "Year: 2024; Mean: 3.4", ["Year: 2023; Mean: 3.3", "In 2024 the mean was 3."]),
        ("What did we pay in all?", "Line: OUT, Subtotal rent; Paid: 5", ["Line: OUT, Rent; Paid: 5", "It totals 5."]),
        ("Which races are in July?", "Date: 2026-07-11; Race: Cup", ["Date: 2026-06-20; Race: Row", "No. 07-11"]),
        ("Which races are in May and July?", "Am 11.7.2026", ["Am 7.11.2026", "Am 11.7", "Am 11.17.2026"]),
        ("What if I pay within 30 days?", "Pay in 30 days.", ["Pay in 130 days.", "Pay in 30 hours."]),
    ],
)
def test_quantities_are_found_however_they_are_written(question: str, meant: str, others: list[str]) -> None:
    assert any(pattern.search(meant) for pattern in quantities(question))
    assert not any(pattern.search(other) for pattern in quantities(question) for other in others)


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        ("Days before departure: 56 to 29; Charge: 40 %", False),
        ("Days before departure: 28 to 15; Charge: 60 %", True),
        ("Days before departure: fewer than 30; Charge: all", True),
        ("Price: 10 to 30; Days: 3", False),
    ],
)
def test_a_range_may_have_its_unit_in_the_label_and_its_end_first(row: str, *, reached: bool) -> None:
    found = measures("What is kept 20 days before departure?")
    assert any(in_reach(*measure, row) for measure in found) is reached


def test_a_small_word_before_a_number_is_no_name_of_it() -> None:
    assert quantities("What do the two have?") == [] == quantities("Is there any in 3?")


def test_a_number_word_in_letters_of_old_print_is_no_error() -> None:
    assert quantities("Do more than ſix people need a room?")


def test_the_row_with_the_number_that_is_asked_for_comes_first() -> None:
    rows = "Week: 1; Topic: What is soil?\nWeek: 2; Topic: Peat\nWeek: 3; Topic: Clay"
    found = ask("What is the topic of week 3 of the soils course?", make_hit(rows, (0.6, 0.5, 0.5)))
    assert found[0] == "Week: 3; Topic: Clay"


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("last boat from Rye to Lunga on Friday", "Rye, last boat; Fri: 21:20; Sat: 20:00"),
        ("last boat from Lunga to Rye on Friday", "Lunga, last boat; Fri: 22:15; Sat: 20:30"),
        ("last boat to Rye on Friday", "Lunga, last boat; Fri: 22:15; Sat: 20:30"),
        ("last boat to Lunga on Friday", "Rye, last boat; Fri: 21:20; Sat: 20:00"),
    ],
)
def test_a_row_is_of_the_way_that_its_heading_names(question: str, first: str) -> None:
    there, back = (
        make_hit("Rye, last boat; Fri: 21:20; Sat: 20:00", (0.6,)),
        make_hit("Lunga, last boat; Fri: 22:15; Sat: 20:30", (0.6,), rank=2),
    )
    headed = [
        replace(hit, passage=replace(hit.passage, heading=f"Boats > {way}"))
        for hit, way in ((there, "Rye to Lunga"), (back, "Lunga – Rye"))
    ]
    assert ask(question, *headed)[0] == first
    assert Asked("Who wrote to Rye?").fits("She wrote to Rye.", "") == 0


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Who is the landlord of the flat?", True),
        ("Wer ist der Landlord?", True),
        ("¿Quién es el landlord?", True),
        ("Quel est le landlord de la serre ?", True),
        ("Who is the landlord on the next page?", False),
        ("Who pays the landlord?", False),
    ],
)
def test_a_value_stands_behind_its_label(question: str, found: bool) -> None:
    pattern = labelled(question)
    assert bool(pattern and pattern.search("Landlord: Mrs Holloway, 5 Vicarage Gardens.")) is found
    assert not (pattern and pattern.search("Landlord: Mrs Holloway; Rent: £7")), "of a row each has that label"


@pytest.mark.parametrize(
    ("question", "heading", "found"),
    [
        ("What does section 3 say?", "House > Section 3 Bikes", True),
        ("What does section 3 say?", "House > 3. Bikes > Racks", True),
        ("What does § 3 say?", "House > Bikes > § 3", True),
        ("What does section 3 say?", "House > Section 13 Keys", False),
        ("What does section 3 say?", "House > 3.1 Keys", False),
        ("What does clause 117 say?", "Clause 117: pipe", True),
        ("Who are the 3 wardens?", "3 Bikes", False),
    ],
)
def test_a_section_is_asked_for_by_its_number(question: str, heading: str, found: bool) -> None:
    pattern = part_asked(question)
    assert bool(pattern and pattern.search(heading)) is found
    hit = make_hit("They stay outside.", (0.3,))
    headed = replace(hit, passage=replace(hit.passage, heading=heading))
    other = confidence(question, [hit], {})
    assert (confidence(question, [headed], {}) > other + 0.1) is found
    told = replace(hit, passage=replace(hit.passage, text=f"As in {question.split()[2]} {question.split()[3]}."))
    assert (confidence(question, [told], {}) > other) is (pattern is not None), "nothing has this section"


def test_a_section_may_be_a_line_of_a_passage() -> None:
    hit = make_hit("House rules\n7. Smoking is allowed on the terrace only.", (0.3, 0.3))
    there, nowhere = (confidence(f"What does rule {number} say?", [hit], {}) for number in (7, 9))
    assert there > nowhere


def test_a_question_of_signs_is_read_in_no_time() -> None:
    assert labelled("what is " + "'" * 7980 + "a!b") is None


def test_a_department_is_no_small_word() -> None:
    rows = make_hit("Department: Travel; 2026: 20000\nDepartment: IT; 2026: 52000", (0.62, 0.6))
    assert ask("What is the IT budget for 2026?", rows)[0] == "Department: IT; 2026: 52000"
    assert Asked("WHAT IS THE IT BUDGET?").codes == []


def test_rows_are_the_things_that_are_asked_for() -> None:
    rows = "Code: E07; Meaning: Paper jam\nCode: E15; Meaning: Toner empty"
    asked = [Asked("Which error codes are there?").fits(text, "") for text in (rows.split("\n")[0], "It shows a code.")]
    assert asked[0] > asked[1]
    assert Asked("When is a code shown?").fits(rows.split("\n")[0], "") == 0
    assert Asked("Which page and code is it?").things.isdisjoint({"code"}), "only what stands right behind"


def test_a_cell_that_a_question_names_makes_sure() -> None:
    text = "Supplier: Brightclean; Product: Cleaning; Phone: 040 555 0166"
    rarity = rarities("What is the phone number of Brightclean?", {}, 10)
    found, other = (
        confidence("What is the phone number of Brightclean?", [make_hit(line, (0.4,))], rarity)
        for line in (text, text.replace("Phone", "Fax"))
    )
    assert found > other
    asked = "List all suppliers", "List all suppliers of bread", "Suppliers"
    assert [names_cell(question, text, rarities(question, {}, 10)) for question in asked] == [True, False, False]


def test_the_best_sentence_is_quoted_though_its_page_is_not_the_strongest() -> None:
    best = make_hit("Open the cover and put the new one in.", (0.9,), score=0.5)
    strong = make_hit("Code: E15; Meaning: Toner empty", (0.2,), rank=2, score=0.4)
    paged = [
        replace(hit, evidence=evidence, passage=replace(hit.passage, page=page))
        for hit, page, evidence in ((best, 3, 0.0), (strong, 2, 5.0))
    ]
    assert ask("How do I put a new one in?", *paged)[0] == best.passage.text


def test_a_month_is_nobody() -> None:
    assert has_type("name", "2. Burst pipe on 26 January.", {"burst", "pipe"}) == 0
    assert has_type("name", "On 26 January Yusuf turned it off.", set()) == 1


@pytest.mark.parametrize(
    ("text", "trail", "heading"),
    [
        ("Heron, with shower", "Prices > Cabins, linen not included", ""),
        ("Scuba diving below 30 metres", "Travel > Not covered", "Not covered"),
        ("Tauchen unter 30 Metern", "Reise > Ausschlüsse", "Ausschlüsse"),
        ("Scuba diving is not covered.", "Travel > Not covered", ""),
        ("Scuba diving to 30 metres", "Not all > Covered", ""),
        ("Keep the door shut.", "Notice No. 5", ""),
        ("Both work.", "Training or not", ""),
        ("At most 40.", "No. of guests allowed", ""),
        ("In the yard only.", "Can I park here without a permit?", ""),
        ("Ten for two.", "Exclusive offers", ""),
        ("Water damage", "Excluding", "Excluding"),
        ("Daños por agua", "Daños excluidos", "Daños excluidos"),
        ("Dégâts des eaux", "Exclut de la garantie", "Exclut de la garantie"),
        ("Change it.", "If an accelerator no longer answers", ""),
    ],
)
def test_a_heading_that_turns_what_is_said_is_quoted_with_it(text: str, trail: str, heading: str) -> None:
    assert turning_heading(text, trail) == heading


@pytest.mark.parametrize(
    ("question", "meant", "others"),
    [
        ("What does DNA mean?", "DNA means did not attend.", ["After a first DNA we write.", "DNAse means an enzyme."]),
        ("what is a DNA in the policy", "DNA means did not attend.", ["After a first DNA we write."]),
        ("Wofür steht SVA?", "Studienvorbereitende Ausbildung (SVA)", ["In die SVA wird aufgenommen, wer übt."]),
        ("que veut dire PAI", "un PAI (projet individualisé) est signé", ["un PAI est signé (en mai)"]),
        ("What is the meaning of the term 'lodger'?", "Lodger: a person who lives with you.", ["A lodger pays."]),
        (
            "What is a lodger?",
            "A lodger is someone who rents a room.",
            ["A lodger is late.", "Pay what a lodger is the"],
        ),
        ("Define late fee.", "“Late fee” means the sum of 5 euros.", ["The late fee is 5 euros."]),
        ("What is meant by quiet hours?", "Quiet hours are the hours of the night.", ["In quiet hours"]),
        (
            "Who is the caretaker?",
            "The caretaker is Ida Berg.",
            ["The caretaker is upstairs.", "The deputy caretaker, Ida Berg"],
        ),
        ("Who is the caretaker?", "Ask our caretaker, Ida Berg.", ["Ida Berg asks the caretaker."]),
        ("Who is the chair?", "Present: Ida Berg (chair)", ["Present: Ida Berg (chairs)"]),
        ("Wer ist der Hausmeister?", "Hausmeister ist Herr Bruno Vogel.", ["Der Schlüssel liegt beim Hausmeister."]),
        ("Was ist eine Teilkündigung?", "Eine Teilkündigung ist die eines Teils.", ["Eine Teilkündigung ist hier"]),
    ],
)
def test_the_meaning_of_a_term_is_told_from_its_use(question: str, meant: str, others: list[str]) -> None:
    pattern = defining(question)
    assert pattern and pattern.search(meant) and not any(map(pattern.search, others))


def test_other_questions_ask_for_no_meaning() -> None:
    assert not any(
        map(
            defining,
            (
                "How much is the fee?",
                "What does it mean if it rings?",
                "What does the DNA lab cost?",
                "What is the price that a guest pays?",
            ),
        )
    )


def test_the_meaning_comes_first_and_a_row_is_not_lifted_by_its_lead() -> None:
    use, meaning = "After a first DNA we write to you.", "DNA means did not attend."
    assert ask("What does DNA mean?", make_hit(f"{use} {meaning}", (0.9, 0.8)))[0] == meaning
    text = "The rent of the shop steps up as follows.\n\nYear: 2024; Rent: 5\nYear: 2025; Rent: 6"
    picks = pick_sentences(
        "What is the rent in 2025?", [make_hit(text, (0.9, 0.5, 0.5))], {"rent": 1.0, "2025": 1.0}, 3
    )
    assert picks[0].text == "Year: 2025; Rent: 6"


def test_a_quantity_alone_finds_its_range_and_with_other_words_only_theirs() -> None:
    bands = make_hit("0 to 10 kg: £5.\n\n11 to 25 kg: £9.\n\n26 to 40 kg: £14.", (0.5, 0.5, 0.5))
    assert ask("How much for 15 kg?", bands)[0] == ask("What does 15 kg cost?", bands)[0] == "11 to 25 kg: £9."
    club = make_hit("Our teachers have over 40 years behind them. Anyone may join the club.", (0.3, 0.6))
    assert ask("Can a 70 year old join the club?", club)[0] == "Anyone may join the club."
