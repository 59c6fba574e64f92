"""The page of rnn bptt: the loss, the backward pass step by step, what each step gives to the weights, and three checks."""

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import BackStep, Bptt
from rnn_cli.core.learning.losses import CROSS_ENTROPY, SUM, UPSTREAM
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.norms import norm
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.answers import is_language_model
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import Model
from rnn_cli.study.bptt import BpttResult
from rnn_cli.study.bptt_report import BackwardReport
from rnn_cli.study.rows import timed
from rnn_cli.study.shown import Choice, is_wide
from rnn_cli.study.trace import units_of
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.bptt_verdicts import check_part, clipping_part, descent_part
from rnn_cli.views.clean import clean
from rnn_cli.views.itemised import brief, itemised_part, of_all
from rnn_cli.views.left_out import left_out_part
from rnn_cli.views.logs import ratio
from rnn_cli.views.losses import EQUATIONS, loss_words, where_it_enters
from rnn_cli.views.numbers import count, factor, percent, short, signed
from rnn_cli.views.page import Equations, Grid, Prose, Wide, blank, clip_middle, following, heading, line, notice
from rnn_cli.views.parts import quotable, rounding_note, title, titled
from rnn_cli.views.states import layers_note, number, states_table, units_note, vector
from rnn_cli.views.truncation import sweep_part, truncation_part, truncation_words
from rnn_cli.views.weight_rows import weight_rows

MOST_STEPS = 3
MOST_UNITS = 4
MOST_ROWS = 14


def bptt_page(result: BpttResult, digits: int) -> list[RenderableType]:
    """The whole page; of a network that writes for a condition, what its loss says of that too."""
    model, sequence, report, choice, decoded = (
        result.model,
        result.sequence,
        result.report,
        result.choice,
        result.decoded,
    )
    choice = choice.naming_departure(report.departure) if result.left_range else choice
    page = title(sequence, model)
    if decoded is not None:
        from rnn_cli.views.context import said

        page = titled(said(decoded), model)
    page += _forward_part(model, sequence, report.result, choice, digits)
    page += loss_part(model, sequence, report.result, digits)
    page += backward_heading(model)
    if result.arithmetic:
        for layer in reversed(choice.layers):
            for direction in choice.directions:
                page += steps_part(model, sequence, report.result, choice, digits, layer, direction)
        page += [rounding_note(digits), blank()]
    else:
        page += products_note(model)
    page += contributions_part(model, sequence, report.result, choice, digits)
    if decoded is not None:
        from rnn_cli.views.context import context_error_part

        page += context_error_part(decoded, report.result.initial, digits)
    if report.left_out is not None:
        page += left_out_part(
            sequence, report.full.loss.total, report.left_out, digits, cut=report.truncation is not None
        )
    if result.explained is not None:
        from rnn_cli.views.attribution import attribution_part

        page += attribution_part(result.explained, digits)
    page += itemised_part(sequence, report.result, report.full, digits)
    if report.truncation is not None:
        page += truncation_part(sequence, report, digits)
    if report.sweep is not None:
        page += sweep_part(report.sweep, digits)
    if report.clipped is not None:
        page += clipping_part(report.clipped, digits)
    page += descent_part(report.descent, report.full.loss.kind, digits)
    page += check_part(report.check)
    return [*page, notice(result.left_range or _what_to_notice(sequence, report)), *_next(model, sequence, report)]


def backward_heading(model: Model) -> list[RenderableType]:
    """What the letters mean, and the equations of the backward pass."""
    page: list[RenderableType] = [
        heading("Backwards", "dx is dL/dx: the loss's change per unit, for a small change of x")
    ]
    page += [Equations(text) for text in model.network.cell.backward_equations]
    return [*page, blank()]


def products_note(model: Model) -> list[RenderableType]:
    """How to see the products of a wide network, whose page leaves them out by itself."""
    if not is_wide(model.network.architecture):
        return []
    said = "The products of each step are left out: --steps 2 or --unit 1 shows a part of them, --arithmetic all."
    return [Prose(said, " ", style=style.FAINT), blank()]


