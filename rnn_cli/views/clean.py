"""User text made safe to draw: nothing in a word, label or file name may move the cursor or turn the line round."""

import unicodedata

ALONE = {" ": "␣", "\n": "↵", "\t": "⇥"}
"""White space that is a word of its own, as networks that read characters have it."""

EMOJI_JOINERS = "\u200d\ufe0f\ufe0e"


def clean(text: str) -> str:
    """Write control, format, surrogate, private and line-breaking characters as visible escapes."""
    if text in ALONE:
        return ALONE[text]
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and character not in EMOJI_JOINERS:
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character
