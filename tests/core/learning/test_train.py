"""The training loop: its events, its randomness as a function of seed and step, divergence, clipping, the reach."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import Dropout
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.clipping import GLOBAL_NORM, VALUE
from rnn_cli.core.learning.optimizers import Optimizer
from rnn_cli.core.learning.train import Diverged, Plan, Progress, StepEvent, reach_of, train_steps
from rnn_cli.core.systems.base import System
from tests.support.systems import SYSTEM_KINDS, blueprint_of, random_examples, random_system

BLUEPRINT = blueprint_of("many-to-one", "lstm", 4, 2)
BATCHES = [random_examples(BLUEPRINT, lengths, seed) for seed, lengths in enumerate([[3, 5], [2, 2, 4], [6]])]


def next_batch(progress: Progress) -> tuple[Batch, bool]:
    """Three batches make an epoch."""
    return BATCHES[progress.batch], progress.batch == 2


def train(
    plan: Plan, system: System | None = None, optimizer: Optimizer | None = None, progress: Progress | None = None
) -> tuple[System, list[StepEvent]]:
    """Train to the plan's end."""
    system = system or random_system(BLUEPRINT)
    events = list(train_steps(system, optimizer or Optimizer("adam"), plan, progress or Progress(), next_batch))
    return system, events


def without_clock(events: list[StepEvent]) -> list[dict[str, Any]]:
    """All that events say but for the clock and the reach."""
    return [{key: value for key, value in vars(one).items() if key not in ("seconds", "reach")} for one in events]


def test_what_events_say() -> None:
    progress = Progress()
    _, events = train(Plan(0, 7, 0.01), progress=progress)
    assert [one.step for one in events] == [1, 2, 3, 4, 5, 6, 7]
    assert [one.epoch for one in events] == [0, 0, 1, 1, 1, 2, 2]
    assert [one.tokens for one in events] == [8, 8, 6, 8, 8, 6, 8]
    assert all(one.seconds > 0 for one in events)
    assert all(one.learning_rate == 0.01 for one in events)
    assert (progress.step, progress.epoch, progress.batch, progress.tokens) == (7, 2, 1, 52)


def test_the_loss_is_that_before_the_update() -> None:
    _, events = train(Plan(0, 1, 0.01))
    assert events[0].loss == random_system(BLUEPRINT).forward(BATCHES[0]).loss.total


def test_nothing_is_done_before_it_is_asked_for() -> None:
    system = random_system(BLUEPRINT)
    before = system.parameters.flat.copy()
    steps = train_steps(system, Optimizer("adam"), Plan(0, 3, 0.1), Progress(), next_batch)
    assert system.parameters.flat.tobytes() == before.tobytes()
    next(steps)
    after = system.parameters.flat.copy()
    assert after.tobytes() != before.tobytes()
    steps.close()  # type: ignore[attr-defined]
    assert system.parameters.flat.tobytes() == after.tobytes()


def test_a_run_at_its_end_makes_no_step() -> None:
    _, events = train(Plan(0, 3, 0.1), progress=Progress(step=3))
    assert events == []


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_it_goes_on_from_any_step(dropout: float, schedule: str) -> None:
    plan = Plan(3, 8, 0.05, schedule, 2, dropout=dropout)
    whole, expected = train(plan)
    for stop in range(1, 8):
        system, optimizer, progress = random_system(BLUEPRINT), Optimizer("adam"), Progress()
        steps = train_steps(system, optimizer, plan, progress, next_batch)
        events = [next(steps) for _ in range(stop)]
        _, rest = train(plan, system, optimizer, progress)
        assert without_clock(events + rest) == without_clock(expected)
        assert system.parameters.flat.tobytes() == whole.parameters.flat.tobytes()


def test_dropout_is_a_function_of_the_seed_and_the_step() -> None:
    first, second, other = (train(Plan(seed, 4, 0.01, dropout=0.5))[1] for seed in (1, 1, 2))
    assert without_clock(first) == without_clock(second)
    assert without_clock(first) != without_clock(other)
    same = [BATCHES[0]] * 4
    steps = train_steps(
        random_system(BLUEPRINT),
        Optimizer("sgd"),
        Plan(1, 4, 1e-12, dropout=0.5),
        Progress(),
        lambda p: (same[p.step], False),
    )
    assert len({round(one.loss, 9) for one in steps}) == 4, "each step draws masks of its own"


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_rate_of_dropout(rate: float) -> None:
    mask = Dropout(rate, np.random.default_rng(0)).mask(np.zeros((100, 50, 40), np.float32))
    assert mask.dtype == np.float32
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1) / np.float32(1 - rate)}
    assert (mask == 0).mean() == pytest.approx(rate, abs=0.005)
    assert mask.mean() == pytest.approx(1, abs=0.02)