def _forward_part(model: Model, sequence: Sequence, result: Bptt, choice: Choice, digits: int) -> list[RenderableType]:
    layer, page = choice.layers[-1], list[RenderableType]()
    for direction in choice.directions:
        units = units_of(result.trace, choice, layer, direction)
        page += [
            heading(f"States, in brief{_where(model, layer, direction)}", "rnn trace shows how each state comes about"),
            *units_note(units),
            *states_table(sequence.names, result.trace.states(layer, direction), "h", digits, units),
            blank(),
        ]
    return page


def loss_part(model: Model, sequence: Sequence, result: Bptt, digits: int) -> list[RenderableType]:
    """The loss that the error comes from, step by step where there are several."""
    if model.numeric and model.encoding is not None:
        return _number_loss(model.encoding, result, digits)
    loss, a = result.loss, model.network.architecture
    one, cross = a.task == MANY_TO_ONE, loss.kind == CROSS_ENTROPY
    symbol = "h" if not a.output_size else "logits" if cross else "y"
    page: list[RenderableType] = [
        heading("Loss", loss_words(a, result.target)),
        line((EQUATIONS[loss.kind].replace("{}", symbol), style.EQUATION), indent=2),
    ]
    probabilities = softmax(result.trace.answers)
    rows: list[list[str | Text]] = []
    T = len(sequence.inputs)
    for k in clip_middle(range(len(result.loss_steps)), MOST_ROWS, tail=2):
        if k is None:
            rows.append(["…"])
            continue
        t = result.loss_steps[k]
        scored = result.target.weights[k] > 0
        word = "" if one else clean(sequence.names[t - 1])
        if not scored:
            rows.append([f"L_{t}", *([] if one else [word]), "no target"])
            continue
        p = probabilities if one else probabilities[k]
        target = (
            clean(model.label(int(result.target.targets[k])))
            if cross
            else ""
            if loss.kind == SUM
            else vector(result.target.targets[k], digits, 6)
        )
        said = [signed(float(p[int(result.target.targets[k])]), digits).lstrip("+")] if cross else []
        rows.append(
            [
                f"L_{t}",
                *([] if one else [word]),
                target,
                *said,
                _plain(float(loss.each[k]), digits),
                vector(loss.dlogits[k], digits, 6),
            ]
        )
    wanted = {SUM: "", UPSTREAM: "dL/dh"}.get(loss.kind, "target")
    header = ["", *([] if one else ["word"]), wanted, *(["p(target)"] if cross else []), "loss"]
    align = "<" * (2 if one else 3) + ">" * (2 if cross else 1) + "<"
    page.append(Grid([*header, f"dL/d{symbol}"], rows, frozen=1 if one else 2, align=align))
    if not one:
        page.append(_of_the_steps(result, digits))
    else:
        page.append(Prose(where_it_enters(a, T, cross), "  "))
    return [*page, blank()]


def _of_the_steps(result: Bptt, digits: int) -> RenderableType:
    """The loss of all steps together."""
    scored = int((result.target.weights > 0).sum())
    note = f"   every error is divided by {scored}, the number of steps" if result.target.mean else ""
    said = f"L = {result.target.reduction} of the steps = {_plain(result.loss.total, digits)}"
    return line(said, (note, style.FAINT), indent=2)


