"""The import graph points one way: commands -> front door -> study -> models, inputs, tasks, core; what else is asked of
every source file stands here too, so that they are parsed once."""

import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

import rnn_cli
from rnn_cli.models.formats import FORMATS
from rnn_cli.tasks import GENERATED, TASKS
from tests.support.sources import facts

ROOT = Path(rnn_cli.__file__).parent
BASE = {"errors", "files", "locks", "paths", "reading", "threads", "usage", "version"}

MAY_IMPORT: dict[str, set[str]] = {
    "version": set(),
    "errors": set(),
    "files": set(),
    "locks": {"errors", "files"},
    "paths": {"errors", "files"},
    "threads": set(),
    "reading": {"errors"},
    "usage": set(),
    "core": {"core"},
    "models": {"models", "core", "errors", "reading", "files"},
    "inputs": {"inputs", "models", "core", "errors", "reading"},
    "tasks": {"tasks", "inputs", "models", "core", "errors", "reading"},
    "training": {"training", "tasks", "inputs", "models", "core", "errors", "reading"},
    "jobs": {
        "jobs",
        "training",
        "tasks",
        "inputs",
        "models",
        "core",
        "errors",
        "files",
        "locks",
        "reading",
        "threads",
        "version",
    },
    "study": {"study", "tasks", "inputs", "models", "core", "errors", "reading", "threads"},
    "race": {
        "race",
        "jobs",
        "study",
        "training",
        "tasks",
        "inputs",
        "models",
        "core",
        "errors",
        "files",
        "locks",
        "reading",
        "version",
    },
    "documents": {
        "documents",
        "race",
        "sweep",
        "jobs",
        "study",
        "training",
        "tasks",
        "inputs",
        "models",
        "core",
        "errors",
    },
    "views": {
        "views",
        "race",
        "sweep",
        "jobs",
        "study",
        "training",
        "tasks",
        "inputs",
        "models",
        "core",
        "errors",
        "usage",
    },
    "plots": {
        "plots",
        "views",
        "race",
        "sweep",
        "jobs",
        "study",
        "training",
        "tasks",
        "inputs",
        "models",
        "core",
        "errors",
        "files",
    },
    "output": {"output", "documents", "views", "race", "jobs", "training", "errors", "reading", "files"},
    "front": {
        "front",
        "output",
        "plots",
        "views",
        "documents",
        "study",
        "training",
        "tasks",
        "inputs",
        "models",
        "core",
        *BASE,
    },
    "sweep": {"sweep", "jobs", "training", "study", "tasks", "inputs", "models", "core", *BASE},
    "explore": {"explore", "output", "views", "study", "inputs", "models", "core", "errors", "reading", "usage"},
    "commands": {
        "commands",
        "race",
        "sweep",
        "jobs",
        "explore",
        "front",
        "output",
        "plots",
        "views",
        "documents",
        "study",
        "training",
        "tasks",
        "inputs",
        "models",
        "core",
        *BASE,
    },
    "help": set(),
    "choices": {"documents", "output", "study", "tasks", "inputs", "models", "core", "reading"},
    "completion": {"app", "choices", "errors", "files", "paths"},
    "app": {"choices", "completion", "help", "errors", "paths", "usage", "version", "output", "core"},
    "__init__": {"version", "errors", "front"},
    "__main__": {"program"},
    "program": {"app", "completion", "output", "views", "errors"},
}
"""For each room of the package, the rooms that it may import. The app finds its commands by name, when one is called, and
the front door the page and the document of a result."""

RECORDS_OF_INPUTS = {"reading_report.ReadingReport", "samples.Sample", "sequence.Sequence"}

ONLY: dict[tuple[str, str], set[str]] = {
    ("inputs", "core"): {"arrays.Array", "arrays.from_lists", "percentages.percent", "state.InitialStates"},
    ("inputs", "models"): {
        "bundled.bundled_models",
        "bundled.samples_directory",
        "encoding.Encoding",
        "model.Model",
        "model.UNKNOWN",
    },
    ("views", "inputs"): RECORDS_OF_INPUTS,
    ("documents", "inputs"): RECORDS_OF_INPUTS,
    ("plots", "inputs"): RECORDS_OF_INPUTS,
}
"""All that the first room imports from the second. Inputs run no network, and what shows a result reads no file."""

RUNS_A_NETWORK = {"forward", "backward", "step", "step_backward", "jacobian", "cell", "make_cell", "first_states"}
"""Attributes of cells, networks and systems that compute: a model that was handed over must not be run by them."""

LIBRARIES: dict[str, set[str]] = {
    "threads": {"threadpoolctl"},
    "core": {"numpy"},
    "models": {"numpy", "safetensors", "tokenizers", "h5py", "onnx"},
    "inputs": {"numpy"},
    "tasks": {"numpy"},
    "training": {"numpy", "safetensors", "threadpoolctl"},
    "jobs": {"numpy", "threadpoolctl", "distributed"},
    "study": {"numpy"},
    "sweep": {"numpy"},
    "front": {"numpy"},
    "documents": {"numpy"},
    "race": {"numpy"},
    "views": {"numpy", "rich"},
    "plots": {"numpy", "matplotlib"},
    "output": {"numpy", "rich", "matplotlib", "threadpoolctl"},
    "explore": {"numpy", "rich", "textual", "textual_serve", "aiohttp"},
    "commands": {"typer"},
    "app": {"typer"},
    "completion": {"typer"},
    "program": {"typer"},
}
"""The libraries beside the standard one. Rich is for what is drawn, Typer for the command line."""

KNOWS = {
    "textual": "explore.terminal",
    "textual_serve": "explore.browser",
    "aiohttp": "explore.browser",
    "distributed": "jobs.cluster",
}
"""Where the libraries of two extras may be imported: all else of the explorer and of the engine works and is tested
without them."""

