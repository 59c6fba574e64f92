"""A tokenizer.json whose rules only its own library knows: BPE, Unigram, WordPiece, and words behind a normaliser."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.reading import parsing

SHOWN = 40
"""So many letters of a text that cannot be cut are told."""

EXTRA = "pip install 'rnn-cli[tokenizers]'"


class LibraryTokenizer:
    """The tokenizer of a file, with the ids of its library. Whole texts are read: nothing is cut off, filled up or dropped by chance.

    ids        token -> id
    unknown    the token that stands for pieces that it lacks; None where it has none
    """

    def __init__(self, path: str, data: bytes, kind: str, unknown: str | None) -> None:
        """InputError where the library is missing, or the file is none of its own."""
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise InputError(
                f"{path}: a tokenizer of the kind {kind} needs the library tokenizers: {EXTRA};\n"
                "or give the ids that it makes with --ids"
            ) from error
        with parsing(path, "not a tokenizer.json that the library tokenizers reads"), _without_its_words():
            self.library: Any = Tokenizer.from_str(data.decode())
        self.path = path
        self.library.no_padding()
        self.library.no_truncation()
        if getattr(self.library.model, "dropout", None):
            self.library.model.dropout = None
        self.ids: dict[str, int] = self.library.get_vocab(with_added_tokens=True)
        self.unknown = unknown if unknown in self.ids else None

    def cut(self, text: str, marks: bool = True) -> list[str]:
        """See Tokenizer: each token by its name, and what the vocabulary lacks as it stands in the text."""
        with parsing(self.path, f"the library tokenizers cannot cut {text[:SHOWN]!r}"):
            found = self.library.encode(text, add_special_tokens=marks)
        lacks = self.ids.get(self.unknown or "")
        tokens = []
        for k, piece, (start, end) in zip(found.ids, found.tokens, found.offsets, strict=True):
            name = self.library.id_to_token(k)
            strange = text[start:end] if piece == name else piece
            tokens.append(strange if k == lacks and strange and strange not in self.ids else name)
        return tokens

    def joined(self, tokens: Iterable[str]) -> str:
        """See Tokenizer."""
        ids = [self.ids.get(token, self.ids.get(self.unknown or "")) for token in tokens]
        with parsing(self.path, "the library tokenizers cannot put its tokens together"):
            return str(self.library.decode([k for k in ids if k is not None], skip_special_tokens=False))


@contextmanager
def _without_its_words() -> Iterator[None]:
    """Let nothing be said on stderr: where the library has a fault of its own, it writes lines of its code before it is caught."""
    kept = nowhere = None
    with suppress(OSError):  # a caller may have closed stderr
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
    try:
        yield
    finally:
        if kept is not None:
            os.dup2(kept, 2)
        for one in (kept, nowhere):
            if one is not None:
                os.close(one)
