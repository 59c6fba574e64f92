"""Fonts for the words of a figure: that of matplotlib, and others of this machine for the signs that it lacks."""

from typing import Any

BOXES = "Last Resort High-Efficiency"
"""A font that comes with matplotlib and has a box for every sign."""


def families(text: str) -> tuple[list[str], str]:
    """The font families to draw a text with, the first for all that it has, and the signs that none has."""
    import matplotlib
    from matplotlib import font_manager

    chosen = list(matplotlib.rcParams["font.family"])
    lacking = {c for c in text if not c.isspace()} - _signs(font_manager.findfont(font_manager.FontProperties()))
    found = {one.name: lacking & _signs(one.fname) for one in _regular(font_manager) if lacking}
    while any(found.values()):
        best = max(sorted(found), key=lambda name: len(found[name]))
        chosen.append(best)
        lacking -= found[best]
        found = {name: signs & lacking for name, signs in found.items()}
    return chosen, "".join(sorted(lacking))


def _regular(font_manager: Any) -> list[Any]:
    """The upright fonts of ordinary weight: a family is asked for by its name, and is drawn with one of these."""
    every = font_manager.fontManager.ttflist
    return [one for one in every if one.style == "normal" and one.weight == 400 and one.name != BOXES]


def _signs(file: str) -> set[str]:
    """What a font has; nothing of one that has only pictures of one size, which matplotlib cannot draw, or is damaged."""
    from matplotlib.font_manager import get_font

    try:
        font = get_font(file)
    except (OSError, RuntimeError):
        return set()
    return set(map(chr, font.get_charmap())) if font.scalable else set()
