"""What each step gave to an answer: one number F of what a network answers, shared out among the steps that it read.

    log-odds    F = ln p_k / (1 - p_k) = y_k - ln(sum over j other than k of e^y_j),    p = softmax(y)
    output      F = scale y_k + shift,    a predicted number in its units

    left out            F(x) - F(x without step t)
    replaced            F(x) - F(x with b_t in the place of x_t)
    gradient · input    x_t · dF/dx_t
    integrated          (x_t - b_t) · (integral over a from 0 to 1 of dF/dx_t at b + a (x - b))

b is what a step holds that says nothing. The first two run the network again. The third is what they would find with zeros
in the place of x_t if F were a straight line. Integrated gradients add up to F(x) - F(b), which is their completeness: the
residual says how exact the integral is. Between two points of the way from b to x they must add up to the difference of F
there, so that the way is halved where they do not yet: F can jump within a thousandth of it.

Sources: Li, Monroe and Jurafsky, "Understanding neural networks through representation erasure" (2016), for leaving out;
Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks" (2017), for integrated gradients.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.fast.batches import MOST_SEQUENCES, MOST_STEPS, batches, run_batch
from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import Network
from rnn_cli.core.state import InitialStates

LOG_ODDS, OUTPUT = "log-odds", "output"
POINTS = 8
"""The slope is taken at so many points of each part of the way (Gauss and Legendre)."""

PARTS, MOST_PARTS = 4, 512
"""Into so many parts the way is cut at first, and at most."""

EXACT = 1e-8
"""What the integral over a part may miss, as a share of how far F moves along the whole way."""

LAST = -1
"""The answer at the last step, of what is left of a sequence too."""

MOST_PAIRED = 16
"""So many steps are left out two at a time, those with the largest change."""


@dataclass(frozen=True)
class Asked:
    """The number that is explained: of answers (…, C) the log-odds of class `unit`, or output `unit` in its units.

    at    of a network with an answer at every step the one that is meant: a step from 0, or LAST; None of one answer
    """

    kind: str
    unit: int
    at: int | None = None
    scale: float = 1.0
    shift: float = 0.0

    def value(self, answers: Array) -> Array:
        """F of answers (…, C) -> (…)."""
        own: Array = answers[..., self.unit]
        if self.kind == OUTPUT:
            return self.scale * own + self.shift
        return own - _log_sum(np.delete(answers, self.unit, axis=-1))

    def slope(self, answers: Array) -> Array:
        """dF/dy, (…, C)."""
        slope = np.zeros(answers.shape)
        if self.kind == OUTPUT:
            slope[..., self.unit] = self.scale
            return slope
        others = np.delete(answers, self.unit, axis=-1)
        rest = np.arange(answers.shape[-1]) != self.unit
        slope[..., rest] = -np.exp(others - _log_sum(others)[..., None])
        slope[..., self.unit] = 1.0
        return slope


def _log_sum(values: Array) -> Array:
    """ln of the sum of e^values, (…, C) -> (…)."""
    most = values.max(axis=-1)
    total: Array = most + np.log(np.exp(values - most[..., None]).sum(axis=-1))
    return total


@dataclass(frozen=True)
class Together:
    """Several steps taken out at once: the change, and the sum of their changes one by one. Steps count from 0."""

    steps: tuple[int, ...]
    change: float
    apart: float

    @property
    def beyond(self) -> float:
        """What they give together beyond what each gives alone."""
        return self.change - self.apart


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each of the T steps gave to F.

    value, empty      F(x) and F(b)
    left_out          (T,), nan where the answer goes with the step; None where leaving steps out would answer something else
    replaced          (T,); gradient (T,); integrated (T,), from an integral with so many `points`
    running           (T,), F as if the sequence ended there; nan before the step that answers
    repeated          steps that hold the same, taken out together
    pair              the two steps that together give most beyond what each gives alone; None of a single step
    components        (2, I), what each component gave over all steps, with b in its place and by integrated gradients; None where
                      that was not asked for
    """

    asked: Asked
    value: float
    empty: float
    left_out: Array | None
    replaced: Array
    gradient: Array
    integrated: Array
    points: int
    running: Array
    repeated: tuple[Together, ...]
    pair: Together | None
    components: Array | None

    @property
    def residual(self) -> float:
        """The sum of the integrated gradients, less F(x) - F(b)."""
        return float(self.integrated.sum()) - (self.value - self.empty)

    @property
    def leaves_out(self) -> bool:
        """Whether a step is taken out by leaving it out; else b stands in its place."""
        return self.left_out is not None and bool(np.isfinite(self.left_out).all())

    @property
    def taken_out(self) -> Array:
        """The changes that were seen and not derived: without each step, or where that says nothing with b in its place."""
        return self.left_out if self.left_out is not None and self.leaves_out else self.replaced


