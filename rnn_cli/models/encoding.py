"""How texts, labels and columns become numbers and back: what a trained model needs beside its weights."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from math import nan
from typing import Any, Protocol

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import GROWTH, LEVEL
from rnn_cli.models.forms import as_read

TEXT_LEVELS = ("word", "char", "whitespace")
"""The ways in which a text is cut, the usual one first."""

PIECE = "piece"
"""What a tokenizer with rules of its own cuts a text into."""

UNKNOWN_NAMES = ("<unk>", "<UNK>", "[UNK]", "UNK", "unk", "<unknown>", "<oov>", "<OOV>")
BEGIN_NAMES = (
    "<bos>",
    "<sos>",
    "<s>",
    "<BOS>",
    "<SOS>",
    "[BOS]",
    "[SOS]",
    "BOS",
    "SOS",
    "<start>",
    "<go>",
    "<GO>",
    "[CLS]",
)
END_NAMES = ("<eos>", "</s>", "<EOS>", "[EOS]", "EOS", "<end>", "<|endoftext|>", "[SEP]")
"""How vocabularies name the token that stands for every word that they lack, and those around a text; ours comes first."""


def usual_name(names: Container[str], usual: Sequence[str]) -> str | None:
    """The first of the usual names that a vocabulary has; None where it has none."""
    return next((name for name in usual if name in names), None)


class Tokenizer(Protocol):
    """What cuts a text by rules that came with the vocabulary."""

    def cut(self, text: str, marks: bool = True) -> list[str]:
        """The tokens of a text; with the marks that its rules put around one, where `marks`. An unknown piece stands as it is."""
        ...

    def joined(self, tokens: Iterable[str]) -> str:
        """The text of tokens."""
        ...


@dataclass(frozen=True)
class Encoding:
    """What turns rows into numbers and back. It travels with the model.

    Vocabularies and scales are learnt from the training part alone; labels are those of the whole data set.

    level        "word", "char" or "whitespace": how a text is cut; "token": the data are already cut; "number": numbers
    lowercase    whether a text is lower-cased first
    vocabulary   the input tokens, by id; () where inputs are numbers
    labels       the names of the readout's units, by id: classes, tags, or the tokens that are written; () for numbers
    columns      forecast: the columns that are read; target_columns those that are predicted
    means        of `columns` over the training part, scales their standard deviations: the network reads
                 (value - mean) / scale, and predicts targets scaled by target_means and target_scales
    forms        of `columns`, see forms.py; () where all are read and predicted as they are. Means and scales are then
                 those of what is read and predicted
    last         the last values of target_columns that were read, where an answer is at hand (see `after`); never in a file
    prefixes     how words begin that have a vector for that, beside the word's own; suffixes how they end: the parts of
                 words, whose rows stand in this order
    """

    level: str
    lowercase: bool = False
    vocabulary: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    target_columns: tuple[str, ...] = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    target_means: tuple[float, ...] = ()
    target_scales: tuple[float, ...] = ()
    forms: tuple[str, ...] = ()
    last: tuple[float, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For a file. Forms and parts of words are named where there are some: files without are those of earlier versions."""
        later = ("forms", "prefixes", "suffixes")
        return {k: v for k, v in asdict(self).items() if k != "last" and (k not in later or v)}

    @property
    def whole(self) -> Container[str]:
        """The tokens that stay whole when a text is cut."""
        return ()

    @property
    def tokenizer(self) -> Tokenizer | None:
        """What cuts a text in place of its level."""
        return None

    @property
    def unit(self) -> str:
        """What a token is: its level, or PIECE where rules of its own cut a text."""
        return self.level if self.tokenizer is None else PIECE

    @property
    def target(self) -> "Encoding":
        """How what a network writes is cut and put together: as what it reads, unless it has rules of its own."""
        return self

    @cached_property
    def unknown(self) -> str | None:
        """The token that stands for a word that the vocabulary lacks; None where there is none."""
        return usual_name(set(self.vocabulary), UNKNOWN_NAMES)

    @cached_property
    def unknown_written(self) -> str | None:
        """The same among the labels of a network that writes."""
        return usual_name(set(self.labels), UNKNOWN_NAMES)

    @cached_property
    def begin(self) -> int:
        """The id of the token that a network reads before the first one that it writes. ValueError where there is none."""
        return self.labels.index(usual_name(set(self.labels), BEGIN_NAMES) or BEGIN_NAMES[0])

    @cached_property
    def end(self) -> int:
        """The id of the token that a network writes after the last one. ValueError where there is none."""
        return self.labels.index(usual_name(set(self.labels), END_NAMES) or END_NAMES[0])

    @cached_property
    def line_end(self) -> str | None:
        """The token that a language model reads at the end of a line; None where it reads none."""
        return "\n"

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts of words, by row: un- and -ing."""
        return (*(f"{one}-" for one in self.prefixes), *(f"-{one}" for one in self.suffixes))

    @cached_property
    def _rows_of_parts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        first = {one: k for k, one in enumerate(self.prefixes)}
        return first, {one: k for k, one in enumerate(self.suffixes, start=len(first))}

    @cached_property
    def _longest_part(self) -> int:
        return max(map(len, (*self.prefixes, *self.suffixes)), default=0)

    def parts_of(self, token: str) -> tuple[int, ...]:
        """The rows of a word's parts, the shortest beginning first and then the shortest end; () where words have none."""
        begins, ends = self._rows_of_parts
        lengths = range(1, min(len(token), self._longest_part) + 1)
        found = [begins.get(token[:n]) for n in lengths] + [ends.get(token[-n:]) for n in lengths]
        return tuple(row for row in found if row is not None)

    @property
    def rescales(self) -> bool:
        """Whether the numbers that are read are changed at all."""
        return any(self.means) or any(scale != 1 for scale in self.scales) or bool(self.forms)

    @property
    def rescales_outputs(self) -> bool:
        """Whether the numbers that are predicted are changed at all."""
        return any(self.target_means) or any(scale != 1 for scale in self.target_scales) or bool(self.last)

    @property
    def target_forms(self) -> tuple[str, ...]:
        """Of `target_columns`; one that is not read has no last value, and is predicted as it is."""
        forms = dict(zip(self.columns, self.forms, strict=False))
        return tuple(forms.get(name, LEVEL) for name in self.target_columns)

    def scaled(self, values: Array) -> Array:
        """Numbers in the units of the data, turned into those that the network reads; (T, …, I)."""
        means = np.array(self.means)
        result: Array = (as_read(values, self.forms, means) - means) / np.array(self.scales)
        return result

    def after(self, values: Array) -> "Encoding":
        """The same for the answer after the last of these rows, (T, I) in the units of the data."""
        if not self.forms or not len(values):
            return self
        return replace(self, last=tuple(self.targets_among(values[-1], unread=0.0).tolist()))

    def targets_among(self, values: Array, unread: float = nan) -> Array:
        """The targets (…, K) among the columns (…, I); `unread` stands for one that is not read."""
        blank, columns = np.full(values.shape[:-1], unread), self.columns
        found = [values[..., columns.index(name)] if name in columns else blank for name in self.target_columns]
        return np.stack(found, axis=-1)

    def moments_after(self, last: Array) -> tuple[Array, Array]:
        """The mean and the scale of the targets after these last values, (…, K) each."""
        forms = self.target_forms
        factor = np.where([form == GROWTH for form in forms], last, 1.0)
        base = np.where([form != LEVEL for form in forms], last, 0.0)
        return base + factor * np.array(self.target_means), factor * np.array(self.target_scales)

    def outputs(self, size: int) -> tuple[str, ...]:
        """The names of `size` predicted numbers: all target columns of the next step, then those of the step after it."""
        steps = size // max(len(self.target_columns), 1)
        suffixes = [f" +{step}" for step in range(1, steps + 1)] if steps > 1 else [""]
        return tuple(f"{column}{suffix}" for suffix in suffixes for column in self.target_columns)

    def output_moments(self, size: int) -> tuple[Array, Array]:
        """The mean and the scale of each of `size` predicted numbers, (size,) both."""
        steps = size // max(len(self.target_columns), 1)
        means, scales = (
            self.moments_after(np.array(self.last)) if self.last else (self.target_means, self.target_scales)
        )
        return np.tile(means, steps), np.tile(scales, steps)

    def in_units(self, outputs: Array) -> Array:
        """The network's outputs, turned into numbers in the units of the data; (…, C)."""
        means, scales = self.output_moments(outputs.shape[-1])
        result: Array = outputs * scales + means
        return result

    def from_units(self, values: Array) -> Array:
        """The outputs that the network should give for these numbers in the units of the data; (…, C)."""
        means, scales = self.output_moments(values.shape[-1])
        result: Array = (values - means) / scales
        return result


