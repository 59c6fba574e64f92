"""The decoder of a trained model: as a model of its own, and the states that it starts from."""

from dataclasses import replace

import numpy as np

from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.core.trace import Initial
from rnn_cli.models.model import Model


def decoder_of(model: Model) -> Model:
    """The decoder of an encoder-decoder, or a one-to-many model itself. Its numbers have the type of the model's."""
    if not isinstance(model.system, EncoderDecoder):
        return model
    decoder, encoding = model.system.decoder, model.encoding
    labels = () if encoding is None else encoding.labels
    vocabulary = {token: k for k, token in enumerate(labels)}
    parameters = decoder.parameters.astype(model.network.parameters.flat.dtype)
    return replace(
        model,
        network=decoder.with_parameters(parameters),
        vocabulary=vocabulary or None,
        rows=vocabulary,
        labels=labels,
        unknown=None if encoding is None else encoding.unknown_written,
        role="decoder",
    )


def conditions_of(model: Model) -> tuple[str, ...]:
    """What a one-to-many model can be asked for; () for any other."""
    return model.encoding.vocabulary if isinstance(model.system, Conditioned) and model.encoding is not None else ()


def conditioned_states(model: Model, condition: int) -> Initial:
    """The first states that were learnt for a condition."""
    assert isinstance(model.system, Conditioned)
    states = model.system.first_states(np.array([[condition]]), np.array([1]))
    return {where: state.sequence(0) for where, state in states.items()}
