"""Figures in files, drawn by matplotlib. It takes long to import and is not always there, so only this file does."""

import io
import warnings
from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import remove_leftovers, write_atomically
from rnn_cli.plots.figure import Band, Curve, Figure, Panel, Shades
from rnn_cli.plots.fonts import families
from rnn_cli.views.clean import clean

FORMATS: dict[str, dict[str, Any]] = {
    ".png": {"dpi": 150, "metadata": {"Software": None}},
    ".svg": {"metadata": {"Date": None}},
    ".pdf": {"metadata": {"CreationDate": None}},
}
"""What makes the same figure the same bytes: no dates, no versions."""

TEXT = ".svg"
"""The format whose words are drawn by the program that shows it, with the fonts that it has."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Colours that people with any of the common colour blindnesses tell apart (Okabe and Ito), those seen well on white."""
MARKERS = "osv^Dx*"
MOST_ROW_LABELS = 32
FEW_ROW_LABELS = 16
LONGEST_NAME, LONGEST_TITLE = 14, 80
WIDTH, WIDEST, HEIGHT = 9.0, 24.0, 3.0
"""Inches: of a figure, of one with so many words below that they would touch, and of each panel beside its title and axes."""
BESIDE = 2.5
"""Inches of a figure's width beside its axes: numbers, a legend or a scale."""
SIGN, WORD = 0.13, 0.21
"""Inches of the axis that a single sign takes, which stands upright, and a word, which leans."""


def check_plot(names: Iterable[str]) -> None:
    """InputError where a file's format is unknown or matplotlib is missing: said before anything is computed."""
    for name in names:
        if Path(name).suffix not in FORMATS:
            raise InputError(f"--plot {name}: expected one of {', '.join(FORMATS)}")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise InputError("--plot needs matplotlib: pip install 'rnn-cli[plot]'") from error


def save_plots(names: Iterable[str], figure: Figure) -> str:
    """Draw a figure into every file, each whole or not at all. SystemRefused where that is not possible.

    The answer is the signs that no font of this machine has, where a file had to be drawn with a font.
    """
    chosen, lacking = families(_words(figure))
    names = list(names)
    for name in names:
        path = Path(name)
        try:
            remove_leftovers(path)
            write_atomically(path, _drawn(figure, path.suffix, chosen))
        except OSError as error:
            raise SystemRefused(f"--plot {path}: {error.strerror or error}") from error
    return lacking if any(Path(name).suffix != TEXT for name in names) else ""


def _drawn(figure: Figure, suffix: str, fonts: list[str]) -> bytes:
    import matplotlib

    # Identifiers in an SVG are random without a salt; fonts stay as they are, so that text can be searched.
    given = {"svg.hashsalt": "rnn", "svg.fonttype": "none", "font.family": fonts}
    with matplotlib.rc_context(given), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # said once, and of all signs, by the caller
        buffer = io.BytesIO()
        draw(figure).savefig(buffer, format=suffix[1:], **FORMATS[suffix])
    return buffer.getvalue()


