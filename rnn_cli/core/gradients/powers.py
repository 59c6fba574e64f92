"""The textbook's picture of a gradient through time: a product of k equal factors. Pure Python, so that it starts at once.

    ∂h_T/∂h_{T-k} = w · w · … · w = w^k            log10 |w^k| = k · log10 |w|

The power is the C library's, correct to the last digit or the one before, where k multiplications would collect k rounding
errors. The logarithm stays exact where the power is 0 or infinite.
"""

from dataclasses import dataclass
from math import copysign, inf, log, log2, log10

from rnn_cli.core.gradients.verdict import doubling_time, e_folding, half_life, verdict_of
from rnn_cli.core.steps_to_show import sample_steps

MOST_STEPS = 200


@dataclass(frozen=True)
class Precision:
    """A floating-point format, by the exponents of its smallest normal and subnormal numbers and of its limit."""

    name: str
    smallest_normal: int
    smallest_subnormal: int
    limit: int


FLOAT32 = Precision("float32", -126, -149, 128)
FLOAT64 = Precision("float64", -1022, -1074, 1024)


@dataclass(frozen=True)
class Reach:
    """The first k at which |w|^k leaves a format: below its normal numbers, below its last subnormal, above its limit.

    None where the product never does.
    """

    precision: Precision
    below_normal: int | None
    below_subnormal: int | None
    overflow: int | None


@dataclass(frozen=True)
class ScalarStep:
    """w^k; log10 of its size is -inf where it is 0."""

    k: int
    product: float
    log10: float


@dataclass(frozen=True)
class ScalarProduct:
    """The powers of one factor, at a sample of steps where there are many; `rate` is ln |factor|."""

    factor: float
    rate: float
    count: int
    steps: tuple[ScalarStep, ...]
    verdict: str
    half_life: float | None
    doubling_time: float | None
    e_folding: float | None
    reach: tuple[Reach, ...]

    @property
    def final(self) -> ScalarStep:
        """The last step."""
        return self.steps[-1]

    @property
    def sampled(self) -> bool:
        """Whether steps were left out."""
        return len(self.steps) < self.count

    def at(self, k: int) -> ScalarStep:
        """The power at any step, whether it was kept or not."""
        return scalar_step(self.factor, k)


def scalar_product(factor: float, count: int) -> ScalarProduct:
    """The powers factor^1 … factor^count of a finite factor."""
    size = abs(factor)
    rate = log(size) if size else -inf
    return ScalarProduct(
        factor,
        rate,
        count,
        tuple(scalar_step(factor, k) for k in sample_steps(1, count, MOST_STEPS)),
        verdict_of(rate, band=0.0),
        half_life(rate, 1),
        doubling_time(rate, 1),
        e_folding(rate, 1),
        tuple(reach(size, precision) for precision in (FLOAT32, FLOAT64)),
    )


def scalar_step(factor: float, k: int) -> ScalarStep:
    """factor^k and the logarithm of its size."""
    size = abs(factor)
    try:
        power = size**k
    except OverflowError:
        power = inf
    sign = -1.0 if factor < 0 and k % 2 else 1.0
    return ScalarStep(k, copysign(power, sign) if power else 0.0, k * log10(size) if size else -inf)


def reach(size: float, precision: Precision) -> Reach:
    """Where size^k leaves a format. Only powers of two can hit a bound exactly, and log2 is exact for those."""
    if size == 0:
        return Reach(precision, 1, 1, None)
    rate = log2(size)
    if rate < 0:
        below = [int(bound / rate) + 1 for bound in (precision.smallest_normal, precision.smallest_subnormal)]
        return Reach(precision, below[0], below[1], None)
    if rate > 0:
        quotient = precision.limit / rate
        return Reach(precision, None, None, int(quotient) + (quotient != int(quotient)))
    return Reach(precision, None, None, None)
