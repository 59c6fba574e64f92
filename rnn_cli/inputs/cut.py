"""A text cut as an encoding says, and tokens put together again."""

from collections.abc import Iterable, Iterator

from rnn_cli.inputs.detokenize import Detokenizer, detokenize
from rnn_cli.inputs.text_stream import words_of
from rnn_cli.inputs.tokens import tokenize
from rnn_cli.models.encoding import Encoding

BROKEN = "\ufffd"
"""How the text of tokens ends that hold a part of a character."""


def cut(text: str, encoding: Encoding) -> list[str]:
    """The tokens of a text."""
    if encoding.tokenizer is not None:
        return encoding.tokenizer.cut(text)
    return tokenize(text, encoding.level, encoding.lowercase, encoding.whole)


def running(pieces: Iterator[str], encoding: Encoding) -> Iterator[list[str]]:
    """The tokens of a long text, piece by piece; the end of a line is a token too, where the encoding has one."""
    if encoding.tokenizer is not None:
        yield encoding.tokenizer.cut("".join(pieces), marks=False)
        return
    end = encoding.line_end
    for words in words_of(pieces, encoding.lowercase, encoding.level, encoding.whole):
        yield words if end == "\n" else [end or "" if word == "\n" else word for word in words if end or word != "\n"]


def joined(tokens: Iterable[str], encoding: Encoding) -> str:
    """The text of tokens that were cut so, or that a network wrote."""
    if encoding.tokenizer is not None:
        return encoding.tokenizer.joined(tokens)
    return detokenize(tokens, encoding.level)


class Spelling:
    """The text of tokens that come one after the other: each with what stands before it."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.spaced = Detokenizer(encoding.level)
        self.tokens: list[str] = []
        self.shown = 0

    def __call__(self, token: str) -> str:
        """What a token adds to the text; nothing yet where it is a part of a character."""
        if self.encoding.tokenizer is None:
            ends_line = token == self.encoding.line_end
            return self.spaced("\n" if ends_line else token)
        self.tokens.append(token)
        before, now = (joined(some, self.encoding) for some in (self.tokens[: self.shown], self.tokens))
        if now.endswith(BROKEN):
            return ""
        self.tokens, self.shown = self.tokens[self.shown :], len(self.tokens) - self.shown
        return now[len(before) :]
