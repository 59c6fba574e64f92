"""Commands as a person may paste them, and mistakes on the command line that have a likely meaning."""

import shlex
from collections.abc import Iterable, Sequence

NEEDS_SINGLE_QUOTES = frozenset('"$`\\![')
"""What a shell acts on between double quotes; the bracket is for h[2][1], which we write as people do."""


def command_line(name: str, given: str | Sequence[str] = (), *options: str, flags: str | None = "") -> str:
    """`rnn NAME` with its arguments and options as a shell reads them, and `flags`, which a shell reads as they stand.

    An argument that looks like an option stands at the end, behind --. "" where flags is None: no command gives this
    network again.
    """
    if flags is None:
        return ""
    first = [given] if isinstance(given, str) else list(given)
    later = any(word.startswith("-") and word != "-" for word in first)
    parts = [f"rnn {name}", "" if later else shell_words(first), flags, shell_words(options)]
    return " ".join(filter(None, [*parts, f"-- {shell_words(first)}" if later else ""]))


def shell_words(words: Iterable[str]) -> str:
    """Words as a shell reads them, a text in double quotes where that is enough."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    plain = shlex.quote(word)
    return plain if plain == word or NEEDS_SINGLE_QUOTES & set(word) else f'"{word}"'


def with_quotes(args: Sequence[str], text: Sequence[str], takes_value: Iterable[str]) -> list[str]:
    """The words of a command line with those of a text, which had no quotes, put together where the first stands.

    `takes_value` are the options whose next word is their value, and not a word of the text.
    """
    options = set(takes_value)
    left = list(text)
    words: list[str] = []
    before = ""
    for word in args:
        if left and word == left[0] and before not in options:
            if len(left) == len(text):
                words.append(" ".join(text))
            left.pop(0)
        else:
            words.append(word)
        before = word
    return words
