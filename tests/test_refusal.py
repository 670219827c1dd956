"""Quotes that hold nothing of the kind that is asked for are no answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Chatbot, Document, HashEmbedder, Turn
from rag.datatypes import Hit, Passage
from rag.extract import Pick
from rag.refusal import holding_first, lacking
from rag.sentences import sentence_spans


@pytest.mark.parametrize(
    ("question", "quote", "lacks"),
    [
        ("How much does the council charge for the green bin?", "Blight goes into the green bin.", "amount of money"),
        ("How much does the council charge for the green bin?", "The green bin is free of charge.", ""),
        ("What is the rent of Flat 4?", "Flat 3, 88 Cutler's Row", "amount of money"),
        ("What is the rent of Flat 3?", "Flat: 3; Monthly rent: 640", ""),
        ("What does the Heron cost?", "Boat: Heron; Year: 2016", "amount of money"),
        ("What does the Heron cost?", "The Heron was bought for seven million dollars.", ""),
        ("What is the process for ensuring cost-effective care?", "Providers are audited.", ""),
        ("What were the high and low prices of the stock?", "High 44.25, low 39.10", ""),
        ("How much does the choir cost?", "Choir: Wed 7.30 pm, church", "amount of money"),
        ("What is the deposit for?", "It pays for damage.", ""),
        ("What did they rent for the fair?", "A marquee.", ""),
        ("How much notice do I need?", "Tell us a week before.", ""),
        ("Was kostet der Schlüssel?", "Ein Schlüssel kostet 85 €.", ""),
        ("Was kostet ein Haustürschlüssel?", "Ein Schlüssel der Haustür kostet 85 €.", ""),
        ("Was kostet ein Haustürschlüssel?", "Der Kahn kostet 85 €.", "amount of money"),
        ("Was kostet der Schlüssel?", "Der Verlust ist zu melden.", "amount of money"),
        ("Wie hoch ist die Kaution?", "Die Kaution wird verzinst.", "amount of money"),
        ("Wie hoch ist der Turm?", "Der Turm ist rot.", ""),
        ("Quel est le prix de la salle ?", "Lieu : salle Pasteur.", "amount of money"),
        ("Quel est le prix de la salle ?", "La salle coûte 12 € le jour.", ""),
        ("¿Cuánto cuesta la llave?", "La llave se pierde.", "amount of money"),
        ("¿Cuánto cuesta la llave?", "La llave cuesta 85 euros.", ""),
        ("¿Cuál es el teléfono del portero?", "El portero es Luis.", "phone number"),
        ("¿Cuál es el horario de atención por teléfono?", "De nueve a cinco.", ""),
        ("¿Cuánto cuesta la entrada?", "La entrada cuesta 50 pesos.", ""),
        ("Wie lautet die Telefonnummer?", "Frau Lang, 0800 555 7310", ""),
        ("¿Cuál es el precio de la llave?", "El precio de la barca: 9 €.", "amount of money"),
        ("¿Cuánto cuesta la llave?", "La barca cuesta 9 euros.", "amount of money"),
        ("Combien coûte la clé ?", "La barque coûte 9 €.", "amount of money"),
        ("Was kostet der Schlüssel?", "Der Kahn kostet 9 €.", "amount of money"),
        ("Combien dois-je payer pour la clé ?", "La clé est comprise, la caution est de 9 €.", ""),
        ("¿Cuál es el correo electrónico del jardinero?", "El jardinero es Luis.", "e-mail address"),
        ("Wie lautet die E-Mail-Adresse des Gärtners?", "Der Gärtner: beet@garten.test", ""),
        ("Quelle est l'adresse e-mail du jardinier ?", "Le jardinier est Luc.", "e-mail address"),
        ("What is the postcode of the centre?", "The centre lies near the lake.", "postcode"),
        ("What is the postcode of the centre?", "Lake Road, Ullen LA22 0HF", ""),
        ("What is the deposit?", "The deposit is two months' rent.", ""),
        ("How much is the rent?", "It is 950 a month.", ""),
        ("How much is the rent?", "In 5 k, or 1, 2 .thousand, it is said.", ""),
        ("How much is the rent?", "Of 12,. k. or 1.5 per head.", ""),
        ("How much is the rent?", "See 1, 2, 3 and 4.", "amount of money"),
        ("What is the entrance fee?", "There is no entrance fee.", ""),
        ("How much do repairs cost?", "The landlord pays for all repairs.", ""),
        ("How much does the operation cost?", "The operation needs an INR below 3.", "amount of money"),
        ("How much does the operation cost?", "Operation (INR): 900", ""),
        ("How much does the operation cost?", "The operation is for INR 90.", ""),
        ("What is the phone number of Dr Marchetti?", "The safety officer, Pim Aldous, has 4417.", "phone number"),
        ("What is the phone number of Dr Marchetti?", "The director, Ida Marchetti, has 4418.", ""),
        ("What is the phone number of Dr Marchetti?", "Her number is 4418.", ""),
        ("How much do I pay for the towel?", "A towel is Rs 50 or 20,- at the desk", ""),
        ("What is the opportunity cost?", "What is given up.", ""),
        ("What is the price elasticity of demand?", "How demand answers.", ""),
        ("What is the purpose of the deposit?", "It covers damage.", ""),
        ("How much notice must I give before I stop paying rent?", "A month.", ""),
        ("How do I change my e-mail address?", "Write to the office.", ""),
        ("Is a phone number required?", "Only the name.", ""),
        ("What is Priti's phone number?", "Ask Priti Vyas, room 12.", "phone number"),
        ("What is Priti's phone number?", "Priti Vyas, extension 4417", ""),
        ("What is Priti's phone number?", "Priti Vyas, version 1.0.1.", "phone number"),
        ("What is Priti's phone number?", "Priti Vyas, 01.44.27.60.03", ""),
        ("What is Priti's phone number?", "Priti Vyas: 555 0123", ""),
        ("whats the phone extension of Priti Vyas", "Elected: Priti Vyas, secretary.", "phone number"),
        ("What is Priti's phone number?", "Priti Vyas, 13:00–14:30, since 2021", "phone number"),
        ("What is Priti's phone number?", "Priti Vyas keeps 300 euros.", "phone number"),
        ("What is Priti's phone number?", "Ring 4417 for Priti Vyas.", ""),
        ("How much does the textbook cost?", "A lost key costs 7 pounds.", "amount of money"),
        ("What is Priti's extension?", "Priti Vyas, ext. 4417", ""),
        ("What is the extension of the loan?", "The loan is extended by a year.", ""),
        ("What is the email address of the office?", "Write to the office.", "e-mail address"),
        ("How much is the annual subscription?", "(1) Subscriptions are laid down by the meeting.", "amount"),
        ("How much is the annual subscription?", "1. Subscriptions are free.", ""),
        ("How much is a mower?", "Three years on the mower.", "amount"),
        ("How much is a mower?", "A mower is 40.", ""),
        ("How much is the deposit for the flat?", "Item: Deposit; Amount: £1,320", ""),
        ("How much is the deposit for the flat?", "Item: Key; Amount: £12", "amount of money"),
        ("What is the email address of the office?", "Write to office@example.org.", ""),
        ("What is Ana Ruiz's email?", "Name: Ana Ruiz; Phone: 555 0142", "e-mail address"),
        ("Ana Ruiz email", "Name: Ana Ruiz; Phone: 555 0142", "e-mail address"),
        ("What is the email policy?", "Mail is kept for a year.", ""),
    ],
)
def test_what_is_plainly_asked_for_has_to_be_quoted(question: str, quote: str, lacks: str) -> None:
    assert lacking(question, [picked("Another sentence."), picked(quote)]) == lacks


def picked(text: str, title: str = "", heading: str = "") -> Pick:
    return Pick(Hit(Passage("p", "d", "a.txt", title, 1, 0, len(text), text, heading), 1, 0.5), 0, len(text), 1.0)


def test_an_amount_may_be_told_to_be_of_it_by_a_heading() -> None:
    told = [picked("It is £7 a week.", heading="Bikes > Hire of tandems"), picked("It is £7 a week.", title="Tandems")]
    assert [lacking("How much does a tandem cost?", [one]) for one in told] == ["", ""]
    assert lacking("How much does a tandem cost?", [picked("It is £7 a week.", heading="Skis")]) == "amount of money"


def test_quotes_with_what_is_asked_for_come_first() -> None:
    text = "The deposit is registered within 30 days. Deposit: £1,250."
    hit = Hit(Passage("p", "d", "a.txt", "", 1, 0, len(text), text), 1, 0.5)
    picks = [Pick(hit, 0, 41, 2.0), Pick(hit, 42, len(text), 1.0)]
    assert holding_first("How much is the deposit?", picks)[0].text == "Deposit: £1,250."
    assert holding_first("When is the deposit registered?", picks) == picks
    assert holding_first("How much is the registered deposit?", picks) == picks, "the amount may be another's"
    assert holding_first("How much is the deposit?", []) == []


@pytest.mark.parametrize(
    ("behind", "quoted"),
    [
        (" It costs €24 a head. Book ahead.", " It costs €24 a head."),
        (" It takes long. It costs €24 a head.", " It takes long. It costs €24 a head."),
        (" The boat tour costs €24 a head.", ""),
        ("\nIt costs €24 a head.", ""),
    ],
)
def test_the_best_quote_goes_on_with_the_amount_that_is_asked_for(behind: str, quoted: str) -> None:
    first = "The coast tour starts at ten."
    text = first + behind
    passage = Passage("p", "d", "a.txt", "", 1, 0, len(text), text, sentences=tuple(sentence_spans(text)))
    (found,) = holding_first("How much is the coast tour?", [Pick(Hit(passage, 1, 0.5), 0, len(first), 1.0)])
    assert found.text == first + quoted


@pytest.mark.parametrize(
    "question",
    ["What documents do you have?", "which files are there", "List all documents", "Welche Dokumente gibt es?"],
)
def test_a_question_for_the_documents_is_told_their_names(tmp_path: Path, question: str) -> None:
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path) as bot:
        bot.add(Document(name, name, "", "txt", "Soup is served.") for name in ("b.txt", "A.txt"))
        told = bot.ask(question, [Turn("Which files are lost?", "None.")])
        assert told.abstained == "There are 2 documents: A.txt, b.txt. Ask about what stands in them."
        assert bot.ask(question, documents=["b.txt"]).abstained.startswith("There is 1 document: b.txt. ")
        assert not told.nearest
        assert bot.ask(question, documents=[]).abstained == "No documents are chosen."
        assert not bot.ask("How many papers are there?").abstained.startswith("There are")
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "many") as bot:
        bot.add(Document(f"{n:02}", f"{n:02}.txt", "", "txt", "Soup.") for n in range(23))
        assert "19.txt, and 3 more. Ask" in bot.ask(question).abstained


def test_words_that_say_little_are_no_reason(tmp_path: Path) -> None:
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path) as bot:
        bot.add([Document("a", "a.txt", "", "txt", "Soup is served on Mondays.")])
        assert bot.ask("What happened to put the kind of thing there?").abstained.endswith(
            "What comes nearest is listed."
        )
        assert bot.ask("What happened to the lorries?").abstained.endswith("none of them: lorries.")
        assert bot.ask("Which wi-fi password do lorries use?").abstained.endswith(
            "none of them: wi-fi, password, lorries."
        )


def test_quotes_without_it_are_listed_and_a_lower_threshold_gives_them(tmp_path: Path) -> None:
    text = "The council empties the green bin by the top gate on Mondays."
    for threshold, refused in ((0.4, True), (0.1, False)):
        with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=threshold) as bot:
            bot.add([Document("a", "bins.txt", "Bins", "txt", text)])
            assert not bot.ask("When does the council empty the green bin by the top gate?").abstained
            answer = bot.ask("How much does the council charge for the green bin by the top gate?")
            assert bool(answer.abstained) is refused
            if refused:
                assert answer.abstained.endswith("what comes nearest holds no amount of money.")
                assert answer.confidence < 0.4 and answer.nearest[0].quote == text


def test_small_words_are_no_reason(hash_bot: Chatbot) -> None:
    hash_bot.add([Document("d", "beet.txt", "Beet", "txt", "Das Beet ist schmal.")])
    told = hash_bot.ask("Le potager").text
    assert "potager" in told and "Le" not in told.partition(": ")[2].split(", ")
