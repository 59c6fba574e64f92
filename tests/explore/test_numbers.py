"""Every number that the explorer opens is the one of the documents, and is what its operands make."""

from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import FORWARD, MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.documents.bptt import bptt_document
from rnn_cli.documents.trace import trace_document
from rnn_cli.explore.numbers import Numbers, moved_by
from rnn_cli.study.bptt import BpttResult, bptt_sequence
from rnn_cli.study.quiz import computed
from rnn_cli.study.trace import TraceResult, trace_sequence
from rnn_cli.views.heat import largest
from tests.support.explore import built, session_of, world_of
from tests.support.networks import architecture_of, kinds, networks, random_network, seeds


def numbers_of_trace(document: dict[str, Any]) -> dict[tuple[str, int, str, int], list[float]]:
    """(quantity, layer, direction, t) -> its numbers, of rnn.trace/1."""
    found = {}
    for step in document["steps"]:
        where = step["layer"], step["direction"], step["t"]
        states = {name: step[name] for name in ("h", "c") if step[name] is not None}
        gates = {gate["name"]: gate["value"] for gate in step["gates"]}
        before = {f"a_{gate['name']}": gate["pre_activation"] for gate in step["gates"]}
        own = {name: value for name, value in step.items() if isinstance(value, np.ndarray) and "_prev" not in name}
        own.pop("x")
        found.update({(name, *where): value for name, value in {**gates, **before, **own, **states}.items()})
    return found


@settings(max_examples=8)
@given(networks(max_size=3), st.integers(1, 3))
def test_the_map_of_the_forward_pass_is_the_document_of_trace(network: Network, T: int) -> None:
    world = world_of(network, T)
    result = trace_sequence(world.model, world.sequence)
    assert isinstance(result, TraceResult)
    document, numbers = trace_document(result), Numbers(world)
    for (kind, layer, direction, t), value in numbers_of_trace(document).items():
        where = layer, direction, t
        assert kind in numbers.kinds(back=False)
        np.testing.assert_array_equal(numbers.column(kind, *where), value)
        for unit, one in enumerate(value, start=1):
            key = numbers.key(kind, *where, unit)
            opened, row = numbers.open(key), numbers.row(key)
            assert opened is not None
            assert row is not None
            assert opened.value == one, key
            np.testing.assert_allclose(computed(row), one, rtol=1e-9, atol=1e-12)
            for factor in (factor for product in opened.operands for factor in product):
                below = numbers.open(numbers.key_of(factor, key))
                assert below is None or below.value == (factor.inner if factor.function else factor.value), factor.name
    if document.get("logits") is not None:
        logits = np.atleast_2d(document["logits"])
        np.testing.assert_array_equal(np.stack(world.answers([T]))[-1], logits[-1])


@settings(max_examples=8)
@given(kinds, st.sampled_from((MANY_TO_ONE, MANY_TO_MANY)), st.sampled_from(((1, True), (2, False), (1, False))), seeds)
def test_the_map_of_the_backward_pass_is_the_document_of_bptt(
    kind: str, task: str, shape: tuple[int, bool], seed: int
) -> None:
    layers, bidirectional = shape  # small: the document checks its gradient by differences, weight by weight
    world = world_of(random_network(architecture_of(kind, 1, 2, layers, bidirectional, task, 2), seed), 2)
    goal = world.said_target
    assert isinstance(goal, str)
    result = bptt_sequence(world.model, world.sequence, target=goal)
    assert isinstance(result, BpttResult)
    numbers, document = Numbers(world), bptt_document(result)
    assert world.back.loss.total == document["loss"]["total"]
    for step in document["steps"]:
        where = step["layer"], step["direction"], step["t"]
        columns = {"dh": step["dL_dh"], **{f"da_{gate}": value for gate, value in step["dL_da"].items()}}
        for kind, value in columns.items():
            shown = kind if kind in numbers.kinds(back=True) else f"da_{kind}"
            np.testing.assert_allclose(numbers.column(shown, *where), value, rtol=1e-9, atol=1e-12)
            for unit in range(1, len(value) + 1):
                key = numbers.key(shown, *where, unit)
                row, opened = numbers.row(key), numbers.open(key)
                assert row is not None
                assert opened is not None
                np.testing.assert_allclose(computed(row), value[unit - 1], rtol=1e-7, atol=1e-12)
                for factor in (factor for product in opened.operands for factor in product):
                    below = numbers.open(numbers.key_of(factor, key))
                    own = factor.inner if factor.function else factor.value
                    assert below is None or np.isclose(below.value, own, rtol=1e-9, atol=1e-12), factor.name
    np.testing.assert_allclose(world.back.inputs, document["gradients"]["inputs"], rtol=1e-9, atol=1e-12)


