"""The gradient's path back through one layer in one direction: real Jacobians, their products, and what makes them small.

    J_t = ∂s_t/∂s_{t-1}                        s_t = h_t, or all that a cell carries: [h_t; c_t] of an LSTM
    P_k = ∂s_T/∂s_{T-k} = J_T J_{T-1} … J_{T-k+1}
    ∂L/∂s_{T-k} = P_k^T ∂L/∂s_T              where the loss reads step T alone

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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Step
from rnn_cli.core.departure import Departure, LeftRange
from rnn_cli.core.fast import kernel_of
from rnn_cli.core.forward import ForwardRun
from rnn_cli.core.gradients.long_products import LongProduct, identity, multiply
from rnn_cli.core.gradients.spectra import Spectrum, log_power_norms, spectrum_of
from rnn_cli.core.gradients.svd import log_singular_values
from rnn_cli.core.network import BACKWARD, FORWARD, Network
from rnn_cli.core.state import State
from rnn_cli.core.steps_to_show import sample_steps

MOST_ROWS = 200
SIZE_OF_MOST_ROWS = 64
FEWEST_ROWS = 24
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
        if not np.isfinite(J).all():
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
    """The product P_k = ∂s_T/∂s_{T-k}, everything as natural logarithms.

    log_singular_values      (n,) largest first; the first is ln ||P_k||
    log_factor               ln ||J_{T-k+1}||, the factor that came last; None for k = 0
    log_blocks               by state, of the blocks ∂h_T/∂h_{T-k}, ∂c_T/∂c_{T-k}, … of a joint product; {} for h alone
    log_loss                 ln ||∂L/∂h_{T-k}||, None without a loss
    log_highway              ln of the largest unit's direct path, as ∏ f; None where no gate keeps the state
    log_weights              ln ||W_hh^k||, None for cells with several recurrent matrices, or none
    """

    k: int
    log_singular_values: Array
    log_factor: float | None
    log_blocks: Mapping[str, float]
    log_loss: float | None
    log_highway: float | None
    log_weights: float | None

    @property
    def log_norm(self) -> float:
        """ln ||P_k||."""
        return float(self.log_singular_values[0])

    @property
    def log_saturation(self) -> float | None:
        """The part of ln ||P_k|| that the slopes f'(a_t) cause: ln ||P_k|| - ln ||W_hh^k||. No share as StepJacobian's."""
        return None if self.log_weights is None else self.log_norm - self.log_weights


@dataclass(frozen=True, eq=False)
class StepJacobian:
    """J_m of step m of the run: the logarithms of its singular values (n,), and the step's saturation, from 0 to 1."""

    m: int
    log_singular_values: Array
    saturation: float


