"""Free running: in a share of the sequences the decoder reads its own words while it learns, as it will have to later.

Source: Bengio et al., "Scheduled sampling for sequence prediction with recurrent neural networks" (2015), with one coin
per sequence. What the decoder would write is found first, greedily; the backward pass is then the ordinary one.
"""

from dataclasses import replace

import numpy as np

from rnn_cli.core.decode import greedy
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.train import OwnWords
from rnn_cli.core.systems.base import System
from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.models.encoding import Encoding


def own_words_of(system: System, encoding: Encoding) -> OwnWords | None:
    """What replaces the true words by the decoder's own; None for a system without a decoder."""
    if not isinstance(system, EncoderDecoder | Conditioned):
        return None
    bos, eos = encoding.begin, encoding.end

    def own_words(batch: Batch, generator: np.random.Generator, ratio: float) -> Batch:
        assert batch.decoder_inputs is not None
        free = generator.random(batch.size) >= ratio
        if not free.any():
            return batch
        steps = len(batch.decoder_inputs)
        first, memory = system.begin(batch.inputs, batch.lengths)
        written = greedy(system.decoder, first, batch.size, bos, eos, steps - 1, memory)
        inputs = np.array(batch.decoder_inputs)
        for b in np.flatnonzero(free):
            words = [bos, *written[b]]
            words += [eos] * (steps - len(words))
            inputs[:, b] = words[:steps]
        return replace(batch, decoder_inputs=inputs)

    return own_words
