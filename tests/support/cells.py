"""Which cells a test runs over: all of the program's, or those that PyTorch has too."""

from rnn_cli.core.cells import CELLS, cells_of, made_cell

EVERY_CELL = tuple(CELLS)


def cells_that_torch_has() -> list[str]:
    """The cells that are a module of torch.nn."""
    return cells_of("PyTorch")


def cells_with_a_recurrent_matrix() -> list[str]:
    """The cells that multiply h_{t-1} with a matrix."""
    return [name for name in CELLS if made_cell(name, ()).recurrent]
