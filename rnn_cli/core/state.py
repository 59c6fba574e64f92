"""What a cell carries from one step to the next: h, and whatever else it keeps, each under its name.

    vanilla RNN, GRU    h
    LSTM                h, c

The errors of a state, dL/dh and dL/dc, have the same shape and names, so they are a State too.
"""

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array


class State(Mapping[str, Array]):
    """Arrays of one shape (…, H) under the names of the states: state.h, state.c, or state["h"].

    The first name is always h.
    """

    def __init__(self, **arrays: Array) -> None:
        self._arrays = arrays

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> "State":
        """The state that a mapping from names to arrays holds."""
        return cls(**arrays)

    @classmethod
    def zeros(cls, names: Iterable[str], shape: tuple[int, ...], dtype: Any = np.float64) -> "State":
        """Zeros of this shape for every name: an empty memory."""
        return cls(**{name: np.zeros(shape, dtype) for name in names})

    def __getattr__(self, name: str) -> Array:
        try:
            array: Array = self.__dict__["_arrays"][name]
        except KeyError:
            raise AttributeError(f"this state has no {name}") from None
        return array

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def items(self) -> ItemsView[str, Array]:
        """Name and array of each."""
        return self._arrays.items()

    def map(self, function: Callable[[Array], Array]) -> "State":
        """The state whose arrays are function(array)."""
        return State(**{name: function(array) for name, array in self._arrays.items()})

    def merge(self, other: "State", function: Callable[[Array, Array], Array]) -> "State":
        """The state whose arrays are function(own, other's). KeyError where the other lacks a name."""
        return State(**{name: function(array, other[name]) for name, array in self._arrays.items()})

    def zeros_like(self) -> "State":
        """Zeros of the same names, shapes and types."""
        return self.map(np.zeros_like)

    def batched(self) -> "State":
        """One sequence's state as that of a batch of one: (H,) -> (1, H)."""
        return self.map(lambda array: array[None])

    def sequence(self, b: int) -> "State":
        """The state of sequence b of a batch: (B, H) -> (H,)."""
        return self.map(lambda array: array[b])

    def rows(self, index: Any) -> "State":
        """The states of some sequences of a batch, as a batch: (B, H) -> (len(index), H)."""
        return self.map(lambda array: array[index])

    def columns(self, part: slice) -> "State":
        """Some units of every array: (…, H) -> (…, len(part))."""
        return self.map(lambda array: array[..., part])

    def astype(self, dtype: Any) -> "State":
        """The same numbers in another type. TypeError where that would lose their kind, as real for complex."""
        return self.map(lambda array: array.astype(dtype, copy=False, casting="same_kind"))

    def joint(self) -> Array:
        """All arrays one after the other, [h; c; …]: (…, H) -> (…, S*H)."""
        whole: Array = np.concatenate(list(self._arrays.values()), axis=-1)
        return whole

    @property
    def nbytes(self) -> int:
        """Size of all arrays in memory, in bytes."""
        return sum(array.nbytes for array in self._arrays.values())


def split(names: Iterable[str], joint: Array) -> State:
    """The state whose arrays stand one after the other in [h; c; …]: the inverse of State.joint."""
    names = tuple(names)
    parts = np.split(joint, len(names), axis=-1)
    return State(**dict(zip(names, parts, strict=True)))


def side_by_side(states: Iterable[State]) -> State:
    """[h; h; …], [c; c; …]: the states of several directions as one. (…, H) each -> (…, D*H)"""
    states = list(states)
    return State(**{name: np.concatenate([one[name] for one in states], axis=-1) for name in states[0]})


InitialStates = dict[tuple[int, str], State]
"""(layer, direction) -> the state there: of one sequence (H,), or of a batch (B, H)."""
