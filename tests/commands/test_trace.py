"""rnn trace through the real command: the textbook's numbers, hostile text, every terminal, every mistake."""

import json
import math
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from rnn_cli.output.console import PIPE_WIDTH
from rnn_cli.output.emit import FORMATS
from tests.support.command import Result, call_on_terminal, environment
from tests.support.models import VANILLA
from tests.support.networks import slow_but, slow_if

Command = Callable[..., Result]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
IMDB = ("trace", "This movie was fantastic and I loved it.", "--model", "imdb")
NLP = ("trace", "I love NLP")


def good(result: Result) -> Result:
    """The result of a command that must have gone well and quietly."""
    assert (result.code, result.stderr) == (0, "")
    return result


# The textbook's numbers


def test_the_imdb_example(call: Command) -> None:
    document = good(call(*IMDB, "--json")).document()
    assert document["schema"] == "rnn.trace/1"
    assert document["tokens"] == ["this", "movie", "was", "fantastic", "and", "i", "loved", "it", "."]
    assert document["ids"] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert document["known"] == [True] * 9
    assert document["inputs"][0] == [0.2, -0.1, 0.4, 0.6]
    first, second = document["steps"][:2]
    (gate,) = first["gates"]
    assert gate["terms"]["input"] == pytest.approx([-0.06, 0.08, 0.19], abs=1e-15)
    assert gate["terms"]["recurrent"] == [0, 0, 0]
    assert gate["pre_activation"] == pytest.approx([-0.05, 0.06, 0.22], abs=1e-15)
    assert first["h"] == pytest.approx([-0.049958, 0.059928, 0.216518], abs=5e-7)
    (gate,) = second["gates"]
    assert gate["terms"]["input"] == pytest.approx([0.16, -0.26, -0.075], abs=1e-15)
    assert gate["terms"]["recurrent"] == pytest.approx([0.038308, -0.003673, 0.015984], abs=5e-7)
    assert second["h"] == pytest.approx([0.205346, -0.276301, -0.029007], abs=5e-7)


def test_the_imdb_page_writes_the_first_product_out(call: Command) -> None:
    page = good(call(*IMDB)).stdout
    assert "0.1·0.2 + 0.2·(-0.1) + 0·0.4 + (-0.1)·0.6" in page
    assert "-0.0600" in page
    assert "does not depend on T" in page.replace("\n           ", " ")


@pytest.mark.parametrize(
    ("text", "label", "least", "most"),
    [("I love NLP", "positive", 0.85, 0.95), ("I hate NLP", "negative", 0.65, 1.0)],
)
def test_the_nlp_example(call: Command, text: str, label: str, least: float, most: float) -> None:
    document = good(call("trace", text, "--json")).document()
    assert document["prediction"] == label
    assert document["known"] == [True, True, True]
    share = document["probabilities"][["negative", "positive"].index(label)]
    assert least < share < most
    assert sum(document["probabilities"]) == pytest.approx(1, abs=1e-15)


def test_the_document_recomputes_from_itself(call: Command) -> None:
    """h from the document's own x, weights of the model file and nothing else."""
    document = good(call(*NLP, "--json")).document()
    layer = json.loads((Path(__file__).parents[2] / "samples/models/nlp.json").read_text())["parameters"]["layers"][0]
    h = [0.0] * 3
    for step in document["steps"]:
        h = [
            math.tanh(
                sum(w * x for w, x in zip(layer["W_xh"][k], step["x"], strict=True))
                + sum(w * v for w, v in zip(layer["W_hh"][k], h, strict=True))
                + layer["b_h"][k]
            )
            for k in range(3)
        ]
        assert step["h"] == pytest.approx(h, abs=1e-15)


KEYS = {"schema", "model", "text", "tokens", "ids", "known", "inputs", "steps", "logits", "probabilities", "prediction"}
MODEL_KEYS = {
    "name", "cell", "activation", "input_size", "hidden_size", "num_layers", "bidirectional", "task", "parameter_count", "dtype",
}  # fmt: skip
STEP_KEYS = {"t", "token", "layer", "direction", "x", "h_prev", "c_prev", "gates", "c", "h"}
GATE_KEYS = {"name", "terms", "symbols", "pre_activation", "activation", "value"}


