"""What is said to a prediction: the usual slips are named, in the number's own terms."""

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.explore.session import Session
from tests.support.explore import built, session_of


def said_to(session: Session, value: float) -> str:
    """What is said to a first answer."""
    session.ask()
    session.answer(f"{value:.4f}")
    return session.message


def test_a_slip_in_the_sum_is_recognised_behind_the_activation() -> None:
    session = session_of("I love NLP", built("rnn", hidden_size=3))
    session.step(1)
    w = session.world.model.network.named(0, "forward")
    x, h = session.world.sequence.inputs, session.world.trace.states(0, "forward")
    unit = int(np.abs(h[1]).argmax())
    session.down(unit)
    inner = w["W_xh"] @ x[1] + w["W_hh"] @ h[0]
    slips = {
        "the weights were taken from a column": np.tanh(w["W_xh"] @ x[1] + w["W_hh"].T @ h[0] + w["b_h"]),
        "the bias is missing": np.tanh(inner),
        "that is the sum alone": inner + w["b_h"],
        "an operand is of another step": np.tanh(w["W_xh"] @ x[1] + w["W_hh"] @ h[1] + w["b_h"]),
        "a sign is wrong; tanh keeps the sign": -h[1],
        "that is the number of another unit": np.roll(h[1], -1),
    }
    for words, answer in slips.items():
        assert f"not yet: {words}" in said_to(session, answer[unit]) or words in session.message, words
    said_to(session, 0.123)
    assert session.message == "not yet: work it out once more"
    session.answer("0.123")
    assert session.message == f"no; h[2][{unit + 1}] is {h[1, unit]:+.4f}"


@pytest.mark.parametrize("cell", CELLS)
def test_every_number_on_the_way_can_be_predicted(cell: str) -> None:
    session = session_of(model=built(cell, num_layers=2, bidirectional=True))
    session.step(1)
    for back in (False, True):
        for kind in session.numbers.kinds(back):
            session.folds = ()
            while session.cursor.kind != kind:
                session.next_kind()
            for _ in range(3):
                value = session.opened.value
                assert "not yet" in said_to(session, value + 0.5)
                session.answer(f"{value:.4f}")
                assert session.message.startswith("right: "), (session.key, session.message)
                session.unfold()
                if not session.opened.products:
                    break
        session.folds = ()
        session.turn()


def test_a_walked_number_is_held_against_its_own_step_and_layer() -> None:
    session = session_of(model=built("lstm", num_layers=2))
    session.step(2)
    session.next_kind()  # c
    session.unfold()
    session.down(0)
    session.unfold()
    key = session.key
    session.ask()
    question = session.question
    assert question is not None
    assert (question.part.layer, question.part.t) == session.numbers.place(key)[::2]
    opened = [session.numbers.open(key.replace("[1]@", f"[{unit}]@")) for unit in (2, 3)]
    assert question.others == tuple(one.value for one in opened if one is not None)
