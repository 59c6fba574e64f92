"""The parts of a page that several commands show: title, text to vectors, parameter count, readout."""

from collections.abc import Sequence as Series
from math import isfinite

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import DIFFERENCE, GROWTH, LEVEL
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import Model
from rnn_cli.models.sizes import hidden_units
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, factor, percent, short, signed
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, head, heading, line
from rnn_cli.views.reads import equation_read
from rnn_cli.views.states import MOST_ROWS, number
from rnn_cli.views.unknown import said_unknown

MOST_WORDS = 14
FIRST_NUMBERS = 5
"""Of a vector that is not shown whole: with its last they have room beside a word on a page of 80 columns."""
QUOTED = 40
NEXT_LIKELIEST = 3


def describe(model: Model) -> str:
    """The network in words: vanilla RNN, tanh, 2 inputs, 3 hidden units; model nlp."""
    a = model.network.architecture
    layers = f", {a.num_layers} layers" if a.num_layers > 1 else ""
    directions = ", both directions" if a.bidirectional else ", backwards" if a.backward_only else ""
    return f"{model.network.cell.title}, {count(a.input_size, 'input')}, {hidden_units(a)}{layers}{directions}; {model.role + ' of ' * bool(model.role)}model {clean(model.name)}"


def title(sequence: Sequence, model: Model) -> list[RenderableType]:
    """What is being shown: the text, the network, its equations."""
    words = sequence.text if sequence.text is not None else count(len(sequence.inputs), "vector")
    return titled(words, model)


def titled(words: str, model: Model) -> list[RenderableType]:
    """A page's head: what it is about, the network, its equations."""
    shown = clean(" ".join(words.split()))
    what = describe(model)
    parts: list[RenderableType] = [head(shown, what)]
    parts += [line((equation, style.EQUATION)) for equation in model.network.cell.equations]
    if model.random:
        parts.append(
            Prose(
                "The weights are random (drawn from --seed): the mechanism is real, the prediction means nothing yet.",
                style=style.WARNING,
            )
        )
    return [*parts, blank()]


def quotable(sequence: Sequence) -> str | None:
    """The text, where it is short and can be pasted; - would be stdin."""
    text = sequence.text if sequence.typed and sequence.text else ""
    return text if 0 < len(text) <= QUOTED and text.isprintable() and text != "-" else None


def text_to_vectors(sequence: Sequence, model: Model, digits: int) -> list[RenderableType]:
    """The stages from text to the T×I matrix: tokens, ids, vectors; words without a vector of their own are marked."""
    T, size = sequence.inputs.shape
    if sequence.tokens is None or sequence.ids is None or sequence.known is None or sequence.rows is None:
        if sequence.raw is not None and model.encoding is not None:
            return [*_scaled(sequence, sequence.raw, model.encoding, digits), *_window_note(sequence, model), blank()]
        return [
            heading("Input", f"X, {T}×{size}: one row per step"),
            *_matrix(sequence, digits, model.columns),
            *_window_note(sequence, model),
            blank(),
        ]
    tokens = [clean(token) for token in sequence.tokens]
    more = f"… {T - MOST_WORDS + 1:,} more, all of them with --json …"
    shown = tokens if T <= MOST_WORDS else [*tokens[: MOST_WORDS - 2], more, tokens[-1]]
    vectors = "one-hot vectors" if model.one_hot else f"vectors of {size}"
    parts: list[RenderableType] = [
        heading(
            "From text to numbers", f"{count(T, 'token')}, then ids, then {vectors}: X is {T}×{size}, one row per step"
        ),
        Prose(" | ".join(shown), "  tokens", widest=10**6),
        *_matrix(sequence, digits),
    ]
    if sequence.parts is not None:
        parts += _terms(sequence, model)
    unknown = [token for token, known in zip(tokens, sequence.known, strict=True) if not known]
    if unknown and model.vocabulary:
        parts.append(Prose(f"{said_unknown(model, unknown)}.", "  *", style=style.WARNING))
    elif unknown:
        parts.append(
            Prose(
                "This network has no vocabulary: each word has a vector drawn from the seed and the word.",
                "  *",
                style=style.FAINT,
            )
        )
    return [*parts, blank()]


def _terms(sequence: Sequence, model: Model) -> list[RenderableType]:
    """What the vector of each step is the sum of, where that is more than the word's own row."""
    assert sequence.parts is not None
    parts: list[RenderableType] = []
    for t in clip_middle(range(len(sequence.inputs)), MOST_ROWS, tail=2):
        if t is None or not sequence.parts[t]:
            continue
        row = None if sequence.rows is None else sequence.rows[t]
        terms = [clean(name) for name, _ in model.terms(row, sequence.parts[t])]
        parts.append(Prose(f"= {' + '.join(terms)}", f"  x_{t + 1}", style=style.FAINT))
    if not parts:
        return []
    said = "To the word's own vector those of its beginnings (ab-) and ends (-yz) are added, where training knows them:"
    return [Prose(said, " ", style.FAINT), *parts]


