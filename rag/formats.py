"""What a parser hands over (pieces of layout), how bytes become text, and the parser of plain text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise

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
            return _replace_undecodable(data[len(mark) :], encoding)
    encoding = _unmarked_utf16(data) or ("iso2022_jp" if b"\x1b$B" in data else "")
    if not encoding:
        if len(data) - len(data.translate(None, _CONTROLS)) > len(data) / 50:
            raise LoadError(*NOT_TEXT)
        encoding = _detect(data, declared)
    text, warnings = _replace_undecodable(data, encoding)
    sample = text[:100_000]
    strange = sum(
        1 for c in sample if c == "\ufffd" or (unicodedata.category(c) in ("Cc", "Cn") and c not in "\t\n\r\f\v")
    )
    if strange > len(sample) * 0.15:  # a share of printable characters under 85 %
        raise LoadError(*NOT_TEXT)
    if encoding not in ("utf-8", declared):
        warnings.append(f"read as {encoding}")
    return text, warnings


def _is_strange(character: str) -> bool:
    return character == "\ufffd" or (unicodedata.category(character) in ("Cc", "Cn") and character not in "\t\n\r\f\v")


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
    except (LookupError, UnicodeDecodeError):
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


def read_text(data: bytes) -> tuple[str, list[str]]:
    """Decode, drop blobs, and refuse what is over the limit before anything is built from it."""
    text, warnings = decode(data)
    if len(text) > MAX_CHARACTERS:
        raise LoadError(*TOO_LONG)
    text, blobs = drop_blobs(text)
    if blobs:
        warnings.append(f"{count(blobs, 'block')} of encoded data left out")
    return text, warnings


# --- txt ---------------------------------------------------------------------------------------------------------

_ITEM = re.compile(r"\s*(?:[-*•▪‣◦·+]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")


def parse_txt(data: bytes) -> Layout:
    """Blank lines divide paragraphs; hard-wrapped prose becomes one line, other lines stay as they are."""
    text, warnings = read_text(data)
    groups = [
        group.split("\n") for group in re.split(r"\n[ \t]*(?:\n[ \t]*)+", _plain_line_ends(text)) if group.strip()
    ]
    width = _wrap_width(groups)
    return Layout([piece for group in groups for piece in _text_pieces(group, width)], warnings=warnings)


def _plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\v", "\n").expandtabs(4)


def _wrap_width(groups: list[list[str]]) -> int:
    """Return the column at which the text seems to be wrapped: what nine of ten full lines do not pass."""
    lengths = sorted(len(line.rstrip()) for group in groups for line in group[:-1])
    return lengths[min(len(lengths) - 1, len(lengths) * 9 // 10)] if lengths else 0


def _text_pieces(lines: list[str], width: int) -> list[Piece]:
    if len(lines) == 1:
        return [Piece(lines[0])]
    if _ITEM.match(lines[0]) or (len(lines) > 2 and _ITEM.match(lines[1])):
        return _item_pieces(lines)
    if _is_wrapped(lines, width):
        return [Piece(" ".join(line.strip() for line in lines))]
    if sum(len(line) for line in lines) > 100 * len(lines):
        return [Piece(line) for line in lines]
    return [Piece("\n".join(lines), "code" if _is_code(lines) else "paragraph")]


def _item_pieces(lines: list[str]) -> list[Piece]:
    """A line that begins with a marker is an item; an indented or lower-case line goes on with the one before."""
    found: list[tuple[str, str]] = []
    for line in lines:
        if _ITEM.match(line):
            found.append(("item", line.strip()))
        elif found and found[-1][0] == "item" and (line[:1].isspace() or line[:1].islower()):
            found[-1] = ("item", f"{found[-1][1]} {line.strip()}")
        else:
            found.append(("paragraph", line.strip()))
    return [Piece(text, kind, join="\n" if index else "\n\n") for index, (kind, text) in enumerate(found)]


def _is_wrapped(lines: list[str], width: int) -> bool:
    """Tell prose cut at a column: no line had room for the next one's first word, and lines go on in lower case."""
    if not 40 <= width <= 132:
        return False
    pairs = [(a.rstrip(), b.strip()) for a, b in pairwise(lines)]
    full = sum(1 for a, b in pairs if b and len(a) + 1 + len(b.split()[0]) >= width - 2)
    going_on = sum(1 for _, b in pairs if b[:1].islower())
    return full >= 0.85 * len(pairs) and going_on >= 0.3 * len(pairs)


def _is_code(lines: list[str]) -> bool:
    return (
        sum(1 for line in lines if line.startswith("    ") or line.rstrip().endswith(("{", "}", ";"))) > len(lines) / 2
    )
