"""What the loss is held against, and who said so: a person, or the network itself.

A target that nobody gave follows what the network says of another text or by another cell. An edit of numbers changes what it
says, and is to be seen in the loss: from then on the target is what the network said before.
"""

from collections.abc import Callable

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.errors import InputError
from rnn_cli.explore.world import Goal, World, goal_of
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, short


def held(world: World) -> World:
    """The world whose target stays when its numbers change; the same where it has one, or no loss of its own."""
    try:
        target = world.said_target
    except InputError:
        return world
    return world if target == world.target else world.same_run(target=target, assumed=True)


def fitting(world: World, model: Model, sequence: Sequence) -> Goal | None:
    """The target that a person gave, where it is one for this model and sequence too."""
    if world.assumed or world.target is None:
        return None
    try:
        goal_of(model, sequence, world.target)
    except InputError:
        return None
    return world.target


def against(world: World, t: int | None = None) -> str:
    """ "positive"; of a target that nobody gave "what it says, positive". Of losses at each step that of step t, or all."""
    who = "what it said before, " if world.assumed else "" if world.target else "what it says, "
    target = world.said_target
    if target is None:
        return f"the next {'character' if world.model.by_character else 'token'}s"
    if isinstance(target, str) and (world.one_answer or world.trace.logits is None):
        return f"{who}{clean(target)}"
    if t is None:
        return who.removesuffix(", ") or "--target"
    if world.wanted.kind == CROSS_ENTROPY:
        return f"{who}{clean(world.model.label(int(world.wanted.targets[t - 1])))} at this step"
    parts = target.split(";") if isinstance(target, str) else target
    return f"{who}{clean(parts[t - 1] if len(parts) > 1 else parts[0])} at this step"


def said_assumed(world: World) -> str:
    """What a person needs to know who gave no target and goes back; "" where one was given, or the next words are read."""
    target = world.said_target
    if target is None or (world.target is not None and not world.assumed):
        return ""
    says = "said before its numbers were edited" if world.assumed else "says"
    what = f", {clean(target)}" if isinstance(target, str) and world.one_answer else " at each step"
    return f"no --target for this text: the loss is against what the network {says}{what}"


def said_anew(before: World, after: World, back: bool) -> str:
    """How another text or cell changed what the loss is against, to stand behind other words."""
    if before.target is not None and not before.assumed:
        return "" if after.target is not None else "; --target does not fit it, and is left out"
    if not back or before.said_target == after.said_target or after.said_target is None:
        return ""
    label = after.said_target if isinstance(after.said_target, str) and after.one_answer else "what it says"
    return f"; the loss is against {clean(label)} now"


def said_answer(before: World, after: World, earlier: Callable[[int], int | None] = int) -> str:
    """The answer where an edit made it another, or how many of several, to stand behind other words.

    `earlier` is where the word of a step stood before; None of one that was added.
    """
    old, new = before.trace.logits, after.trace.logits
    if old is None or new is None:
        return ""
    if after.one_answer:
        now = _answer(after, new)
        return "" if now == _answer(before, old) else f", and the answer is {now} now"
    pairs = [(then, t) for t in range(1, after.length + 1) if (then := earlier(t)) is not None]
    others = sum(_answer(before, old[then - 1], then) != _answer(after, new[t - 1], t) for then, t in pairs)
    return f", and {others:,} of {count(len(pairs), 'answer')} changed" if others else ""


def _answer(world: World, logits: Array, t: int | None = None) -> str:
    """The likeliest class; of numbers as many as stand below the words, as they stand there."""
    if not world.model.numeric:
        return clean(world.model.label(int(logits.argmax())))
    return " and ".join(short(float(value), 4) for value in world.probabilities(logits, t)[:2])


def typed(world: World) -> str | None:
    """The target that a person gave or that is held, where a command line has it; None: what the network says itself."""
    return world.target if isinstance(world.target, str) else None
