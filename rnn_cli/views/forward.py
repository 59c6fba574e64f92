"""The pages of rnn forward: every state and gate of one sequence as tables, or one row for each of many."""

from collections.abc import Iterator
from collections.abc import Sequence as Series
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.fast.batches import SequenceRun
from rnn_cli.core.forward import LayerStates
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Architecture
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.forward import ForwardResult, ManyForwardResult
from rnn_cli.study.shown import Choice
from rnn_cli.study.units import ShownUnits
from rnn_cli.study.wide import WIDE
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, percent, short, signed
from rnn_cli.views.page import Grid, blank, clip_middle, following, heading, line, notice
from rnn_cli.views.parts import quotable, readout_part, text_to_vectors, title, titled
from rnn_cli.views.shapes import shapes_part
from rnn_cli.views.states import (
    MOST_ROWS,
    heat_map,
    layers_note,
    lead_of,
    number,
    of_place,
    tile_map,
    units_note,
    with_remarks,
)

MOST_GATE_UNITS = 4
MOST_SUMMARY = 3
MOST_OUTPUTS = 4
SHORTEST_TEXT = 24


def forward_page(result: ForwardResult, digits: int) -> list[RenderableType]:
    """One sequence: words to vectors, then all gates and states of every chosen layer and direction."""
    model, sequence, run, choice = result.model, result.sequence, result.run, result.choice
    explain, decoded = result.explain_shapes, result.decoded
    head = title(sequence, model)
    looks: list[RenderableType] = []
    if decoded is not None:
        from rnn_cli.views.attention import alignment_part
        from rnn_cli.views.context import context_part, said

        head = titled(said(decoded), model)
        if sequence is decoded.decoder.sequence:
            head += context_part(decoded, digits)
            looks = alignment_part(decoded, choice)
    if result.left_range:
        sentence, choice = result.left_range, choice.naming_departure(run.departure)
    else:
        sentence, choice = _notice(model, sequence, run, choice, digits, explain)
    return [
        *head,
        *tables_part(model, sequence, run, choice, digits, explain, looks),
        notice(sentence),
        *_next(model, sequence if decoded is None else decoded.given, explain),
    ]


def tables_part(
    model: Model,
    sequence: Sequence,
    run: SequenceRun,
    choice: Choice,
    digits: int,
    explain: bool,
    looks: Series[RenderableType] = (),
) -> list[RenderableType]:
    """All tables of one network: vectors, gates and states, `looks` of a decoder with attention, readout."""
    page = text_to_vectors(sequence, model, digits)
    page += layers_note(model.network.architecture, choice)
    for states in run.states:
        if states.layer in choice.layers and states.direction in choice.directions:
            page += _layer(model, sequence, states, choice, digits)
    if explain:
        page += [*shapes_part(model, sequence, run, digits, "what each row of output found" if looks else ""), blank()]
    reads = "s~_u" if looks else None
    return [*page, *looks, *readout_part(model, sequence.names, run.logits, run.probabilities, digits, reads)]


