"""Answers as HTML strings. Every word from a person, a model or a file goes through ``escape``."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import Answer, Citation, Hit, Sentence, Status, Verdict

# Characters without a shape of their own that reorder or hide others (controls, zero-width, bidi, tags).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
STAGES = (("searching", "Searching"), ("reading", "Reading"), ("answering", "Answering"))
VERDICTS = {
    Verdict.QUOTED: ("Quoted", "These are the source's own words."),
    Verdict.SUPPORTED: ("Supported", "The cited words say this."),
    Verdict.PARTLY: ("Partly supported", "Some of this is not in the cited words."),
    Verdict.UNSUPPORTED: ("Not supported", "No cited words say this."),
}
STOPPED = "Stopped."
NEAREST = 4  # passages shown when there is no answer


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what has come of it so far; ``trouble`` says in one sentence why it ended early."""

    answer: Answer
    trouble: str = ""

    @property
    def live(self) -> bool:
        """Whether more is to come."""
        return not (self.answer.final or self.trouble)


def visible(text: str) -> str:
    """Return ``text`` without the characters that no reader sees."""
    return _INVISIBLE.sub("", text)


def escape(text: str) -> str:
    """Return ``text`` so that a browser shows it and does nothing else, as content or inside a quoted attribute."""
    return html.escape(visible(text), quote=True)


