"""What only POSIX has is not asked for where it is not: the commands run without those names, and the tests that need one skip."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnn_cli.app import COMMANDS
from tests.support.command import environment
from tests.support.other_system import MODULES, NAMES, is_lack

PROJECT = Path(__file__).parents[1]
PROGRAM = PROJECT / "tests" / "programs" / "right_row_vectors.py"
TEXT = "I love NLP"
TRAIN = ("--task", "copy:length=3,memory=2", "--hidden-size", "4", "--max-steps", "2")

LINES: dict[str, tuple[tuple[str, ...], ...]] = {
    "trace": (("trace", TEXT, "--save", "page.txt"),),
    "forward": (("forward", TEXT),),
    "bptt": (("bptt", TEXT, "--target", "positive"),),
    "gradients": (("gradients", "--factor", "0.5", "--steps", "5"),),
    "check": (("check", "--template", "rnn"), ("check", "mine.py", "--cell", "rnn")),
    "quiz": (("quiz", TEXT, "--key"),),
    "explore": (("explore", TEXT),),
    "inspect": (("inspect", "nlp"),),
    "data": (("data", "data.txt", "--task", "lm"),),
    "train": (
        ("train", *TRAIN, "--out", "m.safetensors", "--log", "m.jsonl", "--checkpoint-every", "1"),
        ("train", "--resume", "m.safetensors", "--max-steps", "3"),
        ("train", *TRAIN, "--log", os.devnull),
        ("train", "data.txt", "--task", "lm", "--hidden-size", "4", "--max-steps", "2", "--out", "lm.safetensors"),
    ),
    "race": (
        (
            "race",
            "parity",
            "--cells",
            "rnn",
            "--lengths",
            "2",
            "--seeds",
            "1",
            "--max-steps",
            "2",
            "--workers",
            "1",
            "--out",
            "r",
        ),
    ),
    "sweep": (("sweep", *TRAIN, "--grid", "lr=0.1,0.2", "--out", "s", "--workers", "1"),),
    "predict": (("predict", "nlp", TEXT),),
    "generate": (("generate", "lm.safetensors", "--length", "3"),),
    "evaluate": (("evaluate", "m.safetensors", "--held-out"),),
    "convert": (("convert", "nlp", "nlp.safetensors", "--to", "pytorch"),),
    "diff": (("diff", "nlp", "nlp.safetensors", TEXT),),
    "samples": (("samples", "copy", "mine"),),
    "schema": (("schema", "trace"),),
}
"""What each command is tried on, in this order; what one writes the next may read."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[int, str, str]]]:
    """The exit codes and streams of the lines, from one process that has not got the names."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "data.txt").write_text("the cat sat on the mat\n" * 30, encoding="utf-8")
    (folder / "mine.py").write_text(PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    lines = [line for lines in LINES.values() for line in lines]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.other_system"],
        input="".join(f"{json.dumps(line)}\n" for line in lines),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment({"PYTHONPATH": str(PROJECT)}),
        timeout=300,
        check=True,
    )
    came = iter([json.loads(line) for line in done.stdout.splitlines()])
    return {name: [next(came) for _ in lines] for name, lines in LINES.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run_without_the_names_of_posix(command: str, answers: dict[str, list[tuple[int, str, str]]]) -> None:
    for code, out, err in answers[command]:
        assert (code, bool(out)) == (0, True), err


def test_the_names_are_missing_there_and_a_use_is_seen() -> None:
    tried = "from tests.support.other_system import hide; hide(); import os; print(hasattr(os, 'killpg')); import fcntl"
    done = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, cwd=PROJECT, check=False)
    assert (done.returncode, done.stdout) == (1, "False\n")
    assert "fcntl" in done.stderr


def test_a_test_that_asks_for_a_name_that_the_system_lacks_is_told_from_a_fault() -> None:
    with pytest.raises(AttributeError) as asked:
        getattr(os, "no" + "where")
    assert not is_lack(asked.value)
    asked.value.name = "killpg"
    assert is_lack(asked.value)
    assert not is_lack(ValueError("killpg"))
    assert NAMES.issuperset(MODULES)
