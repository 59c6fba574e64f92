"""The words of rnn quiz: questions, hints that do not give the number away, and the score."""

import re
from dataclasses import replace
from sys import float_info

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.study.quiz import (
    PRODUCT,
    RIGHT,
    TELL,
    TRIES,
    UNCLEAR,
    WHOLE,
    Question,
    QuizResult,
    is_too_large,
    signs_turned,
    without_matrices,
)
from rnn_cli.study.rows import Row
from rnn_cli.views import style
from rnn_cli.views.arithmetic import Arithmetic
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, signed
from rnn_cli.views.page import Grid, Prose, blank, heading, line, notice
from rnn_cli.views.parts import text_to_vectors, title
from rnn_cli.views.worksheet import Written, key_note, key_table, part_heading

HINTS = {
    "no-activation": "that is the sum alone; the function before the bracket is still to be taken",
    "wrong-activation": "that is another activation's value; look which function stands before the bracket",
    "activation-early": "an activation was taken already; here only the sum is asked",
    "matrix-left-out": "all products with one of the matrices are missing from the sum",
    "no-bias": "the bias is missing from the sum",
    "off-by-one": "an operand is of another step; look whose state, and whose input, the weights multiply",
    "sign": "a sign is wrong",
    "derivative-missing": "the derivative of the activation is missing from the product",
    "left-out": "one of the products is missing from the sum",
    "transposed": "the weights were taken from a column of the matrix; a unit has a row of it",
    "wrong-unit": "that is the number of another unit",
    "rounded-early": "perhaps it was rounded too early: keep all decimals until the end",
    "few-decimals": "that is the number with too few decimals",
}
"""What is said of a slip."""

KEEPS_SIGN, NEVER_NEGATIVE = ("tanh", "identity"), ("sigmoid", "relu", "exp")


def unread(text: str) -> str:
    """Why what was typed is not taken for a number."""
    typed, written = clean(text.strip()), "write 0.25, -1/4 or 2.5e-1"
    if not typed:
        return f"nothing was typed: {written}"
    if is_too_large(text):
        return f"{typed!r} is too large: no number here goes beyond {float_info.max:.1e}"
    return f"{typed!r} is no number: {written}"


def hint(name: str, question: Question) -> str:
    """What is said of a slip in this very expression."""
    rule = _rule_of_signs(question) if name == "sign" else ""
    if name == "matrix-left-out" and question.given:
        values = without_matrices(question.row)
        rule = f"those with {min(values, key=lambda one: abs(values[one] - question.given[-1]))}"
    return HINTS[name] + (f"; {rule}" if rule else "")


def _rule_of_signs(question: Question) -> str:
    """The rule that the expression calls for, where one does; or which matrix has the other sign."""
    row, whole = question.row, True
    if question.given:
        where, _ = min(signs_turned(row), key=lambda one: abs(one[1] - question.given[-1]))
        if where not in (WHOLE, PRODUCT):
            return f"that of the products with {where}"
        whole = where == WHOLE
    return _rule_of_function(row) if whole and (row.function or row.before) else _rule_of_products(row)


def _rule_of_function(row: Row) -> str:
    """What a function does to the sign of what stands in its bracket."""
    if row.function in KEEPS_SIGN:
        return f"{row.function} keeps the sign of what stands in the bracket"
    if row.function in NEVER_NEGATIVE:
        return f"{row.function} is never negative"
    return ""


def _rule_of_products(row: Row) -> str:
    """How the signs of factors make that of a product."""
    negatives = [sum(one.value < 0 for one in product.factors) for product in row.products if product.value]
    several = [k for product, k in zip([p for p in row.products if p.value], negatives, strict=True)
               if len(product.factors) > 1]  # fmt: skip
    if any(k >= 2 for k in several):
        return "count the minus signs of each product: two of them multiplied make a plus, one alone a minus"
    if any(several):
        return "a product with one minus sign is negative"
    if len(negatives) > 1 and all(negatives):
        return "the sum of negative numbers is negative"
    return ""


class Asked(Written):
    """Writes the operands as numbers, and a question mark for what is asked."""

    def result(self, row: object) -> Text:
        """The question mark."""
        return Text("?", style=style.WORD)


