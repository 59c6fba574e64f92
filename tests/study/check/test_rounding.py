"""Right programs in few digits: what rounding does to numbers that lost their size is no mistake, and a mistake stays one."""

from collections.abc import Mapping

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import MANY_TO_ONE, Architecture
from rnn_cli.models.load import random_model
from rnn_cli.models.model import Model
from rnn_cli.study.check.arrays import check_arrays
from tests.support.networks import slow_if


@pytest.fixture(autouse=True)
def _no_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two mistakes at once are for the tests of the search, which takes its time over them."""
    for name in ("MOST_PAIRS", "COSTLY_PAIRS"):
        monkeypatch.setattr(f"rnn_cli.core.referee.one_array.{name}", 0)


SURE = (3.0, 10.0, 30.0, 100.0, 300.0)
"""What the readout is multiplied by: the larger, the surer the network is of its answer."""


def _model(times: float, seed: int = 3) -> Model:
    made = Architecture("rnn", 2, 3, task=MANY_TO_ONE, output_size=2)
    model = random_model(made, ("negative", "positive"), seed)
    model.network.parameters["readout.W_hy"][...] *= times
    return model


def _by_hand(model: Model, x: Array, target: int, kind: type, stable: bool, forgets: bool = False) -> dict[str, Array]:
    """All numbers in a type of few digits, as textbooks have them; where it `forgets`, without the future's error."""
    w: dict[str, Array] = {name: array.astype(kind) for name, array in model.network.named(0, "forward").items()}
    W_hy: Array = model.network.parameters["readout.W_hy"].astype(kind)
    b_y: Array = model.network.parameters["readout.b_y"].astype(kind)
    x, h = x.astype(kind), [w["b_h"] * 0]
    for x_t in x:
        h.append(np.tanh(w["W_xh"] @ x_t + w["W_hh"] @ h[-1] + w["b_h"]))
    y = W_hy @ h[-1] + b_y
    e = np.exp(y - y.max()) if stable else np.exp(y / 4) ** 4
    p = e / e.sum()
    loss = np.log(e.sum()) - (y - y.max())[target] if stable else -np.log(p[target])
    dy = p.copy()
    dy[target] -= 1
    found = {f"d{name}": 0 * array for name, array in w.items()}
    dh, dhs = W_hy.T @ dy, []
    for t in reversed(range(len(x))):
        dhs.append(dh)
        da = dh * (1 - h[t + 1] ** 2)
        found["dW_hh"] += np.outer(da, h[t])
        found["dW_xh"] += np.outer(da, x[t])
        found["db_h"] += da
        dh = 0 * dh if forgets else w["W_hh"].T @ da
    found |= {"h": np.array(h[1:]), "probabilities": p, "loss": np.array(loss), "dlogits": dy, "db_y": dy}
    return found | {"dW_hy": np.outer(dy, h[-1]), "dh": np.array(dhs[::-1])}


def _cases() -> list[tuple[Model, Array, int, bool]]:
    rng = np.random.default_rng(1)
    return [
        (_model(times, seed), rng.normal(size=(4, 2)), target, stable)
        for seed, times in enumerate(SURE)
        for target in (0, 1)
        for stable in (True, False)
        if stable or times < 30
    ]


def _checked(arrays: Mapping[str, Array], model: Model, x: Array, target: int) -> tuple[bool, list[str]]:
    report = check_arrays("mine", arrays, model, [x], [np.array([target])])
    return report.passed, [one.mistake for one in report.findings]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_right_numbers_pass_however_sure_the_network_is_of_its_answer(kind: type) -> None:
    for model, x, target, stable in _cases():
        arrays = _by_hand(model, x, target, kind, stable)
        assert _checked(arrays, model, x, target) == (True, [])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_dropped_future_is_named_where_the_network_is_not_sure(kind: type) -> None:
    for model, x, target, stable in _cases()[:4]:
        arrays = _by_hand(model, x, target, kind, stable, forgets=True)
        assert _checked(arrays, model, x, target) == (False, ["future-dropped"])


@pytest.mark.parametrize("kind", slow_if([np.float32, np.float64], np.float64))
def test_a_loss_and_errors_that_should_be_next_to_nothing_are_wrong_where_they_are_not(kind: type) -> None:
    model, x = _model(300.0), np.ones((4, 2))
    target = int(_by_hand(model, x, 0, np.float64, True)["probabilities"].argmax())
    arrays = _by_hand(model, x, target, kind, True)
    for name in ("loss", "dlogits", "dh"):
        assert not _checked({**arrays, name: arrays[name] + kind(0.01)}, model, x, target)[0]


def test_what_float16_cannot_hold_is_right_as_zero() -> None:
    model, x = _model(100.0), np.ones((4, 2))
    for target in (0, 1):
        arrays = _by_hand(model, x, target, np.float64, True)
        rounded = {name: array.astype(np.float16) for name, array in arrays.items()}
        assert _checked(rounded, model, x, target) == (True, [])


def test_only_gradients_that_should_not_be_zeros_are_said_to_be() -> None:
    model, x = _model(3.0), np.ones((4, 2))
    model.network.parameters["layers.0.forward.W_x"][...] = 300
    arrays = _by_hand(model, x, 0, np.float64, True)
    assert not arrays["dW_xh"].any()
    report = check_arrays("mine", {**arrays, "db_y": 0 * arrays["db_y"]}, model, [x], [np.array([0])])
    assert [one.says for one in report.findings] == ["hands out zeros for db_y"]
