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

from rnn_cli.core.cells import CELLS

LEARNT = 0.95


@dataclass(frozen=True)
class Run:
    """A run: the accuracy on examples that it has not seen, at its end and at its best, and when it passed 95%."""

    accuracy: float
    best: float
    learnt_at: int | None
    seconds: float
    reach: float


def train(cell: str, seed: int, length: int, steps: int, more: Sequence[str]) -> Run:
    """Train a cell and read the events."""
    flags = ["--task", f"recall:length={length}", "--cell", cell, "--seed", str(seed), "--max-steps", str(steps)]
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "rnn_cli", "train", *flags, "--json", "--eval-every", "50", "--watch", str(steps), *more],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    seconds = time.perf_counter() - begun
    events = [json.loads(line) for line in done.stdout.splitlines()]
    measured = [(one["step"], one["metric"]["value"]) for one in events if one["event"] == "eval"]
    norms = next(one["reach"]["norms"] for one in events if "reach" in one)
    learnt = next((step for step, value in measured if value > LEARNT), None)
    return Run(measured[-1][1], max(value for _, value in measured), learnt, seconds, norms[-1] / norms[0])


def main() -> int:
    """Print the table; 1 where a cell does not do what it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--length", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--max-steps", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="one seed, 200 steps")
    parser.add_argument("flags", nargs="*", help="for every run")
    options = parser.parse_args()
    seeds, steps = (1, 200) if options.quick else (options.seeds, options.max_steps)
    print(f"recall, length {options.length}, 8 symbols: chance is 12.5%; {steps} steps")
    print(
        f"{'cell':5}{'seed':>5}{'accuracy':>10}{'best':>8}{'> 95% at':>10}{'seconds':>9}   gradient {options.length} steps back, at step 1"
    )
    good = True
    for cell in CELLS:
        for seed in range(seeds):
            run = train(cell, seed, options.length, steps, options.flags)
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
