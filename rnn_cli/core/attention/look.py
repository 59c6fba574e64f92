"""Looking back: from what was read and what asks to what the readout reads, and the error on the way back.

The equations stand in __init__.py. Time lies first outside, as in all of the core; sequences lie first inside.
"""

from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.activations import TANH, softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.parts import Addend, Part
from rnn_cli.core.attention.score import Score, Weights, outer, turned
from rnn_cli.core.parameters import Parameters


@dataclass(frozen=True, eq=False)
class Attention:
    """A score function with what it has learnt: its weights, W_c (S, D+S) and b_c (S,)."""

    score: Score
    parameters: Parameters

    def with_parameters(self, parameters: Parameters) -> "Attention":
        """The same score function with other numbers."""
        return replace(self, parameters=parameters)

    def remember(self, output: Array, lengths: Array | None = None) -> "Memory":
        """What can be looked back at: the encoder's output (T, B, D), 0 where a sequence of `lengths` (B,) has ended."""
        h = output.swapaxes(0, 1)
        padded = lengths is not None and bool((lengths != len(output)).any())
        inside = None if lengths is None or not padded else np.arange(len(output)) < lengths[:, None]
        return Memory(self, h, self.score.keys(self.parameters, h), inside)


def attention_shapes(score: Score, asks: int, answers: int) -> dict[str, tuple[int, ...]]:
    """The names and shapes of its parameters. ValueError where states of these sizes cannot be compared."""
    return score.shapes(asks, answers) | {"W_c": (asks, answers + asks), "b_c": (asks,)}


@dataclass(frozen=True, eq=False)
class Memory:
    """The states that were read, h (B, T, D), with their keys (B, T, K); inside (B, T) is None where nothing is padding."""

    attention: Attention
    h: Array
    keys: Array
    inside: Array | None

    def of(self, b: int) -> "Memory":
        """What sequence b of the batch read, as a batch of one, which any number of beginnings can look back at."""
        one = slice(b, b + 1)
        return replace(
            self, h=self.h[one], keys=self.keys[one], inside=None if self.inside is None else self.inside[one]
        )

    def look(self, s: Array) -> "Look":
        """What each s (U, B, S) finds."""
        w, asks = self.attention.parameters, s.swapaxes(0, 1)
        e = self.attention.score.scores(w, asks, self.keys)
        if self.inside is not None:
            e = np.where(self.inside[:, None], e, e.dtype.type(-np.inf))
        alpha = softmax(e)
        ctx = np.ascontiguousarray((alpha @ self.h).swapaxes(0, 1))  # one product of W_c with all steps: in one piece
        W_c, D = w["W_c"], self.h.shape[-1]
        flat = ctx.reshape(-1, D) @ W_c[:, :D].T
        flat += s.reshape(-1, s.shape[-1]) @ W_c[:, D:].T
        flat += w["b_c"]
        return Look(self, s, e, alpha, ctx, np.tanh(flat, out=flat).reshape(s.shape))


@dataclass(frozen=True, eq=False)
class LookErrors:
    """What goes back from a look, and to the states that were read.

    dread (U, B, S) as it arrived, da (U, B, S) before the tanh, dctx (U, B, D), dalpha and de (B, U, T), ds (U, B, S);
    dh (T, B, D), of which `through_context` came with the shares held fixed
    """

    dread: Array
    da: Array
    dctx: Array
    dalpha: Array
    de: Array
    ds: Array
    dh: Array
    through_context: Array

    def numbers_at(self, u: int) -> tuple[tuple[str, Array], ...]:
        """What went back of one sequence at step u (from 0), in the order of computation, each by its name."""
        return (
            ("da of s~", self.da[u, 0]), ("dctx", self.dctx[u, 0]), ("dalpha", self.dalpha[0, u]), ("de", self.de[0, u])
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Look:
    """What s (U, B, S) found: e and alpha (B, U, T), ctx (U, B, D), and read (U, B, S), which is s~."""

    memory: Memory
    s: Array
    e: Array
    alpha: Array
    ctx: Array
    read: Array

    def numbers_at(self, u: int) -> tuple[tuple[str, Array], ...]:
        """What was computed of one sequence at step u (from 0), in the order of computation, each by its name."""
        return (
            ("e", self.e[0, u]), ("alpha", self.alpha[0, u]), ("ctx", self.ctx[u, 0]), ("s~", self.read[u, 0])
        )  # fmt: skip

    def score_parts(self, u: int, t: int) -> tuple[Part, ...]:
        """What the score of the word read at t is made of when the word at u is written, both from 0."""
        attention = self.memory.attention
        return attention.score.parts(attention.parameters, self.s[u, 0], self.memory.h[0, t])

    def read_part(self, u: int) -> Part:
        """What the readout reads at step u (from 0)."""
        w, D = self.memory.attention.parameters, self.ctx.shape[-1]
        W_c = w["W_c"]
        addends = (
            Addend("ctx_u", self.ctx[u, 0], "W_c", W_c[:, :D]), Addend("s_u", self.s[u, 0], "W_c", W_c[:, D:])
        )  # fmt: skip
        return Part("s~", "u", (*addends, Addend("b_c", w["b_c"])), "tanh")

    def apart(self) -> "Look":
        """The same of one sequence, each step as a sequence of its own: what each gives back to h then stays apart."""
        memory, U = self.memory, len(self.s)
        h, keys = (np.broadcast_to(one, (U, *one.shape[1:])) for one in (memory.h, memory.keys))
        s, ctx, read = (one.swapaxes(0, 1) for one in (self.s, self.ctx, self.read))
        e, alpha = (one.swapaxes(0, 1) for one in (self.e, self.alpha))
        return Look(replace(memory, h=h, keys=keys, inside=None), s, e, alpha, ctx, read)

    def backward(self, dread: Array, into: Weights) -> LookErrors:
        """From the error of what was read, (U, B, S), to those of s and h; gradients are added to `into`."""
        attention, h, D = self.memory.attention, self.memory.h, self.ctx.shape[-1]
        W_c = attention.parameters["W_c"]
        da = dread * TANH.derivative(self.read)
        into["W_c"][:, :D] += outer(da, self.ctx)
        into["W_c"][:, D:] += outer(da, self.s)
        into["b_c"][...] += da.reshape(-1, da.shape[-1]).sum(axis=0)
        dctx, ds = da @ W_c[:, :D], da @ W_c[:, D:]
        back = dctx.swapaxes(0, 1)
        dalpha = back @ turned(h)
        through_context = turned(self.alpha) @ back
        de = self.alpha * (dalpha - (self.alpha * dalpha).sum(axis=-1, keepdims=True))
        asks = self.s.swapaxes(0, 1)
        asked, answered = attention.score.backward(attention.parameters, asks, h, self.memory.keys, de, into)
        return LookErrors(
            dread, da, dctx, dalpha, de, ds + asked.swapaxes(0, 1), (through_context + answered).swapaxes(0, 1),
            through_context.swapaxes(0, 1),
        )  # fmt: skip
