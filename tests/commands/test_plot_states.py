"""--plot of rnn trace and rnn forward: the hidden states as a figure."""

from collections.abc import Callable
from itertools import pairwise
from math import nan
from pathlib import Path
from typing import Any

import pytest

import rnn_cli as rnn
from rnn_cli.plots.figure import Band, Curve, Figure, Panel, Shades
from rnn_cli.plots.states import states_figure
from rnn_cli.study.forward import ForwardResult
from rnn_cli.study.states import shown_states
from tests.support.command import Result

DEEP: dict[str, Any] = {"num_layers": 2, "bidirectional": True}
TEXT = "the film was long"


def figure_of(hidden_size: int, unit: str | None = None, **more: Any) -> Figure:
    """The figure of a random network, of all that is shown."""
    record = rnn.build("gru", 2, hidden_size, **DEEP).forward(TEXT, unit=unit, **more).record
    assert isinstance(record, ForwardResult)
    return states_figure(shown_states(record))


def test_a_figure_has_every_unit_of_every_layer_and_direction() -> None:
    figure = figure_of(4)
    runs = [(layer, direction) for layer in range(2) for direction in ("forward", "backward")]
    assert [panel.title for panel in figure.panels] == [f"layer {layer}, {direction}" for layer, direction in runs]
    result = rnn.build("gru", 2, 4, **DEEP).forward(TEXT)
    for panel, (layer, direction) in zip(figure.panels, runs, strict=True):
        assert [curve.label for curve in panel.curves] == [f"unit {k}" for k in (1, 2, 3, 4)]
        h = result.states("h", layer=layer, direction=direction)
        assert [list(curve.y) for curve in panel.curves] == h.T.tolist()
    assert [name for _, name in figure.names] == TEXT.split()


def test_a_figure_says_which_of_many_units_it_has() -> None:
    figure = figure_of(40, layer=1)
    assert [panel.title for panel in figure.panels] == [
        f"layer 1, {direction}: 8 of 40 units, those that moved most in one step"
        for direction in ("forward", "backward")
    ]
    assert figure.note == "left out: layer 0"
    assert [curve.label for curve in figure_of(40, "3,7").panels[0].curves] == ["unit 3", "unit 7"]
    shades = figure_of(40, "all").panels[3].shades
    assert shades is not None
    assert list(shades.labels) == [str(unit) for unit in range(1, 41)]
    h = rnn.build("gru", 2, 40, **DEEP).forward(TEXT).states("h", layer=1, direction="backward")
    assert [list(row) for row in shades.rows] == h.T.tolist()


def test_what_is_drawn_can_be_read() -> None:
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    from rnn_cli.plots.draw import draw

    curves, shades = draw(figure_of(12, layer=1)), draw(figure_of(40, "all", layer=1))
    for canvas in (curves, shades):
        canvas.draw_without_rendering()
    for axes in curves.axes:
        assert not axes.get_legend().get_window_extent().overlaps(axes.get_window_extent())
        looks = [(one.get_color(), one.get_linestyle(), one.get_marker()) for one in axes.get_lines()]
        assert len(set(looks)) == len({look[1:] for look in looks}) == 12  # no two differ in colour alone
    images = [image for axes in shades.axes for image in axes.get_images()]
    assert len({image.get_clim() for image in images}) == 1
    for axes in shades.axes[:2]:
        boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))


@pytest.mark.parametrize("command", ["trace", "forward"])
def test_a_figure_of_the_hidden_states(command: str, call: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    path = tmp_path / "h.svg"
    result = call(command, "I love NLP", "--plot", str(path))
    assert (result.code, result.stderr) == (0, "")
    assert "unit 3" in path.read_text()


@pytest.mark.parametrize(("word", "length"), [("a", 90), ("a", 400), ("word", 90)])
def test_the_words_below_do_not_touch(word: str, length: int) -> None:
    """As many as characters of a sentence have: the figure grows, and then names one in several."""
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    from rnn_cli.plots.draw import draw

    shades = Shades("share", [word] * 2, [[0.5] * length] * 2, rows_are="written", signed=False)
    names = [(float(t), word) for t in range(1, length + 1)]
    canvas = draw(Figure("", "read", "written", [Panel("", shades=shades)], names=names))
    canvas.draw_without_rendering()
    assert canvas.get_figwidth() <= 24
    labels = canvas.axes[0].get_xticklabels()
    assert len(labels) >= min(length, 80)
    boxes = [label.get_window_extent() for label in labels]
    if word == "a":
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))
    else:  # they lean: the lines of two lie apart where their ends do
        assert min(b.x1 - a.x1 for a, b in pairwise(boxes)) > labels[0].get_fontsize() * canvas.dpi / 72 * 1.2


def test_panels_of_large_numbers() -> None:
    """No factor stands apart from the numbers, no title leaves the page, an interval of one step is seen."""
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    from rnn_cli.plots.draw import draw

    curve = Curve("forecast", [1, 2], [3.1e9, 3.3e9])
    band = Band("80%", [1, 2], [3.0e9, nan], [3.2e9, nan])
    canvas = draw(
        Figure("a" * 300, "steps", "", [Panel("a word " * 50, [curve, curve], band=band)] * 2, own_scales=True)
    )
    canvas.draw_without_rendering()
    page = canvas.bbox.padded(1)
    for axes in canvas.axes:
        assert axes.yaxis.get_offset_text().get_text() == ""
        assert "3,200,000,000" in [label.get_text() for label in axes.get_yticklabels()]
        assert page.contains(*axes.title.get_window_extent().max)
        (stroke,) = axes.collections
        assert stroke.get_segments()[0].tolist() == [[1, 3.0e9], [1, 3.2e9]]


def test_a_sign_that_the_font_lacks(
    call: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another font draws it where one has it; where none has, one line says so, and an .svg has it as text."""
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    from rnn_cli.plots import fonts

    png, svg = (str(tmp_path / f"h.{suffix}") for suffix in ("png", "svg"))
    alone, lacking = fonts.families("a b")
    assert (fonts.families("a \u24b6")[0][:-1], lacking) == (alone, "")  # a letter in a circle, as STIX has it
    assert call("forward", "a \u24b6", "--cell", "rnn", "--plot", png).stderr == ""
    monkeypatch.setattr(fonts, "_regular", lambda _: [])
    boxed = call("forward", "我 a 爱", "--cell", "rnn", "--plot", png)
    assert (boxed.code, boxed.stderr.count("\n")) == (0, 1)
    assert "--plot: no font of this machine has 我 爱: boxes stand for them" in boxed.stderr
    assert call("forward", "我 a 爱", "--cell", "rnn", "--plot", svg).stderr == ""
    assert ">爱<" in Path(svg).read_text()


@pytest.mark.parametrize("command", ["trace", "forward"])
def test_an_unknown_format_is_refused(command: str, call: Callable[..., Result], tmp_path: Path) -> None:
    result = call(command, "I love NLP", "--plot", str(tmp_path / "h.bmp"))
    assert (result.code, result.stdout) == (2, "")
    assert "expected one of .png" in result.stderr
