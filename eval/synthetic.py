"""A corpus of any size for the bench: texts with the word statistics of the seeds, vectors of real text plus noise.

Run as ``python -m eval.synthetic fill DATA_DIR PASSAGES SEEDS``, ``ask DATA_DIR`` and ``chroma DATA_DIR``, each in a
process of its own; each prints what it measured as JSON.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does
import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice, product
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.timing import seconds
from rag import Chatbot, Document

# Words are drawn by their rank r with a chance of 1 / (r + 2.7) (Mandelbrot's form of Zipf's law). The first ranks are
# the seeds' own words by frequency, the others coined: a real text of this length never runs out of new words.
RANKS = 200_000
SHIFT = 2.7
# Length of the noise beside that of the embedding, which is 1: the cosine between the two sums is about 0.86.
NOISE = 0.6
SENTENCE_WORDS, PARAGRAPH_WORDS, DOCUMENT_WORDS = 14, 140, 4_200
SYLLABLES = [consonant + vowel for vowel in "aeiou" for consonant in "bdfghklmnprstvwz"]
BASES, BASE_WORDS = 2_000, 20  # embeddings of real text: runs of words from the seeds
NEAREST, QUESTIONS = 60, 60
SHARES = (0.01, 0.1, 0.5)  # of the documents, for filtered search


class NoisyEmbedder:
    """Embeds as the true model does in time, if asked a question, and only in kind, if given a passage."""

    def __init__(self, bases: NDArray[np.float32], true: Any) -> None:
        self.name = self.fingerprint = "synthetic"
        self.dimension = bases.shape[1]
        self.max_tokens = 256
        self._bases, self._true = bases, true
        self._random = np.random.default_rng(1)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return 1.3 tokens a word, which is what the seeds have."""
        return [int(1.3 * text.count(" ")) + 2 for text in texts]

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors, each that of some real text with noise added."""
        if query:
            self._true.embed(texts, query=True)
        chosen = self._bases[self._random.integers(len(self._bases), size=len(texts))]
        noise = self._random.standard_normal(chosen.shape, np.float32) * np.float32(NOISE / self.dimension**0.5)
        summed = chosen + noise
        return np.asarray(summed / np.linalg.norm(summed, axis=1, keepdims=True), np.float32)


class Words:
    """Texts of the seeds' word statistics, the same ones at every run."""

    def __init__(self, seeds: Sequence[str]) -> None:
        known = [word for word, _ in Counter(re.findall(r"[a-z]+", " ".join(seeds).lower())).most_common()]
        coined = ("".join(parts) for parts in product(SYLLABLES, repeat=3))
        self.vocabulary = np.array(list(islice(chain(known, coined), RANKS)))
        chances = np.cumsum(1 / (np.arange(1, RANKS + 1) + SHIFT))
        self._chances = chances / chances[-1]
        self._random = np.random.default_rng(0)

    def draw(self, count: int) -> list[str]:
        """Return so many words in the order in which they were drawn."""
        found: list[str] = self.vocabulary[np.searchsorted(self._chances, self._random.random(count))].tolist()
        return found

    def documents(self) -> Iterator[Document]:
        """Yield documents without end."""
        number = 0
        while True:
            drawn, number = self.draw(DOCUMENT_WORDS), number + 1
            sentences = [
                f"{' '.join(drawn[start : start + SENTENCE_WORDS]).capitalize()}."
                for start in range(0, DOCUMENT_WORDS, SENTENCE_WORDS)
            ]
            step = PARAGRAPH_WORDS // SENTENCE_WORDS
            paragraphs = [" ".join(sentences[start : start + step]) for start in range(0, len(sentences), step)]
            yield Document(f"d{number:07}", f"{number:07}.txt", drawn[0], "txt", "\n\n".join(paragraphs))

    def question(self) -> str:
        """Return a question of eight drawn words, frequent and rare ones as they come."""
        return f"What is the {' '.join(self.draw(8))}?"


def open_synthetic(
    folder: Path, seeds: Sequence[str] = (), bases: int = BASES, **options: Any
) -> tuple[Chatbot, Words]:
    """Open an index of synthetic documents; the seeds' texts are needed the first time, then kept beside it."""
    held = folder / "bases.npz"
    with Chatbot.open(data_dir=folder / "none") as empty:
        true = empty.embedder
    if seeds:
        folder.mkdir(parents=True, exist_ok=True)
        running = " ".join(seeds).split()
        starts = np.linspace(0, len(running) - BASE_WORDS, bases).astype(int)
        runs = [" ".join(running[start : start + BASE_WORDS]) for start in starts]
        np.savez(held, bases=true.embed(runs), texts=np.array(list(seeds)))
    with np.load(held) as file:
        embedded, texts = file["bases"], file["texts"].tolist()
    return Chatbot.open(data_dir=folder, embedder=NoisyEmbedder(embedded, true), **options), Words(texts)


