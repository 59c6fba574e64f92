"""Which settings change nothing in a run, whatever their value, and why: said of defaults, and of what was asked for."""

from dataclasses import fields
from typing import Any

from rnn_cli.core.cells import make_cell
from rnn_cli.core.learning.schedules import CONSTANT
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Task
from rnn_cli.tasks.defaults import (
    ALL_NEW,
    BY_VALUE,
    FROM_INIT,
    IN_ORDER,
    NO_DECAY,
    NO_DECODER,
    NO_MOMENTUM,
    NO_ONE_ANSWER,
    NO_RECURRENCE,
    NO_SCHEDULE,
    NO_TOKENS,
    NO_VECTORS,
    NOTHING_HELD_OUT,
    OF_HELD_OUT,
    ONE_ANSWER,
    ONE_LAYER,
    TO_DECODERS,
    TO_FIRST_WEIGHTS,
    TO_TOKENS,
    Known,
)
from rnn_cli.tasks.options import flag_of
from rnn_cli.training.config import RunConfig, all_defaults


def why_idle(kind: Task, name: str, config: RunConfig, held_out: bool) -> str | None:
    """Why a setting changes nothing in this run; None where it may."""
    found = {
        NO_TOKENS: name in TO_TOKENS and kind.reads_numbers,
        IN_ORDER: name == "shuffle" and kind.running,
        ALL_NEW: name == "shuffle" and not kind.needs_data,
        FROM_INIT: name in TO_FIRST_WEIGHTS and config.init is not None,
        BY_VALUE: name == "clip_norm" and config.clip_value is not None,
        NO_DECODER: name in TO_DECODERS and not kind.writes,
        NO_ONE_ANSWER: name == ONE_ANSWER and kind.shape_of(config.options) != MANY_TO_ONE,
        NOTHING_HELD_OUT: name in OF_HELD_OUT and not held_out,
        NO_VECTORS: name == "freeze_vectors" and config.vectors is None,
        NO_DECAY: name == "decays" and not config.weight_decay,
        NO_MOMENTUM: name == "momentum" and config.optimizer != "momentum",
        NO_SCHEDULE: name == "schedule_steps" and config.schedule == CONSTANT,
        ONE_LAYER: name == "dropout" and config.num_layers == 1,
        NO_RECURRENCE: name == "dropout_state" and not make_cell(config.cell, config.options_of_cell).recurrent,
    }
    return next((why for why, holds in found.items() if holds), None)


def asked_in_vain(config: RunConfig, given: dict[str, Any], known: Known) -> list[str]:
    """What was asked for and changes nothing, a line each. What the run would take by itself is no wish of anybody's:
    the command of --explain-defaults says all options.
    """
    kind, defaults, notes = find_task(config.task), all_defaults(config.task), []
    for name in (one.name for one in fields(RunConfig) if given.get(one.name) is not None):
        default = defaults.get(name)
        if default is not None and given[name] == (default.value if default.rule is None else default.rule.of(known)):
            continue
        why = why_idle(kind, name, config, held_out=known.held_out > 0)
        if why is not None:
            notes.append(f"{flag_of(name)} changes nothing: {why[0].lower()}{why[1:-1]}")
    return notes
