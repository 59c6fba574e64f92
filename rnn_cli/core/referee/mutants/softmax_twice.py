"""softmax-twice: the loss takes probabilities for logits."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """With probabilities as they should be, or squashed twice themselves."""
    says, fix = (
        "applies softmax twice before the loss",
        "give the loss the logits, or take -log of the probabilities once",
    )
    twice = Key("probabilities") in seen
    yield Mutant(says, fix, Change(loop={"softmaxes": 2}), "loss")
    if twice:
        from rnn_cli.core.activations import softmax

        def once(numbers: Numbers) -> Numbers:
            shown = Key("probabilities")
            return {**numbers, shown: softmax(numbers[Key("logits")])} if shown in numbers else numbers

        yield Mutant(says, fix, Change(loop={"softmaxes": 2}, afterwards=once), "loss")
