"""A cell's own options as files hold them, and architectures as JSON.

Files name an option as the cell does: "activation": "relu", "reset": "before". Version 0.1.0 wrote "reset_after": true or
false, and both keys for every cell; they are still read.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rnn_cli.core.cells import CELLS, cell_class, cells_with, option_names
from rnn_cli.core.network import Architecture
from rnn_cli.core.reads import FINAL_STATE
from rnn_cli.errors import InputError

OLD_KEYS: dict[str, Any] = {"activation": "tanh", "reset_after": True}
"""The keys of 0.1.0, with the value that 0.1.0 wrote for a cell without the option."""


def chosen_options(cell: str, data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The options among the keys of a file, as an architecture holds them. Keys of other kinds are left alone.

    ValueError where the cell does not know a value, or an old key changes a cell that has no such option.
    """
    known = cell_class(cell).options
    chosen = {name: data[name] for name in known if name in data}
    if not isinstance(data.get("reset_after", True), bool):
        raise ValueError('"reset_after" must be true or false')
    if "reset" in known and "reset_after" in data:
        chosen["reset"] = "after" if data["reset_after"] else "before"
    for name, value in chosen.items():
        if value not in known[name]:
            raise ValueError(f'"{name}" must be {" or ".join(known[name])}, not {str(value)[:40]!r}')
    for name, harmless in OLD_KEYS.items():
        belongs = name in known or (name == "reset_after" and "reset" in known)
        if name in data and not belongs and data[name] != harmless:
            raise ValueError(f'"{name}" is no option of the cell {cell}')
    return options_of(cell, chosen)


def options_of(cell: str, chosen: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Options as an architecture holds them: by name, without those that are the default."""
    known = cell_class(cell).options
    return tuple(sorted((name, value) for name, value in chosen.items() if value != known[name][0]))


def architecture_to_json(architecture: Architecture) -> dict[str, Any]:
    """An architecture as JSON, for a checkpoint. What 0.1.0 did not have is named where it is not as 0.1.0 had it: what a
    readout reads, sizes of layers that differ, that all layers run backward, and vectors of parts of words.
    """
    fields = asdict(architecture)
    if architecture.reads == FINAL_STATE:
        del fields["reads"]
    for name in ("layer_sizes", "backward_only", "part_rows"):
        if not fields[name]:
            del fields[name]
    return {**fields, "options": dict(architecture.options)}


def architecture_from_json(data: Mapping[str, Any]) -> Architecture:
    """The architecture in a checkpoint of this version or 0.1.0. KeyError, TypeError or ValueError where it is damaged."""
    if "options" in data and not OLD_KEYS.keys().isdisjoint(data):
        raise ValueError(f"options stand twice: as options, and as {' or '.join(OLD_KEYS)}")
    options = data["options"] if "options" in data else {key: data[key] for key in OLD_KEYS}
    own = {key: value for key, value in data.items() if key not in ("options", *OLD_KEYS)}
    unknown = set(options) - set(cell_class(own["cell"]).options) - set(OLD_KEYS)
    if unknown:
        raise ValueError(f"the cell {own['cell']} has no {min(unknown)}")
    own["layer_sizes"] = tuple(own.get("layer_sizes", ()))
    return Architecture(**own, options=chosen_options(own["cell"], options))


def options_from_flags(cell: str, chosen: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Options that a person chose for a cell, checked against those that the cell declares.

    InputError where the cell does not exist, or does not have the option or value.
    """
    if cell not in CELLS:
        raise InputError(f"--cell {cell}: the cells are {', '.join(CELLS)}")
    known = cell_class(cell).options
    for name, value in chosen.items():
        owners = cells_with(name)
        if not owners:
            raise InputError(f"--{name}: no cell has such an option; there are {', '.join(option_names())}")
        values = known.get(name) or cell_class(owners[0]).options[name]
        if value not in values:
            raise InputError(f"--{name} {value}: it can be {' or '.join(values)}")
        if name not in known:
            raise InputError(f"--{name} is for --cell {' and --cell '.join(owners)}; {cell} has no such option")
    return options_of(cell, chosen)


def described(cell: str, options: Mapping[str, str]) -> str:
    """What the cell computes, as far as the shapes of its weights do not tell: "gru, reset before"."""
    known = cell_class(cell).options
    return ", ".join([cell, *(f"{name} {options.get(name, values[0])}" for name, values in known.items())])
