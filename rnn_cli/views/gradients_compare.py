"""The page of rnn gradients --compare: several cells on the same input, one table, one chart, one verdict each."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.gradients.verdict import e_folding, verdict_of
from rnn_cli.study.gradient_path import MATRIX, GradientComparison, GradientPath
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.gradients import LN10, VERDICT_STYLES, shown_rows, warnings
from rnn_cli.views.logs import LogScale, in_steps, logarithm, of_any_size
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Grid, Prose, blank, following, heading, line, notice

BAR = 12
OPEN = -0.35
"""A path that keeps less than e^OPEN = 70% of itself at each step is not open."""


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
    shown = words if len(words) <= 90 else words[:89] + "…"
    return [
        line((shown, style.TITLE)),
        Prose(
            f"{cells}: random weights "
            f"from the same seed, {count(a.input_size, 'input')}, {count(a.hidden_size, 'hidden unit')}, the same {count(path.flow.length, 'step')}",
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
        heading("The gradient back through time", f"‖∂h_T/∂h_t‖{''.join(joint)}; all bars on one scale"),
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
    for path in paths:
        final = path.flow.final
        verdict = verdict_of(final.log_norm)
        lost = path.flow.lost_at
        direct = (
            f"∏ {path.flow.cell.path_symbol} {of_any_size(final.log_highway / LN10, digits)}"
            if final.log_highway is not None
            else "none"
        )
        table.append(
            [
                path.cell,
                Text(verdict, style=VERDICT_STYLES[verdict]),
                of_any_size(final.log_norm / LN10, digits),
                in_steps(e_folding(final.log_norm, final.k), 3),
                "never" if lost is None else f"{count(lost, 'step')} back",
                logarithm(float(path.flow.exponents[0]), digits),
                direct,
            ]
        )
    header = ["cell", "verdict", "at the end", "1/e after", "under 1%", "λ_1", "direct path"]
    return [
        heading("Verdict", f"over {count(paths[0].flow.final.k, 'step')} back"),
        Grid(header, table, align="<<>>>><"),
        blank(),
    ]


def _notice(paths: Sequence[GradientPath]) -> str:
    by_size = sorted(paths, key=lambda path: path.flow.final.log_norm)
    worst, best = by_size[0], by_size[-1]
    ratio = (best.flow.final.log_norm - worst.flow.final.log_norm) / LN10
    text = f"after {count(best.flow.final.k, 'step')} back the {best.cell} has kept {of_any_size(ratio, 3)} times as much as the {worst.cell}."
    rates = [
        path.flow.final.log_highway / max(path.flow.final.k, 1)
        for path in paths
        if path.flow.final.log_highway is not None
    ]
    if rates and max(rates) < OPEN:
        text += " Untrained gates stand near a half, so the direct path shrinks too: training opens it where the task needs it."
    return text


def _next(paths: Sequence[GradientPath]) -> list[RenderableType]:
    path = paths[0]
    cells = ",".join(one.cell for one in paths)
    keeping = [one.cell for one in paths if one.flow.cell.keeps]
    alone = [*keeping, path.cell][0]
    if not all(one.flow.cell.recurrent for one in paths):
        return following((f'rnn gradients "I love NLP" --cell {alone}', "one cell in full"))
    spectrum = path.flow.spectrum
    radius = f"{spectrum.radius:.3g}" if path.mode == MATRIX and spectrum is not None else "0.9"
    opened = f"rnn gradients --spectral-radius {radius} --compare {cells} --keep-bias 4"
    return following(
        *([(opened, "with the direct path opened")] if keeping else []),
        (f"rnn gradients --spectral-radius {radius} --cell {alone}", "one cell in full"),
    )
