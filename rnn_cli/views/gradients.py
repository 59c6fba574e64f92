"""The page of rnn gradients for matrices and models: the gradient word by word, what shrinks it, and a verdict to check."""

from math import exp, inf, isfinite, log10

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.cells import CELLS
from rnn_cli.core.gradients.flow import LITTLE, FlowRow
from rnn_cli.core.gradients.verdict import EXPLODING, STABLE, VANISHING, doubling_time, e_folding, half_life, verdict_of
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.steps_to_show import landmark_steps
from rnn_cli.study.gradient_path import MATRIX, GradientPath
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.logs import LogScale, in_steps, logarithm, of_any_size
from rnn_cli.views.numbers import count, percent
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, following, heading, line, notice
from rnn_cli.views.parts import describe, title

MOST_ROWS = 20
MOST_DIRECTIONS = 8
MOST_FACTORS, MOST_VALUES = 6, 5
BAR = 18
LN10 = 2.302585092994046
GROWS = 1.05
"""A norm that rises by less than this is not worth a warning."""

VERDICT_STYLES = {VANISHING: style.NEGATIVE, STABLE: style.GOOD, EXPLODING: style.WARNING}


def gradients_page(path: GradientPath, digits: int) -> list[RenderableType]:
    """The whole page."""
    return [
        *_title(path),
        *_words(path, digits),
        *_factors(path, digits),
        *_reasons(path, digits),
        *_directions(path, digits),
        *spectrum_part(path, digits),
        heading("Verdict"),
        *verdict_part(path, digits),
        blank(),
        notice(path.left_range or _notice(path, digits)),
        *_next(path),
    ]


def state(path: GradientPath) -> str:
    """What the Jacobian is of: h, or the joint state s = [h; c]."""
    return "s" if path.flow.joint else "h"


def _title(path: GradientPath) -> list[RenderableType]:
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
    parts += [line((path.flow.cell.jacobian_equation, style.EQUATION))]
    parts += [line((f"∂{s}_{T}/∂{s}_t = the product of the J between: one factor for each step back", style.EQUATION))]
    a = path.model.network.architecture
    if a.num_layers > 1 or a.bidirectional:
        parts.append(line((f"layer {path.layer}, {path.direction} run", style.WORD)))
    return [*parts, blank()]


def shown_rows(path: GradientPath) -> list[FlowRow]:
    """The rows that fit on a page: all, or those nearest to 1, 2, 5, 10, 20, 50, … steps back."""
    rows = path.flow.rows
    wanted = landmark_steps(rows[0].k, rows[-1].k, MOST_ROWS)
    near = _nearest([one.k for one in rows], wanted)
    return [row for row in rows if row.k in near]


def _nearest(kept: list[int], wanted: list[int]) -> set[int]:
    return {min(kept, key=lambda k: abs(k - one)) for one in wanted}


def _words(path: GradientPath, digits: int) -> list[RenderableType]:
    rows, flow, s = shown_rows(path), path.flow, state(path)
    has_words, has_loss = path.sequence.tokens is not None, rows[0].log_loss is not None
    first, last = path.to_t(rows[0].k), path.to_t(rows[-1].k)
    scale = LogScale.over((row.log_norm / LN10 for row in rows), BAR)
    own = {one.m: one for one in flow.jacobians}
    table: list[list[str | Text]] = []
    for row in rows:
        one = own.get(flow.length - row.k)
        log = row.log_norm / LN10
        cells: list[str | Text] = [str(row.k), str(path.to_t(row.k))]
        cells += [Text(clean(path.word(row.k)), style=style.WORD)] if has_words else []
        cells += [of_any_size(log, digits), scale.bar(log, style.NEGATIVE if log < 0 else style.POSITIVE)]
        cells += [of_any_size((row.log_loss or 0.0) / LN10, digits)] if has_loss and row.log_loss is not None else []
        cells += [of_any_size(float(one.log_singular_values[0]) / LN10, digits), percent(one.saturation)] if one else []
        table.append(cells)
    header: list[str | Text] = [
        "k",
        "t",
        *(["word"] if has_words else []),
        f"‖∂{s}_{path.from_t}/∂{s}_t‖",
        scale.header(),
    ]
    header += ["‖∂L/∂h_t‖"] if has_loss else []
    parts: list[RenderableType] = [
        heading(
            "The gradient back through time",
            f"from step {first} to {'the start' if last == 0 else f'step {last}'}: each row is one factor further",
        ),
        Grid(
            [*header, "‖J_t‖", "saturated"],
            table,
            frozen=3 if has_words else 2,
            align=">><><>" if has_words else ">>><>",
        ),
    ]
    if len(rows) < flow.final.k - rows[0].k + 1:
        parts.append(
            line(
                (
                    f"{len(rows)} of {flow.final.k - rows[0].k + 1:,} steps; --json has {'more' if flow.sampled else 'all'}",
                    style.FAINT,
                ),
                indent=2,
            )
        )
    parts.append(Prose(_legend(path, has_loss), style=style.FAINT))
    return [*parts, blank()]


