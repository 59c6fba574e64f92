"""SECURITY.md: what it promises is so in the source, and the numbers in it are those of the program."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from rnn_cli.app import COMMANDS, app
from rnn_cli.explore.browser import HOST
from rnn_cli.models.foreign.archives import LARGEST, RATIO, SMALL
from rnn_cli.study.check.process import MEMORY

PROJECT = Path(__file__).parents[1]
SAID = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")
RUNS_PROGRAMS = PROJECT / "rnn_cli" / "study" / "check" / "child"
"""The one place that may run what a file holds: rnn check's process for somebody's program."""

SOURCES = [path for path in sorted((PROJECT / "rnn_cli").rglob("*.py")) if RUNS_PROGRAMS not in path.parents]
UNPICKLERS = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
RUNNERS = {"eval", "exec", "compile", "execfile", "__import__"}
WORDS = re.compile("|".join([*UNPICKLERS, *RUNNERS, "allow_pickle", "shell"]).encode())
"""What stands in every source in which there is a danger: to parse them all takes seconds."""


def dangers(source: bytes) -> list[str]:
    """What a source would run or unpickle a file with."""
    found: list[str] = []
    if not WORDS.search(source):
        return found
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [one.name for one in names if one.name.split(".")[0] in UNPICKLERS]
            case ast.ImportFrom(module=str(module)):
                found += [module] * (module.split(".")[0] in UNPICKLERS)
            case ast.Call(func=ast.Name(id=name)):
                found += [name] * (name in RUNNERS)
            case ast.keyword(arg="allow_pickle", value=ast.Constant(value=value)) if value is not False:
                found.append("allow_pickle")
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                found.append("shell")
    return found


def test_nothing_is_unpickled_or_executed_but_by_rnn_check() -> None:
    found = {path.relative_to(PROJECT).as_posix(): dangers(path.read_bytes()) for path in SOURCES}
    assert {name: what for name, what in found.items() if what} == {"rnn_cli/output/pager.py": ["shell"]}
    assert "`PAGER` are run by a shell" in SAID


@pytest.mark.parametrize(
    ("line", "danger"),
    [
        ("import pickle", "pickle"),
        ("from marshal import loads", "marshal"),
        ("eval('1')", "eval"),
        ("np.load(f, allow_pickle=True)", "allow_pickle"),
        ("run(line, shell=True)", "shell"),
    ],
)
def test_a_source_that_would_is_seen(line: str, danger: str) -> None:
    assert dangers(line.encode()) == [danger]


def test_the_limits_are_those_of_the_program() -> None:
    assert f"({LARGEST / 1e9:.1f} GB)" in SAID
    assert f"{SMALL >> 20} MiB and {RATIO} times" in SAID
    assert f"{MEMORY >> 30} GiB of memory" in SAID
    assert f"listens on {HOST} alone" in SAID


def test_the_commands_and_options_that_it_names_are_there() -> None:
    group: Any = typer.main.get_command(app)
    commands = {name: group.get_command(None, name) for name in COMMANDS}
    options = {name: {flag for one in command.params for flag in one.opts} for name, command in commands.items()}
    for names, flags in re.findall(r"`rnn ([a-z|]+)([^`]*)`", SAID):
        for name in names.split("|"):
            assert options[name].issuperset(re.findall(r"--[a-z-]+", flags)), name
    every = set().union(*options.values())
    assert (every | {"--version"}).issuperset(re.findall(r"--[a-z][a-z-]+", SAID))
