"""The arithmetic of a step, row by row with its operands: for pages that show it and for worksheets that ask for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from rnn_cli.core.network import BACKWARD
from rnn_cli.core.quantities import Update
from rnn_cli.core.trace import Trace
from rnn_cli.core.why import Factor, Product, Quantity, Unfolder
from rnn_cli.views import style
from rnn_cli.views.numbers import factor, placed, short
from rnn_cli.views.page import line

MOST_TERMS = 6


@dataclass(frozen=True)
class Row:
    """name = function(before · (sum of products)) = value. `key` names the result, for a worksheet's numbering.

    A max takes the largest of its products, not their sum.
    """

    lead: str
    name: str
    before: tuple[Factor, ...]
    products: tuple[Product, ...]
    value: float
    key: str
    function: str = ""


class Wording:
    """How an operand and a result are written: as numbers, rounded to `digits`."""

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def operand(self, one: Factor) -> str:
        """An operand of a product."""
        if one.function == "-{}":  # what is subtracted: one sign, as of any number
            return factor(-one.inner, self.digits)
        if one.function:
            return one.function.format(short(one.inner, self.digits))
        return factor(one.value, self.digits)

    def result(self, row: Row) -> Text:
        """A row's result."""
        return Text(placed(row.value, self.digits), style=style.by_sign(row.value))

    def rest(self, products: Sequence[Product]) -> str:
        """What stands for the products that a wide sum leaves out."""
        return f"… {len(products)} more = {short(sum(p.value for p in products), self.digits)}"


def gate_rows(trace: Trace, layer: int, direction: str, t: int, gate: str, units: Sequence[int]) -> Iterator[Row]:
    """The rows of one gate at one step: its terms, their sum, the activation, for each unit (from 1)."""
    unfolder = Unfolder(trace)
    step = trace.at(layer, direction, t)
    record = step.gate(gate)
    for unit in units:
        lead = f"unit {unit}"
        a = Quantity(f"a_{gate}", layer, direction, t, unit)
        number, _ = unfolder.number(a)
        sums: list[Product] = []
        for name, group in groupby(number.terms, key=lambda product: product.term):
            products = tuple(group)
            term = next(term for term in record.terms if term.name == name)
            value = float(term.value[unit - 1])
            if name == "bias":
                sums.append(Product((Factor(term.symbol, value),), value))
                continue
            key = f"{number.name}.{name}"
            before: tuple[Factor, ...] = ()
            if term.scale and term.W is not None:
                before = products[0].factors[: len(term.scale)]
                products = tuple(Product(p.factors[len(before) :], p.value, p.term) for p in products)
            yield Row(lead, timed(term.symbol, t, direction, len(trace.inputs)), before, products, value, key)
            lead = ""
            sums.append(Product((Factor(key, value, key),), value))
        yield Row(
            lead,
            timed(f"a_{gate}" if len(trace.network.cell.gates) > 1 else "a_t", t, direction, len(trace.inputs)),
            (),
            tuple(sums),
            number.value,
            number.name,
        )
        out = Quantity(gate, layer, direction, t, unit)
        result, _ = unfolder.number(out)
        yield Row("", f"{gate}_{t}", (), result.terms, result.value, result.name, result.formula)


def update_rows(
    trace: Trace, layer: int, direction: str, t: int, update: Update, units: Sequence[int]
) -> Iterator[Row]:
    """The rows of a number that is made of gates and states, for each unit (from 1)."""
    unfolder, name = Unfolder(trace), timed(update.symbol, t, direction, len(trace.inputs))
    for k, unit in enumerate(units):
        number, _ = unfolder.number(Quantity(update.name, layer, direction, t, unit))
        lead = name if k == 0 else ""
        yield Row(lead, f"unit {unit}", (), number.terms, number.value, number.name, number.formula)


def timed(symbol: str, t: int, direction: str, length: int) -> str:
    """A symbol with its step filled in: W_hh h_{t-1} at step 2 is W_hh h_1. Backwards, the state before is h_3."""
    before = t + 1 if direction == BACKWARD else t - 1
    if before > length:
        before = 0
    return symbol.replace("{t-1}", str(before)).replace("_t", f"_{t}")


@dataclass(frozen=True)
class Arithmetic:
    """Rows in columns: unit, name, operands, result. Operands that do not fit go on in a further line."""

    rows: Sequence[Row]
    wording: Wording
    full: bool = False
    indent: int = 2

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.rows:
            return
        lead = max(cell_len(row.lead) for row in self.rows)
        name = max(cell_len(row.name) for row in self.rows)
        results = [self.wording.result(row) for row in self.rows]
        result = max(text.cell_len for text in results)
        written = [self._addends(row) for row in self.rows]
        widest = max(sum(map(cell_len, addends)) + 3 * (len(addends) - 1) for addends in written)
        room = max(options.max_width - self.indent - lead - name - result - 9, 16)
        room = min(room, widest)
        for row, addends, text in zip(self.rows, written, results, strict=True):
            lines = _wrapped(addends, room, ", " if row.function == "max" else " + ")
            for k, operands in enumerate(lines):
                first, last = k == 0, k == len(lines) - 1
                yield line(
                    (row.lead if first else "").ljust(lead) + "  ",
                    ((row.name if first else "").ljust(name) + "  ", style.EQUATION),
                    operands.ljust(room) if last else operands,
                    ("  = " if last else ""),
                    text if last else "",
                    indent=self.indent,
                )

    def _addends(self, row: Row) -> list[str]:
        products, rest = list(row.products), []
        if not self.full and len(products) > MOST_TERMS:
            products, rest = products[: MOST_TERMS - 1], products[MOST_TERMS - 1 :]
        addends = ["·".join(self.wording.operand(one) for one in product.factors) for product in products]
        if rest:
            addends.append(f"({self.wording.rest(rest)})")
        before = "".join(f"{self.wording.operand(one)}·" for one in row.before) + row.function
        if before:
            bare = len(addends) == 1 and addends[0].startswith("(") and addends[0].endswith(")") and before[-1] != "·"
            addends[0] = before + ("" if bare else "(") + addends[0]
            addends[-1] += "" if bare else ")"
        return addends


def _wrapped(addends: Sequence[str], room: int, sign: str) -> list[str]:
    lines = [addends[0]]
    for addend in addends[1:]:
        if cell_len(lines[-1]) + 3 + cell_len(addend) <= room:
            lines[-1] += f"{sign}{addend}"
        else:
            lines.append(f"{sign.lstrip()}{addend}")
    return lines
