"""The command that prints the page of what is looked at."""

from dataclasses import replace

from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.explore.cursor import Cursor
from rnn_cli.explore.numbers import Numbers
from rnn_cli.explore.slopes import given_of
from rnn_cli.explore.world import World
from rnn_cli.study.networks import flags_of_any_cell
from rnn_cli.study.rows import BACK_KEY
from rnn_cli.usage import command_line

JOINERS = "\u200c\u200d"
FIRST_SAVE = "the model was edited, and no file has it so: s saves it, and then p names it"


class Command(str):
    """A command line: it is broken where a shell goes on with it, so that a copy of its lines is the command."""

    __slots__ = ()


def page_command(numbers: Numbers, cursor: Cursor, key: str, facts: bool, beside: bool = False) -> str:
    """The command whose page has the number `key`, or the facts of the gradient's path; `beside`: of all cells.

    InputError where there is none.
    """
    world = numbers.world
    if world.unsaid or world.edited:
        raise InputError(world.unsaid or FIRST_SAVE)
    if facts and beside:
        return _all_cells(numbers, cursor)
    if facts:
        from rnn_cli.explore.against import typed

        own = typed(world)
        goal = [] if own is None else ["--target", own]
        return whole_command(world, "gradients", *goal, *_where(numbers, cursor))
    if cursor.back:
        target = world.said_target
        if isinstance(target, tuple):
            raise InputError("no --target gives these labels a step, as there are blanks in them")
        goal = [] if target is None else ["--target", target]
        window = [] if world.window is None else ["--truncate", str(world.window)]
        shown = worked_out(numbers, cursor, key) or cursor
        units = ["--unit", str(shown.unit)] if shown.kind != "dx" else []
        part = ["--steps", str(shown.t), *units]
        return whole_command(world, "bptt", *goal, *window, *part, *_where(numbers, shown))
    return whole_command(world, "trace", "--why", key)


def worked_out(numbers: Numbers, cursor: Cursor, key: str) -> Cursor | None:
    """The place of an error that the page of its step works out; None of a number whose products no such page has."""
    found = BACK_KEY.fullmatch(key)
    if found is None or found[2] or found[1] in ("dlogits", "dx") or given_of(numbers.world, key) is not None:
        return None
    layer, direction, t = numbers.place(key)
    return replace(cursor, kind=found[1], layer=layer, direction=direction, t=t, unit=int(found[4]))


def _all_cells(numbers: Numbers, cursor: Cursor) -> str:
    """The command that compares random networks of all cells."""
    model = numbers.world.model
    flags = flags_of_any_cell(model)
    if flags is None:
        raise InputError(
            f"no command sets {model.name} beside random networks: c leaves it alone, and p names its page"
        )
    own = replace(numbers.world, model=replace(model, flags=flags))
    return whole_command(own, "gradients", "--compare", ",".join(CELLS), *_where(numbers, cursor))


def whole_command(world: World, name: str, *options: str) -> str:
    """A command on the input and the model of a world. InputError where no command gives them again."""
    text = world.sequence.text if world.sequence.typed and not world.again else None
    if world.model.flags is None and world.model.origin == "random":
        raise InputError("no command line builds this network: s saves it, and then p names it")
    if world.model.flags is None or (text is None and not world.again):
        raise InputError("no command gives this network and input again")
    flags = " ".join(filter(None, [world.again, world.model.flags]))
    if text is not None and (text == "-" or not _is_shown(text)):
        command = command_line(name, "-", *options, flags=flags)
        raise InputError(f"no line shows this text as it is: put it into FILE, and this is its page:\n{command} < FILE")
    if text is None:
        return Command(command_line(name, [], *options, flags=flags))
    return Command(command_line(name, text, *options, flags=flags))


def _is_shown(text: str) -> bool:
    """Whether a terminal shows a text as a shell has to read it; what joins letters and emoji is no sign of its own."""
    return "".join(one for one in text if one not in JOINERS).isprintable()


def _where(numbers: Numbers, cursor: Cursor) -> list[str]:
    """Which of several layers and directions."""
    layer = ["--layer", str(cursor.layer)] if numbers.a.num_layers > 1 else []
    return [*layer, *(["--direction", cursor.direction] if not numbers.a.forward_only else [])]
