"""What is drawn at random and not learnt: a network's weights, and what it reads for words that it does not know."""

from rnn_cli.explore.world import World
from rnn_cli.views.clean import clean
from rnn_cli.views.unknown import said_unknown

SIGN = "*"
"""After such a word."""


def is_strange(world: World, t: int) -> bool:
    """Whether the vocabulary lacks the word of a step; False where there is no vocabulary that could."""
    known = world.sequence.known
    return known is not None and bool(world.model.vocabulary) and not known[t - 1]


def said_strange(world: World) -> str:
    """Which words these are, and what stands for them; of those whose vector was edited since nothing. "" where there is none."""
    tokens, known = world.sequence.tokens or (), world.sequence.known or ()
    strange = [one for one, is_known in zip(tokens, known, strict=True) if not is_known and one not in world.vectors]
    return said_unknown(world.model, strange)


def is_random(world: World) -> bool:
    """Whether the weights are those that a seed gives."""
    return world.model.origin == "random" and not world.edited


def said_first(world: World) -> str:
    """What of the network and the sentence nobody has learnt, for the first screen; "" where all is."""
    weights = f"weights drawn from seed {world.seed}: the answers mean nothing yet"
    return " · ".join(filter(None, [weights * is_random(world), said_strange(world)]))


def source_of(world: World, t: int) -> str:
    """Where the vector of a word comes from, where that is not a word's own: "" of one that has its own, and of numbers."""
    sequence, model = world.sequence, world.model
    if sequence.tokens is None or sequence.rows is None or sequence.known is None or sequence.ids is None:
        return ""
    if sequence.rows[t - 1] is None and not (model.one_hot and sequence.ids[t - 1] is not None):
        edited = sequence.tokens[t - 1] in world.vectors
        return "edited: the model has none of its own" if edited else "drawn from the seed and the word"
    row = sequence.rows[t - 1]
    if sequence.parts is not None and row is not None:
        names = [name for name, _ in model.terms(row, sequence.parts[t - 1])]
        return f"the sum of those of {', '.join(map(clean, names))}"
    return "" if sequence.known[t - 1] else f"which is that of {model.unknown}"
