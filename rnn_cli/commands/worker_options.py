"""The options of commands that hand runs to workers."""

from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import group


@group
class WorkerOptions:
    """Who computes."""

    title: ClassVar = "Who computes"

    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes of this machine.  [default: one for each processor]"),
    ] = None
