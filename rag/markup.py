"""HTML as its visible words: nothing hidden, no addresses, no scripts, and never deeper recursion."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.formats import RAISED, Layout, Piece, cell_text, decode, settle_raised
from rag.htmltable import data_table, shown_of, with_terms
from rag.numbering import HtmlNumbers, numbered
from rag.sitepage import banners, leading, link_texts, telling
from rag.text import squeeze

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_DEPTH = 10_000

_UNSEEN = frozenset(
    "script style template noscript head iframe object embed svg canvas audio video select datalist math map nav "
    "textarea input rp frameset noframes".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table caption "
    "tbody td tfoot th thead tr ul".split()
)
_SPACED = frozenset("button label option img".split())
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_SELF_CLOSED = _VOID | frozenset("p li dt dd td th tr tbody thead tfoot option".split())
_INLINE = frozenset(
    "a abbr b bdi bdo big cite code colgroup data del dfn em font i ins kbd mark optgroup picture q ruby rt s samp "
    "small span strike strong sub sup time tt u var html title".split()
)
_LABELS, _BOXES = (
    frozenset("a span strong small time".split()),
    frozenset("div a section article header footer aside".split()),
)
_KINDS = {"li": "item", "dt": "term", "dd": "definition", "pre": "code"}
ELEMENTS = _UNSEEN | _BLOCKS | _SPACED | _VOID | _INLINE
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?<![\w-])(?:font-size|opacity)\s*:\s*(?:0+(?:\.0*)?|\.0+)(?:[a-z]+|%)?\s*(?:[;!}]|$)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)(?![^<>]*/>)")
_AT_RULE = re.compile(r"@[^@{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_RULE = re.compile(r"(?<![^{}])([^{}]+)\{([^{}]*)\}")
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_LEAST = 0.1  # of the characters of a page
_MOST_IN_MARK = 12  # nodes
_MAIN = ((':is(main, [role="main"])', _LEAST), ("article", 0.25))
_FRAME = ":is(header, footer, aside, [role=banner], [role=contentinfo], [role=complementary])"


def parse_html(data: bytes) -> Layout:
    """Return the visible words of what a page is about, then what stands around it; its ``<title>`` is the title."""
    declared = _CHARSET.search(data[:4096])
    text, warnings = decode(data, declared[1].decode("ascii") if declared else "")
    pieces, title = html_pieces(text, page=True)
    return Layout(pieces, title=title, warnings=warnings)


def html_pieces(html: str, *, alternatives: bool = False, page: bool = False) -> tuple[list[Piece], str]:
    """Return the visible blocks in reading order, and the title.

    ``alternatives`` keeps the alternative texts of images; ``page`` puts what frames a page of a site at the end, below
    the title, without navigation and banners. Hidden means: by element, by attribute, by an inline style, or by a plain
    rule of a ``<style>`` element.
    """
    from selectolax.lexbor import LexborHTMLParser

    if _depth(html) > MAX_DEPTH:
        raise LoadError(f"nests its elements over {MAX_DEPTH:,} deep.", "Save it again with an editor.")
    tree = LexborHTMLParser(html)
    head = tree.css_first("head > title")
    title = squeeze(head.text()) if head else ""
    hidden = _hidden_nodes(tree)
    whole = _written([tree.root] if tree.root else [], hidden, alternatives)
    return _page_pieces(tree, hidden, whole, title) if page else whole, title


def _written(roots: Iterable[LexborNode], hidden: set[int], alternatives: bool = False) -> list[Piece]:
    return _read(roots, set(hidden), alternatives)


def _read(roots: Iterable[LexborNode], hidden: set[int], alternatives: bool = False) -> list[Piece]:
    """Return the blocks; tables that were read are ``hidden`` from then on."""
    writer = _Writer(hidden, alternatives)
    for root in roots:
        writer.walk(root)
    return with_terms(writer.pieces)


def _page_pieces(tree: LexborHTMLParser, hidden: set[int], whole: list[Piece], title: str) -> list[Piece]:
    """Return the blocks of the main elements, else of the articles, else of all but the header, footer and asides.

    Parts with next to nothing of the words are not believed: then the page means something else by its elements. What
    the rest of the page tells follows below the title.
    """
    size, heading = sum(len(piece.text) for piece in whole), tree.css_first("h1")
    for name, share in _MAIN:
        inner = {node.mem_id for node in tree.css(f"{name} {name}")}
        roots = shown_of((node for node in tree.css(name) if node.mem_id not in inner), tree.root, hidden)
        if roots and heading and not any(root.css("h1") for root in roots):
            roots = [*shown_of([heading], tree.root, hidden), *roots]
        pieces = _written(roots, hidden)
        if sum(len(piece.text) for piece in pieces) > share * size:
            return pieces + _around(tree, hidden, roots, pieces, title)
    hidden = hidden | banners(tree, tree.css("h1"))
    frame = {node.mem_id for node in _frame(tree) if not node.css("h1")}
    pieces = _written([tree.root] if tree.root else [], hidden | frame)
    if sum(len(piece.text) for piece in pieces) <= _LEAST * size:
        return whole
    return pieces + _around(tree, hidden, [], pieces, title)


def _frame(tree: LexborHTMLParser) -> list[LexborNode]:
    inner = {node.mem_id for node in tree.css(f":is(article, main) {_FRAME}")}
    return [node for node in tree.css(_FRAME) if node.mem_id not in inner]


def _around(
    tree: LexborHTMLParser, hidden: set[int], main: list[LexborNode], said: list[Piece], title: str
) -> list[Piece]:
    """Return what stands around the ``main`` elements, or in the frame, below the title or the first heading."""
    hidden = hidden | {node.mem_id for node in main} | leading(tree, main) | banners(tree, main)
    nested = {node.mem_id for node in tree.css(f"{_FRAME} {_FRAME}")}
    frame = [node for node in _frame(tree) if node.mem_id not in nested]
    if not main:
        frame = [node for node in frame if not node.css("h1")]
    parts = [_read([node], hidden) for node in shown_of(frame, tree.root, hidden)]
    if main and tree.root:
        parts.append(_read([tree.root], hidden | {node.mem_id for node in frame}))
    found = telling(parts, [*(piece.text for piece in said), *link_texts(tree)])
    heading = title or next((piece.text for piece in said if piece.kind == "heading"), "")
    return [Piece(heading, "heading", 1), *found] if found else []


def _depth(html: str) -> int:
    """Return how deep the elements are nested: the parser's time grows with the square of it (200,000: 120 s)."""
    depth = deepest = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() not in _SELF_CLOSED:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _hidden_nodes(tree: LexborHTMLParser) -> set[int]:
    """Return the identities of the nodes that a browser would not show."""
    from selectolax.lexbor import SelectolaxError

    selectors = ["[hidden]", '[aria-hidden="true"]', "dialog:not([open])"]
    for style in tree.css("style"):
        rules = _RULE.findall(_AT_RULE.sub("", _COMMENT.sub("", style.text())))
        selectors += [selector.strip() for selector, body in rules if _HIDDEN_STYLE.search(body)][:200]
    hidden = {node.mem_id for node in tree.css("[style]") if _HIDDEN_STYLE.search(node.attributes.get("style") or "")}
    for selector in selectors:
        try:
            hidden.update(node.mem_id for node in tree.css(selector))
        except SelectolaxError:  # a selector that the parser does not know hides nothing
            continue
    return hidden


