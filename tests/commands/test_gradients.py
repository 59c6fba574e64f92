"""rnn gradients from the command line: the values that scripts rely on, pages that teach, refusals that help."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import run_forward
from rnn_cli.models.load import load_model
from rnn_cli.plots.draw import FORMATS
from rnn_cli.plots.figure import Figure
from tests.conftest import Command
from tests.support.cells import EVERY_CELL, cells_with_a_recurrent_matrix
from tests.support.command import Result, environment
from tests.support.networks import slow_if
from tests.support.schemas import validate

Call = Callable[..., Result]


def document(call: Call, *arguments: str) -> Any:
    result = call("gradients", *arguments, "--json")
    assert (result.code, result.stderr) == (0, "")
    return validate(result.document())


@pytest.mark.parametrize(
    ("factor", "steps", "product"),
    [("0.5", "20", 9.5367431640625e-07), ("1.5", "20", 3325.256730079651), ("0.7", "99", 4.620680728035339e-16)],
)
def test_powers(call: Call, factor: str, steps: str, product: float) -> None:
    found = document(call, "--factor", factor, "--steps", steps)
    assert found["mode"] == "scalar"
    assert found["final"]["product"] == product
    assert [row["k"] for row in found["steps"]] == list(range(1, int(steps) + 1))
    assert not found["sampled"]


def test_powers_beyond_floats(call: Call) -> None:
    small = document(call, "--factor", "0.5", "--steps", "100000")
    assert small["final"]["product"] == 0.0
    assert small["final"]["log10"] == pytest.approx(-30102.99956639812, rel=1e-15)
    assert (small["verdict"], small["half_life"], small["sampled"]) == ("vanishing", pytest.approx(1), True)
    assert len(small["steps"]) <= 200
    assert (small["steps"][0]["k"], small["steps"][-1]["k"]) == (1, 100_000)
    large = document(call, "--factor", "1.5", "--steps", "100000")
    assert large["final"]["product"] is None
    assert "final.product" in large["non_finite"]
    assert large["final"]["log10"] == pytest.approx(17609.125905568124)
    assert (large["verdict"], large["half_life"]) == ("exploding", None)


def test_a_million_steps_need_neither_numpy_nor_rich(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            *("-X", "importtime", "-m", "rnn_cli"),
            *("gradients", "--factor", "0.5", "--steps", "1000000", "--json"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(None),
        check=True,
    )
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert loaded & {"numpy", "rich", "matplotlib"} == set()
    assert json.loads(done.stdout)["final"]["log10"] == pytest.approx(-301029.9956639812)


def test_several_factors_side_by_side(call: Call) -> None:
    found = document(call, "--factor", "0.5", "--factor", "0.9", "--factor", "1.5")
    assert [one["factor"] for one in found["series"]] == [0.5, 0.9, 1.5]
    assert [one["verdict"] for one in found["series"]] == ["vanishing", "vanishing", "exploding"]
    assert found["steps"] == found["series"][0]["steps"]


def test_a_sentence_against_plain_matrices(call: Call) -> None:
    found = document(call, "I love NLP")
    network = load_model("nlp").network
    p = network.packed(0, "forward")
    x = np.array([[0.1, 0.3], [0.7, 0.9], [0.4, 0.5]])
    h = run_forward(network, x[:, None]).output[:, 0]
    J = {t: (1 - h[t - 1] ** 2)[:, None] * p["W_h"] for t in (1, 2, 3)}
    products = {3: np.eye(3), 2: J[3], 1: J[3] @ J[2]}
    assert [(row["k"], row["from_t"], row["to_t"]) for row in found["steps"]] == [(0, 3, 3), (1, 3, 2), (2, 3, 1)]
    assert [row["token"] for row in found["steps"]] == ["NLP", "love", "I"]
    for row in found["steps"]:
        plain = np.linalg.svd(products[row["to_t"]], compute_uv=False)
        assert row["singular_values"] == pytest.approx(list(plain), rel=1e-10)
        assert row["product"] == row["singular_values"][0]
        assert row["saturation"] == pytest.approx(float((h[row["to_t"] - 1] ** 2).mean()))
        assert row["decay"]["log10_weights"] + row["decay"]["log10_saturation"] == pytest.approx(row["log10"])
    for one in found["jacobians"]:
        assert one["singular_values"] == pytest.approx(list(np.linalg.svd(J[one["t"]], compute_uv=False)))
    spectrum = found["spectrum"]
    assert spectrum["spectral_radius"] == pytest.approx(float(np.abs(np.linalg.eigvals(p["W_h"])).max()))
    assert spectrum["lyapunov"][0] == pytest.approx(np.log(found["final"]["product"]) / 2)
    assert found["verdict"] == "vanishing"


def test_the_target_makes_the_loss(call: Call) -> None:
    own = document(call, "I love NLP")
    named = document(call, "I love NLP", "--target", "positive")
    other = document(call, "I love NLP", "--target", "negative")
    assert (own["target"], own["target_is_prediction"]) == ("positive", True)
    assert named["steps"] == own["steps"]
    assert other["loss"] > own["loss"]
    ratio = [a["dL_dh"] / b["dL_dh"] for a, b in zip(other["steps"], own["steps"], strict=True)]
    assert ratio == pytest.approx([ratio[0]] * 3)


@pytest.mark.parametrize("cell", EVERY_CELL)
def test_layers_and_directions(call: Call, cell: str) -> None:
    text = ("a b c d", "--cell", cell, "--num-layers", "2", "--bidirectional")
    found = document(call, *text)
    assert (found["layer"], found["direction"], found["steps"][1]["to_t"]) == (1, "forward", 3)
    back = document(call, *text, "--layer", "0", "--direction", "backward")
    assert (back["layer"], back["steps"][0]["from_t"], back["steps"][-1]["to_t"]) == (0, 1, 4)
    assert [one["t"] for one in back["jacobians"]] == [1, 2, 3, 4]
    joint = {"lstm": "[h; c]", "peephole": "[h; c]", "slstm": "[h; c/n; ln n + m]"}
    assert found["jacobian_of"] == joint.get(cell, "h")


def test_an_output_at_every_step(call: Call) -> None:
    found = document(call, "a b c", "--cell", "gru", "--task", "many-to-many", "--target", "positive")
    assert found["target"] == "positive positive positive"
    assert found["lost_by"] == "product"
    assert all(row["dL_dh"] > 0 for row in found["steps"])


def test_one_word_goes_back_to_the_start(call: Call) -> None:
    found = document(call, "hello")
    assert [(row["k"], row["to_t"], row["token"]) for row in found["steps"]] == [(0, 1, "hello"), (1, 0, "start")]
    assert call("gradients", "hello").code == 0


def test_a_matrix_of_a_given_radius(call: Call) -> None:
    found = document(call, "--spectral-radius", "0.9", "--hidden-size", "16", "--steps", "40")
    assert found["mode"] == "matrix"
    assert found["spectrum"]["spectral_radius"] == pytest.approx(0.9)
    assert [row["k"] for row in found["steps"]] == list(range(1, 41))
    assert len(found["spectrum"]["lyapunov"]) == 16
    turned = document(call, "--spectral-radius", "0.9", "--steps", "40", "--init", "orthogonal", "--drive", "zeros")
    assert turned["final"]["product"] == pytest.approx(0.9**40)
    again = document(call, "--spectral-radius", "0.9", "--hidden-size", "16", "--steps", "40")
    assert again == found
    other = document(call, "--spectral-radius", "0.9", "--hidden-size", "16", "--steps", "40", "--seed", "1")
    assert other["final"] != found["final"]


def test_a_radius_of_zero_and_a_long_way(call: Call) -> None:
    zero = document(call, "--spectral-radius", "0", "--hidden-size", "3", "--steps", "4")
    assert (zero["verdict"], zero["final"]["product"], zero["final"]["log10"]) == ("vanishing", 0.0, None)
    assert call("gradients", "--spectral-radius", "0", "--hidden-size", "3", "--steps", "4").code == 0
    long = document(call, "--spectral-radius", "0.5", "--hidden-size", "4", "--steps", "1200")
    assert long["sampled"]
    assert long["final"]["product"] == 0
    assert long["final"]["log10"] < -330


def test_comparing_cells(call: Call) -> None:
    found = document(call, "a b c d e", "--compare", ",".join(EVERY_CELL), "--hidden-size", "4")
    assert [one["cell"] for one in found["series"]] == list(EVERY_CELL)
    alone = document(call, "a b c d e", "--cell", "lstm", "--hidden-size", "4")
    assert found["series"][EVERY_CELL.index("lstm")]["steps"] == alone["steps"]
    result = call("gradients", "--spectral-radius", "0.9", "--compare", "lstm,gru", "--keep-bias", "4", "--steps", "20")
    assert result.code == 0
    assert "lstm" in result.stdout


def test_a_page_says_what_a_student_can_check(call: Call) -> None:
    page = call("gradients", "--spectral-radius", "0.9", "--steps", "60").stdout
    for words in ("Verdict", "vanishing", "1/e", "under 1%", "is not normal", "Notice", "Next", "W_hh^k"):
        assert words in page
    page = call("gradients", "I love NLP", "--cell", "lstm").stdout
    assert "∏ f_t" in page
    assert "c_t" in page


def test_numbers_as_input(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("1,2\n3,4\n5,6\n", encoding="utf-8")
    found = document(call, "--input", str(path), "--cell", "gru")
    assert found["tokens"] is None
    assert len(found["steps"]) == 3


PAGES = {
    "gradients-factor": ("--factor", "0.5", "--steps", "20"),
    "gradients-factors": ("--factor", "0.5", "--factor", "0.9", "--factor", "1.5", "--steps", "1000"),
    "gradients-nlp": ("I love NLP",),
    "gradients-compare": ("I love NLP", "--compare", "rnn,lstm,gru", "--hidden-size", "8"),
    "gradients-matrix": ("--spectral-radius", "0.9", "--hidden-size", "16", "--steps", "60"),
    "gradients-lstm": ("a b c d e f", "--cell", "lstm", "--hidden-size", "4"),
    "gradients-leading": ("a b c d e f", "--cell", "lstm", "--hidden-size", "40"),
}


WIDE = ("a b c d e f", "--cell", "lstm", "--hidden-size", "40")


def test_of_a_large_state_the_leading_singular_values_and_a_bound(call: Call) -> None:
    few, every = document(call, *WIDE), document(call, *WIDE, "--all-singular-values")
    assert (few["singular_values_shown"], few["singular_values_total"]) == (8, 80)
    assert (every["singular_values_shown"], every["singular_values_total"]) == (80, 80)
    for part in ("steps", "jacobians"):
        for one, other in zip(few[part], every[part], strict=True):
            assert one["singular_values"] == pytest.approx(other["singular_values"][:8], rel=1e-6)
            assert (one["singular_values_shown"], one["singular_values_total"]) == (8, 80)
            assert (
                other["singular_values"][8]
                <= one["singular_values_rest_at_most"]
                <= one["singular_values"][7] * (1 + 1e-6)
            )
            assert other["singular_values_rest_at_most"] is None
    assert len(few["spectrum"]["lyapunov"]) == len(few["spectrum"]["lyapunov_qr"]) == 8
    page = " ".join(call("gradients", *WIDE).stdout.split())
    assert "The 8 leading of 80 directions" in page
    assert "The other 72 singular values are at most" in page
    assert "5 of 80 singular values; the JSON has 8, and --all-singular-values finds all" in page
    assert "--all" not in call("gradients", *WIDE, "--all-singular-values").stdout.partition("Next")[0]


def test_ctrl_c_ends_a_long_way_back(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnn_cli.core.gradients.leading_product import LeadingProduct

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(LeadingProduct, "add", interrupted)
    result = call("gradients", *WIDE)
    assert (result.code, result.stdout) == (130, "")


def test_a_long_way_back_shows_its_share(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    from rnn_cli.output import progress

    shown: list[Any] = []

    @contextmanager
    def live(view: Callable[[], Any], wanted: bool, no_color: bool) -> Any:
        shown.append((view, wanted))
        yield True
        shown.append(view())

    monkeypatch.setattr(progress, "live", live)
    call("gradients", *WIDE)
    assert not shown  # it was soon done
    monkeypatch.setattr(progress, "SOON", -1.0)
    call("gradients", *WIDE)
    assert len(shown) == 2
    assert str(shown[1]).startswith("going back through time: 100%")
    call("gradients", *WIDE, "--json")
    assert [wanted for one in shown if isinstance(one, tuple) for wanted in one[1:]] == [True, False]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", list(PAGES))
def test_page(
    name: str, width: int, call: Call, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    result = call("gradients", *PAGES[name])
    assert (result.code, result.stderr) == (0, "")
    page = result.stdout.partition("\nNext")[0]  # a command is not broken, so that it can be pasted
    assert max(len(line) for line in page.splitlines()) <= width
    golden(f"{name}-{width}", result.stdout)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--factor 0.5"),
        (("--factor", "nan"), "not a finite number"),
        (("--factor", "0.5", "--steps", "0"), "--steps"),
        (("--factor", "0.5", "I love NLP"), "has no meaning beside --factor"),
        (("--factor", "0.5", "--cell", "lstm"), "--cell has no meaning beside --factor"),
        (("--factor", "0.5", "--all-singular-values"), "--all-singular-values has no meaning beside --factor"),
        (("I love NLP", "--steps", "4"), "--steps 4: there are 1 to 3"),
        (("I love NLP", "--init", "identity"), "--init"),
        (("I love NLP", "--target", "sad"), "no class 'sad'"),
        (("I love NLP", "--layer", "1"), "--layer 1"),
        (("I love NLP", "--compare", "rnn"), "at least two"),
        (("I love NLP", "--compare", "rnn,cnn"), "the cells are"),
        (("I love NLP", "--compare", "rnn,gru", "--model", "nlp"), "leave out --model"),
        (("--spectral-radius", "inf"), "not a finite number"),
        (("--spectral-radius", "-1"), "at least 0"),
        (("--spectral-radius", "1", "--init", "x"), "--init x"),
        (("--spectral-radius", "1", "--drive", "x"), "--drive x"),
        (("--spectral-radius", "1", "--model", "nlp"), "leave out --model"),
        (("--spectral-radius", "1", "--activation", "relu", "--cell", "gru"), "--activation is for --cell rnn"),
        (("--factor", "0.5", "--plot", "a.gif"), "--plot a.gif"),
        (("--factor", "0.5", "--save", "a.gif"), "--save a.gif"),
    ],
)
def test_refusals(call: Call, arguments: tuple[str, ...], says: str) -> None:
    result = call("gradients", *arguments)
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr


def test_states_that_overflow_are_an_error_of_numbers(call: Call) -> None:
    result = call("gradients", "--spectral-radius", "3", "--activation", "relu", "--steps", "3000")
    assert (result.code, result.stdout) == (3, "")
    assert "left the finite range at step" in result.stderr


FIRST_BYTES = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def test_figures(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert set(FIRST_BYTES) == set(FORMATS)
    commands = (("--factor", "0.5", "--factor", "1.5"), ("I love $NLP$",), ("a b c", "--compare", "rnn,lstm"))
    for k, arguments in enumerate(commands):
        names = [str(tmp_path / f"{k}{suffix}") for suffix in FIRST_BYTES]
        plots = [part for name in names for part in ("--plot", name)]
        assert call("gradients", *arguments, *plots).code == 0
        once = [Path(name).read_bytes() for name in names]
        for content, first in zip(once, FIRST_BYTES.values(), strict=True):
            assert content.startswith(first)
        if not k:
            assert call("gradients", *arguments, *plots).code == 0
            assert [Path(name).read_bytes() for name in names] == once


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that commands draw, as data: nothing is written, and matplotlib need not be there."""
    figures: list[Figure] = []
    monkeypatch.setattr("rnn_cli.plots.draw.check_plot", lambda _: None)
    monkeypatch.setattr("rnn_cli.plots.draw.save_plots", lambda _, figure: figures.append(figure))
    return figures


