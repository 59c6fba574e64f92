"""rnn diff: conventions that are mixed up are named, and nothing else is."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Network
from rnn_cli.models.model import Model
from rnn_cli.study.diff import DiffResult, diff, random_inputs
from rnn_cli.study.mistakes import MISTAKES
from tests.conftest import Command
from tests.support.model_files import json_model
from tests.support.networks import KINDS, architecture_of, random_network, slow_if
from tests.support.schemas import validate

Places = list[dict[str, Array]]
Change = Callable[[Network, Places], None]


def changed(network: Network, change: Change) -> Network:
    """A copy of a network after a change of its arrays, gate by gate."""
    other = network.with_parameters(network.parameters.copy())
    a = other.architecture
    change(other, [other.named(layer, one) for layer in range(a.num_layers) for one in a.directions])
    return other


def exchange(one: Array, other: Array) -> None:
    kept = one.copy()
    one[...] = other
    other[...] = kept


def swap(first: str, second: str, kinds: tuple[str, ...] = ("W_x", "W_h", "b_")) -> Change:
    def change(network: Network, places: Places) -> None:
        for arrays in places:
            for kind in kinds:
                exchange(arrays[kind + first], arrays[kind + second])

    return change


def each(kind: str, become: Callable[[Array], Array]) -> Change:
    def change(network: Network, places: Places) -> None:
        for arrays in places:
            for name, array in arrays.items():
                if name.startswith(kind):
                    array[...] = become(array.copy())

    return change


def exchange_inputs_and_states(network: Network, places: Places) -> None:
    for arrays in places:
        for name in [name for name in arrays if name.startswith("W_x")]:
            exchange(arrays[name], arrays[f"W_h{name[3:]}"])


def exchange_places(network: Network, places: Places) -> None:
    for name, array in places[0].items():
        exchange(array, places[1][name])


def reshape(network: Network, places: Places) -> None:
    W = network.packed(0, "forward")["W_h"]
    W[...] = W.T.copy().reshape(W.shape)


def another_gate(network: Network, places: Places) -> None:
    places[0]["W_hg"][...] = places[0]["W_ho"]


def one_row_on(network: Network, places: Places) -> None:
    network.parameters["embedding"][...] = np.roll(network.parameters["embedding"], 1, 0)


def other_labels(network: Network, places: Places) -> None:
    for name in ("readout.W_hy", "readout.b_y"):
        network.parameters[name][...] = network.parameters[name][[1, 0, 3, 2]]


def rounded(network: Network, places: Places) -> None:
    network.parameters.flat[...] = network.parameters.flat.astype(np.float16)


def renumbered(network: Network, places: Places) -> None:
    below = np.arange(network.architecture.input_size)
    for arrays in places:
        order = np.roll(np.arange(len(arrays["b_i"])), 1)
        for name, array in arrays.items():
            read = {"W_h": order, "W_x": below}.get(name[:3])
            array[...] = array[order] if read is None else array[order][:, read]
        below = order
    network.parameters["readout.W_hy"][...] = network.parameters["readout.W_hy"][:, below]


def then(first: Change, second: Change) -> Change:
    def change(network: Network, places: Places) -> None:
        first(network, places)
        second(network, places)

    return change


PLANTED: dict[str, tuple[str, dict[str, object], Change, list[str], str]] = {
    "i and f": ("lstm", {"num_layers": 2, "bidirectional": True}, swap("i", "f"), ["gate-order"], "i and f swapped"),
    "r and z": ("gru reset after", {}, swap("r", "z"), ["gate-order"], "r and z swapped"),
    "z and n": ("gru reset before", {}, swap("z", "n"), ["gate-order"], "z and n swapped"),
    "biases alone": ("lstm", {}, swap("g", "o", ("b_",)), ["gate-order"], "in the biases alone"),
    "W_h transposed": ("lstm", {}, each("W_h", np.transpose), ["transposed"], "W_h is transposed in b"),
    "reshaped": ("lstm", {}, reshape, ["axes-swapped"], "reshaped where it should be transposed"),
    "W_x for W_h": ("lstm", {"input_size": 4}, exchange_inputs_and_states, ["swapped-weights"], "exchanged in b"),
    "forget bias": ("lstm", {}, each("b_f", lambda b: b + 1), ["forget-bias-added"], "larger by exactly 1 in b"),
    "no bias": ("gru reset after", {}, each("b_", np.zeros_like), ["no-bias"], "b has no bias"),
    "double bias": ("lstm", {}, each("b_", lambda b: 2 * b), ["double-bias"], "twice as large in b"),
    "update flipped": (
        "gru reset after", {}, then(each("W_xz", np.negative), then(each("W_hz", np.negative), each("b_z", np.negative))),
        ["update-flipped"], "z stands for 1 - z",
    ),
    "directions": ("lstm", {"bidirectional": True}, exchange_places, ["directions-swapped"], "exchanged in b"),
    "layers": ("gru reset after", {"num_layers": 2, "input_size": 4}, exchange_places, ["layers-swapped"], "layers 0 and 1"),
    "copied gate": ("lstm", {}, another_gate, ["wrong-gate"], "W_hg of b is W_ho of a"),
    "embedding": ("rnn tanh", {"embedding_rows": 6}, one_row_on, ["off-by-one"], "one place later"),
    "labels": ("rnn tanh", {"output_size": 4}, other_labels, ["rows-permuted"], "another order"),
    "float16": ("lstm", {}, rounded, ["float32"], "rounded to float16"),
    "negated": ("rnn relu", {}, each("W_x", np.negative), ["negated"], "W_xh has the other sign"),
    "scaled": ("rnn relu", {}, each("W_x", lambda W: 3 * W), ["scaled"], "3 times as large"),
    "two at once": ("lstm", {}, then(each("W_h", np.transpose), swap("i", "f")), ["gate-order", "transposed"], "swapped"),
    "added and swapped": (
        "lstm", {}, then(each("b_f", lambda b: b + 1), swap("i", "f")), ["forget-bias-added", "gate-order"], "swapped",
    ),
}  # fmt: skip
"""kind, sizes, what is done to b, the mistakes that are named, and a part of what is said."""


def compared(a: Network, b: Network) -> DiffResult:
    models = [Model("m", network, "file", format="rnn.model/1") for network in (a, b)]
    return diff(models[0], models[1], ("a", "b"), 1e-12, random_inputs(models[0], models[1], 0), "")


AGAIN = ("r and z", "z and n", "biases alone", "two at once")
"""Whose mistakes are those of others."""


@pytest.mark.parametrize("name", slow_if(PLANTED, *AGAIN))
def test_a_planted_difference_is_named(name: str, call: Command, tmp_path: Path) -> None:
    kind, sizes, change, mistakes, says = PLANTED[name]
    network = random_network(architecture_of(kind, **sizes), seed=3)  # type: ignore[arg-type]
    files = [
        json_model(tmp_path / f"{k}.json", network.architecture, one)
        for k, one in enumerate((network, changed(network, change)))
    ]
    found = call("diff", *files, "--json")
    document = validate(found.document())
    assert (found.code, document["equal"]) == (5, False)
    assert sorted(document["explained_by"]) == sorted(mistakes)
    assert document["explained"]
    assert any(says in one["says"] for one in document["findings"])
    assert all(one["explained_by"] for one in document["arrays"] if not one["equal"])
    page = call("diff", *files).stdout
    assert says in " ".join(page.split())
    if name == "i and f":  # where the numbers part: worked out from the pages of both
        one = document["first_difference"]
        assert (one["t"], one["layer"], one["direction"], one["quantity"], one["unit"]) == (1, 0, "forward", "i", 1)


def test_every_mistake_of_a_place_is_planted() -> None:
    named = {mistake for _, _, _, mistakes, _ in PLANTED.values() for mistake in mistakes}
    assert set(MISTAKES) <= named


@given(seed=st.integers(0, 10**6), kind=st.sampled_from(list(KINDS)), share=st.sampled_from([0.05, 0.5, 1]))
@settings(max_examples=settings().max_examples // 2)
def test_nobody_is_accused_of_noise(seed: int, kind: str, share: float) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(architecture_of(kind, input_size=3, hidden_size=3, output_size=2), seed)

    def noise(network: Network, places: Places) -> None:
        flat = network.parameters.flat
        flat += generator.standard_normal(flat.size) * 0.1 * (generator.random(flat.size) < share)

    found = compared(network, changed(network, noise))
    assert found.found == () or found.equal


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_network_is_equal(kind: str, call: Command, tmp_path: Path) -> None:
    source = json_model(tmp_path / "m.json", architecture_of(kind, output_size=2))
    found = call("diff", source, source, "--json")
    assert found.code == 0
    document = validate(found.document())
    assert document["equal"]
    assert document["first_difference"] is None


def more_in_the_candidate(network: Network, places: Places) -> None:
    places[0]["b_hn"] += 0.5


def test_an_explanation_leaves_out_what_it_does_not_make() -> None:
    """Swapped gates say nothing of the second bias of one that stays, and the sLSTM's z is no update gate."""
    gru = random_network(architecture_of("gru reset after"), seed=3)
    both = compared(gru, changed(gru, then(swap("r", "z"), more_in_the_candidate)))
    assert both.mistakes == ["gate-order"]
    assert not both.explained
    assert [one.name for one in both.arrays if not one.equal and not one.explained_by] == ["layers.0.forward.b_hn"]
    slstm = random_network(architecture_of("slstm"), seed=3)
    negated = then(each("W_xz", np.negative), then(each("W_hz", np.negative), each("b_z", np.negative)))
    assert compared(slstm, changed(slstm, negated)).mistakes == ["negated"]


