"""A race while it runs: the table so far, what is being tried, and about how long it may still take."""

from math import ceil

from rich.console import Group, RenderableType
from rich.text import Text

from rnn_cli.jobs.job import Outcome
from rnn_cli.race.left import seconds_left
from rnn_cli.race.run import Race
from rnn_cli.views import style
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Grid, line
from rnn_cli.views.race import breaks_text, holds_text, score_text


def live_race(race: Race, seconds: float) -> RenderableType:
    """A row a cell: the last score, where it stands, and what runs."""
    rows: list[list[str | Text]] = []
    for running, lane in zip(race.lanes, race.result().lanes, strict=True):
        last = next(reversed(running.points), None)
        score = score_text(running.points[last], race.plan.solved) if running.points else ""
        tries = "" if running.ended else f"{running.length or ''} ({len(running.waits)} of {len(race.plan.seeds)})"
        rows.append(
            [lane.size.cell, tries, "" if last is None else f"{last:,}", score, holds_text(lane), breaks_text(lane)]
        )
    left = seconds_left(race, max(1, race.engine.workers))
    rest = "" if left is None else f", about {duration(left)} left"
    done = f"{count(len(race.outcomes), 'run')} in {duration(seconds)}{rest}   (Ctrl-C keeps them)"
    table = Grid(["cell", "trying", "last", "score", "holds", "breaks at"], rows, align="<>")
    return Group(line((race.plan.task, style.TITLE)), table, line((done, style.FAINT)))


def run_line(race: Race, outcome: Outcome) -> str:
    """A finished run in one line."""
    [score] = race.plan.scores([outcome]).values
    left = seconds_left(race, max(1, race.engine.workers))
    rest = "" if left is None else f"; about {duration(left)} left"
    value = "no score" if score is None else f"{score:.4f}"
    return f"{outcome.name}: {value} after {count(outcome.step, 'step')}, {duration(outcome.seconds)}{rest}"


def duration(seconds: float) -> str:
    """A time in its own unit: 4 s, 3 min, 2.1 h."""
    if seconds < 90:
        return f"{ceil(seconds)} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