def _layer(model: Model, sequence: Sequence, states: LayerStates, choice: Choice, digits: int) -> list[RenderableType]:
    """All quantities of one layer in one direction, one row a step, in time order; then h as a heat map."""
    architecture = model.network.architecture
    where = f", layer {states.layer}" * (architecture.num_layers > 1)
    where += f", {states.direction}" * (not architecture.forward_only)
    order = "computed from the last row up" if states.direction == BACKWARD else "computed from the first row down"
    gates = dict(states.gates) if len(states.gates) > 1 else {}
    names = [*(name for name in states.states if name != "h"), "h"]
    carried = {name: states.states[name] for name in names}
    initial = {name: states.initial[name] for name in names}
    choice, remarks = with_remarks(model.network.cell, states, choice)
    units = choice.units_of(model.network, states.layer, states.direction, states.h, states.initial["h"])
    back = states.direction == BACKWARD
    # Numbers of every gate of many units would be pages; their signs are a few lines.
    draws_gates = bool(gates) and choice.units is None and len(units.ranked) > MOST_GATE_UNITS
    part: list[RenderableType] = [
        heading(
            f"{'Gates and states' if gates and not draws_gates else 'Hidden states'}{where}",
            f"{order}; a column is quantity{'' if units.size > WIDE else '[step]'}[unit]",
        ),
        *units_note(units),
    ]
    if gates and not draws_gates:
        part += [_timeline(sequence.names, gates, {}, back, units, choice, digits), blank()]
    part.append(_timeline(sequence.names, carried, initial, back, units, choice, digits))
    if choice.steps is None and len(states.h) > MOST_ROWS:
        part.append(line((f"all {len(states.h)} steps: --steps all", style.FAINT), indent=2))
    part.append(blank())
    if draws_gates:
        shares = {name: 1.0 for name, activation in model.network.cell.gates.items() if activation == "sigmoid"}
        part += tile_map(sequence.names, {**gates, **carried}, units, shares)
        numbers = ",".join(map(str, units.first(MOST_GATE_UNITS)))
        part.append(line((f"the gates in numbers: --unit {numbers}", style.FAINT), indent=2))
    else:
        part += heat_map(sequence.names, carried, units)
    return [*part, blank(), *remarks]


def _timeline(
    words: Series[str],
    quantities: dict[str, Array],
    initial: dict[str, Array],
    back: bool,
    units: ShownUnits,
    choice: Choice,
    digits: int,
) -> Grid:
    """One row a step, in time order; the initial state stands where the direction starts, below the last step if `back`."""
    length = len(next(iter(quantities.values())))
    steps = list(choice.steps) if choice.steps is not None else list(range(1, length + 1))
    rows: list[list[str | Text]] = []
    for t in clip_middle(steps, len(steps) if choice.steps is not None else MOST_ROWS, tail=3):
        if t is None:
            rows.append(["…", f"{len(steps) - MOST_ROWS} more steps"])
        else:
            row: list[str | Text] = [str(t), clean(words[t - 1])]
            row += [number(values[t - 1, unit - 1], digits) for values in quantities.values() for unit in units.numbers]
            rows.append(row)
    if initial:
        start: list[str | Text] = ["0", "start"]
        start += [number(initial[name][unit - 1], digits) for name in quantities for unit in units.numbers]
        rows.insert(len(rows) if back else 0, start)
    wide = units.size > WIDE
    step = "" if wide else "[t]"
    header = ["t", "", *(f"{name}{step}[{unit}]" for name in quantities for unit in units.numbers)]
    return Grid(header, rows, frozen=2, align="><>", gap=1 if wide else 2, keep_together=len(units.numbers))


