"""What makes a worker end or refuse its work: its session is over, it sees another folder, or it is of another version."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.jobs.cluster import Address, Cluster
from rnn_cli.jobs.machine import versions
from rnn_cli.jobs.session import Session
from rnn_cli.jobs.work import file_of, work
from rnn_cli.jobs.workers import Tls
from tests.jobs.test_engine import tiny


def test_a_session_ends_when_it_is_stopped_and_when_another_begins(tmp_path: Path) -> None:
    first = Session.begin(tmp_path, versions())
    assert first.goes_on
    second = Session.begin(tmp_path, versions())
    assert (first.goes_on, second.goes_on) == (False, True)
    second.stop()
    assert not second.goes_on


def test_a_session_that_is_over_begins_no_run(tmp_path: Path) -> None:
    session = Session.begin(tmp_path, versions())
    session.stop()
    assert work(tiny(), "key", session).state == "interrupted"
    assert not file_of(tmp_path, "one").exists()


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    session = replace(Session.begin(tmp_path, versions()), folder=str(tmp_path / "elsewhere"))
    with pytest.raises(
        InputError, match=r"elsewhere: the worker .* does not see this folder\nname one that all workers"
    ):
        work(tiny(), "key", session)


@pytest.mark.parametrize("name", versions())
def test_a_worker_of_another_version_says_both(name: str, tmp_path: Path) -> None:
    session = Session.begin(tmp_path, {**versions(), name: "0.0.7"})
    with pytest.raises(InputError, match=rf"has {name} {versions()[name]}, and here it is 0\.0\.7"):
        work(tiny(), "key", session)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("tcp://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("tls://Node7.example.org:8786", "tls://node7.example.org:8786"),
        ("node7:1", "tcp://node7:1"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_an_address_of_a_scheduler(text: str, read: str) -> None:
    assert str(Address.read(text)) == read


@pytest.mark.parametrize(
    "text", ["", "node7", "tcp://node7", "http://node7:80", "tcp://:1", "tcp://a:b", "tcp://a:99999", "a:1/b"]
)
def test_what_is_no_address_is_refused_before_anything_else(text: str) -> None:
    with pytest.raises(InputError, match="not an address; give it as the scheduler prints it"):
        Cluster(text, Tls())