def opening(result: QuizResult) -> list[RenderableType]:
    """What stands before the first question."""
    return [
        *title(result.sequence, result.model),
        *text_to_vectors(result.sequence, result.model, result.digits),
        Prose(
            f"{count(len(result.questions), 'question')}, each to {result.digits} decimals, the last of which "
            f"may be off by one: 0.25, 0,25 and 1/4 are the "
            f"same. You have {TRIES} tries; ? tells the number, Ctrl-D ends."
        ),
    ]


def asking(result: QuizResult, question: Question) -> list[RenderableType]:
    """One question."""
    number = next(k for k, one in enumerate(result.questions, start=1) if one is question)
    part, row = question.part, question.row
    named = row.name.startswith("unit")
    asked = part.equation.partition(" = ")[0] if named else row.name
    unit = row.name if named else _whose(question)
    lines: list[RenderableType] = [
        blank(),
        line((f"Question {number} of {len(result.questions)}", style.TITLE)),
        part_heading(result.model, result.sequence, part),
    ]
    if part.equation:
        lines.append(line((part.equation, style.EQUATION), indent=2))
    return [*lines, Arithmetic([replace(row, lead=unit, name=asked)], Asked(result.digits), full=True)]


def _whose(question: Question) -> str:
    """Of which unit, class or step a number is, where its own name does not say it: that of an element of a matrix does."""
    part, row = question.part, question.row
    if part.about == "loss":
        at = re.match(r"\w+\[(\d+)\]\[", row.key)
        return clean(row.lead) + (f", step {at[1]}" if at and not row.lead.startswith("step") else "")
    if part.about == "gradient":
        return ""
    if row.lead.startswith(("unit", "step")) or part.about == "readout":
        return clean(row.lead)
    unit = re.search(r"\[(\d+)\](?:\.\w+)?(?:@\S+)?$", row.key)
    return f"unit {unit[1]}" if unit else ""


def replying(result: QuizResult, question: Question, verdict: str, text: str = "") -> list[RenderableType]:
    """What is said to an answer."""
    told = line(("it is ", ""), (signed(question.row.value, result.digits), style.WORD), indent=2)
    if verdict == UNCLEAR:
        return [Prose(f"{unread(text)}; ? tells it", " ", style.WARNING)]
    if verdict == RIGHT:
        return [line(("right", style.GOOD), indent=2)]
    if verdict == TELL:
        return [told]
    hints = "\nor: ".join(hint(name, question) for name in question.last_slips[:2])
    if len(question.given) < TRIES:
        several = any(len(product.factors) > 1 for product in question.row.products)
        said = f"not yet: {hints or 'work it out once more' + ', product by product' * several}"
        return [Prose(f"{said}.", " ", style.WARNING)]
    return [line(("no; ", style.BAD), told.plain.strip(), indent=2)]


def quiz_page(result: QuizResult, digits: int) -> list[RenderableType]:
    """The score with every answer; or only the key."""
    if result.key:
        rows = [one.row for one in result.questions]
        return [
            *title(result.sequence, result.model),
            heading("Key", f"of the questions in order; {key_note(result.sheet_of)}"),
            key_table(rows, digits),
        ]
    cells: list[list[str | Text]] = [
        [
            one.row.key,
            signed(one.row.value, digits),
            "" if not one.given else signed(one.given[-1], digits),
            _verdict(one),
            ", ".join((one.slips if one.right or one.told else one.last_slips)[:1]),
        ]
        for one in result.asked
    ]
    return [
        blank(),
        heading("Score", f"{result.score} of {sum(one.over for one in result.asked)} right"),
        *([Grid(["quantity", "is", "you", "", "slip"], cells, align="<>><<")] if cells else []),
        *([Prose(f"{key_note(result.sheet_of)}.", " ", style=style.FAINT)] if cells else []),
        *([] if len(result.asked) == len(result.questions) else [_unasked(result)]),
        *([] if result.left_range is None else [notice(result.left_range)]),
    ]


def _verdict(one: Question) -> str:
    if one.right:
        return "right" if len(one.given) == 1 else "right at the second try"
    if one.told:
        return "told"
    return "wrong" if one.over else "not answered"


def _unasked(result: QuizResult) -> Prose:
    return Prose(f"It ended before {count(len(result.questions) - len(result.asked), 'more question')}.", " ")
