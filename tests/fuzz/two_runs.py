"""Two runs at once on one file, while a third process reads it: is it whole at any time, and does one of them refuse?

    python tests/fuzz/two_runs.py [--seed 0] [--count 20] [--seconds N] [--command "rnn"]

The second run starts while the first is at work, on the same file in any spelling. One of the two must end with exit
code 2 at once and name the other's process, host and since when; the other must end as if it had been alone. In every
fourth pair the first run is killed: the file must go on from there, and nothing may lie about afterwards.
"""

import platform
import random
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rnn_cli.errors import RnnError
from rnn_cli.models.load import load_model
from tests.fuzz.trials import (
    LOG,
    OUT,
    PATIENCE,
    Process,
    Starter,
    Tally,
    json_lines,
    numbers,
    others_in,
    parser,
    same_run,
    steps_in_order,
)

STEPS = "80"
RUN = ("--task", "parity:length=6", "--hidden-size", "8", "--batch-size", "16", "--max-steps", STEPS, "--checkpoint-every", "1")  # fmt: skip
REPLACES = ("--overwrite",)
KINDS = {
    "new, new": ((), ()),
    "new, new replaces": ((), REPLACES),
    "both replace": (REPLACES, REPLACES),
    "resumed, new": (None, ()),
    "resumed, new replaces": (None, REPLACES),
    "new replaces, resumed": (REPLACES, None),
    "both resumed": (None, None),
}
"""For each kind of pair, what the first and the second run add to the command line of a new run; None for a resumed one."""

FACTS = ("reads", "killed", "one refused", "it names the other", "one after the other")
FAULTS = (
    "damaged reads", "unreadable at the end", "both ran to the end", "refusal does not name it", "refused after work",
    "neither ran", "crashed", "hangs", "another model", "log torn", "log mixed", "does not go on", "left over",
)  # fmt: skip


def command(more: tuple[str, ...] | None, seed: int, out: str, log: str) -> list[str]:
    """A new run with `more` on its command line, or a resumed one."""
    kept = ["--log", log]
    if more is None:
        return ["train", "--resume", out, "--max-steps", STEPS, "--checkpoint-every", "1", *kept]
    return ["train", *RUN, "--seed", str(seed), "--out", out, *more, *kept]


@dataclass
class Alone:
    """The runs left alone: the files that they end with, one that stopped at its beginning, and how long one takes."""

    folder: Path
    seconds: float

    @property
    def files(self) -> list[Path]:
        """How the model of a run may look."""
        return [self.folder / f"seed {seed}.safetensors" for seed in (0, 1)]

    @property
    def begun(self) -> Path:
        """What a resumed run goes on from."""
        return self.folder / "begun.safetensors"


def left_alone(starter: Starter, folder: Path) -> Alone:
    """Let each of the runs go to its end."""
    folder.mkdir()
    seconds = 0.0
    for name, more in {"seed 0": (), "seed 1": (), "begun": ("--max-steps", "5")}.items():
        arguments = [*command((), int(name == "seed 1"), f"{name}.safetensors", f"{name}.jsonl"), *more]
        process = starter.run(arguments, folder, name)
        if process.code:
            raise SystemExit(process.stderr)
        seconds = max(seconds, process.seconds)
    return Alone(folder, seconds)


