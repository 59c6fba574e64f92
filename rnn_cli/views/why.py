"""The page of --why: one number unfolded to its leaves."""

from rich.console import Group, RenderableType
from rich.text import Text

from rnn_cli.core.why import Number, Product, Reason
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.study.trace import WhyResult
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, factor, signed
from rnn_cli.views.page import Grid, Prose, blank, heading, line, notice
from rnn_cli.views.parts import title

MOST_TERMS = 12
MOST_NUMBERS = 40


def why_page(result: WhyResult, digits: int) -> list[RenderableType]:
    """Each number that the one asked for is made of, once, until only weights, inputs and initial states are left."""
    model, sequence, reason = result.traced.model, result.traced.sequence, result.reason
    numbers = list(reason.numbers.values())
    root = numbers[0]
    page: list[RenderableType] = [*title(sequence, model)]
    page.append(heading(f"Why {root.name} = {signed(root.value, digits)}"))
    read = "the encoder's h, " * (result.traced.trace.look is not None)
    page.append(Prose(_how_to_read(numbers[:MOST_NUMBERS], read), style=style.FAINT))
    page.append(blank())
    for number in numbers[:MOST_NUMBERS]:
        page += number_part(number, digits)
    if len(numbers) > MOST_NUMBERS:
        page.append(
            line((f"{count(len(numbers) - MOST_NUMBERS, 'more number')}, unfolded in the JSON: --json", style.FAINT))
        )
    page.append(_words(sequence))
    page.append(blank())
    return [*page, notice(result.left_range or _largest(root, reason, digits))]


def _how_to_read(numbers: list[Number], read: str = "") -> str:
    """What a number is to the products below it, for the forms that stand on the page."""
    formulas = sorted({one.formula for one in numbers} - {"", "max"})
    said = "Each number is the sum of the products below it"
    if formulas:
        said += f", or where {' or '.join(f'= {one}(…)' for one in formulas)} stands that function of the sum"
    if any(one.formula == "max" for one in numbers):
        said += ", a max the largest of them"
    return (
        f"{said}. -> marks one that is unfolded further down; the others are weights, biases, {read}inputs "
        "x[step][component] and initial states."
    )


def number_part(number: Number, digits: int) -> list[RenderableType]:
    """One number, and the products below it."""
    how = f" = {number.formula}(…)" if number.formula else ""
    head = line(
        (number.name, style.WORD),
        (how, style.EQUATION),
        " = ",
        (signed(number.value, digits), style.by_sign(number.value)),
    )
    ordered = list(number.terms)
    hidden: list[Product] = []
    if len(ordered) > MOST_TERMS:
        ordered = sorted(ordered, key=lambda product: -abs(product.value))
        ordered, hidden = ordered[: MOST_TERMS - 1], ordered[MOST_TERMS - 1 :]
    rows: list[list[str | Text]] = []
    for product in ordered:
        names = " · ".join(("-> " if one.source else "") + one.name for one in product.factors)
        alone = len(product.factors) == 1  # its number is the result
        numbers = "" if alone else " · ".join(factor(one.value, digits) for one in product.factors)
        rows.append([names, numbers, "=", Text(signed(product.value, digits), style=style.by_sign(product.value))])
    if hidden:
        rest = sum(product.value for product in hidden)
        rows.append(
            [f"… {len(hidden)} smaller products", "", "=", Text(signed(rest, digits), style=style.by_sign(rest))]
        )
    return [head, Grid(["", "", "", ""], rows, frozen=4, align="<><>", indent=4, narrow=_below(rows)), blank()]


def _below(rows: list[list[str | Text]]) -> Group:
    """The same where names of several layers leave no room: a product's numbers stand below its names."""
    width, most = (max((len(row[k]) for row in rows), default=0) for k in (1, 3))
    return Group(
        *(
            part
            for names, numbers, equals, value in rows
            for part in (
                line(names, indent=4),
                line(f"{numbers}".ljust(width), f"  {equals}  ".ljust(5 + most - len(value)), value, indent=8),
            )
        )
    )


def _words(sequence: Sequence) -> Prose:
    if sequence.tokens is None:
        return Prose("x[t] is row t of the input.", style=style.FAINT)
    shown = ", ".join(f"x[{t}] is {clean(word)}" for t, word in enumerate(sequence.tokens[:12], start=1))
    return Prose(shown + (", …" if len(sequence.tokens) > 12 else "") + ".", style=style.FAINT)


def _largest(root: Number, reason: Reason, digits: int) -> str:
    """The largest product behind the number, one step further where the number is only an activation."""
    number = root
    while number.formula and len(number.terms) == 1 and number.terms[0].factors[0].source in reason.numbers:
        number = reason.numbers[str(number.terms[0].factors[0].source)]
    if number.formula == "max":
        larger = max(number.terms, key=lambda product: product.value)
        return f"{' · '.join(one.name for one in larger.factors)} = {signed(larger.value, digits)} is what {number.name} is: the largest."
    largest = max(number.terms, key=lambda product: abs(product.value))
    names = " · ".join(one.name for one in largest.factors)
    if largest.value == 0:
        return f"every part of {number.name} is 0."
    if len(number.terms) == 1:
        numbers = " · ".join(factor(one.value, digits) for one in largest.factors)
        return f"{number.name} is one product: {names} = {numbers} = {signed(largest.value, digits)}."
    return f"{names} = {signed(largest.value, digits)} is the largest part of {number.name} = {signed(number.value, digits)}."
