"""What a process computes with: results are equal to the bit where this is."""

import os
import platform
from functools import cache
from importlib.metadata import version
from socket import gethostname

from rnn_cli.version import __version__


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def here() -> str:
    """This process, as a person can find it."""
    return f"{gethostname()} (process {os.getpid()})"


def versions(of_cluster: bool = False) -> dict[str, str]:
    """The versions that must be the same on both sides, with that of a cluster's library where one is in use."""
    import numpy as np

    found = {"rnn": __version__, "Python": platform.python_version(), "NumPy": np.__version__}
    if of_cluster:
        found["distributed"] = version("distributed")
    return found


@cache
def machine() -> dict[str, str]:
    """The system, the kind of processor, the kernels of NumPy's BLAS, and the versions."""
    from threadpoolctl import threadpool_info

    blas = {str(one.get("architecture", one["internal_api"])) for one in threadpool_info() if one["user_api"] == "blas"}
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "kernel": " ".join(sorted(blas)),
        **versions(),
    }
