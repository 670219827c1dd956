"""Notebooks, subtitles, reStructuredText and rich text as they are read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from rag.errors import LoadError
from rag.parse import PARSERS, assemble


def read(form: str, data: str) -> dict[str, Any]:
    return assemble(PARSERS[form](data.encode()))


def notebook(*cells: dict[str, object]) -> str:
    return json.dumps({"cells": list(cells), "nbformat": 4})


def test_cues_become_sentences_and_another_voice_a_paragraph() -> None:
    talk = """WEBVTT - The mill

NOTE made by hand

1
00:00:01.000 --> 00:00:03.000 align:start
<v Ann>The mill was built
in <i>1688</i> &amp; burnt down.</v>

00:00:03.000 --> 00:00:05.000
<v.loud Bob>By whom?

2
00:00:05.500 --> 00:00:07.000
Nobody
knows.

00:01:00.000 --> 00:01:02.000
The end.
"""
    found = read("vtt", talk)
    assert found["text"] == "Ann: The mill was built in 1688 & burnt down.\n\nBob: By whom? Nobody knows.\n\nThe end."
    assert found["title"] == "The mill"


@pytest.mark.parametrize("named", ["<v Maya Singh>{}</v>", "Maya Singh: {}"])
def test_who_goes_on_speaking_is_named_once(named: str) -> None:
    parts = ["The canteen moves", "to building 7.", "Or so"], ["I hope."]
    cues = [(n, named.format(part)) for n, part in enumerate(parts[0])] + [
        (3, "Tom: Why?"),
        (4, named.format(*parts[1])),
    ]
    talk = "".join(f"00:0{n}.000 --> 00:0{n}.900\n{said}\n\n" for n, said in [*cues, (9, named.format("Bye."))])
    assert read("vtt", f"WEBVTT\n\n{talk}")["text"] == (
        "Maya Singh: The canteen moves to building 7. Or so\n\nTom: Why?\n\nMaya Singh: I hope.\n\nMaya Singh: Bye."
    )


def test_a_cue_that_is_shown_again_is_said_once() -> None:
    cues = "1\r\n00:00:01,000 --> 00:00:02,000\r\nHello.\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nHello.\r\n"
    assert read("srt", cues)["text"] == "Hello."


def test_a_long_talk_has_paragraphs() -> None:
    cues = "".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\nThis is sentence {n} of the talk.\n\n"
        for n in range(90)
    )
    found = read("srt", cues)
    assert 3 < len(found["blocks"]) < 10
    assert all(found["text"][end - 1] == "." for _, _, end, _ in found["blocks"])


def cue(number: int, begin: str, end: str, said: str) -> str:
    return f"{number}\n00:00:{begin} --> 00:00:{end}\n{said}\n\n"


@pytest.mark.parametrize(
    ("cues", "text"),
    [
        (cue(1, "01,000", "02,000", "The code is\n\n4711, remember it.") + cue(2, "03,000", "04,000", "Bye.\n\nAll."),
         "The code is 4711, remember it. Bye. All."),
        (cue(1, "01,000", "02,000", "").replace("\n\n\n", "\n\n") + cue(2, "03,000", "04,000", "Hello."), "Hello."),
        ((cue(1, "01,000", "02,000", "The fee is") + cue(2, "02,000", "03,000", "12 euros.")).replace("\n\n", "\n"),
         "The fee is 12 euros."),
        ((cue(1, "01,000", "02,000", "Hello") + cue(2, "02,000", "03,000", "you.")).replace("\n", "\n\n"), "Hello you."),
        (cue(1, "01,000", "02,000", "If x <y then 3 > z, a <b and c> d."), "If x <y then 3 > z, a <b and c> d."),
        (cue(1, "01,000", "02,000", '<font color="red">So <b.loud>it</b></font> <00:01.500>is<c>.</c>'), "So it is."),
        (cue(1, "01,000", "02,000", "- Yes.") + cue(2, "02,900", "03,000", "- Yes."), "- Yes.\n\n- Yes."),
        (cue(1, "01,000", "02,000", "Yes.") + cue(2, "02,040", "03,000", "Yes.") + cue(3, "03,000", "04,000", "Yes."),
         "Yes."),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nOne.\n\nNOTE not\nsaid\n\nthe end\n00:02.000 --> 00:03.000\nTwo.\n\nNOTE no",
         "One. Two."),
    ],
)  # fmt: skip
def test_every_word_of_a_cue_is_read_and_its_number_is_not(cues: str, text: str) -> None:
    assert read("vtt" if cues.startswith("WEBVTT") else "srt", cues)["text"] == text


@pytest.mark.parametrize("said", ["words that a machine took down", "这是一句话吗？", "क्या यह शुल्क है।"])
def test_a_talk_without_full_stops_has_paragraphs_too(said: str) -> None:
    cues = "".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\n{n} {said}\n\n" for n in range(600)
    )
    blocks = read("srt", cues)["blocks"]
    assert max(end - start for _, start, end, _ in blocks) < (1900 if said.startswith("words") else 700)


def test_voices_that_do_not_end_are_read_in_no_time() -> None:
    began = time.process_time()
    read("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v a" * 30_000)
    assert time.process_time() - began < 1


def test_a_notebook_has_its_text_code_and_what_was_printed() -> None:
    data = notebook(
        {"cell_type": "markdown", "source": "# Growth\n\n| t | h |\n|---|---|\n| 20 | 214 |"},
        {
            "cell_type": "code",
            "source": ["import math\n", "print(math.pi)"],
            "outputs": [
                {"output_type": "stream", "text": ["3.14159\n"]},
                {"output_type": "display_data", "data": {"image/png": "iVBOR", "text/plain": "<Figure size 1x1>"}},
                {"output_type": "error", "traceback": ["long", "\x1b[31mValueError\x1b[0m: no"]},
            ],
        },
        {"cell_type": "code", "source": "", "outputs": []},
    )
    assert read("ipynb", data)["text"].split("\n\n") == [
        "Growth",
        "t: 20; h: 214",
        "import math\nprint(math.pi)",
        "3.14159",
        "ValueError: no",
    ]


def result(**data: str) -> dict[str, object]:
    return {"output_type": "display_data", "data": {f"text/{form}": words for form, words in data.items()}}


def test_a_result_that_is_shown_as_a_page_is_read_and_what_is_printed_is_no_name_of_an_object() -> None:
    outputs = [
        result(plain="<IPython.core.display.Markdown object>", markdown="The fee is **12 euros**."),
        result(plain="<IPython.core.display.HTML object>", html="<p>Paid <b>in May</b>.</p>"),
        result(markdown="*Alone.*"),
        result(html="<i>Also alone.</i>"),
        result(plain="   h\n0  2", html="<table><tr><th>h</th></tr><tr><td>2</td></tr></table>"),
        {"output_type": "stream", "text": "<access denied>"},
    ]
    assert read("ipynb", notebook({"cell_type": "code", "source": "", "outputs": outputs}))["text"].split("\n\n") == [
        "The fee is 12 euros.", "Paid in May.", "Alone.", "Also alone.", "   h\n0  2", "<access denied>",
    ]  # fmt: skip


def test_a_field_of_a_notebook_may_be_empty() -> None:
    result = {"output_type": "execute_result", "data": None, "text": None, "traceback": None}
    cells = [{"cell_type": "code", "source": "f()", "outputs": outputs} for outputs in (None, [result])]
    assert read("ipynb", notebook({"cell_type": "markdown", "source": None}, *cells))["text"] == "f()\n\nf()"


def test_half_a_character_in_a_notebook_is_no_reason_to_refuse_it() -> None:
    data = notebook(
        {"cell_type": "markdown", "source": "Hi \ud83d there"}, {"cell_type": "code", "source": "f(\udc00)"}
    )
    assert read("ipynb", data)["text"] == "Hi \ufffd there\n\nf(\ufffd)"


def test_restructured_text_is_read_as_it_is_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2")
    text = f"""Soils
