"""What the benchmarks share: paired runs, processes whose time and peak memory are read from outside, and the machine."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def paired(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int, warm: bool = True
) -> list[tuple[float, float]]:
    """Let two measurements take turns, each going first every other time, so that a drifting machine favours neither."""
    if warm:
        ours(), theirs()
    pairs = []
    for k in range(rounds):
        if k % 2:
            second = theirs()
            pairs.append((ours(), second))
        else:
            pairs.append((ours(), theirs()))
    return pairs


def median_ratio(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Of first over second: the median, and the quarters below and above which the rest lies."""
    ratios = sorted(a / b for a, b in pairs)
    if len(ratios) < 2:
        return ratios[0], ratios[0], ratios[0]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return middle, low, high


def seconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a measured process: the checkout is importable, compiled files are kept as in daily use."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE",)}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, "PYTHONPATH": path, "TERM": "dumb", **(more or {})}


def run_process(command: Sequence[str], cwd: Path, more: Mapping[str, str] | None = None) -> float:
    """The seconds from starting a process to its end. SystemExit where it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=environment(more), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    taken = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace')[-400:]}")
    return taken


def peak_memory(command: Sequence[str], more: Mapping[str, str] | None = None) -> tuple[str, int]:
    """What a process prints, and its peak resident memory in bytes as the system tells the parent.

    A child is started from its parent's memory, whose own peak it counts: the parent has to be small.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(more)) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return printed, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def machine() -> str:
    """The machine in one line."""
    import numpy

    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {numpy.__version__}"
