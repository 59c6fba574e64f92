"""Tests within a copy of this process: libraries are loaded once, the program and its tests in each copy anew."""

import gc
import importlib
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

LIBRARIES = "numpy", "scipy", "hypothesis", "typer", "rich", "safetensors.numpy", "h5py", "onnx", "tokenizers"
HERE = Path(__file__).resolve().parents[2]
KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"


@dataclass(frozen=True)
class Outcome:
    """What the tests made of the program, with what they printed last."""

    what: str
    text: str
    seconds: float


class Chosen:
    """A plugin that keeps the tests of these names, in their order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.order = {name: n for n, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Drop the others."""
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda i: self.order[i.nodeid])


def load() -> None:
    """What every copy needs."""
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()


def tested(root: Path, files: Sequence[str], names: Sequence[str], limit: int) -> Outcome:
    """Run tests in a copy of this process, which has so many seconds of processor time and five times as many in all.

    root    the folder of the program and its tests
    files   what pytest collects
    names   the tests to run, in this order; none runs all of the files
    """
    said = root / ".said"
    started = time.monotonic()
    process = os.fork()
    if not process:
        _run(root, files, names, limit, said)
    end = started + 5 * limit + 30
    while True:
        ended, status, used = os.wait4(process, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > end:
            os.killpg(process, signal.SIGKILL)
            end = float("inf")
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    text = said.read_text(errors="replace")[-3000:]
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)
        what = TIMED_OUT if late else KILLED
    else:
        code = os.WEXITSTATUS(status)
        if code not in (0, 1, 2) and "conftest" not in text:
            raise RuntimeError(f"pytest ended with {code}: {text}")
        what = KILLED if code else SURVIVED
    return Outcome(what, text, used.ru_utime + used.ru_stime)


def _run(root: Path, files: Sequence[str], names: Sequence[str], limit: int, said: Path) -> None:
    code = 70
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(out, stream)
        os.chdir(root)
        os.environ |= {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        sys.dont_write_bytecode = True
        # The copy's modules are not those that this script itself came with.
        sys.path[:] = [str(root), *(place for place in sys.path if Path(place).resolve() not in (HERE, root))]
        for name in [n for n in sys.modules if n.split(".")[0] in ("tests", "rnn_cli")]:
            del sys.modules[name]
        importlib.invalidate_caches()
        options = [
            "-x",
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "--no-header",
            "--tb=line",
            "-W",
            "ignore::pytest.PytestAssertRewriteWarning",
            "--rootdir",
            str(root),
        ]
        code = int(pytest.main([*options, *files], plugins=[Chosen(names)] if names else []))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
