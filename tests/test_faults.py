"""Whatever call of the file system fails, or is the last of the process: every file is the old or the new one, the exit code
says which, and a run goes on to the bytes of one that was left alone."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.faults import KINDS, SHORT
from tests.support.histories import ACTS, Histories, every_call
from tests.support.networks import slow_but


@pytest.mark.parametrize(("name", "kind"), slow_but([("table", kind) for kind in KINDS], product(ACTS, KINDS)))
def test_every_call_of_a_command_goes_wrong_in_turn(name: str, kind: str) -> None:
    found = list(every_call(name, kind))
    assert found
    assert [(fault, problems) for fault, problems in found if problems] == []


def test_a_history_of_faults_leaves_the_old_or_the_new_file(request: pytest.FixtureRequest) -> None:
    examples = 100 if request.config.getoption("--run-slow") else 4
    run_state_machine_as_test(Histories, settings=settings(max_examples=examples, stateful_step_count=5))


def test_a_file_that_is_written_in_its_place_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trials see a fault: what is not written beside the file first is torn."""

    def in_place(path: Path, write: Callable[[BinaryIO], object]) -> None:
        with path.open("wb") as file:
            write(file)

    monkeypatch.setattr("rnn_cli.files.write_piece_by_piece", in_place)
    for kind in set(KINDS) - {SHORT}:
        assert any("neither the old nor the new" in str(problems) for _, problems in every_call("table", kind)), kind
