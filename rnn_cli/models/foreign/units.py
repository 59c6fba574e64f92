"""The words and labels that a person gives to a model that another program saved, by --vocab, --target-vocab and --labels."""

from dataclasses import replace

import numpy as np

from rnn_cli.core.network import Architecture
from rnn_cli.errors import InputError
from rnn_cli.models.checks import filled_network
from rnn_cli.models.encoding import GivenEncoding
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.vocabulary import (
    CHARACTER,
    WHITESPACE,
    WORD,
    Vocabulary,
    checked_labels,
    names_of,
    vocabulary_of,
)
from rnn_cli.models.model import Model
from rnn_cli.models.origins import ZEROS_BEFORE

MARKS = (("<", ">"), ("[", "]"))


def named_units(model: Model, choices: Choices) -> Model:
    """The model with the words and labels that were given. InputError where their number does not fit, or a choice is about
    a part that the model does not have.
    """
    _check_parts(model, choices)
    if choices.labels is not None:
        if not model.network.architecture.output_size:
            raise InputError(f"labels name the units of a readout, and {model.name} has none")
        names = names_of(choices.labels)
        if len(names) == 2 and model.network.architecture.output_size == 1:
            model = _of_two_classes(model, names)
        model = replace(model, labels=checked_labels(names, model.network.architecture.output_size))
    elif model.network.architecture.output_size == 1:
        model = replace(model, said=(*model.said, "its readout has one unit: --labels NO,YES reads the sigmoid of it"))
    a = model.network.architecture
    if choices.target_vocab is not None and not model.has_decoder:
        raise InputError(f"--target-vocab names what a decoder writes, and {model.name} is one network: --vocab FILE")
    if choices.vocab is None:
        model = model if choices.level is None else replace(model, cut=choices.level)
        return model if choices.target_vocab is None else _writing(model, None, choices)
    found = _fitting(vocabulary_of(choices.vocab), a, choices)
    if not model.labels and a.output_size == a.embedding_rows == len(found.ids):
        model = replace(model, labels=tuple(found.ids))
    if not model.labels and not a.embedding_rows and a.output_size == len(found.ids):
        model = replace(model, labels=tuple(found.ids))
    model = replace(
        model,
        vocabulary=found.ids,
        rows=dict(found.ids) if a.embedding_rows else {},
        one_hot=not a.embedding_rows,
        unknown=found.unknown,
        cut=found.level or WORD,
        lowers=lowers(found),
        tokenizer=found.tokenizer,
        read={**model.read, **_read(found)},
        said=(*model.said, *_said(found, a)),
    )
    return _writing(model, found, choices) if model.has_decoder else model


def _check_parts(model: Model, choices: Choices) -> None:
    """InputError where a choice would be ignored: the part that it is about was not found, or was left out."""
    a = model.network.architecture
    if choices.reads is not None and not model.has_decoder and not model.read.get("readout"):
        raise InputError(f"--readout-reads {choices.reads}: {model.name} has no readout here")
    if choices.embedding_activation is not None and not model.has_decoder and not a.embedding_rows:
        raise InputError(f"--embedding-activation {choices.embedding_activation}: {model.name} has no embedding here")


def _of_two_classes(model: Model, names: tuple[str, ...]) -> Model:
    """A model whose one unit has a sigmoid, as the same model with a softmax over 0 and that unit."""
    network = model.network
    packed = {name: network.parameters[name] for name in network.parameters}
    for name in ("readout.W_hy", "readout.b_y"):
        packed[name] = np.concatenate([np.zeros_like(packed[name]), packed[name]])
    notes = {
        name: replace(origin, notes=(*origin.notes, ZEROS_BEFORE)) if name.startswith("readout.") else origin
        for name, origin in model.origins.items()
    }
    said = f"its one unit read by a sigmoid, as a softmax over 0 and it: of {names[0]} and {names[1]} it is the latter"
    return replace(
        model,
        network=replace(
            filled_network(model.name, replace(network.architecture, output_size=2), packed), starts=network.starts
        ),
        origins=notes,
        said=(*model.said, said),
    )


