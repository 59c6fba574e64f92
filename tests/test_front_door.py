"""`import rnn_cli as rnn`: every line of the contract's Python section, and that it says what the commands print."""

import doctest
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.app import COMMANDS
from rnn_cli.commands.options import OutputOptions
from rnn_cli.commands.train_options import DataFlags, NetworkFlags, OptimizationFlags, RunFlags
from rnn_cli.core.cells import CELLS
from rnn_cli.front import model, opening, presenting, result, training
from rnn_cli.output.notebook import BOX
from rnn_cli.study import bptt, forward, trace
from rnn_cli.training.config import SETTINGS
from tests.support.command import Result, environment
from tests.support.trained import DATA, TrainedModels

Command = Callable[..., Result]
NUMBERS = [[0.1, -0.2], [0.3, 0.4], [0.5, 0.6]]


def shown(command: Result) -> str:
    """The page of a command that went well."""
    assert (command.code, command.stderr) == (0, "")
    return command.stdout


# What is offered


def test_the_package_loads_nothing_before_it_is_used(tmp_path: Path) -> None:
    script = "import sys; before = set(sys.modules); import rnn_cli; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert set(done.stdout.split()) == {"rnn_cli", "rnn_cli.version"}


def test_importing_takes_less_than_five_milliseconds(tmp_path: Path) -> None:
    (tmp_path / "nothing.py").touch()  # Python lists the folders of its path when the first module is looked for
    script = "import time, nothing; start = time.process_time(); import rnn_cli; print(time.process_time() - start)"
    times = [
        float(subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=tmp_path, check=True).stdout)
        for _ in range(8)
    ]
    assert min(times) < 0.005  # of the processor: what a busy machine adds is none of ours


def test_all_names_are_there_and_no_others() -> None:
    assert set(rnn.__all__) <= set(dir(rnn))
    for name in rnn.__all__:
        assert getattr(rnn, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        _ = rnn.chekc


@pytest.mark.parametrize("module", [rnn, model, opening, result, training], ids=lambda module: module.__name__)
def test_the_examples_of_the_docstrings_run(module: Any) -> None:
    failed, tried = doctest.testmod(module)
    assert failed == 0
    assert tried or module is result


@pytest.mark.parametrize("of", [rnn.load, rnn.build, rnn.train, rnn.Model.trace, rnn.Model.forward, rnn.Model.bptt])
def test_the_main_functions_have_an_example(of: Any) -> None:
    assert ">>> import rnn_cli as rnn" in of.__doc__


# A result says what the command prints


def test_a_trace(call: Command) -> None:
    traced = rnn.load("nlp").trace("I love NLP")
    assert traced.document() == call("trace", "I love NLP", "--json").document()
    assert traced.page() == shown(call("trace", "I love NLP"))
    assert str(traced) + "\n" == traced.page()
    assert json.loads(json.dumps(traced.document())) == traced.document()


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ({"why": "h[2][1]"}, ["--why", "h[2][1]"]),
        ({"worksheet": "blank"}, ["--blank"]),
        ({"worksheet": "answers", "unit": [1, 3]}, ["--answers", "--unit", "1,3"]),
        ({"steps": "2:3", "layer": 0, "direction": "forward"}, ["--steps", "2:3", "--layer", "0"]),
    ],
)
def test_other_pages_of_a_trace(arguments: dict[str, Any], flags: list[str], call: Command) -> None:
    assert rnn.load("nlp").trace("I love NLP", **arguments).page() == shown(call("trace", "I love NLP", *flags))


def test_a_forward_pass(call: Command) -> None:
    built = rnn.build("lstm", input_size=2, hidden_size=3, num_layers=2, bidirectional=True, seed=4)
    flags = ["--cell", "lstm", "--input-size", "2", "--hidden-size", "3", "--num-layers", "2", "--bidirectional"]
    result = built.forward("I love it", explain_shapes=True)
    assert result.document() == call("forward", "I love it", *flags, "--seed", "4", "--json").document()
    assert rnn.load("nlp").forward("I love NLP").page() == shown(call("forward", "I love NLP"))