def _number_loss(encoding: Encoding, result: Bptt, digits: int) -> list[RenderableType]:
    """The loss of predicted numbers: each in the units of the data, and as the network says it, where the loss is taken."""
    one = result.trace.network.architecture.task == MANY_TO_ONE
    logits = result.trace.logits
    assert logits is not None
    said, wanted = logits[None] if one else logits, result.target.targets
    names = [clean(name) for name in encoding.outputs(said.shape[-1])]
    predicted, true = encoding.in_units(said), encoding.in_units(wanted)
    rows: list[list[str | Text]] = []
    for k in clip_middle(range(len(said)), MOST_ROWS, tail=2):
        if k is None:
            rows.append(["…", f"{len(said) - MOST_ROWS} more steps"])
            continue
        for j, name in enumerate(names):
            numbers = [predicted[k, j], true[k, j]]
            scaled = [said[k, j], wanted[k, j], result.loss.dlogits[k, j]]
            first = j == 0
            rows.append(
                [
                    f"L_{result.loss_steps[k]}" if first else "",
                    name,
                    *(short(float(value), digits) for value in numbers),
                    *(number(float(value), digits) for value in scaled),
                    _plain(float(result.loss.each[k]), digits) if first else "",
                ]
            )
    scaled_note = "scaled as in training: (value - mean) / scale" if encoding.rescales_outputs else ""
    header = ["", "", "prediction", "target", "y", "target", "dL/dy", "loss"]
    page: list[RenderableType] = [
        heading("Loss", "mse" + f"; y and its target are {scaled_note}" * bool(scaled_note)),
        Equations("L = mean of (y - target)^2     dL/dy = 2 (y - target) / outputs"),
        Grid(header, rows, frozen=2, align="<<>"),
    ]
    if not one:
        page.append(_of_the_steps(result, digits))
    return [*page, blank()]


def steps_part(
    model: Model, sequence: Sequence, result: Bptt, choice: Choice, digits: int, layer: int, direction: str
) -> list[RenderableType]:
    """Each step of one layer and direction of the backward pass, the last step first."""
    T = len(sequence.inputs)
    order = list(range(1, T + 1) if direction == BACKWARD else range(T, 0, -1))
    if choice.steps is not None:
        order = [t for t in order if t in choice.steps]
    shown = clip_middle(order, MOST_STEPS if choice.steps is None else len(order))
    size = model.network.architecture.size_of(layer)
    units = _worked_out(result, choice, layer, direction)
    page: list[RenderableType] = []
    for t in shown:
        if t is None:
            left = sorted(set(order) - {t for t in shown if t is not None})
            page += [
                line((f"Steps {left[-1]} to {left[0]} go the same way: --steps {left[0]}:{left[-1]}", style.FAINT)),
                blank(),
            ]
            continue
        page += _step(model, sequence, result, result.at(layer, direction, t), units, digits)
    other = next((unit for unit in range(1, size + 1) if unit not in units), None)
    if other is not None:
        page.append(line((f"{count(size - len(units), 'more unit')}: --unit {other}", style.FAINT), indent=2))
    return page


def _worked_out(result: Bptt, choice: Choice, layer: int, direction: str) -> list[int]:
    """The units that are written out: those that were asked for, or the first few by the rule."""
    units = units_of(result.trace, choice, layer, direction)
    return list(units.numbers) if choice.units is not None else units.first(MOST_UNITS)


