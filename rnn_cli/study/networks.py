"""A network built from its sizes and the options of its cell, with weights drawn from a seed."""

import shlex
from collections.abc import Mapping, Sequence

from rnn_cli.core.cells import CELLS, cell_class
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.errors import InputError
from rnn_cli.models.checks import SIZES, check_flag
from rnn_cli.models.load import random_model
from rnn_cli.models.model import Model
from rnn_cli.models.options import options_from_flags
from rnn_cli.reading import matched

DEFAULT_MODEL = "nlp"
"""What commands take where no model is named."""

LABELS = ("negative", "positive")


def options_for(cell: str, options: Mapping[str, str]) -> dict[str, str]:
    """The given options that a cell has."""
    return {name: value for name, value in options.items() if name in cell_class(cell).options}


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
    cell = matched(cell, CELLS)
    own = options_from_flags(cell, options or {})
    if task not in (MANY_TO_ONE, MANY_TO_MANY):
        raise InputError(f"--task {task}: a built network can be {MANY_TO_ONE} or {MANY_TO_MANY}")
    if not labels or not all(labels) or len(set(labels)) != len(labels):
        raise InputError(f"--labels {','.join(labels)}: give different names with commas between them")
    sizes = {"input_size": input_size, "hidden_size": hidden_size, "num_layers": num_layers}
    for name, size in sizes.items():
        check_flag(name, size, *SIZES[name])
    architecture = Architecture(
        cell,
        input_size,
        hidden_size,
        num_layers,
        bidirectional,
        task=task,
        output_size=len(labels),
        options=own,
    )
    return random_model(architecture, tuple(labels), seed)


def flags_of_any_cell(model: Model) -> str | None:
    """The options that build networks of other cells as this random one was built; None where it was not."""
    if model.origin != "random" or model.flags is None:
        return None
    words = shlex.split(model.flags)
    if "--cell" in words:
        del words[words.index("--cell") : words.index("--cell") + 2]
    return shlex.join(words)


def shell_flags(values: Mapping[str, object]) -> str:
    """Options and their values as a shell reads them; True is an option without a value, None and False are none.

    "cell_option" holds a list of a cell's own options, as "reset=before", and "state" one of initial states.
    """
    said: list[str] = []
    for name, value in values.items():
        if name == "cell_option":
            said += [word for one in value for word in ("--" + one.partition("=")[0], one.partition("=")[2])]  # type: ignore[attr-defined]
        elif name == "state":
            said += [word for one in value for word in ("--state", str(one))]  # type: ignore[attr-defined]
        elif value is not None and value is not False:
            said += ["--" + name.replace("_", "-"), *([] if value is True else [str(value)])]
    return shlex.join(said)
