"""BERT models of sentence-transformers on the CPU: built from the original weights in a moment, torch not needed.

Only what is certain to give the same vectors is built: a plain BERT in float32 with one tokenizer file, mean or CLS
pooling and no prompts. ``open_compiled`` returns None for any other model, which sentence-transformers then runs.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.bert import Design, FloatGraph, load_openvino, read_design
from rag.cache import cache_folder, keep
from rag.quantized import QuantizedGraph

# Tokens in one inference: 512 took the least CPU time of 1, 256, 512, 1,024 and 4,096 (docs/performance.md).
_BATCH_TOKENS = 512
_LOG = logging.getLogger(__name__)
_REMEMBERED = 32  # texts, some 200 KB each
_STREAMS = 8  # inferences side by side at most, on a core each; set by hand

LEAST_COSINE = 0.999
_SAMPLES = (
    "Which GPU has 141 GB of memory?",
    "Él cobró 1.250,75 € — naïve façade, Straße, ﬁn, 三个字 และ 한국어 🙂",
    "UPPER lower_snake camelCase x=3.5e-7 https://example.org/a?b=c#d",
    "The data centre in Lisbon holds ninety-six racks, and each of them draws at most forty kilowatts. " * 40,
    "",
)


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The states of a text's tokens, of shape [tokens, dimension], and where in the text each stands, [tokens, 2]."""

    states: NDArray[np.float32]
    spans: NDArray[np.intp]


class Reference(Protocol):
    """What a compiled model is compared with: the same model, run by sentence-transformers."""

    dimension: int
    max_tokens: int

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape [len(texts), dimension]."""


class CompiledModel:
    """A BERT model on the CPU, its ``precision`` being "bf16", "int8" or "f32". Safe to call from many threads."""

    def __init__(self, folder: Path, design: Design, precision: str) -> None:
        from tokenizers import Tokenizer

        self.dimension = design.width
        self.max_tokens = design.max_tokens
        self._pooling = design.pooling
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1  # it may use
        streams = min(cores, _STREAMS)
        self.signature = f"{design} {precision}"
        self._graph: FloatGraph | QuantizedGraph
        if precision == "int8":
            self._graph = QuantizedGraph(folder, design)
        else:
            self._graph = FloatGraph(folder, design, precision, cores, streams)
        self._workers = ThreadPoolExecutor(streams, thread_name_prefix="embed")
        self._recent: dict[str, NDArray[np.float32]] = {}  # the states of the tokens of texts that were read last
        self._remembering = Lock()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens and without a limit."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def known_share(self, text: str) -> float:
        """Return the share of the tokens of a text that are in the model's vocabulary."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        unknown = self._tokenizer.token_to_id("[UNK]")
        return 1 - sum(token == unknown for token in ids) / max(len(ids), 1)

    def vocabulary(self) -> Collection[str]:
        """Return the tokens of the model, of which some are words."""
        return self._tokenizer.get_vocab().keys()

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return vectors of shape [len(texts), dimension], not of unit length; a question is embedded as any text."""
        encoded = [self._window(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(encoded), self.dimension), np.float32)

        def keep(states: NDArray[np.float32], rows: list[int]) -> None:
            for row, found in zip(rows, states, strict=True):
                # The sum points where the mean does.
                vectors[row] = found[0] if self._pooling == "cls" else found[: len(encoded[row])].sum(0)
                if query:
                    self._remember(texts[row], found[1 : len(encoded[row]) - 1])

        self._infer(encoded, list(_batches([len(ids) for ids in encoded])), keep)
        return vectors

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return for each text the states of its tokens, as far as the model's window reaches.

        A question that was embedded just before is not read anew, nor are windows that a question before it had found.
        """
        encodings = self._tokenizer.encode_batch(list(texts))
        encoded = [self._window(encoding.ids) for encoding in encodings]
        known = map(self._recent.get, texts)
        states = {row: found for row, found in enumerate(known) if found is not None}

        def keep(found: NDArray[np.float32], rows: list[int]) -> None:
            for place, row in enumerate(rows):
                states[row] = found[place, 1 : len(encoded[row]) - 1]
                self._remember(texts[row], states[row])

        self._infer(encoded, [[row] for row in range(len(encoded)) if row not in states], keep)  # few: one a core
        offsets = [encoding.offsets[1 : len(ids) - 1] for encoding, ids in zip(encodings, encoded, strict=True)]
        return [TokenVectors(states[row], np.array(spans).reshape(-1, 2)) for row, spans in enumerate(offsets)]

    def _remember(self, text: str, states: NDArray[np.float32]) -> None:
        with self._remembering:
            self._recent[text] = states
            while len(self._recent) > _REMEMBERED:
                del self._recent[next(iter(self._recent))]

    def _infer(
        self,
        encoded: Sequence[list[int]],
        batches: Sequence[list[int]],
        keep: Callable[[NDArray[np.float32], list[int]], None],
    ) -> None:
        """Run the model over batches of texts; ``keep`` gets the states of each with the numbers of its texts."""

        def run(rows: list[int]) -> None:
            keep(self._graph.run(*_pad([encoded[row] for row in rows])), rows)

        if len(batches) == 1:
            run(batches[0])
        else:
            list(self._workers.map(run, batches))  # not OpenVINO's own queue: made anew for each call, it crashes

    def _window(self, ids: list[int]) -> list[int]:
        """Cut to the model's window; the last token, [SEP], stays."""
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]


