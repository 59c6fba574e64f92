"""Every benchmark runs with --quick and prints its tables. What they measure is no test's business."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.networks import slow_if

FOLDER = Path(__file__).parent / "benchmarks"
QUICK = [
    "explore_keys.py",
    "gradients_speed.py",
    "json_lines.py",
    "long_results.py",
    "min_char_rnn.py",
    "scaling.py",
    "startup.py",
    "step_profile.py",
    "sweep_table.py",
    "training_step.py",
]
NEEDS = {"explore_keys.py": "textual", "training_step.py": "torch"}


@pytest.mark.parametrize(
    "name", slow_if(QUICK, *(one for one in QUICK if one not in ("min_char_rnn.py", "step_profile.py")))
)
def test_the_script_runs_quickly(name: str, tmp_path: Path) -> None:
    if find_spec(NEEDS.get(name, "sys")) is None:
        pytest.skip(f"{name} needs {NEEDS[name]}")
    done = subprocess.run(
        [sys.executable, str(FOLDER / name), "--quick"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert not re.search("Traceback|Warning|Error", done.stderr), done.stderr  # rnn train says there how it read
    assert len(done.stdout.splitlines()) > 2


SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py") if "def main" in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_readme_names_the_script(name: str) -> None:
    assert f"`{name}`" in (FOLDER / "README.md").read_text(encoding="utf-8")
