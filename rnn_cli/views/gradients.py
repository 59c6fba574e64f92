"""The page of rnn gradients for matrices and models: the gradient word by word, what shrinks it, and a verdict to check."""

from dataclasses import dataclass
from math import inf, isfinite, log10

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.gradients.flow import FlowRow
from rnn_cli.core.gradients.leading import SHOWN
from rnn_cli.core.gradients.verdict import doubling_time, half_life
from rnn_cli.core.learning.losses import CROSS_ENTROPY, SUM, UPSTREAM
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.steps_to_show import landmark_steps
from rnn_cli.study.gradient_path import MATRIX, GradientPath
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.gradients_next import what_next
from rnn_cli.views.gradients_verdict import state, verdict_part, what_to_notice
from rnn_cli.views.logs import LN10, LogScale, beside_one, in_steps, logarithm, of_any_size
from rnn_cli.views.numbers import count, percent
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, fitted, heading, line, notice
from rnn_cli.views.parts import describe, title

MOST_ROWS = 20
MOST_DIRECTIONS = 8
MOST_FACTORS, MOST_VALUES = 6, 5
BAR = 18
LONGEST_WORD = 30


@dataclass(frozen=True)
class Ways:
    """What shows a person what the page leaves out: options of its command, or where it has keys what they are."""

    layer: str = "--layer"
    direction: str = "--direction"
    target: str = "--target"
    whole: str = "--json"


OPTIONS = Ways()


def gradients_page(path: GradientPath, digits: int, ways: Ways = OPTIONS) -> list[RenderableType]:
    """The whole page."""
    return [
        *_title(path, ways),
        *_words(path, digits, ways),
        *_units(path, digits),
        *_factors(path, digits),
        *_reasons(path, digits),
        *_directions(path, digits),
        *spectrum_part(path, digits),
        heading(
            "Verdict", f"over {count(path.flow.final.k, 'step')} back{f', {path.run_name}' if path.run_name else ''}"
        ),
        *verdict_part(path, digits),
        blank(),
        notice(path.left_range or what_to_notice(path, digits)),
        *what_next(path),
    ]


def _title(path: GradientPath, ways: Ways) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if path.mode == MATRIX:
        parts += [
            line((path.setting, style.TITLE)),
            Prose(f"{describe(path.model)}; {count(path.flow.length, 'step')}", style=style.FAINT),
            *(line((equation, style.EQUATION)) for equation in path.model.network.cell.equations),
        ]
    else:
        parts += title(path.sequence, path.model)[:-1]
    s, T = state(path), path.from_t
    parts += [Prose(path.flow.cell.jacobian_equation, style=style.EQUATION, widest=120)]
    parts += [line((f"∂{s}_{T}/∂{s}_t = the product of the J between: one factor for each step back", style.EQUATION))]
    if path.run_name:
        a = path.model.network.architecture
        others = " or ".join([ways.layer] * (a.num_layers > 1) + [ways.direction] * a.bidirectional)
        parts.append(line((f"{path.run_name} alone; {others} shows another", style.WORD)))
    return [*parts, blank()]


def shown_rows(path: GradientPath) -> list[FlowRow]:
    """The rows of the steps that a person chose, or those that fit on a page."""
    if path.part.steps is not None:
        return [row for row in path.flow.rows if path.has(path.to_t(row.k))]
    return _landmarks(path)


def _landmarks(path: GradientPath) -> list[FlowRow]:
    """The rows that fit on a page: all, or those nearest to 1, 2, 5, 10, 20, 50, … steps back."""
    rows = path.flow.rows
    wanted = landmark_steps(rows[0].k, rows[-1].k, MOST_ROWS)
    near = _nearest([one.k for one in rows], wanted)
    return [row for row in rows if row.k in near]


def _nearest(kept: list[int], wanted: list[int]) -> set[int]:
    return {min(kept, key=lambda k: abs(k - one)) for one in wanted}


