"""Which tests run which lines: a plugin of pytest, `-p tests.mutation.covered`, with coverage.py.

It writes the lines (a file of coverage.py, a context for each test) and the seconds of processor time of each test beside it.
"""

import json
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import coverage
import pytest

DATA = "MUTATION_COVERED"
SOURCES = "MUTATION_SOURCES"


class Covered:
    """The recording of one run."""

    def __init__(self) -> None:
        self.path = Path(os.environ[DATA])
        self.lines = coverage.Coverage(
            data_file=self.path, config_file=False, include=os.environ[SOURCES].split(os.pathsep)
        )
        self.seconds: dict[str, float] = {}
        self.lines.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """The lines of a test with its fixtures are those of its context."""
        before = time.process_time()
        self.lines.switch_context(item.nodeid)
        result = yield
        self.seconds[item.nodeid] = time.process_time() - before
        return result

    def pytest_unconfigure(self) -> None:
        """Write both files."""
        self.lines.stop()
        self.lines.save()
        self.path.with_suffix(".json").write_text(json.dumps(self.seconds))


def pytest_configure(config: pytest.Config) -> None:
    """Begin before the tests are imported."""
    config.pluginmanager.register(Covered())
