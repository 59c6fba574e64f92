"""Memory and time of full BPTT by the kernels: does memory grow linearly with the number of steps?

    python tests/benchmarks/bptt_memory.py            H = 128, float64, up to 2,000 steps, every cell
    python tests/benchmarks/bptt_memory.py --quick    small sizes, to see that it works

Each row is a process of its own, whose peak resident memory the parent reads when it ends; the memory of a process
that imports and builds the same but computes one step is taken off. "per step" is that growth over the steps.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

CELLS = ("rnn", "lstm", "gru")


def work(cell: str, hidden: int, steps: int) -> float:
    """Run a forward and a backward pass of one sequence, with a loss at every step, and return the seconds."""
    import numpy as np

    from rnn_cli.core.backward import run_backward
    from rnn_cli.core.forward import run_forward
    from rnn_cli.core.learning.losses import CROSS_ENTROPY, loss_of
    from rnn_cli.core.network import MANY_TO_MANY, Architecture, Network
    from rnn_cli.core.parameters import Parameters

    generator = np.random.default_rng(0)
    architecture = Architecture(cell, hidden, hidden, task=MANY_TO_MANY, output_size=2)
    parameters = Parameters(architecture.shapes())
    parameters.flat[...] = generator.uniform(-1, 1, parameters.flat.shape) / np.sqrt(hidden)
    network = Network(architecture, parameters)
    x = generator.standard_normal((steps, 1, hidden))
    start = time.perf_counter()
    run = run_forward(network, x)
    assert run.logits is not None
    loss = loss_of(CROSS_ENTROPY, run.logits, np.zeros((steps, 1), dtype=int), mean=True)
    back = run_backward(network, run, loss.dlogits)
    seconds = time.perf_counter() - start
    assert np.isfinite(back.parameters.flat).all()
    assert back.parameters.flat.any()
    return seconds


def measure(cell: str, hidden: int, steps: int) -> tuple[float, float]:
    """Seconds and peak memory in bytes of a process that does the work."""
    command = [sys.executable, __file__, "--child", cell, str(hidden), str(steps)]
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **one_thread}) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the run with {cell}, {steps} steps failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return float(printed), usage.ru_maxrss * unit


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--child", nargs=3, metavar=("CELL", "H", "T"))
    options = parser.parse_args()
    if options.child:
        cell, hidden, steps = options.child
        print(work(cell, int(hidden), int(steps)))
        return
    hidden, lengths = (8, (10, 20)) if options.quick else (128, (500, 1000, 2000, 4000))
    print(f"Full BPTT, one sequence, H = I = {hidden}, float64, one thread")
    print(f"{'cell':<6}{'steps':>7}{'seconds':>10}{'peak MB':>10}{'over 1 step':>13}{'per step kB':>13}")
    for cell in CELLS:
        _, base = measure(cell, hidden, 1)
        for steps in lengths:
            seconds, peak = measure(cell, hidden, steps)
            grown = peak - base
            print(
                f"{cell:<6}{steps:>7}{seconds:>10.3f}{peak / 1e6:>10.1f}{grown / 1e6:>13.1f}{grown / steps / 1e3:>13.2f}"
            )


if __name__ == "__main__":
    main()
