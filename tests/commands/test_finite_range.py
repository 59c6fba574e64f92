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
    "back answers": (*BPTT, "--answers"),
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
    for seed in (1, 2):
        g = np.random.default_rng([seed, *name.encode()])
        model = written(extreme(g, MANY_TO_ONE if seed % 2 else MANY_TO_MANY), g, tmp_path / "m.json")
        arguments = [{"MODEL": model, "TEXTS": str(texts)}.get(one, one) for one in COMMANDS[name]]
        as_json = seed % 4 > 1 and not name.endswith("answers")
        result = call(*arguments, *["--json"] * as_json)
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


def model_of(path: Path, **changes: Any) -> str:
    """A relu network of one unit that grows by a factor at each step, with a readout."""
    layer = {"W_xh": [[1.0]], "W_hh": [[1e200]], "b_h": [0.0]}
    model: dict[str, Any] = {
        "format": "rnn.model/1",
        "activation": "relu",
        "labels": ["no", "yes"],
        "embedding": {"a": [1.0]},
        "parameters": {"layers": [layer], "readout": {"W_hy": [[0.5], [-0.5]], "b_y": [0.0, 0.0]}},
    }
    path.write_text(json.dumps(model | changes))
    return str(path)


HERE = "W_hh h_{t-1} left the finite range at step 3, unit 1"


@pytest.mark.parametrize(
    "command",
    [
        ("trace", "a a a", "--model"),
        ("bptt", "a a a", "--target", "no", "--model"),
        ("bptt", "a a a", "--target", "no", "--check", "--model"),
    ],
)
def test_the_first_number_that_leaves_it_is_named(command: tuple[str, ...], call: Command, tmp_path: Path) -> None:
    result = call(*command, model_of(tmp_path / "m.json"))
    assert (result.code, HERE in result.stderr) == (3, True)
    assert HERE in " ".join(result.stdout.split())
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [("forward", "a a a", "--model"), ("gradients", "a a a", "--model")])
def test_the_state_is_named_where_its_sum_is_not_kept(command: tuple[str, ...], call: Command, tmp_path: Path) -> None:
    result = call(*command, model_of(tmp_path / "m.json"))
    assert (result.code, "h left the finite range at step 3, unit 1" in result.stderr) == (3, True)


def test_a_line_for_each_ends_with_the_first_that_left_it(call: Command, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("a a\na a a\na\n")
    model = model_of(tmp_path / "m.json")
    result = call("forward", "--file", str(tmp_path / "t.txt"), "--model", model, "--json", "--lines")
    assert (result.code, len(result.stdout.splitlines())) == (3, 3)
    assert result.stderr.startswith("rnn: row 2: h left the finite range at step 3")
    answers = call("predict", model, "--file", str(tmp_path / "t.txt"))
    assert (answers.code, "input 2: h left the finite range at step 3" in answers.stderr) == (3, True)


def test_a_second_class_that_gets_nothing_is_not_infinitely_less_likely(call: Command, tmp_path: Path) -> None:
    readout = {"W_hy": [[-1e300], [-1e300]], "b_y": [0.0, -1e300]}
    layers = [{"W_xh": [[1.0]], "W_hh": [[1.0]], "b_h": [0.0]}]
    model = model_of(tmp_path / "m.json", parameters={"layers": layers, "readout": readout})
    page = call("predict", model, "a")
    assert (page.code, "too little for a float" in " ".join(page.stdout.split())) == (0, True)
    assert call("bptt", "a", "--model", model, "--target", "yes", "--check").code == 0


def test_a_norm_that_no_float_holds(call: Command, tmp_path: Path) -> None:
    layers = [{"W_xh": [[1.0], [1.0]], "W_hh": [[1.7e308, 1.7e308], [0.0, 0.0]], "b_h": [0.0, 0.0]}]
    result = call("inspect", model_of(tmp_path / "m.json", parameters={"layers": layers}, labels=[]))
    assert (result.code, "the norm of W_hh left the finite range" in result.stderr) == (3, True)
    assert "the norm of W_hh left the finite range" in " ".join(result.stdout.split())
