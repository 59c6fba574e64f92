"""What the BLAS under NumPy does well, asked at run time."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache

from rnn_cli.core.fast.products import in_small_products

UNPACKED = ("skylakex", "cooperlake", "sapphirerapids")
"""OpenBLAS's kernels that multiply small matrices without packing them, in lower case."""

WITHOUT_PACKING = 100**3
"""Multiplications up to which they do (OpenBLAS, interface/gemm.c and the kernels' small-matrix permits)."""


def small_products(threads: int) -> AbstractContextManager[None]:
    """Cut products into small ones while the block runs, where the kernels in use gain by it.

    With several threads no product is cut: OpenBLAS shares only large products out.
    """
    if threads > 1:
        return nullcontext()
    kernels = _kernels()
    return in_small_products(WITHOUT_PACKING) if kernels and kernels <= set(UNPACKED) else nullcontext()


@cache
def _kernels() -> frozenset[str]:
    """The kernels of the BLAS libraries that are loaded, in lower case. To look for them takes a few steps of training."""
    from threadpoolctl import threadpool_info

    return frozenset(str(one.get("architecture", "")).lower() for one in threadpool_info() if one["user_api"] == "blas")
