"""forecast: windows of a series, scaled by what was known."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.fingerprint import fingerprint
from rnn_cli.tasks.options import DataOptions

ROWS = 100


def prepare(path: Path, rows: list[str] | None = None, **options: object) -> Prepared:
    lines = rows if rows is not None else [f"{k},{k * k},5" for k in range(ROWS)]
    path.write_text("\n".join(["a,b,c", *lines]) + "\n")
    asked: dict[str, Any] = {"columns": ("a", "b", "c"), **options}
    return find_task("forecast").prepare([str(path)], DataOptions(**asked), 0)


def unscaled(data: Prepared, values: Array) -> Array:
    encoding = data.encoding
    restored: Array = values * np.array(encoding.target_scales) + np.array(encoding.target_means)
    return restored


def test_scales_are_those_of_the_training_part(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.csv", validation="0.2")
    a = np.arange(80.0)
    np.testing.assert_allclose(data.encoding.means, [a.mean(), (a * a).mean(), 5])
    np.testing.assert_allclose(data.encoding.scales, [a.std(), (a * a).std(), 1])
    changed = [f"{k},{k * k if k < 80 else 10**6},5" for k in range(ROWS)]
    assert prepare(tmp_path / "a.csv", changed, validation="0.2").encoding == data.encoding


@pytest.mark.parametrize(("window", "horizon"), [(1, 1), (7, 1), (5, 3), (30, 10)])
def test_each_target_follows_its_window(tmp_path: Path, window: int, horizon: int) -> None:
    data = prepare(
        tmp_path / "a.csv", window=window, horizon=horizon, columns=("a",), targets=("a", "b"), validation="0.3"
    )
    assert (data.shape, data.loss, data.input_size, data.output_size) == ("many-to-one", "mse", 1, 2 * horizon)
    assert data.validation is not None
    last_rows: list[int] = []
    for part, first, last in ((data.train, 0, 70), (data.validation, 70, 100)):
        batch = part.collate(np.arange(len(part)))
        read = np.rint(batch.inputs[..., 0] * data.encoding.scales[0] + data.encoding.means[0]).astype(int)
        targets = np.rint(unscaled(data, batch.targets.reshape(-1, horizon, 2))).astype(int)
        np.testing.assert_array_equal(np.diff(read, axis=0), 1)
        future = read[-1][:, None] + 1 + np.arange(horizon)
        np.testing.assert_array_equal(targets[..., 0], future)
        np.testing.assert_array_equal(targets[..., 1], future * future)
        assert future.min() == max(first, window)
        assert future.max() == last - 1
        assert batch.weights.shape == (len(part),)
        last_rows += future[:, -1].tolist()
    assert len(last_rows) == len(set(last_rows))


def test_a_prediction_after_every_step(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.csv", window=6, horizon=2, targets=("a",), every_step=True, validation="0.2")
    assert (data.shape, data.output_size) == ("many-to-many", 2)
    assert data.validation is not None
    for part, first, last in ((data.train, 0, 80), (data.validation, 80, 100)):
        batch = part.collate(np.arange(len(part)))
        assert batch.targets.shape == (6, len(part), 2)
        assert batch.weights.shape == (6, len(part))
        read = np.rint(batch.inputs[..., 0] * data.encoding.scales[0] + data.encoding.means[0]).astype(int)
        targets = np.rint(unscaled(data, batch.targets)).astype(int)
        np.testing.assert_array_equal(targets, read[..., None] + [1, 2])
        assert targets.min() == max(first, 1)
        assert targets.max() == last - 1


def test_no_window_spans_a_gap(tmp_path: Path) -> None:
    rows = [f"{k},{k},{k}" if k != 50 else "50,?,50" for k in range(ROWS)]
    data = prepare(tmp_path / "a.csv", rows, window=5, validation="0")
    assert data.report.bad_count == 1
    batch = data.train.collate(np.arange(len(data.train)))
    read = np.rint(batch.inputs[..., 0] * data.encoding.scales[0] + data.encoding.means[0]).astype(int)
    assert (np.diff(read, axis=0) == 1).all()
    assert len(data.train) == 45 + 44


def test_load_uses_the_scales_that_are_given(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.csv", window=5, targets=("b",))
    (tmp_path / "dev.csv").write_text("c,b,a\n" + "".join(f"1,{k},2\n" for k in range(9)))
    examples, report = find_task("forecast").load([str(tmp_path / "dev.csv")], data.options, data.encoding)
    assert (len(examples), report.rows) == (4, 9)
    np.testing.assert_allclose(unscaled(data, examples.collate(np.arange(4)).targets[:, 0]), [5, 6, 7, 8])
    (tmp_path / "dev.csv").write_text("c,b,a\n1,2,3\n")
    with pytest.raises(InputError, match="hold no window of 5 steps and 1 more"):
        find_task("forecast").load([str(tmp_path / "dev.csv")], data.options, data.encoding)


def test_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="90 rows for training hold no window of 90 steps and 1 more"):
        prepare(tmp_path / "a.csv", window=90)
    with pytest.raises(InputError, match="no column 'd'"):
        prepare(tmp_path / "a.csv", targets=("d",))
    with pytest.raises(InputError, match="the file is empty"):
        path = tmp_path / "empty.csv"
        path.write_text("")
        find_task("forecast").prepare([str(path)], DataOptions(window=30), 0)


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        (1e200, "its numbers reach 4e\\+200.*\n.*larger"),
        (1e-200, "its numbers differ by 4e-200 at most.*\n.*smaller"),
        (1e-100, ""),
    ],
)
def test_numbers_whose_squares_leave_double_precision_are_refused(tmp_path: Path, unit: float, said: str) -> None:
    """A column beside them never changes, which is no small difference."""
    path = tmp_path / "a.csv"
    path.write_text("u,v\n" + "".join(f"5,{unit * (k % 5)}\n" for k in range(60)))
    if said:
        with pytest.raises(InputError, match=f"v: {said} unit"):
            find_task("forecast").prepare([str(path)], DataOptions(window=5), 0)
    else:
        encoding = find_task("forecast").prepare([str(path)], DataOptions(window=5), 0).encoding
        assert encoding.scales[-1] / unit == pytest.approx(np.std([0, 1, 2, 3, 4]), rel=0.02)


def stacked(path: Path, rows: int = 20) -> Path:
    """Two shops below each other, newest first, with different levels."""
    lines = [
        f"{shop},2021-01-{k + 1:02},{k + add}" for shop, add in (("A", 0), ("B", 100)) for k in reversed(range(rows))
    ]
    path.write_text("\n".join(["shop,date,sales", *lines]) + "\n")
    return path


@pytest.mark.parametrize("every_step", [False, True])
def test_windows_stay_in_their_series_and_the_last_part_of_each_is_held_out(tmp_path: Path, every_step: bool) -> None:
    path = stacked(tmp_path / "s.csv")
    data = find_task("forecast").prepare([str(path)], DataOptions(window=3, every_step=every_step, validation="0.2"), 0)
    sales = [*range(16), *range(100, 116)]
    np.testing.assert_allclose((data.encoding.means[0], data.encoding.scales[0]), (np.mean(sales), np.std(sales)))
    assert data.validation is not None
    for part, targets in ((data.train, range(3, 16)), (data.validation, range(16, 20))):
        batch = part.collate(np.arange(len(part)))
        read = np.rint(batch.inputs[..., 0] * data.encoding.scales[0] + data.encoding.means[0]).astype(int)  # (T, N)
        np.testing.assert_array_equal(np.diff(read, axis=0), 1)
        following = np.rint(unscaled(data, batch.targets.reshape(-1, len(part), 1)))[-1, :, 0]
        np.testing.assert_array_equal(following, read[-1] + 1)
        if not every_step:
            assert following.tolist() == [add + k for add in (0, 100) for k in targets]


def test_new_data_are_read_by_the_same_rules(tmp_path: Path) -> None:
    path = stacked(tmp_path / "s.csv")
    task = find_task("forecast")
    data = task.prepare([str(path)], DataOptions(window=3), 0)
    assert (data.options.time, data.options.series) == ("date", "shop")
    again = task.prepare([str(path)], data.options, 0)
    assert (again.fingerprint, again.options) == (data.fingerprint, data.options)
    (tmp_path / "new.csv").write_text("date,shop,sales\n" + "".join(f"2022-01-0{k},C,{k}\n" for k in (5, 3, 4, 1, 2)))
    examples, _ = task.load([str(tmp_path / "new.csv")], data.options, data.encoding)
    np.testing.assert_allclose(unscaled(data, examples.collate(np.arange(2)).targets)[:, 0], [4, 5])


def test_what_0_1_0_read_alike_has_its_fingerprint_and_nothing_else(tmp_path: Path) -> None:
    """A run of 0.1.0 is resumed where its rows are read as they were, and refused where they are not."""
    path = tmp_path / "a.csv"
    options = DataOptions(columns=("x",), targets=("x",), window=3, horizon=1)
    days = [f"2021-01-{k + 1:02}" for k in range(20)]
    shapes = {
        "rising": ([f"{day},{k % 7}" for k, day in enumerate(days)], True),
        "newest first": ([f"{day},{k % 7}" for k, day in enumerate(days)][::-1], False),
        "with a gap": ([f"{day},{k % 7}" for k, day in enumerate(days) if k != 9], False),
        "with a missing number": ([f"{day},{'' if k == 9 else k % 7}" for k, day in enumerate(days)], True),
        "with thousands": ([f'{day},"{1000 + k * k:,}.5"' for k, day in enumerate(days)], False),
        "with -999": ([f"{day},{-999 if k in (9, 19) else k % 7}" for k, day in enumerate(days)], False),
    }
    for name, (lines, alike) in shapes.items():
        path.write_text("\n".join(["date,x", *lines]) + "\n")
        prepared = find_task("forecast").prepare(
            [str(path)], replace(options, allow_left_out=None if alike else 1.0), 0
        )
        old = fingerprint([str(path)], replace(options, allow_left_out=prepared.options.allow_left_out))
        assert (prepared.fingerprint == old) == alike, name


def test_several_files(tmp_path: Path) -> None:
    for name, add in (("a", 0), ("b", 100)):
        (tmp_path / f"{name}.csv").write_text("x\n" + "".join(f"{add + k * k}\n" for k in range(10)))
    files = [str(tmp_path / name) for name in ("a.csv", "b.csv")]
    data = find_task("forecast").prepare(files, DataOptions(window=3, validation="0"), 0)
    targets = unscaled(data, data.train.collate(np.arange(len(data.train))).targets)[:, 0]
    np.testing.assert_allclose(targets, [add + k * k for add in (0, 100) for k in range(3, 10)])


def test_an_error_says_that_gaps_leave_no_window(tmp_path: Path) -> None:
    path = stacked(tmp_path / "s.csv", rows=9)
    with pytest.raises(InputError, match="16 rows for training in 2 stretches of at most 9 hold no window of 30 steps"):
        find_task("forecast").prepare([str(path)], DataOptions(window=30), 0)