@dataclass(frozen=True, eq=False)
class Flow:
    """The path back from step T of the run.

    rows          products, k ascending; a sample of them where `sampled`
    jacobians     for each row, J of the step that made s_{T-k}: the next factor of the product, not its last one. The initial
                  state has none
    benettin      (n,) Benettin's exponents over the whole path, largest first
    lost_at       the first k of those looked at (every k, or the ends of blocks in a long sequence) at which the signal is under LITTLE of what it was at k = 0, or None; the signal is
                  ||∂L/∂h|| where the loss is read from h_T alone, else the norm of the product
    spectra       of each recurrent matrix; () where the cell has none
    """

    cell: Cell
    length: int
    joint: bool
    rows: tuple[FlowRow, ...]
    jacobians: tuple[StepJacobian, ...]
    benettin: Array
    lost_at: int | None
    lost_by_loss: bool
    spectra: tuple[Spectrum, ...]
    sampled: bool

    @property
    def final(self) -> FlowRow:
        """The longest product."""
        return self.rows[-1]

    @property
    def exponents(self) -> Array:
        """The finite-time Lyapunov exponents ln sigma_i / k of the longest product, (n,)."""
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
    chain: Chain, error: Array | None = None, errors: Array | None = None, down_to: int = 1, first_k: int = 0
) -> Flow:
    """Go back from step T to the state `down_to` (0 is the initial state); rows begin at `first_k`.

    error (H,) is ∂L/∂h_T where the loss is read from there alone. errors (T, H), in its place, are ∂L/∂h_1 … ∂L/∂h_T, in
    the order of the run, of a loss that enters at many steps.
    """
    T, size = len(chain.x), chain.size
    last_k = T - down_to
    ks = sample_steps(first_k, last_k, _most_rows(size))
    wanted = set(ks)
    kept: list[_Point] = []
    watch = _Watch(size)
    for point in _walk(chain, error, last_k, wanted):
        watch.see(point)
        if point.k in wanted:
            kept.append(point)
    logs = log_singular_values(
        np.stack([point.product.log_scale for point in kept]), np.stack([point.product.U for point in kept])
    )
    steps = [T - k for k in ks if T - k > 0]
    traced = [chain.step(m) for m in steps]
    jacobians = np.array([chain.finite_jacobian(m, step) for m, step in zip(steps, traced, strict=True)]).reshape(
        len(steps), size, size
    )
    own = log_singular_values(np.zeros((len(steps), size)), jacobians)
    matrices = recurrent_matrices(chain)
    alone = next(iter(matrices.values())) if len(matrices) == 1 and len(chain.cell.gates) == 1 else None
    weights = {} if alone is None else log_power_norms(alone, ks)
    rows = []
    for point, values in zip(kept, logs, strict=True):
        k = point.k
        blocks = _log_blocks(chain.cell.coordinate_names, point.product) if chain.joint else {}
        log_loss = point.log_loss if errors is None else (_log_norm(errors[T - k - 1]) if k < T else None)
        log_factor = None if k == 0 else _log_norm(chain.finite_jacobian(T - k + 1))
        rows.append(FlowRow(k, values, log_factor, blocks, log_loss, point.log_highway, weights.get(k)))
    return Flow(
        chain.cell,
        T,
        chain.joint,
        tuple(rows),
        tuple(StepJacobian(m, v, saturation(step)) for m, v, step in zip(steps, own, traced, strict=True)),
        -np.sort(-point.product.log_growth) / max(last_k, 1),
        watch.lost_at,
        watch.by_loss,
        tuple(spectrum_of(symbol, W) for symbol, W in matrices.items()),
        len(ks) < last_k + 1 - first_k,
    )


def recurrent_matrices(chain: Chain) -> dict[str, Array]:
    """The recurrent matrices by their symbols: W_hh, or W_hi, W_hf, …; {} where there are none."""
    named = chain.cell.named(chain.p)
    return {symbol: named[symbol] for symbol in chain.cell.recurrent}


def saturation(step: Step) -> float:
    """The mean of 1 - f'(a)/max f' over the units of all gates."""
    flat = [
        1 - ACTIVATIONS[gate.activation].derivative(gate.value) / ACTIVATIONS[gate.activation].steepest
        for gate in step.gates
    ]
    return float(np.mean(flat))


