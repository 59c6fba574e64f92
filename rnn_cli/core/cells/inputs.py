"""What a layer reads at each step, and W_x x_t + b of it: vectors, or rows of an embedding known by their numbers.

    vectors   W_x x_t + b for every step
    rows      x_t = e_k: W_x e_k + b once for each row k of the embedding, as a table (G, V, H), looked up at each step

Backwards the errors da_t of a row's steps are summed first, d_k = sum over the steps t that read row k of da_t:

    dW_x = sum_t da_t ⊗ x_t = sum_k d_k ⊗ e_k     db = sum_t da_t = sum_k d_k     de_k = W_x^T d_k

so that of the three products over all steps none is left but that sum. The bias is the weight of a 1 that stands
behind each vector. Shapes and letters are those of base.py; V is the number of the embedding's rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rnn_cli.core.arrays import Array, Packed, aligned


class InputGradient(Protocol):
    """The gradients of W_x, b and of what was read, summed block by block."""

    def add(self, first: int, stop: int, errors: Array) -> None:
        """Add what the errors (G, n, B, H) of steps first … stop - 1 give."""

    def packed(self) -> dict[str, Array]:
        """The gradients of W_x (G*H, I) and b (G*H,)."""

    def read(self) -> Array:
        """The gradient of what was read: of the vectors (T, B, I), or of the embedding (V, I)."""


class Inputs(Protocol):
    """What a layer reads."""

    @property
    def steps(self) -> int:
        """T."""

    @property
    def x(self) -> Array:
        """The vectors, (T, B, I)."""

    def products(self, p: Packed, scale: Array | None, out: Array) -> Iterator[Array]:
        """For each step, W_x x_t + b of each gate times its scale, written into its part of out and given.

        scale (G,), None for a single gate as it is; out (T, G, B, H) -> T times (G, B, H). What is written as it is asked for is then found in cache.
        """

    def gradient(self, p: Packed) -> InputGradient:
        """Where the way back sums."""


@dataclass(frozen=True, eq=False)
class Vectors:
    """A vector at each step, with a 1 behind it: x1 (T, B, I+1)."""

    x1: Array

    @classmethod
    def of(cls, x: Array) -> "Vectors":
        """The vectors x (T, B, I)."""
        return cls(with_one(x))

    @property
    def steps(self) -> int:
        """See Inputs."""
        return len(self.x1)

    @property
    def x(self) -> Array:
        """See Inputs."""
        vectors: Array = self.x1[..., :-1]
        return vectors

    def products(self, p: Packed, scale: Array | None, out: Array) -> Iterator[Array]:
        """See Inputs."""
        W_x1 = with_bias(p["W_x"], p["b"])
        if scale is None or side_by_side(out[0]):
            np.dot(self.x1.reshape(-1, W_x1.shape[1]), columns(W_x1, scale), out=as_rows(out))
            yield from out
        else:
            W_x1T = by_rows(W_x1, scale)
            for x1_t, now in zip(self.x1, out, strict=True):
                yield np.matmul(x1_t, W_x1T, out=now)

    def gradient(self, p: Packed) -> InputGradient:
        """See Inputs."""
        return _VectorGradient(self, p)


class _VectorGradient:
    def __init__(self, inputs: Vectors, p: Packed) -> None:
        self.inputs, self.p = inputs, p
        self.dx = np.empty(inputs.x.shape, dtype=inputs.x1.dtype)
        self.dW_x1: Array | None = None

    def add(self, first: int, stop: int, errors: Array) -> None:
        self.dx[first:stop] = input_errors(errors, self.p["W_x"])
        dW_x1 = weight_gradients(errors, self.inputs.x1[first:stop])
        self.dW_x1 = dW_x1 if self.dW_x1 is None else np.add(self.dW_x1, dW_x1, out=self.dW_x1)

    def packed(self) -> dict[str, Array]:
        assert self.dW_x1 is not None
        return {"W_x": self.dW_x1[:, :-1], "b": self.dW_x1[:, -1]}

    def read(self) -> Array:
        return self.dx


@dataclass(frozen=True, eq=False)
class Rows:
    """The number of an embedding's row at each step: ids (T, B) of embedding (V, I)."""

    ids: Array
    embedding: Array

    @property
    def steps(self) -> int:
        """See Inputs."""
        return len(self.ids)

    @property
    def x(self) -> Array:
        """See Inputs."""
        vectors: Array = self.embedding[self.ids]
        return vectors

    def products(self, p: Packed, scale: Array | None, out: Array) -> Iterator[Array]:
        """See Inputs."""
        W_x1, rows = with_bias(p["W_x"], p["b"]), with_one(self.embedding)
        # clip: NumPy would otherwise copy, to leave `out` as it was should an id be out of range
        if scale is None or side_by_side(out[0]):
            np.take(np.dot(rows, columns(W_x1, scale)), self.ids.ravel(), axis=0, out=as_rows(out), mode="clip")
            yield from out
        else:
            table = aligned((len(scale), len(rows), out.shape[-1]), out.dtype)
            np.matmul(rows, by_rows(W_x1, scale), out=table)
            for ids_t, now in zip(self.ids, out, strict=True):
                yield np.take(table, ids_t, axis=1, out=now, mode="clip")

    def gradient(self, p: Packed) -> InputGradient:
        """See Inputs."""
        return _RowGradient(self, p)


