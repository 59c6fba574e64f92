"""Load a program, call its functions on every network of a job, and write down what came back, call by call.

A record is written before each call and after it, so that a program that hangs, ends itself or dies leaves word of where.
"""

import contextlib
import faulthandler
import importlib.abc
import importlib.util
import inspect
import os
import shutil
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from rnn_cli.study.check.child import frames
from rnn_cli.study.check.child.chance import Chance
from rnn_cli.study.check.child.flat import NotNumbers, flat, repeated
from rnn_cli.study.check.child.tries import tried

QUICK = 0.1
"""A program that loads in so many seconds is loaded anew for every network, so that none is spoilt by the one before it."""


class Stopped(Exception):
    """A call that did not return; what is to be known of it has been written down."""


class Text(importlib.abc.ExecutionLoader):
    """A module's text as it was read, whatever becomes of its file."""

    def __init__(self, path: str, source: str) -> None:
        self.path, self.source = path, source

    def get_filename(self, fullname: str) -> str:
        """See ExecutionLoader."""
        return self.path

    def get_source(self, fullname: str) -> str:
        """See InspectLoader."""
        return self.source


class Runner:
    """A program and the job that it is called for."""

    def __init__(self, folder: Path) -> None:
        self.started, self.pid = time.monotonic(), os.getpid()
        self.job, self.arrays = next(frames.read((folder / "job").read_bytes()))
        self.out = (folder / "out").open("ab")
        self.path = self.job["path"]
        self.chance = Chance()
        stem = Path(self.path).stem
        self.name = f"program_{stem}" if stem in sys.modules else stem

    def write(self, said: Mapping[str, Any], arrays: Mapping[str, Any] | None = None) -> None:
        """A record. A process that the program forked off ends here."""
        if os.getpid() != self.pid:
            os._exit(0)
        frames.write(self.out, said, arrays or {})

    def run(self) -> None:
        """Everything that is asked of the program, in order."""
        module, quick = self.loaded()
        for k, network in enumerate(self.job["networks"]):
            if k and quick:
                module, _ = self.loaded()
            with contextlib.suppress(Stopped):
                for function in self.functions(module):
                    self.judged(module, function, k, network)
            if not k:
                quiet()
        if time.monotonic() - self.started > self.job["limit"] / 2:
            self.write({"kind": "untried"})
            return
        try:
            tried(self, lambda: self.loaded()[0] if quick else module, quick)
        except Stopped:
            pass
        except Exception:  # a result so odd that two of them cannot be compared is no fault to blame anybody for
            self.write({"kind": "untried"})

    def loaded(self) -> tuple[ModuleType, bool]:
        """The program's module, as new; whether it loads quickly."""
        self.write({"kind": "loading"})
        loader = Text(self.path, self.job["source"])
        spec = importlib.util.spec_from_loader(self.name, loader, origin=self.path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        module.__file__ = self.path
        sys.modules[self.name] = module
        self.chance.set(None, 1, 0.0)
        began = time.monotonic()
        with self.watched("loading"):
            loader.exec_module(module)
        flags = {name: bool(getattr(module, name, False)) for name in ("BATCHED", "BATCH_FIRST")}
        found = {name: self.described(getattr(module, name)) for name in self.functions(module)}
        self.write({"kind": "loaded", "functions": found, **flags})
        return module, time.monotonic() - began < QUICK

    def functions(self, module: ModuleType) -> list[str]:
        """Which functions it has, of those that are called."""
        return [name for name in self.job["functions"] if callable(getattr(module, name, None))]

    def described(self, function: Callable[..., Any]) -> dict[str, Any]:
        """Where a function stands and what it takes."""
        try:
            takes = str(inspect.signature(function))
        except (TypeError, ValueError):
            takes = ""
        return {"takes": takes, "line": getattr(getattr(function, "__code__", None), "co_firstlineno", None)}

    def arguments(self, module: ModuleType, function: str, k: int) -> dict[str, Any]:
        """New arguments of a call, by what they are called."""
        start, batched = f"{k}/", getattr(module, "BATCHED", False)
        own = {name[len(start) :]: array for name, array in self.arrays.items() if name.startswith(start)}
        if not batched:  # one sequence: x (T, B, I), target (T, B), initial states (B, H)
            own |= {"X": own["X"][:, 0], "target": own["target"][:, 0]}
            own |= {name: own[name][0] for name in self.job["states"]}
        elif getattr(module, "BATCH_FIRST", False):
            own |= {"X": own["X"].swapaxes(0, 1), "target": own["target"].T}
        own = {name: np.array(array) for name, array in own.items()}
        params = {name: own[name] for name in self.job["parameters"]}
        target = {"target": own["target"]} if function == "backward" else {}
        return {"params": params, "X": own["X"], **target, **{name: own[name] for name in self.job["states"]}}

    def judged(self, module: ModuleType, function: str, k: int, network: Mapping[str, Any]) -> None:
        """Call a function on a network and write down what it returned."""
        given = self.arguments(module, function, k)
        value = self.called(module, function, k, given, 1, 0.0, network["loud"])
        try:
            with self.watched(function, k, NotNumbers):
                found, left = flat(value, self.job["functions"][function])
        except NotNumbers as none:
            self.write({"kind": "nothing", "function": function, "network": k, "returned": str(none)})
            return
        before = self.arguments(module, function, k)
        changed = [name for name, array in named(before).items() if not same(array, named(given).get(name))]
        same_memory = repeated(value) if isinstance(value, Mapping) else []
        said = {"function": function, "network": k, "changed": changed, "left": left, "repeated": same_memory}
        self.write({"kind": "result", **said}, found)

    def called(
        self, module: ModuleType, function: str, k: int, given: dict[str, Any], seed: int, unfilled: float, loud: bool
    ) -> Any:
        """What a call returns. Stopped where it does not."""
        what = getattr(module, function)
        try:
            inspect.signature(what).bind(*given.values())
        except TypeError:
            self.write({"kind": "signature", "function": function, **self.described(what)})
            raise Stopped from None
        except ValueError:
            pass  # no signature to be had: the call will tell
        self.write({"kind": "calling", "function": function, "network": k})
        self.chance.set(module, seed, unfilled)
        with self.watched(function, k):
            if not loud:
                return what(*given.values())
            with warnings.catch_warnings(), np.errstate(all="ignore"):  # the numbers are made to overflow
                warnings.simplefilter("ignore")
                return what(*given.values())

    @contextlib.contextmanager
    def watched(
        self, function: str, k: int | None = None, expected: type[Exception] | tuple[()] = ()
    ) -> Iterator[None]:
        """Whatever a program raises, its end too, is written down with its place; what is `expected` goes on."""
        try:
            yield
        except expected:
            raise
        except BaseException as error:
            frames_of = traceback.extract_tb(error.__traceback__)
            own = [one for one in frames_of if one.filename == self.path]
            blank = isinstance(error, NotImplementedError)
            if blank and len(own) > 1:
                own = own[:-1] if own[-1].name == "blank" else own
            near = [one for one in frames_of if Path(one.filename).parent == Path(self.path).parent]
            place: dict[str, Any] = {}
            if at := (own or near)[-1:]:
                place = {"file": at[0].filename, "line": at[0].lineno, "in": at[0].name, "code": at[0].line}
            if isinstance(error, SyntaxError) and error.filename:
                place = {"file": error.filename, "line": error.lineno, "column": error.offset, "code": error.text}
            text = error.msg if isinstance(error, SyntaxError) else _text(error)
            said = {"kind": "raised", "function": function, "network": k, "error": type(error).__name__}
            self.write({**said, "text": text, "blank": blank, **place})
            raise Stopped from None


def _text(error: BaseException) -> str:
    """What an exception says; one whose own text fails says nothing."""
    try:
        return " ".join(str(error).split())[:300]
    except BaseException:
        return ""


def named(given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by the names in which a person thinks of them."""
    whole = {name: array for name, array in given.items() if name != "params"}
    params = given["params"]
    return whole | {f'params["{name}"]': array for name, array in params.items()}


def same(a: Any, b: Any) -> bool:
    """Whether two arrays are equal, number by number."""
    return isinstance(b, np.ndarray) and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def quiet() -> None:
    """What the program prints from here on is not kept. What it printed before is out: its streams have no buffer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def limit(memory: int, seconds: float) -> None:
    """No more memory and time than this, where the system can hold a process to it; the time is for one that nobody ends."""
    try:
        import resource
    except ImportError:
        return
    limits = {resource.RLIMIT_AS: memory, resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: int(seconds) + 5}
    for what, most in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


def end_with(parent: int, folder: Path, until: float) -> None:
    """End where the process that waits for this one has been killed, and clear away what it left behind.

    Not every system says that it has been: one that is there would have ended this one at its time.
    """
    while os.getppid() == parent and time.time() < until + 5:
        time.sleep(0.2)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def carry_out(runner: Runner, folder: Path) -> None:
    """Run a job within its limits, to its end or that of the process which waits for it."""
    limit(runner.job["memory"], runner.job["limit"])
    threading.Thread(target=end_with, args=(os.getppid(), folder, runner.job["until"]), daemon=True).start()
    with (folder / "where").open("w") as where:
        faulthandler.enable(where)
        faulthandler.dump_traceback_later(max(runner.job["until"] - time.time() - 0.2, 0.1), file=where)
        sys.argv = [runner.path]
        sys.path.insert(0, str(Path(runner.path).parent))
        with contextlib.suppress(Stopped):
            runner.run()
            runner.write({"kind": "done"})
    os._exit(0)  # threads that the program left are not waited for


def main() -> None:
    """Run the job in the folder that the command line names; the program's own folder comes first on its path."""
    folder = Path(sys.argv[1])
    carry_out(Runner(folder), folder)
