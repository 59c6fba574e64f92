"""Runs a race: each cell's next length as soon as all seeds of the one before have their score."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from rnn_cli.jobs.engine import Engine
from rnn_cli.jobs.job import FAILED, INTERRUPTED, Outcome
from rnn_cli.jobs.work import file_of
from rnn_cli.race.plan import Plan
from rnn_cli.race.result import Lane, RaceResult, held_of
from rnn_cli.race.scores import Scores
from rnn_cli.race.search import bracket
from rnn_cli.race.sizes import Size


@dataclass(eq=False)
class Running:
    """A lane on its way.

    names      of the runs of each length, by seed
    waits      the outcomes of the length that is being tried, by seed
    """

    size: Size
    points: dict[int | None, Scores] = field(default_factory=dict)
    names: dict[int | None, dict[int, str]] = field(default_factory=dict)
    waits: dict[int, Outcome] = field(default_factory=dict)
    length: int | None = None
    ended: bool = False
    failures: list[str] = field(default_factory=list)


class Race:
    """A race on its way: `outcomes` are those of all runs so far."""

    def __init__(self, plan: Plan, engine: Engine) -> None:
        self.plan, self.engine = plan, engine
        self.lanes = [Running(size) for size in plan.sizes]
        self.outcomes: list[Outcome] = []
        self._at: dict[str, tuple[Running, int]] = {}

    def run(self, tick: float = 0.25) -> Iterator[Outcome | None]:
        """Each outcome as it comes, and None where a tick passed without one, to the end or until the engine is stopped."""
        for lane in self.lanes:
            self._begin_next(lane)
        for outcome in self.engine.outcomes(tick):
            if outcome is not None and outcome.state != INTERRUPTED:
                self._take(outcome)
            yield outcome

    def _take(self, outcome: Outcome) -> None:
        lane, seed = self._at.pop(outcome.name)
        self.outcomes.append(outcome)
        lane.waits[seed] = outcome
        if len(lane.waits) == len(self.plan.seeds):
            came = [lane.waits[seed] for seed in self.plan.seeds]
            lane.points[lane.length] = self.plan.scores(came)
            lane.failures += sorted({str(one.message) for one in came if one.state == FAILED} - {*lane.failures})
            lane.waits = {}
            self._begin_next(lane)

    def _begin_next(self, lane: Running) -> None:
        plan = self.plan
        held = held_of(lane.points, plan.solved)
        length = None if plan.search is None else plan.search.next_length(held)
        lane.ended = bool(lane.points) if plan.search is None else length is None
        if lane.ended:
            return
        led = [at for at, one in held.items() if one and length is not None and at < length]
        start = max(led) if led and plan.gentle else None
        lane.length, lane.names[length] = length, {}
        for seed in plan.seeds:
            parent = None if start is None else lane.names[start][seed]
            job = plan.job(lane.size, length, seed, start, self.folder, parent)
            lane.names[length][seed] = job.name
            self._at[job.name] = lane, seed
            self.engine.submit(job)

    @property
    def ended(self) -> bool:
        """Whether every lane is at its end."""
        return all(lane.ended for lane in self.lanes)

    @property
    def folder(self) -> Path:
        """Where the runs are."""
        return self.engine.folder

    def result(self) -> RaceResult:
        """As far as the race went."""
        lanes = tuple(
            Lane(
                one.size,
                dict(one.points),
                bracket(held_of(one.points, self.plan.solved)),
                one.ended,
                tuple(one.failures),
            )
            for one in self.lanes
        )
        return RaceResult(self.plan, lanes, str(self.folder))

    def measured(self, watch: Callable[[int, int], None] = lambda done, of: None) -> RaceResult:
        """The result, with what a gradient meets on its way back at each cell's break, or at the longest that it held.

        `watch` hears how many cells of how many are measured."""
        from rnn_cli.race.why import why_at

        result, plan = self.result(), self.plan
        lanes: list[Lane] = []
        for running, lane in zip(self.lanes, result.lanes, strict=True):
            watch(len(lanes), len(self.lanes))
            at = lane.bracket.holds if lane.bracket.breaks_at is None else lane.bracket.breaks_at
            files = [(file_of(self.folder, name), seed) for seed, name in running.names[at].items()]
            task = plan.of_data if plan.kind is None or at is None else plan.kind.of_length(at).text
            failed = lane.points[at].mean is None
            lanes.append(lane if failed else replace(lane, why=why_at(at, files, task, plan.data, plan.options)))
        return replace(result, lanes=tuple(lanes))
