"""How well one sentence fits the codes, the row of a table and the quantities that a question asks for."""

from __future__ import annotations

import re

from rag.amounts import SUM_ROW, amounts, in_range, in_reach, measures, numbered, numbered_things, quantities
from rag.answertype import NUMBER, asked_type, defining, excludes, has_type, labelled, named, names
from rag.lists import is_row, only_lists
from rag.text import STOP_WORDS, asked_stems, caseless, content_words, in_words, stems_of, words
from rag.units import kind_of_unit

# Log odds for what is too rare in the data to be fitted, set by hand.
# A sentence that announces answers nothing by itself, nor does a caption, nor, even less, one that asks.
NO_STATEMENT = 1.5
# One of the things that are to be counted does not say how many there are.
_COUNTED_ROW = 4.0
# "Barque-H100" is not "Barque-H100-8", nor is "Orbis One" the "Orbis One Max", though they share all words but one.
_EXACT_NAME = 1.0
# "three parts" is how many parts there are.
_COUNTS = 1.5
# "up to £500" is about £400 too, and "7.2" is what "section 7.2" means.
MEANT = 3.0
_EXCLUDES = 0.5  # "a dog that is not neutered" is "dog not neutered" rather than "neutered dog"
_DEFINES = 4.0  # "A late fee is the", of "What is a late fee?"