@pytest.mark.parametrize(
    ("options", "gates"),
    [
        (("--cell", "rnn", "--activation", "relu"), "h"),
        (("--cell", "lstm", "--num-layers", "2"), "ifgo"),
        (("--cell", "gru", "--bidirectional"), "rzn"),
        (("--cell", "gru", "--reset-before", "--task", "many-to-many"), "rzn"),
    ],
)
def test_the_document_has_the_keys_of_the_contract(call: Command, options: tuple[str, ...], gates: str) -> None:
    document = good(call(*NLP, *options, "--hidden-size", "2", "--json")).document()
    assert set(document) == KEYS
    assert set(document["model"]) >= MODEL_KEYS
    directions = 2 if "--bidirectional" in options else 1
    layers = document["model"]["num_layers"]
    assert len(document["steps"]) == 3 * directions * layers
    for step in document["steps"]:
        assert set(step) >= STEP_KEYS
        assert "".join(gate["name"] for gate in step["gates"]) == gates
        assert (step["c"] is None) == (gates != "ifgo")
        for gate in step["gates"]:
            assert set(gate) == GATE_KEYS
            assert set(gate["terms"]) == set(gate["symbols"]) == {"input", "recurrent", "bias"}
            total = [sum(values) for values in zip(*gate["terms"].values(), strict=True)]
            assert gate["pre_activation"] == pytest.approx(total, abs=1e-15)
    many = "many-to-many" in options
    assert len(document["logits"]) == (3 if many else 2)
    assert isinstance(document["prediction"], list if many else str)


def test_the_same_command_gives_the_same_bytes(rnn: Command, call: Command) -> None:
    command = ("trace", "some unknown words", "--cell", "gru", "--seed", "7", "--json")
    first, second = rnn(*command, env={"PYTHONHASHSEED": "1"}), rnn(*command, env={"PYTHONHASHSEED": "2"})
    assert good(first).raw == good(second).raw
    assert good(call(*command)).stdout == first.stdout
    assert good(call(*command[:-2], "8", "--json")).stdout != first.stdout


def test_floats_round_trip(call: Command) -> None:
    text = call(*NLP, "--json").stdout
    assert json.dumps(json.loads(text)) == text.strip()


# Hostile text


HOSTILE = "a\x1b]0;x\x07 [red]b[/x] \u202e c \x9b31m \u2066d\u2028e \x00f"


@pytest.mark.parametrize("view", [(), ("--json",), ("--why", "h[2][1]"), ("--blank",), ("--answers",)])
def test_hostile_text_takes_no_effect(call: Command, view: tuple[str, ...]) -> None:
    result = good(call("trace", HOSTILE, *view))
    for character in "\x1b\x07\u202e\u2066\x9b\x00\u2028":
        assert character not in result.stdout
    if not view:
        assert "[red]" in result.stdout.replace(" | ", "")
        assert "\\x1b" in result.stdout


def test_hostile_text_takes_no_effect_in_saved_files(call: Command, tmp_path: Path) -> None:
    names = [str(tmp_path / f"p{suffix}") for suffix in FORMATS]
    good(
        call("trace", HOSTILE.replace("\x00", "") + "<script>alert(1)</script> &amp;", *(f"--save={n}" for n in names))
    )
    for name in names:
        content = Path(name).read_text(encoding="utf-8")
        for character in "\x1b\x07\u202e\u2066\x9b":
            assert character not in content
        if name.endswith(("svg", "html")):
            assert "<script>" not in content


def test_hostile_text_through_the_real_command(rnn_tty: Callable[[int], Command]) -> None:
    result = good(rnn_tty(80)("trace", HOSTILE.replace("\x00", "")))
    rest = ESCAPE.sub("", result.stdout)
    for character in "\x1b\x07\u202e\u2066\x9b":
        assert character not in rest


def test_hostile_names_in_a_model_take_no_effect(call: Command, tmp_path: Path) -> None:
    bad = "\x1b[31m\u202e[/x]\ud800"
    model = {**VANILLA, "name": bad, "labels": [bad, "yes"], "embedding": {"a": [1, 2], bad: [3, 4]}}
    (tmp_path / "m.json").write_text(json.dumps(model))
    for view in ((), ("--blank",), ("--why", "logits[1]"), ("--json",)):
        result = good(call("trace", "a", "--model", str(tmp_path / "m.json"), *view))
        assert "\x1b" not in result.stdout
        assert "\u202e" not in result.stdout


