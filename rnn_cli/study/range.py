"""What is said of numbers that left the finite range: one sentence, for pages, errors and Python alike.

A result whose numbers all stayed within the range says nothing: its `left_range` is None. Where it is a sentence, the page
and the document show what could be computed, and the command exits with 3.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from rnn_cli.errors import NumberError

if TYPE_CHECKING:  # a command without a network does not wait for NumPy
    from rnn_cli.core.arrays import Array
    from rnn_cli.core.departure import Departure
    from rnn_cli.core.network import Architecture
    from rnn_cli.models.model import Model

Item = TypeVar("Item")

LEFT = "left the finite range"


def said(departure: "Departure | None", architecture: "Architecture", role: str = "") -> str | None:
    """Where the first number left the finite range, and what that means."""
    if departure is None:
        return None
    one = departure
    where = [f"step {one.t}"] if one.t is not None else []
    where += [f"{one.part} {one.number}"] if one.number is not None else []
    if one.layer is not None:
        where += [f"layer {one.layer}"] * (architecture.num_layers > 1)
        where += [f"{one.direction} direction"] * (not architecture.forward_only)
    where += [f"the {role}"] if role else []
    place = f" at {', '.join(where)}" if where else ""
    return f"{one.quantity} {LEFT}{place}: what is computed from it has no value"


def answer_left_range(model: "Model", logits: "Array | None") -> str | None:
    """Whether a predicted number left the range on its way into the units of the data; None where all are finite."""
    if logits is None or not model.numeric or model.encoding is None:
        return None
    from rnn_cli.core.departure import OUTPUT, first_departure

    predicted = model.encoding.in_units(logits)
    numbers = [
        (("the prediction", None, None, None, OUTPUT), row)
        for row in (predicted if predicted.ndim > 1 else [predicted])
    ]
    return said(first_departure(numbers), model.network.architecture, model.role)


@contextmanager
def in_words(model: "Model", advice: str = "") -> Iterator[None]:
    """NumberError, with where it happened, for what the core raises where no answer is left."""
    from rnn_cli.core.departure import LeftRange

    try:
        yield
    except LeftRange as error:
        raise NumberError(f"{said(error.departure, model.network.architecture, model.role)}{advice}") from error


@dataclass(eq=False)
class Watch:
    """Remembers the first of many results whose numbers left the range, while they go by."""

    first: str | None = None

    def over(self, items: Iterable[Item], left_range: Callable[[Item], str | None]) -> Iterator[Item]:
        """The items, each looked at before it goes on."""
        for row, item in enumerate(items, start=1):
            found = left_range(item) if self.first is None else None
            if found is not None:
                self.first = f"row {row}: {found}"
            yield item
