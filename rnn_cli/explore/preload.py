"""Modules that keys need and the first screen does not: loaded piece by piece once it stands, while no key is pressed."""

import gc
import time
from collections.abc import Callable, Iterator
from importlib import import_module

from rnn_cli.core.cells import CELLS, make_cell
from rnn_cli.core.fast import kernel_of

IDLE = 0.3
"""For so many seconds after a key nothing is loaded, which would keep the next one waiting."""

MODULES = (
    "rnn_cli.core.gradients.flow",
    "rnn_cli.study.targets",
    "rnn_cli.core.back_run",
    "rnn_cli.core.fast.batches",
    "rnn_cli.explore.draw.path",
    "rnn_cli.explore.draw.side_by_side",
    "rnn_cli.explore.draw.without",
    "rnn_cli.explore.against",
    "rnn_cli.explore.edits",
    "rnn_cli.explore.learning",
    "rnn_cli.explore.left_out",
    "rnn_cli.explore.moved",
    "rnn_cli.explore.path",
    "rnn_cli.explore.truncated",
    "rnn_cli.study.back_rows",
    "rnn_cli.explore.predict",
    "rnn_cli.study.gradients",
    "rnn_cli.study.quiz",
    "rnn_cli.study.worksheet",
    "rnn_cli.files",
    "rnn_cli.models.written",
    "rnn_cli.models.handwritten",
    "rnn_cli.views.gradients",
)


def parts() -> Iterator[None]:
    """Load them one by one, and the cells, as c goes through all of them."""
    for name in MODULES:
        import_module(name)
        yield
    for cell in CELLS:
        kernel_of(make_cell(cell))
        yield


def load(heard: Callable[[], float], stays: bool = True) -> None:
    """Load all of them. `heard`: when the last key came, on the clock that only goes forward.

    What is loaded `stays`: a search for garbage among all of it took 80 ms, in the middle of a key.
    """
    if stays:
        gc.freeze()
    for _ in parts():
        while time.monotonic() - heard() < IDLE:
            time.sleep(IDLE / 4)
    if stays:
        gc.freeze()
