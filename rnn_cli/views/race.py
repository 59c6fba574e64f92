"""The page of rnn race: each cell's scores as its task grows longer, where it breaks, and what was measured there."""

from collections.abc import Sequence
from math import inf, log

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.cells import make_cell
from rnn_cli.race.result import Lane, RaceResult
from rnn_cli.race.scores import Scores
from rnn_cli.race.search import CLOSE
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.logs import of_any_size
from rnn_cli.views.numbers import count, fixed, signed
from rnn_cli.views.page import Grid, Prose, blank, following, head, heading, notice

HELD, BROKEN = "●", "○"
TWO = 2
"""Decimals of a score beside its interval: three seeds say no more."""

LN10 = log(10)

NOTHING = (
    "Why is not measured: not of networks that write or read in both directions, not of examples of many hundreds of steps, and "
    "not of runs that failed."
)


def race_page(result: RaceResult, digits: int) -> list[RenderableType]:
    """The whole page."""
    return [
        head(clean(result.plan.task), "cells of the same size on the same examples"),
        *(Prose(text, style=style.FAINT) for text in _trained(result)),
        blank(),
        *_scores(result),
        *_breaks(result),
        *_why(result, digits),
        *_every_seed(result),
        *(
            Prose(f"{lane.size.cell}: {clean(text)}", "  !", style=style.WARNING)
            for lane in result.lanes
            for text in lane.failures
        ),
        *(Prose(clean(text), "  !", style=style.WARNING) for text in result.said),
        notice(race_notice(result)),
        *_next(result),
    ]


def _trained(result: RaceResult) -> list[str]:
    plan = result.plan
    one = len(plan.seeds) == 1
    between = "and" if len(plan.seeds) == 2 else "to"
    seeds = f"seed {plan.seeds[0]}," if one else f"seeds {plan.seeds[0]} {between} {plan.seeds[-1]}, from each"
    most = "as many steps as rnn train makes" if plan.max_steps is None else f"at most {count(plan.max_steps, 'step')}"
    said = f"About {plan.wanted:,} parameters each; {seeds} the same examples for all cells; {most}"
    if plan.search is None:
        return [said + "."]
    begins = (
        "A longer task begins with the weights learnt at the longest length held, the first with new ones."
        if plan.gentle
        else "Every length begins with new weights."
    )
    of_training = "" if plan.kind is None else plan.kind.of_length(plan.search.longest).of_training("that of their run")
    shorter = f" {of_training[:1].upper()}{of_training[1:]}." if of_training else ""
    return [f"{said}, fewer where a run has learnt its task. {begins}{shorter}{_few(result)}"]


def _few(result: RaceResult) -> str:
    """Of lengths with few different examples: that those measured may have been trained on, for all are drawn from these."""
    kind = result.plan.kind
    tried = {at for lane in result.lanes for at in lane.points if at is not None}
    tasks = [] if kind is None else [one for one in map(kind.of_length, sorted(tried)) if one.few]
    if not tasks:
        return ""
    most = tasks[-1]
    there = (
        f"length {most.length:,} has {most.different:,} different examples"
        if len(tasks) == 1
        else (f"lengths up to {most.length:,} have {most.different:,} different examples at most")
    )
    return f" {there[:1].upper()}{there[1:]}: those that are measured may be among those trained on."


def _scores(result: RaceResult) -> list[RenderableType]:
    """A row a length, a column a cell: mean and half the width of the interval."""
    plan, lanes = result.plan, result.lanes
    score = plan.kind.scored if plan.kind is not None else plan.metric
    spread = "mean ± interval of 95% over seeds" if len(plan.seeds) > 1 else "one seed, and so no interval"
    better = "" if plan.more_is_better else ", less is better"
    lengths = sorted({at for lane in lanes for at in lane.points if at is not None})
    rows: list[list[str | Text]] = [
        [f"{at:,}", *(score_text(lane.points.get(at), plan.solved) for lane in lanes)] for at in lengths
    ]
    if plan.search is None:
        rows = [["", *(score_text(lane.points.get(None), None) for lane in lanes)]]
    name = plan.kind.lengthened_by if plan.kind is not None else ""
    return [
        heading(f"{score[:1].upper()}{score[1:]}", f"{spread}{better}"),
        Grid([name, *(lane.size.cell for lane in lanes)], rows, align="><"),
        *(Prose(text, " ", style=style.FAINT) for text in _lines(result, lengths)),
        blank(),
    ]


def score_text(scores: Scores | None, solved: float | None) -> str | Text:
    """A score as the table has it, with a sign where the task is held or broken."""
    if scores is None:
        return ""
    text = "failed" if scores.mean is None else _score(scores, scores.mean)
    if scores.mean is not None and scores.interval is not None:
        text += f"±{_score(scores, scores.interval[1] - scores.mean)}"
    if solved is None:
        return text
    holds = scores.holds(solved)
    return Text(f"{HELD if holds else BROKEN} {text}", style=style.GOOD if holds else style.BAD)


