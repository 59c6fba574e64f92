"""rnn predict --steps: a forecast that is read as if it had come, and intervals from the errors of such forecasts."""

import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import DIFFERENCE, FORMS, GROWTH
from rnn_cli.errors import InputError
from rnn_cli.study.rollout import COVERED, LEAST
from tests.conftest import Command
from tests.support.networks import each_value_once
from tests.support.schemas import validate

ROWS, WINDOW = 150, 5
T = np.arange(ROWS)
SERIES = np.stack([50 + 5 * np.sin(T / 5) + np.random.default_rng(0).normal(size=ROWS), 30 + 0.2 * T], axis=1)


def trained(path: Path, columns: int = 1, **settings: Any) -> rnn.Model:
    """A model of the first columns of SERIES."""
    names = ["a", "b"][:columns]
    (path / "a.csv").write_text("\n".join([",".join(names), *(",".join(map(repr, row)) for row in SERIES[:, :columns].tolist())]) + "\n")  # fmt: skip
    asked = {"window": WINDOW, "hidden_size": 4, "max_steps": 30, "validation": "0.2", **settings}
    rnn.train(str(path / "a.csv"), "forecast", out=str(path / "m.safetensors"), **asked)
    return rnn.load(str(path / "m.safetensors"))


def answer(model: rnn.Model, rows: Array, **asked: Any) -> dict[str, Any]:
    """The one prediction of its document."""
    document = validate(model.predict(rows, **asked).document())
    found: dict[str, Any] = document["predictions"][0]
    return found


@pytest.mark.parametrize(("form", "horizon"), each_value_once(product(FORMS, (1, 3))))
def test_a_forecast_is_read_as_if_it_had_come(tmp_path: Path, form: str, horizon: int) -> None:
    model = trained(tmp_path, 2, form=f"{form},difference", horizon=horizon)
    rows = SERIES[-40:]
    said = answer(model, rows, steps=7)["prediction"]
    assert len(said) == 7
    by_hand = rows
    while len(by_hand) < 47:
        by_hand = np.concatenate([by_hand, answer(model, by_hand)["prediction"]])
    np.testing.assert_allclose(said, by_hand[40:47], rtol=1e-9)


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        pytest.param(DIFFERENCE, {"horizon": 4}, marks=pytest.mark.slow),
        (GROWTH, {}),
        pytest.param("level", {"every_step": True}, marks=pytest.mark.slow),
    ],
)
def test_intervals_hold_the_share_of_the_errors_that_they_say(tmp_path: Path, form: str, asked: dict[str, Any]) -> None:
    model = trained(tmp_path, form=form, **asked)
    found = answer(model, SERIES[:, :1], steps=25)
    intervals = found["intervals"]
    assert (intervals["covered"], intervals["within_is_share"]) == (COVERED, [form == GROWTH])
    first = ROWS - ROWS // 5
    assert intervals["errors"] == [ROWS - first - s for s in range(25)]
    for s in (1, 21):
        errors = []
        for origin in range(first - 1, ROWS - s):
            said = answer(model, SERIES[origin - WINDOW + 1 : origin + 1, :1], steps=s)["prediction"][-1][0]
            unit = SERIES[origin, 0] if form == GROWTH else 1.0
            errors.append(abs(said - SERIES[origin + s, 0]) / unit)
        within = intervals["within"][s - 1][0]
        assert sum(one <= within * (1 + 1e-9) for one in errors) >= COVERED * len(errors)
        assert sum(one < within * (1 - 1e-9) for one in errors) < COVERED * len(errors)
        middle, reach = found["prediction"][s - 1][0], within * (SERIES[-1, 0] if form == GROWTH else 1.0)
        assert intervals["low"][s - 1][0] == pytest.approx(middle - reach)
        assert intervals["high"][s - 1][0] == pytest.approx(middle + reach)
    assert [row[0] is None for row in intervals["high"]] == [count < LEAST for count in intervals["errors"]]


def test_the_page_says_what_intervals_rest_on(tmp_path: Path, call: Command) -> None:
    trained(tmp_path, form=DIFFERENCE)
    command = ("predict", str(tmp_path / "m.safetensors"), "--input", str(tmp_path / "a.csv"), "--steps", "25")
    within = call(*command, "--json").document()["predictions"][0]["intervals"]["within"]
    page = " ".join(call(*command).stdout.split())
    assert "So many steps ahead at least 80% of the errors on the validation part lay within ± that number." in page
    for s in (1, 21):
        assert re.search(rf"\+{s} \S+ ± {within[s - 1][0]:.4f} ", page)
    assert "They rest on 30 errors at 1 step and 10 at 21, which overlap" in page
    assert ". From 22 steps on there are fewer than 10 errors: too few for an interval." in page
    alone = " ".join(call(*command[:-1], "1").stdout.split())
    assert "They rest on 30 errors at 1 step, by which the kept step was chosen." in alone
    (tmp_path / "a.csv").write_text((tmp_path / "a.csv").read_text() + "51.5\n")
    done = call(*command)
    assert "No intervals: the files of its training are not where it read them, or have changed" in done.stdout
    table = tmp_path / "t.csv"
    assert call(*command, "--save", str(table)).code == 0
    assert table.read_text().splitlines()[0] == "input,series,step,a,a low,a high"


