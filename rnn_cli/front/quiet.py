"""Results and errors report numbers that leave the finite range; NumPy's warnings are silenced."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def quiet(function: Callable[P, R]) -> Callable[P, R]:
    """The function without NumPy's warnings of overflow and invalid values, as the commands run it."""

    @wraps(function)
    def run(*arguments: P.args, **named: P.kwargs) -> R:
        import numpy as np

        with np.errstate(all="ignore"):
            return function(*arguments, **named)

    return run
