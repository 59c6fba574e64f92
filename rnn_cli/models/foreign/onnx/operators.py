"""The operators of ONNX that move numbers, compute shapes or take means: what stands between layers in a graph.

Each is computed as its specification says, on arrays that are small, or constants of the file. What is not in the tables
is not followed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array

LARGEST = 1 << 24
"""The most numbers of a result that is not made of the file's own: a file may declare any size."""


class NotFollowedError(Exception):
    """A node whose result is not computed here."""


@dataclass(frozen=True)
class Call:
    """A node with the arrays that it reads (None for one left out), and how many results it has."""

    inputs: tuple[Array | None, ...]
    attributes: Mapping[str, Any]
    results: int = 1
    constant: bool = False

    def array(self, k: int) -> Array:
        """An input that the operator cannot do without."""
        if k >= len(self.inputs) or self.inputs[k] is None:
            raise NotFollowedError(f"input {k + 1} is missing")
        found = self.inputs[k]
        assert found is not None
        return found

    def whole(self, k: int, name: str) -> list[int] | None:
        """Whole numbers that later versions take as input k, and earlier ones as an attribute; None where neither is there."""
        if k < len(self.inputs) and self.inputs[k] is not None:
            return [int(value) for value in self.array(k).reshape(-1)]
        return None if name not in self.attributes else [int(value) for value in np.atleast_1d(self.attributes[name])]


def _check(*shape: int) -> None:
    if min(shape, default=0) < 0 or prod(shape) > LARGEST:
        raise NotFollowedError(f"its result would be {'×'.join(map(str, shape))}")


def _same(call: Call) -> Array:
    return call.array(0)


def _cast(call: Call) -> Array:
    """Numbers that a sequence gives stay what they are where both types hold fractions: they only stand for others."""
    array, to = call.array(0), call.attributes.get("to")
    kinds = {1: np.float32, 6: np.int64, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}
    if to not in kinds:
        raise NotFollowedError(f"it casts to the ONNX type {to}")
    kind = np.dtype(kinds[to])
    if not call.constant and kind.kind == "f":
        return array.astype(np.float64)
    return array.astype(kind)


def _transpose(call: Call) -> Array:
    return call.array(0).transpose(call.attributes.get("perm"))


def _reshape(call: Call) -> Array:
    array, shape = call.array(0), call.whole(1, "shape") or []
    if not call.attributes.get("allowzero"):
        shape = [array.shape[k] if size == 0 else size for k, size in enumerate(shape)]
    return array.reshape(shape)


def _flatten(call: Call) -> Array:
    array, axis = call.array(0), call.attributes.get("axis", 1)
    return array.reshape(prod(array.shape[:axis]), -1)


def _squeeze(call: Call) -> Array:
    axes = call.whole(1, "axes")
    return call.array(0).squeeze(None if axes is None else tuple(axes))


def _unsqueeze(call: Call) -> Array:
    return np.expand_dims(call.array(0), tuple(call.whole(1, "axes") or ()))


def _concat(call: Call) -> Array:
    arrays = [call.array(k) for k in range(len(call.inputs))]
    if not call.constant:
        _check(sum(array.size for array in arrays))
    return np.concatenate(arrays, axis=call.attributes["axis"])


def _slice(call: Call) -> Array:
    array = call.array(0)
    starts, ends = call.whole(1, "starts") or [], call.whole(2, "ends") or []
    axes, steps = call.whole(3, "axes"), call.whole(4, "steps")
    index: list[slice] = [slice(None)] * array.ndim
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        axis, step = k if axes is None else axes[k], 1 if steps is None else steps[k]
        size = array.shape[axis]
        start, end = (value + size if value < 0 else value for value in (start, end))
        if step > 0:
            index[axis] = slice(max(start, 0), max(end, 0), step)
        else:
            index[axis] = slice(min(start, size - 1), None if end < 0 else end, step)
    return array[tuple(index)]


