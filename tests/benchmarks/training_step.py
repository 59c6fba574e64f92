"""One training step against PyTorch on the same CPU: embedding, cell, readout, cross-entropy, backward, clipping by
global norm, Adam, float32, 65 symbols.

    python tests/benchmarks/training_step.py [--threads 1] [--rounds 15] [--cells rnn,gru,lstm] [--quick]

The two take turns, a block of steps each; a round's figure is the ratio of its two blocks, PyTorch's time over ours, so
that a machine whose speed drifts does not favour either. Printed are the median ratio of all rounds, and the smallest
and the largest.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.optimizers import Optimizer
from rnn_cli.core.learning.train import Plan, Progress, train_steps
from rnn_cli.core.network import MANY_TO_MANY, Architecture
from rnn_cli.core.systems import initialize_system, make_system
from rnn_cli.core.systems.base import Blueprint
from rnn_cli.training.blas import small_products

SYMBOLS = 65
ROWS = ((8, 16, 1, 25), (16, 32, 16, 25), (32, 64, 16, 50), (32, 64, 32, 50), (64, 128, 32, 50), (64, 256, 64, 50))
GOALS = {
    "rnn": (3, 2, 1.5, 1.5, 1.3, 1.2),
    "gru": (5, 3, 1.5, 1.5, 1.5, 1.3),
    "lstm": (2, 1.5, 1.1, 1.1, 1.1, 1.1),
}


def ours(cell: str, E: int, H: int, B: int, T: int, ids: Array) -> Callable[[], float]:
    """A function that makes one step and returns its loss."""
    reader = Architecture(cell, E, H, task=MANY_TO_MANY, output_size=SYMBOLS, embedding_rows=SYMBOLS)
    system = make_system(Blueprint("single", "cross-entropy", reader), dtype=np.float32)
    initialize_system(system, np.random.default_rng(0))
    weights, lengths = np.ones((T, B), np.float32), np.full(B, T)
    batch = Batch(ids[:-1], lengths, ids[1:], weights)
    steps = train_steps(system, Optimizer("adam"), Plan(0, 10**9, 1e-3), Progress(), lambda progress: (batch, False))
    return lambda: next(steps).loss


def theirs(cell: str, E: int, H: int, B: int, T: int, ids: Array, threads: int) -> Callable[[], float]:
    """The same in PyTorch, with its fused modules and its fused Adam."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    embedding, readout = torch.nn.Embedding(SYMBOLS, E), torch.nn.Linear(H, SYMBOLS)
    module = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](E, H)
    parameters = [*embedding.parameters(), *module.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    criterion = torch.nn.CrossEntropyLoss()
    tokens = torch.as_tensor(ids)

    def step() -> float:
        optimizer.zero_grad()
        output, _ = module(embedding(tokens[:-1]))
        loss = criterion(readout(output).reshape(-1, SYMBOLS), tokens[1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return float(loss.detach())

    return step


def block(step: Callable[[], float], seconds: float) -> Callable[[], float]:
    """A function that makes as many steps as fill `seconds` and returns the time of one."""
    step()
    started = time.perf_counter()
    step()
    once = time.perf_counter() - started
    count = max(1, int(seconds / max(once, 1e-6)))

    def run() -> float:
        begun = time.perf_counter()
        for _ in range(count):
            step()
        return (time.perf_counter() - begun) / count

    return run


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.15, help="of a block")
    parser.add_argument("--cells", default="rnn,gru,lstm")
    parser.add_argument("--rows", default=",".join(map(str, range(len(ROWS)))))
    parser.add_argument("--quick", action="store_true", help="the smallest row, two rounds: only to see that it works")
    options = parser.parse_args()
    rounds = 2 if options.quick else options.rounds
    rows = [0] if options.quick else [int(k) for k in options.rows.split(",")]
    print(
        f"time of PyTorch / time of rnn, {options.threads} thread(s), {rounds} paired rounds: median (smallest to largest)"
    )
    print(f"{'E, H, B, T':>18}  {'cell':5}{'ratio':>8}{'goal':>7}   {'range':16}{'rnn ms':>9}{'torch ms':>10}")
    for row in rows:
        E, H, B, T = ROWS[row]
        ids = np.random.default_rng(1).integers(0, SYMBOLS, (T + 1, B))
        for cell in options.cells.split(","):
            with threadpool_limits(options.threads, user_api="blas"), small_products(options.threads):
                a = block(ours(cell, E, H, B, T, ids), options.seconds)
                b = block(theirs(cell, E, H, B, T, ids, options.threads), options.seconds)
                times = [(a(), b()) for _ in range(rounds)]
            ratios = sorted(their / our for our, their in times)
            middle, goal = statistics.median(ratios), GOALS[cell][row]
            mark = "" if middle >= goal else "  below the goal"
            own, other = (statistics.median(t[k] for t in times) * 1e3 for k in (0, 1))
            spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
            print(
                f"{f'{E}, {H}, {B}, {T}':>18}  {cell:5}{middle:8.2f}{goal:7.1f}   {spread:16}{own:9.3f}{other:10.3f}{mark}",
                flush=True,
            )


if __name__ == "__main__":
    main()
