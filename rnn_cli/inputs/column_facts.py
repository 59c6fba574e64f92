"""What the cells of a column look like: labels, texts, numbers, dates, ids."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from rnn_cli.inputs.delimited import labelish

ID_NAMES = ("", "id", "ids", "idx", "index", "no", "nr", "number", "row", "uid", "guid", "uuid", "key", "unnamed: 0")
NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?%?")
DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: .*)?|\d{1,2}:\d{2}(?::\d{2})?"
)
MOSTLY = 0.95
HARDLY = 0.8
"""Labels hardly ever repeat where so many of the rows have one of their own."""
ENOUGH_ROWS = 10


def plain(name: str) -> str:
    """A column's name as names are compared."""
    return name.casefold().strip("# ")


class Column:
    """The cells of a column, without its name, which is None where line 1 has no names."""

    def __init__(self, cells: Sequence[str], name: str | None = None) -> None:
        self.cells, self.name = cells, None if name is None else plain(name)
        self.values = Counter(cells)
        self.rows = len(cells)

    def _share(self, pattern: re.Pattern[str]) -> float:
        filled = self.rows - self.values[""]
        fitting = sum(count for value, count in self.values.items() if pattern.fullmatch(value))
        return fitting / filled if filled else 0.0

    @property
    def distinct(self) -> int:
        """How many different cells there are."""
        return len(self.values)

    @cached_property
    def numeric(self) -> bool:
        """Whether the cells are numbers."""
        return self._share(NUMBER) >= MOSTLY

    @cached_property
    def dates(self) -> bool:
        """Whether the cells are dates or times of day."""
        return not self.numeric and self._share(DATE) >= MOSTLY

    @cached_property
    def words(self) -> float:
        """How many words a cell has, on average."""
        return sum(len(value.split()) * count for value, count in self.values.items()) / max(self.rows, 1)

    @property
    def empty(self) -> bool:
        """Whether there is hardly a cell that holds anything."""
        return self.values[""] >= MOSTLY * self.rows

    @cached_property
    def id(self) -> bool:
        """Whether the cells number the rows or name them: none comes twice, and they are numbers, or called so."""
        if self.rows < 2 or self.distinct < self.rows or any(" " in value for value in self.values):
            return False
        if self.name is not None and (self.name in ID_NAMES or self.name.endswith(("_id", " id"))):
            return True
        return self.rows >= ENOUGH_ROWS and not self.dates and all(re.search(r"\d", value) for value in self.values)

    @property
    def repeats(self) -> bool:
        """Whether the cells come again and again, as labels do."""
        return labelish(self.values) and not self.empty

    @property
    def hardly_repeats(self) -> bool:
        """Whether most rows have a cell of their own, as texts do."""
        alone = sum(count == 1 for count in self.values.values())
        return self.rows > 0 and alone >= HARDLY * self.rows

    @property
    def text(self) -> bool:
        """Whether the cells may be texts: words, and not the same few."""
        return not (self.numeric or self.dates or self.id or self.empty or self.repeats)
