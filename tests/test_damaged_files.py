"""Every form of file that a command reads, damaged: one message, an exit code of the contract, and nothing written.

tests/fuzz/damaged_files.py does the same with every command that reads them, for as long as told.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.in_process import CODES, Ended, judged, tried
from tests.fuzz.mutants import mutant
from tests.fuzz.readers import Reader, prepare, readers, unread

EVERY = readers()
FILES = settings().max_examples // 4
LIGHT = ("inspect", "data", "predict", "forward", "check")
"""The commands that do the least with what they have read, the least first."""
LIKE_ANOTHER = (
    ".hdf5",
    "start.tsv",
    "start.txt",
    "numbers.tsv",
    "translate.csv",
    "translate.json",
    "describe.",
    "written.",
)
"""Forms that the reader of another form reads."""


def lightest(form: str) -> Reader:
    """The reader of a form that takes the least time."""
    found = [one for one in EVERY if one.form == form]
    return min(found, key=lambda one: LIGHT.index(one.command) if one.command in LIGHT else len(LIGHT))


FORMS = [one for one in dict.fromkeys(reader.form for reader in EVERY if not reader.slow) if not any(like in one for like in LIKE_ANOTHER)]  # fmt: skip


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where good files are made, once."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a command runs."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "at work").mkdir()
    yield tmp_path / "at work"


def test_every_parameter_that_names_a_file_is_tried() -> None:
    assert unread(EVERY) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_good_file_is_read_and_no_damaged_one_breaks_the_command(form: str, folder: Path, templates: Path) -> None:
    reader = lightest(form)
    prepare(reader, folder, templates)
    path, words = folder / reader.at, reader.words()
    good = path.read_bytes()
    found, ended = tried(words, folder)
    assert (ended.code, found) == (4 if form.endswith(".pt") else 0, set()), ended.stderr

    @settings(max_examples=FILES, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**64 - 1))
    def damaged(seed: int) -> None:
        draw = random.Random(seed)
        path.write_bytes(mutant(draw, good))
        arguments = [*words, *(["--json"] if draw.random() < 0.5 else [])]
        found, ended = tried(arguments, folder)
        assert not found, (arguments, path.read_bytes(), ended)

    damaged()


@pytest.mark.parametrize(
    ("ended", "fault"),
    [
        (Ended(1, "", "rnn: x: Invalid argument\n", 0, 0), "other exit code"),
        (Ended(None, "", "", 30, 0), "slow"),
        (Ended(0, "", "", 11, 0), "slow"),
        (Ended(0, "", "", 0, 900), "memory"),
        (Ended(2, "", "rnn: a fault of rnn itself: KeyError", 0, 0), "traceback"),
        (Ended(0, "", "core.py:1: RuntimeWarning: overflow", 0, 0), "traceback"),
        (Ended(2, "", "", 0, 0), "no message"),
        (Ended(2, "", "rnn: a\nrnn: b\n", 0, 0), "many messages"),
        (Ended(4, "", f"rnn: {'a' * 2000}\n", 0, 0), "long message"),
        (Ended(0, "\x1b[2J", "", 0, 0), "bare signs"),
        (Ended(4, "Model", "rnn: x: damaged\n", 0, 0), "printed"),
        (Ended(0, "{", "", 0, 0), "no document"),
        (Ended(0, '{"a": NaN}', "", 0, 0), "no document"),
    ],
)
def test_what_must_not_be_is_seen(ended: Ended, fault: str) -> None:
    line = ["inspect", "x", *(["--json"] if fault == "no document" else [])]
    assert judged(ended, line, {}, {}) == {fault}
    assert judged(Ended(2, "", "rnn: x: damaged\n", 0, 0), line, {}, {}) == set()


def test_a_file_that_is_changed_or_left_is_seen() -> None:
    refused = Ended(4, "", "rnn: x: damaged\n", 0, 0)
    before = {"x": ("file", b"a")}
    assert judged(refused, ["inspect", "x"], before, {"x": ("file", b"")}) == {"changed"}
    assert judged(refused, ["inspect", "x"], before, {**before, "y": ("file", b"")}) == {"left over"}
    assert 1 not in CODES