def test_a_forward_pass_of_several(call: Command, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("I love NLP\nI hate it\n")
    nlp = rnn.load("nlp")
    several = nlp.forward("I love NLP", "I hate it")
    read = call("forward", "--file", str(tmp_path / "texts.txt"), "--json").document()
    assert read.pop("read") == {str(tmp_path / "texts.txt"): {"encoding": "UTF-8"}}
    assert several.document() == read
    assert several.document() == several.document()
    assert [one.document() for one in several] == [nlp.forward(text).document() for text in ("I love NLP", "I hate it")]
    (tmp_path / "x.json").write_text(json.dumps([NUMBERS, NUMBERS[:1]]))
    of_arrays = nlp.forward([np.array(NUMBERS), np.array(NUMBERS[:1])])
    read = call("forward", "--input", str(tmp_path / "x.json"), "--model", "nlp", "--json").document()
    assert read.pop("read")[str(tmp_path / "x.json")]["layout"] == "B,T,I"
    assert of_arrays.document() == read
    array = np.array([NUMBERS, NUMBERS])
    with pytest.raises(rnn.InputError, match="can be read in two ways"):
        nlp.forward(array)
    assert nlp.forward(list(array))[1].document() == nlp.forward(array[1:]).document()
    assert nlp.forward(array[:1].swapaxes(0, 1)).document() == nlp.forward(NUMBERS).document()
    assert "2 sequences" in of_arrays.page()
    assert "rnn forward" not in of_arrays.page()


def test_bptt(call: Command) -> None:
    flags = ["--target", "negative", "--truncate", "1,2", "--clip-norm", "0.1", "--truncate-sweep", "--lr", "0.5"]
    result = rnn.load("nlp").bptt(
        "I love NLP", "negative", truncate=(1, 2), clip_norm=0.1, truncate_sweep=True, lr=0.5, check=True
    )
    assert result.document() == call("bptt", "I love NLP", *flags, "--json").document()
    long = rnn.load("nlp").bptt("I love NLP", target="negative", checkpoint_every=2)
    arguments = ("bptt", "I love NLP", "--target", "negative", "--checkpoint-every", "2")
    assert long.document() == call(*arguments, "--json").document()
    assert rnn.load("nlp").bptt("I love NLP", "negative").page() == shown(
        call("bptt", "I love NLP", "--target", "negative")
    )


def test_targets_of_bptt_in_numbers_and_in_lists(call: Command) -> None:
    tags = rnn.build("gru", task="many-to-many", labels=["a", "b c"])
    assert tags.bptt("x y", targets=["a", "b c"]).document()["target"] == ["a", "b c"]
    numbers = rnn.build("rnn").bptt("x y", target=[0.1, 1 / 3], loss="mse").document()
    assert numbers["target"] == [0.1, 1 / 3]
    steps = rnn.build("rnn", task="many-to-many").bptt("x y", targets=[[0.1, 0.2], [0.3, 0.4]], loss="mse")
    assert steps.document()["target"] == [[0.1, 0.2], [0.3, 0.4]]


def test_gradients(call: Command) -> None:
    assert (
        rnn.load("nlp").gradients("I love NLP", target="negative").document()
        == call("gradients", "I love NLP", "--target", "negative", "--json").document()
    )
    both = rnn.build("gru", 2, 4, 2, True, reset="before")
    flags = ["--cell", "gru", "--hidden-size", "4", "--num-layers", "2", "--bidirectional", "--reset-before"]
    flags += ["--layer", "0", "--direction", "backward"]
    result = both.gradients("I love NLP", layer=0, direction="backward")
    assert result.document() == call("gradients", "I love NLP", *flags, "--json").document()


def test_predict(call: Command, trained: TrainedModels) -> None:
    assert rnn.load("nlp").predict("I love NLP").page() == shown(call("predict", "nlp", "I love NLP"))
    path = str(trained.path("classify"))
    texts = ("what a film", "not my taste")
    assert (
        rnn.load(path).predict(*texts, top=1).document()
        == call("predict", path, *texts, "--top", "1", "--json").document()
    )
    translator = str(trained.path("translate"))
    written = rnn.load(translator).predict("9 June 1999", beam=2).document()
    assert written == call("predict", translator, "9 June 1999", "--beam", "2", "--json").document()
    forecaster, rows = rnn.load(trained.path("forecast")), DATA / "weather.csv"
    numbers = np.genfromtxt(rows, delimiter=",", skip_header=1)[:, 1:]
    last = forecaster.predict(numbers).document()["predictions"]
    assert (
        last == call("predict", str(trained.path("forecast")), "--input", str(rows), "--json").document()["predictions"]
    )


def test_generate(call: Command, trained: TrainedModels) -> None:
    path = str(trained.path("lm"))
    flags = ["--prompt", "The ", "--length", "12", "--temperature", "0.7", "--count", "2", "--seed", "3"]
    result = rnn.load(path).generate("The ", length=12, temperature=0.7, count=2, seed=3)
    assert result.document() == call("generate", path, *flags, "--json").document()
    assert rnn.load(path).generate(length=5, explain=True).page() == shown(
        call("generate", path, "--length", "5", "--explain")
    )


def test_evaluate(call: Command, trained: TrainedModels) -> None:
    path, data = str(trained.path("classify")), str(DATA / "reviews.tsv")
    result = rnn.load(path).evaluate(data, held_out=True, resamples=20)
    assert result.document() == call("evaluate", path, data, "--held-out", "--resamples", "20", "--json").document()
    assert rnn.load(path).evaluate(Path(data), header=True, resamples=0).document()["data"]["files"] == [data]


def test_inspect(call: Command) -> None:
    assert rnn.load("imdb").inspect().document() == call("inspect", "imdb", "--json").document()
    assert rnn.load("nlp").inspect().page() == shown(call("inspect", "nlp"))


def test_models_that_write(call: Command, trained: TrainedModels) -> None:
    path, text = str(trained.path("translate")), "9 June 1999"
    translator = rnn.load(path)
    assert (
        translator.trace(text, target="1999-06-09").document()
        == call("trace", text, "--model", path, "--target", "1999-06-09", "--json").document()
    )
    decoder = translator.forward(text, network="decoder")
    assert decoder.page() == shown(call("forward", text, "--model", path, "--network", "decoder"))
    written = translator.bptt(text, "1999")
    assert written.document() == call("bptt", text, "--model", path, "--target", "1999", "--json").document()
    assert written.states("h", network="encoder").shape[0] == len(text)
    with pytest.raises(rnn.InputError, match="'decoder' or 'encoder'"):
        written.states()
    several = translator.forward(text, "3 May 2001")
    assert several[1].document() == translator.forward("3 May 2001").document()


# States by name


def test_states_by_name_layer_and_direction() -> None:
    built = rnn.build("lstm", input_size=2, hidden_size=3, num_layers=2, bidirectional=True)
    forward_, traced = built.forward(NUMBERS), built.trace(NUMBERS)
    back = built.bptt(NUMBERS, target="positive")
    layers = {(one["layer"], one["direction"]): one for one in forward_.document()["sequences"][0]["layers"]}
    for layer, direction in ((-1, "forward"), (0, "backward"), (1, "backward")):
        for name in ("h", "c", "i", "f", "g", "o"):
            own = layers[layer % 2, direction]
            expected = np.array(own[name] if name in "hc" else own["gates"][name])
            for one in (forward_, traced, back):
                states = one.states(name, layer=layer, direction=direction)
                assert states.shape == (3, 3)
                assert np.allclose(states, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"quantity": "c"}, "no c: this network has h, r, z, n"),
        ({"layer": 2}, "no layer 2, forward: this network has 0 forward"),
        ({"direction": "sideways"}, "no layer 0, sideways"),
    ],
)
def test_states_that_are_not_there(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(rnn.InputError, match=re.escape(message)):
        rnn.build("gru").trace(NUMBERS).states(**arguments)


def test_a_vanilla_network_has_one_gate_which_is_h() -> None:
    with pytest.raises(rnn.InputError, match=r"no a: this network has h$"):
        rnn.load("nlp").forward("I love NLP").states("a")


def test_results_without_states_say_so() -> None:
    nlp = rnn.load("nlp")
    for result_ in (nlp.predict("I"), nlp.gradients("I love NLP"), nlp.inspect()):
        with pytest.raises(rnn.InputError, match="keeps no states"):
            result_.states()
    with pytest.raises(rnn.InputError, match=re.escape("take one, as in result[0]")):
        nlp.forward("I", "love").states()


# Inputs


def test_what_an_input_can_be() -> None:
    nlp = rnn.load("nlp")
    text = nlp.trace("I love NLP").document()
    assert nlp.trace(["I", "love", "NLP"]).document() == text
    assert nlp.forward([["I", "love", "NLP"], ["I"]])[0].document() == nlp.forward("I love NLP").document()
    numbers = nlp.trace(np.array(NUMBERS)).document()
    assert nlp.trace(NUMBERS).document() == nlp.trace([np.array(row) for row in NUMBERS]).document() == numbers
    assert nlp.trace(np.array(NUMBERS, dtype=np.float32)).document()["inputs"] != numbers["inputs"]
    assert len(nlp.forward([np.array(NUMBERS), np.array(NUMBERS)])) == 2
    assert nlp.predict(["I", "love", "NLP"]).document() == nlp.predict("I love NLP").document()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (["I love NLP", "I hate NLP"], "several texts as several arguments"),
        ("", "holds no word"),
        (3, "x is a int"),
        (None, "x is a NoneType"),
        ([], "at least one step"),
        ([[1.0, "a"]], "not a matrix of numbers"),
        ([[1.0, 2.0, 3.0]], "vectors of 3 numbers, but nlp reads 2"),
        ([[float("nan"), 0.0]], "not finite"),
        (np.array(["a"]), "not a matrix of numbers"),
    ],
)
def test_what_an_input_cannot_be(x: Any, message: str) -> None:
    nlp = rnn.load("nlp")
    for method in (nlp.trace, nlp.gradients, nlp.bptt):
        with pytest.raises(rnn.InputError, match=message):
            method(x)


