"""The test that keeps the promise of CONTRIBUTING: a cell in the table is in every command, page, document and check.

The toy cell has odd gate names, a second state, a peephole, no keeping gate, an option and no equal in any framework. Every
command runs on it, every document validates, every check holds, and no page says of it what is true of other cells.
"""

import json
import re
import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.app import COMMANDS
from rnn_cli.core.cells import CELLS, make_cell
from rnn_cli.core.network import FORWARD, Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.quantities import Weights
from rnn_cli.core.trace import trace
from rnn_cli.jobs.engine import open_engine
from tests.conftest import Both, Command
from tests.support.command import Result
from tests.support.executors import here
from tests.support.networks import slow_if
from tests.support.schemas import validate
from tests.support.toy_cell import registered
from tests.support.trained import first_lines

BUILT = "--cell wobble --hidden-size 3"
TRAINED = {
    "classify": ("reviews.tsv", "the food was good"),
    "tag": ("sentences.conllu", "the cat sleeps"),
    "lm": ("verse.txt", "the rain"),
    "translate": ("dates.tsv", "3 May 1999"),
    "describe": ("names.tsv", "island"),
    "forecast": ("weather.csv", ""),
}
"""A model of each shape: its data, and a text for it."""

RUNS: dict[str, list[str]] = {
    "trace": [f"I love NLP|{BUILT}", f"I love NLP|{BUILT} --num-layers 2 --bidirectional", f"I love|{BUILT} --blank",
              f"I love|{BUILT} --answers", f"I love NLP|{BUILT} --why v[2][1]", f"I|{BUILT}"],
    "forward": [f"I love NLP|{BUILT} --explain-shapes", f"I love NLP|{BUILT} --bidirectional"],
    "bptt": [f"I love NLP|{BUILT} --target positive --check --truncate 1 --truncate-sweep --clip-norm 0.1",
             f"I love NLP|{BUILT} --bidirectional --num-layers 2 --target positive --check",
             f"I love NLP|{BUILT} --target positive --checkpoint-every 2 --check", f"I|{BUILT} --target positive",
             f"I love|{BUILT} --target positive --blank"],
    "quiz": [f"I love|{BUILT} --key --questions all", f"I love|{BUILT} --key --target positive"],
    "gradients": [f"I love NLP|{BUILT}", "I love NLP|--compare rnn,wobble", "|--spectral-radius 0.9 --steps 9 --cell wobble",
                  f"I love NLP|{BUILT} --bidirectional --direction backward"],
}  # fmt: skip
"""The runs of commands on a built network: text | options."""

ON_MODELS = {"inspect", "predict", "evaluate", "generate", "convert", "diff", "check"}
ELSEWHERE = {"train", "sweep", "race", "data", "samples", "schema", "explore"}
"""train makes the models, and sweep is many of it; explore and race have a test of their own; the others show nothing of a network."""

FALSE_OF_IT = re.compile(
    r"torch\.nn|LSTM|GRU|vanilla|PyTorch's order|in PyTorch's|forget|W_hh|W_hi|keeps most|the cell state|update bias|∏|tanh's limits",
    re.IGNORECASE,
)
"""What pages say of other cells."""


