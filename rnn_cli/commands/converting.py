"""The files that rnn convert writes: both, or neither."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import remove_leftovers, write_together

TYPES = ("float32", "float64")


def check_new(files: Mapping[str, str | None], overwrite: bool, dtype: str | None) -> None:
    """InputError where a file is there already, a vocabulary is no .json, or there is no such type."""
    for option, name in files.items():
        if name is not None and Path(name).exists() and not overwrite:
            raise InputError(f"{option} {name}: exists already (--overwrite replaces it)")
    words = files["--vocab-out"]
    if words is not None and Path(words).suffix != ".json":
        raise InputError(f"--vocab-out {words}: the tokens are written as .json")
    if dtype not in (None, *TYPES):
        raise InputError(f"--dtype {dtype}: it can be {' or '.join(TYPES)}")


def write_files(target: str, data: bytes, vocab_out: str | None, words: Sequence[str] | None) -> None:
    """The vocabulary and the model, both or neither. SystemRefused where that is not possible."""
    files = {} if vocab_out is None else {Path(vocab_out): (json.dumps(words, ensure_ascii=False) + "\n").encode()}
    files[Path(target)] = data
    for path in files:
        remove_leftovers(path)
    try:
        write_together(files)
    except OSError as error:
        raise SystemRefused(f"{error.filename or target}: {error.strerror or error}") from error
