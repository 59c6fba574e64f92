"""The general product of Luong, Pham and Manning (2015): a matrix stands between the two states.

    k_t = W_a h_t                                      the key: which numbers of s_u meet which of h_t is learnt
    e_ut = s_u · k_t

Backwards:

    ds_u = sum over t of de_ut k_t                     dk_t = sum over u of de_ut s_u
    dW_a = sum over t of dk_t ⊗ h_t                    dh_t = W_a^T dk_t
"""

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.parts import Addend, Part
from rnn_cli.core.attention.score import Score, Weights, outer, turned


class General(Score):
    """Equation 8 of the paper, second line."""

    name = "general"
    equation = "e_ut = s_u · k_t,  k_t = W_a h_t"

    def shapes(self, asks: int, answers: int) -> dict[str, tuple[int, ...]]:
        """See Score."""
        return {"W_a": (asks, answers)}

    def keys(self, w: Weights, h: Array) -> Array:
        """k_t."""
        keys: Array = h @ w["W_a"].T
        return keys

    def scores(self, w: Weights, s: Array, keys: Array) -> Array:
        """See Score."""
        compared: Array = s @ turned(keys)
        return compared

    def backward(self, w: Weights, s: Array, h: Array, keys: Array, de: Array, into: Weights) -> tuple[Array, Array]:
        """See Score."""
        dkeys = turned(de) @ s
        into["W_a"][...] += outer(dkeys, h)
        return de @ keys, dkeys @ w["W_a"]

    def parts(self, w: Weights, s: Array, h: Array) -> tuple[Part, ...]:
        """See Score."""
        key = Part("k", "t", (Addend("h_t", h, "W_a", w["W_a"]),))
        return key, Part("e", "ut", (Addend("k_t", key.value, "s_u ·", s[None]),))
