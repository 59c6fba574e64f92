"""Units, inputs and answers in another order, and time reversed: every document is the same under the new names."""

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.core.reads import FINAL_STATE, MAX, MEAN
from tests.support.askable import FEW, askable
from tests.support.asked import COMMANDS, Asked, Document, in_order, same, without
from tests.support.renaming import OTHER, Renaming

OF_ROUNDING = (
    "check.worst",
    "check.max_relative_error",
    "check.sum_residual",
    "truncation.compared",
    "truncation.sign_disagreements",
    "non_finite",
)
"""What says how far rounding went, which is another way in another order; and where, by its place, a number is not finite.

A gradient of an sLSTM that is 0 but for rounding is counted among those compared, and its sign may be either.
"""


DIGITS = 15
"""An error that is smaller than the largest by so many powers of ten is rounding: in another order it may be 0."""


def without_rounding(steps: Any) -> Any:
    """The steps of a path with None for each error that is rounding alone, as an sLSTM's of a state that stays the same."""
    known = [log for step in steps for log in step.get("errors", {}).values() if log is not None]
    least = max(known, default=0.0) - DIGITS
    kept = [
        {name: log if log is not None and log > least else None for name, log in step.get("errors", {}).items()}
        for step in steps
    ]
    return [step | ({"errors": errors} if errors else {}) for step, errors in zip(steps, kept, strict=True)]


def settled(document: Document) -> Document:
    """A document without what the order of the units decides: its lists are in order, and of exponents the sum is left.

    The exponents of a finite time by QR depend on the first column that the method happens to take, their sum does not.
    """
    if "spectrum" in document and "steps" in document:
        document = {**document, "steps": without_rounding(document["steps"])}
    spectrum = document.get("spectrum", {})
    if "lyapunov_qr" in spectrum:
        exponents = spectrum["lyapunov_qr"] or []
        document = {**document, "spectrum": {**spectrum, "lyapunov_qr": None if None in exponents else sum(exponents)}}
    return cast(Document, in_order(without(document, *OF_ROUNDING)))


def holds(renaming: Renaming, command: str, *options: str) -> None:
    """The document of the renamed network is the renamed document."""
    expected = renaming.document(renaming.of.document(command, *options))
    turned = [OTHER.get(one, one) if renaming.reversed else one for one in options]
    found = renaming.asked()
    same(settled(Renaming.none(found).document(found.document(command, *turned))), settled(expected))


@pytest.mark.parametrize("command", COMMANDS)
@FEW
@given(asked=askable(), data=st.data())
def test_units_inputs_and_answers_in_another_order(command: str, asked: Asked, data: st.DataObject) -> None:
    none = Renaming.none(asked)
    renaming = replace(
        none,
        units={place: data.draw(st.permutations(order)) for place, order in none.units.items()},
        inputs=data.draw(st.permutations(none.inputs)),
        answers=data.draw(st.permutations(none.answers)),
    )
    holds(renaming, command, *data.draw(options_of(command, asked)))


@pytest.mark.parametrize("command", [one for one in COMMANDS if one != "predict"])
@FEW
@given(asked=askable(reads=(FINAL_STATE, MEAN, MAX)), data=st.data())
def test_time_reversed_and_the_directions_exchanged(command: str, asked: Asked, data: st.DataObject) -> None:
    """A bidirectional network stays one; one of a single direction then runs in the other."""
    holds(replace(Renaming.none(asked), reversed=True), command, *data.draw(options_of(command, asked)))


@st.composite
def options_of(draw: st.DrawFn, command: str, asked: Asked) -> tuple[str, ...]:
    """Options that a command may have, whatever the network is called."""
    a, T = asked.network.architecture, len(asked.x)
    if command == "gradients":
        return (
            "--layer",
            str(draw(st.integers(0, a.num_layers - 1))),
            "--direction",
            draw(st.sampled_from(a.directions)),
        )
    if command == "predict":
        return ("--explain",) if a.output_size > 1 else ()
    if command == "bptt":
        cut, clip = draw(st.integers(1, T)), draw(st.sampled_from(("--clip-norm", "--clip-value")))
        reduction = ["--reduction", "mean"] if a.task == MANY_TO_MANY else []
        return "--truncate", str(cut), clip, "0.1", *reduction
    return ()
