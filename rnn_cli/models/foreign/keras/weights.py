"""Which arrays of a file belong to which layer.

layers/lstm/cell/vars/0, /1, /2                          Keras 3: kernel, recurrent_kernel, bias
layers/bidirectional/forward_layer/cell/vars/0, …        and backward_layer
_layer_checkpoint_dependencies/lstm/cell/vars/0          Keras 2.12 to 2.14 in a .keras file
lstm/lstm/lstm_cell/kernel:0, …                          Keras 2: named in the attributes layer_names and weight_names
"""

import re
from dataclasses import dataclass

from rnn_cli.models.foreign.keras.config import Layer
from rnn_cli.models.foreign.keras.hdf5 import Store
from rnn_cli.models.foreign.names import Tensors
from rnn_cli.reading import whole_number

NUMBERED = re.compile(r"(?P<owner>(?:.*/)?)vars/(?P<number>[0-9]{1,6})")
INSIDE = re.compile(r"(?P<layer>.*?)(?:/(?P<direction>forward|backward)_layer)?(?:/(?:cell|layer))?")
FORWARD, BACKWARD = "forward", "backward"
NOT_LEARNT = "seed_generator"
DEPENDENCIES = "_layer_checkpoint_dependencies"
TOP = "model_weights"


@dataclass(frozen=True)
class Owned:
    """The arrays of one layer by direction, in Keras's order, under their names in the file."""

    layer: str
    forward: tuple[str, ...] = ()
    backward: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        """All of them."""
        return self.forward + self.backward


class Weights:
    """The arrays of a file by their owners."""

    def __init__(self, source: str, store: Store) -> None:
        self.tensors = Tensors(source, dict(store.arrays))
        self.legacy = any(name == "weight_names" for _, name in store.texts)
        self.owned = _named(store) if self.legacy else _numbered(store)

    @classmethod
    def listed(cls, tensors: Tensors, owned: dict[str, Owned]) -> "Weights":
        """Arrays whose owners were found by their order."""
        weights = cls(tensors.source, Store(tensors.arrays))
        weights.owned, weights.legacy = owned, True
        return weights

    def of(self, layer: Layer) -> Owned:
        """The arrays of a layer; none where it has none."""
        if not self.legacy:
            return self.owned.get(layer.path, Owned(layer.path))
        whole = self.owned.get(layer.names[0], Owned(layer.names[0]))
        inner = set(layer.names[1:])

        def own(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in names if inner <= set(name.split("/")))

        return Owned(layer.name, own(whole.forward), own(whole.backward))

    def has(self, layer: Layer) -> bool:
        """Whether any array is a layer's own, or that of a part of it."""
        within = f"{layer.path}/"
        return bool(self.of(layer).every) or any(one.startswith(within) for one in self.owned if not self.legacy)


def _numbered(store: Store) -> dict[str, Owned]:
    found: dict[str, dict[str, list[tuple[int, str]]]] = {}
    for name in store.arrays:
        match = NUMBERED.fullmatch(name.replace("\\", "/"))
        if match is None or NOT_LEARNT in name:
            continue
        inside = INSIDE.fullmatch(match["owner"].rstrip("/"))
        assert inside is not None  # the layer may be anything
        found.setdefault(inside["layer"], {}).setdefault(inside["direction"] or FORWARD, []).append(
            (int(match["number"]), name)
        )
    names = _renumbered(list(found))
    return {
        names[layer]: Owned(
            names[layer], *(tuple(name for _, name in sorted(parts.get(way, []))) for way in (FORWARD, BACKWARD))
        )
        for layer, parts in found.items()
    }


def _renumbered(layers: list[str]) -> dict[str, str]:
    """Each layer's path as Keras 3 has it. Keras 2.12 to 2.14 counts layers that have weights twice: lstm, lstm_2, lstm_4."""
    kin: dict[tuple[str, str], set[int]] = {}
    split = {layer: layer.split("/") for layer in layers}
    for parts in split.values():
        for k, part in enumerate(parts[1:], start=1):
            if parts[k - 1] == DEPENDENCIES:
                base, number = numbered_name(part)
                kin.setdefault(("/".join(parts[:k]), base), set()).add(number)

    def renamed(parts: list[str], k: int) -> str:
        if parts[k] == DEPENDENCIES:
            return "layers"
        if k == 0 or parts[k - 1] != DEPENDENCIES:
            return parts[k]
        base, number = numbered_name(parts[k])
        rank = sorted(kin["/".join(parts[:k]), base]).index(number)
        return f"{base}_{rank}" if rank else base

    return {layer: "/".join(renamed(parts, k) for k in range(len(parts))) for layer, parts in split.items()}


def numbered_name(part: str) -> tuple[str, int]:
    """lstm_2 as lstm and 2; lstm as lstm and 0."""
    base, _, digits = part.rpartition("_")
    number = whole_number(digits)
    return (part, 0) if number is None or not base else (base, number)


def _named(store: Store) -> dict[str, Owned]:
    """Keras 2 lists the layers, and the weights of each, in their order."""
    roots = [path for path, name in store.texts if name == "layer_names"]
    root = f"{TOP}/" if TOP in roots else ""
    found: dict[str, Owned] = {}
    for path, attribute in store.texts:
        layer = path.removeprefix(root)
        if attribute != "weight_names" or not path.startswith(root):
            continue
        names = [f"{path}/{name}" for name in store.texts[path, attribute] if f"{path}/{name}" in store.arrays]
        back = [name for name in names if any(part.startswith(BACKWARD) for part in name[len(path) :].split("/"))]
        found[layer] = Owned(layer, tuple(name for name in names if name not in back), tuple(back))
    order = store.texts.get((root.rstrip("/"), "layer_names"), [])
    return {layer: found[layer] for layer in [*order, *(one for one in found if one not in order)] if layer in found}