def test_hostile_file_names_take_no_effect_in_messages(call: Command, tmp_path: Path) -> None:
    for name in ("\x1b[31mred", "\u202eabc", "[/x]"):
        result = call("trace", "a", "--model", str(tmp_path / name))
        assert result.code == 2
        assert "\x1b" not in result.stderr
        assert "\u202e" not in result.stderr


# Terminals, pipes, encodings


def test_a_pipe_gets_no_escapes_and_whole_numbers(rnn: Command) -> None:
    result = good(rnn(*NLP))
    assert "\x1b" not in result.stdout
    assert "…" not in result.stdout
    assert "h_3  NLP   +0.9771" in result.stdout


@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_gets_colour_and_no_line_wider_than_itself(columns: int) -> None:
    result = good(call_on_terminal(NLP, columns))
    assert "\x1b[" in result.stdout
    rest = ESCAPE.sub("", result.stdout)
    assert "\x1b" not in rest
    assert max(map(cell_len, rest.splitlines())) <= columns
    assert "does not depend on T" in " ".join(rest.split())


@pytest.mark.parametrize(
    "command",
    [
        (*IMDB,),
        (*NLP, "--cell", "lstm", "--hidden-size", "2", "--steps", "1"),
        (*NLP, "--cell", "gru", "--bidirectional", "--num-layers", "2"),
        (*NLP, "--why", "h[3][1]"),
        (*NLP, "--blank"),
        ("trace", "我爱自然语言 👩‍👩‍👧‍👦 مُحَمَّد हिन्दी"),
    ],
    ids=lambda command: " ".join(command[1:])[:40],
)
def test_no_line_is_wider_than_80_columns(
    call: Command, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for line in good(call(*command)).stdout.splitlines():
        if "  rnn " not in line:  # a command to copy stays on one line
            assert cell_len(line) <= 80, line


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_terminals_that_want_no_colour_get_none(changes: dict[str, str]) -> None:
    result = good(call_on_terminal(NLP, 80, changes))
    colours = re.findall(r"\x1b\[([0-9;]*)m", result.stdout)
    assert not [one for one in colours if re.search(r"(^|;)(3[0-9]|4[0-9]|9[0-7])(;|$)", one)]
    if changes.get("TERM") == "dumb":
        assert "\x1b" not in result.stdout


def test_no_color_option() -> None:
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", good(call_on_terminal([*NLP, "--no-color"], 80)).stdout)


def test_force_color_colours_a_page_that_is_no_terminals(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in good(call(*NLP)).stdout
    assert "\x1b" not in good(call(*NLP, "--json")).stdout


ASCII = {"PYTHONIOENCODING": "ascii"}


@pytest.mark.parametrize(
    "changes",
    slow_if([{"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}, ASCII], ASCII),
    ids=str,
)
def test_streams_without_unicode_get_ascii(rnn: Command, changes: dict[str, str]) -> None:
    result = good(rnn("trace", "I love NLP 我 é", env=changes))
    assert result.raw.isascii()
    assert "0.6*0.1 + 0.9*0.3" in result.stdout


@pytest.mark.parametrize(
    "command",
    slow_if(
        [NLP, (*NLP, "--json"), ("trace", "word " * 300, "--steps", "all"), ("trace", "word " * 300, "--json")],
        NLP,
        (*NLP, "--json"),
    ),
    ids=["page", "json", "long page", "long json"],
)
def test_a_reader_that_leaves_is_no_error(tmp_path: Path, command: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rnn_cli", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(None),
    )
    assert process.stdout is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


def test_a_full_disk_is_the_systems_refusal(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rnn_cli", *NLP],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment(None),
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


# Mistakes


def mistakes() -> Iterator[tuple[tuple[str, ...], int, str]]:
    """Arguments of rnn trace, the exit code and a part of the message. FILE stands for a folder of files."""
    yield ((), 2, "or --ids 3,1,7")
    for text in ("", "  ", "\n"):
        yield ((text,), 2, "holds no word")
    yield (("a", "b"), 2, 'needs quotes: rnn trace "a b"')
    yield (("a", "--bogus"), 2, "--bogus")
    yield (("a", "--model"), 2, "--model")
    yield (("a", "--model", "nothing"), 2, "no bundled model")
    yield (("a", "--model", "FILE"), 2, "folder")
    yield (("a", "--model", "FILE/broken.json"), 4, "broken.json:2:1: not JSON")
    yield (("a", "--model", "FILE/pickle.pt"), 4, "refused")
    yield (("a", "--model", "FILE/cut.safetensors"), 4, "safetensors")
    yield (("a", "--model", "nlp", "--cell", "lstm"), 2, "one or the other")
    yield (("a", "--cell", "transformer"), 2, "rnn, lstm, gru")
    yield (("a", "--activation", "gelu"), 2, "tanh or relu")
    yield (("a", "--cell", "lstm", "--activation", "relu"), 2, "--activation")
    yield (("a", "--cell", "lstm", "--reset-before"), 2, "--reset is for --cell gru")
    yield (("a", "--task", "few-to-few"), 2, "many-to-one")
    yield (("a", "--labels", "x,x"), 2, "different names")
    yield (("a", "--labels", ","), 2, "different names")
    for size in ("0", "-1", "x", "1.5", "nan"):
        yield (("a", "--hidden-size", size), 2, "--hidden-size")
    yield (("a", "--hidden-size", "999999999"), 2, "1 to 100,000")
    yield (("a", "--num-layers", "999999999999"), 2, "1 to 1,000")
    yield (("a", "--seed", "-1"), 2, "--seed")
    yield (("a", "--seed", "x"), 2, "--seed")
    for precision in ("99", "0", "-1", "x"):
        yield (("a", "--precision", precision), 2, "--precision")
    for steps in ("2", "0", "x", "2:1", ""):
        yield (("a", "--steps", steps), 2, "--steps")
    yield (("a", "--unit", "4"), 2, "there are 1 to 3")
    yield (("a", "--layer", "1"), 2, "there are 0 to 0")
    yield (("a", "--direction", "backward"), 2, "this network has forward")
    for why in ("", "h", "h[2][1]", "h[1][4]", "c[1][1]", "logits[3]", "h[1]"):
        yield (("a", "--why", why), 2, "--why")
    yield (("a", "--why", "h[1][1]", "--blank"), 2, "--why")
    yield (("a", "--why", "h[1][1]", "--answers"), 2, "--why")
    yield (("a", "--blank", "--answers"), 2, "--blank")
    yield (("a", "--json", "--blank"), 2, "--json")
    yield (("a", "--json", "--answers"), 2, "--json")
    yield (("a", "--file", "FILE/s.txt"), 2, "not several")
    yield (("a", "--input", "FILE/x.json"), 2, "not several")
    yield (("--file", "FILE/none.txt"), 2, "none.txt")
    yield (("--file", "FILE"), 2, "folder")
    yield (("--file", "FILE/empty.txt"), 2, "no line holds text")
    yield (("--file", "FILE/two.txt"), 2, "several")
    yield (("--file", "FILE/latin.txt"), 2, "latin.txt:1:2: not UTF-8")
    yield (("--input", "FILE/none.json"), 2, "none.json")
    yield (("--input", "FILE/broken.json"), 2, "broken.json:2:1")
    yield (("--input", "FILE/x.csv"), 2, "x.csv:2:1: 'y' is not a number")
    yield (("--input", "FILE/x.json"), 2, "vectors of 3 numbers, but nlp reads 2")
    yield (("--input", "FILE/s.txt"), 2, "no row of numbers")
    yield (("a", "--save", "x.pdf"), 2, ".svg, .html, .txt, .md, .tex, .json")
    yield (("a", "--save", "x"), 2, ".svg")
    yield (("a", "--save", ""), 2, ".svg")
    yield (("a", "--save", "FILE/none/x.txt"), 2, "none/x.txt")
    yield (("a", "--save", "FILE/folder.txt"), 2, "folder.txt")


MISTAKES = list(mistakes())


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of files that go wrong in their own ways."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "broken.json").write_text("{\n")
    (folder / "pickle.pt").write_bytes(b"\x80\x04.")
    (folder / "cut.safetensors").write_bytes(b"\0" * 12)
    (folder / "s.txt").write_text("hello\n")
    (folder / "two.txt").write_text("hello\nworld\n")
    (folder / "empty.txt").write_text("\n")
    (folder / "latin.txt").write_bytes(b"a\xe9\xea\xeb\xec\n")
    (folder / "x.json").write_text("[[1, 2, 3]]")
    (folder / "x.csv").write_text("1\ny\n")
    (folder / "folder.txt").mkdir()
    return folder


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    MISTAKES,
    ids=[" ".join(one[0]).replace("\n", "\\n") or "(none)" for one in MISTAKES],
)
def test_a_mistake_gets_one_message_and_writes_nothing(
    call: Command,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    before = sorted(files.rglob("*"))
    result = call("trace", *(one.replace("FILE", str(files)) for one in arguments))
    assert (result.code, result.stdout) == (code, ""), result.stderr
    assert message in result.stderr
    assert result.stderr.startswith("rnn: ")
    assert 1 <= len(result.stderr.splitlines()) <= 2
    assert "Traceback" not in result.stderr
    assert list(work.iterdir()) == []
    assert sorted(files.rglob("*")) == before


def test_a_mistake_in_a_save_is_found_before_anything_is_written(call: Command, tmp_path: Path) -> None:
    result = call(*NLP, "--save", str(tmp_path / "a.txt"), "--save", str(tmp_path / "b.pdf"))
    assert (result.code, result.stdout) == (2, "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(call: Command, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    result = call(*NLP, "--save", str(folder / "x.txt"))
    assert (result.code, result.stdout) == (1, "")
    assert "ermission" in result.stderr


def test_the_exit_code_and_streams_of_a_real_process(rnn: Command) -> None:
    result = rnn("trace", "")
    assert (result.code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("closed", slow_if(["<&-", ">&-", "2>&-", "<&- >&- 2>&-"], ">&-", "2>&-"))
def test_streams_that_are_closed_are_no_fault(tmp_path: Path, closed: str) -> None:
    script = f'"{sys.executable}" -m rnn_cli trace "I love NLP" {closed}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, cwd=tmp_path, env=environment(None), check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "locale"),
    slow_but([(("-",), "C")], ((("-",), "C"), (("--file", "-"), "C.UTF-8"), (("--input", "-"), "C"))),
)
def test_stdin_that_is_no_text(rnn: Command, arguments: tuple[str, ...], locale: str) -> None:
    result = rnn("trace", *arguments, stdin=b"a \xff", env={"LC_ALL": locale})
    assert (result.code, result.stdout) == (2, "")
    assert "not UTF-8" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_text_that_is_no_utf8_is_shown_as_escapes(rnn: Command) -> None:
    result = good(rnn("trace", "a \udcff"))
    assert "\\udcff" in result.stdout


def test_a_message_stays_short_whatever_the_file_is_called(call: Command) -> None:
    result = call("trace", "a", "--model", "x" * 100_000)
    assert result.code in (1, 2)
    assert len(result.stderr) < 2000


def test_a_vector_that_is_not_shown_whole_has_one_row_on_a_page_of_80(
    call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ("trace", "certainly adequately", "--cell", "rnn", "--input-size", "20")
    first, last = call(*words, "--json").document()["inputs"][1][4::15]
    rows = [line.split() for line in call(*words).stdout.splitlines() if line.startswith("  x_2  adequately")]
    assert [row[-3:] for row in rows] == [[f"{first:+.4f}", "…", f"{last:+.4f}"]]


@pytest.mark.parametrize("columns", ["1", "7", "99999999999", "0", "-3", "wide"])
def test_odd_widths(call: Command, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert "+0.9443" in good(call(*NLP)).stdout


def test_debug_shows_the_traceback(call: Command) -> None:
    result = call("trace", "", "--debug")
    assert result.code == 2
    assert "Traceback" in result.stderr
    assert "NoWord" in result.stderr


# Sources


def test_text_file_and_stdin_are_the_same_sentence(rnn: Command, call: Command, tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("I love NLP\n")
    wanted = call(*NLP, "--json").stdout
    read = call("trace", "--file", str(tmp_path / "s.txt"), "--json").document()
    assert read.pop("read") == {str(tmp_path / "s.txt"): {"encoding": "UTF-8"}}
    assert read == json.loads(wanted)
    assert good(rnn("trace", "--file", "-", "--json", stdin="I love NLP\n")).stdout == wanted
    document = good(rnn("trace", "-", "--json", stdin="I love NLP")).document()
    assert document["steps"] == json.loads(wanted)["steps"]


def test_numbers(call: Command, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[[0.1, 0.3], [0.7, 0.9], [0.4, 0.5]]")
    document = good(call("trace", "--input", str(tmp_path / "x.json"), "--json")).document()
    assert document["tokens"] is None
    assert document["steps"][2]["h"] == call(*NLP, "--json").document()["steps"][2]["h"]
    page = good(call("trace", "--input", str(tmp_path / "x.json"))).stdout
    assert "x_3" in page
    built = good(call("trace", "--input", str(tmp_path / "x.json"), "--cell", "lstm", "--json")).document()
    assert built["model"]["input_size"] == 2


def test_one_token(call: Command) -> None:
    document = good(call("trace", "love", "--json")).document()
    assert len(document["steps"]) == 1
    for view in ((), ("--why", "h[1][1]"), ("--blank",), ("--answers",), ("--cell", "gru", "--bidirectional")):
        assert good(call("trace", "love", *view)).stdout


@pytest.mark.slow
def test_ten_thousand_tokens(call: Command) -> None:
    text = "word " * 10_000
    page = good(call("trace", text)).stdout
    assert len(page.splitlines()) < 200
    assert "10,000 tokens" in page
    document = good(call("trace", text, "--json")).document()
    assert len(document["steps"]) == 10_000


def test_the_last_of_many_steps_unfolds(call: Command) -> None:
    page = good(call("trace", "word " * 1100, "--why", "h[1100][1]")).stdout
    assert len(page.splitlines()) < 700


def test_numbers_that_leave_the_finite_range(call: Command, tmp_path: Path) -> None:
    layer = {"W_xh": [[1e300]], "W_hh": [[1e300]], "b_h": [0]}
    model = {
        "format": "rnn.model/1",
        "activation": "relu",
        "embedding": {"x": [1e300]},
        "parameters": {"layers": [layer], "readout": {"W_hy": [[1], [-1]], "b_y": [0, 0]}},
    }
    (tmp_path / "m.json").write_text(json.dumps(model))
    command = ("trace", "x x", "--model", str(tmp_path / "m.json"))
    document = call(*command, "--json").document()
    assert document["steps"][0]["h"] == [None]
    assert "steps[0].h[0]" in document["non_finite"]
    for path in document["non_finite"]:
        here: Any = document
        for part in re.findall(r"\w+", path):
            here = here[int(part) if part.isdigit() else part]
        assert here is None
    for view in ((), ("--why", "h[2][1]"), ("--blank",), ("--answers",)):
        result = call(*command, *view)
        assert result.code == 3
        assert "W_xh x_t left the finite range at step 1, unit 1" in result.stderr
        assert "W_xh x_t left the finite range at step 1, unit 1" in " ".join(result.stdout.split())


# Choosing a part


def test_no_arithmetic(call: Command) -> None:
    page = good(call(*NLP, "--no-arithmetic")).stdout
    assert "·" not in page
    assert "Memory over time" in page


def test_steps_and_units(call: Command) -> None:
    page = good(call(*IMDB, "--steps", "2:3", "--unit", "1")).stdout
    assert "Step 2 of 9" in page
    assert "Step 3 of 9" in page
    assert "Step 1 of 9" not in page
    assert "unit 2" not in page.split("Notice")[0]


def test_layer_and_direction(call: Command) -> None:
    options = ("--cell", "rnn", "--num-layers", "2", "--bidirectional", "--layer", "1", "--direction", "backward")
    page = good(call(*NLP, *options)).stdout
    assert "layer 1, backward" in page
    assert "layer 0, " not in page


def test_precision(call: Command) -> None:
    assert "+0.94" in good(call(*NLP, "--precision", "2")).stdout
    exact = call(*NLP, "--json").document()["steps"][2]["h"][0]
    assert f"{exact:.17f}" in good(call(*NLP, "--precision", "17")).stdout


# One number


def test_why(call: Command) -> None:
    page = good(call(*NLP, "--why", "h[2][1]")).stdout
    assert "h[2][1] = tanh(…) = +0.9443" in page
    assert "W_xh[1][2] · x[2][2]" in page
    reason = good(call(*NLP, "--why", "h[2][1]", "--json")).document()["why"]
    assert reason["of"] == "h[2][1]"
    numbers = {number["name"]: number for number in reason["numbers"]}
    assert reason["value"] == numbers["h[2][1]"]["value"]
    for number in numbers.values():
        total = math.fsum(term["value"] for term in number["terms"])
        assert number["value"] == pytest.approx(math.tanh(total) if number["formula"] else total, abs=1e-15)


@pytest.mark.parametrize("why", ["a_i[2][1]", "c[3][2]", "f[1][1]", "h[3][1]", "logits[2]"])
def test_why_of_an_lstm(call: Command, why: str) -> None:
    page = good(call(*NLP, "--cell", "lstm", "--why", why)).stdout
    assert f"Why {why} = " in page


# Worksheets


BLANK = re.compile(r"\((\d+)\) ________")
WORKSHEETS = [
    ("nlp", NLP),
    ("imdb", (*IMDB, "--steps", "1:2")),
    ("lstm", (*NLP, "--cell", "lstm", "--hidden-size", "2")),
    ("gru", (*NLP, "--cell", "gru", "--hidden-size", "2", "--bidirectional")),
    ("gru before", (*NLP, "--cell", "gru", "--hidden-size", "2", "--reset-before", "--num-layers", "2")),
    ("relu", (*NLP, "--cell", "rnn", "--activation", "relu", "--unit", "2")),
]


@pytest.mark.parametrize(("name", "command"), WORKSHEETS, ids=[one[0] for one in WORKSHEETS])
def test_worksheet_and_key_agree_and_each_answer_recomputes(
    call: Command, name: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every blank's row is evaluated with the key's values for the numbers in brackets."""
    monkeypatch.setenv("COLUMNS", "400")
    sheet = good(call(*command, "--blank", "--precision", "15")).stdout
    key = good(call(*command, "--answers", "--precision", "15")).stdout
    values = {int(n): float(v) for n, v in re.findall(r"^ *\((\d+)\)  \S+ +([-+]?\d\S*)$", key, re.MULTILINE)}
    blanks = [int(number) for number in BLANK.findall(sheet)]
    assert blanks == list(range(1, len(blanks) + 1)) == sorted(values)
    checked = 0
    for line in sheet.splitlines():
        match = BLANK.search(line)
        if match is None:
            continue
        expression = re.split(r"  +", line[: match.start()].rstrip(" ="))[-1]
        assert evaluated(expression, values) == pytest.approx(values[int(match[1])], abs=2e-14), line
        checked += 1
    assert checked == len(blanks)


def evaluated(expression: str, values: dict[int, float]) -> float:
    """An expression as the page writes it; (12), and 12 alone in a function's brackets, are results of that number."""
    expression = re.sub(r"logits\[(\d+)\]", lambda m: f"LOGIT{m[1]}", expression)
    expression = re.sub(r"\((\d+)\)", lambda m: f"V[{m[1]}]", expression)
    expression = re.sub(r"(tanh|sigmoid|relu|exp)V", r"\1(V", expression)
    expression = re.sub(r"(tanh|sigmoid|relu|exp)\(V\[(\d+)\](?!\))", r"\1(V[\2])", expression)
    if "LOGIT" in expression:  # p: exp(logits[k]) / (exp((37)) + exp((38)))
        inside = [int(number) for number in re.findall(r"V\[(\d+)\]", expression)]
        expression = re.sub(r"LOGIT(\d+)", lambda m: f"V[{inside[int(m[1]) - 1]}]", expression)
    names: dict[str, Any] = {
        "V": values,
        "tanh": math.tanh,
        "exp": math.exp,
        "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
        "relu": lambda a: max(a, 0.0),
    }
    return float(eval(expression.replace("·", "*"), {"__builtins__": {}}, names))


def test_a_worksheet_shows_no_answer(call: Command) -> None:
    sheet = good(call(*NLP, "--blank")).stdout
    key = good(call(*NLP, "--answers")).stdout
    given = set(re.findall(r"\d+\.\d+", sheet))
    answers = re.findall(r"[+-](\d+\.\d{4})$", key, re.MULTILINE)
    hidden = [one for one in answers if one.rstrip("0") not in {g.rstrip("0") for g in given}]
    assert len(hidden) > 30
    for one in hidden:
        assert one not in sheet


# Files


def test_saved_files(call: Command, tmp_path: Path) -> None:
    names = {suffix: tmp_path / f"p{suffix}" for suffix in FORMATS}
    result = good(call(*NLP, *(f"--save={name}" for name in names.values())))
    assert "I love NLP" in result.stdout
    saved = {suffix: name.read_text(encoding="utf-8") for suffix, name in names.items()}
    assert all(saved.values())
    svg, html, text, document = (saved[suffix] for suffix in (".svg", ".html", ".txt", ".json"))
    assert svg.startswith("<svg")
    assert "0.9443" in svg
    assert "<html" in html
    assert "0.9443" in html
    assert "\x1b" not in text
    assert "+0.9443" in text
    assert document == call(*NLP, "--json").stdout
    again = tmp_path / "again.svg"
    good(call(*NLP, f"--save={again}"))
    assert again.read_text(encoding="utf-8") == svg


def test_a_saved_page_is_that_of_a_pipe(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    stdout = good(call(*NLP, "--save", str(path))).stdout
    assert PIPE_WIDTH == 100
    assert [line.rstrip() for line in path.read_text(encoding="utf-8").splitlines()] == [
        line.rstrip() for line in stdout.splitlines()
    ]


def test_a_save_replaces_a_file(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("old")
    good(call(*NLP, "--save", str(path)))
    assert "old" not in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


# What the page suggests


@pytest.mark.parametrize(
    "command",
    [NLP, IMDB, (*NLP, "--cell", "gru", "--hidden-size", "2", "--bidirectional", "--seed", "3")],
    ids=["nlp", "imdb", "built"],
)
def test_the_next_commands_run_and_are_about_the_same_network(call: Command, command: tuple[str, ...]) -> None:
    import shlex

    page = good(call(*command)).stdout
    here = call(*command, "--json").document()
    suggestions = re.findall(r"^(?:Next  |      )  (rnn .*?)(?:   .*)?$", page, re.MULTILINE)
    assert suggestions
    for suggestion in suggestions:
        words = shlex.split(suggestion)[1:]
        if words[0] != "trace" or "-h" in words:
            continue
        good(call(*words))
        there = call(*words, "--json").document()
        assert there["model"] == here["model"]
        assert there["steps"] == here["steps"]


def test_chosen_steps_are_the_only_ones_and_the_notice_says_that_it_looks_at_all(call: Command) -> None:
    page = call("trace", "I love NLP", "--steps", "1").stdout
    rows = re.findall(r"^  h_(\d)  ", page.split("Memory over time")[1].split("Unrolled")[0], re.MULTILINE)
    assert rows == ["0", "1", "1"]
    assert "Notice  of all 3 steps: " in page
    assert "of all 3 steps" not in call("trace", "I love NLP", "--steps", "1:3").stdout


def test_the_diagram_counts_its_cells_and_names_both_ends(call: Command) -> None:
    page = call(
        "trace", "I love NLP", "--cell", "gru", "--num-layers", "2", "--bidirectional", "--no-arithmetic"
    ).stdout
    assert "Unrolled in time   4 cells, each drawn once for each step" in page
    assert len(re.findall(r"backward h_1 <.* h_0$", page, re.MULTILINE)) == 2
    assert len(re.findall(r"forward  h_0 .*> h_3$", page, re.MULTILINE)) == 2


def test_why_says_each_number_once_and_one_product_is_no_largest_part(call: Command) -> None:
    page = call("trace", "I love NLP", "--why", "h[2][1]").stdout
    assert re.search(r"^    -> a\[2\]\[1\] +=  \+1\.7764$", page, re.MULTILINE)
    assert "where = tanh(…) stands that function of the sum" in " ".join(page.split())
    assert "biases" in page
    notice = call("trace", "I love NLP", "--cell", "lstm", "--why", "h[3][1]").stdout.split("Notice")[1]
    assert "h[3][1] is one product: o[3][1] · tanh(c[3][1]) = " in notice
    assert "largest" not in notice


@pytest.mark.parametrize("text", ["-5", "-5 below", "--I love"])
def test_a_text_that_begins_with_a_dash(call: Command, text: str) -> None:
    refused = call("trace", text)
    assert refused.code == 2
    assert f'stands behind --: rnn trace -- "{text}"' in refused.stderr
    assert call("trace", "--", text).code == 0
    assert "--factor" not in call("gradients", "a", "--matrix").stderr
    assert "--steps" in call("trace", "a", "--stpes", "1").stderr


def test_moves_that_are_as_large_as_the_largest_are_counted(call: Command, tmp_path: Path) -> None:
    layer = {"W_xh": [[1, 0], [0, 1]], "W_hh": [[0, 0], [0, 0]], "b_h": [0, 0]}
    model = {"format": "rnn.model/1", "embedding": {"a": [1, 0], "b": [0, 1]}, "parameters": {"layers": [layer]}}
    (tmp_path / "m.json").write_text(json.dumps(model))
    page = " ".join(call("trace", "a b", "--model", str(tmp_path / "m.json")).stdout.split())
    assert 'unit 1 moves most at "a" (step 1): from 0.0000 to +0.7616; 2 other moves are as large.' in page