_CAPTION = caseless(r"(?:table|figure|fig|chart|tabelle|abbildung|abb|tableau|tabla|figura)s?\.? ?\d")
_OPEN_QUESTION = caseless(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b")
DOTTED = re.compile(r"(?<![\w.,£$€-])\d+(?:[.-]\d+)+(?![\w%])")  # a section, a version, the number of an invoice
_SHOUTED = re.compile(r"\b[A-Z]{2,3}\b")  # "the IT budget"
_THINGS = caseless(
    r"\b(?:which|what|list|show|name|all|how many) "
    r"((?:(?!(?:and|or|is|are|was|were|do|does|did|has|have|can|may|must|should|will)\b)[\w-]+ ?){1,4})"
)
_THING_ASKED = 2.0
_PARTS = (
    "item|point|section|clause|article|chapter|paragraph|part|rule|appendix|annex|schedule|abschnitt|kapitel|artikel"
)
_PART = rf"(?:(?:{_PARTS})\s|§\s?)"
_ASKS_PART = caseless(rf"(?<!\w){_PART}(\d{{1,3}})(?![\w%]|[.,]\d)")
_LETTER = re.compile(r"(?<=[a-z] )[A-HJ-Z](?=[?,.; ]|$)")  # "building A"
_OF_PRICE = stems_of("cost costs price prices pay paid charge charged fee kostet kosten preis prix coute precio cuesta")
_FROM_TO = caseless(r"\b(?:from|von|de) ([^\W\d_]\w+)(?: \w+)? (?:to|nach|à) (?:the )?([^\W\d_]\w+)")
_START = re.compile(r"\b(?:[Ff]rom|[Vv]on|[Ll]eav\w+|[Dd]epart\w*) (?:the )?([A-Z]\w+)")
_END = re.compile(r"\b(?:to|for|nach|à|arriv\w+ (?:at|in)) (?:the )?([A-Z]\w+)")
_TO = r"(?:\s(?:to|nach|à)\s|\s?[–—→-]\s?)(?:the )?"
_UNIT = re.compile(r"(?:,? ?\(([^()]{1,20})\)|, ([^,;]{1,20}))$")  # behind what is measured: "Weight, kg"
_COUNTED = caseless(r"\b(?:how many |wie ?viele? |combien d(?:e |['’])|cu[aá]nt[oa]s )(\w+)")


class Asked:
    """What a question asks for, as far as one sentence can be held against it."""

    def __init__(self, question: str) -> None:
        self.kind, self.known, self.said = asked_type(question), set(words(question)), f" {in_words(question)} "
        self.counted = {stem for noun in _COUNTED.findall(question) for stem in content_words(noun)}
        self.counts, self.excludes = _counting(question), excludes(question)
        self.is_open = _OPEN_QUESTION.search(question) is not None
        self.codes = [name for name in names(question) if any(c.isdigit() for c in name)] + _LETTER.findall(question)
        self.codes += [
            word for word in _SHOUTED.findall(question) if word.lower() in STOP_WORDS and not question.isupper()
        ]
        self.things = {stem for nouns in _THINGS.findall(question) for stem in content_words(nouns)}
        self.dotted, self.amounts, self.measures = DOTTED.findall(question), amounts(question), measures(question)
        self.exact, self.defines = [*quantities(question), *filter(None, [labelled(question)])], defining(question)
        things = {noun for noun, _ in numbered_things(question)}
        self.labels = [caseless(rf"(?:^|; ){noun}: \d") for noun in things]
        self.part = part_asked(question)
        self.numbered, (self.ways, self.stop) = numbered(question), _ways(question)
        told = {stem for stem in asked_stems(question) if not stem[0].isdigit()} - {unit for _, unit in self.measures}
        self.told = set() if told <= _OF_PRICE else told  # besides quantities

    def type_in(self, text: str) -> float:
        """Return 1 if a sentence holds a thing of the kind that is asked for, 0 if not, .5 if no kind is asked for."""
        return has_type(self.kind, text, self.known)

    def fits(self, text: str, heading: str) -> float:
        """Return the log odds that a sentence gains for the codes, the row and the quantities that are asked for."""
        holds = any(in_range(amount, text) for amount in self.amounts) or any(what.search(text) for what in self.exact)
        # "Level 5" is the row of that level, not one for ages of "4–5".
        numbers_it = any(label.search(text) for label in self.labels)
        measured = [(value, unit) for value, unit in self.measures if unit or not numbers_it]
        if not holds and any(in_reach(*measure, text) for measure in measured):
            holds = not self.told or not self.told.isdisjoint(content_words(f"{heading} {text}"))
        holds = holds or any(what(text) for what in self.numbered)
        told = f"{text} {heading}" if is_row(text) else ""
        there, back = (way.search(told) is not None for way in self.ways) if self.ways else (False, False)
        in_part = self.part is not None and self.part.search(heading) is not None
        stop = self.stop is not None and self.stop.match(told) is not None
        return (
            _EXACT_NAME * named(self.codes, text, heading)
            + _EXACT_NAME * (self._names_row(text) and self.type_in(text) > 0)
            + _COUNTS * (self.counts is not None and self.counts.search(text) is not None)
            + MEANT * holds
            + _EXCLUDES * (self.excludes and excludes(text))
            + _DEFINES * (self.defines is not None and self.defines.search(text) is not None)
            + MEANT * (there - back)
            + _THING_ASKED * (there and stop)
            + _THING_ASKED * self._is_thing(text)
            + MEANT * (named(self.dotted, text, heading) == 1 or in_part)
            - _COUNTED_ROW * only_lists(self.counted, text)
            - NO_STATEMENT * (_CAPTION.match(text) is not None)
        )

    def _is_thing(self, text: str) -> bool:
        """Tell whether a row is one of the things that are asked for, as its first label says: "Which codes …?"."""
        label = content_words(text.partition(": ")[0]) if self.things and is_row(text) else []
        return bool(label) and self.things.issuperset(label)

    def _names_row(self, text: str) -> bool:
        """Tell whether the question says the first field of a row as it is; what a sum is of says nothing."""
        if not is_row(text) or SUM_ROW.match(text):
            return False
        first = in_words(_without_unit(text.partition(";")[0].rpartition(": ")[2]))
        return bool(content_words(first)) and not first.isdigit() and f" {first} " in self.said


def _without_unit(label: str) -> str:
    """Return what is measured, "Weight" of "Weight, kg"."""
    unit = _UNIT.search(label)
    return label[: unit.start()] if unit and any(map(kind_of_unit, words(unit.group()))) else label


def part_asked(question: str) -> re.Pattern[str] | None:
    """Return what finds the heading of a section that is asked for by its number: "clause 7", "§ 7"."""
    if not (asks := _ASKS_PART.search(question)):
        return None
    return re.compile(rf"(?:(?:^| > ){_PART}?|{_PART}){asks[1]}(?!\w|\.\d)", re.IGNORECASE | re.MULTILINE)


def _ways(question: str) -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str] | None]:
    """Return what finds the way that a question names, "from Rye to Hythe" or "to Hythe", and that back; and the row of
    the stop that is asked for, where one leaves or arrives."""
    named, begins, ends = (pattern.search(question) for pattern in (_FROM_TO, _START, _END))
    if not (named or ends):
        return (), None
    places = named.groups() if named else (begins[1] if begins else "", ends[1] if ends else "")
    start, end = (rf"\b{re.escape(place)}\b" if place else r"\b" for place in places)
    ways = [caseless(f"{a}.{{0,12}}?{_TO}{b}") for a, b in ((start, end), (end, start))]
    at = places[1] if re.search(r"\barriv|\bank[ou]|\bkommt\b", question, re.IGNORECASE) else places[0]
    return tuple(ways), caseless(rf"(?:[^:;]*: )?{re.escape(at)}\b") if at else None


def _counting(question: str) -> re.Pattern[str] | None:
    """Return what finds a number of the things that a question counts: of "How many parts …?" "three parts"."""
    counted = [noun for noun in _COUNTED.findall(question) if noun != "per" and content_words(noun)]
    nouns = "|".join(re.escape(noun.rstrip("s")) for noun in counted)
    number = rf"(?:{NUMBER.pattern})[\w.,]{{0,20}}"
    return caseless(rf"{number}(?: [\w-]+){{0,2}}? (?:{nouns})") if nouns else None
