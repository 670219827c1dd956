"""Speed beside the stock peers in the same run: ``make bench``, or ``python -m eval.bench`` to print only.

Every figure is the median of several repeats, ours and the peer's in turn, so that a busy moment hits both. A part is a
function that returns rows; ``PARTS`` lists them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import numpy as np

from eval.page import write_block
from eval.plot import draw
from eval.scale import SIZES, measure_again, measure_ingest, measure_search
from eval.timing import REPEATS, ROOT, Row, medians, model_folder, open_seeds, run
from rag import NotFoundError

PAGE = ROOT / "docs" / "performance.md"
PLOT = PAGE.with_suffix(".svg")
_QUESTION = "How much parental leave is there?"
_PASSAGES = 64
_GPU_AFTER = 12.0  # seconds, longer than rag/embed.py waits before it loads a GPU's software
_PASSAGE_WORDS, _SENTENCE_WORDS = 140, 14


def measure_embedding(work: Path, peers: Path) -> list[Row]:
    """Return passages, sentences and questions against SentenceTransformer.encode with the same weights."""
    from sentence_transformers import SentenceTransformer

    peer, peer_name = SentenceTransformer(str(model_folder())), "SentenceTransformer.encode"
    rows = []
    with open_seeds(work) as bot:
        embedder = bot.embedder
        texts = " ".join(bot.document(info.id).text for info in bot.documents()).split()

        def encode(batch: Sequence[str]) -> object:
            return peer.encode(list(batch), normalize_embeddings=True)

        began = perf_counter()
        while peer.device.type != "cpu" and perf_counter() - began < _GPU_AFTER:
            embedder.embed(_pieces(texts, _PASSAGE_WORDS, _PASSAGES))  # few documents do not go to a GPU
        for name, size, count in (
            ("passages", _PASSAGE_WORDS, _PASSAGES),
            ("sentences", _SENTENCE_WORDS, 4 * _PASSAGES),
        ):
            batch = _pieces(texts, size, count)
            cosines = (embedder.embed(batch) * np.asarray(encode(batch))).sum(1)
            what = f"{name} of {np.mean(embedder.count_tokens(batch)):.0f} tokens, cosine at least {cosines.min():.5f}"
            ours, theirs = medians(partial(embedder.embed, batch), partial(encode, batch))
            rows.append(Row(what, "a second", count / ours, count / theirs, peer_name, more_is_better=True))
        ours, theirs = medians(lambda: embedder.embed([_QUESTION], query=True), lambda: encode([_QUESTION]), 50)
        rows.append(Row("one question", "ms", ours * 1e3, theirs * 1e3, peer_name))
    return rows


def measure_start(work: Path, peers: Path) -> list[Row]:
    """Return time and memory from the shell to the printed answer, against a stock script over the same texts."""
    if not (peers / "llama_index").exists():
        raise NotFoundError(f"The stock peer is not installed in {peers}.", "Run `make bench`, which installs it.")
    with open_seeds(work) as bot:
        data, texts = bot.settings.data_dir, work / "texts"
        texts.mkdir(exist_ok=True)
        for info in bot.documents():
            (texts / f"{info.id}.txt").write_text(bot.document(info.id).text, encoding="utf-8")
    stock, model = (sys.executable, "-m", "eval.stock"), str(model_folder())
    run([*stock, "ingest", str(texts), str(work / "stock"), model], peers)
    ask = [sys.executable, "-m", "rag", "ask", _QUESTION, "--data-dir", str(data)]
    stock_ask = [*stock, "ask", _QUESTION, str(work / "stock"), model]
    ours, theirs = zip(*[(run(ask, peers), run(stock_ask, peers)) for _ in range(REPEATS)], strict=True)
    starting = [run([sys.executable, "-m", "rag", "--help"], peers) for _ in range(REPEATS)]
    seconds, memory = (tuple(median(done[kind] for done in side) for side in (ours, theirs)) for kind in (0, 1))
    name = "LlamaIndex, Chroma, sentence-transformers"
    return [
        Row("`rag ask`, from shell to answer", "s", seconds[0], seconds[1], name),
        Row("`rag ask`, memory at its peak", "MB", memory[0], memory[1], name),
        Row("`rag --help`", "s", median(done[0] for done in starting)),
        Row("`rag chat`, from shell to the page in a browser", "s", _open_window(data)),
    ]


def _open_window(data: Path) -> float:
    """Return the median seconds from starting ``rag chat`` to having read its page."""
    times = []
    for _ in range(REPEATS):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = str(probe.getsockname()[1])
        command = [sys.executable, "-m", "rag", "chat", "--docs", "seeds", "--port", port, "--data-dir", str(data)]
        began = perf_counter()
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as window:
            while window.poll() is None and perf_counter() - began < 60:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                        page.read()
                    break
                except OSError:
                    sleep(0.01)
            times.append(perf_counter() - began)
            window.terminate()
    return median(times)


PARTS: dict[str, Callable[[Path, Path], list[Row]]] = {
    "embedding": measure_embedding,
    "start": measure_start,
    "search": measure_search,
    "ingest": measure_ingest,
    "reingest": measure_again,
}


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
    return "\n".join([*lines, "", f"{machine}; {versions}."])


def draw_plot(rows: Sequence[Row]) -> str:
    """Return the plot of cost against size of those rows that belong into it."""
    series: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row.series:
            series.setdefault(row.series, []).append((row.size, row.ours))
        if row.peer_series and row.peer is not None:
            series.setdefault(row.peer_series, []).append((row.size, row.peer))
    return draw(series, "passages", "milliseconds, median") if series else ""


def main() -> None:
    """Measure, print and, with --write, put the table into docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=list(PARTS), help="this part only")
    parser.add_argument(
        "--peers", type=Path, default=Path(sys.prefix) / "peers", help="where the stock peer is installed"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of passages to search among")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts = [chosen.part] if chosen.part else list(PARTS)
        measures = PARTS | {"search": partial(measure_search, sizes=chosen.sizes)}
        rows = [row for part in parts for row in measures[part](Path(folder), chosen.peers)]
    table = format_table(rows)
    print(table)
    if chosen.write:
        write_block("bench", table, PAGE)
        if plot := draw_plot(rows):
            PLOT.write_text(plot, encoding="utf-8")


def _digits(value: float) -> str:
    """Return the value with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _pieces(words: Sequence[str], size: int, count: int) -> list[str]:
    """Return ``count`` runs of words of half to one and a half times that size, taken from the start on, then again."""
    endless, sizes = cycle(words), cycle(range(size // 2, size + size // 2, max(1, size // 16)))
    return [" ".join(islice(endless, next(sizes))) for _ in range(count)]


def _processor() -> str:
    """Return the name of the processor."""
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
