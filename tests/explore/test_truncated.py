"""What the screen says of a truncated gradient is what rnn bptt --truncate measures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.bptt import Truncation, bptt
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.trace import trace
from rnn_cli.core.truncation import measure
from rnn_cli.explore.cursor import Fold
from rnn_cli.explore.session import Session
from rnn_cli.explore.truncated import cost, ranges
from tests.support.explore import built, session_of, text_of, world_of
from tests.support.networks import architecture_of, kinds, random_network, seeds


@settings(max_examples=5)
@given(kinds, st.sampled_from((MANY_TO_ONE, MANY_TO_MANY)), st.booleans(), seeds, st.integers(1, 4))
def test_the_cost_is_that_of_the_truncation_report(kind: str, task: str, both: bool, seed: int, window: int) -> None:
    T = 5
    session = Session(world_of(random_network(architecture_of(kind, 2, 3, 2, both, task, 2), seed), T))
    session.truncate(window - T)
    world = session.world
    records = trace(world.model.network, world.sequence.inputs)
    whole, cut = bptt(records, world.wanted), bptt(records, world.wanted, Truncation(None, window))
    expected, found = measure(whole, cut), cost(world)
    np.testing.assert_allclose(found.norm, (expected.norm_share if found.whole else 0) * found.whole, rtol=1e-9)
    np.testing.assert_allclose(found.cosine, expected.cosine, rtol=1e-9)
    assert found.nothing == tuple(t + 1 for t in range(T) if not cut.inputs[t].any() and whole.inputs[t].any())
    assert world.whole.back is session.world.whole.back
    for one in whole.steps:
        for unit, value in enumerate(one.gradient.error.h, start=1):
            full = session.numbers.whole.open(session.numbers.key("dh", one.layer, one.direction, one.t, unit))
            assert full is not None
            np.testing.assert_allclose(full.value, value, rtol=1e-9, atol=1e-12)


def shown(session: Session) -> str:
    """The screen as text."""
    return text_of(session, 160, 30)


def test_the_screen_holds_both_numbers() -> None:
    session = session_of("I really love NLP", target="positive")
    session.turn()
    before = session.opened.value
    assert "✂" not in shown(session)
    session.truncate(-2)
    assert f"✂ untruncated {before:+.4f}" in shown(session)
    assert "✂ errors go back through 2 steps, their own included: " in shown(session)
    assert "nothing reaches the input of steps 1-2" in " ".join(shown(session).split())
    row = next(line for line in shown(session).splitlines() if line.startswith(" ✂ uncut"))
    assert row.split()[2:] == [f"{session.world.whole.worth(t):+.4f}" for t in range(1, 5)]
    session.step(9)
    session.next_kind()
    for _ in range(2):
        session.unfold()
    session.truncate(-1)
    assert "untruncated" not in shown(session).split("norm")[0]  # the error at the last step is whole
    session.truncate(99)
    assert "✂" not in shown(session)


def test_a_weight_has_both_slopes() -> None:
    session = session_of("I really love NLP", target="positive")
    session.truncate(-2)
    session.folds = (Fold("W_hh[1][1]"),)
    whole, cut = (one.back.gradients["layers.0.forward.W_h"][0, 0] for one in (session.world.whole, session.world))
    assert f"dL/d of it: {cut:+.4f}" in shown(session)
    assert f"✂ untruncated {whole:+.4f}" in shown(session)


def test_where_nothing_is_lost() -> None:
    session = session_of("I love NLP", built("rnn", task="many-to-many"), "positive")
    session.truncate(-1)
    session.edit_text("NLP")
    assert session.world.window == 2
    assert cost(session.world).said.endswith(": nothing is lost")


@pytest.mark.parametrize(
    ("steps", "said"), [((2,), "step 2"), ((1, 2, 3), "steps 1-3"), ((1, 3, 4, 1000), "steps 1, 3-4, 1,000")]
)
def test_steps_as_ranges(steps: tuple[int, ...], said: str) -> None:
    assert ranges(steps) == said


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
def test_what_is_cut_off_is_said_of_the_sum_too(kind: str) -> None:
    session = session_of("I love NLP", built(kind), "positive")
    session.turn()
    session.truncate(-1)
    session.folds = (Fold("dh[1][1]"), Fold("dh.future[1][1]"))
    assert session.opened.value != 0 == session.world.back.error(0, "forward", 1).h[0]
    assert "✂ cut off: dh_1 gets 0 of it" in shown(session)
    session.folds = (Fold("dh[2][1]"), Fold("dh.future[2][1]"))
    assert "cut off: " not in shown(session)
