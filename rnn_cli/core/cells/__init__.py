"""The cells. A new one is one file beside these and one line in CELLS.

The table names each cell's class without loading it, so that a list of the cells costs nothing.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnn_cli.core.cells.base import Cell

CELLS: dict[str, str] = {
    "rnn": "rnn_cli.core.cells.rnn:VanillaRNN",
    "lstm": "rnn_cli.core.cells.lstm:LSTM",
    "gru": "rnn_cli.core.cells.gru:GRU",
    "peephole": "rnn_cli.core.cells.peephole:Peephole",
    "mingru": "rnn_cli.core.cells.mingru:MinGRU",
    "slstm": "rnn_cli.core.cells.slstm:SLSTM",
}
"""Each cell's short name, and where its class is."""


def cell_class(name: str) -> "type[Cell]":
    """The class of a cell. KeyError where no cell has the name."""
    module, _, kind = CELLS[name].partition(":")
    found: type[Cell] = getattr(import_module(module), kind)
    return found


def make_cell(name: str, chosen: Mapping[str, str] | None = None) -> "Cell":
    """The cell of that name with these options, the default where one is not named.

    KeyError where no cell has the name; ValueError where the cell has no such option or value.
    """
    return made_cell(name, tuple(sorted((chosen or {}).items())))


@cache
def made_cell(name: str, chosen: tuple[tuple[str, str], ...]) -> "Cell":
    """The same for options as an architecture holds them; each cell is made once."""
    return cell_class(name).make(dict(chosen))


def every_cell() -> "list[Cell]":
    """Every cell with every combination of its options."""
    found = []
    for name in CELLS:
        options = cell_class(name).options
        for values in product(*options.values()):
            found.append(make_cell(name, dict(zip(options, values, strict=True))))
    return found


def cells_with(option: str) -> list[str]:
    """The names of the cells that have an option."""
    return [name for name in CELLS if option in cell_class(name).options]


def cells_of(framework: str) -> list[str]:
    """The names of the cells that a framework has."""
    return [name for name in CELLS if framework in cell_class(name).frameworks]


def option_names() -> list[str]:
    """The names of all options that some cell has."""
    return list(dict.fromkeys(name for cell in CELLS for name in cell_class(cell).options))
