"""The page of rnn inspect: sizes, parameters under the names of the equations, conventions."""

from collections.abc import Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.activations import ACTIVATIONS, sigmoid
from rnn_cli.core.array_statistics import LARGEST, ArrayStatistics
from rnn_cli.core.forms import form_words
from rnn_cli.core.network import Architecture
from rnn_cli.models.model import Model
from rnn_cli.models.sizes import hidden_units, said_sizes
from rnn_cli.study.example_text import example_for
from rnn_cli.study.inspect import InspectResult
from rnn_cli.training.keeping import kept_in
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, short, told_apart, unsigned
from rnn_cli.views.page import Grid, Prose, blank, following, heading, line, notice
from rnn_cli.views.parts import parameter_line, titled
from rnn_cli.views.reads import words_read
from rnn_cli.views.states import number

MOST_NAMES = 12
LABEL = "  " + " " * 11


def inspect_page(result: InspectResult, digits: int) -> list[RenderableType]:
    """What a model is made of."""
    model, entries, command = result.model, result.entries, result.name
    page: list[RenderableType] = [*titled(command, model)]
    if model.about:
        page += [Prose(clean(model.about)), blank()]
    role = f" of the {model.role}" if model.role else ""
    page += [heading(f"Sizes{role}"), *_sizes(model), *_first_states(result.conditions), *_trained(model), blank()]
    page += [heading(f"Parameters{role}", "one line for each array, under its name in the equations")]
    page += [*_table(model, entries, digits), blank()]
    if result.decoder is not None:
        page += [heading("Sizes of the decoder"), *_sizes(result.decoder), blank()]
        page += [heading("Parameters of the decoder"), *_table(result.decoder, result.decoder_entries, digits), blank()]
    if result.attention is not None and result.decoder is not None:
        learnt = count(sum(entry.count for entry in result.attention_entries), "number")
        page += [heading("Parameters of the attention", f"{learnt}; {result.attention.score.equation}")]
        page += [*_table(result.decoder, result.attention_entries, digits), blank()]
    page += [heading("Conventions"), *_conventions(model), blank()]
    page.append(notice(result.left_range or _notice(model, entries, digits)))
    text = example_for(model)
    if text is None:
        reads = f", a row a step: {clean(', '.join(model.columns))}" if model.columns else ""
        what = "numbers" if reads else "ids or vectors" if model.foreign else "a text"
        return [*page, *following(("rnn trace -h", f"how to give it {what}{reads}"))]
    flags = "" if command == "nlp" else model.flags
    trace = command_line("trace", text, flags=flags)
    if model.has_decoder:
        return [*page, *following((trace, "every product on the way to what it writes"))]
    shapes = command_line("forward", text, "--explain-shapes", flags=flags)
    return [
        *page,
        *following(
            (trace, "every product that it computes on a sentence"),
            (shapes, "its states, under the names of PyTorch's modules"),
        ),
    ]


def _sizes(model: Model) -> list[RenderableType]:
    a = model.network.architecture
    kinds = {
        "embedding": f"each {'character' if model.by_character else 'word'} is a row of the embedding, {count(a.input_size, 'number')}",
        "one-hot": "each word is a vector of zeros with a single 1",
        "vectors": f"it reads vectors of {count(a.input_size, 'number')}"
        + (f": {_some(model.columns)}" if model.columns else ""),
    }
    rows = [
        ["input_size", str(a.input_size), kinds[model.input_kind]],
        ["hidden_size", str(a.hidden_size), _units_of_layers(a)],
        [
            "num_layers",
            str(a.num_layers),
            "each reads the h of the one below"
            if a.num_layers > 1
            else f"one cell{' in each direction' * a.bidirectional}, no stack",
        ],
        ["directions", str(len(a.directions)), " and ".join(a.directions)],
    ]
    if model.vocabulary is not None:
        rows.append(["vocabulary", str(len(model.vocabulary)), _some(list(model.vocabulary))])
    if model.parts:
        rows.append(
            ["parts", str(len(model.parts)), f"{_some(model.parts)}: of words, each a row that is added to theirs"]
        )
    if model.numeric and model.encoding is not None:
        named = _some(model.encoding.outputs(a.output_size))
        rows.append(["outputs", str(a.output_size), f"{named}: numbers, in the units of the data; {a.task}"])
    elif a.output_size:
        rows.append(
            ["classes", str(a.output_size), f"{_some([model.label(k) for k in range(a.output_size)])}; {a.task}"]
        )
    elif model.role:
        rows.append(["classes", "0", "no readout: its last states go to the decoder"])
    else:
        rows.append(["classes", "0", "no readout: h is all it gives"])
    return [*(_size_line(*row) for row in rows), parameter_line(model)]


