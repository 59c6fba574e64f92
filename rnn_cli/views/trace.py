"""The page of rnn trace: words to vectors, every product and sum, states over time, the unrolled network, the readout."""

from collections.abc import Sequence as Series

import numpy as np
from rich.console import RenderableType

from rnn_cli.core.network import BACKWARD
from rnn_cli.core.quantities import Update
from rnn_cli.core.trace import Trace
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.range import said
from rnn_cli.study.rows import gate_rows, update_rows
from rnn_cli.study.shown import Choice
from rnn_cli.study.trace import TraceResult, units_of
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.arithmetic import Arithmetic, Wording
from rnn_cli.views.clean import clean
from rnn_cli.views.diagram import Unrolled
from rnn_cli.views.numbers import count, percent, short, signed
from rnn_cli.views.page import Prose, blank, clip_middle, following, heading, line, noted, notice
from rnn_cli.views.parts import (
    parameter_line,
    quotable,
    readout_part,
    rounding_note,
    text_to_vectors,
    title,
    titled,
)
from rnn_cli.views.reads import symbol_read
from rnn_cli.views.states import (
    heat_map,
    layers_note,
    lead_of,
    of_place,
    states_table,
    units_note,
    vector,
    with_remarks,
)

MOST_STEPS = 3
MOST_ARITHMETIC_UNITS = 4
MOST_OUTPUTS = 4
ROUNDING = 1e-12
"""Changes that differ by no more than this share are equal."""


def trace_page(result: TraceResult, digits: int) -> list[RenderableType]:
    """The whole page; a decoder also shows what it starts from."""
    model, sequence, trace, choice, decoded = result.model, result.sequence, result.trace, result.choice, result.decoded
    head = title(sequence, model)
    looks: list[RenderableType] = []
    if decoded is not None:
        from rnn_cli.views.attention import attention_part
        from rnn_cli.views.context import context_part, said

        head = titled(said(decoded), model)
        if trace is decoded.decoder.trace:
            looks = attention_part(decoded, choice, digits, result.arithmetic)
        if trace is decoded.decoder.trace:
            head += context_part(decoded, digits)
    if result.left_range:
        sentence, choice = result.left_range, choice.naming_departure(trace.departure)
    else:
        sentence, choice = what_to_notice(model, sequence, trace, choice, digits, result.overview)
    why: list[RenderableType] = []
    if result.explained is not None:
        from rnn_cli.views.attribution import attribution_part

        why = attribution_part(result.explained, digits)
    elif decoded is not None and decoded.encoder is None and not choice.is_part:
        from rnn_cli.views.attribution_texts import text_part

        why = text_part(decoded.rests_on)
    return [
        *head,
        *network_part(model, sequence, trace, choice, digits, result.arithmetic, result.overview, looks),
        *why,
        notice(sentence),
        *next_commands(model, sequence if decoded is None else decoded.given, trace, choice),
    ]


def network_part(
    model: Model,
    sequence: Sequence,
    trace: Trace,
    choice: Choice,
    digits: int,
    arithmetic: bool,
    overview: bool = False,
    looks: Series[RenderableType] = (),
) -> list[RenderableType]:
    """All that one network does with a sequence: from words to vectors, to states, to what it says.

    `looks` is what a decoder with attention does between its states and its readout.
    """
    page = text_to_vectors(sequence, model, digits)
    if overview:
        from rnn_cli.views.overview import overview_part

        page += overview_part(model, sequence, trace, choice, digits, arithmetic)
    if arithmetic:
        page += arithmetic_part(model, sequence, trace, choice, Wording(digits))
        page += [rounding_note(digits), blank()]
    page += memory_part(model, sequence, trace, choice, digits)
    outcome = outcome_words(model, trace)
    page += [
        heading("Unrolled in time", f"{_cells(model)} drawn once for each step"),
        Unrolled(model.network.architecture, sequence.names, outcome),
    ]
    page += [parameter_line(model), blank(), *looks]
    if trace.logits is not None and not np.isfinite(trace.logits).all():
        return [*page, heading("Readout"), Prose(no_prediction(model, trace), "  "), blank()]
    reads = "s~_u" if trace.look is not None else None
    return [*page, *readout_part(model, sequence.names, trace.logits, trace.probabilities, digits, reads)]


