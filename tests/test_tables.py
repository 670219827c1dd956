"""Rows that a question asks for: the highest or lowest, all that have what it names, those within a limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag import Chatbot, HashEmbedder
from rag.around import CUT_SHORT
from rag.cells import moments, numbers
from rag.extract import Pick
from rag.extremes import with_extreme
from rag.tables import with_all_named

SALES = (
    "Month,Bread,Coffee,Total\nJan,8455,905,17235\nFeb,8120,4388,9633\nMar,8890,5230,20519\nTotal,25465,10523,47387\n"
)
MENU = "Product,Kind,Price,Weight\nBun,pastry,£2.10,90 g\nRoll,bread,£0.95,70 g\nTart,pastry,£1.80,120 g\nPie,pastry,£3.00,80 g\n"
RATES = "Tool,Day price,Week price\nSaw,18,63\nDrill,12,70\nAxe,9,30\n"


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    folder: Path = tmp_path_factory.mktemp("tables")
    (folder / "docs").mkdir()
    for name, table in (("sales", SALES), ("menu", MENU), ("rates", RATES)):
        (folder / "docs" / f"{name}.csv").write_text(table)
    (folder / "docs" / "note.txt").write_text("The highest tower of the town stands by the lake. Few climb the tower.")
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=folder / "data", answer_threshold=0.05) as opened:
        opened.ingest(folder / "docs")
        yield opened


@contextmanager
def holding(folder: Path, text: str, name: str = "t.csv") -> Iterator[Chatbot]:
    """A chatbot over one file."""
    (folder / name).write_text(text)
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=folder / "data", answer_threshold=0.01) as bot:
        bot.ingest(folder / name)
        yield bot


def told_of_all(bot: Chatbot, question: str) -> list[str]:
    """Return what is answered where no row is chosen for its number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.answer.with_extreme", lambda _, picks, __: list(picks))
        return [sentence.text for sentence in bot.ask(question).sentences]


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("Which month had the highest total sales?", "Month: Mar; Bread: 8890; Coffee: 5230; Total: 20519"),
        ("Which month sold the least coffee?", "Month: Jan; Bread: 8455; Coffee: 905; Total: 17235"),
        ("What is the cheapest pastry on the menu?", "Product: Tart; Kind: pastry; Price: £1.80; Weight: 120 g"),
        ("What product of the menu is the cheapest?", "Product: Roll; Kind: bread; Price: £0.95; Weight: 70 g"),
        ("Which product has the most weight?", "Product: Tart; Kind: pastry; Price: £1.80; Weight: 120 g"),
        ("Which tool costs the most for a week price?", "Tool: Drill; Day price: 12; Week price: 70"),
    ],
)
def test_the_row_of_the_extreme_is_quoted(bot: Chatbot, question: str, row: str) -> None:
    answer = bot.ask(question)
    assert answer.sentences and answer.sentences[0].text == row
    (citation, *_) = answer.citations
    assert bot.document(citation.document_id).text[citation.start : citation.end] == row == citation.quote
    assert not [sentence for sentence in answer.sentences[1:] if ": " in sentence.text]


BOATS = "Boat,Departs,Arrives\nAda,7:15,8:05\nBea,11:40,12:30\nCleo,9:20 pm,10:05 pm\n"
COURSES = "Course,Date,Room\nFelting,12 March 2026,4\nWeaving,2026-02-20,7\nDyeing,3.11.2025,5\nSpinning,May 2 2026,6\n"
SHEDS = "Shed,Doors,Area,Cost\nOak,2,18 m²,80\nElm,4,31 m²,75\nAsh,1,11 m²,55\n"


@pytest.mark.parametrize(
    ("table", "question", "named"),
    [
        (BOATS, "Which is the last boat?", "Cleo"),
        (BOATS, "Which boat arrives first?", "Ada"),
        (BOATS, "How long is the first aid course on the boat?", None),
        (COURSES, "Which is the first course?", "Dyeing"),
        (COURSES, "What is the latest course?", "Spinning"),
        (SHEDS, "Which is the largest shed?", "Elm"),
        (SHEDS, "Which is the longest shed?", None),
        (SHEDS, "Which is the cheapest shed?", "Ash"),
    ],
)
def test_what_a_superlative_is_of_tells_the_column(
    tmp_path: Path, table: str, question: str, named: str | None
) -> None:
    with holding(tmp_path, table) as bot:
        answer = bot.ask(question)
        said = [one.text for one in answer.sentences]
        assert said == told_of_all(bot, question) if named is None else [f": {named};" in row for row in said] == [True]
        assert named is None or not {"last", "first", "latest", "largest", "cheapest"}.intersection(
            answer.missing_words
        )


