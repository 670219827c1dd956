"""Words of German, French and Spanish questions in the forms that documents have: "Fristen" for "Frist"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from rag.text import fold, snowball, stem

_SHORTEST_STEM = 4  # letters; shorter ones begin too many words
_SHORT_STEM = 3  # letters; of Spanish verbs, "pag-" and "abr-", with an ending that only verbs have
_OF_VERBS = frozenset("an en ar er ir ara era ira aran eran iran ado ada ido ida ando iendo aron ieron io".split())
_LONGEST_ENDING = 6
# What may follow the Snowball stem of a word in a form of it that has lost its accents, or its plural to the index.
_ENDINGS = {
    "German": frozenset("e en er es em n s st t te ten est et".split()),
    "French": frozenset("e ee es ees er ez ent ons ait aient ant era eront i ie is ir it u ue ues".split()),
    "Spanish": frozenset(
        "a o e as os es an en ar er ir ara era ira aran eran iran ado ada ados adas ido ida idos idas ando iendo aba "
        "ia ian aria eria iria aron ieron io".split()
    ),
}
_TYPED_UMLAUT = re.compile(r"([ao])e|(?<![aeq])(u)e")  # "Schluessel", but not "neue", "Bauer" and "Quelle"
_WRITTEN = ("", "e", "s", "y", "ed")
_snowball = lru_cache(maxsize=8192)(snowball)


def held_form(
    word: str, tongue: str, frequencies: Callable[[list[str]], Mapping[str, int]], beginning: Callable[[str], list[str]]
) -> str:
    """Return a word with the Snowball stem of this one that the documents hold, the most frequent; "" where none is.

    ``frequencies`` tells how many passages hold each Porter stem, ``beginning`` which of them begin so, the most
    frequent first. Umlauts may be typed as two letters, "Pruefung", and participles are looked for: "geöffnet".
    """
    plain = without_typed_umlauts(word) if tongue == "German" else fold(word)
    if plain != fold(word) and frequencies([stem(plain)])[stem(plain)]:
        return plain
    stems = {fold(_snowball(form, tongue)) for form in (word.lower(), fold(word), plain)}
    for begins in sorted(stems, key=len, reverse=True):
        if len(begins) < (_SHORT_STEM if tongue == "Spanish" else _SHORTEST_STEM):
            continue
        for term in beginning(begins):
            if _is_form(term, begins, stems, tongue) and not _is_participle(term, word) and (form := written(term)):
                return form
        participles = [f"ge{begins}{ending}" for ending in ("t", "et", "en")] if tongue == "German" else []
        held = frequencies([stem(form) for form in participles])
        if form := next((form for form in participles if held[stem(form)]), ""):
            return form
    return ""


def _is_form(term: str, begins: str, stems: set[str], tongue: str) -> bool:
    """Tell whether a stem of the index is that of a form of a word with one of these stems."""
    ending = term[len(begins) :]
    if len(begins) < _SHORTEST_STEM:
        return ending in _OF_VERBS
    return len(ending) <= _LONGEST_ENDING and (
        not ending or ending in _ENDINGS[tongue] or fold(_snowball(term, tongue)) in stems
    )


def _is_participle(term: str, word: str) -> bool:
    """Tell whether a stem is a participle of German, which a noun only looks like: "gehalten" and "Gehalt"."""
    return word[:1].isupper() and word.lower().startswith("ge") and word.endswith("t") and term.endswith("en")


def without_typed_umlauts(word: str) -> str:
    """Return a German word folded, with umlauts that are typed as two letters as they are folded: "pruefung"."""
    return _TYPED_UMLAUT.sub(lambda typed: typed[1] or typed[2], fold(word))


def written(term: str) -> str:
    """Return a word with this Porter stem, by which it is found; "" where none is plain."""
    return next((f"{term}{ending}" for ending in _WRITTEN if stem(f"{term}{ending}") == term), "")