class Reader:
    """Reads a file again and again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reads = 0
        self.damaged: list[str] = []
        self._was_there = path.exists()

    def read(self) -> None:
        """Read it; what was there once must stay."""
        self._was_there = self._was_there or self.path.exists()
        if not self._was_there:
            return
        self.reads += 1
        try:
            load_model(str(self.path))
        except (RnnError, OSError, ValueError) as error:
            self.damaged.append(str(error))


def spelled(draw: random.Random, folder: Path) -> tuple[str, str]:
    """The file in another spelling, and what the spelling is called."""
    (folder / "alias").symlink_to(folder, target_is_directory=True)
    ways = {"same": OUT, "absolute": str(folder / OUT), "folder link": f"alias/{OUT}", "link": "link.safetensors"}
    (folder / "link.safetensors").symlink_to(OUT)
    name = draw.choice(list(ways))
    return ways[name], name


def at_work(process: Process) -> bool:
    """Whether a run has made steps."""
    return "\nstep " in process.stderr


def names(refused: Process, other: Process) -> bool:
    """Whether a refusal says whose the file is: the process, the host and a time."""
    said = refused.stderr
    return str(other.popen.pid) in said and platform.node() in said and bool(re.search(r"\d:\d\d", said))


def one_pair(
    starter: Starter, alone: Alone, folder: Path, kind: str, draw: random.Random, kill: bool, tally: Tally
) -> None:
    """Let two runs meet, and judge what they leave."""
    folder.mkdir()
    first, second = KINDS[kind]
    if first is None or first == REPLACES:
        shutil.copy(alone.begun, folder / OUT)
        shutil.copy(alone.begun.with_suffix(".jsonl"), folder / LOG)
    out, spelling = spelled(draw, folder)
    own = {OUT, LOG, "alias", "link.safetensors"}
    pause, until_killed = draw.uniform(0, 0.5) * alone.seconds, draw.uniform(0, 0.5) * alone.seconds
    reader = Reader(folder / OUT)
    a = starter.start(command(first, 0, OUT, LOG), folder, "first")
    begun = time.monotonic()
    while time.monotonic() < begun + pause:
        reader.read()
    b = starter.start(command(second, 1, out, LOG), folder, "second")
    found: set[str] = {"killed"} if kill else set()
    together = False
    while (a.alive, b.alive) != (False, False) and time.monotonic() < begun + PATIENCE:
        reader.read()
        together |= a.alive and b.alive and at_work(a) and at_work(b)
        if kill and a.alive and time.monotonic() > begun + pause + until_killed:
            a.popen.kill()
    for process in (a, b):
        process.wait()
    codes = {a.code, b.code}
    if kill and (folder / OUT).exists() and starter.run(command(None, 0, OUT, LOG), folder, "third").code:
        found.add("does not go on")
    refused, other = (b, a) if b.code == 2 else (a, b)
    if refused.code == 2:
        found.add("one refused")
        if names(refused, other):
            found.add("it names the other")
        elif "exists" not in refused.stderr and "no such file" not in refused.stderr:
            found.add("refusal does not name it")
        if at_work(refused):
            found.add("refused after work")
    if codes == {0}:
        found.add("both ran to the end" if together else "one after the other")
    if codes == {2}:
        found.add("neither ran")
    if a.broke or b.broke or codes - {0, 2, *([137] if kill else [])}:
        found.add("crashed")
    if a.hung or b.hung:
        found.add("hangs")
    if reader.damaged:
        found.add("damaged reads")
    tally.fact(kind, "reads", reader.reads)
    found |= judged(folder, alone)
    if others_in(folder, own):
        found.add("left over")
    story = f"pair in {folder.name}, second {spelling} after {pause:.2f} s, exit {a.code} and {b.code} after {a.seconds:.2f} and {b.seconds:.2f} s"
    lines = [*reader.damaged[:1], *(one.stderr.splitlines()[-1] for one in (a, b) if one.code and one.stderr)]
    tally.trial(kind, found, "; ".join([story, *lines, *others_in(folder, own)]))


def judged(folder: Path, alone: Alone) -> set[str]:
    """What is wrong with the files at the end."""
    found = set()
    if (folder / OUT).exists():
        try:
            load_model(str(folder / OUT))
            if not any(same_run(folder / OUT, file) for file in alone.files):
                found.add("another model")
        except RnnError:
            found.add("unreadable at the end")
    else:
        found.add("unreadable at the end")
    if (folder / LOG).exists():
        events = json_lines((folder / LOG).read_text(errors="replace"))
        if events is None:
            found.add("log torn")
        elif not steps_in_order(events):
            found.add("log mixed")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where anything was lost."""
    options = parser(__doc__, 20, "pairs of runs").parse_args(arguments)
    starter = Starter(options.command)
    tally = Tally("pairs of runs", FACTS, FAULTS, options.tell)
    with tempfile.TemporaryDirectory() as name:
        alone = left_alone(starter, Path(name) / "alone")
        for number in numbers(options.count, options.seconds):
            draw = random.Random(f"{options.seed} {number}")
            kind = list(KINDS)[number % len(KINDS)]
            one_pair(starter, alone, Path(name) / f"{number}", kind, draw, number % 4 == 3, tally)
    return tally.print()


if __name__ == "__main__":
    sys.exit(main())
