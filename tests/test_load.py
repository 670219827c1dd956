"""The guard before parsing, the process that parses, and the document that comes out: hostile files above all."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.datatypes import Document
from rag.errors import LoadError
from rag.load import SUPPORTED, ParserProcess, load, render_page
from tests.sample_files import (
    DAY,
    docx_file,
    epub_file,
    lines,
    odf_file,
    pdf_drawn,
    pptx_file,
    rezip,
    xlsx_file,
    zip_of,
)

ROOT = Path(__file__).parent.parent
Put = Callable[[str, bytes], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write bytes to a file of this name and return its path."""

    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def refusal(path: Path, name: str = "", **limits: float) -> str:
    """Return the one line with which the file is refused."""
    with pytest.raises(LoadError) as caught:
        load(path, name or path.name, **limits)  # type: ignore[arg-type]
    message = str(caught.value)
    assert (name or path.name)[:20] in message
    assert "\n" not in message
    assert str(path.parent) not in message
    assert caught.value.next_step.endswith(".")
    return message


def check_spans(document: Document) -> None:
    """Blocks hold all the text but the white space between them; pages cover it from end to end."""
    text, end = document.text, 0
    for block in document.blocks:
        assert text[end : block.start].strip() == ""
        assert text[block.start : block.end].strip("\n") == text[block.start : block.end] != ""
        end = block.end
    assert end == len(text)
    edges = [0, *(page.end for page in document.pages)]
    assert [page.start for page in document.pages] == edges[: len(document.pages)]
    assert not document.pages or edges[-1] == len(text)
    assert [page.number for page in document.pages] == list(range(1, len(document.pages) + 1))


SAMPLES: dict[str, bytes] = {
    "a.txt": b"One paragraph.\n\nAnother one.\n\n- first\n- second\n",
    "a.md": b"# Title\n\nText with a [link](http://x.example).\n\n* one\n* two\n",
    "a.markdown": b"Plain words.",
    "a.html": b"<title>Page</title><h1>Head</h1><p>Words.<table><tr><th>A<th>B<tr><td>1<td>2</table>",
    "a.htm": b"<p>Words.",
    "a.csv": b"name,age\nAnn,31\nBob,22\n",
    "a.tsv": b"name\tage\nAnn\t31\n",
    "a.json": b'[{"name": "Ann", "address": {"city": "Bonn"}}, {"name": "Bob"}]',
    "a.jsonl": b'{"name": "Ann"}\n{"name": "Bob"}\n',
    "a.pdf": pdf_drawn(lines("First page."), lines("Second page."), lambda _: None),
    "a.docx": docx_file(lambda d: (d.add_heading("Head", 1), d.add_paragraph("Words."))),
    "a.pptx": pptx_file({"title": "One", "lines": ["a", "b"]}, {"title": "Two", "lines": ["c"], "notes": "say it"}),
    "a.xlsx": xlsx_file({"People": [["name", "born"], ["Ann", DAY]], "Empty": [], "More": [["x"]]}),
    "a.odt": odf_file(
        "text",
        '<text:h text:outline-level="2">Head</text:h><text:p>Words<text:note><text:note-body><text:p>Small print.'
        "</text:p></text:note-body></text:note>.</text:p><text:list><text:list-item><text:p>one</text:p></text:list-item>"
        "</text:list><table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
        "<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>",
    ),
    "a.ods": odf_file(
        "spreadsheet",
        '<table:table table:name="People"><table:table-row><table:table-cell><text:p>name</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="2"><text:p>7</text:p></table:table-cell></table:table-row>'
        '<table:table-row table:number-rows-repeated="9"><table:table-cell/></table:table-row></table:table>',
    ),
    "a.odp": odf_file(
        "presentation",
        '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>One</text:p></draw:text-box></draw:frame>'
        '<presentation:notes><draw:frame presentation:class="notes"><draw:text-box><text:p>say it</text:p></draw:text-box>'
        "</draw:frame></presentation:notes></draw:page><draw:page/>",
    ),
    "a.eml": b"From: ann@x.example\nSubject: Head\n\nWords of the letter.\n",
    "a.rst": b"Head\n====\n\nWords, *loud* ones.\n\n.. note:: Mind it.\n",
    "a.rtf": rb"{\rtf1\ansi{\fonttbl\f0 Arial;}\f0 Head\par Words of it.\par}",
    "a.ipynb": b'{"cells": [{"cell_type": "markdown", "source": ["# Head\\n", "Words."]}], "nbformat": 4}',
    "a.srt": b"1\n00:00:01,000 --> 00:00:02,500\nWords that\nare said.\n",
    "a.vtt": b"WEBVTT - Head\n\n00:01.000 --> 00:02.500\n<v Ann>Words that are said.\n",
    "a.epub": epub_file({"one.xhtml": "<h1>One</h1><p>Text.</p>"}),
}