@dataclass(frozen=True)
class GivenEncoding(Encoding):
    """That of a model that another program saved, put together from what the person gives with it.

    known       token -> id, the vocabulary's tokens alone: a row that it does not name has a name that no text holds
    rules       what cuts a text; None where it is cut at `level`, the vocabulary's tokens first
    stands_for  the token that stands for unknown words
    writes      the same of what a decoder writes, where that is another vocabulary
    """

    known: Mapping[str, int] | None = None
    rules: Tokenizer | None = None
    stands_for: str | None = None
    writes: "GivenEncoding | None" = None

    @property
    def target(self) -> Encoding:
        """See Encoding."""
        return self.writes or self

    @property
    def whole(self) -> Container[str]:
        """See Encoding."""
        return self.known or {}

    @property
    def tokenizer(self) -> Tokenizer | None:
        """See Encoding."""
        return self.rules

    @cached_property
    def unknown(self) -> str | None:
        """See Encoding."""
        return self.stands_for

    @cached_property
    def unknown_written(self) -> str | None:
        """See Encoding."""
        return self.target.unknown

    @cached_property
    def line_end(self) -> str | None:
        """A line end where the vocabulary has one, else the end of a text, as in the corpora of PyTorch's example."""
        return usual_name(self.known or {}, ("\n", *END_NAMES))
