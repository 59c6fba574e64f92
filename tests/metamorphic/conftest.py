"""What all of these tests take."""

from collections.abc import Iterator

import pytest

from rnn_cli.core import verification


@pytest.fixture(scope="module", autouse=True)
def _a_quick_check() -> Iterator[None]:
    """A gradient is checked as that of a large network: what each quantity's check says is held by its own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification, "MOST_RUNS", 1)
        yield
