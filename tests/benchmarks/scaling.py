"""How time and memory grow with the length of a sequence.

    python tests/benchmarks/scaling.py [--only full,checkpointed,truncated,time] [--quick]

time          forward pass, full BPTT and the path back of `rnn gradients`, within one process, T = 10^2 … 10^6, in rounds
              over all lengths; short ones are repeated, and medians taken. The slope is that of a straight line
              through all points of log time over log T: 1 is linear. The path back decomposes a product after every factor
              up to a thousand and keeps 200 rows whatever the length: that fixed work makes its short lengths dear, and
              the slope of the last two lengths says what a further step costs.
full          peak memory of full BPTT against what a cell needs in theory
checkpointed  peak memory of checkpointed BPTT, and its time over that of full BPTT, in turn
truncated     peak memory of `rnn train --task lm` over a text of growing length, one stream, pieces of 100 characters

Peak memory is read from outside: the largest resident memory of a child process, less that of a child that does the same
over one step. BLAS runs on one thread.
"""

import argparse
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.measure import ONE_THREAD, machine, median_ratio, paired, peak_memory
from tests.benchmarks.measure import seconds as seconds_of

if TYPE_CHECKING:
    from rnn_cli.core.arrays import Array
    from rnn_cli.core.fast.checkpointing import Answers
    from rnn_cli.core.network import Network

SIZE = 16
WIDE = 128
SECTIONS = ("full", "checkpointed", "truncated", "time")

THEORY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "rnn": (("x", "dx"), ("h", "dh")),
    "lstm": (("x", "dx"), ("h", "c", "i", "f", "g", "o", "tanh(c)", "dh")),
    "gru": (("x", "dx"), ("h", "r", "z", "n", "W_hn h", "dh")),
}
"""What full BPTT needs of every step with a tuned kernel: vectors of the size of the input, and of the state."""
CELLS = tuple(THEORY)


def problem(cell: str, size: int, steps: int) -> "tuple[Network, Array, Answers]":
    """A network with as many inputs as units, a sequence, and an answer at every step."""
    import numpy as np

    from rnn_cli.core.fast.checkpointing import Answers
    from rnn_cli.core.network import MANY_TO_MANY, Architecture, Network
    from rnn_cli.core.parameters import Parameters

    generator = np.random.default_rng(0)
    architecture = Architecture(cell, size, size, task=MANY_TO_MANY, output_size=2)
    parameters = Parameters(architecture.shapes())
    parameters.flat[...] = generator.uniform(-1, 1, parameters.flat.shape) / np.sqrt(size)
    answers = Answers("cross-entropy", np.zeros((steps, 1), dtype=np.int64), np.full((steps, 1), 1 / steps))
    return Network(architecture, parameters), generator.standard_normal((steps, 1, size)), answers


def work(what: str, cell: str, size: int, steps: int) -> Callable[[], object]:
    """A function that does it once."""
    network, x, answers = problem(cell, size, steps)
    if what == "forward":
        from rnn_cli.core.forward import run_forward

        return lambda: run_forward(network, x)
    if what in ("full", "checkpointed"):
        from rnn_cli.core.fast.checkpointing import checkpointed

        return lambda: checkpointed(network, x, answers, steps if what == "full" else None)
    from rnn_cli.core.forward import run_states
    from rnn_cli.core.gradients.flow import chain_of, flow

    return lambda: flow(chain_of(network, run_states(network, x), 0, "forward"))


def time_section(quick: bool) -> None:
    """Slopes."""
    import numpy as np
    from threadpoolctl import threadpool_limits

    lengths, rounds, most = ((100, 300), 1, 3) if quick else ((100, 1000, 10_000, 100_000, 1_000_000), 2, 50)
    kinds = [("forward", "rnn"), ("full", "rnn"), ("gradients", "rnn")]
    kinds += [] if quick else [("forward", "lstm"), ("full", "lstm")]
    print(f"microseconds a step by length; H = I = {SIZE}, one sequence, float64, {rounds} rounds over all lengths")
    print("slope of a line through log time over log T, goal 0.95 to 1.05, and of the last two lengths alone")
    print(
        f"{'':14}{'cell':6}" + "".join(f"{f'T {steps:,}':>13}" for steps in lengths) + f"{'slope':>8}{'last two':>10}"
    )
    with threadpool_limits(1, user_api="blas"):
        for what, cell in kinds:
            times = np.array([[_repeated(what, cell, steps, most) for steps in lengths] for _ in range(rounds)])
            middle = np.median(times, axis=0)
            slope = np.polyfit(np.log(lengths), np.log(middle), 1)[0]
            late = np.polyfit(np.log(lengths[-2:]), np.log(middle[-2:]), 1)[0]
            mark = "" if abs(slope - 1) <= 0.05 else "  outside the goal"
            shown = "".join(f"{one / steps * 1e6:13.2f}" for one, steps in zip(middle, lengths, strict=True))
            name = "BPTT" if what == "full" else what
            print(f"{name:14}{cell:6}{shown}{slope:8.3f}{late:10.3f}{mark}", flush=True)


