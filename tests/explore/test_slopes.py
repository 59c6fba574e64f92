"""The gradient of a given number, a weight or a word's vector: the document's, and the sum of what each step gives."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.reads import READS
from rnn_cli.documents.bptt import bptt_document
from rnn_cli.explore.numbers import Numbers
from rnn_cli.explore.session import Session
from rnn_cli.study.bptt import BpttResult, bptt_sequence
from rnn_cli.study.quiz import computed
from tests.support.explore import session_of, text_of, world_of
from tests.support.networks import architecture_of, kinds, random_network, seeds


def is_its_sum(numbers: Numbers, key: str, value: float) -> None:
    """Hold a gradient against a value, its products, and the numbers that they are of."""
    opened, row = numbers.open(key), numbers.row(key)
    assert opened is not None, key
    assert row is not None, key
    np.testing.assert_allclose((opened.value, computed(row)), (value, value), rtol=1e-7, atol=1e-12, err_msg=key)
    for one in (factor for product in opened.operands for factor in product if factor.name != "1/T"):
        below = numbers.open(numbers.key_of(one, key))
        assert below is not None, (key, one.name)
        assert below.value == pytest.approx(one.inner if one.function else one.value, rel=1e-9, abs=1e-12), one.name


@settings(max_examples=2)
@given(kinds, st.sampled_from((MANY_TO_ONE, MANY_TO_MANY)), st.sampled_from(((1, True), (2, False))), seeds)
def test_every_gradient_is_the_documents_and_its_sum(kind: str, task: str, shape: tuple[int, bool], seed: int) -> None:
    world = world_of(random_network(architecture_of(kind, 1, 2, *shape, task, 2), seed), 2)
    goal = world.said_target
    assert isinstance(goal, str)
    result = bptt_sequence(world.model, world.sequence, target=goal)
    assert isinstance(result, BpttResult)
    numbers, document = Numbers(world), bptt_document(result)["gradients"]
    for layer in document["layers"]:
        where = f"@{layer['layer']}.{layer['direction']}"
        named = world.model.network.named(layer["layer"], layer["direction"])
        for name in named:
            for place, value in np.ndenumerate(layer[name]):
                is_its_sum(numbers, f"d{name}{''.join(f'[{k + 1}]' for k in place)}{where}", value)
    for name, array in document["readout"].items():
        for place, value in np.ndenumerate(array):
            is_its_sum(numbers, f"d{name.removeprefix('readout.')}{''.join(f'[{k + 1}]' for k in place)}", value)
    for (t, j), value in np.ndenumerate(document["inputs"]):
        is_its_sum(numbers, f"dvector[{t + 1}][{j + 1}]", value)


@pytest.mark.parametrize("reads", READS)
def test_the_gradient_of_a_readout_that_reads_all_steps_has_a_part_of_each(reads: str) -> None:
    a = replace(architecture_of("gru reset after", 1, 2, 1, True, output_size=2), reads=reads)
    numbers = Numbers(world_of(random_network(a, 3), 3))
    gradients = numbers.world.back.gradients["readout.W_hy"]
    for place, value in np.ndenumerate(gradients):
        is_its_sum(numbers, f"dW_hy[{place[0] + 1}][{place[1] + 1}]", value)


def test_the_gradient_of_a_word_is_that_of_its_row_of_the_embedding() -> None:
    session = session_of("love NLP love", target="negative")
    result = bptt_sequence(session.world.model, session.world.sequence, target="negative")
    assert isinstance(result, BpttResult)
    rows = bptt_document(result)["gradients"]["embedding"]
    for t, word in enumerate(("love", "NLP", "love"), start=1):
        if word in rows:
            for j, value in enumerate(rows[word], start=1):
                is_its_sum(session.numbers, f"dvector[{t}][{j}]", value)
    assert len(session.numbers.open("dvector[1][1]").products) == 2  # type: ignore[union-attr]


def at_weight(name: str) -> Session:
    """A session that has walked to a weight as an operand of a[2][1]."""
    session = session_of(target="negative")
    session.step(1)
    session.unfold()
    session.unfold()
    while session.under_cursor != name:
        before = session.folds
        session.next_kind(1 if session.folds[-1].factor == 0 else -1)
        if session.under_cursor != name:
            session.next_kind()
            session.down(1)
        assert session.folds != before
    return session


def test_b_on_a_weight_is_its_gradient_and_on_that_the_weight() -> None:
    session = at_weight("W_hh[1][1]")
    session.turn()
    assert (session.key, session.message) == ("dh[2][1]", "for the gradient of W_hh[1][1]: Enter on it, and then b")
    session = at_weight("W_hh[1][1]")
    session.unfold()
    session.turn()
    assert session.key == "dW_hh[1][1]"
    gradient = session.world.back.gradients
    value = session.world.model.network.gradients_by_name(gradient, 0, "forward")["W_hh"][0, 0]
    lines = text_of(session, 100)
    assert f"dW_hh[1][1] = the sum = {value:+.4f}" in lines
    assert "dL/dW_hh = the sum of what each step gives" in lines
    assert "da[3][1] · h[2][1]" in lines.replace("[da[3][1]]", "da[3][1]")
    assert session.said_command().startswith("without the products of dW_hh[1][1]: rnn bptt")
    session.step(1)
    assert session.key == "dW_hh[1][1]", "a weight is the same at every step"
    session.ask()
    session.answer(f"{value:.4f}")
    assert session.message.startswith("right: ")
    session.turn()
    assert (session.key, session.cursor.back) == ("W_hh[1][1]", False)
    session.turn()
    session.turn()
    session.edit_number("0.25")
    assert session.message.startswith("W_hh[1][1] was ")


def test_enter_on_a_weight_of_the_way_back_is_its_gradient() -> None:
    session = session_of(target="negative")
    session.edge(1)
    session.turn()
    session.unfold()
    session.next_kind()
    session.unfold()
    assert session.key == "W_hy[1][1]"
    assert "Enter: what each step gives to it" in text_of(session)
    session.unfold()
    assert session.key == "dW_hy[1][1]"
    assert "dlogits[1] · [h[3][1]]" in text_of(session, 100).replace("[dlogits[1]] · h[3][1]", "dlogits[1] · [h[3][1]]")
