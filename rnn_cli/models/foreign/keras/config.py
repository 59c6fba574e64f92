"""What a Keras model's configuration says: its layers, and what each one reads. Nothing of it is run.

A Sequential model is a chain. A functional one says for every layer whose outputs it reads. Models within models are laid
out flat. A model that somebody wrote as a class of their own says nothing: its configuration holds no layers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rnn_cli.errors import ModelFileError
from rnn_cli.reading import shown

MODELS = ("Sequential", "Functional", "Model")
TENSOR, HISTORY = "__keras_tensor__", "keras_history"
NOT_DATA = ("mask",)
"""What a layer is called with that is no input: which steps are padding."""
THEIRS = ("keras", "keras_core", "tf_keras", "tensorflow", "builtins")
"""The packages whose classes are Keras's own. A file older than Keras 3 names none."""

DEEPEST, MOST_LAYERS = 16, 5_000

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Layer:
    """A layer.

    name    its own name, with the names of the models that it stands in
    kind    its class; config its settings
    reads   the layers whose outputs it reads, the input first; states: those that it reads the second or a later output of
    places  where its weights stand: the path of Keras 3, and the names of Keras 2 from the outermost model to its own
    """

    name: str
    kind: str
    config: Config
    reads: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    path: str = ""
    names: tuple[str, ...] = ()


@dataclass
class Graph:
    """The layers by name, in the order of the file; not told where shapes and names alone say what they are."""

    layers: dict[str, Layer] = field(default_factory=dict)
    told: bool = True

    def readers(self, name: str) -> list[Layer]:
        """The layers that read a layer's output."""
        return [one for one in self.layers.values() if name in one.reads]


def graph_of(source: str, config: Any) -> Graph | None:
    """The layers of a model; None where its class is the person's own, so that the file holds no layers."""
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict | list):
        raise ModelFileError(f"{source}: its configuration is no model's")
    if config.get("class_name") not in MODELS or not _entries(config):
        return None
    graph = Graph()
    _Unfolding(source, graph).model(config, "", (), ())
    return graph


def _entries(config: Config) -> list[Any]:
    own = config["config"]  # the oldest files hold the list of layers itself
    layers = own if isinstance(own, list) else own.get("layers")
    return layers if isinstance(layers, list) and all(isinstance(one, dict) for one in layers) else []


class _Unfolding:
    """Lays a model and the models in it out flat."""

    def __init__(self, source: str, graph: Graph) -> None:
        self.source, self.graph = source, graph

    def fail(self, what: str) -> ModelFileError:
        return ModelFileError(f"{self.source}: {what}")

    def model(self, config: Config, path: str, names: tuple[str, ...], feeds: tuple[str, ...]) -> tuple[str, ...]:
        """Add the layers of a model that reads `feeds`; -> the layers whose outputs are its own."""
        if len(names) > DEEPEST:
            raise self.fail("models stand in models too deeply")
        chained = config.get("class_name") == "Sequential"
        counted: dict[str, int] = {}
        ends: dict[str, str] = {}  # the name in this model -> the layer that gives it
        last = feeds
        for entry in _entries(config):
            kind, own = entry.get("class_name"), entry.get("config")
            if not isinstance(kind, str) or not isinstance(own, dict | list):
                raise self.fail("a layer without class_name and config")
            name = str(entry.get("name") or (own.get("name") if isinstance(own, dict) else None) or snake_case(kind))
            file_name = snake_case(kind)
            counted[file_name] = counted.get(file_name, -1) + 1
            place = f"{path}layers/{file_name}" + (f"_{counted[file_name]}" if counted[file_name] else "")
            reads: tuple[str, ...] = last if chained else feeds
            states: tuple[str, ...] = ()
            if not chained and kind != "InputLayer":
                reads, states = (
                    tuple(ends.get(one, one) for one in found) for found in _read_by(entry.get("inbound_nodes"))
                )
            ends[name] = self.layer(entry, kind, own, name, place, names, reads, states)
            last = (ends[name],)
        if chained:
            return last
        outputs = config["config"].get("output_layers") or []
        outputs = [outputs] if outputs and isinstance(outputs[0], str) else outputs
        return tuple(ends.get(str(one[0]), str(one[0])) for one in outputs if isinstance(one, list) and one)

    def layer(self, entry: Config, kind: str, own: Any, name: str, place: str, names: tuple[str, ...], reads: tuple[str, ...], states: tuple[str, ...]) -> str:  # fmt: skip
        """Add one layer, or those of a model; -> the layer that gives its output."""
        if kind in MODELS and _entries(entry):
            ends = self.model(entry, f"{place}/", (*names, name), reads)
            if len(ends) != 1:
                raise self.fail(f"{shown(name)}, a model in the model, has {len(ends)} outputs")
            return ends[0]
        if kind == "InputLayer" and reads:
            return reads[0]  # of a model in a model: it gives on what the model reads
        if len(self.graph.layers) >= MOST_LAYERS:
            raise self.fail(f"holds more than {MOST_LAYERS:,} layers")
        kind, whole = class_of(entry), "/".join((*names, name))
        if whole in self.graph.layers:
            raise self.fail(f"two layers have the name {shown(whole)}")
        self.graph.layers[whole] = Layer(whole, kind, own, reads, states, place, (*names, name))
        return whole


