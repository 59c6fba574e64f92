"""The arithmetic of a step, row by row with its operands: for pages that show it and for worksheets that ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from rnn_cli.core.why import Factor, Product
from rnn_cli.study.rows import Row
from rnn_cli.views import style
from rnn_cli.views.numbers import factor, placed, short
from rnn_cli.views.page import line

MOST_TERMS = 6


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

    def product(self, one: Product) -> str:
        """A product of operands."""
        return "·".join(self.operand(factor) for factor in one.factors)

    def result(self, row: Row) -> Text:
        """A row's result."""
        return Text(placed(row.value, self.digits), style=style.by_sign(row.value))

    def rest(self, products: Sequence[Product]) -> str:
        """What stands for the products that a wide sum leaves out."""
        return f"… {len(products)} more = {short(sum(p.value for p in products), self.digits)}"


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
            lines = _wrapped(addends, room, _sign(row))
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

    def written(self, row: Row) -> str:
        """A row's operands in one line."""
        return _wrapped(self._addends(row), 10**9, _sign(row))[0]

    def _addends(self, row: Row) -> list[str]:
        products, rest = list(row.products), []
        if not self.full and len(products) > MOST_TERMS:
            products, rest = products[: MOST_TERMS - 1], products[MOST_TERMS - 1 :]
        addends = [self.wording.product(product) for product in products]
        if rest:
            addends.append(f"({self.wording.rest(rest)})")
        before = "".join(f"{self.wording.operand(one)}·" for one in row.before) + row.function
        if before:
            alone = len(addends) == 1 and len(products[0].factors) == 1
            bare = alone and addends[0].startswith("(") and addends[0].endswith(")") and before[-1] != "·"
            addends[0] = before + ("" if bare else "(") + addends[0]
            addends[-1] += "" if bare else ")"
        return addends


def _sign(row: Row) -> str:
    return ", " if row.function == "max" else " + "


def _wrapped(addends: Sequence[str], room: int, sign: str) -> list[str]:
    lines = [addends[0]]
    for addend in addends[1:]:
        joined = f" - {addend[1:]}" if addend.startswith("-") else f"{sign}{addend}"
        if cell_len(lines[-1] + joined) <= room:
            lines[-1] += joined
        else:
            lines.append(joined.lstrip())
    return lines
