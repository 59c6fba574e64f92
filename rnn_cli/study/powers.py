"""Powers of numbers: the simplest chain that a gradient can go back through. Nothing here needs NumPy."""

from collections.abc import Iterable
from dataclasses import dataclass

from rnn_cli.core.gradients.powers import ScalarProduct, scalar_product
from rnn_cli.errors import InputError
from rnn_cli.reading import shown

MOST_STEPS = 10**15


@dataclass(frozen=True)
class PowersResult:
    """The products of equal factors, one for each factor."""

    products: tuple[ScalarProduct, ...]


def powers_of(factors: Iterable[float], steps: int = 20) -> PowersResult:
    """w^k of each factor w for k = 1 … steps. InputError where there are more steps than a power can be taken to."""
    if not 1 <= steps <= MOST_STEPS:
        raise InputError(f"--steps {shown(str(steps))}: a whole number from 1 to {MOST_STEPS:,}")
    return PowersResult(tuple(scalar_product(factor, steps) for factor in factors))
