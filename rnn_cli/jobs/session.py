"""One sitting of a coordinator on a folder, as its workers see it: a file that says whose word counts there.

The coordinator writes its number into the file. A worker that finds another one, or "stopped", saves its run and ends it;
one that finds no file does not see the folder. So nothing is left running for a coordinator that was killed once the
next one has begun, wherever the worker is.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import remove_leftovers, write_atomically
from rnn_cli.jobs.machine import here, versions

FILE, STOPPED = "session", "stopped"


@dataclass(frozen=True)
class Session:
    """A sitting: its folder, its number, and the versions of the coordinator, which must be those of a worker."""

    folder: str
    number: str
    versions: dict[str, str]

    @classmethod
    def begin(cls, folder: Path, versions: dict[str, str]) -> "Session":
        """A new sitting. SystemRefused where the folder cannot be written to."""
        session = cls(str(folder), os.urandom(16).hex(), versions)
        remove_leftovers(folder / FILE, older_than=0)  # nobody else writes it: the folder is held
        session.say(session.number)
        return session

    def say(self, text: str) -> None:
        """Write the file. SystemRefused where the system refuses."""
        path = Path(self.folder) / FILE
        try:
            write_atomically(path, text.encode())
        except OSError as error:
            raise SystemRefused(f"{path}: {error.strerror or error}") from error

    def stop(self) -> None:
        """Ask all workers to save and end what they run."""
        self.say(STOPPED)

    @property
    def goes_on(self) -> bool:
        """Whether the sitting has neither been stopped nor followed by another. Where the file cannot be read at this
        moment, it goes on: a file system over a net may be away for a while."""
        try:
            return (Path(self.folder) / FILE).read_text() == self.number
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def check(self) -> None:
        """InputError where this process does not see the folder, or is of another version than the coordinator."""
        worker = f"the worker {here()}"
        if not (Path(self.folder) / FILE).is_file():
            raise InputError(
                f"{self.folder}: {worker} does not see this folder\n"
                "name one that all workers share, under the same path (--out)"
            )
        check_versions(self.versions, versions("distributed" in self.versions), worker)


def check_versions(ours: dict[str, str], theirs: dict[str, str], worker: str) -> None:
    """InputError where a worker runs other versions than this process, or lacks a library."""
    for name, version in ours.items():
        if theirs.get(name) != version:
            has = theirs.get(name) or "none"
            raise InputError(
                f"{worker} has {name} {has}, and here it is {version}: results would differ\n"
                "install the same versions on both, best from the same environment"
            )
