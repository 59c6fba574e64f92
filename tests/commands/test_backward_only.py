"""Networks that run backward alone: on a text they are what a forward network of the same weights is on the text turned round."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core import verification
from rnn_cli.core.network import MANY_TO_MANY, Network
from rnn_cli.core.parameters import Parameters
from tests.conftest import Command
from tests.support.model_files import json_model
from tests.support.networks import KINDS, architecture_of, random_network, slow_if, tuned
from tests.support.schemas import validate

WORDS = ["w0", "w2", "w1", "w3"]


@pytest.fixture(autouse=True)
def _a_quick_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """What bptt checks is held by its own tests."""
    monkeypatch.setattr(verification, "MOST_RUNS", 1)


def pair(folder: Path, kind: str, sizes: tuple[int, ...] = (3, 2), **more: Any) -> tuple[str, str]:
    """A network that runs backward and one of the same numbers that runs forward, in files."""
    a = architecture_of(kind, 2, sizes, output_size=2, embedding_rows=4, backward_only=True, **more)
    back = random_network(a, 1)
    forward = replace(a, backward_only=False)
    other = Network(forward, Parameters(forward.shapes(), back.parameters.flat))
    return json_model(folder / "b.json", a, back), json_model(folder / "f.json", forward, other)


def document(call: Command, *arguments: str) -> Any:
    found = call(*arguments, "--json")
    assert found.code == 0, found.stderr
    return validate(found.document())


@pytest.mark.parametrize("kind", slow_if(sorted(KINDS), *(one for one in KINDS if not tuned(one)), "rnn relu"))
def test_it_is_a_forward_network_on_the_text_turned_round(kind: str, call: Command, tmp_path: Path) -> None:
    back, forward = pair(tmp_path, kind)
    own = document(call, "forward", " ".join(WORDS), "--model", back)
    other = document(call, "forward", " ".join(reversed(WORDS)), "--model", forward)
    assert own["model"]["directions"] == ["backward"]
    assert "directions" not in other["model"]
    a, b = own["sequences"][0], other["sequences"][0]
    for one, same in zip(a["layers"], b["layers"], strict=True):
        assert (one["direction"], same["direction"]) == ("backward", "forward")
        np.testing.assert_allclose(one["h"], same["h"][::-1], atol=1e-14, rtol=0)
    np.testing.assert_allclose(a["output"], b["output"][::-1], atol=1e-14, rtol=0)
    np.testing.assert_allclose(a["logits"], b["logits"], atol=1e-14, rtol=0)
    for command in (["bptt", "--target", "class 1"], ["bptt", "--target", "class 1", "--truncate", "2"]):
        gradients = [
            document(call, command[0], " ".join(words), *command[1:], "--model", name)["gradients"]
            for words, name in ((WORDS, back), (WORDS[::-1], forward))
        ]
        np.testing.assert_allclose(gradients[0]["inputs"], gradients[1]["inputs"][::-1], atol=1e-14, rtol=1e-10)
        for one, same in zip(*(each["layers"] for each in gradients), strict=True):
            names = [name for name in one if name not in ("layer", "direction")]
            assert all(np.allclose(one[name], same[name], atol=1e-14, rtol=1e-10) for name in names)
    paths = [
        document(call, "gradients", " ".join(words), "--model", name)
        for words, name in ((WORDS, back), (WORDS[::-1], forward))
    ]
    assert paths[0]["final"]["log10"] == pytest.approx(paths[1]["final"]["log10"], rel=1e-9)


def test_pages_name_the_direction(call: Command, tmp_path: Path) -> None:
    back, _ = pair(tmp_path, "lstm")
    text = " ".join(WORDS)
    page = call("trace", text, "--model", back).stdout
    assert "3 -> 2 hidden units, 2 layers, backwards" in " ".join(page.split())
    assert "layer 1, backward   h_t has seen its own word and all on its right" in page
    assert "readout: h_1 -> W_hy" in page
    shapes = call("forward", text, "--model", back, "--explain-shapes").stdout
    assert "h_1, the LAST: has read w3, w1, w2, w0; the same numbers as h_n[-1]" in " ".join(shapes.split())
    assert call("bptt", text, "--target", "class 1", "--model", back, "--check").code == 0
    for more in (["--answers"], ["--why", "h[1][1]"], ["--arithmetic"]):
        assert call("trace", text, "--model", back, *more).code == 0


def test_weights_in_arrays_keep_the_layer(call: Command, tmp_path: Path) -> None:
    back, _ = pair(tmp_path, "rnn tanh")
    assert call("inspect", back, "--weights", "--save", str(tmp_path / "w.npz")).code == 0
    names = {name.removeprefix("weights.") for name in np.load(tmp_path / "w.npz").files}
    assert {"W_hh.layer0.backward", "W_hh.layer1.backward"} <= names
    assert not any("forward" in name for name in names)


def test_what_reads_the_steps_in_turn_is_refused(call: Command, tmp_path: Path) -> None:
    pytest.importorskip("h5py", reason="h5py is not installed")
    every, _ = pair(tmp_path, "lstm", task=MANY_TO_MANY)
    for target, to, words in (
        ("a.keras", "keras", "Keras gives the steps of a layer that goes backwards from the last to the first"),
        ("a.safetensors", "pytorch", "a module of PyTorch runs forward or in both directions"),
    ):
        found = call("convert", every, str(tmp_path / target), "--to", to)
        assert (found.code, words in found.stderr, (tmp_path / target).exists()) == (2, True, False)


@pytest.mark.parametrize("back", [True, False], ids=["backward alone", "both directions"])
def test_what_reads_from_the_end_does_not_write(back: bool, call: Command, tmp_path: Path) -> None:
    a = architecture_of(
        "lstm", 2, 3, bidirectional=not back, task=MANY_TO_MANY, output_size=4, embedding_rows=4, backward_only=back
    )
    name = json_model(tmp_path / "m.json", a)
    model = tmp_path / "m.safetensors"
    text = (tmp_path / "m.json").read_text()
    Path(name).write_text(text.replace('"w0"', '"<unk>"').replace('"class ', '"w').replace('"w0"', '"<unk>"'))
    assert call("convert", name, str(model), "--to", "rnn").code == 0
    found = call("generate", str(model), "--prompt", "w1", "--length", "2")
    assert (found.code, "it reads a text from its end too" in found.stderr) == (2, True)
