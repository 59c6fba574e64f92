"""A text cut into tokens at the level that a network reads: words or characters."""

from collections.abc import Sequence

from rnn_cli.inputs.tokens import tokenize

WORD, CHARACTER = "word", "char"


def cut(text: str, level: str, lowercase: bool = False) -> list[str]:
    """Words and punctuation, or every character as it stands, spaces and combining marks included."""
    if level == CHARACTER:
        return list(text.lower() if lowercase else text)
    return tokenize(text, lowercase)


def joined(tokens: Sequence[str], level: str) -> str:
    """The text of tokens that a network wrote; between words a space, as the text's own spaces are not kept."""
    if level == CHARACTER:
        return "".join(tokens)
    text = ""
    for token in tokens:
        text += token if not text or text.endswith("\n") or token == "\n" else " " + token
    return text
