"""Sentences that only mean something together, as a list with the line that leads to it, or nothing: greetings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import pairwise

from rag.datatypes import MAX_LABEL, Passage
from rag.sentences import COLONS, QUESTION_MARKS
from rag.text import STOP_WORDS, caseless, content_words, coverage, held_stems, squeeze, stem, stems_of, words

# More of a list is not quoted as a whole; both set by hand.
MOST_LINES = 12
_MOST_CHARACTERS = 1000
_SHORT_ITEM = 120
_ANSWER_CHARACTERS = 240  # what follows a question is its answer so far
_CELL = rf"[^:;\n]{{1,{MAX_LABEL}}}"
_FIELD = rf"{_CELL}: [^;]*"
_ROW = re.compile(rf"{_FIELD}(?:; {_FIELD})+|{_CELL}(?:; {_FIELD}){{2,}}")  # the first may have no label
_COUNT = re.compile(r"\W*\d+(?:[., ]\d+)*(?!\w)")
_EVERY_ROW = re.compile(
    r"^(?:please |can you |could you )*(?:list|enumerate|show|name)(?: me)? (?:all|the|every|each|\w+s)\b"
    r"|\ball (?:the )?\w+s\b"
    r"|^(?:bitte )?(?:nenne?|nennen sie|zeige?|liste|zähle?)(?: mir| uns)? (?:alle|die|sämtliche)\b"
    r"|^(?:énumér|list|cit|nomm|donn)(?:e[rsz]?|ez)(?:[- ](?:moi|nous))? (?:tous|toutes|les|la liste)\b"
    r"|^¿?¡?(?:enumer|list|nombr|muéstr|muestr|dim|d)[aeéi]?(?:me|nos)? (?:tod[oa]s|l[oa]s|la lista)\b"
)
_OF_THINGS = caseless(
    r"\W*(?:which|what) (?:[\w-]+ ){1,2}?(?:is|are|was|were|do|does|did|has|have|can|may|must|needs?)\b(.+)"
)
LISTS = stems_of("list enumerate show name")  # they ask for all of a kind
_SEVERAL = re.compile(
    rf"{_EVERY_ROW.pattern}|\b(?:steps?|procedure|what are|which are|how (?:do|does|to|can|should|must))\b"
    r"|\b(?:what|which) (?!\w*(?:ss|us|is|as)\b)"
    r"(?!(?:does|causes|makes|means|happens|goes|needs|comes|helps|works|says|starts|costs|ends)\b)\w+s\b"
    # "Welche Frist gilt" is for one, "welche Fristen" and "welche Werke sind" are for several.
    r"|\bwas sind\b|\bschritte?\b|\bwelche (?:[\w-]+ )?(?:[\w-]*(?:en|ern|eln|s)\b|[\w-]+ (?:sind|waren|haben|werden"
    r"|gelten|gibt es|gehören|dürfen|müssen|können|sollen|brauche|benötige)\b)"
    r"|\bwie (?:kann|muss|soll|darf|geh|mach\w*|\w{3,}e) (?:ich|man|wir)\b"
    r"|\bquel(?:le)?s (?:sont|étaient|\w+s)\b|\bétapes?\b"
    r"|\bcomment (?:faire|faut-il|dois-je|puis-je|doit-on|peut-on|[\w’']{2,}er)\b"
    r"|\bcuáles\b|\bpasos\b|\bqué (?!\w*(?:mos|ás|és)\b)\w{2,}[aeo]s\b"
    r"|\bcómo (?:puedo|debo|hay que|tengo que|se (?!llam)|\w{2,}[aei]r\b)"
)

_GREETING = caseless(
    r"(?:dear|hi|hello|sehr geehrte\w*|liebe[rs]?|hallo|guten tag|ch[eè]re?s?|bonjour|estimad[oa]s?)(?![-\w])"
    r"(?:[^.:;?!,]|\b(?:mrs?|ms|dr|prof)\.|, (?=dear|sehr)){0,80}[,:]"
    r"|(?:yours \w+|sincerely|(?:(?:kind|best|warm) )?regards|best wishes|cordialement|atentamente"
    r"|(?:mit|viele|beste|liebe) \w* ?gr[uü](?:ß|ss)en?),?"
    r"|(?:on|am|le|el) (?=.{0,120}(?:\d[:.]\d\d|@|\d{4})).{5,120} (?:wrote|schrieb(?: .{1,60})?|a écrit|escribió) ?:"
)

_SUBJECT = caseless(r"^(?:(?:subject|betreff|objet|asunto|re|aw|fwd?|title):\s*)+")
# The lines at the head of a mail say who wrote, to whom and when; of other things that are asked for they say nothing.
_HEAD = caseless(
    r"(from|to|b?cc|von|an|de|à|para): .*\S@\S+|(?:date|sent|gesendet|datum|envoyé|fecha): .*\d{4}.*\d:\d\d.{,15}"
)
_TITLED_ITEM = re.compile(r"\(?\d{1,3}[.)] (?:\S+ ){0,6}\S+\.")  # "4. Allotment show on Saturday.", before what of it
_FOLLOWS = caseless(
    r"\b(?:as follows|following(?: [\w’'-]+){0,6}|(?:listed|shown|set out) below|wie folgt"
    r"|folgende[nmrs]?(?: [\w-]+){0,6}|comme suit|suivante?s?)[.。]$"
)
_OF_ITSELF = "agreement|policy|document|manual|contract|guide|handbook|section|chapter|report|paper|page|version|notice"
_LEANING = re.compile(
    rf"(?:(?!IT|ER)(?i:it(?! is (?:not )?\w+ (?:to|that)\b)|its|he|she|they|his|her|their|this(?! (?:{_OF_ITSELF})\b)"
    r"|these|that|those(?! who\b)|such|so|but|therefore|thus|hence|consequently|as a result|for (?:this|that) reason"
    r"|because of this|however|otherwise|instead|nevertheless|in (?:this|that|such) cases?|[bi][yn] contrast"
    r"|on the other hand|er|sein|seine[mnrs]?|dies|deshalb|daher|darum|somit|jedoch|sonst|andernfalls"
    r"|ils?(?! (?:faut|y a|est)\b)|cela|ceci|c[’']est|ainsi|donc|sinon|él|esto|por eso|por (?:lo )?tanto|sin embargo)"
    r"|(?i:elles?|ell[ao]s?)(?! [A-Z]))\b(?!:)"
)
_TABLE_TOLD_OF = caseless(
    r"\b(?:(?:the )?following (?:table|list)|(?:table|list) below|folgende[nr]? (?:tabelle|liste|übersicht)"
    r"|(?:tableau|liste) (?:suivante?|ci-dessous)|siguiente (?:tabla|lista))\b"
)
_NEAR = 5  # sentences from there to its first row
_LABELS = re.compile(
    r"(?:\s*[^\s:.;?!][^:.;?!\n]{0,39}:(?!\d)){2,}\s*"
    r"|(?:\s*[^\s_:.;?!](?:[^_:.;?!\n]{0,38}[^\s_:.;?!])?:?\s*_{3,})+\s*"  # to be filled in
)


class Lines:
    """The sentences of a passage as the lines that they stand in. ``spans`` are in the document."""

    def __init__(self, passage: Passage) -> None:
        self.spans, self.passage = passage.spans, passage
        self.texts = [passage.slice(start, end) for start, end in self.spans]
        gaps = [passage.slice(a[1], b[0]) for a, b in pairwise(self.spans)]
        self.breaks = [min(2, gap.count("\n")) for gap in gaps]  # after each sentence: none, a line, a block

    def led_to(self, i: int) -> int:
        """Return the end of what sentence ``i`` leads to, a list or the next sentence; ``i`` if to nothing."""
        if i + 1 == len(self.spans):
            return i
        if greets(self.texts[i + 1]):
            return i
        if self._is_title_of_item(i):
            return self._end_of_sentences(i + 1)
        if table := self._end_of_table_told_of(i):
            return table
        asks, announces = self._asks(i), self.texts[i].endswith(COLONS)
        announces = announces or self._breaks_off(i)
        if not (asks or announces or self._is_unfinished(i) or self._tells_of_list(i)):
            return i
        end = self._end_of_answer(i + 1) if asks else self._end_of_list(i + 1)
        return end if end - i > 2 or announces or asks else i

    def list_around(self, i: int) -> tuple[int, int]:
        """Return the half-open range of the list that sentence ``i`` stands in, with its lead; else of itself."""
        low, high = self._whole_list(i)
        end = self._within_bounds(low, high)
        return (low, end) if end > i else (i, i + 1)

    def _whole_list(self, i: int) -> tuple[int, int]:
        low = high = i
        while low > 0 and self.breaks[low - 1] < 2 and not self._asks(low):
            low -= 1
        while high < len(self.breaks) and self.breaks[high] < 2 and not self._asks(high + 1):
            high += 1
        if 1 not in self.breaks[low:high]:
            return i, i + 1
        leads = low > 0 and self.texts[low - 1].endswith(COLONS)
        return low - leads, high + 1

    def is_line(self, i: int) -> bool:
        """Tell whether sentence ``i`` is one of the lines of a list."""
        around = self.breaks[max(0, i - 1) : i + 1]
        return bool(around) and 0 not in around and 1 in around

    def _is_unfinished(self, i: int) -> bool:
        """Whether a line stands alone, without a full stop, before a list."""
        alone = self.breaks[i] == 2 and (i == 0 or self.breaks[i - 1] == 2)
        return alone and self.texts[i][-1:].isalnum() and not is_row(self.texts[i])

    def _is_title_of_item(self, i: int) -> bool:
        """Whether a sentence of a few words, with a number, begins a paragraph."""
        begins = i == 0 or self.breaks[i - 1] > 0
        return begins and self.breaks[i] == 0 and _TITLED_ITEM.fullmatch(self.texts[i]) is not None

    def _tells_of_list(self, i: int) -> bool:
        """Whether a sentence says that the list or the table behind it follows."""
        return self.breaks[i] > 0 and _FOLLOWS.search(self.texts[i]) is not None

    def _end_of_table_told_of(self, i: int) -> int:
        """Return the end of the table or list behind the paragraph of a sentence that tells of it, or 0."""
        blocks = (j for j in range(i + 1, min(i + _NEAR, len(self.spans))) if self.breaks[j - 1] == 2)
        first = next(blocks, 0) if _TABLE_TOLD_OF.search(self.texts[i]) else 0
        end = self._end_of_list(first) if first else 0
        return end if end > first + 1 else 0

    def _breaks_off(self, i: int) -> bool:
        """Whether the words of a block end in the middle: "The efficiency is", before a formula; a row never does."""
        last = self.texts[i].rpartition(" ")[2].lower()
        return self.breaks[i] == 2 and last in STOP_WORDS and not is_row(self.texts[i])

    def _end_of_list(self, first: int) -> int:
        """Return the end of the lines that stand close together from ``first``; of a paragraph, its first sentence."""
        last = first
        while last < len(self.breaks) and self.breaks[last] < 2 and not self._asks(last + 1):
            last += 1
        return self._within_bounds(first, last + 1) if 1 in self.breaks[first:last] else first + 1

    def _end_of_answer(self, first: int) -> int:
        """Return the end of the list from ``first``, or of the first few sentences of the paragraph there."""
        end = self._end_of_list(first)
        if self.breaks[first - 1] == 0:
            return end  # in one paragraph with its question, which goes on about other things
        return max(end, self._end_of_sentences(first))

    def _end_of_sentences(self, first: int) -> int:
        """Return the end of the first few sentences of the paragraph from ``first``."""
        end = first + 1
        while end < len(self.spans) and self.breaks[end - 1] == 0 and not self._asks(end):
            if self.spans[end][1] - self.spans[first][0] > _ANSWER_CHARACTERS:
                break
            end += 1
        return end

    def rows_alike(self, i: int, rarity: Mapping[str, float]) -> tuple[int, int]:
        """Return from where to where the rows around ``i`` have all words of the question that this one has.

        Of very many they are the first.
        """
        low, high = self._whole_list(i)
        has = [held_stems(text, tuple(rarity)) for text in self.texts[low:high]]
        wanted, first, last = has[i - low], i, i + 1
        while first > low and wanted <= has[first - 1 - low]:
            first -= 1
        while last < high and wanted <= has[last - low]:
            last += 1
        return first, self._within_bounds(first, last)

    def sets_apart(self, i: int, question: str) -> bool:
        """Tell whether an item has what a question says of the things that it asks for, "Which projects are on hold?",
        and another item of its list has not."""
        asks, (low, high) = _OF_THINGS.match(question), self.list_around(i)
        said = stems_of(asks[1]).difference(content_words(self.passage.above)) if asks else set()
        told, items = said.intersection(content_words(self.texts[i])), self.texts[low:high]
        short = max(map(len, items)) <= _SHORT_ITEM  # longer ones are sentences of a text, each on its line
        return short and bool(told) and sum(not told.issubset(content_words(text)) for text in items) > 1

    def is_any_row(self, i: int, question: str, rarity: Mapping[str, float]) -> bool:
        """Tell whether all rows around ``i`` have the question's words, in their labels and what stands above them.

        No word may stand in some of the rows only, not even a small one, which may be a month or a name.
        """
        low, high = self.list_around(i) if is_row(self.texts[i]) else (i, i)
        rows = [set(map(stem, words(text))) for text in self.texts[low:high]]
        asked = map(stem, words(question))
        if len(rows) < 3 or any(0 < sum(word in row for row in rows) < len(rows) for word in asked):
            return False
        held = [stems_of(text) for text in self.texts[low:high]]
        above = content_words(self.passage.above)
        return coverage(set.intersection(*held).union(above), rarity) > 0.99

    def _asks(self, i: int) -> bool:
        """Whether it is a question that may be answered behind it; in a mail it is put to somebody else."""
        opening = [*self.texts[max(0, i - 1) : i], self.texts[i].partition("\n")[0]]
        return self.texts[i].endswith(QUESTION_MARKS) and not any(map(greets, opening))

    def _within_bounds(self, low: int, high: int) -> int:
        start = self.spans[low][0]
        while high > low + 1 and (
            self.breaks[low : high - 1].count(1) >= MOST_LINES or self.spans[high - 1][1] - start > _MOST_CHARACTERS
        ):
            high -= 1
        return high


def greets(text: str) -> bool:
    """Tell whether a sentence is the salutation of a letter, stands above its signature or a mail that it quotes, or
    has only the labels of a form."""
    return _GREETING.fullmatch(text) is not None or _LABELS.fullmatch(text) is not None


def is_idle(text: str, known: Collection[str], asked: str | None) -> bool:
    """Tell whether a sentence greets, or only repeats an open question and what stands above it: a subject perhaps.

    ``known`` are the stems of both, ``asked`` is the kind of thing an open question asks for, None where none is open.
    """
    told = (word for word in words(_SUBJECT.sub("", text)) if word not in STOP_WORDS)
    head = _HEAD.fullmatch(text) if asked else None
    elsewhere = head is not None and asked != ("name" if head[1] else "date")
    return greets(text) or elsewhere or (asked is not None and all(stem(word) in known for word in told))


def leans(text: str) -> bool:
    """Tell whether a sentence begins with what only the one before explains: "It covers …", "This means …", "But …"."""
    return _LEANING.match(text) is not None


def is_row(text: str) -> bool:
    """Tell whether a sentence is the row of a table: ``Header: value; Header: value``."""
    return _ROW.fullmatch(text) is not None


def fields_of(row: str) -> list[tuple[str, str]]:
    """Return the labels and the values of a row; a field without a label has its words for one, and no value."""
    fields = (field.partition(": ") for field in row.split("; "))
    return [(label, value) for label, _, value in fields]


def names_cell(question: str, row: str, asked: Collection[str]) -> bool:
    """Tell whether a question, with its stems, names a row by its first cell and the column of another: "the phone
    number of Brightclean". One for all of its kind, "List all suppliers", names each row."""
    if not is_row(row):
        return False
    (thing, first), *others = fields_of(row)
    own, named = stems_of(first), set(asked)
    things = named - LISTS
    if things and things <= stems_of(thing):
        return asks_for_several(question, rows=True)
    if not own or not own <= named:
        return False
    return any(value and named & stems_of(label) - own for label, value in others)


def asks_for_several(question: str, *, rows: bool = False) -> bool:
    """Tell whether a question is answered by a list; by the ``rows`` of a table only if it says so."""
    return (_EVERY_ROW if rows else _SEVERAL).search(squeeze(question).lower()) is not None


def only_lists(counted: set[str], text: str) -> bool:
    """Tell whether this is the row of one of the things that are to be counted: ``Flat: 1A``, but not ``Flats: 14``."""
    if not counted or not is_row(text):
        return False
    return any(counted & stems_of(label) and not _COUNT.match(value) for label, value in fields_of(text))
