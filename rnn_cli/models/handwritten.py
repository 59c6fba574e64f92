"""Hand-written models: JSON that a person can read, edit and check by hand (format "rnn.model/1")."""

from collections.abc import Mapping
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array, from_lists
from rnn_cli.core.cells import CELLS, cell_class, make_cell
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import BACKWARD, FORWARD, MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.core.reads import FINAL_STATE, READS
from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import filled_network
from rnn_cli.models.encoding import TEXT_LEVELS
from rnn_cli.models.model import Model
from rnn_cli.models.options import OLD_KEYS, chosen_options
from rnn_cli.reading import open_file, parsing, read_json

FORMAT = "rnn.model/1"
FLOAT32, FLOAT64 = "float32", "float64"
KEYS = {
    "format", "name", "about", "cell", "dtype", "task", "reads", "labels", "level", "lowercase", "vocabulary", "embedding", "parameters",
    *OLD_KEYS,
}  # fmt: skip


def load_handwritten(path: Path, name: str, origin: str) -> Model:
    """Read a hand-written model. ModelFileError says what is wrong with it and where."""
    source = str(path)
    hooks = {"parse_constant": _refuse_constant, "object_pairs_hook": _each_key_once}
    with parsing(source, "not a model", ModelFileError), open_file(source) as file:
        return _Reader(source).model(read_json(source, file.read(), ModelFileError, **hooks), name, origin)


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a number that a model can hold")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{shortened(next(key for key in keys if keys.count(key) > 1))} stands twice in one object")
    return whole


