"""The gradient's path back through one layer in one direction: real Jacobians, their products, and what makes them small.

    J_t = ∂s_t/∂s_{t-1}                        s_t = h_t, or all that a cell carries: [h_t; c_t] of an LSTM
    P_k = ∂s_T/∂s_{T-k} = J_T J_{T-1} … J_{T-k+1}
    ∂L/∂s_{T-k} = P_k^T ∂L/∂s_T              where the loss reads step T alone

∂L/∂s_t on the pages is the whole error of each state, as rnn bptt has it: that of c_t counts what reaches c_t through h_t.

Steps are counted in the order of the run: in the backward direction step 1 reads the last word. Products are kept
as Q diag(e^d) U (see long_products.py). Sizes are logarithms d there, so that a product of thousands of factors neither
underflows nor overflows, and ln of its singular value sigma_i is right for every i.

    finite-time Lyapunov exponents     lambda_i = ln sigma_i(P_k) / k
    Benettin's                         the mean of ln |R_ii| over the QR decompositions of the steps; the same as k grows

Below 0, a direction shrinks by the factor e^lambda at each step: the gradient vanishes. Above 0 it grows: the gradient
explodes. The largest lambda decides in the end.

For a vanilla RNN, J_t = diag(f'(a_t)) W_hh, and ln ||P_k|| is the sum of two parts:

    weights       ln ||W_hh^k||                   what the matrix alone would do, every f' being 1
    slopes        ln ||P_k|| - ln ||W_hh^k||      what the slopes f'(a_t) add to it or take from it

For cells with a gate that keeps the state (Cell.keeps), the direct path is set beside the product, unit by unit: ∏ f_t of
the LSTM, ∏ z_t of the GRU. States whose numbers depend on an arbitrary scale are taken in coordinates that do not
(Cell.coordinates), so that norms mean something.

The word saturation stands for two numbers. Pages and documents call the part of the slopes the saturation of a product
(FlowRow.log_saturation): a logarithm, 0 where all slopes are 1. The saturation of a step (StepJacobian.saturation) is a share,
the mean of 1 - f'(a)/max f' over its gates' units: 0 where all are at their steepest, 1 where all are flat. That is h^2 for
tanh, (2s - 1)^2 for a sigmoid of value s, and the share of dead units for relu.

Sources: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013), section 2;
Vogt et al., "On Lyapunov exponents for RNNs" (2022); Benettin et al. (1980).
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Step
from rnn_cli.core.departure import Departure, LeftRange
from rnn_cli.core.fast import kernel_of
from rnn_cli.core.forward import ForwardRun
from rnn_cli.core.gradients.leading import Leading
from rnn_cli.core.gradients.measures import ALL_UP_TO, AllValues, LeadingValues, Measure
from rnn_cli.core.gradients.spectra import Spectrum, log_power_norms, rank_to_rounding, spectrum_of
from rnn_cli.core.network import BACKWARD, FORWARD, Network
from rnn_cli.core.norms import log_norm
from rnn_cli.core.state import State, split
from rnn_cli.core.steps_to_show import sample_steps

MOST_ROWS = 200
SIZE_OF_MOST_ROWS = 64
FEWEST_ROWS = 24
Watcher = Callable[[int, int], None]
"""Hears how much of how much is done."""

LITTLE = 0.01
"""A word's signal counts as lost below this share of the last word's."""


@dataclass(frozen=True, eq=False)
class Chain:
    """One layer in one direction, ready to be stepped through anywhere: inputs and states in the order of the run.

    x (T, I); states by name, (T+1, H) each
    """

    cell: Cell
    p: Packed
    x: Array
    states: Mapping[str, Array]
    layer: int = 0
    direction: str = FORWARD

    @property
    def joint(self) -> bool:
        """Whether the state is more than h."""
        return len(self.cell.coordinate_names) > 1

    @property
    def size(self) -> int:
        """The size of the state, S*H."""
        H: int = self.states["h"].shape[1]
        return len(self.cell.coordinate_names) * H

    def step(self, m: int) -> Step:
        """Step m (from 1) with all its gates."""
        before = State(**{name: array[m - 1] for name, array in self.states.items()})
        return self.cell.trace_step(self.p, self.x[m - 1], before)

    def jacobian(self, step: Step) -> Array:
        """J of a step, in the cell's coordinates, (S*H, S*H)."""
        J = kernel_of(self.cell).jacobian(self.p, step)
        after, before = self.cell.coordinates(step.state), self.cell.coordinates(step.before)
        return J if after is None or before is None else after[0] @ J @ before[1]

    def finite_jacobian(self, m: int, step: Step | None = None) -> Array:
        """J of step m. LeftRange where a number of it is not finite."""
        J = self.jacobian(self.step(m) if step is None else step)
        if not (np.isfinite(J.sum()) or np.isfinite(J).all()):
            t = len(self.x) + 1 - m if self.direction == BACKWARD else m
            raise LeftRange(Departure("the Jacobian J_t", t, self.layer, self.direction))
        return J


