"""Every command that a page suggests is pasted and run: whatever the text, the network and the names of the files are."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.models.bundled import samples_directory
from tests.conftest import Command
from tests.support.networks import slow_if
from tests.support.trained import RUNS, TrainedModels

TEXTS = (  # their number is odd, so that another time through them each meets another of the five pages
    'He said "wow" for $5!',
    "it's great!",
    "-5 degrees",
    "--json",
    "a\\b `c` $(d) ${e}",
    "!! !$ ^a^b",
    "so # much * ? [x] {a,b} ~ & ; | < >",
    "naïve 我爱",
    " a   b ",
    "%s !x\"y'z",
    "=a @b +c !d",
)
ODD = 'it\'s "my" $model!.json'

BUILT = (
    *(("--cell", cell, "--hidden-size", "1") for cell in CELLS),
    ("--cell", "gru", "--reset", "before", "--hidden-size", "1", "--num-layers", "2", "--bidirectional"),
    ("--cell", "lstm", "--task", "many-to-many", "--labels", "the good,the bad", "--seed", "3"),
    ("--activation", "relu", "--labels", "so 'so',not!"),
)


def suggested(page: str) -> list[str]:
    """The commands below Next, on a page so narrow that each stands on a line of its own."""
    lines = iter(page.splitlines())
    below = next((line for line in lines if line.startswith("Next")), "")
    found = [below.removeprefix("Next").strip(), *(line.strip() for line in lines if re.match(r" {8}rnn ", line))]
    return [one for one in found if one]


def paste(call: Command, line: str) -> None:
    """Run a suggested command; a run of training is cut short."""
    words = shlex.split(line)
    assert words[0] == "rnn"
    short = ["--max-steps", "1"] if words[1] == "train" and "--resume" not in words else []
    ran = call(*words[1:], *short)
    assert ran.code == 0, f"{line}\n{ran.stderr}"


def follow(call: Command, *pages: Iterable[str]) -> list[str]:
    """Ask for pages, and paste all that they suggest; the suggestions, each once."""
    found: dict[str, None] = {}
    for page in pages:
        shown = call(*page)
        assert shown.code == 0, f"{page}\n{shown.stderr}"
        own = suggested(shown.stdout)
        assert own, f"{page} suggests nothing"
        found |= dict.fromkeys(own)
    for line in found:
        paste(call, line)
    return list(found)


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.chdir(tmp_path)


def pages_of(text: str, *network: str) -> list[list[str]]:
    """Every page about a text; `--` lets one begin with a dash."""
    target = ["--target", "positive"] if not network else []
    found = [["trace", *network], ["forward", *network], ["gradients", *network], ["predict", "nlp"]]
    found += [["bptt", *network, *target]] if target else []
    return [[*one, "--", text] for one in found]


@pytest.mark.parametrize("times", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_whatever_the_text_is(call: Command, times: int) -> None:
    lines = follow(call, *(pages_of(text)[k % 5] for k, text in enumerate(TEXTS * times)))
    assert len(lines) >= (2 if times == 1 else times) * len(TEXTS)  # several pages of a text have lines in common
    assert any("--target" in line and "--truncate" in line for line in lines)
    assert bash_reads(lines) == [shlex.split(line) for line in lines]


def bash_reads(lines: list[str]) -> list[list[str]]:
    """The words of each line as an interactive bash reads it, history and all."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    script = ["rnn() { printf '%s\\1' rnn \"$@\"; printf '\\2'; }", *lines, "exit", ""]
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-i"],
        input="\n".join(script).encode(),
        capture_output=True,
        env={**os.environ, "HISTFILE": "", "PS1": ""},
        check=False,
        timeout=60,
    )
    return [one.split("\1")[:-1] for one in done.stdout.decode().split("\2")[:-1]]


def test_bash_would_act_on_such_a_text_between_double_quotes() -> None:
    assert bash_reads(['rnn "a !$"']) != [["rnn", "a !$"]]


@pytest.mark.parametrize("network", slow_if(BUILT, *BUILT[3:-2]), ids=" ".join)
def test_whatever_the_network_is(call: Command, network: tuple[str, ...]) -> None:
    pages = pages_of("it's !a", *network)[:3]
    labels = network[network.index("--labels") + 1].split(",") if "--labels" in network else ["negative"]
    pages += [] if "many-to-many" in network else [["bptt", "a b", *network, "--target", labels[-1]]]
    if "--bidirectional" in network:
        pages += [["gradients", "a b", *network, "--direction", "backward"]]
    follow(call, *pages, ["gradients", "a b", "--compare", "rnn,mingru"])


def test_scalars_and_matrices(call: Command) -> None:
    follow(
        call,
        ["gradients", "--factor", "-1.5"],
        ["gradients", "--factor", "1e-300", "--steps", "3"],
        ["gradients", "--factor", "0.5", "--factor", "2"],
        ["gradients", "--factor", "1.0000001", "--steps", "1000"],
        ["gradients", "--spectral-radius", "0.9", "--steps", "20", "--hidden-size", "4"],
        ["gradients", "--spectral-radius", "1.1", "--steps", "5", "--compare", ",".join(list(CELLS)[:3])],
    )


