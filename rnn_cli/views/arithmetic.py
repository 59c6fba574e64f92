"""The arithmetic of a step, row by row with its operands: for pages that show it and for worksheets that ask for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from rnn_cli.core.cells.base import Step
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.trace import Trace
from rnn_cli.core.why import Factor, Product, Quantity, Unfolder
from rnn_cli.views import style
from rnn_cli.views.numbers import factor, short, signed
from rnn_cli.views.page import line

MOST_TERMS = 6


@dataclass(frozen=True)
class Row:
    """name = before( sum of products ) = value. `key` names the result, for a worksheet's numbering."""

    lead: str
    name: str
    before: str
    products: tuple[Product, ...]
    value: float
    key: str


class Wording:
    """How an operand and a result are written: as numbers, rounded to `digits`."""

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def operand(self, one: Factor) -> str:
        """An operand of a product."""
        if one.function:
            return one.function.format(short(one.inner, self.digits))
        return factor(one.value, self.digits)

    def result(self, row: Row) -> Text:
        """A row's result."""
        return Text(signed(row.value, self.digits), style=style.by_sign(row.value))

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
            before = ""
            if term.scale is not None:
                before = f"{gate_at(products[0].factors[0], term.scale_name)}"
                products = tuple(Product(p.factors[1:], p.value, p.term) for p in products)
            yield Row(lead, timed(term.symbol, t, direction, len(trace.inputs)), before, products, value, key)
            lead = ""
            sums.append(Product((Factor(key, value, key),), value))
        yield Row(
            lead,
            timed(f"a_{gate}" if gate != "h" else "a_t", t, direction, len(trace.inputs)),
            "",
            tuple(sums),
            number.value,
            number.name,
        )
        out = Quantity(gate, layer, direction, t, unit)
        result, _ = unfolder.number(out)
        yield Row("", f"{gate}_{t}", result.formula, result.terms, result.value, result.name)


def gate_at(scale: Factor, name: str) -> str:
    """How the factor before a bracket is written; its number is looked up when the row is drawn."""
    return f"{name}|{scale.name}|{scale.value!r}"


def update_rows(trace: Trace, layer: int, direction: str, t: int, units: Sequence[int]) -> Iterator[Row]:
    """The rows of the states made of products (c and h of the LSTM, h of the GRU), for each unit (from 1)."""
    unfolder = Unfolder(trace)
    step: Step = trace.at(layer, direction, t)
    for update in step.updates:
        for k, unit in enumerate(units):
            number, _ = unfolder.number(Quantity(update.name, layer, direction, t, unit))
            yield Row(
                f"{update.name}_{t}" if k == 0 else "", f"unit {unit}", "", number.terms, number.value, number.name
            )


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
            lines = _wrapped(addends, room)
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
        before = row.before
        if "|" in before:
            _, name, value = before.split("|")
            before = self.wording.operand(Factor(name, float(value), name)) + "·"
        if before:
            bare = len(addends) == 1 and addends[0].startswith("(") and addends[0].endswith(")") and before[-1] != "·"
            addends[0] = before + ("" if bare else "(") + addends[0]
            addends[-1] += "" if bare else ")"
        return addends


def _wrapped(addends: Sequence[str], room: int) -> list[str]:
    lines = [addends[0]]
    for addend in addends[1:]:
        if cell_len(lines[-1]) + 3 + cell_len(addend) <= room:
            lines[-1] += f" + {addend}"
        else:
            lines.append(f"+ {addend}")
    return lines