def chain_of(network: Network, run: ForwardRun, layer: int, direction: str) -> Chain:
    """The chain of the first sequence of a forward pass."""
    tape, length = run.tape(layer, direction), int(run.lengths[0])
    states = {name: array[: length + 1, 0] for name, array in tape.states.items()}
    return Chain(network.cell, network.packed(layer, direction), tape.x[:length, 0], states, layer, direction)


@dataclass(frozen=True, eq=False)
class FlowRow:
    """The product P_k = ∂s_T/∂s_{T-k}, everything but shares as natural logarithms.

    log_singular_values      largest first; the first is ln ||P_k||. All n, or of a larger state the leading ones
    log_rest                 a bound for each of the others; None where all are there
    log_factor               ln ||J_{T-k+1}||, the factor that came last; None for k = 0
    factor_saturation        the saturation of that factor's step; None for k = 0
    log_blocks               by state, of the blocks ∂h_T/∂h_{T-k}, ∂c_T/∂c_{T-k}, … of a joint product; {} for h alone
    log_errors               by state, ln ||∂L/∂h_{T-k}||, ln ||∂L/∂c_{T-k}||, …; {} without a loss
    log_error                ln of the norm of all of them together, None without a loss
    log_highway              ln of the largest unit's direct path, as ∏ f; None where no gate keeps the state
    log_weights              ln ||W_hh^k||, None for cells with several recurrent matrices, or none
    units                    the same unit by unit
    """

    k: int
    log_singular_values: Array
    log_rest: float | None
    log_factor: float | None
    factor_saturation: float | None
    log_blocks: Mapping[str, float]
    log_errors: Mapping[str, float]
    log_error: float | None
    log_highway: float | None
    log_weights: float | None
    units: "UnitsBack"

    @property
    def log_norm(self) -> float:
        """ln ||P_k||."""
        return float(self.log_singular_values[0])

    @property
    def log_saturation(self) -> float | None:
        """The part of ln ||P_k|| that the slopes f'(a_t) cause: ln ||P_k|| - ln ||W_hh^k||. No share as StepJacobian's.

        None where W_hh^k is 0: nothing can be told apart then.
        """
        if self.log_weights is None or np.isneginf(self.log_weights):
            return None
        return self.log_norm - self.log_weights


@dataclass(frozen=True, eq=False)
class UnitsBack:
    """What stands k steps back, unit by unit, (H,) each.

    signs, log_error    of ∂L/∂h_{T-k}: the sign and ln of the size; None without a loss
    log_highway         ln of the direct path, as ∏ f; None where no gate keeps the state
    saturation          of the step that made h_{T-k}, from 0 to 1; None for the initial state
    """

    signs: Array | None
    log_error: Array | None
    log_highway: Array | None
    saturation: Array | None


@dataclass(frozen=True, eq=False)
class StepJacobian:
    """J_m of step m of the run: its singular values as in FlowRow, and the step's saturation, from 0 to 1."""

    m: int
    log_singular_values: Array
    log_rest: float | None
    saturation: float