def test_the_row_is_found_in_a_table_that_is_quoted_as_a_whole(tmp_path: Path) -> None:
    rows = "\n".join(f"| {name} | {price} |" for name, price in (("Oak", "£80"), ("Elm", "£125"), ("Ash", "£55")))
    with holding(tmp_path, f"# House\n\nRooms in the house:\n\n| Room | Price |\n|---|---|\n{rows}\n", "t.md") as bot:
        (whole,) = told_of_all(bot, "cheapest room")
        assert whole.startswith("Rooms in the house:") and whole.count("Price") == 3
        assert [one.text for one in bot.ask("cheapest room").sentences] == ["Room: Ash; Price: £55"]
        assert [one.text for one in bot.ask("rooms under £100").sentences] == [
            "Room: Oak; Price: £80",
            "Room: Ash; Price: £55",
        ]


def test_of_equal_rows_both_are_quoted(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text("Name,Votes\nAnn,12\nBo,7\nCy,12\n")
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data", answer_threshold=0.05) as bot:
        bot.ingest(tmp_path / "votes.csv")
        said = [sentence.text for sentence in bot.ask("Who had the most votes by name?").sentences]
        assert said == ["Name: Ann; Votes: 12", "Name: Cy; Votes: 12"]


@pytest.mark.parametrize(
    ("values", "most", "least"),
    [
        (["2 kg", "500 g", "1.2 kg"], None, None),  # in several units
        (["1.204 km", "850.5 km", "2.1 km"], "850.5 km", "1.204 km"),
        (["0.125 mm", "2.5 mm", "0.5 mm"], "2.5 mm", "0.125 mm"),
        (["1,204 m", "850 m", "2,100 m"], "2,100 m", "850 m"),
        (["1.204,50 €", "850,00 €", "2.100,00 €"], "2.100,00 €", "850,00 €"),
        (["30.01.1985", "02.11.1970", "05.05.2001"], None, None),
        (["95.5 per 100g", "80.0 per 100g", "99.1 per 100g"], None, None),
        (["1 day", "2 days", "5 days"], "5 days", "1 day"),
        (["1,250.125", "0.500", "12.25"], "1,250.125", "0.500"),
        (["1.234.567", "12.5", "3.250"], "1.234.567", "3.250"),
        (["£12", "free", "£9.50"], "£12", "free"),
        (["£12", "on request", "£9.50"], None, None),
        (["45 min", "1 h 20 min", "1.5 h"], "1.5 h", "45 min"),
        (["3:15 h", "0:29 h", "2:25 h"], "3:15 h", "0:29 h"),
    ],
)
def test_numbers_are_compared_as_a_column_writes_them(
    tmp_path: Path, values: list[str], most: str | None, least: str | None
) -> None:
    rows = "\n".join(f"| Item{n} | {value} |" for n, value in enumerate(values))
    with holding(tmp_path, f"| Name | Load |\n|---|---|\n{rows}\n", "t.md") as bot:
        for word, value in (("highest", most), ("lowest", least)):
            question = f"Which name has the {word} load?"
            said = [one.text for one in bot.ask(question).sentences]
            loads = [row.partition("Load: ")[2] for one in said for row in one.split("\n")]
            assert loads == [value] if value else len(loads) > 1 and said == told_of_all(bot, question)


@pytest.mark.parametrize(
    ("table", "question", "quoted"),
    [
        (
            "Group,Maximum dose\nAdults,4000 mg\nKids,1500 mg\nInfants,500 mg\n",
            "What is the maximum dose for kids?",
            "Group: Kids",
        ),
        (
            "Course,Weeks,Price\nFirst aid,2,£210\nYoga,12,£90\nArt,6,£60\n",
            "What is the price of the longest course?",
            None,
        ),
        (
            "Plan,Price\nBasic,£30\nFamily,£60\nTotal Care,£95\n",
            "Which plan has the highest price?",
            "Plan: Total Care",
        ),
        (
            "Parcel,Weight,Quantity\nPlums,5,4\nPears,20,9\nApples,50,2\nTotal,,15\n",
            "Which parcel has the highest weight?",
            "Parcel: Apples",
        ),
        (
            "Parcel,Weight,Quantity\nPlums,5,4\nPears,20,9\nApples,,2\nFigs,3,1\n",
            "Which parcel has the highest weight?",
            None,
        ),
        ("Room,Price\nA,£30\nB,£60\nC,£95\n", "Which room has the second lowest price?", None),
        (
            "City,Temperature\nAros,14\nBern,-12\nCork,9\nDelft,-3\n",
            "Which city has the lowest temperature?",
            "City: Bern",
        ),
    ],
)
def test_what_is_not_compared_stays(tmp_path: Path, table: str, question: str, quoted: str | None) -> None:
    with holding(tmp_path, table) as bot:
        said = [one.text for one in bot.ask(question).sentences]
        assert said[0].startswith(quoted) if quoted else said and said == told_of_all(bot, question)


@pytest.mark.parametrize(
    "question",
    [
        "Which tool is the cheapest?",  # by the day or by the week
        "How many months have at least a total of 8455?",
        "What is the Jan total of bread sales?",
        "Where stands the highest tower?",
    ],
)
def test_all_else_stays(bot: Chatbot, question: str) -> None:
    said = [sentence.text for sentence in bot.ask(question).sentences]
    assert said and said == told_of_all(bot, question)


def test_a_limit_of_several_digits_is_no_word_that_the_documents_lack(tmp_path: Path) -> None:
    with holding(tmp_path, "Drug,Dose\nAlpha,12.5\nBeta,50\nGamma,0.125\n") as bot:
        answer = bot.ask("Which drug has a dose of more than 1.75?")
        assert {"1", "75", "1.75"}.isdisjoint(answer.missing_words)
        assert [sentence.text[:10] for sentence in answer.sentences] == ["Drug: Alph", "Drug: Beta"]


@pytest.mark.parametrize("total", ["Total", "Totals", "Sum", "Somme", "Suma", "Gesamtsumme"])
def test_the_row_of_a_sum_is_not_the_highest(tmp_path: Path, total: str) -> None:
    (tmp_path / "t.csv").write_text(f"Item,Price\nApple,100\nBread,250\nCheese,300\n{total},650\n")
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data", answer_threshold=0) as bot:
        bot.ingest(tmp_path / "t.csv")
        assert "Cheese" in bot.ask("Which item has the highest price?").text.splitlines()[0]


def test_a_sum_with_more_in_it_than_the_rows_is_not_the_highest(tmp_path: Path) -> None:
    rows = "Item,Price\nPlums,100\nPears,50\nFigs,30\nSubtotal,150\nVAT,30\nTotal incl. VAT,180\n"
    (tmp_path / "t.csv").write_text(rows)
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data", answer_threshold=0) as bot:
        bot.ingest(tmp_path / "t.csv")
        assert "Plums" in bot.ask("Which item has the highest price?").text.splitlines()[0]


def test_the_row_comes_before_a_sentence_where_its_first_column_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "rates.csv").write_text(RATES)
    (tmp_path / "docs" / "note.txt").write_text("Nordheim has the lowest day price for power.")
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data") as bot:
        bot.ingest(tmp_path / "docs")
        hits = {hit.passage.source: hit for hit in bot.search("day price")}
        picks = [Pick(hit, *hit.passage.sentences[0], 1.0) for hit in (hits["note.txt"], hits["rates.csv"])]
        said = [pick.text for pick in with_extreme("Which tool has the lowest day price?", picks, bot.document)]
        assert said == ["Tool: Axe; Day price: 9; Week price: 30", "Nordheim has the lowest day price for power."]
        for question in ("What has the lowest day price?", "Which tool has the lowest weight?"):
            assert with_extreme(question, picks, bot.document) == picks


