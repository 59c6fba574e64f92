"""Fixtures of the training tests."""

from pathlib import Path

import pytest

from tests.support.runs import write_data


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the data sets, which is the working directory."""
    write_data(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