def _cells(model: Model) -> str:
    a = model.network.architecture
    cells = a.num_layers * len(a.directions)
    return "one cell," if cells == 1 else f"{cells} cells, each"


def arithmetic_part(
    model: Model, sequence: Sequence, trace: Trace, choice: Choice, wording: Wording
) -> list[RenderableType]:
    """The written-out steps of every chosen layer and direction."""
    architecture, gates = model.network.architecture, list(model.network.cell.gates)
    page: list[RenderableType] = []
    if len(gates) > 1:
        said = f"a_{gates[0]} is the sum that gate {gates[0]} is a function of; {gates[0]}_1 is that gate at step 1."
        page += [Prose(said, " ", style=style.FAINT), blank()]
    for layer in choice.layers:
        for direction in choice.directions:
            page += _steps(model, sequence, trace, choice, wording, layer, direction)
    layer = choice.layers[-1]
    hidden = architecture.size_of(layer) - MOST_ARITHMETIC_UNITS
    if choice.units is None and hidden > 0:
        # The first that are left out stand for the others.
        shown = _worked_out(trace, choice, layer, choice.directions[-1])
        other = next(unit for unit in range(1, architecture.size_of(layer) + 1) if unit not in shown)
        page.append(
            line(
                (f"{count(hidden, 'more unit')} worked out the same way: --unit {other}", style.FAINT),
                indent=2,
            )
        )
    return page


def _worked_out(trace: Trace, choice: Choice, layer: int, direction: str) -> list[int]:
    """The units that are written out: those that were asked for, or the first few by the rule."""
    units = units_of(trace, choice, layer, direction)
    return list(units.numbers) if choice.units is not None else units.first(MOST_ARITHMETIC_UNITS)


def _steps(
    model: Model, sequence: Sequence, trace: Trace, choice: Choice, wording: Wording, layer: int, direction: str
) -> list[RenderableType]:
    architecture, cell = model.network.architecture, model.network.cell
    T = len(sequence.inputs)
    where = f"   layer {layer}" * (architecture.num_layers > 1) + f"   {direction}" * (not architecture.forward_only)
    order = list(range(T, 0, -1) if direction == BACKWARD else range(1, T + 1))
    if choice.steps is not None:
        order = [t for t in order if t in choice.steps]
    shown = clip_middle(order, MOST_STEPS if choice.steps is None else len(order))
    units = _worked_out(trace, choice, layer, direction)
    full = choice.units is not None
    page: list[RenderableType] = []
    for t in shown:
        if t is None:
            left = sorted(set(order) - {t for t in shown if t is not None})
            page += [
                line((f"Steps {left[0]} to {left[-1]} go the same way: --steps {left[0]}:{left[-1]}", style.FAINT)),
                blank(),
            ]
            continue
        page += _step_heading(sequence, trace, wording, layer, direction, t, where)
        for one in trace.at(layer, direction, t).numbers.values():
            if isinstance(one, Update):
                page.append(line((f"{one.symbol} = {one.equation}", style.EQUATION), indent=2))
                page.append(Arithmetic(list(update_rows(trace, layer, direction, t, one, units)), wording, full))
                continue
            if len(cell.gates) > 1:
                page.append(line((f"gate {one.name}", style.HEADING), indent=2))
            page.append(Arithmetic(list(gate_rows(trace, layer, direction, t, one.name, units)), wording, full))
        page.append(blank())
    return page