def test_of_two_columns_that_a_question_names_the_last_word_tells(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Chip,Memory (GB),Bandwidth (TB/s)\nX1,80,3.3\nX2,192,2.0\nX3,141,4.8\n")
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data", answer_threshold=0.05) as bot:
        bot.ingest(tmp_path / "t.csv")
        for question, chip in (
            ("Which chip has the highest memory bandwidth?", "X3"),
            ("Which chip has the highest bandwidth memory of all?", "X2"),
        ):
            assert bot.ask(question).sentences[0].text.startswith(f"Chip: {chip};")
        for question in (
            "highest memory and bandwidth",
            "highest memory for its bandwidth",
            "highest memory to bandwidth",
        ):
            text = bot.ask(f"Which chip has the {question}?").sentences[0].text
            assert "X1" in text and "X2" in text and "X3" in text, "which of the columns is meant is not plain"


BOATS = """Boat,Type,Licence,Seats,Price per hour
Kestrel,single scull,B,1,6
Heron,double scull,A,2,9
Otter,coxed four,D,5,14
Swan,double scull,B,2,9
Teal,coxless pair,B,2,8
Curlew,eight,D,9,22
Wren,single scull,B,1,7.50
"""
ROOMS = """Room,Floor,Capacity,Day rate,Piano
Oak,ground,12 people,£40,no
Elm,first,25 people,£85,yes
Ash,first,60 people,£120,no
Yew,second,8 people,£25,yes
"""


@pytest.fixture(scope="module")
def hire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    folder: Path = tmp_path_factory.mktemp("hire")
    (folder / "docs").mkdir()
    (folder / "docs" / "boats.csv").write_text(BOATS)
    (folder / "docs" / "rooms.csv").write_text(ROOMS)
    with Chatbot.open(data_dir=folder / "data") as opened:
        opened.ingest(folder / "docs")
        yield opened


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Which boats need licence B?", "Kestrel Swan Teal Wren"),
        ("How many boats need licence B?", "Kestrel Swan Teal Wren"),
        ("List the boats for licence D", "Otter Curlew"),
        ("Which boats have two seats?", "Heron Swan Teal"),
        ("Which double sculls are there?", "Heron Swan"),
        ("Which boats cost 9 per hour?", "Heron Swan"),  # the eight has nine seats
        ("Which boats cost less than 8 per hour?", "Kestrel Wren"),
        ("Which boats have more than two seats?", "Otter Curlew"),
        ("Which single sculls cost at least seven per hour?", "Wren"),
        ("Which rooms hold at least 25 people?", "Elm Ash"),
        ("Is there a room for more than 50 people?", "Ash"),
        ("Which rooms cost under £50 a day?", "Oak Yew"),
        ("Which room is over £100?", "Ash"),
        ("Which rooms are on the first floor?", "Elm Ash"),
        ("Which rooms have a piano?", "Elm Yew"),
        ("Which rooms have no piano?", "Oak Ash"),
    ],
)
def test_all_rows_that_are_asked_for_are_quoted(hire: Chatbot, question: str, named: str) -> None:
    said = [row for sentence in hire.ask(question).sentences for row in sentence.text.split("\n")]
    assert sorted(row.partition(";")[0].partition(": ")[2] for row in said) == sorted(named.split())


