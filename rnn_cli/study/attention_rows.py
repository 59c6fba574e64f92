"""The arithmetic of one look back as rows: the scores, their softmax, the context, what the readout reads of it."""

from collections.abc import Iterator, Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.look import Look
from rnn_cli.core.attention.parts import Part
from rnn_cli.core.why import Factor, Product
from rnn_cli.study.rows import Row


def largest_of(weights: Array, most: int) -> list[int]:
    """The places (from 0) of the largest weights, in order; all where there are no more than `most`."""
    kept = np.argsort(-np.nan_to_num(weights), kind="stable")[:most]
    return sorted(int(t) for t in kept)


def pair_parts(look: Look, u: int, t: int) -> tuple[Part, ...]:
    """What e_ut is made of, without itself: () where it is a product of the two states as they are."""
    return look.score_parts(u, t)[:-1]


def score_row(look: Look, u: int, t: int, lead: str) -> Row:
    """e_ut, both from 0, as a sum of products."""
    return _row(look.score_parts(u, t)[-1], 0, u, t, lead)


def part_rows(part: Part, units: Sequence[int], u: int, t: int = 0) -> Iterator[Row]:
    """The numbers of a part that stand at these places, from 1. A matrix has a row for each of its products."""
    for unit in units:
        lead, sums = f"unit {unit}", []
        if len(part.addends) == 1 and not part.function:
            yield _row(part, unit - 1, u, t, lead)
            continue
        for one in part.addends:
            value = float(one.value[unit - 1])
            sums.append(Product((Factor(one.symbol, value),), value))
            if one.matrix is not None:
                yield Row(lead, at(one.symbol, u, t), (), tuple(map(_product, one.products(unit - 1))), value, "")
                lead = ""
        name = at(f"{part.name}_{part.of}", u, t)
        if part.function and len(sums) > 1 and any(one.matrix is not None for one in part.addends):
            before = float(part.before[unit - 1])
            yield Row(lead, at(f"a_{part.of}", u, t), (), tuple(sums), before, "")
            sums, lead = [Product((Factor("a", before),), before)], ""
        yield Row(lead, name, (), tuple(sums), float(part.value[unit - 1]), "", part.function)


def softmax_rows(look: Look, u: int, times: Sequence[int], leads: Sequence[str]) -> Iterator[Row]:
    """The sum of the powers, the largest first, and the share of each of these words (from 0)."""
    e = look.e[0, u]
    most = float(e.max())
    powers = np.exp(e - most)
    total = float(powers.sum())
    below = tuple(
        Product((_power(float(one - most), float(p)),), float(p))
        for one, p in sorted(zip(e, powers, strict=True), reverse=True)
    )
    yield Row("", f"sum_{u + 1}", (), below, total, "")
    for t, lead in zip(times, leads, strict=True):
        share = float(look.alpha[0, u, t])
        factors = (
            _power(float(e[t] - most), float(powers[t])), Factor("", 1 / total, function="(1 / {})", inner=total)
        )  # fmt: skip
        yield Row(lead, at("α_ut", u, t), (), (Product(factors, share),), share, "")


def context_rows(look: Look, units: Sequence[int], u: int) -> Iterator[Row]:
    """The context at these units, from 1: a product for each word read, the largest share first."""
    shares = np.nan_to_num(look.alpha[0, u])
    order = np.argsort(-shares, kind="stable")
    for unit in units:
        products = tuple(_product((float(look.alpha[0, u, t]), float(look.memory.h[0, t, unit - 1]))) for t in order)
        yield Row(f"unit {unit}", f"ctx_{u + 1}", (), products, float(look.ctx[u, 0, unit - 1]), "")


def at(symbol: str, u: int, t: int) -> str:
    """A symbol with its steps (from 0) filled in: e_ut is e_3,2, W_c s_u is W_c s_3."""
    return symbol.replace("_ut", f"_{u + 1},{t + 1}").replace("_u", f"_{u + 1}").replace("_t", f"_{t + 1}")


def _power(exponent: float, value: float) -> Factor:
    return Factor("", value, function="e^({})", inner=exponent)


def _row(part: Part, k: int, u: int, t: int, lead: str) -> Row:
    products = tuple(_product(factors) for one in part.addends for factors in one.products(k))
    return Row(lead, at(f"{part.name}_{part.of}", u, t), (), products, float(part.value[k]), "", part.function)


def _product(factors: tuple[float, ...]) -> Product:
    return Product(tuple(Factor("", one) for one in factors), float(np.prod(factors)))
