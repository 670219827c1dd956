"""Numbers, times and units: one spelling, read freely where they are cited, said of the same thing."""

from __future__ import annotations

import calendar

import pytest

from rag.attribution import other_agent, other_subject, said_of_something_else, turned_comparison
from rag.facts import computed, missing, other_rates, other_units
from rag.figures import figures
from rag.rows import denied_by_cell


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rose 5.7% to 1,436 yuan", {"5.7", "1436"}),
        ("$1.2 bn", {"1200000000"}),
        ("1,200 million", {"1200000000"}),
        ("on 2025-12-08", {"8", "december", "2025"}),
        ("8 December 2025", {"8", "december", "2025"}),
        ("three H200 cards", {"3"}),
        ("two-page v2.0", {"2"}),
        ("may", set()),
        ("Open: May to September", {"may", "september"}),
        ("May to Bob", set()),
        ("thirty-five days, twenty euros", {"35", "20"}),
        ("sieben Jahre und zwölf Tage", {"7", "12"}),
        ("one of them, and no one", set()),
        ("one day", {"1"}),
        ("-5 degrees, from 10-20", {"-5", "10", "20"}),
        ("9:30 am to 12 pm", {"9:30", "12:00"}),
        ("保留35天", {"35"}),
        ("12,5 and 1.250.000", {"12.5", "1250000"}),
        ("version 1.2.3", {"1.2.3"}),
        ("1.234,56 and 1 000,50, or 12’345,6 m", {"1234.56", "1000.5", "12345.6"}),
        ("1.2 tn or 1,200,000,000,000", {"1200000000000"}),
        ("4111111111110001 is not 4111111111110002", {"4111111111110001", "4111111111110002"}),
        ("9" * 400, {"9" * 400}),
        ("one" + " hundred" * 2200, {"1" + "0" * 16}),
        ("0.50 and 007 and -0.5m euros", {"0.5", "7", "-500000"}),
        ("1.2.3 days", {"1.2.3"}),
        ("1,234,56 and 1.234.567,89", {"1234", "56", "1234567.89"}),
    ],
)
def test_numbers_have_one_spelling(text: str, found: set[str]) -> None:
    assert {figure.shown for figure in figures(text)} == found


@pytest.mark.parametrize(
    ("text", "cited", "lost"),
    [
        ("9:30 am", "9:00 am; lunch is at 12:30", {"9:30"}),
        ("9:30", "from 9:30 pm", set()),
        ("9:30 am", "from 9:30 pm", {"9:30"}),
        ("21:30", "from 9:30 pm", set()),
        ("9 am", "from 9:00 am", set()),
        ("1250 bricks", "1.250 bricks", set()),
        ("1.250 bricks", "1,250 bricks", set()),
        ("12.5 metres", "12,5 metres", set()),
        ("The rent is €1,234.56.", "Die Miete ist 1.234,56 €", set()),
        ("The rent is 56 €.", "Die Miete ist 1.234,56 €.", {"56"}),
        ("The rent is 50 €.", "Le loyer est de 1 000,50 €.", {"50"}),
        ("-5 degrees", "5 degrees", {"-5"}),
        ("35 days", "thirty-five days", set()),
        ("25 metres long", "25 m long", set()),
        ("25 m long", "25 metres long", set()),
        ("24 m long", "25 metres long", {"24"}),
        ("25m people", "25 million people", set()),
        ("25 euros", "25m euros", {"25"}),
        ("$25", "$25m", {"25"}),
        ("twenty euros", "thirty euros", {"20"}),
    ],
)
def test_a_number_is_found_however_it_is_written(text: str, cited: str, lost: set[str]) -> None:
    assert missing(text, cited) == lost