def lowers(found: Vocabulary) -> bool:
    """Whether words are lower-cased: no word has a capital, but for names of something else, as [PAD] has."""
    words = [token for token in found.ids if len(token) < 3 or (token[0], token[-1]) not in MARKS]
    return not found.as_it_stands and found.tokenizer is None and all(token == token.lower() for token in words)


def encoding_with(found: Vocabulary, rows: int, labels: tuple[str, ...] = ()) -> GivenEncoding:
    """How texts become the ids of an embedding of so many rows."""
    return GivenEncoding(
        found.level or WORD,
        lowers(found),
        spelt_out(found, rows),
        labels,
        known=found.ids,
        rules=found.tokenizer,
        stands_for=found.unknown,
    )


def spelt_out(found: Vocabulary, rows: int) -> tuple[str, ...]:
    """A name for each row; that of a row which the vocabulary leaves out holds signs that no text does."""
    names = [f"\x00{k}\x00" for k in range(rows)]
    for token, k in found.ids.items():
        names[k] = token
    return tuple(names)


def _fitting(found: Vocabulary, a: Architecture, choices: Choices) -> Vocabulary:
    """The vocabulary, cut as the person says. InputError where it does not fit the embedding."""
    rows = a.embedding_rows or a.input_size
    largest = max(found.ids.values())
    if largest >= rows or (not a.embedding_rows and len(found.ids) != rows):
        what = f"embedding has {rows} rows" if a.embedding_rows else f"network reads vectors of {rows} numbers"
        raise InputError(f"{found.where}: {len(found.ids)} tokens, the largest id is {largest}, and the {what}")
    if choices.level is None:
        return found
    if found.tokenizer is not None:
        raise InputError(f"--level {choices.level}: {found.where} has rules of its own, which cut a text")
    return replace(found, level=choices.level)


def _read(found: Vocabulary) -> dict[str, object]:
    cut = "tokenizer" if found.tokenizer is not None else found.level or WORD
    return {"vocabulary": len(found.ids), "unknown_word": found.unknown, "level": cut}


def _said(found: Vocabulary, a: Architecture) -> list[str]:
    rows, said = a.embedding_rows or a.input_size, []
    if len(found.ids) < rows:
        said.append(f"{found.where} names {len(found.ids)} of the {rows} rows")
    if found.tokenizer is not None:
        said.append(f"a text is cut by the rules of {found.where}, with the marks that they put around it")
    elif found.level in (CHARACTER, WHITESPACE):
        where = "into characters" if found.level == CHARACTER else "at white space"
        said.append(f"a text is cut {where}, as its vocabulary is (--level)")
    return said


def _writing(model: Model, source: Vocabulary | None, choices: Choices) -> Model:
    """An encoder-decoder with the names of what it reads and writes. InputError where the latter do not fit."""
    assert model.system is not None
    reader, writer = model.system.blueprint.reader, model.system.blueprint.writer
    assert reader is not None
    assert writer is not None
    if choices.target_vocab is None and reader.embedding_rows != writer.embedding_rows:
        raise InputError(
            f"{model.name} reads {reader.embedding_rows} tokens and writes {writer.embedding_rows}: "
            "--target-vocab FILE names those that it writes"
        )
    target = source if choices.target_vocab is None else vocabulary_of(choices.target_vocab)
    assert target is not None
    target = _fitting(target, writer, choices)
    written = encoding_with(target, writer.embedding_rows)
    labels = written.vocabulary
    if source is None:
        encoding = replace(written, vocabulary=(), labels=labels, writes=written)
    else:
        encoding = replace(encoding_with(source, reader.embedding_rows, labels), writes=written)
    for what, usual in (("begin", "<bos>"), ("end", "<eos>")):
        try:
            getattr(encoding, what)
        except ValueError as error:
            raise InputError(
                f"{target.where}: no token is named as the {what} of a text that is written: call it {usual} there"
            ) from error
    began, ended = labels[encoding.begin], labels[encoding.end]
    said = (*model.said, f"a text that is written begins after {began} and ends with {ended}")
    read = {**model.read, "begin": began, "end": ended, "target_vocabulary": len(target.ids)}
    return replace(model, encoding=encoding, said=said, read=read)
