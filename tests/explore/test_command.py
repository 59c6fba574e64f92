"""p backwards names the page that works the number out, and says of the others that their products stand on none."""

import shlex

from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.cells import CELLS
from rnn_cli.explore.cursor import Fold
from rnn_cli.explore.session import Session
from tests.conftest import Command
from tests.support.explore import built, session_of


def back_at(session: Session, key: str) -> Session:
    """A session that goes back and has walked into a number."""
    session.turn()
    session.folds = (Fold(session.key), Fold(key))
    return session


def test_the_page_of_a_number_is_that_of_its_own_step_and_unit(call: Command) -> None:
    session = back_at(session_of(target="positive"), "da[2][3]")
    assert session.said_command() == 'rnn bptt "I love NLP" --target positive --steps 2 --unit 3'
    opened = session.opened
    page = call(*shlex.split(session.command())[1:]).stdout
    row = next(line for line in page.splitlines() if line.split()[:3] == ["unit", "3", "da_2"])
    assert row.endswith(f"{opened.value:+.4f}")
    assert len(opened.products) == 1


@settings(max_examples=8)
@given(st.sampled_from(sorted(CELLS)), st.sampled_from(("dh.future[1][1]", "dlogits[1]", "dx[1][1]", "h[2][1]")))
def test_what_no_page_works_out_is_said(cell: str, key: str) -> None:
    session = back_at(session_of(model=built(cell), target="positive"), key)
    assert session.said_command() == f"without the products of {key}: {session.command()}"
    assert "--steps 1" in session.command()
