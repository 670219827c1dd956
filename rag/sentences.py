"""Where sentences begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.text import MARKS, STOP_WORDS, caseless

_STOPS, _UNSPACED_STOPS = ".!?…؟۔।॥", "。！？｡။።．"  # the latter need no space behind them
SENTENCE_ENDS = tuple(_STOPS + _UNSPACED_STOPS)
QUESTION_MARKS, COLONS = ("?", "？"), (":", "：")
_BOUNDARY = re.compile(
    rf"(?:(?<![.!?…])[{_STOPS}]+(?: (?=»\s))?[\"'”’)\]»]*(?=\s)|[{_UNSPACED_STOPS}]+(?<!．(?=\d))[」』”’）]*|\n+)"
)
_LAST_TOKEN = re.compile(rf"[\w.{MARKS}]+$")
_THAI = "[\u0e00-\u0eff]"  # and Lao, whose sentences end with a blank, as their clauses do
_THAI_BLANK = re.compile(rf"(?<={_THAI}) +(?={_THAI})")
_LONG = 100  # characters after which a blank ends a sentence of theirs
_SHORT_MONTHS = frozenset("jan feb mar apr jun jul aug sep sept oct okt nov dec dez".split())
_ABBREVIATIONS = _SHORT_MONTHS | frozenset(
    "mr mrs ms dr prof sr jr st vs etc e.g i.e cf al vol inc ltd co corp dept est approx gen col lt sgt capt gov sen "
    "rep rev hon mt ft u.s u.k u.n a.m p.m ca bzw z.b d.h "
    "u.a usw bspw bzgl evtl exkl ggf hr inkl med mio mrd sog vgl zzgl std tgl av bât mlle mme avda dra sra srta "
    "uds vds ee тыс млн млрд руб коп ул им напр стр акад проф κ κα δρ αρ örn डॉ प्रो पं".split()
)
_MAY_END = frozenset("a.m p.m etc inc ltd co corp u.s u.k u.n usw".split())  # a sentence, where a small word follows
_HALF_DAYS = frozenset(("a.m", "p.m"))
_GOES_WITH_TIME = re.compile(  # a day, a month, a time zone: "6 p.m. May 5", but "6 p.m. May I leave?"
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun|January|February|March|April"
    r"|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|May(?=\.? \d)|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
    r"|[A-Z]{2,4})\b"
)
# "corridor C. Carbon monoxide", but "treasurer B. Okafor"
_LETTERED = frozenset(
    "appendix block building class corridor floor gate grade group hall hepatitis level model option plan room section "
    "team type unit vitamin wing zone".split()
)
_NUMBERED = frozenset(  # abbreviations only in front of a number
    "mwst no nos nr p pp s fig figs eq sec ch art vol abs aufl bd geb gest kap max str tel ziff cap env num núm máx "
    "mín pág pag tél ust".split()
)
_IN_FRONT = re.compile(r"[Gg]em (?:§|Art|Abs|Nr|Ziff)|pto \d")  # "Gem. § 3", "pto. 3": "gem" and "PTO" are words too
_BEFORE_SMALL = frozenset("max min mwst ust env resp máx mín".split())  # abbreviations in front of a small letter too
_SPACED = re.compile(r"\b[a-zà-ÿ]\. ?[^\W\d_]{1,2}$")  # "z. B", "p. ex", to which one more full stop belongs
_ROMAN = re.compile(r"[IVX]+")
_CAPTION = caseless(r"(?:figure|fig\.|table|abbildung|abb\.|tabelle|tableau|tabla|figura)")
_ITEM = re.compile(r"\d{1,3}(?:\.\d{1,3})*|[^\W\d_]|[ivx]{2,4}|[IVX]{2,4}")  # the number of one, before its words
# What goes before an ordinal of German, which is written with a full stop: "am 3. Oktober", "das 19. Jahrhundert".
_BEFORE_ORDINAL = caseless(
    r"\b(?:de[rmns]|das|die|im|(?<!\bI )am|vo[mn]|zu[mr]|beim|ins?|bis|ab|seit|(?:jed|ein)e[rmns]?|und|gegen) \d\d?$"
)
_MONTH = re.compile(r"(?:Jan|Jän|Feb|März|Apr|Mai|Jun|Jul|Aug|Sept|Okt|Nov|Dez)")


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the spans of the sentences in ``text[start:end]``, without the white space around them.

    A line break ends a sentence: the canonical text has one paragraph, list item or table row a line. A full stop does
    not after an abbreviation or an initial.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begin = start
    for match in _BOUNDARY.finditer(text, start, end):
        if match.group()[0] in ".…" and _continues(text, begin, match.start(), match.end(), end):
            continue
        if match.group()[-1] == "»" and text[match.end() : min(match.end() + 2, end)].strip().islower():
            continue  # "« Venez ! » dit-elle."
        _append_trimmed(spans, text, begin, match.end())
        begin = match.end()
    _append_trimmed(spans, text, begin, end)
    return [piece for span in spans for piece in _at_blanks(text, *span)]


def _at_blanks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a sentence of Thai or Lao between blanks, each of some length; another sentence whole."""
    for blank in _THAI_BLANK.finditer(text, start, end) if end - start > _LONG else ():
        if blank.start() - start >= _LONG and end - blank.end() >= _LONG / 2:
            yield start, blank.start()
            start = blank.end()
    yield start, end


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if left < right:
        spans.append((left, right))


