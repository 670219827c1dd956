"""A window in a process of its own over thousands of passages, with a language model that recites, for crowds to ask.

``python -m tests.crowd FOLDER PASSAGES PORT [PAUSE [RECITED]]`` serves it until it is ended.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
_AS_LAUNCHED = {"HF_HUB_OFFLINE": "1", "OPENBLAS_NUM_THREADS": "1"}  # the second as the command line does it


def passage(number: int) -> str:
    """Return two sentences of 15 words, from 6,000 words whose frequency falls with their rank, as in any language."""
    choose = random.Random(number)
    words = [_word(int(6000 ** choose.random()) - 1) for _ in range(30)]
    return f"{' '.join(words[:15]).capitalize()}. {' '.join(words[15:]).capitalize()}."


def _word(rank: int) -> str:
    syllables = "ba ke lo mi nu ra se to vi zu da fe go hi ju pa re so ti wu".split()
    return syllables[rank % 20] + syllables[rank // 20 % 20] + syllables[rank // 400] + "n"


def question(number: int) -> str:
    """Return a question about what one passage says."""
    return f"What is said of {' '.join(passage(number).split()[3:9])}?"


def build(folder: Path, passages: int) -> None:
    """Index that many short passages, unless it was done before."""
    from rag import Block, Chatbot, Document

    if (folder / "built").exists():
        return
    with Chatbot.open(data_dir=folder) as bot:
        for start in range(0, passages, 512):
            texts = [(n, passage(n)) for n in range(start, min(start + 512, passages))]
            bot.add(
                Document(f"d{n}", f"paper{n}.txt", f"Paper {n}", "txt", text, (Block("paragraph", 0, len(text)),))
                for n, text in texts
            )
        assert bot.status().passages == passages
    (folder / "built").write_text("")


def main(folder: Path, passages: int, port: int, pause: float = 0.02, recited: float = 2) -> None:
    """Build the index and serve it; each answer takes ``pause`` seconds a word and recites so many passages."""
    from rag import Chatbot
    from tests.scripted_llm import ScriptedLLM
    from ui.app import serve_bot
    from ui.serve import listen

    build(folder, passages)
    said = " ".join(f"{passage(number)[:-1]} [{number}]." for number in range(1, int(recited) + 1))
    llm = ScriptedLLM(pieces=[f"{word} " for word in said.split()], pause=pause)
    bot = Chatbot.open(data_dir=folder, llm=llm, port=port)
    bot.warm_up()
    serve_bot(bot, listen(bot.settings), wait=True)


@contextmanager
def crowded(folder: Path, passages: int, port: int, *how: float) -> Iterator[tuple[str, int]]:
    """Run it as a process, ``how`` being pause and passages recited; give its address and process id."""
    command = [sys.executable, "-m", "tests.crowd", str(folder), *map(str, (passages, port, *how))]
    log = (folder.with_suffix(".log")).open("w+")
    process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | _AS_LAUNCHED)
    try:
        deadline = time.monotonic() + 1200
        while time.monotonic() < deadline and process.poll() is None:
            log.seek(0)
            if found := re.search(r"http://[\d.]+:\d+", log.read()):
                yield found[0], process.pid
                break
            time.sleep(0.1)
        else:
            log.seek(0)
            raise RuntimeError(log.read()[-2000:])
    finally:
        process.terminate()
        process.wait(30)
        log.seek(0)
        complaints = [line for line in log.read().splitlines()[1:] if line]
        log.close()
    assert complaints == [], complaints[-5:]


def resident(pid: int) -> float:
    """Return the memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *map(float, sys.argv[4:]))
