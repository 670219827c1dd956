"""What stands around the main part of a page of a site: what it tells is kept, what leads or asks is not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress, islice
from typing import TYPE_CHECKING

from rag.formats import Piece
from rag.text import caseless, squeeze

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    _Holders = tuple[LexborNode | None, LexborNode | None]  # the outermost list and the innermost block

# Links that tell something themselves: a number, an address, a place on a map.
_TELLING = caseless(r"(?:tel|mailto|sms|geo|callto):|https?://\S*\bmaps\b")
_LISTS = frozenset(("ul", "ol", "menu"))
_INLINE = frozenset("a abbr b bdi cite em i small span strong u".split())
_BANNERS = ", ".join(f'[{key}*="{word}" i]' for key in ("id", "class") for word in ("cookie", "consent", "gdpr"))
_ANSWERED = "a, button, input, [role=button]"
_CONSENT = caseless(
    r"accept|agree|consent|allow|reject|decline|got it|preferences|zustimm|akzeptier|einverstanden|ablehn|verstanden"
    r"|refuse|acept|rechaz"
)
_ASKING = "form, button, label, " + ", ".join(
    f"[role={role}]" for role in "navigation search button dialog alertdialog menu menubar tablist".split()
)
_LONGEST, _MOST = 1500, 500  # characters of a banner or a form, and how many are looked at; a longer one holds the page
_FAR = 500  # nodes behind the beginning of what holds links
_RIGHTS = caseless(r"\W*(?:©|\(c\)|copyright)(?:\W+\w+){0,6}\W*")
_COOKIES = caseless(r"\bcookies?\b")


def banners(tree: LexborHTMLParser, kept: Iterable[LexborNode]) -> set[int]:
    """Return the identities of the banners that ask about cookies; none holds any of the ``kept`` nodes.

    Their names alone say little: a section may be called so that tells of what is baked.
    """
    found = _short(tree, _BANNERS, _above(kept))
    return {node.mem_id for node in found if node.css_first(_ANSWERED) is not None and _CONSENT.search(node.text())}


def leading(tree: LexborHTMLParser, kept: Iterable[LexborNode]) -> set[int]:
    """Return the identities of links that stand among links, of lists of them, and of what asks to be filled in."""
    above = _above(kept)
    found = {node.mem_id for node in _short(tree, _ASKING, above)}
    known: dict[int, _Holders] = {}
    holders: dict[int, LexborNode] = {}
    links: dict[int, list[LexborNode]] = defaultdict(list)  # by what holds them
    for link in _leading_links(tree):
        parent = link.parent
        if parent is None or link.mem_id in above:
            continue
        holder = _holder(parent, above, known)
        holders[holder.mem_id] = holder
        links[holder.mem_id].append(link)
    for identity, inner in links.items():
        holder = holders[identity]
        if _are_most_of(holder, inner):
            whole = holder.tag in _LISTS and identity not in above
            found |= {identity, *_heading_of(holder)} if whole else {link.mem_id for link in inner}
    return found


def _are_most_of(holder: LexborNode, links: Sequence[LexborNode]) -> bool:
    """Tell whether links have more than half of the words of what holds them; what is far behind is not looked at."""
    left = 2 * sum(len(squeeze(link.text())) for link in links)
    for node in islice(holder.traverse(include_text=True), _FAR + 10 * len(links)):
        if left <= 0:
            break
        left -= len(squeeze(node.text())) if node.tag == "-text" else 0
    return left > 0


def _heading_of(node: LexborNode) -> list[int]:
    """Return the identity of the heading right above a node, if there is one."""
    before = node.prev
    while before is not None and before.tag == "-text" and not before.text().strip():
        before = before.prev
    return [before.mem_id] if before is not None and re.fullmatch("h[1-6]", before.tag or "") else []


def link_texts(tree: LexborHTMLParser) -> list[str]:
    """Return the words of the links, save those that tell a number or an address."""
    return [link.text() for link in _leading_links(tree)]


def _leading_links(tree: LexborHTMLParser) -> list[LexborNode]:
    addresses = {link.mem_id for link in tree.css("address a")}
    links = [link for link in tree.css("a[href]") if link.mem_id not in addresses]
    return [link for link in links if not _TELLING.match(link.attributes.get("href") or "")]


def _above(nodes: Iterable[LexborNode]) -> set[int]:
    """Return the identities of the nodes and of all that holds them."""
    found: set[int] = set()
    for node in nodes:
        inner: LexborNode | None = node
        while inner is not None and inner.mem_id not in found:
            found.add(inner.mem_id)
            inner = inner.parent
    return found


def _short(tree: LexborHTMLParser, selector: str, above: set[int]) -> list[LexborNode]:
    nodes = [node for node in tree.css(selector) if node.mem_id not in above and node.tag not in ("html", "body")]
    return [node for node in nodes[:_MOST] if len(node.text()) <= _LONGEST]


def _holder(node: LexborNode, above: set[int], known: dict[int, _Holders]) -> LexborNode:
    """Return the outermost list around a node, else the block that it stands in; ``known`` are those of others."""
    path: list[LexborNode] = []
    inner: LexborNode | None = node
    while inner is not None and inner.mem_id not in above and inner.mem_id not in known:
        path.append(inner)
        inner = inner.parent
    outer, block = known.get(inner.mem_id, (None, None)) if inner is not None else (None, None)
    for one in reversed(path):
        outer = outer or (one if one.tag in _LISTS else None)
        block = block if one.tag in _INLINE else one
        known[one.mem_id] = outer, block
    return outer or block or node


def telling(parts: Iterable[Sequence[Piece]], said: Iterable[str]) -> list[Piece]:
    """Return the pieces of several parts that tell something that was not ``said``: no banner or notice, each once.

    What stands above the first heading of its part comes first, so that it does not stand under that of another;
    headings stay above what is left of them, all on one level.
    """
    known = {squeeze(text).casefold() for text in said}
    plain: list[Piece] = []
    headed: list[Piece] = []
    for pieces in parts:
        own = plain
        for piece in pieces:
            key = squeeze(piece.text).casefold()
            own = headed if piece.kind == "heading" else own
            if piece.kind == "heading" or (key not in known and _tells(key)):
                known.add(key)
                own.append(replace(piece, level=2 if piece.level else 0))
    below = [*headed[1:], Piece("", "heading")][: len(headed)]
    tells = (
        a.kind != "heading" or b.kind != "heading" or _has_figures(a.text) for a, b in zip(headed, below, strict=True)
    )
    return [*plain, *compress(headed, tells)]


def _has_figures(text: str) -> bool:
    return any(map(str.isdigit, text))


def _tells(text: str) -> bool:
    """Tell whether words are more than a name or a button, and no notice of cookies or rights."""
    if "@" in text:
        return True
    figures = _has_figures(text)
    asked = (_COOKIES.search(text) and not figures) or (len(text) < 120 and _RIGHTS.fullmatch(text))
    return not asked and (figures or len(re.findall(r"[^\W\d_]+", text)) > 1)
