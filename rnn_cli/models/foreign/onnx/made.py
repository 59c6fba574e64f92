"""What nodes make of the constants of a graph, where a network reads it: for a program that makes the same."""

from typing import Any

from rnn_cli.models.foreign.onnx.probe import RECURRENT

Sizes = tuple[tuple[int, ...] | None, str]
"""A shape for one step of one sequence, None where the file does not say how many axes there are; and the type."""


def made_of(graph: Any, wanted: set[str], dtype: str) -> tuple[list[str], dict[str, Sizes]]:
    """The results of the nodes that make the values `wanted`, in the order of the graph.

    And what they take sizes of: inputs of the graph, and results of recurrent nodes, which have the type `dtype`.
    """
    held = {one.name for one in graph.initializer}
    wanted = wanted - held
    made: list[str] = []
    sizes: dict[str, Sizes] = {}
    for node in reversed(graph.node):
        found = wanted & set(node.output)
        if found and node.op_type in RECURRENT:
            sizes |= {name: (_result(node, name), dtype) for name in sorted(found)}
        elif found:
            made.insert(0, next(filter(None, node.output)))
            wanted |= set(node.input) - held - {""}
    return made, sizes | {one.name: _input(one) for one in graph.input if one.name in wanted}


def _input(entry: Any) -> Sizes:
    """Of an input of the graph, with 1 for what may have any size."""
    from onnx.helper import tensor_dtype_to_np_dtype

    kind = entry.type.tensor_type
    shape = tuple(max(axis.dim_value, 1) for axis in kind.shape.dim) if kind.HasField("shape") else None
    return shape, str(tensor_dtype_to_np_dtype(kind.elem_type))


def _result(node: Any, name: str) -> tuple[int, ...] | None:
    """Of a result of a recurrent node: Y (T, D, B, H), or the last states (D, B, H)."""
    from onnx.helper import get_attribute_value

    said = {one.name: get_attribute_value(one) for one in node.attribute}
    if "hidden_size" not in said:
        return None
    D, H = 2 if said.get("direction") == b"bidirectional" else 1, said["hidden_size"]
    last = (1, D, H) if said.get("layout") else (D, 1, H)
    return (1, *last) if name == node.output[0] else last