def _most_rows(size: int) -> int:
    """How many rows to keep: the singular values of one cost time that grows with the cube of its size."""
    return MOST_ROWS if size <= SIZE_OF_MOST_ROWS else max(MOST_ROWS * SIZE_OF_MOST_ROWS**2 // size**2, FEWEST_ROWS)


@dataclass(frozen=True, eq=False)
class _Point:
    """The transposed product P_k^T after k steps back, and what was carried along."""

    k: int
    product: LongProduct
    log_loss: float | None
    log_highway: float | None


ONE_BY_ONE = 1000
"""So many factors, the first ones, are multiplied and decomposed one by one."""

LONGEST_BLOCK = 64

SAFE_SPREAD = float(np.log(1e10))
"""Factors are multiplied plainly while the scales that they tear apart stay within this: what such a block adds to the
logarithm of the smallest is then right to six digits, and to sixteen for the largest."""


class _Block:
    """Factors that were multiplied into one and wait for the next decomposition.

    How many they may be follows from what the last decomposition found: the spread of ln |R_ii|, per factor.
    """

    def __init__(self, product: LongProduct) -> None:
        self.product, self.size = product, 1
        self.factors: list[Array] = []
        self.M: Array | None = None

    def add(self, J: Array, last: bool) -> bool:
        """Add the next factor J; True where `product` now contains all factors."""
        self.factors.append(J)
        self.M = J.T if self.M is None else J.T @ self.M
        if len(self.factors) < self.size and not last:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Multiply the waiting factors into the product, fewer at a time where they were too many."""
        assert self.M is not None
        count = len(self.factors)
        after = multiply(self.M, self.product)
        spread = np.inf
        if np.isfinite(after.log_growth).all():
            spread = float(np.ptp(np.sort(after.log_growth) - np.sort(self.product.log_growth)))
        if spread > 1.2 * SAFE_SPREAD and count > 1:
            waiting, self.factors, self.M = self.factors, [], None
            self.size = max(1, count // 2)
            for k, J in enumerate(waiting):
                self.add(J, last=k == count - 1)
            return
        room = LONGEST_BLOCK if spread == 0 else SAFE_SPREAD * count / spread
        self.size = int(min(max(room, 1), LONGEST_BLOCK, 2 * count))
        self.product, self.factors, self.M = after, [], None


def _walk(chain: Chain, error: Array | None, last_k: int, wanted: set[int]) -> Iterator[_Point]:
    """P_k^T for k = 0 … last_k: each step back multiplies J^T from the left.

    Beyond the first ONE_BY_ONE factors several are multiplied before each decomposition, and the points are those where
    one was made: all in `wanted` are.
    """
    T, H, size = len(chain.x), chain.states["h"].shape[1], chain.size
    block, whole = _Block(identity(size)), True
    g = None if error is None else np.concatenate([error, np.zeros(size - H)])
    log_scale = 0.0
    path = np.zeros(H)
    for k in range(last_k + 1):
        if k:
            step = chain.step(T - k + 1)
            J = chain.finite_jacobian(T - k + 1, step)
            whole = block.add(J, last=k <= ONE_BY_ONE or k in wanted or k == last_k)
            if g is not None:
                g, log_scale = _carried(g, J, log_scale)
            kept = chain.cell.kept(step)
            if kept is not None:
                with np.errstate(divide="ignore"):
                    path = path + np.log(np.abs(kept))
        if not whole and g is None:
            continue
        log_loss = None if g is None else log_scale + _log_norm(g[:H])
        yield _Point(k, block.product, log_loss, float(path.max()) if chain.cell.keeps else None)


def _carried(g: Array, J: Array, log_scale: float) -> tuple[Array, float]:
    """e^log_scale g J with its largest entry brought to 1."""
    for factor in (None, J):
        if factor is not None:
            largest = float(np.abs(factor).max()) or 1.0
            g, log_scale = g @ (factor / largest), log_scale + float(np.log(largest))
        size = float(np.abs(g).max())
        if size:
            g, log_scale = g / size, log_scale + float(np.log(size))
    return g, log_scale


def _log_norm(v: Array) -> float:
    """ln of the length of a vector, or of the spectral norm of a matrix; -inf for 0."""
    size = float(np.abs(v).max())
    return -np.inf if size == 0 else float(np.log(size) + np.log(np.linalg.norm(v / size, 2)))


def _log_blocks(names: Sequence[str], product: LongProduct) -> dict[str, float]:
    """ln of the norms of the blocks ∂h_T/∂h_{T-k}, ∂c_T/∂c_{T-k}, … of a product that is kept transposed."""
    top = float(product.log_scale.max())
    if np.isneginf(top):
        return dict.fromkeys(names, -np.inf)
    A = (product.Q * np.exp(product.log_scale - top)) @ product.U
    H = len(A) // len(names)
    blocks = (slice(k * H, (k + 1) * H) for k in range(len(names)))
    return {name: top + _log_norm(A[part, part]) for name, part in zip(names, blocks, strict=True)}


class _Watch:
    """Looks for the first k of those looked at (every k, or the ends of blocks in a long sequence) at which the signal is under LITTLE of what it was."""

    def __init__(self, size: int) -> None:
        self.margin = 0.5 * np.log(size)
        self.start: float | None = None
        self.lost_at: int | None = None
        self.by_loss = False

    def see(self, point: _Point) -> None:
        """Take the next k into account."""
        if point.k == 0:
            self.start, self.by_loss = point.log_loss or 0.0, point.log_loss is not None
        if self.lost_at is not None or self.start is None or np.isneginf(self.start):
            return
        limit = self.start + np.log(LITTLE)
        signal = point.log_loss if point.log_loss is not None else self._log_size(point.product, float(limit))
        if signal < limit:
            self.lost_at = point.k

    def _log_size(self, product: LongProduct, limit: float) -> float:
        """A number that is below `limit` where ln of the spectral norm is: mostly ln of the Frobenius norm.

        The Frobenius norm is cheap, at least the spectral norm, and at most sqrt(n) times as large: it often decides alone.
        """
        top = float(product.log_scale.max())
        if np.isneginf(top):
            return top
        rows = np.exp(product.log_scale - top)[:, None] * product.U
        frobenius = top + float(np.log(np.linalg.norm(rows)))
        if frobenius < limit or frobenius - self.margin >= limit:
            return frobenius
        return top + float(np.log(np.linalg.norm(rows, 2)))
