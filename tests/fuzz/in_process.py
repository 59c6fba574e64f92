"""One command within this process, its exit code the one that main would give, and what must not be seen of it.

Seconds and memory are held too: SIGALRM ends what takes too long, and the most memory is that which Linux counts; on
another system it is not looked at.
"""

import json
import re
import signal
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import FrameType

from rnn_cli.__main__ import main
from tests.fuzz.folders import Files, files_in
from tests.fuzz.trials import FAULTS_OF_RNN

CODES = (0, 2, 3, 4, 5)
"""Those of the contract that a file alone can lead to: 1 would say that the system refused, where it did not."""

SECONDS, MEGABYTES, PATIENCE = 5, 400, 60
"""More than a damaged file of some kilobytes may take: of the processor's seconds, and after so many of the clock it hangs."""

FAULTS = (
    "other exit code", "traceback", "no message", "many messages", "long message", "bare signs", "printed", "no document", "changed", "left over",
    "slow", "memory", "crash",
)  # fmt: skip

LINES, LETTERS = 5, 1500
"""The longest message: the contract has one or two lines, and a list of what there is may take more."""

SIGNS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What a file must not bring onto a terminal."""


@dataclass(frozen=True)
class Ended:
    """What a command left behind. `code` is None where it took too long."""

    code: int | None
    stdout: str
    stderr: str
    seconds: float
    megabytes: float


class TooLong(BaseException):
    """Raised by the alarm; it passes whatever a command catches."""


def run(arguments: Sequence[str], folder: Path, stdin: bytes = b"") -> Ended:
    """Run it."""
    streams = [TextIOWrapper(BytesIO(data), encoding="utf-8", errors="backslashreplace") for data in (stdin, b"", b"")]
    kept, code = (sys.stdin, sys.stdout, sys.stderr), None
    before, began = _reset_memory(), time.process_time()
    try:
        sys.stdin, sys.stdout, sys.stderr = streams
        with chdir(folder), _alarm(), warnings.catch_warnings(), suppress(TooLong):
            warnings.simplefilter("default")  # as in a process of its own, where a test has made them errors
            try:
                main(list(arguments))
            except SystemExit as left:
                code = left.code if isinstance(left.code, int) else int(left.code is not None)
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
    seconds = time.process_time() - began
    for stream in streams[1:]:
        stream.flush()
    out, err = (stream.buffer.getvalue().decode("utf-8", "replace") for stream in streams[1:])
    return Ended(code, out, err, seconds, _most_memory() - before)


@contextmanager
def _alarm() -> Iterator[None]:
    if not hasattr(signal, "setitimer"):
        yield
        return

    def strike(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    former = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def _reset_memory() -> float:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _most_memory()


def _most_memory() -> float:
    """The most megabytes of this process since it was reset."""
    with suppress(OSError):
        found = re.search(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def judged(ended: Ended, arguments: Sequence[str], before: Files, after: Files) -> set[str]:
    """What is wrong with it."""
    found: set[str] = set()
    said = re.findall(r"^rnn: ", ended.stderr, re.MULTILINE)
    if ended.code is None or ended.seconds > SECONDS:
        found.add("slow")
    if ended.megabytes > MEGABYTES:
        found.add("memory")
    if ended.code is not None and ended.code not in CODES:
        found.add("other exit code")
    if any(sign in ended.stderr for sign in (*FAULTS_OF_RNN, "Warning:")):
        found.add("traceback")
    if SIGNS.search(ended.stdout + ended.stderr):
        found.add("bare signs")
    if ended.code and (ended.code != 5 or "--json" not in arguments):
        message = ended.stderr.rpartition("rnn: ")[2]
        if not said and not (ended.code == 5 and ended.stdout):
            found.add("no message")
        if len(message) > LETTERS or message.count("\n") > LINES:
            found.add("long message")
    if len(said) > 1:
        found.add("many messages")
    if ended.code in (2, 4) and ended.stdout:
        found.add("printed")
    if "--json" in arguments and arguments[0] != "train" and ended.code == 0 and not _is_document(ended.stdout):
        found.add("no document")
    if any(after.get(name) != was for name, was in before.items()) and ended.code:
        found.add("changed")
    if ended.code and set(after) - set(before):
        found.add("left over")
    return found


def _is_document(text: str) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return isinstance(json.loads(text, parse_constant=refuse), dict)
    except ValueError:
        return False


def tried(arguments: Sequence[str], folder: Path) -> tuple[set[str], Ended]:
    """Run it in a folder and judge what it did there."""
    before = files_in(folder)
    ended = run(arguments, folder)
    return judged(ended, arguments, before, files_in(folder)), ended
