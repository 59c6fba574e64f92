"""A worksheet asked one number at a time: which numbers, whether an answer is right, and which slip is behind a wrong one."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import exp, isfinite, log, nan, prod
from typing import TYPE_CHECKING

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.trace import Trace
from rnn_cli.core.why import Factor, Product
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.rows import Row
from rnn_cli.study.trace import WorksheetResult
from rnn_cli.study.worksheet import Part

if TYPE_CHECKING:
    from rnn_cli.study.bptt import BackSheetResult

TRIES = 2

RIGHT, WRONG, UNCLEAR, TELL = "right", "wrong", "unclear", "tell"
"""What an answer can be; the last two are no number, and a wish to be told."""


@dataclass
class Question:
    """One number of a sheet, and what was answered.

    others   the values of the numbers of the same kind that stand beside it: of other units
    made     the rows of its operands, by their names, where they are known
    given    the numbers that were answered; `recognised` the slips in each wrong one, the likeliest first
    """

    part: Part
    row: Row
    others: tuple[float, ...]
    made: Mapping[str, Row] = field(default_factory=dict)
    given: list[float] = field(default_factory=list)
    recognised: list[tuple[str, ...]] = field(default_factory=list)
    right: bool = False
    told: bool = False

    @property
    def slips(self) -> tuple[str, ...]:
        """Those of the first wrong answer in which any was recognised."""
        return next(filter(None, self.recognised), ())

    @property
    def last_slips(self) -> tuple[str, ...]:
        """Those of the last wrong answer: what was recognised in an earlier one says nothing of it."""
        return self.recognised[-1] if self.recognised else ()

    @property
    def over(self) -> bool:
        """Whether nothing more is asked of it: it was right, or told, or the tries are used up."""
        return self.right or self.told or len(self.given) >= TRIES


@dataclass(frozen=True, eq=False)
class QuizResult:
    """Questions in the order of the sheet, and the answers so far. `digits` decimals are asked for."""

    sheet_of: "WorksheetResult | BackSheetResult"
    trace: Trace
    questions: tuple[Question, ...]
    digits: int
    key: bool = False
    asked: list[Question] = field(default_factory=list)

    @property
    def model(self) -> Model:
        """The network."""
        return self.sheet_of.model

    @property
    def sequence(self) -> Sequence:
        """What it read."""
        return self.sheet_of.sequence

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return self.sheet_of.left_range

    @property
    def score(self) -> int:
        """How many answers were right, at the first try or the second."""
        return sum(one.right for one in self.asked)

    def take(self, question: Question, text: str) -> str:
        """Judge an answer, as `judge` does."""
        return judge(question, text, self.trace, self.digits)


def judge(question: Question, text: str, trace: Trace, digits: int) -> str:
    """Judge an answer: RIGHT, WRONG, UNCLEAR or TELL. A wrong one leaves its slips on the question."""
    if text.strip() == "?":
        question.told = True
        return TELL
    number = read_number(text)
    if number is None:
        return UNCLEAR
    question.given.append(number)
    shown = computed(question.row, lambda one: round(_inner(one), digits))
    if any(_same(number, value, digits) for value in (question.row.value, shown)):
        question.right = True
        return RIGHT
    question.recognised.append(tuple(dict.fromkeys(_recognised(question, number, decimals(text), trace, digits))))
    return WRONG


def _recognised(question: Question, given: float, places: int, trace: Trace, digits: int) -> Iterator[str]:
    """The slips that lead to an answer. One that leads to what is right is none."""
    if 0 < places < digits and abs(given - question.row.value) <= 0.5 * 10.0**-places * 1.001:
        yield "few-decimals"
    for name, value in slips(question, trace, digits):
        apart = not _same(value, question.row.value, digits)
        if isfinite(value) and apart and _same(given, value, digits):
            yield name


def make_quiz(
    sheet_of: "WorksheetResult | BackSheetResult", number: int | None, seed: int, digits: int, key: bool = False
) -> QuizResult:
    """Draw so many of a sheet's numbers by the seed, or all where None. What only has to be copied is not drawn."""
    every = [
        (part, row)
        for part in sheet_of.sheet.parts
        for row in part.rows
        if isfinite(row.value) and (number is None or _is_work(row))
    ]
    if not every:
        raise InputError("there is nothing to ask: choose other steps, or a network whose numbers are finite")
    if number is not None and number < len(every):
        drawn = np.random.default_rng([seed, 9]).choice(len(every), number, replace=False)
        every = [every[k] for k in sorted(drawn.tolist())]
    kinds: dict[int, dict[str, list[Row]]] = {}
    for part, _ in every:
        if id(part) not in kinds:
            kinds[id(part)] = {}
            for row in part.rows:
                kinds[id(part)].setdefault(_kind(row), []).append(row)
    made = {row.key: row for part in sheet_of.sheet.parts for row in part.rows}
    questions = [
        Question(part, row, tuple(one.value for one in kinds[id(part)][_kind(row)] if one is not row), made)
        for part, row in every
    ]
    trace = sheet_of.traced.trace if isinstance(sheet_of, WorksheetResult) else sheet_of.back.trace
    return QuizResult(sheet_of, trace, tuple(questions), digits, key)