def _score(scores: Scores, number: float) -> str:
    return f"{number:.{TWO + (not scores.more_is_better) * 2}f}"


def _lines(result: RaceResult, lengths: Sequence[int]) -> list[str]:
    """What scores are held against."""
    plan = result.plan
    if plan.kind is None or plan.solved is None:
        seed = "" if len(plan.seeds) == 1 else f", on the examples that seed {plan.seeds[0]} holds out"
        simple = plan.simple
        parts = [] if simple is None else [f"a simple answer {simple.score:.4g} ({clean(simple.says)}){seed}"]
        return _joined([*parts, *_beyond(result)])
    tasks = [plan.kind.of_length(at) for at in lengths]
    parts = [f"chance {_range([one.chance for one in tasks])}"] if tasks else []
    trivial = [one for one in (task.trivial() for task in tasks) if one is not None]
    if trivial:
        parts.append(f"a simple answer {_range([one.score for one in trivial])} ({trivial[0].says})")
    limit = f"from {plan.solved:.4g} on" if plan.more_is_better else f"up to {plan.solved:.4g}"
    parts.append(f"{HELD} the whole interval lies {limit}, which counts as solved; {BROKEN} it does not")
    return _joined([*parts, *_beyond(result)])


def _joined(parts: Sequence[str]) -> list[str]:
    return ["; ".join(parts)] if parts else []


def _beyond(result: RaceResult) -> list[str]:
    """A word on intervals that hold what no score can be."""
    every = [scores.interval for lane in result.lanes for scores in lane.points.values()]
    most = 1.0 if result.plan.more_is_better else inf
    beyond = any(one is not None and (one[0] < 0 or one[1] > most) for one in every)
    return ["an interval of few seeds may reach beyond what a score can be"] if beyond else []


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _breaks(result: RaceResult) -> list[RenderableType]:
    plan = result.plan
    rows: list[list[str | Text]] = []
    for lane in result.lanes:
        size = lane.size
        row: list[str | Text] = [
            size.cell,
            f"{size.hidden_size:,}",
            f"{size.parameter_count:,}",
            f"{fixed(100 * size.deviation(plan.wanted), 1)}%",
        ]
        rows.append(row + ([] if plan.search is None else [breaks_text(lane), holds_text(lane)]))
    header = ["cell", "hidden", "parameters", f"from {plan.wanted:,}"]
    if plan.search is None:
        return [heading("Sizes"), Grid(header, rows, align="<>"), blank()]
    note = f"looked for by doubling and halving, to a factor of {CLOSE:g}"
    return [
        heading("Where each breaks", "at the lengths that were asked for" if plan.search.lengths else note),
        Grid([*header, "breaks at", "holds"], rows, align="<>"),
        Prose(
            "breaks at: the shortest length tried that it did not hold; holds: the longest below",
            " ",
            style=style.FAINT,
        ),
        blank(),
    ]


def breaks_text(lane: Lane) -> str | Text:
    """The first length that a cell did not hold."""
    if lane.bracket.breaks_at is not None:
        return Text(f"{lane.bracket.breaks_at:,}", style=style.BAD)
    return Text("no break", style=style.GOOD) if lane.ended else "…"


def holds_text(lane: Lane) -> str:
    """The longest length below its break that a cell held."""
    return "none" if lane.bracket.holds is None else f"{lane.bracket.holds:,}"


def _why(result: RaceResult, digits: int) -> list[RenderableType]:
    if not any(lane.why for lane in result.lanes):
        return [Prose(NOTHING, style=style.FAINT), blank()] if result.ended else []
    keeps = any(lane.why is not None and lane.why.log_kept is not None for lane in result.lanes)
    lengths = result.plan.search is not None
    rows: list[list[str | Text]] = []
    for lane in result.lanes:
        why = lane.why
        if why is None:
            rows.append([lane.size.cell, *["-"] * (3 + lengths + keeps)])
            continue
        kept = "no gate" if why.log_kept is None else of_any_size(why.log_kept / LN10, 2)
        rows.append(
            [
                lane.size.cell,
                *(["" if why.length is None else f"{why.length:,}"] if lengths else []),
                f"{_mean(why.reach)} of {_mean(why.steps)}",
                f"{why.saturation:.2f}",
                *([kept] if keeps else []),
                signed(why.lyapunov, min(digits, 3)),
            ]
        )
    by_error = all(lane.why is None or lane.why.by_error for lane in result.lanes)
    followed, what = ("error", "the error of the state") if by_error else ("product", "the product of the Jacobians")
    seeds = count(len(result.plan.seeds), "seed")
    where = "where each breaks, or at the longest held" if lengths else "of each cell"
    product = (
        "kept: the product of the gate that keeps, over the whole way, in the unit that keeps most; " if keeps else ""
    )
    return [
        heading("Why", f"measured on the networks of {seeds} {where}"),
        Grid(
            ["cell", *(["at"] if lengths else []), f"{followed} reaches", "flat", *(["kept"] if keeps else []), "λ_1"],
            rows,
            align="<>",
        ),
        Prose(
            f"{followed} reaches: steps back until {what} is under 1% of its first size, once all of the state has it; flat: 0 where "
            f"gates, or the activation of a cell without any, are at their steepest, 1 where saturated; {product}λ_1: "
            "Lyapunov's exponent, near 0 where what is left of an error stays, below 0 where it dies out, above 0 where it "
            "grows",
            " ",
            style=style.FAINT,
        ),
        blank(),
    ]