def _notice(
    model: Model, sequence: Sequence, run: SequenceRun, choice: Choice, digits: int, explain: bool
) -> tuple[str, Choice]:
    """One sentence: what the gates or the states do, of all layers and directions that are shown.

    With it comes the choice that has the unit which the sentence names.
    """
    architecture, cell = model.network.architecture, model.network.cell
    if explain and architecture.bidirectional and len(run.output) > 1:
        readout = " and as the readout does" * (architecture.output_size > 0 and architecture.reads_ends)
        summary = (
            f"output[-1] is not a summary of the sequence: its backward half is h_{len(run.output)}, the first step of "
            f"that direction. A summary takes each direction where it ends, as h_n does{readout}."
        )
        return summary, choice
    left_in = choice.places_left_in(architecture)
    every = [one for one in run.states if (one.layer, one.direction) in left_in]
    shown = [one for one in every if one.layer in choice.layers]
    shares = [_kept(cell, states) for states in shown]
    if cell.keeps is None or any(share is None for share in shares):
        return _saturation(cell, architecture, every, shown, choice, digits)
    if len(run.output) == 1:
        first = (array[0] for states in every for array in states.in_run_order()[1].values())
        if any(array.any() for array in first):
            return "with one step the only memory is the initial state.", choice
        return "with one step there is no memory yet: the gates multiply an initial state that is all zeros.", choice
    empty = [not any(array[0].any() for array in states.in_run_order()[1].values()) for states in shown]
    for states, share, zeros in zip(shown, shares, empty, strict=True):
        if zeros:  # the gate of the first computed step multiplies zeros: nothing to keep there
            share[len(states.h) - 1 if states.direction == BACKWARD else 0] = -1  # type: ignore[index]
    k, t, unit = _largest(shares, choice)  # type: ignore[arg-type]
    of, value = _of(architecture, shown, k), float(shares[k][t - 1, unit - 1])  # type: ignore[index]
    lead = lead_of(choice, max(states.h.shape[1] for states in shown), len(run.output))
    kept = {"h": "the hidden state", "c": "the cell state"}.get(cell.keeps[1], cell.keeps[1])
    symbol = cell.path_symbol.replace("_t", "").removeprefix("(").removesuffix(")")
    said = (
        f'{lead}unit {unit}{of} keeps most at "{clean(sequence.names[t - 1])}" (step {t}): {symbol} = '
        f"{signed(value, digits)} lets {percent(value)} of {kept} before it through."
    )
    return said, choice.naming(shown[k].layer, shown[k].direction, unit)


def _largest(values: Series[Array], choice: Choice) -> tuple[int, int, int]:
    """Where the largest of all values is, (T, H) for each part of a network: the part from 0, the step and the unit from 1.

    Where the user named units, of those.
    """
    units = [choice.units_in(array.shape[1]) for array in values]
    columns = [array[:, [unit - 1 for unit in own]] for array, own in zip(values, units, strict=True)]
    k = max(range(len(values)), key=lambda k: float(columns[k].max()))
    t, column = np.unravel_index(int(columns[k].argmax()), columns[k].shape)
    return k, int(t) + 1, units[k][int(column)]


def _of(architecture: Architecture, shown: Series[LayerStates], k: int) -> str:
    return of_place(architecture, shown[k].layer, shown[k].direction, len(shown))


def _kept(cell: Cell, states: LayerStates) -> Array | None:
    """What each step keeps of the state before it, in time order, (T, H); None where no gate keeps a state."""
    share = cell.keep_share(*states.in_run_order())
    return None if share is None else share[:: -1 if states.direction == BACKWARD else 1].copy()


def _saturation(
    cell: Cell,
    architecture: Architecture,
    every: Series[LayerStates],
    shown: Series[LayerStates],
    choice: Choice,
    digits: int,
) -> tuple[str, Choice]:
    activation = cell.gates.get("h")
    if activation == "relu":
        silent, size = sum(int((one.h == 0).sum()) for one in every), sum(one.h.size for one in every)
        said = f"{silent:,} of {count(size, 'hidden value')} {'is' if silent == 1 else 'are'} exactly 0: there ReLU lets no gradient back."
        return said, choice
    if not any(one.h.any() for one in every):
        middle = (
            ", midway between tanh's limits of -1 and +1: there a change of a_t changes h_t by as much (1 - h^2 = 1)"
        )
        return f"every hidden value is 0{middle if activation == 'tanh' else ''}.", choice
    k, t, unit = _largest([np.abs(one.h) for one in shown], choice)
    of, value = _of(architecture, shown, k), float(shown[k].h[t - 1, unit - 1])
    choice = choice.naming(shown[k].layer, shown[k].direction, unit)
    said = f"{lead_of(choice, len(shown[k].h[0]), len(shown[k].h))}h[{t}][{unit}]{of} = {signed(value, digits)} is"
    if activation != "tanh":
        return f"{said} the hidden value of the largest size.", choice
    slope = 1 - value * value
    change = f"there a change of a_{t} changes h_{t} by {'only ' * (slope < 0.5)}{percent(slope)} of it (1 - h^2)"
    return f"{said} the closest to tanh's limits of -1 and +1: {change}.", choice


