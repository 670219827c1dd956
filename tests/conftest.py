"""What all tests share: no network beyond this machine, by construction, and a bot that needs no model."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
for _name in [name for name in os.environ if name.startswith("RAG_")]:
    del os.environ[_name]

SEEDS = Path(__file__).parent.parent / "seeds"


def _refuse_foreign_hosts(event: str, arguments: tuple[object, ...]) -> None:
    """Fail any connection that would leave this machine, whoever opens it (an audit hook cannot be taken off)."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        raise ConnectionRefusedError(f"tests may not connect to {host}")


sys.addaudithook(_refuse_foreign_hosts)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests need Chromium; without it they are skipped for all to see, and the CI script fails on that."""
    if os.environ.get("CHROMIUM") or shutil.which("chromium"):
        return
    absent = pytest.mark.skip(reason="Chromium is not installed (Debian: apt-get install chromium)")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(absent)


@pytest.fixture
def hash_bot(tmp_path: Path) -> Iterator[object]:
    """An empty chatbot in a folder of its own, with the word-hash embedder and no LLM."""
    from rag import Chatbot, HashEmbedder

    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data") as bot:
        yield bot