def _legend(path: GradientPath, has_loss: bool) -> str:
    words = "‖·‖ is the largest factor by which it stretches any vector. J_t and saturated are step t's own: saturated is how flat its activations are, 0% at their steepest."
    if not has_loss:
        return words
    whose = "what the network says itself (--target chooses another)" if path.predicted else "the target"
    target = clean(path.target or "")
    shown = target if len(target) <= 40 else target[:39] + "…"
    loss = "mean squared error (scaled as in training)" if path.model.numeric else "cross-entropy"
    return f"{words} L is the {loss} against {shown}, {whose}."


def _factors(path: GradientPath, digits: int) -> list[RenderableType]:
    """The singular values of each J_t, of as many words as fit."""
    if path.mode == MATRIX:
        return []
    own = list(path.flow.jacobians)
    n = len(own[0].log_singular_values)
    columns = list(range(n)) if n <= MOST_VALUES else [*range(MOST_VALUES - 1), n - 1]
    rows: list[list[str | Text]] = []
    for k in clip_middle(range(len(own)), MOST_FACTORS, tail=1):
        if k is None:
            rows.append(["…", f"{len(own) - MOST_FACTORS} more"])
            continue
        values = own[k].log_singular_values
        word = Text(clean(path.word(path.flow.length - own[k].m)), style=style.WORD)
        rows.append(
            [f"J_{path.time(own[k].m)}", word, *(of_any_size(float(values[i]) / LN10, digits) for i in columns)]
        )
    return [
        heading("Singular values of each J_t", "how one step stretches the directions that come back to it"),
        Grid(["", "", *(f"σ_{i + 1}" for i in columns)], rows, frozen=2, align="<<>"),
        blank(),
    ]


def _reasons(path: GradientPath, digits: int) -> list[RenderableType]:
    """For a vanilla RNN the split into weights and saturation, for gated cells the direct path beside the product."""
    rows = [row for row in shown_rows(path) if row.k]
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
    n = len(exponents)
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
            f"{count(n, 'direction')} of the product over {count(final.k, 'step')}",
            "λ_i = ln σ_i / k: finite-time Lyapunov exponents",
        ),
        Grid(["i", "σ_i", "λ_i", "λ_i by QR", ""], table, align=">>>><"),
    ]
    if len(shown) < n:
        parts.append(line((f"{len(shown)} of {n}; the JSON has all", style.FAINT), indent=2))
    parts.append(
        Prose(
            "By QR (Benettin) each step's stretching is averaged in the directions met at that step; the two usually come closer over more steps.",
            "  ",
            style=style.FAINT,
        )
    )
    return [*parts, blank()]


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
    predicted = of_any_size(k * log10(own.radius) if own.radius else -inf, digits)
    parts: list[RenderableType] = [
        heading(
            "What the matrix alone promises", "spectral radius: |largest eigenvalue|; norm: largest singular value"
        ),
        Grid(["", "spectral radius", "norm", "departure from normal"], table),
    ]
    if k and isfinite(own.radius):
        parts.append(
            Prose(
                f"By the spectral radius of {own.symbol} the gradient would be {own.radius:.{digits}g}^{k} = {predicted}. It is {truth}.",
                "",
            )
        )
    return [*parts, blank()]


def verdict_part(path: GradientPath, digits: int) -> list[RenderableType]:
    """The verdict, with the numbers by which a student can check it, and what would mislead."""
    final = path.flow.final
    verdict = verdict_of(final.log_norm)
    value = of_any_size(final.log_norm / LN10, digits)
    parts: list[RenderableType] = []
    if final.k == 0:
        return [Prose("one word: there is no step to go back through.", "  ")]
    if final.log_norm == -inf:
        text = f"vanishing: the product of {count(final.k, 'Jacobian')} is exactly 0."
    elif verdict == STABLE:
        text = f"stable: after {count(final.k, 'step')} back it is {value}, between a half and twice."
    else:
        rate = final.log_norm / final.k
        steps = e_folding(final.log_norm, final.k) or -1 / rate
        falls = "falls to 1/e = 37% every" if verdict == VANISHING else "grows by a factor of e = 2.7 every"
        text = (
            f"{verdict}: {value} after {count(final.k, 'step')} back. On average it {falls} {in_steps(abs(steps), 3)}: "
            f"{final.k} / {abs(final.log_norm):.{digits}g}, the steps over |ln {value}|."
        )
    parts.append(Prose(text, "  ", style=VERDICT_STYLES[verdict]))
    parts.append(Prose(_lost(path), "  "))
    parts += [Prose(warning, "  !", style=style.WARNING) for warning in warnings(path, digits)]
    return parts


