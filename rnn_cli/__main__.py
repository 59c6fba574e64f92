"""The entry point of `rnn` and of `python -m rnn_cli`.

It loads nothing before it has said what Ctrl-C means: an interrupt while modules load would show where in Python's own
files it struck. So it takes the part of `signal` that is built into Python: the module itself has to be loaded.
"""

import _signal as signal  # type: ignore[import-not-found]
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run `rnn` with these arguments (sys.argv's where None) and leave with the contract's exit code."""
    if arguments is None:  # the process is ours
        _quiet_start()
    from rnn_cli.program import run

    run(arguments)


def _quiet_start() -> None:
    """Let the system end the process on Ctrl-C until `run` can do so itself. What the caller ignores stays ignored.

    A warning that a job will end soon must not end it before there is anything to save.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.argv[1:2] == ["train"] and hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)


if __name__ == "__main__":
    main()
