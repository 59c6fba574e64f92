"""rnn explore --serve: the words that start the program again for each visitor of the page."""

import os
from collections.abc import Collection, Iterable, Mapping
from importlib.util import find_spec
from typing import Any

import typer

from rnn_cli.errors import InputError
from rnn_cli.paths import INPUTS, PAIRS, TEXTS

PORT = 8000
NOT_AGAIN = ("serve", "port", "save_model", "overwrite")
"""Parameters of the server alone: the file of --save-model is written before it begins."""


def check_serving(ctx: typer.Context) -> None:
    """InputError where --serve cannot be, or --port is given without it."""
    values = ctx.params
    if not values["serve"]:
        if values["port"] is not None:
            raise InputError("--port is where --serve listens: give --serve too")
        return
    if find_spec("textual_serve") is None:
        raise InputError("--serve needs textual-serve: pip install 'rnn-cli[explore]'")
    if os.name == "nt":
        raise InputError("--serve starts the program by a POSIX shell, which Windows lacks: leave it out")
    if any(_reads_stdin(name, values.get(name)) for name in (*INPUTS, *TEXTS)):
        raise InputError("--serve reads its input again for each visitor, and stdin gives it once: name a file")


def _reads_stdin(name: str, value: object) -> bool:
    several = value if isinstance(value, list | tuple) else [value]
    return any(one == "-" or (name in PAIRS and str(one).endswith("=-")) for one in several)


def serve_again(ctx: typer.Context, title: str) -> None:
    """Serve the command of this context, each visitor a program of its own, until a signal ends it."""
    from rnn_cli.explore.browser import serve

    given = {name for name in ctx.params if _is_given(ctx, name)} - {*NOT_AGAIN}
    port = ctx.params["port"]
    raise SystemExit(serve(words_again(ctx.command.params, ctx.params, given), title, PORT if port is None else port))


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def words_again(parameters: Iterable[Any], values: Mapping[str, Any], given: Collection[str]) -> list[str]:
    """The words of a command line that give these of its parameters their values; arguments behind --."""
    options: list[str] = []
    arguments: list[str] = []
    for one in parameters:
        if one.name not in given:
            continue
        value = values[one.name]
        several = value if isinstance(value, list | tuple) else [value]
        if one.param_type_name == "argument":
            arguments += map(str, several)
        elif one.is_flag:
            options.append(one.opts[0] if value else one.secondary_opts[0])
        else:
            options += [f"{one.opts[0]}={each}" for each in several]
    return [*options, "--", *arguments] if arguments else options
