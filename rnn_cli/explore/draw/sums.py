"""The arithmetic of one number: its products, with the operand that the cursor is on."""

import re

from rich.cells import cell_len
from rich.text import Text

from rnn_cli.core.why import Factor
from rnn_cli.errors import RnnError
from rnn_cli.explore.draw.text import Parts, first_fitting, folded, line, window, wrapped
from rnn_cli.explore.leaves import Leaf, alike, slope_of, weights
from rnn_cli.explore.numbers import MOST_IN_ORDER, Opened
from rnn_cli.explore.session import Session
from rnn_cli.explore.strangers import source_of
from rnn_cli.study.rows import BACK_KEY
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import placed, short, signed

LOW = 8
"""In no more lines than this the path to the number is left out where nothing was walked into: it is the number alone."""

ROOMY = 6
"""With so many lines the largest product is named below them, or of many what those of each matrix are together."""

PLACE = re.compile(r"(\[\d+\])+(@\w+\.\w+)?")
"""Where in its matrix or vector a number stands."""

FEW = 3
"""So many products are shown at least, where they have room."""


def arithmetic(session: Session, width: int, height: int) -> list[Text]:
    """The path to the number, the number, and what it is the sum of."""
    opened, digits = session.opened, session.digits
    asked = session.asks(opened.key)
    walked = len(session.trail) > 1 or height > LOW
    lines = [line((_trail(session, width), style.HEADING), width=width)] if walked else []
    value = "?" if asked else signed(opened.value, digits)
    how = f" = {opened.function}(…)" if opened.function else " = the sum" if len(opened.products) > 1 else ""
    head: Parts = [
        (near(opened.key, session.cursor.key(session.numbers)), style.WORD),
        (how, style.EQUATION),
        " = ",
        (value, "" if asked else style.by_sign(opened.value)),  # the colour of ? would tell the sign
    ]
    was = None if session.marked is None or asked else session.marked.value(opened.key)
    if was is not None and was != opened.value:
        before = f"  * was {signed(was, digits)}"
        head.append((before, style.WARNING))
    lines += folded(head, width)
    if opened.leaf is not None:
        return [
            *lines,
            *(line(one, width=width) for said in _given(session, opened.leaf) for one in wrapped(said, width, 4)),
        ]
    cut = _cut(session, opened)
    if cut:
        lines += [line((one, style.WARNING), width=width) for one in wrapped(cut, width, 4)]
    if not opened.products:
        return [*lines, line("nothing arrives here from the future: no step comes after", width=width)]
    return [*lines, *_products(session, opened, width, height - len(lines))]


def _trail(session: Session, width: int) -> str:
    """The breadcrumb; of a long path its end."""
    first, *others = session.trail
    text = " › ".join([first, *(near(one, first) for one in others)])
    return text if cell_len(text) <= width else "… " + text[-(width - 2) :]


def near(name: str, above: str) -> str:
    """A name without the layer and direction that it shares with the number above it."""
    where = above[above.index("@") :] if "@" in above else ""
    return name.replace(where, "") if where else name


def _products(session: Session, opened: Opened, width: int, height: int) -> list[Text]:
    """A line for each product: names, numbers, result; where that is too wide, the numbers stand below the names.

    Where fewer than FEW had room so, only the one at the cursor has its numbers.
    """
    fold = session.folds[-1] if session.folds else None
    at, count = (fold.product if fold else 0) + 1, len(opened.products)
    below = []
    if height >= ROOMY:
        below = _largest(session, opened, width) or _sums(session, opened, width, max(height - 2 * FEW - 1, 1))
    height -= len(below)
    near_by = window(at, count, height)
    blocks = _blocks(session, opened, near_by, width)
    shown = _with_room(at, count, blocks, height)
    if len(shown) < min(FEW, count):
        blocks = {**_blocks(session, opened, near_by, width, brief=True), at: blocks[at]}
        shown = _with_room(at, count, blocks, height)
    lines = [one for k in shown for one in blocks[k]]
    hidden = count - len(shown)
    sides = [f"{many:,} {side}" for many, side in ((shown[0] - 1, "above"), (count - shown[-1], "below")) if many]
    ordered = ", largest first" * (count > MOST_IN_ORDER)
    more = f"… {hidden:,} more product{'s' * (hidden > 1)}"
    ways = [f"{more}{': ' * bool(sides)}{', '.join(sides)}{ordered}", f"{more}{ordered}"]
    said = first_fitting(ways, width - 2) if hidden else ordered.removeprefix(", ")
    if said and len(lines) < height:
        lines.append(line((f"  {said}", style.FAINT), width=width))
    return [*lines[:height], *below]