def test_arguments_that_do_not_fit() -> None:
    nlp = rnn.load("nlp")
    with pytest.raises(rnn.InputError, match="at least one sequence"):
        nlp.forward()
    with pytest.raises(rnn.InputError, match="at least one sequence"):
        nlp.predict()
    with pytest.raises(rnn.InputError, match="give the --target"):
        nlp.bptt("I love NLP")
    with pytest.raises(rnn.InputError, match="was not trained by rnn train"):
        nlp.generate()
    with pytest.raises(rnn.InputError, match="was not written by rnn train"):
        nlp.evaluate("x.tsv")
    with pytest.raises(rnn.InputError, match="no such model file"):
        rnn.load("npl")
    with pytest.raises(rnn.InputError, match="there are 1 to 3"):
        nlp.trace("I love NLP", steps=4)
    with pytest.raises(rnn.NumberError, match="left the finite range"):
        rnn.build("rnn", hidden_size=8, activation="relu").bptt(np.full((3, 2), 1e200), [0, 1], loss="mse", check=True)


def test_errors_are_a_family() -> None:
    for error in (rnn.InputError, rnn.ModelFileError, rnn.NumberError, rnn.CheckFailed, rnn.SystemRefused):
        assert issubclass(error, rnn.RnnError)


# Building


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cell": "ltsm"}, "the cells are rnn, lstm, gru"),
        ({"cell": "lstm", "activation": "relu"}, "--activation is for --cell rnn"),
        ({"cell": "lstm", "reset": "before"}, "--reset is for --cell gru"),
        ({"cell": "rnn", "activation": "sigmoid"}, "it can be tanh or relu"),
        ({"cell": "rnn", "colour": "red"}, "--colour: no cell has such an option"),
        ({"hidden_size": 0}, "--hidden-size 0: a whole number from 1"),
        ({"input_size": 1.5}, "--input-size 1.5: a whole number from 1"),
        ({"labels": ["a", "a"]}, "give different names"),
        ({"labels": []}, "give different names"),
        ({"task": "one"}, "many-to-one or many-to-many"),
    ],
)
def test_networks_that_cannot_be_built(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(rnn.InputError, match=message):
        rnn.build(**arguments)


def test_a_page_suggests_commands_for_the_network_that_was_built() -> None:
    page = rnn.build("gru", hidden_size=4, seed=2, reset="before").trace("I love it").page()
    assert 'rnn trace "I love it" --cell gru --hidden-size 4 --reset before --seed 2 --why' in page
    page = rnn.build("lstm", 3, 4, 2, True, 5, task="many-to-many", labels=("a", "b")).trace("I love it").page()
    sizes = "--input-size 3 --hidden-size 4 --num-layers 2 --bidirectional"
    assert f'rnn trace "I love it" --cell lstm {sizes} --task many-to-many --labels a,b --seed 5' in page


@pytest.mark.parametrize("cell", list(CELLS))
def test_a_page_of_a_built_network_is_the_commands_page(cell: str, call: Command) -> None:
    assert rnn.build(cell).trace("I love NLP").page() == shown(call("trace", "I love NLP", "--cell", cell))


# PyTorch, without it


class Tensor:
    """As much of a tensor as is asked for."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def detach(self) -> "Tensor":
        """Itself."""
        return self

    def cpu(self) -> "Tensor":
        """Itself."""
        return self

    def numpy(self) -> Any:
        """The array; TypeError where NumPy has no such type."""
        if self.array is None:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


def module(kind: str, arrays: dict[str, Any], **more: Any) -> Any:
    """Something with a state dict."""
    tensors = {name: Tensor(array) for name, array in arrays.items()}
    return type(kind, (SimpleNamespace,), {})(state_dict=lambda: tensors, **more)


def weights(gates: int, inputs: int = 2, hidden: int = 3) -> dict[str, Any]:
    """The state dict of one layer."""
    generator = np.random.default_rng(0)
    shapes = {"weight_ih_l0": (gates * hidden, inputs), "weight_hh_l0": (gates * hidden, hidden)}
    shapes |= {"bias_ih_l0": (gates * hidden,), "bias_hh_l0": (gates * hidden,)}  # type: ignore[dict-item]
    return {name: generator.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def test_a_module_of_pytorch_is_read_by_its_state_dict() -> None:
    lstm = rnn.from_torch(module("LSTM", weights(4)))
    assert lstm.trace(NUMBERS).states("c").shape == (3, 3)
    assert lstm.name == "LSTM"
    arrays = weights(1)
    relu = rnn.from_torch(module("RNN", arrays, nonlinearity="relu")).forward(NUMBERS[:1]).states("h")[0]
    a = arrays["weight_ih_l0"].astype(float) @ NUMBERS[0] + arrays["bias_ih_l0"].astype(float) + arrays["bias_hh_l0"]
    assert np.allclose(relu, np.maximum(a, 0))
    assert np.allclose(rnn.from_torch(module("RNN", arrays)).forward(NUMBERS[:1]).states("h")[0], np.tanh(a))


def test_a_module_with_a_vocabulary_reads_one_hot_vectors() -> None:
    gru = module("GRU", weights(3))
    for vocab in (["yes", "no"], {"no": 1, "yes": 0}):
        document = rnn.from_torch(gru, vocab=vocab).forward("no yes").document()["sequences"][0]
        assert document["inputs"] == [[0, 1], [1, 0]]
        assert document["ids"] == [1, 0]


@pytest.mark.parametrize(
    ("given", "arguments", "message"),
    [
        (object(), {}, r"object has no state_dict\(\)"),
        (module("Linear", {"weight": np.zeros((2, 2))}), {}, "Linear holds no torch.nn.RNN"),
        (module("Dropout", {}), {}, "Dropout holds no torch.nn.RNN"),
        (module("LSTM", {"weight_ih_l0": None}), {}, r"convert the module with .float\(\)"),
        (module("LSTM", weights(4)), {"labels": ["a"]}, "labels name the units of a readout"),
        (module("LSTM", weights(4)), {"vocab": ["a", "b", "c"]}, r"vocab: 3 tokens, .* vectors of 2 numbers"),
        (module("LSTM", weights(4)), {"vocab": ["a", "a"]}, "a token stands twice"),
        (module("LSTM", weights(4)), {"vocab": {"a": 0, "b": 2}}, r"vocab: 2 tokens, the largest id is 2"),
    ],
)
def test_modules_that_cannot_be_read(given: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(rnn.InputError, match=message):
        rnn.from_torch(given, **arguments)


# Training


def test_a_run_is_the_commands(call: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(DATA / "reviews.tsv")
    settings = {"max_steps": 4, "hidden_size": 4, "embedding_size": 3, "lr": 0.01, "validation": 0.2, "level": "word"}
    trained = rnn.train(data, task="classify", out=tmp_path / "python.safetensors", **settings)  # type: ignore[arg-type]
    assert capsys.readouterr() == ("", "")
    flags = [part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = call(
        "train", data, "--task", "classify", "--out", str(tmp_path / "command.safetensors"), "--json", *flags
    )
    assert (tmp_path / "python.safetensors").read_bytes() == (tmp_path / "command.safetensors").read_bytes()
    events = [json.loads(line) for line in command.stdout.splitlines()]
    untimed = [without_clock(one, "command") for one in events]
    assert [without_clock(one, "python") for one in trained.events] == untimed
    assert f"{data}: line 1 names the columns" in trained.notes
    loaded = rnn.load(tmp_path / "python.safetensors")
    assert trained.model.predict("good").document() == loaded.predict("good").document()
    evaluated = trained.model.evaluate(data, held_out=True, resamples=0)
    assert evaluated.document() == loaded.evaluate(data, held_out=True, resamples=0).document()
    assert "4  of 4; done" in str(trained)
    assert str(tmp_path / "python.safetensors") in trained.page()


def without_clock(event: dict[str, Any], name: str) -> dict[str, Any]:
    """An event but for what depends on the clock and on the file's name."""
    text = json.dumps({key: value for key, value in event.items() if key != "tokens_per_second"})
    plain: dict[str, Any] = json.loads(re.sub(rf'"[^"]*{name}(.safetensors)?"', '"name"', text))
    return plain


def test_a_run_that_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    common: dict[str, Any] = {"cell": "rnn", "hidden_size": 4}
    rnn.train(task="parity:length=4", out=out, max_steps=2, log=tmp_path / "log", **common)
    more = rnn.train(resume=out, max_steps=4, log=tmp_path / "log")
    assert [one["step"] for one in more.events if one["event"] == "step"] == [3, 4]
    assert [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()].count("step") == 4
    rnn.train(task="parity:length=4", out=tmp_path / "whole.safetensors", max_steps=4, log=tmp_path / "log2", **common)
    logs = [(tmp_path / name).read_text().replace("whole", "m") for name in ("log", "log2")]
    assert logs[0].splitlines()[-1] == logs[1].splitlines()[-1]
    with pytest.raises(rnn.InputError, match="nothing to do"):
        rnn.train(resume=out)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hiden_size": 4}, "no setting 'hiden_size'; did you mean hidden_size"),
        ({"xyzzy": 4}, "no setting 'xyzzy'; the settings are across_gaps, activation, "),
        ({"hidden_size": "four"}, "hidden_size is 'four', not a whole number"),
        ({"hidden_size": 0}, "--hidden-size 0: a whole number from 1 to 100,000"),
        ({"cell": "ltsm"}, "--cell ltsm: it can be"),
        ({"window": 3}, "--window means nothing to --task classify"),
        ({"out": "model.txt"}, "must end in .safetensors"),
        ({"task": "clasify"}, "clasify"),
        ({"task": None}, "give the --task"),
        ({"learning_rate": float("nan")}, "learning_rate is nan, not a finite number"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(rnn.InputError, match=message):
        rnn.train(DATA / "reviews.tsv", **{"task": "classify", "max_steps": 1, **settings})


def test_a_run_that_diverges() -> None:
    with pytest.raises(rnn.NumberError, match=r"clip it with --clip-norm|too high"):
        rnn.train(
            task="adding:length=4", cell="rnn", activation="relu", learning_rate=1e30, clip_norm=0.0, max_steps=20
        )


def test_the_settings_are_the_flags_of_rnn_train() -> None:
    flags = {one.name for group in (NetworkFlags, OptimizationFlags, DataFlags, RunFlags) for one in fields(group)}
    own = {"out", "overwrite", "resume", "log", "watch", "explain_defaults"}
    of_output = {one.name for one in fields(OutputOptions)} | {"plot"}
    of_cells = {"activation", "cell_option", "reset_before"}  # the settings name a cell's options as the cell does
    settings = {*SETTINGS, *training.DATA_SETTINGS, "source", "target"} - {"parallel"}
    assert settings == (flags - own - of_output - of_cells) | {"seed", "cell_options"}


# In a notebook


def test_html_is_readable_on_any_background(trained: TrainedModels) -> None:
    nlp = rnn.load("nlp")
    pages = [nlp.trace("I love NLP"), nlp.bptt("I love NLP", "negative"), nlp.gradients("I love NLP"), nlp.forward("I")]
    pages += [nlp.predict("I love NLP"), nlp.forward("I", "love"), nlp.trace("I love NLP", why="h[2][1]")]
    for one in pages:
        html = one._repr_html_()
        assert html.startswith(f'<div style="background:{BOX};color:#')
        colours = set(re.findall(r"(?<![-\w])color: ?(#\w{6})", html))
        assert len(colours) > 2
        for colour in colours:
            assert contrast(colour, BOX) >= 4.5, colour
        text = re.sub(r"<[^>]+>", "", html).replace("&gt;", ">").replace("&lt;", "<")
        assert text.replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&").strip() == one.page().strip()


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_html_of_a_hostile_text_is_text() -> None:
    html = rnn.load("nlp").trace("<script>alert(1)</script> \x1b[2J")._repr_html_()
    assert "<script" not in html
    assert "\x1b" not in html


# The table of pages and documents


def test_every_result_has_a_page_and_a_document() -> None:
    for name, (command, page, document) in presenting.SHOWN.items():
        assert command in COMMANDS, name
        assert callable(presenting._function("views", page))
        assert callable(presenting._function("documents", document))
    for name in presenting.FIGURES.values():
        assert callable(presenting._function("plots", name))
    unions = (trace.Traced, forward.Forwarded, bptt.BackwardResult)
    assert {one.__name__ for union in unions for one in get_args(union)} <= set(presenting.SHOWN)


def test_what_python_loads_for_a_document_has_no_rich(tmp_path: Path) -> None:
    script = (
        "import sys, rnn_cli as rnn; rnn.load('nlp').trace('I love NLP').document(); "
        "print('rich' in sys.modules, 'typer' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, env=environment(None), check=True
    )
    assert done.stdout.split() == ["False", "False"]
