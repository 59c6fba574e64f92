"""rnn forward: the numbers are those of trace, many are the same as one by one, and nothing on a page is cut."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.output.emit import FORMATS
from tests.conftest import Command
from tests.support.cells import EVERY_CELL, cells_that_torch_has
from tests.support.command import Result, environment, strict_json
from tests.support.schemas import validate

SENTENCES = "I love NLP\nI hate NLP\n\nI like it , and cats like it .\nhello\n"
NETWORKS = {
    "bundled": [],
    "rnn": ["--cell", "rnn", "--activation", "relu", "--bidirectional"],
    "lstm": ["--cell", "lstm", "--num-layers", "2", "--bidirectional", "--seed", "3"],
    "gru": ["--cell", "gru", "--task", "many-to-many", "--num-layers", "2"],
    "gru before": ["--cell", "gru", "--reset-before", "--bidirectional", "--task", "many-to-many"],
}


@pytest.fixture
def sentences(tmp_path: Path) -> str:
    """A file of four sentences and an empty line."""
    path = tmp_path / "sentences.txt"
    path.write_text(SENTENCES, encoding="utf-8")
    return str(path)


def document(result: Result) -> Any:
    """The valid document of a run that went well."""
    assert (result.code, result.stderr) == (0, "")
    return validate(result.document())


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_state_and_gate_is_what_trace_works_out_step_by_step(call: Command, network: list[str]) -> None:
    forward = document(call("forward", "I love cats", "--json", *network))
    trace = document(call("trace", "I love cats", "--json", *network))
    (sequence,) = forward["sequences"]
    assert forward["model"] == trace["model"]
    for key in ("text", "tokens", "ids", "known", "inputs", "prediction"):
        assert sequence[key] == trace[key]
    for key in ("logits", "probabilities"):
        np.testing.assert_allclose(sequence[key], trace[key], rtol=0, atol=1e-12)
    seen = 0
    for layer in sequence["layers"]:
        steps = [s for s in trace["steps"] if (s["layer"], s["direction"]) == (layer["layer"], layer["direction"])]
        assert [step["t"] for step in steps] == [1, 2, 3]
        seen += len(steps)
        np.testing.assert_allclose(layer["h"], [step["h"] for step in steps], rtol=0, atol=1e-12)
        first = steps[-1 if layer["direction"] == "backward" else 0]
        assert layer["h0"] == first["h_prev"]
        assert list(layer["gates"]) == [gate["name"] for gate in steps[0]["gates"]]
        for k, values in enumerate(layer["gates"].values()):
            np.testing.assert_allclose(values, [step["gates"][k]["value"] for step in steps], rtol=0, atol=1e-12)
        assert ("c" in layer) == (steps[0]["c"] is not None)
        if "c" in layer:
            np.testing.assert_allclose(layer["c"], [step["c"] for step in steps], rtol=0, atol=1e-12)
            assert layer["c0"] == first["c_prev"]
    assert seen == len(trace["steps"])
    last = [layer["h"] for layer in sequence["layers"] if layer["layer"] == sequence["layers"][-1]["layer"]]
    assert sequence["output"] == np.concatenate(last, axis=-1).tolist()


@pytest.mark.parametrize("network", [NETWORKS["bundled"], NETWORKS["lstm"], NETWORKS["gru before"]])
def test_a_file_is_one_document_or_one_a_line_and_each_sentence_as_alone(
    call: Command, sentences: str, network: list[str]
) -> None:
    whole = document(call("forward", "--file", sentences, "--json", *network))
    lines = [
        validate(strict_json(line))
        for line in call("forward", "--file", sentences, "--json", "--lines", *network).stdout.splitlines()
    ]
    assert [one["text"] for one in whole["sequences"]] == [line for line in SENTENCES.splitlines() if line]
    assert [line["sequences"] for line in lines] == [[one] for one in whole["sequences"]]
    for one in whole["sequences"]:
        (alone,) = document(call("forward", one["text"], "--json", *network))["sequences"]
        assert close(one, alone)


def close(one: Any, other: Any) -> bool:
    """Equal, the numbers to 1e-12."""
    if isinstance(one, dict):
        return set(one) == set(other) and all(close(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, float):
        return bool(abs(one - other) <= 1e-12)
    return bool(one == other)


def test_a_pipe_is_answered_line_by_line(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rnn_cli", "forward", "--file", "-", "--json", "--lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(None),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for text in ("I love NLP", "I hate NLP", "cats"):
        process.stdin.write(text + "\n")
        process.stdin.flush()
        assert strict_json(process.stdout.readline())["sequences"][0]["text"] == text
    process.stdin.close()
    assert process.wait() == 0
    process.stdout.close()


@pytest.mark.slow
def test_memory_is_flat_over_a_hundred_thousand_sentences(tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    path.write_text("I love cats and NLP .\n" * 100_000)
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("no file of the most memory that a program alone had: getrusage has that of its parent in it")
    program = (
        "import re, sys; from pathlib import Path; from rnn_cli.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        f"finally: print(re.search(r'VmHWM:\\s*(\\d+) kB', Path('{status}').read_text())[1], file=sys.stderr)"
    )
    for options in ([], ["--json"], ["--json", "--lines"]):
        done = subprocess.run(
            [sys.executable, "-c", program, "forward", "--file", str(path), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=True,
            env=environment(None),
        )
        assert int(done.stderr) < 150_000, f"{options}: {int(done.stderr)} KB"


def test_an_error_on_the_way_leaves_no_half_document(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(b"I love NLP\n" * 5 + b"\xff\n")
    result = call("forward", "--file", str(path), "--json")
    assert (result.code, result.stdout) == (2, "")
    assert f"{path}:6:1" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--lines", "x"], "--json --lines"),
        (["--file", "FILE", "--json", "--lines", "--save", "x.json"], "--save"),
        (["--file", "FILE", "--only", "5"], "there are 4"),
        (["--file", "FILE", "--steps", "1"], "--only"),
        (["--file", "FILE", "--explain-shapes"], "--only"),
        (["x", "--unit", "4"], "--unit 4"),
        (["x", "--layer", "1"], "--layer 1"),
        (["x", "--direction", "backward"], "forward"),
        (["x", "--steps", "2"], "--steps 2"),
        (["x", "--dtype", "float16"], "float32"),
        ([], "give a sentence"),
    ],
)
def test_what_cannot_be_shown_is_refused(call: Command, sentences: str, arguments: list[str], says: str) -> None:
    result = call("forward", *(sentences if one == "FILE" else one for one in arguments))
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr


def test_only_picks_one_of_many(call: Command, sentences: str, tmp_path: Path) -> None:
    (one,) = document(call("forward", "--file", sentences, "--only", "3", "--json"))["sequences"]
    assert one["text"] == SENTENCES.splitlines()[3]
    numbers = tmp_path / "numbers.json"
    numbers.write_text("[[[1, 2]], [[3, 4], [5, 6]]]")
    (one,) = document(call("forward", "--input", str(numbers), "--only", "2", "--json"))["sequences"]
    assert one["inputs"] == [[3, 4], [5, 6]]
    assert (one["text"], one["tokens"], one["ids"], one["known"]) == (None, None, None, None)


def test_float32_computes_in_float32(call: Command) -> None:
    single = document(call("forward", "I love NLP", "--json", "--dtype", "float32"))
    double = document(call("forward", "I love NLP", "--json"))
    assert (single["model"]["dtype"], double["model"]["dtype"]) == ("float32", "float64")
    one, other = np.array(single["sequences"][0]["output"]), np.array(double["sequences"][0]["output"])
    assert (one == one.astype(np.float32)).all()
    assert 0 < np.abs(one - other).max() < 1e-6


def test_numbers_that_are_not_finite_are_null_and_named(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text("[[[1.0]], [[1e308], [1e308], [1e308]]]")
    options = [
        "--input",
        str(path),
        "--cell",
        "rnn",
        "--activation",
        "relu",
        "--hidden-size",
        "4",
        "--dtype",
        "float32",
    ]
    result = call("forward", *options, "--json").document()
    fine, large = result["sequences"]
    assert fine["prediction"] in ("negative", "positive")
    assert large["prediction"] is None
    for path_of_null in result["non_finite"]:
        value: Any = result
        for key in path_of_null.replace("]", "").replace("[", ".").split("."):
            value = value[int(key) if key.isdigit() else key]
        assert value is None
    assert (
        json.dumps(result["sequences"]).count("null") == len(result["non_finite"]) + 8 + 1
    )  # text … known; prediction
    page = call("forward", *options, "--only", "2")
    assert page.code == 3
    assert page.stderr.startswith("rnn: x left the finite range at step 1, component 1")
    assert "x left the finite range" in page.stdout
    many = call("forward", *options)
    assert (many.code, many.stderr[:9]) == (3, "rnn: row ")
    assert call("forward", *options, "--only", "1").code == 0
    assert "<- prediction" not in page.stdout


def rounded(values: Any) -> list[str]:
    """Numbers as a page writes them."""
    return [f"{value:+.4f}" for value in np.ravel(values)]


@pytest.mark.parametrize("columns", ["40", "80", "160"])
def test_every_number_stands_on_the_page_whatever_its_width(call: Command, monkeypatch: Any, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    options = ["--cell", "lstm", "--hidden-size", "10", "--bidirectional", "--unit", "all"]
    page = call("forward", "I love cats", *options).stdout
    words = page.split()
    (sequence,) = document(call("forward", "I love cats", "--json", *options))["sequences"]
    for layer in sequence["layers"]:
        for values in (layer["h"], layer["c"], *layer["gates"].values()):
            assert set(rounded(values)) <= set(words)
    tables = [line for line in page.splitlines() if line.startswith("  ") and "+0." in line]
    assert max(map(len, tables)) <= max(int(columns), 40)


def test_the_page_shows_the_part_that_was_chosen(call: Command) -> None:
    options = ["--cell", "gru", "--num-layers", "2", "--bidirectional", "--hidden-size", "5"]
    page = call(
        "forward", "a b c d", *options, "--layer", "1", "--direction", "backward", "--unit", "2,5", "--steps", "2:3"
    ).stdout
    assert "layer 1, backward" in page
    assert "layer 0" not in page.replace("num-layers", "")
    assert "layer 1, forward" not in page
    assert "r[t][2]" in page
    assert "r[t][5]" in page
    assert "r[t][1]" not in page
    table = page.split("layer 1, backward")[1].split("h_1")[0]
    rows = [line.split()[:2] for line in table.splitlines() if line[:4].strip().isdigit()]
    assert rows == [["2", "b"], ["3", "c"], ["2", "b"], ["3", "c"], ["0", "start"]]


def test_the_backward_direction_starts_below_its_last_step(call: Command) -> None:
    page = call("forward", "a b", "--cell", "rnn", "--bidirectional").stdout
    forward, backward = page.split("Hidden states, ")[1:3]
    for part, order in ((forward, ["0", "1", "2"]), (backward, ["1", "2", "0"])):
        assert [line.split()[0] for line in part.splitlines() if line[:4].strip().isdigit()] == order


def test_many_sentences_are_rows_and_the_page_says_how_to_see_one(call: Command, sentences: str) -> None:
    page = call("forward", "--file", sentences).stdout
    whole = document(call("forward", "--file", sentences, "--json"))
    rows = [line.split() for line in page.splitlines() if line[:7].strip().isdigit()]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    for row, one in zip(rows, whole["sequences"], strict=True):
        assert row[1:3] == [str(len(one["tokens"])), one["prediction"]]
        assert row[4:7] == rounded(one["layers"][0]["h"][-1])
    assert rows[3][-1] == "hello*"
    assert f"rnn forward --file {sentences} --only 1" in page
    share = max(whole["sequences"][1]["probabilities"])
    least = min(max(one["probabilities"]) for one in whole["sequences"])
    assert (share == least) == ("least sure of row 2" in page)


def test_many_sentences_with_a_label_at_each_word(call: Command, sentences: str) -> None:
    options = ["--cell", "gru", "--task", "many-to-many", "--labels", "DET,NOUN,VERB"]
    page = call("forward", "--file", sentences, *options).stdout
    whole = document(call("forward", "--file", sentences, "--json", *options))
    for one in whole["sequences"]:
        tags = [f"{word}/{label}" for word, label in zip(one["tokens"], one["prediction"], strict=True)]
        assert " ".join(tags) in page


def after(page: str, label: str) -> str:
    """The words and numbers that --explain-shapes writes behind a slice, on one line."""
    words, numbers = page.split(label, 1)[1].split("= [", 1)
    return " ".join(words.split()) + " = [" + numbers.split("]", 1)[0] + "]"


@pytest.mark.parametrize("cell", cells_that_torch_has())
def test_explained_slices_hold_the_numbers_that_they_name(call: Command, cell: str) -> None:
    options = ["--cell", cell, "--num-layers", "2", "--bidirectional"]
    page = call("forward", "a b c d", *options, "--explain-shapes").stdout
    (one,) = document(call("forward", "a b c d", "--json", *options))["sequences"]
    output = np.array(one["output"])
    assert f"torch.nn.{cell.upper()}(2, 3, num_layers=2, bidirectional=True)" in page
    for label, values in {
        "output[-1, 0:3] ": output[-1, 0:3],
        "output[-1, 3:6] ": output[-1, 3:6],
        "output[0, 0:3] ": output[0, 0:3],
        "output[0, 3:6] ": output[0, 3:6],
    }.items():
        assert after(page, label).endswith(f"= [{' '.join(rounded(values))}]")
    for row, layer in enumerate(one["layers"]):
        end = 0 if layer["direction"] == "backward" else -1
        assert after(page, f"h_n[{row}] ").endswith(f"= [{' '.join(rounded(layer['h'][end]))}]")
        if cell == "lstm":
            assert after(page, f"c_n[{row}] ").endswith(f"= [{' '.join(rounded(layer['c'][end]))}]")
    assert ("c_n" in page) == (cell == "lstm")
    assert "FIRST step: has read one vector, [forward h_4; backward h_4] of layer 0" in after(page, "output[-1, 3:6] ")
    assert "LAST step: has read d, c, b, a" in after(page, "output[0, 3:6] ")


def test_a_single_backward_layer_has_read_one_word_at_its_first_step(call: Command) -> None:
    page = call("forward", "a b c d", "--cell", "rnn", "--bidirectional", "--explain-shapes").stdout
    assert "FIRST step: has read d alone" in after(page, "output[-1, 3:6] ")
    assert "output[-1] is not a summary" in page
    single = call("forward", "a b", "--cell", "rnn", "--explain-shapes").stdout
    assert "has read a, b" in after(single, "output[-1] ")
    assert "backward" not in single


def test_what_is_saved_is_what_is_printed(call: Command, sentences: str, tmp_path: Path) -> None:
    files = {suffix: tmp_path / f"page{suffix}" for suffix in FORMATS}
    saves = [part for path in files.values() for part in ("--save", str(path))]
    printed = call("forward", "--file", sentences, *saves)
    assert printed.code == 0
    assert files[".txt"].read_text(encoding="utf-8") == printed.stdout
    assert strict_json(files[".json"].read_text()) == document(call("forward", "--file", sentences, "--json"))
    svg = files[".svg"].read_text(encoding="utf-8").replace("&#160;", " ")
    assert 'xml:space="preserve"' in svg
    assert f"rnn forward --file {sentences} --json --lines" in svg  # wider than the page, and not cut
    assert "positive" in files[".html"].read_text(encoding="utf-8")


def test_hostile_words_do_nothing(call: Command, tmp_path: Path) -> None:
    text = "a\x1b]0;x\x07 [red]b[/x] \u202e c"
    page = call("forward", text)
    path = tmp_path / "hostile.txt"
    path.write_text("[red]\u202e\x1b[/x]\n" * 2, encoding="utf-8")
    many = call("forward", "--file", str(path))
    for result in (page, many):
        assert result.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)
        assert "\\u202e" in result.stdout
        assert "red" in result.stdout


def test_the_installed_command_prints_tables_without_colour_into_a_pipe(rnn: Command) -> None:
    result = rnn("forward", "I love NLP", "--cell", "lstm")
    assert (result.code, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    assert "f[t][3]" in result.stdout
    assert "Notice" in result.stdout


@pytest.mark.parametrize("cell", EVERY_CELL)
def test_the_next_command_promises_no_module_that_pytorch_lacks(call: Command, cell: str) -> None:
    """The page speaks of PyTorch's output only where PyTorch has the cell."""
    page = call("forward", "a b", "--cell", cell).stdout
    assert ("PyTorch" in page.rpartition("Next")[2]) == (cell in cells_that_torch_has())


def test_explain_padding_shows_every_state(call: Command, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("I love NLP\nI hate\n")
    page = call("forward", "--file", str(texts), "--explain-padding", "--cell", "lstm", "--bidirectional").stdout
    held = page[page.index("What h_n holds") : page.index("What output[-1]")]
    assert held.count("after t  h_n") == held.count("after t  c_n") == 1
    assert held.count("b=2  layer 0 backward") >= 2
    assert "…" not in page


@pytest.mark.parametrize("bias", [0.0, 0.5])
def test_states_that_are_all_zero_are_at_no_limit(bias: float, call: Command, tmp_path: Path) -> None:
    path, model = tmp_path / "zeros.csv", tmp_path / "model.json"
    path.write_text("0,0\n0,0\n", encoding="utf-8")
    layer = {"W_xh": [[1, 1]], "W_hh": [[1]], "b_h": [bias]}
    model.write_text(json.dumps({"format": "rnn.model/1", "parameters": {"layers": [layer]}}), encoding="utf-8")
    page = " ".join(call("forward", "--input", str(path), "--model", str(model)).stdout.split())
    assert ("every hidden value is 0, midway between" in page) == (bias == 0)
    assert ("is the closest to tanh's limits" in page) == (bias != 0)
