"""What can be measured on the network that a run has trained, by the names that jobs have for it.

A job names its probe, and this table says where the function is: what a worker runs is never read from a file. It takes the
run and its job, and gives what JSON can hold: None where there is no number.
"""

import json
from importlib import import_module
from typing import Any

from rnn_cli.jobs.job import Job
from rnn_cli.training.run import Run

PROBES: dict[str, str] = {}
"""Each probe's name, and where its function is."""


def probed(run: Run, job: Job) -> dict[str, Any] | None:
    """What the job's probe measures; None where it has none. KeyError where no probe has the name."""
    if job.probe is None:
        return None
    module, _, function = PROBES[job.probe].partition(":")
    measured = getattr(import_module(module), function)(run, job)
    found: dict[str, Any] = json.loads(json.dumps(measured, allow_nan=False))  # as it will be read from the records
    return found
