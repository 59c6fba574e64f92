"""A training run on the screen: the live view, the plain lines off a terminal, and the summary at the end."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import ceil, floor, inf, isfinite, log10

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from rnn_cli.core.attention import NONE
from rnn_cli.core.cells import made_cell
from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.learning.train import Reach, StepEvent
from rnn_cli.core.reads import FINAL_STATE
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.models.encoding import Encoding
from rnn_cli.study.example_text import example_of
from rnn_cli.study.makeup import make_up
from rnn_cli.tasks import task_class
from rnn_cli.tasks.defaults import F1, LOSS, METRIC
from rnn_cli.tasks.options import OF_PREDICT, words_of
from rnn_cli.training.measure import ACCURACY, MAE, PERPLEXITY, Measured
from rnn_cli.training.run import EARLY, INTERRUPTED, Evaluated, Finished, Run, RunEvent, Started
from rnn_cli.training.vectors import vectors_line
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.judgements import Best, Facts, at_chance, capital, interval_of, judged, worse_than_nothing
from rnn_cli.views.makeup import against_baseline, makeup_block, others_against, streams_words
from rnn_cli.views.numbers import count, percent, unsigned
from rnn_cli.views.page import Grid, Prose, blank, following, heading, line, notice
from rnn_cli.views.reading_report import lost_lines, noted_lines, report_lines

LEVELS = "▁▂▃▄▅▆▇█"
RECENT = 50
"""The loss that is shown is the mean of so many steps."""
NOT_LEARNT = ": what stood there is hardly learnt from"
LEARNT = 0.1
"""A training loss below this share of its beginning leaves little to learn."""
SHARES = 2000
WIDEST = 110
BEFORE = ", before clipping, logarithmic"


@dataclass
class Trail:
    """The values of a run as the means of at most SHARES equal shares: days of steps take no more room than minutes.

    `stride` is how many values a share has; the last share is still being filled. `low` and `high` are the extremes of
    all values, which the means hide.
    """

    stride: int = 1
    means: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    low: float = inf
    high: float = -inf

    def add(self, value: float) -> None:
        """Take a value in."""
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.held.append(value)
        if len(self.held) < self.stride:
            return
        self.means.append(sum(self.held) / self.stride)
        self.held = []
        if len(self.means) == SHARES:
            self.means = [(a + b) / 2 for a, b in zip(self.means[::2], self.means[1::2], strict=True)]
            self.stride *= 2

    @property
    def values(self) -> list[float]:
        """The means of the shares, the unfinished one among them."""
        return [*self.means, sum(self.held) / len(self.held)] if self.held else self.means


@dataclass
class Watched:
    """What the screen remembers of a run: curves, averages, the last measures.

    `kept` says whether it is saved, `digits` how many decimals of a loss are shown.
    """

    run: Run
    kept: bool = True
    digits: int = 4
    total: int = 0
    started: int = 0
    per_epoch: int = 1
    steps: int = 0
    losses: Trail = field(default_factory=Trail)
    smooths: Trail = field(default_factory=Trail)
    norms: Trail = field(default_factory=Trail)
    smooth: float | None = None
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    recent_norms: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    clipped: int = 0
    tokens: int = 0
    seconds: float = 0.0
    last: StepEvent | None = None
    evaluations: list[Evaluated] = field(default_factory=list)
    first_reach: tuple[int, Reach] | None = None
    reach: tuple[int, Reach] | None = None
    finished: Finished | None = None
    beginning: list[float] = field(default_factory=list)
    first_norms: list[float] = field(default_factory=list)

    @property
    def ends(self) -> tuple[float, float, int] | None:
        """The mean loss of the first steps, of the last, and of how many each; no step is in both unless there is but one."""
        return self._ends(self.beginning, self.recent)

    @property
    def norm_ends(self) -> tuple[float, float, int] | None:
        """The same of the norm of the gradient."""
        return self._ends(self.first_norms, self.recent_norms)

    def _ends(self, first: Sequence[float], last: Sequence[float]) -> tuple[float, float, int] | None:
        count = max(1, min(RECENT, self.steps // 2))
        if not self.steps:
            return None
        return sum(first[:count]) / count, sum(list(last)[-count:]) / count, count

    @property
    def reaches(self) -> list[tuple[int, Reach]]:
        """The first reach that was watched and the last, one where they are the same."""
        return list(dict.fromkeys(one for one in (self.first_reach, self.reach) if one is not None))

    @property
    def loss_shown(self) -> str:
        """The average loss, "" before the first step."""
        return "" if self.smooth is None else unsigned(self.smooth, self.digits)

    def see(self, event: RunEvent) -> None:
        """Take an event in."""
        if isinstance(event, Started):
            self.total, self.started, self.per_epoch = event.total_steps, event.step, event.steps_per_epoch
        elif isinstance(event, StepEvent):
            self.steps += 1
            self.losses.add(event.loss)
            if len(self.beginning) < RECENT:
                self.beginning.append(event.loss)
                self.first_norms.append(event.grad_norm)
            self.norms.add(event.grad_norm)
            self.recent.append(event.loss)
            self.recent_norms.append(event.grad_norm)
            self.smooth = sum(self.recent) / len(self.recent)
            self.smooths.add(self.smooth)
            self.clipped += event.clipped
            self.tokens += event.tokens
            self.seconds += event.seconds
            self.last = event
            if event.reach is not None:
                self.first_reach = self.first_reach or (event.step, event.reach)
                self.reach = (event.step, event.reach)
        elif isinstance(event, Evaluated):
            self.evaluations.append(event)
        elif isinstance(event, Finished):
            self.finished = event

    @property
    def left(self) -> float:
        """Seconds to the end, from the mean time of a step so far."""
        return self.seconds / self.steps * (self.total - (self.last.step if self.last else 0)) if self.steps else 0.0


def measured_words(measured: Measured, digits: int, encoding: Encoding | None = None) -> str:
    """accuracy 93.1%, perplexity 5.2, mean absolute error 1.9; `digits` is the number of the loss's decimals."""
    if measured.metric == ACCURACY:
        return f"accuracy {percent(measured.value)}"
    if measured.metric == PERPLEXITY:
        return f"perplexity {unsigned(measured.value, max(digits - 1, 1))}"
    assert measured.metric == MAE
    columns = 1 if encoding is None else max(len(encoding.target_columns), 1)
    over = f", averaged over {count(columns, 'column')}" if columns > 1 else ""
    return f"mean absolute error {unsigned(measured.value, digits)}{over}"


