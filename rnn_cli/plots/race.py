"""The figure of rnn race: each cell's scores over the length of its task, every seed a point."""

from rnn_cli.plots.figure import Curve, Figure, Panel
from rnn_cli.race.result import Lane, RaceResult
from rnn_cli.race.scores import Scores


def race_figure(result: RaceResult) -> Figure:
    """A curve a cell with the intervals of its means; chance, the trivial answer and what counts as solved as lines."""
    plan = result.plan
    score = plan.kind.scored if plan.kind is not None else plan.metric
    if plan.kind is None:
        names = [(float(k), lane.size.cell) for k, lane in enumerate(result.lanes)]
        curves = [_curve(lane, place) for place, lane in enumerate(result.lanes)]
        if plan.simple is not None:
            curves.append(Curve("a simple answer", [0, len(names) - 1], [plan.simple.score] * 2, dashed=True))
        return Figure(
            f"{plan.task}: about {plan.wanted:,} parameters each", "cell", score, [Panel("", curves)], names=names
        )
    lengths = sorted({at for lane in result.lanes for at in lane.points if at is not None})
    curves = [_curve(lane) for lane in result.lanes]
    tasks = [plan.kind.of_length(at) for at in lengths]
    curves.append(Curve("chance", lengths, [task.chance for task in tasks], dashed=True))
    trivial = [
        (at, one) for at, one in zip(lengths, (task.trivial() for task in tasks), strict=True) if one is not None
    ]
    if trivial:
        curves.append(
            Curve(trivial[0][1].says, [at for at, _ in trivial], [one.score for _, one in trivial], dashed=True)
        )
    if plan.solved is not None:
        curves.append(Curve("solved", lengths, [plan.solved] * len(lengths), dashed=True))
    ticks = [(float(at), f"{at:,}") for k, at in enumerate(lengths) if not k or at >= 1.1 * lengths[k - 1]]
    return Figure(
        f"{plan.task}: about {plan.wanted:,} parameters each", plan.kind.lengthened_by, score, [Panel("", curves)],
        names=ticks, doubling=min(lengths, default=1) > 0,
    )  # fmt: skip


def _curve(lane: Lane, place: int | None = None) -> Curve:
    """The scores of a cell, shortest task first; of DATA at its `place` among the cells."""
    known = sorted(
        ((at or place or 0, one) for at, one in lane.points.items() if one.mean is not None), key=lambda point: point[0]
    )
    return Curve(
        lane.size.cell,
        [at for at, _ in known],
        [one.mean for _, one in known if one.mean is not None],
        ends=[_within(one) for _, one in known],
        singles=[(at, score) for at, one in known for score in one.known],
    )


def _within(scores: Scores) -> tuple[float, float] | None:
    """The interval, as far as a score can go: the rest would press all that is drawn together."""
    if scores.interval is None:
        return None
    low, high = scores.interval
    return max(low, 0.0), min(high, 1.0) if scores.more_is_better else high