def _read_by(nodes: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The layers whose outputs a layer is called with, and those of which it reads another output than the first."""
    found: list[tuple[str, int]] = []
    for node in nodes if isinstance(nodes, list) else []:
        if isinstance(node, dict):
            found += _tensors(
                [node.get("args"), {k: v for k, v in (node.get("kwargs") or {}).items() if k not in NOT_DATA}]
            )
        elif isinstance(node, list):  # Keras 2: [name, node, output, {…}] for each input
            for one in node:
                if isinstance(one, list) and one and isinstance(one[0], str):
                    found.append((one[0], one[2] if len(one) > 2 and isinstance(one[2], int) else 0))
                    settings = one[3] if len(one) > 3 and isinstance(one[3], dict) else {}
                    found += [
                        (str(value[0]), 1)
                        for value in settings.values()
                        if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)
                    ]
    return tuple(dict.fromkeys(name for name, _ in found)), tuple(name for name, output in found if output)


def _tensors(value: Any) -> list[tuple[str, int]]:
    """Every output of a layer that stands somewhere in what a layer is called with."""
    if isinstance(value, dict):
        history = (
            value["config"].get(HISTORY)
            if value.get("class_name") == TENSOR and isinstance(value.get("config"), dict)
            else None
        )
        if isinstance(history, list) and len(history) == 3:
            return [(str(history[0]), history[2] if isinstance(history[2], int) else 0)]
        return [one for part in value.values() for one in _tensors(part)]
    return [one for part in value for one in _tensors(part)] if isinstance(value, list) else []


def is_own(entry: Config) -> bool:
    """Whether a class or a function is the person's own, which may bear the name of one of Keras's."""
    module, registered = entry.get("module"), entry.get("registered_name")
    if isinstance(module, str):
        return module.partition(".")[0] not in THEIRS or ">" in str(registered)
    return isinstance(registered, str)


def class_of(entry: Config) -> str:
    """The class of a layer: its name where it is Keras's, else one that none of Keras's has."""
    kind, module, registered = (entry.get(name) for name in ("class_name", "module", "registered_name"))
    if not is_own(entry):
        return str(kind)
    return registered if isinstance(registered, str) and ">" in registered else f"{module or 'custom'}>{kind}"


def snake_case(kind: str) -> str:
    """A class's name as Keras writes it in files: SimpleRNN is simple_rnn."""
    words = re.sub(r"\W+", "", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", words)).lower()