class _RowGradient:
    def __init__(self, inputs: Rows, p: Packed) -> None:
        self.inputs, self.p = inputs, p
        steps, batch = inputs.ids.shape
        self.batch = batch
        # The sum over the steps that read a row is a product with a matrix of ones and zeros: np.add.at is slow.
        self.chosen = np.zeros((len(inputs.embedding), steps * batch), dtype=inputs.embedding.dtype)
        self.chosen[inputs.ids.ravel(), np.arange(steps * batch)] = 1
        self.d: Array | None = None

    def add(self, first: int, stop: int, errors: Array) -> None:
        d = np.matmul(
            self.chosen[:, first * self.batch : stop * self.batch], errors.reshape(len(errors), -1, errors.shape[-1])
        )
        self.d = d if self.d is None else np.add(self.d, d, out=self.d)

    def packed(self) -> dict[str, Array]:
        assert self.d is not None
        dW_x1 = weight_gradients(self.d[:, :, None], with_one(self.inputs.embedding)[:, None])
        return {"W_x": dW_x1[:, :-1], "b": dW_x1[:, -1]}

    def read(self) -> Array:
        assert self.d is not None
        return input_errors(self.d[:, :, None], self.p["W_x"])[:, 0]


def looking_up_pays(rows: int, input_size: int, steps: int) -> bool:
    """Whether a table of all rows costs less than a product for each of so many steps.

    Numbers multiplied, for each of G*H: three products over the steps, 3 N I, against three over the rows and the sum,
    3 V I + V N.
    """
    return rows * (steps + 3 * input_size) < 3 * input_size * steps


def with_one(x: Array) -> Array:
    """A 1 behind each vector: its weight is the bias.

    x (…, I) -> (…, I+1)
    """
    longer = np.ones((*x.shape[:-1], x.shape[-1] + 1), dtype=x.dtype)
    longer[..., :-1] = x
    return longer


def with_bias(W_x: Array, b: Array) -> Array:
    """W_x with b as its last column, the weight of the 1.

    W_x (G*H, I), b (G*H,) -> (G*H, I+1)
    """
    return np.concatenate([W_x, b[:, None]], axis=1)


def by_rows(W: Array, scale: Array) -> Array:
    """Each gate's W^T times its scale, laid out in memory as it will be read: of a mere view, products of few rows
    are half as fast.

    W (G*H, n), scale (G,) -> (G, n, H)
    """
    split = W.reshape(len(scale), -1, W.shape[1]).transpose(0, 2, 1)
    laid_out: Array = np.multiply(split, scale[:, None, None], out=aligned(split.shape, split.dtype))
    return laid_out


def side_by_side(step: Array) -> bool:
    """Whether all gates of a step (G, B, H) lie in memory as one row for each sequence, and one product can serve them:
    those of a single sequence do, or a single gate's."""
    return step.shape[1] == 1 or len(step) == 1


def as_rows(gates: Array) -> Array:
    """Gates side by side as one row for each step and sequence: (T, G, B, H) -> (T*B, G*H), in place."""
    rows: Array = gates.transpose(0, 2, 1, 3).reshape(-1, gates.shape[1] * gates.shape[3])
    return rows


def columns(W: Array, scale: Array | None = None) -> Array:
    """W^T with each gate's columns times its scale, if any.

    W (G*H, n), scale (G,) -> (n, G*H)
    """
    if scale is None:
        return W.T
    transposed: Array = np.multiply(W.T, np.repeat(scale, len(W) // len(scale)), out=aligned(W.T.shape, W.dtype))
    return transposed


def weight_gradients(da: Array, vectors: Array) -> Array:
    """The sum over all steps and sequences of da ⊗ vector, for each gate as one product.

    da (G, T, B, H), vectors (T, B, n) -> (G*H, n)
    """
    flat = da.reshape(len(da), -1, da.shape[-1]).transpose(0, 2, 1)
    gradient: Array = np.matmul(flat, vectors.reshape(-1, vectors.shape[-1]))
    return gradient.reshape(-1, vectors.shape[-1])


def input_errors(da: Array, W_x: Array) -> Array:
    """The error of the inputs, W_x^T da summed over the gates.

    da (G, T, B, H), W_x (G*H, I) -> (T, B, I)
    """
    gates, steps, batch, _ = da.shape
    parts = np.matmul(da.reshape(gates, steps * batch, -1), W_x.reshape(gates, -1, W_x.shape[1]))
    errors: Array = parts[0] if gates == 1 else np.add.reduce(parts, axis=0)
    return errors.reshape(steps, batch, -1)
