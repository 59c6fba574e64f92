"""What the task of a model says of it."""

from rnn_cli.models.model import Model
from rnn_cli.tasks import task_class


def forecasts(model: Model) -> bool:
    """Whether it was trained on series, and answers what comes after the last row."""
    return bool(model.trained_for) and task_class(model.trained_for).forecasts