def _units_of_layers(a: Architecture) -> str:
    """What its hidden units are in."""
    if not a.layer_sizes:
        return "hidden units in each layer and direction"
    each = " in each direction" * a.bidirectional
    return f"hidden units in the last layer{each}; the layers have {said_sizes(a)}"


def _trained(model: Model) -> list[RenderableType]:
    """Which step's weights these are."""
    kept = kept_in(model.run)
    if kept is None:
        return []
    return [
        _size_line("trained", f"{kept.step:,}", f"the step of {kept.reached:,} whose weights these are: {kept.why}")
    ]


def _first_states(conditions: tuple[str, ...]) -> list[RenderableType]:
    if not conditions:
        return []
    return [
        _size_line(
            "conditions",
            str(len(conditions)),
            f"{_some(conditions)}: each with first states of its own, learnt too",
        )
    ]


def _size_line(name: str, size: str, what: str) -> Prose:
    return Prose(what, f"  {name:<11}  {size:>6}")


def _some(names: Sequence[str]) -> str:
    shown = [clean(name) for name in names[:MOST_NAMES]]
    return ", ".join(shown) + (f", … and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else "")


def _table(model: Model, entries: Sequence[ArrayStatistics], digits: int) -> list[RenderableType]:
    architecture = model.network.architecture
    several = architecture.num_layers * len(architecture.directions) > 1
    rows: list[list[str | Text]] = []
    before: tuple[int | None, str | None] = (None, None)
    for entry in entries:
        where = (entry.layer, entry.direction)
        place = ""
        if where != before and entry.layer is not None:
            place = f"layer {entry.layer}" + f", {entry.direction}" * (not architecture.forward_only)
        before = where
        spectrum = (entry.spectral_radius, entry.spectral_norm)
        rows.append(
            [
                *([place] if several else []),
                entry.name,
                "×".join(map(str, entry.shape)),
                f"{entry.count:,}",
                number(entry.minimum, digits),
                number(entry.maximum, digits),
                unsigned(entry.norm, digits),
                *("" if value is None else unsigned(value, digits) for value in spectrum),
            ]
        )
    header = [*([""] if several else []), "name", "shape", "count", "min", "max", "norm", "|eig|", "sigma"]
    table: list[RenderableType] = [
        Grid(header, rows, frozen=2 if several else 1, align="<<>" if several else "<>"),
        Prose(
            "norm is the root of the sum of squares. For recurrent matrices |eig| is the spectral radius (the largest "
            "eigenvalue's size: growth per step in the long run) and sigma the largest singular value (the most that one "
            "step can stretch a vector).",
            " ",
            style=style.FAINT,
        ),
    ]
    if max(architecture.sizes) > LARGEST:
        table.append(line((f"|eig| and sigma are left out above {LARGEST} hidden units", style.FAINT), indent=2))
    return table


def _conventions(model: Model) -> list[RenderableType]:
    a, cell = model.network.architecture, model.network.cell
    page: list[RenderableType] = []

    def say(label: str, text: str) -> None:
        page.append(Prose(text, "  " + label.ljust(len(LABEL) - 2)))

    module = cell.frameworks.get("PyTorch")
    if len(cell.gates) > 1:
        blocks = ", ".join(f"W_x{gate}" for gate in cell.gates)
        same = module is not None and module.gates == tuple(cell.gates)
        order = f"in PyTorch's order: its weight_ih_l0 is {blocks} one below the other"
        say(
            "gates", f"{' '.join(cell.gates)}, {order}" if same else f"{' '.join(cell.gates)}; PyTorch has no such cell"
        )
    second = [gate for gate in cell.gates if f"b_h{gate}" in cell.parameters]
    inside = "".join(f" The {g} gate keeps both, b_{g} and b_h{g}: the second stands inside the reset." for g in second)
    if model.biases_summed and not model.from_pytorch:
        say("biases", f"its file has two biases per gate; they were summed into one on import.{inside}")
    elif model.from_pytorch:
        say(
            "biases",
            f"PyTorch adds two biases per gate, bias_ih and bias_hh; they were summed into one on import.{inside} "
            "SGD on both moves their sum twice as fast as SGD on one.",
        )
    elif second:
        say("biases", "; ".join(f"one per gate, and a second for {g}: b_h{g} stands inside the reset" for g in second))
    else:
        biases = [name for name in cell.parameters if name.startswith("b_")]
        summed = " (PyTorch adds two, whose sum this is)" if module is not None else ""
        one = (
            f"one, {biases[0]}"
            if len(biases) == 1
            else "one per gate"
            if len(biases) == len(cell.gates)
            else ", ".join(biases)
        )
        say("biases", f"{one or 'none'}{summed}")
    peepholes = [name for name in cell.parameters if name.startswith("p_")]
    if peepholes:
        say("peepholes", f"{', '.join(peepholes)}: vectors, each multiplies a state unit by unit")
    if not cell.recurrent:
        say("recurrent", "no recurrent matrix: no matrix multiplies h_{t-1}")
    for name, values in cell.options.items():
        if len(values) > 1:
            unsaid = model.from_pytorch and (module is not None and name in (module.argument or {}))
            how = f": a state dict does not say; --{name} chooses" if unsaid else ""
            say(name, f"{getattr(cell, name)}{how}")
    starts = [f"{name}_0" for name in cell.states]
    zeros = f"{' and '.join([', '.join(starts[:-1]), starts[-1]])} are zeros" if len(starts) > 1 else "h_0 is zeros"
    if model.kind == "one-to-many":
        zeros = f"{zeros.partition(' is ')[0].partition(' are ')[0]} {'are' if len(starts) > 1 else 'is'} learnt, one for each condition"
    elif model.starts:
        zeros = f"{' and '.join(starts)}: {model.starts_from}"
    elif model.role:
        zeros = f"of the encoder: {zeros}; of the decoder: what the encoder ends with"
    say("start", zeros)
    if a.output_size:
        say("readout", f"reads {words_read(a)}")
    if model.vocabulary is not None:
        case = "lower-cased, as the vocabulary is" if model.lowercase else "upper and lower case differ"
        unit = "characters" if model.by_character else "words"
        say(unit, f"{case}; a {unit[:-1]} that the vocabulary lacks has {model.unknown_words}")
    if model.encoding is not None and model.columns and model.encoding.rescales:
        pairs = zip(model.columns, model.encoding.means, model.encoding.scales, strict=True)
        named = ", ".join(f"{clean(name)} {short(mean, 4)} ± {short(scale, 4)}" for name, mean, scale in pairs)
        said = form_words([clean(name) for name in model.columns], model.encoding.forms)
        if said:
            say("forms", "; ".join(said))
        say(
            "scales",
            f"each column less its mean, over its standard deviation in training{', of what is read of it' * bool(said)}: {named}",
        )
    say(
        "numbers",
        f"stored as {model.stored_dtype}, computed in float64" + (f"; {model.format}" if model.format else ""),
    )
    return page


def _notice(model: Model, entries: Sequence[ArrayStatistics], digits: int) -> str:
    """What the arrays say about memory: for a gated cell the gate that keeps, for a vanilla RNN its recurrent matrix."""
    a = model.network.architecture
    cell = model.network.cell
    keeper = None if cell.keeping_gate is None else cell.keeping_gate[0]
    biases = [entry for entry in entries if entry.name == f"b_{keeper}"]
    if biases and cell.keeps == (keeper, cell.keeps[1] if cell.keeps else "") and cell.gates[str(keeper)] == "sigmoid":
        kept = cell.keeps[1] if cell.keeps else ""
        ends = min(entry.minimum for entry in biases), max(entry.maximum for entry in biases)
        low, high = (unsigned(float(sigmoid(np.array(end))), 2) for end in ends)
        where = f"to {low}" if low == high else f"between {low} and {high}"
        return (
            f"b_{keeper} alone would set {keeper} {where}: with the gate's other terms at 0 each "
            f"step keeps that share of {kept}. Near 1 it remembers, near 0 it forgets."
        )
    measured = [entry for entry in entries if entry.spectral_radius is not None]
    if not cell.recurrent:
        return f"{hidden_units(a)} and no recurrent matrix: within a layer, no unit reads the past of another."
    if len(cell.gates) > 1:
        return f"{hidden_units(a)}, {count(len(cell.gates), 'gate')}: {', '.join(cell.gates)}."
    if not measured:
        return f"{hidden_units(a)}: the recurrent matrix is too large for its eigenvalues here."
    entry = max(measured, key=lambda one: one.spectral_radius or 0.0)
    radius, largest = entry.spectral_radius or 0.0, entry.spectral_norm or 0.0
    where = f" of layer {entry.layer}, {entry.direction}," if len(measured) > 1 else ""
    eig, sigma = (told_apart(one, 1.0, unsigned, digits)[0] for one in (radius, largest))
    said = f"{cell.recurrent[0]}{where} has spectral radius {eig} and largest singular value {sigma}: "
    if largest < 1:
        return said + "each step through it shrinks every difference, and every gradient."
    if radius < 1:
        first = "but for some steps it can make it grow first" if largest > 1 else "but not at every step"
        return said + f"in the long run it shrinks what it carries, {first}."
    if radius < 1 + 1e-9:
        return said + "alone it keeps at least one direction from shrinking, however many steps there are."
    activation = ACTIVATIONS[next(iter(cell.gates.values()))]
    held = (
        f"only {activation.name}'s flat ends hold it back"
        if activation.flat_ends
        else f"{activation.name} need not hold it back"
    )
    return said + f"alone it makes at least one direction grow in the long run; {held}."
