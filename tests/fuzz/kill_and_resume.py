"""kill -9 at random moments, then --resume to the end: is the final file that of the uninterrupted run, byte for byte?

    python tests/fuzz/kill_and_resume.py [--seed 0] [--count 50] [--seconds N] [--command "rnn"] [--quick]

Four runs take turns, saving themselves every few steps: a classifier with dropout, a language model that carries its
state, one that goes back through two chunks, a translator that reads its own words half of the time. A run may be
killed several times before it is left to end. The log must be the same too.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rnn_cli.models.bundled import samples_directory
from tests.fuzz.trials import LOG, OUT, Starter, parser, where_it_stands


@dataclass(frozen=True)
class Trial:
    """A run's command line, and how often it saves itself."""

    name: str
    data: str
    flags: tuple[str, ...]
    every: int


TRIALS = (
    Trial("classify, dropout", "reviews.tsv", ("--task", "classify", "--num-layers", "2", "--dropout", "0.3", "--epochs", "8"), 7),
    Trial("lm, carried state", "verse.txt", ("--task", "lm", "--cell", "lstm", "--epochs", "6", "--hidden-size", "64"), 3),
    Trial("lm, truncate 20,50", "verse.txt", ("--task", "lm", "--truncate", "20,50", "--epochs", "3", "--hidden-size", "48"), 5),
    Trial("translate, half free", "dates.tsv", ("--task", "translate", "--teacher-forcing", "0.5", "--hidden-size", "32", "--max-steps", "150"), 11),
)  # fmt: skip


def command(trial: Trial) -> list[str]:
    """The run from its beginning."""
    data = str(samples_directory() / "data" / trial.data)
    return ["train", data, *trial.flags, "--threads", "1", "--checkpoint-every", str(trial.every), "--out", OUT, "--log", LOG]  # fmt: skip


def to_the_end(starter: Starter, arguments: list[str], folder: Path) -> None:
    """Run the command; RuntimeError where it fails."""
    process = starter.run(arguments, folder, "whole")
    if process.code:
        raise RuntimeError(process.stderr)


def killed(starter: Starter, arguments: list[str], folder: Path, seconds: float) -> bool:
    """Kill the command after so many seconds; whether it still ran."""
    process = starter.start(arguments, folder, "killed")
    try:
        process.popen.wait(seconds)
    except subprocess.TimeoutExpired:
        process.popen.kill()
        process.wait()
        return True
    if process.code:
        raise RuntimeError(process.stderr)
    return False


def step_of(path: Path) -> int | None:
    """The step of a checkpoint, where there is one."""
    found = where_it_stands(path)
    return None if found is None else found[0]


def logged(path: Path) -> int:
    """The last step of a log whose last line may be torn."""
    last = 0
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            last = json.loads(line)["step"]
        except ValueError:
            continue
    return last


def main() -> int:
    """Print the table; 1 where a file differs."""
    made = parser(__doc__, 50, "kills")
    made.add_argument("--quick", action="store_true", help="four kills of one of the runs")
    options = made.parse_args()
    kills, trials = (4, TRIALS[1:2]) if options.quick else (options.count, TRIALS)
    starter = Starter(options.command)
    end = time.monotonic() + (options.seconds or float("inf"))
    draw = random.Random(options.seed)
    expected: dict[str, tuple[bytes, bytes, float]] = {}
    done = same = anew = 0
    with tempfile.TemporaryDirectory() as name:
        for number, trial in enumerate(trials):
            folder = Path(name) / f"whole {number}"
            folder.mkdir()
            begun = time.perf_counter()
            to_the_end(starter, command(trial), folder)
            seconds = time.perf_counter() - begun
            expected[trial.name] = ((folder / OUT).read_bytes(), (folder / LOG).read_bytes(), seconds)
            print(f"uninterrupted  {trial.name:22}{step_of(folder / OUT) or 0:>6} steps in {seconds:.1f} s", flush=True)
        print(f"{'kill':>4}  {'run':22}{'after s':>8}{'at step':>9}{'saved at':>10}   {'file':9}log", flush=True)
        sitting = 0
        while done < kills and time.monotonic() < end:
            trial = trials[sitting % len(trials)]
            sitting += 1
            folder = Path(name) / f"sitting {sitting}"
            folder.mkdir()
            file, log, seconds = expected[trial.name]
            rows = []
            for _ in range(draw.choice((1, 1, 2, 3))):
                if done == kills:
                    break
                arguments = ["train", "--resume", OUT, "--log", LOG] if (folder / OUT).exists() else command(trial)
                after = draw.uniform(0.2, seconds)
                if not killed(starter, arguments, folder, after):
                    break
                done += 1
                saved = step_of(folder / OUT)
                rows.append(
                    f"{done:4}  {trial.name:22}{after:8.2f}{logged(folder / LOG):9}{'nothing' if saved is None else saved:>10}"
                )
            if not (folder / OUT).exists():
                anew += 1
                (folder / LOG).unlink(missing_ok=True)
                to_the_end(starter, command(trial), folder)
            else:
                to_the_end(starter, ["train", "--resume", OUT, "--log", LOG], folder)
            equal = ((folder / OUT).read_bytes() == file, (folder / LOG).read_bytes() == log)
            for row in rows:
                same += all(equal)
                print(f"{row}   {'same' if equal[0] else 'DIFFERS':9}{'same' if equal[1] else 'DIFFERS'}", flush=True)
    print(
        f"{done} kills, {same} times the bytes of the uninterrupted run in file and log ({anew} runs were killed before they saved anything, and begun anew)"
    )
    return 0 if same == done else 1


if __name__ == "__main__":
    sys.exit(main())
