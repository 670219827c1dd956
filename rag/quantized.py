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

from rag.bert import Design, Weights, open_weights, read_places

# Steps of a weight on either side of zero: AVX2 adds two products in sixteen bits, and 2 * 255 * 63 fits there.
_WEIGHT_STEPS = 63
_GELU_LOWEST = np.float32(-0.17)  # GELU gives nothing less, so its steps begin there
_MICROSOFT = "com.microsoft"


class QuantizedGraph:
    """A BERT with quantized dense layers on one thread for each caller. Safe to call from many threads."""

    def __init__(self, folder: Path, design: Design) -> None:
        with open_weights(folder) as weight:
            self._words = weight("embeddings.word_embeddings.weight")
            self._places = read_places(weight)
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
    states = graph.norm(graph.embedded, "embeddings")
    for number in range(design.layers):
        states = graph.layer(states, f"encoder.layer.{number}.")
    graph.nodes.append(helper.make_node("Reshape", [states, graph.add("Shape", "embedded")], ["states"]))

    def tensor(name: str, *shape: str | int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    inputs = [tensor("embedded", "texts", "tokens", design.width), tensor("hidden", "texts", 1, 1, "tokens")]
    outputs = [tensor("states", "texts", "tokens", design.width)]
    made = helper.make_graph(graph.nodes, "bert", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(_MICROSOFT, 1)]
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=10).SerializeToString())


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
        self._one = self.constant(np.float32(1))
        self._epsilon = self.constant(np.float32(design.epsilon))
        flat = self.constant(np.array([-1, design.width]))
        self.embedded = self.add("Reshape", "embedded", flat)
        self._flat, self._middle = flat, self.constant(np.uint8(128))
        self._middles = self.add("Expand", self._middle, self.add("Shape", self.embedded, end=1))
        parts = self.constant(np.array([3, design.heads, design.width // design.heads]))
        self._parted = self.add("Concat", self.add("Shape", "embedded", start=0, end=2), parts, axis=0)

    def constant(self, value: NDArray[Any] | np.generic) -> str:
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = f"node{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def layer(self, states: str, name: str) -> str:
        """Return the states after one layer: attention and feed-forward, each added to its input and normalised."""
        attended = self.add(
            "Add", self._dense(self._attend(states, f"{name}attention.self."), f"{name}attention.output.dense"), states
        )
        states = self.norm(attended, f"{name}attention.output")
        product, bias = self._product(self._quantize(states), f"{name}intermediate.dense")
        inner = self._quantize(self.add("BiasGelu", product, bias, domain=_MICROSOFT), _GELU_LOWEST)
        return self.norm(self.add("Add", self._dense(inner, f"{name}output.dense"), states), f"{name}output")

    def norm(self, states: str, name: str) -> str:
        """Return the normalised states, step by step: ONNX Runtime's own LayerNormalization takes twice as long."""
        centred = self.add("Sub", states, self.add("ReduceMean", states, self._last))
        variance = self.add("ReduceMean", self.add("Mul", centred, centred), self._last)
        scaled = self.add("Div", centred, self.add("Sqrt", self.add("Add", variance, self._epsilon)))
        weighed = self.add("Mul", scaled, self.constant(self._weight(f"{name}.LayerNorm.weight")))
        return self.add("Add", weighed, self.constant(self._weight(f"{name}.LayerNorm.bias")))

    def _attend(self, states: str, name: str) -> _Steps:
        """Return what the tokens take from each other, all heads side by side; query, key and value are one product."""
        from onnx import helper

        dense = self._dense(self._quantize(states), f"{name}query", f"{name}key", f"{name}value")
        parts = self.add("Transpose", self.add("Reshape", dense, self._parted), perm=[2, 0, 3, 1, 4])
        query, key, value = (f"{name}{part}" for part in ("query", "key", "value"))
        self.nodes.append(helper.make_node("Split", [parts], [query, key, value], axis=0, num_outputs=3))
        size = self._design.width // self._design.heads
        fit = self.add("FusedMatMul", query, key, domain=_MICROSOFT, alpha=size**-0.5, transB=1)
        shares = self.add("Softmax", self.add("Add", fit, "hidden"), axis=-1)
        taken = self.add("Transpose", self.add("MatMul", shares, value), perm=[0, 1, 3, 2, 4])
        return self._quantize(self.add("Reshape", taken, self._flat))

    def _dense(self, steps: _Steps, *names: str) -> str:
        return self.add("Add", *self._product(steps, *names))

    def _product(self, steps: _Steps, *names: str) -> tuple[str, str]:
        """Return the product of states with the weights of these layers, side by side, and the bias that it lacks."""
        weight = np.concatenate([self._weight(f"{name}.weight") for name in names])  # [outputs, inputs]
        scale = np.maximum(np.abs(weight).max(1), np.float32(1e-12)) / _WEIGHT_STEPS
        rounded = np.rint(weight / scale[:, np.newaxis])
        weights = self.constant(rounded.T.astype(np.int8)), self._one, self.constant(scale)
        product = self.add("MatMulIntegerToFloat", steps.steps, *weights, steps.zero, domain=_MICROSOFT)
        bias = np.concatenate([self._weight(f"{name}.bias") for name in names]) + steps.lowest * rounded.sum(1) * scale
        return self.add("Mul", product, steps.scale), self.constant(bias.astype(np.float32))

    def _quantize(self, states: str, lowest: np.float32 | None = None) -> _Steps:
        """Return the states in steps of 1/127 of the token's peak, or of 1/255 of what lies above ``lowest``."""
        if lowest is None:
            height, count, zero, zeros = self.add("Abs", states), 127, self._middle, [self._middles]
        else:
            states = height = self.add("Sub", states, self.constant(lowest))
            count, zero, zeros = 255, self.constant(np.uint8(0)), []
        scale = self.add(
            "Mul", self.add("ReduceMax", height, self._last, keepdims=0), self.constant(np.float32(1 / count))
        )
        steps = self.add("QuantizeLinear", states, scale, *zeros, axis=0)
        return _Steps(steps, self.add("Unsqueeze", scale, self._last), zero, lowest or np.float32(0))
