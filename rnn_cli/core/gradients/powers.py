"""The textbook's picture of a gradient through time: a product of k equal factors. Pure Python, so that it starts at once.

    ∂h_T/∂h_{T-k} = w · w · … · w = w^k            log10 |w^k| = k · log10 |w|

The power is the C library's, correct to the last digit or the one before, where k multiplications would collect k rounding
errors. The logarithm stays exact where the power is 0 or infinite.
"""

from dataclasses import dataclass
from math import ceil, copysign, frexp, inf, log, log2, log10

from rnn_cli.core.gradients.verdict import doubling_time, e_folding, half_life, verdict_of
from rnn_cli.core.steps_to_show import sample_steps

MOST_STEPS = 200

UNSURE = 1e-14
"""A quotient of two logarithms, each right to the last bit or two, is surely right to this share of it."""

DIGITS = 60
"""Logarithms of this many digits tell apart any k that a computer can count to: w^k and a bound that it does not hit exactly
differ by more than 10^-40 of k."""


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
    """w^k; log10 of its size is -inf where it is 0. `negative` is its sign, which a product that underflows has lost."""

    k: int
    product: float
    log10: float
    negative: bool


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

    @property
    def lost_at(self) -> int | None:
        """The first k at which |w|^k is under 1%; None where it never is."""
        size = abs(self.factor)
        return 1 if size == 0 else first_under(size, 1, denominator=100) if size < 1 else None

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
    negative = factor < 0 and k % 2 == 1
    product = copysign(power, -1.0 if negative else 1.0) if power else 0.0
    return ScalarStep(k, product, k * log10(size) if size else -inf, negative)


def reach(size: float, precision: Precision) -> Reach:
    """Where size^k leaves a format."""
    if size == 0:
        return Reach(precision, 1, 1, None)
    if size < 1:
        normal, subnormal = (1, -precision.smallest_normal), (1, -precision.smallest_subnormal)
        return Reach(precision, first_under(size, *normal), first_under(size, *subnormal), None)
    if size > 1:
        return Reach(precision, None, None, _first_over(size, precision.limit))
    return Reach(precision, None, None, None)


def first_under(size: float, numerator: int, halvings: int = 0, denominator: int = 1) -> int:
    """The first k with size^k < numerator / denominator / 2^halvings, for 0 < size < 1 and a bound of at most 1."""
    k, at = _crossing(size, (numerator, denominator), -halvings)
    return k + 1 if at else k


def _first_over(size: float, doublings: int) -> int:
    """The first k with size^k >= 2^doublings, for size > 1."""
    return _crossing(size, (1, 1), doublings)[0]


def _crossing(size: float, bound: tuple[int, int], doublings: int) -> tuple[int, bool]:
    """The first k with size^k at or beyond bound * 2^doublings, and whether it is exactly at it.

    A quotient of logarithms says k but where it is next to a whole number; there, a few more digits of it do. Exactly at it can
    only be a power of two: those have whole logarithms.
    """
    mantissa, exponent = frexp(size)
    numerator, denominator = bound
    if not numerator & (numerator - 1) and not denominator & (denominator - 1):
        doublings += numerator.bit_length() - denominator.bit_length()
        numerator = denominator = 1
    if mantissa == 0.5 and numerator == denominator:
        k, rest = divmod(doublings, exponent - 1)
        return (k + 1, False) if rest else (k, True)
    quotient = (log2(numerator) - log2(denominator) + doublings) / log2(size)
    if abs(quotient - round(quotient)) > UNSURE * quotient:
        return max(ceil(quotient), 0), False
    from decimal import Context, Decimal

    many = Context(prec=DIGITS)
    ln2 = many.ln(Decimal(2))
    log_bound = many.subtract(many.ln(Decimal(numerator)), many.ln(Decimal(denominator)))
    log_bound = many.add(log_bound, many.multiply(Decimal(doublings), ln2))
    return ceil(many.divide(log_bound, many.ln(Decimal(size)))), False
