"""The parts of the bench about size: searching up to 100,000 passages and more, ingesting, and ingesting again."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from eval.synthetic import open_synthetic
from eval.timing import ROOT, Row, model_folder, open_seeds, run, seconds
from rag import Chatbot

SIZES = (1_000, 10_000, 100_000)
_STOCK = "stock LlamaIndex"
_REPEATS = 3
_FILES = 10_000
_DRAWN = ("1", "0.1")  # shares of the documents that have lines in the plot


def measure_search(work: Path, peers: Path, sizes: Sequence[int] = SIZES) -> list[Row]:
    """Return times, recall and memory of asking and searching among so many synthetic passages."""
    rows, texts = [], _write_texts(work)
    for size in sizes:
        folder = work / f"synthetic-{size}"
        made = _work("fill", folder, str(size), str(texts))
        found, chroma = _work("ask", folder), _work("chroma", folder)
        shutil.rmtree(folder)
        rows += _search_rows(size, made, found, chroma)
    return rows


def _search_rows(size: int, made: dict[str, Any], found: dict[str, Any], chroma: dict[str, Any]) -> list[Row]:
    at = f"{size:,} passages"
    asked, matched = found["ask"], found["words"]
    rows = [
        Row(f"{at}: `ask` without an LLM{_rare(asked)}", "ms", asked[0], series="ask", size=size),
        Row(f"{at}: BM25{_rare(matched)}", "ms", matched[0], series="BM25", size=size),
    ]
    for share, ours in found["nearest"].items():
        theirs, within = chroma["nearest"][share], "" if share == "1" else f" in {float(share):.0%}"
        exact = f"{ours['times'][0] / ours['numpy'][0]:.2f} times exact search in numpy"
        what = f"{at}: the 60 nearest{within}{_rare(ours['times'])}, recall@10 {ours['recall']:.3f}, {exact}"
        name = f"Chroma{_rare(theirs['times'])}, recall@10 {theirs['recall']:.3f}"
        lines = (f"nearest{within}", f"nearest{within}, Chroma") if share in _DRAWN else ("", "")
        rows.append(Row(what, "ms", ours["times"][0], theirs["times"][0], name, False, *lines, size))
    return [
        *rows,
        Row(f"{at}: memory of a process that asks", "MB", found["memory"], chroma["memory"], "with Chroma open"),
        Row(f"{at}: splitting and storing them, vectors given", "s", made["seconds"]),
        Row(f"{at}: reading the vectors for the first search", "s", found["read"], chroma["built"], "building Chroma"),
    ]


def _rare(times: Sequence[float]) -> str:
    return f" (p95 {times[1]:.3g} ms)"


def measure_ingest(work: Path, peers: Path) -> list[Row]:
    """Return passages a second against the stock pipeline on the same folder, and what all but embedding costs."""
    texts = _write_texts(work)
    ours, stock, cut = zip(*[_ingest_once(texts, work, peers) for _ in range(_REPEATS)], strict=True)
    rate, characters = (median(side[kind] for side in ours) for kind in (0, 1))
    whole = "every token embedded, sentences too"
    rows = [
        Row(
            f"ingest, passages ({whole})", "a second", rate, median(s[0] for s in stock),
            f"{_STOCK}, chunks of 1,024 tokens of which 256 are embedded", more_is_better=True,
        ),
        Row(
            f"ingest, passages ({whole})", "a second", rate, median(s[0] for s in cut),
            f"{_STOCK}, chunks of 200 tokens, no sentences", more_is_better=True,
        ),
        Row(
            "ingest, characters", "a second", characters, median(s[1] for s in cut),
            f"{_STOCK}, chunks of 200 tokens", more_is_better=True,
        ),
    ]  # fmt: skip
    command = [sys.executable, "-m", "rag", "ingest", str(texts), "--data-dir", str(work / "shell")]
    peak = run(command, peers)[1]
    theirs = run(
        [sys.executable, "-m", "eval.stock", "ingest", str(texts), str(work / "s"), str(model_folder())], peers
    )[1]
    rows.append(Row("`rag ingest`, memory at its peak", "MB", peak, theirs, _STOCK))
    folder = work / "storing"
    made = _work("fill", folder, "10000", str(texts))
    chroma, count = _work("chroma", folder), made["passages"]
    share = (made["seconds"] + chroma["built"]) / count * rate
    rows.append(Row("splitting, docstore and Chroma, share of the time of ingest", "%", 100 * share))
    naive = json.loads(run([sys.executable, "-m", "eval.stock", "add", "2000", str(work / "naive")], peers)[2])
    rows.append(Row("a vector into Chroma", "ms", 1e3 * chroma["built"] / count, 1e3 * naive / 2000, "one call each"))
    return rows


def _ingest_once(texts: Path, work: Path, peers: Path) -> list[tuple[float, float]]:
    """Return passages and characters a second of ours, of the stock pipeline, and of that in chunks of 200 tokens."""
    characters = sum(len(path.read_text(encoding="utf-8")) for path in texts.iterdir())
    shutil.rmtree(work / "ours", ignore_errors=True)
    with Chatbot.open(data_dir=work / "ours") as bot:
        bot.warm_up()
        seconds = bot.ingest(texts).seconds
        rates = [(bot.status().passages / seconds, characters / seconds)]
    for chunk in ("1024", "200"):
        index = work / f"stock-{chunk}"
        shutil.rmtree(index, ignore_errors=True)
        command = [sys.executable, "-m", "eval.stock", "ingest", str(texts), str(index), str(model_folder()), chunk]
        found = json.loads(run(command, peers)[2].splitlines()[-1])
        rates.append((found["passages"] / found["seconds"], characters / found["seconds"]))
    return rates


def measure_again(work: Path, peers: Path) -> list[Row]:
    """Return what a folder of 10,000 small files takes to ingest for the first time and again; vectors cost nothing."""
    texts = _write_texts(work)
    seeds = [path.read_text(encoding="utf-8") for path in sorted(texts.iterdir())]
    many = work / "many"
    bot, words = open_synthetic(work / "again", seeds)
    for number in range(_FILES):
        path = many / f"{number // 100:02}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(" ".join(words.draw(60)), encoding="utf-8")
    with bot:
        first = bot.ingest(many).seconds
        same = _median(lambda: bot.ingest(many))

        def change() -> None:
            (many / "50" / "5000.txt").write_text(" ".join(words.draw(60)), encoding="utf-8")
            bot.ingest(many)

        changed = _median(change)
    return [
        Row(f"a folder of {_FILES:,} files, vectors given: ingest", "s", first),
        Row(f"a folder of {_FILES:,} files, ingested again: nothing changed", "s", same),
        Row(f"a folder of {_FILES:,} files, ingested again: one changed", "s", changed),
    ]


def _median(action: Callable[[], object]) -> float:
    return median(seconds(action) for _ in range(_REPEATS))


def _work(*command: object) -> dict[str, Any]:
    """Run one step of `eval.synthetic` in a process of its own."""
    found: dict[str, Any] = json.loads(run([sys.executable, "-m", "eval.synthetic", *map(str, command)], ROOT)[2])
    return found


def _write_texts(work: Path) -> Path:
    """Write the texts of the seeds twice, forwards and line by line backwards, and return their folder."""
    folder = work / "texts"
    if not folder.exists():
        folder.mkdir()
        with open_seeds(work) as bot:
            for info in bot.documents():
                text = bot.document(info.id).text
                (folder / f"{info.id}.txt").write_text(text, encoding="utf-8")
                (folder / f"{info.id}-back.txt").write_text("\n".join(text.splitlines()[::-1]), encoding="utf-8")
    return folder