def open_compiled(folder: Path, *, quantize: bool = False) -> CompiledModel | None:
    """Return the model in the folder, ready to run, or None where it is not one that can be built.

    It runs in bfloat16 where the processor has it, else, on x86, in integers if ``quantize``, else in float32.
    """
    try:
        design = read_design(folder)
        if design is None:
            return None
        if "BF16" in load_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            return CompiledModel(folder, design, "bf16")
        if quantize and platform.machine() in ("x86_64", "AMD64"):
            try:
                return CompiledModel(folder, design, "int8")
            except Exception as error:  # noqa: BLE001  ONNX Runtime's have no other base
                _LOG.warning("The model runs in float32, which is slower: %s", error)
        return CompiledModel(folder, design, "f32")
    except (ImportError, OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        # Whatever is amiss, sentence-transformers runs the model or says what is wrong with it.
        _LOG.warning("The model runs without OpenVINO, which is slower: %s: %s", type(error).__name__, error)
        return None


def agrees(model: CompiledModel, fingerprint: str, open_reference: Callable[[], Reference]) -> bool:
    """Tell whether a model's tokens and vectors equal the reference's; compared once, then read from the user's cache.

    What was found holds for these weights, this design, these library versions and this code only.
    """
    held = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("bert.py", "compiled.py")]
    held += [fingerprint, model.signature]
    held += [f"{name} {version(name)}" for name in ("openvino", "tokenizers", "sentence-transformers", "torch")]
    note = cache_folder() / f"{hashlib.sha256(json.dumps(held).encode()).hexdigest()[:32]}.json"
    try:
        return bool(json.loads(note.read_text(encoding="utf-8"))["agrees"])
    except (OSError, ValueError, KeyError, TypeError):
        found = _compare(model, open_reference())
    keep(note, json.dumps({"agrees": found}).encode())
    return found


def _compare(model: CompiledModel, reference: Reference) -> bool:
    if (model.dimension, model.max_tokens) != (reference.dimension, reference.max_tokens):
        return False
    if model.count_tokens(_SAMPLES) != reference.count_tokens(_SAMPLES):
        return False
    pairs = zip(model.embed(_SAMPLES), reference.embed(_SAMPLES), strict=True)
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairs]
    return bool(min(cosines) >= LEAST_COSINE)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the rows by length, as many at a time as fill a batch with little padding; one text at least."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _pad(encoded: Sequence[list[int]]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return token ids and mask of shape [texts, longest]."""
    shape = (len(encoded), max(map(len, encoded)))
    ids, mask = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
    for row, text in enumerate(encoded):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return ids, mask


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors of shape [n, dimension] scaled to length 1; one without a length stays as it is."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
