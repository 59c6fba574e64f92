"""A training run on the screen: the live view, the plain lines off a terminal, and the summary at the end."""

from dataclasses import dataclass, field
from math import isfinite, log10

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from rnn_cli.core.train import Reach, StepEvent
from rnn_cli.models.encoding import Encoding
from rnn_cli.training.measure import ACCURACY, MAE, PERPLEXITY, Measured
from rnn_cli.training.run import EARLY, INTERRUPTED, Evaluated, Finished, Run, RunEvent, Started
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, percent
from rnn_cli.views.page import Grid, Prose, blank, following, heading, line, notice
from rnn_cli.views.report import report_lines

LEVELS = "▁▂▃▄▅▆▇█"
SMOOTHING = 0.95


@dataclass
class Watched:
    """What the screen remembers of a run: curves, averages, the last measures."""

    run: Run
    total: int = 0
    started: int = 0
    losses: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    smooth: float | None = None
    clipped: int = 0
    tokens: int = 0
    seconds: float = 0.0
    last: StepEvent | None = None
    evaluations: list[Evaluated] = field(default_factory=list)
    reach: tuple[int, Reach] | None = None
    finished: Finished | None = None

    def see(self, event: RunEvent) -> None:
        """Take an event in."""
        if isinstance(event, Started):
            self.total, self.started = event.total_steps, event.step
        elif isinstance(event, StepEvent):
            self.losses.append(event.loss)
            self.norms.append(event.grad_norm)
            self.smooth = event.loss if self.smooth is None else SMOOTHING * self.smooth + (1 - SMOOTHING) * event.loss
            self.clipped += event.clipped
            self.tokens += event.tokens
            self.seconds += event.seconds
            self.last = event
            if event.reach is not None:
                self.reach = (event.step, event.reach)
        elif isinstance(event, Evaluated):
            self.evaluations.append(event)
        elif isinstance(event, Finished):
            self.finished = event

    @property
    def left(self) -> float:
        """Seconds to the end, from the mean time of a step so far."""
        done = len(self.losses)
        return self.seconds / done * (self.total - (self.last.step if self.last else 0)) if done else 0.0


def measured_words(measured: Measured, encoding: Encoding | None = None) -> str:
    """accuracy 93.1%, perplexity 5.2, mean absolute error 1.9."""
    if measured.metric == ACCURACY:
        return f"accuracy {percent(measured.value)}"
    if measured.metric == PERPLEXITY:
        return f"perplexity {measured.value:.3f}"
    assert measured.metric == MAE
    return f"mean absolute error {measured.value:.4g}"


@dataclass
class LiveView:
    """The screen while a run goes on."""

    watched: Watched

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        w = self.watched
        if w.last is None:
            yield line("preparing the first step …")
            return
        width = max(options.max_width - 24, 20)
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
        yield line(f"            step {step:,} of {w.total:,}, epoch {w.last.epoch + 1}, {duration(w.left)} left")
        yield line("loss        ", (curve(w.losses, width), style.POSITIVE), f" {w.smooth:.4f}")
        yield line(
            "grad norm   ", (curve(w.norms, width, logarithmic=True), style.NEGATIVE), f" {w.last.grad_norm:.3g}"
        )
        share_clipped = w.clipped / max(len(w.losses), 1)
        yield line(f"            before clipping; {percent(share_clipped)} of the steps were clipped")
        if w.evaluations:
            last = w.evaluations[-1].measured
            yield line(f"validation  loss {last.loss:.4f}, {measured_words(last)}")
        yield line(f"speed       {w.tokens / w.seconds if w.seconds else 0:,.0f} tokens a second")
        if w.reach is not None:
            yield from reach_lines(*w.reach)
        yield line(("Ctrl-C saves and stops", style.FAINT))


def curve(values: list[float], width: int, logarithmic: bool = False) -> str:
    """The values in `width` columns of eight heights, each the mean of its share."""
    numbers = [(log10(v) if v > 0 else -12.0) if logarithmic else v for v in values if isfinite(v)]
    if not numbers:
        return " " * width
    columns = min(width, len(numbers))
    means = []
    for k in range(columns):
        part = numbers[
            k * len(numbers) // columns : max((k + 1) * len(numbers) // columns, k * len(numbers) // columns + 1)
        ]
        means.append(sum(part) / len(part))
    low, high = min(means), max(means)
    span = high - low or 1.0
    drawn = "".join(LEVELS[min(int((m - low) / span * len(LEVELS)), len(LEVELS) - 1)] for m in means)
    return drawn.ljust(width)


def duration(seconds: float) -> str:
    """1:02:03 or 0:42."""
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def reach_lines(step: int, reach: Reach) -> list[Text]:
    """How far back the gradient reaches: ‖dL/dh‖ at some distances from the last step, on a log scale."""
    longest = len(reach.norms) - 1
    wanted = sorted({0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, longest})
    at = [d for d in wanted if d <= longest and (d == longest or d < 0.9 * longest)]
    parts = "  ".join(f"{d}: {reach.norms[d]:.1e}" for d in at)
    return [line(f"reach       step {step}: ‖dL/dh‖ by steps back   {parts}")]