def _words(path: GradientPath, digits: int, ways: Ways) -> list[RenderableType]:
    rows, flow, s = shown_rows(path), path.flow, state(path)
    has_words = path.sequence.tokens is not None
    first, last = path.to_t(rows[0].k), path.to_t(rows[-1].k)
    scale = LogScale.over((row.log_norm / LN10 for row in rows), BAR)
    table: list[list[str | Text]] = []
    for row in rows:
        log = row.log_norm / LN10
        cells: list[str | Text] = [str(row.k), str(path.to_t(row.k))]
        cells += [Text(fitted(clean(path.word(row.k)), LONGEST_WORD), style=style.WORD)] if has_words else []
        cells += [of_any_size(log, digits), scale.bar(log, style.NEGATIVE if log < 0 else style.POSITIVE)]
        if row.log_factor is not None and row.factor_saturation is not None:
            cells += [of_any_size(row.log_factor / LN10, digits), percent(row.factor_saturation)]
        table.append(cells)
    header: list[str | Text] = [
        "k",
        "t",
        *(["word"] if has_words else []),
        f"‖∂{s}_{path.from_t}/∂{s}_t‖",
        scale.header(),
    ]
    every = flow.final.k - flow.rows[0].k + 1
    all_shown = len(rows) == every
    where_others_are = (
        "--steps chose them" if path.part.steps is not None else f"{ways.whole} has {'more' if flow.sampled else 'all'}"
    )
    last_factor = f"J_{{t{'-' if path.direction == BACKWARD else '+'}1}}" if flow.final.k > 1 else f"J_{path.from_t}"
    parts: list[RenderableType] = [
        heading(
            "The gradient back through time",
            f"from step {first} to {'the start' if last == 0 else f'step {last}'}: {'each row is one factor further' if all_shown else 'the row of k is the product of the last k factors'}",
        ),
        Grid(
            [*header, f"‖{last_factor}‖", "saturated"],
            table,
            frozen=3 if has_words else 2,
            align=">><><>" if has_words else ">>><>",
        ),
    ]
    if not all_shown:
        parts.append(
            line(
                (
                    f"{len(rows)} of {every:,} steps; {where_others_are}",
                    style.FAINT,
                ),
                indent=2,
            )
        )
    legend = (
        f"‖·‖ is the largest factor by which it stretches any vector. {last_factor} is the factor that the row's product took in "
        "last, and saturated is how flat that step's activations are, 0% at their steepest. Bars are logarithmic."
    )
    parts.append(Prose(legend, style=style.FAINT))
    return [*parts, blank(), *_errors(path, digits, ways)]


def _errors(path: GradientPath, digits: int, ways: Ways) -> list[RenderableType]:
    """The error of this loss on its way back: at each state, and at what the network reads."""
    rows = shown_rows(path)
    if rows[0].log_error is None:
        return []
    words, inputs = path.sequence.tokens is not None, path.log_inputs
    names = list(rows[0].log_errors)
    joint = len(names) > 1
    table: list[list[str | Text]] = []
    for row in rows:
        t = path.to_t(row.k)
        cells: list[str | Text] = [str(row.k), str(t)]
        cells += [Text(fitted(clean(path.word(row.k)), LONGEST_WORD), style=style.WORD)] if words else []
        logs = [row.log_errors[name] for name in names]
        logs += [row.log_error] if joint and row.log_error is not None else []
        logs += [float(inputs[t - 1])] if inputs is not None and t else []
        table.append([*cells, *(of_any_size(log / LN10, digits) for log in logs)])
    header: list[str | Text] = ["k", "t", *(["word"] if words else [])]
    header += [f"‖∂L/∂{_at_t(name)}‖" for name in names]
    header += ["‖∂L/∂s_t‖"] if joint else []
    header += ["‖∂L/∂x_t‖"] if inputs is not None else []
    return [
        heading("The error of this loss", "what it would change by, for a small change of each"),
        Grid(header, table, frozen=3 if words else 2, align=">><>" if words else ">>>"),
        Prose(_legend(path, joint, inputs is not None, ways), style=style.FAINT),
        blank(),
    ]


def _at_t(name: str) -> str:
    return f"{name}_t" if name.isidentifier() else f"({name})_t"


def _legend(path: GradientPath, joint: bool, inputs: bool, ways: Ways) -> str:
    architecture = path.model.network.architecture
    parts = [
        f"s_t is all that is carried, {path.flow.cell.jacobian_symbol}, and its error that of all together, each with what "
        "goes through another of the same step."
    ] * joint
    if inputs:
        runs = " and ".join(
            ["all layers"] * (architecture.num_layers > 1) + ["both directions"] * architecture.bidirectional
        )
        parts.append(f"x_t is what the network reads at t{f'; its error came through {runs}' if runs else ''}.")
    if path.flow.by_loss is None:
        many = len(architecture.entries(2)) > 1 or path.layer < architecture.num_layers - 1
        parts.append(
            "The loss enters at more than one step, and each adds to the error there."
            if many
            else "The loss reads this direction at its first step alone, and nothing goes on from there."
        )
    whose = f"what the network says itself ({ways.target} chooses another)" if path.predicted else "the target"
    shown = clean(path.target or "")
    shown = (
        shown if shown == shown.strip() else f"“{shown}”"
    )  # a language model's answers may begin or end with a blank
    wanted = path.wanted
    mean = ", the mean of the steps" * (wanted is not None and wanted.mean)
    if wanted is not None and wanted.kind in (SUM, UPSTREAM):
        return " ".join([*parts, f"L is {'the sum of outputs times ' * (wanted.kind == UPSTREAM)}{shown}{mean}."])
    loss = (
        "cross-entropy"
        if wanted is None or wanted.kind == CROSS_ENTROPY
        else "mean squared error" + " (scaled as in training)" * path.model.numeric
    )
    of = "" if architecture.output_size else " of the outputs themselves"
    return " ".join([*parts, f"L is the {loss}{of} against {shown}, {whose}{mean}."])