def test_dropout_stands_between_layers_alone() -> None:
    """One layer: no mask. Two: one mask, on what the second reads; the readout's input is whole."""
    for layers, masks in ((1, 0), (2, 1), (3, 2)):
        blueprint = blueprint_of("many-to-one", "gru reset after", 4, layers)
        batch = random_examples(blueprint, [3, 5])
        done = random_system(blueprint).forward(batch, None, Dropout(0.5, np.random.default_rng(0)))
        assert len(done.runs[0].dropout) == masks


def test_clipping() -> None:
    for clip in (None, (GLOBAL_NORM, 0.05), (VALUE, 0.01), (GLOBAL_NORM, 1e9), (VALUE, 1e9)):
        progress = Progress()
        _, events = train(Plan(0, 6, 0.01, clip=clip), optimizer=Optimizer("sgd"), progress=progress)
        wide = clip is None or clip[1] == 1e9
        for one in events:
            assert one.clipped == (not wide)
            if wide:
                assert one.grad_norm_clipped == one.grad_norm
            elif clip is not None and clip[0] == GLOBAL_NORM:
                assert one.grad_norm_clipped == 0.05
            else:
                assert one.grad_norm_clipped < one.grad_norm
        assert progress.clipped == (0 if wide else 6)


def test_a_clipped_update_is_as_long_as_it_may_be() -> None:
    system = random_system(BLUEPRINT)
    before = system.parameters.flat.copy()
    train(Plan(0, 1, 1.0, clip=(GLOBAL_NORM, 0.05)), system, Optimizer("sgd"))
    assert np.linalg.norm(system.parameters.flat - before) == pytest.approx(0.05, rel=1e-9)


Spoil = Callable[[System], None]


def infinite_weight(system: System) -> None:
    system.parameters["readout.W_hy"][0, 0] = np.inf


def nan_embedding(system: System) -> None:
    system.parameters["embedding"][...] = np.nan


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("spoil", [infinite_weight, nan_embedding])
def test_a_loss_that_is_not_finite(spoil: Spoil) -> None:
    system = random_system(BLUEPRINT)
    spoil(system)
    before, optimizer, progress = system.parameters.flat.tobytes(), Optimizer("adam"), Progress()
    with pytest.raises(Diverged) as raised:
        train(Plan(0, 9, 0.1), system, optimizer, progress)
    assert raised.value.step == 1
    assert raised.value.what == "the loss left the finite range"
    assert not raised.value.updated
    assert system.parameters.flat.tobytes() == before
    assert (optimizer.step, progress.step, progress.batch) == (0, 0, 0)


def test_a_gradient_that_is_not_finite_names_its_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("embedding", "layers.1.forward.W_h", "readout.b_y"):
        system = random_system(BLUEPRINT)
        backward = type(system).backward

        def spoilt(
            self: Any, done: Any, gradients: Any, keep_dh: bool = False, name: str = name, backward: Any = backward
        ) -> Any:
            result = backward(self, done, gradients, keep_dh)
            if done.batch is BATCHES[2]:
                gradients[name].flat[0] = np.nan
            return result

        with monkeypatch.context() as patch:
            patch.setattr(type(system), "backward", spoilt)
            progress, optimizer = Progress(), Optimizer("adam")
            steps = train_steps(system, optimizer, Plan(0, 9, 0.1), progress, next_batch)
            second = (next(steps), next(steps))[1]
            before = system.parameters.flat.tobytes()
            with pytest.raises(Diverged) as raised:
                next(steps)
        assert (raised.value.step, raised.value.parameter) == (3, name)
        assert raised.value.previous_norm == second.grad_norm
        assert system.parameters.flat.tobytes() == before
        assert (progress.step, optimizer.step) == (2, 2)


