"""The page of rnn inspect --code: the program and nothing else, so that > m.py works."""

from rich.console import RenderableType

from rnn_cli.study.code import CodeResult
from rnn_cli.views.page import line


def code_page(result: CodeResult, digits: int) -> list[RenderableType]:
    """The lines of the program as they are."""
    return [line(text) for text in result.lines]
