"""What a run would do and why: every setting with its value and the reason, and the command that says all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Task
from rnn_cli.tasks.defaults import ALL_KNOWN, FOLLOWS, NONE_TO_HOLD_OUT, OF_DATA, OF_INIT, ONE_ANSWER, Default
from rnn_cli.tasks.options import AS_BEFORE, DataOptions, flag_of, words_of
from rnn_cli.training.config import RunConfig, all_defaults, configure
from rnn_cli.training.idle import why_idle
from rnn_cli.training.session import begin, open_ended

GIVEN = "The command line says so."

APART = "Epochs of few updates are put together: measuring more often costs more than it tells."
"""The reason of the one setting that follows from others."""

NOT_ADAM = {
    "learning_rate": "It suits Adam; another optimizer may want another one.",
    "warmup": "The first updates have the whole learning rate, as the others.",
}
"""The reasons of defaults whose usual one speaks of Adam, where another optimizer is taken."""

NO = {"bidirectional": "--one-direction", "freeze_vectors": "--learn-vectors", "shuffle": "--no-shuffle"}
"""The flags that say no to a setting."""

NOT_SAID = ("task", "data", "options", "cell_options")
"""Fields of the settings that are no option of their own."""


@dataclass(frozen=True)
class Setting:
    """An option, what a run takes for it, and why; where `idle`, why no other value would change the run."""

    option: str
    value: Any
    reason: str
    given: bool
    idle: bool = False


@dataclass(frozen=True)
class Explained:
    """The settings of a run. `command` are the words of a command line that says them all, so that it gives the same run
    whatever the defaults are; None without the data, on which some settings depend."""

    task: str
    data: tuple[str, ...]
    settings: tuple[Setting, ...]
    command: tuple[str, ...] | None


def explain(data: list[str], task: str | None, given: dict[str, Any], options: DataOptions) -> Explained:
    """The settings of a new run, which is not begun; of a task that needs data and gets none, as far as they are known."""
    if task is not None and not data and find_task(task).needs_data:
        kind = find_task(task)
        own = {**OF_DATA, **kind.data_defaults}
        said = tuple(_of_data(kind, options, options, known=False)) + tuple(
            Setting(flag_of(name), one.said, one.reason, False)
            for name, one in own.items()
            if name in kind.accepts and getattr(options, name) is None
        )
        config = configure({**given, "options": options})
        return Explained(task, (), (*_of_run(kind, config, given, known=False), *said), None)
    run, _ = begin(data, task, given, options)
    config, kind, held_out = run.config, find_task(run.config.task), run.prepared.validation is not None
    settings = (
        *_of_run(kind, config, given, known=True, held_out=held_out),
        *_of_data(kind, options, config.options, known=True, held_out=held_out),
    )
    return Explained(config.task, config.data, settings, tuple(_words(config)))


def _of_run(
    kind: Task, config: RunConfig, given: dict[str, Any], known: bool, held_out: bool = True
) -> Iterator[Setting]:
    """The settings that a run has; `known`: by the data too."""
    own = all_defaults(config.task or kind.name)
    for one in fields(RunConfig):
        value, asked, default = getattr(config, one.name), given.get(one.name) is not None, own.get(one.name)
        if default is not None and default.rule is not None and not known and not asked:
            value = default.said if one.name not in ("epochs", "patience") or open_ended(given) else None
        if one.name in NOT_SAID or value is None:
            continue
        nothing = why_idle(kind, one.name, config, held_out)
        reason = GIVEN if asked else nothing or _reason(one.name, config, default)
        yield Setting(flag_of(one.name), value, reason, asked, nothing is not None)


def _reason(name: str, config: RunConfig, default: Default | None) -> str:
    """Why a setting that was left open has its value, beside what else the run has."""
    if name in NOT_ADAM and not config.optimizer.startswith("adam"):
        return NOT_ADAM[name]
    if name == ONE_ANSWER and config.init is not None:
        return OF_INIT
    return APART if default is None else default.reason


def _of_data(
    kind: Task, given: DataOptions, settled: DataOptions, known: bool, held_out: bool = True
) -> Iterator[Setting]:
    """The options of reading that are decided; `known`: by the data, so that what they left open is as before."""
    own = {**OF_DATA, **kind.data_defaults}
    for one in fields(DataOptions):
        value, asked = getattr(settled, one.name), getattr(given, one.name) != one.default
        value = AS_BEFORE.get(one.name) if value is None and known else value
        if one.name not in kind.accepts or value == one.default:
            continue
        default = own.get(one.name)
        left = default is not None and (default.by_data or value == default.value or default.said != default.value)
        reason = default.reason if default is not None and left else FOLLOWS
        if one.name == "validation" and not held_out:
            reason = NONE_TO_HOLD_OUT
        if one.name == "min_count" and value == 1:
            reason = ALL_KNOWN
        reason = GIVEN if asked else reason
        yield Setting(flag_of(one.name), value, reason, asked)


def _words(config: RunConfig) -> Iterator[str]:
    """The words of the command line, after rnn train."""
    options = config.options
    yield from ("--source", config.data[0], "--target", config.data[1]) if options.parallel else config.data
    yield from ("--task", config.task)
    for one in fields(RunConfig):
        value = getattr(config, one.name)
        if one.name in NOT_SAID or value is None or _idle(one.name, config):
            continue
        flag = flag_of(one.name)
        if isinstance(value, bool):
            yield flag if value else NO[one.name]
        else:
            yield from (flag, str(value))
    for option in config.cell_options:
        yield from ("--cell-option", option)
    named = [name for name in ("columns", "targets") if any("," in one for one in getattr(options, name) or ())]
    yield from words_of(options, [one.name for one in fields(DataOptions) if one.name not in named])
    for name, word in AS_BEFORE.items():
        if name in find_task(config.task).accepts and getattr(options, name) is None:
            yield from (flag_of(name), word)


def _idle(name: str, config: RunConfig) -> bool:
    """Whether a setting changes nothing, or may not stand beside another."""
    return (name == "momentum" and config.optimizer != "momentum") or (
        name == "clip_norm" and config.clip_value is not None
    )
