"""The tasks. A new one is one file beside these and one line in a table.

The tables say which class of which file a task is, without importing it: help texts and messages name the tasks, and
wait for none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rnn_cli.errors import InputError

if TYPE_CHECKING:  # they load NumPy, which -h does without
    from rnn_cli.tasks.base import Task
    from rnn_cli.tasks.synthetic import Synthetic

TASKS = {
    "classify": "Classify",
    "tag": "Tag",
    "lm": "LanguageModel",
    "translate": "Translate",
    "describe": "Describe",
    "forecast": "Forecast",
}
"""The tasks that read data: the class of each task, which is in the file with the task's name, a hyphen as "_"."""

GENERATED = {
    "copy": "Copy",
    "adding": "Adding",
    "recall": "Recall",
    "parity": "Parity",
    "modular": "Modular",
    "selective-copy": "SelectiveCopy",
    "mqar": "Mqar",
}
"""The tasks that draw their examples, with their classes found in the same way."""


def find_task(text: str) -> "Task":
    """The task that --task names: one that reads data, or a generated one with settings, as in copy:length=20.

    InputError where there is none.
    """
    name, _, settings = text.partition(":")
    if name in GENERATED:
        return generated_task(text)
    if settings and name in TASKS:
        raise InputError(f"--task {text}: {name} reads data and has no settings")
    return task_class(name)()


def generated_task(text: str) -> "Synthetic":
    """The generated task that a text such as copy:length=20 names; its name must be in GENERATED."""
    name, _, settings = text.partition(":")
    task: Synthetic = _class_of(name)(settings)
    return task


def raced_task(text: str) -> "Synthetic":
    """The same, with what the task's file says of races where the text leaves a setting open."""
    task = generated_task(text)
    given = {part.partition("=")[0].strip() for part in text.partition(":")[2].split(",")}
    return task.having({name: value for name, value in task.raced.items() if name not in given})


def task_class(text: str) -> "type[Task]":
    """The class of the task that a text names, with settings or without. InputError where there is none."""
    name = text.partition(":")[0]
    if name not in TASKS | GENERATED:
        raise InputError(f"--task {name}: the tasks are {', '.join(TASKS | GENERATED)}")
    kind: type[Task] = _class_of(name)
    return kind


def _class_of(name: str) -> Any:
    return getattr(import_module(f"{__name__}.{name.replace('-', '_')}"), (TASKS | GENERATED)[name])
