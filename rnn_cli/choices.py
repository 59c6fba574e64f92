"""The names that options take: they are matched without regard to case, and offered by the completion of the shell."""

from collections.abc import Callable, Iterable
from typing import Any


def _cells() -> Iterable[str]:
    from rnn_cli.core.cells import CELLS

    return CELLS


def _values_of_cell_options() -> Iterable[str]:
    """Every option of a cell with each of its values, as reset=before."""
    from rnn_cli.core.cells import CELLS, cell_class

    pairs = (item for cell in CELLS for item in cell_class(cell).options.items())
    return dict.fromkeys(f"{name}={value}" for name, values in pairs for value in values)


def _activations() -> Iterable[str]:
    return [pair.partition("=")[2] for pair in _values_of_cell_options() if pair.startswith("activation=")]


def _attentions() -> Iterable[str]:
    from rnn_cli.core.attention import NONE, SCORES

    return (NONE, *SCORES)


def _tasks() -> Iterable[str]:
    from rnn_cli.tasks import GENERATED, TASKS

    return (*TASKS, *GENERATED)


def _shapes() -> Iterable[str]:
    from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE

    return (MANY_TO_ONE, MANY_TO_MANY)


def _reads() -> Iterable[str]:
    from rnn_cli.models.foreign.choices import READS

    return READS


def _reads_once() -> Iterable[str]:
    from rnn_cli.core.reads import READS

    return READS


def _models() -> Iterable[str]:
    from rnn_cli.models.bundled import bundled_models

    return bundled_models()


def _losses() -> Iterable[str]:
    from rnn_cli.core.learning.losses import LOSSES, SUM

    return (*LOSSES, SUM)


def _reductions() -> Iterable[str]:
    from rnn_cli.study.targets import REDUCTIONS

    return REDUCTIONS


def _dtypes() -> Iterable[str]:
    from rnn_cli.study.forward import DTYPES

    return DTYPES


def _levels() -> Iterable[str]:
    from rnn_cli.inputs.tokens import LEVELS

    return LEVELS


def _optimizers() -> Iterable[str]:
    from rnn_cli.core.learning.optimizers import OPTIMIZERS

    return OPTIMIZERS


def _schedules() -> Iterable[str]:
    from rnn_cli.core.learning.schedules import SCHEDULES

    return SCHEDULES


def _schemes() -> Iterable[str]:
    from rnn_cli.core.learning.initialize import SCHEMES

    return SCHEMES


def _inits() -> Iterable[str]:
    from rnn_cli.core.gradients.random_matrix import INITS

    return INITS


def _drives() -> Iterable[str]:
    from rnn_cli.core.gradients.random_matrix import DRIVES

    return DRIVES


def _directions() -> Iterable[str]:
    from rnn_cli.core.network import BACKWARD, FORWARD

    return (FORWARD, BACKWARD)


def _roles() -> Iterable[str]:
    from rnn_cli.study.roles import DECODER, ENCODER

    return (ENCODER, DECODER)


def _themes() -> Iterable[str]:
    from rnn_cli.output.theme_names import THEME_NAMES

    return THEME_NAMES


def _rules_for_units() -> Iterable[str]:
    from rnn_cli.study.units import RULES

    return RULES


def _formats() -> Iterable[str]:
    from rnn_cli.models.formats import FORMATS

    return [name for name, one in FORMATS.items() if one.writer]


def _programs() -> Iterable[str]:
    from rnn_cli.study.code import PROGRAMS

    return PROGRAMS


def _commands() -> Iterable[str]:
    from rnn_cli.documents.schema import schema_names

    return schema_names()


CHOICES: dict[str, Callable[[], Iterable[str]]] = {
    "cell": _cells,
    "compare": _cells,
    "cells": _cells,
    "cell_option": _values_of_cell_options,
    "activation": _activations,
    "attention": _attentions,
    "task": _shapes,
    "train task": _tasks,
    "data task": _tasks,
    "race task": _tasks,
    "model": _models,
    "train init": _models,
    "convert to": _formats,
    "code": _programs,
    "gradients init": _inits,
    "drive": _drives,
    "network": _roles,
    "direction": _directions,
    "loss": _losses,
    "reduction": _reductions,
    "readout_reads": _reads,
    "train readout_reads": _reads_once,
    "dtype": _dtypes,
    "theme": _themes,
    "unit": _rules_for_units,
    "level": _levels,
    "optimizer": _optimizers,
    "schedule": _schedules,
    "initialization": _schemes,
    "schema command": _commands,
    "samples action": lambda: ("copy",),
}
"""For each parameter, where needed after its command, the names that it takes. Nothing is loaded before it is asked for."""

LISTS = ("compare", "cells")
"""Parameters that take several names, with commas between them."""


def choices_of(command: str, parameter: str) -> list[str]:
    """The names that a parameter takes; [] where it takes something else."""
    found = CHOICES.get(f"{command} {parameter}") or CHOICES.get(parameter)
    return [] if found is None else list(found())


def choices_known(command: str, parameter: str) -> bool:
    """Whether the parameter takes names."""
    return f"{command} {parameter}" in CHOICES or parameter in CHOICES


def respell(command: str, values: dict[str, Any]) -> None:
    """Write the names among a command's values as the program does, where they differ from that in case alone."""
    for parameter, value in values.items():
        if CHOICES.get(f"{command} {parameter}", CHOICES.get(parameter, _models)) is _models:
            continue  # no name, or a model, which may be a file: what loads it looks for that first
        if value and isinstance(value, list | tuple):
            values[parameter] = [_respelt(command, parameter, one) for one in value]
        elif value and isinstance(value, str):
            values[parameter] = _respelt(command, parameter, value)


def _respelt(command: str, parameter: str, value: str) -> str:
    from rnn_cli.reading import matched  # -h and --version take no names

    names = choices_of(command, parameter)
    if parameter in LISTS:
        return ",".join(matched(one, names) for one in value.split(","))
    first, colon, settings = value.partition(":") if parameter in ("task", "unit") else (value, "", "")
    return matched(first, names) + colon + settings
