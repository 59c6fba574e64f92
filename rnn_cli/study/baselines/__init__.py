"""Simple answers to each task: what a network's result is held against. A new one is one file here, which tasks name.

A file has the function `answer`, with its equation and source at the top. It learns from the training part alone, and
returns the scores on the measured part, or None where the data give it nothing to go by.
"""

from importlib import import_module

from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.scores import Baseline
from rnn_cli.study.tally import Tally
from rnn_cli.tasks import task_class
from rnn_cli.tasks.base import Prepared

MAIN = ("loss", "mae", "accuracy", "exact_match")
"""The best comes first: by the first of these that they have. Of the last two more is better."""


def baselines_of(prepared: Prepared, train: Tally, measured: Tally) -> tuple[Baseline, ...]:
    """All that have something to say, the best first."""
    parts = Parts(prepared, train, measured)
    files = task_class(prepared.task).simple_answers
    found = (import_module(f"{__name__}.{name}").answer(parts) for name in files)
    return tuple(sorted((one for one in found if one is not None), key=_place))


def _place(one: Baseline) -> tuple[int, float]:
    k, name = next((k, name) for k, name in enumerate(MAIN) if name in one.scores)
    return k, one.scores[name] if k < MAIN.index("accuracy") else -one.scores[name]
