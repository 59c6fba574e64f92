"""A row of data that knows where it stands, so that an answer can be traced back to its line."""

from collections.abc import Iterable
from typing import Any, Self


class Placed(tuple[Any, Any]):
    """A row of two parts, with its file and the line on which it begins. Rows with equal parts are equal, wherever they stand."""

    file: str
    line: int

    def __new__(cls, parts: Iterable[Any], file: str, line: int) -> Self:
        """A tuple takes its parts before it is there."""
        row = super().__new__(cls, parts)
        row.file, row.line = file, line
        return row