=====

:Term: Autumn

About
-----

First, *see* `the page <http://x.example>`_.

.. list-table::
   :header-rows: 1

   * - Week
     - Topic
   * - 1
     - Peat

.. include:: {secret}

.. raw:: html

   <script>alert(1)</script>
"""
    found = read("rst", text)
    assert found["title"] == "Soils"
    assert "First, see the page." in found["text"] and "Week: 1; Topic: Peat" in found["text"]
    assert "hunter2" not in found["text"] and "alert" not in found["text"]
    kinds = [kind for kind, *_ in found["blocks"]]
    assert kinds.count("heading") == 2


UNKNOWN = """.. currentmodule:: mill

Mill
====

.. versionadded:: 2.0
   The fee is 12 *euros*, see `the page`_.

   .. deprecated:: 3

      Too low.

.. glossary::

   valve
      A thing that closes.

.. py:function:: pay(amount)

See :ref:`Fees <fees>`, :py:meth:`~mill.pay` and `Foo`:class:.

.. code-block:: bash
   :emphasize-lines: 1

   rag ask

+------+-----+
| Anna | twelve |
+------+-----+

First
-----

Deep
^^^^

Second
------

Third
~~~~~

The end.

.. _the page: http://x.example
"""


def test_what_docutils_does_not_know_keeps_its_words_and_what_it_cannot_read_stays_as_it_is() -> None:
    for _ in range(2):  # what docutils has been told to accept, it accepts again
        found = read("rst", UNKNOWN)
    assert found["title"] == "Mill"
    assert [found["text"][start:end] for _, start, end, _ in found["blocks"]] == [
        "Mill", "mill", "2.0 The fee is 12 euros, see the page.", "3", "Too low.", "valve: A thing that closes.",
        "pay(amount)", "See Fees, mill.pay and Foo.", ".. code-block:: bash\n   :emphasize-lines: 1\n\n   rag ask",
        "+------+-----+\n| Anna | twelve |\n+------+-----+", "First", "Deep", "Second", "Third\n~~~~~", "The end.",
    ]  # fmt: skip


def test_rich_text_is_read_without_its_marks() -> None:
    rich = r"{\rtf1\ansi\ansicpg1252{\fonttbl\f0 Arial;}{\info{\title No}}\f0\fs24 Caf\'e9 \b opens\b0  at 9.\par Bring \u8364? 5.\par}"
    assert read("rtf", rich)["text"].split() == ["Café", "opens", "at", "9.", "Bring", "€", "5."]


@pytest.mark.parametrize(
    ("form", "data", "problem"),
    [
        ("srt", "Words without times.", "holds no subtitles"),
        ("vtt", "WEBVTT\n\nNOTE nothing", "holds no subtitles"),
        ("ipynb", '{"cells": 3}', "is not a notebook"),
        ("ipynb", '{"cells": [{"source": "x"}]}', "is not a notebook"),
        ("ipynb", "[1, 2]", "is not a notebook"),
        ("ipynb", "words", "is not a notebook"),
        ("rtf", "words", "is not a rich text"),
    ],
)
def test_what_is_none_is_told(form: str, data: str, problem: str) -> None:
    with pytest.raises(LoadError, match=problem):
        PARSERS[form](data.encode())


def test_rich_text_has_tables_and_notes_and_nothing_hidden() -> None:
    cells = r"\trowd\cellx2000\cellx4000 {}\cell {}\cell\row"
    rich = (
        r"{\rtf1\ansi{\fonttbl\f0 Arial;}\f0 Who came first was told.{\super\chftn}{\footnote\pard\plain By the clerk.}\par "
        + "\\pard\\intbl".join(
            ["", *(cells.format(*row) for row in (("Time", "What"), ("06:52", "Smell"), ("07:05", "Call")))]
        )
        + r"\pard The end.{\v secret draft}\par}"
    )
    assert read("rtf", rich)["text"] == (
        "Who came first was told. By the clerk.\n\nTime: 06:52; What: Smell\nTime: 07:05; What: Call\n\nThe end."
    )


@pytest.mark.parametrize(
    ("rich", "text"),
    [
        (
            r"Before {\v secret {\b x} } the fee is 12 euros and {\b bold} more text.\par Second paragraph.{\v0  Z}",
            "Before the fee is 12 euros and bold more text.\n\nSecond paragraph. Z",
        ),
        (r"Use \\v and pay 12 euros, then \\v0 ends.", r"Use \v and pay 12 euros, then \v0 ends."),
        (r"A \v secret f \bullet\v0 seen, {\v gone}{\v gone \plain here}.", "A seen, here."),
        (r"{\pict\wmetafile8\bin6 {\v {\v} A picture.", "A picture."),
        (r"Hi \u-10179?\u-8704? there", "Hi \U0001f600 there"),
        (
            r"\trowd\cellx1\cellx2 Item\cell Fee\cell\row\trowd\cellx1\cellx2 Bed\par with\line {\v a\line b}frame\cell 12\cell\row"
            r"\pard After.\par End.",
            "Item: Bed with frame; Fee: 12\n\nAfter.\n\nEnd.",
        ),
        (r"\trowd No row.\par Words go on.", "No row.\n\nWords go on."),
    ],
)
def test_of_rich_text_all_that_is_seen_is_read_and_nothing_else(rich: str, text: str) -> None:
    assert read("rtf", rf"{{\rtf1\ansi {rich}\par}}")["text"] == text


def test_marks_of_hidden_words_take_no_longer_than_others() -> None:
    start = process_time()
    assert read("rtf", r"{\rtf1\ansi Seen. " + r"\v x" * 80_000 + "}")["text"] == "Seen."
    assert process_time() - start < 5


def test_fields_of_restructured_text_stand_with_their_values_and_a_corner_may_be_empty() -> None:
    text = (
        "Boats\n=====\n\nAll of them.\n\n:Number of boats: 569, of *wood*\n\n:Kinds:\n    - ferries\n    - barges\n\n    More.\n\n"
        "======== ===== =====\n           Min   Max\n======== ===== =====\nlength   6.9   28\nbeam     2.1   4\n"
        "======== ===== =====\n"
    )
    found = read("rst", text)
    assert found["text"].split("\n") == (
        "Boats||All of them.||Number of boats: 569, of wood||Kinds:||ferries|barges||More.||"
        "length; Min: 6.9; Max: 28|beam; Min: 2.1; Max: 4"
    ).split("|")
