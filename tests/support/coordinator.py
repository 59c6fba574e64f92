"""A coordinator as a process of its own, to be killed: python -m tests.support.coordinator FOLDER OPTIONS JOB…

OPTIONS are those of open_engine, each JOB a Job's fields, as JSON. It prints what comes as JSON lines, and answers Ctrl-C as
the commands do. Its workers hold a run in the middle (holding.py).
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rnn_cli.errors import RnnError
from rnn_cli.jobs.engine import open_engine
from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.output.signals import signals
from tests.support.holding import hold

PROJECT = Path(__file__).parents[2]


def start(folder: Path, *jobs: Job, **options: Any) -> "subprocess.Popen[str]":
    """Begin one."""
    given = [json.dumps(options), *(json.dumps(asdict(job)) for job in jobs)]
    command = [sys.executable, "-m", "tests.support.coordinator", str(folder), *given]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=PROJECT, text=True, start_new_session=True, **pipes)


def read(printed: str) -> tuple[dict[str, Outcome], list[str]]:
    """What a coordinator printed: the outcomes by name, and what it said."""
    lines = [json.loads(line) for line in printed.splitlines()]
    return {one["name"]: Outcome(**one) for one in lines if "name" in one}, [
        one["said"] for one in lines if "said" in one
    ]


def wait_until(so: Callable[[], object], seconds: float = 60) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def main(folder: str, options: str, *jobs: str) -> int:
    """The exit code."""
    hold()
    try:
        with signals() as come, open_engine(Path(folder), **json.loads(options)) as engine:
            come.running = True
            for one in jobs:
                given = json.loads(one)
                engine.submit(Job(**{**given, "data": tuple(given["data"])}))
            for outcome in engine.outcomes():
                if come.asked.stop:
                    engine.stop()
                _print([{"said": engine.said.pop(0)} for _ in engine.said[:]])
                _print([] if outcome is None else [asdict(outcome)])
    except RnnError as error:
        _print([{"said": str(error)}])
        return error.exit_code
    return 0 if come.number is None else 128 + come.number


def _print(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
