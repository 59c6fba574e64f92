"""The page of rnn gradients --factor: the powers of one number, or of several side by side."""

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite, log10

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.gradients.powers import Reach, ScalarProduct, ScalarStep
from rnn_cli.core.gradients.verdict import EXPLODING, STABLE, VANISHING
from rnn_cli.core.steps_to_show import landmark_steps
from rnn_cli.study.powers import MOST_STEPS, PowersResult
from rnn_cli.views import style
from rnn_cli.views.logs import LogScale, beside_one, in_steps, logarithm, of_any_size
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Grid, Prose, blank, following, heading, line, notice

MOST_ROWS = 24
BARS = {1: 32, 2: 18}
NARROW_BAR = 10
SMALL_SHARE = 1e-4
FEWEST_DEEP = 1_000_000
COMPARED = (0.5, 0.9, 1.5)

VERDICT_STYLES = {VANISHING: style.NEGATIVE, STABLE: style.GOOD, EXPLODING: style.WARNING}


def powers_page(result: PowersResult, digits: int) -> list[RenderableType]:
    """The whole page."""
    products = result.products
    names = ", ".join(power_of(product.factor) for product in products)
    steps = products[0].count
    return [
        line((f"{names} for k = 1 to {steps:,}", style.TITLE), ("     a chain of equal factors", style.FAINT)),
        line(("∂h_T/∂h_{T-k} = w · w · … · w = w^k          log10 |w^k| = k · log10 |w|", style.EQUATION)),
        blank(),
        *_table(products, digits),
        blank(),
        heading(
            "How far a float reaches",
            "below its normal numbers digits get lost, below the smallest nothing is left but it or 0",
        ),
        Grid(["w", "", "normal", "smallest"], [row for one in products for row in _reach(one)], frozen=2, align="><<"),
        blank(),
        heading("Verdict", "in the long run: under size 1 vanishing, over 1 exploding, 1 itself stable"),
        *(_verdict(product, digits) for product in products),
        blank(),
        notice(_notice(products, digits)),
        *_next(products),
    ]


def _table(products: Sequence[ScalarProduct], digits: int) -> list[RenderableType]:
    ks = landmark_steps(1, products[0].count, MOST_ROWS)
    rows = {k: [product.at(k) for product in products] for k in ks}
    scale = LogScale.over(
        (step.log10 for steps in rows.values() for step in steps), BARS.get(len(products), NARROW_BAR)
    )
    single = len(products) == 1
    header: list[str | Text] = ["k"]
    for product in products:
        header += [power_of(product.factor), *(["log10"] if single else []), scale.header()]
    table: list[list[str | Text]] = []
    for k, steps in rows.items():
        cells: list[str | Text] = [f"{k:,}"]
        for step in steps:
            colour = style.NEGATIVE if step.log10 < 0 else style.POSITIVE
            cells += [power(step, digits), *([logarithm(step.log10, digits)] if single else [])]
            cells.append(scale.bar(step.log10, colour, "▒" if step.negative else "█"))
        table.append(cells)
    parts: list[RenderableType] = [
        Grid(header, table, align=">" + (">><" if single else "><") * len(products), keep_together=3 if single else 2)
    ]
    if any(product.factor < 0 for product in products):
        parts.append(line(("bars are sizes: █ of a product above 0, ▒ of one below", style.FAINT), indent=2))
    parts.append(line(("bars are logarithmic: their length grows with log10 of the size", style.FAINT), indent=2))
    if len(ks) < products[0].count:
        parts.append(
            line((f"{len(ks)} of {products[0].count:,} steps; every one is exact in logarithms", style.FAINT), indent=2)
        )
    return parts


def power(step: ScalarStep, digits: int) -> str:
    """w^k with its sign, and beside 1 with the digits that tell it from 1: from its float value, or from its logarithm where no float can hold it."""
    if step.product and isfinite(step.product) and abs(step.log10) < 300:
        return beside_one(step.product, digits)
    return of_any_size(step.log10, digits, step.negative)


def _reach(product: ScalarProduct) -> list[list[str | Text]]:
    rows: list[list[str | Text]] = []
    for reach in product.reach:
        first = written(product.factor) if not rows else ""
        rows.append([first, reach.precision.name, *_bounds(reach)])
    return rows


def _bounds(reach: Reach) -> list[str | Text]:
    p = reach.precision
    if reach.overflow is not None:
        limit = of_any_size(p.limit * log10(2.0), 3)
        return [f"inf from k = {reach.overflow:,}  ({limit})", ""]
    if reach.below_normal is None:
        return ["never left: the size stays 1", ""]
    normal = of_any_size(p.smallest_normal * log10(2.0), 3)
    smallest = of_any_size(p.smallest_subnormal * log10(2.0), 3)
    return [f"k = {reach.below_normal:,}  ({normal})", f"k = {reach.below_subnormal:,}  ({smallest})"]