@dataclass
class LiveView:
    """The screen while a run goes on."""

    watched: Watched

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        w = self.watched
        if w.last is None:
            yield line("preparing the first step …")
            return
        width = min(max(options.max_width - 24, 20), WIDEST)
        step, share = w.last.step, w.last.step / max(w.total, 1)
        config = w.run.config
        yield line(
            (f"rnn train {clean(config.task)}", style.TITLE),
            f"   {config.cell}, {count(config.hidden_size, 'hidden unit')}, {config.optimizer}, lr {w.last.learning_rate:.2g}",
        )
        filled = round(share * width)
        yield line(
            "progress    ", ("█" * filled, style.GOOD), ("░" * (width - filled), style.FAINT), f" {percent(share)}"
        )
        epoch = min(w.last.epoch + 1, -(-w.total // w.per_epoch))
        yield line(f"            step {step:,} of {w.total:,}, epoch {epoch:,}, {duration(w.left)} left")
        yield from curve_lines("loss", w.losses, width, " " + w.loss_shown, style.POSITIVE)
        now = f" {w.last.grad_norm:.3g}"
        yield from curve_lines("grad norm", w.norms, width, now, style.NEGATIVE, BEFORE, True)
        yield line(f"clipped     {percent(w.clipped / max(w.steps, 1))} of the steps")
        if w.evaluations:
            yield line(f"validation  loss {unsigned(w.evaluations[-1].measured.loss, w.digits)}, {evaluation_words(w)}")
        yield line(f"speed       {w.tokens / w.seconds if w.seconds else 0:,.0f} tokens a second")
        yield from reach_curves(w.reaches, width, reach_symbol(w.run))
        yield line(
            (f"Ctrl-C {'saves and stops' if w.kept else 'stops; --out FILE would keep the weights'}", style.FAINT)
        )


def evaluation_words(watched: Watched) -> str:
    """The last evaluation's measure, and the best where that is another."""
    last, progress = watched.evaluations[-1], watched.run.progress
    words = _kept_words(watched, last.measured)
    if progress.best is None or progress.best_step == last.step:
        return f"{words}, the best so far"
    return f"{words}; best {_best_words(watched, last.measured)} at step {progress.best_step:,}"


def _kept_words(watched: Watched, measured: Measured, encoding: Encoding | None = None) -> str:
    """The measure in words, with the macro F1 where weights are kept by it."""
    words = measured_words(measured, watched.digits, encoding)
    if watched.run.config.keep != F1 or measured.macro_f1 is None:
        return words
    return f"{words}, macro F1 {unsigned(measured.macro_f1, watched.digits)}"


def _best_words(watched: Watched, measured: Measured) -> str:
    """What the best evaluation found by which it is the best: its loss, or the metric in the place of this one's."""
    run = watched.run
    if run.config.keep == LOSS and run.progress.best_loss is not None:
        return f"loss {unsigned(run.progress.best_loss, watched.digits)}"
    if run.config.keep == F1 and run.progress.best_f1 is not None:
        return f"macro F1 {unsigned(run.progress.best_f1, watched.digits)}"
    assert run.progress.best is not None
    return measured_words(replace(measured, value=run.progress.best), watched.digits)


def curve_lines(
    name: str,
    trail: Trail,
    width: int,
    now: str,
    colour: str,
    note: str = "",
    logarithmic: bool = False,
    indent: int = 0,
    extremes: bool = False,
) -> list[Text]:
    """A curve with its name before it, the last value behind it, and below it what its lowest and highest signs stand for.

    A sign is the mean of its share of the steps; `extremes` adds what that hides, the extremes of single steps.
    """
    drawn = shares(trail.values, width)
    said = [f"{LEVELS[0]} {min(drawn):.4g} to {LEVELS[-1]} {max(drawn):.4g}{note}"] if drawn else []
    hidden = bool(drawn) and (trail.low, trail.high) != (min(drawn), max(drawn))
    said += [f"single steps {trail.low:.4g} to {trail.high:.4g}"] if hidden and extremes else []
    return [
        line(name.ljust(12), (curve(trail.values, width, logarithmic), colour), now, indent=indent),
        *(line((" " * 12 + text, style.FAINT), indent=indent) for text in said),
    ]


def shares(values: list[float], width: int) -> list[float]:
    """The values in at most `width` equal shares, the mean of each."""
    numbers = [value for value in values if isfinite(value)]
    columns = min(width, len(numbers))
    cuts = [k * len(numbers) // columns for k in range(columns + 1)] if columns else []
    return [sum(numbers[a:b]) / (b - a) for a, b in pairwise(cuts)]


def curve(values: list[float], width: int, logarithmic: bool = False) -> str:
    """The values in `width` columns of eight heights, each the mean of its share."""
    heights = [(log10(m) if m > 0 else -300.0) if logarithmic else m for m in shares(values, width)]
    if not heights:
        return " " * width
    low, high = min(heights), max(heights)
    span = high - low or 1.0
    drawn = "".join(LEVELS[min(int((m - low) / span * len(LEVELS)), len(LEVELS) - 1)] for m in heights)
    return drawn.ljust(width)


def duration(seconds: float) -> str:
    """A duration as text: 1:02:03 or 0:42."""
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def reach_symbol(run: Run) -> str:
    """Whose norm the reach is: dL/dh, or the error of all that the cell carries; of several runs it is measured in one."""
    return f"dL/d{made_cell(run.config.cell, ()).jacobian_symbol}{_where_reach_is(run)}"


def _where_reach_is(run: Run) -> str:
    layer = " of the last layer" if run.config.num_layers > 1 else ""
    return layer + (("'s forward run" if layer else " of the forward run") if run.config.bidirectional else "")


def reach_curves(reaches: Sequence[tuple[int, Reach]], width: int, symbol: str, indent: int = 0) -> list[Text]:
    """How far back the gradient reaches, a line for each step of training that was watched, all on one scale.

    ‖symbol‖ of the last step is on the left, of the first on the right. What is exactly 0 is left blank.
    """
    drawn = [shares([float(value) for value in reach.norms], width) for _, reach in reaches]
    logs = [[log10(value) if value > 0 else -inf for value in one] for one in drawn]
    known = [log for one in logs for log in one if isfinite(log)]
    if not known:
        return []
    low, high = floor(min(known)), max(ceil(max(known)), floor(min(known)) + 1)
    lines = []
    for (step, _), one in zip(reaches, logs, strict=True):
        signs = (" " if log == -inf else LEVELS[min(int((log - low) / (high - low) * 8), 7)] for log in one)
        lines.append(line(f"reach {step:<5,} ", ("".join(signs), style.EQUATION), indent=indent))
    longest = max(len(reach.norms) for _, reach in reaches) - 1
    said = f"{LEVELS[0]} 1e{low:+03d} to {LEVELS[-1]} 1e{high:+03d}; left the last step, right {longest} back"
    return [*lines, line((f"            ‖{symbol}‖ {said}", style.FAINT), indent=indent)]


def reach_at(reach: Reach) -> list[int]:
    """Some distances from the last step, the largest among them."""
    longest = len(reach.norms) - 1
    wanted = sorted({0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, longest})
    return [d for d in wanted if d == longest or d < 0.9 * longest]


def reach_words(step: int, reach: Reach, symbol: str) -> str:
    """The same in words, for a line off a terminal."""
    parts = ", ".join(f"{d}: {reach.norms[d]:.1e}" for d in reach_at(reach))
    return f"step {step:,}: reach, the norm of {symbol} by steps back: {parts}"


def plain_line(watched: Watched, event: RunEvent) -> str | None:
    """An occasional line for a log that nobody watches; None where there is nothing to report."""
    if isinstance(event, Started):
        config = watched.run.config
        parts = f"{count(event.examples, 'example')}, {count(event.steps_per_epoch, 'step')} an epoch, {count(event.parameter_count, 'weight')}"
        return (
            f"training {clean(config.task)} with {config.cell}: steps {event.step:,} to {event.total_steps:,}; {parts}"
        )
    if isinstance(event, Evaluated):
        best = ", the best so far" if event.best else ""
        return f"step {event.step:,}: validation loss {unsigned(event.measured.loss, watched.digits)}, {_kept_words(watched, event.measured, watched.run.prepared.encoding)}{best}"
    if isinstance(event, StepEvent):
        every = max(watched.total // 20, 1)
        if event.reach is not None:
            return reach_words(event.step, event.reach, reach_symbol(watched.run))
        if event.step % every == 0:
            rate = watched.tokens / watched.seconds if watched.seconds else 0
            return f"step {event.step:,} of {watched.total:,}: loss {watched.loss_shown}, grad norm {event.grad_norm:.3g}, {rate:,.0f} tokens/s, {duration(watched.left)} left"
    return None


def data_lines(run: Run) -> list[str]:
    """What reading the data found that a person should know."""
    return [*_vectors(run), *(text for report in _reports(run) for text in report_lines(report))]


def _vectors(run: Run) -> list[str]:
    """What the embedding began with, where a file of vectors was given."""
    said = vectors_line(run.config, run.vectors_found, run.prepared)
    return [] if said is None else [clean(said)]


def data_block(run: Run) -> list[RenderableType]:
    """What the reader decided, and what the data are made of."""
    made = make_up(run.prepared)
    # What guessing brings at a generated task is noted by its reader, and stands in the block.
    how = [one.how for one in made.baselines]
    notes = [text for report in _reports(run) for text in noted_lines(report) if text not in how]
    return [*map(Prose, [*notes, *_vectors(run)]), *makeup_block(made, run.prepared.encoding.level, *_reports(run))]


def _reports(run: Run) -> list[ReadingReport]:
    return [one for one in (run.prepared.report, run.prepared.validation_report) if one is not None]


def _streams(run: Run) -> str | None:
    """Why rnn evaluate finds another loss in the same text."""
    held = run.prepared.validation
    return (
        None
        if held is None or not task_class(run.prepared.task).running
        else streams_words(held, run.config.batch_size)
    )


def summary_page(watched: Watched, out: str | None) -> list[RenderableType]:
    """The page at the end."""
    run, finished = watched.run, watched.finished
    assert finished is not None
    config = run.config
    interrupted = "interrupted" if out is None else "interrupted; saved"
    early = f"stopped early, by --patience {config.patience}"
    why = {EARLY: early, INTERRUPTED: interrupted}.get(finished.reason, "done")
    rows = [["steps", f"{finished.step:,}", f"of {watched.total:,}; {why}"]]
    if watched.recent:
        over = f"the mean of the last {len(watched.recent)} steps" if len(watched.recent) > 1 else "of its last step"
        rows.append(["loss", watched.loss_shown, f"in training, {over}"])
    measured = finished.measured or (watched.evaluations[-1].measured if watched.evaluations else None)
    if measured is not None:
        rows.append(
            [
                "validation",
                unsigned(measured.loss, watched.digits),
                f"loss; {_kept_words(watched, measured, run.prepared.encoding)}",
            ]
        )
    if run.shown is not None:
        rows.append(["kept", f"{run.shown:,}", run.kept.why])
    elif run.progress.best is not None and measured is not None and not _is_last(run, measured):
        rows.append(["best", f"{run.progress.best_step:,}", f"no step was better: {_best_words(watched, measured)}"])
        rows.append(["kept", f"{finished.step:,}", f"the last step{_tail(run)}"])
    clipped = run.progress.clipped / max(run.progress.step, 1)
    rows.append(["clipped", percent(clipped), "of all steps"])
    if watched.seconds:
        rows.append(
            [
                "speed",
                f"{watched.tokens / watched.seconds:,.0f}",
                f"tokens a second; {watched.seconds:.1f} s in training steps",
            ]
        )
    width = 60
    looks = "" if config.attention == NONE else f" with {config.attention} attention"
    reads = "" if config.readout_reads == FINAL_STATE else f"; the readout reads the {config.readout_reads}"
    page: list[RenderableType] = [
        line(
            (f"rnn train {clean(config.task)}", style.TITLE),
            f"     {config.cell}{looks}, {count(config.hidden_size, 'hidden unit')}, {count(run.system.parameters.flat.size, 'weight')}{reads}",
        ),
        blank(),
        Grid(["", "", ""], rows, frozen=3, align="<><"),
        *curve_lines("loss", watched.losses, width, "", style.POSITIVE, indent=2, extremes=True),
        *curve_lines("grad norm", watched.norms, width, "", style.NEGATIVE, BEFORE, True, indent=2, extremes=True),
        blank(),
    ]
    if watched.reach is not None:
        step, reach = watched.reach
        at = reach_at(reach)
        page += [
            heading("Reach", f"how far back the gradient gets, at step {step:,}"),
            Grid(
                ["steps back", *map(str, at)],
                [[f"‖{reach_symbol(watched.run)}‖", *(f"{reach.norms[d]:.1e}" for d in at)]],
            ),
            *reach_curves(watched.reaches, width, reach_symbol(watched.run), indent=2),
            blank(),
        ]
    streams = _streams(run)
    page += [] if streams is None else [Prose(streams, "Memory", style=style.FAINT)]
    page += [Prose(text, "Data", style=style.WARNING) for report in _reports(run) for text in lost_lines(report)]
    if measured is not None:
        held = against_baseline(make_up(run.prepared), measured.metric, measured.value)
        page += [] if held is None else [Prose(held, "Against")]
        page += [
            Prose(text, "       ", style=style.FAINT) for text in others_against(make_up(run.prepared), measured.metric)
        ]
    page.append(notice(_what_to_notice(watched, measured)))
    if out is None:
        page.append(Prose("The weights were not kept: --out FILE keeps them.", style=style.WARNING))
        return page
    return [*page, *_next(watched, out, finished)]


def _tail(run: Run) -> str:
    """How to keep the best step's weights where the last step's are at hand."""
    return (
        "; --resume goes on, and keeps the best at its end" if run.keeps_best else f"; --keep {METRIC} keeps the best"
    )


def _is_last(run: Run, measured: Measured) -> bool:
    """Whether the weights at hand are the last step's, and no step did better."""
    if run.progress.best_step == run.progress.step:
        return True
    return run.shown is None and run.config.keep not in (LOSS, F1) and measured.value == run.progress.best


def _facts(watched: Watched, measured: Measured | None) -> Facts:
    """What the run knows of itself; without a validation part, of its training."""
    run, progress = watched.run, watched.run.progress
    made = make_up(run.prepared)
    facts = Facts(
        part="training",
        loss=watched.smooth,
        choices=0 if run.prepared.loss == MSE else len(run.prepared.encoding.labels),
        ends=watched.ends,
        unknown=made.unknown[0] if made.unknown[1] is None else made.unknown[1],
        again=task_class(run.config.task).needs_data and progress.step - watched.per_epoch > len(watched.recent) / 2,
        parts=bool(made.parts),
        digits=watched.digits,
    )
    if measured is None:
        return facts
    low, high = interval_of(measured.metric, measured.value, measured.answers)
    scores = {LOSS: ("loss", progress.best_loss), F1: ("macro_f1", progress.best_f1)}
    name, score = scores.get(run.config.keep, (measured.metric, progress.best))
    best_step = progress.step if _is_last(run, measured) else progress.best_step
    return replace(
        facts,
        part="validation",
        loss=measured.loss,
        metric=measured.metric,
        value=measured.value,
        low=low,
        high=high,
        baselines=made.baselines,
        training=watched.smooth,
        best=None
        if progress.best is None
        else Best(
            best_step,
            measured.metric if score is None else name,
            progress.best if score is None else score,
            _tail(run) if best_step != run.kept.step else "",
        ),
    )


def _what_to_notice(watched: Watched, measured: Measured | None) -> str:
    facts = _facts(watched, measured)
    found = judged(facts)
    if found is None:
        return _remark(watched, measured)
    judgement, said = found
    why = _of_reach(watched) if judgement in (worse_than_nothing, at_chance) else None
    return f"{said} {capital(why)}" if why is not None and NOT_LEARNT in why else said


def _remark(watched: Watched, measured: Measured | None) -> str:
    """Where nothing is wrong: how far the gradient got, how unsure the network is, how its norm went."""
    said = _of_reach(watched)
    if said is not None:
        return said
    if measured is not None and measured.metric == PERPLEXITY:
        guess = unsigned(measured.value, 1)
        return f"a perplexity of {guess}: as unsure as a guess among {guess} equally likely tokens."
    if watched.ends is None or watched.norm_ends is None:
        return "no step was made."
    first, last, count = watched.ends
    before, after, _ = watched.norm_ends
    steps = f"each the mean of {count} steps" if count > 1 else "each of one step"
    return (
        f"from the first steps to the last the training loss went from {unsigned(first, watched.digits)} to "
        f"{unsigned(last, watched.digits)}, and the norm of the gradient from {before:.2g} to {after:.2g} ({steps})."
    )


def _of_reach(watched: Watched) -> str | None:
    """How much of the gradient is left at the first step; that little is left is bad only while there is much to learn."""
    if watched.reach is None:
        return None
    _, reach = watched.reach
    first, last = float(reach.norms[0]), float(reach.norms[-1])
    if not first > 0 or len(reach.norms) < 2:
        return None
    little = last / first < 1e-3
    learnt = watched.smooth is not None and watched.ends is not None and watched.smooth < LEARNT * watched.ends[0]
    # Below the last layer, and in the other direction, the error has ways back that this norm does not see.
    only = watched.run.config.num_layers == 1 and not watched.run.config.bidirectional
    meaning = NOT_LEARNT if little and only and not learnt else ""
    where = _where_reach_is(watched.run)
    return f"{count(len(reach.norms) - 1, 'step')} back the gradient{where} is {last / first:.1e} times what it is at the last step{meaning}."


def _next(watched: Watched, out: str, finished: Finished) -> list[RenderableType]:
    if finished.reason == INTERRUPTED:
        return following((command_line("train", (), "--resume", out), "go on from here"))
    config, prepared = watched.run.config, watched.run.prepared
    kind = task_class(config.task)
    if kind.generates and kind.writes:
        use = (command_line("predict", [out, prepared.encoding.vocabulary[-1]]), "let it write")
    elif kind.generates:
        use = (command_line("generate", out, "--length", "200"), "let it write")
    elif kind.forecasts:
        asked = ("--input", config.data[0], *words_of(config.options, OF_PREDICT))
        use = (command_line("predict", out, *asked), "what comes next")
    elif config.data:
        text = example_of(prepared.first, prepared.encoding.level)
        use = ("" if text is None else command_line("predict", [out, text]), "use it")
    else:
        use = (command_line("evaluate", out), "examples it has not seen")
    return following(use, (command_line("inspect", out), "what was learnt, matrix by matrix"))
