"""What the kernels of all cells share: layouts that make products fast, one tanh for all gates, and work in blocks.

Shapes and letters are those of base.py. A kernel works on whole batches and allocates nothing inside its loop.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.cells.records import Tape
from rnn_cli.core.fast.inputs import added, as_rows, by_rows, columns, side_by_side, weight_gradients
from rnn_cli.core.fast.memory import aligned
from rnn_cli.core.fast.products import gates_times, multiplier


def state_buffer(h0: Array, steps: int) -> Array:
    """A buffer (T+1, B, H) whose first entry is h0."""
    buffer = aligned((steps + 1, *h0.shape), h0.dtype)
    buffer[0] = h0
    return buffer


def tanh_scales(activations: Iterable[str], dtype: Any) -> Array:
    """What each gate's preactivation is multiplied by before tanh: 1/2 for a sigmoid, else 1.

    sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, so that one tanh serves all gates.
    """
    return np.array([0.5 if name == "sigmoid" else 1.0 for name in activations], dtype=dtype)


def laid_out(W: Array, rows: int) -> Array:
    """An aligned copy of W, or W itself where too few rows are multiplied with it for the copy to pay."""
    if rows == 1:
        return W
    copied = aligned(W.shape, W.dtype)
    copied[...] = W
    return copied


def recurrent_product(W_h: Array, scale: Array, out: Array) -> Callable[[Array], Array]:
    """A function that writes each gate's W_h h times its scale, h (B, H), into out (G, B, H) and returns out."""
    if side_by_side(*out.shape[:2]):
        W_hT, rows = columns(W_h, scale), as_rows(out[None])

        def product(h: Array) -> Array:
            h.dot(W_hT, out=rows)
            return out

        return product
    W_hT_of_gates = by_rows(W_h, scale)
    return lambda h: gates_times(h, W_hT_of_gates, out)


def error_product(W_h: Array, gates: int, batch: int) -> Callable[[Array, Array], Array]:
    """A function that writes W_h^T da, da (G, B, H), summed over the gates, into (B, H) and returns it."""
    size = W_h.shape[1]
    W = laid_out(W_h.reshape(gates, size, size), batch)
    if side_by_side(gates, batch):
        whole = W.reshape(-1, size)
        product = multiplier(whole, batch)
        return lambda da, out: product(da.reshape(batch, -1), out)
    parts = aligned((gates, batch, size), W_h.dtype)
    first, second, *others = parts

    def summed(da: Array, out: Array) -> Array:
        gates_times(da, W, parts)
        np.add(first, second, out=out)
        for part in others:  # a reduction along the first axis takes twice as long
            out += part
        return out

    return summed


def reading_part(product: Callable[..., Array], dropped: Array | None) -> Callable[..., Array]:
    """The product of what is left of h, h * dropped (B, H); the product itself without dropout, which so costs nothing."""
    if dropped is None:
        return product
    left = aligned(dropped.shape, dropped.dtype)
    return lambda h, *out: product(np.multiply(h, dropped, out=left), *out)


def giving_part(product: Callable[[Array, Array], Array], dropped: Array | None) -> Callable[[Array, Array], Array]:
    """The error product of the same: what was dropped gets no error."""
    if dropped is None:
        return product
    return lambda da, out: np.multiply(product(da, out), dropped, out=out)


def backwards(first: int, stop: int, *arrays: Array) -> Iterator[tuple[Any, ...]]:
    """The steps first … stop - 1 from the last to the first: t, and each array's part of it. arrays (n, …)."""
    return zip(reversed(range(first, stop)), *(array[::-1] for array in arrays), strict=True)


CACHED = 1 << 16
"""Largest block of errors worked on at a time, in numbers: it stays in the processor's cache from one pass to the next."""


class Blocks:
    """The backward pass in blocks of steps, last to first: the errors of a block stay in cache, and none are kept for longer.

    Iterating gives (first, one behind the last, the errors' buffer (G, n, B, H)). `give_inputs` and `give_recurrent`
    then add what a block's errors give to the parameters and to what was read.
    """

    def __init__(self, p: Packed, tape: Tape, errors: int) -> None:
        """`errors` is how many arrays of errors a step has; the cell's gates come first among them."""
        self.steps, batch, size = tape.h[1:].shape
        self.dropped = tape.dropped
        # A block must be large enough to pay for adding its sums.
        numbers = max(CACHED, 2 * p["W_h"].size)
        self.length = min(self.steps, max(1, numbers // (errors * batch * size)))
        # A step's errors of a single sequence lie side by side: one product takes them all back.
        one = batch == 1
        shape = (self.length, errors, batch, size) if one else (errors, self.length, batch, size)
        self.errors = aligned(shape, tape.h.dtype)
        if one:
            self.errors = self.errors.transpose(1, 0, 2, 3)
        self.inputs = tape.inputs.gradient(p)
        self.dW_h: Array | None = None

    def __iter__(self) -> Iterator[tuple[int, int, Array]]:
        for stop in range(self.steps, 0, -self.length):
            first = max(stop - self.length, 0)
            yield first, stop, self.errors[:, : stop - first]

    def give_inputs(self, first: int, stop: int, errors: Array) -> None:
        """Add a block's gradients of W_x and b, and of what was read. errors (G, n, B, H)."""
        self.inputs.add(first, stop, errors)

    def give_recurrent(self, *products: tuple[Array, Array]) -> None:
        """Add a block's gradients of W_h: for its gates, in order, the errors (G, n, B, H) and what W_h was applied to,
        before dropout."""
        left = self.dropped
        parts = [weight_gradients(errors, one if left is None else one * left) for errors, one in products]
        self.dW_h = added(self.dW_h, parts[0] if len(parts) == 1 else np.concatenate(parts))

    def packed(self) -> dict[str, Array]:
        """The gradients of W_x, b and W_h, summed over all blocks."""
        assert self.dW_h is not None
        return {**self.inputs.packed(), "W_h": self.dW_h}
