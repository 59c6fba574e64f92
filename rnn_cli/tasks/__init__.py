"""The tasks. A new one is one file beside these and one line in TASKS."""

from rnn_cli.errors import InputError
from rnn_cli.tasks.base import Task
from rnn_cli.tasks.classify import Classify
from rnn_cli.tasks.describe import Describe
from rnn_cli.tasks.tag import Tag
from rnn_cli.tasks.translate import Translate

TASKS: dict[str, type[Task]] = {
    "classify": Classify,
    "tag": Tag,
    "translate": Translate,
    "describe": Describe,
}


def find_task(text: str) -> Task:
    """The task that --task names. InputError where there is none."""
    name, _, settings = text.partition(":")
    if name not in TASKS:
        raise InputError(f"--task {name}: the tasks are {', '.join(TASKS)}")
    if settings:
        raise InputError(f"--task {text}: {name} takes no settings")
    return TASKS[name]()
