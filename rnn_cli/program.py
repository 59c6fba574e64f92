"""Runs the command, and turns every error into one message and an exit code."""

import gc
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from errno import ELOOP, ENAMETOOLONG
from pathlib import Path
from typing import Any

from rnn_cli.errors import RnnError

INTERRUPTED = 130

NEW_OBJECTS = 100_000
"""After so many, garbage is looked for. Python's own 700 searched all that is imported again and again at every start."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Run `rnn` with these arguments (sys.argv's where None) and leave with the contract's exit code."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    argv = list(sys.argv[1:] if arguments is None else arguments) or ["-h"]
    _open_closed_streams()
    if arguments is None:  # the process is ours
        _one_thread()
    try:
        with warnings.catch_warnings():
            if "--debug" not in argv:  # NumPy's warnings name lines of code; results say themselves what is not finite
                warnings.simplefilter("ignore", RuntimeWarning)
            code = _code_of(argv, ours=arguments is None)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe has gone (| head): that is no fault, and nothing more can be written.
        _abandon_stdout()
        code = 0
    except KeyboardInterrupt:  # while a message was being written
        code = INTERRUPTED
    if arguments is None:
        gc.freeze()  # the process ends: Python would search all that lives for garbage once more
    sys.exit(code)


def _one_thread() -> None:
    """Let OpenBLAS, which NumPy has yet to load, use one thread where the user has not said otherwise.

    Most products here are small: waiting for a second thread costs more than it gives, far more where other work keeps
    the processor busy, and threads take time to start. Training sets its own number (--threads).
    """
    own = ("OPENBLAS_NUM_THREADS", "OPENBLAS_DEFAULT_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
    if not any(name in os.environ for name in own):
        os.environ["OPENBLAS_NUM_THREADS"] = "1"


def _open_closed_streams() -> None:
    """A stream that the caller has closed (`rnn … <&-`) is empty, and what is written to it goes nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _code_of(argv: list[str], ours: bool) -> int:
    from typer import Abort
    from typer._click.exceptions import ClickException

    from rnn_cli.app import app

    try:
        if ours:
            _leave_interrupts_to(_interrupted)
        if os.environ.get("_RNN_COMPLETE") and ours:
            from rnn_cli.completion import answer

            sys.stdout.write(answer(argv))
            return 0
        try:
            result = app(argv, prog_name="rnn", standalone_mode=False)
        finally:
            if ours:  # what is left to do is short; while Python ends, an interrupt would show its own lines
                _leave_interrupts_to(signal.SIG_DFL)
        return result if isinstance(result, int) else 0
    except BrokenPipeError:
        raise
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # Click leaves with 1; a reader that has gone is no fault
            raise BrokenPipeError from left
        raise
    except (KeyboardInterrupt, Abort):
        return INTERRUPTED
    except ClickException as error:
        return _fail(error, _usage_message(error, argv), 2, argv)
    except RnnError as error:
        return _fail(error, str(error), error.exit_code, argv)
    except MemoryError as error:
        return _fail(error, "not enough memory for this input: make it shorter or the network smaller", 1, argv)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(error, f"{where}{error.strerror or error}", 1 if not _is_missing(error) else 2, argv)
    except Exception as error:
        what = f"{type(error).__name__}: {error}".split("\n")[0]
        return _fail(error, f"a fault of rnn itself: {what}; --debug shows where", 1, argv)


def _interrupted(number: int, frame: object) -> None:
    """The first Ctrl-C ends the command in order, a second one the process: nothing that tidies up can be struck."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt


def _leave_interrupts_to(handler: Any) -> None:
    """Change what Ctrl-C does, where it does anything: a command that a script runs with `&` ignores it."""
    if signal.getsignal(signal.SIGINT) in (signal.SIG_DFL, signal.default_int_handler, _interrupted):
        signal.signal(signal.SIGINT, handler)


def _is_missing(error: OSError) -> bool:
    """A path that does not exist or is a folder is the caller's mistake, not the system's refusal."""
    no_such_name = error.errno in (ELOOP, ENAMETOOLONG)
    return no_such_name or isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError)


def _usage_message(error: Exception, argv: Sequence[str]) -> str:
    possible = getattr(error, "possibilities", None)
    option = str(error.option_name) if hasattr(error, "possibilities") and hasattr(error, "option_name") else ""
    if possible:  # Click also compares the dashes, which all options share
        error.possibilities = [one for one in possible if _is_like(option, one)]  # type: ignore[attr-defined]
    message = str(getattr(error, "format_message", lambda: error)()).strip().rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "rnn"
    if not message:  # no command given: the help is the answer
        return str(context.get_help()) if context is not None else ""
    takes_text = context is not None and any(one.name == "text" for one in context.command.params)
    if option and takes_text and (not option.startswith("--") or " " in option):
        text = next((word for word in argv if word.startswith(option)), option)
        message += f'; a text that begins with - stands behind --: {path} -- "{text}"'
    return f"{message[0].lower()}{message[1:]} (see {path} -h)"


def _is_like(option: str, other: str) -> bool:
    from difflib import SequenceMatcher

    given, known = option.lstrip("-"), other.lstrip("-")
    return known.startswith(given) or SequenceMatcher(None, given, known).ratio() >= 0.6


def _fail(error: Exception, message: str, code: int, argv: Sequence[str]) -> int:
    from rnn_cli.output.message import complain, show_traceback
    from rnn_cli.views.clean import clean

    if "--debug" in argv:
        show_traceback(error)
    for word in argv:
        if "\n" in word:  # a name with a line break must not look like two lines of ours
            message = message.replace(word, clean(word))
    complain(message)
    return code


def _abandon_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