def _every_seed(result: RaceResult) -> list[RenderableType]:
    """A row a cell and length, a column a seed: what the mean is made of, and how many steps each run made."""
    plan = result.plan
    lengths = plan.search is not None
    rows: list[list[str | Text]] = [
        [lane.size.cell, *([f"{at:,}"] if at is not None else []), *_by_seed(scores)]
        for lane in result.lanes
        for at, scores in sorted(lane.points.items(), key=lambda point: point[0] or 0)
    ]
    if not rows:
        return []
    name = [plan.kind.lengthened_by] if plan.kind is not None else []
    return [
        heading("Every seed", "its score, and the steps that its run made"),
        Grid(["cell", *name, *(f"seed {one}" for one in plan.seeds)], rows, frozen=1 + lengths, align="<>"),
        blank(),
    ]


def _by_seed(scores: Scores) -> list[str]:
    return [
        "failed" if score is None else f"{_score(scores, score)} in {steps:,}"
        for score, steps in zip(scores.values, scores.steps, strict=True)
    ]


def race_notice(result: RaceResult) -> str:
    """What to see: which cell breaks first and what was measured there, or which is best on DATA."""
    if not result.ended:
        open_lanes = [lane.size.cell for lane in result.lanes if not lane.ended]
        return f"the race is not at its end: {', '.join(open_lanes)} still ran; the same command goes on."
    return (
        _best(result)
        if result.plan.search is None
        else f"{_first_to_break(result)}{_luck(result) or _unlearnt(result)}{_reason(result)}"
    )


def _best(result: RaceResult) -> str:
    """Of DATA: whose mean is best, and whether its interval stands apart from all others."""
    known = [(lane.size.cell, lane.points[None]) for lane in result.lanes if lane.points[None].mean is not None]
    if not known:
        return "no run came to its end: the messages say why."
    sign = 1 if result.plan.more_is_better else -1
    known.sort(key=lambda one: -sign * (one[1].mean or 0.0))
    (cell, best), others = known[0], known[1:]
    text = f"the {cell} has the best mean, {best.mean:.4g}"
    if not others:
        return f"{text}."
    if best.interval is None:
        return f"{text}; with one seed nobody knows how much of it is luck: --seeds 3."
    low, high = best.interval
    near = [name for name, one in others if one.interval and one.interval[0] <= high and one.interval[1] >= low]
    if near:
        return f"{text}; its interval overlaps with {_those(near)}: more seeds (--seeds) may tell them apart."
    return f"{text}; its interval lies apart from all others."


def _first_to_break(result: RaceResult) -> str:
    broken = sorted(
        (lane for lane in result.lanes if lane.bracket.breaks_at is not None),
        key=lambda one: one.bracket.breaks_at or 0,
    )
    held = [lane.size.cell for lane in result.lanes if lane.bracket.breaks_at is None]
    if not broken:
        most = max((lane.bracket.holds or 0) for lane in result.lanes)
        return f"no cell breaks: {_and(held)} {_verb(held, 'hold')} {most:,}, the longest that was tried."
    first = [one.size.cell for one in broken if one.bracket.breaks_at == broken[0].bracket.breaks_at]
    text = f"the {_and(first)} {_verb(first, 'break')} first, at {broken[0].bracket.breaks_at:,}"
    later = [f"{one.size.cell} at {one.bracket.breaks_at:,}" for one in broken[len(first) :]]
    if later:
        text += f"; {_and(later)}"
    if held:
        most = max(lane.bracket.holds or 0 for lane in result.lanes if lane.bracket.breaks_at is None)
        text += f"; {_and(held)} {_verb(held, 'hold')} {most:,}, the longest that was tried"
    if len(broken) == len(first) and not held:
        text = f"{_and(first)} {_verb(first, 'break')} at {broken[0].bracket.breaks_at:,}"
    return text + "."