def _step_heading(
    sequence: Sequence, trace: Trace, wording: Wording, layer: int, direction: str, t: int, where: str
) -> list[RenderableType]:
    step = trace.at(layer, direction, t)
    T = len(sequence.inputs)
    before = t + 1 if direction == BACKWARD else t - 1
    before = 0 if before > T else before
    word = f' "{clean(sequence.names[t - 1])}"' if sequence.tokens is not None else ""
    source = f"output of layer {layer - 1}" if layer else "its vector"
    page: list[RenderableType] = [line((f"Step {t} of {T}", style.HEADING), (word, style.WORD), (where, style.FAINT))]
    if type(wording) is Wording:
        page.append(noted(f"x_{t} = {vector(step.x, wording.digits)}", source, indent=2))
        start = "where the memory starts" + _given(sequence, trace) * bool(step.before.h.any()) if before == 0 else ""
        for name, state in step.before.items():
            note = start if name == "h" else ""
            page.append(noted(f"{name}_{before} = {vector(state, wording.digits)}", note, indent=2))
    return page


def _given(sequence: Sequence, trace: Trace) -> str:
    return ": as given" if sequence.initial else ": as the file has it" if trace.network.starts else ": the context"


def memory_part(model: Model, sequence: Sequence, trace: Trace, choice: Choice, digits: int) -> list[RenderableType]:
    """h over time (and the other states), as numbers and as a heat map, for every chosen layer and direction."""
    architecture = model.network.architecture
    page = layers_note(architecture, choice)
    for layer in choice.layers:
        for direction in choice.directions:
            where = f", layer {layer}" * (architecture.num_layers > 1) + f", {direction}" * (
                not architecture.forward_only
            )
            seen = "right" if direction == BACKWARD else "left"
            has_seen = f"h_t has seen its own word and all on its {seen}"
            if layer and architecture.bidirectional:
                has_seen = "h_t has seen every word: the layer below reads in both directions"
            page.append(heading(f"Memory over time{where}", has_seen))
            h = trace.states(layer, direction)
            zero = ("h_0", trace.initial[layer, direction].h)
            states = trace.layer_states(layer, direction)
            own, remarks = with_remarks(model.network.cell, states, choice)
            units = units_of(trace, own, layer, direction)
            page += units_note(units)
            page += states_table(sequence.names, h, "h", digits, units, first=zero, steps=choice.steps)
            for name in model.network.cell.states[1:]:
                other = trace.states(layer, direction, name)
                page += [blank(), *states_table(sequence.names, other, name, digits, units, steps=choice.steps)]
            page += [blank(), *heat_map(sequence.names, states.states, units, choice.steps), blank()]
            page += remarks
    return page


def outcome_words(model: Model, trace: Trace) -> str:
    """The prediction as text: softmax -> positive 90.0%; empty where there is no single readout."""
    if trace.logits is None or trace.probabilities is None or trace.probabilities.ndim != 1:
        return ""
    T = len(trace.inputs)
    read = symbol_read(model.network.architecture, T)
    if not np.isfinite(trace.logits).all():
        return f"{read} -> {no_prediction(model, trace)}"
    if model.numeric and model.encoding is not None:
        names = model.encoding.outputs(len(trace.logits))
        said = [
            f"{clean(name)} {short(v, 2)}" for name, v in zip(names, model.encoding.in_units(trace.logits), strict=True)
        ]
        return f"{read} -> W_hy, b_y -> {', '.join(said[:MOST_OUTPUTS])}{', …' * (len(said) > MOST_OUTPUTS)}"
    best = int(trace.probabilities.argmax())
    return f"{read} -> W_hy, b_y -> softmax -> {clean(model.label(best))} {percent(float(trace.probabilities[best]))}"


def no_prediction(model: Model, trace: Trace) -> str:
    """What stands where the prediction would be."""
    return f"no prediction: {said(trace.departure, model.network.architecture)}"


