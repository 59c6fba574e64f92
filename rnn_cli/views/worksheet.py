"""Worksheets for teachers: the arithmetic of a trace with its results left out and numbered, and the key to it."""

from collections.abc import Sequence as Series

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.trace import Trace
from rnn_cli.core.why import Factor, Number, Product, Quantity, Unfolder
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import Model
from rnn_cli.study.shown import Choice
from rnn_cli.study.trace import AnswersResult, WorksheetResult
from rnn_cli.views import style
from rnn_cli.views.arithmetic import Arithmetic, Row, Wording
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import signed
from rnn_cli.views.page import Grid, Prose, blank, heading, notice
from rnn_cli.views.parts import text_to_vectors, title
from rnn_cli.views.trace import arithmetic_part

LINE = "________"


class Blanks(Wording):
    """Writes a blank with a number for each result, and that number where the result is used again."""

    def __init__(self, digits: int) -> None:
        super().__init__(digits)
        self.asked: dict[str, Row] = {}

    def number(self, key: str) -> int | None:
        """The number of a result that was asked for; None where it was not."""
        return list(self.asked).index(key) + 1 if key in self.asked else None

    def operand(self, one: Factor) -> str:
        """A given number unchanged, or the blank's number for a result that the worksheet asks for."""
        number = None if one.source is None else self.number(one.source)
        if number is None:
            return super().operand(one)
        return one.name.replace(str(one.source), f"({number})")

    def result(self, row: Row) -> Text:
        """The blank."""
        self.asked.setdefault(row.key, row)
        return Text(f"({self.number(row.key)}) {LINE}")

    def rest(self, products: object) -> str:
        """The worksheet writes all products out."""
        raise AssertionError("a worksheet leaves no product out")


def worksheet_page(result: WorksheetResult, digits: int) -> list[RenderableType]:
    """The worksheet."""
    traced = result.traced
    model, sequence = traced.model, traced.sequence
    return [
        *title(sequence, model),
        Prose(
            f"Worksheet. Work out each numbered blank to {digits} decimals; a number in brackets stands for your result of that number."
        ),
        Prose("Name: ______________________________      Date: ______________"),
        blank(),
        *text_to_vectors(sequence, model, digits),
        *_questions(model, sequence, traced.trace, traced.choice, Blanks(digits)),
        *_no_answers(result.left_range),
    ]


def _no_answers(left_range: str | None) -> list[RenderableType]:
    """The word that a worksheet and its key end with where some blanks have no answer."""
    return [] if left_range is None else [blank(), notice(left_range)]


def _questions(model: Model, sequence: Sequence, trace: Trace, choice: Choice, blanks: Blanks) -> list[RenderableType]:
    every = Choice(
        choice.steps,
        choice.units or tuple(range(1, model.network.architecture.hidden_size + 1)),
        choice.layers,
        choice.directions,
    )
    page = arithmetic_part(model, sequence, trace, every, blanks)
    rows = list(_readout_rows(model, trace))
    if rows:
        numbers = "y = W_hy h + b_y" + ", then the data's units" * _rescales(model)
        page += [
            heading("Readout", numbers if model.numeric else "logits = W_hy h + b_y, probabilities = softmax(logits)"),
            Arithmetic(rows, blanks, full=True),
        ]
    return page


def _readout_rows(model: Model, trace: Trace) -> list[Row]:
    if trace.logits is None or trace.probabilities is None or model.network.architecture.task != MANY_TO_ONE:
        return []
    unfolder = Unfolder(trace)
    last = model.network.architecture.num_layers - 1
    numbers = [
        unfolder.number(Quantity("logits", last, model.network.architecture.directions[0], None, k + 1))[0]
        for k in range(model.network.architecture.output_size)
    ]
    if model.numeric and model.encoding is not None:
        return _number_rows(model.encoding, numbers)
    rows = [
        Row(clean(model.label(k)), f"logit {k + 1}", (), number.terms, number.value, number.name)
        for k, number in enumerate(numbers)
    ]
    for k, number in enumerate(numbers):
        exponents = tuple(Product((Factor(f"exp({n.name})", 0.0, n.name),), 0.0) for n in numbers)
        rows.append(
            Row(
                clean(model.label(k)),
                f"p {k + 1}",
                (),
                exponents,
                float(trace.probabilities[k]),
                f"p[{k + 1}]",
                f"exp({number.name}) / ",
            )
        )
    return rows


def _rescales(model: Model) -> bool:
    return model.encoding is not None and model.encoding.rescales_outputs


def _number_rows(encoding: Encoding, numbers: Series[Number]) -> list[Row]:
    """Each number that is predicted, as the network says it and in the units of the data."""
    names = [clean(name) for name in encoding.outputs(len(numbers))]
    means, scales = encoding.output_moments(len(numbers))
    rows = [
        Row(name, f"y {k + 1}", (), number.terms, number.value, number.name)
        for k, (name, number) in enumerate(zip(names, numbers, strict=True))
    ]
    for k, (name, number) in enumerate(zip(names, numbers, strict=True)):
        if encoding.rescales_outputs:
            mean, scale = float(means[k]), float(scales[k])
            scaled = Product((Factor(number.name, number.value, number.name), Factor("scale", scale)), 0.0)
            value = number.value * scale + mean
            rows.append(
                Row(name, "", (), (scaled, Product((Factor("mean", mean),), mean)), value, f"prediction[{k + 1}]")
            )
    return rows


def answers_page(result: AnswersResult, digits: int) -> list[RenderableType]:
    """The key: the number of each blank, what it is, and its value."""
    blanks, traced = Blanks(digits), result.traced
    model, sequence = traced.model, traced.sequence
    asked = [
        part
        for part in _questions(model, sequence, traced.trace, traced.choice, blanks)
        if isinstance(part, Arithmetic)
    ]
    for part in asked:
        for row in part.rows:
            blanks.result(row)
    rows: list[list[str | Text]] = [
        [f"({k})", row.key, Text(signed(row.value, digits), style=style.by_sign(row.value))]
        for k, row in enumerate(blanks.asked.values(), start=1)
    ]
    return [
        *title(sequence, model),
        heading("Key", "quantity[step][unit]; .input and .recurrent are the terms of a pre-activation"),
        Grid(["blank", "quantity", "value"], rows, align="><>"),
        blank(),
        Prose("Results that were rounded on the way can differ in the last digit.", style=style.FAINT),
        *_no_answers(result.left_range),
    ]
