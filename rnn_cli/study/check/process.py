"""A process of its own for somebody's program: with limits, an empty stdin, and what it prints kept apart."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rnn_cli.core.arrays import Array
from rnn_cli.reading import whole_number
from rnn_cli.study.check.child import frames

MEMORY = 4 << 30
"""Bytes of memory that a program may ask for; NumPy itself asks for less than a tenth."""

MOST_PRINTED = 20_000
"""Bytes of what a program prints that are kept."""

START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from {module} import main; del sys.path[0]; main()"


@dataclass(frozen=True, eq=False)
class Ran:
    """What came back from a process.

    records  what its side wrote down, in order: (said, arrays)
    ended    "" where it ran to its end; else how it ended, for a sentence: "did not end within 10 s"
    where    the lines in which it was when it had to be stopped or died, innermost first: (file, line, function)
    prints   what the program printed
    """

    records: tuple[tuple[Any, dict[str, Array]], ...]
    ended: str
    where: tuple[tuple[str, int, str], ...]
    prints: str


def run_apart(
    module: str, job: Mapping[str, Any], arrays: Mapping[str, Array], timeout: float, memory: int = MEMORY
) -> Ran:
    """Run main() of a module of this program in a process of its own, with a job for it to read.

    The process does not see the terminal, and it and all that it started end with this call, however that ends.
    """
    with tempfile.TemporaryDirectory(prefix="rnn-check-") as name:
        folder = Path(name)
        with (folder / "job").open("wb") as file:
            limits = {"limit": timeout, "until": time.time() + timeout, "memory": memory}
            frames.write(file, {**job, **limits}, arrays)
        root = str(Path(__file__).resolve().parents[3])
        command = [sys.executable, "-P", "-B", "-u", "-c", START.format(module=module), root, str(folder)]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        printed: list[bytes] = []
        assert process.stdout is not None
        reader = threading.Thread(target=_drain, args=(process.stdout, printed), daemon=True)
        reader.start()
        late = False
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            late = True
        finally:
            _end(process)
        reader.join(1)
        process.stdout.close()
        out = folder / "out"
        records = tuple(frames.read(out.read_bytes())) if out.is_file() else ()
        done = bool(records) and records[-1][0].get("kind") == "done"
        where = _where(folder / "where") if late or not done else ()
    text = b"".join(printed).decode(errors="replace")
    return Ran(records, "" if done else _ending(process.returncode, late, timeout), where, text)


def _drain(stream: IO[bytes], kept: list[bytes]) -> None:
    """Read all that is printed, so that nobody waits for a full pipe, and keep the beginning."""
    size = 0
    with suppress(OSError, ValueError):
        while part := os.read(stream.fileno(), 1 << 16):
            if size < MOST_PRINTED:
                kept.append(part[: MOST_PRINTED - size])
            size += len(part)
    if size > MOST_PRINTED:
        kept.append(f"\n… and {size - MOST_PRINTED} bytes more\n".encode())


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and every other that it started."""
    with suppress(OSError):
        if hasattr(os, "killpg") and hasattr(signal, "SIGKILL"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _ending(code: int, late: bool, timeout: float) -> str:
    if late:
        return f"did not end within {timeout:g} s"
    if code < 0:
        with suppress(ValueError):
            return f"died of {signal.Signals(-code).name}"
    return f"ended the process it ran in, with exit code {code}"


def _where(path: Path) -> tuple[tuple[str, int, str], ...]:
    """The places in the last report of the watchman: the lines of the thread that ran the program."""
    if not path.is_file():
        return ()
    places: list[tuple[str, int, str]] = []
    for line in path.read_text(errors="replace").splitlines():
        file, _, rest = line.strip().removeprefix('File "').partition('", line ')
        text, _, function = rest.partition(" in ")
        number = whole_number(text)
        if number is not None:
            places.append((file, number, function))
    return tuple(places)
