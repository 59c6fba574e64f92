"""The additive score of Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate" (2015).

    k_t = W_ah h_t                                     the key
    e_ut = v_a · z_ut,  z_ut = tanh(W_as s_u + k_t)    a small network of A hidden units compares the two

Backwards, with da_ut = de_ut v_a * (1 - z_ut^2):

    dv_a = sum over u and t of de_ut z_ut
    dW_as = sum over u of (sum over t of da_ut) ⊗ s_u      ds_u = W_as^T (sum over t of da_ut)
    dW_ah = sum over t of (sum over u of da_ut) ⊗ h_t      dh_t = W_ah^T (sum over u of da_ut)

z has a vector for each pair of words: it is computed anew for one u after the other, and never kept.
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.parts import Addend, Part
from rnn_cli.core.attention.score import Score, Weights, outer


class Additive(Score):
    """Section A.1.2 of the paper, without a bias as there; A is the size of s_u."""

    name = "additive"
    equation = "e_ut = v_a · tanh(W_as s_u + k_t),  k_t = W_ah h_t"

    def shapes(self, asks: int, answers: int) -> dict[str, tuple[int, ...]]:
        """See Score."""
        return {"W_as": (asks, asks), "W_ah": (asks, answers), "v_a": (asks,)}

    def keys(self, w: Weights, h: Array) -> Array:
        """k_t."""
        keys: Array = h @ w["W_ah"].T
        return keys

    def scores(self, w: Weights, s: Array, keys: Array) -> Array:
        """See Score."""
        asked = s @ w["W_as"].T
        return np.stack([compared(asked[:, u], keys) @ w["v_a"] for u in range(s.shape[1])], axis=1)

    def backward(self, w: Weights, s: Array, h: Array, keys: Array, de: Array, into: Weights) -> tuple[Array, Array]:
        """See Score."""
        asked = s @ w["W_as"].T
        dasked, dkeys = np.empty_like(asked), np.zeros_like(keys)
        for u in range(s.shape[1]):
            z = compared(asked[:, u], keys)  # (B, T, A)
            into["v_a"][...] += de[:, u].reshape(-1) @ z.reshape(-1, z.shape[-1])
            z *= z  # in place from here on: these arrays are large, and a new one costs more than the product
            np.subtract(1, z, out=z)
            z *= de[:, u, :, None]
            z *= w["v_a"]
            dasked[:, u] = z.sum(axis=1)
            dkeys += z
        into["W_as"][...] += outer(dasked, s)
        into["W_ah"][...] += outer(dkeys, h)
        return dasked @ w["W_as"], dkeys @ w["W_ah"]

    def parts(self, w: Weights, s: Array, h: Array) -> tuple[Part, ...]:
        """See Score; q_u = W_as s_u has a name of its own."""
        q = Part("q", "u", (Addend("s_u", s, "W_as", w["W_as"]),))
        key = Part("k", "t", (Addend("h_t", h, "W_ah", w["W_ah"]),))
        z = Part("z", "ut", (Addend("q_u", q.value), Addend("k_t", key.value)), "tanh")
        return q, key, z, Part("e", "ut", (Addend("z_ut", z.value, "v_a ·", w["v_a"][None]),))


def compared(asked: Array, keys: Array) -> Array:
    """z_ut of one u: W_as s_u (B, A) and k (B, T, A) -> (B, T, A)."""
    z: Array = asked[:, None] + keys
    return np.tanh(z, out=z)