def _units(path: GradientPath, digits: int) -> list[RenderableType]:
    """What --unit asks for, unit by unit: the error, the direct path and how flat the activations are."""
    chosen = (path.part.units or {}).get((path.layer, path.direction))
    if chosen is None:
        return []
    cell, table = path.flow.cell, []
    for row in shown_rows(path):
        own, t = row.units, path.to_t(row.k)
        for unit in chosen:
            cells = [str(t), f"unit {unit}"]
            if own.signs is not None and own.log_error is not None:
                sign = "-" if own.signs[unit - 1] < 0 else ""
                cells.append(sign + of_any_size(float(own.log_error[unit - 1]) / LN10, digits))
            if own.log_highway is not None:
                cells.append(of_any_size(float(own.log_highway[unit - 1]) / LN10, digits))
            cells.append("" if own.saturation is None else percent(float(own.saturation[unit - 1])))
            table.append(cells)
    direct = [] if cell.keeps is None else [f"∏ {cell.path_symbol}"]
    header = ["t", "", *["∂L/∂h_t"] * (path.wanted is not None), *direct]
    return [
        heading("Unit by unit", "how flat the activations of each are, 0% at their steepest, and what of it goes back"),
        Grid([*header, "saturated"], table, frozen=2, align="><>"),
        blank(),
    ]


def _factors(path: GradientPath, digits: int) -> list[RenderableType]:
    """The singular values of each J_t, of as many words as fit."""
    if path.mode == MATRIX:
        return []
    own = [one for one in path.flow.jacobians if path.has(path.time(one.m))]
    n, total = max(len(one.log_singular_values) for one in own), path.flow.size
    columns = list(range(n)) if n <= MOST_VALUES else [*range(MOST_VALUES - 1), n - 1]
    rows: list[list[str | Text]] = []
    for k in clip_middle(range(len(own)), MOST_FACTORS, tail=1):
        if k is None:
            rows.append(["…", f"{len(own) - MOST_FACTORS} more"])
            continue
        values = own[k].log_singular_values
        word = Text(fitted(clean(path.word(path.flow.length - own[k].m)), LONGEST_WORD), style=style.WORD)
        rows.append(
            [
                f"J_{path.time(own[k].m)}",
                word,
                *(of_any_size(float(values[i]) / LN10, digits) if i < len(values) else "" for i in columns),
            ]
        )
    return [
        heading("Singular values of each J_t", "how one step stretches the directions that come back to it"),
        Grid(["", "", *(f"σ_{i + 1}" for i in columns)], rows, frozen=2, align="<<>"),
        *(
            [line((f"{len(columns)} of {total} singular values; {_in_json(n, total)}", style.FAINT), indent=2)]
            * (len(columns) < total)
        ),
        blank(),
    ]


def _in_json(shown: int, total: int) -> str:
    """Where more singular values are than on the page."""
    return "the JSON has all" if shown == total else f"the JSON has {shown}, and --all-singular-values finds all"


