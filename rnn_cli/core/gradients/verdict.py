"""What a gradient does over many steps, from logarithms alone. It knows no NumPy.

    rate       ln(product) / k, the logarithm of what one step does on average
    e-folding  k / -ln(product), the steps after which 1/e = 37% is left; the half-life is ln 2 times that

A product of Jacobians counts as stable while it stays within a factor of two over all steps. A product of equal
factors has no such band: any factor but 1 wins in the end.
"""

from math import exp, inf, log

VANISHING, STABLE, EXPLODING = "vanishing", "stable", "exploding"
BAND = log(2.0)


def verdict_of(log_product: float, band: float = BAND) -> str:
    """vanishing, stable or exploding, from the natural logarithm of the whole product."""
    return VANISHING if log_product < -band else EXPLODING if log_product > band else STABLE


def half_life(log_product: float, k: int) -> float | None:
    """The steps that halve the product on average; None where it does not shrink."""
    return None if k == 0 or log_product >= 0 else k * log(2.0) / -log_product


def doubling_time(log_product: float, k: int) -> float | None:
    """The steps that double the product on average; None where it does not grow."""
    return None if k == 0 or log_product <= 0 else k * log(2.0) / log_product


def e_folding(log_product: float, k: int) -> float | None:
    """The steps after which 1/e is left; None where the product does not shrink."""
    return None if k == 0 or log_product >= 0 else k / -log_product


def exp_or_inf(x: float) -> float:
    """e^x, inf where that overflows."""
    try:
        return exp(x)
    except OverflowError:
        return inf
