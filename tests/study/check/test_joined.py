"""Arrays as courses hand them out: W_h and W_x as one matrix, what the loop over time has left, the gradient of an embedding."""

from itertools import product
from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS, make_cell
from tests.support.networks import each_value_once
from tests.support.schemas import validate

JOINED = [name for name in CELLS if any(one.startswith("W_h") for one in make_cell(name, {}).parameters)]
T, H = 4, 3


def network(cell: str, inputs: int) -> tuple[rnn.Model, Array, dict[str, Any]]:
    """A network, a sequence, and the right gradients of it."""
    model = rnn.build(cell, input_size=inputs, hidden_size=H, labels=("a", "b"))
    x = np.random.default_rng(0).normal(size=(T, inputs))
    return model, x, model.bptt(x, target="a").document()["gradients"]


def checked(model: rnn.Model, x: Array, **arrays: Any) -> dict[str, Any]:
    """The document of a check."""
    document: dict[str, Any] = validate(rnn.check(model, x, target="a", arrays=arrays).document())
    return document


@pytest.mark.parametrize(("cell", "inputs"), each_value_once(product(JOINED, (H, 2))))
def test_one_matrix_of_both_is_read_whichever_comes_first(cell: str, inputs: int) -> None:
    model, x, gradients = network(cell, inputs)
    own = gradients["layers"][0]
    gates = list(make_cell(cell, {}).gates)
    for first, second in ("hx", "xh"):
        each = [np.hstack([own[f"W_{kind}{gate}"] for kind in (first, second)]) for gate in gates]
        for stored in (np.asarray, np.transpose):
            given = {f"dW{gate}": stored(one) for gate, one in zip(gates, each, strict=True)} if len(gates) > 1 else {}
            for arrays in filter(None, (given, {"dW": stored(np.vstack(each))})):
                compared = checked(model, x, **arrays)["compared"]
                assert len(compared) == 2 * len(gates)
                assert all(one["verdict"] == "right" for one in compared)
                assert all(f"reads [{first}; {second}]" in one["layout"] for one in compared)


def test_a_mistake_in_one_matrix_of_both_is_named() -> None:
    model, x, gradients = network("lstm", 2)
    own = gradients["layers"][0]
    joined = {gate: np.hstack([own[f"W_h{gate}"], own[f"W_x{gate}"]]) for gate in "ifgo"}
    document = checked(model, x, dWf=joined["i"], dWi=joined["i"], dWc=joined["g"])
    assert [one["mistake"] for one in document["findings"]] == ["wrong-gate"]
    assert "da_i, where da_f belongs" in document["findings"][0]["says"]


def test_what_the_loop_has_left_is_compared_where_it_is_the_error_of_the_start() -> None:
    model, x, gradients = network("lstm", 2)
    own = gradients["layers"][0]
    left = checked(model, x, dh_next=np.array(own["h0"]), dc_prev=np.array(own["c0"]))
    assert [one["read_as"].partition(" ")[0] for one in left["compared"]] == ["dh_0", "dc_0"] and left["passed"]
    other = checked(model, x, db_f=np.array(own["b_f"]), dh_next=np.ones(H), dE=np.ones((7, 2)))
    assert other["passed"]
    assert [one["name"] for one in other["left_out"]] == ["dE", "dh_next"]
    assert "no rows of an embedding" in other["left_out"][0]["why"]