@pytest.mark.parametrize("cells", slow_if([("--cell", "gru"), ("--compare", "gru,lstm")], ("--cell", "gru")))
def test_a_figure_has_every_layer_and_direction(cells: tuple[str, ...], call: Call, drawn: list[Figure]) -> None:
    deep = ("we saw the film", *cells, "--num-layers", "3", "--bidirectional")
    page = call("gradients", *deep, "--plot", "x.svg").stdout
    assert page == call("gradients", *deep).stdout
    runs = [(layer, way) for layer in range(3) for way in ("forward", "backward")]
    assert [one.title for one in drawn[0].panels] == [f"layer {layer}, {way} run" for layer, way in runs]
    assert not drawn[0].note
    for panel, (layer, way) in zip(drawn[0].panels, runs, strict=True):
        alone = ("--layer", str(layer), "--direction", way)
        found = document(call, *deep, *alone)
        rows = (found["series"][0] if "series" in found else found)["steps"]
        assert panel.curves[0].y == pytest.approx([row["log10"] for row in rows])
        assert [word for _, word in panel.names] == [row["token"] for row in rows]
    assert call("gradients", *deep, *alone, "--plot", "x.svg").code == 0
    [only] = drawn[1].panels
    assert (only.curves, drawn[1].names) == (panel.curves, panel.names)
    assert drawn[1].title.endswith(": layer 2, backward run")
    assert call("gradients", *deep, "--layer", "0", "--plot", "x.svg").code == 0
    assert [one.curves for one in drawn[2].panels] == [one.curves for one in drawn[0].panels[:2]]


