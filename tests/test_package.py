"""What makes a package: one version, types, a licence, a changelog that can be read, one source file for each command."""

import re
import tarfile
import tomllib
from collections.abc import Callable
from importlib.metadata import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest

import rnn_cli
from tests.support.command import Result

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "rnn_cli"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TOML = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_version_stands_in_one_place(call: Callable[..., Result]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|(a|b|rc)\d+)?", rnn_cli.__version__)
    assert TOML["project"]["dynamic"] == ["version"]
    assert "version" not in TOML["project"]
    holders = [
        path for path in SOURCES if re.search(r"^__version__\s*=", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert holders == [PACKAGE / "version.py"]
    assert TOML["tool"]["hatch"]["version"]["path"] == "rnn_cli/version.py"
    assert call("--version").stdout == f"rnn {rnn_cli.__version__}\n"


def test_exported_names() -> None:
    assert rnn_cli.__all__ == sorted(rnn_cli.__all__)
    for name in rnn_cli.__all__:
        assert hasattr(rnn_cli, name)


def test_the_package_is_typed_and_licensed() -> None:
    assert (PACKAGE / "py.typed").exists()
    assert (PROJECT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert metadata("rnn-cli")["License-Expression"] == "MIT"


def test_the_command_and_the_oldest_python() -> None:
    assert TOML["project"]["scripts"] == {"rnn": "rnn_cli.__main__:main"}
    assert TOML["project"]["requires-python"] == ">=3.11"


def test_all_is_every_extra_of_the_program() -> None:
    extras = TOML["project"]["optional-dependencies"]
    assert extras["all"] == [f"rnn-cli[{','.join(name for name in extras if name not in ('all', 'test'))}]"]


def test_the_changelog_keeps_its_format() -> None:
    lines = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Changelog"
    versions = [line for line in lines if line.startswith("## ")]
    assert versions[0] == "## [Unreleased]"
    for line in versions[1:]:
        assert re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", line), line
    if rnn_cli.__version__.replace(".", "").isdigit():  # else what is worked on has no number yet
        assert versions[1].startswith(f"## [{rnn_cli.__version__}] ")
    for line in lines:
        if line.startswith("### "):
            assert line[4:] in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"), line


def of_the_project(*folders: str) -> set[str]:
    """The files of folders, by their paths in the project, without what Python and other tools leave there."""
    found = (path for folder in folders for path in (PROJECT / folder).rglob("*") if path.is_file())
    names = (path.relative_to(PROJECT).as_posix() for path in found)
    return {name for name in names if not re.search(r"__pycache__|/\.", name)}


def test_the_wheel_holds_the_program_and_its_samples_and_nothing_else(tmp_path: Path) -> None:
    build = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")
    (made,) = build.WheelBuilder(str(PROJECT)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(made) as wheel:
        held = set(wheel.namelist())
    about = f"rnn_cli-{rnn_cli.__version__}.dist-info/"
    samples = {f"rnn_cli/{name}" for name in of_the_project("samples")}
    assert {name for name in held if not name.startswith(about)} == of_the_project("rnn_cli") | samples
    assert {name.removeprefix(about) for name in held if name.startswith(about)} == {
        "METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE",
    }  # fmt: skip
    assert Path(made).name == f"rnn_cli-{rnn_cli.__version__}-py3-none-any.whl"


def test_the_archive_of_the_sources_holds_what_the_tests_need(tmp_path: Path) -> None:
    build = pytest.importorskip("hatchling.builders.sdist", reason="hatchling is not installed")
    (made,) = build.SdistBuilder(str(PROJECT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(made) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = of_the_project("rnn_cli", "samples", "tests") | {
        ".ci/find-python", ".ci/lowest-versions", ".ci/package", ".ci/readme-command", ".ci/run", ".ci/run-lowest",
        ".gitattributes", ".github/workflows/ci.yml", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "PKG-INFO", "README.md",
        "SECURITY.md", "pyproject.toml",
    }  # fmt: skip
    assert held == wanted


def test_the_rooms_are_no_utils() -> None:
    assert not [path for path in SOURCES if path.stem in ("utils", "util", "helpers", "misc")]


def test_source_files_have_one_command_each() -> None:
    from rnn_cli.app import COMMANDS

    for name in COMMANDS:
        assert (PACKAGE / "commands" / f"{name.replace('-', '_')}.py").exists(), name