def _step(
    model: Model, sequence: Sequence, result: Bptt, step: BackStep, units: list[int], digits: int
) -> list[RenderableType]:
    T, t = len(sequence.inputs), step.t
    before = t + 1 if step.direction == BACKWARD else t - 1
    before = 0 if before > T else before
    gradient = step.gradient
    H, size = gradient.error.h.shape[0], gradient.dx.shape[0]
    word = f' "{clean(sequence.names[t - 1])}"' if sequence.tokens is not None else ""
    page: list[RenderableType] = [
        line(
            (f"Step {t} of {T}, backwards", style.HEADING),
            (word, style.WORD),
            (_where(model, step.layer, step.direction), style.FAINT),
        )
    ]
    from_output, from_future = step.from_output.sum(axis=0), step.from_future.h.sum(axis=0)
    rows: list[list[str | Text]] = [
        [
            f"unit {unit}",
            number(from_output[unit - 1], digits),
            "+",
            number(from_future[unit - 1], digits),
            "=",
            number(gradient.error.h[unit - 1], digits),
        ]
        for unit in units
    ]
    page.append(Grid(["", "from the output", "", "from the future", "", f"dh_{t}"], rows, frozen=6, align="<>>>>>"))
    for update in gradient.updates:
        label = timed(update.symbol, t, step.direction, T)
        page.append(line((timed(update.equation, t, step.direction, T), style.EQUATION), indent=2))
        rows = []
        for unit in units:
            k = unit - 1
            addends = ["·".join(factor(float(one.value[k]), digits) for one in factors) for factors in update.products]
            rows.append([f"unit {unit}", label, " + ".join(addends), "=", number(update.value[k], digits)])
        page.append(Grid(["", "", "", "", ""], rows, frozen=5, align="<<<>>"))
    allowed = result.allowed[step.direction]  # an error goes on where it may be at both steps
    stops = before > 0 and bool((allowed[:, t - 1] & ~allowed[:, before - 1]).any())
    cut = stops and not (allowed[:, t - 1] & allowed[:, before - 1]).any()
    after = result.at(step.layer, step.direction, before).from_future if stops and not cut else {}
    for name, parts in gradient.back.items():
        first = name == "h"
        words = f"passes on to h_{before}  " if first else f"and to {name}_{before}  "
        said = f"cut: does not pass on to h_{before}  " if first and cut else words
        symbols = " + ".join(timed(symbol, t, step.direction, T) for symbol, _ in parts)
        total = vector(gradient.before[name], digits, 6)
        page.append(
            Wide(
                line(
                    (said, style.WARNING if cut and first else style.FAINT),
                    (f"{symbols} = ", style.EQUATION),
                    total,
                    indent=2,
                ),
                [Equations(f"{words}{symbols}"), line("= ", total, indent=19 + len(str(before)))],
            )
        )
        if name in after:
            through = vector(after[name].sum(axis=0), digits, 6)
            page.append(line((f"of it, the errors that are not cut: {through}", style.WARNING), indent=4))
    rows = []
    for one in gradient.contributions:
        shape = f"({H},) ⊗ ({len(one.right)},) = {H}×{len(one.right)}" if one.right is not None else f"({H},)"
        symbol = timed(one.symbol.replace("da_t", f"da_{t}"), t, step.direction, T)
        rows.append(
            [
                f"d{one.name} +=",
                symbol,
                shape,
                _plain(norm(one.value), digits),
            ]
        )
    page.append(Grid(["gives to", "", "shapes", "norm"], rows, frozen=4, align="<<<>"))
    given = {one.name: one.value for one in gradient.contributions}
    page += weight_rows(given, list(model.network.cell.gates), units, digits)
    if step.layer:
        page.append(
            line(
                (
                    f"dx_{t}, {count(size, 'number')}, goes to layer {step.layer - 1} as the error of its output",
                    style.FAINT,
                ),
                indent=2,
            )
        )
    page.append(blank())
    return page


def contributions_part(
    model: Model, sequence: Sequence, result: Bptt, choice: Choice, digits: int
) -> list[RenderableType]:
    """One row per step: the size of the error and of what it gave to each weight; below, the sums."""
    page = layers_note(model.network.architecture, choice)
    T = len(sequence.inputs)
    for layer in choice.layers:
        for direction in choice.directions:
            page.append(
                heading(
                    f"What each step gives to the weights{_where(model, layer, direction)}",
                    "norms, which say how much arrives there and not which word decides; last, the norm of the sum: the gradient",
                )
            )
            steps = [result.at(layer, direction, t) for t in range(1, T + 1)]
            names = [one.name for one in steps[0].gradient.contributions]
            columns = sorted(names, key=lambda name: (name[0] != "W", name[0] == "b", name.startswith("W_h")))
            largest = max((norm(step.gradient.error.h) for step in steps), default=0.0)
            rows: list[list[str | Text]] = []
            for t in clip_middle(range(T, 0, -1), MOST_ROWS, tail=3):
                if t is None:
                    rows.append(["…", f"{T - MOST_ROWS} more steps"])
                    continue
                step = steps[t - 1]
                parts = {one.name: norm(one.value) for one in step.gradient.contributions}
                size = norm(step.gradient.error.h)
                bar = "█" * round(12 * (size / largest)) if 0 < largest < np.inf and size <= largest else ""
                rows.append(
                    [
                        f"t = {t}",
                        brief(sequence.names[t - 1]),
                        _plain(size, digits),
                        bar,
                        *(_plain(parts[name], digits) for name in columns),
                    ]
                )
            named = _gradients(result, layer, direction)
            rows.append(["sum", "gradient", "", "", *(_plain(norm(named[name]), digits) for name in columns)])
            header = ["", "", "‖dh_t‖", "", *(f"‖d{name}‖" for name in columns)]
            gates = len(model.network.cell.gates)
            page += [Grid(header, rows, frozen=4, align="<<><>", keep_together=gates)]
            if len(model.network.cell.states) > 1:
                page.append(_carried(model, result, layer, direction, digits))
            page.append(blank())
            units = _worked_out(result, choice, layer, direction)
            tables = weight_rows(named, list(model.network.cell.gates), units, digits)
            if tables:
                page += [line(("the gradient: the sums, number by number", style.FAINT), indent=2), *tables, blank()]
    return page


