"""What is filled into the form of a PDF or typed on top of its pages, and the words beside it that name it."""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rag.formats import Piece
from rag.line import Box, Line
from rag.pagetext import PageText
from rag.sight import MIN_POINTS
from rag.text import squeeze

_HIDDEN = 2 | 32  # flags of an annotation: hidden, not to be viewed
_SECRET = 1 << 13  # flag of a text field: a password
_BOXES, _WORDS = (2, 3), (4, 5, 6)  # kinds of fields: boxes and buttons to tick, lists and text
_CLEAR, _WHITE = 0.04, 0.94  # less opacity, or more light of all colours, is no ink; as of words on the page
# The size and the colour in what an annotation says of its looks: "/Helv 10 Tf 0 g".
_SIZE, _INK = re.compile(r"(\d{0,4}\.?\d{1,9}) Tf\b"), re.compile(r"((?:\d{0,4}\.?\d{1,9} ){1,3})r?g\b")
# Points: how far a label stands at most to the left, above, or to the right of a box; and by how much it may reach in.
_LEFT, _ABOVE, _RIGHT, _IN = 200, 16, 40, 4

Label = tuple[str, Box]


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its place on the page as it is seen, and its own name; ``ticked`` is None where words are typed."""

    box: Box
    name: str
    value: str = ""
    ticked: bool | None = None


def read_fields(pdf: Any, page: PageText) -> list[Field]:
    """Return the fields of a page, empty ones too, and what was typed on top of it; secret ones are left out."""
    import pypdfium2.raw as raw

    found, form = [], pdf.formenv and pdf.formenv.raw  # None where the file lists no fields
    for number in range(raw.FPDFPage_GetAnnotCount(page.page)):
        annotation = raw.FPDFPage_GetAnnot(page.page, number)
        if not annotation:
            continue
        if not raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN and (field := _read(raw, page, form, annotation)):
            found.append(field)
        raw.FPDFPage_CloseAnnot(annotation)
    return found


def _read(raw: Any, page: PageText, form: Any, annotation: Any) -> Field | None:
    rect, content = raw.FS_RECTF(), _content(raw, form, annotation)
    if not content or not raw.FPDFAnnot_GetRect(annotation, rect):
        return None
    name, value, flags, ticked = content
    box = page.turned(rect.left, rect.bottom, rect.right, rect.top)
    if flags & _SECRET or _is_unseen(raw, page, annotation, box):
        return None
    return Field(box, name, value if ticked is None else "", ticked)


def _content(raw: Any, form: Any, annotation: Any) -> tuple[str, str, int, bool | None] | None:
    """Return name, value, flags, and of a box whether it is ticked; None of what is neither a field nor typed words.

    A file that lists no fields has no form: what is known of them stands in the annotations.
    """
    entry, kind = partial(_string, raw.FPDFAnnot_GetStringValue, annotation), raw.FPDFAnnot_GetSubtype(annotation)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return "", entry(b"Contents"), 0, None
    if kind != raw.FPDF_ANNOT_WIDGET:
        return None
    if not form:
        ticked = entry(b"AS") not in ("", "Off") if entry(b"FT") == "Btn" else None
        return entry(b"T"), entry(b"V"), int(_number(raw, annotation, b"Ff", 0)), ticked
    type_, flags = raw.FPDFAnnot_GetFormFieldType(form, annotation), raw.FPDFAnnot_GetFormFieldFlags(form, annotation)
    if type_ not in (*_BOXES, *_WORDS):
        return None
    name = _string(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    value = _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    return name, value, flags, bool(raw.FPDFAnnot_IsChecked(form, annotation)) if type_ in _BOXES else None


def _is_unseen(raw: Any, page: PageText, annotation: Any, box: Box) -> bool:
    """Tell whether an annotation has no room, stands off the page, is clear as glass, tiny, or white on white."""
    left, top, right, bottom = box
    outside = right <= 0 or bottom <= 0 or left >= page.width or top >= page.height
    if outside or min(right - left, bottom - top) < MIN_POINTS or _number(raw, annotation, b"CA", 1) < _CLEAR:
        return True
    looks = _string(raw.FPDFAnnot_GetStringValue, annotation, b"DA")
    sizes, inks = _SIZE.findall(looks), _INK.findall(looks)
    if sizes and 0 < float(sizes[-1]) < MIN_POINTS:  # 0 is as large as fits
        return True
    return bool(inks) and min(map(float, inks[-1].split())) > _WHITE and not page.has_contrast(box)


def _string(call: Callable[..., int], *of: Any) -> str:
    """Return a string that the library writes, in UTF-16, into a buffer of the size that it names."""
    size = call(*of, None, 0)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    call(*of, buffer, size)
    return squeeze(bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", "replace"))


def _number(raw: Any, annotation: Any, key: bytes, usual: float) -> float:
    found = ctypes.c_float()
    return found.value if raw.FPDFAnnot_GetNumberValue(annotation, key, found) else usual


def filled_rows(fields: Sequence[Field], lines: Sequence[Line], number: int) -> list[Piece]:
    """Return the rows of a page's form; ``number`` is the page's."""
    rows = named_fields(fields, lines)
    return [Piece(row, "row", page=number, join="\n" if i else "\n\n") for i, (row, _) in enumerate(rows)]


def named_fields(fields: Sequence[Field], lines: Sequence[Line]) -> list[tuple[str, Field]]:
    """Return each field that holds something, with its row: the label that stands beside or above it, and its value."""
    labels = [
        (words, (left, line.bottom - line.size, right, line.bottom))
        for line in lines
        for words, left, right in line.parts
    ]
    labels.sort(key=_middle)
    places = sorted(((field.name, field.box) for field in fields), key=_middle)
    choices = {_beside_box(field.box, labels) for field in fields if field.ticked is not None}
    found: list[tuple[str, Field]] = []
    for field in sorted(fields, key=lambda field: (round(field.box[3] / 4), field.box[0])):
        if field.ticked:
            chosen = _beside_box(field.box, labels) or field.name
            group = _left_of(field.box, labels, choices)
            chosen = "yes" if group.rstrip(":") == chosen else chosen
            found.append((f"{group.rstrip(':')}: {chosen}" if group else f"[X] {chosen}", field))
        elif field.value:
            label = _left_of(field.box, labels, choices, places) or _above(field.box, labels) or field.name
            found.append((f"{label.rstrip(':')}: {field.value}" if label else field.value, field))
    return found


def _middle(label: Label) -> float:
    return (label[1][1] + label[1][3]) / 2


def _level(box: Box, labels: Sequence[Label]) -> Sequence[Label]:
    """Return those of the labels, sorted by their middles, that stand as high as a box."""
    start = bisect_left(labels, box[1] - _IN, key=_middle)
    return labels[start : bisect_right(labels, box[3] + _IN, start, key=_middle)]


def _beside_box(box: Box, labels: Sequence[Label]) -> str:
    """Return the words right behind a box that may be ticked."""
    return _nearest((at[0] - box[2], _RIGHT, words) for words, at in _level(box, labels))


def _left_of(box: Box, labels: Sequence[Label], choices: Collection[str], places: Sequence[Label] = ()) -> str:
    """Return the words in front of a field that are none of the choices beside a box, with none of the places between
    the words and the field."""
    last = max((at[0] for _, at in _level(box, places) if at[0] < box[0]), default=-math.inf)
    left = ((words, at) for words, at in _level(box, labels) if words not in choices and at[2] - _IN > last)
    return _nearest((box[0] - at[2], _LEFT, words) for words, at in left)


def _above(box: Box, labels: Sequence[Label]) -> str:
    """Return the words close above a field."""
    over = ((words, at) for words, at in labels if at[0] < box[2] and at[2] > box[0])
    return _nearest((box[1] - at[3], _ABOVE, words) for words, at in over)


def _nearest(found: Iterable[tuple[float, float, str]]) -> str:
    """Return the words with the least distance; each stands with its distance and the most that it may be."""
    near = [(distance, words) for distance, most, words in found if -_IN <= distance <= most]
    return min(near, default=(0.0, ""))[1]