@dataclass(slots=True)
class _Writer:
    """Walks a tree without recursion and cuts its text into pieces at the edges of block elements."""

    hidden: set[int]
    alternatives: bool
    pieces: list[Piece] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    kinds: list[tuple[str, int]] = field(default_factory=list)  # the open elements that tell it, innermost last
    numbers: HtmlNumbers = field(default_factory=HtmlNumbers)
    number: str = ""  # of the item whose words come next

    def walk(self, root: LexborNode) -> None:
        """Visit ``root`` and everything below it in reading order."""
        for node, entering in _events(root, self._is_seen):
            tag = node.tag or ""
            if tag == "-text":
                if entering:
                    self._write(node)
            elif tag == "table" and entering and (rows := data_table(node, self.hidden, _inner_text)) is not None:
                self._flush()
                captions = (_inner_text(caption, self.hidden) for caption in node.css("caption"))
                self.pieces += [Piece(caption) for caption in captions]
                self.pieces += rows
                self.hidden.add(node.mem_id)  # it is written; do not walk through it
            elif tag in _BLOCKS:
                self._flush()
                self._open_or_close(tag, entering)
                if tag == "li":
                    self.number = self.numbers.of(node) if entering else ""
            elif entering:
                self._mark(tag, node)
        self._flush()

    def _is_seen(self, node: LexborNode) -> bool:
        return node.tag not in _UNSEEN and node.mem_id not in self.hidden and not _marks_note(node)

    def _write(self, node: LexborNode) -> None:
        text = (node.text_content or "").replace("\u21a9", "")  # the way back from a note
        preformatted = bool(self.kinds) and self.kinds[-1][0] == "code"
        self.words.append(text if preformatted else re.sub(r"\s+", " ", text))

    def _mark(self, tag: str, node: LexborNode) -> None:
        if tag == "br":
            self.words.append("\n")
        elif tag == "sup":
            self.words.append(RAISED)
        elif tag == "img" and self.alternatives:
            self.words.append(f" {squeeze(node.attributes.get('alt') or '')} ")
        elif tag in _SPACED or _stands_apart(node):
            self.words.append(" ")

    def _open_or_close(self, tag: str, entering: bool) -> None:
        heading = re.fullmatch("h[1-6]", tag) is not None
        kind = "heading" if heading else _KINDS.get(tag, "")
        if kind and entering:
            self.kinds.append((kind, int(tag[1]) if kind == "heading" else int(kind == "definition")))
        elif kind and self.kinds:
            self.kinds.pop()

    def _flush(self) -> None:
        """End the block: what was written since the last one becomes a piece."""
        text, self.words = settle_raised("".join(self.words)), []
        if not text.strip():
            return
        kind, level = self.kinds[-1] if self.kinds else ("paragraph", 0)
        if kind == "code":
            self.pieces.append(Piece(text.strip("\n"), kind))
            return
        for part in re.split(r"\n\s*\n", re.sub(r" *\n *", "\n", text)):
            if not part.strip():
                continue
            follows = kind == "item" and bool(self.pieces) and self.pieces[-1].kind in ("item", "definition")
            text = squeeze(part) if kind == "heading" else part.strip()
            text, self.number = numbered(self.number, text), ""
            self.pieces.append(Piece(text, kind, level, join="\n" if follows else "\n\n"))
            if kind == "definition":
                self.kinds[-1], level = (kind, 0), 0