def attribute(
    network: Network,
    x: Array,
    asked: Asked,
    baseline: Array,
    initial: InitialStates,
    alike: Sequence[tuple[int, ...]] = (),
    *,
    removes: bool = True,
    by_component: bool = False,
) -> Attribution:
    """What each step of x (T, I) gave to an answer.

    baseline (I,), b; initial: where the memory starts, (H,) each; alike: steps that hold the same; removes: whether a
    sequence without a step is one that the network could have read; by_component: whether components are told apart too.
    """
    T, runner = len(x), _Runner(network, x, asked, baseline, initial)
    value, empty = runner.value(x), runner.value(np.broadcast_to(baseline, x.shape))
    nothing = x == baseline  # where b stands already: there the same run, but for the rounding of a batch
    replaced = value - runner.values([runner.replaced((t,)) for t in range(T)])
    replaced[nothing.all(axis=1)] = 0
    left_out = None
    if removes and T > 1:
        stays = [t for t in range(T) if t != asked.at]
        left_out = np.full(T, np.nan)
        left_out[stays] = value - runner.values([runner.without((t,)) for t in stays])
    first = 0 if asked.at is None else max(asked.at, 0)
    running = np.full(T, np.nan)
    running[first:] = runner.values([(x[: t + 1], asked.at) for t in range(first, T)])
    each, points = runner.integrated()
    components = None
    if by_component:
        without = runner.values([runner.component(i) for i in range(x.shape[1])])
        components = np.stack([np.where(nothing.all(axis=0), 0.0, value - without), each.sum(axis=0)])
    integrated = each.sum(axis=1)
    found = Attribution(
        asked, value, empty, left_out, replaced, runner.gradient(), integrated, points, running, (), None, components
    )
    return runner.with_groups(found, alike)