ROWS = (
    "Data: Access logs of the portal; Kept for: 180 days; Then: deleted",
    "Data: Backups of our own databases; Kept for: 35 days; Then: overwritten",
)


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("Access logs of the portal are kept for 180 days.", []),
        ("Access logs of the portal are kept for 35 days.", ["35"]),
        ("Access logs of the portal | 35 days", ["35"]),
        ("Backups of our own databases are kept for 180 days.", ["180"]),
        ("Access logs are kept 180 days and backups 35 days.", []),
        ("Access logs are kept 35 days and backups 180 days.", ["35", "180"]),
        ("They are kept 35 days for backups and 180 days for access logs.", []),
    ],
)
def test_a_row_beside_the_right_one_does_not_lend_its_number(text: str, strange: list[str]) -> None:
    assert said_of_something_else(text, ROWS) == strange


@pytest.mark.parametrize(
    ("text", "cited", "strange"),
    [
        ("The premium plan costs 15 euros.", "The basic plan costs 15 euros. The premium plan costs 40 euros.", ["15"]),
        ("The basic plan costs 15 euros.", "The basic plan costs 15 euros. The premium plan costs 40 euros.", []),
        ("It costs 5 dollars a month.", "It costs 5 euros a month.", ["5"]),
        ("It costs $5 a month.", "It costs 5 euros a month.", ["5"]),
        ("It takes 14 months.", "It takes 14 days.", ["14"]),
        ("The hall is 25 m long.", "The hall is 25 metres long.", []),
        ("He earns 30 an hour.", "He earns 30 dollars an hour.", []),
        ("The hall is 25 m long.", "The hall is 25 feet long.", ["25"]),
        ("It costs 5m dollars a month.", "It costs 5m euros a month.", ["5000000"]),
        ("It opened on 8 December.", "It opened on 9 December. The school closed on 8 December.", ["8"]),
        (
            "Roast the salted beets at 210 degrees for 50 minutes, or at 185 degrees in a gas stove.",
            "Roast at 210 degrees for 50 minutes. Salted beets need no more. In a gas stove, roast at 185 degrees.",
            [],
        ),
        (
            "Drones are allowed only before 8:15 and after 17:30 and must stay in sight at all moments.",
            "Drones may be flown only before 8:15 or after 17:30. They must stay in sight at all moments.",
            [],
        ),
        (
            "The bakery Oster Grain will mend the oven of the lower school kitchen for £310, from 9 August.",
            "The oven of the lower school kitchen is to be mended. Oster Grain asked £310 and Hill Works £290. "
            "Oster Grain begins on 9 August.",
            [],
        ),
        (
            "The bakery Oster Grain will mend the oven of the lower school kitchen for £290, from 9 August.",
            "The oven of the lower school kitchen is to be mended. Oster Grain asked £310 and Hill Works £290. "
            "Oster Grain begins on 9 August.",
            ["290"],
        ),
        (
            "After five years clerks have 28 days, and after ten years 30 while new clerks have 26 days of leave.",
            "New clerks have 26 days of leave. After five years clerks have 28 days, and after ten years 30.",
            [],
        ),
        (
            "If there is heavy rain between 9 pm and 6 am, take the north gate.",
            "Ring 555 2310 if you see heavy rain or snow. Between 9 pm and 6 am, take the north gate.",
            [],
        ),
    ],
)
def test_a_number_is_of_one_thing_and_in_one_unit(text: str, cited: str, strange: list[str]) -> None:
    assert said_of_something_else(text, [cited]) == strange


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("It closes at 18:00.", "It closes at 6 pm."),
        ("Open from 7:30am–6pm.", "It opens at 7:30 am and closes at 6 pm."),
        ("It closes at 3 pm.", "A weekend runs to Sunday 15.00."),
        ("Quiet from 22:00 bis 6:00 Uhr.", "Die Nachtruhe dauert von 22 Uhr bis 6 Uhr."),
        ("Signed on 03/03/2024.", "Signed on 3 March 2024."),
        ("Signed on 3.3.2024.", "Signed on March 3rd, 2024."),
        ("Due by 31/03.", "Due by 31 March."),
        ("The rent is forty-eight thousand pounds.", "The rent is £48,000."),
        ("Two hundred and fifty seats.", "250 seats."),
        ("Two weeks of notice.", "14 days of notice."),
        ("It costs 2 cents.", "It costs 0.02 euros."),
        ("Valid for two years.", "Valid for 24 months."),
        ("It lasts one year.", "It lasts a year."),
        ("Every 3 years.", "Every third year."),
        ("Nearly 2,000 disks.", "1,946 disks."),
        ("Wait half an hour.", "Wait for 30 minutes."),
        ("Each further quarter of an hour.", "Each further 15 minutes."),
        ("Add 0.4 l of milk.", "Add 400 ml of milk."),
        ("Ouvert de 8 h 30 à 16 h.", "Ouvert dès 8h30, jusqu'à 16 h."),
        ("It takes 3 hours and 25 minutes.", "It takes 3 h 25 min."),
        ("The deposit is 50% of it.", "The deposit is half of it."),
        ("The deposit is 25 per cent of it.", "The deposit is a quarter of it."),
        ("Le délai est de huit jours.", "Le délai est de 8 jours."),
        ("It does not open until June.", "It does not open before June."),
        ("It is shut until April.", "It is shut, and opens after April."),
        ("Es schließt im Juni.", "Es schließt nach Juni."),
    ],
)
def test_the_same_number_written_otherwise_is_not_missing(text: str, cited: str) -> None:
    assert not missing(text, cited)


