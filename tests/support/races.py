"""Races without their runs: results from scores that are made up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnn_cli.race.plan import Plan
from rnn_cli.race.result import Lane, RaceResult, Why, held_of
from rnn_cli.race.scores import Scores
from rnn_cli.race.search import bracket
from rnn_cli.race.setup import plan_for

Points = dict[int | None, tuple[float | None, ...]]

FOLDER = "races/of-the-tests"


def scored(plan: Plan, *values: float | None) -> Scores:
    """Scores of as many seeds, each after 100 steps."""
    return Scores(values, (100,) * len(values), plan.more_is_better)


def lane_of(plan: Plan, cell: str, points: Mapping[int | None, Sequence[float | None]], why: Why | None = None) -> Lane:
    """A lane that is at its end, with the scores at each length."""
    size = next(one for one in plan.sizes if one.cell == cell)
    scores = {at: scored(plan, *values) for at, values in points.items()}
    failures = ["step 3: the loss is nan"] if any(None in one.values for one in scores.values()) else []
    return Lane(size, scores, bracket(held_of(scores, plan.solved)), True, failures, why)


def recall_race() -> RaceResult:
    """Of three cells, of which one breaks, and not far apart from what it holds."""
    plan = plan_for(["recall"], options={}, words=("--cells", "rnn,gru,mingru"), cells="rnn,gru,mingru")
    good: Points = dict.fromkeys((4, 8, 16, 32, 64, 128), (1.0, 1.0, 0.99))
    broken: Points = {
        4: (1.0, 1.0, 1.0),
        8: (1.0, 0.97, 1.0),
        16: (0.3, 0.125, 0.5),
        11: (1.0, 0.99, 1.0),
        13: (0.9, 0.2, 1.0),
    }
    lanes = (
        lane_of(plan, "rnn", broken, Why(13, 5.25, 13, 0.0, 0.61, None, -0.52)),
        lane_of(plan, "gru", good, Why(128, 128, 128, 1.0, 0.4, -1.5, -0.01)),
        lane_of(plan, "mingru", good, Why(128, 80.5, 128, 0.5, 0.25, -2.5, -0.02)),
    )
    return RaceResult(plan, lanes, FOLDER)


def parity_race() -> RaceResult:
    """Of two cells, of which the one without a recurrent matrix breaks though its error reaches every step."""
    plan = plan_for(
        ["parity"], options={}, cells="lstm,mingru", lengths="2,4", gentle=False, words=("--lengths", "2,4")
    )
    lanes = (
        lane_of(plan, "lstm", {2: (1.0,) * 3, 4: (1.0,) * 3}, Why(4, 3, 3, 1.0, 0.2, -0.5, 0.01)),
        lane_of(plan, "mingru", {2: (1.0,) * 3, 4: (0.5, None, 0.6)}, Why(4, 3, 3, 1.0, 0.2, -0.5, -0.2)),
    )
    return RaceResult(plan, lanes, FOLDER, ["mingru-4-seed1: its worker died; it goes on from its last checkpoint"])


def adding_race() -> RaceResult:
    """Of numbers, of which less is better, from one seed, and not at its end."""
    plan = plan_for(["adding"], options={}, seeds=1, cells="rnn,lstm")
    done = lane_of(plan, "rnn", {4: (0.001,), 8: (0.16,)})
    return RaceResult(plan, (done, replace(lane_of(plan, "lstm", {4: (0.002,)}), ended=False)), FOLDER)