@dataclass(frozen=True)
class Signal:
    """A norm on its way back, as natural logarithms, and where it is under LITTLE of what it is at k = 0.

    start, end    at k = 0 and at the longest k
    entry         the k from which on it is carried, and not only read: 1 for the error of a joint state, which the loss reads at
                  h_T alone and which the other states take over in the first step back; else 0
    at_entry      at that k
    under         the first k at which it is under LITTLE of its start, None where it never is
    back          the first k after `under` at which it is not, None where it stays
    stays_under   the k from which on it is for all the rest, None where it is not at the end
    carried_to    the first k after `entry` at which it is under LITTLE of what it is there, None where it never is
    every         whether every k was looked at: a product of thousands of factors is looked at where blocks of them end
    """

    start: float
    end: float
    entry: int
    at_entry: float
    under: int | None
    back: int | None
    stays_under: int | None
    carried_to: int | None
    every: bool

    @property
    def log_ratio(self) -> float | None:
        """ln of end / start, None where the start is 0."""
        return None if np.isneginf(self.start) else self.end - self.start

    @property
    def log_carried(self) -> float | None:
        """ln of end / at_entry, which the verdict is of; None where the start is 0."""
        if np.isneginf(self.start):
            return None
        return self.end - self.at_entry if np.isfinite(self.at_entry) else -np.inf


@dataclass(frozen=True, eq=False)
class Flow:
    """The path back from step T of the run.

    size          numbers of the state, and singular values of each product
    rows          products, k ascending; a sample of them where `sampled`
    jacobians     for each row, J of the step that made s_{T-k}: the next factor of the product, not its last one. The initial
                  state has none
    benettin      Benettin's exponents over the whole path, largest first; all, or the leading ones
    by_product    the norm of the product as a signal
    by_loss       the norm of the error of all states, where the loss is read from h_T alone; else None, for then every step's
                  loss adds to it and its size says nothing of what is kept
    spectra       of each recurrent matrix; () where the cell has none
    """

    cell: Cell
    length: int
    size: int
    joint: bool
    rows: tuple[FlowRow, ...]
    jacobians: tuple[StepJacobian, ...]
    benettin: Array
    by_product: Signal
    by_loss: Signal | None
    spectra: tuple[Spectrum, ...]
    sampled: bool

    @property
    def final(self) -> FlowRow:
        """The longest product."""
        return self.rows[-1]

    @property
    def signal(self) -> Signal:
        """What is followed back: the error of the loss, or the product."""
        return self.by_product if self.by_loss is None else self.by_loss

    @property
    def exponents(self) -> Array:
        """The finite-time Lyapunov exponents ln sigma_i / k of the longest product."""
        exponents: Array = self.final.log_singular_values / max(self.final.k, 1)
        return exponents

    @property
    def peak(self) -> FlowRow:
        """The row whose norm is largest, the first of equals."""
        return max(self.rows, key=lambda row: row.log_norm)

    @property
    def power_peak(self) -> FlowRow | None:
        """For a vanilla RNN the row at which ||W_hh^k|| is largest."""
        known = [row for row in self.rows if row.log_weights is not None]
        return max(known, key=lambda row: -np.inf if row.log_weights is None else row.log_weights, default=None)

    @property
    def spectrum(self) -> Spectrum | None:
        """Of W_hh, or of the matrix of the gate that brings what is new; None where there is no recurrent matrix."""
        wanted = f"W_h{self.cell.candidate}"
        return next((one for one in self.spectra if one.symbol == wanted), self.spectra[0] if self.spectra else None)


def flow(
    chain: Chain,
    error: Array | None = None,
    errors: Array | None = None,
    down_to: int = 1,
    first_k: int = 0,
    *,
    wanted: Collection[int] = (),
    all_values: bool = False,
    watch: Watcher | None = None,
) -> Flow:
    """Go back from step T to the state `down_to` (0 is the initial state); rows begin at `first_k`.

    The k in `wanted` have a row each, also where others are a sample.

    error (H,) is ∂L/∂h_T where the loss is read from there alone. errors (T, H), in its place, are ∂L/∂h_1 … ∂L/∂h_T, in
    the order of the run, of a loss that enters at many steps.

    A state of more than ALL_UP_TO numbers has its leading singular values found, all of them with `all_values`. `watch` hears
    how much of how much is done.
    """
    size, states = chain.size, len(chain.cell.coordinate_names)
    ks = sorted({*sample_steps(first_k, len(chain.x) - down_to, most_rows(size)), *wanted})
    if not all_values and size > ALL_UP_TO:
        found = _flow(chain, _Error(chain, error, errors), ks, LeadingValues(size, states), watch)
        if found is not None:
            return found
    found = _flow(chain, _Error(chain, error, errors), ks, AllValues(size), watch)
    assert found is not None
    return found


