"""How long a race may still take: what its searches would cost if every further length were held, or broken at once."""

from rnn_cli.jobs.job import Outcome
from rnn_cli.race.plan import Plan
from rnn_cli.race.result import held_of
from rnn_cli.race.run import Race, Running


def seconds_left(race: Race, workers: int) -> float | None:
    """About; None before a run of each cell that is still in the race has come to its end."""
    total = 0.0
    for lane in race.lanes:
        if lane.ended:
            continue
        own = [one for one in race.outcomes if one.parameter_count and one.step and _cell(one) == lane.size.cell]
        if not own:
            return None
        total += max(_cost(race.plan, lane, own, holds) for holds in (True, False))
    return total / workers


def _cell(outcome: Outcome) -> str:
    return outcome.name.partition("-")[0]


def _cost(plan: Plan, lane: Running, own: list[Outcome], holds: bool) -> float:
    """Of the rest of a search in which every further length is held, or broken: the seconds of all its runs.

    A step takes as long as the slowest so far for each unit of length; a run that holds makes as many steps as those so far.
    """
    lengths = {name: length for length, names in lane.names.items() for name in names.values()}
    rate = max(one.seconds / one.step / ((lengths.get(one.name) or 0) + 5) for one in own)
    most = plan.max_steps or max(one.step for one in own)
    steps = sum(one.step for one in own) / len(own) if holds else most
    waiting = len(plan.seeds) - len(lane.waits)
    total = waiting * rate * steps * ((lane.length or 0) + 5)
    if plan.search is None:
        return total
    held = held_of(lane.points, plan.solved)
    if lane.length is not None:
        held[lane.length] = holds
    while (length := plan.search.next_length(held)) is not None:
        held[length] = holds
        total += len(plan.seeds) * rate * steps * (length + 5)
    return total