def _largest(session: Session, opened: Opened, width: int) -> list[Text]:
    """The largest of several products in the order of the equation; none where it is asked for, or stands first."""
    if session.asks(opened.key) or opened.function == "softmax" or not 1 < len(opened.products) <= MOST_IN_ORDER:
        return []
    most = opened.function == "max"
    k, product = max(enumerate(opened.products), key=lambda one: one[1].value if most else abs(one[1].value))
    names = " · ".join(near(one.name, opened.key) for one in opened.operands[k])
    value = signed(product.value, session.digits)
    said = first_fitting([f"largest: {names} = {value}", f"largest: {value}"], width - 2)
    return [line((f"  {said}", style.FAINT), width=width)] if product.value or most else []


def _sums(session: Session, opened: Opened, width: int, height: int) -> list[Text]:
    """What those of many products are together that are of the same matrix and vector: each alone says little.

    The largest first, and … where others have no room.
    """
    sums: dict[str, float] = {}
    for product, factors in zip(opened.products, opened.operands, strict=True):
        name = "·".join(PLACE.sub("", one.name) for one in factors)
        sums[name] = sums.get(name, 0.0) + product.value
    if session.asks(opened.key) or opened.function or not 1 < len(sums) < len(opened.products) > MOST_IN_ORDER:
        return []
    ordered = sorted(sums.items(), key=lambda one: -abs(one[1]))
    parts: Parts = [(f" {name} {signed(value, session.digits)}", style.by_sign(value)) for name, value in ordered]
    most = range(len(parts), 0, -1)
    rows = (folded(["  sums:", *parts[:k], *[" …"] * (k < len(parts))], width, 2) for k in most)
    return next((one for one in rows if len(one) <= height), [])


def _with_room(at: int, count: int, blocks: dict[int, list[Text]], height: int) -> list[int]:
    whole = len(blocks) == count and sum(map(len, blocks.values())) <= height
    return list(blocks) if whole else around(at, blocks, height - 1)  # the last line says how many have none


def _blocks(
    session: Session, opened: Opened, products: range, width: int, brief: bool = False
) -> dict[int, list[Text]]:
    """The lines of each of these products, from 1; those that are `brief` have their numbers only in the line itself."""
    digits, fold = session.digits, session.folds[-1] if session.folds else None
    rows = {}
    for k in products:
        factors = opened.operands[k - 1]
        names = [near(one.name, opened.key) for one in factors]
        result = "?" if _hidden(session, opened, k - 1) else placed(opened.products[k - 1].value, digits)
        rows[k] = names, [_operand(one, digits) for one in factors], result
    results = max(len(one[2]) for one in rows.values())
    widest = 2 + max(cell_len(" · ".join(names)) for names, _, _ in rows.values())
    figured = max(cell_len("·".join(figures)) for _, figures, _ in rows.values())
    one_line = 2 + widest + 2 + figured + 3 + results <= width
    blocks: dict[int, list[Text]] = {}
    for k, (names, figures, result) in rows.items():
        here = fold is not None and fold.product == k - 1
        parts: Parts = [("› " if here else "  ", style.WORD)]
        for j, name in enumerate(names):
            mark = here and fold is not None and fold.factor == j
            parts += [" · "] if j else []
            parts.append((f"[{name}]" if mark else name, "reverse" if mark else ""))
        size = sum(cell_len(one if isinstance(one, str) else one[0]) for one in parts)
        numbers = "" if len(names) == 1 else "·".join(figures)
        shade = "" if result == "?" else style.by_sign(opened.products[k - 1].value)
        if one_line:
            parts += [" " * max(2 + widest + 2 - size, 1), (f"{numbers:<{figured}}", style.FAINT)]
            blocks[k] = [line(*parts, " = ", (result, shade), width=width)]
        elif (len(names) == 1 or brief) and min(size, 2 + cell_len(numbers)) + 3 + results <= width:
            if size + 3 + results > width:  # without the names, which the numbers of the cursor's product have
                parts, size = [f"  {numbers}"], 2 + cell_len(numbers)
            parts += [" " * (width - size - results - 3), " = ", (result.rjust(results), shade)]
            blocks[k] = [line(*parts, width=width)]
        else:
            tail = f" = {result.rjust(results)}"
            below: Parts = [(f"{'·' * (j > 0)}{one}", style.FAINT) for j, one in enumerate(figures) if len(figures) > 1]
            used = sum(cell_len(one[0]) for one in below)
            below += [" " * max(width - 4 - used - len(tail), 0), (tail, shade)]
            blocks[k] = [*folded(parts, width, 4), *folded(["    ", *below], width, 4)]
    return blocks