def test_too_few_errors_are_counted(tmp_path: Path, call: Command) -> None:
    trained(tmp_path, validation="0.05")
    command = ("predict", str(tmp_path / "m.safetensors"), "--input", str(tmp_path / "a.csv"), "--steps", "3")
    page = call(*command).stdout
    assert f"No intervals: only 8 errors at 1 step, and {LEAST} are needed." in page
    assert "within" not in page


def test_the_half_width_outlives_a_large_number(tmp_path: Path, call: Command) -> None:
    model = trained(tmp_path, form=DIFFERENCE)
    within = answer(model, SERIES[:, :1], steps=1)["intervals"]["within"][0][0]
    (tmp_path / "far.csv").write_text("a\n" + "\n".join(map(repr, (SERIES[:, 0] + 1e120).tolist())) + "\n")
    page = call("predict", str(tmp_path / "m.safetensors"), "--input", str(tmp_path / "far.csv"), "--steps", "1").stdout
    assert f"± {within:.4f}" in page


def test_what_cannot_be_rolled_out(tmp_path: Path, call: Command) -> None:
    model = trained(tmp_path, 2, targets=("a",), horizon=2)
    assert len(answer(model, SERIES[-9:], steps=2)["prediction"]) == 2
    with pytest.raises(InputError, match="the model reads b and does not predict it"):
        model.predict(SERIES[-9:], steps=3)
    refused = call("predict", "nlp", "love", "--steps", "2").stderr
    assert "--steps is for the --input of a model that forecasts" in refused


def test_a_figure_is_of_a_forecast(call: Command) -> None:
    pytest.importorskip("matplotlib")
    assert "--plot draws a forecast: give --steps" in call("predict", "nlp", "love", "--plot", "a.png").stderr


def test_the_figure_has_the_numbers_of_the_document(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from rnn_cli.models.load import load_model
    from rnn_cli.plots.draw import save_plots
    from rnn_cli.plots.forecast import forecast_figure
    from rnn_cli.study.predict import predict

    found = answer(trained(tmp_path), SERIES[:, :1], steps=6)
    result = predict(load_model(str(tmp_path / "m.safetensors")), "m", numbers=[SERIES[:, :1]], source="a.csv", steps=6)
    figure = forecast_figure(result)
    (panel,) = figure.panels
    came, forecast, before = panel.curves
    assert list(came.y) == SERIES[-30:, 0].tolist()
    assert [[y] for y in forecast.y] == found["prediction"]
    assert list(zip(before.x, before.y, strict=True))[-1][0] == came.x[-1] == 0
    assert panel.band is not None
    assert [[y] for y in panel.band.low] == found["intervals"]["low"]
    save_plots([str(tmp_path / "f.png")], figure)
    assert (tmp_path / "f.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("rows", "asked", "why"),
    [
        (60, {"every_step": True}, "no window of 5 steps and 1 more has all its answers in the 4 rows held out (--validation)"),
        (60, {"horizon": 6}, "no window of 5 steps and 6 more has all its answers in the 4 rows held out (--validation)"),
        (7, {}, "0.07 of 7 rows is no row to hold out (--validation)"),
        (60, {"validation": "0"}, "training held nothing out (--validation 0)"),
    ],
)  # fmt: skip
def test_without_a_validation_part_the_reason_is_said(
    tmp_path: Path, call: Command, rows: int, asked: dict[str, Any], why: str
) -> None:
    table = tmp_path / "s.csv"
    table.write_text("a\n" + "\n".join(map(repr, SERIES[:rows, 0].tolist())) + "\n")
    found = {"validation": "0.07", "window": WINDOW, "hidden_size": 2, "max_steps": 1, "form": "level", **asked}
    flags = [
        f"--{name.replace('_', '-')}" + (f"={value}" if value is not True else "") for name, value in found.items()
    ]
    done = call("train", str(table), "--task", "forecast", "--out", str(tmp_path / "m.safetensors"), *flags)
    assert done.code == 0
    if asked.get("validation") == "0":
        assert "nothing held out for validation" in " ".join(done.stderr.split())
    else:
        assert f"none held out for validation: {why}" in " ".join(done.stderr.split())
    model = rnn.load(str(tmp_path / "m.safetensors"))
    intervals = answer(model, SERIES[:, :1], steps=3)["intervals"]
    assert intervals["why_none"].startswith(why)
    page = call("predict", str(tmp_path / "m.safetensors"), "--input", str(table), "--steps", "3").stdout
    assert f"No intervals: {intervals['why_none']}, so that no past errors are known." in " ".join(page.split())
    assert why in call("evaluate", str(tmp_path / "m.safetensors"), str(table), "--held-out").stderr