READ = {DIFFERENCE: "change", GROWTH: "change / value before"}
"""What is read of a column of a form in place of its value; before the first row there is none, and it is read as their mean."""


def _scaled(sequence: Sequence, raw: Array, encoding: Encoding, digits: int) -> list[RenderableType]:
    """The numbers as they came beside what the network reads of them."""
    T, size = raw.shape
    rows: list[Series[str | Text]] = []
    for t in clip_middle(range(T), MOST_ROWS, tail=2):
        if t is None:
            rows.append(["…", f"{T - MOST_ROWS} more"])
            continue
        given = [short(value, digits) for value in raw[t]]
        rows.append([f"x_{t + 1}", *given, "->", *(number(value, digits) for value in sequence.inputs[t])])
    names = [clean(name) for name in encoding.columns]
    forms = encoding.forms or (LEVEL,) * size
    how = "; ".join(
        f"{name}: ({READ.get(form, 'value')} - {short(mean, digits)}) / {short(scale, digits)}"
        for name, form, mean, scale in zip(names, forms, encoding.means, encoding.scales, strict=True)
    )
    return [
        heading("Input", f"{T} rows of the data, then X, {T}×{size}: what the network reads of them"),
        Grid(["", *names, "", *(f"x[{j + 1}]" for j in range(size))], rows),
        Prose(f"Scaled as in training, by the means and standard deviations learnt there. {how}.", " ", style.FAINT),
    ]


def _window_note(sequence: Sequence, model: Model) -> list[RenderableType]:
    """A forecast model learns from windows of one length; a sequence of another length is new to it."""
    window, T = model.data_options.get("window"), len(sequence.inputs)
    if not model.columns or not isinstance(window, int) or window == T:
        return []
    return [Prose(f"It was trained on windows of {window} steps; this sequence has {T}.", "  *", style=style.WARNING)]


def _matrix(sequence: Sequence, digits: int, columns_named: Series[str] = ()) -> list[RenderableType]:
    T, size = sequence.inputs.shape
    most = 8
    columns = range(size if size <= most else FIRST_NUMBERS)
    rows: list[list[str | Text]] = []
    for t in clip_middle(range(T), MOST_ROWS, tail=2):
        if t is None:
            rows.append(["", "…", f"{T - MOST_ROWS} more"])
            continue
        word, index = "", ""
        if sequence.tokens is not None and sequence.ids is not None and sequence.known is not None:
            word = clean(sequence.tokens[t]) + ("" if sequence.known[t] else " *")
            index = "" if sequence.ids[t] is None else str(sequence.ids[t])
        dots: list[str | Text] = ["…", number(sequence.inputs[t, -1], digits)] if size > most else []
        rows.append([f"x_{t + 1}", word, index, *(number(sequence.inputs[t, j], digits) for j in columns), *dots])
    ends = ["…", str(size)] if size > most else []
    header = (
        ["", "word", "id", *(f"{j + 1}" for j in columns), *ends]
        if sequence.tokens is not None
        else ["", "", "", *(clean(columns_named[j]) if columns_named else f"{j + 1}" for j in columns), *ends]
    )
    return [Grid(header, rows, frozen=2, align="<<>")]


def parameter_line(model: Model) -> Prose:
    """How many parameters there are, and that the length of the text does not change it."""
    network = model.network
    cells = sum(array.size for name, array in network.parameters.items() if name.startswith("layers."))
    readout = sum(array.size for name, array in network.parameters.items() if name.startswith("readout."))
    own = network.parameters["parts"].size if network.architecture.part_rows else 0
    embedding = network.parameter_count - cells - readout - own
    parts = [
        f"{cells:,} in the cell{'s' if network.architecture.num_layers * len(network.architecture.directions) > 1 else ''}"
    ]
    parts += [f"{readout:,} in the readout"] if readout else []
    parts += [f"{embedding:,} in the embedding"] if embedding else []
    parts += [f"{own:,} in the parts of words"] if own else []
    return Prose(
        f"{count(network.parameter_count, 'parameter')} ({', '.join(parts)}). Every step uses the same ones: "
        "the count does not depend on T, the number of steps.",
        "  weights",
    )


