"""What is said to a prediction: the usual slips are named, in the number's own terms."""

import re
from itertools import permutations
from math import prod

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.predict import copied, question_of
from rnn_cli.explore.session import Session
from rnn_cli.study.quiz import SLOPES, slips, without_matrices
from tests.support.explore import built, session_of, text_of


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
        "all products with one of the matrices are missing from the sum; those with W_hh": np.tanh(
            w["W_xh"] @ x[1] + w["b_h"]
        ),
        "all products with one of the matrices are missing from the sum; those with W_xh": np.tanh(
            w["W_hh"] @ h[0] + w["b_h"]
        ),
        "a sign is wrong; tanh keeps the sign": -h[1],
        "that of the products with W_hh": np.tanh(w["W_xh"] @ x[1] - w["W_hh"] @ h[0] + w["b_h"]),
        "that of the products with W_xh": np.tanh(w["W_hh"] @ h[0] - w["W_xh"] @ x[1] + w["b_h"]),
        "one of the products is missing": np.tanh(inner + w["b_h"] - w["W_xh"][:, 1] * x[1, 1]),
        "that is the number of another unit": np.roll(h[1], -1),
    }
    for words, answer in slips.items():
        assert f"not yet, one more try: {words}" in said_to(session, answer[unit]) or words in session.message, words
    said_to(session, 0.123)
    assert session.message == "not yet, one more try: work it out once more"
    session.answer("0.123")
    assert session.message == f"no; h[2][{unit + 1}] is {h[1, unit]:+.4f}"


@pytest.mark.parametrize("cell", CELLS)
def test_a_forgotten_matrix_is_named_first_at_every_step(cell: str) -> None:
    session = session_of("I love NLP", built(cell, hidden_size=3))
    w, x = session.world.model.network.named(0, "forward"), session.world.sequence.inputs
    kind = next((one for one in session.numbers.kinds(back=False) if one.startswith("a_")), None)
    name = f"W_x{kind[2:]}" if kind else ""
    if name not in w:
        return
    for t in (1, 2, 3):
        session.place(t, 1, kind)
        left = session.opened.value - float(w[name][0] @ x[t - 1])
        said = said_to(session, left)
        matrices = without_matrices(session.question.row) if session.question else {}
        if name in matrices and abs(matrices[name] - left) < 1e-9:  # W_x x stands in the sum as it is
            assert said.startswith("not yet, one more try: all products with one of the matrices"), (t, said)
            assert name in said


@pytest.mark.parametrize("cell", CELLS)
def test_an_error_before_its_activation_in_place_of_that_behind_it_is_recognised(cell: str) -> None:
    session = session_of("I love NLP", built(cell, hidden_size=3))
    future = "dh.future[2][1]"
    row = session.numbers.row(future)
    assert row is not None
    wrong = 0.0
    for product in row.products:
        term = product.value
        for one in product.factors:
            made = session.numbers.row(one.name) if one.name.startswith("da") else None
            if made is not None and len(made.products) == 1:
                term *= prod(f.value for f in made.products[0].factors if f.function not in SLOPES) / one.value
        wrong += term
    question = question_of(session.numbers, future)
    names = [name for name, value in slips(question, session.world.trace, 4) if abs(value - wrong) < 1e-9]
    assert abs(wrong - row.value) < 1e-9 or "derivative-missing" in names


def test_what_is_no_number_is_said_and_how_many_tries_there_are() -> None:
    session = session_of()
    session.ask()
    assert "You have 2 tries; ? tells it, Escape leaves it" in session.message
    for typed, said in {"": "nothing was typed", "1e400": "too large", "a": "'a' is no number"}.items():
        session.answer(typed)
        assert said in session.message
        assert session.question is not None
        assert not session.question.given
    for typed, said in {"": "nothing was typed", "-1e400": "too large", "1/0": "is no number"}.items():
        with pytest.raises(InputError, match=said):
            edited(session, typed)


def edited(session: Session, typed: str) -> None:
    """The first weight of the number under the cursor, as w edits it."""
    session.question, session.folds = None, ()
    session.unfold()
    session.unfold()
    session.edit_number(typed)


def test_hints_stand_on_lines_of_their_own() -> None:
    session = session_of()
    session.message = "not yet, one more try: a sign is wrong\nor: the bias is missing"
    rows = [one.plain.rstrip() for one in screen(session, 80, 24).lines[-2:]]
    assert rows == session.message.split("\n")


def test_a_second_answer_has_hints_of_its_own() -> None:
    session = session_of()
    session.step(1)
    value, inner = (found.value for key in ("h[2][1]", "a[2][1]") if (found := session.numbers.open(key)) is not None)
    answers = {f"{value:.2f}": "too few decimals", f"{-value:.4f}": "a sign is wrong", f"{inner:.4f}": "the sum alone"}
    for first, second in permutations([*answers, "5"], 2):
        session.ask()
        for said in (first, second):
            session.answer(said)
            for answer, words in answers.items():
                assert (words in session.message) == (answer == said), (first, second, session.message)


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
                opened = session.opened
                if copied(opened.function, opened.products):
                    with pytest.raises(InputError, match="and nothing else: Enter goes into it"):
                        session.ask()
                else:
                    assert "not yet" in said_to(session, opened.value + 0.5)
                    session.answer(f"{opened.value:.4f}")
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


def test_the_products_of_a_number_that_is_asked_for_scroll_and_the_largest_is_told_afterwards() -> None:
    session = session_of("I love NLP", built("rnn", hidden_size=8))
    session.step(1)
    session.unfold()
    session.unfold()
    session.ask()
    said, question = session.message, session.question
    seen, shown = set[str](), ""
    for _ in range(11):
        shown = text_of(session)
        seen |= set(re.findall(r"[Wb]_\w+\[1\](?:\[\d\])?", shown))
        session.down(1)
    assert "more products: 5 above" in shown or re.search(r"more products: \d above", shown)
    assert len(seen) == 2 + 8 + 1, "every operand is seen while the number is asked for"
    assert (session.message, session.question) == (said, question)
    assert "largest" not in shown
    session.answer("?")
    products = session.opened.products
    most = max(products, key=lambda one: abs(one.value))
    names = " · ".join(one.name for one in most.factors)
    assert f"largest: {names} = {most.value:+.4f}" in text_of(session)


def test_where_the_map_stands_its_cursor_stays_while_a_number_is_asked_for() -> None:
    session = session_of()
    session.ask()
    session.down(2)
    assert session.question is not None
    assert (session.cursor.unit, session.key) == (1, "h[1][1]")
