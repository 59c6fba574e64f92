"""What the methods of a model give back: a result that has a document and a page, and shows itself."""

from collections.abc import Iterator
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.front.quiet import quiet


class Result:
    """What a model computed.

    `record` holds the numbers as NumPy arrays; `document()` is the same as the command's JSON, `page()` as its page.
    In a notebook a result shows itself; `print(result)` prints its page.
    """

    def __init__(self, record: object, parts: "tuple[Result, ...] | None" = None) -> None:
        self.record = record
        self._parts = parts

    @quiet
    def document(self) -> dict[str, Any]:
        """The dict that the command prints with --json: plain lists and numbers, None for what is not finite."""
        from rnn_cli.front.presenting import document
        from rnn_cli.output.jsonable import as_json_reads

        return as_json_reads(document(self.record))

    @quiet
    def page(self, precision: int = 4) -> str:
        """The page that the command prints, as text; `precision` is the number of decimals."""
        from rnn_cli.front.presenting import page
        from rnn_cli.output.emit import Once
        from rnn_cli.output.notebook import page_text

        return page_text(Once(lambda: page(self.record, precision)))

    def states(
        self, quantity: str = "h", layer: int = -1, direction: str = "forward", network: str | None = None
    ) -> Array:
        """Values over time, (T, H): "h", "c" or a gate's name, of one layer (from 0, or -1 for the last) and direction.

        `network` chooses "encoder" or "decoder" where a result is of both. InputError where there are no such states.
        """
        from rnn_cli.study.states import states_of

        return states_of(self.record, quantity, layer, direction, network)

    def __len__(self) -> int:
        """How many sequences it is of."""
        return 1 if self._parts is None else len(self._parts)

    def __getitem__(self, index: int) -> "Result":
        """The result of one sequence."""
        return (self,)[index] if self._parts is None else self._parts[index]

    def __iter__(self) -> "Iterator[Result]":
        """The result of each sequence."""
        return (self[k] for k in range(len(self)))

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return self.page().rstrip("\n")

    def __repr__(self) -> str:
        from rnn_cli.front.presenting import command_of

        return f"<result of {command_of(self.record)}: print() shows its page>"

    @quiet
    def _repr_html_(self) -> str:
        from rnn_cli.front.presenting import page
        from rnn_cli.output.emit import Once
        from rnn_cli.output.notebook import page_html

        return page_html(Once(lambda: page(self.record)))
