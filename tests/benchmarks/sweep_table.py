"""A sweep of many runs: seconds and memory of reading its records, of the table, the page, the document, one more run."""

import argparse
import json
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console

from rnn_cli.documents.sweep import sweep_document
from rnn_cli.jobs.job import DONE, Outcome
from rnn_cli.jobs.records import FILE, Records
from rnn_cli.output.jsonable import to_json
from rnn_cli.sweep.plan import Plan, read_plan, write_plan
from rnn_cli.sweep.results import Results, SweepResult
from rnn_cli.training.measure import ACCURACY
from rnn_cli.views.sweep import sweep_page

SEEDS = 2


def main() -> None:
    """Print a row for each number of runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs")
    sizes = (40, 80) if parser.parse_args().quick else (1_000, 10_000)
    print(f"{'runs':>7} {'what':<34} {'seconds':>8} {'MB at most':>11}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), size)


def measure(folder: Path, runs: int) -> None:
    """The rows of one size."""
    outcomes = synthetic(folder, runs)
    plan = row(runs, "read the plan", lambda: read_plan(folder))
    records = row(runs, "read the records", lambda: Records(folder))
    jobs = [plan.job(k, seed) for k, seed in plan.runs()]
    found = row(runs, "find the outcome of every run", lambda: [records.find(job) for job in jobs])
    records.close()
    assert sum(one is not None for one in found) == runs
    results = Results(plan)
    for (k, seed), outcome in outcomes.items():
        results.add(k, seed, outcome)
    row(runs, "the table, sorted", results.rows)
    result = SweepResult(results, str(folder), 20)
    row(runs, "the page", lambda: Console(file=StringIO(), width=80).print(*sweep_page(result, 4)))
    row(runs, "the document as JSON", lambda: to_json(sweep_document(result)))


def synthetic(folder: Path, runs: int) -> dict[tuple[int, int], Outcome]:
    """The plan and the records of a sweep that has drawn its scores."""
    generator = np.random.default_rng(0)
    said: list[dict[str, Any]] = [
        {"learning-rate": float(rate), "hidden-size": int(size)}
        for rate, size in zip(generator.random(runs // SEEDS), generator.integers(8, 512, runs // SEEDS), strict=True)
    ]
    settings = tuple({"said": one, "given": {}, "options": {}} for one in said)
    plan = Plan("parity", (), ("learning-rate", "hidden-size"), tuple(range(SEEDS)), None, settings)
    write_plan(plan, folder)
    outcomes = {}
    with (folder / FILE).open("w") as file:
        for k, seed in plan.runs():
            job = plan.job(k, seed)
            outcome = Outcome(job.name, job.key, None, DONE, 100, ACCURACY, float(generator.random()), 1.0, 100, 999)
            outcomes[k, seed] = outcome
            file.write(json.dumps({"event": "begun", "name": job.name, "key": job.key}) + "\n")
            file.write(json.dumps({"event": "outcome", **asdict(outcome)}) + "\n")
    return outcomes


def row(runs: int, what: str, work: Callable[[], Any]) -> Any:
    """Time it, then measure the memory of a second time: tracing makes it slower."""
    started = perf_counter()
    result = work()
    seconds = perf_counter() - started
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{runs:>7,} {what:<34} {seconds:>8.3f} {most / 1e6:>11.1f}")
    return result


if __name__ == "__main__":
    main()