@pytest.mark.parametrize("beside", ["labels", "vocabulary"])
def test_one_network_that_answers_otherwise_is_not_equal(beside: str, call: Command, tmp_path: Path) -> None:
    """What its units are called, and at which rows its words stand, make other answers."""
    call("convert", "nlp", str(tmp_path / "a.json"))
    whole = json.loads((tmp_path / "a.json").read_text())
    if beside == "labels":
        whole["labels"].reverse()
    else:
        words = [*whole["embedding"]]
        words[:2] = words[1::-1]
        whole["embedding"] = dict(zip(words, whole["embedding"].values(), strict=True))
    (tmp_path / "b.json").write_text(json.dumps(whole))
    names = [str(tmp_path / f"{k}.json") for k in "ab"]
    found = call("diff", *names, "I love NLP", "--json")
    assert found.code == 5
    document = validate(found.document())
    assert [one["name"] for one in document["settings"]] == [beside]
    assert all(one["equal"] for one in document["arrays"])
    assert (document["first_difference"] is not None) == (beside == "vocabulary")
    assert f"answer otherwise: they differ in {beside}" in " ".join(call("diff", *names).stdout.split())


def test_renumbered_units_answer_the_same(call: Command, tmp_path: Path) -> None:
    network = random_network(architecture_of("lstm", hidden_size=(3, 5), output_size=3), seed=5)
    files = [
        json_model(tmp_path / f"{k}.json", network.architecture, one)
        for k, one in enumerate((network, changed(network, renumbered)))
    ]
    found = call("diff", *files, "--json")
    assert found.code == 0
    assert found.document()["explained_by"] == ["units-permuted"]
    answers = [call("predict", path, "--input", str(_numbers(tmp_path)), "--json").document() for path in files]
    first, second = (np.array(one["predictions"][0]["probabilities"]) for one in answers)
    assert np.allclose(first, second, rtol=0, atol=1e-14)


