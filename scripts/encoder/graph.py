"""Writes the encoder's ONNX graphs node by node: the shared trunk, the embedder's top and the careful classifiers' top.

Here: the graphs and how their weights are rounded. Not here: fitting (``train``), which files are shipped (``ship``).
Needs onnx and numpy, no torch: weights come as a mapping from name to array (MiniLM's own names, see ``layer_of``).

Rounding: matrices to 7 bits in int8, one scale an output; activations to 8 bits by the range of the whole tensor,
when multiplied (operator ``DynamicQuantizeMatMul`` of onnxruntime), but for ``EXACT`` ones. Seven bits, because eight
overflow silently on processors without VNNI. Before that each input column is divided, and its row of the matrix
multiplied, by a smoothing factor, so that a few loud columns do not take the range of all (Xiao et al. 2022,
SmoothQuant, arXiv 2211.10438, with alpha 0.5). Token embeddings: int8, one scale a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]
MICROSOFT = "com.microsoft"
WIDTH, HEADS, INNER = 384, 12, 1536
EXACT = (".down",)
"""Matrices whose inputs are not rounded: behind the GELU a few values are so loud that eight bits lose the rest."""


class Graph:
    """Collects nodes and weights, and turns them into a model."""

    def __init__(self, loudest: Mapping[str, Array] | None = None, alpha: float = 0.5) -> None:
        """``loudest``: for each matrix the greatest absolute input seen per column; ``None``: plain floats."""
        self.loudest, self.alpha = loudest, alpha
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.inputs_of: dict[str, str] = {}
        self.count = 0

    def weight(self, array: Array, name: str) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, op: str, inputs: list[str], *, domain: str = "", outputs: int = 1, **attributes: Any) -> Any:
        self.count += 1
        names = [f"{op}_{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def matmul(self, x: str, matrix: Array, name: str) -> str:
        """x times ``matrix`` ``[inputs, outputs]``."""
        self.inputs_of[name] = x
        if self.loudest is None:
            return str(self.node("MatMul", [x, self.weight(matrix.astype("f4"), name)]))
        if name.endswith(EXACT):
            return self.matmul_exact(x, matrix, name)
        factor = smoothing(self.loudest[name], matrix, self.alpha)
        values, scales = columns_rounded(matrix * factor[:, None])
        x = self.node("Mul", [x, self.weight((1 / factor).astype("f4"), f"{name}.smoothing")])
        inputs = [
            x,
            self.weight(values, f"{name}.int8"),
            self.weight(scales, f"{name}.scales"),
            self.weight(np.zeros(len(scales), "i1"), f"{name}.zero"),
        ]
        return str(self.node("DynamicQuantizeMatMul", inputs, domain=MICROSOFT))

    def matmul_exact(self, x: str, matrix: Array, name: str) -> str:
        """The same with activations as they are: only the weights are rounded, and made floats again when loaded."""
        values, scales = columns_rounded(matrix, 127)
        rounded = [self.weight(values, f"{name}.int8"), self.weight(scales, f"{name}.scales")]
        return str(self.node("MatMul", [x, self.node("DequantizeLinear", rounded, axis=1)]))

    def layer(self, x: str, mask: str, w: Mapping[str, Array], name: str) -> str:
        """One transformer layer; ``mask`` int32 ``[B, T]``, 1 where there is a token."""
        qkv = self.matmul(x, w["qkv.weight"].T, f"{name}.qkv")
        parts = self.node("Split", [qkv], outputs=3, axis=-1, num_outputs=3)
        seen = self.node(
            "MultiHeadAttention",
            [*parts, self.weight(w["qkv.bias"], f"{name}.qkv.bias"), mask],
            domain=MICROSOFT,
            num_heads=HEADS,
        )
        x = self.joined(self.matmul(seen, w["out.weight"].T, f"{name}.out"), x, w, "out", "norm1", name)
        up = self.matmul(x, w["up.weight"].T, f"{name}.up")
        up = self.node("BiasGelu", [up, self.weight(w["up.bias"], f"{name}.up.bias")], domain=MICROSOFT)
        return self.joined(self.matmul(up, w["down.weight"].T, f"{name}.down"), x, w, "down", "norm2", name)

    def joined(self, new: str, x: str, w: Mapping[str, Array], linear: str, norm: str, name: str) -> str:
        inputs = [
            new,
            x,
            *(self.weight(w[f"{p}"], f"{name}.{p}") for p in (f"{norm}.weight", f"{norm}.bias", f"{linear}.bias")),
        ]
        return str(self.node("SkipLayerNormalization", inputs, domain=MICROSOFT, epsilon=1e-12))

    def model(
        self, inputs: Mapping[str, tuple[int, list[str | int]]], output: tuple[str, str, list[str | int]]
    ) -> onnx.ModelProto:
        found, name, shape = output
        self.nodes.append(helper.make_node("Identity", [found], [name]))
        graph = helper.make_graph(
            self.nodes,
            "encoder",
            [helper.make_tensor_value_info(n, t, s) for n, (t, s) in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            self.weights,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)],
            producer_name="gonogo",
        )
        model.ir_version = 9
        return model


def smoothing(loudest: Array, matrix: Array, alpha: float) -> Array:
    """Factor per input column: loud inputs are turned down, their weights up."""
    factor = np.maximum(loudest, 1e-3) ** alpha / np.maximum(np.abs(matrix).max(1), 1e-3) ** (1 - alpha)
    return np.asarray(factor / np.exp(np.log(factor).mean()), dtype="f4")


def columns_rounded(matrix: Array, most: int = 63) -> tuple[Array, Array]:
    """int8 within ``-most`` to ``most``, and one float scale a column."""
    scales = (np.maximum(np.abs(matrix).max(0), 1e-9) / most).astype("f4")
    return np.clip(np.rint(matrix / scales), -most, most).astype(np.int8), scales


def rows_rounded(table: Array) -> tuple[Array, Array]:
    """int8 rows and one float scale each."""
    scales = np.maximum(np.abs(table).max(1, keepdims=True), 1e-9) / 127
    return np.rint(table / scales).astype(np.int8), scales.astype("f4")


def layer_of(state: Mapping[str, Array], at: int) -> dict[str, Array]:
    """Layer ``at`` of MiniLM under the names used here."""
    old = f"encoder.layer.{at}"
    found = {
        f"qkv.{p}": np.concatenate([state[f"{old}.attention.self.{q}.{p}"] for q in ("query", "key", "value")])
        for p in ("weight", "bias")
    }
    for new, name in (
        ("out", "attention.output.dense"),
        ("norm1", "attention.output.LayerNorm"),
        ("up", "intermediate.dense"),
        ("down", "output.dense"),
        ("norm2", "output.LayerNorm"),
    ):
        found |= {f"{new}.{p}": state[f"{old}.{name}.{p}"] for p in ("weight", "bias")}
    return found


def trunk(state: Mapping[str, Array], depth: int, record: list[Graph] | None = None, **options: Any) -> onnx.ModelProto:
    """ids, segments, mask ``[B, T]`` -> hidden ``[B, T, 384]``. ``record`` gets the graph, to be listened to."""
    g = Graph(**options)
    if record is not None:
        record.append(g)
    table, scales = rows_rounded(state["embeddings.word_embeddings.weight"])
    words = g.node("Cast", [g.node("Gather", [g.weight(table, "words"), "ids"])], to=TensorProto.FLOAT)
    words = g.node("Mul", [words, g.node("Gather", [g.weight(scales, "words.scales"), "ids"])])
    length = g.node("Gather", [g.node("Shape", ["ids"]), g.weight(np.array(1, dtype="i8"), "one")])
    places = g.node("Range", [g.weight(np.array(0, dtype="i8"), "zero"), length, "one"])
    table, scales = rows_rounded(state["embeddings.position_embeddings.weight"])
    at = g.node("Cast", [g.node("Gather", [g.weight(table, "places"), places])], to=TensorProto.FLOAT)
    at = g.node("Mul", [at, g.node("Gather", [g.weight(scales, "places.scales"), places])])
    segment = g.node(
        "Gather", [g.weight(state["embeddings.token_type_embeddings.weight"], "segments.table"), "segments"]
    )
    x = g.node("Add", [g.node("Add", [words, segment]), at])
    norm = [g.weight(state[f"embeddings.LayerNorm.{p}"], f"norm.{p}") for p in ("weight", "bias")]
    x = g.node("LayerNormalization", [x, *norm], axis=-1, epsilon=1e-12)
    for i in range(depth):
        x = g.layer(x, "mask", layer_of(state, i), f"layer{i}")
    inputs = {
        "ids": (TensorProto.INT64, ["B", "T"]),
        "segments": (TensorProto.INT64, ["B", "T"]),
        "mask": (TensorProto.INT32, ["B", "T"]),
    }
    return g.model(inputs, (x, "hidden", ["B", "T", WIDTH]))


def _mean(g: Graph, x: str, weights: str) -> str:
    axes = g.weight(np.array([1], dtype="i8"), "axis1")
    column = g.node(
        "Unsqueeze", [g.node("Cast", [weights], to=TensorProto.FLOAT), g.weight(np.array([2], dtype="i8"), "axis2")]
    )
    total = g.node("ReduceSum", [g.node("Mul", [x, column]), axes], keepdims=0)
    count = g.node("Max", [g.node("ReduceSum", [column, axes], keepdims=0), g.weight(np.array(1, dtype="f4"), "onef")])
    return str(g.node("Div", [total, count]))


def embedder_top(state: Mapping[str, Array], depth: int, layers: int = 6, **options: Any) -> onnx.ModelProto:
    """hidden, mask -> MiniLM's mean over all tokens, ``[B, 384]``, not yet of unit length."""
    g = Graph(**options)
    x = "hidden"
    for i in range(depth, layers):
        x = g.layer(x, "mask", layer_of(state, i), f"layer{i}")
    inputs: dict[str, tuple[int, list[str | int]]] = {
        "hidden": (TensorProto.FLOAT, ["B", "T", WIDTH]),
        "mask": (TensorProto.INT32, ["B", "T"]),
    }
    return g.model(inputs, (_mean(g, x, "mask"), "vectors", ["B", WIDTH]))


def careful_top(
    matches: Array, layers: list[Mapping[str, Array]], record: list[Graph] | None = None, **options: Any
) -> onnx.ModelProto:
    """hidden, mask, judged (1 on the judged text), matches (states) -> first piece and mean of the judged text."""
    g = Graph(**options)
    if record is not None:
        record.append(g)
    x = g.node("Add", ["hidden", g.node("Gather", [g.weight(matches, "matches.table"), "matches"])])
    for i, layer in enumerate(layers):
        x = g.layer(x, "mask", layer, f"layer{i}")
    first = g.node("Gather", [x, g.weight(np.array([0], dtype="i8"), "first")], axis=1)
    first = g.node("Squeeze", [first, g.weight(np.array([1], dtype="i8"), "width")])
    inputs: dict[str, tuple[int, list[str | int]]] = {
        "hidden": (TensorProto.FLOAT, ["B", "T", WIDTH]),
        "mask": (TensorProto.INT32, ["B", "T"]),
        "judged": (TensorProto.INT32, ["B", "T"]),
        "matches": (TensorProto.INT64, ["B", "T"]),
    }
    return g.model(inputs, (g.node("Concat", [first, _mean(g, x, "judged")], axis=-1), "vectors", ["B", 2 * WIDTH]))
