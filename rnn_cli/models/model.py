"""A model: a network with its vocabulary and labels, wherever it came from."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.embedding import side_by_side, vectors_of
from rnn_cli.core.network import Network
from rnn_cli.core.state import InitialStates
from rnn_cli.errors import InputError
from rnn_cli.models.encoding import TEXT_LEVELS, Encoding, Tokenizer
from rnn_cli.models.origins import SUMMED, Origin

if TYPE_CHECKING:  # what trains is loaded with a trained model
    from rnn_cli.core.systems.base import System

UNKNOWN = "<unk>"
BOS, EOS = "<bos>", "<eos>"
"""The token before the first one that a network writes, and the token that it writes after the last."""
PYTORCH = "PyTorch state dict"
OWN = "rnn."
"""How the formats of this program begin."""


@dataclass(frozen=True, eq=False)
class Model:
    """A network and what its numbers stand for.

    vocabulary      token -> id; None where words have no ids
    rows            token -> row of the embedding; a token without a row has no vector of its own
    one_hot         inputs are unit vectors over the vocabulary
    labels          the name of each readout unit
    origin          "bundled", "file" or "random", for the title of a page
    stored_dtype    the type of the numbers in the file; the computation always uses float64
    format          the kind of file that the model came from, "" without a file
    about           its maker's description of the model
    encoding        of a trained model: how its data became numbers
    system          of a trained model: the network, or the two of an encoder-decoder
    trained_for     of a trained model: its task, and in data_options how its data were read
    run             of a trained model: the settings of its run, and the fingerprint of its data
    role            "encoder" or "decoder" where it is one of two networks
    unknown         the token that stands for a word that the vocabulary lacks; None where there is none
    read, said      of a model that another program saved: what was found in its file and what was chosen, and the same in
                    words
    origins         of such a model: packed parameter -> where it stood in the file
    lowers          whether its words are lower-cased, where its file says so
    cut             how a text is cut into tokens, where its file says so by itself: a level of inputs/tokens.py
    tokenizer       what cuts a text, where rules came with the vocabulary
    flags           the options that give this network again, for the commands that a page suggests; None where none do
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
    flags: str | None = ""
    role: str = ""
    unknown: str | None = UNKNOWN
    read: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    encoding: Encoding | None = None
    system: "System | None" = None
    trained_for: str = ""
    data_options: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    lowers: bool | None = None
    cut: str | None = None
    tokenizer: Tokenizer | None = None

    @cached_property
    def lowercase(self) -> bool:
        """Words are lower-cased as in training, or exactly where the vocabulary holds no upper-case letter."""
        if self.lowers is not None:
            return self.lowers
        if self.encoding is not None:
            return self.encoding.lowercase
        return bool(self.vocabulary) and all(token == token.lower() for token in self.vocabulary or ())

    @property
    def foreign(self) -> bool:
        """Whether another program saved it: it has no invented vectors, and its file says less than ours."""
        return bool(self.format) and not self.format.startswith(OWN)

    @property
    def from_pytorch(self) -> bool:
        """Whether it came from a state dict, whose two biases per gate were summed."""
        return self.format == PYTORCH

    @property
    def biases_summed(self) -> bool:
        """Whether its file has two biases per gate, which were summed."""
        return self.from_pytorch or any(
            note.startswith(SUMMED) for origin in self.origins.values() for note in origin.notes
        )

    @property
    def starts(self) -> InitialStates:
        """The states that a sequence begins with, unless others are given; {} for zeros."""
        return self.network.starts

    @property
    def starts_from(self) -> str:
        """What of its file gives those states."""
        first, *others = self.read.get("starts", ["states of its own"])
        return f"{first} and {len(others)} more" if len(others) > 1 else " and ".join([first, *others])

    def refuse_starts(self, who: str, why: str) -> None:
        """InputError where it begins with states of its own and what asks cannot keep them: `why`."""
        if self.starts:
            raise InputError(f"{who} starts from {self.starts_from}, not from 0, and {why}")

    @property
    def input_kind(self) -> str:
        """What arrives at each step: rows of the embedding, one-hot vectors, or vectors as they are."""
        return "embedding" if self.rows else "one-hot" if self.one_hot else "vectors"

    @property
    def unknown_words(self) -> str:
        """What stands for a word that the vocabulary lacks."""
        has_vector = self.unknown in self.rows or (self.one_hot and self.unknown in (self.vocabulary or {}))
        if has_vector and self.parts:
            return f"the vector of {self.unknown} and those of its parts"
        if has_vector:
            return f"the vector of {self.unknown}"
        return "nothing: it is refused" if self.foreign else "a vector drawn from the seed and the word"

    @property
    def level(self) -> str:
        """How a text is cut into tokens; data that came already cut leave it to words."""
        said = self.cut if self.encoding is None or self.cut is not None else self.encoding.level
        return said if said in TEXT_LEVELS else TEXT_LEVELS[0]

    @property
    def by_character(self) -> bool:
        """Whether a text is cut into characters instead of words."""
        return self.level == "char"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of numbers that it was trained to read; () where it reads words."""
        return () if self.encoding is None else self.encoding.columns

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts of words, by row; () where a word has nothing but its own vector."""
        return self.encoding.parts if self.encoding is not None and self.network.architecture.part_rows else ()

    @cached_property
    def names_of_rows(self) -> dict[int, str]:
        """The word of each row of the embedding, the first where it is that of several."""
        return {row: token for token, row in reversed(tuple(self.rows.items()))}

    def terms(self, row: int | None, parts: Sequence[int]) -> list[tuple[str, Array]]:
        """What the vector of a word is the sum of, by name: its row of the embedding, if it has one, and those of its parts."""
        given = self.network.parameters
        own = [] if row is None else [(self.names_of_rows[row], given["embedding"][row])]
        return [*own, *((self.parts[one], given["parts"][one]) for one in parts)]

    def vectors(self, rows: Sequence[int], parts: Sequence[Sequence[int]] | None) -> Array:
        """What the network reads of words, by the rows of the embedding and of their parts, (T, I)."""
        own = None if parts is None else side_by_side(parts)
        return vectors_of(self.network.parameters, np.array(rows, dtype=np.int64), own)

    def refuse_parts(self, where: str) -> None:
        """InputError where it adds vectors of the parts of words, and `where` it goes there is one vector for each word."""
        if self.parts:
            raise InputError(
                f"{self.name} adds vectors of the beginnings and ends of words, and {where} has one vector for each word;\n"
                "--word-parts none trains a model without them"
            )

    @property
    def kind(self) -> str:
        """ "single" for one network; "encoder-decoder" or "one-to-many" where it writes a text of its own length."""
        return "single" if self.system is None else self.system.blueprint.kind

    @property
    def has_decoder(self) -> bool:
        """Whether a decoder writes its answer: a text of its own length, token by token."""
        return self.kind != "single"

    @property
    def numeric(self) -> bool:
        """Whether the outputs are numbers and not classes, so that a softmax would mean nothing."""
        return self.encoding is not None and not self.encoding.labels and self.system is not None

    @property
    def has_name(self) -> bool:
        """Whether a command can take it by its name or its file."""
        return self.flags is not None and not self.random

    @property
    def beside(self) -> str:
        """`flags` without the model itself, for commands whose first argument it is."""
        words = shlex.split(self.flags or "")
        return shlex.join(words[2:] if words[:1] == ["--model"] else words)

    @property
    def of_file(self) -> str:
        """The same for rnn inspect, which reads no words."""
        words = shlex.split(self.beside)
        k = words.index("--vectors") if "--vectors" in words else len(words)
        return shlex.join(words[:k] + words[k + 2 :])

    @property
    def random(self) -> bool:
        """Whether the weights were drawn at random and not learnt, so that a prediction means nothing yet."""
        return self.origin == "random"

    def after(self, rows: Array | None) -> "Model":
        """The same for its answer after these rows, (T, I) in the units of the data, where that hangs on the last of them."""
        if rows is None or self.encoding is None or not self.encoding.forms:
            return self
        return replace(self, encoding=self.encoding.after(rows))

    def label(self, index: int) -> str:
        """The name of a readout unit."""
        return self.labels[index] if index < len(self.labels) else f"class {index}"
