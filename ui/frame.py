"""What stands around the conversation as HTML: the bar on top, the welcome, the tabs, past conversations, settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from rag import DocumentInfo, Settings, Status
from ui.conversations import Summary
from ui.options import MOST_PASSAGES, Options, find_ticked
from ui.prose import count, escape

SIDES = {"source": "Source", "documents": "Documents", "chats": "Chats", "settings": "Settings"}
DEFAULT = Options()
MOST_CHATS = 200  # rows of the list
UNSAVED = "This browser keeps no cookies, so conversations are not saved."


def render_tabs() -> str:
    """Return the tabs of the right side, and the button that closes it on a small screen."""
    tabs = "".join(
        f'<button type="button" role="tab" id="tab-{side}" data-do="side" data-side="{side}" '
        f'aria-controls="{side}-pane" aria-selected="false" tabindex="-1">{title}</button>'
        for side, title in SIDES.items()
    )
    close = '<button type="button" class="quiet" data-do="close-side" aria-label="Close">×</button>'
    return f'<div class="tabs"><div role="tablist" aria-label="Side">{tabs}</div>{close}</div>'


def render_search(what: str) -> str:
    """Return a box to search in ``documents`` or ``chats``."""
    words = {"documents": "Search documents", "chats": "Search chats"}[what]
    return f'<input type="search" class="seek" data-seek="{what}" placeholder="{words}" aria-label="{words}">'


def render_welcome(status: Status, examples: Sequence[str]) -> str:
    """Return what an empty conversation shows: the promise, and a few questions to start with."""
    asks = "".join(
        f'<li><button type="button" class="example" data-do="ask" data-question="{escape(example)}">'
        f"{escape(example)}</button></li>"
        for example in examples
    )
    lead = "Every sentence of an answer comes with the words it rests on. Click a number to see them in place."
    if not status.documents:
        lead = "There are no documents yet. Add some, then ask."
        asks = (
            '<li><button type="button" class="example" data-do="add" data-side="documents">Add documents</button></li>'
        )
    return (
        f'<section class="welcome"><h1>Ask your documents</h1><p>{lead}</p>'
        f"{f'<ul>{asks}</ul>' if asks else ''}</section>"
    )


def render_scope(options: Options, documents: Sequence[DocumentInfo]) -> str:
    """Return the line above the question that says when only some documents are asked."""
    if options.ticks:
        found = len(find_ticked(documents, options.ticks))
        what = f"{found} of {count(len(documents), 'document')}{'' if found else ': the ticked ones are gone'}"
    elif options.collection:
        what = f"the collection <b>{escape(options.collection)}</b>"
    else:
        return ""
    everything = '<button type="button" class="quiet" data-do="everything">Ask all</button>'
    return f'<p role="status"><span>Asking {what}</span>{everything}</p>'


def render_status(status: Status, options: Options = DEFAULT) -> str:
    """Return the bar on top: what is indexed, who writes the answers, and the buttons of the window."""
    passages = f'<span class="more">, {count(status.passages, "passage")}</span>'
    written = status.llm and not options.quotes_only
    mode = f"written by {escape(status.llm)}" if written else "quotes only"
    mode += f", {count(options.passages, 'passage')} each" if options.passages else ""
    how = "Answers are checked against the cited words." if written else "Answers are sentences of your documents."
    return (
        '<header class="bar"><span class="brand" aria-hidden="true">❝</span><strong>Ask your documents</strong>'
        '<button type="button" class="pill" data-do="side" data-side="documents">'
        f"{count(status.documents, 'document')}{passages}</button>"
        f'<button type="button" class="pill mode" data-do="side" data-side="settings" data-tip="{how}">{mode}</button>'
        '<span class="gap"></span>'
        '<button type="button" class="quiet" data-do="clear">New chat</button>'
        '<button type="button" class="quiet" data-do="side" data-side="chats">Chats</button>'
        '<button type="button" class="quiet theme" data-do="theme" aria-label="Light or dark" data-tip="Light or dark">'
        "◐</button></header>"
    )


def render_chats(talks: Sequence[Summary], current: str, words: str, *, saved: bool) -> str:
    """Return this browser's conversations, the last changed first, with what can be done to each."""
    if not saved:
        return f'<p class="empty">{UNSAVED}</p>'
    if not talks:
        told = f"No chat holds “{escape(words)}”." if words else "No chats yet. Each is kept here as you ask."
        return f'<p class="empty">{told}</p>'
    rows = "".join(_chat(talk, talk.id == current) for talk in talks[:MOST_CHATS])
    rest = len(talks) - MOST_CHATS
    more = f'<p class="notice">and {rest} more; search to find them</p>' if rest > 0 else ""
    return f'<ul class="chats">{rows}</ul>{more}'


