"""Text cut into tokens: characters, or words and punctuation in any script.

By words a token is a run of letters, digits and what belongs to them (combining marks, joiners, an apostrophe or point
inside a word), one Chinese or Japanese character, one emoji with its modifiers, or one sign of punctuation. White space
separates and is dropped. By characters every character is a token as it stands, spaces and combining marks included.
"""

import unicodedata

WORD, CHARACTER = "word", "char"

APOSTROPHES = "'’"
POINTS = ".,"
ZERO_WIDTH_JOINER = "\u200d"
IDEOGRAPHS = ((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
              (0xF900, 0xFAFF), (0x20000, 0x323AF))  # fmt: skip


def tokenize(text: str, level: str, lowercase: bool = False) -> list[str]:
    """Cut a text into characters where the level is CHARACTER, else into words; lower-cased where the vocabulary is."""
    text = text.lower() if lowercase else text
    return list(text) if level == CHARACTER else _words(unicodedata.normalize("NFC", text))


def _words(text: str) -> list[str]:
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


def _is_ideograph(character: str) -> bool:
    code = ord(character)
    return code >= 0x2E80 and any(low <= code <= high for low, high in IDEOGRAPHS)


def _word_end(text: str, start: int) -> int:
    end = _skip_attached(text, start + 1)
    if _is_ideograph(text[start]):
        return end
    while end < len(text):
        here, after = text[end], text[end + 1 : end + 2]
        if _is_word(here) and not _is_ideograph(here):
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
    while text[end : end + 1] == ZERO_WIDTH_JOINER and end + 1 < len(text) and not text[end + 1].isspace():
        end = _skip_attached(text, end + 2)
    return end


def _skip_attached(text: str, end: int) -> int:
    while end < len(text) and _attaches(text[end]):
        end += 1
    return end


def _is_regional_indicator(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
