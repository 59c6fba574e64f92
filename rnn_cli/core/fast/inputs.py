"""What a layer reads at each step, and W_x x_t + b of it: vectors, or rows of an embedding known by their numbers.

    vectors   W_x x_t + b for every step
    rows      x_t = e_k: W_x e_k + b once for each row k of the embedding, as a table (G, V, H), looked up at each step

Backwards the errors da_t of a row's steps are summed first, d_k = sum over the steps t that read row k of da_t:

    dW_x = sum_t da_t ⊗ x_t = sum_k d_k ⊗ e_k     db = sum_t da_t = sum_k d_k     de_k = W_x^T d_k

so that this sum replaces all three products over all steps. Shapes and letters are those of base.py; V is
the number of the embedding's rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.fast.memory import aligned
from rnn_cli.core.fast.products import chosen_times, outer_sums


class InputGradient(Protocol):
    """The gradients of W_x, b and of what was read, summed block by block."""

    def add(self, first: int, stop: int, errors: Array) -> None:
        """Add what the errors (G, n, B, H) of steps first … stop - 1 give."""

    def packed(self) -> dict[str, Array]:
        """The gradients of W_x (G*H, I) and b (G*H,)."""

    def of_inputs(self) -> Array:
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

        scale (G,), None for a single gate as it is; out (T, G, B, H) -> T times (G, B, H). Of several gates and
        sequences, each step is written when it is asked for, and is then found in cache.
        """

    def gradient(self, p: Packed) -> InputGradient:
        """Where the backward pass sums."""


@dataclass(frozen=True, eq=False)
class Vectors:
    """A vector at each step: x (T, B, I), not copied: it must stay as it is until the backward pass."""

    x: Array

    @property
    def steps(self) -> int:
        """See Inputs."""
        return len(self.x)

    def products(self, p: Packed, scale: Array | None, out: Array) -> Iterator[Array]:
        """See Inputs."""
        W_x, b = p["W_x"], scaled(p["b"], scale)
        if scale is None or side_by_side(*out.shape[1:3]):
            rows = as_rows(out)
            np.dot(self.x.reshape(-1, W_x.shape[1]), columns(W_x, scale), out=rows)
            rows += b
            yield from out
        else:
            W_xT, biases = by_rows(W_x, scale), aligned(out.shape[1:], out.dtype)
            biases[...] = b.reshape(len(scale), 1, -1)
            for x_t, now in zip(self.x, out, strict=True):
                np.matmul(x_t, W_xT, out=now)
                now += biases
                yield now

    def gradient(self, p: Packed) -> InputGradient:
        """See Inputs."""
        return _VectorGradient(self, p)


class _VectorGradient:
    def __init__(self, inputs: Vectors, p: Packed) -> None:
        self.inputs, self.p = inputs, p
        self.dx = np.empty(inputs.x.shape, dtype=inputs.x.dtype)
        self.dW_x: Array | None = None
        self.db: Array | None = None

    def add(self, first: int, stop: int, errors: Array) -> None:
        self.dx[first:stop] = input_errors(errors, self.p["W_x"])
        self.dW_x = added(self.dW_x, weight_gradients(errors, self.inputs.x[first:stop]))
        self.db = added(self.db, bias_gradients(errors))

    def packed(self) -> dict[str, Array]:
        assert self.dW_x is not None
        assert self.db is not None
        return {"W_x": self.dW_x, "b": self.db}

    def of_inputs(self) -> Array:
        return self.dx


