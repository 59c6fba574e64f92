"""A long trace keeps numbers and makes its steps when they are asked for: the same steps, to the bit."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.trace import trace
from rnn_cli.documents import trace as documents
from rnn_cli.study import trace as study
from tests.conftest import Command
from tests.support.networks import KINDS, architecture_of, each_value_once, random_network

T = 7


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_steps_that_are_made_again_are_those_that_were_kept(kind: str) -> None:
    network = random_network(architecture_of(kind, 2, 5, num_layers=2, bidirectional=True, output_size=2), scale=0.9)
    x = np.random.default_rng(1).standard_normal((T, 2))
    kept, made = trace(network, x), trace(network, x, keep_steps=False)
    assert made.logits is not None
    np.testing.assert_array_equal(made.logits, kept.logits)
    assert len(made.steps) == len(kept.steps)
    for one, other in zip(made.steps, kept.steps, strict=True):
        assert (one.t, one.layer, one.direction) == (other.t, other.layer, other.direction)
        assert one.step.numbers.keys() == other.step.numbers.keys()
        for name in one.step.numbers:
            np.testing.assert_array_equal(one.step.value(name), other.step.value(name))
        for a, b in zip(one.step.gates, other.step.gates, strict=True):
            np.testing.assert_array_equal(a.pre_activation, b.pre_activation)
            assert [term.symbol for term in a.terms] == [term.symbol for term in b.terms]
    for where, start in kept.initial.items():
        np.testing.assert_array_equal(made.initial[where].h, start.h)
        np.testing.assert_array_equal(made.ends[where].h, kept.ends[where].h)
        for name in network.cell.states:
            np.testing.assert_array_equal(made.states(*where, name), kept.states(*where, name))


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    ("change", "computed"), [((), 0), ((0,), 1 + T), ((3,), 4 + 4), ((T - 1,), T + 1), ((2, 5), 6 + 5)]
)
def test_of_an_input_that_is_changed_the_steps_before_the_change_are_kept(
    kind: str, change: tuple[int, ...], computed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = random_network(architecture_of(kind, 2, 5, bidirectional=True, output_size=2), scale=0.9)
    x = np.random.default_rng(1).standard_normal((T, 2))
    old, x = trace(network, x, keep_steps=False), x.copy()
    x[list(change)] += 0.5
    longer = np.concatenate([x[:1], x]), np.concatenate([x, x[-1:]]), x[1:], x[:-1]  # at an end alone, or all of it
    steps: list[int] = []
    kind_of_cell = type(
        network.cell
    )  # of one cell, which others share, taking it back would leave it bound to that one
    step = kind_of_cell.step

    def counted(cell: Any, *given: Any) -> Any:
        steps.append(1)
        return step(cell, *given)

    monkeypatch.setattr(kind_of_cell, "step", counted)
    for one in (x, *longer):
        steps.clear()
        new = trace(network, one, keep_steps=False, like=old)
        assert one is not x or len(steps) == computed
        fresh = trace(network, one, keep_steps=False)
        assert new.runs is not None
        assert fresh.runs is not None
        for where, run in fresh.runs.items():
            for name, array in run.numbers.items():
                np.testing.assert_array_equal(new.runs[where].numbers[name], array)
        np.testing.assert_array_equal(new.logits, fresh.logits)
    start = {where: state.map(lambda one: one + 0.1) for where, state in old.initial.items()}
    for other, initial in ((network, start), (network.with_parameters(network.parameters), None)):
        steps.clear()
        trace(other, x, initial, keep_steps=False, like=old)
        assert len(steps) == 2 * T, "of another start, or by other weights, nothing is the same"


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("large", [1.0, 1e305])
def test_the_first_number_out_of_range_is_the_same(kind: str, large: float) -> None:
    network = random_network(architecture_of(kind, 2, 3, bidirectional=True), scale=100.0)
    x = np.ones((T, 2))
    x[3] = large
    with np.errstate(all="ignore"):
        kept, made = trace(network, x), trace(network, x, keep_steps=False)
        assert made.departure == kept.departure


@pytest.mark.parametrize(
    ("kind", "way"),
    each_value_once(product(sorted(KINDS), ["--json", "", "--json --steps 2:5 --unit 1,3 --layer 1", "--why h[3][1]"])),
)
def test_the_document_and_the_page_are_the_same(
    kind: str, way: str, call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["trace", "a b c d e f g", "--cell", KINDS[kind][0], "--num-layers", "2", "--bidirectional", *way.split()]
    kept = call(*words)
    assert kept.code == 0
    monkeypatch.setattr(study, "MOST_KEPT", 3)
    monkeypatch.setattr(documents, "AT_ONCE", 3)
    assert call(*words).stdout == kept.stdout
