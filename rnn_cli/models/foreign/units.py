"""The words and labels that a person gives to a model that another program saved, by --vocab and --labels."""

from dataclasses import replace

from rnn_cli.errors import InputError
from rnn_cli.models.encoding import TEXT_LEVELS
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.vocabulary import UNKNOWN_NAMES, labels_of, of_characters, vocabulary_of
from rnn_cli.models.model import Model

CHARACTER = TEXT_LEVELS[1]


def named_units(model: Model, choices: Choices) -> Model:
    """The model with the words of --vocab and the names of --labels. InputError where their number does not fit."""
    a = model.network.architecture
    if choices.labels is not None:
        if not a.output_size:
            raise InputError(f"labels name the units of a readout, and {model.name} has none")
        model = replace(model, labels=labels_of(choices.labels, a.output_size))
    if choices.vocab is None:
        return model
    vocabulary, where = vocabulary_of(choices.vocab)
    rows = a.embedding_rows or a.input_size
    largest = max(vocabulary.values())
    if largest >= rows or (not a.embedding_rows and len(vocabulary) != rows):
        what = f"embedding has {rows} rows" if a.embedding_rows else f"network reads vectors of {rows} numbers"
        raise InputError(f"{where}: {len(vocabulary)} tokens, the largest id is {largest}, and the {what}")
    said = model.said
    if len(vocabulary) < rows:
        said += (f"{where} names {len(vocabulary)} of the {rows} rows",)
    if not model.labels and a.output_size == rows == len(vocabulary):
        model = replace(model, labels=tuple(sorted(vocabulary, key=lambda token: vocabulary[token])))
    if of_characters(vocabulary):
        model = replace(model, cut=CHARACTER)
        said += ("a text is cut into characters, as its vocabulary is",)
    unknown = next((name for name in UNKNOWN_NAMES if name in vocabulary), None)
    read = {**model.read, "vocabulary": len(vocabulary), "unknown_word": unknown}
    return replace(
        model,
        vocabulary=vocabulary,
        rows=dict(vocabulary) if a.embedding_rows else {},
        one_hot=not a.embedding_rows,
        unknown=unknown,
        read=read,
        said=said,
    )
