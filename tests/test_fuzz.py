"""The trials of tests/fuzz see what they are there to see. Those that train run with --run-slow, in full for whoever asks."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import links

FOLDER = Path(__file__).parent / "fuzz"


def false_rnn(folder: Path, text: str) -> list[str]:
    """A shell script in the place of rnn."""
    (folder / "false.sh").write_text(text)
    return ["--command", shlex.join(["sh", str(folder / "false.sh")])]


def test_a_command_that_empties_what_it_reads_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    false = false_rnn(tmp_path, 'for word; do [ ! -f "$word" ] || : > "$word"; done\n')
    assert links.main(["--only", "predict", *false]) == 1
    rows = [re.split(r"  +", line) for line in capsys.readouterr().out.splitlines()]
    columns = next(row for row in rows if row[0] == "output")
    counts = next(row for row in rows if row[0] == "predict --save on what it reads")
    found = dict(zip(columns, counts, strict=True))
    assert int(found["trials"]) > 10
    assert found["input lost"] == found["not refused"] == found["trials"]


def test_a_command_that_refuses_everything_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is missed is what was due: a plain new file, and one behind a link."""
    assert links.main(["--only", "inspect", *false_rnn(tmp_path, 'echo "rnn: $*" >&2; exit 2\n')]) == 1
    lines = capsys.readouterr().out.splitlines()
    told = [re.findall(r"any output, (.*?): (.*?): ", line) for line in lines if line.startswith("- ")]
    assert told == [[("nothing in the way", "other exit code")], [("a link to a file", "other exit code")]]
    assert lines[-1].endswith(" trials, 2 lost")


def test_the_tables_of_the_trials_know_every_parameter_that_names_a_file() -> None:
    assert links.unknown(None) == []


SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py") if "def main" in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_readme_names_the_script(name: str) -> None:
    assert f"python tests/fuzz/{name}" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("kill_and_resume.py --quick", "4 kills, 4 times the bytes of the uninterrupted run in file and log"),
        ("two_runs.py --count 1", "1 trials, 0 lost"),
        ("signals.py --count 6", "6 trials, 0 lost"),
        ("damaged_files.py --count 20 --only inspect", "20 trials, 0 lost"),
        ("referee.py --count 1 --only mingru --pairs 2 --right 5 --noise 3", "noise that nothing explains: 3 of 3"),
    ],
)
def test_a_script_at_work(line: str, last: str) -> None:
    name, *options = line.split()
    done = subprocess.run(
        [sys.executable, str(FOLDER / name), *options], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith(last)
