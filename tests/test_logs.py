"""What a program of its own writes while it reads, answers and fails: no words of documents or questions, no keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.llm_server import KEY, FaultyServer

ROOT = Path(__file__).parent.parent
SECRETS = {"document": "xylophone-of-the-duchess", "question": "zeppelin-in-the-cellar", "name": "quetzal-report"}
FAULTS = ("401", "500", "cut chunked", "bad json", "empty", "page", "good")
CODE = """
import os, sys, logging
from pathlib import Path
from rag import Chatbot, HashEmbedder, RagError, load_settings
folder, url, key = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
for model in sys.argv[4:]:
    settings = load_settings(data_dir=folder / "data", llm=model, llm_base_url=url, llm_api_key=key, login="ann:hunter2")
    with Chatbot.open(settings, embedder=HashEmbedder()) as bot:
        bot.ingest(folder / "docs")
        answer = bot.ask("Where is the xylophone-of-the-duchess, asks zeppelin-in-the-cellar?")
        answer = bot.ask("And when?", [__import__("rag").Turn(answer.question, answer.text)])
    print(repr(settings)[:0], end="")
"""


def test_nothing_is_logged_that_nobody_should_read(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / f"{SECRETS['name']}.md").write_text(f"The {SECRETS['document']} stands in the hall of the castle.")
    (docs / "broken.docx").write_bytes(b"PK\x03\x04" + SECRETS["document"].encode() * 9)
    server = FaultyServer()
    command = [sys.executable, "-W", "default", "-c", CODE, str(tmp_path), server.base_url, KEY, *FAULTS]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(server.requests) >= len(FAULTS)  # the model was asked, so there was something to tell
    told = done.stdout + done.stderr
    for secret in (*SECRETS.values(), KEY, "hunter2", "password@"):
        assert secret not in told
    assert told == ""
