"""A layer of both directions is one of each beside the other."""

from dataclasses import replace

import numpy as np
from hypothesis import given

from rnn_cli.core.network import BACKWARD, FORWARD, Network
from rnn_cli.core.parameters import Parameters
from tests.support.askable import FEW, askable
from tests.support.asked import Asked, same

in_both = askable(layers=1).filter(lambda asked: asked.network.architecture.bidirectional)


def alone(asked: Asked, direction: str) -> Asked:
    """One direction of a network, with its half of the readout; the bias of the readout is left to the forward one."""
    a = replace(asked.network.architecture, bidirectional=False, backward_only=direction == BACKWARD)
    parameters = Parameters(a.shapes())
    half = asked.network.architecture.part_of(0, direction)
    for name, array in parameters.items():
        whole = asked.network.parameters[name]
        array[...] = whole[:, half] if name == "readout.W_hy" else whole
        if name == "readout.b_y" and direction == BACKWARD:
            array[...] = 0
    starts = {place: state for place, state in asked.starts.items() if place[1] == direction}
    errors = None if asked.errors is None else asked.errors[..., half]
    return asked.changed(network=Network(a, parameters), starts=starts, errors=errors)


@FEW
@given(asked=in_both)
def test_states_stand_side_by_side_and_logits_add_up(asked: Asked) -> None:
    both = asked.document("forward")["sequences"][0]
    one, other = (alone(asked, direction).document("forward")["sequences"][0] for direction in (FORWARD, BACKWARD))
    same(one["layers"] + other["layers"], both["layers"])
    same(np.concatenate([one["output"], other["output"]], axis=1).tolist(), both["output"])
    same((np.array(one["logits"]) + other["logits"]).tolist(), both["logits"])


@FEW
@given(asked=in_both)
def test_the_steps_of_each_are_those_of_both(asked: Asked) -> None:
    both = asked.document("trace")["steps"]
    for direction in (FORWARD, BACKWARD):
        same(alone(asked, direction).document("trace")["steps"], [one for one in both if one["direction"] == direction])


@FEW
@given(asked=askable(layers=1, readout=False).filter(lambda asked: asked.network.architecture.bidirectional))
def test_gradients_stand_side_by_side_and_those_of_the_inputs_add_up(asked: Asked) -> None:
    both = asked.document("bptt")
    one, other = (alone(asked, direction).document("bptt") for direction in (FORWARD, BACKWARD))
    same(one["gradients"]["layers"] + other["gradients"]["layers"], both["gradients"]["layers"])
    inputs = np.array(one["gradients"]["inputs"]) + other["gradients"]["inputs"]
    same(inputs.tolist(), both["gradients"]["inputs"])
    for direction, own in ((FORWARD, one), (BACKWARD, other)):
        same(own["steps"], [step for step in both["steps"] if step["direction"] == direction])
