"""Recall over 60 steps: name the first symbol, after 60 others that mean nothing. Which cell learns it, how soon?

    python tests/benchmarks/recall.py [--length 60] [--seeds 3] [--max-steps 1000] [--quick]

Every line is a run of `rnn train --task recall:length=60 --cell CELL --seed SEED` with the plain defaults; those of a
generated task give the gate that keeps the state (f of the LSTM, z of the GRU) a bias of 4, so that it holds for about
e^4 = 55 steps from the start. Further flags after -- go to every run.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from rnn_cli.core.cells import CELLS

LEARNT = 0.95
STOPPED = 143
"""How a run ends that was asked to stop; it saves first."""


@dataclass(frozen=True)
class Run:
    """A run: the accuracy on examples that it has not seen, at its end and at its best, and when it passed 95%."""

    accuracy: float
    best: float
    learnt_at: int | None
    seconds: float
    reach: float


def train(cell: str, seed: int, length: int, steps: int, more: Sequence[str], until_learnt: bool) -> Run:
    """Train a cell and read the events as they come; `until_learnt` ends the run once it has passed 95%."""
    flags = ["--task", f"recall:length={length}", "--cell", cell, "--seed", str(seed), "--max-steps", str(steps)]
    command = [sys.executable, "-m", "rnn_cli", "train", *flags, "--json", "--eval-every", "50", "--watch", str(steps)]
    begun = time.perf_counter()
    measured: list[tuple[int, float]] = []
    reach = nan
    with subprocess.Popen([*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            event = json.loads(line)
            if "reach" in event:
                reach = event["reach"]["norms"][-1] / event["reach"]["norms"][0]
            if event["event"] == "eval":
                measured.append((event["step"], event["metric"]["value"]))
                if until_learnt and measured[-1][1] > LEARNT:
                    process.terminate()
                    break
        process.stdout.close()
        said = process.stderr.read()
    if process.returncode not in (0, STOPPED):
        raise RuntimeError(said)
    learnt = next((step for step, value in measured if value > LEARNT), None)
    best = max(value for _, value in measured)
    return Run(measured[-1][1], best, learnt, time.perf_counter() - begun, reach)


def main() -> int:
    """Print the table; 1 where a cell does not do what it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--length", type=int, default=60, help="symbols that mean nothing")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--max-steps", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="40 steps, one seed; a cell that passes 95%% stops there")
    parser.add_argument("flags", nargs="*", help="for every run")
    options = parser.parse_args()
    length, seeds, steps = (40, 1, 400) if options.quick else (options.length, options.seeds, options.max_steps)
    print(f"recall, length {length}, 8 symbols: chance is 12.5%; {steps} steps")
    print(
        f"{'cell':5}{'seed':>5}{'accuracy':>10}{'best':>8}{'> 95% at':>10}{'seconds':>9}   gradient {length} steps back, at step 1"
    )
    good = True
    for cell in CELLS:
        for seed in range(seeds):
            run = train(cell, seed, length, steps, options.flags, options.quick)
            good &= run.best < 0.25 if cell == "rnn" else run.accuracy > LEARNT
            at = "never" if run.learnt_at is None else f"step {run.learnt_at}"
            print(
                f"{cell:5}{seed:5}{run.accuracy:10.1%}{run.best:8.1%}{at:>10}{run.seconds:9.1f}   {run.reach:.1e}",
                flush=True,
            )
    print(
        "the vanilla RNN stays near chance, LSTM and GRU pass 95%"
        if good
        else "NOT as it should be: the vanilla RNN near chance, LSTM and GRU above 95%"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
