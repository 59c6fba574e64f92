"""The tasks. A new one is one file beside these and one line in a table."""

from rnn_cli.errors import InputError
from rnn_cli.tasks.adding import Adding
from rnn_cli.tasks.base import Task
from rnn_cli.tasks.classify import Classify
from rnn_cli.tasks.copy import Copy
from rnn_cli.tasks.describe import Describe
from rnn_cli.tasks.forecast import Forecast
from rnn_cli.tasks.lm import LanguageModel
from rnn_cli.tasks.parity import Parity
from rnn_cli.tasks.recall import Recall
from rnn_cli.tasks.synthetic import Synthetic
from rnn_cli.tasks.tag import Tag
from rnn_cli.tasks.translate import Translate

TASKS: dict[str, type[Task]] = {
    "classify": Classify,
    "tag": Tag,
    "lm": LanguageModel,
    "translate": Translate,
    "describe": Describe,
    "forecast": Forecast,
}

GENERATED: dict[str, type[Synthetic]] = {
    "copy": Copy,
    "adding": Adding,
    "recall": Recall,
    "parity": Parity,
}


def find_task(text: str) -> Task:
    """The task that --task names: one that reads data, or a generated one with settings, as in copy:length=20.

    InputError where there is none.
    """
    name, _, settings = text.partition(":")
    if name in GENERATED:
        return GENERATED[name](settings)
    if name not in TASKS:
        raise InputError(f"--task {name}: the tasks are {', '.join([*TASKS, *GENERATED])}")
    if settings:
        raise InputError(f"--task {text}: {name} reads data and has no settings")
    return TASKS[name]()