def _reasons(path: GradientPath, digits: int) -> list[RenderableType]:
    """For a vanilla RNN the split into weights and saturation, for gated cells the direct path beside the product."""
    rows = [row for row in _landmarks(path) if row.k]
    rows = [
        row
        for row in rows
        if row.k in _nearest([one.k for one in rows], [rows[0].k, rows[len(rows) // 2].k, rows[-1].k])
    ]
    s, T = state(path), path.from_t
    cell = path.flow.cell
    table: list[list[str | Text]] = []
    for row in rows:
        log = row.log_norm / LN10
        cells: list[str | Text] = [str(row.k), logarithm(log, digits)]
        if row.log_weights is not None and row.log_saturation is not None:
            cells += ["=", logarithm(row.log_weights / LN10, digits), "+", logarithm(row.log_saturation / LN10, digits)]
        elif row.log_weights is not None:
            cells += ["", logarithm(row.log_weights / LN10, digits), "", "no split"]
        if row.log_highway is not None:
            cells += [logarithm(row.log_highway / LN10, digits)]
        cells += [logarithm(log / LN10, digits) for log in row.log_blocks.values()]
        table.append(cells)
    product = f"log10 ‖∂{s}_{T}/∂{s}_t‖"
    blocks = [f"‖∂{name}_{T}/∂{name}_t‖" for name in map(_bracketed, cell.coordinate_names)] if path.flow.joint else []
    if rows and rows[0].log_weights is not None:
        W = cell.recurrent[0]
        header = ["k", product, "", f"log10 ‖{W}^k‖", "", "saturation"]
        return [
            heading("Weights and saturation", f"weights: what {W} would do if no unit saturated; saturation: the rest"),
            Grid([*header, *blocks], table, frozen=6, align=">"),
            blank(),
        ]
    if cell.keeps is None:
        return [heading("The product", "as log10"), Grid(["k", product, *blocks], table, align=">"), blank()]
    direct = f"∏ {cell.path_symbol}"
    return [
        heading("The direct path", f"{direct} of the unit that keeps most, beside the whole product (all as log10)"),
        Grid(["k", product, direct, *blocks], table, align=">"),
        blank(),
    ]


def _bracketed(name: str) -> str:
    return name if name.isidentifier() else f"({name})"


def _directions(path: GradientPath, digits: int) -> list[RenderableType]:
    """Singular values and Lyapunov exponents of the longest product."""
    final, exponents = path.flow.final, path.flow.exponents
    if final.k == 0:
        return []
    n, total = len(exponents), path.flow.size
    shown = (
        list(range(n))
        if n <= MOST_DIRECTIONS
        else sorted({*range(MOST_DIRECTIONS - 2), max(n // 2, MOST_DIRECTIONS - 2), n - 1})
    )
    table: list[list[str | Text]] = []
    for i in shown:
        sigma, rate = float(final.log_singular_values[i]), float(exponents[i])
        each = half_life(rate, 1) if rate < 0 else doubling_time(rate, 1)
        does = (
            "lost at once"
            if rate == -inf
            else "stays"
            if each is None
            else f"{'halves' if rate < 0 else 'doubles'} every {in_steps(each, 3)}"
        )
        table.append(
            [
                str(i + 1),
                of_any_size(sigma / LN10, digits),
                logarithm(rate, digits),
                logarithm(float(path.flow.benettin[i]), digits),
                does,
            ]
        )
    parts: list[RenderableType] = [
        heading(
            f"{count(n, 'direction') if n == total else f'The {n} leading of {total:,} directions'} of the product over {count(final.k, 'step')}",
            "λ_i = ln σ_i / k: finite-time Lyapunov exponents",
        ),
        Grid(["i", "σ_i", "λ_i", "λ_i by QR", ""], table, align=">>>><"),
    ]
    if len(shown) < n:
        parts.append(line((f"{len(shown)} of {n}; the JSON has all", style.FAINT), indent=2))
    if final.log_rest is not None:
        parts.append(Prose(_rest(path, final.log_rest, digits), "  "))
    parts.append(
        Prose(
            "By QR (Benettin) each step's stretching is averaged in the directions met at that step; the two usually come closer over more steps.",
            "  ",
            style=style.FAINT,
        )
    )
    return [*parts, blank()]


def _rest(path: GradientPath, log_rest: float, digits: int) -> str:
    """What is known of the singular values that were not computed, and how to have them."""
    final, total = path.flow.final, path.flow.size
    shown = len(final.log_singular_values)
    why = "" if shown == SHOWN else f" Of the {SHOWN} leading ones no more are beyond what rounding may have done."
    bound = of_any_size(log_rest / LN10 + log10(1 + 5 * 10.0**-digits), digits)  # rounded up
    return f"The other {total - shown:,} singular values are at most {bound}.{why} --all-singular-values finds each of them, in far more time."


def spectrum_part(path: GradientPath, digits: int) -> list[RenderableType]:
    """What the recurrent matrix alone would promise."""
    own = path.flow.spectrum
    if own is None:
        return []
    table: list[list[str | Text]] = [
        [one.symbol, *(f"{number:.{digits}g}" for number in (one.radius, one.norm, one.departure))]
        for one in path.flow.spectra
    ]
    k = path.flow.final.k
    truth = of_any_size(path.flow.final.log_norm / LN10, digits)
    radius = beside_one(own.radius, digits)
    predicted = of_any_size(k * log10(own.radius) if own.radius else -inf, digits)
    parts: list[RenderableType] = [
        heading(
            "What the matrix alone promises", "spectral radius: |largest eigenvalue|; norm: largest singular value"
        ),
        Grid(["", "spectral radius", "norm", "departure from normal"], table),
    ]
    if k and path.flow.final.log_weights is not None and isfinite(own.radius):  # in a gated cell W enters beside others
        parts.append(
            Prose(
                f"By the spectral radius of {own.symbol} alone the product would be {radius}^{k} = {predicted}. It is {truth}.",
                "",
            )
        )
    return [*parts, blank()]
