"""Every unfolded number recomputes from what it says it is made of, down to weights, x and h_0."""

import re
from collections.abc import Callable, Mapping
from math import fsum, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.network import MANY_TO_ONE, Network
from rnn_cli.core.trace import Trace, trace
from rnn_cli.core.why import Number, Quantity, Reason, quantity_bounds, unfold
from tests.support.networks import KINDS, architecture_of, networks, random_network, random_sequence, seeds, slow_if

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "": lambda v: v,
    "tanh({})": lambda v: float(np.tanh(v)),
    "(1 - {})": lambda v: 1 - v,
    "(1 / {})": lambda v: 1 / v,
    "-{}": lambda v: -v,
}
"""What a factor may be of the number that it comes from."""


def leaves_of(result: Trace) -> re.Pattern[str]:
    """What the leaves of a trace's numbers may be called: inputs, starting states and parameters."""
    cell = result.network.cell
    named = [*cell.parameters, "W_hy", "b_y"]
    matrices = "|".join(["x", *(name for name in named if name.startswith("W_"))])
    vectors = "|".join([*(f"{name}_0" for name in cell.states), *(n for n in named if not n.startswith("W_"))])
    return re.compile(rf"({matrices})\[\d+\]\[\d+\]|({vectors})\[\d+\]")


def quantities(result: Trace) -> list[Quantity]:
    """Every number of a trace that can be asked for."""
    architecture, cell = result.network.architecture, result.network.cell
    kinds = [*result.steps[0].step.numbers, *(f"a_{gate}" for gate in cell.gates)]
    found = [
        Quantity(kind, layer, direction, t, unit)
        for kind in dict.fromkeys(kinds)
        for layer in range(architecture.num_layers)
        for direction in architecture.directions
        for t in range(1, len(result.inputs) + 1)
        for unit in range(1, architecture.size_of(layer) + 1)
    ]
    if architecture.output_size:
        steps = [None] if architecture.task == MANY_TO_ONE else list(range(1, len(result.inputs) + 1))
        last = architecture.num_layers - 1
        found += [
            Quantity("logits", last, "forward", t, unit)
            for t in steps
            for unit in range(1, architecture.output_size + 1)
        ]
    return found


def value_of(result: Trace, q: Quantity) -> float:
    """The number itself, read off the trace."""
    if q.kind == "logits":
        assert result.logits is not None
        return float(result.logits[q.unit - 1] if q.t is None else result.logits[q.t - 1, q.unit - 1])
    assert q.t is not None
    step = result.at(q.layer, q.direction, q.t)
    if q.kind.startswith("a_"):
        return float(step.gate(q.kind[2:]).pre_activation[q.unit - 1])
    return float(step.value(q.kind)[q.unit - 1])


def check(result: Trace, reason: Reason, numbers: Mapping[str, Number] | None = None) -> None:
    """Each number is formula(sum of products of factors); each factor is a leaf or a number that is unfolded too.

    Of all the numbers of a reason, or of some alone.
    """
    leaf = leaves_of(result)
    for name, number in (reason.numbers if numbers is None else numbers).items():
        assert number.name == name
        values = [term.value for term in number.terms]
        total = max(values) if number.formula == "max" else fsum(values)
        for term in number.terms:
            assert term.value == prod(factor.value for factor in term.factors)
            for factor in term.factors:
                before, _, after = (factor.function or "{}").partition("{}")
                inner = factor.name.removeprefix(before).removesuffix(after)
                if factor.source is None:
                    assert leaf.fullmatch(inner), factor.name
                else:
                    assert inner == factor.source
                    assert factor.value == FUNCTIONS[factor.function](reason.numbers[factor.source].value)
        if number.formula == "exp":
            total = float(np.exp(total))
        elif number.formula in ACTIVATIONS:
            total = float(ACTIVATIONS[number.formula].function(np.array(total)))
        else:
            assert number.formula in ("", "max")
        assert number.value == pytest.approx(total, abs=1e-13, rel=1e-13)


@given(network=networks(max_size=3), steps=st.integers(1, 3), seed=seeds, pick=st.integers(0, 10**6))
def test_any_number_recomputes_from_its_leaves(network: Network, steps: int, seed: int, pick: int) -> None:
    result = trace(network, random_sequence(steps, network.architecture.input_size, seed))
    every = quantities(result)
    q = every[pick % len(every)]
    reason = unfold(result, q)
    check(result, reason)
    assert reason.numbers[reason.root].value == value_of(result, q)
    assert next(iter(reason.numbers)) == reason.root


@pytest.mark.parametrize("kind", slow_if(sorted(KINDS), "rnn relu", "gru reset before", "lstm"))
def test_every_number_of_one_network_unfolds(kind: str) -> None:
    network = random_network(architecture_of(kind, 2, [2, 1], bidirectional=True, output_size=2))
    result = trace(network, random_sequence(2, 2))
    known: dict[str, Number] = {}
    for q in quantities(result):
        reason = unfold(result, q)
        for name, number in reason.numbers.items():
            assert known.get(name, number) == number, "one number, whoever asks"
        new = {name: number for name, number in reason.numbers.items() if name not in known}
        known |= new
        check(result, reason, new)


@given(network=networks(max_size=3), steps=st.integers(1, 3), seed=seeds)
def test_names_are_unique(network: Network, steps: int, seed: int) -> None:
    result = trace(network, random_sequence(steps, network.architecture.input_size, seed))
    from rnn_cli.core.why import Unfolder

    unfolder = Unfolder(result)
    names = [unfolder.name(q) for q in quantities(result)]
    assert len(set(names)) == len(names)


def test_a_state_of_the_backward_direction_comes_from_later_steps() -> None:
    network = random_network(architecture_of("rnn tanh", bidirectional=True))
    reason = unfold(trace(network, random_sequence(3, 3)), Quantity("h", 0, "backward", 2, 1))
    assert "h[3][1]@0.backward" in reason.numbers
    assert "h[1][1]@0.backward" not in reason.numbers
    leaves = {f.name for n in reason.numbers.values() for term in n.terms for f in term.factors if f.source is None}
    assert {"x[2][1]", "x[3][1]", "h_0[1]"} <= leaves
    assert "x[1][1]" not in leaves


def test_bounds_of_quantities() -> None:
    result = trace(random_network(architecture_of("lstm", output_size=2)), random_sequence(2, 3))
    assert quantity_bounds(result, "h", 0) == (True, 4)
    assert quantity_bounds(result, "a_f", 0) == (True, 4)
    assert quantity_bounds(result, "logits", 0) == (False, 2)
    for kind in ("a", "q", "r", "a_h", "x"):
        with pytest.raises(KeyError):
            quantity_bounds(result, kind, 0)
    bare = trace(random_network(architecture_of("rnn tanh")), random_sequence(2, 3))
    for kind in ("logits", "c"):
        with pytest.raises(KeyError):
            quantity_bounds(bare, kind, 0)
