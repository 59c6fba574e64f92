"""A memory that is closed by its weights: what was read before leaves no trace, forward or backward."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.network import Network
from rnn_cli.core.reads import FINAL_STATE
from tests.support.askable import askable
from tests.support.asked import Asked, same
from tests.support.networks import KINDS

ONE = settings(max_examples=settings().max_examples // 12)
SHUT = 800.0
"""A bias whose sigmoid a float cannot tell from 0 or 1."""


def closed(asked: Asked) -> Asked:
    """The same network without what reads the state before, its keeping gate shut."""
    network: Network = asked.network.with_parameters(asked.network.parameters.copy())
    for layer in range(network.architecture.num_layers):
        for direction in network.architecture.directions:
            for name, array in network.named(layer, direction).items():
                if name.startswith(("W_h", "p_")):
                    array[...] = 0
                if network.cell.keeping_gate is not None:
                    gate, sign = network.cell.keeping_gate
                    if name == f"b_{gate}":
                        array[...] = -sign * SHUT
    return asked.changed(network=network)


@pytest.mark.parametrize("kind", sorted(KINDS))
@ONE
@given(data=st.data())
def test_every_step_is_as_if_it_were_the_first(kind: str, data: st.DataObject) -> None:
    asked = closed(data.draw(askable(reads=(FINAL_STATE,), kind=kind)))
    whole = asked.document("forward")["sequences"][0]
    for t, x in enumerate(asked.x):
        alone = asked.changed(x=x[None], starts={}).document("forward")["sequences"][0]
        same(alone["output"], whole["output"][t : t + 1])
        for one, layer in zip(alone["layers"], whole["layers"], strict=True):
            for gate, values in one["gates"].items():
                same(values, layer["gates"][gate][t : t + 1])


@pytest.mark.parametrize("kind", sorted(KINDS))
@ONE
@given(data=st.data())
def test_no_error_goes_to_the_step_before(kind: str, data: st.DataObject) -> None:
    asked = closed(data.draw(askable(reads=(FINAL_STATE,), kind=kind)))
    found = asked.document("bptt")
    for step in found["steps"]:
        assert not np.any(np.abs(step["from_future"]) > 1e-300), step["from_future"]
    for layer in found["gradients"]["layers"]:
        for name in asked.network.cell.states:
            assert not np.any(np.abs(layer[f"{name}0"]) > 1e-300)
    path = asked.document("gradients")
    assert all(one["product"] == 0 for one in path["steps"] if one["k"])
