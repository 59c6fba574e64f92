"""Damaged files for every reader of every command: one message, an exit code of the contract, and nothing written.

    python tests/fuzz/damaged_files.py [--seed 0] [--count 20000] [--seconds N] [--only "train"] [--keep DIR]

Each trial gives a reader (readers.py) a file with a few changes (mutants.py). Commands run within a copy of this process,
which begins anew where one has died; with --command they are processes of their own, for a sample. --keep DIR writes the
files that led to a fault there. A file that asks for more memory than 6 GB is refused it.
"""

import os
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.folders import files_in
from tests.fuzz.in_process import FAULTS, Ended, judged, tried
from tests.fuzz.mutants import mutant
from tests.fuzz.readers import Reader, prepare, readers, unread
from tests.fuzz.trials import Starter, Tally, numbers, parser

FACTS = (*(f"exit {code}" for code in (0, 1, 2, 3, 4, 5)), "names no file")
LARGEST = 6 << 30
SLOW = 40
"""A reader whose line starts processes of its own is drawn so many times more seldom."""

Told = tuple[set[str], str]


def drawn(seed: int, number: int, every: Sequence[Reader]) -> tuple[Reader, random.Random]:
    """The reader of a trial, and what the trial is drawn from: a function of the seed and its number."""
    draw = random.Random(f"{seed} {number}")
    return draw.choices(every, [1 / SLOW if one.slow else 1.0 for one in every])[0], draw


def trial(reader: Reader, draw: random.Random, folder: Path, starter: Starter | None, keep: Path | None) -> Told:
    """Damage the file in a folder that is as it should be, run the command, and judge it; the folder is as it was then."""
    path = folder / reader.at
    good = path.read_bytes()
    path.write_bytes(mutant(draw, good))
    arguments = [*reader.words(), *(["--json"] if draw.random() < 0.5 and reader.command != "convert" else [])]
    if starter is None:
        found, ended = tried(arguments, folder)
    else:
        before = files_in(folder)
        process = starter.run(arguments, folder, "run")
        code = None if process.hung else process.code
        ended = Ended(code, process.stdout, process.stderr, 0, 0)  # the clock says more of the machine than of rnn
        found = judged(ended, arguments, before, files_in(folder))
    if reader.slow:  # runs that were begun have a folder, and each says what came of it
        found -= {"printed", "left over"}
    if found and keep is not None:
        shutil.copy(path, keep / f"{abs(hash((*arguments, path.read_bytes())))}-{path.name}")
    path.write_bytes(good)
    found.add(f"exit {ended.code}")
    if ended.code in (2, 4) and path.name not in ended.stderr:
        found.add("names no file")
    said = ended.stderr.rpartition("rnn: ")[2].strip() or ended.stderr[-300:]
    story = (
        f"rnn {' '.join(arguments)}: exit {ended.code}, {ended.seconds:.2f} s, {ended.megabytes:.0f} MB: {said[:500]!r}"
    )
    return {one for one in found if one in FACTS or one in FAULTS}, story


def worker(send: Connection, every: Sequence[Reader], options: object, first: int, templates: Path, base: Path) -> None:
    """Trials from the number `first`, until this process is ended: says each number, then what was found."""
    seed, count, seconds, command, keep = (
        getattr(options, name) for name in ("seed", "count", "seconds", "command", "keep")
    )
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))
    starter = Starter(command) if command else None
    os.environ["XDG_CACHE_HOME"] = str(base / "cache")
    for k in numbers(count - first, seconds):
        reader, draw = drawn(seed, first + k, every)
        folder = base / f"{first + k}"
        folder.mkdir()
        prepare(reader, folder, templates)
        send.send((first + k, None))
        send.send((first + k, trial(reader, draw, folder, starter, keep)))
        shutil.rmtree(folder)
    send.send((count, None))


def attempts(every: Sequence[Reader], options: object, templates: Path, base: Path) -> Iterator[tuple[int, Told]]:
    """The number of each trial and what was found; a process that dies in one of them is begun anew after it."""
    import time

    began, first, count = time.monotonic(), 0, options.count  # type: ignore[attr-defined]
    fork = get_context("fork")
    while first < count:
        receive, send = fork.Pipe(duplex=False)
        process = fork.Process(target=worker, args=(send, every, options, first, templates, base))
        process.start()
        send.close()
        try:
            while True:
                first, told = receive.recv()
                if told is not None:
                    yield first, told
                first += told is not None
        except EOFError:
            process.join()
        finally:
            if process.is_alive():
                process.kill()
        if process.exitcode:
            yield first, ({"crash"}, f"the process ended with {process.exitcode}")
            first += 1
        if options.seconds is not None:  # type: ignore[attr-defined]
            options.seconds -= time.monotonic() - began  # type: ignore[attr-defined]
            began = time.monotonic()
            if options.seconds < 0:  # type: ignore[attr-defined]
                return
        elif not process.exitcode:
            return


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a fault was found."""
    made = parser(__doc__, 20_000, "trials")
    made.add_argument("--only", help="readers whose name begins so: a command, and a parameter")
    made.add_argument("--keep", type=Path, help="where the files that led to a fault are written")
    options = made.parse_args(arguments)
    every = [one for one in readers() if one.name.startswith(options.only or "")]
    if options.keep is not None:
        options.keep.mkdir(exist_ok=True)
    tally = Tally("reader", FACTS, FAULTS, options.tell)
    with tempfile.TemporaryDirectory() as name:
        templates = Path(name) / "templates"
        templates.mkdir()
        for k, one in enumerate(every):  # what is made once is made before there are copies of this process
            (Path(name) / f"first {k}").mkdir()
            prepare(one, Path(name) / f"first {k}", templates)
        with suppress(KeyboardInterrupt):
            for number, (found, story) in attempts(every, options, templates, Path(name)):
                reader, _ = drawn(options.seed, number, every)
                tally.trial(
                    f"{reader.command} {reader.form}" if options.only else reader.form, found, f"{number}: {story}"
                )
    code = tally.print()
    for name in unread(readers()):
        print(f"not tried: {name}: readers.py has no line for it")
        code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
