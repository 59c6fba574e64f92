"""An ONNX graph: Gather, a node for each layer, MatMul and Add, as onnxruntime and onnx.reference run it.

    x (T, B, I), or ids (T, B)    ->    output (T, B, D*H) of the last layer, and logits (B, C), or (T, B, C) of every step

    W (D, G*H, I)    R (D, G*H, H)    B (D, 2*G*H): the biases of W, then those of R    P (D, 3*H)

Gates stand in the order of ONNX: i o f c in the LSTM, z r h in the GRU, i o f in the peepholes. The first bias holds the whole
bias and the second is 0, but in the GRU that resets after the product, whose candidate has its own.
"""

from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MAX, MEAN
from rnn_cli.errors import InputError
from rnn_cli.models.model import Model
from rnn_cli.models.writers import Written, number_type

OPERATORS = {
    "rnn": ("RNN", ("h",)),
    "lstm": ("LSTM", ("i", "o", "f", "g")),
    "peephole": ("LSTM", ("i", "o", "f", "g")),
    "gru": ("GRU", ("z", "r", "n")),
}
"""Our cells that ONNX has: its operator, and our gates as they stand in it."""

OVER_TIME = {MEAN: "ReduceMean", MAX: "ReduceMax"}
"""What a readout reads of all outputs."""

PEEPHOLES = ("i", "o", "f")
OPSET, IR = 17, 8
"""Versions that readers since 2022 know."""