def _chat(talk: Summary, current: bool) -> str:
    key, title = escape(talk.id), escape(talk.title)
    when = f"{datetime.fromisoformat(talk.changed).astimezone():%d %b %Y, %H:%M}"
    keep = "".join(
        f'<a class="quiet" href="conversations/{key}.{suffix}" download aria-label="Save {title} as {name}">{name}</a>'
        for suffix, name in (("md", "Markdown"), ("html", "HTML"))
    )
    here = ' aria-current="true"' if current else ""
    return (
        f'<li{" class=current" if current else ""}><button type="button" class="chat" data-do="recall" '
        f'data-talk="{key}"{here}><span class="name" dir="auto">{title}</span>'
        f'<span class="place">{when} · {count(talk.questions, "question")}</span></button>'
        f'<div class="row-tools"><button type="button" class="quiet" data-do="rename" data-talk="{key}" '
        f'data-title="{title}" aria-label="Rename {title}">Rename</button>{keep}'
        f'<button type="button" class="quiet" data-do="discard" data-talk="{key}" aria-label="Delete {title}">Delete'
        "</button></div></li>"
    )


def render_settings(status: Status, settings: Settings, collections: Collection[str], options: Options) -> str:
    """Return what can be set in the window, and what it is made with."""
    quotes = options.quotes_only or not status.llm
    written = f"Written by {escape(status.llm)}" if status.llm else "Written by a language model"
    modes = _radio("written", written, not quotes, not status.llm) + _radio("quotes", "Quotes only", quotes, False)
    hint = (
        "Every sentence is checked against the words it cites."
        if status.llm
        else "No language model is set. Start with <code>RAG_LLM</code> and <code>RAG_LLM_BASE_URL</code> to have "
        "answers written; they are checked against the cited words all the same."
    )
    names = "".join(
        f"<option{' selected' if name == options.collection else ''}>{escape(name)}</option>" for name in collections
    )
    facts = {
        "Language model": status.llm or "none",
        "Embedding model": status.embedding_model,
        "Index": f"{count(status.documents, 'document')}, {count(status.passages, 'passage')}",
        "Data folder": status.data_dir,
    }
    made_with = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return (
        f'<form class="settings" data-do="set" data-megabytes="{settings.file_megabytes}">'
        f'<fieldset><legend>Answers</legend>{modes}<p class="hint">{hint}</p>'
        "</fieldset><fieldset><legend>What to ask</legend>"
        f'<label class="field">Collection<select name="collection"><option value="">All documents</option>{names}'
        "</select></label>"
        '<p class="hint">A collection is a folder below one that was read.</p>'
        f'<label class="field">Passages per answer<input type="number" name="passages" min="1" max="{MOST_PASSAGES}" '
        f'value="{options.passages or settings.passages}"></label></fieldset></form>'
        f'<section class="about"><h3>In use</h3><dl>{made_with}</dl></section>'
        '<section class="about"><h3>Keyboard</h3><dl><dt><kbd>Enter</kbd></dt><dd>ask</dd>'
        "<dt><kbd>Shift</kbd> <kbd>Enter</kbd></dt><dd>new line</dd><dt><kbd>Tab</kbd></dt><dd>from one button to the "
        "next; a citation opens with <kbd>Enter</kbd></dd><dt><kbd>Esc</kbd></dt><dd>stop the answer, leave an edit, "
        "close the source</dd></dl></section>"
    )


def _radio(value: str, words: str, checked: bool, disabled: bool) -> str:
    state = f"{' checked' if checked else ''}{' disabled' if disabled else ''}"
    return f'<label class="choice"><input type="radio" name="mode" value="{value}"{state}><span>{words}</span></label>'
