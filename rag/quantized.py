"""A BERT in integers of eight bits, run by ONNX Runtime: without bfloat16 it takes about half the time of float32.

Every output of a dense layer has a scale of its own, taken from its weights, and every token another, taken as it comes
(dynamic quantization). So a text's vector does not depend on what is embedded beside it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.bert import Design, Weights, open_weights

# Steps of a weight on either side of zero: AVX2 adds two products in sixteen bits, and 2 * 255 * 63 fits there.
_WEIGHT_STEPS = 63
_GELU_LOWEST = np.float32(-0.17)  # GELU gives nothing less, so its steps begin there
_ONE = np.float32(1)
_MICROSOFT = "com.microsoft"


class QuantizedGraph:
    """A BERT with quantized dense layers on one thread for each caller. Safe to call from many threads."""

    def __init__(self, folder: Path, design: Design) -> None:
        with open_weights(folder) as weight:
            self._words = weight("embeddings.word_embeddings.weight")
            self._places = (
                weight("embeddings.position_embeddings.weight") + weight("embeddings.token_type_embeddings.weight")[0]
            )
            model = _build(weight, design)
        onnxruntime = _load_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(self, ids: NDArray[np.int32], mask: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the states of the tokens, [texts, tokens, width], from their ids and mask, both [texts, tokens]."""
        embedded = self._words[ids] + self._places[: ids.shape[1]]
        hidden = (mask[:, np.newaxis, np.newaxis] - 1) * np.float32(1e4)
        states: NDArray[np.float32] = self._session.run(None, {"embedded": embedded, "hidden": hidden})[0]
        return states


def _load_onnxruntime() -> Any:
    """Import ONNX Runtime without its telemetry, which would report to a server and write into the home folder."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def _build(weight: Weights, design: Design) -> bytes:
    from onnx import TensorProto, helper

    graph = _Graph(weight, design)
    states = graph.norm(graph.add("Reshape", "embedded", graph.flat), "embeddings")
    for number in range(design.layers):
        states = graph.layer(states, f"encoder.layer.{number}.")
    graph.nodes.append(helper.make_node("Reshape", [states, graph.add("Shape", "embedded")], ["states"]))

    def tensor(name: str, *shape: str | int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    inputs = [tensor("embedded", "texts", "tokens", design.width), tensor("hidden", "texts", 1, 1, "tokens")]
    outputs = [tensor("states", "texts", "tokens", design.width)]
    made = helper.make_graph(graph.nodes, "bert", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=9).SerializeToString())


@dataclass(frozen=True, slots=True)
class _Steps:
    """Quantized states, by name: value = scale * (steps - zero) + lowest, with a scale for each token."""

    steps: str
    scale: str
    zero: str
    lowest: np.float32


class _Graph:
    """The nodes of an ONNX graph; its tensors are known by name. States have the shape [texts * tokens, width]."""

    def __init__(self, weight: Weights, design: Design) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._weight, self._design = weight, design
        self._last = self.constant(np.array([-1]))
        self._epsilon = self.constant(np.float32(design.epsilon))
        self.flat = self.constant(np.array([-1, design.width]))
        heads = self.constant(np.array([design.heads, design.width // design.heads]))
        texts_and_tokens = self.add("Shape", "embedded", start=0, end=2)
        self._parted = self.add("Concat", texts_and_tokens, heads, axis=0)

    def constant(self, value: NDArray[Any] | np.generic) -> str:
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name))
        return name

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = f"node{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def layer(self, states: str, name: str) -> str:
        """Return the states after one layer: attention and feed-forward, each added to its input and normalised."""
        design, rows = self._design, [0, 2, 1, 3]
        steps = self._quantize(states)
        query = self._heads(
            steps, f"{name}attention.self.query", rows, np.float32(design.width // design.heads) ** -0.5
        )
        key = self._heads(steps, f"{name}attention.self.key", [0, 2, 3, 1])
        value = self._heads(steps, f"{name}attention.self.value", rows)
        shares = self.add("Softmax", self.add("Add", self.add("MatMul", query, key), "hidden"), axis=-1)
        joined = self.add("Transpose", self.add("MatMul", shares, value), perm=rows)
        steps = self._quantize(self.add("Reshape", joined, self.flat))
        states = self.norm(
            self.add("Add", self._dense(steps, f"{name}attention.output.dense"), states), f"{name}attention.output"
        )
        product, bias = self._product(self._quantize(states), f"{name}intermediate.dense")
        inner = self.add("BiasGelu", product, bias, domain=_MICROSOFT)
        steps = self._quantize(inner, _GELU_LOWEST)
        return self.norm(self.add("Add", self._dense(steps, f"{name}output.dense"), states), f"{name}output")

    def norm(self, states: str, name: str) -> str:
        """Return the normalised states, step by step: ONNX Runtime's own LayerNormalization takes twice as long."""
        centred = self.add("Sub", states, self.add("ReduceMean", states, self._last))
        variance = self.add("ReduceMean", self.add("Mul", centred, centred), self._last)
        scaled = self.add("Div", centred, self.add("Sqrt", self.add("Add", variance, self._epsilon)))
        weighed = self.add("Mul", scaled, self.constant(self._weight(f"{name}.LayerNorm.weight")))
        return self.add("Add", weighed, self.constant(self._weight(f"{name}.LayerNorm.bias")))

    def _heads(self, steps: _Steps, name: str, order: list[int], factor: np.float32 = _ONE) -> str:
        return self.add("Transpose", self.add("Reshape", self._dense(steps, name, factor), self._parted), perm=order)

    def _dense(self, steps: _Steps, name: str, factor: np.float32 = _ONE) -> str:
        return self.add("Add", *self._product(steps, name, factor))

    def _product(self, steps: _Steps, name: str, factor: np.float32 = _ONE) -> tuple[str, str]:
        """Return the product of states and weights, times a factor, and the bias that it still lacks."""
        weight = self._weight(f"{name}.weight")  # [outputs, inputs]
        scale = np.maximum(np.abs(weight).max(1), np.float32(1e-12)) / _WEIGHT_STEPS
        rounded = np.rint(weight / scale[:, np.newaxis])
        scale *= factor
        weights = self.constant(rounded.T.astype(np.int8)), self.constant(_ONE), self.constant(scale)
        product = self.add("MatMulIntegerToFloat", steps.steps, *weights, steps.zero, domain=_MICROSOFT)
        bias = self._weight(f"{name}.bias") * factor + steps.lowest * rounded.sum(1) * scale
        return self.add("Mul", product, steps.scale), self.constant(bias)

    def _quantize(self, states: str, lowest: np.float32 | None = None) -> _Steps:
        """Return the states in steps of 1/127 of the token's peak, or of 1/255 of what lies above ``lowest``."""
        if lowest is None:
            zero, steps, height = 128, 127, self.add("Abs", states)
        else:
            zero, steps, height = 0, 255, self.add("Sub", states, self.constant(lowest))
            states = height
        peak = self.add("ReduceMax", height, self._last, keepdims=0)
        scale = self.add("Mul", self.add("Max", peak, self._epsilon), self.constant(np.float32(1 / steps)))
        zeros = self.add("Expand", self.constant(np.array([zero], np.uint8)), self.add("Shape", scale))
        values = self.add("QuantizeLinear", states, scale, zeros, axis=0)
        column = self.add("Unsqueeze", scale, self._last)
        return _Steps(values, column, self.constant(np.uint8(zero)), lowest or np.float32(0))