def _numbers(folder: Path) -> Path:
    np.save(folder / "x.npy", np.random.default_rng(1).standard_normal((5, 3)))
    return folder / "x.npy"


@pytest.mark.parametrize(
    ("kinds", "mistake"),
    [(("gru reset after", "gru reset before"), "reset-side"), (("rnn tanh", "rnn relu"), "wrong-activation")],
)
def test_options_of_the_cell(kinds: tuple[str, str], mistake: str, call: Command, tmp_path: Path) -> None:
    first = random_network(architecture_of(kinds[0]), seed=2)
    second = random_network(architecture_of(kinds[1]), seed=2)
    for name in second.parameters:
        second.parameters[name][...] = first.parameters[name]
    for name in set(first.parameters) - set(second.parameters):
        first.parameters[name][...] = 0  # the second bias of n, which the other form lacks
    files = [json_model(tmp_path / f"{k}.json", one.architecture, one) for k, one in enumerate((first, second))]
    found = call("diff", *files, "--json")
    document = validate(found.document())
    assert (found.code, document["explained_by"], document["explained"]) == (5, [mistake], True)
    assert document["first_difference"]["quantity"] in ("n", "h")


def test_networks_of_another_shape(call: Command) -> None:
    found = call("diff", "nlp", "imdb", "--json")
    document = validate(found.document())
    assert found.code == 5
    assert {one["name"] for one in document["settings"]} == {"input_size", "output_size", "embedding_rows"}
    assert (document["explained_by"], document["input"]) == ([], None)