def readout_part(
    model: Model,
    words: Series[str],
    logits: Array | None,
    probabilities: Array | None,
    digits: int,
    reads: str | None = None,
) -> list[RenderableType]:
    """The path from the state that is read to the prediction; empty for a network without a readout.

    `reads` is its symbol where it is none of the network's own states.
    """
    if logits is None or probabilities is None:
        return []
    read = reads or equation_read(model.network.architecture)
    if model.numeric and model.encoding is not None:
        scaled = model.encoding.rescales_outputs
        note = f"y = W_hy {read} + b_y, " + (
            "and back into the units of the data" if scaled else "the numbers it predicts"
        )
        return [heading("Readout", note), *_numbers_read(words, logits, model.encoding, digits), blank()]
    return [
        heading("Readout", f"logits = W_hy {read} + b_y, probabilities = softmax(logits)"),
        *readout_table(model, words, logits, probabilities, digits),
        blank(),
    ]


def _numbers_read(words: Series[str], outputs: Array, encoding: Encoding, digits: int) -> list[RenderableType]:
    """The predictions of a network trained on numbers: as scaled numbers and in the units of the data."""
    size = outputs.shape[-1]
    names = [clean(name) for name in encoding.outputs(size)]
    predicted = encoding.in_units(outputs)
    rows: list[Series[str | Text]] = []
    if outputs.ndim == 1:
        means, scales = (array.tolist() for array in encoding.output_moments(size))
        for k, name in enumerate(names):
            back = f"· {short(scales[k], digits)} + {factor(means[k], digits)}" if encoding.rescales_outputs else ""
            rows.append([name, number(outputs[k], digits), back, "=" if back else "", short(predicted[k], digits)])
        return [Grid(["", "y", "", "", "prediction"], rows, align="<><<>")]
    for t in clip_middle(range(len(outputs)), MOST_ROWS, tail=2):
        if t is None:
            rows.append(["…", f"{len(outputs) - MOST_ROWS} more steps"])
        else:
            rows.append([f"y_{t + 1}", clean(words[t]), *(short(value, digits) for value in predicted[t])])
    return [Grid(["", "after", *names], rows, frozen=2, align="<<>")]


def readout_table(
    model: Model, words: Series[str], logits: Array, probabilities: Array, digits: int
) -> list[RenderableType]:
    """Logits and probabilities: one column of numbers for many-to-one, one row a step for many-to-many."""
    classes = model.network.architecture.output_size
    if model.network.architecture.task == MANY_TO_ONE:
        best = int(probabilities.argmax())
        order = [int(k) for k in np.argsort(-probabilities, kind="stable")][:8] if classes > 8 else list(range(classes))
        rows: list[Series[str | Text]] = [
            [
                clean(model.label(k)),
                number(logits[k], digits),
                signed(probabilities[k], digits).lstrip("+"),
                _bar(float(probabilities[k])),
                "<- prediction" if k == best and isfinite(probabilities[k]) else "",
            ]
            for k in order
        ]
        table: list[RenderableType] = [Grid(["class", "logit", "softmax", "", ""], rows, align="<>><<")]
        if classes > len(order):
            table.append(line((f"the 8 likeliest of {classes:,} classes; the JSON has all", style.FAINT), indent=2))
        return table
    rows = []
    for t in clip_middle(range(len(logits)), MOST_ROWS, tail=2):
        if t is None:
            rows.append(["…", f"{len(logits) - MOST_ROWS} more steps"])
            continue
        if not np.isfinite(probabilities[t]).all():
            rows.append([f"y_{t + 1}", clean(words[t]), "none", "not finite"])
            continue
        likely = [int(k) for k in np.argsort(-probabilities[t], kind="stable")]
        cells = [signed(p, digits).lstrip("+") for p in probabilities[t]] if classes <= 8 else []
        others = [
            part
            for k in likely[1:NEXT_LIKELIEST]
            for part in (clean(model.label(k)), percent(float(probabilities[t, k])))
            if classes > 8
        ]
        said = [clean(model.label(likely[0])), percent(float(probabilities[t, likely[0]]))]
        rows.append([f"y_{t + 1}", clean(words[t]), *said, *cells, *others])
    if classes > 8:
        header = ["", "word", "prediction", "", "2nd", "", "3rd", ""]
        note = line((f"the 3 likeliest of {classes:,} classes; the JSON has all", style.FAINT), indent=2)
        return [Grid(header, rows, frozen=2, align="<<<><><>"), note]
    names = [clean(model.label(k)) for k in range(classes)]
    return [Grid(["", "word", "prediction", "", *names], rows, frozen=2, align="<<<>")]


def _bar(share: float, width: int = 20) -> str:
    return "█" * round(share * width) if isfinite(share) else ""


def rounding_note(digits: int) -> Prose:
    """The note that numbers are rounded on the screen only."""
    return Prose(
        f"Rounded to {digits} decimals on the page only; everything was computed unrounded (--precision 17 shows it).",
        style=style.FAINT,
    )