def test_a_norm_whose_square_overflows_is_no_divergence(monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32 the square of 1e20 is infinite; the norm is not, and clipping brings it down."""
    from rnn_cli.core.systems import make_system

    system = make_system(BLUEPRINT, random_system(BLUEPRINT).parameters.flat.astype(np.float32))
    backward = type(system).backward

    def large(self: Any, done: Any, gradients: Any, keep_dh: bool = False) -> Any:
        result = backward(self, done, gradients, keep_dh)
        gradients.flat[...] *= np.float32(1e22)
        return result

    monkeypatch.setattr(type(system), "backward", large)
    _, events = train(Plan(0, 1, 0.01), system, Optimizer("sgd"))
    assert 1e20 < events[0].grad_norm < 1e24
    assert events[0].grad_norm_clipped == 1.0
    assert np.isfinite(system.parameters.flat).all()


@pytest.mark.parametrize(
    ("kind", "clipped", "stops"), [("adam", None, True), ("sgd", None, False), ("adam", 1.0, False)]
)
def test_squares_that_an_optimiser_cannot_keep(
    kind: str, clipped: float | None, stops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An infinite mean square would make all later updates 0, without a word."""
    from rnn_cli.core.systems import make_system

    system = make_system(BLUEPRINT, random_system(BLUEPRINT).parameters.flat.astype(np.float32))
    backward = type(system).backward

    def large(self: Any, done: Any, gradients: Any, keep_dh: bool = False) -> Any:
        result = backward(self, done, gradients, keep_dh)
        gradients.flat[...] *= np.float32(1e22)
        return result

    monkeypatch.setattr(type(system), "backward", large)
    plan = Plan(0, 1, 1e-30, clip=None if clipped is None else (GLOBAL_NORM, clipped))
    if not stops:
        train(plan, system, Optimizer(kind))
        return
    with pytest.raises(Diverged, match="square of the gradient, which adam keeps") as raised:
        train(plan, system, Optimizer(kind))
    assert not raised.value.updated


def test_a_gradient_whose_squares_underflow_has_a_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    system = random_system(BLUEPRINT)
    backward = type(system).backward

    def small(self: Any, done: Any, gradients: Any, keep_dh: bool = False) -> Any:
        result = backward(self, done, gradients, keep_dh)
        gradients.flat[...] *= 1e-200
        return result

    _, (plain,) = train(Plan(0, 1, 0.01), random_system(BLUEPRINT), Optimizer("sgd"))
    monkeypatch.setattr(type(system), "backward", small)
    _, (found,) = train(Plan(0, 1, 0.01), system, Optimizer("sgd"))
    assert found.grad_norm == pytest.approx(1e-200 * plain.grad_norm)


def test_an_update_that_leaves_the_range_is_divergence() -> None:
    from rnn_cli.core.systems import make_system

    system = make_system(BLUEPRINT, random_system(BLUEPRINT).parameters.flat.astype(np.float32))
    progress = Progress()
    with pytest.raises(Diverged) as raised:
        train(Plan(0, 5, 1e39), system, Optimizer("adam"), progress)
    assert raised.value.updated
    assert raised.value.parameter in system.parameters
    assert progress.step == 0


def test_the_reach_by_hand() -> None:
    errors = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 0.0]])  # (T, B); the second sequence has two steps
    reach = reach_of(errors, np.array([3, 2]))
    assert reach.distances.tolist() == [0, 1, 2]
    assert reach.norms.tolist() == [(4 + 20) / 2, (2 + 10) / 2, 1.0]


@pytest.mark.parametrize("kind", SYSTEM_KINDS)
def test_watching_every_few_steps(kind: str) -> None:
    blueprint = blueprint_of(kind, "gru reset after", 4, 2, kind != "one-to-many")
    batches = [random_examples(blueprint, [4, 7, 2], seed) for seed in range(7)]
    plain, watched = (
        list(train_steps(random_system(blueprint), Optimizer("sgd"), Plan(0, 7, 0.1, watch=watch), Progress(), lambda p: (batches[p.step], False)))
        for watch in (0, 3)
    )  # fmt: skip
    assert [one.step for one in watched if one.reach is not None] == [1, 3, 6]
    assert all(one.reach is None for one in plain)
    assert without_clock(plain) == without_clock(watched)
    reach = watched[0].reach
    assert reach is not None
    assert len(reach.norms) == len(reach.distances)
    assert np.isfinite(reach.norms).all()
    if kind in ("many-to-one", "encoder-decoder", "numbers"):
        assert len(reach.norms) == 7


def test_the_reach_of_a_vanilla_cell_falls_and_that_of_an_open_gate_does_not() -> None:
    from rnn_cli.core.systems import initialize_system, make_system

    shares = {}
    for cell, bias in (("rnn tanh", None), ("lstm", 6.0), ("gru reset after", 6.0)):
        blueprint = blueprint_of("many-to-one", cell, 16)
        system = make_system(blueprint)
        initialize_system(system, np.random.default_rng(0), "pytorch", bias)
        batch = random_examples(blueprint, [40] * 8)
        plan, optimizer = Plan(0, 1, 1e-3, watch=1), Optimizer("sgd")
        (event,) = train_steps(system, optimizer, plan, Progress(), lambda p, batch=batch: (batch, False))  # type: ignore[misc]
        assert event.reach is not None
        shares[cell] = event.reach.norms[-1] / event.reach.norms[0]
    assert shares["rnn tanh"] < 1e-5
    assert shares["lstm"] > 0.01
    assert shares["gru reset after"] > 0.3
