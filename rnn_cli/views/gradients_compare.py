"""The page of rnn gradients --compare: several cells on the same input, one table, one chart, one verdict each."""

from collections.abc import Sequence
from dataclasses import replace
from math import exp, inf, log

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.gradients.flow import Signal
from rnn_cli.core.gradients.verdict import e_folding, verdict_of
from rnn_cli.core.network import BACKWARD
from rnn_cli.models.sizes import hidden_units
from rnn_cli.study.gradient_path import MATRIX, Drawn, GradientComparison, GradientPath
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.gradients import shown_rows
from rnn_cli.views.gradients_next import asked_target, drawn_again
from rnn_cli.views.gradients_verdict import OF_0, VERDICT_STYLES, VERDICTS_MEAN, warnings
from rnn_cli.views.logs import LN10, LogScale, in_steps, logarithm, of_any_size
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Grid, Prose, blank, following, heading, notice, title_line
from rnn_cli.views.parts import quotable

BAR = 12
OPEN = log(0.7)
"""A path whose best unit keeps less than 70% of itself at each step, on average, is not open."""


def compare_page(result: GradientComparison, digits: int) -> list[RenderableType]:
    """The whole page."""
    paths = result.paths
    return [
        *_title(paths),
        *_chart(paths, digits),
        *_summary(paths, digits),
        *(
            Prose(f"{path.cell}: {warning}", "  !", style=style.WARNING)
            for path in paths
            for warning in warnings(path, digits)
        ),
        blank(),
        notice(result.left_range or _notice(paths)),
        *_next(paths),
    ]


def _title(paths: Sequence[GradientPath]) -> list[RenderableType]:
    path = paths[0]
    a = path.model.network.architecture
    cells = ", ".join(f"{one.cell} ({count(one.model.network.parameter_count, 'number')})" for one in paths)
    words = (
        path.setting
        if path.mode == MATRIX
        else clean(" ".join((path.sequence.text or count(path.flow.length, "vector")).split()))
    )
    return [
        title_line(words),
        Prose(
            f"{cells}: random weights "
            f"from the same seed, {count(a.input_size, 'input')}, {hidden_units(a)}, the same {count(path.flow.length, 'step')}",
            style=style.FAINT,
        ),
        blank(),
    ]


def _chart(paths: Sequence[GradientPath], digits: int) -> list[RenderableType]:
    by_k = [{row.k: row for row in path.flow.rows} for path in paths]
    common = [
        row.k
        for row in shown_rows(min(paths, key=lambda path: len(path.flow.rows)))
        if all(row.k in rows for rows in by_k)
    ]
    scale = LogScale.over((rows[k].log_norm / LN10 for rows in by_k for k in common), BAR)
    has_words = paths[0].sequence.tokens is not None
    header: list[str | Text] = ["k", "t", *(["word"] if has_words else [])]
    for path in paths:
        header += [path.cell, scale.header()]
    table: list[list[str | Text]] = []
    for k in common:
        cells: list[str | Text] = [str(k), str(paths[0].to_t(k))]
        cells += [Text(clean(paths[0].word(k)), style=style.WORD)] if has_words else []
        for rows in by_k:
            log = rows[k].log_norm / LN10
            cells += [of_any_size(log, digits), scale.bar(log, style.NEGATIVE if log < 0 else style.POSITIVE)]
        table.append(cells)
    joint = [
        f", of the {path.flow.cell.title} that of the joint {path.flow.cell.jacobian_symbol}"
        for path in paths
        if path.flow.joint
    ]
    return [
        heading(
            "The gradient back through time",
            f"‖∂h_T/∂h_t‖{''.join(joint)}; all bars on one logarithmic scale{f'; {paths[0].run_name}' if paths[0].run_name else ''}",
        ),
        Grid(
            header,
            table,
            frozen=3 if has_words else 2,
            align=(">><" if has_words else ">>") + "><" * len(paths),
            keep_together=2,
        ),
        blank(),
    ]


