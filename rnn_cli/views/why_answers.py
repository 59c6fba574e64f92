"""Which part of a page, and which sentence, belong to what an answer rests on."""

from rich.console import RenderableType

from rnn_cli.study.attribution import Explained
from rnn_cli.study.attribution_texts import Aligned, FromCondition
from rnn_cli.views.attribution import attribution_part, attribution_words, short_words
from rnn_cli.views.attribution_texts import aligned_words, condition_words, text_part

Reason = Explained | Aligned | FromCondition


def why_part(reason: Reason, digits: int) -> list[RenderableType]:
    """What is drawn of it."""
    if isinstance(reason, Explained):
        return attribution_part(reason, digits)
    return text_part(reason)


def why_words(reason: Reason, digits: int, *, short: bool = False) -> str:
    """What to notice of it; `short`: in one line."""
    if isinstance(reason, Explained):
        return short_words(reason, digits) if short else attribution_words(reason, digits)
    return aligned_words(reason) if isinstance(reason, Aligned) else condition_words(reason)
