"""A sentence-transformers folder that holds a plain BERT: its design, its weights, and OpenVINO running them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Design:
    """What a model folder says about the computation."""

    layers: int
    heads: int
    width: int
    epsilon: float
    max_tokens: int
    pooling: str


class FloatGraph:
    """A BERT run by OpenVINO, in bfloat16 or float32. Safe to call from many threads."""

    def __init__(self, folder: Path, design: Design, precision: str, cores: int, streams: int) -> None:
        options = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": cores,
            "NUM_STREAMS": streams,  # inferences side by side, each on its share of the cores
        }
        self._compiled = load_openvino().Core().compile_model(_build_graph(folder, design), "CPU", options)
        self._idle: SimpleQueue[Any] = SimpleQueue()  # requests between two uses; each may serve one thread at a time

    def run(self, ids: NDArray[np.int32], mask: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the states of the tokens, [texts, tokens, width], from their ids and mask, both [texts, tokens].

        What stands where the mask is 0 means nothing.
        """
        try:
            request = self._idle.get_nowait()
        except Empty:
            request = self._compiled.create_infer_request()
        request.infer([ids, mask], share_outputs=True)
        states = np.array(request.get_output_tensor().data)
        self._idle.put(request)
        return states


@contextmanager
def open_weights(folder: Path) -> Iterator[Weights]:
    """Give what reads a weight by its name.

    Raises:
        ValueError: they are not all in float32.
    """
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "np") as file:
        if {file.get_slice(name).get_dtype() for name in file.keys() if not name.endswith("position_ids")} != {"F32"}:  # noqa: SIM118
            raise ValueError("weights are not float32")
        yield file.get_tensor


def read_places(weight: Weights) -> NDArray[np.float32]:
    """Return what is added to a token for its place in the text, [places, width]; all tokens are of the first type."""
    first = weight("embeddings.token_type_embeddings.weight")[0]
    return np.asarray(weight("embeddings.position_embeddings.weight") + first)


def load_openvino() -> Any:
    """Import OpenVINO without its telemetry, which would report each import to a server and write into the home folder.

    Without that package OpenVINO uses a stub that does nothing.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: not to be imported
    import openvino

    return openvino


def read_design(folder: Path) -> Design | None:
    """Return the design, or None where the folder asks for anything else than a plain BERT in float32."""
    kinds = [(module["type"].rpartition(".")[2], module["path"]) for module in _read(folder / "modules.json")]
    config, window = _read(folder / "config.json"), _read(folder / "sentence_bert_config.json")
    prompts = _read(folder / "config_sentence_transformers.json", default={})
    pooling = _pooling(_read(folder / kinds[1][1] / "config.json")) if len(kinds) > 1 else ""
    plain = (
        [kind for kind, _ in kinds] in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        and kinds[0][1] == ""
        and config["model_type"] == "bert"
        and config["hidden_act"] == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
        and not window.get("do_lower_case")
        and window.get("module_output_name", "token_embeddings") == "token_embeddings"
        and not any((prompts.get("prompts") or {}).values())
        and not (folder / "adapter_config.json").exists()
    )
    if not plain or not pooling:
        return None
    limit = window.get("max_seq_length") or _read(folder / "tokenizer_config.json")["model_max_length"]
    return Design(
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        width=config["hidden_size"],
        epsilon=config["layer_norm_eps"],
        max_tokens=int(min(limit, config["max_position_embeddings"])),
        pooling=pooling,
    )


def _pooling(config: dict[str, Any]) -> str:
    """Return "mean" or "cls", or "" for any other pooling; older folders hold a switch for each kind."""
    switches = [name for name, value in config.items() if name.startswith("pooling_mode_") and value]
    kind = config.get("pooling_mode") or "+".join(switches)
    return {"mean": "mean", "cls": "cls", "pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}.get(
        kind, ""
    )


def _build_graph(folder: Path, design: Design) -> Any:
    from openvino import Model
    from openvino import opset13 as op

    with open_weights(folder) as weight:
        ids = op.parameter([-1, -1], np.int32, name="ids")
        mask = op.parameter([-1, -1], np.float32, name="mask")
        length = op.gather(op.shape_of(ids), _integers(1), _integers(0))
        place = op.slice(
            read_places(weight), _integers([0]), op.unsqueeze(length, _integers(0)), _integers([1]), _integers([0])
        )
        word = op.gather(op.constant(weight("embeddings.word_embeddings.weight")), ids, _integers(0))
        states = _normalize(op.add(word, place), weight, "embeddings.LayerNorm", design)
        hidden = op.unsqueeze(op.multiply(op.subtract(mask, np.float32(1)), np.float32(1e4)), _integers([1, 2]))
        for number in range(design.layers):
            states = _layer(states, hidden, weight, f"encoder.layer.{number}.", design)
    return Model([states], [ids, mask], "bert")


def _layer(states: Any, hidden: Any, weight: Weights, name: str, design: Design) -> Any:
    """Return the states after one layer: attention and feed-forward, each added to its input and normalised."""
    from openvino import opset13 as op

    def heads(part: Any) -> Any:
        parted = op.reshape(part, _integers([0, 0, design.heads, design.width // design.heads]), True)
        return op.transpose(parted, _integers([0, 2, 1, 3]))

    query, key, value = (heads(_dense(states, weight, f"{name}attention.self.{n}")) for n in ("query", "key", "value"))
    attended = op.transpose(op.scaled_dot_product_attention(query, key, value, hidden), _integers([0, 2, 1, 3]))
    joined = op.reshape(attended, _integers([0, 0, design.width]), True)
    summed = op.add(_dense(joined, weight, f"{name}attention.output.dense"), states)
    states = _normalize(summed, weight, f"{name}attention.output.LayerNorm", design)
    inner = op.gelu(_dense(states, weight, f"{name}intermediate.dense"), "ERF")
    return _normalize(
        op.add(_dense(inner, weight, f"{name}output.dense"), states), weight, f"{name}output.LayerNorm", design
    )


def _dense(states: Any, weight: Weights, name: str) -> Any:
    from openvino import opset13 as op

    return op.add(op.matmul(states, op.constant(weight(f"{name}.weight")), False, True), weight(f"{name}.bias"))


def _normalize(states: Any, weight: Weights, name: str, design: Design) -> Any:
    from openvino import opset13 as op

    scaled = op.mvn(states, _integers([-1]), True, design.epsilon, "inside_sqrt")
    return op.add(op.multiply(scaled, weight(f"{name}.weight")), weight(f"{name}.bias"))


def _integers(values: int | list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def _read(path: Path, default: Any = None) -> Any:
    if default is not None and not path.exists():
        return default
    return json.loads(path.read_text(encoding="utf-8"))
