"""However a run is cut, by stops at any step and by pauses, it is the run that was left alone."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.jobs import work
from rnn_cli.jobs.job import INTERRUPTED, Outcome
from rnn_cli.jobs.session import Session
from tests.jobs.test_engine import came, tiny

STEPS = 12
RUN: dict[str, Any] = {
    "cell": "gru",
    "max_steps": STEPS,
    "checkpoint_every": 5,
    "eval_every": 4,
    "patience": 2,
    "keep": "loss",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The run that was left alone."""
    (outcome,) = came(tmp_path_factory.mktemp("whole"), tiny(**RUN))
    return outcome


@settings(max_examples=5, deadline=None)
@given(
    st.lists(st.integers(0, STEPS), max_size=3),
    st.lists(st.sampled_from([0.1, 0.3, 0.5, 0.9]), max_size=2, unique=True).map(sorted),
)
def test_cut_anywhere(whole: Outcome, stops: list[int], pauses: list[float]) -> None:
    with TemporaryDirectory() as folder:
        for looks in stops:
            with patch.object(work, "EVERY", 0), patch.object(Session, "goes_on", _for(looks)):
                (cut,) = came(Path(folder), tiny(**RUN))
            assert cut.state == INTERRUPTED or cut.computed == whole.computed
        for until in pauses:
            came(Path(folder), tiny(until=until, **RUN))
        (outcome,) = came(Path(folder), tiny(**RUN))
    assert outcome.computed == whole.computed


def _for(looks: int) -> property:
    """A session that goes on for so many looks."""
    seen: Iterator[int] = count()
    return property(lambda session: next(seen) < looks)
