"""What each slice of a recurrent module's output is, in PyTorch's terms and with the numbers of this very run."""

from collections.abc import Iterator

from rich.console import RenderableType

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.batches import SequenceRun
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Architecture
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Grid, Prose, blank, heading, line
from rnn_cli.views.states import vector

MODULES = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
LABEL = 18
FEW_WORDS = 5


def shapes_part(model: Model, sequence: Sequence, run: SequenceRun, digits: int) -> list[RenderableType]:
    """Three sections: the shapes, the slices of `output`, the rows of `h_n` and `c_n`."""
    a = model.network.architecture
    part: list[RenderableType] = [heading("Shapes", f"as {module_call(a)} gives them, for one sequence")]
    part += [*_shapes(a, run), blank()]
    part += [heading("Slices of output", "PyTorch counts from 0: row t-1 of output belongs to step t")]
    part += [*_output(a, sequence, run, digits), blank()]
    cell_state = "; output holds no c" if run.final_c is not None else ""
    rows = "Rows of h_n and c_n" if run.final_c is not None else "Rows of h_n"
    part += [heading(rows, f"each layer and direction after the last step that it ran{cell_state}")]
    return [*part, *_final(a, run, digits)]


def module_call(a: Architecture) -> str:
    """The PyTorch module of these sizes, as it is written in Python."""
    extra = f", num_layers={a.num_layers}" if a.num_layers > 1 else ""
    extra += ", bidirectional=True" if a.bidirectional else ""
    extra += ', nonlinearity="relu"' if a.cell == "rnn" and a.activation == "relu" else ""
    return f"torch.nn.{MODULES.get(a.cell, a.cell)}({a.input_size}, {a.hidden_size}{extra})"


def _shapes(a: Architecture, run: SequenceRun) -> list[RenderableType]:
    rows = [
        ["input", "(T, I)", by(run.inputs), f"{count(len(run.inputs), 'step')} of {count(a.input_size, 'number')}"],
        ["output", "(T, D*H)", by(run.output), "h of the last layer at every step"],
        ["h_n", "(D*L, H)", by(run.final_h), "h where each layer and direction ends"],
    ]
    if run.final_c is not None:
        rows.append(["c_n", "(D*L, H)", by(run.final_c), "c where each layer and direction ends"])
    directions = len(a.directions)
    legend = f"T = {len(run.inputs)} steps, I = {a.input_size} inputs, H = {a.hidden_size} hidden units, L = {count(a.num_layers, 'layer')}, D = {count(directions, 'direction')}."
    batch = (
        "In a batch of B an axis is added: (T, B, …), or (B, T, …) with batch_first=True; h_n is (D*L, B, H) in both."
    )
    return [
        Grid(["", "shape", "here", ""], rows, frozen=4, align="<<<<"),
        Prose(legend, " ", style=style.FAINT),
        Prose(batch, " ", style=style.FAINT),
    ]


def _output(a: Architecture, sequence: Sequence, run: SequenceRun, digits: int) -> Iterator[RenderableType]:
    H, T = a.hidden_size, len(run.output)
    forward, backward = slice(0, H), slice(H, 2 * H)
    if not a.bidirectional:
        yield _says("output[t-1]", f"h_t{_of_last(a)}: step t, which has read the words up to its own")
        yield _says("output[0]", f"h_1, the first step: has read {_words(sequence, 0, 1)}")
        yield _numbers(run.output[0], digits)
        yield _says(
            "output[-1]", f"h_{T}, the last step: has read {_words(sequence, 0, T)}; the same numbers as h_n[-1]"
        )
        yield _numbers(run.output[-1], digits)
        return
    yield _says(f"output[:, 0:{H}]", f"the forward half: row t-1 is h_t{_of_last(a)}, computed from step 1 to {T}")
    yield _says(
        f"output[:, {H}:{2 * H}]", f"the backward half: row t-1 is h_t{_of_last(a)}, computed from step {T} to 1"
    )
    yield blank()
    yield _says(f"output[-1, 0:{H}]", f"forward h_{T}, its LAST step: has read {_words(sequence, 0, T)}")
    yield _numbers(run.output[-1, forward], digits)
    yield _says(f"output[-1, {H}:{2 * H}]", f"backward h_{T}, its FIRST step: {_first_step(a, sequence, T)}")
    yield _numbers(run.output[-1, backward], digits)
    yield _says(f"output[0, 0:{H}]", f"forward h_1, its FIRST step: {_first_step(a, sequence, 1)}")
    yield _numbers(run.output[0, forward], digits)
    yield _says(f"output[0, {H}:{2 * H}]", f"backward h_1, its LAST step: has read {_words(sequence, T - 1, -1)}")
    yield _numbers(run.output[0, backward], digits)
    if a.num_layers > 1:
        deep = (
            f"A first step has no memory of its own layer. In a network of one layer the vector it reads is one word: at step {T} "
            f"{_words(sequence, T - 1, T)} alone. Here the layer below has carried the other words into that vector."
        )
        yield Prose(deep, " ", style=style.FAINT)


def _of_last(a: Architecture) -> str:
    return f" of layer {a.num_layers - 1}" if a.num_layers > 1 else ""


def _first_step(a: Architecture, sequence: Sequence, t: int) -> str:
    """What a direction has seen after the first step that it ran; in a deep network the layer below saw more."""
    if a.num_layers == 1:
        return f"has read {_words(sequence, t - 1, t)} alone"
    return f"has read one vector, [forward h_{t}; backward h_{t}] of layer {a.num_layers - 2}"


def _words(sequence: Sequence, start: int, stop: int) -> str:
    """The words from `start` up to before `stop`; downwards where `stop` is smaller."""
    indices = range(start, stop, 1 if stop > start else -1)
    names = [clean(sequence.names[k]) for k in indices]
    if len(names) > FEW_WORDS:
        names = [*names[:2], "…", names[-1]]
    return ", ".join(names)


def _final(a: Architecture, run: SequenceRun, digits: int) -> Iterator[RenderableType]:
    H, T = a.hidden_size, len(run.output)
    for layer in range(a.num_layers):
        for k, direction in enumerate(a.directions):
            row = layer * len(a.directions) + k
            last = 1 if direction == BACKWARD else T
            where = f"layer {layer}, {direction}: " if len(run.final_h) > 1 else ""
            same = ""
            if layer == a.num_layers - 1:
                columns = f", {k * H}:{(k + 1) * H}" if a.bidirectional else ""
                same = f", the same numbers as output[{0 if direction == BACKWARD else -1}{columns}]"
            yield _says(f"h_n[{row}]", f"{where}h_{last}{same}")
            yield _numbers(run.final_h[row], digits)
            if run.final_c is not None:
                yield _says(f"c_n[{row}]", f"{where}c_{last}")
                yield _numbers(run.final_c[row], digits)
    if a.output_size and a.task == MANY_TO_ONE:
        read = "[h_n[-2]; h_n[-1]], the two ends" if a.bidirectional else "h_n[-1]"
        yield _says("readout", f"W_hy multiplies {read}")
    elif a.output_size:
        yield _says("readout", "W_hy multiplies every row of output")


def _says(label: str, text: str) -> Prose:
    return Prose(text, "  " + label.ljust(LABEL))


def _numbers(values: Array, digits: int) -> RenderableType:
    return line(f"= {vector(values, digits, most=6)}", indent=LABEL + 4)


def by(array: Array) -> str:
    """3×2."""
    return "×".join(map(str, array.shape))