def _reason(result: RaceResult) -> str:
    """What was measured where the first cell breaks, in words; nothing where it says nothing."""
    broken = [lane for lane in result.lanes if lane.bracket.breaks_at is not None and lane.why is not None]
    lane = min(broken, key=lambda one: one.bracket.breaks_at or 0, default=None)
    if lane is None or lane.why is None or lane.why.length is None:
        return ""
    why, cell = lane.why, make_cell(lane.size.cell)
    what = f"the {cell.name}'s error" if why.by_error else f"the product of the {cell.name}'s Jacobians"
    if why.whole == 0:
        steps = count(round(why.steps), "step")
        return f" At {why.length:,} {what} goes back {_mean(why.reach)} of {steps} before it is under 1%."
    every = "the only step" if why.steps == 1 else f"all {_mean(why.steps)} steps"
    text = (
        f" At {why.length:,} {what} reaches {every}{'' if why.whole == 1 else ' in some of the examples, not in all'}"
    )
    if cell.recurrent or why.whole < 1:
        return f"{text}."
    return f"{text}, but it has no recurrent matrix: what breaks it is not the distance."


def _luck(result: RaceResult) -> str:
    """Of cells that break where every score counts as solved: that the interval alone reaches beyond."""
    plan = result.plan
    near = []
    for lane in result.lanes:
        at = lane.bracket.breaks_at
        scores = None if at is None else lane.points[at]
        if scores is None or scores.mean is None or plan.solved is None:
            continue
        if all(one >= plan.solved if plan.more_is_better else one <= plan.solved for one in scores.known):
            near.append(f"{lane.size.cell} at {at:,}")
    if not near:
        return ""
    side, seeds = "above" if plan.more_is_better else "below", count(len(plan.seeds), "seed")
    return (
        f" Every score of {_and(near)} is {side} {plan.solved:.4g}, and so is the mean; of {seeds} the interval is wide, "
        "and more (--seeds) make it narrower."
    )


def _unlearnt(result: RaceResult) -> str:
    """Where no cell held what it began with: that more steps may do."""
    plan = result.plan
    if plan.search is None or not _none_learnt(result):
        return ""
    steps = "" if plan.max_steps is None else f", in {count(plan.max_steps, 'step')}"
    return f" No cell held its first length, {plan.search.first:,}{steps}: more (--max-steps) may be what it takes."


def _none_learnt(result: RaceResult) -> bool:
    """Whether no cell held the first length, and some run of it came to its end."""
    plan = result.plan
    if plan.search is None or plan.solved is None:
        return False
    first = [lane.points[plan.search.first] for lane in result.lanes if plan.search.first in lane.points]
    return any(one.mean is not None for one in first) and not any(one.holds(plan.solved) for one in first)


def _led(result: RaceResult) -> bool:
    """Whether any run began with the weights of a shorter length."""
    for lane in result.lanes:
        held: list[int] = []
        for at, one in lane.points.items():
            if at is None or result.plan.solved is None:
                continue
            if held and min(held) < at:
                return True
            if one.holds(result.plan.solved):
                held.append(at)
    return False


def _next(result: RaceResult) -> list[RenderableType]:
    plan = result.plan

    def again(*options: str) -> str:
        return command_line("race", plan.named, *_without(plan.words, *options), *options)

    commands = []
    if not result.ended:
        commands.append((again(), "go on with it"))
    elif plan.search is not None:
        if not plan.search.lengths and all(lane.bracket.breaks_at is None for lane in result.lanes):
            commands.append((again("--longest", f"{2 * plan.search.longest}"), "longer ones"))
        if plan.max_steps is not None and _none_learnt(result):
            elsewhere = _without(
                _without(plan.words, "--out", ""), "--max-steps", ""
            )  # the runs there have fewer steps
            more = "--max-steps", f"{2 * plan.max_steps}"
            commands.append((command_line("race", plan.named, *elsewhere, *more), "more steps for every run"))
        if plan.gentle and _led(result):
            commands.append((again("--from-scratch"), "new weights at every length"))
    return [
        *following(*commands, ("rnn race -h", "parameters, lengths, seeds, figures")),
        Prose(f"The runs are kept in {clean(result.folder)}", style=style.FAINT),
    ]


def _without(words: Sequence[str], *options: str) -> list[str]:
    """The words of a command without the option that is given anew, and its value."""
    if not options or options[0] not in words:
        return list(words)
    at = words.index(options[0])
    return [*words[:at], *words[at + len(options) :]]


def _mean(number: float) -> str:
    """A mean of whole numbers, with a decimal where it is none."""
    return f"{number:.0f}" if number == round(number) else f"{number:.1f}"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _those(cells: Sequence[str]) -> str:
    return f"that of {cells[0]}" if len(cells) == 1 else f"those of {_and(cells)}"


def _verb(subjects: Sequence[str], verb: str) -> str:
    return verb if len(subjects) > 1 else f"{verb}s"
