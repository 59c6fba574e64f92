"""What a model is made of."""

from collections.abc import Iterable
from dataclasses import dataclass

from rnn_cli.core.array_statistics import ArrayStatistics, array_statistics, statistics_of
from rnn_cli.core.attention.look import Attention
from rnn_cli.core.departure import Numbers, first_departure
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.models.decoder import conditions_of, decoder_of
from rnn_cli.models.model import Model
from rnn_cli.study.range import said


@dataclass(frozen=True, eq=False)
class InspectResult:
    """The arrays of a model.

    name             how it was asked for, as "nlp" or a file's name
    conditions       of one-to-many: what a first state was learnt for; () else
    decoder          of an encoder-decoder, with its arrays in `decoder_entries`
    attention        how the decoder looks back at the encoder's states, with its arrays likewise; None where it does not
    """

    model: Model
    name: str
    entries: tuple[ArrayStatistics, ...]
    conditions: tuple[str, ...] = ()
    decoder: Model | None = None
    decoder_entries: tuple[ArrayStatistics, ...] = ()
    attention: Attention | None = None
    attention_entries: tuple[ArrayStatistics, ...] = ()

    @property
    def alone(self) -> "Model | None":
        """The network that is shown; None where there are two."""
        return self.model if self.decoder is None else None

    @property
    def left_range(self) -> str | None:
        """Which norm is larger than a float can hold; None where all are finite."""
        for model, entries in ((self.model, self.entries), (self.decoder, self.decoder_entries)):
            found = model and said(first_departure(_numbers(entries)), model.network.architecture, model.role)
            if found:
                return found
        return said(first_departure(_numbers(self.attention_entries)), self.model.network.architecture)


def _numbers(entries: Iterable[ArrayStatistics]) -> Numbers:
    for one in entries:
        for what in ("norm", "spectral_radius", "spectral_norm"):
            value = getattr(one, what)
            if value is not None:
                yield (f"the {what.replace('_', ' ')} of {one.name}", None, one.layer, one.direction), value


def inspect_model(model: Model, name: str) -> InspectResult:
    """Sizes, parameters and conventions of a model."""
    entries = array_statistics(model.network)
    conditions = conditions_of(model)
    if not model.has_decoder or conditions:
        return InspectResult(model, name, entries, conditions)
    decoder = decoder_of(model)
    attention = model.system.attention if isinstance(model.system, EncoderDecoder) else None
    looks = () if attention is None else statistics_of(attention.parameters)
    return InspectResult(model, name, entries, (), decoder, array_statistics(decoder.network), attention, looks)
