"""The way back begins at numbers of the forward pass: who walks into an operand gets there, whatever it is called."""

import re

import numpy as np
import pytest

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.explore.meeting import DECIDED
from rnn_cli.explore.numbers import Numbers
from rnn_cli.study.quiz import computed
from tests.support.explore import session_of, text_of, world_of
from tests.support.networks import KINDS, architecture_of, random_network

GIVEN = re.compile(r"-?target|1/T|2|1/C|\(1 / C\)")


@pytest.mark.parametrize("kind", KINDS)
def test_every_operand_of_an_error_is_walked_into_given_or_nothing(kind: str) -> None:
    both = (MANY_TO_ONE, 1, False), (MANY_TO_MANY, 1, True)
    for task, layers, bidirectional in both:
        a = architecture_of(kind, 1, 2, layers, bidirectional, task, 2)
        numbers = Numbers(world_of(random_network(a, 3), 2))
        waiting = [
            numbers.key(one, layers - 1, direction, t, 1)
            for one in numbers.kinds(back=True)
            for direction in a.directions
            for t in (1, 2)
        ]
        seen, met = set[str](), set[str]()
        while waiting:
            above = waiting.pop()
            opened = numbers.open(above)
            if above in seen or opened is None:
                continue
            seen.add(above)
            for one in (factor for product in opened.operands for factor in product):
                key = numbers.key_of(one, above)
                below = numbers.open(key)
                if below is not None:
                    np.testing.assert_allclose(below.value, one.inner if one.function else one.value, atol=1e-12)
                    met.add(key)
                    waiting.append(key)
                elif not GIVEN.fullmatch(one.name):
                    last = re.match(r"d\w+\.future\[(\d)\]", key)
                    assert last or any(said in one.name for said in DECIDED), (above, one.name)
                    assert last is None or last[1] == ("1" if "backward" in key else "2")
        assert {"p[2]" if task == MANY_TO_ONE else "p[2][2]"} <= met
        assert any(key.startswith("h[") for key in met)


def test_who_walks_back_to_the_probability_walks_on_into_the_forward_pass() -> None:
    session = session_of("I love NLP", target="negative")
    session.edge(1)
    session.turn()
    session.unfold()
    session.unfold()
    assert session.under_cursor == "p[1]"
    session.unfold()
    lines = text_of(session)
    assert "p[1] = softmax(…) = " in lines
    assert "p = softmax(logits)" in lines
    probabilities = session.world.probabilities(session.world.answers([3])[0])
    assert session.opened.value == pytest.approx(probabilities[0], abs=1e-15)
    row = session.numbers.row("p[1]")
    assert row is not None
    assert computed(row) == pytest.approx(probabilities[0], abs=1e-12)
    session.ask()
    asked = text_of(session)
    assert f"{probabilities.max():.4f}" in lines
    assert f"{probabilities.max():.4f}" not in asked
    session.answer(f"{probabilities[0]:.4f}")
    assert session.message.startswith("right: p[1] is ")
    session.unfold()
    session.unfold()
    assert session.trail == ("dh[3][1]", "dlogits[1]", "p[1]", "logits[1]", "h[3][1]")
    for _ in range(3):
        session.fold()
    session.next_kind()
    session.down(1)
    session.unfold()
    assert session.message == "target is what the network should have said: nothing computes it"


@pytest.mark.parametrize(("kind", "of"), [("rnn relu", "a"), ("slstm", "m")])
def test_what_decides_between_1_and_0_is_walked_into(kind: str, of: str) -> None:
    session = session_of()
    a = architecture_of(kind, 1, 2, 1, True, MANY_TO_MANY, 2)
    session.numbers = numbers = Numbers(world_of(random_network(a, 3), 2))
    session.cursor = session.cursor.within(numbers)
    session.turn()
    found = 0
    for name in [one for one in numbers.kinds(back=True) if one != "dx"]:
        for direction in a.directions:
            for t in (1, 2):
                session.place(t, 1, name)
                session.cursor = session.cursor.within(numbers)
                while session.cursor.direction != direction:
                    session.other_direction()
                session.unfold()
                products = session.opened.operands
                where = [(j, k, one) for j, many in enumerate(products) for k, one in enumerate(many)]
                for j, k, one in (spot for spot in where if any(said in spot[2].name for said in DECIDED)):
                    session.down(j)
                    session.next_kind(k - session.folds[-1].factor)
                    session.unfold()
                    decides = f"{of}[{t}][1]@0.{direction}"
                    assert session.key == decides
                    assert session.message == f"{decides} decides what {one.name} is"
                    if of == "a":
                        assert one.value == float(session.opened.value > 0)
                    found += 1
                    break
    assert found >= 4
