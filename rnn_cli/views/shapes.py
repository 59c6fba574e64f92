"""What each slice of a recurrent module's output is, in PyTorch's terms and with the numbers of this very run."""

from collections.abc import Iterator

from rich.console import RenderableType

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.batches import SequenceRun
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Architecture
from rnn_cli.core.reads import LAST_OUTPUT, MAX, MEAN
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.models.sizes import said_sizes
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Grid, Prose, blank, heading, line
from rnn_cli.views.states import vector

LABEL = 18
FEW_WORDS = 5


def shapes_part(
    model: Model, sequence: Sequence, run: SequenceRun, digits: int, reads: str = ""
) -> list[RenderableType]:
    """Three sections: the shapes, the slices of `output`, the rows of `h_n` and `c_n`.

    `reads` is what the readout multiplies where that is none of them.
    """
    a = model.network.architecture
    call = module_call(a)
    whose = f"as {call} gives them" if call else "PyTorch has no such module; in the names that its modules use"
    part: list[RenderableType] = [heading("Shapes", f"{whose}, for one sequence")]
    part += [*_shapes(a, run), blank()]
    part += [heading("Slices of output", "PyTorch counts from 0: row t-1 of output belongs to step t")]
    part += [*_output(a, sequence, run, digits), blank()]
    states = list(a.make_cell().states)
    others = [name for name in states if name != "h"]
    ends = [f"{name}_n" for name in states]
    rows = f"Rows of {' and '.join([', '.join(ends[:-1]), ends[-1]])}" if others else "Rows of h_n"
    unseen = f"; output holds no {' and no '.join(others)}" if others else ""
    part += [heading(rows, f"each layer and direction after the last step that it ran{unseen}")]
    return [*part, *_final(a, run, digits, reads)]


def module_call(a: Architecture) -> str | None:
    """The PyTorch module of these sizes, as it is written in Python; None where PyTorch has none: its layers are of one size, and
    run forward or in both directions.
    """
    module = a.make_cell().frameworks.get("PyTorch")
    if module is None or a.layer_sizes or a.backward_only:
        return None
    extra = f", num_layers={a.num_layers}" if a.num_layers > 1 else ""
    extra += ", bidirectional=True" if a.bidirectional else ""
    for option, value in a.options:
        extra += f', {(module.argument or {}).get(option, option)}="{value}"'
    return f"torch.nn.{module.name}({a.input_size}, {a.hidden_size}{extra})"


def _shapes(a: Architecture, run: SequenceRun) -> list[RenderableType]:
    rows = [
        ["input", "(T, I)", by(run.inputs), f"{count(len(run.inputs), 'step')} of {count(a.input_size, 'number')}"],
        ["output", "(T, D*H)", by(run.output), "h of the last layer at every step"],
    ]
    directions = len(a.directions)
    each = f"{directions * a.num_layers}×" + (f"({said_sizes(a)})" if a.layer_sizes else str(a.hidden_size))
    for name in a.make_cell().states:
        rows.append([f"{name}_n", "(D*L, H)", each, f"{name} where each layer and direction ends"])
    units = f"{said_sizes(a)} hidden units" if a.layer_sizes else count(a.hidden_size, "hidden unit")
    legend = f"T = {count(len(run.inputs), 'step')}, I = {count(a.input_size, 'input')}, H = {units}, L = {count(a.num_layers, 'layer')}, D = {count(directions, 'direction')}."
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
    if a.backward_only:
        yield _says(
            "output[t-1]",
            f"h_t{_of_last(a)}: computed from step {T} to 1, so that it has read the words from its own on",
        )
        yield _says("output[-1]", f"h_{T}, the FIRST step of the run: {_first_step(a, sequence, T)}")
        yield _numbers(run.output[-1], digits)
        yield _says("output[0]", f"h_1, the LAST: has read {_words(sequence, T - 1, -1)}; the same numbers as h_n[-1]")
        yield _numbers(run.output[0], digits)
        return
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
    below = f"[forward h_{t}; backward h_{t}]" if a.bidirectional else f"h_{t}"
    return f"has read one vector, {below} of layer {a.num_layers - 2}"


def _words(sequence: Sequence, start: int, stop: int) -> str:
    """The words from `start` up to but without `stop`; in reverse order where `stop` is smaller."""
    indices = range(start, stop, 1 if stop > start else -1)
    names = [clean(sequence.names[k]) for k in indices]
    if len(names) > FEW_WORDS:
        names = [*names[:2], "…", names[-1]]
    return ", ".join(names)


def _final(a: Architecture, run: SequenceRun, digits: int, reads: str) -> Iterator[RenderableType]:
    H, T = a.hidden_size, len(run.output)
    for layer in range(a.num_layers):
        for k, direction in enumerate(a.directions):
            row = layer * len(a.directions) + k
            last = 1 if direction == BACKWARD else T
            where = f"layer {layer}, {direction}: " if len(run.final) > 1 else ""
            same = ""
            if layer == a.num_layers - 1:
                columns = f", {k * H}:{(k + 1) * H}" if a.bidirectional else ""
                same = f", the same numbers as output[{0 if direction == BACKWARD else -1}{columns}]"
            yield _says(f"h_n[{row}]", f"{where}h_{last}{same}")
            yield _numbers(run.final[layer, direction].h, digits)
            for name, state in run.final[layer, direction].items():
                if name != "h":
                    yield _says(f"{name}_n[{row}]", f"{where}{name}_{last}")
                    yield _numbers(state, digits)
    if a.output_size:
        yield _says("readout", f"W_hy multiplies {reads or _read(a)}")


def _read(a: Architecture) -> str:
    """What a readout reads, as PyTorch's names have it."""
    if a.task != MANY_TO_ONE:
        return "every row of output"
    if a.reads_ends:
        return "[h_n[-2]; h_n[-1]], the two ends" if a.bidirectional else "h_n[-1]"
    return {LAST_OUTPUT: "output[-1]", MEAN: "output.mean(0)", MAX: "output.max(0).values"}[a.reads]


def _says(label: str, text: str) -> Prose:
    return Prose(text, "  " + label.ljust(LABEL))


def _numbers(values: Array, digits: int) -> RenderableType:
    return line(f"= {vector(values, digits, most=6)}", indent=LABEL + 4)


def by(array: Array) -> str:
    """A shape as text: 3×2."""
    return "×".join(map(str, array.shape))