def test_every_supported_suffix_has_a_sample() -> None:
    assert {Path(name).suffix for name in SAMPLES} == SUPPORTED


@pytest.mark.parametrize("name", SAMPLES)
def test_spans_are_exact_in_every_format(put: Put, name: str) -> None:
    document = load(put(name, SAMPLES[name]), name)
    check_spans(document)
    assert document.name == name
    assert document.format == {"markdown": "md", "htm": "html"}.get(name[2:], name[2:])
    assert document.warnings == ()
    assert len(document.id) == 32


def test_the_identity_comes_from_format_and_bytes(put: Put) -> None:
    one, two = load(put("one.txt", b"same"), "one.txt"), load(put("two.txt", b"same"), "elsewhere/two.txt")
    assert one.id == two.id and one.name != two.name
    assert load(put("three.md", b"same"), "three.md").id != one.id
    assert load(put("one.txt", b"other"), "one.txt").id != one.id


def test_without_a_title_the_name_is_the_title(put: Put) -> None:
    assert load(put("x1.txt", b"words"), "reports/Annual report.txt").title == "Annual report"


@given(text=st.text(max_size=400))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".csv", ".json"])
def test_any_text_is_read_with_exact_spans_or_refused_in_one_line(put: Put, suffix: str, text: str) -> None:
    path = put(f"any{suffix}", text.encode("utf-8", "surrogatepass"))
    try:
        document = load(path, path.name)
    except LoadError as error:
        assert str(error).startswith(path.name) and "\n" not in str(error)
    else:
        check_spans(document)


# --- what is refused, and how --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\t \r\n", "holds no text"),
        ("blank.csv", b"\n\n", "holds no text"),
        ("invisible.txt", "\u200b\u202e\U000e0041".encode(), "holds no text"),
        ("empty.pdf", b"", "is empty"),
        ("renamed.pdf", b"just text", "is not a PDF"),
        ("UPPER.PDF", b"just text", "is not a PDF"),
        ("corrupt.docx", b"PK\x03\x04" + b"garbage" * 50, "damaged or not in DOCX"),
        ("text.docx", b"just text", "is not in DOCX"),
        ("other.docx", zip_of({"a.txt": b"x"}), "damaged or not in DOCX"),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "password-protected or of an older format"),
        ("archive.zip", zip_of({"a.txt": b"x"}), "not supported (.zip)"),
        ("program.exe", b"MZ", "not supported (.exe)"),
        ("photo.heic", b"x", "not supported (.heic)"),
        ("README", b"x", "no ending"),
        ("noise.txt", random.Random(1).randbytes(50_000), "is not text"),
        ("pdf.txt", pdf_drawn(lines("x")), "is not text"),
        ("wide.csv", b",".join([b"x"] * 100_000), "has over 1,000 columns in line 1"),
        ("open.csv", b'a,b\n1,2\n3,"never closed\n4,5\n', "has a quote in line 3 that is never closed"),
        ("long.txt", b"word " * 1_100_000, "holds more than 5,000,000 characters"),
        ("deep.html", b"<div>" * 100_000 + b"deep", "nests its elements over 10,000 deep"),
        ("deep.json", b"[" * 100_000, "holds no text"),
        ("locked.docx", b"", "is empty"),
    ],
)
def test_refused_in_one_sentence(put: Put, name: str, data: bytes, reason: str) -> None:
    assert reason in refusal(put(name, data))


