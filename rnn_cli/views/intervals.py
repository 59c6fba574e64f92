"""How the intervals of an evaluation were made, in words."""

from collections.abc import Callable, Iterator

from rnn_cli.study.scores import MOVER, PERCENTILE, RESAMPLED_WILSON, WILSON, Evaluation, Resampling
from rnn_cli.views.numbers import count

FEW = 50
"""So many independent units are too few for the percentiles of resampled scores to cover 95%."""


def intervals_words(found: Evaluation, resampling: Resampling, names: Callable[[str], str]) -> Iterator[str]:
    """One sentence for each method that a score of the page has; `names` are those of the scores on it."""
    if not resampling.resamples or found.units < 2:
        return
    drawn = f"{resampling.resamples:,} draws of {count(found.units, found.unit)}"
    drawn += f" in blocks of {found.block:,}" if found.block > 1 else ""
    of_class = {one.how for one in found.classes.f1} if found.classes is not None else set()
    of_type = {one.how for one in found.spans.f1} if found.spans is not None else set()

    def which(how: str | None) -> list[str]:
        parts = [_of_each("class", "classes", of_class)] * (how in of_class)
        parts += [_of_each("type of spans", "types of spans", of_type)] * (how in of_type)
        return [names(k) for k, one in found.scores.items() if one.how == how] + parts

    if which(WILSON):
        yield f"{', '.join(which(WILSON))}: Wilson's, each {found.unit} being right or wrong by itself"
    counted = [
        f"{one.independent:,.0f} for {names(k)}" for k, one in found.scores.items() if one.independent is not None
    ]
    if which(RESAMPLED_WILSON):
        free = f" ({', '.join(counted)})" if counted else ""
        yield (
            f"{', '.join(which(RESAMPLED_WILSON))}: Wilson's, of as many independent answers{free} as vary like {drawn}, "
            f"each {found.unit} as a whole"
        )
    if which(MOVER):
        yield "macro F1: from those of its classes"
    numbers = [*which(PERCENTILE), *["MAE, RMSE"] * (found.columns is not None)]
    if numbers:
        few = found.units / found.block
        narrow = (
            f"; of so few {'blocks' if found.block > 1 else f'{found.unit}s'} they are too narrow" if few < FEW else ""
        )
        yield f"{', '.join(numbers)}: the 2.5th to the 97.5th percentile of {drawn}{narrow}"
    same = [names(k) for k, one in found.scores.items() if one.how is None]
    if same:
        yield f"{', '.join(same)}: none, for no draw differs"


def _of_each(one: str, several: str, hows: set[str | None]) -> str:
    """The scores F1 that have their intervals by a method: all, or with several methods some."""
    return f"F1 of a {one}" if len(hows) == 1 else f"F1 of some {several}"
