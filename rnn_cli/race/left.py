"""How long a race may still take: what its searches cost if every further length is held, and learnt as fast as those so far."""

from math import fsum
from statistics import median

from rnn_cli.jobs.job import Outcome
from rnn_cli.race.plan import Plan
from rnn_cli.race.result import held_of
from rnn_cli.race.run import Race, Running

FIXED = 5
"""What a step takes beside its steps of time, in these."""


def seconds_left(race: Race, workers: int) -> float | None:
    """About; None before a run of each cell that is still in the race has come to its end."""
    total = 0.0
    for lane in race.lanes:
        if lane.ended:
            continue
        own = [one for one in race.outcomes if one.parameter_count and one.step and _cell(one) == lane.size.cell]
        if not own:
            return None
        total += _cost(race.plan, lane, own)
    return total / workers


def _cell(outcome: Outcome) -> str:
    return outcome.name.partition("-")[0]


def _cost(plan: Plan, lane: Running, own: list[Outcome]) -> float:
    """The seconds of all further runs of a cell. A step takes as long for each unit of length as it mostly did so far."""
    lengths = {name: length for length, names in lane.names.items() for name in names.values()}
    rate = median(one.seconds / one.step / ((lengths.get(one.name) or 0) + FIXED) for one in own)
    steps = fsum(one.step for one in own) / len(own)
    total = (len(plan.seeds) - len(lane.waits)) * rate * steps * ((lane.length or 0) + FIXED)
    if plan.search is None:
        return total
    held = held_of(lane.points, plan.solved)
    if lane.length is not None:
        held[lane.length] = True
    while (length := plan.search.next_length(held)) is not None:
        held[length] = True
        total += len(plan.seeds) * rate * steps * (length + FIXED)
    return total
