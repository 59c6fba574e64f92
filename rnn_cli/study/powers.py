"""Powers of numbers: the simplest chain that a gradient can go back through. Nothing here needs NumPy."""

from collections.abc import Iterable
from dataclasses import dataclass

from rnn_cli.core.gradients.powers import ScalarProduct, scalar_product


@dataclass(frozen=True)
class PowersResult:
    """The products of equal factors, one for each factor."""

    products: tuple[ScalarProduct, ...]


def powers_of(factors: Iterable[float], steps: int = 20) -> PowersResult:
    """w^k of each factor w for k = 1 … steps."""
    return PowersResult(tuple(scalar_product(factor, steps) for factor in factors))
