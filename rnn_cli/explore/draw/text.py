"""Lines that keep to their width, whatever the words in them."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from unicodedata import category

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Span, Text

from rnn_cli.output.ascii import signs_to_ascii
from rnn_cli.views.clean import clean

Parts = list[str | tuple[str, str]]
"""What a line is made of: texts, with or without a style."""

LOOKS = "\u200d\ufe0e\ufe0f"
"""What joins emoji to one, and what says whether a sign is drawn as text or as an emoji."""

SKIN = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
UNSEEN = "\u2800\u3164\uffa0\u115f\u1160\u200d\ufe0e\ufe0f"
"""What is printable and looks like nothing."""


def fitted(text: str, width: int) -> str:
    """A text in exactly so many cells: what is too long ends in …"""
    if cell_len(text) <= width:
        return set_cell_size(text, max(width, 0))
    return set_cell_size(text, max(width - 1, 0)) + "…" * (width > 0)


def first_fitting(texts: Sequence[str], width: int) -> str:
    """The first that has room, or the last."""
    return next((one for one in texts if cell_len(one) <= width), texts[-1])


def word(text: str, width: int) -> str:
    """A word of the input in so many cells, safe to draw."""
    return fitted(steady(text), width)


def steady(text: str) -> str:
    """A word as every terminal draws it in as many cells, and so that something is seen of it.

    Terminals disagree about the width of emoji that are joined, or have a sign for their look or a colour of skin; a mark that
    stands alone would go over what is before it.
    """
    safe = clean(text)
    if safe.isascii():
        return safe
    if not any(one.isprintable() and not one.isspace() and one not in UNSEEN for one in safe):
        return "".join(_code(one) for one in safe)
    shown = "".join(_code(one) if one in SKIN else one for one in safe if one not in LOOKS)
    return f"◌{shown}" if category(shown[0]) in ("Mn", "Me") else shown


def _code(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def line(*parts: str | tuple[str, str], width: int) -> Text:
    """Parts with or without a style, in exactly so many cells."""
    pieces, spans = [], []
    left, start = width, 0
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        size = len(text) if text.isascii() else cell_len(text)
        if size > left:
            text, size = fitted(text, left), left
        pieces.append(text)
        if style:
            spans.append(Span(start, start + len(text), style))
        left, start = left - size, start + len(text)
    whole = "".join(pieces) + " " * left
    return Text(whole, no_wrap=True, end="", spans=spans)  # appending takes several times as long


def folded(parts: Sequence[str | tuple[str, str]], width: int, indent: int = 0) -> list[Text]:
    """Parts in as many lines as they need: a part that has no room begins the next, so that no number is cut."""
    rows: list[Parts] = [[]]
    used = 0
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        for piece in chop_cells(text, max(width - indent, 1)):
            if used > indent and used + cell_len(piece) > width:
                rows.append([" " * indent])
                used = indent
            rows[-1].append((piece, style))
            used += cell_len(piece)
    return [line(*row, width=width) for row in rows]


def wrapped(text: str, width: int, most: int) -> list[str]:
    """A text in lines of so many cells, broken at spaces where that is possible; of more than `most` lines the first."""
    lines = [""]
    for one in clean(text).split(" "):
        joined = f"{lines[-1]} {one}" if lines[-1] else one
        if cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines += chop_cells(one, width)
    return at_most(lines if lines[0] or len(lines) == 1 else lines[1:], width, most)


def at_most(lines: Sequence[str], width: int, most: int) -> list[str]:
    """So many lines; of more the first, and … where the rest was."""
    return [*lines] if len(lines) <= most else [*lines[: most - 1], fitted(f"{lines[most - 1].rstrip()}…", width)]


WORD = re.compile(r"""(?:[^\s"']|"(?:\\.|[^"\\])*"|'[^']*')+""")
"""A word of a command line, with its quotes."""


def continued(command: str, width: int, most: int) -> list[str]:
    """A command in lines that a shell reads as one, where its words have room; else as any text."""
    lines, words = [""], WORD.findall(command)
    for one in words:
        joined = f"{lines[-1]} {one}" if lines[-1] else one
        if cell_len(joined) < width:
            lines[-1] = joined
        else:
            lines.append(f"  {one}")
    fits = len(lines) <= most and max(map(cell_len, lines)) < width and " ".join(words) == clean(command)
    if cell_len(command) <= width or not fits:
        return wrapped(command, width, most)
    return [*(f"{fitted(one, width - 1)}\\" for one in lines[:-1]), lines[-1]]


def beside(left: Sequence[Text], right: Sequence[Text], widths: tuple[int, int]) -> list[Text]:
    """Two columns of lines with a rule between them."""
    rows = max(len(left), len(right))
    empty = [Text(" " * width, end="") for width in widths]
    both = zip([*left, *[empty[0]] * rows], [*right, *[empty[1]] * rows], range(rows), strict=False)
    rule = line(("│", "dim"), width=1)
    return [put_together(a, rule, b, width=sum(widths) + 1) for a, b, _ in both]


def put_together(*parts: Text, width: int) -> Text:
    """Lines as one, in at least so many cells."""
    plain = "".join(one.plain for one in parts)
    starts = accumulate((len(one.plain) for one in parts), initial=0)
    spans = [
        Span(at + start, at + stop, how)
        for at, one in zip(starts, parts, strict=False)
        for start, stop, how in one.spans
    ]
    left = width - sum(one.cell_len for one in parts)
    return Text(plain + " " * left, no_wrap=True, end="", spans=spans)  # rich's own appends span by span


def window(at: int, count: int, room: int) -> range:
    """Which of `count` things, from 1, have room beside the one that is looked at."""
    room = max(min(room, count), 1)
    first = min(max(at - room // 2, 1), count - room + 1)
    return range(first, first + room)


def in_ascii(text: Text) -> Text:
    """The same line for a terminal that has ASCII alone, in as many cells."""
    width = text.cell_len
    plain = Text(no_wrap=True, end="")
    for part, style in runs(text):
        plain.append(_ascii(part), style=style)
    plain.truncate(width, pad=True)
    return plain


def runs(text: Text) -> Iterator[tuple[str, str]]:
    """The parts of a line with the style of each: its spans follow each other, as `line` makes them and columns keep them."""
    plain, at = text.plain, 0
    for start, stop, style in text.spans:
        if at < start:
            yield plain[at:start], ""
        if start < stop:
            yield plain[start:stop], str(style)
        at = stop
    if at < len(plain):
        yield plain[at:], ""


def _ascii(text: str) -> str:
    """Known signs by their stand-ins; another sign by as many ? as it has cells."""
    return stand_ins(signs_to_ascii(text))


def stand_ins(text: str) -> str:
    """As many ? as it has cells for each sign that is not ASCII."""
    return "".join(one if one.isascii() else "?" * cell_len(one) for one in text)
