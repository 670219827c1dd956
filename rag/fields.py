"""What is filled into the form of a PDF or typed on top of its pages, and the words beside it that name it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rag.formats import Piece
from rag.line import Line
from rag.pagetext import Box, PageText
from rag.text import squeeze

_HIDDEN = 2 | 32  # flags of an annotation: hidden, not to be viewed
_SECRET = 1 << 13  # flag of a text field: a password
_BOXES, _WORDS = (2, 3), (4, 5, 6)  # kinds of fields: boxes and buttons to tick, lists and text
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
    rect, kind = raw.FS_RECTF(), raw.FPDFAnnot_GetSubtype(annotation)
    if not raw.FPDFAnnot_GetRect(annotation, rect):
        return None
    box = page.turned(rect.left, rect.bottom, rect.right, rect.top)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return Field(box, "", _string(partial(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")))
    if kind == raw.FPDF_ANNOT_WIDGET and not form:
        name, value = (_string(partial(raw.FPDFAnnot_GetStringValue, annotation, key)) for key in (b"T", b"V"))
        return Field(box, name, value)
    type_ = raw.FPDFAnnot_GetFormFieldType(form, annotation) if kind == raw.FPDF_ANNOT_WIDGET else 0
    if type_ not in (*_BOXES, *_WORDS) or raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _SECRET:
        return None
    name = _string(partial(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation))
    if type_ in _BOXES:
        return Field(box, name, ticked=bool(raw.FPDFAnnot_IsChecked(form, annotation)))
    return Field(box, name, _string(partial(raw.FPDFAnnot_GetFormFieldValue, form, annotation)))


def _string(call: Callable[..., int]) -> str:
    """Return a string that the library writes, in UTF-16, into a buffer of the size that it names."""
    size = call(None, 0)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    call(buffer, size)
    return squeeze(bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", "replace"))


def filled_rows(fields: Sequence[Field], lines: Sequence[Line], number: int) -> list[Piece]:
    """Return a row for each field that holds something, under the label that stands beside or above it."""
    labels = [
        (words, (left, line.bottom - line.size, right, line.bottom))
        for line in lines
        for words, left, right in line.parts
    ]
    boxes = [field.box for field in fields]
    choices = {_beside_box(field.box, labels) for field in fields if field.ticked is not None}
    found: list[str] = []
    for field in sorted(fields, key=lambda field: (round(field.box[3] / 4), field.box[0])):
        if field.ticked:
            chosen = _beside_box(field.box, labels) or field.name
            group = _left_of(field.box, labels, choices)
            found.append(f"{group.rstrip(':')}: {chosen}" if group else f"[X] {chosen}")
        elif field.value:
            near = [label for label in labels if _is_next(label[1], field.box, boxes)]
            label = _left_of(field.box, near, choices) or _above(field.box, labels) or field.name
            found.append(f"{label.rstrip(':')}: {field.value}" if label else field.value)
    return [Piece(row, "row", page=number, join="\n" if i else "\n\n") for i, row in enumerate(found)]


def _level(a: Box, b: Box) -> bool:
    middle = (b[1] + b[3]) / 2
    return a[1] - _IN <= middle <= a[3] + _IN


def _beside_box(box: Box, labels: Sequence[Label]) -> str:
    """Return the words right behind a box that may be ticked."""
    return _nearest((at[0] - box[2], _RIGHT, words) for words, at in labels if _level(box, at))


def _left_of(box: Box, labels: Sequence[Label], choices: Collection[str]) -> str:
    """Return the words in front of a field that are none of the choices beside a box."""
    left = ((words, at) for words, at in labels if words not in choices and _level(box, at))
    return _nearest((box[0] - at[2], _LEFT, words) for words, at in left)


def _is_next(label: Box, box: Box, boxes: Sequence[Box]) -> bool:
    """Tell whether no other field stands between some words and a field."""
    return not any(label[2] - _IN <= other[0] < box[0] and _level(box, other) for other in boxes if other != box)


def _above(box: Box, labels: Sequence[Label]) -> str:
    """Return the words close above a field."""
    over = ((words, at) for words, at in labels if at[0] < box[2] and at[2] > box[0])
    return _nearest((box[1] - at[3], _ABOVE, words) for words, at in over)


def _nearest(found: Iterable[tuple[float, float, str]]) -> str:
    """Return the words with the least distance; each stands with its distance and the most that it may be."""
    near = [(distance, words) for distance, most, words in found if -_IN <= distance <= most]
    return min(near, default=(0.0, ""))[1]
