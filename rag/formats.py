"""What a parser hands over (pieces of layout), and how bytes become text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from rag.errors import LoadError

MAX_CHARACTERS = 5_000_000
MAX_PAGES = 2_000

TOO_LONG = (f"holds more than {MAX_CHARACTERS:,} characters of text.", "Split it into smaller files.")
NOT_TEXT = ("is not text.", "Save it as text, or give it the ending of its true format.")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LIKELY = (
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 koi8_r shift_jis euc_jp iso2022_jp gb18030 big5 euc_kr tis_620"
).split()
# Encodings with one byte a letter are told apart by their letters; the first wins a tie.
_LETTERS = {
    "cp1251": "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "cp1252": "àâäçéèêëîïôöùûüœßñáíóúãõåøæìò¿¡«»€’“”„–—…°§£©®",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžőűäöüßţşăâî€’“”„–—…",
    "iso8859_2": "ąćęłńóśźżáčďéěíňřšťúůýžőűäöüßţşăâî",
    "cp1254": "ğışçöüâî’“”–—…",
}
# Signs that nobody prints, by category, and the most of them: of noise in UTF-16, in which most pairs of bytes are a
# sign, .15 are such. In UTF-8 they may be newer than Python's tables, or of a font with icons.
_UNMARKED, _IN_UTF8, _IN_UTF16 = ("Cc Cn", 0.15), ("Cc", 0.15), ("Cc Cn Co", 0.08)
# In front of a raised number until the words around it are known: a power, the mark of a note, or part of a unit.
RAISED = "\x02"
_POWER = re.compile(rf"(?<=\d){RAISED}(?=[-\u2212+]?\d)")
_NO_WORDS = "".join(f"(?<!{name})" for name in "inch feet foot yard mile sin cos tan".split())  # have powers
_NOTE_MARK = re.compile(rf"(?:(?<=[a-zß-ÿ]{{3}}){_NO_WORDS}|(?<=[a-zß-ÿ]{{3}}[.,;:])){RAISED}\d{{1,2}}(?!\d)")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_BLOB = re.compile(r"(?:^[A-Za-z0-9+/]{60,80}\r?\n){3,}[A-Za-z0-9+/]*={0,2}|[A-Za-z0-9+/_-]{512,}={0,2}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of layout as a parser saw it, in reading order.

    ``page`` is 1-based, 0 where the format has none. ``join`` is what stands between it and the piece before: a blank
    line; ``\\n`` inside one table or list; a space, a hyphen or nothing where it goes on with that block on a new page.
    """

    text: str
    kind: str = "paragraph"
    level: int = 0
    page: int = 0
    join: str = "\n\n"


def cell_text(pieces: Iterable[Piece]) -> str:
    """Return what stands in the cell of a table on one line: rows of another table and items of a list stay apart."""
    text, before = "", ""
    for piece in (piece for piece in pieces if piece.text.strip()):
        between = {"row": " / ", "item": ", "}.get(piece.kind if piece.kind == before else "", " ")
        text += (" " if text.endswith(tuple(",;.:!?")) else between) * bool(text) + piece.text
        before = piece.kind
    return text