def _stands_apart(node: LexborNode) -> bool:
    """Tell whether an inline element right behind another is set apart from it, as labels and values in a box are.

    In running text two of them may be halves of a word; words right beside them are such.
    """
    before, box = node.prev, node.parent
    if before is None or box is None or before.tag not in _LABELS or node.tag not in _LABELS:
        return False
    if any(other is not None and other.tag == "-text" and other.text().strip() for other in (before.prev, node.next)):
        return False
    return box.tag in _BOXES or (before.tag != node.tag and box.tag == "li")


def _marks_note(node: LexborNode) -> bool:
    """Tell whether an element only is the number of a note, with a link to it."""
    if node.tag == "sup":
        if next(islice(node.traverse(include_text=True), _MOST_IN_MARK, None), None) is not None:
            return False
        return node.css_first('a[href^="#"]') is not None and re.fullmatch(r"\W*\w{1,3}\W*", node.text()) is not None
    return node.tag == "a" and node.attributes.get("epub:type") == "noteref"


def _events(root: LexborNode, is_seen: Callable[[LexborNode], bool]) -> Iterator[tuple[LexborNode, bool]]:
    """Yield every seen node on entering it and on leaving it, without recursion. Data tables are not entered twice:
    their consumer marks them as hidden while it holds them."""
    node: LexborNode | None = root
    entering = True
    while node is not None:
        seen = is_seen(node)
        if entering and seen:
            yield node, True
            if is_seen(node) and node.first_child is not None:
                node = node.first_child
                continue
        if seen:
            yield node, False
        if node.mem_id == root.mem_id:
            return
        if node.next is not None:
            node, entering = node.next, True
        else:
            node, entering = node.parent, False


def _inner_text(node: LexborNode, hidden: set[int]) -> str:
    writer = _Writer(hidden, True)
    writer.walk(node)
    return cell_text(with_terms(writer.pieces))