def around(at: int, blocks: dict[int, list[Text]], room: int) -> list[int]:
    """Which blocks have room together: that at the cursor, and on both sides of it as many as there is room for."""
    shown, used = [at], len(blocks[at])
    ends = {1: at, -1: at}
    while ends:
        for by, end in list(ends.items()):
            size = len(blocks.get(end + by, ()))
            if size and used + size <= room:
                ends[by], used = end + by, used + size
                shown.append(end + by)
            else:
                del ends[by]
    return sorted(shown)


def _hidden(session: Session, opened: Opened, k: int) -> bool:
    """Whether the person who predicts the number works out its product k too: it is more than an operand to read off."""
    if not session.asks(opened.key):
        return False
    factors = opened.operands[k]
    alone = len(opened.products) == 1 and not opened.function
    return alone or len(factors) > 1 or bool(factors[0].function)


def _operand(one: Factor, digits: int) -> str:
    """An operand as a number, with the function that is taken of it."""
    value = short(one.inner, digits) if one.function else short(one.value, digits)
    if one.function and "{}" in one.function:
        return one.function.replace("{}", f"({value})" if value.startswith("-") else value)
    return f"({value})" if value.startswith("-") else value


def _given(session: Session, leaf: Leaf) -> list[str]:
    """What a given number is."""
    world = session.world
    if leaf.kind == "weight":
        array = weights(world.model.network, leaf.name, leaf.layer, leaf.direction)
        shape = "×".join(map(str, array.shape)) if array is not None else ""
        place = f"row {leaf.index[0] + 1}" + (f", column {leaf.index[1] + 1}" if len(leaf.index) > 1 else "")
        said = [f"a parameter: {place} of {leaf.name} ({shape});", "the same number at every step"]
    elif leaf.kind == "start":
        said = [f"where {leaf.name} starts, before the first step"]
    else:
        name = clean(world.sequence.names[leaf.t - 1])
        said = [f"component {leaf.index[0] + 1} of the vector of {name}", *filter(None, [source_of(world, leaf.t)])]
    if session.cursor.back:
        try:
            slope = slope_of(world, leaf)
        except RnnError:
            slope = None
        if slope is not None:
            steps = len(alike(world, leaf.t)) if leaf.kind == "input" else 1
            said.append(f"dL/d of it{f', at all {steps} steps' * (steps > 1)}: {signed(slope, session.digits)}")
            whole = slope_of(world.whole, leaf)
            if whole is not None and whole != slope:
                said.append(f"✂ untruncated {signed(whole, session.digits)}")
            said.append("Enter: what each step gives to it")
    return [*said, "w changes it"]


def _cut(session: Session, opened: Opened) -> str:
    """What truncation keeps from an error: the number without it, and what is cut off at this very step."""
    cursor, window = session.cursor, session.world.window
    found = BACK_KEY.fullmatch(opened.key)
    if window is None or found is None:
        return ""
    if found[2]:  # its products are those of the step after, whether or not their sum arrives
        layer, direction, t = session.numbers.place(opened.key)
        gone = float(session.world.back.cut(layer, direction, t)[found[1][1:]][int(found[4]) - 1])
        return f"✂ cut off: {found[1]}_{t} gets 0 of it" if gone else ""
    whole = session.numbers.whole.open(opened.key)
    said = []
    if whole is not None and whole.value != opened.value:
        said.append(f"untruncated {signed(whole.value, session.digits)}")
    if not session.folds and cursor.kind == "dh":
        cut = float(session.world.back.cut(cursor.layer, cursor.direction, cursor.t).h[cursor.unit - 1])
        said += [f"cut off here {signed(cut, session.digits)}"] * (cut != 0)
    return f"✂ {'; '.join(said)}" if said else ""
