"""Where the cursor stands: on a number of the map, and from there along the operands that were walked into."""

from dataclasses import dataclass, replace

from rnn_cli.explore.numbers import LOGITS, Numbers, moved_by


@dataclass(frozen=True)
class Cursor:
    """A number of the map: steps and units count from 1, layers from 0. `back`: of the backward pass."""

    kind: str
    layer: int
    direction: str
    t: int = 1
    unit: int = 1
    back: bool = False

    def key(self, numbers: Numbers) -> str:
        """The key of the number."""
        return numbers.key(self.kind, self.layer, self.direction, self.t, self.unit)

    def within(self, numbers: Numbers) -> "Cursor":
        """The nearest place that the network has."""
        a, kinds = numbers.a, numbers.kinds(self.back)
        layer = min(max(self.layer, 0), a.num_layers - 1)
        direction = self.direction if self.direction in a.directions else a.directions[0]
        kind = self.kind if self.kind in kinds else kinds[0]
        if kind == LOGITS:
            layer, direction = a.num_layers - 1, a.directions[0]
        t = min(max(self.t, 1), numbers.world.length)
        unit = min(max(self.unit, 1), numbers.size(kind, layer))
        return Cursor(kind, layer, direction, t, unit, self.back)

    def turned(self, numbers: Numbers) -> "Cursor":
        """The error at the number, or the number at which the error arrives."""
        if self.back:
            state = self.kind.removeprefix("d")
            return replace(self, kind="h" if state == "x" else state, back=False).within(numbers)
        kinds = numbers.kinds(back=True)
        near = (f"d{self.kind}", f"da_{self.kind}", "dh")
        return replace(self, kind=next(one for one in near if one in kinds), back=True).within(numbers)


@dataclass(frozen=True)
class Fold:
    """A number that was walked into, and the operand that the cursor is on: a factor of a product, from 0."""

    key: str
    product: int = 0
    factor: int = 0


def entered(numbers: Numbers, key: str) -> Fold:
    """A number as it is walked into: the cursor on the first factor that can be walked into too, past the weights."""
    opened = numbers.open(key)
    first = [] if opened is None or not opened.operands else opened.operands[0]
    keys = [numbers.key_of(one, key) for one in first]
    found = (numbers.open(one) for one in keys)
    return Fold(key, 0, next((k for k, one in enumerate(found) if one is not None and one.leaf is None), 0))


def shifted(numbers: Numbers, folds: tuple[Fold, ...], steps: int) -> tuple[Fold, ...]:
    """The same path so many steps later, as far as it goes there."""
    kept: list[Fold] = []
    for fold in folds:
        key = moved_by(fold.key, steps)
        opened = numbers.open(key)
        if opened is None or (opened.leaf is None and not opened.operands):
            break
        operands = opened.operands
        product = min(fold.product, max(len(operands) - 1, 0))
        factor = min(fold.factor, len(operands[product]) - 1) if operands else 0
        kept.append(Fold(key, product, factor))
    return tuple(kept)
