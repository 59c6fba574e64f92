"""Worksheets for teachers: the arithmetic of a pass with its results left out and numbered, and the key to it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.why import Factor, Product
from rnn_cli.inputs.sequence import Sequence as Tokens
from rnn_cli.models.model import Model
from rnn_cli.study.rows import Row
from rnn_cli.study.trace import AnswersResult, WorksheetResult
from rnn_cli.study.worksheet import Part, Sheet
from rnn_cli.views import style
from rnn_cli.views.arithmetic import Arithmetic, Wording
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import short, signed
from rnn_cli.views.page import Grid, Prose, blank, heading, line, notice
from rnn_cli.views.parts import text_to_vectors, title

if TYPE_CHECKING:
    from rnn_cli.study.bptt import BackSheetResult

LINE = "________"

MEANS = {
    "sigmoid": "sigmoid(a) = 1 / (1 + exp(-a))",
    "log_sigmoid": "log_sigmoid(a) = -log(1 + exp(-a))",
    "relu": "relu(a) = max(a, 0)",
    "identity": "identity(a) = a",
    "log": "log is the natural logarithm",
}
"""What a sheet says of the functions on it; tanh, exp and max are keys of a calculator."""


class Written(Wording):
    """Writes an operand as the number that it is; a bracket with what is inside."""

    def operand(self, one: Factor) -> str:
        """An operand of a product."""
        if not one.inside:
            return _filled(one.function or "{}", self.value(one))
        addends = [self.product(product) for product in one.inside]
        inner = addends[0] + "".join(f" - {a[1:]}" if a.startswith("-") else f" + {a}" for a in addends[1:])
        return _filled(one.function or "{}", inner if len(addends) == 1 and "·" not in inner else f"({inner})")

    def value(self, one: Factor) -> str:
        """The number that an operand is, or the number inside its function."""
        return short(one.inner if one.function else one.value, self.digits)

    def product(self, one: Product) -> str:
        """A product of operands; what is divided by stands behind the stroke."""
        divisors = [factor for factor in one.factors[1:] if factor.function == "(1 / {})"]
        text = "·".join(self.operand(factor) for factor in one.factors if factor not in divisors)
        return text + "".join(f" / {self.operand(replace(factor, function='{}'))}" for factor in divisors)

    def rest(self, products: object) -> str:
        """All products are written out."""
        raise AssertionError("a worksheet leaves no product out")


MORE_DECIMALS, MOST_DECIMALS = 2, 17


class Blanks(Written):
    """Writes [n] for the result of blank n, in which nobody can read a call, and a line to write on.

    A given number has more decimals than are asked for: what follows from it is then what the key says.
    """

    def __init__(self, digits: int, sheet: Sheet) -> None:
        super().__init__(min(digits + MORE_DECIMALS, MOST_DECIMALS))
        self.numbers = {row.key: k for k, row in enumerate(sheet.rows, start=1)}

    def value(self, one: Factor) -> str:
        """The blank's number for a result that the sheet asks for, else the number."""
        asked = None if one.source is None else self.numbers.get(one.source)
        return super().value(one) if asked is None else f"[{asked}]"

    def result(self, row: Row) -> Text:
        """The blank."""
        return Text(f"[{self.numbers[row.key]}] {LINE}")


def _filled(template: str, inner: str) -> str:
    """A function of an operand: a negative one in brackets, where the function's own do not stand round it."""
    template = template.replace("{} (", "{}·(").replace("e^{}", "exp({})")
    negative = inner.startswith("-")
    if negative and template == "-{}":
        return f"({inner[1:]})" if "e" in inner else inner[1:]
    bracketed = f"({inner})" if negative else inner
    inside = inner[1:-1] if inner.startswith("(") and inner.endswith(")") else inner
    return template.replace("({})", f"({inside})").replace("{}", bracketed)


def worksheet_page(result: "WorksheetResult | BackSheetResult", digits: int) -> list[RenderableType]:
    """The worksheet."""
    model, sequence, sheet = result.model, result.sequence, result.sheet
    blanks = Blanks(digits, sheet)
    T = len(sequence.inputs)
    given = [t for t in range(1, T + 1) if t not in sheet.steps]
    left_out = (
        [Prose(f"Steps {', '.join(map(str, given))} are not asked: what they give stands here as a number.", "  ")]
        if given
        else []
    )
    functions = sorted({found for row in sheet.rows for found in _functions(row)} & set(MEANS))
    return [
        *title(sequence, model),
        Prose(
            f"Worksheet. Work out each numbered blank to {digits} decimals"
            + f" (go on with {blanks.digits})" * (blanks.digits > digits)
            + "; [1] stands for your result in blank 1."
        ),
        *(Prose(MEANS[name], "  ") for name in functions),
        Prose("Name: ______________________________      Date: ______________"),
        blank(),
        *text_to_vectors(sequence, model, digits),
        *left_out,
        *_questions(model, sequence, sheet, blanks),
        *_no_answers(result.left_range),
    ]