@pytest.fixture(autouse=True)
def _toy() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where the trained models are put."""
    folder = tmp_path_factory.mktemp("wobble")
    return {task: folder / f"{task}.safetensors" for task in TRAINED}


def well(result: Result) -> Result:
    """A command that ended well."""
    assert result.code == 0, result.stderr + result.stdout[-2000:]
    return result


def arguments(run: str) -> list[str]:
    """The words of a command line of RUNS."""
    text, _, options = run.partition("|")
    return [*([text] if text else []), *options.split()]


def true_page(text: str) -> None:
    """A page that says nothing false of the toy cell, as far as words can show."""
    own = "\n".join(line for line in text.splitlines() if "PyTorch has no such" not in line and "--compare" not in line)
    found = FALSE_OF_IT.search(own)
    assert found is None, f"{found[0]!r} on the page:\n{text}"
    assert "nan" not in re.findall(r"\w+", own.lower())


def true_run(run: tuple[Result, Any]) -> Any:
    """The valid document of a run whose page says nothing false of the toy cell."""
    true_page(run[0].stdout)
    return validate(run[1])


def test_every_command_is_tried() -> None:
    assert set(RUNS) | ON_MODELS | ELSEWHERE == set(COMMANDS)


@pytest.mark.parametrize(("command", "run"), [(command, run) for command, runs in RUNS.items() for run in runs])
def test_a_built_network(call: Command, both: Both, command: str, run: str) -> None:
    words = arguments(run)
    if "--blank" in words or "--answers" in words or command == "quiz":
        true_page(well(call(command, *words)).stdout)
        return
    result, saved = both(command, *words)
    if "--compare" not in words:
        true_page(result.stdout)
    else:
        assert "wobble" in result.stdout
    document = validate(saved)
    if command == "trace":
        sums_up(document)
    if command == "bptt" and "check" in document and document["itemised"] is not None:
        assert document["check"]["passed"] is True
        assert document["check"]["methods"] == ["sum of contributions", "central differences", "complex step"]


def test_it_is_raced(both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seats = partial(open_engine, seats=here())  # a process of its own would not know the cell
    monkeypatch.setattr("rnn_cli.jobs.engine.open_engine", lambda folder, *others: seats(folder))
    options = [
        "parity",
        "--cells",
        "wobble",
        "--lengths",
        "2,3",
        "--parameters",
        "300",
        "--max-steps",
        "1",
        "--seeds",
        "1",
    ]
    document = true_run(both("race", *options, "--out", str(tmp_path / "runs")))
    assert document["lanes"][0]["why"]["log_kept"] is None


def test_the_explorer_steps_through_it(call: Command) -> None:
    shown = well(call("explore", *arguments(f"I love NLP|{BUILT} --num-layers 2"))).stdout
    true_page(shown)
    why = well(call(*shlex.split(shown.splitlines()[-1])[1:], "--json")).document()["why"]
    assert f" = {why['value']:+.4f}" in shown


def sums_up(document: dict[str, object]) -> None:
    """The terms of a trace sum to the pre-activation; both states and the option are there."""
    assert document["model"]["tail"] == "swung"  # type: ignore[index]
    for step in document["steps"]:  # type: ignore[attr-defined]
        assert {"h_prev", "v_prev", "v", "h", "c_prev", "c"} <= set(step)
        assert [gate["name"] for gate in step["gates"]] == ["kappa", "Q"]
        for gate in step["gates"]:
            np.testing.assert_allclose(sum(map(np.array, gate["terms"].values())), gate["pre_activation"], atol=1e-15)
        kappa, Q = (np.array(gate["value"]) for gate in step["gates"])
        np.testing.assert_allclose(step["v"], kappa * np.tanh(step["v_prev"]) + Q, atol=1e-15)
        np.testing.assert_allclose(step["h"], np.array(step["v"]) * Q, atol=1e-15)


SEEN = {"lm": ["trace", "quiz", "gradients"], "describe": ["forward", "bptt"]}
"""Of a model that is no classifier some commands, all of them with --run-slow."""


@pytest.mark.parametrize("task", slow_if(TRAINED, "translate", "tag"))
def test_training_and_all_that_takes_a_trained_model(
    request: pytest.FixtureRequest, call: Command, both: Both, models: dict[str, Path], tmp_path: Path, task: str
) -> None:
    path, data, text = str(models[task]), first_lines(TRAINED[task][0], tmp_path), TRAINED[task][1]
    sizes = ["--cell", "wobble", "--hidden-size", "6", "--embedding-size", "4"]
    train = ["train", data, "--task", task, *sizes, "--checkpoint-every", "3", "--json"]
    well(call(*train, "--max-steps", "4", "--out", path))
    well(call("train", "--resume", path, "--max-steps", "7", "--json"))
    whole = tmp_path / "whole.safetensors"
    well(call(*train, "--max-steps", "7", "--out", str(whole)))
    assert Path(path).read_bytes() == whole.read_bytes(), "a resumed run ends with the same bytes"
    inspected = true_run(both("inspect", path))
    assert inspected["model"]["cell"] == "wobble"
    assert inspected["conventions"]["gate_order"] == ["kappa", "Q"]
    true_run(both("evaluate", path, data, "--held-out", "--resamples", "10"))
    source = ["--input", data] if task == "forecast" else [text]
    true_run(both("predict", path, *source))
    if task in ("lm", "describe"):
        prompt = ["--prompt", text] if task == "describe" else []
        validate(well(call("generate", path, *prompt, "--length", "5", "--json")).document())
    if task in ("forecast", "classify"):  # a built network is a classifier too
        return
    for command in RUNS if request.config.getoption("--run-slow") else SEEN[task]:
        target = {
            "translate": ["--target", "1999-05-03"],
            "describe": ["--target", "Ola"],
        }
        extra = [*target.get(task, []), "--check"] if command == "bptt" else []
        if command == "bptt" and task == "tag":
            extra = ["--target", "DET NOUN VERB", "--check"]
        if command == "quiz":
            extra = ["--key", *(["--network", "decoder"] if task == "translate" else [])]
            true_page(well(call(command, text, "--model", path, *extra)).stdout)
            validate(well(call(command, text, "--model", path, *extra, "--json")).document())
        else:
            true_run(both(command, text, "--model", path, *extra))


def test_a_hand_written_model(call: Command, tmp_path: Path) -> None:
    layer = {name: [[0.5]] if name.startswith("W_") else [0.25] for name in make_cell("wobble").parameters}
    model = {
        "format": "rnn.model/1",
        "cell": "wobble",
        "tail": "bare",
        "embedding": {"a": [1.0], "b": [-1.0]},
        "labels": ["no", "yes"],
        "parameters": {"layers": [layer], "readout": {"W_hy": [[1.0], [-1.0]], "b_y": [0.0, 0.0]}},
    }
    path = tmp_path / "wobble.json"
    path.write_text(json.dumps(model))
    document = validate(well(call("trace", "a b", "--model", str(path), "--json")).document())
    assert document["model"]["tail"] == "bare"
    assert [step["h"] for step in document["steps"]] == [step["v"] for step in document["steps"]]
    copy = str(tmp_path / "copy.json")
    for words in (["convert", str(path), copy, "--overwrite"], ["diff", str(path), copy], ["diff", copy, copy, "a b"]):
        true_page(well(call(*words)).stdout)
        validate(well(call(*words, "--json")).document())
    path.write_text(json.dumps({**model, "tail": "striped"}))
    refused = call("trace", "a b", "--model", str(path))
    assert refused.code == 4
    assert '"tail" must be swung or bare' in refused.stderr


def test_its_numbers_are_checked(call: Command, tmp_path: Path) -> None:
    right, wrong = str(tmp_path / "right.npz"), str(tmp_path / "wrong.npz")
    network = BUILT.split()
    well(call("bptt", "I love NLP", *network, "--target", "positive", "--save", right))
    line = ["I love NLP", *network, "--target", "positive"]
    true_page(well(call("check", right, *line)).stdout)
    assert validate(well(call("check", right, *line, "--json")).document())["passed"] is True
    with np.load(right) as file:
        arrays = dict(file)
    np.savez(wrong, **{**arrays, "dL_da.kappa.layer0.forward": 2 * arrays["dL_da.kappa.layer0.forward"]})
    saved = tmp_path / "check.json"
    page = call("check", wrong, *line, "--why", "--save", str(saved))
    assert page.code == 5
    true_page(page.stdout)
    assert "da_kappa" in page.stdout
    document = validate(json.loads(saved.read_text()))
    assert document["first_wrong"] == "dL_da.kappa.layer0.forward"
    well(call("check", "--template", "wobble"))


def test_a_place_of_its_step_can_be_replaced() -> None:
    architecture = Architecture("wobble", 2, 3, options=(("tail", "bare"),))
    generator = np.random.default_rng(0)
    shapes = architecture.shapes()
    network = Network(architecture, Parameters(shapes, generator.standard_normal(sum(map(np.prod, shapes.values())))))
    x = generator.standard_normal((4, 2))

    def without(W: Weights, v: object) -> object:
        return Weights(W.name, 0 * W.array) @ v

    changed = trace(Network(architecture, network.parameters, {"W_hkappa": without, "p_Q": lambda p: 0 * p}), x)
    zeroed = Network(architecture, network.parameters.copy())
    zeroed.named(0, FORWARD)["W_hkappa"][...] = 0
    zeroed.named(0, FORWARD)["p_Q"][...] = 0
    np.testing.assert_array_equal(changed.states(0, FORWARD), trace(zeroed, x).states(0, FORWARD))
    assert not np.array_equal(changed.states(0, FORWARD), trace(network, x).states(0, FORWARD))


def test_its_option_is_refused_for_other_cells(call: Command) -> None:
    assert "wobble" in call("trace", "x", "--cell", "nothing").stderr
    assert list(CELLS)[-1] == "wobble"