def _verdict(product: ScalarProduct, digits: int) -> RenderableType:
    w, k = written(product.factor), f"{product.count:,}"
    size = abs(product.factor)
    flips = " Its sign flips at every step." if product.factor < 0 else ""
    final = _final(product, digits)
    after, soon = f"After {k} {_steps(product)}", abs(product.final.log10) <= log10(2.0)
    if size == 0:
        text = "vanishing: one factor of 0 is enough, nothing gets through."
    elif product.verdict == VANISHING:
        text = (
            f"vanishing: each step keeps {_percent(size)} of the size. Half-life {in_steps(product.half_life, digits)}, 1/e is left "
            f"after {in_steps(product.e_folding, digits)}, under 1% from k = {product.lost_at:,}. {after} {final} is left{': at this rate it vanishes in the long run' * soon}."
        )
    elif product.verdict == EXPLODING:
        text = (
            f"exploding: each step multiplies by {w}. The size doubles every {in_steps(product.doubling_time, digits)}. "
            f"{after} it is {final}{': at this rate it explodes in the long run' * soon}."
        )
    else:
        text = f"stable: the size stays 1 for any number of steps. {after} it is {final}."
    return Prose(text + flips, f"  {w}", style=VERDICT_STYLES[product.verdict])


def _steps(product: ScalarProduct) -> str:
    return "step" if product.count == 1 else "steps"


def _final(product: ScalarProduct, digits: int) -> str:
    return power(product.final, digits)


def _percent(share: float) -> str:
    """A share below 1 in percent, with the digits of the factor: 99.99999% is not 100%."""
    shown = Decimal(repr(share)) * 100
    return f"{shown.normalize():f}%" if share > SMALL_SHARE else f"{shown:.3e}%"


def _notice(products: Sequence[ScalarProduct], digits: int) -> str:
    if len(products) > 1:
        by_size = sorted(products, key=lambda one: one.final.log10)
        small, large = by_size[0], by_size[-1]
        if small.final.log10 == large.final.log10:
            return "all are of the same size, whatever their signs: what vanishes and what explodes is the size alone."
        return (
            f"after {count(small.count, 'step')} {written(small.factor)} has become {_final(small, digits)} and "
            f"{written(large.factor)} has become {_final(large, digits)}: only a factor of size 1 neither vanishes nor explodes."
        )
    one = products[0]
    final = _final(one, digits)
    if one.verdict == STABLE:
        return "only a factor of size exactly 1 keeps a gradient as it is; that is what the LSTM's cell state is built for."
    if abs(one.final.log10) < 1:
        return f"{count(one.count, 'step')} leave {final}: too few to see that only a factor of size exactly 1 lasts; try more --steps."
    turned = ", with its sign turned" if one.final.negative else ""
    size = final.removeprefix("-")
    if one.verdict == EXPLODING:
        return f"{count(one.count, 'step')} back an error is {size} times as large as where it started{turned}: one step of gradient descent is then a leap."
    lost = one.lost_at is not None and one.lost_at <= one.count
    means = "what stands there can hardly be learnt" if lost else f"it falls under 1% from k = {one.lost_at:,} on"
    return f"of an error {size} is left {count(one.count, 'step')} back{turned}: {means}."


def _next(products: Sequence[ScalarProduct]) -> list[RenderableType]:
    side_by_side = tuple(product.factor for product in products) == COMPARED
    compare = (f"rnn gradients {' '.join(f'--factor {written(one)}' for one in COMPARED)}", "side by side")
    beyond = _beyond(products[0])
    deep = (
        f"rnn gradients --factor {written(products[0].factor)} --steps {beyond}",
        "far beyond what a float can hold",
    )
    deeper = beyond is not None and products[0].count < beyond
    return following(
        deep if deeper else ("", "") if side_by_side else compare,
        ('rnn gradients "I love NLP"', "the real factors of a network are matrices, one for each word"),
    )


def _beyond(product: ScalarProduct) -> int | None:
    """A power of ten of steps at which the product has left float64 by far; None where no --steps gets there."""
    widest = product.reach[-1]
    first = widest.overflow or widest.below_subnormal
    if first is None or product.factor == 0:
        return None
    steps = max(10 ** len(str(first)), FEWEST_DEEP)
    return steps if steps <= MOST_STEPS else None


def written(factor: float) -> str:
    """A factor as it was given: in so many digits that it is read back the same."""
    short = f"{factor:g}"
    return short if float(short) == factor else repr(factor)


def power_of(factor: float) -> str:
    """0.5^k, (-1.5)^k: a minus belongs to the factor."""
    return f"({written(factor)})^k" if factor < 0 else f"{written(factor)}^k"
