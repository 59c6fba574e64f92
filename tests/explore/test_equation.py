"""The equation above a number, worked out: it gives the number, in every cell, layer and direction."""

import re

import numpy as np
import pytest

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.network import BACKWARD, MANY_TO_MANY
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.equation import equation_of
from rnn_cli.explore.numbers import LOGITS, Numbers
from rnn_cli.explore.session import Session
from tests.support.explore import built, session_of, world_of
from tests.support.networks import KINDS, architecture_of, random_network

T = 3


def worked_out(numbers: Numbers, right: str, layer: int, direction: str, t: int) -> np.ndarray:
    """The right side of an equation in numbers: a blank between two of them is a product."""
    world = numbers.world
    names: dict[str, object] = dict(world.model.network.named(layer, direction))
    names |= {name: one.function for name, one in ACTIVATIONS.items()} | {"exp": np.exp, "max": np.maximum}
    before = t + 1 if direction == BACKWARD else t - 1
    for step in (t, before % (T + 1)):
        if step:
            record = world.trace.at(layer, direction, step)
            names |= {f"{name}_{step}": record.value(name) for name in record.numbers}
            names |= {f"x_{step}": record.x}
        else:
            names |= {f"{name}_0": array for name, array in world.trace.initial[layer, direction].items()}
    if "d" in right:
        gradient = world.back.at(layer, direction, t).gradient
        names |= {one.source: one.value for one in gradient.updates}
        names |= {f"{one.source}_{t}": one.value for one in gradient.updates} | {
            "da_" + str(t): gradient.updates[0].value
        }
        names |= {f"d{name}_{t}": array for name, array in gradient.error.items()}
        names |= {f"d{name}_future": array for name, array in world.back.error(layer, direction, t).items()}
    names |= {f"a_{t}": world.trace.at(layer, direction, t).gates[0].pre_activation}
    code = re.sub(r"\(1 where (.*), else 0\)", r"(\1)", right)
    code = re.sub(r"\(d(\w)_\d+ from the future\)", r"d\1_future", code)
    code = re.sub(
        r"\[(\w+) larger\]", lambda one: f"(i_{t} > k_{t})" if one[1][0] == "i" else f"(i_{t} <= k_{t})", code
    )
    code = re.sub(r"e\^(\w+)", r"exp(\1)", code).replace("^2", "**2")
    code = re.sub(r"(W_\w+)\^T", r"\1.T", code)
    code = re.sub(r"(W_\w+(?:\.T)?) (?=[a-z(])", r"\1 @ ", code)
    code = re.sub(r"(?<=[\w)]) (?=\(|[a-z])", " * ", code)
    found: np.ndarray = eval(code, {"__builtins__": {}}, names)
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_equation_gives_the_numbers_below_it(kind: str) -> None:
    network = random_network(architecture_of(kind, 3, 2, 2, True, MANY_TO_MANY, 2), 5)
    world = world_of(network, T)
    session = Session(world)
    session.turn()
    numbers = session.numbers
    for back in (False, True):
        for name in numbers.kinds(back):
            for place in (
                (layer, direction, t) for layer in (0, 1) for direction in numbers.a.directions for t in (1, 2, 3)
            ):
                if name in (LOGITS, "dh"):
                    continue
                said = equation_of(numbers, numbers.key(name, *place, 1))
                left, _, right = said.partition(" = ")
                right, _, note = right.partition("     ")
                assert left in (f"{name}_{place[2]}", name, f"a_{place[2]}", f"da_{place[2]}")
                assert note in ("", f"x_{place[2]}: what layer 0 gives")
                value = worked_out(numbers, right, *place)
                np.testing.assert_allclose(value, numbers.column(name, *place), rtol=1e-9, atol=1e-12, err_msg=said)


def test_the_equations_of_what_the_cell_does_not_say() -> None:
    session = session_of("I love NLP", built("lstm", num_layers=2, bidirectional=True), "positive")
    session.turn()
    keys = {
        "logits[2]": "logits = W_hy [forward h_3; backward h_1] + b_y",
        "dlogits[1]": "dL/dlogits = softmax(logits) - onehot(target)",
        "dh[3][1]@1.forward": "dh_3 = from the output alone",
        "dh[1][1]@1.forward": "dh_1 = from the future alone",
        "dh[2][1]@0.backward": "dh_2 = from layer 1 + from the future",
        "dc.future[2][1]@0.backward": "dc_2 from the future = dc_1 * f_1     at step 1",
        "W_hi[1][2]@0.forward": "",
        "x[1][1]": "",
    }
    assert {key: equation_of(session.numbers, key) for key in keys} == keys
    session = session_of(model=built("gru", task="many-to-many"), target="positive negative positive")
    session.truncate(-2)
    assert equation_of(session.numbers, "logits[2][1]") == "logits = W_hy h_2 + b_y"
    assert equation_of(session.numbers, "dh[2][1]") == "dh_2 = from the output alone"


def test_the_equation_is_that_of_the_number_walked_into() -> None:
    session = session_of(model=built("lstm"))
    session.unfold()
    assert screen(session, 80, 24).lines[3].plain.strip() == "h_1 = o_1 * tanh(c_1)"
    session.unfold()
    assert screen(session, 80, 24).lines[3].plain.strip() == "o_1 = sigmoid(W_xo x_1 + W_ho h_0 + b_o)"
    session = session_of()
    session.unfold()
    session.unfold()
    session.unfold()
    assert screen(session, 80, 24).lines[3].plain.strip() == "W_xh[1][1] is given: no equation makes it"