def plain_line(watched: Watched, event: RunEvent) -> str | None:
    """A line for a log that nobody watches, now and then; None where there is nothing to say."""
    if isinstance(event, Started):
        config = watched.run.config
        parts = f"{count(event.examples, 'example')}, {event.steps_per_epoch:,} steps an epoch, {count(event.parameter_count, 'weight')}"
        return (
            f"training {clean(config.task)} with {config.cell}: steps {event.step:,} to {event.total_steps:,}; {parts}"
        )
    if isinstance(event, Evaluated):
        best = ", the best so far" if event.best else ""
        return f"step {event.step:,}: validation loss {event.measured.loss:.4f}, {measured_words(event.measured)}{best}"
    if isinstance(event, StepEvent):
        every = max(watched.total // 20, 1)
        if event.reach is not None:
            return str(reach_lines(event.step, event.reach)[0]).strip()
        if event.step % every == 0:
            rate = watched.tokens / watched.seconds if watched.seconds else 0
            return f"step {event.step:,} of {watched.total:,}: loss {watched.smooth:.4f}, grad norm {event.grad_norm:.3g}, {rate:,.0f} tokens/s, {duration(watched.left)} left"
    return None


def data_lines(run: Run) -> list[str]:
    """What reading the data found that a person should know."""
    reports = (run.prepared.report, run.prepared.validation_report)
    return [text for report in reports if report is not None for text in report_lines(report)]


def summary_page(watched: Watched, out: str | None) -> list[RenderableType]:
    """The page at the end."""
    run, finished = watched.run, watched.finished
    assert finished is not None
    config = run.config
    why = {EARLY: "stopped early: the validation part got no better", INTERRUPTED: "interrupted; saved"}.get(
        finished.reason, "done"
    )
    rows = [
        ["steps", f"{finished.step:,}", f"of {watched.total:,}; {why}"],
        ["loss", f"{watched.smooth:.4f}" if watched.smooth is not None else "", "in training, a moving average"],
    ]
    measured = finished.measured or (watched.evaluations[-1].measured if watched.evaluations else None)
    if measured is not None:
        rows.append(["validation", f"{measured.loss:.4f}", f"loss; {measured_words(measured)}"])
    if run.progress.best is not None and measured is not None and run.progress.best_step != finished.step:
        best = Measured(measured.loss, measured.metric, run.progress.best, measured.answers)
        rows.append(["best", f"{run.progress.best_step:,}", f"the step with {measured_words(best)}"])
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
    page: list[RenderableType] = [
        line(
            (f"rnn train {clean(config.task)}", style.TITLE),
            f"     {config.cell}, {count(config.hidden_size, 'hidden unit')}, {count(run.system.parameters.flat.size, 'weight')}",
        ),
        blank(),
        Grid(["", "", ""], rows, frozen=3, align="<><"),
        line("loss        ", (curve(watched.losses, width), style.POSITIVE), indent=2),
        line("grad norm   ", (curve(watched.norms, width, logarithmic=True), style.NEGATIVE), indent=2),
        blank(),
    ]
    if watched.reach is not None:
        page += [heading("Reach", "how far back the gradient gets"), *reach_lines(*watched.reach), blank()]
    page.append(notice(_what_to_notice(watched, measured)))
    if out is None:
        page.append(Prose("The weights were not kept: --out FILE keeps them.", style=style.WARNING))
        return page
    return [*page, *_next(watched, out, finished)]


def _what_to_notice(watched: Watched, measured: Measured | None) -> str:
    if watched.reach is not None:
        _, reach = watched.reach
        first, last = float(reach.norms[0]), float(reach.norms[-1])
        if first > 0:
            return f"{len(reach.norms) - 1} steps back the gradient is {last / first:.1e} times what it is at the last step."
    if measured is not None and measured.metric == PERPLEXITY:
        return f"a perplexity of {measured.value:.1f}: as unsure as a guess among {measured.value:.1f} equally likely tokens."
    if (
        measured is not None
        and watched.smooth is not None
        and watched.smooth < 0.5 * measured.loss
        and measured.loss > 0.1
    ):
        return "the training loss is far below the validation loss: the network remembers its examples more than it has learnt from them."
    norms = [n for n in watched.norms if n > 0]
    if norms:
        return f"the gradient norm went from {norms[0]:.2g} to {norms[-1]:.2g}; a norm that runs to 0 while the loss is high means vanishing, one that jumps means exploding."
    return "no step was made."


def _next(watched: Watched, out: str, finished: Finished) -> list[RenderableType]:
    name = clean(out)
    if finished.reason == INTERRUPTED:
        return following((f"rnn train --resume {name}", "go on from here"))
    task = watched.run.config.task.partition(":")[0]
    look = (f"rnn inspect {name}", "what was learnt, matrix by matrix")
    use = {
        "lm": (f"rnn generate {name} --length 200", "let it write"),
        "describe": (f"rnn predict {name} LABEL", "let it write"),
    }.get(task, (f"rnn predict {name} TEXT", "use it"))
    return following(use, look)