def back_sheet_page(result: "BackSheetResult", digits: int) -> list[RenderableType]:
    """The worksheet of a backward pass, or its key."""
    return answers_page(result, digits) if result.answers else worksheet_page(result, digits)


def _functions(row: Row) -> Iterable[str]:
    """The names of the functions in a row."""
    yield row.function
    for product in row.products:
        for one in (*row.before, *product.factors):
            yield from re.findall(r"[a-z_]+(?=\()", one.function)


def _no_answers(left_range: str | None) -> list[RenderableType]:
    """The word that a worksheet and its key end with where some blanks have no answer."""
    return [] if left_range is None else [blank(), notice(left_range)]


def _questions(model: Model, sequence: Tokens, sheet: Sheet, blanks: Blanks) -> list[RenderableType]:
    page: list[RenderableType] = []
    before: object = None
    for part in sheet.parts:
        here = (part.about, part.layer, part.direction, part.t)
        if here != before:
            page += [*([blank()] if page else []), part_heading(model, sequence, part)]
        before = here
        if part.gate:
            page.append(line((f"gate {part.gate}", style.HEADING), indent=2))
        if part.equation:
            page.append(line((part.equation, style.EQUATION), indent=2))
        page.append(Arithmetic([replace(row, lead=clean(row.lead)) for row in part.rows], blanks, full=True))
    return page


def part_heading(model: Model, sequence: Tokens, part: Part) -> RenderableType:
    """What the rows are about, and where."""
    a = model.network.architecture
    where = f"   layer {part.layer}" * (a.num_layers > 1) + f"   {part.direction}" * (not a.forward_only)
    if part.about in ("step", "back"):
        word = f' "{clean(sequence.names[part.t - 1])}"' if sequence.tokens is not None else ""
        back = ", backwards" if part.about == "back" else ""
        return line(
            (f"Step {part.t} of {len(sequence.inputs)}{back}", style.HEADING), (word, style.WORD), (where, style.FAINT)
        )
    if part.about == "loss":
        cross = any(row.name.startswith("dL/dlogit") for row in part.rows)
        how = (
            "L = -log p(target), dL/dlogit = p - target; p"
            if cross
            else "L = mean of (y - target)^2, dL/dy = 2 (y - target) / outputs; y"
        )
        return heading("Loss", f"{how}, what the network says, is given")
    if part.about == "gradient":
        return heading("Gradient", f"each weight's, the sum over the steps{where}")
    if part.rows and part.rows[0].key.startswith("d"):
        return heading("Gradient of the readout", "dW_hy = the sum of dL/dlogits ⊗ h, db_y = the sum of dL/dlogits")
    numbers = "y = W_hy h + b_y" + ", then the data's units" * bool(model.encoding and model.encoding.rescales_outputs)
    return heading("Readout", numbers if model.numeric else "logits = W_hy h + b_y, probabilities = softmax(logits)")


def answers_page(result: "AnswersResult | BackSheetResult", digits: int) -> list[RenderableType]:
    """The key: the number of each blank, what it is, and its value."""
    return [
        *title(result.sequence, result.model),
        heading("Key", key_note(result)),
        key_table(list(result.sheet.rows), digits),
        blank(),
        Prose("Results that were rounded on the way can differ in the last digit.", style=style.FAINT),
        *_no_answers(result.left_range),
    ]


def key_note(result: "AnswersResult | WorksheetResult | BackSheetResult") -> str:
    """How the quantities of a key are named."""
    if isinstance(result, AnswersResult | WorksheetResult):
        return "quantity[step][unit]; .input and .recurrent are the terms of a pre-activation"
    return "quantity[step][unit]; dh.future is the part of dh that comes back from the next step"


def key_table(rows: Sequence[Row], digits: int) -> Grid:
    """The number of each blank, what it is, and its value."""
    cells: list[list[str | Text]] = [
        [f"[{k}]", row.key, Text(signed(row.value, digits), style=style.by_sign(row.value))]
        for k, row in enumerate(rows, start=1)
    ]
    return Grid(["blank", "quantity", "value"], cells, align="><>")
