"""Which cells a test runs over: all of the program's, or those that PyTorch has too."""

from rnn_cli.core.cells import CELLS
from rnn_cli.models.pytorch import CELL_BY_GATES

EVERY_CELL = tuple(CELLS)


def cells_that_torch_has() -> list[str]:
    """The cells that are a module of torch.nn."""
    return [cell for cell in CELLS if cell in CELL_BY_GATES.values()]