@pytest.mark.parametrize(
    ("text", "cited", "lost"),
    [
        ("Leave expires on 31 May.", "Leave expires on 31 March.", {"may"}),
        ("Sie ist im Juni.", "Sie ist im Juli.", {"june"}),
        ("La date est le 3 mars.", "La date est le 3 avril.", {"march"}),
        ("El plazo es de ocho días.", "El plazo es de nueve días.", {"8"}),
        ("It failed at 14:14.", "It failed at 02:14.", {"14:14"}),
        ("It failed at 2:14 pm.", "It failed at 02:14.", {"2:14"}),
        ("Nearly 2,500 disks.", "1,946 disks.", {"2500"}),
        ("More than 2,000 disks.", "1,946 disks.", {"2000"}),
        ("It lasts one year.", "It lasts two years.", {"1"}),
        ("The deposit is 25 euros.", "The deposit is paid in the first quarter.", {"25"}),
        ("The deposit is 25 percent.", "The deposit is paid in the first quarter.", {"25"}),
        ("The deposit is 50 euros.", "The deposit is half of the rent.", {"50"}),
        ("About 49 euros.", "Half of the rent.", {"49"}),
    ],
)
def test_another_number_is_missing(text: str, cited: str, lost: set[str]) -> None:
    assert missing(text, cited) == lost


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_in_figures_is_its_name(month: int) -> None:
    named, other = (f"31 {calendar.month_name[number]} 2024" for number in (month, month % 12 + 1))
    for in_figures in (f"2024-{month:02}-31", f"31.{month:02}.2024", f"31/{month}/2024"):
        assert not missing(in_figures, named) and not missing(named, in_figures)
        assert missing(in_figures, other) and missing(other, in_figures)


@pytest.mark.parametrize("text", ["5 may be carried over", "They march in step.", "A mar of 5", "the second of them"])
def test_what_is_no_month_or_number(text: str) -> None:
    assert not {figure.shown for figure in figures(text)} - {"5"}