@pytest.mark.parametrize(
    ("question", "table"),
    [
        ("What does the Kestrel cost?", "Boat,Type\nKestrel,single\nSwan,double\nWren,single\n"),  # one thing
        ("Which panes over 1 m2 cost more?", "Item,Price\nPane over 1 m2,174\nPane up to 1 m2,118\nDoor,90\n"),
        ("Which boats are wooden or fast?", "Boat,Kind\nKestrel,wooden\nSwan,fast\nWren,steel\n"),  # not for the same
        ("Which boats weigh more than 40?", "Boat,Length,Beam\nKestrel,8,30\nSwan,9,50\nWren,7,60\n"),  # no such column
    ],
)
def test_rows_stay_where_it_is_not_plain_which_are_meant(tmp_path: Path, question: str, table: str) -> None:
    (tmp_path / "t.csv").write_text(table)
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data") as bot:
        bot.ingest(tmp_path / "t.csv")
        (hit, *_) = bot.search(question)
        picks = [Pick(hit, *span, 1.0) for span in hit.passage.sentences[:2]]
        assert with_all_named(question, picks, bot.document) == picks


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Who has not paid the fee?", ["Joe", "Rose"]),
        ("Who has paid the fee?", ["Ana", "Tom"]),
        ("Who is a trainer?", ["Ana", "Joe"]),
        ("Who is the treasurer?", ["Tom"]),
    ],
)
def test_who_may_be_several(tmp_path: Path, question: str, named: list[str]) -> None:
    rows = ("Ana,Trainer,yes", "Tom,Treasurer,yes", "Joe,Trainer,no", "Rose,Cook,no")
    (tmp_path / "club.csv").write_text("\n".join(("Name,Role,Fee paid", *rows)))
    with Chatbot.open(data_dir=tmp_path / "data", answer_threshold=0.1) as bot:
        bot.ingest(tmp_path / "club.csv")
        said = [row for sentence in bot.ask(question).sentences for row in sentence.text.split("\n")]
        assert sorted(row.partition(";")[0].partition(": ")[2] for row in said) == named


