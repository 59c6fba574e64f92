"""Tokens back to text, with the spaces that belong between them."""

from collections.abc import Iterable

from rnn_cli.inputs.tokens import CHARACTER, WORD

OPENING = ("(", "[", "{", "¿", "¡", "«", "“", "‘")
CLOSING = (")", "]", "}", "»", "”", "’", ".", ",", ":", ";", "!", "?", "%", "…")
CONTRACTIONS = {"n't", "'s", "'re", "'ve", "'ll", "'d", "'m", "’s", "n’t", "’re", "’ve", "’ll", "’d", "’m"}


class Detokenizer:
    """Puts the space that belongs before each token, for tokens that come one after the other.

    Characters get no added space, because they include the spaces themselves. Words are spaced as in a printed
    text: "Hello, friend!". Between tokens of any other level, such as tags, stands a space: how the text was spaced
    before it was cut, nothing says. A line end has no space beside it.
    """

    def __init__(self, level: str) -> None:
        self.level = level
        self.no_space_next = True
        self.open_quote = False

    def __call__(self, token: str) -> str:
        """The token with what stands before it."""
        if self.level == CHARACTER:
            return token
        no_space, self.no_space_next = self.no_space_next, False
        if self.level == WORD:
            no_space = no_space or self._joins_the_last(token)
            self._remember(token)
        elif token == "\n":
            no_space = self.no_space_next = True
        return token if no_space else " " + token

    def _joins_the_last(self, token: str) -> bool:
        if token == '"':
            return self.open_quote
        return token == "\n" or token.startswith(CLOSING) or token in CONTRACTIONS

    def _remember(self, token: str) -> None:
        """Remember what decides the space before the next token. Quotation marks open and close in turn."""
        opens_quote = token == '"' and not self.open_quote
        self.no_space_next = token == "\n" or token.endswith(OPENING) or opens_quote
        if token == '"':
            self.open_quote = opens_quote


def detokenize(tokens: Iterable[str], level: str) -> str:
    """The text of tokens that were cut at this level, or that a network wrote."""
    return "".join(map(Detokenizer(level), tokens))
