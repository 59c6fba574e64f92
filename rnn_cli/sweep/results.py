"""What a sweep has found: its settings in the order of their scores, and what failed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from rnn_cli.core.metrics.interval import t_interval
from rnn_cli.jobs.job import DONE, FAILED, INTERRUPTED, PAUSED, Outcome
from rnn_cli.sweep.plan import Plan
from rnn_cli.training.config import MOST
from rnn_cli.training.measure import more_is_better


@dataclass(frozen=True)
class Ran:
    """What came of one run, without what a table has no use for: there may be ten thousand."""

    state: str
    step: int
    value: float | None
    seconds: float
    message: str | None
    again: bool = False

    @classmethod
    def of(cls, outcome: Outcome) -> "Ran":
        """The same of an outcome."""
        return cls(outcome.state, outcome.step, outcome.value, outcome.seconds, outcome.message, outcome.again)


@dataclass(frozen=True)
class Row:
    """A setting with what its runs scored.

    k         its place in the plan
    runs      what came of each seed's run; None: it has not been run
    mean      over the seeds that have a score; None without one
    """

    k: int
    said: Mapping[str, Any]
    runs: tuple[Ran | None, ...]
    mean: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the mean over all seeds, at 95 %; None with fewer than two scores."""
        found = t_interval(_values(self.runs))
        return None if found is None else found[1:]

    @property
    def done(self) -> bool:
        """Whether every run went to its end."""
        return all(one is not None and one.state == DONE for one in self.runs)

    @property
    def step(self) -> int:
        """How far the runs went that went farthest."""
        return max((one.step for one in self.runs if one is not None), default=0)


def _values(runs: Iterable[Ran | None]) -> list[float]:
    return [one.value for one in runs if one is not None and one.state != FAILED and one.value is not None]


@dataclass
class Results:
    """What came of the runs so far, by setting and seed."""

    plan: Plan
    metric: str | None = None
    machines: Counter[str] = field(default_factory=Counter)
    runs: dict[tuple[int, int], Ran] = field(default_factory=dict)

    def add(self, k: int, seed: int, outcome: Outcome) -> None:
        """Put it in the place of an earlier one of the same run. A run that was interrupted is left to be run."""
        if outcome.state == INTERRUPTED:
            return
        self.runs[k, seed] = Ran.of(outcome)
        self.metric = outcome.metric or self.metric
        if outcome.machine:
            self.machines[outcome.machine["kernel"]] += 1

    def row(self, k: int) -> Row:
        """One setting."""
        runs = tuple(self.runs.get((k, seed)) for seed in self.plan.seeds)
        values = _values(runs)
        return Row(k, self.plan.settings[k]["said"], runs, fsum(values) / len(values) if values else None)

    def rows(self) -> list[Row]:
        """All settings, the best first: those whose runs went to their end, by the mean over seeds; then those that were
        halved away, by how far they came; then those of which a run failed; at the end those
        without a score. Equal ones as in the plan."""
        sign = -1 if self.metric is not None and more_is_better(self.metric) else 1

        def order(row: Row) -> tuple[Any, ...]:
            score = 0.0 if row.mean is None else sign * row.mean
            return row.mean is None, self._fails(row), 0 if row.done else MOST - row.step, score, row.k

        return sorted(map(self.row, range(len(self.plan.settings))), key=order)

    @staticmethod
    def _fails(row: Row) -> bool:
        return any(one is not None and one.state == FAILED for one in row.runs)

    def failures(self) -> list[tuple[str, list[tuple[int, int]]]]:
        """Every message with the runs that failed with it, the most frequent first."""
        by: dict[str, list[tuple[int, int]]] = {}
        for which, one in sorted(self.runs.items()):
            if one.state == FAILED:
                by.setdefault(one.message or "it says nothing", []).append(which)
        return sorted(by.items(), key=lambda item: -len(item[1]))

    def count(self, *states: str) -> int:
        """How many runs are in one of these states."""
        return sum(one.state in states for one in self.runs.values())


def best_of(rows: Sequence[Row]) -> Row | None:
    """The first row, where it has a score."""
    return rows[0] if rows and rows[0].mean is not None else None


def scores_of(results: Results, settings: Iterable[int]) -> dict[int, float | None]:
    """For halving: the mean of each setting over its seeds; None where a run of it failed."""
    found: dict[int, float | None] = {}
    for k in settings:
        row = results.row(k)
        whole = all(one is not None and one.state in (DONE, PAUSED) for one in row.runs)
        found[k] = row.mean if whole else None
    return found


@dataclass(frozen=True)
class SweepResult:
    """What a sweep shows: its results, the folder of its files as the person named it, and how many settings a page has."""

    results: Results
    folder: str
    rows: int