def test_names_that_need_quotes(call: Command, tmp_path: Path) -> None:
    model = tmp_path / ODD
    shutil.copy(samples_directory() / "models" / "nlp.json", model)
    (tmp_path / "two $texts!.txt").write_text("I love NLP\nI hate NLP !\n", encoding="utf-8")
    (tmp_path / "-table.csv").write_text('id;words\n1;"I love NLP"\n2;"I hate NLP"\n', encoding="utf-8")
    lines = follow(
        call,
        ["inspect", ODD],
        ["trace", "I love NLP", "--model", ODD],
        ["bptt", "I love NLP", "--model", ODD, "--target", "negative"],
        ["predict", ODD, "I love NLP"],
        ["predict", ODD, "--file", "two $texts!.txt"],
        ["forward", "--model", ODD, "--file", "two $texts!.txt"],
        ["forward", "--file", "-table.csv", "--text", "words", "--delimiter", ";", "--header"],
        ["samples"],
        ["samples", "copy", "my $copy!"],
        ["schema"],
    )
    assert bash_reads(lines) == [shlex.split(line) for line in lines]
    (tmp_path / "a\nb.json").write_bytes(model.read_bytes())
    assert suggested(call("predict", "a\nb.json", "I love NLP").stdout) == []  # no line can hold it


@pytest.mark.parametrize(
    "signs", ["ILOVEN P", "abcdefghijklmnopqrstuvwxyz ", "αβγ", ".,!? ", "0123456789", "--!", "é "]
)
@pytest.mark.parametrize("lowercase", [True, False])
def test_a_model_of_characters_is_given_a_text_of_its_own_alphabet(
    call: Command, tmp_path: Path, signs: str, lowercase: bool
) -> None:
    layer = {"W_xh": [[1, 2], [3, 4]], "W_hh": [[1, 0], [0, 1]], "b_h": [0, 0]}
    embedding: dict[str, list[float]] = {sign: [0.1, 0.2] for sign in signs} | {"<unk>": [0, 0]}
    whole = {"format": "rnn.model/1", "cell": "rnn", "level": "char", "lowercase": lowercase, "embedding": embedding}
    Path("c.json").write_text(json.dumps({**whole, "parameters": {"layers": [layer]}}))
    trace = follow(call, ["inspect", "c.json"])[0]
    if lowercase and signs.isupper():
        assert trace == "rnn trace -h"  # its alphabet has no lower-case letter, so it knows no text
        return
    text = shlex.split(trace)[-1 if " -- " in trace else 2]
    assert set(text) <= set(signs) | (set(signs.upper()) if lowercase else set()) | {" "} & set(signs)


ONE_OF_EACH_TASK = {run[0]: name for name, run in RUNS.items()}


@pytest.mark.parametrize(
    "name",
    slow_if(ONE_OF_EACH_TASK.values(), "copy", *(ONE_OF_EACH_TASK[one] for one in ("translate", "tag", "describe"))),
)
def test_trained_models(call: Command, trained: TrainedModels, name: str, tmp_path: Path) -> None:
    model, data, task = str(tmp_path / f"{name} $1!.safetensors"), trained.data(name), RUNS[name][0]
    shutil.copy(trained.path(name), model)
    pages = [["inspect", model], ["evaluate", model, *data, "--resamples", "10"]]
    if task == "forecast":
        pages += [["predict", model, "--input", data[0]]]
    elif task in ("lm", "describe"):
        prompt, target = ("island", ["--target", "So"]) if task == "describe" else ("The city", [])
        pages += [["generate", model, "--prompt", prompt, "--explain", "--length", "5"], ["predict", model, prompt]]
        pages += [["trace", prompt, "--model", model, "--steps", "1"], ["bptt", prompt, "--model", model, *target]]
        pages += [["gradients", prompt, "--model", model]]
    elif ":" not in task:
        text = {"translate": "3 May 2001"}.get(task, "it's a good film!")
        pages += [["predict", model, text], ["predict", model, text, "the soup"], ["forward", text, "--model", model]]
        pages += [["gradients", text, "--model", model]]
    follow(call, *pages)


def test_data_and_training(call: Command, tmp_path: Path) -> None:
    table = "Meinung;Art\n" + "".join(f'"sehr {w} Film";{a}\n' for w, a in (("guter", "ja"), ("übler", "nein")) * 6)
    (tmp_path / "die $Daten!.csv").write_text(table, encoding="utf-8")
    for side in ("source", "target"):
        (tmp_path / f"{side}.txt").write_text("one two\nthree\n" * 6, encoding="utf-8")
    asked = ["--text", "Meinung", "--label", "Art", "--delimiter", ";", "--keep-case", "--header"]
    beside = ["--task", "translate", "--source", "source.txt", "--target", "target.txt"]
    tiny = ["--max-steps", "1", "--hidden-size", "2", "--out"]
    weather = str(samples_directory() / "data" / "weather.csv")
    follow(
        call,
        ["data", "die $Daten!.csv", "--task", "classify", *asked],
        ["data", *beside],
        ["train", "die $Daten!.csv", "--task", "classify", *asked, *tiny, "a $1!.safetensors"],
        ["train", *beside, *tiny, "b.safetensors"],
        ["train", weather, "--task", "forecast", "--decimal", ".", *tiny, "-c.safetensors"],
        ["train", "--task", "recall:length=3", *tiny, "d.safetensors"],
    )
    assert any(
        "--held-out" in one for one in follow(call, ["evaluate", "b.safetensors", *beside[2:], "--resamples", "5"])
    )


def test_the_comparison_beside_a_built_network_is_of_its_sizes_and_seed(call: Command) -> None:
    for own in (
        ["--cell", "lstm", "--hidden-size", "4", "--seed", "3"],
        ["--cell", list(CELLS)[-1], "--labels", "so,not", "--bidirectional", "--direction", "backward"],
    ):
        page = call("gradients", "a b c", *own, "--target", "so" if "--labels" in own else "positive")
        compare = next(one for one in suggested(page.stdout) if "--compare" in one)
        cells = call(*shlex.split(compare)[1:], "--json").document()["series"]
        alone = call("gradients", "a b c", *own, "--json").document()
        same = next(one for one in cells if one["cell"] == own[1])
        assert same["final"] == alone["final"], compare
