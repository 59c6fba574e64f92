"""forecast: windows of a series, scaled by what was known."""

from pathlib import Path

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.options import DataOptions

ROWS = 100


def prepare(path: Path, rows: list[str] | None = None, **options: object) -> Prepared:
    lines = rows if rows is not None else [f"{k},{k * k},5" for k in range(ROWS)]
    path.write_text("\n".join(["a,b,c", *lines]) + "\n")
    return find_task("forecast").prepare([str(path)], DataOptions(**options), 0)  # type: ignore[arg-type]


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
    with pytest.raises(InputError, match="expected a table of numbers"):
        path = tmp_path / "empty.csv"
        path.write_text("")
        find_task("forecast").prepare([str(path)], DataOptions(), 0)
    with pytest.raises(InputError, match="one series, not 2 files"):
        find_task("forecast").prepare(["a.csv", "b.csv"], DataOptions(), 0)