NOT_IN_CORE = {"io", "json", "logging", "os", "pathlib", "shutil", "subprocess", "sys", "tempfile", "csv"}
"""The core knows nothing of files, terminals or JSON."""

FILES = sorted(ROOT.rglob("*.py"))


def module_name(path: Path) -> str:
    """core.cells.lstm; a package's own file is core.cells."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def room(module: str) -> str:
    """The room that a module stands in."""
    return module.split(".")[0]


def imports(path: Path, deferred: bool = True) -> Iterator[str]:
    """The full names that a file imports. Without `deferred`, those at the top of the module only."""
    for module, names, at_the_top in facts(path).imports:
        if deferred or at_the_top:
            yield from filter(None, (module, *names))


def test_a_module_imports_only_rooms_below_its_own() -> None:
    for path in FILES:
        own = room(module_name(path))
        assert own in MAY_IMPORT, f"{own} has no line in MAY_IMPORT: say what it may import"
        for name in imports(path):
            if name.startswith("rnn_cli."):
                target = name.split(".")[1]
                if target == "__version__":
                    target = "version"
                assert target in MAY_IMPORT[own], f"{path}: {own} must not import {target}"
            elif name != "rnn_cli":
                library = name.split(".")[0]
                if library not in sys.stdlib_module_names:
                    assert library in LIBRARIES.get(own, set()), f"{path}: {own} must not import {library}"
                    assert f"{module_name(path)}.".startswith(f"{KNOWS.get(library, module_name(path))}."), (
                        f"{path}: {library}"
                    )
                elif own == "core":
                    assert library not in NOT_IN_CORE, f"the core must not import {library}"


@pytest.mark.parametrize(("own", "other"), list(ONLY))
def test_a_room_imports_only_these_names_of_another(own: str, other: str) -> None:
    for path in sorted((ROOT / own).rglob("*.py")):
        for _, names, _ in facts(path).imports:
            for name in names:
                if f"{name}.".startswith(f"rnn_cli.{other}."):
                    assert name.removeprefix(f"rnn_cli.{other}.") in ONLY[own, other], f"{path}: {name}"


def test_nothing_in_inputs_runs_a_network() -> None:
    for path in sorted((ROOT / "inputs").rglob("*.py")):
        for _, attribute, line in facts(path).attributes:
            assert attribute not in RUNS_A_NETWORK, f"{path}:{line}: .{attribute}"


def test_modules_do_not_import_each_other_in_a_ring() -> None:
    graph = {
        f"rnn_cli.{module_name(path)}": {name for name in imports(path, deferred=False) if name.startswith("rnn_cli.")}
        for path in FILES
    }
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module in done:
            return
        for target in graph[module]:
            if target in graph and target != module:
                visit(target, (*path, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_only_output_and_the_entry_point_write_to_the_streams() -> None:
    for path in FILES:
        if room(module_name(path)) in ("output", "program"):
            continue
        for name, line in facts(path).calls:
            assert name not in ("print", "input", "breakpoint", "eval", "exec"), f"{path}:{line}"
        for before, attribute, line in facts(path).attributes:
            assert (before, attribute) not in (("sys", "stdout"), ("sys", "stderr")), f"{path}:{line}"


def test_nothing_unpickles() -> None:
    for path in FILES:
        names = {name.split(".")[0] for name in imports(path)}
        assert not names & {"pickle", "marshal", "shelve", "torch", "dill", "joblib"}, path


def test_every_library_that_is_imported_is_a_dependency() -> None:
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=!~\[ ]", one)[0] for one in project["dependencies"]}
    optional = {"matplotlib", "threadpoolctl"}
    for path in FILES:
        for _, names, _ in facts(path).imports:
            for name in names:
                library = name.split(".")[0]
                if library in ("numpy", "typer", "rich", "safetensors", "threadpoolctl", "scipy"):
                    assert library in declared | optional, f"{path}: {library}"


def test_every_source_file_says_what_it_is_for() -> None:
    for path in FILES:
        assert not facts(path).undocumented, f"{path} has no docstring of {facts(path).undocumented}"


def test_a_writer_and_the_reader_of_its_format_share_no_code() -> None:
    """The reader, or what computes such files, proves what the writer wrote: what both took from one place would prove
    nothing."""
    shared = {
        "rnn_cli.models.model",
        "rnn_cli.models.origins",
        "rnn_cli.errors",
    }  # what a model is, and what goes wrong
    for one in FORMATS.values():
        for a, b in combinations([name for name in (one.reader, one.writer, one.proof) if name], 2):
            both = own_imports(a) & own_imports(b)
            assert not {name for name in both if name.startswith("rnn_cli.models")} - shared, one.name


def own_imports(module: str) -> set[str]:
    """The modules of this program that a module and those beside it in its folder of models import, by any way."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        path = ROOT.parent / f"{waiting.pop().replace('.', '/')}.py"
        if not path.exists():
            continue
        for name in imports(path):
            name = name if (ROOT.parent / f"{name.replace('.', '/')}.py").exists() else name.rpartition(".")[0]
            if name.startswith("rnn_cli.") and name not in found:
                found.add(name)
                waiting += [name] if name.startswith(("rnn_cli.models.foreign", "rnn_cli.models.writers")) else []
    return found


@pytest.mark.parametrize("own", ["documents", "output", "plots", "training", "views"])
def test_no_room_asks_for_a_task_by_its_name(own: str) -> None:
    """What is so of one task alone is a fact in its file (see tasks/base.py), so that another task can say it too."""
    for path in sorted((ROOT / own).rglob("*.py")):
        for text, line in facts(path).compared:
            assert text not in TASKS | GENERATED, f"{path}:{line}: {text}"
