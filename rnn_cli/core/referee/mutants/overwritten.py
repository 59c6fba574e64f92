"""overwritten: the gradient of one step stands for the sum over all."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import FIRST, LAST, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """That of the step which is computed last, t = 1, or of the one which is computed first; of all parameters, of those of one
    kind, or of one."""
    if len(plan.x) < 2:
        return
    readout = ["W_hy", "b_y"] if plan.targets is not None and plan.targets.ndim > 1 else []
    cell = list(plan.network.cell.parameters)
    kinds = {"W_x": "the input weights", "W_h": "the recurrent weights", "b_": "the biases"}
    of_kind = [([name for name in cell if name.startswith(key)], f"of {words} ") for key, words in kinds.items()]
    groups = [
        ([*cell, *readout], ""),
        (cell, "of the cell " if readout else ""),
        *([(readout, "of the readout ")] if readout else []),
        *((some, said) for some, said in of_kind if len(some) > 1),
        *(([name], f"of {name} ") for name in [*cell, *readout]),
    ]
    for kept, step in ((LAST, "the first step"), (FIRST, "the last step")):
        for some, said in groups:
            yield Mutant(
                f"keeps the gradient {said}of {step} alone: it is overwritten and not added up",
                f"d{some[0]} += what each step gives, and not d{some[0]} = what it gives",
                Change(back={"summed": dict.fromkeys(some, kept)}),
                some[0] if len(some) == 1 else "",
            )
