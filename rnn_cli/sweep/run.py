"""Run a sweep: hand out its runs, and rung by rung those that go on."""

from collections.abc import Iterator

from rnn_cli.jobs.engine import Engine
from rnn_cli.jobs.job import Outcome
from rnn_cli.sweep.halving import go_on, rungs
from rnn_cli.sweep.plan import Plan
from rnn_cli.sweep.results import Results, scores_of
from rnn_cli.training.measure import more_is_better


def sweep_runs(plan: Plan, engine: Engine, results: Results) -> Iterator[Outcome | None]:
    """Every outcome, put into `results` before; None where nothing came for a moment.

    What the folder already records comes first, as if it had been run now: so an interrupted sweep goes on with the same
    decisions. The iterator ends when all is done, or when the engine was told to stop.
    """
    alive = tuple(range(len(plan.settings)))
    for share in (None,) if plan.eta is None else (*map(float, rungs(len(alive), plan.eta)[:-1]), None):
        going = set(alive)
        runs = {plan.name(k, seed): (k, seed) for k, seed in plan.runs() if k in going}
        for k, seed in runs.values():
            engine.submit(plan.job(k, seed, share))
        for outcome in engine.outcomes():
            if outcome is not None:
                results.add(*runs[outcome.name], outcome)
            yield outcome
        if engine.stopping or share is None:
            return
        assert plan.eta is not None
        more = results.metric is None or more_is_better(results.metric)
        alive = go_on(scores_of(results, alive), plan.eta, more)
