"""Follow-ups put on their own feet by rules, and answers that go on where the last one ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Chatbot, Document, HashEmbedder, Turn
from rag.followup import is_bare, is_elliptic, leans, standalone
from rag.said import going_on, is_of_something_else, is_unspoken
from rag.wishes import is_wish, wished_about
from tests.test_extract import make_hit


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("How much memory does the H200 have?", "What about the H100?", "How much memory does the H100 have?"),
        ("How much memory does the H200 have?", "And its bandwidth?", "And its bandwidth? (H200)"),
        ("What is the refund policy?", "How long does it take?", "How long does it take? (refund policy)"),
        ("What total does Petra quote?", "Does it hold?", "Does it hold? (total Petra)"),
        ("What does Atlas 4.2.0 say?", "What is new in that release?", "What is new in that release? (Atlas 4.2.0)"),
        ("How heavy is boat A?", "And boat D?", "How heavy is boat D?"),
        ("How much vitamin C do I need?", "and vitamin D?", "How much vitamin D do I need?"),
        ("How did Moore Threads shares do?", "And Cambricon?", "How did Cambricon shares do?"),
        ("What is the refund policy?", "Why?", "Why? (refund policy)"),
        (
            "What does E22 mean?",
            "How thick is the concrete where it meets the stair?",
            "How thick is the concrete where it meets the stair?",
        ),
        ("How much does a jar of honey cost?", "And a wash?", "How much does a wash cost?"),
        ("What is the price of a jar of honey?", "What about a guest meal?", "What is the price of a guest meal?"),
        ("Who is the caretaker?", "And the treasurer?", "Who is the treasurer?"),
        ("Is the laundry open?", "And the dryer?", "Is the laundry open? (the dryer)"),
        ("How much is it per hour?", "And the washer?", "How much is it per hour? (the washer)"),
        (
            "When does the pool open?",
            "On public holidays, when does it open?",
            "On public holidays, when does it open? (pool)",
        ),
        ("When does the pool open?", "When was it built?", "When was it built? (pool open)"),
        ("How much does a guest meal cost?", "And on Sundays?", "How much does a guest meal cost on Sundays?"),
        (
            "How much does the guest meal cost?",
            "Which firm repaired the roof and what did it cost?",
            "Which firm repaired the roof and what did it cost?",
        ),
        ("What is the refund policy?", "What about students?", "What is the refund policy? (students)"),
        ("What is the refund policy? (students)", "And pensioners?", "What is the refund policy? (pensioners)"),
        ("How long are invoices kept?", "And visitor lists?", "How long are visitor lists kept?"),
        ("How long are the access logs kept?", "What about visitor lists?", "How long are visitor lists kept?"),
        ("When does the ferry to Marlow leave?", "And on Sundays?", "When does the ferry to Marlow leave on Sundays?"),
        (
            "Who painted the Marlow Bridge?",
            "How much did that cost?",
            "How much did that cost? (Marlow Bridge painted)",
        ),
        ("Who founded Moore Threads?", "Which chips does Cambricon sell?", "Which chips does Cambricon sell?"),
        (
            "Who leads Cambricon?",
            "How much paid parental leave is there?",
            "How much paid parental leave is there?",
        ),
        ("Who founded Moore Threads?", "Who works there?", "Who works there? (Moore Threads)"),
        ("Who founded Moore Threads?", "Name three breeds of horses", "Name three breeds of horses"),
        ("How much is the rent for a full plot?", "and a half plot?", "How much is the rent for a half plot?"),
        ("When does the 09:40 reach Dray?", "and the 17:20?", "When does the 17:20 reach Dray?"),
        ("How much does the tyre with studs cost?", "And the front light?", "How much does the front light cost?"),
        ("Who sent the mail about the delay?", "What is in these documents?", "What is in these documents?"),
        ("What are the goals of the plan?", "List all coaches", "List all coaches"),
        ("Who was Ada Lovelace?", "List all her works.", "List all her works. (Ada Lovelace)"),
        ("What did Ada Lovelace write?", "List all of them", "List all of them (Ada Lovelace)"),
        ("How much does a family pay?", "And 🙂?", "How much does 🙂 pay?"),
        ("What does a room cost?", "And the cleaning fee?", "What does the cleaning fee cost?"),
        ("Who is the coach?", "Can I bring guests? How much do they pay?", "Can I bring guests? How much do they pay?"),
        ("Where does the 9.15 am from Ely stop?", "And the 11 pm?", "Where does the 11 pm from Ely stop?"),
        (
            "What does a jar cost on the basic account?",
            "And the Plus account?",
            "What does a jar cost on the Plus account?",
        ),
        (
            "How long do I simmer the dumplings?",
            "how do i know theyre done",
            "how do i know theyre done (simmer dumplings)",
        ),
        (
            "Who painted the portrait?",
            "And the model of the ship, who made it?",
            "And the model of the ship, who made it?",
        ),
        ("What does the knife course at Loaf & Ladle cost?", "When is it?", "When is it? (knife course Loaf Ladle)"),
        ("Who is on the portrait of Anna van Aldersee?", "Who owns it?", "Who owns it? (portrait Anna van Aldersee)"),
        (
            "How many passengers does the Lomvi carry?",
            "Bikes too?",
            "How many passengers does the Lomvi carry? (Bikes)",
        ),
        ("What is the rent for the flat?", "Ok thanks. And the deposit?", "What is the deposit for the flat?"),
        ("When does the pool open?", "ok thanks, and how long does it take?", "and how long does it take? (pool open)"),
        ("How much is a lost fob?", "and a locker?", "How much is a locker?"),
        ("How much does a lost fob cost?", "and a locker?", "How much does a locker cost?"),
        ("What does the H100 cost per hour?", "what about memory?", "What does the H100 cost per hour? (memory)"),
        ("Where is the nearest hospital?", "thanks how far is it?", "how far is it? (nearest hospital)"),
        ("Does the warranty last longer?", "And the battery?", "Does the warranty last longer? (the battery)"),
        ("What do members pay?", "Students and pensioners too?", "What do members pay? (Students and pensioners)"),
        ("What does a day cost?", "Thanks a million, and a week?", "What does a week cost?"),
        ("Was kostet die Karte?", "Vielen Dank. Und die Lampe?", "Was kostet die Lampe?"),
        ("Who is chair?", "When is the thank you dinner held?", "When is the thank you dinner held?"),
        ("Who is chair?", "How do I say thanks to my donors?", "How do I say thanks to my donors?"),
        ("What is the rent?", "May dogs swim at the beach too?", "May dogs swim at the beach too?"),
        ("What is the rent?", "Should I bring a towel too?", "Should I bring a towel too?"),
        ("Was kostet der Saal?", "Gilt das für Hunde auch?", "Gilt das für Hunde auch?"),
        ("What is the rent?", "In summer, may dogs come?", "In summer, may dogs come?"),
        ("How long does shipping take?", "And express shipping?", "How long does express shipping take?"),
        ("Are dogs allowed?", "And big dogs?", "Are big dogs allowed?"),
        ("Where can visitors park?", "And disabled visitors?", "Where can visitors park? (disabled visitors)"),
        ("How many tickets are left?", "And cheap tickets?", "How many tickets are left? (cheap tickets)"),
        ("Does insurance cover theft?", "And petty theft?", "Does insurance cover theft? (petty theft)"),
        ("What is the price of full plots?", "And half plots?", "What is the price of half plots?"),
    ],
)
def test_follow_ups_stand_on_their_own(before: str, question: str, expected: str) -> None:
    assert standalone(question, [Turn(before, "")]) == expected


def test_a_question_about_a_person_takes_the_names_of_the_answer() -> None:
    turn = Turn("Who founded Moore Threads?", "It was founded by Zhang Jianzhong.")
    assert (
        standalone("Where did he work before?", [turn]) == "Where did he work before? (Moore Threads Zhang Jianzhong)"
    )


def test_without_a_conversation_nothing_changes() -> None:
    assert standalone("And its bandwidth?", []) == "And its bandwidth?"


def test_the_topic_lasts_over_several_follow_ups() -> None:
    first = standalone("And its bandwidth?", [Turn("How much memory does the H200 have?", "141 GB")])
    second = standalone("And its price?", [Turn("And its bandwidth?", "4.8 TB/s", first)])
    assert second == "And its price? (H200)"


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("How often can adults take it? (Dolorexan)", "And children?", "How often can children take it? (Dolorexan)"),
        ("How long must it cool? (E31 X100)", "and on the X200?", "How long must it cool? (E31 X200)"),
        ("How much may a hotel cost in 2024?", "and in 2022?", "How much may a hotel cost in 2022?"),
        ("Under the 2025 rules, who pays?", "and in the 2022 version?", "Under the 2022 rules, who pays?"),
        ("What was sold in 2024?", "And the issue of 2022?", "What was sold in 2024? (the issue of 2022)"),
        ("Who was present at the meeting in April?", "and in March?", "Who was present at the meeting in March?"),
        ("What was the turnover in July 2025?", "and in March?", "What was the turnover in March 2025?"),
        ("Who approves an order of £400?", "And £7,000?", "Who approves an order of £7,000?"),
        ("How long is the notice for tenants?", "and for the landlord?", "How long is the notice for the landlord?"),
        ("What does it cost? (delivery)", "And for the islands?", "What does it cost for the islands? (delivery)"),
        (
            "When does the train from Oslo to Bergen leave?",
            "And from Voss?",
            "When does the train from Voss to Bergen leave?",
        ),
        ("What does a Barque-H200 cost?", "And the H100?", "What does a Barque-H100 cost?"),
        ("How long must the X100 cool after E31?", "And the X200?", "How long must the X200 cool after E31?"),
        ("What is the flash point of LUBRA 150?", "And the pour point?", "What is the pour point of LUBRA 150?"),
        ("What does a pebble-1 cost in Leeds?", "How much is it in Perth?", "How much is it in Perth? (pebble-1)"),
        ("Why is it dangerous? (gybe)", "and a tack?", "Why is it dangerous? (a tack)"),
        ("What is its price? (H200)", "and the weight?", "What is its price? (H200, the weight)"),
        ("How fast is a Stage 1 complaint answered?", "and stage 2?", "How fast is a Stage 2 complaint answered?"),
        ("What are the rules on adult loans?", "and for children?", "What are the rules on children loans?"),
        ("How much is it for adults?", "and for boys and girls?", "How much is it for boys and girls?"),
        ("Which route has the highest fare?", "and the lowest?", "Which route has the lowest fare?"),
        ("What is the price of a family ticket?", "and for seniors?", "What is the price of a seniors ticket?"),
        (
            "What does a routine visit cost?",
            "and an urgent visit out of hours?",
            "What does an urgent visit out of hours cost?",
        ),
        ("When is it? (knives Loaf)", "and the curries one?", "When is it? (Loaf, the curries)"),
        ("How much does a family pay?", "and the joining fee?", "How much does a family pay? (the joining fee)"),
        ("How much does the entry fee cost?", "and the late fee?", "How much does the late fee cost?"),
        ("How much does a family pay?", "and a student?", "How much does a student pay?"),
    ],
)
def test_what_is_put_in_replaces_what_is_like_it_and_the_topic_stays(before: str, question: str, expected: str) -> None:
    assert standalone(question, [Turn("…", "", before)]) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("No, I meant the X200", "What is the price of the belt for the X200?"),
        ("Sorry, I meant the X200.", "What is the price of the belt for the X200?"),
        ("For the X200, please", "What is the price of the belt for the X200?"),
        ("For Germany?", "What is the price of the belt for Germany?"),
        ("What about the other one?", "What is the price of the belt?"),
        ("No parking fee?", "No parking fee?"),
        ("And list the error codes", "And list the error codes (price belt X100)"),
    ],
)
def test_corrections_and_fragments_are_put_into_the_question(question: str, expected: str) -> None:
    assert standalone(question, [Turn("What is the price of the belt for the X100?", "104 euros.")]) == expected


def test_the_other_one_is_another_that_was_named() -> None:
    turns = [Turn("What is the price of the belt for the X100?", "The belt fits the X100 or the X200. [1]")]
    assert standalone("And the other one?", turns) == "What is the price of the belt for the X200?"


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("Wie viel Speicher hat die H200?", "Und die H100?", "Wie viel Speicher hat die H100?"),
        ("Was kostet die Wartung im April?", "und im März?", "Was kostet die Wartung im März?"),
        (
            "Welche Solltemperatur hat die Kühlzelle?",
            "Und ab wann muss die Haustechnik kommen?",
            "Und ab wann muss die Haustechnik kommen? (Solltemperatur Kühlzelle)",
        ),
        (
            "Welche Solltemperatur hat die Kühlzelle?",
            "wer darf sie in Notfällen abends warten?",
            "wer darf sie in Notfällen abends warten? (Solltemperatur Kühlzelle)",
        ),
        ("Combien coûte la visite en avril ?", "Et en mai ?", "Combien coûte la visite en mai ?"),
        ("Combien de mémoire a le H200 ?", "Et le H100 ?", "Combien de mémoire a le H100 ?"),
        ("¿Cuánta memoria tiene la H200?", "¿Y la H100?", "¿Cuánta memoria tiene la H100?"),
        ("¿Cuánto cuesta la visita en abril?", "¿Y en mayo?", "¿Cuánto cuesta la visita en mayo?"),
        ("Wann öffnet der Garten am Freitag?", "Und am Samstag?", "Wann öffnet der Garten am Samstag?"),
        ("Wie teuer ist das Beet?", "Was ist mit Rentnern?", "Wie teuer ist das Beet? (Rentnern)"),
        ("Wie teuer ist das Beet?", "Was ist mit dem Schuppen?", "Wie teuer ist das Schuppen?"),
        (
            "¿Cuánto cuesta la parcela para los que no son socios?",
            "¿Y para los socios?",
            "¿Cuánto cuesta la parcela para los socios?",
        ),
        ("¿A qué hora abre el huerto los lunes?", "¿Y los domingos?", "¿A qué hora abre el huerto los domingos?"),
        ("¿Quién es el jardinero?", "¿Y la tesorera?", "¿Quién es la tesorera?"),
        (
            "¿Cuál es el precio de la pala?",
            "¿Y el de la azada?",
            "¿Cuál es el precio de la pala? (el de la azada)",
        ),
        ("À quelle heure ferme la serre le lundi ?", "Et le samedi ?", "À quelle heure ferme la serre le samedi ?"),
        ("Combien coûte la parcelle ?", "Et l'arrosage ?", "Combien coûte l'arrosage ?"),
    ],
)
def test_other_languages_lean_on_the_last_question_too(before: str, question: str, expected: str) -> None:
    assert standalone(question, [Turn(before, "")]) == expected


def test_the_topic_is_short_and_does_not_grow() -> None:
    turns: list[Turn] = []
    for question in ("How long does the pumpkin soup take?", "How many does it serve?", "Who made it?", "Is it hot?"):
        turns.append(Turn(question, "On a Tuesday in October.", standalone(question, turns)))
    assert [turn.standalone.partition(" (")[2] for turn in turns[1:]] == ["pumpkin soup)"] * 3


def test_thanks_in_between_are_passed_over() -> None:
    turns = [Turn("What does the H200 cost?", "141"), Turn("Thanks!", "")]
    assert standalone("And the H100?", turns) == "What does the H100 cost?"


@pytest.mark.parametrize(
    ("question", "elliptic"),
    [
        ("For how many days?", True),
        ("What may I bring?", True),
        ("How many are in Perth?", True),
        ("What is Dolorexan?", False),
        ("noise level", False),
        ("Which chips does Cambricon sell?", False),
    ],
)
def test_questions_with_hardly_a_word_of_their_own(question: str, elliptic: bool) -> None:
    assert is_elliptic(question) is elliptic and not leans(question)


@pytest.mark.parametrize(
    "answer",
    [
        "Present: Helga Brandt (chair), Tomasz Nowak (treasurer), Aisha Karimi (captain).",
        "Chair: Helga Brandt, treasurer: Tomasz Nowak, captain: Aisha Karimi.",
        "Helga Brandt leads the club. The new treasurer of it is Tomasz Nowak.",
        "Tomasz Nowak is treasurer, since Helga Brandt left.",
        "Chair: Helga Brandt\nTreasurer: Tomasz Nowak\nSecretary: Ines Vogel",
        "Tomasz Nowak (treasurer), Helga Brandt (chair).",
    ],
)
def test_he_is_the_one_whose_name_stands_by_what_was_asked(answer: str) -> None:
    turns = [Turn("Who is the treasurer?", answer)]
    assert standalone("What is his task?", turns) == "What is his task? (treasurer Tomasz Nowak)"


@pytest.mark.parametrize("question", ["What is a halyard?", "Who pays for repairs?", "sheet"])
def test_a_question_with_a_noun_of_its_own_is_not_bare(question: str) -> None:
    assert is_bare("What may I bring?") and not is_bare(question)


@pytest.mark.parametrize(
    "question",
    [
        "Why did Magnus sell his boat?",
        "List all instances with their prices",
        "Is it allowed to clean the machine with a high-pressure cleaner?",
    ],
)
def test_a_pronoun_that_stands_for_nothing_before_does_not_lean(question: str) -> None:
    assert standalone(question, [Turn("Who founded Moore Threads?", "")]) == question


def test_what_was_said_is_not_said_again_where_another_sentence_has_the_words(tmp_path: Path) -> None:
    text = "The portrait of Anna was painted by Hendrik Roos. It was found in 1956 behind a cupboard. It is kept well."
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=0.1) as bot:
        bot.add([Document("d", "guide.txt", "", "txt", text)])
        before = "Who painted the portrait of Anna?"
        turns = [Turn(before, bot.ask(before).text)]
        assert bot.ask("Where was it found?", turns).sentences[0].text == "It was found in 1956 behind a cupboard."
        assert "Roos" in bot.ask("Who was the painter of it?", turns).sentences[0].text  # nothing else has that word
        bot.add([Document("e", "more.txt", "", "txt", "The city paid for the frame of the portrait of Anna.")])
        assert "Roos" in bot.ask("In which city was it?", turns).text  # a city is what is asked for


def test_why_is_answered_by_what_gives_a_reason(tmp_path: Path) -> None:
    text = "The lathe was bought. Four said that it be bought. Noor said no because it needs a new floor. It is grey."
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=0.1) as bot:
        bot.add([Document("d", "minutes.txt", "", "txt", text)])
        turns = [Turn("Was the lathe bought?", "The lathe was bought.")]
        assert bot.ask("Why?", turns).sentences[0].text == "Noor said no because it needs a new floor."
        all_of_it = [Turn("Was the lathe bought?", text)]
        assert bot.ask("Why?", all_of_it).text.startswith("Noor said no because it needs a new floor."), "said again"
        bot.forget("minutes.txt")
        bot.add([Document("d", "minutes.txt", "", "txt", text.replace("because", "and"))])
        assert bot.ask("Why?", turns).sentences[0].text == "Four said that it be bought."


TEXTS = (
    "Two vans are ordered from Voltline. Reason: the range of 310 km.",
    "Dolorexan helps against pain. Take Dolorexan for four days at most.",
    "The canteen serves soup on Mondays.",
    "It rains on many days in May.",
)


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("Which vans are ordered?", "Why?", "Reason: the range of 310 km."),
        ("Which vans are ordered?", "Which vans are ordered?", "Two vans are ordered from Voltline."),
        ("What does Dolorexan help against?", "For how many days?", "Take Dolorexan for four days at most."),
        ("Which vans are ordered?", "What is a halyard?", ""),
        ("Which vans are ordered?", "Who serves soup?", "The canteen serves soup on Mondays."),
    ],
)
def test_what_goes_on_is_told_from_what_begins_anew(tmp_path: Path, before: str, question: str, expected: str) -> None:
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=0.3) as bot:
        bot.add(Document(text[:9], text[:9], "", "txt", text) for text in TEXTS)
        answer = bot.ask(question, [Turn(before, bot.ask(before).sentences[0].text)])
        assert "".join(sentence.text for sentence in answer.sentences[:1]) == expected


@pytest.mark.parametrize("word", ["a" * 7900, "ok " * 2600, "," * 7000 + " too", "A & " * 1900, "the x " * 1300])
def test_long_questions_are_understood_in_proportion_to_their_length(word: str) -> None:
    """With time that grows faster than that these would take minutes to years."""
    assert standalone(f"the {word}, is it?", [Turn("When?", "")]).startswith("the ")
    assert standalone("Why?", [Turn(word, "")]).startswith("Why?")
    assert standalone(word, [Turn("When is it?", "")])


def test_what_was_refused_is_gone_on_with_only_by_what_leans_on_it() -> None:
    joke = Turn(
        "Tell me a joke", "The documents do not answer this. Words that occur in none of them: joke.", refused=True
    )
    assert standalone("Which documents do you have?", [joke]) == "Which documents do you have?"
    assert standalone("When is the meeting?", [Turn("Who are the members?", "Ann."), joke]).endswith("(members)")
    assert standalone("Why?", [Turn("Who are the members?", "Ann."), joke]) == "Why? (joke)"
    friend = Turn("Can I bring a friend?", "Words that occur in none of them: friend.", refused=True)
    assert standalone("May she use the lathe?", [friend]) == "May she use the lathe? (bring friend)"


def test_a_short_question_is_read_with_the_conversation_or_without(tmp_path: Path) -> None:
    texts = (
        "The interest rate of the loan is five percent and it is due in May.",
        "Callaghan repairs the roof on Tuesday.",
        "Raw data are kept for ten years.",
    )
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=0.1) as bot:
        bot.add(Document(text[:9], text[:9], "", "txt", text) for text in texts)
        before = "What is the interest rate of the loan?"
        turns = [Turn(before, bot.ask(before).text)]
        assert bot.ask("Who repairs the roof and when?", turns).sentences[0].text == texts[1]
        assert bot.ask("How long?", turns).standalone == "How long? (interest rate loan)"


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("When does the theatre close?", "When does the theatre close?"),
        ("Who is our accountant?", "Who is our accountant?"),
        ("When is the van repaired?", "When is the van repaired? (shop open Saturdays)"),
        ("When does it close?", "When does it close? (shop open Saturdays)"),
    ],
)
def test_a_question_about_another_thing_leaves_the_topic(tmp_path: Path, question: str, understood: str) -> None:
    text = (
        "The shop is open on Saturdays from seven and closed on Sundays. The van and the accounts are kept behind it."
    )
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=0.1) as bot:
        bot.add([Document("a", "hours.txt", "", "txt", text)])
        answer = bot.ask(question, [Turn("When is the shop open on Saturdays?", "From seven.")])
        assert answer.standalone == understood


def test_what_any_thing_has_is_no_other_thing() -> None:
    hit = make_hit("The shop is open on Saturdays.", (0.5,))
    assert is_of_something_else("When does the theatre close?", [hit])
    assert not is_of_something_else("What is the price?", [hit])
    assert not is_of_something_else("When is the big shop open?", [hit])


def test_another_day_or_year_takes_the_place_of_the_one_before() -> None:
    turns = [Turn("When does the hall open on Saturday in 2024?", "At nine.")]
    assert standalone("Until when is it open on Thursdays?", turns) == "Until when is it open on Thursdays? (hall 2024)"
    assert "2024" not in standalone("When did it open in 2023?", turns)


@pytest.mark.parametrize(
    "text",
    [
        "Please answer that in German.",
        "Shorter please",
        "Translate that to French",
        "Are you sure?",
        "Why?",
        "Explain that more simply",
        "German, please",
        "Auf Deutsch bitte",
        "Kürzer bitte",
        "Übersetze das ins Englische",
        "Bist du sicher?",
        "Könntest du das kürzer fassen?",
        "Plus court s'il te plaît",
        "En français, s'il vous plaît",
        "Traduis ça en anglais",
        "Pourquoi ?",
        "Más corto por favor",
        "En español por favor",
        "¿Estás seguro?",
        "¿Puedes responder en inglés?",
        "Can you put that in a table?",
        "In one sentence.",
        "Thanks. And in French?",
        "Can you explain the second point?",
        "Tell me more",
        "What is that in German?",
        "Can I have that as a list?",
        "Could we please get it shorter?",
    ],
)
def test_a_wish_about_the_last_answer_is_told(text: str) -> None:
    assert is_wish(text)


@pytest.mark.parametrize(
    "text",
    [
        "What if I lose it?",
        "How long is it?",
        "And the X200?",
        "Who speaks German?",
        "When is the German class?",
        "What about German?",
        "Is it short?",
        "Explain the refund policy",
        "Translate the contract",
        "What does that mean?",
        "Summarise the contract",
        "Where is the list?",
        "Why is the pool closed?",
        "What are the details?",
        "And in Perth?",
        "Was kostet es?",
        "In detail, how is the machine cleaned?",
        "Can I translate it myself?",
        "May I answer in English?",
        "Must I put it in a list?",
        "Should we say it in one sentence?",
    ],
)
def test_what_asks_something_is_no_wish(text: str) -> None:
    assert not is_wish(text)


def test_a_wish_is_about_the_last_question() -> None:
    turns = (Turn("And the X200?", "200 kg.", "How heavy is the X200?"), Turn("Thanks!", "Ask about your documents."))
    assert wished_about("Shorter please", turns) == "How heavy is the X200?"
    assert wished_about("And the X300?", turns) == wished_about("Shorter please", turns[1:]) == ""


def test_a_question_of_which_the_last_topic_has_no_word_is_told() -> None:
    hit = make_hit("The side tray holds 100 sheets of paper.", (0.5,))
    near = {"weigh": {"tray": 0.7}}
    assert is_unspoken("How heavy is the copier?", [hit], None)
    assert not is_unspoken("How many sheets does it take?", [hit], None)
    assert not is_unspoken("What does it weigh?", [hit], lambda word: near.get(word, {}))


def test_another_cell_of_a_row_may_answer_what_was_not_asked_before() -> None:
    row, sentence = "Drop: Azopt; Use: mornings; For: the pressure", "Azopt is used in the mornings."
    for said, goes_on in ((row, False), (sentence, True)):
        hit = make_hit(f"{said}\nWash your hands first.", (0.5, 0.5))
        turns = (Turn("How is Azopt used?", said, "How is Azopt used?"),)
        assert bool(going_on("When is Azopt used?", said, [hit], turns)) is goes_on