def _carried(model: Model, result: Bptt, layer: int, direction: str, digits: int) -> RenderableType:
    """The size of the error of all that is carried, of which the Notice speaks."""
    T, symbol = len(result.trace.inputs), model.network.cell.jacobian_symbol
    sizes = [
        "…" if t is None else f"{_plain(result.error_size(layer, direction, t), digits)} (t = {t})"
        for t in clip_middle(range(T, 0, -1), MOST_ROWS, tail=3)
    ]
    return Prose(f"‖d{symbol}‖, the error of all that is carried: {', '.join(sizes)}", " ", style=style.FAINT)


def _gradients(result: Bptt, layer: int, direction: str) -> dict[str, Array]:
    """The gradients under the names of the equations."""
    return result.trace.network.gradients_by_name(result.gradients, layer, direction)


def _plain(value: float, digits: int) -> str:
    return signed(value, digits).lstrip("+")


def _where(model: Model, layer: int, direction: str) -> str:
    a = model.network.architecture
    return f", layer {layer}" * (a.num_layers > 1) + f", {direction}" * (not a.forward_only)


def _what_to_notice(sequence: Sequence, report: BackwardReport) -> str:
    """How much of the error is left at the first word, or how much of the gradient came through memory."""
    result = report.full
    T = len(sequence.inputs)
    a = result.trace.network.architecture
    if T == 1 and any(state.h.any() for state in result.trace.initial.values()):
        return "With one step nothing goes back from step to step: what is left of the error goes to the first states."
    if T == 1:
        cell, matrices = result.trace.network.cell, result.trace.network.cell.recurrent_words
        idle = (
            f": {matrices} {'get' if len(cell.recurrent) > 1 else 'gets'} no gradient, because h_0 is zero"
            if matrices
            else ""
        )
        return f"With one step nothing goes back through time{idle}."
    if report.truncation is not None:
        return truncation_words(report.truncation, report.result.allowed)
    if a.reads_ends:
        return " ".join(error_back(result, sequence, direction) for direction in a.directions)
    items = result.items
    if items is None or not items.totals.any():
        top = [result.at(a.num_layers - 1, direction, t) for direction in a.directions for t in range(1, T + 1)]
        if not any(step.from_output.any() for step in top):
            return "No error arrives at any step: dL/dh is 0 at each."
        if not any(step.from_future.h.any() for step in top):
            return "Each step gets the error of its own output alone: nothing comes back through memory."
        return (
            "Each step gets the error of its own output and, through memory, what the losses of other steps sent back."
        )
    gives = items.totals > 0
    k = int(np.argmax(np.where(gives, items.totals - items.immediate, -np.inf)))
    t, share = result.entries[k], float(items.immediate[k]) / float(items.totals[k])
    what = "the error that enters" if a.task == MANY_TO_ONE else "the loss"
    weights = f"the {result.trace.network.cell.weights_of_memory}"
    return (
        f'Of what {what} at "{clean(sequence.names[t - 1])}" (step {t}) gives to {weights}{of_all(a)}, the immediate part '
        f"alone has a norm of {percent(share)} of the whole's: all other parts came through memory."
    )


