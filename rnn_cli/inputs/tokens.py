"""Text cut into tokens: characters, words and punctuation in any script, or what stands between white space.

By words a token is a run of letters, digits and what belongs to them (combining marks, joiners, an apostrophe or point
inside a word), one Chinese or Japanese character, one emoji with its modifiers, or one sign of punctuation. White space
separates and is dropped. By characters every character is a token as it stands, spaces and combining marks included.
By white space a token is whatever stands between it: for text that was cut into tokens before.
"""

import re
import unicodedata
from collections.abc import Container, Sequence

WORD, CHARACTER, WHITESPACE = "word", "char", "whitespace"
LEVELS = (WORD, CHARACTER, WHITESPACE)

MOST_RUNS, MOST_PARTS = 3, 16
"""A token of a vocabulary is looked for in so many runs between white space, and in so many parts of one run."""

APOSTROPHES = "'’"
POINTS = ".,"
PLAIN = re.compile(r"\w+(?:(?:(?<=[A-Za-z])'(?=[A-Za-z])|(?<=\d)[.,](?=\d))\w+)*|[^\s\x1c-\x1f]", re.ASCII)
"""A token of a text in ASCII, which has no marks, joiners and ideographs: what `_word_end` finds in any text, sooner."""
ZERO_WIDTH_JOINER = "\u200d"
IDEOGRAPHS = ((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
              (0xF900, 0xFAFF), (0x20000, 0x323AF))  # fmt: skip


def tokenize(text: str, level: str, lowercase: bool = False, known: Container[str] = ()) -> list[str]:
    """Cut a text into characters, at white space, or else into words; lower-cased where the vocabulary is.

    `known` is a vocabulary whose tokens stay whole: "[CLS]", "e-mail" and "U.S." are no words of their own.
    """
    text = text.lower() if lowercase else text
    if level == CHARACTER:
        return list(text)
    text = unicodedata.normalize("NFC", text)
    if level == WHITESPACE:
        return text.split()
    return _known_first(text.split(), known) if known else _words(text)


def _known_first(runs: Sequence[str], known: Container[str]) -> list[str]:
    """The longest known tokens, from left to right; what lies between them is cut into words."""
    tokens: list[str] = []
    at = 0
    while at < len(runs):
        together = (n for n in range(min(MOST_RUNS, len(runs) - at), 0, -1) if " ".join(runs[at : at + n]) in known)
        taken = next(together, 0)
        tokens += [" ".join(runs[at : at + taken])] if taken else _known_parts(_words(runs[at]), known)
        at += taken or 1
    return tokens


def _known_parts(parts: Sequence[str], known: Container[str]) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(parts):
        together = (n for n in range(min(MOST_PARTS, len(parts) - at), 1, -1) if "".join(parts[at : at + n]) in known)
        taken = next(together, 1)
        tokens.append("".join(parts[at : at + taken]))
        at += taken
    return tokens


def _words(text: str) -> list[str]:
    return PLAIN.findall(text) if text.isascii() else _any_words(text)


def _any_words(text: str) -> list[str]:
    tokens: list[str] = []
    start = 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        end = _word_end(text, start) if _is_word(text[start]) else _sign_end(text, start)
        tokens.append(text[start:end])
        start = end
    return tokens


def _is_word(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LN"


def _attaches(character: str) -> bool:
    """Combining marks, variation selectors and skin tones belong to the character before them."""
    return unicodedata.category(character)[0] == "M" or "\U0001f3fb" <= character <= "\U0001f3ff"


def is_ideograph(character: str) -> bool:
    """Whether it is Chinese or Japanese, which are written without spaces: a token of its own."""
    code = ord(character)
    return code >= 0x2E80 and any(low <= code <= high for low, high in IDEOGRAPHS)


def _word_end(text: str, start: int) -> int:
    end = _skip_attached(text, start + 1)
    if is_ideograph(text[start]):
        return end
    while end < len(text):
        here, after = text[end], text[end + 1 : end + 2]
        if _is_word(here) and not is_ideograph(here):
            end = _skip_attached(text, end + 1)
        elif (
            (here in APOSTROPHES and after.isalpha() and text[end - 1].isalpha())
            or (here in POINTS and after.isdigit() and text[end - 1].isdigit())
            or (here in "\u200c\u200d" and after and _is_word(after))
        ):
            end += 1
        else:
            break
    return end


def _sign_end(text: str, start: int) -> int:
    if _is_regional_indicator(text[start]) and _is_regional_indicator(text[start + 1 : start + 2]):
        return start + 2
    end = _skip_attached(text, start + 1)
    while text[end : end + 1] == ZERO_WIDTH_JOINER and text[end + 1 : end + 2].strip():
        end = _skip_attached(text, end + 2)
    return end


def _skip_attached(text: str, end: int) -> int:
    while end < len(text) and _attaches(text[end]):
        end += 1
    return end


def _is_regional_indicator(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
