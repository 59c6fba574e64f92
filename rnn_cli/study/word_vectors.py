"""Words for a network that has no embedding: the vectors of a file."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.word_vectors import WordVectors, read_vectors
from rnn_cli.models.model import Model

NAMED = 5
"""So many words without a vector are named."""

UNKNOWN_ROWS = ("<unk>", "<UNK>", "[UNK]")
"""How files of vectors name the one for every word that they lack. GloVe's "unk" is a word as others are."""


def with_vectors(model: Model, path: str, tokens: Iterable[str], report: ReadingReport) -> Model:
    """A model that reads vectors, with those of the tokens as the rows of an embedding. InputError where they do not fit it."""
    a = model.network.architecture
    if a.embedding_rows or model.rows or model.one_hot or model.has_decoder:
        raise InputError(f"--vectors {path}: {model.name} has vectors of its own for its tokens; leave --vectors out")
    if model.columns or model.encoding is not None:
        raise InputError(f"--vectors {path}: {model.name} reads numbers, not words")
    asked = list(dict.fromkeys(tokens))
    found = read_vectors(path, [*asked, *UNKNOWN_ROWS], report)
    if found.size != a.input_size:
        raise InputError(f"{path}: vectors of {found.size} numbers, and {model.name} reads {a.input_size} at each step")
    report.decide(path, "vectors", found.rows)
    report.decide(
        path, "size", found.size, f"{found.rows:,} vectors of {found.size} numbers{_coverage(found, asked, report)}"
    )
    vocabulary = {token: k for k, token in enumerate(found.vectors)}
    unknown = next((name for name in UNKNOWN_ROWS if name in vocabulary and name not in found.lowered), None)
    named = replace(model, vocabulary=vocabulary, rows=vocabulary, unknown=unknown, lowers=False)
    return (
        replace(named, network=model.network.with_embedding(np.stack(list(found.vectors.values()))))
        if vocabulary
        else named
    )


def _coverage(found: WordVectors, asked: list[str], report: ReadingReport) -> str:
    """How many of the words have one, in words and in the report."""
    lacking = [word for word in asked if word not in found.vectors]
    lowered = [word for word in asked if word in found.lowered]
    for key, value in (("words", len(asked)), ("found", len(asked) - len(lacking)), ("in_lower_case", len(lowered))):
        report.decide(found.path, key, value)
    said = f"; {len(asked) - len(lacking):,} of {len(asked):,} words have one"
    said += f", {len(lowered):,} of them in lower case" if lowered else ""
    said += f"; of words that stand twice ({found.twice:,} rows more) the first counts" if found.twice else ""
    named = ", ".join(lacking[:NAMED]) + (", …" if len(lacking) > NAMED else "")
    return said + (f"; none for {named}" if lacking else "")
