"""Networks of any size of numbers: what leaves the finite range is said, with exit 3; nothing else shows an inf or a NaN."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Network
from tests.conftest import Command
from tests.support.networks import KINDS, architecture_of, random_network
from tests.support.schemas import validate

NO_NUMBER = re.compile(r"(?<![A-Za-z_])(nan|inf)(?![A-Za-z_])")
SOMEWHERE = re.compile(r"left the finite range|cannot be checked by")
SIZES: dict[str, Callable[[np.random.Generator, Any], Any]] = {
    "ordinary": lambda g, shape: g.normal(size=shape),
    "any": lambda g, shape: 10.0 ** g.uniform(-320, 308.2, shape),
    "huge": lambda g, shape: 10.0 ** g.uniform(100, 308.2, shape),
    "tiny": lambda g, shape: 10.0 ** g.uniform(-320, -100, shape),
    "large": lambda g, shape: 10.0 ** g.uniform(0, 20, shape),
    "largest": lambda g, shape: np.full(shape, np.finfo(float).max),
    "zero": lambda g, shape: np.zeros(shape),
}


def drawn(g: np.random.Generator, shape: Any, size: str | None) -> Any:
    size = str(g.choice(list(SIZES))) if size is None else size
    return SIZES[size](g, shape) * g.choice([-1.0, 1.0], shape)


def extreme(g: np.random.Generator, task: str) -> Network:
    """A network whose arrays hold numbers of one size, or each of its own."""
    layers, (inputs, hidden, outputs) = int(g.integers(1, 3)), map(int, g.integers(1, 5, 3))
    architecture = architecture_of(
        str(g.choice(sorted(KINDS))),
        inputs,
        hidden,
        num_layers=layers,
        bidirectional=bool(g.integers(2)),
        task=task,
        output_size=outputs,
    )
    network, common = random_network(architecture), str(g.choice(list(SIZES)))
    for _, array in network.parameters.items():
        array[...] = drawn(g, array.shape, common if g.random() < 0.6 else None)
    return network


def written(network: Network, g: np.random.Generator, path: Path) -> str:
    """The network as a hand-written model with two words."""
    a, layers = network.architecture, []
    for layer in range(a.num_layers):
        for direction in a.directions:
            arrays = network.cell.named(network.packed(layer, direction))
            layers.append({name: array.tolist() for name, array in arrays.items()} | {"direction": direction})
    if not a.bidirectional:
        for one in layers:
            del one["direction"]
    readout = {name: network.parameters[f"readout.{name}"].tolist() for name in ("W_hy", "b_y")}
    model = {
        "format": "rnn.model/1",
        "cell": a.cell,
        "task": a.task,
        "labels": [f"l{k}" for k in range(a.output_size)],
        "embedding": {word: drawn(g, a.input_size, None).tolist() for word in ("a", "b")},
        "parameters": {"layers": layers, "readout": readout},
        **dict(a.options),
    }
    path.write_text(json.dumps(model))
    return str(path)


TEXT, BPTT = "a b a", ("bptt", "a b a", "--model", "MODEL", "--target", "l0")
COMMANDS: dict[str, tuple[str, ...]] = {
    "trace": ("trace", TEXT, "--model", "MODEL"),
    "why": ("trace", TEXT, "--model", "MODEL", "--why", "h[2][1]"),
    "answers": ("trace", TEXT, "--model", "MODEL", "--answers"),
    "forward": ("forward", TEXT, "--model", "MODEL"),
    "float32": ("forward", TEXT, "--model", "MODEL", "--dtype", "float32"),
    "many": ("forward", "--file", "TEXTS", "--model", "MODEL"),
    "bptt": BPTT,
    "check": (*BPTT, "--check"),
    "truncate": (*BPTT, "--truncate-sweep", "--clip-norm", "1"),
    "long": (*BPTT, "--checkpoint-every", "2", "--check", "--clip-value", "1"),
    "gradients": ("gradients", TEXT, "--model", "MODEL"),
    "predict": ("predict", "MODEL", "a", TEXT),
    "inspect": ("inspect", "MODEL"),
}


def nulls(value: Any, path: str = "") -> Iterator[str]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            if key != "non_finite":
                yield from nulls(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for k, item in enumerate(value):
            yield from nulls(item, f"{path}[{k}]")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_no_number_leaves_the_range_without_a_word(name: str, call: Command, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("a\nb a b\n")
    codes = set()
    for seed in range(8):
        g = np.random.default_rng([seed, *name.encode()])
        model = written(extreme(g, MANY_TO_ONE if seed % 2 else MANY_TO_MANY), g, tmp_path / "m.json")
        arguments = [{"MODEL": model, "TEXTS": str(texts)}.get(one, one) for one in COMMANDS[name]]
        as_json = seed % 4 > 1 and name != "answers"
        result = call(*arguments, *["--json"] * as_json)
        codes.add(result.code)
        assert result.code in (0, 3), result.stderr
        assert "RuntimeWarning" not in result.stderr
        if result.code == 3:
            assert SOMEWHERE.search(result.stderr), result.stderr
            assert not NO_NUMBER.search(result.stderr)
            if result.stdout and not as_json:
                assert re.search(r"left the finite range|cannot be checked", " ".join(result.stdout.split()))
        elif not as_json:
            assert not NO_NUMBER.search(result.stdout), result.stdout
        if as_json and result.stdout:
            document = validate(result.document())
            missing = set(document.get("non_finite", ()))
            assert missing <= set(nulls(document))
            assert (
                result.code == 3 or not missing or name == "gradients"
            )  # its products have their logarithms beside them
    assert 3 in codes