@pytest.mark.parametrize(
    ("text", "cited", "units"),
    [
        ("Three days a month.", "Three days a week.", ["month"]),
        ("The floor has 185 square feet.", "The floor has 185 square metres.", ["feet"]),
        ("Two weeks of notice.", "14 days of notice.", []),
        ("It costs 3 euros per GB.", "It costs 3 euros per gigabyte.", []),
        ("Three days a year.", "Three days a week for an employee.", ["year"]),
        ("Trois jours par an.", "Trois jours par mois.", ["ans"]),
        ("Trois jours par an.", "Trois jours par année.", []),
        ("La garantie est de 1 an.", "La garantie est de 12 mois.", []),
        ("A second visit within 14 days.", "A visit within 14 days.", []),
        ("It sends 10 a second.", "It sends 10 a minute.", ["second"]),
        ("The tenants pay £14.85 per month.", "The tenants pay £14.85 a week.", ["month"]),
        ("The field has 24 bytes.", "The field has 24 bits.", ["bytes"]),
        ("Rent is over a week late.", "Rent is more than seven days late.", []),
        ("Rent is over a week late.", "Rent is more than six days late.", ["week"]),
        ("It is paid within an hour.", "It is paid within 60 minutes.", []),
        ("It is paid seven times a week.", "It is paid every seven days.", ["week"]),
    ],
)
def test_units_of_the_same_kind_are_told_apart(text: str, cited: str, units: list[str]) -> None:
    assert other_units(text, cited) == units


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("It costs 0.12 euros per kilometre.", ["km"]),
        ("It costs 0.12 a minute.", []),
        ("It costs 0.12 euros.", []),
        ("It costs 5 euros per kilometre.", []),
        ("It costs 2 euros a month per GB.", []),
    ],
)
def test_a_number_is_for_each_of_one_thing(text: str, rates: list[str]) -> None:
    assert other_rates(text, "It costs 0.12 euros a minute, 5 euros to unlock, 2 euros per GB a month.") == rates


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Yes, the studio has step-free access.", "Step-free access"),
        ("The studio has 30 seats and no step-free access.", ""),
        ("The studio has a piano.", ""),
        ("The studio has 30 seats.", ""),
    ],
)
def test_a_cell_that_says_no(text: str, label: str) -> None:
    row = "Room: Studio; Seats: 30; Step-free access: no; Piano: yes"
    assert denied_by_cell(text, [row]) == label
    assert not denied_by_cell(text, [row, "Room: Hall; Seats: 90; Step-free access: yes; Piano: no"])


def test_a_number_that_comes_out_of_others_is_told() -> None:
    assert computed({"300"}, "20 guests at £15 make £300.", "It costs £15 per guest.") == "15 × 20"
    assert computed({"300"}, "It is £300.", "It costs £15 for 20 guests.") == ""
    assert computed({"2020"}, "In 2020 there were 20.", "101 of them.") == ""


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("The A100 has 400 GB of memory.", ["400"]),
        ("The A100 has a bandwidth of 600 GB/s.", ["600"]),
        ("The A100 has a bandwidth of 2.04 GB/s.", ["2.04"]),
        ("The A100 draws 400 W of power.", []),
        ("The A100 (2020) has 80 GB of memory and a bandwidth of 2.04 TB/s.", []),
    ],
)
def test_a_number_of_another_field_of_the_row(text: str, strange: list[str]) -> None:
    row = "Name: A100; Announced: 2020; Memory (GB): 80; Bandwidth (TB/s): 2.04; Power (W): 400; Link (GB/s): 600"
    assert said_of_something_else(text, [row]) == strange


@pytest.mark.parametrize(
    ("text", "row", "strange"),
    [
        ("Heron is room 1.02 on the first floor.", "Room: 1.02; Floor: First; Name: Heron", []),
        ("Hearth Fixed 24 has an exit fee of 100.", "Tariff: Hearth Fixed 24; Unit rate: 6.7; Exit fee: 100", []),
        ("Giving back a cold room 5 to 9 days ahead costs 18%.", "Days: 5 to 9; Cold rooms: 12%; Halls: 18%; Tents: 9%", ["18"]),
        ("Giving back a hall 5 to 9 days ahead costs 18%.", "Days: 5 to 9; Cold rooms: 12%; Halls: 18%; Tents: 9%", []),
        ("Hearth has an exit fee of 6.7.", "Tariff: Hearth; Unit rate: 6.7; Exit fee: 100", ["6.7"]),
        ("The standing charge is 25.6 a day.", "Tariff: Owl; Unit rate day: 25.6; Standing charge: 49.5", ["25.6"]),
        ("It was bought on 20 January 2025 at a price of 329.", "Item: Vexa; Price: 329; Bought: 2025-01-20", []),
        ("Die Kosten von 3.048 Euro werden nach Fläche verteilt.", "Art: Lift; Gesamtkosten: 3.048 €; Verteilung nach: Fläche", []),
    ],
)  # fmt: skip
def test_the_label_that_a_text_names_best_tells_the_field(text: str, row: str, strange: list[str]) -> None:
    assert said_of_something_else(text, [row]) == strange


