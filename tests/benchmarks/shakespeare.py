"""A language model of characters, ours against PyTorch's: the same text, settings, batches and carried state.

    python tests/benchmarks/shakespeare.py input.txt [--seeds 0,1,2] [--steps 3000] [--jobs 1] [--threads 1]

Both are a GRU with the defaults of `rnn train --task lm` but for what the flags say: embedding N(0, 1), cell and readout
uniform in ±1/sqrt(H), Adam, clipping by global norm, chunks of 32 x 50 characters, the state carried from chunk to
chunk. PyTorch has its own two biases per gate, its own draws and its own order of sums. Printed are the losses on the
last tenth of the text after the last step, their means over the seeds, and the ratio of the means.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from rnn_cli.core.arrays import Array
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.options import DataOptions
from rnn_cli.training.build import build
from rnn_cli.training.config import RunConfig, configure
from rnn_cli.training.run import Asked, Evaluated, LogMark, new_run, run_events

ALLOWED = 1.01


@dataclass(frozen=True)
class Job:
    """One run."""

    who: str
    path: str
    seed: int
    steps: int
    cell: str
    hidden_size: int
    threads: int


def settings(job: Job) -> tuple[RunConfig, Prepared]:
    """The settings and the data, the same for both."""
    given: dict[str, Any] = {
        "task": "lm", "data": (job.path,), "cell": job.cell, "hidden_size": job.hidden_size, "batch_size": 32,
        "max_steps": job.steps, "eval_every": job.steps, "seed": job.seed, "threads": job.threads,
    }  # fmt: skip
    config = configure(given)
    return config, find_task("lm").prepare([job.path], DataOptions(sequence_length=50), job.seed)


def ours(job: Job) -> tuple[float, float]:
    """Validation loss and seconds of training."""
    config, prepared = settings(job)
    run = new_run(config, prepared, build(config, prepared))
    loss, seconds = float("nan"), 0.0
    with threadpool_limits(job.threads, user_api="blas"):
        for event in run_events(run, None, asked=Asked(), log_mark=LogMark):
            seconds += getattr(event, "seconds", 0.0)
            if isinstance(event, Evaluated):
                loss = event.measured.loss
    return loss, seconds


def theirs(job: Job) -> tuple[float, float]:
    """The same by torch.nn.Embedding, GRU and Linear."""
    import torch

    config, prepared = settings(job)
    torch.manual_seed(job.seed)
    torch.set_num_threads(job.threads)
    symbols = len(prepared.encoding.vocabulary)
    embedding = torch.nn.Embedding(symbols, config.embedding_size)
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[job.cell]
    module, readout = kind(config.embedding_size, config.hidden_size), torch.nn.Linear(config.hidden_size, symbols)
    parameters = [*embedding.parameters(), *module.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=config.learning_rate)

    def losses(ids: Array, targets: Array, state: Any) -> tuple[Any, Any]:
        output, after = module(embedding(torch.as_tensor(ids).long()), state)
        logits = readout(output).reshape(-1, symbols)
        flat = torch.as_tensor(targets).long().reshape(-1)
        return torch.nn.functional.cross_entropy(logits, flat, reduction="none"), after

    def detached(state: Any) -> Any:
        return tuple(one.detach() for one in state) if isinstance(state, tuple) else state.detach()

    seconds, step, epoch, state = 0.0, 0, 0, None
    while step < job.steps:
        for indices in prepared.train.batches(epoch, config.seed, config.batch_size):
            begun = time.perf_counter()
            batch = prepared.train.collate(indices)
            weights = torch.as_tensor(batch.weights, dtype=torch.float32).reshape(-1)
            optimizer.zero_grad()
            each, state = losses(batch.inputs, batch.targets, state if batch.carries else None)
            ((each * weights).sum() / weights.sum()).backward()
            torch.nn.utils.clip_grad_norm_(parameters, config.clip_norm or float("inf"))
            optimizer.step()
            state = detached(state)
            step += 1
            seconds += time.perf_counter() - begun
            if step == job.steps:
                break
        epoch += 1
    total = answers = 0.0
    state = None
    assert prepared.validation is not None
    with torch.no_grad():
        for indices in prepared.validation.batches(0, 0, config.batch_size, shuffle=False):
            batch = prepared.validation.collate(indices)
            each, state = losses(batch.inputs, batch.targets, state if batch.carries else None)
            total += float((each.double() * torch.as_tensor(batch.weights).reshape(-1)).sum())
            answers += float(batch.weights.sum())
    return total / answers, seconds


WHO = {"rnn": ours, "PyTorch": theirs}


def result(job: Job) -> tuple[float, float]:
    """Run a job."""
    return WHO[job.who](job)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where ours is above PyTorch's by more than 1%."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", help="a file of plain text")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--cell", default="gru")
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--threads", type=int, default=1, help="of a run")
    options = parser.parse_args(arguments)
    seeds = [int(seed) for seed in options.seeds.split(",")]
    jobs = [
        Job(who, options.text, seed, options.steps, options.cell, options.hidden_size, options.threads)
        for seed in seeds
        for who in WHO
    ]
    print(
        f"{options.cell}, H = {options.hidden_size}, {options.steps} steps of 32 x 50 characters, {options.threads} thread(s)"
    )
    print(f"{'seed':>4}  {'':8}{'validation loss':>16}{'training seconds':>18}", flush=True)
    found: dict[str, list[float]] = {who: [] for who in WHO}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for job, (loss, seconds) in zip(jobs, pool.map(result, jobs), strict=True):
            found[job.who].append(loss)
            print(f"{job.seed:4}  {job.who:8}{loss:16.4f}{seconds:18.1f}", flush=True)
    means = {who: float(np.mean(values)) for who, values in found.items()}
    ratio = means["rnn"] / means["PyTorch"]
    print(f"mean  rnn {means['rnn']:.4f}, PyTorch {means['PyTorch']:.4f}: ratio {ratio:.4f} (allowed {ALLOWED})")
    return 0 if ratio <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
