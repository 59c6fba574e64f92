"""What a person says of a file that does not say it itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MAX, MEAN
from rnn_cli.errors import InputError
from rnn_cli.models.encoding import TEXT_LEVELS

NONE = "none"
EVERY_STEP = "every-step"
READS = {
    LAST_OUTPUT: "the last output, output[-1]",
    FINAL_STATE: "the final state",
    EVERY_STEP: "every step",
    MEAN: "the mean of all outputs",
    MAX: "the largest of all outputs, element by element",
}
"""What a readout can read, and the same in words."""


def with_reads(architecture: Architecture, reads: str) -> Architecture:
    """The architecture whose readout reads this."""
    if reads == EVERY_STEP:
        return replace(architecture, task=MANY_TO_MANY)
    return replace(architecture, task=MANY_TO_ONE, reads=reads)


def guessed(choices: "Choices", file: str) -> list[str]:
    """What to say of a readout whose `file` does not say what it reads; [] where the person did."""
    said = f"what its readout reads is a guess: {file} does not say it (--readout-reads)"
    return [] if choices.reads is not None else [said]


BEHIND_EMBEDDING = ("relu", "tanh")


@dataclass(frozen=True)
class Choices:
    """Options of a model that another program saved; None where the person says nothing.

    module      the path of the recurrent module
    embedding   the name of its embedding, or "none"; readout the path of its readout, or "none"
    reads       what the readout reads, of READS
    vocab       a file of tokens, or token -> id; target_vocab: the same of what a decoder writes; labels: names with commas between them, a file of them, or the names
    activation  of torch.nn.RNN, which a state dict does not say
    embedding_activation   a function behind the embedding, of two networks behind the decoder's
    level       how a text is cut for the vocabulary: a level of inputs/tokens.py
    """

    module: str | None = None
    embedding: str | None = None
    readout: str | None = None
    reads: str | None = None
    vocab: str | Mapping[str, int] | None = None
    labels: str | tuple[str, ...] | None = None
    activation: str | None = None
    target_vocab: str | Mapping[str, int] | None = None
    level: str | None = None
    embedding_activation: str | None = None

    def given(self) -> list[str]:
        """The options that were given, by their names on the command line, but for --activation."""
        names = {
            "--module": self.module, "--embedding": self.embedding, "--readout": self.readout,
            "--readout-reads": self.reads, "--vocab": self.vocab, "--labels": self.labels,
            "--target-vocab": self.target_vocab, "--level": self.level,
            "--embedding-activation": self.embedding_activation,
        }  # fmt: skip
        return [name for name, value in names.items() if value is not None]

    def check(self) -> None:
        """InputError where a choice is none that can be made."""
        if self.reads is not None and self.reads not in READS:
            raise InputError(f"--readout-reads {self.reads}: it can be {', '.join(READS)}")
        if self.embedding_activation not in (None, *BEHIND_EMBEDDING):
            raise InputError(
                f"--embedding-activation {self.embedding_activation}: it can be {' or '.join(BEHIND_EMBEDDING)}"
            )
        if self.level is not None and self.level not in TEXT_LEVELS:
            raise InputError(f"--level {self.level}: it can be {', '.join(TEXT_LEVELS)}")


NOTHING = Choices()