def test_the_day_of_a_german_date_ends_no_clause() -> None:
    cited = "Ab dem 1. Juli 2025 erhöht sich die Zahlung von 180 Euro auf 199 Euro."
    assert said_of_something_else("Die Zahlung steigt ab dem 1. Juli 2025 von 180 auf 199 Euro.", [cited]) == []


def test_the_numbers_of_its_first_cell_tell_the_row() -> None:
    rows = ["Days ahead: 5 to 9; Halls: 18%", "Days ahead: 2 to 4; Halls: 40%"]
    assert said_of_something_else("The fee of a hall 2 to 4 days ahead is 18%.", rows) == ["18"]
    assert said_of_something_else("The fee of a hall 5 to 9 days ahead is 18%.", rows) == []


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("The club spent 1,350 on fuel in 2025.", ["1350"]),
        ("The club spent 1,270 on fuel in 2025.", []),
        ("The club plans to spend 1,350 on fuel.", []),
        ("Fuel cost 1,270 in 2025, and 1,350 are planned for 2026.", []),
    ],
)
def test_a_number_of_another_year(text: str, strange: list[str]) -> None:
    assert said_of_something_else(text, ["Fuel; Actual 2024: 1145; Actual 2025: 1270; Budget 2026: 1350"]) == strange


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("A hedgehog is ready for release at 650 grams in summer.", ["650"]),
        ("Flat felt repairs are guaranteed for 12 months.", ["12"]),
        ("A hedgehog is ready for release at 600 grams in summer.", []),
        ("Flat felt repairs are guaranteed for 12 years.", ["12"]),
        ("Leadwork is guaranteed for 12 years.", []),
        ("On Thursday lights go out at 9:30 pm.", ["9:30"]),
        ("Lights go out at 9:30 pm.", []),
    ],
)
def test_a_number_of_another_clause(text: str, strange: list[str]) -> None:
    cited = [
        "A hedgehog is ready for release at 600 grams in summer; in winter it must weigh 650 grams.",
        "Leadwork is guaranteed for 12 months, flat felt repairs for 18 months.",
        "Leadwork is guaranteed for 12 years, flat felt repairs for 18 months.",
        "Lights out 9:30 pm, on Thursday 10:15 pm.",
    ]
    assert said_of_something_else(text, cited) == strange


def test_hundreds_of_numbers_and_clauses_are_compared() -> None:
    """Where the time grows with the square of their number, this takes a minute."""
    numbers = range(1000, 1700)
    stated, rows = f"The values are {', '.join(map(str, numbers))}.", [f"Name: a{n}; Value: {n}" for n in numbers]
    assert missing(stated, ", ".join(rows)) == set() and missing(f"{stated} Or 7.", ", ".join(rows)) == {"7"}
    assert said_of_something_else(stated, rows) == [] and other_units(stated, ", ".join(rows)) == []


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Keep the cellar above -4 °C.", "The cellar must stay warmer than minus 4 °C."),
        ("The hall is booked 48 hours ahead.", "The hall is booked two days ahead."),
        ("Add 1 kg of salt.", "Add a kilogram of salt."),
        ("The trial runs for half a year.", "The trial runs for six months."),
        ("There are three colours: red, green and blue.", "The colours are red, green and blue."),
        ("Ask the one on duty.", "Ask the person on duty."),
        ("Pour 50 cl of milk.", "Pour half a litre, 500 ml, of milk."),
        ("Take 500 mg of it.", "Take 0.5 g of it."),
    ],
)
def test_what_is_only_written_otherwise_is_not_missing(text: str, cited: str) -> None:
    assert missing(text, cited) == set()


@pytest.mark.parametrize(
    ("text", "cited", "lost"),
    [
        ("It hatches on the ninth day.", "It hatches on the seventh day.", {"9"}),
        ("There are four colours: red, green and blue.", "The colours are red, green and blue.", {"4"}),
        ("Add 1 kg of salt.", "Add a pinch of salt.", {"1"}),
        ("A third day is possible.", "A further day is possible.", set()),
    ],
)
def test_what_counts_something_else_is_missing(text: str, cited: str, lost: set[str]) -> None:
    assert missing(text, cited) == lost


