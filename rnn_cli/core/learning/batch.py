"""A mini-batch: what the core trains on and evaluates, time-major and padded at the end."""

from dataclasses import dataclass

from rnn_cli.core.arrays import Array


@dataclass(frozen=True, eq=False)
class Batch:
    """B sequences side by side, with what a network should answer.

    inputs           ids (T, B), or vectors (T, B, I); one-to-many: the condition's id (1, B)
    lengths          (B,), values in 1…T; what stands after a sequence's end is padding and changes nothing
    targets          many-to-one (B,), many-to-many (T, B), one-to-many and encoder-decoder (U, B): ids of classes.
                     Numbers to predict have one more axis: (B, K) or (T, B, K)
    weights          the shape of the class ids, (B,), (T, B) or (U, B): what each answer counts for in the loss, which
                     is sum(weights * loss) / sum(weights); 0 at padding and where no answer is asked for
    decoder_inputs   (U, B), <bos> and then what the targets hold one step before; None without a decoder
    decoder_lengths  (B,), values in 1…U; None without a decoder
    truths           the shape of the targets: the true classes where some of them are none of the readout's units, with ids
                     from C on; None elsewhere. Their targets are 0; an answer to them has no loss and is wrong
    carries          the state before the first step is the one after the last step of the batch before (language
                     models); False in the first batch of an epoch and for all other tasks
    units            the mean and the scale of each answer in the units of the data, (B, K) or (T, B, K), where these are not
                     the same for all of them; None elsewhere
    carry_at         the number of steps after which the next batch takes its first state; None: after the last
    parts            rows (T, B, P) of the parts of the words, -1 where there is none; None where words have no parts
    """

    inputs: Array
    lengths: Array
    targets: Array
    weights: Array
    decoder_inputs: Array | None = None
    decoder_lengths: Array | None = None
    truths: Array | None = None
    carries: bool = False
    carry_at: int | None = None
    units: tuple[Array, Array] | None = None
    parts: Array | None = None

    @property
    def size(self) -> int:
        """B."""
        return len(self.lengths)

    @property
    def steps(self) -> int:
        """How many computed steps are not padding, the decoder's included: tokens per second counts these."""
        decoder = 0 if self.decoder_lengths is None else int(self.decoder_lengths.sum())
        return int(self.lengths.sum()) + decoder
