"""--plot of rnn trace and rnn forward: the hidden states as a figure."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.plots.states import states_figure
from tests.support.command import Result


def test_the_figure_has_the_chosen_units() -> None:
    h = np.arange(12.0).reshape(3, 4)
    figure = states_figure("t", ("a", "b", "c"), h, (2, 4))
    assert [curve.label for curve in figure.curves] == ["unit 2", "unit 4"]
    assert list(figure.curves[1].y) == [3.0, 7.0, 11.0]
    assert list(figure.names) == [(1.0, "a"), (2.0, "b"), (3.0, "c")]


@pytest.mark.parametrize("command", ["trace", "forward"])
def test_a_figure_of_the_hidden_states(command: str, call: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    path = tmp_path / "h.svg"
    result = call(command, "I love NLP", "--plot", str(path))
    assert (result.code, result.stderr) == (0, "")
    assert "unit 3" in path.read_text()


@pytest.mark.parametrize("command", ["trace", "forward"])
def test_an_unknown_format_is_refused(command: str, call: Callable[..., Result], tmp_path: Path) -> None:
    result = call(command, "I love NLP", "--plot", str(tmp_path / "h.bmp"))
    assert (result.code, result.stdout) == (2, "")
    assert "expected one of .png" in result.stderr
