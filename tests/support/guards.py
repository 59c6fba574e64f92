"""What a command, a task or a file format must have beside its code. Each function returns what is missing."""

import re
from collections.abc import Iterable
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from rnn_cli.documents.schema import schema_names
from rnn_cli.tasks import TASKS, generated_task, task_class
from rnn_cli.training.config import RunConfig

TESTS = Path(__file__).parents[1]
README = TESTS.parent / "README.md"

TESTED_IN = {"train": "training"}
"""The commands that have a folder of tests; those of the others stand in commands/test_NAME.py."""


def shown_in_readme() -> str:
    """The command blocks of README."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))


def missing_of_command(name: str, help_text: str) -> list[str]:
    """What a command lacks. One that talks to a person says INTERACTIVE = True and has neither --json nor a schema."""
    interactive = getattr(import_module(f"rnn_cli.commands.{name}"), "INTERACTIVE", False)
    tests = TESTS / TESTED_IN[name] if name in TESTED_IN else TESTS / "commands" / f"test_{name}.py"
    found: dict[str, object] = {
        "an example in its help": re.search(rf"Examples?:(.|\n)* rnn {name}\b", help_text),
        "a schema": interactive or name in schema_names(),
        "no schema, as it is interactive": not interactive or name not in schema_names(),
        "--json": interactive or "--json" in help_text,
        "a line in README": re.search(rf"^rnn {name}\b", shown_in_readme(), re.MULTILINE),
        "tests": tests.exists(),
    }
    return [what for what, there in found.items() if not there]


def missing_of_task(name: str, help_of_train: str) -> list[str]:
    """What a task lacks."""
    defaults = set(task_class(name).run_defaults)
    rows = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (TESTS / "tasks").glob("test_*.py"))
    found: dict[str, object] = {
        "its name in rnn train -h": re.search(rf"\b{name}\b", option_help(help_of_train, "--task")),
        "a row in README's table": any(f"`{name}`" in row.split("|")[1] for row in rows),
        "defaults that say how long a run goes": len(defaults & {"epochs", "max_steps"}) == 1,
        "a default size": "hidden_size" in defaults,
        "defaults that are settings of a run": defaults <= {one.name for one in fields(RunConfig)},
        "tests": re.search(rf"[\"']{name}\b", tests),
    }
    if name in TASKS:
        found["options of its data"] = task_class(name).accepts
    else:
        task = generated_task(name)
        found["a setting that makes it longer (lengthened_by)"] = task.lengthened_by in task.defaults
        found["the score that counts (scored) among those of a guess"] = task.scored in task.guess_scores()
    return [what for what, there in found.items() if not there]


def option_help(help_text: str, option: str) -> str:
    """What a help says of an option; "" where it has none."""
    found = re.search(rf"^  {option}(?![\w-]).*\n((?: {{6,}}.*\n)*)", help_text, re.MULTILINE)
    return "" if found is None else " ".join(found[0].split())


def missing_of_formats(help_text: str, option: str, suffixes: Iterable[str]) -> list[str]:
    """The suffixes that a help's option does not name; none where the command has no such option."""
    said = option_help(help_text, option)
    return [suffix for suffix in suffixes if said and not re.search(rf"{re.escape(suffix)}\b", said)]