def integrated_gradients(
    x: Array,
    baseline: Array,
    values: Callable[[Array], Array],
    slopes: Callable[[Array], Array],
    exact: float = EXACT,
    most_parts: int = MOST_PARTS,
) -> tuple[Array, int]:
    """Integrated gradients of K numbers F (K, T, I), and at how many points of the way the slope was taken.

    x (T, I); baseline, b, as x or (I,); values: sequences (N, T, I) -> their F (N, K); slopes: the same side by side
    (T, N, I) -> dF/dx (N, K, T, I). The way is halved until no part of it misses more than the share `exact` of how far F moves
    along the whole way, or it has `most_parts`.
    """
    way, places = x - baseline, np.linspace(0, 1, PARTS + 1)

    def along(some: Sequence[float] | Array) -> list[Array]:
        return list(values(np.stack([baseline + place * way for place in some]))) if len(some) else []

    known = dict(zip(places.tolist(), along(places), strict=True))
    total = np.zeros((len(known[0.0]), *x.shape))
    open_ = list(zip(places[:-1].tolist(), places[1:].tolist(), strict=True))
    parts = 0
    while open_:
        parts += len(open_)
        every = np.stack(list(known.values()))
        most = exact * (every.max(axis=0) - every.min(axis=0))
        again: list[tuple[float, float]] = []
        beside = max(1, min(MOST_SEQUENCES, MOST_STEPS // (len(x) * len(total))) // POINTS)
        for (start, end), found in zip(open_, _integrals(x, baseline, slopes, open_, beside), strict=True):
            missed = np.abs((found * way).sum(axis=(1, 2)) - (known[end] - known[start])) > most
            if missed.any() and parts + 2 * (len(again) + 1) <= most_parts:
                again.append((start, end))
            else:
                total += found
        middles = [(start + end) / 2 for start, end in again]
        known.update(zip(middles, along(middles), strict=True))
        open_ = [half for (start, end), mid in zip(again, middles, strict=True) for half in ((start, mid), (mid, end))]
    return total * way, parts * POINTS


def _integrals(
    x: Array, baseline: Array, slopes: Callable[[Array], Array], parts: Sequence[tuple[float, float]], beside: int
) -> Iterator[Array]:
    """The integral of dF/dx over each part of the way, (K, T, I). So many parts run side by side."""
    places, weights = np.polynomial.legendre.leggauss(POINTS)  # of -1 to 1
    for first in range(0, len(parts), beside):
        starts, ends = np.array(parts[first : first + beside]).T
        halves = (ends - starts) / 2
        at = starts[:, None] + halves[:, None] * (places + 1)  # (parts, POINTS)
        found = slopes(baseline + at.reshape(-1, 1) * (x - baseline)[:, None])  # of (T, parts * POINTS, I)
        for half, its in zip(halves, found.reshape(len(halves), POINTS, *found.shape[1:]), strict=True):
            yield np.einsum("nkti,n->kti", its, weights * half)


class _Runner:
    """Runs a network on what is left of one sequence."""

    def __init__(self, network: Network, x: Array, asked: Asked, baseline: Array, initial: InitialStates) -> None:
        self.network, self.x, self.asked, self.baseline, self.initial = network, x, asked, baseline, initial

    def replaced(self, steps: tuple[int, ...]) -> tuple[Array, int | None]:
        """The sequence with b in the place of some steps, and the step that answers."""
        changed = self.x.copy()
        changed[list(steps)] = self.baseline
        return changed, self.asked.at

    def component(self, i: int) -> tuple[Array, int | None]:
        """The sequence with b's component in the place of one component of every step, and the step that answers."""
        changed = self.x.copy()
        changed[:, i] = self.baseline[i]
        return changed, self.asked.at

    def without(self, steps: tuple[int, ...]) -> tuple[Array, int | None]:
        """The sequence without some steps, and the step that answers."""
        at = self.asked.at
        if at is not None and at != LAST:
            at -= sum(t < at for t in steps)
        return np.delete(self.x, steps, axis=0), at

    def value(self, x: Array) -> float:
        """F of one sequence."""
        return float(self.values([(x, self.asked.at)])[0])

    def values(self, runs: Sequence[tuple[Array, int | None]]) -> Array:
        """F of sequences with the step that answers in each."""
        found = []
        for group in batches(runs, lambda one: len(one[0])):
            done = run_batch(self.network, [x for x, _ in group], self._starts(len(group)))
            for run, (_, at) in zip(done, group, strict=True):
                assert run.logits is not None
                found.append(float(self.asked.value(run.logits if at is None else run.logits[at])))
        return np.array(found)

    def slopes(self, x: Array) -> Array:
        """dF/dx of a batch x (T, B, I)."""
        run = run_forward(self.network, np.ascontiguousarray(x), initial=self._starts(x.shape[1]))
        assert run.logits is not None
        at = self.asked.at
        if at is None:
            dlogits = self.asked.slope(run.logits)
        else:
            dlogits = np.zeros(run.logits.shape)
            dlogits[at] = self.asked.slope(run.logits[at])
        return run_backward(self.network, run, dlogits).inputs

    def gradient(self) -> Array:
        """(T,), the slope of each step times what it holds."""
        found: Array = (self.slopes(self.x[:, None])[:, 0] * self.x).sum(axis=-1)
        return found

    def integrated(self) -> tuple[Array, int]:
        """Integrated gradients (T, I), and at how many points of the way the slope was taken."""
        each, points = integrated_gradients(
            self.x,
            self.baseline,
            lambda some: self.values([(one, self.asked.at) for one in some])[:, None],
            lambda some: self.slopes(some).transpose(1, 0, 2)[:, None],
        )
        return each[0], points

    def with_groups(self, found: Attribution, alike: Sequence[tuple[int, ...]]) -> Attribution:
        """The attribution with what steps give together."""
        T, each = len(self.x), found.taken_out
        largest = sorted(np.argsort(-np.abs(each), kind="stable")[:MOST_PAIRED].tolist())
        takes_out = self.without if found.leaves_out else self.replaced
        left = T if found.leaves_out else T + 1  # something must be left to read
        asked = [*(one for one in alike if len(one) < left), *(combinations(largest, 2) if left > 2 else ())]
        if not asked:
            return found
        changes = found.value - self.values([takes_out(steps) for steps in asked])
        every = [
            Together(steps, float(change), float(each[list(steps)].sum()))
            for steps, change in zip(asked, changes, strict=True)
        ]
        same = {one.steps: one for one in every}
        pairs = [one for one in every if len(one.steps) == 2]
        return Attribution(
            **{**vars(found), "repeated": tuple(same[one] for one in alike if one in same)}
            | {"pair": max(pairs, key=lambda one: abs(one.beyond), default=None)}
        )

    def _starts(self, count: int) -> InitialStates:
        """Where the memories of so many sequences start."""
        return {
            where: state.map(lambda array: np.repeat(array[None], count, axis=0))
            for where, state in self.initial.items()
        }