@given(networks(max_size=3, readout=True), st.integers(2, 5))
def test_the_answer_after_a_step_is_that_of_the_sentence_that_ends_there(network: Network, T: int) -> None:
    world = world_of(network, T)
    for t, answer in enumerate(world.answers(range(1, T + 1)), start=1):
        alone = world_of(network, T)
        short = trace_sequence(
            alone.model, type(alone.sequence)(None, None, None, None, None, alone.sequence.inputs[:t])
        )
        assert isinstance(short, TraceResult)
        assert short.trace.logits is not None
        np.testing.assert_allclose(answer, np.atleast_2d(short.trace.logits)[-1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_what_stands_behind_a_number_gives_it(cell: str) -> None:
    session = session_of("I love NLP", built(cell, hidden_size=2))
    numbers, seen = session.numbers, set[str]()
    waiting = [numbers.key(kind, 0, FORWARD, 2, 1) for back in (False, True) for kind in numbers.kinds(back)]
    while waiting:
        key = waiting.pop()
        opened = numbers.open(key)
        if key in seen or opened is None:
            continue
        seen.add(key)
        for one, factors in zip(opened.products, opened.operands, strict=True):
            np.testing.assert_allclose(prod(factor.value for factor in factors), one.value, rtol=1e-12, err_msg=key)
        if opened.products and not opened.function:
            np.testing.assert_allclose(sum(one.value for one in opened.products), opened.value, atol=1e-12, err_msg=key)
        waiting += [numbers.key_of(factor, key) for factors in opened.operands for factor in factors]
    assert len(seen) > 20


def test_a_long_sum_stands_with_its_largest_products_first() -> None:
    session = session_of(model=built("rnn", hidden_size=16))
    products = session.numbers.open("a[2][1]").products  # type: ignore[union-attr]
    sizes = [abs(one.value) for one in products]
    assert len(sizes) == 2 + 16 + 1
    assert sizes == sorted(sizes, reverse=True)


def test_keys_that_name_nothing_open_nothing() -> None:
    numbers = session_of(target="positive").numbers
    nothing = [
        "h[4][1]",
        "h[1][4]",
        "h[0][1]",
        "c[1][1]",
        "W_hh[1][4]",
        "W_hh[1]",
        "x[1][3]",
        "dh[4][1]",
        "p",
        "1/T",
        "h_0[4]",
    ]
    assert [key for key in nothing if numbers.open(key) is not None] == []
    assert numbers.open("dh.future[3][1]") is None  # nothing comes after the last step


def test_a_key_moves_in_time_and_a_weight_stays() -> None:
    moved = {"h[2][1]": "h[3][1]", "dh.future[1][2]@0.forward": "dh.future[2][2]@0.forward", "x[1][2]": "x[2][2]"}
    moved |= {key: key for key in ("W_hh[1][2]", "b_h[1]", "h_0[1]", "logits[1]", "b_y[2]")}
    assert {key: moved_by(key, 1) for key in moved} == moved


@pytest.mark.parametrize("spoilt", [0.5, np.inf, -np.inf, np.nan])
def test_the_scale_is_that_of_the_finite_numbers_and_looked_for_once(spoilt: float) -> None:
    numbers = session_of(" ".join(["love"] * 9), built("gru")).numbers
    run = (numbers.world.trace.runs or {})[0, "forward"].numbers["z"]
    run[1, 0], run[3, 1] = spoilt, -7.0
    assert numbers.scale("z", 0, "forward", [9]) == 7.0
    run[...] = 0.0  # a run of 10,000 steps is not read again for every key
    assert numbers.scale("z", 0, "forward", [9]) == 7.0
    for none in ([np.nan, np.inf], [-0.0], []):
        assert f"{largest(np.array(none)):g}" == "0"