def _repeated(what: str, cell: str, steps: int, most: int) -> float:
    """The median of as many runs as the work of 20,000 steps has room for, the first one apart where they are several.

    There are at most `most`.
    """
    once = work(what, cell, SIZE, steps)
    count = max(1, 20_000 // steps)
    if count > 1:
        once()
    taken = [seconds_of(once) for _ in range(min(count, most))]
    del once
    gc.collect()
    return statistics.median(taken)


def child_peak(what: str, cell: str, size: int, steps: int) -> int:
    """The peak memory of a process that does it once."""
    return peak_memory([sys.executable, __file__, "--child", what, cell, str(size), str(steps)], ONE_THREAD)[1]


def full_section(quick: bool) -> None:
    """Full BPTT against theory."""
    size, steps = (8, 50) if quick else (WIDE, 8000)
    print(
        f"full BPTT, one sequence of {steps:,} steps, H = I = {size}, float64; bytes of each step, goal: at most 1.3 of theory"
    )
    print(f"{'cell':6}{'in theory':>11}{'measured':>10}{'ratio':>7}   what theory counts, 8 bytes a number")
    for cell in CELLS:
        inputs, states = THEORY[cell]
        theory = 8 * size * (len(inputs) + len(states))
        grown = child_peak("full", cell, size, steps) - child_peak("full", cell, size, 1)
        ratio = grown / steps / theory
        mark = "" if ratio <= 1.3 else "  above the goal"
        print(
            f"{cell:6}{theory:11,}{grown / steps:10,.0f}{ratio:7.2f}   {', '.join((*inputs, *states))}{mark}",
            flush=True,
        )


def checkpointed_section(quick: bool) -> None:
    """Memory beside full BPTT and about the root of T; time in turn."""
    import numpy as np  # noqa: F401  - only a BLAS that is loaded can be held to one thread
    from threadpoolctl import threadpool_limits

    size, lengths, rounds = (8, (50,), 1) if quick else (64, (10_000, 40_000, 160_000), 5)
    print(
        f"checkpointed BPTT (auto), one sequence, H = I = {size}, float64; memory beyond the inputs and their gradient"
    )
    print("(4 times the steps: twice the memory is the root); time over that of full BPTT, goal at most 1.4")
    print(
        f"{'cell':6}{'steps':>9}{'full MB':>10}{'checkpointed MB':>17}{'beyond inputs MB':>18}{'time ratio':>12}   {'middle half':15}"
    )
    # All memory first: a child counts what its parent held at most when it was started.
    rows = [(cell, steps) for cell in CELLS for steps in lengths]
    base = {cell: child_peak("checkpointed", cell, size, 1) for cell in CELLS}
    peaks = [
        [child_peak(what, row[0], size, row[1]) - base[row[0]] for what in ("full", "checkpointed")] for row in rows
    ]
    for (cell, steps), (full, some) in zip(rows, peaks, strict=True):
        beyond = some - 8 * steps * (2 * size + 4)
        shown, mark = "", ""
        if steps <= 40_000:
            with threadpool_limits(1, user_api="blas"):
                once = [partial(seconds_of, work(what, cell, size, steps)) for what in ("checkpointed", "full")]
                middle, low, high = median_ratio(paired(once[0], once[1], rounds))
            shown = f"{middle:12.2f}   {f'{low:.2f} to {high:.2f}':15}"
            mark = "" if middle <= 1.4 else "  above the goal"
        print(f"{cell:6}{steps:9,}{full / 1e6:10.1f}{some / 1e6:17.1f}{beyond / 1e6:18.1f}{shown}{mark}", flush=True)


def truncated_section(quick: bool) -> None:
    """Training on a text of any length."""
    lengths = (2_000, 4_000) if quick else (10_000, 100_000, 1_000_000)
    print("rnn train --task lm --level char --cell lstm, H = 64, one stream, pieces of 100 characters, one epoch")
    print(f"{'characters':>12}{'seconds':>10}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        for length in lengths:
            text.write_text(
                ("to be or not to be, that is the question. " * (length // 42 + 1))[:length], encoding="utf-8"
            )
            command = [
                sys.executable, "-m", "rnn_cli", "train", str(text), "--task", "lm", "--level", "char", "--cell", "lstm",
                "--hidden-size", "8" if quick else "64", "--batch-size", "1", "--sequence-length", "100", "--epochs", "1",
                "--json", "--out", str(Path(folder) / "model.safetensors"), "--overwrite",
            ]  # fmt: skip
            started = time.perf_counter()
            _, peak = peak_memory(command, ONE_THREAD)
            print(f"{length:12,}{time.perf_counter() - started:10.1f}{peak / 1e6:10.1f}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="short sequences: only to see that it works")
    parser.add_argument("--child", nargs=4, metavar=("WHAT", "CELL", "H", "T"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        what, cell, size, steps = options.child
        work(what, cell, int(size), int(steps))()
        return
    run = {
        "time": time_section,
        "full": full_section,
        "checkpointed": checkpointed_section,
        "truncated": truncated_section,
    }
    names = options.only.split(",")
    if len(names) == 1:
        run[names[0]](options.quick)
        return
    print(machine() + ", one thread", flush=True)
    for name in names:  # each in a process of its own, so that none inherits another's memory
        print(flush=True)
        quick = ["--quick"] if options.quick else []
        subprocess.run([sys.executable, __file__, "--only", name, *quick], check=True)


if __name__ == "__main__":
    main()