class _Reader:
    """Turns the parsed JSON into a model; knows the file's name for its messages."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, message: str) -> ModelFileError:
        return ModelFileError(f"{self.source}: {message}")

    def model(self, data: Any, name: str, origin: str) -> Model:
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise self.fail(f'not a model: expected an object with "format": "{FORMAT}"')
        cell = self.choice(data, "cell", tuple(CELLS), "rnn")
        known = KEYS | set(cell_class(cell).options)
        for key in data:
            if key not in known:
                raise self.fail(f"unknown key {shortened(key)}; known are {', '.join(sorted(known))}")
        for key in ("name", "about"):
            if not isinstance(data.get(key, ""), str):
                raise self.fail(f'"{key}" must be text')
        if not isinstance(data.get("lowercase", True), bool):
            raise self.fail('"lowercase" must be true or false')
        stored = self.choice(data, "dtype", (FLOAT64, FLOAT32), FLOAT64)
        level = self.choice(data, "level", TEXT_LEVELS, TEXT_LEVELS[0])
        options = chosen_options(cell, data)
        task = self.choice(data, "task", (MANY_TO_ONE, MANY_TO_MANY), MANY_TO_ONE)
        reads = self.choice(data, "reads", READS, FINAL_STATE)
        parameters = self.object(data, "parameters")
        self.only(parameters, ("layers", "readout"), "parameters")
        layers = parameters.get("layers")
        if not isinstance(layers, list) or not layers or not all(isinstance(layer, dict) for layer in layers):
            raise self.fail('"parameters" needs "layers": a list with one object per layer and direction')
        directions = [layer.get("direction", FORWARD) for layer in layers]
        pattern = (FORWARD, BACKWARD) if len({*map(str, directions)}) > 1 else (directions[0],)
        if directions[0] not in (FORWARD, BACKWARD) or directions != list(pattern) * (len(layers) // len(pattern)):
            raise self.fail(
                'a layer has one entry, "direction": "forward" or "backward" in all of them, or a bidirectional one two, "forward", '
                'then "backward"'
            )
        arrays: dict[str, Array] = {}
        for k, layer in enumerate(layers):
            where = f"layers.{k // len(pattern)}.{directions[k]}"
            for packed, array in self.packed(layer, make_cell(cell, dict(options)), where).items():
                arrays[f"{where}.{packed}"] = array
        rows, one_hot, vocabulary = self.inputs(data, arrays)
        readout = parameters.get("readout")
        if readout is not None:
            self.only(readout, ("W_hy", "b_y"), "readout")
            arrays["readout.W_hy"] = self.array(readout, "W_hy", 2, "readout")
            arrays["readout.b_y"] = self.array(readout, "b_y", 1, "readout")
        first = arrays[f"layers.0.{pattern[0]}.W_x"]
        architecture = Architecture(
            cell,
            first.shape[1],
            0,
            0,
            len(pattern) == 2,
            task,
            len(arrays["readout.b_y"]) if readout is not None else 0,
            len(rows),
            options,
            reads,
            backward_only=pattern == (BACKWARD,),
        )
        made = make_cell(cell, dict(options))
        architecture = architecture.of_layers(
            self.hidden_size(arrays, made, f"layers.{layer}.{pattern[0]}")
            for layer in range(len(layers) // len(pattern))
        )
        labels = self.labels(data, architecture.output_size)
        network = filled_network(self.source, architecture, arrays)
        if one_hot and vocabulary is not None and max(vocabulary.values()) >= architecture.input_size:
            raise self.fail(f"one-hot inputs of size {architecture.input_size} cannot hold {len(vocabulary)} words")
        return Model(
            str(data.get("name", name)),
            network,
            origin,
            vocabulary,
            rows,
            one_hot,
            labels,
            stored,
            format=FORMAT,
            about=str(data.get("about", "")),
            lowers=data.get("lowercase"),
            cut=level,
        )

    def choice(self, data: Mapping[str, Any], key: str, allowed: tuple[str, ...], default: str) -> str:
        value = data.get(key, default)
        if value not in allowed:
            raise self.fail(f'"{key}" is {shortened(value)}; it can be {", ".join(allowed)}')
        return str(value)

    def only(self, data: Any, known: tuple[str, ...], where: str) -> None:
        """ModelFileError where an object has a key that would otherwise be silently ignored."""
        for key in data if isinstance(data, dict) else ():
            if key not in known:
                raise self.fail(f"{where}: unexpected {shortened(key)}; expected {' and '.join(known)}")

    def object(self, data: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = data.get(key)
        if not isinstance(value, dict):
            raise self.fail(f'"{key}" is missing or not an object')
        return value

    def array(self, holder: Any, name: str, dimensions: int, where: str) -> Array:
        if not isinstance(holder, dict) or name not in holder:
            raise self.fail(f"{where}: {name} is missing")
        kind = "list" if dimensions == 1 else "matrix"
        with parsing(f"{self.source}: {where}", f"{name} is not a {kind} of numbers", ModelFileError, why=False):
            array = from_lists(holder[name])
        if array.ndim != dimensions or array.size == 0:
            kind = "a list of numbers" if dimensions == 1 else "a matrix, a list of rows of equal length"
            raise self.fail(f"{where}: {name} must be {kind}")
        return array

    def packed(self, layer: Any, cell: Cell, where: str) -> dict[str, Array]:
        """The parameters of one layer and direction, as the cell names them, packed."""
        for name in layer:
            if name != "direction" and name not in cell.parameters:
                expected = ", ".join(sorted((*cell.parameters, "direction")))
                raise self.fail(f"{where}: unexpected {shortened(name)}; expected {expected}")
        arrays = {}
        for key, names in cell.packing.items():
            parts = [self.array(layer, name, 2 if name.startswith("W_") else 1, where) for name in names]
            for name, part in zip(names, parts, strict=True):
                if part.shape != parts[0].shape:
                    raise self.fail(f"{where}: {name} and {names[0]} differ in shape")
            arrays[key] = np.concatenate(parts)
        return arrays

    def hidden_size(self, arrays: Mapping[str, Array], cell: Cell, where: str) -> int:
        """The columns of a layer's recurrent matrices; where there are none, the rows of one of its parameters."""
        if cell.recurrent:
            return int(arrays[f"{where}.W_h"].shape[1])
        key, names = next(iter(cell.packing.items()))
        return len(arrays[f"{where}.{key}"]) // len(names)

    def inputs(
        self, data: Mapping[str, Any], arrays: dict[str, Array]
    ) -> tuple[dict[str, int], bool, dict[str, int] | None]:
        """The embedding's rows, whether inputs are one-hot, and the vocabulary."""
        vocabulary = data.get("vocabulary")
        if isinstance(vocabulary, list):
            vocabulary = {token: k for k, token in enumerate(vocabulary)} if self.strings(vocabulary) else None
        elif vocabulary is not None and not (
            isinstance(vocabulary, dict)
            and all(isinstance(i, int) and not isinstance(i, bool) and i >= 0 for i in vocabulary.values())
        ):
            raise self.fail('"vocabulary" must map each token to its id, or be a list of tokens')
        if vocabulary is not None and (not vocabulary or len(set(vocabulary.values())) != len(vocabulary)):
            raise self.fail('"vocabulary" must have at least one token, and every token an id of its own')
        embedding = data.get("embedding")
        if embedding is None:
            return {}, vocabulary is not None, vocabulary
        if not isinstance(embedding, dict) or not embedding:
            raise self.fail('"embedding" must map each token to its vector')
        vectors = [self.array(embedding, token, 1, "embedding") for token in embedding]
        if len({len(vector) for vector in vectors}) != 1:
            raise self.fail('"embedding": vectors differ in length')
        if vocabulary is None:
            vocabulary = {token: k for k, token in enumerate(embedding)}
        for token in embedding:
            if token not in vocabulary:
                raise self.fail(f'"embedding" has {token!r}, which "vocabulary" lacks')
        arrays["embedding"] = np.stack(vectors)
        return {token: k for k, token in enumerate(embedding)}, False, vocabulary

    def strings(self, values: list[Any]) -> bool:
        if not all(isinstance(value, str) for value in values) or len(set(values)) != len(values):
            raise self.fail('"vocabulary" must be a list of different tokens')
        return True

    def labels(self, data: Mapping[str, Any], outputs: int) -> tuple[str, ...]:
        labels = data.get("labels")
        if labels is None:
            return tuple(f"class {k}" for k in range(outputs))
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise self.fail('"labels" must be a list of names')
        if len(labels) != outputs or len(set(labels)) != outputs:
            raise self.fail(f"{len(labels)} labels for a readout of {outputs} units; each unit needs one of its own")
        return tuple(labels)
