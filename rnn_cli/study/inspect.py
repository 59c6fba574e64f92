"""What a model that writes has beside its first network."""

from dataclasses import dataclass

from rnn_cli.core.array_statistics import Entry
from rnn_cli.models.model import Model


@dataclass(frozen=True, eq=False)
class Halves:
    """conditions   of one-to-many: what a first state was learnt for; () else
    writer          of an encoder-decoder: the decoder, with its arrays in `entries`
    """

    conditions: tuple[str, ...]
    writer: Model | None
    entries: tuple[Entry, ...]
