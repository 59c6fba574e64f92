"""The page of rnn sweep: the settings with their scores, the best first, and what failed."""

from collections.abc import Sequence
from time import monotonic

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

from rnn_cli.core.metrics.interval import LEVEL
from rnn_cli.jobs.engine import Engine
from rnn_cli.jobs.job import DONE, FAILED, PAUSED, Outcome
from rnn_cli.sweep.halving import rungs
from rnn_cli.sweep.results import Results, Row, SweepResult, best_of
from rnn_cli.tasks import generated_task
from rnn_cli.training.measure import ACCURACY, more_is_better
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.judgements import capital
from rnn_cli.views.makeup import score_text
from rnn_cli.views.numbers import count, percent, some
from rnn_cli.views.page import Cell, Grid, Prose, blank, following, heading, line, notice
from rnn_cli.views.train import duration

MOST_MESSAGES = 5
MOST_RUNS = 4
"""Runs that are named behind a message."""

LIVE_ROWS, EVERY = 8, 1.0
"""Settings on the screen while a sweep runs, and seconds between two drawings."""


def sweep_page(result: SweepResult, digits: int) -> list[RenderableType]:
    """What was tried, the table, failures, and what to notice."""
    results, folder, ranked = result.results, clean(result.folder), result.results.rows()
    page: list[RenderableType] = [*_title(results, folder), blank()]
    page += [*_table(results, ranked, result.rows, digits), blank()]
    if failed := results.failures():
        page += [*_failures(results, failed), blank()]
    page.append(notice(_notice(results, ranked, digits)))
    best = best_of(ranked)
    return [*page, *_next(results, best, folder)]


def _title(results: Results, folder: str) -> list[RenderableType]:
    plan = results.plan
    varied = f"; varied: {', '.join(plan.varied)}" if plan.varied else ""
    runs = len(plan.settings) * len(plan.seeds)
    each = " each" if len(plan.settings) > 1 else ""
    what = (
        f"{count(len(plan.settings), 'setting')}, {count(len(plan.seeds), 'seed')}{each}: {count(runs, 'run')}{varied}"
    )
    states = [
        f"{results.count(DONE):,} done",
        *([f"{results.count(PAUSED):,} stopped early by halving"] if plan.eta is not None else []),
        *([f"{results.count(FAILED):,} failed"] if results.count(FAILED) else []),
    ]
    left = runs - results.count(DONE, PAUSED, FAILED)
    states += [f"{left:,} left"] * bool(left)
    return [
        line((f"sweep of {clean(plan.task)}", style.TITLE)),
        Prose(what, style=style.FAINT),
        Prose(f"{', '.join(states)}; in {folder}", style=style.FAINT),
        *[Prose(_stages(len(plan.settings), plan.eta), style=style.FAINT) for _ in range(plan.eta is not None)],
    ]


