"""no-initial-state: the initial state that was given is not read."""

from collections.abc import Iterator

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, all_and_each
from rnn_cli.core.referee.plan import Change, Numbers, Plan
from rnn_cli.core.state import State


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all states, and of each, where one is given that is not zero."""
    names = [name for name in plan.network.cell.states if any(state[name].any() for state in plan.initial.values())]
    for some in all_and_each(names):
        said = " and ".join(f"{name}_0" for name in some)
        yield Mutant(
            f"starts from zeros, where {said} {'is' if len(some) == 1 else 'are'} given",
            f"the first step reads {said}",
            Change(initial={at: _without(state, some) for at, state in plan.initial.items()}),
            some[0],
        )


def _without(state: State, names: list[str]) -> State:
    def kept(name: str, array: Array) -> Array:
        return 0 * array if name in names else array

    return State(**{name: kept(name, array) for name, array in state.items()})
