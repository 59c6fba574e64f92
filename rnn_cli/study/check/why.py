"""The first wrong number, unfolded: the right one as the sum of products that it is, beside the one that was found."""

from collections.abc import Iterator
from collections.abc import Sequence as Series
from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.bptt import Bptt, Target, bptt
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import BACKWARD, FORWARD
from rnn_cli.core.referee.plan import MEAN, Plan
from rnn_cli.core.trace import Trace, trace
from rnn_cli.core.why import Number, Product, Quantity, unfold
from rnn_cli.study.back_rows import BackRows
from rnn_cli.study.check.report import Compared, First
from rnn_cli.study.rows import Row, timed

MOST_NUMBERS = 12


@dataclass(frozen=True)
class Unfolded:
    """A number that was found wrong.

    numbers    the right one and what it is made of at the same step, each before those it needs; the first is the one
               that was found wrong
    sequence   which sequence of a batch it is of, from 1; None of one that sums over all of them, or where there is one
    """

    numbers: tuple[Number, ...]
    yours: float
    right: float
    sequence: int | None


def unfolded(plan: Plan, compared: Compared) -> Unfolded | None:
    """The first wrong number of an array. None of one that is no sum of products, as a loss."""
    first, name = compared.first, compared.key.name
    if first is None:
        return None
    many = plan.x.shape[1] > 1
    if name.startswith(("dW_", "db_", "dp_")):
        numbers = _gradient(plan, compared, first)
        return None if numbers is None else Unfolded(_closed((numbers,)), first.yours, first.right, None)
    b = (first.sequence or 1) - 1
    traced = _traced(plan, b)
    found = _back(plan, traced, compared, first, b) if name.startswith("d") else _forward(traced, compared, first)
    return Unfolded(_closed(found), first.yours, first.right, b + 1 if many else None) if found else None


def _closed(numbers: tuple[Number, ...]) -> tuple[Number, ...]:
    """The same numbers, whose factors point to one another alone."""
    names = {one.name for one in numbers}

    def product(one: Product) -> Product:
        return replace(one, factors=tuple(f if f.source in names else replace(f, source=None) for f in one.factors))

    return tuple(replace(one, terms=tuple(map(product, one.terms))) for one in numbers)


def _traced(plan: Plan, b: int) -> Trace:
    """One sequence of the plan."""
    initial = {where: state.sequence(b) for where, state in plan.initial.items()}
    return trace(plan.network, plan.x[: plan.lengths[b], b], initial)


def _forward(traced: Trace, compared: Compared, first: First) -> tuple[Number, ...]:
    """A number of the forward pass, and those of the same step that it is made of."""
    name = compared.key.name
    if name == "probabilities":
        name = "logits"
    if name not in ("logits", *traced.network.cell.gates, *traced.network.cell.states):
        return ()
    layer, direction = compared.key.layer, compared.key.direction
    at = Quantity(name, max(layer, 0), direction, first.t, first.unit or 1)
    reason = unfold(traced, at)
    step = f"[{first.t}]"
    own = [
        number
        for number in reason.numbers.values()
        if step in number.name and ("@" not in number.name or number.name.endswith(f"@{layer}.{direction}"))
    ]
    root = reason.numbers[reason.root]
    return tuple([root, *(one for one in own if one is not root)][:MOST_NUMBERS])


def _bptt(plan: Plan, traced: Trace, b: int) -> Bptt:
    assert plan.targets is not None
    many = plan.targets.ndim > 1
    length = int(plan.lengths[b])
    targets = plan.targets[:length, b] if many else plan.targets[[b]]
    scored = int(plan.lengths.sum()) if many else len(plan.lengths)
    weights = np.ones(len(targets)) / (scored if plan.reduction == MEAN else 1)
    return bptt(traced, Target(CROSS_ENTROPY, targets, weights))


def _back(plan: Plan, traced: Trace, compared: Compared, first: First, b: int) -> tuple[Number, ...]:
    """An error of the backward pass, and what it is made of at the same step."""
    rows = BackRows(_bptt(plan, traced, b), given_end=False)
    key, unit = compared.key, first.unit or 1
    if key.name == "dlogits":
        t = first.t or int(plan.lengths[b])
        wanted = f"dlogits[{unit}]" if rows.one else f"dlogits[{t}][{unit}]"
        return tuple(_number(row) for row in rows.loss_rows(lambda c: "") if row.key == wanted)
    if key.name.endswith("_0"):
        return (_number(rows.start_row(key.layer, key.direction, key.name[1:-2], unit)),)
    if first.t is None:
        return ()
    if key.name == "dx":
        return (_number(rows.input_row(first.t, unit)),)
    own = list(_rows_of(rows, key.layer, key.direction, first.t, unit))
    after = first.t - 1 if key.direction == BACKWARD else first.t + 1
    passed = list(_rows_of(rows, key.layer, key.direction, after, unit)) if 1 <= after <= rows.T else []
    name = key.name if len(plan.network.cell.gates) > 1 else key.name.replace("da_h", "da")
    names = (f"{name}[{first.t}]", f"{name}.future[{first.t}]")  # the latter where nothing arrives from above
    every = [row for row in (*own, *passed) if not row.key.startswith(f"{name}[{after}]")]
    root = next((row for wanted in names for row in every if row.key.startswith(wanted)), None)
    if root is None:
        return ()
    used = {factor.source for product in root.products for factor in product.factors}
    return (_number(root), *(_number(row) for row in every if row.key in used))


def _rows_of(rows: BackRows, layer: int, direction: str, t: int, unit: int) -> Iterator[Row]:
    for _, made in rows.step_rows(layer, direction, t, [unit]):
        yield from made


def _gradient(plan: Plan, compared: Compared, first: First) -> Number | None:
    """An element of a gradient: what every step of every sequence gives to it."""
    key = compared.key
    wanted = key.name + "".join(f"[{k + 1}]" for k in first.index)
    products: list[Product] = []
    found = False
    for b in range(plan.x.shape[1]):
        traced = _traced(plan, b)
        rows = BackRows(_bptt(plan, traced, b), given_end=False)
        for row in _gradient_rows(rows, compared, first):
            if row.key.partition("@")[0] == wanted:
                given = _at_their_steps(row.products, key.direction or FORWARD, len(traced.inputs))
                products += given if plan.x.shape[1] == 1 else (_of_sequence(one, b + 1) for one in given)
                found = True
    return Number(wanted, first.right, "", tuple(products)) if found else None


def _at_their_steps(products: Series[Product], direction: str, T: int) -> Iterator[Product]:
    """What the steps give, in their order, with the numbers of the steps in the names: da_2 · h_1."""
    for k, one in enumerate(products):
        t = 1 + k * T // len(products)
        yield replace(one, factors=tuple(replace(f, name=timed(f.name, t, direction, T)) for f in one.factors))


def _of_sequence(product: Product, number: int) -> Product:
    """The product with the number of its sequence in its name: steps and units are the same in each."""
    *others, last = product.factors
    return replace(product, factors=(*others, replace(last, name=f"{last.name} of sequence {number}")))


def _gradient_rows(rows: BackRows, compared: Compared, first: First) -> Iterator[Row]:
    if compared.key.layer < 0:
        return rows.readout_rows()
    return rows.gradient_rows(compared.key.layer, compared.key.direction, [first.index[0] + 1])


def _number(row: Row) -> Number:
    return Number(row.key, row.value, row.function, row.products)
