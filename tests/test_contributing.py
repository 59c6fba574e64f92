"""CONTRIBUTING.md cannot rot: its files are written, its lines added and its commands run, in a copy of the project."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from rnn_cli.app import COMMANDS
from rnn_cli.core.cells import CELLS
from rnn_cli.core.referee.mutants import MUTANTS
from rnn_cli.models.formats import FORMATS
from rnn_cli.tasks import GENERATED
from tests.support.command import strict_json

PROJECT = Path(__file__).parents[1]
GUIDE = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL))

BLOCK = re.compile(r"(?:^`(?P<path>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
WRITTEN = ("A cell", "A command", "A task", "A model format", "A mistake")


@dataclass(frozen=True)
class Block:
    """A fenced block, and the file that the line before it names."""

    path: str | None
    kind: str
    text: str


def blocks(section: str) -> list[Block]:
    """The blocks of a section, in order."""
    return [Block(found["path"], found["kind"], found["text"]) for found in BLOCK.finditer(SECTIONS[section])]


def shell(section: str) -> list[str]:
    """The command lines of a section."""
    return [line for block in blocks(section) if block.kind == "sh" for line in block.text.splitlines()]


def apply(block: Block, project: Path) -> None:
    """Write the block's file, or change it as a diff says: its lines must stand there once."""
    assert block.path is not None
    path = project / block.path
    if block.kind != "diff":
        assert not path.exists()
        path.write_text(block.text, encoding="utf-8")
        return
    lines = block.text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{block.path} does not hold, once:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


