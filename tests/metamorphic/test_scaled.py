"""Numbers that grow by a power of two while others shrink by it: what must stay stays to the last bit.

Multiplying by a power of two rounds nothing, so that each number of one document is that of the other times a power.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.network import MANY_TO_MANY
from tests.support.askable import FEW, askable
from tests.support.asked import COMMANDS, Asked, Document, in_order, same, without

POWERS = st.integers(-8, 8).filter(bool).map(lambda exponent: 2.0**exponent)
OF_ALL_GRADIENTS = (
    "truncation",
    "clipping",
    "descent",
    "check.worst",
    "check.max_relative_error",
    "check.sum_residual",
)
"""What mixes the gradient of W_x with that of other parameters, or says how far rounding went."""


def scaled(asked: Asked, s: float) -> Asked:
    """The same network, with s times its inputs, whose first layer multiplies them with W_x / s."""
    network = asked.network.with_parameters(asked.network.parameters.copy())
    for direction in network.architecture.directions:
        for name, array in network.named(0, direction).items():
            if name.startswith("W_x"):
                array /= s
    return asked.changed(network=network, x=asked.x * s)


def times(value: Any, s: float) -> Any:
    """Every number of a value times s."""
    if isinstance(value, list):
        return [times(one, s) for one in value]
    return None if value is None else value * s


def of_scaled_inputs(document: Document, s: float) -> Document:
    """What a document becomes: inputs times s, their errors over s, the gradient of the first W_x times s."""

    def changed(value: Any, path: tuple[str, ...], layer: int | None) -> Any:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [changed(one, path, layer) for one in value]
        if isinstance(value, dict):
            own = value.get("layer", layer) if "rnn.gradients/1" not in path else layer
            return {key: changed(one, (*path, key), own) for key, one in value.items()}
        key = path[-1]
        if (
            (key == "dL_dx" and "rnn.gradients/1" in path)
            or path[-2:] == ("gradients", "inputs")
            or (key == "dL_dx" and layer == 0)
        ):
            return times(value, 1 / s)
        if key == "log10_dL_dx":
            return [None if one is None else one - np.log10(s) for one in value]
        if key == "inputs" or (layer == 0 and (key == "x" or key.startswith("W_x"))):
            return times(value, s)
        return value

    made: Document = changed(document, (document["schema"],), None)
    return made


@pytest.mark.parametrize("command", COMMANDS)
@FEW
@given(asked=askable(), s=POWERS)
def test_inputs_scaled_through_the_first_matrix(command: str, asked: Asked, s: float) -> None:
    options = ["--explain"] if command == "predict" and asked.network.architecture.output_size > 1 else []
    drop = (*OF_ALL_GRADIENTS, "itemised.cell_norms", *(() if asked.network.cell.recurrent else ("itemised",)))
    expected = of_scaled_inputs(asked.document(command, *options), s)
    found = scaled(asked, s).document(command, *options)
    exact = 0.0 if command in ("forward", "trace") else 1e-12
    same(without(found, *drop), without(expected, *drop), tolerance=exact)


@FEW
@given(asked=askable(readout=False), s=POWERS)
def test_an_error_that_is_larger_makes_every_gradient_larger(asked: Asked, s: float) -> None:
    """The backward pass is linear in what arrives."""
    assert asked.errors is not None
    drop = (
        "truncation",
        "clipping",
        "descent",
        "check",
        "target",
        "loss",
        "left_out",
        "model",
        "itemised.steps",
        "itemised.loss_steps",
    )

    def larger(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: larger(one, name) for name, one in value.items()}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [larger(one) for one in value]
        return value if key in ("t", "layer") or isinstance(value, str) else times(value, s)

    same(
        without(asked.changed(errors=asked.errors * s).document("bptt"), *drop),
        larger(without(asked.document("bptt"), *drop)),
        tolerance=0,
    )


@FEW
@given(asked=askable(readout=False), data=st.data())
def test_the_gradient_of_two_errors_is_the_sum_of_theirs(asked: Asked, data: st.DataObject) -> None:
    assert asked.errors is not None
    more = np.random.default_rng(data.draw(st.integers(0, 99))).standard_normal(asked.errors.shape)
    each = [
        asked.changed(errors=one).document("bptt")["gradients"] for one in (asked.errors, more, asked.errors + more)
    ]
    numbers = [
        [np.array(one["inputs"]).ravel(), *(np.array(array).ravel() for layer in one["layers"] for name, array in layer.items()
                                            if name not in ("layer", "direction"))]
        for one in each
    ]  # fmt: skip
    a, b, both = map(np.concatenate, numbers)
    np.testing.assert_allclose(a + b, both, atol=1e-12 * max(1, float(np.abs(both).max())), rtol=1e-9)


@FEW
@given(asked=askable())
def test_the_mean_of_losses_has_the_mean_of_gradients(asked: Asked) -> None:
    many = asked.network.architecture.task == MANY_TO_MANY
    n = len(asked.x) if many else 1
    found = asked.document("bptt", *(["--reduction", "mean"] if many else []))
    whole = asked.document("bptt")
    assert np.isclose(found["loss"]["total"] * n, whole["loss"]["total"], rtol=1e-12)
    same(in_order(times_in(found["gradients"], n)), in_order(whole["gradients"]), tolerance=1e-12)


def times_in(value: Any, n: int, key: str = "") -> Any:
    """Every number of an object times n, but for the layers' own."""
    if isinstance(value, dict):
        return {name: times_in(one, n, name) for name, one in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [times_in(one, n) for one in value]
    return value if key in ("layer", "direction") else times(value, n)
