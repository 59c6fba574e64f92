"""The keys that move the cursor: over the map, and into a number and back."""

from dataclasses import replace

from rnn_cli.explore.cursor import entered, shifted
from rnn_cli.explore.meeting import decider
from rnn_cli.explore.numbers import nothing_behind
from rnn_cli.explore.slopes import slope_key
from rnn_cli.explore.state import State
from rnn_cli.explore.still import still

FAR = 10_000_000
"""More steps, or lines, than there are."""


class Moves(State):
    """What these keys do to a session."""

    def step(self, steps: int) -> None:
        """To a later step, or an earlier one; a path that was walked goes along as far as it can."""
        t = min(max(self.cursor.t + steps, 1), self.world.length)
        folds = shifted(self.numbers, self.folds, t - self.cursor.t) if t != self.cursor.t else self.folds
        said = still(self, "step", t == self.cursor.t, steps)
        self._go(replace(self.cursor, t=t), folds)
        self.message = said

    def edge(self, by: int) -> None:
        """To the first step or the last; of the facts, to the first lines or the last."""
        if self.reading:
            self.offset = 0 if by < 0 else FAR
        else:
            self.step(by * FAR)

    def down(self, units: int) -> None:
        """To another unit; of a number that was walked into, to another of its products; of the facts, to other lines."""
        if self.reading:
            self.offset = max(self.offset + units, 0)
            return
        if self.question is not None:
            self._browse(units)
            return
        if not self.folds:
            was = self.cursor
            self._go(replace(was, unit=was.unit + units))
            self.message = still(self, "unit", self.cursor == was, units)
            return
        self._to_product(units)
        self.message = ""

    def _browse(self, products: int) -> None:
        """To other products of a number that is asked for: those that have no room are needed too."""
        if not self.folds:
            self.folds = (entered(self.numbers, self.key),)
        self._to_product(products)

    def _to_product(self, by: int) -> None:
        fold, operands = self.folds[-1], self.opened.operands
        if operands:
            product = min(max(fold.product + by, 0), len(operands) - 1)
            factor = min(fold.factor, len(operands[product]) - 1)
            self.folds = (*self.folds[:-1], replace(fold, product=product, factor=factor))

    def next_kind(self, by: int = 1) -> None:
        """To the next quantity; of a number that was walked into, to the next factor of the product."""
        if not self.folds:
            kinds = self.numbers.kinds(self.cursor.back)
            self._go(replace(self.cursor, kind=kinds[(kinds.index(self.cursor.kind) + by) % len(kinds)]))
        elif self.opened.operands:
            fold = self.folds[-1]
            factors = self.opened.operands[fold.product]
            self.folds = (*self.folds[:-1], replace(fold, factor=(fold.factor + by) % len(factors)))
            self.message = ""

    def layer(self, by: int) -> None:
        """To a layer above or below; of the facts, as many lines up or down as are shown."""
        if self.reading:
            self.down(-by * self.page)
            return
        was = self.cursor
        self._go(replace(was, layer=was.layer + by))
        self.message = still(self, "layer", self.cursor == was, by)

    def other_direction(self) -> None:
        """To the layer's other direction."""
        directions = self.numbers.a.directions
        was = self.cursor
        self._go(replace(was, direction=directions[(directions.index(was.direction) + 1) % len(directions)]))
        self.message = still(self, "direction", self.cursor == was)

    def place(self, t: int, unit: int | None = None, kind: str | None = None) -> None:
        """To a step, a unit and a quantity, as with a mouse."""
        here = self.cursor
        self._go(replace(here, t=t, unit=here.unit if unit is None else unit, kind=here.kind if kind is None else kind))

    def unfold(self) -> None:
        """Into the number under the cursor: its operands can be walked to, and into them."""
        key = self.under_cursor
        opened = self.numbers.open(key)
        decides = decider(key, self.key, self.world.length) if opened is None else ""
        if decides:
            self._enter(decides, f"{decides} decides what {key} is")
        elif opened is None:
            self.message = f"{key} {nothing_behind(key)}"
        elif self.folds and opened.key == self.folds[-1].key:
            slope = slope_key(self.world, key) if self.cursor.back else ""
            if slope:
                self._enter(slope)
            else:
                self.message = f"{key} is given, and made of nothing: w changes it"
        else:
            self._enter(key)

    def _enter(self, key: str, says: str = "") -> None:
        self.folds, self.message, self.question = (*self.folds, entered(self.numbers, key)), says, None

    def fold(self) -> None:
        """Back to the number that the one shown is an operand of."""
        self.message = still(self, "fold", not self.folds)
        self.folds, self.question = self.folds[:-1], None