class Graph:
    """Nodes and constants on their way into a file."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.written: list[Written] = []

    def node(self, op: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        """A node; -> the name of its first result."""
        from onnx.helper import make_node

        self.nodes.append(make_node(op, inputs, list(outputs), name=outputs[0].removesuffix(".Y"), **attributes))
        return outputs[0]

    def numbers(self, name: str, array: Array, *of: str, **how: Any) -> str:
        """Weights; -> their name."""
        from onnx.numpy_helper import from_array

        self.constants.append(from_array(np.ascontiguousarray(array, dtype=self.dtype), name))
        self.written.append(Written(name, array.shape, of, **how))
        return name

    def whole(self, name: str, *values: int) -> str:
        """Whole numbers that an operator needs; -> their name."""
        from onnx.numpy_helper import from_array

        self.constants.append(from_array(np.array(values, dtype=np.int64), name))
        return name


def write(model: Model, path: Path) -> list[Written]:
    """See rnn_cli.models.writers."""
    try:
        import onnx
    except ImportError as error:
        raise InputError(f"{path}: an ONNX file needs onnx: pip install 'rnn-cli[onnx]'") from error
    a, parameters = model.network.architecture, model.network.parameters
    if a.cell not in OPERATORS:
        raise InputError(f"ONNX has no {model.network.cell.title}: it has {', '.join(OPERATORS)}")
    graph = Graph(number_type(model))
    kind = onnx.helper.np_dtype_to_tensor_dtype(graph.dtype)
    tensor = onnx.helper.make_tensor_value_info
    if a.embedding_rows:
        x = graph.node("Gather", [graph.numbers("embedding", parameters["embedding"], "embedding"), "ids"], "x", axis=0)
        entry = tensor("ids", onnx.TensorProto.INT64, ["T", "B"])
    else:
        x, entry = "x", tensor("x", kind, ["T", "B", a.input_size])
    ends = ""
    for layer in range(a.num_layers):
        x, ends = _layer(graph, model, layer, x)
    results = [tensor("output", kind, ["T", "B", a.output_width])]
    if a.output_size:
        _readout(graph, model, ends)
        axes: list[str | int | None] = ["B", a.output_size] if a.task == MANY_TO_ONE else ["T", "B", a.output_size]
        results.insert(0, tensor("logits", kind, axes))
    whole = onnx.helper.make_graph(graph.nodes, "network", [entry], results, graph.constants)
    made = onnx.helper.make_model(
        whole, opset_imports=[onnx.helper.make_opsetid("", OPSET)], producer_name="rnn", ir_version=IR
    )
    onnx.checker.check_model(made, full_check=True)
    path.write_bytes(made.SerializeToString(deterministic=True))
    return graph.written


def _layer(graph: Graph, model: Model, layer: int, x: str) -> tuple[str, str]:
    """One layer over x; -> the names of its output (T, B, D*H) and of the states at its ends (D, B, H)."""
    a, cell = model.network.architecture, model.network.cell
    op, gates = OPERATORS[a.cell]
    parts = [model.network.named(layer, direction) for direction in a.directions]
    where = [f"layers.{layer}.{direction}" for direction in a.directions]
    zeros = np.zeros(a.size_of(layer))

    def stacked(kind: str, order: tuple[str, ...] = gates) -> Array:
        return np.stack([np.concatenate([named.get(f"{kind}{gate}", zeros) for gate in order]) for named in parts])

    order = gates if len(gates) > 1 else ()
    apart = [f"b_h{gate}" for gate in gates if f"b_h{gate}" in cell.parameters]
    second = stacked("b_h") if apart else np.zeros_like(stacked("b_"))
    notes = () if apart else ("the second biases are 0",)
    read = [
        x,
        graph.numbers(f"layers.{layer}.W", stacked("W_x"), *(f"{one}.W_x" for one in where), gates=order),
        graph.numbers(f"layers.{layer}.R", stacked("W_h"), *(f"{one}.W_h" for one in where), gates=order),
        graph.numbers(
            f"layers.{layer}.B", np.concatenate([stacked("b_"), second], axis=1),
            *(f"{one}.{key}" for one in where for key in ("b", *apart)), gates=order, notes=notes,
        ),
    ]  # fmt: skip
    read += _starts(graph, model, layer, x)
    if "p_i" in cell.parameters:
        of = [f"{one}.p_{gate}" for one in where for gate in PEEPHOLES]
        read += [
            *[""] * (7 - len(read)),
            graph.numbers(f"layers.{layer}.P", stacked("p_", PEEPHOLES), *of, gates=PEEPHOLES),
        ]
    said: dict[str, Any] = {
        "hidden_size": a.size_of(layer),
        "direction": "bidirectional" if a.bidirectional else "reverse" if a.backward_only else "forward",
    }
    if op == "RNN":
        said["activations"] = [cell.gates["h"].capitalize()] * len(a.directions)
    if op == "GRU":
        said["linear_before_reset"] = int(getattr(cell, "reset", "after") == "after")
    name = f"{op.lower()}_{layer}"
    graph.node(op, read, f"{name}.Y", f"{name}.Y_h", **said)
    beside = graph.node("Transpose", [f"{name}.Y"], f"{name}.by_step", perm=[0, 2, 1, 3])
    last = layer == a.num_layers - 1
    shape = graph.whole(f"{name}.shape", 0, 0, a.width_of(layer))
    return graph.node("Reshape", [beside, shape], "output" if last else f"{name}.output"), f"{name}.Y_h"


def _starts(graph: Graph, model: Model, layer: int, x: str) -> list[str]:
    """sequence_lens, which is left out, initial_h and initial_c: one state for all sequences of x; [] where they are 0."""
    a, network = model.network.architecture, model.network
    names = list(network.cell.states) if network.starts else []
    found = []
    for name in names:
        array = np.stack([network.starts[layer, direction][name] for direction in a.directions])[:, None]  # (D, 1, H)
        found.append("")
        if array.any():
            of = [f"layers.{layer}.{direction}.{name}_0" for direction in a.directions]
            one, own = graph.whole(f"one_{layer}.{name}", 1), f"layers.{layer}.{name}_0"
            batch = graph.node("Shape", [x], f"{own}.batch", start=1, end=2)
            shape = graph.node("Concat", [one, batch, one], f"{own}.shape", axis=0)
            found[-1] = graph.node("Expand", [graph.numbers(own, array, *of), shape], f"{own}.all")
    return ["", *found] if any(found) else []


def _readout(graph: Graph, model: Model, ends: str) -> None:
    """logits = W_hy h + b_y of what the task reads."""
    a, parameters = model.network.architecture, model.network.parameters
    read = "output"
    if a.task == MANY_TO_ONE and a.reads == FINAL_STATE:
        by_sequence = graph.node("Transpose", [ends], "ends", perm=[1, 0, 2])
        read = graph.node("Reshape", [by_sequence, graph.whole("read.shape", 0, a.output_width)], "read")
    elif a.task == MANY_TO_ONE and a.reads == LAST_OUTPUT:
        last = graph.node("Gather", [read, graph.whole("last", -1)], "last_output", axis=0)
        read = graph.node("Squeeze", [last, graph.whole("time", 0)], "read")
    elif a.task == MANY_TO_ONE:
        read = graph.node(OVER_TIME[a.reads], [read], "read", axes=[0], keepdims=0)
    W = graph.numbers("readout.W", parameters["readout.W_hy"].T, "readout.W_hy", transposed=True)
    product = graph.node("MatMul", [read, W], "product")
    graph.node("Add", [product, graph.numbers("readout.b", parameters["readout.b_y"], "readout.b_y")], "logits")
