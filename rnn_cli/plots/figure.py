"""A figure of curves, as plain data. Only draw.py knows the library that draws it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """A line through points; points whose y is not finite are left out. `dashed` marks what is there to compare with."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    dashed: bool = False


@dataclass(frozen=True)
class Figure:
    """One panel of curves. `decades` says that y holds base-10 logarithms; `names` are (x, text) for the x axis."""

    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]
    decades: bool = False
    names: Sequence[tuple[float, str]] = ()
