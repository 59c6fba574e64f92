"""Words back to text: which of them stand without a space between them."""

OPENING, CLOSING = "([{¿¡«“‘", ")]}»”’.,;:!?%…"


class Joiner:
    """Gives each token the space that belongs before it, token by token as they come.

    By characters no space is added: the characters hold the spaces themselves.
    """

    def __init__(self, by_word: bool) -> None:
        self.by_word = by_word
        self.tight = True
        self.open_quote = False

    def __call__(self, token: str) -> str:
        """The token with what stands before it."""
        if not self.by_word:
            return token
        ends_quote = token == '"' and self.open_quote
        attached = self.tight or ends_quote or token == "\n" or token[0] in CLOSING or token in CONTRACTIONS
        self.tight = token == "\n" or token[-1] in OPENING or (token == '"' and not self.open_quote)
        if token == '"':
            self.open_quote = not self.open_quote
        return token if attached else " " + token


CONTRACTIONS = {"n't", "'s", "'re", "'ve", "'ll", "'d", "'m", "’s", "n’t", "’re", "’ve", "’ll", "’d", "’m"}