def _lost(path: GradientPath) -> str:
    flow = path.flow
    s = state(path)
    signal = "‖∂L/∂h_t‖" if flow.lost_by_loss else f"‖∂{s}_{path.from_t}/∂{s}_t‖"
    last = _named(path, 0)
    if flow.lost_at is None:
        return f"{signal} never falls under {percent(LITTLE)[:1]}% of what it is at {last}."
    return f"{signal} is under 1% of what it is at {last} from {_named(path, flow.lost_at)} on back: {count(flow.lost_at, 'step')}."


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
        found.append(
            f"The spectral radius {own.radius:.3g} misleads: {own.symbol} is not normal (departure {own.departure:.2f}), so ‖{own.symbol}^k‖ "
            f"rises to {of_any_size(powers.log_weights / LN10, digits)} at k = {powers.k} before it decays."
        )
    if peak.k and peak.log_norm > final.log_norm and exp(min(peak.log_norm, 700)) > GROWS:
        found.append(
            f"The gradient itself grows first: {of_any_size(peak.log_norm / LN10, digits)} at {_named(path, peak.k)}, {count(peak.k, 'step')} back, "
            f"and {of_any_size(final.log_norm / LN10, digits)} at {_named(path, final.k)}."
        )
    if own is not None and own.radius > 1 and verdict == VANISHING:
        alone = final.log_weights is not None
        why = (
            "saturation wins over the weights"
            if alone
            else "this matrix is one part of the Jacobian, the gates and their slopes are others"
        )
        found.append(f"The spectral radius {own.radius:.3g} says exploding, yet the gradient vanishes: {why}.")
    if own is not None and own.radius < 1 and verdict == EXPLODING:
        found.append(f"The spectral radius {own.radius:.3g} says vanishing, yet over these steps the gradient grows.")
    return found


def _notice(path: GradientPath, digits: int) -> str:
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
    whole = of_any_size(final.log_norm / LN10, digits)
    if final.log_highway is not None and cell.keeping_gate is not None:
        direct = of_any_size(final.log_highway / LN10, digits)
        gate, sign = cell.keeping_gate
        title = cell.gate_title(gate).partition(",")[0].removesuffix(" gate")
        opener = f"a {'larger' if sign > 0 else 'smaller'} {title} bias"
        shut = f"b_{gate}" in cell.parameters and final.log_highway < -1e-6
        opens = f": {opener} would open the path" if shut else ""
        return f"the direct path ∏ {cell.path_symbol} keeps {direct} over {count(final.k, 'step')}, the whole product {whole}{opens}."
    if isfinite(final.log_norm):
        return f"over {count(final.k, 'step')} back the product of the Jacobians is {whole}."
    return "the product of the Jacobians is exactly 0: no gradient reaches the first step of the path."


def _next(path: GradientPath) -> list[RenderableType]:
    text = path.sequence.text
    sentence = (
        f'"{text}"' if text and len(text) <= 40 and text.isprintable() and not set(text) & set('"$`\\!') else None
    )
    if path.mode == MATRIX:
        size = path.model.network.architecture.hidden_size
        radius = 0.9 if path.flow.spectrum is None else path.flow.spectrum.radius
        matrix = f"--spectral-radius {radius:.3g}" + (f" --hidden-size {size}" if size != 32 else "")
        return following(
            (
                f"rnn gradients {matrix} --init orthogonal",
                "the same radius, a normal matrix",
            ),
            (
                f"rnn gradients {matrix} --compare {','.join(list(CELLS)[:2])}",
                "what gates change",
            ),
        )
    if sentence is None:
        return following(("rnn gradients -h", "targets, layers, directions, figures"))
    back = BACKWARD if path.direction == BACKWARD else ""
    other = f"rnn gradients {sentence} --compare {','.join(list(CELLS)[:3])}" + (f" --direction {back}" if back else "")
    flags = f" {path.model.flags}" if path.model.flags else ""
    target = f" --target {path.target}" if path.target and " " not in path.target else ""
    if path.model.has_decoder:
        target = f' --target "{path.target}"' if path.target else ' --target "…"'
    return following(
        (f"rnn bptt {sentence}{flags}{target}", "the same backward pass, every product written out"),
        (other, "three cells on this sentence"),
    )
