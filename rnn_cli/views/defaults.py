"""The page of rnn train --explain-defaults: each option, what a run takes for it, and why."""

from collections.abc import Iterator

from rich.console import RenderableType

from rnn_cli.training.explain import Explained, Setting
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.page import Prose, blank, heading, line, notice

WIDEST = 12
"""A value that is longer, such as a rule, has the line of its option to itself."""


def defaults_page(found: Explained) -> list[RenderableType]:
    """A line for each option, those that change nothing behind the others, then the command that says all of them."""
    page: list[RenderableType] = [
        line((f"rnn train --task {clean(found.task)}", style.TITLE), "     what it takes for each option, and why"),
        blank(),
        *_lines(found, idle=False),
        blank(),
    ]
    if any(one.idle for one in found.settings):
        page += [heading("Change nothing in this run", "with the reason"), *_lines(found, idle=True), blank()]
    if found.command is None:
        page.append(
            notice("with DATA the options that depend on them are known too, and the whole command is printed.")
        )
        return page
    page += [heading("Command", "that says all of it: it gives the same run, to the bit, whatever the defaults are")]
    page.append(line((command_line("train", (), *found.command), style.EQUATION)))
    return page


def _lines(found: Explained, idle: bool) -> Iterator[RenderableType]:
    """The options that change something in the run, or those that do not, all in the same columns."""
    option = max(len(one.option) for one in found.settings)
    width = max(len(value) for value in map(_value, found.settings) if len(value) <= WIDEST)
    for one in found.settings:
        if one.idle != idle:
            continue
        value, label = _value(one), f"  {one.option:<{option}}"
        if len(value) > WIDEST:
            yield Prose(value, label, style.TITLE)
            label, value = " " * len(label), ""
        yield Prose(one.reason, f"{label}  {value:<{width}}")


def _value(setting: Setting) -> str:
    """As the command line has it."""
    value = setting.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(
        ",".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
    )
