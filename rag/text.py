"""Pure functions on text: normalisation, sentence spans, and words as the search and the citation check see them."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from math import log

from rag.languages import SMALL_WORDS

# Characters that a reader cannot see and that change what a machine reads: controls, zero-width and bidi marks,
# variation selectors, tag characters. ZWNJ and ZWJ (200C, 200D) carry meaning in Persian, Indic scripts and emoji.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINER = re.compile(r"(?<![\u0600-\u0dff\u1000-\u109f\u2190-\u2bff\U0001f000-\U0001faff])[\u200c\u200d]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile("[ \t\x85\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")

# Scripts written without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han. They are searched by bigrams.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
# Vowels and other marks that are part of a word, though Python's \w has none of them: of Hebrew, Arabic and India.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
_MARKS += "\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(rf"[{_UNSPACED}]+|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_HAS_MARKS = re.compile(f"[{_MARKS}]")

_STOPS, _UNSPACED_STOPS = ".!?…؟۔।॥", "。！？｡။።"  # the latter need no space behind them
SENTENCE_ENDS = tuple(_STOPS + _UNSPACED_STOPS)
_BOUNDARY = re.compile(rf"(?:(?<![.!?…])[{_STOPS}]+[\"'”’)\]»]*(?=\s)|[{_UNSPACED_STOPS}]+[」』”’）]*|\n+)")
_LAST_TOKEN = re.compile(r"[\w.]+$")
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr jr st vs etc e.g i.e cf al vol inc ltd co corp dept est "
    "approx gen col lt sgt capt gov sen rep rev hon jan feb mar apr jun jul aug sep sept oct nov dec mt ft u.s u.k u.n "
    "a.m p.m ca bzw z.b d.h u.a usw bspw bzgl evtl exkl ggf hr inkl med mio mrd sog vgl zzgl av mlle mme dra sra srta "
    "ee".split()
)
_NUMBERED = frozenset(  # abbreviations only in front of a number
    "no nos nr p pp s fig figs eq sec ch art vol abs aufl bd geb gest kap str tel ziff cap num pág pag".split()
)
_SPACED = re.compile(r"\b[a-zà-ÿ]\. ?[^\W\d_]{1,2}$")  # "z. B", "p. ex", to which one more full stop belongs
_ROMAN = re.compile(r"[IVX]+")
_CAPTION = re.compile(r"(?:figure|fig\.|table|abbildung|abb\.|tabelle|tableau|tabla|figura)", re.IGNORECASE)
_ITEM = re.compile(r"\d{1,3}(?:\.\d{1,3})*|[^\W\d_]|[ivx]{2,4}|[IVX]{2,4}")  # the number of one, before its words
# What goes before an ordinal of German, which is written with a full stop: "am 3. Oktober", "das 19. Jahrhundert".
_BEFORE_ORDINAL = re.compile(
    r"\b(?:de[rmns]|das|die|im|(?<!\bI )am|vo[mn]|zu[mr]|beim|ins?|bis|ab|seit|(?:jed|ein)e[rmns]?|und|gegen) \d\d?$",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(?:Jan|Jän|Feb|März|Apr|Mai|Jun|Jul|Aug|Sept|Okt|Nov|Dez)")
STOP_WORDS = frozenset(
    "a about above after again against all also am an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each few for from further had has have having he "
    "her here hers him his how i if in into is it its itself just me more most my no nor not now of off on once "
    "only or other our out over own s same she should so some such t than that the their them then there these "
    "they this those through to too under until up very was we were what when where which while who whom whose "
    "why will with would you your yours please tell give many much let us may might shall must d ll m re ve".split()
)
_HOW = re.compile(r"\bhow (long|far|old|often|large|big|high|tall|fast|deep|wide|heavy|soon)\b", re.IGNORECASE)


def normalize(text: str) -> tuple[str, int]:
    """Return the text in NFC with ``\\n`` line ends and without invisible characters, and how many were removed.

    Lone surrogates become U+FFFD. Every kind of space becomes a plain one; runs are kept, so columns stay aligned.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = text.replace("\x0b", "\n").replace("\x0c", "\n")
    text, hidden = _INVISIBLE.subn("", text)
    text, joiners = _JOINER.subn("", text)
    text = _SURROGATE.sub("\ufffd", text)
    text = _SPACES.sub(lambda run: " " * len(run.group()), text)
    return unicodedata.normalize("NFC", text), hidden + joiners


