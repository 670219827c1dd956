"""E-mail as documents: head, words, quoted mails; attachments named, hostile ones refused in a sentence."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from rag.errors import LoadError
from rag.parse import PARSERS, answer, assemble


def letter(plain: str | None = None, html: str | None = None, attachments: int = 0, charset: str = "utf-8") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ann Müller <ann@x.example>", "Dev <dev@x.example>, cy@x.example"
    message["Subject"], message["Date"] = "Größe of the hose", "Tue, 7 May 2024 16:42:10 +0100"
    if plain is not None:
        message.set_content(plain, charset=charset)
    if html is not None:
        add = message.add_alternative if plain is not None else message.set_content
        add(html, subtype="html", charset=charset)
    for number in range(attachments):
        message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename=f"{number}.pdf")
    return bytes(message)


def read(data: bytes) -> dict[str, Any]:
    return assemble(PARSERS["eml"](data))


HEAD = (
    "Größe of the hose\n\nFrom: Ann Müller <ann@x.example>\nTo: Dev <dev@x.example>, cy@x.example\n"
    "Date: Tue, 07 May 2024 16:42:10 +0100\n\n"
)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (letter("Hello Dev,\n\nit is 32 mm.\n"), "Hello Dev,\n\nit is 32 mm."),
        (letter("Größe 32.\n", charset="iso-8859-1"), "Größe 32."),
        (letter("plain words\n", "<p>other words"), "plain words"),
        (letter("  \n", "<h1>Hose</h1><p style='display:none'>no</p><p>It is 32 mm."), "Hose\n\nIt is 32 mm."),
        (letter(html="<p>It is 32 mm."), "It is 32 mm."),
        (
            letter("Thanks.\n\nOn Monday Dev wrote:\n> How wide?\n>\n> Dev\n>> Stopped again.\n"),
            "Thanks.\n\nOn Monday Dev wrote:\n\nHow wide?\n\nDev\n\nStopped again.",
        ),
    ],
)
def test_a_mail_is_its_head_and_its_words(data: bytes, body: str) -> None:
    found = read(data)
    assert found["text"] == HEAD + body
    assert found["title"] == "Größe of the hose"
    assert found["warnings"] == []


@pytest.mark.parametrize(("number", "warning"), [(1, "1 attachment left out"), (2, "2 attachments left out")])
def test_attachments_are_named_left_out_and_counted(number: int, warning: str) -> None:
    found = read(letter("Hello.\n", attachments=number))
    names = ", ".join(f"{n}.pdf" for n in range(number))
    assert found["text"] == f"{HEAD.rstrip()}\nAttachments: {names}\n\nHello."
    assert found["warnings"] == [warning]


def test_a_picture_in_the_letter_is_no_attachment_and_names_are_decoded() -> None:
    message = EmailMessage()
    message["Subject"] = "Loan"
    message.set_content("Hello.\n")
    for name, shown in (("logo.png", "inline"), ("vase.png", "attachment")):
        message.add_attachment(b"x", maintype="image", subtype="png", filename=name, disposition=shown)
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="=?utf-8?q?Gr=C3=B6=C3=9Fe.pdf?=")
    assert read(bytes(message))["text"] == "Loan\n\nAttachments: vase.png, Größe.pdf\n\nHello."


def test_what_is_no_mail_is_refused() -> None:
    with pytest.raises(LoadError, match="is not an e-mail"):
        read(b"Just some words.\n")


def test_every_text_is_read_and_every_other_part_counted() -> None:
    forwarded = letter("The old words.\n")
    message = EmailMessage()
    message["Subject"] = "Fwd"
    message.set_content("First.\n")
    message.add_attachment("Second.\n", disposition="inline")
    message.add_attachment(message_from_bytes(forwarded, policy=policy.default))
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf")
    found = read(b"From: Ann <\n" + bytes(message))
    assert found["text"] == "Fwd\n\nFrom: Ann <\n\nFirst.\n\nSecond.\n\nThe old words."
    assert found["warnings"] == ["1 attachment left out"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" * 2000, "x"),
        (
            b'Subject: =?utf-8?B?////?=\nFrom: "<<>>@\nDate: never\nContent-Type: text/plain; charset=none\n\nwords',
            "words",
        ),
        (b"Subject: x\nContent-Type: multipart/mixed\n\nwords", "words"),
        (b"Subject: x\nContent-Transfer-Encoding: base64\n\n!!!!", "x"),
        (b"Subject: x\nCc: a@\nTo: " + b"a " * 50_000 + b"\n\nwords", "words"),
    ],
)
def test_a_damaged_mail_is_read_as_far_as_it_goes(data: bytes, words: str) -> None:
    reply, _ = answer({"task": "load", "format": "eml"}, data)
    assert reply["document"]["text"].endswith(words)


@pytest.mark.parametrize("thread", [True, False])
def test_the_html_is_read_where_only_it_holds_the_mails_that_are_answered(thread: bool) -> None:
    message = EmailMessage()
    message["Subject"] = "Re: Worktop"
    message.set_content("Oak then. When can you come?\n")
    quoted = "<blockquote><p>Slate costs 2,260 euros, oak costs 1,180 euros.</p></blockquote>" if thread else ""
    message.add_alternative(f"<p>Oak then. <b>When</b> can you come?</p>{quoted}", subtype="html")
    found = read(bytes(message))
    assert found["text"].count("Oak then.") == 1 and ("2,260" in found["text"]) == thread
    assert found["warnings"] == []


@pytest.mark.parametrize(
    "stub", ["This message is best viewed as HTML.\n", "Dear all, see below for 2 offers. Phone us if you cannot.\n"]
)
def test_a_plain_text_that_may_only_point_to_the_html_is_read_with_it(stub: str) -> None:
    message = EmailMessage()
    message["Subject"] = "Offer"
    message.set_content(stub)
    message.add_alternative(
        f"<p>2 offers. Slate costs 2,260 euros.</p><p>{'Oak costs less and is warm. ' * 5}</p>", subtype="html"
    )
    found = read(bytes(message))["text"]
    assert "2,260" in found and stub.split(". ")[0].strip(".\n") in found


def test_html_that_lacks_the_words_of_the_plain_text_is_not_read_for_it() -> None:
    message = EmailMessage()
    message["Subject"] = "Your code"
    message.set_content("Your code is 1234, valid for ten minutes.\n")
    message.add_alternative(f"<p>{'Shop news and more news. ' * 20}</p><p>Unsubscribe</p>", subtype="html")
    assert "1234" in read(bytes(message))["text"]