def error_back(result: Bptt, sequence: Sequence, direction: str) -> str:
    """What became of the error of the top layer's states from the last step of a direction's run to its first.

    It enters at the last, from the loss: at step T, in the backward direction at step 1.
    """
    architecture = result.trace.network.architecture
    T, top = len(sequence.inputs), architecture.num_layers - 1
    end, start = (1, T) if direction == BACKWARD else (T, 1)
    here, there = (result.error_size(top, direction, t) for t in (end, start))
    at_end, at_start = (f'"{clean(sequence.names[t - 1])}" (step {t})' for t in (end, start))
    place = [f"layer {top}"] * (architecture.num_layers > 1) + [direction] * (not architecture.forward_only)
    lead = f"{', '.join(place)}: " if place else ""
    symbol = result.trace.network.cell.jacobian_symbol
    lead_in = f"at {at_start} the error of {symbol} is"
    of_end = ratio(there, here, 3) if here else ""
    said = f"{lead_in} {of_end} times as large as at {at_end}"
    begin = here
    if T > 2 and here and there and _read_at_h_alone(result, top, direction, end):
        # as rnn gradients measures what is kept: c, which the loss does not read, has no error before one step back
        back = 2 if direction == BACKWARD else T - 1
        entered = result.error_size(top, direction, back)
        if entered:
            begin, of_end = entered, ratio(there, entered, 3)
            one_back = f'"{clean(sequence.names[back - 1])}" (step {back})'
            said = (
                f"{lead_in} {of_end} times as large as at {one_back}, one step back, where all states have it, and "
                f"{ratio(there, here, 3)} times as large as at {at_end}, where the loss reads h alone"
            )
    if here == 0:
        said = f"no error arrives at {at_end}."
    elif there == 0:
        said = f"at {at_start} the error of {symbol} is 0 in double precision: nothing of it is left."
    elif of_end == "1":
        said += ": it kept its size back through time."
    else:
        since = " from one step back on" if begin is not here else " back through time"
        said += f": it {'grew' if there > begin else 'shrank'}{since}."
    said = lead + said
    return said[0].upper() + said[1:]


def _read_at_h_alone(result: Bptt, layer: int, direction: str, t: int) -> bool:
    """Whether the cell carries more than h, and no error but that of h enters at a step."""
    cell, step = result.trace.network.cell, result.at(layer, direction, t)
    if len(cell.coordinate_names) == 1:
        return False
    return not any(array.any() for name, array in step.from_future.items() if name != "h")


def _next(model: Model, sequence: Sequence, report: BackwardReport) -> list[RenderableType]:
    text = quotable(sequence)
    if text is None or model.random or model.has_decoder:
        return following(("rnn bptt -h", "truncation, clipping, other targets"))
    why = command_line("gradients", text, *_target_again(model, report.result), flags=model.flags)
    commands = [(why, "why the error shrinks or grows: Jacobians and their products")]
    a = model.network.architecture
    if report.truncation is None and a.task == MANY_TO_ONE and a.output_size:
        target = report.result.target
        if target.kind == "cross-entropy":
            asked = ("--target", model.label(int(target.targets[0])), "--truncate", "1")
            commands.append(
                (command_line("bptt", text, *asked, flags=model.flags), "cut the chain and see what is lost")
            )
    return following(*commands)


def _target_again(model: Model, result: Bptt) -> tuple[str, ...]:
    """The target as an option; a language model takes its next words without one. () where no option would say it."""
    target = result.target
    if target.kind == SUM:
        return ("--loss", SUM)
    if not result.trace.network.architecture.output_size:
        return ()
    if target.kind != "cross-entropy" or is_language_model(model) or not (target.weights > 0).all():
        return ()
    labels = [model.label(int(k)) for k in target.targets]
    return ("--target", " ".join(labels)) if len(labels) == 1 or not any(" " in one for one in labels) else ()
