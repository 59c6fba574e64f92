"""How many threads the matrix products use."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def limit_threads(threads: int) -> Iterator[None]:
    """Let BLAS use so many threads while the block runs."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads, user_api="blas"):
        yield