def fill(folder: Path, passages: int, texts: Path, bases: int = BASES) -> dict[str, Any]:
    """Add documents until there are so many passages; vectors cost next to nothing here, the rest is what is timed."""
    seeds = [path.read_text(encoding="utf-8") for path in sorted(texts.iterdir())]
    bot, words = open_synthetic(folder, seeds, bases, exact_passages=sys.maxsize)
    made, began, documents = 0, perf_counter(), words.documents()
    with bot:
        while made < passages:
            needed = min(256, (passages - made) * PARAGRAPH_WORDS // DOCUMENT_WORDS + 1)
            made += sum(file.passages for file in bot.add(islice(documents, needed)).files)
    return {"passages": made, "seconds": perf_counter() - began}


def ask(folder: Path, count: int = QUESTIONS) -> dict[str, Any]:
    """Return the times of asking and of each side of the search, in ms, and the memory that asking takes, in MB."""
    bot, words = open_synthetic(folder, exact_passages=sys.maxsize)
    with bot:
        bot.warm_up()
        read = _times(bot.ask, [words.question()])[0] / 1e3
        found: dict[str, Any] = {"read": read, "ask": _times(bot.ask, [words.question() for _ in range(count)])}
        found["memory"] = _peak()
        questions = [words.question() for _ in range(count)]
        for question in questions:
            bot.search(question, 1, by="meaning")  # embeds it, so that the next search need not
        found["words"] = _times(lambda question: bot.search(question, NEAREST, by="words"), questions)
        found["nearest"] = _nearest(bot, count)
    return found


def chroma(folder: Path) -> dict[str, Any]:
    """Return what building Chroma's index takes, in seconds, and the times and the recall of its search."""
    began = perf_counter()
    bot, _ = open_synthetic(folder, exact_passages=0)
    with bot:
        store: Any = bot._vectors
        store.wait()
        built = perf_counter() - began
        index = store._chroma
        nearest = _nearest(bot, 10, index)
        memory = _peak()
    return {"built": built, "nearest": nearest, "memory": memory}


def _nearest(bot: Chatbot, count: int, index: Any = None) -> dict[str, Any]:
    """Return for each share of the documents the times in ms and the recall@10, and the times of exact search."""
    index = index or bot._vectors
    ids, owners, matrix = bot._store.index_source()
    documents = sorted(set(owners))
    found = {}
    for share in (1.0, *SHARES):
        chosen = set(documents[:: round(1 / share)])
        rows = np.array([row for row, owner in enumerate(owners) if owner in chosen])
        within = None if share == 1 else sorted(chosen)
        questions = list(bot.embedder.embed(["?"] * count))
        exact = partial(_search_exactly, ids, matrix, rows if within else None)
        search = partial(lambda within, question: index.search(question, NEAREST, within), within)
        shared = [len({key for key, _ in search(q)[:10]} & {key for key, _ in exact(q)[:10]}) / 10 for q in questions]
        times, yardstick = _times(search, questions), _times(exact, questions)
        found[f"{share:g}"] = {"times": times, "numpy": yardstick, "recall": float(np.mean(shared))}
    return found


def _search_exactly(
    ids: Sequence[str], matrix: NDArray[np.float32], rows: NDArray[np.intp] | None, question: NDArray[np.float32]
) -> list[tuple[str, float]]:
    """Return id and cosine of the nearest of these rows (None: of all), by the plainest way there is."""
    cosines = matrix @ question
    if rows is not None:
        cosines = cosines[rows]
    best = np.argpartition(cosines, -NEAREST)[-NEAREST:] if len(cosines) > NEAREST else np.arange(len(cosines))
    best = best[np.argsort(-cosines[best])]
    return [(ids[row if rows is None else rows[row]], float(cosines[row])) for row in best]


def _peak() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _times(action: Callable[[Any], object], inputs: Sequence[Any]) -> list[float]:
    """Return median and 95th percentile of the milliseconds that each input takes."""
    times = [1e3 * seconds(partial(action, given)) for given in inputs]
    return [float(np.median(times)), float(np.percentile(times, 95))]


def main() -> None:
    """Do one step and print what it measured."""
    step, folder, *more = sys.argv[1:]
    if step == "fill":
        print(json.dumps(fill(Path(folder), int(more[0]), Path(more[1]))))
    else:
        print(json.dumps({"ask": ask, "chroma": chroma}[step](Path(folder))))


if __name__ == "__main__":
    main()
