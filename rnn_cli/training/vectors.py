"""An embedding that begins with the vectors of a file, for the tokens of the data that the file has."""

from rnn_cli.core.systems.base import System
from rnn_cli.errors import InputError
from rnn_cli.inputs.word_vectors import read_vectors, size_of_vectors
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.base import Needs, Prepared
from rnn_cli.training.config import RunConfig


def check_vectors(config: RunConfig, needs_data: bool) -> None:
    """InputError where vectors are asked for, or to be kept fixed, and there can be none: said before the data are read."""
    if config.freeze_vectors and config.vectors is None:
        raise InputError("--freeze-vectors keeps the embedding of --vectors as it begins, and there is none")
    if config.vectors is None:
        return
    if not needs_data:
        raise InputError(f"--vectors: the tokens of {config.task} are no words")
    if config.init is not None:
        raise InputError("--vectors and --init both say how the embedding begins: give one of them")


def size_with_vectors(vectors: str | None, size: int | None) -> int | None:
    """The size of the embedding. InputError where the vectors have another than the one that was given."""
    if vectors is None:
        return size
    of_file = size_of_vectors(vectors)
    if size not in (None, of_file):
        raise InputError(f"--embedding-size {size}: the vectors of {vectors} have {of_file} numbers each")
    return of_file


def begin_with_vectors(system: System, config: RunConfig, prepared: Prepared) -> int:
    """Put the vectors in the rows of the tokens that have one, and say how many those are."""
    assert config.vectors is not None
    name, tokens = embedding_of(system, prepared.encoding)
    if not tokens:
        raise InputError(f"--vectors: {prepared.task} reads numbers, not words")
    report = prepared.report
    found = read_vectors(config.vectors, tokens, report)
    for k, token in enumerate(tokens):
        if token in found.vectors:
            system.parameters[name][k] = found.vectors[token]
    return len(found.vectors)


def embedding_of(system: System, encoding: Encoding) -> tuple[str, tuple[str, ...]]:
    """The embedding that reads words, and their names by row: of the network that reads, else of the one that writes."""
    name = next(
        key
        for key in ("embedding", "encoder.embedding", "decoder.embedding", "")
        if key in system.parameters or not key
    )
    return name, () if not name else encoding.labels if name.startswith("decoder") else encoding.vocabulary


def vectors_line(config: RunConfig, found: int | None, needs: Needs) -> str | None:
    """What a page says of them; None where there are none."""
    if config.vectors is None or found is None:
        return None
    size = len(needs.encoding.labels if needs.shape == "one-to-many" else needs.encoding.vocabulary)
    then = "kept fixed, the whole embedding" if config.freeze_vectors else "learnt on with the others"
    return f"{config.vectors}: {found:,} of the {size:,} tokens begin with its vector of {config.embedding_size} numbers, {then}"
