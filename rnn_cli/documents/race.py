"""rnn.race/1. Where the runs are kept and how long they took is not in it: it is the same to the bit wherever they ran."""

from dataclasses import asdict
from typing import Any

from rnn_cli.race.result import Lane, RaceResult, Why
from rnn_cli.race.scores import Scores


def race_document(result: RaceResult) -> dict[str, Any]:
    """Every score of every seed, where each cell breaks, and what was measured there."""
    plan = result.plan
    return {
        "schema": "rnn.race/1",
        "task": plan.task,
        "of_data": plan.of_data or None,
        "parameters": plan.wanted,
        "metric": plan.kind.scored if plan.kind is not None else plan.metric,
        "more_is_better": plan.more_is_better,
        "solved": plan.solved,
        "lengthened_by": None if plan.kind is None else plan.kind.lengthened_by,
        "seeds": list(plan.seeds),
        "max_steps": plan.max_steps,
        "led": plan.gentle,
        "ended": result.ended,
        "lanes": [_lane(result, lane) for lane in result.lanes],
    }


def _lane(result: RaceResult, lane: Lane) -> dict[str, Any]:
    return {
        "cell": lane.size.cell,
        "hidden_size": lane.size.hidden_size,
        "parameter_count": lane.size.parameter_count,
        "deviation": lane.size.deviation(result.plan.wanted),
        "lengths": [_point(result, length, scores) for length, scores in sorted(lane.points.items(), key=_by_length)],
        "breaks_at": lane.bracket.breaks_at,
        "holds": lane.bracket.holds,
        "ended": lane.ended,
        "failures": list(lane.failures),
        "why": None if lane.why is None else _why(lane.why),
    }


def _by_length(point: tuple[int | None, Scores]) -> int:
    return point[0] or 0


def _point(result: RaceResult, length: int | None, scores: Scores) -> dict[str, Any]:
    plan = result.plan
    trivial = plan.trivial(length)
    return {
        "length": length,
        "scores": list(scores.values),
        "mean": scores.mean,
        "interval": None if scores.interval is None else list(scores.interval),
        "chance": plan.chance(length),
        "trivial": None if trivial is None else asdict(trivial),
        "held": None if plan.solved is None else scores.holds(plan.solved),
        "steps": list(scores.steps),
    }


def _why(why: Why) -> dict[str, Any]:
    return {
        "length": why.length,
        "steps": why.steps,
        "follows": "error" if why.by_error else "product",
        "gradient_reach": why.reach,
        "reaches_all": why.whole,
        "saturation": why.saturation,
        "log_kept": why.log_kept,
        "lyapunov": why.lyapunov,
    }
