"""How a command's help is laid out: the everyday options first, then the others in the groups that they belong to."""

import re
from collections.abc import Iterable
from typing import Any

EVERYDAY, OWN, LAST = "Everyday options", "Options", "Output"

METAVARS = {"int": "INT", "int range": "INT", "float": "NUMBER", "float range": "NUMBER", "str": "TEXT"}
"""What stands for a value that its option does not name, by its type."""

RANGES = ((r"(\S+)<=x<=(\S+)(?=\])", r"\1 to \2"), (r"x>=0(?=\])", "0 or more"), (r"x>=(\S+)(?=\])", r"\1 or more"))


def name_values(parameters: Iterable[Any]) -> None:
    """Give every option that takes a value a word for it."""
    for one in parameters:
        if one.metavar is None and one.param_type_name == "option" and not one.is_flag:
            one.metavar = METAVARS.get(one.type.name, one.type.name.upper())


def grouped(parameters: Iterable[Any], everyday: Iterable[str]) -> dict[str, list[Any]]:
    """The options that are shown by the titles of their groups, in the order of the help."""
    shown = [one for one in parameters if one.param_type_name == "option" and not one.hidden]
    first = [one for name in everyday for one in shown if one.name == name]
    groups: dict[str, list[Any]] = {EVERYDAY: first} if first else {}
    for one in shown:
        if one not in first:
            title = LAST if one.name == "help" else one.rich_help_panel or OWN
            groups.setdefault(title, []).append(one)
    if LAST in groups:
        groups[LAST] = groups.pop(LAST)
    return groups if len(groups) > 1 else {OWN: next(iter(groups.values()))}


def write_options(parameters: list[Any], everyday: Iterable[str], context: Any, formatter: Any) -> None:
    """Arguments, then the options in their groups, all in the same two columns."""
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    sections = {"Arguments": arguments} if arguments else {}
    sections |= grouped(parameters, everyday)
    records = {title: [_record(one, context) for one in members] for title, members in sections.items()}
    width = min(max(len(first) for rows in records.values() for first, _ in rows), 30)
    for title, rows in records.items():
        with formatter.section(title):
            formatter.write_dl([(first.ljust(width), says) for first, says in rows])


def _record(parameter: Any, context: Any) -> tuple[str, str]:
    first, says = parameter.get_help_record(context)
    for pattern, words in RANGES:
        says = re.sub(pattern, words, says)
    return first, says