def _next(model: Model, sequence: Sequence, explain: bool) -> list[RenderableType]:
    text = quotable(sequence)
    role = ("--network", model.role) if model.role else ()
    if text is None:
        return following(("rnn forward -h", "choose steps, units, layers and directions"))
    whose = "PyTorch's output" if model.network.cell.frameworks.get("PyTorch") else "the output"
    shapes = command_line("forward", text, *role, "--explain-shapes", flags=model.flags)
    return following(
        (command_line("trace", text, *role, flags=model.flags), "the arithmetic behind these tables"),
        *([] if explain else [(shapes, f"which slice of {whose} is what")]),
    )


@dataclass(frozen=True)
class Row:
    """Cells of fixed widths and then a text, which alone is shortened where the page is too narrow."""

    cells: Series[str | Text]
    widths: Series[int]
    text: str
    text_style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        row = line("", indent=2)
        for cell, width in zip(self.cells, self.widths, strict=True):
            part = cell if isinstance(cell, Text) else Text(cell, style=self.text_style)
            space = " " * max(abs(width) - part.cell_len, 0)
            row.append(space if width > 0 else "").append_text(part).append(("" if width > 0 else space) + "  ")
        room = max(options.max_width - row.cell_len, SHORTEST_TEXT)
        text = Text(self.text, style=self.text_style)
        text.truncate(room, overflow="ellipsis")
        row.append_text(text)
        row.rstrip()
        yield row


@dataclass
class Tally:
    """What many rows have in common, counted while they go by."""

    number: int = 0
    shortest: int = 0
    longest: int = 0
    predicted: dict[str, int] | None = None
    closest: tuple[float, int, str] | None = None

    def add(self, model: Model, run: SequenceRun) -> None:
        """Count one sequence."""
        self.number += 1
        self.shortest = min(self.shortest or len(run.inputs), len(run.inputs))
        self.longest = max(self.longest, len(run.inputs))
        finite = run.probabilities is not None and np.isfinite(run.probabilities).all()
        if run.probabilities is not None and run.probabilities.ndim == 1 and finite and not model.numeric:
            best = int(run.probabilities.argmax())
            label, share = clean(model.label(best)), float(run.probabilities[best])
            self.predicted = self.predicted or {}
            self.predicted[label] = self.predicted.get(label, 0) + 1
            if self.closest is None or share < self.closest[0]:
                self.closest = (share, self.number, label)

    def words(self, hidden_size: int) -> str:
        """The Notice sentence."""
        if self.predicted and self.closest:
            most = sorted(self.predicted.items(), key=lambda item: (-item[1], item[0]))[:4]
            counts = ", ".join(f"{number:,} {label}" for label, number in most)
            more = f" and {len(self.predicted) - 4} other labels" if len(self.predicted) > 4 else ""
            share, row, label = self.closest
            return (
                f"Of {count(self.number, 'sequence')} the network calls {counts}{more}. It is least sure of row {row}: "
                f"{label}, {percent(share)}."
            )
        if self.shortest == self.longest:
            return f"h_T has {hidden_size} numbers for each of {count(self.number, 'sequence')}."
        return f"h_T has {hidden_size} numbers after {self.shortest} steps and after {self.longest}."


