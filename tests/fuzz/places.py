"""Names for an output that are no plain new file: links, pipes, folders, and files planted under a temporary name."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.command_lines import PLAIN, Parameter, Write
from tests.fuzz.folders import EITHER, FOLLOWED, REFUSED, UNHARMED, Line, Trial, filled
from tests.fuzz.trials import Starter
from tests.fuzz.watched import names_made_in

LONG_RUN = "400"
"""Steps of a training run that takes its time, so that a refusal after the work is seen."""

OLD = b"old\n"


def _to_a_file(folder: Path, name: str) -> str:
    (folder / "behind").write_bytes(OLD)
    (folder / name).symlink_to("behind")
    return name


def _to_nothing(folder: Path, name: str) -> str:
    (folder / name).symlink_to("behind")
    return name


def _into_no_folder(folder: Path, name: str) -> str:
    (folder / name).symlink_to("nowhere/behind")
    return name


def _to_itself(folder: Path, name: str) -> str:
    (folder / name).symlink_to(name)
    return name


def _pipe(folder: Path, name: str) -> str:
    os.mkfifo(folder / name)
    return name


def _to_a_pipe(folder: Path, name: str) -> str:
    os.mkfifo(folder / "pipe")
    (folder / name).symlink_to("pipe")
    return name


def _folder(folder: Path, name: str) -> str:
    (folder / name).mkdir()
    return name


def _no_folder(folder: Path, name: str) -> str:
    return f"nowhere/{name}"


def _below_a_file(folder: Path, name: str) -> str:
    (folder / "file").write_bytes(OLD)
    return f"file/{name}"


def _too_long(folder: Path, name: str) -> str:
    return "n" * 300 + name


def _longest(folder: Path, name: str) -> str:
    return "n" * (os.pathconf(folder, "PC_NAME_MAX") - len(name)) + name


PLACES: dict[str, tuple[str, Callable[[Path, str], str]]] = {
    "a link to a file": (FOLLOWED, _to_a_file),
    "a link to nothing": (EITHER, _to_nothing),
    "a link into no folder": (REFUSED, _into_no_folder),
    "a link to itself": (REFUSED, _to_itself),
    "a pipe": (REFUSED, _pipe),
    "a link to a pipe": (REFUSED, _to_a_pipe),
    "a folder": (REFUSED, _folder),
    "in no folder": (REFUSED, _no_folder),
    "below a file": (REFUSED, _below_a_file),
    "too long a name": (REFUSED, _too_long),
    "the longest name": (EITHER, _longest),
}
"""What is due for each kind of place, and how it is made; the function returns the name to give."""


def _planted_link(victim: Path, path: Path) -> None:
    path.symlink_to(victim.name)


def _planted_hard_link(victim: Path, path: Path) -> None:
    os.link(victim, path)


def _planted_pipe(victim: Path, path: Path) -> None:
    os.mkfifo(path)


def _planted_folder(victim: Path, path: Path) -> None:
    path.mkdir()


PLANTED: dict[str, Callable[[Path, Path], None]] = {
    "a link": _planted_link,
    "a hard link": _planted_hard_link,
    "a pipe": _planted_pipe,
    "a folder": _planted_folder,
}


def places(out: Parameter, starter: Starter, templates: Path) -> Iterator[Trial]:
    """An output of a command at every kind of place, and with files planted where it will write."""
    assert out.writes is not None
    for what in PLACES:
        yield Trial(f"any output, {what}", f"{out.command} {out.name}", _at(out, out.writes, what, templates))
    for what in PLANTED:
        yield Trial(
            f"any output, {what} planted",
            f"{out.command} {out.name}",
            _beside(out, out.writes, PLANTED[what], starter, templates),
        )


def _at(out: Parameter, writes: Write, what: str, templates: Path) -> Callable[[Path], Line]:
    due, make = PLACES[what]
    if due == FOLLOWED and writes.its_own:
        due = REFUSED

    def prepare(folder: Path) -> Line:
        words = filled(folder, templates, PLAIN[out.command])
        if due == REFUSED and "--max-steps" in words:
            words[words.index("--max-steps") + 1] = LONG_RUN
        name = make(folder, f"out{writes.suffixes[0] or '.log'}")
        replaces = () if what == "a link to nothing" else writes.replaces
        return Line([out.command, *words, out.name, name, *replaces], due, (out.name,), behind="behind")

    return prepare


@cache
def _foreseen(out: Parameter, name: str, starter: Starter, templates: Path) -> list[str]:
    """The names that every run of a command gives to files beside its output: anyone can plant something there first."""
    assert out.writes is not None
    made = []
    for _ in range(2):
        with TemporaryDirectory() as temporary:
            folder = Path(temporary) / "rehearsal"
            folder.mkdir()
            line = [out.command, *filled(folder, templates, PLAIN[out.command]), out.name, name, *out.writes.replaces]
            known = {name, *(path.name for path in folder.iterdir())}
            with names_made_in(folder) as names:
                starter.run(line, folder, "run")
            made.append(names - known)
    return sorted(set.intersection(*made))


def _beside(
    out: Parameter, writes: Write, plant: Callable[[Path, Path], None], starter: Starter, templates: Path
) -> Callable[[Path], Line]:
    """Run the command where something stands under each name that can be foreseen."""

    def prepare(folder: Path) -> Line:
        name = f"out{writes.suffixes[0] or '.log'}"
        line = [out.command, *filled(folder, templates, PLAIN[out.command]), out.name, name, *writes.replaces]
        (folder / "victim").write_bytes(OLD)
        for foreseen in _foreseen(out, name, starter, templates):
            plant(folder / "victim", folder / foreseen)
        return Line(line, UNHARMED, (out.name,), input="victim")

    return prepare
