"""How long `rnn gradients` takes at normal sizes, beside what NumPy needs for as many products and one SVD.

    python tests/benchmarks/gradients_speed.py [--rounds 3] [--cell lstm] [--quick]

The whole command is timed, from its start to its last line, on one thread; the products and the SVD are timed alone, in a
process that has NumPy loaded. Rounds alternate between the two, and the ratios are those of pairs.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.measure import machine

ROOT = Path(__file__).resolve().parents[2]
SIZES = ((128, 20, None), (256, 100, 4.0), (512, 100, 6.0))
"""Hidden units, steps, and the largest ratio that is the goal."""

PRODUCTS = """
import sys, time
import numpy as np
n, count = int(sys.argv[1]), int(sys.argv[2])
A = np.random.default_rng(0).standard_normal((n, n)) / n**0.5
P = A
started = time.perf_counter()
for _ in range(count):
    P = A @ P
np.linalg.svd(A)
print(time.perf_counter() - started)
"""


def environment() -> dict[str, str]:
    """One thread for both."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def numpy_seconds(size: int, count: int) -> float:
    """So many products of size × size and one SVD."""
    command = [sys.executable, "-c", PRODUCTS, str(size), str(count)]
    return float(subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout)


def command_seconds(cell: str, hidden: int, steps: int) -> float:
    """The whole command along a sentence of so many words."""
    text = " ".join(f"w{k}" for k in range(steps))
    command = [sys.executable, "-m", "rnn_cli", "gradients", text, "--cell", cell, "--hidden-size", str(hidden)]
    started = time.perf_counter()
    subprocess.run(command, env=environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cell", default="lstm")
    parser.add_argument("--quick", action="store_true", help="a small size, once: only to see that it works")
    options = parser.parse_args()
    sizes, rounds = (((40, 5, None),), 1) if options.quick else (SIZES, options.rounds)
    print(f"rnn gradients, {options.cell}, against T products of n × n and one SVD; {rounds} paired runs")
    print(f"{machine()}, one thread")
    print(f"{'H':>5} {'T':>5} {'n':>5} {'rnn, s':>9} {'NumPy, s':>9} {'ratio':>7} {'at most':>8}  range")
    for hidden, steps, goal in sizes:
        n = 2 * hidden if options.cell == "lstm" else hidden
        pairs = [(command_seconds(options.cell, hidden, steps), numpy_seconds(n, steps)) for _ in range(rounds)]
        ratios = [ours / theirs for ours, theirs in pairs]
        ours, theirs = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        missed = "  above the goal" if goal is not None and median(ratios) > goal else ""
        limit = "" if goal is None else f"{goal:.1f}"
        print(
            f"{hidden:5} {steps:5} {n:5} {ours:9.2f} {theirs:9.2f} {median(ratios):7.2f} {limit:>8}  {spread}{missed}",
            flush=True,
        )


if __name__ == "__main__":
    main()
