"""Each operator that is computed here gives what onnx.reference gives, at the edges of what its specification allows."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from rnn_cli.models.foreign.onnx.operators import COMPUTES, MOVES, SHAPES, Call, NotFollowedError

onnx: Any = pytest.importorskip("onnx", reason="onnx is not installed")

A = np.random.default_rng(0).standard_normal((2, 3, 5))
ROW = np.array([[0.5], [-1.0], [2.0]])
WHOLE = np.array([[7, -7, 3], [-8, 8, 0]])
YES, NO = WHOLE > 0, WHOLE < 8
PLACES = -(2**62), -2, 0, 1, 2**62
Calls = list[tuple[tuple[Any, ...], dict[str, Any]]]


def whole(*values: int) -> Any:
    """Sizes and places."""
    return np.array(values, dtype=np.int64)


def cut(start: int, end: int, step: int, axis: int = 2) -> tuple[Any, ...]:
    """The inputs of a Slice of one axis."""
    return A, whole(start), whole(end), whole(axis), whole(step)


NUMBERS: dict[str, Calls] = {
    name: [((A, ROW), {}), ((WHOLE, WHOLE[::-1]), {})] for name in ("Add", "Sub", "Mul", "Min", "Max")
}
ORDERS: dict[str, Calls] = {
    name: [((WHOLE, WHOLE[::-1] - 1), {}), ((A, A * np.sign(ROW)), {})]
    for name in ("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual")
}
MEANS: dict[str, Calls] = {
    name: [
        ((A,), {}),
        ((A, whole(1)), {"keepdims": 0}),
        ((A, whole(-1, 0)), {}),
        ((A,), {"noop_with_empty_axes": 1}),
        ((A, whole()), {}),
        ((A, whole()), {"noop_with_empty_axes": 1}),
    ]
    for name in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceProd")
}
CALLS: dict[str, Calls] = {
    **NUMBERS, **ORDERS, **MEANS,
    "Div": [((A, ROW), {}), ((WHOLE, np.array([2, -3, 5])), {})],
    "Mod": [((WHOLE, np.array([2, -3, 5])), {}), ((WHOLE, np.array([2, -3, 5])), {"fmod": 1})],
    "And": [((YES, NO), {})], "Or": [((YES, NO), {})], "Not": [((YES,), {})],
    "Neg": [((A,), {})], "Abs": [((A,), {})], "Where": [((YES, WHOLE, whole(1, 2, 3)), {})],
    "GlobalAveragePool": [((A,), {})], "GlobalMaxPool": [((A[..., None] * ROW[:2, 0],), {})],
    "Range": [((np.array(1), np.array(8), np.array(3)), {}), ((np.array(5.0), np.array(0.0), np.array(-2.0)), {})],
    "Identity": [((A,), {})], "Cast": [((A,), {"to": 7}), ((A,), {"to": 9}), ((WHOLE,), {"to": 11})],
    "CastLike": [((A, A), {})], "Dropout": [((A,), {}), ((A, np.float32(0.5), np.array(False)), {})],
    "Transpose": [((A,), {"perm": [2, 0, 1]}), ((A,), {})],
    "Reshape": [((A, whole(0, -1)), {}), ((A, whole(5, 0, 2)), {}), ((A[:0], whole(0, 7)), {"allowzero": 1})],
    "Flatten": [((A,), {}), ((A,), {"axis": 2}), ((A,), {"axis": 0}), ((A,), {"axis": -1})],
    "Squeeze": [((A[:1, :, :1],), {}), ((A[:1, :, :1], whole(-1)), {})],
    "Unsqueeze": [((A, whole(0, -1)), {})],
    "Slice": [
        (cut(start, end, step), {}) for start, end, step in product(PLACES, PLACES, (1, 2, -1, -2))
    ] + [((A, whole(1, 0), whole(2, -1)), {}), (cut(1, -1, 1, -2), {})],
    "Gather": [((A, np.array([[0, 1], [-1, 2]])), {"axis": 1}), ((A, np.array(1)), {}), ((ROW, whole(*[0, 2] * 9)), {})],
    "Split": [((A, whole(1, 4)), {"axis": 2}), *[((A,), {"axis": 2, "num_outputs": n}) for n in (2, 3, 5)]],
    "Concat": [((A, A[:, :1]), {"axis": 1}), ((A, A), {"axis": -1})],
    "Expand": [((ROW, whole(2, 1, 5)), {})], "Tile": [((A, whole(1, 2, 3)), {})],
    "ReverseSequence": [
        ((A, whole(3, 1, 5)), {"batch_axis": 1, "time_axis": 2}), ((A, whole(2, 1, 0)), {}),
        ((A, whole(1, 3)), {"batch_axis": 0, "time_axis": 1}),
    ],
    "Shape": [((A,), {}), ((A,), {"start": 1}), ((A,), {"start": -2, "end": -1})], "Size": [((A,), {})],
    "ConstantOfShape": [((whole(2, 0, 3),), {}), ((whole(2),), {"value": np.array([7])})],
}  # fmt: skip


def computed(op: str, inputs: tuple[Any, ...], attributes: dict[str, Any], results: int) -> list[Any]:
    """What onnx.reference computes of one node."""
    from onnx.reference import ReferenceEvaluator

    names = [f"x{k}" for k in range(len(inputs))]
    given = {k: onnx.numpy_helper.from_array(v) if isinstance(v, np.ndarray) else v for k, v in attributes.items()}
    node = onnx.helper.make_node(op, names, [f"y{k}" for k in range(results)], **given)
    found: list[Any] = ReferenceEvaluator(node).run(None, dict(zip(names, inputs, strict=True)))
    return found


@pytest.mark.parametrize("op", sorted(MOVES | COMPUTES | SHAPES))
def test_an_operator_computes_what_onnx_says(op: str) -> None:
    for inputs, attributes in CALLS[op]:
        results = attributes.get("num_outputs", 2) if op == "Split" else 1
        found = (MOVES | COMPUTES | SHAPES)[op](Call(inputs, attributes, results=results, constant=True))
        ours = found[:results] if isinstance(found, list) else [found]
        for one, other in zip(ours, computed(op, inputs, attributes, results), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, err_msg=f"{op} {attributes}")
            assert one.shape == other.shape


def test_a_dropout_in_training_mode_is_not_followed() -> None:
    with pytest.raises(NotFollowedError, match="training mode"):
        MOVES["Dropout"](Call((A, np.array(0.5), np.array(True)), {}))


def test_a_result_of_any_size_that_a_file_declares_is_not_made() -> None:
    """2^24 numbers are made, and one more is not, wherever a file says how many there are."""
    for op, inputs in {
        "ConstantOfShape": (whole(2**12, 2**12 + 1),),
        "Expand": (np.zeros(1), whole(2**24 + 1)),
        "Tile": (np.zeros(2), whole(2**23 + 1)),
        "Range": (np.array(0), np.array(2**24 + 1), np.array(1)),
        "Add": (np.zeros((2**13, 1)), np.zeros(2**11 + 1)),
        "Where": (np.zeros((2**13, 1), bool), np.zeros(2**11 + 1), np.zeros(1)),
        "Gather": (np.zeros((2, 2**12)), np.zeros(2**12 + 1)),
    }.items():
        with pytest.raises(NotFollowedError, match="its result would be"):
            (MOVES | COMPUTES | SHAPES)[op](Call(inputs, {}))
    assert SHAPES["ConstantOfShape"](Call((whole(2**12, 2**12),), {"value": np.int8(0)})).size == 2**24  # type: ignore[union-attr]