def test_a_file_over_the_limit_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)  # a hole: reading a terabyte would not end
    assert "the limit is 50 MB" in refusal(path)
    path.write_bytes(b"x" * 2000)
    assert "the limit is" in refusal(path, max_bytes=1999)


def test_what_is_not_a_plain_file_is_refused_without_waiting(tmp_path: Path, put: Put) -> None:
    target = put("target.txt", b"words")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "link.txt").symlink_to(target)
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "folder.txt").mkdir()
    assert "not a plain file" in refusal(tmp_path / "pipe.txt")
    assert "symbolic link" in refusal(tmp_path / "link.txt")
    assert "symbolic link" in refusal(tmp_path / "dangling.txt")
    assert "symbolic link" in refusal(tmp_path / "loop.txt")
    assert "is a folder" in refusal(tmp_path / "folder.txt")
    assert "does not exist" in refusal(tmp_path / "gone.txt")
    assert "cannot be read" in refusal(tmp_path / ("x" * 300 + ".txt"))
    with pytest.raises(LoadError, match="is not a path"):
        load(Path("nul\0.txt"), "nul.txt")


def test_sockets_and_devices_are_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket.txt"))
        assert "not a plain file" in refusal(tmp_path / "socket.txt")


def test_a_file_that_nobody_may_read_is_refused(put: Put) -> None:
    path = put("secret.txt", b"words")
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom rag.load import load\nfrom rag.errors import LoadError\n"
        "if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: load(Path(sys.argv[1]), 'secret.txt')\n"
        "except LoadError as error: print(error)\n"
    )
    path.chmod(0)
    # The folders above belong to the one who runs the tests, so a stranger is stopped at the latest by the file.
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.startswith("secret.txt may not be read.")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines.exe", "two\\nlines.exe"),
        ("safe\u202egnp.exe", "safe\\u202egnp.exe"),
        ("\x1b[31mred.exe", "\\x1b[31mred.exe"),
        ("\udce9.exe", "\\udce9.exe"),
        ("<img onerror=x>;$( ).exe", "<img onerror=x>;$( ).exe"),
        ("n" * 250 + ".exe", "..."),
    ],
)
def test_a_name_is_shown_on_one_line_with_what_is_invisible_escaped(put: Put, name: str, shown: str) -> None:
    with pytest.raises(LoadError) as caught:
        load(put("x.exe", b"x"), name)
    assert shown in caught.value.problem
    assert str(caught.value).isprintable() and len(caught.value.problem) < 200


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path, stop = tmp_path / "growing.txt", threading.Event()
    path.write_bytes(
        b"word " * 8_000_000
    )  # long to read, so that the other thread gets its turn however busy the machine

    def grow() -> None:
        with path.open("ab", buffering=0) as stream:
            while not stop.is_set():
                stream.write(b"more ")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert "keeps changing" in refusal(path)
    finally:
        stop.set()
        writer.join()


# --- archives ------------------------------------------------------------------------------------------------------

