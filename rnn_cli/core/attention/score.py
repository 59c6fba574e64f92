"""What a score function is: how well a state of the encoder answers to a state of the decoder.

B sequences lie first, so that each compares its own states alone: s (B, U, S), h (B, T, D). One sequence of either may
meet many of the other: where B is 1 it is broadcast.
"""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.parts import Part

Weights = Mapping[str, Array]
"""A part of a model's parameters, or of their gradient, by name."""


class Score(Protocol):
    """One score function; its equations open its file.

    name      as --attention takes it
    equation  of e_ut, as a page shows it
    """

    name: ClassVar[str]
    equation: ClassVar[str]

    def shapes(self, asks: int, answers: int) -> dict[str, tuple[int, ...]]:
        """Its weights: S = `asks` numbers of s_u, D = `answers` numbers of h_t. ValueError where they cannot be compared."""

    def keys(self, w: Weights, h: Array) -> Array:
        """What is compared of h (B, T, D) and is the same whoever asks, (B, T, K)."""

    def scores(self, w: Weights, s: Array, keys: Array) -> Array:
        """e (B, U, T)."""

    def backward(self, w: Weights, s: Array, h: Array, keys: Array, de: Array, into: Weights) -> tuple[Array, Array]:
        """From de (B, U, T) to ds (B, U, S) and dh (B, T, D); the gradients of its weights are added to `into`."""

    def parts(self, w: Weights, s: Array, h: Array) -> tuple[Part, ...]:
        """e_ut of one pair, s (S,) and h (D,), and before it all that it is made of, in the order of computation."""


def turned(a: Array) -> Array:
    """Each sequence's matrix transposed, (B, m, n) -> (B, n, m)."""
    return a.swapaxes(-1, -2)


def outer(left: Array, right: Array) -> Array:
    """The sum over all sequences and steps of left ⊗ right: (…, m), (…, n) -> (m, n)."""
    summed: Array = left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])
    return summed