def test_a_figure_without_matplotlib(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = call("gradients", "--factor", "0.5", "--plot", "a.png")
    assert (result.code, result.stdout) == (2, "")
    assert "pip install 'rnn-cli[plot]'" in result.stderr
    assert call("gradients", "--factor", "0.5").code == 0


@pytest.mark.parametrize("cell", cells_with_a_recurrent_matrix())
def test_one_factor_of_a_random_matrix_reaches_the_initial_state(call: Call, cell: str) -> None:
    command = ("gradients", "--spectral-radius", "0.9", "--hidden-size", "3", "--steps", "1", "--cell", cell)
    page = call(*command)
    assert (page.code, page.stderr) == (0, "")
    document = validate(call(*command, "--json").document())
    assert [one["k"] for one in document["steps"]] == [1]
    assert document["final"]["product"] == pytest.approx(document["steps"][0]["factor"], rel=1e-12)


@pytest.mark.parametrize("cell", sorted({*EVERY_CELL} - {*cells_with_a_recurrent_matrix()}))
def test_a_cell_without_a_recurrent_matrix_has_no_radius(call: Call, cell: str) -> None:
    for flags in (("--cell", cell), ("--compare", f"{cell},lstm")):
        result = call("gradients", "--spectral-radius", "0.9", *flags)
        assert (result.code, result.stdout) == (2, "")
        assert f"{cell} has no recurrent matrix" in result.stderr
    page = call("gradients", "a b c", "--compare", f"{cell},lstm").stdout
    assert "--spectral-radius" not in page.rpartition("Next")[2]


def test_a_keep_bias_for_a_cell_without_gates_is_said_to_do_nothing(call: Call) -> None:
    page = call("gradients", "--spectral-radius", "0.9", "--steps", "5", "--keep-bias", "2")
    assert page.code == 0
    assert "--keep-bias is for gates, and rnn has none" in page.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--factor", "0.5", "--steps", "1" + "0" * 400), "--steps"),
        (("--spectral-radius", "0.9", "--steps", "1" + "0" * 12), "from 1 to 312,500"),
        (("--spectral-radius", "0.9", "--hidden-size", "100000"), "--hidden-size"),
        (("--spectral-radius", "0.9", "--input-size", "1" + "0" * 18), "--input-size"),
        (("I love NLP", "--hidden-size", "90000"), "at most 50,000,000"),
        (("I love NLP", "--num-layers", "1" + "0" * 6), "from 1 to 1,000"),
    ],
)
def test_what_would_fill_the_memory_is_refused(call: Command, arguments: tuple[str, ...], says: str) -> None:
    result = call("gradients", *arguments)
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr


def test_a_number_is_a_text_where_a_network_is_named(call: Command) -> None:
    for words in (("--model", "nlp"), ("--cell", "gru"), ("--bidirectional",), ("--compare", "rnn,gru")):
        shown = call("gradients", "2024", *words)
        assert shown.code == 0, shown.stderr
        assert '"2024"' in shown.stdout or "2024" in shown.stdout.splitlines()[0]
        assert "needs quotes" in call("gradients", "20", "24", *words).stderr
    for line in ("2024", "20 24", "0.5 --steps 3"):
        assert "is a number and not a sentence" in call("gradients", *line.split()).stderr


def test_a_figure_names_its_powers_as_the_page_does(call: Command) -> None:
    from rnn_cli.plots.powers import powers_figure
    from rnn_cli.study.powers import powers_of

    factors = [1.0, 0.5, -1.5]
    labels = [curve.label for curve in powers_figure(powers_of(factors, 3)).panels[0].curves]
    page = call("gradients", *(word for one in factors for word in ("--factor", str(one))), "--steps", "3").stdout
    assert labels == ["1^k", "0.5^k", "|(-1.5)^k|, its sign alternates"]
    assert all(label.strip("|").partition("|")[0] in page for label in labels)
