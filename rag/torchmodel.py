"""A model run by sentence-transformers, on a GPU where there is one; torch is imported at first use."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.compiled import TokenVectors
from rag.errors import ModelError

_COMPLETE = "Check that the folder holds a complete sentence-transformers model."
_GPU_NODES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # NVIDIA, AMD, and either of them below Windows


class TorchModel:
    """A model run by sentence-transformers: the reference, on a GPU, and where no compiled one can run it."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name, self._model = name, load_model("SentenceTransformer", "embedding model", name, folder, _COMPLETE)
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

    def vocabulary(self) -> Collection[str]:
        """Return the tokens of the model, of which some are words."""
        found: dict[str, int] = self._model.tokenizer.get_vocab()
        return found.keys()

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Return unit vectors of shape [len(texts), dimension]; ``query`` applies the model's question prompt.

        Raises:
            ModelError: the model cannot be run, as on a GPU without enough memory left.
        """
        encode = self._model.encode_query if query else self._model.encode_document
        try:
            with self._lock:
                vectors = encode(
                    list(texts), batch_size=self._batch, normalize_embeddings=True, show_progress_bar=False
                )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"The embedding model {self._name!r} cannot be run: {_first_sentence(error)}.",
                "Free memory, or set CUDA_VISIBLE_DEVICES= to leave the GPU alone.",
            ) from None
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


def has_gpu() -> bool:
    """Tell whether torch can use a GPU; torch, which takes seconds to load, is asked only where there may be one."""
    if sys.platform != "darwin" and not any(Path(node).exists() for node in _GPU_NODES):
        return False
    try:
        import torch

        return bool(torch.accelerator.is_available())
    except (ImportError, OSError, ValueError, RuntimeError):  # as where libraries of the GPU are missing
        return False


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
        raise ModelError(f"The {role} {name!r} cannot be loaded: {_first_sentence(error)}.", advice) from None


def _first_sentence(error: Exception) -> str:
    return str(error).splitlines()[0].split(". ")[0].removesuffix(".") if str(error) else repr(error)