def shorten(text: str, length: int) -> str:
    """Return the text on one line, cut at a word to at most ``length`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + "…"


def opener(document_id: str, start: int, end: int) -> str:
    """Return the attributes that make a button open the source panel at ``document.text[start:end]``."""
    return f'data-do="open" data-document="{escape(document_id)}" data-start="{start}" data-end="{end}"'


def place(heading: str, page: int | None, label: str | None) -> str:
    """Return where in a document, without its name: ``page 12 (iv) · Backups``."""
    printed = f" ({label})" if label and label != str(page) else ""
    parts = [f"page {page}{printed}"] if page else []
    return " · ".join([*parts, heading.rsplit(" > ", 1)[-1]] if heading else parts)


def render_past(exchanges: Sequence[Exchange]) -> str:
    """Return the finished exchanges, oldest first."""
    return "".join(render_exchange(exchange) for exchange in exchanges)


def render_exchange(exchange: Exchange, *, last: bool = False) -> str:
    """Return one question with its answer; only the ``last`` can be asked again."""
    answer = exchange.answer
    body = [_understood(answer)]
    if exchange.live:
        body.append(_progress(answer))
    if answer.abstained:
        body.append(_abstention(answer))
    elif answer.sentences:
        body += [_sentences(answer), _sources(answer.citations)]
    if exchange.trouble:
        kind = "notice" if exchange.trouble == STOPPED else "trouble"
        body.append(f'<p class="{kind}" role="alert">{escape(exchange.trouble)}</p>')
    if answer.notice:
        body.append(f'<p class="notice">{escape(answer.notice)}</p>')
    if not exchange.live:
        body.append(_foot(answer, last))
    state = "live" if exchange.live else "settled"
    return (
        f'<article class="turn {state}"><div class="question" dir="auto">{escape(answer.question)}</div>'
        f'<div class="answer" aria-live="polite">{"".join(body)}</div></article>'
    )


def _understood(answer: Answer) -> str:
    if not answer.standalone or answer.standalone.strip() == answer.question.strip():
        return ""
    return f'<p class="understood" dir="auto">Understood as <q>{escape(answer.standalone)}</q></p>'


def _progress(answer: Answer) -> str:
    names = [name for name, _ in STAGES]
    now = names.index(answer.stage) if answer.stage in names else len(names)
    steps = "".join(
        f'<li class="{"done" if step < now else "now" if step == now else "next"}">{title}</li>'
        for step, (_, title) in enumerate(STAGES)
    )
    found = list(dict.fromkeys(hit.passage.source for hit in answer.hits))
    looking = f'<p class="looking">in {escape(shorten(", ".join(found), 120))}</p>' if found else ""
    return f'<ol class="steps" aria-label="Progress">{steps}</ol>{"" if answer.sentences else looking}'


def _sentences(answer: Answer) -> str:
    if answer.mode == "quotes":
        return "".join(f'<p class="quote" dir="auto">{_sentence(sentence)}</p>' for sentence in answer.sentences)
    return f'<p class="prose" dir="auto">{" ".join(map(_sentence, answer.sentences))}</p>'


def _sentence(sentence: Sentence) -> str:
    markers = "".join(map(_marker, sentence.citations))
    title, meaning = VERDICTS[sentence.verdict]
    words = escape(f"{title}. {sentence.reason or meaning}")
    badge = f'<button type="button" class="badge" data-tip="{words}" aria-label="{words}"><span>{title}</span></button>'
    return (
        f'<span class="sentence {sentence.verdict.value}"><span class="words">{escape(sentence.text)}</span>'
        f'<span class="marks">{markers}{badge}</span></span>'
    )


def _marker(citation: Citation) -> str:
    tip = escape(f"{citation.where}: “{shorten(citation.quote, 220)}”")
    label = escape(f"Source {citation.number}: {citation.where}")
    where = opener(citation.document_id, citation.start, citation.end)
    return (
        f'<button type="button" class="cite" {where} data-tip="{tip}" aria-label="{label}">{citation.number}</button>'
    )


def _sources(citations: Sequence[Citation]) -> str:
    items = "".join(map(_source, citations))
    return f'<ul class="sources" aria-label="Sources">{items}</ul>' if items else ""


def _source(citation: Citation) -> str:
    where = escape(place(citation.heading, citation.page, citation.page_label))
    goes = opener(citation.document_id, citation.start, citation.end)
    return (
        f'<li><button type="button" class="source" {goes} data-tip="{escape(citation.where)}">'
        f'<span class="number">{citation.number}</span><span class="name">{escape(citation.source)}</span>'
        f'<span class="place">{where}</span></button></li>'
    )


def _abstention(answer: Answer) -> str:
    missing = ", ".join(f"<b>{escape(word)}</b>" for word in answer.missing_words)
    absent = f'<p class="absent">In none of the documents: {missing}</p>' if missing else ""
    nearest = "".join(_nearest(hit) for hit in answer.hits[:NEAREST])
    list_ = f'<h4>The nearest passages</h4><ul class="nearest">{nearest}</ul>' if nearest else ""
    return (
        f'<section class="abstained"><h3>No answer in your documents</h3>'
        f"<p>{escape(answer.abstained)}</p>{absent}{list_}</section>"
    )


def _nearest(hit: Hit) -> str:
    passage = hit.passage
    where = escape(place(passage.heading, passage.page, passage.page_label))
    return (
        f'<li><button type="button" class="near" {opener(passage.document_id, passage.start, passage.end)}>'
        f'<span class="name">{escape(passage.source)}</span><span class="place">{where}</span>'
        f'<span class="snippet" dir="auto">{escape(shorten(passage.text, 180))}</span></button></li>'
    )


def _foot(answer: Answer, last: bool) -> str:
    facts = [f"{answer.seconds:.1f} s"] if answer.seconds else []
    if answer.sentences and not answer.abstained:
        facts.append(f"confidence {answer.confidence:.0%}")
    again = '<button type="button" class="quiet" data-do="again">Ask again</button>' if last else ""
    words = escape(plain(answer)) if answer.sentences or answer.abstained else ""
    copy = f'<button type="button" class="quiet" data-do="copy" data-copy="{words}">Copy</button>' if words else ""
    return f'<footer>{_why(answer)}<span class="facts">{" · ".join(facts)}</span>{copy}{again}</footer>'


def _why(answer: Answer) -> str:
    if not answer.hits or answer.abstained:
        return ""
    rows = "".join(
        f'<li><button type="button" class="near" {opener(h.passage.document_id, h.passage.start, h.passage.end)}>'
        f'<span class="name">{escape(h.passage.source)}</span>'
        f'<span class="place">{escape(place(h.passage.heading, h.passage.page, h.passage.page_label))}</span>'
        f'<span class="snippet">{escape(h.why)}</span></button></li>'
        for h in answer.hits
    )
    count = f"{len(answer.hits)} passage{'s' if len(answer.hits) != 1 else ''} read"
    return f'<details><summary>{count}</summary><ul class="nearest">{rows}</ul></details>'


def plain(answer: Answer) -> str:
    """Return the answer as text to paste: question, sentences with [n], and the quoted sources below."""
    sources = "\n".join(f"[{c.number}] {c.where}: “{' '.join(c.quote.split())}”" for c in answer.citations)
    return f"{answer.question}\n\n{answer.text}\n\n{sources}".strip()


def render_welcome(status: Status, examples: Sequence[str]) -> str:
    """Return what an empty conversation shows: the promise, and a few questions to start with."""
    asks = "".join(
        f'<li><button type="button" class="example" data-do="ask" data-question="{escape(example)}">'
        f"{escape(example)}</button></li>"
        for example in examples
    )
    if status.documents:
        lead = "Every sentence of an answer comes with the words it rests on. Click a number to see them in place."
    else:
        lead = "There are no documents yet. Add some on the right, then ask."
    return f'<section class="welcome"><h1>Ask your documents</h1><p>{lead}</p><ul>{asks}</ul></section>'


def render_scope(chosen: int, documents: int) -> str:
    """Return the line above the question that says when only some documents are asked."""
    if not chosen:
        return ""
    everything = '<button type="button" class="quiet" data-do="everything">Ask all</button>'
    return f'<p role="status">Asking {chosen} of {count(documents, "document")}{everything}</p>'


def render_status(status: Status) -> str:
    """Return the bar on top: what is indexed, who writes the answers, and the buttons of the window."""
    passages = f'<span class="more">, {count(status.passages, "passage")}</span>'
    mode = f"written by {escape(status.llm)}" if status.llm else "quotes only"
    how = "Checked against the cited words." if status.llm else "Set RAG_LLM to have answers written."
    notices = "".join(f'<p class="notice" role="status">{escape(notice)}</p>' for notice in status.notices)
    banner = "" if status.llm else QUOTES_BANNER
    return (
        '<header class="bar"><span class="brand" aria-hidden="true">❝</span><strong>Ask your documents</strong>'
        '<button type="button" class="pill" data-do="side" data-side="documents">'
        f"{count(status.documents, 'document')}{passages}</button>"
        f'<span class="pill mode" tabindex="0" data-tip="{how}">{mode}</span><span class="gap"></span>'
        '<button type="button" class="quiet" data-do="save">Save</button>'
        '<button type="button" class="quiet" data-do="clear">New chat</button>'
        '<button type="button" class="quiet theme" data-do="theme" aria-label="Light or dark">◐</button>'
        f"</header>{banner}{notices}"
    )


QUOTES_BANNER = (
    '<p class="banner" id="quotes-banner"><span><b>Quotes only.</b> Answers are exact sentences of your documents. '
    "To have them written by a language model, set <code>RAG_LLM</code> and <code>RAG_LLM_BASE_URL</code> and start "
    'again.</span><button type="button" class="quiet" data-do="dismiss" aria-label="Dismiss">×</button></p>'
)


def count(number: int, noun: str) -> str:
    """Return ``1 page``, ``2 pages``, ``1,200 pages``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
