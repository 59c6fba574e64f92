"""A figure of curves or shades, as plain data. Only draw.py knows the library that draws it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """A line through points; points whose y is not finite are left out. `dashed` marks what is there to compare with.

    ends      the low and the high end of a bar at each point, where it has one
    singles   (x, y) of what the points are means of, drawn smaller
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    dashed: bool = False
    ends: Sequence[tuple[float, float] | None] = ()
    singles: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Band:
    """What lies between two lines; points without finite ends are left out."""

    label: str
    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True)
class Shades:
    """Numbers as colours: a row for each of `labels`, from the top, a column for each step; `name` is what they are.

    `rows_are` says what a row is. Numbers that are not `signed` are 0 or more, and their scale begins at 0.
    """

    name: str
    labels: Sequence[str]
    rows: Sequence[Sequence[float]]
    rows_are: str = "unit"
    signed: bool = True


@dataclass(frozen=True)
class Panel:
    """Curves over one pair of axes, with a band behind them, or shades. `names` are (x, text) for an x axis whose words are not those of all panels."""

    title: str
    curves: Sequence[Curve] = ()
    shades: Shades | None = None
    names: Sequence[tuple[float, str]] = ()
    band: Band | None = None


@dataclass(frozen=True)
class Figure:
    """Panels one below the other, over the same x axis.

    `decades` says that y holds base-10 logarithms, `doubling` that x stands on an axis of logarithms; `names` are (x, text) for the x axis; `note` stands below. With
    `own_scales` each panel has a y axis of its own.
    """

    title: str
    x_label: str
    y_label: str
    panels: Sequence[Panel]
    decades: bool = False
    names: Sequence[tuple[float, str]] = ()
    note: str = ""
    own_scales: bool = False
    doubling: bool = False
