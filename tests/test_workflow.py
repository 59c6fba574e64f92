"""The checks that run for every change: the workflow, .ci/run and pyproject.toml name the same Pythons and commands."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import yaml

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


def test_a_command_that_the_readme_lacks_is_an_error() -> None:
    done = subprocess.run(
        [PROJECT / ".ci" / "readme-command", "-m nothing"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "-m nothing" in done.stderr