def _continues(text: str, begin: int, stop: int, after: int, end: int) -> bool:
    """Tell whether the full stop at ``stop`` stands inside the sentence that begins at ``begin``."""
    following = text[after : min(after + 40, end)].lstrip(" ")
    last = _LAST_TOKEN.search(text, max(begin, stop - 20), stop)
    if last is None:
        return False
    written, token = last.group(), last.group().lower()
    earlier = text[max(begin, last.start() - 60) : last.start()]
    before = earlier.rstrip(" ").rpartition(" ")[2]
    opens = following.partition(" ")[0].lower() in STOP_WORDS
    lettered = (opens and before[:1].islower()) or before in _LETTERED
    is_initial = len(written) == 1 and written.isupper() and not before.endswith("°") and not lettered
    if _begins_another(token, following, opens=opens):
        return False
    if (_ITEM.fullmatch(written) and not earlier.strip()) or _is_shortened(written):
        return True
    if token.isdigit():
        return bool(_CAPTION.fullmatch(before)) or _is_ordinal(text[max(begin, stop - 20) : stop], following)
    if following[:1].islower() and (len(token) < 3 or "." in token or _ROMAN.fullmatch(written)):
        return True  # "approx. ten", "e.g. this"; whole texts in lower case exist, so longer words do end here
    if token in _BEFORE_SMALL and following[:1].islower() and not before[-1:].isdigit():  # no "5 min. then stir"
        return True
    if _IN_FRONT.match(f"{written} {following}"):
        return True
    if (token in _NUMBERED or token.endswith("str")) and not (is_initial and following[:1].isalpha()):
        return following[:1].isdigit()
    if before.rstrip(".").isdigit() and token in _SHORT_MONTHS and following[:1].isupper():
        return False  # "on 14 Sept. The next meeting"
    if token in _ABBREVIATIONS or written in ("Fa", "Ud") or (is_initial and following[:1].isalpha()):
        return True
    in_spaced = _SPACED.search(text, max(begin, stop - 6), stop) is not None and following[:1].isalnum()
    return in_spaced or (len(token) == 1 and token.isalpha() and following[1:2] == ".")


def _begins_another(token: str, following: str, *, opens: bool) -> bool:
    """Tell whether a sentence begins behind an abbreviation that may end one: "6 p.m. Wash", but "6 p.m. Friday"."""
    begins = not _GOES_WITH_TIME.match(following) if token in _HALF_DAYS else opens
    return token in _MAY_END and following[:1].isupper() and begins


def _is_shortened(written: str) -> bool:
    """Tell whether a full stop shortens what stands before it, in scripts without capitals or as in "M.Ö.".

    Thai and Lao end no sentence with one, others none with a single letter: "23.00 น.", "د. أحمد".
    """
    has_inner = "." in written and not written.isascii() and not re.search(rf"\d|[^\W.][^\W.{MARKS}]{{2}}", written)
    is_caseless = len(written) == 1 and written.isalpha() and written.lower() == written.upper()
    return has_inner or is_caseless or re.fullmatch(_THAI, written[-1:]) is not None


def _is_ordinal(before: str, following: str) -> bool:
    """Tell whether a number and its full stop are an ordinal of German, from what stands before and after.

    So are those of a date: "3. 5. 2024".
    """
    if re.search(r"(?<!\d)\d\d?$", before) and re.match(r"\d\d?\. ?(?:19|20)\d\d\b", following):
        return True
    if re.search(r"(?<!\d)\d\d?\. ?\d\d?$", before) and re.match(r"(?:19|20)\d\d\b", following):
        return True
    if _MONTH.match(following):
        return re.search(r"(?<!\d)\d\d?$", before) is not None
    return following[:1].isalpha() and _BEFORE_ORDINAL.search(before) is not None