def draw(figure: Figure) -> Any:
    """The figure as matplotlib has it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    n = len(figure.panels)
    canvas = Canvas(figsize=(_width(figure), 1.5 + HEIGHT * n), layout="constrained")
    FigureCanvasAgg(canvas)
    drawn = any(panel.shades is not None for panel in figure.panels)
    own_words = any(panel.names for panel in figure.panels)
    every = canvas.subplots(n, 1, sharex=not own_words, sharey=not (drawn or figure.own_scales), squeeze=False)[:, 0]
    largest = _largest(figure)
    for axes, panel in zip(every, figure.panels, strict=True):
        _draw_panel(canvas, axes, panel, figure, largest)
        if own_words or axes is every[-1]:
            _draw_steps(axes, panel.names or figure.names)
    canvas.suptitle(_short(figure.title, LONGEST_TITLE))
    every[-1].set_xlabel(figure.x_label + (f"   ({_plain(figure.note)})" if figure.note else ""))
    return canvas


def _width(figure: Figure) -> float:
    """Inches in which all the words below have room, where a page is wide enough for them."""
    most = max(len(names) * _room(names) for names in (figure.names, *(panel.names for panel in figure.panels)))
    return min(max(WIDTH, BESIDE + most), WIDEST)


def _room(names: Sequence[tuple[float, str]]) -> float:
    return SIGN if _are_signs(names) else WORD


def _are_signs(names: Sequence[tuple[float, str]]) -> bool:
    return all(len(name) == 1 for _, name in names)


def _words(figure: Figure) -> str:
    """All that is written in a figure."""
    words = [figure.title, figure.x_label, figure.y_label, figure.note, *(name for _, name in figure.names)]
    for panel in figure.panels:
        words += [panel.title, *(curve.label for curve in panel.curves), *(name for _, name in panel.names)]
        words += [panel.shades.name, panel.shades.rows_are, *panel.shades.labels] if panel.shades else []
    return "".join(map(clean, words))


def _largest(figure: Figure) -> float:
    """The largest size in the shades of all panels: one scale for all."""
    every = (value for panel in figure.panels if panel.shades for row in panel.shades.rows for value in row)
    return max((abs(value) for value in every if isfinite(value)), default=0.0) or 1.0


def _draw_panel(canvas: Any, axes: Any, panel: Panel, figure: Figure, largest: float) -> None:
    axes.set_title(_short(panel.title, LONGEST_TITLE), fontsize="medium")
    if panel.shades is not None:
        _draw_shades(canvas, axes, panel.shades, largest)
        return
    if panel.band is not None:
        _draw_band(axes, panel.band)
    for k, curve in enumerate(panel.curves):
        points = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if isfinite(y)]
        axes.plot(
            [x for x, _ in points],
            [y for _, y in points],
            label=_plain(curve.label),
            color=COLOURS[k % len(COLOURS)],
            # A second round of the colours has other strokes: no two curves look alike.
            linestyle="--" if curve.dashed else "-" if k < len(COLOURS) else ":",
            marker=MARKERS[(k + k // len(COLOURS)) % len(MARKERS)],
            markersize=4,
            markevery=max(len(points) // 20, 1),
        )
        _draw_spread(axes, curve, COLOURS[k % len(COLOURS)])
    if figure.decades:
        _mark_decades(axes)
    else:  # whole numbers: a factor that they have in common would stand where the title is
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.10g}")
    if figure.doubling:
        axes.set_xscale("log", base=2)
        axes.minorticks_off()
    axes.set_ylabel(figure.y_label)
    axes.grid(alpha=0.3)
    if len(panel.curves) > 1:  # beside the axes, where it covers no point
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize="small", frameon=False)


def _draw_band(axes: Any, band: Band) -> None:
    """What lies between two lines, or one stroke where only one point has ends."""
    ends = [one for one in zip(band.x, band.low, band.high, strict=True) if isfinite(one[2] - one[1])]
    how: dict[str, Any] = {"label": _plain(band.label), "color": COLOURS[1], "alpha": 0.2}
    if len(ends) == 1:
        axes.vlines(*ends[0], linewidth=8, **how)
    elif ends:
        axes.fill_between(*zip(*ends, strict=True), linewidth=0, **how)


def _draw_spread(axes: Any, curve: Curve, colour: str) -> None:
    """The bars of a curve's points, and the single numbers behind them."""
    bars = [(x, *ends) for x, ends in zip(curve.x, curve.ends, strict=False) if ends is not None]
    if bars:
        x, low, high = zip(*bars, strict=True)
        axes.vlines(x, low, high, color=colour, linewidth=1.2, alpha=0.6)
    if curve.singles:
        axes.plot(*zip(*curve.singles, strict=True), ".", color=colour, alpha=0.5, markersize=5)


def _draw_shades(canvas: Any, axes: Any, shades: Shades, largest: float) -> None:
    """From dark, the lowest, to light: the order is seen without colour too. The scale stands beside the panel."""
    n = len(shades.rows)
    columns = len(shades.rows[0])
    image = axes.imshow(
        shades.rows,
        cmap="cividis",
        vmin=-largest if shades.signed else 0,
        vmax=largest,
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, columns + 0.5, n - 0.5, -0.5),
    )
    labelled = range(0, n, -(-n // MOST_ROW_LABELS))
    size = "small" if n <= FEW_ROW_LABELS else "xx-small"
    axes.set_yticks(list(labelled), [_short(shades.labels[k]) for k in labelled], fontsize=size)
    axes.set_ylabel(shades.rows_are + ("" if len(labelled) == n else f", one in {labelled.step} named"))
    canvas.colorbar(image, ax=axes, label=shades.name)


def _mark_decades(axes: Any) -> None:
    """Powers of ten as ticks; numbers between them where the axis covers less than two."""
    from matplotlib.ticker import MaxNLocator

    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(MaxNLocator(nbins=8, integer=high - low >= 2))
    axes.yaxis.set_major_formatter(lambda y, _: f"{10**y:.2g}" if abs(y) < 3 else f"1e{y:+.3g}")


def _draw_steps(axes: Any, names: Sequence[tuple[float, str]]) -> None:
    """Words below their steps, or whole numbers."""
    if not names:
        from matplotlib.ticker import MaxNLocator

        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        return
    every = -(-len(names) * _room(names) // (WIDEST - BESIDE))
    named = names[:: int(every)]
    leaning: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    how = {} if _are_signs(named) else leaning
    axes.set_xticks([x for x, _ in named], [_short(name) for _, name in named], **how)


def _short(name: str, longest: int = LONGEST_NAME) -> str:
    return _plain(name if len(name) <= longest else name[: longest - 1] + "…")


def _plain(text: str) -> str:
    """A word as the page has it: matplotlib reads $…$ as mathematics, and an SVG cannot hold control characters."""
    return clean(text).replace("$", r"\$")
