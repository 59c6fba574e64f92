"""A network in a file, what it reads, and the documents that the real commands give of it, within this process."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from rnn_cli.__main__ import main
from rnn_cli.core.arrays import Array
from rnn_cli.core.network import MANY_TO_ONE, Network
from rnn_cli.core.state import InitialStates
from rnn_cli.models.model import Model
from rnn_cli.models.written import as_text, handwritten
from tests.support.command import strict_json

Document = dict[str, Any]
COMMANDS = ("forward", "trace", "bptt", "gradients", "predict")
WHOLE = {"forward": ["--layer", "all"], "trace": ["--layer", "all"], "bptt": ["--layer", "all"]}
"""What makes a document hold every layer."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A network without an embedding, the sequence that it reads, where its memory starts, and what it should have said.

    x        (T, I)
    labels   the names of the readout's units
    answers  the label of the end, or of every step; () of a network without a readout
    errors   without a readout: what arrives at its outputs, (D*H,) at the end or (T, D*H)
    """

    network: Network
    x: Array
    starts: InitialStates = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    errors: Array | None = None

    def changed(self, **more: Any) -> "Asked":
        """The same with other parts."""
        return replace(self, **more)

    def document(self, command: str, *options: str) -> Document:
        """The document of one of COMMANDS."""
        found: Document = self.run(command, *WHOLE.get(command, ()), *options, "--json")[1]
        return found

    def run(self, command: str, *options: str) -> tuple[str, Any]:
        """What a command writes to stdout, and that as a document where --json asks for one."""
        with TemporaryDirectory() as name:
            folder = Path(name)
            text = called(command, *self._files(folder, command), *options)
        return text, without(strict_json(text), "read") if "--json" in options else None

    def _files(self, folder: Path, command: str) -> Iterator[str]:
        """The arguments, whose files are written on the way."""
        path = folder / "model.json"
        path.write_text(as_text(handwritten(Model("model", self.network, "file", labels=self.labels), {})))
        yield from (str(path),) if command == "predict" else ("-m", str(path))
        yield from ("--input", _saved(folder / "x.json", self.x))
        for state, array in _by_state(self.starts).items():
            yield from ("--state", f"{state}={_saved(folder / f'{state}.json', array)}")
        if command not in ("bptt", "gradients"):
            return
        if self.errors is not None:
            yield from ("--dL-dh", _saved(folder / "errors.json", self.errors))
        elif self.answers and self.network.architecture.task == MANY_TO_ONE:
            yield from ("--target", self.answers[0])
        elif self.answers and command == "bptt":  # gradients takes what the network says at each step
            yield from ("--targets", " ".join(self.answers))


def called(*arguments: str) -> str:
    """The stdout of a command that must succeed."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as said:
        try:
            main(arguments)
        except SystemExit as left:
            assert left.code in (0, None), (arguments, said.getvalue())
    return out.getvalue()


def _saved(path: Path, array: Array) -> str:
    path.write_text(json.dumps(array.tolist()))
    return str(path)


def _by_state(starts: InitialStates) -> Mapping[str, Array]:
    """The numbers of each state as --state takes them: a row for each layer and direction, or of unequal ones one vector."""
    rows: dict[str, list[Array]] = {}
    for state in starts.values():
        for name, array in state.items():
            rows.setdefault(name, []).append(array.reshape(-1))
    return {name: np.stack(own) if len({*map(len, own)}) == 1 else np.concatenate(own) for name, own in rows.items()}


def differences(found: Any, expected: Any, tolerance: float, path: str = "") -> Iterator[str]:
    """Where two documents differ by more than a tolerance, which is relative to the largest number of an array."""
    if isinstance(found, dict) and isinstance(expected, dict):
        if found.keys() != expected.keys():
            yield f"{path}: {sorted(found)} and {sorted(expected)}"
            return
        for key, value in found.items():
            yield from differences(value, expected[key], tolerance, f"{path}.{key}")
    elif isinstance(found, list) and isinstance(expected, list):
        one, other = _numbers(found), _numbers(expected)
        if one is not None and other is not None and one.shape == other.shape:
            yield from () if _close(one, other, tolerance) else (f"{path}: {found} and {expected}",)
        elif len(found) != len(expected):
            yield f"{path}: {len(found)} and {len(expected)} items"
        else:
            for k, (a, b) in enumerate(zip(found, expected, strict=True)):
                yield from differences(a, b, tolerance, f"{path}[{k}]")
    elif _is_number(found) and _is_number(expected):
        yield from (
            () if _close(np.array([found]), np.array([expected]), tolerance) else (f"{path}: {found} and {expected}",)
        )
    elif found != expected:
        yield f"{path}: {found!r} and {expected!r}"


def same(found: Any, expected: Any, tolerance: float = 1e-9) -> None:
    """AssertionError that names every place where two documents differ."""
    places = list(differences(found, expected, tolerance))
    assert not places, "\n".join(place[:300] for place in places[:20])


IDENTITIES = ("layer", "direction", "t", "k", "loss_step", "step", "name")


def in_order(value: Any) -> Any:
    """A document whose lists stand in the order of what their items are of, where the items say it."""
    if isinstance(value, dict):
        return {key: in_order(one) for key, one in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return sorted(map(in_order, value), key=lambda one: [str(one.get(key, "")).zfill(4) for key in IDENTITIES])
    return value


def without(document: Any, *keys: str) -> Any:
    """A document without these keys, wherever they stand: "steps.token" is a key of an item of steps."""
    for key in keys:
        first, _, rest = key.partition(".")
        if isinstance(document, list):
            document = [without(one, key) for one in document]
        elif isinstance(document, dict) and first in document:
            kept = {name: value for name, value in document.items() if name != first}
            document = kept if not rest else {**document, first: without(document[first], rest)}
    return document


def _numbers(values: Sequence[Any]) -> Array | None:
    """A list as an array; None where it is not one of numbers alone."""
    flat: list[Any] = list(values)
    while flat and isinstance(flat[0], list):
        if not all(isinstance(one, list) for one in flat):
            return None
        flat = [number for one in flat for number in one]
    if not flat or not all(map(_is_number, flat)):
        return None
    try:
        return np.array(values, dtype=float)
    except ValueError:  # rows of unequal lengths
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _close(a: Array, b: Array, tolerance: float) -> bool:
    largest = max(float(np.abs(a).max()), float(np.abs(b).max()))
    return bool((np.abs(a - b) <= tolerance * largest + (1e-13 if tolerance else 0)).all())