def _flow(
    chain: Chain,
    error: "_Error",
    ks: Sequence[int],
    measure: Measure,
    watch: Watcher | None,
) -> Flow | None:
    """The same with the values that `measure` finds; None where it cannot answer for the first of each."""
    T, size, names = len(chain.x), chain.size, chain.cell.coordinate_names
    first_k, last_k = ks[0], ks[-1]
    whole_way = last_k + 2 * len(ks)
    kept: list[tuple[_Point, dict[str, float]]] = []
    product, loss = Watch(), Watch(int(chain.joint and last_k > 1))
    for point in _walk(chain, error, last_k, set(ks), measure):
        log_size = measure.log_size(product.limit)
        if log_size is not None:
            product.see(point.k, log_size)
        if error.at_end:
            loss.see(point.k, _together(point.log_errors))
        if point.k in ks:
            measure.keep()
            blocks = dict(zip(names, measure.log_blocks(len(names)), strict=True)) if chain.joint else {}
            kept.append((point, blocks))
        if watch is not None:
            watch(point.k, whole_way)
    traced = [point.step for point, _ in kept if point.step is not None]
    steps = [T - point.k for point, _ in kept if point.step is not None]
    jacobians = [chain.finite_jacobian(m, step) for m, step in zip(steps, traced, strict=True)]
    found: list[Leading] = []
    for one in itertools.chain(measure.kept(), measure.of(jacobians)):
        found.append(one)
        if watch is not None:
            watch(last_k + len(found), whole_way)
    products, own = found[: len(ks)], found[len(ks) :]
    if not all(len(one.log_values) for one in found):
        return None
    matrices = recurrent_matrices(chain)
    alone = next(iter(matrices.values())) if len(matrices) == 1 and len(chain.cell.gates) == 1 else None
    weights = {} if alone is None else log_power_norms(alone, ks)
    benettin = measure.log_growth / max(last_k, 1)
    rank = size if alone is None else _rank(alone, jacobians, len(benettin))
    products = [one.of_rank(rank) if k else one for k, one in zip(ks, products, strict=True)]
    own = [one.of_rank(rank) for one in own]
    benettin[rank if last_k else size :] = -np.inf
    norms = {m: float(one.log_values[0]) for m, one in zip(steps, own, strict=True)}
    rows = []
    for (point, blocks), values in zip(kept, products, strict=True):
        k, m = point.k, T - point.k + 1
        step = point.factor
        log_factor = None if step is None else norms[m] if m in norms else log_norm(chain.finite_jacobian(m, step))
        saturated = None if step is None else saturation(step)
        together = _together(point.log_errors) if point.log_errors else None
        rows.append(
            FlowRow(
                k,
                values.log_values,
                values.log_rest,
                log_factor,
                saturated,
                blocks,
                point.log_errors,
                together,
                point.log_highway,
                weights.get(k),
                point.units(),
            )
        )
    return Flow(
        chain.cell,
        T,
        size,
        chain.joint,
        tuple(rows),
        tuple(
            StepJacobian(m, one.log_values, one.log_rest, saturation(step))
            for m, one, step in zip(steps, own, traced, strict=True)
        ),
        benettin,
        product.signal(rows[-1].log_norm),
        loss.signal() if error.at_end else None,
        tuple(spectrum_of(symbol, W) for symbol, W in matrices.items()),
        len(ks) < last_k + 1 - first_k,
    )