@dataclass(frozen=True, eq=False)
class Rows:
    """One row of an embedding at each step, given by its number: ids (T, B), 0 … V-1, of embedding (V, I).

    The embedding is not copied: `x` follows it where it changes.
    """

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
        b = scaled(p["b"], scale)
        # clip: without it NumPy makes a copy, so that an id out of range leaves `out` unchanged
        if scale is None or side_by_side(*out.shape[1:3]):
            table = np.dot(self.embedding, columns(p["W_x"], scale))
            table += b
            np.take(table, self.ids.ravel(), axis=0, out=as_rows(out), mode="clip")
            yield from out
        else:
            table = aligned((len(scale), len(self.embedding), out.shape[-1]), out.dtype)
            np.matmul(self.embedding, by_rows(p["W_x"], scale), out=table)
            table += b.reshape(len(scale), 1, -1)
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
        size = p["W_h"].shape[1]
        self.d = np.zeros((len(p["b"]) // size, len(inputs.embedding), 1, size), dtype=self.chosen.dtype)

    def add(self, first: int, stop: int, errors: Array) -> None:
        chosen = self.chosen[:, first * self.batch : stop * self.batch]
        flat = errors.reshape(len(errors), -1, errors.shape[-1])
        self.d[:, :, 0] += chosen_times(chosen, flat)

    def packed(self) -> dict[str, Array]:
        return {"W_x": weight_gradients(self.d, self.inputs.embedding[:, None]), "b": bias_gradients(self.d)}

    def of_inputs(self) -> Array:
        return input_errors(self.d, self.p["W_x"])[:, 0]


def looking_up_pays(rows: int, input_size: int, steps: int) -> bool:
    """Whether a table of all rows costs less than one product for each step.

    Numbers multiplied, for each of G*H: three products over the steps, 3 N I, against three over the rows and the sum,
    3 V I + V N.
    """
    return rows * (steps + 3 * input_size) < 3 * input_size * steps


def added(total: Array | None, part: Array) -> Array:
    """total + part in total's memory, or the part where there is no total yet."""
    return part if total is None else np.add(total, part, out=total)


def scaled(b: Array, scale: Array | None) -> Array:
    """Each gate's part of b times the gate's scale, if any. b (G*H,), scale (G,)."""
    return b if scale is None else b * np.repeat(scale, len(b) // len(scale))


def by_rows(W: Array, scale: Array) -> Array:
    """Each gate's W^T times its scale, laid out in memory as it will be read: of a mere view, products of few rows
    are half as fast.

    W (G*H, n), scale (G,) -> (G, n, H)
    """
    split = W.reshape(len(scale), -1, W.shape[1]).transpose(0, 2, 1)
    laid_out: Array = np.multiply(split, scale[:, None, None], out=aligned(split.shape, split.dtype))
    return laid_out


def side_by_side(gates: int, batch: int) -> bool:
    """Whether all gates of a step (G, B, H) lie in memory as one row for each sequence, and one product can serve them:
    those of a single sequence do, or a single gate's."""
    return batch == 1 or gates == 1


def as_rows(gates: Array) -> Array:
    """Gates side by side as one row for each step and sequence: (T, G, B, H) -> (T*B, G*H), the same memory."""
    rows: Array = gates.transpose(0, 2, 1, 3).reshape(-1, gates.shape[1] * gates.shape[3])
    assert np.may_share_memory(rows, gates), "what is written to a copy is lost"
    return rows


def columns(W: Array, scale: Array | None) -> Array:
    """W^T with each gate's columns times its scale, if any. It stays in memory as W lies: to turn it round costs more
    than single rows gain by it.

    W (G*H, n), scale (G,) -> (n, G*H)
    """
    if scale is None:
        return W.T
    rows: Array = np.multiply(W, np.repeat(scale, len(W) // len(scale))[:, None], out=aligned(W.shape, W.dtype))
    return rows.T


def weight_gradients(da: Array, vectors: Array) -> Array:
    """The sum over all steps and sequences of da ⊗ vector, for each gate as one product.

    da (G, T, B, H), vectors (T, B, n) -> (G*H, n)
    """
    flat, width = da.reshape(len(da), -1, da.shape[-1]), vectors.shape[-1]
    return outer_sums(flat, vectors.reshape(-1, width)).reshape(-1, width)


def bias_gradients(da: Array) -> Array:
    """The sum over all steps and sequences of da, for each gate. da (G, T, B, H) -> (G*H,)."""
    flat = da.reshape(len(da), -1, da.shape[-1])
    gradient: Array = np.matmul(np.ones(flat.shape[1], dtype=da.dtype), flat)
    return gradient.ravel()


def input_errors(da: Array, W_x: Array) -> Array:
    """The error of the inputs, W_x^T da summed over the gates.

    da (G, T, B, H), W_x (G*H, I) -> (T, B, I)
    """
    gates, steps, batch, _ = da.shape
    parts = np.matmul(da.reshape(gates, steps * batch, -1), W_x.reshape(gates, -1, W_x.shape[1]))
    errors: Array = parts[0] if gates == 1 else np.add.reduce(parts, axis=0)
    return errors.reshape(steps, batch, -1)
