"""The checks that run for every change: the workflow, .ci/run and pyproject.toml name the same Pythons and commands."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = Path(__file__).parents[1]
RUN = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
README = (PROJECT / "README.md").read_text(encoding="utf-8")
JOBS: dict[str, Any] = yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))[
    "jobs"
]


def classified() -> list[str]:
    """The versions of Python that pyproject.toml claims."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return re.findall(r"Python :: (\d\.\d+)", "\n".join(project["classifiers"]))


def commands(job: str) -> list[str]:
    """What a job runs in a shell."""
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def pythons(job: str) -> list[str]:
    """The versions that a job sets up."""
    (given,) = [step["with"]["python-version"] for step in JOBS[job]["steps"] if "setup-python" in step.get("uses", "")]
    return [str(one) for one in JOBS[job]["strategy"]["matrix"]["python"]] if "matrix" in given else given.split()


def test_linux_runs_every_check_on_every_python() -> None:
    assert JOBS["linux"]["runs-on"].startswith("ubuntu")
    assert commands("linux") == [".ci/run"]
    assert sorted(pythons("linux")) == sorted(classified())
    assert pythons("linux")[-1] == min(classified(), key=lambda one: int(one.split(".")[1]))


def test_macos_runs_the_test_command_of_the_readme() -> None:
    assert JOBS["macos"]["runs-on"].startswith("macos")
    (command,) = commands("macos")
    assert pythons("macos") == classified()
    shown = command.replace('bash -c "', 'printf %s "')
    printed = subprocess.run(["bash", "-c", shown], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert printed in re.findall(r"^```sh\n(.*)\n```", README, re.MULTILINE)
    assert printed.endswith("-m pytest")


def test_the_script_runs_the_same_command_on_the_same_pythons() -> None:
    assert '$(.ci/readme-command "-m pytest")' in RUN
    found = re.search(r"for version in (.*); do", RUN)
    assert found is not None
    assert found[1].split() == classified()


def test_windows_runs_both_commands_of_the_readme() -> None:
    assert JOBS["windows"]["runs-on"].startswith("windows")
    first, *then = commands("windows")
    for line, file, ending in zip(first.splitlines(), then, ('trace "I love NLP"', "-m pytest"), strict=True):
        asked, _, written = line.partition(" > ")
        assert written == file
        done = subprocess.run(["bash", "-c", asked], cwd=PROJECT, capture_output=True, text=True, check=True)
        (block,) = re.findall(r"^```bat\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
        assert done.stdout in block.splitlines(keepends=True)
        assert done.stdout.endswith(f"{ending}\n")


def test_the_commands_for_windows_say_what_the_others_say() -> None:
    (block,) = re.findall(r"^```bat\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    said = (
        block.replace("\\Scripts\\", "/bin/")
        .replace('".[test]"', "'.[test]'")
        .replace("python -m venv", "python3 -m venv")
    )
    assert said.splitlines() == [
        one for one in re.findall(r"^```sh\n(.*)\n```", README, re.MULTILINE) if "-m venv" in one
    ]


def test_the_lowest_versions_are_those_of_pyproject() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    every = [Requirement(one) for one in sum(project["optional-dependencies"].values(), project["dependencies"])]
    named = [one for one in every if one.name != project["name"]]
    done = subprocess.run(
        [sys.executable, PROJECT / ".ci" / "lowest-versions"], capture_output=True, text=True, check=True
    )
    pinned = dict(line.split("==") for line in done.stdout.splitlines())
    assert set(pinned) == {one.name for one in named}
    for one in named:
        assert one.specifier.contains(pinned[one.name]), one
        assert any(bound.operator == ">=" for bound in one.specifier), one
    assert all(
        any(Version(bound.version) == Version(version) for one in named if one.name == name for bound in one.specifier)
        for name, version in pinned.items()
    )
    assert ".ci/lowest-versions" in (PROJECT / ".ci" / "run-lowest").read_text(encoding="utf-8")
    assert "- run: .ci/run-lowest\n" in (PROJECT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def test_the_package_is_tried_on_every_python() -> None:
    assert "\n.ci/package\n" in RUN
    found = re.search(r"for version in (.*); do", (PROJECT / ".ci" / "package").read_text(encoding="utf-8"))
    assert found is not None
    assert found[1].split() == classified()


def test_a_command_that_the_readme_lacks_is_an_error() -> None:
    done = subprocess.run(
        [PROJECT / ".ci" / "readme-command", "-m nothing"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "-m nothing" in done.stderr