DOCX = SAMPLES["a.docx"]
WORDS = (
    b'<?xml version="1.0"?>%b<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>%b</w:t></w:r></w:p></w:body></w:document>"
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"word/document.xml": WORDS % (b"", b"a" * 60_000_000)}, "too large when unpacked"),
        ({f"part{n}.bin": b"" for n in range(2100)}, "packed parts; the limit is 2,000"),
        ({"word/document.xml": WORDS % (b'<!DOCTYPE x [<!ENTITY a "lol">]>', b"&a;")}, "defines XML entities"),
        ({"word/document.xml": WORDS % (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>', b"&a;")}, "defines XML"),
        ({"word/document.xml": (WORDS % (b'<!DOCTYPE x [<!ENTITY a "lol">]>', b"&a;")).decode().encode("utf-16")}, "defines XML"),
        ({"word/document.xml": b"<?xml version='1.0'?><!--" + b"x" * 70_000 + b"--><!DOCTYPE x []>"}, "defines XML"),
        ({"word/document.xml": WORDS % (b'<!-- <a --><?x <a?><!DOCTYPE x [<!ENTITY a "lol">]>', b"&a;")}, "defines XML"),
        ({"word/document.xml": (WORDS % (b'<!DOCTYPE x [<!ENTITY a "lol">]>', b"&a;")).decode().encode("utf-16-be")}, "defines XML"),
        ({"word/document.xml": b"no xml"}, "damaged or not in DOCX"),
    ],
    ids=["bomb", "entries", "entity", "external", "utf-16", "long prolog", "comment", "no mark", "broken"],
)  # fmt: skip
def test_hostile_archives_are_refused(put: Put, changes: dict[str, bytes], reason: str) -> None:
    assert reason in refusal(put("x.docx", rezip(DOCX, changes)))


def test_an_entry_that_points_outside_is_never_written(put: Put, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "folder"
    folder.mkdir(parents=True)
    path = folder / "x.docx"
    path.write_bytes(rezip(DOCX, {"../../evil.txt": b"x", "/tmp/evil-absolute.txt": b"x"}))
    assert load(path, "x.docx").text == "Head\n\nWords."
    assert [found.name for found in tmp_path.rglob("*") if found.is_file()] == ["x.docx"]


# --- the process that parses ---------------------------------------------------------------------------------------


def test_a_parser_that_is_late_is_killed_and_the_next_file_is_read(put: Put) -> None:
    slow = put("slow.csv", b"name,value\n" + b"some words,12\n" * 200_000)
    assert "takes longer than 0.05 seconds" in refusal(slow, seconds=0.05)
    assert load(put("next.txt", b"words"), "next.txt").text == "words"


def test_a_parser_that_dies_is_replaced() -> None:
    parser = ParserProcess()
    try:
        request = {"task": "load", "format": "txt"}
        assert parser.ask(request, b"words", 20)[0]["document"]["text"] == "words"
        first = parser._process
        assert first is not None
        first.kill()
        first.wait()
        assert parser.ask(request, b"more", 20)[0]["document"]["text"] == "more"
        assert parser._process is not first
    finally:
        parser.close()


def test_a_crash_in_the_middle_of_a_file_is_reported() -> None:
    parser = ParserProcess()
    caught: list[LoadError] = []

    def ask() -> None:
        try:
            parser.ask({"task": "load", "format": "csv"}, b"name,value\n" + b"some words,12\n" * 300_000, 60)
        except LoadError as error:
            caught.append(error)

    try:
        thread = threading.Thread(target=ask)
        thread.start()
        while parser._process is None:
            pass
        parser._process.kill()
        thread.join()
    finally:
        parser.close()
    assert "crash" in caught[0].problem


def test_memory_is_capped_and_the_reason_given(put: Put) -> None:
    many = b"[" + b"[]," * 17_000_000 + b"0]"  # 56 bytes each when parsed
    assert "1 GB" in refusal(put("many.json", many))
    assert load(put("next.txt", b"words"), "next.txt").text == "words"


def test_many_threads_share_one_parser(put: Put) -> None:
    paths = [put(f"{n}.txt", f"text number {n}".encode()) for n in range(24)]
    found: dict[int, str] = {}

    def read(n: int) -> None:
        found[n] = load(paths[n], paths[n].name).text

    threads = [threading.Thread(target=read, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: f"text number {n}" for n in range(24)}


def test_the_parser_ends_with_its_owner_and_knows_no_secret(put: Put) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom rag.load import _LOADER, load\n"
        "text = load(Path(sys.argv[1]), 'x.txt').text\n"
        "environment = Path(f'/proc/{_LOADER._process.pid}/environ')\n"
        "print(text, _LOADER._process.pid, environment.exists() and b'secret' in environment.read_bytes())\n"
    )
    path = put("x.txt", b"words")
    environment = {**os.environ, "RAG_LLM_API_KEY": "secret"}
    command = [sys.executable, "-W", "error", "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, env=environment)
    text, pid, told = done.stdout.split()
    assert (text, told, done.stderr) == ("words", "False", "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_a_page_is_drawn_only_of_a_pdf_that_has_it(put: Put) -> None:
    with pytest.raises(LoadError, match=r"x\.txt is not a PDF"):
        render_page(put("x.txt", b"words"), "x.txt", 1, "words")
    with pytest.raises(LoadError, match=r"a\.pdf has no page 9 \(of 3\)"):
        render_page(put("a.pdf", SAMPLES["a.pdf"]), "a.pdf", 9, "words")