def test_small_units_are_told_apart() -> None:
    assert other_units("Pour five centilitres.", "Pour five millilitres.") == ["centilitres"]
    assert other_units("Take 20 milligrams.", "Take 20 grams.") == ["milligrams"]
    assert other_rates("It costs 30 euros per evening.", "It costs 30 euros per hour.") == ["evening"]
    assert other_rates("It costs 30 euros per hour.", "It costs 30 euros per hour.") == []


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("Boat L weighs 310 kg.", []),
        ("Boat K weighs 310 kg.", ["310"]),
        ("The weight of Boat K is 240 kg.", []),
    ],
)
def test_the_name_of_a_row_may_tell_its_unit(text: str, strange: list[str]) -> None:
    assert said_of_something_else(text, ["Property: Weight, kg; Boat K: 240; Boat L: 310"]) == strange


def test_numbers_in_the_order_of_one_sentence_are_of_the_same_things() -> None:
    quote = "Rooms of the east wing cost 80 euros, rooms of the west wing 95 euros, and the suite of both 140 euros."
    assert not said_of_something_else("East 80 euros, west 95 euros, suite 140 euros.", [quote])


@pytest.mark.parametrize(
    ("text", "cited", "other"),
    [
        ("Engine B is cooled by sea water.", "Engine D is cooled by sea water.", "Engine D"),
        ("Engine B is cooled by sea water.", "Engines B and D are cooled by sea water. Engine D is red.", ""),
        ("In the Chapel guests may take photographs.", "In the Crypt guests may take photographs.", "In the Crypt"),
        ("After K7 the oven cools for an hour.", "After K9 the oven cools for an hour.", "After K9"),
        (
            "Ines Roth leads the office in Graz.",
            "Offices are led by Ines Roth in Linz, Max Hain in Graz.",
            "Ines Roth, Linz",
        ),
        ("Max Hain leads the office in Graz.", "Offices are led by Ines Roth in Linz, Max Hain in Graz.", ""),
        ("Im Keller steht die Pumpe.", "Im Garten steht die Pumpe.", ""),
    ],
)
def test_what_is_said_of_a_sibling(text: str, cited: str, other: str) -> None:
    assert other_subject(text, [cited]) == other


@pytest.mark.parametrize(
    ("text", "cited", "other"),
    [
        ("Ada Holm found the leak.", "The crack was reported by Ada Holm. The leak was found by our own crew.", "found by our own crew"),
        ("The leak was found by Ada Holm.", "Ada Holm came late. The leak was found by Bo Lind.", "found by Bo Lind"),
        ("Bo Lind found the leak.", "The leak was found by Bo Lind.", ""),
        ("Ada Holm sent the plan.", "The plan was sent by e-mail.", ""),
        ("The purser locks the gates.", "The mate locks the gates; the purser rests.", ""),
        ("The cook locks the gates.", "The mate locks the gates; the purser rests.", "mate"),
        ("The skipper locks the gates.", "The mate locks the gates; the purser rests.", ""),
        ("The cook locks the gates.", "It is late. He locks the gates.", ""),
    ],
)  # fmt: skip
def test_who_does_it(text: str, cited: str, other: str) -> None:
    assert other_agent(text, [cited], "The mate and the cook sleep aboard.") == other


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("In spring the elms grew more than the oaks did.", "4 and 7"),
        ("In spring the oaks grew more than the elms did.", ""),
        ("In spring the oaks grew less than the elms.", "7 and 4"),
        ("The elms grew more than the oaks.", ""),  # at one time or the other
        ("In spring the elms grew more than 2 cm.", ""),
        ("In spring the elms did not grow more than the oaks.", ""),
    ],
)
def test_which_of_two_is_more(text: str, numbers: str) -> None:
    cited = "In spring the elms grew 4 cm, whereas the oaks grew 7 cm. In autumn the elms grew 3 cm."
    assert turned_comparison(text, [cited]) == numbers
