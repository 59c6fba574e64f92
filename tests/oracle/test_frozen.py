"""PyTorch's frozen answers (frozen/make_frozen.py wrote them): these tests run everywhere."""

import json
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import run_forward
from rnn_cli.core.trace import trace
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.state_dict import model_from_state_dict
from tests.oracle.frozen.make_frozen import CASES, FILE
from tests.support.networks import stacked

DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
CLOSE = 1e-10


def named(case: dict[str, Any]) -> str:
    """lstm-2-both."""
    directions = "both" if case["bidirectional"] else "one way"
    return f"{case['cell']} {case['activation']}, {case['num_layers']} layers, {directions}"


def test_there_is_a_case_for_each_network_of_the_script() -> None:
    assert len(DOCUMENT["cases"]) == len(CASES)
    assert DOCUMENT["torch"]


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=named)
def test_the_forward_pass_gives_pytorchs_frozen_values(case: dict[str, Any]) -> None:
    arrays = {name: np.array(values) for name, values in case["state_dict"].items()}
    network = model_from_state_dict("frozen", "frozen", arrays, Choices(activation=case["activation"])).network
    assert network.architecture.cell == case["cell"]
    assert network.architecture.num_layers == case["num_layers"]
    assert network.architecture.bidirectional == case["bidirectional"]
    lengths = [len(one["x"]) for one in case["sequences"]]
    batch = np.full((max(lengths), len(lengths), network.architecture.input_size), 5.0)
    for b, one in enumerate(case["sequences"]):
        batch[: lengths[b], b] = one["x"]
    run = run_forward(network, batch, np.array(lengths))
    for b, one in enumerate(case["sequences"]):
        np.testing.assert_allclose(run.output[: lengths[b], b], one["output"], atol=CLOSE, rtol=0)
        np.testing.assert_allclose(stacked(run, "h")[:, b], one["h_n"], atol=CLOSE, rtol=0)
        assert ("c" in network.cell.states) == (one["c_n"] is not None)
        if one["c_n"] is not None:
            np.testing.assert_allclose(stacked(run, "c")[:, b], one["c_n"], atol=CLOSE, rtol=0)
        traced = trace(network, np.array(one["x"]))
        last = network.architecture.num_layers - 1
        states = [traced.states(last, direction) for direction in network.architecture.directions]
        np.testing.assert_allclose(np.concatenate(states, axis=-1), one["output"], atol=CLOSE, rtol=0)
