"""The page of rnn gradients for matrices and models: the gradient word by word, what shrinks it, and a verdict to check."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import exp, inf, isfinite, log10

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.cells import CELLS
from rnn_cli.core.gradients.flow import LITTLE, FlowRow
from rnn_cli.core.gradients.leading import SHOWN
from rnn_cli.core.gradients.verdict import EXPLODING, STABLE, VANISHING, doubling_time, e_folding, half_life, verdict_of
from rnn_cli.core.learning.losses import CROSS_ENTROPY, SUM, UPSTREAM
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.steps_to_show import landmark_steps
from rnn_cli.models.answers import is_language_model
from rnn_cli.study.gradient_path import MATRIX, Drawn, GradientPath
from rnn_cli.study.networks import LABELS, flags_of_any_cell
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.logs import LogScale, beside_one, in_steps, logarithm, of_any_size
from rnn_cli.views.numbers import count, percent
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, fitted, following, heading, line, notice
from rnn_cli.views.parts import describe, quotable, title

MOST_ROWS = 20
MOST_DIRECTIONS = 8
MOST_FACTORS, MOST_VALUES = 6, 5
BAR = 18
MOST_NAMED = 5
LONGEST_WORD = 30
LN10 = 2.302585092994046
OF_0 = "0 in float64"
"""A slope of a tanh or a sigmoid is never 0, but a float64 holds none beside 1."""

GROWS = 1.05
"""A norm that rises by less than this is not worth a warning."""

VERDICTS_MEAN = (
    "Each word is of a whole way, not of one step: vanishing leaves less than half, exploding more than twice, stable what is "
    "between."
)
"""What verdict_of says."""

VERDICT_STYLES = {VANISHING: style.NEGATIVE, STABLE: style.GOOD, EXPLODING: style.WARNING}


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
        notice(path.left_range or _notice(path, digits)),
        *_next(path),
    ]


def state(path: GradientPath) -> str:
    """What the Jacobian is of: h, or the joint state s = [h; c]."""
    return "s" if path.flow.joint else "h"


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


def verdict_part(path: GradientPath, digits: int) -> list[RenderableType]:
    """Three verdicts, each with the numbers by which a student can check it, and what would mislead."""
    if path.flow.final.k == 0:
        return [Prose("one word: there is no step to go back through.", "  ")]
    verdicts = [_product_verdict(path, digits), _loss_verdict(path, digits), _path_verdict(path, digits)]
    parts: list[RenderableType] = [Prose(VERDICTS_MEAN, "  ", style=style.FAINT)]
    parts += [Prose(text, "  ", style=VERDICT_STYLES.get(text.partition(":")[0], "")) for text in verdicts if text]
    parts += [Prose(text, "  ") for text in (lost(path), _inputs_sentence(path, digits)) if text]
    parts += [Prose(warning, "  !", style=style.WARNING) for warning in warnings(path, digits)]
    return parts


def _product_verdict(path: GradientPath, digits: int) -> str:
    """Of the product of the Jacobians: of the error that it favours most."""
    final, s = path.flow.final, state(path)
    verdict, value = verdict_of(final.log_norm), of_any_size(final.log_norm / LN10, digits)
    symbol = f"the product ‖∂{s}_{path.from_t}/∂{s}_{path.to_t(final.k)}‖"
    if final.log_norm == -inf:
        return f"vanishing: {symbol} of {count(final.k, 'Jacobian')} is {OF_0}."
    favoured = "what is kept of the error that it favours most"
    if verdict == STABLE:
        return f"stable: {symbol} is {value} after {count(final.k, 'step')} back, between a half and twice: {favoured}."
    steps = e_folding(final.log_norm, final.k) or -final.k / final.log_norm
    falls = "falls to 1/e = 37% every" if verdict == VANISHING else "grows by a factor of e = 2.7 every"
    beyond = f", more than these {final.k}, if it goes on so" if abs(steps) > final.k else ""
    return (
        f"{verdict}: {symbol} is {value} after {count(final.k, 'step')} back, {favoured}. On average it {falls} "
        f"{in_steps(abs(steps), 3)}{beyond}: {final.k} / {abs(final.log_norm):.{digits}g}, the steps over |ln {value}|."
    )


def _loss_verdict(path: GradientPath, digits: int) -> str:
    """Of the error of this loss; "" without a loss that is read from the last step alone."""
    signal = path.flow.by_loss
    if signal is None:
        return ""
    name, last = error_symbol(path), _named(path, 0)
    if signal.log_ratio is None or signal.log_carried is None:
        states = "any state of this run" if path.run_name else "any state"
        return f"no error: {name} is {OF_0} at {last} already. This loss asks for no change of {states}."
    start, end, kept = (of_any_size(log / LN10, digits) for log in (signal.start, signal.end, signal.log_ratio))
    first = _named(path, path.flow.final.k)
    text = f"{verdict_of(signal.log_carried)}: the error of this loss, {name}, is {start} at {last}"
    if not signal.entry:
        return f"{text} and {end} at {first}: {kept} times that."
    entered, carried = (of_any_size(log / LN10, digits) for log in (signal.at_entry, signal.log_carried))
    return (
        f"{text}, where the loss reads h alone, {entered} one step back, where all states have it, and {end} at {first}: "
        f"{carried} times that of one step back."
    )


def _path_verdict(path: GradientPath, digits: int) -> str:
    """Of the direct path; "" where the cell has none."""
    final, cell = path.flow.final, path.flow.cell
    if final.log_highway is None:
        return ""
    kept = of_any_size(final.log_highway / LN10, digits)
    return (
        f"{verdict_of(final.log_highway)}: the direct path ∏ {cell.path_symbol} is {kept}, of the unit that keeps most."
    )


def error_symbol(path: GradientPath) -> str:
    """The norm of the error of all that is carried."""
    return f"‖∂L/∂{state(path)}_t‖"


def lost(path: GradientPath) -> str:
    """Where what is followed back is under LITTLE of what it was, and whether it stays there."""
    signal, s = path.flow.signal, state(path)
    name = error_symbol(path) if path.flow.by_loss is not None else f"‖∂{s}_{path.from_t}/∂{s}_t‖"
    little = f"under {100 * LITTLE:g}% of what it is at {_named(path, 0)}"
    looked = "" if signal.every else " It was looked at where blocks of steps end, not at every step."
    if signal.log_ratio is None:
        return ""
    if signal.under is None:
        return f"{name} never falls {little}.{looked}"
    if signal.back is None:
        return f"{name} is {little} from {_named(path, signal.under)} on back: {count(signal.under, 'step')}.{looked}"
    back = f"{name} is {little} for the first time at {_back_at(path, signal.under)}, and comes back at {_back_at(path, signal.back)}"
    if signal.stays_under is not None:
        return f"{back}; from {_back_at(path, signal.stays_under)} on it stays under.{looked}"
    return f"{back}; at the end of the path it is not under.{looked}"


def _back_at(path: GradientPath, k: int) -> str:
    return f"{_named(path, k)}, {count(k, 'step')} back"


def _inputs_sentence(path: GradientPath, digits: int) -> str:
    """Which word the loss asks most of, and how many next to nothing."""
    logs = path.log_inputs
    if logs is None:
        return ""
    noun = "word" if path.sequence.tokens is not None else "input"
    largest = path.largest_input
    if largest is None:
        return f"No {noun} gets any of it: ‖∂L/∂x_t‖ is {OF_0} at each."
    size = of_any_size(float(logs[largest - 1]) / LN10, digits)
    if len(logs) == 1:
        return f"The one {noun}, {_at(path, largest)}, gets a ‖∂L/∂x_t‖ of {size}."
    equals = path.as_large_inputs
    gets = f"and {count(equals, 'other')} get" if equals else "gets"
    most = f"Of the {noun}s, {_at(path, largest)} {gets} the largest ‖∂L/∂x_t‖, {size}"
    lost = path.inputs_under(LITTLE)
    if not lost:
        return f"{most}; none gets under {100 * LITTLE:g}% of that."
    named = ", ".join(_at(path, t) for t in lost[:MOST_NAMED])
    more = f", … {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    return f"{most}; under {100 * LITTLE:g}% of that {'gets' if len(lost) == 1 else 'get'} {len(lost):,} of {len(logs):,}: {named}{more}."


def _at(path: GradientPath, t: int) -> str:
    return f'"{clean(path.sequence.tokens[t - 1])}" (t = {t})' if path.sequence.tokens is not None else f"t = {t}"


def _named(path: GradientPath, k: int) -> str:
    t, word = path.to_t(k), path.word(k)
    return "the start" if t == 0 else f'"{clean(word)}" (t = {t})' if word else f"t = {t}"


def warnings(path: GradientPath, digits: int) -> list[str]:
    """Where the spectral radius would mislead."""
    flow, own = path.flow, path.flow.spectrum
    final, peak, powers = flow.final, flow.peak, flow.power_peak
    verdict = verdict_of(final.log_norm)
    found = []
    if (
        own is not None
        and powers is not None
        and own.radius < 1
        and powers.log_weights is not None
        and exp(min(powers.log_weights, 700)) > GROWS
    ):
        then = " before it decays" if powers.k < final.k else ", where this path ends; it decays only later"
        found.append(
            f"The spectral radius {beside_one(own.radius, 3)} misleads: {own.symbol} is not normal (departure {own.departure:.2g}), so ‖{own.symbol}^k‖ "
            f"rises to {of_any_size(powers.log_weights / LN10, digits)} at k = {powers.k}{then}."
        )
    if peak.k and peak.log_norm > final.log_norm and exp(min(peak.log_norm, 700)) > GROWS:
        found.append(
            f"The product itself grows on its way: {of_any_size(peak.log_norm / LN10, digits)} at {_named(path, peak.k)}, {count(peak.k, 'step')} back, "
            f"and {of_any_size(final.log_norm / LN10, digits)} at {_named(path, final.k)}."
        )
    if own is not None and own.radius > 1 and verdict == VANISHING:
        alone = final.log_weights is not None
        why = (
            "saturation wins over the weights"
            if alone
            else "this matrix is one part of the Jacobian, the gates and their slopes are others"
        )
        found.append(
            f"The spectral radius {beside_one(own.radius, 3)} says exploding, yet the product vanishes: {why}."
        )
    if own is not None and own.radius < 1 and verdict == EXPLODING:
        found.append(
            f"The spectral radius {beside_one(own.radius, 3)} says vanishing, yet over these steps the product grows."
        )
    return found


def reasons(path: GradientPath, digits: int) -> list[str]:
    """Why the product vanishes, grows or arrives; first what would mislead."""
    return [*warnings(path, digits), _summary(path, digits)]


def _notice(path: GradientPath, digits: int) -> str:
    where = f"in the {path.direction} run{f' of layer {path.layer}' if path.model.network.architecture.num_layers > 1 else ''}, "
    return (where if path.run_name else "") + _summary(path, digits)


def _summary(path: GradientPath, digits: int) -> str:
    final = path.flow.final
    cell = path.flow.cell
    if final.k == 0:
        return "one word has no step back through time: give at least two words."
    if final.log_saturation is not None and final.log_weights is not None and isfinite(final.log_norm):
        weights, slopes = final.log_weights / LN10, final.log_saturation / LN10
        W = cell.recurrent[0]
        more = "saturation" if abs(slopes) > abs(weights) else W if abs(slopes) < abs(weights) else "neither"
        return (
            f"of the {logarithm(final.log_norm / LN10, digits)} decades over {count(final.k, 'step')}, {W} alone accounts for {logarithm(weights, digits)} "
            f"and saturation for {logarithm(slopes, digits)}: here {more} does more."
        )
    if final.log_highway is not None and cell.keeping_gate is not None:
        return _advice(path, digits)
    if final.log_weights is not None and final.log_saturation is None and isfinite(final.log_norm):
        W, power = cell.recurrent[0], f"{cell.recurrent[0]}^{final.k}"
        return (
            f"{power} is 0 to rounding, so by {W} alone nothing would come back over {count(final.k, 'step')}; the slopes, which "
            f"differ from unit to unit and step to step, let {of_any_size(final.log_norm / LN10, digits)} through."
        )
    if isfinite(final.log_norm):
        return f"over {count(final.k, 'step')} back the product of the Jacobians is {of_any_size(final.log_norm / LN10, digits)}."
    return (
        f"the product of the Jacobians is {OF_0}: nothing of what enters at {_named(path, 0)} comes back to "
        f"{_named(path, final.k)}."
    )


def _advice(path: GradientPath, digits: int) -> str:
    """For a cell with a direct path: what the path, the product and the error of this loss say together."""
    final, cell, signal = path.flow.final, path.flow.cell, path.flow.by_loss
    assert final.log_highway is not None
    assert cell.keeping_gate is not None
    gate, sign = cell.keeping_gate
    title = cell.gate_title(gate).partition(",")[0].removesuffix(" gate")
    bias = f"{'larger' if sign > 0 else 'smaller'} {title} bias"
    error = None if signal is None else signal.log_carried
    whose, judged = ("the product", final.log_norm) if error is None else ("this loss's error", error)
    kept = [
        f"the direct path ∏ {cell.path_symbol} keeps {of_any_size(final.log_highway / LN10, digits)} of the unit that keeps most"
    ]
    kept.append(f"the whole product {of_any_size(final.log_norm / LN10, digits)}")
    since = " from one step back on" if signal is not None and signal.entry else ""
    kept += [] if error is None else [f"this loss's error {of_any_size(error / LN10, digits)}{since}"]
    text = f"over {count(final.k, 'step')} {', '.join(kept)}: "
    if signal is not None and error is None:
        return text + "this loss sends no error back, so it asks for no change of the cells."
    verdict, opens = verdict_of(judged), f"b_{gate}" in cell.parameters
    if verdict == VANISHING and verdict_of(final.log_highway) == VANISHING:
        flag = (
            "--keep-bias" if path.mode == MATRIX else "--forget-bias in rnn train, --keep-bias beside --spectral-radius"
        )
        return text + (
            f"a {bias} ({flag}) would open the path." if opens else "both vanish, and no bias opens the path."
        )
    if verdict == VANISHING:
        paths = final.units.log_highway
        shut = 0 if paths is None else sum(verdict_of(float(one)) == VANISHING for one in paths)
        if shut:
            others = f"{count(shut, 'other unit')} {'has' if shut == 1 else 'have'} one that is not"
            return f"{text}{whose} vanishes although this path is open; {others}, {f'and a {bias} opens it' if opens else 'and no bias opens it'}."
        return f"{text}{whose} vanishes although every unit's path is open: the path alone does not explain it."
    if verdict == EXPLODING and final.log_highway <= 0:
        return f"{text}{whose} grows, and not on the path: clipping bounds the step that learning takes by it."
    return f"{text}{whose} {'grows' if verdict == EXPLODING else 'arrives'}, so nothing here asks for a {bias}."


def _next(path: GradientPath) -> list[RenderableType]:
    if path.drawn is not None:
        return _next_matrices(path.drawn, path.cell)
    text = quotable(path.sequence)
    if text is None:
        return following(("rnn gradients -h", "targets, layers, directions, figures"))
    flags = flags_of_any_cell(path.model)
    back = ("--direction", BACKWARD) if path.direction == BACKWARD else ()
    wide = ("--bidirectional",) if back and flags is None else ()
    target = asked_target(path, LABELS if flags is None else path.model.labels)
    cells = list(CELLS)[:3] if path.cell in list(CELLS)[:3] or flags is None else [path.cell, *list(CELLS)[:2]]
    other = command_line("gradients", text, "--compare", ",".join(cells), *wide, *back, *target, flags=flags or "")
    return following(
        (_backward(path, text), "the same backward pass, every product written out"),
        (other, "three cells on this sentence"),
    )


def drawn_again(drawn: Drawn, *more: str) -> str:
    """The command that draws and drives a random matrix in the same way, with more options."""
    return command_line("gradients", (), *drawn.options, *more)


def _next_matrices(drawn: Drawn, cell: str) -> list[RenderableType]:
    """The same radius drawn in another way, and cells beside this one, all else being the same."""
    init, kind = (
        ("gaussian", "a matrix that is not normal") if drawn.init == "orthogonal" else ("orthogonal", "a normal matrix")
    )
    if drawn.init == "identity":
        kind = "a normal matrix that turns"
    cells = list(CELLS)[:2]
    cells = cells if cell in cells else [cell, *cells]
    own = () if cell == "rnn" else ("--cell", cell)
    return following(
        (drawn_again(replace(drawn, init=init), *own), f"the same radius, {kind}"),
        (drawn_again(drawn, "--compare", ",".join(cells)), "what gates change"),
    )


def asked_target(path: GradientPath, labels: Collection[str]) -> tuple[str, ...]:
    """The option of the target that was asked for, where it is one of these labels."""
    return ("--target", path.target) if path.target in labels and not path.predicted and path.target else ()


def _backward(path: GradientPath, text: str) -> str:
    """rnn bptt with the loss of this page; "" where there is none, or no line could name its targets."""
    model, target = path.model, path.target
    if is_language_model(model) and not model.has_decoder:
        return command_line("bptt", text, flags=model.flags)  # its targets are its next words
    one = model.network.architecture.task == MANY_TO_ONE or model.has_decoder or model.numeric
    if (
        not target
        or not model.network.architecture.output_size
        or not (one or len(target.split()) == len(path.sequence.inputs))
    ):
        return ""
    return command_line("bptt", text, "--target", target, flags=model.flags)
