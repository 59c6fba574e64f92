"""Where the parameters of a model that another program saved stood in its file, so that pages can say it in its names."""

from dataclasses import dataclass

SUMMED = "biases summed"
"""The note of a bias that a file holds in two parts."""

ZEROS_BEFORE = "zeros put before it: sigmoid(a) is the second share of softmax(0, a)"
"""The note of a readout of one unit, of which a sigmoid makes the probability of the second of two classes."""


def applied(function: str) -> str:
    """The note of an embedding whose rows are read through a function."""
    return f"{function} applied"


@dataclass(frozen=True)
class Origin:
    """How a file holds one packed parameter of a network (layers.0.forward.W_x, …, embedding, readout.W_hy).

    names        the arrays of the file that it is made of, under the file's own names
    transposed   whether the file holds it transposed
    gates        the gates in the order in which they stand in the file, under our letters; () where it has none
    notes        what else was done, in a few words each: "biases summed"
    at           in a graph the name of the value that is read, which nodes may have made of those arrays
    row          of such a value the first index of what is read
    """

    names: tuple[str, ...]
    transposed: bool = False
    gates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    at: str = ""
    row: int = 0