def test_a_sentence_that_only_looks_like_a_row_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(
        "The forest lies in nine nations. Brazil: 60 percent of it; Peru: 13 percent of it."
    )
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data", answer_threshold=0.01) as bot:
        bot.ingest(tmp_path / "t.txt")
        for question in (
            "Which nations hold percent of the forest: Brazil, Peru?",
            "What is the highest percent of it?",
        ):
            assert bot.ask(question).sentences


def test_of_very_many_equal_rows_none_takes_the_place_of_others(tmp_path: Path) -> None:
    with holding(tmp_path, "Boat,Price\n" + "".join(f"B{n},9\n" for n in range(40))) as bot:
        question = "Which boat has the highest price?"
        assert [one.text for one in bot.ask(question).sentences] == told_of_all(bot, question)


@pytest.mark.parametrize(("rows", "cut"), [(5, False), (12, False), (30, True)])
def test_a_list_that_is_not_quoted_to_its_end_is_told(tmp_path: Path, rows: int, cut: bool) -> None:
    with holding(tmp_path, "Supplier,Price\n" + "".join(f"S{n},{n}\n" for n in range(rows))) as bot:
        answer = bot.ask("List all suppliers")
        assert answer.text.count("Supplier:") == min(rows, 12) and (answer.notice == CUT_SHORT) is cut
        assert not bot.ask("What is the price of S3?").notice


CLASSES = "Class,Training\nAda,30 h\nBea,50 h\nCleo,80 h\nDan,20 h\n"
FESTS = "Festival,Opens\nAda,3 APRİL\nBea,5 May\nCleo,7 June\n"
HIRE = "Instrument,Month,Deposit\nTrumpet,11,80\nCello,14,120\nHarp,35,400\nHorn,18,150\n"
WINES = "No,Wine,Colour,Bottle (£),Vegan\n1,Barolo,red,84,yes\n2,Rioja,red,36,no\n3,Morgon,red,33,yes\n4,Riesling,white,32,yes\nTotal,,,185,\n"
CROPS = "Crop,Spacing (cm),Depth (cm)\nBeans,20,5\nCarrots,5,1\nPeas,8,5\nMaize,40,3\n"
STOPS = "Stop,Bus 1,Bus 2,Bus 3\nRye,6:10,7:40,9:10\nMid,6:20,7:50,9:20\nHythe,6:45,8:15,9:45\n"


@pytest.mark.parametrize(
    ("table", "question", "named"),
    [
        (CLASSES, "Which class has a training of more than 40 hours?", ["Bea", "Cleo"]),
        (CLASSES, "Which class has a training of at most 30 hours?", ["Ada", "Dan"]),
        (HIRE, "Which instruments have a deposit between 80 and 130?", ["Trumpet", "Cello"]),
        (HIRE, "Which instruments cost at least 12 and at most 20 a month?", ["Cello", "Horn"]),
        (WINES, "Which red wines are vegan?", ["Barolo", "Morgon"]),
        (WINES, "Which wines are not vegan?", ["Rioja"]),
        (WINES, "What is the cheapest red wine?", ["Morgon"]),
        (WINES, "Which wine is the most expensive?", ["Barolo"]),
        (CROPS, "Which crops are sown at a depth of 5 cm?", ["Beans", "Peas"]),
        (CROPS, "Which crop needs the widest rows?", ["Maize"]),
    ],
)  # fmt: skip
def test_rows_are_told_by_limits_units_and_cells(tmp_path: Path, table: str, question: str, named: list[str]) -> None:
    with holding(tmp_path, table) as bot:
        said = [one.text for one in bot.ask(question).sentences]
        assert sorted(said) == sorted(row for row in said for name in named if f": {name};" in row)
        assert len(said) == len(named)


