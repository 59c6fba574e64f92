"""The numbers of an attention unfolded, as why.py does it for those of a network.

s~[u][j]      what the readout reads       tanh of its sum
ctx[u][j]     the context                  α[u][t] times the encoder's h[t][j], a leaf here: the encoder is another network
alpha[u][t]   a share                      e^(e[u][t] - lse[u])
lse[u][1]     ln of the sum of all e^e     so that the softmax is a function of a sum as well
e[u][t]       a score, and the parts that its function names
"""

from typing import TYPE_CHECKING

import numpy as np

from rnn_cli.core.attention.look import Look
from rnn_cli.core.attention.parts import Addend, Part
from rnn_cli.core.network import FORWARD
from rnn_cli.core.why import Factor, Number, Product, Quantity, product_of

if TYPE_CHECKING:
    from rnn_cli.core.why import Unfolder

READ, CONTEXT, SHARE, LSE, SCORE = "s~", "ctx", "alpha", "lse", "e"


def kinds_of(look: Look) -> dict[str, int]:
    """What can be asked for, and how many units it has: of a share and a score those are the words that were read."""
    T = look.e.shape[-1]
    return {READ: look.s.shape[-1], CONTEXT: look.ctx.shape[-1], SHARE: T, SCORE: T}


def looked_number(unfolder: "Unfolder", look: Look, q: Quantity) -> Number:
    """One number of a look back; the numbers that it needs are added to the unfolder's sources."""
    assert q.t is not None
    return _Looked(unfolder, look, q).number()


class _Looked:
    def __init__(self, unfolder: "Unfolder", look: Look, q: Quantity) -> None:
        assert q.t is not None
        self.unfolder, self.look, self.q, self.u, self.k = unfolder, look, q, q.t - 1, q.unit - 1

    def number(self) -> Number:
        """See looked_number."""
        look, q, u, k = self.look, self.q, self.u, self.k
        if q.kind == READ:
            return self._part(look.read_part(u), k, 0)
        if q.kind == CONTEXT:
            terms = [
                product_of(self._at(SHARE, u, t, float(look.alpha[0, u, t])), self._read(t, k))
                for t in range(look.e.shape[-1])
            ]
            return self._made(float(look.ctx[u, 0, k]), "", terms)
        e = look.e[0, u]
        lse = float(e.max() + np.log(np.exp(e - e.max()).sum()))
        if q.kind == SHARE:
            less = self._at(LSE, u, 0, lse)
            negative = Factor(f"-{less.name}", -lse, less.source, "-{}", lse)
            terms = [product_of(self._at(SCORE, u, k, float(e[k]))), product_of(negative)]
            return self._made(float(look.alpha[0, u, k]), "exp", terms)
        if q.kind == LSE:
            return self._made(lse, "ln", [product_of(self._power(u, t, float(e[t]))) for t in range(len(e))])
        if q.kind == SCORE:
            return self._part(look.score_parts(u, k)[-1], 0, k)
        # The step of a part is that of the word whose it is: k[t] of one that was read, q[u] of one that is written.
        of_read = any(one.of == "t" for one in look.score_parts(0, 0) if one.name == q.kind)
        parts = look.score_parts(0, u) if of_read else look.score_parts(u, 0)
        return self._part(next(one for one in parts if one.name == q.kind), k, u)

    def _part(self, part: Part, k: int, t: int) -> Number:
        terms = [product for one in part.addends for product in self._products(one, k, t, part)]
        return self._made(float(part.value[k]), part.function, terms)

    def _products(self, one: Addend, k: int, t: int, part: Part) -> list[Product]:
        if one.matrix is None:
            return [product_of(self._factor(one.vector_name, float(one.vector[k]), k, t))]
        row = one.matrix[k]
        return [
            product_of(
                self._weight(one.matrix_name, float(row[j]), k, j, one is part.addends[0]),
                self._factor(one.vector_name, float(one.vector[j]), j, t),
            )
            for j in range(len(row))
        ]

    def _weight(self, name: str, value: float, k: int, j: int, first: bool) -> Factor:
        """A weight; the row of a score's product may be s_u itself."""
        if name == "s_u ·":
            return self._factor("s_u", value, j, 0)
        if name.endswith(" ·"):
            return Factor(f"{name[:-2]}[{j + 1}]", value)
        column = j if first or name != "W_c" else j + self.look.ctx.shape[-1]
        return Factor(f"{name}[{k + 1}][{column + 1}]", value)

    def _factor(self, symbol: str, value: float, j: int, t: int) -> Factor:
        """An element of a vector of the equations."""
        if symbol == "h_t":
            return self._read(t, j)
        if symbol == "s_u":
            last = self.unfolder.architecture.num_layers - 1
            return self.unfolder.factor(Quantity("h", last, FORWARD, self.u + 1, j + 1), value)
        if symbol == "ctx_u":
            return self._at(CONTEXT, self.u, j, value)
        name = symbol.partition("_")[0]
        if symbol.endswith("_ut"):
            return self._inlined(name, value, j, t)
        if symbol.endswith("_u"):
            return self._at(name, self.u, j, value)
        return self._at(name, t, j, value) if symbol.endswith("_t") else Factor(f"{symbol}[{j + 1}]", value)

    def _inlined(self, name: str, value: float, j: int, t: int) -> Factor:
        """A number of a pair of words, which has no name of two places: written as the function that it is."""
        part = next(one for one in self.look.score_parts(self.u, t) if one.name == name)
        inside = tuple(product for one in part.addends for product in self._products(one, j, t, part))
        names = " + ".join(one.factors[0].name for one in inside)
        return Factor(f"{part.function}({names})", value, None, f"{part.function}({{}})", float(part.before[j]), inside)

    def _power(self, u: int, t: int, e: float) -> Factor:
        score = self._at(SCORE, u, t, e)
        with np.errstate(over="ignore"):
            return Factor(f"e^{score.name}", float(np.exp(e)), score.source, "e^({})", e)

    def _read(self, t: int, j: int) -> Factor:
        """A state of the encoder: a leaf."""
        return Factor(f"encoder h[{t + 1}][{j + 1}]", float(self.look.memory.h[0, t, j]))

    def _at(self, kind: str, u: int, k: int, value: float) -> Factor:
        return self.unfolder.factor(Quantity(kind, self.q.layer, self.q.direction, u + 1, k + 1), value)

    def _made(self, value: float, formula: str, terms: list[Product]) -> Number:
        return Number(self.unfolder.name(self.q), value, formula, tuple(terms))
