"""Markdown and reStructuredText as they are shown: rendered and read like a page, formulas as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from rag.formats import Layout, Piece, read_text
from rag.markup import ELEMENTS, html_pieces

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# What pandoc takes for one: no space inside its dollar signs and no digit behind, so that two prices are none.
_FORMULA = re.compile(r"\$\$.+?\$\$|\$(?![\s$])(?:\\.|[^$\\])*(?<!\s)\$(?!\d)", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_NOTE = re.compile(r"^ {0,3}\[\^([^\]\[\s]{1,99})\]:[ \t]*(.+(?:\n(?! {0,3}\[\^).+)*)", re.MULTILINE)
_MARK = re.compile(r"\[\^([^\]\[\s]{1,99})\]")
_DIRECTIVE = re.compile(r"\.\. +([\w.+:-]+?) ?::(?!\S)")
_ROLE = re.compile(r":[\w.+:-]+:`[~!]?(.+)`|`[~!]?(.+)`:[\w.+:-]+:", re.DOTALL)
# The rule above a table of two columns or more whose first label is left out: docutils would drop all of them.
_EMPTY_CORNER = re.compile(r"^(=+(?: +=+)+[ \t]*\n)[ ](?= +\S.*\n=+(?: +=+)+[ \t]*$)", re.MULTILINE)
_ERROR = 3  # the level of what docutils could not read; below it stand warnings, as of what it was told not to read


def parse_md(data: bytes) -> Layout:
    """Render the Markdown and read it like a page; images become their alternative text, links their words."""
    from markdown_it import MarkdownIt

    text, warnings = read_text(data)
    title = ""
    notes: list[Piece] = []
    if front := _FRONT_MATTER.match(text):
        title, notes = _front_matter(front[1])
        text = text[front.end() :]
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for rule in ("html_inline", "html_block"):
        renderer.add_render_rule(rule, _keep_placeholders)
    renderer.inline.ruler.before("escape", "formula", _read_formula)
    renderer.block.ruler.before("fence", "formula", _read_display, {"alt": ["paragraph", "blockquote", "list"]})
    rendered = renderer.render(_place_notes(text))
    pieces, _ = html_pieces(rendered, alternatives=True)
    return Layout([*notes, *pieces], title=title, warnings=warnings)


def parse_rst(data: bytes) -> Layout:
    """Render the reStructuredText and read it like a page; no other file is read for it, and no HTML in it is kept.

    What docutils cannot read stays as it is written, save directives and roles of others, as of Sphinx: their words do.
    """
    from docutils.core import publish_doctree, publish_from_doctree
    from docutils.writers.html5_polyglot import Writer

    text, warnings = read_text(data)
    settings = {
        "file_insertion_enabled": False,
        "raw_enabled": False,
        "_disable_config": True,
        "report_level": 5,
        "halt_level": 5,
        "initial_header_level": 2,
        "syntax_highlight": "none",
        "math_output": "LaTeX",
    }
    _accept_directives(set(_DIRECTIVE.findall(text.lower())))
    tree, writer = publish_doctree(_EMPTY_CORNER.sub(r"\1\\", text), settings_overrides=settings), Writer()
    _keep_rejected(tree)
    _say_fields(tree)
    publish_from_doctree(tree, writer=writer, settings_overrides=settings)
    pieces, _ = html_pieces(writer.parts["html_body"], alternatives=True)
    return Layout(pieces, title=unescape(re.sub(r"<[^>]*>", "", writer.parts["title"])), warnings=warnings)


def _accept_directives(names: set[str]) -> None:
    """Let docutils read what stands in the directives that it does not know; its list of them is one for all files."""
    from docutils import nodes
    from docutils.parsers.rst import Directive, directives
    from docutils.parsers.rst.languages import en

    class Unknown(Directive):  # type: ignore[misc]
        has_content = True

        def run(self) -> list[Any]:
            """Return an error that holds the words: unlike a paragraph it may stand in front of the title."""
            words = nodes.container()
            self.state.nested_parse(self.content, self.content_offset, words)
            return [self.state_machine.reporter.error("", words)]

    for name in names - en.directives.keys():
        directives.register_directive(name, Unknown)


def _keep_rejected(tree: Any) -> None:
    """Put what docutils hands over with its errors, the source or the words of it, in their place."""
    from docutils import nodes

    for error in list(tree.findall(nodes.system_message)):
        kept = [child for child in error if isinstance(child, nodes.literal_block | nodes.container)]
        error.parent.replace(error, kept if error["level"] >= _ERROR else [])
    for unread in list(tree.findall(nodes.problematic)):
        if role := _ROLE.fullmatch(unread.astext()):
            words = re.sub(r"(?<=\S)\s*<[^<>]*>$", "", role[1] or role[2])
            unread.parent.replace(unread, nodes.Text(words))


def _say_fields(tree: Any) -> None:
    """Write each field of a list as people read it: its name, a colon, and its value in the same paragraph."""
    from docutils import nodes

    for fields in list(tree.findall(nodes.field_list)):
        said: list[Any] = []
        for field in fields.findall(nodes.field):
            if field.parent is not fields:
                continue
            name, body = field.children
            first = body.children[0] if body.children and isinstance(body.children[0], nodes.paragraph) else None
            colon = nodes.Text(": " if first else ":")
            words = nodes.paragraph("", "", *name.children, colon, *(first.children if first else ()))
            said += [words, *body.children[1 if first else 0 :]]
        fields.parent.replace(fields, said)


def _keep_placeholders(_: object, tokens: Sequence[Token], index: int, *__: object) -> str:
    """``<your-name>`` is a word of the author's, not an element."""
    raw = tokens[index].content
    name = re.match(r"\s*</?([a-zA-Z][\w-]*)", raw)
    return escape(raw) if name and name[1].lower() not in ELEMENTS else raw


