"""The type of every array of the core, and the one way to make an array read-only."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


def frozen(array: Array) -> Array:
    """Return a read-only view: records that hold arrays must not change under their readers."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
