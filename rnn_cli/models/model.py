"""A model: a network with its vocabulary and labels, wherever it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rnn_cli.core.network import Network

UNKNOWN = "<unk>"
PYTORCH = "PyTorch state dict"


@dataclass(frozen=True, eq=False)
class Model:
    """A network and what its numbers stand for.

    vocabulary      token -> id; None where words have no ids
    rows            token -> row of the embedding; a token without a row has no vector of its own
    one_hot         inputs are unit vectors over the vocabulary
    labels          the name of each readout unit
    origin          "bundled", "file" or "random", for the title of a page
    stored_dtype    the type of the numbers in the file; computation is float64 whatever it is
    format          what kind of file it came from, "" where it came from none
    about           what its maker says of it
    flags           the options that bring this network again, for the commands that a page suggests
    """

    name: str
    network: Network
    origin: str
    vocabulary: Mapping[str, int] | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    one_hot: bool = False
    labels: tuple[str, ...] = ()
    stored_dtype: str = "float64"
    format: str = ""
    about: str = ""
    flags: str = ""

    @cached_property
    def lowercase(self) -> bool:
        """Words are lower-cased exactly where the vocabulary holds no upper-case letter."""
        return bool(self.vocabulary) and all(token == token.lower() for token in self.vocabulary or ())

    @property
    def from_pytorch(self) -> bool:
        """Whether it came from a state dict, whose two biases per gate were summed."""
        return self.format == PYTORCH

    @property
    def input_kind(self) -> str:
        """What arrives at each step: rows of the embedding, one-hot vectors, or vectors as they are."""
        return "embedding" if self.rows else "one-hot" if self.one_hot else "vectors"

    @property
    def unknown_words(self) -> str:
        """What stands for a word that the vocabulary lacks."""
        has_vector = UNKNOWN in self.rows or (self.one_hot and UNKNOWN in (self.vocabulary or {}))
        return f"the vector of {UNKNOWN}" if has_vector else "a vector drawn from the seed and the word"

    @property
    def random(self) -> bool:
        """Whether the weights were drawn and not learnt, so that a prediction means nothing yet."""
        return self.origin == "random"

    def label(self, index: int) -> str:
        """The name of a readout unit."""
        return self.labels[index] if index < len(self.labels) else f"class {index}"
