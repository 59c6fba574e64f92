"""The options of commands that hand runs to workers."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from rnn_cli.commands.options import group
from rnn_cli.errors import InputError

if TYPE_CHECKING:
    from rnn_cli.jobs.engine import Engine


@group
class WorkerOptions:
    """Who computes."""

    title: ClassVar = "Who computes"

    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes of this machine.  [default: one for each processor]"),
    ] = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="The workers of this Dask scheduler, tcp://HOST:PORT or tls://HOST:PORT.",
        ),
    ] = None
    tls_ca: Annotated[
        str | None,
        typer.Option("--tls-ca", metavar="FILE", help="For tls://: the certificate of who signed the others."),
    ] = None
    tls_cert: Annotated[
        str | None, typer.Option("--tls-cert", metavar="FILE", help="For tls://: our own certificate.")
    ] = None
    tls_key: Annotated[str | None, typer.Option("--tls-key", metavar="FILE", help="For tls://: its key.")] = None

    def engine(self, folder: Path) -> "AbstractContextManager[Engine]":
        """The engine on a folder. InputError where the options contradict each other."""
        from rnn_cli.jobs.engine import open_engine
        from rnn_cli.jobs.workers import Tls

        files = {"--tls-ca": self.tls_ca, "--tls-cert": self.tls_cert, "--tls-key": self.tls_key}
        if self.scheduler is None:
            for option, name in files.items():
                if name is not None:
                    raise InputError(f"{option} is for an encrypted connection: --scheduler tls://HOST:PORT")
        elif self.workers is not None:
            raise InputError(
                "--workers is for processes of this machine; with --scheduler its workers are those of the cluster"
            )
        return open_engine(folder, self.workers, self.scheduler, Tls(*files.values()))
