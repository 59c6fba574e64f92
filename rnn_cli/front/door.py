"""What the command's options are called in Python, for the messages of rnn.check."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec, TypeVar

from rnn_cli.errors import InputError
from rnn_cli.study.check.report import Finding, Report

P = ParamSpec("P")
R = TypeVar("R")

ARGUMENTS = {"--map FILE": "names=", "--map": "names=", "--target": "target=", "--input": "x", "--model": "model"}
"""Option -> argument, the longer before the shorter."""
OPTION = re.compile(rf"(?<![\w-])(?:{'|'.join(ARGUMENTS)})(?![\w-])")
RESET = re.compile(r"--reset (\w+)")


def as_said(text: str) -> str:
    """A message with the arguments of Python for the options of the command."""
    return RESET.sub(r'reset="\1"', OPTION.sub(lambda found: ARGUMENTS[found[0]], text))


def in_python(function: Callable[P, R]) -> Callable[P, R]:
    """The function, whose errors name arguments."""

    @wraps(function)
    def run(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        except InputError as error:
            error.args = (as_said(str(error)),)
            raise

    return run


def words_of_python(report: Report) -> Report:
    """A report that names arguments."""

    def one(finding: Finding) -> Finding:
        return replace(finding, fix=as_said(finding.fix), forms=tuple(map(one, finding.forms)))

    return replace(
        report,
        said=tuple(map(as_said, report.said)),
        not_compared=tuple((name, as_said(why)) for name, why in report.not_compared),
        findings=tuple(map(one, report.findings)),
    )
