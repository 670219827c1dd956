"""Letters that a PDF holds under other codes: pure functions, no PDF library."""

from __future__ import annotations

import unicodedata

LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}

# What fonts of TeX that do not name their letters (Cork encoding) have in places where others have none, and elsewhere.
_CORK = dict(zip((*range(0x10, 0x17), *range(0x1B, 0x20)), "“”„«»–—ﬀﬁﬂﬃﬄ", strict=True))
_ALSO_CORK = str.maketrans("¿ÿ÷×Ÿ", "£ßœŒ§")


def named(text: str) -> str:
    """Return a page's text with the letters that fonts of TeX do not name."""
    found = text.translate(_CORK)
    return found if found == text else found.translate(_ALSO_CORK)
