"""The documents side: names that cannot leave the folder, lists and reports that tell everything and do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import DocumentInfo, FileResult, IngestReport, content_words
from tests.test_render import PAYLOADS, Page, assert_inert
from ui.files import drop_failed, is_meant, keep_uploads, safe_name
from ui.library import MOST_DOCUMENTS, render_documents, render_report, render_uploads
from ui.options import tick


def info(name: str, *more: str, pages: int = 0, warnings: tuple[str, ...] = ()) -> DocumentInfo:
    return DocumentInfo(name, (name, *more), name, "text", (name, *more), 7, pages, 100, "2026-01-01", warnings)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("...", "unnamed"),
        ("", "unnamed"),
        (".bashrc", "bashrc"),
        ("a\nb\x00c.txt", "a bc.txt"),
        ("inv\u202efdp.exe", "invfdp.exe"),
        ("<img src=x>.md", "img src=x .md"),
        ("  spaced   out .txt ", "spaced out .txt"),
        ("Übersicht 日本.txt", "Übersicht 日本.txt"),
        ("$(touch x);`id`.csv", "$(touch x);`id`.csv"),
    ],
)
def test_names_of_uploads_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_keep_their_suffix_and_fit_the_file_system() -> None:
    safe = safe_name("日" * 300 + ".markdown")
    assert len(safe.encode()) <= 200
    assert safe.endswith("日.markdown")
    assert len(safe_name("a." + "b" * 300).encode()) <= 200


def upload(folder: Path, name: str, words: str) -> Path:
    incoming = folder / f"incoming-{words}" / name
    incoming.parent.mkdir(parents=True)
    incoming.write_text(words)
    return incoming


def test_an_upload_replaces_its_namesake(tmp_path: Path) -> None:
    folder, aside = tmp_path / "uploads", tmp_path / "aside"
    for words in ("one", "two"):
        incoming = upload(tmp_path, "note.txt", words)
        assert keep_uploads([incoming], folder, aside) == [folder / "note.txt"]
        assert not incoming.parent.exists()
    drop_failed(IngestReport((FileResult("note.txt", "changed"),)), folder, aside)
    assert [path.read_text() for path in folder.iterdir()] == ["two"]
    assert not aside.exists()


def test_an_upload_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    folder, aside = tmp_path / "uploads", tmp_path / "aside"
    keep_uploads([upload(tmp_path, "note.txt", "good")], folder, aside)
    keep_uploads([upload(tmp_path, "note.txt", "bad"), upload(tmp_path, "new.pdf", "worse")], folder, aside)
    report = IngestReport((FileResult("new.pdf", "failed", "No PDF."), FileResult("note.txt", "failed", "No text.")))
    drop_failed(report, folder, aside)
    assert [path.read_text() for path in folder.iterdir()] == ["good"]


def test_two_uploads_of_one_name_that_fail_leave_what_was_there(tmp_path: Path) -> None:
    folder, aside = tmp_path / "uploads", tmp_path / "aside"
    keep_uploads([upload(tmp_path, "note.txt", "good")], folder, aside)
    drop_failed(IngestReport(), folder, aside)
    twice = [upload(tmp_path / "1", "note.txt", "bad"), upload(tmp_path / "2", "note.txt", "worse")]
    assert keep_uploads(twice, folder, aside) == [folder / "note.txt"] * 2
    drop_failed(IngestReport((FileResult("note.txt", "failed", "No text."),)), folder, aside)
    assert [path.read_text() for path in folder.iterdir()] == ["good"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_and_reasons_are_inert(payload: str) -> None:
    file = FileResult(payload, "failed", payload, 0, (payload,), f"/{payload}/{payload}")
    assert_inert(render_documents([info(payload, payload, warnings=(payload,))], [file, file]))
    assert_inert(render_report(IngestReport((file, file), 1.0)))
    assert_inert(render_uploads([file]))
    assert_inert(render_documents([info(f"{payload}/a")], [], (), payload, payload))


def test_a_report_names_every_file_and_the_reason() -> None:
    report = IngestReport(
        (
            FileResult("a.pdf", "failed", "a.pdf is protected by a password. Remove it and try again."),
            FileResult("b.txt", "new", passages=3, warnings=("b.txt was read as Latin-1.",)),
        ),
        1.26,
    )
    words = Page(render_report(report)).words
    assert words.startswith("1 new, 1 failed in 1.3 s")
    for part in ("a.pdf is protected by a password.", "b.txt", "b.txt was read as Latin-1."):
        assert part in words


def test_the_list_tells_size_second_names_warnings_and_what_failed() -> None:
    documents = [info("a.pdf", "copy of a.pdf", pages=3, warnings=("2 pages have no text.",)), info("b.txt")]
    html = render_documents(documents, [FileResult("c.zip", "failed", "c.zip is not supported.")], {tick(documents[1])})
    page = Page(html)
    for part in (
        "Read, with warnings · 3 pages · 7 passages · 1\u00a0Jan\u00a02026 · also copy of a.pdf",
        "2 pages have no text.",
        "c.zip is not supported.",
    ):
        assert part in page.words
    assert [("checked" in attributes) for tag, attributes in page.tags if tag == "input"] == [False, True]


def test_whoever_removes_a_document_hears_which_files_go() -> None:
    twins = DocumentInfo("1", ("a.md", "a.md", "b.md"), "", "md", ("/x/a.md", "/y/a.md", "/y/b.md"), 1, 0, 9, "")
    page = Page(render_documents([info("warranty.md", "Aaa backup.md"), info("b.txt"), twins], []))
    assert [button["data-sure"] for button in page.find("remove")] == [
        "Remove warranty.md and its copy Aaa backup.md?",
        "",
        "Remove a.md and its copies a.md in y, b.md?",
    ]


def test_an_old_encoding_is_a_note_and_no_warning() -> None:
    page = Page(render_documents([info("a.txt", warnings=("read as cp1252",))], []))
    assert "with warnings" not in page.words and "read as cp1252" in page.words
    assert page.find("note") and not page.find("warning") and not page.find("warned")
    page = Page(render_report(IngestReport((FileResult("a.txt", "new", warnings=("read as cp1252",)),))))
    assert page.find("note") and not page.find("warning")


def test_what_was_not_read_comes_in_the_order_of_names() -> None:
    page = Page(render_documents([], [FileResult(name, "failed", "No.") for name in ("Zoo.pdf", "apple.pdf")]))
    assert [button["data-name"] for button in page.find("remove")] == ["apple.pdf", "Zoo.pdf"]


def test_failed_files_of_one_name_say_where_they_lie() -> None:
    failed = [FileResult("c.pdf", "failed", "No PDF.", path=f"/{folder}/c.pdf") for folder in ("papers", "uploads")]
    failed.append(FileResult("deep/d.pdf", "failed", "No PDF.", path="/papers/deep/d.pdf"))
    page = Page(render_documents([], failed))
    assert page.words.count("Not read · in papers") == page.words.count("Not read · in uploads") == 1
    folders = [button["data-folder"] for button in page.find("remove")]
    assert folders == ["papers", "uploads", "papers"]


def test_a_very_long_list_is_cut_and_says_so() -> None:
    html = render_documents([info(f"{number}.txt") for number in range(MOST_DOCUMENTS + 3)], [], ())
    assert html.count('data-do="remove"') == MOST_DOCUMENTS
    assert "and 3 more" in html


def test_the_list_can_be_searched_and_narrowed_to_a_collection() -> None:
    documents = [info("papers/a.txt"), info("papers/b.txt"), info("plan.txt")]
    failed = [FileResult("c.zip", "failed", "No.")]

    def listed(collection: str = "", words: str = "") -> list[str]:
        page = Page(render_documents(documents, failed, (), collection, words))
        return [b["data-document"] for b in page.find("document") if "data-document" in b]

    assert listed() == ["papers/a.txt", "papers/b.txt", "plan.txt"]
    assert listed("papers") == ["papers/a.txt", "papers/b.txt"]
    assert listed("papers", "A.t") == ["papers/a.txt"]
    assert listed(words="plan txt") == ["plan.txt"]
    assert "c.zip" in render_documents(documents, failed) and "c.zip" not in render_documents(
        documents, failed, (), "papers"
    )
    assert "No document is called “zebra”." in render_documents(documents, failed, (), "", "zebra")
    pills = Page(render_documents(documents, [], (), "papers")).find("pill")
    assert [(p["data-collection"], p["aria-pressed"]) for p in pills] == [("", "false"), ("papers", "true")]


def test_an_upload_is_followed_file_by_file() -> None:
    states = [
        FileResult("a", "new"),
        FileResult("b", "failed", "No."),
        FileResult("c", "reading"),
        FileResult("d", "waiting"),
    ]
    page = Page(render_uploads(states))
    assert page.words.startswith("2 of 4 files done")
    assert [a["class"] for tag, a in page.tags if tag == "li"] == ["new", "failed", "reading", "waiting"]


def test_an_empty_list_says_so() -> None:
    assert "Nothing here yet." in render_documents([], [], ())


@pytest.mark.parametrize(("count", "shut"), [(3, False), (4, True)])
def test_many_unread_files_stand_behind_one_line(count: int, shut: bool) -> None:
    failures = [FileResult(f"{n}.pdf", "failed", f"{n}.pdf is damaged.") for n in range(count)]
    shown = render_documents([], failures)
    assert (f"<summary>{count} files not read</summary>" in shown) == shut
    assert shown.count('class="failed"') == count


@pytest.mark.parametrize(
    ("name", "question", "meant"),
    [
        ("lease-scan.pdf", "How long is the lease?", True),
        ("notes-empty.txt", "When is the fridge emptied?", False),
        ("cut.docx", "May we cut the hedge?", False),
        ("VAT.pdf", "What is our VAT number?", True),
        ("staff rules.pdf", "Which rule is there for the staff?", True),
        ("合同扫描.pdf", "合同什么时候到期？", True),
    ],
)
def test_a_file_that_was_not_read_is_meant_by_words_of_its_name(name: str, question: str, meant: bool) -> None:
    assert is_meant(name, question, set(content_words(question))) is meant
