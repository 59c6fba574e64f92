"""How many threads the matrix products use."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def limit_threads(threads: int) -> Iterator[None]:
    """Let BLAS use so many threads while the block runs."""
    with _libraries().limit(limits=threads, user_api="blas"):
        yield


@cache
def _libraries() -> Any:
    """The libraries that are loaded, NumPy's BLAS among them. To look for them takes as long as some steps of training."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
