"""forecast: how many steps are read and in which form, by the training part alone; what is read and predicted in each form."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import CHANGE, DIFFERENCE, FORMS, GROWTH, LEVEL, WORDS
from rnn_cli.errors import InputError
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.options import AUTO, DataOptions
from rnn_cli.tasks.series_forms import WINDOW, _rolling_error, form_for, window_for
from tests.conftest import Command
from tests.support.networks import slow_if

ROWS = 160


def written(path: Path, *columns: Array) -> str:
    """A table of monthly rows, with columns a, b, …"""
    months = [f"{1990 + k // 12}-{k % 12 + 1:02}" for k in range(len(columns[0]))]
    names = ["month", *"abc"[: len(columns)]]
    rows = [",".join([month, *(repr(float(v)) for v in row)]) for month, *row in zip(months, *columns, strict=True)]
    path.write_text("\n".join([",".join(names), *rows]) + "\n")
    return str(path)


def prepared(path: Path, *columns: Array, **options: object) -> Prepared:
    """The columns, prepared as for a new run."""
    asked = DataOptions(**{"form": AUTO, **options})  # type: ignore[arg-type]
    return find_task("forecast").prepare([written(path, *columns)], asked, 0)


def walk(seed: int, rows: int = ROWS) -> Array:
    """A random walk far above 0."""
    steps: Array = np.random.default_rng(seed).normal(size=rows)
    return 80 + steps.cumsum()


NOISE = np.random.default_rng(7).normal(size=ROWS)
T = np.arange(ROWS)
DRIVEN = np.convolve(NOISE, 0.9 ** np.arange(30))[:ROWS].cumsum()
DRIVEN -= np.linspace(DRIVEN[0], DRIVEN[-1], ROWS)
"""It comes back to where it was, and keeps its direction for many steps."""
SERIES = {
    LEVEL: [NOISE, NOISE + 3 * np.sin(2 * np.pi * T / 4)],
    CHANGE: [np.convolve(NOISE, 0.8 ** np.arange(30))[:ROWS]],
    DIFFERENCE: [0.5 * T + NOISE.cumsum() - 50, 100 + 0.5 * T + NOISE, DRIVEN],
    GROWTH: [np.exp(0.02 * T + 0.01 * NOISE)],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_training_part_says_the_form(tmp_path: Path, form: str) -> None:
    for values in SERIES[form]:
        assert form_for([values]).form == form
        assert form_for([1000 * values]) == form_for([values])
        if form != GROWTH:
            assert form_for([values + 1e4]).form in (form, GROWTH if form == DIFFERENCE else form)
        data = prepared(tmp_path / "a.csv", values)
        other = prepared(tmp_path / "b.csv", np.where(T < ROWS - ROWS // 10, values, 1e6 + T * T))
        assert data.encoding == other.encoding  # what is held out changes nothing
        assert (data.encoding.forms or (LEVEL,)) == (form,)
        assert data.options.form == (None if form == LEVEL else form)


def test_the_reason_of_a_form_is_said(tmp_path: Path) -> None:
    columns = SERIES[DIFFERENCE][0], SERIES[DIFFERENCE][2], SERIES[CHANGE][0]
    path = tmp_path / "a.csv"
    said = " ".join(prepared(path, *columns).report.said[str(path)])
    for column, name in zip(columns, "abc", strict=True):
        found = form_for([column[: ROWS - ROWS // 10]], season=None)
        assert f"{WORDS[found.form]}: {name}, as {found.why}" in said
    assert len({form_for([column]).why for column in columns}) == 3
    of_two = " ".join(prepared(path, columns[1], 1 + columns[1]).report.said[str(path)])
    assert f"{WORDS[DIFFERENCE]}: a, b, as changes say more than levels of what comes next (--form)" in of_two
    asked = " ".join(prepared(path, *columns, form=CHANGE).report.said[str(path)])
    assert f"{WORDS[CHANGE]}: a, b, c (--form)" in asked


@pytest.mark.parametrize("rows", [8, 45, ROWS])
def test_the_error_that_chooses_a_form_is_that_of_a_shrunk_regression(rows: int) -> None:
    """Computed anew by least squares with a row more for each lag, which says that its weight is 0."""
    values = walk(2, rows)
    for read, answers in ((values[:-1], np.diff(values)), (np.diff(values)[:-1], np.diff(values)[1:])):
        first, squares = rows - len(answers), []  # answers[k] is known with row k + first
        for tenth in range(5, 10):
            cut, end = rows * tenth // 10, rows * (tenth + 1) // 10
            order = min(24, cut // 4)
            lags = {k + first: read[k - order + 1 : k + 1] for k in range(order - 1, len(answers))}
            known = [row for row in lags if row < cut]
            x, y = np.array([lags[row] for row in known]), np.array([answers[row - first] for row in known])
            mean, spread = x.mean(axis=0), x.std() or 1.0
            table = np.concatenate([(x - mean) / spread, np.sqrt(10) * np.eye(order)])
            weights = np.linalg.lstsq(table, np.concatenate([y - y.mean(), np.zeros(order)]), rcond=None)[0]
            for row in range(cut, end):
                guess = y.mean() + (lags[row] - mean) / spread @ weights
                squares.append((guess - answers[row - first]) ** 2)
        assert _rolling_error(read, answers, rows) == pytest.approx(np.mean(squares), rel=1e-9)
    assert _rolling_error(values[:5], values[1:6], 6) == np.inf


def test_the_window_is_of_whole_seasons(tmp_path: Path) -> None:
    for season, steps in ((12, 24), (7, 28), (4, 32), (24, 48), (30, 60), (31, WINDOW), (None, WINDOW)):
        assert window_for(season, 10_000) == steps
    assert window_for(12, 40) == 10
    yearly = 10 * np.sin(2 * np.pi * T / 12) + 0.2 * NOISE
    data = prepared(tmp_path / "a.csv", yearly)
    assert (data.options.window, data.report.read[str(tmp_path / "a.csv")]["window"]) == (24, 24)
    assert prepared(tmp_path / "a.csv", yearly, season=7).options.window == 28
    assert prepared(tmp_path / "a.csv", yearly, window=5).options.window == 5


@pytest.mark.parametrize(
    ("rows", "gap", "season", "said"),
    [
        (ROWS, 70, None, "windows of 17 steps, a quarter of the longest stretch for training"),
        (90, None, None, "windows of 20 steps, a quarter of the training part"),
        (90, None, 1, "windows of 20 steps, a quarter of the training part"),
        (ROWS, 70, 4, "windows of 17 steps, a quarter of the longest stretch for training"),
        (ROWS, None, 4, "windows of 32 steps, whole seasons of 4 steps"),
        (3, None, None, "windows of 1 step, the fewest that there are"),
    ],
)
def test_the_reason_of_a_window_is_said(
    tmp_path: Path, rows: int, gap: int | None, season: int | None, said: str
) -> None:
    lines = Path(written(tmp_path / "a.csv", NOISE[:rows])).read_text().splitlines()
    if gap is not None:
        del lines[gap + 1 : gap + 21]  # below the line of names
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    data = find_task("forecast").prepare([str(tmp_path / "a.csv")], DataOptions(season=season), 0)
    assert f"{said} (--window)" in data.report.said[str(tmp_path / "a.csv")]


def test_what_comes_back_every_season_is_a_level(tmp_path: Path) -> None:
    yearly = 10 * np.sin(2 * np.pi * T / 12) + NOISE
    assert [form_for([yearly], season).form for season in (None, 12, 6)] == [CHANGE, LEVEL, CHANGE]
    assert form_for([yearly + T], 12).form == DIFFERENCE
    assert prepared(tmp_path / "a.csv", yearly).encoding.forms == ()


@pytest.mark.parametrize("horizon", [1, 3])
def test_what_is_read_and_predicted_in_each_form(tmp_path: Path, horizon: int) -> None:
    columns = walk(0), walk(1)
    for form in FORMS:
        data = prepared(tmp_path / "a.csv", *columns, form=f"{form},level", window=6, horizon=horizon, targets=("a",))
        batch = data.train.collate(np.arange(len(data.train)))
        a, known = columns[0], ROWS - ROWS // 10
        step = {DIFFERENCE: np.diff(a), GROWTH: np.diff(a) / a[:-1]}.get(form)
        scaled = (a - a[:known].mean()) / a[:known].std()
        if step is not None:
            read = step[: known - 1]
            scaled = np.concatenate([[0], (step - read.mean()) / read.std()])
        starts = np.arange(len(data.train))
        rows = np.arange(6)[:, None] + starts
        expected = scaled[rows] if step is None else np.where(np.arange(6)[:, None] == 0, 0, scaled[rows])
        np.testing.assert_allclose(batch.inputs[..., 0], expected, atol=1e-12)
        assert abs(batch.targets.mean()) < 0.2
        assert batch.targets.std() == pytest.approx(1, abs=0.2)
        for n in (0, 50):
            window = np.stack([one[n : n + 6] for one in columns], axis=1)
            said = data.encoding.after(window).in_units(batch.targets[n])
            np.testing.assert_allclose(said, a[n + 6 : n + 6 + horizon], rtol=1e-12)


def test_a_target_that_is_not_read_is_predicted_as_it_is(tmp_path: Path) -> None:
    data = prepared(tmp_path / "a.csv", walk(0), walk(1), columns=("a",), targets=("b",), form=DIFFERENCE, window=4)
    assert (data.encoding.forms, data.encoding.target_forms) == ((DIFFERENCE,), (LEVEL,))
    batch = data.train.collate(np.arange(3))
    np.testing.assert_allclose(data.encoding.in_units(batch.targets)[:, 0], walk(1)[4:7], rtol=1e-12)


@pytest.mark.parametrize("form", [AUTO, *FORMS])
def test_other_units_give_the_same_run_in_other_units(tmp_path: Path, form: str) -> None:
    """Scaled, and where the form is no growth shifted too: the same weights, the same kept step, the forecast scaled and shifted."""
    values = walk(3) + 0.3 * T - 10_000 * (form == AUTO)  # below 0 nothing grows, so that the same form is found
    scale, shift = 1024.0, 0.0 if form == GROWTH else 4096.0
    found = []
    for name, one in (("a", values), ("b", scale * values + shift)):
        data = written(tmp_path / f"{name}.csv", one)
        given: dict[str, Any] = {} if form == AUTO else {"form": form}
        run = rnn.train(
            data, "forecast", window=5, hidden_size=3, max_steps=20, eval_every=4, patience=3, dtype="float64", **given
        )
        prediction = run.model.predict(one[-5:, None]).document()["predictions"][0]["prediction"][0][0]
        evals = [event for event in run.events if event["event"] == "eval"]
        found.append((prediction, [event["best"] for event in evals], [event["loss"] for event in evals]))
    (a, kept_a, losses_a), (b, kept_b, losses_b) = found
    assert b == pytest.approx(scale * a + shift, rel=1e-9)
    assert kept_a == kept_b
    assert losses_b == pytest.approx(losses_a, rel=1e-6)


def test_other_dates_change_no_number_that_is_read(tmp_path: Path) -> None:
    """The time orders the rows and is never an input, in whatever column and form it stands."""
    values = walk(4, 60)
    found = []
    for first in (1700, 1990):
        rows = [f"{first + k},{k % 12 + 1},{k},{v!r}" for k, v in enumerate(values.tolist())]
        (tmp_path / f"{first}.csv").write_text("\n".join(["year,month,index,a", *rows]) + "\n")
        data = find_task("forecast").prepare([str(tmp_path / f"{first}.csv")], DataOptions(form=AUTO, time="year"), 0)
        assert "year" not in data.encoding.columns
        assert "month" not in data.encoding.columns
        found.append(data)
    one, other = (part.train.collate(np.arange(len(part.train))) for part in found)
    np.testing.assert_array_equal(one.inputs, other.inputs)
    np.testing.assert_array_equal(one.targets, other.targets)


def test_what_cannot_be(tmp_path: Path) -> None:
    values = walk(0)
    with pytest.raises(InputError, match=r"--form slow: 'slow' is none of auto, level"):
        prepared(tmp_path / "a.csv", values, form="slow")
    with pytest.raises(InputError, match=r"--form level,level: 2 forms for 1 column \(a\)"):
        prepared(tmp_path / "a.csv", values, form="level,level")
    with pytest.raises(InputError, match="--form change: with --every-step"):
        prepared(tmp_path / "a.csv", values, form=CHANGE, every_step=True)
    with pytest.raises(InputError, match="growth of such a number means nothing"):
        prepared(tmp_path / "a.csv", values - values.max(), form=GROWTH)
    assert prepared(tmp_path / "a.csv", values, every_step=True).encoding.forms == ()
    grown = SERIES[GROWTH][0]
    fallen = np.where(T < ROWS - 3, grown, 0.0)
    assert [prepared(tmp_path / "a.csv", one).encoding.forms for one in (grown, fallen)] == [(GROWTH,), (DIFFERENCE,)]


def test_a_model_of_growths_refuses_what_cannot_grow(tmp_path: Path, call: Command) -> None:
    model = str(tmp_path / "m.safetensors")
    trained = call("train", written(tmp_path / "a.csv", walk(0)), "--task", "forecast", "--form", "growth", "--window", "4", "--max-steps", "2", "--out", model)  # fmt: skip
    assert trained.code == 0
    assert "read and predicted as growths from step to step: a (--form)" in " ".join(trained.stderr.split())
    bad = written(tmp_path / "b.csv", walk(0) - 90)
    for command in (("predict", model, "--input", bad), ("evaluate", model, bad)):
        done = call(*command)
        assert done.code == 2
        assert "growth of such a number means nothing" in done.stderr


@pytest.mark.parametrize("form", slow_if(FORMS, LEVEL, DIFFERENCE))
def test_every_command_says_the_same_forecast(tmp_path: Path, call: Command, form: str) -> None:
    """predict, trace, forward, bptt and Python: of one window in the units of the data."""
    data, model = written(tmp_path / "a.csv", walk(5)), str(tmp_path / "m.safetensors")
    options = ("--form", form, "--window", "4", "--max-steps", "3", "--hidden-size", "3", "--out", model)
    assert call("train", data, "--task", "forecast", *options).code == 0
    (tmp_path / "w.csv").write_text("a\n" + "".join(f"{v!r}\n" for v in walk(5)[-4:].tolist()))
    window = str(tmp_path / "w.csv")
    said = call("predict", model, "--input", data, "--json").document()["predictions"][0]["prediction"][0][0]
    loaded = rnn.load(model)
    assert loaded.predict(walk(5)[-4:, None]).document()["predictions"][0]["prediction"][0][0] == pytest.approx(said)
    assert call("trace", "-m", model, "--input", window, "--json").document()["prediction"] == pytest.approx([said])
    forward = call("forward", "-m", model, "--input", window, "--json").document()
    assert forward["sequences"][0]["prediction"] == pytest.approx([said])
    back = call("bptt", "-m", model, "--input", window, "--target", repr(said), "--json").document()
    assert back["loss"]["total"] == pytest.approx(0, abs=1e-20)
    assert abs(said - walk(5)[-1]) < 20
    network = loaded.forward(walk(5)[-4:, None])
    assert network.document()["sequences"][0]["prediction"] == pytest.approx([said])


def test_settled_forms_are_read_again(tmp_path: Path) -> None:
    data = prepared(tmp_path / "a.csv", walk(0), 5 + NOISE)
    task, path = find_task("forecast"), [str(tmp_path / "a.csv")]
    again = task.prepare(path, data.options, 0)
    assert (again.fingerprint, again.encoding, again.options) == (data.fingerprint, data.encoding, data.options)
    assert replace(task.settled(DataOptions(), data.encoding), window=data.options.window) == data.options


def test_the_answer_so_far_is_that_of_the_shorter_series(tmp_path: Path, call: Command) -> None:
    data, model = written(tmp_path / "a.csv", walk(6)), str(tmp_path / "m.safetensors")
    options = ("--form", DIFFERENCE, "--window", "4", "--max-steps", "3", "--hidden-size", "3", "--out", model)
    assert call("train", data, "--task", "forecast", *options).code == 0
    loaded, rows = rnn.load(model), walk(6)[-4:, None]
    explained = loaded.predict(rows, explain=True).document()["predictions"][0]["explanation"]
    so_far = [step["running"] for step in explained["steps"]]
    each = [loaded.predict(rows[: t + 1]).document()["predictions"][0]["prediction"][0][0] for t in range(4)]
    assert so_far == pytest.approx(each)


def test_weights_for_another_form_are_no_beginning(tmp_path: Path, call: Command) -> None:
    data, model = written(tmp_path / "a.csv", walk(6)), str(tmp_path / "m.safetensors")
    run = ("train", data, "--task", "forecast", "--window", "4", "--max-steps", "1")
    assert call(*run, "--form", DIFFERENCE, "--out", model).code == 0
    assert call(*run, "--form", DIFFERENCE, "--init", model).code == 0
    refused = call(*run, "--form", LEVEL, "--init", model)
    assert (refused.code, "its forms are others than the data's: number 0 is 'difference', here 'level'" in refused.stderr) == (2, True)  # fmt: skip


def test_the_program_of_a_model_of_growths_reads_what_can_grow(tmp_path: Path, call: Command) -> None:
    model = tmp_path / "m.safetensors"
    asked = ("--task", "forecast", "--form", "growth", "--window", "4", "--max-steps", "2", "--out", str(model))
    call("train", written(tmp_path / "a.csv", walk(0)), *asked)
    program = compile(call("inspect", str(model), "--code", "numpy").stdout, "program", "exec")
    names: dict[str, Any] = {}
    exec(program, names)  # a division by 0 is a warning, and warnings are errors
    loaded = rnn.load(str(model))
    raw = 2.0 + np.sin(np.arange(3.0)).reshape(3, 1)
    assert np.allclose(
        names["logits"], loaded.forward(raw).document()["sequences"][0]["logits"], rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("targets", [None, ("b",)])
def test_numbers_too_large_to_be_squared_are_refused_by_their_column(targets: Any, tmp_path: Path) -> None:
    columns = ("a",) if targets else None
    prepared(tmp_path / "a.csv", walk(0), walk(1) * (1e139 / walk(1).max()), columns=columns, targets=targets)
    with pytest.raises(InputError, match=r"b: its numbers reach 1e\+141, and from 1e\+140 on"):
        prepared(tmp_path / "a.csv", walk(0), walk(1) * (1e141 / walk(1).max()), columns=columns, targets=targets)