def test_the_first_number_of_a_text(call: Command, tmp_path: Path) -> None:
    """The two numbers are those that rnn forward prints of each."""
    text = "I love NLP"
    call("trace", text, "--save-model", str(tmp_path / "b.json"))
    whole = json.loads((tmp_path / "b.json").read_text())
    whole["parameters"]["layers"][0]["b_h"][1] += 0.5
    (tmp_path / "b.json").write_text(json.dumps(whole))
    found = call("diff", "nlp", str(tmp_path / "b.json"), text, "--json")
    assert found.code == 5, found.stderr
    one = found.document()["first_difference"]
    assert (one["t"], one["quantity"], one["unit"]) == (1, "h", 2)
    sides = [
        call("forward", text, "--model", name, "--json").document()["sequences"][0]["layers"][0]["h"]
        for name in ("nlp", str(tmp_path / "b.json"))
    ]
    assert (one["a"], one["b"]) == tuple(side[one["t"] - 1][one["unit"] - 1] for side in sides)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--activation", "relu"], "--activation relu: nlp has tanh"),
        (["--labels", "a,b"], "--labels is for models that another program saved, and nlp is not one"),
        (["--level", "char"], "--level char says how a text is cut for --vocab, and there is none"),
    ],
)
def test_an_option_that_says_nothing_of_either_is_refused(options: list[str], words: str, call: Command) -> None:
    found = call("diff", "nlp", "nlp", *options)
    assert (found.code, found.stdout, found.stderr) == (2, "", f"rnn: {words}\n")


def test_options_are_for_the_one_of_another_program(call: Command, tmp_path: Path) -> None:
    """The reason is that of the file which is asked, and not that of the second try without the options."""
    path = str(tmp_path / "n.safetensors")
    assert call("convert", "nlp", path, "--to", "pytorch").code == 0
    for names in (("nlp", path), (path, "nlp")):
        assert call("diff", *names, "--readout", "fc", "--activation", "tanh").code == 0
        refused = call("diff", *names, "--readout", "head")
        assert refused.code == 2
        assert "--readout head: there is no such array" in refused.stderr


def test_a_text_and_numbers_are_too_much(call: Command) -> None:
    found = call("diff", "nlp", "nlp", "I", "--input", "x.csv")
    assert (found.code, found.stdout) == (2, "")
    assert "not both" in found.stderr


def test_neither_of_two_mistakes_claims_to_be_all(call: Command, tmp_path: Path) -> None:
    """1 was added to the forget bias before i and f were swapped: in b it is the input gate that has it."""
    kind, sizes, change, *_ = PLANTED["added and swapped"]
    network = random_network(architecture_of(kind, **sizes), seed=3)  # type: ignore[arg-type]
    first = json_model(tmp_path / "a.json", network.architecture, network)
    second = json_model(tmp_path / "b.json", network.architecture, changed(network, change))
    words = " ".join(call("diff", first, second).stdout.split())
    assert "first: the forget bias is larger by exactly 1; then: i and f swapped." in words
    assert "b is a with" not in words


def test_what_differs_beside_the_arrays_is_not_explained_away(call: Command, tmp_path: Path) -> None:
    network = random_network(architecture_of("rnn tanh", output_size=2), seed=3)
    first = json_model(tmp_path / "a.json", network.architecture, network)
    second = json_model(tmp_path / "b.json", network.architecture, changed(network, each("W_h", np.transpose)))
    for path, labels in ((first, ["no", "yes"]), (second, ["yes", "no"])):
        Path(path).write_text(json.dumps(json.loads(Path(path).read_text()) | {"labels": labels}))
    words = " ".join(call("diff", first, second).stdout.split())
    assert "One thing explains all that differs in the arrays: W_h is transposed in b." in words
    assert "They differ in " in words
