"""Words of German, French and Spanish questions are found in the forms that the documents have."""

from __future__ import annotations

import pytest

from rag import Chatbot, Document
from rag.inflection import held_form
from rag.query import respell
from rag.text import stem, words

GARTEN = """Die Beetgebühr wird jährlich bezahlt. Die Pflanzfristen hängen aus. Der Garten ist montags geöffnet.

Die Schlüssel verwahrt der Obmann. Gießwasser kommt aus der Zisterne. Für Gruppen gibt es Führungen.
Jedes Gehalten der Leiter ist verboten. Der Regen füllt die Tonne."""
POTAGER = (
    """Les outils empruntés sont rendus le soir. La serre est arrosée chaque matin. Les récoltes sont partagées."""
)
HUERTO = """Las herramientas se devolverán limpias. El riego está prohibido al mediodía. El barco no se presta."""


@pytest.mark.parametrize(
    ("text", "question", "meant"),
    [
        (GARTEN, "Welche Pflanzfrist gilt hier?", "Welche pflanzfristen gilt hier?"),
        (GARTEN, "Wann wird der Garten öffnen?", "Wann wird der Garten geoffnet?"),
        (GARTEN, "Wie hoch ist die Beetgebuehr?", "Wie hoch ist die beetgebuhr?"),
        (GARTEN, "Wer hat die Schluessel?", "Wer hat die schlussel?"),
        (GARTEN, "Wie hoch ist das Gehalt?", "Wie hoch ist das Gehalt?"),
        (GARTEN, "Was kostet eine Gruppenfuehrung?", "Was kostet eine gruppen fuhrungen?"),
        (GARTEN, "Woher kommt das Zisternenwasser?", "Woher kommt das Zisternenwasser?"),
        (GARTEN, "Wer hat die Regentonne?", "Wer hat die regen tonne?"),
        (POTAGER, "Quand faut-il arroser les plants ?", "Quand faut-il arrosee les plants ?"),
        (HUERTO, "¿Hay que devolver las palas?", "¿Hay que devolveran las palas?"),
        (HUERTO, "¿Se prohíbe regar?", "¿Se prohibido regar?"),
        (HUERTO, "¿Dónde hay un banco?", "¿Dónde hay un banco?"),
        (HUERTO, "where is the herramienta?", "where is the herramienta?"),
    ],
)
def test_a_word_takes_the_form_that_occurs(hash_bot: Chatbot, text: str, question: str, meant: str) -> None:
    hash_bot.add([Document("d", "text.txt", "Text", "txt", text)])
    store = hash_bot._store
    asked = respell(question, store.frequencies, store.near, None, store.beginning)
    assert asked == meant
    assert all(store.frequencies([stem(word) for word in set(words(asked)) - set(words(question))]).values())


@pytest.mark.parametrize(
    ("word", "tongue", "held", "form"),
    [
        ("casa", "Spanish", "casero", ""),
        ("mesa", "Spanish", "mes", ""),
        ("paga", "Spanish", "pagaran", "pagaran"),
        ("Räder", "German", "radio", ""),
        ("neue", "German", "nue", ""),
        ("Poet", "German", "pot", "pot"),
        ("congeler", "French", "congele", "congelee"),
        ("habitación", "Spanish", "habitacion", "habitacion"),
    ],
)
def test_what_only_begins_alike_is_another_word(word: str, tongue: str, held: str, form: str) -> None:
    def frequencies(stems: list[str]) -> dict[str, int]:
        return {one: int(one == held) for one in stems}

    assert held_form(word, tongue, frequencies, lambda begins: [held] * held.startswith(begins)) == form


def test_stems_that_begin_alike_are_few_and_the_most_frequent_first(hash_bot: Chatbot) -> None:
    many = " ".join(f"regen{a}{b}" for a in "abcdefgh" for b in "klmnopqr")
    hash_bot.add(
        [
            Document("d", "t.txt", "T", "txt", f"{many} regenwurmkomposter"),
            Document("e", "e.txt", "E", "txt", "regencr"),
        ]
    )
    found = hash_bot._store.beginning("regen")
    assert len(found) == 40 and found[0] == "regencr" and "regenwurmkompost" not in found
