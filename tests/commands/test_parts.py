"""--steps, --unit, --layer and --direction: the document holds what they name of the whole one, and says what that is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core import verification
from rnn_cli.core.cells import CELLS
from tests.conftest import Command
from tests.support.schemas import validate
from tests.support.trained import TrainedModels

T, H, LAYERS, DIRECTIONS = 4, 3, 2, ("forward", "backward")
NETWORK = ["--hidden-size", str(H), "--num-layers", str(LAYERS), "--bidirectional"]
CHOSEN = {
    "steps": (["--steps", "2,4"], ([2, 4], None, None, None)),
    "units": (["--unit", "3,1"], (None, None, None, [1, 3])),
    "layer": (["--layer", "1"], (None, [1], None, None)),
    "direction": (["--direction", "backward"], (None, None, ["backward"], None)),
    "all four": (["--steps", "2:3", "--unit", "2", "--layer", "1", "--direction", "forward"], ([2, 3], [1], ["forward"], [2])),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _a_quick_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """What bptt checks is held by its own tests."""
    monkeypatch.setattr(verification, "MOST_RUNS", 1)


def cut(
    document: Any, steps: Sequence[int], layers: Sequence[int], directions: Sequence[str], units: Sequence[int]
) -> Any:
    """The part of a document of one sequence, cut out of the whole one by other means: along the axes of its arrays."""
    time, unit = [t - 1 for t in steps], [k - 1 for k in units]

    def over_time(value: Any) -> Any:
        return None if value is None else [value[t] for t in time]

    def own(value: Any, axis: int = -1) -> Any:
        return None if value is None else np.take(value, unit, axis).tolist()

    def of_layer(one: dict[str, Any], gradients: bool = False) -> dict[str, Any]:
        out = {}
        for key, value in one.items():
            if key in ("layer", "direction", "remarks", "x", "t", "token", "dL_dx"):
                out[key] = value
            elif key == "gates" and isinstance(value, list):
                out[key] = [
                    {
                        **gate,
                        **{name: own(gate[name]) for name in ("pre_activation", "value")},
                        "terms": {name: own(term) for name, term in gate["terms"].items()},
                    }
                    for gate in value
                ]
            elif isinstance(value, dict):
                out[key] = {name: own(one, 0 if key == "contribution" else -1) for name, one in value.items()}
                if key == "gates":
                    out[key] = {name: over_time(one) for name, one in out[key].items()}
            else:
                out[key] = own(value, 0 if gradients else -1)
                if not gradients and np.ndim(value) == 2:
                    out[key] = over_time(out[key])
        return out

    def chosen(one: dict[str, Any]) -> bool:
        return one["layer"] in layers and one["direction"] in directions and one.get("t", steps[0]) in steps

    result = {}
    for key, value in document.items():
        if key in ("tokens", "ids", "known", "inputs"):
            result[key] = over_time(value)
        elif key in ("layers", "steps"):
            result[key] = [of_layer(one) for one in value if chosen(one)]
        elif key == "output":
            columns = [DIRECTIONS.index(one) * H + k for one in directions for k in unit]
            result[key] = over_time(np.take(value, columns, -1).tolist()) if LAYERS - 1 in layers else []
        elif key == "gradients":
            own_layers = [of_layer(one, gradients=True) for one in value["layers"] if chosen(one)]
            result[key] = {**value, "layers": own_layers, "inputs": over_time(value["inputs"])}
        elif key == "itemised":
            columns_kept = {name: np.take(value[name], time, -1).tolist() for name in ("norms", "cell_norms")}
            result[key] = {**value, "steps": over_time(value["steps"]), **columns_kept}
        elif key == "left_out":
            result[key] = {**value, "steps": over_time(value["steps"])}
        else:
            result[key] = value
    return result


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize("words", [["trace", "a b c d"], ["forward", "a b c d"], ["bptt", "a b c d", "--target", "positive"]], ids=lambda words: words[0])  # fmt: skip
def test_a_document_holds_the_part_that_is_chosen(call: Command, words: list[str], name: str) -> None:
    options, (steps, layers, directions, units) = CHOSEN[name]
    cell = sorted(CELLS)[list(CHOSEN).index(name) % len(CELLS)]
    whole = call(*words, "--cell", cell, *NETWORK, "--json").document()
    part = validate(call(*words, "--cell", cell, *NETWORK, "--json", *options).document())
    shown = part.pop("shown")
    assert "shown" not in whole
    assert (shown["steps"], shown["layers"], shown["directions"]) == (steps, layers, directions)
    places = [(k, one) for k in layers or range(LAYERS) for one in directions or DIRECTIONS]
    said = None if units is None else [{"layer": k, "direction": one, "units": units} for k, one in places]
    assert shown["units"] == said
    limits = steps or range(1, T + 1), layers or range(LAYERS), directions or DIRECTIONS, units or range(1, H + 1)
    if words[0] == "forward":
        assert part["sequences"] == [cut(one, *limits) for one in whole["sequences"]]
    else:
        assert part == cut(whole, *limits)


@pytest.mark.parametrize("words", [["trace", "a b"], ["forward", "a b"], ["bptt", "a b", "--target", "positive"]], ids=lambda words: words[0])  # fmt: skip
def test_what_leaves_nothing_out_changes_nothing(call: Command, words: list[str]) -> None:
    every = ["--steps", "all", "--unit", "1:3", "--layer", "all", "--direction", "forward"]
    assert call(*words, "--json", *every).stdout == call(*words, "--json").stdout


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_gradients_hold_the_steps_and_units_that_are_chosen(call: Command, cell: str, direction: str) -> None:
    words = ["a b c d", "--cell", cell, *NETWORK, "--target", "positive", "--direction", direction, "--json"]
    whole = call("gradients", *words).document()
    part = validate(call("gradients", *words, "--steps", "2,4", "--unit", "3,1").document())
    shown = part.pop("shown")
    assert (shown["steps"], shown["units"]) == ([2, 4], [{"layer": 1, "direction": direction, "units": [1, 3]}])
    assert "shown" not in whole
    for key, value in whole.items():
        if key == "steps":
            rows = [row for row in value if row["to_t"] in (2, 4)]
            units = [{name: np.take(own, [0, 2]).tolist() for name, own in row["units"].items()} for row in rows]
            assert part["steps"] == [{**row, "units": own} for row, own in zip(rows, units, strict=True)]
        elif key == "jacobians":
            assert part[key] == [one for one in value if one["t"] in (2, 4)]
        elif key == "tokens":
            assert part[key] == ["b", "d"]
        elif key == "inputs":
            assert part[key] == {
                name: [own[1], own[3]] if isinstance(own, list) else own for name, own in value.items()
            }
        else:
            assert part[key] == value, key
    back = call("bptt", *words, "--layer", "1").document()
    errors = {row["t"]: row["dL_dh"] for row in back["steps"]}
    for row in whole["steps"]:
        np.testing.assert_allclose(row["units"]["dL_dh"], errors[row["to_t"]], rtol=1e-9, atol=1e-300)
        if row["saturation"] is not None:
            assert np.mean(row["units"]["saturation"]) == pytest.approx(row["saturation"])
        if "highway" in row:
            assert max(row["units"]["log10_highway"]) == row["highway"]["log10"]


def test_gradients_have_a_chosen_step_of_a_long_way_too(call: Command) -> None:
    words = ["gradients", " ".join("abcdefgh" * 40), "--hidden-size", "2", "--cell", "rnn"]
    sampled = call(*words, "--json").document()
    left_out = next(t for t in range(2, 320) if t not in [row["to_t"] for row in sampled["steps"]])
    one = call(*words, "--json", "--steps", str(left_out)).document()
    assert [row["to_t"] for row in one["steps"]] == [left_out]
    assert {**one["final"]} == sampled["final"]
    many = call(*words, "--steps", "1:300")
    assert (many.code, many.stderr) == (
        2,
        "rnn: --steps: of a way of 320 steps at most 200 can be chosen, and these are 300\n",
    )
    page = call(*words, "--steps", str(left_out), "--unit", "2").stdout
    assert "1 of 320 steps; --steps chose them" in page
    assert f"{left_out}  unit 2" in page
    assert "unit 1" not in page


def test_steps_of_numbers_and_matrices_are_a_count(call: Command) -> None:
    for words in (["--factor", "0.5"], ["--spectral-radius", "0.9"]):
        for steps in ("2:3", "0", "all"):
            refused = call("gradients", *words, "--steps", steps)
            assert (refused.code, refused.stderr.count("\n")) == (2, 1)
            assert f"--steps {steps}: of numbers and matrices it is how many factors" in refused.stderr
        assert "--unit has no meaning beside" in call("gradients", *words, "--unit", "1").stderr


def test_units_by_a_rule_are_those_of_each_place(call: Command) -> None:
    words = ["forward", "a b c", "--cell", "gru", *NETWORK, "--json"]
    whole, part = call(*words).document(), call(*words, "--unit", "moved:2").document()
    for one, full, said in zip(
        part["sequences"][0]["layers"], whole["sequences"][0]["layers"], part["shown"]["units"], strict=True
    ):
        h = np.array(full["h"] if full["direction"] == "forward" else full["h"][::-1])
        moved = np.abs(np.diff(np.vstack([full["h0"], h]), axis=0)).max(axis=0)
        best = sorted((np.argsort(-moved)[:2] + 1).tolist())
        assert (said["layer"], said["direction"], said["units"]) == (full["layer"], full["direction"], best)
        assert one["h"] == np.take(full["h"], np.array(best) - 1, -1).tolist()


def test_many_sequences_have_the_same_part(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("a b\nc d e\n")
    words = ["forward", "--file", str(path), "--json", "--unit", "2"]
    many = validate(call(*words).document())
    assert many["shown"]["units"] == [{"layer": 0, "direction": "forward", "units": [2]}]
    assert [np.shape(one["layers"][0]["h"]) for one in many["sequences"]] == [(2, 1), (3, 1)]
    for line, length in zip(call(*words, "--lines", "--steps", "2").stdout.splitlines(), (2, 3), strict=True):
        assert '"shown": {"steps": [2], "layers": null' in line, length
    refused = call(*words, "--lines", "--steps", "3")
    assert refused.code == 2
    assert "--steps 3: there are 1 to 2" in refused.stderr


def test_of_two_networks_the_named_one_is_cut(call: Command, trained: TrainedModels) -> None:
    for command in ("forward", "bptt"):
        words = [command, "3 May 2001", "--model", str(trained.path("translate")), "--target", "2001", "--json"]
        whole = call(*words).document()
        for network in ("encoder", "decoder"):
            part = validate(call(*words, "--network", network, "--steps", "2").document())
            one, other = part, whole
            if command == "forward":
                one, other = part["sequences"][0], whole["sequences"][0]
            if network == "decoder":
                one, other = one["decoder"], other["decoder"]
            assert part["shown"]["network"] == network
            assert part["shown"]["steps"] == [2]
            assert one["tokens"] == [other["tokens"][1]]


def test_an_npz_is_the_same_part(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    options = ["--steps", "2", "--unit", "3"]
    part = call("trace", "I love NLP", "--json", "--save", str(path), *options).document()
    with np.load(path) as arrays:
        assert arrays["h.layer0.forward"].tolist() == [part["steps"][0]["h"]]
        assert arrays["t.layer0.forward"].tolist() == [2]
        assert '"shown": {"steps": [2]' in str(arrays["document"])
