"""The dot product of Luong, Pham and Manning, "Effective approaches to attention-based neural machine translation" (2015).

    e_ut = s_u · h_t                                   no weights: the two must be of one size

Backwards:

    ds_u = sum over t of de_ut h_t                     dh_t = sum over u of de_ut s_u
"""

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.parts import Addend, Part
from rnn_cli.core.attention.score import Score, Weights, turned


class Dot(Score):
    """Equation 8 of the paper, first line."""

    name = "dot"
    equation = "e_ut = s_u · h_t"

    def shapes(self, asks: int, answers: int) -> dict[str, tuple[int, ...]]:
        """See Score."""
        if asks != answers:
            raise ValueError(f"dot compares states of one size, not of {asks} and {answers} numbers")
        return {}

    def keys(self, w: Weights, h: Array) -> Array:
        """h_t itself."""
        return h

    def scores(self, w: Weights, s: Array, keys: Array) -> Array:
        """See Score."""
        compared: Array = s @ turned(keys)
        return compared

    def backward(self, w: Weights, s: Array, h: Array, keys: Array, de: Array, into: Weights) -> tuple[Array, Array]:
        """See Score."""
        return de @ keys, turned(de) @ s

    def parts(self, w: Weights, s: Array, h: Array) -> tuple[Part, ...]:
        """See Score."""
        return (Part("e", "ut", (Addend("h_t", h, "s_u ·", s[None]),)),)
