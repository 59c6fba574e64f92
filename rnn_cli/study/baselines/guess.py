"""What guessing brings at a task that draws its examples: the task says it itself."""

from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks import generated_task


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    return guess_of(parts.prepared.task)


def guess_of(name: str) -> Baseline:
    """Of the task as the user named it."""
    task = generated_task(name)
    return Baseline(task.guess(), task.guess_scores(), "guess")