def _read_formula(state: StateInline, silent: bool) -> bool:
    """Keep a formula as it is written: its stars, underscores and backslashes are no marks of Markdown."""
    if (found := _FORMULA.match(state.src, state.pos, state.posMax)) is None:
        return False
    if not silent:
        state.push("text", "", 0).content = found.group()
    state.pos = found.end()
    return True


def _read_display(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take the lines of a formula in ``$$`` for a paragraph, whatever they begin with."""
    head = state.getLines(start, start + 1, state.blkIndent, False).strip()
    if not head.startswith("$$") or state.is_code_block(start):
        return False
    lines = (state.src[state.bMarks[line] : state.eMarks[line]].rstrip() for line in range(start, end))
    last, text = next(((n, line) for n, line in enumerate(lines, start) if line.count("$$") > (n == start)), (0, ""))
    if not text.endswith("$$"):
        return False
    if not silent:
        state.push("paragraph_open", "p", 1)
        token = state.push("inline", "", 0)
        token.content, token.children = state.getLines(start, last + 1, state.blkIndent, False).strip(), []
        state.push("paragraph_close", "p", -1)
        state.line = last + 1
    return True


def _place_notes(text: str) -> str:
    """Move each footnote behind the paragraph that refers to it; its marks go. Code stays as it is."""
    blocks, in_code = [], False
    for block in re.split(r"(\n[ \t]*\n)", text):
        fences = len(_FENCE.findall(block))
        blocks.append((block, in_code or fences > 0))
        in_code ^= fences % 2 == 1
    notes = {name: words for block, code in blocks if not code for name, words in _NOTE.findall(block)}
    names = frozenset(notes)
    placed = "".join(block if code else _with_notes(block, notes, names) for block, code in blocks)
    return "\n\nNote: ".join([placed, *notes.values()])


def _with_notes(block: str, notes: dict[str, str], names: frozenset[str]) -> str:
    """Return a block without marks of ``names`` and with the notes that it is the first to refer to."""
    block = _NOTE.sub("", block)
    marked = dict.fromkeys(name for name in _MARK.findall(block) if name in names)
    block = _MARK.sub(lambda mark: "" if mark[1] in names else mark[0], block)
    return "\n\nNote: ".join([block, *(notes.pop(name) for name in marked if name in notes)])


def _front_matter(text: str) -> tuple[str, list[Piece]]:
    """Return the title and the other lines of a YAML block, unread: they are ``key: value`` for people too."""
    title = re.search(r"^title\s*:\s*(.+)$", text, re.MULTILINE | re.IGNORECASE)
    rest = [line for line in text.split("\n") if line.strip() and not re.match(r"title\s*:", line, re.IGNORECASE)]
    return (title[1].strip().strip("\"'") if title else ""), [Piece("\n".join(rest))] if rest else []
