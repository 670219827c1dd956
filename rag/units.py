"""Units however they are written: what each measures, its one name, and what it is in a smaller one."""

from __future__ import annotations

import re

# What each measures and the name that stands for all, by the way it is written.
UNITS = {
    word: (kind, names.split()[0])
    for kind, line in (
        ("money", "dollar dollars usd $ | euro euros eur € | pound pounds gbp £ | yen ¥ | yuan rmb | franc francs chf"),
        ("money", "cent cents ct | penny pence p"),
        ("time", "second seconds sec secs s sekunde sekunden | minute minutes min mins minuten"),
        ("time", "hour hours hourly hr hrs h stunde stunden heure heures hora horas"),
        ("time", "day days daily tag tage tagen jour jours dia dias"),
        ("time", "week weeks weekly wk woche wochen semaine semaines semana semanas"),
        ("time", "month months monthly monat monate monaten monats mois mes meses"),
        ("time", "year years yearly annual annually annum yr yrs jahr jahre jahren jahres ans annee ano anos"),
        (
            "length",
            "mm millimetre millimetres | cm centimetre centimetres | m metre metres meter meters "
            "| km kilometre kilometres kilometer kilometers",
        ),
        ("length", "inch inches | foot feet ft | mile miles | yard yards"),
        (
            "size",
            "bit bits | byte bytes | kb kilobyte kilobytes | mb megabyte megabytes | gb gigabyte gigabytes "
            "| tb terabyte terabytes",
        ),
        ("share", "% percent percentage prozent"),
        (
            "volume",
            "ml millilitre millilitres milliliter milliliters | cl centilitre centilitres | dl decilitre decilitres"
            "| l litre litres liter liters",
        ),
        ("power", "w watt watts | kw kilowatt kilowatts | mw megawatt megawatts"),
        (
            "weight",
            "mg milligram milligrams | g gram grams | kg kilogram kilograms kilo kilos | tonne tonnes ton tons "
            "| lb lbs",
        ),
    )
    for names in line.split("|")
    for word in names.split()
}
# "1 an", "par an"; that of "30 an hour" is the article of English.
FRENCH_YEAR = re.compile(rf"(?:(?<=\d )|(?<=\bpar ))an\b(?! (?:{'|'.join(filter(str.isalpha, UNITS))})\b)")
# How many of a smaller unit each is.
CONVERSIONS = {
    "week": (7, "day"), "day": (1, "day"), "year": (12, "month"), "month": (1, "month"), "hour": (60, "minute"),
    "minute": (1, "minute"), "km": (1000, "m"), "m": (1, "m"), "cm": (0.01, "m"), "mm": (0.001, "m"),
    "kg": (1000, "g"), "g": (1, "g"), "mg": (0.001, "g"), "tonne": (1e6, "g"),
    "cent": (0.01, "euro"), "euro": (1, "euro"), "penny": (0.01, "pound"), "pound": (1, "pound"),
    "tb": (1000, "gb"), "gb": (1, "gb"), "mb": (0.001, "gb"),
    "l": (1000, "ml"), "cl": (10, "ml"), "dl": (100, "ml"), "ml": (1, "ml"), "%": (1, "%"),
}  # fmt: skip

# Weeks are told in days above, hours in minutes; 72 hours are three days too.
HOURS = {"hour": ((1, "hour"),), "day": ((24, "hour"),), "week": ((168, "hour"),)}


def unit_name(word: str) -> str:
    """Return the name of a unit that is written in several ways, "gb" for "gigabytes", else the word itself."""
    return UNITS.get(word, ("", word))[1]


def kind_of_unit(word: str) -> str:
    """Return what a unit measures, ``time`` of "weeks"; nothing of other words."""
    return UNITS.get(word, ("", ""))[0]
