"""What a reader sees of the text on a page of a PDF: nobody sees white on white, or what stands outside the page."""

from __future__ import annotations

import ctypes
import math
from typing import Any

from rag.line import Box

MIN_POINTS = 2.0  # smaller text is not meant to be read
SEEN, HIDDEN, OUTSIDE = "", "hidden", "outside"
_LEAST_INK = 24  # levels of grey between the words and their ground


class Sight:
    """Judges the text objects of one page, each by one of its characters."""

    def __init__(self, page: Any, textpage: Any) -> None:
        import pypdfium2.raw as raw

        self._raw, self._page, self._textpage = raw, page, textpage
        self._width, self._height = page.get_size()
        self._picture: Any = None

    def verdict(self, index: int, box: Box) -> str:
        """Tell of a character whether it is off the page, or hidden: tiny, drawn by no ink, white on white."""
        left, top, right, bottom = box
        if right <= 0 or bottom <= 0 or left >= self._width or top >= self._height:
            return OUTSIDE
        if max(bottom - top, right - left) < MIN_POINTS:
            return HIDDEN
        return HIDDEN if self._is_inkless(index, box) else SEEN

    def _is_inkless(self, index: int, box: Box) -> bool:
        raw = self._raw
        pointer = raw.FPDFText_GetTextObject(self._textpage, index)
        if raw.FPDFTextObj_GetTextRenderMode(pointer) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            return not self._has_large_image()  # the text layer of a scan is meant to be read
        colour = [ctypes.c_uint() for _ in range(4)]
        if not raw.FPDFText_GetFillColor(self._textpage, index, *colour):
            return False
        *ink, alpha = (part.value for part in colour)
        return (min(ink) >= 240 or alpha < 10) and not self.has_contrast(box)

    def _has_large_image(self) -> bool:
        for item in self._page.get_objects(filter=[self._raw.FPDF_PAGEOBJ_IMAGE], max_depth=2):
            left, bottom, right, top = item.get_bounds()
            if (right - left) * (top - bottom) > 0.4 * self._width * self._height:
                return True
        return False

    def has_contrast(self, box: Box) -> bool:
        """Look at the page as drawn: white words on a dark ground can be read, white on white cannot."""
        scale = min(2.0, math.sqrt(4_000_000 / (self._width * self._height)))
        if self._picture is None:
            self._picture = self._page.render(scale=scale).to_pil().convert("L")
        left, top, right, bottom = (max(0, round(edge * scale)) for edge in box)
        right, bottom = min(right + 1, self._picture.width), min(bottom + 1, self._picture.height)
        if left >= right or top >= bottom:  # beyond its edge a picture is black
            return False
        darkest, lightest = self._picture.crop((left, top, right, bottom)).getextrema()
        return bool(lightest - darkest > _LEAST_INK)
