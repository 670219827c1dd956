"""Security, long: every payload in every encoding in every field, and thousands of twisted addresses."""

from __future__ import annotations

import random
from collections import Counter

from playwright.sync_api import Page

from tests.nasty import public
from tests.payloads import ENCODINGS, payloads
from tests.test_payloads import FIELDS, WORD, skeleton
from tests.test_payloads import browser as browser
from tests.test_payloads import page as page
from tests.test_tricks import PATHS, SECRET, Canary, canary, fill, send_raw, served
from ui.serve import Served

__all__ = ["browser", "canary", "page", "served"]  # the fixtures
REQUESTS = 3000
LEAKS = (SECRET.encode(), b"root:", b"SQLite format", b"[project]", b"Traceback")


def every(address: str) -> list[str]:
    return list(dict.fromkeys(encode(text) for encode in ENCODINGS for text in [*payloads(address), *public()]))


def test_every_payload_in_every_encoding() -> None:
    texts = every("https://evil.example")
    for name, draw in FIELDS.items():
        expected = skeleton(draw(WORD))
        # A text without a visible letter leaves parts out; one of several paragraphs is drawn as several.
        assert [t for t in texts if t.strip() and name != "quote" and skeleton(draw(t)) != expected] == []
    print(f"\n{len(texts)} texts in {len(FIELDS)} fields: no element, no attribute")


def test_a_browser_shows_them_all_and_calls_nobody(page: Page) -> None:
    with Canary() as canary:
        texts = every(canary.url)
        for draw in FIELDS.values():
            page.set_content("".join(map(draw, texts)), wait_until="networkidle", timeout=180_000)
        print(f"\n{len(texts)} texts in {len(FIELDS)} fields in a browser: {len(canary.seen)} requests")
        assert canary.seen == []
        canary.shutdown()


def twist(path: str, choose: random.Random) -> str:
    """Return an address with some of it encoded, doubled, or put together anew."""
    for _ in range(choose.randint(1, 3)):
        at = choose.randrange(len(path))
        kind = choose.randrange(5)
        if kind == 0:
            path = path[:at] + "".join(f"%{byte:02x}" for byte in path[at : at + 3].encode()) + path[at + 3 :]
        elif kind == 1:
            path = (
                path[:at] + choose.choice(("/..", "/./", "//", "%00", "%2e%2e/", ";", "?", "\\", "%0d%0a")) + path[at:]
            )
        elif kind == 2:
            path = path.replace("%", "%25", 1)
        elif kind == 3:
            path = path[: at + 1] + choose.choice(PATHS)
        else:
            path = "/" + path.swapcase()
    return path.replace(" ", "%20")


def test_twisted_addresses(served: Served, canary: Canary) -> None:
    choose, found = random.Random(1), Counter[int]()
    for _ in range(REQUESTS):
        path = fill(twist(choose.choice(PATHS), choose), served, canary)
        status, answer = send_raw(served.url, f"{choose.choice(('GET', 'HEAD'))} {path} HTTP/1.1")
        found[status] += 1
        assert not [leak for leak in LEAKS if leak in answer], path
    print(f"\n{REQUESTS} twisted addresses: {dict(found)}, {len(canary.seen)} requests elsewhere")
    assert set(found) <= {200, 400, 403, 404, 405, 411, 413, 421}
    assert canary.seen == []
