"""The tour below the page: where on it a person is, what there was to see, what to do next."""

from rich.cells import cell_len
from rich.text import Text

from rnn_cli.explore.draw.text import line, wrapped
from rnn_cli.explore.tour import Tour
from rnn_cli.views import style

MOST_LINES = 2
"""Of one sentence."""

TOUR_OVER = "The tour is over: ? shows all keys, q leaves"


def panel(tour: Tour, width: int) -> list[Text]:
    """The lines, in so many cells."""
    stops = len(tour.stops)
    where = "─ the tour " if tour.over else f"─ the tour: stop {tour.at + 1} of {stops} "
    keys = " < back  > on  Escape leaves it ─"
    rule = "─" * max(width - cell_len(where) - cell_len(keys), 0)
    lines = [line((where, style.HEADING), (rule, style.FAINT), (keys, style.FAINT), width=width)]
    if tour.said:
        lines += _sentence(f"Done: {tour.said}", style.GOOD, width)
    for left_out in tour.left_out:
        lines += _sentence(left_out, style.FAINT, width)
    return [*lines, *_sentence(TOUR_OVER if tour.over else f"Now: {tour.says}", style.WORD, width)]


def _sentence(text: str, how: str, width: int) -> list[Text]:
    return [line((one, how), width=width) for one in wrapped(text, width, MOST_LINES)]
