"""Where the time of one training step goes: the steps of training_step.py, taken apart.

    python tests/benchmarks/step_profile.py [--cell lstm] [--steps 200] [--quick]

Functions are replaced by ones that measure themselves, which costs about a microsecond a call: small sizes look slower
than they are. "products" are the matrix products, in the backward pass with the sum over the gates; the table of the
embedding's products (the inputs', where there is none) counts as the cell's forward pass, and the gradient of W_hy as the
readout. The other parts are without the products in them.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rnn_cli.core import backward, network
from rnn_cli.core.fast import gru, inputs, lstm, rnn
from rnn_cli.core.fast.gru import GruKernel
from rnn_cli.core.fast.lstm import LstmKernel
from rnn_cli.core.fast.rnn import RnnKernel
from rnn_cli.core.learning import train
from rnn_cli.core.learning.optimizers import Optimizer
from rnn_cli.core.systems import single
from rnn_cli.training.blas import small_products
from tests.benchmarks.measure import machine
from tests.benchmarks.training_step import ROWS, SYMBOLS, ours

KERNELS: dict[str, type] = {"rnn": RnnKernel, "lstm": LstmKernel, "gru": GruKernel}
MAKERS = ("recurrent_product", "error_product")
PRODUCTS, FORWARD, BACKWARD = "products", "cell forward", "cell backward"
LOCAL, LOSS, UPDATE, READOUT = "local derivatives", "loss", "clip and update", "readout, both ways"
PARTS = (PRODUCTS, FORWARD, BACKWARD, LOCAL, LOSS, UPDATE, READOUT)


class Clock:
    """Time by part, each part without the parts inside it."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self.inside = [0.0]

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Let a function measure itself from now on."""
        kept = owner.__dict__[name]
        function: Callable[..., Any] = kept.__func__ if isinstance(kept, staticmethod) else kept

        def measured(*arguments: Any, **named: Any) -> Any:
            self.inside.append(0.0)
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                taken = time.perf_counter() - started
                self.seconds[part] += taken - self.inside.pop()
                self.inside[-1] += taken

        setattr(owner, name, staticmethod(measured) if isinstance(kept, staticmethod) else measured)

    def watch_made(self, owner: Any, name: str, part: str) -> None:
        """Let what a function makes, a function too, measure itself."""
        make = getattr(owner, name)

        def making(*arguments: Any) -> Any:
            holder = SimpleNamespace(made=make(*arguments))
            self.watch(holder, "made", part)
            return holder.made

        setattr(owner, name, making)


def watch_all(clock: Clock, kernel: type) -> None:
    """Watch every part of a step."""
    watched = (
        (inputs, "outer_sums", PRODUCTS), (inputs, "chosen_times", PRODUCTS), (inputs, "bias_gradients", PRODUCTS),
        (inputs, "input_errors", PRODUCTS), (network, "times", PRODUCTS), (backward, "times", PRODUCTS),
        (network.Network, "readout", READOUT), (backward, "readout_backward", READOUT), (single, "loss_of", LOSS),
        (Optimizer, "update", UPDATE), (train, "_checked_norm", UPDATE), (train, "_clip", UPDATE),
        (train, "_check_updated", UPDATE), (kernel, "forward", FORWARD), (kernel, "backward", BACKWARD),
    )  # fmt: skip
    for owner, name, part in watched:
        clock.watch(owner, name, part)
    for owner, name in ((rnn, "multiplier"), *((module, name) for module in (lstm, gru) for name in MAKERS)):
        clock.watch_made(owner, name, PRODUCTS)
    if "_local_derivatives" in kernel.__dict__:
        clock.watch(kernel, "_local_derivatives", LOCAL)


def main() -> None:
    """Print a column for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", choices=KERNELS, default="lstm")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="the smallest size, two steps: only to see that it works")
    options = parser.parse_args()
    rows, steps = (ROWS[:1], 2) if options.quick else (ROWS, options.steps)
    clock = Clock()
    watch_all(clock, KERNELS[options.cell])
    columns: list[dict[str, float]] = []
    with threadpool_limits(1, user_api="blas"), small_products(1):
        for E, H, B, T in rows:
            ids = np.random.default_rng(1).integers(0, SYMBOLS, (T + 1, B))
            step = ours(options.cell, E, H, B, T, ids)
            step()
            clock.seconds = dict.fromkeys(PARTS, 0.0)
            started = time.perf_counter()
            for _ in range(steps):
                step()
            whole = time.perf_counter() - started
            parts = {**clock.seconds, "everything else": whole - sum(clock.seconds.values()), "whole step": whole}
            columns.append({name: seconds / steps * 1e3 for name, seconds in parts.items()})
    print(f"milliseconds of one training step, {options.cell}, float32, one thread, and their share")
    print(machine())
    print(f"{'E, H, B, T':20}" + "".join(f"{', '.join(map(str, row)):>18}" for row in rows))
    for name in columns[0]:
        shares = (f"{column[name]:9.3f} {column[name] / column['whole step']:4.0%}" for column in columns)
        print(f"{name:20}" + "".join(f"{share:>18}" for share in shares))


if __name__ == "__main__":
    main()