@pytest.mark.parametrize(
    ("table", "question"), [(FESTS, "Which festival opens last?"), (STOPS, "When is the last bus?")]
)
def test_what_cannot_be_set_in_an_order_stays(tmp_path: Path, table: str, question: str) -> None:
    with holding(tmp_path, table) as bot:
        assert [one.text for one in bot.ask(question).sentences] == told_of_all(bot, question)


def test_of_negative_numbers_the_sum_is_none(tmp_path: Path) -> None:
    with holding(tmp_path, "Quarter,Result\nSpring,-500\nSummer,-900\nAutumn,-100\nTotal for the year,-1500\n") as bot:
        said = [one.text for one in bot.ask("Which quarter has the lowest result?").sentences]
        assert said == ["Quarter: Summer; Result: -900"]


RADER = "Rad;Preis je Tag;Gewicht\nStadtrad;9,50 €;17 kg\nRennrad;24,00 €;8 kg\nLastenrad;31,00 €;38 kg\n"
BARQUES = 'Barque,Prix,Longueur\nMouette,45 €,4 m\nSterne,"1 200 €",9 m\nFulmar,"1 045,50 €",7 m\n'
HILOS = "Hilo,Precio,Largo\nAlgodón,3 €,80 m\nLino,7 €,50 m\nSeda,19 €,120 m\n"


@pytest.mark.parametrize(
    ("table", "question", "named"),
    [
        (RADER, "Welches Rad ist am teuersten?", ["Lastenrad"]),
        (RADER, "Welches Rad ist am leichtesten?", ["Rennrad"]),
        (RADER, "Welches Rad kostet am Tag weniger als 25 €?", ["Stadtrad", "Rennrad"]),
        (BARQUES, "Quelle barque est la moins chère ?", ["Mouette"]),
        (BARQUES, "Quelle barque coûte le plus cher ?", ["Sterne"]),
        (BARQUES, "Quelle barque est la plus longue ?", ["Sterne"]),
        (BARQUES, "Quelles barques coûtent plus de 1 000 € ?", ["Sterne", "Fulmar"]),
        (BARQUES, "Quelles barques coûtent moins de 1 100 euros ?", ["Mouette", "Fulmar"]),
        (HILOS, "¿Qué hilo es el más barato?", ["Algodón"]),
        (HILOS, "¿Cuál es el hilo más caro?", ["Seda"]),
        (HILOS, "¿Qué hilos cuestan menos de 10 €?", ["Algodón", "Lino"]),
        (HILOS, "¿Qué hilo es el más largo?", ["Seda"]),
    ],
)
def test_tables_are_asked_in_german_french_and_spanish(
    tmp_path: Path, table: str, question: str, named: list[str]
) -> None:
    with holding(tmp_path, table) as bot:
        said = [one.text for one in bot.ask(question).sentences]
        assert sorted(said) == sorted(row for row in said for name in named if f": {name};" in row)
        assert len(said) == len(named)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["3 de mayo de 1999", "1er juin 2001"], [19990503, 20010601]),
        (["31/03/2024", "03/05/2024"], [20240331, 20240503]),
        (["03/31/2024", "03/05/2024"], [20240331, 20240305]),
        (["03/05/2024", "04/05/2024"], []),
        (["31/13/2024", "13/31/2024"], []),
        (["5 h 42", "18h05", "8 Uhr", "9:30"], [342, 1085, 480, 570]),
    ],
)
def test_dates_and_times_of_other_languages_are_moments(values: list[str], told: list[float]) -> None:
    assert moments(values) == told


def test_what_is_free_costs_nothing_and_hours_are_written_in_french_too() -> None:
    assert numbers(["3 €", "gratuita", "umsonst", "gratuits"]) == [3, 0, 0, 0]
    assert numbers(["1 h 05", "45 min"]) == [65, 45]
