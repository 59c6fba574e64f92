"""ONNX graphs for tests, node by node, and what onnx.reference computes of them."""

from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}


class Graph:
    """A graph that grows: each method gives the name of a result. Inputs read ids (B, T) or vectors (B, T, 3)."""

    def __init__(self, ids: bool = False, sizes: tuple[Any, ...] = ("B", "T"), dtype: Any = np.float64) -> None:
        from onnx import TensorProto, helper

        self.helper, self.dtype = helper, np.dtype(dtype)
        kind = TensorProto.INT64 if ids else helper.np_dtype_to_tensor_dtype(self.dtype)
        self.inputs = [helper.make_tensor_value_info("given", kind, sizes if ids else (*sizes, 3))]
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.generator = np.random.default_rng(0)

    def node(self, op: str, *inputs: str, results: int = 1, **attributes: Any) -> str:
        """A node named as its operator and its place; its first result has the name with _out."""
        name = f"{op.lower()}_{len(self.nodes)}"
        outputs = [f"{name}_out" + (f"_{k}" if k else "") for k in range(results)]
        self.nodes.append(self.helper.make_node(op, list(inputs), outputs, name=name, **attributes))
        return outputs[0]

    def constant(self, name: str, array: Any) -> str:
        """An initializer."""
        from onnx.numpy_helper import from_array

        self.constants.append(from_array(np.asarray(array), name))
        return name

    def drawn(self, name: str, *shape: int) -> str:
        """An initializer of random numbers."""
        return self.constant(name, self.generator.standard_normal(shape).astype(self.dtype))

    def whole(self, *values: int) -> str:
        """Whole numbers in an initializer."""
        return self.constant(f"whole_{len(self.constants)}", np.array(values, dtype=np.int64))

    def rows(self) -> str:
        """Rows of an embedding (7, 3), (T, B, 3)."""
        return self.node("Transpose", self.node("Gather", self.drawn("table", 7, 3), "given"), perm=[1, 0, 2])

    def by_time(self) -> str:
        """The vectors that are given, (T, B, 3)."""
        return self.node("Transpose", "given", perm=[1, 0, 2])

    def recurrent(
        self, op: str, x: str, *more: str, size: int = 3, hidden: int = 4, both: bool = False, **attributes: Any
    ) -> str:
        """A recurrent node with all its results, over x; -> Y. `more` follows the biases."""
        G, D, n = GATES[op], 2 if both else 1, len(self.nodes)
        weights = [
            self.drawn(f"W{n}", D, G * hidden, size),
            self.drawn(f"R{n}", D, G * hidden, hidden),
            self.drawn(f"B{n}", D, 2 * G * hidden),
        ]
        said = {"direction": "bidirectional", **attributes} if both else attributes
        return self.node(op, x, *weights, *more, results=3 if op == "LSTM" else 2, hidden_size=hidden, **said)

    def beside(self, Y: str, width: int) -> str:
        """Y (T, D, B, H) as (T, B, D*H)."""
        return self.node("Reshape", self.node("Transpose", Y, perm=[0, 2, 1, 3]), self.whole(0, 0, width))

    def answer(self, read: str, width: int = 4) -> str:
        """A readout of two units."""
        return self.node("Gemm", read, self.drawn("V", 2, width), self.drawn("v", 2), transB=1)

    def save(self, path: Path, *outputs: str) -> str:
        """The file; -> its name."""
        made = [self.helper.make_empty_tensor_value_info(name) for name in outputs]
        for one in made:
            one.type.tensor_type.elem_type = self.inputs[0].type.tensor_type.elem_type if one.name == "given" else 11
        graph = self.helper.make_graph(self.nodes, "g", self.inputs, made, self.constants)
        opset = [self.helper.make_opsetid("", 17)]
        path.write_bytes(self.helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())
        return str(path)


def computed(path: str, **given: Array) -> list[Array]:
    """The outputs of a graph as onnx.reference computes them."""
    from onnx import load
    from onnx.reference import ReferenceEvaluator

    return [np.asarray(one) for one in ReferenceEvaluator(load(path)).run(None, given)]
