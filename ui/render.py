"""Answers as HTML strings. Every word from a person, a model or a file goes through ``escape``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag import MAX_LABEL, Answer, Citation, Hit, Passage, Sentence, Verdict, content_words, is_small_talk
from ui.conversations import STOPPED, Exchange
from ui.prose import count, escape, lay_out, opener, place, shorten

STAGES = (("searching", "Searching"), ("reading", "Reading"), ("answering", "Answering"))
VERDICTS = {
    Verdict.QUOTED: ("Quoted", "These are the source's own words."),
    Verdict.SUPPORTED: ("Supported", "The cited words say this."),
    Verdict.PARTLY: ("Partly supported", "Some of this is not in the cited words."),
    Verdict.UNSUPPORTED: ("Not supported", "No cited words say this."),
    Verdict.LEADING: ("Introduction", "It only leads to what follows or names a source."),
}
NEAREST = 4  # passages shown when there is no answer, or not yet
START = 32  # characters of a quote that tell a source from others at the same place
UNREAD = 5  # files that were not read and are named beside an answer


def render_past(exchanges: Sequence[Exchange]) -> str:
    """Return the finished exchanges, oldest first."""
    return "".join(render_exchange(exchange, turn) for turn, exchange in enumerate(exchanges))


def render_exchange(exchange: Exchange, turn: int = 0, *, last: bool = False, talk: str = "") -> str:
    """Return one question with its answer; only the ``last`` can be asked again and undone.

    ``turn`` is its place in the conversation, ``talk`` the conversation's id.
    """
    answer = exchange.answer
    body = [_understood(answer, turn, live=exchange.live)]
    if exchange.live:
        body.append(_progress(answer))
    if answer.abstained:
        body.append(_abstention(exchange))
    elif answer.sentences:
        body += [_sentences(exchange, turn), _sources(exchange, turn), _unread(exchange)]
    if exchange.live and not answer.abstained:
        body.append(_evidence(answer))
    if exchange.trouble:
        kind = "notice" if exchange.trouble == STOPPED else "trouble"
        body.append(f'<p class="{kind}" role="alert">{escape(exchange.trouble)}</p>')
    if answer.notice:
        body.append(f'<p class="notice">{escape(answer.notice)}</p>')
    if not exchange.live:
        body.append(_foot(exchange, turn, last))
    state = "live" if exchange.live else "settled"
    edit = "" if exchange.live else _edit(turn, "question", answer.question)
    return (
        f'<article class="turn {state}" data-talk="{escape(talk)}"><div class="asked">{edit}'
        f'<div class="question" dir="auto">{escape(answer.question)}</div></div>'
        f'<div class="answer" aria-live="polite">{"".join(body)}</div></article>'
    )


def _edit(turn: int, what: str, words: str) -> str:
    title = {"question": "Edit the question", "standalone": "Edit how it was understood"}[what]
    return (
        f'<button type="button" class="quiet edit" data-do="edit" data-turn="{turn}" data-what="{what}" '
        f'data-words="{escape(words)}" aria-label="{title}" data-tip="{title}"></button>'
    )


def _understood(answer: Answer, turn: int, *, live: bool) -> str:
    if not answer.standalone or answer.standalone.strip() == answer.question.strip():
        return ""
    edit = "" if live else _edit(turn, "standalone", answer.standalone)
    return f'<div class="understood" dir="auto"><p>Understood as <q>{escape(answer.standalone)}</q></p>{edit}</div>'


def _progress(answer: Answer) -> str:
    names = [name for name, _ in STAGES]
    now = names.index(answer.stage) if answer.stage in names else len(names)
    steps = "".join(
        f'<li class="{"done" if step < now else "now" if step == now else "next"}">{title}</li>'
        for step, (_, title) in enumerate(STAGES)
    )
    return f'<ol class="steps" aria-label="Progress">{steps}</ol>'


def _evidence(answer: Answer) -> str:
    """Return the passages that the answer will rest on, while it is being made."""
    rows = "".join(map(_nearest, answer.hits[:NEAREST]))
    return f'<section class="evidence"><h3>Found so far</h3><ul class="nearest">{rows}</ul></section>' if rows else ""


def _sentences(exchange: Exchange, turn: int) -> str:
    said = exchange.answer.sentences
    if exchange.answer.mode != "quotes":
        return lay_out(said, lambda sentence: _sentence(sentence, exchange.wrong, turn))
    return "".join(f'<p class="quote" dir="auto">{_sentence(one, exchange.wrong, turn)}</p>' for one in said)


def _sentence(sentence: Sentence, wrong: Sequence[int], turn: int) -> str:
    markers = "".join(_marker(citation, wrong, turn) for citation in sentence.citations)
    title, meaning = VERDICTS[sentence.verdict]
    found = escape(f"{title}. {sentence.reason or meaning}")
    badge = f'<button type="button" class="badge" data-tip="{found}" aria-label="{found}"><span>{title}</span></button>'
    lines = filter(None, sentence.text.split("\n"))  # of a list, or of a table
    words = escape(sentence.text) if sentence.is_code else "\n".join(map(_words, lines))
    return (
        f'<span class="sentence {sentence.verdict.value}"><span class="words">{words}</span>'
        f'<span class="marks">{markers}{badge}</span></span>'
    )


def _words(text: str) -> str:
    """Return a sentence; in a row of a table (``Name: Ida; Role: cook``) the labels are set off."""
    fields = [field.partition(": ") for field in text.split("; ")]
    bare = "" if fields[0][2] else f"{escape(fields.pop(0)[0])}; "  # the first cell of a row may have no label
    if len(fields) < 2 or not all(value and len(label) <= MAX_LABEL for label, _, value in fields):
        return escape(text)
    return bare + "; ".join(f"<b>{escape(label)}:</b> {escape(value)}" for label, _, value in fields)


def _marker(citation: Citation, wrong: Sequence[int], turn: int) -> str:
    tip = escape(f"{citation.where}: “{shorten(citation.quote, 220)}”")
    label = escape(f"Source {citation.number}: {citation.where}")
    where = opener(citation.document_id, citation.start, citation.end, turn, citation.number)
    kind = "cite wrong" if citation.number in wrong else "cite"
    return (
        f'<button type="button" class="{kind}" {where} data-tip="{tip}" aria-label="{label}">{citation.number}</button>'
    )


def _sources(exchange: Exchange, turn: int) -> str:
    citations = exchange.answer.citations
    places = [(c.source, place(c.source, c.heading, c.page, c.page_label)) for c in citations]
    alike = Counter(places)
    items = "".join(
        _source(citation, where, exchange.wrong, turn, twice=alike[name, where] > 1)
        for citation, (name, where) in zip(citations, places, strict=True)
    )
    return f'<ul class="sources" aria-label="Sources">{items}</ul>' if items else ""


def _source(citation: Citation, where: str, wrong: Sequence[int], turn: int, *, twice: bool) -> str:
    start = f'<span class="start" dir="auto">“{escape(shorten(citation.quote, START))}”</span>' if twice else ""
    goes = opener(citation.document_id, citation.start, citation.end, turn, citation.number)
    kind = "source wrong" if citation.number in wrong else "source"
    return (
        f'<li><button type="button" class="{kind}" {goes} data-tip="{escape(citation.where)}">'
        f'<span class="number">{citation.number}</span><span class="name">{escape(citation.source)}</span>'
        f'<span class="place">{escape(where)}</span>{start}</button></li>'
    )


def _abstention(exchange: Exchange) -> str:
    answer = exchange.answer
    found = [_near(one, shorten(one.quote, 180)) for one in answer.nearest]
    asked = content_words(answer.standalone)  # without any word nothing comes near
    nearest = "".join(found or map(_nearest, answer.hits[:NEAREST])) if asked else ""
    list_ = f'<h4>What comes nearest</h4><ul class="nearest">{nearest}</ul>' if nearest else ""
    head = "" if is_small_talk(answer.question) or not answer.hits else "<h3>No sure answer in your documents</h3>"
    return (
        f'<section class="abstained">{head}<p>{_reason(answer)}</p>{_within(exchange)}{list_}'
        f"{_unread(exchange)}</section>"
    )


def _within(exchange: Exchange) -> str:
    everything = '<button type="button" class="quiet" data-do="everything">Ask all from now on</button>'
    told = f'<p class="within">Asked: {escape(exchange.within)} only. {everything}</p>'
    return told if exchange.within else ""


def _reason(answer: Answer) -> str:
    """Return why there is no answer, with the words that no document holds set off."""
    words = "|".join(re.escape(escape(word)) for word in sorted(answer.missing_words, key=len, reverse=True))
    told_of = set(re.findall(r"[\w’'-]+", answer.abstained)).intersection(answer.missing_words)
    unnamed = answer.missing_words if not told_of else ()
    more = f" In none of the documents: {', '.join(unnamed)}." if unnamed and answer.hits else ""
    told, colon, listed = escape(answer.abstained + more).partition(": ")
    if words:
        listed = re.sub(rf"\b(?:{words})\b", r'<b class="absent">\g<0></b>', listed)
    return re.sub("`([^`]+)`", r"<code>\1</code>", told + colon + listed)


def _unread(exchange: Exchange) -> str:
    """Return the files that were not read and may be meant, and where the others are listed."""
    named = "".join(f"<li>{escape(file.told)}</li>" for file in exchange.failed[:UNREAD])
    head = "<h4>Not read, so nothing in it was found</h4>" if named else ""
    others = exchange.unread + len(exchange.failed[UNREAD:])
    more = "more " if named else ""
    which = "it" if others == 1 else "them"
    where = f'<button type="button" class="quiet" data-do="unread" data-side="documents">Show {which}</button>'
    rest = f"<li>{count(others, f'{more}file')} could not be read. {where}</li>" if others else ""
    return f'{head}<ul class="unread">{named}{rest}</ul>' if named or rest else ""


def _nearest(hit: Hit) -> str:
    return _near(hit.passage, shorten(hit.passage.text, 180))


def _near(passage: Passage | Citation, words: str) -> str:
    where = escape(place(passage.source, passage.heading, passage.page, passage.page_label))
    return (
        f'<li><button type="button" class="near" {opener(passage.document_id, passage.start, passage.end)}>'
        f'<span class="name">{escape(passage.source)}</span><span class="place">{where}</span>'
        f'<span class="snippet" dir="auto">{escape(words)}</span></button></li>'
    )


def _foot(exchange: Exchange, turn: int, last: bool) -> str:
    answer = exchange.answer
    facts = [f"{answer.seconds:.1f} s" if answer.seconds >= 0.1 else "under 0.1 s"] if answer.seconds else []
    if answer.sentences and not answer.abstained and (answer.mode != "quotes" or answer.confidence < 1):
        facts.append(_sureness(answer))  # of a document as a whole there is nothing to be sure of
    buttons = []
    if answer.sentences or answer.abstained:
        buttons += [_thumb(exchange, turn, thumb) for thumb in ("good", "bad")]
        words = escape(plain(answer))
        buttons.append(f'<button type="button" class="quiet" data-do="copy" data-copy="{words}">Copy</button>')
    if last:
        buttons.append('<button type="button" class="quiet" data-do="undo">Undo</button>')
        buttons.append(f'<button type="button" class="quiet" data-do="again" data-turn="{turn}">Ask again</button>')
    told = f'<span class="facts">{" · ".join(facts)}</span><span class="tools">{"".join(buttons)}</span>'
    return f"<footer>{_why(answer)}{told}</footer>"


def _sureness(answer: Answer) -> str:
    """Return how sure the search was of what is quoted; of a written answer, how much of it the check holds good."""
    if answer.mode == "quotes":
        return f"confidence {answer.confidence:.0%}"
    found = [sentence.verdict for sentence in answer.sentences if sentence.verdict is not Verdict.LEADING]
    good = sum(verdict in (Verdict.QUOTED, Verdict.SUPPORTED) for verdict in found)
    return f"{good} of {count(len(found), 'sentence')} supported"


def _thumb(exchange: Exchange, turn: int, thumb: str) -> str:
    pressed = "true" if exchange.thumb == thumb else "false"
    return (
        f'<button type="button" class="quiet thumb {thumb}" data-do="judge" data-turn="{turn}" data-thumb="{thumb}" '
        f'aria-pressed="{pressed}" aria-label="{thumb.capitalize()} answer" data-tip="{thumb.capitalize()} answer">'
        "</button>"
    )


def _why(answer: Answer) -> str:
    if not answer.hits or answer.abstained:
        return ""
    rows = "".join(_near(hit.passage, hit.why) for hit in answer.hits)
    read = f"{count(len(answer.hits), 'passage')} read"
    return f'<details><summary>{read}</summary><ul class="nearest">{rows}</ul></details>'


def doubt(verdict: Verdict) -> str:
    """Return in brackets that a sentence is not wholly supported, or nothing."""
    return f" ({VERDICTS[verdict][0].lower()})" if verdict in (Verdict.PARTLY, Verdict.UNSUPPORTED) else ""


def plain(answer: Answer) -> str:
    """Return the answer as text to paste: question, sentences with doubts and [n], and the quoted sources below."""
    doubts = [("\n\n" if s.is_code and doubt(s.verdict) else "") + doubt(s.verdict) for s in answer.sentences]
    told = (replace(s, text=s.text + more) for s, more in zip(answer.sentences, doubts, strict=True))
    said = replace(answer, sentences=tuple(told))
    sources = "\n".join(f"[{c.number}] {c.where}: “{' '.join(c.quote.split())}”" for c in answer.citations)
    return f"{answer.question}\n\n{said.text}\n\n{sources or chr(10).join(near_lines(answer))}".strip()


def near_lines(answer: Answer) -> list[str]:
    """Return a line of text for what comes nearest to an answer, where there is none."""
    found = answer.nearest if answer.abstained else ()
    return [f"Nearest: {c.where}: “{' '.join(c.quote.split())}”" for c in found]