@dataclass(slots=True)
class Layout:
    """All that a parser found in a file: its pieces, its own title, one label a page, and what was left out."""

    pieces: list[Piece] = field(default_factory=list)
    title: str = ""
    labels: list[str | None] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def decode(data: bytes, declared: str = "") -> tuple[str, list[str]]:
    """Return the text of the bytes and the warnings. Order: byte-order mark, UTF-8, ``declared``, detection.

    Raises:
        LoadError: the bytes are not text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text, warnings = _replace_undecodable(data[len(mark) :], encoding)
            _check_printable(text, *(_IN_UTF8 if encoding == "utf-8" else _IN_UTF16))
            return text, warnings
    encoding = _unmarked_utf16(data) or ("iso2022_jp" if b"\x1b$B" in data else "")
    if not encoding:
        if len(data) - len(data.translate(None, _CONTROLS)) > len(data) / 50:
            raise LoadError(*NOT_TEXT)
        encoding = _detect(data, declared)
    text, warnings = _replace_undecodable(data, encoding)
    _check_printable(text, *(_IN_UTF8 if encoding == "utf-8" else _UNMARKED))
    if encoding not in ("utf-8", declared):
        warnings.append(f"read as {encoding}")
    return text, warnings


def _check_printable(text: str, kinds: str, most: float) -> None:
    """Refuse text of which more than a share are signs of these Unicode categories, or could not be read."""
    sample = text[:100_000]
    strange = sum(c == "\ufffd" or (unicodedata.category(c) in kinds and c not in "\t\n\r\f\v") for c in sample)
    if strange > len(sample) * most:
        raise LoadError(*NOT_TEXT)


def _replace_undecodable(data: bytes, encoding: str) -> tuple[str, list[str]]:
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        return text, [f"{count(text.count(chr(0xFFFD)), 'character')} could not be read as {encoding}"]


def _unmarked_utf16(data: bytes) -> str:
    """Latin text in UTF-16 has a NUL in about every second place."""
    head = data[:4096]
    if head[1::2].count(0) > len(head) * 0.3 and head[::2].count(0) < len(head) * 0.05:
        return "utf-16-le"
    if head[::2].count(0) > len(head) * 0.3 and head[1::2].count(0) < len(head) * 0.05:
        return "utf-16-be"
    return ""


def _detect(data: bytes, declared: str) -> str:
    """Return the encoding: UTF-8 even if some bytes of it are broken, else the declared one, else the likeliest."""
    lenient = data.decode("utf-8", "replace")
    bad = lenient.count("\ufffd")
    if bad == 0 or len(lenient) - len(lenient.encode("ascii", "ignore")) > 3 * bad:
        return "utf-8"
    try:
        data.decode(declared)
        return declared
    except (LookupError, ValueError):  # unknown, "undefined", or not what the bytes are
        pass
    from charset_normalizer import from_bytes

    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())[:65536]
    best = from_bytes(telling, cp_isolation=list(_LIKELY)).best()
    if best and best.encoding == "koi8_r" and _only_capitals(telling.decode("koi8_r")):
        return "cp1255"  # Hebrew letters stand where KOI8-R has its capitals
    if best and best.encoding not in ("cp1250", "cp1251", "cp1252", "cp1254"):
        return best.encoding
    return max(_LETTERS, key=lambda encoding: _usual_letters(telling, encoding))


def _only_capitals(text: str) -> bool:
    return "".join(character for character in text if not character.isascii()).isupper()


def _usual_letters(data: bytes, encoding: str) -> int:
    """Count the letters that people write in the languages of an encoding; Cyrillic only in words of its own."""
    text = data.decode(encoding, "replace").lower()
    words = re.findall(r"\b[а-яё]{2,}\b", text) if encoding == "cp1251" else [text]
    return sum(1 for word in words for character in word if character in _LETTERS[encoding])


def count(number: int, noun: str) -> str:
    """``1 page``, ``3 pages``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def drop_blobs(text: str) -> tuple[str, int]:
    """Return the text without base64 blobs, which nobody reads and nobody searches, and how many there were."""

    def replace(match: re.Match[str]) -> str:
        run = match.group()
        mixed = all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
        return "" if mixed else run

    dropped = [m for m in _BLOB.finditer(text) if not replace(m)]
    return (_BLOB.sub(replace, text), len(dropped)) if dropped else (text, 0)


def settle_raised(text: str) -> str:
    """Return a text with powers as ``10^3``; the number of a note behind a word goes, one in a unit ("m2") stays."""
    return _NOTE_MARK.sub("", _POWER.sub("^", text)).replace(RAISED, "") if RAISED in text else text


def read_text(data: bytes) -> tuple[str, list[str]]:
    """Decode, drop blobs, end each line in ``\\n``, and refuse what is too long before anything is built from it."""
    text, warnings = decode(data)
    if len(text) > MAX_CHARACTERS:
        raise LoadError(*TOO_LONG)
    text, blobs = drop_blobs(text.replace("\r\n", "\n").replace("\r", "\n"))
    if blobs:
        warnings.append(f"{count(blobs, 'block')} of encoded data left out")
    return text, warnings
