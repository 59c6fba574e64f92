"""What a process computes with: results are equal to the bit where this is."""

import os
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from socket import gethostname

from rnn_cli.version import __version__

COMPARED = ("distributed",)
"""Libraries that a coordinator and its workers must have in the same version, beside those of the numbers."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def here() -> str:
    """This process, as a person can find it."""
    return f"{gethostname()} (process {os.getpid()})"


def versions(with_cluster: bool = False) -> dict[str, str]:
    """The versions that must be the same on both sides; those of a cluster only where there is one."""
    import numpy as np

    found = {"rnn": __version__, "Python": platform.python_version(), "NumPy": np.__version__}
    for name in COMPARED if with_cluster or "distributed" in sys.modules else ():
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def machine() -> dict[str, str]:
    """The system, the kind of processor, the kernels of NumPy's BLAS, and the versions."""
    from threadpoolctl import threadpool_info

    blas = sorted({str(one.get("architecture", one["internal_api"])) for one in threadpool_info()})
    return {"system": platform.system(), "processor": platform.machine(), "kernel": " ".join(blas), **versions()}
