"""What the program runs on: Python, NumPy, the library that multiplies its matrices, the platform."""

import platform
import sys
from collections.abc import Mapping
from typing import Any


def environment() -> dict[str, str]:
    """Names and versions, in the order in which they matter for a number that differs between two machines."""
    import numpy

    return {
        "Python": f"{platform.python_version()} ({sys.executable})",
        "NumPy": numpy.__version__,
        "BLAS": _blas(),
        "platform": f"{platform.system()} {platform.release()}, {platform.machine()}",
    }


def _blas() -> str:
    """The BLAS that NumPy was built with; its threads and kernels too where threadpoolctl can be imported."""
    from numpy import __config__ as config

    built: Mapping[str, Any] = getattr(config, "CONFIG", {}).get("Build Dependencies", {}).get("blas", {})
    name = " ".join(str(built[key]) for key in ("name", "version") if built.get(key)) or "unknown"
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return f"{name} (pip install threadpoolctl, and its threads are shown)"
    used = [one for one in threadpool_info() if one.get("user_api") == "blas"]
    return ", ".join([name, *(_threads(one) for one in used)])


def _threads(used: Mapping[str, Any]) -> str:
    number = used["num_threads"]
    kernels = f", {used['architecture']} kernels" if used.get("architecture") else ""
    return f"{number} thread{'' if number == 1 else 's'}{kernels}"
