"""swapped-states: the next step reads c_t where it should read h_t, or the other way round."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of every two states: both exchanged, or the one read for the other."""
    states = plan.network.cell.states
    for k, one in enumerate(states):
        for other in states[k + 1 :]:
            for carried in ({one: other, other: one}, {one: other}, {other: one}):
                said = " and ".join(f"{source}_t for {name}_t" for name, source in carried.items())
                yield Mutant(
                    f"gives the next step {said}",
                    f"the next step reads {' and '.join(f'{name}_t' for name in states)}, each in its place",
                    Change(loop={"carried": carried}),
                    one,
                    (Change(), Change(back={"carried": False})),
                )