def what_to_notice(
    model: Model, sequence: Sequence, trace: Trace, choice: Choice, digits: int, overview: bool
) -> tuple[str, Choice]:
    """One sentence: which unit of all layers and directions that are shown moves most, and at which word.

    An overview has a row for each of them. With the sentence comes the choice that has the unit which it names.
    """
    T, cell, architecture = len(sequence.inputs), model.network.cell, model.network.architecture
    left_in = choice.places_left_in(architecture)
    places = left_in if overview else choice.places
    if T == 1:
        if any(trace.initial[where].joint().any() for where in left_in):
            return "With one step the only memory is the initial state.", choice
        matrices = cell.recurrent_words
        idle = (
            f"{matrices} {'multiply' if len(cell.recurrent) > 1 else 'multiplies'} h_0, which is"
            if matrices
            else "h_0 is"
        )
        return f"With one step there is no memory yet: {idle} all zeros.", choice
    changes = [
        (_largest_change(trace, *where, choice.units_in(architecture.size_of(where[0]))), where) for where in places
    ]
    change, (layer, direction) = max(changes, key=lambda one: one[0])
    lead = lead_of(choice, max(architecture.size_of(one) for one, _ in places), T)
    size, t, unit, before, after, _ = change
    if size == 0:
        return f"{lead}no unit moves: every h_t is what h_0 is.", choice
    word = clean(sequence.names[t - 1])
    where = of_place(architecture, layer, direction, len(places))
    equals = sum(one[5] for one, _ in changes if one[0] >= size * (1 - ROUNDING)) - 1
    so_far = f"; {count(equals, 'other move')} {'is' if equals == 1 else 'are'} as large" if equals else ""
    own = " of one layer and direction" if len(places) > 1 else ""
    sentence = (
        f'{lead}unit {unit}{where} moves most at "{word}" (step {t}): from {signed(before, digits)} to {signed(after, digits)}{so_far}. '
        f"The same weights made every row{own}; only what is read and the memory before it differ."
    )
    return sentence, choice.naming(layer, direction, unit)


def _largest_change(
    trace: Trace, layer: int, direction: str, units: Series[int]
) -> tuple[float, int, int, float, float, int]:
    """The largest change of one of the units in one step: its size, the step and the unit (from 1), from what to what.

    Last, how many changes are as large.
    """
    h, start = trace.states(layer, direction), trace.initial[layer, direction].h
    order = np.vstack([start, h[::-1] if direction == BACKWARD else h])[:, [unit - 1 for unit in units]]
    change = np.abs(np.diff(order, axis=0))
    step, k = (int(one) for one in np.unravel_index(int(change.argmax()), change.shape))
    t = len(h) - step if direction == BACKWARD else step + 1
    equals = int(np.count_nonzero(change >= change[step, k] * (1 - ROUNDING)))
    return float(change[step, k]), t, units[k], float(order[step, k]), float(order[step + 1, k]), equals


def next_commands(model: Model, sequence: Sequence, trace: Trace, choice: Choice) -> list[RenderableType]:
    """What to try next, with this very sentence where it is short, and a number that the page shows."""
    text = quotable(sequence)
    if text is None:
        return following(("rnn trace -h", "choose steps, units and layers"))
    role = ("--network", model.role) if model.role else ()
    why = command_line("trace", text, *role, "--why", _a_number(trace, choice), flags=model.flags)
    shapes = command_line("forward", text, *role, "--explain-shapes", flags=model.flags)
    found = [(why, "where one number comes from")]
    return following(*found, *([] if model.has_decoder else [(shapes, "the same states as tables")]))


def _a_number(trace: Trace, choice: Choice) -> str:
    """The first unit that is shown of the last step that is, as --why takes it."""
    layer, direction = choice.layers[-1], choice.directions[0]
    network, start = trace.network, trace.initial[layer, direction].h
    unit = choice.units_of(network, layer, direction, trace.states(layer, direction), start).ranked[0]
    step = len(trace.inputs) if choice.steps is None else choice.steps[-1]
    usual = (network.architecture.num_layers - 1, network.architecture.directions[0])
    return f"h[{step}][{unit}]" + (f"@{layer}.{direction}" if (layer, direction) != usual else "")


__all__: Series[str] = ["arithmetic_part", "trace_page"]