def recurrent_matrices(chain: Chain) -> dict[str, Array]:
    """The recurrent matrices by their symbols: W_hh, or W_hi, W_hf, …; {} where there are none."""
    named = chain.cell.named(chain.p)
    return {symbol: named[symbol] for symbol in chain.cell.recurrent}


def saturation(step: Step) -> float:
    """The mean of 1 - f'(a)/max f' over the units of all gates."""
    return float(np.mean(list(flatness(step).values())))


def flatness(step: Step) -> dict[str, Array]:
    """1 - f'(a)/max f' by gate, unit by unit."""
    return {
        gate.name: 1 - ACTIVATIONS[gate.activation].derivative(gate.value) / ACTIVATIONS[gate.activation].steepest
        for gate in step.gates
    }


def most_rows(size: int) -> int:
    """How many rows to keep: the singular values of one cost time that grows with the cube of its size."""
    return MOST_ROWS if size <= SIZE_OF_MOST_ROWS else max(MOST_ROWS * SIZE_OF_MOST_ROWS**2 // size**2, FEWEST_ROWS)


@dataclass(frozen=True, eq=False)
class _Point:
    """What was carried along with the product for k steps back: `step` made s_{T-k}, the initial state has none."""

    k: int
    factor: Step | None
    step: Step | None
    log_errors: Mapping[str, float]
    error: tuple[Array, Array] | None
    path: Array | None

    @property
    def log_highway(self) -> float | None:
        """That of the unit that keeps most."""
        return None if self.path is None else float(self.path.max())

    def units(self) -> UnitsBack:
        """The same unit by unit."""
        saturated = None if self.step is None else np.mean(list(flatness(self.step).values()), axis=0)
        signs, log_error = (None, None) if self.error is None else self.error
        return UnitsBack(signs, log_error, self.path, saturated)


class _Error:
    """∂L/∂s_t on its way back from step T, as e^log_scale times numbers of size 1; without a loss it is not `given`.

    What goes back over a step is what arrives at each state from later steps and from the state's own output. The whole error,
    which the norms are of, has as well what reaches one state through another of the same step.
    """

    def __init__(self, chain: Chain, at_end: Array | None, at_h: Array | None) -> None:
        """at_end is ∂L/∂h_T of a loss at T alone. at_h (T, H) are the whole errors of h_1 … h_T, of a loss at many steps."""
        self.chain, self.at_h, self.log_scale = chain, at_h, 0.0
        self.at_end = at_end is not None
        self.given = at_end is not None or at_h is not None
        first = at_end if at_h is None else at_h[-1]
        self.g = np.zeros(chain.size)
        if first is not None:
            self.g[: len(first)] = first
            self._normalize()

    def go_back(self, J: Array, m: int) -> None:
        """Over the step whose Jacobian is J, to the state m."""
        self.g, self.log_scale = _carried(self.g, J, self.log_scale)
        if self.at_h is not None and m:
            h = self.at_h[m - 1]
            largest = float(np.abs(h).max())
            log_h = float(np.log(largest)) if largest else -np.inf
            rest = self.g[len(h) :]
            log_scale = max(self.log_scale if rest.any() else -np.inf, log_h)
            if np.isneginf(log_scale):
                self.g[:] = 0
                return
            self.g[len(h) :] = rest * np.exp(min(self.log_scale - log_scale, 0.0))
            self.g[: len(h)] = h / (largest or 1.0) * np.exp(log_h - log_scale)
            self.log_scale = log_scale

    def by_state(self, step: Step | None) -> dict[str, Array]:
        """The whole errors by state, without their scale; `step` made these states, None for the initial ones."""
        cell = self.chain.cell
        names = cell.coordinate_names
        parts = tuple(np.split(self.g, len(names)))
        if step is not None and len(names) > 1:
            coordinates = cell.coordinates(step.state)
            error = self.g if coordinates is None else self.g @ coordinates[0]
            whole = cell.whole_error(self.chain.p, step, split(cell.states, error))
            parts = cell.in_coordinates(step.state, whole)
        return dict(zip(names, parts, strict=True))

    def of_units(self, part: Array) -> tuple[Array, Array]:
        """The signs of a part, and ln of the sizes of its numbers."""
        with np.errstate(divide="ignore"):
            return np.sign(part), self.log_scale + np.log(np.abs(part))

    def _normalize(self) -> None:
        size = float(np.abs(self.g).max())
        if size:
            self.g, self.log_scale = self.g / size, float(np.log(size))


def _together(logs: Mapping[str, float]) -> float:
    """ln of the norm of vectors one below the other, from ln of the norm of each."""
    return 0.5 * float(np.logaddexp.reduce([2 * log for log in logs.values()]))


def _rank(W: Array, jacobians: Sequence[Array], shown: int) -> int:
    """The rank that W allows Jacobians diag(f') W and their products; what a float finds beyond it is rounding."""
    rank = rank_to_rounding(W)
    return rank if rank < shown and all(rank_to_rounding(J) <= rank for J in jacobians) else len(W)


def _walk(chain: Chain, error: _Error, last_k: int, wanted: set[int], measure: Measure) -> Iterator[_Point]:
    """P_k^T for k = 0 … last_k: each step back multiplies J^T from the left.

    Without an error the points are those where the measure can be read: all in `wanted` are.
    """
    T, H = len(chain.x), chain.states["h"].shape[1]
    whole = True
    path = np.zeros(H)
    step: Step | None = None
    for k in range(last_k + 1):
        if k:
            J = chain.finite_jacobian(T - k + 1, step)
            whole = measure.add(J, last=k in wanted or k == last_k)
            if error.given:
                error.go_back(J, T - k)
            kept = None if step is None else chain.cell.kept(step)
            if kept is not None:
                with np.errstate(divide="ignore"):
                    path = path + np.log(np.abs(kept))
        factor, step = step, chain.step(T - k) if k < T else None
        if not whole and not error.given:
            continue
        errors = error.by_state(step) if error.given else {}
        log_errors = {name: error.log_scale + log_norm(part) for name, part in errors.items()}
        own = error.of_units(errors["h"]) if error.given and k in wanted else None
        yield _Point(k, factor, step, log_errors, own, path if chain.cell.keeps else None)


def _carried(g: Array, J: Array, log_scale: float) -> tuple[Array, float]:
    """e^log_scale g J with its largest entry brought to 1."""
    for factor in (None, J):
        if factor is not None:
            largest = max(float(factor.max()), -float(factor.min())) or 1.0
            g, log_scale = g @ (factor / largest), log_scale + float(np.log(largest))
        size = float(np.abs(g).max())
        if size:
            g, log_scale = g / size, log_scale + float(np.log(size))
    return g, log_scale


class Watch:
    """Follows a norm back and finds where it is under LITTLE of what it was at k = 0."""

    def __init__(self, entry: int = 0) -> None:
        self.start: float | None = None
        self.entry, self.at_entry = entry, -np.inf
        self.last = self.last_k = -1.0
        self.first: int | None = None
        self.back: int | None = None
        self.since: int | None = None
        self.carried_to: int | None = None
        self.every = True

    @property
    def limit(self) -> float:
        """ln of the size that counts as little."""
        return -np.inf if self.start is None else self.start + float(np.log(LITTLE))

    def see(self, k: int, log: float) -> None:
        """Take the next k into account; `log` need be no more than on the right side of the limit, but for k = 0."""
        if self.start is None:
            self.start = log
        if k == self.entry:
            self.at_entry = log
        elif k > self.entry and self.carried_to is None and log < self.at_entry + np.log(LITTLE):
            self.carried_to = k
        self.every = self.every and k == self.last_k + 1
        self.last, self.last_k = log, k
        if log < self.limit:
            self.first = k if self.first is None else self.first
            self.since = k if self.since is None else self.since
        elif self.since is not None:
            self.back, self.since = k if self.back is None else self.back, None

    def signal(self, end: float | None = None) -> Signal:
        """What was found; `end` is the exact last size where `see` had another."""
        assert self.start is not None
        return Signal(
            self.start,
            self.last if end is None else end,
            self.entry,
            self.at_entry,
            self.first,
            self.back,
            self.since,
            self.carried_to,
            self.every,
        )
