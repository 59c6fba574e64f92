"""Keys in any order on any network: the session says what cannot be, and never fails; its screen keeps to its size."""

from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.network import Network
from rnn_cli.errors import RnnError
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.draw.tour import panel
from rnn_cli.explore.keys import KEYS
from rnn_cli.explore.session import Session
from rnn_cli.explore.stops import STOPS
from rnn_cli.explore.tour import Tour
from tests.support.explore import world_of
from tests.support.networks import networks

ANSWERS = {"edit_text": "I love", "edit_number": "0.5", "save": "x.json", "answer": "0.1"}
"""What is said where a key asks."""


def act_of(action: str) -> Callable[[Session], object]:
    """What a key does to a session; a prompt is answered."""
    name, _, given_ = action.rstrip(")").partition("(")
    if name == "prompt":
        asked = given_.strip("'")
        return lambda session: getattr(session, asked)(ANSWERS[asked])
    name = {"print": "command", "leave": "farewell"}.get(name, name)
    arguments = [int(given_)] if given_ else []
    return lambda session: getattr(session, name)(*arguments)


ACTS = {key.action: act_of(key.action) for key in KEYS}


@settings(max_examples=12)
@given(networks(max_size=3), st.integers(1, 4), st.lists(st.sampled_from(sorted(ACTS)), min_size=15, max_size=30))
def test_any_keys_in_any_order(network: Network, T: int, actions: list[str]) -> None:
    session = Session(world_of(network, T))
    tour = Tour(session, STOPS)
    for action in actions:
        where, world = session.cursor, session.world
        try:
            ACTS[action](session)
        except RnnError:
            assert (session.cursor, session.world) == (where, world), f"{action} was refused and changed something"
        assert {line.cell_len for line in screen(session, 80, 24).lines} == {80}
        tour.look()
        assert {line.cell_len for line in panel(tour, 80)} == {80}
        opened = session.numbers.open(session.under_cursor)
        assert opened is None or isinstance(opened.value, float)
        assert np.shape(session.opened.value) == ()