def squeeze(text: str) -> str:
    """Return the text on one line with single spaces."""
    return " ".join(text.split())


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
        _append_trimmed(spans, text, begin, match.end())
        begin = match.end()
    _append_trimmed(spans, text, begin, end)
    return spans


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
    opens = following.partition(" ")[0].lower() in STOP_WORDS and before[:1].islower()  # "vitamin C. The dose"
    is_initial = len(written) == 1 and written.isupper() and not before.endswith("°") and not opens
    if (_ITEM.fullmatch(written) and not earlier.strip()) or (len(written) == 1 and _HAS_UNSPACED.match(written)):
        return True  # an item's number, or one letter as Thai abbreviates: "23.00 น."
    if token.isdigit():
        return bool(_CAPTION.fullmatch(before)) or _is_ordinal(text[max(begin, stop - 20) : stop], following)
    if following[:1].islower() and (len(token) < 3 or "." in token or _ROMAN.fullmatch(written)):
        return True  # "approx. ten", "e.g. this"; whole texts in lower case exist, so longer words do end here
    if token in _NUMBERED and not (is_initial and following[:1].isalpha()):
        return following[:1].isdigit()
    if token in _ABBREVIATIONS or (is_initial and following[:1].isalpha()):
        return True
    in_spaced = _SPACED.search(text, max(begin, stop - 6), stop) is not None and following[:1].isalnum()
    return in_spaced or (len(token) == 1 and token.isalpha() and following[1:2] == ".")


def _is_ordinal(before: str, following: str) -> bool:
    """Tell whether a number and its full stop are an ordinal of German, from what stands before and after."""
    if _MONTH.match(following):
        return re.search(r"(?<!\d)\d\d?$", before) is not None
    return following[:1].isalpha() and _BEFORE_ORDINAL.search(before) is not None


_STEMMING = threading.Lock()  # a stemmer keeps its word in itself: two threads at once cut each other's


@cache
def _stemmer() -> object:
    import snowballstemmer

    return snowballstemmer.stemmer("porter")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the Porter stem, as SQLite's FTS5 ``porter`` tokenizer makes it (Porter 1980)."""
    with _STEMMING:
        return str(_stemmer().stemWord(word))  # type: ignore[attr-defined]


def has_unspaced_script(text: str) -> bool:
    """Tell whether the text holds a script that is written without spaces (Chinese, Japanese, Thai, Khmer ...)."""
    return _HAS_UNSPACED.search(text) is not None


def has_marks(text: str) -> bool:
    """Tell whether only `words` finds the words of the text: it is written without spaces or with marks in words."""
    return _HAS_UNSPACED.search(text) is not None or _HAS_MARKS.search(text) is not None


def fold(text: str) -> str:
    """Return the text in lower case without accents (NFKD), for comparing."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


_TOLD_BY_ONE = ("German", "French", "Spanish")  # their small words are hardly ever a word of another language
_SMALL = {name: frozenset(map(fold, small.split())) for name, small in SMALL_WORDS.items()}


def words(text: str) -> list[str]:
    """Return the words in order, folded. Runs of a script without spaces become overlapping pairs of characters."""
    folded = fold(text)
    if not _HAS_UNSPACED.search(folded):
        return _WORD.findall(folded)
    found: list[str] = []
    for run in _WORD.findall(folded):
        if len(run) > 1 and _HAS_UNSPACED.match(run):
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(run)
    return found


def content_words(text: str) -> list[str]:
    """Return the stems of the words that are not stop words, in order, with repeats."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def held_stems(text: str, stems: tuple[str, ...]) -> set[str]:
    """Return those of the stems of content words that the text holds.

    Stemming is what costs here, and few words need it: a word begins with its stem, save perhaps the last letter.
    """
    folded = fold(text)
    if folded.isascii() or not has_marks(folded):
        found = _beginning_so(stems).findall(folded)
    else:
        found = [word for word in words(folded) if word.startswith(beginnings(stems))]
    return {stem(word) for word in found if word not in STOP_WORDS}.intersection(stems)