UNFINISHED = "*.pyc.*"
"""What other processes of the tests are about to rename: it may be gone before it is copied."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which everything was done that the guide shows."""
    copy = tmp_path_factory.mktemp("contributing") / "project"
    copy.mkdir()
    for name in ("rnn_cli", "samples", "tests"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("v0_1_0", UNFINISHED))
    for name in ("README.md", "CONTRIBUTING.md", "pyproject.toml"):
        shutil.copy(PROJECT / name, copy / name)
    for section in WRITTEN:
        for block in blocks(section):
            if block.path is not None:
                apply(block, copy)
    programs = copy / "bin"
    programs.mkdir()
    for name, command in {"rnn": "-m rnn_cli", "python": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    return copy


def run(line: str, project: Path, given: str = "") -> str:
    """What a command line prints in the copy; it must end well. The first one compiles what is new there, for all others."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    path = f"{project / 'bin'}{os.pathsep}{own['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line],
        input=given,
        cwd=project,
        env={**own, "PATH": path, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def printed(project: Path, tests: str) -> dict[str, str]:
    """What the commands print that show a cell, a command and a task at work: one process for all.

    The tests are asked for first: their process compiles what is new in the copy.
    """
    lines = [
        line for section in ("A cell", "A command", "A task") for line in shell(section) if line.startswith("rnn ")
    ]
    came = run(
        "python -m tests.support.lines", project, "".join(f"{json.dumps(shlex.split(one)[1:])}\n" for one in lines)
    )
    found = dict[str, str]()
    for line, answer in zip(lines, came.splitlines(), strict=True):
        code, out, err = json.loads(answer)
        assert code == 0, f"{line}\n{err}"
        found[line] = out
    return found


GOLDEN = Path("tests/goldens/trace-blank-80.txt")
"""One of those that are written anew."""


@pytest.fixture(scope="module")
def tests(project: Path) -> str:
    """What the guide's commands for tests print, -vv: one run for all, which chooses what any of them chooses.

    A run for each would start a process and collect the same files time and again. A golden is spoilt for it.
    """
    files, chosen = dict[str, None](), list[str]()
    (project / GOLDEN).write_text("another page\n", encoding="utf-8")
    for line in (line for section in ("Tests", "Goldens", *WRITTEN) for line in shell(section)):
        if not line.startswith("python -m pytest "):
            continue
        found = re.fullmatch(
            r"python -m pytest -n 0 ((?:tests/\S+ ?)+)(?:-k (\w+|\"[^\"]+\")|--overwrite-goldens)?", line
        )
        assert found is not None, line
        own = found[1].split()
        files.update(dict.fromkeys(own))
        chosen += [f"({found[2].strip(chr(34))})"] if found[2] else [Path(one).stem for one in own]
    return run(f"python -m pytest -n 0 -vv {' '.join(files)} -k '{' or '.join(chosen)}' --overwrite-goldens", project)


def ran(tests: str, line: str) -> None:
    """Of every file of a command one test was chosen by the words of its -k, and passed."""
    files = re.findall(r"tests/\S+", line)
    words = re.findall(r"\w+", line.partition(" -k ")[2].replace(" or ", " "))
    for file in files:
        passed = re.findall(rf"^({file}\S*::.*) PASSED", tests, re.MULTILINE)
        assert any(word in one for one in passed for word in words or [file]), f"{file} did not run\n{tests}"


def test_the_environment_has_the_extras_that_there_are() -> None:
    (line,) = shell("Set-up")
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = re.search(r"-e '\.\[(.*?)\]'", line)
    assert asked is not None
    assert set(asked[1].split(",")) <= set(extras)
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_the_command_for_one_file_of_tests(tests: str) -> None:
    for line in shell("Tests"):
        ran(tests, line)


def test_a_golden_is_written_anew(project: Path, tests: str) -> None:
    (line,) = shell("Goldens")
    assert line.endswith(" --overwrite-goldens")
    ran(tests, line)
    assert (project / GOLDEN).read_bytes() == (PROJECT / GOLDEN).read_bytes()


def test_the_commit_keeps_the_rule_beside_it() -> None:
    (block,) = blocks("Commits")
    subject, empty, *body = block.text.splitlines()
    limit = re.search(r"at most (\d+) characters", SECTIONS["Commits"])
    assert limit is not None
    assert len(subject) <= int(limit[1])
    assert not subject.endswith(".")
    assert empty == ""
    assert body


def test_the_cell_is_there_and_runs(printed: dict[str, str], tests: str) -> None:
    trace_line, *json_lines, train_line, test_line = shell("A cell")
    assert "janet" not in CELLS
    files = [block.path for block in blocks("A cell") if block.path is not None]
    assert files == ["rnn_cli/core/cells/janet.py", "rnn_cli/core/cells/__init__.py"], "a cell is one file and one line"
    (line,) = [block.text for block in blocks("A cell") if block.kind == "diff"]
    assert sum(one.startswith("+") for one in line.splitlines()) == 1
    page = printed[trace_line]
    assert page.startswith("I love NLP     JANET, 2 inputs, 3 hidden units")
    assert "torch" not in page.lower()
    checked, path = (strict_json(printed[one]) for one in json_lines)
    assert checked["check"]["passed"] is True
    assert path["model"]["cell"] == "janet"
    events = [strict_json(one) for one in printed[train_line].splitlines()]
    assert events[-1]["event"] == "done"
    ran(tests, test_line)


def test_the_command_is_there_and_runs(printed: dict[str, str], tests: str) -> None:
    help_line, json_line, test_line = shell("A command")
    assert "labels" not in COMMANDS
    assert re.search(r"^  labels +The answers that a model can give\.$", printed[help_line], re.MULTILINE)
    assert strict_json(printed[json_line])["labels"] == ["negative", "positive"]
    ran(tests, test_line)


def test_the_task_is_there_and_trains(printed: dict[str, str], tests: str) -> None:
    train_line, test_line = shell("A task")
    assert "majority" not in GENERATED
    events = [strict_json(line) for line in printed[train_line].splitlines()]
    assert [one["step"] for one in events if one["event"] == "step"] == [1, 2, 3, 4, 5]
    ran(tests, test_line)


def test_the_format_is_there_and_opens(project: Path, tests: str) -> None:
    *lines, diff_line, test_line = shell("A model format")
    assert "state" not in FORMATS
    for line in lines:
        run(line, project)
    assert strict_json(run(diff_line, project))["equal"] is True
    ran(tests, test_line)


def test_what_the_guide_writes_is_clean(project: Path) -> None:
    written = {
        block.path for section in WRITTEN for block in blocks(section) if block.path is not None and ".py" in block.path
    }
    names = " ".join(sorted(written))
    run(f"python -m ruff check {names} && python -m ruff format --check {names}", project)


def test_every_block_is_one_that_is_executed() -> None:
    for section in SECTIONS:
        for block in blocks(section):
            assert block.path is not None or block.kind == ("text" if section == "Commits" else "sh")
            assert block.path is None or section in WRITTEN


def test_the_mistake_is_there_and_is_named(tests: str) -> None:
    (line,) = shell("A mistake")
    assert "sigmoid-of-c" not in MUTANTS
    (diff,) = [block.text for block in blocks("A mistake") if block.kind == "diff"]
    assert sum(one.startswith("+") for one in diff.splitlines()) == 1, "a mistake is one file and one line"
    ran(tests, line)
