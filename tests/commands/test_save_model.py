"""--save-model and --weights: the network of a page, kept whole, gives the same numbers again."""

import json
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.models.decoder import decoder_of
from rnn_cli.models.load import load_model
from rnn_cli.models.written import as_text, parameters_of
from tests.conftest import Command
from tests.support.networks import KINDS, slow_if
from tests.support.schemas import validate
from tests.support.toys import describer, translator
from tests.support.trained import RUNS, TrainedModels

TEXT = "I love it, it is it"


def flags(kind: str) -> list[str]:
    cell, options = KINDS[kind]
    return ["--cell", cell, "--hidden-size", "2", *(word for pair in options for word in (f"--{pair[0]}", pair[1]))]


def numbers(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what says where its words come from."""
    kept = {key: value for key, value in document.items() if key not in ("model", "ids", "known", "sequences")}
    kept.get("gradients", {}).pop("embedding", None)  # a kept word has a row of its own
    return kept | {"sequences": [numbers(one) for one in document.get("sequences", [])]}


SOME = slow_if(KINDS, "rnn relu", "gru reset after", "peephole")


@pytest.mark.parametrize("kind", SOME)
def test_a_kept_network_gives_the_same_numbers(kind: str, call: Command, tmp_path: Path) -> None:
    path = tmp_path / "my.json"
    network = [*flags(kind), "--num-layers", "2", "--bidirectional", "--seed", "4"]
    commands = [["trace", TEXT], ["forward", TEXT], ["gradients", TEXT]]
    commands += [["bptt", "it is", "--target", "positive"]] if kind == "rnn tanh" else []
    for command in commands:
        built = call(*command, *network, "--save-model", str(path), "--overwrite", "--json")
        assert built.code == 0, built.stderr
        again = call(*command, "--model", str(path), "--seed", "4", "--json").document()
        assert numbers(again) == numbers(built.document())
    unknown = ["trace", "I love unheard words", "--seed", "4", "--json"]  # drawn from the same seed
    assert call(*unknown, "--model", str(path)).document()["inputs"] == call(*unknown, *network).document()["inputs"]


def test_all_words_of_a_file_and_networks_of_numbers(call: Command, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("one two\nthree\n", encoding="utf-8")
    (tmp_path / "x.csv").write_text("1,2,3\n4,5,6\n", encoding="utf-8")
    for source in (["--file", str(tmp_path / "texts.txt")], ["--input", str(tmp_path / "x.csv")]):
        path = str(tmp_path / f"{source[0]}.json")
        built = call("forward", *source, "--cell", "gru", "--save-model", path, "--json").document()
        again = call("forward", *source, "--model", path, "--json").document()
        assert numbers(again) == numbers(built)
    kept = json.loads((tmp_path / "--file.json").read_text(encoding="utf-8"))
    assert list(kept["embedding"]) == ["one", "two", "three"]
    bundled = call("trace", "I adore it", "--save-model", str(tmp_path / "nlp.json"), "--json").document()
    assert (
        call("trace", "I adore it", "--model", str(tmp_path / "nlp.json"), "--json").document()["steps"]
        == bundled["steps"]
    )


@pytest.mark.parametrize("name", RUNS)
def test_a_trained_model_is_kept_whole_or_refused(
    name: str, trained: TrainedModels, call: Command, tmp_path: Path
) -> None:
    source, path = str(trained.path(name)), str(tmp_path / "my.json")
    model = load_model(source)
    words = "robot" if name == "describe" else "Good 9 June <unk> fox"
    text = ["--input", str(tmp_path / "x.csv")] if model.columns else [words]
    (tmp_path / "x.csv").write_text("".join(",".join("1" * len(model.columns)) + "\n" for _ in range(5)), "utf-8")
    built = call("forward", *text, "--model", source, "--save-model", path, "--json")
    if model.has_decoder or model.numeric or model.network.architecture.part_rows:
        assert (built.code, built.stdout, Path(path).exists()) == (2, "", False)
        assert ("two networks" in built.stderr) == model.has_decoder, built.stderr
        assert ("--word-parts none trains a model without" in built.stderr) == (name == "tag"), built.stderr
        return
    assert built.code == 0, built.stderr
    assert numbers(call("forward", *text, "--model", path, "--json").document()) == numbers(built.document())
    assert json.loads(Path(path).read_text("utf-8")).get("level") == ("char" if model.by_character else None)


def test_what_is_refused(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "my.json"
    assert call("trace", "a b", "--cell", "lstm", "--save-model", str(path)).code == 0
    before = path.read_bytes()
    for words in (
        ("trace", "a b", "--save-model", str(path)),
        ("trace", "a b", "--save-model", str(tmp_path / "my.safetensors")),
        ("trace", "a b", "--save-model", str(tmp_path / "no such folder" / "my.json")),
        ("trace", "a b", "--model", str(path), "--save-model", str(path), "--overwrite"),
        ("trace", "a b", "--overwrite"),
        ("gradients", "a b", "--compare", "rnn,lstm", "--save-model", str(tmp_path / "b.json")),
        ("gradients", "--factor", "2", "--save-model", str(tmp_path / "b.json")),
        ("gradients", "--spectral-radius", "2", "--save-model", str(tmp_path / "b.json")),
    ):
        refused = call(*words)
        assert (refused.code, refused.stdout) == (2, ""), words
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["my.json"]
    assert "--save-model" not in call("trace", "a b", "--cell", "gru", "--save-model", str(tmp_path / "c.json")).stdout


@pytest.mark.parametrize("kind", SOME)
def test_weights_stand_in_the_document(kind: str, call: Command, tmp_path: Path) -> None:
    path = tmp_path / "my.json"
    network = [*flags(kind), "--bidirectional"]
    commands = (
        ["trace", "a b"],
        ["trace", "a b", "--why", "h[1][1]"],
        ["forward", "a b"],
        ["bptt", "a", "--target", "positive"],
    )
    documents = [
        validate(call(*one, *network, "--weights", "--json", "--save-model", str(path), "--overwrite").document())
        for one in commands
    ]
    documents.append(validate(call("inspect", str(path), "--weights", "--json").document()))
    kept = json.loads(path.read_text(encoding="utf-8"))["parameters"]
    assert [document["weights"] for document in documents] == [kept] * len(documents)
    assert "weights" not in call(*commands[0], *network, "--json").document()
    assert call("predict", "nlp", "a b", "--weights").code == 2


def test_the_weights_of_one_of_two_networks(call: Command, tmp_path: Path) -> None:
    path = str(translator(tmp_path))
    model = load_model(path)
    kept = {"encoder": parameters_of(model), "decoder": parameters_of(decoder_of(model))}
    commands = (
        ["trace", "ab"],
        ["trace", "ab", "--why", "h[1][1]"],
        ["forward", "ab"],
        ["bptt", "ab", "--target", "xy"],
    )
    for command in commands:
        for role, weights in kept.items():
            one = [*command, "--model", path, "--network", role, "--weights", "--json"]
            found = validate(call(*one).document())["weights"]
            assert found == json.loads(as_text(weights)), (command, role)
        if "--why" not in command:
            refused = call(*command, "--model", path, "--weights", "--json")
            assert (refused.code, refused.stdout) == (2, "")
            assert "--network encoder" in refused.stderr
    assert call("inspect", path, "--weights", "--json").code == 2
    (tmp_path / "two.txt").write_text("a\nb\n", "utf-8")
    assert call("forward", "--file", str(tmp_path / "two.txt"), "--model", path, "--weights", "--json").code == 2
    path = str(describer(tmp_path))
    weights = json.loads(as_text(parameters_of(load_model(path))))
    for command in (["trace", "cat"], ["forward", "cat"], ["bptt", "cat", "--target", "x"], ["inspect"]):
        one = [*command, "--model", path] if command != ["inspect"] else ["inspect", path]
        assert validate(call(*one, "--weights", "--json").document())["weights"] == weights, command
