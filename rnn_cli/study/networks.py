"""A network built from its sizes and the options of its cell, with weights drawn from a seed."""

from collections.abc import Mapping, Sequence
from typing import Any

from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.errors import InputError
from rnn_cli.models.load import random_model
from rnn_cli.models.model import Model

DEFAULT_MODEL = "nlp"
"""What commands take where no model is named."""

LABELS = ("negative", "positive")

CELL_OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "activation": ("rnn", ("tanh", "relu")),
    "reset": ("gru", ("after", "before")),
}
"""For each option of a cell the cell that has it, and what it can be, the default first."""


def check_activation(activation: str | None) -> None:
    """InputError where it is none of those that there are."""
    if activation not in (None, *CELL_OPTIONS["activation"][1]):
        raise InputError(f"--activation {activation}: it can be {' or '.join(CELL_OPTIONS['activation'][1])}")


def cell_options(cell: str, options: Mapping[str, str]) -> dict[str, Any]:
    """The options of a cell, as its architecture takes them. InputError where there is no such cell, option or value."""
    if cell not in CELLS:
        raise InputError(f"--cell {cell}: the cells are {', '.join(CELLS)}")
    for name, value in options.items():
        if name not in CELL_OPTIONS:
            raise InputError(f"{name}: no option of a cell; there are {', '.join(CELL_OPTIONS)}")
        own, values = CELL_OPTIONS[name]
        if value not in values:
            raise InputError(f"--{name} {value}: it can be {' or '.join(values)}")
        if own != cell and name == "activation":
            raise InputError("--activation is for --cell rnn; the gates of the others have their own")
        if own != cell and value != values[0]:
            raise InputError(f"--{name}-{value} is for --cell {own}")
    return {"activation": options.get("activation", "tanh"), "reset_after": options.get("reset", "after") == "after"}


def options_for(cell: str, options: Mapping[str, str]) -> dict[str, str]:
    """Those of some options that a cell has."""
    return {name: value for name, value in options.items() if CELL_OPTIONS[name][0] == cell}


def build_network(
    cell: str,
    *,
    input_size: int = 2,
    hidden_size: int = 3,
    num_layers: int = 1,
    bidirectional: bool = False,
    options: Mapping[str, str] | None = None,
    task: str = MANY_TO_ONE,
    labels: Sequence[str] = LABELS,
    seed: int = 0,
) -> Model:
    """A network with PyTorch's default initialisation and a readout with a unit for each label.

    InputError where there is no such cell, option or task, a size is not positive, or labels are not different names.
    """
    own = cell_options(cell, options or {})
    if task not in (MANY_TO_ONE, MANY_TO_MANY):
        raise InputError(f"--task {task}: a built network can be {MANY_TO_ONE} or {MANY_TO_MANY}")
    if not labels or not all(labels) or len(set(labels)) != len(labels):
        raise InputError(f"--labels {','.join(labels)}: give different names with commas between them")
    sizes = {"input_size": input_size, "hidden_size": hidden_size, "num_layers": num_layers}
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InputError(f"--{name.replace('_', '-')} {size}: a whole number from 1")
    architecture = Architecture(
        cell,
        input_size,
        hidden_size,
        num_layers,
        bidirectional,
        **own,
        task=task,
        output_size=len(labels),
    )
    return random_model(architecture, tuple(labels), seed)


def shell_flags(values: Mapping[str, object]) -> str:
    """Options and their values as a shell reads them; True is an option without a value, None and False are none."""
    import shlex

    said: list[str] = []
    for name, value in values.items():
        if value is not None and value is not False:
            said += ["--" + name.replace("_", "-"), *([] if value is True else [str(value)])]
    return shlex.join(said)
