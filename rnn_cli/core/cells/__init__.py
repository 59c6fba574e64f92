"""The cells. A new one is one file beside these and one line in CELLS."""

from dataclasses import fields
from functools import cache
from typing import Any

from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.gru import GRU
from rnn_cli.core.cells.lstm import LSTM
from rnn_cli.core.cells.rnn import VanillaRNN

CELLS: dict[str, Any] = {"rnn": VanillaRNN, "lstm": LSTM, "gru": GRU}


@cache
def make_cell(name: str, **options: Any) -> Cell:
    """The cell of that name. Of the options (activation, reset_after) each cell takes those that are its own.

    KeyError where no cell has the name.
    """
    kind = CELLS[name]
    own = {field.name for field in fields(kind)}
    cell: Cell = kind(**{key: value for key, value in options.items() if key in own})
    return cell