def _summary(paths: Sequence[GradientPath], digits: int) -> list[RenderableType]:
    table: list[list[str | Text]] = []
    losses = any(path.flow.by_loss is not None for path in paths)
    for path in paths:
        final, flow = path.flow.final, path.flow
        verdict = verdict_of(final.log_norm)
        direct = (
            f"∏ {flow.cell.path_symbol} {of_any_size(final.log_highway / LN10, digits)}"
            if final.log_highway is not None
            else "none"
        )
        error = None if flow.by_loss is None else flow.by_loss.log_carried
        table.append(
            [
                path.cell,
                Text(verdict, style=VERDICT_STYLES[verdict]),
                of_any_size(final.log_norm / LN10, digits),
                "at once" if final.log_norm == -inf else in_steps(e_folding(final.log_norm, final.k), 3),
                _under(flow.by_product),
                *(["none" if error is None else of_any_size(error / LN10, digits)] if losses else []),
                direct,
                logarithm(float(flow.exponents[0]), digits),
            ]
        )
    header = [
        "cell",
        "product",
        "at the end",
        "1/e after",
        "under 1%",
        *(["error keeps"] if losses else []),
        "direct path",
        "λ_1",
    ]
    run = f", {paths[0].run_name}" if paths[0].run_name else ""
    return [
        heading("Verdict", f"over {count(paths[0].flow.final.k, 'step')} back{run}"),
        Grid(header, table, align="<<>>>><>" if losses else "<<>>><>"),
        Prose(_legend(paths, losses), style=style.FAINT),
        blank(),
    ]


def _legend(paths: Sequence[GradientPath], losses: bool) -> str:
    """What the columns are, and from where to where they are measured."""
    parts = [VERDICTS_MEAN, "product, 1/e and under 1% are of the products above, from k = 0."]
    finals = [path.flow.final for path in paths]
    if any((e_folding(one.log_norm, one.k) or 0) > one.k for one in finals):
        parts.append("1/e after more steps than there are rows is what the average step would come to.")
    if losses:
        late = [path.cell for path in paths if path.flow.by_loss is not None and path.flow.by_loss.entry]
        since = f", of {' and '.join(late)} from k = 1 on, where all states have it" if late else ""
        parts.append(f"error keeps: how much of this loss's error at k = 0 is left at the last row{since}.")
    return " ".join(parts)


def _under(signal: Signal) -> str:
    """From how many steps back on the product is under LITTLE of 1."""
    if signal.under is None:
        return "never"
    if signal.back is None:
        return f"{count(signal.under, 'step')} back"
    return f"{signal.under:,} to {signal.back - 1:,} back"


def _notice(paths: Sequence[GradientPath]) -> str:
    k = paths[0].flow.final.k
    if k == 0:
        return "one word has no step back through time: give at least two words."
    by_size = sorted(paths, key=lambda path: path.flow.final.log_norm)
    worst, best = by_size[0], by_size[-1]
    small, large = worst.flow.final.log_norm, best.flow.final.log_norm
    where = f"in the {paths[0].direction} run, " if paths[0].model.network.architecture.bidirectional else ""
    text = f"{where}after {count(k, 'step')} back the product of the {best.cell} is "
    if small == large:
        text += f"{OF_0}, as are the others." if large == -inf else "as large as the others."
    elif small == -inf:
        text += f"{of_any_size(large / LN10, 3)}, and that of the {worst.cell} {OF_0}."
    else:
        text += f"{of_any_size((large - small) / LN10, 3)} times as large as that of the {worst.cell}."
    rates = [path.flow.final.log_highway / k for path in paths if path.flow.final.log_highway is not None]
    if rates and max(rates) < OPEN:
        text += (
            f" Each direct path keeps less than {100 * exp(OPEN):.0f}% of itself at a step on average: another "
            "bias of the gate that keeps opens it."
        )
    return text


def _next(paths: Sequence[GradientPath]) -> list[RenderableType]:
    path = paths[0]
    cells = ",".join(one.cell for one in paths)
    one = next((one for one in paths if one.flow.cell.keeps), path)
    if path.drawn is not None:
        open_now = path.drawn.keep_bias > 0
        other = drawn_again(replace(path.drawn, keep_bias=0.0 if open_now else 4.0), "--compare", cells)
        says = "with the direct path as it is drawn" if open_now else "with the direct path opened"
        return following(
            *([(other, says)] if one.flow.cell.keeps else []),
            (drawn_again(path.drawn, "--cell", one.cell), "one cell in full"),
        )
    text = quotable(path.sequence)
    if text is None:
        return following(("rnn gradients -h", "targets, layers, directions, figures"))
    back = ("--direction", path.direction) if path.direction == BACKWARD else ()
    alone = command_line("gradients", text, *back, *asked_target(one, one.model.labels or ()), flags=one.model.flags)
    opened = drawn_again(Drawn(0.9, "gaussian", "noise", 4.0, 100, 32, None, {}, 0), "--compare", cells)
    return following(
        (alone, "one cell in full"),
        *([(opened, "on noise, with the direct path opened")] if one.flow.cell.keeps and all_recurrent(paths) else []),
    )


def all_recurrent(paths: Sequence[GradientPath]) -> bool:
    """Whether a random recurrent matrix can be drawn for each cell."""
    return all(one.flow.cell.recurrent for one in paths)