def _gather(call: Call) -> Array:
    array, at, axis = call.array(0), call.array(1), call.attributes.get("axis", 0)
    if at.size > array.shape[axis]:
        _check(at.size, prod(array.shape) // max(array.shape[axis], 1))
    return np.take(array, at.astype(np.int64), axis=axis)


def _split(call: Call) -> list[Array]:
    array, axis = call.array(0), call.attributes.get("axis", 0)
    sizes = call.whole(1, "split")
    if sizes is None:
        each = -(-array.shape[axis] // call.results)
        sizes = [each] * call.results
    return np.split(array, np.cumsum(sizes)[:-1], axis=axis)


def _shape(call: Call) -> Array:
    start, end = call.attributes.get("start", 0), call.attributes.get("end")
    return np.array(call.array(0).shape[start:end], dtype=np.int64)


def _filled(call: Call) -> Array:
    shape = call.whole(0, "") or []
    _check(*shape)
    return np.full(shape, np.asarray(call.attributes.get("value", np.float32(0))).reshape(()))


def _expand(call: Call) -> Array:
    array = call.array(0)
    shape = np.broadcast_shapes(array.shape, tuple(call.whole(1, "shape") or ()))
    _check(*shape)
    return np.broadcast_to(array, shape)


def _tile(call: Call) -> Array:
    array, times = call.array(0), call.whole(1, "repeats") or []
    _check(array.size, *times)
    return np.tile(array, times)


def _range(call: Call) -> Array:
    start, limit, step = (call.array(k).item() for k in range(3))
    _check(int(max((limit - start) / step, 0)) + 1)
    return np.arange(start, limit, step)


def _reverse_sequence(call: Call) -> Array:
    """The first `sequence_lens` steps of each sequence turned round."""
    lengths, axis = call.whole(1, "") or [], call.attributes.get("batch_axis", 1)
    turned = call.array(0).copy()
    batches, sources = np.moveaxis(turned, axis, 0), np.moveaxis(call.array(0), axis, 0)
    time = call.attributes.get("time_axis", 0)
    time -= time > axis
    for one, source, length in zip(batches, sources, lengths, strict=True):
        np.moveaxis(one, time, 0)[:length] = np.moveaxis(source, time, 0)[:length][::-1]
    return turned


def _binary(function: Callable[..., Any]) -> Callable[[Call], Array]:
    def run(call: Call) -> Array:
        arrays = [call.array(k) for k in range(len(call.inputs))]
        _check(*np.broadcast_shapes(*(array.shape for array in arrays)))
        found: Array = np.asarray(reduce(function, arrays))
        return found

    return run


def _divide(a: Array, b: Array) -> Array:
    if a.dtype.kind == "f" or b.dtype.kind == "f":
        return np.asarray(a / b)
    whole: Array = np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))
    return whole


def _modulo(call: Call) -> Array:
    """What is left has the divisor's sign, or with `fmod` that of what is divided, as in C."""
    return _binary(np.fmod if call.attributes.get("fmod") else np.mod)(call)


def _where(call: Call) -> Array:
    arrays = [call.array(k) for k in range(3)]
    _check(*np.broadcast_shapes(*(array.shape for array in arrays)))
    return np.where(*arrays)


def _reduce(function: Callable[..., Any]) -> Callable[[Call], Array]:
    def run(call: Call) -> Array:
        axes = call.whole(1, "axes")
        if not axes and call.attributes.get("noop_with_empty_axes"):
            return call.array(0)
        chosen = tuple(axes) if axes else None  # an empty list names all axes
        return np.asarray(function(call.array(0), axis=chosen, keepdims=bool(call.attributes.get("keepdims", 1))))

    return run


def _over_space(function: Callable[..., Any]) -> Callable[[Call], Array]:
    """Pooling over all axes but the batch's and the channels'."""
    return lambda call: np.asarray(function(call.array(0), axis=tuple(range(2, call.array(0).ndim)), keepdims=True))


def _dropout(call: Call) -> list[Array]:
    if len(call.inputs) > 2 and call.inputs[2] is not None and call.array(2).any():
        raise NotFollowedError("it is in training mode")
    return [call.array(0), np.ones(call.array(0).shape, dtype=bool)]


MOVES: dict[str, Callable[[Call], Array | list[Array]]] = {
    "Identity": _same, "Cast": _cast, "CastLike": _same, "Dropout": _dropout, "Transpose": _transpose,
    "Reshape": _reshape, "Flatten": _flatten, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Slice": _slice,
    "Gather": _gather, "Split": _split, "Concat": _concat, "Expand": _expand, "Tile": _tile,
    "ReverseSequence": _reverse_sequence,
}  # fmt: skip
"""Operators whose results are numbers of their first input, in another order or shape."""

COMPUTES: dict[str, Callable[[Call], Array | list[Array]]] = {
    "Add": _binary(np.add), "Sub": _binary(np.subtract), "Mul": _binary(np.multiply), "Div": _binary(_divide),
    "Min": _binary(np.minimum), "Max": _binary(np.maximum), "Mod": _modulo,
    "Equal": _binary(np.equal), "Less": _binary(np.less), "Greater": _binary(np.greater),
    "LessOrEqual": _binary(np.less_equal), "GreaterOrEqual": _binary(np.greater_equal),
    "And": _binary(np.logical_and), "Or": _binary(np.logical_or), "Not": lambda call: np.logical_not(call.array(0)),
    "Neg": lambda call: -call.array(0), "Abs": lambda call: np.abs(call.array(0)), "Where": _where,
    "ReduceMean": _reduce(np.mean), "ReduceSum": _reduce(np.sum), "ReduceMax": _reduce(np.max),
    "ReduceProd": _reduce(np.prod), "GlobalAveragePool": _over_space(np.mean), "GlobalMaxPool": _over_space(np.max),
    "Range": _range,
}  # fmt: skip
"""Operators that compute numbers: of shapes, of ids, and means and maxima of states."""

SHAPES: dict[str, Callable[[Call], Array | list[Array]]] = {
    "Shape": _shape, "Size": lambda call: np.array(call.array(0).size), "ConstantOfShape": _filled,
}  # fmt: skip
"""Operators whose results depend on sizes alone."""

AFTER = ("Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "TopK")
"""What may follow a readout: it makes probabilities of logits, or chooses among them."""
