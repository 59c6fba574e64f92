"""Documents that cannot rot: every block of README, and every example in a command's help, runs as printed."""

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.app import COMMANDS
from rnn_cli.jobs import local
from tests.support.command import Result, environment
from tests.support.executors import here
from tests.support.models import random_trained
from tests.support.trained import DATA, TrainedModels

README = Path(__file__).parents[1] / "README.md"
FENCED = re.findall(r"^```(sh|python)\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
BLOCKS = [block for language, block in FENCED if language == "sh"]
SET_UP = [block for block in BLOCKS if "-m venv" in block]
SHOWN = re.findall(
    r"^```sh\n([^`]*?)^```\n\n```text\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
"""Blocks, each with what its commands print."""
TO_RUN = [block for block in BLOCKS if "-m venv" not in block and block not in dict(SHOWN)]
SHELL = set("|<>&;$*?`")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all blocks: a reader runs them one after the other."""
    return tmp_path_factory.mktemp("readme")


def in_shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a reader would, with this environment's rnn on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment({"PATH": path}),
        timeout=300,
        check=False,
    )


def test_readme_opens_with_the_two_commands_of_the_set_up() -> None:
    first, second = (block.strip() for block in SET_UP)
    assert BLOCKS[:2] == [f"{first}\n", f"{second}\n"]
    assert first.endswith('rnn trace "I love NLP"')
    assert second.endswith("-m pytest")
    assert "\n" not in first + second


@pytest.fixture
def line_runs(
    call: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Path], list[str]]:
    """line_runs(line, folder) runs a line as printed and gives what it said on stderr; it must end well.

    A line that asks of a shell at most to keep what is printed runs within this process, which has loaded all that a
    process would load again.
    """
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))  # no race is one that earlier tests have run

    def run(line: str, folder: Path) -> list[str]:
        command, _, file = line.partition(" > ")
        if not line.startswith("rnn ") or SHELL & set(re.sub(r"'[^']*'|\"[^\"$`]*\"", "", command + file)):
            done = in_shell(line, folder)
            code, said = done.returncode, done.stderr
        else:
            monkeypatch.chdir(folder)
            result = call(*shlex.split(command)[1:])
            code, said = result.code, result.stderr
            if file:
                Path(file).write_bytes(result.raw)
        assert code == 0, f"{line}\n{said}"
        return said.splitlines()

    return run


@pytest.mark.parametrize("block", TO_RUN, ids=lambda block: block.strip().splitlines()[0][:60])
def test_a_block_runs_as_printed(
    block: str, folder: Path, line_runs: Callable[[str, Path], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers compute the race; a sweep gives its runs to them in the same way, and is computed in this process."""
    if block.startswith("rnn sweep "):
        monkeypatch.setattr(local, "Process", lambda: here()[0])
    for line in block.replace("\\\n", " ").splitlines():
        line_runs(line, folder)


def test_python_has_a_block_that_says_what_readme_says_it_does(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within this process, as the lines of the blocks for a shell."""
    (script,) = (block for language, block in FENCED if language == "python")
    assert "positive" in script
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(script, names)
    assert capsys.readouterr().err == ""
    assert names["result"].document()["prediction"] == "positive"


@pytest.mark.parametrize(("block", "shown"), SHOWN, ids=lambda text: text.strip().splitlines()[0][:60])
def test_what_readme_shows_is_what_the_command_prints(block: str, shown: str, folder: Path) -> None:
    """It ends well too: these blocks are not among those that run before."""
    done = in_shell(block, folder)
    assert done.returncode == 0, done.stderr
    printed = {line.strip() for line in done.stdout.splitlines()}
    missing = [line for line in shown.splitlines() if line.strip() and line.strip() not in printed]
    assert not missing


def examples(help_text: str) -> list[str]:
    """The commands that a help prints under Examples."""
    _, _, rest = help_text.partition("Example")
    found = [line.strip() for line in rest.splitlines() if re.match(r"\s*(Examples?:\s*)?(.* )?rnn ", line)]
    return [line[line.index("rnn ") :] for line in found if re.search(r"(^|: |\| )rnn |^rnn ", line)]


def readers_own_files(folder: Path, command: str, trained: TrainedModels) -> None:
    """The files that examples name and that a reader would bring. The examples of rnn train make their models."""
    from rnn_cli.models.bundled import samples_directory
    from rnn_cli.models.trained import save_trained

    (folder / "sentences.txt").write_bytes((samples_directory() / "sentences.txt").read_bytes())
    reviews = (DATA / "reviews.tsv").read_bytes().splitlines(keepends=True)
    (folder / "reviews.tsv").write_bytes(b"".join(reviews[:41] if command in TRAINS else reviews))
    (folder / "weather.csv").write_bytes((DATA / "weather.csv").read_bytes())
    (folder / "story.txt").write_bytes((DATA / "verse.txt").read_bytes()[:150])
    save_trained(folder / "model.safetensors", random_trained())
    if command != "train":
        for name, task in {
            "reviews": "classify", "other": "classify-char", "story": "lm", "names": "describe", "weather": "forecast",
        }.items():  # fmt: skip
            (folder / f"{name}.safetensors").write_bytes(trained.path(task).read_bytes())


TRAINS = {"train", "race", "sweep"}
"""The commands that say on stderr how far they are."""


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_example_of_a_commands_help_runs(
    command: str,
    call: Callable[..., Result],
    line_runs: Callable[[str, Path], list[str]],
    trained: TrainedModels,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs of many are computed in this process: that workers do it as well is for README's race."""
    monkeypatch.setattr(local, "Process", lambda: here()[0])
    readers_own_files(tmp_path, command, trained)
    lines = examples(call(command, "-h").stdout)
    assert lines, f"rnn {command} -h has no example"
    for line in lines:
        said = [one for one in line_runs(line, tmp_path) if " read as: " not in one]
        assert not said or command in TRAINS, line


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_of_every_command(flag: str, call: Callable[..., Result]) -> None:
    for command in ("", *COMMANDS):
        result = call(*([command] if command else []), flag)
        assert (result.code, result.stderr) == (0, "")
        assert "\x1b" not in result.stdout
        assert "Usage: rnn" in result.stdout


def test_no_command_is_a_request_for_help(call: Callable[..., Result]) -> None:
    assert call().stdout == call("-h").stdout


def test_a_command_that_is_not_there(call: Callable[..., Result]) -> None:
    result = call("trcae", "x")
    assert (result.code, result.stdout) == (2, "")
    assert "did you mean trace?" in result.stderr
    assert call("qqqq").code == 2
    assert call("--bogus").code == 2
