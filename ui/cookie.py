"""The cookie by which a browser is known again; its value names the folder of its conversations."""

from __future__ import annotations

import secrets
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie

from ui.conversations import KEY

COOKIE = "visitor"
COOKIE_SECONDS = 400 * 24 * 3600  # the longest that browsers keep one; each visit begins it anew


def name_tag(cookies: bytes) -> str:
    """Return the cookie by which a browser is known again: the one that it has, or a new one that nobody can guess.

    Strict would keep it back when somebody follows a link to the window, who would then be given another.
    """
    held = SimpleCookie()
    with suppress(CookieError):
        held.load(cookies.decode("latin-1"))
    key = held[COOKIE].value if COOKIE in held else ""
    key = key if KEY.fullmatch(key) else secrets.token_urlsafe(32)
    return f"{COOKIE}={key}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"