def read_number(text: str) -> float | None:
    """A number as people write it: 0.25, 0,25, .25, 2.5e-1, 1/4, with a sign. None where it is none."""
    value = _written(text)
    return value if value is not None and isfinite(value) else None


def is_too_large(text: str) -> bool:
    """Whether a number is written as it should be, and lies beyond those that there are here."""
    value = _written(text)
    return value is not None and not isfinite(value)


def _written(text: str) -> float | None:
    """What is written, which may be too large to be kept; None where it is no number."""
    written = text.strip().replace("−", "-").replace(" ", "")
    if "," in written and "." not in written and written.count(",") == 1:
        written = written.replace(",", ".")
    parts = written.split("/")
    if len(parts) > 2 or not all(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", part) for part in parts):
        return None
    numbers = [float(part) for part in parts]
    if len(numbers) == 2 and numbers[1] == 0:
        return None
    return numbers[0] / numbers[1] if len(numbers) == 2 else numbers[0]


def decimals(text: str) -> int:
    """How many decimals an answer was given with; 0 for one in another form."""
    found = re.fullmatch(r"\s*[+−-]?\d*[.,](\d+)\s*", text)
    return len(found[1]) if found else 0


def slips(question: Question, trace: Trace, digits: int) -> Iterator[tuple[str, float]]:
    """The usual slips, the likeliest first, each with the number that it leads to."""
    row = question.row
    exact = computed(row)
    if row.function and row.function != "max":
        inner = replace(row, function="")
        yield "no-activation", computed(inner)
        for other in ("tanh", "sigmoid", "relu"):
            if row.function in ACTIVATIONS and other != row.function:
                yield "wrong-activation", float(ACTIVATIONS[other].function(np.array(computed(inner))))
    yield from (("matrix-left-out", value) for value in without_matrices(row).values())
    biases = [product for product in row.products if product.term == "bias"]
    if biases and len(row.products) > 1:
        yield "no-bias", computed(_without(row, biases[0]))
        for name in ("tanh", "sigmoid"):
            yield "activation-early", float(ACTIVATIONS[name].function(np.array(exact)))
    yield from (("off-by-one", computed(row, leaf)) for leaf in _other_steps(question.part, trace))
    yield from (("sign", value) for where, value in signs_turned(row) if where != PRODUCT)
    yield from (("derivative-missing", computed(row, leaf)) for leaf in _before_slopes(question))
    for product in row.products:
        for one in product.factors:
            if one.function in SLOPES and len(product.factors) > 1:
                kept = tuple(factor for factor in product.factors if factor is not one)
                yield "derivative-missing", computed(_with(row, product, Product(kept, 0.0, product.term)))
    if row.function != "max" and len(row.products) > 1:
        yield from (("left-out", computed(_without(row, one))) for one in row.products if one not in biases)
    yield from (("sign", value) for where, value in signs_turned(row) if where == PRODUCT)
    if _matrix(row) and question.part.about == "step":
        yield "transposed", computed(row, _transposed(question.part, trace))
    yield from (("wrong-unit", value) for value in question.others)
    for places in range(1, digits):
        yield "rounded-early", computed(row, lambda one, places=places: round(_inner(one), places))  # type: ignore[misc]
        rounded = tuple(Product((Factor("", round(_product(one, _inner), places)),), 0.0) for one in row.products)
        yield "rounded-early", computed(replace(row, products=rounded))


SLOPES = {one.slope.replace("{y}", "{}"): one.derivative for one in ACTIVATIONS.values()}
"""The derivatives of the activations as functions of their value, by how they are written."""

FUNCTIONS: dict[str, Callable[[float], float]] = {
    **{template: lambda y, slope=slope: float(slope(np.array(y))) for template, slope in SLOPES.items()},  # type: ignore[misc]
    "tanh({})": lambda a: float(np.tanh(a)),
    "(1 - tanh({})^2)": lambda a: float(1 - np.tanh(a) ** 2),
    "(1 - {})": lambda a: 1 - a,
    "-{}": lambda a: -a,
    "(1 / {})": lambda a: 1 / a if a else float("inf"),
    "exp({})": lambda a: exp(min(a, 700)),
    "{}^2": lambda a: a * a,
    "-log({})": lambda a: -log(a) if a > 0 else float("inf"),
}
"""What an operand's function does to it, by how it is written."""


Leaf = Callable[[Factor], float]


def _inner(one: Factor) -> float:
    """The number that an operand is, or is a function of."""
    return one.inner if one.function else one.value


def computed(row: Row, leaf: Leaf = _inner) -> float:
    """A row worked out from what `leaf` takes for each operand."""
    values = [_product(product, leaf) for product in row.products]
    if row.function == "max":
        return max(values)
    total = prod(_operand(one, leaf) for one in row.before) * sum(values)
    if row.function in ACTIVATIONS:
        return float(ACTIVATIONS[row.function].function(np.array(total)))
    return exp(min(total, 700)) if row.function == "exp" else total


def _product(product: Product, leaf: Leaf) -> float:
    return prod(_operand(one, leaf) for one in product.factors)


def _operand(one: Factor, leaf: Leaf) -> float:
    """An operand's value; a function that nobody has written down here keeps the value that it has."""
    inner = sum(_product(product, leaf) for product in one.inside) if one.inside else leaf(one)
    if not one.function:
        return inner
    return FUNCTIONS[one.function](inner) if one.function in FUNCTIONS else one.value


def _same(given: float, value: float, digits: int) -> bool:
    """Whether an answer is a number but for rounding: off by one in the last decimal, of large ones in the last digit."""
    unit = 10.0**-digits * max(1.0, abs(value) * 1e-3)
    return min(abs(given - value), abs(given - round(value, digits))) <= unit * 1.001


def _is_work(row: Row) -> bool:
    """Whether there is something to work out: more than a 0, or one number to copy."""
    weighty = [product for product in row.products if _product(product, _inner) != 0]
    alone = len(weighty) == 1 and len(weighty[0].factors) == 1 and not weighty[0].factors[0].function
    return bool(weighty) and not (alone and not row.before and row.function in ("", "identity"))


def _kind(row: Row) -> str:
    return re.sub(r"\[\d+\]", "", row.key)


def _without(row: Row, product: Product) -> Row:
    return replace(row, products=tuple(one for one in row.products if one is not product))


def _with(row: Row, old: Product, new: Product) -> Row:
    return replace(row, products=tuple(new if one is old else one for one in row.products))


def _other_steps(part: Part, trace: Trace) -> Iterator[Leaf]:
    """The operands with every state, or every input, taken from the step before or after."""
    states, T = trace.network.cell.states, len(trace.inputs)
    if part.about not in ("step", "readout"):
        return
    for kinds in (states, ("x",)):
        for shift in (-1, 1):

            def leaf(one: Factor, kinds: tuple[str, ...] = kinds, shift: int = shift) -> float:
                found = re.search(r"([\w/]+?)(?:_0|\[(\d+)\])\[(\d+)\](?:@(\d+)\.(\w+))?", one.name)
                if found is None or found[1] not in kinds:
                    return _inner(one)
                t, unit = int(found[2] or 0) + shift, int(found[3]) - 1
                if not 0 <= t <= T or (found[1] == "x" and t == 0):
                    return nan  # nobody takes a number from a step that is none
                layer = int(found[4]) if found[4] else part.layer
                direction = found[5] or trace.network.architecture.directions[0]
                if found[1] == "x":
                    return float(trace.inputs[t - 1, unit])
                state = trace.initial[layer, direction] if t == 0 else trace.at(layer, direction, t).state
                return float(state[found[1]][unit])

            yield leaf


WEIGHT = re.compile(r"(W_\w+)\[(\d+)\]\[(\d+)\]")


def _matrix(row: Row) -> bool:
    return any(WEIGHT.fullmatch(one.name) for product in row.products for one in product.factors)


WHOLE, PRODUCT = "", "·"
"""Where a sign is turned: of the number itself, or of one product; else of the products with a matrix, which is named."""


def signs_turned(row: Row) -> Iterator[tuple[str, float]]:
    """Where one sign can be wrong, and what a row comes to then."""
    yield WHOLE, -computed(row)
    if row.function == "max":
        return
    matrices = _matrices(row)
    for name in sorted(set().union(*matrices)):
        own = [name in one for one in matrices]
        if not all(own):
            yield name, computed(_turned(row, own))
    yield from ((PRODUCT, computed(_turned(row, [one is turned for one in row.products]))) for turned in row.products)


def _turned(row: Row, which: list[bool]) -> Row:
    """A row with the other sign of some products."""
    minus = Factor("", -1.0)
    products = (
        replace(one, factors=(minus, *one.factors)) if turn else one
        for one, turn in zip(row.products, which, strict=True)
    )
    return replace(row, products=tuple(products))


def _matrices(row: Row) -> list[set[str]]:
    """The matrices in each product."""
    return [{found[1] for one in product.factors if (found := WEIGHT.fullmatch(one.name))} for product in row.products]


def without_matrices(row: Row) -> dict[str, float]:
    """What a row comes to where all products with one of its matrices are forgotten, by the matrix."""
    matrices = _matrices(row)
    without = {}
    for name in sorted(set().union(*matrices)):
        kept = tuple(product for product, own in zip(row.products, matrices, strict=True) if name not in own)
        if kept and len(kept) < len(row.products):
            without[name] = computed(replace(row, products=kept))
    return without


def _before_slopes(question: Question) -> Iterator[Leaf]:
    """The errors before an activation that are operands, without its derivative: dh in place of da."""
    plain = {}
    for name in {one.name for product in question.row.products for one in product.factors}:
        made = question.made.get(name)
        if made is None or len(made.products) != 1:
            continue
        factors = made.products[0].factors
        kept = tuple(one for one in factors if one.function not in SLOPES)
        if kept and len(kept) < len(factors):
            plain[name] = computed(replace(made, products=(Product(kept, 0.0),)))
    if plain:
        yield lambda one: plain.get(one.name, _inner(one))


def _transposed(part: Part, trace: Trace) -> Leaf:
    """The operands with each weight of a square matrix taken from the other side of the diagonal."""
    named = trace.network.cell.named(trace.network.packed(part.layer, part.direction))

    def leaf(one: Factor) -> float:
        found = WEIGHT.fullmatch(one.name)
        W = named.get(found[1]) if found else None
        if found is None or W is None or W.shape[0] != W.shape[1]:
            return _inner(one)
        return float(W[int(found[3]) - 1, int(found[2]) - 1])

    return leaf
