"""rnn.sweep/1: every run of a sweep, and the settings in the order of their scores."""

from typing import Any

from rnn_cli.jobs.job import DONE
from rnn_cli.sweep.results import Results, Row, SweepResult, best_of


def sweep_document(result: SweepResult) -> dict[str, Any]:
    """The whole document."""
    results, folder = result.results, result.folder
    plan, ranked = results.plan, results.rows()
    best = best_of(ranked)
    return {
        "schema": "rnn.sweep/1",
        "task": plan.task,
        "folder": folder,
        "metric": results.metric,
        "seeds": list(plan.seeds),
        "halving": plan.eta,
        "runs": [_run(results, k, seed, folder) for k in range(len(plan.settings)) for seed in plan.seeds],
        "settings": [_setting(row) for row in ranked],
        "best": None
        if best is None
        else {**_setting(best), "models": [_model(results, best.k, seed, folder) for seed in plan.seeds]},
        "machines": sorted(results.machines),
    }


def _run(results: Results, k: int, seed: int, folder: str) -> dict[str, Any]:
    ran = results.runs.get((k, seed))
    return {
        "name": results.plan.name(k, seed),
        "settings": results.plan.setting(k).said,
        "seed": seed,
        "state": "left" if ran is None else ran.state,
        "step": None if ran is None else ran.step,
        "metric": None if ran is None else ran.value,
        "message": None if ran is None else ran.message,
        "seconds": None if ran is None else ran.seconds,
        "model": _model(results, k, seed, folder),
    }


def _model(results: Results, k: int, seed: int, folder: str) -> str | None:
    """The file that holds what the run learnt."""
    ran = results.runs.get((k, seed))
    return (
        f"{folder}/runs/{results.plan.name(k, seed)}.safetensors" if ran is not None and ran.value is not None else None
    )


def _setting(row: Row) -> dict[str, Any]:
    return {
        "settings": row.said,
        "mean": row.mean,
        "interval": None if row.interval is None else list(row.interval),
        "done": sum(one is not None and one.state == DONE for one in row.runs),
        "step": row.step,
    }
