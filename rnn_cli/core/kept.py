"""What was made last, kept for who looks at a number and then at its neighbours."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

MOST = 64
"""So many things are kept; then the oldest goes."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Things by their keys. Two threads may ask at once: then a thing may be made twice, and one of the two stays."""

    def __init__(self) -> None:
        self._things: dict[K, V] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._things)

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The thing of a key, made where it is not there."""
        try:
            return self._things[key]
        except KeyError:
            thing = make()
        with self._lock:
            while len(self._things) >= MOST:
                del self._things[next(iter(self._things))]
            return self._things.setdefault(key, thing)
