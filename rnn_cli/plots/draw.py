"""Figures in files, drawn by matplotlib. It takes long to import and is not always there, so only this file does."""

import io
from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import remove_leftovers, write_atomically
from rnn_cli.plots.figure import Figure

FORMATS: dict[str, dict[str, Any]] = {
    ".png": {"dpi": 150, "metadata": {"Software": None}},
    ".svg": {"metadata": {"Date": None}},
    ".pdf": {"metadata": {"CreationDate": None}},
}
"""What makes the same figure the same bytes: no dates, no versions."""

MARKERS = "osv^Dx*"


def check_plot(names: Iterable[str]) -> None:
    """InputError where a file's format is unknown or matplotlib is missing: said before anything is computed."""
    for name in names:
        if Path(name).suffix not in FORMATS:
            raise InputError(f"--plot {name}: expected one of {', '.join(FORMATS)}")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise InputError("--plot needs matplotlib: pip install 'rnn-cli[plot]'") from error


def save_plots(names: Iterable[str], figure: Figure) -> None:
    """Draw a figure into every file, each whole or not at all. SystemRefused where that is not possible."""
    for name in names:
        path = Path(name)
        try:
            remove_leftovers(path)
            write_atomically(path, _drawn(figure, path.suffix))
        except OSError as error:
            raise SystemRefused(f"--plot {path}: {error.strerror or error}") from error


def _drawn(figure: Figure, suffix: str) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    # Identifiers in an SVG are random without a salt; fonts stay as they are, so that text can be searched.
    with matplotlib.rc_context({"svg.hashsalt": "rnn", "svg.fonttype": "none"}):
        canvas = Canvas(figsize=(8, 4.5), layout="constrained")
        FigureCanvasAgg(canvas)
        axes = canvas.add_subplot()
        for k, curve in enumerate(figure.curves):
            points = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if isfinite(y)]
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                label=_plain(curve.label),
                linestyle="--" if curve.dashed else "-",
                marker=MARKERS[k % len(MARKERS)],
                markersize=4,
                markevery=max(len(points) // 20, 1),
            )
        if figure.decades:
            axes.yaxis.set_major_formatter(lambda y, _: f"1e{y:+.3g}" if y else "1")
        if figure.names:
            axes.set_xticks([x for x, _ in figure.names], [_plain(name) for _, name in figure.names], rotation=45)
        axes.set_title(_plain(figure.title))
        axes.set_xlabel(figure.x_label)
        axes.set_ylabel(figure.y_label)
        axes.grid(alpha=0.3)
        if len(figure.curves) > 1:
            axes.legend()
        buffer = io.BytesIO()
        canvas.savefig(buffer, format=suffix[1:], **FORMATS[suffix])
    return buffer.getvalue()


def _plain(text: str) -> str:
    """A word as it is: matplotlib reads $…$ as mathematics, and an SVG cannot hold control characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text).replace("$", r"\$")