def many_forward_page(result: ManyForwardResult, digits: int) -> Iterator[RenderableType]:
    """One row a sequence, drawn as it is computed: the prediction and the first units of the states at the end.

    Where every step has a prediction those are the row, and states are shown only for the units that were chosen.
    """
    model, runs, choice, (name, option) = result.model, result.runs, result.choice, result.source
    architecture = model.network.architecture
    layer = choice.layers[-1]
    size = architecture.size_of(layer)
    most = MOST_SUMMARY if len(choice.directions) == 1 else 2
    tags = architecture.output_size > 0 and architecture.task != MANY_TO_ONE and not model.numeric
    units = choice.units_in(size if choice.units else 0 if tags else min(size, most))
    decides = architecture.output_size > 0 and architecture.task == MANY_TO_ONE
    outputs = model.encoding.outputs(architecture.output_size) if model.numeric and model.encoding is not None else ()
    header = ["row", "T"] + (["prediction", ""] if decides and not outputs else [])
    widths = [5, 4]
    if outputs and decides:
        header += [clean(name) for name in outputs[:MOST_OUTPUTS]]
        widths += [max(cell_len(clean(name)), digits + 6) for name in outputs[:MOST_OUTPUTS]]
    elif decides:
        labels = [cell_len(clean(model.label(k))) for k in range(architecture.output_size)]
        widths += [-max(len("prediction"), *labels), 6]
    for direction in choice.directions:
        end = "h_1" if direction == BACKWARD else "h_T"
        header += [f"{end}[{unit}]" for unit in units]
        widths += [digits + 5] * len(units)
    tally = Tally()
    yield from titled(name, model)
    if units:
        yield heading("The states at the end of each sequence", _ends(model, choice, layer))
    else:
        yield heading("The prediction at each step", "word/prediction; the states too: --unit 1")
    yield Row(header, widths, "word/prediction" if tags else "", style.FAINT)
    for sequence, run in runs:
        tally.add(model, run)
        yield Row(
            _cells(model.after(sequence.raw), run, choice, layer, units, decides, digits, tally.number),
            widths,
            _text(model, sequence, run),
        )
    if choice.units is None and size > len(units) > 0:
        yield line((f"{count(size - len(units), 'more unit')}: --unit 1:{size}", style.FAINT), indent=2)
    yield blank()
    yield notice(result.left_range or tally.words(size))
    command = command_line(f"forward {option}", flags=model.flags)
    if option and command:
        yield from following(
            (f"{command} --only 1", "all tables of one sequence, here row 1"),
            (f"{command} --json --lines", "every number, one JSON document a line"),
        )


def _ends(model: Model, choice: Choice, layer: int) -> str:
    """What the columns of states hold."""
    which = f"layer {layer}, " if model.network.architecture.num_layers > 1 else ""
    if choice.directions == (BACKWARD,):
        return which + "h_1 of the backward direction, which has read the text from its end to its start"
    if len(choice.directions) > 1:
        return which + "h_T of the forward direction and h_1 of the backward: each has read the whole text"
    return which + "h_T has read the whole text"


def _cells(
    model: Model,
    run: SequenceRun,
    choice: Choice,
    layer: int,
    units: Series[int],
    decides: bool,
    digits: int,
    row: int,
) -> list[str | Text]:
    cells: list[str | Text] = [str(row), str(len(run.inputs))]
    if decides and model.numeric and model.encoding is not None and run.logits is not None:
        cells += [short(value, digits) for value in model.encoding.in_units(run.logits)[:MOST_OUTPUTS]]
    elif decides and run.probabilities is not None:
        best = int(run.probabilities.argmax())
        share = float(run.probabilities[best])
        cells += [clean(model.label(best)), percent(share)] if np.isfinite(share) else ["none", ""]
    for direction in choice.directions:
        end = run.final[layer, direction].h
        cells += [number(end[unit - 1], digits) for unit in units]
    return cells


def _text(model: Model, sequence: Sequence, run: SequenceRun) -> str:
    """The words, with * behind those that the vocabulary lacks; with a label at each step, word/label."""
    words = [clean(word) for word in sequence.names]
    if sequence.known is not None and model.vocabulary:
        words = [word + "*" * (not known) for word, known in zip(words, sequence.known, strict=True)]
    if run.probabilities is not None and run.probabilities.ndim == 2 and not model.numeric:
        best = run.probabilities.argmax(axis=-1)
        words = [f"{word}/{clean(model.label(int(k)))}" for word, k in zip(words, best, strict=True)]
    elif sequence.tokens is None:
        return ""
    return " ".join(words)