@lru_cache(maxsize=64)
def _beginning_so(stems: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches the folded words that begin so."""
    likely = "|".join(map(re.escape, beginnings(stems))) or "(?!)"
    return re.compile(rf"(?<![^\W_])(?:{likely})[^\W_]*")


@lru_cache(maxsize=64)
def beginnings(stems: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a word with one of these stems begins with: the stem, save perhaps its last letter."""
    return tuple({word[:-1] or word for word in stems})


def asked_words(question: str) -> list[str]:
    """Return the words of a question that its answer may hold, each once, as they are written.

    Left out are stop words, also of `rag.languages` where most of its small words are of one of them, and the "long"
    of "how long", which asks.
    """
    text = _HOW.sub(" ", normalize(question)[0])
    found = _WORD.findall(text)
    tokens = [piece for token in found for piece in (words(token) if has_unspaced_script(token) else [token])]
    folded = [fold(token) for token in tokens]
    left_out = STOP_WORDS | _SMALL.get(_language(folded, least=2), frozenset())
    return list(dict.fromkeys(token for token, word in zip(tokens, folded, strict=True) if word not in left_out))


def language(text: str) -> str:
    """Return the language whose small words the text holds most of, ``unspaced`` for scripts without spaces, or "".

    Known are English and those of `rag.languages`.
    """
    return "unspaced" if has_unspaced_script(text) else _language(words(text))


def _language(folded: Sequence[str], least: int = 1) -> str:
    """Return it for words; a language other than English has to have ``least`` small words there.

    Of most it takes two of more than one letter that are not English, and a third of the words: "de luxe", "da Vinci".
    """
    english = sum(word in STOP_WORDS for word in folded)
    counts = {name: sum(word in small for word in folded) for name, small in _SMALL.items()}
    most = max(counts, key=lambda name: counts[name])
    if most not in _TOLD_BY_ONE:
        told = sum(len(word) > 1 and word in _SMALL[most] - STOP_WORDS for word in folded)
        least = max(least, 2) if told >= max(2, len(folded) // 3) else counts[most] + 1
    return most if counts[most] >= max(least, english + 1) else "English" if english else ""


def asked_stems(question: str) -> dict[str, float]:
    """Return the stems of ``asked_words`` and how much each counts; the "long" of "how long" counts half."""
    asking = {stem(word.lower()): 0.5 for word in _HOW.findall(question)}
    return asking | {stem: 1.0 for word in asked_words(question) for stem in content_words(word)}


def rarities(question: str, frequencies: Mapping[str, int], passages: int) -> dict[str, float]:
    """Return the inverse document frequency of each stem of the question, among ``passages`` passages, as it counts."""
    return {
        stem: counts * log((passages + 1) / (frequencies.get(stem, 0) + 0.5))
        for stem, counts in asked_stems(question).items()
    }


def coverage(held: set[str], rarity: Mapping[str, float]) -> float:
    """Return the share of the question's words, weighted by rarity, that are among the ``held`` stems."""
    total = sum(rarity.values())
    return sum(weight for word, weight in rarity.items() if word in held) / total if total else 0.0


def names(text: str, *, first: bool = False) -> list[str]:
    """Return the capitalised words and the codes (``H200``, ``AMD``) of a sentence, each once.

    Its first word is capitalised in any case, so it counts only if it is a code, or with ``first=True``.
    """
    found = []
    for match in re.finditer(r"[\w’'&-]+", text):
        word = match.group().strip("’'-&")
        code = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
        code = code or (len(word) > 1 and word.isupper() and not text.isupper())
        capital = word[:1].isupper() and len(word) > 1 and (first or match.start() > 0)
        if (code or capital) and content_words(word):
            found.append(re.sub(r"[’']s$", "", word))
    return list(dict.fromkeys(found))