def _stages(settings: int, eta: int | None) -> str:
    """Who runs how far under successive halving."""
    assert eta is not None
    shares = rungs(settings, eta)
    if len(shares) == 1:
        return f"halving by {eta:,}: {count(settings, 'setting')} are too few, and every run goes to its end"
    alive, said = settings, []
    for share in shares:
        said.append(f"{alive:,} to {'the end' if share == 1 else f'{share} of their steps'}")
        alive = -(-alive // eta)
    return f"halving by {eta:,}: {', '.join(said)}; of equal ones the first goes on"


def _table(results: Results, ranked: Sequence[Row], rows: int, digits: int) -> list[RenderableType]:
    plan, metric = results.plan, results.metric
    shown = [row for row in ranked if row.mean is not None][:rows]
    if metric is None or not shown:
        return [Prose("No run has a score yet.")]
    better = "more" if more_is_better(metric) else "less"
    spread = "1 seed: no interval"
    if len(plan.seeds) > 1:
        unit = " in points" if metric == ACCURACY else ""
        spread = f"±: half the width of the {percent(LEVEL, 0)} t interval over {count(len(plan.seeds), 'seed')}{unit}"
    header: list[Cell] = ["", *plan.varied, metric, "±" if len(plan.seeds) > 1 else "", "runs", "steps"]
    cells = [_row(place, row, results, digits) for place, row in enumerate(shown, 1)]
    order = "The best first"
    if not all(row.done for row in shown):
        order += ", of those whose runs all went to their end; the others follow"
    found: list[RenderableType] = [
        heading(order, f"validation {metric}, {better} is better; {spread}"),
        Grid(header, cells, frozen=1, align=">" + "<" * len(plan.varied) + ">"),
    ]
    if len(ranked) > len(shown):
        found.append(
            line(
                (f"  and {count(len(ranked) - len(shown), 'more setting')} (--rows N shows N, --json all)", style.FAINT)
            )
        )
    return found


def _row(place: int, row: Row, results: Results, digits: int) -> list[Cell]:
    assert results.metric is not None
    assert row.mean is not None
    done = sum(one is not None and one.state == DONE for one in row.runs)
    failed = sum(one is not None and one.state == FAILED for one in row.runs)
    state = f"{done} of {len(row.runs)}" + (f", {failed} failed" if failed else "")
    width = "" if row.interval is None else score_text(results.metric, row.interval[1] - row.mean, digits)
    if results.metric == ACCURACY:
        width = width.removesuffix("%")  # of a share in per cent, so many points
    said = [clean(str(row.said.get(name, ""))) for name in results.plan.varied]
    return [str(place), *said, score_text(results.metric, row.mean, digits), width, state, f"{row.step:,}"]


def _failures(results: Results, failed: Sequence[tuple[str, list[tuple[int, int]]]]) -> list[RenderableType]:
    found: list[RenderableType] = [heading("Failed", "their messages; the other runs are not touched by it")]
    for message, runs in failed[:MOST_MESSAGES]:
        names = [results.plan.name(*one) for one in runs]
        found += [
            Prose(f"{clean(' '.join(message.split()))}", "  "),
            Prose(f"{count(len(runs), 'run')}: {some(names, MOST_RUNS)}", "    ", style.FAINT),
        ]
    if len(failed) > MOST_MESSAGES:
        found.append(line((f"  and {count(len(failed) - MOST_MESSAGES, 'more message')}: --json has all", style.FAINT)))
    return found


def _notice(results: Results, ranked: Sequence[Row], digits: int) -> str:
    best = best_of(ranked)
    if best is None or best.mean is None or results.metric is None:
        return "no run has a score, so there is nothing to compare."
    with_score = [row for row in ranked if row.mean is not None]
    chosen = f"the best of {len(with_score):,} was chosen by this score, which flatters it: data that no run saw say how good it is"
    if len(with_score) < 2:
        return f"one setting has a score: {score_text(results.metric, best.mean, digits)}."
    if not best.done:
        return "no setting has all its runs at their end yet, so that the order is not the last one."
    if best.interval is None:
        return f"with one seed a difference may be the seed's: --seeds 3 tells them apart. {capital(chosen)}."
    low, high = best.interval
    close = sum(row.mean is not None and low <= row.mean <= high for row in with_score[1:])
    if close:
        return f"the means of {count(close, 'other setting')} lie in the interval of the best: its place may be luck. {capital(chosen)}."
    return f"no other setting's mean lies in the interval of the best. {capital(chosen)}."


def _next(results: Results, best: Row | None, folder: str) -> list[RenderableType]:
    if results.count(DONE, PAUSED, FAILED) < len(results.plan.settings) * len(results.plan.seeds):
        return following((command_line("sweep", (), "--resume", folder), "the runs that are left"))
    if best is None:
        return []
    plan = results.plan
    model = f"{folder}/runs/{plan.name(best.k, plan.seeds[0])}.safetensors"
    if plan.data:
        judged = (
            command_line("evaluate", (model, *plan.data), "--held-out"),
            "its scores with intervals, on what was held out",
        )
    else:
        task, other = generated_task(plan.task), str(max(plan.seeds) + 1)
        few = f", of the {task.different:,} that there are" if task.few else ""
        judged = (
            command_line("evaluate", model, "--seed", other),
            f"its scores on examples that another seed draws{few}",
        )
    return following(judged, (command_line("inspect", model), "the network of the best setting, first seed"))


class LiveSweep:
    """The screen while a sweep runs."""

    def __init__(self, results: Results, engine: Engine) -> None:
        self._results, self._engine = results, engine
        self._started, self._before = monotonic(), results.count(DONE, PAUSED, FAILED)
        self._drawn: tuple[float, list[RenderableType]] = (-EVERY, [])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if monotonic() - self._drawn[0] >= EVERY:  # sorting ten thousand settings eight times a second would be felt
            self._drawn = monotonic(), self._parts()
        yield from self._drawn[1]

    def _parts(self) -> list[RenderableType]:
        results = self._results
        running = self._engine.running
        done = results.count(DONE, PAUSED, FAILED)
        left = len(results.plan.settings) * len(results.plan.seeds) - done
        pace = (monotonic() - self._started) / (done - self._before) if done > self._before else None
        # A run that halving stops early takes less: the time is that of the longest way.
        time_left = f"; at most about {duration(pace * left)} left" if pace is not None and left else ""
        return [
            *_title(results, str(self._engine.folder)),
            line(f"running: {some(running, MOST_RUNS) if running else 'none yet'}{time_left}"),
            blank(),
            *_table(results, results.rows(), LIVE_ROWS, 4),
            line(("Ctrl-C stops and keeps what is done", style.FAINT)),
        ]


def run_line(results: Results, outcome: Outcome) -> str:
    """One run, as a line on stderr."""
    if outcome.state == FAILED:
        return f"{outcome.name}: failed: {' '.join((outcome.message or '').split())}"
    score = (
        ""
        if outcome.value is None or outcome.metric is None
        else f", validation {outcome.metric} {score_text(outcome.metric, outcome.value)}"
    )
    return f"{outcome.name}: {outcome.state} at step {outcome.step:,}{score} ({_how_far(results, outcome)})"


def _how_far(results: Results, outcome: Outcome) -> str:
    """How many runs have come so far, or under halving, where a run comes once in each stage, which stage it was."""
    plan = results.plan
    if plan.eta is None:
        return f"{results.count(DONE, PAUSED, FAILED):,} of {len(plan.settings) * len(plan.seeds):,}"
    shares = [float(one) for one in rungs(len(plan.settings), plan.eta)]
    return f"stage {shares.index(outcome.until or 1.0) + 1} of {len(shares)}"
