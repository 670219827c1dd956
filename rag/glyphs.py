"""Letters that a PDF holds under other codes: pure functions, no PDF library."""

from __future__ import annotations

import re
import unicodedata

LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}

# What fonts of TeX that do not name their letters (Cork encoding) have in places where others have none, and elsewhere.
_CORK = dict(zip((*range(0x10, 0x17), *range(0x1B, 0x20)), "“”„«»–—ﬀﬁﬂﬃﬄ", strict=True))
_ALSO_CORK = str.maketrans("¿ÿ÷×Ÿ", "£ßœŒ§")
_CODE = "[\x10-\x16\x1b-\x1f]"
_IN_A_WORD = re.compile(rf"[^\W\d_]{_CODE}|{_CODE}[^\W\d_]")


def named(text: str) -> str:
    """Return a page's text with the letters that fonts of TeX do not name; signs in a table of signs are none."""
    found = len(_IN_A_WORD.findall(text))
    named_by_code = text.translate(_CORK) if found else text
    return named_by_code.translate(_ALSO_CORK) if found > 1 else named_by_code
