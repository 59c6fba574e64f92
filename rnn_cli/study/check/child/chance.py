"""Everything random in a program as a function of a seed, and memory that nobody filled with a number that shows."""

import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np


class Chance:
    """NumPy's and Python's random numbers, and what np.empty holds."""

    def __init__(self) -> None:
        self._seed, self._unfilled = 1, 0.0
        drawn = np.random.default_rng
        np.random.default_rng = lambda seed=None: drawn(self._seed if seed is None else seed)
        for name in ("empty", "empty_like"):
            setattr(np, name, self._filled(getattr(np, name)))

    def set(self, module: ModuleType | None, seed: int, unfilled: float) -> None:
        """Begin anew from a seed, the generators among the module's own names too; `unfilled` is what np.empty holds."""
        self._seed, self._unfilled = seed, unfilled
        np.random.seed(seed)
        random.seed(seed)
        for one in vars(module).values() if module else ():
            if isinstance(one, np.random.Generator):
                one.bit_generator.state = type(one.bit_generator)(seed).state
            elif isinstance(one, np.random.RandomState | random.Random):
                one.seed(seed)

    def _filled(self, empty: Callable[..., Any]) -> Any:
        def filled(*args: Any, **kwargs: Any) -> Any:
            array = empty(*args, **kwargs)
            if array.dtype.kind == "f":
                array.fill(self._unfilled)
            return array

        return filled
