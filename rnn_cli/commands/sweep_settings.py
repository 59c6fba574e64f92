"""What a setting of a sweep means: its values go through the very options of rnn train."""

from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from difflib import get_close_matches
from functools import cache
from typing import Any

import typer

from rnn_cli.commands.data_options import data_options
from rnn_cli.commands.train_options import DataFlags, NetworkFlags, OptimizationFlags
from rnn_cli.commands.train_session import CommandLine
from rnn_cli.core.cells import option_names
from rnn_cli.errors import InputError
from rnn_cli.sweep.plan import Setting
from rnn_cli.tasks import find_task
from rnn_cli.tasks.options import DataOptions, check_options, of_new_run
from rnn_cli.training.build import check_choices
from rnn_cli.training.config import configure

YES_NO = {"yes": True, "no": False}
OF_A_RUN = ("eval_every",)
"""What may vary of the options that rnn train has for its output."""

OPEN = DataOptions()


class Meant:
    """The settings of a sweep as rnn train would take them from its command line."""

    def __init__(self, context: typer.Context, fixed: CommandLine) -> None:
        self.fixed = fixed
        self._context = context
        own = {one.name for group in (NetworkFlags, OptimizationFlags, DataFlags) for one in fields(group)}
        self._parameters = {
            flag.removeprefix("--"): one
            for one in context.command.params
            if one.name in own | set(OF_A_RUN)
            for flag in one.opts
        }
        self.value = cache(self._value)

    def settings(self, said: Iterable[dict[str, str]]) -> list[Setting]:
        """Each setting. InputError where a value is none that rnn train would take."""
        return [self._setting(one) for one in said]

    def _setting(self, said: dict[str, str]) -> Setting:
        values = {name: self.value(name, text) for name, text in said.items()}
        line = self.fixed
        for name, value in values.items():
            line = self._with(line, name, value)
        given, options = line.settings, data_options(line.read)
        try:
            kind = find_task(line.task or "")
            check_options(kind.name, of_new_run(options, kind.accepts), kind.accepts)
            check_choices(configure({**given, "data": tuple(line.files), "options": options}))
        except InputError as error:
            if not said:
                raise
            told = " ".join(f"{name}={text}" for name, text in said.items())
            raise InputError(f"--grid {told}: {error}") from error
        chosen = {name: value for name, value in given.items() if value is not None and name not in ("seed", "task")}
        return Setting(values, chosen, {one: v for one, v in asdict(options).items() if v != getattr(OPEN, one)})

    def _value(self, name: str, text: str) -> Any:
        """What a text means as the value of an option."""
        if name in option_names():
            return text
        parameter = self._parameters.get(name)
        if parameter is None:
            near = get_close_matches(name, [*self._parameters, *option_names()], 1)
            meant = f"did you mean {near[0]}?" if near else "rnn sweep -h lists them"
            raise InputError(f"--grid {name}: is no option of rnn train that a sweep can vary ({meant})")
        if getattr(parameter, "is_flag", False):
            if text not in YES_NO:
                raise InputError(f"--grid {name}={text}: it can be yes or no")
            return YES_NO[text]
        try:
            return parameter.process_value(self._context, text)
        except Exception as error:
            message = getattr(error, "message", str(error))
            raise InputError(f"--grid {name}={text}: {message}") from error

    def check_said_once(self, names: Iterable[str]) -> None:
        """InputError where an option varies that is also given for all runs."""
        for name in names:
            parameter = self._parameters.get(name)
            source = None if parameter is None else self._context.get_parameter_source(str(parameter.name))
            if source is not None and source.name == "COMMANDLINE":
                raise InputError(f"--{name} is given for all runs, and --grid {name} varies it: leave one of them out")

    def _with(self, line: CommandLine, name: str, value: Any) -> CommandLine:
        if name in option_names():
            network = replace(line.network, cell_option=[*line.network.cell_option, f"{name}={value}"])
            return replace(line, network=network)
        field = str(self._parameters[name].name)
        for group in ("network", "optimization", "read", "keep"):
            if hasattr(getattr(line, group), field):
                return replace(line, **{group: replace(getattr(line, group), **{field: value})})
        raise AssertionError(field)
