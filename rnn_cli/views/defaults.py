"""The page of rnn train --explain-defaults: each option, what a run takes for it, and why."""

from rich.console import RenderableType

from rnn_cli.training.explain import Explained, Setting
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.page import Prose, blank, heading, line, notice


def defaults_page(found: Explained) -> list[RenderableType]:
    """A line for each option, then the command that says all of them."""
    values = [_value(one) for one in found.settings]
    option, value = (max(map(len, texts)) for texts in ([one.option for one in found.settings], values))
    value = min(value, 16)
    page: list[RenderableType] = [
        line((f"rnn train --task {clean(found.task)}", style.TITLE), "     what it takes for each option, and why"),
        blank(),
    ]
    for one, shown in zip(found.settings, values, strict=True):
        page.append(Prose(one.reason, f"  {one.option:<{option}}  {shown:>{value}} "))
    page.append(blank())
    if found.command is None:
        page.append(
            notice("with DATA the options that depend on them are known too, and the whole command is printed.")
        )
        return page
    page += [heading("Command", "that says all of it: it gives the same run, to the bit, whatever the defaults are")]
    page.append(line((command_line("train", (), *found.command), style.EQUATION)))
    return page


def _value(setting: Setting) -> str:
    """As the command line has it."""
    value = setting.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(
        ",".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
    )
