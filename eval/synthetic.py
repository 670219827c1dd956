"""A corpus of any size for the bench: texts with the word statistics of the seeds, vectors of real text plus noise.

Run as ``python -m eval.synthetic fill DATA_DIR PASSAGES`` and ``ask DATA_DIR QUESTIONS``, each in a process of its own;
both print what they measured as JSON.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, product
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag import Chatbot, Document, load_settings

# Words are drawn by their rank r with a chance of 1 / (r + 2.7) (Mandelbrot's form of Zipf's law). The first ranks are
# the seeds' own words by frequency, the others coined: a real text of this length never runs out of new words.
RANKS = 200_000
SHIFT = 2.7
# Length of the noise beside that of the embedding, which is 1: the cosine between the two sums is about 0.86.
NOISE = 0.6
SENTENCE_WORDS, PARAGRAPH_WORDS, DOCUMENT_WORDS = 14, 140, 4_200
SYLLABLES = [consonant + vowel for vowel in "aeiou" for consonant in "bdfghklmnprstvwz"]
BASES = 2_000  # embeddings of real text: runs of words from the seeds
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


def open_synthetic(folder: Path, seeds: Sequence[str] | None = None) -> tuple[Chatbot, Words]:
    """Open an index of synthetic documents; the seeds' texts are needed the first time, then kept beside it."""
    held = folder / "bases.npz"
    true = Chatbot.open(data_dir=folder / "none").embedder
    if seeds is not None:
        folder.mkdir(parents=True, exist_ok=True)
        running = " ".join(seeds).split()
        starts = np.linspace(0, len(running) - PARAGRAPH_WORDS, BASES).astype(int)
        runs = [" ".join(running[start : start + 20]) for start in starts]
        np.savez(held, bases=true.embed(runs), texts=np.array(list(seeds)))
    with np.load(held) as file:
        bases, texts = file["bases"], file["texts"].tolist()
    settings = load_settings(data_dir=folder)
    return Chatbot.open(settings, embedder=NoisyEmbedder(bases, true)), Words(texts)
